import { CertificateAuthority } from './certificate-authority.ts';

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
  await using authority = await CertificateAuthority.create();
  const server = await authority.issue();
  const client = await authority.issue({ usage: 'client' });
  return { ca: authority.cert, server, client };
}
