import type { ReplyMode } from '../protocol/reply-mode.ts';
import { type Int, type Many, isObject, listOf, refuse } from './argument.ts';
import { type ClientInfo, parseClientInfo } from './connection.ts';
import { toDouble, toNamed, toObject, toText, toTexts } from './reply.ts';
import { type Spec, command } from './spec.ts';
import { Executor, type Integer, type Key, type Result, type Surface, type Text, type Value } from './surface.ts';

const ACL_CAT: Spec = command('ACL CAT');
const ACL_DELUSER: Spec = command('ACL DELUSER');
const ACL_DRYRUN: Spec = command('ACL DRYRUN');
const ACL_GENPASS: Spec = command('ACL GENPASS');
const ACL_GETUSER: Spec = command('ACL GETUSER');
const ACL_HELP: Spec = command('ACL HELP');
const ACL_LIST: Spec = command('ACL LIST');
const ACL_LOAD: Spec = command('ACL LOAD');
const ACL_LOG: Spec = command('ACL LOG');
const ACL_SAVE: Spec = command('ACL SAVE');
const ACL_SETUSER: Spec = command('ACL SETUSER');
const ACL_USERS: Spec = command('ACL USERS');
const ACL_WHOAMI: Spec = command('ACL WHOAMI');

/** What a user, or one of its selectors, may do. */
export interface AclSelector<T> {
  /** The rules on commands as the server says them, in the order in which they hold: `-@all +@read -hget`. */
  readonly commands: string;
  /** Those of the rules that are on categories: `['-@all', '+@read']`. */
  readonly categories: string[];
  /** Patterns of keys: `~cache:*`, `%R~user:*` to read only, `%W~log:*` to write only. */
  readonly keys: T[];
  /** Patterns of channels: `&news:*`. */
  readonly channels: T[];
  /** `alldbs`, `db=0,1`, or empty for none. Servers before Valkey 9.1 do not say. */
  readonly databases?: string;
  readonly [field: string]: unknown;
}

/** A user as the server describes it. What a newer server adds is there too, its name in camelCase. */
export interface AclUser<T> extends AclSelector<T> {
  /** Whether connections may be authenticated as this user: it has the flag `on`. */
  readonly enabled: boolean;
  /** `on` or `off`, and what else holds: `nopass`, `sanitize-payload`, ... */
  readonly flags: string[];
  /** The SHA-256 digests of the passwords, in hexadecimal digits. */
  readonly passwords: string[];
  /** Further sets of permissions: a command may run if the user's own or those of one selector allow it. */
  readonly selectors: AclSelector<T>[];
}

/** Something that was refused: a command, a key, a channel, or a password. */
export interface AclLogEntry<T, I> {
  /** How often it happened within a minute. */
  readonly count: I;
  /** What was refused: `command`, `key`, `channel`, `database` or `auth`. */
  readonly reason: string;
  /** Where: `toplevel`, `multi`, `lua`, `module`, ... */
  readonly context: string;
  /** The command, key or channel; `AUTH` for a password. */
  readonly object: T;
  readonly username: string;
  /** Seconds since it last happened. */
  readonly ageSeconds: number;
  /** The connection it happened on. */
  readonly clientInfo: ClientInfo;
  /** Its number. Servers before 7.2 do not say. */
  readonly entryId?: I;
  /** Unix time in milliseconds of the first time, and of the last. Servers before 7.2 do not say. */
  readonly timestampCreated?: I;
  readonly timestampLastUpdated?: I;
  readonly [field: string]: unknown;
}

/** What a user or a selector shall be allowed. It is added to what is there. */
export interface AclSelectorOptions {
  /** Categories of commands to allow and to forbid, one after the other: `+@read`, `-@dangerous`. `+@all` is every command. */
  readonly categories?: Many<`+@${string}` | `-@${string}`> | undefined;
  /** Commands and subcommands to allow and to forbid, after the categories: `+get`, `-config|set`. Where the order matters, categories may stand among them. */
  readonly commands?: Many<`+${string}` | `-${string}`> | undefined;
  /** Patterns of keys to read and write: `cache:*`. */
  readonly keys?: Many<Key> | undefined;
  /** Patterns of keys to read only. */
  readonly readKeys?: Many<Key> | undefined;
  /** Patterns of keys to write only. */
  readonly writeKeys?: Many<Key> | undefined;
  /** Patterns of channels: `news:*`. */
  readonly channels?: Many<Key> | undefined;
  /** The databases, instead of those before. Needs Valkey 9.1. */
  readonly databases?: 'all' | Many<Int> | undefined;
}

