/** Errors inside of transactions, and of their callers: which make the function run again, and which do not. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import {
  DataError,
  ExecAbortError,
  PipelineError,
  ResponseError,
  Valkey,
  WatchError,
  type Transaction,
} from '../../../src/index.ts';
import { ValkeyServer } from '../../../src/testing/index.ts';
import { callsOf, failureOf, open, outcomeOf, typed } from './tools.ts';

const limit = { timeout: 30_000 };
const server = await ValkeyServer.start();
const admin = new Valkey({ port: server.port });
after(async () => {
  admin.destroy();
  await server.stop();
});

describe('an error in a transaction', limit, () => {
  test('is that of the function, which is not run again', async (t) => {
    const client = open(t, { port: server.port });
    await admin.set('text', 'abc');
    let runs = 0;
    const mine = new RangeError('mine');
    const failing: readonly (readonly [(tx: Transaction) => unknown, (error: unknown) => unknown])[] = [
      [() => Promise.reject(mine), (error) => assert.equal(error, mine)],
      [(tx) => tx.incr('text'), (error) => typed(error, ResponseError, 'ERR')],
      [(tx) => tx.multi().incr('text').execute(), (error) => typed(error, PipelineError)],
      [(tx) => tx.multi().executeCommand('NOSUCH').execute(), (error) => typed(error, ExecAbortError)],
      [(tx) => tx.set('text', null as never), (error) => typed(error, DataError, 'INVALID_ARGUMENT')],
    ];
    for (const [run, check] of failing) {
      const { error } = await outcomeOf(
        client.transaction(
          async (tx) => {
            runs++;
            return await run(tx);
          },
          { watch: 'text' },
        ),
      );
      check(error);
    }
    assert.equal(runs, failing.length);
  });

  test('of another transaction inside of it is none of its own', async (t) => {
    const client = open(t, { port: server.port });
    await admin.mset({ outer: 0, inner: 0 });
    let outer = 0;
    let inner = 0;
    const nested = client.transaction(
      async (tx) => {
        outer++;
        await client.transaction(
          async (within) => {
            inner++;
            await admin.incr('inner');
            await within.multi().get('inner').execute();
          },
          { watch: 'inner', maxAttempts: 3, delay: 0 },
        );
        await tx.multi().incr('outer').execute();
      },
      { watch: 'outer' },
    );
    await failureOf(nested, WatchError);
    assert.deepEqual([outer, inner, await admin.get('outer')], [1, 3, '0']);
  });

  test('behind a commit does not make it commit again', async (t) => {
    const client = open(t, { port: server.port });
    await admin.mset({ committed: 0, second: 0 });
    let runs = 0;
    const twice = client.transaction(
      async (tx) => {
        runs++;
        await tx.multi().incr('committed').execute();
        await tx.watch('second');
        await admin.incr('second');
        await tx.multi().incr('second').execute();
      },
      { watch: 'committed' },
    );
    await failureOf(twice, WatchError);
    assert.deepEqual([runs, await admin.mget(['committed', 'second'])], [1, ['1', '1']]);
  });

  test('that the function catches is over', async (t) => {
    const client = open(t, { port: server.port });
    let runs = 0;
    const value = await client.transaction(
      async (tx) => {
        runs++;
        await admin.incr('caught');
        await tx
          .multi()
          .incr('caught')
          .execute()
          .catch((error: unknown) => typed(error, WatchError));
        return 'gave up';
      },
      { watch: 'caught' },
    );
    assert.deepEqual([value, runs], ['gave up', 1]);
  });

  test('has a stack that ends in the caller’s code', async (t) => {
    const client = open(t, { port: server.port });
    async function theCaller(): Promise<void> {
      await client.transaction(
        async (tx) => {
          await admin.incr('outrun');
          await tx.multi().get('outrun').execute();
        },
        { watch: 'outrun', maxAttempts: 1 },
      );
    }
    const { error } = await outcomeOf(theCaller());
    assert.match(typed(error, WatchError).stack ?? '', /at async theCaller/);
  });
});

describe('wrong use of a transaction', limit, () => {
  test('is refused', async (t) => {
    const client = open(t, { port: server.port });
    const run = (): void => assert.fail('it must not run');
    const wrong: readonly (readonly [object, string, RegExp])[] = [
      [{ wacth: 'k' }, 'UNKNOWN_OPTION', /did you mean watch\?$/],
      [{ maxAttempts: 0 }, 'INVALID_OPTION', /maxAttempts must be a whole number/],
      [{ maxAttempts: 1.5 }, 'INVALID_OPTION', /maxAttempts/],
      [{ delay: -1 }, 'INVALID_OPTION', /delay/],
      [{ delay: NaN }, 'INVALID_OPTION', /delay/],
      [{ signal: {} }, 'INVALID_OPTION', /signal must be an AbortSignal/],
      [{ watch: [] }, 'INVALID_DATA', /WATCH needs at least one key/],
      [{ watch: [null] }, 'INVALID_ARGUMENT', /WATCH: argument 1 is null/],
    ];
    for (const [options, code, message] of wrong) {
      const error = await failureOf(client.transaction(run, options), DataError, code);
      assert.match(error.message, message);
    }
    assert.equal(client.stats().pool.leased, 0);
  });

  test('MULTI, EXEC and DISCARD are what multi() is for', async (t) => {
    const client = open(t, { port: server.port });
    await client.transaction((tx) => {
      for (const name of ['MULTI', 'EXEC', 'DISCARD']) {
        assert.throws(
          () => tx.executeCommand(name),
          (error) => typed(error, DataError, 'NEEDS_SESSION').command === name,
        );
      }
    });
  });

  test('a transaction that is over takes no more commands', async (t) => {
    const client = open(t, { port: server.port });
    const before = await callsOf(admin, 'strlen');
    const tx = await client.transaction((given) => ({ given }));
    const multi = tx.given.multi().strlen('k');
    for (const late of [tx.given.strlen('k'), multi.execute()]) {
      const { error } = await outcomeOf(late);
      assert.equal((error as { code?: string }).code, 'CLOSED');
    }
    assert.equal(await callsOf(admin, 'strlen'), before);
  });
});
