import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConnectionError, TimeoutError, ValkeyCluster, type ValkeyError } from '../../../src/index.ts';
import { type ClusterDeployment, type ClusterNode, ValkeyServer } from '../../../src/testing/index.ts';
import { failureOf, until } from '../client/tools.ts';
import { assertNone, Load, open } from './tools.ts';

/** Counters, and how often each was incremented for certain, and perhaps. */
class Counters {
  readonly sure: Map<string, number> = new Map();
  readonly perhaps: Map<string, number> = new Map();
  readonly #client: ValkeyCluster;
  readonly #prefix: string;

  constructor(client: ValkeyCluster, prefix: string) {
    this.#client = client;
    this.#prefix = prefix;
  }

  /** Increments one of a hundred; a loss that says it may have run is none. */
  async increment(n: number): Promise<void> {
    const key = `${this.#prefix}:${n % 100}`;
    try {
      await this.#client.incr(key);
      this.sure.set(key, (this.sure.get(key) ?? 0) + 1);
    } catch (error) {
      if (!(error instanceof ConnectionError && error.sent)) throw error;
      this.perhaps.set(key, (this.perhaps.get(key) ?? 0) + 1);
    }
  }

  /** Each has what was incremented for certain, and no more than what may have been. */
  async check(): Promise<void> {
    for (const [key, sure] of this.sure) {
      const value = Number(await this.#client.get(key));
      const most = sure + (this.perhaps.get(key) ?? 0);
      // What a failing primary has acknowledged and not replicated is lost by the servers, so that only the upper bound is ours.
      assert.ok(value <= most, `${key}: ${value} of at most ${most}`);
    }
  }
}

describe('ValkeyCluster, when nodes and slots change', () => {
  let cluster: ClusterDeployment;
  before(async () => {
    cluster = await ValkeyServer.startCluster({ primaries: 3, replicas: 1 });
  });
  after(() => cluster.stop());

  it('runs everything exactly once while slots move both ways', async (t) => {
    const client = open(t, cluster);
    const from = await cluster.primaryOf(0);
    const to = (await cluster.primaries()).find((node) => node !== from) as ClusterNode;
    const counts = new Map<string, number>();
    const load = new Load(8, async (n) => {
      const key = `move:${n % 200}`;
      const tag = `{tag:${n % 50}}`;
      await Promise.all([
        client.incr(key),
        client.pipeline().incr(key).get(key).incr(`${tag}a`).execute(),
        client.multi().incr(`${tag}b`).incr(`${tag}b`).execute(),
      ]);
      counts.set(key, (counts.get(key) ?? 0) + 2);
      counts.set(`${tag}a`, (counts.get(`${tag}a`) ?? 0) + 1);
      counts.set(`${tag}b`, (counts.get(`${tag}b`) ?? 0) + 2);
    });
    for (const mode of ['atomic', 'classic'] as const) {
      await cluster.migrateSlots([0, 150], from, to, { mode });
      await cluster.migrateSlots([0, 150], to, from, { mode });
    }
    await load.stop();
    assertNone(load.errors);
    assert.ok(counts.size > 100);
    for (const [key, count] of counts) assert.equal(Number(await client.get(key)), count, key);
  });

  it('goes on after failovers, without an error', async (t) => {
    const client = open(t, cluster);
    const counters = new Counters(client, 'failover');
    const load = new Load(8, (n) => counters.increment(n));
    const primaries = await cluster.primaries();
    for (const primary of primaries.slice(0, 2)) {
      const [replica] = (await cluster.replicas(primary)) as [ClusterNode];
      await cluster.failover(replica);
    }
    await load.stop();
    assertNone(load.errors);
    assert.equal(counters.perhaps.size, 0);
    for (const [key, sure] of counters.sure) assert.equal(Number(await client.get(key)), sure, key);
  });

  it('survives a primary that is killed: reads are repeated, writes never, and what blocks finds its way', async (t) => {
    const client = open(t, cluster, { socketTimeout: 20_000 });
    const reader = open(t, cluster, { socketTimeout: 20_000 });
    const victim = await cluster.primaryOf('victim');
    await reader.set('victim', 'alive');
    await reader.wait(1, 5000);
    const counters = new Counters(client, 'kill');
    const writes = new Load(4, (n) => counters.increment(n));
    const reads = new Load(4, async () => assert.equal(await reader.get('victim'), 'alive'));
    await sleep(200);
    await victim.kill();
    // Called while the node is gone: it waits for the one that takes its place.
    const popped = reader.blpop('{victim}queue', 15);
    await cluster.settled();
    await until('a write goes through', async () => (await client.set('victim:alive', 1)) === 'OK');
    await sleep(200);
    await Promise.all([writes.stop(), reads.stop()]);
    assertNone(writes.errors);
    assertNone(reads.errors);
    await counters.check();
    await reader.rpush('{victim}queue', 'found');
    assert.deepEqual(await popped, ['{victim}queue', 'found']);
    await victim.restart();
    await cluster.settled();
  });

  it('does not slow the others when a node is stopped, and asks for the topology seldom', async (t) => {
    const client = open(t, cluster, { socketTimeout: 1000 });
    const patient = open(t, cluster, { socketTimeout: 30_000 });
    await patient.get('foo');
    const sick = await cluster.primaryOf('foo');
    const other = (await cluster.primaries()).find((node) => node !== sick) as ClusterNode;
    await client.connect();
    const keys = Array.from({ length: 100 }, (_, i) => `well:${i}`).filter(
      (key) => client.getNodeFromKey(key).port === other.port,
    );
    await Promise.all(keys.map((key) => client.set(key, 1)));
    await client.on('all').configResetstat();
    sick.pause();
    try {
      // Its reply never comes from where it was sent: it is repeated where the slot is.
      const repeated = patient.get('foo');
      const late = client.set('foo', 1).catch((error: unknown) => error);
      const start = performance.now();
      for (let i = 0; i < 20; i++) await Promise.all(keys.map((key) => client.get(key)));
      assert.ok(performance.now() - start < 900, 'the others answer while the sick node does not');
      const error = await late;
      assert.ok(error === 'OK' || (error as ValkeyError) instanceof TimeoutError || (error as ConnectionError).sent);
      await until('another node has taken its place', async () => {
        return await client.set('foo', 2).then(
          () => true,
          () => false,
        );
      });
      const since = performance.now();
      assert.ok(['2', '1', null].includes(await repeated));
      assert.ok(performance.now() - since < 10_000, 'a read is not left to a node that has been replaced');
    } finally {
      sick.resume();
    }
    const seconds = 3;
    await cluster.settled();
    await client.on('all').configResetstat();
    await sleep(seconds * 1000);
    const stats = await client.on('all').executeCommand<string>('INFO', 'commandstats');
    const asked = [...stats.values()].map((text) => Number(/cmdstat_cluster\|slots:calls=(\d+)/.exec(text)?.[1] ?? 0));
    assert.ok(asked.reduce((a, b) => a + b) <= 2 * seconds + 2, `asked ${String(asked)} times`);
  });

  it('takes in nodes that come, lets go of those that leave, and keeps its startup nodes', async (t) => {
    const client = open(t, cluster, { startupNodes: cluster.startupNodes });
    await client.connect();
    const from = await cluster.primaryOf(0);
    const added = await cluster.addNode();
    await cluster.migrateSlots([0, 20], from, added, { mode: 'atomic' });
    const keys = Array.from({ length: 20_000 }, (_, i) => `new:${i}`).filter((key) => client.keyslot(key) <= 20);
    await Promise.all(keys.map((key) => client.set(key, 1)));
    assert.equal(client.getNodeFromKey(keys[0]!).port, added.port);
    const { sent } = client.stats().traffic;
    await cluster.removeNode(added, { mode: 'atomic' });
    assert.deepEqual(
      await Promise.all(keys.map((key) => client.get(key))),
      keys.map(() => '1'),
    );
    await until('it is forgotten', () => client.getNodes().every(({ port }) => port !== added.port));
    assert.equal(client.getNodes().length, 6);
    assert.ok(client.stats().traffic.sent >= sent + keys.length, 'what went to the node that left is remembered');
  });

  it('tells why when no node can be reached, and tries anew with the next call', async (t) => {
    const client = new ValkeyCluster({ startupNodes: ['127.0.0.1:1'], retry: { retries: 1 } });
    t.after(() => client.destroy());
    await failureOf(client.get('foo'), ConnectionError, 'ECONNREFUSED');
    await failureOf(client.connect(), ConnectionError, 'ECONNREFUSED');
    await failureOf(client.pubsub().ssubscribe('x'), ConnectionError, 'ECONNREFUSED');
    assert.equal(client.state, 'idle');
    const single = await ValkeyServer.start();
    t.after(() => single.stop());
    const plain = new ValkeyCluster({ host: single.host, port: single.port });
    t.after(() => plain.destroy());
    await assert.rejects(plain.get('foo'), /cluster support disabled/);
  });

  it('ends a close with the shortest timeout, and only what it began', async (t) => {
    const client = open(t, cluster);
    const read = (): Promise<unknown> => client.get('busy').catch(() => 'ended');
    await read();
    const node = await cluster.primaryOf('busy');
    node.pause();
    const late = read();
    const start = performance.now();
    const long = client.close({ timeout: 20_000 });
    await client.close({ timeout: 100 });
    await long;
    assert.ok(performance.now() - start < 10_000, 'the first timeout that ends counts');
    assert.equal(await late, 'ended');
    node.resume();
    await client.connect();
    node.pause();
    void read();
    const closing = client.close({ timeout: 20_000 });
    client.destroy();
    node.resume();
    await client.connect();
    await closing;
    assert.equal(await client.set('busy', 'no'), 'OK');
    assert.equal(client.state, 'ready');
  });

  it('closes when all is answered, and opens again', async (t) => {
    const client = open(t, cluster);
    const replies = Promise.all(Array.from({ length: 300 }, (_, i) => client.set(`close:${i}`, i)));
    const blocked = client.blpop('close:queue', 0);
    const seen = failureOf(blocked, ConnectionError, 'CLOSED');
    await sleep(50);
    await client.close();
    assert.equal((await replies).length, 300);
    await seen;
    await failureOf(client.get('foo'), ConnectionError, 'CLOSED');
    await client.connect();
    assert.equal(await client.get('close:1'), '1');
  });
});
