/** What npm would publish, as publint and attw see it: `npm run check:package`, after a build. The tarball goes to a temporary folder. */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const shell = process.platform === 'win32';
const folder = await mkdtemp(join(tmpdir(), 'valkey-ts-pack-'));
try {
  await run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], { shell });
  const [name] = await readdir(folder);
  const tarball = join(folder, name!);
  await Promise.all([
    check('publint', ['run', tarball, '--strict']),
    check('attw', [tarball, '--profile', 'esm-only', '--no-color', '--no-emoji']),
  ]);
} finally {
  await rm(folder, { recursive: true });
}

async function check(tool: string, args: readonly string[]): Promise<void> {
  try {
    await run(tool, args, { shell });
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    console.error(`${tool}\n${stdout}${stderr}`);
    process.exitCode = 1;
  }
}
