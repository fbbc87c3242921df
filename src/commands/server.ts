import type { ReplyMode } from '../protocol/reply-mode.ts';
import { type Exclusive, type Int, type Many, checkOptions, listOf, optionsOf, pushMany, refuse } from './argument.ts';
import { type InfoReply, toInfo } from './info.ts';
import { toText } from './reply.ts';
import { type Spec, command } from './spec.ts';
import { Executor, type Integer, type Result, type Surface, type Value } from './surface.ts';

const BGREWRITEAOF: Spec = command('BGREWRITEAOF');
const BGSAVE: Spec = command('BGSAVE');
const DBSIZE: Spec = command('DBSIZE');
const DEBUG: Spec = command('DEBUG');
const FLUSHALL: Spec = command('FLUSHALL');
const FLUSHDB: Spec = command('FLUSHDB');
const INFO: Spec = command('INFO');
const LASTSAVE: Spec = command('LASTSAVE');
const LOLWUT: Spec = command('LOLWUT');
const SAVE: Spec = command('SAVE');
const SHUTDOWN: Spec = command('SHUTDOWN');
const SWAPDB: Spec = command('SWAPDB');
const TIME: Spec = command('TIME');

/** Options of `bgsave`: at most one of them. */
export type BgsaveOptions = Exclusive<{
  /** Saves later, rather than failing, when the append-only file is being rewritten. */
  schedule: boolean;
  /** Ends the save that is under way or scheduled. */
  cancel: boolean;
}>;

/** Options of `flushall` and `flushdb`. */
export interface FlushOptions {
  /** Frees the memory in the background (`async`), or before it answers (`sync`). Without it, the server's `lazyfree-lazy-user-flush` decides. */
  readonly mode?: 'async' | 'sync' | undefined;
}

/** A section of `info`: one of the server's, a group of them, or a module's. */
export type InfoSection =
  | 'server'
  | 'clients'
  | 'memory'
  | 'persistence'
  | 'stats'
  | 'replication'
  | 'cpu'
  | 'modules'
  | 'commandstats'
  | 'errorstats'
  | 'latencystats'
  | 'cluster'
  | 'keyspace'
  | 'debug'
  | 'default'
  | 'all'
  | 'everything'
  | (string & {});

/** Options of `lolwut`. */
export interface LolwutOptions {
  /** The version whose art to show: 5, 6 or 9. */
  readonly version?: Int | undefined;
  /** What that version takes, such as columns and rows. */
  readonly parameters?: Many<Int> | undefined;
}

/** Options of a `shutdown` that is to happen. */
export interface ShutdownOptions {
  /** Saves first (`true`), or does not (`false`). Without it, the server saves when it is configured to save. */
  readonly save?: boolean | undefined;
  /** Does not wait for replicas that lag behind. */
  readonly now?: boolean | undefined;
  /** Goes on when saving fails. */
  readonly force?: boolean | undefined;
  /** Refuses if the server is configured to, such as a primary with slots in a cluster. */
  readonly safe?: boolean | undefined;
  /** Lets a replica take over first. */
  readonly failover?: boolean | undefined;
  readonly abort?: undefined;
}

/** The option of `shutdown` that calls one off. */
export interface ShutdownAbortOptions {
  readonly abort: true;
  readonly save?: undefined;
  readonly now?: undefined;
  readonly force?: undefined;
  readonly safe?: undefined;
  readonly failover?: undefined;
}

/** The server's clock. */
export interface TimeReply {
  /** Unix time in seconds. */
  readonly seconds: number;
  /** What has passed of the present second. */
  readonly microseconds: number;
}

/** Commands on a server as a whole: what it holds, how it is, when it saves. */
export abstract class ServerCommands<in out S extends Surface> extends Executor<S> {
  /**
   * Starts to rewrite the append-only file in the background, and gives a line that says so.
   *
   * While a snapshot is being saved it is put off until that is done. Rejects with a `ResponseError` when a rewrite is under way.
   *
   * Complexity: O(1).
   *
   * @since 1.0.0
   * @example
   * ```ts
   * await client.bgrewriteaof(); // => 'Background append only file rewriting started'
   * ```
   * @see https://valkey.io/commands/bgrewriteaof/
   */
  bgrewriteaof(): Result<S, string> {
    return this.send(BGREWRITEAOF, []);
  }

