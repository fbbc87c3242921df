import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { AbortError, ConnectionError, DataError, MaxConnectionsError, Valkey } from '../../../src/index.ts';
import { FaultProxy, ValkeyServer } from '../../../src/testing/index.ts';
import { failureOf, open, until } from './tools.ts';

const limit = { timeout: 20_000 };
const server = await ValkeyServer.start();
after(() => server.stop());

describe('connect', limit, () => {
  test('waits no longer than it is told to, and the client goes on', async (t) => {
    await using proxy = await FaultProxy.start(server);
    proxy.blackhole();
    const client = open(t, { port: proxy.port, connectTimeout: 10_000 });
    const error = await failureOf(client.connect({ timeout: 50 }), ConnectionError, 'CONNECT_TIMEOUT');
    assert.match(error.message, /50 ms/);
    const abort = new AbortController();
    const aborted = failureOf(client.connect({ signal: abort.signal }), AbortError);
    abort.abort('enough');
    assert.equal((await aborted).cause, 'enough');
    await failureOf(client.connect({ signal: abort.signal }), AbortError);
    assert.equal(client.state, 'connecting');
    proxy.heal();
    await client.connect({ timeout: 10_000, signal: new AbortController().signal });
    assert.equal(client.state, 'ready');
  });

  test('takes nothing else', async () => {
    await failureOf(new Valkey({ port: 1 }).connect({ timeout: 0 }), DataError, 'INVALID_OPTION');
    await failureOf(new Valkey({ port: 1 }).connect({ timout: 5 } as never), DataError, 'UNKNOWN_OPTION');
  });
});

describe('session', limit, () => {
  test('waits for a server that is away', async (t) => {
    const own = await ValkeyServer.start();
    t.after(() => own.stop());
    const client = open(t, { port: own.port, socketTimeout: 10_000 });
    await client.connect();
    await own.kill();
    const leasing = client.session();
    await sleep(300);
    await own.restart();
    await using session = await leasing;
    assert.equal(await session.executeCommand('PING'), 'PONG');
  });

  test('fails at once while the server is away, if the client would rather', async (t) => {
    const own = await ValkeyServer.start();
    t.after(() => own.stop());
    const client = open(t, { port: own.port, whenDown: 'fail', socketTimeout: 10_000 });
    await client.connect();
    await own.kill();
    await failureOf(client.session(), ConnectionError, 'ECONNREFUSED');
  });

  test('waits for its turn as long as it is told to', async (t) => {
    const client = open(t, { port: server.port, maxConnections: 1 });
    const first = await client.session();
    await failureOf(client.session({ timeout: 30 }), MaxConnectionsError);
    const abort = new AbortController();
    const aborted = failureOf(client.session({ timeout: Infinity, signal: abort.signal }), AbortError);
    abort.abort();
    await aborted;
    const second = client.session({ timeout: 5000 });
    await first.close();
    await (await second).close();
    assert.deepEqual([client.stats().pool.leased, client.stats().pool.waiting], [0, 0]);
  });
});

describe('a connection of the pool', limit, () => {
  const idOf = async (client: Valkey): Promise<unknown> => {
    await using session = await client.session();
    return await session.executeCommand('CLIENT', 'ID');
  };

  test('goes when it was idle for idleTimeout', async (t) => {
    const client = open(t, { port: server.port, idleTimeout: 50 });
    await idOf(client);
    await until('it is gone', () => client.stats().pool.connections === 0);
  });

  test('is not lent from the age of maxLifetime on', async (t) => {
    const client = open(t, { port: server.port, maxLifetime: 300 });
    const first = await idOf(client);
    await sleep(400);
    assert.notEqual(await idOf(client), first);
    const lasting = open(t, { port: server.port });
    const id = await idOf(lasting);
    await sleep(50);
    assert.equal(await idOf(lasting), id);
  });
});
