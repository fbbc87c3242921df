import type { ReplyMode } from '../protocol/reply-mode.ts';
import {
  refuse,
  type Exclusive,
  type Int,
  type Many,
  listOf,
  milliseconds,
  pushMany,
  seconds,
  checkOptions,
} from './argument.ts';
import { toBoolean, toText, toTextOrNull } from './reply.ts';
import { type Spec, command } from './spec.ts';
import { Executor, type Integer, type Key, type Result, type Surface, type Text, type Value } from './surface.ts';

const COPY: Spec = command('COPY');
const DEL: Spec = command('DEL');
const DUMP: Spec = command('DUMP');
const EXISTS: Spec = command('EXISTS');
const EXPIRE: Spec = command('EXPIRE');
const EXPIREAT: Spec = command('EXPIREAT');
const EXPIRETIME: Spec = command('EXPIRETIME');
const KEYS: Spec = command('KEYS');
const MIGRATE: Spec = command('MIGRATE');
const MOVE: Spec = command('MOVE');
const OBJECT_ENCODING: Spec = command('OBJECT ENCODING');
const OBJECT_FREQ: Spec = command('OBJECT FREQ');
const OBJECT_HELP: Spec = command('OBJECT HELP');
const OBJECT_IDLETIME: Spec = command('OBJECT IDLETIME');
const OBJECT_REFCOUNT: Spec = command('OBJECT REFCOUNT');
const PERSIST: Spec = command('PERSIST');
const PEXPIRE: Spec = command('PEXPIRE');
const PEXPIREAT: Spec = command('PEXPIREAT');
const PEXPIRETIME: Spec = command('PEXPIRETIME');
const PTTL: Spec = command('PTTL');
const RANDOMKEY: Spec = command('RANDOMKEY');
const RENAME: Spec = command('RENAME');
const RENAMENX: Spec = command('RENAMENX');
const RESTORE: Spec = command('RESTORE');
const SCAN: Spec = command('SCAN');
const SORT: Spec = command('SORT');
const SORT_RO: Spec = command('SORT_RO');
const TOUCH: Spec = command('TOUCH');
const TTL: Spec = command('TTL');
const TYPE: Spec = command('TYPE');
const UNLINK: Spec = command('UNLINK');
const WAIT: Spec = command('WAIT');
const WAITAOF: Spec = command('WAITAOF');

/** Options of `copy`. */
export interface CopyOptions {
  /** The database to copy to; the current one without it. */
  readonly db?: Int | undefined;
  /** Overwrites the destination. */
  readonly replace?: boolean | undefined;
}

/** Options of `expire` and its relatives. */
export interface ExpireOptions {
  /**
   * Sets the time only if there is none (`nx`), if there is one (`xx`), or if the new one is later (`gt`) or earlier (`lt`).
   * A key without a time counts as living for ever.
   */
  readonly condition?: 'nx' | 'xx' | 'gt' | 'lt' | undefined;
}

/** Options of `migrate`. */
export interface MigrateOptions {
  /** Keeps the keys here too. */
  readonly copy?: boolean | undefined;
  /** Overwrites keys that exist there. */
  readonly replace?: boolean | undefined;
  /** Credentials for the other server. */
  readonly auth?: { readonly username?: string | undefined; readonly password: string } | undefined;
}

/** Options of `restore`. */
export type RestoreOptions = {
  /** Overwrites the key. */
  readonly replace?: boolean | undefined;
  /** Takes the time to live as Unix time in milliseconds. Implied by a `Date`. */
  readonly absttl?: boolean | undefined;
} & Exclusive<{
  /** Seconds since the last access, for eviction by recency. */
  idletime: Int;
  /** The access frequency counter, 0 to 255, for eviction by frequency. */
  freq: Int;
}>;

/** Options of `scan`. */
export interface ScanOptions {
  /** Gives only keys that match this glob-style pattern. */
  readonly match?: Key | undefined;
  /** About how many keys to look at per call; the server's default is 10. */
  readonly count?: Int | undefined;
  /** Gives only keys of this type, as `type` names it. */
  readonly type?: string | undefined;
}

/** One page of `scan`. It is the last one when `cursor` is `'0'`; a page may be empty before that. */
export interface ScanPage<T> {
  readonly cursor: string;
  readonly keys: T[];
}

