import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  AuthenticationError,
  ConstantBackoff,
  ConnectionPool,
  FileCredentialProvider,
  type ResponseError,
  TokenCredentialProvider,
  UsernamePasswordCredentialProvider,
  Valkey,
  type ConnectionError,
  type CredentialProvider,
  type ValkeyOptions,
} from '../../../src/index.ts';
import { FaultProxy, ValkeyServer } from '../../../src/testing/index.ts';
import {
  blockedClients,
  callsOf,
  clientInfo,
  clientList,
  failureOf,
  killShared,
  open,
  outcomeOf,
  turn,
  typed,
  until,
} from '../client/tools.ts';
import { GREETING, ScriptedServer } from '../scripted-server.ts';

const PROTOCOLS = [3, 2] as const;
const limit = { timeout: 20_000 };

const server = await ValkeyServer.start({ password: 'open sesame' });
const admin = new Valkey(server.url);
after(async () => {
  admin.destroy();
  await server.stop();
});

const RIGHTS = ['on', '+@all', '~*', '&*'];

/** Two users, whose password is their name, and a provider that gives the first. */
async function rotating(
  name: string,
): Promise<{ provider: UsernamePasswordCredentialProvider; users: [string, string] }> {
  const users: [string, string] = [`${name}-1`, `${name}-2`];
  for (const user of users) await admin.aclSetuser(user, ['reset', ...RIGHTS, `>${user}`]);
  return { provider: new UsernamePasswordCredentialProvider(users[0], users[0]), users };
}

function connecting(t: TestContext, credentialProvider: CredentialProvider, options: ValkeyOptions = {}): Valkey {
  return open(t, { port: server.port, credentialProvider, retry: { retries: 0 }, ...options });
}

/** Connections of this user, by id. */
async function idsOf(user: string): Promise<string[]> {
  return (await clientList(admin)).filter((each) => each['user'] === user).map(({ id }) => id!);
}

async function untilUsed(user: string, count: number): Promise<void> {
  await until(`${count} connections are ${user}`, async () => (await idsOf(user)).length === count);
}

/** The failures that a client tells. */
function failuresOf(client: Valkey): ConnectionError[] {
  const failures: ConnectionError[] = [];
  client.events.on('rotationFailed', ({ cause }) => void failures.push(cause));
  return failures;
}

