/** Transactions that watch: `client.transaction()`. How they fail with their connection is in transaction-failure.test.ts. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { Valkey, WatchError, type Transaction } from '../../../src/index.ts';
import { ValkeyServer } from '../../../src/testing/index.ts';
import { callAll, CALLED, fill, wayName, WAYS } from './collected.ts';
import { clientList, failureOf, open, outcomeOf } from './tools.ts';

const limit = { timeout: 60_000 };
const server = await ValkeyServer.start();
const admin = new Valkey({ port: server.port });
after(async () => {
  admin.destroy();
  await server.stop();
});

async function dials(): Promise<number> {
  const info = String(await admin.executeCommand('INFO', 'stats'));
  return Number(/total_connections_received:(\d+)/.exec(info)?.[1]);
}

for (const way of WAYS) {
  describe(`in a transaction, ${wayName(way)}`, limit, () => {
    test('commands answer at once, and those of multi() together', async (t) => {
      const client = open(t, { port: server.port, ...way });
      await fill(admin);
      const alone = await Promise.all(callAll(client));
      const [direct, together] = await client.transaction(
        async (tx) => {
          const answers = await Promise.all(callAll(tx));
          const multi = tx.multi();
          callAll(multi);
          const replies: unknown[] = await multi.execute();
          return [answers, replies];
        },
        { watch: 'sorted' },
      );
      for (const [i, name] of CALLED.entries()) {
        assert.deepEqual(direct[i], alone[i], name);
        assert.deepEqual(together[i], alone[i], name);
      }
    });
  });
}

describe('a transaction', limit, () => {
  test('gives what its function gives', async (t) => {
    const client = open(t, { port: server.port });
    assert.equal(await client.transaction(() => 'at once'), 'at once');
    assert.deepEqual(await client.transaction(async (tx) => await tx.multi().set('a', 1).get('a').execute()), [
      'OK',
      '1',
    ]);
    assert.equal(await client.transaction((tx) => tx.get('a')), '1');
  });

  test('is run again when what it watches was changed, before or behind its reading', async (t) => {
    const client = open(t, { port: server.port });
    for (const [watch, change] of [
      ['stock', 'stock'],
      [['other', 'stock'], 'other'],
      [Buffer.from('stock'), 'stock'],
    ] as const) {
      await admin.mset({ stock: 5, other: 5 });
      const seen: (string | null)[] = [];
      const sold = await client.transaction(
        async (tx) => {
          const stock = await tx.get('stock');
          seen.push(stock);
          if (seen.length < 3) await admin.incr(change);
          const [left] = await tx.multi().decrby('stock', 5).execute();
          return left;
        },
        { watch },
      );
      assert.equal(seen.length, 3);
      assert.equal(sold, change === 'stock' ? 2 : 0);
    }
  });

  test('watches more keys as it goes, or none any more', async (t) => {
    const client = open(t, { port: server.port });
    await admin.set('late', 0);
    let runs = 0;
    await client.transaction(async (tx) => {
      assert.equal(await tx.watch(['late', 'later']), 'OK');
      if (++runs === 1) await admin.incr('late');
      await tx.multi().incr('late').execute();
    });
    assert.deepEqual([runs, await admin.get('late')], [2, '2']);
    runs = 0;
    await client.transaction(
      async (tx) => {
        runs++;
        await admin.incr('late');
        assert.equal(await tx.unwatch(), 'OK');
        await tx.multi().incr('late').execute();
      },
      { watch: 'late' },
    );
    assert.deepEqual([runs, await admin.get('late')], [1, '4']);
  });

  test('of which multi() has no commands still tells whether anything was changed', async (t) => {
    const client = open(t, { port: server.port });
    await admin.set('read', 0);
    let runs = 0;
    const read = await client.transaction(
      async (tx) => {
        const value = await tx.get('read');
        if (++runs < 3) await admin.incr('read');
        assert.deepEqual(await tx.multi().execute(), []);
        return value;
      },
      { watch: 'read' },
    );
    assert.deepEqual([runs, read], [3, '2']);
  });

  test('rejects with a WatchError when it was outrun as often as it may be', async (t) => {
    const client = open(t, { port: server.port });
    await admin.set('busy', 0);
    let runs = 0;
    const outrun = async (tx: Transaction): Promise<void> => {
      runs++;
      await admin.incr('busy');
      await tx.multi().set('busy', -1).execute();
    };
    const error = await failureOf(
      client.transaction(outrun, { watch: 'busy', maxAttempts: 4, delay: 0 }),
      WatchError,
      'WATCH_FAILED',
    );
    assert.match(error.message, /a key that was watched has changed; none of the transaction ran/);
    assert.deepEqual([runs, await admin.get('busy')], [4, '4']);
    runs = 0;
    await failureOf(client.transaction(outrun, { watch: 'busy', maxAttempts: 1 }), WatchError);
    assert.equal(runs, 1);
    runs = 0;
    await failureOf(client.transaction(outrun, { watch: 'busy', delay: 0 }), WatchError);
    assert.equal(runs, 100);
  });

  test('waits between two runs as long as it is told', async (t) => {
    const client = open(t, { port: server.port });
    const starts: number[] = [];
    await client.transaction(
      async (tx) => {
        starts.push(performance.now());
        if (starts.length < 4) await admin.incr('paced');
        await tx.multi().get('paced').execute();
      },
      { watch: 'paced', delay: 50 },
    );
    // A timer of Node may fire up to a millisecond early.
    for (let i = 1; i < starts.length; i++) assert.ok(starts[i]! - starts[i - 1]! >= 49);
  });

  test('50 at a time, each reading, adding and writing back: nothing is lost', async (t) => {
    const LOOPS = 50;
    const TURNS = 4;
    const client = open(t, { port: server.port, socketTimeout: 30_000 });
    await admin.set('sum', 0);
    const before = await dials();
    let successes = 0;
    let runs = 0;
    const loop = async (id: number): Promise<void> => {
      for (let turn = 0; turn < TURNS; turn++) {
        const mine = `${id}:${turn}`;
        const replies = await client.transaction(
          async (tx) => {
            runs++;
            const sum = Number(await tx.get('sum'));
            const echoed = await tx.echo(mine);
            assert.equal(echoed, mine);
            return await tx
              .multi()
              .set('sum', sum + 1)
              .get('sum')
              .echo(mine)
              .execute();
          },
          { watch: 'sum', maxAttempts: 2000 },
        );
        assert.equal(replies[2], mine);
        successes++;
      }
    };
    const beside = Array.from({ length: 500 }, (_, i) => client.echo(`beside ${i}`));
    await Promise.all(Array.from({ length: LOOPS }, (_, id) => loop(id)));
    assert.deepEqual(
      await Promise.all(beside),
      beside.map((_, i) => `beside ${i}`),
    );
    assert.equal(successes, LOOPS * TURNS);
    assert.equal(await admin.get('sum'), String(LOOPS * TURNS));
    const dialled = (await dials()) - before;
    t.diagnostic(`${runs} runs for ${successes} successes, on ${dialled} connections`);
    assert.ok(dialled <= 51, 'the connections of the pool, and the shared one');
  });
});

describe('the connection of a transaction', limit, () => {
  test('is used again, and watches nothing then', async (t) => {
    const client = open(t, { port: server.port, maxConnections: 1 });
    const before = await dials();
    const ends: Readonly<Record<string, (tx: Transaction) => unknown>> = {
      commits: (tx) => tx.multi().set('k', 1).execute(),
      'only reads': (tx) => tx.get('k'),
      throws: () => {
        throw new RangeError('mine');
      },
      rejects: (tx) => tx.hget('k', 'f'),
      'is refused': (tx) => tx.multi().executeCommand('NOSUCH').execute(),
      'fails in part': (tx) => tx.multi().incr('k').hget('k', 'f').execute(),
    };
    for (const [what, end] of Object.entries(ends)) {
      await outcomeOf(client.transaction(async (tx) => await end(tx), { watch: ['k', 'watched'] }));
      assert.deepEqual(
        { ...client.stats().pool },
        { connections: 1, idle: 1, leased: 0, waiting: 0, maxConnections: 1 },
      );
      for (const each of await clientList(admin)) assert.ok([undefined, '0'].includes(each['watch']), what);
      await admin.incr('watched');
      await using session = await client.session();
      await session.multi();
      assert.deepEqual(await session.exec(), [], what);
    }
    assert.equal((await dials()) - before, 1);
  });

  test('is not used again when something was changed on it', async (t) => {
    const client = open(t, { port: server.port });
    await client.transaction(async (tx) => {
      await tx.select(3);
      await tx.set('elsewhere', 1);
    });
    assert.equal(client.stats().pool.connections, 0);
    assert.equal(await client.get('elsewhere'), null);
  });

  test('may block, and does so for nobody else', async (t) => {
    const client = open(t, { port: server.port });
    await client.del('jobs');
    const job = client.transaction(async (tx) => await tx.blpop('jobs', 10));
    await client.rpush('jobs', ['work']);
    assert.deepEqual(await job, ['jobs', 'work']);
  });

  test('is given back before the next attempt', async (t) => {
    const client = open(t, { port: server.port, maxConnections: 1, socketTimeout: 1000 });
    let runs = 0;
    await client.transaction(
      async (tx) => {
        if (++runs < 5) await admin.incr('changing');
        await tx.multi().get('changing').execute();
      },
      { watch: 'changing', delay: 0 },
    );
    assert.equal(runs, 5);
  });
});
