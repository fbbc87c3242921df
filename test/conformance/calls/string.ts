import { given, joined, LIFETIME, type Readers } from '../words.ts';

const CONDITION = { NX: 0, XX: 0, IFEQ: 1 } as const;

function conditioned(options: Record<string, unknown>): Record<string, unknown> {
  const { ifeq, ...rest } = joined(options, { condition: ['nx', 'xx'] });
  return ifeq === undefined ? rest : { ...rest, condition: { ifeq } };
}

export const string: Readers = {
  APPEND: (words) => ['append', ...words.take(2)],
  DECR: (words) => ['decr', words.next()],
  DECRBY: (words) => ['decrby', ...words.take(2)],
  DELIFEQ: (words) => ['delifeq', ...words.take(2)],
  GET: (words) => ['get', words.next()],
  GETDEL: (words) => ['getdel', words.next()],
  GETEX: (words) => ['getex', words.next(), ...given(words.options(LIFETIME))],
  GETRANGE: (words) => ['getrange', ...words.take(3)],
  GETSET: (words) => ['getset', ...words.take(2)],
  INCR: (words) => ['incr', words.next()],
  INCRBY: (words) => ['incrby', ...words.take(2)],
  INCRBYFLOAT: (words) => ['incrbyfloat', ...words.take(2)],
  LCS: (words) => [
    'lcs',
    ...words.take(2),
    ...given(words.options({ LEN: 0, IDX: 0, MINMATCHLEN: 1, WITHMATCHLEN: 0 })),
  ],
  MGET: (words) => ['mget', words.take()],
  MSET: (words) => ['mset', words.pairs()],
  MSETEX: (words) => {
    const values = words.pairs(Number(words.text()));
    return ['msetex', values, ...given(conditioned(words.options({ ...LIFETIME, ...CONDITION })))];
  },
  MSETNX: (words) => ['msetnx', words.pairs()],
  PSETEX: (words) => ['psetex', ...words.take(3)],
  SET: (words) => [
    'set',
    ...words.take(2),
    ...given(conditioned(words.options({ ...LIFETIME, ...CONDITION, GET: 0 }))),
  ],
  SETEX: (words) => ['setex', ...words.take(3)],
  SETNX: (words) => ['setnx', ...words.take(2)],
  SETRANGE: (words) => ['setrange', ...words.take(3)],
  STRLEN: (words) => ['strlen', words.next()],
  SUBSTR: (words) => ['substr', ...words.take(3)],
};
