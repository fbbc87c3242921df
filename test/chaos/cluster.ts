import { setTimeout as sleep } from 'node:timers/promises';
import { ConnectionError, TimeoutError, ValkeyCluster, ValkeyError } from '../../src/index.ts';
import { keySlot } from '../../src/protocol/slot.ts';
import { type ClusterDeployment, type ClusterNode, ValkeyServer } from '../../src/testing/index.ts';
import { COUNTERS, Ledger, pipelines, singles, textOf } from './ledger.ts';
import { Random } from './random.ts';

/** What came of a run: numbers, and what must not happen; empty, or the client is broken. */
export interface ClusterReport {
  readonly wrong: readonly string[];
  readonly numbers: Readonly<Record<string, number>>;
  /** How much of the work succeeded. */
  readonly achieved: number;
  /** How often the client was disturbed, or noticed that it was. */
  readonly disturbed: number;
}

/** A command's own deadline, and what a busy machine may add to it. */
const TIMEOUT = 10_000;
const LATE = 5_000;

/** Gives each of the fixed keys its value. */
export async function fill(client: ValkeyCluster): Promise<void> {
  await Promise.all(Array.from({ length: COUNTERS }, (_, i) => client.set(`fixed:${i}`, `value ${i}`)));
}

function clientOf(cluster: ClusterDeployment): ValkeyCluster {
  return new ValkeyCluster({ startupNodes: cluster.startupNodes, socketTimeout: TIMEOUT });
}

export interface ReshardOptions {
  readonly milliseconds: number;
  readonly pipeline: number;
  /** How many slots move at a time: each is a write to the disk for every server. */
  readonly slots: number;
  readonly seed: number;
}

/** Pipelines and single commands while slots move to and fro, key by key and as a whole: nothing fails, and nothing runs twice. */
export async function reshardUnderLoad(options: ReshardOptions): Promise<ClusterReport> {
  await using cluster = await ValkeyServer.startCluster({
    primaries: 3,
    replicas: 1,
    version: '9.1',
    nodeTimeout: 15_000,
  });
  await using client = clientOf(cluster);
  await fill(client);
  const ledger = new Ledger();
  const random = new Random(options.seed);
  const stop = performance.now() + options.milliseconds;
  let isOver = false;
  const end = (): boolean => isOver;
  const load = [
    ...Array.from({ length: 50 }, (_, i) => singles(client, ledger, end, false, options.seed + i)),
    pipelines(client, ledger, options.pipeline, end, options.seed + 100),
    pipelines(client, ledger, 100, end, options.seed + 101),
  ];
  let moves = 0;
  try {
    while (performance.now() < stop) {
      await migrateAny(cluster, random, moves % 2 === 0 ? 'classic' : 'atomic', options.slots);
      moves++;
    }
  } finally {
    isOver = true;
  }
  await Promise.all(load);
  await ledger.verify(client);
  const { failed } = ledger;
  const numbers = { failed, 'slowest ms': Math.round(ledger.latest) };
  return { wrong: [...ledger.wrong], numbers, achieved: ledger.commands - failed, disturbed: moves };
}

/** As much of a range as has one owner. */
async function wholeRange(cluster: ClusterDeployment, first: number, last: number): Promise<readonly [number, number]> {
  const owner = await cluster.primaryOf(first);
  let end = first;
  while (end < last && (await cluster.primaryOf(Math.min(last, end + 10))) === owner) end = Math.min(last, end + 10);
  return [first, end];
}

export interface FailoverOptions {
  readonly failovers: number;
  readonly kills: number;
  readonly seed: number;
}

/** Failovers and killed primaries under load: every command ends, writes happen at most once, and all is well soon after the cluster is. */
export async function clusterFailovers(options: FailoverOptions): Promise<ClusterReport> {
  await using cluster = await ValkeyServer.startCluster({ primaries: 3, replicas: 1, version: '9.1' });
  await using client = clientOf(cluster);
  await fill(client);
  const ledger = new Ledger();
  const random = new Random(options.seed);
  let isOver = false;
  const end = (): boolean => isOver;
  const load = Array.from({ length: 50 }, (_, i) => singles(client, ledger, end, true, options.seed + i));
  const recoveries: number[] = [];
  try {
    for (let n = 0; n < options.failovers; n++) {
      const replicas = await cluster.replicas();
      await cluster.failover(random.pick(replicas));
      recoveries.push(await recovery(client));
    }
    for (let n = 0; n < options.kills; n++) {
      const primaries = await cluster.primaries();
      const victim = random.pick(primaries);
      await victim.kill();
      await cluster.settled();
      recoveries.push(await recovery(client));
      await victim.restart();
      await cluster.settled();
    }
  } finally {
    isOver = true;
  }
  await Promise.all(load);
  await ledger.verify(client);
  const p99 = recoveries.sort((a, b) => a - b)[Math.ceil(recoveries.length * 0.99) - 1] ?? 0;
  if (p99 > 2000) ledger.note(`took ${Math.round(p99)} ms to recover`);
  if (ledger.latest > TIMEOUT + LATE) ledger.note(`a command took ${Math.round(ledger.latest)} ms`);
  const { failed } = ledger;
  const numbers = { failed, 'slowest ms': Math.round(ledger.latest), 'p99 recovery ms': Math.round(p99) };
  return { wrong: [...ledger.wrong], numbers, achieved: ledger.commands - failed, disturbed: recoveries.length };
}

