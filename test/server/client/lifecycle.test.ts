import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { ConnectionError, ConstantBackoff, ConnectionPool, Valkey, type LinkState } from '../../../src/index.ts';
import { FaultProxy, ValkeyServer } from '../../../src/testing/index.ts';
import { Child } from './child.ts';
import type { ClientState, CloseCase, ServerState } from './close-child.ts';
import {
  assertTook,
  blockedClients,
  clientList,
  failureOf,
  killShared,
  Lateness,
  nameOf,
  open,
  outcomeOf,
  outcomesOf,
  tally,
  until,
} from './tools.ts';

const limit = { timeout: 20_000 };
const server = await ValkeyServer.start();
const admin = new Valkey({ port: server.port });
after(async () => {
  admin.destroy();
  await server.stop();
});

/** What a client tells, in order, with the state it was in at that moment. */
function story(client: Valkey): string[] {
  const told: string[] = [];
  for (const name of ['connect', 'ready', 'reconnecting', 'close'] as const) {
    client.events.on(name, () => void told.push(`${name}: ${client.state}`));
  }
  return told;
}

describe('state and events', limit, () => {
  test('from the first command to the end', async (t) => {
    const client = open(t, { port: server.port, retry: { backoff: new ConstantBackoff(20) } });
    const told = story(client);
    assert.equal(client.state, 'idle');
    const ping = client.executeCommand('PING');
    assert.equal(client.state, 'connecting');
    await ping;
    assert.equal(client.state, 'ready');
    await killShared(admin, client);
    assert.equal(client.state, 'reconnecting');
    await until('it is ready again', () => client.state === 'ready');
    const closing = client.close();
    assert.equal(client.state, 'closing');
    await closing;
    assert.equal(client.state, 'closed' satisfies LinkState);
    assert.deepEqual(told, [
      'connect: connecting',
      'ready: ready',
      'reconnecting: reconnecting',
      'ready: ready',
      'close: closed',
    ]);
  });

  test('a reconnect says how often it failed, when it tries again, and why', async (t) => {
    await using proxy = await FaultProxy.start(server);
    const client = open(t, { port: proxy.port, retry: { backoff: new ConstantBackoff(7) } });
    await client.connect();
    const attempts: { failures: number; delay: number; cause: Error }[] = [];
    client.events.on('reconnecting', (attempt) => void attempts.push(attempt));
    proxy.refuse();
    proxy.cut();
    await until('three dials failed', () => attempts.length >= 4);
    proxy.heal();
    await until('it is ready again', () => client.state === 'ready');
    for (const { delay, cause } of attempts) {
      assert.equal(delay, 7);
      assert.ok(cause instanceof ConnectionError);
    }
    const failures = attempts.map((attempt) => attempt.failures);
    assert.deepEqual(
      failures,
      failures.map((_, i) => (failures[0] ?? 0) + i),
    );
  });

  test('a listener may close the client, and leave', async (t) => {
    const client = open(t, { port: server.port });
    let heard = 0;
    const off = client.events.on('ready', () => void heard++);
    await client.connect();
    off();
    client.events.once('reconnecting', () => client.destroy());
    await killShared(admin, client);
    assert.equal(client.state, 'closed');
    await client.connect();
    assert.equal(heard, 1);
  });

  test('stats count what waits, runs and is leased', async (t) => {
    const client = open(t, { port: server.port });
    const gets = Promise.all([client.get('a'), client.get('b')]);
    assert.equal(client.stats().queued, 2);
    assert.ok(client.stats().bytes > 0);
    await gets;
    const { state, queued, inFlight, bytes, pool } = client.stats();
    assert.deepEqual({ state, queued, inFlight, bytes }, { state: 'ready', queued: 0, inFlight: 0, bytes: 0 });
    assert.deepEqual(pool, { connections: 0, idle: 0, leased: 0, waiting: 0, maxConnections: 50 });
    const session = await client.session();
    assert.equal(client.stats().pool.leased, 1);
    await session.close();
    assert.equal(client.stats().pool.idle, 1);
  });
});

