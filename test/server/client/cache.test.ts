import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { AbortError, DataError, LocalCache, ResponseError, TimeoutError, Valkey } from '../../../src/index.ts';
import { FaultProxy } from '../../../src/testing/index.ts';
import { GREETING, ScriptedServer } from '../scripted-server.ts';
import { CacheServer } from './cache-tools.ts';
import { callsOf, failureOf, until } from './tools.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const limit = { timeout: 30_000 };
const server = await CacheServer.start();
const { writer } = server;

describe('a client that caches', limit, () => {
  beforeEach(() => writer.flushall());

  test('asks once, until the key changes', async (t) => {
    const client = server.keeping(t);
    await writer.set('k', 'one');
    assert.equal(await client.get('k'), 'one');
    assert.equal(await client.get('k'), 'one');
    assert.equal(client.cache.stats().hits, 1);
    await writer.set('k', 'two');
    await until('everything is given up', () => client.cache.stats().entries === 0);
    assert.equal(await client.get('k'), 'two');
    const { hits, misses, invalidations } = client.cache.stats();
    assert.deepEqual([hits, misses, invalidations], [1, 2, 1]);
  });

  test('keeps nil too', async (t) => {
    const client = server.keeping(t);
    assert.equal(await client.get('k'), null);
    assert.equal(await client.get('k'), null);
    assert.equal(client.cache.stats().hits, 1);
    await writer.set('k', 'now');
    await until('everything is given up', () => client.cache.stats().entries === 0);
    assert.equal(await client.get('k'), 'now');
  });

  test('tells bytes apart, and text and bytes together', async (t) => {
    const client = server.keeping(t);
    const odd = Buffer.from([0xff, 0x00, 0xc3]);
    await writer.set(odd, 'bytes');
    await writer.set('ÿ\0Ã', 'text');
    await writer.set('é', 'accent');
    assert.equal(await client.get(odd), 'bytes');
    assert.equal(await client.get('ÿ\0Ã'), 'text');
    assert.equal(await client.get('é'), 'accent');
    assert.equal(await client.get(Buffer.from('é')), 'accent');
    assert.equal(client.cache.stats().entries, 4);
    await writer.set(odd, 'changed');
    await until('the bytes are given up', () => client.cache.stats().entries === 3);
    assert.equal(await client.get(odd), 'changed');
    assert.equal(await client.get('ÿ\0Ã'), 'text');
    await writer.set('é', 'changed');
    await until('text and bytes are given up', () => client.cache.stats().entries === 2);
    assert.deepEqual([await client.get('é'), await client.get(Buffer.from('é'))], ['changed', 'changed']);
  });

  test('tells arguments, encodings and decoders apart', async (t) => {
    const client = server.keeping(t);
    const binary = client.withOptions({ encoding: 'buffer' });
    const big = client.withOptions({ integers: 'bigint' });
    await writer.zadd('z', { a: 1, b: 2.5 });
    await writer.set('k', 'ä');
    for (let i = 0; i < 2; i++) {
      assert.deepEqual(await client.zrange('z', 0, -1), ['a', 'b']);
      assert.deepEqual(await client.zrange('z', 0, -1, { withscores: true }), [
        { member: 'a', score: 1 },
        { member: 'b', score: 2.5 },
      ]);
      assert.deepEqual(await client.zrange('z', 0, 0), ['a']);
      assert.equal(await client.zscore('z', 'b'), 2.5);
      assert.equal(await client.get('k'), 'ä');
      assert.deepEqual(await binary.get('k'), Buffer.from('ä'));
      assert.equal(await client.withOptions({ encoding: 'latin1' }).get('k'), 'Ã¤');
      assert.equal(await client.strlen('k'), 2);
      assert.equal(await big.strlen('k'), 2n);
    }
    assert.equal(client.cache.stats().hits, 9);
  });

  test('hands out what nobody else has', async (t) => {
    const client = server.keeping(t);
    const binary = client.withOptions({ encoding: 'buffer' });
    await writer.rpush('l', ['a', 'b']);
    await writer.hset('h', { f: 'v' });
    for (let i = 0; i < 3; i++) {
      const [list, same] = await Promise.all([client.lrange('l', 0, -1), client.lrange('l', 0, -1)]);
      const fields = await client.hgetall('h');
      const bytes = await binary.lindex('l', 0);
      assert.deepEqual([list, same, fields, bytes], [['a', 'b'], ['a', 'b'], { f: 'v' }, Buffer.from('a')]);
      list.push('spoiled');
      same.length = 0;
      fields['f'] = 'spoiled';
      bytes!.fill(0);
    }
  });

  test('calls response callbacks for each, also those that came later', async (t) => {
    const client = server.keeping(t);
    await writer.set('k', 'v');
    assert.equal(await client.get('k'), 'v');
    const louder = client.setResponseCallback('GET', (reply: string | null) => `${reply}!`);
    assert.equal(await louder.get('k'), 'v!');
    const failing = client.setResponseCallback('GET', () => {
      throw new Error('mine');
    });
    await assert.rejects(failing.get('k'), /^Error: mine$/);
    client.setResponseCallback('MGET', (reply: string[]) => reply.join());
    await writer.mset({ a: '1', b: '2' });
    assert.equal(await client.executeCommand('MGET', 'a'), '1');
    assert.equal(await client.executeCommand('MGET', 'a', 'b'), '1,2');
    assert.equal(await client.executeCommand('MGET', 'a', 'b'), '1,2');
  });

  test('asks MGET for what it lacks only', async (t) => {
    const client = server.keeping(t);
    await writer.mset({ a: '1', b: '2', c: '3' });
    await writer.rpush('l', 'x');
    assert.equal(await client.get('a'), '1');
    assert.deepEqual(await client.mget(['a', 'b', 'none']), ['1', '2', null]);
    assert.deepEqual(await client.mget(['c', 'b', 'l', 'a', 'c']), ['3', '2', null, '1', '3']);
    const { hits } = client.cache.stats();
    assert.deepEqual(await client.mget(['b', 'c', 'none', 'l']), ['2', '3', null, null]);
    assert.equal(await client.get('b'), '2', 'a string is what GET gives');
    assert.equal(client.cache.stats().hits, hits + 2);
    await failureOf(client.get('l'), ResponseError, 'WRONGTYPE');
    await writer.set('b', 'new');
    await until('the reply is given up', () => client.cache.peek.get('b') === undefined);
    assert.deepEqual(await client.mget(['a', 'b', 'c']), ['1', 'new', '3']);
  });

  test('is told to give up one reply, given as text or as bytes', async (t) => {
    const client = server.keeping(t);
    await writer.mset({ a: '1', b: '2' });
    const bytes = client.withOptions({ encoding: 'buffer' });
    await Promise.all([client.get('a'), bytes.get('a'), client.get(Buffer.from('a'))]);
    client.cache.delete('GET', Buffer.from('a'));
    assert.equal(client.cache.stats().entries, 0);
    await Promise.all([client.get('a'), client.get(Buffer.from('a'))]);
    client.cache.delete('get', 'a');
    assert.equal(client.cache.stats().entries, 0);
    await client.mget(['a', 'b', 'none']);
    client.cache.delete('MGET', 'a', Buffer.from('none'));
    assert.deepEqual([client.cache.peek.mget('a'), client.cache.peek.mget('b')], [undefined, ['2']]);
    assert.equal(client.cache.stats().entries, 1);
    const reading = client.mget(['a', 'b']);
    client.cache.delete('MGET', 'a');
    await reading;
    assert.equal(client.cache.peek.get('a'), undefined);
  });

  test('counts what it could not prove once for a call', async (t) => {
    const client = server.keeping(t, { maxStaleness: 20 });
    await writer.mset({ a: '1', b: '2', c: '3' });
    await client.mget(['a', 'b', 'c']);
    await sleep(100);
    assert.equal(client.cache.peek.mget('a'), undefined, 'the proof is too old');
    const { misses, unproven } = client.cache.stats();
    assert.equal(unproven, 0, 'a look sends nothing, and misses nothing');
    await client.mget(['a', 'b', 'c']);
    assert.deepEqual(client.cache.stats(), { ...client.cache.stats(), misses: misses + 1, unproven: unproven + 1 });
  });

  test('tells nothing that was kept until the clock has come round', async (t) => {
    await using proxy = await FaultProxy.start({ port: server.port });
    const lasting = server.keeping(t, { maxStaleness: 20 }, { port: proxy.port });
    const brief = server.keeping(t, { maxStaleness: Infinity, ttl: 1000 }, { port: proxy.port });
    await writer.set('k', 'old');
    await Promise.all([lasting.get('k'), brief.get('k')]);
    assert.equal(brief.cache.peek.get('k'), 'old');
    proxy.blackhole();
    await sleep(200);
    // Half of the time that 32 bits of milliseconds can tell apart.
    const now = performance.now.bind(performance);
    const later = t.mock.method(performance, 'now', () => now() + 2 ** 31 + 60_000);
    assert.deepEqual([lasting.cache.peek.get('k'), brief.cache.peek.get('k')], [undefined, undefined]);
    later.mock.restore();
  });

  test('has a bound after weeks without a read, too', async (t) => {
    await using proxy = await FaultProxy.start({ port: server.port });
    const client = server.keeping(t, { maxStaleness: 20 }, { port: proxy.port });
    await client.connect();
    await sleep(100);
    const now = performance.now.bind(performance);
    const later = t.mock.method(performance, 'now', () => now() + 2 ** 31 + 60_000);
    await writer.set('k', 'old');
    assert.equal(await client.get('k'), 'old');
    proxy.blackhole();
    await sleep(100);
    assert.equal(client.cache.peek.get('k'), undefined);
    later.mock.restore();
  });

  test('accounts for text as the engine holds it', async (t) => {
    const bytesOf = async (text: string): Promise<number> => {
      const client = server.keeping(t);
      await writer.set('k', text);
      await client.get('k');
      return client.cache.stats().bytes;
    };
    const ascii = await bytesOf('x'.repeat(1000));
    assert.equal((await bytesOf(`${'x'.repeat(999)}漢`)) - ascii, 1000);
  });

  test('remembers nothing of what it does not keep', async (t) => {
    const client = server.keeping(t);
    const call = (): Promise<unknown> => client.executeCommand('NO.SUCH.COMMAND', 'x').catch(() => undefined);
    const calls = async (): Promise<void> => {
      for (let i = 0; i < 50; i++) await Promise.all(Array.from({ length: 100 }, call));
    };
    await calls();
    collect();
    const before = process.memoryUsage().heapUsed;
    await calls();
    collect();
    const grown = process.memoryUsage().heapUsed - before;
    assert.ok(grown < 1_500_000, `5000 calls left ${grown} bytes`);
  });

  test('refuses to keep what scripts give, which may read any key', () => {
    for (const name of ['EVAL_RO', 'evalsha_ro', 'FCALL_RO']) {
      const make = (): Valkey => new Valkey({ cache: { allow: ['GET', name] } });
      assert.throws(make, { code: 'INVALID_OPTION', message: new RegExp(`allow names ${name}, a script`) });
    }
  });

  test('peeks without asking', async (t) => {
    const client = server.keeping(t);
    await writer.hset('h', { f: 'v' });
    assert.equal(client.cache.peek.hgetall('h'), undefined);
    await client.hgetall('h');
    assert.deepEqual(client.cache.peek.hgetall('h'), { f: 'v' });
    assert.equal(client.cache.peek.hget('h', 'f'), undefined);
    assert.equal(client.cache.peek.set('h', 'v'), undefined);
    assert.equal(await writer.type('h'), 'hash');
    assert.throws(() => client.cache.peek.get(undefined as never), DataError);
  });

  test('sends one command for all who miss at once', async (t) => {
    const client = server.keeping(t);
    await writer.set('k', 'v');
    await client.ping();
    const before = await callsOf(writer, 'get');
    const values = await Promise.all(Array.from({ length: 10_000 }, () => client.get('k')));
    assert.deepEqual(new Set(values), new Set(['v']));
    assert.equal((await callsOf(writer, 'get')) - before, 1);
    const { misses, joined } = client.cache.stats();
    assert.deepEqual([misses, joined], [10_000, 9999]);
  });

  test('lets nobody who waits with others suffer for them', async (t) => {
    await using proxy = await FaultProxy.start({ port: server.port });
    const client = server.keeping(t, {}, { port: proxy.port });
    await writer.set('k', 'v');
    await client.ping();
    proxy.delay(300);
    const abort = new AbortController();
    const aborted = client.withOptions({ signal: abort.signal }).get('k');
    const hasty = failureOf(client.withOptions({ timeout: 100 }).get('k'), TimeoutError);
    const others = [client.get('k'), client.withOptions({ timeout: 9000 }).get('k')];
    abort.abort();
    await failureOf(aborted, AbortError);
    await hasty;
    assert.deepEqual(await Promise.all(others), ['v', 'v']);
    client.cache.flush();
    const first = client.withOptions({ timeout: 100 }).get('k');
    const second = client.get('k');
    await failureOf(first, TimeoutError);
    assert.equal(await second, 'v');
  });

  test('goes on for those with time left, where a read was sent late in its turn', async (t) => {
    await using proxy = await FaultProxy.start({ port: server.port });
    const client = server.keeping(t, {}, { port: proxy.port });
    await writer.set('k', 'v');
    await client.ping();
    proxy.delay(200);
    const before = await callsOf(writer, 'get');
    // From here on deadlines count, for the connection.
    const ping = client.ping();
    const started = performance.now();
    while (performance.now() - started < 10);
    const hasty = failureOf(client.withOptions({ timeout: 100 }).get('k'), TimeoutError);
    const patient = client.get('k');
    await hasty;
    assert.equal(await patient, 'v');
    await ping;
    const { misses, joined } = client.cache.stats();
    assert.deepEqual([misses, joined], [2, 1]);
    assert.equal((await callsOf(writer, 'get')) - before, 2, 'the first, and that of who had time left');
  });

  test('keeps no errors', async (t) => {
    const client = server.keeping(t);
    await writer.rpush('l', 'a');
    const failures = await Promise.all([1, 2].map(() => failureOf(client.get('l'), ResponseError, 'WRONGTYPE')));
    assert.notEqual(failures[0], failures[1]);
    await writer.del('l');
    assert.equal(await client.get('l'), null);
  });
});

