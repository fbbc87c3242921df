import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { ValkeyServer } from '../../../src/testing/index.ts';
import { Child } from '../client/child.ts';

const deployment = await ValkeyServer.startSentinel({ replicas: 1, sentinels: 2 });
after(() => deployment.stop());

for (const way of ['close', 'destroy'] as const) {
  test(`after ${way}() nothing keeps the process alive`, async () => {
    const child = await Child.start('../sentinel/sentinel-child.ts', { url: deployment.url, way }, 20_000);
    const { code, signal, stderr, said } = await child.end;
    assert.deepEqual({ code, signal, stderr }, { code: 0, signal: null, stderr: '' });
    assert.deepEqual(said['states'], ['closed', 'closed', 'closed']);
  });
}

test('what is called after close() keeps no process alive either', async () => {
  const child = await Child.start('../sentinel/sentinel-child.ts', { url: deployment.url, way: 'late' }, 20_000);
  const { code, signal, stderr } = await child.end;
  assert.deepEqual({ code, signal, stderr }, { code: 0, signal: null, stderr: '' });
});
