import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';

import { DataError } from '../../../src/errors.ts';
import {
  ConstantBackoff,
  DecorrelatedJitterBackoff,
  delayOf,
  EqualJitterBackoff,
  ExponentialBackoff,
  FullJitterBackoff,
  NoBackoff,
  type Backoff,
} from '../../../src/util/backoff.ts';

const COUNTS = [1, 2, 3, 4, 5, 6, 7, 8, 20, 29, 30, 31, 100, 1023, 1024, 2 ** 31, Number.MAX_SAFE_INTEGER, Infinity];

/** Below 1, as `Math.random` is. */
const LUCK = [0, 0.25, 0.5, 1 - Number.EPSILON];

function withLuck(t: TestContext, luck: number): void {
  t.mock.restoreAll();
  t.mock.method(Math, 'random', () => luck);
}

function exponential(failures: number, base: number, cap: number): number {
  let delay = base;
  for (let i = 0; i < failures && delay < cap; i++) delay *= 2;
  return Math.min(cap, delay);
}

describe('a backoff that would be misunderstood', () => {
  const isRefused = (code: string) => (error: unknown) => error instanceof DataError && error.code === code;

  it('is refused as it is made', () => {
    const times: readonly unknown[] = [NaN, -1, '5', null, {}];
    for (const wrong of times as readonly never[]) {
      assert.throws(() => new ConstantBackoff(wrong), isRefused('INVALID_OPTION'));
      for (const Type of [ExponentialBackoff, FullJitterBackoff, EqualJitterBackoff, DecorrelatedJitterBackoff]) {
        assert.throws(() => new Type({ cap: wrong }), isRefused('INVALID_OPTION'));
        assert.throws(() => new Type({ base: wrong }), isRefused('INVALID_OPTION'));
      }
    }
    const others: readonly unknown[] = [null, 5, 'x', []];
    for (const wrong of others as readonly never[]) {
      assert.throws(() => new FullJitterBackoff(wrong), isRefused('INVALID_OPTION'));
    }
    assert.throws(() => new FullJitterBackoff({ capp: 3 } as never), isRefused('UNKNOWN_OPTION'));
  });
});

describe('ConstantBackoff', () => {
  it('is always the same', () => {
    const backoff: Backoff = new ConstantBackoff(42);
    for (const count of COUNTS) assert.equal(backoff.delay(count), 42);
    assert.equal(new ConstantBackoff(0).delay(), 0);
  });
});

describe('NoBackoff', () => {
  it('is nothing', () => {
    assert.equal(new NoBackoff().delay(), 0);
    assert.ok(new NoBackoff() instanceof ConstantBackoff);
  });
});

describe('ExponentialBackoff', () => {
  it('doubles from twice the base up to the cap', () => {
    const backoff = new ExponentialBackoff();
    assert.deepEqual(
      [1, 2, 3, 4, 5, 6, 7, 8].map((count) => backoff.delay(count)),
      [16, 32, 64, 128, 256, 512, 512, 512],
    );
  });

  it('takes base and cap', () => {
    for (const [base, cap] of [
      [1, 10],
      [100, 60_000],
      [10, 5],
      [0.5, 3],
      [0, 100],
      [5, 0],
    ] as const) {
      const backoff = new ExponentialBackoff({ base, cap });
      for (const count of COUNTS) {
        const wanted = base === 0 ? 0 : exponential(count, base, cap);
        assert.equal(backoff.delay(count), wanted, `${base}, ${cap}, ${count}`);
      }
    }
    assert.equal(new ExponentialBackoff({ cap: 20 }).delay(5), 20);
    assert.equal(new ExponentialBackoff({ base: 100 }).delay(1), 200);
  });

  it('is a time whatever the count', () => {
    for (const count of COUNTS) assert.equal(new ExponentialBackoff().delay(count), exponential(count, 8, 512));
  });
});

