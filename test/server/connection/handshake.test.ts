import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  AuthenticationError,
  ConnectionError,
  ConstantBackoff,
  ConnectionPool,
  DataError,
  MaxConnectionsError,
  Valkey,
} from '../../../src/index.ts';
import { FaultProxy, ValkeyServer } from '../../../src/testing/index.ts';
import {
  clientInfo,
  clientList,
  failureOf,
  isAtLeast,
  killShared,
  Lateness,
  open,
  outcomeOf,
  assertTook,
  until,
} from '../client/tools.ts';
import { GREETING, ScriptedServer, unknownCommand } from '../scripted-server.ts';

const PROTOCOLS = [3, 2] as const;
const ONCE = { retries: 0 };
const limit = { timeout: 15_000 };

const server = await ValkeyServer.start({ tls: true, unixSocket: true });
const secured = await ValkeyServer.start({ password: 'open sesame' });
const admin = new Valkey({ port: server.port });
const keeper = new Valkey({ url: secured.url });
after(async () => {
  admin.destroy();
  keeper.destroy();
  await Promise.all([server.stop(), secured.stop()]);
});

const speaks = { 2: '2', 3: '3' } as const;
const knowsLibraries = isAtLeast(server.version, '7.2');

describe('ways to the server', limit, () => {
  for (const protocol of PROTOCOLS) {
    test(`TCP, RESP${protocol}`, async (t) => {
      const client = open(t, { port: server.port, protocol });
      assert.equal((await clientInfo(client))['resp'], speaks[protocol]);
    });

    test(`a Unix socket, RESP${protocol}`, async (t) => {
      const client = open(t, { path: server.unixSocket, protocol });
      const info = await clientInfo(client);
      assert.equal(info['resp'], speaks[protocol]);
      assert.match(info['addr'] ?? '', /\/socket\b.*:0$/);
    });

    test(`TLS, RESP${protocol}`, async (t) => {
      for (const host of ['127.0.0.1', 'localhost']) {
        const client = open(t, { host, port: server.tlsPort, protocol, family: 4, tls: { ca: server.ca } });
        assert.equal((await clientInfo(client))['resp'], speaks[protocol]);
      }
    });
  }
});

describe('what the server is told', limit, () => {
  for (const protocol of PROTOCOLS) {
    test(`database and names, RESP${protocol}`, async (t) => {
      const clientName = `names-${protocol}`;
      await open(t, { port: server.port, protocol, db: 3, clientName, libName: 'mine', libVersion: '1.2.3' }).connect();
      await until('the client is listed', async () =>
        (await clientList(admin)).some(({ name }) => name === clientName),
      );
      const listed = (await clientList(admin)).find(({ name }) => name === clientName);
      assert.equal(listed?.['db'], '3');
      assert.equal(listed?.['lib-name'], knowsLibraries ? 'mine' : undefined);
      assert.equal(listed?.['lib-ver'], knowsLibraries ? '1.2.3' : undefined);
    });

    test(`nothing but what was asked for, RESP${protocol}`, async (t) => {
      const info = await clientInfo(open(t, { port: server.port, protocol, libName: '' }));
      assert.equal(info['name'], '');
      assert.equal(info['db'], '0');
      assert.equal(info['lib-name'] ?? '', '');
    });
  }

  test('by default the name of this library', async (t) => {
    const info = await clientInfo(open(t, { port: server.port }));
    assert.equal(info['lib-name'], knowsLibraries ? 'valkey-ts' : undefined);
  });

  test('a database that is not there fails the dial', async (t) => {
    const client = open(t, { port: server.port, db: 4711, retry: ONCE });
    const error = await failureOf(client.connect(), ConnectionError);
    assert.match(error.message, /refused the handshake: ERR DB index is out of range/);
  });

  test('everything goes out before the first answer: one round trip', async (t) => {
    const heard: string[] = [];
    const waiting: (() => void)[] = [];
    await using scripted = await ScriptedServer.start((words, { socket }) => {
      heard.push(words.slice(0, 2).join(' '));
      const reply = words[0] === 'HELLO' ? GREETING : '+OK\r\n';
      // Answers nothing before it has heard everything.
      waiting.push(() => void socket.write(reply));
      if (heard.length === 5) for (const answer of waiting.splice(0)) answer();
      else if (heard.length > 5) waiting.pop()?.();
      return undefined;
    });
    const client = open(t, { port: scripted.port, username: 'u', password: 'p', db: 1, clientName: 'n' });
    assert.equal(await client.executeCommand('GET', 'k'), 'OK');
    assert.deepEqual(heard, ['HELLO 3', 'SELECT 1', 'CLIENT SETNAME', 'CLIENT SETINFO', 'CLIENT SETINFO', 'GET k']);
  });
});

