import { ConnectionError } from '../errors.ts';
import type { TlsOptions } from './tls-options.ts';

/** What is known when TLS fails. */
export interface TlsFailure {
  readonly endpoint: string;
  readonly cause: unknown;
}

/** What is known when the peer ends TLS with an alert. */
export interface AlertFailure extends TlsFailure {
  /** Whether the server had shown its certificate: then cipher and version were agreed upon. */
  readonly agreed: boolean;
  /** Whether a client certificate was there to be shown. */
  readonly hasCertificate: boolean;
}

/** What a server says of the client's certificate, by the end of OpenSSL's code. */
const OF_THE_CLIENT: Readonly<Record<string, readonly [code: string, message: string]>> = {
  UNKNOWN_CA: ['TLS_CLIENT_CERT_UNKNOWN_CA', 'does not know the authority of the client certificate'],
  CERTIFICATE_EXPIRED: ['TLS_CLIENT_CERT_EXPIRED', 'says that the client certificate has expired'],
  CERTIFICATE_REVOKED: ['TLS_CLIENT_CERT_REVOKED', 'says that the client certificate was revoked'],
  BAD_CERTIFICATE: ['TLS_CLIENT_CERT_REFUSED', 'refused the client certificate: it is broken, or not valid yet'],
  UNSUPPORTED_CERTIFICATE: ['TLS_CLIENT_CERT_REFUSED', 'refused the client certificate: it is not for clients'],
  CERTIFICATE_UNKNOWN: ['TLS_CLIENT_CERT_REFUSED', 'refused the client certificate'],
  ACCESS_DENIED: ['TLS_CLIENT_CERT_REFUSED', 'does not let the owner of the client certificate in'],
};
const REQUIRED: readonly [string, string] = [
  'TLS_CLIENT_CERT_REQUIRED',
  'asks for a client certificate: set tls: { certFile, keyFile }, or cert and key',
];

/** The error of a handshake that the peer ended, saying why; `undefined` when it was something else. */
export function alertError({ endpoint, cause, agreed, hasCertificate }: AlertFailure): ConnectionError | undefined {
  const alert = /ALERT_(\w+)$|TLSV1_(UNRECOGNIZED_NAME)$/.exec(codeOf(cause) ?? '');
  const name = alert?.[1] ?? alert?.[2];
  if (name === undefined) return undefined;
  const error = ([code, message]: readonly [string, string]): ConnectionError =>
    new ConnectionError(`${endpoint} ${message}`, { endpoint, code, cause });
  if (name === 'CERTIFICATE_REQUIRED') return error(REQUIRED);
  if (name === 'PROTOCOL_VERSION') return error(['TLS_VERSION_MISMATCH', VERSIONS]);
  if (name === 'UNRECOGNIZED_NAME')
    return error(['TLS_UNKNOWN_NAME', 'has no certificate for this name: see tls: { servername }']);
  if (agreed) {
    // TLS 1.2 has no alert of its own for a certificate that is missing.
    const isMissing = !hasCertificate && /^(HANDSHAKE_FAILURE|BAD_CERTIFICATE)$/.test(name);
    const said = isMissing ? REQUIRED : OF_THE_CLIENT[name === 'HANDSHAKE_FAILURE' ? 'CERTIFICATE_UNKNOWN' : name];
    return said === undefined ? undefined : error(said);
  }
  return /^(HANDSHAKE_FAILURE|INSUFFICIENT_SECURITY)$/.test(name)
    ? error(['TLS_NO_SHARED_CIPHER', CIPHERS])
    : undefined;
}

const VERSIONS = 'speaks no version of TLS that is allowed here: see tls: { minVersion, maxVersion }';
const CIPHERS = 'has no cipher, curve or signature in common with what is allowed here: see tls: { ciphers }';

/** Whether a code is TLS's own, rather than the system's. */
export function isTlsCode(code: string | undefined): boolean {
  return code !== undefined && /^(ERR_SSL|ERR_TLS|CERT_|CRL_|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED|HOSTNAME_)/.test(code);
}

