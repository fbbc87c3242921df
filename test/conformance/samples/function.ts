import type { Samples } from './samples.ts';

const CODE = "#!lua name=ones\nserver.register_function('one', function() return 1 end)";

export const functions: Samples = {
  fcall: [['one', ['a', Buffer.from('b')], ['x', 1, 2n, Buffer.of(255)]], ['one', 'a', 7], ['one']],
  fcall_ro: [['one', ['a', 'b'], ['x', 1]], ['one', 'a', 'x'], ['one']],
  functionDelete: [['ones']],
  functionDump: [[]],
  functionFlush: [[{ mode: 'async' }], [{ mode: 'sync' }], []],
  functionHelp: [[]],
  functionKill: [[]],
  functionList: [[{ libraryname: 'on*', withcode: true }], [{ withcode: true }], []],
  functionLoad: [[CODE, { replace: true }], [Buffer.from(CODE)]],
  functionRestore: [
    [Buffer.of(246, 255), { policy: 'flush' }],
    [Buffer.of(246, 255), { policy: 'append' }],
    [Buffer.of(246, 255), { policy: 'replace' }],
    [Buffer.of(246, 255)],
  ],
  functionStats: [[]],
};
