/** That the set-ups of the guide to TLS work as they stand, but for the place: with the certificates that it says how to make. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { Valkey } from '../../src/index.ts';
import { CertificateAuthority, TlsProxy, ValkeyServer } from '../../src/testing/index.ts';
import { findFreePort } from '../../src/testing/free-port.ts';
import { TemporaryFolder } from '../../src/testing/temporary-folder.ts';
import { OcspResponder } from '../server/connection/ocsp-responder.ts';

const run = promisify(execFile);
const SOURCES = new URL('../../src/', import.meta.url).href;
const BLOCK = /^```(?<language>\w*)\n(?<code>[^]*?)^```$/gm;

type Make = (password: string) => Valkey;

let programs = 0;

const guide = await readFile(new URL('../../docs/security-tls.md', import.meta.url), 'utf8');
const blocks = [...guide.matchAll(BLOCK)].map(({ groups }) => ({
  language: groups!['language']!,
  code: groups!['code']!,
}));
const setups = blocks.filter(({ language }) => language === 'typescript').map(({ code }) => code);

const folder = await TemporaryFolder.create('guide');
const shell = blocks.find(({ language }) => language === 'sh');
await run('sh', ['-e', '-c', shell!.code.replaceAll('cache.example.com', 'cache.example.com, DNS:localhost')], {
  cwd: folder.path,
});
after(() => folder.remove());

/** A server as the guide configures it. */
async function start(args: readonly string[] = []): Promise<ValkeyServer> {
  const configuration = blocks.find(({ language }) => language === '');
  const words: string[] = [];
  for (const line of configuration!.code.trim().split('\n')) {
    const [name, value] = line.replaceAll('/etc/valkey/tls', folder.path).split(' ');
    if (name !== 'tls-port' && name !== 'port') words.push(`--${name}`, value!);
  }
  const users = ['--user', 'app', 'on', '>secret', '~*', '&*', '+@all'];
  return await ValkeyServer.start({ tls: 'only', port: await findFreePort(), args: [...words, ...users, ...args] });
}

/** The client of a block, at another place. */
async function clientOf(index: number, port: number, changes: Readonly<Record<string, string>> = {}): Promise<Valkey> {
  let code = setups[index]!.replaceAll("host: 'cache.example.com'", "host: 'localhost'")
    .replaceAll('port: 6380', `port: ${port}`)
    .replaceAll('/etc/valkey/tls', folder.path)
    .replace('const client =', 'return');
  for (const [from, to] of Object.entries(changes)) {
    assert.ok(code.includes(from));
    code = code.replace(from, to);
  }
  // A module is loaded once.
  const file = folder.file(`block-${programs++}.mts`);
  await writeFile(
    file,
    `import { Valkey } from '${SOURCES}index.ts';\nexport default (password: string) => {\n${code}};\n`,
  );
  const { default: make } = (await import(pathToFileURL(file).href)) as { default: Make };
  return make('secret');
}

test('a service with a certificate of a public authority', async () => {
  await using server = await start(['--tls-auth-clients', 'no']);
  // Nobody signs for this machine in public.
  const ca = JSON.stringify(await readFile(folder.file('ca.crt'), 'utf8'));
  await using client = await clientOf(0, server.tlsPort, { 'tls: true': `tls: { ca: ${ca} }` });
  assert.equal(await client.ping(), 'PONG');
});

test('a service with an authority of its own', async () => {
  await using server = await start(['--tls-auth-clients', 'no']);
  await using client = await clientOf(1, server.tlsPort);
  assert.equal(await client.aclWhoami(), 'app');
});

test('a tunnel', async () => {
  await using server = await start(['--tls-auth-clients', 'no']);
  await using client = await clientOf(2, server.tlsPort);
  assert.equal(await client.ping(), 'PONG');
});

test('client certificates', async () => {
  await using server = await start();
  await using client = await clientOf(3, server.tlsPort);
  assert.equal(await client.ping(), 'PONG');
  await using without = await clientOf(1, server.tlsPort);
  await assert.rejects(without.ping(), { code: 'TLS_CLIENT_CERT_REQUIRED' });
});

test('OCSP', async () => {
  await using server = await ValkeyServer.start();
  await using authority = await CertificateAuthority.create();
  await using responder = await OcspResponder.start(authority);
  const certificate = await authority.issue({ ocsp: responder.url });
  await using proxy = await TlsProxy.start(server, certificate);
  const change = { [`${folder.path}/ca.crt`]: authority.file('authority.crt') };
  await using client = await clientOf(4, proxy.port, change);
  assert.equal(await client.ping(), 'PONG');
  await authority.revoke(certificate);
  await using late = await clientOf(4, proxy.port, { ...change, "mode: 'fetch'": "mode: 'fetch', nonce: true" });
  await assert.rejects(late.ping(), { code: 'OCSP_REVOKED' });
});

test('every parameter of valkey-py has an option that exists', () => {
  const rows = [...guide.matchAll(/^\| `(ssl\w*)` \| (.*) \|$/gm)];
  const PEM = '-----BEGIN CERTIFICATE-----';
  const ours: Readonly<Record<string, unknown>> = {
    ca: PEM,
    caFile: 'ca.crt',
    caPath: 'folder',
    certFile: 'client.crt',
    keyFile: 'client.key',
    passphrase: 'x',
    rejectUnauthorized: true,
    checkServerIdentity: () => undefined,
    minVersion: 'TLSv1.3',
    ciphers: 'HIGH',
    ocsp: { mode: 'fetch', expectedCert: PEM },
    secureContext: {},
  };
  // All of them together are taken by the client, which throws at a name that it does not know.
  const { ocsp: _, ...rest } = ours;
  for (const tls of [{ ocsp: ours['ocsp'] }, rest]) new Valkey({ host: 'localhost', tls: tls as never }).destroy();
  for (const [, name, text] of rows) {
    if (name === 'ssl') continue;
    const named = [...text!.matchAll(/`(\w+)`/g)].map(([, option]) => option!);
    assert.ok(
      named.some((option) => option in ours || option === 'expectedCert'),
      `${name}: ${text}`,
    );
  }
  assert.equal(rows.length, 15);
});

test('every code it names is in the table of errors', async () => {
  const errors = await readFile(new URL('../../docs/errors.md', import.meta.url), 'utf8');
  for (const [code] of guide.matchAll(/\b(?:OCSP|TLS)_[A-Z_]+\b/g)) assert.ok(errors.includes(code), code);
  assert.equal(setups.length, 5);
});
