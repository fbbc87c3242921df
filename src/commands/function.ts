import type { ReplyMode } from '../protocol/reply-mode.ts';
import { type Many, callArgs, optionsOf } from './argument.ts';
import { toNamed, toNatural, toObject, toText, toTexts } from './reply.ts';
import { type Spec, command } from './spec.ts';
import { Executor, type Integer, type Key, type Result, type Surface, type Text, type Value } from './surface.ts';

const FCALL: Spec = command('FCALL');
const FCALL_RO: Spec = command('FCALL_RO');
const FUNCTION_DELETE: Spec = command('FUNCTION DELETE');
const FUNCTION_DUMP: Spec = command('FUNCTION DUMP');
const FUNCTION_FLUSH: Spec = command('FUNCTION FLUSH');
const FUNCTION_HELP: Spec = command('FUNCTION HELP');
const FUNCTION_KILL: Spec = command('FUNCTION KILL');
const FUNCTION_LIST: Spec = command('FUNCTION LIST');
const FUNCTION_LOAD: Spec = command('FUNCTION LOAD');
const FUNCTION_RESTORE: Spec = command('FUNCTION RESTORE');
const FUNCTION_STATS: Spec = command('FUNCTION STATS');

/** Options of `functionFlush`. */
export interface FunctionFlushOptions {
  /** Frees the libraries in the background, or before it answers. Without it the server's `lazyfree-lazy-user-flush` decides. */
  readonly mode?: 'async' | 'sync' | undefined;
}

/** Options of `functionList`. */
export interface FunctionListOptions {
  /** Gives only libraries whose names match this glob-style pattern. */
  readonly libraryname?: Key | undefined;
  /** Gives their code too. */
  readonly withcode?: boolean | undefined;
}

/** Options of `functionLoad`. */
export interface FunctionLoadOptions {
  /** Takes the place of a library of the same name. */
  readonly replace?: boolean | undefined;
}

/** Options of `functionRestore`. */
export interface FunctionRestoreOptions {
  /**
   * What becomes of the libraries that are there: all are deleted (`flush`), they stay and one of the same name is an error (`append`,
   * which is the default), or they stay but for those of the same name (`replace`).
   */
  readonly policy?: 'flush' | 'append' | 'replace' | undefined;
}

/** A function of a library. What a newer server tells more is there too, its name in camelCase. */
export interface FunctionInfo<T> {
  readonly name: string;
  /** What its author says of it; `null` when that is nothing. */
  readonly description: T | null;
  /** `no-writes`, `allow-oom`, `allow-stale`, `no-cluster`, `allow-cross-slot-keys`. */
  readonly flags: string[];
  readonly [field: string]: unknown;
}

/** A library of functions. What a newer server tells more is there too, its name in camelCase. */
export interface FunctionLibrary<T> {
  readonly libraryName: string;
  /** The language it is written in: `LUA`. */
  readonly engine: string;
  readonly functions: FunctionInfo<T>[];
  /** Only `withcode`. */
  readonly libraryCode?: T;
  readonly [field: string]: unknown;
}

/** A library of functions and its code. */
export interface FunctionLibraryWithCode<T> extends FunctionLibrary<T> {
  readonly libraryCode: T;
}

/** A function that runs now. */
export interface RunningFunction<T, I> {
  readonly name: string;
  /** The command that called it, word by word. */
  readonly command: T[];
  /** How long it has been running. */
  readonly durationMs: I;
  readonly [field: string]: unknown;
}

/** What an engine holds. */
export interface FunctionEngine<I> {
  readonly librariesCount: I;
  readonly functionsCount: I;
  readonly [field: string]: unknown;
}

/** What `functionStats` tells. */
export interface FunctionStatsReply<T, I> {
  /** The function that runs now; `null` when there is none. */
  readonly runningScript: RunningFunction<T, I> | null;
  /** By the names of the engines: `LUA`. */
  readonly engines: Readonly<Record<string, FunctionEngine<I>>>;
  readonly [field: string]: unknown;
}

/** Commands on function libraries, which live on the server as its data does: they are saved, and replicas have them too. */
export abstract class FunctionCommands<in out S extends Surface> extends Executor<S> {
  /**
   * Calls a function, and gives what it returns. Nothing else runs on the server meanwhile.
   *
   * The function is given `keys` and `args` as two tables. It may use no keys but those, so that a cluster knows where to run it.
   * What becomes of Lua's values is said at `ScriptingCommands`.
   * Rejects with a `ResponseError` when there is no such function, and for what it raises or returns as an error.
   * Complexity: that of the function.
   *
   * @since 7.0.0
   * @example
   * ```ts
   * const code = "server.register_function('add', function(keys, args) return redis.call('INCRBY', keys[1], args[1]) end)";
   * await client.functionLoad('#!lua name=sums\n' + code, { replace: true });
   * await client.fcall('add', 'visits', 5); // => 5
   * ```
   * @see https://valkey.io/commands/fcall/
   */
  fcall<R = unknown>(name: Key, keys: Many<Key> = [], args: Many<Value> = []): Result<S, R> {
    return this.send(FCALL, callArgs(name, keys, args), toNatural<R>);
  }

