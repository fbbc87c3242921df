import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir, hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A fetch is bounded well below this, so anything older was left behind by a process that died. */
const ABANDONED_AFTER = 10 * 60_000;
const EMPTY_LOCK_ABANDONED_AFTER = 5_000;
const POLL_INTERVAL = 100;

/** Returns the folder of the cached servers: `valkey-ts/servers` in the user's cache folder. */
export function serversFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const cache = environment['XDG_CACHE_HOME'];
  const root = cache === undefined || cache === '' ? join(homedir(), '.cache') : cache;
  return join(root, 'valkey-ts', 'servers');
}

/** How a cached folder is made and recognised. */
export interface CacheEntry {
  readonly folder: string;
  /** Tells whether the folder is there and usable. */
  readonly isComplete: () => Promise<boolean>;
  /** Writes the content into a temporary folder, which takes the place of `folder` when this resolves. */
  readonly fill: (temporary: string) => Promise<void>;
}

/**
 * Makes a folder appear complete or not at all, however many processes ask at once.
 *
 * One process fills while the others wait for it; should the lock be lost or broken, two fill and the first rename wins.
 * What an aborted earlier attempt left behind is removed, and a folder that is not usable is replaced.
 */
export async function fillOnce(entry: CacheEntry): Promise<void> {
  const { folder } = entry;
  await mkdir(dirname(folder), { recursive: true });
  await removeAbandoned(folder);
  const unlock = await lock(entry);
  if (unlock === undefined) return;
  const temporary = temporaryName(folder);
  try {
    await mkdir(temporary);
    await entry.fill(temporary);
    await moveIntoPlace(temporary, entry);
  } finally {
    await rm(temporary, { recursive: true, force: true });
    await unlock();
  }
}

function temporaryName(folder: string): string {
  return join(dirname(folder), `.${basename(folder)}.${ownName()}.${randomBytes(6).toString('hex')}`);
}

async function moveIntoPlace(temporary: string, entry: CacheEntry): Promise<void> {
  try {
    await rename(temporary, entry.folder);
  } catch (error) {
    // A rename onto a folder that is not empty fails: another process was first, or an unusable copy is in the way.
    if (!hasCode(error, 'ENOTEMPTY') && !hasCode(error, 'EEXIST')) throw error;
    if (await entry.isComplete()) return;
    const aside = temporaryName(entry.folder);
    await rename(entry.folder, aside);
    await rename(temporary, entry.folder);
    await rm(aside, { recursive: true, force: true });
  }
}

/** Resolves to a function that unlocks, or to `undefined` when another process completed the folder meanwhile. */
async function lock(entry: CacheEntry): Promise<(() => Promise<void>) | undefined> {
  const file = join(dirname(entry.folder), `.${basename(entry.folder)}.lock`);
  for (;;) {
    if (await create(file)) {
      const unlock = (): Promise<void> => rm(file, { force: true });
      if (!(await entry.isComplete())) return unlock;
      await unlock();
      return undefined;
    }
    if (await isStale(file)) await rm(file, { force: true });
    else await sleep(POLL_INTERVAL);
  }
}

/** Creates the lock file with this process's id in it; resolves to `false` when it exists. */
async function create(file: string): Promise<boolean> {
  try {
    await writeFile(file, `${ownName()}\n`, { flag: 'wx' });
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

async function isStale(file: string): Promise<boolean> {
  const age = await ageOf(file);
  if (age === undefined) return false;
  const owner = await readFile(file, 'utf8').catch(() => '');
  // An empty file belongs to a process between creating and writing it.
  return owner === '' ? age > EMPTY_LOCK_ABANDONED_AFTER : isAbandoned(owner.trim(), age);
}

/** Tells whether the maker of a lock or a temporary folder is gone, as far as can be known from here. */
function isAbandoned(owner: string, age: number): boolean {
  if (age > ABANDONED_AFTER) return true;
  const [pid, ...host] = owner.split('.');
  // A container that shares the cache folder has its own process ids, which say nothing here.
  return host.join('.') === hostname() && !isAlive(Number(pid));
}

function ownName(): string {
  return `${process.pid}.${hostname()}`;
}

/** Tells whether a process of this machine exists, whoever owns it. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return hasCode(error, 'EPERM');
  }
}

async function removeAbandoned(folder: string): Promise<void> {
  const prefix = `.${basename(folder)}.`;
  for (const name of await readdir(dirname(folder))) {
    if (!name.startsWith(prefix) || name.endsWith('.lock')) continue;
    const path = join(dirname(folder), name);
    const age = await ageOf(path);
    const owner = name.slice(prefix.length, name.lastIndexOf('.'));
    if (age !== undefined && isAbandoned(owner, age)) await rm(path, { recursive: true, force: true });
  }
}

async function ageOf(path: string): Promise<number | undefined> {
  try {
    return Date.now() - (await stat(path)).mtimeMs;
  } catch {
    return undefined;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
