import assert from 'node:assert/strict';
import { everyWay, refuses, sorted } from './harness.ts';

await everyWay('set', {
  'sadd, srem, scard, smembers, sismember, smismember': async ({ client, int, texts }) => {
    assert.deepEqual(await client.sadd('s', 'a'), int(1));
    assert.deepEqual(await client.sadd('s', ['a', 'b', 3, Buffer.from('d')]), int(3));
    assert.deepEqual(await client.scard('s'), int(4));
    assert.deepEqual(sorted(await client.smembers('s')), texts('3', 'a', 'b', 'd'));
    assert.deepEqual(await client.smembers('nothing'), []);
    assert.equal(await client.sismember('s', 'a'), true);
    assert.equal(await client.sismember('s', 'z'), false);
    assert.deepEqual(await client.smismember('s', ['a', 'z', 3]), [true, false, true]);
    assert.deepEqual(await client.smismember('s', 'z'), [false]);
    assert.deepEqual(await client.srem('s', 'a'), int(1));
    assert.deepEqual(await client.srem('s', ['a', 'b', 3]), int(2));
    for (const call of ['sadd', 'srem', 'smismember'] as const) {
      refuses(() => client[call]('s', []), /needs at least one member/);
    }
  },

  'sdiff, sinter, sunion and what stores them': async ({ client, int, texts }) => {
    await client.sadd('a', [1, 2, 3]);
    await client.sadd('b', [2, 3, 4]);
    assert.deepEqual(await client.sdiff(['a', 'b']), texts('1'));
    assert.deepEqual(sorted(await client.sinter(['a', 'b'])), texts('2', '3'));
    assert.deepEqual(sorted(await client.sunion(['a', 'b'])), texts('1', '2', '3', '4'));
    assert.deepEqual(sorted(await client.sunion('a')), texts('1', '2', '3'));
    assert.deepEqual(await client.sdiffstore('out', ['a', 'b']), int(1));
    assert.deepEqual(await client.sinterstore('out', ['a', 'b']), int(2));
    assert.deepEqual(await client.sunionstore('out', ['a', 'b']), int(4));
    assert.deepEqual(await client.sunionstore('out', 'a'), int(3));
    assert.deepEqual(await client.sintercard('a'), int(3));
    assert.deepEqual(await client.sintercard(['a', 'b'], { limit: 0 }), int(2));
    assert.deepEqual(await client.sintercard(['a', 'b'], { limit: 1 }), int(1));
    for (const call of ['sdiff', 'sinter', 'sunion', 'sintercard'] as const) {
      refuses(() => client[call]([]), /needs at least one key/);
    }
    for (const call of ['sdiffstore', 'sinterstore', 'sunionstore'] as const) {
      refuses(() => client[call]('out', []), /needs at least one key/);
    }
  },

  smove: async ({ client }) => {
    await client.sadd('a', 1);
    assert.equal(await client.smove('a', 'b', 1), true);
    assert.equal(await client.smove('a', 'b', 1), false);
  },

  'spop and srandmember': async ({ client, text, texts }) => {
    assert.equal(await client.spop('s'), null);
    assert.deepEqual(await client.spop('s', 2), []);
    assert.equal(await client.srandmember('s'), null);
    assert.deepEqual(await client.srandmember('s', 2), []);
    await client.sadd('s', 'a');
    assert.deepEqual(await client.srandmember('s'), text('a'));
    assert.deepEqual(await client.srandmember('s', -2), texts('a', 'a'));
    assert.deepEqual(await client.spop('s'), text('a'));
    await client.sadd('s', ['a', 'b']);
    assert.deepEqual(sorted(await client.spop('s', 5)), texts('a', 'b'));
  },

  sscan: async ({ client, texts }) => {
    await client.sadd('s', ['a', 'b', 'c']);
    const page = await client.sscan('s', '0');
    assert.equal(page.cursor, '0');
    assert.deepEqual(sorted(page.members), texts('a', 'b', 'c'));
    const some = await client.sscan('s', 0, { match: '[ab]', count: 100 });
    assert.deepEqual(sorted(some.members), texts('a', 'b'));
    assert.deepEqual(await client.sscan('nothing', '0'), { cursor: '0', members: [] });
  },
});
