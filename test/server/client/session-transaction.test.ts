import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { ConnectionError, DataError, ExecAbortError, ResponseError, TimeoutError, Valkey } from '../../../src/index.ts';
import { FaultProxy, ValkeyServer } from '../../../src/testing/index.ts';
import { clientInfo, failureOf, nameOf, open, outcomesOf } from './tools.ts';

const limit = { timeout: 20_000 };
const server = await ValkeyServer.start();
const admin = new Valkey({ port: server.port });
after(async () => {
  admin.destroy();
  await server.stop();
});

for (const protocol of [3, 2] as const) {
  describe(`the replies of a transaction, RESP${protocol}`, limit, () => {
    test('come from exec, each as its command gives it; the calls give QUEUED', async (t) => {
      const client = open(t, { port: server.port, protocol });
      await client.executeCommand('FLUSHALL');
      await using session = await client.session();
      assert.equal(await session.multi(), 'OK');
      const queued: unknown[] = [
        await session.hset('h', { a: 1, b: 'x' }),
        await session.hgetall('h'),
        await session.hincrbyfloat('h', 'a', 0.5),
        await session.expire('h', 60),
        await session.get('nothing'),
        await session.scan('0'),
        await session.executeCommand('HGETALL', 'h'),
        await session.unwatch(),
        await session.eval("return {1, redis.error_reply('MINE is mine')}"),
      ];
      assert.deepEqual(queued, new Array(9).fill('QUEUED'));
      const replies = await session.exec();
      assert.ok(replies !== null);
      const [one, mine] = replies.pop() as [unknown, unknown];
      assert.deepEqual(replies, [
        2,
        { a: '1', b: 'x' },
        1.5,
        true,
        null,
        { cursor: '0', keys: ['h'] },
        ['a', '1.5', 'b', 'x'],
        'OK',
      ]);
      assert.equal(one, 1);
      assert.ok(mine instanceof ResponseError && mine.code === 'MINE');
      // It is over: what follows is decoded at once again.
      assert.deepEqual(await session.hgetall('h'), { a: '1.5', b: 'x' });
    });

    test('come as bytes and bigints to those who want them', async (t) => {
      const client = open(t, { port: server.port, protocol, encoding: 'buffer', integers: 'bigint' });
      await client.executeCommand('FLUSHALL');
      await using session = await client.session();
      await session.multi();
      const queued: unknown = await session.incr('n');
      assert.equal(queued, 'QUEUED');
      void session.hset('h', 'f', 'v');
      void session.hgetall('h');
      void session.type('n');
      void session.dump('nothing');
      assert.deepEqual(await session.exec(), [1n, 1n, [[Buffer.from('f'), Buffer.from('v')]], 'string', null]);
    });

    test('are the same when nobody waits for the calls', async (t) => {
      const client = open(t, { port: server.port, protocol });
      await client.executeCommand('FLUSHALL');
      await using session = await client.session();
      const all: unknown[] = await Promise.all([
        session.hset('h', 'f', 'v'),
        session.hgetall('h'),
        session.multi(),
        session.hgetall('h'),
        session.exec(),
        session.hgetall('h'),
        session.multi(),
        session.hdel('h', 'f'),
        session.discard(),
        session.multi(),
        session.hexists('h', 'f'),
        session.hexists('h', 'g'),
        session.exec(),
        session.hexists('h', 'f'),
      ]);
      const h = { f: 'v' };
      const first = [1, h, 'OK', 'QUEUED', [h], h];
      assert.deepEqual(all, [...first, 'OK', 'QUEUED', 'OK', 'OK', 'QUEUED', 'QUEUED', [true, false], true]);
    });

    test('of which one is bytes, are text for the rest', async (t) => {
      for (const encoding of ['utf8', 'latin1'] as const) {
        const client = open(t, { port: server.port, protocol, encoding });
        await client.executeCommand('FLUSHALL');
        await using session = await client.session();
        const value = encoding === 'utf8' ? 'é€' : '\u00e9';
        await client.set('k', encoding === 'utf8' ? value : Buffer.from(value, 'latin1'));
        const dump = await client.dump('k');
        assert.ok(dump !== null);
        await session.multi();
        void session.dump('k');
        void session.mget(['k', 'nothing']);
        void session.hset('h', 'f', 1);
        void session.hgetall('h');
        void session.functionDump();
        void session.executeCommand('DUMP', 'k');
        void session.lpush('k', 1);
        const replies = await session.exec();
        assert.ok(replies !== null);
        assert.deepEqual(replies.slice(0, 4), [dump, [value, null], 1, { f: '1' }]);
        assert.ok(Buffer.isBuffer(replies[4]));
        assert.deepEqual(replies[5], dump);
        assert.ok(replies[6] instanceof ResponseError);
        // As text once more.
        await session.multi();
        void session.get('k');
        assert.deepEqual(await session.exec(), [value]);
      }
    });

    test('hold the errors of commands that fail, in their places', async (t) => {
      const client = open(t, { port: server.port, protocol });
      await client.set('text', 'no number');
      await using session = await client.session();
      await session.multi();
      void session.incr('text');
      void session.hgetall('text');
      void session.get('text');
      const replies = await session.exec();
      assert.ok(replies !== null);
      const [incr, hgetall, get] = replies;
      assert.ok(incr instanceof ResponseError && hgetall instanceof ResponseError);
      assert.deepEqual([incr.code, incr.command], ['ERR', 'INCR']);
      assert.deepEqual([hgetall.code, hgetall.command], ['WRONGTYPE', 'HGETALL']);
      assert.equal(hgetall.endpoint, `127.0.0.1:${server.port}`);
      assert.equal(get, 'no number');
    });

    test('are none, null, when a watched key was changed', async (t) => {
      const client = open(t, { port: server.port, protocol });
      await client.del('h');
      await using session = await client.session();
      await session.watch('h');
      await client.hset('h', 'f', 'v');
      await session.multi();
      void session.hgetall('h');
      assert.equal(await session.exec(), null);
      assert.deepEqual(await session.hgetall('h'), { f: 'v' });
    });
  });
}

