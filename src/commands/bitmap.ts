import { type Int, type Many, checkOptions, isObject, pushMany, refuse } from './argument.ts';
import { type Spec, command } from './spec.ts';
import { Executor, type Integer, type Key, type Result, type Surface, type Value } from './surface.ts';

const BITCOUNT: Spec = command('BITCOUNT');
const BITFIELD: Spec = command('BITFIELD');
const BITFIELD_RO: Spec = command('BITFIELD_RO');
const BITOP: Spec = command('BITOP');
const BITPOS: Spec = command('BITPOS');
const GETBIT: Spec = command('GETBIT');
const SETBIT: Spec = command('SETBIT');

/** One bit. A number with every type of integers. */
export type Bit = 0 | 1;

/** Options of `bitcount` and `bitpos`. */
export interface BitRangeOptions {
  /** What `start` and `end` count: bytes, which is the default, or bits. */
  readonly unit?: 'byte' | 'bit' | undefined;
}

/** How `bitop` combines strings bit by bit. */
export type BitOperator = 'and' | 'or' | 'xor' | 'not';

/** The type of an integer in a bit field: signed (`i1` to `i64`) or unsigned (`u1` to `u63`), with so many bits. */
export type BitfieldType = `i${number}` | `u${number}`;

/** Where an integer of a bit field begins: at this bit, or, as `#2`, so many times its own width from the beginning. */
export type BitfieldOffset = Int | `#${number}`;

/** What an integer becomes that does not fit: it wraps around, stays at the limit (`sat`), or is not written and its reply is `null` (`fail`). */
export type BitfieldOverflow = 'wrap' | 'sat' | 'fail';

/** Reads an integer of a bit field. */
export interface BitfieldGet {
  readonly get: BitfieldType;
  readonly offset: BitfieldOffset;
  readonly set?: undefined;
  readonly incrby?: undefined;
  readonly overflow?: undefined;
}

/** Writes an integer of a bit field; the reply is the old one. */
export interface BitfieldSet {
  readonly set: BitfieldType;
  readonly offset: BitfieldOffset;
  readonly value: Int;
  /** `wrap` without it. */
  readonly overflow?: BitfieldOverflow | undefined;
  readonly get?: undefined;
  readonly incrby?: undefined;
}

/** Adds to an integer of a bit field; the reply is the new one. */
export interface BitfieldIncrby {
  readonly incrby: BitfieldType;
  readonly offset: BitfieldOffset;
  /** What to add; it may be negative. */
  readonly increment: Int;
  /** `wrap` without it. */
  readonly overflow?: BitfieldOverflow | undefined;
  readonly get?: undefined;
  readonly set?: undefined;
}

/** One step of `bitfield`. */
export type BitfieldOperation = BitfieldGet | BitfieldSet | BitfieldIncrby;

/** Commands on the bits of a string. */
export abstract class BitmapCommands<in out S extends Surface> extends Executor<S> {
  /**
   * Gives how many bits are 1 in the value at `key`, or in its bytes from `start` to `end`, both included; 0 when there is no such key.
   *
   * Negative positions count from the end. With the unit `bit` they are bits.
   * Complexity: O(N), N being the bytes looked at.
   *
   * @since 2.6.0; `unit` 7.0.0; `start` without `end` 8.0.0
   * @example
   * ```ts
   * await client.set('letters', 'foobar');
   * await client.bitcount('letters'); // => 26
   * await client.bitcount('letters', 0, 0); // => 4
   * await client.bitcount('letters', 5, 30, { unit: 'bit' }); // => 17
   * ```
   * @see https://valkey.io/commands/bitcount/
   */
  bitcount(key: Key, start?: Int): Result<S, Integer<S>>;
  bitcount(key: Key, start: Int, end: Int, options?: BitRangeOptions): Result<S, Integer<S>>;
  bitcount(key: Key, start?: Int, end?: Int, options?: BitRangeOptions): Result<S, Integer<S>> {
    const args: Value[] = [key];
    pushRange(BITCOUNT, args, start, end, options);
    return this.send(BITCOUNT, args);
  }