/** How long it takes until one key of every part is read. */
async function recovery(client: ValkeyCluster): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < 30; i++) {
    for (;;) {
      try {
        await client.get(`fixed:${i}`);
        break;
      } catch (error) {
        if (!(error instanceof ConnectionError) && !(error instanceof TimeoutError)) throw error;
        await sleep(10);
      }
    }
  }
  return performance.now() - start;
}

/**
 * A slot half-way for some time, with traffic on keys that are there, that have gone, and that are new, in transactions too. The seed says
 * which slot, and how many of its keys have gone.
 */
export async function slotHalfWay(options: {
  readonly milliseconds: number;
  readonly seed: number;
}): Promise<ClusterReport> {
  const { milliseconds, seed } = options;
  const random = new Random(seed);
  await using cluster = await ValkeyServer.startCluster({ primaries: 2, version: '9.1', nodeTimeout: 15_000 });
  await using client = clientOf(cluster);
  const tag = `{half${random.whole(0, 16_383)}}`;
  const slot = keySlot(tag);
  const from = await cluster.primaryOf(slot);
  const to = (await cluster.primaries()).find((node) => node !== from)!;
  for (let i = 0; i < 50; i++) await client.set(`${tag}${i}`, i);
  const migration = await cluster.beginMigration(slot, from, to);
  await migration.moveKeys(random.whole(1, 49));
  const wrong = new Set<string>();
  const stop = performance.now() + milliseconds;
  let rounds = 0;
  try {
    while (performance.now() < stop) {
      const key = `${tag}${rounds % 50}`;
      const fresh = `${tag}new:${rounds}`;
      if (Number(await client.get(key)) !== rounds % 50) wrong.add(`${key} reads something else`);
      await client.set(fresh, 'x');
      if ((await client.get(fresh)) !== 'x') wrong.add('a new key is not there');
      const [first, second] = (await client.multi().incr(`${tag}n`).get(`${tag}n`).execute()) as [number, string];
      if (Number(second) !== first) wrong.add('a transaction reads something else');
      const pipelined = await client.pipeline().get(key).set(fresh, 'y').get(fresh).execute();
      if (Number(pipelined[0]) !== rounds % 50 || pipelined[2] !== 'y') wrong.add('a pipeline reads something else');
      if ((await client.del(fresh)) !== 1) wrong.add('a new key is not deleted');
      rounds++;
    }
  } catch (error) {
    wrong.add(textOf(error));
  }
  await migration.finish();
  await cluster.settled();
  if (Number(await client.get(`${tag}n`)) !== rounds) wrong.add('a transaction ran twice, or not at all');
  const { redirects } = client.stats().counters;
  return { wrong: [...wrong], numbers: {}, achieved: rounds, disturbed: redirects };
}

/** How often many clients ask for the topology when a primary is killed, and whom. The seed says which one, and when. */
export async function topologyQueries(options: {
  readonly clients: number;
  readonly milliseconds: number;
  readonly seed: number;
}): Promise<ClusterReport> {
  const { clients, milliseconds, seed } = options;
  const random = new Random(seed);
  await using cluster = await ValkeyServer.startCluster({ primaries: 3, replicas: 1, version: '9.1' });
  const all = Array.from({ length: clients }, () => clientOf(cluster));
  const wrong: string[] = [];
  try {
    // Who is to be asked next is one of those that a client is connected with: here, with every primary.
    await Promise.all(all.map((client) => client.dbsize()));
    const victim = random.pick(await cluster.primaries());
    const nodes = cluster.nodes.filter((node) => node !== victim);
    const before = await Promise.all(nodes.map(queriesOf));
    await sleep(random.whole(0, 500));
    await victim.kill();
    const start = performance.now();
    let isOver = false;
    let answered = 0;
    const load = all.map(async (client, i) => {
      for (let n = 0; !isOver; n++) {
        try {
          await client.get(`key:${i}:${n}`);
          answered++;
        } catch (error) {
          if (!(error instanceof ValkeyError)) wrong.push(textOf(error));
        }
        await sleep(5);
      }
    });
    await sleep(milliseconds);
    isOver = true;
    await Promise.all(load);
    const seconds = (performance.now() - start) / 1000;
    const after = await Promise.all(nodes.map(queriesOf));
    const asked = after.map((count, i) => count - before[i]!);
    const total = asked.reduce((sum, count) => sum + count, 0);
    const rate = total / seconds / clients;
    const share = Math.max(...asked) / Math.max(1, total);
    if (rate > 2) wrong.push(`${rate.toFixed(2)} topology queries per second and client`);
    if (total > 50 && share > 0.6) wrong.push(`one node was asked ${Math.round(share * 100)} % of them`);
    const numbers = {
      clients,
      'per second and client': Number(rate.toFixed(2)),
      'largest share %': Math.round(share * 100),
    };
    return { wrong, numbers, achieved: answered, disturbed: total };
  } finally {
    await Promise.all(all.map((client) => client.close()));
  }
}