/** The error of a handshake that failed on this side, or for a reason that nobody told. */
export function tlsError({ endpoint, cause }: TlsFailure, code: string | undefined): ConnectionError {
  const error = (message: string, named = code): ConnectionError =>
    new ConnectionError(message, { endpoint, cause, ...(named === undefined ? {} : { code: named }) });
  const reason = cause === undefined ? 'the peer closed the connection' : messageOf(cause);
  if (code === undefined) return error(`the TLS handshake with ${endpoint} failed: ${reason}`, 'TLS_CUT');
  const certificate = `the certificate of ${endpoint}`;
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return error(`${certificate} is for another name: ${reason}`);
  if (code === 'CERT_HAS_EXPIRED') return error(`${certificate}, or one that vouches for it, has expired`);
  if (code === 'CERT_NOT_YET_VALID') return error(`${certificate}, or one that vouches for it, is not valid yet`);
  if (code === 'CERT_REVOKED') return error(`${certificate} was revoked: it is in tls: { crl }`);
  if (code === 'DEPTH_ZERO_SELF_SIGNED_CERT')
    return error(`${certificate} is signed by itself: to trust it, set tls: { ca } or { caFile } to it`);
  if (/^(CERT_|CRL_|UNABLE_TO_|SELF_SIGNED|HOSTNAME_)/.test(code))
    return error(`${certificate} is not trusted: ${reason}; set tls: { ca } or { caFile }`);
  if (/UNSUPPORTED_PROTOCOL|VERSION_TOO_LOW|NO_PROTOCOLS_AVAILABLE|WRONG_SSL_VERSION/.test(code))
    return error(`${endpoint} ${VERSIONS}`, 'TLS_VERSION_MISMATCH');
  if (/NO_CIPHERS_AVAILABLE|WRONG_CIPHER_RETURNED/.test(code))
    return error(`${endpoint} ${CIPHERS}`, 'TLS_NO_SHARED_CIPHER');
  if (/WRONG_VERSION|PACKET_LENGTH|EPROTO|UNEXPECTED_MESSAGE|RECORD_LAYER/.test(code))
    return notSpoken(endpoint, cause);
  return error(`the TLS handshake with ${endpoint} failed: ${reason}`);
}

/** The peer answers, but not in TLS. */
export function notSpoken(endpoint: string, cause?: unknown): ConnectionError {
  const message = `${endpoint} does not speak TLS: remove tls, or use the server's TLS port`;
  return new ConnectionError(message, { endpoint, cause, code: 'TLS_NOT_SPOKEN' });
}

/** The peer wants TLS. */
export function tlsRequired(endpoint: string, cause?: unknown): ConnectionError {
  return new ConnectionError(`${endpoint} speaks TLS: set tls: true`, { endpoint, cause, code: 'TLS_REQUIRED' });
}

/** The error of options that the TLS library refuses: only it can judge certificates, keys and ciphers. */
export function contextError(
  endpoint: string,
  options: TlsOptions,
  key: TlsOptions['key'],
  cause: unknown,
): ConnectionError {
  const error = (code: string, reason: string): ConnectionError =>
    new ConnectionError(`cannot connect to ${endpoint}: ${reason}`, { endpoint, code, cause });
  const code = codeOf(cause) ?? '';
  const what = options.pfx === undefined ? (options.keyFile === undefined ? 'key' : 'keyFile') : 'pfx';
  // Now and then a wrong passphrase decrypts, to nonsense.
  const isNonsense = code === 'ERR_OSSL_UNSUPPORTED' && /ENCRYPTED/.test(textOf(key));
  if (isNonsense || /BAD_DECRYPT|BAD_PASSWORD/.test(code) || /mac verify failure/.test(messageOf(cause))) {
    const state = options.passphrase === undefined ? 'missing' : 'wrong';
    return error('TLS_BAD_PASSPHRASE', `the tls option passphrase, which opens ${what}, is ${state}`);
  }
  if (/KEY_VALUES_MISMATCH|KEY_TYPE_MISMATCH/.test(code))
    return error('TLS_KEY_MISMATCH', 'the key of the tls options is not that of the client certificate');
  return error('INVALID_OPTION', messageOf(cause));
}

/** The error of a file that is named in the options and cannot be used. Another look may find it: files are replaced while we run. */
export function unreadable(endpoint: string, option: string, path: string, cause: unknown): ConnectionError {
  const code = codeOf(cause);
  const reason =
    typeof cause === 'string' ? cause : ((code === undefined ? undefined : FILE_REASONS[code]) ?? messageOf(cause));
  return new ConnectionError(`cannot connect to ${endpoint}: the tls option ${option} names ${path}: ${reason}`, {
    endpoint,
    code: 'TLS_FILE_UNREADABLE',
    ...(typeof cause === 'string' ? {} : { cause }),
  });
}

const FILE_REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'it does not exist',
  EACCES: 'this process may not read it',
  EPERM: 'this process may not read it',
  EISDIR: 'it is a folder',
  ENOTDIR: 'it is no folder',
};

function codeOf(error: unknown): string | undefined {
  const code = (error as { readonly code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

function textOf(key: TlsOptions['key']): string {
  return typeof key === 'string' || Buffer.isBuffer(key) ? key.toString() : '';
}
