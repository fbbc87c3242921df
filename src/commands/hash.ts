import type { ReplyMode } from '../protocol/reply-mode.ts';
import {
  type Entries,
  type Int,
  type Many,
  type ReadLifetime,
  type WriteLifetime,
  isEntries,
  milliseconds,
  pushCounted,
  pushEntries,
  pushLifetime,
  pushMany,
  seconds,
  checkOptions,
} from './argument.ts';
import type { ExpireOptions } from './key.ts';
import { toBoolean, toDouble, toFields, toNumbers, toPairs, toText } from './reply.ts';
import { type Spec, command } from './spec.ts';
import {
  Executor,
  type Fields,
  type Integer,
  type Key,
  type Result,
  type Surface,
  type Text,
  type Value,
} from './surface.ts';

const HDEL: Spec = command('HDEL');
const HEXISTS: Spec = command('HEXISTS');
const HEXPIRE: Spec = command('HEXPIRE');
const HEXPIREAT: Spec = command('HEXPIREAT');
const HEXPIRETIME: Spec = command('HEXPIRETIME');
const HGET: Spec = command('HGET');
const HGETALL: Spec = command('HGETALL');
const HGETDEL: Spec = command('HGETDEL');
const HGETEX: Spec = command('HGETEX');
const HINCRBY: Spec = command('HINCRBY');
const HINCRBYFLOAT: Spec = command('HINCRBYFLOAT');
const HKEYS: Spec = command('HKEYS');
const HLEN: Spec = command('HLEN');
const HMGET: Spec = command('HMGET');
const HMSET: Spec = command('HMSET');
const HPERSIST: Spec = command('HPERSIST');
const HPEXPIRE: Spec = command('HPEXPIRE');
const HPEXPIREAT: Spec = command('HPEXPIREAT');
const HPEXPIRETIME: Spec = command('HPEXPIRETIME');
const HPTTL: Spec = command('HPTTL');
const HRANDFIELD: Spec = command('HRANDFIELD');
const HSCAN: Spec = command('HSCAN');
const HSET: Spec = command('HSET');
const HSETEX: Spec = command('HSETEX');
const HSETNX: Spec = command('HSETNX');
const HSTRLEN: Spec = command('HSTRLEN');
const HTTL: Spec = command('HTTL');
const HVALS: Spec = command('HVALS');

/** What became of a field's expiration: -2 there is no such field, 0 the `condition` did not hold, 1 set, 2 the field was deleted, its time being past. */
export type FieldExpiration = -2 | 0 | 1 | 2;

/** What became of a field's expiration: -2 there is no such field, -1 it lived for ever already, 1 it lives for ever from now on. */
export type FieldPersistence = -2 | -1 | 1;

/** Options of `hrandfield`. */
export interface HrandfieldOptions {
  /** Gives the values too. */
  readonly withvalues?: boolean | undefined;
}

/** Options of `hscan`. */
export interface HscanOptions {
  /** Gives only fields that match this glob-style pattern. */
  readonly match?: Key | undefined;
  /** About how many fields to look at per call; the server's default is 10. */
  readonly count?: Int | undefined;
  /** Leaves the values out. */
  readonly novalues?: boolean | undefined;
}

/** One page of `hscan`: fields and their values. It is the last one when `cursor` is `'0'`. */
export interface HscanPage<T> {
  readonly cursor: string;
  readonly entries: [field: T, value: T][];
}

/** One page of `hscan` without values. It is the last one when `cursor` is `'0'`. */
export interface HscanFieldsPage<T> {
  readonly cursor: string;
  readonly fields: T[];
}

/** Options of `hsetex`. */
export type HsetexOptions = WriteLifetime & {
  /** Writes only if the key does not exist (`nx`), or if it does (`xx`). */
  readonly condition?: 'nx' | 'xx' | undefined;
  /** Writes only if none of the fields exists (`fnx`), or if all of them do (`fxx`). */
  readonly fieldCondition?: 'fnx' | 'fxx' | undefined;
};

/** Commands on hashes: fields and their values under one key. */
export abstract class HashCommands<in out S extends Surface> extends Executor<S> {
  /**
   * Deletes fields, and gives how many of them existed. A hash without fields is gone.
   *
   * Complexity: O(N) for N fields.
   *
   * @since 2.0.0
   * @example
   * ```ts
   * await client.hset('user', { name: 'ada', born: 1815 });
   * await client.hdel('user', 'name'); // => 1
   * await client.hdel('user', ['born', 'died']); // => 1
   * ```
   * @see https://valkey.io/commands/hdel/
   */
  hdel(key: Key, fields: Many<Key>): Result<S, Integer<S>> {
    return this.send(HDEL, pushMany(HDEL, [key], fields, 'field'));
  }

