import type { ReplyMode } from '../protocol/reply-mode.ts';
import {
  type Entries,
  type Int,
  type Many,
  type ReadLifetime,
  type WriteLifetime,
  listOf,
  pushEntries,
  pushLifetime,
  refuse,
  checkOptions,
  isObject,
} from './argument.ts';
import { toBoolean, toDouble, toNamed } from './reply.ts';
import { type Spec, command } from './spec.ts';
import { Executor, type Integer, type Key, type Result, type Surface, type Text, type Value } from './surface.ts';

const APPEND: Spec = command('APPEND');
const DECR: Spec = command('DECR');
const DECRBY: Spec = command('DECRBY');
const DELIFEQ: Spec = command('DELIFEQ');
const GET: Spec = command('GET');
const GETDEL: Spec = command('GETDEL');
const GETEX: Spec = command('GETEX');
const GETRANGE: Spec = command('GETRANGE');
const GETSET: Spec = command('GETSET');
const INCR: Spec = command('INCR');
const INCRBY: Spec = command('INCRBY');
const INCRBYFLOAT: Spec = command('INCRBYFLOAT');
const LCS: Spec = command('LCS');
const MGET: Spec = command('MGET');
const MSET: Spec = command('MSET');
const MSETEX: Spec = command('MSETEX');
const MSETNX: Spec = command('MSETNX');
const PSETEX: Spec = command('PSETEX');
const SET: Spec = command('SET');
const SETEX: Spec = command('SETEX');
const SETNX: Spec = command('SETNX');
const SETRANGE: Spec = command('SETRANGE');
const STRLEN: Spec = command('STRLEN');
const SUBSTR: Spec = command('SUBSTR');

/** Options of `set`. */
export type SetOptions = WriteLifetime & {
  /** Writes only if the key does not exist (`nx`), if it exists (`xx`), or if it holds exactly this value (`ifeq`, since Valkey 8.1). */
  readonly condition?: 'nx' | 'xx' | { readonly ifeq: Value } | undefined;
  /** Answers with the value that was there before, instead of with `OK`. */
  readonly get?: boolean | undefined;
};

/** Options of `msetex`. */
export type MsetexOptions = WriteLifetime & {
  /** Writes only if none of the keys exists (`nx`), or if all of them do (`xx`). */
  readonly condition?: 'nx' | 'xx' | undefined;
};

/** Options of `lcs`. */
export type LcsOptions = LcsTextOptions | LcsLengthOptions | LcsMatchOptions;

/** Asks `lcs` for the common text itself. */
export interface LcsTextOptions {
  readonly len?: false | undefined;
  readonly idx?: false | undefined;
}

/** Asks `lcs` for the length of the common text. */
export interface LcsLengthOptions {
  readonly len: true;
  readonly idx?: false | undefined;
}

/** Asks `lcs` for where the common text stands. */
export interface LcsMatchOptions {
  readonly idx: true;
  readonly len?: false | undefined;
  /** Leaves out matches shorter than this many bytes. */
  readonly minmatchlen?: Int | undefined;
  /** Gives the length of each match too. */
  readonly withmatchlen?: boolean | undefined;
}

/** One run of bytes that two values have in common. The ends are inclusive, as the server counts them. */
export interface LcsMatch<I> {
  /** First and last byte in the first value. */
  readonly key1: readonly [start: I, end: I];
  /** First and last byte in the second value. */
  readonly key2: readonly [start: I, end: I];
  /** The length in bytes, when `withmatchlen` asked for it. */
  readonly len?: I;
}

/** What `lcs` finds with `idx`: the matches from the last to the first, and the length of all of them, left out ones included. */
export interface LcsMatches<I> {
  readonly matches: LcsMatch<I>[];
  readonly len: I;
}

/** Commands on strings: values of bytes, read and written whole, in parts, or as numbers. */
export abstract class StringCommands<in out S extends Surface> extends Executor<S> {
  /**
   * Appends `value` to the string at `key`, which is created when there is none, and gives the new length in bytes.
   *
   * Complexity: O(1), amortized.
   *
   * @since 2.0.0
   * @example
   * ```ts
   * await client.append('log', 'one;'); // => 4
   * await client.append('log', 'two;'); // => 8
   * ```
   * @see https://valkey.io/commands/append/
   */
  append(key: Key, value: Value): Result<S, Integer<S>> {
    return this.send(APPEND, [key, value]);
  }

