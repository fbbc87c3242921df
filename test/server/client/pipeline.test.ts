/** Plain pipelines: what they give, what they refuse, and what their errors say. How they fail is in pipeline-failure.test.ts. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { Executor, Namespace, type Surface } from '../../../src/commands/index.ts';
import {
  ConnectionPool,
  DataError,
  PipelineError,
  QueueFullError,
  ResponseError,
  Valkey,
  type Key,
  type Result,
} from '../../../src/index.ts';
import { ValkeyServer } from '../../../src/testing/index.ts';
import { callAll, CALLED, fill, wayName, WAYS } from './collected.ts';
import { callsOf, failureOf, open, outcomeOf, turn, typed } from './tools.ts';

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

for (const way of WAYS) {
  describe(`the replies of a pipeline, ${wayName(way)}`, limit, () => {
    test('are those of the commands alone, in order', async (t) => {
      const client = open(t, { port: server.port, ...way });
      await fill(admin);
      const alone = await Promise.all(callAll(client));
      const pipeline = client.pipeline();
      for (const given of callAll(pipeline)) assert.equal(given, pipeline);
      assert.equal(pipeline.length, CALLED.length);
      const together: unknown[] = await pipeline.execute();
      assert.equal(together.length, CALLED.length);
      for (const [i, name] of CALLED.entries()) assert.deepEqual(together[i], alone[i], name);
    });
  });
}

describe('a pipeline', limit, () => {
  test('gives a thousand different replies in order', async (t) => {
    const client = open(t, { port: server.port });
    const pipeline = client.pipeline();
    for (let i = 0; i < 1000; i++) pipeline.set(`p${i}`, `value ${i}`).get(`p${i}`);
    const replies = await pipeline.execute();
    assert.deepEqual(
      replies,
      Array.from({ length: 2000 }, (_, i) => (i % 2 === 0 ? 'OK' : `value ${(i - 1) / 2}`)),
    );
  });

  test('runs in the order of calls: behind what was called before its execution, in front of what follows', async (t) => {
    const client = open(t, { port: server.port });
    await client.del('order');
    const pipeline = client.pipeline().append('order', 'b').append('order', 'c');
    const before = client.append('order', 'a');
    const replies = pipeline.execute();
    const behind = client.append('order', 'd');
    assert.deepEqual([await before, await replies, await behind], [1, [2, 3], 4]);
    assert.equal(await client.get('order'), 'abcd');
  });

  test('that is empty gives nothing and sends nothing', async (t) => {
    const client = open(t, { port: server.port });
    assert.deepEqual(await client.pipeline().execute(), []);
    assert.deepEqual(await client.pipeline().executeSettled(), []);
    await client.pipeline().flush();
    assert.equal(client.state, 'idle');
  });

  test('is executed once', async (t) => {
    const client = open(t, { port: server.port });
    await client.del('once');
    const pipeline = client.pipeline().incr('once');
    const first = pipeline.execute();
    await failureOf(pipeline.execute(), DataError, 'ALREADY_EXECUTED');
    await failureOf(pipeline.executeSettled(), DataError, 'ALREADY_EXECUTED');
    await failureOf(pipeline.flush(), DataError, 'ALREADY_EXECUTED');
    const late = (): unknown => pipeline.incr('once');
    assert.throws(late, (error) => typed(error, DataError, 'ALREADY_EXECUTED').command === 'INCR');
    assert.deepEqual(await first, [1]);
    assert.throws(late, (error) => typed(error, DataError, 'ALREADY_EXECUTED').command === 'INCR');
    assert.equal(await client.get('once'), '1');
  });

  test('refuses an argument that cannot be sent as it is added, and goes on without that command', async (t) => {
    const client = open(t, { port: server.port });
    const pipeline = client.pipeline().set('kept', 'it');
    for (const wrong of [undefined, null, NaN, true, {}, Symbol('s')]) {
      const add = (): unknown => pipeline.set('kept', wrong as never);
      assert.throws(add, (error) =>
        typed(error, DataError, 'INVALID_ARGUMENT').message.startsWith('SET: argument 2 is'),
      );
    }
    assert.throws(() => pipeline.mget([]), DataError);
    assert.equal(pipeline.length, 1);
    assert.deepEqual(await pipeline.get('kept').execute(), ['OK', 'it']);
  });

  test('refuses what would change the connection of all', async (t) => {
    const client = open(t, { port: server.port });
    const pipeline = client.pipeline();
    const refused = ['MULTI', 'EXEC', 'DISCARD', 'WATCH', 'UNWATCH', 'SUBSCRIBE', 'PSUBSCRIBE', 'MONITOR', 'RESET'];
    for (const name of [...refused, 'HELLO', 'QUIT', 'CLIENT TRACKING', 'CLIENT REPLY']) {
      const [first = '', ...rest] = name.split(' ');
      const add = (): unknown => pipeline.executeCommand(first, ...rest, 'x');
      assert.throws(add, (error) => typed(error, DataError, 'NEEDS_SESSION').command === name, name);
    }
    assert.equal(pipeline.length, 0);
  });

  test('refuses options that it does not know', (t) => {
    const client = open(t, { port: server.port });
    const unknown = (): unknown => client.pipeline({ transactions: true } as never);
    assert.throws(unknown, (error) => typed(error, DataError, 'UNKNOWN_OPTION').message.includes('transaction?'));
    assert.throws(() => client.pipeline({ transaction: 1 as never }), DataError);
  });

  test('keeps lists that its caller changes later', async (t) => {
    const client = open(t, { port: server.port });
    const keys = ['kept', 'none'];
    const pipeline = client.pipeline().set('kept', 'it').mget(keys);
    keys.length = 0;
    assert.deepEqual(await pipeline.execute(), ['OK', ['it', null]]);
  });

  test('holds SELECT, which is in force for what follows', async (t) => {
    const client = open(t, { port: server.port });
    const replies = await client.pipeline().set('where', 0).select(5).set('where', 5).get('where').select(0).execute();
    assert.deepEqual(replies, ['OK', 'OK', 'OK', '5', 'OK']);
    assert.equal(await client.get('where'), '0');
  });

  test('rejects only what cannot run where the others do', async (t) => {
    await using connectionPool = new ConnectionPool({ port: server.port });
    const client = open(t, { connectionPool });
    const pipeline = client.pipeline().set('where', 'here').select(5).get('where');
    const error = await failureOf(pipeline.execute(), PipelineError);
    typed(error.cause, DataError, 'NEEDS_SESSION');
    assert.deepEqual([error.index, error.command], [1, 'SELECT']);
    assert.deepEqual(error.results[2], { status: 'fulfilled', value: 'here' });
  });

  test('lets a blocking command wait on a connection of its own', async (t) => {
    const client = open(t, { port: server.port });
    await client.del('jobs');
    const replies = client.pipeline().get('nothing').blpop('jobs', 10).incr('beside').execute();
    await turn();
    await client.rpush('jobs', ['work']);
    const [nothing, job] = await replies;
    assert.deepEqual([nothing, job], [null, ['jobs', 'work']]);
    assert.equal(client.stats().pool.leased, 0);
  });

  test('with more than may wait rejects what there is no room for', async (t) => {
    const client = open(t, { port: server.port, maxQueuedCommands: 100 });
    await client.connect();
    const pipeline = client.pipeline();
    for (let i = 0; i < 150; i++) pipeline.ping();
    const results = await pipeline.executeSettled();
    const full = results.filter(({ status }) => status === 'rejected');
    assert.equal(full.length, 50);
    for (const { reason } of full as PromiseRejectedResult[]) typed(reason, QueueFullError, 'QUEUE_FULL');
    assert.equal(await client.ping(), 'PONG');
  });
});

describe('views, modules and callbacks', limit, () => {
  test('a pipeline gives what its view asks for', async (t) => {
    const client = open(t, { port: server.port });
    await client.del('n');
    const view = client.withOptions({ encoding: 'buffer', integers: 'bigint' });
    const replies: ['OK', bigint, Buffer | null] = await view.pipeline().set('n', 1).incr('n').get('n').execute();
    assert.deepEqual(replies, ['OK', 2n, Buffer.from('2')]);
    assert.deepEqual(await client.pipeline().incr('n').get('n').execute(), [3, '3']);
  });

  test('a module takes it as its owner', async (t) => {
    const client = open(t, { port: server.port });
    await client.del('visits');
    const pipeline = client.pipeline().set('greeting', 'hi').use(Counters).next('visits').get('visits');
    assert.deepEqual(await pipeline.execute(), ['OK', 1, '1']);
    assert.ok(pipeline instanceof Executor);
  });

  test('the user’s own decoders are applied, slow ones too; what they throw is the error of that command', async (t) => {
    const client = open(t, { port: server.port });
    client
      .setResponseCallback('GET', (reply: string) => `<${reply}>`)
      .setResponseCallback('STRLEN', async (reply: number) => {
        await turn();
        return reply * 2;
      })
      .setResponseCallback('TTL', () => {
        throw new RangeError('no time');
      })
      .setResponseCallback('PTTL', () => Promise.reject(new RangeError('no time either')));
    await client.set('k', 'abc');
    assert.deepEqual(await client.pipeline().get('k').strlen('k').exists('k').execute(), ['<abc>', 6, 1]);
    const [get, ttl, pttl] = await client.pipeline().get('k').ttl('k').pttl('k').executeSettled();
    assert.deepEqual(get, { status: 'fulfilled', value: '<abc>' });
    assert.ok(ttl.status === 'rejected' && ttl.reason instanceof RangeError);
    assert.ok(pttl.status === 'rejected' && pttl.reason instanceof RangeError);
  });
});

describe('a command of a pipeline that fails', limit, () => {
  test('is named with its position, and the results of all', async (t) => {
    const client = open(t, { port: server.port });
    await client.pipeline().set('text', 'abc').set('number', 1).execute();
    const pipeline = client.pipeline().get('text').incr('number').incr('text').hget('text', 'f').get('number');
    const error = await failureOf(pipeline.execute(), PipelineError, 'PIPELINE_FAILED');
    assert.match(error.message, /^command 3 of 5 \(INCR\) failed: ERR value is not an integer.*; 1 more failed$/);
    assert.deepEqual([error.index, error.command, error.endpoint], [2, 'INCR', `127.0.0.1:${server.port}`]);
    const cause = typed(error.cause, ResponseError, 'ERR');
    assert.equal(cause.command, 'INCR');
    const [text, number, incr, hget, again] = error.results;
    assert.deepEqual(
      [text, number, again],
      [
        { status: 'fulfilled', value: 'abc' },
        { status: 'fulfilled', value: 2 },
        { status: 'fulfilled', value: '2' },
      ],
    );
    assert.ok(incr?.status === 'rejected' && incr.reason === error.cause);
    assert.ok(hget?.status === 'rejected' && typed(hget.reason, ResponseError, 'WRONGTYPE').command === 'HGET');
    assert.equal(error.results.length, 5);
  });

  test('is one of the results of executeSettled', async (t) => {
    const client = open(t, { port: server.port });
    await client.set('text', 'abc');
    const [ok, wrong, get] = await client.pipeline().set('text', 'def').incr('text').get('text').executeSettled();
    assert.deepEqual(
      [ok, get],
      [
        { status: 'fulfilled', value: 'OK' },
        { status: 'fulfilled', value: 'def' },
      ],
    );
    assert.ok(wrong.status === 'rejected');
    typed(wrong.reason, ResponseError, 'ERR');
  });

  test('does so for itself when its integer is one that no number holds', async (t) => {
    const client = open(t, { port: server.port });
    await client
      .pipeline()
      .set('huge', 2n ** 53n)
      .set('small', 1)
      .execute();
    const [huge, small] = await client.pipeline().incr('huge').incr('small').executeSettled();
    assert.ok(huge.status === 'rejected');
    typed(huge.reason, DataError, 'UNFIT_REPLY');
    assert.deepEqual(small, { status: 'fulfilled', value: 2 });
    const exact = client.withOptions({ integers: 'bigint' });
    assert.deepEqual(await exact.pipeline().incr('huge').execute(), [2n ** 53n + 2n]);
  });

  test('has a stack that ends in the caller’s code, as has the error of all', async (t) => {
    const client = open(t, { port: server.port });
    await client.set('text', 'abc');
    async function theCaller(): Promise<unknown> {
      return await client.pipeline().incr('text').execute();
    }
    const { error } = await outcomeOf(theCaller());
    assert.match((error as Error).stack ?? '', /at async theCaller/);
    assert.match(((error as Error).cause as Error).stack ?? '', /at async theCaller/);
  });

  test('may be one of very many', async (t) => {
    const COUNT = 130_000;
    const client = open(t, { port: server.port, socketTimeout: 20_000 });
    await client.set('text', 'abc');
    const pipeline = client.pipeline().get('text');
    for (let i = 0; i < COUNT; i++) pipeline.incr('text');
    const error = await failureOf(pipeline.execute(), PipelineError);
    assert.equal(error.index, 1);
    assert.match(error.message, new RegExp(`; ${COUNT - 1} more failed$`));
    assert.equal(error.results.length, COUNT + 1);
  });
});

describe('flush', limit, () => {
  test('sends what was added; execute gives the replies of all', async (t) => {
    const client = open(t, { port: server.port });
    await client.del('flushed');
    const before = await callsOf(admin, 'incr');
    const pipeline = client.pipeline();
    for (let i = 0; i < 10; i++) {
      for (let n = 0; n < 100; n++) pipeline.incr('flushed');
      await pipeline.flush();
      // Two lots at most are unanswered: the one just sent, and the one before it is answered.
      assert.ok((await callsOf(admin, 'incr')) - before >= i * 100);
    }
    const replies = await pipeline.incr('flushed').execute();
    assert.deepEqual(
      replies,
      Array.from({ length: 1001 }, (_, i) => i + 1),
    );
  });

  test('may be called again, and execute too, before it has resolved', async (t) => {
    const client = open(t, { port: server.port });
    await client.del('flushed');
    const pipeline = client.pipeline().incr('flushed');
    const waits: Promise<unknown>[] = [pipeline.flush()];
    for (let i = 0; i < 5; i++) {
      pipeline.incr('flushed');
      waits.push(pipeline.flush());
    }
    const replies = pipeline.incr('flushed').execute();
    for (const wait of waits) assert.ok((await outcomeOf(wait)).ok);
    assert.deepEqual((await outcomeOf(replies)).value, [1, 2, 3, 4, 5, 6, 7]);
  });

  test('keeps errors for the end', async (t) => {
    const client = open(t, { port: server.port });
    await client.set('text', 'abc');
    const pipeline = client.pipeline().get('text').incr('text');
    await pipeline.flush();
    await pipeline.get('text').flush();
    const error = await failureOf(pipeline.get('text').execute(), PipelineError);
    assert.deepEqual([error.index, error.command, error.results.length], [1, 'INCR', 4]);
  });

  test('is not for transactions', async (t) => {
    const client = open(t, { port: server.port });
    const pipeline = client.multi().incr('unflushed');
    await failureOf(pipeline.flush(), DataError, 'NOT_A_PIPELINE');
    assert.equal((await pipeline.execute()).length, 1);
  });
});