describe('credentials', limit, () => {
  for (const protocol of PROTOCOLS) {
    test(`of the default user, RESP${protocol}`, async (t) => {
      const info = await clientInfo(open(t, { port: secured.port, protocol, password: 'open sesame' }));
      assert.equal(info['user'], 'default');
      assert.equal(info['resp'], speaks[protocol]);
    });

    test(`of another user, RESP${protocol}`, async (t) => {
      await keeper.executeCommand('ACL', 'SETUSER', 'alice', 'on', '>wonder land', '+@all', '~*');
      const info = await clientInfo(
        open(t, { port: secured.port, protocol, username: 'alice', password: 'wonder land' }),
      );
      assert.equal(info['user'], 'alice');
    });

    test(`of a user who may only GET, RESP${protocol}`, async (t) => {
      await keeper.executeCommand('ACL', 'SETUSER', 'reader', 'on', '>only reads', '-@all', '+get', '~*');
      await keeper.set('page', 'text');
      const client = open(t, {
        port: secured.port,
        protocol,
        username: 'reader',
        password: 'only reads',
        clientName: 'reader',
        retry: ONCE,
      });
      await client.connect();
      assert.equal(await client.get('page'), 'text');
    });

    test(`a default user who may only GET, RESP${protocol}`, async (t) => {
      await using restricted = await ValkeyServer.start();
      const owner = open(t, { port: restricted.port });
      await owner.set('page', 'text');
      await owner.executeCommand('ACL', 'SETUSER', 'default', '-@all', '+get');
      assert.equal(await open(t, { port: restricted.port, protocol, retry: ONCE }).get('page'), 'text');
    });

    for (const [what, credentials] of [
      ['a wrong password', { password: 'close sesame' }],
      ['an unknown user', { username: 'nobody', password: 'open sesame' }],
      ['no password', {}],
      ['no password and no names', { libName: '' }],
    ] as const) {
      test(`${what} is an AuthenticationError at once, RESP${protocol}`, async (t) => {
        await using proxy = await FaultProxy.start(secured);
        const options = { port: proxy.port, protocol, ...credentials, retry: { retries: 5 } };
        const client = open(t, options);
        const error = await failureOf(client.connect(), AuthenticationError, 'AUTHENTICATION_FAILED');
        assert.match(
          error.message,
          'password' in credentials ? /refused the username or password/ : /asks for a password/,
        );
        assert.equal(proxy.accepted, 1, 'trying again cannot help');
        const lazy = await failureOf(open(t, options).get('k'), AuthenticationError, 'AUTHENTICATION_FAILED');
        assert.equal(lazy.sent, false);
      });
    }
  }

  test('a password that the server has no use for is refused by RESP2, which cannot say default', async (t) => {
    const client = open(t, { port: server.port, protocol: 2, password: 'needless', retry: ONCE });
    await failureOf(client.connect(), AuthenticationError, 'AUTHENTICATION_FAILED');
  });
});

describe('a server without RESP3', limit, () => {
  for (const [what, refusal] of [
    ['lacks HELLO', unknownCommand],
    ['lacks RESP3', () => '-NOPROTO unsupported protocol version\r\n'],
  ] as const) {
    test(`one that ${what} is spoken to in RESP2`, async (t) => {
      const heard: string[] = [];
      await using scripted = await ScriptedServer.start((words) => {
        heard.push(words.join(' '));
        if (words[0] === 'HELLO') return refusal(words);
        if (words[0] === 'GET') return '$5\r\nvalue\r\n';
        return words[1] === 'ID' ? ':9\r\n' : '+OK\r\n';
      });
      const client = open(t, {
        port: scripted.port,
        username: 'u',
        password: 'p',
        db: 2,
        clientName: 'n',
        libName: '',
      });
      assert.equal(await client.get('k'), 'value');
      assert.equal(heard[0], 'HELLO 3 AUTH u p');
      // What was sent behind HELLO ran without AUTH, so it is said again.
      const auth = heard.indexOf('AUTH u p');
      assert.ok(auth > 0);
      assert.deepEqual(heard.slice(auth).sort(), [
        'AUTH u p',
        'CLIENT ID',
        'CLIENT SETNAME n',
        'GET k',
        'ROLE',
        'SELECT 2',
      ]);
      assert.equal(heard.at(-1), 'GET k');
      assert.equal(scripted.accepted, 1);
    });
  }

  test('an old server takes the password alone', async (t) => {
    const heard: string[] = [];
    await using scripted = await ScriptedServer.start((words) => {
      heard.push(words.join(' '));
      return words[0] === 'HELLO' || words[0] === 'CLIENT' ? unknownCommand(words) : '+OK\r\n';
    });
    await open(t, { port: scripted.port, password: 'p' }).connect();
    assert.ok(heard.includes('AUTH p'), heard.join('; '));
  });

  test('another error to HELLO fails the dial', async (t) => {
    await using scripted = await ScriptedServer.start((words) =>
      words[0] === 'HELLO' ? '-ERR out of order\r\n' : '+OK\r\n',
    );
    const error = await failureOf(open(t, { port: scripted.port, retry: ONCE }).connect(), ConnectionError);
    assert.match(error.message, /refused the handshake: ERR out of order/);
  });
});

