import { X509Certificate } from 'node:crypto';

/** No chain is longer. What is fetched comes from anybody, and each certificate may have signed each other: so many signatures are verified. */
const MOST_CANDIDATES = 16;
const PEM = /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[^-]*-----END (?:TRUSTED |X509 )?CERTIFICATE-----/g;

const authorities = new WeakMap<object, readonly X509Certificate[]>();

/** The certificates in these PEM texts, parsed once for each list. */
export function certificatesIn(texts: readonly (string | Buffer)[]): readonly X509Certificate[] {
  let found = authorities.get(texts);
  if (found === undefined) {
    found = texts.flatMap((text) => text.toString('latin1').match(PEM) ?? []).flatMap(certificate);
    authorities.set(texts, found);
  }
  return found;
}

/** A certificate from DER or PEM, or none. */
export function certificate(encoded: string | Buffer): X509Certificate[] {
  try {
    return [new X509Certificate(encoded)];
  } catch {
    return [];
  }
}

/**
 * The certificate of the authority that issued this one, among `candidates` and `trusted`.
 *
 * Its key must verify the signature, and it must itself lead to a trusted certificate: given a signature, anybody can make a key that
 * verifies it, and a name costs nothing.
 */
export function issuerOf(
  leaf: X509Certificate,
  candidates: readonly X509Certificate[],
  trusted: readonly X509Certificate[],
): X509Certificate | undefined {
  const isTrusted = (each: X509Certificate): boolean => trusted.some(({ raw }) => raw.equals(each.raw));
  const all = [...trusted, ...candidates.slice(0, MOST_CANDIDATES)];
  /** Looked at once, or certificates that sign each other would be gone through in every order. */
  const seen = new Set<X509Certificate>();
  const leads = (to: X509Certificate): boolean => {
    if (isTrusted(to)) return true;
    if (seen.has(to)) return false;
    seen.add(to);
    return isValid(to) && all.some((next) => issued(next, to) && leads(next));
  };
  return all.find((each) => issued(each, leaf) && leads(each));
}

function issued(issuer: X509Certificate, subject: X509Certificate): boolean {
  try {
    return subject.checkIssued(issuer) && subject.verify(issuer.publicKey);
  } catch {
    // A key of a kind that is not known here verifies nothing.
    return false;
  }
}

function isValid({ ca, validFrom, validTo }: X509Certificate): boolean {
  const now = Date.now();
  return ca && Date.parse(validFrom) <= now && now <= Date.parse(validTo);
}
