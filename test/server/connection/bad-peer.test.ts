import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, describe, test } from 'node:test';
import { inspect } from 'node:util';
import {
  AuthenticationError,
  ConnectionError,
  ConstantBackoff,
  ConnectionPool,
  Valkey,
  type ValkeyOptions,
} from '../../../src/index.ts';
import { findFreePort } from '../../../src/testing/free-port.ts';
import { FaultProxy, makeCertificates, ValkeyServer } from '../../../src/testing/index.ts';
import { assertTook, failureOf, Lateness, open, outcomeOf, typed, until } from '../client/tools.ts';
import { GREETING, ScriptedServer, unknownCommand } from '../scripted-server.ts';

const SECRET = 'pa55-that-nobody-may-see';
const CONNECT_TIMEOUT = 300;
const limit = { timeout: 20_000 };

const server = await ValkeyServer.start({ tls: true });
after(() => server.stop());

/** One kind of peer that cannot be talked to, and what is said about it. */
interface Peer {
  readonly code: string | RegExp;
  readonly message: RegExp;
  /** Whether trying again could help, so that it is done. */
  readonly transient: boolean;
  /** How the client is told to connect, to the peer or to whatever is in its place. */
  readonly options: ValkeyOptions;
  readonly close?: () => PromiseLike<void>;
  /** How many connections came, where that can be counted. */
  readonly accepted?: () => number;
  /** Whether it is asked, on a connection more, whether it is on the other side of TLS. */
  readonly probed?: boolean;
}

/** A peer that says something, whatever it hears. */
async function saying(
  text: string,
  part: Pick<Peer, 'code' | 'message' | 'transient'>,
  repeats = false,
): Promise<Peer> {
  const scripted = await ScriptedServer.raw(({ socket }) => {
    const say = (): void => {
      while (socket.writable && socket.write(text, 'latin1') && repeats);
    };
    socket.on('drain', say);
    socket.resume();
    say();
  });
  return { ...part, ...peerOf(scripted) };
}

function peerOf(scripted: ScriptedServer): Pick<Peer, 'options' | 'close' | 'accepted'> {
  return {
    options: { port: scripted.port },
    close: () => scripted[Symbol.asyncDispose](),
    accepted: () => scripted.accepted,
  };
}

async function behindProxy(
  port: number,
  prepare: (proxy: FaultProxy) => void,
  options: ValkeyOptions = {},
): Promise<Pick<Peer, 'options' | 'close' | 'accepted'>> {
  const proxy = await FaultProxy.start({ port });
  prepare(proxy);
  return { options: { ...options, port: proxy.port }, close: () => proxy.close(), accepted: () => proxy.accepted };
}

const notValkey = { code: 'NOT_VALKEY', transient: false } as const;
const closedInHandshake = {
  code: 'CLOSED_IN_HANDSHAKE',
  message: /closed the connection during the handshake/,
  transient: true,
} as const;

