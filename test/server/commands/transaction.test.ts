import assert from 'node:assert/strict';
import { DataError, ExecAbortError, ResponseError } from '../../../src/errors.ts';
import { everyWay, refuses } from './harness.ts';

await everyWay('transaction', {
  'multi and exec': async ({ client, int, text }) => {
    await using session = await client.session();
    assert.equal(await session.multi(), 'OK');
    assert.equal(await session.executeCommand('INCR', 'n'), 'QUEUED');
    assert.equal(await session.executeCommand('GET', 'n'), 'QUEUED');
    assert.equal(await session.executeCommand('GET', 'nothing'), 'QUEUED');
    assert.deepEqual(await session.exec(), [int(1), text('1'), null]);
    assert.equal(await session.multi(), 'OK');
    assert.deepEqual(await session.exec(), []);
    await assert.rejects(session.exec(), { name: 'ResponseError', message: /EXEC without MULTI/ });
  },

  discard: async ({ client }) => {
    await using session = await client.session();
    await session.multi();
    await session.executeCommand('SET', 'a', 1);
    assert.equal(await session.discard(), 'OK');
    assert.equal(await client.get('a'), null);
    await assert.rejects(session.discard(), { name: 'ResponseError', message: /DISCARD without MULTI/ });
  },

  'watch and unwatch': async ({ client, text }) => {
    await using session = await client.session();
    assert.equal(await session.watch('a'), 'OK');
    assert.equal(await session.watch(['b', Buffer.from([0xff])]), 'OK');
    await client.set(Buffer.from([0xff]), 'changed');
    await session.multi();
    await session.executeCommand('SET', 'a', 1);
    assert.equal(await session.exec(), null);
    assert.equal(await client.get('a'), null);
    await session.watch('a');
    await client.set('a', 'changed');
    assert.equal(await session.unwatch(), 'OK');
    await session.multi();
    await session.executeCommand('GET', 'a');
    assert.deepEqual(await session.exec(), [text('changed')]);
    refuses(() => session.watch([]), /WATCH needs at least one key/);
  },

  'commands that fail': async ({ client, text }) => {
    await using session = await client.session();
    await session.multi();
    await session.executeCommand('SET', 'a', 'text');
    await session.executeCommand('INCR', 'a');
    await session.executeCommand('GET', 'a');
    const replies = await session.exec<[unknown, ResponseError, unknown]>();
    assert.ok(replies !== null);
    assert.deepEqual([replies[0], replies[2]], ['OK', text('text')]);
    assert.ok(replies[1] instanceof ResponseError);
    await session.multi();
    await assert.rejects(session.executeCommand('GET', 'too', 'many'), ResponseError);
    await assert.rejects(session.exec(), ExecAbortError);
    assert.equal(await client.get('a').then(String), 'text');
  },

  'only on a session': async ({ client }) => {
    for (const words of [['MULTI'], ['EXEC'], ['DISCARD'], ['WATCH', 'a'], ['UNWATCH']] as const) {
      const [name, ...args] = words;
      assert.throws(
        () => void client.executeCommand(name, ...args),
        (error: unknown) => error instanceof DataError && error.code === 'NEEDS_SESSION',
      );
    }
    assert.equal(await client.ping(), 'PONG');
  },
});
