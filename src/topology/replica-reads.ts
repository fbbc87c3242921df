import { Conduct } from '../commands/conduct.ts';
import { Flag, KeyIndex, type Spec } from '../commands/spec.ts';
import type { Connection } from '../connection/connection.ts';
import { addCounters, addTraffic, newCounters, newTraffic } from '../connection/counters.ts';
import { Link, type LinkBounds, type LinkEvents, type LinkState } from '../connection/link.ts';
import { lastResolve, newPromise, Request } from '../connection/request.ts';
import type { RetrySettings } from '../connection/settings.ts';
import type { SubscriptionsListener } from '../connection/subscriptions-listener.ts';
import type { Topic } from '../connection/topic.ts';
import type { Encoding } from '../protocol/reply-mode.ts';
import type { Listeners } from '../util/listeners.ts';
import type { ClientStats, LeaseOptions, RoutedSubscriptions, Router } from './router.ts';
import type { SentinelPool } from './sentinel-pool.ts';

/** A cursor is the server's own that gave it; what consumers of a stream have is asked for in order to write. */
const OF_THE_PRIMARY = /SCAN$|^XPENDING$|^XINFO /;

const reads = new Map<Spec, boolean>();

/** Whether any server that has the data can answer. */
function isRead(spec: Spec): boolean {
  let found = reads.get(spec);
  if (found === undefined) {
    const isAnywhere = spec.has(Flag.readonly) && spec.conduct === Conduct.ordinary && !spec.composed;
    found = isAnywhere && spec.keyIndex !== KeyIndex.none && !OF_THE_PRIMARY.test(spec.name);
    // Commands of modules, and those that have code, are as many as their users make.
    if (spec.known) reads.set(spec, found);
  }
  return found;
}

/** Pipelines and locks have requests of their own: those read what they have written. */
const isPlain = (request: Request): boolean => Object.getPrototypeOf(request) === Request.prototype;

/**
 * Sends what only reads keys to replicas in turn, and everything else where it went before.
 *
 * There is a link for each replica that is known. A link whose replica is lost goes to the next one, and takes along what was not
 * answered: to read twice does no harm.
 */
export class ReplicaReads implements Router {
  readonly #primary: Router;
  readonly #pool: SentinelPool;
  readonly #makeLink: () => Link;
  /** Where requests went that can be aborted. */
  readonly #places: WeakMap<Request, Link> = new WeakMap();
  #links: Link[] = [];
  /** Of the links that are closed. */
  readonly #counters = newCounters();
  readonly #traffic = newTraffic();
  #next = 0;

  constructor(primary: Router, pool: SentinelPool, orPrimary: boolean, retry: RetrySettings, bounds: LinkBounds) {
    this.#primary = primary;
    this.#pool = pool;
    const settings = { ...pool.settings, locator: pool.replicas(orPrimary) };
    this.#makeLink = () => new Link(settings, pool.session, retry, bounds);
  }

  get state(): LinkState {
    return this.#primary.state;
  }

  get events(): Listeners<LinkEvents> {
    return this.#primary.events;
  }

  get single(): boolean {
    return this.#primary.single ?? false;
  }

  send(request: Request): void {
    // What is sent to a closed client is refused there like everything else.
    if (isRead(request.spec) && isPlain(request) && !this.#isClosed) {
      const link = this.#turn();
      if (request.options.signal !== undefined) this.#places.set(request, link);
      link.send(request);
      return;
    }
    this.#primary.send(request);
    if (request.spec.conduct === Conduct.tracked) this.#repeat(request);
  }

  abort(request: Request, makeError: () => Error): void {
    const link = this.#places.get(request);
    if (link === undefined) this.#primary.abort(request, makeError);
    else link.abort(request, makeError);
  }

  connect(): Promise<void> {
    return this.#primary.connect();
  }

  async close(timeout: number): Promise<void> {
    const links = this.#links;
    this.#links = [];
    await Promise.all([this.#primary.close(timeout), ...links.map((link) => link.close(timeout))]);
    for (const link of links) this.#ended(link);
  }

  destroy(): void {
    for (const link of this.#links.splice(0)) {
      link.destroy();
      this.#ended(link);
    }
    this.#primary.destroy();
  }

  stats(): ClientStats {
    const stats = this.#primary.stats();
    let { queued, inFlight, bytes } = stats;
    const counters = { ...this.#counters };
    const traffic = { ...this.#traffic };
    addCounters(counters, stats.counters);
    addTraffic(traffic, stats.traffic);
    for (const link of this.#links) {
      const own = link.stats();
      queued += own.queued;
      inFlight += own.inFlight;
      bytes += own.bytes;
      addCounters(counters, own.counters);
      addTraffic(traffic, link.traffic());
    }
    return { ...stats, queued, inFlight, bytes, counters, traffic };
  }

  lease(options: LeaseOptions): Promise<Connection> {
    return this.#primary.lease(options);
  }

  release(connection: Connection, reusable: boolean): void {
    this.#primary.release(connection, reusable);
  }

  onClose(end: () => void): () => void {
    return this.#primary.onClose(end);
  }

  subscriptions<T extends Topic>(
    listener: SubscriptionsListener<T>,
    encoding: Encoding,
    interval: number | undefined,
  ): RoutedSubscriptions<T> {
    return this.#primary.subscriptions(listener, encoding, interval);
  }

  #ended(link: Link): void {
    addCounters(this.#counters, link.stats().counters);
    addTraffic(this.#traffic, link.traffic());
  }

  #turn(): Link {
    const links = this.#links;
    if (links.length < Math.max(1, this.#pool.replicaCount)) links.push(this.#makeLink());
    this.#next = (this.#next + 1) % links.length;
    return links[this.#next]!;
  }

  get #isClosed(): boolean {
    return this.#primary.state === 'closed' || this.#primary.state === 'closing';
  }

  /** What changes a connection changes those to the replicas too. */
  #repeat({ spec, args, options, size }: Request): void {
    for (const link of this.#links) {
      if (link.state === 'idle') continue;
      const reply = newPromise<unknown>();
      // Where it failed, the caller hears it from the primary; a connection that is lost starts from what was set.
      reply.catch(() => undefined);
      link.send(new Request(spec, args, undefined, { ...options, signal: undefined }, size, lastResolve()));
    }
  }
}
