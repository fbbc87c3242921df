import assert from 'node:assert/strict';
import { Valkey } from '../../../src/client/valkey.ts';
import type { MemberScores, ZaddOptions, ZrangeOptions, ZrangestoreOptions } from '../../../src/commands/index.ts';
import { type Way, everyWay, refuses, sorted } from './harness.ts';

/** Members and their scores as a way gives them, in order. */
function scored({ text }: Pick<Way, 'text'>, members: Readonly<Record<string, number>>): unknown[] {
  return Object.entries(members).map(([member, score]) => ({ member: text(member), score }));
}

await everyWay('sorted set', {
  'zadd: objects, pairs and maps': async (way) => {
    const { client, int } = way;
    assert.deepEqual(await client.zadd('z', { a: 1, b: 2n, c: '3e0' }), int(3));
    assert.deepEqual(await client.zadd('z', { a: 1.5, d: '+inf' }), int(1));
    assert.deepEqual(
      await client.zadd('z', [
        [-Infinity, 'e'],
        ['0.25', Buffer.from('f')],
        [7, 8],
      ]),
      int(3),
    );
    const texts = new Map([
      ['g', '10'],
      ['h', '11'],
    ]);
    assert.deepEqual(await client.zadd('z', texts), int(2));
    assert.deepEqual(await client.zadd('z', new Map([[Buffer.from('i'), 12n]])), int(1));
    assert.deepEqual(await client.zadd('z', new Map([[9, 13]])), int(1));
    assert.deepEqual(await client.zrange('z', 0, -1, { withscores: true }), [
      ...scored(way, { e: -Infinity, f: 0.25, a: 1.5, b: 2, c: 3 }),
      ...scored(way, { 8: 7 }),
      ...scored(way, { g: 10, h: 11, i: 12 }),
      ...scored(way, { 9: 13 }),
      ...scored(way, { d: Infinity }),
    ]);
    await assert.rejects(async () => client.zadd('z', { a: 'much' }), /not a valid float/);
    await assert.rejects(async () => client.zadd('z', { a: 'nan' }), /not a valid float/);
    await client.set('s', 1);
    await assert.rejects(async () => client.zadd('s', { a: 1 }), { name: 'ResponseError', message: /WRONGTYPE/ });
  },

  'zadd: what it does not take': async ({ client }) => {
    for (const empty of [{}, [], new Map()] as MemberScores[]) {
      refuses(() => client.zadd('z', empty), /ZADD needs at least one member/);
    }
    for (const wrong of ['a', 1, null, undefined, Buffer.from('a')]) {
      refuses(() => client.zadd('z', wrong as never), /ZADD needs an object, pairs or a Map of members and scores/);
    }
    for (const wrong of [[['a']], [[1, 'a', 2]], ['a'], [null]]) {
      refuses(() => client.zadd('z', wrong as never), /ZADD needs pairs of a score and its member/);
    }
    refuses(() => client.zadd('z', { a: null } as never), /argument 2 is null/);
    refuses(() => client.zadd('z', { a: NaN }), /argument 2 is NaN/);
    refuses(() => client.zadd('z', [[1, undefined]] as never), /argument 3 is undefined/);
    refuses(() => client.zadd('z', { a: 1 }, { condition: 'nx', comparison: 'gt' } as never), /no comparison with nx/);
    refuses(() => client.zadd('z', { a: 1, b: 2 }, { incr: true }), /only one member with incr/);
    refuses(() => client.zadd('z', { a: 1 }, { condition: null } as never), /argument 2 is null/);
    refuses(() => client.zadd('z', { a: 1 }, { comparison: {} } as never), /argument 2 is an object/);
    assert.equal(await client.exists('z').then(Number), 0);
  },

  'zadd: conditions, comparisons, ch': async (way) => {
    const { client, int } = way;
    const add = (members: MemberScores, options?: ZaddOptions): Promise<unknown> => client.zadd('z', members, options);
    await add({ a: 5, b: 5 });
    assert.deepEqual(await add({ a: 9, c: 1 }, { condition: 'nx' }), int(1));
    assert.deepEqual(await add({ a: 6, d: 1 }, { condition: 'xx' }), int(0));
    assert.deepEqual(await add({ a: 7, d: 1 }, { condition: 'xx', ch: true }), int(1));
    assert.deepEqual(await add({ a: 6, b: 6 }, { comparison: 'gt', ch: true }), int(1));
    assert.deepEqual(await add({ a: 6, b: 7, e: 0 }, { comparison: 'lt', ch: true }), int(2));
    assert.deepEqual(await add({ a: 8, f: 1 }, { condition: 'xx', comparison: 'gt', ch: true }), int(1));
    assert.deepEqual(await add({ a: 9, f: 1 }, { condition: 'xx', comparison: 'lt', ch: true }), int(0));
    assert.deepEqual(await add({ a: 8 }, { ch: false, incr: false }), int(0));
    assert.deepEqual(await client.zrange('z', 0, -1, { withscores: true }), scored(way, { e: 0, c: 1, b: 6, a: 8 }));
  },

  'zadd with incr, zincrby': async ({ client }) => {
    assert.equal(await client.zadd('z', { a: 1.5 }, { incr: true }), 1.5);
    assert.equal(await client.zadd('z', [['2', 'a']], { incr: true, ch: true }), 3.5);
    assert.equal(await client.zadd('z', { a: 1 }, { incr: true, condition: 'nx' }), null);
    assert.equal(await client.zadd('z', { b: 1 }, { incr: true, condition: 'xx' }), null);
    assert.equal(await client.zadd('z', { a: -1 }, { incr: true, comparison: 'gt' }), null);
    assert.equal(await client.zadd('z', { a: -1 }, { incr: true, comparison: 'lt' }), 2.5);
    assert.equal(await client.zincrby('z', 1n, 'a'), 3.5);
    assert.equal(await client.zincrby('z', '-1e1', Buffer.from('a')), -6.5);
    assert.equal(await client.zincrby('z', 0.1, 7), 0.1);
    assert.equal(await client.zincrby('z', Infinity, 'a'), Infinity);
    await assert.rejects(async () => client.zincrby('z', -Infinity, 'a'), /not a number/);
    assert.equal(await client.zadd('z', { low: '-inf' }, { incr: true }), -Infinity);
  },

  'scores of every kind, exactly': async ({ client, text }) => {
    const scores = [
      -Infinity,
      -1.7976931348623157e308,
      -9007199254740991,
      -123456789.125,
      -1,
      -0.1,
      5e-324,
      1e-7,
      0.30000000000000004,
      1,
      1.5,
      99999999999.25,
      9007199254740992,
      123456789012345680000,
      1e300,
      Infinity,
    ];
    await client.zadd(
      'z',
      scores.map((score, i) => [score, `m${i}`]),
    );
    const expected = scores.map((score, i) => ({ member: text(`m${i}`), score }));
    assert.deepEqual(await client.zrange('z', 0, -1, { withscores: true }), expected);
    assert.deepEqual(await client.zmscore('z', ['m0', 'm8', 'm15']), [-Infinity, 0.30000000000000004, Infinity]);
    assert.equal(await client.zscore('z', 'm6'), 5e-324);
    assert.deepEqual((await client.zscan('z', 0)).members, expected);
    assert.deepEqual(await client.zpopmin('z', 100), expected);
  },

  'members of any bytes': async ({ client }) => {
    const bytes = client.withOptions({ encoding: 'buffer' });
    const latin1 = client.withOptions({ encoding: 'latin1' });
    const member = Buffer.of(0xff, 0, 13, 10);
    await client.zadd('z', [[1.5, member]]);
    await client.zadd('z', new Map([[member, 2.5]]));
    assert.deepEqual(await bytes.zrange('z', 0, -1, { withscores: true }), [{ member, score: 2.5 }]);
    assert.deepEqual(await latin1.zrange('z', 0, -1, { withscores: true }), [{ member: 'ÿ\0\r\n', score: 2.5 }]);
    assert.deepEqual(await latin1.zscan('z', '0'), { cursor: '0', members: [{ member: 'ÿ\0\r\n', score: 2.5 }] });
    assert.equal(await client.zscore('z', member), 2.5);
    assert.deepEqual(await bytes.zpopmax('z'), { member, score: 2.5 });
  },

  'zcard, zcount, zscore, zmscore, zrem': async ({ client, int, ints }) => {
    await client.zadd('z', { a: 1, b: 2, c: 3 });
    assert.deepEqual([await client.zcard('z'), await client.zcard('nothing')], ints(3, 0));
    assert.deepEqual(await client.zcount('z', -Infinity, Infinity), int(3));
    assert.deepEqual(await client.zcount('z', '(1', 3n), int(2));
    assert.deepEqual(await client.zcount('z', '-inf', '(1'), int(0));
    assert.deepEqual(await client.zcount('nothing', 0, 1), int(0));
    await assert.rejects(async () => client.zcount('z', 'x', 1), /not a float/);
    assert.equal(await client.zscore('z', 'b'), 2);
    assert.equal(await client.zscore('z', 'nothing'), null);
    assert.equal(await client.zscore('nothing', 'b'), null);
    assert.deepEqual(await client.zmscore('z', ['c', 'nothing', 'a']), [3, null, 1]);
    assert.deepEqual(await client.zmscore('z', 'b'), [2]);
    assert.deepEqual(await client.zmscore('nothing', ['a', 'b']), [null, null]);
    assert.deepEqual(await client.zrem('z', 'a'), int(1));
    assert.deepEqual(await client.zrem('z', ['a', 'b', Buffer.from('c')]), int(2));
    assert.deepEqual(await client.zrem('nothing', 'a'), int(0));
    assert.deepEqual(await client.exists('z'), int(0));
    refuses(() => client.zrem('z', []), /ZREM needs at least one member/);
    refuses(() => client.zmscore('z', []), /ZMSCORE needs at least one member/);
    refuses(() => client.zscore('z', null as never), /argument 2 is null/);
  },

  'zdiff, zdiffstore': async (way) => {
    const { client, int, texts } = way;
    await client.zadd('x', { a: 1, b: 2, c: 3 });
    await client.zadd('y', { b: 9 });
    assert.deepEqual(await client.zdiff(['x', 'y']), texts('a', 'c'));
    assert.deepEqual(await client.zdiff(['x', 'y'], { withscores: false }), texts('a', 'c'));
    assert.deepEqual(await client.zdiff(['x', 'y'], { withscores: true }), scored(way, { a: 1, c: 3 }));
    assert.deepEqual(await client.zdiff('x'), texts('a', 'b', 'c'));
    assert.deepEqual(await client.zdiff('nothing'), []);
    assert.deepEqual(await client.zdiff('nothing', { withscores: true }), []);
    assert.deepEqual(await client.zdiffstore('out', ['x', 'y']), int(2));
    assert.deepEqual(await client.zrange('out', 0, -1, { withscores: true }), scored(way, { a: 1, c: 3 }));
    assert.deepEqual(await client.zdiffstore('out', 'nothing'), int(0));
    assert.deepEqual(await client.exists('out'), int(0));
    refuses(() => client.zdiff([]), /ZDIFF needs at least one key/);
    refuses(() => client.zdiffstore('out', []), /ZDIFFSTORE needs at least one key/);
  },

  'zinter, zintercard, zinterstore': async (way) => {
    const { client, int, texts } = way;
    await client.zadd('x', { a: 1, b: 2, c: 3 });
    await client.zadd('y', { b: 10, c: 1 });
    const keys = ['x', 'y'];
    assert.deepEqual(await client.zinter(keys), texts('c', 'b'));
    assert.deepEqual(await client.zinter(keys, { aggregate: 'max' }), texts('c', 'b'));
    assert.deepEqual(await client.zinter(keys, { withscores: true }), scored(way, { c: 4, b: 12 }));
    for (const [aggregate, members] of [
      ['sum', { c: 4, b: 12 }],
      ['min', { c: 1, b: 2 }],
      ['max', { c: 3, b: 10 }],
    ] as const) {
      assert.deepEqual(await client.zinter(keys, { aggregate, withscores: true }), scored(way, members));
    }
    assert.deepEqual(
      await client.zinter(keys, { weights: [10, '0.5'], withscores: true }),
      scored(way, { b: 25, c: 30.5 }),
    );
    assert.deepEqual(await client.zinter('y', { weights: 2n, withscores: true }), scored(way, { c: 2, b: 20 }));
    assert.deepEqual(await client.zinter(['x', 'nothing']), []);
    assert.deepEqual(await client.zintercard(keys), int(2));
    assert.deepEqual(await client.zintercard(keys, { limit: 1 }), int(1));
    assert.deepEqual(await client.zintercard(keys, { limit: 0n }), int(2));
    assert.deepEqual(await client.zintercard('nothing'), int(0));
    assert.deepEqual(await client.zinterstore('out', keys), int(2));
    assert.deepEqual(await client.zinterstore('out', keys, { weights: [1, -Infinity], aggregate: 'min' }), int(2));
    assert.deepEqual(
      await client.zrange('out', 0, -1, { withscores: true }),
      scored(way, { b: -Infinity, c: -Infinity }),
    );
    await client.sadd('set', ['a', 'c']);
    assert.deepEqual(await client.zinterstore('out', ['x', 'set']), int(2));
    assert.deepEqual(await client.zmscore('out', ['a', 'c']), [2, 4]);
    refuses(() => client.zinter([]), /ZINTER needs at least one key/);
    refuses(() => client.zintercard([]), /ZINTERCARD needs at least one key/);
    refuses(() => client.zinterstore('out', []), /ZINTERSTORE needs at least one key/);
    refuses(() => client.zinter(keys, { weights: 1 }), /ZINTER needs as many weights as keys/);
    refuses(() => client.zinterstore('out', keys, { weights: [1, 2, 3] }), /ZINTERSTORE needs as many weights as keys/);
    refuses(() => client.zinter(keys, { weights: [] }), /ZINTER needs at least one weight/);
    refuses(() => client.zinter(keys, { aggregate: null } as never), /argument 5 is null/);
    refuses(() => client.zintercard(keys, { limit: null } as never), /argument 5 is null/);
  },

  'zunion, zunionstore': async (way) => {
    const { client, int, texts } = way;
    await client.zadd('x', { a: 1, b: 2 });
    await client.zadd('y', { b: 10, c: 5 });
    const keys = ['x', 'y'];
    assert.deepEqual(await client.zunion(keys), texts('a', 'c', 'b'));
    assert.deepEqual(await client.zunion(keys, { withscores: true }), scored(way, { a: 1, c: 5, b: 12 }));
    assert.deepEqual(
      await client.zunion(keys, { aggregate: 'min', withscores: true }),
      scored(way, { a: 1, b: 2, c: 5 }),
    );
    assert.deepEqual(
      await client.zunion(keys, { weights: [100, 1], aggregate: 'max', withscores: true }),
      scored(way, { c: 5, a: 100, b: 200 }),
    );
    assert.deepEqual(await client.zunion(keys, { weights: [0, 0], aggregate: 'sum' }), texts('a', 'b', 'c'));
    assert.deepEqual(await client.zunion('nothing'), []);
    assert.deepEqual(await client.zunionstore('out', keys, { weights: [1, '2'], aggregate: 'sum' }), int(3));
    assert.deepEqual(await client.zrange('out', 0, -1, { withscores: true }), scored(way, { a: 1, c: 10, b: 22 }));
    assert.deepEqual(await client.zunionstore('out', 'nothing'), int(0));
    assert.deepEqual(await client.exists('out'), int(0));
    refuses(() => client.zunion([]), /ZUNION needs at least one key/);
    refuses(() => client.zunionstore('out', []), /ZUNIONSTORE needs at least one key/);
    refuses(() => client.zunion(keys, { weights: [1] }), /ZUNION needs as many weights as keys/);
    refuses(() => client.zunionstore('out', 'x', { weights: [1, 2] }), /ZUNIONSTORE needs as many weights as keys/);
  },

  'zpopmin, zpopmax': async (way) => {
    const { client } = way;
    await client.zadd('z', { a: 1, b: 2.5, c: 3, d: 4, e: 5 });
    assert.deepEqual(await client.zpopmin('z'), scored(way, { a: 1 })[0]);
    assert.deepEqual(await client.zpopmax('z'), scored(way, { e: 5 })[0]);
    assert.deepEqual(await client.zpopmin('z', 1), scored(way, { b: 2.5 }));
    assert.deepEqual(await client.zpopmax('z', 1n), scored(way, { d: 4 }));
    assert.deepEqual(await client.zpopmin('z', 0), []);
    assert.deepEqual(await client.zpopmax('z', 5), scored(way, { c: 3 }));
    for (const call of ['zpopmin', 'zpopmax'] as const) {
      assert.equal(await client[call]('z'), null);
      assert.deepEqual(await client[call]('z', 2), []);
    }
    await assert.rejects(async () => client.zpopmin('z', -1), /must be positive/);
    refuses(() => client.zpopmin('z', null as never), /argument 2 is null/);
  },

  'zmpop, bzmpop': async (way) => {
    const { client, text } = way;
    await client.zadd('z', { a: 1, b: 2, c: 3, d: 4, e: 5.5, f: Infinity });
    const popped = (members: Readonly<Record<string, number>>): unknown => ({
      key: text('z'),
      members: scored(way, members),
    });
    assert.deepEqual(await client.zmpop('z', 'min'), popped({ a: 1 }));
    assert.deepEqual(await client.zmpop(['nothing', 'z'], 'max', { count: 2 }), popped({ f: Infinity, e: 5.5 }));
    assert.deepEqual(await client.bzmpop(1, 'z', 'max'), popped({ d: 4 }));
    assert.deepEqual(await client.bzmpop(0.5, ['nothing', 'z'], 'min', { count: 9n }), popped({ b: 2, c: 3 }));
    assert.equal(await client.zmpop('z', 'min'), null);
    assert.equal(await client.bzmpop(0.01, ['z', 'nothing'], 'min'), null);
    refuses(() => client.zmpop([], 'min'), /ZMPOP needs at least one key/);
    refuses(() => client.bzmpop(1, [], 'min'), /BZMPOP needs at least one key/);
    refuses(() => client.zmpop('z', undefined as never), /argument 3 is undefined/);
    refuses(() => client.zmpop('z', 'min', { count: null } as never), /argument 5 is null/);
  },

  'bzpopmin, bzpopmax': async ({ client, text }) => {
    await client.zadd('z', { a: 1, b: 2.5, c: Infinity });
    assert.deepEqual(await client.bzpopmin('z', 1), { key: text('z'), member: text('a'), score: 1 });
    assert.deepEqual(await client.bzpopmax(['nothing', 'z'], 0), {
      key: text('z'),
      member: text('c'),
      score: Infinity,
    });
    assert.deepEqual(await client.bzpopmin(['z', 'nothing'], 0.5), { key: text('z'), member: text('b'), score: 2.5 });
    assert.equal(await client.bzpopmin('z', 0.01), null);
    assert.equal(await client.bzpopmax(['z', 'nothing'], 0.01), null);
    refuses(() => client.bzpopmin([], 1), /BZPOPMIN needs at least one key/);
    refuses(() => client.bzpopmax([], 1), /BZPOPMAX needs at least one key/);
  },

  'those that wait are served, and hold up nobody': async ({ client, server, text }) => {
    await using other = new Valkey({ port: server.port });
    const waiting = [client.bzpopmin('p', 5), client.bzpopmax('q', 5), client.bzmpop(5, ['r', 's'], 'max')] as const;
    await client.ping();
    while (!String(await other.executeCommand('INFO', 'clients')).includes('blocked_clients:3')) await client.ping();
    await other.zadd('p', { a: 1 });
    await other.zadd('q', { a: 1, b: 2 });
    await other.zadd('s', { a: 1, b: 2 });
    assert.deepEqual(await Promise.all(waiting), [
      { key: text('p'), member: text('a'), score: 1 },
      { key: text('q'), member: text('b'), score: 2 },
      { key: text('s'), members: [{ member: text('b'), score: 2 }] },
    ]);
  },

  zrandmember: async (way) => {
    const { client, text, texts } = way;
    assert.equal(await client.zrandmember('nothing'), null);
    assert.deepEqual(await client.zrandmember('nothing', 2), []);
    assert.deepEqual(await client.zrandmember('nothing', 2, { withscores: true }), []);
    await client.zadd('z', { a: 1.5 });
    assert.deepEqual(await client.zrandmember('z'), text('a'));
    assert.deepEqual(await client.zrandmember('z', -2), texts('a', 'a'));
    assert.deepEqual(await client.zrandmember('z', 2n, { withscores: false }), texts('a'));
    assert.deepEqual(await client.zrandmember('z', 2, { withscores: true }), scored(way, { a: 1.5 }));
    assert.deepEqual(await client.zrandmember('z', -2, { withscores: true }), [
      ...scored(way, { a: 1.5 }),
      ...scored(way, { a: 1.5 }),
    ]);
    assert.deepEqual(await client.zrandmember('z', 0), []);
  },

  'zrange by rank': async (way) => {
    const { client, texts } = way;
    await client.zadd('z', { a: 1, b: 2, c: 3 });
    const range = (start: number, stop: number, options?: ZrangeOptions): Promise<unknown> =>
      client.zrange('z', start, stop, options);
    assert.deepEqual(await range(0, -1), texts('a', 'b', 'c'));
    assert.deepEqual(await range(0, 0), texts('a'));
    assert.deepEqual(await range(-2, -1), texts('b', 'c'));
    assert.deepEqual(await range(5, 9), []);
    assert.deepEqual(await range(0, 1, { rev: true }), texts('c', 'b'));
    assert.deepEqual(await range(0, 0, { rev: false, withscores: false }), texts('a'));
    assert.deepEqual(await range(0, 1, { withscores: true }), scored(way, { a: 1, b: 2 }));
    assert.deepEqual(await range(0, 0, { rev: true, withscores: true }), scored(way, { c: 3 }));
    assert.deepEqual(await client.zrange('z', 1n, '1'), texts('b'));
    assert.deepEqual(await client.zrange('nothing', 0, -1), []);
    assert.deepEqual(await client.zrange('nothing', 0, -1, { withscores: true }), []);
    await assert.rejects(async () => client.zrange('z', 'a', 'b'), /not an integer/);
  },

  'zrange by score and by member': async (way) => {
    const { client, texts } = way;
    await client.zadd('z', { a: 1, b: 2, c: 3, d: 4 });
    const byScore = { by: 'score' } as const;
    assert.deepEqual(await client.zrange('z', '(1', 3, byScore), texts('b', 'c'));
    assert.deepEqual(await client.zrange('z', -Infinity, Infinity, { ...byScore, withscores: true }), [
      ...scored(way, { a: 1, b: 2, c: 3, d: 4 }),
    ]);
    const limit = { offset: 1, count: 2 };
    assert.deepEqual(
      await client.zrange('z', '+inf', '-inf', { ...byScore, rev: true, limit, withscores: true }),
      scored(way, { c: 3, b: 2 }),
    );
    assert.deepEqual(
      await client.zrange('z', 0, 9, { ...byScore, limit: { offset: 1n, count: -1 } }),
      texts('b', 'c', 'd'),
    );
    assert.deepEqual(await client.zrange('z', 0, 9, { ...byScore, limit: { offset: 0, count: 0 } }), []);
    await client.zadd('names', { ada: 0, bob: 0, eve: 0, mia: 0 });
    assert.deepEqual(await client.zrange('names', '-', '+', { by: 'lex' }), texts('ada', 'bob', 'eve', 'mia'));
    assert.deepEqual(await client.zrange('names', '(ada', Buffer.from('[eve'), { by: 'lex' }), texts('bob', 'eve'));
    assert.deepEqual(await client.zrange('names', '+', '-', { by: 'lex', rev: true, limit }), texts('eve', 'bob'));
  },

  'zrange: what it does not take': async ({ client }) => {
    const limit = { offset: 0, count: 1 };
    const range = (options: unknown): unknown => client.zrange('z', 0, 1, options as ZrangeOptions);
    refuses(() => range({ limit }), /ZRANGE takes a limit only by score or lex/);
    refuses(() => range({ by: 'lex', withscores: true }), /ZRANGE gives no scores by lex/);
    refuses(() => range({ by: 'rank' }), /ZRANGE takes by: 'score' or 'lex'/);
    refuses(() => range({ by: null }), /ZRANGE takes by: 'score' or 'lex'/);
    refuses(() => range({ by: 'score', limit: null }), /ZRANGE takes limit as an object/);
    refuses(() => range({ by: 'score', limit: 5 }), /ZRANGE takes limit as an object/);
    refuses(() => range({ by: 'score', limit: { offset: 1 } }), /argument 7 is undefined/);
    refuses(() => range({ by: 'score', limit: { offset: null, count: 1 } }), /argument 6 is null/);
    refuses(() => client.zrangestore('d', 'z', 0, 1, { limit } as never), /ZRANGESTORE takes a limit only by score/);
    refuses(() => client.zrangebylex('z', '-', '+', { limit: null } as never), /ZRANGEBYLEX takes limit as an object/);
    refuses(
      () => client.zrevrangebyscore('z', 1, 0, { limit: 1 } as never),
      /ZREVRANGEBYSCORE takes limit as an object/,
    );
    refuses(() => range(null), /ZRANGE takes its options as an object/);
    refuses(() => range('lex'), /ZRANGE takes its options as an object/);
    refuses(() => client.zrange('z', undefined as never, 1), /argument 2 is undefined/);
    refuses(() => client.zrange('z', {} as never, 1), /argument 2 is an object/);
    assert.deepEqual(await client.zrange('z', 0, 1), []);
  },

  zrangestore: async (way) => {
    const { client, int } = way;
    await client.zadd('z', { a: 1, b: 2, c: 3, d: 4 });
    const store = async (
      min: string | number,
      max: string | number,
      options: ZrangestoreOptions | undefined,
      members: Readonly<Record<string, number>>,
    ): Promise<void> => {
      assert.deepEqual(await client.zrangestore('out', 'z', min, max, options), int(Object.keys(members).length));
      assert.deepEqual(await client.zrange('out', 0, -1, { withscores: true }), scored(way, members));
    };
    const limit = { offset: 1, count: 1 };
    await store(0, 1, undefined, { a: 1, b: 2 });
    await store(0, 1, { rev: true }, { c: 3, d: 4 });
    await store('(1', '+inf', { by: 'score' }, { b: 2, c: 3, d: 4 });
    await store('+inf', 0, { by: 'score', rev: true, limit }, { c: 3 });
    await store('[b', '(d', { by: 'lex' }, { b: 2, c: 3 });
    await store('+', '-', { by: 'lex', rev: true, limit }, { c: 3 });
    await store(7, 9, {}, {});
    assert.deepEqual(await client.exists('out'), int(0));
  },

  'zrangebyscore, zrevrangebyscore': async (way) => {
    const { client, texts } = way;
    await client.zadd('z', { a: 1, b: 2, c: 3 });
    const limit = { offset: 1, count: 1 };
    assert.deepEqual(await client.zrangebyscore('z', 2, Infinity), texts('b', 'c'));
    assert.deepEqual(await client.zrangebyscore('z', '-inf', '(3', { limit }), texts('b'));
    assert.deepEqual(await client.zrangebyscore('z', 0n, '1.5', { withscores: true }), scored(way, { a: 1 }));
    assert.deepEqual(await client.zrangebyscore('z', 0, 9, { withscores: true, limit }), scored(way, { b: 2 }));
    assert.deepEqual(await client.zrangebyscore('z', 0, 9, { withscores: false }), texts('a', 'b', 'c'));
    assert.deepEqual(await client.zrangebyscore('nothing', 0, 9), []);
    assert.deepEqual(await client.zrevrangebyscore('z', Infinity, 2), texts('c', 'b'));
    assert.deepEqual(await client.zrevrangebyscore('z', '(3', '-inf', { limit }), texts('a'));
    assert.deepEqual(await client.zrevrangebyscore('z', 1, 0, { withscores: true }), scored(way, { a: 1 }));
    assert.deepEqual(await client.zrevrangebyscore('z', 9, 0, { withscores: true, limit }), scored(way, { b: 2 }));
    assert.deepEqual(await client.zrevrangebyscore('nothing', 9, 0, { withscores: true }), []);
  },

  'zrangebylex, zrevrangebylex, zlexcount, zremrangebylex': async ({ client, int, texts }) => {
    await client.zadd('z', { a: 0, b: 0, c: 0, d: 0 });
    const limit = { offset: 1, count: 2 };
    assert.deepEqual(await client.zrangebylex('z', '-', '+'), texts('a', 'b', 'c', 'd'));
    assert.deepEqual(await client.zrangebylex('z', '(a', Buffer.from('[c')), texts('b', 'c'));
    assert.deepEqual(await client.zrangebylex('z', '-', '+', { limit }), texts('b', 'c'));
    assert.deepEqual(await client.zrangebylex('z', '-', '+', {}), texts('a', 'b', 'c', 'd'));
    assert.deepEqual(await client.zrangebylex('nothing', '-', '+'), []);
    assert.deepEqual(await client.zrevrangebylex('z', '+', '[c'), texts('d', 'c'));
    assert.deepEqual(await client.zrevrangebylex('z', '+', '-', { limit }), texts('c', 'b'));
    assert.deepEqual(await client.zlexcount('z', '[b', '+'), int(3));
    assert.deepEqual(await client.zlexcount('nothing', '-', '+'), int(0));
    assert.deepEqual(await client.zremrangebylex('z', Buffer.from('[b'), '(d'), int(2));
    assert.deepEqual(await client.zrange('z', 0, -1), texts('a', 'd'));
    await assert.rejects(async () => client.zrangebylex('z', 'a', 'b'), /not valid string range/);
  },

  'zrank, zrevrank': async ({ client, int, since }) => {
    await client.zadd('z', { a: 1.5, b: 2, c: Infinity });
    assert.deepEqual(await client.zrank('z', 'b'), int(1));
    assert.deepEqual(await client.zrank('z', Buffer.from('a'), { withscore: false }), int(0));
    assert.equal(await client.zrank('z', 'nothing'), null);
    assert.equal(await client.zrank('nothing', 'a'), null);
    assert.deepEqual(await client.zrevrank('z', 'c'), int(0));
    assert.deepEqual(await client.zrevrank('z', 'a', {}), int(2));
    assert.equal(await client.zrevrank('z', 'nothing'), null);
    await since('7.2', async () => {
      assert.deepEqual(await client.zrank('z', 'a', { withscore: true }), { rank: int(0), score: 1.5 });
      assert.deepEqual(await client.zrevrank('z', 'c', { withscore: true }), { rank: int(0), score: Infinity });
      assert.equal(await client.zrank('z', 'nothing', { withscore: true }), null);
      assert.equal(await client.zrevrank('nothing', 'a', { withscore: true }), null);
    });
  },

  'zrevrange, zremrangebyrank, zremrangebyscore': async (way) => {
    const { client, int, texts } = way;
    await client.zadd('z', { a: 1, b: 2, c: 3, d: 4, e: 5 });
    assert.deepEqual(await client.zrevrange('z', 0, 1), texts('e', 'd'));
    assert.deepEqual(await client.zrevrange('z', -2n, -1, { withscores: false }), texts('b', 'a'));
    assert.deepEqual(await client.zrevrange('z', 0, 0, { withscores: true }), scored(way, { e: 5 }));
    assert.deepEqual(await client.zrevrange('nothing', 0, -1), []);
    assert.deepEqual(await client.zremrangebyrank('z', 0, 0), int(1));
    assert.deepEqual(await client.zremrangebyrank('z', -1n, -1), int(1));
    assert.deepEqual(await client.zremrangebyrank('nothing', 0, -1), int(0));
    assert.deepEqual(await client.zremrangebyscore('z', '(2', 3), int(1));
    assert.deepEqual(await client.zremrangebyscore('nothing', 0, 1), int(0));
    assert.deepEqual(await client.zrange('z', 0, -1), texts('b', 'd'));
    assert.deepEqual(await client.zremrangebyscore('z', -Infinity, Infinity), int(2));
    assert.deepEqual(await client.exists('z'), int(0));
  },

  zscan: async (way) => {
    const { client, int, since, texts } = way;
    await client.zadd('z', { a: 1.5, b: 2, c: Infinity });
    assert.deepEqual(await client.zscan('z', '0'), {
      cursor: '0',
      members: scored(way, { a: 1.5, b: 2, c: Infinity }),
    });
    assert.deepEqual(await client.zscan('z', 0n, { match: '[ab]', count: 10, noscores: false }), {
      cursor: '0',
      members: scored(way, { a: 1.5, b: 2 }),
    });
    assert.deepEqual(await client.zscan('z', 0, { match: Buffer.from('nothing') }), { cursor: '0', members: [] });
    assert.deepEqual(await client.zscan('nothing', '0'), { cursor: '0', members: [] });
    await since('8.0', async () => {
      const page = await client.zscan('z', '0', { match: '*', count: 5n, noscores: true });
      assert.deepEqual(page, { cursor: '0', members: texts('a', 'b', 'c') });
    });
    const many = Array.from({ length: 500 }, (_, i): [number, string] => [i / 4, `m${i}`]);
    assert.deepEqual(await client.zadd('many', many), int(500));
    const found: string[] = [];
    let cursor = '0';
    do {
      const page = await client.zscan('many', cursor, { count: 50 });
      cursor = page.cursor;
      for (const { member, score } of page.members) found.push(`${score} ${String(member)}`);
    } while (cursor !== '0');
    assert.deepEqual(sorted([...new Set(found)]), sorted(many.map(([score, member]) => `${score} ${member}`)));
    refuses(() => client.zscan('z', '0', { match: null } as never), /argument 4 is null/);
  },

  'a range of 10,000 members': async ({ client, int, text }) => {
    const many = Array.from({ length: 10_000 }, (_, i): [number, string] => [i * 1.25 - 5000, `member:${i}`]);
    assert.deepEqual(await client.zadd('z', many), int(10_000));
    const all = await client.zrange('z', 0, -1, { withscores: true });
    assert.deepEqual(
      all,
      many.map(([score, member]) => ({ member: text(member), score })),
    );
  },
});
