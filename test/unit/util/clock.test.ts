import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import fc from 'fast-check';

import { after, clock, earlier, NEVER, reached } from '../../../src/util/clock.ts';

const MAX = 2 ** 31 - 1;
const MIN = -(2 ** 31);
const DAY = 24 * 60 * 60 * 1000;

/** Any reading of the clock, most of all about where it wraps around. */
const moment = fc.oneof(
  fc.integer({ min: MIN, max: MAX }),
  fc.integer({ min: MAX - 2000, max: MAX }),
  fc.integer({ min: MIN, max: MIN + 2000 }),
  fc.integer({ min: -2000, max: 2000 }),
);
const span = fc.oneof(fc.integer({ min: 0, max: 10_000 }), fc.integer({ min: 0, max: 24 * DAY }));

function isInt32(value: number): boolean {
  return (value | 0) === value;
}

describe('clock', () => {
  it('is a 32-bit integer that goes on', () => {
    const first = clock();
    assert.ok(isInt32(first));
    const start = performance.now();
    while (performance.now() - start < 3);
    const passed = (clock() - first) | 0;
    assert.ok(passed >= 2);
  });

  it('wraps around with the monotonic clock', (t) => {
    const now = t.mock.method(performance, 'now', () => 2 ** 31 + 5.9);
    assert.equal(clock(), MIN + 5);
    now.mock.mockImplementation(() => 2 ** 32 + 7.2);
    assert.equal(clock(), 7);
  });
});

describe('after', () => {
  it('is the moment that many milliseconds later, around the wrap too', () => {
    assert.equal(after(100, 50), 150);
    assert.equal(after(-10, 20), 10);
    assert.equal(after(MAX - 5, 10), MIN + 4);
    assert.equal(after(5, 0), 5);
  });

  it('is never NEVER by chance', () => {
    assert.notEqual(after(MAX - 10, 10), NEVER);
    assert.notEqual(after(MAX, 0), NEVER);
  });

  it('is NEVER when that is too far', () => {
    for (const milliseconds of [Infinity, Number.MAX_VALUE, 2 ** 32, 2 ** 31, 25 * DAY]) {
      for (const now of [0, MIN, MAX, -1]) assert.equal(after(now, milliseconds), NEVER);
    }
    assert.notEqual(after(0, 24 * DAY), NEVER);
  });

  it('is a moment that is reached when it has come and not before', () => {
    fc.assert(
      fc.property(moment, span, span, (now, wait, passed) => {
        fc.pre(wait + passed < 24 * DAY);
        const then = after(now, wait);
        assert.ok(isInt32(then));
        assert.notEqual(then, NEVER);
        // `after` may be a millisecond early, so as not to be NEVER.
        if (wait > 1) assert.equal(reached(then, now), false);
        assert.equal(reached(then, after(now, wait)), true);
        assert.equal(reached(then, (now + wait + passed) | 0), true);
      }),
    );
  });

  it('takes fractions', () => {
    assert.equal(after(100, 0.5), 100);
    assert.equal(after(100, 1.9), 101);
  });
});

describe('reached', () => {
  it('is so from the moment on', () => {
    assert.equal(reached(100, 99), false);
    assert.equal(reached(100, 100), true);
    assert.equal(reached(100, 101), true);
    assert.equal(reached(MIN + 3, MAX - 3), false);
    assert.equal(reached(MAX - 3, MIN + 3), true);
  });

  it('is never so for NEVER', () => {
    for (const now of [0, MIN, MAX, MAX - 1, -1]) assert.equal(reached(NEVER, now), false);
  });
});

describe('earlier', () => {
  it('is the one of two moments that comes first, around the wrap too', () => {
    assert.equal(earlier(1, 2), 1);
    assert.equal(earlier(2, 1), 1);
    assert.equal(earlier(5, 5), 5);
    assert.equal(earlier(MAX - 3, MIN + 3), MAX - 3);
    assert.equal(earlier(MIN + 3, MAX - 3), MAX - 3);
  });

  it('is anything rather than NEVER', () => {
    for (const other of [0, MIN, MAX - 1, -1]) {
      assert.equal(earlier(NEVER, other), other);
      assert.equal(earlier(other, NEVER), other);
    }
    assert.equal(earlier(NEVER, NEVER), NEVER);
  });

  it('does not depend on the order', () => {
    fc.assert(
      fc.property(moment, span, span, (now, a, b) => {
        const [first, second] = [after(now, a), after(now, b)];
        assert.equal(earlier(first, second), earlier(second, first));
        assert.equal(earlier(first, second), after(now, Math.min(a, b)));
      }),
    );
  });
});
