import type { Samples } from './samples.ts';

export const set: Samples = {
  sadd: [['s', 'a']],
  scard: [['s']],
  sdiff: [[['a', 'b']]],
  sdiffstore: [['out', ['a', 'b']]],
  sinter: [[['a', 'b']]],
  sintercard: [[['a', 'b'], { limit: 0 }], ['a']],
  sinterstore: [['out', ['a', 'b']]],
  sismember: [['s', 'a']],
  smembers: [['s']],
  smismember: [['s', ['a', 'z', 3]]],
  smove: [['a', 'b', 1]],
  spop: [['s', 2], ['s']],
  srandmember: [['s', 2], ['s']],
  srem: [['s', 'a']],
  sscan: [
    ['s', 0, { match: '[ab]', count: 100 }],
    ['s', '0'],
  ],
  sunion: [[['a', 'b']]],
  sunionstore: [['out', ['a', 'b']]],
};
