/** Pools that are made alone: what is leased from them, who waits, and what is left of a lease. */
import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { createServer } from 'node:net';
import { after, describe, test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  AbortError,
  ConnectionError,
  ConnectionPool,
  DataError,
  MaxConnectionsError,
  Valkey,
  type ConnectionPoolOptions,
  type Session,
} from '../../../src/index.ts';
import { FaultProxy, ValkeyServer } from '../../../src/testing/index.ts';
import { assertTook, clientInfo, failureOf, Lateness, open, outcomeOf, outcomesOf, turn, until } from './tools.ts';

const limit = { timeout: 20_000 };
const server = await ValkeyServer.start();
after(() => server.stop());

function openPool(t: TestContext, options: ConnectionPoolOptions = {}): ConnectionPool {
  const pool = new ConnectionPool({ port: server.port, ...options });
  t.after(() => pool.destroy());
  return pool;
}

const idOf = async (session: Session): Promise<unknown> => await session.executeCommand('CLIENT', 'ID');

describe('a pool made alone', limit, () => {
  test('of a URL lends connections, and takes them back', async () => {
    const url = `valkey://127.0.0.1:${server.port}/3`;
    await using pool = ConnectionPool.fromUrl(url, { maxConnections: 2, clientName: 'lent' });
    assert.equal(pool.endpoint, `127.0.0.1:${server.port}`);
    assert.deepEqual(pool.stats(), { connections: 0, idle: 0, leased: 0, waiting: 0, maxConnections: 2 });
    let id: unknown;
    {
      await using lease = await pool.acquire();
      id = await idOf(lease);
      const { db, name } = await clientInfo(lease);
      assert.deepEqual([db, name], ['3', 'lent']);
      assert.equal(pool.stats().leased, 1);
    }
    assert.deepEqual([pool.stats().leased, pool.stats().idle], [0, 1]);
    await using next = await pool.acquire();
    assert.equal(await idOf(next), id);
  });

  test('gives replies as a lease asks for them', async (t) => {
    const pool = openPool(t);
    await using bytes = await pool.acquire({ encoding: 'buffer', integers: 'bigint' });
    await bytes.set('counted', '41');
    assert.deepEqual(await bytes.get('counted'), Buffer.from('41'));
    assert.equal(await bytes.incr('counted'), 42n);
    await using text = await pool.acquire();
    assert.equal(await text.get('counted'), '42');
  });

  const LEFT: Readonly<Record<string, (lease: Session) => Promise<unknown>>> = {
    MULTI: (lease) => lease.executeCommand('MULTI'),
    WATCH: (lease) => lease.watch('key'),
    SELECT: (lease) => lease.select(5),
    'CLIENT SETNAME': (lease) => lease.executeCommand('CLIENT', 'SETNAME', 'changed'),
    'CLIENT NO-EVICT': (lease) => lease.executeCommand('CLIENT', 'NO-EVICT', 'ON'),
    'a command on its way': async (lease) => void lease.blpop('never', 0).catch(() => undefined),
  };
  for (const [what, leave] of Object.entries(LEFT)) {
    test(`lends nobody what was left behind: ${what}`, async (t) => {
      const pool = openPool(t, { maxConnections: 1 });
      const lease = await pool.acquire();
      const [id, before] = [await idOf(lease), await clientInfo(lease)];
      const waiting = pool.acquire();
      await leave(lease);
      await lease.close();
      await using next = await waiting;
      assert.notEqual(await idOf(next), id);
      const now = await clientInfo(next);
      for (const state of ['db', 'name', 'multi', 'watch', 'sub', 'flags'])
        assert.equal(now[state], before[state], state);
    });
  }

  test('lets WATCH and MULTI that were ended be forgotten', async (t) => {
    const pool = openPool(t);
    const lease = await pool.acquire();
    await lease.watch('key');
    await Promise.all(['MULTI', 'EXEC'].map((name) => lease.executeCommand(name)));
    await lease.close();
    assert.equal(pool.stats().idle, 1);
  });

  test('closes when its leases are back, and lends no more', async (t) => {
    const pool = openPool(t, { maxConnections: 1 });
    const lease = await pool.acquire();
    const waiting = failureOf(pool.acquire(), ConnectionError, 'CLOSED');
    const closing = pool.close();
    await waiting;
    assert.equal(await lease.executeCommand('PING'), 'PONG');
    await lease.close();
    await closing;
    assert.equal(pool.stats().connections, 0);
    await failureOf(pool.acquire(), ConnectionError, 'CLOSED');
  });

  test('closes at once when its only dial is for nobody any more', async (t) => {
    await using proxy = await FaultProxy.start(server);
    proxy.blackhole();
    const pool = openPool(t, { port: proxy.port });
    await failureOf(pool.acquire({ timeout: 50 }), ConnectionError, 'CONNECT_TIMEOUT');
    assert.equal(pool.stats().connections, 1, 'the dial goes on');
    using lateness = new Lateness();
    const { elapsed } = await outcomeOf(pool.close({ timeout: 10_000 }));
    assertTook(elapsed, 0, 1000, lateness.worst, 'close()');
  });

  test('is closed twice, within the shorter of the two timeouts', async (t) => {
    const pool = openPool(t);
    const lease = await pool.acquire();
    const both = outcomesOf([pool.close({ timeout: Infinity }), pool.close({ timeout: 50 })]);
    assert.ok((await both).every(({ ok }) => ok));
    await failureOf(lease.executeCommand('PING'), ConnectionError, 'CONNECTION_LOST');

    const returned = openPool(t);
    const other = await returned.acquire();
    const closing = outcomesOf([returned.close({ timeout: Infinity }), returned.close({ timeout: Infinity })]);
    await other.close();
    assert.ok((await closing).every(({ ok }) => ok));
    assert.equal(returned.stats().connections, 0);
  });

  test('stays open when its client connects while it waits for a session', async (t) => {
    const client = open(t, { port: server.port });
    const session = await client.session();
    await client.ping();
    const closing = outcomeOf(client.close({ timeout: 300 }));
    await until('the shared connection is closed', () => client.state === 'closed');
    await turn();
    await client.connect();
    assert.ok((await closing).ok);
    await sleep(400);
    assert.equal(await session.executeCommand('PING'), 'PONG');
    await session.close();
    await (await client.session()).close();
    assert.equal(await client.blpop('none', 0.01), null);
  });

  test('tells what was unanswered on a lease that the lease is over', async (t) => {
    const pool = openPool(t);
    const lease = await pool.acquire();
    const blocked = failureOf(lease.blpop('never', 0), ConnectionError, 'CLOSED');
    await turn();
    await lease.close();
    assert.match((await blocked).message, /^BLPOP: the session is over; the command was sent/);
  });

  test('never has more than maxConnections, whenever it is asked', async (t) => {
    const waiting: Promise<unknown>[] = [];
    const ask = (left: number): void => {
      if (left === 0) return;
      queueMicrotask(() => {
        waiting.push(failureOf(pool.acquire({ timeout: 100 }), MaxConnectionsError));
        ask(left - 1);
      });
    };
    const pool = openPool(t, { maxConnections: 1, onConnect: () => ask(40) });
    await using _ = await pool.acquire();
    await until('all have asked', () => waiting.length === 40);
    await Promise.all(waiting);
    assert.equal(pool.stats().connections, 1);
  });

  test('is shared with clients, or handed over to one', async (t) => {
    const pool = openPool(t, { maxConnections: 1 });
    const lease = await pool.acquire();
    const client = open(t, { connectionPool: pool });
    const { holder } = await failureOf(client.session({ timeout: 20 }), MaxConnectionsError);
    assert.equal(holder!.purpose, 'a session');
    await lease.close();
    await (await client.session()).close();
    await client.close();
    await (await pool.acquire()).close();
    await using owner = Valkey.fromPool(pool);
    await owner.close();
    await failureOf(pool.acquire(), ConnectionError, 'CLOSED');
  });

  test('has one owner, whoever else borrows it', async (t) => {
    const pool = openPool(t);
    const owner = Valkey.fromPool(pool);
    t.after(() => owner.destroy());
    const borrower = open(t, { connectionPool: pool });
    await Promise.all([owner.ping(), borrower.ping()]);
    assert.throws(() => borrower.select(3), DataError);
    await borrower.close();
    await (await owner.session()).close();
    await owner.close();
    await failureOf(pool.acquire(), ConnectionError, 'CLOSED');
  });

  test('is not handed over to a client that could not be made', async (t) => {
    const pool = openPool(t);
    assert.throws(() => Valkey.fromPool(pool, { retry: { retries: -1 } }), DataError);
    await open(t, { connectionPool: pool }).close();
    await (await pool.acquire()).close();
  });

  test('is what a client takes, and nothing else', () => {
    for (const wrong of [undefined, null, {}, { acquire: () => undefined }])
      assert.throws(() => Valkey.fromPool(wrong as never), { name: 'DataError', code: 'INVALID_ARGUMENT' });
    const connectionPool = { acquire: () => undefined } as never;
    assert.throws(() => new Valkey({ connectionPool }), { name: 'DataError', code: 'INVALID_OPTION' });
  });

  test('takes nothing else', async (t) => {
    for (const option of ['singleConnectionClient=true', 'decode_responses=true', 'readFrom=replica']) {
      const url = `valkey://127.0.0.1:${server.port}?${option}`;
      for (const make of [() => new ConnectionPool(url), () => ConnectionPool.fromUrl(url, { maxConnections: 1 })])
        assert.throws(make, { name: 'DataError', code: 'UNKNOWN_OPTION' }, option);
    }
    const pool = openPool(t);
    await failureOf(pool.acquire({ timeout: -1 }), DataError, 'INVALID_OPTION');
    await failureOf(pool.acquire({ timout: 5 } as never), DataError, 'UNKNOWN_OPTION');
    await failureOf(pool.acquire({ encoding: 'ascii' as never }), DataError, 'INVALID_OPTION');
    await failureOf(pool.acquire(500 as never), DataError, 'INVALID_OPTION');
    await failureOf(pool.close({ timeuot: 5 } as never), DataError, 'UNKNOWN_OPTION');
    await failureOf(pool.close({ timeout: NaN }), DataError, 'INVALID_OPTION');
    assert.equal(pool.stats().connections, 0);
    await (await pool.acquire()).close();
  });
});

