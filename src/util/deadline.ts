import { clock, NEVER, reached } from './clock.ts';

/** A timer that fires this much late tells of a blocked event loop. */
const LATE = 25;
/** The longest that a sweep is put off for it, in milliseconds. */
const LONGEST_EXCUSE = 1000;

/**
 * One timer for any number of deadlines.
 *
 * It is set for the earliest deadline it has been told of. When that comes, `sweep` settles what is overdue and says when to look again.
 * With the usual equal timeouts, a command costs one comparison and the sweep runs once per timeout.
 *
 * The sweep waits for one turn of the event loop: replies may be in the socket already, and calling those commands timed out would be
 * wrong. After the loop was blocked it waits as long again, since so much may have come meanwhile that one turn does not read it all.
 */
export class Deadline {
  readonly #sweep: (now: number, late: number) => number;
  #timer: NodeJS.Timeout | undefined;
  #at = NEVER;
  /** Whether the sweep has been put off for the loop's sake, and by how much the timer was late then. */
  #excused = false;
  #late = 0;

  /** `sweep` gets the present moment and by how much the timer was late, and gives the next moment to look, or `NEVER`. */
  constructor(sweep: (now: number, late: number) => number) {
    this.#sweep = sweep;
  }

  /** Makes sure that the sweep runs at `moment`, or before. */
  watch(moment: number): void {
    if (moment !== NEVER && (this.#at === NEVER || ((moment - this.#at) | 0) < 0)) this.#arm(moment);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#at = NEVER;
  }

  #arm(moment: number): void {
    clearTimeout(this.#timer);
    this.#at = moment;
    // The socket, or the dial, keeps the process alive; a deadline alone must not.
    this.#timer = setTimeout(this.#fire, Math.max(1, (moment - clock()) | 0)).unref();
  }

  readonly #fire = (): void => {
    const now = clock();
    const at = this.#at;
    if (at === NEVER) return;
    const late = (now - at) | 0;
    if (!reached(at, now)) this.#arm(at);
    else if (late > LATE && !this.#excused) {
      this.#excused = true;
      this.#late = late;
      this.#timer = setTimeout(this.#fire, Math.min(late, LONGEST_EXCUSE)).unref();
    } else setImmediate(this.#run, this.#excused ? this.#late : late);
  };

  readonly #run = (late: number): void => {
    if (this.#at === NEVER) return;
    this.#at = NEVER;
    this.#excused = false;
    const next = this.#sweep(clock(), late);
    if (next !== NEVER) this.watch(next);
  };
}
