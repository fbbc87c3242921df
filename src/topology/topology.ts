import { toSlots, type ClusterSlotsNode, type ClusterSlotsReply } from '../commands/cluster.ts';
import { command, type Spec } from '../commands/spec.ts';
import { isPermanent } from '../connection/failure.ts';
import type { Link } from '../connection/link.ts';
import { lastResolve, newPromise, OWN_REQUEST, Request, type RequestOptions } from '../connection/request.ts';
import { endpointOf, type RetrySettings } from '../connection/settings.ts';
import { ConnectionError, SlotNotCoveredError } from '../errors.ts';
import { SLOT_COUNT } from '../protocol/slot.ts';
import { delayOf } from '../util/backoff.ts';
import { timerDelay } from '../util/timer.ts';
import type { Node } from './node.ts';
import { remappedAtOnce, type HostAddress } from './sentinel-address.ts';
import type { Redirection } from './redirection.ts';
import { Shard, SlotMap } from './slot-map.ts';

/** Gives the address by which a node is reached, for the one that it announces, at once. */
export type ClusterAddressRemap = (address: HostAddress) => HostAddress;

/** How a cluster is looked at. Times in milliseconds. */
export interface TopologyOptions {
  /** Asked first, and whenever no other node answers. They are names: each dial asks anew what they mean. */
  readonly startupNodes: readonly HostAddress[];
  readonly remap: ClusterAddressRemap | undefined;
  /** Whether nodes that were found are asked too, besides the startup nodes. */
  readonly dynamicStartupNodes: boolean;
  /** Whether every slot must have an owner. */
  readonly requireFullCoverage: boolean;
  readonly connectTimeout: number;
  readonly retry: RetrySettings;
}

/** Whom the topology belongs to. */
export interface TopologyOwner {
  makeNode(name: string, address: HostAddress): Node;
  /** Makes a link that is used once, to a node that may not be of the cluster. */
  makeLink(address: HostAddress): Link;
  /** Another map is in use. `removed` are nodes that are not in it. */
  changed(removed: readonly Node[]): void;
  /** Nobody could be asked. */
  failed(cause: Error): void;
}

const CLUSTER_SLOTS: Spec = command('CLUSTER SLOTS');
/** Nodes are asked so far apart, in milliseconds, whatever happens: twice a second and client. */
const SPACING = 500;
/** How long at most a question waits for others that have the same cause, in milliseconds. */
const JITTER = 50;

/**
 * Knows the nodes of a cluster, and which of them has each slot.
 *
 * ```
 *   MOVED, a lost connection ... --suspect--> waiting (jitter, half a second apart) --> asking --> changed()
 *                                    ^                                                   | no answer for half a second: one more is asked
 *                                    '---------------------------------------------------' nobody answers
 * ```
 *
 * A MOVED is believed at once for its slot. The rest is asked of one node, chosen at random among those that are connected; however many
 * causes there are, one question is on its way.
 */
export class Topology {
  /** What is known now; of nobody before the first answer. */
  map: SlotMap<Node> = new SlotMap<Node>();
  readonly nodes: Map<string, Node> = new Map();
  readonly #options: TopologyOptions;
  readonly #owner: TopologyOwner;
  #loading: Promise<void> | undefined;
  #isLoaded = false;
  #timer: NodeJS.Timeout | undefined;
  #isAsking = false;
  #isSuspect = false;
  #lastAsked = -Infinity;
  /** Counts the ends, so that what was begun before is told apart. */
  #generation = 0;

  constructor(options: TopologyOptions, owner: TopologyOwner) {
    this.#options = options;
    this.#owner = owner;
  }

  get isLoaded(): boolean {
    return this.#isLoaded;
  }

