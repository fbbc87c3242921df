import type { Pool } from '../connection/pool.ts';
import type { RequestOptions } from '../connection/request.ts';
import { targetOf, type ConnectionSettings } from '../connection/settings.ts';
import { DataError } from '../errors.ts';
import type { Decoder } from '../commands/spec.ts';
import type { Encoding, Integers } from '../protocol/reply-mode.ts';
import type { Router } from '../topology/router.ts';
import { ReplicaReads } from '../topology/replica-reads.ts';
import { SentinelPool } from '../topology/sentinel-pool.ts';
import { Standalone } from '../topology/standalone.ts';
import { cacheSettings, trackingArguments } from './cache-options.ts';
import type { Connection } from '../connection/connection.ts';
import { placeOf } from './cache-place.ts';
import { CachingRouter } from './caching-router.ts';
import { Client } from './client.ts';
import { givenClientOptions, isPool, type ValkeyOptions } from './client-options.ts';
import { poolOf, type ConnectionPool } from './connection-pool.ts';
import { requestOptions, retrySettings, type AnyOptions } from './options.ts';
import { leased } from './leased.ts';
import { sentinelUrlOptions } from './sentinel-source.ts';
import { Session } from './session.ts';
import { TrackedCache } from './tracked-cache.ts';
import { checkWaitOptions, type WaitOptions } from './wait-options.ts';

/** Added to a blocking command's own timeout. */
const GRACE = 1000;

/**
 * A client of one Valkey server.
 *
 * All callers share one connection, on which the commands of a tick travel in one write; blocking commands and sessions get
 * connections of their own. It connects when first used, or with `connect()`, and reconnects until it is closed. Every command
 * settles within its deadline, and a write is never sent twice.
 *
 * @example
 * ```ts
 * await client.set('greeting', 'hello', { ex: 60 });
 * await client.get('greeting'); // => 'hello'
 * ```
 */
export class Valkey<in out E extends Encoding = 'utf8', in out I extends Integers = 'number'> extends Client<E, I> {
  readonly #router: Router;
  readonly #requestOptions: RequestOptions;

  /**
   * Makes a client; nothing is connected yet.
   *
   * @param options the options, or a URL
   * @throws DataError for an unknown option or an unusable value, naming it
   */
  constructor(options: ValkeyOptions<E, I> | string = {}) {
    const found = sentinelUrlOptions(options);
    const given = found ?? givenClientOptions(options);
    const callbacks = new Map<string, Decoder<unknown>>();
    const requests = requestOptions(given.server, callbacks);
    const pool = given.pool?.inner ?? poolOf(given.server);
    const cache = cacheOf(given.server, pool, requests);
    // A client that Sentinels found its server for has a pool of its own, which looks for it.
    const ownsPool = given.pool === undefined || given === found || handedOver.has(options as object);
    const server = standalone(given.server, pool, ownsPool, cache);
    const router = cache === undefined ? server : new CachingRouter(server, cache);
    super(router, requests, callbacks);
    this.#router = router;
    this.#requestOptions = requests;
  }

  /** Makes a client from a URL; the URL's options win over those given beside it. */
  static fromUrl<E extends Encoding = 'utf8', I extends Integers = 'number'>(
    url: string,
    options: ValkeyOptions<E, I> = {},
  ): Valkey<E, I> {
    return new Valkey<E, I>({ ...options, url });
  }

  /**
   * Makes a client that owns a pool: it is closed with the client. Other clients that borrow the pool do not own it.
   *
   * @throws DataError for what is no pool, an unknown option or an unusable value; the pool is still the caller's then
   */
  static fromPool<E extends Encoding = 'utf8', I extends Integers = 'number'>(
    pool: ConnectionPool,
    options: ValkeyOptions<E, I> = {},
  ): Valkey<E, I> {
    if (!isPool(pool)) throw new DataError('fromPool takes a ConnectionPool', { code: 'INVALID_ARGUMENT' });
    const own = { ...options, connectionPool: pool };
    handedOver.add(own);
    return new Valkey<E, I>(own);
  }

  /**
   * Leases a connection of one's own, for WATCH, MULTI and whatever else cannot share.
   *
   * Waits for one, and for a server that is away, at most `timeout`, in milliseconds; default `socketTimeout`. Rejects with a
   * `MaxConnectionsError` when all are leased for so long, and with an `AbortError` when `signal` fires.
   *
   * @example
   * ```ts
   * await using session = await client.session({ timeout: 500 });
   * await session.watch('stock');
   * ```
   */
  async session(options: WaitOptions = {}): Promise<Session<E, I>> {
    checkWaitOptions(options);
    const requests = this.#requestOptions;
    const { timeout = requests.timeout, signal } = options;
    const wait = { ...requests, timeout, signal };
    const connection = await leased(this.#router, wait, 'aborted while waiting for a connection', {
      purpose: 'a session',
    });
    return new Session<E, I>(this.#router, connection, requests);
  }
}

/** The options of clients whose pool is handed over, rather than lent. Not the pools: others may borrow those. */
const handedOver = new WeakSet<object>();

function cacheOf({ cache = false }: AnyOptions, pool: Pool, requests: RequestOptions): TrackedCache | undefined {
  if (cache === false) return undefined;
  const { settings } = pool;
  const how = cacheSettings(cache);
  const place = (connection: Connection): string => placeOf(connection, settings.onConnect, how);
  return new TrackedCache(how, place, targetOf(settings), requests);
}

/** How the connection that all callers share is made: like those of the pool, but for what the client says itself. */
function sharedSettings(options: AnyOptions, pool: ConnectionSettings): ConnectionSettings {
  const { socketTimeout: silence = pool.silence, healthCheckInterval = pool.healthCheckInterval } = options;
  // In a MULTI of the caller's, a PING would be one of its commands.
  return { ...pool, silence, healthCheckInterval: options.singleConnectionClient === true ? 0 : healthCheckInterval };
}

function standalone(options: AnyOptions, pool: Pool, ownsPool: boolean, cache: TrackedCache | undefined): Router {
  const { readFrom = 'primary' } = options;
  const retry = retrySettings(options.retry);
  const bounds = {
    maxQueuedCommands: options.maxQueuedCommands ?? 1_000_000,
    maxQueuedBytes: options.maxQueuedBytes ?? 256 * 1024 * 1024,
  };
  const server = new Standalone(pool, {
    settings: sharedSettings(options, pool.settings),
    retry,
    bounds,
    single: options.singleConnectionClient ?? false,
    grace: GRACE,
    healthCheckInterval: options.healthCheckInterval ?? 15_000,
    socketTimeout: options.socketTimeout ?? 5000,
    ownsPool,
    tracking: cache === undefined ? undefined : { args: trackingArguments(cache.settings), listener: cache.listener() },
  });
  if (readFrom === 'primary') return server;
  if (!(pool instanceof SentinelPool && pool.role === 'primary')) {
    const message = 'the option readFrom needs a client of a primary that Sentinels find: sentinel.primaryFor(name)';
    throw new DataError(message, { code: 'INVALID_OPTION' });
  }
  return new ReplicaReads(server, pool, readFrom === 'preferReplica', retry, bounds);
}
