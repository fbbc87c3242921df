import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import {
  AbortError,
  ConnectionError,
  ConstantBackoff,
  NoPermissionError,
  QueueFullError,
  ResponseError,
  TimeoutError,
  Valkey,
  ValkeyError,
  type View,
} from '../../../src/index.ts';
import { FaultProxy, ValkeyServer } from '../../../src/testing/index.ts';
import { open, typed, until } from './tools.ts';

const limit = { timeout: 20_000 };
const server = await ValkeyServer.start();
const admin = new Valkey({ port: server.port });
await admin.set('text', 'x');
after(async () => {
  admin.destroy();
  await server.stop();
});

type Call = (client: View) => Promise<unknown>;

async function innerFunction(client: View, call: Call): Promise<unknown> {
  const value = await call(client);
  return value;
}

async function outerFunction(client: View, call: Call): Promise<unknown> {
  const value = await innerFunction(client, call);
  return value;
}

/** That an error's stack leads to the functions of this file that waited for it. */
function assertLeadsHere(error: unknown, functions: readonly string[]): void {
  const stack = String((error as Error).stack);
  for (const name of functions) assert.match(stack, new RegExp(`at async ${name} .*stack\\.test\\.ts`), stack);
}

async function reasonOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  return assert.fail('it should have rejected');
}

const BOTH = ['innerFunction', 'outerFunction'] as const;
const wrongType: Call = (client) => client.lpush('text', 'y');

