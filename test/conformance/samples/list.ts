import type { Samples } from './samples.ts';

export const list: Samples = {
  blmove: [['l', 'm', 'left', 'right', 0.5]],
  blmpop: [
    [1, ['nothing', 'l'], 'left', { count: 2 }],
    [0.02, 'l', 'right'],
  ],
  blpop: [['l', 1]],
  brpop: [[['nothing', 'l'], 0]],
  brpoplpush: [['l', 'm', 1]],
  lindex: [['l', 1]],
  linsert: [
    ['l', 'before', 'c', 'b'],
    ['l', 'after', 'c', 'd'],
  ],
  llen: [['l']],
  lmove: [['l', 'm', 'left', 'right']],
  lmpop: [
    [['nothing', 'l'], 'right', { count: 5 }],
    ['l', 'left'],
  ],
  lpop: [['l', 2], ['l']],
  lpos: [
    ['l', 'a', { rank: 2, count: 0 }],
    ['l', 'a', { count: 0, maxlen: 3 }],
    ['l', 'a'],
  ],
  lpush: [['l', ['y', 'x']]],
  lpushx: [['l', 'a']],
  lrange: [['l', 0, -1]],
  lrem: [['l', 0, 'a']],
  lset: [['l', 0, 'A']],
  ltrim: [['l', 1, -2]],
  rpop: [['l', 2], ['l']],
  rpoplpush: [['l', 'm']],
  rpush: [['l', 'a']],
  rpushx: [['l', ['a', 'b']]],
};
