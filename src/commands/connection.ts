import type { ReplyMode } from '../protocol/reply-mode.ts';
import { type Exclusive, type Int, type Many, listOf, pushMany, refuse, checkOptions, isObject } from './argument.ts';
import { toBoolean, toNamed, toObject, toPropertyName, toText, toTextOrNull, toTexts } from './reply.ts';
import { type Spec, command } from './spec.ts';
import { Executor, type Integer, type Key, type Result, type Surface, type Text, type Value } from './surface.ts';

const AUTH: Spec = command('AUTH');
const CLIENT_CACHING: Spec = command('CLIENT CACHING');
const CLIENT_CAPA: Spec = command('CLIENT CAPA');
const CLIENT_GETNAME: Spec = command('CLIENT GETNAME');
const CLIENT_GETREDIR: Spec = command('CLIENT GETREDIR');
const CLIENT_HELP: Spec = command('CLIENT HELP');
const CLIENT_ID: Spec = command('CLIENT ID');
const CLIENT_IMPORT_SOURCE: Spec = command('CLIENT IMPORT-SOURCE');
const CLIENT_INFO: Spec = command('CLIENT INFO');
const CLIENT_KILL: Spec = command('CLIENT KILL');
const CLIENT_LIST: Spec = command('CLIENT LIST');
const CLIENT_NO_EVICT: Spec = command('CLIENT NO-EVICT');
const CLIENT_NO_TOUCH: Spec = command('CLIENT NO-TOUCH');
const CLIENT_PAUSE: Spec = command('CLIENT PAUSE');
const CLIENT_REPLY: Spec = command('CLIENT REPLY');
const CLIENT_SETINFO: Spec = command('CLIENT SETINFO');
const CLIENT_SETNAME: Spec = command('CLIENT SETNAME');
const CLIENT_TRACKING: Spec = command('CLIENT TRACKING');
const CLIENT_TRACKINGINFO: Spec = command('CLIENT TRACKINGINFO');
const CLIENT_UNBLOCK: Spec = command('CLIENT UNBLOCK');
const CLIENT_UNPAUSE: Spec = command('CLIENT UNPAUSE');
const ECHO: Spec = command('ECHO');
const HELLO: Spec = command('HELLO');
const PING: Spec = command('PING');
const QUIT: Spec = command('QUIT');
const RESET: Spec = command('RESET');
const SELECT: Spec = command('SELECT');

/** The kinds of connections a server tells apart. Servers before Valkey 8.0 say `master` for `primary`. */
export type ClientType = 'normal' | 'primary' | 'master' | 'replica' | 'pubsub';

/**
 * Which connections to list or kill: those that fit all of it.
 *
 * To kill, servers since 2.8.12 know those up to `skipme`, 8.0 `maxage`, 8.1 several ids. To list, all know `id` and `type`, 8.1 those up
 * to `maxage`. Valkey 9.0 knows all of them for both.
 */
export interface ClientFilter {
  readonly id?: Many<Int> | undefined;
  readonly type?: ClientType | undefined;
  readonly user?: string | undefined;
  /** The client's address, `ip:port`. */
  readonly addr?: string | undefined;
  /** The server's own address of the connection, `ip:port`. */
  readonly laddr?: string | undefined;
  /** Leaves out the connection that asks. The default is `true` to kill and `false` to list. */
  readonly skipme?: boolean | undefined;
  /** Connected for at least so many seconds. */
  readonly maxage?: Int | undefined;
  readonly name?: string | undefined;
  /** Idle for at least so many seconds. */
  readonly idle?: Int | undefined;
  /** Has all of these flags, one letter each. */
  readonly flags?: string | undefined;
  readonly libName?: string | undefined;
  readonly libVer?: string | undefined;
  readonly db?: Int | undefined;
  /** Has all of these capabilities, one letter each. */
  readonly capa?: string | undefined;
  readonly ip?: string | undefined;
  readonly notId?: Many<Int> | undefined;
  readonly notType?: ClientType | undefined;
  readonly notUser?: string | undefined;
  readonly notAddr?: string | undefined;
  readonly notLaddr?: string | undefined;
  readonly notName?: string | undefined;
  readonly notFlags?: string | undefined;
  readonly notLibName?: string | undefined;
  readonly notLibVer?: string | undefined;
  readonly notDb?: Int | undefined;
  readonly notCapa?: string | undefined;
  readonly notIp?: string | undefined;
}

