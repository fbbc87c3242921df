/** OCSP asked at the responder that the certificate names: when, how often, and what becomes of trouble on the way. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { after, describe, test, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { checkRevocation } from '../../../src/connection/ocsp.ts';
import {
  ConnectionError,
  ConstantBackoff,
  type OcspOptions,
  type TlsOptions,
  type Valkey,
} from '../../../src/index.ts';
import { CertificateAuthority, TlsProxy, ValkeyServer, type Certificate } from '../../../src/testing/index.ts';
import { findFreePort } from '../../../src/testing/free-port.ts';
import { assertTook, failureOf, Lateness, open, outcomeOf, typed, until } from '../client/tools.ts';
import { OcspResponder, OpensslResponder, respond, stapleFor } from './ocsp-responder.ts';

const run = promisify(execFile);
const limit = { timeout: 60_000 };
const MINUTE = 60_000;

const server = await ValkeyServer.start();
const authority = await CertificateAuthority.create();
const responder = await OcspResponder.start(authority);
const usual = responder.handle;
const leaf = await authority.issue({ ocsp: responder.url });
const proxy = await TlsProxy.start(server, leaf);
after(async () => {
  await Promise.all([proxy.close(), responder[Symbol.asyncDispose]()]);
  await Promise.all([server.stop(), authority.close()]);
});

const ca = authority.cert;

/** Options of their own for each client: what is known of a certificate is kept by them. */
function fetching(ocsp: Partial<OcspOptions> = {}): TlsOptions {
  return { ca, ocsp: { mode: 'fetch', ...ocsp } };
}

function client(t: TestContext, tls: TlsOptions = fetching(), port: number = proxy.port): Valkey {
  responder.handle = usual;
  return open(t, { port, tls, retry: { retries: 0 } });
}

/** A server with a certificate that says where its status is to be had. */
async function serving(t: TestContext, certificate: Certificate): Promise<number> {
  const other = await TlsProxy.start(server, certificate);
  t.after(() => other.close());
  return other.port;
}

describe('a status that is fetched', limit, () => {
  for (const protocol of [2, 3] as const) {
    test(`lets every kind of connection serve, RESP${protocol}`, async (t) => {
      responder.handle = usual;
      const each = open(t, { port: proxy.port, protocol, tls: fetching() });
      await each.set('key', 'value');
      assert.equal(await each.get('key'), 'value');
      assert.equal(await each.blpop('none', 0.01), null);
    });
  }

  test('is asked once for many connections, at the same time and later', async (t) => {
    const tls = fetching();
    const before = responder.requests;
    const clients = Array.from({ length: 10 }, () => client(t, tls));
    await Promise.all(clients.map((each) => each.get('none')));
    await Promise.all(clients.map((each) => each.blpop('none', 0.01)));
    assert.equal(responder.requests - before, 1);
  });

  test('is asked anew when its time is over', async (t) => {
    const tls = fetching();
    const before = responder.requests;
    await client(t, tls).connect();
    t.mock.timers.enable({ apis: ['Date'], now: Date.now() + 59 * MINUTE });
    await client(t, tls).connect();
    assert.equal(responder.requests - before, 1);
    t.mock.timers.setTime(Date.now() + 2 * MINUTE);
    await client(t, tls).connect();
    assert.equal(responder.requests - before, 2);
  });

  test('is asked for every connection when the responder does not say until when it holds', async (t) => {
    await using brief = await OcspResponder.start(authority, { minutes: 0 });
    const port = await serving(t, await authority.issue({ ocsp: brief.url }));
    const tls = fetching();
    for (let i = 1; i <= 3; i++) {
      await client(t, tls, port).connect();
      assert.equal(brief.requests, i);
    }
  });

  test('comes from a delegate as well', async (t) => {
    await using delegate = await OcspResponder.start(authority, { signer: await authority.issue({ usage: 'ocsp' }) });
    const port = await serving(t, await authority.issue({ ocsp: delegate.url }));
    assert.equal(await client(t, fetching(), port).get('none'), null);
  });

  test("comes from openssl's own server", async (t) => {
    await using real = await OpensslResponder.start(authority);
    const good = await authority.issue({ ocsp: real.url });
    const revoked = await authority.issue({ ocsp: real.url });
    await authority.revoke(revoked);
    await real.restart();
    assert.equal(await client(t, fetching(), await serving(t, good)).get('none'), null);
    const port = await serving(t, revoked);
    await failureOf(client(t, fetching(), port).connect(), ConnectionError, 'OCSP_REVOKED');
  });

  test('is followed where the responder has gone', async (t) => {
    await using moved = await OcspResponder.start(authority);
    moved.handle = (_, response) => void response.writeHead(308, { location: responder.url }).end();
    const port = await serving(t, await authority.issue({ ocsp: moved.url }));
    assert.equal(await client(t, fetching(), port).get('none'), null);
  });

  test('of the expected certificate only', async (t) => {
    assert.equal(await client(t, fetching({ expectedCert: leaf.cert })).get('none'), null);
    const { cert } = await authority.issue();
    const before = responder.requests;
    const failing = client(t, fetching({ expectedCert: cert })).connect();
    await failureOf(failing, ConnectionError, 'OCSP_UNEXPECTED_CERT');
    assert.equal(responder.requests, before);
  });
});

