import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crossedReplies } from './crossed-replies.ts';
import { chaosSeed } from './random.ts';

const CALLS = 50_000;

for (const protocol of [3, 2] as const) {
  test(`no reply reaches a wrong caller, ${CALLS} calls, RESP${protocol}`, { timeout: 60_000 }, async (t) => {
    const seed = chaosSeed();
    const report = await crossedReplies({ calls: CALLS, seed, protocol });
    const { answered, timedOut, aborted, lost, crossed } = report;
    t.diagnostic(`CHAOS_SEED=${seed}: ${JSON.stringify(report)}`);
    assert.deepEqual(crossed, [], `run again with CHAOS_SEED=${seed}`);
    assert.equal(answered + timedOut + aborted + lost, CALLS);
    assert.ok(answered >= CALLS / 10, 'many were answered');
    assert.ok(timedOut > 100 && aborted > 100 && lost > 0, 'and there was trouble');
  });
}