  /**
   * Tells whether the hash at `key` has the field.
   *
   * Complexity: O(1).
   *
   * @since 2.0.0
   * @example
   * ```ts
   * await client.hset('user', 'name', 'ada');
   * await client.hexists('user', 'name'); // => true
   * ```
   * @see https://valkey.io/commands/hexists/
   */
  hexists(key: Key, field: Key): Result<S, boolean> {
    return this.send(HEXISTS, [key, field], toBoolean);
  }

  /**
   * Lets fields expire in `seconds`, and gives a code for each: 1 set, 0 the `condition` did not hold, 2 deleted since the time is 0, -2 no such field.
   *
   * Complexity: O(N) for N fields.
   *
   * @since 9.0.0
   * @example
   * ```ts
   * await client.hset('user', { name: 'ada', token: 'x' });
   * await client.hexpire('user', 60, ['token', 'nothing']); // => [1, -2]
   * await client.hexpire('user', 30, 'token', { condition: 'gt' }); // => [0]
   * ```
   * @see https://valkey.io/commands/hexpire/
   */
  hexpire(key: Key, seconds: Int, fields: Many<Key>, options?: ExpireOptions): Result<S, FieldExpiration[]> {
    checkOptions(HEXPIRE, options);
    return this.send(HEXPIRE, expireArgs(HEXPIRE, key, seconds, fields, options), toCodes<FieldExpiration>);
  }

  /**
   * Lets fields expire at `time`, Unix time in seconds or a `Date` (rounded down to a second), and gives a code for each, as `hexpire` does.
   *
   * Complexity: O(N) for N fields.
   *
   * @since 9.0.0
   * @example
   * ```ts
   * await client.hset('user', { name: 'ada', token: 'x' });
   * await client.hexpireat('user', new Date('2100-01-01'), 'token'); // => [1]
   * ```
   * @see https://valkey.io/commands/hexpireat/
   */
  hexpireat(key: Key, time: Int | Date, fields: Many<Key>, options?: ExpireOptions): Result<S, FieldExpiration[]> {
    checkOptions(HEXPIREAT, options);
    const args = expireArgs(HEXPIREAT, key, seconds(HEXPIREAT, time), fields, options);
    return this.send(HEXPIREAT, args, toCodes<FieldExpiration>);
  }

  /**
   * Gives for each field the Unix time in seconds at which it expires; -1 when it lives for ever, -2 when there is no such field.
   *
   * Complexity: O(N) for N fields.
   *
   * @since 9.0.0
   * @example
   * ```ts
   * await client.hsetex('user', { token: 'x' }, { exat: 4102444800 });
   * await client.hexpiretime('user', ['token', 'nothing']); // => [4102444800, -2]
   * ```
   * @see https://valkey.io/commands/hexpiretime/
   */
  hexpiretime(key: Key, fields: Many<Key>): Result<S, Integer<S>[]> {
    return this.send(HEXPIRETIME, fieldsArgs(HEXPIRETIME, [key], fields));
  }

  /**
   * Gives the value of a field, or `null` when there is no such field or key.
   *
   * Complexity: O(1).
   *
   * @since 2.0.0
   * @example
   * ```ts
   * await client.hset('user', 'name', 'ada');
   * await client.hget('user', 'name'); // => 'ada'
   * ```
   * @see https://valkey.io/commands/hget/
   */
  hget(key: Key, field: Key): Result<S, Text<S> | null> {
    return this.send(HGET, [key, field]);
  }

  /**
   * Gives all fields and values: an object, or pairs of Buffers with `encoding: 'buffer'`. Empty when there is no such key.
   *
   * A field may be called `__proto__`: it is a property like any other.
   *
   * Complexity: O(N) for a hash of N fields.
   *
   * @since 2.0.0
   * @example
   * ```ts
   * await client.hset('user', { name: 'ada', born: 1815 });
   * await client.hgetall('user'); // => { name: 'ada', born: '1815' }
   * ```
   * @see https://valkey.io/commands/hgetall/
   */
  hgetall(key: Key): Result<S, Fields<S>> {
    return this.send(HGETALL, [key], toFields<Text<S>>);
  }

