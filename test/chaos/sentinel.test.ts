import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chaosSeed } from './random.ts';
import { failoversUnderLoad } from './sentinel.ts';

test('a primary is killed, stopped, cut off and failed over, while clients go on', { timeout: 120_000 }, async (t) => {
  const seed = chaosSeed();
  const report = await failoversUnderLoad({ rounds: 1, protocol: 3, resumeWithin: 5000, seed });
  t.diagnostic(`CHAOS_SEED=${seed}: ${JSON.stringify(report)}`);
  assert.deepEqual(report.wrong, [], `run again with CHAOS_SEED=${seed}`);
  assert.ok(report.gaps >= 3, 'whoever listens is told of what may be missing');
  assert.ok(report.writes > 100 && report.reads > 100);
});
