import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reconnectStorm } from './storm.ts';

test('the clients of a server that restarts come back one by one', { timeout: 60_000 }, async (t) => {
  const report = await reconnectStorm({ clients: 200, downtime: 0, strict: false });
  t.diagnostic(JSON.stringify(report));
  assert.deepEqual(report.wrong, []);
});