describe('FullJitterBackoff', () => {
  it('is between nothing and the exponential wait', (t) => {
    const backoff = new FullJitterBackoff({ base: 4, cap: 1000 });
    for (const luck of LUCK) {
      withLuck(t, luck);
      for (const count of COUNTS) assert.equal(backoff.delay(count), luck * exponential(count, 4, 1000));
    }
  });
});

describe('EqualJitterBackoff', () => {
  it('is between half of the exponential wait and all of it', (t) => {
    const backoff = new EqualJitterBackoff({ base: 4, cap: 1000 });
    for (const luck of LUCK) {
      withLuck(t, luck);
      for (const count of COUNTS) {
        const half = exponential(count, 4, 1000) / 2;
        assert.equal(backoff.delay(count), half + luck * half);
      }
    }
  });
});

describe('DecorrelatedJitterBackoff', () => {
  it('is between the base and three times the wait before, and at most the cap', () => {
    const backoff = new DecorrelatedJitterBackoff({ base: 10, cap: 700 });
    for (let round = 0; round < 50; round++) {
      let previous = 0;
      for (let failures = 1; failures <= 30; failures++) {
        const delay = backoff.delay(failures);
        assert.ok(delay >= 10);
        assert.ok(delay <= Math.min(700, Math.max(10, previous * 3)), `${delay} after ${previous}`);
        previous = delay;
      }
    }
  });

  it('grows to the cap when luck wants it', (t) => {
    withLuck(t, 1 - Number.EPSILON);
    const backoff = new DecorrelatedJitterBackoff({ base: 10, cap: 700 });
    const delays = [1, 2, 3, 4, 5, 6].map((failures) => Math.round(backoff.delay(failures)));
    assert.deepEqual(delays, [10, 30, 90, 270, 700, 700]);
    for (const count of COUNTS.slice(1)) assert.equal(backoff.delay(count), 700);
  });

  it('begins anew with the first failure', (t) => {
    withLuck(t, 1 - Number.EPSILON);
    const backoff = new DecorrelatedJitterBackoff({ base: 10, cap: 700 });
    for (let failures = 1; failures <= 10; failures++) backoff.delay(failures);
    assert.equal(Math.round(backoff.delay(1)), 10);
    assert.equal(Math.round(backoff.delay(2)), 30);
  });

  it('is never over a cap that is below the base', () => {
    const backoff = new DecorrelatedJitterBackoff({ base: 100, cap: 30 });
    for (let failures = 1; failures <= 5; failures++) assert.equal(backoff.delay(failures), 30);
  });
});

describe('every backoff', () => {
  const all: readonly Backoff[] = [
    new ConstantBackoff(5),
    new NoBackoff(),
    new ExponentialBackoff(),
    new FullJitterBackoff(),
    new EqualJitterBackoff(),
    new DecorrelatedJitterBackoff(),
  ];
  for (const backoff of all) {
    it(`gives at most 512 ms by default, whatever the count: ${backoff.constructor.name}`, () => {
      for (const count of COUNTS) {
        for (let i = 0; i < 20; i++) {
          const delay = backoff.delay(count);
          assert.ok(delay >= 0 && delay <= 512, `${delay} for ${count}`);
        }
      }
    });
  }
});

describe('delayOf', () => {
  const saying = (delay: (failures: number) => unknown) => ({ delay }) as Backoff;

  it('is what the backoff says', () => {
    for (const count of COUNTS)
      assert.equal(
        delayOf(
          saying((failures) => failures * 2),
          count,
        ),
        count * 2,
      );
    assert.equal(
      delayOf(
        saying(() => 0),
        1,
      ),
      0,
    );
  });

  it('is the default wait where that is none', (t) => {
    withLuck(t, 0.5);
    const thrower = saying(() => {
      throw new Error('no idea');
    });
    assert.equal(delayOf(thrower, 1), 8);
    for (const none of [undefined, null, NaN, -1, -Infinity, '100', {}, Promise.resolve(1)]) {
      assert.equal(
        delayOf(
          saying(() => none),
          3,
        ),
        32,
      );
    }
  });
});
