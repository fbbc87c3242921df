import { Conduct, refusalOf } from '../commands/conduct.ts';
import { Flag, type Spec } from '../commands/spec.ts';
import { beginAsking } from '../connection/asking.ts';
import { Backlog, type BacklogOwner } from '../connection/backlog.ts';
import type { Connection } from '../connection/connection.ts';
import { GROUP } from '../connection/group.ts';
import type { DedicatedLinkOptions } from '../connection/dedicated-link.ts';
import { Link, type LinkEvents, type LinkState, type LinkStats } from '../connection/link.ts';
import type { Locator } from '../connection/locator.ts';
import { ConnectionPool } from '../connection/pool.ts';
import type { Request } from '../connection/request.ts';
import { anew, closedError, needsSession, overflowError, timeoutError } from '../connection/request-error.ts';
import type { SubscriptionsListener } from '../connection/subscriptions-listener.ts';
import type { Topic } from '../connection/topic.ts';
import { ClusterError, ConnectionError, CrossSlotError, DataError, SlotNotCoveredError } from '../errors.ts';
import type { Encoding } from '../protocol/reply-mode.ts';
import { after, clock, NEVER } from '../util/clock.ts';
import { Listeners } from '../util/listeners.ts';
import { AnyNode } from './any-node.ts';
import { ClusterSubscriptions } from './cluster-subscriptions.ts';
import { CommandLookup } from './command-lookup.ts';
import { FanOut, mergeOf } from './fan-out.ts';
import { Held } from './held.ts';
import type { KeyServers } from './key-servers.ts';
import { NO_STATS, Node, type NodeOptions, type NodeOwner } from './node.ts';
import { readPolicy, type ClusterReadFrom, type ReadPolicy } from './read-policy.ts';
import { readRedirection } from './redirection.ts';
import type { ClientStats, LeaseOptions, RoutedSubscriptions, Router } from './router.ts';
import { trackState } from './session-state.ts';
import { NO_SLOT, SEVERAL, slotOf, slotOfRequest } from './slot-of.ts';
import { SlotMap, type Shard } from './slot-map.ts';
import { isSplittable, split } from './split.ts';
import type { HostAddress } from './sentinel-address.ts';
import { Topology, type TopologyOptions, type TopologyOwner } from './topology.ts';

/** How a cluster is used. Times in milliseconds. */
export interface ClusterOptions {
  readonly node: NodeOptions;
  readonly topology: TopologyOptions;
  readonly readFrom: ClusterReadFrom;
  /** The zone that the client itself is in. */
  readonly zone: string | undefined;
  /** What becomes of a command whose keys have several slots, and that can be split by them. */
  readonly crossSlot: 'split' | 'error';
  /** Every so many MOVEDs the whole map is asked for; 0 is never. */
  readonly reinitializeSteps: number;
}

/** A request is given up when it was redirected more often. */
const MAX_REDIRECTS = 16;
/** So often it is redirected at once; from then on with a pause, since the nodes have not agreed yet. */
const QUICK_REDIRECTS = 4;
/** How often nodes are looked at that have gone silent, in milliseconds. */
const LOOK = 1000;
/** How often the end of what is unanswered is looked for while closing, in milliseconds. */
const CLOSING_LOOK = 5;

