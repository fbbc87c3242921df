import type { Readers } from '../words.ts';

export const hyperloglog: Readers = {
  PFADD: (words) => ['pfadd', words.next(), words.take()],
  PFCOUNT: (words) => ['pfcount', words.take()],
  PFDEBUG: (words) => ['pfdebug', words.literal('GETREG', 'DECODE', 'ENCODING', 'TODENSE', 'SIMD'), words.next()],
  PFMERGE: (words) => ['pfmerge', words.next(), words.take()],
  PFSELFTEST: () => ['pfselftest'],
};
