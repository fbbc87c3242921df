/** Transactions in one write: MULTI, commands, EXEC. How they fail with their connection is in multi-failure.test.ts. */
import assert from 'node:assert/strict';
import { after, describe, test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Namespace, type Surface } from '../../../src/commands/index.ts';
import {
  DataError,
  ExecAbortError,
  NoPermissionError,
  PipelineError,
  ResponseError,
  Valkey,
  WatchError,
  type Key,
  type Result,
} from '../../../src/index.ts';
import { ValkeyServer } from '../../../src/testing/index.ts';
import { callAll, CALLED, fill, wayName, WAYS } from './collected.ts';
import { callsOf, failureOf, open, outcomeOf, typed } from './tools.ts';

const limit = { timeout: 30_000 };
const server = await ValkeyServer.start();
const admin = new Valkey({ port: server.port });
after(async () => {
  admin.destroy();
  await server.stop();
});

class Counters<in out S extends Surface> extends Namespace<S> {
  next(key: Key): Result<S, number> {
    return this.executeCommand<number>('INCR', key);
  }
}

/** A client of a user of its own, who may do what the rules say. */
async function openAs(t: TestContext, username: string, ...rules: string[]): Promise<Valkey> {
  await admin.executeCommand('ACL', 'SETUSER', username, 'reset', 'on', '>secret', '~*', '&*', '+@all', ...rules);
  t.after(() => admin.executeCommand('ACL', 'DELUSER', username));
  return open(t, { port: server.port, username, password: 'secret' });
}

for (const way of WAYS) {
  describe(`the replies of a transaction, ${wayName(way)}`, limit, () => {
    test('are those of the commands alone, in order', async (t) => {
      const client = open(t, { port: server.port, ...way });
      await fill(admin);
      const alone = await Promise.all(callAll(client));
      const multi = client.multi();
      for (const given of callAll(multi)) assert.equal(given, multi);
      const together: unknown[] = await multi.execute();
      assert.equal(together.length, CALLED.length);
      for (const [i, name] of CALLED.entries()) assert.deepEqual(together[i], alone[i], name);
    });

    test('of commands that block are there at once', async (t) => {
      const client = open(t, { port: server.port, ...way });
      await client.pipeline().del(['jobs', 'scores', 'log']).rpush('jobs', 'first').execute();
      const start = performance.now();
      const replies = await client
        .multi()
        .blpop('jobs', 0)
        .blpop('jobs', 0)
        .bzpopmin('scores', 0)
        .xread({ log: '$' }, { block: 0 })
        .execute();
      const text = (value: string): unknown => (way.encoding === 'buffer' ? Buffer.from(value) : value);
      assert.deepEqual(replies.slice(0, 3), [[text('jobs'), text('first')], null, null]);
      assert.ok(performance.now() - start < 5000);
      assert.equal(client.stats().pool.connections, 0, 'they need no connection of their own');
    });
  });
}

