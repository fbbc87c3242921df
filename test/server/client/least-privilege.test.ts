/** A user who may do no more than what the program calls can connect, in every way that a client has to do it. */
import assert from 'node:assert/strict';
import { after, describe, test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { AbortError, ConnectionError, NoPermissionError, Valkey, type ValkeyOptions } from '../../../src/index.ts';
import { ValkeyServer } from '../../../src/testing/index.ts';
import { GREETING, ScriptedServer } from '../scripted-server.ts';
import { blockedClients, failureOf, open, until } from './tools.ts';

const PROTOCOLS = [3, 2] as const;
const limit = { timeout: 20_000 };

const server = await ValkeyServer.start({ password: 'open sesame' });
const admin = new Valkey(server.url);
const nameless = await ValkeyServer.start({ args: ['--rename-command', 'HELLO', ''], password: 'open sesame' });
after(async () => {
  admin.destroy();
  await Promise.all([server.stop(), nameless.stop()]);
});

/** A client of a user who has these rights and no others. */
async function restricted(t: TestContext, rights: readonly string[], options: ValkeyOptions): Promise<Valkey> {
  await admin.aclSetuser('least', ['reset', '-@all', ...rights, 'on', '>only this']);
  return open(t, { port: server.port, username: 'least', password: 'only this', retry: { retries: 0 }, ...options });
}

for (const protocol of PROTOCOLS) {
  describe(`a user with few rights, RESP${protocol}`, limit, () => {
    test('of GET: connects, gets, and hears of all else that it may not', async (t) => {
      await admin.set('least-page', 'text');
      const client = await restricted(t, ['+get', '~*'], { protocol, clientName: 'least' });
      await client.connect();
      assert.equal(await client.get('least-page'), 'text');
      for (const call of [() => client.set('least-page', 'other'), () => client.ping(), () => client.clientId()]) {
        const error = await failureOf(call(), NoPermissionError, 'NOPERM');
        assert.match(error.message, /has no permissions to run the '[\w|]+' command/);
      }
      assert.equal(await client.get('least-page'), 'text');
      const lost = new Promise<void>((resolve) => client.events.once('reconnecting', () => resolve()));
      await admin.executeCommand('CLIENT', 'KILL', 'USER', 'least');
      await lost;
      assert.equal(await client.get('least-page'), 'text');
    });

    test('of some keys', async (t) => {
      const client = await restricted(t, ['+get', '~least-*'], { protocol });
      await failureOf(client.get('other'), NoPermissionError, 'NOPERM');
      assert.equal(await client.get('least-none'), null);
    });

    test('of a blocking command, which can be aborted and lost', async (t) => {
      const client = await restricted(t, ['+blpop', '~*'], { protocol, healthCheckInterval: 20 });
      assert.equal(await client.blpop('least-list', 0.01), null);
      const waiting = client.blpop('least-list', 0);
      await until('it blocks', async () => (await blockedClients(admin)) === 1);
      // The checks of those who wait for ever are refused: a sign of life.
      await sleep(100);
      await admin.rpush('least-list', 'a');
      assert.deepEqual(await waiting, ['least-list', 'a']);
      const controller = new AbortController();
      const aborted = client.withOptions({ signal: controller.signal }).blpop('least-list', 0);
      await until('it blocks', async () => (await blockedClients(admin)) === 1);
      controller.abort();
      await failureOf(aborted, AbortError);
      await until('nobody is blocked', async () => (await blockedClients(admin)) === 0);
      await admin.rpush('least-list', 'b');
      assert.deepEqual(await client.blpop('least-list', 1), ['least-list', 'b']);
    });

    test('of a session and transactions', async (t) => {
      const client = await restricted(t, ['+watch', '+multi', '+exec', '+get', '+set', '~*'], { protocol });
      const result = await client.transaction(
        async (tx) => {
          await tx.get('least-sum');
          return await tx.multi().set('least-sum', 1).get('least-sum').execute();
        },
        { watch: 'least-sum' },
      );
      assert.deepEqual(result, ['OK', '1']);
      assert.deepEqual(await client.multi().set('least-sum', 2).get('least-sum').execute(), ['OK', '2']);
      const session = await client.session();
      await session.watch('least-sum');
      assert.equal(await session.get('least-sum'), '2');
      await session.close();
      await using other = await client.session();
      assert.equal(await other.get('least-sum'), '2');
    });

    test('of subscriptions', async (t) => {
      const client = await restricted(t, ['+subscribe', '&least-*'], { protocol, retry: { retries: 3 } });
      await using pubsub = client.pubsub({ ignoreSubscribeMessages: true, healthCheckInterval: 20 });
      await pubsub.subscribe('least-news');
      await failureOf(pubsub.subscribe('other-news'), NoPermissionError, 'NOPERM');
      await sleep(100);
      await admin.publish('least-news', 'it rains');
      const message = await pubsub.getMessage(5000);
      assert.deepEqual(message, { type: 'message', channel: 'least-news', data: 'it rains' });
      assert.equal(pubsub.stats().gaps, 0);
      await admin.executeCommand('CLIENT', 'KILL', 'TYPE', 'pubsub');
      assert.equal((await pubsub.getMessage(5000))?.type, 'gap');
    });

    test('of a pool that clients share, and of one connection for everything', async (t) => {
      const client = await restricted(t, ['+get', '+blpop', '~*'], { protocol, singleConnectionClient: true });
      assert.equal(await client.get('least-none'), null);
      assert.equal(await client.blpop('least-none', 0.01), null);
      await failureOf(client.executeCommand('MULTI'), NoPermissionError, 'NOPERM');
      assert.equal(await client.get('least-none'), null);
    });

    test('needs SELECT for a database only', async (t) => {
      const without = await restricted(t, ['+get', '~*'], { protocol, db: 1 });
      for (const call of [() => without.connect(), () => without.get('k'), () => without.session()]) {
        const error = await failureOf(call(), ConnectionError, 'NOPERM');
        assert.match(error.message, /refused the handshake: NOPERM .*'select' command/);
      }
      const client = await restricted(t, ['+get', '+select', '~*'], { protocol, db: 1 });
      assert.equal(await client.get('least-none'), null);
    });

    test('of a default user without a password', async (t) => {
      await using free = await ValkeyServer.start();
      const owner = open(t, { port: free.port });
      await owner.set('page', 'text');
      await owner.rpush('list', 'a');
      await owner.aclSetuser('default', ['-@all', '+get', '+blpop', '+subscribe']);
      const client = open(t, { port: free.port, protocol, retry: { retries: 0 } });
      assert.equal(await client.get('page'), 'text');
      assert.deepEqual(await client.blpop('list', 1), ['list', 'a']);
      await using pubsub = client.pubsub();
      await pubsub.subscribe('news');
    });
  });

  describe(`a server that keeps HELLO for itself, RESP${protocol}`, limit, () => {
    test('which does not know it', async (t) => {
      const client = open(t, { port: nameless.port, password: 'open sesame', protocol, db: 3, clientName: 'hidden' });
      const info = String(await client.executeCommand('CLIENT', 'INFO'));
      assert.match(info, / name=hidden .*db=3 .*resp=2/);
      assert.equal(await client.blpop('none', 0.01), null);
      await using session = await client.session();
      assert.equal(await session.executeCommand('MULTI'), 'OK');
      await using pubsub = client.pubsub();
      await pubsub.subscribe('news');
      await client.publish('news', 'x');
    });

    for (const refusal of [
      '-NOPERM this user has no permissions to run the hello command\r\n',
      "-NOPERM User default has no permissions to run the 'hello' command\r\n",
    ]) {
      test(`which says ${refusal.trim()}`, async (t) => {
        const heard: string[] = [];
        await using scripted = await ScriptedServer.start((words) => {
          heard.push(words[0]!);
          if (words[0] === 'HELLO') return refusal;
          return words[1] === 'ID' ? ':9\r\n' : '+OK\r\n';
        });
        const client = open(t, { port: scripted.port, username: 'u', password: 'p', protocol, libName: '' });
        assert.equal(await client.executeCommand('GET', 'k'), 'OK');
        assert.deepEqual(heard, [...(protocol === 3 ? ['HELLO'] : []), 'AUTH', 'CLIENT', 'ROLE', 'GET']);
      });
    }
  });
}

test('what merely describes a client may be refused, all of it', limit, async (t) => {
  await using scripted = await ScriptedServer.start((words) => {
    if (words[0] === 'HELLO') return GREETING;
    return words[0] === 'GET' ? '$1\r\nv\r\n' : '-NOPERM no permissions\r\n';
  });
  const client = open(t, { port: scripted.port, username: 'u', password: 'p', clientName: 'n', libName: 'l' });
  assert.equal(await client.get('k'), 'v');
});
