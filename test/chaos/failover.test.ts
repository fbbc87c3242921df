import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failoverUnderLoad } from './failover.ts';
import { chaosSeed } from './random.ts';

for (const [protocol, redirect] of [
  [3, true],
  [3, false],
  [2, false],
] as const) {
  const how = redirect ? 'that say where to go' : 'behind a name that changes hands late';
  test(`failovers between servers ${how}, RESP${protocol}`, { timeout: 60_000 }, async (t) => {
    const seed = chaosSeed();
    const report = await failoverUnderLoad({ failovers: 2, writesPerSecond: 500, seed, protocol, redirect });
    t.diagnostic(`CHAOS_SEED=${seed}: ${JSON.stringify(report)}`);
    assert.deepEqual(report.wrong, [], `run again with CHAOS_SEED=${seed}`);
    assert.ok(report.acknowledged > 100 && report.popped > 0);
  });
}
