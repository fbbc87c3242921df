/** Plain pipelines while connections are lost, deadlines pass and signals fire: what becomes of each of their commands. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { AbortError, ConstantBackoff, PipelineError, TimeoutError, Valkey } from '../../../src/index.ts';
import { FaultProxy, ValkeyServer } from '../../../src/testing/index.ts';
import { GREETING, ScriptedServer } from '../scripted-server.ts';
import { blockedClients, failureOf, nameOf, open, outcomeOf, tally, turn, typed, until } from './tools.ts';

const limit = { timeout: 30_000 };
const retry = { backoff: new ConstantBackoff(10) };
const server = await ValkeyServer.start();
const admin = new Valkey({ port: server.port });
await admin.set('k', 'value of k');
after(async () => {
  admin.destroy();
  await server.stop();
});

/** `ok` or the error's name for each command. */
function namesOf(results: readonly PromiseSettledResult<unknown>[]): string[] {
  return results.map((result) =>
    nameOf({
      ok: result.status === 'fulfilled',
      value: undefined,
      error: result.status === 'rejected' ? result.reason : undefined,
      elapsed: 0,
    }),
  );
}

describe('a pipeline whose connection is lost', limit, () => {
  for (const protocol of [3, 2] as const) {
    test(`has its reads sent again, and its writes rejected, RESP${protocol}`, async (t) => {
      await using proxy = await FaultProxy.start(server);
      const client = open(t, { port: proxy.port, protocol, retry });
      await client.connect();
      await admin.del('n');
      proxy.dropReplies();
      const pipeline = client.pipeline().get('k').incr('n').get('n').incr('n').strlen('k');
      const outcome = outcomeOf(pipeline.execute());
      await until('the server ran it', async () => (await admin.get('n')) === '2');
      proxy.cut();
      proxy.heal();
      const error = typed((await outcome).error, PipelineError, 'PIPELINE_FAILED');
      const lost = 'ConnectionError CONNECTION_LOST sent=true';
      assert.deepEqual(namesOf(error.results), ['ok', lost, 'ok', lost, 'ok']);
      assert.deepEqual([error.index, error.command], [1, 'INCR']);
      assert.deepEqual(
        error.results.map((result) => (result.status === 'fulfilled' ? result.value : undefined)),
        ['value of k', undefined, '2', undefined, 10],
      );
      assert.equal(await admin.get('n'), '2');
      assert.equal(proxy.accepted, 2);
    });
  }

  test('of reads alone gives their replies', async (t) => {
    await using proxy = await FaultProxy.start(server);
    const client = open(t, { port: proxy.port, retry });
    await client.connect();
    await admin.mset(Array.from({ length: 1000 }, (_, i): [string, string] => [`r${i}`, `value ${i}`]));
    proxy.cutAfter(4000, { from: 'now' });
    const pipeline = client.pipeline();
    for (let i = 0; i < 1000; i++) pipeline.get(`r${i}`);
    const replies = pipeline.execute();
    await until('it is cut', () => proxy.connections === 0);
    proxy.heal();
    assert.deepEqual(
      await replies,
      Array.from({ length: 1000 }, (_, i) => `value ${i}`),
    );
  });

  test('keeps its order, and its place in front of what follows', async (t) => {
    const heard: string[] = [];
    await using scripted = await ScriptedServer.start((words, { number, socket }) => {
      if (words[0] === 'HELLO') return GREETING;
      if (words[0] === 'CLIENT') return '+OK\r\n';
      if (number === 1) {
        if (words[1] === '19') socket.destroy();
        return undefined;
      }
      heard.push(words[1] ?? '');
      return '$-1\r\n';
    });
    const client = open(t, { port: scripted.port, retry });
    await client.connect();
    const first = client.pipeline();
    for (let i = 0; i < 20; i++) {
      if (i % 5 === 4) first.set(String(i), 0);
      else first.get(String(i));
    }
    const results = first.executeSettled();
    await until('the loss is noticed', () => client.state === 'reconnecting');
    const second = client.pipeline();
    for (let i = 20; i < 30; i++) second.get(String(i));
    await second.execute();
    assert.equal(tally(namesOf(await results))['ok'], 16);
    const reads = Array.from({ length: 30 }, (_, i) => i).filter((i) => i >= 20 || i % 5 !== 4);
    assert.deepEqual(heard, reads.map(String));
  });

  test('moves to the next one as far as it was not sent', async (t) => {
    await using proxy = await FaultProxy.start(server);
    const client = open(t, { port: proxy.port, retry });
    await client.connect();
    await admin.del('moved');
    proxy.refuse();
    proxy.cut();
    await until('the loss is noticed', () => client.state === 'reconnecting');
    const pipeline = client.pipeline();
    for (let i = 0; i < 1000; i++) pipeline.incr('moved');
    const replies = pipeline.execute();
    assert.equal(client.stats().queued, 1000);
    proxy.heal();
    assert.deepEqual(
      await replies,
      Array.from({ length: 1000 }, (_, i) => i + 1),
    );
  });

  test('is sent again as a whole where the caller says that it does no harm', async (t) => {
    await using proxy = await FaultProxy.start(server);
    const client = open(t, { port: proxy.port, retry: { ...retry, idempotent: true } });
    await client.connect();
    await admin.del('n');
    proxy.dropReplies();
    const replies = client.pipeline().incr('n').get('n').incr('n').execute();
    await until('the server ran it', async () => (await admin.get('n')) === '2');
    proxy.cut();
    proxy.heal();
    assert.deepEqual(await replies, [3, '3', 4]);
  });

  test('fails at once where its view says so', async (t) => {
    await using proxy = await FaultProxy.start(server);
    const client = open(t, { port: proxy.port, retry });
    await client.connect();
    proxy.refuse();
    proxy.cut();
    await until('the loss is noticed', () => client.state === 'reconnecting');
    const pipeline = client.withOptions({ whenDown: 'fail' }).pipeline().get('k').incr('n');
    assert.deepEqual(namesOf(await pipeline.executeSettled()), Array(2).fill('ConnectionError DOWN sent=false'));
  });
});