describe('own writes', limit, () => {
  beforeEach(() => writer.flushall());

  for (const noLoop of [false, true]) {
    const how = noLoop ? ', with noLoop' : '';
    test(`are seen by every later read${how}`, async (t) => {
      const client = server.keeping(t, { noLoop });
      for (let i = 0; i < 200; i++) {
        await client.get('k');
        const before = client.get('k');
        const written = client.set('k', i);
        const behind = client.get('k');
        await Promise.all([before, written]);
        assert.equal(await client.get('k'), String(i));
        assert.equal(await behind, String(i), 'it was called behind the write');
      }
    });

    test(`of every kind are${how}`, async (t) => {
      const client = server.keeping(t, { noLoop });
      const script = client.registerScript("return redis.call('SET', KEYS[1], ARGV[1])", { keys: 1 });
      const hidden = client.registerScript("return redis.call('SET', 'k', ARGV[1])", { keys: 0 });
      await using session = await client.session();
      const writes: ((value: string) => Promise<unknown>)[] = [
        (value) => client.pipeline().set('k', value).execute(),
        (value) => client.multi().set('k', value).execute(),
        (value) => client.batch((b) => b.set('k', value)),
        (value) => client.run(script, 'k', value),
        (value) => client.executeCommand('SET', 'k', value),
        (value) => client.mset({ other: 'x', k: value }),
        (value) => session.set('k', value),
        async (value) => {
          await session.executeCommand('MULTI');
          await session.set('k', value);
          await client.get('k');
          await session.executeCommand('EXEC');
        },
        async (value) => {
          await client.rpush('from', value);
          await client.transaction(async (tx) => await tx.multi().set('k', value).execute(), { watch: 'k' });
        },
        async (value) => {
          await client.rename('k', 'old');
          await client.set('k', value);
        },
        async (value) => {
          await client.flushdb();
          await client.set('k', value);
        },
      ];
      if (noLoop) writes.push((value) => client.run(hidden, [], value));
      for (let i = 0; i < 5 * writes.length; i++) {
        await client.get('k');
        await writes[i % writes.length]!(`value ${i}`);
        assert.equal(await client.get('k'), `value ${i}`, `write ${i % writes.length}`);
      }
    });
  }

  test('by commands that block are', async (t) => {
    const client = server.keeping(t);
    for (let i = 0; i < 20; i++) {
      await client.rpush('l', 'x');
      assert.equal(await client.llen('l'), 1);
      assert.deepEqual(await client.blpop('l', 1), ['l', 'x']);
      assert.equal(await client.llen('l'), 0);
    }
  });

  test('of a transaction are, and nothing else is given up', async (t) => {
    const client = server.keeping(t);
    await writer.mset({ a: '1', b: '2', c: '3' });
    await client.mget(['a', 'b', 'c']);
    await client.multi().set('a', 'new').get('b').execute();
    assert.equal(await client.get('a'), 'new');
    assert.deepEqual([client.cache.peek.get('b'), client.cache.peek.get('c')], ['2', '3']);
    await client.transaction(async (tx) => tx.multi().set('b', 'new').execute());
    assert.equal(await client.get('b'), 'new');
    assert.equal(client.cache.peek.get('c'), '3');
    assert.equal(client.cache.stats().flushes, 0);
  });

  test('by PFCOUNT, which keeps its count in the key, are', async (t) => {
    const client = server.keeping(t, { noLoop: true });
    await writer.pfadd('h', ['a', 'b', 'c']);
    await writer.pfadd('h', 'd');
    const before = await client.get('h');
    assert.equal(await client.pfcount('h'), 4);
    const after = await client.get('h');
    assert.equal(after, await writer.get('h'));
    assert.notEqual(after, before, 'it was written');
  });

  test('of a client that shares the store are', async (t) => {
    const store = new LocalCache();
    const [one, two] = [server.keeping(t, { store }), server.keeping(t, { store })];
    for (let i = 0; i < 200; i++) {
      const reading = one.get('k');
      await two.set('k', i);
      assert.equal(await two.get('k'), String(i));
      assert.equal(await one.get('k'), String(i));
      await reading;
    }
    assert.ok(store.stats().entries <= 2);
  });

  test('SELECT and AUTH leave nothing behind', async (t) => {
    const store = new LocalCache();
    const client = server.keeping(t, { store });
    const other = server.keeping(t, { store });
    await client.set('k', 'in 0');
    assert.equal(await client.get('k'), 'in 0');
    const reading = client.get('k');
    await client.select(1);
    assert.equal(await client.get('k'), null);
    assert.equal(await reading, 'in 0');
    assert.equal(await other.get('k'), 'in 0');
    await client.set('k', 'in 1');
    assert.equal(await client.get('k'), 'in 1');
    assert.equal(await other.get('k'), 'in 0');
    await client.select(0);
    assert.equal(await client.get('k'), 'in 0');
  });
});

