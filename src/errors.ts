/** Names every class an error belongs to, so that `instanceof` holds across two copies of this package. */
const KINDS: unique symbol = Symbol.for('valkey-ts.error.kinds') as never;

type Kinded = { readonly [KINDS]?: readonly string[] };

/** What every error of this library can carry. Argument values never are among it: they may be secrets. */
export interface ErrorDetails {
  /** The stable code to branch on. */
  readonly code?: string;
  /** The command's name, without its arguments. */
  readonly command?: string | undefined;
  /** The address it was meant for, as `host:port` or the socket's path. */
  readonly endpoint?: string | undefined;
  /** What led to it. */
  readonly cause?: unknown;
}

/** The root of all errors of this library. */
export class ValkeyError extends Error {
  static readonly kind: string = 'ValkeyError';

  /** A stable, documented code: `code`s may be added, never renamed. */
  readonly code: string;
  readonly command: string | undefined;
  readonly endpoint: string | undefined;

  constructor(message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    const own = new.target;
    Object.defineProperty(this, 'name', { value: own.kind, configurable: true, writable: true });
    Object.defineProperty(this, KINDS, { value: kindsOf(own) });
    this.code = details.code ?? 'VALKEY_ERROR';
    this.command = details.command;
    this.endpoint = details.endpoint;
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    // A user's subclass has no `kind` of its own and is told apart the ordinary way.
    if (!Object.hasOwn(this, 'kind')) return Function.prototype[Symbol.hasInstance].call(this, value);
    return typeof value === 'object' && value !== null && ((value as Kinded)[KINDS]?.includes(this.kind) ?? false);
  }
}

function kindsOf(type: unknown): readonly string[] {
  const kinds: string[] = [];
  for (let each = type; typeof each === 'function'; each = Object.getPrototypeOf(each)) {
    if (Object.hasOwn(each, 'kind')) kinds.push((each as typeof ValkeyError).kind);
  }
  return kinds;
}

/** An argument, option or reply value that cannot be used. Thrown or rejected before anything is sent, unless the message says a reply was at fault. */
export class DataError extends ValkeyError {
  static override readonly kind: string = 'DataError';
  constructor(message: string, details: ErrorDetails = {}) {
    super(message, { code: 'INVALID_DATA', ...details });
  }
}

/** Whether bytes of the command may have reached the server when it failed. */
export interface SentDetails extends ErrorDetails {
  readonly sent?: boolean;
}

/**
 * The connection could not be made, or was lost.
 *
 * `sent` tells whether the command may have run: `false`, it certainly did not; `true`, it may have.
 */
export class ConnectionError extends ValkeyError {
  static override readonly kind: string = 'ConnectionError';
  readonly sent: boolean;
  constructor(message: string, details: SentDetails = {}) {
    super(message, { code: 'CONNECTION_LOST', ...details });
    this.sent = details.sent ?? false;
  }
}

/** The server refused the credentials, or asks for some. */
export class AuthenticationError extends ConnectionError {
  static override readonly kind: string = 'AuthenticationError';
  constructor(message: string, details: SentDetails = {}) {
    super(message, { code: 'AUTHENTICATION_FAILED', ...details });
  }
}

/** Who has a connection of a pool. */
export interface LeaseHolder {
  /** What for: `a session`, `a transaction`, `a monitor`, `subscriptions`, or the name of a blocking command. */
  readonly purpose: string;
  /** For how many milliseconds. */
  readonly heldFor: number;
  /** The stack of where a session was taken; `undefined` for others, and in production. */
  readonly place: string | undefined;
}

/** Details of a `MaxConnectionsError`. */
export interface MaxConnectionsDetails extends SentDetails {
  readonly holder?: LeaseHolder | undefined;
}

/**
 * The server's `maxclients`, or the `maxConnections` of a `ConnectionPool`, is reached. `holder` tells who has had a connection of the pool
 * for the longest time, which is where to look for one that is not given back; it is `undefined` when the server refused.
 */
export class MaxConnectionsError extends ConnectionError {
  static override readonly kind: string = 'MaxConnectionsError';
  readonly holder: LeaseHolder | undefined;
  constructor(message: string, details: MaxConnectionsDetails = {}) {
    super(message, { code: 'MAX_CONNECTIONS', ...details });
    this.holder = details.holder;
  }
}

/** What each Sentinel said, by its `host:port`. */
export interface PrimaryNotFoundDetails extends SentDetails {
  readonly answers?: ReadonlyMap<string, string>;
}

/** No Sentinel knows a primary of the name that is up: `answers` tells what each of them said, and is empty when time was over before. */
export class PrimaryNotFoundError extends ConnectionError {
  static override readonly kind: string = 'PrimaryNotFoundError';
  readonly answers: ReadonlyMap<string, string>;
  constructor(message: string, details: PrimaryNotFoundDetails = {}) {
    super(message, { code: 'PRIMARY_NOT_FOUND', ...details });
    this.answers = details.answers ?? new Map<string, string>();
  }
}

