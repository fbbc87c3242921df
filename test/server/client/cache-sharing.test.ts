import assert from 'node:assert/strict';
import { connect, createServer, type AddressInfo } from 'node:net';
import { beforeEach, describe, test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  AuthenticationError,
  ConnectionError,
  LocalCache,
  NoPermissionError,
  ResponseError,
  type Valkey,
} from '../../../src/index.ts';
import { CacheServer } from './cache-tools.ts';
import { callsOf, failureOf, until } from './tools.ts';

const server = await CacheServer.start();
const { writer } = server;

/** A way to the server on which the replies to the first connection are late, by so many milliseconds. */
async function wayWithSlowFirst(t: TestContext, delay: number): Promise<{ readonly port: number }> {
  let isFirst = true;
  const way = createServer((client) => {
    const peer = connect(server.port, '127.0.0.1');
    const late = isFirst ? delay : 0;
    isFirst = false;
    client.on('data', (bytes) => peer.write(bytes));
    peer.on('data', (bytes) => void setTimeout(() => client.write(bytes), late));
    for (const [one, other] of [
      [client, peer],
      [peer, client],
    ] as const) {
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
    }
  });
  await new Promise<void>((resolve) => way.listen(0, '127.0.0.1', resolve));
  t.after(() => way.close());
  return { port: (way.address() as AddressInfo).port };
}

