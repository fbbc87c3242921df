/**
 * Hits of the client-side cache, interleaved in one process: ours, our own GETs without it, and node-redis's cache: `npx tsx cache.ts`.
 * Exits 1 when ours is not 10 times our own GETs in hits per second, and 3 times node-redis's cache, in CPU time too.
 */
import { createClient } from 'redis';
import { median } from 'simple-statistics';

import { Valkey } from '../src/index.ts';
import { ValkeyServer } from '../src/testing/index.ts';

const KEYS = 1000;
const IN_FLIGHT = 100;
/** How many each of them reads at a stretch, and how far from one key to the next. */
const STRETCH = 200;
const STEP = 7;
const ROUND = 300;
const ROUNDS = 9;
const OF_OWN = 10;
const OF_REDIS = 3;

interface Rate {
  readonly perSecond: number;
  /** Microseconds of CPU, of all threads. */
  readonly cpu: number;
}

const keys = Array.from({ length: KEYS }, (_, i) => `key:${i}`);

await using server = await ValkeyServer.start();
const { port } = server;
await using plain = new Valkey({ port });
await using caching = new Valkey({ port, cache: true });
const redis = createClient({
  RESP: 3,
  socket: { port },
  clientSideCache: { ttl: 0, maxEntries: 0, evictPolicy: 'LRU' },
});
await redis.connect();
await Promise.all(keys.map((key) => plain.set(key, 'x'.repeat(16))));

type Loop = (first: number) => Promise<void>;

// A loop for each, of one caller of the many: in a loop that calls all, none is compiled as it is where only one is called.

const oursCached: Loop = async (first) => {
  for (let n = 0, i = first; n < STRETCH; n++, i = (i + STEP) % KEYS) await caching.get(keys[i]);
};
const oursPlain: Loop = async (first) => {
  for (let n = 0, i = first; n < STRETCH; n++, i = (i + STEP) % KEYS) await plain.get(keys[i]);
};
const redisCached: Loop = async (first) => {
  for (let n = 0, i = first; n < STRETCH; n++, i = (i + STEP) % KEYS) await redis.get(keys[i]);
};

const loops = new Map<string, Loop>([
  ['ours, cached', oursCached],
  ['ours, not cached', oursPlain],
  ['node-redis, cached', redisCached],
]);
const rates = new Map<string, Rate[]>([...loops.keys()].map((name) => [name, []]));
for (let round = -2; round < ROUNDS; round++) {
  for (const [name, loop] of loops) {
    const rate = await measure(loop);
    if (round >= 0) rates.get(name)!.push(rate);
  }
}

const found = new Map(
  [...rates].map(([name, list]) => [
    name,
    { perSecond: median(list.map((each) => each.perSecond)), cpu: median(list.map((each) => each.cpu)) },
  ]),
);
for (const [name, { perSecond, cpu }] of found)
  console.log(`${name}: ${(perSecond / 1e6).toFixed(2)} M/s, ${(cpu * 1000).toFixed(0)} ns of CPU each`);

const { hits, misses, unproven } = caching.cache.stats();
console.log(`ours: ${hits} hits, ${misses} misses, ${unproven} of them unproven`);
const ours = found.get('ours, cached')!;
const own = found.get('ours, not cached')!;
const theirs = found.get('node-redis, cached')!;
const ratios: readonly (readonly [name: string, ratio: number, least: number])[] = [
  ['of our own GETs', ours.perSecond / own.perSecond, OF_OWN],
  ['of our own GETs, by CPU of the client', own.cpu / ours.cpu, 1],
  ["of node-redis's cache", ours.perSecond / theirs.perSecond, OF_REDIS],
  ["of node-redis's cache, by CPU", theirs.cpu / ours.cpu, OF_REDIS],
];
for (const [name, ratio, least] of ratios) {
  console.log(`${ratio.toFixed(1)} x ${name}${ratio < least ? `, of ${least}` : ''}`);
  if (ratio < least) process.exitCode = 1;
}
redis.destroy();

async function measure(loop: Loop): Promise<Rate> {
  const cpu = process.cpuUsage();
  const start = performance.now();
  let done = 0;
  while (performance.now() - start < ROUND) {
    await Promise.all(Array.from({ length: IN_FLIGHT }, (_, i) => loop(i)));
    done += IN_FLIGHT * STRETCH;
    // Replies and invalidations are read between turns of the event loop, as in any program.
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { user, system } = process.cpuUsage(cpu);
  return { perSecond: (done / (performance.now() - start)) * 1000, cpu: (user + system) / done };
}