describe('what the server tells', limit, () => {
  beforeEach(() => writer.flushall());

  const changes: Readonly<Record<string, () => Promise<unknown>>> = {
    FLUSHALL: () => writer.flushall(),
    FLUSHDB: () => writer.flushdb(),
    'a script': () => writer.eval("return redis.call('DEL', 'k')", [], []),
    'a key that expires': () => writer.pexpire('k', 20),
    'a transaction': () => writer.multi().del('k').execute(),
  };
  for (const mode of ['default', 'optin', 'bcast'] as const) {
    for (const [name, change] of Object.entries(changes)) {
      test(`${name} is heard of, ${mode}`, async (t) => {
        const client = server.keeping(t, { mode });
        await writer.set('k', 'v');
        assert.equal(await client.get('k'), 'v');
        await client.get('k');
        assert.equal(client.cache.stats().hits, 1);
        await change();
        await until('the reply is given up', () => client.cache.peek.get('k') === undefined);
        await until('the key is gone', async () => (await client.get('k')) === null);
      });
    }
  }

  test('a key that is evicted', async (t) => {
    const client = server.keeping(t);
    await writer.set('k', 'x'.repeat(1_000_000));
    assert.equal((await client.get('k'))?.length, 1_000_000);
    await writer.configSet({ maxmemory: 1, 'maxmemory-policy': 'allkeys-lru' });
    t.after(() => writer.configSet({ maxmemory: 0, 'maxmemory-policy': 'noeviction' }));
    await until('the reply is given up', () => client.cache.peek.get('k') === undefined);
    assert.equal(await client.get('k'), null);
  });

  test('with prefixes, only their keys are kept', async (t) => {
    const client = server.keeping(t, { mode: 'bcast', prefixes: ['user:', 'ö'] });
    await writer.mset({ 'user:1': 'a', ö: 'b', other: 'c' });
    for (let i = 0; i < 2; i++) {
      assert.equal(await client.get('user:1'), 'a');
      assert.equal(await client.get('ö'), 'b');
      assert.equal(await client.get('other'), 'c');
      assert.deepEqual(await client.mget(['user:1', 'other']), ['a', 'c']);
    }
    assert.equal(client.cache.stats().entries, 2);
    await writer.mset({ 'user:1': 'A', ö: 'B', other: 'C' });
    await until('everything is given up', () => client.cache.stats().entries === 0);
    assert.deepEqual(await client.mget(['user:1', 'ö']), ['A', 'B']);
    assert.equal(await client.get('other'), 'C');
  });

  test('with optin, the server remembers only what is kept', async (t) => {
    const client = server.keeping(t, { mode: 'optin', allow: ['GET'] });
    await writer.mset({ a: '1', b: '2' });
    await Promise.all([client.get('a'), client.strlen('b'), client.get('a'), client.strlen('b')]);
    await client.ttl('b');
    await writer.mset({ a: '3', b: '4' });
    await until('everything is given up', () => client.cache.stats().entries === 0);
    assert.equal(client.cache.stats().invalidations, 1);
  });

  test('with optin, nothing is kept for a user who may not opt in', async (t) => {
    await writer.aclSetuser('timid', ['on', '>secret', '~*', '+@all', '-client|caching']);
    const client = server.keeping(t, { mode: 'optin' }, { username: 'timid', password: 'secret' });
    await writer.set('k', 'v');
    assert.equal(await client.get('k'), 'v');
    assert.equal(await client.get('k'), 'v');
    const { hits, entries } = client.cache.stats();
    assert.deepEqual({ hits, entries }, { hits: 0, entries: 0 });
  });

  test('a reply is not kept when its key has changed meanwhile', async (t) => {
    await using proxy = await FaultProxy.start({ port: server.port });
    const client = server.keeping(t, {}, { port: proxy.port });
    await writer.set('k', 'old');
    await client.get('k');
    await writer.set('k', 'older');
    await until('everything is given up', () => client.cache.stats().entries === 0);
    // The reply and what invalidates it arrive together, in this order.
    proxy.delay(100);
    const reading = client.get('k');
    await sleep(150);
    await writer.set('k', 'new');
    assert.equal(await reading, 'older');
    await until('the change is told', () => client.cache.stats().invalidations === 2);
    assert.equal(client.cache.peek.get('k'), undefined);
    proxy.heal();
    assert.equal(await client.get('k'), 'new');
  });

  test('an invalidation that comes before the reply wins', async (t) => {
    await using scripted = await ScriptedServer.start((command) => {
      if (command[0] === 'HELLO') return GREETING;
      if (command[0] !== 'GET') return '+OK\r\n';
      return command[1] === 'k'
        ? '>2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\nk\r\n$3\r\nold\r\n'
        : '>2\r\n$10\r\ninvalidate\r\n_\r\n$3\r\nold\r\n';
    });
    const client = server.keeping(t, {}, { port: scripted.port });
    for (const key of ['k', 'all']) {
      assert.deepEqual(await Promise.all([client.get(key), client.get(key)]), ['old', 'old']);
      assert.equal(client.cache.peek.get(key), undefined);
    }
    assert.equal(client.cache.stats().entries, 0);
  });
});
