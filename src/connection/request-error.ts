import {
  ConnectionError,
  DataError,
  MaxConnectionsError,
  PrimaryNotFoundError,
  QueueFullError,
  TimeoutError,
} from '../errors.ts';
import { clock } from '../util/clock.ts';
import type { LinkBounds, LinkStats } from './link.ts';
import type { Request } from './request.ts';

/** What is known of a connection, or of the want of one, when a deadline passes. */
interface Lateness {
  readonly phase: 'queued' | 'sent';
  readonly endpoint: string;
  readonly inFlight: number;
  readonly loopDelay: number;
  /** For how long the connection has owed replies without a sign of life, in milliseconds. */
  readonly silence: number;
  /** When the connection was ready, on the `clock()`. */
  readonly readyAt?: number;
  readonly cause?: Error | undefined;
}

/** A process that was busy for longer than this is said to be the slow one, in milliseconds. */
const BUSY = 100;
/** What a silence and an elapsed time may differ by when they mean the same, in milliseconds. */
const ABOUT = 25;

/** When those requests were called whose deadlines do not tell it. */
const calls = new WeakMap<Request, number>();

/** Takes down when a request was called, on the `clock()`: its deadline is set anew, or was set later. The first time counts. */
export function rememberCall(
  request: Request,
  calledAt: number = (request.deadline - request.options.timeout) | 0,
): void {
  if (!calls.has(request)) calls.set(request, calledAt);
}

/** Makes the error of a request whose deadline passed. What it tells is taken down now; the error is made when it is thrown. */
export function timeoutError(request: Request, late: Lateness): () => TimeoutError {
  const { phase, readyAt, ...rest } = late;
  const command = request.spec.name;
  const calledAt = calls.get(request) ?? (request.deadline - request.options.timeout) | 0;
  const elapsed = (clock() - calledAt) | 0;
  const waited = phase === 'queued' ? elapsed : readyAt === undefined ? 0 : Math.max(0, (readyAt - calledAt) | 0);
  const details = { ...rest, phase, command, elapsed, waited };
  return () => new TimeoutError(`${command}: ${phase === 'sent' ? unanswered(details) : unsent(details)}`, details);
}

type Told = Omit<Lateness, 'phase' | 'readyAt'> & { readonly elapsed: number; readonly waited: number };

function unanswered({ endpoint, elapsed, waited, inFlight, loopDelay, silence }: Told): string {
  const before = waited > 0 ? `, ${waited} ms of which passed before there was a connection` : '';
  const others = inFlight > 1 ? `, nor to ${inFlight - 1} more commands` : '';
  const who =
    loopDelay > BUSY
      ? `this process was busy for ${loopDelay} ms`
      : silence + ABOUT >= elapsed - waited
        ? 'nothing came from there meanwhile'
        : `it sent something else ${silence} ms ago`;
  return `no reply from ${endpoint} within ${elapsed} ms${before}${others}; it may have run (${who})`;
}

function unsent({ endpoint, elapsed, inFlight, loopDelay, cause }: Told): string {
  const ahead = inFlight > 0 ? `: ${inFlight} commands before it are unanswered` : ': there was no connection yet';
  const why = cause === undefined ? ahead : `: ${cause.message}`;
  const busy = loopDelay > BUSY ? ` (this process was busy for ${loopDelay} ms)` : '';
  return `not sent to ${endpoint} within ${elapsed} ms${why}${busy}`;
}

/** In front of what is told of a command. */
function about(command: string | undefined): string {
  return command === undefined ? '' : `${command}: `;
}

/** Added to what is told of a command that was written. */
const fateOf = (sent: boolean): string => (sent ? '; the command was sent and may have run' : '');

/**
 * An error like this one, made in the stack of whoever is told now: one cause may end many commands. `wasSent`: this one was written
 * before, to a connection that was lost.
 */
export function anew(error: unknown, about?: string, wasSent = false): unknown {
  if (!(error instanceof ConnectionError)) return error;
  const { command = about } = error;
  const sent = error.sent || wasSent;
  const message = `${error.command === command ? '' : `${command}: `}${error.message}${fateOf(sent && !error.sent)}`;
  return remade(error, message, command, sent);
}

