/** TLS that works: where certificates come from, whom they are shown to, and what is verified by itself. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFile, mkdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { after, describe, test } from 'node:test';
import { createSecureContext } from 'node:tls';
import { promisify } from 'node:util';
import { ConnectionError, ConstantBackoff, ConnectionPool, type TlsOptions, type Valkey } from '../../../src/index.ts';
import { CertificateAuthority, FaultProxy, TlsProxy, ValkeyServer } from '../../../src/testing/index.ts';
import { TemporaryFolder } from '../../../src/testing/temporary-folder.ts';
import { failureOf, open, until } from '../client/tools.ts';

const run = promisify(execFile);
const limit = { timeout: 60_000 };

const authority = await CertificateAuthority.create('valkey-ts one');
const other = await CertificateAuthority.create('valkey-ts two');
const folder = await TemporaryFolder.create('tls');
const leaf = await authority.issue();
const mine = await authority.issue({ usage: 'client', name: 'mine' });
const caFile = folder.file('ca.crt');
const certFile = folder.file('client.crt');
const keyFile = folder.file('client.key');
await Promise.all([
  writeFile(caFile, authority.cert),
  writeFile(folder.file('server.crt'), leaf.cert),
  writeFile(folder.file('server.key'), leaf.key),
  writeFile(certFile, mine.cert),
  writeFile(keyFile, mine.key),
]);
const args = [
  ...['--tls-ca-cert-file', caFile, '--tls-cert-file', folder.file('server.crt')],
  ...['--tls-key-file', folder.file('server.key')],
];
const server = await ValkeyServer.start({ tls: true, args: [...args, '--tls-auth-clients', 'no'] });
const strict = await ValkeyServer.start({ tls: 'only', args: [...args, '--tls-auth-clients', 'yes'] });
after(async () => {
  await Promise.all([server.stop(), strict.stop()]);
  await Promise.all([authority.close(), other.close(), folder.remove()]);
});

const ca = authority.cert;
const untrusted = /^(UNABLE_TO_|SELF_SIGNED_)/;

describe('whom a client trusts', limit, () => {
  const port = server.tlsPort;

  test('nobody but the well-known authorities, by itself', async (t) => {
    await failureOf(open(t, { port, tls: true }).connect(), ConnectionError, untrusted);
    await failureOf(open(t, { url: `valkeys://127.0.0.1:${port}` }).connect(), ConnectionError, untrusted);
  });

  test('an authority as data, alone or among others', async (t) => {
    for (const each of [ca, Buffer.from(ca), [other.cert, ca], `${other.cert}\n${ca}`]) {
      assert.equal(await open(t, { port, tls: { ca: each } }).get('key'), null);
    }
  });

  test('an authority in a file, or in one of several', async (t) => {
    await writeFile(folder.file('other.crt'), other.cert);
    await writeFile(folder.file('both.crt'), `# two\n${other.cert}${ca}`);
    for (const each of [caFile, [folder.file('other.crt'), caFile], folder.file('both.crt')]) {
      assert.equal(await open(t, { port, tls: { caFile: each } }).get('key'), null);
    }
    await failureOf(open(t, { port, tls: { caFile: folder.file('other.crt') } }).connect(), ConnectionError, untrusted);
  });

  test('the authorities in a folder, whatever else is in it', async (t) => {
    const path = folder.file('authorities');
    await mkdir(`${path}/deeper`, { recursive: true });
    await Promise.all([
      copyFile(caFile, `${path}/one.pem`),
      symlink('one.pem', `${path}/0a1b2c3d.0`),
      writeFile(`${path}/two.crt`, other.cert),
      writeFile(`${path}/README`, 'authorities of ours'),
      writeFile(`${path}/.hidden`, ''),
    ]);
    assert.equal(await open(t, { port, tls: { caPath: path } }).get('key'), null);
  });

  test('all of them, when they are given in several ways', async (t) => {
    const tls: TlsOptions = { ca: other.cert, caFile };
    assert.equal(await open(t, { port, tls }).get('key'), null);
    await using proxy = await TlsProxy.start(server, await other.issue());
    assert.equal(await open(t, { port: proxy.port, tls }).get('key'), null);
  });

  test('an intermediate authority, when the server shows it', async (t) => {
    await using intermediate = await authority.createIntermediate();
    const { cert, key } = await intermediate.issue();
    await using whole = await TlsProxy.start(server, { cert: cert + intermediate.cert, key });
    assert.equal(await open(t, { port: whole.port, tls: { ca } }).get('key'), null);
    await using part = await TlsProxy.start(server, { cert, key });
    await failureOf(open(t, { port: part.port, tls: { ca } }).connect(), ConnectionError, untrusted);
    assert.equal(await open(t, { port: part.port, tls: { ca: [ca, intermediate.cert] } }).get('key'), null);
  });

  test('anybody, only when told so', async (t) => {
    assert.equal(await open(t, { port, tls: { rejectUnauthorized: false } }).get('key'), null);
  });
});

describe('the name of the server', limit, () => {
  test('is checked without being asked for', async (t) => {
    await using proxy = await TlsProxy.start(server, await authority.issue({ hosts: ['cache.example', 'localhost'] }));
    const { port } = proxy;
    const message = /is for another name: .*127\.0\.0\.1/;
    const failure = await failureOf(
      open(t, { port, tls: { ca } }).connect(),
      ConnectionError,
      'ERR_TLS_CERT_ALTNAME_INVALID',
    );
    assert.match(failure.message, message);
    assert.equal(await open(t, { host: 'localhost', port, tls: { ca } }).get('key'), null);
    assert.equal(await open(t, { port, tls: { ca, servername: 'cache.example' } }).get('key'), null);
    assert.equal(await open(t, { port, tls: { ca, checkServerIdentity: () => undefined } }).get('key'), null);
  });

  test('is told to the server, unless it is an address', async (t) => {
    const names: string[] = [];
    await using proxy = await TlsProxy.start(server, {
      ...leaf,
      SNICallback: (name, answer) => {
        names.push(name);
        answer(null, createSecureContext(leaf));
      },
    });
    const { port } = proxy;
    assert.equal(await open(t, { port, tls: { ca } }).get('key'), null);
    assert.deepEqual(names, []);
    assert.equal(await open(t, { host: 'localhost', port, tls: { ca } }).get('key'), null);
    assert.deepEqual(names, ['localhost']);
    await failureOf(open(t, { port, tls: { ca, servername: 'cache.example' } }).connect(), ConnectionError);
    assert.equal(names[1], 'cache.example');
  });
});

describe('a client certificate', limit, () => {
  const port = strict.tlsPort;

  for (const protocol of [2, 3] as const) {
    test(`from files serves every kind of connection, RESP${protocol}`, async (t) => {
      const client = open(t, { port, protocol, tls: { caFile, certFile, keyFile } });
      await client.set('key', 'value');
      assert.equal(await client.get('key'), 'value');
      assert.equal(await client.blpop('none', 0.01), null);
      await using session = await client.session();
      assert.equal(await session.get('key'), 'value');
      const big = 'x'.repeat(3_000_000);
      await client.set('big', big);
      assert.equal(await client.get('big'), big);
      const values = await Promise.all(Array.from({ length: 2000 }, (_, i) => client.echo(`${i}`)));
      assert.deepEqual(
        values,
        Array.from({ length: 2000 }, (_, i) => `${i}`),
      );
    });
  }

  test('as data, in one file with its key, and as PKCS #12', async (t) => {
    const both = folder.file('both.pem');
    const p12 = folder.file('client.p12');
    await writeFile(both, mine.key + mine.cert);
    const words = ['pkcs12', '-export', '-in', certFile, '-inkey', keyFile, '-out', p12, '-passout', 'pass:secret'];
    await run('openssl', words);
    const all: TlsOptions[] = [
      { ca, ...mine },
      { ca, cert: mine.cert, keyFile },
      { ca, certFile, key: mine.key },
      { ca, certFile: both, keyFile: both },
      { ca, pfx: await readFile(p12), passphrase: 'secret' },
      { secureContext: createSecureContext({ ca, ...mine }) },
    ];
    for (const tls of all) assert.equal(await open(t, { port, tls }).get('none'), null);
    await failureOf(
      open(t, { port, tls: { ca, pfx: await readFile(p12), passphrase: 'other' } }).connect(),
      ConnectionError,
      'TLS_BAD_PASSPHRASE',
    );
  });

  test('of an intermediate authority, with the chain in the file', async (t) => {
    await using intermediate = await authority.createIntermediate();
    const { cert, key } = await intermediate.issue({ usage: 'client' });
    await writeFile(folder.file('chain.crt'), cert + intermediate.cert);
    await writeFile(folder.file('chain.key'), key);
    const tls = { caFile, certFile: folder.file('chain.crt'), keyFile: folder.file('chain.key') };
    assert.equal(await open(t, { port, tls }).get('none'), null);
  });

  test('of a pool', async (t) => {
    await using pool = new ConnectionPool({ port, tls: { caFile, certFile, keyFile } });
    assert.equal(await open(t, { connectionPool: pool }).get('none'), null);
  });

  test('with the version and ciphers that were chosen', async (t) => {
    for (const tls of [
      { minVersion: 'TLSv1.3' },
      { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384' },
    ] satisfies TlsOptions[]) {
      assert.equal(await open(t, { port, tls: { caFile, certFile, keyFile, ...tls } }).get('none'), null);
    }
  });
});

describe('files that change', limit, () => {
  /** As tools do it that renew certificates: the file is another one at once. */
  async function replace(path: string, text: string): Promise<void> {
    await writeFile(`${path}.new`, text);
    await rename(`${path}.new`, path);
  }

  /** Ends the client's connection and waits for the next. */
  async function redial(client: Valkey, proxy: TlsProxy | FaultProxy): Promise<void> {
    const ready = new Promise<void>((resolve) => client.events.once('ready', resolve));
    proxy.cut();
    await ready;
  }

  test('the client certificate: the next dial shows the new one', async (t) => {
    await using proxy = await TlsProxy.start(server, { ...leaf, ca, requestCert: true, rejectUnauthorized: true });
    const [cert, key] = [folder.file('renewed.crt'), folder.file('renewed.key')];
    await Promise.all([writeFile(cert, mine.cert), writeFile(key, mine.key)]);
    const client = open(t, { port: proxy.port, tls: { caFile, certFile: cert, keyFile: key } });
    await client.set('key', 'value');
    for (const name of ['second', 'third', 'fourth']) {
      const next = await authority.issue({ usage: 'client', name });
      // The first way keeps the file and its size, the second makes another.
      const put = name === 'second' ? writeFile : replace;
      await Promise.all([put(cert, next.cert), put(key, next.key)]);
      await redial(client, proxy);
      assert.equal(await client.get('key'), 'value');
    }
    assert.deepEqual(
      proxy.clients.map((each) => each?.subject.CN),
      ['mine', 'second', 'third', 'fourth'],
    );
    await redial(client, proxy);
    assert.equal(proxy.clients.at(-1)?.subject.CN, 'fourth');
  });

  test('the authority: a server with a certificate of a new one is trusted', async (t) => {
    await using proxy = await TlsProxy.start(server, leaf);
    const path = folder.file('authority.crt');
    await writeFile(path, ca);
    const client = open(t, { port: proxy.port, tls: { caFile: path }, retry: { backoff: new ConstantBackoff(5) } });
    await client.connect();
    proxy.renew(await other.issue());
    proxy.cut();
    await until('the new certificate is refused', () => client.state === 'reconnecting');
    await failureOf(client.get('key'), ConnectionError, untrusted);
    await replace(path, ca + other.cert);
    await until('the new authority is read', () => client.state === 'ready');
    assert.equal(await client.get('none'), null);
  });

  test('a certificate in a folder: one that is added is trusted', async (t) => {
    await using proxy = await TlsProxy.start(server, await other.issue());
    const path = folder.file('growing');
    await mkdir(path);
    await writeFile(`${path}/one.crt`, ca);
    const client = open(t, { port: proxy.port, tls: { caPath: path } });
    await failureOf(client.connect(), ConnectionError, untrusted);
    await writeFile(`${path}/two.crt`, other.cert);
    assert.equal(await client.get('none'), null);
  });

  test('a file that is missing for a moment, or does not fit the other yet, is looked for again', async (t) => {
    await using proxy = await FaultProxy.start({ port: strict.tlsPort });
    const [cert, key] = [folder.file('torn.crt'), folder.file('torn.key')];
    await Promise.all([writeFile(cert, mine.cert), writeFile(key, mine.key)]);
    const tls = { caFile, certFile: cert, keyFile: key };
    const client = open(t, { port: proxy.port, tls, retry: { backoff: new ConstantBackoff(5) } });
    await client.connect();
    const codes = new Set<string>();
    client.events.on('reconnecting', ({ cause }) => codes.add((cause as ConnectionError).code));
    const next = await authority.issue({ usage: 'client' });
    const tears: readonly (readonly [code: string, tear: () => Promise<void>])[] = [
      ['TLS_FILE_UNREADABLE', () => rename(key, `${key}.gone`)],
      ['TLS_KEY_MISMATCH', () => writeFile(cert, next.cert)],
      ['TLS_FILE_UNREADABLE', () => writeFile(key, '')],
      ['TLS_FILE_UNREADABLE', () => writeFile(key, mine.key.slice(0, -20))],
      ['TLS_FILE_UNREADABLE', () => writeFile(cert, mine.cert.slice(0, mine.cert.length / 2))],
    ];
    for (const [code, tear] of tears) {
      codes.clear();
      await Promise.all([writeFile(cert, mine.cert), writeFile(key, mine.key)]);
      await tear();
      proxy.cut();
      const reply = client.get('none');
      await until(`a dial fails with ${code}`, () => codes.has(code));
      await Promise.all([writeFile(cert, next.cert), writeFile(key, next.key)]);
      assert.equal(await reply, null);
    }
  });
});
