import type { DedicatedLinkOptions, DedicatedLinkState } from '../connection/dedicated-link.ts';
import type { Pool } from '../connection/pool.ts';
import { Subscriptions, type TopicOverseer } from '../connection/subscriptions.ts';
import type { SubscriptionsListener } from '../connection/subscriptions-listener.ts';
import type { Failure } from '../connection/topic-waiter.ts';
import type { Topic } from '../connection/topic.ts';
import { TimeoutError } from '../errors.ts';
import { MessageKind } from '../protocol/message-reader.ts';
import type { Encoding } from '../protocol/reply-mode.ts';
import { keySlot } from '../protocol/slot.ts';
import type { Cluster } from './cluster.ts';
import type { Node } from './node.ts';
import type { RoutedSubscriptions } from './router.ts';

/** What was refused for being another node's is looked at again after so many milliseconds. */
const AGAIN = 25;

/** Where a shard channel is subscribed to. */
interface Home<T extends Topic> {
  readonly node: Node;
  readonly subscriptions: Subscriptions<T>;
}

/**
 * Subscriptions in a cluster: channels and patterns on one connection to any node, shard channels at the node that has their slot.
 *
 * ```
 *   the map changes, or a node says MOVED --> for each shard channel: is it where its slot is?
 *                                               no: released there, adopted here; a gap is told when it is confirmed
 * ```
 */
