import type { ClusterNode } from '../commands/cluster.ts';
import { SLOT_COUNT } from '../protocol/slot.ts';

/** What a primary says of itself and of the others at one moment. */
export interface NodeReport {
  /** Changes when the server is started again: its cursors mean nothing then. */
  readonly runId: string;
  readonly nodes: readonly ClusterNode[];
}

/**
 * Which slots a scan over all primaries has seen in full, so that no key is missed that is there all the while, wherever its slot moves.
 *
 * A slot is covered by a walk over the node that owned it from the walk's beginning to its end. A slot that left meanwhile, or was leaving
 * key by key, had each key either there, where it was seen, or at its destination afterwards: it is covered by a walk over the destination
 * that begins later and finds it there from beginning to end. What is neither is walked again.
 */
export class SlotCoverage {
  readonly #covered: Uint8Array;
  /** Slots whose source was walked, and where the rest of their keys went. */
  readonly #destinations: Map<number, string> = new Map();
  #left: number;

  constructor(slots: number = SLOT_COUNT) {
    this.#covered = new Uint8Array(slots);
    this.#left = slots;
  }

  /** How many slots there are. */
  get size(): number {
    return this.#covered.length;
  }

  get isComplete(): boolean {
    return this.#left === 0;
  }

  /** How many slots are not covered. */
  get left(): number {
    return this.#left;
  }

  isCovered(slot: number): boolean {
    return this.#covered[slot] === 1;
  }

  /** The ids of the primaries that have something to walk over, as one of them sees it. Slots without an owner are nobody's. */
  wanted(nodes: readonly ClusterNode[]): string[] {
    // One that has failed has its slots until another takes them over, which is waited for.
    const primaries = nodes.filter(({ primaryId }) => primaryId === null);
    const known = new Set(primaries.map(({ id }) => id));
    for (const [slot, destination] of this.#destinations) if (!known.has(destination)) this.#destinations.delete(slot);
    const goals = new Set(this.#destinations.values());
    const ids: string[] = [];
    for (const { id, slots } of primaries) {
      if (goals.has(id) || slots.some(({ start, end }) => this.#hasOpen(start, end))) ids.push(id);
    }
    return ids;
  }

  /** Begins a walk over a node, as it sees itself. */
  begin(id: string, report: NodeReport): SlotWalk {
    return new SlotWalk(this, id, report, this.#destinations);
  }

  /** A walk over all of a slot's keys is done. @internal */
  cover(slot: number): void {
    this.#destinations.delete(slot);
    if (this.#covered[slot] === 1) return;
    this.#covered[slot] = 1;
    this.#left--;
  }

  /** The keys that were not seen at the source are there. @internal */
  expect(slot: number, destination: string | undefined): void {
    if (destination === undefined) this.#destinations.delete(slot);
    else this.#destinations.set(slot, destination);
  }

  #hasOpen(start: number, end: number): boolean {
    for (let slot = start; slot <= end; slot++) {
      if (this.#covered[slot] === 0 && !this.#destinations.has(slot)) return true;
    }
    return false;
  }
}

/** Not a place: it moved more than once, which no order of walks makes good. */
const LOST = '';

/** One walk over a node's keys, from the first cursor to the last. */
export class SlotWalk {
  readonly #coverage: SlotCoverage;
  readonly #id: string;
  readonly #runId: string;
  /** Slots it owned at the beginning, and where they have gone or are going; itself while they stay. */
  readonly #own: Map<number, string> = new Map();
  /** Slots whose source was walked before, and that are here from the beginning. */
  readonly #arrived: Set<number> = new Set();
  #isVoid = false;

  constructor(coverage: SlotCoverage, id: string, report: NodeReport, destinations: ReadonlyMap<number, string>) {
    this.#coverage = coverage;
    this.#id = id;
    this.#runId = report.runId;
    const places = new Places(coverage.size, id, report.nodes);
    for (const [slot, destination] of destinations) if (destination === id) this.#arrived.add(slot);
    for (let slot = 0; slot < coverage.size; slot++) {
      if (places.owners[slot] === id && !coverage.isCovered(slot) && !this.#arrived.has(slot)) this.#own.set(slot, id);
    }
    this.check(report);
  }

  /** Compares with what was before. To be called often enough that no slot leaves and returns unseen, and at the end. */
  check(report: NodeReport): void {
    if (report.runId !== this.#runId) this.#isVoid = true;
    const places = new Places(this.#coverage.size, this.#id, report.nodes);
    for (const [slot, before] of this.#own) {
      const now = places.placeOf(slot);
      if (now !== before) this.#own.set(slot, before === this.#id && now !== undefined ? now : LOST);
    }
    for (const slot of this.#arrived) {
      const isHere = places.placeOf(slot) === this.#id || places.importing.has(slot);
      if (isHere) continue;
      this.#arrived.delete(slot);
      this.#coverage.expect(slot, undefined);
    }
  }

  /** The last cursor was reached, and the last check made. */
  end(): void {
    if (this.#isVoid) return;
    for (const slot of this.#arrived) this.#coverage.cover(slot);
    for (const [slot, place] of this.#own) {
      if (place === this.#id) this.#coverage.cover(slot);
      else if (place !== LOST) this.#coverage.expect(slot, place);
    }
  }
}

/** Where slots are, as a node sees it. */
class Places {
  readonly owners: (string | undefined)[];
  readonly importing: ReadonlySet<number>;
  readonly #leaving: ReadonlyMap<number, string>;

  constructor(size: number, id: string, nodes: readonly ClusterNode[]) {
    this.owners = Array.from({ length: size });
    for (const node of nodes) for (const { start, end } of node.slots) this.owners.fill(node.id, start, end + 1);
    const own = nodes.find((node) => node.id === id);
    this.importing = new Set((own?.importing ?? []).map(({ slot }) => slot));
    this.#leaving = new Map((own?.migrating ?? []).map(({ slot, nodeId }) => [slot, nodeId]));
  }

  /** Where the keys of a slot are, or are going to. */
  placeOf(slot: number): string | undefined {
    return this.#leaving.get(slot) ?? this.owners[slot];
  }
}
