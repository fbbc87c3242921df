import type { ReplyMode } from '../../protocol/reply-mode.ts';
import { type Int, type Many, checkOptions, pushCounted, pushMany } from '../argument.ts';
import { type Spec, defineCommand } from '../spec.ts';
import { type Integer, type Key, Namespace, type Result, type Surface, type Value } from '../surface.ts';
import { toInfo, toNumber, toNumberList } from './reply.ts';

const ONE: readonly [1, 1, 1] = [1, 1, 1];

function read(name: string, arity: number): Spec {
  return defineCommand(`TDIGEST.${name}`, { arity, flags: ['readonly'], keys: ONE, since: '2.4.0' });
}
function write(name: string, arity: number): Spec {
  return defineCommand(`TDIGEST.${name}`, { arity, flags: ['write'], keys: ONE, since: '2.4.0' });
}

const TDIGEST_ADD: Spec = write('ADD', -3);
const TDIGEST_BYRANK: Spec = read('BYRANK', -3);
const TDIGEST_BYREVRANK: Spec = read('BYREVRANK', -3);
const TDIGEST_CDF: Spec = read('CDF', -3);
const TDIGEST_CREATE: Spec = write('CREATE', -2);
const TDIGEST_INFO: Spec = read('INFO', 2);
const TDIGEST_MAX: Spec = read('MAX', 2);
const TDIGEST_MERGE: Spec = defineCommand('TDIGEST.MERGE', {
  arity: -4,
  flags: ['write', 'movablekeys'],
  keys: '1 2#1',
  since: '2.4.0',
});
const TDIGEST_MIN: Spec = read('MIN', 2);
const TDIGEST_QUANTILE: Spec = read('QUANTILE', -3);
const TDIGEST_RANK: Spec = read('RANK', -3);
const TDIGEST_RESET: Spec = write('RESET', 2);
const TDIGEST_REVRANK: Spec = read('REVRANK', -3);
const TDIGEST_TRIMMED_MEAN: Spec = read('TRIMMED_MEAN', 4);

/** Options of `tdigest.create`. */
export interface TdigestCreateOptions {
  /** How exact the digest shall be, at the price of memory; 100 without it. */
  readonly compression?: Int | undefined;
}

/** Options of `tdigest.merge`. */
export interface TdigestMergeOptions extends TdigestCreateOptions {
  /** Replaces what is at the destination, instead of adding to it. */
  readonly override?: boolean | undefined;
}

/** What is known of a digest. What a newer module adds is there too, its name in camelCase. */
export interface TdigestInfo<I> {
  readonly compression: I;
  /** How many nodes and values that wait there is room for. */
  readonly capacity: I;
  readonly mergedNodes: I;
  readonly unmergedNodes: I;
  readonly mergedWeight: I;
  readonly unmergedWeight: I;
  /** Values added. */
  readonly observations: I;
  readonly totalCompressions: I;
  /** Bytes. */
  readonly memoryUsage: I;
  readonly [field: string]: unknown;
}

/** Commands on t-digests, as RedisBloom has them: how numbers are distributed, estimated in little memory. An empty digest gives `NaN`. */
export class TDigestCommands<in out S extends Surface> extends Namespace<S> {
  /**
   * Adds numbers. Rejects with a `ResponseError` when there is no such digest. Complexity: O(N), N being the numbers.
   *
   * @since RedisBloom 2.4.0
   * @example
   * ```ts
   * // with a module that has t-digests
   * await client.tdigest.create('delays');
   * await client.tdigest.add('delays', [12, 15.5, 80]); // => 'OK'
   * ```
   * @see https://redis.io/docs/latest/commands/tdigest.add/
   */
  add(key: Key, values: Many<number | bigint>): Result<S, 'OK'> {
    return this.send(TDIGEST_ADD, pushMany(TDIGEST_ADD, [key], values, 'value'));
  }

  /**
   * Gives the numbers at these ranks: 0 is the smallest; `Infinity` for a rank beyond the last.
   *
   * Rejects with a `ResponseError` when there is no such digest. Complexity: O(N), N being the ranks.
   *
   * @since RedisBloom 2.4.0
   * @example
   * ```ts
   * // with a module that has t-digests
   * await client.tdigest.create('delays');
   * await client.tdigest.add('delays', [1, 2, 3]);
   * await client.tdigest.byrank('delays', [0, 2, 9]); // => [1, 3, Infinity]
   * ```
   * @see https://redis.io/docs/latest/commands/tdigest.byrank/
   */
  byrank(key: Key, ranks: Many<number | bigint>): Result<S, number[]> {
    return this.send(TDIGEST_BYRANK, pushMany(TDIGEST_BYRANK, [key], ranks, 'rank'), toNumberList);
  }

