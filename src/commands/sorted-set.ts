import type { ReplyMode } from '../protocol/reply-mode.ts';
import { type Int, type Many, checkOptions, listOf, pushCounted, pushMany, refuse } from './argument.ts';
import { toDouble, toDoubleOrNull, toText } from './reply.ts';
import { type Spec, command } from './spec.ts';
import { Executor, type Integer, type Key, type Result, type Surface, type Text, type Value } from './surface.ts';

const BZMPOP: Spec = command('BZMPOP');
const BZPOPMAX: Spec = command('BZPOPMAX');
const BZPOPMIN: Spec = command('BZPOPMIN');
const ZADD: Spec = command('ZADD');
const ZCARD: Spec = command('ZCARD');
const ZCOUNT: Spec = command('ZCOUNT');
const ZDIFF: Spec = command('ZDIFF');
const ZDIFFSTORE: Spec = command('ZDIFFSTORE');
const ZINCRBY: Spec = command('ZINCRBY');
const ZINTER: Spec = command('ZINTER');
const ZINTERCARD: Spec = command('ZINTERCARD');
const ZINTERSTORE: Spec = command('ZINTERSTORE');
const ZLEXCOUNT: Spec = command('ZLEXCOUNT');
const ZMPOP: Spec = command('ZMPOP');
const ZMSCORE: Spec = command('ZMSCORE');
const ZPOPMAX: Spec = command('ZPOPMAX');
const ZPOPMIN: Spec = command('ZPOPMIN');
const ZRANDMEMBER: Spec = command('ZRANDMEMBER');
const ZRANGE: Spec = command('ZRANGE');
const ZRANGEBYLEX: Spec = command('ZRANGEBYLEX');
const ZRANGEBYSCORE: Spec = command('ZRANGEBYSCORE');
const ZRANGESTORE: Spec = command('ZRANGESTORE');
const ZRANK: Spec = command('ZRANK');
const ZREM: Spec = command('ZREM');
const ZREMRANGEBYLEX: Spec = command('ZREMRANGEBYLEX');
const ZREMRANGEBYRANK: Spec = command('ZREMRANGEBYRANK');
const ZREMRANGEBYSCORE: Spec = command('ZREMRANGEBYSCORE');
const ZREVRANGE: Spec = command('ZREVRANGE');
const ZREVRANGEBYLEX: Spec = command('ZREVRANGEBYLEX');
const ZREVRANGEBYSCORE: Spec = command('ZREVRANGEBYSCORE');
const ZREVRANK: Spec = command('ZREVRANK');
const ZSCAN: Spec = command('ZSCAN');
const ZSCORE: Spec = command('ZSCORE');
const ZUNION: Spec = command('ZUNION');
const ZUNIONSTORE: Spec = command('ZUNIONSTORE');

/** A score, kept as a double: a number, or its text, such as `'1.5'`, `'+inf'` and `'-inf'`. */
export type Score = number | bigint | string;

/** Where a range of scores begins or ends: a score, which is part of it, or `'(1.5'` for one that is not. */
export type ScoreBound = Score;

/**
 * Members and their scores: `{ member: score }` or a `Map` from member to score; or pairs `[score, member]`, in the server's order.
 * The latter two also take members of any bytes.
 */
export type MemberScores =
  | { readonly [member: string]: Score }
  | readonly (readonly [score: Score, member: Value])[]
  | ReadonlyMap<Value, Score>;

/** A member and its score. */
export interface ScoredMember<T> {
  readonly member: T;
  readonly score: number;
}

/** Skips `offset` members of a range, and gives `count` of those that follow; a negative count gives all of them. */
export interface RangeLimit {
  readonly offset: Int;
  readonly count: Int;
}

/** Options of `zadd`. */
export type ZaddOptions = (
  | {
      /** Only adds members, and leaves those that are there as they are (`nx`), or only updates, and adds none (`xx`). */
      readonly condition?: 'nx' | undefined;
      readonly comparison?: undefined;
    }
  | {
      readonly condition?: 'xx' | undefined;
      /** Updates a member only if the new score is greater (`gt`) or less (`lt`); adds new ones all the same. Not with `nx`. */
      readonly comparison?: 'gt' | 'lt' | undefined;
    }
) & {
  /** Counts the members that are new or have another score now, rather than the new ones only. */
  readonly ch?: boolean | undefined;
  /** Adds to the score of one member, as `zincrby` does, and gives the result. */
  readonly incr?: boolean | undefined;
};

/** Options of `zdiff`, `zrandmember` and `zrevrange`. */
export interface WithscoresOptions {
  /** Gives the scores too. */
  readonly withscores?: boolean | undefined;
}

/** Options of `zinterstore` and `zunionstore`. */
export interface ZinterstoreOptions {
  /** What the scores of each set are multiplied by, one number per key; 1 without it. */
  readonly weights?: Many<Score> | undefined;
  /** What becomes of the scores of a member that is in several sets: their sum, which is the default, the least or the greatest. */
  readonly aggregate?: 'sum' | 'min' | 'max' | undefined;
}

/** Options of `zinter` and `zunion`. */
export interface ZinterOptions extends ZinterstoreOptions {
  /** Gives the scores too. */
  readonly withscores?: boolean | undefined;
}

/** Options of `zintercard`. */
export interface ZintercardOptions {
  /** Stops counting here; 0 counts all. */
  readonly limit?: Int | undefined;
}

/** Options of `zmpop` and `bzmpop`. */
export interface ZmpopOptions {
  /** The most members to take; one without it. */
  readonly count?: Int | undefined;
}

/** The members taken, and the sorted set they were in. */
export interface ZmpopReply<T> {
  readonly key: T;
  readonly members: ScoredMember<T>[];
}

/** The member that `bzpopmin` or `bzpopmax` took, and the sorted set it was in. */
export interface BzpopReply<T> {
  readonly key: T;
  readonly member: T;
  readonly score: number;
}

/** Options of `zrangestore`. */
export type ZrangestoreOptions = (
  | { readonly by?: undefined; readonly limit?: undefined }
  | {
      /** What `min` and `max` are: scores, or members in their order as bytes. Without it they are ranks. */
      readonly by: 'score' | 'lex';
      /** A part of the range. Only with `by`. */
      readonly limit?: RangeLimit | undefined;
    }
) & {
  /** Goes from the last member to the first; with `by`, the greater bound then comes first. */
  readonly rev?: boolean | undefined;
};

/** Options of `zrange`. */
export type ZrangeOptions = ZrangestoreOptions &
  (
    | {
        readonly by?: 'score' | undefined;
        /** Gives the scores too. Not with `by: 'lex'`. */
        readonly withscores?: boolean | undefined;
      }
    | { readonly by: 'lex'; readonly withscores?: false | undefined }
  );

/** Options of `zrangebylex` and `zrevrangebylex`. */
export interface ZrangebylexOptions {
  /** A part of the range. */
  readonly limit?: RangeLimit | undefined;
}

