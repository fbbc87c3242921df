/** Sessions that nobody closes. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type Valkey } from '../../../src/index.ts';
import { ValkeyServer } from '../../../src/testing/index.ts';
import { open, until } from './tools.ts';

const server = await ValkeyServer.start();
after(() => server.stop());

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

async function dropSession(client: Valkey): Promise<void> {
  const session = await client.session();
  await session.get('key');
}

async function closeSession(client: Valkey): Promise<void> {
  await using session = await client.session();
  await session.get('key');
}

test('a session that is dropped gives its connection back, and its place is told once', async (t) => {
  const warnings: (Error & { code?: string; detail?: string })[] = [];
  const listener = (warning: Error): void => void warnings.push(warning);
  process.on('warning', listener);
  t.after(() => process.off('warning', listener));
  const client = open(t, { port: server.port, maxConnections: 2 });
  await closeSession(client);
  for (let i = 0; i < 2; i++) {
    await dropSession(client);
    await until('its connection is back', async () => {
      collect();
      return client.stats().pool.leased === 0;
    });
  }
  await until('it is told', async () => warnings.length > 0);
  assert.equal(warnings.length, 1);
  const [warning] = warnings;
  assert.equal(warning!.code, 'VALKEY_LEASE_LEAKED');
  assert.match(warning!.message, /was dropped without being closed/);
  assert.match(warning!.detail!, /dropSession/);
  await closeSession(client);
});
