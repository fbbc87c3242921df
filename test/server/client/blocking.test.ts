import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { after, describe, test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  AbortError,
  ConnectionError,
  ConnectionPool,
  ConstantBackoff,
  MaxConnectionsError,
  TimeoutError,
  Valkey,
  type CommandMessage,
} from '../../../src/index.ts';
import { FaultProxy, ValkeyServer } from '../../../src/testing/index.ts';
import { GREETING, ScriptedServer } from '../scripted-server.ts';
import {
  assertTook,
  blockedClients,
  callsOf,
  clientList,
  killShared,
  Lateness,
  nameOf,
  open,
  outcomeOf,
  outcomesOf,
  percentile,
  tally,
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

const blocks = (count: number) => (): Promise<boolean> => blockedClients(admin).then((blocked) => blocked === count);

describe('commands that block', limit, () => {
  test('20 of them do not slow others down', async (t) => {
    const SAMPLES = 3000;
    const client = open(t, { port: server.port });
    const control = open(t, { port: server.port });
    await Promise.all([client.connect(), control.connect()]);
    const pops = Array.from({ length: 20 }, (_, i) => outcomeOf(client.blpop(`pop:${i}`, 0)));
    await until('all block', blocks(20));
    const timed = async (who: Valkey): Promise<number> => {
      const start = performance.now();
      assert.equal(await who.get('k'), 'value of k');
      return performance.now() - start;
    };
    const times: number[] = [];
    const controls: number[] = [];
    for (let i = 0; i < SAMPLES; i++) {
      times.push(await timed(client));
      controls.push(await timed(control));
    }
    const [p99, without] = [percentile(times, 0.99), percentile(controls, 0.99)];
    t.diagnostic(`p99 of GET beside 20 BLPOPs ${p99.toFixed(2)} ms, without ${without.toFixed(2)} ms`);
    assert.ok(p99 <= Math.max(5, 3 * without), `p99 ${p99} ms, without the BLPOPs ${without} ms`);
    for (let i = 0; i < 20; i++) await admin.rpush(`pop:${i}`, i);
    const popped = await Promise.all(pops);
    assert.deepEqual(
      popped.map(({ value }) => value),
      Array.from({ length: 20 }, (_, i) => [`pop:${i}`, String(i)]),
    );
  });

  test('take connections of the pool, one after the other the same one', async (t) => {
    await using proxy = await FaultProxy.start(server);
    const client = open(t, { port: proxy.port });
    await client.connect();
    for (let i = 0; i < 20; i++) {
      await admin.rpush('reused', i);
      assert.deepEqual(await client.blpop('reused', 1), ['reused', String(i)]);
    }
    assert.equal(proxy.accepted, 2);
    assert.deepEqual(client.stats().pool, { connections: 1, idle: 1, leased: 0, waiting: 0, maxConnections: 50 });
  });

  test('have as deadline their own timeout and some more, not socketTimeout', async (t) => {
    const client = open(t, { port: server.port, socketTimeout: 300 });
    assert.equal(await client.blpop('none', 0.01), null);
    // On a connection that has been used before, and is older than `socketTimeout`.
    await sleep(350);
    const { value, elapsed } = await outcomeOf(client.blpop('none', 1.5));
    assert.equal(value, null);
    assert.ok(elapsed >= 1400);
    assert.equal(client.stats().pool.connections, 1);
  });

  test('time out when the answer is more than a second late', async (t) => {
    await using own = await ValkeyServer.start();
    const client = open(t, { port: own.port, socketTimeout: 300 });
    await client.connect();
    const pop = outcomeOf(client.blpop('none', 0.2));
    await until('it blocks', async () =>
      String(await client.executeCommand('INFO', 'clients')).includes('blocked_clients:1'),
    );
    own.pause();
    using lateness = new Lateness();
    const { error, elapsed } = await pop;
    const late = typed(error, TimeoutError);
    assert.equal(late.phase, 'sent');
    assertTook(elapsed, 1150, 1400, lateness.worst, 'BLPOP with 0.2 s');
    own.resume();
    await until('its connection is not lent again', () => client.stats().pool.leased === 0);
    assert.equal(await client.blpop('none', 0.01), null);
  });

  test('that are refused for now are tried again within the same deadline, and counted', async (t) => {
    const timeouts: string[] = [];
    await using scripted = await ScriptedServer.start(([name, , timeout], { socket }) => {
      if (name === 'HELLO') return GREETING;
      if (name !== 'BLPOP') return '+OK\r\n';
      timeouts.push(timeout ?? '');
      if (timeouts.length === 1) setTimeout(() => socket.write('-LOADING Valkey is loading the dataset\r\n'), 900);
      return undefined;
    });
    const client = open(t, { port: scripted.port });
    using lateness = new Lateness();
    const { error, elapsed } = await outcomeOf(client.blpop('k', 1));
    const late = typed(error, TimeoutError);
    assert.equal(late.phase, 'sent');
    assertTook(elapsed, 2000, 2300, lateness.worst, 'a BLPOP of 1 s that was tried twice');
    assertTook(late.elapsed, 2000, 2300, lateness.worst, 'what the error says');
    assert.equal(timeouts.length, 2);
    assert.ok(Number(timeouts[1]) <= 0.1, `the second try blocks for ${timeouts[1]} s`);
    assert.equal(client.stats().counters.retries, 1);
  });

  test('use the database that was selected', async (t) => {
    const client = open(t, { port: server.port });
    assert.equal(await client.blpop('list', 0.01), null);
    await client.select(9);
    await client.rpush('list', 'in 9');
    assert.deepEqual(await client.blpop('list', 1), ['list', 'in 9']);
  });

  test('of a bad timeout are refused by the server, like others', async (t) => {
    const client = open(t, { port: server.port });
    const { error } = await outcomeOf(client.blpop('none', -1));
    assert.match(String(error), /timeout is negative/);
  });

  test('XREAD is one with BLOCK only', async (t) => {
    const client = open(t, { port: server.port });
    await client.executeCommand('XADD', 'stream', '1-1', 'f', 'v');
    const read = await client.executeCommand('XREAD', 'COUNT', 1, 'STREAMS', 'stream', '0');
    assert.deepEqual(read, ['stream', [['1-1', ['f', 'v']]]]);
    assert.equal(client.stats().pool.connections, 0);
    const blocked = outcomeOf(client.executeCommand('XREAD', 'COUNT', 1, 'BLOCK', 0, 'STREAMS', 'stream', '$'));
    await until('it blocks', blocks(1));
    assert.equal(client.stats().pool.leased, 1);
    assert.equal(await client.get('k'), 'value of k');
    await client.executeCommand('XADD', 'stream', '2-1', 'f', 'w');
    assert.deepEqual((await blocked).value, ['stream', [['2-1', ['f', 'w']]]]);
    assert.equal(client.stats().pool.idle, 1);
  });

  test('WAIT stays on the connection whose writes it is about', async (t) => {
    const client = open(t, { port: server.port });
    await client.set('k', 'value of k');
    assert.equal(await client.wait(0, 10), 0);
    assert.equal(client.stats().pool.connections, 0);
  });
});

describe('maxConnections', limit, () => {
  test('is never passed, and whoever waits in vain is told why', async (t) => {
    const client = open(t, { port: server.port, maxConnections: 3, socketTimeout: 300, clientName: 'bounded' });
    await client.connect();
    const pops = Array.from({ length: 3 }, () => outcomeOf(client.blpop('bounded', 0)));
    await until('three block', blocks(3));
    using lateness = new Lateness();
    const waiting = await Promise.all([
      outcomeOf(client.blpop('bounded', 0)),
      outcomeOf(client.blpop('bounded', 0.01)),
      outcomeOf(client.session()),
    ]);
    for (const { error, elapsed } of waiting) {
      const full = typed(error, MaxConnectionsError, 'MAX_CONNECTIONS');
      assert.equal(full.sent, false);
      assert.match(full.message, /all 3 connections to .* were leased for \d+ ms/);
      assertTook(elapsed, 300, 400, lateness.worst, 'waiting for a connection');
    }
    const own = (await clientList(admin)).filter(({ name }) => name === 'bounded');
    assert.equal(own.length, 4, 'three of the pool, and the shared one');
    await admin.rpush('bounded', ['a', 'b', 'c']);
    assert.deepEqual(tally((await Promise.all(pops)).map(nameOf)), { ok: 3 });
  });

  test('a borrower that closes leaves the line', async (t) => {
    const pool = new ConnectionPool({ port: server.port, maxConnections: 1, maxWaiters: 1 });
    t.after(() => pool.destroy());
    const lease = await pool.acquire();
    const borrower = new Valkey({ connectionPool: pool });
    const pop = outcomeOf(borrower.blpop('line', 0));
    await until('it waits', () => pool.stats().waiting === 1);
    await borrower.close();
    assert.equal(nameOf(await pop), 'ConnectionError CLOSED sent=false');
    assert.equal(pool.stats().waiting, 0);
    const next = pool.acquire();
    await lease.close();
    await (await next).close();
    assert.equal(pool.stats().idle, 1);
  });

  test('first come, first served', async (t) => {
    const client = open(t, { port: server.port, maxConnections: 1 });
    const order: number[] = [];
    const pops = Array.from({ length: 20 }, (_, i) =>
      client.blpop(`line:${i}`, 0).then((popped) => {
        order.push(i);
        return popped;
      }),
    );
    for (let i = 19; i >= 0; i--) await admin.rpush(`line:${i}`, i);
    await Promise.all(pops);
    assert.deepEqual(
      order,
      order.map((_, i) => i),
    );
    assert.equal(client.stats().pool.connections, 1);
  });

  test('who waits gets the connection that another loses', async (t) => {
    const client = open(t, { port: server.port, maxConnections: 1 });
    const first = outcomeOf(client.blpop('first', 0));
    await until('it blocks', blocks(1));
    const second = outcomeOf(client.blpop('second', 0));
    await until('it waits', () => client.stats().pool.waiting === 1);
    const blocked = (await clientList(admin)).find(({ cmd }) => cmd === 'blpop');
    await admin.executeCommand('CLIENT', 'KILL', 'ID', blocked?.['id'] ?? '');
    assert.equal(nameOf(await first), 'ConnectionError CONNECTION_LOST sent=true');
    await admin.rpush('second', 'x');
    assert.deepEqual((await second).value, ['second', 'x']);
  });
});

describe('a blocked connection', limit, () => {
  test('that the server closes rejects its command at once, and only that', async (t) => {
    const client = open(t, { port: server.port });
    const pops = [outcomeOf(client.blpop('killed', 0)), outcomeOf(client.blpop('other', 0))];
    await until('both block', blocks(2));
    const first = (await clientList(admin)).find(({ cmd }) => cmd === 'blpop');
    using lateness = new Lateness();
    const start = performance.now();
    await admin.executeCommand('CLIENT', 'KILL', 'ID', first?.['id'] ?? '');
    const outcome = await Promise.race(pops);
    assertTook(performance.now() - start, 0, 100, lateness.worst, 'noticing the loss');
    const error = typed(outcome.error, ConnectionError);
    assert.equal(error.sent, true);
    assert.match(error.message, /the command was sent and may have run/);
    await admin.rpush('killed', 'x');
    await admin.rpush('other', 'x');
    assert.deepEqual(tally((await Promise.all(pops)).map(nameOf)), {
      ok: 1,
      'ConnectionError CONNECTION_LOST sent=true': 1,
    });
    await admin.del(['killed', 'other']);
  });

  test('outlives a pause of the server, and the loss of the shared connection', async (t) => {
    await using own = await ValkeyServer.start();
    const owner = open(t, { port: own.port });
    const client = open(t, { port: own.port, healthCheckInterval: 100, socketTimeout: 400 });
    await client.connect();
    const pop = outcomeOf(client.blpop('healthy', 0));
    await until('it blocks', async () => (await blockedClients(owner)) === 1);
    // Several checks are answered.
    await sleep(350);
    await killShared(owner, client);
    await sleep(250);
    // One check is missed, and no more.
    own.pause();
    await sleep(550);
    own.resume();
    await sleep(250);
    assert.equal(await Promise.race([pop, sleep(0, 'blocked')]), 'blocked');
    await owner.rpush('healthy', 'x');
    assert.deepEqual((await pop).value, ['healthy', 'x']);
  });

  test('behind a cable pulled out is found, and its command rejects', async (t) => {
    await using proxy = await FaultProxy.start(server);
    const client = open(t, { port: proxy.port, healthCheckInterval: 100, socketTimeout: 300, connectTimeout: 300 });
    const pop = outcomeOf(client.blpop('unreachable', 0));
    await until('it blocks', blocks(1));
    await sleep(150);
    proxy.blackhole();
    const start = performance.now();
    const { error } = await pop;
    t.diagnostic(`found after ${(performance.now() - start).toFixed(0)} ms`);
    assert.ok(performance.now() - start < 3000);
    assert.equal(typed(error, ConnectionError, 'UNRESPONSIVE').sent, true);
    proxy.heal();
    await until('none blocks', blocks(0));
    assert.equal(await client.withOptions({ timeout: 3000 }).blpop('none', 0.01), null);
  });

  test('behind a cable pulled out is found by a client that does nothing else', async (t) => {
    // The shared connection is first dialled for the check, and cannot be had.
    await using proxy = await FaultProxy.start(server);
    const client = open(t, { port: proxy.port, healthCheckInterval: 100, socketTimeout: 1000, connectTimeout: 300 });
    const pop = outcomeOf(client.blpop('unreachable', 0), 6000);
    await until('it blocks', blocks(1));
    proxy.blackhole();
    assert.equal(typed((await pop).error, ConnectionError, 'UNRESPONSIVE').sent, true);
    proxy.heal();
  });

  for (const [what, list] of [
    ['has forgotten', '$0\r\n\r\n'],
    ['knows', '$20\r\nid=7 addr=x name=any\r\n'],
  ] as const) {
    test(`that the server ${what} is ${what === 'knows' ? 'kept' : 'found'}`, async (t) => {
      let checks = 0;
      await using scripted = await ScriptedServer.start((words) => {
        if (words[0] === 'HELLO') return GREETING;
        if (words[0] === 'BLPOP') return undefined;
        if (words[1] !== 'LIST') return '+OK\r\n';
        checks++;
        return list;
      });
      const client = open(t, { port: scripted.port, healthCheckInterval: 20, socketTimeout: 300 });
      const pop = outcomeOf(client.blpop('queue', 0));
      await until('it was checked', () => checks >= 3 || client.stats().pool.connections === 0);
      if (what === 'knows') client.destroy();
      const { error } = await pop;
      assert.equal(typed(error, ConnectionError, what === 'knows' ? 'CLOSED' : 'UNRESPONSIVE').sent, true);
    });
  }

  test('is not checked when nobody asks for it', async (t) => {
    const client = open(t, { port: server.port, healthCheckInterval: 0 });
    const pop = outcomeOf(client.blpop('unchecked', 0));
    await until('it blocks', blocks(1));
    await admin.rpush('unchecked', 'x');
    assert.deepEqual((await pop).value, ['unchecked', 'x']);
  });
});

describe('a blocked connection to another server than the shared one, behind the same address', limit, () => {
  /** A client whose shared connection is to `server`, and those that block to another. */
  async function divided(t: TestContext, other: ValkeyServer): Promise<Valkey> {
    const proxy = await FaultProxy.start(server);
    t.after(() => proxy.close());
    const client = open(t, { port: proxy.port, healthCheckInterval: 50, socketTimeout: 1000 });
    await client.connect();
    proxy.retarget(other);
    // Numbers there are ahead of those here.
    const newest = (await numberOfNew(server)) + 20;
    while ((await numberOfNew(other)) < newest);
    return client;
  }

  test('is not taken for dead', async (t) => {
    await using other = await ValkeyServer.start();
    const client = await divided(t, other);
    const otherAdmin = open(t, { port: other.port });
    const pop = outcomeOf(client.blpop('elsewhere', 0));
    await until('it blocks', async () => (await blockedClients(otherAdmin)) === 1);
    // Several checks.
    await sleep(300);
    assert.equal(client.stats().pool.leased, 1);
    await otherAdmin.rpush('elsewhere', 'x');
    assert.deepEqual((await pop).value, ['elsewhere', 'x']);
  });

  test('is closed by an abort, which unblocks nobody who has the same number there', async (t) => {
    await using other = await ValkeyServer.start();
    const client = await divided(t, other);
    const otherAdmin = open(t, { port: other.port });
    // Somebody here has the same.
    await using session = await client.session();
    const number = await session.clientId();
    await session.close();
    const pool = new ConnectionPool({ port: server.port, maxConnections: 100 });
    t.after(() => pool.destroy());
    let stranger = await pool.acquire();
    while ((await stranger.clientId()) < number) stranger = await pool.acquire();
    assert.equal(await stranger.clientId(), number);
    const strangersPop = outcomeOf(stranger.blpop('strangers', 0));
    await until('the stranger blocks', blocks(1));
    const abort = new AbortController();
    const pop = outcomeOf(client.withOptions({ signal: abort.signal }).blpop('elsewhere', 0));
    await until('it blocks', async () => (await blockedClients(otherAdmin)) === 1);
    abort.abort();
    assert.equal(typed((await pop).error, AbortError).sent, true);
    await until('it is gone', async () => (await blockedClients(otherAdmin)) === 0);
    assert.equal(await blockedClients(admin), 1);
    await admin.rpush('strangers', 'x');
    assert.deepEqual((await strangersPop).value, ['strangers', 'x']);
  });

  async function numberOfNew(of: ValkeyServer): Promise<number> {
    await using pool = new ConnectionPool({ port: of.port });
    await using lease = await pool.acquire();
    return await lease.clientId();
  }
});

test('signs of life, and what releases a blocked connection, are not told as commands', limit, async (t) => {
  await using proxy = await FaultProxy.start(server);
  const told: string[] = [];
  const tell = (message: unknown): void => {
    const { command, endpoint } = message as CommandMessage;
    if (endpoint.endsWith(`:${proxy.port}`)) told.push(command);
  };
  subscribe('tracing:valkey-ts:command:start', tell);
  t.after(() => void unsubscribe('tracing:valkey-ts:command:start', tell));
  const client = open(t, { port: proxy.port, healthCheckInterval: 20 });
  const checks = await callsOf(admin, 'client\\|list');
  const abort = new AbortController();
  const pop = outcomeOf(client.withOptions({ signal: abort.signal }).blpop('quiet', 0));
  await until('it was checked', async () => (await callsOf(admin, 'client\\|list')) > checks + 2);
  abort.abort();
  typed((await pop).error, AbortError);
  assert.deepEqual(told, ['BLPOP']);
});

describe('a blocking command that needs a new connection', limit, () => {
  test('settles within socketTimeout when the dial hangs; so does session()', async (t) => {
    await using proxy = await FaultProxy.start(server);
    proxy.blackhole();
    const client = open(t, { port: proxy.port, socketTimeout: 300, connectTimeout: 5000 });
    using lateness = new Lateness();
    const outcomes = await outcomesOf([client.blpop('none', 0.01), client.blpop('none', 0), client.session()]);
    for (const { error, elapsed } of outcomes) {
      assert.equal(typed(error, ConnectionError, 'CONNECT_TIMEOUT').sent, false);
      assertTook(elapsed, 0, 400, lateness.worst, 'a command whose dial hangs');
    }
  });

  test('waits while the server restarts', async (t) => {
    await using own = await ValkeyServer.start();
    const client = open(t, { port: own.port, socketTimeout: 3000, retry: { backoff: new ConstantBackoff(20) } });
    await client.connect();
    await own.kill();
    await until('the loss is noticed', () => client.state === 'reconnecting');
    const pop = outcomeOf(client.blpop('list', 0.01));
    const get = outcomeOf(client.get('k'));
    await sleep(100);
    await own.restart();
    assert.equal(nameOf(await pop), 'ok');
    assert.equal(nameOf(await get), 'ok');
  });

  test('waits so for its time and no longer, and tells the cause', async (t) => {
    await using own = await ValkeyServer.start();
    const client = open(t, { port: own.port, socketTimeout: 300, retry: { backoff: new ConstantBackoff(20) } });
    await client.connect();
    await own.kill();
    await until('the loss is noticed', () => client.state === 'reconnecting');
    using lateness = new Lateness();
    const { error, elapsed } = await outcomeOf(client.blpop('list', 0.01));
    typed(error, ConnectionError, 'ECONNREFUSED');
    assertTook(elapsed, 200, 400, lateness.worst, 'BLPOP while the server is away');
  });

  test('fails at once where the caller would rather not wait', async (t) => {
    await using own = await ValkeyServer.start();
    const client = open(t, { port: own.port, socketTimeout: 5000, whenDown: 'fail' });
    await client.connect();
    await own.kill();
    await until('the loss is noticed', () => client.state === 'reconnecting');
    using lateness = new Lateness();
    const { error, elapsed } = await outcomeOf(client.blpop('list', 0.01));
    assert.equal(typed(error, ConnectionError).sent, false);
    assertTook(elapsed, 0, 100, lateness.worst, 'BLPOP while the server is away');
  });

  test('whoever waits behind a dial that fails is told its cause', async (t) => {
    await using proxy = await FaultProxy.start(server);
    proxy.refuse();
    const client = open(t, {
      port: proxy.port,
      maxConnections: 1,
      socketTimeout: 1500,
      retry: { retries: 1, backoff: new ConstantBackoff(5) },
    });
    using lateness = new Lateness();
    const outcomes = await outcomesOf([client.blpop('none', 0.01), client.blpop('none', 0.01), client.session()]);
    for (const { error, elapsed } of outcomes) {
      const cause = typed(error, ConnectionError, /^(CLOSED_IN_HANDSHAKE|ECONNRESET|EPIPE)$/);
      assert.equal(cause.sent, false);
      assertTook(elapsed, 0, 500, lateness.worst, 'a command whose dial fails');
    }
  });

  test('is not lent one that died while it was idle', async (t) => {
    await using proxy = await FaultProxy.start(server);
    const client = open(t, { port: proxy.port, retry: { backoff: new ConstantBackoff(5) } });
    for (let i = 0; i < 10; i++) {
      assert.equal(nameOf(await outcomeOf(client.blpop('none', 0.01))), 'ok');
      proxy.cut();
      await until('the loss is noticed', () => client.stats().pool.connections === 0);
    }
  });
});

test('a pool’s waiters, leases and failures leave nothing behind', limit, async (t) => {
  const client = open(t, { port: server.port, maxConnections: 4, socketTimeout: 500 });
  await client.connect();
  const calls = Array.from({ length: 40 }, (_, i) =>
    i % 3 === 0 ? client.session().then((session) => session.close()) : client.blpop('none', 0.01),
  );
  const ends = tally((await outcomesOf(calls)).map(nameOf));
  assert.deepEqual(
    Object.keys(ends).filter((name) => name !== 'ok' && !name.startsWith('MaxConnectionsError')),
    [],
  );
  const { leased, waiting, connections, idle } = client.stats().pool;
  assert.deepEqual({ leased, waiting }, { leased: 0, waiting: 0 });
  assert.equal(connections, idle);
});
