/** Batches: replies in the places of the calls. How their commands run and fail is the pipelines' and transactions' business. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { Namespace, type Surface } from '../../../src/commands/index.ts';
import {
  DataError,
  ExecAbortError,
  PipelineError,
  Valkey,
  type Batch,
  type Key,
  type Result,
} from '../../../src/index.ts';
import { ValkeyServer } from '../../../src/testing/index.ts';
import { callAll, CALLED, fill, wayName, WAYS } from './collected.ts';
import { callsOf, failureOf, open, typed } from './tools.ts';

const limit = { timeout: 30_000 };
const server = await ValkeyServer.start();
const admin = new Valkey({ port: server.port });
after(async () => {
  admin.destroy();
  await server.stop();
});

class Counters<in out S extends Surface> extends Namespace<S> {
  next(key: Key): Result<S, number> {
    return this.executeCommand<number>('INCR', key);
  }
}

for (const way of WAYS) {
  for (const transaction of [false, true]) {
    describe(`a batch, ${transaction ? 'as one' : 'one by one'}, ${wayName(way)}`, limit, () => {
      test('gives the replies of the commands alone', async (t) => {
        const client = open(t, { port: server.port, ...way });
        await fill(admin);
        const alone = await Promise.all(callAll(client));
        const together = await client.batch((b) => callAll(b), { transaction });
        assert.equal(together.length, CALLED.length);
        for (const [i, name] of CALLED.entries()) assert.deepEqual(together[i], alone[i], name);
      });
    });
  }
}

describe('what a batch was built of', limit, () => {
  test('comes back with the replies in place of the calls', async (t) => {
    const client = open(t, { port: server.port });
    await fill(admin);
    const when = new Date(0);
    const names = new Map([['a', 1]]);
    const same = (): string => 'same';
    const built = await client.batch((b) => ({
      user: b.hgetall('hash'),
      counts: [b.strlen('text'), b.llen('list'), 7],
      deep: { er: { still: b.get('number') }, nothing: null, missing: undefined },
      when,
      names,
      same,
      bytes: Buffer.from('b'),
    }));
    assert.deepEqual(built, {
      user: { name: 'Ada', born: '1815', city: 'London' },
      counts: [5, 4, 7],
      deep: { er: { still: '41' }, nothing: null, missing: undefined },
      when,
      names,
      same,
      bytes: Buffer.from('b'),
    });
    assert.ok(built.when === when && built.names === names && built.same === same);
  });

  test('may be a call, a list, pairs for a Map, or nothing', async (t) => {
    const client = open(t, { port: server.port });
    await client.mset({ a: 1, b: 2 });
    assert.equal(await client.batch((b) => b.get('a')), '1');
    assert.deepEqual(await client.batch((b) => ['a', 'b', 'none'].map((key) => b.get(key))), ['1', '2', null]);
    const pairs = await client.batch((b) => ['a', 'b'].map((key) => [key, b.get(key)] as const));
    assert.deepEqual(
      new Map(pairs),
      new Map([
        ['a', '1'],
        ['b', '2'],
      ]),
    );
    assert.equal(await client.batch((b) => void b.incr('a')), undefined);
    assert.equal(await client.get('a'), '2');
    const slot = await client.batch((b) => {
      const a = b.get('a');
      return { first: a, again: a };
    });
    assert.deepEqual(slot, { first: '2', again: '2' });
  });

  test('without calls comes back as it is, and nothing is sent', async (t) => {
    const client = open(t, { port: server.port });
    assert.deepEqual(await client.batch(() => ({ a: [1] })), { a: [1] });
    assert.deepEqual(await client.batch(() => [], { transaction: true }), []);
    assert.equal(client.state, 'idle');
  });

  test('keeps fields of any name', async (t) => {
    const client = open(t, { port: server.port });
    const built = await client.batch((b) => ({ ['__proto__']: b.exists('none'), constructor: b.exists('none') }));
    assert.deepEqual(Object.entries(built), [
      ['__proto__', 0],
      ['constructor', 0],
    ]);
    assert.equal(Object.getPrototypeOf(built), Object.prototype);
  });
});

describe('a batch', limit, () => {
  test('runs as one when it is asked to', async (t) => {
    const client = open(t, { port: server.port });
    const before = await callsOf(admin, 'exec');
    await client.batch((b) => [b.incr('n'), b.incr('n')]);
    assert.equal(await callsOf(admin, 'exec'), before);
    await client.batch((b) => [b.incr('n'), b.incr('n')], { transaction: true });
    assert.equal(await callsOf(admin, 'exec'), before + 1);
    await failureOf(
      client.batch((b) => b.get('n'), { atomic: true } as never),
      DataError,
      'UNKNOWN_OPTION',
    );
  });

  test('gives what its view asks for, and takes modules and callbacks', async (t) => {
    const client = open(t, { port: server.port });
    client.setResponseCallback('STRLEN', async (reply: number) => Promise.resolve(reply * 2));
    await client.pipeline().del('n').set('k', 'abc').execute();
    const built: { next: number; long: number } = await client.batch((b) => ({
      next: b.use(Counters).next('n'),
      long: b.strlen('k'),
    }));
    assert.deepEqual(built, { next: 1, long: 6 });
    const view = open(t, { port: server.port }).withOptions({ encoding: 'buffer', integers: 'bigint' });
    assert.deepEqual(await view.batch((b) => [b.incr('n'), b.get('k')]), [2n, Buffer.from('abc')]);
  });

  test('rejects as pipelines do', async (t) => {
    const client = open(t, { port: server.port });
    await client.set('text', 'abc');
    for (const transaction of [false, true]) {
      const failed = client.batch((b) => ({ ok: b.get('text'), wrong: b.incr('text') }), { transaction });
      const error = await failureOf(failed, PipelineError, 'PIPELINE_FAILED');
      assert.deepEqual([error.index, error.command], [1, 'INCR']);
      assert.deepEqual(error.results[0], { status: 'fulfilled', value: 'abc' });
    }
    const refused = client.batch((b) => [b.incr('n'), b.executeCommand('NOSUCH')], { transaction: true });
    assert.equal((await failureOf(refused, ExecAbortError)).index, 1);
  });

  test('that cannot be built is not run', async (t) => {
    const client = open(t, { port: server.port });
    await client.set('n', 1);
    await failureOf(
      client.batch((b) => [b.incr('n'), b.set('n', null as never)]),
      DataError,
      'INVALID_ARGUMENT',
    );
    await failureOf(
      client.batch((b) => [b.incr('n'), b.set('n', b.get('n') as never)]),
      DataError,
      'INVALID_ARGUMENT',
    );
    await failureOf(
      client.batch((b) => [b.incr('n'), b.executeCommand('WATCH', 'n')]),
      DataError,
      'NEEDS_SESSION',
    );
    const mine = new RangeError('mine');
    const throwing = (b: Batch): unknown => {
      b.incr('n');
      throw mine;
    };
    await assert.rejects(client.batch(throwing), mine);
    // Its slots would have been nobody's.
    const error = await failureOf(
      client.batch(async (b) => Promise.resolve(b.incr('n'))),
      DataError,
      'INVALID_ARGUMENT',
    );
    assert.match(error.message, /not async$/);
    assert.equal(await client.get('n'), '1');
  });

  test('that was run takes no more calls', async (t) => {
    const client = open(t, { port: server.port });
    let kept: Batch | undefined;
    await client.batch((b) => {
      kept = b;
      return b.ping();
    });
    assert.throws(
      () => kept?.ping(),
      (error) => typed(error, DataError, 'ALREADY_EXECUTED').command === 'PING',
    );
  });
});
