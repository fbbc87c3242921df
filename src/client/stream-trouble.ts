import { setTimeout as sleep } from 'node:timers/promises';
import { isPermanent } from '../connection/failure.ts';
import { ConnectionError, QueueFullError, ResponseError, TimeoutError } from '../errors.ts';
import { EqualJitterBackoff, type Backoff } from '../util/backoff.ts';

/** Replies that say "not now". UNBLOCKED: the stream was deleted under a read, or somebody released it. */
const NOT_NOW = /^(LOADING|BUSY|TRYAGAIN|CLUSTERDOWN|MASTERDOWN|READONLY|UNBLOCKED)$/;

/** How long to wait for trouble to pass. */
export const BACKOFF: Backoff = new EqualJitterBackoff();

/** Whether an error may pass by itself. */
export function isTrouble(error: unknown): boolean {
  if (error instanceof ResponseError) return NOT_NOW.test(error.prefix);
  if (error instanceof ConnectionError) return error.code !== 'CLOSED' && !isPermanent(error);
  return error instanceof TimeoutError || error instanceof QueueFullError;
}

/** Waits for a time, or until the signal fires. */
export async function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
}
