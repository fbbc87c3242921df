import assert from 'node:assert/strict';
import { after } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Valkey } from '../../../src/client/valkey.ts';
import { ResponseError } from '../../../src/errors.ts';
import { ValkeyServer } from '../../../src/testing/index.ts';
import { ValkeySentinel } from '../../../src/testing/valkey-sentinel.ts';
import { type Way, everyWay, refuses } from './harness.ts';

/** The partner of the tested server: its replica, or its primary. */
const partner = await ValkeyServer.start();
const sentinel = await ValkeySentinel.start({
  config: [`sentinel monitor main 127.0.0.1 ${partner.port} 1`, `sentinel monitor other 127.0.0.1 ${partner.port} 1`],
});
after(async () => {
  await sentinel.stop();
  await partner.stop();
});

/** Waits until something is so; fails when it is not in time. */
async function until(what: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 10_000;
  while (!(await what())) {
    assert.ok(performance.now() < end, 'it took too long');
    await sleep(20);
  }
}

/** Makes the partner a replica of the tested server, and waits until it has caught up. */
async function follow(follower: Valkey, client: Way['client'], port: number): Promise<void> {
  await client.executeCommand('CONFIG', 'SET', 'repl-diskless-sync-delay', 0);
  await follower.replicaof('127.0.0.1', port);
  await until(async () => {
    const [primary, replica] = [await client.role(), await follower.role()];
    if (primary.role !== 'primary' || replica.role !== 'replica' || replica.state !== 'connected') return false;
    return (
      primary.replicas.length === 1 && (await client.info('replication')).replication?.replicas[0]?.state === 'online'
    );
  });
}

await everyWay('replication', {
  'role of a primary': async ({ client, int, server }) => {
    const alone = await client.role();
    assert.equal(alone.role, 'primary');
    assert.deepEqual(alone.role === 'primary' && alone.replicas, []);
    assert.equal(typeof alone.offset, typeof int(0));
    await using follower = new Valkey({ port: partner.port });
    await follow(follower, client, server.port);
    const followed = await client.role();
    assert.ok(followed.role === 'primary');
    const [replica] = followed.replicas;
    assert.deepEqual(replica, { host: '127.0.0.1', port: partner.port, offset: replica?.offset });
    assert.equal(typeof replica?.offset, typeof int(0));
    await follower.replicaof('no one');
  },

  'replicaof, slaveof, role of a replica': async ({ client, int }) => {
    for (const method of ['replicaof', 'slaveof'] as const) {
      assert.equal(await client[method]('127.0.0.1', partner.port), 'OK');
      const role = await client.role();
      assert.ok(role.role === 'replica');
      assert.deepEqual(role.primary, { host: '127.0.0.1', port: partner.port });
      assert.match(role.state, /^(connect|connecting|handshake|sync|connected)$/);
      assert.equal(typeof role.offset, typeof int(0));
      assert.equal(await client[method]('no one'), 'OK');
      assert.equal((await client.role()).role, 'primary');
    }
    refuses(() => client.replicaof('127.0.0.1' as never), /REPLICAOF needs a host and a port, or 'no one' alone/);
    refuses(() => client.slaveof('NO ONE' as never), /SLAVEOF needs a host and a port, or 'no one' alone/);
    refuses(() => client.slaveof('127.0.0.1', null as never), /argument 2 is null/);
    await assert.rejects(client.replicaof('127.0.0.1', 'port' as never), ResponseError);
  },

  'role of a Sentinel': async ({ encoding }) => {
    for (const protocol of [2, 3] as const) {
      await using watcher = new Valkey({ port: sentinel.port, protocol, encoding });
      const role = await watcher.role();
      assert.ok(role.role === 'sentinel');
      assert.deepEqual([...role.primaries].sort(), ['main', 'other']);
      const { sentinel: about } = await watcher.info();
      assert.deepEqual(about?.primaries.map(({ name }) => name).sort(), ['main', 'other']);
      assert.equal(about?.sentinelMasters, 2);
    }
  },

  failover: async ({ client, server }) => {
    await assert.rejects(client.failover(), /requires connected replicas/);
    await assert.rejects(client.failover({ abort: true }), /No failover in progress/);
    await using follower = new Valkey({ port: partner.port });
    await follow(follower, client, server.port);
    // It waits for a replica that does not get on.
    partner.pause();
    await client.set('a', 1);
    assert.equal(await client.failover({ timeout: 60_000n }), 'OK');
    assert.equal((await client.info('replication')).replication?.masterFailoverState, 'waiting-for-sync');
    await assert.rejects(client.failover(), /already in progress/);
    assert.equal(await client.failover({ abort: true }), 'OK');
    partner.resume();
    const to = { host: '127.0.0.1', port: partner.port };
    assert.equal(await client.failover({ to, timeout: 5_000, force: true }), 'OK');
    await until(async () => (await client.role()).role === 'replica' && (await follower.role()).role === 'primary');
    await client.replicaof('no one');
    await follow(follower, client, server.port);
    assert.equal(await client.failover({ to }), 'OK');
    await until(async () => (await client.role()).role === 'replica' && (await follower.role()).role === 'primary');
    assert.equal(await client.replicaof('no one'), 'OK');
  },

  'options of failover': async ({ client }) => {
    const to = { host: '127.0.0.1', port: partner.port };
    refuses(() => client.failover({ force: true } as never), /FAILOVER takes force only with to and timeout/);
    refuses(() => client.failover({ to, force: true } as never), /FAILOVER takes force only with to and timeout/);
    refuses(() => client.failover({ abort: true, timeout: 1 } as never), /FAILOVER takes no other option with abort/);
    refuses(() => client.failover({ to: '127.0.0.1:1' as never }), /FAILOVER takes to as an object/);
    refuses(() => client.failover({ to: { host: '127.0.0.1' } as never }), /argument 3 is undefined/);
  },
});
