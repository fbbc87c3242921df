/** What is said when TLS fails: of either side, in each version, within bounded time. */
import assert from 'node:assert/strict';
import { createPrivateKey } from 'node:crypto';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { after, describe, test } from 'node:test';
import { inspect } from 'node:util';
import { ConnectionError, ConstantBackoff, Valkey, type TlsOptions, type ValkeyOptions } from '../../../src/index.ts';
import { CertificateAuthority, FaultProxy, TlsProxy, ValkeyServer } from '../../../src/testing/index.ts';
import { TemporaryFolder } from '../../../src/testing/temporary-folder.ts';
import { assertTook, failureOf, Lateness, open, outcomeOf, typed } from '../client/tools.ts';

const CONNECT_TIMEOUT = 5000;
const SECRET = 'pa55-of-a-key';
const limit = { timeout: 60_000 };
const HOUR = 60 * 60_000;
const later = new Date(Date.now() + HOUR);
const earlier = new Date(Date.now() - HOUR);

const authority = await CertificateAuthority.create();
const stranger = await CertificateAuthority.create('valkey-ts testing');
const folder = await TemporaryFolder.create('tls');
const leaf = await authority.issue();
const known = await authority.issue({ usage: 'client' });
await Promise.all([
  writeFile(folder.file('ca.crt'), authority.cert),
  writeFile(folder.file('server.crt'), leaf.cert),
  writeFile(folder.file('server.key'), leaf.key),
]);
const files = [
  ...['--tls-ca-cert-file', folder.file('ca.crt'), '--tls-cert-file', folder.file('server.crt')],
  ...['--tls-key-file', folder.file('server.key')],
];
const server = await ValkeyServer.start({ tls: true, args: files });
const strict = await ValkeyServer.start({ tls: 'only', args: [...files, '--tls-auth-clients', 'yes'] });
const modern = await ValkeyServer.start({
  tls: 'only',
  args: [...files, '--tls-protocols', 'TLSv1.3', '--tls-ciphersuites', 'TLS_AES_256_GCM_SHA384'],
});
const dated = await ValkeyServer.start({
  tls: 'only',
  args: [...files, '--tls-protocols', 'TLSv1.2', '--tls-ciphers', 'ECDHE-ECDSA-AES256-GCM-SHA384'],
});
after(async () => {
  await Promise.all([server, strict, modern, dated].map((each) => each.stop()));
  await Promise.all([authority.close(), stranger.close(), folder.remove()]);
});

const ca = authority.cert;

/** One failure: how it comes about, and what is said. */
interface Failure {
  readonly options: ValkeyOptions;
  readonly code: string | RegExp;
  readonly message: RegExp;
}

/** What connecting rejects with, within `connectTimeout`, and how often it was tried. */
async function failing(t: Parameters<typeof open>[0], { options, code, message }: Failure): Promise<void> {
  const RETRIES = 2;
  const client = open(t, {
    connectTimeout: CONNECT_TIMEOUT,
    retry: { retries: RETRIES, backoff: new ConstantBackoff(1) },
    ...options,
  });
  let dials = 1;
  client.events.on('reconnecting', () => dials++);
  using lateness = new Lateness();
  const { error, elapsed } = await outcomeOf(client.get('key'));
  const failure = typed(error, ConnectionError, code);
  assert.match(failure.message, message);
  assert.equal(failure.sent, false);
  assert.equal(failure.endpoint, `127.0.0.1:${options.port}`);
  assertTook(elapsed, 0, CONNECT_TIMEOUT, lateness.worst, 'the failure');
  assert.ok(!inspect(failure, { depth: 20 }).includes(SECRET));
  // None of these passes by itself.
  assert.equal(dials, 1, 'dials');
}