  /**
   * Starts to save a snapshot in the background, and gives a line that says so; `cancel` ends one. `lastsave` tells when one is done.
   *
   * Rejects with a `ResponseError` when one is being saved, when the append-only file is being rewritten and `schedule` is not given, or
   * when there is none to cancel.
   *
   * Complexity: O(1).
   *
   * @since 1.0.0; `schedule` 3.2.2, `cancel` 8.1.0
   * @example
   * ```ts
   * await client.bgsave({ cancel: true }).catch((error) => error.code); // => 'ERR'
   * ```
   * @see https://valkey.io/commands/bgsave/
   */
  bgsave(options?: BgsaveOptions): Result<S, string> {
    const { schedule, cancel } = optionsOf(BGSAVE, options);
    if (schedule && cancel) refuse(BGSAVE, 'takes only one of schedule and cancel');
    const args: Value[] = [];
    if (schedule) args.push('SCHEDULE');
    if (cancel) args.push('CANCEL');
    return this.send(BGSAVE, args);
  }

  /**
   * Gives the number of keys in the connection's database. Those past their time count until the server has removed them.
   *
   * Complexity: O(1).
   *
   * @since 1.0.0
   * @example
   * ```ts
   * await client.mset({ a: 1, b: 2 });
   * await client.dbsize(); // => 2
   * ```
   * @see https://valkey.io/commands/dbsize/
   */
  dbsize(): Result<S, Integer<S>> {
    return this.send(DBSIZE, []);
  }

  /**
   * Runs one of the server's own tools for tests and inspection, and gives its natural reply. `debug('help')` lists them.
   *
   * A server takes it only with `enable-debug-command`, or rejects with a `ResponseError`. Some of them end or block the server.
   *
   * Complexity: that of the tool.
   *
   * @since 1.0.0
   * @example
   * ```ts
   * await client.set('a', 1);
   * const line = await client.debug('object', 'a');
   * await client.debug('quicklist-packed-threshold', '100b'); // => 'OK'
   * ```
   * @see https://valkey.io/commands/debug/
   */
  debug<R = unknown>(subcommand: string, args: Many<Value> = []): Result<S, R> {
    return this.send<R>(DEBUG, Array.isArray(args) ? [subcommand, ...(args as Value[])] : [subcommand, args as Value]);
  }

  /**
   * Deletes the keys of all databases.
   *
   * Complexity: O(N), N being the number of keys.
   *
   * @since 1.0.0; `async` 4.0.0, `sync` 6.2.0
   * @example
   * ```ts
   * await client.flushall(); // => 'OK'
   * await client.flushall({ mode: 'async' }); // => 'OK'
   * ```
   * @see https://valkey.io/commands/flushall/
   */
  flushall(options?: FlushOptions): Result<S, 'OK'> {
    const { mode } = optionsOf(FLUSHALL, options);
    return this.send(FLUSHALL, mode === undefined ? [] : [mode]);
  }

  /**
   * Deletes the keys of the connection's database.
   *
   * Complexity: O(N), N being the number of keys in it.
   *
   * @since 1.0.0; `async` 4.0.0, `sync` 6.2.0
   * @example
   * ```ts
   * await client.flushdb(); // => 'OK'
   * await client.flushdb({ mode: 'sync' }); // => 'OK'
   * ```
   * @see https://valkey.io/commands/flushdb/
   */
  flushdb(options?: FlushOptions): Result<S, 'OK'> {
    const { mode } = optionsOf(FLUSHDB, options);
    return this.send(FLUSHDB, mode === undefined ? [] : [mode]);
  }

  /**
   * Tells of the server, by section: an object of objects, names in camelCase. Without sections, those the server shows by default.
   *
   * `all` gives every section but those of modules, `everything` these too. What an older server does not tell is missing; what a newer
   * one, or a module, tells besides is there as text. `executeCommand('INFO')` gives the text itself.
   *
   * Complexity: O(1).
   *
   * @since 1.0.0; several sections 7.0.0
   * @example
   * ```ts
   * const { memory, commandstats } = await client.info(['memory', 'commandstats']);
   * const used = memory?.usedMemory;
   * const calls = commandstats?.['get']?.calls;
   * await client.set('a', 1);
   * await client.info('keyspace').then(({ keyspace }) => keyspace?.['db0']?.keys); // => 1
   * ```
   * @see https://valkey.io/commands/info/
   */
  info(sections?: Many<InfoSection>): Result<S, InfoReply> {
    return this.send(INFO, sections === undefined ? [] : listOf(INFO, sections, 'section'), toInfo);
  }

  /**
   * Gives the time of the last save that succeeded, to the second; that of the start before the first.
   *
   * Complexity: O(1).
   *
   * @since 1.0.0
   * @example
   * ```ts
   * const saved = await client.lastsave();
   * const age = Date.now() - saved.getTime();
   * ```
   * @see https://valkey.io/commands/lastsave/
   */
  lastsave(): Result<S, Date> {
    return this.send(LASTSAVE, [], toDate);
  }

