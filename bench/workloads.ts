import { MIB } from './child/dataset.mjs';
import type { OperationName } from './types.ts';

/** The program a child process runs; the floor has one of its own for `throughput`. */
export type Program = 'throughput' | 'pubsub' | 'startup' | 'in-flight' | 'retain';

export interface Workload {
  readonly id: string;
  readonly title: string;
  readonly program: Program;
  readonly operation: OperationName;
  readonly size: number | 'mixed';
  readonly inFlight: number;
  /** `Promise.all` over `inFlight` commands, instead of as many looping workers. */
  readonly wave?: true;
  /** Explicit pipelines of `inFlight` commands, one after the other. */
  readonly pipelined?: true;
  /** Client and server take turns and do little else, so they are put on one core; see `SharedCore`. */
  readonly oneCore?: true;
}

/** How the results of a program are read. */
export interface Measure {
  /** The figure that is compared. */
  readonly figure: string;
  readonly unit: string;
  readonly better: 'more' | 'less';
  /** More than one child process per round, where a single one is short and noisy. */
  readonly repeats: number;
  /** At most this many rounds, where a figure is slow to measure and hardly varies. */
  readonly maxRounds: number;
}

export const measures: Readonly<Record<Program, Measure>> = {
  throughput: { figure: 'opsPerSecond', unit: 'ops/s', better: 'more', repeats: 1, maxRounds: Infinity },
  pubsub: { figure: 'cpuMicrosPerMessage', unit: 'us', better: 'less', repeats: 1, maxRounds: Infinity },
  startup: { figure: 'sinceSpawnMs', unit: 'ms', better: 'less', repeats: 2, maxRounds: Infinity },
  'in-flight': { figure: 'heapBytesPerCommand', unit: 'B', better: 'less', repeats: 1, maxRounds: 2 },
  retain: { figure: 'growthMb', unit: 'MB', better: 'less', repeats: 1, maxRounds: 1 },
};

const throughput = { program: 'throughput' } as const;
const get = { ...throughput, operation: 'get' } as const;
const set = { ...throughput, operation: 'set' } as const;

export const workloads: readonly Workload[] = [
  { id: 'seq-get', title: 'GET 16 B, one at a time', ...get, size: 16, inFlight: 1, oneCore: true },
  { id: 'seq-set', title: 'SET 16 B, one at a time', ...set, size: 16, inFlight: 1, oneCore: true },
  { id: 'get-100-16', title: 'GET 16 B, 100 in flight', ...get, size: 16, inFlight: 100 },
  { id: 'set-100-16', title: 'SET 16 B, 100 in flight', ...set, size: 16, inFlight: 100 },
  { id: 'get-1000-16', title: 'GET 16 B, 1000 in flight', ...get, size: 16, inFlight: 1000 },
  { id: 'set-1000-16', title: 'SET 16 B, 1000 in flight', ...set, size: 16, inFlight: 1000 },
  { id: 'get-1000-1k', title: 'GET 1 KiB, 1000 in flight', ...get, size: 1024, inFlight: 1000 },
  { id: 'set-1000-1k', title: 'SET 1 KiB, 1000 in flight', ...set, size: 1024, inFlight: 1000 },
  { id: 'wave-get-1000-16', title: 'GET 16 B, Promise.all of 1000', ...get, size: 16, inFlight: 1000, wave: true },
  { id: 'pipeline-get-1000', title: 'GET 16 B, pipelines of 1000', ...get, size: 16, inFlight: 1000, pipelined: true },
  { id: 'pipeline-set-1000', title: 'SET 16 B, pipelines of 1000', ...set, size: 16, inFlight: 1000, pipelined: true },
  { id: 'get-1m', title: 'GET 1 MiB, one at a time', ...get, size: MIB, inFlight: 1 },
  { id: 'set-1m', title: 'SET 1 MiB, one at a time', ...set, size: MIB, inFlight: 1 },
  { id: 'mget-1000', title: 'MGET of 1000 keys', ...throughput, operation: 'mget', size: 16, inFlight: 1 },
  { id: 'lrange-10k', title: 'LRANGE of 10,000 elements', ...throughput, operation: 'lrange', size: 16, inFlight: 1 },
  { id: 'hgetall-1k', title: 'HGETALL of 1000 fields', ...throughput, operation: 'hgetall', size: 16, inFlight: 1 },
  {
    id: 'smembers-10k',
    title: 'SMEMBERS of 10,000 members',
    ...throughput,
    operation: 'smembers',
    size: 16,
    inFlight: 1,
  },
  {
    id: 'zrange-10k',
    title: 'ZRANGE WITHSCORES of 10,000 members',
    ...throughput,
    operation: 'zrange',
    size: 16,
    inFlight: 1,
  },
  { id: 'pubsub-64', title: 'Messages of 64 B received', program: 'pubsub', operation: 'get', size: 64, inFlight: 0 },
  { id: 'startup', title: 'Spawn to first PONG', program: 'startup', operation: 'get', size: 16, inFlight: 1 },
  {
    id: 'mem-100k',
    title: 'Heap per command, 100,000 in flight',
    program: 'in-flight',
    operation: 'get',
    size: 16,
    inFlight: 100_000,
  },
  {
    id: 'retain-lrange',
    title: 'Heap held by one string of each of 10,000 LRANGE replies',
    program: 'retain',
    operation: 'lrange',
    size: 'mixed',
    inFlight: 1,
  },
  {
    id: 'retain-hgetall',
    title: 'Heap held by one string of each of 10,000 HGETALL replies',
    program: 'retain',
    operation: 'hgetall',
    size: 'mixed',
    inFlight: 1,
  },
];
