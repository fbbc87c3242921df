import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { fillOnce, serversFolder } from './cache-folder.ts';
import { canFetchDebianPackages, fetchDebianPackages } from './debian-package.ts';

/** A module that Debian packages, by the name of its file. */
export type ModuleName = 'redisearch';

/** Where Debian's packages put the modules. */
const MODULES = join('usr', 'lib', 'redis', 'modules');

const found = new Map<ModuleName, Promise<string>>();

/**
 * Finds a server module, fetching it where the system allows it, and resolves to the path of its file, for `--loadmodule`.
 *
 * Looks where Debian's package puts it, then in the user's cache folder, and then fetches the package into that folder, as
 * is done for servers. `redisearch` is RediSearch 1.2, which runs on servers up to Valkey 8.0: newer ones load it, and crash
 * when it makes an index. Rejects with one sentence that says what to install.
 */
export function provisionModule(name: ModuleName): Promise<string> {
  let path = found.get(name);
  if (path === undefined) {
    path = find(name);
    found.set(name, path);
    // A failure is not kept: the user may install the module and try again from the same process.
    path.catch(() => found.delete(name));
  }
  return path;
}

async function find(name: ModuleName): Promise<string> {
  const file = join(MODULES, `${name}.so`);
  const installed = join('/', file);
  if (existsSync(installed)) return installed;
  const folder = join(serversFolder(), `${name}-${process.arch}`);
  const cached = join(folder, file);
  if (existsSync(cached)) return cached;
  let cause: unknown;
  if (canFetchDebianPackages()) {
    try {
      const isComplete = (): Promise<boolean> => Promise.resolve(existsSync(cached));
      await fillOnce({ folder, isComplete, fill: (temporary) => fetchDebianPackages(name, temporary) });
      if (existsSync(cached)) return cached;
      cause = new Error(`The package has no ${file}.`);
    } catch (error) {
      cause = error;
    }
  }
  const message = `valkey-ts testing needs the server module ${name}: install Debian's package redis-${name}.`;
  throw new Error(message, cause === undefined ? undefined : { cause });
}
