import { given, type Call, type Readers, type Words } from '../words.ts';

const primary =
  (method: string) =>
  (words: Words): Call => [method, ...(words.has('NO') && words.has('ONE') ? ['no one'] : words.take(2))];

export const replication: Readers = {
  FAILOVER: (words) => {
    const to = (words: Words): unknown => ({ host: words.next(), port: words.next() });
    return ['failover', ...given(words.options({ TO: to, FORCE: 0, TIMEOUT: 1, ABORT: 0 }))];
  },
  REPLICAOF: primary('replicaof'),
  ROLE: () => ['role'],
  SLAVEOF: primary('slaveof'),
};
