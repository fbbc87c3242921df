import assert from 'node:assert/strict';
import { after, beforeEach, describe, test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  DataError,
  LockError,
  LockNotOwnedError,
  ResponseError,
  Valkey,
  type LockAcquireOptions,
  type LockOptions,
  type View,
} from '../../../src/index.ts';
import { ValkeyServer } from '../../../src/testing/index.ts';
import { acquired, fired, leaseOf, listens } from './lock-tools.ts';
import { failureOf, isAtLeast, open, outcomeOf, until } from './tools.ts';

const limit = { timeout: 30_000 };
const server = await ValkeyServer.start();
const hasDelifeq = server.product === 'valkey' && isAtLeast(server.version, '9.0');
const admin = new Valkey({ port: server.port });
beforeEach(() => admin.flushall());
after(async () => {
  admin.destroy();
  await server.stop();
});

const WAYS = [
  { protocol: 3, encoding: 'utf8', integers: 'number' },
  { protocol: 2, encoding: 'utf8', integers: 'number' },
  { protocol: 3, encoding: 'buffer', integers: 'bigint' },
  { protocol: 2, encoding: 'latin1', integers: 'bigint' },
] as const;

for (const way of WAYS) {
  describe(`a lock, RESP${way.protocol}, ${way.encoding}, ${way.integers}`, limit, () => {
    const client = (t: TestContext): Pick<View, 'lock'> => open(t, { port: server.port, ...way });

    test('is acquired, held and released', async (t) => {
      const lock = client(t).lock('name', { timeout: 10_000 });
      assert.equal(await lock.locked(), false);
      const lease = await leaseOf(lock.acquire());
      assert.equal(await admin.get('name'), lease.token);
      const left = await admin.pttl('name');
      assert.ok(left > 0 && left <= 10_000, `${left}`);
      assert.equal(await lock.locked(), true);
      assert.equal(await lease.owned(), true);
      assert.equal(lease.signal.aborted, false);
      await lease.release();
      assert.equal(await lock.locked(), false);
      assert.equal(await lease.owned(), false);
      assert.equal(lease.signal.aborted, false);
      assert.equal(await admin.exists('name'), 0);
    });

    test('gives every acquisition a lease of its own', async (t) => {
      const lock = client(t).lock('name', { timeout: 10_000, blocking: false });
      const first = await leaseOf(lock.acquire());
      assert.equal(await lock.acquire(), null);
      assert.equal(await lock.acquire({ blocking: true, blockingTimeout: 0 }), null);
      await first.release();
      const second = await leaseOf(lock.acquire());
      assert.notEqual(second.token, first.token);
      assert.ok(second.fencing > first.fencing);
      assert.equal(await first.owned(), false);
      assert.equal(await second.owned(), true);
      await failureOf(first.release(), LockError, 'LOCK_RELEASED');
      assert.equal(await second.owned(), true);
      await second.release();
    });

    test('is handed from client to client', async (t) => {
      const lease = await acquired(admin, 'name', { timeout: 10_000 });
      const waiting = client(t).lock('name', { timeout: 10_000 }).acquire();
      await until('it listens', listens(admin, 1));
      await lease.release();
      const next = await leaseOf(waiting);
      assert.equal(await next.owned(), true);
      await next.release();
    });

    test('is extended and renewed', async (t) => {
      const lease = await acquired(client(t), 'name', { timeout: 10_000 });
      await lease.extend(5000);
      assert.ok((await admin.pttl('name')) > 11_000);
      await lease.extend(5000, { replace: true });
      assert.ok((await admin.pttl('name')) <= 5000);
      await lease.reacquire();
      const left = await admin.pttl('name');
      assert.ok(left > 5000 && left <= 10_000, `${left}`);
      await admin.persist('name');
      await lease.extend(3000);
      assert.ok((await admin.pttl('name')) <= 3000);
      await lease.release();
    });

    test('that was lost is told of', async (t) => {
      const lease = await acquired(client(t), 'name', { timeout: 10_000 });
      await admin.set('name', 'thief');
      assert.equal(await lease.owned(), false);
      assert.match((await fired(lease)).message, /no longer held/);
      await failureOf(lease.release(), LockNotOwnedError, 'LOCK_NOT_OWNED');
      await failureOf(lease.extend(1), LockNotOwnedError, 'LOCK_NOT_OWNED');
      assert.equal(await admin.get('name'), 'thief');
    });
  });
}

