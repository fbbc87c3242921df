import { setTimeout as sleep } from 'node:timers/promises';
import {
  AbortError,
  ConnectionError,
  ConstantBackoff,
  QueueFullError,
  ResponseError,
  TimeoutError,
  Valkey,
  type PoolStats,
} from '../../src/index.ts';
import { FaultProxy, ValkeyServer } from '../../src/testing/index.ts';
import { blockLoop } from '../server/client/tools.ts';
import type { Random } from './random.ts';

/** What was tried, and what came of it. */
export interface TroubleReport {
  readonly faults: Readonly<Record<string, number>>;
  readonly acknowledged: number;
  readonly unsure: number;
  readonly refused: number;
  readonly answered: number;
  readonly leases: number;
  /** What must not happen; empty, or the client is broken. */
  readonly wrong: readonly string[];
}

const COUNTERS = 20;
const MAX_CONNECTIONS = 4;
const DEADLINE = 2000;
/** How late a promise may settle; a busy machine, a stalled loop and an unblocked lease are in it. */
const BOUND = 4000;
/** A client that is left in peace is well again after this long, in milliseconds. */
const RECOVERY = 10_000;

/** Counts what happens to one counter: how often it was surely, and how often perhaps, increased. */
interface Account {
  sure: number;
  perhaps: number;
}

/**
 * Increments of counters, reads of values, sessions and blocking commands, for a time, while the network and the server do what they can.
 *
 * Each increment that was acknowledged has happened once, each that failed as `sent` at most once, and no other at all. Each value that
 * was read belongs to its key. Everything settles within its deadline and a bound, and nothing stays leased.
 */
export async function trouble(options: {
  readonly milliseconds: number;
  readonly random: Random;
  readonly protocol: 2 | 3;
}): Promise<TroubleReport> {
  const { milliseconds, random, protocol } = options;
  await using server = await ValkeyServer.start({ args: ['--maxclients', '200'] });
  await using proxy = await FaultProxy.start(server);
  await using admin = new Valkey({ port: server.port, socketTimeout: 20_000 });
  await using client = new Valkey({
    port: proxy.port,
    protocol,
    socketTimeout: DEADLINE,
    connectTimeout: 1000,
    healthCheckInterval: 50,
    maxConnections: MAX_CONNECTIONS,
    maxQueuedCommands: 5000,
    retry: { retries: 10, backoff: new ConstantBackoff(5) },
  });
  const accounts = Array.from({ length: COUNTERS }, (): Account => ({ sure: 0, perhaps: 0 }));
  const ends = { acknowledged: 0, unsure: 0, refused: 0, answered: 0, leases: 0 };
  const wrong: string[] = [];
  const blame = (what: string): void => void (wrong.length < 20 && wrong.push(what));
  const until = performance.now() + milliseconds;

  const timed = async <T>(what: string, promise: Promise<T>): Promise<T> => {
    const start = performance.now();
    try {
      return await promise;
    } finally {
      const took = performance.now() - start;
      if (took > DEADLINE + BOUND) blame(`${what} took ${Math.round(took)} ms`);
    }
  };
  const failed = (error: unknown, account?: Account): void => {
    const sent = (error as { sent?: boolean }).sent === true;
    if (error instanceof ResponseError || error instanceof QueueFullError) ends.refused++;
    else if (error instanceof TimeoutError || error instanceof ConnectionError || error instanceof AbortError) {
      if (account !== undefined && sent) account.perhaps++;
      ends.unsure++;
    } else blame(`an unexpected error: ${String(error)}`);
  };

  const count = async (): Promise<void> => {
    const at = random.whole(0, COUNTERS - 1);
    const account = accounts[at]!;
    const abort = random.chance(0.1) ? AbortSignal.timeout(random.whole(1, 20)) : undefined;
    const view = abort === undefined ? client : client.withOptions({ signal: abort });
    try {
      await timed('INCR', view.incr(`counter:${at}`));
      account.sure++;
      ends.acknowledged++;
    } catch (error) {
      failed(error, account);
    }
  };
  const read = async (): Promise<void> => {
    const key = `echo:${random.whole(0, 1_000_000)}`;
    try {
      const reply = await timed('ECHO', client.executeCommand('ECHO', key));
      if (reply !== key) blame(`ECHO ${key} got ${String(reply)}`);
      ends.answered++;
    } catch (error) {
      failed(error);
    }
  };
  const lease = async (): Promise<void> => {
    try {
      const session = await timed('session', client.session({ timeout: random.whole(50, DEADLINE) }));
      ends.leases++;
      try {
        const word = `mine:${random.whole(0, 1_000_000)}`;
        const reply = await timed('ECHO on a session', session.executeCommand('ECHO', word));
        if (reply !== word) blame(`ECHO ${word} on a session got ${String(reply)}`);
      } finally {
        await session.close();
      }
    } catch (error) {
      failed(error);
    }
  };
  const block = async (): Promise<void> => {
    try {
      const got = await timed('BLPOP', client.blpop('nothing', 0.01 + random.next() / 10));
      if (got !== null) blame(`BLPOP of nothing got ${JSON.stringify(got)}`);
      ends.leases++;
    } catch (error) {
      failed(error);
    }
  };
  const check = (pool: PoolStats): void => {
    if (pool.connections > MAX_CONNECTIONS) blame(`${pool.connections} connections, ${MAX_CONNECTIONS} allowed`);
  };
  const kinds = [count, count, count, read, read, lease, block];
  const worker = async (): Promise<void> => {
    while (performance.now() < until) {
      await random.pick(kinds)();
      check(client.stats().pool);
      if (random.chance(0.2)) await sleep(random.whole(0, 120));
    }
  };

  const faults = faultsOf(proxy, server, admin, random);
  const tried: Record<string, number> = {};
  const harass = async (): Promise<void> => {
    while (performance.now() < until) {
      const [name, fault] = random.pick(faults);
      tried[name] = (tried[name] ?? 0) + 1;
      await fault();
      await sleep(random.whole(5, 60));
      proxy.heal();
      await sleep(random.whole(5, 150));
    }
  };
  await Promise.all([harass(), ...Array.from({ length: 20 }, worker)]);
  proxy.heal();

  const peace = performance.now() + RECOVERY;
  for (;;) {
    const well = await client.executeCommand('PING').then(
      () => true,
      () => false,
    );
    if (well) break;
    if (performance.now() > peace) {
      blame(`not well again ${RECOVERY} ms after the last fault`);
      break;
    }
    await sleep(10);
  }
  for (let at = 0; at < COUNTERS; at++) {
    const { sure, perhaps } = accounts[at]!;
    const value = Number((await admin.get(`counter:${at}`)) ?? 0);
    if (value < sure || value > sure + perhaps) blame(`counter ${at} is ${value}: ${sure} surely, ${perhaps} perhaps`);
  }
  // What was aborted while it blocked is unblocked first.
  const calm = performance.now() + RECOVERY;
  while (client.stats().pool.leased + client.stats().pool.waiting > 0 && performance.now() < calm) await sleep(10);
  const { leased, waiting } = client.stats().pool;
  if (leased + waiting > 0) blame(`${leased} leased and ${waiting} waiting when all was over`);
  return { faults: tried, ...ends, wrong };
}

