/** What is told on diagnostics channels, and in `client.stats()`. */
import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { after, describe, test, type TestContext } from 'node:test';
import { TimeoutError, type CommandMessage } from '../../../src/index.ts';
import { FaultProxy, ValkeyServer } from '../../../src/testing/index.ts';
import { open, outcomeOf, until } from './tools.ts';

const server = await ValkeyServer.start();
after(() => server.stop());

/** Copies of what a channel tells while the test runs. */
function hear<M extends object>(t: TestContext, name: string): M[] {
  const heard: M[] = [];
  const listener = (message: unknown): void => void heard.push({ ...(message as M) });
  subscribe(name, listener);
  t.after(() => unsubscribe(name, listener));
  return heard;
}

describe('a command', () => {
  test('is told when it is called and when it has settled, without its arguments', async (t) => {
    const starts = hear<CommandMessage>(t, 'tracing:valkey-ts:command:start');
    const ends = hear<CommandMessage>(t, 'tracing:valkey-ts:command:asyncEnd');
    const errors = hear<CommandMessage>(t, 'tracing:valkey-ts:command:error');
    const client = open(t, { port: server.port });
    const reply = client.set('canary key', 'canary value');
    assert.equal(starts.length, 1, 'at once');
    await reply;
    await outcomeOf(client.incr('canary key'));
    const [set, incr] = ends;
    assert.deepEqual(
      { ...set, startTime: 0, duration: 0 },
      {
        command: 'SET',
        endpoint: `127.0.0.1:${server.port}`,
        peer: `127.0.0.1:${server.port}`,
        database: 0,
        argumentCount: 2,
        bytes: set!.bytes,
        batchSize: 1,
        startTime: 0,
        duration: 0,
        retries: 0,
      },
    );
    assert.ok(set!.duration! >= 0);
    assert.equal(errors.length, 1);
    assert.equal((incr!.error as { code: string }).code, 'ERR');
    assert.ok(!JSON.stringify([starts, ends]).includes('canary'));
  });

  test('is told when it was queued, aborted, late and lost', async (t) => {
    await using proxy = await FaultProxy.start(server);
    const ends = hear<CommandMessage>(t, 'tracing:valkey-ts:command:asyncEnd');
    const client = open(t, { port: proxy.port });
    await client.connect();
    proxy.blackhole();
    const aborting = new AbortController();
    const outcomes = [
      outcomeOf(client.withOptions({ timeout: 60 }).get('late')),
      outcomeOf(client.withOptions({ signal: aborting.signal }).get('aborted')),
      outcomeOf(client.incr('lost')),
    ];
    aborting.abort();
    await outcomes[0];
    proxy.cut();
    proxy.heal();
    await Promise.all(outcomes);
    const codes = ends.map(({ error }) => (error as { code?: string } | undefined)?.code);
    assert.deepEqual(codes.toSorted(), ['ABORTED', 'CONNECTION_LOST', 'TIMEOUT']);
  });

  test('has no peer until it is sent', async (t) => {
    const [starts, ends] = ['start', 'asyncEnd'].map((name) =>
      hear<CommandMessage>(t, `tracing:valkey-ts:command:${name}`),
    ) as [CommandMessage[], CommandMessage[]];
    const client = open(t, { port: server.port });
    await client.get('key');
    await client.close();
    await outcomeOf(client.get('key'));
    const endpoint = `127.0.0.1:${server.port}`;
    assert.deepEqual(
      [...starts, ...ends].map(({ peer }) => peer),
      [undefined, undefined, endpoint, undefined],
    );
  });

  test('costs nothing to those who stopped listening', async (t) => {
    const client = open(t, { port: server.port });
    await client.connect();
    const listener = (): void => undefined;
    subscribe('tracing:valkey-ts:command:start', listener);
    const reply = client.get('key');
    unsubscribe('tracing:valkey-ts:command:start', listener);
    await reply;
    assert.equal(await client.get('key'), null);
  });
});

