/**
 * The slot of a key, ours against the package `cluster-key-slot`, interleaved: `npx tsx slot.ts`.
 * Exits 1 when ours is not twice as fast for a kind of key. Reading the characters of a string is most of it, and both must.
 */
import calculateSlot from 'cluster-key-slot';
import { median } from 'simple-statistics';

import { keySlot } from '../src/protocol/slot.ts';

const KEYS = 1000;
const ROUNDS = 41;
const LEAST = 2;

const kinds: Readonly<Record<string, readonly (string | Buffer)[]>> = {
  'key:123': make((i) => `key:${i}`),
  'session:01a2b3c4:profile': make((i) => `session:${i.toString(16).padStart(8, '0')}:profile`),
  'session:01a2b3c4:profile, as read from a reply': make((i) =>
    Buffer.from(`session:${i.toString(16).padStart(8, '0')}:profile`).toString(),
  ),
  'shop:{user:123}:cart': make((i) => `shop:{user:${i}}:cart`),
  'größe:123:€': make((i) => `größe:${i}:€`),
  'a Buffer of session:01a2b3c4:profile': make((i) =>
    Buffer.from(`session:${i.toString(16).padStart(8, '0')}:profile`),
  ),
};

let isMissed = false;
for (let pass = 0; pass < 2; pass++) {
  // The first pass lets both see every kind of key, as they do in a program.
  for (const [name, keys] of Object.entries(kinds)) compare(name, keys, pass === 1);
}
process.exitCode = isMissed ? 1 : 0;

function compare(name: string, keys: readonly (string | Buffer)[], isShown: boolean): void {
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const loop = nanosecondsOf(() => sumOfLengths(keys));
    ours.push(nanosecondsOf(() => sumOfOurs(keys)) - loop);
    theirs.push(nanosecondsOf(() => sumOfTheirs(keys)) - loop);
  }
  const ratio = median(theirs) / median(ours);
  if (!isShown) return;
  if (ratio < LEAST) isMissed = true;
  console.log(
    `${name}: ${median(ours).toFixed(1)} ns, cluster-key-slot ${median(theirs).toFixed(1)} ns: ${ratio.toFixed(1)} x`,
  );
}

// A loop for each: in a loop that calls both, neither is compiled as it is where only one is called.

function sumOfOurs(keys: readonly (string | Buffer)[]): number {
  let total = 0;
  for (let i = 0; i < keys.length; i++) total += keySlot(keys[i]);
  return total;
}

function sumOfTheirs(keys: readonly (string | Buffer)[]): number {
  let total = 0;
  for (let i = 0; i < keys.length; i++) total += calculateSlot(keys[i]);
  return total;
}

/** What the loop itself costs. */
function sumOfLengths(keys: readonly (string | Buffer)[]): number {
  let total = 0;
  for (let i = 0; i < keys.length; i++) total += keys[i].length;
  return total;
}

/** Nanoseconds for one key. */
function nanosecondsOf(run: () => number): number {
  const repetitions = 50;
  const start = process.hrtime.bigint();
  let total = 0;
  for (let i = 0; i < repetitions; i++) total += run();
  const elapsed = Number(process.hrtime.bigint() - start);
  if (total === 0) throw new Error('No slots.');
  return elapsed / (repetitions * KEYS);
}

function make<T>(one: (i: number) => T): T[] {
  return Array.from({ length: KEYS }, (_, i) => one(i * 7919));
}
