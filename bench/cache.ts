/**
 * Hits of the client-side cache, interleaved in one process: ours, our own GETs without it, and node-redis's cache: `npx tsx cache.ts`.
 * `--markdown file` writes what was found, `--check` exits 1 when a ratio is missed: ours at least 10 times our own GETs in hits per
 * second, and 3 times node-redis's cache, in CPU time too.
 *
 * What a cache costs the commands that it does not keep is measured by GETs of a client whose cache denies them. A client without a
 * cache has less to do than that: it looks whether there is one.
 */
import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';

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
/** What may be added to the CPU time of a command that is not kept: as much as two runs of the same differ. */
const OF_DENIED = 1 / 1.12;

const { values: options } = parseArgs({
  options: { check: { type: 'boolean', default: false }, markdown: { type: 'string' } },
});

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
await using denying = new Valkey({ port, cache: { deny: ['GET'] } });
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
const oursDenied: Loop = async (first) => {
  for (let n = 0, i = first; n < STRETCH; n++, i = (i + STEP) % KEYS) await denying.get(keys[i]);
};
const redisCached: Loop = async (first) => {
  for (let n = 0, i = first; n < STRETCH; n++, i = (i + STEP) % KEYS) await redis.get(keys[i]);
};

const loops = new Map<string, Loop>([
  ['ours, cached', oursCached],
  ['ours, no cache', oursPlain],
  ['node-redis, cached', redisCached],
]);
const found = await race(loops);
// Behind the others: a client whose cache answers nothing makes the engine compile hits for both.
const kept = await race(
  new Map([
    ['no cache', oursPlain],
    ['denied', oursDenied],
  ]),
);

const lines = ['| GET of 16 B | M/s | ns of CPU each |', '|---|---|---|'];
for (const [name, { perSecond, cpu }] of found)
  lines.push(`| ${name} | ${(perSecond / 1e6).toFixed(2)} | ${(cpu * 1000).toFixed(0)} |`);

const { hits, misses, unproven } = caching.cache.stats();
lines.push('', `${hits} hits and ${misses} misses of ours, ${unproven} of them because proof was too old.`);
const ours = found.get('ours, cached')!;
const own = found.get('ours, no cache')!;
const theirs = found.get('node-redis, cached')!;
const ratios: readonly (readonly [name: string, ratio: number, least: number])[] = [
  ['of our own GETs', ours.perSecond / own.perSecond, OF_OWN],
  ['of our own GETs, by CPU of the client', own.cpu / ours.cpu, 1],
  ["of node-redis's cache", ours.perSecond / theirs.perSecond, OF_REDIS],
  ["of node-redis's cache, by CPU", theirs.cpu / ours.cpu, OF_REDIS],
  [
    'of a GET without a cache, where a cache denies it, by CPU',
    kept.get('no cache')!.cpu / kept.get('denied')!.cpu,
    OF_DENIED,
  ],
];
lines.push('', '| ours | ratio | at least |', '|---|---|---|');
for (const [name, ratio, least] of ratios) {
  lines.push(`| ${name} | ${ratio.toFixed(2)} | ${least.toFixed(2)} |`);
  if (ratio >= least) continue;
  console.error(`missed  ${name}: ${ratio.toFixed(2)}, of ${least.toFixed(2)}`);
  if (options.check) process.exitCode = 1;
}
const text = `${lines.join('\n')}\n`;
console.log(text);
if (options.markdown !== undefined) {
  const machine = `${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} cores, Node ${process.version}, Valkey ${server.version}`;
  const how = `${machine}; medians of ${ROUNDS} interleaved rounds, ${IN_FLIGHT} callers at a time.`;
  await writeFile(options.markdown, `# Hits of the cache\n\n${how}\n\n${text}`);
}
redis.destroy();

/** The medians of what each loop reaches, all of them in turn in each round. */
async function race(all: ReadonlyMap<string, Loop>): Promise<Map<string, Rate>> {
  const rates = new Map<string, Rate[]>([...all.keys()].map((name) => [name, []]));
  for (let round = -2; round < ROUNDS; round++) {
    for (const [name, loop] of all) {
      const rate = await measure(loop);
      if (round >= 0) rates.get(name)!.push(rate);
    }
  }
  const middle = (list: readonly Rate[], of: keyof Rate): number => median(list.map((each) => each[of]));
  return new Map(
    [...rates].map(([name, list]) => [name, { perSecond: middle(list, 'perSecond'), cpu: middle(list, 'cpu') }]),
  );
}

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