/** Passwords, or digests of passwords, to add and to remove. */
export interface AclPasswordChanges<T> {
  readonly add?: Many<T> | undefined;
  readonly remove?: Many<T> | undefined;
}

/**
 * Options of `aclSetuser`: what is to change. `reset` and its like come first, then `enabled`, the passwords, and what is allowed.
 * A user without a password or `nopass` cannot be authenticated.
 */
export type AclSetuserOptions = AclSelectorOptions & {
  /** Takes everything from the user first: passwords, permissions, selectors, and the right to connect. */
  readonly reset?: boolean | undefined;
  /** Takes all passwords away first, and `nopass`. */
  readonly resetpass?: boolean | undefined;
  /** Takes all patterns of keys away first. */
  readonly resetkeys?: boolean | undefined;
  /** Takes all patterns of channels away first. */
  readonly resetchannels?: boolean | undefined;
  /** Takes all databases away first. Needs Valkey 9.1. */
  readonly resetdbs?: boolean | undefined;
  /** Takes all selectors away first. */
  readonly clearselectors?: boolean | undefined;
  /** Whether connections may be authenticated as this user. A new user is not enabled. */
  readonly enabled?: boolean | undefined;
  /** Whether the payload of `restore` is checked deeply. */
  readonly sanitizePayload?: boolean | undefined;
  /** Selectors to add: further sets of permissions. */
  readonly selectors?: Many<AclSelectorOptions> | undefined;
} & (
    | {
        readonly nopass?: false | undefined;
        /** Passwords to add, or to add and to remove. */
        readonly passwords?: Many<Key> | AclPasswordChanges<Key> | undefined;
        /** The same as SHA-256 digests, 64 hexadecimal digits in lower case each. */
        readonly hashedPasswords?: Many<string> | AclPasswordChanges<string> | undefined;
      }
    | {
        /** Lets any password do, and takes those that are there away. */
        readonly nopass: true;
        readonly passwords?: undefined;
        readonly hashedPasswords?: undefined;
      }
  );

/** Commands on users and what they may do. */
export abstract class AclCommands<in out S extends Surface> extends Executor<S> {
  /**
   * Gives the categories of commands, or the commands of a category.
   *
   * Rejects with a `ResponseError` for a category the server does not know.
   * Complexity: O(1), since there are so many and no more.
   *
   * @since 6.0.0
   * @example
   * ```ts
   * const categories = await client.aclCat();
   * await client.aclCat('transaction'); // => ['discard', 'exec', 'multi', 'unwatch', 'watch']
   * ```
   * @see https://valkey.io/commands/acl-cat/
   */
  aclCat(category?: string): Result<S, string[]> {
    return this.send(ACL_CAT, category === undefined ? [] : [category], toTexts);
  }

  /**
   * Deletes users, closes their connections, and gives how many users there were.
   *
   * Rejects with a `ResponseError` for the user `default`, which cannot be deleted.
   * Complexity: O(1) per user, as a rule.
   *
   * @since 6.0.0
   * @example
   * ```ts
   * await client.aclSetuser('ada');
   * await client.aclDeluser(['ada', 'nobody']); // => 1
   * ```
   * @see https://valkey.io/commands/acl-deluser/
   */
  aclDeluser(usernames: Many<string>): Result<S, Integer<S>> {
    return this.send(ACL_DELUSER, listOf(ACL_DELUSER, usernames, 'username'));
  }

  /**
   * Tells whether a user may run a command, given as its words: `OK`, or the reason why not. The command is not run.
   *
   * Rejects with a `ResponseError` when there is no such user or command, or the number of words is wrong.
   * Complexity: O(1).
   *
   * @since 7.0.0
   * @example
   * ```ts
   * await client.aclSetuser('ada', { commands: '+get', keys: 'cache:*' });
   * await client.aclDryrun('ada', ['GET', 'cache:1']); // => 'OK'
   * const reason = await client.aclDryrun('ada', ['GET', 'user:1']);
   * await client.aclDeluser('ada'); // => 1
   * ```
   * @see https://valkey.io/commands/acl-dryrun/
   */
  aclDryrun(username: string, command: readonly Value[]): Result<S, string> {
    return this.send(ACL_DRYRUN, [username, ...listOf(ACL_DRYRUN, command, 'word of a command')], toText);
  }

