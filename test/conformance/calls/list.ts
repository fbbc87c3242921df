import { given, type Call, type Readers, type Words } from '../words.ts';

const blocking =
  (method: string) =>
  (words: Words): Call => {
    const keys = words.take(words.left - 1);
    return [method, keys, words.next()];
  };

function end(words: Words): string {
  return words.literal('LEFT', 'RIGHT');
}

export const list: Readers = {
  BLMOVE: (words) => ['blmove', ...words.take(2), end(words), end(words), words.next()],
  BLMPOP: (words) => {
    const timeout = words.next();
    return ['blmpop', timeout, words.counted(), end(words), ...given(words.options({ COUNT: 1 }))];
  },
  BLPOP: blocking('blpop'),
  BRPOP: blocking('brpop'),
  BRPOPLPUSH: (words) => ['brpoplpush', ...words.take(3)],
  LINDEX: (words) => ['lindex', ...words.take(2)],
  LINSERT: (words) => ['linsert', words.next(), words.literal('BEFORE', 'AFTER'), ...words.take(2)],
  LLEN: (words) => ['llen', words.next()],
  LMOVE: (words) => ['lmove', ...words.take(2), end(words), end(words)],
  LMPOP: (words) => ['lmpop', words.counted(), end(words), ...given(words.options({ COUNT: 1 }))],
  LPOP: (words) => ['lpop', ...words.take()],
  LPOS: (words) => ['lpos', ...words.take(2), ...given(words.options({ RANK: 1, COUNT: 1, MAXLEN: 1 }))],
  LPUSH: (words) => ['lpush', words.next(), words.take()],
  LPUSHX: (words) => ['lpushx', words.next(), words.take()],
  LRANGE: (words) => ['lrange', ...words.take(3)],
  LREM: (words) => ['lrem', ...words.take(3)],
  LSET: (words) => ['lset', ...words.take(3)],
  LTRIM: (words) => ['ltrim', ...words.take(3)],
  RPOP: (words) => ['rpop', ...words.take()],
  RPOPLPUSH: (words) => ['rpoplpush', ...words.take(2)],
  RPUSH: (words) => ['rpush', words.next(), words.take()],
  RPUSHX: (words) => ['rpushx', words.next(), words.take()],
};
