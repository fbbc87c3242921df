import { generateKeyPair, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { readFile, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';

import type { Certificate } from './certificate.ts';
import { openssl } from './openssl.ts';
import { TemporaryFolder } from './temporary-folder.ts';

const generate = promisify(generateKeyPair);

const DAY = 24 * 60 * 60 * 1000;
const LIFETIME = 30 * DAY;
/** Everything this process does happens after its certificates begin, whatever the seconds are rounded to. */
const HEAD_START = DAY;

/** What keys are made of. Elliptic ones take a millisecond where those of RSA take a hundred. */
export type KeyKind = 'ec' | 'rsa';

/** What a certificate is for. */
export type CertificateUsage = 'server' | 'client' | 'ocsp' | 'authority';

/** What a certificate says. */
export interface IssueOptions {
  /** The common name; default `valkey-ts` and the usage. */
  readonly name?: string;
  /** Default `'server'`, which may also be used by a client, as the nodes of a cluster do. */
  readonly usage?: CertificateUsage;
  /** Names and addresses of a server; default `localhost`, `127.0.0.1` and `::1`. */
  readonly hosts?: readonly string[];
  /** When it begins to be valid; default a day ago. */
  readonly from?: Date;
  /** When it expires; default in 30 days. */
  readonly until?: Date;
  /** Where its OCSP responder is, as a URL; default nowhere. */
  readonly ocsp?: string;
  /** Where the certificate of its issuer is, as a URL; default nowhere. */
  readonly issuer?: string;
}

/**
 * A private certificate authority, which issues certificates for tests and takes them back.
 *
 * Its files, among them the index that `openssl ocsp` answers from, are in a temporary folder, which `close()` removes.
 *
 * @example
 * await using authority = await CertificateAuthority.create();
 * const { cert, key } = await authority.issue({ hosts: ['cache.example'] });
 */
export class CertificateAuthority implements AsyncDisposable {
  /** Its certificate, PEM: the `ca` option of a TLS client. */
  readonly cert: string;
  readonly key: string;
  readonly #folder: TemporaryFolder;
  #issued = 0;
  /** The index of the authority takes one change at a time. */
  #last: Promise<unknown> = Promise.resolve();

  private constructor(folder: TemporaryFolder, { cert, key }: Certificate) {
    this.#folder = folder;
    this.cert = cert;
    this.key = key;
  }

  /** Makes an authority that vouches for itself, with a key of this kind. Rejects when the `openssl` command is missing. */
  static async create(name: string = 'valkey-ts testing', kind: KeyKind = 'ec'): Promise<CertificateAuthority> {
    const folder = await TemporaryFolder.create('authority');
    try {
      const key = await makeKey(kind);
      await writeFile(folder.file('authority.key'), key, { mode: 0o600 });
      await writeFile(folder.file('root.cnf'), configuration({ name, usage: 'authority' }));
      const request = ['-new', '-x509', '-days', '30', '-config', 'root.cnf', '-extensions', 'extensions'];
      await openssl(folder.path, 'req', [...request, '-key', 'authority.key', '-out', 'authority.crt']);
      return await CertificateAuthority.#open(folder, key);
    } catch (error) {
      await folder.remove();
      throw error;
    }
  }

  /** Makes an authority that this one vouches for. */
  async createIntermediate(
    name: string = 'valkey-ts intermediate',
    options: IssueOptions = {},
  ): Promise<CertificateAuthority> {
    const { cert, key } = await this.issue({ ...options, name, usage: 'authority' });
    const folder = await TemporaryFolder.create('authority');
    await writeFile(folder.file('authority.key'), key, { mode: 0o600 });
    await writeFile(folder.file('authority.crt'), cert);
    return await CertificateAuthority.#open(folder, key);
  }

  static async #open(folder: TemporaryFolder, key: string): Promise<CertificateAuthority> {
    const cert = await readFile(folder.file('authority.crt'), 'utf8');
    await writeFile(folder.file('index.txt'), '');
    await writeFile(folder.file('index.txt.attr'), 'unique_subject = no\n');
    return new CertificateAuthority(folder, { cert, key });
  }

  /** The path of a file of the authority: `authority.crt`, `authority.key`, and `index.txt`, its list of certificates. */
  file(name: string): string {
    return this.#folder.file(name);
  }

  /** Makes a certificate and its key. */
  issue(options: IssueOptions = {}): Promise<Certificate> {
    return this.#inTurn(() => this.#issue(options));
  }

  /** Takes a certificate back: from then on its status is "revoked". */
  revoke({ cert }: Pick<Certificate, 'cert'>): Promise<void> {
    return this.#inTurn(async () => {
      await writeFile(this.file('revoked.crt'), cert);
      await openssl(this.#folder.path, 'ca', ['-config', 'last.cnf', '-batch', '-revoke', 'revoked.crt']);
    });
  }

  /** Strikes a certificate off the index: from then on its status is "unknown". */
  forget({ cert }: Pick<Certificate, 'cert'>): Promise<void> {
    return this.#inTurn(async () => {
      const { serialNumber } = new X509Certificate(cert);
      const lines = (await readFile(this.file('index.txt'), 'utf8')).split('\n');
      const isOther = (line: string): boolean =>
        BigInt(`0x0${line.split('\t')[3] ?? ''}`) !== BigInt(`0x${serialNumber}`);
      await writeFile(this.file('index.txt'), lines.filter(isOther).join('\n'));
    });
  }

  /** Removes the files of the authority. */
  async close(): Promise<void> {
    await this.#folder.remove();
  }

  /** The same as `close()`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #issue(options: IssueOptions): Promise<Certificate> {
    const key = await makeKey();
    const { from = new Date(Date.now() - HEAD_START), until = new Date(Date.now() + LIFETIME) } = options;
    await writeFile(this.file('leaf.key'), key, { mode: 0o600 });
    await writeFile(this.file('last.cnf'), configuration(options));
    await writeFile(this.file('serial'), (++this.#issued + 0x1000).toString(16));
    const config = ['-config', 'last.cnf'];
    await openssl(this.#folder.path, 'req', ['-new', ...config, '-key', 'leaf.key', '-out', 'leaf.csr']);
    const dates = ['-startdate', dateOf(from), '-enddate', dateOf(until)];
    const files = ['-in', 'leaf.csr', '-out', 'leaf.crt'];
    await openssl(this.#folder.path, 'ca', [...config, '-batch', '-notext', ...dates, ...files]);
    return { cert: await readFile(this.file('leaf.crt'), 'utf8'), key };
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }
}

/** A configuration for `openssl req` and `openssl ca` alike. */
function configuration(options: IssueOptions): string {
  const { usage = 'server', name = `valkey-ts ${usage}` } = options;
  return `
[req]
distinguished_name = name
prompt = no
[name]
CN = ${name}
[ca]
default_ca = authority
[authority]
database = index.txt
serial = serial
certificate = authority.crt
private_key = authority.key
new_certs_dir = .
default_md = sha256
policy = policy
x509_extensions = extensions
unique_subject = no
[policy]
commonName = supplied
[extensions]
${extensions(usage, options).join('\n')}
`;
}

