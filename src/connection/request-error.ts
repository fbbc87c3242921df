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

/** Makes the error of a request whose deadline passed. What it tells is taken down now; the error is made when it is thrown. */
export function timeoutError(
  request: Request,
  phase: 'queued' | 'sent',
  endpoint: string,
  inFlight: number,
  loopDelay: number,
  cause: Error | undefined,
): () => TimeoutError {
  const command = request.spec.name;
  const elapsed = request.options.timeout + ((clock() - request.deadline) | 0);
  return () => {
    const why =
      phase === 'sent'
        ? `no reply from ${endpoint} within ${elapsed} ms; it may have run`
        : `not sent to ${endpoint} within ${elapsed} ms${cause === undefined ? '' : `: ${cause.message}`}`;
    const blocked = loopDelay > 100 ? ` (this process was busy for ${loopDelay} ms)` : '';
    const details = { command, endpoint, phase, elapsed, inFlight, loopDelay, cause };
    return new TimeoutError(`${command}: ${why}${blocked}`, details);
  };
}

/** An error like this one, made in the stack of whoever is told now: one cause may end many commands. */
export function anew(error: unknown): unknown {
  if (!(error instanceof ConnectionError)) return error;
  const Type = error.constructor as typeof ConnectionError;
  const { code, command, endpoint, sent, cause = error } = error;
  const details = { code, command, endpoint, sent, cause };
  if (error instanceof PrimaryNotFoundError) {
    return new PrimaryNotFoundError(error.message, { ...details, answers: error.answers });
  }
  if (error instanceof MaxConnectionsError) {
    return new MaxConnectionsError(error.message, { ...details, holder: error.holder });
  }
  return new Type(error.message, details);
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
export function lostError(error: ConnectionError, stateLost = false, sent = true): ConnectionError {
  const fate = sent
    ? 'the command was sent and may have run'
    : 'a command before this one, which changes the connection, may have run';
  return new ConnectionError(`${error.message}; ${fate}`, {
    code: stateLost ? 'STATE_LOST' : error.code,
    endpoint: error.endpoint,
    sent,
    cause: error,
  });
}

/** The error of a request that would rather fail than wait. */
export function downError(endpoint: string, cause: ConnectionError | undefined): ConnectionError {
  return new ConnectionError(`${endpoint} is down`, { code: 'DOWN', endpoint, cause });
}

export function closedError(endpoint: string): ConnectionError {
  return new ConnectionError('the client is closed', { code: 'CLOSED', endpoint });
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
