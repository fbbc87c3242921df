/** Transactions that the server refuses for now: it is busy, or loads, or has lost its primary. They are tried again as a whole. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { BusyError, ConstantBackoff, ExecAbortError, LoadingError, Valkey } from '../../../src/index.ts';
import { ValkeyServer } from '../../../src/testing/index.ts';
import { GREETING, ScriptedServer } from '../scripted-server.ts';
import { assertTook, failureOf, Lateness, open, outcomeOf, typed, until } from './tools.ts';

const limit = { timeout: 30_000 };
const retry = { backoff: new ConstantBackoff(10) };

describe('a server that says not now', limit, () => {
  /** Runs what is given while a script keeps the server busy. */
  async function whileBusy(own: ValkeyServer, run: () => Promise<void>): Promise<void> {
    await using other = new Valkey({ port: own.port, socketTimeout: 20_000 });
    await using probe = new Valkey({ port: own.port, socketTimeout: 100, retry: { retries: 0 } });
    // Some servers accept nobody while they are busy.
    await Promise.all([other.connect(), probe.connect()]);
    const script = outcomeOf(other.executeCommand('EVAL', 'while true do end', 0));
    await until('the server is busy', async () => String((await outcomeOf(probe.ping())).error).includes('BUSY'));
    try {
      await run();
    } finally {
      await probe.withOptions({ timeout: 5000 }).executeCommand('SCRIPT', 'KILL');
    }
    assert.match(String((await script).error), /Script killed by user/i);
  }

  test('BUSY: it is held, and runs as a whole afterwards, in its order', async (t) => {
    await using own = await ValkeyServer.start({ args: ['--busy-reply-threshold', '20'] });
    const client = open(t, { port: own.port, retry });
    await client.connect();
    let calls: Promise<unknown>[] = [];
    await whileBusy(own, async () => {
      calls = [client.incr('n'), client.multi().incr('n').get('n').incr('n').execute(), client.incr('n')];
      await until('all are refused', () => client.stats().queued === 3);
      calls.push(client.multi().incr('n').execute(), client.get('n'));
      // They are refused again and again.
      await sleep(100);
    });
    assert.deepEqual(await Promise.all(calls), [1, [2, '2', 3], 4, [5], '5']);
  });

  test('BUSY until the deadline: its reason is told in time, and nothing ran', async (t) => {
    await using own = await ValkeyServer.start({ args: ['--busy-reply-threshold', '20'] });
    const client = open(t, { port: own.port, socketTimeout: 400, retry });
    await client.connect();
    await whileBusy(own, async () => {
      using lateness = new Lateness();
      const { error, elapsed } = await outcomeOf(client.multi().incr('n').incr('n').execute());
      typed((typed(error, ExecAbortError, 'EXECABORT') as Error).cause, BusyError, 'BUSY');
      assertTook(elapsed, 250, 500, lateness.worst, 'a transaction that was refused');
    });
    assert.equal(await client.get('n'), null);
  });

  test('LOADING: it is held, and runs as a whole afterwards', async (t) => {
    const args = ['--enable-debug-command', 'yes', '--loading-process-events-interval-bytes', '1024'];
    await using own = await ValkeyServer.start({ args });
    await using other = new Valkey({ port: own.port, socketTimeout: 20_000 });
    await other.mset(Array.from({ length: 3000 }, (_, i): [string, number] => [`key:${i}`, i]));
    await other.configSet({ 'key-load-delay': 300 });
    const client = open(t, { port: own.port, socketTimeout: 15_000, retry });
    const probe = open(t, { port: own.port, socketTimeout: 100 });
    await Promise.all([client.connect(), probe.connect()]);
    const reloaded = other.executeCommand('DEBUG', 'RELOAD');
    let refused = 0;
    await until('it loads', async () => {
      if ((await outcomeOf(probe.get('k'))).error instanceof LoadingError) refused++;
      return refused > 0;
    });
    const multi = client.multi().incr('n').get('key:7').incr('n').execute();
    await until('it is refused', () => client.stats().queued === 1);
    assert.equal(await reloaded, 'OK');
    assert.deepEqual(await multi, [1, '7', 2]);
  });

  test('MASTERDOWN: it is held until the replica may serve', async (t) => {
    await using replica = await ValkeyServer.start({ args: ['--replica-serve-stale-data', 'no'] });
    await using other = new Valkey({ port: replica.port });
    const client = open(t, { port: replica.port, retry });
    await client.connect();
    await other.executeCommand('REPLICAOF', '127.0.0.1', '1');
    const multi = client.multi().get('k').get('k').execute();
    await until('it is refused', () => client.stats().queued === 1);
    await other.executeCommand('REPLICAOF', 'NO', 'ONE');
    assert.deepEqual(await multi, [null, null]);
  });

  test('to EXEC alone: it is held too', async (t) => {
    const REASON = 'EXECABORT Transaction discarded because of: MASTERDOWN Link with MASTER is down';
    const heard: string[] = [];
    await using scripted = await ScriptedServer.start((words) => {
      if (words[0] === 'HELLO') return GREETING;
      if (words[0] === 'CLIENT' || words[0] === 'MULTI') return '+OK\r\n';
      if (words[0] !== 'EXEC') return '+QUEUED\r\n';
      heard.push('EXEC');
      return heard.length < 3 ? `-${REASON}\r\n` : '*1\r\n:1\r\n';
    });
    const client = open(t, { port: scripted.port, retry });
    assert.deepEqual(await client.multi().incr('n').execute(), [1]);
    assert.equal(heard.length, 3);
  });

  test('to MULTI, and what came behind it ran: it is not sent again', async (t) => {
    let ran = 0;
    await using scripted = await ScriptedServer.start((words) => {
      if (words[0] === 'HELLO') return GREETING;
      if (words[0] === 'CLIENT') return '+OK\r\n';
      if (words[0] === 'MULTI') return '-BUSY Redis is busy running a script.\r\n';
      return words[0] === 'EXEC' ? '-ERR EXEC without MULTI\r\n' : `:${++ran}\r\n`;
    });
    const client = open(t, { port: scripted.port, retry });
    const error = await failureOf(client.multi().incr('n').execute(), BusyError, 'BUSY');
    assert.match(error.message, /without MULTI, 1 of the commands ran one by one$/);
    assert.equal(ran, 1);
  });
});