describe('maxclients', limit, () => {
  test('is a MaxConnectionsError, every time', async (t) => {
    await using full = await ValkeyServer.start({ args: ['--maxclients', '1'] });
    const first = open(t, { port: full.port });
    await first.connect();
    for (let i = 0; i < 10; i++) {
      const client = open(t, { port: full.port, protocol: i % 2 === 0 ? 3 : 2, retry: ONCE });
      const error = await failureOf(i < 5 ? client.connect() : client.get('k'), MaxConnectionsError, 'MAX_CONNECTIONS');
      assert.match(error.message, /reached its maxclients/);
    }
    const slow = open(t, {
      port: full.port,
      retry: ONCE,
      credentialProvider: {
        getCredentials: async () => {
          await sleep(50);
          return { password: 'x' };
        },
      },
    });
    await failureOf(slow.connect(), MaxConnectionsError, 'MAX_CONNECTIONS');
    // A blocking command needs a second connection, and there is none.
    await failureOf(first.withOptions({ timeout: 300 }).blpop('list', 0.1), MaxConnectionsError, 'MAX_CONNECTIONS');
    await first.close();
    await until('there is room again', async () => (await outcomeOf(slow.connect())).ok);
  });
});

describe('credentialProvider', limit, () => {
  for (const protocol of PROTOCOLS) {
    test(`is asked on every dial, the pool's too, RESP${protocol}`, async (t) => {
      let asked = 0;
      const user = `turning${protocol}`;
      const turn = (n: number): Promise<unknown> =>
        keeper.executeCommand('ACL', 'SETUSER', user, 'on', 'resetpass', `>key ${n}`, '+@all', '~*');
      await turn(1);
      const client = open(t, {
        port: secured.port,
        protocol,
        credentialProvider: { getCredentials: async () => ({ username: user, password: `key ${++asked}` }) },
      });
      assert.equal((await clientInfo(client))['user'], user);
      assert.equal(asked, 1);
      await turn(2);
      await killShared(keeper, client);
      assert.equal((await clientInfo(client))['user'], user);
      assert.equal(asked, 2);
      await turn(3);
      assert.equal(await client.blpop('none', 0.01), null);
      assert.equal(asked, 3);
      await turn(4);
      const session = await client.session();
      assert.equal(asked, 3, 'an idle connection is not dialled again');
      await session.close();
    });
  }

  test('may answer at once', async (t) => {
    const client = open(t, {
      port: secured.port,
      credentialProvider: { getCredentials: () => ({ password: 'open sesame' }) },
    });
    assert.equal(await client.executeCommand('PING'), 'PONG');
  });

  test('that rejects, or throws, fails the dial with its cause', async (t) => {
    const cause = new Error('the vault is shut');
    for (const getCredentials of [
      () => Promise.reject(cause),
      () => {
        throw cause;
      },
    ]) {
      const client = open(t, { port: secured.port, credentialProvider: { getCredentials }, retry: ONCE });
      const error = await failureOf(client.connect(), AuthenticationError, 'CREDENTIALS_FAILED');
      assert.equal(error.cause, cause);
      const lazy = await failureOf(client.get('k'), AuthenticationError, 'CREDENTIALS_FAILED');
      assert.equal(lazy.sent, false);
    }
  });

  test('that never answers is a timeout that names it', async (t) => {
    const client = open(t, {
      port: secured.port,
      connectTimeout: 150,
      credentialProvider: { getCredentials: () => new Promise(() => {}) },
    });
    using lateness = new Lateness();
    const { error, elapsed } = await outcomeOf(client.connect());
    assert.match((error as Error).message, /credentialProvider did not finish within 150 ms/);
    assertTook(elapsed, 150, 300, lateness.worst, 'connect()');
  });
});

