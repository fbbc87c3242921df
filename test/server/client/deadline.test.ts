import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConnectionError, ConstantBackoff, TimeoutError, Valkey } from '../../../src/index.ts';
import { FaultProxy, ValkeyServer } from '../../../src/testing/index.ts';
import { GREETING, ScriptedServer } from '../scripted-server.ts';
import {
  assertTook,
  blockLoop,
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

/** Timeouts are told no later than this after the deadline. */
const SLACK = 100;

describe('a server that stopped', limit, () => {
  for (const protocol of [3, 2] as const) {
    test(`1000 GETs settle within the deadline + ${SLACK} ms, RESP${protocol}`, async (t) => {
      await using own = await ValkeyServer.start();
      const TIMEOUT = 400;
      const client = open(t, { port: own.port, protocol, socketTimeout: TIMEOUT });
      await client.set('k', 'right');
      own.pause();
      using lateness = new Lateness();
      const outcomes = await outcomesOf(Array.from({ length: 1000 }, () => client.get('k')));
      const slowest = Math.max(...outcomes.map(({ elapsed }) => elapsed));
      t.diagnostic(`slowest of 1000: deadline ${TIMEOUT} + ${(slowest - TIMEOUT).toFixed(0)} ms`);
      for (const { error, elapsed } of outcomes) {
        const late = typed(error, TimeoutError, 'TIMEOUT');
        assert.equal(late.phase, 'sent');
        assert.equal(late.sent, true);
        assert.equal(late.inFlight, 1000);
        assert.equal(late.command, 'GET');
        assertTook(elapsed, TIMEOUT, TIMEOUT + SLACK, lateness.worst, 'a GET');
        assertTook(late.elapsed, TIMEOUT, TIMEOUT + SLACK, lateness.worst, 'what the error says');
      }
      own.resume();
      assert.equal(await client.get('k'), 'right');
      assert.deepEqual(await Promise.all([client.get('k'), client.get('none')]), ['right', null]);
    });
  }

  test('deadlines of many lengths are all kept', async (t) => {
    await using own = await ValkeyServer.start();
    const client = open(t, { port: own.port, socketTimeout: 5000 });
    await client.set('k', 'right');
    own.pause();
    using lateness = new Lateness();
    const timeouts = Array.from({ length: 200 }, (_, i) => 10 + ((i * 37) % 400));
    const outcomes = await Promise.all(timeouts.map((timeout) => outcomeOf(client.withOptions({ timeout }).get('k'))));
    for (const [i, { error, elapsed }] of outcomes.entries()) {
      typed(error, TimeoutError);
      assertTook(elapsed, timeouts[i]!, timeouts[i]! + SLACK, lateness.worst, `a deadline of ${timeouts[i]} ms`);
    }
    own.resume();
    assert.equal(await client.get('k'), 'right');
  });

  test('a view without a deadline waits for the answer, whatever others do', async (t) => {
    await using own = await ValkeyServer.start();
    const client = open(t, { port: own.port, socketTimeout: 2000 });
    await client.mset({ a: 'A', b: 'B' });
    own.pause();
    const patient = client.withOptions({ timeout: Infinity }).get('a');
    const hasty = await outcomeOf(client.withOptions({ timeout: 10 }).get('b'));
    typed(hasty.error, TimeoutError);
    assert.equal(await Promise.race([patient, sleep(200, 'pending')]), 'pending');
    own.resume();
    assert.equal(await patient, 'A');
    // The reply that came too late was thrown away in its place.
    assert.equal(await client.get('a'), 'A');
  });
});

describe('a cable pulled out', limit, () => {
  test('1000 GETs settle in time, and the next one is right', async (t) => {
    await using proxy = await FaultProxy.start(server);
    const TIMEOUT = 300;
    const client = open(t, { port: proxy.port, socketTimeout: TIMEOUT, connectTimeout: 300 });
    await client.connect();
    proxy.blackhole();
    using lateness = new Lateness();
    const outcomes = await outcomesOf(Array.from({ length: 1000 }, () => client.get('k')));
    for (const { error, elapsed } of outcomes) {
      typed(error, TimeoutError);
      assertTook(elapsed, TIMEOUT, TIMEOUT + SLACK, lateness.worst, 'a GET');
    }
    proxy.heal();
    assert.equal(await client.withOptions({ timeout: 2000 }).get('k'), 'value of k');
  });

  test('a connection that stays silent is given up, so that commands go over a new one', async (t) => {
    await using proxy = await FaultProxy.start(server);
    const client = open(t, { port: proxy.port, socketTimeout: 300, connectTimeout: 300 });
    await client.connect();
    proxy.dropReplies();
    using lateness = new Lateness();
    const start = performance.now();
    const lost = new Promise<Error>((resolve) => client.events.once('reconnecting', ({ cause }) => resolve(cause)));
    typed((await outcomeOf(client.withOptions({ timeout: 100 }).get('k'))).error, TimeoutError);
    const cause = typed((await outcomeOf(lost)).value, ConnectionError, 'UNRESPONSIVE');
    assert.match(cause.message, /has not answered for 300 ms/);
    assertTook(performance.now() - start, 300, 300 + SLACK, lateness.worst, 'giving the connection up');
    proxy.heal();
    assert.equal(await client.withOptions({ timeout: 2000 }).get('k'), 'value of k');
  });

  for (const [what, command, end] of [
    ['a read is sent again', 'GET', 'ok'],
    ['a write is not', 'SET', 'ConnectionError UNRESPONSIVE sent=true'],
  ] as const) {
    test(`even if what waits first has no deadline: ${what}`, async (t) => {
      await using proxy = await FaultProxy.start(server);
      const client = open(t, { port: proxy.port, socketTimeout: 300, connectTimeout: 300 });
      await client.connect();
      proxy.dropReplies();
      const patient = client.withOptions({ timeout: Infinity });
      const head = outcomeOf(command === 'GET' ? patient.get('k') : patient.set('patient', 1));
      typed((await outcomeOf(client.get('k'))).error, TimeoutError);
      await until('the connection is given up', () => client.state !== 'ready');
      proxy.heal();
      assert.equal(await client.withOptions({ timeout: 2000 }).get('k'), 'value of k');
      assert.equal(nameOf(await head), end);
    });
  }

  test('a server that is only slow keeps its connection', async (t) => {
    await using own = await ValkeyServer.start();
    await using proxy = await FaultProxy.start(own);
    const client = open(t, { port: proxy.port, socketTimeout: 600 });
    const direct = open(t, { port: own.port });
    await Promise.all([client.set('k', 'slow'), direct.connect()]);
    for (let i = 0; i < 4; i++) {
      const asleep = direct.executeCommand('DEBUG', 'SLEEP', '0.2');
      await turn();
      typed((await outcomeOf(client.withOptions({ timeout: 50 }).get('k'))).error, TimeoutError);
      await asleep;
    }
    assert.equal(await client.get('k'), 'slow');
    assert.equal(proxy.accepted, 1);
  });
});

describe('a command that was never written', limit, () => {
  test('says so, and why', async (t) => {
    await using own = await ValkeyServer.start();
    const client = open(t, { port: own.port, socketTimeout: 200, retry: { backoff: new ConstantBackoff(20) } });
    await client.connect();
    await own.kill();
    await until('the loss is noticed', () => client.state === 'reconnecting');
    using lateness = new Lateness();
    const [set, get] = await outcomesOf([client.set('k', 'v'), client.get('k')]);
    for (const outcome of [set, get]) {
      const late = typed(outcome?.error, TimeoutError, 'TIMEOUT');
      assert.equal(late.phase, 'queued');
      assert.equal(late.sent, false);
      assert.equal(typed(late.cause, ConnectionError).code, 'ECONNREFUSED');
      assert.match(
        late.message,
        /not sent to 127\.0\.0\.1:\d+ within \d+ ms: cannot connect to .*: nothing listens there/,
      );
      assertTook(outcome?.elapsed ?? 0, 200, 200 + SLACK, lateness.worst, 'a queued command');
    }
    assert.equal(client.stats().queued, 0);
    assert.equal(client.stats().bytes, 0);
  });

  test('its time counts from the call, also when it is written later', async (t) => {
    let connections = 0;
    await using scripted = await ScriptedServer.start((words, { number }) => {
      connections = number;
      if (words[0] === 'HELLO') return GREETING;
      // The second connection is silent behind its handshake.
      return words[0] === 'SET' ? undefined : '+OK\r\n';
    });
    await using proxy = await FaultProxy.start(scripted);
    const client = open(t, { port: proxy.port, socketTimeout: 400, retry: { backoff: new ConstantBackoff(5) } });
    await client.connect();
    proxy.refuse();
    proxy.cut();
    await until('the loss is noticed', () => client.state === 'reconnecting');
    using lateness = new Lateness();
    const outcome = outcomeOf(client.set('k', 'v'));
    await sleep(250);
    proxy.heal();
    const { error, elapsed } = await outcome;
    assert.equal(typed(error, TimeoutError).phase, 'sent');
    assert.equal(connections, 2);
    assertTook(elapsed, 400, 400 + SLACK, lateness.worst, 'a command queued for 250 ms');
  });

  test('waiting for a handshake that hangs, it is still in time', async (t) => {
    await using proxy = await FaultProxy.start(server);
    proxy.blackhole();
    const client = open(t, { port: proxy.port, socketTimeout: 200, connectTimeout: 5000 });
    using lateness = new Lateness();
    const { error, elapsed } = await outcomeOf(client.get('k'));
    assert.equal(typed(error, TimeoutError).phase, 'queued');
    assertTook(elapsed, 200, 200 + SLACK, lateness.worst, 'a queued command');
  });
});

describe('a blocked event loop', limit, () => {
  // The server answers in time; it is this process that does not look.
  for (const [timeout, block] of [
    [290, 305],
    [290, 320],
    [200, 700],
  ] as const) {
    test(`for ${block} ms makes no command with ${timeout} ms time out`, async (t) => {
      const client = open(t, { port: server.port, socketTimeout: timeout });
      await client.get('k');
      for (let i = 0; i < 2; i++) {
        const gets = Array.from({ length: 20 }, () => client.get('k'));
        await turn();
        blockLoop(block);
        assert.deepEqual(tally((await outcomesOf(gets)).map(nameOf)), { ok: 20 });
      }
    });
  }

  test('nor when many large replies wait behind it', async (t) => {
    await admin.set('large', 'x'.repeat(100_000));
    const client = open(t, { port: server.port, socketTimeout: 400 });
    await client.get('k');
    const gets = Array.from({ length: 300 }, () => client.get('large'));
    await turn();
    blockLoop(600);
    assert.deepEqual(tally((await outcomesOf(gets)).map(nameOf)), { ok: 300 });
  });

  test('nor when the loop is blocked before the commands are written', async (t) => {
    const client = open(t, { port: server.port, socketTimeout: 100 });
    await client.get('k');
    const gets = Array.from({ length: 20 }, () => client.get('k'));
    blockLoop(300);
    assert.deepEqual(tally((await outcomesOf(gets)).map(nameOf)), { ok: 20 });
  });

  test('is told when a command does time out: loopDelay, and the time that really passed', async (t) => {
    await using own = await ValkeyServer.start();
    const client = open(t, { port: own.port, socketTimeout: 100 });
    await client.connect();
    own.pause();
    const start = performance.now();
    const outcome = outcomeOf(client.get('k'));
    await turn();
    blockLoop(500);
    const late = typed((await outcome).error, TimeoutError);
    const real = performance.now() - start;
    assert.ok(late.loopDelay >= 300, `loopDelay ${late.loopDelay}`);
    assert.match(late.message, /this process was busy for \d+ ms/);
    assert.ok(Math.abs(late.elapsed - real) < 60, `elapsed is told as ${late.elapsed}, and was ${real}`);
    own.resume();
  });

  test('is not blamed when it turned', async (t) => {
    await using own = await ValkeyServer.start();
    const client = open(t, { port: own.port, socketTimeout: 200 });
    await client.connect();
    own.pause();
    using lateness = new Lateness();
    const late = await failureOf(client.get('k'), TimeoutError);
    assert.ok(late.loopDelay <= 50 + lateness.worst, `loopDelay ${late.loopDelay}`);
    if (lateness.worst < 50) assert.doesNotMatch(late.message, /busy/);
    own.resume();
  });
});

describe('a timeout tells who was slow', limit, () => {
  const lateOf = (promise: Promise<unknown>): Promise<TimeoutError> => failureOf(promise, TimeoutError);

  test('the server or the network, from which nothing comes', async (t) => {
    await using proxy = await FaultProxy.start(server);
    const client = open(t, { port: proxy.port });
    await client.connect();
    proxy.blackhole();
    const [first, second] = await Promise.all(
      ['a', 'b'].map((key) => lateOf(client.withOptions({ timeout: 150 }).get(key))),
    );
    assert.match(first!.message, /^GET: no reply from \S+ within \d+ ms, nor to 1 more commands; it may have run/);
    assert.match(second!.message, / \((nothing came from there meanwhile|this process was busy for \d+ ms)\)$/);
    assert.equal(first!.waited, 0);
    assert.ok(first!.silence >= 125, `silence ${first!.silence}`);
  });

  test('a command, while the server still answers what was before it', async (t) => {
    // Answers one PING after the other, and never GET.
    await using slow = await ScriptedServer.start(([name], { socket }) => {
      if (name === 'HELLO') return GREETING;
      if (name === 'PING') setTimeout(() => socket.write('+PONG\r\n'), 250);
      return name === 'PING' || name === 'GET' ? undefined : '+OK\r\n';
    });
    const client = open(t, { port: slow.port });
    await client.connect();
    const [, late] = await Promise.all([client.ping(), lateOf(client.withOptions({ timeout: 400 }).get('key'))]);
    assert.ok(late.silence < late.elapsed - 200, `silence ${late.silence} of ${late.elapsed}`);
    assert.match(late.message, /it sent something else \d+ ms ago|this process was busy/);
  });

  test('the way there: the time before there was a connection, and what was in the way', async (t) => {
    await using proxy = await FaultProxy.start(server);
    const client = open(t, { port: proxy.port });
    await client.connect();
    await proxy.close();
    await until('it is away', async () => client.state === 'reconnecting');
    const never = await lateOf(client.withOptions({ timeout: 100 }).get('key'));
    assert.match(never.message, /^GET: not sent to \S+ within \d+ ms: cannot connect to /);
    assert.deepEqual([never.waited, never.silence], [never.elapsed, 0]);
  });

  test('and of one that waited for its connection first, for how long', async (t) => {
    await using held = await ScriptedServer.start(([name], { socket }) => {
      if (name === 'HELLO') setTimeout(() => socket.write(GREETING), 200);
      return name === 'HELLO' || name === 'GET' ? undefined : '+OK\r\n';
    });
    const client = open(t, { port: held.port });
    const late = await lateOf(client.withOptions({ timeout: 400 }).get('key'));
    assert.equal(late.phase, 'sent');
    assert.ok(late.waited >= 195 && late.waited < late.elapsed, `waited ${late.waited} of ${late.elapsed}`);
    assert.match(late.message, /, \d+ ms of which passed before there was a connection; /);
  });
});

test('a client keeps its time while another of the process works hard', limit, async (t) => {
  await using own = await ValkeyServer.start();
  const stopped = open(t, { port: own.port, socketTimeout: 300 });
  const busy = open(t, { port: server.port });
  await Promise.all([stopped.connect(), busy.connect()]);
  own.pause();
  using lateness = new Lateness();
  const pending = outcomeOf(stopped.get('k'));
  const end = performance.now() + 350;
  while (performance.now() < end) await Promise.all(Array.from({ length: 200 }, () => busy.get('k')));
  const { error, elapsed } = await pending;
  typed(error, TimeoutError);
  assertTook(elapsed, 300, 300 + SLACK, lateness.worst, 'a GET');
});
