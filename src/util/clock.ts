/**
 * Milliseconds on the monotonic clock, as a 32-bit integer that wraps around: V8 keeps such a number in an object without allocating.
 * Compare two of them by the sign of their difference, `(a - b) | 0`, which holds for spans of up to 24 days.
 */
export function clock(): number {
  return performance.now() | 0;
}

/** The moment that never comes. */
export const NEVER = 0x7fff_ffff;

/** The moment `milliseconds` after `now`; `NEVER` from 24 days on. */
export function after(now: number, milliseconds: number): number {
  if (milliseconds >= 0x7fff_0000) return NEVER;
  const moment = (now + milliseconds) | 0;
  return moment === NEVER ? moment - 1 : moment;
}

/** Whether the moment has come. */
export function reached(moment: number, now: number): boolean {
  return moment !== NEVER && ((moment - now) | 0) <= 0;
}

/** The earlier of two moments. */
export function earlier(a: number, b: number): number {
  if (a === NEVER) return b;
  return b === NEVER || ((a - b) | 0) < 0 ? a : b;
}