/** Options of `zrangebyscore` and `zrevrangebyscore`. */
export interface ZrangebyscoreOptions {
  /** Gives the scores too. */
  readonly withscores?: boolean | undefined;
  /** A part of the range. */
  readonly limit?: RangeLimit | undefined;
}

/** Options of `zrank` and `zrevrank`. */
export interface ZrankOptions {
  /** Gives the score too. */
  readonly withscore?: boolean | undefined;
}

/** A member's place in the order, 0 being the first, and its score. */
export interface ZrankReply<I> {
  readonly rank: I;
  readonly score: number;
}

/** Options of `zscan`. */
export interface ZscanOptions {
  /** Gives only members that match this glob-style pattern. */
  readonly match?: Key | undefined;
  /** About how many members to look at per call; the server's default is 10. */
  readonly count?: Int | undefined;
  /** Leaves the scores out. */
  readonly noscores?: boolean | undefined;
}

/** One page of `zscan`: members and their scores. It is the last one when `cursor` is `'0'`. */
export interface ZscanPage<T> {
  readonly cursor: string;
  readonly members: ScoredMember<T>[];
}

/** One page of `zscan` without scores. It is the last one when `cursor` is `'0'`. */
export interface ZscanMembersPage<T> {
  readonly cursor: string;
  readonly members: T[];
}

interface WithScores {
  readonly withscores: true;
}
interface WithoutScores {
  readonly withscores?: false | undefined;
}

/** Commands on sorted sets: members with a score each, in the order of their scores. */
export abstract class SortedSetCommands<in out S extends Surface> extends Executor<S> {
  /**
   * Takes members like `zmpop`, waiting up to `timeout` seconds for some; `null` when none came.
   *
   * A `timeout` of 0 waits for ever. It runs on a connection of its own, so other commands do not wait behind it.
   * Complexity: O(K + M log N), K being the number of keys, M of members taken, N the size of their set.
   *
   * @since 7.0.0
   * @example
   * ```ts
   * await client.zadd('jobs', { wash: 1, dry: 2 });
   * await client.bzmpop(1, ['urgent', 'jobs'], 'min'); // => { key: 'jobs', members: [{ member: 'wash', score: 1 }] }
   * ```
   * @see https://valkey.io/commands/bzmpop/
   */
  bzmpop(
    timeout: number,
    keys: Many<Key>,
    where: 'min' | 'max',
    options?: ZmpopOptions,
  ): Result<S, ZmpopReply<Text<S>> | null> {
    return this.send(BZMPOP, popArgs(BZMPOP, [timeout], keys, where, options), toPoppedFrom<Text<S>>);
  }

  /**
   * Takes the member with the highest score from the first of the sorted sets that has one, waiting up to `timeout` seconds; `null` when none came.
   *
   * A `timeout` of 0 waits for ever. It runs on a connection of its own, so other commands do not wait behind it.
   * Complexity: O(log N), N being the size of the set.
   *
   * @since 5.0.0; a `timeout` with fractions 6.0.0
   * @example
   * ```ts
   * await client.zadd('jobs', { wash: 1, dry: 2 });
   * await client.bzpopmax(['urgent', 'jobs'], 1); // => { key: 'jobs', member: 'dry', score: 2 }
   * ```
   * @see https://valkey.io/commands/bzpopmax/
   */
  bzpopmax(keys: Many<Key>, timeout: number): Result<S, BzpopReply<Text<S>> | null> {
    return this.send(BZPOPMAX, [...listOf(BZPOPMAX, keys, 'key'), timeout], toBzpopReply<Text<S>>);
  }

  /**
   * Takes the member with the lowest score from the first of the sorted sets that has one, waiting up to `timeout` seconds; `null` when none came.
   *
   * A `timeout` of 0 waits for ever. It runs on a connection of its own, so other commands do not wait behind it.
   * Complexity: O(log N), N being the size of the set.
   *
   * @since 5.0.0; a `timeout` with fractions 6.0.0
   * @example
   * ```ts
   * await client.zadd('jobs', { wash: 1, dry: 2 });
   * await client.bzpopmin('jobs', 0.5); // => { key: 'jobs', member: 'wash', score: 1 }
   * ```
   * @see https://valkey.io/commands/bzpopmin/
   */
  bzpopmin(keys: Many<Key>, timeout: number): Result<S, BzpopReply<Text<S>> | null> {
    return this.send(BZPOPMIN, [...listOf(BZPOPMIN, keys, 'key'), timeout], toBzpopReply<Text<S>>);
  }

  /**
   * Adds members or sets their scores, and gives how many are new; with `ch`, how many changed.
   *
   * Takes an object, a `Map`, or pairs in the server's order, the score first. With `incr` it adds to the score of one member and gives the
   * result, or `null` when `condition` or `comparison` did not hold.
   * Throws a `DataError` for `nx` with a comparison, and for `incr` with several members.
   * Complexity: O(log N) per member, N being the size of the set.
   *
   * @since 1.2.0; several members 2.4.0, `condition`, `ch` and `incr` 3.0.2, `comparison` 6.2.0
   * @example
   * ```ts
   * await client.zadd('board', { ada: 7, bob: 5 }); // => 2
   * await client.zadd('board', [[9, 'ada'], [4, 'bob']], { comparison: 'gt', ch: true }); // => 1
   * await client.zadd('board', { ada: 1 }, { incr: true }); // => 10
   * await client.zadd('board', { ada: 1 }, { condition: 'nx', incr: true }); // => null
   * ```
   * @see https://valkey.io/commands/zadd/
   */
  zadd(
    key: Key,
    members: MemberScores,
    options?: ZaddOptions & { readonly incr?: false | undefined },
  ): Result<S, Integer<S>>;
  zadd(
    key: Key,
    members: MemberScores,
    options: ZaddOptions & { readonly incr: true; readonly condition?: undefined; readonly comparison?: undefined },
  ): Result<S, number>;
  zadd(key: Key, members: MemberScores, options: ZaddOptions & { readonly incr: true }): Result<S, number | null>;
  zadd(key: Key, members: MemberScores, options: ZaddOptions | undefined): Result<S, Integer<S> | number | null>;
  zadd(key: Key, members: MemberScores, options?: ZaddOptions): Result<S, Integer<S> | number | null> {
    const args: Value[] = [key];
    pushAddition(ZADD, args, options);
    const count = pushScores(ZADD, args, members);
    if (!options?.incr) return this.send(ZADD, args);
    if (count > 1) refuse(ZADD, 'takes only one member with incr');
    return this.send(ZADD, args, toDoubleOrNull);
  }