describe('onConnect', limit, () => {
  test('runs on every connection before anybody else', async (t) => {
    const names: string[] = [];
    const client = open(t, {
      port: server.port,
      onConnect: async (connection) => {
        const name = `prepared-${names.length}`;
        names.push(name);
        await sleep(5);
        await connection.executeCommand('CLIENT', 'SETNAME', name);
      },
    });
    assert.equal((await clientInfo(client))['name'], 'prepared-0');
    await killShared(admin, client);
    assert.equal((await clientInfo(client))['name'], 'prepared-1');
    assert.equal(await client.blpop('none', 0.01), null);
    const session = await client.session();
    assert.equal((await clientInfo(session))['name'], 'prepared-2');
    await session.close();
  });

  test('gets the server’s errors', async (t) => {
    const seen: unknown[] = [];
    const client = open(t, {
      port: server.port,
      onConnect: async (connection) => {
        seen.push((await outcomeOf(connection.executeCommand('NO-SUCH'))).error);
      },
    });
    await client.connect();
    assert.match(String(seen[0]), /unknown command/);
  });

  test('that rejects, or throws, fails the dial with its cause', async (t) => {
    const cause = new Error('not prepared');
    for (const onConnect of [
      () => Promise.reject(cause),
      () => {
        throw cause;
      },
    ]) {
      const client = open(t, { port: server.port, onConnect, retry: ONCE });
      const error = await failureOf(client.connect(), ConnectionError, 'ON_CONNECT_FAILED');
      assert.equal(error.cause, cause);
      assert.match(error.message, /failed in onConnect: not prepared/);
      const lazy = await failureOf(client.get('k'), ConnectionError, 'ON_CONNECT_FAILED');
      assert.equal(lazy.sent, false);
      const pooled = await failureOf(client.withOptions({ timeout: 200 }).blpop('k', 0.1), ConnectionError);
      assert.equal(pooled.cause, cause);
    }
  });

  test('its commands check their arguments, and send nothing then', async (t) => {
    const client = open(t, {
      port: server.port,
      retry: ONCE,
      onConnect: async (connection) => {
        await connection.executeCommand('SET', 'onConnect', undefined as never);
      },
    });
    const error = await failureOf(client.connect(), ConnectionError, 'ON_CONNECT_FAILED');
    assert.ok(error.cause instanceof DataError);
    assert.match(error.cause.message, /SET: argument 2 is undefined/);
    assert.equal(await admin.get('onConnect'), null);
  });

  test('that never finishes is a timeout that names it', async (t) => {
    const client = open(t, { port: server.port, connectTimeout: 150, onConnect: () => new Promise(() => {}) });
    const error = await failureOf(client.connect(), ConnectionError, 'CONNECT_TIMEOUT');
    assert.match(error.message, /onConnect did not finish within 150 ms/);
  });

  test('is used by a pool that clients share', async (t) => {
    let calls = 0;
    const pool = new ConnectionPool({ port: server.port, onConnect: () => void calls++ });
    t.after(() => pool.destroy());
    const client = open(t, { connectionPool: pool });
    assert.equal(await client.executeCommand('PING'), 'PONG');
    assert.equal(await client.blpop('none', 0.01), null);
    assert.equal(calls, 2);
  });
});

describe('after a reconnect', limit, () => {
  for (const protocol of PROTOCOLS) {
    test(`what commands have changed is said again, RESP${protocol}`, async (t) => {
      await keeper.executeCommand('ACL', 'SETUSER', 'bob', 'on', '>builder', '+@all', '~*');
      const client = open(t, {
        port: secured.port,
        protocol,
        password: 'open sesame',
        db: 1,
        clientName: 'before',
        retry: { backoff: new ConstantBackoff(5) },
      });
      await Promise.all([
        client.select(5),
        client.auth('bob', 'builder'),
        client.executeCommand('CLIENT', 'SETNAME', 'after'),
        client.executeCommand('CLIENT', 'NO-EVICT', 'ON'),
      ]);
      for (let i = 0; i < 2; i++) {
        const info = await clientInfo(client);
        assert.equal(info['db'], '5');
        assert.equal(info['user'], 'bob');
        assert.equal(info['name'], 'after');
        assert.match(info['flags'] ?? '', /e/);
        await killShared(keeper, client);
      }
      // Connections of the pool are told the same.
      const session = await client.session();
      const info = await clientInfo(session);
      assert.deepEqual([info['db'], info['user'], info['name']], ['5', 'bob', 'after']);
      await session.close();
    });
  }

  test('a change that the server refused is not', async (t) => {
    const client = open(t, { port: server.port, db: 2 });
    assert.equal((await outcomeOf(client.select(4711))).ok, false);
    await killShared(admin, client);
    assert.equal((await clientInfo(client))['db'], '2');
  });

  test('no command runs before the database is selected', async (t) => {
    await using proxy = await FaultProxy.start(server);
    await admin.set('where', 'in 0');
    const other = open(t, { port: server.port, db: 6 });
    await other.set('where', 'in 6');
    const client = open(t, { port: proxy.port, db: 6, retry: { retries: 10, backoff: new ConstantBackoff(1) } });
    for (let i = 0; i < 50; i++) {
      const reads = Promise.all([client.get('where'), client.get('where')]);
      if (i % 2 === 0) proxy.cut();
      assert.deepEqual(await reads, ['in 6', 'in 6']);
    }
  });
});