  /**
   * Gives the values of fields, with `null` for those that do not exist, and deletes the fields.
   *
   * Complexity: O(N) for N fields.
   *
   * @since 9.1.0
   * @example
   * ```ts
   * await client.hset('user', { name: 'ada', token: 'x' });
   * await client.hgetdel('user', ['token', 'nothing']); // => ['x', null]
   * ```
   * @see https://valkey.io/commands/hgetdel/
   */
  hgetdel(key: Key, fields: Many<Key>): Result<S, (Text<S> | null)[]> {
    return this.send(HGETDEL, fieldsArgs(HGETDEL, [key], fields));
  }

  /**
   * Gives the values of fields, with `null` for those that do not exist, and changes how long the fields live. Without options it changes nothing.
   *
   * Complexity: O(N) for N fields.
   *
   * @since 9.0.0
   * @example
   * ```ts
   * await client.hset('user', { token: 'x' });
   * await client.hgetex('user', 'token', { ex: 60 }); // => ['x']
   * ```
   * @see https://valkey.io/commands/hgetex/
   */
  hgetex(key: Key, fields: Many<Key>, options?: ReadLifetime): Result<S, (Text<S> | null)[]> {
    checkOptions(HGETEX, options);
    const args: Value[] = [key];
    if (options !== undefined) pushLifetime(HGETEX, args, options);
    return this.send(HGETEX, fieldsArgs(HGETEX, args, fields));
  }

  /**
   * Adds `increment`, which may be negative, to the integer in a field, counting from 0 when there is none, and gives the result.
   *
   * Complexity: O(1).
   *
   * @since 2.0.0
   * @example
   * ```ts
   * await client.hincrby('user', 'visits', 2); // => 2
   * ```
   * @see https://valkey.io/commands/hincrby/
   */
  hincrby(key: Key, field: Key, increment: Int): Result<S, Integer<S>> {
    return this.send(HINCRBY, [key, field, increment]);
  }

  /**
   * Adds `increment` to the floating-point number in a field, counting from 0 when there is none, and gives the result.
   *
   * Complexity: O(1).
   *
   * @since 2.6.0
   * @example
   * ```ts
   * await client.hincrbyfloat('user', 'balance', 10.5); // => 10.5
   * ```
   * @see https://valkey.io/commands/hincrbyfloat/
   */
  hincrbyfloat(key: Key, field: Key, increment: number | string): Result<S, number> {
    return this.send(HINCRBYFLOAT, [key, field, increment], toDouble);
  }

  /**
   * Gives the names of all fields; none when there is no such key.
   *
   * Complexity: O(N) for a hash of N fields.
   *
   * @since 2.0.0
   * @example
   * ```ts
   * await client.hset('user', { name: 'ada', born: 1815 });
   * await client.hkeys('user'); // => ['name', 'born']
   * ```
   * @see https://valkey.io/commands/hkeys/
   */
  hkeys(key: Key): Result<S, Text<S>[]> {
    return this.send(HKEYS, [key]);
  }

  /**
   * Gives the number of fields; 0 when there is no such key.
   *
   * Complexity: O(1).
   *
   * @since 2.0.0
   * @example
   * ```ts
   * await client.hset('user', { name: 'ada', born: 1815 });
   * await client.hlen('user'); // => 2
   * ```
   * @see https://valkey.io/commands/hlen/
   */
  hlen(key: Key): Result<S, Integer<S>> {
    return this.send(HLEN, [key]);
  }

  /**
   * Gives the values of fields in the same order, with `null` for those that do not exist.
   *
   * Complexity: O(N) for N fields.
   *
   * @since 2.0.0
   * @example
   * ```ts
   * await client.hset('user', { name: 'ada', born: 1815 });
   * await client.hmget('user', ['name', 'died']); // => ['ada', null]
   * ```
   * @see https://valkey.io/commands/hmget/
   */
  hmget(key: Key, fields: Many<Key>): Result<S, (Text<S> | null)[]> {
    return this.send(HMGET, pushMany(HMGET, [key], fields, 'field'));
  }

