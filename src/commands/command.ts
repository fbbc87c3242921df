import type { ReplyMode } from '../protocol/reply-mode.ts';
import { type Exclusive, type Many, isObject, listOf, optionsOf, refuse } from './argument.ts';
import { toNamed, toPropertyName, toText, toTexts } from './reply.ts';
import { type Spec, command } from './spec.ts';
import { Executor, type Integer, type Result, type Surface, type Text, type Value } from './surface.ts';

const COMMAND: Spec = command('COMMAND');
const COMMAND_COUNT: Spec = command('COMMAND COUNT');
const COMMAND_DOCS: Spec = command('COMMAND DOCS');
const COMMAND_GETKEYS: Spec = command('COMMAND GETKEYS');
const COMMAND_GETKEYSANDFLAGS: Spec = command('COMMAND GETKEYSANDFLAGS');
const COMMAND_HELP: Spec = command('COMMAND HELP');
const COMMAND_INFO: Spec = command('COMMAND INFO');
const COMMAND_LIST: Spec = command('COMMAND LIST');

/** A command, as the server knows it. Its numbers are small, and of the type `number` in every mode. */
export interface CommandInfo {
  /** In lower case; that of a subcommand is `config|get`. */
  readonly name: string;
  /** The number of words, the command's own included; negative for at least so many. */
  readonly arity: number;
  /** `readonly`, `write`, `fast`, `blocking`, ... */
  readonly flags: string[];
  /** Where the first and the last key are, counted in words, the command's own being 0, and the step between keys. 0 without keys; a negative `lastKey` counts from the end. */
  readonly firstKey: number;
  readonly lastKey: number;
  readonly step: number;
  /** The categories of users' permissions: `@read`, `@string`, ... */
  readonly categories: string[];
  /** Hints for clients: `request_policy:all_nodes`, `nondeterministic_output`, ... */
  readonly tips: string[];
  /** How to find the keys where positions do not tell. */
  readonly keySpecifications: CommandKeySpecification[];
  readonly subcommands: CommandInfo[];
}

/** How to find some of a command's keys: where to begin, and how to go on from there. */
export interface CommandKeySpecification {
  /** What there is to say of it. */
  readonly notes?: string;
  /** What happens to the keys: `RO`, `RW`, `OW` or `RM`, and `access`, `update`, `insert`, `delete`, ... */
  readonly flags: string[];
  /** At the word of this index; after a keyword, looked for from `startfrom`, backwards from the end if negative; or unknown. */
  readonly beginSearch:
    | { readonly type: 'index'; readonly index: number }
    | { readonly type: 'keyword'; readonly keyword: string; readonly startfrom: number }
    | { readonly type: 'unknown' };
  /** Up to `lastkey`, counted from the beginning, or from the end if negative; as many as the word at `keynumidx` says; or unknown. */
  readonly findKeys:
    | { readonly type: 'range'; readonly lastkey: number; readonly keystep: number; readonly limit: number }
    | { readonly type: 'keynum'; readonly keynumidx: number; readonly firstkey: number; readonly keystep: number }
    | { readonly type: 'unknown' };
  readonly [field: string]: unknown;
}

/** What the server's documentation says of a command. What a newer server adds is there too, its name in camelCase. */
export interface CommandDocs {
  readonly summary?: string;
  /** The first version that has it. */
  readonly since?: string;
  /** The family it belongs to: `string`, `server`, `module`, ... */
  readonly group?: string;
  readonly complexity?: string;
  /** The module it comes from. */
  readonly module?: string;
  /** `deprecated`, and `syscmd` for what is not meant for users. */
  readonly docFlags: string[];
  readonly deprecatedSince?: string;
  /** What to use instead of a deprecated command. */
  readonly replacedBy?: string;
  readonly history: CommandChange[];
  readonly arguments: CommandArgument[];
  /** By name: `config|get`. */
  readonly subcommands: Record<string, CommandDocs>;
  readonly [field: string]: unknown;
}

/** What a version changed about a command. */
export interface CommandChange {
  readonly version: string;
  readonly change: string;
}

/** An argument of a command. What a newer server adds is there too, its name in camelCase. */
export interface CommandArgument {
  readonly name: string;
  /** `key`, `string`, `integer`, `double`, `pattern`, `unix-time`, `pure-token`; `oneof` and `block` have arguments of their own. */
  readonly type: string;
  readonly displayText?: string;
  /** Which of the command's `keySpecifications` is about this key. */
  readonly keySpecIndex?: number;
  /** The word before it, or the word it is. */
  readonly token?: string;
  readonly summary?: string;
  readonly since?: string;
  readonly deprecatedSince?: string;
  /** `optional`, `multiple`, and `multiple_token` where the token is repeated with each. */
  readonly flags: string[];
  readonly arguments: CommandArgument[];
  readonly [field: string]: unknown;
}

/** A key of a command, and what the command does with it. */
export interface CommandKey<T> {
  readonly key: T;
  /** `RO`, `RW`, `OW` or `RM`, and `access`, `update`, `insert`, `delete`, ... */
  readonly flags: string[];
}

