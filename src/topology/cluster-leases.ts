import type { Connection } from '../connection/connection.ts';
import type { Node } from './node.ts';
import { readRedirection } from './redirection.ts';
import type { LeaseOptions } from './router.ts';
import { slotOf } from './slot-of.ts';
import type { Routes } from './routes.ts';
import type { Topology } from './topology.ts';

/** How a connection of a cluster is leased. */
export interface NodeLeaseOptions extends LeaseOptions {
  /** The node it leads to, whatever the keys. */
  readonly node?: Node | undefined;
}

/** Connections that are lent, and the nodes they belong to. */
export class ClusterLeases {
  readonly #topology: Topology;
  readonly #routes: Routes;
  readonly #owners: WeakMap<Connection, Node> = new WeakMap();

  constructor(topology: Topology, routes: Routes) {
    this.#topology = topology;
    this.#routes = routes;
  }

  /** Lends a connection to the node that the options lead to, once the nodes are known. */
  async acquire(options: NodeLeaseOptions, timeout: number): Promise<Connection> {
    const node = this.#find(options);
    try {
      const connection = await node.pool.acquire({ timeout, signal: options.signal, purpose: options.purpose });
      this.#owners.set(connection, node);
      return connection;
    } catch (error) {
      this.#topology.suspect();
      throw error;
    }
  }

  release(connection: Connection, reusable: boolean): void {
    this.#owners.get(connection)?.pool.release(connection, reusable);
  }

  #find({ node, key, redirection }: NodeLeaseOptions): Node {
    if (node !== undefined) return node;
    const told = redirection === undefined ? undefined : readRedirection(redirection);
    if (told !== undefined) {
      const owner = this.#topology.ownerOf(told.slot);
      return told.isAsk ? (this.#topology.follow(told, owner) ?? owner) : owner;
    }
    return key === undefined ? this.#routes.defaultNode : this.#topology.ownerOf(slotOf(key));
  }
}
