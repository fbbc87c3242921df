/** Transactions that watch, while connections are lost, servers are away, deadlines pass and signals fire. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  AbortError,
  ConnectionError,
  ConstantBackoff,
  MaxConnectionsError,
  TimeoutError,
  Valkey,
  type Transaction,
} from '../../../src/index.ts';
import { FaultProxy, ValkeyServer } from '../../../src/testing/index.ts';
import { blockedClients, failureOf, open, outcomeOf, typed, until } from './tools.ts';

const limit = { timeout: 30_000 };
const retry = { backoff: new ConstantBackoff(10) };
const server = await ValkeyServer.start();
const admin = new Valkey({ port: server.port });
after(async () => {
  admin.destroy();
  await server.stop();
});

/** Ends the connection of a transaction, as an operator would; resolves when the client knows. */
async function kill(tx: Transaction): Promise<void> {
  const id = await tx.clientId();
  await admin.executeCommand('CLIENT', 'KILL', 'ID', String(id));
  await noticed(tx);
}

async function noticed(tx: Transaction): Promise<void> {
  await until('the loss is noticed', async () => !(await outcomeOf(tx.ping())).ok);
}

describe('a transaction that loses its connection', limit, () => {
  test('before it was to commit is run again', async (t) => {
    const client = open(t, { port: server.port });
    await admin.set('n', 0);
    let runs = 0;
    const replies = await client.transaction(
      async (tx) => {
        runs++;
        const n = Number(await tx.get('n'));
        if (runs < 3) await kill(tx);
        // It need not be the transaction that finds out.
        if (runs === 2) await tx.get('n');
        return await tx
          .multi()
          .set('n', n + 1)
          .get('n')
          .execute();
      },
      { watch: 'n' },
    );
    assert.deepEqual([runs, replies], [3, ['OK', '1']]);
    assert.equal(client.stats().pool.leased, 0);
  });

  test('again and again rejects in the end', async (t) => {
    const client = open(t, { port: server.port });
    let runs = 0;
    const lost = client.transaction(
      async (tx) => {
        runs++;
        await kill(tx);
        await tx.get('n');
      },
      { watch: 'n', maxAttempts: 3 },
    );
    await failureOf(lost, ConnectionError);
    assert.equal(runs, 3);
  });

  test('when it had committed, for all that is known, is not run again', async (t) => {
    await using proxy = await FaultProxy.start(server);
    const client = open(t, { port: proxy.port, retry });
    await admin.set('n', 0);
    let runs = 0;
    const lost = outcomeOf(
      client.transaction(
        async (tx) => {
          runs++;
          const n = Number(await tx.get('n'));
          proxy.dropReplies();
          await tx
            .multi()
            .set('n', n + 1)
            .execute();
        },
        { watch: 'n' },
      ),
    );
    await until('the server ran it', async () => (await admin.get('n')) === '1');
    proxy.cut();
    proxy.heal();
    assert.equal(typed((await lost).error, ConnectionError, 'CONNECTION_LOST').sent, true);
    assert.deepEqual([runs, await admin.get('n')], [1, '1']);
  });

  test('behind its commit has committed once', async (t) => {
    const client = open(t, { port: server.port });
    await admin.set('n', 0);
    const lost = client.transaction(
      async (tx) => {
        await tx.multi().incr('n').execute();
        await kill(tx);
        await tx.get('n');
      },
      { watch: 'n' },
    );
    await failureOf(lost, ConnectionError);
    assert.equal(await admin.get('n'), '1');
  });

  test('is not run again for a connection that is another’s', async (t) => {
    const client = open(t, { port: server.port });
    const nowhere = open(t, { port: 1, retry: { retries: 0 } });
    let runs = 0;
    const failed = client.transaction(
      async () => {
        runs++;
        await nowhere.get('k');
      },
      { watch: 'n' },
    );
    await failureOf(failed, ConnectionError);
    assert.equal(runs, 1);
  });

  test('cut at random, the counter is what was acknowledged, or may have run', async (t) => {
    await using proxy = await FaultProxy.start(server);
    const client = open(t, { port: proxy.port, socketTimeout: 10_000, retry: { ...retry, retries: 100 } });
    await admin.set('sum', 0);
    let acknowledged = 0;
    let unsure = 0;
    const loop = async (): Promise<void> => {
      for (let turn = 0; turn < 20; turn++) {
        const add = async (tx: Transaction): Promise<void> => {
          const sum = Number(await tx.get('sum'));
          await tx
            .multi()
            .set('sum', sum + 1)
            .execute();
        };
        const { ok, error } = await outcomeOf(client.transaction(add, { watch: 'sum', maxAttempts: 2000 }));
        if (ok) acknowledged++;
        else if (typed(error, ConnectionError).sent) unsure++;
      }
    };
    const loops = Promise.all(Array.from({ length: 10 }, loop));
    let running = true;
    void loops.finally(() => (running = false));
    while (running) {
      await sleep(15);
      proxy.cut();
    }
    await loops;
    const sum = Number(await admin.get('sum'));
    t.diagnostic(`${sum}: ${acknowledged} acknowledged, ${unsure} may have run, ${proxy.accepted} connections`);
    assert.ok(sum >= acknowledged && sum <= acknowledged + unsure);
    assert.ok(acknowledged > 0);
    assert.equal(client.stats().pool.leased, 0);
  });
});