/** Options of `sort_ro`. */
export interface SortRoOptions {
  /** Sorts by the values of the keys this pattern gives, `*` standing for the element; a pattern without `*` keeps the order. */
  readonly by?: Key | undefined;
  /** Gives `count` elements from `offset` on. */
  readonly limit?: { readonly offset: Int; readonly count: Int } | undefined;
  /** Gives for every element the values of the keys these patterns make; `#` is the element itself. */
  readonly get?: Many<Key> | undefined;
  readonly order?: 'asc' | 'desc' | undefined;
  /** Compares as text; otherwise as numbers, and elements that are none are an error. */
  readonly alpha?: boolean | undefined;
}

/** Options of `sort`. */
export interface SortOptions extends SortRoOptions {
  /** Stores the result as a list at this key, and answers with its length. */
  readonly store?: Key | undefined;
}

/** What a key holds, or `none` for a key that does not exist. Modules add names of their own. */
export type KeyType = 'none' | 'string' | 'list' | 'set' | 'zset' | 'hash' | 'stream' | (string & {});

/** What `waitaof` reached. */
export interface WaitaofReply<I> {
  /** 1 when this server's append-only file holds the writes, 0 when not. */
  readonly local: I;
  /** How many replicas have them in theirs. */
  readonly replicas: I;
}

/** Commands on keys of every type: their existence, lifetime, name, place and order. */
export abstract class KeyCommands<in out S extends Surface> extends Executor<S> {
  /**
   * Copies the value and the time to live of `source` to `destination`, and tells whether it did.
   *
   * It does not when there is no such source, or when the destination exists and `replace` is not given.
   *
   * Complexity: O(1) for a string, O(N) for N elements of any other value.
   *
   * @since 6.2.0
   * @example
   * ```ts
   * await client.set('a', 1);
   * await client.copy('a', 'b'); // => true
   * await client.copy('a', 'b', { db: 1, replace: true }); // => true
   * ```
   * @see https://valkey.io/commands/copy/
   */
  copy(source: Key, destination: Key, options: CopyOptions = {}): Result<S, boolean> {
    checkOptions(COPY, options);
    const args: Value[] = [source, destination];
    if (options.db !== undefined) args.push('DB', options.db);
    if (options.replace) args.push('REPLACE');
    return this.send(COPY, args, toBoolean);
  }

  /**
   * Deletes keys, and gives how many of them existed.
   *
   * In a cluster the keys may be of several slots: each node deletes its own. `unlink` spares the server the time of freeing large values.
   *
   * Complexity: O(1) for each string, O(N) for N elements of each other value.
   *
   * @since 1.0.0
   * @example
   * ```ts
   * await client.mset({ a: 1, b: 2 });
   * await client.del('a'); // => 1
   * await client.del(['a', 'b']); // => 1
   * ```
   * @see https://valkey.io/commands/del/
   */
  del(keys: Many<Key>): Result<S, Integer<S>> {
    return this.send(DEL, listOf(DEL, keys, 'key'));
  }

  /**
   * Gives the value at `key` in the server's own serialized form, or `null`. `restore` makes a key of it.
   *
   * The form is binary: it comes as a Buffer whatever the encoding.
   *
   * Complexity: O(N * M) for N objects in the value, of M bytes on average.
   *
   * @since 2.6.0
   * @example
   * ```ts
   * await client.set('a', 1);
   * const dump = await client.dump('a');
   * if (dump !== null) await client.restore('b', 0, dump); // => 'OK'
   * ```
   * @see https://valkey.io/commands/dump/
   */
  dump(key: Key): Result<S, Buffer | null> {
    return this.send(DUMP, [key]);
  }

  /**
   * Gives how many of the keys exist. A key named twice counts twice.
   *
   * Complexity: O(N) for N keys.
   *
   * @since 1.0.0
   * @example
   * ```ts
   * await client.set('a', 1);
   * await client.exists('a'); // => 1
   * await client.exists(['a', 'b']); // => 1
   * ```
   * @see https://valkey.io/commands/exists/
   */
  exists(keys: Many<Key>): Result<S, Integer<S>> {
    return this.send(EXISTS, listOf(EXISTS, keys, 'key'));
  }

