import type { Connection } from '../connection/connection.ts';
import { Pool, type AcquireOptions, type PoolStats } from '../connection/pool.ts';
import { HomeLocator } from '../connection/home-locator.ts';
import { NO_CALLBACKS, type RequestOptions } from '../connection/request.ts';
import { anew } from '../connection/request-error.ts';
import type { Encoding, Integers } from '../protocol/reply-mode.ts';
import type { Router } from '../topology/router.ts';
import { leased } from './leased.ts';
import { check, isObject, isTime, type Rule } from './option-rule.ts';
import {
  connectionSettings,
  ENCODING,
  givenOptions,
  INTEGERS,
  poolBounds,
  requestOptions,
  RULES,
  sessionState,
  type AnyOptions,
  type ServerOptions,
} from './options.ts';
import { Session } from './session.ts';
import { closeTimeout, WAIT_RULES, type CloseOptions, type WaitOptions } from './wait-options.ts';

/** What clients say for themselves, whichever pool they have. */
const OF_CLIENTS = [
  'encoding',
  'integers',
  'singleConnectionClient',
  'maxQueuedCommands',
  'maxQueuedBytes',
  'whenDown',
  'cache',
  'readFrom',
] as const;

/** How a pool is made. Times are in milliseconds; a name that is not known throws, in the URL too. */
export interface ConnectionPoolOptions extends Omit<ServerOptions<Encoding, Integers>, (typeof OF_CLIENTS)[number]> {}

/** How a connection is leased. */
export interface PoolLeaseOptions<E extends Encoding = 'utf8', I extends Integers = 'number'> extends WaitOptions {
  /**
   * Milliseconds to wait for a connection; default `socketTimeout`, and `Infinity` waits for ever. 0 waits for nobody: it rejects at once
   * when all are leased.
   */
  readonly timeout?: number | undefined;
  /** What strings in replies are. Default `'utf8'`. */
  readonly encoding?: E;
  /** What integers in replies are. Default `'number'`. */
  readonly integers?: I;
}

const POOL_RULES = Object.fromEntries(
  Object.entries(RULES).filter(([name]) => !(OF_CLIENTS as readonly string[]).includes(name)),
);

const LEASE_RULES: Readonly<Record<keyof PoolLeaseOptions, Rule>> = {
  ...WAIT_RULES,
  timeout: [(value) => value === 0 || isTime(value), 'milliseconds from 0 up, or Infinity'],
  encoding: ENCODING,
  integers: INTEGERS,
};

/** What a pool consists of. */
export class PoolParts {
  readonly pool: Pool;
  readonly requests: RequestOptions;

  constructor(pool: Pool, requests: RequestOptions) {
    this.pool = pool;
    this.requests = requests;
  }
}

/**
 * Connections of one's own, at most `maxConnections` of them, for what cannot share: WATCH and MULTI, blocking commands, SELECT.
 *
 * A client has one by itself. One that is made alone is leased from with `acquire()`, can be shared by clients, as
 * `new Valkey({ connectionPool })`, or handed over to one, as `Valkey.fromPool(pool)`. Connections are made when they are needed. Whoever
 * comes when all are leased waits, first come, first served; with `maxWaiters: 0` nobody does. The connection that was used last is leased first;
 * one that was idle for `healthCheckInterval` when it has answered a PING. Those that are idle for `idleTimeout` are closed.
 *
 * @example
 * ```ts
 * await using pool = ConnectionPool.fromUrl('valkey://localhost:6379', { maxConnections: 10 });
 * await using lease = await pool.acquire({ timeout: 500 });
 * await lease.set('greeting', 'hello'); // => 'OK'
 * ```
 */
export class ConnectionPool implements AsyncDisposable {
  readonly #pool: Pool;
  readonly #requests: RequestOptions;
  /** As long as none was had from it, a server that cannot be reached is taken to be a mistake. */
  readonly #source: { lease: Router['lease']; state: Router['state'] };

