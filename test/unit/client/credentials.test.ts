import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import {
  AuthenticationError,
  DataError,
  TokenCredentialProvider,
  UsernamePasswordCredentialProvider,
  type Token,
} from '../../../src/index.ts';

/** Waits until it is so; the test's own timeout ends what never is. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(2);
}

const limit = { timeout: 20_000 };

describe('UsernamePasswordCredentialProvider', () => {
  it('gives what it was given, and what takes its place', () => {
    const provider = new UsernamePasswordCredentialProvider('user', 'first');
    assert.deepEqual(provider.getCredentials(), { username: 'user', password: 'first' });
    provider.rotate(undefined, 'second');
    assert.deepEqual(provider.getCredentials(), { username: undefined, password: 'second' });
  });

  it('tells those who listen, until they leave', () => {
    const provider = new UsernamePasswordCredentialProvider('user', 'first');
    const told: string[] = [];
    const listener = (): void => void told.push(provider.getCredentials().password);
    const leave = provider.onChange(listener);
    const leaveOther = provider.onChange(listener);
    provider.rotate('user', 'second');
    leave();
    leave();
    provider.rotate('user', 'third');
    leaveOther();
    provider.rotate('user', 'fourth');
    assert.deepEqual(told, ['second', 'second', 'third']);
  });

  it('refuses what is no text, without showing it', () => {
    for (const [username, password] of [
      ['u', undefined],
      ['u', 5],
      [5, 'canary'],
      [{}, 'canary'],
    ] as never[][]) {
      const check = (error: DataError): boolean => error instanceof DataError && !error.message.includes('canary');
      assert.throws(() => new UsernamePasswordCredentialProvider(username, password!), check);
      assert.throws(() => new UsernamePasswordCredentialProvider('u', 'p').rotate(username, password!), check);
    }
  });

  it('is not shown', () => {
    const provider = new UsernamePasswordCredentialProvider('canary', 'canary');
    provider.onChange(() => {});
    assert.ok(!inspect(provider, { showHidden: true, depth: 9 }).includes('canary'));
    assert.equal(JSON.stringify(provider), '{}');
  });
});

/** A provider of tokens that last `life` ms, or fail. */
function numbered(life: number): { provider: TokenCredentialProvider; made: number[]; fail: (cause?: Error) => void } {
  const made: number[] = [];
  let failure: Error | undefined;
  const provider = new TokenCredentialProvider({
    username: 'user',
    getToken: async (): Promise<Token> => {
      made.push(Date.now());
      if (failure !== undefined) throw failure;
      return { token: `token ${made.length}`, expiresAt: Date.now() + life };
    },
  });
  return { provider, made, fail: (cause) => void (failure = cause) };
}

describe('TokenCredentialProvider', limit, () => {
  it('makes one token for all who ask, and gives it until it is due', async () => {
    const { provider, made } = numbered(60_000);
    const all = await Promise.all(Array.from({ length: 10 }, () => provider.getCredentials()));
    for (const each of all) assert.deepEqual(each, { username: 'user', password: 'token 1' });
    await provider.getCredentials();
    assert.equal(made.length, 1);
  });

  it('makes another when 80 % of the time is over, for whoever asks next', async () => {
    const { provider, made } = numbered(100);
    await provider.getCredentials();
    await sleep(90);
    assert.deepEqual(await provider.getCredentials(), { username: 'user', password: 'token 2' });
    assert.ok(made[1]! - made[0]! >= 80);
  });

  it('makes others by itself while somebody listens, and tells of each', async () => {
    const { provider, made } = numbered(50);
    let told = 0;
    const leave = provider.onChange(() => told++);
    await sleep(60);
    assert.equal(made.length, 0, 'there is nothing to replace');
    await provider.getCredentials();
    await until(() => told >= 3);
    leave();
    const count = made.length;
    assert.ok(count >= 4);
    for (let i = 1; i < count; i++) assert.ok(made[i]! - made[i - 1]! >= 39, 'not before its time');
    await sleep(100);
    assert.ok(made.length <= count + 1, 'nobody listens');
  });

  it('takes a Date, and a token without an end', async () => {
    for (const expiresAt of [new Date(Date.now() + 60_000), Infinity]) {
      let made = 0;
      const provider = new TokenCredentialProvider({ getToken: () => ({ token: `${++made}`, expiresAt }) });
      const leave = provider.onChange(() => assert.fail('there is nothing new'));
      await provider.getCredentials();
      assert.deepEqual(await provider.getCredentials(), { username: undefined, password: '1' });
      leave();
    }
  });

  it('gives the last token until it ends when there is no other, then the reason', async () => {
    const { provider, made, fail } = numbered(300);
    const cause = new Error('out of order');
    const first = await provider.getCredentials();
    fail(cause);
    await sleep(250);
    assert.equal(await provider.getCredentials(), first);
    assert.ok(made.length >= 2, 'it was tried');
    await sleep(60);
    await assert.rejects(provider.getCredentials(), cause);
    fail(undefined);
    assert.notEqual(await provider.getCredentials(), first);
  });

  it('is patient with tokens that have ended before they come', async () => {
    const { provider, made } = numbered(-1);
    const leave = provider.onChange(() => {});
    await provider.getCredentials();
    await sleep(100);
    assert.equal(made.length, 1);
    leave();
  });

  it('rejects with the reason when there never was one', async () => {
    const cause = new Error('out of order');
    const { provider, fail } = numbered(300);
    fail(cause);
    await assert.rejects(provider.getCredentials(), cause);
  });

  it('gives up a token that does not come, and asks for another', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout', 'Date'] });
    let asked = 0;
    const provider = new TokenCredentialProvider({
      getToken: () =>
        ++asked === 1 ? new Promise<never>(() => {}) : { token: 'second', expiresAt: Date.now() + 60_000 },
    });
    const all = [provider.getCredentials(), provider.getCredentials()];
    const given = Promise.all(all.map((each) => assert.rejects(each, { code: 'CREDENTIALS_FAILED' })));
    t.mock.timers.tick(30_000);
    await given;
    assert.equal((await provider.getCredentials()).password, 'second');
    assert.equal(asked, 2);
  });

  it('refuses what is no token, without showing it', async () => {
    for (const given of [
      undefined,
      null,
      'canary',
      { token: 'canary' },
      { expiresAt: 5 },
      { token: 5, expiresAt: 5 },
    ]) {
      const provider = new TokenCredentialProvider({ getToken: () => given as never });
      await assert.rejects(provider.getCredentials(), (error: AuthenticationError) => {
        assert.ok(error instanceof AuthenticationError);
        return error.code === 'CREDENTIALS_FAILED' && !inspect(error, { depth: 9 }).includes('canary');
      });
    }
  });

  it('refuses options that it cannot use', () => {
    for (const options of [{}, { getToken: 'x' }, { getToken: () => 5, username: 5 }] as never[])
      assert.throws(() => new TokenCredentialProvider(options), DataError);
  });
});
