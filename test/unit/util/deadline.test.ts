import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { after, clock, earlier, NEVER, reached } from '../../../src/util/clock.ts';
import { Deadline } from '../../../src/util/deadline.ts';

/** A deadline does not keep the process alive, so something else must while we wait for it. */
let alive: NodeJS.Timeout;
beforeEach(() => {
  alive = setInterval(() => undefined, 1000);
});
afterEach(() => clearInterval(alive));

function block(milliseconds: number): void {
  const start = performance.now();
  while (performance.now() - start < milliseconds);
}

/** Sweeps that happened, and a promise of the next. */
class Sweeps {
  readonly times: number[] = [];
  readonly late: number[] = [];
  #next: (() => void) | undefined;

  readonly sweep = (now: number, late: number): number => {
    this.times.push(now);
    this.late.push(late);
    this.#next?.();
    return this.answer(now);
  };
  answer: (now: number) => number = () => NEVER;

  next(): Promise<void> {
    return new Promise((resolve) => (this.#next = resolve));
  }
}

describe('Deadline', () => {
  it('sweeps when the moment has come, once', async () => {
    const sweeps = new Sweeps();
    const deadline = new Deadline(sweeps.sweep);
    const moment = after(clock(), 20);
    deadline.watch(moment);
    await sweeps.next();
    assert.ok(reached(moment, sweeps.times[0]!));
    await sleep(40);
    assert.equal(sweeps.times.length, 1);
  });

  it('sweeps for the earliest moment, whatever the order of telling', async () => {
    for (const waits of [
      [30, 10, 20],
      [10, 20, 30],
      [30, 20, 10],
    ]) {
      const sweeps = new Sweeps();
      const deadline = new Deadline(sweeps.sweep);
      const start = clock();
      const moments = waits.map((wait) => after(start, wait));
      const due = new Set(moments);
      const order: number[] = [];
      sweeps.answer = (now) => {
        let next = NEVER;
        for (const moment of due) {
          if (!reached(moment, now)) next = earlier(next, moment);
          else {
            due.delete(moment);
            order.push((moment - start) | 0);
          }
        }
        return next;
      };
      for (const moment of moments) deadline.watch(moment);
      while (due.size > 0) await sweeps.next();
      assert.deepEqual(
        [...order].sort((a, b) => a - b),
        [10, 20, 30],
      );
      assert.ok(sweeps.times.length <= 3);
      assert.ok(reached(after(start, 10), sweeps.times[0]!));
    }
  });

  it('sweeps again at the moment that the sweep gives', async () => {
    const sweeps = new Sweeps();
    const deadline = new Deadline(sweeps.sweep);
    sweeps.answer = (now) => (sweeps.times.length < 3 ? after(now, 5) : NEVER);
    deadline.watch(after(clock(), 5));
    while (sweeps.times.length < 3) await sweeps.next();
    await sleep(20);
    assert.equal(sweeps.times.length, 3);
  });

  it('takes a moment that it is told of during the sweep', async () => {
    const sweeps = new Sweeps();
    const deadline = new Deadline(sweeps.sweep);
    sweeps.answer = (now) => {
      if (sweeps.times.length === 1) deadline.watch(after(now, 5));
      return NEVER;
    };
    deadline.watch(clock());
    while (sweeps.times.length < 2) await sweeps.next();
    assert.equal(sweeps.times.length, 2);
  });

  it('never sweeps for NEVER', async () => {
    const sweeps = new Sweeps();
    new Deadline(sweeps.sweep).watch(NEVER);
    await sleep(20);
    assert.equal(sweeps.times.length, 0);
  });

  it('sweeps for a moment that has passed, but not at once', async () => {
    const sweeps = new Sweeps();
    const deadline = new Deadline(sweeps.sweep);
    deadline.watch((clock() - 10) | 0);
    assert.equal(sweeps.times.length, 0);
    await sweeps.next();
    assert.equal(sweeps.times.length, 1);
  });

  it('does not sweep when it was stopped', async () => {
    const sweeps = new Sweeps();
    const deadline = new Deadline(sweeps.sweep);
    deadline.watch(after(clock(), 10));
    deadline.stop();
    deadline.stop();
    await sleep(30);
    assert.equal(sweeps.times.length, 0);
  });

  it('does not sweep when it was stopped while the event loop was behind', async () => {
    const sweeps = new Sweeps();
    const deadline = new Deadline(sweeps.sweep);
    deadline.watch(after(clock(), 5));
    setTimeout(() => deadline.stop(), 8);
    block(80);
    await sleep(200);
    assert.equal(sweeps.times.length, 0);
  });

  it('does not sweep when it was stopped just before', async () => {
    const sweeps = new Sweeps();
    const deadline = new Deadline(sweeps.sweep);
    deadline.watch(after(clock(), 5));
    // Both timers are due in the same turn of the loop, and neither is so late that it is excused.
    setTimeout(() => deadline.stop(), 5);
    block(12);
    await sleep(50);
    assert.equal(sweeps.times.length, 0);
  });

  it('does not keep the process alive', () => {
    const timers = (): number => process.getActiveResourcesInfo().filter((each) => each === 'Timeout').length;
    const before = timers();
    const deadline = new Deadline(() => NEVER);
    deadline.watch(after(clock(), 60_000));
    assert.equal(timers(), before);
    deadline.stop();
  });

  it('says how late it is', async () => {
    const sweeps = new Sweeps();
    const deadline = new Deadline(sweeps.sweep);
    deadline.watch(after(clock(), 10));
    await sweeps.next();
    const moment = after(clock(), 10);
    deadline.watch(moment);
    block(110);
    await sweeps.next();
    assert.ok(sweeps.late[0]! >= 0);
    // Ten milliseconds of the hundred and ten were the wait itself.
    assert.ok(sweeps.late[1]! >= 95, `late by ${sweeps.late[1]}`);
  });

  it('lets a blocked event loop read what has come before it sweeps', async () => {
    const server = createServer((socket) => socket.on('error', () => undefined));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    const [accepted] = (await once(server, 'connection')) as [Socket];
    const order: string[] = [];
    client.on('data', () => order.push('read'));
    const swept = new Promise<void>((resolve) => {
      const deadline = new Deadline(() => {
        order.push('sweep');
        resolve();
        return NEVER;
      });
      deadline.watch(after(clock(), 10));
    });
    accepted.write('a reply in time');
    block(100);
    await swept;
    assert.deepEqual(order, ['read', 'sweep']);
    client.destroy();
    accepted.destroy();
    server.close();
    await once(server, 'close');
  });
});