const PEERS: Readonly<Record<string, () => Promise<Peer>>> = {
  'a closed port': async () => ({
    code: 'ECONNREFUSED',
    message: /cannot connect to 127\.0\.0\.1:\d+: nothing listens there/,
    transient: true,
    options: { port: await findFreePort() },
  }),
  'a socket file that is not there': async () => ({
    code: 'ENOENT',
    message: /cannot connect to \/no-such\/socket: there is no such socket/,
    transient: true,
    options: { path: '/no-such/socket' },
  }),
  'a name that does not resolve': async () => ({
    // What a resolver without a network says differs.
    code: /^(ENOTFOUND|EAI_AGAIN)$/,
    message:
      /cannot connect to no-such-host\.invalid:6379: (the name does not resolve|the name server does not answer)/,
    transient: true,
    options: { host: 'no-such-host.invalid', connectTimeout: 5000 },
  }),
  'TLS to a plain port': async () => ({
    // A server waits for the end of what it takes for a line: it is asked in plain.
    code: 'TLS_NOT_SPOKEN',
    message: /does not speak TLS: remove tls, or use the server's TLS port/,
    transient: false,
    probed: true,
    ...(await behindProxy(server.port, () => {}, { tls: { ca: server.ca }, connectTimeout: 2000 })),
  }),
  'TLS to a server that answers without': async () => {
    const peer = await saying('-ERR Protocol error\r\n', {
      code: 'TLS_NOT_SPOKEN',
      message: /does not speak TLS: remove tls, or use the server's TLS port/,
      transient: false,
    });
    return { ...peer, options: { ...peer.options, tls: true } };
  },
  'plain to a TLS port': async () => ({
    // A server closes the connection without a word: it is asked in TLS.
    code: 'TLS_REQUIRED',
    message: /speaks TLS: set tls: true/,
    transient: false,
    probed: true,
    ...(await behindProxy(server.tlsPort, () => {})),
  }),
  'a certificate of an unknown authority': async () => ({
    code: /^(UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_)/,
    message: /the certificate of .* is not trusted: .*; set tls: \{ ca \}/,
    transient: false,
    ...(await behindProxy(server.tlsPort, () => {}, { tls: true })),
  }),
  'a certificate of another authority': async () => ({
    code: /^(UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|CERT_SIGNATURE_FAILURE)/,
    message: /the certificate of .* is not trusted/,
    transient: false,
    options: { port: server.tlsPort, tls: { ca: (await makeCertificates()).ca } },
  }),
  'a certificate for another host': async () => ({
    code: 'ERR_TLS_CERT_ALTNAME_INVALID',
    message: /the certificate of .* is for another name: .*elsewhere\.example/,
    transient: false,
    options: { port: server.tlsPort, tls: { ca: server.ca, servername: 'elsewhere.example' } },
  }),
  'an HTTP server': async () => {
    const http = createServer((_, response) => response.end('hello'));
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    return {
      ...notValkey,
      message: /is not a Valkey server: it answered "HTTP\/1\.1 400 Bad Request/,
      options: { port: (http.address() as AddressInfo).port },
      close: () => new Promise((resolve) => void http.close(() => resolve())),
    };
  },
  'a mail server': () =>
    saying('220 mail.example ESMTP\r\n', { ...notValkey, message: /it answered "220 mail\.example ESMTP/ }),
  'an SSH server': () => saying('SSH-2.0-OpenSSH_9.6\r\n', { ...notValkey, message: /it answered "SSH-2\.0/ }),
  'zero bytes': () => saying('\0\0\0\0\0\0\0\0', { ...notValkey, message: /is not a Valkey server: it answered/ }),
  'noise without end': () =>
    saying('\x01\x7f\xfe'.repeat(10_000), { ...notValkey, message: /is not a Valkey server: it answered/ }, true),
  'a broken reply': () => saying('$-7\r\n', { ...notValkey, message: /is not a Valkey server: it answered "\$-7/ }),
  'a line without end': () =>
    saying('+' + 'x'.repeat(70_000), { ...notValkey, message: /is not a Valkey server: it answered "\+xxx/ }, true),
  'a server that refuses': () =>
    saying('-ERR go away\r\n', { code: 'ERR', message: /refused the handshake: ERR go away/, transient: true }),
  'a server in protected mode': () =>
    saying('-DENIED running in protected mode\r\n', {
      code: 'DENIED',
      message: /is in protected mode and serves its own host only/,
      transient: false,
    }),
  'a silent server': async () => ({
    code: 'CONNECT_TIMEOUT',
    message: /accepted the connection but did not answer within \d+ ms/,
    transient: true,
    ...peerOf(await ScriptedServer.raw(({ socket }) => void socket.resume())),
  }),
  'a silent server, by TLS': async () => {
    const peer = peerOf(await ScriptedServer.raw(({ socket }) => void socket.resume()));
    return {
      code: 'CONNECT_TIMEOUT',
      message: /did not answer the TLS handshake within \d+ ms: is it a plain port\?/,
      transient: true,
      ...peer,
      options: { ...peer.options, tls: true },
    };
  },
  'a cable pulled out': async () => ({
    code: 'CONNECT_TIMEOUT',
    message: /did not answer within \d+ ms/,
    transient: true,
    ...(await behindProxy(server.port, (proxy) => proxy.blackhole())),
  }),
  'a server that closes at once': async () => ({
    ...closedInHandshake,
    probed: true,
    ...peerOf(await ScriptedServer.raw(({ socket }) => void socket.end())),
  }),
  'a server that resets at once': async () => ({
    code: /^(CLOSED_IN_HANDSHAKE|ECONNRESET|EPIPE)$/,
    message: /closed the connection during the handshake|the peer (reset|closed) the connection/,
    transient: true,
    // When the reset comes as late as in the handshake.
    probed: true,
    ...(await behindProxy(server.port, (proxy) => proxy.refuse())),
  }),
  'a server that closes within its answer': async () => ({
    ...closedInHandshake,
    ...(await behindProxy(server.port, (proxy) => proxy.cutAfter(20))),
  }),
  'a server that closes within the TLS handshake': async () => {
    const peer = await behindProxy(server.tlsPort, (proxy) => proxy.cutAfter(100), { tls: { ca: server.ca } });
    return {
      code: /^(TLS_CUT|ECONNRESET|CLOSED_IN_HANDSHAKE)$/,
      message: /the TLS handshake with .* failed/,
      transient: true,
      ...peer,
    };
  },
};

/** Whatever a person or a log could come to see. */
function shown(...things: unknown[]): string {
  const text = things.flatMap((thing) => [
    inspect(thing, { depth: 20, showHidden: true }),
    String(thing),
    thing instanceof Error ? `${thing.stack}` : '',
    JSON.stringify(thing) ?? '',
  ]);
  return text.join('\n');
}

function assertHidden(...things: unknown[]): void {
  const text = shown(...things);
  for (const form of [SECRET, encodeURIComponent(SECRET), Buffer.from(SECRET).toString('base64')]) {
    assert.ok(!text.includes(form), `the password is shown: ${text.slice(0, 500)}`);
  }
}

describe('a peer that cannot be talked to', () => {
  const RETRIES = 2;
  const said = new Map<string, string>();

  for (const [name, make] of Object.entries(PEERS)) {
    test(name, limit, async (t) => {
      const peer = await make();
      t.after(() => peer.close?.());
      const options: ValkeyOptions = {
        connectTimeout: CONNECT_TIMEOUT,
        socketTimeout: 10_000,
        password: SECRET,
        retry: { retries: RETRIES, backoff: new ConstantBackoff(5) },
        ...peer.options,
      };
      const timeout = options.connectTimeout ?? 0;
      using lateness = new Lateness();
      for (const use of ['connect', 'get', 'blpop'] as const) {
        const client = open(t, options);
        const before = peer.accepted?.() ?? 0;
        const promise =
          use === 'connect' ? client.connect() : use === 'get' ? client.get('k') : client.blpop('k', 0.01);
        const { ok, error, elapsed } = await outcomeOf(promise);
        assert.ok(!ok);
        const failure = typed(error, ConnectionError, peer.code);
        assert.match(failure.message, peer.message);
        assert.equal(failure.sent, false);
        assert.ok(failure.endpoint);
        // No dial begins after that time, and the last may take as long. A blocking command has `socketTimeout`.
        const longest = use === 'blpop' ? timeout * (RETRIES + 1) : timeout * 2;
        assertTook(elapsed, 0, longest + 100, lateness.worst, `${use} to ${name}`);
        assertHidden(failure, client);
        if (peer.accepted !== undefined && failure.code !== 'CONNECT_TIMEOUT' && use !== 'blpop') {
          const dials = peer.transient ? RETRIES + 1 : 1;
          await until('all dials are counted', () => (peer.accepted?.() ?? 0) >= before + dials);
          const more = peer.accepted() - before - dials;
          assert.ok(more === 0 || (more === 1 && peer.probed === true), `${dials} dials and ${more} for ${use}`);
        }
        if (use === 'connect') said.set(name, failure.message.replaceAll(/\S*:\d+/g, 'host:port'));
      }
    });
  }

  test('each is told apart from the others', () => {
    assert.equal(said.size, Object.keys(PEERS).length);
    // These are the same to a client: what they do is alike.
    const alike = [
      ['a silent server', 'a cable pulled out'],
      ['TLS to a plain port', 'TLS to a server that answers without'],
      ['a certificate of an unknown authority', 'a certificate of another authority'],
      ['a server that closes at once', 'a server that closes within its answer', 'a server that resets at once'],
    ];
    for (const [, ...same] of alike) for (const name of same) said.delete(name);
    const seen = new Map<string, string>();
    for (const [name, message] of said) {
      assert.ok(!seen.has(message), `${name} and ${seen.get(message)} have the same message: ${message}`);
      seen.set(message, name);
    }
  });
});

describe('a dial into a blackhole', limit, () => {
  test('connect() takes connectTimeout in all, not for each try', async (t) => {
    await using proxy = await FaultProxy.start(server);
    proxy.blackhole();
    const client = open(t, { port: proxy.port, connectTimeout: CONNECT_TIMEOUT });
    using lateness = new Lateness();
    const { error, elapsed } = await outcomeOf(client.connect());
    typed(error, ConnectionError, 'CONNECT_TIMEOUT');
    assertTook(elapsed, CONNECT_TIMEOUT, CONNECT_TIMEOUT + 100, lateness.worst, 'connect()');
  });

  test('and works when the cable is in again', async (t) => {
    await using proxy = await FaultProxy.start(server);
    proxy.blackhole();
    const client = open(t, { port: proxy.port, connectTimeout: CONNECT_TIMEOUT, retry: { retries: 0 } });
    await failureOf(client.connect(), ConnectionError, 'CONNECT_TIMEOUT');
    assert.equal(client.state, 'idle');
    proxy.heal();
    await client.connect();
    assert.equal(await client.executeCommand('PING'), 'PONG');
  });
});

describe('TLS', limit, () => {
  const CUTS = [0, 1, 10, 100, 1000, 2000];

  test('a cut during the first handshake is tried again', async (t) => {
    await using proxy = await FaultProxy.start({ port: server.tlsPort });
    for (const bytes of CUTS) {
      for (const reset of [false, true]) {
        proxy.cutAfter(bytes, { reset });
        const client = open(t, {
          port: proxy.port,
          tls: { ca: server.ca },
          retry: { retries: 1000, backoff: new ConstantBackoff(10) },
        });
        const dialled = proxy.accepted + 2;
        // A read, since the last of the cuts may come behind the handshake.
        const reply = client.get('none');
        await until('it was dialled again', () => proxy.accepted >= dialled);
        proxy.heal();
        assert.equal(await reply, null);
        client.destroy();
      }
    }
  });

  test('a cut during a reconnect is tried again', async (t) => {
    await using proxy = await FaultProxy.start({ port: server.tlsPort });
    for (const bytes of CUTS) {
      const client = open(t, { port: proxy.port, tls: { ca: server.ca }, retry: { backoff: new ConstantBackoff(10) } });
      await client.connect();
      proxy.cutAfter(bytes);
      proxy.cut();
      await until('the loss is noticed', () => client.state === 'reconnecting');
      const reply = client.get('none');
      const dialled = proxy.accepted + 2;
      await until('it was dialled again', () => proxy.accepted >= dialled);
      proxy.heal();
      assert.equal(await reply, null);
      client.destroy();
    }
  });

  test('options that the TLS library refuses are named, and nothing crashes later', async (t) => {
    for (const tls of [{ cert: 'no certificate', key: 'no key' }, { minVersion: 'TLSv9' as never }]) {
      const client = open(t, { port: server.tlsPort, tls, connectTimeout: 100, socketTimeout: 300 });
      const error = await failureOf(client.connect(), ConnectionError, 'INVALID_OPTION');
      assert.match(error.message, /cannot connect to /);
      await failureOf(client.get('k'), ConnectionError, 'INVALID_OPTION');
      await failureOf(client.blpop('k', 0.01), ConnectionError, 'INVALID_OPTION');
      await failureOf(client.session(), ConnectionError, 'INVALID_OPTION');
      await client.close();
    }
    // A timer of the dial that failed would fire by now.
    await new Promise((resolve) => setTimeout(resolve, 150));
  });

  test('the chain is verified by default, also with a bare host name', async (t) => {
    const client = open(t, { url: `valkeys://localhost:${server.tlsPort}`, family: 4, retry: { retries: 0 } });
    await failureOf(client.connect(), ConnectionError, /^(UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_)/);
  });
});

describe('a password is never shown', limit, () => {
  test('not when the server refuses it', async (t) => {
    await using secured = await ValkeyServer.start({ password: 'another' });
    for (const protocol of [2, 3] as const) {
      for (const options of [
        { password: SECRET, port: secured.port },
        { url: `valkey://user:${SECRET}@127.0.0.1:${secured.port}` },
        { url: `valkey://127.0.0.1:${secured.port}?password=${SECRET}` },
        { port: secured.port, credentialProvider: { getCredentials: () => ({ password: SECRET }) } },
      ]) {
        const client = open(t, { ...options, protocol, retry: { retries: 0 } });
        const error = await failureOf(client.connect(), AuthenticationError);
        const pool = new ConnectionPool({ ...options, protocol });
        assertHidden(error, client, client.stats(), pool, pool.stats());
      }
    }
  });

  test('not when a server repeats what it does not understand', async (t) => {
    await using scripted = await ScriptedServer.start((words) =>
      words[0] === 'HELLO' || words[0] === 'AUTH' ? unknownCommand(words) : '+OK\r\n',
    );
    for (const protocol of [2, 3] as const) {
      const client = open(t, { port: scripted.port, protocol, password: SECRET, retry: { retries: 0 } });
      const { error } = await outcomeOf(client.connect());
      assertHidden(error, client);
    }
  });

  test('not when a command fails that carries it', async (t) => {
    const client = open(t, { port: server.port, socketTimeout: 100, maxQueuedCommands: 1 });
    const auth = await outcomeOf(client.auth('nobody', SECRET));
    assert.ok(!auth.ok);
    await client.set('text', 'x');
    const wrong = await outcomeOf(client.lpush('text', SECRET));
    server.pause();
    const sent = client.set('k', SECRET);
    const full = await outcomeOf(client.set('k', SECRET));
    const late = await outcomeOf(sent);
    server.resume();
    assert.deepEqual(
      [wrong, full, late].map(({ error }) => (error as Error).name),
      ['ResponseError', 'QueueFullError', 'TimeoutError'],
    );
    assertHidden(auth.error, wrong.error, full.error, late.error, client);
  });

  test('not in what is said about a URL', () => {
    for (const url of [
      `http://user:${SECRET}@host`,
      `valkey://user:${SECRET}@host:port`,
      `valkey://user:${SECRET}%@host`,
      `valkey://:${SECRET}@host/name`,
      `valkey://:${SECRET}@host?pasword=${SECRET}`,
      `valkey://host?socketTimeout=${SECRET}`,
      `unix://user:${SECRET}@`,
    ]) {
      const refusal = ((): unknown => {
        try {
          new Valkey(url).destroy();
          return undefined;
        } catch (error) {
          return error;
        }
      })();
      assert.equal((refusal as Error | undefined)?.name, 'DataError', url.replace(SECRET, '***'));
      assertHidden(refusal);
    }
  });
});

test('a server that speaks nonsense later loses the connection, and nobody gets its words', limit, async (t) => {
  let turn = 0;
  await using scripted = await ScriptedServer.start((words) => {
    if (words[0] === 'HELLO') return GREETING;
    if (words[0] !== 'GET') return '+OK\r\n';
    turn++;
    return turn === 1 ? '$3\r\none\r\n+and more\r\n' : turn === 2 ? '?\r\n' : '$4\r\nthis\r\n';
  });
  const client = open(t, { port: scripted.port, retry: { retries: 3, backoff: new ConstantBackoff(1) } });
  assert.equal(await client.get('a'), 'one');
  // A reply too many: the next command must not get it.
  assert.equal(await client.get('b'), 'this');
  assert.ok(scripted.accepted >= 2);
  const error = await outcomeOf(client.set('k', 'v'));
  assert.ok(error.ok);
});