  /**
   * Sets fields like `hset`, and answers `OK` instead of the number of new ones.
   *
   * Complexity: O(N) for N fields.
   *
   * @since 2.0.0
   * @example
   * ```ts
   * await client.hmset('user', { name: 'ada', born: 1815 }); // => 'OK'
   * ```
   * @see https://valkey.io/commands/hmset/
   */
  hmset(key: Key, field: Key, value: Value): Result<S, 'OK'>;
  hmset(key: Key, fields: Entries): Result<S, 'OK'>;
  hmset(key: Key, fields: Key | Entries, value?: Value): Result<S, 'OK'> {
    return this.send(HMSET, setArgs(HMSET, key, fields, value));
  }

  /**
   * Lets fields live for ever, and gives a code for each: 1 done, -1 it lived for ever already, -2 no such field.
   *
   * Complexity: O(N) for N fields.
   *
   * @since 9.0.0
   * @example
   * ```ts
   * await client.hsetex('user', { token: 'x' }, { ex: 60 });
   * await client.hpersist('user', ['token', 'nothing']); // => [1, -2]
   * ```
   * @see https://valkey.io/commands/hpersist/
   */
  hpersist(key: Key, fields: Many<Key>): Result<S, FieldPersistence[]> {
    return this.send(HPERSIST, fieldsArgs(HPERSIST, [key], fields), toCodes<FieldPersistence>);
  }

  /**
   * Lets fields expire in `milliseconds`, and gives a code for each, as `hexpire` does.
   *
   * Complexity: O(N) for N fields.
   *
   * @since 9.0.0
   * @example
   * ```ts
   * await client.hset('user', { token: 'x' });
   * await client.hpexpire('user', 1500, 'token'); // => [1]
   * ```
   * @see https://valkey.io/commands/hpexpire/
   */
  hpexpire(key: Key, milliseconds: Int, fields: Many<Key>, options?: ExpireOptions): Result<S, FieldExpiration[]> {
    checkOptions(HPEXPIRE, options);
    return this.send(HPEXPIRE, expireArgs(HPEXPIRE, key, milliseconds, fields, options), toCodes<FieldExpiration>);
  }

  /**
   * Lets fields expire at `time`, Unix time in milliseconds or a `Date`, and gives a code for each, as `hexpire` does.
   *
   * Complexity: O(N) for N fields.
   *
   * @since 9.0.0
   * @example
   * ```ts
   * await client.hset('user', { token: 'x' });
   * await client.hpexpireat('user', new Date(Date.now() + 1500), 'token'); // => [1]
   * ```
   * @see https://valkey.io/commands/hpexpireat/
   */
  hpexpireat(key: Key, time: Int | Date, fields: Many<Key>, options?: ExpireOptions): Result<S, FieldExpiration[]> {
    checkOptions(HPEXPIREAT, options);
    const args = expireArgs(HPEXPIREAT, key, milliseconds(HPEXPIREAT, time), fields, options);
    return this.send(HPEXPIREAT, args, toCodes<FieldExpiration>);
  }

  /**
   * Gives for each field the Unix time in milliseconds at which it expires; -1 when it lives for ever, -2 when there is no such field.
   *
   * Complexity: O(N) for N fields.
   *
   * @since 9.0.0
   * @example
   * ```ts
   * await client.hsetex('user', { token: 'x' }, { pxat: 4102444800000 });
   * await client.hpexpiretime('user', 'token'); // => [4102444800000]
   * ```
   * @see https://valkey.io/commands/hpexpiretime/
   */
  hpexpiretime(key: Key, fields: Many<Key>): Result<S, Integer<S>[]> {
    return this.send(HPEXPIRETIME, fieldsArgs(HPEXPIRETIME, [key], fields));
  }

  /**
   * Gives for each field the milliseconds it has left to live; -1 when it lives for ever, -2 when there is no such field.
   *
   * Complexity: O(N) for N fields.
   *
   * @since 9.0.0
   * @example
   * ```ts
   * await client.hset('user', { token: 'x' });
   * await client.hpttl('user', ['token', 'nothing']); // => [-1, -2]
   * ```
   * @see https://valkey.io/commands/hpttl/
   */
  hpttl(key: Key, fields: Many<Key>): Result<S, Integer<S>[]> {
    return this.send(HPTTL, fieldsArgs(HPTTL, [key], fields));
  }

