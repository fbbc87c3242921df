/** What a timer of Node can wait at most, 24 days; anything longer would fire at once. */
export const LONGEST_TIMER: number = 2 ** 31 - 1;

/** Whether this is a wait: a number of milliseconds from 0 up, or `Infinity`. */
export function isWait(milliseconds: unknown): milliseconds is number {
  return typeof milliseconds === 'number' && milliseconds >= 0;
}

/** A wait that a timer can be given: `Infinity` becomes 24 days. */
export function timerDelay(milliseconds: number): number {
  return Math.min(milliseconds, LONGEST_TIMER);
}