  /** Resolves when there is a map. Rejects with the first cause when all tries have failed. */
  load(): Promise<void> {
    if (this.#isLoaded) return Promise.resolve();
    return (this.#loading ??= this.#load(this.#generation).finally(() => (this.#loading = undefined)));
  }

  /** Says that the map may be wrong: it is asked for soon. */
  suspect(): void {
    if (!this.#isLoaded) return;
    if (this.#isAsking) {
      this.#isSuspect = true;
      return;
    }
    const wait = Math.max(0, this.#lastAsked + SPACING - performance.now()) + Math.random() * JITTER;
    this.#timer ??= setTimeout(() => void this.#refresh(), wait).unref();
  }

  /**
   * Takes it from a redirection that its node has the slot, and gives the node; `undefined` when it has no address.
   *
   * @throws ConnectionError when the user's function cannot tell by which address it is reached.
   */
  follow({ isAsk, slot, host, port }: Redirection, from: Node): Node | undefined {
    if (slot >= SLOT_COUNT || host === '?') return undefined;
    const node = this.#nodeAt(host === '' ? { host: from.host, port } : this.#remapped({ host, port }));
    if (!isAsk) {
      this.map.move(slot, node);
      node.role = 'primary';
    }
    return node;
  }

  /** The node at an address, as it is known to clients. */
  find(address: HostAddress): Node | undefined {
    return this.nodes.get(endpointOf(address));
  }

  /** The node that has a slot. Throws when nobody has it. */
  ownerOf(slot: number): Node {
    const shard = this.map.find(slot);
    if (shard === undefined) throw notCovered(slot);
    return shard.primary;
  }

  get primaries(): Node[] {
    return [...this.map.shards].map(({ primary }) => primary);
  }

  /** Forgets everything but the startup nodes, and gives the nodes that there were. */
  end(): Node[] {
    this.#generation++;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isLoaded = false;
    this.#isAsking = false;
    this.#isSuspect = false;
    const nodes = [...this.nodes.values()];
    this.nodes.clear();
    this.map = new SlotMap<Node>();
    return nodes;
  }

  async #load(generation: number): Promise<void> {
    const { retry, connectTimeout } = this.#options;
    const start = performance.now();
    let first: unknown;
    for (let failures = 1; ; failures++) {
      try {
        await this.#ask(generation);
        return;
      } catch (error) {
        if (generation !== this.#generation) throw closed();
        first ??= error;
        const delay = delayOf(retry.backoff, failures);
        const isLate = performance.now() - start + delay >= connectTimeout;
        if (failures > retry.retries || isLate || (error instanceof ConnectionError && isPermanent(error))) throw first;
        await new Promise<void>((resolve) => setTimeout(resolve, timerDelay(delay)));
        if (generation !== this.#generation) throw closed();
      }
    }
  }

  async #refresh(): Promise<void> {
    const generation = this.#generation;
    this.#timer = undefined;
    this.#isAsking = true;
    let cause: Error | undefined;
    try {
      await this.#ask(generation);
    } catch (error) {
      cause = error as Error;
    }
    if (generation !== this.#generation) return;
    this.#isAsking = false;
    if (cause !== undefined) this.#owner.failed(cause);
    if (cause === undefined && !this.#isSuspect) return;
    this.#isSuspect = false;
    this.suspect();
  }

  /** Asks one node after the other until one answers, the next when one cannot be reached, or has not answered in time. */
  #ask(generation: number): Promise<void> {
    const candidates = this.#candidates();
    return new Promise<void>((resolve, reject) => {
      let asked = 0;
      let open = 0;
      let isDone = false;
      let cause: Error | undefined;
      let timer: NodeJS.Timeout | undefined;
      const end = (): void => {
        isDone = true;
        clearTimeout(timer);
      };
      const next = (): void => {
        clearTimeout(timer);
        const candidate = candidates[asked++];
        if (candidate === undefined || isDone) return;
        open++;
        this.#lastAsked = performance.now();
        candidate().then(
          (reply) => {
            open--;
            if (isDone) return;
            if (generation !== this.#generation) {
              end();
              reject(closed());
              return;
            }
            const failure = this.#failureOf(reply);
            if (failure !== undefined) {
              fail(failure);
              return;
            }
            end();
            resolve();
          },
          (error: Error) => {
            open--;
            fail(error);
          },
        );
        timer = setTimeout(next, SPACING);
      };
      const fail = (error: Error): void => {
        if (isDone) return;
        cause ??= error;
        if (asked < candidates.length) {
          // Who cannot be reached was not asked.
          if (error instanceof ConnectionError) next();
        } else if (open === 0) {
          end();
          reject(cause);
        }
      };
      next();
    });
  }

  /** Whom to ask, in turn: connected nodes in any order, startup nodes, the rest. */
  #candidates(): (() => Promise<Answer>)[] {
    const { startupNodes, dynamicStartupNodes } = this.#options;
    const startup = startupNodes.map((address) => () => this.#askAt(address));
    if (!dynamicStartupNodes) return shuffled(startup);
    const nodes = shuffled([...this.nodes.values()]);
    const ready = nodes.filter((node) => node.isReady && node.silence < SPACING);
    const others = nodes.filter((node) => !ready.includes(node));
    return [
      ...ready.map((node) => () => this.#askOver(node.link, node)),
      ...shuffled(startup),
      ...others.map((node) => () => this.#askAt(node)),
    ];
  }

  async #askAt(address: HostAddress): Promise<Answer> {
    const link = this.#owner.makeLink(address);
    try {
      return await this.#askOver(link, address);
    } finally {
      link.destroy();
    }
  }

  async #askOver(link: Link, from: HostAddress): Promise<Answer> {
    const options: RequestOptions = {
      ...OWN_REQUEST,
      mode: { encoding: 'utf8', integers: 'number' },
      timeout: this.#options.connectTimeout,
      whenDown: 'wait',
    };
    const promise = newPromise<ClusterSlotsReply[]>();
    link.send(new Request(CLUSTER_SLOTS, [], toSlots, options, 16, lastResolve()));
    return { ranges: await promise, from };
  }

  /** Puts an answer to use, or tells why it cannot be. */
  #failureOf(answer: Answer): Error | undefined {
    try {
      if (this.#apply(answer)) return undefined;
    } catch (error) {
      return error as Error;
    }
    return new SlotNotCoveredError('the cluster does not cover all slots, as requireFullCoverage wants');
  }

  /** Puts an answer to use; false when it is not good enough. */
  #apply({ ranges, from }: Answer): boolean {
    const map = new SlotMap<Node>();
    const shards = new Map<Node, Shard<Node>>();
    const seen = new Set<Node>();
    const take = (told: ClusterSlotsNode, role: Node['role']): Node | undefined => {
      const address = this.#addressOf(told, from);
      if (address === undefined) return undefined;
      const node = this.#nodeAt(address);
      node.id = told.id;
      node.zone = told.availabilityZone ?? '';
      node.role = role;
      seen.add(node);
      return node;
    };
    for (const { start, end, primary: told, replicas } of ranges) {
      const primary = take(told, 'primary');
      if (primary === undefined) continue;
      let shard = shards.get(primary);
      if (shard === undefined) {
        const others = replicas.map((replica) => take(replica, 'replica')).filter((node) => node !== undefined);
        shards.set(primary, (shard = new Shard(primary, others)));
      }
      map.assign(start, end, shard);
    }
    if (seen.size === 0 || (this.#options.requireFullCoverage && map.uncovered > 0)) return false;
    const removed = [...this.nodes.values()].filter((node) => !seen.has(node));
    for (const node of removed) this.nodes.delete(node.name);
    this.map = map;
    this.#isLoaded = true;
    this.#owner.changed(removed);
    return true;
  }

  #addressOf({ host, ip, port }: ClusterSlotsNode, from: HostAddress): HostAddress | undefined {
    // The one that was used to ask is right as it is.
    if (host === null || host === '') return { host: from.host, port };
    if (host !== '?') return this.#remapped({ host, port });
    return ip === undefined || ip === '' ? undefined : this.#remapped({ host: ip, port });
  }

  #remapped(address: HostAddress): HostAddress {
    return remappedAtOnce(this.#options.remap, address);
  }

  #nodeAt(address: HostAddress): Node {
    const name = endpointOf(address);
    let node = this.nodes.get(name);
    if (node === undefined) this.nodes.set(name, (node = this.#owner.makeNode(name, address)));
    return node;
  }
}

/** What a node tells of the cluster. */
interface Answer {
  readonly ranges: readonly ClusterSlotsReply[];
  readonly from: HostAddress;
}

function closed(): ConnectionError {
  return new ConnectionError('the client is closed', { code: 'CLOSED' });
}

/** In any order: a copy. */
function shuffled<T>(items: readonly T[]): T[] {
  const shuffled = [...items];
  for (let i = shuffled.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    [shuffled[i], shuffled[j]] = [shuffled[j]!, shuffled[i]!];
  }
  return shuffled;
}

/** For a slot that no node says it has. */
export function notCovered(slot: number): SlotNotCoveredError {
  return new SlotNotCoveredError(`no node of the cluster has the slot ${slot}`);
}