  /**
   * Gives the number of members; 0 when there is no such key.
   *
   * Complexity: O(1).
   *
   * @since 1.2.0
   * @example
   * ```ts
   * await client.zadd('board', { ada: 7, bob: 5 });
   * await client.zcard('board'); // => 2
   * ```
   * @see https://valkey.io/commands/zcard/
   */
  zcard(key: Key): Result<S, Integer<S>> {
    return this.send(ZCARD, [key]);
  }

  /**
   * Gives the number of members whose scores are from `min` to `max`; 0 when there is no such key.
   *
   * Complexity: O(log N), N being the size of the set.
   *
   * @since 2.0.0
   * @example
   * ```ts
   * await client.zadd('board', { ada: 7, bob: 5, eve: 3 });
   * await client.zcount('board', '(3', '+inf'); // => 2
   * ```
   * @see https://valkey.io/commands/zcount/
   */
  zcount(key: Key, min: ScoreBound, max: ScoreBound): Result<S, Integer<S>> {
    return this.send(ZCOUNT, [key, min, max]);
  }

  /**
   * Gives the members of the first sorted set that are in none of the others, in order, and their scores if asked.
   *
   * Complexity: O(L + (N - K) log N) at worst, L being the size of all sets together, N of the first one, K of the result.
   *
   * @since 6.2.0
   * @example
   * ```ts
   * await client.zadd('board', { ada: 7, bob: 5 });
   * await client.zadd('banned', { bob: 1 });
   * await client.zdiff(['board', 'banned']); // => ['ada']
   * await client.zdiff(['board', 'banned'], { withscores: true }); // => [{ member: 'ada', score: 7 }]
   * ```
   * @see https://valkey.io/commands/zdiff/
   */
  zdiff(keys: Many<Key>, options?: WithoutScores): Result<S, Text<S>[]>;
  zdiff(keys: Many<Key>, options: WithScores): Result<S, ScoredMember<Text<S>>[]>;
  zdiff(keys: Many<Key>, options: WithscoresOptions | undefined): Result<S, Text<S>[] | ScoredMember<Text<S>>[]>;
  zdiff(keys: Many<Key>, options?: WithscoresOptions): Result<S, Text<S>[] | ScoredMember<Text<S>>[]> {
    checkOptions(ZDIFF, options);
    const args = pushCounted(ZDIFF, [], keys, 'key');
    if (!options?.withscores) return this.send(ZDIFF, args);
    args.push('WITHSCORES');
    return this.send(ZDIFF, args, toScoredMembers<Text<S>>);
  }

  /**
   * Stores the members of the first sorted set that are in none of the others at `destination`, and gives their number.
   *
   * What was at the destination is gone; with an empty result, so is the key.
   * Complexity: O(L + (N - K) log N) at worst, L being the size of all sets together, N of the first one, K of the result.
   *
   * @since 6.2.0
   * @example
   * ```ts
   * await client.zadd('board', { ada: 7, bob: 5 });
   * await client.zadd('banned', { bob: 1 });
   * await client.zdiffstore('allowed', ['board', 'banned']); // => 1
   * ```
   * @see https://valkey.io/commands/zdiffstore/
   */
  zdiffstore(destination: Key, keys: Many<Key>): Result<S, Integer<S>> {
    return this.send(ZDIFFSTORE, pushCounted(ZDIFFSTORE, [destination], keys, 'key'));
  }

  /**
   * Adds `increment`, which may be negative, to the score of a member, counting from 0 when there is none, and gives the result.
   *
   * Complexity: O(log N), N being the size of the set.
   *
   * @since 1.2.0
   * @example
   * ```ts
   * await client.zincrby('board', 2.5, 'ada'); // => 2.5
   * await client.zincrby('board', -1, 'ada'); // => 1.5
   * ```
   * @see https://valkey.io/commands/zincrby/
   */
  zincrby(key: Key, increment: Score, member: Value): Result<S, number> {
    return this.send(ZINCRBY, [key, increment, member], toDouble);
  }

  /**
   * Gives the members that all the sorted sets have, in order, and their scores if asked.
   *
   * Throws a `DataError` unless there are as many weights as keys.
   * Complexity: O(N K + M log M) at worst, N being the size of the smallest set, K the number of sets, M the size of the result.
   *
   * @since 6.2.0
   * @example
   * ```ts
   * await client.zadd('monday', { ada: 7, bob: 5 });
   * await client.zadd('tuesday', { ada: 3 });
   * await client.zinter(['monday', 'tuesday']); // => ['ada']
   * await client.zinter(['monday', 'tuesday'], { weights: [1, 2], withscores: true }); // => [{ member: 'ada', score: 13 }]
   * ```
   * @see https://valkey.io/commands/zinter/
   */
  zinter(keys: Many<Key>, options?: ZinterOptions & WithoutScores): Result<S, Text<S>[]>;
  zinter(keys: Many<Key>, options: ZinterOptions & WithScores): Result<S, ScoredMember<Text<S>>[]>;
  zinter(keys: Many<Key>, options: ZinterOptions | undefined): Result<S, Text<S>[] | ScoredMember<Text<S>>[]>;
  zinter(keys: Many<Key>, options?: ZinterOptions): Result<S, Text<S>[] | ScoredMember<Text<S>>[]> {
    const args = combinationArgs(ZINTER, [], keys, options);
    if (!options?.withscores) return this.send(ZINTER, args);
    args.push('WITHSCORES');
    return this.send(ZINTER, args, toScoredMembers<Text<S>>);
  }

  /**
   * Gives the number of members that all the sorted sets have; with `limit` it stops counting there.
   *
   * Complexity: O(N K) at worst, N being the size of the smallest set, K the number of sets.
   *
   * @since 7.0.0
   * @example
   * ```ts
   * await client.zadd('monday', { ada: 7, bob: 5 });
   * await client.zadd('tuesday', { ada: 3, bob: 1 });
   * await client.zintercard(['monday', 'tuesday']); // => 2
   * await client.zintercard(['monday', 'tuesday'], { limit: 1 }); // => 1
   * ```
   * @see https://valkey.io/commands/zintercard/
   */
  zintercard(keys: Many<Key>, options?: ZintercardOptions): Result<S, Integer<S>> {
    checkOptions(ZINTERCARD, options);
    const args = pushCounted(ZINTERCARD, [], keys, 'key');
    if (options?.limit !== undefined) args.push('LIMIT', options.limit);
    return this.send(ZINTERCARD, args);
  }

  /**
   * Stores the members that all the sorted sets have at `destination`, and gives their number.
   *
   * What was at the destination is gone; with an empty result, so is the key. Plain sets may be among the keys: their members count as
   * having the score 1. Throws a `DataError` unless there are as many weights as keys.
   * Complexity: O(N K + M log M) at worst, N being the size of the smallest set, K the number of sets, M the size of the result.
   *
   * @since 2.0.0
   * @example
   * ```ts
   * await client.zadd('monday', { ada: 7, bob: 5 });
   * await client.zadd('tuesday', { ada: 3 });
   * await client.zinterstore('both', ['monday', 'tuesday'], { aggregate: 'max' }); // => 1
   * await client.zscore('both', 'ada'); // => 7
   * ```
   * @see https://valkey.io/commands/zinterstore/
   */
  zinterstore(destination: Key, keys: Many<Key>, options?: ZinterstoreOptions): Result<S, Integer<S>> {
    return this.send(ZINTERSTORE, combinationArgs(ZINTERSTORE, [destination], keys, options));
  }