/** Where a command was when its deadline passed. */
export interface TimeoutDetails extends ErrorDetails {
  readonly phase: 'queued' | 'sent';
  /** Milliseconds from the call to the error. */
  readonly elapsed: number;
  /** Commands written and not answered on that connection. */
  readonly inFlight: number;
  /** Milliseconds this process's event loop was late: a large value means the delay is here, not at the server. */
  readonly loopDelay: number;
  /** Milliseconds of `elapsed` that passed before there was a connection to send it on. */
  readonly waited?: number;
  /** Milliseconds since the server last sent anything, while it owed replies: about `elapsed` when it, or the network, was silent all the time. */
  readonly silence?: number;
}

/** The command's deadline passed. `phase: 'queued'`: it was never written. `phase: 'sent'`: it may have run; its reply will be thrown away. */
export class TimeoutError extends ValkeyError {
  static override readonly kind: string = 'TimeoutError';
  readonly phase: 'queued' | 'sent';
  readonly sent: boolean;
  readonly elapsed: number;
  readonly inFlight: number;
  readonly loopDelay: number;
  readonly waited: number;
  readonly silence: number;
  constructor(message: string, details: TimeoutDetails) {
    super(message, { code: 'TIMEOUT', ...details });
    this.phase = details.phase;
    this.sent = details.phase === 'sent';
    this.elapsed = details.elapsed;
    this.inFlight = details.inFlight;
    this.loopDelay = details.loopDelay;
    this.waited = details.waited ?? 0;
    this.silence = details.silence ?? 0;
  }
}

/** The caller's `AbortSignal` fired; its reason is the `cause`. `sent` tells whether the command may have run. */
export class AbortError extends ValkeyError {
  static override readonly kind: string = 'AbortError';
  readonly sent: boolean;
  constructor(message: string, details: SentDetails = {}) {
    super(message, { code: 'ABORTED', ...details });
    this.sent = details.sent ?? false;
  }
}

/** Too many commands, or bytes, wait for the server. The command was not sent. */
export class QueueFullError extends ValkeyError {
  static override readonly kind: string = 'QueueFullError';
  readonly sent = false;
  constructor(message: string, details: ErrorDetails = {}) {
    super(message, { code: 'QUEUE_FULL', ...details });
  }
}

/** A subscription, or the monitor, is over, or cannot give what came. */
export class PubSubError extends ValkeyError {
  static override readonly kind: string = 'PubSubError';
  constructor(message: string, details: ErrorDetails = {}) {
    super(message, { code: 'PUBSUB_ERROR', ...details });
  }
}

/** The peer does not speak RESP, or broke its rules; its connection is destroyed. */
export class ProtocolError extends ValkeyError {
  static override readonly kind: string = 'ProtocolError';
  constructor(message: string, details: ErrorDetails = {}) {
    super(message, { code: 'PROTOCOL_ERROR', ...details });
  }
}

/** The server answered with an error. `prefix` and `code` are its first word: `WRONGTYPE`, `NOAUTH`, `ERR`. */
export class ResponseError extends ValkeyError {
  static override readonly kind: string = 'ResponseError';
  readonly prefix: string;
  constructor(message: string, details: ErrorDetails = {}) {
    const prefix = errorPrefix(message);
    super(message, { code: prefix, ...details });
    this.prefix = prefix;
  }
}

/** A script that the server does not have was called by its digest. */
export class NoScriptError extends ResponseError {
  static override readonly kind: string = 'NoScriptError';
}
/** A write reached a replica. */
export class ReadOnlyError extends ResponseError {
  static override readonly kind: string = 'ReadOnlyError';
}
/** The server is still loading its data. */
export class LoadingError extends ResponseError {
  static override readonly kind: string = 'LoadingError';
}
/** A script or function blocks the server. */
export class BusyError extends ResponseError {
  static override readonly kind: string = 'BusyError';
}
/** The user may not do this. */
export class NoPermissionError extends ResponseError {
  static override readonly kind: string = 'NoPermissionError';
}
/** Which of several commands an error is about. */
export interface IndexDetails extends ErrorDetails {
  readonly index?: number | undefined;
}

