/**
 * Chaos for a time, one seed after the other: `npm run chaos -- --seconds 600`, or `--seed <seed>` to repeat one.
 *
 * Prints what was tried for each seed, and ends with 1 when a promise of the client was broken, or the heap or the handles grew.
 */
import { parseArgs } from 'node:util';
import { failoverUnderLoad } from '../test/chaos/failover.ts';
import { leasesUnderFire } from '../test/chaos/leases.ts';
import { Random } from '../test/chaos/random.ts';
import { trouble } from '../test/chaos/trouble.ts';

const { values } = parseArgs({
  options: { seed: { type: 'string' }, seconds: { type: 'string', default: '60' } },
});
const until = performance.now() + Number(values.seconds) * 1000;
const unhandled: unknown[] = [];
process.on('unhandledRejection', (reason) => unhandled.push(reason));

/** How much the heap may grow from round to round in the end, in bytes. */
const HEAP = 32 * 1024 * 1024;
const ROUND = 10_000;

let broken = false;
let first: { readonly heap: number; readonly handles: number } | undefined;

function report(what: string, numbers: object, wrong: readonly string[]): void {
  console.log(`${wrong.length === 0 ? 'ok' : 'BROKEN'}  ${what}: ${JSON.stringify(numbers)}`);
  for (const each of wrong) console.log(`        ${each}`);
  broken ||= wrong.length > 0;
}

function measured(): { readonly heap: number; readonly handles: number } {
  globalThis.gc?.();
  const handles = process.getActiveResourcesInfo().filter((name) => /TCP|Pipe|Timeout|Process/.test(name));
  return { heap: process.memoryUsage().heapUsed, handles: handles.length };
}

async function round(seed: number): Promise<void> {
  const protocol = seed % 2 === 0 ? 3 : 2;
  const { wrong, ...numbers } = await trouble({ milliseconds: ROUND, random: new Random(seed), protocol });
  report(`seed ${seed}, RESP${protocol}`, numbers, wrong);
  if (seed % 3 === 1) {
    const { wrong: unfit, ...lent } = await leasesUnderFire({ leases: 10_000, random: new Random(seed) });
    report(`seed ${seed}, 10000 leases`, lent, unfit);
  }
  if (seed % 3 !== 0) return;
  const options = { failovers: 2, writesPerSecond: 500, seed, protocol, redirect: seed % 2 === 0 } as const;
  const { wrong: lost, ...counted } = await failoverUnderLoad(options);
  report(`seed ${seed}, two failovers, RESP${protocol}`, counted, lost);
}

let seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 30) + 1 : Number(values.seed);
do {
  await round(seed++);
  const now = measured();
  first ??= now;
  const grown = [
    ...(now.heap - first.heap > HEAP ? [`the heap grew by ${now.heap - first.heap} bytes`] : []),
    ...(now.handles > first.handles + 5 ? [`${now.handles} handles, ${first.handles} at first`] : []),
  ];
  report(`leaks after seed ${seed - 1}`, now, grown);
} while (performance.now() < until && values.seed === undefined);
report('rejections that nobody handled', { count: unhandled.length }, unhandled.map(String));
process.exit(broken ? 1 : 0);