function extensions(
  usage: CertificateUsage,
  { hosts = ['localhost', '127.0.0.1', '::1'], ...options }: IssueOptions,
): string[] {
  const lines = ['subjectKeyIdentifier = hash'];
  const places = [
    ...(options.ocsp === undefined ? [] : [`OCSP;URI:${options.ocsp}`]),
    ...(options.issuer === undefined ? [] : [`caIssuers;URI:${options.issuer}`]),
  ];
  if (places.length > 0) lines.push(`authorityInfoAccess = ${places.join(', ')}`);
  if (usage === 'authority') {
    return [
      ...lines,
      'basicConstraints = critical, CA:TRUE',
      'keyUsage = critical, keyCertSign, cRLSign, digitalSignature',
    ];
  }
  lines.push('basicConstraints = CA:FALSE', 'keyUsage = critical, digitalSignature');
  if (usage === 'ocsp') return [...lines, 'extendedKeyUsage = OCSPSigning'];
  if (usage === 'client') return [...lines, 'extendedKeyUsage = clientAuth'];
  const names = hosts.map((host) => `${isIP(host) === 0 ? 'DNS' : 'IP'}:${host}`);
  return [...lines, 'extendedKeyUsage = serverAuth, clientAuth', `subjectAltName = ${names.join(', ')}`];
}

/** `YYYYMMDDHHMMSSZ`. */
function dateOf(date: Date): string {
  return `${date.toISOString().replace(/[-:T]|\.\d*Z/g, '')}Z`;
}

async function makeKey(kind: KeyKind = 'ec'): Promise<string> {
  const { privateKey } =
    kind === 'rsa' ? await generate('rsa', { modulusLength: 2048 }) : await generate('ec', { namedCurve: 'P-256' });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}
