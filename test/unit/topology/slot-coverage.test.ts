import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import fc from 'fast-check';

import type { ClusterNode } from '../../../src/commands/cluster.ts';
import { type NodeReport, SlotCoverage } from '../../../src/topology/slot-coverage.ts';

const NODES = ['a', 'b', 'c'] as const;
const RUNS = { numRuns: 1000, interruptAfterTimeLimit: 20_000 };
const SLOTS = 6;
const KEYS_PER_SLOT = 4;

/** A cluster in which slots move, key by key or at once. */
class Model {
  readonly owners: string[] = Array.from({ length: SLOTS }, (_, i) => NODES[i % NODES.length]!);
  readonly moves: Map<number, string> = new Map();
  /** Where each key is; key `i` is of slot `i % SLOTS`, and a node's cursor goes over them in this order. */
  readonly places: string[] = Array.from({ length: SLOTS * KEYS_PER_SLOT }, (_, i) => this.owners[i % SLOTS]!);
  run = 0;

  happen([kind, which, where]: readonly [number, number, number]): void {
    const slot = which % SLOTS;
    const from = this.owners[slot]!;
    const to = this.moves.get(slot);
    if (kind === 0 && to === undefined && NODES[where] !== from) this.moves.set(slot, NODES[where]!);
    if (kind === 1 && to !== undefined) {
      const key = this.places.findIndex((place, i) => i % SLOTS === slot && place === from);
      if (key === -1) this.#give(slot, to);
      else this.places[key] = to;
    }
    if (kind === 2 && to !== undefined) this.#give(slot, to);
    if (kind === 3 && to === undefined) this.#give(slot, NODES[where]!);
    if (kind === 4 && where === 0) this.run++;
  }

  report(id: string): NodeReport {
    const nodes = NODES.map((node) => {
      const slots = this.owners.flatMap((owner, slot) => (owner === node ? [{ start: slot, end: slot }] : []));
      const moves = [...this.moves].filter(() => node === id);
      const migrating = moves.flatMap(([slot, nodeId]) => (this.owners[slot] === node ? [{ slot, nodeId }] : []));
      const importing = moves.flatMap(([slot, to]) => (to === node ? [{ slot, nodeId: this.owners[slot]! }] : []));
      return { id: node, primaryId: null, flags: ['master'], slots, migrating, importing } as unknown as ClusterNode;
    });
    return { runId: `${id}${this.run}`, nodes };
  }

  #give(slot: number, to: string): void {
    for (let key = slot; key < this.places.length; key += SLOTS) this.places[key] = to;
    this.owners[slot] = to;
    this.moves.delete(slot);
  }
}

type Happening = readonly [kind: number, slot: number, node: number];

/** Walks over the nodes as a scan does, while things happen between any two steps. */
function scan(model: Model, happenings: Iterator<Happening>): Set<number> {
  const next = (): void => {
    const { done, value } = happenings.next() as IteratorResult<Happening, undefined>;
    if (done !== true) model.happen(value);
  };
  const found = new Set<number>();
  const coverage = new SlotCoverage(SLOTS);
  for (let round = 0; !coverage.isComplete; round++) {
    assert.ok(round < 100, 'it comes to an end when nothing happens any more');
    for (const id of coverage.wanted(model.report('a').nodes)) {
      next();
      const walk = coverage.begin(id, model.report(id));
      for (const key of model.places.keys()) {
        next();
        if (model.places[key] === id && !coverage.isCovered(key % SLOTS)) found.add(key);
        walk.check(model.report(id));
      }
      next();
      walk.check(model.report(id));
      walk.end();
    }
  }
  return found;
}

const happening = fc.tuple(fc.nat({ max: 4 }), fc.nat({ max: SLOTS - 1 }), fc.nat({ max: 2 }));

describe('SlotCoverage', () => {
  it('takes one walk over each node when nothing moves', () => {
    const coverage = new SlotCoverage(SLOTS);
    const model = new Model();
    for (const id of coverage.wanted(model.report('a').nodes)) coverage.begin(id, model.report(id)).end();
    assert.ok(coverage.isComplete);
    assert.deepEqual(coverage.wanted(model.report('a').nodes), []);
  });

  it('covers a slot on its way by a walk over its source and one over its destination', () => {
    const coverage = new SlotCoverage(SLOTS);
    const model = new Model();
    model.happen([0, 0, 1]);
    coverage.begin('a', model.report('a')).end();
    assert.ok(!coverage.isCovered(0) && coverage.isCovered(3));
    coverage.begin('b', model.report('b')).end();
    assert.ok(coverage.isCovered(0));
  });

  it('does not count a walk over a server that was started again', () => {
    const coverage = new SlotCoverage(SLOTS);
    const model = new Model();
    const walk = coverage.begin('a', model.report('a'));
    model.run++;
    walk.check(model.report('a'));
    walk.end();
    assert.equal(coverage.left, SLOTS);
  });

  it('walks over the source again when the destination is no more', () => {
    const coverage = new SlotCoverage(SLOTS);
    const model = new Model();
    model.happen([0, 0, 1]);
    coverage.begin('a', model.report('a')).end();
    const gone = model.report('a').nodes.filter(({ id }) => id !== 'b');
    assert.deepEqual(coverage.wanted(gone), ['a', 'c']);
  });

  it('misses no key, whatever moves', () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 120 }), (happenings) => {
        const model = new Model();
        const found = scan(model, happenings.values());
        assert.equal(found.size, model.places.length);
      }),
      RUNS,
    );
  });
});
