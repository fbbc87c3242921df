import { execFile } from 'node:child_process';
import { access, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import type { Program } from './workloads.ts';

const run = promisify(execFile);

/** A client in the race. Its adapter is `adapters/<id>.mjs`. */
export interface Client {
  readonly id: string;
  /** The package whose version is reported; the floor has none. */
  readonly package?: string;
  readonly runtime: 'node' | 'bun';
  /** Programs it takes part in unless it is asked for by name. */
  readonly programs: readonly Program[];
}

/** A client that is installed and can run. */
export interface Entrant extends Client {
  readonly version: string;
  readonly executable: string;
}

export const OURS = 'valkey-ts';
export const OURS_TLS = 'valkey-ts-tls';
export const FLOOR = 'floor';

const subscriber: readonly Program[] = ['throughput', 'pubsub', 'startup', 'in-flight'];
const rival = { runtime: 'node', programs: ['throughput', 'startup', 'in-flight'] } as const;

export const clients: readonly Client[] = [
  { ...rival, id: OURS, package: OURS, programs: [...subscriber, 'retain'] },
  { ...rival, id: 'ioredis', package: 'ioredis', programs: subscriber },
  { ...rival, id: 'ioredis-autopipelining', package: 'ioredis' },
  { ...rival, id: 'iovalkey-autopipelining', package: 'iovalkey', programs: subscriber },
  { ...rival, id: 'node-redis', package: 'redis', programs: subscriber },
  { ...rival, id: 'valkey-glide', package: '@valkey/valkey-glide' },
  { ...rival, id: 'bun', runtime: 'bun', programs: subscriber },
  // Compared with ours, when it is asked for by name.
  { ...rival, id: OURS_TLS, package: OURS, programs: [] },
  { ...rival, id: FLOOR, programs: ['throughput', 'startup'] },
];

/**
 * Finds what is needed to run `client`.
 *
 * Rejects with an error that says what to do when it cannot run here.
 */
export async function enter(client: Client): Promise<Entrant> {
  if (client.runtime === 'bun') return { ...client, ...(await bun()) };
  if (client.package === OURS) await built();
  const version = client.package === undefined ? process.version : await packageVersion(client.package);
  return { ...client, version, executable: process.execPath };
}

async function built(): Promise<void> {
  try {
    await access(new URL('../dist/index.js', import.meta.url));
  } catch {
    throw new Error('not built: run `npm run build` in the project root');
  }
}

async function packageVersion(name: string): Promise<string> {
  const folder = name === OURS ? '..' : `node_modules/${name}`;
  const manifest = await readFile(new URL(`${folder}/package.json`, import.meta.url), 'utf8');
  return JSON.parse(manifest).version;
}

/**
 * The `bun` package downloads nothing itself: its binary is in one of the `@oven/bun-*` packages, which are optional
 * dependencies here, so only the one for this platform is installed.
 */
async function bun(): Promise<{ executable: string; version: string }> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const arch = process.arch === 'arm64' ? 'aarch64' : process.arch;
  const file = process.platform === 'win32' ? 'bun.exe' : 'bun';
  try {
    const executable = createRequire(import.meta.url).resolve(`@oven/bun-${platform}-${arch}/bin/${file}`);
    const { stdout } = await run(executable, ['--version']);
    return { executable, version: stdout.trim() };
  } catch {
    throw new Error(`no Bun binary that runs on ${platform}-${arch}`);
  }
}