  /**
   * Lets `key` expire in `seconds`, and tells whether it will.
   *
   * It will not when there is no such key or the `condition` does not hold. A time of 0 or less deletes the key at once, which is `true`.
   *
   * Complexity: O(1).
   *
   * @since 1.0.0; `condition` 7.0.0
   * @example
   * ```ts
   * await client.set('session', 'ada');
   * await client.expire('session', 60); // => true
   * await client.expire('session', 90, { condition: 'nx' }); // => false
   * ```
   * @see https://valkey.io/commands/expire/
   */
  expire(key: Key, seconds: Int, options?: ExpireOptions): Result<S, boolean> {
    checkOptions(EXPIRE, options);
    return this.send(EXPIRE, expireArgs(key, seconds, options), toBoolean);
  }

  /**
   * Lets `key` expire at `time`, Unix time in seconds or a `Date` (rounded down to a second), and tells whether it will.
   *
   * A time in the past deletes the key at once, which is `true`.
   *
   * Complexity: O(1).
   *
   * @since 1.2.0; `condition` 7.0.0
   * @example
   * ```ts
   * await client.set('offer', 'half price');
   * await client.expireat('offer', new Date('2100-01-01')); // => true
   * ```
   * @see https://valkey.io/commands/expireat/
   */
  expireat(key: Key, time: Int | Date, options?: ExpireOptions): Result<S, boolean> {
    checkOptions(EXPIREAT, options);
    return this.send(EXPIREAT, expireArgs(key, seconds(EXPIREAT, time), options), toBoolean);
  }

  /**
   * Gives the Unix time in seconds at which `key` expires; -1 when it lives for ever, -2 when there is no such key.
   *
   * Complexity: O(1).
   *
   * @since 7.0.0
   * @example
   * ```ts
   * await client.set('offer', 'half price', { exat: 4102444800 });
   * await client.expiretime('offer'); // => 4102444800
   * ```
   * @see https://valkey.io/commands/expiretime/
   */
  expiretime(key: Key): Result<S, Integer<S>> {
    return this.send(EXPIRETIME, [key]);
  }

  /**
   * Gives every key that matches the glob-style `pattern`, in no order.
   *
   * The server does nothing else meanwhile: with many keys use `scan`. In a cluster every primary is asked.
   *
   * Complexity: O(N) for N keys in the database.
   *
   * @since 1.0.0
   * @example
   * ```ts
   * await client.mset({ 'user:1': 'ada', 'user:2': 'bob' });
   * await client.keys('user:*'); // => ['user:1', 'user:2']
   * ```
   * @see https://valkey.io/commands/keys/
   */
  keys(pattern: Key): Result<S, Text<S>[]> {
    return this.send(KEYS, [pattern]);
  }

  /**
   * Moves keys to another server, and answers `NOKEY` when none of them exists.
   *
   * The other server is reached from this one, not from here. `timeout` is in milliseconds, for each step of the exchange.
   * Rejects with a `ResponseError` (`IOERR`) when the exchange fails; the keys may then be on both servers.
   *
   * Complexity: that of `dump` and `del` here, of `restore` there, and the transfer.
   *
   * @since 2.6.0
   * @example
   * ```ts
   * await client.migrate('other.example', 6379, ['a', 'b'], 0, 5000, { replace: true }); // => 'NOKEY'
   * ```
   * @see https://valkey.io/commands/migrate/
   */
  migrate(
    host: string,
    port: Int,
    keys: Many<Key>,
    db: Int,
    timeout: Int,
    options: MigrateOptions = {},
  ): Result<S, 'OK' | 'NOKEY'> {
    checkOptions(MIGRATE, options);
    const many = Array.isArray(keys);
    const args: Value[] = [host, port, many ? '' : (keys as Key), db, timeout];
    if (options.copy) args.push('COPY');
    if (options.replace) args.push('REPLACE');
    if (options.auth !== undefined) pushAuth(args, options.auth);
    if (many) {
      args.push('KEYS');
      pushMany(MIGRATE, args, keys, 'key');
    }
    return this.send(MIGRATE, args);
  }

  /**
   * Moves `key` to another database of the server, and tells whether it did. It does not when the key is missing here or exists there.
   *
   * Complexity: O(1).
   *
   * @since 1.0.0
   * @example
   * ```ts
   * await client.set('a', 1);
   * await client.move('a', 1); // => true
   * ```
   * @see https://valkey.io/commands/move/
   */
  move(key: Key, db: Int): Result<S, boolean> {
    return this.send(MOVE, [key, db], toBoolean);
  }