  /**
   * Gives a random field, or `null` when there is no such key; with `count`, several of them, and their values if asked.
   *
   * A positive `count` gives that many different fields at most; a negative one gives exactly so many, repeats included.
   *
   * Complexity: O(N) for N fields given.
   *
   * @since 6.2.0
   * @example
   * ```ts
   * await client.hset('coin', { heads: 1 });
   * await client.hrandfield('coin'); // => 'heads'
   * await client.hrandfield('coin', -2); // => ['heads', 'heads']
   * await client.hrandfield('coin', 1, { withvalues: true }); // => [['heads', '1']]
   * ```
   * @see https://valkey.io/commands/hrandfield/
   */
  hrandfield(key: Key): Result<S, Text<S> | null>;
  hrandfield(key: Key, count: Int, options?: { readonly withvalues?: false | undefined }): Result<S, Text<S>[]>;
  hrandfield(key: Key, count: Int, options: { readonly withvalues: true }): Result<S, [Text<S>, Text<S>][]>;
  hrandfield(key: Key, count: Int, options: HrandfieldOptions | undefined): Result<S, Text<S>[] | [Text<S>, Text<S>][]>;
  hrandfield(
    key: Key,
    count?: Int,
    options?: HrandfieldOptions,
  ): Result<S, Text<S> | null | Text<S>[] | [Text<S>, Text<S>][]> {
    checkOptions(HRANDFIELD, options);
    if (count === undefined) return this.send(HRANDFIELD, [key]);
    if (options?.withvalues) return this.send(HRANDFIELD, [key, count, 'WITHVALUES'], toPairs<Text<S>>);
    return this.send(HRANDFIELD, [key, count]);
  }

  /**
   * Gives one page of the hash and the cursor of the next. Start with `'0'`; it is over when the cursor is `'0'` again.
   *
   * A field that is there all the while is given at least once. `hscanIter` walks all pages.
   *
   * Complexity: O(1) per page, O(N) for a whole hash of N fields.
   *
   * @since 2.8.0; `novalues` 8.0.0
   * @example
   * ```ts
   * await client.hset('user', { name: 'ada', born: 1815 });
   * await client.hscan('user', '0', { match: 'n*' }); // => { cursor: '0', entries: [['name', 'ada']] }
   * ```
   * @see https://valkey.io/commands/hscan/
   */
  hscan(
    key: Key,
    cursor: Value,
    options?: HscanOptions & { readonly novalues?: false | undefined },
  ): Result<S, HscanPage<Text<S>>>;
  hscan(
    key: Key,
    cursor: Value,
    options: HscanOptions & { readonly novalues: true },
  ): Result<S, HscanFieldsPage<Text<S>>>;
  hscan(
    key: Key,
    cursor: Value,
    options: HscanOptions | undefined,
  ): Result<S, HscanPage<Text<S>> | HscanFieldsPage<Text<S>>>;
  hscan(key: Key, cursor: Value, options: HscanOptions = {}): Result<S, HscanPage<Text<S>> | HscanFieldsPage<Text<S>>> {
    checkOptions(HSCAN, options);
    const args: Value[] = [key, cursor];
    if (options.match !== undefined) args.push('MATCH', options.match);
    if (options.count !== undefined) args.push('COUNT', options.count);
    if (!options.novalues) return this.send(HSCAN, args, toPage<Text<S>>);
    args.push('NOVALUES');
    return this.send(HSCAN, args, toFieldsPage<Text<S>>);
  }

  /**
   * Sets fields, and gives how many of them are new. Takes one field and its value, an object, pairs or a `Map`.
   *
   * Setting a field makes it live for ever; `hsetex` keeps or sets a time.
   *
   * Complexity: O(N) for N fields.
   *
   * @since 2.0.0
   * @example
   * ```ts
   * await client.hset('user', 'name', 'ada'); // => 1
   * await client.hset('user', { name: 'ada', born: 1815 }); // => 1
   * await client.hset('user', [[Buffer.of(0xff), 'bytes']]); // => 1
   * ```
   * @see https://valkey.io/commands/hset/
   */
  hset(key: Key, field: Key, value: Value): Result<S, Integer<S>>;
  hset(key: Key, fields: Entries): Result<S, Integer<S>>;
  hset(key: Key, fields: Key | Entries, value?: Value): Result<S, Integer<S>> {
    return this.send(HSET, setArgs(HSET, key, fields, value));
  }

