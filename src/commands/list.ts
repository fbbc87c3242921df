import { type Int, type Many, listOf, pushCounted, pushMany, checkOptions } from './argument.ts';
import { type Spec, command } from './spec.ts';
import { Executor, type Integer, type Key, type Result, type Surface, type Text, type Value } from './surface.ts';

const BLMOVE: Spec = command('BLMOVE');
const BLMPOP: Spec = command('BLMPOP');
const BLPOP: Spec = command('BLPOP');
const BRPOP: Spec = command('BRPOP');
const BRPOPLPUSH: Spec = command('BRPOPLPUSH');
const LINDEX: Spec = command('LINDEX');
const LINSERT: Spec = command('LINSERT');
const LLEN: Spec = command('LLEN');
const LMOVE: Spec = command('LMOVE');
const LMPOP: Spec = command('LMPOP');
const LPOP: Spec = command('LPOP');
const LPOS: Spec = command('LPOS');
const LPUSH: Spec = command('LPUSH');
const LPUSHX: Spec = command('LPUSHX');
const LRANGE: Spec = command('LRANGE');
const LREM: Spec = command('LREM');
const LSET: Spec = command('LSET');
const LTRIM: Spec = command('LTRIM');
const RPOP: Spec = command('RPOP');
const RPOPLPUSH: Spec = command('RPOPLPUSH');
const RPUSH: Spec = command('RPUSH');
const RPUSHX: Spec = command('RPUSHX');

/** An end of a list: `left` is its head, index 0; `right` its tail, index -1. */
export type ListEnd = 'left' | 'right';

/** Options of `lmpop` and `blmpop`. */
export interface LmpopOptions {
  /** The most elements to take; one without it. */
  readonly count?: Int | undefined;
}

/** The elements taken, and the list they were in. */
export interface LmpopReply<T> {
  readonly key: T;
  readonly elements: T[];
}

/** Options of `lpos`. */
export interface LposOptions {
  /** Which match to begin with: 1 is the first, 2 the second, -1 the last, searching backwards. */
  readonly rank?: Int | undefined;
  /** How many indexes to give, as an array; 0 gives all of them. */
  readonly count?: Int | undefined;
  /** The most elements to look at; 0 looks at all. */
  readonly maxlen?: Int | undefined;
}

/** Commands on lists: elements in order, pushed and taken at both ends. */
export abstract class ListCommands<in out S extends Surface> extends Executor<S> {
  /**
   * Moves an element like `lmove`, waiting up to `timeout` seconds for one; `null` when none came.
   *
   * A `timeout` of 0 waits for ever. It runs on a connection of its own, so other commands do not wait behind it.
   *
   * Complexity: O(1).
   *
   * @since 6.2.0
   * @example
   * ```ts
   * await client.rpush('todo', 'wash');
   * await client.blmove('todo', 'doing', 'left', 'right', 1); // => 'wash'
   * ```
   * @see https://valkey.io/commands/blmove/
   */
  blmove(
    source: Key,
    destination: Key,
    wherefrom: ListEnd,
    whereto: ListEnd,
    timeout: number,
  ): Result<S, Text<S> | null> {
    return this.send(BLMOVE, [source, destination, wherefrom, whereto, timeout]);
  }

  /**
   * Takes elements like `lmpop`, waiting up to `timeout` seconds for some; `null` when none came.
   *
   * A `timeout` of 0 waits for ever. It runs on a connection of its own, so other commands do not wait behind it.
   *
   * Complexity: O(N + M) for N keys and M elements given.
   *
   * @since 7.0.0
   * @example
   * ```ts
   * await client.rpush('todo', ['wash', 'dry']);
   * await client.blmpop(1, ['urgent', 'todo'], 'left', { count: 2 }); // => { key: 'todo', elements: ['wash', 'dry'] }
   * ```
   * @see https://valkey.io/commands/blmpop/
   */
  blmpop(
    timeout: number,
    keys: Many<Key>,
    where: ListEnd,
    options?: LmpopOptions,
  ): Result<S, LmpopReply<Text<S>> | null> {
    checkOptions(BLMPOP, options);
    return this.send(BLMPOP, popArgs(BLMPOP, [timeout], keys, where, options), toPopped<Text<S>>);
  }

