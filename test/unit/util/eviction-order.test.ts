import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Evictable, LfuOrder, LruOrder, RandomOrder, type EvictionOrder } from '../../../src/util/eviction-order.ts';

class Item extends Evictable {
  readonly name: number;
  uses = 1;

  constructor(name: number) {
    super();
    this.name = name;
  }
}

/** The items in the order they must go, kept the simple way: sorted by uses where they count, then by when they were used last. */
class Model {
  readonly #counts: boolean;
  #items: Item[] = [];

  constructor(counts: boolean) {
    this.#counts = counts;
  }

  get items(): readonly Item[] {
    return this.#items;
  }

  add(item: Item): void {
    this.#items.push(item);
  }

  touch(item: Item): void {
    item.uses++;
    this.remove(item);
    this.#items.push(item);
  }

  remove(item: Item): void {
    this.#items = this.#items.filter((each) => each !== item);
  }

  get victim(): Item | undefined {
    if (!this.#counts) return this.#items[0];
    const least = Math.min(...this.#items.map(({ uses }) => uses));
    return this.#items.find(({ uses }) => uses === least);
  }

  clear(): void {
    this.#items = [];
  }
}

type Step = readonly [kind: 'add' | 'touch' | 'remove' | 'evict' | 'clear', at: number];

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.tuple(
    fc.oneof(
      { weight: 8, arbitrary: fc.constant('add' as const) },
      { weight: 12, arbitrary: fc.constant('touch' as const) },
      { weight: 2, arbitrary: fc.constant('remove' as const) },
      { weight: 3, arbitrary: fc.constant('evict' as const) },
      { weight: 1, arbitrary: fc.constant('clear' as const) },
    ),
    fc.nat(),
  ),
  { maxLength: 200 },
);

function follow(order: EvictionOrder<Item>, model: Model, list: readonly Step[]): void {
  let names = 0;
  for (const [kind, at] of list) {
    const item = model.items[at % Math.max(1, model.items.length)];
    if (kind === 'add') {
      const added = new Item(names++);
      order.add(added);
      model.add(added);
    } else if (kind === 'clear') {
      order.clear();
      model.clear();
    } else if (item !== undefined) {
      const subject = kind === 'evict' ? model.victim! : item;
      if (kind === 'touch') order.touch(subject);
      else order.remove(subject);
      if (kind === 'touch') model.touch(subject);
      else model.remove(subject);
    }
    assert.equal(order.victim()?.name, model.victim?.name);
  }
}

describe('the order of eviction', () => {
  it('gives the item that was used longest ago', () => {
    fc.assert(fc.property(steps, (list) => follow(new LruOrder<Item>(), new Model(false), list)));
  });

  it('gives the item that was used least often, and of those the one used longest ago', () => {
    fc.assert(fc.property(steps, (list) => follow(new LfuOrder<Item>(), new Model(true), list)));
  });

  it('gives any item, and each with the same chance', () => {
    let next = 0;
    const order = new RandomOrder<Item>(() => (next++ % 1000) / 1000);
    const items = Array.from({ length: 10 }, (_, name) => new Item(name));
    for (const item of items) order.add(item);
    const counts = new Map<number, number>();
    for (let i = 0; i < 1000; i++) {
      const { name } = order.victim()!;
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    assert.deepEqual([...counts.values()], new Array(10).fill(100));
    for (const item of items.slice(0, 9)) order.remove(item);
    assert.equal(order.victim(), items[9]);
    order.remove(items[9]!);
    assert.equal(order.victim(), undefined);
  });
});
