import type { ResponseError } from '../../errors.ts';
import type { ReplyMode } from '../../protocol/reply-mode.ts';
import { type Int, type Many, checkOptions, pushMany, refuse } from '../argument.ts';
import { toBoolean, toBooleans } from '../reply.ts';
import { type Decoder, type Spec, defineCommand } from '../spec.ts';
import { type Integer, type Key, Namespace, type Result, type Surface, type Value } from '../surface.ts';
import { type FilterChunk, toChunk, toInfo, toNumber, toOutcomes } from './reply.ts';

const ONE: readonly [1, 1, 1] = [1, 1, 1];

function read(name: string, arity: number): Spec {
  return defineCommand(`BF.${name}`, { arity, flags: ['readonly'], keys: ONE, since: '1.0.0' });
}
function write(name: string, arity: number): Spec {
  return defineCommand(`BF.${name}`, { arity, flags: ['write'], keys: ONE, since: '1.0.0' });
}

const BF_ADD: Spec = write('ADD', 3);
const BF_CARD: Spec = read('CARD', 2);
const BF_EXISTS: Spec = read('EXISTS', 3);
const BF_INFO: Spec = read('INFO', -2);
const BF_INSERT: Spec = write('INSERT', -2);
const BF_LOAD: Spec = write('LOAD', 3);
const BF_LOADCHUNK: Spec = write('LOADCHUNK', 4);
const BF_MADD: Spec = write('MADD', -3);
const BF_MEXISTS: Spec = read('MEXISTS', -3);
const BF_RESERVE: Spec = write('RESERVE', -4);
const BF_SCANDUMP: Spec = defineCommand('BF.SCANDUMP', {
  arity: 3,
  flags: ['readonly'],
  keys: ONE,
  since: '1.0.0',
  binary: true,
});

/** How a filter grows once it is full: by filters so many times as large as the last, or not at all. */
export type BfGrowth =
  | {
      /** How many times as large as the last one the next filter shall be; 2 without it. */
      readonly expansion?: Int | undefined;
      readonly nonscaling?: undefined;
    }
  | {
      readonly expansion?: undefined;
      /** Refuses items once the filter is full. */
      readonly nonscaling?: boolean | undefined;
    };

/** Options of `bf.insert`. All but `nocreate` say how to make the filter, and do nothing when it is there. */
export type BfInsertOptions = BfGrowth & {
  /** For how many items the filter shall be large enough. */
  readonly capacity?: Int | undefined;
  /** How often an unknown item may be taken for a known one, as a fraction: 0.01 is one of a hundred. */
  readonly error?: number | undefined;
  /** Adds to a filter that is there, and makes none. */
  readonly nocreate?: boolean | undefined;
  /** By how much each further filter's `error` is smaller than the last one's, as a fraction. Of valkey-bloom. */
  readonly tightening?: number | undefined;
  /** The 32 bytes that the hash functions begin with. Of valkey-bloom. */
  readonly seed?: Key | undefined;
} & (
    | {
        /** Fails unless the filter could grow to so many items within the limits of memory. Of valkey-bloom. */
        readonly validatescaleto?: Int | undefined;
        readonly nonscaling?: undefined;
      }
    | { readonly validatescaleto?: undefined; readonly nonscaling?: boolean | undefined }
  );

/** What `bf.info` can tell alone. */
export type BfInfoField =
  | 'capacity'
  | 'size'
  | 'filters'
  | 'items'
  | 'error'
  | 'expansion'
  | 'tightening'
  | 'maxscaledcapacity';

/** What is known of a Bloom filter. What a newer module adds is there too, its name in camelCase. */
export interface BfInfo<I> {
  /** For how many items it is large enough before it grows. */
  readonly capacity: I;
  /** Bytes of memory. */
  readonly size: I;
  readonly numberOfFilters: I;
  readonly numberOfItemsInserted: I;
  /** `null` for a filter that does not grow. */
  readonly expansionRate: I | null;
  /** Of valkey-bloom, as the following ones. */
  readonly errorRate?: number;
  /** Only of a filter that grows, as the next one. */
  readonly tighteningRatio?: number;
  /** The most items it can grow to. */
  readonly maxScaledCapacity?: I;
  readonly [field: string]: unknown;
}

