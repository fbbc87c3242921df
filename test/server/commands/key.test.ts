import assert from 'node:assert/strict';
import { ResponseError } from '../../../src/errors.ts';
import { ValkeyServer } from '../../../src/testing/index.ts';
import { Valkey } from '../../../src/client/valkey.ts';
import { everyWay, refuses, sorted } from './harness.ts';

const LATER = 4102444800;

await everyWay('key', {
  copy: async ({ client, text }) => {
    assert.equal(await client.copy('a', 'b'), false);
    await client.set('a', 'v');
    assert.equal(await client.copy('a', 'b'), true);
    assert.equal(await client.copy('a', 'b'), false);
    assert.equal(await client.copy('a', 'b', { replace: true }), true);
    assert.equal(await client.copy('a', 'a', { db: 1 }), true);
    assert.deepEqual(await client.get('b'), text('v'));
  },

  'del, exists, touch, unlink': async ({ client, int }) => {
    await client.mset({ a: 1, b: 1, c: 1, d: 1 });
    assert.deepEqual(await client.exists('a'), int(1));
    assert.deepEqual(await client.exists(['a', 'a', 'nothing']), int(2));
    assert.deepEqual(await client.touch('a'), int(1));
    assert.deepEqual(await client.touch(['a', 'b', 'nothing']), int(2));
    assert.deepEqual(await client.del('a'), int(1));
    assert.deepEqual(await client.del(['a', Buffer.from('b')]), int(1));
    assert.deepEqual(await client.unlink('c'), int(1));
    assert.deepEqual(await client.unlink(['c', 'd']), int(1));
    for (const call of ['del', 'exists', 'touch', 'unlink'] as const)
      refuses(() => client[call]([]), /at least one key/);
    refuses(() => client.del(undefined as never), /undefined/);
  },

  'an array given stays as it was, and may change afterwards': async ({ client, int }) => {
    await client.mset({ a: 1, b: 1 });
    const keys = ['a', 'b'];
    const answer = client.del(keys);
    keys.length = 0;
    assert.deepEqual(await answer, int(2));
  },

  'dump and restore': async ({ client, text }) => {
    assert.equal(await client.dump('a'), null);
    await client.set('a', 'v');
    const dump = await client.dump('a');
    assert.ok(dump !== null);
    assert.equal(await client.restore('b', 0, dump), 'OK');
    assert.deepEqual(await client.get('b'), text('v'));
    await assert.rejects(client.restore('b', 0, dump), { code: 'BUSYKEY' });
    assert.equal(await client.restore('b', 60_000, dump, { replace: true, idletime: 100 }), 'OK');
    assert.ok((await client.pttl('b')) > 50_000);
    assert.ok(((await client.objectIdletime('b')) ?? 0) >= 100);
    const both = { idletime: 1, freq: 2 } as unknown as { freq: number };
    refuses(() => client.restore('c', 0, dump, both), /RESTORE takes only one of idletime and freq/);
    const later = new Date(LATER * 1000);
    assert.equal(await client.restore('b', later, dump, { replace: true, freq: 5 }), 'OK');
    assert.equal(await client.restore('b', later.getTime(), dump, { replace: true, absttl: true }), 'OK');
    assert.equal(Number(await client.pexpiretime('b')), later.getTime());
  },

  'expire and its relatives': async ({ client, int }) => {
    await client.set('k', 'v');
    const time = new Date(LATER * 1000 + 999);
    assert.equal(await client.expire('k', 60), true);
    assert.ok((await client.ttl('k')) > 50);
    assert.equal(await client.pexpire('k', 90_000), true);
    assert.ok((await client.pttl('k')) > 80_000);
    assert.equal(await client.expireat('k', time), true);
    assert.deepEqual(await client.expiretime('k'), int(LATER));
    assert.equal(await client.expireat('k', LATER + 1), true);
    assert.equal(await client.pexpireat('k', time), true);
    assert.deepEqual(await client.pexpiretime('k'), int(time.getTime()));
    assert.equal(await client.pexpireat('k', BigInt(time.getTime())), true);
    assert.equal(await client.persist('k'), true);
    assert.equal(await client.persist('k'), false);
    for (const call of ['ttl', 'pttl', 'expiretime', 'pexpiretime'] as const) {
      assert.deepEqual(await client[call]('k'), int(-1));
      assert.deepEqual(await client[call]('nothing'), int(-2));
    }
    assert.equal(await client.expire('nothing', 60), false);
    assert.equal(await client.expire('k', 0), true);
    refuses(() => client.expireat('k', new Date(NaN)), /EXPIREAT was given an invalid Date/);
  },

  'expire with a condition': async ({ client }) => {
    await client.set('k', 'v');
    assert.equal(await client.expire('k', 60, { condition: 'xx' }), false);
    assert.equal(await client.expire('k', 60, { condition: 'nx' }), true);
    assert.equal(await client.pexpire('k', 50_000, { condition: 'gt' }), false);
    assert.equal(await client.expireat('k', LATER, { condition: 'lt' }), false);
    assert.equal(await client.pexpireat('k', LATER * 1000, { condition: 'gt' }), true);
  },

  'keys, randomkey, scan': async ({ client, text, texts }) => {
    assert.deepEqual(await client.keys('*'), []);
    assert.equal(await client.randomkey(), null);
    await client.set('user:1', 1);
    assert.deepEqual(await client.randomkey(), text('user:1'));
    await client.mset({ 'user:2': 2, other: 3 });
    await client.sadd('user:set', 1);
    assert.deepEqual(sorted(await client.keys('user:?')), texts('user:1', 'user:2'));
    const page = await client.scan('0', { match: Buffer.from('user:*'), count: 100, type: 'string' });
    assert.equal(page.cursor, '0');
    assert.deepEqual(sorted(page.keys), texts('user:1', 'user:2'));
    assert.equal((await client.scan(0)).keys.length, 4);
  },

  'scan walks all pages': async ({ client }) => {
    for (let i = 0; i < 200; i++) void client.set(`k${i}`, i);
    const seen = new Set<string>();
    let cursor = '0';
    do {
      const page = await client.scan(cursor, { count: 10 });
      cursor = page.cursor;
      for (const key of page.keys) seen.add(String(key));
    } while (cursor !== '0');
    assert.equal(seen.size, 200);
  },

  migrate: async ({ client, text }) => {
    await using other = await ValkeyServer.start({ password: 'secret' });
    await using there = new Valkey({ port: other.port, password: 'secret' });
    const auth = { password: 'secret' };
    assert.equal(await client.migrate('127.0.0.1', other.port, 'nothing', 0, 1000), 'NOKEY');
    await client.mset({ a: 1, b: 2, c: 3 });
    assert.equal(await client.migrate('127.0.0.1', other.port, 'a', 0, 1000, { copy: true, auth }), 'OK');
    assert.equal(await client.migrate('127.0.0.1', other.port, 'a', 0, 1000, { replace: true, auth }), 'OK');
    const named = { username: 'default', ...auth };
    assert.equal(await client.migrate('127.0.0.1', other.port, ['b', 'c'], 0, 1000, { auth: named }), 'OK');
    assert.deepEqual(await there.mget(['a', 'b', 'c']), ['1', '2', '3']);
    assert.deepEqual(await client.mget(['a', 'b']), [null, null]);
    await client.set('d', 4);
    // A wrong password: the server keeps its connection to the other one, on which the right one was given.
    const wrong = { auth: { password: 'wrong' } };
    await assert.rejects(client.migrate('127.0.0.1', other.port, 'd', 0, 1000, wrong), ResponseError);
    assert.deepEqual(await client.get('d'), text('4'));
    refuses(() => client.migrate('127.0.0.1', other.port, [], 0, 1000), /at least one key/);
  },

  move: async ({ client }) => {
    await client.set('a', 1);
    assert.equal(await client.move('a', 1), true);
    assert.equal(await client.move('a', 1), false);
  },

  object: async ({ client, int }) => {
    for (const call of ['objectEncoding', 'objectFreq', 'objectIdletime', 'objectRefcount'] as const) {
      assert.equal(await client[call]('nothing'), null);
    }
    await client.set('k', 'v');
    assert.equal(await client.objectEncoding('k'), 'embstr');
    assert.deepEqual(await client.objectIdletime('k'), int(0));
    assert.deepEqual(await client.objectRefcount('k'), int(1));
    await assert.rejects(client.objectFreq('k'), ResponseError);
    await client.executeCommand('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lfu');
    await client.set('k', 'v');
    assert.ok(Number(await client.objectFreq('k')) > 0);
    await client.executeCommand('CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
    assert.match((await client.objectHelp())[0]!, /^OBJECT/);
  },

  'rename and renamenx': async ({ client }) => {
    await client.mset({ a: 1, b: 2 });
    assert.equal(await client.rename('a', 'c'), 'OK');
    assert.equal(await client.renamenx('b', 'c'), false);
    assert.equal(await client.renamenx('b', 'd'), true);
    await assert.rejects(client.rename('a', 'e'), ResponseError);
  },

  sort: async ({ client, int, text, texts }) => {
    assert.deepEqual(await client.sort('nothing'), []);
    await client.rpush('ids', [3, 1, 2]);
    await client.mset({ weight_1: 9, weight_2: 5, weight_3: 1, name_1: 'one', name_3: 'three' });
    assert.deepEqual(await client.sort('ids'), texts('1', '2', '3'));
    assert.deepEqual(await client.sort('ids', { order: 'desc', limit: { offset: 1, count: 5 } }), texts('2', '1'));
    assert.deepEqual(await client.sort('ids', { by: 'weight_*', order: 'asc' }), texts('3', '2', '1'));
    assert.deepEqual(await client.sort('ids', { by: 'none', get: 'name_*' }), [text('three'), text('one'), null]);
    assert.deepEqual(
      await client.sort('ids', { limit: { offset: 0, count: 1 }, get: ['#', 'name_*'] }),
      texts('1', 'one'),
    );
    assert.deepEqual(await client.sort('ids', { store: 'out', get: '#' }), int(3));
    assert.deepEqual(await client.sort('out'), texts('1', '2', '3'));
    await client.sadd('tags', ['b', 'a']);
    await assert.rejects(client.sort('tags'), ResponseError);
    assert.deepEqual(await client.sort('tags', { alpha: true }), texts('a', 'b'));
    refuses(() => client.sort('ids', { get: [] }), /at least one pattern/);
  },

  sort_ro: async ({ client, text, texts }) => {
    await client.rpush('ids', [3, 1, 2]);
    await client.mset({ name_1: 'one', name_3: 'three' });
    assert.deepEqual(await client.sort_ro('ids'), texts('1', '2', '3'));
    assert.deepEqual(await client.sort_ro('ids', { order: 'desc', get: 'name_*' }), [text('three'), null, text('one')]);
    const options = { alpha: true, by: 'none', limit: { offset: 0, count: 2 } };
    assert.deepEqual(await client.sort_ro('ids', options), texts('3', '1'));
    const stats = String(await client.executeCommand('INFO', 'commandstats'));
    assert.match(stats, /cmdstat_sort_ro:/);
  },

  type: async ({ client }) => {
    await client.set('string', 1);
    await client.rpush('list', 1);
    await client.sadd('set', 1);
    await client.hset('hash', 'f', 1);
    await client.executeCommand('ZADD', 'zset', 1, 'a');
    await client.executeCommand('XADD', 'stream', '*', 'f', 'v');
    for (const type of ['string', 'list', 'set', 'hash', 'zset', 'stream']) assert.equal(await client.type(type), type);
    assert.equal(await client.type('nothing'), 'none');
  },

  'wait and waitaof': async ({ client, int, since }) => {
    await client.set('a', 1);
    assert.deepEqual(await client.wait(0, 100), int(0));
    assert.deepEqual(await client.wait(1, 20), int(0));
    await since('7.2', async () => {
      assert.deepEqual(await client.waitaof(0, 0, 100), { local: int(0), replicas: int(0) });
      await assert.rejects(client.waitaof(1, 0, 100), ResponseError);
    });
  },
});
