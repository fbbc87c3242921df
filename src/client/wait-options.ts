import { AbortError } from '../errors.ts';
import { isWait, timerDelay } from '../util/timer.ts';
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

/** How `close` ends. */
export interface CloseOptions {
  /** How long the commands that were called before may take, in milliseconds. Default 5000. */
  readonly timeout?: number;
}

const CLOSE_RULES: Readonly<Record<keyof CloseOptions, Rule>> = {
  timeout: [isWait, 'milliseconds from 0 up, or Infinity'],
};

/** How long a close may take. Throws a `DataError` for options that are wrong. */
export function closeTimeout(options: CloseOptions): number {
  check(options, CLOSE_RULES, 'option of close');
  return options.timeout ?? 5000;
}

/** What those are told whose wait ends first. */
export interface WaitEnd {
  readonly aborted: string;
  late(timeout: number): Error;
}

/** Waits for `work`, which goes on all the same when the wait ends first. */
export async function within<R>(work: Promise<R>, options: WaitOptions, end: WaitEnd): Promise<R> {
  const { timeout = Infinity, signal } = options;
  if (timeout === Infinity && signal === undefined) return await work;
  const cut = new AbortController();
  const signals = signal === undefined ? [cut.signal] : [cut.signal, signal];
  const either = AbortSignal.any(signals);
  const timer = timeout === Infinity ? undefined : setTimeout(() => cut.abort(), timerDelay(timeout));
  const makeError = (): Error =>
    signal?.aborted === true ? new AbortError(end.aborted, { cause: signal.reason }) : end.late(timeout);
  let give: (() => void) | undefined;
  const ended = new Promise<never>((_, reject) => {
    give = () => reject(makeError());
    if (either.aborted) give();
    else either.addEventListener('abort', give, { once: true });
  });
  try {
    return await Promise.race([work, ended]);
  } finally {
    clearTimeout(timer);
    if (give !== undefined) either.removeEventListener('abort', give);
  }
}
