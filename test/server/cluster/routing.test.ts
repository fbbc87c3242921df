import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  AbortError,
  ClusterError,
  CrossSlotError,
  DataError,
  MaxConnectionsError,
  MovedError,
  ResponseError,
  TryAgainError,
  type CommandMessage,
} from '../../../src/index.ts';
import { type ClusterDeployment, type ClusterNode, ValkeyServer } from '../../../src/testing/index.ts';
import { failureOf, until } from '../client/tools.ts';
import { open } from './tools.ts';

/** A key of each of the three primaries. */
const KEYS = ['foo', 'bar', 'c'];

describe('ValkeyCluster', () => {
  let cluster: ClusterDeployment;
  before(async () => {
    cluster = await ValkeyServer.startCluster({
      primaries: 3,
      replicas: 1,
      args: ['--rename-command', 'STRLEN', 'LENGTH.OF'],
    });
  });
  after(() => cluster.stop());

  it('sends each command to the node of its key, knowing one of the nodes', async (t) => {
    const client = open(t, cluster, { startupNodes: cluster.startupNodes.slice(3, 4) });
    const keys = Array.from({ length: 100 }, (_, i) => `routed:${i}`);
    await Promise.all(keys.map((key) => client.set(key, key)));
    assert.deepEqual(await Promise.all(keys.map((key) => client.get(key))), keys);
    const owners = await Promise.all(KEYS.map((key) => cluster.primaryOf(key)));
    assert.equal(new Set(owners).size, 3);
    assert.deepEqual(
      KEYS.map((key) => client.getNodeFromKey(key).port),
      owners.map(({ port }) => port),
    );
    await client.incr(7 as never);
    assert.equal(await client.get('7'), '1');
    await client.set(Buffer.from([0xff, 0x00]), 'bytes');
    assert.equal(await client.get(Buffer.from([0xff, 0x00])), 'bytes');
  });

  it('counts what went to all nodes, and where it was sent on', async (t) => {
    const client = open(t, cluster);
    await client.connect();
    const { sent: own } = client.stats().traffic;
    await Promise.all(Array.from({ length: 300 }, (_, i) => client.set(`counted:${i}`, i)));
    const before = client.stats();
    assert.deepEqual([before.traffic.sent - own, before.counters.redirects], [300, 0]);
    const slot = client.keyslot('counted:0');
    const from = await cluster.primaryOf('counted:0');
    const to = (await cluster.primaries()).find((node) => node !== from)!;
    await cluster.migrateSlots(slot, from, to, { mode: 'classic' });
    const told: unknown[] = [];
    const listen = (message: unknown): void => {
      const { command, endpoint, peer } = message as CommandMessage;
      told.push({ command, endpoint, peer });
    };
    subscribe('tracing:valkey-ts:command:asyncEnd', listen);
    assert.equal(await client.get('counted:0'), '0');
    unsubscribe('tracing:valkey-ts:command:asyncEnd', listen);
    const [first, last] = [from, to].map(({ port }) => `127.0.0.1:${port}`);
    assert.deepEqual(told, [{ command: 'GET', endpoint: first, peer: last }]);
    const { traffic, counters } = client.stats();
    assert.deepEqual([counters.redirects, traffic.errors - before.traffic.errors], [1, 1]);
    await cluster.migrateSlots(slot, to, from, { mode: 'classic' });
    await client.close();
    assert.ok(client.stats().traffic.sent >= traffic.sent, 'with what went over connections that are closed');
  });

  it('splits what can be split, in order, and refuses the rest without asking', async (t) => {
    const client = open(t, cluster);
    const keys = Array.from({ length: 50 }, (_, i) => `split:${i}`);
    assert.equal(await client.mset(Object.fromEntries(keys.map((key) => [key, key]))), 'OK');
    assert.deepEqual(await client.mget([...keys, 'none', 'split:0']), [...keys, null, 'split:0']);
    assert.equal(await client.exists([...keys, 'split:1']), 51);
    assert.equal(await client.touch(keys), 50);
    assert.equal(await client.del(keys.slice(0, 20)), 20);
    assert.equal(await client.unlink(keys), 30);
    const error = await failureOf(client.sinter(['foo', 'bar']), CrossSlotError, 'CROSSSLOT');
    assert.match(error.message, /hash tag/);
    const strict = open(t, cluster, { crossSlot: 'error' });
    await failureOf(strict.mget(['foo', 'bar']), CrossSlotError, 'CROSSSLOT');
    assert.deepEqual(await strict.mget(['{s}1', '{s}2']), [null, null]);
  });

  it('sends commands without keys where the tips say, and merges the replies', async (t) => {
    const client = open(t, cluster);
    await client.flushall();
    await Promise.all(KEYS.map((key) => client.set(key, 1)));
    assert.equal(await client.dbsize(), 3);
    assert.deepEqual((await client.keys('*')).sort(), [...KEYS].sort());
    assert.ok(KEYS.includes(String(await client.randomkey())));
    assert.equal(await client.ping(), 'PONG');
    const digest = await client.scriptLoad('return 1');
    assert.deepEqual(await client.scriptExists([digest, '0'.repeat(40)]), [true, false]);
    assert.deepEqual(
      await client
        .on('all')
        .executeCommand('SCRIPT', 'EXISTS', digest)
        .then((map) => [...map.values()]),
      [[1], [1], [1], [1], [1], [1]],
    );
    assert.equal(await client.configSet({ 'slowlog-max-len': 77 }), 'OK');
    const set = await client.on('all').configGet('slowlog-max-len');
    assert.equal(set.size, 6);
    for (const values of set.values()) assert.deepEqual(values, { 'slowlog-max-len': '77' });
    assert.ok((await client.wait(1, 2000)) >= 1);
    assert.throws(() => client.scan('0'), { code: 'NEEDS_NODE' });
    assert.equal(await client.eval('return 5'), 5);
  });

  it('asks a server once for the keys of a command that it does not know', async (t) => {
    const client = open(t, cluster);
    await client.connect();
    await client.on('all').configResetstat();
    for (const key of KEYS) await client.set(key, 'four');
    const lengths = KEYS.flatMap((key) => [1, 2].map(() => client.executeCommand('LENGTH.OF', key)));
    assert.deepEqual(await Promise.all(lengths), Array(6).fill(4));
    assert.equal(await client.executeCommand('LENGTH.OF', 'foo'), 4);
    const stats = await client.on('all').executeCommand<string>('INFO', 'commandstats');
    const asked = [...stats.values()].map((text) => Number(/cmdstat_command\|info:calls=(\d+)/.exec(text)?.[1] ?? 0));
    assert.equal(
      asked.reduce((a, b) => a + b),
      1,
    );
    const error = await failureOf(client.executeCommand('NO.SUCH', 'a'), ResponseError, 'ERR');
    assert.match(error.message, /unknown command/);
    assert.equal(client.determineSlot('SET', 'foo', 1), 12_182);
    assert.equal(client.determineSlot('EVAL', 'return 1', 1, 'foo'), 12_182);
    assert.equal(client.determineSlot('PING'), undefined);
    assert.throws(() => client.determineSlot('MGET', 'foo', 'bar'), CrossSlotError);
  });

  it('keeps the order of pipelines and batches over nodes, and tells each failure in its place', async (t) => {
    const client = open(t, cluster);
    const pipeline = client.pipeline();
    for (let i = 0; i < 300; i++) pipeline.set(`p:${i % 30}`, i).get(`p:${i % 30}`);
    const replies = await pipeline.execute();
    assert.deepEqual(replies.slice(-4), ['OK', '298', 'OK', '299']);
    await client.set('text', 'x');
    const settled = await client.pipeline().incr('n:1').incr('text').mget(['foo', 'bar']).executeSettled();
    assert.deepEqual(
      settled.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    );
    const filled = await client.batch((b) => ({ a: b.set('b:1', 1), b: b.get('b:1'), c: b.mget(['b:1', 'foo']) }));
    assert.deepEqual(filled, { a: 'OK', b: '1', c: ['1', filled.c[1]] });
  });

  it('runs transactions, scripts, locks, blocking commands and sessions where their keys are', async (t) => {
    const client = open(t, cluster);
    assert.deepEqual(await client.multi().set('{t}a', 1).incr('{t}a').execute(), ['OK', 2]);
    const error = await failureOf(client.multi().set('foo', 1).set('bar', 1).execute(), CrossSlotError, 'CROSSSLOT');
    assert.match(error.message, /transaction/);
    for (const key of KEYS) {
      await client.del(key);
      const script = client.registerScript("return redis.call('INCR', KEYS[1])", { keys: 1 });
      assert.equal(await client.run(script, key), 1);
      await using lease = await client.lock(`lock:${key}`, { timeout: 5000 }).acquire();
      assert.ok(lease);
      const popped = client.blpop(`queue:${key}`, 5);
      await client.rpush(`queue:${key}`, key);
      assert.deepEqual(await popped, [`queue:${key}`, key]);
      // Without being told, and told, where its keys are.
      const add = (watch?: string): Promise<unknown> =>
        client.transaction(
          async (tx) => {
            await tx.watch(key);
            const value = Number(await tx.get(key));
            return await tx
              .multi()
              .set(key, value + 1)
              .execute();
          },
          watch === undefined ? {} : { watch },
        );
      await add();
      await add(key);
      assert.equal(await client.get(key), '3');
      await using session = await client.session({ key });
      await session.watch(key);
      await session.multi();
      await session.incr(key);
      assert.deepEqual(await session.exec(), [4]);
    }
    await using session = await client.session({ node: client.getNodeFromKey('foo') });
    await failureOf(session.get('bar'), MovedError, 'MOVED');
  });

  it('lets a session wait as long as it is told to', async (t) => {
    const client = open(t, cluster, { maxConnections: 1 });
    const session = await client.session({ key: 'foo' });
    const { holder } = await failureOf(client.session({ key: 'foo', timeout: 30 }), MaxConnectionsError);
    assert.equal(holder!.purpose, 'a session');
    const controller = new AbortController();
    const waiting = failureOf(client.session({ key: 'foo', timeout: Infinity, signal: controller.signal }), AbortError);
    await until('it waits', () => client.stats().pool.waiting === 1);
    controller.abort();
    await waiting;
    await failureOf(client.session({ timeout: 0 }), DataError, 'INVALID_OPTION');
    await session.close();
    assert.deepEqual([client.stats().pool.leased, client.stats().pool.waiting], [0, 0]);
  });

  it('sends to the nodes of one’s choice', async (t) => {
    const client = open(t, cluster);
    assert.equal(client.getNodes().length, 0);
    assert.throws(() => client.getRandomNode(), ClusterError);
    assert.equal((await client.on('primaries').ping()).size, 3);
    assert.deepEqual([client.getNodes().length, client.getPrimaries().length, client.getReplicas().length], [6, 3, 3]);
    const node = client.getNodeFromKey('foo');
    assert.equal(client.getNode(node.name as `${string}:${number}`)?.id, node.id);
    assert.equal(client.getNode('127.0.0.1:1'), undefined);
    await client.set('foo', 'here');
    assert.equal(await client.on(node).get('foo'), 'here');
    await failureOf(client.on(node).get('bar'), MovedError, 'MOVED');
    const replica = client.getNodeFromKey('foo', { replica: true })!;
    assert.equal(replica.role, 'replica');
    await client.wait(1, 2000);
    assert.equal(await client.on(replica).get('foo'), 'here');
    const ids = await client.on([node, replica]).executeCommand('CLUSTER', 'MYID');
    assert.deepEqual(
      [...ids],
      [
        [node.name, node.id],
        [replica.name, replica.id],
      ],
    );
    assert.throws(() => client.on('127.0.0.1:1').ping(), { code: 'NO_NODE' });
    client.setDefaultNode(node);
    assert.equal(client.getDefaultNode().name, node.name);
    assert.equal(await client.on('default').executeCommand('CLUSTER', 'MYID'), node.id);
    assert.throws(() => client.on('nobody' as never), { code: 'INVALID_ARGUMENT' });
  });

  it('makes changes of connections on all nodes, those to come too', async (t) => {
    const client = open(t, cluster);
    await client.set('foo', 1);
    assert.equal(await client.clientSetname('everywhere'), 'OK');
    await client.set('bar', 1);
    await client.set('c', 1);
    assert.deepEqual([...(await client.on('primaries').clientGetname()).values()], Array(3).fill('everywhere'));
  });

  it('monitors a node, and takes callbacks and modules as any client', async (t) => {
    const client = open(t, cluster);
    const node = (await client.connect()).getNodeFromKey('foo');
    await using monitor = await client.monitor({ node }).start();
    await client.set('foo', 'seen');
    for await (const { args } of monitor) if (args[0] === 'SET' && args[2] === 'seen') break;
    const counting = client.setResponseCallback('MGET', (values: unknown[]) => values.length);
    assert.equal(await counting.mget(['foo', 'bar', 'hello']), 3);
    const slow = client.setResponseCallback('ECHO', async (text: string) => await Promise.resolve(`${text}!`));
    assert.equal(await slow.echo('a'), 'a!');
    assert.deepEqual([...(await client.on('primaries').executeCommand('ECHO', 'a')).values()], ['a!', 'a!', 'a!']);
  });

  it('reads from replicas, by what the table says of a command', async (t) => {
    for (const readFrom of ['replica', 'preferReplica', 'lowestLatency'] as const) {
      const client = open(t, cluster, { readFrom });
      await client.connect();
      await client.on('all').configResetstat();
      await client.set('read', 1);
      await client.wait(1, 2000);
      for (let i = 0; i < 20; i++) assert.equal(await client.get('read'), '1', readFrom);
      const stats = await client.on('replicas').executeCommand<string>('INFO', 'commandstats');
      const reads = [...stats.values()].filter((text) => /cmdstat_get:/.test(text)).length;
      if (readFrom !== 'lowestLatency') assert.equal(reads, 1, readFrom);
    }
  });

  it('follows a slot that moves, with everything that is on its way', async (t) => {
    const client = open(t, cluster);
    const from = await cluster.primaryOf('moving');
    const to = (await cluster.primaries()).find((node) => node !== from) as ClusterNode;
    const slot = client.keyslot('moving');
    await client.mset({ moving: 'old', '{moving}2': 'old' });
    const waiting = client.blpop('{moving}queue', 20);
    const migration = await cluster.beginMigration(slot, from, to);
    assert.equal(await client.get('moving'), 'old');
    assert.equal(await client.incr('{moving}new'), 1);
    assert.equal(await client.incr('{moving}new'), 2);
    assert.equal(await client.eval("return redis.call('INCR', KEYS[1])", '{moving}new'), 3);
    assert.deepEqual(await client.multi().incr('{moving}new').get('{moving}new').execute(), [4, '4']);
    assert.deepEqual(await client.multi().set('moving', 'newer').get('moving').execute(), ['OK', 'newer']);
    const added = await client.transaction(
      async (tx) => {
        const value = Number(await tx.get('{moving}new'));
        return (
          await tx
            .multi()
            .set('{moving}new', value + 1)
            .get('{moving}new')
            .execute()
        )[1];
      },
      { watch: '{moving}new' },
    );
    assert.equal(added, '5');
    const replies = await client.pipeline().get('moving').incr('{moving}new').get('foo').execute();
    assert.deepEqual(replies.slice(0, 2), ['newer', 6]);
    // Half of the keys is here, and half there.
    const quick = client.withOptions({ timeout: 300 });
    await failureOf(quick.mget(['moving', '{moving}new']), TryAgainError, 'TRYAGAIN');
    const patient = client.mget(['moving', '{moving}new']);
    await sleep(30);
    await migration.finish();
    await cluster.settled();
    assert.deepEqual(await patient, ['newer', '6']);
    await client.rpush('{moving}queue', 'at last');
    assert.deepEqual(await waiting, ['{moving}queue', 'at last']);
    assert.equal(client.getNodeFromKey('moving').port, to.port);
  });
});
