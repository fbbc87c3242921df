/** Scripts and functions that the client keeps the server supplied with. */
import assert from 'node:assert/strict';
import { after, afterEach, beforeEach, describe, test } from 'node:test';
import { Valkey } from '../../../src/client/valkey.ts';
import { ValkeyServer } from '../../../src/testing/index.ts';

const ADD = "return redis.call('INCRBY', KEYS[1], ARGV[1])";
const LIBRARY = `#!lua name=greetings
redis.register_function('hello', function(keys, args) return 'hello ' .. args[1] end)
redis.register_function{function_name='count', callback=function(keys) return redis.call('INCR', keys[1]) end}
redis.register_function{function_name='peek', callback=function(keys) return redis.call('GET', keys[1]) end, flags={'no-writes'}}`;

const server = await ValkeyServer.start();
after(() => server.stop());

for (const protocol of [2, 3] as const) {
  describe(`scripts, RESP${protocol}`, () => {
    let client: Valkey;
    beforeEach(async () => {
      client = new Valkey({ port: server.port, protocol });
      await client.flushall();
      await client.scriptFlush();
      await client.functionFlush();
      await client.configResetstat();
    });
    afterEach(() => client.close());

    /** How often the server ran a command since the last test. */
    async function callsOf(name: string): Promise<number> {
      const info = await client.info('commandstats');
      return info.commandstats?.[name]?.calls ?? 0;
    }

    test('the first call on a connection sends the script, the others its digest', async () => {
      const add = client.registerScript<number>(ADD, { keys: 1 });
      assert.deepEqual(await Promise.all([1, 2, 3].map((by) => client.run(add, 'n', by))), [1, 3, 6]);
      assert.equal(await client.run(add, ['n'], [4]), 10);
      assert.equal(await callsOf('eval'), 1);
      assert.equal(await callsOf('evalsha'), 3);
      assert.deepEqual(await client.scriptExists(add.sha1), [true]);
    });

    test('a server that has lost the script is given it again', async () => {
      const add = client.registerScript<number>(ADD);
      await client.run(add, 'n', 1);
      await client.scriptFlush();
      assert.deepEqual(await Promise.all([client.run(add, 'n', 1), client.run(add, 'n', 1)]), [2, 3]);
      await client.scriptFlush();
      assert.deepEqual(await client.pipeline().incr('n').run(add, 'n', 1).execute(), [4, 5]);
      await client.scriptFlush();
      assert.deepEqual(await client.multi().run(add, 'n', 1).run(add, 'n', 1).execute(), [6, 7]);
      const flushed = await client.multi().run(add, 'n', 1).scriptFlush().run(add, 'n', 1).execute();
      assert.deepEqual(flushed, [8, 'OK', 9]);
      await client.scriptFlush();
      // It runs behind what was sent with it.
      assert.deepEqual(await client.batch((b) => [b.run(add, 'n', 1), b.get('n')]), [10, '9']);
    });

    test('in a transaction of a session it is sent whole', async () => {
      const add = client.registerScript<number>(ADD);
      await client.run(add, 'n', 1);
      await using session = await client.session();
      await session.run(add, 'n', 1);
      await session.multi();
      await client.scriptFlush();
      const queued = session.run(add, 'n', 1);
      assert.deepEqual(await session.exec(), [3]);
      assert.equal(await queued, 'QUEUED');
    });

    test('after a reconnect it is known again', async () => {
      const add = client.registerScript<number>(ADD);
      await client.run(add, 'n', 1);
      const id = await client.clientId();
      await using other = new Valkey({ port: server.port });
      await other.clientKill({ id, skipme: false });
      await other.scriptFlush();
      while ((await client.clientId()) === id);
      assert.equal(await client.run(add, 'n', 1), 2);
    });

    test('read-only scripts run as such; wrong ones say what is wrong', async () => {
      const peek = client.registerScript<string | null>("return redis.call('GET', KEYS[1])", { readOnly: true });
      assert.equal(await client.run(peek, 'a'), null);
      assert.equal(peek.spec.repeatable, true);
      const writes = client.registerScript("return redis.call('SET', KEYS[1], 1)", { readOnly: true });
      await assert.rejects(client.run(writes, 'a'), { name: 'ResponseError' });
      await assert.rejects(client.run(client.registerScript('nonsense('), []), { message: /compiling/ });
      const add = client.registerScript(ADD, { keys: 1 });
      assert.throws(() => client.run(add, ['a', 'b']), { name: 'DataError', message: /takes 1 keys, and was given 2/ });
      assert.throws(() => client.run(add, 'a', null as never), { name: 'DataError' });
      assert.throws(() => client.registerScript(1 as never), { name: 'DataError' });
      assert.throws(() => client.registerScript('', { keys: -1 }), { name: 'DataError' });
    });

    test('replies are turned into what the script says', async () => {
      const both = client.registerScript('return {KEYS[1], ARGV[1]}', {
        reply: (pair) => ({ key: (pair as string[])[0], arg: (pair as string[])[1] }),
      });
      assert.deepEqual(await client.run(both, 'k', 'v'), { key: 'k', arg: 'v' });
      assert.deepEqual(await client.multi().run(both, 'k', 'v').execute(), [{ key: 'k', arg: 'v' }]);
      const raw = client.registerScript<Buffer>('return ARGV[1]');
      const bytes = client.withOptions({ encoding: 'buffer' });
      assert.deepEqual(await bytes.run(raw, [], Buffer.from([0xff, 0])), Buffer.from([0xff, 0]));
    });

    test('flushed at random under pipelines and transactions, nothing is lost or run twice', async () => {
      const add = client.registerScript<number>(ADD);
      await using other = new Valkey({ port: server.port });
      let running = true;
      const flushing = (async () => {
        while (running) {
          await other.scriptFlush();
          await new Promise((resolve) => setTimeout(resolve, Math.random() * 2));
        }
      })();
      const rounds = 5000;
      const workers = Array.from({ length: 10 }, async (_, worker) => {
        for (let i = worker; i < rounds; i += 10) {
          const commands = i % 2 === 0 ? client.pipeline() : client.multi();
          await commands.incr('sum').run(add, 'sum', 1).incr('sum').run(add, 'sum', 1).execute();
        }
      });
      await Promise.all(workers);
      running = false;
      await flushing;
      assert.equal(await client.get('sum'), String(4 * rounds));
    });
  });

  describe(`functions, RESP${protocol}`, () => {
    test('their library is loaded when it is missing', async () => {
      await using client = new Valkey({ port: server.port, protocol });
      await client.functionFlush();
      await client.flushall();
      const library = client.registerLibrary(LIBRARY);
      assert.equal(library.name, 'greetings');
      const hello = library.function<string>('hello', { keys: 0 });
      const count = library.function<number>('count', { keys: 1 });
      const peek = library.function<string | null>('peek', { keys: 1, readOnly: true });
      assert.deepEqual(await Promise.all([client.run(hello, [], 'ada'), client.run(count, 'n')]), ['hello ada', 1]);
      assert.equal(await client.run(peek, 'n'), '1');
      await client.functionFlush();
      assert.deepEqual(await client.pipeline().run(count, 'n').run(peek, 'n').execute(), [2, '2']);
      await client.functionFlush();
      assert.deepEqual(await client.multi().run(count, 'n').run(count, 'n').execute(), [3, 4]);
      await assert.rejects(client.run(library.function('nothing')), { message: /Function not found/ });
    });

    test('a library that cannot be loaded says why', async () => {
      await using client = new Valkey({ port: server.port, protocol });
      const bad = client.registerLibrary('#!lua name=bad\nnonsense(').function('x');
      await assert.rejects(client.run(bad), { name: 'ResponseError', message: /compiling/ });
      assert.equal(await client.ping(), 'PONG');
      assert.throws(() => client.registerLibrary('return 1'), { name: 'DataError', message: /#!lua name=/ });
    });
  });
}
