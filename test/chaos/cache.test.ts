import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cacheOfCluster, cacheUnderFire } from './cache-sites.ts';
import { chaosSeed } from './random.ts';

// A quiet machine has thousands of hits in this time, one with thrice as much to do as it can a hundred.
test('nothing stale is read from a cache under fire', { timeout: 60_000 }, async (t) => {
  const seed = chaosSeed();
  const report = await cacheUnderFire({ milliseconds: 4000, seed });
  t.diagnostic(`CHAOS_SEED=${seed}: ${JSON.stringify(report)}`);
  assert.deepEqual(report.wrong, [], `run again with CHAOS_SEED=${seed}`);
  assert.ok(report.hits > 50 && report.writes > 20 && report.faults > 2, 'there was something to see');
});

test('nothing stale is read from a cache of a cluster whose slots move', { timeout: 60_000 }, async (t) => {
  const seed = chaosSeed();
  const report = await cacheOfCluster({ milliseconds: 5000, seed });
  t.diagnostic(`CHAOS_SEED=${seed}: ${JSON.stringify(report)}`);
  assert.deepEqual(report.wrong, [], `run again with CHAOS_SEED=${seed}`);
  assert.ok(report.hits > 20 && report.writes > 20 && report.moves > 0, 'there was something to see');
});