  /**
   * Gives the number of members from `min` to `max` in their order as bytes; 0 when there is no such key.
   *
   * All members must have the same score. A bound is `[x`, which is part of the range, `(x`, which is not, or `-` and `+` for the ends.
   * Complexity: O(log N), N being the size of the set.
   *
   * @since 2.8.9
   * @example
   * ```ts
   * await client.zadd('names', { ada: 0, bob: 0, eve: 0 });
   * await client.zlexcount('names', '[b', '+'); // => 2
   * ```
   * @see https://valkey.io/commands/zlexcount/
   */
  zlexcount(key: Key, min: Key, max: Key): Result<S, Integer<S>> {
    return this.send(ZLEXCOUNT, [key, min, max]);
  }

  /**
   * Takes the members with the lowest (`min`) or highest scores (`max`) from the first of the sorted sets that has any; `null` when none has.
   *
   * Complexity: O(K + M log N), K being the number of keys, M of members taken, N the size of their set.
   *
   * @since 7.0.0
   * @example
   * ```ts
   * await client.zadd('jobs', { wash: 1, dry: 2 });
   * await client.zmpop(['urgent', 'jobs'], 'max'); // => { key: 'jobs', members: [{ member: 'dry', score: 2 }] }
   * ```
   * @see https://valkey.io/commands/zmpop/
   */
  zmpop(keys: Many<Key>, where: 'min' | 'max', options?: ZmpopOptions): Result<S, ZmpopReply<Text<S>> | null> {
    return this.send(ZMPOP, popArgs(ZMPOP, [], keys, where, options), toPoppedFrom<Text<S>>);
  }

  /**
   * Gives the scores of members in the same order, with `null` for those that do not exist.
   *
   * Complexity: O(N), N being the number of members asked for.
   *
   * @since 6.2.0
   * @example
   * ```ts
   * await client.zadd('board', { ada: 7, bob: 5.5 });
   * await client.zmscore('board', ['bob', 'eve']); // => [5.5, null]
   * ```
   * @see https://valkey.io/commands/zmscore/
   */
  zmscore(key: Key, members: Many<Value>): Result<S, (number | null)[]> {
    return this.send(ZMSCORE, pushMany(ZMSCORE, [key], members, 'member'), toScores);
  }

  /**
   * Takes the member with the highest score, or `null` when there is no such key; with `count`, up to so many of them, the highest first, in an array.
   *
   * Complexity: O(M log N), M being the number of members taken, N the size of the set.
   *
   * @since 5.0.0
   * @example
   * ```ts
   * await client.zadd('board', { ada: 7, bob: 5, eve: 3 });
   * await client.zpopmax('board'); // => { member: 'ada', score: 7 }
   * await client.zpopmax('board', 1); // => [{ member: 'bob', score: 5 }]
   * ```
   * @see https://valkey.io/commands/zpopmax/
   */
  zpopmax(key: Key): Result<S, ScoredMember<Text<S>> | null>;
  zpopmax(key: Key, count: Int): Result<S, ScoredMember<Text<S>>[]>;
  zpopmax(key: Key, count?: Int): Result<S, ScoredMember<Text<S>> | null | ScoredMember<Text<S>>[]> {
    if (count === undefined) return this.send(ZPOPMAX, [key], toScoredMember<Text<S>>);
    return this.send(ZPOPMAX, [key, count], toScoredMembers<Text<S>>);
  }

  /**
   * Takes the member with the lowest score, or `null` when there is no such key; with `count`, up to so many of them, the lowest first, in an array.
   *
   * Complexity: O(M log N), M being the number of members taken, N the size of the set.
   *
   * @since 5.0.0
   * @example
   * ```ts
   * await client.zadd('jobs', { wash: 1, dry: 2, iron: 3 });
   * await client.zpopmin('jobs'); // => { member: 'wash', score: 1 }
   * await client.zpopmin('jobs', 1); // => [{ member: 'dry', score: 2 }]
   * ```
   * @see https://valkey.io/commands/zpopmin/
   */
  zpopmin(key: Key): Result<S, ScoredMember<Text<S>> | null>;
  zpopmin(key: Key, count: Int): Result<S, ScoredMember<Text<S>>[]>;
  zpopmin(key: Key, count?: Int): Result<S, ScoredMember<Text<S>> | null | ScoredMember<Text<S>>[]> {
    if (count === undefined) return this.send(ZPOPMIN, [key], toScoredMember<Text<S>>);
    return this.send(ZPOPMIN, [key, count], toScoredMembers<Text<S>>);
  }

  /**
   * Gives a random member, or `null` when there is no such key; with `count`, several of them, and their scores if asked.
   *
   * A positive `count` gives that many different members at most; a negative one gives exactly so many, repeats included.
   * Complexity: O(N), N being the number of members given.
   *
   * @since 6.2.0
   * @example
   * ```ts
   * await client.zadd('board', { ada: 7 });
   * await client.zrandmember('board'); // => 'ada'
   * await client.zrandmember('board', -2); // => ['ada', 'ada']
   * await client.zrandmember('board', 1, { withscores: true }); // => [{ member: 'ada', score: 7 }]
   * ```
   * @see https://valkey.io/commands/zrandmember/
   */
  zrandmember(key: Key): Result<S, Text<S> | null>;
  zrandmember(key: Key, count: Int, options?: WithoutScores): Result<S, Text<S>[]>;
  zrandmember(key: Key, count: Int, options: WithScores): Result<S, ScoredMember<Text<S>>[]>;
  zrandmember(
    key: Key,
    count: Int,
    options: WithscoresOptions | undefined,
  ): Result<S, Text<S>[] | ScoredMember<Text<S>>[]>;
  zrandmember(
    key: Key,
    count?: Int,
    options?: WithscoresOptions,
  ): Result<S, Text<S> | null | Text<S>[] | ScoredMember<Text<S>>[]> {
    checkOptions(ZRANDMEMBER, options);
    if (count === undefined) return this.send(ZRANDMEMBER, [key]);
    if (!options?.withscores) return this.send(ZRANDMEMBER, [key, count]);
    return this.send(ZRANDMEMBER, [key, count, 'WITHSCORES'], toScoredMembers<Text<S>>);
  }

