import type { Decoder } from '../commands/spec.ts';
import type { PoolBounds } from '../connection/pool.ts';
import type { RequestOptions } from '../connection/request.ts';
import type {
  Address,
  ConnectionSettings,
  CredentialProvider,
  OnConnect,
  RetrySettings,
  SessionState,
} from '../connection/settings.ts';
import type { FailureKind, RetryRule } from '../connection/retry-rule.ts';
import type { TlsOptions } from '../connection/tls-options.ts';
import { DataError } from '../errors.ts';
import { DEFAULT_LIMITS } from '../protocol/decoder.ts';
import type { Encoding, Integers } from '../protocol/reply-mode.ts';
import { FullJitterBackoff, type Backoff } from '../util/backoff.ts';
import { LONGEST_TIMER } from '../util/timer.ts';
import { VERSION } from '../version.ts';
import { checkCacheOptions, type CacheOptions } from './cache-options.ts';
import { check, FLAG, has, isObject, isOptions, isTime, oneOf, TEXT, whole, type Rule } from './option-rule.ts';
import { checkTlsOptions } from './tls-option-rule.ts';
import { parseServerUrl } from './url.ts';

/** When a failed dial, or a command that did no harm by failing, is tried again. */
export interface RetryOptions {
  /** How many further tries follow the first. Default 3. Reconnecting, once a connection has stood, goes on for ever. */
  readonly retries?: number;
  /**
   * How long to wait before each. Default `new FullJitterBackoff()`, up to 512 ms. A server that was lost and cannot be reached is waited
   * for with the longer steps from the second wait on, so that its clients do not come back all at once. One of your own is stood in for
   * by the default whenever it throws or gives no wait.
   */
  readonly backoff?: Backoff;
  /**
   * Says that sending a command twice does no harm, so that writes are repeated after a lost connection too. Default false. One that blocks
   * on a connection of its own is not repeated then.
   */
  readonly idempotent?: boolean;
  /** Errors, as classes or codes, after which a command is sent again, though it may have run. Default none. */
  readonly retryOnError?: readonly FailureKind[];
  /**
   * Says that a command that was not answered within its deadline is tried again, with a deadline of its own for each try: it may run
   * several times, and fails after `retries + 1` deadlines at the latest. Not for MULTI. Default false.
   */
  readonly retryOnTimeout?: boolean;
}

/** What can be different from view to view of one client. */
export interface ViewOptions<E extends Encoding = Encoding, I extends Integers = Integers> {
  /** What strings in replies are: `'utf8'` and `'latin1'` text, or `'buffer'`. */
  readonly encoding?: E;
  /** What integers in replies are: `'number'`, or `'bigint'` for those beyond 2^53. */
  readonly integers?: I;
  /** The deadline of every command, in milliseconds from the call; `Infinity` for none. Default: the client's `socketTimeout`. */
  readonly timeout?: number;
  /** Aborts the commands when it fires. */
  readonly signal?: AbortSignal;
  /** What commands do while there is no connection: wait for one within their deadline, or fail at once. Default `'wait'`. */
  readonly whenDown?: 'wait' | 'fail';
  readonly retry?: Omit<RetryOptions, 'backoff'>;
}

/** Which servers answer reads. What a replica answers may be older than what the primary has confirmed. */
export type ReadFrom = 'primary' | 'replica' | 'preferReplica';

