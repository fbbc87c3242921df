import type { Samples } from './samples.ts';

export const server: Samples = {
  bgrewriteaof: [[]],
  bgsave: [[], [{ schedule: true }], [{ cancel: true }]],
  dbsize: [[]],
  debug: [['help'], ['sleep', 0], ['object', ['key', 'fast']]],
  flushall: [[], [{ mode: 'async' }], [{ mode: 'sync' }]],
  flushdb: [[], [{ mode: 'async' }], [{ mode: 'sync' }]],
  info: [[], ['memory'], [['server', 'keyspace']]],
  lastsave: [[]],
  lolwut: [[], [{ version: 5, parameters: [20, 2, 3n] }], [{ parameters: 40 }]],
  save: [[]],
  shutdown: [
    [],
    [{ save: true }],
    [{ save: false, now: true, force: true, safe: true, failover: true }],
    [{ abort: true }],
  ],
  swapdb: [[0, 1n]],
  time: [[]],
};
