import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const TIMEOUT = 10_000;

/** Runs a command of the `openssl` program in a folder. Rejects with one sentence that says what to install when there is none. */
export async function openssl(folder: string, command: string, args: readonly string[]): Promise<void> {
  try {
    await run('openssl', [command, ...args], { cwd: folder, timeout: TIMEOUT });
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    const reason = isMissing
      ? 'valkey-ts testing needs the openssl command for TLS servers: install the package openssl.'
      : `openssl ${command} failed while making certificates for a TLS server.`;
    throw new Error(reason, { cause: error });
  }
}
