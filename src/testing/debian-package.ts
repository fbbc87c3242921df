import { execFile } from 'node:child_process';
import { setMaxListeners } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import type { ServerVersion } from './server-version.ts';

const run = promisify(execFile);

/** Bounds everything together; three seconds are usual. */
const FETCH_TIMEOUT = 180_000;

/** The libraries a server of Debian 13 and later needs, so that it runs on any older or other distribution. */
const LIBRARIES = [
  'libc6',
  'libssl3t64',
  'libjemalloc2',
  'liblzf1',
  'libsystemd0',
  'libatomic1',
  'libgcc-s1',
  'libstdc++6',
  'libzstd1',
  'libcap2',
  'zlib1g',
] as const;

/** The same of Debian 12, where libsystemd0 still links the compressors and libgcrypt. */
const BOOKWORM_LIBRARIES = [
  ...LIBRARIES.map((name) => (name === 'libssl3t64' ? 'libssl3' : name)),
  'libgcrypt20',
  'libgpg-error0',
  'liblz4-1',
  'liblzma5',
] as const;

const VALKEY = ['valkey-server', 'valkey-tools', 'valkey-sentinel'] as const;
const REDIS = ['redis-server', 'redis-tools', 'redis-sentinel'] as const;

interface Release {
  readonly suites: readonly string[];
  readonly packages: readonly string[];
}

/** What can be fetched: a line of servers, with what they need, or a module for them. */
export type DebianRelease = ServerVersion | 'redisearch';

const RELEASES: Readonly<Record<DebianRelease, Release>> = {
  '9.1': { suites: ['sid'], packages: [...VALKEY, ...LIBRARIES] },
  '8.1': { suites: ['trixie'], packages: [...VALKEY, ...LIBRARIES] },
  '8.0': { suites: ['bookworm', 'bookworm-backports'], packages: [...VALKEY, ...BOOKWORM_LIBRARIES] },
  'redis-7.0': { suites: ['bookworm'], packages: [...REDIS, ...BOOKWORM_LIBRARIES] },
  redisearch: { suites: ['bookworm'], packages: ['redis-redisearch'] },
};

/** Where Debian keeps the libraries and the dynamic loader of one processor architecture. */
interface Architecture {
  readonly folder: string;
  readonly loader: string;
}

const ARCHITECTURES: Readonly<Record<string, Architecture>> = {
  x64: { folder: 'x86_64-linux-gnu', loader: 'ld-linux-x86-64.so.2' },
  arm64: { folder: 'aarch64-linux-gnu', loader: 'ld-linux-aarch64.so.1' },
};

/** Tells whether this machine can fetch and run Debian's packages; root is not needed. */
export function canFetchDebianPackages(): boolean {
  if (process.platform !== 'linux' || ARCHITECTURES[process.arch] === undefined) return false;
  const folders = (process.env['PATH'] ?? '').split(':');
  return ['apt-get', 'apt-config', 'dpkg-deb'].every((tool) =>
    folders.some((folder) => existsSync(join(folder, tool))),
  );
}

/**
 * Downloads the packages of a release and unpacks them into `folder`.
 *
 * Uses apt with a state of its own: the system's package lists, caches and installed packages stay as they are.
 * apt checks the signatures of what it fetches. Rejects when no configured mirror carries the packages; bounded in time.
 */
export async function fetchDebianPackages(name: DebianRelease, folder: string): Promise<void> {
  const apt = join(folder, 'apt');
  const signal = AbortSignal.timeout(FETCH_TIMEOUT);
  // Each package unpacked at the same time listens to it.
  setMaxListeners(0, signal);
  let failure: unknown = new Error('No Debian mirror is configured.');
  for (const mirror of await findMirrors(signal)) {
    try {
      await download(RELEASES[name], mirror, apt, signal);
      await unpack(join(apt, 'archives'), folder, signal);
      await rm(apt, { recursive: true, force: true });
      return;
    } catch (error) {
      failure = withoutAddress(error, mirror);
    }
  }
  throw failure;
}

/**
 * Returns the words to put before a binary of an unpacked folder: its own dynamic loader and library path, because
 * the packages may need a newer C library than the system has.
 */
export function loaderArguments(folder: string): string[] {
  const architecture = ARCHITECTURES[process.arch];
  if (architecture === undefined) return [];
  const libraries = ['lib', 'usr/lib'].map((path) => join(folder, path, architecture.folder));
  const loader = libraries.map((path) => join(path, architecture.loader)).find((path) => existsSync(path));
  return loader === undefined ? [] : [loader, '--library-path', libraries.join(':')];
}

