import type { ReplyMode } from '../../protocol/reply-mode.ts';
import { type Entries, type Int, type Many, checkOptions, pushEntries, pushMany, refuse } from '../argument.ts';
import { toBooleans } from '../reply.ts';
import { type Decoder, type Spec, defineCommand } from '../spec.ts';
import { type Integer, type Key, Namespace, type Result, type Surface, type Text, type Value } from '../surface.ts';
import { toInfo, toNumber } from './reply.ts';

const ONE: readonly [1, 1, 1] = [1, 1, 1];

function read(name: string, arity: number): Spec {
  return defineCommand(`TOPK.${name}`, { arity, flags: ['readonly'], keys: ONE, since: '2.0.0' });
}
function write(name: string, arity: number): Spec {
  return defineCommand(`TOPK.${name}`, { arity, flags: ['write'], keys: ONE, since: '2.0.0' });
}

const TOPK_ADD: Spec = write('ADD', -3);
const TOPK_COUNT: Spec = read('COUNT', -3);
const TOPK_INCRBY: Spec = write('INCRBY', -4);
const TOPK_INFO: Spec = read('INFO', 2);
const TOPK_LIST: Spec = read('LIST', -2);
const TOPK_LOAD: Spec = write('LOAD', 3);
const TOPK_QUERY: Spec = read('QUERY', -3);
const TOPK_RESERVE: Spec = write('RESERVE', -3);

/** The counters behind a list: all three of these, or none, which is 8, 7 and 0.9. */
export type TopkCounters =
  | {
      /** Counters per row. */
      readonly width: Int;
      /** Rows. */
      readonly depth: Int;
      /** How likely a small count is to fade when another item comes, between 0 and 1. */
      readonly decay: number;
    }
  | { readonly width?: undefined; readonly depth?: undefined; readonly decay?: undefined };

/** Options of `topk.reserve`. */
export type TopkReserveOptions = TopkCounters & {
  /** The number that the hash functions begin with. Of valkey-bloom. */
  readonly seed?: Int | undefined;
};

/** Options of `topk.list`. */
export interface TopkListOptions {
  /** Gives the counts too. */
  readonly withcount?: boolean | undefined;
}

/** An item of a list and about how often it occurred. */
export interface TopkItem<T, I> {
  readonly item: T;
  readonly count: I;
}

/** What is known of a list. What a newer module adds is there too, its name in camelCase. */
export interface TopkInfo<I> {
  /** The most items it has. */
  readonly k: I;
  readonly width: I;
  readonly depth: I;
  readonly decay: number;
  readonly [field: string]: unknown;
}

const FIELDS: ReadonlyMap<string, Decoder<unknown>> = new Map([['decay', toNumber]]);

/** Commands on Top-K lists, as RedisBloom and later versions of valkey-bloom have them: the items that occurred most often, in little memory. */
export class TopKCommands<in out S extends Surface> extends Namespace<S> {
  /**
   * Counts items once more, and gives for each the item that it drove from the list; `null` for none.
   *
   * Rejects with a `ResponseError` when there is no such list. Complexity: O(N * D), N being the items, D the rows of counters.
   *
   * @since RedisBloom 2.0.0
   * @example
   * ```ts
   * // with a module that has Top-K lists
   * await client.topk.reserve('pages', 10);
   * await client.topk.add('pages', ['home', 'about']); // => [null, null]
   * ```
   * @see https://redis.io/docs/latest/commands/topk.add/
   */
  add(key: Key, items: Many<Value>): Result<S, (Text<S> | null)[]> {
    return this.send(TOPK_ADD, pushMany(TOPK_ADD, [key], items, 'item'));
  }

  /**
   * Gives about how often items occurred, whether they are in the list or not.
   *
   * `list` with `withcount` gives the counts that matter. Rejects with a `ResponseError` when there is no such list.
   * Complexity: O(N * D), N being the items, D the rows of counters.
   *
   * @since RedisBloom 2.0.0
   * @example
   * ```ts
   * // with a module that has Top-K lists
   * await client.topk.reserve('pages', 10);
   * await client.topk.add('pages', ['home', 'home']);
   * await client.topk.count('pages', ['home', 'about']); // => [2, 0]
   * ```
   * @see https://redis.io/docs/latest/commands/topk.count/
   */
  count(key: Key, items: Many<Value>): Result<S, Integer<S>[]> {
    return this.send(TOPK_COUNT, pushMany(TOPK_COUNT, [key], items, 'item'));
  }

  /**
   * Adds to the counts of items, and gives for each the item that it drove from the list; `null` for none. Takes an object, pairs or a `Map`.
   *
   * Of an object, names that are whole numbers come first: use pairs where the order matters. Rejects with a `ResponseError` when there is
   * no such list. Complexity: O(N * D), N being the items, D the rows of counters.
   *
   * @since RedisBloom 2.0.0
   * @example
   * ```ts
   * // with a module that has Top-K lists
   * await client.topk.reserve('pages', 1);
   * await client.topk.incrby('pages', { home: 2, about: 5 }); // => [null, 'home']
   * ```
   * @see https://redis.io/docs/latest/commands/topk.incrby/
   */
  incrby(key: Key, increments: Entries): Result<S, (Text<S> | null)[]> {
    const args: Value[] = [key];
    pushEntries(TOPK_INCRBY, args, increments, 'item');
    return this.send(TOPK_INCRBY, args);
  }

