import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { beforeEach, describe, test, type TestContext } from 'node:test';
import type { CacheMessage } from '../../../src/index.ts';
import { FaultProxy } from '../../../src/testing/index.ts';
import { CacheServer } from './cache-tools.ts';
import { until } from './tools.ts';

const server = await CacheServer.start();
const { writer } = server;

/** The messages of the clients of a test. */
function listen(t: TestContext): CacheMessage[] {
  const messages: CacheMessage[] = [];
  const note = (message: unknown): void => void messages.push(message as CacheMessage);
  subscribe('valkey-ts:cache', note);
  t.after(() => unsubscribe('valkey-ts:cache', note));
  return messages;
}

describe('what a cache tells', { timeout: 30_000 }, () => {
  beforeEach(() => writer.flushall());

  test('is told once a second, while it is read', async (t) => {
    const client = server.keeping(t, { maxEntries: 2 });
    // What goes before anybody listens is not told.
    for (const key of ['0', '1', '2', 'before']) await client.get(key);
    const messages = listen(t);
    for (const key of ['a', 'b', 'c', 'c', 'c']) await client.get(key);
    await writer.set('c', 'new');
    await until('it is told', () => messages.length > 0);
    const { bytes, ...message } = messages[0]!;
    assert.ok(bytes > 0);
    assert.deepEqual(message, {
      endpoint: `127.0.0.1:${server.port}`,
      flush: undefined,
      hits: 2,
      misses: 3,
      invalidations: 1,
      evictions: 3,
      entries: 1,
    });
    await client.get('b');
    await until('it is told again', () => messages.length > 1);
    assert.deepEqual([messages[1]!.hits, messages[1]!.misses], [1, 0]);
  });

  test('says at once that everything was given up, and why', async (t) => {
    await using proxy = await FaultProxy.start({ port: server.port });
    const client = server.keeping(t, { noLoop: true }, { port: proxy.port });
    const messages = listen(t);
    const reasons = (): unknown[] => messages.map(({ flush }) => flush).filter((flush) => flush !== undefined);
    const told = async (reason: string): Promise<void> => {
      await until(`${reason} is told`, () => reasons().includes(reason));
      messages.length = 0;
      await client.get('k');
    };
    await client.get('k');
    client.cache.flush();
    await told('call');
    await writer.flushall();
    await told('server');
    await client.eval("return redis.call('SET', 'k', 'v')", [], []);
    await told('write');
    await client.select(1);
    await told('user');
    proxy.cut();
    await told('connection');
  });

  test('is not what was done before somebody listened', async (t) => {
    const client = server.keeping(t);
    await client.get('k');
    client.cache.flush();
    const messages = listen(t);
    await client.get('k');
    client.cache.flush();
    assert.deepEqual(
      messages.map(({ flush, hits, misses }) => ({ flush, hits, misses })),
      [{ flush: 'call', hits: 0, misses: 1 }],
    );
  });
});
