/** OCSP as the server sends it along: what is accepted, what is refused, and that nothing is said before it is known. */
import assert from 'node:assert/strict';
import { after, describe, test, type TestContext } from 'node:test';
import { createSecureContext } from 'node:tls';
import { ConnectionError, MaxConnectionsError, type TlsOptions, type Valkey } from '../../../src/index.ts';
import {
  CertificateAuthority,
  FaultProxy,
  TlsProxy,
  ValkeyServer,
  type Certificate,
} from '../../../src/testing/index.ts';
import { failureOf, open, outcomeOf, typed } from '../client/tools.ts';
import { stapleFor, type Response } from './ocsp-responder.ts';

const limit = { timeout: 60_000 };
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const server = await ValkeyServer.start();
const authority = await CertificateAuthority.create('valkey-ts one');
const stranger = await CertificateAuthority.create('valkey-ts two');
/** Not the same authority, for all its name. */
const impostor = await CertificateAuthority.create('valkey-ts one');
const leaf = await authority.issue();
const proxy = await TlsProxy.start(server, leaf);
after(async () => {
  await proxy.close();
  await server.stop();
  await Promise.all([authority, stranger, impostor].map((each) => each.close()));
});

const ca = authority.cert;

function client(t: TestContext, tls: TlsOptions = {}, port: number = proxy.port): Valkey {
  return open(t, { port, tls: { ca, ocsp: { mode: 'staple' }, ...tls }, retry: { retries: 0 } });
}

async function refused(t: TestContext, code: string, message: RegExp): Promise<void> {
  const failure = await failureOf(client(t).connect(), ConnectionError, code);
  assert.match(failure.message, message);
  assert.match(failure.message, /^cannot connect to 127\.0\.0\.1:\d+: /);
  assert.equal(failure.sent, false);
}

describe('a staple that is good', limit, () => {
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    for (const protocol of [2, 3] as const) {
      test(`lets every kind of connection serve, ${version}, RESP${protocol}`, async (t) => {
        proxy.staple = await stapleFor(authority, leaf);
        const tls: TlsOptions = { ca, minVersion: version, maxVersion: version, ocsp: { mode: 'staple' } };
        const each = open(t, { port: proxy.port, protocol, tls });
        await each.set('key', 'value');
        assert.equal(await each.get('key'), 'value');
        assert.equal(await each.blpop('none', 0.01), null);
        await using session = await each.session();
        assert.equal(await session.get('key'), 'value');
      });
    }
  }

  const GOOD: Readonly<Record<string, () => Promise<Response>>> = {
    'signed by the issuer, named by its key': async () => ({ words: ['-resp_key_id'] }),
    'without the certificate of its signer': async () => ({ words: ['-resp_no_certs'] }),
    'signed with SHA-512': async () => ({ words: ['-rmd', 'sha512'] }),
    'that does not say until when it holds': async () => ({ minutes: 0 }),
    'signed by a delegate': async () => ({ signer: await authority.issue({ usage: 'ocsp' }) }),
    'signed by a delegate, named by its key': async () => ({
      signer: await authority.issue({ usage: 'ocsp' }),
      words: ['-resp_key_id'],
    }),
  };
  for (const [name, make] of Object.entries(GOOD)) {
    test(name, async (t) => {
      proxy.staple = await stapleFor(authority, leaf, await make());
      assert.equal(await client(t).get('none'), null);
    });
  }

  test('of an authority with an RSA key', async (t) => {
    await using rsa = await CertificateAuthority.create('valkey-ts rsa', 'rsa');
    const certificate = await rsa.issue();
    await using other = await TlsProxy.start(server, certificate);
    for (const words of [[], ['-rsigopt', 'rsa_padding_mode:pss', '-rsigopt', 'rsa_pss_saltlen:digest']]) {
      other.staple = await stapleFor(rsa, certificate, { words });
      assert.equal(await client(t, { ca: rsa.cert }, other.port).get('none'), null);
    }
    other.staple = await stapleFor(rsa, certificate, { words: ['-badsig'] });
    await failureOf(client(t, { ca: rsa.cert }, other.port).connect(), ConnectionError, 'OCSP_BAD_SIGNATURE');
  });

  test('of an intermediate authority, whose certificate the server shows', async (t) => {
    await using intermediate = await authority.createIntermediate();
    const { cert, key } = await intermediate.issue();
    await using other = await TlsProxy.start(server, { cert: cert + intermediate.cert, key });
    other.staple = await stapleFor(intermediate, { cert });
    assert.equal(await client(t, {}, other.port).get('none'), null);
    await intermediate.revoke({ cert });
    other.staple = await stapleFor(intermediate, { cert });
    await failureOf(client(t, {}, other.port).connect(), ConnectionError, 'OCSP_REVOKED');
  });

  test('is asked for on every connection', async (t) => {
    proxy.staple = await stapleFor(authority, leaf);
    const each = client(t);
    await each.connect();
    proxy.staple = undefined;
    const impatient = each.withOptions({ whenDown: 'fail' });
    await failureOf(impatient.blpop('none', 0.01), ConnectionError, 'OCSP_NO_STAPLE');
    assert.equal(await each.get('none'), null);
  });
});

