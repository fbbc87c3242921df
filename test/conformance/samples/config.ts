import type { Samples } from './samples.ts';

export const config: Samples = {
  configGet: [[['maxmemory', 'slowlog-*']], ['*']],
  configHelp: [[]],
  configResetstat: [[]],
  configRewrite: [[]],
  configSet: [
    ['timeout', 300],
    [{ timeout: 300n, maxmemory: '1mb' }],
    [
      [
        ['timeout', 300],
        ['maxmemory', Buffer.from('1mb')],
      ],
    ],
    [new Map([['timeout', 300]])],
  ],
};
