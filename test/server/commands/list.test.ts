import assert from 'node:assert/strict';
import { ResponseError } from '../../../src/errors.ts';
import { everyWay, refuses } from './harness.ts';

await everyWay('list', {
  'lpush, rpush, lpushx, rpushx, llen, lrange': async ({ client, int, texts }) => {
    assert.deepEqual(await client.lpushx('l', 'a'), int(0));
    assert.deepEqual(await client.rpushx('l', ['a', 'b']), int(0));
    assert.deepEqual(await client.rpush('l', 'a'), int(1));
    assert.deepEqual(await client.rpush('l', ['b', 3, Buffer.from('d')]), int(4));
    assert.deepEqual(await client.lpush('l', ['y', 'x']), int(6));
    assert.deepEqual(await client.lpush('l', 'w'), int(7));
    assert.deepEqual(await client.lpushx('l', ['v']), int(8));
    assert.deepEqual(await client.rpushx('l', 'e'), int(9));
    assert.deepEqual(await client.llen('l'), int(9));
    assert.deepEqual(await client.lrange('l', 0, -1), texts('v', 'w', 'x', 'y', 'a', 'b', '3', 'd', 'e'));
    assert.deepEqual(await client.lrange('l', -2n, -1n), texts('d', 'e'));
    assert.deepEqual(await client.lrange('nothing', 0, -1), []);
    for (const call of ['lpush', 'rpush', 'lpushx', 'rpushx'] as const) {
      refuses(() => client[call]('l', []), /needs at least one element/);
    }
  },

  'lindex, linsert, lset, lrem, ltrim': async ({ client, int, text, texts }) => {
    await client.rpush('l', ['a', 'c', 'a']);
    assert.deepEqual(await client.lindex('l', 1), text('c'));
    assert.equal(await client.lindex('l', 9), null);
    assert.deepEqual(await client.linsert('l', 'before', 'c', 'b'), int(4));
    assert.deepEqual(await client.linsert('l', 'after', 'c', 'd'), int(5));
    assert.deepEqual(await client.linsert('l', 'after', 'nope', 'd'), int(-1));
    assert.deepEqual(await client.linsert('nothing', 'after', 'a', 'd'), int(0));
    assert.equal(await client.lset('l', 0, 'A'), 'OK');
    await assert.rejects(client.lset('l', 9, 'A'), ResponseError);
    assert.deepEqual(await client.lrem('l', 0, 'a'), int(1));
    assert.deepEqual(await client.lrange('l', 0, -1), texts('A', 'b', 'c', 'd'));
    assert.equal(await client.ltrim('l', 1, -2), 'OK');
    assert.deepEqual(await client.lrange('l', 0, -1), texts('b', 'c'));
  },

  'lpop and rpop': async ({ client, text, texts }) => {
    assert.equal(await client.lpop('l'), null);
    assert.equal(await client.rpop('l', 2), null);
    await client.rpush('l', ['a', 'b', 'c', 'd', 'e', 'f']);
    assert.deepEqual(await client.lpop('l'), text('a'));
    assert.deepEqual(await client.rpop('l'), text('f'));
    assert.deepEqual(await client.lpop('l', 2), texts('b', 'c'));
    assert.deepEqual(await client.rpop('l', 9), texts('e', 'd'));
  },

  'lpop with a count of 0': async ({ client }) => {
    await client.rpush('l', 'a');
    assert.deepEqual(await client.lpop('l', 0), []);
  },

  lpos: async ({ client, int, ints }) => {
    await client.rpush('l', ['a', 'b', 'a', 'a']);
    assert.deepEqual(await client.lpos('l', 'a'), int(0));
    assert.equal(await client.lpos('l', 'z'), null);
    assert.deepEqual(await client.lpos('l', 'a', { rank: -1 }), int(3));
    assert.deepEqual(await client.lpos('l', 'a', { rank: 2, count: 0 }), ints(2, 3));
    assert.deepEqual(await client.lpos('l', 'a', { count: 0, maxlen: 3 }), ints(0, 2));
    assert.deepEqual(await client.lpos('l', 'z', { count: 1 }), []);
  },

  'lmove and rpoplpush': async ({ client, text, texts }) => {
    assert.equal(await client.lmove('l', 'm', 'left', 'right'), null);
    assert.equal(await client.rpoplpush('l', 'm'), null);
    await client.rpush('l', ['a', 'b', 'c']);
    assert.deepEqual(await client.lmove('l', 'm', 'left', 'right'), text('a'));
    assert.deepEqual(await client.lmove('l', 'm', 'right', 'left'), text('c'));
    assert.deepEqual(await client.rpoplpush('l', 'm'), text('b'));
    assert.deepEqual(await client.lrange('m', 0, -1), texts('b', 'c', 'a'));
  },

  lmpop: async ({ client, text, texts }) => {
    assert.equal(await client.lmpop('l', 'left'), null);
    await client.rpush('l', ['a', 'b', 'c']);
    assert.deepEqual(await client.lmpop('l', 'left'), { key: text('l'), elements: texts('a') });
    assert.deepEqual(await client.lmpop(['nothing', 'l'], 'right', { count: 5 }), {
      key: text('l'),
      elements: texts('c', 'b'),
    });
    refuses(() => client.lmpop([], 'left'), /LMPOP needs at least one key/);
  },

  'blocking commands when there is something': async ({ client, text, texts }) => {
    await client.rpush('l', ['a', 'b', 'c', 'd', 'e', 'f']);
    assert.deepEqual(await client.blpop('l', 1), texts('l', 'a'));
    assert.deepEqual(await client.brpop(['nothing', 'l'], 0), texts('l', 'f'));
    assert.deepEqual(await client.blmove('l', 'm', 'left', 'right', 0.5), text('b'));
    assert.deepEqual(await client.brpoplpush('l', 'm', 1), text('e'));
    assert.deepEqual(await client.blmpop(1, ['nothing', 'l'], 'left', { count: 2 }), {
      key: text('l'),
      elements: texts('c', 'd'),
    });
    refuses(() => client.blpop([], 1), /BLPOP needs at least one key/);
    refuses(() => client.brpop([], 1), /BRPOP needs at least one key/);
    refuses(() => client.blmpop(1, [], 'left'), /BLMPOP needs at least one key/);
  },

  'blocking commands when there is nothing': async ({ client }) => {
    const answers = [
      client.blpop('l', 0.02),
      client.brpop(['l', 'm'], 0.02),
      client.blmove('l', 'm', 'left', 'right', 0.02),
      client.brpoplpush('l', 'm', 0.02),
      client.blmpop(0.02, 'l', 'right'),
    ];
    assert.deepEqual(await Promise.all(answers), [null, null, null, null, null]);
  },

  'blocking commands do not hold up others': async ({ client, text, texts }) => {
    const waiting = client.blpop('l', 0);
    assert.equal(await client.ping(), 'PONG');
    await client.rpush('l', 'late');
    assert.deepEqual(await waiting, texts('l', 'late'));
    assert.deepEqual(await client.echo('after'), text('after'));
  },
});
