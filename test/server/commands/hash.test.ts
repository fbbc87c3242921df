import assert from 'node:assert/strict';
import { type HsetexOptions, type ReadLifetime } from '../../../src/commands/index.ts';
import { everyWay, refuses, sorted } from './harness.ts';

const LATER = 4102444800;
const SOON = new Date(Date.now() + 60_000);

await everyWay('hash', {
  'hset, hget, hmget, hgetall': async ({ client, fields, int, text, texts }) => {
    assert.deepEqual(await client.hset('h', 'a', 1), int(1));
    assert.deepEqual(await client.hset('h', { a: 1, b: 2n }), int(1));
    assert.deepEqual(await client.hset('h', [['c', Buffer.from('see')]]), int(1));
    assert.deepEqual(await client.hset('h', new Map([['d', 'dee']])), int(1));
    assert.deepEqual(await client.hget('h', 'a'), text('1'));
    assert.equal(await client.hget('h', 'nothing'), null);
    assert.deepEqual(await client.hmget('h', ['a', 'nothing', 'c']), [text('1'), null, text('see')]);
    assert.deepEqual(await client.hmget('h', 'd'), texts('dee'));
    assert.deepEqual(await client.hgetall('h'), fields({ a: '1', b: '2', c: 'see', d: 'dee' }));
    assert.deepEqual(await client.hgetall('nothing'), fields({}));
    assert.equal(await client.hmset('h', { a: 3 }), 'OK');
    assert.equal(await client.hmset('h', 'b', 4), 'OK');
    assert.deepEqual(await client.hmget('h', ['a', 'b']), texts('3', '4'));
    refuses(() => client.hset('h', {}), /HSET needs at least one field/);
    refuses(() => client.hset('h', 'a', undefined as never), /argument 3 is undefined/);
    refuses(() => client.hset('h', null as never), /argument 2 is null/);
    refuses(() => client.hmget('h', []), /HMGET needs at least one field/);
    refuses(() => client.hmset('h', []), /HMSET needs at least one field/);
  },

  'a field called __proto__, and one of any bytes': async ({ client, encoding, pairs }) => {
    await client.hset('h', [
      ['__proto__', 'p'],
      ['constructor', 'c'],
    ]);
    const all = await client.hgetall('h');
    if (encoding === 'buffer') assert.deepEqual(all, pairs({ ['__proto__']: 'p', constructor: 'c' }));
    else
      assert.deepEqual(Object.entries(all), [
        ['__proto__', 'p'],
        ['constructor', 'c'],
      ]);
    assert.equal(Object.getPrototypeOf(all), encoding === 'buffer' ? Array.prototype : Object.prototype);
    const bytes = client.withOptions({ encoding: 'buffer' });
    await client.hset('bytes', [[Buffer.of(0xff, 0), Buffer.of(0xfe)]]);
    assert.deepEqual(await bytes.hgetall('bytes'), [[Buffer.of(0xff, 0), Buffer.of(0xfe)]]);
  },

  'hdel, hexists, hlen, hstrlen, hkeys, hvals': async ({ client, int, ints, texts }) => {
    await client.hset('h', { a: 1, b: 22, c: 3 });
    assert.equal(await client.hexists('h', 'a'), true);
    assert.equal(await client.hexists('h', 'nothing'), false);
    assert.deepEqual([await client.hlen('h'), await client.hlen('nothing')], ints(3, 0));
    assert.deepEqual([await client.hstrlen('h', 'b'), await client.hstrlen('h', 'nothing')], ints(2, 0));
    assert.deepEqual(await client.hkeys('h'), texts('a', 'b', 'c'));
    assert.deepEqual(await client.hvals('h'), texts('1', '22', '3'));
    assert.deepEqual(await client.hdel('h', 'a'), int(1));
    assert.deepEqual(await client.hdel('h', ['a', 'b', 'c']), int(2));
    assert.deepEqual(await client.hkeys('h'), []);
    refuses(() => client.hdel('h', []), /HDEL needs at least one field/);
  },

  'hincrby, hincrbyfloat, hsetnx': async ({ client, int }) => {
    assert.deepEqual(await client.hincrby('h', 'n', 5), int(5));
    assert.deepEqual(await client.hincrby('h', 'n', -2n), int(3));
    assert.equal(await client.hincrbyfloat('h', 'n', 0.5), 3.5);
    assert.equal(await client.hincrbyfloat('h', 'n', '-1e1'), -6.5);
    assert.equal(await client.hsetnx('h', 'x', 1), true);
    assert.equal(await client.hsetnx('h', 'x', 2), false);
  },

  hrandfield: async ({ client, pairs, text, texts }) => {
    assert.equal(await client.hrandfield('nothing'), null);
    assert.deepEqual(await client.hrandfield('nothing', 2), []);
    assert.deepEqual(await client.hrandfield('nothing', 2, { withvalues: true }), []);
    await client.hset('h', { a: 1 });
    assert.deepEqual(await client.hrandfield('h'), text('a'));
    assert.deepEqual(await client.hrandfield('h', -2), texts('a', 'a'));
    assert.deepEqual(await client.hrandfield('h', 2n, { withvalues: false }), texts('a'));
    await client.hset('h', { b: 2 });
    assert.deepEqual(sorted(await client.hrandfield('h', 2, { withvalues: true })), pairs({ a: '1', b: '2' }));
  },

  hscan: async ({ client, pairs, since, texts }) => {
    await client.hset('h', { a: 1, b: 2, c: 3 });
    const page = await client.hscan('h', '0');
    assert.equal(page.cursor, '0');
    assert.deepEqual(sorted(page.entries), pairs({ a: '1', b: '2', c: '3' }));
    const some = await client.hscan('h', 0, { match: '[ab]', count: 10 });
    assert.deepEqual(sorted(some.entries), pairs({ a: '1', b: '2' }));
    assert.deepEqual(await client.hscan('nothing', '0'), { cursor: '0', entries: [] });
    await since('8.0', async () => {
      const names = await client.hscan('h', '0', { novalues: true });
      assert.equal(names.cursor, '0');
      assert.deepEqual(sorted(names.fields), texts('a', 'b', 'c'));
    });
  },

  'hexpire and its relatives': async ({ client, ints, since }) => {
    await client.hset('h', { a: 1, b: 2 });
    const time = new Date(LATER * 1000 + 999);
    await since('9.0', async () => {
      assert.deepEqual(await client.hexpire('h', 60, ['a', 'nothing']), [1, -2]);
      assert.ok(Number((await client.httl('h', 'a'))[0]) > 50);
      assert.deepEqual(await client.hpexpire('h', 90_000, 'a'), [1]);
      assert.ok(Number((await client.hpttl('h', 'a'))[0]) > 80_000);
      assert.deepEqual(await client.hexpireat('h', time, 'a'), [1]);
      assert.deepEqual(await client.hexpiretime('h', ['a', 'b', 'nothing']), ints(LATER, -1, -2));
      assert.deepEqual(await client.hpexpireat('h', time, ['a']), [1]);
      assert.deepEqual(await client.hpexpiretime('h', 'a'), ints(time.getTime()));
      assert.deepEqual(await client.hpersist('h', ['a', 'b', 'nothing']), [1, -1, -2]);
      assert.deepEqual(await client.httl('h', ['a', 'nothing']), ints(-1, -2));
      assert.deepEqual(await client.hpttl('h', ['a', 'nothing']), ints(-1, -2));
      assert.deepEqual(await client.hexpire('h', 60, 'a', { condition: 'xx' }), [0]);
      assert.deepEqual(await client.hexpire('h', 60, 'a', { condition: 'nx' }), [1]);
      assert.deepEqual(await client.hpexpire('h', 50_000, 'a', { condition: 'gt' }), [0]);
      assert.deepEqual(await client.hexpireat('h', LATER, 'a', { condition: 'lt' }), [0]);
      assert.deepEqual(await client.hpexpireat('h', LATER * 1000, 'a', { condition: 'gt' }), [1]);
      assert.deepEqual(await client.hexpire('h', 0, 'a'), [2]);
      assert.deepEqual(await client.hexpire('nothing', 60, 'a'), [-2]);
    });
    for (const call of ['httl', 'hpttl', 'hexpiretime', 'hpexpiretime', 'hpersist', 'hgetdel', 'hgetex'] as const) {
      refuses(() => client[call]('h', []), /needs at least one field/);
    }
    refuses(() => client.hexpire('h', 60, []), /HEXPIRE needs at least one field/);
    refuses(() => client.hpexpireat('h', new Date(NaN), 'a'), /invalid Date/);
  },

  hgetdel: async ({ client, fields, since, text, texts }) => {
    await client.hset('h', { a: 1, b: 2, c: 3 });
    await since('9.1', async () => {
      assert.deepEqual(await client.hgetdel('h', ['a', 'nothing']), [text('1'), null]);
      assert.deepEqual(await client.hgetdel('h', 'b'), texts('2'));
      assert.deepEqual(await client.hgetdel('nothing', 'b'), [null]);
      assert.deepEqual(await client.hgetall('h'), fields({ c: '3' }));
    });
  },

  hgetex: async ({ client, since, text, texts }) => {
    await client.hset('h', { a: 1 });
    const lives = async (options?: ReadLifetime): Promise<boolean> => {
      assert.deepEqual(await client.hgetex('h', ['a', 'nothing'], options), [text('1'), null]);
      return Number((await client.hpttl('h', 'a'))[0]) > 0;
    };
    await since('9.0', async () => {
      assert.deepEqual(await client.hgetex('h', 'a'), texts('1'));
      assert.equal(await lives(), false);
      for (const options of [{ ex: 60 }, { px: 60_000 }, { exat: SOON }, { pxat: SOON }]) {
        assert.equal(await lives(options), true);
        assert.equal(await lives({}), true);
        assert.equal(await lives({ persist: true }), false);
      }
    });
    refuses(() => client.hgetex('h', 'a', { ex: 1, px: 1 } as never), /HGETEX takes only one of/);
  },

  hsetex: async ({ client, fields, since }) => {
    const lives = async (options?: HsetexOptions): Promise<boolean> => {
      assert.equal(await client.hsetex('h', { a: 1, b: 2 }, options), true);
      return Number((await client.hpttl('h', 'b'))[0]) > 0;
    };
    await since('9.0', async () => {
      assert.equal(await lives(), false);
      for (const options of [{ ex: 60 }, { px: 60_000 }, { exat: SOON }, { pxat: SOON }]) {
        assert.equal(await lives(options), true);
        assert.equal(await lives({ keepttl: true }), true);
        assert.equal(await lives(), false);
      }
      assert.equal(await lives({ condition: 'xx', fieldCondition: 'fxx', ex: 60 }), true);
      assert.equal(await client.hsetex('h', [['c', 3]], { fieldCondition: 'fxx' }), false);
      assert.equal(await client.hsetex('h', { a: 3 }, { fieldCondition: 'fnx' }), false);
      assert.equal(await client.hsetex('h', { a: 3 }, { condition: 'nx' }), false);
      assert.equal(await client.hsetex('nothing', { a: 3 }, { condition: 'xx' }), false);
      assert.deepEqual(await client.hgetall('h'), fields({ a: '1', b: '2' }));
    });
    refuses(() => client.hsetex('h', {}), /HSETEX needs at least one field/);
    refuses(() => client.hsetex('h', { a: 1 }, { ex: 1, keepttl: true } as never), /HSETEX takes only one of/);
  },
});
