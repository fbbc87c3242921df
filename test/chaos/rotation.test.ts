import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chaosSeed } from './random.ts';
import { rotationUnderLoad } from './rotation.ts';

/** Of each of the four. */
const MILLISECONDS = 1800;
const INTERVAL = 300;

for (const protocol of [3, 2] as const) {
  for (const overlap of [true, false]) {
    const how = overlap ? 'with both passwords valid for a while' : 'the old one going at once';
    test(`a password replaced every ${INTERVAL} ms, ${how}, RESP${protocol}`, { timeout: 60_000 }, async (t) => {
      const seed = chaosSeed();
      const report = await rotationUnderLoad({
        milliseconds: MILLISECONDS,
        interval: INTERVAL,
        seed,
        protocol,
        overlap,
      });
      t.diagnostic(`CHAOS_SEED=${seed}: ${JSON.stringify(report)}`);
      assert.deepEqual(report.wrong, [], `run again with CHAOS_SEED=${seed}`);
      assert.ok(report.rotations >= 2 && report.renewals > 0, 'passwords were put to use');
      assert.ok(report.dials > 10, 'connections were lost and made');
      for (const what of ['answered', 'popped', 'committed', 'messages'] as const) assert.ok(report[what] > 0, what);
    });
  }
}