  /**
   * Gives the members from rank `start` to `stop`, both included, in order; negative ranks count from the end. None when there is no such key.
   *
   * With `by: 'score'`, start and stop are scores: `5` is part of the range, `'(5'` is not, `'-inf'` and `'+inf'` are the ends.
   * With `by: 'lex'` they are members of equal score: `'[x'` is part of the range, `'(x'` is not, `'-'` and `'+'` are the ends.
   * With `rev` it goes from the last to the first; of scores and members, the greater one is then the start.
   * Throws a `DataError` for `limit` without `by`, and for `withscores` with `by: 'lex'`.
   * Complexity: O(log N + M), N being the size of the set, M the number of members given.
   *
   * @since 1.2.0; `by`, `rev` and `limit` 6.2.0
   * @example
   * ```ts
   * await client.zadd('board', { ada: 7, bob: 5, eve: 3 });
   * await client.zrange('board', 0, 1, { rev: true }); // => ['ada', 'bob']
   * await client.zrange('board', '(3', '+inf', { by: 'score', limit: { offset: 0, count: 1 } }); // => ['bob']
   * await client.zrange('board', 0, 0, { withscores: true }); // => [{ member: 'eve', score: 3 }]
   * ```
   * @see https://valkey.io/commands/zrange/
   */
  zrange(key: Key, start: Value, stop: Value, options?: ZrangeOptions & WithoutScores): Result<S, Text<S>[]>;
  zrange(key: Key, start: Value, stop: Value, options: ZrangeOptions & WithScores): Result<S, ScoredMember<Text<S>>[]>;
  zrange(
    key: Key,
    start: Value,
    stop: Value,
    options: ZrangeOptions | undefined,
  ): Result<S, Text<S>[] | ScoredMember<Text<S>>[]>;
  zrange(key: Key, start: Value, stop: Value, options?: ZrangeOptions): Result<S, Text<S>[] | ScoredMember<Text<S>>[]> {
    const args: Value[] = [key, start, stop];
    pushRange(ZRANGE, args, options);
    if (!options?.withscores) return this.send(ZRANGE, args);
    if ((options as ZrangestoreOptions).by === 'lex') refuse(ZRANGE, 'gives no scores by lex');
    args.push('WITHSCORES');
    return this.send(ZRANGE, args, toScoredMembers<Text<S>>);
  }

  /**
   * Gives the members from `min` to `max` in their order as bytes; none when there is no such key.
   *
   * All members must have the same score. A bound is `[x`, which is part of the range, `(x`, which is not, or `-` and `+` for the ends.
   * `zrange` with `by: 'lex'` does the same.
   * Complexity: O(log N + M), N being the size of the set, M the number of members given and skipped.
   *
   * @since 2.8.9
   * @example
   * ```ts
   * await client.zadd('names', { ada: 0, bob: 0, eve: 0 });
   * await client.zrangebylex('names', '-', '(eve'); // => ['ada', 'bob']
   * ```
   * @see https://valkey.io/commands/zrangebylex/
   */
  zrangebylex(key: Key, min: Key, max: Key, options?: ZrangebylexOptions): Result<S, Text<S>[]> {
    checkOptions(ZRANGEBYLEX, options);
    const args: Value[] = [key, min, max];
    pushLimit(ZRANGEBYLEX, args, options?.limit);
    return this.send(ZRANGEBYLEX, args);
  }

  /**
   * Gives the members whose scores are from `min` to `max`, in order, and the scores if asked; none when there is no such key.
   *
   * `'(5'` leaves out the score 5 itself; `'-inf'` and `'+inf'` are the ends. `zrange` with `by: 'score'` does the same.
   * Complexity: O(log N + M), N being the size of the set, M the number of members given and skipped.
   *
   * @since 1.0.5; `withscores` 2.0.0
   * @example
   * ```ts
   * await client.zadd('board', { ada: 7, bob: 5, eve: 3 });
   * await client.zrangebyscore('board', '(3', '+inf'); // => ['bob', 'ada']
   * await client.zrangebyscore('board', 0, 4, { withscores: true }); // => [{ member: 'eve', score: 3 }]
   * ```
   * @see https://valkey.io/commands/zrangebyscore/
   */
  zrangebyscore(
    key: Key,
    min: ScoreBound,
    max: ScoreBound,
    options?: ZrangebyscoreOptions & WithoutScores,
  ): Result<S, Text<S>[]>;
  zrangebyscore(
    key: Key,
    min: ScoreBound,
    max: ScoreBound,
    options: ZrangebyscoreOptions & WithScores,
  ): Result<S, ScoredMember<Text<S>>[]>;
  zrangebyscore(
    key: Key,
    min: ScoreBound,
    max: ScoreBound,
    options: ZrangebyscoreOptions | undefined,
  ): Result<S, Text<S>[] | ScoredMember<Text<S>>[]>;
  zrangebyscore(
    key: Key,
    min: ScoreBound,
    max: ScoreBound,
    options?: ZrangebyscoreOptions,
  ): Result<S, Text<S>[] | ScoredMember<Text<S>>[]> {
    const args = scoreRangeArgs(ZRANGEBYSCORE, [key, min, max], options);
    return this.send(ZRANGEBYSCORE, args, options?.withscores ? toScoredMembers<Text<S>> : undefined);
  }

  /**
   * Stores the range that `zrange` would give, scores included, at `destination`, and gives the number of members.
   *
   * What was at the destination is gone; with an empty range, so is the key. Throws a `DataError` for `limit` without `by`.
   * Complexity: O(log N + M), N being the size of the set, M the number of members stored.
   *
   * @since 6.2.0
   * @example
   * ```ts
   * await client.zadd('board', { ada: 7, bob: 5, eve: 3 });
   * await client.zrangestore('best', 'board', 0, 1, { rev: true }); // => 2
   * await client.zrangestore('good', 'board', 4, '+inf', { by: 'score' }); // => 2
   * ```
   * @see https://valkey.io/commands/zrangestore/
   */
  zrangestore(
    destination: Key,
    source: Key,
    min: Value,
    max: Value,
    options?: ZrangestoreOptions,
  ): Result<S, Integer<S>> {
    const args: Value[] = [destination, source, min, max];
    pushRange(ZRANGESTORE, args, options);
    return this.send(ZRANGESTORE, args);
  }

  /**
   * Gives the rank of a member, counted from the lowest score, which is 0, and its score if asked; `null` when there is no such member.
   *
   * Complexity: O(log N), N being the size of the set.
   *
   * @since 2.0.0; `withscore` 7.2.0
   * @example
   * ```ts
   * await client.zadd('board', { ada: 7, bob: 5, eve: 3 });
   * await client.zrank('board', 'bob'); // => 1
   * await client.zrank('board', 'ada', { withscore: true }); // => { rank: 2, score: 7 }
   * ```
   * @see https://valkey.io/commands/zrank/
   */
  zrank(key: Key, member: Value, options?: { readonly withscore?: false | undefined }): Result<S, Integer<S> | null>;
  zrank(key: Key, member: Value, options: { readonly withscore: true }): Result<S, ZrankReply<Integer<S>> | null>;
  zrank(
    key: Key,
    member: Value,
    options: ZrankOptions | undefined,
  ): Result<S, Integer<S> | ZrankReply<Integer<S>> | null>;
  zrank(key: Key, member: Value, options?: ZrankOptions): Result<S, Integer<S> | ZrankReply<Integer<S>> | null> {
    checkOptions(ZRANK, options);
    if (!options?.withscore) return this.send(ZRANK, [key, member]);
    return this.send(ZRANK, [key, member, 'WITHSCORE'], toZrankReply<Integer<S>>);
  }

