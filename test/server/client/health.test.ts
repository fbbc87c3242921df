import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConnectionError, ConnectionPool, Valkey } from '../../../src/index.ts';
import { FaultProxy, ValkeyServer } from '../../../src/testing/index.ts';
import { blockLoop, callsOf, clientInfo, failureOf, nameOf, open, outcomesOf, tally, until } from './tools.ts';

const limit = { timeout: 30_000 };
const server = await ValkeyServer.start({ version: '9.1' });
const admin = new Valkey({ port: server.port });
after(async () => {
  admin.destroy();
  await server.stop();
});

type Caller = Pick<Valkey, 'set' | 'get' | 'incr'>;

const INTERVAL = 100;
/** Half of it is what an idle connection has to answer. */
const SOCKET_TIMEOUT = 2000;

describe('a connection that was idle', limit, () => {
  test('is not reconnected, however long it is', async (t) => {
    const client = open(t, { port: server.port, healthCheckInterval: INTERVAL });
    await using pubsub = client.pubsub();
    await pubsub.subscribe('news');
    const { id } = await clientInfo(client);
    let reconnects = 0;
    client.events.on('reconnecting', () => void reconnects++);
    await sleep(10 * INTERVAL);
    assert.equal((await clientInfo(client))['id'], id);
    assert.equal(reconnects, 0);
    assert.equal(pubsub.stats().gaps, 0);
  });

  test('is asked once, ahead of the commands that follow', async (t) => {
    const own = await ValkeyServer.start({ version: '9.1' });
    t.after(() => own.stop());
    const client = open(t, { port: own.port, healthCheckInterval: INTERVAL });
    await client.set('key', 'value');
    const before = await callsOf(client, 'ping');
    await sleep(2.5 * INTERVAL);
    const replies = await Promise.all([
      client.get('key'),
      client.incr('count'),
      client.get('count'),
      client.incr('count'),
    ]);
    assert.deepEqual(replies, ['value', 1, '1', 2]);
    assert.equal((await callsOf(client, 'ping')) - before, 1);
  });

  for (const [name, ofPool, ofClient, asked] of [
    ['as often as the client says, rather than the pool', 60_000, { healthCheckInterval: INTERVAL }, 1],
    ['as often as the pool says, when the client says nothing', INTERVAL, {}, 1],
    ['never, when the client says so', INTERVAL, { healthCheckInterval: 0 }, 0],
  ] as const) {
    test(`is asked ${name}`, async (t) => {
      const own = await ValkeyServer.start({ version: '9.1' });
      t.after(() => own.stop());
      await using pool = new ConnectionPool({ port: own.port, healthCheckInterval: ofPool });
      const client = open(t, { connectionPool: pool, ...ofClient });
      await client.set('key', 'value');
      const before = await callsOf(client, 'ping');
      await sleep(2.5 * INTERVAL);
      assert.equal(await client.get('key'), 'value');
      assert.equal((await callsOf(client, 'ping')) - before, asked);
    });
  }

  test('of a single connection is not asked within a transaction, whosever the pool is', async (t) => {
    await using pool = new ConnectionPool({ port: server.port, healthCheckInterval: INTERVAL });
    const client = open(t, { connectionPool: pool, singleConnectionClient: true });
    await client.set('key', 'value');
    await client.executeCommand('MULTI');
    await client.get('key');
    await sleep(2.5 * INTERVAL);
    await client.get('key');
    assert.deepEqual(await client.executeCommand('EXEC'), ['value', 'value']);
  });

  test('and has died silently is replaced: reads and writes wait for the next one', async (t) => {
    await using proxy = await FaultProxy.start(server);
    const options = { port: proxy.port, healthCheckInterval: INTERVAL, socketTimeout: SOCKET_TIMEOUT };
    const client = open(t, options);
    await client.set('written', 0);
    await sleep(2.5 * INTERVAL);
    proxy.forget();
    const calls = [
      ...Array.from({ length: 50 }, () => client.get('written')),
      ...Array.from({ length: 50 }, () => client.incr('written')),
      ...Array.from({ length: 50 }, () => client.withOptions({ whenDown: 'wait' }).get('written')),
    ];
    const outcomes = await outcomesOf(calls);
    assert.deepEqual(tally(outcomes.map(nameOf)), { ok: 150 });
    assert.equal(await admin.get('written'), '50');
    assert.equal(proxy.accepted, 2);
  });

  test('and has died silently is replaced in time for those who have little', async (t) => {
    await using proxy = await FaultProxy.start(server);
    const client = open(t, { port: proxy.port, healthCheckInterval: INTERVAL, socketTimeout: 20_000 });
    for (const call of [
      (hasty: Caller) => hasty.set('hasty', 1),
      (hasty: Caller) => hasty.get('hasty'),
      (hasty: Caller) => Promise.all([client.incr('hasty'), hasty.incr('hasty')]),
    ]) {
      await client.connect();
      await client.get('hasty');
      await sleep(2.5 * INTERVAL);
      proxy.forget();
      await call(client.withOptions({ timeout: 3000 }));
      proxy.heal();
    }
    assert.equal(await admin.get('hasty'), '3');
  });

  test('is kept when those who have little time would not have enough for another', async (t) => {
    await using proxy = await FaultProxy.start(server);
    proxy.delay(150);
    const client = open(t, { port: proxy.port, healthCheckInterval: INTERVAL });
    await client.set('far', 'away');
    await sleep(2.5 * INTERVAL);
    const hasty = client.withOptions({ timeout: 500 });
    await outcomesOf([hasty.get('far'), hasty.set('far', 'out')]);
    assert.equal(await client.get('far'), await admin.get('far'));
    assert.equal(proxy.accepted, 1);
  });

  test('and has died silently fails those who will not wait, unsent', async (t) => {
    await using proxy = await FaultProxy.start(server);
    const options = { port: proxy.port, healthCheckInterval: INTERVAL, socketTimeout: SOCKET_TIMEOUT };
    const client = open(t, { ...options, whenDown: 'fail' });
    await client.connect();
    await client.set('impatient', 0);
    await sleep(2.5 * INTERVAL);
    proxy.forget();
    const error = await failureOf(client.incr('impatient'), ConnectionError, 'DOWN');
    assert.equal(error.sent, false);
  });

  test('and has died silently is noticed by a session and a blocking command', async (t) => {
    await using proxy = await FaultProxy.start(server);
    const client = open(t, { port: proxy.port, healthCheckInterval: INTERVAL, socketTimeout: SOCKET_TIMEOUT });
    await admin.rpush('queue', ['a', 'b']);
    assert.deepEqual(await client.blpop('queue', 1), ['queue', 'a']);
    await sleep(2.5 * INTERVAL);
    proxy.forget();
    assert.deepEqual(await client.blpop('queue', 1), ['queue', 'b']);
    assert.equal(client.stats().pool.connections, 1);
  });

  test('is asked even while nothing is called, when it keeps a cache true', async (t) => {
    await using proxy = await FaultProxy.start(server);
    const options = { port: proxy.port, healthCheckInterval: INTERVAL, socketTimeout: 1000 };
    const client = open(t, { ...options, cache: true });
    await admin.set('cached', 'old');
    assert.equal(await client.get('cached'), 'old');
    proxy.forget();
    await admin.set('cached', 'new');
    await until('the loss is noticed', () => proxy.accepted === 2);
    await until('the new value is read', async () => (await client.get('cached')) === 'new');
  });

  test('a busy server is not taken for a dead one by its refusal', async (t) => {
    const own = await ValkeyServer.start({ version: '9.1' });
    t.after(() => own.stop());
    const client = open(t, { port: own.port, healthCheckInterval: INTERVAL, socketTimeout: 5000 });
    const second = open(t, { port: own.port });
    await client.set('key', 'value');
    await sleep(2.5 * INTERVAL);
    await keepBusy(second);
    let reconnects = 0;
    client.events.on('reconnecting', () => void reconnects++);
    const reading = client.get('key');
    await sleep(200);
    await open(t, { port: own.port }).executeCommand('SCRIPT', 'KILL');
    assert.equal(await reading, 'value');
    assert.equal(reconnects, 0);
  });
});

