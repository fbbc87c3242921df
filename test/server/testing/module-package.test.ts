import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';

import { provisionModule } from '../../../src/testing/module-package.ts';

describe('provisionModule', () => {
  it('gives the same file to all who ask', async () => {
    const [one, other] = await Promise.all([provisionModule('redisearch'), provisionModule('redisearch')]);
    assert.equal(one, other);
    assert.match(one, /redisearch\.so$/);
    assert.ok(existsSync(one));
  });

  it('says what to install where nothing can be fetched', async (t) => {
    if ((await provisionModule('redisearch')).startsWith('/usr/')) return t.skip('it is installed here');
    const folder = await mkdtemp(join(tmpdir(), 'valkey-ts-module-test-'));
    try {
      const module = new URL('../../../src/testing/module-package.ts', import.meta.url).href;
      const code = `import { provisionModule } from ${JSON.stringify(module)}; await provisionModule('redisearch');`;
      const args = ['--import', 'tsx', '--input-type=module', '--eval', code];
      const env = { ...process.env, PATH: folder, XDG_CACHE_HOME: folder };
      const sentence = /needs the server module redisearch: install Debian's package redis-redisearch\./;
      await assert.rejects(promisify(execFile)(process.execPath, args, { env }), sentence);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
