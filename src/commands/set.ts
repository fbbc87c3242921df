import type { ReplyMode } from '../protocol/reply-mode.ts';
import { type Int, type Many, listOf, pushCounted, pushMany, checkOptions } from './argument.ts';
import { toBoolean, toBooleans, toText } from './reply.ts';
import { type Spec, command } from './spec.ts';
import { Executor, type Integer, type Key, type Result, type Surface, type Text, type Value } from './surface.ts';

const SADD: Spec = command('SADD');
const SCARD: Spec = command('SCARD');
const SDIFF: Spec = command('SDIFF');
const SDIFFSTORE: Spec = command('SDIFFSTORE');
const SINTER: Spec = command('SINTER');
const SINTERCARD: Spec = command('SINTERCARD');
const SINTERSTORE: Spec = command('SINTERSTORE');
const SISMEMBER: Spec = command('SISMEMBER');
const SMEMBERS: Spec = command('SMEMBERS');
const SMISMEMBER: Spec = command('SMISMEMBER');
const SMOVE: Spec = command('SMOVE');
const SPOP: Spec = command('SPOP');
const SRANDMEMBER: Spec = command('SRANDMEMBER');
const SREM: Spec = command('SREM');
const SSCAN: Spec = command('SSCAN');
const SUNION: Spec = command('SUNION');
const SUNIONSTORE: Spec = command('SUNIONSTORE');

/** Options of `sintercard`. */
export interface SintercardOptions {
  /** Stops counting here; 0 counts all. */
  readonly limit?: Int | undefined;
}

/** Options of `sscan`. */
export interface SscanOptions {
  /** Gives only members that match this glob-style pattern. */
  readonly match?: Key | undefined;
  /** About how many members to look at per call; the server's default is 10. */
  readonly count?: Int | undefined;
}

/** One page of `sscan`. It is the last one when `cursor` is `'0'`. */
export interface SscanPage<T> {
  readonly cursor: string;
  readonly members: T[];
}

/** Commands on sets: members without order, each of them once. Members come as arrays under both protocols. */
export abstract class SetCommands<in out S extends Surface> extends Executor<S> {
  /**
   * Adds members, and gives how many of them are new.
   *
   * Complexity: O(N) for N members.
   *
   * @since 1.0.0
   * @example
   * ```ts
   * await client.sadd('tags', 'red'); // => 1
   * await client.sadd('tags', ['red', 'blue']); // => 1
   * ```
   * @see https://valkey.io/commands/sadd/
   */
  sadd(key: Key, members: Many<Value>): Result<S, Integer<S>> {
    return this.send(SADD, pushMany(SADD, [key], members, 'member'));
  }

  /**
   * Gives the number of members; 0 when there is no such key.
   *
   * Complexity: O(1).
   *
   * @since 1.0.0
   * @example
   * ```ts
   * await client.sadd('tags', ['red', 'blue']);
   * await client.scard('tags'); // => 2
   * ```
   * @see https://valkey.io/commands/scard/
   */
  scard(key: Key): Result<S, Integer<S>> {
    return this.send(SCARD, [key]);
  }

  /**
   * Gives the members of the first set that are in none of the others.
   *
   * Complexity: O(N) for N members in all the sets.
   *
   * @since 1.0.0
   * @example
   * ```ts
   * await client.sadd('a', [1, 2, 3]);
   * await client.sadd('b', [2, 3]);
   * await client.sdiff(['a', 'b']); // => ['1']
   * ```
   * @see https://valkey.io/commands/sdiff/
   */
  sdiff(keys: Many<Key>): Result<S, Text<S>[]> {
    return this.send(SDIFF, listOf(SDIFF, keys, 'key'));
  }

  /**
   * Stores what `sdiff` gives at `destination`, overwriting it, and gives the number of its members.
   *
   * Complexity: O(N) for N members in all the sets.
   *
   * @since 1.0.0
   * @example
   * ```ts
   * await client.sadd('a', [1, 2, 3]);
   * await client.sadd('b', [2, 3]);
   * await client.sdiffstore('only-a', ['a', 'b']); // => 1
   * ```
   * @see https://valkey.io/commands/sdiffstore/
   */
  sdiffstore(destination: Key, keys: Many<Key>): Result<S, Integer<S>> {
    return this.send(SDIFFSTORE, pushMany(SDIFFSTORE, [destination], keys, 'key'));
  }

