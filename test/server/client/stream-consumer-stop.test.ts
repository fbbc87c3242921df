/** How consumers of streams stop: what is released, what stays pending, what is refused. */
import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { after, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConnectionError, DataError, ResponseError, Valkey, type StreamConsumer } from '../../../src/index.ts';
import { ValkeyServer } from '../../../src/testing/index.ts';
import { blockedClients, clientList, failureOf, open, outcomeOf, typed, until } from './tools.ts';

const limit = { timeout: 60_000 };
const server = await ValkeyServer.start();
const admin = new Valkey({ port: server.port });
after(async () => {
  admin.destroy();
  await server.stop();
});

let streams = 0;
/** A stream that no other test has, with so many entries. */
async function filled(count: number): Promise<string> {
  const stream = `stop:${++streams}`;
  for (let i = 0; i < count; i++) void admin.xadd(stream, `1-${i + 1}`, { n: i });
  await admin.ping();
  return stream;
}

/** Reads to the end, and gives the ids. */
async function drain(consumer: StreamConsumer<string>): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of consumer) ids.push(id);
  return ids;
}

const blocked = (count: number) => (): Promise<boolean> => blockedClients(admin).then((now) => now === count);

describe('a consumer that waits', limit, () => {
  for (const protocol of [2, 3] as const) {
    test(`is released at once by stop() and by its signals, RESP${protocol}`, async (t) => {
      const client = open(t, { port: server.port, protocol, clientName: 'stopped' });
      const [own, ofView] = [new AbortController(), new AbortController()];
      const view = client.withOptions({ signal: ofView.signal });
      for (const block of [0, 20_000]) {
        const consumers = [
          client.streams.consume(await filled(0), 'g', 'ada', { block }),
          client.streams.consume(await filled(0), 'g', 'ada', { block, signal: own.signal }),
          view.streams.consume(await filled(0), 'g', 'ada', { block }),
        ];
        if (block > 0) {
          for (const each of consumers.slice(1)) assert.deepEqual(await drain(each), [], 'its signal has fired before');
        }
        const ends = consumers.slice(0, block === 0 ? 3 : 1).map((each) => outcomeOf(drain(each)));
        await until('they wait', blocked(ends.length));
        consumers[0]!.stop();
        own.abort();
        ofView.abort();
        for (const { value, elapsed } of await Promise.all(ends)) {
          assert.deepEqual(value, []);
          assert.ok(elapsed < 10_000, `after ${elapsed} ms`);
        }
        assert.equal(await blockedClients(admin), 0);
        const left = (await clientList(admin)).filter(({ name, cmd }) => name === 'stopped' && cmd === 'xreadgroup');
        assert.ok(left.every(({ flags }) => !flags!.includes('b')));
        await until('the connections are back', () => client.stats().pool.leased === 0);
      }
      assert.equal(getEventListeners(own.signal, 'abort').length, 0);
    });
  }

  test('is released by return(), with next() on its way', async (t) => {
    const client = open(t, { port: server.port });
    const iterator = client.streams.consume(await filled(0), 'g', 'ada', { block: 0 })[Symbol.asyncIterator]();
    const next = iterator.next();
    await until('it waits', blocked(1));
    assert.deepEqual(await iterator.return!(), { value: undefined, done: true });
    assert.deepEqual(await next, { value: undefined, done: true });
    await until('it is released', blocked(0));
  });

  test('and handles, resolves with its counts', async (t) => {
    const client = open(t, { port: server.port });
    const consumer = client.streams.consume(await filled(3), 'g', 'ada', { block: 0, concurrency: 2 });
    const run = consumer.run(() => undefined);
    await until('it waits', blocked(1));
    consumer.stop();
    assert.equal((await run).acknowledged, 3);
    assert.equal(consumer.stats().acknowledged, 3);
    assert.equal(await blockedClients(admin), 0);
  });

  test('on a client of one connection holds up nothing', async (t) => {
    const stream = await filled(1);
    const client = open(t, { port: server.port, singleConnectionClient: true });
    const consumer = client.streams.consume(stream, 'g', 'ada', { block: 20_000 });
    const ids: string[] = [];
    const loop = (async () => {
      for await (const entry of consumer) {
        ids.push(entry.id);
        await entry.ack();
      }
    })();
    await until('it has one', () => ids.length === 1);
    const { elapsed } = await outcomeOf(client.xadd(stream, '2-1', { n: 1 }));
    assert.ok(elapsed < 10_000, `after ${elapsed} ms`);
    await until('it has both', () => ids.length === 2);
    consumer.stop();
    assert.equal((await outcomeOf(loop)).ok, true);
    assert.equal(client.stats().pool.connections, 0);
  });

  test('a signal is listened to no longer than it runs', async (t) => {
    const client = open(t, { port: server.port });
    const abort = new AbortController();
    const consumer = client.streams.consume(await filled(100), 'g', 'ada', { signal: abort.signal });
    for (let i = 0; i < 20; i++) {
      for await (const entry of consumer) {
        assert.equal(getEventListeners(abort.signal, 'abort').length, 1);
        await entry.ack();
        break;
      }
    }
    assert.equal(getEventListeners(abort.signal, 'abort').length, 0);
  });
});