describe('a transaction while the server is away', limit, () => {
  test('waits for it', async (t) => {
    await using own = await ValkeyServer.start();
    const client = open(t, { port: own.port, socketTimeout: 10_000, retry });
    await client.connect();
    await own.kill();
    const waiting = client.transaction((tx) => tx.multi().incr('n').execute());
    await sleep(100);
    await own.restart();
    assert.deepEqual(await waiting, [1]);
  });

  test('is run again when the server comes back', async (t) => {
    await using own = await ValkeyServer.start();
    const client = open(t, { port: own.port, socketTimeout: 10_000, retry });
    let runs = 0;
    const replies = await client.transaction(
      async (tx) => {
        if (++runs === 1) {
          await own.kill();
          await noticed(tx);
          await own.restart();
        }
        return await tx.multi().incr('n').execute();
      },
      { watch: 'n' },
    );
    assert.deepEqual([runs, replies], [2, [1]]);
  });

  test('is run again while the server is busy, within the deadline', async (t) => {
    await using own = await ValkeyServer.start({ args: ['--busy-reply-threshold', '20'] });
    await using other = new Valkey({ port: own.port, socketTimeout: 20_000 });
    await using probe = new Valkey({ port: own.port, socketTimeout: 100, retry: { retries: 0 } });
    const client = open(t, { port: own.port, retry });
    await Promise.all([other.connect(), probe.connect(), client.transaction((tx) => tx.set('n', 0))]);
    const script = outcomeOf(other.executeCommand('EVAL', 'while true do end', 0));
    await until('the server is busy', async () => String((await outcomeOf(probe.ping())).error).includes('BUSY'));
    let runs = 0;
    const add = async (tx: Transaction): Promise<number[]> => {
      runs++;
      if (runs % 2 === 0) await tx.get('n');
      return await tx.multi().incr('n').execute();
    };
    const waiting = client.transaction(add, { watch: 'n', delay: 10, maxAttempts: 1000 });
    const impatient = client.withOptions({ timeout: 200 }).transaction(add, { delay: 10, maxAttempts: 1000 });
    const { error } = await outcomeOf(impatient);
    assert.match(String(error), /BUSY/);
    assert.ok(runs > 5);
    await probe.withOptions({ timeout: 5000 }).executeCommand('SCRIPT', 'KILL');
    assert.deepEqual(await waiting, [1]);
    await script;
  });

  test('fails at once where its view says so, and in time otherwise', async (t) => {
    const client = open(t, { port: 1, socketTimeout: 300 });
    const quick = client.withOptions({ whenDown: 'fail', timeout: 10_000 });
    await failureOf(
      quick.transaction(() => 1),
      ConnectionError,
      'ECONNREFUSED',
    );
    const start = performance.now();
    await failureOf(
      client.transaction(() => 1),
      ConnectionError,
    );
    assert.ok(performance.now() - start < 5000);
  });

  test('waits for a free connection no longer than its view says', async (t) => {
    const client = open(t, { port: server.port, maxConnections: 1, socketTimeout: 100 });
    await using session = await client.session();
    await session.ping();
    await failureOf(
      client.transaction(() => 1),
      MaxConnectionsError,
    );
  });

  test('and the client is closed rejects', async (t) => {
    const client = open(t, { port: server.port });
    await client.close();
    await failureOf(
      client.transaction(() => 1),
      ConnectionError,
      'CLOSED',
    );
  });
});

