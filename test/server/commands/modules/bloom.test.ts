import assert from 'node:assert/strict';
import { ResponseError } from '../../../../src/errors.ts';
import { refuses } from '../harness.ts';
import { everyModuleWay } from './harness.ts';
import { boolean, double, either, error, map, OK, simple } from './resp.ts';

const FULL = error('ERR non scaling filter is full');
const BYTES = Buffer.from([0, 0xff, 0x0d, 0x0a, 0xe4]);

everyModuleWay('bf', {
  'reserve, add, exists, card': async ({ client, expect, int }) => {
    expect('BF.RESERVE b 0.01 1000', OK);
    assert.equal(await client.bf.reserve('b', 0.01, 1000), 'OK');
    expect('BF.RESERVE b 0.01 1000 EXPANSION 1', OK);
    assert.equal(await client.bf.reserve('b', 0.01, 1000, { expansion: 1 }), 'OK');
    expect('BF.RESERVE b 0.01 1000 NONSCALING', error('ERR item exists'));
    await assert.rejects(client.bf.reserve('b', 0.01, 1000, { nonscaling: true }), ResponseError);
    // valkey-bloom answers with integers, others with booleans under RESP3.
    expect('BF.ADD b foo', 1);
    expect('BF.ADD b 5', boolean(false));
    assert.deepEqual([await client.bf.add('b', 'foo'), await client.bf.add('b', 5)], [true, false]);
    expect('BF.EXISTS b foo', 1);
    expect('BF.EXISTS b noexist', 0);
    assert.deepEqual([await client.bf.exists('b', 'foo'), await client.bf.exists('b', 'noexist')], [true, false]);
    expect('BF.CARD b', 1);
    assert.deepEqual(await client.bf.card('b'), int(1));
    expect('BF.ADD s foo', error('WRONGTYPE Operation against a key holding the wrong kind of value'));
    await assert.rejects(client.bf.add('s', 'foo'), { code: 'WRONGTYPE' });
    refuses(
      () => client.bf.reserve('b', 0.01, 10, { expansion: 1, nonscaling: true } as never),
      /only one of nonscaling/,
    );
    refuses(() => client.bf.reserve('b', 0.01, 10, 'NONSCALING' as never), /options as an object/);
  },

  'madd, mexists': async ({ client, expect }) => {
    expect('BF.MADD b foo bar baz', [0, 1, boolean(true)]);
    assert.deepEqual(await client.bf.madd('b', ['foo', 'bar', 'baz']), [false, true, true]);
    expect('BF.MADD b foo', [0]);
    assert.deepEqual(await client.bf.madd('b', 'foo'), [false]);
    expect('BF.MEXISTS b foo noexist', [1, 0]);
    assert.deepEqual(await client.bf.mexists('b', ['foo', 'noexist']), [true, false]);
    refuses(() => client.bf.madd('b', []), /BF.MADD needs at least one item/);
    refuses(() => client.bf.mexists('b', []), /BF.MEXISTS needs at least one item/);
  },

  'an error among the replies': async ({ client, expect }) => {
    expect('BF.MADD b a b c', [1, FULL]);
    const [first, second, ...rest] = await client.bf.madd('b', ['a', 'b', 'c']);
    assert.equal(first, true);
    assert.ok(second instanceof ResponseError);
    assert.equal(second.message, 'ERR non scaling filter is full');
    assert.deepEqual(rest, []);
    expect('BF.INSERT b ITEMS a b', [FULL, 0]);
    const replies = await client.bf.insert('b', ['a', 'b']);
    assert.ok(replies[0] instanceof ResponseError);
    assert.equal(replies[1], false);
  },

  insert: async ({ client, expect }) => {
    expect('BF.INSERT b ITEMS foo', [1]);
    assert.deepEqual(await client.bf.insert('b', 'foo'), [true]);
    expect('BF.INSERT b CAPACITY 10 ERROR 0.001 NONSCALING NOCREATE ITEMS foo bar', [0, 1]);
    const options = { capacity: 10, error: 0.001, nonscaling: true, nocreate: true };
    assert.deepEqual(await client.bf.insert('b', ['foo', 'bar'], options), [false, true]);
    expect('BF.INSERT b TIGHTENING 0.5 SEED 32bytes EXPANSION 2 VALIDATESCALETO 5000', []);
    const growing = { tightening: 0.5, seed: '32bytes', expansion: 2, validatescaleto: 5000 };
    assert.deepEqual(await client.bf.insert('b', [], growing), []);
    expect('BF.INSERT no NOCREATE ITEMS foo', error('ERR not found'));
    await assert.rejects(client.bf.insert('no', 'foo', { nocreate: true }), { message: 'ERR not found' });
    refuses(
      () => client.bf.insert('b', 'a', { nonscaling: true, validatescaleto: 9 } as never),
      /only one of nonscaling/,
    );
    refuses(() => client.bf.insert('b', 'a', { nonscaling: true, expansion: 9 } as never), /only one of nonscaling/);
  },

  info: async ({ client, expect, int }) => {
    const common = [
      ['Capacity', 1000],
      ['Size', 1431],
      ['Number of filters', 1],
      ['Number of items inserted', 2],
    ] as const;
    const known = { capacity: int(1000), size: int(1431), numberOfFilters: int(1), numberOfItemsInserted: int(2) };
    const own = [
      ['Error rate', double('0.01')],
      ['Expansion rate', 2],
      ['Tightening ratio', double('0.5')],
    ] as const;
    const list = [...common, ...own, ['Max scaled capacity', 26214300] as const].flat();
    expect(
      'BF.INFO b',
      list.map((item) => (typeof item === 'string' ? simple(item) : item)),
    );
    assert.deepEqual(await client.bf.info('b'), {
      ...known,
      errorRate: 0.01,
      expansionRate: int(2),
      tighteningRatio: 0.5,
      maxScaledCapacity: int(26214300),
    });
    expect('BF.INFO b', map(...common, ['Expansion rate', null], ['A new one', 'x']));
    assert.deepEqual(await client.bf.info('b'), { ...known, expansionRate: null, aNewOne: 'x' });
    expect('BF.INFO no', error('ERR not found'));
    await assert.rejects(client.bf.info('no'), ResponseError);
  },

  'info: one field': async ({ client, expect, int }) => {
    expect('BF.INFO b capacity', 100);
    expect('BF.INFO b items', either([7], map(['Number of items inserted', 7])));
    assert.deepEqual([await client.bf.info('b', 'capacity'), await client.bf.info('b', 'items')], [int(100), int(7)]);
    expect('BF.INFO b expansion', null);
    expect('BF.INFO b expansion', [2]);
    assert.deepEqual([await client.bf.info('b', 'expansion'), await client.bf.info('b', 'expansion')], [null, int(2)]);
    expect('BF.INFO b error', double('0.01'));
    expect('BF.INFO b tightening', '0.5');
    assert.deepEqual([await client.bf.info('b', 'error'), await client.bf.info('b', 'tightening')], [0.01, 0.5]);
  },

  'scandump, loadchunk, load: bytes': async ({ client, expect }) => {
    expect('BF.SCANDUMP b 0', [1, BYTES]);
    const part = await client.bf.scandump('b', 0);
    assert.deepEqual(part, { iterator: 1, chunk: BYTES });
    expect(['BF.LOADCHUNK', 'c', '1', BYTES], OK);
    assert.equal(await client.bf.loadchunk('c', part.iterator, BYTES), 'OK');
    for (const end of [null, '']) {
      expect('BF.SCANDUMP b 1', [0, end]);
      assert.deepEqual(await client.bf.scandump('b', 1), { iterator: 0, chunk: null });
    }
    expect(['BF.LOAD', 'd', BYTES], OK);
    assert.equal(await client.bf.load('d', BYTES), 'OK');
  },
});
