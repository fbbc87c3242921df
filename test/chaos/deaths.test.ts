import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serverDeaths } from './deaths.ts';
import { chaosSeed } from './random.ts';

test('a process survives the deaths of its server, and has nothing to complain of', { timeout: 180_000 }, async (t) => {
  const seed = chaosSeed();
  const report = await serverDeaths({ deaths: 10, seed });
  t.diagnostic(`CHAOS_SEED=${seed}: ${JSON.stringify(report)}`);
  assert.deepEqual(report.wrong, [], `run again with CHAOS_SEED=${seed}`);
  assert.ok(report.made > 100);
});