describe('a status that is not good', limit, () => {
  test('is not kept: revoked, unknown, good', async (t) => {
    const certificate = await authority.issue({ ocsp: responder.url });
    const port = await serving(t, certificate);
    const tls = fetching();
    const index = await readFile(authority.file('index.txt'));
    await authority.revoke(certificate);
    await failureOf(client(t, tls, port).connect(), ConnectionError, 'OCSP_REVOKED');
    await authority.forget(certificate);
    await failureOf(client(t, tls, port).connect(), ConnectionError, 'OCSP_UNKNOWN');
    await writeFile(authority.file('index.txt'), index);
    assert.equal(await client(t, tls, port).get('none'), null);
  });

  test('ends the attempts at once', async (t) => {
    const certificate = await authority.issue({ ocsp: responder.url });
    const port = await serving(t, certificate);
    await authority.revoke(certificate);
    const before = responder.requests;
    responder.handle = usual;
    const each = open(t, { port, tls: fetching(), retry: { retries: 5, backoff: new ConstantBackoff(1) } });
    await failureOf(each.get('key'), ConnectionError, 'OCSP_REVOKED');
    assert.equal(responder.requests - before, 1);
  });

  test('of a standing connection is noticed by the next one', async (t) => {
    const certificate = await authority.issue({ ocsp: responder.url });
    const other = await TlsProxy.start(server, certificate);
    t.after(() => other.close());
    const each = open(t, { port: other.port, tls: fetching(), retry: { backoff: new ConstantBackoff(5) } });
    await each.connect();
    const index = await readFile(authority.file('index.txt'));
    await authority.revoke(certificate);
    t.mock.timers.enable({ apis: ['Date'], now: Date.now() + 61 * MINUTE });
    const codes: unknown[] = [];
    each.events.on('reconnecting', ({ cause }) => codes.push((cause as ConnectionError).code));
    other.cut();
    await until('the next is refused', () => codes.includes('OCSP_REVOKED'));
    t.mock.timers.reset();
    await writeFile(authority.file('index.txt'), index);
    await until('it is let in again', () => each.state === 'ready');
    assert.equal(await each.get('none'), null);
  });
});

describe('a number that is sent along', limit, () => {
  test('is repeated by a responder that keeps to it', async (t) => {
    assert.equal(await client(t, fetching({ nonce: true })).get('none'), null);
  });

  test('is not sent unless it is asked for', async (t) => {
    const sizes: number[] = [];
    const plain = client(t);
    responder.handle = (request, ...rest) => {
      sizes.push(request.length);
      return usual(request, ...rest);
    };
    await plain.connect();
    responder.handle = usual;
    const careful = client(t, fetching({ nonce: true }));
    responder.handle = (request, ...rest) => {
      sizes.push(request.length);
      return usual(request, ...rest);
    };
    await careful.connect();
    assert.ok(sizes[0]! + 32 < sizes[1]!, sizes.join(' and '));
  });

  test('gives an earlier answer away, and one without it', async (t) => {
    const kept: Buffer[] = [];
    const first = client(t, fetching({ nonce: true }));
    responder.handle = async (request, response) => {
      kept.push(await respond(authority, request));
      response.end(kept[0]);
    };
    await first.connect();
    const replay = responder.handle;
    const second = client(t, fetching({ nonce: true }));
    responder.handle = replay;
    const replayed = await failureOf(second.connect(), ConnectionError, 'OCSP_NONCE_MISMATCH');
    assert.match(
      replayed.message,
      /: the OCSP response has another number than it was sent: it may be an earlier one$/,
    );
    const third = client(t, fetching({ nonce: true }));
    responder.handle = async (_, response) => void response.end(await stapleFor(authority, leaf));
    const bare = await failureOf(third.connect(), ConnectionError, 'OCSP_NONCE_MISMATCH');
    assert.match(bare.message, /: the OCSP response does not repeat the number it was sent: it may be an earlier one$/);
  });
});

