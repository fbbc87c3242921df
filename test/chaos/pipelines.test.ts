import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pipelinesUnderFire } from './pipelines.ts';
import { chaosSeed } from './random.ts';

const ROUNDS = 4000;

for (const protocol of [3, 2] as const) {
  test(`pipelines and transactions under fire, RESP${protocol}`, { timeout: 90_000 }, async (t) => {
    const seed = chaosSeed();
    const report = await pipelinesUnderFire({ rounds: ROUNDS, seed, protocol });
    const { acknowledged, unsure, unsent, wrong } = report;
    t.diagnostic(`CHAOS_SEED=${seed}: ${JSON.stringify(report)}`);
    assert.deepEqual(wrong, [], `run again with CHAOS_SEED=${seed}`);
    assert.ok(acknowledged >= ROUNDS / 2, 'many were acknowledged');
    assert.ok(unsure > 50 && unsent > 0, 'and there was trouble');
  });
}