  /**
   * Gives the name of the form in which the server keeps the value at `key`, or `null`. Always a string.
   *
   * Complexity: O(1).
   *
   * @since 2.2.3
   * @example
   * ```ts
   * await client.set('a', 1);
   * await client.objectEncoding('a'); // => 'int'
   * ```
   * @see https://valkey.io/commands/object-encoding/
   */
  objectEncoding(key: Key): Result<S, string | null> {
    return this.send(OBJECT_ENCODING, [key], toTextOrNull);
  }

  /**
   * Gives the access frequency counter of `key`, or `null`.
   *
   * Rejects with a `ResponseError` unless the server's `maxmemory-policy` is one of the LFU policies.
   *
   * Complexity: O(1).
   *
   * @since 4.0.0
   * @example
   * ```ts
   * await client.objectFreq('nothing'); // => null
   * ```
   * @see https://valkey.io/commands/object-freq/
   */
  objectFreq(key: Key): Result<S, Integer<S> | null> {
    return this.send(OBJECT_FREQ, [key]);
  }

  /**
   * Gives the server's own help on OBJECT, line by line.
   *
   * Complexity: O(1).
   *
   * @since 6.2.0
   * @example
   * ```ts
   * const lines = await client.objectHelp();
   * ```
   * @see https://valkey.io/commands/object-help/
   */
  objectHelp(): Result<S, string[]> {
    return this.send(OBJECT_HELP, []);
  }

  /**
   * Gives the seconds since the last access to `key`, or `null`.
   *
   * Rejects with a `ResponseError` when the server's `maxmemory-policy` is one of the LFU policies.
   *
   * Complexity: O(1).
   *
   * @since 2.2.3
   * @example
   * ```ts
   * await client.set('a', 1);
   * await client.objectIdletime('a'); // => 0
   * ```
   * @see https://valkey.io/commands/object-idletime/
   */
  objectIdletime(key: Key): Result<S, Integer<S> | null> {
    return this.send(OBJECT_IDLETIME, [key]);
  }

  /**
   * Gives how many references the server holds to the value at `key`, or `null`.
   *
   * Complexity: O(1).
   *
   * @since 2.2.3
   * @example
   * ```ts
   * await client.set('a', 'text');
   * await client.objectRefcount('a'); // => 1
   * ```
   * @see https://valkey.io/commands/object-refcount/
   */
  objectRefcount(key: Key): Result<S, Integer<S> | null> {
    return this.send(OBJECT_REFCOUNT, [key]);
  }

  /**
   * Lets `key` live for ever, and tells whether that is news: `false` when it already did, or does not exist.
   *
   * Complexity: O(1).
   *
   * @since 2.2.0
   * @example
   * ```ts
   * await client.set('a', 1, { ex: 60 });
   * await client.persist('a'); // => true
   * ```
   * @see https://valkey.io/commands/persist/
   */
  persist(key: Key): Result<S, boolean> {
    return this.send(PERSIST, [key], toBoolean);
  }

  /**
   * Lets `key` expire in `milliseconds`, and tells whether it will. See `expire`.
   *
   * Complexity: O(1).
   *
   * @since 2.6.0; `condition` 7.0.0
   * @example
   * ```ts
   * await client.set('session', 'ada');
   * await client.pexpire('session', 1500); // => true
   * ```
   * @see https://valkey.io/commands/pexpire/
   */
  pexpire(key: Key, milliseconds: Int, options?: ExpireOptions): Result<S, boolean> {
    checkOptions(PEXPIRE, options);
    return this.send(PEXPIRE, expireArgs(key, milliseconds, options), toBoolean);
  }

  /**
   * Lets `key` expire at `time`, Unix time in milliseconds or a `Date`, and tells whether it will. See `expireat`.
   *
   * Complexity: O(1).
   *
   * @since 2.6.0; `condition` 7.0.0
   * @example
   * ```ts
   * await client.set('offer', 'half price');
   * await client.pexpireat('offer', new Date(Date.now() + 1500)); // => true
   * ```
   * @see https://valkey.io/commands/pexpireat/
   */
  pexpireat(key: Key, time: Int | Date, options?: ExpireOptions): Result<S, boolean> {
    checkOptions(PEXPIREAT, options);
    return this.send(PEXPIREAT, expireArgs(key, milliseconds(PEXPIREAT, time), options), toBoolean);
  }

