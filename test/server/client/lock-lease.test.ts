import assert from 'node:assert/strict';
import { after, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  ConstantBackoff,
  DataError,
  LockError,
  LockNotOwnedError,
  TimeoutError,
  Valkey,
  type ConnectionError,
  type Lease,
  type View,
} from '../../../src/index.ts';
import { FaultProxy, ValkeyServer } from '../../../src/testing/index.ts';
import { acquired, fired, leaseOf } from './lock-tools.ts';
import { assertTook, failureOf, killShared, Lateness, nameOf, open, outcomeOf, outcomesOf, until } from './tools.ts';

const limit = { timeout: 30_000 };
const server = await ValkeyServer.start();
const admin = new Valkey({ port: server.port });
beforeEach(() => admin.flushall());
after(async () => {
  admin.destroy();
  await server.stop();
});

/** The server's clock, in milliseconds. */
async function serverTime(client: View): Promise<number> {
  const [seconds, microseconds] = await client.executeCommand<[string, string]>('TIME');
  return Number(seconds) * 1000 + Number(microseconds) / 1000;
}

describe('a lease', limit, () => {
  test('without a timeout lasts until it is released', async (t) => {
    const lease = await acquired(open(t, { port: server.port }), 'name');
    assert.equal(await admin.pttl('name'), -1);
    await failureOf(lease.extend(1000), LockError, 'LOCK_WITHOUT_TIMEOUT');
    await failureOf(lease.reacquire(), LockError, 'LOCK_WITHOUT_TIMEOUT');
    assert.equal(await lease.owned(), true);
    await lease.release();
  });

  test('that was released can do nothing more', async (t) => {
    const lease = await acquired(open(t, { port: server.port }), 'name', { timeout: 10_000 });
    const releases = [lease.release(), lease.release()];
    assert.deepEqual((await outcomesOf(releases)).map(nameOf), ['ok', 'LockError LOCK_RELEASED sent=undefined']);
    for (const call of [lease.release(), lease.extend(1000), lease.reacquire()]) {
      await failureOf(call, LockError, 'LOCK_RELEASED');
    }
    await lease[Symbol.asyncDispose]();
  });

  for (const [what, call] of [
    ['release', (lease: Lease) => lease.release()],
    ['extend', (lease: Lease) => lease.extend(1000)],
    ['reacquire', (lease: Lease) => lease.reacquire()],
  ] as const) {
    test(`whose lock is gone: ${what} rejects, and the signal fires`, async (t) => {
      const lease = await acquired(open(t, { port: server.port }), 'name', { timeout: 10_000 });
      await admin.del('name');
      const error = await failureOf(call(lease), LockNotOwnedError, 'LOCK_NOT_OWNED');
      assert.ok(error instanceof LockError);
      assert.equal((await fired(lease)).message, error.message);
      await failureOf(lease.release(), LockNotOwnedError, 'LOCK_NOT_OWNED');
      assert.equal(await admin.exists('name'), 0);
    });
  }

  test('that is released while it is extended is not lost', async (t) => {
    const lease = await acquired(open(t, { port: server.port }), 'name', { timeout: 10_000 });
    await lease.extend(1000);
    // Its script must be sent once more, and comes behind the release.
    await admin.scriptFlush();
    const extension = failureOf(lease.extend(1000), LockError, 'LOCK_RELEASED');
    await lease.release();
    await extension;
    assert.equal(lease.signal.aborted, false);
  });

  test('cannot be extended by what is no time', async (t) => {
    const lease = await acquired(open(t, { port: server.port }), 'name', { timeout: 10_000 });
    for (const time of [0, -1, 1.5, NaN, Infinity, '5' as unknown as number]) {
      await failureOf(lease.extend(time), DataError, 'INVALID_ARGUMENT');
    }
    await lease.release();
  });

  test('fires its signal when its time is over, not after the server', async (t) => {
    const client = open(t, { port: server.port });
    const lease = await acquired(client, 'name', { timeout: 1000 });
    const expiry = await admin.executeCommand<number>('PEXPIRETIME', 'name');
    using lateness = new Lateness();
    const error = await fired(lease);
    const time = await serverTime(client);
    t.diagnostic(`fired ${(expiry - time).toFixed(1)} ms before the lock expired`);
    assert.ok(time <= expiry + 2 * lateness.worst, `fired ${time - expiry} ms late`);
    assert.match(error.message, /its time is over/);
    await until('the lock is gone', async () => (await admin.exists('name')) === 0);
    await failureOf(lease.release(), LockNotOwnedError);
  });

  test('that expired by our clock only is released all the same', async (t) => {
    const lease = await acquired(open(t, { port: server.port }), 'name', { timeout: 200 });
    await admin.persist('name');
    await fired(lease);
    await failureOf(lease.extend(1000), LockNotOwnedError);
    await lease.release();
    assert.equal(await admin.exists('name'), 0);
  });

  test('that is over before it was begun says so', async (t) => {
    await using proxy = await FaultProxy.start(server);
    const client = open(t, { port: proxy.port });
    await client.connect();
    proxy.delay(50);
    const lease = await leaseOf(client.lock('name', { timeout: 50 }).acquire());
    await fired(lease);
    proxy.heal();
  });

  test('that may have been shortened without our hearing of it is taken for as short', async (t) => {
    await using proxy = await FaultProxy.start({ port: server.port });
    const client = open(t, { port: proxy.port });
    const lease = await acquired(client, 'deaf', { timeout: 60_000 });
    proxy.dropReplies();
    const error = await failureOf(lease.extend(500, { replace: true, timeout: 100 }), TimeoutError);
    assert.equal(error.sent, true);
    assert.equal(lease.signal.aborted, false);
    await fired(lease);
    await until('it is over for the server, too', async () => (await admin.exists('deaf')) === 0);
  });

  test('knows what its calls take', async (t) => {
    const lease = await acquired(open(t, { port: server.port }), 'options', { timeout: 60_000 });
    await failureOf(lease.release({ timeout: 0 }), DataError, 'INVALID_OPTION');
    await failureOf(lease.owned({ signals: undefined } as object), DataError, 'UNKNOWN_OPTION');
    await failureOf(lease.extend(1000, { replace: 1 } as object), DataError, 'INVALID_OPTION');
    await failureOf(lease.reacquire({ signal: 'x' } as object), DataError, 'INVALID_OPTION');
    await lease.release();
  });

  test('follows extensions with its signal', async (t) => {
    const lease = await acquired(open(t, { port: server.port }), 'name', { timeout: 300 });
    await lease.extend(10_000);
    await sleep(400);
    assert.equal(lease.signal.aborted, false);
    await lease.extend(100, { replace: true });
    assert.match((await fired(lease)).message, /its time is over/);
  });

  test('is released at the end of its block', async (t) => {
    const client = open(t, { port: server.port });
    {
      await using lease = await acquired(client, 'name', { timeout: 10_000 });
      assert.equal(await lease.owned(), true);
    }
    assert.equal(await admin.exists('name'), 0);
    {
      await using lease = await acquired(client, 'name', { timeout: 10_000 });
      await lease.release();
    }
    const losing = async (isTold: boolean): Promise<void> => {
      await using lease = await acquired(client, 'name', { timeout: 10_000 });
      await admin.del('name');
      if (isTold) await failureOf(lease.reacquire(), LockNotOwnedError);
    };
    await failureOf(losing(false), LockNotOwnedError);
    await losing(true);
  });
});

