import { given, type Readers } from '../words.ts';

export const set: Readers = {
  SADD: (words) => ['sadd', words.next(), words.take()],
  SCARD: (words) => ['scard', words.next()],
  SDIFF: (words) => ['sdiff', words.take()],
  SDIFFSTORE: (words) => ['sdiffstore', words.next(), words.take()],
  SINTER: (words) => ['sinter', words.take()],
  SINTERCARD: (words) => ['sintercard', words.counted(), ...given(words.options({ LIMIT: 1 }))],
  SINTERSTORE: (words) => ['sinterstore', words.next(), words.take()],
  SISMEMBER: (words) => ['sismember', ...words.take(2)],
  SMEMBERS: (words) => ['smembers', words.next()],
  SMISMEMBER: (words) => ['smismember', words.next(), words.take()],
  SMOVE: (words) => ['smove', ...words.take(3)],
  SPOP: (words) => ['spop', ...words.take()],
  SRANDMEMBER: (words) => ['srandmember', ...words.take()],
  SREM: (words) => ['srem', words.next(), words.take()],
  SSCAN: (words) => ['sscan', ...words.take(2), ...given(words.options({ MATCH: 1, COUNT: 1 }))],
  SUNION: (words) => ['sunion', words.take()],
  SUNIONSTORE: (words) => ['sunionstore', words.next(), words.take()],
};
