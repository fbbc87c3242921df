import { Conduct } from '../commands/conduct.ts';
import type { Connection } from '../connection/connection.ts';
import type { LinkEvents, LinkState } from '../connection/link.ts';
import type { Request, RequestOptions } from '../connection/request.ts';
import type { SubscriptionsListener } from '../connection/subscriptions-listener.ts';
import type { Topic } from '../connection/topic.ts';
import type { Encoding } from '../protocol/reply-mode.ts';
import type { KeyServers } from '../topology/key-servers.ts';
import type { ClientStats, LeaseOptions, RoutedSubscriptions, Router } from '../topology/router.ts';
import type { Listeners } from '../util/listeners.ts';
import { CachedReads } from './cached-reads.ts';
import type { TrackedCache } from './tracked-cache.ts';

/** A router whose client caches: the cache hears of all that is sent, and reads ask it first. */
export class CachingRouter implements Router {
  readonly cache: TrackedCache;
  /** The servers that have the keys between them, when there are several. */
  declare readonly keyServers?: KeyServers;
  readonly #router: Router;

  constructor(router: Router, cache: TrackedCache) {
    this.#router = router;
    this.cache = cache;
    cache.use(router);
    if (router.keyServers !== undefined) this.keyServers = router.keyServers;
  }

  get state(): LinkState {
    return this.#router.state;
  }

  get events(): Listeners<LinkEvents> {
    return this.#router.events;
  }

  /** The reads of a view with these options. */
  reads(options: RequestOptions): CachedReads {
    return new CachedReads(this.cache, options);
  }

  send(request: Request): void {
    if (request.spec.conduct === Conduct.tracked) {
      // What is refused moves nobody.
      this.#router.send(request);
      this.cache.sending(request, true);
      return;
    }
    this.cache.sending(request, true);
    this.#router.send(request);
  }

  /** A session sends it on a connection of its own. */
  sending(request: Request): void {
    this.cache.sending(request, false);
  }

  abort(request: Request, makeError: () => Error): void {
    this.#router.abort(request, makeError);
  }

  connect(): Promise<void> {
    return this.#router.connect();
  }

  close(timeout: number): Promise<void> {
    this.cache.end();
    return this.#router.close(timeout);
  }

  destroy(): void {
    this.cache.end();
    this.#router.destroy();
  }

  stats(): ClientStats {
    return this.#router.stats();
  }

  lease(options: LeaseOptions): Promise<Connection> {
    return this.#router.lease(options);
  }

  release(connection: Connection, reusable: boolean): void {
    this.#router.release(connection, reusable);
  }

  onClose(end: () => void): () => void {
    return this.#router.onClose(end);
  }

  subscriptions<T extends Topic>(
    listener: SubscriptionsListener<T>,
    encoding: Encoding,
    interval: number | undefined,
  ): RoutedSubscriptions<T> {
    return this.#router.subscriptions(listener, encoding, interval);
  }
}
