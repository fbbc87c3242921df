import { createHash } from 'node:crypto';
import type { OctetString } from 'asn1js';
import type {
  BasicOCSPResponse,
  Certificate,
  ExtKeyUsage,
  Extension,
  RelativeDistinguishedNames,
  SingleResponse,
} from 'pkijs';
import type { Library } from './ocsp-library.ts';
import { parsed, type Refuse } from './ocsp-error.ts';

/** Clocks differ; milliseconds. */
const SKEW = 5 * 60_000;
/** A response that does not say until when it holds, holds this long; milliseconds. */
const DEFAULT_LIFE = 24 * 60 * 60_000;

const OCSP_SIGNING = '1.3.6.1.5.5.7.3.9';
const NONCE = '1.3.6.1.5.5.7.48.1.2';
const DIGITAL_SIGNATURE = 0x80;
/** MD5 and SHA-1, with RSA, DSA and elliptic curves: anybody with some money can make two texts of one digest. */
const WEAK = new Set(['1.2.840.113549.1.1.4', '1.2.840.113549.1.1.5', '1.2.840.10040.4.3', '1.2.840.10045.4.1']);
const NOT_SUCCESSFUL: Readonly<Record<number, string>> = {
  1: 'that the request is malformed',
  2: 'that it has an internal error',
  3: 'to try again later',
  5: 'that requests must be signed',
  6: 'that it may not answer for this certificate',
};

/** What is asked about. */
export interface Subject {
  readonly leaf: Certificate;
  readonly issuer: Certificate;
  /** The number that the response must repeat, if one was sent. */
  readonly nonce: Buffer | undefined;
}

/**
 * Verifies a response (RFC 6960): that it is about this certificate, signed by its issuer or by whom the issuer has entitled, of today,
 * and that the status is "good".
 *
 * @returns until when that holds, in milliseconds since 1970; `undefined` when the responder does not say
 */
export async function verifyResponse(
  library: Library,
  encoded: Buffer,
  subject: Subject,
  refuse: Refuse,
): Promise<number | undefined> {
  const response = parsed(refuse, 'the OCSP response', () => parse(library, encoded, refuse));
  await verifySignature(library, response, subject, refuse);
  const { tbsResponseData } = response;
  const single = await singleFor(library, response, subject);
  if (single === undefined) throw refuse('OCSP_WRONG_CERTIFICATE', 'the OCSP response is about another certificate');
  const extensions = [...(tbsResponseData.responseExtensions ?? []), ...(single.singleExtensions ?? [])];
  if (extensions.some(({ critical, extnID }) => critical && extnID !== NONCE)) {
    throw refuse('OCSP_MALFORMED', 'the OCSP response has a critical extension that is not known here');
  }
  checkNonce(extensions, subject.nonce, refuse);
  return checkStatus(single, refuse);
}

function parse(library: Library, encoded: Buffer, refuse: Refuse): BasicOCSPResponse {
  const { pkijs } = library;
  const response = pkijs.OCSPResponse.fromBER(encoded);
  const status = response.responseStatus.valueBlock.valueDec;
  if (status !== 0) {
    const said = NOT_SUCCESSFUL[status] ?? `its status ${status}`;
    throw refuse('OCSP_RESPONDER_ERROR', `the OCSP responder says ${said}`);
  }
  const { responseBytes } = response;
  if (responseBytes?.responseType !== pkijs.id_PKIX_OCSP_Basic) throw new Error('the response is of an unknown type');
  return pkijs.BasicOCSPResponse.fromBER(responseBytes.response.getValue());
}

async function verifySignature(
  library: Library,
  response: BasicOCSPResponse,
  { issuer }: Subject,
  refuse: Refuse,
): Promise<void> {
  const named = [issuer, ...(response.certs ?? [])].filter((each) => isResponder(response, each));
  let isEntitled = false;
  for (const signer of named) {
    if (signer !== issuer && !(await isDelegate(library, signer, issuer))) continue;
    isEntitled = true;
    if (await isSignedBy(library, response, signer)) return;
  }
  if (isEntitled)
    throw refuse('OCSP_BAD_SIGNATURE', 'the signature of the OCSP response is wrong, too weak, or of an unknown kind');
  throw refuse(
    'OCSP_WRONG_SIGNER',
    'the OCSP response is signed by somebody who may not: neither the issuer nor its delegate',
  );
}

/** Whether the response names this certificate as that of its responder: by its name, or by its key. */
function isResponder({ tbsResponseData }: BasicOCSPResponse, { subject, subjectPublicKeyInfo }: Certificate): boolean {
  const { responderID } = tbsResponseData as { readonly responderID: RelativeDistinguishedNames | OctetString };
  if ('typesAndValues' in responderID) return subject.isEqual(responderID);
  const key = subjectPublicKeyInfo.subjectPublicKey.valueBlock.valueHexView;
  return createHash('sha1').update(key).digest().equals(Buffer.from(responderID.getValue()));
}