describe('connect', limit, () => {
  test('fifty calls at once make one connection', async (t) => {
    await using proxy = await FaultProxy.start(server);
    const client = open(t, { port: proxy.port });
    const connected = await Promise.all(Array.from({ length: 50 }, () => client.connect()));
    assert.ok(connected.every((each) => each === client));
    await client.connect();
    await client.executeCommand('PING');
    assert.equal(proxy.accepted, 1);
  });

  test('fifty first commands at once make one connection', async (t) => {
    await using proxy = await FaultProxy.start(server);
    const client = open(t, { port: proxy.port });
    await Promise.all(Array.from({ length: 50 }, () => client.executeCommand('PING')));
    assert.equal(proxy.accepted, 1);
  });

  for (const end of ['close', 'destroy'] as const) {
    test(`after ${end}() everything works again, the pool too`, async (t) => {
      const client = open(t, { port: server.port });
      for (let i = 0; i < 3; i++) {
        await client.connect();
        assert.equal(client.state, 'ready');
        assert.equal(await client.executeCommand('PING'), 'PONG');
        assert.equal(await client.blpop('none', 0.01), null);
        await using session = await client.session();
        assert.equal(await session.executeCommand('PING'), 'PONG');
        await session.close();
        await client[end]();
        assert.equal(client.state, 'closed');
      }
    });
  }

  test('during close() waits for its end, then connects', async (t) => {
    const client = open(t, { port: server.port });
    const incr = client.incr('reconnected');
    const closing = client.close();
    const again = client.connect();
    await closing;
    await again;
    assert.equal(client.state, 'ready');
    assert.equal(await incr, 1);
    assert.equal(await client.blpop('none', 0.01), null);
  });

  test('after close() and destroy() is not undone by the close', async (t) => {
    const client = open(t, { port: server.port });
    await client.connect();
    const closing = client.close({ timeout: 1000 });
    client.destroy();
    const connected = client.connect();
    await closing;
    await connected;
    assert.equal(client.state, 'ready');
    assert.equal(await client.executeCommand('PING'), 'PONG');
  });

  test('while reconnecting rejects with the last cause, and the link goes on trying', async (t) => {
    await using own = await ValkeyServer.start();
    const client = open(t, { port: own.port, retry: { retries: 3, backoff: new ConstantBackoff(20) } });
    await client.connect();
    await own.kill();
    await until('the loss is noticed', () => client.state === 'reconnecting');
    const { ok, error, elapsed } = await outcomeOf(client.connect());
    assert.ok(!ok);
    assert.equal((error as ConnectionError).code, 'ECONNREFUSED');
    assert.ok(elapsed < 1000, `${elapsed} ms`);
    assert.notEqual(client.state, 'idle');
    await own.restart();
    await client.connect();
    assert.equal(await client.executeCommand('PING'), 'PONG');
  });

  test('a first attempt that fails leaves a client that can be used later', async (t) => {
    await using own = await ValkeyServer.start();
    await own.kill();
    const client = open(t, { port: own.port, retry: { retries: 2, backoff: new ConstantBackoff(5) } });
    const told = story(client);
    await failureOf(client.connect(), ConnectionError, 'ECONNREFUSED');
    assert.equal(client.state, 'idle');
    assert.equal(told.at(-1), 'close: idle');
    await own.restart();
    assert.equal(await client.executeCommand('PING'), 'PONG');
  });
});

