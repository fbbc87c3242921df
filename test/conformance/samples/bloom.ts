import type { Samples } from './samples.ts';

const bytes = Buffer.from([1, 0, 0xff]);

export const bloom: Samples = {
  'bf.add': [['bloom', 'a']],
  'bf.card': [['bloom']],
  'bf.exists': [['bloom', 'a']],
  'bf.info': [
    ['bloom'],
    ['bloom', 'capacity'],
    ['bloom', 'size'],
    ['bloom', 'filters'],
    ['bloom', 'items'],
    ['bloom', 'error'],
    ['bloom', 'expansion'],
    ['bloom', 'tightening'],
    ['bloom', 'maxscaledcapacity'],
  ],
  'bf.insert': [
    ['bloom', 'a'],
    [
      'bloom',
      ['a', 'b'],
      {
        capacity: 100,
        error: 0.01,
        tightening: 0.5,
        seed: 'thirty-two bytes',
        expansion: 3,
        validatescaleto: 5000,
        nocreate: true,
      },
    ],
    ['bloom', ['a', 'b'], { nonscaling: true }],
  ],
  'bf.load': [['bloom', bytes]],
  'bf.loadchunk': [['bloom', 17, bytes]],
  'bf.madd': [
    ['bloom', 'a'],
    ['bloom', ['a', 'b']],
  ],
  'bf.mexists': [
    ['bloom', 'a'],
    ['bloom', ['a', 'b']],
  ],
  'bf.reserve': [
    ['bloom', 0.01, 100],
    ['bloom', 0.01, 100, { expansion: 3 }],
    ['bloom', 0.01, 100, { nonscaling: true }],
  ],
  'bf.scandump': [['bloom', 17]],
};
