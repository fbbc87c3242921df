import { type Many, callArgs, listOf, optionsOf } from './argument.ts';
import { toBooleans, toNatural, toText, toTexts } from './reply.ts';
import { type Spec, command } from './spec.ts';
import { Executor, type Key, type Result, type Surface, type Text, type Value } from './surface.ts';

const EVAL: Spec = command('EVAL');
const EVALSHA: Spec = command('EVALSHA');
const EVALSHA_RO: Spec = command('EVALSHA_RO');
const EVAL_RO: Spec = command('EVAL_RO');
const SCRIPT_DEBUG: Spec = command('SCRIPT DEBUG');
const SCRIPT_EXISTS: Spec = command('SCRIPT EXISTS');
const SCRIPT_FLUSH: Spec = command('SCRIPT FLUSH');
const SCRIPT_HELP: Spec = command('SCRIPT HELP');
const SCRIPT_KILL: Spec = command('SCRIPT KILL');
const SCRIPT_LOAD: Spec = command('SCRIPT LOAD');
const SCRIPT_SHOW: Spec = command('SCRIPT SHOW');

/** Options of `scriptFlush`. */
export interface ScriptFlushOptions {
  /** Frees the scripts in the background, or before it answers. Without it the server's `lazyfree-lazy-user-flush` decides. */
  readonly mode?: 'async' | 'sync' | undefined;
}

/**
 * Commands that run Lua scripts on the server.
 *
 * A script gives what Lua makes of it, which no type can tell: say what it is with `eval<R>`. Lua's numbers become integers, their
 * fractions cut off (give a text for others); its strings, texts; its tables, arrays up to the first `nil`; `true`, the integer 1;
 * `false` and `nil`, `null`. An error inside a table is a `ResponseError` in its place.
 *
 * What goes beyond that differs between the protocols. Of a table `{double = 1.5}`, and of doubles that a command gives after
 * `redis.setresp(3)`, RESP3 makes a number, RESP2 a text; of booleans after `redis.setresp(3)`, RESP3 makes a boolean, RESP2 1 and 0;
 * of big numbers, RESP3 makes a bigint, RESP2 a text. Maps and sets are flat arrays under both.
 */
export abstract class ScriptingCommands<in out S extends Surface> extends Executor<S> {
  /**
   * Runs a Lua script, and gives what it returns. Nothing else runs on the server meanwhile.
   *
   * The script finds `keys` in `KEYS` and `args` in `ARGV`, counted from 1. It may use no keys but those, so that a cluster knows where to
   * run it. The server keeps the script: `evalsha` runs it again by its digest alone.
   * Rejects with a `ResponseError` for what the script raises or returns as an error.
   * Complexity: that of the script.
   *
   * @since 2.6.0
   * @example
   * ```ts
   * await client.eval('return ARGV[1]', [], 'hello'); // => 'hello'
   * await client.eval("return redis.call('INCRBY', KEYS[1], ARGV[1])", 'visits', 5); // => 5
   * const [first, second] = await client.eval('return {KEYS[1], ARGV[2]}', ['a', 'b'], [1, 2]);
   * ```
   * @see https://valkey.io/commands/eval/
   */
  eval<R = unknown>(script: string | Uint8Array, keys: Many<Key> = [], args: Many<Value> = []): Result<S, R> {
    return this.send(EVAL, callArgs(script, keys, args), toNatural<R>);
  }

  /**
   * Runs a script that the server has, by its SHA-1 digest in hexadecimal, and gives what it returns. See `eval`.
   *
   * Rejects with a `NoScriptError` when the server does not have it: it loses its scripts when it restarts.
   * Complexity: that of the script.
   *
   * @since 2.6.0
   * @example
   * ```ts
   * const digest = await client.scriptLoad("return redis.call('GET', KEYS[1])");
   * await client.set('a', 1);
   * await client.evalsha(digest, 'a'); // => '1'
   * ```
   * @see https://valkey.io/commands/evalsha/
   */
  evalsha<R = unknown>(sha1: string | Uint8Array, keys: Many<Key> = [], args: Many<Value> = []): Result<S, R> {
    return this.send(EVALSHA, callArgs(sha1, keys, args), toNatural<R>);
  }

  /**
   * Runs a script by its digest as `evalsha` does, and lets it only read, so that a replica may answer.
   *
   * Rejects with a `ResponseError` when the script writes, and with a `NoScriptError` when the server does not have it.
   * Complexity: that of the script.
   *
   * @since 7.0.0
   * @example
   * ```ts
   * const digest = await client.scriptLoad("return redis.call('GET', KEYS[1])");
   * await client.evalsha_ro(digest, 'nothing'); // => null
   * ```
   * @see https://valkey.io/commands/evalsha_ro/
   */
  evalsha_ro<R = unknown>(sha1: string | Uint8Array, keys: Many<Key> = [], args: Many<Value> = []): Result<S, R> {
    return this.send(EVALSHA_RO, callArgs(sha1, keys, args), toNatural<R>);
  }