describe('trouble on the way to the responder', limit, () => {
  async function refused(t: TestContext, code: string, message: RegExp, certificate: Certificate): Promise<void> {
    const failure = await failureOf(
      client(t, fetching(), await serving(t, certificate)).connect(),
      ConnectionError,
      code,
    );
    assert.match(failure.message, message);
    assert.match(failure.message, /^cannot connect to 127\.0\.0\.1:\d+: /);
  }

  test('a certificate that names none', async (t) => {
    await refused(t, 'OCSP_NO_RESPONDER', /: its certificate names no OCSP responder$/, await authority.issue());
  });

  test('nobody there, and another try', async (t) => {
    const port = await findFreePort();
    const certificate = await authority.issue({ ocsp: `http://127.0.0.1:${port}/` });
    const nobody = /: the OCSP responder does not answer: .*ECONNREFUSED/;
    await refused(t, 'OCSP_UNREACHABLE', nobody, certificate);
    const other = await serving(t, certificate);
    const each = open(t, { port: other, tls: fetching(), retry: { retries: 1000, backoff: new ConstantBackoff(20) } });
    const reply = each.get('none');
    const late = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => void respond(authority, Buffer.concat(chunks)).then((body) => response.end(body)));
    });
    await new Promise<void>((resolve) => late.listen(port, '127.0.0.1', resolve));
    t.after(() => late.close());
    assert.equal(await reply, null);
  });

  const ANSWERS: Readonly<Record<string, readonly [code: string, message: RegExp, answer: OcspResponder['handle']]>> = {
    'an error of its own': [
      'OCSP_UNREACHABLE',
      /answered with the HTTP status 503$/,
      (_, response) => void response.writeHead(503).end('busy'),
    ],
    'a page': ['OCSP_MALFORMED', /: the OCSP response cannot be read$/, (_, response) => void response.end('<html>')],
    nothing: ['OCSP_MALFORMED', /: the OCSP response cannot be read$/, (_, response) => void response.end()],
    'half an answer': [
      'OCSP_UNREACHABLE',
      /: the OCSP responder does not answer: /,
      (_, response) => void response.writeHead(200, { 'content-length': 1000 }).write('half', () => response.destroy()),
    ],
    'an answer without end': [
      'OCSP_UNREACHABLE',
      /longer than \d+ bytes$/,
      (_, response) => {
        const more = (): boolean => !response.destroyed && response.write(Buffer.alloc(64 * 1024), () => void more());
        more();
      },
    ],
    'somewhere else, round and round': [
      'OCSP_UNREACHABLE',
      /HTTP status 302$/,
      (_, response) => void response.writeHead(302, { location: responder.url }).end(),
    ],
    'a place that is no web address': [
      'OCSP_UNREACHABLE',
      /: the OCSP responder does not answer: /,
      (_, response) => void response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
    ],
    'a request to try later': [
      'OCSP_RESPONDER_ERROR',
      /says to try again later$/,
      (_, response) => void response.end(Buffer.from([0x30, 3, 0x0a, 1, 3])),
    ],
  };
  for (const [name, [code, message, answer]] of Object.entries(ANSWERS)) {
    test(`it gives ${name}`, async (t) => {
      const each = client(t);
      responder.handle = answer;
      const failure = await failureOf(each.connect(), ConnectionError, code);
      assert.match(failure.message, message);
    });
  }

  test('silence, for as long as connectTimeout', async (t) => {
    const CONNECT_TIMEOUT = 500;
    responder.handle = () => undefined;
    const each = open(t, { port: proxy.port, tls: fetching(), connectTimeout: CONNECT_TIMEOUT });
    using lateness = new Lateness();
    const { error, elapsed } = await outcomeOf(each.connect());
    const failure = typed(error, ConnectionError, 'OCSP_UNREACHABLE');
    assert.match(failure.message, /the OCSP responder of .* did not answer within \d+ ms$/);
    assertTook(elapsed, CONNECT_TIMEOUT, CONNECT_TIMEOUT * 2, lateness.worst, 'connect()');
  });

  test('silence, and a client that is destroyed: the request is given up', async (t) => {
    const closed = new Promise<void>((resolve) => {
      responder.handle = (_, __, message) => void message.socket.on('close', () => resolve());
    });
    const before = responder.requests;
    const each = open(t, { port: proxy.port, tls: fetching() });
    const reply = each.get('none');
    await until('the responder is asked', () => responder.requests > before);
    each.destroy();
    await failureOf(reply, ConnectionError, 'CLOSED');
    await closed;
  });
});