  /**
   * Gives the Unix time in milliseconds at which `key` expires; -1 when it lives for ever, -2 when there is no such key.
   *
   * Complexity: O(1).
   *
   * @since 7.0.0
   * @example
   * ```ts
   * await client.set('offer', 'half price', { pxat: 4102444800000 });
   * await client.pexpiretime('offer'); // => 4102444800000
   * ```
   * @see https://valkey.io/commands/pexpiretime/
   */
  pexpiretime(key: Key): Result<S, Integer<S>> {
    return this.send(PEXPIRETIME, [key]);
  }

  /**
   * Gives the milliseconds `key` has left to live; -1 when it lives for ever, -2 when there is no such key.
   *
   * Complexity: O(1).
   *
   * @since 2.6.0
   * @example
   * ```ts
   * await client.pttl('nothing'); // => -2
   * ```
   * @see https://valkey.io/commands/pttl/
   */
  pttl(key: Key): Result<S, Integer<S>> {
    return this.send(PTTL, [key]);
  }

  /**
   * Gives the name of some key of the database, or `null` when it is empty.
   *
   * Complexity: O(1).
   *
   * @since 1.0.0
   * @example
   * ```ts
   * await client.randomkey(); // => null
   * ```
   * @see https://valkey.io/commands/randomkey/
   */
  randomkey(): Result<S, Text<S> | null> {
    return this.send(RANDOMKEY, []);
  }

  /**
   * Renames `key` to `newkey`, overwriting it. Rejects with a `ResponseError` when there is no such key.
   *
   * Complexity: O(1).
   *
   * @since 1.0.0
   * @example
   * ```ts
   * await client.set('a', 1);
   * await client.rename('a', 'b'); // => 'OK'
   * ```
   * @see https://valkey.io/commands/rename/
   */
  rename(key: Key, newkey: Key): Result<S, 'OK'> {
    return this.send(RENAME, [key, newkey]);
  }

  /**
   * Renames `key` to `newkey` if that does not exist, and tells whether it did. Rejects with a `ResponseError` when there is no such key.
   *
   * Complexity: O(1).
   *
   * @since 1.0.0
   * @example
   * ```ts
   * await client.mset({ a: 1, b: 2 });
   * await client.renamenx('a', 'b'); // => false
   * ```
   * @see https://valkey.io/commands/renamenx/
   */
  renamenx(key: Key, newkey: Key): Result<S, boolean> {
    return this.send(RENAMENX, [key, newkey], toBoolean);
  }

  /**
   * Makes `key` of the serialized value that `dump` gave, to live for `ttl` milliseconds, or for ever with 0.
   *
   * A `Date`, or a number with `absttl`, is when it expires. Rejects with a `ResponseError`: `BUSYKEY` when the key exists and `replace`
   * is not given.
   *
   * Complexity: O(N * M) for N objects in the value, of M bytes on average; for a sorted set O(N * M * log N).
   *
   * @since 2.6.0
   * @example
   * ```ts
   * await client.set('a', 1);
   * const dump = await client.dump('a');
   * if (dump !== null) await client.restore('a', new Date(Date.now() + 60_000), dump, { replace: true }); // => 'OK'
   * ```
   * @see https://valkey.io/commands/restore/
   */
  restore(key: Key, ttl: Int | Date, serialized: Value, options: RestoreOptions = {}): Result<S, 'OK'> {
    checkOptions(RESTORE, options);
    if (options.idletime !== undefined && options.freq !== undefined) {
      refuse(RESTORE, 'takes only one of idletime and freq');
    }
    const args: Value[] = [key, milliseconds(RESTORE, ttl), serialized];
    if (options.replace) args.push('REPLACE');
    if (options.absttl || ttl instanceof Date) args.push('ABSTTL');
    if (options.idletime !== undefined) args.push('IDLETIME', options.idletime);
    if (options.freq !== undefined) args.push('FREQ', options.freq);
    return this.send(RESTORE, args);
  }

