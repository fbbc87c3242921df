import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { DialFailures, delayWhileAway } from '../../../src/connection/dial-failures.ts';
import { ConstantBackoff, ExponentialBackoff, FullJitterBackoff } from '../../../src/util/backoff.ts';

const steps = new ExponentialBackoff();

/** Sets the monotonic clock, in milliseconds. */
function at(t: TestContext, now: number): void {
  t.mock.restoreAll();
  t.mock.method(performance, 'now', () => now);
}

describe('dial failures', () => {
  test('climb the steps until there is a first connection', () => {
    const failures = new DialFailures(steps);
    const delays = [1, 2, 3, 4].map(() => {
      failures.failed(false);
      return failures.delay;
    });
    assert.deepEqual(delays, [32, 64, 128, 256]);
    assert.equal(failures.count, 4);
  });

  test('wait one short step for a connection that was cut, and the longest for a server that is away', (t) => {
    at(t, 0);
    const failures = new DialFailures(steps);
    failures.ready();
    at(t, 2500);
    failures.lost();
    assert.equal(failures.count, 0);
    assert.equal(failures.delay, 16);
    failures.failed(true);
    assert.equal(failures.count, 1, 'what is told is the true count');
    assert.equal(failures.delay, 512);
    failures.ready();
    at(t, 5000);
    failures.lost();
    assert.equal(failures.delay, 16);
  });

  test('climb while connections are lost soon, and start anew after a sound one', (t) => {
    at(t, 0);
    const failures = new DialFailures(steps);
    const delays = [1, 2, 3].map(() => {
      failures.ready();
      failures.lost();
      return failures.delay;
    });
    assert.deepEqual(delays, [32, 64, 128]);
    failures.ready();
    at(t, 2001);
    failures.lost();
    assert.equal(failures.delay, 16);
    failures.failed(true);
    failures.reset();
    assert.equal(failures.delay, 16);
    assert.equal(failures.count, 0);
  });

  test('leave a backoff without steps as it is', () => {
    assert.equal(delayWhileAway(new ConstantBackoff(7), 1), 7);
  });

  test('spread the clients of a server, however soon it is back', () => {
    for (const downtime of [50, 100, 300, 1000]) {
      const buckets = new Map<number, number>();
      const clients = 20_000;
      for (let i = 0; i < clients; i++) {
        const failures = new DialFailures(new FullJitterBackoff());
        let now = failures.delay;
        while (now < downtime) {
          failures.failed(true);
          now += failures.delay;
        }
        const bucket = Math.floor(now / 10);
        buckets.set(bucket, (buckets.get(bucket) ?? 0) + 1);
      }
      const fullest = Math.max(...buckets.values()) / clients;
      assert.ok(fullest < 0.06, `${downtime} ms away: ${(fullest * 100).toFixed(1)} % in one bucket`);
    }
  });
});