  /**
   * Subtracts one from the integer at `key`, counting from 0 when there is none, and gives the result.
   *
   * Rejects with a `ResponseError` when the value is not a 64-bit integer or would leave that range.
   *
   * Complexity: O(1).
   *
   * @since 1.0.0
   * @example
   * ```ts
   * await client.decr('stock'); // => -1
   * ```
   * @see https://valkey.io/commands/decr/
   */
  decr(key: Key): Result<S, Integer<S>> {
    return this.send(DECR, [key]);
  }

  /**
   * Subtracts `decrement` from the integer at `key`, counting from 0 when there is none, and gives the result.
   *
   * Complexity: O(1).
   *
   * @since 1.0.0
   * @example
   * ```ts
   * await client.set('stock', 10);
   * await client.decrby('stock', 3); // => 7
   * ```
   * @see https://valkey.io/commands/decrby/
   */
  decrby(key: Key, decrement: Int): Result<S, Integer<S>> {
    return this.send(DECRBY, [key, decrement]);
  }

  /**
   * Deletes `key` if it holds exactly `value`, in one step, and tells whether it did.
   *
   * This is how a lock is released by its owner alone.
   *
   * Complexity: O(1).
   *
   * @since 9.0.0
   * @example
   * ```ts
   * await client.set('lock', 'token-1');
   * await client.delifeq('lock', 'token-2'); // => false
   * await client.delifeq('lock', 'token-1'); // => true
   * ```
   * @see https://valkey.io/commands/delifeq/
   */
  delifeq(key: Key, value: Value): Result<S, boolean> {
    return this.send(DELIFEQ, [key, value], toBoolean);
  }

  /**
   * Gives the string at `key`, or `null` when there is none.
   *
   * Rejects with a `ResponseError` (`WRONGTYPE`) when the key holds something else than a string.
   *
   * Complexity: O(1).
   *
   * @since 1.0.0
   * @example
   * ```ts
   * await client.set('greeting', 'hello');
   * await client.get('greeting'); // => 'hello'
   * await client.get('nothing'); // => null
   * ```
   * @see https://valkey.io/commands/get/
   */
  get(key: Key): Result<S, Text<S> | null> {
    return this.send(GET, [key]);
  }

  /**
   * Gives the string at `key`, or `null`, and deletes the key.
   *
   * Complexity: O(1).
   *
   * @since 6.2.0
   * @example
   * ```ts
   * await client.set('once', 'secret');
   * await client.getdel('once'); // => 'secret'
   * await client.getdel('once'); // => null
   * ```
   * @see https://valkey.io/commands/getdel/
   */
  getdel(key: Key): Result<S, Text<S> | null> {
    return this.send(GETDEL, [key]);
  }

  /**
   * Gives the string at `key`, or `null`, and changes how long it lives. Without options it changes nothing.
   *
   * Complexity: O(1).
   *
   * @since 6.2.0
   * @example
   * ```ts
   * await client.set('session', 'ada', { ex: 60 });
   * await client.getex('session', { ex: 600 }); // => 'ada'
   * await client.getex('session', { persist: true }); // => 'ada'
   * ```
   * @see https://valkey.io/commands/getex/
   */
  getex(key: Key, options?: ReadLifetime): Result<S, Text<S> | null> {
    checkOptions(GETEX, options);
    const args: Value[] = [key];
    if (options !== undefined) pushLifetime(GETEX, args, options);
    return this.send(GETEX, args);
  }

  /**
   * Gives the bytes of the string at `key` from `start` to `end`, both included; negative offsets count from the end.
   *
   * Gives an empty string when there is no such key or range. Offsets count bytes, not characters.
   *
   * Complexity: O(N) for N bytes given.
   *
   * @since 2.4.0
   * @example
   * ```ts
   * await client.set('greeting', 'hello world');
   * await client.getrange('greeting', -5, -1); // => 'world'
   * ```
   * @see https://valkey.io/commands/getrange/
   */
  getrange(key: Key, start: Int, end: Int): Result<S, Text<S>> {
    return this.send(GETRANGE, [key, start, end]);
  }