  /**
   * Gives one page of the keys of the database and the cursor of the next. Start with `'0'`; it is over when the cursor is `'0'` again.
   *
   * A key that is there all the while is given at least once; others may or may not be. `scanIter` walks all pages.
   *
   * Complexity: O(1) per page, O(N) for a whole database of N keys.
   *
   * @since 2.8.0; `type` 6.0.0
   * @example
   * ```ts
   * await client.mset({ 'user:1': 'ada', 'user:2': 'bob' });
   * let cursor = '0';
   * do {
   *   const page = await client.scan(cursor, { match: 'user:*', count: 100 });
   *   cursor = page.cursor;
   * } while (cursor !== '0');
   * ```
   * @see https://valkey.io/commands/scan/
   */
  scan(cursor: Value, options: ScanOptions = {}): Result<S, ScanPage<Text<S>>> {
    checkOptions(SCAN, options);
    const args: Value[] = [cursor];
    if (options.match !== undefined) args.push('MATCH', options.match);
    if (options.count !== undefined) args.push('COUNT', options.count);
    if (options.type !== undefined) args.push('TYPE', options.type);
    return this.send(SCAN, args, toScanPage);
  }

  /**
   * Gives the elements of a list, set or sorted set in order, or, with `get`, what belongs to them; with `store` it stores that.
   *
   * With `get`, a key that does not exist gives `null`; several patterns give one flat array, element after element.
   *
   * Complexity: O(N + M * log M) for N elements, of which M are given.
   *
   * @since 1.0.0
   * @example
   * ```ts
   * await client.rpush('ids', [2, 1]);
   * await client.mset({ name_1: 'ada', name_2: 'bob' });
   * await client.sort('ids'); // => ['1', '2']
   * await client.sort('ids', { get: 'name_*', order: 'desc' }); // => ['bob', 'ada']
   * await client.sort('ids', { store: 'sorted' }); // => 2
   * ```
   * @see https://valkey.io/commands/sort/
   */
  sort(
    key: Key,
    options?: SortOptions & { readonly get?: undefined; readonly store?: undefined },
  ): Result<S, Text<S>[]>;
  sort(key: Key, options: SortOptions & { readonly store: Key }): Result<S, Integer<S>>;
  sort(key: Key, options: SortOptions & { readonly store?: undefined }): Result<S, (Text<S> | null)[]>;
  sort(key: Key, options: SortOptions | undefined): Result<S, (Text<S> | null)[] | Integer<S>>;
  sort(key: Key, options: SortOptions = {}): Result<S, (Text<S> | null)[] | Integer<S>> {
    checkOptions(SORT, options);
    const args: Value[] = [key];
    pushSortOptions(SORT, args, options);
    if (options.store !== undefined) args.push('STORE', options.store);
    return this.send(SORT, args);
  }

  /**
   * Does what `sort` does and never writes, so that a replica may answer.
   *
   * Complexity: O(N + M * log M) for N elements, of which M are given.
   *
   * @since 7.0.0
   * @example
   * ```ts
   * await client.sadd('tags', ['b', 'a']);
   * await client.sort_ro('tags', { alpha: true, limit: { offset: 0, count: 1 } }); // => ['a']
   * ```
   * @see https://valkey.io/commands/sort_ro/
   */
  sort_ro(key: Key, options?: SortRoOptions & { readonly get?: undefined }): Result<S, Text<S>[]>;
  sort_ro(key: Key, options: SortRoOptions | undefined): Result<S, (Text<S> | null)[]>;
  sort_ro(key: Key, options: SortRoOptions = {}): Result<S, (Text<S> | null)[]> {
    checkOptions(SORT_RO, options);
    const args: Value[] = [key];
    pushSortOptions(SORT_RO, args, options);
    return this.send(SORT_RO, args);
  }

  /**
   * Marks keys as used now, and gives how many of them exist.
   *
   * Complexity: O(N) for N keys.
   *
   * @since 3.2.1
   * @example
   * ```ts
   * await client.set('a', 1);
   * await client.touch(['a', 'b']); // => 1
   * ```
   * @see https://valkey.io/commands/touch/
   */
  touch(keys: Many<Key>): Result<S, Integer<S>> {
    return this.send(TOUCH, listOf(TOUCH, keys, 'key'));
  }

  /**
   * Gives the seconds `key` has left to live; -1 when it lives for ever, -2 when there is no such key.
   *
   * Complexity: O(1).
   *
   * @since 1.0.0
   * @example
   * ```ts
   * await client.set('session', 'ada', { ex: 60 });
   * await client.ttl('session'); // => 60
   * ```
   * @see https://valkey.io/commands/ttl/
   */
  ttl(key: Key): Result<S, Integer<S>> {
    return this.send(TTL, [key]);
  }

