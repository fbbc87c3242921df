import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import fc from 'fast-check';

import { Ring } from '../../../src/util/ring.ts';

/** The ring and the array that it must be equal to. */
interface Pair {
  readonly ring: Ring<number>;
  array: number[];
}

function assertSame({ ring, array }: Pair): void {
  assert.equal(ring.length, array.length);
  assert.equal(ring.peek(), array[0]);
  for (let i = 0; i < array.length; i++) assert.equal(ring.at(i), array[i]);
  assert.equal(ring.at(array.length), undefined);
  assert.equal(ring.at(array.length + 100), undefined);
}

type Step = (pair: Pair) => void;

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(fc.integer(), fc.integer({ min: 1, max: 20 })).map(([first, count]): Step => {
      return ({ ring, array }) => {
        for (let i = 0; i < count; i++) {
          ring.push(first + i);
          array.push(first + i);
        }
      };
    }),
  },
  {
    weight: 3,
    arbitrary: fc.integer().map((item): Step => {
      return ({ ring, array }) => {
        ring.unshift(item);
        array.unshift(item);
      };
    }),
  },
  {
    weight: 5,
    arbitrary: fc.integer({ min: 1, max: 25 }).map((count): Step => {
      return ({ ring, array }) => {
        for (let i = 0; i < count; i++) assert.equal(ring.shift(), array.shift());
      };
    }),
  },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 1, max: 5 }).map((divisor): Step => {
      return (pair) => {
        const seen: number[] = [];
        pair.ring.filter((item) => {
          seen.push(item);
          return item % divisor === 0;
        });
        assert.deepEqual(seen, pair.array);
        pair.array = pair.array.filter((item) => item % divisor === 0);
      };
    }),
  },
  {
    weight: 1,
    arbitrary: fc.constant<Step>((pair) => {
      assert.deepEqual(pair.ring.drain(), pair.array);
      pair.array = [];
    }),
  },
);

describe('Ring', () => {
  it('is a queue with two ends, as an array is', () => {
    fc.assert(
      fc.property(fc.constantFrom(1, 2, 4, 16, 64), fc.array(step, { maxLength: 60 }), (capacity, steps) => {
        const pair: Pair = { ring: new Ring<number>(capacity), array: [] };
        for (const run of steps) {
          run(pair);
          assertSame(pair);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('keeps the order while it goes round and grows', () => {
    const ring = new Ring<number>(4);
    let next = 0;
    let expected = 0;
    for (let round = 0; round < 200; round++) {
      for (let i = 0; i < round % 37; i++) ring.push(next++);
      for (let i = 0; i < round % 31 && ring.length > 0; i++) assert.equal(ring.shift(), expected++);
    }
    assert.equal(ring.length, next - expected);
  });

  it('is empty when it is new, and again when everything was taken', () => {
    const ring = new Ring<string>();
    for (let i = 0; i < 3; i++) {
      assert.equal(ring.length, 0);
      assert.equal(ring.peek(), undefined);
      assert.equal(ring.shift(), undefined);
      assert.equal(ring.at(0), undefined);
      assert.deepEqual(ring.drain(), []);
      ring.push('a');
      assert.equal(ring.peek(), 'a');
      assert.equal(ring.length, 1);
      assert.equal(ring.shift(), 'a');
    }
  });

  it('keeps items that are false, but there', () => {
    const ring = new Ring<unknown>(2);
    const items = [0, '', false, null, NaN];
    for (const item of items) ring.push(item);
    assert.deepStrictEqual(ring.drain(), items);
  });

  describe('memory', () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;

    function heapUsed(): number {
      collect();
      return process.memoryUsage().heapUsed;
    }

    /** Eight bytes for every slot of a burst. */
    const BURST = 4_000_000;
    const LITTLE = 4 * 1024 * 1024;

    it('is given back when a burst is over', () => {
      const before = heapUsed();
      const ring = new Ring<number>();
      for (let i = 0; i < BURST; i++) ring.push(i);
      assert.ok(heapUsed() - before > BURST);
      for (let i = 0; i < BURST; i++) assert.equal(ring.shift(), i);
      assert.ok(heapUsed() - before < LITTLE);
      ring.push(1);
      ring.unshift(0);
      assert.deepEqual(ring.drain(), [0, 1]);
    });

    it('is given back when a burst is drained', () => {
      const before = heapUsed();
      const ring = new Ring<number>();
      for (let i = 0; i < BURST; i++) ring.push(i);
      assert.equal(ring.drain().length, BURST);
      assert.ok(heapUsed() - before < LITTLE);
    });

    it('holds nothing that was taken out', async () => {
      const ring = new Ring<object>(8);
      const refs: WeakRef<object>[] = [];
      for (let i = 0; i < 5; i++) {
        const item = {};
        refs.push(new WeakRef(item));
        ring.push(item);
      }
      ring.shift();
      ring.shift();
      ring.filter((item) => item !== refs[2]!.deref());
      // A WeakRef that was read holds its object until the turn of the event loop is over.
      await new Promise(setImmediate);
      collect();
      assert.deepEqual(
        refs.map((ref) => ref.deref() !== undefined),
        [false, false, false, true, true],
      );
      assert.equal(ring.length, 2);
    });
  });
});