  /**
   * Sets `key` to `value`, which then lives for ever, and gives the string that was there before, or `null`.
   *
   * `set(key, value, { get: true })` does the same and takes more options.
   *
   * Complexity: O(1).
   *
   * @since 1.0.0
   * @example
   * ```ts
   * await client.getset('version', '1'); // => null
   * await client.getset('version', '2'); // => '1'
   * ```
   * @see https://valkey.io/commands/getset/
   */
  getset(key: Key, value: Value): Result<S, Text<S> | null> {
    return this.send(GETSET, [key, value]);
  }

  /**
   * Adds one to the integer at `key`, counting from 0 when there is none, and gives the result.
   *
   * Rejects with a `ResponseError` when the value is not a 64-bit integer or would leave that range. A result beyond 2^53 rejects
   * with a `DataError`; the value was changed then. `withOptions({ integers: 'bigint' })` gives it exactly.
   *
   * Complexity: O(1).
   *
   * @since 1.0.0
   * @example
   * ```ts
   * await client.incr('visits'); // => 1
   * ```
   * @see https://valkey.io/commands/incr/
   */
  incr(key: Key): Result<S, Integer<S>> {
    return this.send(INCR, [key]);
  }

  /**
   * Adds `increment`, which may be negative, to the integer at `key`, counting from 0 when there is none, and gives the result.
   *
   * Complexity: O(1).
   *
   * @since 1.0.0
   * @example
   * ```ts
   * await client.incrby('visits', 5); // => 5
   * ```
   * @see https://valkey.io/commands/incrby/
   */
  incrby(key: Key, increment: Int): Result<S, Integer<S>> {
    return this.send(INCRBY, [key, increment]);
  }

  /**
   * Adds `increment` to the floating-point number at `key`, counting from 0 when there is none, and gives the result.
   *
   * The server computes with more digits than a `number` holds; read the exact text with `get`.
   *
   * Complexity: O(1).
   *
   * @since 2.6.0
   * @example
   * ```ts
   * await client.set('balance', 10.5);
   * await client.incrbyfloat('balance', -0.25); // => 10.25
   * ```
   * @see https://valkey.io/commands/incrbyfloat/
   */
  incrbyfloat(key: Key, increment: number | string): Result<S, number> {
    return this.send(INCRBYFLOAT, [key, increment], toDouble);
  }

  /**
   * Finds the longest common subsequence of two strings: its text, its length with `len`, or where its parts stand with `idx`.
   *
   * A key that does not exist counts as an empty string. Positions are bytes, the ends included.
   *
   * Complexity: O(N * M) for values of N and M bytes.
   *
   * @since 7.0.0
   * @example
   * ```ts
   * await client.mset({ a: 'ohmytext', b: 'mynewtext' });
   * await client.lcs('a', 'b'); // => 'mytext'
   * await client.lcs('a', 'b', { len: true }); // => 6
   * await client.lcs('a', 'b', { idx: true, minmatchlen: 4 }); // => { matches: [{ key1: [4, 7], key2: [5, 8] }], len: 6 }
   * ```
   * @see https://valkey.io/commands/lcs/
   */
  lcs(key1: Key, key2: Key, options?: LcsTextOptions): Result<S, Text<S>>;
  lcs(key1: Key, key2: Key, options: LcsLengthOptions): Result<S, Integer<S>>;
  lcs(key1: Key, key2: Key, options: LcsMatchOptions): Result<S, LcsMatches<Integer<S>>>;
  lcs(key1: Key, key2: Key, options: LcsOptions | undefined): Result<S, Text<S> | Integer<S> | LcsMatches<Integer<S>>>;
  lcs(key1: Key, key2: Key, options: LcsOptions = {}): Result<S, Text<S> | Integer<S> | LcsMatches<Integer<S>>> {
    checkOptions(LCS, options);
    if (options.idx) {
      if (options.len) refuse(LCS, 'takes only one of len and idx');
      const args: Value[] = [key1, key2, 'IDX'];
      if (options.minmatchlen !== undefined) args.push('MINMATCHLEN', options.minmatchlen);
      if (options.withmatchlen) args.push('WITHMATCHLEN');
      return this.send(LCS, args, toLcsMatches<Integer<S>>);
    }
    return this.send(LCS, options.len ? [key1, key2, 'LEN'] : [key1, key2]);
  }