/** Any node may run these, and there may be many of them. */
const SPREAD: number = Flag.pubsub | Flag.noscript;

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
  readonly #reads: ReadPolicy | undefined;
  readonly #lookup: CommandLookup = new CommandLookup((request) => this.send(request));
  /** Where requests go; nowhere while the cluster is not known, or closed. */
  #map: SlotMap<Node> = NOWHERE;
  #state: LinkState = 'idle';
  /** Requests that wait for the first map. */
  readonly #waiting: Backlog = new Backlog(this);
  readonly #held: Held = new Held((requests) => {
    for (const request of requests) this.#reroute(request);
  });
  /** Requests that go to one node, whatever it says. */
  readonly #pinned: WeakMap<Request, Node> = new WeakMap();
  /** How often requests were redirected. */
  readonly #redirects: WeakMap<Request, number> = new WeakMap();
  readonly #leases: WeakMap<Connection, Node> = new WeakMap();
  readonly #enders: Set<() => void> = new Set();
  readonly #mapListeners: Set<MapListener> = new Set();
  /** Lends connections to any node. */
  #anywhere: ConnectionPool | undefined;
  #defaultNode: string | undefined;
  #moved = 0;
  #lastCause: Error | undefined;
  #looking: NodeJS.Timeout | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: ClusterOptions) {
    this.#options = options;
    this.#reads = readPolicy(options.readFrom, options.zone);
    this.topology = new Topology(options.topology, this);
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
    const { spec, args } = request;
    const index = spec.keyIndex;
    if (index >= 0 && !spec.manyKeys && spec.conduct === Conduct.ordinary && index < args.length && spec.known) {
      const shard = this.#map.find(slotOf(args[index]!));
      if (shard !== undefined) {
        const reads = this.#reads;
        const node = reads === undefined || !spec.has(Flag.readonly) ? shard.primary : reads(shard);
        node.link.send(request);
        return;
      }
    }
    this.#sendOtherwise(request);
  }

  abort(request: Request, makeError: () => Error): void {
    if (request.settled) return;
    for (const node of this.topology.nodes.values()) if (node.abort(request, makeError)) return;
    Backlog.abort(request, makeError);
  }

  sending(request: Request): void {
    this.#options.node.tracking?.sending(request);
  }

  async connect(): Promise<void> {
    await this.#closing;
    if (this.#state === 'closed') this.#state = 'idle';
    this.#start();
    await this.topology.load();
    for (const shard of this.#map.shards) shard.primary.link.connect().catch(() => undefined);
  }

  /** Resolves when the nodes are known. */
  async ready(): Promise<void> {
    this.#requireOpen();
    this.#start();
    await this.topology.load();
  }

  close(timeout: number): Promise<void> {
    if (this.#state === 'closed') return Promise.resolve();
    return (this.#closing ??= this.#close(timeout));
  }

  destroy(): void {
    if (this.#state === 'closed') return;
    const wasStarted = this.#state !== 'idle';
    this.#endAll('closed');
    clearInterval(this.#looking);
    this.#looking = undefined;
    this.#closing = undefined;
    for (const node of this.topology.end()) node.destroy();

    for (const request of this.#held.clear()) request.fail(() => closedError(this.#name));
    this.#waiting.failAll(() => closedError(this.#name));
    this.#waiting.stop();
    if (wasStarted) this.events.emit('close');
  }

  stats(): ClientStats {
    const stats = { queued: this.#waiting.length + this.#held.length, inFlight: 0, bytes: this.#waiting.bytes };
    const counters = { retries: 0, reconnects: 0, timeouts: 0, lost: 0 };
    const { maxConnections } = this.#options.node;
    const pool = { connections: 0, idle: 0, leased: 0, waiting: 0, maxConnections };
    for (const node of this.topology.nodes.values()) {
      const { queued, inFlight, bytes, counters: ofNode } = node.stats();
      for (const name of Object.keys(counters) as (keyof typeof counters)[]) counters[name] += ofNode[name];
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
    return { state: this.#state, ...stats, counters, pool };
  }

  async lease(options: LeaseOptions & { readonly node?: Node | undefined }): Promise<Connection> {
    const { timeout, signal } = options;
    const start = performance.now();
    await this.ready();
    const node = this.#nodeToLease(options);
    const left = Math.max(1, timeout - (performance.now() - start));
    try {
      const connection = await node.pool.acquire({ timeout: left, signal });
      this.#leases.set(connection, node);
      return connection;
    } catch (error) {
      this.topology.suspect();
      throw error;
    }
  }

  #nodeToLease({ node, key, redirection }: LeaseOptions & { readonly node?: Node | undefined }): Node {
    if (node !== undefined) return node;
    const told = redirection === undefined ? undefined : readRedirection(redirection);
    if (told !== undefined) {
      const slot = this.ownerOf(told.slot);
      return told.isAsk ? (this.topology.follow(told, slot) ?? slot) : slot;
    }
    return key === undefined ? this.defaultNode : this.ownerOf(slotOf(key));
  }

  release(connection: Connection, reusable: boolean): void {
    if (!reusable) {
      const { endpoint } = connection;
      connection.destroy(new ConnectionError('the session is over', { code: 'CLOSED', endpoint }));
    }
    this.#leases.get(connection)?.pool.release(connection);
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
  poolFor(locator: Locator): ConnectionPool {
    const { settings, session, maxConnections } = this.#options.node;
    const address = this.#options.topology.startupNodes[0]!;
    const pool = new ConnectionPool({ ...settings, address, locator }, session, maxConnections);
    this.onClose(() => pool.destroy());
    return pool;
  }

  // Nodes

  /** Sends a request to one node, wherever its keys are. */
  sendTo(node: Node, request: Request): void {
    const { spec, args } = request;
    const refusal = refusalOf(spec.name, args, false);
    if (refusal !== undefined) throw needsSession(spec.name, refusal);
    this.#pinned.set(request, node);
    this.sending(request);
    if (this.#state === 'closed' || this.#state === 'closing') request.fail(() => closedError(this.#name));
    else {
      if (spec.conduct === Conduct.tracked) trackState(request, node.session, () => node.pool.renew());
      node.send(request);
    }
  }

  /** The node that has a slot. */
  ownerOf(slot: number): Node {
    const shard = this.topology.map.find(slot);
    if (shard === undefined) throw notCovered(slot);
    return shard.primary;
  }

  get nodes(): Node[] {
    return [...this.topology.nodes.values()];
  }

  /** Sends a command to several nodes, and gives their replies by their names. */
  sendToEach(nodes: readonly Node[], request: Request): void {
    const { decode, args, spec } = request;
    request.decode = undefined;
    const fanOut = new FanOut(request, (replies) => new Map(nodes.map(({ name }, i) => [name, replies[i]])));
    for (const _ of nodes) fanOut.add(spec, args, decode);
    fanOut.portions.forEach((portion, i) => this.sendTo(nodes[i]!, portion));
  }

  get primaries(): Node[] {
    return [...this.topology.map.shards].map(({ primary }) => primary);
  }

  /** Where commands go that any node may run: the one that was chosen, while it is there, or the first primary that is not down. */
  get defaultNode(): Node {
    const chosen = this.#defaultNode === undefined ? undefined : this.topology.nodes.get(this.#defaultNode);
    const { primaries } = this;
    const node = chosen ?? primaries.find((primary) => !primary.isDown && primary.silence < LOOK) ?? primaries[0];
    if (node === undefined) throw new ClusterError('no node of the cluster is known yet', { code: 'NO_NODE' });
    return node;
  }

  set defaultNode(node: Node) {
    this.#defaultNode = node.name;
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
    if (this.#state === 'ready') this.#map = this.topology.map;
    for (const node of this.topology.nodes.values()) {
      if (node.role === 'replica' && node.silence >= LOOK) this.#giveUp(node);
      if (node.isDown || node.stats().queued > 0) this.#evacuate(node);
    }
    for (const listener of [...this.#mapListeners]) listener();
    for (const node of removed) {
      if (node.silence >= LOOK) this.#giveUp(node);
      this.#evacuate(node);
      node.endBlocking();
      void node.close(this.#options.node.socketTimeout);
    }
  }

  failed(cause: Error): void {
    this.#lastCause = cause;
  }

  refused(node: Node, request: Request, message: string): boolean {
    if (this.#pinned.has(request)) return false;
    const redirection = readRedirection(message);
    if (redirection !== undefined) {
      const target = this.topology.follow(redirection, node);
      if (!redirection.isAsk) this.#countMoved();
      return this.#redirect(request, target, redirection.isAsk);
    }
    if (/^(READONLY|CLUSTERDOWN|MASTERDOWN) /.test(message)) this.topology.suspect();
    else if (!message.startsWith('TRYAGAIN ') && !(message.startsWith('LOADING ') && node.role === 'replica'))
      return false;
    // Nobody contradicts anybody: half of a slot's keys are here, and half there.
    this.#redirects.delete(request);
    return this.#hold(request);
  }

  noted(node: Node, message: string): void {
    const redirection = readRedirection(message);
    if (redirection === undefined || redirection.isAsk) return;
    this.topology.follow(redirection, node);
    this.#countMoved();
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
    return timeoutError(request, 'queued', this.#name, 0, late, this.#lastCause);
  }

  prolong(): boolean {
    return false;
  }

  shortened(): void {}

  // Routes

  #sendOtherwise(request: Request): void {
    const { spec, args } = request;
    if (spec.conduct > Conduct.blocking) {
      const refusal = refusalOf(spec.name, args, false);
      if (refusal !== undefined) throw needsSession(spec.name, refusal);
    }
    if (this.#state === 'closed' || this.#state === 'closing') request.fail(() => closedError(this.#name));
    else if (this.#state !== 'ready') this.#wait(request);
    else if (!spec.known && spec !== GROUP) this.#lookUp(request);
    else if (spec.conduct === Conduct.tracked) this.#sendToAll(request);
    else this.#route(request);
  }

  #route(request: Request): void {
    const slot = slotOfRequest(request);
    if (slot === NO_SLOT) this.#sendKeyless(request);
    else if (slot === SEVERAL) this.#sendAcross(request);
    else this.#sendToSlot(request, slot);
  }

  #sendToSlot(request: Request, slot: number): void {
    const shard = this.#map.find(slot);
    if (shard === undefined) this.#missing(request, slot);
    else this.#deliver(this.#nodeOf(shard, request.spec), request);
  }

  #nodeOf(shard: Shard<Node>, spec: Spec): Node {
    return this.#reads === undefined || !spec.has(Flag.readonly) ? shard.primary : this.#reads(shard);
  }

  /** Keys of several slots: one command for each of them, if that does the same. */
  #sendAcross(request: Request): void {
    const { spec } = request;
    if (this.#options.crossSlot === 'split' && isSplittable(spec)) {
      for (const portion of split(request).portions) this.#sendPortion(portion);
      return;
    }
    const what = spec === GROUP ? 'the commands of a transaction have' : `${spec.name}: its keys have`;
    const remedy = 'a hash tag, as in {user:1}:name, puts keys into one slot';
    request.fail(
      () => new CrossSlotError(`CROSSSLOT ${what} keys of several slots; ${remedy}`, { command: spec.name }),
    );
  }

  #sendKeyless(request: Request): void {
    const { spec } = request;
    const { requestPolicy: policy, responsePolicy } = spec;
    if (spec.name === 'SCAN') {
      const why = 'the cursor of SCAN belongs to one node: use client.scanIter(), or client.on(node).scan()';
      throw new DataError(why, { code: 'NEEDS_NODE', command: spec.name });
    }
    const isOfOne = responsePolicy === 'special' && spec.name !== 'RANDOMKEY';
    if (policy === undefined || isOfOne) this.#deliver(this.#anyNode(spec), request);
    else this.#fanOut(request, policy === 'all_nodes' ? [...this.topology.nodes.values()] : this.primaries);
  }

  #anyNode(spec: Spec): Node {
    const isSpread = (spec.flags & SPREAD) !== 0 && !spec.has(Flag.admin);
    if (!isSpread || this.#defaultNode !== undefined) return this.defaultNode;
    const up = this.primaries.filter((node) => node.isReady && node.silence < LOOK);
    return up[Math.floor(Math.random() * up.length)] ?? this.defaultNode;
  }

  #fanOut(request: Request, nodes: readonly Node[]): void {
    const fanOut = new FanOut(request, mergeOf(request.spec), request.spec.responsePolicy === 'one_succeeded');
    for (const _ of nodes) fanOut.add(request.spec, request.args);
    fanOut.portions.forEach((portion, i) => this.sendTo(nodes[i]!, portion));
  }

  /** A command that changes connections is sent to all that there are, and makes those that come begin so. */
  #sendToAll(request: Request): void {
    const used = [...this.topology.nodes.values()].filter((node) => node.isUsed);
    const nodes = used.length === 0 ? [this.defaultNode] : used;
    const fanOut = new FanOut(request, (replies) => replies[0]);
    for (const _ of nodes) fanOut.add(request.spec, request.args);
    trackState(request, this.#options.node.session, () => {
      for (const node of this.topology.nodes.values())
        if (!nodes.includes(node)) node.adopt(this.#options.node.session);
    });
    fanOut.portions.forEach((portion, i) => this.sendTo(nodes[i]!, portion));
  }

  #sendPortion(request: Request): void {
    try {
      this.#route(request);
    } catch (error) {
      request.fail(() => error);
    }
  }

  #lookUp(request: Request): void {
    const { spec, options } = request;
    if (request.deadline === NEVER) request.deadline = after(clock(), options.timeout);
    this.#lookup.find(spec, options.timeout).then(
      (known) => {
        if (request.settled) return;
        if (known === undefined) this.#deliver(this.defaultNode, request);
        else {
          request.spec = known;
          this.#again(request);
        }
      },
      (error: unknown) => request.fail(() => anew(error)),
    );
  }

  /** Gives a request to a node, its deadline going on if it has begun. */
  #deliver(node: Node, request: Request): void {
    if (request.deadline === NEVER) node.send(request);
    else node.resend(request);
  }

  // Trouble

  #redirect(request: Request, target: Node | undefined, isAsk: boolean): boolean {
    const redirects = (this.#redirects.get(request) ?? 0) + 1;
    this.#redirects.set(request, redirects);
    if (redirects > MAX_REDIRECTS) {
      const { name: command } = request.spec;
      const message = `${command}: redirected ${MAX_REDIRECTS} times: the nodes do not agree who has its slot; it did not run`;
      request.fail(() => new ClusterError(message, { code: 'TOO_MANY_REDIRECTS', command }));
      return true;
    }
    if (target === undefined) this.topology.suspect();
    if (target === undefined || redirects > QUICK_REDIRECTS) return this.#hold(request);
    if (isAsk) beginAsking(request);
    target.resend(request);
    return true;
  }

  /** Routes a request anew after a pause; false when it has no time for that. */
  #hold(request: Request): boolean {
    const delay = Math.max(1, this.#options.node.retry.backoff.delay(++request.attempts));
    return this.#held.add(request, delay);
  }

  #missing(request: Request, slot: number): void {
    this.topology.suspect();
    if (!this.#hold(request)) request.fail(() => notCovered(slot));
  }

  /** Sends a request to where its keys are now. */
  #reroute(request: Request): void {
    if (request.settled) return;
    const pinned = this.#pinned.get(request);
    if (pinned !== undefined) pinned.resend(request);
    else this.#again(request);
  }

  /** As `send`, for requests that nobody waits for in a call. */
  #again(request: Request): void {
    if (this.#map === NOWHERE && this.#state === 'closing') {
      // What was there before the end still goes its way.
      const shard = this.topology.map.find(Math.max(0, slotOfRequest(request)));
      if (shard === undefined) request.fail(() => closedError(this.#name));
      else shard.primary.resend(request);
      return;
    }
    try {
      this.#sendOtherwise(request);
    } catch (error) {
      request.fail(() => error);
    }
  }

  #evacuate(node: Node): void {
    for (const request of node.withdraw()) this.#reroute(request);
  }

  /** A node that has gone silent, and is not the primary any more: what it owes will not come. */
  #giveUp(node: Node): void {
    const message = `${node.name} has not answered for ${node.silence} ms, and another node has taken its place`;
    node.link.connection?.destroy(new ConnectionError(message, { code: 'UNRESPONSIVE', endpoint: node.name }));
  }

  #countMoved(): void {
    const { reinitializeSteps } = this.#options;
    if (reinitializeSteps > 0 && ++this.#moved % reinitializeSteps === 0) this.topology.suspect();
  }

  #look(): void {
    if (this.nodes.some(isTroubled)) this.topology.suspect();
    if (this.#options.readFrom === 'lowestLatency') for (const node of this.topology.nodes.values()) node.measure();
  }

  // Beginning and end

  #wait(request: Request): void {
    const { maxQueuedCommands, maxQueuedBytes } = this.#options.node.bounds;
    const { length, bytes } = this.#waiting;
    if (length >= maxQueuedCommands || bytes + request.size > maxQueuedBytes) {
      const stats: LinkStats = { ...NO_STATS, queued: length, bytes };
      request.fail(() => overflowError(request, this.#name, stats, this.#options.node.bounds));
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
    this.#map = this.topology.map;
    this.#looking = setInterval(() => this.#look(), LOOK).unref();
    if (this.#options.readFrom === 'lowestLatency') this.#look();
    for (const request of this.#waiting.takeAll()) this.#reroute(request);
    this.events.emit('ready');
  }

  /** The cluster cannot be reached: everybody who waits is told why, and the next request tries anew. */
  #disappoint(error: Error): void {
    if (this.#state !== 'connecting') return;
    this.#state = 'idle';
    this.#lastCause = error;
    this.#waiting.failAll(() => anew(error));
    this.events.emit('close');
  }

  async #close(timeout: number): Promise<void> {
    const start = performance.now();
    const left = (): number => Math.max(0, timeout - (performance.now() - start));
    this.#endAll('closing');
    for (;;) {
      const { queued, inFlight } = this.stats();
      if (queued + inFlight === 0 || left() === 0) break;
      await new Promise<void>((resolve) => setTimeout(resolve, CLOSING_LOOK));
    }
    await Promise.all([...this.topology.nodes.values()].map((node) => node.close(left())));
    this.destroy();
  }

  /** What has connections of its own for as long as it likes ends with the client. */
  #endAll(state: 'closing' | 'closed'): void {
    const wasWaiting = this.#state === 'connecting';
    this.#state = state;
    this.#map = NOWHERE;
    if (wasWaiting) this.#waiting.failAll(() => closedError(this.#name));
    for (const node of this.topology.nodes.values()) node.endBlocking();
    for (const end of [...this.#enders]) end();
    this.#enders.clear();
    this.#anywhere = undefined;
  }

  #requireOpen(): void {
    if (this.#state === 'closed' || this.#state === 'closing') throw closedError(this.#name);
  }

  /** For messages, while no node is known. */
  get #name(): string {
    return 'the cluster';
  }
}

const NOWHERE: SlotMap<Node> = new SlotMap<Node>();

function isTroubled(node: Node): boolean {
  return node.isDown || node.silence >= LOOK;
}

function notCovered(slot: number): SlotNotCoveredError {
  return new SlotNotCoveredError(`no node of the cluster has the slot ${slot}`);
}