test('connections are told, from dial to end, and what waits for them', async (t) => {
  const dials = hear<{ endpoint: string; error?: unknown }>(t, 'tracing:valkey-ts:connect:asyncEnd');
  const ends = hear<{ endpoint: string; code: string }>(t, 'valkey-ts:closed');
  const leases = hear<{ duration?: number; error?: { code: string } }>(t, 'tracing:valkey-ts:lease:asyncEnd');
  const again = hear<{ failures: number; delay: number; code: string }>(t, 'valkey-ts:reconnect');
  await using proxy = await FaultProxy.start(server);
  const client = open(t, { port: proxy.port, maxConnections: 1 });
  const endpoint = `127.0.0.1:${proxy.port}`;
  await client.connect();
  assert.deepEqual(
    dials.map((dial) => [dial.endpoint, dial.error]),
    [[endpoint, undefined]],
  );
  await using session = await client.session();
  await outcomeOf(client.withOptions({ timeout: 50 }).blpop('queue', 0));
  assert.deepEqual(
    leases.map(({ error }) => error?.code),
    [undefined, 'MAX_CONNECTIONS'],
  );
  await session.close();
  proxy.cut();
  await until('it is back', async () => client.state === 'ready' && again.length > 0);
  assert.equal(again[0]!.code, 'CONNECTION_LOST');
  assert.ok(ends.some((end) => end.endpoint === endpoint && end.code === 'CONNECTION_LOST'));
  client.destroy();
  assert.equal(ends.at(-1)!.code, 'CLOSED');
});

test('another try is told, with its reason', async (t) => {
  const tries = hear<{ command: string; attempt: number; reason: string }>(t, 'valkey-ts:retry');
  await using proxy = await FaultProxy.start(server);
  const client = open(t, { port: proxy.port });
  await client.connect();
  proxy.dropReplies();
  const reply = client.get('key');
  await until('it is away', async () => proxy.bytesToServer > 0);
  proxy.cut();
  proxy.heal();
  await reply;
  const [{ command, attempt, reason }] = tries as [(typeof tries)[0]];
  assert.deepEqual([command, attempt, reason], ['GET', 1, 'CONNECTION_LOST']);
});

test('a gap in subscriptions is told', async (t) => {
  const gaps = hear<{ endpoint: string; topics: number }>(t, 'valkey-ts:gap');
  await using proxy = await FaultProxy.start(server);
  const client = open(t, { port: proxy.port });
  await using pubsub = client.pubsub();
  await pubsub.subscribe(['a', 'b']);
  await pubsub.psubscribe('c*');
  proxy.cut();
  await until('it is subscribed again', async () => gaps.length > 0);
  assert.deepEqual(gaps, [{ endpoint: `127.0.0.1:${proxy.port}`, topics: 3 }]);
});

test('stats count what went wrong', async (t) => {
  await using proxy = await FaultProxy.start(server);
  const client = open(t, { port: proxy.port });
  await client.connect();
  assert.equal(await client.blpop('nothing', 0.01), null);
  assert.deepEqual(client.stats().counters, { retries: 0, redirects: 0, reconnects: 0, timeouts: 0, lost: 0 });
  proxy.dropReplies();
  const { error } = await outcomeOf(client.withOptions({ timeout: 50 }).get('late'));
  assert.ok(error instanceof TimeoutError);
  const hasty = client.withOptions({ timeout: 50 });
  assert.ok((await outcomeOf(hasty.blpop('nothing', 0.01))).error instanceof TimeoutError);
  const reply = client.get('key');
  await until('it is away', async () => client.stats().inFlight > 0);
  proxy.cut();
  proxy.heal();
  await reply;
  const { counters } = client.stats();
  assert.equal(counters.timeouts, 2);
  assert.equal(counters.lost, 2, 'the shared connection, and the one that the pool had lent');
  assert.equal(counters.retries, 1);
  assert.ok(counters.reconnects >= 1);
});