const FIELDS: ReadonlyMap<string, Decoder<unknown>> = new Map([
  ['errorRate', toNumber],
  ['tighteningRatio', toNumber],
]);

/**
 * Commands on Bloom filters, as the module valkey-bloom has them: sets that remember their items in little memory, and sometimes take an
 * item for one of theirs which is none.
 */
export class BloomCommands<in out S extends Surface> extends Namespace<S> {
  /**
   * Adds an item, and tells whether it was new; makes the filter if there is none.
   *
   * `false` may also mean that the filter takes it for another item. Rejects with a `ResponseError` when the filter is full and does not grow.
   * Complexity: O(K), K being the filter's hash functions.
   *
   * @since valkey-bloom 1.0.0
   * @example
   * ```ts
   * // with the module valkey-bloom
   * await client.bf.add('seen', 'ada'); // => true
   * await client.bf.add('seen', 'ada'); // => false
   * ```
   * @see https://valkey.io/commands/bf.add/
   */
  add(key: Key, item: Value): Result<S, boolean> {
    return this.send(BF_ADD, [key, item], toBoolean);
  }

  /**
   * Gives how many items were added; 0 when there is no such filter. Complexity: O(1).
   *
   * @since valkey-bloom 1.0.0
   * @example
   * ```ts
   * // with the module valkey-bloom
   * await client.bf.madd('seen', ['ada', 'bob']);
   * await client.bf.card('seen'); // => 2
   * ```
   * @see https://valkey.io/commands/bf.card/
   */
  card(key: Key): Result<S, Integer<S>> {
    return this.send(BF_CARD, [key]);
  }

  /**
   * Tells whether an item was added: `false` is certain, `true` may be wrong as often as the filter's error rate says.
   *
   * `false` when there is no such filter. Complexity: O(K), K being the filter's hash functions.
   *
   * @since valkey-bloom 1.0.0
   * @example
   * ```ts
   * // with the module valkey-bloom
   * await client.bf.add('seen', 'ada');
   * await client.bf.exists('seen', 'ada'); // => true
   * await client.bf.exists('seen', 'bob'); // => false
   * ```
   * @see https://valkey.io/commands/bf.exists/
   */
  exists(key: Key, item: Value): Result<S, boolean> {
    return this.send(BF_EXISTS, [key, item], toBoolean);
  }

  /**
   * Gives what is known of a filter, or one `field` of that.
   *
   * Rejects with a `ResponseError` when there is no such filter, or it has no such field. Complexity: O(1).
   *
   * @since valkey-bloom 1.0.0
   * @example
   * ```ts
   * // with the module valkey-bloom
   * await client.bf.reserve('seen', 0.01, 1000);
   * const { capacity, numberOfItemsInserted } = await client.bf.info('seen');
   * const left = capacity - numberOfItemsInserted;
   * await client.bf.info('seen', 'expansion'); // => 2
   * ```
   * @see https://valkey.io/commands/bf.info/
   */
  info(key: Key): Result<S, BfInfo<Integer<S>>>;
  info(key: Key, field: 'capacity' | 'size' | 'filters' | 'items' | 'maxscaledcapacity'): Result<S, Integer<S>>;
  info(key: Key, field: 'expansion'): Result<S, Integer<S> | null>;
  info(key: Key, field: 'error' | 'tightening'): Result<S, number>;
  info(key: Key, field: BfInfoField): Result<S, Integer<S> | number | null>;
  info(key: Key, field?: BfInfoField): Result<S, BfInfo<Integer<S>> | Integer<S> | number | null> {
    if (field === undefined) return this.send(BF_INFO, [key], toBfInfo<Integer<S>>);
    const fraction = field === 'error' || field === 'tightening';
    return this.send<Integer<S> | number | null>(BF_INFO, [key, field], fraction ? toFraction : toField<Integer<S>>);
  }

