import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';

import { fillOnce, serversFolder } from '../../../src/testing/cache-folder.ts';
import type { CacheEntry } from '../../../src/testing/cache-folder.ts';
import { provision } from '../../../src/testing/provision.ts';
import { defaultServerVersion, isOfLine, parseServerIdentity } from '../../../src/testing/server-version.ts';

const DEAD_PID = 2 ** 22 + 1;

describe('server version', () => {
  it('reads what Valkey and Redis say about themselves', () => {
    const valkey = 'Valkey server v=9.1.2 sha=00000000:0 malloc=jemalloc-5.3.1 bits=64 build=1';
    assert.deepEqual(parseServerIdentity(valkey), { product: 'valkey', version: '9.1.2' });
    assert.deepEqual(parseServerIdentity('Redis server v=7.0.15 sha=0'), { product: 'redis', version: '7.0.15' });
    assert.equal(parseServerIdentity('v20.19.0'), undefined);
  });

  it('belongs to a line by product and first two numbers', () => {
    assert.equal(isOfLine({ product: 'valkey', version: '9.1.2' }, '9.1'), true);
    assert.equal(isOfLine({ product: 'valkey', version: '9.10.0' }, '9.1'), false);
    assert.equal(isOfLine({ product: 'redis', version: '8.0.6' }, '8.0'), false);
    assert.equal(isOfLine({ product: 'redis', version: '7.0.15' }, 'redis-7.0'), true);
  });

  it('defaults to VALKEY_VERSION, which must be a known line', () => {
    assert.equal(defaultServerVersion({}), '9.1');
    assert.equal(defaultServerVersion({ VALKEY_VERSION: '' }), '9.1');
    assert.equal(defaultServerVersion({ VALKEY_VERSION: 'redis-7.0' }), 'redis-7.0');
    assert.throws(() => defaultServerVersion({ VALKEY_VERSION: '3.2' }), /^Error: VALKEY_VERSION is "3\.2", but must/);
  });
});

describe('provision', () => {
  const kept = process.env['VALKEY_SERVER'];

  afterEach(() => {
    if (kept === undefined) delete process.env['VALKEY_SERVER'];
    else process.env['VALKEY_SERVER'] = kept;
  });

  it('rejects in one sentence when VALKEY_SERVER is no server', async () => {
    process.env['VALKEY_SERVER'] = process.execPath;
    await assert.rejects(provision(), /^Error: VALKEY_SERVER is ".*", which is not a server that runs here\.$/);
  });

  it('asks again after a failure', async () => {
    process.env['VALKEY_SERVER'] = process.execPath;
    const first = provision();
    await assert.rejects(first);
    const second = provision();
    assert.notEqual(second, first);
    await assert.rejects(second);
  });
});

describe('cache folder', () => {
  let root = '';
  let folder = '';
  let fills = 0;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'valkey-ts-cache-test-'));
    folder = join(root, 'server');
    fills = 0;
  });

  afterEach(() => rm(root, { recursive: true, force: true }));

  function entry(content = 'whole'): CacheEntry {
    return {
      folder,
      isComplete: async () => (await readFile(join(folder, 'content'), 'utf8').catch(() => '')) !== '',
      fill: async (temporary) => {
        fills++;
        await writeFile(join(temporary, 'content'), content);
      },
    };
  }

  it('is the cache folder of the user', () => {
    assert.equal(serversFolder({ XDG_CACHE_HOME: '/cache' }), '/cache/valkey-ts/servers');
    assert.match(serversFolder({}), /\.cache\/valkey-ts\/servers$/);
  });

  it('is filled once for everybody who asks', async () => {
    await Promise.all([fillOnce(entry()), fillOnce(entry()), fillOnce(entry())]);
    assert.equal(fills, 1);
    assert.deepEqual(await readdir(root), ['server']);
  });

  it('is left as it was when filling fails, and the next attempt works', async () => {
    const failing: CacheEntry = {
      ...entry(),
      fill: async (temporary) => {
        await writeFile(join(temporary, 'half'), 'x');
        throw new Error('aborted');
      },
    };
    await assert.rejects(fillOnce(failing), /aborted/);
    assert.deepEqual(await readdir(root), []);
    await fillOnce(entry());
    assert.equal(await readFile(join(folder, 'content'), 'utf8'), 'whole');
  });

  it('replaces a copy that is not usable', async () => {
    await mkdir(folder);
    await writeFile(join(folder, 'broken'), 'x');
    await fillOnce(entry());
    assert.deepEqual(await readdir(folder), ['content']);
    assert.deepEqual(await readdir(root), ['server']);
  });

  it('removes what a killed process left behind', async () => {
    const owner = `${DEAD_PID}.${hostname()}`;
    await mkdir(join(root, `.server.${owner}.00ff`));
    await writeFile(join(root, '.server.lock'), `${owner}\n`);
    await fillOnce(entry());
    assert.deepEqual(await readdir(root), ['server']);
  });

  it('judges another machine by age alone', async () => {
    const lock = join(root, '.server.lock');
    const temporary = `.server.${DEAD_PID}.elsewhere.00ff`;
    await mkdir(join(root, temporary));
    await writeFile(lock, `${DEAD_PID}.elsewhere\n`);
    const elevenMinutesAgo = new Date(Date.now() - 11 * 60_000);
    await utimes(lock, elevenMinutesAgo, elevenMinutesAgo);
    await fillOnce(entry());
    assert.deepEqual((await readdir(root)).toSorted(), [temporary, 'server']);
  });
});
