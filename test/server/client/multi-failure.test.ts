/** Transactions while connections are lost, servers are away or busy, deadlines pass and signals fire. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  AbortError,
  ConnectionError,
  ConstantBackoff,
  QueueFullError,
  TimeoutError,
  Valkey,
} from '../../../src/index.ts';
import { FaultProxy, ValkeyServer } from '../../../src/testing/index.ts';
import {
  assertTook,
  failureOf,
  killShared,
  Lateness,
  nameOf,
  open,
  outcomeOf,
  outcomesOf,
  tally,
  turn,
  typed,
  until,
  type Outcome,
} from './tools.ts';

const limit = { timeout: 30_000 };
const retry = { backoff: new ConstantBackoff(10) };
const server = await ValkeyServer.start();
const admin = new Valkey({ port: server.port });
after(async () => {
  admin.destroy();
  await server.stop();
});

describe('a transaction whose connection is lost', limit, () => {
  for (const protocol of [3, 2] as const) {
    test(`is not sent again: it may have run, RESP${protocol}`, async (t) => {
      await using proxy = await FaultProxy.start(server);
      const client = open(t, { port: proxy.port, protocol, retry });
      await client.connect();
      await admin.del('n');
      proxy.dropReplies();
      const multi = outcomeOf(client.multi().get('n').incr('n').execute());
      // Not even when all of it only reads: what it was to be together with is gone.
      const reads = outcomeOf(client.multi().get('n').get('n').execute());
      const get = client.get('n');
      await until('the server ran it', async () => (await admin.get('n')) === '1');
      proxy.cut();
      proxy.heal();
      const error = typed((await multi).error, ConnectionError, 'CONNECTION_LOST');
      assert.equal(error.sent, true);
      assert.match(error.message, /the command was sent and may have run$/);
      assert.equal(nameOf(await reads), 'ConnectionError CONNECTION_LOST sent=true');
      assert.equal(await get, '1', 'a read beside it is sent again');
      assert.equal(await admin.get('n'), '1');
    });
  }

  test('is not sent again where the caller says that single commands may be', async (t) => {
    await using proxy = await FaultProxy.start(server);
    const client = open(t, { port: proxy.port, retry: { ...retry, idempotent: true } });
    await client.connect();
    await admin.del('n');
    proxy.dropReplies();
    const multi = outcomeOf(client.multi().incr('n').execute());
    await until('the server ran it', async () => (await admin.get('n')) === '1');
    proxy.cut();
    proxy.heal();
    assert.equal(nameOf(await multi), 'ConnectionError CONNECTION_LOST sent=true');
    assert.equal(await client.get('n'), '1');
  });

  test('cut anywhere ran as a whole, once, or not at all, as its end says', async (t) => {
    const CALLS = 300;
    await using proxy = await FaultProxy.start(server);
    const client = open(t, { port: proxy.port, socketTimeout: 5000, retry: { ...retry, retries: 100 } });
    await client.connect();
    const multis: Promise<Outcome>[] = [];
    for (let n = 0; n < CALLS; n += 3) {
      const round = n / 3;
      if (round % 2 === 0) {
        const direction = round % 4 === 0 ? 'toServer' : 'toClient';
        const bytes = direction === 'toServer' ? (round * 53) % 900 : (round * 13) % 200;
        proxy.cutAfter(bytes, { direction, from: 'now', reset: round % 3 === 0 });
        if (round % 10 === 8) proxy.dropReplies();
      }
      const three = [n, n + 1, n + 2].map((i) =>
        outcomeOf(client.multi().incr(`whole:${i}`).append(`long:${i}`, 'x'.repeat(100)).incr(`whole:${i}`).execute()),
      );
      multis.push(...three);
      await Promise.race([Promise.all(three), sleep(10)]);
      if (round % 10 === 8) proxy.cut();
      proxy.heal();
    }
    const outcomes = await Promise.all(multis);
    const ran = (await admin.mget(multis.map((_, i) => `whole:${i}`))).map((value) => Number(value ?? 0));
    for (const [i, { ok, value, error }] of outcomes.entries()) {
      assert.ok(ran[i] === 0 || ran[i] === 2, `${i} ran ${ran[i]! / 2} times`);
      if (ok) assert.deepEqual(value, [1, 100, 2]);
      if (ok) assert.equal(ran[i], 2);
      else if (!typed(error, ConnectionError).sent) assert.equal(ran[i], 0, `${i} was reported as not sent and ran`);
    }
    const ends = tally(outcomes.map(nameOf));
    t.diagnostic(`${JSON.stringify(ends)}; ran: ${ran.filter((times) => times > 0).length}`);
    assert.ok(ends['ok']! >= CALLS / 10 && ends['ok']! < CALLS, 'the cuts were felt, and did not cut everything');
  });

  test('by CLIENT KILL, again and again: the counter is what was acknowledged, or reported as sent', async (t) => {
    const client = open(t, { port: server.port, retry });
    await client.connect();
    await admin.del('killed');
    const multis: Promise<Outcome>[] = [];
    for (let i = 0; i < 40; i++) {
      for (let n = 0; n < 10; n++) multis.push(outcomeOf(client.multi().incr('killed').get('killed').execute()));
      if (i % 4 === 3) await killShared(admin, client);
      else await turn();
    }
    let acknowledged = 0;
    let unsure = 0;
    for (const { ok, value, error } of await Promise.all(multis)) {
      if (ok) {
        const [n, text] = value as [number, string];
        assert.equal(text, String(n));
        acknowledged++;
      } else if (typed(error, ConnectionError).sent) unsure++;
    }
    const ran = Number(await admin.get('killed'));
    assert.ok(ran >= acknowledged && ran <= acknowledged + unsure, `${ran}: ${acknowledged} and ${unsure}`);
  });
});

describe('a transaction while there is no connection', limit, () => {
  test('waits, and moves to the next one as a whole, in its order', async (t) => {
    await using proxy = await FaultProxy.start(server);
    const client = open(t, { port: proxy.port, retry });
    await client.connect();
    await admin.del('moved');
    proxy.refuse();
    proxy.cut();
    await until('the loss is noticed', () => client.state === 'reconnecting');
    const calls: Promise<unknown>[] = [];
    for (let i = 0; i < 100; i++) {
      calls.push(client.incr('moved'), client.multi().incr('moved').get('moved').incr('moved').execute());
    }
    assert.equal(client.stats().queued, 200, 'each waits as one');
    proxy.heal();
    assert.deepEqual(
      await Promise.all(calls),
      Array.from({ length: 100 }, (_, i) => [3 * i + 1, [3 * i + 2, String(3 * i + 2), 3 * i + 3]]).flat(1),
    );
    assert.equal(client.stats().bytes, 0);
  });

  test('fails at once where its view says so', async (t) => {
    await using proxy = await FaultProxy.start(server);
    const client = open(t, { port: proxy.port, retry });
    await client.connect();
    proxy.refuse();
    proxy.cut();
    await until('the loss is noticed', () => client.state === 'reconnecting');
    const multi = client.withOptions({ whenDown: 'fail' }).multi().incr('n');
    assert.equal((await failureOf(multi.execute(), ConnectionError, 'DOWN')).sent, false);
  });

  test('moves from a server that ends to the one that starts in its place', async (t) => {
    await using own = await ValkeyServer.start();
    const client = open(t, { port: own.port, socketTimeout: 10_000, retry });
    assert.deepEqual(await client.multi().incr('n').execute(), [1]);
    await own.kill();
    await until('the loss is noticed', () => client.state === 'reconnecting');
    const multi = client.multi().incr('n').incr('n').execute();
    await own.restart();
    assert.deepEqual(await multi, [1, 2]);
  });

  test('does not wait when it is larger than what may wait', async (t) => {
    const client = open(t, { port: server.port, maxQueuedBytes: 10_000 });
    await client.connect();
    const multi = client.multi().set('large', 'x'.repeat(6000)).set('large', 'x'.repeat(6000));
    await failureOf(multi.execute(), QueueFullError, 'QUEUE_FULL');
    assert.deepEqual(await client.multi().set('small', 'x').execute(), ['OK']);
  });
});

describe('a transaction whose time is over', limit, () => {
  test('before it was sent does not run', async (t) => {
    await using proxy = await FaultProxy.start(server);
    const client = open(t, { port: proxy.port, retry });
    await client.connect();
    await admin.del('n');
    proxy.refuse();
    proxy.cut();
    await until('the loss is noticed', () => client.state === 'reconnecting');
    using lateness = new Lateness();
    const { error, elapsed } = await outcomeOf(client.withOptions({ timeout: 100 }).multi().incr('n').execute());
    const timeout = typed(error, TimeoutError, 'TIMEOUT');
    assert.deepEqual([timeout.phase, timeout.sent, timeout.command], ['queued', false, 'MULTI/EXEC']);
    assertTook(elapsed, 100, 250, lateness.worst, 'a transaction that waited');
    assert.equal(client.stats().queued, 0);
    proxy.heal();
    assert.deepEqual(await client.multi().incr('n').execute(), [1]);
  });

  test('when it was sent leaves the connection in order', async (t) => {
    await using own = await ValkeyServer.start();
    const client = open(t, { port: own.port, socketTimeout: 10_000, retry });
    await client.set('k', 'value of k');
    const { id } = await clientIdOf(client);
    own.pause();
    const quick = client.withOptions({ timeout: 60 });
    const late = outcomesOf([quick.multi().get('k').incr('n').execute(), quick.multi().incr('n').execute()]);
    const follow = [client.get('k'), client.multi().get('k').incr('n').execute(), client.get('n')];
    for (const { error } of await late) {
      const timeout = typed(error, TimeoutError, 'TIMEOUT');
      assert.deepEqual([timeout.phase, timeout.sent, timeout.command], ['sent', true, 'MULTI/EXEC']);
    }
    own.resume();
    assert.deepEqual(await Promise.all(follow), ['value of k', ['value of k', 3], '3']);
    assert.equal((await clientIdOf(client)).id, id, 'it is the same connection');
  });

  test('on a connection that is dead gets a new one for what follows', async (t) => {
    await using proxy = await FaultProxy.start(server);
    const client = open(t, { port: proxy.port, socketTimeout: 300, retry });
    await client.connect();
    proxy.blackhole();
    const { error } = await outcomeOf(client.multi().get('k').execute());
    assert.equal(typed(error, TimeoutError).sent, true);
    proxy.heal();
    await until('it serves again', async () => (await outcomeOf(client.multi().ping().execute())).ok);
    assert.equal(proxy.accepted, 2);
  });
});

describe('a transaction that is aborted', limit, () => {
  test('before it was sent does not run', async (t) => {
    await using proxy = await FaultProxy.start(server);
    const client = open(t, { port: proxy.port, retry });
    await client.connect();
    await admin.del('n');
    const before = client.withOptions({ signal: AbortSignal.abort(new Error('why')) });
    const error = await failureOf(before.multi().incr('n').execute(), AbortError, 'ABORTED');
    assert.deepEqual([error.sent, error.command, (error.cause as Error).message], [false, 'MULTI/EXEC', 'why']);
    proxy.refuse();
    proxy.cut();
    await until('the loss is noticed', () => client.state === 'reconnecting');
    const abort = new AbortController();
    const waiting = outcomeOf(client.withOptions({ signal: abort.signal }).multi().incr('n').execute());
    assert.equal(client.stats().queued, 1);
    abort.abort();
    assert.deepEqual([client.stats().queued, client.stats().bytes], [0, 0]);
    assert.equal(typed((await waiting).error, AbortError).sent, false);
    proxy.heal();
    assert.deepEqual(await client.multi().incr('n').execute(), [1]);
  });

  test('when it was sent leaves the connection in order', async (t) => {
    await using own = await ValkeyServer.start();
    const client = open(t, { port: own.port, retry });
    await client.set('k', 'value of k');
    own.pause();
    const abort = new AbortController();
    const aborted = outcomeOf(client.withOptions({ signal: abort.signal }).multi().get('k').incr('n').execute());
    const follow = [client.get('k'), client.multi().get('k').incr('n').execute()];
    await turn();
    abort.abort();
    assert.equal(typed((await aborted).error, AbortError).sent, true);
    own.resume();
    assert.deepEqual(await Promise.all(follow), ['value of k', ['value of k', 2]]);
    assert.equal(client.stats().inFlight, 0);
  });
});

test('close waits for a transaction; destroy tells that it may have run', limit, async (t) => {
  await using proxy = await FaultProxy.start(server);
  const client = open(t, { port: proxy.port });
  await client.connect();
  proxy.delay(30);
  const answered = client.multi().incr('closing').incr('closing').execute();
  await client.close();
  assert.equal((await answered).length, 2);
  await client.connect();
  const lost = outcomeOf(client.multi().incr('closing').execute());
  await turn();
  client.destroy();
  assert.equal(typed((await lost).error, ConnectionError, 'CLOSED').sent, true);
});

async function clientIdOf(client: Valkey): Promise<{ readonly id: unknown }> {
  return { id: await client.executeCommand('CLIENT', 'ID') };
}