describe('the stack of an error ends in the caller’s code', limit, () => {
  test('an error of the server, through two async functions', async (t) => {
    const client = open(t, { port: server.port });
    await client.connect();
    for (const protocol of [2, 3] as const) {
      const other = open(t, { port: server.port, protocol });
      const error = typed(await reasonOf(outerFunction(other, wrongType)), ResponseError);
      assertLeadsHere(error, BOTH);
    }
    assertLeadsHere(await reasonOf(outerFunction(client, wrongType)), BOTH);
  });

  test('through a session, a view and executeCommand', async (t) => {
    const client = open(t, { port: server.port });
    await using session = await client.session();
    for (const call of [
      (): Promise<unknown> => session.lpush('text', 'y'),
      (): Promise<unknown> => client.withOptions({ timeout: 1000 }).lpush('text', 'y'),
      (): Promise<unknown> => client.executeCommand('LPUSH', 'text', 'y'),
    ]) {
      assertLeadsHere(await reasonOf(outerFunction(client, call)), BOTH);
    }
  });

  const PASSED: Readonly<Record<string, (client: Valkey) => Promise<unknown>>> = {
    'a pipeline': (client) => client.pipeline().lpush('text', 'y').execute(),
    'a transaction in one write': (client) => client.multi().lpush('text', 'y').execute(),
    'a batch': (client) => client.batch((batch) => batch.lpush('text', 'y')),
    'a command of a transaction': (client) => client.transaction((tx) => tx.lpush('text', 'y')),
    'the commit of a transaction': (client) =>
      client.transaction((tx) => tx.multi().lpush('text', 'y').execute(), { maxAttempts: 1 }),
    'a watched key': (client) =>
      client.transaction(
        async (tx) => {
          await admin.incr('watched');
          await tx.multi().get('watched').execute();
        },
        { watch: 'watched', maxAttempts: 1 },
      ),
    'a script': (client) => client.run(client.registerScript("return redis.error_reply('ERR of the script')"), [], []),
    'a lock': async (client) => {
      const lease = (await client.lock('stack', { timeout: 10_000 }).acquire())!;
      await admin.del('stack');
      await lease.release();
    },
  };
  for (const [name, run] of Object.entries(PASSED)) {
    test(`through ${name}`, async (t) => {
      const client = open(t, { port: server.port });
      const call: Call = async () => {
        const value = await run(client);
        return value;
      };
      const error = await reasonOf(outerFunction(client, call));
      assert.ok(error instanceof ValkeyError, String(error));
      assertLeadsHere(error, BOTH);
    });
  }

  test('through a subscription', async (t) => {
    await admin.aclSetuser('deaf', ['reset', 'on', '>deaf', '+@all', '~*', 'resetchannels']);
    const client = open(t, { port: server.port, username: 'deaf', password: 'deaf' });
    const pubsub = client.pubsub();
    const call: Call = async () => {
      await pubsub.subscribe('news');
    };
    assertLeadsHere(typed(await reasonOf(outerFunction(client, call)), NoPermissionError), BOTH);
  });

  test('through Promise.all', async (t) => {
    const client = open(t, { port: server.port });
    await client.connect();
    const all: Call = (view) => Promise.all([view.get('text'), view.lpush('text', 'y'), view.get('text')]);
    const error = await reasonOf(outerFunction(client, all));
    assertLeadsHere(error, BOTH);
    assert.match(String((error as Error).stack), /Promise\.all \(index 1\)/);
  });

  test('many at once, each its own', async (t) => {
    const client = open(t, { port: server.port });
    const errors = await Promise.all(Array.from({ length: 100 }, () => reasonOf(outerFunction(client, wrongType))));
    for (const error of errors) assertLeadsHere(error, BOTH);
  });

  test('a timeout, written or not', async (t) => {
    await using own = await ValkeyServer.start();
    const client = open(t, { port: own.port, socketTimeout: 100, retry: { backoff: new ConstantBackoff(10) } });
    await client.connect();
    own.pause();
    const sent = typed(await reasonOf(outerFunction(client, (view) => view.get('text'))), TimeoutError);
    assert.equal(sent.phase, 'sent');
    assertLeadsHere(sent, BOTH);
    await own.kill();
    await until('the loss is noticed', () => client.state === 'reconnecting');
    const queued = typed(await reasonOf(outerFunction(client, (view) => view.get('text'))), TimeoutError);
    assert.equal(queued.phase, 'queued');
    assertLeadsHere(queued, BOTH);
  });

  test('a lost connection', async (t) => {
    await using proxy = await FaultProxy.start(server);
    const client = open(t, { port: proxy.port });
    await client.connect();
    proxy.dropReplies();
    const lost = reasonOf(outerFunction(client, (view) => view.set('text', 'x')));
    await until('it is on its way', () => client.stats().inFlight === 1);
    proxy.cut();
    assertLeadsHere(typed(await lost, ConnectionError), BOTH);
  });

  test('a connection that cannot be made', async (t) => {
    await using own = await ValkeyServer.start();
    await own.kill();
    const client = open(t, { port: own.port, retry: { retries: 0 } });
    assertLeadsHere(typed(await reasonOf(outerFunction(client, (view) => view.get('text'))), ConnectionError), BOTH);
    const connect: Call = async () => {
      const connected = await client.connect();
      return connected;
    };
    assertLeadsHere(await reasonOf(outerFunction(client, connect)), BOTH);
  });

  test('a blocked command that is lost, and one that finds no connection', async (t) => {
    const client = open(t, { port: server.port, maxConnections: 1, socketTimeout: 100 });
    const lost = reasonOf(outerFunction(client, (view) => view.blpop('none', 0)));
    await until('it blocks', () => client.stats().pool.leased === 1);
    assertLeadsHere(await reasonOf(outerFunction(client, (view) => view.blpop('none', 0))), BOTH);
    client.destroy();
    assertLeadsHere(await lost, BOTH);
  });

  test('an abort, and a full queue', async (t) => {
    await using own = await ValkeyServer.start();
    const client = open(t, { port: own.port, maxQueuedCommands: 1 });
    await client.connect();
    own.pause();
    const abort = new AbortController();
    const view = client.withOptions({ signal: abort.signal });
    const aborted = reasonOf(outerFunction(view, (each) => each.get('text')));
    assertLeadsHere(typed(await reasonOf(outerFunction(client, (each) => each.get('text'))), QueueFullError), BOTH);
    abort.abort();
    assertLeadsHere(typed(await aborted, AbortError), BOTH);
    own.resume();
  });
});