/** How a server is reached and used. Times are in milliseconds, sizes in bytes; a name that is not known throws. */
export interface ServerOptions<E extends Encoding = 'utf8', I extends Integers = 'number'> {
  /** `valkey://user:password@host:port/db?option=value`; its options win over those beside it. */
  readonly url?: string;
  /** Default `'127.0.0.1'`. */
  readonly host?: string;
  /** Default 6379. */
  readonly port?: number;
  /** The path of a Unix socket, instead of host and port. */
  readonly path?: string;
  /** 4 or 6 to use that version of IP only. Default: whichever answers first. */
  readonly family?: 0 | 4 | 6;
  /** The database to SELECT. Default 0. */
  readonly db?: number;
  readonly username?: string;
  readonly password?: string;
  /** Asked for credentials on every dial, instead of `username` and `password`. */
  readonly credentialProvider?: CredentialProvider;
  /** Connects with TLS: `true`, or the options of Node's `tls.connect` and ours. The certificate chain and the host name are verified. */
  readonly tls?: boolean | TlsOptions;
  /** The deadline of a command, in milliseconds from its call, written or not. Default 5000. */
  readonly socketTimeout?: number;
  /** How long a dial with its handshake may take. Default 10000. */
  readonly connectTimeout?: number;
  /** TCP keep-alive probes after this many milliseconds of silence; `true` is 30000. Default true. */
  readonly keepAlive?: boolean | number;
  /** Sends small packets at once. Default true. */
  readonly noDelay?: boolean;
  /** RESP version to ask for. 3 falls back to 2 on a server that lacks it. Default 3. */
  readonly protocol?: 2 | 3;
  /** What strings in replies are. Default `'utf8'`. */
  readonly encoding?: E;
  /** What integers in replies are. Default `'number'`. */
  readonly integers?: I;
  /** Told to the server with CLIENT SETNAME. */
  readonly clientName?: string;
  /** Told to the server with CLIENT SETINFO; `''` tells nothing. Default `'valkey-ts'`. */
  readonly libName?: string;
  readonly libVersion?: string;
  readonly retry?: RetryOptions;
  /**
   * A connection that was idle for this long, in milliseconds, is sent a PING ahead of the next command; those that block without a
   * timeout, or are subscribed, are checked as often. 0 is never. Default 15000.
   */
  readonly healthCheckInterval?: number;
  /** Bound of the connections for blocking commands and sessions. Default 50. */
  readonly maxConnections?: number;
  /**
   * How many may wait for others to give such a connection back; one more rejects at once with a `MaxConnectionsError`. With 0 nobody
   * waits. Default `Infinity`.
   */
  readonly maxWaiters?: number;
  /** A connection for blocking commands and sessions is closed after this long without use, in milliseconds. Default 30000. */
  readonly idleTimeout?: number;
  /** A connection for blocking commands and sessions is not used again from this age on, in milliseconds. Default `Infinity`. */
  readonly maxLifetime?: number;
  /** Everything on one connection, which may then block, WATCH and SUBSCRIBE. Default false. */
  readonly singleConnectionClient?: boolean;
  /** Most commands waiting or in flight. Default 1,000,000. */
  readonly maxQueuedCommands?: number;
  /** Most bytes of commands waiting or in flight. Default 256 MiB. */
  readonly maxQueuedBytes?: number;
  /** What commands do while there is no connection. Default `'wait'`. */
  readonly whenDown?: 'wait' | 'fail';
  /** Follows a primary that steps down: to the one that takes over where it says so (Valkey 8 does), else to whoever has its name then. Default true. */
  readonly redirect?: boolean;
  /** Called after the handshake of every connection, which serves commands when it has resolved. */
  readonly onConnect?: OnConnect;
  /** Keeps replies, until the server tells that they have changed. Needs RESP3. Default false. */
  readonly cache?: boolean | CacheOptions;
  /**
   * Where commands go that only read keys, for a client whose server is found by Sentinels: to the primary, to its replicas in turn, or
   * to those as long as there are any. Default `'primary'`.
   */
  readonly readFrom?: ReadFrom;
}

/** Options of any encoding and integers, as they are handled inside. */
export type AnyOptions = ServerOptions<Encoding, Integers>;

/** How long a dial may take where nothing else is said, in milliseconds. */
export const DEFAULT_CONNECT_TIMEOUT = 10_000;
const TIME: Rule = [isTime, 'milliseconds above 0, or Infinity'];
export const ENCODING: Rule = [oneOf('utf8', 'latin1', 'buffer'), "'utf8', 'latin1' or 'buffer'"];
export const INTEGERS: Rule = [oneOf('number', 'bigint'), "'number' or 'bigint'"];
const WHEN_DOWN: Rule = [oneOf('wait', 'fail'), "'wait' or 'fail'"];
const RETRY: Rule = [isOptions, 'an object { retries, backoff, idempotent, retryOnError, retryOnTimeout }'];

const isKinds = (value: unknown): boolean =>
  Array.isArray(value) && value.every((kind) => (typeof kind === 'string' ? kind !== '' : isErrorClass(kind)));

/** A class of this library, of whichever copy of it, or one that extends such a class. */
const isErrorClass = (value: unknown): boolean =>
  typeof value === 'function' && typeof (value as { readonly kind?: unknown }).kind === 'string';

const isProvider = (value: unknown): boolean =>
  has('getCredentials')(value) && ((value as CredentialProvider).onChange === undefined || has('onChange')(value));