/** The error of a part of a command that did not run, told as that of the whole: other parts have run, or may have. */
export function partlyRun(error: ConnectionError | TimeoutError): Error {
  const message = `${error.message}; other parts of the command have run, or may have`;
  if (error instanceof TimeoutError) {
    const { command, endpoint, cause, elapsed, inFlight, loopDelay, waited, silence } = error;
    const details = { command, endpoint, cause, elapsed, inFlight, loopDelay, waited, silence };
    return new TimeoutError(message, { ...details, phase: 'sent' });
  }
  return remade(error, message, error.command, true);
}

function remade(error: ConnectionError, message: string, command: string | undefined, sent: boolean): ConnectionError {
  const Type = error.constructor as typeof ConnectionError;
  const { code, endpoint, cause = error } = error;
  const details = { code, command, endpoint, sent, cause };
  if (error instanceof PrimaryNotFoundError) {
    return new PrimaryNotFoundError(message, { ...details, answers: error.answers });
  }
  if (error instanceof MaxConnectionsError) {
    return new MaxConnectionsError(message, { ...details, holder: error.holder });
  }
  return new Type(message, details);
}

/** The error of a request whose reply cannot be given as it was asked for. */
export function unfitError(message: string, request: Request, endpoint: string): DataError {
  return new DataError(`${request.spec.name}: ${message}`, {
    code: 'UNFIT_REPLY',
    command: request.spec.name,
    endpoint,
  });
}

/** The error of a request that was written to a connection which is lost, or (`sent` false) was to follow one that set the scene. */
export function lostError(command: string, error: ConnectionError, stateLost = false, sent = true): ConnectionError {
  const fate = sent ? fateOf(sent) : '; a command before this one, which changes the connection, may have run';
  return new ConnectionError(`${about(command)}${error.message}${fate}`, {
    command,
    code: stateLost ? 'STATE_LOST' : error.code,
    endpoint: error.endpoint,
    sent,
    cause: error,
  });
}

/** The error of a request that would rather fail than wait. */
export function downError(
  request: Request,
  endpoint: string,
  cause: ConnectionError | undefined,
): () => ConnectionError {
  const { spec, wasSent: sent } = request;
  const command = spec.name;
  const why = cause === undefined ? '' : `: ${cause.message}`;
  const details = { code: 'DOWN', command, endpoint, sent, cause };
  return () => new ConnectionError(`${about(command)}${endpoint} is down${why}${fateOf(sent)}`, details);
}

/** The error of a request, or of a call that is none, to a client that is closed. */
export function closedError(endpoint: string, request?: Request): ConnectionError {
  const command = request?.spec.name;
  const sent = request?.wasSent === true;
  const message = `${about(command)}the client is closed${fateOf(sent)}`;
  return new ConnectionError(message, { code: 'CLOSED', command, endpoint, sent });
}

/** The error of a request for which there is no room. */
export function overflowError(
  request: Request,
  endpoint: string,
  stats: LinkStats,
  bounds: LinkBounds,
): QueueFullError {
  const { queued, inFlight, bytes } = stats;
  return new QueueFullError(
    `${request.spec.name}: ${queued + inFlight} commands of ${bytes} bytes wait for ${endpoint}; ` +
      `the bounds are maxQueuedCommands ${bounds.maxQueuedCommands} and maxQueuedBytes ${bounds.maxQueuedBytes}`,
    { command: request.spec.name, endpoint },
  );
}

/** The error of a command that may not run on the connection it would run on. */
export function needsSession(command: string, why: string): DataError {
  return new DataError(why, { code: 'NEEDS_SESSION', command });
}

/** A connection is left because what was sought there, by this name, is somewhere else now. */
export function movedError(endpoint: string, name: string): ConnectionError {
  const what = name === endpoint ? 'the primary' : name;
  return new ConnectionError(`${endpoint} is not ${what} any more`, { code: 'MOVED_AWAY', endpoint });
}
