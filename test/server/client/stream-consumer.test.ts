import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { DataError, NoPermissionError, Valkey, type ConsumedEntry, type StreamConsumer } from '../../../src/index.ts';
import { ValkeyServer } from '../../../src/testing/index.ts';
import { blockedClients, callsOf, failureOf, open, outcomeOf, tally, until } from './tools.ts';

const limit = { timeout: 60_000 };
const server = await ValkeyServer.start();
const admin = new Valkey({ port: server.port });
after(async () => {
  admin.destroy();
  await server.stop();
});

const ZERO = {
  delivered: 0,
  succeeded: 0,
  failed: 0,
  running: 0,
  acknowledged: 0,
  claimed: 0,
  deadLettered: 0,
  deleted: 0,
};

let streams = 0;
/** A stream that no other test has, with so many entries. */
async function filled(count: number): Promise<string> {
  const stream = `stream:${++streams}`;
  for (let i = 0; i < count; i++) void admin.xadd(stream, `1-${i + 1}`, { n: i });
  await admin.ping();
  return stream;
}

const numbers = (count: number): string[] => Array.from({ length: count }, (_, i) => String(i));
const sorted = (items: Iterable<string>): string[] => [...items].sort((a, b) => Number(a) - Number(b));
const pendingOf = async (stream: string): Promise<number> => (await admin.xpending(stream, 'g')).pending;

/** The entries of a loop that is left after so many of them. */
async function take<T>(consumer: StreamConsumer<T>, count: number, ack = true): Promise<ConsumedEntry<T>[]> {
  const entries: ConsumedEntry<T>[] = [];
  for await (const entry of consumer) {
    entries.push(entry);
    if (ack) await entry.ack();
    if (entries.length === count) break;
  }
  return entries;
}

const idsOf = (entries: readonly ConsumedEntry<unknown>[]): string[] => entries.map(({ id }) => id);

for (const protocol of [2, 3] as const) {
  describe(`a loop over a stream, RESP${protocol}`, limit, () => {
    test('gives entries in order, once, as they come', async (t) => {
      const stream = await filled(25);
      const client = open(t, { port: server.port, protocol });
      const consumer = client.streams.consume(stream, 'g', 'ada');
      const [first] = await take(consumer, 1);
      const { stream: name, id, fields, deliveries } = first!;
      assert.deepEqual(
        { name, id, fields, deliveries },
        { name: stream, id: '1-1', fields: { n: '0' }, deliveries: 1 },
      );
      const rest = take(consumer, 25);
      await until('it waits', () => blockedClients(admin).then((blocked) => blocked === 1));
      await admin.xadd(stream, '2-1', { n: 25 });
      assert.deepEqual(
        (await rest).map((entry) => entry.fields['n']),
        numbers(26).slice(1),
      );
      assert.equal(await pendingOf(stream), 0);
      assert.equal(consumer.stats().acknowledged, 25);
    });

    test('gives bytes to those who want bytes', async (t) => {
      const client = open(t, { port: server.port, protocol, encoding: 'buffer', integers: 'bigint' });
      const [stream, other, group, ada] = [
        [0xff, 1],
        [0xfe, 1],
        [0xff, 2],
        [0xff, 3],
      ].map((bytes) => Buffer.from(bytes));
      const value = Buffer.from([0, 0xff]);
      const odd = Buffer.from(`${protocol}`);
      const keys = [Buffer.concat([stream!, odd]), Buffer.concat([other!, odd])];
      for (const key of keys) {
        await client.xadd(key, '1-1', [
          [value, 'a'],
          [value, value],
        ]);
      }
      const entries = await take(client.streams.consume(keys, group!, ada!), 2, false);
      assert.deepEqual(
        entries.map((entry) => [entry.stream, entry.fields, entry.deliveries]),
        keys.map((key) => [
          key,
          [
            [value, Buffer.from('a')],
            [value, value],
          ],
          1,
        ]),
      );
      const again = await take(client.streams.consume(keys, group!, ada!), 2);
      assert.deepEqual(
        again.map(({ deliveries }) => deliveries),
        [2, 2],
      );
      for (const key of keys) assert.equal((await client.xpending(key, group!)).pending, 0n);
    });

    test('gives what was pending first, then what others have left', async (t) => {
      const stream = await filled(6);
      const client = open(t, { port: server.port, protocol });
      await admin.xgroupCreate(stream, 'g', '0');
      await admin.xreadgroup('g', 'bob', { [stream]: '>' }, { count: 2 });
      await admin.xreadgroup('g', 'ada', { [stream]: '>' }, { count: 2 });
      const entries = await take(client.streams.consume(stream, 'g', 'ada', { claimIdle: 1, count: 1 }), 6);
      assert.deepEqual(idsOf(entries), ['1-3', '1-4', '1-1', '1-2', '1-5', '1-6']);
      assert.deepEqual(
        entries.map(({ deliveries }) => deliveries),
        [2, 2, 2, 2, 1, 1],
      );
    });
  });
}

