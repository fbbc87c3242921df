import type { Samples } from './samples.ts';

export const transaction: Samples = {
  discard: [[]],
  exec: [[]],
  multi: [[]],
  unwatch: [[]],
  watch: [[['stock', Buffer.from('sold')]], ['stock']],
};