  /**
   * Removes members, and gives how many of them existed. A sorted set without members is gone.
   *
   * Complexity: O(log N) per member, N being the size of the set.
   *
   * @since 1.2.0; several members 2.4.0
   * @example
   * ```ts
   * await client.zadd('board', { ada: 7, bob: 5 });
   * await client.zrem('board', 'ada'); // => 1
   * await client.zrem('board', ['bob', 'eve']); // => 1
   * ```
   * @see https://valkey.io/commands/zrem/
   */
  zrem(key: Key, members: Many<Value>): Result<S, Integer<S>> {
    return this.send(ZREM, pushMany(ZREM, [key], members, 'member'));
  }

  /**
   * Removes the members from `min` to `max` in their order as bytes, and gives how many.
   *
   * All members must have the same score. A bound is `[x`, which is part of the range, `(x`, which is not, or `-` and `+` for the ends.
   * Complexity: O(log N + M), N being the size of the set, M the number of members removed.
   *
   * @since 2.8.9
   * @example
   * ```ts
   * await client.zadd('names', { ada: 0, bob: 0, eve: 0 });
   * await client.zremrangebylex('names', '-', '[bob'); // => 2
   * ```
   * @see https://valkey.io/commands/zremrangebylex/
   */
  zremrangebylex(key: Key, min: Key, max: Key): Result<S, Integer<S>> {
    return this.send(ZREMRANGEBYLEX, [key, min, max]);
  }

  /**
   * Removes the members from rank `start` to `stop`, both included, and gives how many; negative ranks count from the end.
   *
   * Complexity: O(log N + M), N being the size of the set, M the number of members removed.
   *
   * @since 2.0.0
   * @example
   * ```ts
   * await client.zadd('board', { ada: 7, bob: 5, eve: 3 });
   * await client.zremrangebyrank('board', 0, -2); // => 2
   * ```
   * @see https://valkey.io/commands/zremrangebyrank/
   */
  zremrangebyrank(key: Key, start: Int, stop: Int): Result<S, Integer<S>> {
    return this.send(ZREMRANGEBYRANK, [key, start, stop]);
  }

  /**
   * Removes the members whose scores are from `min` to `max`, and gives how many. `'(5'` leaves out the score 5 itself.
   *
   * Complexity: O(log N + M), N being the size of the set, M the number of members removed.
   *
   * @since 1.2.0
   * @example
   * ```ts
   * await client.zadd('board', { ada: 7, bob: 5, eve: 3 });
   * await client.zremrangebyscore('board', '-inf', '(7'); // => 2
   * ```
   * @see https://valkey.io/commands/zremrangebyscore/
   */
  zremrangebyscore(key: Key, min: ScoreBound, max: ScoreBound): Result<S, Integer<S>> {
    return this.send(ZREMRANGEBYSCORE, [key, min, max]);
  }

  /**
   * Gives the members from rank `start` to `stop`, counted from the highest score, which is 0, and their scores if asked.
   *
   * `zrange` with `rev` does the same.
   * Complexity: O(log N + M), N being the size of the set, M the number of members given.
   *
   * @since 1.2.0
   * @example
   * ```ts
   * await client.zadd('board', { ada: 7, bob: 5, eve: 3 });
   * await client.zrevrange('board', 0, 1); // => ['ada', 'bob']
   * await client.zrevrange('board', 0, 0, { withscores: true }); // => [{ member: 'ada', score: 7 }]
   * ```
   * @see https://valkey.io/commands/zrevrange/
   */
  zrevrange(key: Key, start: Int, stop: Int, options?: WithoutScores): Result<S, Text<S>[]>;
  zrevrange(key: Key, start: Int, stop: Int, options: WithScores): Result<S, ScoredMember<Text<S>>[]>;
  zrevrange(
    key: Key,
    start: Int,
    stop: Int,
    options: WithscoresOptions | undefined,
  ): Result<S, Text<S>[] | ScoredMember<Text<S>>[]>;
  zrevrange(
    key: Key,
    start: Int,
    stop: Int,
    options?: WithscoresOptions,
  ): Result<S, Text<S>[] | ScoredMember<Text<S>>[]> {
    checkOptions(ZREVRANGE, options);
    if (!options?.withscores) return this.send(ZREVRANGE, [key, start, stop]);
    return this.send(ZREVRANGE, [key, start, stop, 'WITHSCORES'], toScoredMembers<Text<S>>);
  }

  /**
   * Gives the members from `max` down to `min` in their order as bytes; none when there is no such key.
   *
   * All members must have the same score. A bound is `[x`, which is part of the range, `(x`, which is not, or `-` and `+` for the ends.
   * `zrange` with `by: 'lex'` and `rev` does the same.
   * Complexity: O(log N + M), N being the size of the set, M the number of members given and skipped.
   *
   * @since 2.8.9
   * @example
   * ```ts
   * await client.zadd('names', { ada: 0, bob: 0, eve: 0 });
   * await client.zrevrangebylex('names', '+', '(ada'); // => ['eve', 'bob']
   * ```
   * @see https://valkey.io/commands/zrevrangebylex/
   */
  zrevrangebylex(key: Key, max: Key, min: Key, options?: ZrangebylexOptions): Result<S, Text<S>[]> {
    checkOptions(ZREVRANGEBYLEX, options);
    const args: Value[] = [key, max, min];
    pushLimit(ZREVRANGEBYLEX, args, options?.limit);
    return this.send(ZREVRANGEBYLEX, args);
  }