  /**
   * Calls a function that only reads, as `fcall` does, so that a replica may answer.
   *
   * Rejects with a `ResponseError` when the function is not registered with the flag `no-writes`.
   * Complexity: that of the function.
   *
   * @since 7.0.0
   * @example
   * ```ts
   * const lua = "function(keys) return redis.call('GET', keys[1]) end";
   * const code = "server.register_function{function_name='read', callback=" + lua + ", flags={'no-writes'}}";
   * await client.functionLoad('#!lua name=reads\n' + code, { replace: true });
   * await client.fcall_ro('read', 'nothing'); // => null
   * ```
   * @see https://valkey.io/commands/fcall_ro/
   */
  fcall_ro<R = unknown>(name: Key, keys: Many<Key> = [], args: Many<Value> = []): Result<S, R> {
    return this.send(FCALL_RO, callArgs(name, keys, args), toNatural<R>);
  }

  /**
   * Deletes a library and its functions.
   *
   * Rejects with a `ResponseError` when there is no such library.
   * Complexity: O(1).
   *
   * @since 7.0.0
   * @example
   * ```ts
   * const code = "#!lua name=ones\nserver.register_function('one', function() return 1 end)";
   * await client.functionLoad(code, { replace: true });
   * await client.functionDelete('ones'); // => 'OK'
   * ```
   * @see https://valkey.io/commands/function-delete/
   */
  functionDelete(libraryName: Key): Result<S, 'OK'> {
    return this.send(FUNCTION_DELETE, [libraryName]);
  }

  /**
   * Gives all libraries in the server's own serialized form. `functionRestore` makes libraries of it.
   *
   * The form is binary: it comes as a Buffer whatever the encoding.
   * Complexity: O(N), N being the number of functions.
   *
   * @since 7.0.0
   * @example
   * ```ts
   * const dump = await client.functionDump();
   * await client.functionRestore(dump, { policy: 'flush' }); // => 'OK'
   * ```
   * @see https://valkey.io/commands/function-dump/
   */
  functionDump(): Result<S, Buffer> {
    return this.send(FUNCTION_DUMP, []);
  }

  /**
   * Deletes all libraries.
   *
   * Complexity: O(N), N being the number of functions.
   *
   * @since 7.0.0
   * @example
   * ```ts
   * await client.functionFlush({ mode: 'sync' }); // => 'OK'
   * ```
   * @see https://valkey.io/commands/function-flush/
   */
  functionFlush(options?: FunctionFlushOptions): Result<S, 'OK'> {
    const { mode } = optionsOf(FUNCTION_FLUSH, options);
    return this.send(FUNCTION_FLUSH, mode === undefined ? [] : [mode]);
  }

  /**
   * Gives the server's own help on FUNCTION, line by line.
   *
   * Complexity: O(1).
   *
   * @since 7.0.0
   * @example
   * ```ts
   * const lines = await client.functionHelp();
   * ```
   * @see https://valkey.io/commands/function-help/
   */
  functionHelp(): Result<S, string[]> {
    return this.send(FUNCTION_HELP, [], toTexts);
  }

  /**
   * Ends the function that runs now. Its caller is told with a `ResponseError`.
   *
   * A server that is busy for longer than its `busy-reply-threshold` takes this command, and refuses almost all others with `BUSY`.
   * Rejects with a `ResponseError`: `NOTBUSY` when no function runs, `UNKILLABLE` when it has written, `BUSY` when it is a script, which
   * `scriptKill` ends.
   * Complexity: O(1).
   *
   * @since 7.0.0
   * @example
   * ```ts
   * await client.functionKill().catch((error) => error.code); // => 'NOTBUSY'
   * ```
   * @see https://valkey.io/commands/function-kill/
   */
  functionKill(): Result<S, 'OK'> {
    return this.send(FUNCTION_KILL, []);
  }

