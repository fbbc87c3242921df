import assert from 'node:assert/strict';
import { after, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  ConnectionError,
  ConstantBackoff,
  LockError,
  LockNotOwnedError,
  ResponseError,
  Valkey,
} from '../../../src/index.ts';
import { FaultProxy, ValkeyServer } from '../../../src/testing/index.ts';
import { acquired, fired, leaseOf, listens } from './lock-tools.ts';
import {
  assertTook,
  callsOf,
  failureOf,
  isAtLeast,
  Lateness,
  nameOf,
  open,
  outcomeOf,
  outcomesOf,
  tally,
  turn,
  until,
} from './tools.ts';

const limit = { timeout: 30_000 };
const server = await ValkeyServer.start();
const hasDelifeq = server.product === 'valkey' && isAtLeast(server.version, '9.0');
const admin = new Valkey({ port: server.port });
beforeEach(() => admin.flushall());
after(async () => {
  admin.destroy();
  await server.stop();
});

describe('a release', limit, () => {
  for (const command of ['the server’s own command', 'a script'] as const) {
    describe(`by ${command}`, limit, () => {
      const user = command === 'a script' ? { username: 'scripter', password: 'x' } : {};
      beforeEach(async () => {
        const rules = ['on', '>x', '~*', '&*', '+@all', ...(hasDelifeq ? ['-delifeq'] : [])];
        await admin.executeCommand('ACL', 'SETUSER', 'scripter', ...rules);
      });

      test('whose reply is lost is sent again, and no false alarm', async (t) => {
        await using proxy = await FaultProxy.start(server);
        const client = open(t, { port: proxy.port, ...user, retry: { backoff: new ConstantBackoff(5) } });
        const [first, second] = [await acquired(client, 'name', { timeout: 20_000 }), await acquired(client, 'other')];
        await first.release();
        const third = await acquired(client, 'name', { timeout: 20_000 });
        proxy.dropReplies();
        const releases = outcomesOf([second.release(), third.release()]);
        await until('the server has done it', async () => (await admin.exists(['name', 'other'])) === 0);
        proxy.cut();
        proxy.heal();
        assert.deepEqual(tally((await releases).map(nameOf)), { ok: 2 });
      });

      test('of a lost lock that is sent again tells of the loss', async (t) => {
        await using proxy = await FaultProxy.start(server);
        const client = open(t, { port: proxy.port, ...user, retry: { backoff: new ConstantBackoff(5) } });
        const lease = await acquired(client, 'name', { timeout: 200 });
        await admin.del('name');
        await fired(lease);
        const commands = proxy.bytesToServer;
        proxy.dropReplies();
        const release = failureOf(lease.release(), LockNotOwnedError);
        await until('the server has it', () => proxy.bytesToServer > commands);
        proxy.cut();
        proxy.heal();
        await release;
      });

      test('that failed may be called again', async (t) => {
        await using proxy = await FaultProxy.start(server);
        const client = open(t, { port: proxy.port, ...user, socketTimeout: 150, retry: { retries: 0 } });
        await (await acquired(client, 'other')).release();
        const lease = await acquired(client, 'name', { timeout: 20_000 });
        proxy.dropReplies();
        assert.ok(!(await outcomeOf(lease.release())).ok);
        await until('the server has done it', async () => (await admin.exists('name')) === 0);
        proxy.heal();
        await until('it is connected', () =>
          client.ping().then(
            () => true,
            () => false,
          ),
        );
        await lease.release();
        await failureOf(lease.release(), LockError, 'LOCK_RELEASED');
      });
    });
  }

  test('is DELIFEQ where the server has it', async (t) => {
    const before = await callsOf(admin, 'delifeq');
    const lease = await acquired(open(t, { port: server.port }), 'name');
    await lease.release();
    assert.equal((await callsOf(admin, 'delifeq')) - before, hasDelifeq ? 1 : 0);
  });

  test('leaves nothing but the fencing number, for a minute', async (t) => {
    const client = open(t, { port: server.port });
    const lease = await acquired(client, 'name', { timeout: 10_000 });
    await lease.release();
    const keys = await admin.keys('*');
    assert.deepEqual(keys, ['name:{name}:fence']);
    const left = await admin.pttl(keys[0]!);
    assert.ok(left > 0 && left <= 60_000, `${left}`);
    const second = await acquired(client, 'name');
    const third = client.lock('name').acquire();
    await until('it listens', listens(admin, 1));
    await second.release();
    await (await leaseOf(third)).release();
    for (const key of await admin.keys('*')) assert.ok((await admin.pttl(key)) > 0, key);
  });
});

