import type { ResponseError } from '../../errors.ts';
import type { ReplyMode } from '../../protocol/reply-mode.ts';
import {
  type Entries,
  type Int,
  type Many,
  checkOptions,
  pushCounted,
  pushEntries,
  pushMany,
  refuse,
} from '../argument.ts';
import { toNatural } from '../reply.ts';
import { type Spec, defineCommand } from '../spec.ts';
import { type Integer, type Key, Namespace, type Result, type Surface, type Value } from '../surface.ts';
import { toInfo } from './reply.ts';

const ONE: readonly [1, 1, 1] = [1, 1, 1];

function read(name: string, arity: number): Spec {
  return defineCommand(`CMS.${name}`, { arity, flags: ['readonly'], keys: ONE, since: '2.0.0' });
}
function write(name: string, arity: number): Spec {
  return defineCommand(`CMS.${name}`, { arity, flags: ['write'], keys: ONE, since: '2.0.0' });
}

const CMS_INCRBY: Spec = write('INCRBY', -4);
const CMS_INFO: Spec = read('INFO', 2);
const CMS_INITBYDIM: Spec = write('INITBYDIM', -4);
const CMS_INITBYPROB: Spec = write('INITBYPROB', -4);
const CMS_MERGE: Spec = defineCommand('CMS.MERGE', {
  arity: -4,
  flags: ['write', 'movablekeys'],
  keys: '1 2#1',
  since: '2.0.0',
});
const CMS_QUERY: Spec = read('QUERY', -3);

/** Options of `cms.merge`. */
export interface CmsMergeOptions {
  /** What to multiply the counts of each source with; 1 without it. As many as there are sources. */
  readonly weights?: Many<number> | undefined;
}

/** What is known of a sketch. What a newer module adds is there too, its name in camelCase. */
export interface CmsInfo<I> {
  readonly width: I;
  readonly depth: I;
  /** The sum of all increments. */
  readonly count: I;
  readonly [field: string]: unknown;
}

/**
 * Commands on Count-Min sketches, as RedisBloom has them: how often items occurred, counted in little memory. A count is never too small,
 * and sometimes too large.
 */
export class CountMinSketchCommands<in out S extends Surface> extends Namespace<S> {
  /**
   * Adds to the counts of items, and gives the new ones in the order of the entries. Takes an object, pairs or a `Map`.
   *
   * A count that would be too large has a `ResponseError` in its place. Of an object, names that are whole numbers come first: use pairs
   * where the order matters. Rejects with a `ResponseError` when there is no such sketch. Complexity: O(N), N being the items.
   *
   * @since RedisBloom 2.0.0
   * @example
   * ```ts
   * // with a module that has Count-Min sketches
   * await client.cms.initbydim('visits', 1000, 5);
   * await client.cms.incrby('visits', { home: 2, about: 1 }); // => [2, 1]
   * ```
   * @see https://redis.io/docs/latest/commands/cms.incrby/
   */
  incrby(key: Key, increments: Entries): Result<S, (Integer<S> | ResponseError)[]> {
    const args: Value[] = [key];
    pushEntries(CMS_INCRBY, args, increments, 'item');
    return this.send(CMS_INCRBY, args, toNatural<(Integer<S> | ResponseError)[]>);
  }

  /**
   * Gives what is known of a sketch. Rejects with a `ResponseError` when there is none. Complexity: O(1).
   *
   * @since RedisBloom 2.0.0
   * @example
   * ```ts
   * // with a module that has Count-Min sketches
   * await client.cms.initbydim('visits', 1000, 5);
   * await client.cms.info('visits'); // => { width: 1000, depth: 5, count: 0 }
   * ```
   * @see https://redis.io/docs/latest/commands/cms.info/
   */
  info(key: Key): Result<S, CmsInfo<Integer<S>>> {
    return this.send(CMS_INFO, [key], toCmsInfo<Integer<S>>);
  }

  /**
   * Makes an empty sketch of so many counters per row, `width`, and so many rows, `depth`.
   *
   * Rejects with a `ResponseError` when the key exists. Complexity: O(1).
   *
   * @since RedisBloom 2.0.0
   * @example
   * ```ts
   * // with a module that has Count-Min sketches
   * await client.cms.initbydim('visits', 1000, 5); // => 'OK'
   * ```
   * @see https://redis.io/docs/latest/commands/cms.initbydim/
   */
  initbydim(key: Key, width: Int, depth: Int): Result<S, 'OK'> {
    return this.send(CMS_INITBYDIM, [key, width, depth]);
  }

  /**
   * Makes an empty sketch whose counts are too large by at most the fraction `error` of the sum of all counts, but for the fraction
   * `probability` of them.
   *
   * Rejects with a `ResponseError` when the key exists. Complexity: O(1).
   *
   * @since RedisBloom 2.0.0
   * @example
   * ```ts
   * // with a module that has Count-Min sketches
   * await client.cms.initbyprob('visits', 0.001, 0.01); // => 'OK'
   * ```
   * @see https://redis.io/docs/latest/commands/cms.initbyprob/
   */
  initbyprob(key: Key, error: number, probability: number): Result<S, 'OK'> {
    return this.send(CMS_INITBYPROB, [key, error, probability]);
  }

  /**
   * Writes the sums of several sketches over the one at `destination`. All of them have the same width and depth.
   *
   * Rejects with a `ResponseError` when one does not exist. Throws a `DataError` unless there are as many weights as sources.
   * Complexity: O(N), N being the sketches.
   *
   * @since RedisBloom 2.0.0
   * @example
   * ```ts
   * // with a module that has Count-Min sketches
   * await client.cms.initbydim('monday', 1000, 5);
   * await client.cms.initbydim('tuesday', 1000, 5);
   * await client.cms.initbydim('week', 1000, 5);
   * await client.cms.merge('week', ['monday', 'tuesday'], { weights: [1, 2] }); // => 'OK'
   * ```
   * @see https://redis.io/docs/latest/commands/cms.merge/
   */
  merge(destination: Key, sources: Many<Key>, options?: CmsMergeOptions): Result<S, 'OK'> {
    checkOptions(CMS_MERGE, options);
    const args = pushCounted(CMS_MERGE, [destination], sources, 'source');
    if (options?.weights !== undefined) {
      const count = args.length - 2;
      args.push('WEIGHTS');
      pushMany(CMS_MERGE, args, options.weights, 'weight');
      if (args.length !== 2 + count + 1 + count) refuse(CMS_MERGE, 'needs as many weights as sources');
    }
    return this.send(CMS_MERGE, args);
  }

  /**
   * Gives the counts of items, 0 for those that never occurred.
   *
   * Rejects with a `ResponseError` when there is no such sketch. Complexity: O(N), N being the items.
   *
   * @since RedisBloom 2.0.0
   * @example
   * ```ts
   * // with a module that has Count-Min sketches
   * await client.cms.initbydim('visits', 1000, 5);
   * await client.cms.incrby('visits', { home: 2 });
   * await client.cms.query('visits', ['home', 'about']); // => [2, 0]
   * ```
   * @see https://redis.io/docs/latest/commands/cms.query/
   */
  query(key: Key, items: Many<Value>): Result<S, Integer<S>[]> {
    return this.send(CMS_QUERY, pushMany(CMS_QUERY, [key], items, 'item'));
  }
}

function toCmsInfo<I>(reply: unknown, mode: ReplyMode): CmsInfo<I> {
  return toInfo(reply, mode) as unknown as CmsInfo<I>;
}
