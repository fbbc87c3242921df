import { Backlog, type BacklogOwner } from '../connection/backlog.ts';
import type { Connection } from '../connection/connection.ts';
import type { DedicatedLinkOptions } from '../connection/dedicated-link.ts';
import { Link, type LinkEvents, type LinkState, type LinkStats } from '../connection/link.ts';
import type { Locator } from '../connection/locator.ts';
import { Pool } from '../connection/pool.ts';
import type { Request } from '../connection/request.ts';
import { anew, closedError, overflowError, timeoutError } from '../connection/request-error.ts';
import type { SubscriptionsListener } from '../connection/subscriptions-listener.ts';
import type { Topic } from '../connection/topic.ts';
import { ConnectionError } from '../errors.ts';
import type { Encoding } from '../protocol/reply-mode.ts';
import { after, clock, NEVER } from '../util/clock.ts';
import { Listeners } from '../util/listeners.ts';
import { AnyNode } from './any-node.ts';
import { ClusterLeases, type NodeLeaseOptions } from './cluster-leases.ts';
import { ClusterSubscriptions } from './cluster-subscriptions.ts';
import { FanOut } from './fan-out.ts';
import type { KeyServers } from './key-servers.ts';
import { NO_STATS, Node, type NodeOwner } from './node.ts';
import { NodeTotals } from './node-totals.ts';
import type { ClientStats, RoutedSubscriptions, Router } from './router.ts';
import { CLUSTER_NAME, Routes, type RouteSettings } from './routes.ts';
import type { HostAddress } from './sentinel-address.ts';
import { Topology, type TopologyOptions, type TopologyOwner } from './topology.ts';

/** How a cluster is used. Times in milliseconds. */
export interface ClusterOptions extends RouteSettings {
  readonly topology: TopologyOptions;
}

/** How often nodes are looked at that have gone silent, in milliseconds. */
const LOOK = 1000;
/** How often the end of what is unanswered is looked for while closing, in milliseconds. */
const CLOSING_LOOK = 5;

/** What is told whenever the nodes or their slots have changed. */
export type MapListener = () => void;

/**
 * The nodes of a cluster, each request going to the one that has the slot of its keys.
 *
 * ```
 *   request --> slot of its keys --> shard --> node --> link
 *                                     ^                  | MOVED: the map is patched, and the request sent on
 *                                     |                  | ASK: sent on with ASKING in front
 *                                     |                  | TRYAGAIN, CLUSTERDOWN: held, and routed anew
 *                                     '------------------' lost: what was not written, and what may be repeated, is routed anew
 * ```
 *
 * All of that is within the request's deadline. Each node has a link of its own, so that none waits for another.
 */
export class Cluster implements Router, NodeOwner, TopologyOwner, BacklogOwner {
  readonly events: Listeners<LinkEvents> = new Listeners<LinkEvents>();
  readonly topology: Topology;
  readonly #options: ClusterOptions;
  readonly #routes: Routes;
  readonly #leases: ClusterLeases;
  #state: LinkState = 'idle';
  /** Requests that wait for the first map. */
  readonly #waiting: Backlog = new Backlog(this);
  readonly #totals: NodeTotals = new NodeTotals();
  readonly #enders: Set<() => void> = new Set();
  readonly #mapListeners: Set<MapListener> = new Set();
  /** Lends connections to any node. */
  #anywhere: Pool | undefined;
  #lastCause: Error | undefined;
  #looking: NodeJS.Timeout | undefined;
  #closing: Promise<void> | undefined;
  /** The close that is going on. */
  #ending: object | undefined;
  /** When it waits no longer, by `performance.now()`. */
  #limit = Infinity;

  constructor(options: ClusterOptions) {
    this.#options = options;
    this.topology = new Topology(options.topology, this);
    this.#routes = new Routes(this.topology, options, this);
    this.#leases = new ClusterLeases(this.topology, this.#routes);
  }

  get state(): LinkState {
    return this.#state;
  }