  /**
   * Runs a Lua script as `eval` does, and lets it only read, so that a replica may answer.
   *
   * Rejects with a `ResponseError` when the script writes.
   * Complexity: that of the script.
   *
   * @since 7.0.0
   * @example
   * ```ts
   * await client.mset({ a: 1, b: 2 });
   * await client.eval_ro("return redis.call('MGET', KEYS[1], KEYS[2])", ['a', 'b']); // => ['1', '2']
   * ```
   * @see https://valkey.io/commands/eval_ro/
   */
  eval_ro<R = unknown>(script: string | Uint8Array, keys: Many<Key> = [], args: Many<Value> = []): Result<S, R> {
    return this.send(EVAL_RO, callArgs(script, keys, args), toNatural<R>);
  }

  /**
   * Turns the debugger on or off for the scripts that this connection runs from now on.
   *
   * With `yes` a script runs in a copy of the server, whose changes are thrown away; with `sync` it runs in the server itself, which does
   * nothing else meanwhile. `engine` is the language of the scripts, Lua without it.
   * It belongs to a connection of its own: call it on a session.
   * Complexity: O(1).
   *
   * @since 3.2.0; `engine` 9.1.0
   * @example
   * ```ts
   * await using session = await client.session();
   * await session.scriptDebug('no'); // => 'OK'
   * ```
   * @see https://valkey.io/commands/script-debug/
   */
  scriptDebug(mode: 'yes' | 'sync' | 'no', engine?: string): Result<S, 'OK'> {
    return this.send(SCRIPT_DEBUG, engine === undefined ? [mode] : [mode, engine]);
  }

  /**
   * Tells for each of the digests whether the server has the script.
   *
   * Complexity: O(1) per digest.
   *
   * @since 2.6.0
   * @example
   * ```ts
   * const digest = await client.scriptLoad('return 1');
   * await client.scriptExists([digest, 'ffffffffffffffffffffffffffffffffffffffff']); // => [true, false]
   * ```
   * @see https://valkey.io/commands/script-exists/
   */
  scriptExists(sha1s: Many<string | Uint8Array>): Result<S, boolean[]> {
    return this.send(SCRIPT_EXISTS, listOf(SCRIPT_EXISTS, sha1s, 'digest'), toBooleans);
  }

  /**
   * Makes the server forget all scripts.
   *
   * Complexity: O(N), N being the number of scripts.
   *
   * @since 2.6.0; `mode` 6.2.0
   * @example
   * ```ts
   * await client.scriptFlush({ mode: 'async' }); // => 'OK'
   * ```
   * @see https://valkey.io/commands/script-flush/
   */
  scriptFlush(options?: ScriptFlushOptions): Result<S, 'OK'> {
    const { mode } = optionsOf(SCRIPT_FLUSH, options);
    return this.send(SCRIPT_FLUSH, mode === undefined ? [] : [mode]);
  }

  /**
   * Gives the server's own help on SCRIPT, line by line.
   *
   * Complexity: O(1).
   *
   * @since 5.0.0
   * @example
   * ```ts
   * const lines = await client.scriptHelp();
   * ```
   * @see https://valkey.io/commands/script-help/
   */
  scriptHelp(): Result<S, string[]> {
    return this.send(SCRIPT_HELP, [], toTexts);
  }

  /**
   * Ends the script that runs now. Its caller is told with a `ResponseError`.
   *
   * A server that is busy for longer than its `busy-reply-threshold` takes this command, and refuses almost all others with `BUSY`.
   * Rejects with a `ResponseError`: `NOTBUSY` when no script runs, `UNKILLABLE` when it has written, `BUSY` when it is a function, which
   * `functionKill` ends.
   * Complexity: O(1).
   *
   * @since 2.6.0
   * @example
   * ```ts
   * await client.scriptKill().catch((error) => error.code); // => 'NOTBUSY'
   * ```
   * @see https://valkey.io/commands/script-kill/
   */
  scriptKill(): Result<S, 'OK'> {
    return this.send(SCRIPT_KILL, []);
  }

  /**
   * Gives a script to the server, without running it, and gives its SHA-1 digest in hexadecimal, for `evalsha`.
   *
   * Rejects with a `ResponseError` when the script does not compile.
   * Complexity: O(N), N being the length of the script.
   *
   * @since 2.6.0
   * @example
   * ```ts
   * await client.scriptLoad('return 1'); // => 'e0e1f9fabfc9d4800c877a703b823ac0578ff8db'
   * ```
   * @see https://valkey.io/commands/script-load/
   */
  scriptLoad(script: string | Uint8Array): Result<S, string> {
    return this.send(SCRIPT_LOAD, [script], toText);
  }

  /**
   * Gives the text of a script that the server has, by its digest.
   *
   * Rejects with a `NoScriptError` when the server does not have it.
   * Complexity: O(1).
   *
   * @since 8.0.0
   * @example
   * ```ts
   * const digest = await client.scriptLoad('return 1');
   * await client.scriptShow(digest); // => 'return 1'
   * ```
   * @see https://valkey.io/commands/script-show/
   */
  scriptShow(sha1: string | Uint8Array): Result<S, Text<S>> {
    return this.send(SCRIPT_SHOW, [sha1]);
  }
}