  /**
   * Gives the members that are in all of the sets.
   *
   * Complexity: O(N * M) at worst, for N members of the smallest of M sets.
   *
   * @since 1.0.0
   * @example
   * ```ts
   * await client.sadd('a', [1, 2]);
   * await client.sadd('b', [2, 3]);
   * await client.sinter(['a', 'b']); // => ['2']
   * ```
   * @see https://valkey.io/commands/sinter/
   */
  sinter(keys: Many<Key>): Result<S, Text<S>[]> {
    return this.send(SINTER, listOf(SINTER, keys, 'key'));
  }

  /**
   * Counts the members that are in all of the sets, up to `limit`.
   *
   * Complexity: O(N * M) at worst, for N members of the smallest of M sets.
   *
   * @since 7.0.0
   * @example
   * ```ts
   * await client.sadd('a', [1, 2, 3]);
   * await client.sadd('b', [1, 2, 3]);
   * await client.sintercard(['a', 'b'], { limit: 2 }); // => 2
   * ```
   * @see https://valkey.io/commands/sintercard/
   */
  sintercard(keys: Many<Key>, options?: SintercardOptions): Result<S, Integer<S>> {
    checkOptions(SINTERCARD, options);
    const args = pushCounted(SINTERCARD, [], keys, 'key');
    if (options?.limit !== undefined) args.push('LIMIT', options.limit);
    return this.send(SINTERCARD, args);
  }

  /**
   * Stores what `sinter` gives at `destination`, overwriting it, and gives the number of its members.
   *
   * Complexity: O(N * M) at worst, for N members of the smallest of M sets.
   *
   * @since 1.0.0
   * @example
   * ```ts
   * await client.sadd('a', [1, 2]);
   * await client.sadd('b', [2, 3]);
   * await client.sinterstore('both', ['a', 'b']); // => 1
   * ```
   * @see https://valkey.io/commands/sinterstore/
   */
  sinterstore(destination: Key, keys: Many<Key>): Result<S, Integer<S>> {
    return this.send(SINTERSTORE, pushMany(SINTERSTORE, [destination], keys, 'key'));
  }

  /**
   * Tells whether `member` is in the set.
   *
   * Complexity: O(1).
   *
   * @since 1.0.0
   * @example
   * ```ts
   * await client.sadd('tags', 'red');
   * await client.sismember('tags', 'red'); // => true
   * ```
   * @see https://valkey.io/commands/sismember/
   */
  sismember(key: Key, member: Value): Result<S, boolean> {
    return this.send(SISMEMBER, [key, member], toBoolean);
  }

  /**
   * Gives all members, in no order; none when there is no such key.
   *
   * Complexity: O(N) for N members.
   *
   * @since 1.0.0
   * @example
   * ```ts
   * await client.sadd('tags', 'red');
   * await client.smembers('tags'); // => ['red']
   * ```
   * @see https://valkey.io/commands/smembers/
   */
  smembers(key: Key): Result<S, Text<S>[]> {
    return this.send(SMEMBERS, [key]);
  }

  /**
   * Tells for each of the members whether it is in the set.
   *
   * Complexity: O(N) for N members.
   *
   * @since 6.2.0
   * @example
   * ```ts
   * await client.sadd('tags', 'red');
   * await client.smismember('tags', ['red', 'blue']); // => [true, false]
   * ```
   * @see https://valkey.io/commands/smismember/
   */
  smismember(key: Key, members: Many<Value>): Result<S, boolean[]> {
    return this.send(SMISMEMBER, pushMany(SMISMEMBER, [key], members, 'member'), toBooleans);
  }

  /**
   * Moves `member` from one set to another, and tells whether it was in `source`.
   *
   * Complexity: O(1).
   *
   * @since 1.0.0
   * @example
   * ```ts
   * await client.sadd('todo', 'wash');
   * await client.smove('todo', 'done', 'wash'); // => true
   * ```
   * @see https://valkey.io/commands/smove/
   */
  smove(source: Key, destination: Key, member: Value): Result<S, boolean> {
    return this.send(SMOVE, [source, destination, member], toBoolean);
  }

