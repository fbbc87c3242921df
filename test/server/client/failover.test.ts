/** A primary that steps down, and replicas that are no accident. */
import assert from 'node:assert/strict';
import { after, beforeEach, describe, test, type TestContext } from 'node:test';
import { ReadOnlyError, TimeoutError, Valkey } from '../../../src/index.ts';
import { FaultProxy, ValkeyServer } from '../../../src/testing/index.ts';
import { ScriptedServer } from '../scripted-server.ts';
import { blockedClients, failureOf, open, outcomeOf, until } from './tools.ts';

const quick = ['--repl-diskless-sync-delay', '0'];
const one = await ValkeyServer.start({ version: '9.1', args: quick });
const other = await ValkeyServer.start({ version: '9.1', args: [...quick, '--replicaof', one.host, String(one.port)] });
const admins = [one, other].map(({ port }) => new Valkey({ port, redirect: false }));
const [oneAdmin, otherAdmin] = admins as [Valkey, Valkey];
after(async () => {
  for (const admin of admins) admin.destroy();
  await other.stop();
  await one.stop();
});

const isReplica = async (admin: Valkey): Promise<boolean> => {
  const role = await admin.role();
  return role.role === 'replica' && role.state === 'connected';
};

/** Makes `one` the primary again, whoever was. */
beforeEach(async () => {
  await oneAdmin.replicaof('no one');
  await otherAdmin.replicaof(one.host, one.port);
  await until('the replica follows', () => isReplica(otherAdmin));
  await oneAdmin.flushall();
});

async function failOver(): Promise<void> {
  await oneAdmin.failover();
  await until('they changed places', async () => (await isReplica(oneAdmin)) && !(await isReplica(otherAdmin)));
}

