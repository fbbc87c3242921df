/** What is tried again because the caller says so, and how often. */
import assert from 'node:assert/strict';
import { after, beforeEach, describe, test } from 'node:test';
import {
  ConstantBackoff,
  ResponseError,
  TimeoutError,
  Valkey,
  type Backoff,
  type RetryOptions,
} from '../../../src/index.ts';
import { FaultProxy, ValkeyServer } from '../../../src/testing/index.ts';
import { failureOf, open, outcomeOf, until } from './tools.ts';

const server = await ValkeyServer.start();
const admin = new Valkey(server.url);
after(async () => {
  admin.destroy();
  await server.stop();
});
beforeEach(async () => {
  await admin.configSet({ 'min-replicas-to-write': 0 });
  await admin.flushall();
  await admin.configResetstat();
});

const backoff = new ConstantBackoff(20);
const options = (retry: RetryOptions = {}) => ({ port: server.port, retry: { backoff, retries: 50, ...retry } });

describe('retryOnError', () => {
  /** A server that refuses writes until it is told otherwise. */
  const refuse = (): Promise<unknown> => admin.configSet({ 'min-replicas-to-write': 1 });
  const accept = (): Promise<unknown> => admin.configSet({ 'min-replicas-to-write': 0 });
  after(accept);

  for (const [name, kinds] of [
    ['a code', ['NOREPLICAS']],
    ['a class', [ResponseError]],
    ['one of several', ['OOM', TimeoutError, 'NOREPLICAS']],
  ] as const) {
    test(`repeats what failed with ${name}`, async (t) => {
      const client = open(t, options({ retryOnError: kinds }));
      await client.connect();
      await refuse();
      const written = outcomeOf(client.incr('hits'));
      const grouped = outcomeOf(client.multi().incr('group').incr('group').execute());
      const script = outcomeOf(client.eval("return redis.call('INCR', KEYS[1])", ['script'], []));
      await until(
        'it was refused',
        async () => (await admin.info('errorstats')).errorstats?.['NOREPLICAS'] !== undefined,
      );
      await accept();
      assert.equal((await written).value, 1);
      assert.deepEqual((await grouped).value, [1, 2]);
      assert.equal((await script).value, 1);
    });
  }

  test('leaves other errors alone, and gives up after its retries', async (t) => {
    const client = open(t, options({ retryOnError: ['NOREPLICAS'], retries: 2 }));
    await client.set('text', 'a');
    await failureOf(client.incr('text'), ResponseError, 'ERR');
    await admin.configResetstat();
    await refuse();
    await failureOf(client.incr('hits'), ResponseError, 'NOREPLICAS');
    await accept();
    const { commandstats } = await admin.info('commandstats');
    assert.match(JSON.stringify(commandstats?.['incr']), /"rejected_?[cC]alls":3\b/, 'tried once, and twice again');
  });

  test('ends with the deadline', async (t) => {
    const client = open(t, { ...options({ retryOnError: ['NOREPLICAS'], retries: 1e6 }), socketTimeout: 400 });
    await client.connect();
    await refuse();
    const { error, elapsed } = await outcomeOf(client.incr('hits'));
    await accept();
    assert.ok(error instanceof ResponseError && error.code === 'NOREPLICAS', 'the reason, rather than a timeout');
    assert.ok(elapsed < 2000, `${elapsed} ms`);
  });

  test('does not say of what ran that it was never sent', async (t) => {
    await using proxy = await FaultProxy.start(server);
    const slow = { backoff: new ConstantBackoff(300), retries: 50, retryOnError: ['NOREPLICAS'] };
    const client = open(t, { port: proxy.port, retry: slow, socketTimeout: 800 });
    await client.connect();
    const script = "redis.call('SET', KEYS[1], 1) return redis.error_reply('NOREPLICAS after all')";
    const written = outcomeOf(client.eval(script, ['hits'], []));
    await until('it ran', async () => (await admin.exists('hits')) === 1);
    await until('it is held', () => client.stats().queued === 1);
    proxy.blackhole();
    proxy.cut();
    const { error } = await written;
    assert.ok(error instanceof TimeoutError);
    assert.equal(error.phase, 'sent');
  });

  test('is of one view, and repeats what was lost with its connection', async (t) => {
    await using proxy = await FaultProxy.start(server);
    const client = open(t, { ...options(), port: proxy.port });
    await client.connect();
    proxy.dropReplies();
    const plain = outcomeOf(client.incr('plain'));
    const again = outcomeOf(client.withOptions({ retry: { retryOnError: ['CONNECTION_LOST'] } }).incr('again'));
    await until('both ran', async () => (await admin.exists(['plain', 'again'])) === 2);
    proxy.cut();
    proxy.heal();
    assert.equal((await again).value, 2);
    assert.equal(((await plain).error as { sent?: boolean }).sent, true);
  });
});