describe('close', limit, () => {
  test('waits for what was called before, and takes nothing more', async (t) => {
    const client = open(t, { port: server.port });
    await client.connect();
    const before = Array.from({ length: 1000 }, (_, i) => client.set(`drained:${i}`, i));
    const closing = client.close();
    const later = failureOf(client.set('drained:late', 1), ConnectionError, 'CLOSED');
    assert.deepEqual(tally((await outcomesOf(before)).map(nameOf)), { ok: 1000 });
    assert.equal((await later).sent, false);
    await closing;
    assert.equal(await admin.exists('drained:late'), 0);
  });

  test('waits for what was called before it was connected', async (t) => {
    const client = open(t, { port: server.port });
    const set = client.set('drained', 'before the connection');
    await client.close();
    assert.equal(await set, 'OK');
  });

  test('a client that was never used closes at once, as often as one likes', async () => {
    const client = new Valkey({ port: server.port });
    const told = story(client);
    await Promise.all([client.close(), client.close()]);
    await client.close();
    client.destroy();
    assert.equal(client.state, 'closed');
    assert.deepEqual(told, [], 'what never began does not end');
  });

  test('a client that was closed before its first use can be used, and closed again', async (t) => {
    const client = open(t, { port: server.port });
    await client.close();
    await client.connect();
    await client.close();
    assert.equal(client.state, 'closed');
    await failureOf(client.get('k'), ConnectionError, 'CLOSED');
  });

  test('a client that could not connect the first time can be closed more than once too', async (t) => {
    await using own = await ValkeyServer.start();
    await own.kill();
    const client = open(t, { port: own.port, retry: { retries: 0 } });
    await failureOf(client.connect(), ConnectionError, 'ECONNREFUSED');
    await client.close();
    await own.restart();
    await client.connect();
    await client.close();
    assert.equal(client.state, 'closed');
  });

  for (const owner of ['its own', 'a borrowed'] as const) {
    test(`afterwards every kind of call rejects, with ${owner} pool`, async (t) => {
      const pool = new ConnectionPool({ port: server.port });
      t.after(() => pool.destroy());
      const client = open(t, owner === 'its own' ? { port: server.port } : { connectionPool: pool });
      await client.executeCommand('PING');
      assert.equal(await client.blpop('none', 0.01), null);
      await client.close();
      const calls: Promise<unknown>[] = [
        client.get('k'),
        client.set('k', 'v'),
        client.blpop('none', 0.01),
        client.blpop('none', 0),
        client.executeCommand('XREAD', 'BLOCK', 0, 'STREAMS', 's', '$'),
        client.session(),
        client.withOptions({ timeout: 50 }).get('k'),
      ];
      if (owner === 'its own') calls.push(client.select(1));
      for (const call of calls) assert.equal((await failureOf(call, ConnectionError, 'CLOSED')).sent, false);
      assert.equal(client.state, 'closed');
    });
  }

  test('a borrowed pool lives on', async (t) => {
    const pool = new ConnectionPool({ port: server.port });
    const [first, second] = [open(t, { connectionPool: pool }), open(t, { connectionPool: pool })];
    assert.equal(await first.blpop('none', 0.01), null);
    await first.close();
    assert.equal(await second.blpop('none', 0.01), null);
    await second.close();
    await pool.close();
  });

  test('a pool that was handed over is closed with the client', async () => {
    const pool = new ConnectionPool({ port: server.port });
    const client = Valkey.fromPool(pool);
    assert.equal(await client.blpop('none', 0.01), null);
    assert.equal(pool.stats().connections, 1);
    await client.close();
    assert.equal(pool.stats().connections, 0);
  });

  test('what is unanswered after the timeout rejects', async (t) => {
    await using own = await ValkeyServer.start();
    const client = open(t, { port: own.port });
    await client.connect();
    own.pause();
    using lateness = new Lateness();
    const gets = outcomesOf(Array.from({ length: 100 }, () => client.get('k')));
    const { elapsed } = await outcomeOf(client.close({ timeout: 200 }));
    assertTook(elapsed, 200, 300, lateness.worst, 'close()');
    assert.deepEqual(tally((await gets).map(nameOf)), { 'ConnectionError CLOSED sent=true': 100 });
  });

  for (const timeouts of [
    [10_000, 200],
    [200, 10_000],
  ] as const) {
    test(`with the timeouts ${timeouts.join(' and ')}, the shorter one counts`, async (t) => {
      await using own = await ValkeyServer.start();
      const client = open(t, { port: own.port });
      await client.connect();
      own.pause();
      using lateness = new Lateness();
      const get = failureOf(client.get('k'), ConnectionError, 'CLOSED');
      const closes = await outcomesOf(timeouts.map((timeout) => client.close({ timeout })));
      for (const { elapsed } of closes) assertTook(elapsed, 200, 300, lateness.worst, 'close()');
      await get;
    });
  }

  test('during a handshake that hangs, with nothing to wait for, returns at once', async (t) => {
    await using proxy = await FaultProxy.start(server);
    proxy.blackhole();
    const client = open(t, { port: proxy.port });
    const connecting = failureOf(client.connect(), ConnectionError, 'CLOSED');
    await until('the proxy has it', () => proxy.accepted === 1);
    using lateness = new Lateness();
    const { elapsed } = await outcomeOf(client.close({ timeout: 2000 }));
    assertTook(elapsed, 0, 100, lateness.worst, 'close()');
    await connecting;
  });

  test('while reconnecting, with nothing to wait for, returns at once', async (t) => {
    await using proxy = await FaultProxy.start(server);
    const client = open(t, { port: proxy.port, retry: { backoff: new ConstantBackoff(5000) } });
    await client.connect();
    proxy.refuse();
    proxy.cut();
    await until('the loss is noticed', () => client.state === 'reconnecting');
    using lateness = new Lateness();
    const { elapsed } = await outcomeOf(client.close({ timeout: 2000 }));
    assertTook(elapsed, 0, 100, lateness.worst, 'close()');
  });

  test('releases blocked commands at once, on the server too', async (t) => {
    const client = open(t, { port: server.port });
    const blocked = [
      client.blpop('none', 0),
      client.blpop('none', 60),
      client.executeCommand('XREAD', 'BLOCK', 0, 'STREAMS', 's', '$'),
    ];
    const ends = blocked.map((call) => failureOf(call, ConnectionError, 'CLOSED'));
    await until('all block', async () => (await blockedClients(admin)) === 3);
    using lateness = new Lateness();
    const { elapsed } = await outcomeOf(client.close());
    assertTook(elapsed, 0, 300, lateness.worst, 'close()');
    for (const end of ends) assert.equal((await end).sent, true);
    await until('none blocks', async () => (await blockedClients(admin)) === 0);
  });

  test('delivers what was popped by then', async (t) => {
    const ROUNDS = 60;
    let returned = 0;
    for (let i = 0; i < ROUNDS; i++) {
      const client = open(t, { port: server.port });
      const pop = client.blpop('raced', 0).then(
        () => returned++,
        (error: unknown) => assert.equal((error as ConnectionError).code, 'CLOSED'),
      );
      await until('it blocks', async () => (await blockedClients(admin)) === 1);
      const push = admin.rpush('raced', i);
      if (i % 3 === 1) await new Promise((resolve) => setImmediate(resolve));
      if (i % 3 === 2) await push;
      await Promise.all([client.close(), push, pop]);
    }
    const left = await admin.llen('raced');
    assert.equal(returned + left, ROUNDS, `${returned} returned, ${left} left`);
    await admin.del('raced');
  });

  test('leaves nothing on the server', async () => {
    const others = (await clientList(admin)).length;
    {
      await using client = new Valkey({ port: server.port });
      await client.executeCommand('PING');
      assert.equal(await client.blpop('none', 0.01), null);
      await using session = await client.session();
      await session.select(2);
      assert.ok((await clientList(admin)).length > others);
    }
    await until('they are gone', async () => (await clientList(admin)).length === others);
  });
});

