import type { ConnectionError, ValkeyError } from '../errors.ts';
import { after, clock, NEVER } from '../util/clock.ts';
import type { Request } from './request.ts';
import { covers } from './retry-rule.ts';

/** Error replies that mean "not now": the command did not run. */
export const NOT_NOW: RegExp = /^(LOADING|TRYAGAIN|CLUSTERDOWN|MASTERDOWN|BUSY) /;

/** A further try is made with this much time left for its reply, or a tenth of the timeout; milliseconds. */
const LEAST_TRY = 50;

/** Whether a request that begins anew in `delay` ms has time left for its reply. If not, it is better told what happened than that it is late. */
export function hasTime({ deadline, options: { timeout } }: Request, delay: number): boolean {
  if (deadline === NEVER) return true;
  const reply = Math.min(LEAST_TRY, timeout / 10);
  return ((deadline - after(clock(), delay + reply)) | 0) >= 0;
}

/** Whether the caller wants a command that failed so to be tried again, whatever it did. */
export function isWanted({ attempts, options }: Request, makeError: () => ValkeyError): boolean {
  const { retryOn, retries } = options;
  return retryOn !== undefined && attempts < retries && covers(retryOn, makeError());
}

/** Whether a request that was written to a connection which is lost may run twice. */
export function mayRepeat({ attempts, options, spec }: Request, error: ConnectionError): boolean {
  if (options.whenDown === 'fail' || attempts >= options.retries) return false;
  return options.idempotent || spec.repeatable || covers(options.retryOn, error);
}

/** Whether a request can be written where it may be lost: it would be sent again. Not so of none at all. */
export function isHarmless(request: Request | undefined): boolean {
  if (request === undefined) return false;
  const { idempotent, whenDown, retries } = request.options;
  return whenDown === 'wait' && request.attempts < retries && (idempotent || request.spec.repeatable);
}
