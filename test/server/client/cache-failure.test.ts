import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  ConnectionError,
  ConnectionPool,
  LocalCache,
  TimeoutError,
  UsernamePasswordCredentialProvider,
  Valkey,
  type ClientCache,
  type ValkeyOptions,
} from '../../../src/index.ts';
import { FaultProxy } from '../../../src/testing/index.ts';
import { ScriptedServer, unknownCommand } from '../scripted-server.ts';
import { CacheServer } from './cache-tools.ts';
import { callsOf, failureOf, outcomesOf, until } from './tools.ts';

const limit = { timeout: 30_000 };
const server = await CacheServer.start();
const { writer } = server;

describe('a connection that is lost', limit, () => {
  beforeEach(() => writer.flushall());

  for (const reset of [false, true]) {
    test(`takes with it what was read on it${reset ? ', reset' : ''}`, async (t) => {
      await using proxy = await FaultProxy.start({ port: server.port });
      const client = server.keeping(t, {}, { port: proxy.port });
      await writer.set('k', 'old');
      await client.get('k');
      assert.equal(client.cache.peek.get('k'), 'old');
      proxy.cut({ reset });
      await until('what was kept is given up', () => client.cache.peek.get('k') === undefined);
      await writer.set('k', 'new');
      assert.equal(await client.get('k'), 'new');
      await client.get('k');
      assert.equal(client.cache.stats().flushes, 1);
      await writer.set('k', 'newer');
      await until('the new connection tracks', () => client.cache.peek.get('k') === undefined);
      assert.equal(await client.get('k'), 'newer');
    });
  }

  test('takes with it what was on its way', async (t) => {
    await using proxy = await FaultProxy.start({ port: server.port });
    const client = server.keeping(t, {}, { port: proxy.port });
    await writer.set('k', 'v');
    await client.ping();
    proxy.dropReplies();
    const readings = [client.get('k'), client.get('k')];
    await sleep(30);
    proxy.heal();
    proxy.cut();
    // They are reads, and are sent again.
    assert.deepEqual(await Promise.all(readings), ['v', 'v']);
    assert.equal(client.cache.peek.get('k'), undefined, 'it was sent on the connection that is lost');
    assert.deepEqual([await client.get('k'), client.cache.peek.get('k')], ['v', 'v']);
  });

  test('takes nothing of others that share the store', async (t) => {
    await using proxy = await FaultProxy.start({ port: server.port });
    const store = new LocalCache();
    const near = server.keeping(t, { store });
    const far = server.keeping(t, { store }, { port: proxy.port });
    await writer.mset({ a: '1', b: '2' });
    await Promise.all([near.get('a'), far.get('b')]);
    assert.equal(store.stats().entries, 2);
    proxy.cut();
    await until('what it read is given up', () => store.stats().entries === 1);
    assert.equal(near.cache.peek.get('a'), '1');
    await near.close();
    assert.equal(store.stats().entries, 0);
  });

  test('leaves nothing when the client closes', async (t) => {
    const client = server.keeping(t);
    await client.get('k');
    await client.close();
    assert.equal(client.cache.peek.get('k'), undefined);
    await failureOf(client.get('k'), ConnectionError, 'CLOSED');
    await client.connect();
    assert.equal(await client.get('k'), null);
    assert.equal(client.cache.peek.get('k'), null);
  });
});

describe('a connection that is silent', limit, () => {
  beforeEach(() => writer.flushall());

  test('is not trusted for longer than maxStaleness', async (t) => {
    await using proxy = await FaultProxy.start({ port: server.port });
    const bound = 300;
    const client = server.keeping(t, { maxStaleness: bound }, { port: proxy.port, socketTimeout: 2000 });
    await writer.set('k', 'old');
    assert.equal(await client.get('k'), 'old');
    proxy.blackhole();
    const start = performance.now();
    await writer.set('k', 'new');
    const written = performance.now();
    for (let peeked = 0; peeked < 400; peeked++) {
      const now = performance.now();
      if (client.cache.peek.get('k') === 'old') assert.ok(now - written < bound, `old after ${now - written} ms`);
      await sleep(2);
    }
    assert.ok(performance.now() - start > bound);
    const readings = outcomesOf([client.get('k'), client.get('k')]);
    proxy.heal();
    for (const { value } of await readings) assert.equal(value, 'new');
  });

  test('is asked for signs of life while the cache is read, and no longer', async (t) => {
    const client = server.keeping(t, { maxStaleness: 400 });
    await client.get('k');
    const { misses } = client.cache.stats();
    // Longer than the bound, with nothing else sent.
    for (let i = 0; i < 60; i++) {
      await client.get('k');
      await sleep(10);
    }
    const { hits, unproven } = client.cache.stats();
    assert.ok(hits > 40, `${hits} hits, ${unproven} unproven, ${misses} misses`);
    const signs = async (): Promise<number> =>
      Number(/cmdstat_exists:calls=(\d+)/.exec(String(await writer.executeCommand('INFO', 'commandstats')))?.[1] ?? 0);
    const asked = await signs();
    assert.ok(asked >= 2, `${asked} signs`);
    await sleep(1500);
    const before = await signs();
    await sleep(500);
    assert.equal(await signs(), before);
  });

  test('fails reads as it would without a cache', async (t) => {
    await using proxy = await FaultProxy.start({ port: server.port });
    const client = server.keeping(t, { maxStaleness: 50 }, { port: proxy.port, socketTimeout: 300 });
    await client.get('k');
    proxy.blackhole();
    await sleep(100);
    await failureOf(client.get('k'), TimeoutError);
  });
});

