import type { Samples } from './samples.ts';

export const replication: Samples = {
  failover: [
    [],
    [{ timeout: 100 }],
    [{ to: { host: '127.0.0.1', port: 6380 }, force: true, timeout: 1000n }],
    [{ abort: true }],
  ],
  replicaof: [['127.0.0.1', 6379], ['no one']],
  role: [[]],
  slaveof: [['127.0.0.1', 6379], ['no one']],
};
