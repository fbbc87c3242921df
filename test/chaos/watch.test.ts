import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Valkey } from '../../src/index.ts';
import { ValkeyServer } from '../../src/testing/index.ts';
import { outcome } from './scenarios.ts';
import { Watch } from './watch.ts';

test('a watch sees what has not ended, and that it has', async () => {
  await using server = await ValkeyServer.start();
  await using client = new Valkey({ port: server.port, retry: { retries: 0 } });
  const watch = new Watch(100);
  await client.connect();
  assert.deepEqual(await watch.check(), []);
  server.pause();
  const reply = client.get('key');
  const lease = client.session();
  const wrong = await watch.check();
  assert.match(wrong.join(), /of kind command, \d+ were begun, .*under way/);
  server.resume();
  await reply;
  await (await lease).close();
  assert.deepEqual(await watch.check(), []);
  const { numbers, wrong: left } = watch.finish();
  assert.deepEqual(left, []);
  assert.ok(numbers['commands']! >= 1 && numbers['leases']! >= 1 && numbers['dials']! >= 1, JSON.stringify(numbers));
});

test('a watch sees a heap that grows', async () => {
  const watch = new Watch();
  for (let round = 0; round < 6; round++) await watch.check();
  const kept = new Array<number>(4_000_000).fill(0.5);
  await watch.check();
  assert.deepEqual(watch.finish().wrong, ['the heap grows']);
  assert.equal(kept.at(-1), 0.5);
});

test('a run that achieved nothing, or disturbed nothing, is wrong', () => {
  assert.equal(outcome({ wrong: [] }, 0, 1).wrong.length, 1);
  assert.equal(outcome({ wrong: [] }, 1, 0).wrong.length, 1);
  assert.deepEqual(outcome({ wrong: [] }, 1, 1).wrong, []);
});
