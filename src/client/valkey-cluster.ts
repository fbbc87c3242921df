import { keysOf } from '../commands/keys.ts';
import { specOf, type Decoder } from '../commands/spec.ts';
import type { Key, Value } from '../commands/surface.ts';
import type { RequestOptions } from '../connection/request.ts';
import { endpointOf } from '../connection/settings.ts';
import { ClusterError, CrossSlotError, DataError } from '../errors.ts';
import type { Encoding, Integers, TextOf } from '../protocol/reply-mode.ts';
import { keySlot } from '../protocol/slot.ts';
import { Cluster } from '../topology/cluster.ts';
import type { Node, NodeInfo, NodeTracking } from '../topology/node.ts';
import { NodeRouter } from '../topology/node-router.ts';
import { slotOf } from '../topology/slot-of.ts';
import type { HostAddress } from '../topology/sentinel-address.ts';
import { cacheSettings, trackingArguments } from './cache-options.ts';
import { clusterPlace } from './cache-place.ts';
import { CachingRouter } from './caching-router.ts';
import { Client } from './client.ts';
import { TrackedCache } from './tracked-cache.ts';
import {
  addressOf,
  givenClusterOptions,
  type GivenClusterOptions,
  type ValkeyClusterOptions,
} from './cluster-options.ts';
import type { Monitor } from './monitor.ts';
import { leased } from './leased.ts';
import { NodesView } from './nodes-view.ts';
import { connectionSettings, poolBounds, requestOptions, retrySettings, sessionState } from './options.ts';
import type { BufferOptions, PubSubOptions } from './pubsub-options.ts';
import type { PubSub } from './pubsub.ts';
import { Session } from './session.ts';
import { checkWaitOptions, type WaitOptions } from './wait-options.ts';
import { View } from './view.ts';

/** Added to a blocking command's own timeout. */
const GRACE = 1000;

/** A node: its address, as `getNodes()` gives it, `{ host, port }` or `'host:port'`. */
export type NodeName = HostAddress | `${string}:${number}`;

/** One node: `'random'` is any primary, chosen for each command; `'default'` the one that `getDefaultNode()` gives. */
export type NodeTarget = 'random' | 'default' | NodeName;

/** Several nodes: those of a kind as they are when a command is called, or a list. */
export type NodesTarget = 'primaries' | 'replicas' | 'all' | readonly NodeName[];

/** Options of `cluster.session()`. */
export interface ClusterSessionOptions extends WaitOptions {
  /** A key that it is about: the connection is to the node that has its slot. */
  readonly key?: Key | undefined;
  readonly node?: NodeTarget | undefined;
}

/**
 * A client of a cluster.
 *
 * Each command goes to the node that has the slot of its keys, on one connection per node that all callers share. Slots that move, nodes
 * that fail, come and go are followed within a command's deadline; a write is never sent twice. `mget`, `mset`, `del`, `unlink`, `exists`
 * and `touch` may have keys of several slots, everything else of one: a hash tag, as in `{user:1}:name`, puts keys into one. Commands without keys go
 * where the server's tips say, and their replies are merged as those say; `on()` sends to the nodes of your choice.
 *
 * @example
 * ```ts
 * // in a cluster
 * await cluster.mset({ a: 1, b: 2 });
 * await cluster.mget(['a', 'b', 'c']); // => ['1', '2', null]
 * ```
 */
export class ValkeyCluster<in out E extends Encoding = 'utf8', in out I extends Integers = 'number'> extends Client<
  E,
  I