  /**
   * Takes the first element of the first of the lists that has one, waiting up to `timeout` seconds: `[key, element]`, or `null` when none came.
   *
   * A `timeout` of 0 waits for ever. It runs on a connection of its own, so other commands do not wait behind it.
   *
   * Complexity: O(N) for N keys.
   *
   * @since 2.0.0
   * @example
   * ```ts
   * await client.rpush('todo', 'wash');
   * await client.blpop(['urgent', 'todo'], 1); // => ['todo', 'wash']
   * ```
   * @see https://valkey.io/commands/blpop/
   */
  blpop(keys: Many<Key>, timeout: number): Result<S, [key: Text<S>, element: Text<S>] | null> {
    return this.send(BLPOP, [...listOf(BLPOP, keys, 'key'), timeout]);
  }

  /**
   * Takes the last element of the first of the lists that has one, waiting up to `timeout` seconds: `[key, element]`, or `null` when none came.
   *
   * A `timeout` of 0 waits for ever. It runs on a connection of its own, so other commands do not wait behind it.
   *
   * Complexity: O(N) for N keys.
   *
   * @since 2.0.0
   * @example
   * ```ts
   * await client.rpush('todo', ['wash', 'dry']);
   * await client.brpop('todo', 1); // => ['todo', 'dry']
   * ```
   * @see https://valkey.io/commands/brpop/
   */
  brpop(keys: Many<Key>, timeout: number): Result<S, [key: Text<S>, element: Text<S>] | null> {
    return this.send(BRPOP, [...listOf(BRPOP, keys, 'key'), timeout]);
  }

  /**
   * Moves the last element of `source` to the head of `destination` and gives it, waiting up to `timeout` seconds; `null` when none came.
   *
   * `blmove` does the same and chooses the ends.
   *
   * Complexity: O(1).
   *
   * @since 2.2.0
   * @example
   * ```ts
   * await client.rpush('todo', 'wash');
   * await client.brpoplpush('todo', 'doing', 1); // => 'wash'
   * ```
   * @see https://valkey.io/commands/brpoplpush/
   */
  brpoplpush(source: Key, destination: Key, timeout: number): Result<S, Text<S> | null> {
    return this.send(BRPOPLPUSH, [source, destination, timeout]);
  }

  /**
   * Gives the element at `index`, or `null` when there is none; negative indexes count from the end.
   *
   * Complexity: O(N) for N elements between the nearer end and `index`.
   *
   * @since 1.0.0
   * @example
   * ```ts
   * await client.rpush('todo', ['wash', 'dry']);
   * await client.lindex('todo', -1); // => 'dry'
   * ```
   * @see https://valkey.io/commands/lindex/
   */
  lindex(key: Key, index: Int): Result<S, Text<S> | null> {
    return this.send(LINDEX, [key, index]);
  }

  /**
   * Inserts `element` before or after the first `pivot`, and gives the new length; -1 when the pivot is not found, 0 when there is no such key.
   *
   * Complexity: O(N) for N elements before `pivot`.
   *
   * @since 2.2.0
   * @example
   * ```ts
   * await client.rpush('todo', ['wash', 'iron']);
   * await client.linsert('todo', 'before', 'iron', 'dry'); // => 3
   * ```
   * @see https://valkey.io/commands/linsert/
   */
  linsert(key: Key, where: 'before' | 'after', pivot: Value, element: Value): Result<S, Integer<S>> {
    return this.send(LINSERT, [key, where, pivot, element]);
  }

  /**
   * Gives the length of the list; 0 when there is no such key.
   *
   * Complexity: O(1).
   *
   * @since 1.0.0
   * @example
   * ```ts
   * await client.rpush('todo', ['wash', 'dry']);
   * await client.llen('todo'); // => 2
   * ```
   * @see https://valkey.io/commands/llen/
   */
  llen(key: Key): Result<S, Integer<S>> {
    return this.send(LLEN, [key]);
  }

  /**
   * Moves an element from one end of `source` to one end of `destination`, in one step, and gives it; `null` when there is none.
   *
   * Complexity: O(1).
   *
   * @since 6.2.0
   * @example
   * ```ts
   * await client.rpush('todo', ['wash', 'dry']);
   * await client.lmove('todo', 'doing', 'left', 'right'); // => 'wash'
   * ```
   * @see https://valkey.io/commands/lmove/
   */
  lmove(source: Key, destination: Key, wherefrom: ListEnd, whereto: ListEnd): Result<S, Text<S> | null> {
    return this.send(LMOVE, [source, destination, wherefrom, whereto]);
  }

