import assert from 'node:assert/strict';
import { after, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { AbortError, ConnectionError, ConstantBackoff, Valkey, type Lease } from '../../../src/index.ts';
import { ValkeyServer } from '../../../src/testing/index.ts';
import { acquired, leaseOf, listens } from './lock-tools.ts';
import {
  assertTook,
  callsOf,
  clientList,
  failureOf,
  killShared,
  Lateness,
  open,
  outcomeOf,
  outcomesOf,
  turn,
  typed,
  until,
} from './tools.ts';

const limit = { timeout: 30_000 };
const server = await ValkeyServer.start();
const admin = new Valkey({ port: server.port });
beforeEach(() => admin.flushall());
after(async () => {
  admin.destroy();
  await server.stop();
});

describe('waiting', limit, () => {
  test('takes one connection for all waiters of a client, who are served in order', async (t) => {
    const client = open(t, { port: server.port, maxConnections: 2 });
    const held = await acquired(admin, 'name', { timeout: 20_000 });
    const order: number[] = [];
    const waiting = Array.from({ length: 50 }, async (_, i) => {
      const lease = await leaseOf(client.lock('name', { timeout: 20_000 }).acquire());
      order.push(i);
      await lease.release();
    });
    await until('they listen', listens(admin, 1));
    await sleep(50);
    assert.equal(client.stats().pool.leased, 1);
    await held.release();
    await Promise.all(waiting);
    assert.deepEqual(
      order,
      order.map((_, i) => i),
    );
    await until('none listens', listens(admin, 0));
    await until('the connection is back', () => client.stats().pool.leased === 0);
  });

  test('is in the order of arrival across clients too', async (t) => {
    const held = await acquired(admin, 'name', { timeout: 20_000 });
    const start = performance.now();
    const order: number[] = [];
    const waiting: Promise<void>[] = [];
    for (let i = 0; i < 8; i++) {
      const client = open(t, { port: server.port });
      const lock = client.lock('name', { timeout: 20_000 });
      waiting.push(
        leaseOf(lock.acquire()).then(async (lease) => {
          order.push(i);
          await lease.release();
        }),
      );
      await until('it listens', listens(admin, i + 1));
    }
    await held.release();
    await Promise.all(waiting);
    // Who has waited for a second looks without being called, and may come to it between a release and the one whose turn it is.
    if (performance.now() - start > 950) t.diagnostic('the machine is too slow to tell');
    else assert.deepEqual(order, [0, 1, 2, 3, 4, 5, 6, 7]);
  });

  test('asks the server no more than once a second while it listens', async (t) => {
    const client = open(t, { port: server.port });
    const held = await acquired(admin, 'name', { timeout: 20_000 });
    // The connection that listens is dialled after the first look. The next would be due before the second is over if it were not.
    const lock = client.lock('name', { sleep: 500 });
    // The first look of a client brings the script along.
    const looks = async (): Promise<number> => (await callsOf(admin, 'eval')) + (await callsOf(admin, 'evalsha'));
    const before = await looks();
    const start = performance.now();
    const waiting = lock.acquire();
    await until('it listens', listens(admin, 1));
    for (const pause of [850, 1000]) {
      await sleep(pause);
      const made = (await looks()) - before;
      const most = 1 + Math.floor((performance.now() - start) / 1000);
      assert.ok(made >= 1 && made <= most, `${made} looks, of ${most}`);
    }
    await held.release();
    await (await leaseOf(waiting)).release();
  });

  test('never ends early', async (t) => {
    const client = open(t, { port: server.port });
    const held = await acquired(admin, 'name', { timeout: 20_000 });
    using lateness = new Lateness();
    const times = [1, 30, 100, 130, 250];
    const start = performance.now();
    const calls = times.map((blockingTimeout) => client.lock('name', { sleep: 100, blockingTimeout }).acquire());
    // An outcome's time counts from here: the first of the calls was made before.
    const calling = performance.now() - start;
    const outcomes = await outcomesOf(calls);
    for (const [i, { value, elapsed }] of outcomes.entries()) {
      assert.equal(value, null);
      // What was busy here when the calls were made is not measured.
      assert.ok(elapsed >= times[i]! - 1 - calling - lateness.worst, `${elapsed} ms, less than ${times[i]}`);
      assertTook(elapsed, times[i]!, times[i]! + 150, lateness.worst, `blockingTimeout ${times[i]}`);
    }
    await held.release();
  });

  test('looks once more at its end', async (t) => {
    const client = open(t, { port: server.port });
    await admin.set('name', 'of another library');
    const waiting = client.lock('name', { sleep: 10_000, blockingTimeout: 200 }).acquire();
    await until('it listens', listens(admin, 1));
    await admin.del('name');
    await (await leaseOf(waiting)).release();
  });

  test('in the line behind others ends in time too', async (t) => {
    const client = open(t, { port: server.port });
    const held = await acquired(admin, 'name', { timeout: 20_000 });
    const first = client.lock('name').acquire();
    const second = await outcomeOf(client.lock('name', { blockingTimeout: 50 }).acquire());
    assert.equal(second.value, null);
    await held.release();
    await (await leaseOf(first)).release();
  });

  test('can be left; the next one is served', async (t) => {
    const client = open(t, { port: server.port });
    const held = await acquired(admin, 'name', { timeout: 20_000 });
    const abort = new AbortController();
    const lock = client.lock('name', { timeout: 20_000 });
    const leaving = Array.from({ length: 30 }, () => lock.acquire({ signal: abort.signal }));
    const staying = lock.acquire();
    await until('they listen', listens(admin, 1));
    const warnings: Error[] = [];
    const warn = (warning: Error): void => void warnings.push(warning);
    process.on('warning', warn);
    t.after(() => process.off('warning', warn));
    const reason = new Error('enough');
    abort.abort(reason);
    for (const { error } of await outcomesOf(leaving)) {
      assert.equal(typed(error, AbortError, 'ABORTED').cause, reason);
      assert.equal((error as AbortError).sent, false);
    }
    await held.release();
    await (await leaseOf(staying)).release();
    assert.deepEqual(warnings, []);
  });

  test('can be ended by the signal of a view', async (t) => {
    const abort = new AbortController();
    const client = open(t, { port: server.port });
    const lock = client.withOptions({ signal: abort.signal }).lock('name', { timeout: 20_000 });
    const lease = await leaseOf(lock.acquire());
    const other = new AbortController();
    const waiting = [lock.acquire(), lock.acquire({ signal: other.signal }), lock.acquire({ signal: other.signal })];
    const ends = waiting.map((acquisition) => failureOf(acquisition, AbortError));
    await until('they listen', listens(admin, 1));
    other.abort();
    await Promise.all(ends.slice(1));
    abort.abort();
    await ends[0];
    await failureOf(lock.acquire(), AbortError);
    // What is held is released all the same.
    await lease.release();
    assert.equal(await client.lock('name').locked(), false);
  });

  test('that nobody does any more stops listening, and a signal on its way goes to others', async (t) => {
    const ROUNDS = 30;
    const client = open(t, { port: server.port });
    const other = open(t, { port: server.port });
    for (let i = 0; i < ROUNDS; i++) {
      const held = await acquired(admin, 'name');
      const abort = new AbortController();
      const leaving = outcomeOf(client.lock('name').acquire({ signal: abort.signal }));
      await until('it listens', listens(admin, 1));
      const staying = other.lock('name', { sleep: 60_000 }).acquire();
      await until('both listen', listens(admin, 2));
      const release = held.release();
      if (i % 3 === 1) await turn();
      if (i % 3 === 2) await release;
      abort.abort();
      await release;
      const { value } = await leaving;
      if (value !== undefined) await (value as Lease).release();
      await (await leaseOf(staying)).release();
    }
    await until('none listens', listens(admin, 0));
  });

  test('ends at once when its client is closed', async (t) => {
    const held = await acquired(admin, 'name');
    for (const how of ['close', 'destroy'] as const) {
      for (const options of [{}, { singleConnectionClient: true }]) {
        const client = open(t, { port: server.port, ...options });
        await client.connect();
        const waiting = Array.from({ length: 3 }, () => client.lock('name', { sleep: 500 }).acquire());
        const ends = waiting.map((acquisition) => failureOf(acquisition, ConnectionError, 'CLOSED'));
        await sleep(50);
        using lateness = new Lateness();
        const start = performance.now();
        await client[how]();
        await Promise.all(ends);
        assertTook(performance.now() - start, 0, 300, lateness.worst, how);
      }
    }
    await held.release();
  });

  test('outlives lost connections', async (t) => {
    const client = open(t, { port: server.port, retry: { backoff: new ConstantBackoff(5) } });
    const held = await acquired(admin, 'name', { timeout: 20_000 });
    const waiting = leaseOf(client.lock('name', { timeout: 20_000 }).acquire());
    await until('it listens', listens(admin, 1));
    await killShared(admin, client);
    const listener = (await clientList(admin)).find(({ cmd }) => cmd === 'blpop');
    await admin.executeCommand('CLIENT', 'KILL', 'ID', listener?.['id'] ?? '');
    await until('it listens again', listens(admin, 1));
    await held.release();
    await (await waiting).release();
  });

  test('without a connection to listen on looks every now and then', async (t) => {
    const client = open(t, { port: server.port, maxConnections: 1, socketTimeout: 300 });
    await using session = await client.session();
    await session.ping();
    const held = await acquired(admin, 'name', { timeout: 20_000 });
    const waiting = client.lock('name', { sleep: 20 }).acquire();
    await sleep(500);
    await held.release();
    await (await leaseOf(waiting)).release();
  });

  test('on a single connection does not hold up the release', async (t) => {
    const client = open(t, { port: server.port, singleConnectionClient: true });
    const lock = client.lock('name', { timeout: 20_000, sleep: 20 });
    const held = await leaseOf(lock.acquire());
    const waiting = lock.acquire();
    await sleep(50);
    await held.release();
    await (await leaseOf(waiting)).release();
    assert.equal(client.stats().pool.connections, 0);
  });
});

describe('locks of other libraries', limit, () => {
  test('are respected, and their release is noticed within sleep', async (t) => {
    const client = open(t, { port: server.port });
    await admin.set('name', '7f9d0e0c8d2a11ef', { condition: 'nx', px: 20_000 });
    const lock = client.lock('name', { sleep: 25 });
    assert.equal(await lock.locked(), true);
    assert.equal(await lock.acquire({ blocking: false }), null);
    const waiting = lock.acquire();
    await until('it listens', listens(admin, 1));
    await sleep(60);
    await admin.del('name');
    using lateness = new Lateness();
    const { value, elapsed } = await outcomeOf(waiting);
    assertTook(elapsed, 0, 25 + 100, lateness.worst, 'noticing');
    await (value as Lease).release();
  });

  test('respect ours, and are woken by nobody', async (t) => {
    const lease = await acquired(open(t, { port: server.port }), 'name', { timeout: 10_000 });
    const take = (): Promise<unknown> => admin.set('name', 'theirs', { condition: 'nx', px: 20_000 });
    assert.equal(await take(), null);
    await lease.release();
    assert.equal(await take(), 'OK');
  });

  test('that expire are noticed at once, whatever sleep is', async (t) => {
    const client = open(t, { port: server.port });
    await client.connect();
    const elapsed: number[] = [];
    using lateness = new Lateness();
    for (let i = 0; i < 5; i++) {
      await admin.set('name', 'theirs', { px: 150 });
      const start = performance.now();
      const lease = await leaseOf(client.lock('name', { sleep: 60_000 }).acquire());
      elapsed.push(performance.now() - start);
      await lease.release();
    }
    t.diagnostic(`a lock of 150 ms was had after ${elapsed.map((time) => time.toFixed(0)).join(', ')} ms`);
    assertTook(Math.min(...elapsed), 100, 150 + 60, lateness.worst, 'the expiry');
  });
});