describe('several streams', limit, () => {
  test('are read together, and acknowledged each', async (t) => {
    const names = [await filled(20), await filled(30), await filled(0)];
    const client = open(t, { port: server.port });
    const entries = await take(client.streams.consume(names, 'g', 'ada', { count: 7 }), 50);
    assert.deepEqual(tally(entries.map(({ stream }) => stream)), { [names[0]!]: 20, [names[1]!]: 30 });
    for (const name of names.slice(0, 2)) assert.equal(await pendingOf(name), 0);
    const waiting = take(client.streams.consume(names, 'g', 'ada'), 1);
    await until('it waits', () => blockedClients(admin).then((blocked) => blocked === 1));
    await admin.xadd(names[2]!, '7-7', { n: 1 });
    assert.deepEqual(idsOf(await waiting), ['7-7']);
  });

  test('are told apart by their bytes', async (t) => {
    const client = open(t, { port: server.port });
    const key = Buffer.from([0xff, 9]);
    await admin.xadd(key, '1-1', { n: 0 });
    const [entry] = await take(client.streams.consume([key, await filled(0)], 'g', 'ada'), 1);
    assert.equal(entry?.stream, '�\t');
    assert.equal((await admin.xpending(key, 'g')).pending, 0);
    const same = [Buffer.from([0xff]), Buffer.from([0xfe])];
    assert.throws(() => client.streams.consume(same, 'g', 'ada'), DataError);
    assert.throws(() => client.streams.consume(['a', Buffer.from('a')], 'g', 'ada'), DataError);
  });
});

describe('sharing', limit, () => {
  test('two consumers share the work', async (t) => {
    const COUNT = 400;
    const stream = await filled(0);
    const seen: string[] = [];
    const consumers = ['ada', 'bob'].map((name) => {
      const client = open(t, { port: server.port });
      return client.streams.consume(stream, 'g', name, { concurrency: 3 });
    });
    const runs = consumers.map((consumer) =>
      consumer.run(async (entry) => {
        seen.push(entry.fields['n']!);
        await sleep(1);
        if (seen.length === COUNT) for (const each of consumers) each.stop();
      }),
    );
    for (let i = 0; i < COUNT; i++) await admin.xadd(stream, '*', { n: i });
    const counts = await Promise.all(runs);
    assert.deepEqual(sorted(seen), numbers(COUNT));
    assert.equal(await pendingOf(stream), 0);
    for (const { delivered } of counts) assert.ok(delivered > COUNT / 10, `one had only ${delivered}`);
    assert.equal(counts[0]!.acknowledged + counts[1]!.acknowledged, COUNT);
  });

  test('what a consumer that is gone has left is taken over, when it is old enough', async (t) => {
    const stream = await filled(30);
    const gone = new Valkey({ port: server.port });
    for await (const entry of gone.streams.consume(stream, 'g', 'gone', { count: 20 })) {
      assert.equal(entry.id, '1-1');
      // As a crash would: nothing is given back.
      gone.destroy();
      break;
    }
    assert.equal(await pendingOf(stream), 20);
    const began = performance.now();
    const client = open(t, { port: server.port });
    const consumer = client.streams.consume(stream, 'g', 'ada', { claimIdle: 400, concurrency: 5, block: 100 });
    const seen: ConsumedEntry<string>[] = [];
    const counts = await consumer.run((entry) => {
      seen.push(entry);
      if (seen.length === 11) assert.ok(performance.now() - began >= 300, 'not at once');
      if (seen.length === 30) consumer.stop();
    });
    assert.deepEqual(idsOf(seen).sort(), Array.from({ length: 30 }, (_, i) => `1-${i + 1}`).sort());
    assert.deepEqual(tally(seen.map(({ deliveries }) => String(deliveries))), { 1: 10, 2: 20 });
    assert.equal(counts.claimed, 20);
    assert.equal(await pendingOf(stream), 0);
  });

  test('what waits to be handled is not taken over meanwhile', async (t) => {
    const stream = await filled(8);
    const seen: string[] = [];
    const slow = open(t, { port: server.port }).streams.consume(stream, 'g', 'slow', { claimIdle: 300, count: 8 });
    const other = open(t, { port: server.port }).streams.consume(stream, 'g', 'other', { claimIdle: 300, block: 50 });
    const loop = (async () => {
      for await (const entry of slow) {
        seen.push(entry.id);
        await entry.ack();
        await sleep(100);
        if (seen.length === 8) break;
      }
    })();
    await until('it has begun', () => seen.length > 0);
    const run = other.run((entry) => void seen.push(`other has ${entry.id}`));
    await loop;
    other.stop();
    await run;
    assert.deepEqual(
      seen,
      Array.from({ length: 8 }, (_, i) => `1-${i + 1}`),
    );
  });

  test('what another has taken over meanwhile is not given', async (t) => {
    const stream = await filled(3);
    const slow = open(t, { port: server.port }).streams.consume(stream, 'g', 'slow', { claimIdle: 200, count: 3 });
    const seen: string[] = [];
    for await (const entry of slow) {
      seen.push(entry.id);
      await entry.ack();
      if (seen.length === 1) {
        await sleep(250);
        assert.deepEqual(await admin.xclaim(stream, 'g', 'other', 200, '1-2', { justid: true }), ['1-2']);
      }
      if (seen.length === 2) break;
    }
    assert.deepEqual(seen, ['1-1', '1-3']);
  });

  test('what is being handled here is not taken over by oneself, nor counted', async (t) => {
    const stream = await filled(1);
    const consumer = open(t, { port: server.port }).streams.consume(stream, 'g', 'ada', {
      claimIdle: 20,
      concurrency: 2,
    });
    let calls = 0;
    const run = consumer.run(async () => {
      calls++;
      await sleep(400);
    });
    await sleep(300);
    const [pending] = await admin.xpending(stream, 'g', '-', '+', 1);
    assert.equal(pending?.deliveries, 1);
    assert.ok((await callsOf(admin, 'xautoclaim')) > 1);
    await until('it is handled', async () => (await pendingOf(stream)) === 0);
    consumer.stop();
    assert.equal((await run).claimed, 0);
    assert.equal(calls, 1);
  });
});

