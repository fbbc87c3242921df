import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serverDeaths } from './deaths.ts';

test('a process survives the deaths of its server, and has nothing to complain of', { timeout: 180_000 }, async (t) => {
  const report = await serverDeaths({ deaths: 10, signals: ['SIGKILL', 'SIGTERM'] });
  t.diagnostic(JSON.stringify(report));
  assert.deepEqual(report.wrong, []);
  assert.ok(report.made > 100);
});
