import type { Samples } from './samples.ts';

export const stream: Samples = {
  xack: [
    ['s', 'g', ['1-1', 2]],
    ['s', 'g', '1-1'],
  ],
  xadd: [
    ['s', '*', { a: 1, b: Buffer.from('two') }, { nomkstream: true, maxlen: 1000, approximate: true, limit: 50 }],
    ['s', '5-*', [['a', 1]], { minid: '1-1', approximate: false }],
    ['s', 5n, new Map([['a', 1]]), { maxlen: 10n }],
    ['s', '*', { a: '' }],
  ],
  xautoclaim: [
    ['s', 'g', 'c', 60_000, '0-0', { count: 10, justid: true }],
    ['s', 'g', 'c', 60_000n, '1-1', { count: 10n }],
    ['s', 'g', 'c', 0, '0-0'],
  ],
  xclaim: [
    ['s', 'g', 'c', 60_000, ['1-1', '1-2'], { idle: 5, retrycount: 3, force: true, justid: true, lastid: '1-2' }],
    ['s', 'g', 'c', 60_000, '1-1', { time: new Date('2026-11-22') }],
    ['s', 'g', 'c', 0, '1-1'],
  ],
  xdel: [
    ['s', ['1-1', 2]],
    ['s', '1-1'],
  ],
  xgroupCreate: [
    ['s', 'g', '$', { mkstream: true, entriesread: 7 }],
    ['s', 'g', '0'],
  ],
  xgroupCreateconsumer: [['s', 'g', 'c']],
  xgroupDelconsumer: [['s', 'g', 'c']],
  xgroupDestroy: [['s', 'g']],
  xgroupHelp: [[]],
  xgroupSetid: [
    ['s', 'g', '$', { entriesread: 7 }],
    ['s', 'g', '0'],
  ],
  xinfoConsumers: [['s', 'g']],
  xinfoGroups: [['s']],
  xinfoHelp: [[]],
  xinfoStream: [['s', { full: true, count: 100 }], ['s']],
  xlen: [['s']],
  xpending: [
    ['s', 'g', '-', '(5-1', 10, { idle: 60_000, consumer: 'c' }],
    ['s', 'g', '-', '+', 10n],
    ['s', 'g'],
  ],
  xrange: [
    ['s', '(1-1', 5, { count: 10 }],
    ['s', '-', '+'],
  ],
  xread: [
    [
      { s: '0', t: '$' },
      { count: 10, block: 5000 },
    ],
    [[[Buffer.from('ff', 'hex'), '1-1']], { block: 0 }],
    [new Map([['s', '+']])],
  ],
  xreadgroup: [
    ['g', 'c', { s: '>', t: '0' }, { count: 10, block: 5000, noack: true }],
    ['g', 'c', [[Buffer.from('ff', 'hex'), '>']]],
  ],
  xrevrange: [
    ['s', 5, '(1-1', { count: 10 }],
    ['s', '+', '-'],
  ],
  xsetid: [
    ['s', '5-1', { entriesadded: 10, maxdeletedid: '2-0' }],
    ['s', '5-1'],
  ],
  xtrim: [
    ['s', { maxlen: 1000, approximate: true, limit: 0 }],
    ['s', { minid: '1-1', approximate: false }],
    ['s', { maxlen: 0 }],
  ],
};
