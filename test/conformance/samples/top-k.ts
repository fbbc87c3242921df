import type { Samples } from './samples.ts';

export const topK: Samples = {
  'topk.add': [
    ['top', 'a'],
    ['top', ['a', 'b']],
  ],
  'topk.count': [
    ['top', 'a'],
    ['top', ['a', 'b']],
  ],
  'topk.incrby': [
    ['top', { a: 10, b: 20 }],
    [
      'top',
      [
        ['a', 10],
        [Buffer.from([0xff]), 20],
      ],
    ],
    ['top', new Map([['a', 10]])],
  ],
  'topk.info': [['top']],
  'topk.list': [['top'], ['top', { withcount: true }]],
  'topk.load': [['top', Buffer.from([1, 0, 0xff])]],
  'topk.query': [
    ['top', 'a'],
    ['top', ['a', 'b']],
  ],
  'topk.reserve': [
    ['top', 50],
    ['top', 50, { width: 100, depth: 12, decay: 0.9, seed: 4711 }],
  ],
};
