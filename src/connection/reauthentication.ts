import { Conduct } from '../commands/conduct.ts';
import { command, type Spec } from '../commands/spec.ts';
import { AuthenticationError } from '../errors.ts';
import { authArguments } from './handshake.ts';
import { checkedSize, OWN_REQUEST, Request } from './request.ts';
import { onRotation, type RotatingProvider, type RotationListener } from './rotation.ts';
import type { Credentials } from './settings.ts';

const AUTH: Spec = command('AUTH');
/** Who a connection is that names nobody. */
export const DEFAULT_USER = 'default';

/** The connection that is re-authenticated. */
export interface Reauthenticated {
  readonly endpoint: string;
  /** Writes a request behind all others. */
  send(request: Request): void;
  /** The connection keeps the user that it had. */
  rotationFailed(error: AuthenticationError): void;
  /** The connection has another user. */
  userChanged(user: string): void;
}

/** AUTH, on behalf of nobody who has called a command. It has no deadline: it may stand behind a command that blocks for ever. */
class AuthRequest extends Request {
  readonly #done: (makeError: (() => unknown) | undefined) => void;

  constructor(credentials: Credentials, done: (makeError: (() => unknown) | undefined) => void) {
    const args = authArguments(credentials);
    super(AUTH, args, undefined, OWN_REQUEST, checkedSize(AUTH, args), () => undefined);
    this.#done = done;
  }

  protected override deliver(): void {
    this.#done(undefined);
  }

  protected override reject(makeError: () => unknown): void {
    this.#done(makeError);
  }
}

/**
 * Keeps the user of one connection up to date: every rotation is an AUTH between the commands of others.
 *
 * ```
 *   rotated --> wanted --AUTH--> pending --OK--> done
 *                 ^                 |  refused: told, and the connection goes on as the user it was
 *                 '-----------------'  rotated again meanwhile: once more
 * ```
 *
 * AUTH waits while a transaction is open, where it would be queued as a part of it. It stays away from connections whose user somebody
 * has changed by hand, and from those that cannot take it: with subscriptions under RESP2, and of MONITOR.
 */
export class Reauthentication implements RotationListener {
  readonly #connection: Reauthenticated;
  readonly #leave: () => void;
  #username: string = DEFAULT_USER;
  #wanted: Credentials | undefined;
  #pending: Request | undefined;
  #isReady = false;
  #isSending = false;
  #isOver = false;
  #inTransaction = false;

  /** Follows the provider from now on, to take effect from `start` on. */
  constructor(provider: RotatingProvider, connection: Reauthenticated) {
    this.#connection = connection;
    this.#leave = onRotation(provider, this);
  }

  /** Commands of its own that are unanswered, 0 or 1. */
  get inFlight(): number {
    return this.#pending === undefined ? 0 : 1;
  }

  /** The connection stands, with these credentials. */
  start(credentials: Credentials | undefined): void {
    this.#isReady = true;
    this.#username = credentials?.username ?? DEFAULT_USER;
    const wanted = this.#wanted;
    if (wanted?.password === credentials?.password && wanted?.username === credentials?.username) {
      this.#wanted = undefined;
    }
    this.#proceed();
  }

  /** Sees what was written that changes the connection. */
  follow(spec: Spec, protocol: 2 | 3): void {
    if (!this.#isReady || this.#isOver || this.#isSending) return;
    switch (spec.name) {
      case 'MULTI':
        this.#inTransaction = true;
        return;
      case 'EXEC':
      case 'DISCARD':
        this.released();
        return;
      case 'AUTH':
      case 'HELLO':
      case 'RESET':
      case 'MONITOR':
        this.end();
        return;
      default:
        if (spec.conduct === Conduct.streaming && protocol === 2) this.end();
    }
  }

  /** No transaction is open, whatever was written. */
  released(): void {
    this.#inTransaction = false;
    this.#proceed();
  }

  rotated(credentials: Credentials): void {
    this.#wanted = credentials;
    this.#proceed();
  }

  failed(cause: unknown): void {
    if (!this.#isReady || this.#isOver) return;
    const { endpoint } = this.#connection;
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `the credentials of ${endpoint} could not be renewed, credentialProvider failed: ${reason}`;
    this.#connection.rotationFailed(new AuthenticationError(message, { code: 'CREDENTIALS_FAILED', endpoint, cause }));
  }

  /** The requests that are not its own. */
  without(requests: readonly Request[]): readonly Request[] {
    const pending = this.#pending;
    return pending === undefined ? requests : requests.filter((request) => request !== pending);
  }

  /** Follows no longer. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#wanted = undefined;
    this.#leave();
  }

  #proceed(): void {
    const credentials = this.#wanted;
    if (credentials === undefined || !this.#isReady || this.#isOver) return;
    if (this.#inTransaction || this.#pending !== undefined) return;
    this.#wanted = undefined;
    this.#pending = new AuthRequest(credentials, (makeError) => this.#answered(credentials, makeError));
    this.#isSending = true;
    this.#connection.send(this.#pending);
    this.#isSending = false;
  }

  #answered({ username = DEFAULT_USER }: Credentials, makeError: (() => unknown) | undefined): void {
    this.#pending = undefined;
    if (makeError === undefined && username !== this.#username) {
      this.#username = username;
      this.#connection.userChanged(username);
    }
    // What was refused may have been overtaken by what comes next.
    if (makeError !== undefined && this.#wanted === undefined && !this.#isOver) {
      const { endpoint } = this.#connection;
      const message = `${endpoint} refused the new username or password of credentialProvider`;
      const details = { code: 'CREDENTIALS_REFUSED', endpoint, cause: makeError() };
      this.#connection.rotationFailed(new AuthenticationError(message, details));
    }
    this.#proceed();
  }
}