describe('a transaction', limit, () => {
  test('is forgotten when a command in it is refused', async (t) => {
    const client = open(t, { port: server.port });
    await using session = await client.session();
    await session.hset('h', 'f', 'v');
    await session.multi();
    void session.hgetall('h');
    await failureOf(session.executeCommand('NOSUCHCOMMAND'), ResponseError);
    const queued: unknown = await session.hgetall('h');
    assert.equal(queued, 'QUEUED');
    await failureOf(session.exec(), ExecAbortError, 'EXECABORT');
    assert.deepEqual(await session.hgetall('h'), { f: 'v' });
    await failureOf(session.exec(), ResponseError);
    await session.multi();
    void session.hexists('h', 'f');
    assert.deepEqual(await session.exec(), [true]);
  });

  test('is forgotten by discard and reset', async (t) => {
    const client = open(t, { port: server.port, protocol: 2 });
    await using session = await client.session();
    await session.hset('h', 'f', 'v');
    for (const end of [() => session.discard(), () => session.reset()]) {
      await session.multi();
      void session.hgetall('h');
      await end();
      assert.deepEqual(await session.hgetall('h'), { f: 'v' });
    }
  });

  test('that was never begun leaves no trace', async (t) => {
    await admin.executeCommand('ACL', 'SETUSER', 'ada', 'on', '>secret', '~*', '+@all', '-multi');
    const client = open(t, { port: server.port, username: 'ada', password: 'secret' });
    await using session = await client.session();
    await session.hset('h', 'f', 'v');
    const pipelined = [session.multi(), session.hgetall('h'), session.get('nothing'), session.exec()];
    assert.deepEqual((await outcomesOf(pipelined)).map(nameOf), [
      'NoPermissionError NOPERM sent=undefined',
      'ok',
      'ok',
      'ResponseError ERR sent=undefined',
    ]);
    const [first, all] = await outcomesOf([session.multi(), session.hgetall('h')]);
    assert.equal(first!.ok, false);
    assert.deepEqual(all!.value, { f: 'v' });
    // The second is on its way when the first is refused.
    const outcomes = await outcomesOf([
      session.multi(),
      session.hgetall('h'),
      session.executeCommand('ACL', 'SETUSER', 'ada', '+multi'),
      session.multi(),
      session.hgetall('h'),
      session.exec(),
    ]);
    const values = outcomes.map(({ value }) => value);
    assert.deepEqual(values, [undefined, { f: 'v' }, 'OK', 'OK', 'QUEUED', [{ f: 'v' }]]);
    await admin.executeCommand('ACL', 'DELUSER', 'ada');
  });

  test('stays right when MULTI or WATCH is called in it', async (t) => {
    const client = open(t, { port: server.port });
    await using session = await client.session();
    await session.hset('h', 'f', 'v');
    for (const wrong of [() => session.multi(), () => session.watch('h')]) {
      await session.multi();
      void session.hgetall('h');
      await failureOf(wrong(), ResponseError);
      void session.hexists('h', 'f');
      // Some servers run the transaction all the same.
      const replies = await session.exec().catch((error: unknown) => error);
      if (!(replies instanceof ExecAbortError)) assert.deepEqual(replies, [{ f: 'v' }, true]);
      assert.deepEqual(await session.hgetall('h'), { f: 'v' });
    }
  });

  test('does not mistake a value for the answer QUEUED', async (t) => {
    const client = open(t, { port: server.port });
    await using session = await client.session();
    await session.set('k', 'QUEUED');
    assert.equal(await session.get('k'), 'QUEUED');
    await session.multi();
    void session.get('k');
    void session.mget(['k']);
    assert.deepEqual(await session.exec(), ['QUEUED', ['QUEUED']]);
  });

  test('knows of the commands whose answers came too late', async (t) => {
    await admin.set('large', Buffer.alloc(200_000));
    await admin.del('h');
    await using proxy = await FaultProxy.start(server);
    const client = open(t, { port: proxy.port, socketTimeout: 500 });
    const session = await client.session();
    await session.hset('h', 'f', 'v');
    proxy.throttle(100_000);
    const calls = [session.get('large'), session.multi(), session.hgetall('h'), session.hexists('h', 'f')];
    for (const { error } of await outcomesOf(calls)) assert.ok(error instanceof TimeoutError, String(error));
    proxy.heal();
    void session.hdel('h', 'f');
    assert.deepEqual(await session.exec(), [{ f: 'v' }, true, 1]);
    assert.deepEqual(await session.hgetall('h'), {});
    await session.close();
  });

  test('ends with its connection', async (t) => {
    const client = open(t, { port: server.port });
    const session = await client.session();
    await session.multi();
    void session.hset('lost', 'f', 'v');
    const { id } = await clientInfo(client);
    await client.clientKill({ type: 'normal', skipme: true, id: await otherThan(client, id!) });
    await failureOf(session.exec(), ConnectionError);
    await failureOf(session.hgetall('lost'), ConnectionError);
    await session.close();
    assert.equal(await client.exists('lost'), 0);
  });

  test('gives what a decoder throws in the place of the reply', async (t) => {
    const client = open(t, { port: server.port });
    const decoding = client
      .setResponseCallback('GET', () => {
        throw new RangeError('no such reply');
      })
      .setResponseCallback('EXEC', (replies: unknown[]) => replies.length);
    await using session = await decoding.session();
    await session.multi();
    void session.get('k');
    void session.exists('nothing');
    const count: unknown = await session.exec();
    assert.equal(count, 2);
    const plain = open(t, { port: server.port });
    plain.setResponseCallback('GET', () => {
      throw new RangeError('no such reply');
    });
    await using other = await plain.session();
    await other.multi();
    void other.get('k');
    void other.exists('nothing');
    const replies = await other.exec();
    assert.ok(replies !== null && replies[0] instanceof RangeError);
    assert.equal(replies[1], 0);
  });

  test('with an integer that no number holds rejects as a whole', async (t) => {
    const client = open(t, { port: server.port });
    await using session = await client.session();
    await session.set('n', 2n ** 53n);
    await session.multi();
    void session.incr('n');
    await failureOf(session.exec(), DataError, 'UNFIT_REPLY');
    assert.equal(await session.get('n'), String(2n ** 53n + 1n));
  });
});

/** The id of the one other connection that is in a transaction. */
async function otherThan(client: Valkey, id: string): Promise<number> {
  const others = (await client.clientList()).filter((each) => String(each.id) !== id && each.multi! >= 0);
  assert.equal(others.length, 1);
  return others[0]!.id;
}