  /**
   * Makes up a password of `bits` random bits, 256 without it, as hexadecimal digits. Nothing is changed.
   *
   * `bits` is rounded up to a multiple of 4, and is 4096 at most. Complexity: O(1).
   *
   * @since 6.0.0
   * @example
   * ```ts
   * const password = await client.aclGenpass();
   * ```
   * @see https://valkey.io/commands/acl-genpass/
   */
  aclGenpass(bits?: Int): Result<S, string> {
    return this.send(ACL_GENPASS, bits === undefined ? [] : [bits], toText);
  }

  /**
   * Describes a user; `null` when there is none of that name.
   *
   * Complexity: O(N), N being the passwords, patterns and rules of the user.
   *
   * @since 6.0.0; selectors 7.0.0, databases 9.1.0
   * @example
   * ```ts
   * const { enabled, commands, keys } = await client.aclGetuser('default');
   * await client.aclGetuser('nobody'); // => null
   * ```
   * @see https://valkey.io/commands/acl-getuser/
   */
  aclGetuser(username: string): Result<S, AclUser<Text<S>> | null> {
    return this.send(ACL_GETUSER, [username], toUser<Text<S>>);
  }

  /**
   * Gives the server's own help on ACL, line by line.
   *
   * Complexity: O(1).
   *
   * @since 6.0.0
   * @example
   * ```ts
   * const lines = await client.aclHelp();
   * ```
   * @see https://valkey.io/commands/acl-help/
   */
  aclHelp(): Result<S, string[]> {
    return this.send(ACL_HELP, []);
  }

  /**
   * Gives all users with their rules, a line each, as they would stand in an ACL file. `aclGetuser` gives them taken apart.
   *
   * Complexity: O(N), N being the number of users.
   *
   * @since 6.0.0
   * @example
   * ```ts
   * await client.aclList(); // => ['user default on nopass ~* &* +@all']
   * ```
   * @see https://valkey.io/commands/acl-list/
   */
  aclList(): Result<S, string[]> {
    return this.send(ACL_LIST, [], toTexts);
  }

  /**
   * Replaces all users by those of the server's ACL file. With a mistake in the file, none of it is taken.
   *
   * Connections of users that are gone or have changed are closed. Rejects with a `ResponseError` when the file has a mistake, or the
   * server was started without an ACL file. Complexity: O(N), N being the number of users.
   *
   * @since 6.0.0
   * @example
   * ```ts
   * try {
   *   await client.aclLoad();
   * } catch (error) {
   *   // This server has no ACL file.
   * }
   * ```
   * @see https://valkey.io/commands/acl-load/
   */
  aclLoad(): Result<S, 'OK'> {
    return this.send(ACL_LOAD, []);
  }

  /**
   * Gives what was refused lately, the newest first: 10 entries, or `count`. `'reset'` empties the log instead.
   *
   * Complexity: O(N), N being the number of entries given.
   *
   * @since 6.0.0; `entryId` and the timestamps 7.2.0
   * @example
   * ```ts
   * await client.aclLog('reset'); // => 'OK'
   * await using session = await client.session();
   * await session.auth('ada', 'wrong').catch(() => undefined);
   * const [entry] = await client.aclLog(1);
   * const { reason, username, clientInfo } = entry;
   * ```
   * @see https://valkey.io/commands/acl-log/
   */
  aclLog(count?: Int): Result<S, AclLogEntry<Text<S>, Integer<S>>[]>;
  aclLog(operation: 'reset'): Result<S, 'OK'>;
  aclLog(operation?: Int | 'reset'): Result<S, AclLogEntry<Text<S>, Integer<S>>[] | 'OK'> {
    return this.send(ACL_LOG, operation === undefined ? [] : [operation], toLog<Text<S>, Integer<S>>);
  }

  /**
   * Writes all users to the server's ACL file.
   *
   * Rejects with a `ResponseError` when the server was started without one. Complexity: O(N), N being the number of users.
   *
   * @since 6.0.0
   * @example
   * ```ts
   * try {
   *   await client.aclSave();
   * } catch (error) {
   *   // This server has no ACL file.
   * }
   * ```
   * @see https://valkey.io/commands/acl-save/
   */
  aclSave(): Result<S, 'OK'> {
    return this.send(ACL_SAVE, []);
  }

