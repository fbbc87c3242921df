import type { ReplyMode } from '../protocol/reply-mode.ts';
import { type Entries, type Many, optionsOf, pushEntries } from './argument.ts';
import { toObject } from './reply.ts';
import { type Spec, command } from './spec.ts';
import { Executor, type Integer, type Result, type Surface, type Value } from './surface.ts';

const MODULE_HELP: Spec = command('MODULE HELP');
const MODULE_LIST: Spec = command('MODULE LIST');
const MODULE_LOAD: Spec = command('MODULE LOAD');
const MODULE_LOADEX: Spec = command('MODULE LOADEX');
const MODULE_UNLOAD: Spec = command('MODULE UNLOAD');

/** A module the server has loaded. What a newer server adds is there too, its name in camelCase. */
export interface LoadedModule<I> {
  readonly name: string;
  /** Its version. */
  readonly ver: I;
  /** The file it was loaded from, and the arguments it was given. Servers before 7.0 do not say. */
  readonly path?: string;
  readonly args?: string[];
  readonly [field: string]: unknown;
}

/** Options of `moduleLoadex`. */
export interface ModuleLoadexOptions {
  /** Parameters of the configuration that the module has, with the values they shall have: `{ 'counter.start': 1 }`. */
  readonly config?: Entries | undefined;
  /** Arguments for the module. */
  readonly args?: Many<Value> | undefined;
}

/**
 * Commands on the modules a server has loaded.
 *
 * To load and unload them, the server's setting `enable-module-command` must be `yes`, or `local` for connections of its own machine. It
 * cannot be changed while the server runs.
 */
export abstract class ModuleCommands<in out S extends Surface> extends Executor<S> {
  /**
   * Gives the server's own help on MODULE, line by line.
   *
   * Complexity: O(1).
   *
   * @since 5.0.0
   * @example
   * ```ts
   * const lines = await client.moduleHelp();
   * ```
   * @see https://valkey.io/commands/module-help/
   */
  moduleHelp(): Result<S, string[]> {
    return this.send(MODULE_HELP, []);
  }

  /**
   * Describes the modules the server has loaded. Since Valkey 9.1 its Lua engine is one of them.
   *
   * Complexity: O(N), N being the number of modules.
   *
   * @since 4.0.0
   * @example
   * ```ts
   * const names = (await client.moduleList()).map(({ name }) => name);
   * ```
   * @see https://valkey.io/commands/module-list/
   */
  moduleList(): Result<S, LoadedModule<Integer<S>>[]> {
    return this.send(MODULE_LIST, [], toModules<Integer<S>>);
  }

  /**
   * Loads the module in a file of the server's machine, with arguments for the module.
   *
   * Rejects with a `ResponseError` when that is not allowed, or the module cannot be loaded. Complexity: O(1).
   *
   * @since 4.0.0
   * @example
   * ```ts
   * try {
   *   await client.moduleLoad('/usr/lib/counter.so', ['verbose']);
   * } catch (error) {
   *   // There is no such file, or this server loads no modules.
   * }
   * ```
   * @see https://valkey.io/commands/module-load/
   */
  moduleLoad(path: string, args?: Many<Value>): Result<S, 'OK'> {
    return this.send(MODULE_LOAD, [path, ...listed(args)]);
  }

  /**
   * Loads the module in a file of the server's machine, with values for its configuration and arguments.
   *
   * Rejects with a `ResponseError` when that is not allowed, or the module cannot be loaded or knows no such parameter. Complexity: O(1).
   *
   * @since 7.0.0
   * @example
   * ```ts
   * try {
   *   await client.moduleLoadex('/usr/lib/counter.so', { config: { 'counter.start': 1 }, args: 'verbose' });
   * } catch (error) {
   *   // There is no such file, or this server loads no modules.
   * }
   * ```
   * @see https://valkey.io/commands/module-loadex/
   */
  moduleLoadex(path: string, options?: ModuleLoadexOptions): Result<S, 'OK'> {
    const { config, args } = optionsOf(MODULE_LOADEX, options);
    const words: Value[] = [path];
    if (config !== undefined) pushConfig(words, config);
    const list = listed(args);
    if (list.length > 0) words.push('ARGS', ...list);
    return this.send(MODULE_LOADEX, words);
  }

  /**
   * Unloads a module, given by its name.
   *
   * Rejects with a `ResponseError` when that is not allowed, there is no such module, or it is in use. Complexity: O(1).
   *
   * @since 4.0.0
   * @example
   * ```ts
   * try {
   *   await client.moduleUnload('counter');
   * } catch (error) {
   *   // There is no such module, or this server unloads none.
   * }
   * ```
   * @see https://valkey.io/commands/module-unload/
   */
  moduleUnload(name: string): Result<S, 'OK'> {
    return this.send(MODULE_UNLOAD, [name]);
  }
}

function pushConfig(words: Value[], config: Entries): void {
  const entries: Value[] = [];
  pushEntries(MODULE_LOADEX, entries, config, 'parameter');
  for (let i = 0; i < entries.length; i += 2) words.push('CONFIG', entries[i]!, entries[i + 1]!);
}

function listed(args: Many<Value> = []): readonly Value[] {
  return Array.isArray(args) ? (args as readonly Value[]) : [args as Value];
}

function toModules<I>(reply: unknown, mode: ReplyMode): LoadedModule<I>[] {
  return (reply as unknown[]).map((module) => toObject(module, mode)) as unknown as LoadedModule<I>[];
}
