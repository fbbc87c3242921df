import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { ConnectionError, ConnectionPool, DataError, MaxConnectionsError, Valkey } from '../../../src/index.ts';
import { FaultProxy, ValkeyServer } from '../../../src/testing/index.ts';
import {
  assertTook,
  blockedClients,
  clientInfo,
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

describe('a session', limit, () => {
  for (const protocol of [3, 2] as const) {
    test(`runs transactions, and others run beside it, RESP${protocol}`, async (t) => {
      const client = open(t, { port: server.port, protocol });
      await using session = await client.session();
      await session.set('stock', 3);
      await session.executeCommand('WATCH', 'stock');
      assert.equal(await session.get('stock'), '3');
      assert.equal(await session.executeCommand('MULTI'), 'OK');
      assert.equal(await session.executeCommand('DECR', 'stock'), 'QUEUED');
      assert.equal(await session.executeCommand('GET', 'stock'), 'QUEUED');
      assert.equal(await client.get('stock'), '3', 'the shared connection is in no transaction');
      assert.deepEqual(await session.executeCommand('EXEC'), [2, '2']);
    });

    test(`loses against who changed what it watches, RESP${protocol}`, async (t) => {
      const client = open(t, { port: server.port, protocol });
      await using session = await client.session();
      await session.executeCommand('WATCH', 'watched');
      await client.incr('watched');
      const replies = await Promise.all([
        session.executeCommand('MULTI'),
        session.executeCommand('SET', 'watched', 'mine'),
        session.executeCommand('EXEC'),
      ]);
      assert.deepEqual(replies, ['OK', 'QUEUED', null]);
      assert.notEqual(await client.get('watched'), 'mine');
    });
  }

  test('does not show others what it changed, nor the next session', async (t) => {
    const client = open(t, { port: server.port, db: 1, maxConnections: 1 });
    for (let i = 0; i < 3; i++) {
      const session = await client.session();
      assert.equal((await clientInfo(session))['db'], '1');
      await session.select(7);
      await session.executeCommand('CLIENT', 'SETNAME', 'mine');
      assert.equal((await clientInfo(session))['db'], '7');
      assert.equal((await clientInfo(client))['db'], '1');
      assert.equal((await clientInfo(client))['name'], '');
      await session.close();
      assert.equal(client.stats().pool.idle, 0, 'it is not used again');
    }
  });

  test('that changed nothing leaves its connection to the next', async (t) => {
    const client = open(t, { port: server.port });
    const ids: unknown[] = [];
    for (let i = 0; i < 3; i++) {
      await using session = await client.session();
      ids.push(await session.executeCommand('CLIENT', 'ID'));
      assert.equal(await session.blpop('none', 0.01), null);
    }
    assert.equal(new Set(ids).size, 1);
  });

  test('is a connection of its own', async (t) => {
    const client = open(t, { port: server.port });
    const sessions = await Promise.all([client.session(), client.session()]);
    const ids = await Promise.all([client, ...sessions].map((each) => each.executeCommand('CLIENT', 'ID')));
    assert.equal(new Set(ids).size, 3);
    assert.equal(client.stats().pool.leased, 2);
    await Promise.all(sessions.map((session) => session.close()));
    assert.equal(client.stats().pool.leased, 0);
  });

  test('blocks as long as a command says, beyond socketTimeout', async (t) => {
    const client = open(t, { port: server.port, socketTimeout: 300 });
    await using session = await client.session();
    await session.set('k', 'value of k');
    const { value, elapsed } = await outcomeOf(session.blpop('none', 1.2));
    assert.equal(value, null);
    assert.ok(elapsed >= 1100);
  });

  test('refuses bad arguments before anything is sent', async (t) => {
    const client = open(t, { port: server.port });
    await using session = await client.session();
    assert.throws(() => void session.set('k', undefined as never), DataError);
    assert.equal(await session.get('k'), 'value of k');
  });

  test('that is closed rejects; closing it again does nothing', async (t) => {
    const client = open(t, { port: server.port });
    const session = await client.session();
    await session.close();
    await session.close();
    const other = await client.session();
    assert.equal((await failureOf(session.get('k'), ConnectionError, 'CLOSED')).sent, false);
    assert.equal(await other.get('k'), 'value of k');
    await other.close();
  });

  test('closed with commands on their way rejects them, and its connection is not used again', async (t) => {
    const client = open(t, { port: server.port });
    const session = await client.session();
    const pop = outcomeOf(session.blpop('none', 0));
    await until('it blocks', async () => (await blockedClients(admin)) === 1);
    await session.close();
    assert.equal(typed((await pop).error, ConnectionError).sent, true);
    await until('none blocks', async () => (await blockedClients(admin)) === 0);
    assert.equal(client.stats().pool.connections, 0);
  });

  test('whose connection is lost never comes back', async (t) => {
    await using proxy = await FaultProxy.start(server);
    const client = open(t, { port: proxy.port });
    const session = await client.session();
    await session.executeCommand('WATCH', 'k');
    proxy.dropReplies();
    const sent = outcomesOf([session.get('k'), session.set('lost', 1)]);
    await turn();
    proxy.cut();
    proxy.heal();
    // Not even a read is repeated: what WATCH has set is gone.
    assert.deepEqual((await sent).map(nameOf), Array(2).fill('ConnectionError CONNECTION_LOST sent=true'));
    const later = await outcomesOf([session.executeCommand('MULTI'), session.get('k')]);
    assert.deepEqual(later.map(nameOf), Array(2).fill('ConnectionError CONNECTION_LOST sent=false'));
    assert.match(String(later[0]?.error), /the session's connection to .* was lost/);
    await session.close();
    assert.equal(client.stats().pool.leased, 0);
    await using next = await client.session();
    assert.equal(await next.get('k'), 'value of k');
  });

  test('waits its turn, and not for ever', async (t) => {
    const client = open(t, { port: server.port, maxConnections: 1, socketTimeout: 300 });
    const first = await client.session();
    const second = client.session();
    await until('it waits', () => client.stats().pool.waiting === 1);
    await first.close();
    const session = await second;
    assert.equal(await session.get('k'), 'value of k');
    using lateness = new Lateness();
    const { error, elapsed } = await outcomeOf(client.session());
    typed(error, MaxConnectionsError, 'MAX_CONNECTIONS');
    assertTook(elapsed, 300, 400, lateness.worst, 'waiting for a session');
    await session.close();
  });

  test('ends with its client: close waits for it, and not longer than it may', async (t) => {
    const client = open(t, { port: server.port });
    const session = await client.session();
    using lateness = new Lateness();
    const { elapsed } = await outcomeOf(client.close({ timeout: 200 }));
    assertTook(elapsed, 200, 300, lateness.worst, 'close()');
    assert.equal((await outcomeOf(session.get('k'))).ok, false);
    await failureOf(client.session(), ConnectionError, 'CLOSED');
  });

  test('given back in time lets close() end at once', async (t) => {
    const client = open(t, { port: server.port });
    const session = await client.session();
    const closing = outcomeOf(client.close({ timeout: 5000 }));
    assert.equal(await session.get('k'), 'value of k');
    await session.close();
    using lateness = new Lateness();
    assertTook((await closing).elapsed, 0, 200, lateness.worst, 'close()');
  });
});

describe('a command that only a session may run', limit, () => {
  const REFUSED = [
    ['MULTI'],
    ['EXEC'],
    ['DISCARD'],
    ['WATCH', 'k'],
    ['UNWATCH'],
    ['SUBSCRIBE', 'c'],
    ['PSUBSCRIBE', 'c*'],
    ['SSUBSCRIBE', 'c'],
    ['MONITOR'],
    ['CLIENT', 'REPLY', 'OFF'],
    ['CLIENT', 'TRACKING', 'ON'],
    ['RESET'],
    ['HELLO', '3'],
    ['QUIT'],
  ] as const;

  test('throws on a client, names the right way, and is not sent', async (t) => {
    const client = open(t, { port: server.port });
    await client.connect();
    for (const [name, ...args] of REFUSED) {
      for (const surface of [client, client.withOptions({ timeout: 50 })]) {
        assert.throws(
          () => void surface.executeCommand(name, ...args),
          (error: unknown) => {
            const refusal = typed(error, DataError, 'NEEDS_SESSION');
            assert.match(
              refusal.message,
              /: use client\.(session|close)\(\)$|or client\.session\(\)$|is answered by a stream of messages|OFF and SKIP leave commands without replies/,
            );
            assert.ok(refusal.message.startsWith(name), refusal.message);
            return true;
          },
        );
      }
      // In lower case it is no other command.
      assert.throws(() => void client.executeCommand(name.toLowerCase(), ...args), DataError);
    }
    const info = await clientInfo(client);
    assert.equal(info['multi'], '-1');
    assert.equal(info['sub'], '0');
    assert.equal(await client.get('k'), 'value of k');
  });

  test('throws on a client that borrowed its pool for what would change the connections of others too', async (t) => {
    const pool = new ConnectionPool({ port: server.port });
    t.after(() => pool.destroy());
    const [first, second] = [open(t, { connectionPool: pool }), open(t, { connectionPool: pool })];
    await Promise.all([first.connect(), second.connect()]);
    for (const change of [
      () => first.select(3),
      () => first.auth('default', 'any'),
      () => first.executeCommand('CLIENT', 'SETNAME', 'n'),
      () => first.executeCommand('CLIENT', 'NO-EVICT', 'ON'),
      () => first.executeCommand('READONLY'),
    ]) {
      assert.throws(
        () => void change(),
        (error: unknown) => typed(error, DataError, 'NEEDS_SESSION').message.includes('shared'),
      );
    }
    for (const client of [first, second]) {
      assert.equal((await clientInfo(client))['db'], '0');
      await using session = await client.session();
      assert.equal((await clientInfo(session))['db'], '0');
    }
    await using session = await first.session();
    assert.equal(await session.select(3), 'OK');
    assert.equal((await clientInfo(second))['db'], '0');
  });
});

test('sessions and blocking commands share the pool’s bound, first come first served', limit, async (t) => {
  const client = open(t, { port: server.port, maxConnections: 2 });
  const outcomes = await outcomesOf(
    Array.from({ length: 30 }, async (_, i) => {
      if (i % 2 === 0) return await client.blpop('none', 0.01);
      await using session = await client.session();
      return await session.incr('sessions');
    }),
  );
  assert.deepEqual(tally(outcomes.map(nameOf)), { ok: 30 });
  assert.equal(await client.get('sessions'), '15');
  assert.ok(client.stats().pool.connections <= 2);
});