/** Keeps the server in a script until that is killed. */
async function keepBusy(client: Valkey): Promise<void> {
  await client.executeCommand('CONFIG', 'SET', 'busy-reply-threshold', '1');
  client.executeCommand('EVAL', 'while true do end', '0').catch(() => undefined);
  await sleep(100);
}

describe('a server that closes idle connections', limit, () => {
  test('and a client that was idle, asleep or busy with other things', async (t) => {
    const own = await ValkeyServer.start({ version: '9.1', args: ['--timeout', '1'] });
    t.after(() => own.stop());
    const client = open(t, { port: own.port });
    await client.set('key', 'value');
    await sleep(3000);
    const reads = await outcomesOf(Array.from({ length: 100 }, () => client.get('key')));
    assert.deepEqual(tally(reads.map(nameOf)), { ok: 100 });
    // The end is in the socket by then, and the process has not looked.
    blockLoop(2500);
    const late = await outcomesOf(Array.from({ length: 100 }, () => client.get('key')));
    assert.deepEqual(tally(late.map(nameOf)), { ok: 100 });
    await until('the end is noticed', () => client.state !== 'ready' || client.stats().inFlight === 0);
    const writes = await outcomesOf(Array.from({ length: 100 }, () => client.incr('count')));
    assert.deepEqual(tally(writes.map(nameOf)), { ok: 100 });
    assert.equal(await client.get('count'), '100');
  });
});