  /** What a scan over all keys walks over. */
  readonly keyServers: KeyServers = {
    primaries: async () => {
      await this.ready();
      return this.primaries.map((node) => ({
        id: node.id,
        send: (request) => this.sendTo(node, request),
        abort: (request, makeError) => this.abort(request, makeError),
      }));
    },
    suspect: () => this.topology.suspect(),
  };

  send(request: Request): void {
    this.#routes.send(request);
  }

  abort(request: Request, makeError: () => Error): void {
    if (request.settled) return;
    const fanOut = FanOut.of(request);
    if (fanOut !== undefined) {
      fanOut.abort(makeError, (portion) => this.abort(portion, makeError));
      return;
    }
    for (const node of this.topology.nodes.values()) if (node.abort(request, makeError)) return;
    Backlog.abort(request, makeError);
  }

  sending(request: Request): void {
    this.#options.node.tracking?.sending(request, false);
  }

  async connect(): Promise<void> {
    await this.#closing;
    if (this.#state === 'closed') this.#state = 'idle';
    this.#start();
    await this.topology.load();
    for (const node of this.primaries) node.link.connect().catch(() => undefined);
  }

  /** Resolves when the nodes are known. */
  async ready(): Promise<void> {
    this.#requireOpen();
    this.#start();
    await this.topology.load();
  }

  close(timeout: number): Promise<void> {
    if (this.#state === 'closed') return Promise.resolve();
    const isFirst = this.#closing === undefined;
    const limit = performance.now() + timeout;
    // Of several closes the first timeout that ends counts.
    if (limit < this.#limit) {
      this.#limit = limit;
      if (!isFirst) for (const node of this.topology.nodes.values()) void node.close(timeout);
    }
    return (this.#closing ??= this.#close());
  }

  destroy(): void {
    if (this.#state === 'closed') return;
    const wasStarted = this.#state !== 'idle';
    this.#endAll('closed');
    clearInterval(this.#looking);
    this.#looking = undefined;
    this.#closing = undefined;
    this.#ending = undefined;
    this.#limit = Infinity;
    for (const node of this.topology.end()) {
      node.destroy();
      this.#totals.ended(node);
    }

    for (const request of this.#routes.redirects.clear()) request.fail(() => closedError(CLUSTER_NAME, request));
    this.#waiting.failAll((request) => closedError(CLUSTER_NAME, request));
    this.#waiting.stop();
    if (wasStarted) this.events.emit('close');
  }

  stats(): ClientStats {
    const stats = {
      queued: this.#waiting.length + this.#routes.redirects.held,
      inFlight: 0,
      bytes: this.#waiting.bytes,
    };
    const { maxConnections } = this.#options.node.poolBounds;
    const pool = { connections: 0, idle: 0, leased: 0, waiting: 0, maxConnections };
    for (const node of this.topology.nodes.values()) {
      const { queued, inFlight, bytes } = node.stats();
      stats.queued += queued;
      stats.inFlight += inFlight;
      stats.bytes += bytes;
      const own = node.poolStats();
      if (own === undefined) continue;
      pool.connections += own.connections;
      pool.idle += own.idle;
      pool.leased += own.leased;
      pool.waiting += own.waiting;
    }
    const { counters, traffic } = this.#totals.with(this.topology.nodes.values());
    counters.redirects += this.#routes.redirects.count;
    return { state: this.#state, ...stats, counters, traffic, pool };
  }

  async lease(options: NodeLeaseOptions): Promise<Connection> {
    const start = performance.now();
    await this.ready();
    return await this.#leases.acquire(options, Math.max(1, options.timeout - (performance.now() - start)));
  }

  release(connection: Connection, reusable: boolean): void {
    this.#leases.release(connection, reusable);
  }

  onClose(end: () => void): () => void {
    this.#requireOpen();
    const own = (): void => end();
    this.#enders.add(own);
    return () => void this.#enders.delete(own);
  }

  /** Whether a command whose keys have several slots is sent as several. */
  get splits(): boolean {
    return this.#options.crossSlot === 'split';
  }

  /** Calls `listener` whenever nodes or slots have changed, until the function it gives is called. */
  onMap(listener: MapListener): () => void {
    const own = (): void => listener();
    this.#mapListeners.add(own);
    return () => void this.#mapListeners.delete(own);
  }

  subscriptions<T extends Topic>(
    listener: SubscriptionsListener<T>,
    encoding: Encoding,
    interval: number | undefined,
  ): RoutedSubscriptions<T> {
    this.#anywhere ??= this.poolFor(new AnyNode(this));
    const options = this.subscriptionOptions(interval);
    return new ClusterSubscriptions<T>(this, this.#anywhere, listener, encoding, options);
  }

  subscriptionOptions(interval: number | undefined): DedicatedLinkOptions {
    const { retry, healthCheckInterval, socketTimeout } = this.#options.node;
    return { retry, interval: interval ?? healthCheckInterval, patience: socketTimeout };
  }

  /** A pool of connections to whichever node a locator says. It ends with the cluster. */
  poolFor(locator: Locator): Pool {
    const { settings, session, poolBounds } = this.#options.node;
    const address = this.#options.topology.startupNodes[0]!;
    const pool = new Pool({ ...settings, address, locator }, session, poolBounds);
    this.#totals.lend(pool);
    this.onClose(() => {
      pool.destroy();
      this.#totals.ended(pool);
    });
    return pool;
  }

  // Nodes

  /** Sends a request to one node, wherever its keys are. */
  sendTo(node: Node, request: Request): void {
    this.#routes.sendTo(node, request);
  }

  /** Sends a command to several nodes, and gives their replies by their names. */
  sendToEach(nodes: readonly Node[], request: Request): void {
    this.#routes.sendToEach(nodes, request);
  }

  get nodes(): Node[] {
    return [...this.topology.nodes.values()];
  }

  get primaries(): Node[] {
    return this.topology.primaries;
  }

  /** Where commands go that any node may run. */
  get defaultNode(): Node {
    return this.#routes.defaultNode;
  }

  set defaultNode(node: Node) {
    this.#routes.defaultNode = node;
  }

  // What nodes and the topology tell

  makeNode(name: string, { host, port }: HostAddress): Node {
    return new Node(name, host, port, this.#options.node, this);
  }

  makeLink({ host, port }: HostAddress): Link {
    const { settings, session, retry, bounds } = this.#options.node;
    return new Link({ ...settings, address: { host, port } }, { ...session }, { ...retry, retries: 0 }, bounds);
  }

  changed(removed: readonly Node[]): void {
    if (this.#state === 'closed') return;
    if (this.#state === 'ready') this.#routes.open();
    for (const node of this.topology.nodes.values()) {
      if (node.role === 'replica' && node.isSilent) this.#giveUp(node);
      if (node.isDown || node.stats().queued > 0) this.#evacuate(node);
    }
    for (const listener of [...this.#mapListeners]) listener();
    for (const node of removed) {
      if (node.isSilent) this.#giveUp(node);
      this.#evacuate(node);
      node.endBlocking();
      this.#totals.left(node, node.close(this.#options.node.socketTimeout));
    }
  }

  failed(cause: Error): void {
    this.#lastCause = cause;
  }

  refused(node: Node, request: Request, message: string): boolean {
    return this.#routes.refused(node, request, message);
  }

  noted(node: Node, message: string): void {
    this.#routes.redirects.noted(node, message);
  }

  lost(node: Node, attempt: LinkEvents['reconnecting'][0]): void {
    this.topology.suspect();
    this.events.emit('reconnecting', attempt);
    if (node.role === 'replica') this.#evacuate(node);
  }

  rotationFailed(failure: LinkEvents['rotationFailed'][0]): void {
    this.events.emit('rotationFailed', failure);
  }

  overdue(request: Request, late: number): () => Error {
    return timeoutError(request, {
      phase: 'queued',
      endpoint: CLUSTER_NAME,
      inFlight: 0,
      loopDelay: late,
      silence: 0,
      cause: this.#lastCause,
    });
  }

  prolong(): boolean {
    return false;
  }

  shortened(): void {}

  // Trouble

  #evacuate(node: Node): void {
    const isGone = this.topology.nodes.get(node.name) !== node;
    const requests = node.withdraw((request) => !isGone && this.#routes.isBound(request, node));
    for (const request of requests) this.#routes.reroute(request);
  }

  /** A node that has gone silent, and is not the primary any more: what it owes will not come. */
  #giveUp(node: Node): void {
    const message = `${node.name} has not answered for ${node.silence} ms, and another node has taken its place`;
    node.link.connection?.destroy(new ConnectionError(message, { code: 'UNRESPONSIVE', endpoint: node.name }));
  }

  #look(): void {
    if (this.nodes.some(isTroubled)) this.topology.suspect();
    if (this.#options.readFrom === 'lowestLatency') for (const node of this.topology.nodes.values()) node.measure();
  }

  // Beginning and end

  wait(request: Request): void {
    const { maxQueuedCommands, maxQueuedBytes } = this.#options.node.bounds;
    const { length, bytes } = this.#waiting;
    if (length >= maxQueuedCommands || bytes + request.size > maxQueuedBytes) {
      const stats: LinkStats = { ...NO_STATS, queued: length, bytes };
      request.fail(() => overflowError(request, CLUSTER_NAME, stats, this.#options.node.bounds));
      return;
    }
    if (request.deadline === NEVER) request.deadline = after(clock(), request.options.timeout);
    this.#waiting.put(request);
    this.#start();
  }

  #start(): void {
    if (this.#state !== 'idle') return;
    this.#state = 'connecting';
    this.events.emit('connect');
    this.topology.load().then(
      () => this.#begin(),
      (error: unknown) => this.#disappoint(error as Error),
    );
  }

  #begin(): void {
    if (this.#state !== 'connecting') return;
    this.#state = 'ready';
    this.#routes.open();
    this.#looking = setInterval(() => this.#look(), LOOK).unref();
    if (this.#options.readFrom === 'lowestLatency') this.#look();
    for (const request of this.#waiting.takeAll()) this.#routes.reroute(request);
    this.events.emit('ready');
  }

  /** The cluster cannot be reached: everybody who waits is told why, and the next request tries anew. */
  #disappoint(error: Error): void {
    if (this.#state !== 'connecting') return;
    this.#state = 'idle';
    this.#lastCause = error;
    this.#waiting.failAll(({ spec, wasSent }) => anew(error, spec.name, wasSent));
    this.events.emit('close');
  }

  async #close(): Promise<void> {
    const ending = (this.#ending = {});
    const left = (): number => Math.max(0, this.#limit - performance.now());
    this.#endAll('closing');
    for (;;) {
      const { queued, inFlight } = this.stats();
      if (queued + inFlight === 0 || left() === 0) break;
      await new Promise<void>((resolve) => setTimeout(resolve, CLOSING_LOOK));
      // It was destroyed meanwhile, and may be another's again.
      if (this.#ending !== ending) return;
    }
    await Promise.all([...this.topology.nodes.values()].map((node) => node.close(left())));
    if (this.#ending === ending) this.destroy();
  }

  /** What has connections of its own for as long as it likes ends with the client. */
  #endAll(state: 'closing' | 'closed'): void {
    const wasWaiting = this.#state === 'connecting';
    this.#state = state;
    this.#routes.close();
    if (wasWaiting) this.#waiting.failAll((request) => closedError(CLUSTER_NAME, request));
    for (const node of this.topology.nodes.values()) node.endBlocking();
    for (const end of [...this.#enders]) end();
    this.#enders.clear();
    this.#anywhere = undefined;
  }

  #requireOpen(): void {
    if (this.#state === 'closed' || this.#state === 'closing') throw closedError(CLUSTER_NAME);
  }
}

function isTroubled(node: Node): boolean {
  return node.isDown || node.isSilent;
}
