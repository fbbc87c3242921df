import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { after, before, beforeEach, describe, test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  DataError,
  ValkeyCluster,
  type CacheMessage,
  type CacheOptions,
  type ValkeyClusterOptions,
} from '../../../src/index.ts';
import { ValkeyServer, type ClusterDeployment, type ClusterNode } from '../../../src/testing/index.ts';
import { isAtLeast, until } from '../client/tools.ts';

/** Keys of many slots, some of each node. */
const KEYS = Array.from({ length: 60 }, (_, i) => `key:${i}`);

const hasAtomic = isAtLeast(process.env['VALKEY_VERSION'] ?? '9.1', '9.0');

describe('a client of a cluster that caches', { timeout: 120_000 }, () => {
  let cluster: ClusterDeployment;
  let writer: ValkeyCluster;

  function keeping(t: TestContext, options: CacheOptions = {}, own: ValkeyClusterOptions = {}): ValkeyCluster {
    const client = new ValkeyCluster({
      ...own,
      startupNodes: cluster.nodes.map(({ port }) => ({ host: '127.0.0.1', port })),
      cache: { maxStaleness: 10_000, ...options },
    });
    t.after(() => client.destroy());
    return client;
  }

  before(async () => {
    cluster = await ValkeyServer.startCluster({ primaries: 3, replicas: 1 });
    writer = new ValkeyCluster({ startupNodes: cluster.nodes.map(({ port }) => ({ host: '127.0.0.1', port })) });
  });
  after(async () => {
    writer.destroy();
    await cluster.stop();
  });
  beforeEach(() => writer.mset(Object.fromEntries(KEYS.map((key) => [key, 'old']))));

  test('keeps what is asked of one key at once', async (t) => {
    const client = keeping(t);
    await writer.hset('hash', Object.fromEntries(KEYS.map((key) => [key, key])));
    const read = (): Promise<(string | null)[]> => Promise.all(KEYS.map((key) => client.hget('hash', key)));
    await read();
    assert.equal(client.cache.stats().entries, KEYS.length);
    assert.deepEqual(await read(), KEYS);
    assert.equal(client.cache.stats().hits, KEYS.length);
  });

  test('gives up everything for an AUTH of one node', async (t) => {
    const client = keeping(t);
    for (const node of cluster.nodes) {
      await node.call('ACL', 'SETUSER', 'nobody', 'on', '>pw', '+@all', '-@read', '~*');
      t.after(() => node.call('ACL', 'DELUSER', 'nobody'));
    }
    await client.get('key:1');
    assert.equal(client.cache.peek.get('key:1'), 'old');
    await client.on('primaries').auth('nobody', 'pw');
    await assert.rejects(client.get('key:1'), { prefix: 'NOPERM' });
  });

  test('refuses several slots, whatever is kept', async (t) => {
    const client = keeping(t, {}, { crossSlot: 'error' });
    await readAll(client);
    const several = KEYS.slice(0, 3);
    await assert.rejects(client.mget(several), { code: 'CROSSSLOT' });
    assert.equal(client.cache.peek.mget(several), undefined);
    assert.deepEqual(await client.mget(KEYS[0]!), ['old']);
  });

  const readAll = (client: ValkeyCluster): Promise<(string | null)[]> =>
    Promise.all(KEYS.map((key) => client.get(key)));

  /** Resolves when the client has looked at the map, as it does when it loses a connection, and a node is a replica there. */
  async function toBeReplica(client: ValkeyCluster, name: string): Promise<void> {
    const elsewhere = cluster.nodes.find(
      ({ port }) => !name.endsWith(`:${port}`) && client.getPrimaries().some((each) => each.port === port),
    )!;
    await elsewhere.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await until('the client knows', () => client.getReplicas().some((each) => each.name === name));
  }

  /** A replica hears of nothing any more, but goes on to answer: what it told is not told again when it has changed. */
  async function neverOld(client: ValkeyCluster, key: string, replica: ClusterNode): Promise<void> {
    const [, password] = (await replica.call('CONFIG', 'GET', 'masterauth')) as [string, string];
    await replica.call('CONFIG', 'SET', 'masterauth', 'wrong');
    await replica.call('CLIENT', 'KILL', 'TYPE', 'primary');
    try {
      await writer.set(key, 'newer');
      const end = performance.now() + 500;
      while (performance.now() < end) {
        assert.notEqual(client.cache.peek.get(key), 'old');
        await sleep(20);
      }
      assert.equal(await client.get(key), 'newer');
    } finally {
      await replica.call('CONFIG', 'SET', 'masterauth', password);
      await cluster.settled();
    }
  }

  for (const mode of ['default', 'optin', 'bcast'] as const) {
    test(`hears of changes from every node, ${mode}`, async (t) => {
      const client = keeping(t, { mode });
      await client.connect();
      await readAll(client);
      assert.equal(client.cache.stats().entries, KEYS.length);
      await readAll(client);
      assert.equal(client.cache.stats().hits, KEYS.length);
      await writer.mset(Object.fromEntries(KEYS.map((key) => [key, 'new'])));
      await until('all is given up', () => client.cache.stats().entries === 0);
      assert.deepEqual(new Set(await readAll(client)), new Set(['new']));
    });
  }

  test('with optin, a node remembers only what is kept', async (t) => {
    const client = keeping(t, { mode: 'optin', allow: ['GET'] });
    const [one, other] = KEYS as [string, string];
    await client.get(one);
    await client.strlen(other);
    await writer.mset({ [one]: 'new', [other]: 'new' });
    await until('it is given up', () => client.cache.stats().entries === 0);
    assert.equal(client.cache.stats().invalidations, 1);
  });

  test('with optin, what is asked for on the way to another node is not kept', async (t) => {
    const client = keeping(t, { mode: 'optin' });
    const key = KEYS[3]!;
    await client.get(key);
    const from = await cluster.primaryOf(key);
    const to = (await cluster.primaries()).find((node) => node !== from) as ClusterNode;
    const migration = await cluster.beginMigration(client.keyslot(key), from, to);
    await migration.moveKeys();
    await until('it is told of', () => client.cache.peek.get(key) === undefined);
    assert.equal(await client.get(key), 'old');
    assert.equal(client.cache.peek.get(key), undefined);
    await migration.finish();
    await until('the new owner is read, and tells', async () => {
      await client.get(key);
      return client.cache.peek.get(key) === 'old';
    });
    await writer.set(key, 'new');
    await until('it is given up', () => client.cache.peek.get(key) === undefined);
    assert.equal(await client.get(key), 'new');
  });

  test('asks MGET for what it lacks, slot by slot', async (t) => {
    const client = keeping(t);
    await client.get(KEYS[0]!);
    assert.deepEqual(new Set(await client.mget(KEYS)), new Set(['old']));
    assert.equal(client.cache.stats().entries, KEYS.length);
    const { hits } = client.cache.stats();
    assert.deepEqual(new Set(await client.mget([...KEYS].reverse())), new Set(['old']));
    assert.equal(client.cache.stats().hits, hits + 1);
    await client.set(KEYS[7]!, 'own');
    assert.deepEqual(
      (await client.mget(KEYS)).filter((value) => value !== 'old'),
      ['own'],
    );
  });

  test('keeps nothing of keys that do not exist, nor of several', async (t) => {
    const client = keeping(t);
    await writer.sadd('{a}1', ['x']);
    await client.get('nothing');
    await client.hgetall('nothing');
    await client.type('nothing');
    await client.sunion(['{a}1', '{a}2']);
    assert.equal(client.cache.stats().entries, 0);
    await client.smembers('{a}1');
    assert.equal(client.cache.stats().entries, 1);
  });

  test('hears of its own writes, wherever they are sent', async (t) => {
    const client = keeping(t, { noLoop: true });
    await readAll(client);
    const [key] = KEYS as [string];
    const node = client.getNodeFromKey(key);
    await client.on(node).set(key, 'by a node');
    assert.equal(await client.get(key), 'by a node');
    await using session = await client.session({ key });
    await session.set(key, 'by a session');
    assert.equal(await client.get(key), 'by a session');
    await client.multi().set(key, 'as one').execute();
    assert.equal(await client.get(key), 'as one');
  });

  for (const mode of hasAtomic ? (['classic', 'atomic'] as const) : (['classic'] as const)) {
    test(`gives up what moves to another node, and follows it, ${mode}`, async (t) => {
      const client = keeping(t);
      await readAll(client);
      const from = await cluster.primaryOf(KEYS[0]!);
      const to = (await cluster.primaries()).find((node) => node !== from) as ClusterNode;
      const slot = client.keyslot(KEYS[0]!);
      await cluster.migrateSlots([slot, slot], from, to, { mode });
      // Nothing is sent that could be redirected: who had the slot tells.
      await until('what moved is given up', () => client.cache.peek.get(KEYS[0]!) === undefined);
      assert.equal(client.cache.stats().entries, KEYS.length - 1);
      await writer.set(KEYS[0]!, 'moved');
      assert.equal(await client.get(KEYS[0]!), 'moved');
      await until('it is kept again', async () => {
        await client.get(KEYS[0]!);
        return client.cache.peek.get(KEYS[0]!) === 'moved';
      });
      await writer.set(KEYS[0]!, 'new');
      await until('the new owner tells', () => client.cache.peek.get(KEYS[0]!) === undefined);
      assert.equal(await client.get(KEYS[0]!), 'new');
    });
  }

  test('gives up what a primary told that was replaced', async (t) => {
    const client = keeping(t, { maxStaleness: 100 });
    await readAll(client);
    const primary = await cluster.primaryOf(KEYS[0]!);
    const [replica] = await cluster.replicas(primary);
    await cluster.failover(replica!);
    await writer.set(KEYS[0]!, 'after');
    await until('the new primary is read', async () => (await client.get(KEYS[0]!)) === 'after');
    await until('and kept', async () => {
      await client.get(KEYS[0]!);
      return client.cache.peek.get(KEYS[0]!) === 'after';
    });
    await writer.set(KEYS[0]!, 'newer');
    await until('the new primary tells', () => client.cache.peek.get(KEYS[0]!) === undefined);
  });

  test('gives up what a primary told that has become a replica, and may lag behind', async (t) => {
    const client = keeping(t, { maxStaleness: 100 });
    const [key] = KEYS as [string];
    await readAll(client);
    const { name } = client.getNodeFromKey(key);
    const primary = await cluster.primaryOf(key);
    const [replica] = await cluster.replicas(primary);
    const reasons: unknown[] = [];
    const note = (message: unknown): void => void reasons.push((message as CacheMessage).flush);
    subscribe('valkey-ts:cache', note);
    t.after(() => unsubscribe('valkey-ts:cache', note));
    await cluster.failover(replica!);
    await toBeReplica(client, name);
    assert.ok(reasons.includes('slots'));
    await neverOld(client, key, primary);
  });

  test('gives up what a replica told that was a primary in between', async (t) => {
    // It looks at the map when it loses a connection, and at no redirection.
    const client = keeping(t, { maxStaleness: 100 }, { reinitializeSteps: 0 });
    const [key] = KEYS as [string];
    await readAll(client);
    const { name } = client.getNodeFromKey(key);
    const primary = await cluster.primaryOf(key);
    const [replica] = await cluster.replicas(primary);
    await cluster.failover(replica!);
    await toBeReplica(client, name);
    await cluster.failover(primary);
    assert.equal(await client.get(key), 'old');
    assert.equal(client.getNodeFromKey(key).name, name);
    await cluster.failover(replica!);
    await toBeReplica(client, name);
    await neverOld(client, key, primary);
  });

  test('needs the option', () => {
    assert.throws(() => writer.cache, { name: DataError.name, code: 'NO_CACHE' });
    assert.throws(() => new ValkeyCluster({ host: 'h', protocol: 2, cache: true }), /needs protocol 3/);
  });
});