describe('a transaction', limit, () => {
  test('is one write, with nothing in between', async (t) => {
    const client = open(t, { port: server.port });
    await client.pipeline().del('n').set('other', 0).execute();
    const calls: Promise<unknown>[] = [];
    for (let i = 0; i < 50; i++) {
      calls.push(client.multi().incr('n').get('other').incr('n').execute(), client.incr('n'), client.incr('other'));
    }
    const replies = await Promise.all(calls);
    for (let i = 0; i < 50; i++) {
      assert.deepEqual(replies.slice(3 * i, 3 * i + 3), [[3 * i + 1, String(i), 3 * i + 2], 3 * i + 3, i + 1]);
    }
    const execs = await callsOf(admin, 'exec');
    assert.deepEqual(await client.pipeline({ transaction: true }).get('n').execute(), ['150']);
    assert.equal(await callsOf(admin, 'exec'), execs + 1);
  });

  test('that is empty gives nothing and sends nothing', async (t) => {
    const client = open(t, { port: server.port });
    assert.deepEqual(await client.multi().execute(), []);
    assert.deepEqual(await client.multi().executeSettled(), []);
    assert.equal(client.state, 'idle');
  });

  test('is executed once', async (t) => {
    const client = open(t, { port: server.port });
    await client.del('once');
    const multi = client.multi().incr('once');
    const first = multi.execute();
    await failureOf(multi.execute(), DataError, 'ALREADY_EXECUTED');
    assert.throws(() => multi.incr('once'), DataError);
    assert.deepEqual(await first, [1]);
    assert.equal(await client.get('once'), '1');
  });

  test('refuses what cannot be in it as it is added, and goes on without', async (t) => {
    const client = open(t, { port: server.port });
    const multi = client.multi().set('kept', 'it');
    assert.throws(() => multi.set('kept', undefined as never), DataError);
    for (const name of ['MULTI', 'EXEC', 'DISCARD', 'WATCH', 'UNWATCH', 'SUBSCRIBE', 'MONITOR', 'RESET', 'HELLO']) {
      const add = (): unknown => multi.executeCommand(name, 'x');
      assert.throws(add, (error) => typed(error, DataError, 'NEEDS_SESSION').command === name, name);
    }
    // What changes the connection could not be made again after a reconnect.
    for (const add of [() => multi.select(3), () => multi.auth('default', 'x'), () => multi.clientNoEvict('on')]) {
      const told = /changes the connection, which is not to be done in a transaction$/;
      assert.throws(add, (error) => told.test(typed(error, DataError, 'NEEDS_SESSION').message));
    }
    assert.equal(multi.length, 1);
    assert.deepEqual(await multi.get('kept').execute(), ['OK', 'it']);
  });

  test('gives what its view asks for, and takes modules and callbacks', async (t) => {
    const client = open(t, { port: server.port });
    client
      .setResponseCallback('GET', (reply: string) => `<${reply}>`)
      .setResponseCallback('STRLEN', async (reply: number) => {
        await sleep(1);
        return reply * 2;
      });
    await client.pipeline().del('n').set('k', 'abc').execute();
    const replies: unknown[] = await client.multi().use(Counters).next('n').get('k').strlen('k').execute();
    assert.deepEqual(replies, [1, '<abc>', 6]);
    const binary = open(t, { port: server.port }).withOptions({ encoding: 'buffer', integers: 'bigint' });
    assert.deepEqual(await binary.multi().incr('n').get('k').dump('none').execute(), [2n, Buffer.from('abc'), null]);
  });

  test('does not mistake a value for the answer QUEUED', async (t) => {
    const client = open(t, { port: server.port });
    assert.deepEqual(await client.multi().set('k', 'QUEUED').get('k').mget(['k']).execute(), [
      'OK',
      'QUEUED',
      ['QUEUED'],
    ]);
  });

  test('of which a reply holds a null, an empty list or nothing but errors is no conflict', async (t) => {
    const client = open(t, { port: server.port });
    await client.pipeline().del(['none', 'list']).set('text', 'abc').execute();
    assert.deepEqual(await client.multi().get('none').lrange('list', 0, -1).execute(), [null, []]);
    const [only] = await client.multi().incr('text').executeSettled();
    assert.equal(only.status, 'rejected');
  });

  test('leaves sessions with transactions of their own alone', async (t) => {
    const client = open(t, { port: server.port });
    await client.set('k', 'abc');
    await using session = await client.session();
    await session.watch('k');
    assert.equal(await session.multi(), 'OK');
    const queued: unknown = await session.get('k');
    assert.equal(queued, 'QUEUED');
    assert.deepEqual(await client.multi().get('k').strlen('k').execute(), ['abc', 3]);
    assert.deepEqual(await session.exec(), ['abc']);
    await session.watch('k');
    await client.multi().set('k', 'def').execute();
    await session.multi();
    void session.get('k');
    assert.equal(await session.exec(), null);
  });
});