type NamedFault = readonly [name: string, run: () => unknown];

function faultsOf(proxy: FaultProxy, server: ValkeyServer, admin: Valkey, random: Random): readonly NamedFault[] {
  const config = async (name: string, value: string | number, usual: string | number): Promise<void> => {
    await admin.executeCommand('CONFIG', 'SET', name, value);
    await sleep(random.whole(5, 80));
    await admin.executeCommand('CONFIG', 'SET', name, usual);
  };
  return [
    ['cut', () => proxy.cut()],
    ['reset', () => proxy.cut({ reset: true })],
    ['cutAfter', () => proxy.cutAfter(random.whole(0, 2000), { from: 'now' })],
    ['cutRequest', () => proxy.cutAfter(random.whole(0, 500), { from: 'now', direction: 'toServer' })],
    ['split', () => proxy.splitEvery(random.whole(1, 20))],
    ['delay', () => proxy.delay(random.whole(1, 20))],
    ['throttle', () => proxy.throttle(random.whole(2000, 50_000))],
    ['dropReplies', () => proxy.dropReplies()],
    ['blackhole', () => proxy.blackhole()],
    ['forget', () => proxy.forget()],
    ['refuse', () => (proxy.refuse(), proxy.cut())],
    ['kill', () => admin.executeCommand('CLIENT', 'KILL', 'TYPE', 'NORMAL', 'SKIPME', 'YES')],
    ['maxclients', async () => (proxy.cut(), await config('maxclients', 1, 200))],
    ['out of memory', () => config('maxmemory', 1, 0)],
    ['pause', () => admin.executeCommand('CLIENT', 'PAUSE', random.whole(5, 60))],
    ['loop', () => blockLoop(random.whole(5, 150))],
    [
      'stop',
      async () => {
        server.pause();
        await sleep(random.whole(5, 120));
        server.resume();
      },
    ],
    ['slow server', () => admin.executeCommand('DEBUG', 'SLEEP', (random.whole(5, 80) / 1000).toFixed(3))],
  ];
}