async function queriesOf(node: ClusterNode): Promise<number> {
  const stats = String(await node.call('INFO', 'commandstats'));
  let total = 0;
  for (const [, calls] of stats.matchAll(/^cmdstat_cluster\|(?:slots|shards|nodes):calls=(\d+)/gm))
    total += Number(calls);
  return total;
}

/**
 * Sharded channels through migrations, a failover and a kill: all deliver again soon after. The seed says which slots move, from and to
 * whom, and what comes first.
 */
export async function shardedChannels(options: {
  readonly channels: number;
  readonly seed: number;
}): Promise<ClusterReport> {
  const { channels, seed } = options;
  const random = new Random(seed);
  await using cluster = await ValkeyServer.startCluster({ primaries: 3, replicas: 1, version: '9.1' });
  await using client = clientOf(cluster);
  await using pubsub = client.pubsub();
  const names = Array.from({ length: channels }, (_, i) => `channel:${i}`);
  const heard = new Map<string, string>();
  await pubsub.ssubscribe(names, ({ channel, data }) => heard.set(channel, data));
  const wrong: string[] = [];
  const times: Record<string, number> = {};
  let delivered = 0;
  const deliver = async (what: string): Promise<void> => {
    const start = performance.now();
    let left = names;
    for (let round = 0; left.length > 0 && performance.now() - start < 10_000; round++) {
      const text = `${what} ${round}`;
      await Promise.all(left.map((name) => client.spublish(name, text).catch(() => 0)));
      await sleep(50);
      left = left.filter((name) => !String(heard.get(name)).startsWith(what));
    }
    const taken = performance.now() - start;
    delivered += channels - left.length;
    times[`${what} ms`] = Math.round(taken);
    if (left.length > 0) wrong.push(`${left.length} channels are silent after the ${what}`);
    else if (taken > 2000) wrong.push(`took ${Math.round(taken)} ms after the ${what}`);
  };
  await deliver('start');
  const steps: Readonly<Record<string, () => Promise<unknown>>> = {
    migration: () => migrateAny(cluster, random, 'classic', 50),
    'atomic migration': () => migrateAny(cluster, random, 'atomic', 50),
    failover: async () => cluster.failover(random.pick(await cluster.replicas())),
  };
  for (const step of random.shuffled(Object.keys(steps))) {
    await steps[step]!();
    await deliver(step);
  }
  // Last, since a shard with one server left has nobody to fail over to.
  await random.pick(await cluster.primaries()).kill();
  await cluster.settled();
  await deliver('kill');
  // The start disturbs nobody.
  return { wrong, numbers: { channels, ...times }, achieved: delivered, disturbed: Object.keys(times).length - 1 };
}

/** Moves slots of one primary to another. */
async function migrateAny(
  cluster: ClusterDeployment,
  random: Random,
  mode: 'classic' | 'atomic',
  slots: number,
): Promise<void> {
  const first = random.whole(0, 16_000);
  const from = await cluster.primaryOf(first);
  const to = random.pick((await cluster.primaries()).filter((node) => node !== from));
  await cluster.migrateSlots(await wholeRange(cluster, first, first + slots), from, to, { mode });
}

/** All servers are replaced by new ones behind the same addresses, of which each gets other slots than before: the seed says which. */
export async function allReplaced({ seed }: { readonly seed: number }): Promise<ClusterReport> {
  const old = await ValkeyServer.startCluster({ primaries: 3, version: '9.1' });
  await using client = clientOf(old);
  await client.set('key', 'old');
  const ports = old.nodes.map(({ port }) => port);
  await old.stop();
  const turn = new Random(seed).whole(1, 2);
  const others = [...ports.slice(turn), ...ports.slice(0, turn)];
  await using fresh = await ValkeyServer.startCluster({ primaries: 3, version: '9.1', ports: others });
  const start = performance.now();
  const wrong: string[] = [];
  for (;;) {
    try {
      for (let i = 0; i < 30; i++) await client.set(`key:${i}`, 'new');
      break;
    } catch (error) {
      if (performance.now() - start > 20_000) {
        wrong.push(`never recovered: ${textOf(error)}`);
        break;
      }
      await sleep(20);
    }
  }
  const taken = performance.now() - start;
  if (taken > 5000) wrong.push(`took ${Math.round(taken)} ms to recover`);
  const sizes = await Promise.all(fresh.nodes.map(async (node) => Number(await node.call('DBSIZE'))));
  const held = sizes.reduce((sum, size) => sum + size, 0);
  if (held !== 30 && wrong.length === 0) wrong.push('the new servers lack keys');
  return { wrong, numbers: { 'recovery ms': Math.round(taken) }, achieved: held, disturbed: ports.length };
}
