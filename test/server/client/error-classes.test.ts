/** Every class of error, as a real server, or the client before it, makes it; with the fields that the page of errors tells of. */
import assert from 'node:assert/strict';
import { after, describe, test, type TestContext } from 'node:test';
import * as errors from '../../../src/errors.ts';
import { Sentinel, Valkey, ValkeyCluster, ValkeyError } from '../../../src/index.ts';
import { type ClusterDeployment, FaultProxy, ValkeyServer } from '../../../src/testing/index.ts';
import { ScriptedServer } from '../scripted-server.ts';
import { open, outcomeOf, until } from './tools.ts';

const server = await ValkeyServer.start();
const admin = new Valkey(server.url);
after(async () => {
  admin.destroy();
  await server.stop();
});

const HANDSHAKE = '%1\r\n$5\r\nproto\r\n:3\r\n';

/** A client of a server that says this to every command. */
async function told(t: TestContext, reply: string): Promise<Valkey> {
  const scripted = await ScriptedServer.start((words) =>
    words[0] === 'GET' ? `-${reply}\r\n` : words[0] === 'HELLO' ? HANDSHAKE : '+OK\r\n',
  );
  t.after(() => scripted[Symbol.asyncDispose]());
  return open(t, { port: scripted.port, socketTimeout: 300 });
}

interface Case {
  /** Makes the error. */
  readonly provoke: (t: TestContext) => Promise<unknown>;
  readonly code: string;
  readonly fields?: Readonly<Record<string, unknown>>;
  /** Fields in milliseconds, whatever they measured. */
  readonly measures?: readonly string[];
}

const here = (t: TestContext): Valkey => open(t, { port: server.port });
const endpoint = `127.0.0.1:${server.port}`;

/** A command that a server with a proxy in front of it never answers. */
async function unanswered(
  t: TestContext,
  run: (client: Valkey, proxy: FaultProxy) => Promise<unknown>,
): Promise<unknown> {
  const proxy = await FaultProxy.start(server);
  t.after(() => proxy.close());
  const client = open(t, { port: proxy.port });
  await client.connect();
  proxy.blackhole();
  return await run(client, proxy);
}

/** Of two primaries; `foo` is in the slot 12182, which is of the second. */
let deployment: Promise<ClusterDeployment> | undefined;
const cluster = (): Promise<ClusterDeployment> =>
  (deployment ??= ValkeyServer.startCluster({ primaries: 2, replicas: 0 }));
after(async () => await (await deployment)?.stop());