  /**
   * Adds items, and tells for each whether it was new, or why it could not be added; makes the filter as `options` say if there is none.
   *
   * When the filter is full and does not grow, an item that does not fit has a `ResponseError` in its place, at which valkey-bloom stops.
   * Without items it only makes the filter, if the module is valkey-bloom. Throws a `DataError` for `nonscaling` together with `expansion`
   * or `validatescaleto`. Complexity: O(N * K), N being the items, K the filter's hash functions.
   *
   * @since valkey-bloom 1.0.0
   * @example
   * ```ts
   * // with the module valkey-bloom
   * await client.bf.insert('seen', ['ada', 'bob'], { capacity: 10_000, error: 0.001 }); // => [true, true]
   * await client.bf.insert('seen', 'ada', { nocreate: true }); // => [false]
   * ```
   * @see https://valkey.io/commands/bf.insert/
   */
  insert(key: Key, items: Many<Value>, options?: BfInsertOptions): Result<S, (boolean | ResponseError)[]> {
    checkOptions(BF_INSERT, options);
    const args: Value[] = [key];
    if (options?.capacity !== undefined) args.push('CAPACITY', options.capacity);
    if (options?.error !== undefined) args.push('ERROR', options.error);
    if (options?.tightening !== undefined) args.push('TIGHTENING', options.tightening);
    if (options?.seed !== undefined) args.push('SEED', options.seed);
    if (options !== undefined) pushGrowth(BF_INSERT, args, options);
    if (options?.validatescaleto !== undefined) {
      if (options.nonscaling) refuse(BF_INSERT, 'takes only one of nonscaling and validatescaleto');
      args.push('VALIDATESCALETO', options.validatescaleto);
    }
    if (options?.nocreate) args.push('NOCREATE');
    if (!Array.isArray(items) || items.length > 0) {
      args.push('ITEMS');
      pushMany(BF_INSERT, args, items, 'item');
    }
    return this.send(BF_INSERT, args, toOutcomes);
  }

  /**
   * Makes a filter from the bytes that the server writes for one into its append-only file.
   *
   * Rejects with a `ResponseError` when the key exists. Complexity: O(N), N being the filter's capacity.
   *
   * @since valkey-bloom 1.0.0
   * @example
   * ```ts
   * // with the module valkey-bloom
   * const bytes = Buffer.from('...');
   * await client.bf.load('seen', bytes).catch((error) => error.code); // => 'ERR'
   * ```
   * @see https://valkey.io/commands/bf.load/
   */
  load(key: Key, data: Key): Result<S, 'OK'> {
    return this.send(BF_LOAD, [key, data]);
  }

  /**
   * Makes a filter again, part by part, from what `scandump` gave.
   *
   * valkey-bloom lacks it: there, `dump` and `restore` carry filters. Complexity: O(N), N being the filter's capacity.
   *
   * @since RedisBloom 1.0.0
   * @example
   * ```ts
   * // with a module that has BF.LOADCHUNK
   * await client.bf.loadchunk('copy', 1, Buffer.from('...')); // => 'OK'
   * ```
   * @see https://redis.io/docs/latest/commands/bf.loadchunk/
   */
  loadchunk(key: Key, iterator: Int, data: Key): Result<S, 'OK'> {
    return this.send(BF_LOADCHUNK, [key, iterator, data]);
  }

