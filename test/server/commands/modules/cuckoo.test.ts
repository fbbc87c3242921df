import assert from 'node:assert/strict';
import { ResponseError } from '../../../../src/errors.ts';
import { refuses } from '../harness.ts';
import { everyModuleWay } from './harness.ts';
import { boolean, error, map, OK } from './resp.ts';

const BYTES = Buffer.from([0, 0xff, 0x0d, 0x0a, 0xe4]);

everyModuleWay('cf', {
  'reserve, add, addnx, exists, mexists, count, del': async ({ client, expect, int }) => {
    expect('CF.RESERVE c 1000', OK);
    assert.equal(await client.cf.reserve('c', 1000), 'OK');
    expect('CF.RESERVE c 1000 BUCKETSIZE 4 MAXITERATIONS 20 EXPANSION 0', OK);
    assert.equal(await client.cf.reserve('c', 1000, { bucketsize: 4, maxiterations: 20, expansion: 0 }), 'OK');
    expect('CF.ADD c foo', 1);
    expect('CF.ADDNX c foo', boolean(false));
    assert.deepEqual([await client.cf.add('c', 'foo'), await client.cf.addnx('c', 'foo')], [true, false]);
    expect('CF.EXISTS c foo', boolean(true));
    expect('CF.MEXISTS c foo noexist', [1, 0]);
    assert.equal(await client.cf.exists('c', 'foo'), true);
    assert.deepEqual(await client.cf.mexists('c', ['foo', 'noexist']), [true, false]);
    expect('CF.COUNT c foo', 2);
    assert.deepEqual(await client.cf.count('c', 'foo'), int(2));
    expect('CF.DEL c foo', 1);
    expect('CF.DEL c foo', 0);
    assert.deepEqual([await client.cf.del('c', 'foo'), await client.cf.del('c', 'foo')], [true, false]);
    expect('CF.ADD c foo', error('ERR Filter is full'));
    await assert.rejects(client.cf.add('c', 'foo'), ResponseError);
    refuses(() => client.cf.mexists('c', []), /CF.MEXISTS needs at least one item/);
  },

  'insert, insertnx': async ({ client, expect }) => {
    expect('CF.INSERT c ITEMS foo', [1]);
    assert.deepEqual(await client.cf.insert('c', 'foo'), [true]);
    const options = { capacity: 100, bucketsize: 4, maxiterations: 20, nocreate: true };
    expect('CF.INSERT c CAPACITY 100 BUCKETSIZE 4 MAXITERATIONS 20 NOCREATE ITEMS foo bar', [boolean(true), 1]);
    assert.deepEqual(await client.cf.insert('c', ['foo', 'bar'], options), [true, true]);
    expect('CF.INSERTNX c CAPACITY 100 BUCKETSIZE 4 MAXITERATIONS 20 NOCREATE ITEMS foo bar', [0, 1]);
    assert.deepEqual(await client.cf.insertnx('c', ['foo', 'bar'], options), [false, true]);
    refuses(() => client.cf.insert('c', []), /CF.INSERT needs at least one item/);
    refuses(() => client.cf.insertnx('c', 'a', 'NOCREATE' as never), /options as an object/);
  },

  'a full filter': async ({ client, expect }) => {
    expect('CF.INSERT c ITEMS a b c', [1, -1, error('ERR Maximum expansions reached')]);
    const [first, second, third] = await client.cf.insert('c', ['a', 'b', 'c']);
    assert.equal(first, true);
    assert.ok(second instanceof ResponseError && third instanceof ResponseError);
    assert.match(second.message, /full/);
    assert.match(third.message, /expansions/);
  },

  info: async ({ client, expect, int }) => {
    expect(
      'CF.INFO c',
      map(
        ['Size', 1080],
        ['Number of buckets', 512],
        ['Number of filters', 1],
        ['Number of items inserted', 0],
        ['Number of items deleted', 0],
        ['Bucket size', 2],
        ['Expansion rate', 1],
        ['Max iterations', 20],
      ),
    );
    assert.deepEqual(await client.cf.info('c'), {
      size: int(1080),
      numberOfBuckets: int(512),
      numberOfFilters: int(1),
      numberOfItemsInserted: int(0),
      numberOfItemsDeleted: int(0),
      bucketSize: int(2),
      expansionRate: int(1),
      maxIterations: int(20),
    });
  },

  'scandump, loadchunk, load: bytes': async ({ client, expect }) => {
    expect('CF.SCANDUMP c 0', [1, BYTES]);
    assert.deepEqual(await client.cf.scandump('c', 0), { iterator: 1, chunk: BYTES });
    expect('CF.SCANDUMP c 1', [0, null]);
    assert.deepEqual(await client.cf.scandump('c', 1), { iterator: 0, chunk: null });
    expect(['CF.LOADCHUNK', 'd', '1', BYTES], OK);
    assert.equal(await client.cf.loadchunk('d', 1, BYTES), 'OK');
    expect(['CF.LOAD', 'e', BYTES], OK);
    assert.equal(await client.cf.load('e', BYTES), 'OK');
  },
});