describe('a pipeline whose time is over', limit, () => {
  test('leaves the connection in order', async (t) => {
    await using own = await ValkeyServer.start();
    const client = open(t, { port: own.port, socketTimeout: 10_000, retry });
    await client.set('k', 'value of k');
    own.pause();
    const late = client.withOptions({ timeout: 60 }).pipeline().get('k').incr('n').executeSettled();
    const follow = client.pipeline().get('k').incr('n').execute();
    for (const result of await late) {
      assert.ok(result.status === 'rejected');
      assert.equal(typed(result.reason, TimeoutError).phase, 'sent');
    }
    own.resume();
    assert.deepEqual(await follow, ['value of k', 2]);
  });

  test('before it was sent does not run', async (t) => {
    await using proxy = await FaultProxy.start(server);
    const client = open(t, { port: proxy.port, retry });
    await client.connect();
    await admin.del('n');
    proxy.refuse();
    proxy.cut();
    await until('the loss is noticed', () => client.state === 'reconnecting');
    const error = await failureOf(client.withOptions({ timeout: 60 }).pipeline().incr('n').execute(), PipelineError);
    assert.equal(typed(error.cause, TimeoutError).phase, 'queued');
    proxy.heal();
    assert.deepEqual(await client.pipeline().incr('n').execute(), [1]);
  });
});

describe('a pipeline that is aborted', limit, () => {
  test('before it was sent does not run', async (t) => {
    const client = open(t, { port: server.port });
    await client.connect();
    await admin.del('n');
    const view = client.withOptions({ signal: AbortSignal.abort(new Error('why')) });
    const error = await failureOf(view.pipeline().incr('n').incr('n').execute(), PipelineError);
    const cause = typed(error.cause, AbortError, 'ABORTED');
    assert.deepEqual([cause.sent, (cause.cause as Error).message], [false, 'why']);
    assert.equal(await client.get('n'), null);
  });

  test('when it was sent leaves the connection in order', async (t) => {
    await using own = await ValkeyServer.start();
    const client = open(t, { port: own.port, retry });
    await client.set('k', 'value of k');
    own.pause();
    const abort = new AbortController();
    const aborted = client.withOptions({ signal: abort.signal }).pipeline().get('k').incr('n').executeSettled();
    const follow = client.pipeline().get('k').incr('n').execute();
    await turn();
    abort.abort();
    assert.deepEqual(namesOf(await aborted), Array(2).fill('AbortError ABORTED sent=true'));
    own.resume();
    assert.deepEqual(await follow, ['value of k', 2]);
  });

  test('while one of its commands blocks releases it', async (t) => {
    const client = open(t, { port: server.port });
    const abort = new AbortController();
    const view = client.withOptions({ signal: abort.signal });
    const results = view.pipeline().get('k').blpop('never', 0).executeSettled();
    await until('it blocks', async () => (await blockedClients(admin)) === 1);
    await until('the other is answered', () => client.state === 'ready' && client.stats().inFlight === 0);
    abort.abort();
    const [get, blpop] = await results;
    assert.deepEqual(get, { status: 'fulfilled', value: 'value of k' });
    assert.ok(blpop.status === 'rejected');
    typed(blpop.reason, AbortError);
    await until('none blocks', async () => (await blockedClients(admin)) === 0);
    await until('its connection is given back', () => client.stats().pool.leased === 0);
  });
});
