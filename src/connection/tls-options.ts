import type { ConnectionOptions } from 'node:tls';

/**
 * How it is found out whether the server's certificate was revoked, before anything is sent to it.
 *
 * Nothing but the answer "good" lets a connection serve. Failures have codes that begin with `OCSP_`.
 *
 * @example
 * ```ts
 * const ocsp = { mode: 'fetch' } as const;
 * await using careful = new Valkey({ host: 'cache.example.com', tls: { caFile: '/etc/valkey/ca.crt', ocsp } });
 * ```
 */
export interface OcspOptions {
  /**
   * `'staple'`: the server sends the status along with its certificate. `'fetch'`: it is asked for at the responder that the
   * certificate names, and kept for as long as the responder says.
   */
  readonly mode: 'staple' | 'fetch';
  /** The one certificate that the server may have, PEM. Any other is refused, however trusted. */
  readonly expectedCert?: string | Buffer;
  /** Sends a random number that the responder must repeat, so that no earlier answer can be replayed. Public responders do not repeat it. Default false. */
  readonly nonce?: boolean;
}

/**
 * How to connect with TLS: the options of Node's `tls.connect`, and files.
 *
 * The certificate chain and the host name are verified unless `rejectUnauthorized` or `checkServerIdentity` say otherwise. `ca`,
 * `caFile` and `caPath` add up; without any of them, the authorities that Node trusts are trusted. Files are looked at on every dial
 * and read again when they have changed: a renewed certificate is used by the next connection.
 *
 * @example
 * ```ts
 * const tls = { caFile: '/etc/valkey/ca.crt', certFile: '/etc/valkey/client.crt', keyFile: '/etc/valkey/client.key' };
 * await using secure = new Valkey({ host: 'cache.example.com', port: 6380, tls });
 * ```
 */
export interface TlsOptions extends Omit<ConnectionOptions, 'host' | 'port' | 'path' | 'socket'> {
  /** A file, or several, with certificates of trusted authorities, PEM. */
  readonly caFile?: string | readonly string[];
  /** A folder whose PEM files hold certificates of trusted authorities. */
  readonly caPath?: string;
  /** The file of the client's certificate, with those between it and its authority behind it, PEM. */
  readonly certFile?: string;
  /** The file of the client's private key, PEM; `passphrase` opens it when it is encrypted. */
  readonly keyFile?: string;
  /** Refuses a server whose certificate was revoked. Needs the packages `pkijs` and `asn1js`. */
  readonly ocsp?: OcspOptions;
}
