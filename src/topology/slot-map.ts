import { SLOT_COUNT } from '../protocol/slot.ts';

/** A primary and its replicas, which have the same slots. */
export class Shard<N> {
  primary: N;
  replicas: readonly N[];
  /** Whose turn it is among the replicas. */
  turn = 0;

  constructor(primary: N, replicas: readonly N[]) {
    this.primary = primary;
    this.replicas = replicas;
  }
}

/**
 * Which shard has each slot.
 *
 * ```
 *   owners: [ 1 1 1 ... 2 2 2 ... 0 ... 3 ]      one number per slot; 0 is nobody
 *   shards: [ - , A , B , C ]                    so that a failover changes one entry, whatever its slots
 * ```
 */
export class SlotMap<N> {
  readonly #owners: Uint16Array = new Uint16Array(SLOT_COUNT);
  readonly #shards: (Shard<N> | undefined)[] = [undefined];
  /** Where a shard is in the list. */
  readonly #indexes: Map<Shard<N>, number> = new Map();

  /** The shard that has a slot, as far as is known. */
  find(slot: number): Shard<N> | undefined {
    return this.#shards[this.#owners[slot]!];
  }

  get shards(): Iterable<Shard<N>> {
    return this.#indexes.keys();
  }

  /** Slots that nobody has. */
  get uncovered(): number {
    let count = 0;
    for (const owner of this.#owners) if (owner === 0) count++;
    return count;
  }

  /** Gives a range of slots to a shard. */
  assign(first: number, last: number, shard: Shard<N>): void {
    let index = this.#indexes.get(shard);
    if (index === undefined) {
      index = this.#shards.push(shard) - 1;
      this.#indexes.set(shard, index);
    }
    this.#owners.fill(index, first, last + 1);
  }

  /**
   * Takes it from a node that `node` has the slot. A replica that has its shard's slot has taken all of them over; another primary has been
   * given this one.
   */
  move(slot: number, node: N): void {
    const owner = this.find(slot);
    if (owner?.primary === node) return;
    if (owner?.replicas.includes(node) === true) {
      owner.replicas = owner.replicas.filter((replica) => replica !== node);
      owner.primary = node;
      return;
    }
    for (const shard of this.#indexes.keys()) {
      if (shard.primary !== node) continue;
      this.assign(slot, slot, shard);
      return;
    }
    this.assign(slot, slot, new Shard(node, []));
  }
}