describe('clients that share a store', { timeout: 30_000 }, () => {
  beforeEach(() => writer.flushall());

  test('do not go back when the reply of one is slow', async (t) => {
    const store = new LocalCache();
    const way = await wayWithSlowFirst(t, 150);
    const [slow, quick] = [0, 1].map(() => server.keeping(t, { store }, { port: way.port })) as [Valkey, Valkey];
    await slow.connect();
    await quick.connect();
    await writer.set('k', 'old');
    const before = await callsOf(writer, 'get');
    const reading = slow.get('k');
    await until('it is asked', async () => (await callsOf(writer, 'get')) > before);
    await sleep(60);
    await writer.set('k', 'new');
    const seen = new Set<string | null>();
    let isOver = false;
    void reading.finally(() => (isOver = true));
    for (let after = 0; after < 20; after += isOver ? 1 : 0, await sleep(2)) seen.add(await quick.get('k'));
    assert.equal(await reading, 'old');
    assert.deepEqual([...seen], ['new']);
  });

  test('keep one reply when several ask at once', async (t) => {
    const store = new LocalCache();
    const clients = Array.from({ length: 5 }, () => server.keeping(t, { store }));
    await Promise.all(clients.map((client) => client.connect()));
    await writer.set('k', 'v');
    const replies = await Promise.all(clients.map((client) => client.get('k')));
    assert.deepEqual(replies, ['v', 'v', 'v', 'v', 'v']);
    assert.equal(store.stats().entries, 1);
    assert.equal(clients[4]!.cache.peek.get('k'), 'v');
  });

  test('find nothing of one who takes older replies', async (t) => {
    const store = new LocalCache();
    const patient = server.keeping(t, { store, maxStaleness: Infinity });
    const lasting = server.keeping(t, { store });
    const brief = server.keeping(t, { store, ttl: 20 });
    await Promise.all([patient, lasting, brief].map((client) => client.connect()));
    await writer.set('k', 'v');
    await patient.get('k');
    assert.equal(lasting.cache.peek.get('k'), undefined);
    await lasting.get('k');
    assert.equal(brief.cache.peek.get('k'), undefined);
    assert.equal(await brief.get('k'), 'v');
    assert.equal(store.stats().entries, 3);
    await until('the reply has lived its time', () => brief.cache.peek.get('k') === undefined);
  });

  test('find nothing of one whose onConnect may have gone elsewhere', async (t) => {
    const store = new LocalCache();
    const onConnect = async (connection: { executeCommand(...words: string[]): Promise<unknown> }): Promise<void> => {
      await connection.executeCommand('SELECT', '3');
    };
    const elsewhere = server.keeping(t, { store }, { onConnect });
    const alike = server.keeping(t, { store }, { onConnect });
    const here = server.keeping(t, { store });
    await Promise.all([elsewhere, alike, here].map((client) => client.connect()));
    await writer.set('k', 'here');
    assert.equal(await elsewhere.get('k'), null);
    assert.equal(await here.get('k'), 'here');
    assert.equal(alike.cache.peek.get('k'), null);
  });

  test('do not go back to nothing, or from nothing', async (t) => {
    for (const [before, later] of [
      ['old', null],
      [null, 'new'],
    ] as const) {
      const store = new LocalCache();
      const way = await wayWithSlowFirst(t, 150);
      const [slow, quick] = [0, 1].map(() => server.keeping(t, { store }, { port: way.port })) as [Valkey, Valkey];
      await slow.connect();
      await quick.connect();
      await (before === null ? writer.del('k') : writer.set('k', before));
      const asked = await callsOf(writer, 'mget');
      const reading = slow.mget('k');
      await until('it is asked', async () => (await callsOf(writer, 'mget')) > asked);
      await sleep(60);
      await (later === null ? writer.del('k') : writer.set('k', later));
      const seen = new Set<string | null | undefined>();
      let isOver = false;
      void reading.finally(() => (isOver = true));
      for (let after = 0; after < 20; after += isOver ? 1 : 0, await sleep(2)) seen.add((await quick.mget('k'))[0]);
      assert.deepEqual([await reading, [...seen]], [[before], [later]]);
    }
  });

  test('find nothing of another server, database or user that a connection came to', async (t) => {
    await writer.aclSetuser('other', ['on', '>pw', '+@all', '~other:*']);
    t.after(() => writer.aclDeluser('other'));
    const store = new LocalCache();
    const users = ['default', 'other'];
    const credentialProvider = {
      getCredentials: async () => ({ username: users.shift() ?? 'default', password: 'pw' }),
    };
    const one = server.keeping(t, { store }, { credentialProvider });
    await one.connect();
    const two = server.keeping(t, { store }, { credentialProvider });
    await two.connect();
    await writer.set('k', 'v');
    assert.equal(await one.get('k'), 'v');
    await failureOf(two.get('k'), NoPermissionError, 'NOPERM');
    const wrong = server.keeping(t, { store }, { username: 'other', password: 'wrong' });
    await writer.set('other:k', 'secret');
    assert.equal(await two.get('other:k'), 'secret');
    await failureOf(wrong.get('other:k'), AuthenticationError, 'AUTHENTICATION_FAILED');
  });

  test('go on sharing when a SELECT was refused, and in the database of one that was not', async (t) => {
    const store = new LocalCache();
    const [one, two] = [server.keeping(t, { store }), server.keeping(t, { store })];
    await writer.set('k', 'v');
    await Promise.all([one.get('k'), two.connect()]);
    await failureOf(two.select(99), ResponseError);
    assert.equal(await one.get('k'), 'v');
    assert.equal(two.cache.peek.get('k'), 'v');
    await two.select(1);
    assert.equal(await two.get('k'), null);
    assert.equal(one.cache.peek.get('k'), 'v');
    const three = server.keeping(t, { store }, { db: 1 });
    await three.set('k', 'in 1');
    const id = String(await two.clientId());
    await writer.executeCommand('CLIENT', 'KILL', 'ID', id);
    await until('it is connected anew', async () => (await two.clientId().catch(() => id)).toString() !== id);
    assert.equal(await three.get('k'), 'in 1');
    assert.equal(two.cache.peek.get('k'), 'in 1');
  });

  test('give up what one of them is told to, read by whomever and in whatever form', async (t) => {
    const store = new LocalCache();
    const [one, two] = [server.keeping(t, { store }), server.keeping(t, { store })];
    await writer.set('k', 'v');
    await Promise.all([one.connect(), two.get('k'), two.withOptions({ encoding: 'buffer' }).get('k')]);
    assert.equal(store.stats().entries, 2);
    one.cache.delete('GET', 'k');
    assert.equal(store.stats().entries, 0);
    const reading = two.get('k');
    one.cache.delete('GET', 'k');
    await reading;
    assert.equal(store.stats().entries, 0);
  });

  test('find nothing once they are closed, and find it again when they are opened', async (t) => {
    const store = new LocalCache();
    const other = server.keeping(t, { store });
    const client = server.keeping(t, { store });
    await writer.set('k', 'v');
    await Promise.all([other.get('k'), client.connect()]);
    assert.equal(await client.get('k'), 'v');
    await client.close();
    await failureOf(client.get('k'), ConnectionError, 'CLOSED');
    assert.equal(client.cache.peek.get('k'), undefined);
    await client.connect();
    assert.equal(client.cache.peek.get('k'), 'v');
  });

  test('are still one when a session of one has gone to another database', async (t) => {
    const store = new LocalCache();
    const [one, two] = [server.keeping(t, { store }), server.keeping(t, { store })];
    await writer.set('k', 'v');
    await Promise.all([one.get('k'), two.connect()]);
    await using session = await one.session();
    await session.select(2);
    assert.equal(await session.get('k'), null);
    assert.equal(two.cache.peek.get('k'), 'v');
    assert.equal(one.cache.stats().flushes, 0);
  });
});