/** Options of `commandList`. */
export interface CommandListOptions {
  /** Gives only the commands of a module, those of a category of permissions such as `read`, or those that match a glob-style pattern. */
  readonly filterby?: Exclusive<{ module: string; aclcat: string; pattern: string }> | undefined;
}

/** Commands that tell of the commands a server has. */
export abstract class CommandCommands<in out S extends Surface> extends Executor<S> {
  /**
   * Describes all commands of the server, in no order.
   *
   * Complexity: O(N), N being the number of commands.
   *
   * @since 2.8.13
   * @example
   * ```ts
   * const commands = await client.command();
   * const writes = commands.filter(({ flags }) => flags.includes('write'));
   * ```
   * @see https://valkey.io/commands/command/
   */
  command(): Result<S, CommandInfo[]> {
    return this.send(COMMAND, [], toInfos<CommandInfo>);
  }

  /**
   * Gives the number of commands the server has.
   *
   * Complexity: O(1).
   *
   * @since 2.8.13
   * @example
   * ```ts
   * const count = await client.commandCount();
   * ```
   * @see https://valkey.io/commands/command-count/
   */
  commandCount(): Result<S, Integer<S>> {
    return this.send(COMMAND_COUNT, []);
  }

  /**
   * Gives the documentation of commands by name, or of all commands. A name the server does not know is missing in the reply.
   *
   * Complexity: O(N), N being the number of commands given.
   *
   * @since 7.0.0
   * @example
   * ```ts
   * const { get } = await client.commandDocs('get');
   * const { summary, since, complexity } = get;
   * ```
   * @see https://valkey.io/commands/command-docs/
   */
  commandDocs(commandNames?: Many<string>): Result<S, Record<string, CommandDocs>> {
    return this.send(COMMAND_DOCS, namesArgs(COMMAND_DOCS, commandNames), toDocs);
  }

  /**
   * Gives the keys of a command, which is given as its words. It is not run.
   *
   * Rejects with a `ResponseError` for a command that the server does not know or that has no keys, and for a wrong number of words.
   * Complexity: O(N), N being the number of words.
   *
   * @since 2.8.13
   * @example
   * ```ts
   * await client.commandGetkeys(['MSET', 'a', 1, 'b', 2]); // => ['a', 'b']
   * ```
   * @see https://valkey.io/commands/command-getkeys/
   */
  commandGetkeys(command: readonly Value[]): Result<S, Text<S>[]> {
    return this.send(COMMAND_GETKEYS, listOf(COMMAND_GETKEYS, command, 'word of a command'));
  }

  /**
   * Gives the keys of a command, which is given as its words, and what it does with each of them. It is not run.
   *
   * Rejects as `commandGetkeys` does. Complexity: O(N), N being the number of words.
   *
   * @since 7.0.0
   * @example
   * ```ts
   * await client.commandGetkeysandflags(['GET', 'a']); // => [{ key: 'a', flags: ['RO', 'access'] }]
   * ```
   * @see https://valkey.io/commands/command-getkeysandflags/
   */
  commandGetkeysandflags(command: readonly Value[]): Result<S, CommandKey<Text<S>>[]> {
    const args = listOf(COMMAND_GETKEYSANDFLAGS, command, 'word of a command');
    return this.send(COMMAND_GETKEYSANDFLAGS, args, toKeys<Text<S>>);
  }

  /**
   * Gives the server's own help on COMMAND, line by line.
   *
   * Complexity: O(1).
   *
   * @since 5.0.0
   * @example
   * ```ts
   * const lines = await client.commandHelp();
   * ```
   * @see https://valkey.io/commands/command-help/
   */
  commandHelp(): Result<S, string[]> {
    return this.send(COMMAND_HELP, []);
  }

  /**
   * Describes commands in the order of their names, with `null` for those the server does not know; or all commands.
   *
   * Complexity: O(N), N being the number of commands given.
   *
   * @since 2.8.13; all commands 7.0.0
   * @example
   * ```ts
   * const [get, unknown] = await client.commandInfo(['get', 'nonsense']);
   * const { arity, flags, firstKey } = get;
   * ```
   * @see https://valkey.io/commands/command-info/
   */
  commandInfo(): Result<S, CommandInfo[]>;
  commandInfo(commandNames: Many<string>): Result<S, (CommandInfo | null)[]>;
  commandInfo(commandNames?: Many<string>): Result<S, (CommandInfo | null)[]> {
    return this.send(COMMAND_INFO, namesArgs(COMMAND_INFO, commandNames), toInfos<CommandInfo | null>);
  }

  /**
   * Gives the names of all commands, or of those that fit the filter, in no order.
   *
   * None for a module or category the server does not know. Throws a `DataError` for more than one filter.
   * Complexity: O(N), N being the number of commands.
   *
   * @since 7.0.0
   * @example
   * ```ts
   * await client.commandList({ filterby: { pattern: 'xread*' } }); // => ['xread', 'xreadgroup']
   * ```
   * @see https://valkey.io/commands/command-list/
   */
  commandList(options?: CommandListOptions): Result<S, string[]> {
    return this.send(COMMAND_LIST, listArgs(options), toTexts);
  }
}

