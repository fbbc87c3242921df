/**
 * No secret comes out: a password, a token and a value go through all failures that can be provoked, and everything that a log could
 * come to see is searched for them.
 */
import assert from 'node:assert/strict';
import { createPrivateKey } from 'node:crypto';
import { after, describe, test, type TestContext } from 'node:test';
import { inspect } from 'node:util';
import {
  ConnectionPool,
  ElastiCacheIamCredentialProvider,
  FileCredentialProvider,
  PipelineError,
  TokenCredentialProvider,
  UsernamePasswordCredentialProvider,
  Valkey,
  type ValkeyOptions,
} from '../../../src/index.ts';
import { FACTS } from '../../../src/commands/specs.gen.ts';
import { FaultProxy, ValkeyServer } from '../../../src/testing/index.ts';
import { findFreePort } from '../../../src/testing/free-port.ts';
import { GREETING, ScriptedServer } from '../scripted-server.ts';
import { blockedClients, open, outcomeOf, outcomesOf, turn, until } from './tools.ts';

const PROTOCOLS = [3, 2] as const;
const limit = { timeout: 60_000 };

const PASSWORD = "c4nary-password/%'";
const TOKEN = 'c4nary-token?Action=connect&X-Amz-Signature=c4nary';
const VALUE = 'c4nary value';
const WORD = 'c4nary';

/** Whatever a person or a log could come to see of a thing. */
function shown(thing: unknown): string {
  const forms = [inspect(thing, { depth: 20, maxArrayLength: null }), inspect(thing, { depth: 20, showHidden: true })];
  if (thing instanceof Error) forms.push(thing.message, String(thing.stack), String(thing), JSON.stringify(thing));
  else if (typeof thing === 'object' && thing !== null) forms.push(JSON.stringify(thing));
  return forms.join('\n');
}

/** That nothing of these shows a secret, in any form that one can take. */
function assertHidden(what: string, ...things: unknown[]): void {
  const text = things.map(shown).join('\n').replaceAll('\\', '');
  const at = [...text.matchAll(/c4nary|Yzc0bmFyeS|63346e617279/gi)].map(({ index }) => index);
  assert.deepEqual(
    at.map((index) => text.slice(Math.max(0, index - 100), index + 50)),
    [],
    what,
  );
}

/** The error of what must fail, by rejecting or at once. */
async function errorOf(what: string, run: () => unknown): Promise<unknown> {
  try {
    const value: unknown = await run();
    assert.fail(`${what} did not fail, but gave ${inspect(value)}`);
  } catch (error) {
    if (error instanceof assert.AssertionError) throw error;
    return error;
  }
}

async function hiddenErrorOf(what: string, run: () => unknown): Promise<unknown> {
  const error = await errorOf(what, run);
  assertHidden(what, error);
  return error;
}

const server = await ValkeyServer.start({ password: PASSWORD });
const admin = new Valkey({ port: server.port, password: PASSWORD });
const secure = await ValkeyServer.start({ tls: true });
after(async () => {
  admin.destroy();
  await Promise.all([server.stop(), secure.stop()]);
});

function connecting(t: TestContext, options: ValkeyOptions = {}): Valkey {
  const own = { port: server.port, password: PASSWORD, retry: { retries: 0 } };
  const client = open(
    t,
    options.credentialProvider === undefined ? { ...own, ...options } : { ...options, port: server.port },
  );
  const told = (name: string) => (payload?: unknown) => assertHidden(`the event ${name}`, payload);
  client.events.on('reconnecting', told('reconnecting'));
  client.events.on('rotationFailed', told('rotationFailed'));
  return client;
}

const PROVIDERS = {
  static: () => new UsernamePasswordCredentialProvider('default', TOKEN),
  file: () => new FileCredentialProvider('/c4nary-no-such/file'.replace('c4nary-', ''), { username: WORD }),
  token: () => new TokenCredentialProvider({ getToken: () => ({ token: TOKEN, expiresAt: Infinity }) }),
  rejecting: () => ({ getCredentials: () => ({ username: WORD }) as never }),
  iam: () =>
    new ElastiCacheIamCredentialProvider({
      username: WORD,
      cacheName: 'cache',
      region: 'eu-central-1',
      credentials: () => ({ accessKeyId: WORD, secretAccessKey: WORD, sessionToken: WORD }),
    }),
} as const;