  /**
   * Gives the numbers at these ranks from the top: 0 is the largest; `-Infinity` for a rank beyond the last.
   *
   * Rejects with a `ResponseError` when there is no such digest. Complexity: O(N), N being the ranks.
   *
   * @since RedisBloom 2.4.0
   * @example
   * ```ts
   * // with a module that has t-digests
   * await client.tdigest.create('delays');
   * await client.tdigest.add('delays', [1, 2, 3]);
   * await client.tdigest.byrevrank('delays', [0, 9]); // => [3, -Infinity]
   * ```
   * @see https://redis.io/docs/latest/commands/tdigest.byrevrank/
   */
  byrevrank(key: Key, ranks: Many<number | bigint>): Result<S, number[]> {
    return this.send(TDIGEST_BYREVRANK, pushMany(TDIGEST_BYREVRANK, [key], ranks, 'rank'), toNumberList);
  }

  /**
   * Gives for each value the fraction of the numbers that are smaller, half of the equal ones included.
   *
   * Rejects with a `ResponseError` when there is no such digest. Complexity: O(N), N being the values.
   *
   * @since RedisBloom 2.4.0
   * @example
   * ```ts
   * // with a module that has t-digests
   * await client.tdigest.create('delays');
   * await client.tdigest.add('delays', [1, 2, 3, 4]);
   * await client.tdigest.cdf('delays', [0, 2, 9]); // => [0, 0.375, 1]
   * ```
   * @see https://redis.io/docs/latest/commands/tdigest.cdf/
   */
  cdf(key: Key, values: Many<number | bigint>): Result<S, number[]> {
    return this.send(TDIGEST_CDF, pushMany(TDIGEST_CDF, [key], values, 'value'), toNumberList);
  }

  /**
   * Makes an empty digest. Rejects with a `ResponseError` when the key exists. Complexity: O(1).
   *
   * @since RedisBloom 2.4.0
   * @example
   * ```ts
   * // with a module that has t-digests
   * await client.tdigest.create('delays', { compression: 200 }); // => 'OK'
   * ```
   * @see https://redis.io/docs/latest/commands/tdigest.create/
   */
  create(key: Key, options?: TdigestCreateOptions): Result<S, 'OK'> {
    checkOptions(TDIGEST_CREATE, options);
    const args: Value[] = [key];
    if (options?.compression !== undefined) args.push('COMPRESSION', options.compression);
    return this.send(TDIGEST_CREATE, args);
  }

  /**
   * Gives what is known of a digest. Rejects with a `ResponseError` when there is none. Complexity: O(1).
   *
   * @since RedisBloom 2.4.0
   * @example
   * ```ts
   * // with a module that has t-digests
   * await client.tdigest.create('delays');
   * await client.tdigest.add('delays', [1, 2, 3, 4, 5]);
   * const { observations, memoryUsage } = await client.tdigest.info('delays');
   * const bytesPerNumber = memoryUsage / observations;
   * ```
   * @see https://redis.io/docs/latest/commands/tdigest.info/
   */
  info(key: Key): Result<S, TdigestInfo<Integer<S>>> {
    return this.send(TDIGEST_INFO, [key], toTdigestInfo<Integer<S>>);
  }

  /**
   * Gives the largest number; `NaN` when there is none.
   *
   * Rejects with a `ResponseError` when there is no such digest. Complexity: O(1).
   *
   * @since RedisBloom 2.4.0
   * @example
   * ```ts
   * // with a module that has t-digests
   * await client.tdigest.create('delays');
   * await client.tdigest.add('delays', [12, 15.5]);
   * await client.tdigest.max('delays'); // => 15.5
   * ```
   * @see https://redis.io/docs/latest/commands/tdigest.max/
   */
  max(key: Key): Result<S, number> {
    return this.send(TDIGEST_MAX, [key], toNumber);
  }

  /**
   * Adds the numbers of several digests to the one at `destination`, which is made if there is none.
   *
   * Rejects with a `ResponseError` when a source does not exist. Complexity: O(N * C), N being the sources, C the nodes of a digest.
   *
   * @since RedisBloom 2.4.0
   * @example
   * ```ts
   * // with a module that has t-digests
   * await client.tdigest.create('monday');
   * await client.tdigest.create('tuesday');
   * await client.tdigest.merge('week', ['monday', 'tuesday'], { compression: 200, override: true }); // => 'OK'
   * ```
   * @see https://redis.io/docs/latest/commands/tdigest.merge/
   */
  merge(destination: Key, sources: Many<Key>, options?: TdigestMergeOptions): Result<S, 'OK'> {
    checkOptions(TDIGEST_MERGE, options);
    const args = pushCounted(TDIGEST_MERGE, [destination], sources, 'source');
    if (options?.compression !== undefined) args.push('COMPRESSION', options.compression);
    if (options?.override) args.push('OVERRIDE');
    return this.send(TDIGEST_MERGE, args);
  }

