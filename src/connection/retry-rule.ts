import { ConnectionError, TimeoutError, type ValkeyError } from '../errors.ts';

/** A kind of failure: a class of this library's errors, or a code such as `'OOM'`. */
export type FailureKind = string | (abstract new (...args: never[]) => ValkeyError);

/** What the caller wants tried again though it may have run. */
export interface RetryRule {
  readonly onError: readonly FailureKind[];
  readonly onTimeout: boolean;
}

/** Whether a rule covers a failure. A server that is given up because it does not answer counts as a timeout. */
export function covers(rule: RetryRule | undefined, error: ValkeyError): boolean {
  if (rule === undefined) return false;
  if (rule.onTimeout && isTimeout(error)) return true;
  return rule.onError.some((kind) => (typeof kind === 'string' ? error.code === kind : error instanceof kind));
}

function isTimeout(error: ValkeyError): boolean {
  return error instanceof TimeoutError || (error instanceof ConnectionError && error.code === 'UNRESPONSIVE');
}