describe('a server that cannot track', limit, () => {
  test('is refused when it speaks no RESP3', async (t) => {
    await using old = await ScriptedServer.start(([name = '', ...rest]) =>
      name === 'HELLO' ? unknownCommand([name, ...rest]) : '+OK\r\n',
    );
    const client = server.keeping(t, {}, { port: old.port });
    const error = await failureOf(client.get('k'), ConnectionError, 'CACHE_NEEDS_RESP3');
    assert.match(error.message, /does not speak RESP3, which caching needs/);
  });

  test('is refused when it does not let this user track', async (t) => {
    await writer.executeCommand('ACL', 'SETUSER', 'reader', 'on', '>pw', '~*', '+@all', '-client|tracking');
    t.after(() => writer.executeCommand('ACL', 'DELUSER', 'reader'));
    const client = server.keeping(t, {}, { username: 'reader', password: 'pw', retry: { retries: 0 } });
    const error = await failureOf(client.get('k'), ConnectionError, 'NOPERM');
    assert.match(error.message, /client\|tracking/);
  });
});

describe('the option cache', limit, () => {
  const make =
    (cache: unknown, others: ValkeyOptions = {}): (() => Valkey) =>
    () =>
      new Valkey({ ...others, cache: cache as boolean });

  test('is refused where it could not work', () => {
    assert.throws(make(true, { protocol: 2 }), { name: 'DataError', message: /needs protocol 3/ });
    assert.throws(make({}, { singleConnectionClient: true }), { message: /exclude each other/ });
    assert.throws(make(true, { connectionPool: new ConnectionPool({ protocol: 2 }) }), { message: /protocol 3/ });
    assert.throws(make({ prefixes: ['a'] }), { message: /needs mode: 'bcast'/ });
    assert.throws(make({ mode: 'bcast', prefixes: ['a', 'b', 'ab'] }), { message: /a and ab, which overlap/ });
    assert.throws(make({ store: new LocalCache(), maxEntries: 5 }), { message: /store and maxEntries exclude/ });
    assert.throws(make({ allow: ['GET', 'getdel'] }), { message: /getdel, which writes/ });
    assert.throws(make({ store: {} }), { message: /the cache option store must be a ClientCache/ });
    assert.throws(make({ maxEntrys: 5 }), { code: 'UNKNOWN_OPTION', message: /did you mean maxEntries/ });
    for (const [name, bad] of Object.entries({
      ttl: 0,
      maxStaleness: -1,
      mode: 'all',
      noLoop: 1,
      allow: 'GET',
      deny: [5],
      policy: 'fifo',
      maxBytes: 0.5,
    }))
      assert.throws(make({ [name]: bad }), { code: 'INVALID_OPTION', message: new RegExp(`cache option ${name}`) });
  });

  test('can be left out', () => {
    const client = new Valkey({ cache: false });
    assert.throws(() => client.cache, { name: 'DataError', code: 'NO_CACHE' });
  });

  test('ttl ends what nobody has changed', async (t) => {
    const client = server.keeping(t, { ttl: 200 });
    await writer.set('k', 'v');
    await client.get('k');
    await until('the time is over', () => client.cache.peek.get('k') === undefined);
    assert.equal(client.cache.stats().entries, 0);
    assert.equal(await client.get('k'), 'v');
  });

  test('allow and deny say what is kept', async (t) => {
    const client = server.keeping(t, { allow: ['get', 'HRANDFIELD', 'TTL', 'XPENDING'], deny: ['TTL'] });
    await writer.set('k', 'v');
    await writer.hset('h', { f: 'v' });
    for (let i = 0; i < 2; i++) {
      await client.get('k');
      await client.strlen('k');
      await client.ttl('k');
      await client.hrandfield('h');
    }
    assert.equal(client.cache.stats().hits, 2);
    assert.equal(client.cache.stats().entries, 2);
  });

  test('store takes one of the user’s own', async (t) => {
    const kept = new Map<string, { reply: Parameters<ClientCache['set']>[2]; name: string }>();
    const store: ClientCache = {
      get: (scope, args) => kept.get(`${scope} ${args}`)?.reply,
      set: (scope, args, reply) => void kept.set(`${scope} ${args}`, { reply, name: args }),
      delete: (scope, args) => void kept.delete(`${scope} ${args}`),
      invalidate: (key) => {
        for (const [name, { reply }] of kept) if (reply.keys.includes(key)) kept.delete(name);
      },
      flush: (matches) => {
        for (const [name, { reply }] of kept) if (matches === undefined || matches(reply)) kept.delete(name);
      },
      stats: () => ({ entries: kept.size, bytes: 0, evictions: 0 }),
    };
    const client = server.keeping(t, { store });
    await client.hset('h', { f: '1' });
    assert.deepEqual([await client.hgetall('h'), await client.hgetall('h')], [{ f: '1' }, { f: '1' }]);
    assert.equal(client.cache.stats().hits, 1);
    assert.deepEqual(
      [...kept.values()].map(({ reply }) => reply.keys),
      [['h']],
    );
    await writer.hset('h', { f: '2' });
    await until('the store is told', () => kept.size === 0);
    assert.deepEqual(await client.hgetall('h'), { f: '2' });
  });

  test('and what is kept can be given up by hand', async (t) => {
    const client = server.keeping(t);
    await writer.mset({ a: '1', b: '2', c: '3' });
    const read = async (): Promise<void> => {
      for (const key of ['a', 'b', 'c']) await client.get(key);
      await client.strlen('a');
    };
    await read();
    client.cache.invalidate('a');
    assert.equal(client.cache.stats().entries, 2);
    client.cache.invalidate(['b', Buffer.from('c')]);
    assert.equal(client.cache.stats().entries, 0);
    await read();
    client.cache.delete('get', 'a');
    assert.deepEqual([client.cache.peek.get('a'), client.cache.peek.strlen('a')], [undefined, 1]);
    client.cache.flush();
    assert.equal(client.cache.stats().entries, 0);
    await read();
    assert.equal(client.cache.stats().entries, 4);
  });
});

