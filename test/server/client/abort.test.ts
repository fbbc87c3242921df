import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { after, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { AbortError, ConnectionError, DataError, TimeoutError, Valkey } from '../../../src/index.ts';
import { FaultProxy, ValkeyServer } from '../../../src/testing/index.ts';
import { abortRaces } from '../../chaos/abort-races.ts';
import { chaosSeed } from '../../chaos/random.ts';
import {
  assertTook,
  blockedClients,
  callsOf,
  clientList,
  failureOf,
  Lateness,
  nameOf,
  open,
  outcomeOf,
  outcomesOf,
  tally,
  turn,
  typed,
  until,
} from './tools.ts';

const limit = { timeout: 20_000 };
const server = await ValkeyServer.start();
const admin = new Valkey({ port: server.port });
await admin.set('k', 'value of k');
after(async () => {
  admin.destroy();
  await server.stop();
});

describe('an ordinary command', limit, () => {
  test('whose signal has fired is not sent', async (t) => {
    const client = open(t, { port: server.port });
    await client.connect();
    const reason = new Error('too late');
    const before = await callsOf(admin, 'append');
    const view = client.withOptions({ signal: AbortSignal.abort(reason) });
    const error = await failureOf(view.append('k', 'x'), AbortError, 'ABORTED');
    assert.equal(error.sent, false);
    assert.equal(error.cause, reason);
    assert.equal(error.command, 'APPEND');
    await client.ping();
    assert.equal(await callsOf(admin, 'append'), before);
  });

  test('that is not written yet is taken out, and its memory freed', async (t) => {
    await using proxy = await FaultProxy.start(server);
    proxy.blackhole();
    const client = open(t, { port: proxy.port, connectTimeout: 5000 });
    const abort = new AbortController();
    const kept = outcomeOf(client.get('k'));
    const view = client.withOptions({ signal: abort.signal });
    const calls = outcomesOf(Array.from({ length: 1000 }, (_, i) => view.set(`aborted:${i}`, 'x'.repeat(1000))));
    assert.equal(client.stats().queued, 1001);
    assert.ok(client.stats().bytes > 1_000_000);
    abort.abort();
    assert.equal(client.stats().queued, 1);
    assert.ok(client.stats().bytes < 1000);
    assert.deepEqual(tally((await calls).map(nameOf)), { 'AbortError ABORTED sent=false': 1000 });
    proxy.heal();
    await client.connect();
    assert.equal((await kept).value, 'value of k');
    assert.equal(await admin.exists('aborted:0'), 0);
  });

  test('that is on its way keeps its place, and its reply is thrown away', async (t) => {
    const client = open(t, { port: server.port });
    await client.set('a', 'A');
    for (let i = 0; i < 50; i++) {
      const abort = new AbortController();
      const aborted = outcomeOf(client.withOptions({ signal: abort.signal }).get('k'));
      const next = client.get('a');
      await turn();
      abort.abort(new Error('why'));
      const outcome = await aborted;
      if (!outcome.ok) {
        const error = typed(outcome.error, AbortError, 'ABORTED');
        assert.equal(error.sent, true);
        assert.equal((error.cause as Error).message, 'why');
        assert.match(error.message, /GET: aborted; it was sent and may have run/);
      }
      assert.equal(await next, 'A');
      assert.deepEqual(await Promise.all([client.get('a'), client.get('k')]), ['A', 'value of k']);
    }
  });

  test('of a server that stopped rejects at once', async (t) => {
    await using own = await ValkeyServer.start();
    const client = open(t, { port: own.port });
    await client.set('k', 'right');
    own.pause();
    const abort = new AbortController();
    const pending = outcomeOf(client.withOptions({ signal: abort.signal }).get('k'));
    await sleep(20);
    using lateness = new Lateness();
    const start = performance.now();
    abort.abort();
    typed((await pending).error, AbortError);
    assertTook(performance.now() - start, 0, 50, lateness.worst, 'an abort');
    own.resume();
    assert.equal(await client.get('k'), 'right');
  });

  test('AbortSignal.timeout is a signal like others', async (t) => {
    await using own = await ValkeyServer.start();
    const client = open(t, { port: own.port });
    await client.connect();
    own.pause();
    const error = await failureOf(client.withOptions({ signal: AbortSignal.timeout(50) }).get('k'), AbortError);
    assert.equal((error.cause as Error).name, 'TimeoutError');
    own.resume();
  });

  test('that succeeds is not disturbed by an abort later', async (t) => {
    const client = open(t, { port: server.port });
    const abort = new AbortController();
    const view = client.withOptions({ signal: abort.signal });
    assert.equal(await view.get('k'), 'value of k');
    abort.abort();
    await failureOf(view.get('k'), AbortError);
    assert.equal(await client.get('k'), 'value of k');
  });

  test('that is refused throws, and an abort later changes nothing', async (t) => {
    const client = open(t, { port: server.port });
    const abort = new AbortController();
    const view = client.withOptions({ signal: abort.signal });
    for (const name of ['MULTI', 'SUBSCRIBE', 'MONITOR']) {
      assert.throws(
        () => void view.executeCommand(name, ...(name === 'SUBSCRIBE' ? ['c'] : [])),
        (error) => typed(error, DataError, 'NEEDS_SESSION') !== undefined,
      );
    }
    abort.abort();
    // A promise that nobody has would reject without a handler by now.
    await sleep(20);
    assert.equal(await client.get('k'), 'value of k');
  });
});

describe('one signal for 10,000 commands', limit, () => {
  const COUNT = 10_000;

  test('fires quickly, and nobody warns', async (t) => {
    const warnings: Error[] = [];
    const warn = (warning: Error): void => void warnings.push(warning);
    process.on('warning', warn);
    t.after(() => process.off('warning', warn));
    await using proxy = await FaultProxy.start(server);
    let best = Infinity;
    for (let round = 0; round < 3; round++) {
      const client = open(t, { port: proxy.port });
      await client.connect();
      proxy.dropReplies();
      const abort = new AbortController();
      const view = client.withOptions({ signal: abort.signal });
      const names: string[] = [];
      const begun = performance.now();
      const calls = Array.from({ length: COUNT }, () =>
        view.get('k').then(String, (error: AbortError) => void names.push(`${error.name} ${error.sent}`)),
      );
      await turn();
      const made = performance.now() - begun;
      assert.ok(getEventListeners(abort.signal, 'abort').length <= 1);
      const start = performance.now();
      abort.abort();
      const took = performance.now() - start;
      await Promise.all(calls);
      assert.deepEqual(tally(names), { 'AbortError true': COUNT });
      t.diagnostic(
        `abort() of ${COUNT} took ${took.toFixed(0)} ms, all had settled after ${(performance.now() - start).toFixed(0)} ms`,
      );
      best = Math.min(best, took / made);
      client.destroy();
      proxy.heal();
    }
    // Less than one time in a quiet moment; a hundred if each were looked for among all.
    assert.ok(best < 5, `abort() took ${best.toFixed(1)} times as long as the calls`);
    assert.deepEqual(warnings, []);
  });

  test('leaves no listeners behind', async (t) => {
    const client = open(t, { port: server.port });
    const abort = new AbortController();
    const view = client.withOptions({ signal: abort.signal });
    for (let i = 0; i < 10; i++) await Promise.all(Array.from({ length: COUNT / 10 }, () => view.get('k')));
    for (let i = 0; i < 20; i++) await view.blpop('none', 0.01);
    assert.ok(getEventListeners(abort.signal, 'abort').length <= 1);
  });
});

describe('a blocked command', limit, () => {
  for (const protocol of [3, 2] as const) {
    test(`is released on the server, and its connection serves on, RESP${protocol}`, async (t) => {
      await using proxy = await FaultProxy.start(server);
      const client = open(t, { port: proxy.port, protocol });
      await client.connect();
      for (let i = 0; i < 10; i++) {
        const abort = new AbortController();
        const pending = outcomeOf(client.withOptions({ signal: abort.signal }).blpop('none', 0));
        await until('it blocks', async () => (await blockedClients(admin)) === 1);
        using lateness = new Lateness();
        const start = performance.now();
        abort.abort(new Error('enough'));
        const error = typed((await pending).error, AbortError, 'ABORTED');
        assertTook(performance.now() - start, 0, 100, lateness.worst, 'an abort');
        assert.equal(error.sent, true);
        assert.equal((error.cause as Error).message, 'enough');
        await until('none blocks', async () => (await blockedClients(admin)) === 0);
        await until('it is given back', () => client.stats().pool.idle === 1);
      }
      assert.equal(proxy.accepted, 2, 'the shared connection and one that blocked');
    });
  }

  test('aborted in the moment it is called is released all the same', async (t) => {
    const client = open(t, { port: server.port });
    await client.connect();
    for (let i = 0; i < 30; i++) {
      const abort = new AbortController();
      const pending = outcomeOf(client.withOptions({ signal: abort.signal }).blpop('none', 0));
      for (let turns = 0; turns < i % 6; turns++) await turn();
      abort.abort();
      typed((await pending).error, AbortError);
    }
    await until('none blocks', async () => (await blockedClients(admin)) === 0);
    await until('none is leased', () => client.stats().pool.leased === 0);
  });

  test('that waits for a connection leaves the line at once', async (t) => {
    const client = open(t, { port: server.port, maxConnections: 1 });
    const first = outcomeOf(client.blpop('first', 0));
    await until('it blocks', async () => (await blockedClients(admin)) === 1);
    const abort = new AbortController();
    const view = client.withOptions({ signal: abort.signal });
    const waiting = outcomesOf([view.blpop('second', 0), view.blpop('second', 0)]);
    const third = outcomeOf(client.blpop('third', 0));
    await until('three wait', () => client.stats().pool.waiting === 3);
    abort.abort();
    assert.deepEqual((await waiting).map(nameOf), Array(2).fill('AbortError ABORTED sent=false'));
    assert.equal(client.stats().pool.waiting, 1);
    await admin.rpush('third', 'x');
    await admin.rpush('first', 'x');
    assert.deepEqual((await first).value, ['first', 'x']);
    assert.deepEqual((await third).value, ['third', 'x']);
  });

  for (const protocol of [3, 2] as const) {
    test(`of a user who may not CLIENT UNBLOCK is released by closing its connection, RESP${protocol}`, async (t) => {
      await admin.executeCommand('ACL', 'SETUSER', 'popper', 'on', '>p', '-@all', '+blpop', '+get', '~*');
      const client = open(t, { port: server.port, protocol, username: 'popper', password: 'p' });
      const abort = new AbortController();
      const pending = outcomeOf(client.withOptions({ signal: abort.signal }).blpop('none', 0));
      await until('it blocks', async () => (await blockedClients(admin)) === 1);
      abort.abort();
      typed((await pending).error, AbortError);
      await until('none blocks', async () => (await blockedClients(admin)) === 0);
      assert.equal(await client.get('k'), 'value of k');
    });
  }

  test('behind a cable pulled out rejects in bounded time', async (t) => {
    await using proxy = await FaultProxy.start(server);
    const client = open(t, { port: proxy.port, socketTimeout: 300, connectTimeout: 300 });
    const abort = new AbortController();
    const pending = outcomeOf(client.withOptions({ signal: abort.signal }).blpop('none', 0));
    await until('it blocks', async () => (await blockedClients(admin)) === 1);
    proxy.blackhole();
    using lateness = new Lateness();
    const start = performance.now();
    abort.abort();
    typed((await pending).error, AbortError);
    assertTook(performance.now() - start, 0, 1500, lateness.worst, 'an abort');
    proxy.heal();
    await until('none blocks', async () => (await blockedClients(admin)) === 0);
  });

  test('a release never hits what blocks next on the same connection', async (t) => {
    const client = open(t, { port: server.port, maxConnections: 1 });
    await client.connect();
    const ROUNDS = 200;
    const ends: string[] = [];
    for (let i = 0; i < ROUNDS; i++) {
      const abort = new AbortController();
      const first = outcomeOf(client.withOptions({ signal: abort.signal }).blpop('first', 0));
      const next = outcomeOf(client.blpop('next', 5));
      await until('it blocks', async () => (await blockedClients(admin)) === 1);
      const push = admin.rpush('first', 'x');
      if (i % 2 === 0) await turn();
      abort.abort();
      await first;
      await push;
      for (let turns = 0; turns < i % 4; turns++) await turn();
      await admin.rpush('next', 'y');
      ends.push(nameOf(await next));
      await admin.del(['first', 'next']);
    }
    assert.deepEqual(tally(ends), { ok: ROUNDS });
  });

  test(
    '2000 races of an abort and a push: what was popped is returned or still there',
    { timeout: 60_000 },
    async (t) => {
      for (const [protocol, maxConnections] of [
        [3, 8],
        [2, 4],
      ] as const) {
        const seed = chaosSeed();
        const report = await abortRaces({ races: 1000, seed, protocol, maxConnections });
        const { races, returned, aborted, left, pushed, wrong, blocked } = report;
        t.diagnostic(`RESP${protocol}, seed ${seed}: ${JSON.stringify(report)}`);
        const shown = `CHAOS_SEED=${seed}, RESP${protocol}`;
        assert.deepEqual(wrong, [], shown);
        assert.equal(returned + aborted, races, shown);
        assert.equal(returned + left, pushed, shown);
        assert.equal(blocked, 0, shown);
        assert.ok(Math.min(returned, aborted) >= races / 10, `${shown}: these races are not close`);
      }
    },
  );
});

test('a signal that does not fire changes no other end', limit, async (t) => {
  const client = open(t, { port: server.port, socketTimeout: 200 });
  await using own = await ValkeyServer.start();
  const stopped = open(t, { port: own.port, socketTimeout: 200 });
  await Promise.all([client.connect(), stopped.connect()]);
  own.pause();
  const abort = new AbortController();
  const view = stopped.withOptions({ signal: abort.signal });
  const late = await outcomeOf(view.get('k'));
  abort.abort();
  typed(late.error, TimeoutError);
  own.resume();
  const lost = outcomeOf(client.withOptions({ signal: new AbortController().signal }).blpop('none', 0));
  await until('it blocks', async () => (await blockedClients(admin)) === 1);
  const blocked = (await clientList(admin)).find(({ cmd }) => cmd === 'blpop');
  await admin.executeCommand('CLIENT', 'KILL', 'ID', blocked?.['id'] ?? '');
  assert.equal(typed((await lost).error, ConnectionError).sent, true);
});
