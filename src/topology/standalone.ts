import { blockingTimeout } from '../commands/blocking.ts';
import { Conduct, refusalOf } from '../commands/conduct.ts';
import { addTraffic } from '../connection/counters.ts';
import { Link, type LinkBounds, type LinkEvents, type LinkState } from '../connection/link.ts';
import type { Connection } from '../connection/connection.ts';
import type { Pool } from '../connection/pool.ts';
import type { Request } from '../connection/request.ts';
import { closedError, needsSession } from '../connection/request-error.ts';
import { Subscriptions } from '../connection/subscriptions.ts';
import type { SubscriptionsListener } from '../connection/subscriptions-listener.ts';
import type { Topic } from '../connection/topic.ts';
import type { ConnectionSettings, RetrySettings } from '../connection/settings.ts';
import type { Tracking } from '../connection/tracking-listener.ts';
import type { Encoding } from '../protocol/reply-mode.ts';
import type { Listeners } from '../util/listeners.ts';
import { BlockingCalls } from './blocking-calls.ts';
import type { ClientStats, LeaseOptions, Router } from './router.ts';
import { trackState } from './session-state.ts';
import { SingleConnection } from './single-connection.ts';

/** How a standalone server is used. */
export interface StandaloneOptions {
  /** Of the connection that all callers share. */
  readonly settings: ConnectionSettings;
  readonly retry: RetrySettings;
  readonly bounds: LinkBounds;
  /** Everything on one connection, as a session has it. */
  readonly single: boolean;
  /** Added to the timeout of a blocking command to give its deadline, in milliseconds. */
  readonly grace: number;
  readonly healthCheckInterval: number;
  readonly socketTimeout: number;
  /** Whether the pool is closed with the client, and nobody else's. */
  readonly ownsPool: boolean;
  /** For the connection that all callers share. */
  readonly tracking?: Tracking | undefined;
}

/** One server: a link that all callers share, and a pool for what cannot share. */
export class Standalone implements Router {
  readonly #link: Link;
  readonly #pool: Pool;
  readonly #blocking: BlockingCalls;
  readonly #single: SingleConnection | undefined;
  readonly #options: StandaloneOptions;
  readonly #enders: Set<() => void> = new Set();
  #closed = false;
  #unhear: (() => void) | undefined;

  constructor(pool: Pool, options: StandaloneOptions) {
    this.#options = options;
    this.#pool = pool;
    // What one client changes on its connection must not show on the connections of others.
    const state = options.ownsPool ? pool.session : { ...pool.session };
    const { tracking } = options;
    const settings = tracking === undefined ? options.settings : { ...options.settings, tracking: tracking.args };
    this.#link = new Link(settings, state, options.retry, options.bounds, tracking?.listener);
    this.#blocking = new BlockingCalls(pool, this.#link, {
      grace: options.grace,
      interval: options.healthCheckInterval,
      patience: options.socketTimeout,
      retry: options.retry,
    });
    this.#hear();
    const changed = options.ownsPool ? (): void => pool.renew() : undefined;
    this.#single = options.single ? new SingleConnection(this.#link, state, options.grace, changed) : undefined;
  }

  get state(): LinkState {
    return this.#link.state;
  }

  get events(): Listeners<LinkEvents> {
    return this.#link.events;
  }

  get single(): boolean {
    return this.#single !== undefined;
  }

  send(request: Request): void {
    if (this.#single !== undefined) this.#single.send(request);
    else if (request.spec.conduct === Conduct.ordinary) this.#link.send(request);
    else this.#sendSpecial(request);
  }

  abort(request: Request, makeError: () => Error): void {
    if (!this.#blocking.abort(request, makeError)) this.#link.abort(request, makeError);
  }

  connect(): Promise<void> {
    if (this.#closed) {
      this.#closed = false;
      this.#hear();
      if (this.#options.ownsPool) this.#pool.reopen();
    }
    return this.#link.connect();
  }

  async close(timeout: number): Promise<void> {
    const start = performance.now();
    this.#endAll();
    await this.#link.close(timeout);
    const left = Math.max(0, timeout - (performance.now() - start));
    if (this.#closed && this.#options.ownsPool) await this.#pool.close({ timeout: left });
  }

  destroy(): void {
    this.#endAll();
    this.#link.destroy();
    if (this.#options.ownsPool) this.#pool.destroy();
  }

  stats(): ClientStats {
    const { counters, ...stats } = this.#link.stats();
    const traffic = { ...this.#link.traffic() };
    addTraffic(traffic, this.#pool.traffic());
    const timeouts = counters.timeouts + this.#pool.timeouts;
    const lost = counters.lost + this.#pool.lost;
    return {
      state: this.#link.state,
      ...stats,
      counters: { ...counters, timeouts, lost },
      traffic,
      pool: this.#pool.stats(),
    };
  }

  async lease(options: LeaseOptions): Promise<Connection> {
    if (this.#closed) throw closedError(this.#link.endpoint);
    return await this.#pool.acquire(options);
  }

  release(connection: Connection, reusable: boolean): void {
    this.#pool.release(connection, reusable);
  }

  onClose(end: () => void): () => void {
    if (this.#closed) throw closedError(this.#link.endpoint);
    // A function of its own, so that the same one can be called twice.
    const own = (): void => end();
    this.#enders.add(own);
    return () => void this.#enders.delete(own);
  }

  subscriptions<T extends Topic>(
    listener: SubscriptionsListener<T>,
    encoding: Encoding,
    interval: number | undefined,
  ): Subscriptions<T> {
    const { retry, healthCheckInterval, socketTimeout } = this.#options;
    const options = { retry, interval: interval ?? healthCheckInterval, patience: socketTimeout };
    return new Subscriptions<T>(this.#pool, listener, encoding, options);
  }

  /** Tells what the pool tells. */
  #hear(): void {
    this.#unhear = this.#pool.events.on('rotationFailed', (failure) =>
      this.#link.events.emit('rotationFailed', failure),
    );
  }

  /** What has connections of its own for as long as it likes ends with the client. */
  #endAll(): void {
    this.#closed = true;
    this.#unhear?.();
    this.#blocking.end();
    for (const end of [...this.#enders]) end();
    this.#enders.clear();
  }

  #sendSpecial(request: Request): void {
    const { spec, args } = request;
    const refusal = refusalOf(spec.name, args, false);
    if (refusal !== undefined) throw needsSession(spec.name, refusal);
    const timeout = spec.conduct === Conduct.blocking ? blockingTimeout(spec, args) : undefined;
    if (spec.conduct === Conduct.blocking && timeout === undefined) this.#link.send(request);
    else if (this.#closed) request.fail(() => closedError(this.#link.endpoint, request));
    else if (timeout !== undefined) this.#blocking.run(request, timeout);
    else if (this.#options.ownsPool) {
      trackState(request, this.#pool.session, () => this.#pool.renew());
      this.#link.send(request);
    } else
      throw needsSession(
        spec.name,
        `${spec.name} would change the connections of a pool that is shared: use client.session()`,
      );
  }
}
