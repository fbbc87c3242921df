import { ConnectionError } from '../errors.ts';

/** Why a certificate's status is not "good". */
export type OcspCode =
  | 'OCSP_REVOKED'
  | 'OCSP_UNKNOWN'
  | 'OCSP_NO_STAPLE'
  | 'OCSP_MALFORMED'
  | 'OCSP_RESPONDER_ERROR'
  | 'OCSP_EXPIRED'
  | 'OCSP_NOT_YET_VALID'
  | 'OCSP_WRONG_CERTIFICATE'
  | 'OCSP_WRONG_SIGNER'
  | 'OCSP_BAD_SIGNATURE'
  | 'OCSP_NONCE_MISMATCH'
  | 'OCSP_NO_RESPONDER'
  | 'OCSP_NO_ISSUER'
  | 'OCSP_UNREACHABLE'
  | 'OCSP_UNEXPECTED_CERT'
  | 'OCSP_LIBRARY_MISSING';

/** Makes the error of one connection. */
export type Refuse = (code: OcspCode, why: string, cause?: unknown) => ConnectionError;

export function refuseFor(endpoint: string): Refuse {
  return (code, why, cause) => new ConnectionError(`cannot connect to ${endpoint}: ${why}`, { endpoint, code, cause });
}

/** Runs what reads bytes from elsewhere; whatever it throws means that they are malformed. */
export function parsed<T>(refuse: Refuse, what: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof ConnectionError) throw cause;
    throw refuse('OCSP_MALFORMED', `${what} cannot be read`, cause);
  }
}