describe('a staple that is refused', limit, () => {
  test('none', async (t) => {
    proxy.staple = undefined;
    await refused(t, 'OCSP_NO_STAPLE', /: the server sent no OCSP response with its certificate$/);
  });

  test('none, of a server that knows nothing of OCSP', async (t) => {
    await using plain = await ValkeyServer.start({ tls: 'only' });
    await failureOf(client(t, { ca: plain.ca }, plain.tlsPort).connect(), ConnectionError, 'OCSP_NO_STAPLE');
  });

  test('"revoked"', async (t) => {
    const revoked = await authority.issue();
    await using other = await TlsProxy.start(server, revoked);
    await authority.revoke(revoked);
    other.staple = await stapleFor(authority, revoked);
    const failure = await failureOf(client(t, {}, other.port).connect(), ConnectionError, 'OCSP_REVOKED');
    assert.match(failure.message, /: the certificate was revoked on \d{4}-\d\d-\d\dT/);
  });

  test('"unknown"', async (t) => {
    const unknown = await authority.issue();
    await using other = await TlsProxy.start(server, unknown);
    await authority.forget(unknown);
    other.staple = await stapleFor(authority, unknown);
    const failure = await failureOf(client(t, {}, other.port).connect(), ConnectionError, 'OCSP_UNKNOWN');
    assert.match(failure.message, /: the OCSP responder does not know the certificate$/);
  });

  /** The certificates are verified by the system's clock, the response by ours. */
  function clock(t: TestContext, offset: number): void {
    t.mock.timers.enable({ apis: ['Date'], now: Date.now() + offset });
  }

  test('one that has expired, but for five minutes', async (t) => {
    proxy.staple = await stapleFor(authority, leaf, { minutes: 10 });
    clock(t, 13 * MINUTE);
    assert.equal(await client(t).get('none'), null);
    t.mock.timers.reset();
    clock(t, 17 * MINUTE);
    await refused(t, 'OCSP_EXPIRED', /: the OCSP response held until \S+Z: a newer one is needed$/);
  });

  test('one of more than a day ago that does not say until when it holds', async (t) => {
    proxy.staple = await stapleFor(authority, leaf, { minutes: 0 });
    clock(t, DAY - HOUR);
    assert.equal(await client(t).get('none'), null);
    t.mock.timers.reset();
    clock(t, DAY + HOUR);
    await refused(t, 'OCSP_EXPIRED', /: the OCSP response held until \S+Z/);
  });

  test('one of the future, but for five minutes', async (t) => {
    proxy.staple = await stapleFor(authority, leaf);
    clock(t, -3 * MINUTE);
    assert.equal(await client(t).get('none'), null);
    t.mock.timers.reset();
    clock(t, -HOUR);
    await refused(t, 'OCSP_NOT_YET_VALID', /: the OCSP response holds from \S+Z only: is this clock right\?$/);
  });

  test('one about another certificate', async (t) => {
    proxy.staple = await stapleFor(authority, await authority.issue());
    await refused(t, 'OCSP_WRONG_CERTIFICATE', /: the OCSP response is about another certificate$/);
  });

  const strangers: Readonly<Record<string, () => Promise<Certificate>>> = {
    'another authority': async () => stranger,
    'a delegate of another authority': () => stranger.issue({ usage: 'ocsp' }),
    'a delegate of an authority of the same name': () => impostor.issue({ usage: 'ocsp' }),
    'a server of the issuer': () => authority.issue({ usage: 'server' }),
    'a client of the issuer': () => authority.issue({ usage: 'client' }),
    'a delegate of long ago': () => authority.issue({ usage: 'ocsp', until: new Date(Date.now() - HOUR) }),
    'a delegate of the future': () => authority.issue({ usage: 'ocsp', from: new Date(Date.now() + HOUR) }),
    'an authority below the issuer': () => authority.issue({ usage: 'authority' }),
    'the server itself': async () => leaf,
  };
  for (const [name, signer] of Object.entries(strangers)) {
    test(`one signed by ${name}`, async (t) => {
      proxy.staple = await stapleFor(authority, leaf, { signer: await signer() });
      await refused(
        t,
        'OCSP_WRONG_SIGNER',
        /: the OCSP response is signed by somebody who may not: neither the issuer/,
      );
    });
  }

  test('one signed by a delegate of a delegate', async (t) => {
    await using below = await authority.createIntermediate('valkey-ts below');
    proxy.staple = await stapleFor(authority, leaf, { signer: await below.issue({ usage: 'ocsp' }) });
    await refused(t, 'OCSP_WRONG_SIGNER', /signed by somebody who may not/);
  });

  test('one signed by an authority of the same name', async (t) => {
    proxy.staple = await stapleFor(authority, leaf, { signer: impostor });
    await refused(t, 'OCSP_BAD_SIGNATURE', /: the signature of the OCSP response is wrong/);
  });

  test('the same, when the server shows the certificate of that authority', async (t) => {
    await using other = await TlsProxy.start(server, { cert: leaf.cert + impostor.cert, key: leaf.key });
    other.staple = await stapleFor(authority, leaf, { signer: impostor });
    await failureOf(client(t, {}, other.port).connect(), ConnectionError, 'OCSP_BAD_SIGNATURE');
  });

  test('one with a wrong signature, of the issuer or its delegate', async (t) => {
    for (const signer of [authority, await authority.issue({ usage: 'ocsp' })]) {
      proxy.staple = await stapleFor(authority, leaf, { signer, words: ['-badsig'] });
      await refused(t, 'OCSP_BAD_SIGNATURE', /: the signature of the OCSP response is wrong/);
    }
  });

  test('one signed with SHA-1', async (t) => {
    proxy.staple = await stapleFor(authority, leaf, { words: ['-rmd', 'sha1'] });
    await refused(t, 'OCSP_BAD_SIGNATURE', /too weak/);
  });

  test('one that was changed on its way, wherever', async (t) => {
    const good = await stapleFor(authority, leaf, { words: ['-resp_no_certs'] });
    // Around the signed part is an envelope; behind it is the signature, which starts with its kind: ecdsa-with-SHA256.
    const start = good.indexOf(Buffer.from([0xa1, 0x1a])) - 3;
    const end = good.indexOf(Buffer.from([0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2])) - 4;
    assert.ok(start > 0 && end > start);
    for (let i = start; i < end; i += 3) {
      const changed = Buffer.from(good);
      changed[i]! ^= 0x01;
      proxy.staple = changed;
      const { ok, error } = await outcomeOf(client(t).connect());
      assert.ok(!ok, `byte ${i} of ${good.toString('hex')}`);
      typed(error, ConnectionError, /^OCSP_(?!NO_STAPLE)/);
    }
  });

  test('one that cannot be read', async (t) => {
    const good = await stapleFor(authority, leaf);
    const deep = Buffer.concat([...Array.from({ length: 5000 }, () => Buffer.from([0x30, 0x80]))]);
    for (const staple of [
      Buffer.from('<html>'),
      good.subarray(0, 100),
      Buffer.alloc(1),
      Buffer.from([0x30, 0]),
      deep,
    ]) {
      proxy.staple = staple;
      await refused(t, 'OCSP_MALFORMED', /: the OCSP response cannot be read$/);
    }
  });

  for (const [status, said] of [
    [1, /: the OCSP responder says that the request is malformed$/],
    [2, /: the OCSP responder says that it has an internal error$/],
    [3, /: the OCSP responder says to try again later$/],
    [5, /: the OCSP responder says that requests must be signed$/],
    [6, /: the OCSP responder says that it may not answer for this certificate$/],
    [9, /: the OCSP responder says its status 9$/],
  ] as const) {
    test(`one that is an error: ${status}`, async (t) => {
      proxy.staple = Buffer.from([0x30, 3, 0x0a, 1, status]);
      await refused(t, 'OCSP_RESPONDER_ERROR', said);
    });
  }
});

