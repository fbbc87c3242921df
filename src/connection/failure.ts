import {
  AuthenticationError,
  ConnectionError,
  MaxConnectionsError,
  ProtocolError,
  ResponseError,
  responseError,
} from '../errors.ts';
import type { Argument } from '../protocol/encoder.ts';
import { discreet } from './discretion.ts';
import { isTlsCode, tlsError, tlsRequired } from './tls-failure.ts';

/** How far a dial got: it tells what a failure means. */
export type DialPhase = 'connecting' | 'tls' | 'revocation' | 'handshake' | 'ready';

/** What is known when a dial fails. */
export interface DialFailure {
  readonly endpoint: string;
  readonly phase: DialPhase;
  readonly tls: boolean;
  /** The user's function that the dial was waiting for, if any. */
  readonly asking: string | undefined;
  /** The credentials came from a provider, which may give others next time. */
  readonly provided: boolean;
  /** The first bytes that the peer sent, if any. */
  readonly heard: Buffer;
  /** The arguments of what it was asked: it may have repeated them. */
  readonly asked: readonly Argument[];
  readonly cause: unknown;
}

const SYSTEM_REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'the name does not resolve',
  EAI_AGAIN: 'the name server does not answer',
  ENOENT: 'there is no such socket',
  EACCES: 'the system does not permit it',
  EHOSTUNREACH: 'the host is not reachable',
  ENETUNREACH: 'the network is not reachable',
  ECONNRESET: 'the peer reset the connection',
  EPIPE: 'the peer closed the connection',
  ETIMEDOUT: 'the host does not answer',
};

/** The system's or TLS's code for an error: of its first cause when several addresses were tried. */
function codeOf(error: unknown): string | undefined {
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  const code = (error as { readonly code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
}

/** An error that says what went wrong while connecting, in terms of what to change. */
export function dialError(failure: DialFailure): ConnectionError {
  const { endpoint, cause, heard, asked, tls } = failure;
  if (cause instanceof ConnectionError) return cause;
  if (cause instanceof ResponseError) return refusal(failure, cause);
  const details = { endpoint, cause };
  // A TLS alert record: 21, then version 3.x.
  if (!tls && heard[0] === 0x15 && heard[1] === 0x03) return tlsRequired(endpoint, cause);
  const introducing = failure.phase === 'handshake' || failure.phase === 'revocation';
  if (cause instanceof ProtocolError || (heard.length > 0 && introducing && !isResp(heard))) {
    const shown = JSON.stringify(discreet(heard.toString(), '', asked).slice(0, 24));
    return new ConnectionError(`${endpoint} is not a Valkey server: it answered ${shown}`, {
      ...details,
      code: 'NOT_VALKEY',
    });
  }
  // A full server says so to whoever comes, and closes: what was asked meanwhile is not answered.
  const farewell = introducing
    ? /^-((?:ERR max number of clients|DENIED )[^\r\n]*)/.exec(heard.toString('latin1'))
    : null;
  if (farewell !== null) return refusal(failure, responseError(farewell[1]!, { endpoint }));
  const code = codeOf(cause);
  if (tls && (failure.phase === 'tls' || isTlsCode(code))) return tlsError(failure, code);
  if (introducing) {
    const guess = tls ? '; it may ask for a client certificate' : '; if it speaks TLS, set tls: true';
    const hint = heard.length > 0 ? '' : guess;
    return new ConnectionError(`${endpoint} closed the connection during the handshake${hint}`, {
      ...details,
      code: 'CLOSED_IN_HANDSHAKE',
    });
  }
  const reason =
    (code === undefined ? undefined : SYSTEM_REASONS[code]) ??
    (cause instanceof Error ? cause.message : 'it was closed');
  return new ConnectionError(`cannot connect to ${endpoint}: ${reason}`, {
    ...details,
    code: code ?? 'CONNECTION_LOST',
  });
}

function isResp(heard: Buffer): boolean {
  return '+-:$*_#,(!=%~|>'.includes(String.fromCharCode(heard[0] ?? 0));
}

/** An error reply to the handshake. */
function refusal({ endpoint, provided }: DialFailure, cause: ResponseError): ConnectionError {
  const details = { endpoint, cause };
  const refused = provided ? { ...details, code: 'CREDENTIALS_REFUSED' } : details;
  switch (cause.prefix) {
    case 'NOAUTH':
      return new AuthenticationError(
        `${endpoint} asks for a password: set password, and username if it is not the default user`,
        details,
      );
    case 'WRONGPASS':
      return new AuthenticationError(`${endpoint} refused the username or password`, refused);
    case 'DENIED':
      return new ConnectionError(`${endpoint} is in protected mode and serves its own host only`, {
        ...details,
        code: 'DENIED',
      });
    default:
      if (/max number of clients/i.test(cause.message)) {
        return new MaxConnectionsError(`${endpoint} has reached its maxclients`, details);
      }
      if (/invalid password|without any password configured/i.test(cause.message)) {
        return new AuthenticationError(`${endpoint} refused the username or password: ${cause.message}`, refused);
      }
      return new ConnectionError(`${endpoint} refused the handshake: ${cause.message}`, {
        ...details,
        code: cause.code,
      });
  }
}

/** The error of a dial that took longer than `connectTimeout`. */
export function dialTimeout(failure: DialFailure, timeout: number): ConnectionError {
  const { endpoint, asking } = failure;
  const details = { endpoint, code: 'CONNECT_TIMEOUT' };
  if (asking !== undefined) return new ConnectionError(`${asking} did not finish within ${timeout} ms`, details);
  switch (failure.phase) {
    case 'tls':
      return new ConnectionError(
        `${endpoint} did not answer the TLS handshake within ${timeout} ms: is it a plain port?`,
        details,
      );
    case 'revocation':
      return new ConnectionError(`the OCSP responder of ${endpoint} did not answer within ${timeout} ms`, {
        ...details,
        code: 'OCSP_UNREACHABLE',
      });
    case 'handshake':
      return new ConnectionError(
        `${endpoint} accepted the connection but did not answer within ${timeout} ms`,
        details,
      );
    default:
      return new ConnectionError(`${endpoint} did not accept a connection within ${timeout} ms`, details);
  }
}

const PERMANENT =
  /^(NOT_VALKEY|DENIED|INVALID_OPTION|CACHE_NEEDS_RESP3|ERR_TLS_CERT_ALTNAME_INVALID|(CERT_|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED).*)$/;
// What may pass is left out: a file that is just being replaced, a responder that is out of order, a staple that is yet to be fetched.
const PERMANENT_TLS =
  /^TLS_(REQUIRED|NOT_SPOKEN|VERSION_MISMATCH|NO_SHARED_CIPHER|UNKNOWN_NAME|BAD_PASSPHRASE|CLIENT_CERT_\w+)$/;
const PERMANENT_OCSP =
  /^OCSP_(REVOKED|UNKNOWN|WRONG_\w+|BAD_SIGNATURE|NONCE_MISMATCH|NO_ISSUER|NO_RESPONDER|UNEXPECTED_CERT|LIBRARY_MISSING)$/;

/** Whether trying again cannot help until somebody changes something. */
export function isPermanent(error: unknown): boolean {
  // A provider may have others next time.
  if (error instanceof AuthenticationError) return error.code === 'AUTHENTICATION_FAILED';
  if (!(error instanceof ConnectionError)) return false;
  return PERMANENT.test(error.code) || PERMANENT_TLS.test(error.code) || PERMANENT_OCSP.test(error.code);
}