describe('trouble', limit, () => {
  test('of the server rejects all who wait within their deadline', async (t) => {
    await using own = await ValkeyServer.start();
    const client = open(t, { port: own.port, socketTimeout: 400 });
    const held = await acquired(client, 'name', { timeout: 60_000 });
    const waiting = outcomesOf(Array.from({ length: 20 }, () => client.lock('name', { sleep: 50 }).acquire()));
    await until('they listen', async () => client.stats().pool.leased === 1);
    own.pause();
    using lateness = new Lateness();
    for (const { ok, error, elapsed } of await waiting) {
      assert.ok(!ok && !(error instanceof LockError), String(error));
      assertTook(elapsed, 0, 1000 + 2 * 400 + 500, lateness.worst, 'waiting for a server that is away');
    }
    own.resume();
    assert.equal(held.signal.aborted, false);
  });

  for (const token of [undefined, 'worker 7']) {
    for (const how of ['timeout', 'abort'] as const) {
      test(`on the way back: ${how}, token ${token}: what was taken is given back`, async (t) => {
        await using proxy = await FaultProxy.start(server);
        const client = open(t, { port: proxy.port });
        await client.connect();
        proxy.delay(100);
        const abort = new AbortController();
        const view = how === 'timeout' ? client.withOptions({ timeout: 120 }) : client;
        const lock = view.lock('name', { timeout: 60_000 });
        const acquisition = outcomeOf(lock.acquire({ token, signal: abort.signal }));
        await turn();
        if (how === 'abort') abort.abort();
        assert.match(nameOf(await acquisition), how === 'abort' ? /^AbortError/ : /^TimeoutError/);
        await until('it was taken', async () => (await admin.exists('name:{name}:fence')) === 1);
        await until('it is given back', async () => (await admin.exists('name')) === 0);
      });
    }
  }

  test('of the connection: what was taken is given back', async (t) => {
    await using proxy = await FaultProxy.start(server);
    const client = open(t, { port: proxy.port, retry: { retries: 0, backoff: new ConstantBackoff(5) } });
    await client.connect();
    proxy.dropReplies();
    const acquisition = failureOf(client.lock('name', { timeout: 60_000 }).acquire(), ConnectionError);
    await until('it was taken', async () => (await admin.exists('name')) === 1);
    proxy.cut();
    proxy.heal();
    assert.equal((await acquisition).sent, true);
    await until('it is given back', async () => (await admin.exists('name')) === 0);
  });

  test('on the way back: an attempt is sent again, and finds that it was successful', async (t) => {
    await using proxy = await FaultProxy.start(server);
    const client = open(t, { port: proxy.port, retry: { backoff: new ConstantBackoff(5) } });
    await client.connect();
    proxy.dropReplies();
    const acquisition = leaseOf(client.lock('name', { timeout: 60_000 }).acquire());
    await until('it was taken', async () => (await admin.exists('name')) === 1);
    const fencing = Number(await admin.get('name:{name}:fence'));
    proxy.cut();
    proxy.heal();
    const lease = await acquisition;
    assert.equal(lease.fencing, fencing);
    assert.equal(await admin.get('name'), lease.token);
    await lease.release();
  });

  test('that the lock has with its key is told', async (t) => {
    await admin.rpush('name', 'x');
    const client = open(t, { port: server.port });
    await failureOf(client.lock('name').acquire(), ResponseError, 'WRONGTYPE');
    const lease = await acquired(client, 'other');
    await admin.del('other');
    await admin.rpush('other', 'x');
    assert.ok(!(await outcomeOf(lease.release())).ok);
  });

  test('with the keys beside it makes waiting slower, and nothing else', async (t) => {
    await admin.mset({ 'name:{name}:waiting': 'x', 'name:{name}:wake': 'x', 'name:{name}:fence': 'x' });
    const client = open(t, { port: server.port });
    const lock = client.lock('name', { sleep: 20 });
    const lease = await leaseOf(lock.acquire());
    const waiting = lock.acquire();
    await sleep(50);
    await lease.release();
    await (await leaseOf(waiting)).release();
  });

  test('has a stack that ends in the caller’s code', async (t) => {
    await admin.rpush('name', 'x');
    const client = open(t, { port: server.port });
    const caller = async (): Promise<void> => {
      await using lease = await client.lock('name').acquire({ signal: new AbortController().signal });
      assert.equal(lease, null);
    };
    const error = await failureOf(caller(), ResponseError);
    assert.match(String(error.stack), /at async caller .*lock-trouble\.test\.ts/);
    await admin.del('name');
    const losing = async (): Promise<void> => {
      const lease = await acquired(client, 'name');
      await admin.del('name');
      await lease.release();
    };
    assert.match(
      String((await failureOf(losing(), LockNotOwnedError)).stack),
      /at async losing .*lock-trouble\.test\.ts/,
    );
  });
});
