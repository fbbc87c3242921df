import { setTimeout as sleep } from 'node:timers/promises';
import {
  ExponentialBackoff,
  LocalCache,
  Sentinel,
  Valkey,
  ValkeyCluster,
  type CacheOptions,
  type ValkeyOptions,
} from '../../src/index.ts';
import { keySlot } from '../../src/protocol/slot.ts';
import {
  FaultProxy,
  ValkeyServer,
  type ClusterDeployment,
  type ClusterNode,
  type FailoverOptions,
} from '../../src/testing/index.ts';
import { KEYS, staleness, type Put, type Site, type StalenessOptions, type StalenessReport } from './cache.ts';
import type { Random } from './random.ts';

/** Caches of one server, whose connections fail in every way. */
export async function cacheUnderFire(options: StalenessOptions): Promise<StalenessReport> {
  return await staleness(await oneServer(), options);
}

/** Caches of a primary that Sentinels replace again and again. */
export async function cacheThroughFailovers(options: StalenessOptions): Promise<StalenessReport> {
  return await staleness(await failovers(), options);
}

/** Caches of a cluster whose slots move all the time, whose primaries are replaced, and whose connections fail. */
export async function cacheOfCluster(options: StalenessOptions): Promise<StalenessReport> {
  return await staleness(await movingCluster(), options);
}

type Fault = (proxy: FaultProxy, random: Random) => unknown;

const NETWORK_FAULTS: readonly Fault[] = [
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
];

/** How readers deal with what they lose. */
const IMPATIENT: ValkeyOptions = {
  socketTimeout: 400,
  connectTimeout: 300,
  retry: { retries: 1000, backoff: new ExponentialBackoff({ base: 1, cap: 25 }) },
};

function putsOf(writer: Valkey | ValkeyCluster): Put[] {
  const single: Put = (key, value) => writer.set(key, value, { get: true });
  const pipelined: Put = async (key, value) => (await writer.pipeline().set(key, value, { get: true }).execute())[0];
  const script = "return redis.call('SET', KEYS[1], ARGV[1], 'GET')";
  return [
    single,
    single,
    single,
    pipelined,
    async (key, value) => await writer.eval<string | null>(script, key, value),
  ];
}

/** Strikes each proxy with a fault, or spares it, and ends clients, proxies and servers in this order. */
function behind(
  proxies: readonly FaultProxy[],
  faults: readonly Fault[],
  chance: number,
  clients: readonly { destroy(): void }[],
  servers: { stop(): Promise<void> },
): Pick<Site, 'strike' | 'heal' | 'close'> {
  return {
    strike: async (random) => {
      for (const proxy of proxies) if (random.chance(chance)) await random.pick(faults)(proxy, random);
    },
    heal: () => {
      for (const proxy of proxies) proxy.heal();
    },
    close: async () => {
      for (const client of clients) client.destroy();
      for (const proxy of proxies) await proxy.close();
      await servers.stop();
    },
  };
}

/** One server, and clients of every mode, two of which share what they keep. */
async function oneServer(): Promise<Site> {
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
        ...IMPATIENT,
      }),
  );
  const faults: readonly Fault[] = [
    ...NETWORK_FAULTS,
    () => writer.executeCommand('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes'),
    () => writer.executeCommand('CLIENT', 'PAUSE', 100),
  ];
  return {
    puts: putsOf(writer),
    readers,
    isLossy: false,
    ...behind(proxies, faults, 0.6, [...readers, writer], server),
  };
}