for (const protocol of PROTOCOLS) {
  describe(`a secret, RESP${protocol}`, limit, () => {
    test('is in no failure to authenticate', async (t) => {
      const port = server.port;
      const retry = { retries: 1 };
      for (const options of [
        { port, password: `${PASSWORD}x` },
        { port, username: WORD, password: PASSWORD },
        { url: `valkey://${WORD}:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}` },
        { url: `valkey://127.0.0.1:${port}?password=${WORD}` },
      ]) {
        const client = open(t, { ...options, protocol, retry });
        for (const [what, run] of [
          ['connect', () => client.connect()],
          ['get', () => client.get(VALUE)],
          ['blpop', () => client.withOptions({ timeout: 200 }).blpop(VALUE, 1)],
          ['session', () => client.session()],
          ['subscribe', () => client.pubsub().subscribe(VALUE)],
          ['monitor', () => client.monitor().start()],
          ['lock', () => client.lock(VALUE).acquire()],
          ['transaction', () => client.transaction((tx) => tx.get(VALUE))],
        ] as const) {
          await hiddenErrorOf(what, run);
        }
        assertHidden('the client', client);
      }
      const client = connecting(t, { protocol });
      await hiddenErrorOf('AUTH', () => client.auth(WORD, PASSWORD));
      await hiddenErrorOf('AUTH', () => client.auth(WORD));
      await using session = await client.session();
      await hiddenErrorOf('HELLO', () => session.executeCommand('HELLO', 3, 'AUTH', WORD, PASSWORD));
      await hiddenErrorOf('HELLO', () => session.executeCommand('HELLO', WORD));
      await hiddenErrorOf('HELLO', () => session.executeCommand('HELLO', 3, WORD));
      await hiddenErrorOf('HELLO', () => session.executeCommand('HELLO', 3, 'SETNAME', VALUE));
    });

    for (const [name, make] of Object.entries(PROVIDERS)) {
      test(`of a provider is in none either: ${name}`, async (t) => {
        const provider = make();
        const client = connecting(t, { protocol, credentialProvider: provider, retry: { retries: 1 } });
        await hiddenErrorOf('connect', () => client.connect());
        await hiddenErrorOf('get', () => client.get('k'));
        await hiddenErrorOf('session', () => client.session());
        assertHidden('the provider', provider, client);
      });
    }

    test('of a rotation is in no event', async (t) => {
      const provider = new UsernamePasswordCredentialProvider('default', PASSWORD);
      const client = connecting(t, { protocol, credentialProvider: provider });
      const failures: unknown[] = [];
      client.events.on('rotationFailed', (failure) => void failures.push(failure));
      await client.connect();
      provider.rotate(WORD, TOKEN);
      await until('it is told', () => failures.length > 0);
      assertHidden('the rotation', ...failures, provider, client);
    });

    test('is in no error reply, to whatever command it is given', async (t) => {
      const client = connecting(t, { protocol });
      const session = await client.session();
      t.after(() => session.close());
      // Keys of all types, so that commands come further than to a key that is not there.
      const types = ['none', 'string', 'list', 'hash', 'stream'];
      await admin.set('string', VALUE);
      await admin.rpush('list', VALUE);
      await admin.hset('hash', VALUE, VALUE);
      await admin.xadd('stream', '*', { [VALUE]: VALUE });
      const forms: (string | Buffer | number)[][] = [
        [WORD],
        [VALUE],
        [VALUE, VALUE],
        [WORD, Buffer.from(VALUE), WORD],
        [VALUE, WORD, PASSWORD, VALUE, WORD],
        ...types.flatMap((key) => [
          [key, VALUE],
          [key, WORD, VALUE],
          [key, VALUE, 1, WORD],
          [key, 1, VALUE, WORD, VALUE],
        ]),
      ];
      const refused: unknown[] = [];
      for (const name of Object.keys(FACTS).filter((each) => !HARMFUL.test(each))) {
        const calls = forms.map((args) => session.executeCommand(name, ...args));
        for (const { ok, error } of await outcomesOf(calls)) if (!ok) refused.push(error);
      }
      assert.ok(refused.length > 3000, `${refused.length} errors`);
      assert.ok(new Set(refused.map((error) => (error as Error).message)).size > 150);
      for (const error of refused) assertHidden((error as { command?: string }).command ?? '', error);
    });

    test('is in no error of ACL, scripts and configuration', async (t) => {
      const client = connecting(t, { protocol });
      const calls: (string | number)[][] = [
        ['ACL', 'SETUSER', WORD, `>${PASSWORD}`, WORD],
        ['ACL', 'SETUSER', 'u', `<${PASSWORD}`],
        ['ACL', 'SETUSER', 'u', `#${WORD}`],
        ['ACL', 'SETUSER', 'u', `+${WORD}`],
        ['ACL', 'SETUSER', 'u', `+@${WORD}`],
        ['ACL', 'SETUSER', 'u', `%${WORD}~*`],
        ['ACL', 'SETUSER', 'u', `(+get ~${WORD}`],
        ['ACL', 'SETUSER', 'u', `(+get >${PASSWORD})`],
        ['ACL', 'SETUSER', VALUE, 'on'],
        ['ACL', 'DRYRUN', WORD, 'get', VALUE],
        ['ACL', 'DRYRUN', 'default', WORD, VALUE],
        ['ACL', 'CAT', WORD],
        ['ACL', 'GENPASS', WORD],
        ['ACL', 'LOG', WORD],
        ['CONFIG', 'SET', WORD, PASSWORD],
        ['CONFIG', 'SET', 'maxmemory', WORD],
        ['CONFIG', 'SET', 'maxmemory-policy', WORD],
        ['CLIENT', 'KILL', WORD, WORD],
        ['CLIENT', 'KILL', 'USER', WORD],
        ['CLIENT', 'SETNAME', VALUE],
        ['CLIENT', 'SETINFO', WORD, VALUE],
        ['NO-SUCH-COMMAND', PASSWORD, VALUE],
        ['EVAL', `return c4nary(`, 0],
        ['EVAL', `return 'c4nary' 'c4nary'`, 0],
        ['EVAL', `return [[c4nary]] [[c4nary]]`, 0],
        ['EVAL', `return redis.error_reply(ARGV[1])`, 0, VALUE],
        ['EVAL', `return redis.error_reply('ERR it is ' .. ARGV[1])`, 0, WORD],
        ['EVAL', `error(ARGV[1])`, 0, VALUE],
        ['EVAL', `return redis.call('SET', ARGV[1])`, 0, VALUE],
        ['EVAL', `return redis.call(ARGV[1], ARGV[1])`, 0, WORD],
        ['EVALSHA', WORD, 0],
        ['FUNCTION', 'LOAD', `#!lua name=x\n'c4nary'`],
        ['FUNCTION', 'DELETE', WORD],
        ['FUNCTION', 'RESTORE', VALUE],
        ['FCALL', WORD, 0],
        ['RESTORE', 'k', 0, VALUE],
        ['GEOADD', 'geo', 500, 500, VALUE],
        ['GEOADD', 'geo', WORD, WORD, VALUE],
        ['GEOSEARCH', 'none', 'FROMMEMBER', VALUE, 'BYRADIUS', WORD, 'm'],
        ['XGROUP', 'SETID', WORD, WORD, '$'],
        ['XREADGROUP', 'GROUP', WORD, VALUE, 'STREAMS', VALUE, '>'],
        ['XACK', 'stream', WORD, WORD],
        ['XCLAIM', 'stream', WORD, WORD, 0, '1-1'],
        ['SET', 'k', VALUE, WORD],
        ['MIGRATE', '127.0.0.1', 1, VALUE, 0, 100, 'AUTH', PASSWORD],
        ['DEBUG', WORD, VALUE],
        ['OBJECT', 'ENCODING', VALUE, WORD],
        ['LATENCY', 'GRAPH', WORD],
        ['MODULE', 'LOAD', `/no-such/${WORD}`],
      ];
      const outcomes = await outcomesOf(calls.map(([name, ...args]) => client.executeCommand(String(name), ...args)));
      let refused = 0;
      for (const [index, { ok, error }] of outcomes.entries()) {
        if (!ok) refused++;
        assertHidden(calls[index]!.slice(0, 2).join(' '), error);
      }
      assert.ok(refused > 35, `${refused} refused`);
    });

    test('is in no timeout, abort, overflow or loss', async (t) => {
      await using proxy = await FaultProxy.start(server);
      const through = (options: ValkeyOptions): Valkey => connecting(t, { protocol, port: proxy.port, ...options });
      const short = through({ socketTimeout: 50, connectTimeout: 100 });
      const narrow = through({ maxQueuedCommands: 2 });
      const lost = through({});
      await Promise.all([short.connect(), narrow.connect(), lost.connect()]);
      proxy.blackhole();
      const controller = new AbortController();
      const quick = short.withOptions({ signal: controller.signal, timeout: 1000 });
      const calls: readonly [string, () => unknown][] = [
        ['a timeout', () => short.set(VALUE, PASSWORD)],
        ['a timeout of a session', async () => await (await short.session()).set(VALUE, PASSWORD)],
        ['a timeout of a pipeline', () => short.pipeline().set(VALUE, PASSWORD).auth(WORD, PASSWORD).execute()],
        ['a timeout of a transaction', () => short.multi().set(VALUE, PASSWORD).execute()],
        ['an abort', () => quick.set(VALUE, PASSWORD)],
        ['an overflow', () => Promise.all([1, 2, 3].map(() => narrow.set(VALUE, PASSWORD)))],
        ['a loss', () => lost.set(VALUE, PASSWORD)],
        ['a loss of a transaction', () => lost.multi().set(VALUE, PASSWORD).execute()],
        ['what was to follow AUTH', () => Promise.all([lost.auth('default', PASSWORD), lost.get(VALUE)])],
      ];
      const failures = calls.map(([what, run]) => hiddenErrorOf(what, run));
      await turn();
      controller.abort(new Error('enough'));
      setTimeout(() => proxy.cut(), 300);
      await Promise.all(failures);
      proxy.refuse();
      const down = lost.withOptions({ whenDown: 'fail' });
      await until('it is down', () => lost.state === 'reconnecting');
      await hiddenErrorOf('a client that is down', () => down.set(VALUE, PASSWORD));
      const waiting = hiddenErrorOf('a client that closes', () => lost.set(VALUE, PASSWORD));
      lost.destroy();
      await waiting;
      await hiddenErrorOf('a client that is closed', () => lost.set(VALUE, PASSWORD));
    });

    test('is in no failure of a pipeline, though its results hold replies', async (t) => {
      const client = connecting(t, { protocol });
      const pipeline = client
        .pipeline()
        .set('string', VALUE)
        .get('string')
        .incr('string')
        .setrange('string', -1, VALUE);
      assertHidden('a pipeline', pipeline, client.multi().set(VALUE, PASSWORD), client.pipeline().auth(WORD, PASSWORD));
      for (const [what, run] of [
        ['a pipeline', () => pipeline.execute()],
        ['a transaction', () => client.multi().set('string', VALUE).get('string').incr('string').execute()],
        ['a transaction of nothing', () => client.multi().set('string', VALUE).executeCommand('SET', VALUE).execute()],
        ['a transaction of the unknown', () => client.multi().executeCommand('NO-SUCH', PASSWORD).execute()],
        ['a batch', () => client.batch((b) => [b.set('string', VALUE), b.get('string'), b.incr('string')])],
      ] as const) {
        const error = await hiddenErrorOf(what, run);
        if (error instanceof PipelineError) assert.ok(error.results.length > 0, 'who looks for them finds them');
      }
      for (const settled of await client.pipeline().incr('string').executeCommand('NO-SUCH', VALUE).executeSettled()) {
        assert.equal(settled.status, 'rejected');
        assertHidden('a settled command', settled);
      }
      const session = await client.session();
      await session.executeCommand('MULTI');
      await session.xreadgroup(VALUE, WORD, { [VALUE]: '>' });
      const replies = await session.executeCommand<unknown[]>('EXEC');
      assert.equal(replies.length, 1);
      assertHidden('an error in the reply of EXEC', replies);
      await session.close();
    });

    test('is in no reply that cannot be given', async (t) => {
      const client = connecting(t, { protocol });
      await admin.set('number', '9223372036854775806');
      const error = await errorOf('an integer', () => client.incr('number'));
      assert.ok(!shown(error).includes('922337203685477'));
      await admin.set('string', VALUE);
      client.setResponseCallback('GET', (reply: string) => {
        throw new TypeError(`not ${reply.length} long`);
      });
      await hiddenErrorOf('a callback', () => client.get('string'));
    });
  });
}

