/** That a pipeline which is flushed holds little more than the replies. `scripts/soak.ts` does the same with 5,000,000 commands in 512 MB. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ValkeyServer } from '../../../src/testing/index.ts';
import { Child } from './child.ts';
import type { LongPipeline } from './long-pipeline.ts';

const COMMANDS = 200_000;
/** The commands alone would take twice of this. */
const MB = 32;

test(`${COMMANDS} commands of 100 B through one pipeline, in ${MB} MB`, { timeout: 60_000 }, async (t) => {
  await using server = await ValkeyServer.start();
  const input: LongPipeline = { port: server.port, commands: COMMANDS };
  const child = await Child.start('long-pipeline.ts', input, 50_000, [`--max-old-space-size=${MB}`]);
  const { code, signal, said, stderr } = await child.end;
  t.diagnostic(JSON.stringify(said));
  assert.deepEqual([code, signal], [0, null], stderr);
  assert.deepEqual([said['replies'], said['wrong']], [COMMANDS, 0]);
});
