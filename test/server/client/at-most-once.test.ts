import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  AbortError,
  BusyError,
  ConnectionError,
  ConstantBackoff,
  LoadingError,
  ResponseError,
  TimeoutError,
  Valkey,
  type ValkeyOptions,
} from '../../../src/index.ts';
import { FaultProxy, ValkeyServer } from '../../../src/testing/index.ts';
import { GREETING, ScriptedServer } from '../scripted-server.ts';
import {
  assertTook,
  clientInfo,
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

const limit = { timeout: 20_000 };
const retry = { retries: 3, backoff: new ConstantBackoff(5) };
const server = await ValkeyServer.start();
const admin = new Valkey({ port: server.port });
await admin.set('k', 'value of k');
after(async () => {
  admin.destroy();
  await server.stop();
});

describe('writes', limit, () => {
  for (const protocol of [3, 2] as const) {
    test(`the proxy drops the replies of 1000 INCRs, RESP${protocol}`, async (t) => {
      const CALLS = 1000;
      const counter = `counter:${protocol}`;
      await using proxy = await FaultProxy.start(server);
      const client = open(t, { port: proxy.port, protocol, socketTimeout: 2000, retry });
      await client.connect();
      const before = Array.from({ length: CALLS / 2 }, () => client.incr(counter));
      const acknowledged = await Promise.all(before);
      assert.deepEqual(
        acknowledged,
        acknowledged.map((_, i) => i + 1),
      );
      proxy.dropReplies();
      const dropped = outcomesOf(Array.from({ length: CALLS / 2 }, () => client.incr(counter)));
      await until('the server ran them', async () => Number(await admin.get(counter)) === CALLS);
      proxy.cut();
      proxy.heal();
      assert.deepEqual(tally((await dropped).map(nameOf)), { 'ConnectionError CONNECTION_LOST sent=true': CALLS / 2 });
      await client.executeCommand('PING');
      const counted = Number(await admin.get(counter));
      t.diagnostic(`counter ${counted} = ${CALLS / 2} acknowledged + ${CALLS / 2} reported sent, of ${CALLS} calls`);
      assert.equal(counted, CALLS, 'nothing ran twice');
    });
  }

  test('cut anywhere, each call ran once or not at all, as its end says', async (t) => {
    const CALLS = 1000;
    await using proxy = await FaultProxy.start(server);
    const client = open(t, { port: proxy.port, socketTimeout: 3000, retry: { ...retry, retries: 50 } });
    await client.connect();
    const calls: Promise<Outcome>[] = [];
    const GROUP = 25;
    for (let n = 0; n < CALLS / GROUP; n++) {
      const cut = n >> 1;
      // Every second group goes through.
      if (n % 2 === 0) {
        const direction = cut % 2 === 0 ? 'toServer' : 'toClient';
        // From before the first byte to behind the last.
        const bytes = direction === 'toServer' ? (cut * 61) % 1000 : (cut * 11) % 120;
        proxy.cutAfter(bytes, { direction, from: 'now', reset: cut % 3 === 0 });
        if (cut % 5 === 4) proxy.dropReplies();
      }
      const group = Array.from({ length: GROUP }, (_, i) => outcomeOf(client.incr(`once:${n * GROUP + i}`)));
      calls.push(...group);
      await Promise.race([Promise.all(group), sleep(10)]);
      if (n % 2 === 0 && cut % 5 === 4) proxy.cut();
      proxy.heal();
    }
    const outcomes = await Promise.all(calls);
    const ran = (await admin.mget(calls.map((_, i) => `once:${i}`))).map((value) => Number(value ?? 0));
    let acknowledged = 0;
    let sentAndRan = 0;
    for (const [i, { ok, error }] of outcomes.entries()) {
      assert.ok(ran[i]! <= 1, `call ${i} ran ${ran[i]} times`);
      if (ok) {
        assert.equal(ran[i], 1, `call ${i} was acknowledged and did not run`);
        acknowledged++;
      } else if (typed(error, ConnectionError).sent) sentAndRan += ran[i]!;
      else assert.equal(ran[i], 0, `call ${i} was reported as not sent and ran`);
    }
    const ends = tally(outcomes.map(nameOf));
    t.diagnostic(`${JSON.stringify(ends)}; ran without an answer: ${sentAndRan}`);
    assert.equal(
      ran.reduce((sum, each) => sum + each, 0),
      acknowledged + sentAndRan,
    );
    assert.ok(acknowledged >= CALLS / 10 && acknowledged < CALLS, 'the cuts were felt, and did not cut everything');
  });

  test('are repeated only where the caller says that this does no harm', async (t) => {
    await using proxy = await FaultProxy.start(server);
    const client = open(t, { port: proxy.port, retry });
    await client.connect();
    proxy.dropReplies();
    const plain = outcomeOf(client.incr('plain'));
    const idempotent = outcomeOf(client.withOptions({ retry: { idempotent: true } }).incr('idempotent'));
    const set = outcomeOf(client.withOptions({ retry: { idempotent: true } }).set('idempotent set', 1));
    await until('the server ran it', async () => (await admin.get('idempotent')) === '1');
    proxy.cut();
    proxy.heal();
    assert.equal(nameOf(await plain), 'ConnectionError CONNECTION_LOST sent=true');
    assert.equal((await idempotent).value, 2);
    assert.equal((await set).value, 'OK');
    assert.equal(await admin.get('plain'), '1');
  });

  for (const [name, end, Type] of [
    ['an abort', (_: Valkey, abort: AbortController) => abort.abort(), AbortError],
    ['destroy()', (client: Valkey) => client.destroy(), ConnectionError],
    ['the end of close()', (client: Valkey) => void client.close({ timeout: 50 }), ConnectionError],
  ] as const) {
    test(`that ran, and wait to be sent again, are told as sent by ${name}`, async (t) => {
      await using proxy = await FaultProxy.start(server);
      const again = { idempotent: true, retries: 3, backoff: new ConstantBackoff(5000) };
      const client = open(t, { port: proxy.port, retry: again });
      await client.connect();
      await admin.del('twice');
      const abort = new AbortController();
      proxy.dropReplies();
      const incr = failureOf(client.withOptions({ signal: abort.signal }).incr('twice'), Type);
      await until('it ran', async () => (await admin.get('twice')) === '1');
      proxy.refuse();
      proxy.cut();
      await until('it waits', () => client.stats().queued === 1);
      end(client, abort);
      const { sent, message } = await incr;
      assert.ok(sent, message);
      assert.match(message, /was sent and may have run$/);
    });
  }

  test('that were not written move to the next connection and run once', async (t) => {
    await using proxy = await FaultProxy.start(server);
    const client = open(t, { port: proxy.port, retry });
    await client.connect();
    proxy.refuse();
    proxy.cut();
    await until('the loss is noticed', () => client.state === 'reconnecting');
    const incrs = Array.from({ length: 1000 }, () => client.incr('moved'));
    assert.equal(client.stats().queued, 1000);
    proxy.heal();
    assert.deepEqual(
      await Promise.all(incrs),
      incrs.map((_, i) => i + 1),
    );
    assert.equal(await admin.get('moved'), '1000');
  });

  test('of a socket that took only some of them: the others move', async (t) => {
    await using own = await ValkeyServer.start();
    await using proxy = await FaultProxy.start(own);
    const client = open(t, { port: proxy.port, socketTimeout: 10_000, retry });
    await client.connect();
    own.pause();
    const CALLS = 3000;
    const value = 'x'.repeat(10_000);
    const calls: Promise<unknown>[] = [];
    for (let i = 0; i < CALLS; i++) {
      calls.push(client.set(`part:${i}`, value));
      if (i % 100 === 99) await turn();
    }
    const outcomes = outcomesOf(calls);
    const { queued, inFlight } = client.stats();
    assert.ok(queued > 0 && inFlight > 0, `${queued} queued, ${inFlight} in flight`);
    proxy.cut({ reset: true });
    own.resume();
    const ends = tally((await outcomes).map(nameOf));
    t.diagnostic(JSON.stringify(ends));
    assert.equal(ends['ok'], queued);
    assert.equal(
      (await outcomes).filter(({ ok, error }) => !ok && typed(error, ConnectionError).sent).length,
      inFlight,
    );
    const there = await client.exists(calls.map((_, i) => `part:${i}`));
    assert.ok(there >= queued && there <= CALLS);
  });
});

describe('reads', limit, () => {
  test('in flight when the connection is lost are sent again', async (t) => {
    await using proxy = await FaultProxy.start(server);
    const client = open(t, { port: proxy.port, retry });
    await client.connect();
    proxy.dropReplies();
    const gets = Array.from({ length: 1000 }, () => client.get('k'));
    await until('they are on their way', () => client.stats().inFlight === 1000);
    proxy.cut();
    proxy.heal();
    assert.deepEqual(tally((await Promise.all(gets)).map(String)), { 'value of k': 1000 });
    assert.equal(proxy.accepted, 2);
  });

  test('keep their order, and stay in front of what came later', async (t) => {
    const heard: string[] = [];
    await using scripted = await ScriptedServer.start((words, { number, socket }) => {
      if (words[0] === 'HELLO') return GREETING;
      if (words[0] === 'CLIENT') return '+OK\r\n';
      if (number === 1) {
        if (words[1] === '9') socket.destroy();
        return undefined;
      }
      heard.push(words[1] ?? '');
      return '$-1\r\n';
    });
    const client = open(t, { port: scripted.port, retry });
    await client.connect();
    const first = Array.from({ length: 10 }, (_, i) => client.get(String(i)));
    await until('the loss is noticed', () => client.state === 'reconnecting');
    const later = Array.from({ length: 10 }, (_, i) => client.get(String(10 + i)));
    await Promise.all([...first, ...later]);
    assert.deepEqual(
      heard,
      Array.from({ length: 20 }, (_, i) => String(i)),
    );
  });

  test('are not sent more often than retries says', async (t) => {
    let asked = 0;
    await using scripted = await ScriptedServer.start((words, { socket }) => {
      if (words[0] === 'HELLO') return GREETING;
      if (words[0] !== 'GET') return '+OK\r\n';
      asked++;
      socket.destroy();
      return undefined;
    });
    const client = open(t, { port: scripted.port, retry });
    for (const retries of [0, 1, 3]) {
      asked = 0;
      await until('it is ready', () => client.state !== 'reconnecting');
      const error = await failureOf(client.withOptions({ retry: { retries } }).get('k'), ConnectionError);
      assert.equal(error.sent, true);
      assert.equal(asked, retries + 1);
    }
  });

  test('keep their first deadline', async (t) => {
    await using proxy = await FaultProxy.start(server);
    const client = open(t, { port: proxy.port, socketTimeout: 400, retry });
    await client.connect();
    proxy.dropReplies();
    using lateness = new Lateness();
    const outcome = outcomeOf(client.get('k'));
    await turn();
    proxy.refuse();
    proxy.cut();
    const { error, elapsed } = await outcome;
    typed(error, TimeoutError);
    assertTook(elapsed, 400, 500, lateness.worst, 'a GET that was sent again');
  });
});

describe('a change of the connection that is lost with it', limit, () => {
  for (const [what, change] of [
    ['SELECT', (client: Valkey) => client.select(3)],
    ['AUTH', (client: Valkey) => client.auth('default', 'any')],
    ['CLIENT SETNAME', (client: Valkey) => client.executeCommand('CLIENT', 'SETNAME', 'n')],
  ] as const) {
    test(`${what}: nothing that was called behind it runs in the dark`, async (t) => {
      await using proxy = await FaultProxy.start(server);
      const client = open(t, { port: proxy.port, retry });
      await client.connect();
      await admin.set('where', 'in 0');
      proxy.dropReplies();
      const before = client.get('where');
      const lost = outcomesOf([change(client), client.get('where'), client.set('dark', 1)]);
      await until('they are on their way', () => client.stats().inFlight === 4);
      proxy.cut();
      proxy.heal();
      assert.equal(await before, 'in 0');
      assert.deepEqual((await lost).map(nameOf), Array(3).fill('ConnectionError STATE_LOST sent=true'));
      // Afterwards everything is as if it had not been called.
      assert.equal(await client.get('where'), 'in 0');
      assert.equal((await clientInfo(client))['db'], '0');
      assert.equal(await client.select(4), 'OK');
      assert.equal((await clientInfo(client))['db'], '4');
    });
  }

  test('what had not been written behind it was not sent', async (t) => {
    await using own = await ValkeyServer.start();
    await using proxy = await FaultProxy.start(own);
    const client = open(t, { port: proxy.port, socketTimeout: 10_000, retry });
    await client.connect();
    own.pause();
    const select = outcomeOf(client.select(3));
    const calls: Promise<unknown>[] = [];
    for (let i = 0; i < 2000; i++) {
      calls.push(client.set(`dark:${i}`, 'x'.repeat(10_000)));
      if (i % 100 === 99) await turn();
    }
    const { queued, inFlight } = client.stats();
    assert.ok(queued > 0);
    const outcomes = outcomesOf(calls);
    proxy.cut({ reset: true });
    own.resume();
    assert.equal(nameOf(await select), 'ConnectionError STATE_LOST sent=true');
    assert.deepEqual(tally((await outcomes).map(nameOf)), {
      'ConnectionError STATE_LOST sent=true': inFlight - 1,
      'ConnectionError STATE_LOST sent=false': queued,
    });
    assert.equal(await client.executeCommand('PING'), 'PONG');
  });
});

describe('a change of the connection that nobody waits for any more', limit, () => {
  for (const [name, give] of [
    ['is late', (client: Valkey) => failureOf(client.withOptions({ timeout: 100 }).select(1), TimeoutError)],
    [
      'is aborted',
      async (client: Valkey) => {
        const abort = new AbortController();
        const select = failureOf(client.withOptions({ signal: abort.signal }).select(1), AbortError);
        await turn();
        abort.abort();
        return await select;
      },
    ],
  ] as const) {
    test(`since it ${name} counts all the same when it ran`, async (t) => {
      await using own = await ValkeyServer.start();
      const client = open(t, { port: own.port, retry });
      await client.connect();
      await using before = await client.session();
      own.pause();
      await give(client);
      own.resume();
      assert.equal((await clientInfo(client))['db'], '1');
      assert.equal((await clientInfo(before))['db'], '0');
      await using session = await client.session();
      assert.equal((await clientInfo(session))['db'], '1');
      await using other = new Valkey({ port: own.port });
      await killShared(other, client);
      assert.equal((await clientInfo(client))['db'], '1');
    });

    test(`since it ${name}, and is lost: nothing that was called behind it runs in the dark`, async (t) => {
      await using own = await ValkeyServer.start();
      await using proxy = await FaultProxy.start(own);
      const client = open(t, { port: proxy.port, retry });
      await client.connect();
      own.pause();
      await give(client);
      const behind = outcomesOf([client.get('where'), client.set('dark', 1)]);
      await turn();
      proxy.cut();
      own.resume();
      assert.deepEqual((await behind).map(nameOf), Array(2).fill('ConnectionError STATE_LOST sent=true'));
    });
  }
});

describe('code that answers as if it had not run', limit, () => {
  const WORDS = [
    'BUSY the queue is full',
    'TRYAGAIN later',
    'LOADING my data',
    'CLUSTERDOWN it is',
    'MASTERDOWN it is',
  ];
  const body = (reply: string): string =>
    `redis.call('INCR', KEYS[1]) return redis.error_reply(${JSON.stringify(reply)})`;

  for (const reply of [
    ...WORDS,
    'READONLY account',
    'REDIRECT to me',
    'BUSY Valkey is busy running a script of mine',
  ]) {
    test(`${reply}: it is run once, and what it said is told`, async (t) => {
      const client = open(t, { port: server.port, retry });
      await client.connect();
      await admin.del('ran');
      await client.functionLoad(`#!lua name=said\nredis.register_function('said', function(KEYS) ${body(reply)} end)`, {
        replace: true,
      });
      for (const [i, call] of [
        () => client.eval(body(reply), ['ran'], []),
        () => client.fcall('said', ['ran'], []),
      ].entries()) {
        const { error } = await outcomeOf(call());
        assert.ok(error instanceof ResponseError && error.message.startsWith(reply), String(error));
        assert.equal(await admin.get('ran'), String(i + 1));
      }
      const { retries, redirects, lost } = client.stats().counters;
      assert.deepEqual({ retries, redirects, lost }, { retries: 0, redirects: 0, lost: 0 });
    });
  }

  test('is run again by those who say that it may', async (t) => {
    const client = open(t, { port: server.port, retry: { ...retry, retryOnError: ['BUSY'] } });
    await admin.del('ran');
    await failureOf(client.eval(body('BUSY the queue is full'), ['ran'], []), BusyError, 'BUSY');
    assert.equal(await admin.get('ran'), '4');
  });

  test('in a transaction that watches, does not have that run again', async (t) => {
    const client = open(t, { port: server.port, retry });
    await admin.del('ran');
    const run = client.transaction((tx) => tx.eval(body('BUSY the queue is full'), ['ran'], []));
    await failureOf(run, BusyError, 'BUSY');
    assert.equal(await admin.get('ran'), '1');
  });
});

describe('a server that says not now', limit, () => {
  const REFUSALS = {
    LOADING: '-LOADING Valkey is loading the dataset in memory\r\n',
    BUSY: '-BUSY Valkey is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.\r\n',
    TRYAGAIN: '-TRYAGAIN Multiple keys request during rehashing of slot\r\n',
    CLUSTERDOWN: '-CLUSTERDOWN The cluster is down\r\n',
    MASTERDOWN: "-MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.\r\n",
  } as const;

  async function reluctant(refusal: string, times: number): Promise<{ scripted: ScriptedServer; ran: string[] }> {
    const ran: string[] = [];
    let refused = 0;
    const scripted = await ScriptedServer.start((words) => {
      if (words[0] === 'HELLO') return GREETING;
      if (words[0] === 'CLIENT') return '+OK\r\n';
      if (refused < times) {
        refused++;
        return refusal;
      }
      ran.push(words.slice(1).join(' '));
      return '+OK\r\n';
    });
    return { scripted, ran };
  }

  for (const [name, refusal] of Object.entries(REFUSALS)) {
    test(`${name}: the command is tried again until it runs`, async (t) => {
      const { scripted, ran } = await reluctant(refusal, 5);
      t.after(() => scripted[Symbol.asyncDispose]());
      const client = open(t, { port: scripted.port, retry });
      assert.equal(await client.set('k', 1), 'OK');
      assert.deepEqual(ran, ['k 1']);
    });

    test(`${name}: so is a script, of which nothing ran`, async (t) => {
      const { scripted, ran } = await reluctant(refusal, 5);
      t.after(() => scripted[Symbol.asyncDispose]());
      const client = open(t, { port: scripted.port, retry });
      assert.equal(await client.executeCommand('EVAL', 'return 1', 0), 'OK');
      assert.deepEqual(ran, ['return 1 0']);
    });
  }

  test('writes that are called meanwhile stay behind those that wait', async (t) => {
    for (const times of [1, 2, 7]) {
      const { scripted, ran } = await reluctant(REFUSALS.BUSY, times);
      t.after(() => scripted[Symbol.asyncDispose]());
      const client = open(t, { port: scripted.port, retry: { backoff: new ConstantBackoff(50) } });
      await client.connect();
      // A server that is busy says so to all that is on the wire.
      const calls: Promise<unknown>[] = Array.from({ length: times }, (_, i) => client.set('k', i));
      await until('all are refused', () => client.stats().queued === times);
      for (let i = times; i < 20; i++) {
        calls.push(client.set('k', i));
        if (i % 5 === 4) await turn();
      }
      await Promise.all(calls);
      assert.deepEqual(
        ran,
        Array.from({ length: 20 }, (_, i) => `k ${i}`),
      );
    }
  });

  for (const [name, Type] of [
    ['LOADING', LoadingError],
    ['BUSY', BusyError],
  ] as const) {
    test(`${name} until the deadline: the server’s own reason is told, in time`, async (t) => {
      const { scripted } = await reluctant(REFUSALS[name], Infinity);
      t.after(() => scripted[Symbol.asyncDispose]());
      const client = open(t, { port: scripted.port, socketTimeout: 300, retry });
      using lateness = new Lateness();
      const { error, elapsed } = await outcomeOf(client.set('k', 1));
      assert.match(typed(error, Type, name).message, new RegExp(`^${name} Valkey is`));
      assertTook(elapsed, 200, 400, lateness.worst, 'a command that was refused');
    });
  }

  test('a script that runs for ever: commands wait, SCRIPT KILL passes', async (t) => {
    const options: ValkeyOptions = { port: 0, socketTimeout: 5000, retry };
    await using own = await ValkeyServer.start({ args: ['--busy-reply-threshold', '50'] });
    const client = open(t, { ...options, port: own.port });
    const other = open(t, { ...options, port: own.port });
    const probe = open(t, { port: own.port, socketTimeout: 100, retry: { retries: 0 } });
    // Some servers accept nobody while they are busy.
    await Promise.all([client.connect(), other.connect(), probe.connect()]);
    const script = outcomeOf(other.executeCommand('EVAL', 'while true do end', 0));
    await until('the server is busy', async () => {
      const { error } = await outcomeOf(probe.executeCommand('PING'));
      return String(error).includes('BUSY');
    });
    const calls = outcomesOf([client.set('k', 1), client.get('k'), client.set('k', 2)]);
    await turn();
    const later = outcomesOf([client.set('k', 3), client.get('k')]);
    assert.equal((await outcomeOf(client.executeCommand('SCRIPT', 'KILL'))).value, 'OK');
    assert.match(String((await script).error), /Script killed by user/i);
    assert.deepEqual(
      [...(await calls), ...(await later)].map(({ value }) => value),
      ['OK', '1', 'OK', 'OK', '3'],
    );
  });
});