  /**
   * Gives the members whose scores are from `max` down to `min`, and the scores if asked; none when there is no such key.
   *
   * `'(5'` leaves out the score 5 itself; `'-inf'` and `'+inf'` are the ends. `zrange` with `by: 'score'` and `rev` does the same.
   * Complexity: O(log N + M), N being the size of the set, M the number of members given and skipped.
   *
   * @since 2.2.0
   * @example
   * ```ts
   * await client.zadd('board', { ada: 7, bob: 5, eve: 3 });
   * await client.zrevrangebyscore('board', '+inf', '(3'); // => ['ada', 'bob']
   * await client.zrevrangebyscore('board', 4, 0, { withscores: true }); // => [{ member: 'eve', score: 3 }]
   * ```
   * @see https://valkey.io/commands/zrevrangebyscore/
   */
  zrevrangebyscore(
    key: Key,
    max: ScoreBound,
    min: ScoreBound,
    options?: ZrangebyscoreOptions & WithoutScores,
  ): Result<S, Text<S>[]>;
  zrevrangebyscore(
    key: Key,
    max: ScoreBound,
    min: ScoreBound,
    options: ZrangebyscoreOptions & WithScores,
  ): Result<S, ScoredMember<Text<S>>[]>;
  zrevrangebyscore(
    key: Key,
    max: ScoreBound,
    min: ScoreBound,
    options: ZrangebyscoreOptions | undefined,
  ): Result<S, Text<S>[] | ScoredMember<Text<S>>[]>;
  zrevrangebyscore(
    key: Key,
    max: ScoreBound,
    min: ScoreBound,
    options?: ZrangebyscoreOptions,
  ): Result<S, Text<S>[] | ScoredMember<Text<S>>[]> {
    const args = scoreRangeArgs(ZREVRANGEBYSCORE, [key, max, min], options);
    return this.send(ZREVRANGEBYSCORE, args, options?.withscores ? toScoredMembers<Text<S>> : undefined);
  }

  /**
   * Gives the rank of a member, counted from the highest score, which is 0, and its score if asked; `null` when there is no such member.
   *
   * Complexity: O(log N), N being the size of the set.
   *
   * @since 2.0.0; `withscore` 7.2.0
   * @example
   * ```ts
   * await client.zadd('board', { ada: 7, bob: 5, eve: 3 });
   * await client.zrevrank('board', 'ada'); // => 0
   * await client.zrevrank('board', 'eve', { withscore: true }); // => { rank: 2, score: 3 }
   * ```
   * @see https://valkey.io/commands/zrevrank/
   */
  zrevrank(key: Key, member: Value, options?: { readonly withscore?: false | undefined }): Result<S, Integer<S> | null>;
  zrevrank(key: Key, member: Value, options: { readonly withscore: true }): Result<S, ZrankReply<Integer<S>> | null>;
  zrevrank(
    key: Key,
    member: Value,
    options: ZrankOptions | undefined,
  ): Result<S, Integer<S> | ZrankReply<Integer<S>> | null>;
  zrevrank(key: Key, member: Value, options?: ZrankOptions): Result<S, Integer<S> | ZrankReply<Integer<S>> | null> {
    checkOptions(ZREVRANK, options);
    if (!options?.withscore) return this.send(ZREVRANK, [key, member]);
    return this.send(ZREVRANK, [key, member, 'WITHSCORE'], toZrankReply<Integer<S>>);
  }

  /**
   * Gives one page of the sorted set, in no order, and the cursor of the next. Start with `'0'`; it is over when the cursor is `'0'` again.
   *
   * A member that is there all the while is given at least once. `zscanIter` walks all pages.
   * Complexity: O(1) per call, O(N) for all pages, N being the size of the set.
   *
   * @since 2.8.0; `noscores` 8.0.0
   * @example
   * ```ts
   * await client.zadd('board', { ada: 7, bob: 5 });
   * await client.zscan('board', '0', { match: 'a*' }); // => { cursor: '0', members: [{ member: 'ada', score: 7 }] }
   * await client.zscan('board', '0', { match: 'a*', noscores: true }); // => { cursor: '0', members: ['ada'] }
   * ```
   * @see https://valkey.io/commands/zscan/
   */
  zscan(
    key: Key,
    cursor: Value,
    options?: ZscanOptions & { readonly noscores?: false | undefined },
  ): Result<S, ZscanPage<Text<S>>>;
  zscan(
    key: Key,
    cursor: Value,
    options: ZscanOptions & { readonly noscores: true },
  ): Result<S, ZscanMembersPage<Text<S>>>;
  zscan(
    key: Key,
    cursor: Value,
    options: ZscanOptions | undefined,
  ): Result<S, ZscanPage<Text<S>> | ZscanMembersPage<Text<S>>>;
  zscan(key: Key, cursor: Value, options?: ZscanOptions): Result<S, ZscanPage<Text<S>> | ZscanMembersPage<Text<S>>> {
    checkOptions(ZSCAN, options);
    const args: Value[] = [key, cursor];
    if (options?.match !== undefined) args.push('MATCH', options.match);
    if (options?.count !== undefined) args.push('COUNT', options.count);
    if (!options?.noscores) return this.send(ZSCAN, args, toPage<Text<S>>);
    args.push('NOSCORES');
    return this.send(ZSCAN, args, toMembersPage<Text<S>>);
  }

  /**
   * Gives the score of a member, or `null` when there is no such member or key.
   *
   * Complexity: O(1).
   *
   * @since 1.2.0
   * @example
   * ```ts
   * await client.zadd('board', { ada: 7.5 });
   * await client.zscore('board', 'ada'); // => 7.5
   * ```
   * @see https://valkey.io/commands/zscore/
   */
  zscore(key: Key, member: Value): Result<S, number | null> {
    return this.send(ZSCORE, [key, member], toDoubleOrNull);
  }

  /**
   * Gives the members that any of the sorted sets has, in order, and their scores if asked.
   *
   * Throws a `DataError` unless there are as many weights as keys.
   * Complexity: O(N + M log M), N being the size of all sets together, M of the result.
   *
   * @since 6.2.0
   * @example
   * ```ts
   * await client.zadd('monday', { ada: 7, bob: 5 });
   * await client.zadd('tuesday', { ada: 3 });
   * await client.zunion(['monday', 'tuesday']); // => ['bob', 'ada']
   * await client.zunion('tuesday', { weights: 2, withscores: true }); // => [{ member: 'ada', score: 6 }]
   * ```
   * @see https://valkey.io/commands/zunion/
   */
  zunion(keys: Many<Key>, options?: ZinterOptions & WithoutScores): Result<S, Text<S>[]>;
  zunion(keys: Many<Key>, options: ZinterOptions & WithScores): Result<S, ScoredMember<Text<S>>[]>;
  zunion(keys: Many<Key>, options: ZinterOptions | undefined): Result<S, Text<S>[] | ScoredMember<Text<S>>[]>;
  zunion(keys: Many<Key>, options?: ZinterOptions): Result<S, Text<S>[] | ScoredMember<Text<S>>[]> {
    const args = combinationArgs(ZUNION, [], keys, options);
    if (!options?.withscores) return this.send(ZUNION, args);
    args.push('WITHSCORES');
    return this.send(ZUNION, args, toScoredMembers<Text<S>>);
  }