  /**
   * Gives a piece of computer art, and the server's version. Always a string.
   *
   * Complexity: O(N), N being the size of the picture.
   *
   * @since 5.0.0
   * @example
   * ```ts
   * const art = await client.lolwut();
   * const small = await client.lolwut({ version: 5, parameters: [20, 2, 2] });
   * ```
   * @see https://valkey.io/commands/lolwut/
   */
  lolwut(options?: LolwutOptions): Result<S, string> {
    const { version, parameters } = optionsOf(LOLWUT, options);
    const args: Value[] = [];
    if (version !== undefined) args.push('VERSION', version);
    if (parameters !== undefined) pushMany(LOLWUT, args, parameters, 'parameter');
    return this.send(LOLWUT, args, toText);
  }

  /**
   * Saves a snapshot, and answers when it is done. The server does nothing else meanwhile: `bgsave` is the way for one that is in use.
   *
   * Rejects with a `ResponseError` when one is being saved in the background.
   *
   * Complexity: O(N), N being the number of keys.
   *
   * @since 1.0.0
   * @example
   * ```ts
   * await client.save(); // => 'OK'
   * ```
   * @see https://valkey.io/commands/save/
   */
  save(): Result<S, 'OK'> {
    return this.send(SAVE, []);
  }

  /**
   * Ends the server, or calls off an end that is under way.
   *
   * A server that ends does not answer: the promise rejects with a `ConnectionError` whose `sent` is `true`, and the client goes on trying
   * to connect until it is closed. With a `ResponseError` the server did not end: it could not save, or somebody called it off.
   * It waits for replicas that lag behind, as long as its `shutdown-timeout` says: give the client a longer `timeout`, or `now`.
   * `abort` is answered with `OK`, or refused when no end is under way.
   *
   * Complexity: O(N) when it saves, N being the number of keys; O(1) otherwise.
   *
   * @since 1.0.0; `now`, `force`, `abort` 7.0.0, `safe`, `failover` 9.0.0
   * @example
   * ```ts
   * const end = async () => {
   *   await client.shutdown({ save: false }).catch((error) => {
   *     if (error.code !== 'CONNECTION_LOST' || !error.sent) throw error;
   *   });
   * };
   * await client.shutdown({ abort: true }).catch((error) => error.message); // => 'ERR No shutdown in progress.'
   * ```
   * @see https://valkey.io/commands/shutdown/
   */
  shutdown(options: ShutdownAbortOptions): Result<S, 'OK'>;
  shutdown(options?: ShutdownOptions): Result<S, never>;
  shutdown(options: ShutdownOptions | ShutdownAbortOptions = {}): Result<S, 'OK'> | Result<S, never> {
    return this.send<'OK'>(SHUTDOWN, shutdownArgs(options));
  }

  /**
   * Swaps two databases: whoever uses the one sees the keys of the other from now on.
   *
   * Complexity: O(N), N being the number of clients that watch keys of them or block on some.
   *
   * @since 4.0.0
   * @example
   * ```ts
   * await client.swapdb(1, 2); // => 'OK'
   * ```
   * @see https://valkey.io/commands/swapdb/
   */
  swapdb(index1: Int, index2: Int): Result<S, 'OK'> {
    return this.send(SWAPDB, [index1, index2]);
  }

  /**
   * Gives the server's clock.
   *
   * Complexity: O(1).
   *
   * @since 2.6.0
   * @example
   * ```ts
   * const { seconds, microseconds } = await client.time();
   * const date = new Date(seconds * 1000 + microseconds / 1000);
   * ```
   * @see https://valkey.io/commands/time/
   */
  time(): Result<S, TimeReply> {
    return this.send(TIME, [], toTime);
  }
}

function shutdownArgs(options: ShutdownOptions | ShutdownAbortOptions): Value[] {
  checkOptions(SHUTDOWN, options);
  const { save, now, force, safe, failover, abort } = options;
  const args: Value[] = [];
  if (save !== undefined) {
    // Anything but these two might mean the opposite of what was wanted, and there is no asking afterwards.
    if (typeof save !== 'boolean') refuse(SHUTDOWN, 'takes true or false for save');
    args.push(save ? 'SAVE' : 'NOSAVE');
  }
  if (now) args.push('NOW');
  if (force) args.push('FORCE');
  if (safe) args.push('SAFE');
  if (failover) args.push('FAILOVER');
  if (!abort) return args;
  if (args.length > 0) refuse(SHUTDOWN, 'takes no other option with abort');
  return ['ABORT'];
}

function toDate(reply: unknown): Date {
  return new Date(Number(reply) * 1000);
}

function toTime(reply: unknown, mode: ReplyMode): TimeReply {
  const [seconds, microseconds] = reply as [unknown, unknown];
  return { seconds: Number(toText(seconds, mode)), microseconds: Number(toText(microseconds, mode)) };
}