describe('handlers', limit, () => {
  test('run so many at a time, and no more', async (t) => {
    for (const concurrency of [1, 4]) {
      const stream = await filled(40);
      const consumer = open(t, { port: server.port }).streams.consume(stream, 'g', 'ada', { concurrency });
      let [now, most, done] = [0, 0, 0];
      const held: number[] = [];
      const counts = await consumer.run(async () => {
        most = Math.max(most, ++now);
        await sleep(2);
        held.push((await pendingOf(stream)) - consumer.stats().running);
        now--;
        if (++done === 40) consumer.stop();
      });
      assert.equal(most, concurrency);
      assert.ok(Math.max(...held) <= concurrency, 'no more are read than can be handled, or are being acknowledged');
      assert.deepEqual(counts, { ...ZERO, delivered: 40, succeeded: 40, acknowledged: 40 });
    }
  });

  test('that fail leave their entry pending, and others go on', async (t) => {
    const stream = await filled(10);
    const client = open(t, { port: server.port });
    const consumer = client.streams.consume(stream, 'g', 'ada', { concurrency: 3 });
    const failures: string[] = [];
    let done = 0;
    const counts = await consumer.run(
      (entry) => {
        if (++done === 10) consumer.stop();
        if (Number(entry.fields['n']) % 3 === 0) throw new Error(`no ${entry.id}`);
      },
      { onFailure: (error, entry) => void failures.push(`${entry.id}: ${(error as Error).message}`) },
    );
    assert.deepEqual(counts, { ...ZERO, delivered: 10, succeeded: 6, failed: 4, acknowledged: 6 });
    assert.deepEqual(
      failures,
      ['1-1', '1-4', '1-7', '1-10'].map((id) => `${id}: no ${id}`),
    );
    assert.deepEqual(idsOf(await take(client.streams.consume(stream, 'g', 'ada'), 4)), ['1-1', '1-4', '1-7', '1-10']);
  });

  test('may acknowledge by themselves', async (t) => {
    const stream = await filled(4);
    const consumer = open(t, { port: server.port }).streams.consume(stream, 'g', 'ada', { autoAck: false });
    const counts = await consumer.run(async (entry) => {
      if (entry.id === '1-2') await entry.ack();
      if (entry.id === '1-4') consumer.stop();
    });
    assert.deepEqual(counts, { ...ZERO, delivered: 4, succeeded: 4, acknowledged: 1 });
    assert.equal(await pendingOf(stream), 3);
  });

  test('onFailure may make a failure the end', async (t) => {
    const stream = await filled(4);
    const consumer = open(t, { port: server.port }).streams.consume(stream, 'g', 'ada');
    const run = consumer.run(() => Promise.reject(new Error('mine')), {
      onFailure: (error) => {
        throw error;
      },
    });
    await assert.rejects(run, /mine/);
    assert.equal(consumer.stats().failed, 0);
    assert.deepEqual(await admin.xpending(stream, 'g', '-', '+', 10).then((all) => all.map(({ id }) => id)), ['1-1']);
  });

  test('have stopTimeout to finish', async (t) => {
    const stream = await filled(2);
    const client = open(t, { port: server.port });
    const consumer = client.streams.consume(stream, 'g', 'ada', { concurrency: 2, stopTimeout: 300 });
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const run = consumer.run(async ({ id }) => {
      if (id === '1-1') await held;
      else await sleep(100);
    });
    await until('both run', () => consumer.stats().running === 2);
    consumer.stop();
    const { value, elapsed } = await outcomeOf(run);
    assert.ok(elapsed >= 250, `after ${elapsed} ms`);
    assert.deepEqual(value, { ...ZERO, delivered: 2, succeeded: 1, running: 1, acknowledged: 1 });
    release();
    await until('the late one is acknowledged too', async () => (await pendingOf(stream)) === 0);
  });
});