> {
  readonly #cluster: Cluster;
  readonly #requestOptions: RequestOptions;

  /**
   * Makes a client; nothing is connected yet.
   *
   * @param options the options, or a URL: `valkey+cluster://user:password@host-1,host-2:7000`
   * @throws DataError for an unknown option or an unusable value, naming it
   */
  constructor(options: ValkeyClusterOptions<E, I> | string) {
    const given = givenClusterOptions(options);
    const callbacks = new Map<string, Decoder<unknown>>();
    const requests = requestOptions(given.server, callbacks);
    const cache = cacheOf(given, requests);
    const cluster = clusterOf(given, cache);
    super(cache === undefined ? cluster : new CachingRouter(cluster, cache), requests, callbacks);
    this.#cluster = cluster;
    this.#requestOptions = requests;
  }

  /** Makes a client from a URL; the URL's options win over those given beside it. */
  static fromUrl<E extends Encoding = 'utf8', I extends Integers = 'number'>(
    url: string,
    options: ValkeyClusterOptions<E, I> = {},
  ): ValkeyCluster<E, I> {
    return new ValkeyCluster<E, I>({ ...options, url });
  }

  /** All nodes that serve slots or copy one that does. None before the client has connected. */
  getNodes(): NodeInfo[] {
    return this.#cluster.nodes.map(({ info }) => info);
  }

  getPrimaries(): NodeInfo[] {
    return this.#cluster.primaries.map(({ info }) => info);
  }

  getReplicas(): NodeInfo[] {
    return this.#replicas.map(({ info }) => info);
  }

  /**
   * Any primary.
   *
   * @throws ClusterError before the client has connected
   */
  getRandomNode(): NodeInfo {
    return this.#random().info;
  }

  /** The node at an address; `undefined` when there is none. */
  getNode(node: NodeName): NodeInfo | undefined {
    return this.#cluster.topology.find(addressOf(node))?.info;
  }

  /**
   * Where commands go that any node may run, unless they are many.
   *
   * @throws ClusterError before the client has connected
   */
  getDefaultNode(): NodeInfo {
    return this.#cluster.defaultNode.info;
  }

  /**
   * Chooses the default node. When it leaves the cluster, a primary takes its place.
   *
   * @throws ClusterError when there is no such node
   */
  setDefaultNode(node: NodeName): void {
    this.#cluster.defaultNode = this.#find(node);
  }

  /**
   * The node that has a key: the primary, or with `replica` one of its replicas, `undefined` if it has none.
   *
   * @throws SlotNotCoveredError when no node has it, or before the client has connected
   */
  getNodeFromKey(key: Key): NodeInfo;
  getNodeFromKey(key: Key, options: { readonly replica: true }): NodeInfo | undefined;
  getNodeFromKey(key: Key, options: { readonly replica?: boolean } = {}): NodeInfo | undefined {
    const primary = this.#cluster.topology.ownerOf(keySlot(key));
    if (options.replica !== true) return primary.info;
    return this.#cluster.topology.map.find(keySlot(key))?.replicas[0]?.info;
  }

  /**
   * The slot of a key: of what is between its first `{` and the next `}`, if there is something. Nothing is sent.
   *
   * @example
   * ```ts
   * // in a cluster
   * cluster.keyslot('{foo}:bar'); // => 12182
   * ```
   */
  keyslot(key: Key): number {
    return keySlot(key);
  }

  /**
   * The slot that a command's keys have; `undefined` when it has none. Nothing is sent.
   *
   * @throws CrossSlotError when they have several
   * @example
   * ```ts
   * // in a cluster
   * cluster.determineSlot('SET', 'foo', 'bar'); // => 12182
   * ```
   */
  determineSlot(command: string, ...args: readonly Value[]): number | undefined {
    const { spec, rest } = specOf(command, args);
    const slots = new Set(keysOf(spec, rest).map(slotOf));
    if (slots.size > 1) {
      throw new CrossSlotError(`CROSSSLOT ${spec.name}: its keys have several slots`, { command: spec.name });
    }
    const [slot] = slots;
    return slot;
  }

  /**
   * The commands as nodes of your choice run them, wherever their keys are: a view of one node, or of several, whose calls give a map of
   * replies by the names of the nodes. Nothing is redirected. A replica answers reads of keys, too.
   *
   * @throws ClusterError, when a command is called, if there is no such node
   * @example
   * ```ts
   * // in a cluster
   * for (const [node, keys] of await cluster.on('primaries').dbsize()) console.log(node, keys);
   * await cluster.on('random').ping(); // => 'PONG'
   * await cluster.on(cluster.getNodeFromKey('foo')).executeCommand('INFO', 'memory');
   * ```
   */
  on(target: NodeTarget): View<E, I>;
  on(targets: NodesTarget): NodesView<E, I>;
  on(target: NodeTarget | NodesTarget): View<E, I> | NodesView<E, I> {
    const several = this.#choiceOfSeveral(target);
    if (several !== undefined) return new NodesView<E, I>(this.#cluster, several, this.#requestOptions);
    return new View<E, I>(this.#routerOf(target as NodeTarget), this.#requestOptions);
  }

  /** As of a client of one server; with `node` on a connection to that node, else to any, and for shard channels to those that have them. */
  override pubsub(options: PubSubOptions<TextOf[E]> & { readonly node?: NodeTarget | undefined } = {}): PubSub<E> {
    const { node, ...own } = options;
    return node === undefined ? super.pubsub(own) : this.on(node).pubsub(own);
  }

  /** Makes a `Monitor` of what one node runs: `node`, or the default node. */
  override monitor(options: BufferOptions & { readonly node?: NodeTarget | undefined } = {}): Monitor<E> {
    const { node, ...own } = options;
    return node === undefined ? super.monitor(own) : this.on(node).monitor(own);
  }

  /**
   * Leases a connection of one's own, for WATCH, MULTI and whatever else cannot share: to the node of a `key`, to a `node`, or to the default
   * node. Waits for one as a client of one server does, at most `timeout`, in milliseconds; default `socketTimeout`. Nothing is redirected there: when the slot moves away, commands reject with a
   * `MovedError`, and another session is needed. `transaction()` sees to that by itself.
   *
   * @example
   * ```ts
   * // in a cluster
   * await using session = await cluster.session({ key: 'balance' });
   * await session.watch('balance');
   * ```
   */
  async session(options: ClusterSessionOptions = {}): Promise<Session<E, I>> {
    const { key, node, ...wait } = options;
    checkWaitOptions(wait);
    const router = node === undefined ? this.#cluster : this.#routerOf(node);
    const requests = this.#requestOptions;
    const { timeout = requests.timeout, signal } = wait;
    const place = { key, purpose: 'a session' };
    const aborted = 'aborted while waiting for a connection';
    const connection = await leased(router, { ...requests, timeout, signal }, aborted, place);
    return new Session<E, I>(router, connection, requests);
  }

  get #replicas(): Node[] {
    return this.#cluster.nodes.filter(({ role }) => role === 'replica');
  }

  #random(): Node {
    const { primaries } = this.#cluster;
    const node = primaries[Math.floor(Math.random() * primaries.length)];
    if (node === undefined) throw new ClusterError('no node of the cluster is known yet', { code: 'NO_NODE' });
    return node;
  }

  #find(node: NodeName): Node {
    const address = addressOf(node);
    const found = this.#cluster.topology.find(address);
    if (found === undefined)
      throw new ClusterError(`the cluster has no node ${endpointOf(address)}`, { code: 'NO_NODE' });
    return found;
  }

  #routerOf(target: NodeTarget): NodeRouter {
    const choose =
      target === 'random'
        ? (): Node => this.#random()
        : target === 'default'
          ? (): Node => this.#cluster.defaultNode
          : (): Node => this.#find(target);
    if (target !== 'random' && target !== 'default') checkName(target);
    return new NodeRouter(this.#cluster, choose);
  }

  #choiceOfSeveral(target: NodeTarget | NodesTarget): (() => readonly Node[]) | undefined {
    if (target === 'primaries') return () => some(this.#cluster.primaries, 'primary');
    if (target === 'replicas') return () => some(this.#replicas, 'replica');
    if (target === 'all') return () => some(this.#cluster.nodes, 'node');
    if (!Array.isArray(target)) return undefined;
    const names = [...(target as readonly NodeName[])];
    for (const name of names) checkName(name);
    return () => names.map((name) => this.#find(name));
  }
}

function some(nodes: readonly Node[], kind: string): readonly Node[] {
  if (nodes.length > 0) return nodes;
  throw new ClusterError(`the cluster has no ${kind}`, { code: 'NO_NODE' });
}

function checkName(name: unknown): void {
  const address =
    typeof name === 'string' || (typeof name === 'object' && name !== null) ? (name as NodeName) : undefined;
  const { host, port } = address === undefined ? { host: '', port: 0 } : addressOf(address);
  if (typeof host === 'string' && host !== '' && Number.isInteger(port)) return;
  const wanted =
    "'primaries', 'replicas', 'all', 'random', 'default', { host, port }, 'host:port' or an array of addresses";
  throw new DataError(`a target must be ${wanted}`, { code: 'INVALID_ARGUMENT' });
}

function cacheOf({ server, startupNodes }: GivenClusterOptions, requests: RequestOptions): TrackedCache | undefined {
  const { cache = false } = server;
  if (cache === false) return undefined;
  const how = cacheSettings(cache);
  const nodes = startupNodes.map(endpointOf).sort().join();
  const place = clusterPlace(nodes, connectionSettings(server), sessionState(server), how);
  return new TrackedCache(how, () => place, nodes, requests);
}

function clusterOf({ cluster, server, startupNodes }: GivenClusterOptions, cache: TrackedCache | undefined): Cluster {
  const settings = connectionSettings(server);
  const retry = retrySettings(server.retry);
  return new Cluster({
    node: {
      settings,
      session: sessionState(server),
      retry,
      bounds: {
        maxQueuedCommands: server.maxQueuedCommands ?? 1_000_000,
        maxQueuedBytes: server.maxQueuedBytes ?? 256 * 1024 * 1024,
      },
      poolBounds: poolBounds(server),
      grace: GRACE,
      healthCheckInterval: server.healthCheckInterval ?? 15_000,
      socketTimeout: server.socketTimeout ?? 5000,
      tracking: cache === undefined ? undefined : trackingOf(cache),
    },
    topology: {
      startupNodes,
      remap: cluster.addressRemap,
      dynamicStartupNodes: cluster.dynamicStartupNodes ?? true,
      requireFullCoverage: cluster.requireFullCoverage ?? false,
      connectTimeout: settings.connectTimeout,
      retry,
    },
    readFrom: cluster.readFrom ?? 'primary',
    zone: cluster.availabilityZone,
    crossSlot: cluster.crossSlot ?? 'split',
    reinitializeSteps: cluster.reinitializeSteps ?? 1,
  });
}

function trackingOf(cache: TrackedCache): NodeTracking {
  return {
    args: trackingArguments(cache.settings),
    listenerTo: (node) => cache.listener(node),
    sending: (request, isShared) => cache.sending(request, isShared),
  };
}
