import type { ReplyMode } from '../protocol/reply-mode.ts';
import { type Int, optionsOf } from './argument.ts';
import { toDouble, toNamed, toPropertyName, toText } from './reply.ts';
import { type Spec, command } from './spec.ts';
import { Executor, type Integer, type Key, type Result, type Surface, type Value } from './surface.ts';

const MEMORY_DOCTOR: Spec = command('MEMORY DOCTOR');
const MEMORY_HELP: Spec = command('MEMORY HELP');
const MEMORY_MALLOC_STATS: Spec = command('MEMORY MALLOC-STATS');
const MEMORY_PURGE: Spec = command('MEMORY PURGE');
const MEMORY_STATS: Spec = command('MEMORY STATS');
const MEMORY_USAGE: Spec = command('MEMORY USAGE');

/** Options of `memoryUsage`. */
export interface MemoryUsageOptions {
  /** How many elements of a nested value to measure, the average standing for the rest: 5 without it; 0 for all of them. */
  readonly samples?: Int | undefined;
}

/** The memory that one database takes beside its keys and values, in bytes. */
export interface DatabaseMemory<I> {
  readonly overheadHashtableMain: I;
  readonly overheadHashtableExpires: I;
  readonly [field: string]: I | number;
}

/**
 * What the server's memory is used for, in bytes where nothing else is said. Names are in camelCase: `keys.bytes-per-key` is
 * `keysBytesPerKey`; but a database is `db.0`, and there only when it holds anything. What an older server does not say is missing.
 */
export interface MemoryStats<I> {
  /** The most that was ever allocated, what is allocated now, and what was after the start. */
  readonly peakAllocated: I;
  readonly totalAllocated: I;
  readonly startupAllocated: I;
  readonly replicationBacklog: I;
  readonly replicasReplBuffer?: I;
  /** Buffers of connections: of replicas, and of all others. */
  readonly clientsSlaves: I;
  readonly clientsNormal: I;
  readonly clusterLinks?: I;
  readonly clusterSlotImport?: I;
  readonly clusterSlotExport?: I;
  readonly aofBuffer: I;
  readonly luaCaches: I;
  readonly functionsCaches?: I;
  readonly overheadDbHashtableLut?: I;
  readonly overheadDbHashtableRehashing?: I;
  /** All that is not data: the start, buffers, caches and tables. */
  readonly overheadTotal: I;
  /** How many databases are being rehashed. */
  readonly dbDictRehashingCount?: I;
  /** How many keys there are in all databases. */
  readonly keysCount: I;
  readonly keysBytesPerKey: I;
  readonly datasetBytes: I;
  /** What the data takes of all that was allocated since the start, in percent. */
  readonly datasetPercentage: number;
  /** What is allocated now in percent of the most that ever was. */
  readonly peakPercentage: number;
  readonly allocatorAllocated?: I;
  readonly allocatorActive?: I;
  readonly allocatorResident?: I;
  readonly allocatorMuzzy?: I;
  readonly allocatorFragmentationRatio?: number;
  readonly allocatorFragmentationBytes?: I;
  readonly allocatorRssRatio?: number;
  readonly allocatorRssBytes?: I;
  readonly rssOverheadRatio?: number;
  readonly rssOverheadBytes?: I;
  /** What the process takes of the machine's memory for each byte allocated, and how much more that is. */
  readonly fragmentation: number;
  readonly fragmentationBytes: I;
  readonly [database: `db.${number}`]: DatabaseMemory<I>;
  readonly [field: string]: I | number | DatabaseMemory<I> | undefined;
}

/** Commands on the memory of a server. */
export abstract class MemoryCommands<in out S extends Surface> extends Executor<S> {
  /**
   * Gives the server's opinion on its use of memory, and its advice, as a text for people.
   *
   * Complexity: O(1).
   *
   * @since 4.0.0
   * @example
   * ```ts
   * const report = await client.memoryDoctor();
   * ```
   * @see https://valkey.io/commands/memory-doctor/
   */
  memoryDoctor(): Result<S, string> {
    return this.send(MEMORY_DOCTOR, [], toText);
  }

  /**
   * Gives the server's own help on MEMORY, line by line.
   *
   * Complexity: O(1).
   *
   * @since 4.0.0
   * @example
   * ```ts
   * const lines = await client.memoryHelp();
   * ```
   * @see https://valkey.io/commands/memory-help/
   */
  memoryHelp(): Result<S, string[]> {
    return this.send(MEMORY_HELP, []);
  }

  /**
   * Gives the report of the server's allocator, as a text for people. Only jemalloc makes one.
   *
   * Complexity: depends on how much is allocated, and may be slow.
   *
   * @since 4.0.0
   * @example
   * ```ts
   * const report = await client.memoryMallocStats();
   * ```
   * @see https://valkey.io/commands/memory-malloc-stats/
   */
  memoryMallocStats(): Result<S, string> {
    return this.send(MEMORY_MALLOC_STATS, [], toText);
  }

  /**
   * Asks the allocator to give memory it does not use back to the machine.
   *
   * Complexity: depends on how much is allocated, and may be slow.
   *
   * @since 4.0.0
   * @example
   * ```ts
   * await client.memoryPurge(); // => 'OK'
   * ```
   * @see https://valkey.io/commands/memory-purge/
   */
  memoryPurge(): Result<S, 'OK'> {
    return this.send(MEMORY_PURGE, []);
  }

  /**
   * Tells what the server's memory is used for.
   *
   * Complexity: O(1).
   *
   * @since 4.0.0
   * @example
   * ```ts
   * await client.set('greeting', 'hello');
   * const { totalAllocated, keysCount, fragmentation, 'db.0': database } = await client.memoryStats();
   * ```
   * @see https://valkey.io/commands/memory-stats/
   */
  memoryStats(): Result<S, MemoryStats<Integer<S>>> {
    return this.send(MEMORY_STATS, [], toStats<Integer<S>>);
  }

  /**
   * Estimates the bytes that a key and its value take; `null` when there is no such key.
   *
   * Complexity: O(N), N being the number of samples.
   *
   * @since 4.0.0
   * @example
   * ```ts
   * await client.rpush('list', ['a', 'b', 'c']);
   * const bytes = await client.memoryUsage('list', { samples: 0 });
   * await client.memoryUsage('nothing'); // => null
   * ```
   * @see https://valkey.io/commands/memory-usage/
   */
  memoryUsage(key: Key, options?: MemoryUsageOptions): Result<S, Integer<S> | null> {
    const args: Value[] = [key];
    const { samples } = optionsOf(MEMORY_USAGE, options);
    if (samples !== undefined) args.push('SAMPLES', samples);
    return this.send(MEMORY_USAGE, args);
  }
}

/** Ratios and percentages are text under RESP2. */
function toStats<I>(reply: unknown, mode: ReplyMode): MemoryStats<I> {
  const stats: Record<string, unknown> = {};
  for (const [name, value] of toNamed(reply, mode)) {
    const property = name.startsWith('db.') && Array.isArray(value) ? name : toPropertyName(name.replaceAll('.', '-'));
    if (Array.isArray(value)) stats[property] = toStats(value, mode);
    else stats[property] = typeof value === 'string' || Buffer.isBuffer(value) ? toDouble(value) : value;
  }
  return stats as unknown as MemoryStats<I>;
}
