import type { ReplyMode } from '../protocol/reply-mode.ts';
import { type Entries, type Many, isEntries, listOf, pushEntries } from './argument.ts';
import { toRecord } from './record.ts';
import { toTexts } from './reply.ts';
import { type Spec, command } from './spec.ts';
import { Executor, type Result, type Surface, type Value } from './surface.ts';

const CONFIG_GET: Spec = command('CONFIG GET');
const CONFIG_HELP: Spec = command('CONFIG HELP');
const CONFIG_RESETSTAT: Spec = command('CONFIG RESETSTAT');
const CONFIG_REWRITE: Spec = command('CONFIG REWRITE');
const CONFIG_SET: Spec = command('CONFIG SET');

/** Commands on the configuration of a server. */
export abstract class ConfigCommands<in out S extends Surface> extends Executor<S> {
  /**
   * Gives the parameters of the configuration that match a name or glob-style pattern, or any of several, with their values as text.
   *
   * Empty when none does. Sizes are in bytes whatever the unit they were set in.
   * Complexity: O(N), N being the number of patterns and of the parameters that match them.
   *
   * @since 2.0.0; several patterns 7.0.0
   * @example
   * ```ts
   * await client.configGet('maxmemory'); // => { maxmemory: '0' }
   * await client.configGet(['maxmemory', 'zset-max-*-entries']); // => { maxmemory: '0', 'zset-max-listpack-entries': '128', 'zset-max-ziplist-entries': '128' }
   * ```
   * @see https://valkey.io/commands/config-get/
   */
  configGet(parameters: Many<string>): Result<S, Record<string, string>> {
    return this.send(CONFIG_GET, listOf(CONFIG_GET, parameters, 'parameter'), toParameters);
  }

  /**
   * Gives the server's own help on CONFIG, line by line.
   *
   * Complexity: O(1).
   *
   * @since 5.0.0
   * @example
   * ```ts
   * const lines = await client.configHelp();
   * ```
   * @see https://valkey.io/commands/config-help/
   */
  configHelp(): Result<S, string[]> {
    return this.send(CONFIG_HELP, []);
  }

  /**
   * Sets the counters of `info` back to 0: hits and misses, commands, connections, and their like.
   *
   * Complexity: O(1).
   *
   * @since 2.0.0
   * @example
   * ```ts
   * await client.configResetstat(); // => 'OK'
   * ```
   * @see https://valkey.io/commands/config-resetstat/
   */
  configResetstat(): Result<S, 'OK'> {
    return this.send(CONFIG_RESETSTAT, []);
  }

  /**
   * Writes what `configSet` has changed to the server's configuration file.
   *
   * Rejects with a `ResponseError` when the server was started without one, or cannot write it. Complexity: O(1).
   *
   * @since 2.8.0
   * @example
   * ```ts
   * try {
   *   await client.configRewrite();
   * } catch (error) {
   *   // This server has no configuration file.
   * }
   * ```
   * @see https://valkey.io/commands/config-rewrite/
   */
  configRewrite(): Result<S, 'OK'> {
    return this.send(CONFIG_REWRITE, []);
  }

  /**
   * Sets one parameter of the configuration, or several: all of them, or none if one cannot be set.
   *
   * A server that is started again has forgotten it, unless `configRewrite` wrote it down.
   * Rejects with a `ResponseError` for a parameter that is unknown or cannot be changed while the server runs, and for a value that does
   * not fit. Complexity: O(N), N being the number of parameters.
   *
   * @since 2.0.0; several parameters 7.0.0
   * @example
   * ```ts
   * await client.configSet('slowlog-max-len', 256); // => 'OK'
   * await client.configSet({ 'slowlog-max-len': 128, timeout: 0 }); // => 'OK'
   * ```
   * @see https://valkey.io/commands/config-set/
   */
  configSet(parameter: string, value: Value): Result<S, 'OK'>;
  configSet(parameters: Entries): Result<S, 'OK'>;
  configSet(parameters: string | Entries, value?: Value): Result<S, 'OK'> {
    const args: Value[] = [];
    if (isEntries(parameters)) pushEntries(CONFIG_SET, args, parameters, 'parameter');
    else args.push(parameters, value as Value);
    return this.send(CONFIG_SET, args);
  }
}

function toParameters(reply: unknown, mode: ReplyMode): Record<string, string> {
  return toRecord(toTexts(reply, mode));
}
