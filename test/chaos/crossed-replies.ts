import { setTimeout as sleep } from 'node:timers/promises';
import { AbortError, ConnectionError, TimeoutError, Valkey, ConstantBackoff, type View } from '../../src/index.ts';
import { FaultProxy, ValkeyServer } from '../../src/testing/index.ts';
import { Random } from './random.ts';

/** How many commands of each end there were. */
export interface CrossedRepliesReport {
  readonly answered: number;
  readonly timedOut: number;
  readonly aborted: number;
  readonly lost: number;
  /** What came to somebody it was not for; empty, or the client is broken. */
  readonly crossed: readonly string[];
  readonly connections: number;
  readonly milliseconds: number;
}

const KEYS = 500;
const CONCURRENCY = 2000;
/** Far above any deadline that is used: a command that is pending after that hangs. */
const LIMIT = 15_000;

function valueOf(key: number): string {
  return `${key}:`.padEnd((key * 37) % 2500, `${key},`);
}

/**
 * Random GETs of `k` expect `value of k`, while deadlines pass, signals fire, and the connection is cut, split, delayed, muted and stalled.
 * With RESP3 the server pushes invalidations in between.
 */
export async function crossedReplies(options: {
  readonly calls: number;
  readonly seed: number;
  readonly protocol: 2 | 3;
}): Promise<CrossedRepliesReport> {
  const { calls, seed, protocol } = options;
  const start = performance.now();
  const random = new Random(seed);
  await using server = await ValkeyServer.start();
  await using proxy = await FaultProxy.start(server);
  await using direct = new Valkey({ port: server.port });
  await direct.mset(Array.from({ length: KEYS }, (_, key): [string, string] => [`k${key}`, valueOf(key)]));
  await using client = new Valkey({
    port: proxy.port,
    protocol,
    socketTimeout: 3000,
    connectTimeout: 500,
    retry: { retries: 20, backoff: new ConstantBackoff(5) },
    ...(protocol === 3
      ? {
          onConnect: async (connection) => {
            await connection.executeCommand('CLIENT', 'TRACKING', 'ON', 'BCAST', 'PREFIX', 'noise');
          },
        }
      : {}),
  });
  const views: readonly View[] = [1, 3, 10, 50, 500].map((timeout) => client.withOptions({ timeout }));
  const ends = { answered: 0, timedOut: 0, aborted: 0, lost: 0 };
  const crossed: string[] = [];
  let issued = 0;
  let pending = 0;
  let wake = (): void => {};

  const settle = (): void => {
    pending--;
    if (pending < CONCURRENCY / 2) wake();
  };
  const failed = (error: unknown): void => {
    if (error instanceof TimeoutError) ends.timedOut++;
    else if (error instanceof AbortError) ends.aborted++;
    else if (error instanceof ConnectionError) ends.lost++;
    else crossed.push(`an unexpected error: ${String(error)}`);
    settle();
  };
  const check = (key: number, value: unknown): void => {
    if (value === valueOf(key)) return;
    if (crossed.length < 10) crossed.push(`k${key} got ${JSON.stringify(value)?.slice(0, 60)}`);
  };
  const call = (view: View): void => {
    issued++;
    pending++;
    const key = random.whole(0, KEYS - 1);
    const kind = random.next();
    if (kind < 0.85) {
      view.get(`k${key}`).then((value) => {
        check(key, value);
        ends.answered++;
        settle();
      }, failed);
    } else if (kind < 0.95) {
      const other = random.whole(0, KEYS - 1);
      view.mget([`k${key}`, `k${other}`, 'none']).then((values) => {
        check(key, values[0]);
        check(other, values[1]);
        if (values.length !== 3 || values[2] !== null) crossed.push(`MGET got ${values.length} values`);
        ends.answered++;
        settle();
      }, failed);
    } else {
      // An error reply must reach its own caller too.
      view.executeCommand('ECHO', `e${key}`).then((value) => {
        if (value !== `e${key}`) crossed.push(`ECHO e${key} got ${String(value).slice(0, 60)}`);
        ends.answered++;
        settle();
      }, failed);
    }
  };

  const faults = new AbortController();
  const trouble = makeTrouble(proxy, server, direct, new Random(seed ^ 0x5bd1e995), faults.signal);
  try {
    while (issued < calls) {
      const size = Math.min(random.whole(1, 150), calls - issued);
      let view: View = client;
      if (random.chance(0.4)) view = random.pick(views);
      else if (random.chance(0.3)) {
        const abort = new AbortController();
        view = client.withOptions({ signal: abort.signal });
        const after = random.whole(0, 8);
        if (after === 0) queueMicrotask(() => abort.abort());
        else setTimeout(() => abort.abort(), after - 1);
      }
      for (let i = 0; i < size; i++) call(view);
      if (pending >= CONCURRENCY) await within(new Promise<void>((resolve) => (wake = resolve)));
      else if (random.chance(0.5)) await new Promise((resolve) => setImmediate(resolve));
      else if (random.chance(0.1)) await sleep(1);
    }
  } finally {
    faults.abort();
    await trouble;
  }
  const deadline = performance.now() + LIMIT;
  while (pending > 0) {
    if (performance.now() > deadline) throw new Error(`${pending} commands are pending for ${LIMIT} ms (seed ${seed})`);
    await sleep(5);
  }
  return { ...ends, crossed, connections: proxy.accepted, milliseconds: Math.round(performance.now() - start) };

  async function within(promise: Promise<void>): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`${pending} commands hang (seed ${seed})`)), LIMIT);
    });
    await Promise.race([promise, limit]).finally(() => clearTimeout(timer));
  }
}

async function makeTrouble(
  proxy: FaultProxy,
  server: ValkeyServer,
  direct: Valkey,
  random: Random,
  signal: AbortSignal,
): Promise<void> {
  const faults: readonly (() => void | Promise<void>)[] = [
    () => proxy.cut(),
    () => proxy.cut({ reset: true }),
    () => proxy.cutAfter(random.whole(0, 20_000), { from: 'now' }),
    () => proxy.cutAfter(random.whole(0, 5000), { from: 'now', reset: true, direction: 'toServer' }),
    () => proxy.splitEvery(random.whole(1, 40)),
    () => proxy.delay(random.whole(1, 6)),
    () => proxy.dropReplies(),
    () => proxy.blackhole(),
    async () => {
      server.pause();
      await sleep(random.whole(1, 30));
      server.resume();
    },
    () => void Promise.all(Array.from({ length: 50 }, (_, i) => direct.set(`noise${i}`, i))),
    () => void Promise.all(Array.from({ length: 200 }, (_, i) => direct.set(`noise${i}`, i))),
  ];
  while (!signal.aborted) {
    const fault = random.pick(faults);
    await fault();
    await sleep(random.whole(1, 25));
    if (random.chance(0.7)) proxy.heal();
    await sleep(random.whole(1, 40));
  }
  proxy.heal();
}