/** A primary that Sentinels replace again and again. */
async function failovers(): Promise<Site> {
  const deployment = await ValkeyServer.startSentinel({ replicas: 1 });
  const sentinel = new Sentinel(deployment.addresses, { socketTimeout: 400, connectTimeout: 300 });
  const writer = sentinel.primaryFor('main');
  const caches: readonly CacheOptions[] = [{}, { mode: 'optin' }, { mode: 'bcast' }, { noLoop: true }];
  const readers = caches.map((cache) => sentinel.primaryFor('main', { cache }));
  return {
    puts: putsOf(writer),
    readers,
    isLossy: true,
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

/** How long servers may be silent before others take their place, in milliseconds. */
const NODE_TIMEOUT = 2000;

/** A cluster that is never left alone. */
async function movingCluster(): Promise<Site> {
  const cluster = await ValkeyServer.startCluster({
    primaries: 3,
    replicas: 1,
    version: '9.1',
    nodeTimeout: NODE_TIMEOUT,
  });
  const store = new LocalCache();
  const caches: readonly CacheOptions[] = [
    {},
    { mode: 'optin' },
    { mode: 'bcast', noLoop: true },
    { maxEntries: 5, policy: 'lfu' },
    { store },
    { store, noLoop: true },
  ];
  const writer = new ValkeyCluster({ startupNodes: cluster.startupNodes, socketTimeout: 1000 });
  const ways = await Promise.all(caches.map(() => proxiesOf(cluster)));
  const proxies = ways.flatMap((way) => [...way.values()]);
  const readers = caches.map((cache, i) => {
    const way = ways[i]!;
    return new ValkeyCluster({
      startupNodes: [...way.values()].map(({ port }) => ({ host: '127.0.0.1', port })),
      addressRemap: ({ host, port }) => ({ host, port: way.get(port)?.port ?? port }),
      cache,
      ...IMPATIENT,
    });
  });
  return {
    puts: putsOf(writer),
    readers,
    isLossy: true,
    move: async (random) => {
      const move = random.pick(MOVES);
      const unawareUntil = await move(cluster, random);
      return { what: move.name, ...(unawareUntil === undefined ? {} : { unawareUntil }) };
    },
    ...behind(proxies, NETWORK_FAULTS, 0.3, [...readers, writer], cluster),
  };
}

/** A proxy before each node, by the port of the node. */
async function proxiesOf({ nodes }: ClusterDeployment): Promise<Map<number, FaultProxy>> {
  return new Map(await Promise.all(nodes.map(async ({ port }) => [port, await FaultProxy.start({ port })] as const)));
}

/** Gives the time until which a server was replaced and did not know, if there was one. */
type Move = (cluster: ClusterDeployment, random: Random) => Promise<number | void>;

interface Migration {
  readonly range: readonly [number, number];
  readonly from: ClusterNode;
  readonly to: ClusterNode;
}

/** Moves the slot of a key, and perhaps some more. */
async function migrate(cluster: ClusterDeployment, random: Random, mode: 'classic' | 'atomic'): Promise<void> {
  const { range, from, to } = await aMigration(cluster, random);
  await cluster.migrateSlots(range, from, to, { mode });
}

async function aMigration(cluster: ClusterDeployment, random: Random): Promise<Migration> {
  const first = keySlot(random.pick(KEYS));
  const from = await cluster.primaryOf(first);
  let last = first;
  // No more than has one owner.
  for (const end = Math.min(16_383, first + random.whole(0, 10)); last < end; last++) {
    if ((await cluster.primaryOf(last + 1)) !== from) break;
  }
  const to = random.pick((await cluster.primaries()).filter((node) => node !== from));
  return { range: [first, last], from, to };
}

const classic: Move = (cluster, random) => migrate(cluster, random, 'classic');
const atomic: Move = (cluster, random) => migrate(cluster, random, 'atomic');

/** A slot that stays half-way for some time. */
const halfWay: Move = async (cluster, random) => {
  const { range, from, to } = await aMigration(cluster, random);
  const migration = await cluster.beginMigration(range, from, to);
  await sleep(random.whole(0, 150));
  await migration.moveKeys(1);
  await sleep(random.whole(0, 150));
  await migration.finish();
  await cluster.settled();
};

/** Has a replica take over, and gives the time at which its primary has heard of that: until then it goes on. */
async function replace(
  cluster: ClusterDeployment,
  primary: ClusterNode,
  options: FailoverOptions = {},
): Promise<number> {
  const [replica] = await cluster.replicas(primary);
  const heard = async (): Promise<number> => {
    for (;;) {
      const [role] = (await primary.call('ROLE')) as [string];
      if (role === 'slave') return performance.now();
      await sleep(2);
    }
  };
  const [unawareUntil] = await Promise.all([heard(), cluster.failover(replica!, options)]);
  return unawareUntil;
}

const failover: Move = async (cluster, random) => replace(cluster, random.pick(await cluster.primaries()));
const takeover: Move = async (cluster, random) =>
  replace(cluster, random.pick(await cluster.primaries()), { mode: 'takeover' });

/** A replica takes over while slots are on their way as a whole: the servers may give the migration up. */
const failoverWhileMoving: Move = async (cluster, random) => {
  const { range, from, to } = await aMigration(cluster, random);
  const [migration, replacement] = await Promise.allSettled([
    cluster.migrateSlots(range, from, to, { mode: 'atomic' }),
    replace(cluster, random.pick([from, to])),
  ]);
  if (replacement.status === 'rejected') throw replacement.reason;
  if (migration.status === 'rejected' && !/migration|primary|master/.test(String(migration.reason)))
    throw migration.reason;
  await cluster.settled();
  return replacement.value;
};

/** A primary freezes, but not for long enough to be replaced. */
const freeze: Move = async (cluster, random) => {
  const node = random.pick(await cluster.primaries());
  node.pause();
  await sleep(random.whole(20, NODE_TIMEOUT / 5));
  node.resume();
  await cluster.settled();
};

/** A primary dies, its replica takes over, and it comes back with nothing. */
const death: Move = async (cluster, random) => {
  const victim = random.pick(await cluster.primaries());
  const [heir] = await cluster.replicas(victim);
  await victim.kill();
  while (!(await cluster.primaries()).includes(heir!)) await sleep(20);
  await victim.restart();
  await cluster.settled();
};

/** A primary loses all its clients, the writer too. */
const expulsion: Move = async (cluster, random) => {
  await random.pick(await cluster.primaries()).call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  await sleep(random.whole(0, 200));
};

const MOVES: readonly Move[] = [
  expulsion,
  classic,
  classic,
  halfWay,
  halfWay,
  atomic,
  atomic,
  atomic,
  failover,
  failover,
  takeover,
  failoverWhileMoving,
  freeze,
  death,
];
