import type { Samples } from './samples.ts';

const limit = { offset: 1, count: 2 };

export const sortedSet: Samples = {
  bzmpop: [
    [1, 'k', 'min'],
    [0.5, ['k', Buffer.of(0xff)], 'max', { count: 3 }],
  ],
  bzpopmax: [
    ['k', 1],
    [['k', 'other'], 0.5],
  ],
  bzpopmin: [
    ['k', 1],
    [['k', 'other'], 0.5],
  ],
  zadd: [
    ['k', { a: 1, b: '+inf' }],
    [
      'k',
      [
        [1.5, 'a'],
        [2n, Buffer.of(0xff)],
      ],
      { condition: 'nx', ch: true },
    ],
    [
      'k',
      new Map<unknown, unknown>([
        ['a', 1],
        ['b', 2],
      ]),
      { condition: 'xx', comparison: 'gt', ch: true },
    ],
    ['k', { a: 1 }, { comparison: 'lt', incr: true }],
    ['k', { a: 1 }, { condition: 'nx', ch: true, incr: true }],
  ],
  zcard: [['k']],
  zcount: [['k', '(1', Infinity]],
  zdiff: [['k'], [['k', 'other'], { withscores: true }]],
  zdiffstore: [['out', ['k', 'other']]],
  zincrby: [['k', 1.5, 'a']],
  zinter: [
    ['k'],
    [['k', 'other'], { weights: [1, 2.5], aggregate: 'sum', withscores: true }],
    [['k', 'other'], { aggregate: 'min' }],
    ['k', { aggregate: 'max', withscores: true }],
  ],
  zintercard: [['k'], [['k', 'other'], { limit: 5 }]],
  zinterstore: [
    ['out', 'k', { weights: 2, aggregate: 'min' }],
    ['out', ['k', 'other'], { weights: [1, '2'], aggregate: 'max' }],
    ['out', ['k', 'other'], { aggregate: 'sum' }],
  ],
  zlexcount: [['k', '[a', '+']],
  zmpop: [
    ['k', 'max'],
    [['k', 'other'], 'min', { count: 3 }],
  ],
  zmscore: [
    ['k', 'a'],
    ['k', ['a', 'b', Buffer.of(0xff)]],
  ],
  zpopmax: [['k'], ['k', 2]],
  zpopmin: [['k'], ['k', 2]],
  zrandmember: [['k'], ['k', -2], ['k', 2, { withscores: true }]],
  zrange: [
    ['k', 0, -1, { rev: true, withscores: true }],
    ['k', '+inf', '(1', { by: 'score', rev: true, limit, withscores: true }],
    ['k', '[a', '+', { by: 'lex', limit }],
  ],
  zrangebylex: [['k', '-', '(b', { limit }]],
  zrangebyscore: [['k', '-inf', '(5', { withscores: true, limit }]],
  zrangestore: [
    ['out', 'k', 0, -1],
    ['out', 'k', '+inf', 1, { by: 'score', rev: true, limit }],
    ['out', 'k', '-', '[b', { by: 'lex', limit }],
  ],
  zrank: [
    ['k', 'a'],
    ['k', 'a', { withscore: true }],
  ],
  zrem: [
    ['k', 'a'],
    ['k', ['a', 'b', 3]],
  ],
  zremrangebylex: [['k', '[a', '(c']],
  zremrangebyrank: [['k', 0, -2]],
  zremrangebyscore: [['k', 1, '(3']],
  zrevrange: [['k', 0, -1, { withscores: true }]],
  zrevrangebylex: [['k', '+', '[a', { limit }]],
  zrevrangebyscore: [['k', '+inf', 1, { withscores: true, limit }]],
  zrevrank: [
    ['k', 'a'],
    ['k', 'a', { withscore: true }],
  ],
  zscan: [
    ['k', '0', { match: 'a*', count: 10 }],
    ['k', '17', { match: 'a*', count: 10, noscores: true }],
  ],
  zscore: [['k', 'a']],
  zunion: [
    ['k'],
    [['k', 'other'], { weights: [1, 2], aggregate: 'max', withscores: true }],
    [['k', 'other'], { aggregate: 'min' }],
    ['k', { aggregate: 'sum', withscores: true }],
  ],
  zunionstore: [
    ['out', 'k'],
    ['out', ['k', 'other'], { weights: [1, -2], aggregate: 'sum' }],
    ['out', ['k', 'other'], { aggregate: 'min' }],
    ['out', 'k', { aggregate: 'max' }],
  ],
};