/** A transaction was refused because one of its commands was, the one at `index`; `cause` is why. None of them ran. */
export class ExecAbortError extends ResponseError {
  static override readonly kind: string = 'ExecAbortError';
  /** The position of the wrong command; `undefined` when the server alone knows it. */
  readonly index: number | undefined;
  constructor(message: string, details: IndexDetails = {}) {
    super(message, details);
    this.index = details.index;
  }
}
/** Keys of several slots in one command of a cluster. */
export class CrossSlotError extends ResponseError {
  static override readonly kind: string = 'CrossSlotError';
}
/** The slot is another node's. A client of a cluster follows it, except where a node was asked for, and in a session. */
export class MovedError extends ResponseError {
  static override readonly kind: string = 'MovedError';
}
/** The key, if it exists, has gone ahead to the node that the slot is moving to. A client of a cluster follows it, as it does `MovedError`. */
export class AskError extends ResponseError {
  static override readonly kind: string = 'AskError';
}
/** The slot's keys are on their way to another node: worth another try. */
export class TryAgainError extends ResponseError {
  static override readonly kind: string = 'TryAgainError';
}
/** The cluster cannot serve this slot now. */
export class ClusterDownError extends ResponseError {
  static override readonly kind: string = 'ClusterDownError';
}
/** The replica has lost its primary and may not serve stale data. */
export class PrimaryDownError extends ResponseError {
  static override readonly kind: string = 'PrimaryDownError';
}

const BY_PREFIX: ReadonlyMap<string, typeof ResponseError> = new Map<string, typeof ResponseError>([
  ['NOSCRIPT', NoScriptError],
  ['READONLY', ReadOnlyError],
  ['LOADING', LoadingError],
  ['BUSY', BusyError],
  ['NOPERM', NoPermissionError],
  ['EXECABORT', ExecAbortError],
  ['CROSSSLOT', CrossSlotError],
  ['MOVED', MovedError],
  ['ASK', AskError],
  ['TRYAGAIN', TryAgainError],
  ['CLUSTERDOWN', ClusterDownError],
  ['MASTERDOWN', PrimaryDownError],
]);

/** The first word of an error line, when it looks like a code: `WRONGTYPE Operation ...`; otherwise `ERR`. */
function errorPrefix(message: string): string {
  const word = /^[A-Z][A-Z0-9_-]*(?= |$)/.exec(message);
  return word === null ? 'ERR' : word[0];
}

/** The error of the right class for an error line of the server. */
export function responseError(message: string, details: ErrorDetails = {}): ResponseError {
  const Type = BY_PREFIX.get(errorPrefix(message)) ?? ResponseError;
  return new Type(message, details);
}

/** The cluster cannot be used as it is: nodes contradict each other, or there is none of the kind that was asked for. */
export class ClusterError extends ValkeyError {
  static override readonly kind: string = 'ClusterError';
  constructor(message: string, details: ErrorDetails = {}) {
    super(message, { code: 'CLUSTER_ERROR', ...details });
  }
}

/** No node has the slot of a key, or of any key while `requireFullCoverage` is on. */
export class SlotNotCoveredError extends ClusterError {
  static override readonly kind: string = 'SlotNotCoveredError';
  constructor(message: string, details: ErrorDetails = {}) {
    super(message, { code: 'SLOT_NOT_COVERED', ...details });
  }
}

/** A key that `watch` has named was changed before the transaction could run. None of it ran: look again, and try again. */
export class WatchError extends ValkeyError {
  static override readonly kind: string = 'WatchError';
  constructor(message: string, details: ErrorDetails = {}) {
    super(message, { code: 'WATCH_FAILED', ...details });
  }
}

/** What became of every command of a pipeline, and which failed first. */
export interface PipelineDetails extends ErrorDetails {
  readonly results: readonly PromiseSettledResult<unknown>[];
  readonly index: number;
}

/** A command of a pipeline or transaction failed; the others did not have to. `cause` is the first error. */
export class PipelineError extends ValkeyError {
  static override readonly kind: string = 'PipelineError';
  /** The position of the first command that failed. */
  readonly index: number;
  /** Replies are data, which do not belong in the logs that errors are written to. */
  readonly #results: readonly PromiseSettledResult<unknown>[];
  constructor(message: string, details: PipelineDetails) {
    super(message, { code: 'PIPELINE_FAILED', ...details });
    this.#results = details.results;
    this.index = details.index;
  }

  /** What became of each command, in order. Not shown by `inspect`, since replies are data. */
  get results(): readonly PromiseSettledResult<unknown>[] {
    return this.#results;
  }
}

/** A lock was used in a way it cannot be: released twice, extended without having a timeout, or not to be had for `run`. */
export class LockError extends ValkeyError {
  static override readonly kind: string = 'LockError';
  constructor(message: string, details: ErrorDetails = {}) {
    super(message, { code: 'LOCK_ERROR', ...details });
  }
}

/** A lock was lost: it expired, could not be renewed in time, or somebody deleted or took it. What it guarded may have been touched by others. */
export class LockNotOwnedError extends LockError {
  static override readonly kind: string = 'LockNotOwnedError';
  constructor(message: string, details: ErrorDetails = {}) {
    super(message, { code: 'LOCK_NOT_OWNED', ...details });
  }
}