export class ClusterSubscriptions<T extends Topic> implements RoutedSubscriptions<T> {
  readonly #cluster: Cluster;
  readonly #listener: SubscriptionsListener<T>;
  readonly #encoding: Encoding;
  readonly #options: DedicatedLinkOptions;
  readonly #classic: Subscriptions<T>;
  readonly #nodes: Map<Node, Subscriptions<T>> = new Map();
  readonly #homes: Map<T, Home<T>> = new Map();
  #unfollow: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(
    cluster: Cluster,
    pool: Pool,
    listener: SubscriptionsListener<T>,
    encoding: Encoding,
    options: DedicatedLinkOptions,
  ) {
    this.#cluster = cluster;
    this.#listener = listener;
    this.#encoding = encoding;
    // Whether a node comes back, or another takes its place, is not for its connection to judge.
    this.#options = { ...options, retry: { ...options.retry, retries: Infinity } };
    this.#classic = new Subscriptions<T>(pool, listener, encoding, options);
  }

  get state(): DedicatedLinkState {
    const states = [this.#classic, ...this.#nodes.values()].map(({ state }) => state);
    if (states[0] === 'closed') return 'closed';
    const found = (['reconnecting', 'connecting', 'ready'] as const).find((state) => states.includes(state));
    return found ?? 'idle';
  }

  wanted(kind: MessageKind): ReadonlyMap<string, T> {
    if (kind !== MessageKind.shard) return this.#classic.wanted(kind);
    const all = new Map<string, T>();
    for (const subscriptions of this.#nodes.values()) {
      for (const [name, topic] of subscriptions.wanted(kind)) all.set(name, topic);
    }
    return all;
  }

  find(kind: MessageKind, name: string): T | undefined {
    if (kind !== MessageKind.shard) return this.#classic.find(kind, name);
    for (const subscriptions of this.#nodes.values()) {
      const topic = subscriptions.find(kind, name);
      if (topic !== undefined) return topic;
    }
    return undefined;
  }

  async subscribe(topics: readonly T[], timeout: number): Promise<Failure | undefined> {
    if (topics[0]?.kind !== MessageKind.shard || this.#isClosed) return await this.#classic.subscribe(topics, timeout);
    const start = performance.now();
    const failure = await this.#ready(timeout);
    if (failure !== undefined) return failure;
    const left = Math.max(1, timeout - (performance.now() - start));
    let groups: Map<Subscriptions<T>, T[]>;
    try {
      groups = this.#settle(topics);
    } catch (error) {
      return () => error as Error;
    }
    const outcomes = await Promise.all(
      [...groups].map(async ([subscriptions, group]) => ({
        group,
        failure: await subscriptions.subscribe(group, left),
      })),
    );
    const failed = outcomes.find((outcome) => outcome.failure !== undefined);
    if (failed === undefined) return undefined;
    // A call that fails takes back all that it asked for.
    const taken = outcomes.filter((outcome) => outcome.failure === undefined).flatMap(({ group }) => group);
    await this.unsubscribe(
      taken.filter((topic) => --topic.claims === 0),
      timeout,
    );
    this.#forget();
    return failed.failure;
  }

  async unsubscribe(topics: readonly T[], timeout: number): Promise<Failure | undefined> {
    if (topics[0]?.kind !== MessageKind.shard) return await this.#classic.unsubscribe(topics, timeout);
    const groups = new Map<Subscriptions<T>, T[]>();
    for (const topic of topics) {
      const home = this.#homes.get(topic);
      if (home !== undefined) groups.set(home.subscriptions, [...(groups.get(home.subscriptions) ?? []), topic]);
      this.#homes.delete(topic);
    }
    const failures = await Promise.all([...groups].map(([home, group]) => home.unsubscribe(group, timeout)));
    return failures.find((failure) => failure !== undefined);
  }

  ping(message: Uint8Array | undefined, timeout: number): ReturnType<Subscriptions<T>['ping']> {
    return this.#classic.ping(message, timeout);
  }

  close(makeError?: Failure): void {
    this.#isClosed = true;
    this.#unfollow?.();
    clearTimeout(this.#timer);
    this.#classic.close(makeError);
    for (const subscriptions of this.#nodes.values()) subscriptions.close(makeError);
    this.#nodes.clear();
    this.#homes.clear();
  }

  /** Says where each channel is to be, those that are somewhere already apart. */
  #settle(topics: readonly T[]): Map<Subscriptions<T>, T[]> {
    const groups = new Map<Subscriptions<T>, T[]>();
    for (const topic of topics) {
      let home = this.#homes.get(topic);
      if (home === undefined) {
        const node = this.#cluster.topology.ownerOf(slotOf(topic));
        home = { node, subscriptions: this.#at(node) };
        this.#homes.set(topic, home);
      }
      const others = groups.get(home.subscriptions);
      if (others === undefined) groups.set(home.subscriptions, [topic]);
      else others.push(topic);
    }
    return groups;
  }

  #at(node: Node): Subscriptions<T> {
    let subscriptions = this.#nodes.get(node);
    if (subscriptions === undefined) {
      const overseer: TopicOverseer<T> = {
        slotOf,
        moved: (_, message) => {
          this.#cluster.noted(node, message);
          this.#reconcileLater();
        },
      };
      subscriptions = new Subscriptions<T>(node.pool, this.#listener, this.#encoding, this.#options, overseer);
      this.#nodes.set(node, subscriptions);
      this.#unfollow ??= this.#cluster.onMap(() => this.#reconcile());
    }
    return subscriptions;
  }

  #reconcileLater(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#reconcile();
      for (const subscriptions of this.#nodes.values()) subscriptions.askAgain();
    }, AGAIN);
  }

  /** Moves each channel to where its slot is. */
  #reconcile(): void {
    this.#forget();
    const moves = new Map<Subscriptions<T>, Map<Node, T[]>>();
    for (const [topic, home] of this.#homes) {
      const owner = this.#cluster.topology.map.find(slotOf(topic))?.primary;
      if (owner === undefined || owner === home.node) continue;
      let targets = moves.get(home.subscriptions);
      if (targets === undefined) moves.set(home.subscriptions, (targets = new Map<Node, T[]>()));
      targets.set(owner, [...(targets.get(owner) ?? []), topic]);
    }
    for (const [from, targets] of moves) {
      for (const [node, topics] of targets) {
        const since = from.release(topics);
        const subscriptions = this.#at(node);
        for (const topic of topics) this.#homes.set(topic, { node, subscriptions });
        subscriptions.adopt(topics, since);
      }
    }
    for (const [node, subscriptions] of this.#nodes) {
      if (subscriptions.needed || this.#cluster.topology.nodes.has(node.name)) continue;
      subscriptions.close();
      this.#nodes.delete(node);
    }
  }

  /** Forgets what nobody wants any more. */
  #forget(): void {
    for (const [topic, { subscriptions }] of this.#homes) {
      if (topic.wanted) continue;
      this.#homes.delete(topic);
      if (subscriptions.find(MessageKind.shard, topic.key) === topic) subscriptions.release([topic]);
    }
  }

  /** Waits until the nodes are known. */
  async #ready(timeout: number): Promise<Failure | undefined> {
    if (this.#cluster.topology.isLoaded) return undefined;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<Failure>((resolve) => {
      const message = `SSUBSCRIBE: the cluster is not known within ${Math.round(timeout)} ms`;
      const details = { command: 'SSUBSCRIBE', phase: 'queued', elapsed: timeout, inFlight: 0, loopDelay: 0 } as const;
      timer = setTimeout(() => resolve(() => new TimeoutError(message, details)), timeout);
    });
    const known = this.#cluster.ready().then(
      () => undefined,
      (error: Error) => () => error,
    );
    const failure = await Promise.race([known, late]);
    clearTimeout(timer);
    return failure;
  }
}

function slotOf(topic: Topic): number {
  return keySlot(topic.bytes);
}
