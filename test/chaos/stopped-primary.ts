import { setTimeout as sleep } from 'node:timers/promises';
import { ValkeyCluster, ValkeyError } from '../../src/index.ts';
import { ValkeyServer } from '../../src/testing/index.ts';
import { fill, type ClusterReport } from './cluster.ts';
import { COUNTERS } from './ledger.ts';
import { Random } from './random.ts';

/** How long keys on the other primaries take while one, which the seed says, is stopped, against before. */
export async function onePrimaryStopped(options: {
  readonly milliseconds: number;
  /** Whether the machine is quiet enough to compare times. */
  readonly isExact: boolean;
  readonly seed: number;
}): Promise<ClusterReport> {
  const { milliseconds, isExact, seed } = options;
  await using cluster = await ValkeyServer.startCluster({ primaries: 3, version: '9.1', nodeTimeout: 120_000 });
  await using client = new ValkeyCluster({ startupNodes: cluster.startupNodes, socketTimeout: 1000 });
  await fill(client);
  const victim = new Random(seed).pick(await cluster.primaries());
  const keys: string[] = [];
  const lost: string[] = [];
  for (let i = 0; i < COUNTERS; i++) {
    const key = `fixed:${i}`;
    ((await cluster.primaryOf(key)) === victim ? lost : keys).push(key);
  }
  await latencies(client, keys, milliseconds / 4);
  const { p99: before } = await latencies(client, keys, milliseconds);
  victim.pause();
  let isOver = false;
  let failed = 0;
  const load = lost.slice(0, 20).map(async (key) => {
    while (!isOver) {
      try {
        await client.get(key);
      } catch (error) {
        if (!(error instanceof ValkeyError)) throw error;
        failed++;
      }
    }
  });
  await sleep(200);
  const { p99: during, reads } = await latencies(client, keys, milliseconds);
  isOver = true;
  victim.resume();
  await Promise.all(load);
  // A fifth, and what the clock and the machine add to numbers this small.
  const allowed = isExact ? before * 1.2 + 1 : before * 10 + 100;
  const wrong = during > allowed ? [`p99 of the others went from ${before.toFixed(2)} to ${during.toFixed(2)} ms`] : [];
  const numbers = { 'p99 before ms': Number(before.toFixed(2)), 'p99 during ms': Number(during.toFixed(2)) };
  return { wrong, numbers, achieved: reads, disturbed: failed };
}

async function latencies(
  client: ValkeyCluster,
  keys: readonly string[],
  milliseconds: number,
): Promise<{ readonly p99: number; readonly reads: number }> {
  const taken: number[] = [];
  const stop = performance.now() + milliseconds;
  const worker = async (offset: number): Promise<void> => {
    for (let n = offset; performance.now() < stop; n++) {
      const start = performance.now();
      await client.get(keys[n % keys.length]!);
      taken.push(performance.now() - start);
    }
  };
  await Promise.all(Array.from({ length: 20 }, (_, i) => worker(i * 7)));
  taken.sort((a, b) => a - b);
  return { p99: taken[Math.floor(taken.length * 0.99)] ?? 0, reads: taken.length };
}
