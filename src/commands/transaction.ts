import { type Many, listOf } from './argument.ts';
import { type Spec, command } from './spec.ts';
import { Executor, type Key, type Result, type Surface } from './surface.ts';

const DISCARD: Spec = command('DISCARD');
const EXEC: Spec = command('EXEC');
const MULTI: Spec = command('MULTI');
const UNWATCH: Spec = command('UNWATCH');
const WATCH: Spec = command('WATCH');

/** The plain commands of transactions. They belong to a connection of its own: call them on a session. */
export abstract class TransactionCommands<in out S extends Surface> extends Executor<S> {
  /**
   * Ends the transaction without running its commands, and forgets what `watch` has named.
   *
   * Rejects with a `ResponseError` when there is no transaction.
   * Complexity: O(N), N being the number of queued commands.
   *
   * @since 2.0.0
   * @example
   * ```ts
   * await using session = await client.session();
   * await session.multi();
   * await session.set('a', 1);
   * await session.discard(); // => 'OK'
   * await client.exists('a'); // => 0
   * ```
   * @see https://valkey.io/commands/discard/
   */
  discard(): Result<S, 'OK'> {
    return this.send(DISCARD, []);
  }

  /**
   * Runs the commands queued since `multi`, with nobody else's between them, and gives their replies in order; `null` when a key that
   * `watch` has named was changed meanwhile, and none of them ran.
   *
   * Each reply is what the command's method gives outside of a transaction. That of a command which failed is its error, a `ResponseError`,
   * in its place: the others ran all the same.
   * Rejects with an `ExecAbortError` when the server refused to queue one of them, and none ran; with a `ResponseError` when there is no
   * transaction; with a `DataError` when a reply holds an integer beyond 2^53, and all ran. It is over in any case, and what `watch` has
   * named is forgotten.
   * Complexity: that of the commands together.
   *
   * @since 1.2.0
   * @example
   * ```ts
   * await using session = await client.session();
   * await session.multi();
   * await session.hset('user', { name: 'ada', born: 1815 });
   * await session.hgetall('user');
   * await session.exec(); // => [2, { name: 'ada', born: '1815' }]
   * ```
   * @see https://valkey.io/commands/exec/
   */
  exec<R extends readonly unknown[] = unknown[]>(): Result<S, R | null> {
    return this.send(EXEC, []);
  }

  /**
   * Begins a transaction: the commands that follow are queued, to be run together by `exec`.
   *
   * Until then each of their calls gives the text `QUEUED`, whatever its type says; the replies come from `exec`. A call rejects when the
   * server refuses to queue the command, such as for a wrong number of arguments: then `exec` will reject too.
   * Rejects with a `ResponseError` inside of another transaction.
   * Complexity: O(1).
   *
   * @since 1.2.0
   * @example
   * ```ts
   * await using session = await client.session();
   * await session.multi(); // => 'OK'
   * await session.incr('visits'); // => 'QUEUED'
   * await session.exec(); // => [1]
   * ```
   * @see https://valkey.io/commands/multi/
   */
  multi(): Result<S, 'OK'> {
    return this.send(MULTI, []);
  }

  /**
   * Forgets all keys that `watch` has named.
   *
   * Complexity: O(1).
   *
   * @since 2.2.0
   * @example
   * ```ts
   * await using session = await client.session();
   * await session.watch('stock');
   * await session.unwatch(); // => 'OK'
   * ```
   * @see https://valkey.io/commands/unwatch/
   */
  unwatch(): Result<S, 'OK'> {
    return this.send(UNWATCH, []);
  }

  /**
   * Lets the next `exec` do nothing, and give `null`, if one of the keys is changed, expires or is evicted before it.
   *
   * Rejects with a `ResponseError` inside of a transaction.
   * Complexity: O(1) per key.
   *
   * @since 2.2.0
   * @example
   * ```ts
   * await using session = await client.session();
   * await session.watch(['stock', 'sold']); // => 'OK'
   * await client.set('stock', 3);
   * await session.multi();
   * await session.decr('stock');
   * await session.exec(); // => null
   * ```
   * @see https://valkey.io/commands/watch/
   */
  watch(keys: Many<Key>): Result<S, 'OK'> {
    return this.send(WATCH, listOf(WATCH, keys, 'key'));
  }
}
