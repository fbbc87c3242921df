import { MaxConnectionsError, ResponseError, responseError, TimeoutError, type TimeoutDetails } from '../errors.ts';
import type { DedicatedLink } from './dedicated-link.ts';
import { allLeased } from './holding.ts';
import type { Pool } from './pool.ts';
import { anew } from './request-error.ts';
import type { Failure, TopicWaiter } from './topic-waiter.ts';

/** Makes an error like this one in another stack. */
export function remade(error: unknown): Failure {
  return () => {
    if (!(error instanceof ResponseError)) return anew(error) as Error;
    return responseError(error.message, { command: error.command, endpoint: error.endpoint });
  };
}

/** The failure of a call that has waited for too long: for its turn, for a connection, or for the server. */
export function lateFailure(
  { name, startedAt }: TopicWaiter,
  { endpoint, connection }: DedicatedLink,
  pool: Pick<Pool, 'stats' | 'holder'>,
  loopDelay: number,
  cause: Error | undefined,
): Failure {
  const elapsed = Math.round(performance.now() - startedAt);
  const { leased, maxConnections } = pool.stats();
  if (connection === undefined && leased >= maxConnections) {
    const { holder } = pool;
    const message = allLeased(maxConnections, endpoint, ` for ${elapsed} ms`, holder);
    return () => new MaxConnectionsError(message, { command: name, endpoint, cause, holder });
  }
  const what = connection === undefined ? `no connection to ${endpoint}` : `not confirmed by ${endpoint}`;
  const why = cause === undefined ? '' : `: ${cause.message}`;
  const phase = connection === undefined ? 'queued' : 'sent';
  const details: TimeoutDetails = {
    command: name,
    endpoint,
    cause,
    phase,
    elapsed,
    inFlight: connection?.inFlight ?? 0,
    loopDelay,
    waited: connection === undefined ? elapsed : 0,
    silence: connection?.silence ?? 0,
  };
  return () => new TimeoutError(`${name}: ${what} within ${elapsed} ms${why}`, details);
}
