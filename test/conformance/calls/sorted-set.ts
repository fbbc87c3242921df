import { given, joined, LIMIT, type Call, type Readers, type Words } from '../words.ts';

const blocking =
  (method: string) =>
  (words: Words): Call => [method, words.take(words.left - 1), words.next()];

const combination =
  (method: string) =>
  (words: Words): Call => {
    const destination = method.endsWith('store') ? [words.next()] : [];
    const keys = words.counted();
    const options = words.options({
      WEIGHTS: (words) => words.take(keys.length),
      AGGREGATE: (words) => words.literal('SUM', 'MIN', 'MAX'),
      WITHSCORES: 0,
    });
    return [method, ...destination, keys, ...given(options)];
  };

const range =
  (method: string, places: number) =>
  (words: Words): Call => {
    const args = words.take(places);
    const { byscore, bylex, ...options } = words.options({ ...LIMIT, BYSCORE: 0, BYLEX: 0, REV: 0, WITHSCORES: 0 });
    const by = byscore === true ? 'score' : bylex === true ? 'lex' : undefined;
    return [method, ...args, ...given({ by, ...options })];
  };

function end(words: Words): string {
  return words.literal('MIN', 'MAX');
}

const SCORES = { WITHSCORES: 0 } as const;

export const sortedSet: Readers = {
  BZMPOP: (words) => ['bzmpop', words.next(), words.counted(), end(words), ...given(words.options({ COUNT: 1 }))],
  BZPOPMAX: blocking('bzpopmax'),
  BZPOPMIN: blocking('bzpopmin'),
  ZADD: (words) => {
    const key = words.next();
    const options = words.options({ NX: 0, XX: 0, GT: 0, LT: 0, CH: 0, INCR: 0 });
    const groups = { condition: ['nx', 'xx'], comparison: ['gt', 'lt'] };
    return ['zadd', key, words.pairs(), ...given(joined(options, groups))];
  },
  ZCARD: (words) => ['zcard', words.next()],
  ZCOUNT: (words) => ['zcount', ...words.take(3)],
  ZDIFF: (words) => ['zdiff', words.counted(), ...given(words.options(SCORES))],
  ZDIFFSTORE: (words) => ['zdiffstore', words.next(), words.counted()],
  ZINCRBY: (words) => ['zincrby', ...words.take(3)],
  ZINTER: combination('zinter'),
  ZINTERCARD: (words) => ['zintercard', words.counted(), ...given(words.options({ LIMIT: 1 }))],
  ZINTERSTORE: combination('zinterstore'),
  ZLEXCOUNT: (words) => ['zlexcount', ...words.take(3)],
  ZMPOP: (words) => ['zmpop', words.counted(), end(words), ...given(words.options({ COUNT: 1 }))],
  ZMSCORE: (words) => ['zmscore', words.next(), words.take()],
  ZPOPMAX: (words) => ['zpopmax', ...words.take()],
  ZPOPMIN: (words) => ['zpopmin', ...words.take()],
  ZRANDMEMBER: (words) => [
    'zrandmember',
    ...words.take(Math.min(words.left, 2)),
    ...given(words.options({ WITHSCORES: 0 })),
  ],
  ZRANGE: range('zrange', 3),
  ZRANGEBYLEX: (words) => ['zrangebylex', ...words.take(3), ...given(words.options(LIMIT))],
  ZRANGEBYSCORE: (words) => ['zrangebyscore', ...words.take(3), ...given(words.options({ ...LIMIT, ...SCORES }))],
  ZRANGESTORE: range('zrangestore', 4),
  ZRANK: (words) => ['zrank', ...words.take(2), ...given(words.options({ WITHSCORE: 0 }))],
  ZREM: (words) => ['zrem', words.next(), words.take()],
  ZREMRANGEBYLEX: (words) => ['zremrangebylex', ...words.take(3)],
  ZREMRANGEBYRANK: (words) => ['zremrangebyrank', ...words.take(3)],
  ZREMRANGEBYSCORE: (words) => ['zremrangebyscore', ...words.take(3)],
  ZREVRANGE: (words) => ['zrevrange', ...words.take(3), ...given(words.options(SCORES))],
  ZREVRANGEBYLEX: (words) => ['zrevrangebylex', ...words.take(3), ...given(words.options(LIMIT))],
  ZREVRANGEBYSCORE: (words) => ['zrevrangebyscore', ...words.take(3), ...given(words.options({ ...LIMIT, ...SCORES }))],
  ZREVRANK: (words) => ['zrevrank', ...words.take(2), ...given(words.options({ WITHSCORE: 0 }))],
  ZSCAN: (words) => ['zscan', ...words.take(2), ...given(words.options({ MATCH: 1, COUNT: 1, NOSCORES: 0 }))],
  ZSCORE: (words) => ['zscore', ...words.take(2)],
  ZUNION: combination('zunion'),
  ZUNIONSTORE: combination('zunionstore'),
};
