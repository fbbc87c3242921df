import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ValkeyServer } from '../../../src/testing/index.ts';
import { until } from '../client/tools.ts';
import { openSentinel } from './tools.ts';

test('a cache follows its primary, and takes nothing along', { timeout: 90_000 }, async (t) => {
  await using deployment = await ValkeyServer.startSentinel({ replicas: 1 });
  const sentinel = openSentinel(t, deployment.addresses);
  const writer = sentinel.primaryFor('main');
  const client = sentinel.primaryFor('main', { cache: { maxStaleness: 5000 } });
  await writer.mset({ a: '1', b: '2' });
  await writer.wait(1, 10_000);
  assert.deepEqual([await client.get('a'), await client.get('b')], ['1', '2']);
  assert.equal(client.cache.stats().entries, 2);

  await deployment.failover();
  await until('what was read of the old primary is given up', () => client.cache.stats().entries === 0);
  await until('the new primary is written to', async () => (await writer.set('a', 'new').catch(() => null)) === 'OK');
  await until('and read from', async () => (await client.get('a').catch(() => null)) === 'new');
  await client.get('b');
  assert.deepEqual([client.cache.peek.get('a'), client.cache.peek.get('b')], ['new', '2']);
  await writer.set('a', 'newer');
  await until('it tells of changes', () => client.cache.peek.get('a') === undefined);
  assert.equal(await client.get('a'), 'newer');
});
