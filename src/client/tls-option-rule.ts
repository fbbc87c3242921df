import type { OcspOptions, TlsOptions } from '../connection/tls-options.ts';
import { DataError } from '../errors.ts';
import { check, FLAG, isObject, oneOf, TEXT, type Rule } from './option-rule.ts';

const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';
const isPem = (value: unknown): boolean =>
  (typeof value === 'string' || Buffer.isBuffer(value)) && value.includes('-----BEGIN');
const someOf =
  (accepts: (value: unknown) => boolean) =>
  (value: unknown): boolean =>
    accepts(value) || (Array.isArray(value) && value.length > 0 && value.every((each) => accepts(each)));

const FILE: Rule = [isText, 'the path of a file'];
const PEM = 'certificates in PEM form: that they are files, caFile says';
const FUNCTION: Rule = [(value) => typeof value === 'function', 'a function'];
/** Only Node, and the library below it, can judge these. */
const OF_NODE: Rule = [() => true, ''];

/** What Node takes, besides what its types know. */
type Untyped = 'certificateCompression' | 'highWaterMark' | 'requestOCSP';

const RULES: Readonly<Record<keyof TlsOptions | Untyped, Rule>> = {
  ca: [someOf(isPem), PEM],
  caFile: [someOf(isText), 'the path of a file, or several'],
  caPath: [isText, 'the path of a folder'],
  certFile: FILE,
  keyFile: FILE,
  ocsp: [isObject, "an object { mode: 'staple' | 'fetch' }"],
  passphrase: TEXT,
  ciphers: TEXT,
  servername: TEXT,
  rejectUnauthorized: FLAG,
  checkServerIdentity: FUNCTION,
  lookup: FUNCTION,
  pskCallback: FUNCTION,
  secureContext: [isObject, 'what tls.createSecureContext gives'],
  cert: OF_NODE,
  key: OF_NODE,
  pfx: OF_NODE,
  crl: OF_NODE,
  sigalgs: OF_NODE,
  ecdhCurve: OF_NODE,
  dhparam: OF_NODE,
  minDHSize: OF_NODE,
  minVersion: OF_NODE,
  maxVersion: OF_NODE,
  secureProtocol: OF_NODE,
  secureOptions: OF_NODE,
  honorCipherOrder: OF_NODE,
  allowPartialTrustChain: OF_NODE,
  clientCertEngine: OF_NODE,
  privateKeyEngine: OF_NODE,
  privateKeyIdentifier: OF_NODE,
  session: OF_NODE,
  sessionIdContext: OF_NODE,
  sessionTimeout: OF_NODE,
  ticketKeys: OF_NODE,
  ALPNProtocols: OF_NODE,
  ALPNCallback: OF_NODE,
  SNICallback: OF_NODE,
  requestCert: OF_NODE,
  enableTrace: OF_NODE,
  timeout: OF_NODE,
  certificateCompression: OF_NODE,
  highWaterMark: OF_NODE,
  requestOCSP: OF_NODE,
};

const OCSP_RULES: Readonly<Record<keyof OcspOptions, Rule>> = {
  mode: [oneOf('staple', 'fetch'), "'staple' or 'fetch'"],
  expectedCert: [isPem, 'a certificate in PEM form'],
  nonce: FLAG,
};

/** Throws a `DataError` that names the first option that is unknown, has an unusable value, or does not go with another. */
export function checkTlsOptions(tls: TlsOptions): void {
  const elsewhere = ['host', 'port', 'path', 'socket'].find((name) => Object.hasOwn(tls, name));
  if (elsewhere !== undefined)
    throw invalid(`the tls option ${elsewhere} says where to connect, which is said beside tls`);
  check(tls, RULES, 'tls option');
  exclude(tls, 'cert', 'certFile');
  exclude(tls, 'key', 'keyFile');
  const hasCertificate = (tls.cert ?? tls.certFile) !== undefined;
  const hasKey = (tls.key ?? tls.keyFile ?? tls.privateKeyIdentifier) !== undefined;
  // OpenSSL takes either alone for no client certificate at all.
  if (hasCertificate !== hasKey) {
    const [given, missing] = hasKey ? ['key', 'cert or certFile'] : ['certificate', 'key or keyFile'];
    throw invalid(`the tls options have a client ${given} and lack ${missing}`);
  }
  if (tls.ocsp !== undefined) checkOcsp(tls, tls.ocsp);
}

function checkOcsp(tls: TlsOptions, ocsp: OcspOptions): void {
  check(ocsp, OCSP_RULES, 'ocsp option');
  if (ocsp.mode === undefined) throw invalid("the ocsp option mode must be 'staple' or 'fetch'");
  if (ocsp.nonce === true && ocsp.mode !== 'fetch') {
    throw invalid("the ocsp option nonce is for the mode 'fetch': a staple was made for everybody");
  }
  const [other, why] =
    tls.rejectUnauthorized === false
      ? ['rejectUnauthorized', 'nobody knows whose an unverified certificate is']
      : ['session', 'a session that is resumed shows no certificate'];
  if (tls.rejectUnauthorized === false || tls.session !== undefined) {
    throw invalid(`the tls options ocsp and ${other} exclude each other: ${why}`);
  }
}

function exclude(tls: TlsOptions, data: 'cert' | 'key', file: 'certFile' | 'keyFile'): void {
  if (tls[data] !== undefined && tls[file] !== undefined) {
    throw invalid(`the tls options ${data} and ${file} exclude each other`);
  }
}

function invalid(message: string): DataError {
  return new DataError(message, { code: 'INVALID_OPTION' });
}