async function serverWith(t: Parameters<typeof open>[0], certificate: { cert: string; key: string }): Promise<number> {
  const proxy = await TlsProxy.start(server, certificate);
  t.after(() => proxy.close());
  return proxy.port;
}

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  const only: TlsOptions = { ca, minVersion: version, maxVersion: version };

  describe(`the client certificate, ${version}`, limit, () => {
    const port = strict.tlsPort;

    test('is let in when it is good', async (t) => {
      assert.equal(await open(t, { port, tls: { ...only, ...known } }).get('key'), null);
    });

    test('is missing', async (t) => {
      await failing(t, {
        options: { port, tls: only },
        code: 'TLS_CLIENT_CERT_REQUIRED',
        message: /asks for a client certificate: set tls: \{ certFile, keyFile \}, or cert and key$/,
      });
    });

    test('is of an authority that the server does not know', async (t) => {
      await failing(t, {
        options: { port, tls: { ...only, ...(await stranger.issue({ usage: 'client' })) } },
        code: /^TLS_CLIENT_CERT_(UNKNOWN_CA|REFUSED)$/,
        message: /does not know the authority of the client certificate|refused the client certificate/,
      });
    });

    test('has expired', async (t) => {
      await failing(t, {
        options: { port, tls: { ...only, ...(await authority.issue({ usage: 'client', until: earlier })) } },
        code: 'TLS_CLIENT_CERT_EXPIRED',
        message: /says that the client certificate has expired$/,
      });
    });

    test('is not valid yet', async (t) => {
      await failing(t, {
        options: { port, tls: { ...only, ...(await authority.issue({ usage: 'client', from: later })) } },
        code: 'TLS_CLIENT_CERT_REFUSED',
        message: /refused the client certificate: it is broken, or not valid yet$/,
      });
    });

    test('is not for clients', async (t) => {
      await failing(t, {
        options: { port, tls: { ...only, ...(await authority.issue({ usage: 'ocsp' })) } },
        code: 'TLS_CLIENT_CERT_REFUSED',
        message: /refused the client certificate: it is not for clients$/,
      });
    });

    test('is refused, and that is told every time', async (t) => {
      // In TLS 1.3 the refusal races with the first commands.
      for (let i = 0; i < 30; i++) {
        const client = open(t, { port, tls: only, retry: { retries: 0 } });
        await failureOf(client.connect(), ConnectionError, 'TLS_CLIENT_CERT_REQUIRED');
        client.destroy();
      }
    });
  });

  describe(`the server's certificate, ${version}`, limit, () => {
    test('is of an unknown authority', async (t) => {
      const { ca: _, ...unknown } = only;
      await failing(t, {
        options: { port: server.tlsPort, tls: unknown },
        code: /^(UNABLE_TO_|SELF_SIGNED_)/,
        message: /the certificate of .* is not trusted: .*; set tls: \{ ca \} or \{ caFile \}$/,
      });
    });

    test('is of another authority of that name', async (t) => {
      await failing(t, {
        options: { port: server.tlsPort, tls: { ...only, ca: stranger.cert } },
        code: /^(UNABLE_TO_|SELF_SIGNED_|CERT_SIGNATURE_FAILURE)/,
        message: /the certificate of .* is not trusted/,
      });
    });

    test('is for another host', async (t) => {
      const port = await serverWith(t, await authority.issue({ hosts: ['cache.example'] }));
      await failing(t, {
        options: { port, tls: only },
        code: 'ERR_TLS_CERT_ALTNAME_INVALID',
        message: /the certificate of .* is for another name: .*127\.0\.0\.1/,
      });
    });

    test('has expired', async (t) => {
      const port = await serverWith(t, await authority.issue({ until: earlier }));
      await failing(t, {
        options: { port, tls: only },
        code: 'CERT_HAS_EXPIRED',
        message: /the certificate of .* has expired$/,
      });
    });

    test('is not valid yet', async (t) => {
      const port = await serverWith(t, await authority.issue({ from: later }));
      await failing(t, { options: { port, tls: only }, code: 'CERT_NOT_YET_VALID', message: /is not valid yet$/ });
    });

    test('is signed by itself', async (t) => {
      const port = await serverWith(t, stranger);
      await failing(t, {
        options: { port, tls: only },
        code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
        message: /is signed by itself: to trust it, set tls: \{ ca \}/,
      });
    });
  });
}