function namesArgs(spec: Spec, names: Many<string> | undefined): Value[] {
  return names === undefined ? [] : listOf(spec, names, 'command');
}

function listArgs(options: CommandListOptions | undefined): Value[] {
  const { filterby } = optionsOf(COMMAND_LIST, options);
  if (filterby === undefined) return [];
  if (!isObject(filterby)) refuse(COMMAND_LIST, 'filters by a module, aclcat or pattern');
  const { module, aclcat, pattern } = filterby;
  const args: Value[] = [];
  if (module !== undefined) args.push('FILTERBY', 'MODULE', module);
  if (aclcat !== undefined) args.push('FILTERBY', 'ACLCAT', aclcat);
  if (pattern !== undefined) args.push('FILTERBY', 'PATTERN', pattern);
  if (args.length > 3) refuse(COMMAND_LIST, 'filters by only one of module, aclcat and pattern');
  return args;
}

export function toInfos<R>(reply: unknown, mode: ReplyMode): R[] {
  return (reply as unknown[]).map((info) => toInfo(info, mode)) as R[];
}

/** Servers before 7.0 know nothing of tips and what follows them. */
function toInfo(reply: unknown, mode: ReplyMode): CommandInfo | null {
  if (reply === null) return null;
  const [name, arity, flags, firstKey, lastKey, step, categories, tips = [], specs = [], subcommands = []] =
    reply as unknown[];
  return {
    name: toText(name, mode),
    arity: Number(arity),
    flags: toTexts(flags, mode),
    firstKey: Number(firstKey),
    lastKey: Number(lastKey),
    step: Number(step),
    categories: toTexts(categories ?? [], mode),
    tips: toTexts(tips, mode),
    keySpecifications: (specs as unknown[]).map((spec) => toKeySpecification(spec, mode)),
    subcommands: toInfos<CommandInfo>(subcommands, mode),
  };
}

function toKeySpecification(reply: unknown, mode: ReplyMode): CommandKeySpecification {
  const named = toNamed(reply, mode);
  return {
    ...toFacts(reply, mode),
    beginSearch: toSearch(named.get('begin_search'), mode),
    findKeys: toSearch(named.get('find_keys'), mode),
  } as unknown as CommandKeySpecification;
}

/** `{ type: 'index', spec: { index: 1 } }`, its specification put beside the type. */
function toSearch(reply: unknown, mode: ReplyMode): object {
  const named = toNamed(reply, mode);
  return { type: toText(named.get('type'), mode), ...toFacts(named.get('spec') ?? [], mode) };
}

function toDocs(reply: unknown, mode: ReplyMode): Record<string, CommandDocs> {
  const docs: [string, CommandDocs][] = [];
  for (const [name, fields] of toNamed(reply, mode)) docs.push([name, toCommandDocs(fields, mode)]);
  return Object.fromEntries(docs);
}

function toCommandDocs(reply: unknown, mode: ReplyMode): CommandDocs {
  const named = toNamed(reply, mode);
  const history = (named.get('history') ?? []) as unknown[];
  return {
    docFlags: [],
    ...toFacts(reply, mode),
    history: history.map((change) => toChange(change, mode)),
    arguments: toArguments(named.get('arguments'), mode),
    subcommands: toDocs(named.get('subcommands') ?? [], mode),
  };
}

function toChange(reply: unknown, mode: ReplyMode): CommandChange {
  const [version, change] = reply as unknown[];
  return { version: toText(version, mode), change: toText(change, mode) };
}

function toArguments(reply: unknown, mode: ReplyMode): CommandArgument[] {
  return ((reply ?? []) as unknown[]).map((argument) => toArgument(argument, mode));
}

function toArgument(reply: unknown, mode: ReplyMode): CommandArgument {
  const nested = toNamed(reply, mode).get('arguments');
  const argument = { flags: [], ...toFacts(reply, mode), arguments: toArguments(nested, mode) };
  return argument as unknown as CommandArgument;
}

/** What has a shape of its own, and is not to be taken for a list of words. */
const SHAPED: ReadonlySet<string> = new Set(['begin_search', 'find_keys', 'history', 'arguments', 'subcommands']);

/** Text, lists of text and numbers by name; the numbers are small ones. */
function toFacts(reply: unknown, mode: ReplyMode): Record<string, unknown> {
  const facts: Record<string, unknown> = {};
  for (const [name, value] of toNamed(reply, mode)) {
    if (!SHAPED.has(name)) facts[toPropertyName(name)] = toFact(value, mode);
  }
  return facts;
}

function toFact(value: unknown, mode: ReplyMode): unknown {
  if (Array.isArray(value)) return value.map((item) => toFact(item, mode));
  if (typeof value === 'bigint') return Number(value);
  return typeof value === 'string' || Buffer.isBuffer(value) ? toText(value, mode) : value;
}

function toKeys<T>(reply: unknown, mode: ReplyMode): CommandKey<T>[] {
  return (reply as [T, unknown][]).map(([key, flags]) => ({ key, flags: toTexts(flags, mode) }));
}