/**
 * A connection as the server describes it, its field names in camelCase (`tot-mem` is `totMem`).
 * What an older server does not say is missing; what a newer one adds is there as a string.
 */
export interface ClientInfo {
  readonly id: number;
  /** The client's address, `ip:port`. */
  readonly addr: string;
  /** The server's own address of the connection. */
  readonly laddr?: string;
  readonly fd?: number;
  readonly name: string;
  /** Seconds since it was made. */
  readonly age: number;
  /** Seconds since its last command. */
  readonly idle: number;
  /** One letter each: `N` ordinary, `S` replica, `M` primary, `P` subscriber, `x` in a transaction, `b` blocked, `t` tracking, ... */
  readonly flags: string;
  readonly capa?: string;
  readonly db: number;
  /** Channels, patterns and sharded channels subscribed to. */
  readonly sub?: number;
  readonly psub?: number;
  readonly ssub?: number;
  /** Commands queued in a transaction; -1 when there is none. */
  readonly multi?: number;
  /** Keys watched. */
  readonly watch?: number;
  /** Bytes: of the query buffer, free in it, of arguments, queued commands, and of the reply buffer now and at its peak. */
  readonly qbuf?: number;
  readonly qbufFree?: number;
  readonly argvMem?: number;
  readonly multiMem?: number;
  readonly rbs?: number;
  readonly rbp?: number;
  /** The output buffer's length, the length of its list, and that list's bytes. */
  readonly obl?: number;
  readonly oll?: number;
  readonly omem?: number;
  /** Bytes of memory altogether. */
  readonly totMem?: number;
  readonly events?: string;
  /** The last command. */
  readonly cmd?: string;
  readonly user?: string;
  /** The id of the connection that invalidations go to; -1 for none. */
  readonly redir?: number;
  /** The protocol's version. */
  readonly resp?: number;
  readonly libName?: string;
  readonly libVer?: string;
  /** Bytes received and sent, and commands run. */
  readonly totNetIn?: number;
  readonly totNetOut?: number;
  readonly totCmds?: number;
  readonly [field: string]: string | number | undefined;
}

/** Options of `clientPause`. */
export interface ClientPauseOptions {
  /** Holds back only commands that write, or all of them, which is the default. */
  readonly mode?: 'write' | 'all' | undefined;
}

/** Options of `clientTracking`; of `bcast`, `optin` and `optout` at most one. */
export type ClientTrackingOptions = Exclusive<{
  /** Tells of every key with one of the prefixes, read or not. */
  bcast: boolean;
  /** Tells only of keys read right after `clientCaching('yes')`. */
  optin: boolean;
  /** Tells of all keys read but for those read right after `clientCaching('no')`. */
  optout: boolean;
}> & {
  /** The id of the connection that is told. */
  readonly redirect?: Int | undefined;
  /** With `bcast`: only of keys that begin with one of these. */
  readonly prefix?: Many<Key> | undefined;
  /** Does not tell of what this connection itself changes. */
  readonly noloop?: boolean | undefined;
};

/** What a connection has tracking set to. */
export interface ClientTrackinginfoReply<T, I> {
  /** `off`, or `on` and what goes with it: `bcast`, `optin`, `optout`, `noloop`, `caching-yes`, `caching-no`, `broken_redirect`. */
  readonly flags: string[];
  /** The id of the connection that is told; 0 for this one, -1 without tracking. */
  readonly redirect: I;
  readonly prefixes: T[];
}

/** Options of `clientUnblock`. */
export interface ClientUnblockOptions {
  /** Lets the blocked command end as if its time was over, which is the default, or with an `UNBLOCKED` error. */
  readonly type?: 'timeout' | 'error' | undefined;
}

/** Options of `hello`. */
export interface HelloOptions {
  readonly auth?: { readonly username: string; readonly password: string } | undefined;
  /** The connection's name. */
  readonly setname?: string | undefined;
}

/** What a server says of itself in its greeting. What a newer server adds is there too, its name in camelCase. */
export interface HelloReply<I> {
  /** `valkey` or `redis`. */
  readonly server: string;
  readonly version: string;
  /** The protocol spoken from now on: 2 or 3. */
  readonly proto: I;
  /** The connection's id. */
  readonly id: I;
  /** `standalone`, `sentinel` or `cluster`. */
  readonly mode: string;
  /** `master` or `replica`, in the server's words. */
  readonly role: string;
  readonly modules: HelloModule<I>[];
  /** Only of a server that was configured with one. */
  readonly availabilityZone?: string;
  readonly [field: string]: unknown;
}

