import type { Readers } from '../words.ts';

export const transaction: Readers = {
  DISCARD: () => ['discard'],
  EXEC: () => ['exec'],
  MULTI: () => ['multi'],
  UNWATCH: () => ['unwatch'],
  WATCH: (words) => ['watch', words.take()],
};
