import assert from 'node:assert/strict';
import { test } from 'node:test';
import { leasesUnderFire } from './leases.ts';
import { chaosSeed, Random } from './random.ts';
import { trouble } from './trouble.ts';

for (const protocol of [3, 2] as const) {
  test(`a short time of trouble of all kinds, RESP${protocol}`, { timeout: 90_000 }, async (t) => {
    const seed = chaosSeed();
    const { wrong, ...numbers } = await trouble({ milliseconds: 4000, random: new Random(seed), protocol });
    t.diagnostic(`CHAOS_SEED=${seed}: ${JSON.stringify(numbers)}`);
    assert.deepEqual(wrong, [], `run again with CHAOS_SEED=${seed}`);
    assert.ok(numbers.acknowledged > 10 && numbers.leases > 0, 'some of it went well');
    assert.ok(Object.keys(numbers.faults).length > 5, 'and there was trouble');
  });
}

test('as many leases come back as were given, under faults', { timeout: 90_000 }, async (t) => {
  const seed = chaosSeed();
  const { wrong, ...numbers } = await leasesUnderFire({ leases: 3000, random: new Random(seed) });
  t.diagnostic(`CHAOS_SEED=${seed}: ${JSON.stringify(numbers)}`);
  assert.deepEqual(wrong, [], `run again with CHAOS_SEED=${seed}`);
  assert.ok(numbers.leased > 100, 'many were given');
});