  /**
   * Gives the strings at `keys`, in the same order, with `null` for every key that does not exist or holds something else.
   *
   * In a cluster the keys may be of several slots: each node is then asked for its own.
   *
   * Complexity: O(N) for N keys.
   *
   * @since 1.0.0
   * @example
   * ```ts
   * await client.mset({ a: 1, b: 2 });
   * await client.mget(['a', 'b', 'c']); // => ['1', '2', null]
   * ```
   * @see https://valkey.io/commands/mget/
   */
  mget(keys: Many<Key>): Result<S, (Text<S> | null)[]> {
    return this.send(MGET, listOf(MGET, keys, 'key'));
  }

  /**
   * Sets all of the keys to their values, which then live for ever.
   *
   * It is atomic on one server. In a cluster keys of several slots are written per node, each part by itself.
   *
   * Complexity: O(N) for N keys.
   *
   * @since 1.0.1
   * @example
   * ```ts
   * await client.mset({ a: 1, b: 2 }); // => 'OK'
   * await client.mset([['a', 1], [Buffer.of(0xff), 2]]); // => 'OK'
   * ```
   * @see https://valkey.io/commands/mset/
   */
  mset(values: Entries): Result<S, 'OK'> {
    const args: Value[] = [];
    pushEntries(MSET, args, values, 'key');
    return this.send(MSET, args);
  }

  /**
   * Sets all of the keys to their values with one lifetime, if the condition holds for all of them, and tells whether it did.
   *
   * Complexity: O(N) for N keys.
   *
   * @since 9.1.0
   * @example
   * ```ts
   * await client.msetex({ a: 1, b: 2 }, { ex: 60 }); // => true
   * await client.msetex({ b: 3, c: 4 }, { condition: 'nx' }); // => false
   * ```
   * @see https://valkey.io/commands/msetex/
   */
  msetex(values: Entries, options?: MsetexOptions): Result<S, boolean> {
    checkOptions(MSETEX, options);
    const args: Value[] = [0];
    args[0] = pushEntries(MSETEX, args, values, 'key');
    if (options !== undefined) {
      if (options.condition !== undefined) args.push(options.condition);
      pushLifetime(MSETEX, args, options);
    }
    return this.send(MSETEX, args, toBoolean);
  }

  /**
   * Sets all of the keys to their values if none of them exists, and tells whether it did.
   *
   * Complexity: O(N) for N keys.
   *
   * @since 1.0.1
   * @example
   * ```ts
   * await client.msetnx({ a: 1, b: 2 }); // => true
   * await client.msetnx({ b: 3, c: 4 }); // => false
   * ```
   * @see https://valkey.io/commands/msetnx/
   */
  msetnx(values: Entries): Result<S, boolean> {
    const args: Value[] = [];
    pushEntries(MSETNX, args, values, 'key');
    return this.send(MSETNX, args, toBoolean);
  }

  /**
   * Sets `key` to `value` for `milliseconds`; `set(key, value, { px })` in one word.
   *
   * Complexity: O(1).
   *
   * @since 2.6.0
   * @example
   * ```ts
   * await client.psetex('flash', 1500, 'saved'); // => 'OK'
   * ```
   * @see https://valkey.io/commands/psetex/
   */
  psetex(key: Key, milliseconds: Int, value: Value): Result<S, 'OK'> {
    return this.send(PSETEX, [key, milliseconds, value]);
  }