const CASES: Readonly<Record<string, Case>> = {
  DataError: {
    provoke: async (t) => await here(t).get(undefined as never),
    code: 'INVALID_ARGUMENT',
    fields: { command: 'GET' },
  },
  ConnectionError: {
    provoke: async (t) =>
      await unanswered(t, async (client, proxy) => {
        const reply = client.incr('lost');
        await until('it is sent', async () => client.stats().inFlight > 0);
        proxy.cut();
        return await reply;
      }),
    code: 'CONNECTION_LOST',
    fields: { sent: true },
  },
  AuthenticationError: {
    provoke: async (t) => await open(t, { port: server.port, username: 'nobody', password: 'x' }).connect(),
    code: 'AUTHENTICATION_FAILED',
    fields: { sent: false, endpoint },
  },
  MaxConnectionsError: {
    provoke: async (t) => {
      const client = open(t, { port: server.port, maxConnections: 1 });
      await using _ = await client.session();
      return await client.withOptions({ timeout: 50 }).blpop('queue', 0);
    },
    code: 'MAX_CONNECTIONS',
    fields: { sent: false, endpoint },
  },
  TimeoutError: {
    provoke: async (t) => await unanswered(t, (client) => client.withOptions({ timeout: 50 }).get('key')),
    code: 'TIMEOUT',
    fields: { phase: 'sent', sent: true, command: 'GET', inFlight: 1 },
    measures: ['elapsed', 'loopDelay'],
  },
  AbortError: {
    provoke: async (t) =>
      await unanswered(t, (client) => client.withOptions({ signal: AbortSignal.timeout(30) }).get('key')),
    code: 'ABORTED',
    fields: { sent: true, command: 'GET' },
  },
  QueueFullError: {
    provoke: async (t) => {
      const client = open(t, { port: server.port, maxQueuedCommands: 1 });
      await client.connect();
      const first = client.get('a');
      try {
        return await client.get('b');
      } finally {
        await first;
      }
    },
    code: 'QUEUE_FULL',
    fields: { command: 'GET', endpoint },
  },
  PubSubError: {
    provoke: async (t) => {
      const client = here(t);
      const pubsub = client.pubsub({ maxBuffered: 1, overflow: 'disconnect' });
      await pubsub.subscribe('news');
      for (let i = 0; i < 5; i++) await admin.publish('news', 'x');
      for await (const _ of pubsub);
      return undefined;
    },
    code: 'OVERFLOW',
  },
  ProtocolError: {
    provoke: async (t) => {
      const scripted = await ScriptedServer.start((words) =>
        words[0] === 'GET' ? '?what\r\n' : words[0] === 'HELLO' ? HANDSHAKE : '+OK\r\n',
      );
      t.after(() => scripted[Symbol.asyncDispose]());
      const { error } = await outcomeOf(open(t, { port: scripted.port, retry: { retries: 0 } }).get('key'));
      let cause: unknown = error;
      while (cause instanceof errors.ConnectionError) ({ cause } = cause);
      throw cause;
    },
    code: 'PROTOCOL_ERROR',
  },
  ResponseError: {
    provoke: async (t) => {
      await admin.set('text', 'a');
      return await here(t).lpush('text', 'x');
    },
    code: 'WRONGTYPE',
    fields: { prefix: 'WRONGTYPE', command: 'LPUSH', endpoint },
  },
  NoScriptError: {
    provoke: async (t) => await here(t).evalsha('f'.repeat(40), [], []),
    code: 'NOSCRIPT',
    fields: { command: 'EVALSHA' },
  },
  ReadOnlyError: {
    provoke: async (t) => {
      const replica = await ValkeyServer.start({ args: ['--replicaof', server.host, String(server.port)] });
      t.after(() => replica.stop());
      return await open(t, { port: replica.port }).set('key', 'value');
    },
    code: 'READONLY',
    fields: { command: 'SET' },
  },
  LoadingError: {
    provoke: async (t) => await (await told(t, 'LOADING the dataset')).get('key'),
    code: 'LOADING',
  },
  BusyError: {
    provoke: async (t) => {
      const own = await ValkeyServer.start({ args: ['--busy-reply-threshold', '10'] });
      t.after(() => own.stop());
      const [other, client] = [open(t, { port: own.port }), open(t, { port: own.port, socketTimeout: 1000 })];
      // Some servers accept nobody while they are busy.
      await Promise.all([other.connect(), client.connect()]);
      const script = outcomeOf(other.eval('while true do end', [], []));
      let error: unknown;
      await until('the script runs', async () => {
        ({ error } = await outcomeOf(client.get('key')));
        return error !== undefined;
      });
      await client.scriptKill();
      await script;
      throw error;
    },
    code: 'BUSY',
    fields: { command: 'GET', prefix: 'BUSY' },
  },
  NoPermissionError: {
    provoke: async (t) => {
      await admin.aclSetuser('few', ['reset', 'on', '>few', '+get', '~*']);
      return await open(t, { port: server.port, username: 'few', password: 'few' }).set('key', 'value');
    },
    code: 'NOPERM',
    fields: { command: 'SET' },
  },
  ExecAbortError: {
    provoke: async (t) => {
      const { error } = await outcomeOf(here(t).multi().executeCommand('GET').execute());
      throw error instanceof errors.PipelineError ? error.cause : error;
    },
    code: 'EXECABORT',
    fields: { index: 0, command: 'GET' },
  },
  CrossSlotError: {
    provoke: async (t) => {
      const single = await ValkeyServer.start({ args: ['--cluster-enabled', 'yes'] });
      t.after(() => single.stop());
      const client = open(t, { port: single.port });
      await client.clusterAddslotsrange({ start: 0, end: 16_383 });
      await until('it serves', async () => (await outcomeOf(client.get('a'))).ok);
      return await client.mget(['a', 'b']);
    },
    code: 'CROSSSLOT',
    fields: { command: 'MGET' },
  },
  TryAgainError: {
    provoke: async (t) => {
      const [first, second] = await (await cluster()).primaries();
      const client = open(t, { port: second!.port, socketTimeout: 500 });
      await client.set('{foo}here', 'value');
      const migration = await (await cluster()).beginMigration(12_182, second!, first!);
      try {
        return await client.mget(['{foo}here', '{foo}gone']);
      } finally {
        await migration.cancel();
      }
    },
    code: 'TRYAGAIN',
    fields: { command: 'MGET', prefix: 'TRYAGAIN' },
  },
  ClusterDownError: {
    provoke: async (t) => {
      const single = await ValkeyServer.start({ args: ['--cluster-enabled', 'yes'] });
      t.after(() => single.stop());
      return await open(t, { port: single.port, socketTimeout: 300 }).get('a');
    },
    code: 'CLUSTERDOWN',
  },
  PrimaryDownError: {
    provoke: async (t) => {
      const replica = await ValkeyServer.start({
        args: ['--replicaof', '127.0.0.1', '1', '--replica-serve-stale-data', 'no'],
      });
      t.after(() => replica.stop());
      return await open(t, { port: replica.port, socketTimeout: 300 }).get('a');
    },
    code: 'MASTERDOWN',
  },
  MovedError: {
    provoke: async (t) => {
      const [first] = await (await cluster()).primaries();
      return await open(t, { port: first!.port }).get('foo');
    },
    code: 'MOVED',
    fields: { command: 'GET', prefix: 'MOVED' },
  },
  AskError: {
    provoke: async (t) => {
      const [first, second] = await (await cluster()).primaries();
      const migration = await (await cluster()).beginMigration(12_182, second!, first!);
      try {
        return await open(t, { port: second!.port }).get('foo');
      } finally {
        await migration.cancel();
      }
    },
    code: 'ASK',
    fields: { command: 'GET', prefix: 'ASK' },
  },
  ClusterError: {
    provoke: async (t) => {
      const client = new ValkeyCluster({ startupNodes: (await cluster()).startupNodes });
      t.after(() => client.destroy());
      await client.connect();
      return await client.on('127.0.0.1:1').get('foo');
    },
    code: 'NO_NODE',
  },
  SlotNotCoveredError: {
    provoke: async (t) => {
      const single = await ValkeyServer.start({ args: ['--cluster-enabled', 'yes'] });
      t.after(() => single.stop());
      const startupNodes = [{ host: single.host, port: single.port }];
      const client = new ValkeyCluster({ startupNodes, requireFullCoverage: true, retry: { retries: 0 } });
      t.after(() => client.destroy());
      return await client.get('foo');
    },
    code: 'SLOT_NOT_COVERED',
  },
  PrimaryNotFoundError: {
    provoke: async (t) => {
      const watched = await ValkeyServer.startSentinel({ replicas: 0, sentinels: 1 });
      t.after(() => watched.stop());
      const sentinel = new Sentinel(watched.addresses);
      t.after(() => sentinel.destroy());
      const { error } = await outcomeOf(sentinel.discoverPrimary('nobody'));
      assert.equal((error as errors.PrimaryNotFoundError).answers.size, 1);
      throw error;
    },
    code: 'PRIMARY_NOT_FOUND',
    fields: { sent: false },
  },
  WatchError: {
    provoke: async (t) =>
      await here(t).transaction(
        async (tx) => {
          await admin.incr('watched');
          await tx.multi().get('watched').execute();
        },
        { watch: 'watched', maxAttempts: 1 },
      ),
    code: 'WATCH_FAILED',
  },
  PipelineError: {
    provoke: async (t) => await here(t).pipeline().set('text', 'a').incr('text').execute(),
    code: 'PIPELINE_FAILED',
    fields: { index: 1, command: 'INCR' },
  },
  LockError: {
    provoke: async (t) => {
      const lease = (await here(t).lock('lock', { timeout: 10_000 }).acquire())!;
      await lease.release();
      await lease.release();
    },
    code: 'LOCK_RELEASED',
  },
  LockNotOwnedError: {
    provoke: async (t) => {
      const lease = (await here(t).lock('lost lock', { timeout: 10_000 }).acquire())!;
      await admin.del('lost lock');
      await lease.release();
    },
    code: 'LOCK_NOT_OWNED',
  },
};

describe('every class of error', () => {
  test('is here', () => {
    const classes = Object.entries(errors).flatMap(([name, value]) =>
      typeof value === 'function' && 'kind' in value && value !== ValkeyError ? [name] : [],
    );
    assert.deepEqual(classes.toSorted(), Object.keys(CASES).toSorted());
  });

  for (const [name, { provoke, code, fields = {}, measures = [] }] of Object.entries(CASES)) {
    test(name, { timeout: 30_000 }, async (t) => {
      const { ok, error } = await outcomeOf((async () => await provoke(t))());
      assert.ok(!ok, 'it should have failed');
      assert.equal((error as Error).name, name, String(error));
      assert.equal((error as { readonly code: string }).code, code, String(error));
      for (const [field, value] of Object.entries(fields)) {
        assert.equal((error as Record<string, unknown>)[field], value, `${field} of ${String(error)}`);
      }
      for (const field of measures) {
        const measured = (error as Record<string, number>)[field]!;
        assert.ok(measured >= 0 && measured < 30_000, `${field} of ${String(error)}`);
      }
    });
  }
});