describe('destroy', limit, () => {
  test('rejects at once whatever is unanswered', async (t) => {
    await using own = await ValkeyServer.start();
    const client = open(t, { port: own.port });
    await client.connect();
    const blocked = client.blpop('none', 0);
    await until('it blocks', async () =>
      String(await client.executeCommand('INFO', 'clients')).includes('blocked_clients:1'),
    );
    own.pause();
    const sent = [client.get('k'), client.set('k', 'v')];
    const outcomes = outcomesOf([...sent, blocked], 1000);
    await new Promise((resolve) => setImmediate(resolve));
    client.destroy();
    const ends = await outcomes;
    assert.deepEqual(tally(ends.map(nameOf)), { 'ConnectionError CLOSED sent=true': 3 });
    for (const { elapsed } of ends) assert.ok(elapsed < 500);
  });

  test('before the connection stands, nothing was sent', async () => {
    const client = new Valkey({ port: server.port });
    const calls = [client.get('k'), client.blpop('k', 0), client.session(), client.connect()];
    client.destroy();
    assert.deepEqual(tally((await outcomesOf(calls, 1000)).map(nameOf)), { 'ConnectionError CLOSED sent=false': 4 });
  });
});

describe('the process', { timeout: 100_000 }, () => {
  const TIMEOUT = 300;
  const STATES: readonly ClientState[] = ['idle', 'connecting', 'ready', 'reconnecting', 'in flight', 'blocked'];
  const SERVERS: readonly ServerState[] = ['alive', 'stopped', 'gone'];

  type Fate = readonly [state: ClientState | 'all', server: ServerState];

  /** How long a process lives after the close of its client, in this state and with this done to the server. */
  async function run([state, fate]: Fate): Promise<number> {
    await using own = await ValkeyServer.start();
    await using proxy = await FaultProxy.start(own);
    proxy.blackhole();
    const { port, pid } = own;
    return await lastingOf({ state, server: fate, port, pid, blackhole: proxy.port, timeout: TIMEOUT });
  }

  /** What it costs a process to end, on this machine at this time. */
  function runControl(): Promise<number> {
    return lastingOf({ state: 'control', server: 'alive', port: 0, pid: 0, blackhole: 0, timeout: TIMEOUT });
  }

  async function lastingOf(input: CloseCase): Promise<number> {
    const what = `${input.state}, server ${input.server}`;
    const child = await Child.start('close-child.ts', input, 15_000);
    const { code, signal, stderr, said, endedAt } = await child.end;
    assert.equal(stderr, '', what);
    assert.deepEqual([code, signal], [0, null], what);
    assert.equal(said['settled'], said['made'], `${what}: calls that never settled`);
    for (const state of said['states'] as string[]) assert.equal(state, 'closed', what);
    return endedAt - Number(said['closing']);
  }

  test('ends by itself after close() in every state, and after destroy()', async (t) => {
    const todo: Fate[] = STATES.flatMap((state) => SERVERS.map((fate): Fate => [state, fate]));
    todo.push(['all', 'stopped'], ['all', 'gone']);
    const total = todo.length;
    const results = new Map<string, { over: number; most: number }>();
    const worker = async (): Promise<void> => {
      for (let next = todo.shift(); next !== undefined; next = todo.shift()) {
        const [state] = next;
        // What a machine with much else to do adds to the end of a process is not there every time; what the client adds is.
        for (let attempt = 1; attempt <= 3; attempt++) {
          const [over, control] = await Promise.all([run(next), runControl()]);
          const most = (state === 'all' ? 0 : TIMEOUT) + 100 + control;
          results.set(next.join(', server '), { over, most });
          if (over <= most) break;
        }
      }
    };
    await Promise.all([worker(), worker(), worker()]);
    const slowest = Math.max(...[...results.values()].map(({ over }) => over));
    t.diagnostic(`the slowest process ended ${slowest.toFixed(0)} ms after close({ timeout: ${TIMEOUT} })`);
    assert.equal(results.size, total);
    for (const [what, { over, most }] of results) {
      assert.ok(
        over <= most,
        `${what}: the process ended ${over.toFixed(0)} ms after close(), more than ${most.toFixed(0)}`,
      );
    }
  });
});
