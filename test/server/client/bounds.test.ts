import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConnectionError, ConstantBackoff, QueueFullError, TimeoutError, Valkey } from '../../../src/index.ts';
import { FaultProxy, ValkeyServer } from '../../../src/testing/index.ts';
import { stoppedServer } from '../../chaos/stopped-server.ts';
import { assertTook, failureOf, Lateness, nameOf, open, outcomeOf, outcomesOf, tally, typed, until } from './tools.ts';

const MB = 1024 * 1024;
const limit = { timeout: 30_000 };
const server = await ValkeyServer.start();
const admin = new Valkey({ port: server.port });
await admin.set('k', 'value of k');
after(async () => {
  admin.destroy();
  await server.stop();
});

test(
  'a stopped server and 100,000 SETs of 10 KB: memory stays bounded, what was taken runs in order',
  limit,
  async (t) => {
    const report = await stoppedServer({ calls: 100_000, bound: 64 * MB });
    const { drained, overflowed, growth, growthUntilDrained, bound, wrong } = report;
    const mb = (bytes: number): string => `${(bytes / MB).toFixed(0)} MB`;
    t.diagnostic(`grew by ${mb(growth)} with a bound of ${mb(bound)}, by ${mb(growthUntilDrained)} until all had run`);
    t.diagnostic(`${drained} ran, ${overflowed} overflowed`);
    assert.deepEqual(wrong, []);
    assert.equal(drained + overflowed, 100_000);
    assert.ok(drained > 5000, `${drained} were taken`);
    assert.ok(growth <= bound + 64 * MB, `grew by ${mb(growth)}`);
    assert.ok(growthUntilDrained <= bound + 64 * MB, `grew by ${mb(growthUntilDrained)} until all had run`);
  },
);

describe('overflow', limit, () => {
  for (const state of ['connected', 'not connected'] as const) {
    test(`by count rejects at once and says what the bounds are, ${state}`, async (t) => {
      await using own = await ValkeyServer.start();
      const client = open(t, { port: own.port, maxQueuedCommands: 100, socketTimeout: 5000 });
      if (state === 'connected') await client.connect();
      own.pause();
      const taken = outcomesOf(Array.from({ length: 100 }, (_, i) => client.set(`k${i}`, i)));
      const start = performance.now();
      const error = await failureOf(client.set('secret-key', 'secret-value'), QueueFullError, 'QUEUE_FULL');
      assert.ok(performance.now() - start < 100);
      assert.equal(error.sent, false);
      assert.equal(error.command, 'SET');
      assert.match(
        error.message,
        /SET: 100 commands of \d+ bytes wait for .* maxQueuedCommands 100 .* maxQueuedBytes \d+/,
      );
      assert.doesNotMatch(error.message, /secret/);
      own.resume();
      assert.deepEqual(tally((await taken).map(nameOf)), { ok: 100 });
      assert.equal(await client.get('k99'), '99');
      assert.equal(await client.exists('secret-key'), 0);
    });
  }

  test('by bytes leaves room for what is smaller', async (t) => {
    await using own = await ValkeyServer.start();
    const client = open(t, { port: own.port, maxQueuedBytes: 10_000 });
    await client.connect();
    own.pause();
    const first = outcomeOf(client.set('a', 'x'.repeat(6000)));
    await failureOf(client.set('b', 'x'.repeat(6000)), QueueFullError);
    const small = outcomeOf(client.set('c', 'small'));
    await failureOf(client.set('d', Buffer.alloc(20_000)), QueueFullError);
    own.resume();
    assert.deepEqual([nameOf(await first), nameOf(await small)], ['ok', 'ok']);
    assert.equal(client.stats().bytes, 0);
    assert.equal(await client.exists(['a', 'b', 'c', 'd']), 2);
  });

  test('ends when what waited has timed out', async (t) => {
    await using proxy = await FaultProxy.start(server);
    const client = open(t, {
      port: proxy.port,
      maxQueuedCommands: 50,
      socketTimeout: 200,
      connectTimeout: 200,
      retry: { backoff: new ConstantBackoff(10) },
    });
    await client.connect();
    proxy.blackhole();
    for (let round = 0; round < 2; round++) {
      const calls = outcomesOf(Array.from({ length: 60 }, () => client.get('k')));
      const ends = tally((await calls).map(({ error }) => (error as Error).name));
      assert.deepEqual(ends, { TimeoutError: 50, QueueFullError: 10 });
      await until('the connection is given up', () => client.state === 'reconnecting');
      assert.equal(client.stats().queued, 0);
    }
    proxy.heal();
    assert.equal(await client.withOptions({ timeout: 2000 }).get('k'), 'value of k');
  });

  test('counts what users called, not the handshake', async (t) => {
    await using own = await ValkeyServer.start();
    const client = open(t, { port: own.port, maxQueuedCommands: 1, password: 'any', clientName: 'name' });
    own.pause();
    const connected = outcomeOf(client.connect());
    // The handshake is on its way, and unanswered.
    await sleep(50);
    assert.deepEqual([client.stats().queued, client.stats().inFlight, client.stats().bytes], [0, 0, 0]);
    const first = outcomeOf(client.get('k'));
    own.resume();
    assert.equal(nameOf(await connected), 'ok');
    assert.equal(nameOf(await first), 'ok');
  });

  test('of one client is nothing to another', async (t) => {
    await using own = await ValkeyServer.start();
    const [full, free] = [open(t, { port: own.port, maxQueuedCommands: 1 }), open(t, { port: server.port })];
    await full.connect();
    own.pause();
    const first = outcomeOf(full.get('k'));
    await failureOf(full.get('k'), QueueFullError);
    assert.equal(await free.get('k'), 'value of k');
    own.resume();
    await first;
  });
});

