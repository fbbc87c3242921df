import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { basename, delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';

import { fillOnce, serversFolder } from './cache-folder.ts';
import { canFetchDebianPackages, fetchDebianPackages, loaderArguments } from './debian-package.ts';
import { defaultServerVersion, isOfLine, nameOfLine, parseServerIdentity, productOf } from './server-version.ts';
import type { ServerIdentity, ServerVersion } from './server-version.ts';

const run = promisify(execFile);
const PROBE_TIMEOUT = 10_000;

/** A server binary of this machine that was seen to run. */
export interface ServerBinary extends ServerIdentity {
  /** The path of the server binary. */
  readonly server: string;
  /** The words to put before the path, such as a dynamic loader and its options; often empty. */
  readonly args: readonly string[];
}

/** A program and its first arguments, ready to be spawned. */
export interface Invocation {
  readonly command: string;
  readonly args: readonly string[];
}

const found = new Map<string, Promise<ServerBinary>>();

/**
 * Finds a server binary, fetching one where the system allows it.
 *
 * Looks at `VALKEY_SERVER` (a path; used whatever its version when the caller names none), then on `PATH`, then in the
 * user's cache folder, and then fetches Debian's packages into that folder, without root and without touching the system.
 * Without `version` the line is `VALKEY_VERSION` or `9.1`. Rejects with one sentence that says what to install or to set.
 */
export function provision(version?: ServerVersion): Promise<ServerBinary> {
  const key = version ?? 'default';
  let binary = found.get(key);
  if (binary === undefined) {
    binary = find(version);
    found.set(key, binary);
    // A failure is not kept: the user may install a server and try again from the same process.
    binary.catch(() => found.delete(key));
  }
  return binary;
}

/** Returns how to spawn the server itself. */
export function serverInvocation(binary: ServerBinary): Invocation {
  return invocation(binary, binary.server);
}

/**
 * Returns how to spawn a tool that was installed beside the server, or `undefined` when it was not.
 * For example `toolInvocation(binary, 'cli')`.
 */
export function toolInvocation(
  binary: ServerBinary,
  tool: 'cli' | 'benchmark' | 'sentinel' | 'check-rdb' | 'check-aof',
): Invocation | undefined {
  const path = join(dirname(binary.server), `${binary.product}-${tool}`);
  return existsSync(path) ? invocation(binary, path) : undefined;
}

function invocation(binary: ServerBinary, path: string): Invocation {
  const [command = path, ...args] = [...binary.args, path];
  return { command, args };
}

async function find(version: ServerVersion | undefined): Promise<ServerBinary> {
  const wanted = version ?? defaultServerVersion();
  const named = await probeNamed();
  if (named !== undefined && (version === undefined || isOfLine(named, wanted))) return named;
  const installed = await probe(onPath(`${productOf(wanted)}-server`));
  if (installed !== undefined && isOfLine(installed, wanted)) return installed;
  const folder = join(serversFolder(), cacheName(wanted));
  const cached = await probeUnpacked(folder, wanted);
  if (cached !== undefined && isOfLine(cached, wanted)) return cached;
  let cause: unknown;
  if (canFetchDebianPackages()) {
    try {
      return await fetchServer(wanted, folder);
    } catch (error) {
      cause = error;
    }
  }
  // Who names no version anywhere wants a server, and any one that is installed is better than none.
  const isAnyWelcome = version === undefined && (process.env['VALKEY_VERSION'] ?? '') === '';
  if (installed !== undefined && isAnyWelcome) return installed;
  throw new Error(missing(isAnyWelcome ? undefined : wanted), cause === undefined ? undefined : { cause });
}

async function probeNamed(): Promise<ServerBinary | undefined> {
  const path = process.env['VALKEY_SERVER'];
  if (path === undefined || path === '') return undefined;
  const binary = await probe(path);
  if (binary === undefined) throw new Error(`VALKEY_SERVER is "${path}", which is not a server that runs here.`);
  return binary;
}

/** The name of a cached server: its line and the architecture it was built for. */
function cacheName(version: ServerVersion): string {
  return `${version.startsWith('redis') ? version : `valkey-${version}`}-${process.arch}`;
}

async function fetchServer(version: ServerVersion, folder: string): Promise<ServerBinary> {
  let binary: ServerBinary | undefined;
  const isComplete = async (): Promise<boolean> => {
    binary = await probeUnpacked(folder, version);
    return binary !== undefined && isOfLine(binary, version);
  };
  const fill = async (temporary: string): Promise<void> => {
    await fetchDebianPackages(version, temporary);
    const fetched = await probeUnpacked(temporary, version);
    if (fetched === undefined) throw new Error('The fetched server does not run here.');
    if (!isOfLine(fetched, version)) throw new Error(`The mirror now carries ${fetched.product} ${fetched.version}.`);
  };
  await fillOnce({ folder, isComplete, fill });
  if ((await isComplete()) && binary !== undefined) return binary;
  throw new Error('The cached server does not run here.');
}

function probeUnpacked(folder: string, version: ServerVersion): Promise<ServerBinary | undefined> {
  const path = join(folder, 'usr', 'bin', `${productOf(version)}-server`);
  return existsSync(path) ? probe(path, loaderArguments(folder)) : Promise.resolve(undefined);
}

/** Runs a binary with `--version`; `undefined` when it does not run or is no server. */
async function probe(path: string | undefined, args: readonly string[] = []): Promise<ServerBinary | undefined> {
  if (path === undefined) return undefined;
  const [command = path, ...rest] = [...args, path, '--version'];
  try {
    const { stdout } = await run(command, rest, { timeout: PROBE_TIMEOUT });
    const identity = parseServerIdentity(stdout);
    return identity === undefined ? undefined : { server: path, args, ...identity };
  } catch {
    return undefined;
  }
}

function onPath(name: string): string | undefined {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find((path) => existsSync(path) && basename(path) === name);
}

function missing(version: ServerVersion | undefined): string {
  const product = version === undefined ? 'valkey' : productOf(version);
  const name = version === undefined ? 'Valkey' : nameOfLine(version);
  const install = process.platform === 'darwin' ? `brew install ${product}` : `the package ${product}-server`;
  return `valkey-ts testing needs a ${name} server: install one (${install}) or set VALKEY_SERVER to its path.`;
}