describe('whoever comes when all are leased', limit, () => {
  test('waits for so long, and is told who has had one the longest', async function waits(t) {
    const pool = openPool(t, { maxConnections: 2 });
    const oldest = await pool.acquire();
    await sleep(30);
    await using younger = await pool.acquire();
    const error = await failureOf(pool.acquire({ timeout: 40 }), MaxConnectionsError, 'MAX_CONNECTIONS');
    assert.match(
      error.message,
      /^all 2 connections to \S+ were leased for 40 ms; longest by a session, for \d+ ms, taken at /,
    );
    assert.equal(error.sent, false);
    const { purpose, heldFor, place } = error.holder!;
    assert.equal(purpose, 'a session');
    assert.ok(heldFor >= 65, `held for ${heldFor} ms`);
    assert.match(place!.split('\n')[0]!, /waits.*connection-pool\.test\.ts/);
    await oldest.close();
    const blocked = open(t, { connectionPool: pool }).blpop('never', 0);
    blocked.catch(() => undefined);
    await until('it has one', () => pool.stats().leased === 2);
    await younger.close();
    await using _ = await pool.acquire();
    const { holder } = await failureOf(pool.acquire({ timeout: 10 }), MaxConnectionsError);
    assert.deepEqual([holder!.purpose, holder!.place], ['BLPOP', undefined]);
  });

  test('is not told the place in production', async (t) => {
    const before = process.env['NODE_ENV'];
    process.env['NODE_ENV'] = 'production';
    t.after(() => {
      if (before === undefined) delete process.env['NODE_ENV'];
      else process.env['NODE_ENV'] = before;
    });
    const pool = openPool(t, { maxConnections: 1 });
    await using _ = await pool.acquire();
    const { holder, message } = await failureOf(pool.acquire({ timeout: 10 }), MaxConnectionsError);
    assert.equal(holder!.place, undefined);
    assert.match(message, /^the only connection to \S+ was leased for 10 ms; longest by a session, for \d+ ms$/);
  });

  test('is served in the order of the calls', async (t) => {
    const pool = openPool(t, { maxConnections: 1 });
    const first = await pool.acquire();
    const order: number[] = [];
    const leases = Array.from({ length: 10 }, async (_, i) => {
      const lease = await pool.acquire();
      order.push(i);
      await lease.close();
    });
    await first.close();
    await Promise.all(leases);
    assert.deepEqual(order, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test('does not wait with a timeout of 0, but for a connection that can be made', async (t) => {
    const pool = openPool(t, { maxConnections: 1 });
    const lease = await pool.acquire({ timeout: 0 });
    const { holder, message } = await failureOf(pool.acquire({ timeout: 0 }), MaxConnectionsError);
    assert.match(message, /^the only connection to \S+ was leased; longest by/);
    assert.equal(holder!.purpose, 'a session');
    assert.equal(pool.stats().waiting, 0);
    await lease.close();
    await (await pool.acquire({ timeout: 0 })).close();
  });

  test('waits only if fewer than maxWaiters do', async (t) => {
    const pool = openPool(t, { maxConnections: 2, maxWaiters: 1 });
    const [first, second] = await Promise.all([pool.acquire(), pool.acquire()]);
    const waiting = pool.acquire();
    const { message } = await failureOf(pool.acquire(), MaxConnectionsError);
    assert.match(message, /^all 2 connections to \S+ were leased, and 1 wait for one; longest/);
    await first.close();
    await (await waiting).close();
    await second.close();

    const impatient = openPool(t, { maxConnections: 2, maxWaiters: 0 });
    const both = await Promise.all([impatient.acquire(), impatient.acquire()]);
    await failureOf(impatient.acquire(), MaxConnectionsError);
    const client = open(t, { connectionPool: impatient });
    await failureOf(client.blpop('never', 1), MaxConnectionsError);
    for (const lease of both) await lease.close();
    assert.equal(impatient.stats().leased, 0);
  });

  test('stops waiting when its signal fires, before, during and after', async (t) => {
    const pool = openPool(t, { maxConnections: 1 });
    const idle = await pool.acquire();
    await idle.close();
    const reason = new Error('enough');
    const before = await failureOf(pool.acquire({ signal: AbortSignal.abort(reason) }), AbortError);
    assert.equal(before.cause, reason);
    assert.deepEqual([pool.stats().leased, pool.stats().idle], [0, 1], 'what was idle is not taken');
    const controller = new AbortController();
    const { signal } = controller;
    const lease = await pool.acquire({ signal });
    const during = failureOf(pool.acquire({ signal, timeout: Infinity }), AbortError);
    await until('it waits', () => pool.stats().waiting === 1);
    controller.abort(reason);
    assert.equal((await during).cause, reason);
    assert.equal(getEventListeners(signal, 'abort').length, 0);
    assert.equal(pool.stats().waiting, 0);
    assert.equal(await lease.executeCommand('PING'), 'PONG', 'a lease outlives the signal of its wait');
    await lease.close();
  });
});

describe('a pool whose server is away', limit, () => {
  test('rejects with the first cause when it was never there', async (t) => {
    const pool = openPool(t, { port: 1, retry: { retries: 1 } });
    await failureOf(pool.acquire(), ConnectionError, 'ECONNREFUSED');
    await failureOf(pool.acquire({ timeout: 0 }), ConnectionError, 'ECONNREFUSED');
  });

  test('rejects with the first cause when its time is over', async (t) => {
    const proxy = await FaultProxy.start(server);
    const { port } = proxy;
    await proxy.close();
    const pool = openPool(t, { port, retry: { retries: 100 } });
    const waiting = failureOf(pool.acquire({ timeout: 1000 }), ConnectionError, 'ECONNREFUSED');
    await sleep(100);
    const silent = createServer((socket) => socket.on('error', () => undefined)).listen(port, '127.0.0.1');
    t.after(() => silent.close());
    await waiting;
    pool.destroy();
  });

  test('waits for it when it was', async (t) => {
    await using own = await ValkeyServer.start();
    const pool = openPool(t, { port: own.port });
    await (await pool.acquire()).close();
    await own.kill();
    await until('the loss is noticed', () => pool.stats().connections === 0);
    await failureOf(pool.acquire({ timeout: 0 }), ConnectionError, 'ECONNREFUSED');
    const waiting = pool.acquire({ timeout: 10_000 });
    await sleep(100);
    await own.restart();
    await using lease = await waiting;
    assert.equal(await lease.executeCommand('PING'), 'PONG');
  });

  test('lends nothing that died in its sleep', async (t) => {
    await using proxy = await FaultProxy.start(server);
    const pool = openPool(t, { port: proxy.port, healthCheckInterval: 20, socketTimeout: 400 });
    await (await pool.acquire()).close();
    await sleep(30);
    proxy.forget();
    await using lease = await pool.acquire({ timeout: 5000 });
    assert.equal(await lease.executeCommand('PING'), 'PONG');
  });

  for (const maxConnections of [1, 10]) {
    test(`dials for who has no time to wait for an answer, with room for ${maxConnections}`, async (t) => {
      await using proxy = await FaultProxy.start(server);
      // It is asked for 5000 ms.
      const pool = openPool(t, { port: proxy.port, healthCheckInterval: 20, socketTimeout: 60_000, maxConnections });
      await (await pool.acquire()).close();
      await sleep(30);
      proxy.forget();
      await using lease = await pool.acquire({ timeout: 2000 });
      assert.equal(await lease.executeCommand('PING'), 'PONG');
    });
  }
});