  /**
   * Takes elements from one end of the first of the lists that has any; `null` when none has.
   *
   * Complexity: O(N + M) for N keys and M elements given.
   *
   * @since 7.0.0
   * @example
   * ```ts
   * await client.rpush('todo', ['wash', 'dry']);
   * await client.lmpop(['urgent', 'todo'], 'right'); // => { key: 'todo', elements: ['dry'] }
   * ```
   * @see https://valkey.io/commands/lmpop/
   */
  lmpop(keys: Many<Key>, where: ListEnd, options?: LmpopOptions): Result<S, LmpopReply<Text<S>> | null> {
    checkOptions(LMPOP, options);
    return this.send(LMPOP, popArgs(LMPOP, [], keys, where, options), toPopped<Text<S>>);
  }

  /**
   * Takes the first element, or `null` when there is no such key; with `count`, up to so many of them, in an array.
   *
   * Complexity: O(N) for N elements given.
   *
   * @since 1.0.0; `count` 6.2.0
   * @example
   * ```ts
   * await client.rpush('todo', ['wash', 'dry', 'iron']);
   * await client.lpop('todo'); // => 'wash'
   * await client.lpop('todo', 2); // => ['dry', 'iron']
   * ```
   * @see https://valkey.io/commands/lpop/
   */
  lpop(key: Key): Result<S, Text<S> | null>;
  lpop(key: Key, count: Int): Result<S, Text<S>[] | null>;
  lpop(key: Key, count?: Int): Result<S, Text<S> | Text<S>[] | null> {
    return this.send(LPOP, count === undefined ? [key] : [key, count]);
  }

  /**
   * Gives the index of the first element that equals `element`, or `null`; with `count`, the indexes of several, in an array.
   *
   * Complexity: O(N) for N elements looked at, which `maxlen` bounds.
   *
   * @since 6.0.6
   * @example
   * ```ts
   * await client.rpush('letters', ['a', 'b', 'a']);
   * await client.lpos('letters', 'a', { rank: -1 }); // => 2
   * await client.lpos('letters', 'a', { count: 0 }); // => [0, 2]
   * ```
   * @see https://valkey.io/commands/lpos/
   */
  lpos(key: Key, element: Value, options?: LposOptions & { readonly count?: undefined }): Result<S, Integer<S> | null>;
  lpos(key: Key, element: Value, options: LposOptions & { readonly count: Int }): Result<S, Integer<S>[]>;
  lpos(key: Key, element: Value, options: LposOptions | undefined): Result<S, Integer<S> | null | Integer<S>[]>;
  lpos(key: Key, element: Value, options: LposOptions = {}): Result<S, Integer<S> | null | Integer<S>[]> {
    checkOptions(LPOS, options);
    const args: Value[] = [key, element];
    if (options.rank !== undefined) args.push('RANK', options.rank);
    if (options.count !== undefined) args.push('COUNT', options.count);
    if (options.maxlen !== undefined) args.push('MAXLEN', options.maxlen);
    return this.send(LPOS, args);
  }

  /**
   * Puts elements at the head, one after the other, so that the last one given comes first, and gives the new length.
   *
   * Complexity: O(N) for N elements.
   *
   * @since 1.0.0
   * @example
   * ```ts
   * await client.lpush('todo', 'wash'); // => 1
   * await client.lpush('todo', ['dry', 'iron']); // => 3
   * ```
   * @see https://valkey.io/commands/lpush/
   */
  lpush(key: Key, elements: Many<Value>): Result<S, Integer<S>> {
    return this.send(LPUSH, pushMany(LPUSH, [key], elements, 'element'));
  }

  /**
   * Puts elements at the head if the list exists, and gives the new length; 0 when it does not.
   *
   * Complexity: O(N) for N elements.
   *
   * @since 2.2.0
   * @example
   * ```ts
   * await client.lpushx('todo', 'wash'); // => 0
   * ```
   * @see https://valkey.io/commands/lpushx/
   */
  lpushx(key: Key, elements: Many<Value>): Result<S, Integer<S>> {
    return this.send(LPUSHX, pushMany(LPUSHX, [key], elements, 'element'));
  }

  /**
   * Gives the elements from index `start` to `stop`, both included; negative indexes count from the end.
   *
   * Complexity: O(S + N) for N elements given, S elements away from the nearer end.
   *
   * @since 1.0.0
   * @example
   * ```ts
   * await client.rpush('todo', ['wash', 'dry', 'iron']);
   * await client.lrange('todo', 0, -1); // => ['wash', 'dry', 'iron']
   * ```
   * @see https://valkey.io/commands/lrange/
   */
  lrange(key: Key, start: Int, stop: Int): Result<S, Text<S>[]> {
    return this.send(LRANGE, [key, start, stop]);
  }