describe('a loop that is left', limit, () => {
  test('leaves pending, as if not delivered, what it was not given', async (t) => {
    const stream = await filled(30);
    const client = open(t, { port: server.port });
    const consumer = client.streams.consume(stream, 'g', 'ada', { count: 10, deadLetter: 'dead', maxDeliveries: 2 });
    // So often that a delivery which counted each time would be one too many.
    for (let i = 0; i < 6; i++) {
      for await (const entry of consumer) {
        assert.equal(entry.id, `1-${i + 1}`);
        assert.equal(entry.deliveries, 1);
        await entry.ack();
        break;
      }
    }
    const pending = await admin.xpending(stream, 'g', '-', '+', 100);
    assert.deepEqual(
      pending.map(({ id, deliveries }) => [id, deliveries]),
      ['1-7', '1-8', '1-9', '1-10'].map((id) => [id, 0]),
    );
    const rest: number[] = [];
    for await (const entry of consumer) {
      rest.push(entry.deliveries);
      if (rest.length === 24) break;
    }
    assert.deepEqual([...new Set(rest)], [1]);
    assert.equal(await admin.exists('dead'), 0);
  });

  test('reads no further ahead than concurrency and count allow', async (t) => {
    const client = open(t, { port: server.port });
    for (const [options, most] of [
      [{}, 10],
      [{ count: 3 }, 3],
      [{ concurrency: 2 }, 2],
      [{ concurrency: 2, count: 5 }, 2],
      [{ concurrency: 50 }, 10],
    ] as const) {
      const stream = await filled(60);
      let seen = 0;
      for await (const entry of client.streams.consume(stream, 'g', 'ada', options)) {
        const { pending } = await admin.xpending(stream, 'g');
        assert.ok(pending <= most, `${pending} pending with ${JSON.stringify(options)}`);
        if (seen++ === 0) assert.equal(pending, most);
        await entry.ack();
        if (seen === 30) break;
      }
    }
  });

  test('by an error of its own passes that on', async (t) => {
    const client = open(t, { port: server.port });
    const stream = await filled(5);
    const loop = async (): Promise<void> => {
      for await (const entry of client.streams.consume(stream, 'g', 'ada', { autoAck: true })) {
        if (entry.id === '1-2') throw new Error('mine');
      }
    };
    await assert.rejects(loop(), /mine/);
    assert.deepEqual(
      (await admin.xpending(stream, 'g', '-', '+', 10)).map(({ id, deliveries }) => `${id} ${deliveries}`),
      ['1-2 1', '1-3 0', '1-4 0', '1-5 0'],
    );
  });

  test('waits for what is being acknowledged', async (t) => {
    const client = open(t, { port: server.port });
    const stream = await filled(5);
    for await (const entry of client.streams.consume(stream, 'g', 'ada')) {
      void entry.ack();
      if (entry.id === '1-5') break;
    }
    assert.equal((await admin.xpending(stream, 'g')).pending, 0);
  });

  test('stopped from within, ends when it asks for more', async (t) => {
    const client = open(t, { port: server.port });
    const consumer = client.streams.consume(await filled(5), 'g', 'ada');
    const ids: string[] = [];
    for await (const { id } of consumer) {
      ids.push(id);
      consumer.stop();
    }
    assert.deepEqual(ids, ['1-1']);
  });
});