/** Whether the issuer itself has entitled this certificate to sign responses, for now. */
async function isDelegate(library: Library, signer: Certificate, issuer: Certificate): Promise<boolean> {
  const { pkijs } = library;
  const usage = extension(signer, pkijs.id_KeyUsage)?.parsedValue as
    | { valueBlock: { valueHexView: Uint8Array } }
    | undefined;
  const purposes = extension(signer, pkijs.id_ExtKeyUsage)?.parsedValue as ExtKeyUsage | undefined;
  const now = Date.now();
  return (
    purposes?.keyPurposes?.includes(OCSP_SIGNING) === true &&
    (usage === undefined || ((usage.valueBlock.valueHexView[0] ?? 0) & DIGITAL_SIGNATURE) !== 0) &&
    signer.notBefore.value.getTime() <= now + SKEW &&
    now - SKEW <= signer.notAfter.value.getTime() &&
    !WEAK.has(signer.signatureAlgorithm.algorithmId) &&
    signer.issuer.isEqual(issuer.subject) &&
    (await verifies(() => signer.verify(issuer)))
  );
}

function isSignedBy({ pkijs }: Library, response: BasicOCSPResponse, signer: Certificate): Promise<boolean> {
  const { tbsResponseData, signature, signatureAlgorithm } = response;
  if (WEAK.has(signatureAlgorithm.algorithmId)) return Promise.resolve(false);
  return verifies(() =>
    pkijs
      .getCrypto(true)
      .verifyWithPublicKey(tbsResponseData.tbsView, signature, signer.subjectPublicKeyInfo, signatureAlgorithm),
  );
}

/** An algorithm or key that is not known, or does not fit, verifies nothing. */
async function verifies(verify: () => Promise<boolean>): Promise<boolean> {
  try {
    return await verify();
  } catch {
    return false;
  }
}

/** What the response says of the certificate; the worst, should it say several things. */
async function singleFor(
  { pkijs }: Library,
  { tbsResponseData: { responses } }: BasicOCSPResponse,
  { leaf, issuer }: Subject,
): Promise<SingleResponse | undefined> {
  const about: SingleResponse[] = [];
  for (const single of responses) {
    const { algorithmId } = single.certID.hashAlgorithm;
    const algorithm: unknown = pkijs.getCrypto(true).getAlgorithmByOID(algorithmId);
    const { name: hashAlgorithm } = algorithm as { readonly name?: string };
    if (hashAlgorithm === undefined) continue;
    const id = await pkijs.CertID.create(leaf, { hashAlgorithm, issuerCertificate: issuer });
    if (id.isEqual(single.certID)) about.push(single);
  }
  return about.find((each) => statusOf(each) !== 0) ?? about[0];
}

function checkNonce(extensions: readonly Extension[], nonce: Buffer | undefined, refuse: Refuse): void {
  if (nonce === undefined) return;
  const repeated = extensions.find(({ extnID }) => extnID === NONCE);
  if (repeated !== undefined && Buffer.from(repeated.extnValue.getValue()).equals(nonce)) return;
  const why = repeated === undefined ? 'does not repeat the number it was sent' : 'has another number than it was sent';
  throw refuse('OCSP_NONCE_MISMATCH', `the OCSP response ${why}: it may be an earlier one`);
}

/** 0 is good, 1 revoked, 2 unknown. */
function statusOf({ certStatus }: SingleResponse): number {
  return (certStatus as { readonly idBlock: { readonly tagNumber: number } }).idBlock.tagNumber;
}

function checkStatus(single: SingleResponse, refuse: Refuse): number | undefined {
  const status = statusOf(single);
  if (status === 1) throw refuse('OCSP_REVOKED', `the certificate was revoked${since(single)}`);
  const { thisUpdate, nextUpdate } = single;
  const now = Date.now();
  if (thisUpdate.getTime() > now + SKEW) {
    throw refuse(
      'OCSP_NOT_YET_VALID',
      `the OCSP response holds from ${thisUpdate.toISOString()} only: is this clock right?`,
    );
  }
  const until = nextUpdate?.getTime();
  const end = until ?? thisUpdate.getTime() + DEFAULT_LIFE;
  if (end < now - SKEW) {
    throw refuse('OCSP_EXPIRED', `the OCSP response held until ${new Date(end).toISOString()}: a newer one is needed`);
  }
  if (status !== 0) throw refuse('OCSP_UNKNOWN', 'the OCSP responder does not know the certificate');
  return until;
}

function since({ certStatus }: SingleResponse): string {
  const time = (certStatus as { valueBlock?: { value?: readonly { toDate?: () => Date }[] } }).valueBlock?.value?.[0];
  return time?.toDate === undefined ? '' : ` on ${time.toDate().toISOString()}`;
}

export function extension({ extensions }: Certificate, id: string): Extension | undefined {
  return extensions?.find(({ extnID }) => extnID === id);
}
