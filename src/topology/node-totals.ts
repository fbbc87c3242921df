import {
  addCounters,
  addTraffic,
  newCounters,
  newTraffic,
  type LinkCounters,
  type Sum,
  type Traffic,
} from '../connection/counters.ts';
import { Pool } from '../connection/pool.ts';
import type { Node } from './node.ts';

/** What all nodes of a cluster have counted, and the pools that lend connections to any of them; those included that are gone. */
export class NodeTotals {
  readonly #counters = newCounters();
  readonly #traffic = newTraffic();
  /** Nodes that left, and still answer what they were asked before. */
  readonly #leaving: Set<Node> = new Set();
  readonly #pools: Set<Pool> = new Set();

  /** A pool of connections to any node counts too. */
  lend(pool: Pool): void {
    this.#pools.add(pool);
  }

  /** A node that has left closes; what it counts until then counts too. */
  left(node: Node, closed: Promise<void>): void {
    this.#leaving.add(node);
    const end = (): void => {
      this.#leaving.delete(node);
      this.ended(node);
    };
    closed.then(end, end);
  }

  /** It is closed: nothing more will be counted there. */
  ended(member: Node | Pool): void {
    if (member instanceof Pool) this.#pools.delete(member);
    count(member, this.#counters, this.#traffic);
  }

  /** Those, and what these nodes have counted. */
  with(nodes: Iterable<Node>): { readonly counters: Sum<LinkCounters>; readonly traffic: Traffic } {
    const counters = { ...this.#counters };
    const traffic = { ...this.#traffic };
    for (const member of [...nodes, ...this.#leaving, ...this.#pools]) count(member, counters, traffic);
    return { counters, traffic };
  }
}

function count(member: Node | Pool, counters: Sum<LinkCounters>, traffic: Sum<Traffic>): void {
  addTraffic(traffic, member.traffic());
  counters.timeouts += member.timeouts;
  counters.lost += member.lost;
  if (!(member instanceof Pool)) addCounters(counters, member.stats().counters);
}