describe('retryOnTimeout', () => {
  test('gives each try a deadline of its own', async (t) => {
    const client = open(t, { ...options({ retryOnTimeout: true, retries: 20 }), socketTimeout: 200 });
    await client.set('key', 'value');
    server.pause();
    const reply = outcomeOf(client.get('key'));
    const counted = outcomeOf(client.incr('hits'));
    const once = outcomeOf(client.withOptions({ retry: { retryOnTimeout: false } }).get('key'));
    assert.ok((await once).error instanceof TimeoutError);
    server.resume();
    assert.equal((await reply).value, 'value');
    assert.ok(((await counted).value as number) >= 1, 'it may run several times');
    assert.equal(await client.get('key'), 'value', 'replies do not cross');
  });

  test('gives up after its retries', async (t) => {
    const client = open(t, { ...options({ retryOnTimeout: true, retries: 2 }), socketTimeout: 150 });
    await client.connect();
    server.pause();
    t.after(() => server.resume());
    const { error, elapsed } = await outcomeOf(client.get('key'));
    assert.ok(error instanceof TimeoutError);
    assert.ok(Math.abs(error.elapsed - elapsed) < 100, `${error.elapsed} ms, says the error after ${elapsed}`);
    // Two timeouts of 150 ms, each counted in whole milliseconds.
    assert.ok(elapsed >= 290, `${elapsed} ms`);
    assert.ok(elapsed < 5000, `${elapsed} ms`);
  });

  test('does not outlive an abort', async (t) => {
    const client = open(t, { ...options({ retryOnTimeout: true, retries: 1000 }), socketTimeout: 100 });
    await client.connect();
    server.pause();
    t.after(() => server.resume());
    const aborting = new AbortController();
    const reply = outcomeOf(client.withOptions({ signal: aborting.signal }).get('key'));
    setTimeout(() => aborting.abort(), 350);
    const { error } = await reply;
    assert.equal((error as { code?: string }).code, 'ABORTED');
  });
});

describe('a backoff that gives no wait', () => {
  const wrong: Record<string, () => unknown> = {
    throws: () => {
      throw new Error('no idea');
    },
    'gives nothing': () => undefined,
    'gives NaN': () => NaN,
    'gives a negative number': () => -1,
    'gives a promise': async () => 100,
  };
  for (const [what, delay] of Object.entries(wrong)) {
    test(`is stood in for: it ${what}`, async (t) => {
      await using proxy = await FaultProxy.start(server);
      const retry = { backoff: { delay } as Backoff, retries: 50, retryOnError: ['NOREPLICAS'] };
      const client = open(t, { port: proxy.port, retry });
      await client.connect();
      const delays: number[] = [];
      client.events.on('reconnecting', ({ delay: told }) => delays.push(told));
      proxy.refuse();
      proxy.cut();
      await until('it has dialled in vain', () => delays.length >= 3);
      proxy.heal();
      assert.equal(await client.ping(), 'PONG');
      for (const told of delays) assert.ok(told >= 0 && told <= 512, `${told} ms`);

      await admin.configSet({ 'min-replicas-to-write': 1 });
      const written = outcomeOf(client.incr('hits'));
      await until('it was refused', () => client.stats().queued === 1);
      await admin.configSet({ 'min-replicas-to-write': 0 });
      assert.equal((await written).value, 1);
    });
  }
});