  /**
   * Gives the smallest number; `NaN` when there is none.
   *
   * Rejects with a `ResponseError` when there is no such digest. Complexity: O(1).
   *
   * @since RedisBloom 2.4.0
   * @example
   * ```ts
   * // with a module that has t-digests
   * await client.tdigest.create('delays');
   * await client.tdigest.min('delays'); // => NaN
   * ```
   * @see https://redis.io/docs/latest/commands/tdigest.min/
   */
  min(key: Key): Result<S, number> {
    return this.send(TDIGEST_MIN, [key], toNumber);
  }

  /**
   * Gives for each fraction the number below which so much of the numbers is: 0.5 gives the median.
   *
   * Rejects with a `ResponseError` when there is no such digest. Complexity: O(N), N being the fractions.
   *
   * @since RedisBloom 2.4.0
   * @example
   * ```ts
   * // with a module that has t-digests
   * await client.tdigest.create('delays');
   * await client.tdigest.add('delays', [1, 2, 3]);
   * await client.tdigest.quantile('delays', [0, 0.5, 1]); // => [1, 2, 3]
   * ```
   * @see https://redis.io/docs/latest/commands/tdigest.quantile/
   */
  quantile(key: Key, quantiles: Many<number | bigint>): Result<S, number[]> {
    return this.send(TDIGEST_QUANTILE, pushMany(TDIGEST_QUANTILE, [key], quantiles, 'quantile'), toNumberList);
  }

  /**
   * Gives for each value how many numbers are smaller, half of the equal ones included; -1 when all are larger, -2 for an empty digest.
   *
   * Rejects with a `ResponseError` when there is no such digest. Complexity: O(N), N being the values.
   *
   * @since RedisBloom 2.4.0
   * @example
   * ```ts
   * // with a module that has t-digests
   * await client.tdigest.create('delays');
   * await client.tdigest.add('delays', [10, 20, 30]);
   * await client.tdigest.rank('delays', [5, 20, 90]); // => [-1, 1, 3]
   * ```
   * @see https://redis.io/docs/latest/commands/tdigest.rank/
   */
  rank(key: Key, values: Many<number | bigint>): Result<S, Integer<S>[]> {
    return this.send(TDIGEST_RANK, pushMany(TDIGEST_RANK, [key], values, 'value'));
  }

  /**
   * Empties a digest. Rejects with a `ResponseError` when there is none. Complexity: O(1).
   *
   * @since RedisBloom 2.4.0
   * @example
   * ```ts
   * // with a module that has t-digests
   * await client.tdigest.create('delays');
   * await client.tdigest.reset('delays'); // => 'OK'
   * ```
   * @see https://redis.io/docs/latest/commands/tdigest.reset/
   */
  reset(key: Key): Result<S, 'OK'> {
    return this.send(TDIGEST_RESET, [key]);
  }

  /**
   * Gives for each value how many numbers are larger, half of the equal ones included; -1 when all are smaller, -2 for an empty digest.
   *
   * Rejects with a `ResponseError` when there is no such digest. Complexity: O(N), N being the values.
   *
   * @since RedisBloom 2.4.0
   * @example
   * ```ts
   * // with a module that has t-digests
   * await client.tdigest.create('delays');
   * await client.tdigest.add('delays', [10, 20, 30]);
   * await client.tdigest.revrank('delays', [5, 20, 90]); // => [3, 1, -1]
   * ```
   * @see https://redis.io/docs/latest/commands/tdigest.revrank/
   */
  revrank(key: Key, values: Many<number | bigint>): Result<S, Integer<S>[]> {
    return this.send(TDIGEST_REVRANK, pushMany(TDIGEST_REVRANK, [key], values, 'value'));
  }

  /**
   * Gives the mean of the numbers between two quantiles, from 0 to 1; `NaN` when there are none.
   *
   * Rejects with a `ResponseError` when there is no such digest. Complexity: O(N), N being the nodes of the digest.
   *
   * @since RedisBloom 2.4.0
   * @example
   * ```ts
   * // with a module that has t-digests
   * await client.tdigest.create('delays');
   * await client.tdigest.add('delays', [1, 2, 3, 4, 900]);
   * await client.tdigest.trimmedMean('delays', 0, 0.8); // => 2.5
   * ```
   * @see https://redis.io/docs/latest/commands/tdigest.trimmed_mean/
   */
  trimmedMean(key: Key, lowCutQuantile: number, highCutQuantile: number): Result<S, number> {
    return this.send(TDIGEST_TRIMMED_MEAN, [key, lowCutQuantile, highCutQuantile], toNumber);
  }
}

function toTdigestInfo<I>(reply: unknown, mode: ReplyMode): TdigestInfo<I> {
  return toInfo(reply, mode) as unknown as TdigestInfo<I>;
}