  /**
   * Sets `key` to `value`, whatever it held before.
   *
   * Without options it answers `OK` and the value lives for ever. With a `condition` that does not hold it answers `null` and changes
   * nothing. With `get` it answers with the string that was there before, or `null`, whether or not the condition held.
   *
   * Throws a `DataError` when several lifetimes are given. Rejects with `WRONGTYPE` when `get` or `ifeq` meet something else than a string.
   *
   * Complexity: O(1).
   *
   * @since 1.0.0; `ifeq` 8.1.0
   * @example
   * ```ts
   * await client.set('user', 'ada'); // => 'OK'
   * await client.set('user', 'bob', { condition: 'nx' }); // => null
   * await client.set('user', 'eve', { condition: { ifeq: 'ada' }, ex: 60 }); // => 'OK'
   * await client.set('user', 'ada', { get: true, exat: new Date(Date.now() + 60_000) }); // => 'eve'
   * ```
   * @see https://valkey.io/commands/set/
   */
  set(
    key: Key,
    value: Value,
    options?: SetOptions & { readonly get?: false | undefined; readonly condition?: undefined },
  ): Result<S, 'OK'>;
  set(key: Key, value: Value, options: SetOptions & { readonly get: true }): Result<S, Text<S> | null>;
  set(key: Key, value: Value, options: SetOptions & { readonly get?: false | undefined }): Result<S, 'OK' | null>;
  set(key: Key, value: Value, options: SetOptions | undefined): Result<S, Text<S> | 'OK' | null>;
  set(key: Key, value: Value, options?: SetOptions): Result<S, Text<S> | 'OK' | null> {
    checkOptions(SET, options);
    const args: Value[] = [key, value];
    if (options !== undefined) pushSetOptions(args, options);
    return this.send(SET, args);
  }

  /**
   * Sets `key` to `value` for `seconds`; `set(key, value, { ex })` in one word.
   *
   * Complexity: O(1).
   *
   * @since 2.0.0
   * @example
   * ```ts
   * await client.setex('flash', 10, 'saved'); // => 'OK'
   * ```
   * @see https://valkey.io/commands/setex/
   */
  setex(key: Key, seconds: Int, value: Value): Result<S, 'OK'> {
    return this.send(SETEX, [key, seconds, value]);
  }

  /**
   * Sets `key` to `value` if it does not exist, and tells whether it did; `set(key, value, { condition: 'nx' })` takes a lifetime too.
   *
   * Complexity: O(1).
   *
   * @since 1.0.0
   * @example
   * ```ts
   * await client.setnx('first', 'ada'); // => true
   * await client.setnx('first', 'bob'); // => false
   * ```
   * @see https://valkey.io/commands/setnx/
   */
  setnx(key: Key, value: Value): Result<S, boolean> {
    return this.send(SETNX, [key, value], toBoolean);
  }

  /**
   * Overwrites the string at `key` from byte `offset` on, filling a gap with zero bytes, and gives the new length in bytes.
   *
   * Complexity: O(1) and the copy of the value.
   *
   * @since 2.2.0
   * @example
   * ```ts
   * await client.set('greeting', 'hello world');
   * await client.setrange('greeting', 6, 'there'); // => 11
   * ```
   * @see https://valkey.io/commands/setrange/
   */
  setrange(key: Key, offset: Int, value: Value): Result<S, Integer<S>> {
    return this.send(SETRANGE, [key, offset, value]);
  }

  /**
   * Gives the length in bytes of the string at `key`; 0 when there is none.
   *
   * Complexity: O(1).
   *
   * @since 2.2.0
   * @example
   * ```ts
   * await client.set('city', 'Zürich');
   * await client.strlen('city'); // => 7
   * ```
   * @see https://valkey.io/commands/strlen/
   */
  strlen(key: Key): Result<S, Integer<S>> {
    return this.send(STRLEN, [key]);
  }

  /**
   * Does what `getrange` does, under the name of old.
   *
   * Complexity: O(N) for N bytes given.
   *
   * @since 1.0.0
   * @example
   * ```ts
   * await client.set('greeting', 'hello world');
   * await client.substr('greeting', 0, 4); // => 'hello'
   * ```
   * @see https://valkey.io/commands/substr/
   */
  substr(key: Key, start: Int, end: Int): Result<S, Text<S>> {
    return this.send(SUBSTR, [key, start, end]);
  }
}

function pushSetOptions(args: Value[], options: SetOptions): void {
  const { condition } = options;
  if (isObject(condition)) args.push('IFEQ', condition.ifeq);
  else if (condition !== undefined) args.push(condition);
  if (options.get) args.push('GET');
  pushLifetime(SET, args, options);
}

type Span<I> = readonly [start: I, end: I];

function toLcsMatches<I>(reply: unknown, mode: ReplyMode): LcsMatches<I> {
  const named = toNamed(reply, mode);
  const matches = named.get('matches') as readonly (readonly [Span<I>, Span<I>, I?])[];
  return {
    matches: matches.map(([key1, key2, len]) => (len === undefined ? { key1, key2 } : { key1, key2, len })),
    len: named.get('len') as I,
  };
}
