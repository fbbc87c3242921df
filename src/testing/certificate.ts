import { execFile } from 'node:child_process';
import { generateKeyPair } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { TemporaryFolder } from './temporary-folder.ts';

const run = promisify(execFile);
const generate = promisify(generateKeyPair);

const OPENSSL_TIMEOUT = 10_000;
const DAYS = '30';

/** A certificate and its private key, both PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** What a TLS server and its clients need, all signed by one private authority. */
export interface CertificateSet {
  /** The authority's certificate, PEM: the `ca` option of a TLS client. */
  readonly ca: string;
  /** Valid for `localhost`, `127.0.0.1` and `::1`. */
  readonly server: Certificate;
  readonly client: Certificate;
}

const EXTENSIONS = `
[req]
distinguished_name = name
prompt = no
[name]
CN = valkey-ts testing
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth, clientAuth
subjectAltName = DNS:localhost, IP:127.0.0.1, IP:::1
[client]
basicConstraints = CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = clientAuth
`;

/** What both kinds of certificate request have in common; LibreSSL needs the file named. */
const REQUEST = ['-new', '-config', 'extensions'];

let shared: Promise<CertificateSet> | undefined;

/**
 * Resolves to the certificates of this process; the first call makes them.
 * They are valid for 30 days and exist in memory only. Rejects when the `openssl` command is missing.
 */
export function sharedCertificates(): Promise<CertificateSet> {
  shared ??= makeCertificates();
  return shared;
}

/** Resolves to a new authority with a server and a client certificate. Rejects when the `openssl` command is missing. */
export async function makeCertificates(): Promise<CertificateSet> {
  const temporary = await TemporaryFolder.create('certificate');
  const folder = temporary.path;
  try {
    await writeFile(join(folder, 'extensions'), EXTENSIONS);
    await makeKey(folder, 'authority');
    const selfSigned = ['-x509', '-extensions', 'authority', '-days', DAYS];
    await openssl(folder, 'req', [...REQUEST, ...selfSigned, '-key', 'authority.key', '-out', 'authority.crt']);
    const [server, client] = await Promise.all([sign(folder, 'server'), sign(folder, 'client')]);
    return { ca: await readFile(join(folder, 'authority.crt'), 'utf8'), server, client };
  } finally {
    await temporary.remove();
  }
}

async function sign(folder: string, name: 'server' | 'client'): Promise<Certificate> {
  const key = await makeKey(folder, name);
  const subject = ['-subj', `/CN=valkey-ts ${name}`];
  await openssl(folder, 'req', [...REQUEST, ...subject, '-key', `${name}.key`, '-out', `${name}.csr`]);
  // Two certificates of one authority must not share a serial number.
  const authority = ['-CA', 'authority.crt', '-CAkey', 'authority.key', '-set_serial', name === 'server' ? '2' : '3'];
  const extensions = ['-extfile', 'extensions', '-extensions', name, '-days', DAYS];
  const files = ['-in', `${name}.csr`, '-out', `${name}.crt`];
  await openssl(folder, 'x509', ['-req', ...authority, ...extensions, ...files]);
  return { cert: await readFile(join(folder, `${name}.crt`), 'utf8'), key };
}

/** Elliptic keys take a millisecond where RSA keys take a hundred. */
async function makeKey(folder: string, name: string): Promise<string> {
  const { privateKey } = await generate('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  await writeFile(join(folder, `${name}.key`), privateKey, { mode: 0o600 });
  return privateKey;
}

async function openssl(folder: string, command: string, args: readonly string[]): Promise<void> {
  try {
    await run('openssl', [command, ...args], { cwd: folder, timeout: OPENSSL_TIMEOUT });
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    const reason = isMissing
      ? 'valkey-ts testing needs the openssl command for TLS servers: install the package openssl.'
      : `openssl ${command} failed while making certificates for a TLS server.`;
    throw new Error(reason, { cause: error });
  }
}