  /**
   * Makes or changes a user: by options, or by rules in the server's own words, such as `['on', '>secret', '+@read', '~cache:*']`.
   *
   * A new user is not enabled, has no password and may do nothing. What is not said stays as it is; all of it is done, or nothing.
   * Rejects with a `ResponseError` for a rule the server does not take, such as a password to remove that is not there.
   * Throws a `DataError` for passwords with `nopass`, an empty list, and in a selector for text that would be read as several rules.
   * Complexity: O(N), N being the number of rules.
   *
   * @since 6.0.0; channels 6.2.0, selectors, `readKeys` and `writeKeys` 7.0.0, databases 9.1.0
   * @example
   * ```ts
   * await client.aclSetuser('ada', { enabled: true, passwords: 'secret', categories: '+@read', keys: 'cache:*' }); // => 'OK'
   * await client.aclSetuser('ada', ['+set', '-get', '%R~user:*']); // => 'OK'
   * await client.aclSetuser('ada', { reset: true, selectors: { commands: '+get', keys: 'public:*' } }); // => 'OK'
   * await client.aclDeluser('ada'); // => 1
   * ```
   * @see https://valkey.io/commands/acl-setuser/
   */
  aclSetuser(username: string, rules: Many<Key> | AclSetuserOptions = []): Result<S, 'OK'> {
    const words = isObject(rules) ? setuserRules(rules as AclSetuserOptions) : someOf(rules);
    return this.send(ACL_SETUSER, [username, ...words]);
  }

  /**
   * Gives the names of all users.
   *
   * Complexity: O(N), N being the number of users.
   *
   * @since 6.0.0
   * @example
   * ```ts
   * await client.aclUsers(); // => ['default']
   * ```
   * @see https://valkey.io/commands/acl-users/
   */
  aclUsers(): Result<S, string[]> {
    return this.send(ACL_USERS, [], toTexts);
  }

  /**
   * Gives the name of the user this connection is authenticated as.
   *
   * Complexity: O(1).
   *
   * @since 6.0.0
   * @example
   * ```ts
   * await client.aclWhoami(); // => 'default'
   * ```
   * @see https://valkey.io/commands/acl-whoami/
   */
  aclWhoami(): Result<S, string> {
    return this.send(ACL_WHOAMI, [], toText);
  }
}

const RESETS = ['reset', 'resetpass', 'resetkeys', 'resetchannels', 'resetdbs', 'clearselectors'] as const;

function setuserRules(options: AclSetuserOptions): Value[] {
  const { enabled, nopass, passwords, hashedPasswords, sanitizePayload, selectors } = options;
  const rules: Value[] = [];
  for (const reset of RESETS) if (options[reset]) rules.push(reset);
  pushSwitch(rules, enabled, 'on', 'off');
  if (nopass) rules.push('nopass');
  if (nopass && (passwords !== undefined || hashedPasswords !== undefined)) {
    refuse(ACL_SETUSER, 'takes either nopass or passwords');
  }
  pushPasswords(rules, passwords, '>', '<');
  pushPasswords(rules, hashedPasswords, '#', '!');
  pushSwitch(rules, sanitizePayload, 'sanitize-payload', 'skip-sanitize-payload');
  pushPermissions(rules, options);
  if (selectors !== undefined) {
    for (const selector of someOf(selectors, 'selector')) rules.push(selectorRule(selector));
  }
  return rules;
}

function pushSwitch(rules: Value[], setting: boolean | undefined, on: string, off: string): void {
  if (setting === undefined) return;
  if (typeof setting !== 'boolean') refuse(ACL_SETUSER, `takes true or false to choose between ${on} and ${off}`);
  rules.push(setting ? on : off);
}

function pushPasswords<T extends Key>(
  rules: Value[],
  passwords: Many<T> | AclPasswordChanges<T> | undefined,
  add: string,
  remove: string,
): void {
  if (passwords === undefined) return;
  const changes = (isObject(passwords) ? passwords : { add: passwords }) as AclPasswordChanges<T>;
  pushPrefixed(rules, add, changes.add, 'password');
  pushPrefixed(rules, remove, changes.remove, 'password');
}

function pushPermissions(rules: Value[], permissions: AclSelectorOptions): void {
  pushSigned(rules, permissions.categories, /^[+-]@/, 'categories that begin with +@ or -@');
  pushSigned(rules, permissions.commands, /^[+-]/, 'commands that begin with + or -');
  pushPrefixed(rules, '~', permissions.keys, 'pattern of keys');
  pushPrefixed(rules, '%R~', permissions.readKeys, 'pattern of keys');
  pushPrefixed(rules, '%W~', permissions.writeKeys, 'pattern of keys');
  pushPrefixed(rules, '&', permissions.channels, 'pattern of channels');
  const { databases } = permissions;
  if (databases === 'all') rules.push('alldbs');
  else if (databases !== undefined) rules.push(`db=${someOf(databases, 'database').map(databaseText).join(',')}`);
}

