import { FLOOR, OURS_TLS } from './clients.ts';

/**
 * What we hold ourselves to. With a rival the number is our median divided by the rival's in the same run, without one
 * it is our own figure.
 */
export type Target = { readonly workload: string; readonly rival?: string } & (
  | { readonly atLeast: number }
  | { readonly atMost: number }
);

type Rivals = Readonly<Record<string, number>>;

/** At least these ratios, in each of the workloads. */
function faster(ids: readonly string[], rivals: Rivals): Target[] {
  return ids.flatMap((workload) => Object.entries(rivals).map(([rival, atLeast]) => ({ workload, rival, atLeast })));
}

const IOREDIS = 'ioredis';
const IOREDIS_PIPELINED = 'ioredis-autopipelining';
const IOVALKEY = 'iovalkey-autopipelining';
const NODE_REDIS = 'node-redis';
const BUN = 'bun';

export const targets: readonly Target[] = [
  ...faster(['seq-get', 'seq-set'], { [IOREDIS]: 1.15, [NODE_REDIS]: 1.8 }),
  ...faster(['get-1000-16', 'set-1000-16'], { [IOREDIS_PIPELINED]: 4, [NODE_REDIS]: 12, [BUN]: 2.5, [FLOOR]: 0.6 }),
  ...faster(['get-100-16', 'set-100-16', 'get-1000-1k', 'set-1000-1k'], {
    [IOREDIS_PIPELINED]: 3.5,
    [NODE_REDIS]: 9,
    [BUN]: 2,
  }),
  ...faster(['pipeline-get-1000', 'pipeline-set-1000'], { [IOREDIS]: 4, [NODE_REDIS]: 1.8, [BUN]: 1 }),
  ...faster(['lrange-10k'], { [IOREDIS]: 5, [NODE_REDIS]: 2.4, [IOVALKEY]: 2, [BUN]: 1 }),
  ...faster(['hgetall-1k'], { [IOREDIS]: 3.5, [NODE_REDIS]: 2, [IOVALKEY]: 2, [BUN]: 1 }),
  ...faster(['smembers-10k'], { [IOREDIS]: 4, [IOVALKEY]: 2, [BUN]: 1.3 }),
  ...faster(['zrange-10k'], { [IOREDIS]: 5, [IOVALKEY]: 2.3, [BUN]: 1.5 }),
  ...faster(['mget-1000'], { [IOREDIS]: 2.5, [NODE_REDIS]: 1.7, [IOVALKEY]: 1.5, [BUN]: 1 }),
  ...faster(['get-1m'], { [IOREDIS]: 2.5 }),
  ...faster(['set-1m'], { [IOREDIS]: 4 }),
  // TLS gives at least 0.85 of what is plain with many in flight, 0.7 one at a time.
  ...['get-1000-16', 'set-1000-16'].map((workload) => ({ workload, rival: OURS_TLS, atMost: 1 / 0.85 })),
  ...['seq-get', 'seq-set'].map((workload) => ({ workload, rival: OURS_TLS, atMost: 1 / 0.7 })),
  { workload: 'pubsub-64', rival: IOREDIS, atMost: 0.35 },
  { workload: 'pubsub-64', rival: NODE_REDIS, atMost: 0.8 },
  { workload: 'pubsub-64', rival: BUN, atMost: 1 },
  { workload: 'startup', rival: IOREDIS, atMost: 0.75 },
  { workload: 'mem-100k', atMost: 450 },
  { workload: 'retain-lrange', atMost: 16 },
  { workload: 'retain-hgetall', atMost: 16 },
];