describe('a primary that steps down', () => {
  test('says who takes over: the commands of all kinds of connections go there', async (t) => {
    const client = open(t, { port: one.port });
    await client.set('key', 'value');
    await using session = await client.session();
    await session.get('key');
    const popped = outcomeOf(client.blpop('queue', 0));
    const timed = outcomeOf(client.blpop('empty', 1));
    await until('both block', async () => (await blockedClients(oneAdmin)) === 2);
    await failOver();
    assert.equal(await client.get('key'), 'value');
    assert.deepEqual(await client.multi().incr('hits').get('hits').execute(), [1, '1']);
    assert.deepEqual(await client.pipeline().incr('hits').get('hits').execute(), [2, '2']);
    assert.equal(await client.eval("return redis.call('INCR', KEYS[1])", ['hits'], []), 3);
    assert.equal(client.stats().state, 'ready');
    await client.rpush('queue', 'job');
    assert.deepEqual((await popped).value, ['queue', 'job']);
    assert.equal((await timed).value, null);
    assert.ok(client.stats().counters.redirects >= 2, 'those that blocked were sent on');
    assert.equal(await otherAdmin.get('hits'), '3', 'they ran on the new primary');
  });

  /** A client whose pool has idle connections to a primary that steps down, and whose address leads to the other one then. */
  async function behindOneAddress(t: TestContext, protocol: 2 | 3): Promise<Valkey> {
    const proxy = await FaultProxy.start(one);
    t.after(() => proxy.close());
    const client = open(t, { port: proxy.port, protocol });
    await client.set('key', '1');
    const sessions = await Promise.all([client.session(), client.session(), client.session()]);
    for (const session of sessions) await session.close();
    assert.equal(client.stats().pool.idle, 3);
    proxy.retarget(other);
    await failOver();
    return client;
  }

  for (const [protocol, word] of [
    [2, 'READONLY'],
    [3, 'REDIRECT'],
  ] as const) {
    test(`and answers ${word} to a transaction first: it is run again where the primary is`, async (t) => {
      const client = await behindOneAddress(t, protocol);
      const result = await client.transaction((transaction) => transaction.multi().incr('key').execute(), {
        watch: 'key',
      });
      assert.deepEqual(result, [2]);
      assert.equal(await otherAdmin.get('key'), '2');
      await using session = await client.session();
      assert.equal(await session.set('key', '3'), 'OK', 'no connection is left that leads to the former primary');
    });
  }

  test('and only says READONLY takes the idle connections of the pool with it', async (t) => {
    const client = await behindOneAddress(t, 2);
    assert.equal(await client.set('key', '2'), 'OK');
    await using session = await client.session();
    assert.equal(await session.set('key', '3'), 'OK');
    assert.equal(client.stats().pool.connections, 1);
  });

  test('and says READONLY to a session is not lent to the next one', async (t) => {
    const client = await behindOneAddress(t, 2);
    const held = await client.session();
    await failureOf(held.set('key', '2'), ReadOnlyError, 'READONLY');
    assert.equal(await held.get('key'), '1', 'who has it keeps it');
    await held.close();
    await using next = await client.session();
    assert.equal(await next.set('key', '3'), 'OK');
  });

  test('is given time to answer what it was sent before', async (t) => {
    await oneAdmin.set('hits', 41);
    const greeting = '%3\r\n$5\r\nproto\r\n:3\r\n$2\r\nid\r\n:7\r\n$4\r\nrole\r\n$6\r\nmaster\r\n';
    await using former = await ScriptedServer.start(([name, key], { socket }) => {
      if (name === 'HELLO') return greeting;
      if (name !== 'INCR') return '+OK\r\n';
      if (key === 'hits') return `-REDIRECT ${one.host}:${one.port}\r\n`;
      setTimeout(() => socket.write(':7\r\n'), 300);
      return undefined;
    });
    const client = open(t, { port: former.port });
    await client.connect();
    assert.deepEqual(await Promise.all([client.incr('hits'), client.incr('other')]), [42, 7]);
    assert.equal(await oneAdmin.exists('other'), 0, 'what had run did not run again');
  });

  test('is gone back to when the other one is lost', async (t) => {
    const client = open(t, { port: one.port });
    await client.set('key', 'value');
    await failOver();
    await client.set('key', 'there');
    await oneAdmin.replicaof('no one');
    await otherAdmin.clientKill({ type: 'normal' });
    await until('it is back', async () => {
      const { value } = await outcomeOf(client.clientInfo());
      return (value as { readonly laddr?: string } | undefined)?.laddr?.endsWith(`:${one.port}`) === true;
    });
    assert.equal(await client.set('key', 'back'), 'OK');
    assert.equal(await oneAdmin.get('key'), 'back');
  });

  test('refuses writes within their deadline when nobody takes over', async (t) => {
    const client = open(t, { port: one.port, socketTimeout: 600, protocol: 2 });
    await client.set('key', 'value');
    await oneAdmin.replicaof(other.host, other.port);
    const { error, elapsed } = await outcomeOf(client.set('key', 'other'));
    // The last try is refused, or overtaken by the deadline while it waits for a connection.
    assert.ok(error instanceof ReadOnlyError || error instanceof TimeoutError, String(error));
    assert.ok(elapsed < 3000, `${elapsed} ms`);
  });

  test('is left alone with redirect: false', async (t) => {
    const client = open(t, { port: one.port, redirect: false });
    await client.set('key', 'value');
    await failOver();
    await failureOf(client.set('key', 'other'), ReadOnlyError, 'READONLY');
    assert.equal(await client.get('key'), 'value');
  });
});

for (const protocol of [2, 3] as const) {
  test(`a replica that was meant serves reads, and refuses writes, RESP${protocol}`, async (t) => {
    await oneAdmin.set('key', 'value');
    await oneAdmin.wait(1, 1000);
    const client = open(t, { port: other.port, protocol });
    assert.equal(await client.get('key'), 'value');
    await failureOf(client.set('key', 'other'), ReadOnlyError, 'READONLY');
    await failureOf(client.blpop('queue', 0), ReadOnlyError, 'READONLY');
    assert.equal(await client.get('key'), 'value');
  });
}
