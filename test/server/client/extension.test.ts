/** What users add to a client: decoding of their own, and commands of their own. */
import assert from 'node:assert/strict';
import { after, beforeEach, describe, test } from 'node:test';
import { Valkey } from '../../../src/client/valkey.ts';
import { Namespace, defineCommand, type Key, type Result, type Surface } from '../../../src/commands/index.ts';
import { ValkeyServer } from '../../../src/testing/index.ts';

const server = await ValkeyServer.start();
after(() => server.stop());

for (const protocol of [2, 3] as const) {
  describe(`setResponseCallback, RESP${protocol}`, () => {
    test('decodes the replies of a command, typed', async () => {
      await using plain = new Valkey({ port: server.port, protocol });
      const client = plain.setResponseCallback('hgetall', (flat: string[]) => new Map([[flat[0], flat[1]]]));
      assert.equal(client, plain);
      await client.hset('h', 'name', 'ada');
      const map: Map<string | undefined, string | undefined> = await client.hgetall('h');
      assert.deepEqual(map, new Map([['name', 'ada']]));
      assert.deepEqual(await client.executeCommand('HGETALL', 'h'), map);
      assert.deepEqual(await client.hget('h', 'name'), 'ada');
    });

    test('holds for views and sessions, made before or after, and for no other client', async () => {
      await using client = new Valkey({ port: server.port, protocol });
      await using other = new Valkey({ port: server.port, protocol });
      const bytes = client.withOptions({ encoding: 'buffer', integers: 'bigint' });
      client.setResponseCallback('INCR', (reply, mode) => [reply, mode]);
      await client.del('n');
      const utf8 = { encoding: 'utf8', integers: 'number' };
      assert.deepEqual(await client.incr('n'), [1, utf8]);
      assert.deepEqual(await bytes.incr('n'), [2n, { encoding: 'buffer', integers: 'bigint' }]);
      await using session = await client.session();
      assert.deepEqual(await session.incr('n'), [3, utf8]);
      assert.equal(await other.incr('n'), 4);
    });

    test('finds subcommands and commands no table knows; the last callback counts', async () => {
      await using client = new Valkey({ port: server.port, protocol });
      client.setResponseCallback('CONFIG GET', () => 'first');
      const named = client.setResponseCallback('config get', (flat: string[]) => flat.length);
      const length: number = await named.configGet('maxmemory');
      assert.equal(length, 2);
      client.setResponseCallback('NO.SUCH', () => 'never');
      await assert.rejects(client.executeCommand('no.such'), { code: 'ERR' });
    });

    test('rejects with what the callback throws, and goes on', async () => {
      await using client = new Valkey({ port: server.port, protocol });
      const cause = new Error('not mine');
      client.setResponseCallback('GET', () => {
        throw cause;
      });
      await assert.rejects(client.get('a'), cause);
      assert.equal(await client.ping(), 'PONG');
    });
  });
}

const INCR = defineCommand('EXAMPLE.INCR', { arity: 2, flags: ['write', 'fast'], keys: [1, 1, 1] });

class Example<in out S extends Surface> extends Namespace<S> {
  incr(key: Key): Result<S, number> {
    return this.send(INCR, [key]);
  }
  echo(text: string): Result<S, string> {
    return this.executeCommand<string>('ECHO', text);
  }
}

describe('modules of users', () => {
  beforeEach(() => assert.equal(INCR.known, true));

  test('use() binds a module to a client, a view and a session', async () => {
    await using client = new Valkey({ port: server.port });
    assert.equal(await client.use(Example).echo('a'), 'a');
    assert.equal(await client.withOptions({ timeout: 500 }).use(Example).echo('b'), 'b');
    await using session = await client.session();
    assert.equal(await session.use(Example).echo('c'), 'c');
    await assert.rejects(client.use(Example).incr('k'), { code: 'ERR', message: /unknown command 'EXAMPLE.INCR'/ });
  });

  test('loadExternalModule() puts it at a property', async () => {
    await using plain = new Valkey({ port: server.port });
    const client = plain.loadExternalModule('example', Example);
    assert.equal(client, plain);
    const text: string = await client.example.echo('a');
    assert.equal(text, 'a');
    for (const name of ['example', 'get', 'close', 'json']) {
      assert.throws(() => client.loadExternalModule(name, Example), { name: 'DataError', message: new RegExp(name) });
    }
  });

  test('defineCommand() refuses a name of the server, and makes executeCommand know the command', async () => {
    assert.throws(() => defineCommand('get'), /GET is a command of the server/);
    assert.equal(INCR.has(1), true);
    assert.equal(INCR.repeatable, false);
    assert.equal(defineCommand('EXAMPLE.GET', { flags: ['readonly'] }).repeatable, true);
  });

  test('wrong use throws at once', async () => {
    await using client = new Valkey({ port: server.port });
    const loose = client as unknown as { setResponseCallback(...args: unknown[]): void };
    for (const args of [[], ['GET'], [1, () => 1], ['GET', {}]]) {
      assert.throws(() => loose.setResponseCallback(...args), { name: 'DataError' });
    }
  });
});
