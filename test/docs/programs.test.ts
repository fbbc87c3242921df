import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { ValkeyServer } from '../../src/testing/index.ts';
import { TemporaryFolder } from '../../src/testing/temporary-folder.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Runs a program of `examples/` on the sources, and gives what it said. */
async function run(program: string, env: Readonly<Record<string, string>>): Promise<string> {
  const folder = await TemporaryFolder.create('example');
  try {
    const outfile = folder.file('program.mjs');
    await build({
      entryPoints: [join(ROOT, 'examples', program)],
      outfile,
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      alias: { 'valkey-ts': join(ROOT, 'src/index.ts') },
    });
    const child = spawn(process.execPath, [outfile], {
      env: { ...process.env, ...env },
      stdio: 'pipe',
      timeout: 30_000,
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes: Buffer) => (said += bytes.toString()));
    const [code] = (await once(child, 'close')) as [number | null];
    assert.equal(code, 0, said);
    return said;
  } finally {
    await folder.remove();
  }
}

test('examples/sentinel.ts counts', async () => {
  await using deployment = await ValkeyServer.startSentinel({ replicas: 1, sentinels: 1 });
  const SENTINELS = deployment.addresses.map(({ host, port }) => `${host}:${port}`).join(',');
  const said = await run('sentinel.ts', { SENTINELS, ROUNDS: '1000' });
  assert.match(said, /main is at 127\.0\.0\.1:\d+\nconnected\n1000 counted, 0 unknown\nat the end \d+, 0 unknown/);
});

test('examples/caching.ts hits, misses, and hears of changes', async () => {
  await using server = await ValkeyServer.start();
  const said = await run('caching.ts', { URL: server.url });
  assert.match(said, /^first read, sent: \{"theme":"dark"\} \(0 hits, 1 misses, 0 invalidations\)$/m);
  assert.match(said, /^second read, kept: \{"theme":"dark"\} \(1 hits, 1 misses, 0 invalidations\)$/m);
  assert.match(said, /^peeked at, in no time: \{"theme":"dark"\} \(2 hits/m);
  assert.match(said, /^read anew: \{"theme":"light"\} \(\d+ hits, 2 misses, 1 invalidations\)$/m);
  assert.match(said, /^given up: call$/m);
  assert.match(said, /^a hundred callers, of whom waited for another: 99 /m);
});