describe('a lease that renews itself', limit, () => {
  const TIMEOUT = 300;
  const options = { timeout: TIMEOUT, autoExtend: true };

  test('lasts for several timeouts, also across lost connections', async (t) => {
    const client = open(t, { port: server.port, retry: { backoff: new ConstantBackoff(5) } });
    const lease = await acquired(client, 'name', options);
    for (let i = 0; i < 6; i++) {
      if (i % 2 === 0) await killShared(admin, client);
      await sleep(TIMEOUT / 2);
      assert.equal(await admin.get('name'), lease.token);
      assert.ok((await admin.pttl('name')) <= TIMEOUT);
    }
    assert.equal(lease.signal.aborted, false);
    await lease.release();
    assert.equal(await admin.exists('name'), 0);
  });

  test('does not shorten what was extended', async (t) => {
    const lease = await acquired(open(t, { port: server.port }), 'name', options);
    await lease.extend(10_000);
    await sleep(TIMEOUT);
    assert.ok((await admin.pttl('name')) > 5000);
    await lease.release();
  });

  test('renews in time what was shortened', async (t) => {
    const lease = await acquired(open(t, { port: server.port }), 'name', { timeout: 3000, autoExtend: true });
    await lease.extend(500, { replace: true });
    await sleep(700);
    assert.equal(lease.signal.aborted, false);
    assert.equal(await lease.owned(), true);
    await lease.release();
  });

  test('finds a thief', async (t) => {
    const lease = await acquired(open(t, { port: server.port }), 'name', options);
    await admin.set('name', 'thief');
    assert.match((await fired(lease)).message, /no longer held when it was to be renewed/);
    await failureOf(lease.release(), LockNotOwnedError);
    assert.equal(await admin.get('name'), 'thief');
  });

  test('that cannot reach the server is lost by our clock', async (t) => {
    await using own = await ValkeyServer.start();
    const client = open(t, { port: own.port, socketTimeout: 100 });
    const start = performance.now();
    const lease = await acquired(client, 'name', options);
    own.pause();
    using lateness = new Lateness();
    const error = await fired(lease);
    assertTook(performance.now() - start, TIMEOUT - 10, 2 * TIMEOUT, lateness.worst, 'the loss');
    assert.match(error.message, /could not be renewed in time/);
    assert.ok(error.cause instanceof Error);
    own.resume();
  });

  test('ends with its client', async (t) => {
    const client = open(t, { port: server.port });
    const lease = await acquired(client, 'name', options);
    await client.close();
    assert.equal(((await fired(lease)).cause as ConnectionError).code, 'CLOSED');
    await until('the lock is gone', async () => (await admin.exists('name')) === 0);
  });

  test('is no longer renewed once it is to be released', async (t) => {
    await using proxy = await FaultProxy.start(server);
    const client = open(t, { port: proxy.port, socketTimeout: 50 });
    const lease = await acquired(client, 'name', options);
    proxy.blackhole();
    assert.ok(!(await outcomeOf(lease.release())).ok);
    proxy.heal();
    await until('the lock is gone', async () => (await admin.exists('name')) === 0);
  });
});
