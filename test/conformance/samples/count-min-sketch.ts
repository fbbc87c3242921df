import type { Samples } from './samples.ts';

export const countMinSketch: Samples = {
  'cms.incrby': [
    ['sketch', { a: 10, b: 20 }],
    [
      'sketch',
      [
        ['a', 10],
        [Buffer.from([0xff]), 20],
      ],
    ],
    ['sketch', new Map([['a', 10]])],
  ],
  'cms.info': [['sketch']],
  'cms.initbydim': [['sketch', 1000, 15]],
  'cms.initbyprob': [['sketch', 0.001, 0.01]],
  'cms.merge': [
    ['sum', 'sketch'],
    ['sum', ['sketch', 'other'], { weights: [10, 20] }],
  ],
  'cms.query': [
    ['sketch', 'a'],
    ['sketch', ['a', 'b']],
  ],
};