  /**
   * Reads and writes integers of any width inside the value at `key`, in the order given, and gives one reply for each.
   *
   * `get` and `set` reply with the integer that was there, 0 beyond the end, `incrby` with the sum, and what `overflow: 'fail'` has left
   * undone with `null`. Wide integers may need `withOptions({ integers: 'bigint' })`.
   * Throws a `DataError` for a step that is not exactly one of `get`, `set` and `incrby`. Complexity: O(1) per step.
   *
   * @since 3.2.0
   * @example
   * ```ts
   * const first = { set: 'u8', offset: '#0', value: 250 } as const;
   * const second = { incrby: 'u8', offset: '#0', increment: 10, overflow: 'sat' } as const;
   * const third = { incrby: 'u8', offset: 0, increment: 1, overflow: 'fail' } as const;
   * await client.bitfield('stats', [first, second, third, { get: 'i5', offset: 3 }]); // => [0, 255, null, -1]
   * await client.bitfield('stats', { get: 'u8', offset: 0 }); // => [255]
   * ```
   * @see https://valkey.io/commands/bitfield/
   */
  bitfield(key: Key, operations: Many<BitfieldGet>): Result<S, Integer<S>[]>;
  bitfield(key: Key, operations: Many<BitfieldOperation>): Result<S, (Integer<S> | null)[]>;
  bitfield(key: Key, operations: Many<BitfieldOperation>): Result<S, (Integer<S> | null)[]> {
    const args: Value[] = [key];
    pushOperations(BITFIELD, args, operations);
    return this.send(BITFIELD, args);
  }

  /**
   * Reads integers of any width inside the value at `key` like `bitfield`, and never writes, so that a replica may answer.
   *
   * Complexity: O(1) per step.
   *
   * @since 6.0.0
   * @example
   * ```ts
   * await client.set('letters', 'ab');
   * await client.bitfield_ro('letters', [{ get: 'u8', offset: '#1' }, { get: 'u4', offset: 0 }]); // => [98, 6]
   * ```
   * @see https://valkey.io/commands/bitfield_ro/
   */
  bitfield_ro(key: Key, operations: Many<BitfieldGet>): Result<S, Integer<S>[]> {
    const args: Value[] = [key];
    pushOperations(BITFIELD_RO, args, operations);
    return this.send(BITFIELD_RO, args);
  }

  /**
   * Combines the values of keys bit by bit, stores the result at `destkey`, and gives its length in bytes: that of the longest value.
   *
   * `not` inverts the value of one key. What a shorter or missing value lacks counts as zeros. An empty result deletes `destkey`.
   * Complexity: O(N), N being the bytes of the longest value.
   *
   * @since 2.6.0
   * @example
   * ```ts
   * await client.mset({ a: 'foobar', b: 'abcdef' });
   * await client.bitop('and', 'both', ['a', 'b']); // => 6
   * await client.bitop('not', 'inverse', 'a'); // => 6
   * ```
   * @see https://valkey.io/commands/bitop/
   */
  bitop(operation: 'not', destkey: Key, key: Key | readonly [Key]): Result<S, Integer<S>>;
  bitop(operation: Exclude<BitOperator, 'not'>, destkey: Key, keys: Many<Key>): Result<S, Integer<S>>;
  bitop(operation: BitOperator, destkey: Key, keys: Many<Key>): Result<S, Integer<S>> {
    return this.send(BITOP, pushMany(BITOP, [operation, destkey], keys, 'key'));
  }