describe('fencing numbers', limit, () => {
  test('grow from acquisition to acquisition, whoever acquires', async (t) => {
    const clients = [open(t, { port: server.port }), open(t, { port: server.port, protocol: 2 })];
    let last = 0;
    for (let i = 0; i < 40; i++) {
      const lease = await acquired(clients[i % 2]!, 'name');
      assert.ok(Number.isSafeInteger(lease.fencing) && lease.fencing > last, `${lease.fencing} after ${last}`);
      last = lease.fencing;
      // The last number may be forgotten, or evicted.
      if (i % 3 === 0) await admin.del('name:{name}:fence');
      await lease.release();
    }
  });

  test('do not go back with the server’s clock', async (t) => {
    const future = Date.now() * 1000 + 3600e6;
    await admin.set('name:{name}:fence', future);
    const client = open(t, { port: server.port });
    for (let i = 1; i <= 3; i++) {
      const lease = await acquired(client, 'name');
      assert.equal(lease.fencing, future + i);
      await lease.release();
    }
  });
});

describe('a token', limit, () => {
  test('can be given, as text or bytes', async (t) => {
    const lock = open(t, { port: server.port }).lock('name', { timeout: 10_000, blocking: false });
    const bytes = Buffer.from([0, 255, 13, 10]);
    const lease = await leaseOf(lock.acquire({ token: bytes }));
    bytes.fill(1);
    assert.deepEqual(await admin.withOptions({ encoding: 'buffer' }).get('name'), Buffer.from([0, 255, 13, 10]));
    assert.equal(await lease.owned(), true);
    await lease.release();
    const named = await leaseOf(lock.acquire({ token: 'worker 7' }));
    assert.equal(await admin.get('name'), 'worker 7');
    assert.equal(named.token, 'worker 7');
    // A token may be used again, but not by two at a time.
    assert.equal(await lock.acquire({ token: 'worker 7' }), null);
    await named.release();
    await (await leaseOf(lock.acquire({ token: 'worker 7' }))).release();
  });

  test('lets another client release the lock', async (t) => {
    const lease = await acquired(open(t, { port: server.port }), 'name', { timeout: 10_000 });
    assert.equal(await admin.get('name'), lease.token);
    await admin.del('name');
    await failureOf(lease.release(), LockNotOwnedError);
  });
});

describe('run', limit, () => {
  test('gives what the work gave, and releases', async (t) => {
    const lock = open(t, { port: server.port }).lock('name', { timeout: 10_000, autoExtend: true });
    const result = await lock.run(async (signal, lease) => {
      assert.equal(signal, lease.signal);
      assert.equal(await lock.locked(), true);
      return 'done';
    });
    assert.equal(result, 'done');
    assert.equal(await lock.locked(), false);
    assert.equal(await lock.run(() => 7), 7);
    assert.equal(await lock.run((_, lease) => lease.release().then(() => 8)), 8);
  });

  test('rejects with what the work rejects with, and releases', async (t) => {
    const lock = open(t, { port: server.port }).lock('name', { timeout: 10_000 });
    const failure = new DataError('the work failed');
    const { error } = await outcomeOf(lock.run(() => Promise.reject(failure)));
    assert.equal(error, failure);
    assert.equal(await lock.locked(), false);
    const thrown = await outcomeOf(
      lock.run(async () => {
        await admin.del('name');
        throw failure;
      }),
    );
    assert.equal(thrown.error, failure);
  });

  test('rejects when the lock is not to be had', async (t) => {
    const client = open(t, { port: server.port });
    const lease = await acquired(client, 'name');
    let runs = 0;
    const run = client.lock('name').run(() => runs++, { blockingTimeout: 20 });
    await failureOf(run, LockError, 'LOCK_NOT_ACQUIRED');
    assert.equal(runs, 0);
    await lease.release();
  });

  test('rejects when the lock was lost, though the work succeeded', async (t) => {
    const lock = open(t, { port: server.port }).lock('name', { timeout: 10_000 });
    await failureOf(
      lock.run(() => admin.del('name')),
      LockNotOwnedError,
    );
    const noticed = lock.run(async (_, lease) => {
      await admin.del('name');
      await failureOf(lease.reacquire(), LockNotOwnedError);
    });
    await failureOf(noticed, LockNotOwnedError);
  });

  test('tells the work of a loss, which can end it', async (t) => {
    const lock = open(t, { port: server.port }).lock('name', { timeout: 150 });
    const { error } = await outcomeOf(lock.run((signal) => sleep(10_000, undefined, { signal })));
    assert.equal((error as Error).name, 'AbortError');
  });
});

