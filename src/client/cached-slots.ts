import { keySlot } from '../protocol/slot.ts';
import type { Cluster } from '../topology/cluster.ts';
import type { Node } from '../topology/node.ts';
import type { Shard } from '../topology/slot-map.ts';
import type { Coverage } from './coverage.ts';
import type { Flight } from './flight.ts';

/**
 * What a cache has to know of a cluster: a node tells of the keys that are there, and of no others.
 *
 * A node that gives a slot away tells of its keys, since it deletes them. What it cannot tell of is a key that it has not: while the slot
 * is on its way, that key is made elsewhere. So a reply is kept when it depends on one key, and tells of something.
 */
export class CachedSlots {
  readonly #cluster: Cluster;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /** Whether a call with these keys is to be refused for having several slots. */
  refuses(keys: readonly string[]): boolean {
    return !this.#cluster.splits && this.portions(keys) === undefined;
  }

  /** The keys by their slots; `undefined` when the call is to be refused for having several. */
  portions(keys: readonly string[]): readonly (readonly number[])[] | undefined {
    const bySlot = new Map<number, number[]>();
    keys.forEach((key, at) => {
      const slot = slotOfBytes(key);
      const others = bySlot.get(slot);
      if (others === undefined) bySlot.set(slot, [at]);
      else others.push(at);
    });
    return bySlot.size > 1 && !this.#cluster.splits ? undefined : [...bySlot.values()];
  }

  /** Whether what a flight brought is told of on the connection that it came on. */
  isOwn({ question: { keys, cells } }: Flight, coverage: Coverage): boolean {
    return (keys.length === 1 || cells !== undefined) && this.hasAll(coverage, keys);
  }

  /** Whether the node has the slots of all these keys. */
  hasAll({ node }: Coverage, keys: readonly string[]): boolean {
    return node !== undefined && keys.every((key) => isOf(this.#shardOf(key), node));
  }

  #shardOf(key: string): Shard<Node> | undefined {
    return this.#cluster.topology.map.find(slotOfBytes(key));
  }
}

function isOf(shard: Shard<Node> | undefined, node: Node): boolean {
  return shard !== undefined && (shard.primary === node || shard.replicas.includes(node));
}

/** The slot of a key with one character per byte. */
function slotOfBytes(key: string): number {
  return keySlot(Buffer.from(key, 'latin1'));
}

/** Whether a reply could be that to a key which does not exist. */
export function tellsNothing(reply: unknown): boolean {
  if (Array.isArray(reply)) return reply.every(tellsNothing);
  if (Buffer.isBuffer(reply)) return reply.length === 0 || reply.equals(NONE);
  return NOTHING.has(reply);
}

const NONE = Buffer.from('none');
const NOTHING: ReadonlySet<unknown> = new Set<unknown>([null, '', 'none', 0, 0n, -1, -1n, false]);
