import assert from 'node:assert/strict';
import { ResponseError } from '../../../../src/errors.ts';
import { refuses } from '../harness.ts';
import { everyModuleWay } from './harness.ts';
import { boolean, double, error, map, OK } from './resp.ts';

everyModuleWay('topk', {
  'reserve, info, load': async ({ client, expect, int }) => {
    expect('TOPK.RESERVE t 3', OK);
    assert.equal(await client.topk.reserve('t', 3), 'OK');
    expect('TOPK.RESERVE t 3 8 7 0.9 SEED 18446744073709551615', OK);
    const seed = 18446744073709551615n;
    assert.equal(await client.topk.reserve('t', 3, { width: 8, depth: 7, decay: 0.9, seed }), 'OK');
    expect('TOPK.INFO t', map(['k', 3], ['width', 8], ['depth', 7], ['decay', double('0.9')]));
    assert.deepEqual(await client.topk.info('t'), { k: int(3), width: int(8), depth: int(7), decay: 0.9 });
    expect(['TOPK.LOAD', 'u', Buffer.of(0xff, 0)], OK);
    assert.equal(await client.topk.load('u', Buffer.of(0xff, 0)), 'OK');
    refuses(() => client.topk.reserve('t', 3, { width: 8 } as never), /all of width, depth and decay, or none/);
  },

  'add, incrby': async ({ client, expect, text }) => {
    expect('TOPK.ADD t item', [null]);
    assert.deepEqual(await client.topk.add('t', 'item'), [null]);
    expect('TOPK.ADD t a b', [null, 'item']);
    assert.deepEqual(await client.topk.add('t', ['a', 'b']), [null, text('item')]);
    expect('TOPK.INCRBY t a 1 b 2', [null, 'a']);
    assert.deepEqual(await client.topk.incrby('t', { a: 1, b: 2 }), [null, text('a')]);
    expect('TOPK.ADD no a', error('TopK: key does not exist'));
    await assert.rejects(client.topk.add('no', 'a'), ResponseError);
    refuses(() => client.topk.add('t', []), /TOPK.ADD needs at least one item/);
    refuses(() => client.topk.incrby('t', {}), /TOPK.INCRBY needs at least one item/);
  },

  'query, count, list': async ({ client, expect, int, ints, text, texts }) => {
    expect('TOPK.QUERY t a none', [boolean(true), 0]);
    assert.deepEqual(await client.topk.query('t', ['a', 'none']), [true, false]);
    expect('TOPK.COUNT t a none', [4, 0]);
    assert.deepEqual(await client.topk.count('t', ['a', 'none']), ints(4, 0));
    expect('TOPK.LIST t', ['a', 'b']);
    assert.deepEqual(await client.topk.list('t'), texts('a', 'b'));
    expect('TOPK.LIST t', []);
    assert.deepEqual(await client.topk.list('t', { withcount: false }), []);
    expect('TOPK.LIST t WITHCOUNT', ['a', 4, 'b', 1]);
    assert.deepEqual(await client.topk.list('t', { withcount: true }), [
      { item: text('a'), count: int(4) },
      { item: text('b'), count: int(1) },
    ]);
  },
});