  /**
   * Adds items, and tells for each whether it was new, or why it could not be added; makes the filter if there is none.
   *
   * When the filter is full and does not grow, an item that does not fit has a `ResponseError` in its place, at which valkey-bloom stops.
   * Complexity: O(N * K), N being the items, K the filter's hash functions.
   *
   * @since valkey-bloom 1.0.0
   * @example
   * ```ts
   * // with the module valkey-bloom
   * await client.bf.madd('seen', ['ada', 'bob', 'ada']); // => [true, true, false]
   * ```
   * @see https://valkey.io/commands/bf.madd/
   */
  madd(key: Key, items: Many<Value>): Result<S, (boolean | ResponseError)[]> {
    return this.send(BF_MADD, pushMany(BF_MADD, [key], items, 'item'), toOutcomes);
  }

  /**
   * Tells for each item whether it was added, as `exists` does. Complexity: O(N * K), N being the items, K the filter's hash functions.
   *
   * @since valkey-bloom 1.0.0
   * @example
   * ```ts
   * // with the module valkey-bloom
   * await client.bf.add('seen', 'ada');
   * await client.bf.mexists('seen', ['ada', 'bob']); // => [true, false]
   * ```
   * @see https://valkey.io/commands/bf.mexists/
   */
  mexists(key: Key, items: Many<Value>): Result<S, boolean[]> {
    return this.send(BF_MEXISTS, pushMany(BF_MEXISTS, [key], items, 'item'), toBooleans);
  }

  /**
   * Makes an empty filter for `capacity` items that takes an unknown item for a known one as often as `errorRate` says, a fraction.
   *
   * Rejects with a `ResponseError` when the key exists. Throws a `DataError` for `nonscaling` together with `expansion`.
   * Complexity: O(1).
   *
   * @since valkey-bloom 1.0.0
   * @example
   * ```ts
   * // with the module valkey-bloom
   * await client.bf.reserve('seen', 0.001, 10_000, { expansion: 4 }); // => 'OK'
   * ```
   * @see https://valkey.io/commands/bf.reserve/
   */
  reserve(key: Key, errorRate: number, capacity: Int, options?: BfGrowth): Result<S, 'OK'> {
    checkOptions(BF_RESERVE, options);
    const args: Value[] = [key, errorRate, capacity];
    if (options !== undefined) pushGrowth(BF_RESERVE, args, options);
    return this.send(BF_RESERVE, args);
  }

  /**
   * Gives one part of a filter as bytes, and the `iterator` of the next one. Start with 0; it is over when the iterator is 0 again.
   *
   * The bytes are a Buffer whatever the client's encoding. valkey-bloom lacks it: there, `dump` and `restore` carry filters.
   * Complexity: O(N), N being the filter's capacity.
   *
   * @since RedisBloom 1.0.0
   * @example
   * ```ts
   * // with a module that has BF.SCANDUMP
   * await client.bf.add('seen', 'ada');
   * let part = await client.bf.scandump('seen', 0);
   * while (part.chunk !== null) {
   *   await client.bf.loadchunk('copy', part.iterator, part.chunk);
   *   part = await client.bf.scandump('seen', part.iterator);
   * }
   * ```
   * @see https://redis.io/docs/latest/commands/bf.scandump/
   */
  scandump(key: Key, iterator: Int): Result<S, FilterChunk> {
    return this.send(BF_SCANDUMP, [key, iterator], toChunk);
  }
}

function pushGrowth(
  spec: Spec,
  args: Value[],
  growth: { readonly expansion?: Int | undefined; readonly nonscaling?: boolean | undefined },
): void {
  if (growth.nonscaling && growth.expansion !== undefined) refuse(spec, 'takes only one of nonscaling and expansion');
  if (growth.expansion !== undefined) args.push('EXPANSION', growth.expansion);
  if (growth.nonscaling) args.push('NONSCALING');
}

function toBfInfo<I>(reply: unknown, mode: ReplyMode): BfInfo<I> {
  return toInfo(reply, mode, FIELDS) as unknown as BfInfo<I>;
}

/** One field, which some modules put into a list, behind its name or not. */
function toField<I>(reply: unknown): I | null {
  return (Array.isArray(reply) ? reply.at(-1) : reply) as I | null;
}

function toFraction(reply: unknown): number {
  return toNumber(toField(reply));
}