describe('large values', limit, () => {
  test('from many callers arrive whole, however slow the server reads', async (t) => {
    await using proxy = await FaultProxy.start(server);
    const client = open(t, { port: proxy.port, socketTimeout: 20_000 });
    await client.connect();
    server.pause();
    const values = Array.from({ length: 60 }, (_, i) => String.fromCharCode(97 + (i % 26)).repeat(200_000 + i * 1000));
    const sets = outcomesOf(
      values.map((value, i) => client.set(`large:${i}`, i % 2 === 0 ? value : Buffer.from(value))),
    );
    await sleep(50);
    proxy.splitEvery(10_000);
    server.resume();
    assert.deepEqual(tally((await sets).map(nameOf)), { ok: 60 });
    proxy.heal();
    const stored = await Promise.all(values.map((_, i) => client.get(`large:${i}`)));
    assert.ok(stored.every((value, i) => value === values[i]));
    await admin.del(values.map((_, i) => `large:${i}`));
  });
});

describe("whenDown 'fail'", limit, () => {
  const retry = { retries: 3, backoff: new ConstantBackoff(20) };

  test('commands in flight fail at once when the connection is lost, also reads', async (t) => {
    await using proxy = await FaultProxy.start(server);
    const client = open(t, { port: proxy.port, whenDown: 'fail', socketTimeout: 3000, retry });
    await client.connect();
    proxy.dropReplies();
    const calls = outcomesOf([client.get('k'), client.set('down', 1), client.get('k')]);
    await until('they are on their way', () => client.stats().inFlight === 3);
    proxy.refuse();
    using lateness = new Lateness();
    const start = performance.now();
    proxy.cut();
    assert.deepEqual((await calls).map(nameOf), Array(3).fill('ConnectionError CONNECTION_LOST sent=true'));
    assertTook(performance.now() - start, 0, 100, lateness.worst, 'failing');
  });

  test('commands that are not written fail at once when the connection is lost', async (t) => {
    await using own = await ValkeyServer.start();
    await using proxy = await FaultProxy.start(own);
    const client = open(t, { port: proxy.port, socketTimeout: 10_000, retry });
    const hasty = client.withOptions({ whenDown: 'fail' });
    await client.connect();
    own.pause();
    // More than the sockets on the way hold.
    const calls: Promise<unknown>[] = [];
    for (let i = 0; i < 200; i++) {
      for (let j = 0; j < 10; j++) calls.push((j % 2 === 0 ? client : hasty).set(`down:${i}`, 'x'.repeat(10_000)));
      await new Promise((resolve) => setImmediate(resolve));
    }
    const { queued, inFlight } = client.stats();
    assert.ok(queued > 100, `${queued} queued`);
    const outcomes = Promise.all(calls.map((call) => outcomeOf(call)));
    proxy.cut({ reset: true });
    own.resume();
    const ends = (await outcomes).map(nameOf);
    assert.deepEqual(new Set(ends.slice(0, inFlight)), new Set(['ConnectionError ECONNRESET sent=true']));
    const unsent = calls.map((_, i) => (i % 2 === 0 ? 'ok' : 'ConnectionError DOWN sent=false')).slice(inFlight);
    assert.deepEqual(ends.slice(inFlight), unsent);
  });

  test('commands called while the server is away fail at once and name the cause', async (t) => {
    await using proxy = await FaultProxy.start(server);
    const client = open(t, { port: proxy.port, retry });
    await client.connect();
    proxy.refuse();
    proxy.cut();
    await until('the loss is noticed', () => client.state === 'reconnecting');
    const patient = outcomeOf(client.get('k'));
    const error = await failureOf(client.withOptions({ whenDown: 'fail' }).get('k'), ConnectionError, 'DOWN');
    assert.equal(error.sent, false);
    assert.ok(error.cause instanceof ConnectionError);
    assert.match(error.message, /is down/);
    await sleep(60);
    await failureOf(client.withOptions({ whenDown: 'fail' }).get('k'), ConnectionError, 'DOWN');
    proxy.heal();
    assert.equal((await patient).value, 'value of k');
    assert.equal(await client.withOptions({ whenDown: 'fail' }).get('k'), 'value of k');
  });

  test('the first command may wait for the first connection', async (t) => {
    const client = open(t, { port: server.port, whenDown: 'fail' });
    assert.equal(await client.get('k'), 'value of k');
  });

  test('and fails with its cause when there is none', async (t) => {
    await using own = await ValkeyServer.start();
    await own.kill();
    const client = open(t, { port: own.port, whenDown: 'fail', retry });
    using lateness = new Lateness();
    const { error, elapsed } = await outcomeOf(client.get('k'));
    typed(error, ConnectionError);
    assertTook(elapsed, 0, 200, lateness.worst, 'the first command');
  });
});

test("whenDown 'wait': commands wait within their deadline, and no longer", limit, async (t) => {
  await using proxy = await FaultProxy.start(server);
  const client = open(t, { port: proxy.port, retry: { backoff: new ConstantBackoff(20) } });
  await client.connect();
  proxy.refuse();
  proxy.cut();
  await until('the loss is noticed', () => client.state === 'reconnecting');
  using lateness = new Lateness();
  const short = outcomeOf(client.withOptions({ timeout: 100 }).get('k'));
  const long = outcomeOf(client.withOptions({ timeout: 3000 }).set('waited', 1));
  const { error, elapsed } = await short;
  assert.equal(typed(error, TimeoutError).phase, 'queued');
  assertTook(elapsed, 100, 200, lateness.worst, 'a command that waits');
  proxy.heal();
  assert.equal((await long).value, 'OK');
});