/** Commands that would end the server or the session, wait for somebody, or change what the test stands on. */
const HARMFUL =
  /^(SHUTDOWN|DEBUG|FAILOVER|REPLICAOF|SLAVEOF|REPLCONF|SYNC|PSYNC|QUIT|RESET|MONITOR|[PS]?(UN)?SUBSCRIBE|HELLO|AUTH|MULTI|EXEC|WATCH|SELECT|FLUSHALL|FLUSHDB|SWAPDB|CLIENT (REPLY|KILL|PAUSE|NO-TOUCH|TRACKING)|CONFIG (SET|REWRITE)|ACL (SETUSER|DELUSER|LOAD)|SENTINEL|SAVE|BGSAVE|BGREWRITEAOF|SCRIPT DEBUG|WAIT|WAITAOF|MIGRATE|B[LZR].*|XREAD.*|CLUSTER.*|MODULE.*|LATENCY.*)$/;

describe('a secret', limit, () => {
  test('is in no answer of a peer that repeats what it hears', async (t) => {
    for (const [what, reply] of [
      ['plain words', (words: readonly string[]) => `500 what is ${words.join(' ')}\r\n`],
      ['an error', (words: readonly string[]) => `-ERR what is ${words.join(' ')}\r\n`],
      ['a broken reply', (words: readonly string[]) => `$x ${words.join(' ')}\r\n`],
      ['a simple string', (words: readonly string[]) => `+${words.join(' ')}\r\n`],
      ['an error of each', (words: readonly string[]) => words.map((word) => `-ERR ${word}\r\n`).join('')],
    ] as const) {
      await using scripted = await ScriptedServer.start(reply);
      for (const protocol of PROTOCOLS) {
        const client = open(t, { port: scripted.port, protocol, password: PASSWORD, retry: { retries: 0 } });
        const { ok, error } = await outcomeOf(client.connect());
        assertHidden(`${what}, RESP${protocol}`, error);
        assert.equal(ok, what === 'a simple string');
      }
    }
  });

  test('is in no breach of the protocol', async (t) => {
    for (const reply of ['$-7\r\n', ':x\r\n', `+${'x'.repeat(100_000)}`, '*-9\r\n', `!9999999999999\r\n`]) {
      await using scripted = await ScriptedServer.start((words) =>
        words[0] === 'HELLO' ? GREETING : words[0] === 'GET' ? reply : '+OK\r\n',
      );
      const client = open(t, { port: scripted.port, password: PASSWORD, retry: { retries: 0 } });
      await hiddenErrorOf(JSON.stringify(reply.slice(0, 20)), () => client.get(VALUE));
    }
  });

  test('is in no failure to connect', async (t) => {
    const port = await findFreePort();
    for (const options of [
      { port },
      { path: '/no-such/socket' },
      { port: server.port, tls: true, connectTimeout: 100 },
      { host: 'no-such-host.invalid' },
    ]) {
      const client = open(t, { ...options, username: WORD, password: PASSWORD, retry: { retries: 1 } });
      await hiddenErrorOf('connect', () => client.connect());
      await hiddenErrorOf('set', () => client.set(VALUE, VALUE));
      assertHidden('the client', client);
    }
  });

  test('is in no trouble with a key', async (t) => {
    const { cert, key } = secure.clientCertificate;
    // Its letters, and nothing else of it, are in what follows.
    const parts = key.split('\n').filter((line) => line.length > 40 && !line.startsWith('-'));
    const encrypted = createPrivateKey(key).export({
      type: 'pkcs8',
      format: 'pem',
      cipher: 'aes-256-cbc',
      passphrase: WORD,
    });
    for (const tls of [
      { cert, key: key.replace(/\n/, '\n!') },
      { cert, key: key.slice(0, key.length / 2) },
      { cert, key: encrypted.toString(), passphrase: `${WORD} of another` },
      { cert, key: encrypted.toString() },
      { cert: key, key: cert },
      { pfx: Buffer.from(VALUE), passphrase: WORD },
    ]) {
      let client: Valkey | undefined;
      const error = await errorOf('a key', async () => {
        const options: ValkeyOptions = { port: secure.tlsPort, retry: { retries: 0 }, tls: { ca: secure.ca, ...tls } };
        client = open(t, options);
        await client.connect();
      });
      assertHidden('a key', error, client);
      for (const part of parts) assert.ok(!shown(error).includes(part.slice(0, 20)), 'a part of the key is shown');
    }
  });

  test('is in no error about options, arguments or URLs', async (t) => {
    const names: readonly (keyof ValkeyOptions)[] = [
      ...(['host', 'port', 'path', 'family', 'db', 'username', 'tls', 'socketTimeout', 'connectTimeout'] as const),
      ...([
        'keepAlive',
        'noDelay',
        'protocol',
        'encoding',
        'integers',
        'libName',
        'retry',
        'url',
        'maxConnections',
      ] as const),
      ...(['credentialProvider', 'connectionPool', 'singleConnectionClient', 'whenDown', 'onConnect'] as const),
    ];
    for (const name of names) {
      for (const wrong of [{ [WORD]: WORD }, [WORD], Symbol(WORD)]) {
        const options = { password: PASSWORD, [name]: wrong } as ValkeyOptions;
        let error: unknown;
        try {
          new Valkey(options).destroy();
        } catch (thrown) {
          error = thrown;
        }
        if (name !== 'tls') assert.ok(error, name);
        // The option that nobody knows is named.
        const isNamed = error instanceof Error && /unknown .*option/.test(error.message);
        if (!isNamed) assertHidden(`the option ${name}`, error);
      }
    }
    for (const url of [
      `valkey://u:${WORD}@h:x`,
      `valkey://h?${WORD}=1`,
      `valkey://h?password=${WORD}&db=x`,
      `valkey+cluster://:${WORD}@a`,
      `redis://u:1/${WORD}@h`,
      `unix://u:${WORD}@h`,
      WORD,
    ]) {
      await hiddenErrorOf('a URL', () => new Valkey(url));
      await hiddenErrorOf('a URL', () => Valkey.fromUrl(url, { password: PASSWORD }));
      await hiddenErrorOf('a URL', () => new ConnectionPool(url));
    }
    const client = connecting(t);
    for (const arg of [
      undefined,
      null,
      NaN,
      { [WORD]: WORD },
      [WORD],
      () => WORD,
      Symbol(WORD),
      new Date(NaN),
    ] as never[]) {
      await hiddenErrorOf('an argument', () => client.set(VALUE, arg));
      await hiddenErrorOf('an argument', () => client.executeCommand('SET', VALUE, PASSWORD, arg));
      await hiddenErrorOf('an argument', () => client.hset(VALUE, { [VALUE]: arg }));
      await hiddenErrorOf('an argument', () => client.pipeline().set(VALUE, arg));
    }
    await hiddenErrorOf('options', () => client.set('k', VALUE, { ex: WORD as never, px: WORD as never }));
    await hiddenErrorOf('a refused command', () => client.executeCommand('HELLO', 3, 'AUTH', WORD, PASSWORD));
    await hiddenErrorOf('a refused command', () => client.executeCommand('SUBSCRIBE', VALUE));
    await hiddenErrorOf('a view', () => client.withOptions({ timeout: WORD as never }));
  });

  test('is not shown by what holds it', async (t) => {
    const client = connecting(t, { username: 'default', clientName: 'plain' });
    await client.set('string', VALUE);
    const pool = new ConnectionPool({ port: server.port, password: PASSWORD });
    t.after(() => pool.destroy());
    const pooled = Valkey.fromPool(pool);
    const session = await client.session();
    const pubsub = client.pubsub();
    await pubsub.subscribe(VALUE);
    const monitor = client.monitor();
    await client.set(VALUE, VALUE);
    const lease = await client.lock('lock').acquire();
    const token = await client.get('lock');
    assert.ok(token && !shown(lease).includes(token), 'the token of a lock is shown');
    const blocked = client.blpop(WORD, 0);
    await until('it blocks', async () => (await blockedClients(admin)) === 1);
    const binary = client.withOptions({ encoding: 'buffer' });
    const script = client.registerScript(`return '${WORD}'`);
    const things = {
      client,
      pool,
      pooled,
      session,
      pubsub,
      monitor,
      lease,
      binary,
      lock: client.lock('lock'),
    } as const;
    for (const [name, thing] of Object.entries(things)) assertHidden(name, thing);
    assertHidden('statistics', client.stats(), pool.stats(), pubsub.stats(), monitor.stats());
    assertHidden('promises', blocked, client.get('k'), client.run(script, [], []));
    assertHidden('iterators', client.scanIter({ match: WORD }), client.hscanIter('k', { match: WORD }), client.events);
    assertHidden('queues', client.pipeline().set(VALUE, VALUE), client.multi().set(VALUE, VALUE));
    await client.batch((batch) => {
      const slot = batch.set(VALUE, VALUE);
      assertHidden('a batch', batch, slot);
      return slot;
    });
    await client.transaction(async (tx) => {
      assertHidden('a transaction', tx);
      return await tx.get(VALUE);
    });
    assertHidden('providers', ...Object.values(PROVIDERS).map((make) => make()));
    await admin.rpush(WORD, 'x');
    await blocked;
    await lease?.release();
    await pubsub.close();
    await session.close();
    await pooled.close();
  });
});
