import type { Connection } from '../connection/connection.ts';
import { isPermanent } from '../connection/failure.ts';
import type { RequestOptions } from '../connection/request.ts';
import { anew } from '../connection/request-error.ts';
import { AbortError, ConnectionError, MaxConnectionsError } from '../errors.ts';
import type { LeaseOptions, Router } from '../topology/router.ts';
import { EqualJitterBackoff } from '../util/backoff.ts';
import { timerDelay } from '../util/timer.ts';

/** A connection is tried to be had again this soon at first, and less and less often. */
const BACKOFF = new EqualJitterBackoff();

/**
 * A connection of one's own, within `timeout`. While the server is away it is waited for, if `whenDown` says so. Whoever waits in vain gets
 * the first cause: of the last one, the time that was left may have been too short.
 *
 * Rejects with an `AbortError` that says `aborted` when the signal fires.
 */
export async function leased(
  router: Pick<Router, 'lease' | 'state'>,
  options: Pick<RequestOptions, 'timeout' | 'signal' | 'whenDown' | 'retries'>,
  aborted: string,
  place: Omit<LeaseOptions, 'timeout' | 'signal'>,
): Promise<Connection> {
  const { timeout, signal, whenDown, retries } = options;
  const start = performance.now();
  let cause: unknown;
  for (let failures = 1; ; failures++) {
    const left = (): number => Math.max(1, timeout - (performance.now() - start));
    try {
      return await router.lease({ ...place, timeout: left(), signal });
    } catch (error) {
      if (signal?.aborted) throw new AbortError(aborted, { cause: signal.reason });
      const delay = BACKOFF.delay(failures);
      // A client that was never connected fails as its first commands do.
      const unknown = router.state === 'idle' && failures > retries;
      if (!isPassing(error)) throw anew(error);
      cause ??= error;
      if (whenDown === 'fail' || unknown || delay >= left()) throw anew(cause);
      await pause(delay, signal, aborted);
    }
  }
}

/** Waits. Rejects with an `AbortError` that says `aborted` when the signal fires. */
export async function pause(milliseconds: number, signal: AbortSignal | undefined, aborted: string): Promise<void> {
  await new Promise<void>((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, timerDelay(milliseconds));
    if (signal?.aborted) end();
    else signal?.addEventListener('abort', end);
  });
  if (signal?.aborted) throw new AbortError(aborted, { cause: signal.reason });
}

/** Whether the server is away, for all that is known, and may be back. */
function isPassing(error: unknown): boolean {
  if (!(error instanceof ConnectionError) || error instanceof MaxConnectionsError) return false;
  return error.code !== 'CLOSED' && !isPermanent(error);
}
