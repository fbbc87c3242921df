/** What becomes of a client that ends its server. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Valkey } from '../../../src/client/valkey.ts';
import type { ShutdownOptions } from '../../../src/commands/index.ts';
import { ValkeyServer } from '../../../src/testing/index.ts';

/** How a `shutdown` that happens is answered. */
const ENDED = { name: 'ConnectionError', code: 'CONNECTION_LOST', sent: true };
const IN_TIME = 5_000;

const cases: Record<string, ShutdownOptions | undefined> = {
  'as the server is configured': undefined,
  'without saving': { save: false },
  'without waiting for anything': { save: false, now: true, force: true },
};

for (const [name, options] of Object.entries(cases)) {
  test(
    `shutdown ${name} ends the server, and rejects as an end of the connection does`,
    { timeout: IN_TIME },
    async () => {
      await using server = await ValkeyServer.start();
      const client = new Valkey({ port: server.port });
      await client.set('a', 1);
      await assert.rejects(client.shutdown(options), ENDED);
      await client.close();
      await ended(server);
    },
  );
}

test('shutdown with a save keeps the keys, and the client finds the server that starts again', async () => {
  await using server = await ValkeyServer.start();
  await using client = new Valkey({ port: server.port });
  await client.set('a', 1);
  await assert.rejects(client.shutdown({ save: true }), ENDED);
  await ended(server);
  await server.restart();
  assert.equal(await client.get('a'), '1');
});

test('shutdown is not sent again by a client that may repeat', async () => {
  await using server = await ValkeyServer.start();
  await using client = new Valkey({ port: server.port, retry: { retries: 5 } });
  await assert.rejects(client.shutdown({ save: false }), ENDED);
  await ended(server);
  await server.restart();
  assert.equal(await client.ping(), 'PONG');
});

test('safe and failover, of servers since 9.0', async () => {
  await using server = await ValkeyServer.start({ version: '9.1', args: ['--cluster-enabled', 'yes'] });
  await using client = new Valkey({ port: server.port });
  await client.clusterAddslotsrange({ start: 0, end: 16383 });
  await assert.rejects(client.shutdown({ safe: true }), { name: 'ResponseError' });
  assert.equal(await client.ping(), 'PONG');
  await assert.rejects(client.shutdown({ failover: true, save: false }), ENDED);
  await ended(server);
});

async function ended(server: ValkeyServer): Promise<void> {
  const end = performance.now() + IN_TIME;
  while (server.isRunning) {
    assert.ok(performance.now() < end, 'the server still runs');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
