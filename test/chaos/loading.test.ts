import assert from 'node:assert/strict';
import { test } from 'node:test';
import { slowLoading } from './loading.ts';
import { chaosSeed } from './random.ts';

test('writes wait for a server that is long in loading its data', { timeout: 60_000 }, async (t) => {
  const seed = chaosSeed();
  const report = await slowLoading({ restarts: 1, seed, protocol: seed % 2 === 0 ? 3 : 2 });
  t.diagnostic(`CHAOS_SEED=${seed}: ${JSON.stringify(report)}`);
  assert.deepEqual(report.wrong, [], `run again with CHAOS_SEED=${seed}`);
  assert.ok(report.acknowledged > 50 && report.retries > 10, 'it wrote, and was made to wait');
});