  /**
   * Gives the position of the first bit that is `bit` in the value at `key`, or from the byte `start` to the byte `end`; -1 when there is none.
   *
   * The position counts from the beginning of the value, whatever `start` is. Negative positions count from the end. With the unit `bit`
   * they are bits. A value counts as followed by zeros, but where `end` is given.
   * Complexity: O(N), N being the bytes looked at.
   *
   * @since 2.8.7; `unit` 7.0.0
   * @example
   * ```ts
   * await client.set('bits', Buffer.of(0xff, 0xf0, 0x00));
   * await client.bitpos('bits', 0); // => 12
   * await client.bitpos('bits', 1, 2); // => -1
   * await client.bitpos('bits', 1, 7, 15, { unit: 'bit' }); // => 7
   * ```
   * @see https://valkey.io/commands/bitpos/
   */
  bitpos(key: Key, bit: Bit, start?: Int): Result<S, Integer<S>>;
  bitpos(key: Key, bit: Bit, start: Int, end: Int, options?: BitRangeOptions): Result<S, Integer<S>>;
  bitpos(key: Key, bit: Bit, start?: Int, end?: Int, options?: BitRangeOptions): Result<S, Integer<S>> {
    const args: Value[] = [key, bit];
    pushRange(BITPOS, args, start, end, options);
    return this.send(BITPOS, args);
  }

  /**
   * Gives the bit at `offset`, the highest bit of the first byte being at 0; 0 beyond the end of the value, and when there is no such key.
   *
   * Complexity: O(1).
   *
   * @since 2.2.0
   * @example
   * ```ts
   * await client.setbit('visits', 7, 1);
   * await client.getbit('visits', 7); // => 1
   * ```
   * @see https://valkey.io/commands/getbit/
   */
  getbit(key: Key, offset: Int): Result<S, Bit> {
    return this.send(GETBIT, [key, offset], toBit);
  }

  /**
   * Sets the bit at `offset`, and gives the one that was there. A value that is too short grows, with zeros between.
   *
   * Rejects with a `ResponseError` for an offset of 2^32 or more. The first bit far behind the end costs the server the memory up to there.
   * Complexity: O(1).
   *
   * @since 2.2.0
   * @example
   * ```ts
   * await client.setbit('visits', 7, 1); // => 0
   * await client.setbit('visits', 7, 0); // => 1
   * ```
   * @see https://valkey.io/commands/setbit/
   */
  setbit(key: Key, offset: Int, value: Bit): Result<S, Bit> {
    return this.send(SETBIT, [key, offset, value], toBit);
  }
}

function pushRange(
  spec: Spec,
  args: Value[],
  start: Int | undefined,
  end: Int | undefined,
  options: BitRangeOptions | undefined,
): void {
  checkOptions(spec, options);
  if (start === undefined && end !== undefined) refuse(spec, 'takes an end only with a start');
  if (start !== undefined) args.push(start);
  if (end !== undefined) args.push(end);
  if (options?.unit === undefined) return;
  if (end === undefined) refuse(spec, 'takes a unit only with a start and an end');
  args.push(options.unit);
}

/** OVERFLOW holds for all steps after it, so it is said again wherever it changes. */
function pushOperations(spec: Spec, args: Value[], operations: Many<BitfieldOperation>): void {
  let current: Value = 'wrap';
  for (const operation of (Array.isArray(operations) ? operations : [operations]) as readonly BitfieldOperation[]) {
    if (!isObject(operation)) refuse(spec, 'needs steps such as { get, offset }');
    const { get, set, incrby, offset, overflow = 'wrap' } = operation;
    if (Number(get !== undefined) + Number(set !== undefined) + Number(incrby !== undefined) !== 1) {
      refuse(spec, 'needs one of get, set and incrby in each step');
    }
    if (get !== undefined) {
      if (operation.overflow !== undefined) refuse(spec, 'takes overflow only with set and incrby');
      args.push('GET', get, offset);
      continue;
    }
    if (spec === BITFIELD_RO) refuse(spec, 'only takes steps that get');
    if (overflow !== current) args.push('OVERFLOW', overflow);
    current = overflow;
    if (set !== undefined) args.push('SET', set, offset, operation.value);
    else args.push('INCRBY', incrby, offset, operation.increment);
  }
}

function toBit(reply: unknown): Bit {
  return Number(reply) as Bit;
}
