import type { Location, Locator, Stays } from '../connection/locator.ts';
import { endpointOf, type Address } from '../connection/settings.ts';
import { ConnectionError } from '../errors.ts';
import type { Cluster } from './cluster.ts';
import type { Node } from './node.ts';

/** How long a node is passed over that was lost, in milliseconds. */
const REST = 2000;

/** Finds a node of a cluster for connections of their own, such as those of subscriptions to channels, which every node has. */
export class AnyNode implements Locator {
  readonly name: string = 'a node of the cluster';
  readonly #cluster: Cluster;
  readonly #choose: (() => Node) | undefined;
  /** Nodes that were lost, and since when. */
  readonly #lost: Map<string, number> = new Map();

  /** `choose` says which of them, if that matters. */
  constructor(cluster: Cluster, choose?: () => Node) {
    this.#cluster = cluster;
    this.#choose = choose;
  }

  async locate(): Promise<Location> {
    await this.#cluster.ready();
    if (this.#choose !== undefined) return locationOf(this.#choose());
    const nodes = [...this.#cluster.topology.nodes.values()];
    const now = performance.now();
    const rested = nodes.filter(({ name, isDown }) => !isDown && now - (this.#lost.get(name) ?? -Infinity) > REST);
    const choice = rested.length > 0 ? rested : nodes;
    const node = choice[Math.floor(Math.random() * choice.length)];
    if (node === undefined) throw new ConnectionError('the cluster has no nodes', { code: 'NO_NODE' });
    return locationOf(node);
  }

  suspect(address: Address): void {
    this.#lost.set(endpointOf(address), performance.now());
    this.#cluster.topology.suspect();
  }

  onMove(listener: (stays: Stays) => void): () => void {
    const stays: Stays = (address) => this.#cluster.topology.nodes.has(endpointOf(address));
    return this.#cluster.onMap(() => listener(stays));
  }
}

function locationOf({ host, port }: Node): Location {
  return { address: { host, port }, role: undefined };
}
