import type { Samples } from './samples.ts';

export const hyperloglog: Samples = {
  pfadd: [['k', ['a', 1]], ['k', 'a'], ['k']],
  pfcount: [['k'], [['k', 'l']]],
  pfdebug: [
    ['getreg', 'k'],
    ['decode', 'k'],
    ['encoding', 'k'],
    ['todense', 'k'],
    ['simd', 'on'],
  ],
  pfmerge: [['d', ['k', 'l']], ['d', 'k'], ['d']],
  pfselftest: [[]],
};