describe('a user who is replaced', limit, () => {
  beforeEach(async () => {
    await writer.flushall();
    for (const user of ['reader', 'stranger']) await writer.aclSetuser(user, ['reset', 'on', '>secret', '~*', '+@all']);
    await writer.aclSetuser('stranger', ['resetkeys', '~public:*']);
    await writer.set('k', 'secret');
  });

  for (const how of ['by the provider', 'by hand'] as const) {
    test(`takes along what could be read, ${how}`, async (t) => {
      const provider = new UsernamePasswordCredentialProvider('reader', 'secret');
      const byHand = { username: 'reader', password: 'secret' };
      const client = server.keeping(t, {}, how === 'by hand' ? byHand : { credentialProvider: provider });
      assert.equal(await client.get('k'), 'secret');
      assert.equal(client.cache.peek.get('k'), 'secret');
      if (how === 'by hand') await client.auth('stranger', 'secret');
      else provider.rotate('stranger', 'secret');
      await until('it is given up', () => client.cache.peek.get('k') === undefined);
      await assert.rejects(client.get('k'), { prefix: 'NOPERM' });
      await client.set('public:k', 'v');
      await client.get('public:k');
      assert.equal(client.cache.peek.get('public:k'), 'v');
    });
  }

  test('but a password is, and nothing is given up', async (t) => {
    const provider = new UsernamePasswordCredentialProvider('reader', 'secret');
    const client = server.keeping(t, {}, { credentialProvider: provider });
    await client.get('k');
    await writer.aclSetuser('reader', ['>another']);
    const before = await callsOf(writer, 'auth');
    provider.rotate('reader', 'another');
    await until('the password is used', async () => (await callsOf(writer, 'auth')) > before);
    await client.ping();
    assert.equal(client.cache.peek.get('k'), 'secret');
    assert.equal(client.cache.stats().flushes, 0);
  });
});
