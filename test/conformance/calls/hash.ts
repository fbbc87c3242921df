import { given, joined, LIFETIME, type Call, type Readers, type Words } from '../words.ts';

/** `FIELDS n f ...` */
function fields(words: Words): unknown[] {
  return words.has('FIELDS') ? words.counted() : [];
}

const expire =
  (method: string) =>
  (words: Words): Call => {
    const [key, time] = words.take(2);
    const condition = words.oneOf('NX', 'XX', 'GT', 'LT');
    return [method, key, time, fields(words), ...given({ condition })];
  };

const ofFields =
  (method: string) =>
  (words: Words): Call => [method, words.next(), fields(words)];

export const hash: Readers = {
  HDEL: (words) => ['hdel', words.next(), words.take()],
  HEXISTS: (words) => ['hexists', ...words.take(2)],
  HEXPIRE: expire('hexpire'),
  HEXPIREAT: expire('hexpireat'),
  HEXPIRETIME: ofFields('hexpiretime'),
  HGET: (words) => ['hget', ...words.take(2)],
  HGETALL: (words) => ['hgetall', words.next()],
  HGETDEL: ofFields('hgetdel'),
  HGETEX: (words) => {
    const key = words.next();
    const options = words.options(LIFETIME);
    return ['hgetex', key, fields(words), ...given(options)];
  },
  HINCRBY: (words) => ['hincrby', ...words.take(3)],
  HINCRBYFLOAT: (words) => ['hincrbyfloat', ...words.take(3)],
  HKEYS: (words) => ['hkeys', words.next()],
  HLEN: (words) => ['hlen', words.next()],
  HMGET: (words) => ['hmget', words.next(), words.take()],
  HMSET: (words) => ['hmset', words.next(), words.pairs()],
  HPERSIST: ofFields('hpersist'),
  HPEXPIRE: expire('hpexpire'),
  HPEXPIREAT: expire('hpexpireat'),
  HPEXPIRETIME: ofFields('hpexpiretime'),
  HPTTL: ofFields('hpttl'),
  HRANDFIELD: (words) => {
    const [key, ...count] = words.take(Math.min(words.left, 2));
    return ['hrandfield', key, ...count, ...given(words.options({ WITHVALUES: 0 }))];
  },
  HSCAN: (words) => ['hscan', ...words.take(2), ...given(words.options({ MATCH: 1, COUNT: 1, NOVALUES: 0 }))],
  HSET: (words) => ['hset', words.next(), words.pairs()],
  HSETEX: (words) => {
    const key = words.next();
    const options = words.options({ ...LIFETIME, NX: 0, XX: 0, FNX: 0, FXX: 0 });
    words.has('FIELDS');
    const values = words.pairs(Number(words.text()));
    return [
      'hsetex',
      key,
      values,
      ...given(joined(options, { condition: ['nx', 'xx'], fieldCondition: ['fnx', 'fxx'] })),
    ];
  },
  HSETNX: (words) => ['hsetnx', ...words.take(3)],
  HSTRLEN: (words) => ['hstrlen', ...words.take(2)],
  HTTL: ofFields('httl'),
  HVALS: (words) => ['hvals', words.next()],
};