describe('errors', limit, () => {
  test('of a wrong use throw at once', async (t) => {
    const client = open(t, { port: server.port });
    const consume =
      (options: object, stream: unknown = 's', group: unknown = 'g') =>
      () =>
        client.streams.consume(stream as string, group as string, 'ada', options);
    const calls: [() => unknown, string][] = [
      [consume({ claimidle: 5 }), 'UNKNOWN_OPTION'],
      [consume({ count: 0 }), 'INVALID_OPTION'],
      [consume({ block: -1 }), 'INVALID_OPTION'],
      [consume({ concurrency: 1.5 }), 'INVALID_OPTION'],
      [consume({ claimIdle: '60' }), 'INVALID_OPTION'],
      [consume({ autoAck: 1 }), 'INVALID_OPTION'],
      [consume({ signal: {} }), 'INVALID_OPTION'],
      [consume({ start: null }), 'INVALID_OPTION'],
      [consume({ stopTimeout: NaN }), 'INVALID_OPTION'],
      [consume({ deadLetter: 'dead' }), 'INVALID_OPTION'],
      [consume({ maxDeliveries: 3 }), 'INVALID_OPTION'],
      [consume(null as unknown as object), 'INVALID_OPTION'],
      [consume({}, []), 'INVALID_ARGUMENT'],
      [consume({}, ['a', 'a']), 'INVALID_ARGUMENT'],
      [consume({}, ['a', null]), 'INVALID_ARGUMENT'],
      [consume({}, 's', null), 'INVALID_ARGUMENT'],
      [() => client.streams.consume('s', 'g', 'ada').run('handler' as never), 'INVALID_ARGUMENT'],
      [() => client.streams.consume('s', 'g', 'ada').run(() => 0, { onFailure: 1 as never }), 'INVALID_ARGUMENT'],
    ];
    for (const [index, [call, code]] of calls.entries()) {
      try {
        call();
      } catch (error) {
        assert.equal(typed(error, DataError).code, code, `call ${index}: ${(error as Error).message}`);
        continue;
      }
      assert.fail(`call ${index} did not throw`);
    }
    assert.equal(client.state, 'idle');
    const consumer = client.streams.consume(await filled(1), 'g', 'ada');
    for await (const entry of consumer) {
      assert.equal(entry.id, '1-1');
      assert.throws(() => consumer.run(() => 0), { code: 'IN_USE' });
      assert.throws(() => consumer[Symbol.asyncIterator](), { code: 'IN_USE' });
      break;
    }
  });

  test('that will not pass reject, with the caller’s stack', async (t) => {
    await admin.set('no stream', 'x');
    const client = open(t, { port: server.port });
    async function consumingFunction(): Promise<void> {
      for await (const entry of client.streams.consume('no stream', 'g', 'ada')) assert.fail(entry.id);
    }
    const error = await failureOf(consumingFunction(), ResponseError, 'WRONGTYPE');
    assert.match(String(error.stack), /at async consumingFunction .*stream-consumer-stop\.test\.ts/);
    const run = client.streams.consume('no stream', 'g', 'ada').run(() => 0);
    await failureOf(run, ResponseError, 'WRONGTYPE');
    const gone = client.streams.consume(await filled(1), 'none', 'ada', { createGroup: false });
    await failureOf(drain(gone), ResponseError, 'NOGROUP');
  });

  test('a server that was never there is told of in bounded time', async (t) => {
    const client = open(t, { port: 1, retry: { retries: 2 } });
    const { error } = await outcomeOf(drain(client.streams.consume('s', 'g', 'ada')));
    typed(error, ConnectionError, 'ECONNREFUSED');
  });

  test('a client that is closed rejects what waits', async (t) => {
    for (const end of ['close', 'destroy'] as const) {
      const client = open(t, { port: server.port });
      const consumer = client.streams.consume(await filled(0), 'g', 'ada', { block: 0 });
      const run = outcomeOf(consumer.run(() => 0));
      await until('it waits', blocked(1));
      await client[end]();
      typed((await run).error, ConnectionError, 'CLOSED');
      await until('it is released', blocked(0));
    }
  });

  test('a handler that never ends holds nothing up but for stopTimeout', async (t) => {
    const client = open(t, { port: server.port });
    const consumer = client.streams.consume(await filled(1), 'g', 'ada', { stopTimeout: 0 });
    const run = outcomeOf(consumer.run(() => new Promise(() => undefined)));
    await until('it runs', () => consumer.stats().running === 1);
    await sleep(10);
    consumer.stop();
    assert.equal((await run).ok, true);
  });
});