  /**
   * Takes a random member, or `null` when there is none; with `count`, up to so many of them, in an array.
   *
   * Complexity: O(N) for N members given.
   *
   * @since 1.0.0; `count` 3.2.0
   * @example
   * ```ts
   * await client.sadd('hat', ['a', 'b', 'c']);
   * const name = await client.spop('hat');
   * const names = await client.spop('hat', 2);
   * ```
   * @see https://valkey.io/commands/spop/
   */
  spop(key: Key): Result<S, Text<S> | null>;
  spop(key: Key, count: Int): Result<S, Text<S>[]>;
  spop(key: Key, count?: Int): Result<S, Text<S> | null | Text<S>[]> {
    return this.send(SPOP, count === undefined ? [key] : [key, count]);
  }

  /**
   * Gives a random member and leaves it there, or `null` when there is none; with `count`, several of them, in an array.
   *
   * A positive `count` gives that many different members at most; a negative one gives exactly so many, repeats included.
   *
   * Complexity: O(N) for N members given.
   *
   * @since 1.0.0; `count` 2.6.0
   * @example
   * ```ts
   * await client.sadd('coin', 'heads');
   * await client.srandmember('coin'); // => 'heads'
   * await client.srandmember('coin', -2); // => ['heads', 'heads']
   * ```
   * @see https://valkey.io/commands/srandmember/
   */
  srandmember(key: Key): Result<S, Text<S> | null>;
  srandmember(key: Key, count: Int): Result<S, Text<S>[]>;
  srandmember(key: Key, count?: Int): Result<S, Text<S> | null | Text<S>[]> {
    return this.send(SRANDMEMBER, count === undefined ? [key] : [key, count]);
  }

  /**
   * Removes members, and gives how many of them were there.
   *
   * Complexity: O(N) for N members.
   *
   * @since 1.0.0
   * @example
   * ```ts
   * await client.sadd('tags', ['red', 'blue']);
   * await client.srem('tags', ['red', 'green']); // => 1
   * ```
   * @see https://valkey.io/commands/srem/
   */
  srem(key: Key, members: Many<Value>): Result<S, Integer<S>> {
    return this.send(SREM, pushMany(SREM, [key], members, 'member'));
  }

  /**
   * Gives one page of the set and the cursor of the next. Start with `'0'`; it is over when the cursor is `'0'` again.
   *
   * A member that is there all the while is given at least once. `sscanIter` walks all pages.
   *
   * Complexity: O(1) per page, O(N) for a whole set of N members.
   *
   * @since 2.8.0
   * @example
   * ```ts
   * await client.sadd('tags', ['red', 'blue']);
   * await client.sscan('tags', '0', { match: 'r*' }); // => { cursor: '0', members: ['red'] }
   * ```
   * @see https://valkey.io/commands/sscan/
   */
  sscan(key: Key, cursor: Value, options: SscanOptions = {}): Result<S, SscanPage<Text<S>>> {
    checkOptions(SSCAN, options);
    const args: Value[] = [key, cursor];
    if (options.match !== undefined) args.push('MATCH', options.match);
    if (options.count !== undefined) args.push('COUNT', options.count);
    return this.send(SSCAN, args, toPage<Text<S>>);
  }

  /**
   * Gives the members that are in any of the sets.
   *
   * Complexity: O(N) for N members in all the sets.
   *
   * @since 1.0.0
   * @example
   * ```ts
   * await client.sadd('a', 1);
   * await client.sadd('b', 1);
   * await client.sunion(['a', 'b']); // => ['1']
   * ```
   * @see https://valkey.io/commands/sunion/
   */
  sunion(keys: Many<Key>): Result<S, Text<S>[]> {
    return this.send(SUNION, listOf(SUNION, keys, 'key'));
  }

  /**
   * Stores what `sunion` gives at `destination`, overwriting it, and gives the number of its members.
   *
   * Complexity: O(N) for N members in all the sets.
   *
   * @since 1.0.0
   * @example
   * ```ts
   * await client.sadd('a', [1, 2]);
   * await client.sadd('b', [2, 3]);
   * await client.sunionstore('any', ['a', 'b']); // => 3
   * ```
   * @see https://valkey.io/commands/sunionstore/
   */
  sunionstore(destination: Key, keys: Many<Key>): Result<S, Integer<S>> {
    return this.send(SUNIONSTORE, pushMany(SUNIONSTORE, [destination], keys, 'key'));
  }
}

function toPage<T>(reply: unknown, mode: ReplyMode): SscanPage<T> {
  const [cursor, members] = reply as [unknown, T[]];
  return { cursor: toText(cursor, mode), members };
}
