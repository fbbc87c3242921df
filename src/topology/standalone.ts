import { blockingTimeout } from '../commands/blocking.ts';
import { Conduct, remedyOf } from '../commands/conduct.ts';
import { Link, type LinkBounds, type LinkEvents, type LinkState } from '../connection/link.ts';
import type { Connection } from '../connection/connection.ts';
import { ConnectionPool } from '../connection/pool.ts';
import type { Request } from '../connection/request.ts';
import { endpointOf, type RetrySettings } from '../connection/settings.ts';
import { ConnectionError, DataError } from '../errors.ts';
import type { Listeners } from '../util/listeners.ts';
import { BlockingCalls } from './blocking-calls.ts';
import type { ClientStats, Router } from './router.ts';
import { trackState } from './session-state.ts';

/** How a standalone server is used. */
export interface StandaloneOptions {
  readonly retry: RetrySettings;
  readonly bounds: LinkBounds;
  /** Everything on one connection, as a session has it. */
  readonly single: boolean;
  /** Added to the timeout of a blocking command to give its deadline, in milliseconds. */
  readonly grace: number;
  readonly healthCheckInterval: number;
  /** Whether the pool is closed with the client. */
  readonly ownsPool: boolean;
}

/** One server: a link that all callers share, and a pool for what cannot share. */
export class Standalone implements Router {
  readonly #link: Link;
  readonly #pool: ConnectionPool;
  readonly #blocking: BlockingCalls;
  readonly #options: StandaloneOptions;

  constructor(pool: ConnectionPool, options: StandaloneOptions) {
    this.#options = options;
    this.#pool = pool;
    this.#link = new Link(pool.settings, pool.session, options.retry, options.bounds);
    this.#blocking = new BlockingCalls(pool, this.#link, options.grace, options.healthCheckInterval);
  }

  get state(): LinkState {
    return this.#link.state;
  }

  get events(): Listeners<LinkEvents> {
    return this.#link.events;
  }

  send(request: Request): void {
    if (request.spec.conduct === Conduct.ordinary) this.#link.send(request);
    else this.#sendSpecial(request);
  }

  abort(request: Request, makeError: () => Error): void {
    if (!this.#blocking.abort(request, makeError)) this.#link.abort(request, makeError);
  }

  connect(): Promise<void> {
    return this.#link.connect();
  }

  async close(timeout: number): Promise<void> {
    const start = performance.now();
    this.#blocking.end();
    await this.#link.close(timeout);
    const left = Math.max(0, timeout - (performance.now() - start));
    if (this.#options.ownsPool) await this.#pool.close({ timeout: left });
  }

  destroy(): void {
    this.#blocking.end();
    this.#link.destroy();
    if (this.#options.ownsPool) this.#pool.destroy();
  }

  stats(): ClientStats {
    return { state: this.#link.state, ...this.#link.stats(), pool: this.#pool.stats() };
  }

  lease(options: { readonly timeout: number; readonly signal: AbortSignal | undefined }): Promise<Connection> {
    return this.#pool.acquire(options);
  }

  release(connection: Connection, reusable: boolean): void {
    if (!reusable) {
      const endpoint = endpointOf(this.#pool.settings.address);
      connection.destroy(new ConnectionError('the session is over', { code: 'CLOSED', endpoint }));
    }
    this.#pool.release(connection);
  }

  #sendSpecial(request: Request): void {
    const { spec } = request;
    if (this.#options.single) {
      this.#link.send(request);
      return;
    }
    switch (spec.conduct) {
      case Conduct.blocking: {
        const timeout = blockingTimeout(spec, request.args);
        if (timeout === undefined) this.#link.send(request);
        else this.#blocking.run(request, timeout);
        return;
      }
      case Conduct.tracked:
        trackState(request, this.#pool);
        this.#link.send(request);
        return;
      default:
        throw new DataError(`${spec.name} would change the connection that all callers share: use ${remedyOf(spec.name)}`, {
          code: 'NEEDS_SESSION',
          command: spec.name,
        });
    }
  }
}