  /**
   * Gives what `key` holds, or `'none'` when there is no such key.
   *
   * Complexity: O(1).
   *
   * @since 1.0.0
   * @example
   * ```ts
   * await client.set('a', 1);
   * await client.type('a'); // => 'string'
   * ```
   * @see https://valkey.io/commands/type/
   */
  type(key: Key): Result<S, KeyType> {
    return this.send(TYPE, [key]);
  }

  /**
   * Deletes keys like `del`, and gives how many of them existed; the server frees their memory in the background.
   *
   * Complexity: O(1) per key; the memory is freed by another thread.
   *
   * @since 4.0.0
   * @example
   * ```ts
   * await client.mset({ a: 1, b: 2 });
   * await client.unlink(['a', 'b']); // => 2
   * ```
   * @see https://valkey.io/commands/unlink/
   */
  unlink(keys: Many<Key>): Result<S, Integer<S>> {
    return this.send(UNLINK, listOf(UNLINK, keys, 'key'));
  }

  /**
   * Waits until `numreplicas` replicas have the earlier writes of this connection, or `timeout` milliseconds, and gives how many have.
   *
   * It counts the writes of the connection it runs on: of all callers of a client, whose other commands wait meanwhile, or of a session.
   * A `timeout` of 0 waits for ever.
   *
   * Complexity: O(1).
   *
   * @since 3.0.0
   * @example
   * ```ts
   * await using session = await client.session();
   * await session.set('a', 1);
   * await session.wait(0, 100); // => 0
   * ```
   * @see https://valkey.io/commands/wait/
   */
  wait(numreplicas: Int, timeout: Int): Result<S, Integer<S>> {
    return this.send(WAIT, [numreplicas, timeout]);
  }

  /**
   * Waits until the earlier writes of this connection are in the append-only files of this server (`numlocal` 1) and of `numreplicas`
   * replicas, or `timeout` milliseconds, and gives where they are.
   *
   * It counts the writes of the connection it runs on: of all callers of a client, whose other commands wait meanwhile, or of a session.
   * A `timeout` of 0 waits for ever.
   * Rejects with a `ResponseError` when `numlocal` is 1 and the server keeps no append-only file.
   *
   * Complexity: O(1).
   *
   * @since 7.2.0
   * @example
   * ```ts
   * await using session = await client.session();
   * await session.set('a', 1);
   * await session.waitaof(0, 0, 100); // => { local: 0, replicas: 0 }
   * ```
   * @see https://valkey.io/commands/waitaof/
   */
  waitaof(numlocal: Int, numreplicas: Int, timeout: Int): Result<S, WaitaofReply<Integer<S>>> {
    return this.send(WAITAOF, [numlocal, numreplicas, timeout], toWaitaofReply);
  }
}

function expireArgs(key: Key, time: Int, options: ExpireOptions | undefined): Value[] {
  return options?.condition === undefined ? [key, time] : [key, time, options.condition];
}

function pushAuth(args: Value[], auth: NonNullable<MigrateOptions['auth']>): void {
  checkOptions(MIGRATE, auth, 'auth');
  const { username, password } = auth;
  if (username === undefined) args.push('AUTH', password);
  else args.push('AUTH2', username, password);
}

function pushSortOptions(spec: Spec, args: Value[], options: SortRoOptions): void {
  if (options.by !== undefined) args.push('BY', options.by);
  checkOptions(spec, options.limit, 'limit');
  if (options.limit !== undefined) args.push('LIMIT', options.limit.offset, options.limit.count);
  if (options.get !== undefined)
    for (const pattern of listOf(spec, options.get, 'pattern to get')) args.push('GET', pattern);
  if (options.order !== undefined) args.push(options.order);
  if (options.alpha) args.push('ALPHA');
}

function toScanPage<T>(reply: unknown, mode: ReplyMode): ScanPage<T> {
  const [cursor, keys] = reply as [unknown, T[]];
  return { cursor: toText(cursor, mode), keys };
}

function toWaitaofReply<I>(reply: unknown): WaitaofReply<I> {
  const [local, replicas] = reply as [I, I];
  return { local, replicas };
}
