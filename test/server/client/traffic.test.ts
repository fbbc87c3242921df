/** What `client.stats().traffic` counts, to the last command and byte. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { ResponseError } from '../../../src/index.ts';
import { FaultProxy, ValkeyServer } from '../../../src/testing/index.ts';
import { failureOf, open, outcomeOf, until } from './tools.ts';

const server = await ValkeyServer.start();
after(() => server.stop());
const NOTHING = { sent: 0, replies: 0, errors: 0, bytesSent: 0, bytesReceived: 0 };

describe('the traffic of a client', () => {
  for (const protocol of [2, 3] as const) {
    test(`is its commands, and none of the handshake (RESP${protocol})`, async (t) => {
      await using proxy = await FaultProxy.start(server);
      const client = open(t, { port: proxy.port, protocol });
      assert.deepEqual(client.stats().traffic, NOTHING);
      await client.connect();
      assert.deepEqual(client.stats().traffic, NOTHING);
      const [out, back] = [proxy.bytesToServer, proxy.bytesToClient];
      await Promise.all(Array.from({ length: 1000 }, (_, i) => client.set(`key:${i}`, 'x'.repeat(i))));
      await failureOf(client.incr('key:1'), ResponseError);
      const { traffic } = client.stats();
      assert.deepEqual([traffic.sent, traffic.replies, traffic.errors], [1001, 1001, 1]);
      assert.deepEqual(
        [traffic.bytesSent, traffic.bytesReceived],
        [proxy.bytesToServer - out, proxy.bytesToClient - back],
      );
    });
  }

  test('has MULTI and EXEC in it, and what runs on other connections', async (t) => {
    const client = open(t, { port: server.port });
    await client.multi().set('a', 1).incr('a').execute();
    assert.equal(client.stats().traffic.replies, 4);
    await client.rpush('queue', 'x');
    await client.blpop('queue', 1);
    assert.equal(client.stats().traffic.replies, 7, 'while its connection rests, which was asked who its server is');
    const session = await client.session();
    await session.get('a');
    assert.equal(client.stats().traffic.sent, 8, 'while it is leased');
    await session.close();
    const before = client.stats().traffic;
    await using pubsub = client.pubsub();
    await pubsub.subscribe('news');
    assert.equal(client.stats().traffic.sent, before.sent + 1);
  });

  test('keeps what went over connections that have ended, and knows what was not answered', async (t) => {
    await using proxy = await FaultProxy.start(server);
    const client = open(t, { port: proxy.port });
    await client.set('key', 1);
    proxy.dropReplies();
    const lost = outcomeOf(client.incr('key'));
    await until('it is away', async () => client.stats().traffic.sent === 2);
    assert.equal(client.stats().traffic.replies, 1);
    proxy.cut();
    proxy.heal();
    await lost;
    await client.get('key');
    const { sent, replies } = client.stats().traffic;
    assert.deepEqual([sent, replies], [3, 2]);
    await using session = await client.session();
    await session.get('key');
    await client.close();
    const ended = client.stats().traffic;
    assert.deepEqual([ended.sent, ended.replies], [4, 3]);
    await client.connect();
    await client.get('key');
    assert.equal(client.stats().traffic.sent, 5);
  });

  test('does not change in an object that was given before', async (t) => {
    const client = open(t, { port: server.port });
    await client.get('key');
    const before = client.stats();
    const copy = structuredClone(before);
    await client.get('key');
    assert.deepEqual(before, copy);
  });
});
