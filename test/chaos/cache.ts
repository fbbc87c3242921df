import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { ExponentialBackoff, LocalCache, Sentinel, Valkey, ValkeyError, type CacheOptions } from '../../src/index.ts';
import { FaultProxy, ValkeyServer } from '../../src/testing/index.ts';
import { Random } from './random.ts';

/** What came of readers with caches, while one writer wrote and connections failed. */
export interface StalenessReport {
  readonly writes: number;
  readonly reads: number;
  readonly hits: number;
  /** Reads that were sent because the connection was not known to hear. */
  readonly unproven: number;
  /** Reads that failed, as they may. */
  readonly failed: number;
  /** Connections that were lost. */
  readonly losses: number;
  readonly faults: number;
  /** How long ago a value was replaced at most when a read that gave it was called, in milliseconds. */
  readonly stalest: number;
  /** What must not happen; empty, or the client is broken. */
  readonly wrong: readonly string[];
  readonly milliseconds: number;
}

export interface StalenessOptions {
  readonly milliseconds: number;
  readonly seed: number;
  readonly readers?: number;
}

/** Whoever can be asked for values. */
export type Reader = Pick<Valkey, 'get' | 'mget' | 'set'> & { readonly cache: Valkey['cache'] };

/** Where readers and a writer meet, and how it is disturbed. */
export interface Site {
  readonly writer: Pick<Valkey, 'set' | 'pipeline' | 'eval'>;
  readonly readers: readonly Reader[];
  /** Whether what was written last outlives its server. Without it, everything does. */
  confirm?(): Promise<boolean>;
  /** Does something to connections or servers, which may last until the next one. */
  strike(random: Random): unknown;
  heal(): unknown;
  close(): Promise<void>;
}

const KEYS = Array.from({ length: 12 }, (_, i) => `key:${i}`);
/** A value that was replaced this long before the call of a read is never given: the default of `maxStaleness`. */
const BOUND = 50;
/** How many versions of a key are remembered. */
const MEMORY = 4000;

/** What was acknowledged of a key, and when that was known here. */
class History {
  /** `acknowledged[n]`: when version `n` was. */
  readonly acknowledged: number[] = [0];

  get version(): number {
    return this.acknowledged.length - 1;
  }

  /** How long before `moment` the version was replaced; 0 when it was not. */
  age(version: number, moment: number): number {
    const replaced = this.acknowledged[version + 1];
    return replaced === undefined ? 0 : Math.max(0, moment - replaced);
  }
}

/** Reads and writes at a site until the time is over, and finds every read that was stale. */
export async function staleness(site: Site, options: StalenessOptions): Promise<StalenessReport> {
  const random = new Random(options.seed);
  const start = performance.now();
  const end = start + options.milliseconds;
  const isOver = (): boolean => performance.now() >= end;
  const histories = new Map(KEYS.map((key) => [key, new History()]));
  const wrong: string[] = [];
  const counts = { writes: 0, reads: 0, failed: 0, faults: 0, stalest: 0 };

  const put = async (key: string, value: number): Promise<unknown> => {
    const kind = random.next();
    if (kind < 0.6) return await site.writer.set(key, value);
    if (kind < 0.8) return await site.writer.pipeline().set(key, value).execute();
    return await site.writer.eval("return redis.call('SET', KEYS[1], ARGV[1])", key, value);
  };

  const write = async (): Promise<void> => {
    while (!isOver()) {
      const key = random.pick(KEYS);
      const history = histories.get(key)!;
      if (history.version >= MEMORY) break;
      try {
        await put(key, history.version + 1);
        if ((await site.confirm?.()) !== false) {
          history.acknowledged.push(performance.now());
          counts.writes++;
        }
      } catch (error) {
        // It may have been written, and is written again.
        if (!(error instanceof ValkeyError)) throw error;
        await sleep(5);
      }
      await (random.chance(0.3) ? sleep(random.whole(1, 80)) : turn());
    }
  };

  const check = (key: string, value: string | null | undefined, called: number): void => {
    if (value === undefined) return;
    counts.reads++;
    const version = Number(value ?? 0);
    const age = histories.get(key)!.age(version, called);
    counts.stalest = Math.max(counts.stalest, age);
    if (age >= BOUND && wrong.length < 20)
      wrong.push(`${key} was ${version} at ${called - start} ms, ${age} ms after it was replaced`);
  };

  const read = async (reader: Reader): Promise<void> => {
    while (!isOver()) {
      await (random.chance(0.1) ? sleep(random.whole(1, 20)) : turn());
      const called = performance.now();
      const key = random.pick(KEYS);
      try {
        if (random.chance(0.2)) {
          const keys = [key, random.pick(KEYS), random.pick(KEYS)];
          const values = await reader.mget(keys);
          keys.forEach((each, i) => check(each, values[i], called));
        } else if (random.chance(0.3)) check(key, reader.cache.peek.get(key), called);
        else check(key, await reader.get(key), called);
      } catch (error) {
        if (!(error instanceof ValkeyError)) throw error;
        counts.failed++;
        await sleep(5);
      }
    }
  };

  /** What a client has written itself it reads at once. */
  const echo = async (reader: Reader, key: string): Promise<void> => {
    for (let value = 1; !isOver(); value++) {
      try {
        await reader.set(key, value);
        const found = Number(await reader.get(key));
        if (found !== value) wrong.push(`${key} was ${found} after its own ${value}`);
      } catch (error) {
        // Whether it was written is not known.
        if (!(error instanceof ValkeyError)) throw error;
      }
      await sleep(random.whole(1, 30));
    }
  };

  const disturb = async (): Promise<void> => {
    while (!isOver()) {
      await sleep(random.whole(20, 400));
      await site.strike(random);
      counts.faults++;
      await sleep(random.whole(1, 500));
      await site.heal();
    }
  };

  const readers = options.readers ?? 20;
  const { readers: clients } = site;
  try {
    await Promise.all([
      write(),
      disturb(),
      ...Array.from({ length: readers }, (_, i) => read(clients[i % clients.length]!)),
      // Where a server can be replaced, a write may be lost with it.
      ...(site.confirm === undefined ? clients.map((client, i) => echo(client, `own:${i}`)) : []),
    ]);
    const stats = clients.map((client) => client.cache.stats());
    const sum = (name: 'hits' | 'unproven' | 'flushes'): number => stats.reduce((all, each) => all + each[name], 0);
    return {
      ...counts,
      hits: sum('hits'),
      unproven: sum('unproven'),
      losses: sum('flushes'),
      stalest: Math.round(counts.stalest),
      wrong,
      milliseconds: Math.round(performance.now() - start),
    };
  } finally {
    await site.close();
  }
}