describe('a command of a transaction that fails', limit, () => {
  test('does so for itself, when it is run', async (t) => {
    const client = open(t, { port: server.port });
    await client.pipeline().set('text', 'abc').set('number', 1).execute();
    const multi = client.multi().incr('number').incr('text').hgetall('text').get('text');
    const error = await failureOf(multi.execute(), PipelineError, 'PIPELINE_FAILED');
    assert.match(error.message, /^command 2 of 4 \(INCR\) failed: ERR value is not an integer.*; 1 more failed$/);
    assert.deepEqual([error.index, error.command], [1, 'INCR']);
    assert.equal(typed(error.cause, ResponseError, 'ERR').endpoint, `127.0.0.1:${server.port}`);
    assert.deepEqual(
      error.results.map(({ status }) => status),
      ['fulfilled', 'rejected', 'rejected', 'fulfilled'],
    );
    const [first, , hgetall] = error.results;
    assert.deepEqual(first, { status: 'fulfilled', value: 2 });
    assert.ok(
      hgetall?.status === 'rejected' && typed(hgetall.reason, ResponseError, 'WRONGTYPE').command === 'HGETALL',
    );
    const settled = await client.multi().incr('number').incr('text').executeSettled();
    assert.deepEqual(settled[0], { status: 'fulfilled', value: 3 });
    assert.ok(settled[1].status === 'rejected');
    typed(settled[1].reason, ResponseError, 'ERR');
  });

  test('does so for itself, when its decoder throws', async (t) => {
    const client = open(t, { port: server.port });
    client
      .setResponseCallback('TTL', () => {
        throw new RangeError('no time');
      })
      .setResponseCallback('PTTL', () => Promise.reject(new RangeError('no time either')));
    const [get, ttl, pttl] = await client.multi().get('none').ttl('none').pttl('none').executeSettled();
    assert.deepEqual(get, { status: 'fulfilled', value: null });
    assert.ok(ttl.status === 'rejected' && ttl.reason instanceof RangeError);
    assert.ok(pttl.status === 'rejected' && pttl.reason instanceof RangeError);
  });

  test('does so for all when its integer is one that no number holds: they ran', async (t) => {
    const client = open(t, { port: server.port });
    await client
      .pipeline()
      .set('huge', 2n ** 53n)
      .set('small', 1)
      .execute();
    const multi = client.multi().incr('small').incr('huge');
    const error = await failureOf(multi.executeSettled(), DataError, 'UNFIT_REPLY');
    assert.match(error.message, /the reply holds .* use withOptions\(\{ integers: 'bigint' \}\)$/);
    const exact = client.withOptions({ integers: 'bigint' });
    assert.deepEqual(await exact.multi().incr('small').incr('huge').execute(), [3n, 2n ** 53n + 2n]);
  });

  test('has a stack that ends in the caller’s code, as have all the errors', async (t) => {
    const client = open(t, { port: server.port });
    await client.set('text', 'abc');
    async function theCaller(name: string): Promise<unknown> {
      return await client.multi().executeCommand(name, 'text').execute();
    }
    for (const name of ['INCR', 'NOSUCH']) {
      const { error } = await outcomeOf(theCaller(name));
      assert.match((error as Error).stack ?? '', /at async theCaller/);
      assert.match(((error as Error).cause as Error).stack ?? '', /at async theCaller/);
    }
  });
});

