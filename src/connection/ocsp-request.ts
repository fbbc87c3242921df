import { randomBytes, type X509Certificate } from 'node:crypto';
import type { Certificate, InfoAccess } from 'pkijs';
import type { Library } from './ocsp-library.ts';
import type { Refuse } from './ocsp-error.ts';
import { exchange } from './ocsp-http.ts';
import { certificate } from './ocsp-issuer.ts';
import { extension, type Subject } from './ocsp-response.ts';

const OCSP = '1.3.6.1.5.5.7.48.1';
const CA_ISSUERS = '1.3.6.1.5.5.7.48.2';
const NONCE = '1.3.6.1.5.5.7.48.1.2';
const NONCE_BYTES = 32;
/** The type of a general name that is a URI. */
const URI = 6;

/** Where a certificate says that its status, or its issuer, is to be had. */
function places({ pkijs }: Library, leaf: Certificate, method: string): string[] {
  const access = extension(leaf, pkijs.id_AuthorityInfoAccess)?.parsedValue as InfoAccess | undefined;
  const descriptions = access?.accessDescriptions ?? [];
  return descriptions
    .filter(({ accessMethod, accessLocation }) => accessMethod === method && accessLocation.type === URI)
    .map(({ accessLocation }) => String(accessLocation.value));
}

/** The certificates that the leaf names as its issuer's, fetched. Whether they are is for others to verify. */
export async function fetchIssuers(
  library: Library,
  leaf: Certificate,
  signal: AbortSignal,
  refuse: Refuse,
): Promise<X509Certificate[]> {
  const urls = places(library, leaf, CA_ISSUERS);
  let failure: unknown;
  for (const url of urls) {
    try {
      const body = await exchange({ url, type: 'application/pkix-cert' }, signal);
      return [...certificate(body), ...collection(library, body)];
    } catch (cause) {
      failure = cause;
    }
  }
  if (failure === undefined) return [];
  throw refuse('OCSP_UNREACHABLE', `the issuer of its certificate cannot be had: ${reasonOf(failure)}`, failure);
}

/** The certificates of a PKCS #7 file. */
function collection({ pkijs }: Library, body: Buffer): X509Certificate[] {
  try {
    const schema: unknown = pkijs.ContentInfo.fromBER(body).content;
    const { certificates = [] } = new pkijs.SignedData({ schema });
    return certificates.flatMap((each) => certificate(Buffer.from(each.toSchema().toBER())));
  } catch {
    return [];
  }
}

/** Asks the responders that the leaf names, one after the other, until one answers. */
export async function fetchResponse(
  library: Library,
  subject: Subject,
  signal: AbortSignal,
  refuse: Refuse,
): Promise<Buffer> {
  const urls = places(library, subject.leaf, OCSP);
  if (urls.length === 0) throw refuse('OCSP_NO_RESPONDER', 'its certificate names no OCSP responder');
  const body = await requestFor(library, subject);
  let failure: unknown;
  for (const url of urls) {
    try {
      return await exchange({ url, type: 'application/ocsp-request', body }, signal);
    } catch (cause) {
      failure = cause;
    }
  }
  throw refuse('OCSP_UNREACHABLE', `the OCSP responder does not answer: ${reasonOf(failure)}`, failure);
}

/** What the nonce extension holds: the number, wrapped. */
export function makeNonce({ asn1js }: Library): Buffer {
  return Buffer.from(new asn1js.OctetString({ valueHex: randomBytes(NONCE_BYTES) }).toBER());
}

async function requestFor({ pkijs }: Library, { leaf, issuer, nonce }: Subject): Promise<Buffer> {
  const request = new pkijs.OCSPRequest();
  // Not for its strength: it is what every responder knows, and names the issuer only.
  await request.createForCertificate(leaf, { hashAlgorithm: 'SHA-1', issuerCertificate: issuer });
  if (nonce !== undefined) {
    request.tbsRequest.requestExtensions = [
      new pkijs.Extension({ extnID: NONCE, extnValue: new Uint8Array(nonce).buffer }),
    ];
  }
  return Buffer.from(request.toSchema(true).toBER());
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