  /**
   * Stores the members that any of the sorted sets has at `destination`, and gives their number.
   *
   * What was at the destination is gone; with an empty result, so is the key. Plain sets may be among the keys: their members count as
   * having the score 1. Throws a `DataError` unless there are as many weights as keys.
   * Complexity: O(N + M log M), N being the size of all sets together, M of the result.
   *
   * @since 2.0.0
   * @example
   * ```ts
   * await client.zadd('monday', { ada: 7, bob: 5 });
   * await client.zadd('tuesday', { ada: 3 });
   * await client.zunionstore('week', ['monday', 'tuesday'], { weights: [1, 10] }); // => 2
   * await client.zscore('week', 'ada'); // => 37
   * ```
   * @see https://valkey.io/commands/zunionstore/
   */
  zunionstore(destination: Key, keys: Many<Key>, options?: ZinterstoreOptions): Result<S, Integer<S>> {
    return this.send(ZUNIONSTORE, combinationArgs(ZUNIONSTORE, [destination], keys, options));
  }
}

function pushAddition(spec: Spec, args: Value[], options: ZaddOptions | undefined): void {
  checkOptions(spec, options);
  const condition: string | undefined = options?.condition;
  const comparison = options?.comparison;
  if (condition === 'nx' && comparison !== undefined) refuse(spec, 'takes no comparison with nx');
  if (condition !== undefined) args.push(condition);
  if (comparison !== undefined) args.push(comparison);
  if (options?.ch) args.push('CH');
  if (options?.incr) args.push('INCR');
}

/** Pushes scores and members, each score before its member, and gives their number. */
function pushScores(spec: Spec, args: Value[], members: MemberScores): number {
  if (typeof members !== 'object' || members === null || members instanceof Uint8Array) {
    refuse(spec, 'needs an object, pairs or a Map of members and scores');
  }
  const before = args.length;
  if (Array.isArray(members)) {
    for (const pair of members as readonly (readonly [Score, Value])[]) {
      if (!Array.isArray(pair) || pair.length !== 2) refuse(spec, 'needs pairs of a score and its member');
      args.push(pair[0], pair[1]);
    }
  } else if (members instanceof Map) {
    for (const [member, score] of members as ReadonlyMap<Value, Score>) args.push(score, member);
  } else {
    const record = members as { readonly [member: string]: Score };
    for (const member of Object.keys(record)) args.push(record[member]!, member);
  }
  const count = (args.length - before) / 2;
  if (count === 0) refuse(spec, 'needs at least one member');
  return count;
}

function pushLimit(spec: Spec, args: Value[], limit: RangeLimit | undefined): void {
  if (limit === undefined) return;
  checkOptions(spec, limit, 'limit');
  args.push('LIMIT', limit.offset, limit.count);
}

/** Pushes what says how a range is to be read: `BYSCORE` or `BYLEX`, `REV`, `LIMIT`. */
function pushRange(spec: Spec, args: Value[], options: ZrangestoreOptions | undefined): void {
  checkOptions(spec, options);
  const by = options?.by;
  const limit = options?.limit;
  if (by === 'score') args.push('BYSCORE');
  else if (by === 'lex') args.push('BYLEX');
  else if (by !== undefined) refuse(spec, "takes by: 'score' or 'lex'");
  else if (limit !== undefined) refuse(spec, 'takes a limit only by score or lex');
  if (options?.rev) args.push('REV');
  pushLimit(spec, args, limit);
}

function scoreRangeArgs(spec: Spec, args: Value[], options: ZrangebyscoreOptions | undefined): Value[] {
  checkOptions(spec, options);
  if (options?.withscores) args.push('WITHSCORES');
  pushLimit(spec, args, options?.limit);
  return args;
}

function popArgs(
  spec: Spec,
  args: Value[],
  keys: Many<Key>,
  where: 'min' | 'max',
  options: ZmpopOptions | undefined,
): Value[] {
  checkOptions(spec, options);
  pushCounted(spec, args, keys, 'key').push(where);
  if (options?.count !== undefined) args.push('COUNT', options.count);
  return args;
}

/** Closes the arguments with the keys that are put together, their weights, and how. */
function combinationArgs(spec: Spec, args: Value[], keys: Many<Key>, options: ZinterstoreOptions | undefined): Value[] {
  checkOptions(spec, options);
  pushCounted(spec, args, keys, 'key');
  if (options?.weights !== undefined) {
    args.push('WEIGHTS');
    const before = args.length;
    pushMany(spec, args, options.weights, 'weight');
    // The server would take what follows for a weight, or a weight for an option.
    if (args.length - before !== (Array.isArray(keys) ? keys.length : 1)) refuse(spec, 'needs as many weights as keys');
  }
  if (options?.aggregate !== undefined) args.push('AGGREGATE', options.aggregate);
  return args;
}

function toScores(reply: unknown): (number | null)[] {
  return (reply as unknown[]).map(toDoubleOrNull);
}

/** The one member of ZPOPMIN without a count, flat under both protocols; an empty array for none. */
function toScoredMember<T>(reply: unknown): ScoredMember<T> | null {
  const [member, score] = reply as [T, unknown] | [];
  return score === undefined ? null : { member: member as T, score: toDouble(score) };
}

/** Members with their scores: in pairs under RESP3 and from ZMPOP, flat under RESP2 and from ZSCAN. */
function toScoredMembers<T>(reply: unknown): ScoredMember<T>[] {
  const items = reply as unknown[];
  if (!Array.isArray(items[0])) return fromFlat(items);
  const pairs = items as [T, unknown][];
  const count = pairs.length;
  const members = new Array<ScoredMember<T>>(count);
  for (let i = 0; i < count; i++) {
    const pair = pairs[i]!;
    members[i] = { member: pair[0], score: toDouble(pair[1]) };
  }
  return members;
}

function fromFlat<T>(items: unknown[]): ScoredMember<T>[] {
  const count = items.length >> 1;
  const members = new Array<ScoredMember<T>>(count);
  for (let i = 0; i < count; i++) members[i] = { member: items[2 * i] as T, score: toDouble(items[2 * i + 1]) };
  return members;
}

function toPoppedFrom<T>(reply: unknown): ZmpopReply<T> | null {
  if (reply === null) return null;
  const [key, members] = reply as [T, unknown];
  return { key, members: toScoredMembers(members) };
}

function toBzpopReply<T>(reply: unknown): BzpopReply<T> | null {
  if (reply === null) return null;
  const [key, member, score] = reply as [T, T, unknown];
  return { key, member, score: toDouble(score) };
}

function toZrankReply<I>(reply: unknown): ZrankReply<I> | null {
  if (reply === null) return null;
  const [rank, score] = reply as [I, unknown];
  return { rank, score: toDouble(score) };
}

function toPage<T>(reply: unknown, mode: ReplyMode): ZscanPage<T> {
  const [cursor, flat] = reply as [unknown, unknown[]];
  return { cursor: toText(cursor, mode), members: fromFlat(flat) };
}

function toMembersPage<T>(reply: unknown, mode: ReplyMode): ZscanMembersPage<T> {
  const [cursor, members] = reply as [unknown, T[]];
  return { cursor: toText(cursor, mode), members };
}