  /**
   * Gives what is known of a list. Rejects with a `ResponseError` when there is none. Complexity: O(1).
   *
   * @since RedisBloom 2.0.0
   * @example
   * ```ts
   * // with a module that has Top-K lists
   * await client.topk.reserve('pages', 10, { width: 50, depth: 4, decay: 0.9 });
   * await client.topk.info('pages'); // => { k: 10, width: 50, depth: 4, decay: 0.9 }
   * ```
   * @see https://redis.io/docs/latest/commands/topk.info/
   */
  info(key: Key): Result<S, TopkInfo<Integer<S>>> {
    return this.send(TOPK_INFO, [key], toTopkInfo<Integer<S>>);
  }

  /**
   * Gives the items of the list, the most frequent first, and their counts if asked.
   *
   * Rejects with a `ResponseError` when there is no such list. Complexity: O(K * log K), K being the length of the list.
   *
   * @since RedisBloom 2.0.0
   * @example
   * ```ts
   * // with a module that has Top-K lists
   * await client.topk.reserve('pages', 10);
   * await client.topk.incrby('pages', { home: 2, about: 5 });
   * await client.topk.list('pages'); // => ['about', 'home']
   * await client.topk.list('pages', { withcount: true }); // => [{ item: 'about', count: 5 }, { item: 'home', count: 2 }]
   * ```
   * @see https://redis.io/docs/latest/commands/topk.list/
   */
  list(key: Key, options?: TopkListOptions & { readonly withcount?: false | undefined }): Result<S, Text<S>[]>;
  list(key: Key, options: { readonly withcount: true }): Result<S, TopkItem<Text<S>, Integer<S>>[]>;
  list(key: Key, options: TopkListOptions | undefined): Result<S, Text<S>[] | TopkItem<Text<S>, Integer<S>>[]>;
  list(key: Key, options?: TopkListOptions): Result<S, Text<S>[] | TopkItem<Text<S>, Integer<S>>[]> {
    checkOptions(TOPK_LIST, options);
    if (!options?.withcount) return this.send(TOPK_LIST, [key]);
    return this.send(TOPK_LIST, [key, 'WITHCOUNT'], toItems<Text<S>, Integer<S>>);
  }

  /**
   * Makes a list from the bytes that the server writes for one into its append-only file.
   *
   * Rejects with a `ResponseError` when the key exists. Complexity: O(N), N being the bytes.
   *
   * @since valkey-bloom, after 1.0
   * @example
   * ```ts
   * // with the module valkey-bloom
   * await client.topk.load('pages', Buffer.from('...')).catch((error) => error.code); // => 'ERR'
   * ```
   * @see https://github.com/valkey-io/valkey-bloom
   */
  load(key: Key, data: Key): Result<S, 'OK'> {
    return this.send(TOPK_LOAD, [key, data]);
  }

  /**
   * Tells for each item whether it is in the list.
   *
   * Rejects with a `ResponseError` when there is no such list. Complexity: O(N), N being the items.
   *
   * @since RedisBloom 2.0.0
   * @example
   * ```ts
   * // with a module that has Top-K lists
   * await client.topk.reserve('pages', 10);
   * await client.topk.add('pages', 'home');
   * await client.topk.query('pages', ['home', 'about']); // => [true, false]
   * ```
   * @see https://redis.io/docs/latest/commands/topk.query/
   */
  query(key: Key, items: Many<Value>): Result<S, boolean[]> {
    return this.send(TOPK_QUERY, pushMany(TOPK_QUERY, [key], items, 'item'), toBooleans);
  }

  /**
   * Makes an empty list of up to `k` items.
   *
   * Rejects with a `ResponseError` when the key exists. Throws a `DataError` when some of `width`, `depth` and `decay` are missing.
   * Complexity: O(1).
   *
   * @since RedisBloom 2.0.0
   * @example
   * ```ts
   * // with a module that has Top-K lists
   * await client.topk.reserve('pages', 10, { width: 50, depth: 4, decay: 0.9 }); // => 'OK'
   * ```
   * @see https://redis.io/docs/latest/commands/topk.reserve/
   */
  reserve(key: Key, k: Int, options?: TopkReserveOptions): Result<S, 'OK'> {
    checkOptions(TOPK_RESERVE, options);
    const { width, depth, decay, seed } = options ?? {};
    const args: Value[] = [key, k];
    if (width !== undefined && depth !== undefined && decay !== undefined) args.push(width, depth, decay);
    else if (width !== undefined || depth !== undefined || decay !== undefined) {
      refuse(TOPK_RESERVE, 'takes all of width, depth and decay, or none');
    }
    if (seed !== undefined) args.push('SEED', seed);
    return this.send(TOPK_RESERVE, args);
  }
}

function toTopkInfo<I>(reply: unknown, mode: ReplyMode): TopkInfo<I> {
  return toInfo(reply, mode, FIELDS) as unknown as TopkInfo<I>;
}

function toItems<T, I>(reply: unknown): TopkItem<T, I>[] {
  const flat = reply as unknown[];
  const items: TopkItem<T, I>[] = [];
  for (let i = 0; i < flat.length; i += 2) items.push({ item: flat[i] as T, count: flat[i + 1] as I });
  return items;
}