describe('names', limit, () => {
  const NAMES = [
    'plain',
    '{tag}',
    'of:{tag}:1',
    'a}b',
    '{',
    'a{b',
    'ü{ü}',
    'with space',
    Buffer.from([0, 255, 0x7b, 1, 0x7d]),
  ];

  test('of almost any bytes have their keys in one slot', async (t) => {
    await using cluster = await ValkeyServer.start({
      args: ['--cluster-enabled', 'yes', '--cluster-node-timeout', '500'],
    });
    const client = open(t, { port: cluster.port });
    await client.clusterAddslotsrange({ start: 0, end: 16_383 });
    await until('the cluster serves', () =>
      client.get('k').then(
        () => true,
        () => false,
      ),
    );
    for (const name of NAMES.filter((each) => each !== 'a}b')) {
      const lock = client.lock(name, { timeout: 10_000, sleep: 10 });
      const lease = await leaseOf(lock.acquire());
      const waiting = lock.acquire();
      await sleep(10);
      await lease.release();
      await (await leaseOf(waiting)).release();
    }
  });

  test('that differ are different locks', async (t) => {
    const client = open(t, { port: server.port });
    const leases = await Promise.all(NAMES.map((name) => client.lock(name, { blocking: false }).acquire()));
    for (const lease of leases) await lease?.release();
    assert.ok(leases.every((lease) => lease !== null));
    assert.equal((await admin.keys('*')).length, NAMES.length, 'a fencing number each');
  });

  test('begin the names of all keys, for users who may use those only, and the commands that the guide names', async (t) => {
    const needed = 'get set exists copy rpush pttl pexpire del time blpop eval evalsha'.split(' ');
    if (hasDelifeq) needed.push('delifeq');
    const rules = ['on', '>x', '~order:*', '-@all', ...needed.map((command) => `+${command}`)];
    await admin.executeCommand('ACL', 'SETUSER', 'orders', ...rules);
    const client = open(t, { port: server.port, username: 'orders', password: 'x' });
    const lock = client.lock('order:42', { timeout: 10_000, sleep: 5000 });
    const lease = await leaseOf(lock.acquire());
    const waiting = lock.acquire();
    await until('it listens', listens(admin, 1));
    await lease.release();
    await (await leaseOf(waiting)).release();
    const { error } = await outcomeOf(client.lock('other').acquire());
    assert.ok(error instanceof ResponseError);
    assert.equal(error.code, 'NOPERM');
  });
});

describe('options', limit, () => {
  test('are checked, with their names', (t) => {
    const client = open(t, { port: server.port });
    for (const [options, message] of [
      [{ timout: 1 }, /unknown option of a lock timout: did you mean timeout/],
      [{ timeout: 0 }, /timeout must be whole milliseconds/],
      [{ timeout: 1.5 }, /timeout must be whole milliseconds/],
      [{ timeout: Infinity }, /timeout must be whole milliseconds/],
      [{ sleep: 0 }, /sleep must be milliseconds above 0/],
      [{ blocking: 1 }, /blocking must be true or false/],
      [{ blockingTimeout: -1 }, /blockingTimeout must be milliseconds from 0 up/],
      [{ autoExtend: true }, /autoExtend of a lock needs a timeout/],
    ] as const) {
      assert.throws(() => client.lock('name', options as LockOptions), message);
    }
    assert.throws(() => client.lock(1 as unknown as string), DataError);
    client.lock('name', { timeout: undefined, sleep: undefined, autoExtend: undefined, blockingTimeout: Infinity });
  });

  test('of acquire are checked, and take the place of the lock’s', async (t) => {
    const lock = open(t, { port: server.port }).lock('name', { blocking: false, blockingTimeout: 60_000 });
    for (const options of [{ timeout: 1 }, { token: '' }, { token: 1 }, { signal: {} }, { sleep: NaN }]) {
      await failureOf(lock.acquire(options as LockAcquireOptions), DataError);
    }
    const lease = await leaseOf(lock.acquire());
    assert.equal(await lock.acquire({ blocking: undefined }), null);
    assert.equal(await lock.acquire({ blocking: true, blockingTimeout: 20 }), null);
    await lease.release();
  });

  test('of the client’s own decoders do not disturb', async (t) => {
    const client = open(t, { port: server.port });
    for (const name of ['EVALSHA', 'GET', 'EXISTS', 'DELIFEQ', 'BLPOP', 'COPY']) {
      client.setResponseCallback(name, () => assert.fail('not asked for'));
    }
    const lock = client.lock('name', { timeout: 10_000 });
    const lease = await leaseOf(lock.acquire());
    assert.equal(await lock.locked(), true);
    assert.equal(await lease.owned(), true);
    await lease.extend(1);
    const waiting = lock.acquire();
    await lease.release();
    await (await leaseOf(waiting)).release();
  });
});