/** What each option takes. */
export const RULES: Readonly<Record<keyof AnyOptions, Rule>> = {
  url: TEXT,
  host: [(value) => typeof value === 'string' && value !== '', 'a name or address'],
  port: [whole(1, 65535), 'a port from 1 to 65535'],
  path: [(value) => typeof value === 'string' && value !== '', 'the path of a socket'],
  family: [oneOf(0, 4, 6), '4, 6 or 0'],
  db: [whole(0), 'a whole number from 0 up'],
  username: TEXT,
  password: TEXT,
  credentialProvider: [isProvider, 'an object with getCredentials(), and onChange() if it tells of changes'],
  tls: [(value) => typeof value === 'boolean' || isObject(value), 'true, false or the options of tls.connect'],
  socketTimeout: TIME,
  connectTimeout: [(value) => isTime(value) && (value as number) <= LONGEST_TIMER, 'milliseconds above 0'],
  keepAlive: [(value) => typeof value === 'boolean' || whole(1)(value), 'true, false or milliseconds'],
  noDelay: FLAG,
  protocol: [oneOf(2, 3), '2 or 3'],
  encoding: ENCODING,
  integers: INTEGERS,
  clientName: [(value) => typeof value === 'string' && !/\s/.test(value), 'a string without spaces'],
  libName: TEXT,
  libVersion: TEXT,
  retry: RETRY,
  healthCheckInterval: [
    (value) => value === 0 || (isTime(value) && (value as number) <= LONGEST_TIMER),
    'milliseconds from 0 up',
  ],
  maxConnections: [whole(1), 'a whole number from 1 up'],
  maxWaiters: [(value) => value === Infinity || whole(0)(value), 'a whole number from 0 up, or Infinity'],
  idleTimeout: TIME,
  maxLifetime: TIME,
  singleConnectionClient: FLAG,
  maxQueuedCommands: [whole(1), 'a whole number from 1 up'],
  maxQueuedBytes: [whole(1), 'bytes from 1 up'],
  whenDown: WHEN_DOWN,
  redirect: FLAG,
  onConnect: [(value) => typeof value === 'function', 'a function'],
  cache: [(value) => typeof value === 'boolean' || isObject(value), 'true, false or the options of a cache'],
  readFrom: [oneOf('primary', 'replica', 'preferReplica'), "'primary', 'replica' or 'preferReplica'"],
};

const VIEW_RULES: Readonly<Record<keyof ViewOptions, Rule>> = {
  encoding: ENCODING,
  integers: INTEGERS,
  timeout: TIME,
  signal: [has('addEventListener'), 'an AbortSignal'],
  whenDown: WHEN_DOWN,
  retry: RETRY,
};

const RETRY_RULES: Readonly<Record<keyof RetryOptions, Rule>> = {
  retries: [whole(0), 'a whole number from 0 up'],
  backoff: [has('delay'), 'an object with delay(failures)'],
  idempotent: FLAG,
  retryOnError: [isKinds, 'an array of error classes and codes'],
  retryOnTimeout: FLAG,
};

export function checkViewOptions(options: ViewOptions): void {
  check(options, VIEW_RULES, 'option of a view');
  const { backoff: _, ...ofView } = RETRY_RULES;
  if (options.retry !== undefined) check(options.retry, ofView, 'retry option of a view');
}

/** The options of a client or pool, from an object, a URL or both, checked. The URL's win. */
export function givenOptions(given: AnyOptions | string): AnyOptions {
  const options: unknown = typeof given === 'string' ? { url: given } : given;
  if (!isObject(options)) throw new DataError('the options must be an object or a URL', { code: 'INVALID_OPTION' });
  const { url, ...beside } = options as AnyOptions;
  check(options, RULES, 'option');
  const all: AnyOptions = url === undefined ? beside : joined(beside, parseServerUrl(url));
  checkTogether(url === undefined ? all : { ...all, url });
  return all;
}

/** What a URL asks for by its scheme, the options beside it may tell in detail. */
export function joined(beside: AnyOptions, fromUrl: AnyOptions): AnyOptions {
  const all: AnyOptions = { ...beside, ...fromUrl };
  return fromUrl.tls === true && typeof beside.tls === 'object' ? { ...all, tls: beside.tls } : all;
}

/** Throws for options that are wrong, or contradict each other. */
export function checkTogether(options: AnyOptions): void {
  check(options, RULES, 'option');
  if (options.retry !== undefined) check(options.retry, RETRY_RULES, 'retry option');
  if (typeof options.tls === 'object') checkTlsOptions(options.tls);
  checkCache(options);
  const forbid = (name: keyof AnyOptions, others: readonly (keyof AnyOptions)[], why: string): void => {
    if (options[name] === undefined) return;
    const other = others.find((each) => options[each] !== undefined);
    if (other !== undefined)
      throw new DataError(`the options ${name} and ${other} exclude each other: ${why}`, { code: 'INVALID_OPTION' });
  };
  forbid('path', ['host', 'port'], 'a Unix socket has neither');
  if (options.path !== undefined && options.tls !== undefined && options.tls !== false) {
    const why = 'a Unix socket never leaves the host, and no server speaks TLS on it';
    throw new DataError(`the options path and tls exclude each other: ${why}`, { code: 'INVALID_OPTION' });
  }
  forbid('credentialProvider', ['username', 'password'], 'the provider gives both');
  if (options.username !== undefined && options.password === undefined) {
    throw new DataError('the option username needs a password', { code: 'INVALID_OPTION' });
  }
}