function pushSigned(rules: Value[], words: Many<string> | undefined, form: RegExp, what: string): void {
  if (words === undefined) return;
  for (const word of someOf(words, 'of them')) {
    if (typeof word !== 'string' || !form.test(word)) refuse(ACL_SETUSER, `needs ${what}`);
    rules.push(word);
  }
}

/** Errors do not show the text: it may be a password. */
function pushPrefixed(rules: Value[], prefix: string, texts: Many<Key> | undefined, what: string): void {
  if (texts === undefined) return;
  for (const text of someOf(texts, what)) {
    if (typeof text === 'string') rules.push(prefix + text);
    else if (text instanceof Uint8Array) rules.push(Buffer.concat([Buffer.from(prefix), text]));
    else refuse(ACL_SETUSER, `needs each ${what} as a string or bytes`);
  }
}

function databaseText(database: Int): string {
  const isNumber = typeof database === 'bigint' ? database >= 0n : Number.isSafeInteger(database) && database >= 0;
  if (!isNumber || Object.is(database, -0)) refuse(ACL_SETUSER, 'needs the numbers of databases');
  return String(database);
}

/** A selector is one word. The server takes it apart at blanks and quotes, so that nothing inside may have any. */
function selectorRule(selector: AclSelectorOptions): Value {
  if (!isObject(selector)) refuse(ACL_SETUSER, 'needs each selector as an object');
  const rules: Value[] = [];
  pushPermissions(rules, selector);
  if (rules.length === 0) refuse(ACL_SETUSER, 'needs at least one permission in a selector');
  const words = rules.map((rule) => Buffer.from(rule as string).toString('latin1'));
  if (words.some((word) => /[ \t\n\v\f\r\0"']/.test(word)))
    refuse(ACL_SETUSER, 'takes no blanks and quotes in a selector');
  return Buffer.from(`(${words.join(' ')})`, 'latin1');
}

/** What there is at least one of; without `what`, none will do. */
function someOf<T>(many: Many<T>, what?: string): readonly T[] {
  if (!Array.isArray(many)) return [many as T];
  return many.length === 0 && what !== undefined ? refuse(ACL_SETUSER, `needs at least one ${what}`) : many;
}

function toUser<T>(reply: unknown, mode: ReplyMode): AclUser<T> | null {
  if (reply === null) return null;
  const named = toNamed(reply, mode);
  const flags = toTexts(named.get('flags'), mode);
  const selectors = (named.get('selectors') ?? []) as unknown[];
  return {
    ...toSelector<T>(reply, mode),
    enabled: flags.includes('on'),
    flags,
    passwords: toTexts(named.get('passwords'), mode),
    selectors: selectors.map((selector) => toSelector<T>(selector, mode)),
  };
}

function toSelector<T>(reply: unknown, mode: ReplyMode): AclSelector<T> {
  const named = toNamed(reply, mode);
  const commands = toText(named.get('commands'), mode);
  return {
    ...toObject(reply, mode),
    commands,
    categories: commands.split(' ').filter((rule) => rule.includes('@')),
    keys: toPatterns<T>(named.get('keys')),
    channels: toPatterns<T>(named.get('channels')),
  };
}

/** Patterns have no blanks, and come as one text with blanks between them; from servers before 7.0 as a list. */
function toPatterns<T>(patterns: unknown): T[] {
  if (Array.isArray(patterns)) return patterns as T[];
  const isBytes = Buffer.isBuffer(patterns);
  const text = isBytes ? patterns.toString('latin1') : ((patterns ?? '') as string);
  if (text === '') return [];
  const words = text.split(' ');
  return (isBytes ? words.map((word) => Buffer.from(word, 'latin1')) : words) as T[];
}

function toLog<T, I>(reply: unknown, mode: ReplyMode): AclLogEntry<T, I>[] | 'OK' {
  if (!Array.isArray(reply)) return reply as 'OK';
  return reply.map((entry) => toLogEntry<T, I>(entry, mode));
}

function toLogEntry<T, I>(reply: unknown, mode: ReplyMode): AclLogEntry<T, I> {
  const named = toNamed(reply, mode);
  return {
    ...toObject(reply, mode),
    object: named.get('object'),
    ageSeconds: toDouble(named.get('age-seconds')),
    clientInfo: parseClientInfo(toText(named.get('client-info'), mode).trimEnd()),
  } as unknown as AclLogEntry<T, I>;
}
