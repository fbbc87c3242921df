import assert from 'node:assert/strict';
import { type MsetexOptions, type ReadLifetime, type SetOptions } from '../../../src/commands/index.ts';
import { ResponseError } from '../../../src/errors.ts';
import { everyWay, refuses } from './harness.ts';

const SOON = new Date(Date.now() + 60_000);

await everyWay('string', {
  append: async ({ client, int, text }) => {
    assert.deepEqual(await client.append('k', 'ab'), int(2));
    assert.deepEqual(await client.append('k', Buffer.from('c')), int(3));
    assert.deepEqual(await client.get('k'), text('abc'));
  },

  'incr, decr and their relatives': async ({ client, int, text }) => {
    assert.deepEqual(await client.incr('n'), int(1));
    assert.deepEqual(await client.incrby('n', 10), int(11));
    assert.deepEqual(await client.incrby('n', -1n), int(10));
    assert.deepEqual(await client.decr('n'), int(9));
    assert.deepEqual(await client.decrby('n', 4), int(5));
    assert.equal(await client.incrbyfloat('n', 0.25), 5.25);
    assert.equal(await client.incrbyfloat('n', '1e2'), 105.25);
    assert.deepEqual(await client.get('n'), text('105.25'));
    await assert.rejects(client.incr('n'), ResponseError);
  },

  'integers beyond 2^53': async ({ client }) => {
    await client.set('n', 9223372036854775806n);
    const exact = client.withOptions({ integers: 'bigint' });
    assert.equal(await exact.incr('n'), 9223372036854775807n);
    await assert.rejects(client.withOptions({ integers: 'number' }).decr('n'), { name: 'DataError' });
  },

  'get, getdel, getset': async ({ client, text }) => {
    assert.equal(await client.get('k'), null);
    assert.equal(await client.getset('k', 'a'), null);
    assert.deepEqual(await client.getset('k', 'b'), text('a'));
    assert.deepEqual(await client.get(Buffer.from('k')), text('b'));
    assert.deepEqual(await client.getdel('k'), text('b'));
    assert.equal(await client.getdel('k'), null);
    await client.sadd('set', 'a');
    await assert.rejects(client.get('set'), { name: 'ResponseError', code: 'WRONGTYPE' });
  },

  getex: async ({ client, text }) => {
    await client.set('k', 'v');
    assert.equal(await client.getex('nothing'), null);
    const lives = async (options: ReadLifetime | undefined): Promise<boolean> => {
      assert.deepEqual(await client.getex('k', options), text('v'));
      return (await client.pttl('k')) > 0;
    };
    assert.equal(await lives(undefined), false);
    for (const options of [{ ex: 60 }, { px: 60_000n }, { exat: SOON }, { pxat: SOON }, { exat: 4102444800 }]) {
      assert.equal(await lives(options), true);
      assert.equal(await lives({}), true);
      assert.equal(await lives({ persist: true }), false);
    }
    refuses(() => client.getex('k', { ex: 1, persist: true } as never), /only one of/);
  },

  'getrange, setrange, strlen, substr': async ({ client, int, text }) => {
    assert.deepEqual(await client.setrange('k', 2, 'cd'), int(4));
    assert.deepEqual(await client.get('k'), text('\0\0cd'));
    assert.deepEqual(await client.setrange('k', 0n, Buffer.from('ab')), int(4));
    assert.deepEqual(await client.getrange('k', 1, 2), text('bc'));
    assert.deepEqual(await client.substr('k', -2, -1), text('cd'));
    assert.deepEqual(await client.getrange('nothing', 0, -1), text(''));
    assert.deepEqual(await client.strlen('k'), int(4));
    assert.deepEqual(await client.strlen('nothing'), int(0));
  },

  lcs: async ({ client, int, ints, text }) => {
    await client.mset({ a: 'ohmytext', b: 'mynewtext' });
    assert.deepEqual(await client.lcs('a', 'b'), text('mytext'));
    assert.deepEqual(await client.lcs('a', 'nothing'), text(''));
    assert.deepEqual(await client.lcs('a', 'b', { len: true }), int(6));
    const long = { key1: ints(4, 7), key2: ints(5, 8) };
    const short = { key1: ints(2, 3), key2: ints(0, 1) };
    assert.deepEqual(await client.lcs('a', 'b', { idx: true }), { matches: [long, short], len: int(6) });
    assert.deepEqual(await client.lcs('a', 'b', { idx: true, minmatchlen: 4 }), { matches: [long], len: int(6) });
    assert.deepEqual(await client.lcs('a', 'b', { idx: true, minmatchlen: 3, withmatchlen: true }), {
      matches: [{ ...long, len: int(4) }],
      len: int(6),
    });
    refuses(() => client.lcs('a', 'b', { idx: true, len: true } as never), /only one of len and idx/);
  },

  'mget, mset, msetnx': async ({ client, text }) => {
    assert.equal(await client.mset({ a: 1, b: 2n }), 'OK');
    assert.equal(await client.mset([[Buffer.of(0xff), 'bytes']]), 'OK');
    assert.equal(await client.mset(new Map([['c', 'see']])), 'OK');
    assert.deepEqual(await client.mget(['a', 'b', 'c', 'd', Buffer.of(0xff)]), [
      text('1'),
      text('2'),
      text('see'),
      null,
      text('bytes'),
    ]);
    assert.deepEqual(await client.mget('a'), [text('1')]);
    assert.equal(await client.msetnx({ d: 1, e: 2 }), true);
    assert.equal(
      await client.msetnx([
        ['e', 3],
        ['f', 3],
      ]),
      false,
    );
    refuses(() => client.mget([]), /at least one key/);
    refuses(() => client.mset({}), /at least one key/);
    refuses(() => client.msetnx([]), /at least one key/);
    refuses(() => client.mset([['a']] as never), /pairs of a key and its value/);
    refuses(() => client.mset(['ab', 'cd'] as never), /pairs of a key and its value/);
    refuses(() => client.mset('ab' as never), /needs an object/);
    refuses(() => client.mset(undefined as never), /needs an object/);
    refuses(() => client.mset({ a: undefined } as never), /undefined/);
  },

  msetex: async ({ client, since, text }) => {
    const lives = async (options?: MsetexOptions): Promise<boolean> => {
      assert.equal(await client.msetex({ a: 1, b: 2 }, options), true);
      assert.deepEqual(await client.mget(['a', 'b']), [text('1'), text('2')]);
      return (await client.pttl('b')) > 0;
    };
    await since('9.1', async () => {
      assert.equal(await lives(), false);
      for (const options of [{ ex: 60 }, { px: 60_000 }, { exat: SOON }, { pxat: SOON }]) {
        assert.equal(await lives(options), true);
        assert.equal(await lives({ keepttl: true }), true);
        assert.equal(await lives(), false);
      }
      assert.equal(await lives({ condition: 'xx', ex: 60 }), true);
      assert.equal(
        await client.msetex(
          [
            ['b', 1],
            ['c', 1],
          ],
          { condition: 'xx' },
        ),
        false,
      );
      assert.equal(await client.msetex({ b: 1, c: 1 }, { condition: 'nx' }), false);
      assert.equal(await client.msetex({ c: 1 }, { condition: 'nx' }), true);
    });
    refuses(() => client.msetex({}), /at least one key/);
    refuses(() => client.msetex({ a: 1 }, { ex: 1, px: 1 } as never), /only one of/);
  },

  'psetex, setex, setnx': async ({ client, text }) => {
    assert.equal(await client.psetex('p', 60_000, 'v'), 'OK');
    assert.equal(await client.setex('s', 60, 'v'), 'OK');
    assert.ok((await client.pttl('p')) > 50_000);
    assert.ok((await client.pttl('s')) > 50_000);
    assert.equal(await client.setnx('s', 'w'), false);
    assert.equal(await client.setnx('n', 'w'), true);
    assert.deepEqual(await client.mget(['s', 'n']), [text('v'), text('w')]);
  },

  set: async ({ client, text }) => {
    const ttl = async (options?: SetOptions): Promise<number> => {
      await client.set('k', 'v', options);
      return Number(await client.pttl('k'));
    };
    assert.equal(await client.set('k', 'v'), 'OK');
    assert.equal(await ttl(), -1);
    for (const options of [{ ex: 60 }, { px: 60_000n }, { exat: SOON }, { pxat: SOON }, { pxat: SOON.getTime() }]) {
      assert.ok((await ttl(options)) > 50_000);
      assert.ok((await ttl({ keepttl: true })) > 50_000);
      assert.equal(await ttl({ keepttl: false }), -1);
    }
    assert.equal(await client.set('k', 'w', { condition: 'nx' }), null);
    assert.equal(await client.set('new', 'w', { condition: 'nx' }), 'OK');
    assert.equal(await client.set('k', 'w', { condition: 'xx' }), 'OK');
    assert.equal(await client.set('nothing', 'w', { condition: 'xx' }), null);
    assert.deepEqual(await client.set('k', 'x', { get: true }), text('w'));
    assert.equal(await client.set('other', 'x', { get: true }), null);
    assert.deepEqual(await client.set('k', 'y', { get: true, condition: 'nx', ex: 5 }), text('x'));
    assert.deepEqual(await client.get('k'), text('x'));
  },

  'set with every type of value': async ({ client, text }) => {
    for (const value of ['', 0, 1.5, 12345678901234567890n, Buffer.from('b'), new Uint8Array([97])]) {
      await client.set('k', value);
      const bytes = value instanceof Uint8Array ? Buffer.from(value).toString() : String(value);
      assert.deepEqual(await client.get('k'), text(bytes));
    }
  },

  'set refuses what excludes itself': async ({ client }) => {
    refuses(() => client.set('k', 'v', { ex: 1, px: 1 } as never), /SET takes only one of/);
    refuses(() => client.set('k', 'v', { ex: 1, keepttl: true } as never), /SET takes only one of/);
    refuses(() => client.set('k', 'v', { exat: new Date(NaN) }), /invalid Date/);
    refuses(() => client.set('k', undefined as never), /argument 2 is undefined/);
    assert.equal(await client.get('k'), null);
  },

  'set with ifeq': async ({ client, since, text }) => {
    await client.set('k', 'v');
    await since('8.1', async () => {
      assert.equal(await client.set('k', 'w', { condition: { ifeq: 'nope' } }), null);
      assert.equal(await client.set('k', 'w', { condition: { ifeq: Buffer.from('v') }, ex: 60 }), 'OK');
      assert.deepEqual(await client.set('k', 'x', { condition: { ifeq: 'w' }, get: true }), text('w'));
      assert.deepEqual(await client.get('k'), text('x'));
    });
  },

  delifeq: async ({ client, since }) => {
    await client.set('k', 'v');
    await since('9.0', async () => {
      assert.equal(await client.delifeq('k', 'w'), false);
      assert.equal(await client.delifeq('k', 'v'), true);
      assert.equal(await client.delifeq('k', 'v'), false);
    });
  },
});
