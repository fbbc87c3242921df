import { given, LIFETIME, type Readers } from '../words.ts';

export const string: Readers = {
  APPEND: (words) => ['append', words.next(), words.next()],
  GET: (words) => ['get', words.next()],
  GETEX: (words) => ['getex', words.next(), ...given(words.options(LIFETIME))],
  MGET: (words) => ['mget', words.take()],
  MSET: (words) => ['mset', words.pairs()],
  SET: (words) => {
    const [key, value] = words.take(2);
    const condition = {
      NX: () => 'nx',
      XX: () => 'xx',
      IFEQ: (words: { next(): unknown }) => ({ ifeq: words.next() }),
    };
    const { nx, xx, ifeq, ...rest } = words.options({ ...LIFETIME, GET: 0, ...condition });
    const chosen = nx ?? xx ?? ifeq;
    return ['set', key, value, ...given(chosen === undefined ? rest : { ...rest, condition: chosen })];
  },
};
