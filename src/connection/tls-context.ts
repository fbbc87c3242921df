import { readdirSync, readFileSync, statSync, type BigIntStats } from 'node:fs';
import { join } from 'node:path';
import type { SecureContext } from 'node:tls';
import { contextError, unreadable } from './tls-failure.ts';
import type { TlsOptions } from './tls-options.ts';

/** Certificates and keys as OpenSSL takes them. */
interface Material {
  readonly ca: readonly (string | Buffer)[] | undefined;
  readonly cert: TlsOptions['cert'];
  readonly key: TlsOptions['key'];
}

interface Made {
  /** What the files were like. */
  readonly stamp: string;
  readonly context: SecureContext;
  readonly ca: Material['ca'];
}

const made = new WeakMap<TlsOptions, Made>();

/**
 * What a dial with these options knows: certificates, keys, ciphers. It is made once, and again when a file has changed, which spares
 * every dial after the first a millisecond of parsing.
 *
 * Throws a `ConnectionError` that names what cannot be used.
 */
export function secureContext(options: TlsOptions, endpoint: string): SecureContext {
  return options.secureContext ?? contextOf(options, endpoint).context;
}

/** The certificates, PEM, that a server's certificate must lead to. */
export function trusted(options: TlsOptions, endpoint: string): readonly (string | Buffer)[] {
  const own = options.secureContext === undefined ? contextOf(options, endpoint).ca : list(options.ca);
  return own ?? defaultRoots();
}

/** Asks the file system synchronously: a few microseconds, where a socket must be there when `dial` returns. */
function contextOf(options: TlsOptions, endpoint: string): Made {
  const files = filesOf(options, endpoint);
  const stamp = files
    .map(({ path, stats }) => `${path}:${stats.ino}:${stats.size}:${stats.mtimeNs}:${stats.ctimeNs}`)
    .join('\n');
  const last = made.get(options);
  if (last?.stamp === stamp) return last;
  const material = read(options, files, endpoint);
  const tls = process.getBuiltinModule('node:tls');
  try {
    const { ca, cert, key } = material;
    const context = tls.createSecureContext({ ...options, ca: ca === undefined ? undefined : [...ca], cert, key });
    const fresh = { stamp, context, ca };
    made.set(options, fresh);
    return fresh;
  } catch (cause) {
    throw contextError(endpoint, options, material.key, cause);
  }
}

type FileOption = 'caFile' | 'caPath' | 'certFile' | 'keyFile';

interface File {
  readonly option: FileOption;
  readonly path: string;
  readonly stats: BigIntStats;
}

function filesOf(options: TlsOptions, endpoint: string): File[] {
  const { caFile = [], caPath, certFile, keyFile } = options;
  const files: File[] = [];
  const add = (option: FileOption, path: string): void =>
    void files.push({ option, path, stats: attempt(endpoint, option, path, () => statSync(path, { bigint: true })) });
  for (const path of typeof caFile === 'string' ? [caFile] : caFile) add('caFile', path);
  if (caPath !== undefined) {
    const names = attempt(endpoint, 'caPath', caPath, () => readdirSync(caPath));
    for (const name of names.sort()) add('caPath', join(caPath, name));
  }
  if (certFile !== undefined) add('certFile', certFile);
  if (keyFile !== undefined) add('keyFile', keyFile);
  return files.filter(({ option, stats }) => option !== 'caPath' || stats.isFile());
}

function read(options: TlsOptions, files: readonly File[], endpoint: string): Material {
  const given = list(options.ca);
  const ca = new Set<string | Buffer>(given);
  let { cert, key } = options;
  for (const { option, path } of files) {
    const text = attempt(endpoint, option, path, () => readFileSync(path, 'utf8'));
    const [name, begin] = option === 'keyFile' ? KEY : CERTIFICATE;
    if (!begin.test(text)) {
      // A folder may hold other files. OpenSSL would take a file without a certificate for one with none to trust, and do without a key.
      if (option !== 'caPath') throw unreadable(endpoint, option, path, `it holds no ${name} in PEM form`);
      continue;
    }
    if (!isWhole(text)) throw unreadable(endpoint, option, path, 'its last part has no end');
    if (option === 'keyFile') key = text;
    else if (option === 'certFile') cert = text;
    else ca.add(text);
  }
  const { caFile, caPath } = options;
  if (caPath !== undefined && ca.size === 0) {
    throw unreadable(endpoint, 'caPath', caPath, 'no file in it holds a certificate in PEM form');
  }
  const isOwn = given !== undefined || caFile !== undefined || caPath !== undefined;
  return { ca: isOwn ? [...ca] : undefined, cert, key };
}

/** What OpenSSL looks for in a file, and how it begins there. */
const CERTIFICATE = ['certificate', /-----BEGIN (TRUSTED |X509 )?CERTIFICATE-----/] as const;
const KEY = ['private key', /-----BEGIN ([A-Z0-9]+ )*PRIVATE KEY-----/] as const;

/** Whether the last part of a file is there to its end: a file that is being written may be read. */
function isWhole(text: string): boolean {
  return /-----END [A-Z0-9 ]+-----/.test(text.slice(text.lastIndexOf('-----BEGIN ')));
}

function attempt<T>(endpoint: string, option: FileOption, path: string, look: () => T): T {
  try {
    return look();
  } catch (cause) {
    throw unreadable(endpoint, option, path, cause);
  }
}

function list(ca: TlsOptions['ca']): readonly (string | Buffer)[] | undefined {
  return ca === undefined || Array.isArray(ca) ? ca : [ca];
}

/** What Node trusts when it is not told whom to trust. */
function defaultRoots(): readonly string[] {
  const tls = process.getBuiltinModule('node:tls');
  const { getCACertificates } = tls as { readonly getCACertificates?: (type: 'default') => readonly string[] };
  if (getCACertificates !== undefined) return getCACertificates('default');
  const extra = process.env['NODE_EXTRA_CA_CERTS'];
  try {
    return extra === undefined ? tls.rootCertificates : [...tls.rootCertificates, readFileSync(extra, 'utf8')];
  } catch {
    // Node has warned of it when it started, and does without.
    return tls.rootCertificates;
  }
}
