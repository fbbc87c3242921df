import type { Samples } from './samples.ts';

export const commandlog: Samples = {
  commandlogGet: [
    [-1, 'slow'],
    [10, 'large-request'],
    [10n, 'large-reply'],
  ],
  commandlogHelp: [[]],
  commandlogLen: [['slow'], ['large-request'], ['large-reply']],
  commandlogReset: [['slow'], ['large-request'], ['large-reply']],
  slowlogGet: [[-1], []],
  slowlogHelp: [[]],
  slowlogLen: [[]],
  slowlogReset: [[]],
};