/** A module the server has loaded. */
export interface HelloModule<I> {
  readonly name: string;
  readonly ver: I;
  readonly path?: string;
  readonly args?: string[];
  readonly [field: string]: unknown;
}

/** Commands on the connection itself, and on the connections of a server. */
export abstract class ConnectionCommands<in out S extends Surface> extends Executor<S> {
  /**
   * Authenticates the connection, with a password alone as the user `default`.
   *
   * The client does this by itself with the credentials in its options. It holds after a reconnect too.
   * Rejects with a `ResponseError` (`WRONGPASS`) when they are refused.
   *
   * Complexity: O(N) for N passwords of the user.
   *
   * @since 1.0.0; with a username 6.0.0
   * @example
   * ```ts
   * await using session = await client.session();
   * await session.executeCommand('ACL', 'SETUSER', 'ada', 'on', '>secret', '+@all', '~*');
   * await session.auth('ada', 'secret'); // => 'OK'
   * await session.executeCommand('ACL', 'DELUSER', 'ada').catch(() => undefined);
   * ```
   * @see https://valkey.io/commands/auth/
   */
  auth(password: string): Result<S, 'OK'>;
  auth(username: string, password: string): Result<S, 'OK'>;
  auth(username: string, password?: string): Result<S, 'OK'> {
    return this.send(AUTH, password === undefined ? [username] : [username, password]);
  }

  /**
   * Says whether the keys of the next command are to be tracked: `yes` under `optin`, `no` under `optout`.
   *
   * It belongs to a connection of its own: call it on a session.
   *
   * Complexity: O(1).
   *
   * @since 6.0.0
   * @example
   * ```ts
   * await using session = await client.session();
   * await session.clientTracking('on', { optin: true });
   * await session.clientCaching('yes'); // => 'OK'
   * ```
   * @see https://valkey.io/commands/client-caching/
   */
  clientCaching(answer: 'yes' | 'no'): Result<S, 'OK'> {
    return this.send(CLIENT_CACHING, [answer]);
  }

  /**
   * Tells the server what this client can do, such as `redirect`. Names it does not know are ignored.
   *
   * Complexity: O(1).
   *
   * @since 8.0.0
   * @example
   * ```ts
   * await using session = await client.session();
   * await session.clientCapa('redirect'); // => 'OK'
   * ```
   * @see https://valkey.io/commands/client-capa/
   */
  clientCapa(capabilities: Many<string>): Result<S, 'OK'> {
    return this.send(CLIENT_CAPA, listOf(CLIENT_CAPA, capabilities, 'capability'));
  }

  /**
   * Gives the name of the connection, or `null` when it has none. Always a string.
   *
   * Complexity: O(1).
   *
   * @since 2.6.9
   * @example
   * ```ts
   * await client.clientSetname('worker-1');
   * await client.clientGetname(); // => 'worker-1'
   * ```
   * @see https://valkey.io/commands/client-getname/
   */
  clientGetname(): Result<S, string | null> {
    return this.send(CLIENT_GETNAME, [], toTextOrNull);
  }

  /**
   * Gives the id of the connection that is told of changes to tracked keys; 0 when there is none, -1 without tracking.
   *
   * Complexity: O(1).
   *
   * @since 6.0.0
   * @example
   * ```ts
   * await client.clientGetredir(); // => -1
   * ```
   * @see https://valkey.io/commands/client-getredir/
   */
  clientGetredir(): Result<S, Integer<S>> {
    return this.send(CLIENT_GETREDIR, []);
  }

  /**
   * Gives the server's own help on CLIENT, line by line.
   *
   * Complexity: O(1).
   *
   * @since 5.0.0
   * @example
   * ```ts
   * const lines = await client.clientHelp();
   * ```
   * @see https://valkey.io/commands/client-help/
   */
  clientHelp(): Result<S, string[]> {
    return this.send(CLIENT_HELP, []);
  }