describe('before the status is known', limit, () => {
  test('nothing is sent to the server, nor when it is refused', async (t) => {
    await using count = await FaultProxy.start(server);
    await using other = await TlsProxy.start(count, leaf);
    for (const staple of [undefined, Buffer.from('x'), await stapleFor(stranger, leaf)]) {
      other.staple = staple;
      const each = open(t, { port: other.port, password: 'secret', tls: { ca, ocsp: { mode: 'staple' } } });
      await failureOf(each.get('key'), ConnectionError, /^OCSP_/);
      assert.equal(count.bytesToServer, 0);
    }
  });

  test('a server that hangs up is told as that', async (t) => {
    await using full = await ValkeyServer.start({ args: ['--maxclients', '1'] });
    await using other = await TlsProxy.start(full, leaf);
    other.staple = await stapleFor(authority, leaf);
    const first = client(t, {}, other.port);
    await first.connect();
    const { error } = await outcomeOf(client(t, {}, other.port).connect());
    typed(error, MaxConnectionsError, 'MAX_CONNECTIONS');
  });
});

describe('the certificate that is expected', limit, () => {
  test('is accepted, and no other', async (t) => {
    proxy.staple = await stapleFor(authority, leaf);
    for (const expectedCert of [leaf.cert, Buffer.from(leaf.cert)]) {
      assert.equal(await client(t, { ocsp: { mode: 'staple', expectedCert } }).get('none'), null);
    }
    const { cert } = await authority.issue();
    const pinned = client(t, { ocsp: { mode: 'staple', expectedCert: cert } });
    const failure = await failureOf(pinned.connect(), ConnectionError, 'OCSP_UNEXPECTED_CERT');
    assert.match(
      failure.message,
      /: its certificate is not the expected one: its SHA-256 fingerprint is [0-9A-F:]{95}$/,
    );
  });
});

describe('the issuer', limit, () => {
  test('must be known, and can be told beside a secure context', async (t) => {
    proxy.staple = await stapleFor(authority, leaf);
    const secureContext = createSecureContext({ ca });
    const without = open(t, {
      port: proxy.port,
      tls: { secureContext, ocsp: { mode: 'staple' } },
      retry: { retries: 0 },
    });
    const failure = await failureOf(without.connect(), ConnectionError, 'OCSP_NO_ISSUER');
    assert.match(
      failure.message,
      /: the issuer of its certificate is not known here: name it in tls: \{ ca \} or \{ caFile \}$/,
    );
    const told = open(t, { port: proxy.port, tls: { secureContext, ca, ocsp: { mode: 'staple' } } });
    assert.equal(await told.get('none'), null);
  });
});