function checkCache(options: AnyOptions): void {
  const { cache = false } = options;
  if (cache === false) return;
  if (cache !== true) checkCacheOptions(cache);
  if (options.singleConnectionClient === true) {
    const why = 'on one connection, a read may be one of a transaction';
    throw new DataError(`the options cache and singleConnectionClient exclude each other: ${why}`, {
      code: 'INVALID_OPTION',
    });
  }
  if (options.readFrom !== undefined && options.readFrom !== 'primary') {
    const why = 'only the primary tells what has changed';
    throw new DataError(`the options cache and readFrom exclude each other: ${why}`, { code: 'INVALID_OPTION' });
  }
  checkCacheProtocol(options, options.protocol);
}

/** Throws when replies are to be kept under a protocol in which the server cannot tell that they have changed. */
export function checkCacheProtocol({ cache = false }: AnyOptions, protocol: 2 | 3 = 3): void {
  if (cache !== false && protocol === 2) {
    throw new DataError('the option cache needs protocol 3: RESP2 has no way to tell of changes', {
      code: 'INVALID_OPTION',
    });
  }
}

export function retrySettings(options: RetryOptions = {}): RetrySettings {
  return { retries: options.retries ?? 3, backoff: options.backoff ?? new FullJitterBackoff() };
}

/** What is to be tried again whatever it did; `undefined`, which costs nothing, when nothing is. */
function retryRule(options: Omit<RetryOptions, 'backoff'> = {}, base: RetryRule | undefined): RetryRule | undefined {
  const onError = options.retryOnError ?? base?.onError ?? [];
  const onTimeout = options.retryOnTimeout ?? base?.onTimeout ?? false;
  return onError.length > 0 || onTimeout ? { onError, onTimeout } : undefined;
}

/** How much the pool of a client may have. */
export function poolBounds(options: AnyOptions): PoolBounds {
  return { maxConnections: options.maxConnections ?? 50, maxWaiters: options.maxWaiters ?? Infinity };
}

/** What the connections of a client need to know. */
export function connectionSettings(options: AnyOptions): ConnectionSettings {
  const address: Address =
    options.path === undefined
      ? { host: options.host ?? '127.0.0.1', port: options.port ?? 6379 }
      : { path: options.path };
  const { keepAlive = true, tls = false, libName = 'valkey-ts' } = options;
  return {
    address,
    family: options.family,
    tls: tls === false ? undefined : tls === true ? {} : tls,
    connectTimeout: options.connectTimeout ?? DEFAULT_CONNECT_TIMEOUT,
    keepAlive: keepAlive === true ? 30_000 : keepAlive,
    noDelay: options.noDelay ?? true,
    protocol: options.protocol ?? 3,
    credentialProvider: options.credentialProvider,
    libName: libName === '' ? undefined : libName,
    libVersion: libName === '' ? undefined : (options.libVersion ?? VERSION),
    limits: DEFAULT_LIMITS,
    silence: options.socketTimeout ?? 5000,
    // In a MULTI of the caller's, a PING would be one of its commands.
    healthCheckInterval: options.singleConnectionClient === true ? 0 : (options.healthCheckInterval ?? 15_000),
    idleTimeout: options.idleTimeout ?? 30_000,
    maxLifetime: options.maxLifetime ?? Infinity,
    onConnect: options.onConnect,
  };
}

export function sessionState(options: AnyOptions): SessionState {
  return {
    db: options.db ?? 0,
    username: options.username,
    password: options.password,
    clientName: options.clientName,
    noEvict: false,
    noTouch: false,
    readonly: false,
  };
}

/** The options of a client's own requests. */
export function requestOptions(options: AnyOptions, callbacks: ReadonlyMap<string, Decoder<unknown>>): RequestOptions {
  return {
    mode: { encoding: options.encoding ?? 'utf8', integers: options.integers ?? 'number' },
    timeout: options.socketTimeout ?? 5000,
    signal: undefined,
    whenDown: options.whenDown ?? 'wait',
    retries: options.retry?.retries ?? 3,
    idempotent: options.retry?.idempotent ?? false,
    retryOn: retryRule(options.retry, undefined),
    callbacks,
  };
}

/** The options of a view's requests: the owner's, with what the view says. */
export function viewOptions(base: RequestOptions, view: ViewOptions): RequestOptions {
  return {
    mode: { encoding: view.encoding ?? base.mode.encoding, integers: view.integers ?? base.mode.integers },
    timeout: view.timeout ?? base.timeout,
    signal: view.signal ?? base.signal,
    whenDown: view.whenDown ?? base.whenDown,
    retries: view.retry?.retries ?? base.retries,
    idempotent: view.retry?.idempotent ?? base.idempotent,
    retryOn: retryRule(view.retry, base.retryOn),
    callbacks: base.callbacks,
  };
}