  /**
   * Gives the connection's id, which the server never gives to another one.
   *
   * Complexity: O(1).
   *
   * @since 5.0.0
   * @example
   * ```ts
   * const id = await client.clientId();
   * ```
   * @see https://valkey.io/commands/client-id/
   */
  clientId(): Result<S, Integer<S>> {
    return this.send(CLIENT_ID, []);
  }

  /**
   * Marks the connection as the source of an import: it sees keys that are past their time. The server must be in import mode.
   *
   * Complexity: O(1).
   *
   * @since 8.1.0
   * @example
   * ```ts
   * await client.executeCommand('CONFIG', 'SET', 'import-mode', 'yes');
   * await using session = await client.session();
   * await session.clientImportSource('on'); // => 'OK'
   * await client.executeCommand('CONFIG', 'SET', 'import-mode', 'no');
   * ```
   * @see https://valkey.io/commands/client-import-source/
   */
  clientImportSource(setting: 'on' | 'off'): Result<S, 'OK'> {
    return this.send(CLIENT_IMPORT_SOURCE, [setting]);
  }

  /**
   * Describes this connection.
   *
   * Complexity: O(1).
   *
   * @since 6.2.0
   * @example
   * ```ts
   * const { id, addr, db } = await client.clientInfo();
   * ```
   * @see https://valkey.io/commands/client-info/
   */
  clientInfo(): Result<S, ClientInfo> {
    return this.send(CLIENT_INFO, [], toClientInfo);
  }

  /**
   * Closes connections, and gives how many: all that fit the filter, or the one with this address.
   *
   * A filter leaves out the connection that asks unless `skipme` is `false`. With an address alone it rejects with a `ResponseError` when
   * there is no such connection. Throws a `DataError` for a filter that is empty or unknown, rather than closing more than was meant.
   *
   * Complexity: O(N) for N connections.
   *
   * @since 2.4.0; filters 2.8.12
   * @example
   * ```ts
   * await client.clientKill({ type: 'pubsub', maxage: 3600 }); // => 0
   * ```
   * @see https://valkey.io/commands/client-kill/
   */
  clientKill(target: string | ClientFilter): Result<S, Integer<S>> {
    if (typeof target === 'string') return this.send(CLIENT_KILL, [target], toOne<Integer<S>>);
    if (!isObject(target)) refuse(CLIENT_KILL, 'takes an address, or a filter as an object');
    const args = pushFilter(CLIENT_KILL, [], target);
    if (args.length === 0) refuse(CLIENT_KILL, 'needs at least one filter');
    return this.send(CLIENT_KILL, args);
  }

  /**
   * Describes the connections of the server that fit the filter, or all of them.
   *
   * Complexity: O(N) for N connections.
   *
   * @since 2.4.0
   * @example
   * ```ts
   * const all = await client.clientList();
   * const subscribers = await client.clientList({ type: 'pubsub' });
   * ```
   * @see https://valkey.io/commands/client-list/
   */
  clientList(filter?: ClientFilter): Result<S, ClientInfo[]> {
    checkOptions(CLIENT_LIST, filter, 'its filter');
    const args = filter === undefined ? [] : pushFilter(CLIENT_LIST, [], filter);
    return this.send(CLIENT_LIST, args, toClientList);
  }

  /**
   * Spares this connection, or no longer, when the server closes clients to save memory. It holds after a reconnect too.
   *
   * Complexity: O(1).
   *
   * @since 7.0.0
   * @example
   * ```ts
   * await client.clientNoEvict('on'); // => 'OK'
   * ```
   * @see https://valkey.io/commands/client-no-evict/
   */
  clientNoEvict(setting: 'on' | 'off'): Result<S, 'OK'> {
    return this.send(CLIENT_NO_EVICT, [setting]);
  }

  /**
   * Lets the commands of this connection leave no trace, or leave one again, in the recency and frequency of keys. It holds after a reconnect too.
   *
   * Complexity: O(1).
   *
   * @since 7.2.0
   * @example
   * ```ts
   * await client.clientNoTouch('on'); // => 'OK'
   * ```
   * @see https://valkey.io/commands/client-no-touch/
   */
  clientNoTouch(setting: 'on' | 'off'): Result<S, 'OK'> {
    return this.send(CLIENT_NO_TOUCH, [setting]);
  }

