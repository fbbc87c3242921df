import type { ResponseError } from '../../errors.ts';
import type { ReplyMode } from '../../protocol/reply-mode.ts';
import { type Int, type Many, checkOptions, pushMany } from '../argument.ts';
import { toBoolean, toBooleans } from '../reply.ts';
import { type Spec, defineCommand } from '../spec.ts';
import { type Integer, type Key, Namespace, type Result, type Surface, type Value } from '../surface.ts';
import { type FilterChunk, toChunk, toInfo, toOutcomes } from './reply.ts';

const ONE: readonly [1, 1, 1] = [1, 1, 1];

function read(name: string, arity: number): Spec {
  return defineCommand(`CF.${name}`, { arity, flags: ['readonly'], keys: ONE, since: '1.0.0' });
}
function write(name: string, arity: number): Spec {
  return defineCommand(`CF.${name}`, { arity, flags: ['write'], keys: ONE, since: '1.0.0' });
}

const CF_ADD: Spec = write('ADD', 3);
const CF_ADDNX: Spec = write('ADDNX', 3);
const CF_COUNT: Spec = read('COUNT', 3);
const CF_DEL: Spec = write('DEL', 3);
const CF_EXISTS: Spec = read('EXISTS', 3);
const CF_INFO: Spec = read('INFO', -2);
const CF_INSERT: Spec = write('INSERT', -4);
const CF_INSERTNX: Spec = write('INSERTNX', -4);
const CF_LOAD: Spec = write('LOAD', 3);
const CF_LOADCHUNK: Spec = write('LOADCHUNK', 4);
const CF_MEXISTS: Spec = read('MEXISTS', -3);
const CF_RESERVE: Spec = write('RESERVE', -3);
const CF_SCANDUMP: Spec = defineCommand('CF.SCANDUMP', {
  arity: 3,
  flags: ['readonly'],
  keys: ONE,
  since: '1.0.0',
  binary: true,
});

/** Options of `cf.insert` and `cf.insertnx`. All but `nocreate` say how to make the filter, and do nothing when it is there. */
export interface CfInsertOptions {
  /** For how many items the filter shall be large enough. */
  readonly capacity?: Int | undefined;
  /** How many items a bucket holds. Of valkey-bloom. */
  readonly bucketsize?: Int | undefined;
  /** How often items are moved to make room before the filter grows. Of valkey-bloom. */
  readonly maxiterations?: Int | undefined;
  /** Adds to a filter that is there, and makes none. */
  readonly nocreate?: boolean | undefined;
}

/** Options of `cf.reserve`. */
export interface CfReserveOptions {
  /** How many items a bucket holds. */
  readonly bucketsize?: Int | undefined;
  /** How often items are moved to make room before the filter grows. */
  readonly maxiterations?: Int | undefined;
  /** How many times as large as the last one the next filter shall be; 0 for a filter that does not grow. */
  readonly expansion?: Int | undefined;
}

/** What is known of a Cuckoo filter. What a newer module adds is there too, its name in camelCase. */
export interface CfInfo<I> {
  /** Bytes of memory. */
  readonly size: I;
  readonly numberOfBuckets: I;
  readonly numberOfFilters: I;
  readonly numberOfItemsInserted: I;
  readonly numberOfItemsDeleted?: I;
  readonly bucketSize: I;
  readonly expansionRate: I;
  readonly maxIterations: I;
  readonly [field: string]: unknown;
}

/**
 * Commands on Cuckoo filters, as RedisBloom and later versions of valkey-bloom have them: like Bloom filters, but items can be deleted, and
 * are counted.
 */
export class CuckooCommands<in out S extends Surface> extends Namespace<S> {
  /**
   * Adds an item, even if it is there already, and gives `true`; makes the filter if there is none.
   *
   * Rejects with a `ResponseError` when the filter is full. Complexity: O(F + M), F being the filters within, M the moves to make room.
   *
   * @since RedisBloom 1.0.0
   * @example
   * ```ts
   * // with a module that has Cuckoo filters
   * await client.cf.add('seen', 'ada'); // => true
   * await client.cf.add('seen', 'ada'); // => true
   * ```
   * @see https://redis.io/docs/latest/commands/cf.add/
   */
  add(key: Key, item: Value): Result<S, boolean> {
    return this.send(CF_ADD, [key, item], toBoolean);
  }

