import { Conduct, refusalOf } from '../commands/conduct.ts';
import { Flag, type Spec } from '../commands/spec.ts';
import { GROUP } from '../connection/group.ts';
import type { LinkState } from '../connection/link.ts';
import type { Request } from '../connection/request.ts';
import { anew, closedError, needsSession } from '../connection/request-error.ts';
import { ClusterError, CrossSlotError, DataError } from '../errors.ts';
import { after, clock, NEVER } from '../util/clock.ts';
import { CommandLookup } from './command-lookup.ts';
import { FanOut, mergeOf } from './fan-out.ts';
import type { Node, NodeOptions } from './node.ts';
import { readPolicy, type ClusterReadFrom, type ReadPolicy } from './read-policy.ts';
import { Redirects } from './redirects.ts';
import { trackState } from './session-state.ts';
import { NO_SLOT, SEVERAL, slotOf, slotOfRequest } from './slot-of.ts';
import { SlotMap, type Shard } from './slot-map.ts';
import { isSplittable, split } from './split.ts';
import { notCovered, type Topology } from './topology.ts';

/** How requests are routed. */
export interface RouteSettings {
  readonly node: NodeOptions;
  readonly readFrom: ClusterReadFrom;
  /** The zone that the client itself is in. */
  readonly zone: string | undefined;
  /** What becomes of a command whose keys have several slots, and that can be split by them. */
  readonly crossSlot: 'split' | 'error';
  /** Every so many MOVEDs the whole map is asked for; 0 is never. */
  readonly reinitializeSteps: number;
}

/** Whose routes they are. */
export interface RoutesOwner {
  readonly state: LinkState;
  /** Keeps a request until the cluster is known. */
  wait(request: Request): void;
}

/** For messages, while no node is known. */
export const CLUSTER_NAME = 'the cluster';

/** Any node may run these, and there may be many of them. */
const SPREAD: number = Flag.pubsub | Flag.noscript;
const NOWHERE: SlotMap<Node> = new SlotMap<Node>();

/**
 * Where each request of a cluster goes.
 *
 * ```
 *   one key, or keys of one slot ---> the slot's primary, or whom `readFrom` chooses
 *   keys of several slots ----------> one request for each slot, when that does the same
 *   no keys ------------------------> one node, all primaries or all nodes, as the server's command table says
 *   a state of connections ---------> all nodes that are connected to, and those that will be
 * ```
 */
export class Routes {
  readonly redirects: Redirects;
  readonly #topology: Topology;
  readonly #settings: RouteSettings;
  readonly #owner: RoutesOwner;
  readonly #reads: ReadPolicy | undefined;
  readonly #lookup: CommandLookup = new CommandLookup((request) => this.send(request));
  /** Requests that go to one node, whatever it says. */
  readonly #pinned: WeakMap<Request, Node> = new WeakMap();
  /** Nobody has a slot while the cluster is not known, or closed. */
  #map: SlotMap<Node> = NOWHERE;
  #defaultNode: string | undefined;

  constructor(topology: Topology, settings: RouteSettings, owner: RoutesOwner) {
    this.#topology = topology;
    this.#settings = settings;
    this.#owner = owner;
    this.#reads = readPolicy(settings.readFrom, settings.zone);
    const { node, reinitializeSteps } = settings;
    this.redirects = new Redirects(topology, { retry: node.retry, reinitializeSteps }, (request) =>
      this.reroute(request),
    );
  }

  /** Takes the map that the topology has now. */
  open(): void {
    this.#map = this.#topology.map;
  }

  /** Leads nowhere any more. */
  close(): void {
    this.#map = NOWHERE;
  }

  /** Takes a request. Throws when it can never run where it would. */
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

