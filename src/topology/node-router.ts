import type { Connection } from '../connection/connection.ts';
import type { LinkEvents, LinkState } from '../connection/link.ts';
import type { Request } from '../connection/request.ts';
import { anew } from '../connection/request-error.ts';
import { Subscriptions } from '../connection/subscriptions.ts';
import type { SubscriptionsListener } from '../connection/subscriptions-listener.ts';
import type { Topic } from '../connection/topic.ts';
import type { Encoding } from '../protocol/reply-mode.ts';
import type { Listeners } from '../util/listeners.ts';
import { AnyNode } from './any-node.ts';
import type { Cluster } from './cluster.ts';
import type { Node } from './node.ts';
import type { ClientStats, LeaseOptions, RoutedSubscriptions, Router } from './router.ts';

/** One node of a cluster: whatever is sent goes there, wherever its keys are. */
export class NodeRouter implements Router {
  readonly #cluster: Cluster;
  readonly #choose: () => Node;

  /** `choose` is called for each request, once the nodes are known; it throws when there is no such node. */
  constructor(cluster: Cluster, choose: () => Node) {
    this.#cluster = cluster;
    this.#choose = choose;
  }

  get state(): LinkState {
    return this.#cluster.state;
  }

  get events(): Listeners<LinkEvents> {
    return this.#cluster.events;
  }

  send(request: Request): void {
    if (this.#cluster.topology.isLoaded) {
      this.#cluster.sendTo(this.#choose(), request);
      return;
    }
    this.#cluster.ready().then(
      () => this.#sendLate(request),
      (error: unknown) => request.fail(() => anew(error, request.spec.name)),
    );
  }

  abort(request: Request, makeError: () => Error): void {
    this.#cluster.abort(request, makeError);
  }

  sending(request: Request): void {
    this.#cluster.sending(request);
  }

  connect(): Promise<void> {
    return this.#cluster.connect();
  }

  close(timeout: number): Promise<void> {
    return this.#cluster.close(timeout);
  }

  destroy(): void {
    this.#cluster.destroy();
  }

  stats(): ClientStats {
    return this.#cluster.stats();
  }

  async lease(options: LeaseOptions): Promise<Connection> {
    await this.#cluster.ready();
    return await this.#cluster.lease({ ...options, node: this.#choose() });
  }

  release(connection: Connection, reusable: boolean): void {
    this.#cluster.release(connection, reusable);
  }

  onClose(end: () => void): () => void {
    return this.#cluster.onClose(end);
  }

  subscriptions<T extends Topic>(
    listener: SubscriptionsListener<T>,
    encoding: Encoding,
    interval: number | undefined,
  ): RoutedSubscriptions<T> {
    const pool = this.#cluster.poolFor(new AnyNode(this.#cluster, this.#choose));
    return new Subscriptions<T>(pool, listener, encoding, this.#cluster.subscriptionOptions(interval));
  }

  #sendLate(request: Request): void {
    if (request.settled) return;
    try {
      this.#cluster.sendTo(this.#choose(), request);
    } catch (error) {
      request.fail(() => error);
    }
  }
}