for (const protocol of PROTOCOLS) {
  describe(`a rotation, RESP${protocol}`, limit, () => {
    test('reaches the shared connection, idle ones and leased ones, none of which is made anew', async (t) => {
      const { provider, users } = await rotating(`all${protocol}`);
      const client = connecting(t, provider, { protocol });
      const failures = failuresOf(client);
      await client.connect();
      const sessions = await Promise.all([client.session(), client.session()]);
      const blocked = client.blpop('rotation-none', 0);
      await until('it blocks', async () => (await blockedClients(admin)) === 1);
      await sessions[1].close();
      const before = (await idsOf(users[0])).sort();
      assert.equal(before.length, 4);
      provider.rotate(users[1], users[1]);
      // What blocks is told when it is free again.
      await untilUsed(users[1], 3);
      assert.equal((await clientInfo(client))['user'], users[1]);
      assert.equal((await clientInfo(sessions[0]))['user'], users[1]);
      await admin.rpush('rotation-none', 'x');
      assert.deepEqual(await blocked, ['rotation-none', 'x']);
      await untilUsed(users[1], 4);
      assert.deepEqual((await idsOf(users[1])).sort(), before);
      assert.equal(client.stats().pool.connections, 3);
      assert.deepEqual(failures, []);
      await sessions[0].close();
    });

    test('keeps the order of commands, and every reply', async (t) => {
      const { provider, users } = await rotating(`order${protocol}`);
      const client = connecting(t, provider, { protocol });
      await client.del('rotation-count');
      const replies: Promise<number>[] = [];
      for (let round = 0; round < 20; round++) {
        const user = users[round % 2]!;
        for (let i = 0; i < 50; i++) replies.push(client.incr('rotation-count'));
        provider.rotate(user, user);
        for (let i = 0; i < 50; i++) replies.push(client.incr('rotation-count'));
        await turn();
      }
      assert.deepEqual(
        await Promise.all(replies),
        Array.from({ length: 2000 }, (_, i) => i + 1),
      );
    });

    test('waits for the end of a transaction, of a session and of a single connection', async (t) => {
      const { provider, users } = await rotating(`multi${protocol}`);
      const client = connecting(t, provider, { protocol });
      const single = connecting(t, provider, { protocol, singleConnectionClient: true });
      for (const own of [await client.session(), single]) {
        provider.rotate(users[0], users[0]);
        await until('the user is the first', async () => (await clientInfo(own))['user'] === users[0]);
        await own.executeCommand('MULTI');
        await own.set('rotation-multi', 1);
        provider.rotate(users[1], users[1]);
        await turn();
        await own.incr('rotation-multi');
        const calls = await callsOf(admin, 'auth');
        assert.deepEqual(await own.executeCommand('EXEC'), ['OK', 2]);
        assert.equal((await clientInfo(own))['user'], users[1]);
        assert.ok((await callsOf(admin, 'auth')) > calls);
      }
    });

    test('comes between whole transactions', async (t) => {
      const { provider, users } = await rotating(`exec${protocol}`);
      const client = connecting(t, provider, { protocol });
      const results: Promise<unknown>[] = [];
      for (let i = 0; i < 50; i++) {
        const user = users[i % 2]!;
        results.push(client.multi().set('rotation-exec', i).incr('rotation-exec').execute());
        provider.rotate(user, user);
        if (i % 5 === 0) await turn();
      }
      assert.deepEqual(
        await Promise.all(results),
        Array.from({ length: 50 }, (_, i) => ['OK', i + 1]),
      );
    });

    test('leaves a user alone that was changed by hand, until the next dial', async (t) => {
      const { provider, users } = await rotating(`hand${protocol}`);
      await admin.aclSetuser('by-hand', ['reset', ...RIGHTS, '>by-hand']);
      const client = connecting(t, provider, { protocol });
      const session = await client.session();
      await session.executeCommand('AUTH', 'by-hand', 'by-hand');
      await client.auth('by-hand', 'by-hand');
      provider.rotate(users[1], users[1]);
      await sleep(20);
      assert.equal((await clientInfo(session))['user'], 'by-hand');
      assert.equal((await clientInfo(client))['user'], 'by-hand');
      await killShared(admin, client);
      assert.equal((await clientInfo(client))['user'], users[1]);
      await session.close();
    });

    test('that is refused is told, and changes nothing; the next one is another try', async (t) => {
      const { provider, users } = await rotating(`refused${protocol}`);
      const client = connecting(t, provider, { protocol });
      const failures = failuresOf(client);
      const session = await client.session();
      await client.connect();
      provider.rotate(users[1], 'another');
      await until('it is told of both', () => failures.length === 2);
      for (const failure of failures) {
        const error = typed(failure, AuthenticationError, 'CREDENTIALS_REFUSED');
        assert.match(error.message, /refused the new username or password of credentialProvider/);
        assert.equal(error.endpoint, `127.0.0.1:${server.port}`);
        assert.equal((error.cause as ResponseError).prefix, 'WRONGPASS');
      }
      for (const own of [client, session]) assert.equal((await clientInfo(own))['user'], users[0]);
      provider.rotate(users[1], users[1]);
      for (const own of [client, session])
        await until('both are renewed', async () => (await clientInfo(own))['user'] === users[1]);
      assert.equal(failures.length, 2);
      await session.close();
    });

    test('is not counted among the commands of a session that closes', async (t) => {
      const { provider, users } = await rotating(`close${protocol}`);
      const client = connecting(t, provider, { protocol });
      for (let i = 0; i < 10; i++) {
        const session = await client.session();
        const user = users[i % 2]!;
        provider.rotate(user, user);
        await Promise.resolve();
        await Promise.resolve();
        await session.close();
        assert.equal(client.stats().pool.connections, 1);
      }
    });

    test('that is lost on its way takes no command with it', async (t) => {
      const { provider, users } = await rotating(`lost${protocol}`);
      await using proxy = await FaultProxy.start(server);
      const retry = { retries: 5, backoff: new ConstantBackoff(5) };
      const client = connecting(t, provider, { port: proxy.port, protocol, retry });
      await client.connect();
      proxy.blackhole();
      const before = client.get('rotation-lost');
      provider.rotate(users[1], users[1]);
      await turn();
      const behind = client.get('rotation-lost');
      await turn();
      proxy.heal();
      proxy.cut();
      assert.deepEqual(await Promise.all([before, behind]), [null, null]);
      assert.equal((await clientInfo(client))['user'], users[1]);
    });

    test('during a dial is made good behind it', async (t) => {
      const { provider, users } = await rotating(`dial${protocol}`);
      let isFirst = true;
      const client = connecting(t, provider, {
        protocol,
        onConnect: async (connection) => {
          if (!isFirst) return;
          isFirst = false;
          provider.rotate(users[1], users[1]);
          await connection.executeCommand('PING');
        },
      });
      await client.connect();
      assert.equal((await clientInfo(client))['user'], users[1]);
    });

    test('is heard of by a monitor or subscriptions only where they can take it', async (t) => {
      const { provider, users } = await rotating(`streams${protocol}`);
      const client = connecting(t, provider, { protocol });
      const failures = failuresOf(client);
      await using pubsub = client.pubsub({ ignoreSubscribeMessages: true });
      await pubsub.subscribe('rotation-news');
      await using monitor = await client.monitor().start();
      const [subscribed] = await idsOf(users[0]);
      assert.equal((await idsOf(users[0])).length, 2);
      provider.rotate(users[1], users[1]);
      await untilUsed(users[1], protocol === 3 ? 1 : 0);
      assert.ok(!(await idsOf(users[0])).includes(subscribed!) || protocol === 2);
      await admin.publish('rotation-news', 'it rains');
      assert.deepEqual(await pubsub.getMessage(5000), { type: 'message', channel: 'rotation-news', data: 'it rains' });
      assert.equal(pubsub.stats().gaps, 0);
      const entries = monitor[Symbol.asyncIterator]();
      for (let entry = await entries.next(); ; entry = await entries.next()) {
        assert.ok(entry.done !== true);
        if (entry.value.args[0] === 'PUBLISH') break;
      }
      assert.deepEqual(failures, []);
    });
  });

  describe(`a provider, RESP${protocol}`, limit, () => {
    test('is asked once for all connections of all clients that use it', async (t) => {
      const { users } = await rotating(`once${protocol}`);
      let asked = 0;
      let current = users[0];
      const listeners = new Set<() => void>();
      const provider: CredentialProvider = {
        getCredentials: async () => {
          asked++;
          await sleep(1);
          return { username: current, password: current };
        },
        onChange: (listener) => {
          listeners.add(listener);
          return () => void listeners.delete(listener);
        },
      };
      const clients = [connecting(t, provider, { protocol }), connecting(t, provider, { protocol })];
      const sessions = await Promise.all(clients.flatMap((client) => [client.session(), client.session()]));
      await Promise.all(clients.map((client) => client.connect()));
      assert.equal(asked, 6);
      assert.equal(listeners.size, 1);
      current = users[1];
      for (const listener of listeners) listener();
      await untilUsed(users[1], 6);
      assert.equal(asked, 7);
      await Promise.all(sessions.map((session) => session.close()));
      await clients[0]!.close();
      assert.equal(listeners.size, 1);
      await clients[1]!.close();
      assert.equal(listeners.size, 0, 'nobody is left to be told');
      await clients[1]!.connect();
      assert.equal(listeners.size, 1);
    });

    test('that fails when there is something new is told, and connections go on', async (t) => {
      const { provider, users } = await rotating(`fails${protocol}`);
      const cause = new Error('the vault is shut');
      let isShut = false;
      const client = connecting(
        t,
        {
          getCredentials: () => {
            if (isShut) throw cause;
            return provider.getCredentials();
          },
          onChange: (listener) => provider.onChange(listener),
        },
        { protocol },
      );
      const failures = failuresOf(client);
      await client.connect();
      isShut = true;
      provider.rotate(users[1], users[1]);
      await until('it is told', () => failures.length === 1);
      const error = typed(failures[0], AuthenticationError, 'CREDENTIALS_FAILED');
      assert.equal(error.cause, cause);
      assert.match(error.message, /could not be renewed, credentialProvider failed: the vault is shut/);
      assert.equal((await clientInfo(client))['user'], users[0]);
      isShut = false;
      provider.rotate(users[1], users[1]);
      await until('it is renewed', async () => (await clientInfo(client))['user'] === users[1]);
    });

    test('whose credentials a dial is refused for is asked once more, on the same connection', async (t) => {
      const { users } = await rotating(`again${protocol}`);
      await using proxy = await FaultProxy.start(server);
      let asked = 0;
      const provider = {
        getCredentials: () => ({ username: users[0], password: asked++ % 2 === 0 ? 'replaced' : users[0] }),
      };
      const client = connecting(t, provider, { port: proxy.port, protocol, db: 2, clientName: 'again' });
      const info = await clientInfo(client);
      assert.deepEqual([info['user'], info['db'], info['name'], info['resp']], [users[0], '2', 'again', `${protocol}`]);
      assert.equal(asked, 2);
      assert.equal(proxy.accepted, 1);
      assert.equal(await client.blpop('rotation-none', 0.01), null);
      const session = await client.session();
      assert.equal(asked, 4);
      await session.close();
    });

    test('whose credentials are refused twice fails the dial, which is tried again as any other', async (t) => {
      let asked = 0;
      const provider = { getCredentials: () => ({ password: `wrong ${asked++}` }) };
      const retry = { retries: 2, backoff: new ConstantBackoff(1) };
      const client = connecting(t, provider, { protocol, retry });
      const error = await failureOf(client.connect(), AuthenticationError, 'CREDENTIALS_REFUSED');
      assert.match(error.message, /refused the username or password/);
      assert.equal(asked, 6);
      const blocking = client.withOptions({ timeout: 100, whenDown: 'fail' }).blpop('rotation-none', 1);
      await failureOf(blocking, AuthenticationError, 'CREDENTIALS_REFUSED');
    });

    test('that fails for a while is asked until it gives some, while commands wait', async (t) => {
      let asked = 0;
      const provider = {
        getCredentials: () => (asked++ < 2 ? Promise.reject(new Error('not yet')) : { password: 'open sesame' }),
      };
      const client = connecting(t, provider, { protocol, retry: { retries: 3, backoff: new ConstantBackoff(1) } });
      assert.equal(await client.ping(), 'PONG');
      assert.equal(asked, 3);
    });

    for (const [what, given] of [
      ['nothing', undefined],
      ['no password', { username: 'u' }],
      ['a password that is no string', { password: 5 }],
      ['a user that is no string', { username: 5, password: 'canary' }],
    ] as const) {
      test(`that gives ${what} fails the dial`, async (t) => {
        const provider = { getCredentials: () => given as never };
        const error = await failureOf(connecting(t, provider, { protocol }).connect(), AuthenticationError);
        assert.equal(error.code, 'CREDENTIALS_FAILED');
        assert.match(error.message, /getCredentials\(\) must give \{ username\?, password \}, both strings/);
      });
    }
  });
}

