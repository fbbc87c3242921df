import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { Valkey } from '../../../src/index.ts';
import { ClusterDeployment, type StartServer } from '../../../src/testing/cluster-deployment.ts';
import { type ClusterNode, ValkeyServer } from '../../../src/testing/index.ts';

/** What a server says of a key's place: its reply, or the error of a redirect. */
async function get(node: ClusterNode, key: string): Promise<unknown> {
  await using client = new Valkey({ port: node.port });
  return await client.get(key).catch((error: unknown) => (error as { prefix?: string }).prefix);
}

describe('ClusterDeployment that fails', () => {
  const started: ValkeyServer[] = [];
  const start: StartServer = async (options) => {
    const server = await ValkeyServer.start(options);
    started.push(server);
    return server;
  };
  const running = (): number => started.filter(({ isRunning }) => isRunning).length;

  it('leaves no server behind when they do not know their names', async () => {
    const args = ['--cluster-enabled', 'no'];
    await assert.rejects(ClusterDeployment.create(start, { primaries: 2, args }), /CLUSTER MYID/);
    assert.equal(started.length, 2);
    assert.equal(running(), 0);
  });

  it('ends a server that is not added', async () => {
    const args: string[] = [];
    await using cluster = await ClusterDeployment.create(start, { primaries: 1, args });
    const [node] = cluster.nodes;
    Object.defineProperty(node, 'host', { value: 'nowhere', configurable: true });
    await assert.rejects(cluster.addNode(), /CLUSTER MEET/);
    assert.deepEqual([cluster.nodes.length, running()], [1, 1]);
    Object.defineProperty(node, 'host', { value: '127.0.0.1' });

    args.push('--cluster-enabled', 'no');
    await assert.rejects(cluster.addNode(), /CLUSTER MYID/);
    assert.deepEqual([cluster.nodes.length, running()], [1, 1]);

    args.length = 0;
    await cluster.addNode();
    assert.deepEqual([cluster.nodes.length, running()], [2, 2]);
  });
});

describe('ValkeyServer.startCluster', () => {
  it('moves slots both ways, fails over, and takes and loses nodes', async () => {
    await using cluster = await ValkeyServer.startCluster({
      primaries: 2,
      replicas: 1,
      version: '9.1',
      args: ['--cluster-databases', '2'],
    });
    const [first, second] = (await cluster.primaries()) as [ClusterNode, ClusterNode];
    assert.equal(cluster.nodes.length, 4);
    assert.equal(await cluster.primaryOf(0), first);
    assert.equal(await cluster.primaryOf('foo'), second);
    await second.call('SET', 'foo', 'bar');
    using before = second.admin();
    await before.call('SELECT', 1);
    await before.call('SET', 'foo', 'in database 1');

    await cluster.migrateSlots([12_180, 12_190], second, first);
    assert.equal(await cluster.primaryOf('foo'), first);
    using after = first.admin();
    await after.call('SELECT', 1);
    assert.equal(await after.call('GET', 'foo'), 'in database 1');
    assert.deepEqual([await get(first, 'foo'), await get(second, 'foo')], ['bar', 'MOVED']);
    await cluster.migrateSlots([12_180, 12_190], first, second, { mode: 'atomic' });
    assert.deepEqual([await get(first, 'foo'), await get(second, 'foo')], ['MOVED', 'bar']);

    const migration = await cluster.beginMigration(12_182, second, first);
    assert.equal(await migration.moveKeys(), 2);
    assert.equal(await get(second, 'foo'), 'ASK');
    await migration.cancel();
    assert.equal(await get(second, 'foo'), 'bar');

    const [replica] = (await cluster.replicas(second)) as [ClusterNode];
    await cluster.failover(replica);
    assert.deepEqual(await cluster.replicas(replica), [second]);
    assert.equal(await get(replica, 'foo'), 'bar');

    const added = await cluster.addNode();
    assert.deepEqual((await cluster.primaries()).length, 3);
    await cluster.migrateSlots([12_000, 12_300], replica, added, { mode: 'atomic' });
    await cluster.removeNode(added);
    assert.deepEqual((await cluster.primaries()).length, 2);
    assert.equal(await get(await cluster.primaryOf('foo'), 'foo'), 'bar');

    await second.kill();
    await second.restart();
    await cluster.settled();
    assert.deepEqual(await cluster.replicas(replica), [second]);
  });

  it('has TLS, users, names and passwords', async () => {
    await using cluster = await ValkeyServer.startCluster({
      primaries: 1,
      replicas: 1,
      tls: 'only',
      password: 'secret',
      acl: ['reader on >word ~* +@read +cluster'],
      announce: 'hostname',
    });
    assert.match(cluster.url, /^valkeys\+cluster:\/\/:secret@127\.0\.0\.1:\d+$/);
    const [{ port }] = cluster.nodes as readonly [ClusterNode];
    await using reader = new Valkey({ port, tls: { ca: cluster.ca }, username: 'reader', password: 'word' });
    assert.equal(await reader.get('foo'), null);
    const slots = await reader.executeCommand<[number, number, ...unknown[]][]>('CLUSTER', 'SLOTS');
    assert.deepEqual(slots[0]?.[2], ['localhost', port, cluster.nodes[0]?.id, ['ip', '127.0.0.1']]);
  });
});
