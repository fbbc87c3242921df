import assert from 'node:assert/strict';
import { mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import {
  AuthenticationError,
  DataError,
  FileCredentialProvider,
  type FileCredentialOptions,
} from '../../../src/index.ts';

const limit = { timeout: 20_000 };
const folder = await mkdtemp(join(tmpdir(), 'valkey-ts-credentials-'));
after(() => rm(folder, { recursive: true }));

let files = 0;
const newPath = (): string => join(folder, `file-${++files}`);

async function fileOf(text: string): Promise<string> {
  const path = newPath();
  await writeFile(path, text);
  return path;
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(2);
}

type Read = readonly [text: string, options: FileCredentialOptions, username: string | undefined, password: string];

const READ: readonly Read[] = [
  ['secret', {}, undefined, 'secret'],
  ['secret\n', {}, undefined, 'secret'],
  ['secret\r\n', {}, undefined, 'secret'],
  ['secret\n\n', {}, undefined, 'secret\n'],
  [' secret ', {}, undefined, ' secret '],
  ['secret', { username: 'app' }, 'app', 'secret'],
  ['app:secret\n', {}, 'app', 'secret'],
  ['app:se:cret', {}, 'app', 'se:cret'],
  [':se:cret', {}, undefined, 'se:cret'],
  [':secret', { username: 'app', format: 'pair' }, 'app', 'secret'],
  ['other:secret', { username: 'app', format: 'pair' }, 'other', 'secret'],
  ['se:cret', { username: 'app' }, 'app', 'se:cret'],
  ['se:cret', { format: 'password' }, undefined, 'se:cret'],
  ['{secret', { format: 'password' }, undefined, '{secret'],
  ['{"password":"secret"}', {}, undefined, 'secret'],
  ['{"password":"secret"}', { username: 'app' }, 'app', 'secret'],
  ['{"username":"other","password":"secret","host":"h"}\n', { username: 'app' }, 'other', 'secret'],
  [' {"password":"secret"}', { format: 'json' }, undefined, 'secret'],
  ['pässwörd€', {}, undefined, 'pässwörd€'],
];

const REFUSED: readonly (readonly [text: string, options: FileCredentialOptions, message: RegExp])[] = [
  ['', {}, /is empty$/],
  ['\n', {}, /is empty$/],
  ['canary', { format: 'pair' }, /holds no user and password with a colon between$/],
  ['{"password":"canary"', {}, /is not valid JSON$/],
  ['{canary}', {}, /is not valid JSON$/],
  ['"canary"', { format: 'json' }, /has no "password" that is a string$/],
  ['{"password":5,"other":"canary"}', {}, /has no "password" that is a string$/],
  ['{"username":5,"password":"canary"}', {}, /has a "username" that is not a string$/],
  ['canary'.repeat(20_000), {}, /is longer than 65536 bytes$/],
];

describe('a credential file', limit, () => {
  for (const [text, options, username, password] of READ) {
    it(`of ${JSON.stringify(text)} with ${JSON.stringify(options)}`, async () => {
      const provider = new FileCredentialProvider(await fileOf(text), options);
      assert.deepEqual(await provider.getCredentials(), { username, password });
    });
  }

  for (const [text, options, message] of REFUSED) {
    it(`of ${JSON.stringify(text.slice(0, 40))} with ${JSON.stringify(options)} is refused, and not shown`, async () => {
      const path = await fileOf(text);
      await assert.rejects(new FileCredentialProvider(path, options).getCredentials(), (error: AuthenticationError) => {
        assert.ok(error instanceof AuthenticationError);
        assert.equal(error.code, 'CREDENTIALS_FAILED');
        assert.ok(error.message.startsWith(`the credential file ${path} `));
        assert.match(error.message, message);
        return !inspect(error, { depth: 9, showHidden: true }).includes('canary');
      });
    });
  }

  it('that is not there says so, and is read when it is', async () => {
    const path = newPath();
    const provider = new FileCredentialProvider(path);
    await assert.rejects(provider.getCredentials(), /cannot be read: ENOENT$/);
    await writeFile(path, 'secret');
    assert.equal((await provider.getCredentials()).password, 'secret');
    await assert.rejects(new FileCredentialProvider(folder).getCredentials(), /cannot be read: EISDIR$/);
  });

  it('is read anew for everyone who asks', async () => {
    const path = await fileOf('first');
    const provider = new FileCredentialProvider(path);
    assert.equal((await provider.getCredentials()).password, 'first');
    await writeFile(path, 'other');
    assert.equal((await provider.getCredentials()).password, 'other');
  });

  it('refuses options that it cannot use', () => {
    for (const [path, options] of [
      ['', {}],
      [5, {}],
      ['x', { username: 5 }],
      ['x', { format: 'yaml' }],
      ['x', { interval: 0 }],
      ['x', { interval: NaN }],
      ['x', { intervall: 5 }],
    ] as [never, never][]) {
      assert.throws(() => new FileCredentialProvider(path, options), DataError);
    }
  });

  it('is not shown', async () => {
    const provider = new FileCredentialProvider(await fileOf('canary'), { username: 'canary' });
    await provider.getCredentials();
    assert.ok(!inspect(provider, { showHidden: true, depth: 9 }).includes('canary'));
    assert.equal(JSON.stringify(provider), '{}');
  });
});

describe('a change of a credential file', limit, () => {
  /** A provider that was asked, and how often it has told of a change. */
  async function watched(
    path: string,
  ): Promise<{ provider: FileCredentialProvider; told: () => number; leave: () => void }> {
    const provider = new FileCredentialProvider(path, { interval: 5 });
    let told = 0;
    const leave = provider.onChange(() => told++);
    await provider.getCredentials();
    return { provider, told: () => told, leave };
  }

  it('is told, when it is written over, replaced, or what a link leads to is another', async () => {
    const path = await fileOf('first');
    const { provider, told, leave } = await watched(path);
    await writeFile(path, 'second');
    await until(() => told() === 1);
    await writeFile(`${path}.new`, 'third!');
    await rename(`${path}.new`, path);
    await until(() => told() === 2);
    await symlink(await fileOf('fourth'), `${path}.new`);
    await rename(`${path}.new`, path);
    await until(() => told() === 3);
    assert.equal((await provider.getCredentials()).password, 'fourth');
    leave();
  });

  it('is told once, also when somebody who asks sees it first', async () => {
    const path = await fileOf('first');
    const { provider, told, leave } = await watched(path);
    await writeFile(path, 'second');
    await provider.getCredentials();
    await until(() => told() === 1);
    await sleep(50);
    assert.equal(told(), 1);
    leave();
  });

  it('to the same credentials is none', async () => {
    const path = await fileOf('first');
    const { told, leave } = await watched(path);
    await writeFile(path, 'first\n');
    await sleep(50);
    assert.equal(told(), 0);
    leave();
  });

  it('to what cannot be read is told once, and what follows is told again', async () => {
    const path = await fileOf('{"password":"first"}');
    const { provider, told, leave } = await watched(path);
    await writeFile(path, '{"password":');
    await until(() => told() === 1);
    await assert.rejects(provider.getCredentials(), /is not valid JSON/);
    await sleep(50);
    assert.equal(told(), 1);
    await writeFile(path, '{"password":"second"}');
    await until(() => told() === 2);
    leave();
  });

  it('is not looked for when nobody listens', async () => {
    const path = await fileOf('first');
    const { told, leave } = await watched(path);
    leave();
    await writeFile(path, 'second');
    await sleep(50);
    assert.equal(told(), 0);
  });
});