describe('acknowledging', limit, () => {
  test('sends what is acknowledged in one tick together', async (t) => {
    const stream = await filled(100);
    const client = open(t, { port: server.port });
    const before = await callsOf(admin, 'xack');
    const acks: Promise<void>[] = [];
    for await (const entry of client.streams.consume(stream, 'g', 'ada', { count: 100 })) {
      const ack = entry.ack();
      assert.equal(entry.ack(), ack);
      if (acks.push(ack) === 100) break;
    }
    await Promise.all(acks);
    assert.equal((await callsOf(admin, 'xack')) - before, 1);
    assert.equal(await pendingOf(stream), 0);
  });

  test('of handlers that end in one tick is one command', async (t) => {
    const stream = await filled(200);
    const consumer = open(t, { port: server.port }).streams.consume(stream, 'g', 'ada', { concurrency: 50 });
    const before = await callsOf(admin, 'xack');
    let done = 0;
    await consumer.run(async () => {
      await sleep(1);
      if (++done === 200) consumer.stop();
    });
    const calls = (await callsOf(admin, 'xack')) - before;
    t.diagnostic(`200 entries in ${calls} XACKs`);
    assert.ok(calls <= 100, `${calls} XACKs for 200 entries`);
    assert.equal(await pendingOf(stream), 0);
  });

  test('by itself, in a loop, when the next entry is asked for', async (t) => {
    const stream = await filled(20);
    const client = open(t, { port: server.port });
    const consumer = client.streams.consume(stream, 'g', 'ada', { autoAck: true, count: 6 });
    assert.equal((await take(consumer, 15, false)).length, 15);
    assert.equal(consumer.stats().acknowledged, 14);
    assert.deepEqual(idsOf(await take(consumer, 6, false)), ['1-15', '1-16', '1-17', '1-18', '1-19', '1-20']);
  });

  test('that fails rejects, may be tried again, and need not be awaited', async (t) => {
    const stream = await filled(3);
    await admin.executeCommand('ACL', 'SETUSER', 'reader', 'on', '>x', '~*', '+@all', '-xack');
    const client = open(t, { port: server.port, username: 'reader', password: 'x' });
    const entries = await take(client.streams.consume(stream, 'g', 'ada'), 3, false);
    void entries[2]!.ack();
    const error = await failureOf(entries[0]!.ack(), NoPermissionError, 'NOPERM');
    assert.equal(error.command, 'XACK');
    assert.equal(await pendingOf(stream), 3);
    await admin.executeCommand('ACL', 'SETUSER', 'reader', '+xack');
    await entries[0]!.ack();
    assert.equal(await pendingOf(stream), 2);
    await admin.executeCommand('ACL', 'SETUSER', 'reader', '-xack');
    const consumer = client.streams.consume(stream, 'g', 'ada');
    await failureOf(
      consumer.run(() => undefined),
      NoPermissionError,
      'NOPERM',
    );
    await failureOf(
      take(client.streams.consume(stream, 'g', 'ada', { autoAck: true, count: 1 }), 9, false),
      NoPermissionError,
    );
  });
});
