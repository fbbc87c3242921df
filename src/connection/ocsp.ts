import { createHash, type X509Certificate } from 'node:crypto';
import { loadLibrary, type Library } from './ocsp-library.ts';
import { parsed, refuseFor, type Refuse } from './ocsp-error.ts';
import { certificate, certificatesIn, issuerOf } from './ocsp-issuer.ts';
import { fetchIssuers, fetchResponse, makeNonce } from './ocsp-request.ts';
import { verifyResponse, type Subject } from './ocsp-response.ts';
import { SharedWork } from './shared-work.ts';
import { trusted } from './tls-context.ts';
import type { OcspOptions, TlsOptions } from './tls-options.ts';

/** A server that has passed every other check. */
export interface RevocationQuestion {
  readonly endpoint: string;
  readonly tls: TlsOptions;
  /** The certificates it has shown, DER, its own first. */
  readonly chain: readonly Buffer[];
  /** The status it sent along. */
  readonly staple: Buffer | undefined;
  /** Fires when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

/** What one client knows of the certificates it has met. */
class Answers {
  /** Until when a certificate is good, by its fingerprint; of a staple, by both. */
  readonly #good = new Map<string, number>();
  /** Dials at the same time ask once. */
  readonly pending: SharedWork<void> = new SharedWork<void>();

  has(fingerprint: string): boolean {
    return (this.#good.get(fingerprint) ?? 0) > Date.now();
  }

  /** An answer that does not say until when it holds is not kept. */
  keep(fingerprint: string, until: number | undefined): void {
    if (until === undefined) return;
    const now = Date.now();
    // There are as many as servers, and those of last month's certificates are over.
    for (const [each, end] of this.#good) if (end <= now) this.#good.delete(each);
    this.#good.set(fingerprint, until);
  }
}

const answers = new WeakMap<TlsOptions, Answers>();

/**
 * Resolves when the server's certificate is known not to be revoked, and is the one that was expected.
 *
 * Rejects with a `ConnectionError` whose code begins with `OCSP_`, also when nothing is known: a server that may be false is not used.
 */
export async function checkRevocation(question: RevocationQuestion): Promise<void> {
  const { endpoint, tls, chain, staple, signal } = question;
  const refuse = refuseFor(endpoint);
  const ocsp = tls.ocsp!;
  const [leaf] = chain.flatMap(certificate);
  if (leaf === undefined) throw refuse('OCSP_MALFORMED', 'its certificate cannot be read');
  checkExpected(leaf, ocsp, refuse);
  let known = answers.get(tls);
  if (known === undefined) answers.set(tls, (known = new Answers()));
  const { fingerprint256 } = leaf;
  if (ocsp.mode === 'staple') {
    if (staple === undefined) throw refuse('OCSP_NO_STAPLE', 'the server sent no OCSP response with its certificate');
    const pair = `${fingerprint256} ${createHash('sha256').update(staple).digest('base64')}`;
    if (known.has(pair)) return;
    known.keep(pair, await new Inquiry(question, leaf, refuse).verify(staple));
    return;
  }
  if (known.has(fingerprint256)) return;
  const answered = known;
  await known.pending.join(`${endpoint} ${fingerprint256}`, signal, async (all) => {
    answered.keep(fingerprint256, await new Inquiry({ ...question, signal: all }, leaf, refuse).fetch());
  });
}

function checkExpected(leaf: X509Certificate, { expectedCert }: OcspOptions, refuse: Refuse): void {
  if (expectedCert === undefined) return;
  const [expected] = certificatesIn([expectedCert]);
  if (expected?.raw.equals(leaf.raw) === true) return;
  const why = `its certificate is not the expected one: its SHA-256 fingerprint is ${leaf.fingerprint256}`;
  throw refuse('OCSP_UNEXPECTED_CERT', why);
}

/** Finds out the status of one certificate, once. */
class Inquiry {
  readonly #question: RevocationQuestion;
  readonly #leaf: X509Certificate;
  readonly #refuse: Refuse;

  constructor(question: RevocationQuestion, leaf: X509Certificate, refuse: Refuse) {
    this.#question = question;
    this.#leaf = leaf;
    this.#refuse = refuse;
  }

  async verify(staple: Buffer): Promise<number | undefined> {
    const library = await loadLibrary(this.#refuse);
    const issuer = this.#issuer([]);
    if (issuer === undefined) throw this.#noIssuer();
    return await verifyResponse(library, staple, this.#subject(library, issuer, undefined), this.#refuse);
  }

  async fetch(): Promise<number | undefined> {
    const { signal, tls } = this.#question;
    const refuse = this.#refuse;
    const library = await loadLibrary(refuse);
    const leaf = this.#read(library, this.#leaf);
    const issuer = this.#issuer([]) ?? this.#issuer(await fetchIssuers(library, leaf, signal, refuse));
    if (issuer === undefined) throw this.#noIssuer();
    const subject = this.#subject(library, issuer, tls.ocsp?.nonce === true ? makeNonce(library) : undefined);
    const response = await fetchResponse(library, subject, signal, refuse);
    return await verifyResponse(library, response, subject, refuse);
  }

  #issuer(fetched: readonly X509Certificate[]): X509Certificate | undefined {
    const { endpoint, tls, chain } = this.#question;
    return issuerOf(this.#leaf, [...chain.flatMap(certificate), ...fetched], certificatesIn(trusted(tls, endpoint)));
  }

  #noIssuer(): Error {
    const why = 'the issuer of its certificate is not known here: name it in tls: { ca } or { caFile }';
    return this.#refuse('OCSP_NO_ISSUER', why);
  }

  #subject(library: Library, issuer: X509Certificate, nonce: Buffer | undefined): Subject {
    return { leaf: this.#read(library, this.#leaf), issuer: this.#read(library, issuer), nonce };
  }

  #read({ pkijs }: Library, { raw }: X509Certificate): Subject['leaf'] {
    return parsed(this.#refuse, 'the certificate', () => pkijs.Certificate.fromBER(raw));
  }
}