  /**
   * Makes a pool; nothing is connected yet.
   *
   * @param options the options, or a URL
   * @throws DataError for an unknown option or an unusable value, naming it
   */
  constructor(options?: ConnectionPoolOptions | string);
  /** @internal */
  constructor(parts: PoolParts);
  constructor(given: ConnectionPoolOptions | string | PoolParts = {}) {
    const { pool, requests } = given instanceof PoolParts ? given : partsOf(given);
    this.#pool = pool;
    this.#requests = requests;
    this.#source = { lease: (options) => pool.acquire(options), state: 'idle' };
  }

  /** Makes a pool from a URL; the URL's options win over those given beside it. */
  static fromUrl(url: string, options: ConnectionPoolOptions = {}): ConnectionPool {
    return new ConnectionPool({ ...options, url });
  }

  /** What clients have in common that share it. @internal */
  get inner(): Pool {
    return this.#pool;
  }

  /** The address that it connects to, as `host:port` or the path of a socket. */
  get endpoint(): string {
    return this.#pool.endpoint;
  }

  /** Counts of what there is, and of who waits. */
  stats(): PoolStats {
    return this.#pool.stats();
  }

  /**
   * Leases a connection, on which every command may run. Closing the session gives it back, which `await using` does; it is lent again
   * only when nothing was left on it: no MULTI, WATCH, SELECT or subscription, and nothing unanswered.
   *
   * Waits for one, and for a server that is away, at most `timeout`. Rejects with a `MaxConnectionsError` when all are leased for so long,
   * or `maxWaiters` wait already: its `holder` tells who has had one for the longest time. Rejects with an `AbortError` when `signal` fires,
   * and with the first cause when the server cannot be reached from the start.
   *
   * @example
   * ```ts
   * await using pool = new ConnectionPool('valkey://localhost:6379');
   * await using lease = await pool.acquire({ timeout: 500, signal: AbortSignal.timeout(400) });
   * await lease.watch('stock'); // => 'OK'
   * ```
   */
  async acquire<E extends Encoding = 'utf8', I extends Integers = 'number'>(
    options: PoolLeaseOptions<E, I> = {},
  ): Promise<Session<E, I>> {
    check(options, LEASE_RULES, 'option');
    const { encoding, integers } = { ...this.#requests.mode, ...options };
    const requests = { ...this.#requests, mode: { encoding, integers } };
    const { timeout = requests.timeout, signal } = options;
    const aborted = 'aborted while waiting for a connection';
    const purpose = 'a session';
    const connection =
      timeout === 0
        ? await this.#leasedNow({ signal, purpose })
        : await leased(this.#source, { ...requests, timeout, signal }, aborted, { purpose });
    this.#source.state = 'ready';
    return new Session<E, I>(this.#pool, connection, requests);
  }

  /**
   * Lends no more, waits until all leases are back, at most `timeout`, 5000 ms by default, then closes all connections. Rejects for wrong options only.
   * Of several calls, the first timeout that ends counts for all.
   */
  async close(options: CloseOptions = {}): Promise<void> {
    await this.#pool.close({ timeout: closeTimeout(options) });
  }

  /** Closes all connections at once, those that are leased too. */
  destroy(): void {
    this.#pool.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #leasedNow(options: AcquireOptions): Promise<Connection> {
    try {
      return await this.#pool.acquire({ ...options, timeout: this.#pool.settings.connectTimeout, queue: false });
    } catch (error) {
      throw anew(error);
    }
  }
}

function partsOf(given: ConnectionPoolOptions | string): PoolParts {
  if (isObject(given)) check(given, POOL_RULES, 'option');
  const options = givenOptions(given);
  // What the URL says is no more known than what is said beside it.
  check(options, POOL_RULES, 'option');
  return new PoolParts(poolOf(options), requestOptions(options, NO_CALLBACKS));
}

/** The pool that options describe. */
export function poolOf(options: AnyOptions): Pool {
  const settings = connectionSettings(options);
  const { address } = settings;
  const locator = options.redirect === false || 'path' in address ? undefined : new HomeLocator(address);
  return new Pool({ ...settings, locator }, sessionState(options), poolBounds(options));
}