describe('the certificate of the issuer', limit, () => {
  /** As a runtime asks that does not tell the certificates behind the server's own. Node always does. */
  function ask(cert: string, tls: TlsOptions = fetching()): Promise<void> {
    const chain = [new X509Certificate(cert).raw];
    const { signal } = new AbortController();
    return checkRevocation({ endpoint: 'cache.example:6379', tls, chain, staple: undefined, signal });
  }

  for (const form of ['DER', 'PEM', 'PKCS #7'] as const) {
    test(`is fetched where the certificate says, ${form}`, async () => {
      await using intermediate = await authority.createIntermediate();
      await using below = await OcspResponder.start(intermediate);
      const answer = below.handle;
      const file = intermediate.file('authority.crt');
      const out = intermediate.file('out');
      if (form === 'PKCS #7') {
        await run('openssl', ['crl2pkcs7', '-nocrl', '-certfile', file, '-outform', 'DER', '-out', out]);
      } else await run('openssl', ['x509', '-in', file, '-outform', form, '-out', out]);
      const asked: string[] = [];
      below.handle = async (request, response, message) => {
        asked.push(message.method ?? '');
        if (message.method === 'GET') response.end(await readFile(out));
        else await answer(request, response, message);
      };
      const certificate = await intermediate.issue({ ocsp: below.url, issuer: `${below.url}issuer` });
      await ask(certificate.cert);
      assert.deepEqual(asked, ['GET', 'POST']);
      await intermediate.revoke(certificate);
      await failureOf(ask(certificate.cert), ConnectionError, 'OCSP_REVOKED');
    });
  }

  test('that is fetched must be the issuer, and lead to a trusted one', async () => {
    await using intermediate = await authority.createIntermediate('valkey-ts below');
    await using impostor = await CertificateAuthority.create('valkey-ts below');
    await using below = await OcspResponder.start(intermediate);
    const { cert } = await intermediate.issue({ ocsp: below.url, issuer: `${below.url}issuer` });
    below.handle = (_, response) => void response.end(impostor.cert);
    await failureOf(ask(cert), ConnectionError, 'OCSP_NO_ISSUER');
    below.handle = (_, response) => void response.end('<html>');
    await failureOf(ask(cert), ConnectionError, 'OCSP_NO_ISSUER');
    below.handle = (_, response) => void response.end(intermediate.cert);
    const elsewhere: TlsOptions = { ca: impostor.cert, ocsp: { mode: 'fetch' } };
    await failureOf(ask(cert, elsewhere), ConnectionError, 'OCSP_NO_ISSUER');
    below.handle = (_, response) => void response.writeHead(404).end();
    const failure = await failureOf(ask(cert), ConnectionError, 'OCSP_UNREACHABLE');
    assert.match(failure.message, /: the issuer of its certificate cannot be had: .* HTTP status 404$/);
  });

  test('is not known when the certificate does not say where it is', async () => {
    await using intermediate = await authority.createIntermediate();
    const { cert } = await intermediate.issue({ ocsp: responder.url });
    const { message } = await failureOf(ask(cert), ConnectionError, 'OCSP_NO_ISSUER');
    assert.match(message, /^cannot connect to cache\.example:6379: the issuer of its certificate is not known here/);
  });
});
