import type { Samples } from './samples.ts';

export const bitmap: Samples = {
  bitcount: [['k', 5, 30, { unit: 'bit' }], ['k', 0, -1, { unit: 'byte' }], ['k', 0, -1], ['k', 1], ['k']],
  bitfield: [
    [
      'k',
      [
        { set: 'u8', offset: '#1', value: 250, overflow: 'sat' },
        { incrby: 'i5', offset: 100, increment: -3, overflow: 'fail' },
        { incrby: 'u8', offset: 8, increment: 10n, overflow: 'wrap' },
        { get: 'u63', offset: 0 },
      ],
    ],
    ['k', { set: 'u8', offset: 0, value: 1 }],
    ['k', { get: 'i8', offset: '#2' }],
  ],
  bitfield_ro: [
    [
      'k',
      [
        { get: 'u8', offset: 0 },
        { get: 'i8', offset: '#1' },
      ],
    ],
    ['k', { get: 'u8', offset: 0 }],
  ],
  bitop: [
    ['and', 'd', ['a', 'b']],
    ['or', 'd', ['a', 'b']],
    ['xor', 'd', ['a', 'b']],
    ['not', 'd', 'a'],
  ],
  bitpos: [
    ['k', 1, 7, 15, { unit: 'bit' }],
    ['k', 0, 0, -1, { unit: 'byte' }],
    ['k', 1, 0, -1],
    ['k', 1, 2],
    ['k', 0],
  ],
  getbit: [['k', 7]],
  setbit: [['k', 7, 1]],
};