  /**
   * Lets the server hold back the commands of all clients for `timeout` milliseconds, or those that write.
   *
   * It answers at once. With the mode `all` even `clientUnpause` waits.
   *
   * Complexity: O(1).
   *
   * @since 3.0.0; `mode` 6.2.0
   * @example
   * ```ts
   * await client.clientPause(50, { mode: 'write' }); // => 'OK'
   * await client.clientUnpause(); // => 'OK'
   * ```
   * @see https://valkey.io/commands/client-pause/
   */
  clientPause(timeout: Int, options?: ClientPauseOptions): Result<S, 'OK'> {
    checkOptions(CLIENT_PAUSE, options);
    return this.send(CLIENT_PAUSE, options?.mode === undefined ? [timeout] : [timeout, options.mode]);
  }

  /**
   * Turns the server's replies to this connection on or off, or off for the next command. Only `on` is answered.
   *
   * It belongs to a connection of its own: call it on a session.
   *
   * Complexity: O(1).
   *
   * @since 3.2.0
   * @example
   * ```ts
   * await using session = await client.session();
   * await session.clientReply('on'); // => 'OK'
   * ```
   * @see https://valkey.io/commands/client-reply/
   */
  clientReply(mode: 'on' | 'off' | 'skip'): Result<S, 'OK'> {
    return this.send(CLIENT_REPLY, [mode]);
  }

  /**
   * Tells the server the name or the version of the library in use. The client does so by itself.
   *
   * Complexity: O(1).
   *
   * @since 7.2.0
   * @example
   * ```ts
   * await client.clientSetinfo('lib-name', 'my-app'); // => 'OK'
   * ```
   * @see https://valkey.io/commands/client-setinfo/
   */
  clientSetinfo(attribute: 'lib-name' | 'lib-ver', value: string): Result<S, 'OK'> {
    return this.send(CLIENT_SETINFO, [attribute, value]);
  }

  /**
   * Names the connection; an empty name takes it away. It holds after a reconnect too. A name has no spaces.
   *
   * Complexity: O(1).
   *
   * @since 2.6.9
   * @example
   * ```ts
   * await client.clientSetname('worker-1'); // => 'OK'
   * ```
   * @see https://valkey.io/commands/client-setname/
   */
  clientSetname(name: string): Result<S, 'OK'> {
    return this.send(CLIENT_SETNAME, [name]);
  }

  /**
   * Lets the server tell of changes to keys that this connection has read, or no longer.
   *
   * It belongs to a connection of its own: call it on a session. The option `cache` of a client does all of this by itself.
   * Throws a `DataError` when more than one of `bcast`, `optin` and `optout` is given.
   *
   * Complexity: O(1); with prefixes O(N) for N of them.
   *
   * @since 6.0.0
   * @example
   * ```ts
   * await using session = await client.session();
   * await session.clientTracking('on', { bcast: true, prefix: ['user:', 'item:'], noloop: true }); // => 'OK'
   * await session.clientTracking('off'); // => 'OK'
   * ```
   * @see https://valkey.io/commands/client-tracking/
   */
  clientTracking(setting: 'on' | 'off', options: ClientTrackingOptions = {}): Result<S, 'OK'> {
    checkOptions(CLIENT_TRACKING, options);
    const args: Value[] = [setting];
    if (options.redirect !== undefined) args.push('REDIRECT', options.redirect);
    if (options.prefix !== undefined) {
      for (const prefix of listOf(CLIENT_TRACKING, options.prefix, 'prefix')) args.push('PREFIX', prefix);
    }
    pushTrackingMode(args, options);
    if (options.noloop) args.push('NOLOOP');
    return this.send(CLIENT_TRACKING, args);
  }

  /**
   * Tells what `clientTracking` has set for this connection.
   *
   * Complexity: O(1).
   *
   * @since 6.2.0
   * @example
   * ```ts
   * await client.clientTrackinginfo(); // => { flags: ['off'], redirect: -1, prefixes: [] }
   * ```
   * @see https://valkey.io/commands/client-trackinginfo/
   */
  clientTrackinginfo(): Result<S, ClientTrackinginfoReply<Text<S>, Integer<S>>> {
    return this.send(CLIENT_TRACKINGINFO, [], toTrackinginfo<Text<S>, Integer<S>>);
  }