describe('a transaction whose time is over', limit, () => {
  test('rejects, and its connection is not used again', async () => {
    await using own = await ValkeyServer.start();
    await using client = new Valkey({ port: own.port });
    const quick = client.withOptions({ timeout: 100 });
    let runs = 0;
    const late = quick.transaction(
      async (tx) => {
        runs++;
        own.pause();
        return await tx.multi().incr('n').execute();
      },
      { watch: 'n' },
    );
    assert.equal((await failureOf(late, TimeoutError)).phase, 'sent');
    assert.equal(client.stats().pool.connections, 0);
    own.resume();
    assert.equal(runs, 1);
    assert.equal((await client.transaction((tx) => tx.multi().ping().execute()))[0], 'PONG');
  });
});

describe('a transaction that is aborted', limit, () => {
  test('before it began does not run', async (t) => {
    const client = open(t, { port: server.port });
    const signal = AbortSignal.abort(new Error('why'));
    const error = await failureOf(
      client.transaction(() => assert.fail('it must not run'), { watch: 'k', signal }),
      AbortError,
      'ABORTED',
    );
    assert.deepEqual([error.sent, (error.cause as Error).message], [false, 'why']);
    const view = client.withOptions({ signal });
    await failureOf(
      view.transaction(() => assert.fail('it must not run')),
      AbortError,
    );
    assert.equal(client.stats().pool.leased, 0);
  });

  test('while a command of it waits releases the connection', async (t) => {
    const client = open(t, { port: server.port });
    const abort = new AbortController();
    const waiting = client.transaction((tx) => tx.blpop('never', 0), { watch: 'k', signal: abort.signal });
    await until('it blocks', async () => (await blockedClients(admin)) === 1);
    abort.abort();
    assert.equal((await failureOf(waiting, AbortError)).sent, true);
    await until('none blocks', async () => (await blockedClients(admin)) === 0);
    assert.equal(client.stats().pool.connections, 0);
  });

  test('while it commits may have run', async (t) => {
    await using own = await ValkeyServer.start();
    const client = open(t, { port: own.port });
    const abort = new AbortController();
    let runs = 0;
    const aborted = client.transaction(
      async (tx) => {
        runs++;
        own.pause();
        setTimeout(() => abort.abort(), 20);
        return await tx.multi().incr('n').execute();
      },
      { watch: 'n', signal: abort.signal },
    );
    assert.equal((await failureOf(aborted, AbortError)).sent, true);
    own.resume();
    assert.equal(runs, 1);
    await until('its connection is gone', () => client.stats().pool.connections === 0);
  });

  test('between two runs is not run again', async (t) => {
    const client = open(t, { port: server.port });
    const abort = new AbortController();
    let runs = 0;
    async function theCaller(): Promise<void> {
      await client.transaction(
        async (tx) => {
          runs++;
          await admin.incr('outrun');
          setTimeout(() => abort.abort(), 30);
          await tx.multi().get('outrun').execute();
        },
        { watch: 'outrun', delay: 20_000, signal: abort.signal },
      );
    }
    const error = await failureOf(theCaller(), AbortError, 'ABORTED');
    assert.match(error.stack ?? '', /at async theCaller/);
    assert.deepEqual([error.sent, runs], [false, 1]);
  });

  test('while it waits for a connection takes none', async (t) => {
    const client = open(t, { port: server.port, maxConnections: 1 });
    await using session = await client.session();
    await session.ping();
    const abort = new AbortController();
    const waiting = client.transaction(() => assert.fail('it must not run'), { signal: abort.signal });
    await until('it waits', () => client.stats().pool.waiting === 1);
    abort.abort();
    await failureOf(waiting, AbortError);
    assert.equal(client.stats().pool.waiting, 0);
  });

  test('with a signal that fires when all is done is not disturbed', async (t) => {
    const client = open(t, { port: server.port });
    const abort = new AbortController();
    assert.deepEqual(await client.transaction((tx) => tx.multi().ping().execute(), { signal: abort.signal }), ['PONG']);
    abort.abort();
    assert.equal(await client.transaction(() => 1), 1);
    assert.equal(client.stats().pool.connections, 1);
  });
});

test('close waits for a transaction to end', limit, async (t) => {
  const client = open(t, { port: server.port });
  await admin.del('closing');
  let begun = false;
  const replies = client.transaction(
    async (tx) => {
      await tx.get('closing');
      begun = true;
      await sleep(50);
      return await tx.multi().incr('closing').execute();
    },
    { watch: 'closing' },
  );
  await until('it has begun', () => begun);
  await client.close();
  assert.deepEqual(await replies, [1]);
});