describe('a transaction of which a command is refused', limit, () => {
  test('does not run, and names that command', async (t) => {
    const client = open(t, { port: server.port });
    await client.set('n', 0);
    for (const [name, args, told] of [
      ['NOSUCH', ['n'], /ERR unknown command 'NOSUCH'$/],
      ['GET', ['n', 'too', 'many'], /ERR wrong number of arguments/],
    ] as const) {
      const multi = client
        .multi()
        .incr('n')
        .executeCommand(name, ...args)
        .incr('n');
      const error = await failureOf(multi.execute(), ExecAbortError, 'EXECABORT');
      assert.match(error.message, told);
      assert.ok(
        error.message.startsWith(`EXECABORT none of the transaction ran: command 2 of 3 (${name}) was refused`),
      );
      assert.deepEqual([error.index, error.command], [1, name]);
      assert.equal(error.endpoint, `127.0.0.1:${server.port}`);
      typed(error.cause, ResponseError, 'ERR');
      await failureOf(client.multi().incr('n').executeCommand('NOSUCH').executeSettled(), ExecAbortError);
    }
    assert.equal(await client.get('n'), '0');
  });

  test('since the user may not do it', async (t) => {
    const client = await openAs(t, 'noincr', '-incr');
    await client.set('n', 0);
    const error = await failureOf(client.multi().set('n', 1).get('n').incr('n').execute(), ExecAbortError);
    assert.deepEqual([error.index, error.command], [2, 'INCR']);
    typed(error.cause, NoPermissionError, 'NOPERM');
    assert.equal(await client.get('n'), '0');
  });

  test('since the server is out of memory', async (t) => {
    await using own = await ValkeyServer.start({ args: ['--maxmemory', '1'] });
    const client = open(t, { port: own.port });
    const error = await failureOf(client.multi().get('n').set('n', 1).execute(), ExecAbortError);
    // Redis refuses all commands of transactions for it.
    assert.deepEqual([error.index, error.command], own.product === 'valkey' ? [1, 'SET'] : [0, 'GET']);
    assert.equal(typed(error.cause, ResponseError).code, 'OOM');
    assert.equal(await client.get('n'), null);
  });

  test('since EXEC itself may not be run: the server alone knows why', async (t) => {
    const client = await openAs(t, 'noexec', '-exec');
    const error = await failureOf(client.multi().set('n', 'changed').execute(), ExecAbortError);
    assert.equal(error.index, undefined);
    assert.match(error.message, /NOPERM/);
    assert.notEqual(await client.get('n'), 'changed');
  });

  test('tells it when MULTI was, and the commands therefore ran one by one', async (t) => {
    const client = await openAs(t, 'nomulti', '-multi');
    await client.set('n', 0);
    const error = await failureOf(client.multi().incr('n').incr('n').execute(), NoPermissionError, 'NOPERM');
    assert.match(error.message, /'multi'.*; without MULTI, 2 of the commands ran one by one$/);
    assert.equal(await client.get('n'), '2');
  });
});

describe('on a client of one connection', limit, () => {
  test('a transaction commits what was watched before, or does not', async (t) => {
    const client = open(t, { port: server.port, singleConnectionClient: true });
    await admin.set('watched', 1);
    await client.executeCommand('WATCH', 'watched');
    await admin.incr('watched');
    await failureOf(client.multi().get('watched').execute(), WatchError, 'WATCH_FAILED');
    assert.deepEqual(await client.multi().get('watched').execute(), ['2']);
    await client.executeCommand('WATCH', 'watched');
    assert.deepEqual(await client.multi().incr('watched').execute(), [3]);
    // It is over: commands wait for the next connection again, instead of being rejected.
    const id = await client.executeCommand('CLIENT', 'ID');
    const lost = new Promise((resolve) => client.events.once('reconnecting', () => resolve(undefined)));
    await admin.executeCommand('CLIENT', 'KILL', 'ID', String(id));
    await lost;
    assert.equal(await client.get('watched'), '3');
  });

  test('a transaction cannot be in another one', async (t) => {
    const client = open(t, { port: server.port, singleConnectionClient: true });
    await admin.set('n', 0);
    await client.executeCommand('MULTI');
    void client.incr('n');
    await failureOf(client.multi().incr('n').execute(), DataError, 'NEEDS_SESSION');
    assert.deepEqual(await client.executeCommand('EXEC'), [1]);
    assert.deepEqual(await client.multi().incr('n').execute(), [2]);
  });
});