  /**
   * Ends the blocking command of another connection, and tells whether it was in one.
   *
   * Complexity: O(log N) for N connections.
   *
   * @since 5.0.0
   * @example
   * ```ts
   * await client.clientUnblock(await client.clientId()); // => false
   * ```
   * @see https://valkey.io/commands/client-unblock/
   */
  clientUnblock(clientId: Int, options?: ClientUnblockOptions): Result<S, boolean> {
    checkOptions(CLIENT_UNBLOCK, options);
    return this.send(CLIENT_UNBLOCK, options?.type === undefined ? [clientId] : [clientId, options.type], toBoolean);
  }

  /**
   * Ends what `clientPause` began.
   *
   * Complexity: O(N) for N connections that were held back.
   *
   * @since 6.2.0
   * @example
   * ```ts
   * await client.clientUnpause(); // => 'OK'
   * ```
   * @see https://valkey.io/commands/client-unpause/
   */
  clientUnpause(): Result<S, 'OK'> {
    return this.send(CLIENT_UNPAUSE, []);
  }

  /**
   * Gives `message` back.
   *
   * Complexity: O(1).
   *
   * @since 1.0.0
   * @example
   * ```ts
   * await client.echo('hello'); // => 'hello'
   * ```
   * @see https://valkey.io/commands/echo/
   */
  echo(message: Value): Result<S, Text<S>> {
    return this.send(ECHO, [message]);
  }

  /**
   * Greets the server, choosing the protocol, and gives what it says of itself. Without a protocol it changes nothing.
   *
   * The client does so by itself; here it belongs to a connection of its own: call it on a session.
   * Rejects with a `ResponseError` (`NOPROTO`) for a protocol the server does not speak.
   *
   * Complexity: O(1).
   *
   * @since 6.0.0
   * @example
   * ```ts
   * await using session = await client.session();
   * const { server, version, id } = await session.hello();
   * ```
   * @see https://valkey.io/commands/hello/
   */
  hello(protover?: 2 | 3, options: HelloOptions = {}): Result<S, HelloReply<Integer<S>>> {
    checkOptions(HELLO, options);
    const args: Value[] = protover === undefined ? [] : [protover];
    const { auth, setname } = options;
    checkOptions(HELLO, auth, 'auth');
    if (protover === undefined && (auth ?? setname) !== undefined) refuse(HELLO, 'takes options only after a protocol');
    if (auth !== undefined) args.push('AUTH', auth.username, auth.password);
    if (setname !== undefined) args.push('SETNAME', setname);
    return this.send(HELLO, args, toHello<Integer<S>>);
  }

  /**
   * Answers `PONG`, or with `message`.
   *
   * Complexity: O(1).
   *
   * @since 1.0.0
   * @example
   * ```ts
   * await client.ping(); // => 'PONG'
   * await client.ping('hello'); // => 'hello'
   * ```
   * @see https://valkey.io/commands/ping/
   */
  ping(): Result<S, 'PONG'>;
  ping(message: Value): Result<S, Text<S>>;
  ping(message?: Value): Result<S, Text<S> | 'PONG'> {
    return this.send(PING, message === undefined ? [] : [message]);
  }

  /**
   * Asks the server to close the connection. `close()` is the way to end a client.
   *
   * Complexity: O(1).
   *
   * @since 1.0.0
   * @example
   * ```ts
   * await using session = await client.session();
   * await session.quit(); // => 'OK'
   * ```
   * @see https://valkey.io/commands/quit/
   */
  quit(): Result<S, 'OK'> {
    return this.send(QUIT, []);
  }

  /**
   * Puts the connection back to where it began: no transaction, no subscriptions, no tracking, no name, database 0, RESP2, not authenticated.
   *
   * It belongs to a connection of its own: call it on a session.
   *
   * Complexity: O(1).
   *
   * @since 6.2.0
   * @example
   * ```ts
   * await using session = await client.session();
   * await session.reset(); // => 'RESET'
   * ```
   * @see https://valkey.io/commands/reset/
   */
  reset(): Result<S, 'RESET'> {
    return this.send(RESET, []);
  }

  /**
   * Chooses the database of the connection. It holds after a reconnect too.
   *
   * Complexity: O(1).
   *
   * @since 1.0.0
   * @example
   * ```ts
   * await client.select(1); // => 'OK'
   * ```
   * @see https://valkey.io/commands/select/
   */
  select(index: Int): Result<S, 'OK'> {
    return this.send(SELECT, [index]);
  }
}