describe('a rotation', limit, () => {
  test('reaches the connections of a pool that clients share, and is told to each client', async (t) => {
    const { provider, users } = await rotating('shared');
    const pool = new ConnectionPool({ port: server.port, credentialProvider: provider });
    t.after(() => pool.destroy());
    const clients = [open(t, { connectionPool: pool }), open(t, { connectionPool: pool })];
    const failures = clients.map(failuresOf);
    const session = await clients[0]!.session();
    provider.rotate(users[1], users[1]);
    await untilUsed(users[1], 1);
    provider.rotate(users[1], 'another');
    await until('both are told', () => failures.every(({ length }) => length === 1));
    await clients[1]!.close();
    provider.rotate(users[1], 'yet another');
    await until('one is told', () => failures[0]!.length === 2);
    assert.equal(failures[1]!.length, 1);
    await session.close();
  });

  test('of a file, and of a token that is due, renews what stands', async (t) => {
    const { users } = await rotating('outside');
    const folder = await mkdtemp(join(tmpdir(), 'valkey-ts-rotation-'));
    t.after(() => rm(folder, { recursive: true }));
    const path = join(folder, 'secret');
    await writeFile(path, `${users[0]}:${users[0]}\n`);
    let made = 0;
    const providers = [
      new FileCredentialProvider(path, { interval: 5 }),
      new TokenCredentialProvider({
        username: users[0],
        getToken: async () => {
          const token = `token ${++made} ${'&X-Amz-Signature='.repeat(50)}`;
          await admin.aclSetuser(users[0], ['resetpass', `>${token}`, `>${users[0]}`]);
          return { token, expiresAt: Date.now() + 100 };
        },
      }),
    ];
    const clients = providers.map((provider) => connecting(t, provider));
    const failures = clients.map(failuresOf);
    for (const client of clients) await client.connect();
    const id = await clients[0]!.clientId();
    await writeFile(path, `${users[1]}:${users[1]}\n`);
    await until('the file was read', async () => (await clientInfo(clients[0]!))['user'] === users[1]);
    assert.equal(await clients[0]!.clientId(), id);
    const calls = await callsOf(admin, 'auth');
    await until('the token was replaced', async () => made >= 4 && (await callsOf(admin, 'auth')) >= calls + 2);
    await killShared(admin, clients[1]!);
    assert.equal((await clientInfo(clients[1]!))['user'], users[0]);
    assert.deepEqual(failures, [[], []]);
  });

  test('that was overtaken while it was refused is not told', async (t) => {
    const waiting: (() => void)[] = [];
    await using scripted = await ScriptedServer.start((words, { socket }) => {
      if (words[0] === 'HELLO') return GREETING;
      if (words[0] !== 'AUTH') return '+OK\r\n';
      if (words[2] === 'new') return '+OK\r\n';
      waiting.push(() => void socket.write('-WRONGPASS invalid\r\n'));
      return undefined;
    });
    const provider = new UsernamePasswordCredentialProvider('u', 'first');
    const client = open(t, { port: scripted.port, credentialProvider: provider });
    const failures = failuresOf(client);
    await client.connect();
    provider.rotate('u', 'old');
    await until('AUTH is on its way', () => waiting.length === 1);
    provider.rotate('u', 'older');
    provider.rotate('u', 'new');
    await turn();
    waiting[0]!();
    assert.equal(await client.executeCommand('GET', 'k'), 'OK');
    assert.deepEqual(failures, []);
    assert.equal(waiting.length, 1);
  });

  test('does not keep a client from closing', async (t) => {
    const { provider, users } = await rotating('end');
    const client = connecting(t, provider);
    await client.connect();
    provider.rotate(users[1], users[1]);
    await Promise.resolve();
    await Promise.resolve();
    assert.equal((await outcomeOf(client.close())).ok, true);
    provider.rotate(users[0], users[0]);
    await client.connect();
    assert.equal((await clientInfo(client))['user'], users[0]);
  });

  test('is on the wire between the commands called before it and those behind it', async (t) => {
    const heard: string[] = [];
    await using scripted = await ScriptedServer.start((words) => {
      heard.push(words.join(' '));
      return words[0] === 'HELLO' ? GREETING : '+OK\r\n';
    });
    const provider = new UsernamePasswordCredentialProvider(undefined, 'first');
    const client = open(t, { port: scripted.port, credentialProvider: provider, libName: '' });
    await client.connect();
    const before = client.executeCommand('GET', 'before');
    provider.rotate(undefined, 'second');
    await turn();
    await Promise.all([before, client.executeCommand('GET', 'behind')]);
    assert.deepEqual(heard, ['HELLO 3 AUTH default first', 'GET before', 'AUTH second', 'GET behind']);
  });
});