  /**
   * Describes the libraries and their functions, `withcode` with their code.
   *
   * Complexity: O(N), N being the number of functions.
   *
   * @since 7.0.0
   * @example
   * ```ts
   * const code = "#!lua name=ones\nserver.register_function('one', function() return 1 end)";
   * await client.functionLoad(code, { replace: true });
   * const [library] = await client.functionList({ libraryname: 'on*', withcode: true });
   * const { libraryName, functions, libraryCode } = library;
   * ```
   * @see https://valkey.io/commands/function-list/
   */
  functionList(
    options: FunctionListOptions & { readonly withcode: true },
  ): Result<S, FunctionLibraryWithCode<Text<S>>[]>;
  functionList(options?: FunctionListOptions): Result<S, FunctionLibrary<Text<S>>[]>;
  functionList(options?: FunctionListOptions): Result<S, FunctionLibrary<Text<S>>[]> {
    const { libraryname, withcode } = optionsOf(FUNCTION_LIST, options);
    const args: Value[] = [];
    if (libraryname !== undefined) args.push('LIBRARYNAME', libraryname);
    if (withcode) args.push('WITHCODE');
    return this.send(FUNCTION_LIST, args, toLibraries<Text<S>>);
  }

  /**
   * Makes a library of its code, and gives its name.
   *
   * The first line of the code tells the language and the name: `#!lua name=sums`. What follows runs once, and registers functions.
   * Rejects with a `ResponseError` when the code does not compile, when it registers nothing, when another library has a function of
   * the same name, or when there is a library of that name and `replace` is not given.
   * Complexity: O(1), apart from the time to compile.
   *
   * @since 7.0.0
   * @example
   * ```ts
   * const code = "#!lua name=ones\nserver.register_function('one', function() return 1 end)";
   * await client.functionLoad(code, { replace: true }); // => 'ones'
   * await client.fcall('one'); // => 1
   * ```
   * @see https://valkey.io/commands/function-load/
   */
  functionLoad(code: string | Uint8Array, options?: FunctionLoadOptions): Result<S, string> {
    const { replace } = optionsOf(FUNCTION_LOAD, options);
    return this.send(FUNCTION_LOAD, replace ? ['REPLACE', code] : [code], toText);
  }

  /**
   * Makes libraries of what `functionDump` gave: beside those that are there, unless the `policy` is another.
   *
   * Rejects with a `ResponseError`, and changes nothing, when a library or function of the same name is there and has to stay.
   * Complexity: O(N), N being the number of functions in it.
   *
   * @since 7.0.0
   * @example
   * ```ts
   * const dump = await client.functionDump();
   * await client.functionRestore(dump, { policy: 'replace' }); // => 'OK'
   * ```
   * @see https://valkey.io/commands/function-restore/
   */
  functionRestore(serialized: Value, options?: FunctionRestoreOptions): Result<S, 'OK'> {
    const { policy } = optionsOf(FUNCTION_RESTORE, options);
    return this.send(FUNCTION_RESTORE, policy === undefined ? [serialized] : [serialized, policy]);
  }

  /**
   * Tells which function runs now, and what the engines hold. A busy server answers too, unless it is a script of `eval` that runs.
   *
   * Complexity: O(1).
   *
   * @since 7.0.0
   * @example
   * ```ts
   * await client.functionFlush();
   * await client.functionStats(); // => { runningScript: null, engines: { LUA: { librariesCount: 0, functionsCount: 0 } } }
   * ```
   * @see https://valkey.io/commands/function-stats/
   */
  functionStats(): Result<S, FunctionStatsReply<Text<S>, Integer<S>>> {
    return this.send(FUNCTION_STATS, [], toStats<Text<S>, Integer<S>>);
  }
}

type FieldDecoder = (value: unknown, mode: ReplyMode) => unknown;
type FieldDecoders = ReadonlyMap<string, FieldDecoder>;

/** Text of the author's own, which may be any bytes. */
const asItCame = (value: unknown): unknown => value;

const FUNCTION_FIELDS: FieldDecoders = new Map([['description', asItCame]]);
const LIBRARY_FIELDS: FieldDecoders = new Map<string, FieldDecoder>([
  ['functions', (functions, mode) => (functions as unknown[]).map((each) => toObject(each, mode, FUNCTION_FIELDS))],
  ['library_code', asItCame],
]);
const RUNNING_FIELDS: FieldDecoders = new Map([['command', asItCame]]);
const STATS_FIELDS: FieldDecoders = new Map<string, FieldDecoder>([
  ['running_script', (running, mode) => (running === null ? null : toObject(running, mode, RUNNING_FIELDS))],
  ['engines', toEngines],
]);

function toLibraries<T>(reply: unknown, mode: ReplyMode): FunctionLibrary<T>[] {
  return (reply as unknown[]).map((library) =>
    toObject(library, mode, LIBRARY_FIELDS),
  ) as unknown as FunctionLibrary<T>[];
}

function toStats<T, I>(reply: unknown, mode: ReplyMode): FunctionStatsReply<T, I> {
  return toObject(reply, mode, STATS_FIELDS) as unknown as FunctionStatsReply<T, I>;
}

function toEngines(engines: unknown, mode: ReplyMode): Record<string, unknown> {
  return Object.fromEntries([...toNamed(engines, mode)].map(([name, counts]) => [name, toObject(counts, mode)]));
}