/** The server's words for the filters. */
const FILTERS: Readonly<Record<keyof ClientFilter, string>> = {
  id: 'ID',
  type: 'TYPE',
  user: 'USER',
  addr: 'ADDR',
  laddr: 'LADDR',
  skipme: 'SKIPME',
  maxage: 'MAXAGE',
  name: 'NAME',
  idle: 'IDLE',
  flags: 'FLAGS',
  libName: 'LIB-NAME',
  libVer: 'LIB-VER',
  db: 'DB',
  capa: 'CAPA',
  ip: 'IP',
  notId: 'NOT-ID',
  notType: 'NOT-TYPE',
  notUser: 'NOT-USER',
  notAddr: 'NOT-ADDR',
  notLaddr: 'NOT-LADDR',
  notName: 'NOT-NAME',
  notFlags: 'NOT-FLAGS',
  notLibName: 'NOT-LIB-NAME',
  notLibVer: 'NOT-LIB-VER',
  notDb: 'NOT-DB',
  notCapa: 'NOT-CAPA',
  notIp: 'NOT-IP',
};

function pushFilter(spec: Spec, args: Value[], filter: ClientFilter): Value[] {
  for (const [name, value] of Object.entries(filter) as [keyof ClientFilter, Many<Value> | boolean | undefined][]) {
    if (!Object.hasOwn(FILTERS, name)) refuse(spec, `has no filter ${name}`);
    if (value === undefined) continue;
    args.push(FILTERS[name]);
    if (name === 'skipme' && typeof value === 'boolean') args.push(value ? 'YES' : 'NO');
    else pushMany(spec, args, value as Many<Value>, name);
  }
  return args;
}

function pushTrackingMode(args: Value[], { bcast, optin, optout }: ClientTrackingOptions): void {
  const before = args.length;
  if (bcast) args.push('BCAST');
  if (optin) args.push('OPTIN');
  if (optout) args.push('OPTOUT');
  if (args.length - before > 1) refuse(CLIENT_TRACKING, 'takes only one of bcast, optin and optout');
}

/** The form with an address alone answers `OK`: one connection was closed. */
function toOne<I>(_reply: unknown, mode: ReplyMode): I {
  return (mode.integers === 'bigint' ? 1n : 1) as I;
}

const NUMBERS: ReadonlySet<string> = new Set(
  (
    'id fd age idle db sub psub ssub multi watch qbuf qbuf-free argv-mem multi-mem rbs rbp obl oll omem tot-mem redir resp ' +
    'tot-net-in tot-net-out tot-cmds'
  ).split(' '),
);

/** Reads `id=3 addr=127.0.0.1:6379 name=a=b ...`: a value may hold `=`, and the path of a Unix socket spaces. */
export function parseClientInfo(line: string): ClientInfo {
  const info: Record<string, string | number> = {};
  let last = '';
  for (const part of line.split(' ')) {
    const at = part.indexOf('=');
    if (at < 0) {
      if (last !== '') info[last] = `${info[last]} ${part}`;
      continue;
    }
    const name = part.slice(0, at);
    const value = part.slice(at + 1);
    last = toPropertyName(name);
    info[last] = NUMBERS.has(name) && /^-?\d+$/.test(value) ? Number(value) : value;
  }
  return info as unknown as ClientInfo;
}

function toClientInfo(reply: unknown, mode: ReplyMode): ClientInfo {
  return parseClientInfo(toText(reply, mode).trimEnd());
}

function toClientList(reply: unknown, mode: ReplyMode): ClientInfo[] {
  const lines = toText(reply, mode).split('\n');
  return lines.filter((line) => line !== '').map(parseClientInfo);
}

function toTrackinginfo<T, I>(reply: unknown, mode: ReplyMode): ClientTrackinginfoReply<T, I> {
  const named = toNamed(reply, mode);
  return {
    flags: toTexts(named.get('flags'), mode),
    redirect: named.get('redirect') as I,
    prefixes: named.get('prefixes') as T[],
  };
}

function toHello<I>(reply: unknown, mode: ReplyMode): HelloReply<I> {
  const hello = toObject(reply, mode);
  const modules = toNamed(reply, mode).get('modules') as unknown[];
  return { ...hello, modules: modules.map((module) => toObject(module, mode)) } as unknown as HelloReply<I>;
}