/** The Debian mirrors the system is configured to use. Third-party archives have other release or component names. */
async function findMirrors(signal: AbortSignal): Promise<string[]> {
  const format = '$(REPO_URI) $(RELEASE) $(COMPONENT)';
  const { stdout } = await run('apt-get', ['indextargets', '--no-release-info', '--format', format], { signal });
  const mirrors = new Set<string>();
  for (const line of stdout.split('\n')) {
    const [address, release, component] = line.split(' ');
    const isDebian = /^(bullseye|bookworm|trixie|forky|sid|(old)*stable|testing|unstable)$/.test(release ?? '');
    if (address !== undefined && isDebian && component === 'main') mirrors.add(address);
  }
  return [...mirrors];
}

async function download(release: Release, mirror: string, apt: string, signal: AbortSignal): Promise<void> {
  const archives = join(apt, 'archives');
  await rm(apt, { recursive: true, force: true });
  await Promise.all(['lists/partial', 'cache', 'archives'].map((path) => mkdir(join(apt, path), { recursive: true })));
  await writeFile(join(apt, 'apt.conf'), await configuration(apt, signal), { mode: 0o600 });
  const options = { cwd: archives, signal, env: { ...process.env, APT_CONFIG: join(apt, 'apt.conf'), LC_ALL: 'C' } };
  await writeFile(join(apt, 'sources.list'), sources(release.suites, mirror, signature()));
  try {
    await run('apt-get', ['-qq', 'update'], options);
  } catch (error) {
    if (!(await isTrustedUnsigned(mirror))) throw error;
    await writeFile(join(apt, 'sources.list'), sources(release.suites, mirror, '[trusted=yes] '));
    await run('apt-get', ['-qq', 'update'], options);
  }
  await run('apt-get', ['-qq', 'download', ...release.packages], options);
}

async function unpack(archives: string, folder: string, signal: AbortSignal): Promise<void> {
  const names = (await readdir(archives)).filter((name) => name.endsWith('.deb'));
  await Promise.all(names.map((name) => run('dpkg-deb', ['-x', join(archives, name), folder], { signal })));
}

/** apt names the mirror in its messages, and an address may hold a password. */
function withoutAddress(error: unknown, mirror: string): Error {
  const message = error instanceof Error ? error.message : String(error);
  const host = /:\/\/(?:[^/@]*@)?([^/:]+)/.exec(mirror)?.[1] ?? mirror;
  return new Error(message.replaceAll(mirror, 'MIRROR/').replaceAll(host, 'MIRROR'));
}

function sources(suites: readonly string[], mirror: string, options: string): string {
  return suites.map((suite) => `deb ${options}${mirror} ${suite} main\n`).join('');
}

/** Debian's own keyring knows the keys of every suite; without the file apt uses the keys the system trusts. */
function signature(): string {
  const keyring = ['gpg', 'pgp']
    .map((ending) => `/usr/share/keyrings/debian-archive-keyring.${ending}`)
    .find((path) => existsSync(path));
  return keyring === undefined ? '' : `[signed-by=${keyring}] `;
}

/** Tells whether the system itself uses this mirror without signatures, which is then its owner's decision. */
async function isTrustedUnsigned(mirror: string): Promise<boolean> {
  const folder = '/etc/apt/sources.list.d';
  const names = existsSync(folder) ? await readdir(folder) : [];
  const files = names.filter((name) => /\.(list|sources)$/.test(name)).map((name) => join(folder, name));
  for (const file of ['/etc/apt/sources.list', ...files]) {
    const text = existsSync(file) ? await readFile(file, 'utf8') : '';
    if (text.includes(mirror.replace(/\/$/, '')) && /^[^#]*\btrusted\s*[=:]\s*yes\b/im.test(text)) return true;
  }
  return false;
}

/**
 * The system's transport settings (proxies, certificates) and nothing else of its configuration: its hooks would run
 * after our update, and those of container images delete the system's package cache.
 */
async function configuration(apt: string, signal: AbortSignal): Promise<string> {
  const { stdout } = await run('apt-config', ['dump'], { signal });
  const kept = stdout
    .split('\n')
    .filter((line) => line.startsWith('Acquire::') && !/^Acquire::(IndexTargets|Languages)\b/.test(line));
  return `${kept.join('\n')}
Dir::Etc::main "/dev/null";
Dir::Etc::parts "/dev/null";
Dir::Etc::sourcelist "${apt}/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Dir::State "${apt}";
Dir::State::lists "${apt}/lists";
Dir::State::status "/dev/null";
Dir::Cache "${apt}/cache";
Debug::NoLocking "1";
APT::Sandbox::User "";
APT::Update::Error-Mode "any";
Acquire::Languages "none";
Acquire::Retries "2";
Acquire::http::Timeout "20";
Acquire::https::Timeout "20";
`;
}