  /**
   * Adds an item unless it is there, and tells whether it did; makes the filter if there is none.
   *
   * `false` may also mean that the filter takes it for another item. Complexity: O(F + M), F being the filters within, M the moves to make
   * room.
   *
   * @since RedisBloom 1.0.0
   * @example
   * ```ts
   * // with a module that has Cuckoo filters
   * await client.cf.addnx('seen', 'ada'); // => true
   * await client.cf.addnx('seen', 'ada'); // => false
   * ```
   * @see https://redis.io/docs/latest/commands/cf.addnx/
   */
  addnx(key: Key, item: Value): Result<S, boolean> {
    return this.send(CF_ADDNX, [key, item], toBoolean);
  }

  /**
   * Gives how often an item was added, or more when the filter takes others for it; 0 when there is no such filter.
   *
   * Complexity: O(F), F being the filters within.
   *
   * @since RedisBloom 1.0.0
   * @example
   * ```ts
   * // with a module that has Cuckoo filters
   * await client.cf.insert('seen', ['ada', 'ada']);
   * await client.cf.count('seen', 'ada'); // => 2
   * ```
   * @see https://redis.io/docs/latest/commands/cf.count/
   */
  count(key: Key, item: Value): Result<S, Integer<S>> {
    return this.send(CF_COUNT, [key, item]);
  }

  /**
   * Deletes an item once, and tells whether it was there.
   *
   * Deleting what was never added may delete another item. Rejects with a `ResponseError` when there is no such filter.
   * Complexity: O(F), F being the filters within.
   *
   * @since RedisBloom 1.0.0
   * @example
   * ```ts
   * // with a module that has Cuckoo filters
   * await client.cf.add('seen', 'ada');
   * await client.cf.del('seen', 'ada'); // => true
   * await client.cf.del('seen', 'ada'); // => false
   * ```
   * @see https://redis.io/docs/latest/commands/cf.del/
   */
  del(key: Key, item: Value): Result<S, boolean> {
    return this.send(CF_DEL, [key, item], toBoolean);
  }

  /**
   * Tells whether an item was added: `false` is certain, `true` may be wrong. `false` when there is no such filter.
   *
   * Complexity: O(F), F being the filters within.
   *
   * @since RedisBloom 1.0.0
   * @example
   * ```ts
   * // with a module that has Cuckoo filters
   * await client.cf.add('seen', 'ada');
   * await client.cf.exists('seen', 'ada'); // => true
   * ```
   * @see https://redis.io/docs/latest/commands/cf.exists/
   */
  exists(key: Key, item: Value): Result<S, boolean> {
    return this.send(CF_EXISTS, [key, item], toBoolean);
  }

  /**
   * Gives what is known of a filter. Rejects with a `ResponseError` when there is none. Complexity: O(1).
   *
   * @since RedisBloom 1.0.0
   * @example
   * ```ts
   * // with a module that has Cuckoo filters
   * await client.cf.add('seen', 'ada');
   * const { size, numberOfItemsInserted } = await client.cf.info('seen');
   * const bytesPerItem = size / numberOfItemsInserted;
   * ```
   * @see https://redis.io/docs/latest/commands/cf.info/
   */
  info(key: Key): Result<S, CfInfo<Integer<S>>> {
    return this.send(CF_INFO, [key], toCfInfo<Integer<S>>);
  }

  /**
   * Adds items, even those that are there already, and gives `true` for each, or why it could not be added; makes the filter as `options`
   * say if there is none.
   *
   * When the filter is full, an item has a `ResponseError` in its place. Complexity: O(N * (F + M)), N being the items, F the filters within,
   * M the moves to make room.
   *
   * @since RedisBloom 1.0.0
   * @example
   * ```ts
   * // with a module that has Cuckoo filters
   * await client.cf.insert('seen', ['ada', 'ada'], { capacity: 1000 }); // => [true, true]
   * ```
   * @see https://redis.io/docs/latest/commands/cf.insert/
   */
  insert(key: Key, items: Many<Value>, options?: CfInsertOptions): Result<S, (boolean | ResponseError)[]> {
    return this.send(CF_INSERT, insertArgs(CF_INSERT, key, items, options), toOutcomes);
  }

  /**
   * Adds the items that are not there, and tells for each whether it did, or why it could not; makes the filter as `options` say if there
   * is none.
   *
   * When the filter is full, an item has a `ResponseError` in its place. Complexity: O(N * (F + M)), N being the items, F the filters within,
   * M the moves to make room.
   *
   * @since RedisBloom 1.0.0
   * @example
   * ```ts
   * // with a module that has Cuckoo filters
   * await client.cf.insertnx('seen', ['ada', 'ada'], { capacity: 1000 }); // => [true, false]
   * ```
   * @see https://redis.io/docs/latest/commands/cf.insertnx/
   */
  insertnx(key: Key, items: Many<Value>, options?: CfInsertOptions): Result<S, (boolean | ResponseError)[]> {
    return this.send(CF_INSERTNX, insertArgs(CF_INSERTNX, key, items, options), toOutcomes);
  }