describe('what the two sides have in common', limit, () => {
  test('no version: the client is ahead', (t) =>
    failing(t, {
      options: { port: dated.tlsPort, tls: { ca, minVersion: 'TLSv1.3' } },
      code: 'TLS_VERSION_MISMATCH',
      message: /speaks no version of TLS that is allowed here: see tls: \{ minVersion, maxVersion \}$/,
    }));

  test('no version: the server is ahead', (t) =>
    failing(t, {
      options: { port: modern.tlsPort, tls: { ca, maxVersion: 'TLSv1.2' } },
      code: 'TLS_VERSION_MISMATCH',
      message: /speaks no version of TLS that is allowed here/,
    }));

  test('no cipher, TLS 1.2', (t) =>
    failing(t, {
      options: { port: dated.tlsPort, tls: { ca, ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' } },
      code: 'TLS_NO_SHARED_CIPHER',
      message: /has no cipher, curve or signature in common with what is allowed here: see tls: \{ ciphers \}$/,
    }));

  test('no cipher, TLS 1.3', (t) =>
    failing(t, {
      options: { port: modern.tlsPort, tls: { ca, ciphers: 'TLS_AES_128_GCM_SHA256' } },
      code: 'TLS_NO_SHARED_CIPHER',
      message: /has no cipher, curve or signature in common/,
    }));
});

describe('TLS on one side only', limit, () => {
  for (const [name, port] of [
    ['open to all', server.tlsPort],
    ['for clients with a certificate', strict.tlsPort],
    ['of TLS 1.2', dated.tlsPort],
    ['of TLS 1.3', modern.tlsPort],
  ] as const) {
    test(`plain to a TLS port, ${name}`, async (t) => {
      const client = open(t, { port });
      const { message } = await failureOf(client.connect(), ConnectionError, 'TLS_REQUIRED');
      assert.match(message, /^127\.0\.0\.1:\d+ speaks TLS: set tls: true$/);
    });
  }

  test('TLS to a plain port is told long before connectTimeout', async (t) => {
    const client = open(t, { port: server.port, tls: { ca }, connectTimeout: 60_000 });
    const { message } = await failureOf(client.connect(), ConnectionError, 'TLS_NOT_SPOKEN');
    assert.match(message, /^127\.0\.0\.1:\d+ does not speak TLS: remove tls, or use the server's TLS port$/);
  });

  test('TLS to a plain port that asks for a password', async (t) => {
    await using locked = await ValkeyServer.start({ password: 'secret' });
    const client = open(t, { port: locked.port, tls: { ca } });
    await failureOf(client.connect(), ConnectionError, 'TLS_NOT_SPOKEN');
  });

  test('a TLS server that takes its time is waited for', async (t) => {
    await using slow = await ValkeyServer.start({ tls: 'only', args: files });
    slow.pause();
    const client = open(t, { port: slow.tlsPort, tls: { ca }, connectTimeout: 20_000, socketTimeout: 20_000 });
    const reply = client.get('key');
    setTimeout(() => slow.resume(), 2500);
    assert.equal(await reply, null);
  });
});

describe('keys and files', limit, () => {
  const port = server.tlsPort;
  const [pkcs8, sec1] = (['pkcs8', 'sec1'] as const).map((type) =>
    createPrivateKey(known.key).export({ type, format: 'pem', cipher: 'aes-256-cbc', passphrase: SECRET }),
  );

  /** Fails before anything is dialled. */
  async function failsUndialled(tls: TlsOptions, code: string, message: RegExp): Promise<void> {
    await using proxy = await FaultProxy.start({ port });
    const client = new Valkey({ port: proxy.port, tls, retry: { retries: 2, backoff: new ConstantBackoff(1) } });
    for (const promise of [client.connect(), client.get('key'), client.blpop('key', 0.01)]) {
      const failure = await failureOf(promise, ConnectionError, code);
      // In front is the command, if it is one's.
      assert.match(failure.message.replace(/^(GET|BLPOP): /, ''), message);
      assert.equal(failure.sent, false);
      assert.ok(!inspect(failure, { depth: 20 }).includes(SECRET));
    }
    assert.equal(proxy.accepted, 0);
    client.destroy();
  }

  for (const [name, key] of [['PKCS #8', pkcs8!] as const, ['SEC 1', sec1!] as const]) {
    test(`a wrong passphrase, ${name}`, async () => {
      const message = /^cannot connect to .*: the tls option passphrase, which opens key, is wrong$/;
      for (let i = 0; i < 50; i++) {
        await failsUndialled({ ca, cert: known.cert, key, passphrase: `not ${i}` }, 'TLS_BAD_PASSPHRASE', message);
      }
    });

    test(`a missing passphrase, ${name}`, async () => {
      const message = /the tls option passphrase, which opens key, is missing$/;
      await failsUndialled({ ca, cert: known.cert, key }, 'TLS_BAD_PASSPHRASE', message);
    });

    test(`the right passphrase, ${name}`, async (t) => {
      const tls = { ca, cert: known.cert, key, passphrase: SECRET };
      assert.equal(await open(t, { port: strict.tlsPort, tls }).get('key'), null);
    });
  }

  test('a wrong passphrase of a file', async () => {
    await writeFile(folder.file('locked.key'), pkcs8!);
    const tls = { ca, cert: known.cert, keyFile: folder.file('locked.key'), passphrase: 'not' };
    await failsUndialled(tls, 'TLS_BAD_PASSPHRASE', /which opens keyFile, is wrong$/);
  });

  test('a key of another certificate', async () => {
    const tls = { ca, cert: known.cert, key: leaf.key };
    await failsUndialled(tls, 'TLS_KEY_MISMATCH', /the key of the tls options is not that of the client certificate$/);
  });

  test('what is no certificate, no key, no cipher, no version', async () => {
    for (const tls of [
      { ca, cert: 'x', key: known.key },
      { ca, cert: known.cert, key: 'x' },
      { ca, ciphers: 'NONE-SUCH' },
      { ca, minVersion: 'TLSv9' as never },
    ]) {
      await failsUndialled(tls, 'INVALID_OPTION', /^cannot connect to 127\.0\.0\.1:\d+: ./);
    }
  });

  test('files that cannot be used', async () => {
    const empty = folder.file('empty');
    await writeFile(empty, '');
    await mkdir(folder.file('none'));
    await mkdir(folder.file('useless'));
    await writeFile(folder.file('useless/README'), 'nothing here');
    const cases: readonly (readonly [TlsOptions, RegExp])[] = [
      [{ caFile: '/no/such/file' }, /: the tls option caFile names \/no\/such\/file: it does not exist$/],
      [{ caFile: [folder.file('ca.crt'), '/no/such/file'] }, /caFile names \/no\/such\/file: it does not exist$/],
      [{ caPath: '/no/such/folder' }, /caPath names \/no\/such\/folder: it does not exist$/],
      [{ caPath: folder.file('ca.crt') }, /caPath names \S*ca\.crt: it is no folder$/],
      [{ caPath: folder.file('none') }, /no file in it holds a certificate in PEM form$/],
      [{ caPath: folder.file('useless') }, /no file in it holds a certificate in PEM form$/],
      [{ caFile: folder.path }, /caFile names \S*: it is a folder$/],
      [{ caFile: empty }, /caFile names \S*empty: it holds no certificate in PEM form$/],
      [{ caFile: folder.file('server.key') }, /caFile names \S*: it holds no certificate in PEM form$/],
      [{ ca, certFile: empty, keyFile: folder.file('server.key') }, /certFile names \S*: it holds no certificate/],
      [{ ca, certFile: folder.file('server.crt'), keyFile: empty }, /keyFile names \S*: it holds no private key/],
      [{ ca, certFile: '/no/crt', keyFile: '/no/key' }, /certFile names \/no\/crt: it does not exist$/],
      [{ ca, certFile: folder.file('server.crt'), keyFile: '/no/key' }, /keyFile names \/no\/key: it does not exist$/],
    ];
    for (const [tls, message] of cases) await failsUndialled(tls, 'TLS_FILE_UNREADABLE', message);
  });

  test('a file that this process may not read', async (t) => {
    // The superuser may read all.
    if (process.getuid?.() === 0) return t.diagnostic('this is the superuser');
    const path = folder.file('private.crt');
    await writeFile(path, authority.cert);
    await chmod(path, 0);
    await failsUndialled({ caFile: path }, 'TLS_FILE_UNREADABLE', /caFile names \S*: this process may not read it$/);
  });
});