  /**
   * Removes elements that equal `element`, and gives how many: the first `count` of them, the last with a negative one, all with 0.
   *
   * Complexity: O(N + M) for a list of N elements, of which M are removed.
   *
   * @since 1.0.0
   * @example
   * ```ts
   * await client.rpush('letters', ['a', 'b', 'a']);
   * await client.lrem('letters', 0, 'a'); // => 2
   * ```
   * @see https://valkey.io/commands/lrem/
   */
  lrem(key: Key, count: Int, element: Value): Result<S, Integer<S>> {
    return this.send(LREM, [key, count, element]);
  }

  /**
   * Replaces the element at `index`. Rejects with a `ResponseError` when there is no such key or index.
   *
   * Complexity: O(N) for a list of N elements, O(1) at its ends.
   *
   * @since 1.0.0
   * @example
   * ```ts
   * await client.rpush('todo', 'wash');
   * await client.lset('todo', 0, 'dry'); // => 'OK'
   * ```
   * @see https://valkey.io/commands/lset/
   */
  lset(key: Key, index: Int, element: Value): Result<S, 'OK'> {
    return this.send(LSET, [key, index, element]);
  }

  /**
   * Keeps only the elements from index `start` to `stop`, both included; an empty range deletes the list.
   *
   * Complexity: O(N) for N elements removed.
   *
   * @since 1.0.0
   * @example
   * ```ts
   * await client.rpush('log', ['old', 'new', 'newest']);
   * await client.ltrim('log', -2, -1); // => 'OK'
   * ```
   * @see https://valkey.io/commands/ltrim/
   */
  ltrim(key: Key, start: Int, stop: Int): Result<S, 'OK'> {
    return this.send(LTRIM, [key, start, stop]);
  }

  /**
   * Takes the last element, or `null` when there is no such key; with `count`, up to so many of them, from the last on, in an array.
   *
   * Complexity: O(N) for N elements given.
   *
   * @since 1.0.0; `count` 6.2.0
   * @example
   * ```ts
   * await client.rpush('todo', ['wash', 'dry', 'iron']);
   * await client.rpop('todo'); // => 'iron'
   * await client.rpop('todo', 2); // => ['dry', 'wash']
   * ```
   * @see https://valkey.io/commands/rpop/
   */
  rpop(key: Key): Result<S, Text<S> | null>;
  rpop(key: Key, count: Int): Result<S, Text<S>[] | null>;
  rpop(key: Key, count?: Int): Result<S, Text<S> | Text<S>[] | null> {
    return this.send(RPOP, count === undefined ? [key] : [key, count]);
  }

  /**
   * Moves the last element of `source` to the head of `destination` and gives it, or `null`. `lmove` does the same and chooses the ends.
   *
   * Complexity: O(1).
   *
   * @since 1.2.0
   * @example
   * ```ts
   * await client.rpush('todo', ['wash', 'dry']);
   * await client.rpoplpush('todo', 'doing'); // => 'dry'
   * ```
   * @see https://valkey.io/commands/rpoplpush/
   */
  rpoplpush(source: Key, destination: Key): Result<S, Text<S> | null> {
    return this.send(RPOPLPUSH, [source, destination]);
  }

  /**
   * Puts elements at the tail, in the order given, and gives the new length.
   *
   * Complexity: O(N) for N elements.
   *
   * @since 1.0.0
   * @example
   * ```ts
   * await client.rpush('todo', 'wash'); // => 1
   * await client.rpush('todo', ['dry', 'iron']); // => 3
   * ```
   * @see https://valkey.io/commands/rpush/
   */
  rpush(key: Key, elements: Many<Value>): Result<S, Integer<S>> {
    return this.send(RPUSH, pushMany(RPUSH, [key], elements, 'element'));
  }

  /**
   * Puts elements at the tail if the list exists, and gives the new length; 0 when it does not.
   *
   * Complexity: O(N) for N elements.
   *
   * @since 2.2.0
   * @example
   * ```ts
   * await client.rpushx('todo', ['wash', 'dry']); // => 0
   * ```
   * @see https://valkey.io/commands/rpushx/
   */
  rpushx(key: Key, elements: Many<Value>): Result<S, Integer<S>> {
    return this.send(RPUSHX, pushMany(RPUSHX, [key], elements, 'element'));
  }
}

function popArgs(
  spec: Spec,
  args: Value[],
  keys: Many<Key>,
  where: ListEnd,
  options: LmpopOptions | undefined,
): Value[] {
  pushCounted(spec, args, keys, 'key').push(where);
  if (options?.count !== undefined) args.push('COUNT', options.count);
  return args;
}

function toPopped<T>(reply: unknown): LmpopReply<T> | null {
  if (reply === null) return null;
  const [key, elements] = reply as [T, T[]];
  return { key, elements };
}