  /**
   * Makes a filter from the bytes that the server writes for one into its append-only file.
   *
   * Rejects with a `ResponseError` when the key exists. Complexity: O(N), N being the filter's capacity.
   *
   * @since valkey-bloom, after 1.0
   * @example
   * ```ts
   * // with the module valkey-bloom
   * await client.cf.load('seen', Buffer.from('...')).catch((error) => error.code); // => 'ERR'
   * ```
   * @see https://github.com/valkey-io/valkey-bloom
   */
  load(key: Key, data: Key): Result<S, 'OK'> {
    return this.send(CF_LOAD, [key, data]);
  }

  /**
   * Makes a filter again, part by part, from what `scandump` gave. Complexity: O(N), N being the filter's capacity.
   *
   * @since RedisBloom 1.0.0
   * @example
   * ```ts
   * // with a module that has CF.LOADCHUNK
   * await client.cf.loadchunk('copy', 1, Buffer.from('...')); // => 'OK'
   * ```
   * @see https://redis.io/docs/latest/commands/cf.loadchunk/
   */
  loadchunk(key: Key, iterator: Int, data: Key): Result<S, 'OK'> {
    return this.send(CF_LOADCHUNK, [key, iterator, data]);
  }

  /**
   * Tells for each item whether it was added, as `exists` does. Complexity: O(N * F), N being the items, F the filters within.
   *
   * @since RedisBloom 1.0.0
   * @example
   * ```ts
   * // with a module that has Cuckoo filters
   * await client.cf.add('seen', 'ada');
   * await client.cf.mexists('seen', ['ada', 'bob']); // => [true, false]
   * ```
   * @see https://redis.io/docs/latest/commands/cf.mexists/
   */
  mexists(key: Key, items: Many<Value>): Result<S, boolean[]> {
    return this.send(CF_MEXISTS, pushMany(CF_MEXISTS, [key], items, 'item'), toBooleans);
  }

  /**
   * Makes an empty filter for `capacity` items.
   *
   * Rejects with a `ResponseError` when the key exists. Complexity: O(1).
   *
   * @since RedisBloom 1.0.0
   * @example
   * ```ts
   * // with a module that has Cuckoo filters
   * await client.cf.reserve('seen', 1000, { bucketsize: 4, expansion: 2 }); // => 'OK'
   * ```
   * @see https://redis.io/docs/latest/commands/cf.reserve/
   */
  reserve(key: Key, capacity: Int, options?: CfReserveOptions): Result<S, 'OK'> {
    checkOptions(CF_RESERVE, options);
    const args: Value[] = [key, capacity];
    if (options?.bucketsize !== undefined) args.push('BUCKETSIZE', options.bucketsize);
    if (options?.maxiterations !== undefined) args.push('MAXITERATIONS', options.maxiterations);
    if (options?.expansion !== undefined) args.push('EXPANSION', options.expansion);
    return this.send(CF_RESERVE, args);
  }

  /**
   * Gives one part of a filter as bytes, and the `iterator` of the next one. Start with 0; it is over when the iterator is 0 again.
   *
   * The bytes are a Buffer whatever the client's encoding. Complexity: O(N), N being the filter's capacity.
   *
   * @since RedisBloom 1.0.0
   * @example
   * ```ts
   * // with a module that has CF.SCANDUMP
   * await client.cf.add('seen', 'ada');
   * let part = await client.cf.scandump('seen', 0);
   * while (part.chunk !== null) {
   *   await client.cf.loadchunk('copy', part.iterator, part.chunk);
   *   part = await client.cf.scandump('seen', part.iterator);
   * }
   * ```
   * @see https://redis.io/docs/latest/commands/cf.scandump/
   */
  scandump(key: Key, iterator: Int): Result<S, FilterChunk> {
    return this.send(CF_SCANDUMP, [key, iterator], toChunk);
  }
}

function insertArgs(spec: Spec, key: Key, items: Many<Value>, options: CfInsertOptions | undefined): Value[] {
  checkOptions(spec, options);
  const args: Value[] = [key];
  if (options?.capacity !== undefined) args.push('CAPACITY', options.capacity);
  if (options?.bucketsize !== undefined) args.push('BUCKETSIZE', options.bucketsize);
  if (options?.maxiterations !== undefined) args.push('MAXITERATIONS', options.maxiterations);
  if (options?.nocreate) args.push('NOCREATE');
  args.push('ITEMS');
  return pushMany(spec, args, items, 'item');
}

function toCfInfo<I>(reply: unknown, mode: ReplyMode): CfInfo<I> {
  return toInfo(reply, mode) as unknown as CfInfo<I>;
}