  /** Sends a request to one node, wherever its keys are. */
  sendTo(node: Node, request: Request): void {
    const { spec, args } = request;
    const refusal = refusalOf(spec.name, args, false);
    if (refusal !== undefined) throw needsSession(spec.name, refusal);
    this.#pinned.set(request, node);
    this.#settings.node.tracking?.sending(request, true);
    if (this.#isOver) request.fail(() => closedError(CLUSTER_NAME, request));
    else {
      if (spec.conduct === Conduct.tracked) trackState(request, node.session, () => node.pool.renew());
      node.send(request);
    }
  }

  /** Sends a command to several nodes, and gives their replies by their names. */
  sendToEach(nodes: readonly Node[], request: Request): void {
    const { decode, args, spec } = request;
    request.decode = undefined;
    const fanOut = new FanOut(request, (replies) => new Map(nodes.map(({ name }, i) => [name, replies[i]])));
    for (const _ of nodes) fanOut.add(spec, args, decode);
    fanOut.portions.forEach((portion, i) => this.sendTo(nodes[i]!, portion));
  }

  /** Sends a request to where its keys are now. */
  reroute(request: Request): void {
    if (request.settled) return;
    const pinned = this.#pinned.get(request);
    if (pinned !== undefined) pinned.resend(request);
    else this.#again(request);
  }

  /** Whether a request would go to the node if it were sent now, and to no other. */
  isBound(request: Request, node: Node): boolean {
    const pinned = this.#pinned.get(request);
    if (pinned !== undefined) return pinned === node;
    if (this.#reads !== undefined && request.spec.has(Flag.readonly)) return false;
    return this.#map.find(slotOfRequest(request))?.primary === node;
  }

  /** Sees to a request that `node` answered with `message`; false when that is an answer like any other. */
  refused(node: Node, request: Request, message: string): boolean {
    return !this.#pinned.has(request) && this.redirects.refused(node, request, message);
  }

  /** Where commands go that any node may run: the one that was chosen, while it is there, or the first primary that is not down. */
  get defaultNode(): Node {
    const chosen = this.#defaultNode === undefined ? undefined : this.#topology.nodes.get(this.#defaultNode);
    const { primaries } = this.#topology;
    const node = chosen ?? primaries.find((primary) => !primary.isDown && !primary.isSilent) ?? primaries[0];
    if (node === undefined) throw new ClusterError('no node of the cluster is known yet', { code: 'NO_NODE' });
    return node;
  }

  set defaultNode(node: Node) {
    this.#defaultNode = node.name;
  }

  get #isOver(): boolean {
    const { state } = this.#owner;
    return state === 'closed' || state === 'closing';
  }

  #sendOtherwise(request: Request): void {
    const { spec, args } = request;
    if (spec.conduct > Conduct.blocking) {
      const refusal = refusalOf(spec.name, args, false);
      if (refusal !== undefined) throw needsSession(spec.name, refusal);
    }
    if (this.#isOver) request.fail(() => closedError(CLUSTER_NAME, request));
    else if (this.#owner.state !== 'ready') this.#owner.wait(request);
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
    if (this.#settings.crossSlot === 'split' && isSplittable(spec)) {
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
    else this.#fanOut(request, policy === 'all_nodes' ? [...this.#topology.nodes.values()] : this.#topology.primaries);
  }

  #anyNode(spec: Spec): Node {
    const isSpread = (spec.flags & SPREAD) !== 0 && !spec.has(Flag.admin);
    if (!isSpread || this.#defaultNode !== undefined) return this.defaultNode;
    const up = this.#topology.primaries.filter((node) => node.isReady && !node.isSilent);
    return up[Math.floor(Math.random() * up.length)] ?? this.defaultNode;
  }

  #fanOut(request: Request, nodes: readonly Node[]): void {
    const fanOut = new FanOut(request, mergeOf(request.spec), request.spec.responsePolicy === 'one_succeeded');
    for (const _ of nodes) fanOut.add(request.spec, request.args);
    fanOut.portions.forEach((portion, i) => this.sendTo(nodes[i]!, portion));
  }

  /** A command that changes connections is sent to all that there are, and makes those that come begin so. */
  #sendToAll(request: Request): void {
    const all = [...this.#topology.nodes.values()];
    const used = all.filter((node) => node.isUsed);
    const nodes = used.length === 0 ? [this.defaultNode] : used;
    const fanOut = new FanOut(request, (replies) => replies[0]);
    for (const _ of nodes) fanOut.add(request.spec, request.args);
    const { session } = this.#settings.node;
    trackState(request, session, () => {
      for (const node of this.#topology.nodes.values()) if (!nodes.includes(node)) node.adopt(session);
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
      (error: unknown) => request.fail(() => anew(error, request.spec.name)),
    );
  }

  /** Gives a request to a node, its deadline going on if it has begun. */
  #deliver(node: Node, request: Request): void {
    if (request.deadline === NEVER) node.send(request);
    else node.resend(request);
  }

  #missing(request: Request, slot: number): void {
    this.#topology.suspect();
    if (!this.redirects.hold(request)) request.fail(() => notCovered(slot));
  }

  /** As `send`, for requests that nobody waits for in a call. */
  #again(request: Request): void {
    if (this.#map === NOWHERE && this.#owner.state === 'closing') {
      // What was there before the end still goes its way.
      const shard = this.#topology.map.find(Math.max(0, slotOfRequest(request)));
      if (shard === undefined) request.fail(() => closedError(CLUSTER_NAME, request));
      else shard.primary.resend(request);
      return;
    }
    try {
      this.#sendOtherwise(request);
    } catch (error) {
      request.fail(() => error);
    }
  }
}
