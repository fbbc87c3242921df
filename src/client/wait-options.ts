import { AbortError, ConnectionError } from '../errors.ts';
import { timerDelay } from '../util/timer.ts';
import { check, has, isTime, type Rule } from './option-rule.ts';

/** How long a call that waits may do so. */
export interface WaitOptions {
  /** Milliseconds; `Infinity` waits for ever. */
  readonly timeout?: number | undefined;
  /** Ends the wait when it fires. */
  readonly signal?: AbortSignal | undefined;
}

/** What each option of a wait takes. */
export const WAIT_RULES: Readonly<Record<keyof WaitOptions, Rule>> = {
  timeout: [isTime, 'milliseconds above 0, or Infinity'],
  signal: [has('addEventListener'), 'an AbortSignal'],
};

export function checkWaitOptions(options: WaitOptions): void {
  check(options, WAIT_RULES, 'option');
}

/** Waits for `connecting`, which is given up by the caller alone when the wait ends first. */
export async function connectedWithin(connecting: Promise<void>, options: WaitOptions): Promise<void> {
  const { timeout = Infinity, signal } = options;
  if (timeout === Infinity && signal === undefined) return await connecting;
  const cut = new AbortController();
  const signals = signal === undefined ? [cut.signal] : [cut.signal, signal];
  const either = AbortSignal.any(signals);
  const timer = timeout === Infinity ? undefined : setTimeout(() => cut.abort(), timerDelay(timeout));
  const makeError = (): Error =>
    signal?.aborted === true
      ? new AbortError('aborted while connecting', { cause: signal.reason })
      : new ConnectionError(`not connected within ${timeout} ms`, { code: 'CONNECT_TIMEOUT' });
  let end: (() => void) | undefined;
  const ended = new Promise<never>((_, reject) => {
    end = () => reject(makeError());
    if (either.aborted) end();
    else either.addEventListener('abort', end, { once: true });
  });
  try {
    await Promise.race([connecting, ended]);
  } finally {
    clearTimeout(timer);
    if (end !== undefined) either.removeEventListener('abort', end);
  }
}