/** One server, and clients of every mode, two of which share what they keep. */
export async function oneServer(): Promise<Site> {
  const server = await ValkeyServer.start();
  const store = new LocalCache();
  const caches: readonly CacheOptions[] = [
    {},
    { mode: 'optin' },
    { mode: 'bcast', noLoop: true },
    { maxEntries: 5, policy: 'lfu' },
    { store },
    { store, noLoop: true },
  ];
  const proxies = await Promise.all(caches.map(() => FaultProxy.start({ port: server.port })));
  const writer = new Valkey({ port: server.port });
  const readers = caches.map(
    (cache, i) =>
      new Valkey({
        port: proxies[i]!.port,
        cache,
        socketTimeout: 400,
        connectTimeout: 300,
        retry: { retries: 1000, backoff: new ExponentialBackoff({ base: 1, cap: 25 }) },
      }),
  );
  const faults: readonly ((proxy: FaultProxy, random: Random) => unknown)[] = [
    // What nobody notices is the worst.
    (proxy) => proxy.blackhole(),
    (proxy) => proxy.blackhole(),
    (proxy) => proxy.blackhole(),
    (proxy) => proxy.dropReplies(),
    (proxy) => proxy.dropReplies(),
    (proxy) => proxy.cut(),
    (proxy) => proxy.cut({ reset: true }),
    (proxy, random) => proxy.delay(random.whole(1, 120)),
    (proxy, random) => proxy.cutAfter(random.whole(1, 5000)),
    (proxy) => proxy.splitEvery(1),
    (proxy, random) => proxy.throttle(random.whole(2000, 50_000)),
    () => writer.executeCommand('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes'),
    () => writer.executeCommand('CLIENT', 'PAUSE', 100),
  ];
  return {
    writer,
    readers,
    strike: async (random) => {
      for (const proxy of proxies) if (random.chance(0.6)) await random.pick(faults)(proxy, random);
    },
    heal: () => {
      for (const proxy of proxies) proxy.heal();
    },
    close: async () => {
      for (const client of [...readers, writer]) client.destroy();
      for (const proxy of proxies) await proxy.close();
      await server.stop();
    },
  };
}

/** A primary that Sentinels replace again and again. */
export async function failovers(): Promise<Site> {
  const deployment = await ValkeyServer.startSentinel({ replicas: 1 });
  const sentinel = new Sentinel(deployment.addresses, { socketTimeout: 400, connectTimeout: 300 });
  const writer = sentinel.primaryFor('main');
  const caches: readonly CacheOptions[] = [{}, { mode: 'optin' }, { mode: 'bcast' }, { noLoop: true }];
  const readers = caches.map((cache) => sentinel.primaryFor('main', { cache }));
  return {
    writer,
    readers,
    // What a replica has not got is lost with its primary.
    confirm: async () => (await writer.wait(1, 100)) === 1,
    strike: async (random) => {
      if (random.chance(0.5)) {
        await deployment.settled();
        await deployment.failover();
      } else await writer.executeCommand('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes').catch(() => undefined);
    },
    heal: () => undefined,
    close: async () => {
      sentinel.destroy();
      await deployment.stop();
    },
  };
}