  /**
   * Sets fields with one lifetime, if the conditions hold, and tells whether it did.
   *
   * Throws a `DataError` when several lifetimes are given.
   *
   * Complexity: O(N) for N fields.
   *
   * @since 9.0.0
   * @example
   * ```ts
   * await client.hsetex('user', { token: 'x', name: 'ada' }, { ex: 60 }); // => true
   * await client.hsetex('user', { token: 'y' }, { fieldCondition: 'fnx' }); // => false
   * ```
   * @see https://valkey.io/commands/hsetex/
   */
  hsetex(key: Key, fields: Entries, options?: HsetexOptions): Result<S, boolean> {
    checkOptions(HSETEX, options);
    const args: Value[] = [key];
    if (options !== undefined) {
      if (options.condition !== undefined) args.push(options.condition);
      if (options.fieldCondition !== undefined) args.push(options.fieldCondition);
      pushLifetime(HSETEX, args, options);
    }
    const at = args.push('FIELDS', 0) - 1;
    args[at] = pushEntries(HSETEX, args, fields, 'field');
    return this.send(HSETEX, args, toBoolean);
  }

  /**
   * Sets a field if it does not exist, and tells whether it did.
   *
   * Complexity: O(1).
   *
   * @since 2.0.0
   * @example
   * ```ts
   * await client.hsetnx('user', 'name', 'ada'); // => true
   * await client.hsetnx('user', 'name', 'bob'); // => false
   * ```
   * @see https://valkey.io/commands/hsetnx/
   */
  hsetnx(key: Key, field: Key, value: Value): Result<S, boolean> {
    return this.send(HSETNX, [key, field, value], toBoolean);
  }

  /**
   * Gives the length in bytes of a field's value; 0 when there is none.
   *
   * Complexity: O(1).
   *
   * @since 3.2.0
   * @example
   * ```ts
   * await client.hset('user', 'name', 'ada');
   * await client.hstrlen('user', 'name'); // => 3
   * ```
   * @see https://valkey.io/commands/hstrlen/
   */
  hstrlen(key: Key, field: Key): Result<S, Integer<S>> {
    return this.send(HSTRLEN, [key, field]);
  }

  /**
   * Gives for each field the seconds it has left to live; -1 when it lives for ever, -2 when there is no such field.
   *
   * Complexity: O(N) for N fields.
   *
   * @since 9.0.0
   * @example
   * ```ts
   * await client.hsetex('user', { token: 'x' }, { ex: 60 });
   * await client.httl('user', ['token', 'nothing']); // => [60, -2]
   * ```
   * @see https://valkey.io/commands/httl/
   */
  httl(key: Key, fields: Many<Key>): Result<S, Integer<S>[]> {
    return this.send(HTTL, fieldsArgs(HTTL, [key], fields));
  }

  /**
   * Gives the values of all fields; none when there is no such key.
   *
   * Complexity: O(N) for a hash of N fields.
   *
   * @since 2.0.0
   * @example
   * ```ts
   * await client.hset('user', { name: 'ada', born: 1815 });
   * await client.hvals('user'); // => ['ada', '1815']
   * ```
   * @see https://valkey.io/commands/hvals/
   */
  hvals(key: Key): Result<S, Text<S>[]> {
    return this.send(HVALS, [key]);
  }
}

/** Closes the arguments with `FIELDS`, the count, and the fields. */
function fieldsArgs(spec: Spec, args: Value[], fields: Many<Key>): Value[] {
  args.push('FIELDS');
  return pushCounted(spec, args, fields, 'field');
}

function expireArgs(spec: Spec, key: Key, time: Int, fields: Many<Key>, options: ExpireOptions | undefined): Value[] {
  const args: Value[] = [key, time];
  if (options?.condition !== undefined) args.push(options.condition);
  return fieldsArgs(spec, args, fields);
}

function setArgs(spec: Spec, key: Key, fields: Key | Entries, value: Value | undefined): Value[] {
  if (!isEntries(fields)) return [key, fields, value!];
  const args: Value[] = [key];
  pushEntries(spec, args, fields, 'field');
  return args;
}

/** Codes are numbers in every mode: they are names, not quantities. */
function toCodes<C extends number>(reply: unknown): C[] {
  return toNumbers(reply) as C[];
}

function toPage<T>(reply: unknown, mode: ReplyMode): HscanPage<T> {
  const [cursor, flat] = reply as [unknown, unknown[]];
  return { cursor: toText(cursor, mode), entries: toPairs<T>(flat) };
}

function toFieldsPage<T>(reply: unknown, mode: ReplyMode): HscanFieldsPage<T> {
  const [cursor, fields] = reply as [unknown, T[]];
  return { cursor: toText(cursor, mode), fields };
}
