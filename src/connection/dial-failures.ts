import { delayOf, type Backoff } from '../util/backoff.ts';
import { clock } from '../util/clock.ts';

/** A connection that lived this long was sound: the next loss starts from the shortest backoff again. Milliseconds. */
const STABLE = 2000;
/** A server that is away has been lost by all its clients at once: they wait as after this many failures. */
const AWAY = 6;

/** How long to wait before a dial to a server that had stood and was not reached: never one of the short steps. Milliseconds. */
export function delayWhileAway(backoff: Backoff, failures: number): number {
  return delayOf(backoff, Math.max(failures, AWAY));
}

/**
 * Counts what has gone wrong since the last sound connection, and says how long to wait before the next dial.
 *
 * ```
 *   first connection        16    32    64   128 ...      the steps of the backoff
 *   lost, back at once      16                            one short step: the connection was cut, the server stands
 *   lost, and not reached   16   512   512   512 ...      the server is away: from the second wait on, the longest step
 * ```
 *
 * All clients of a server that restarts are in step when they lose it. The short steps would bring them back in step.
 */
export class DialFailures {
  readonly #backoff: Backoff;
  #count = 0;
  #readySince = 0;
  #isAway = false;

  constructor(backoff: Backoff) {
    this.#backoff = backoff;
  }

  /** Failed dials, and connections that were lost soon, one after the other. */
  get count(): number {
    return this.#count;
  }

  /** Milliseconds to wait before the next dial. */
  get delay(): number {
    const failures = this.#count + 1;
    return this.#isAway ? delayWhileAway(this.#backoff, failures) : delayOf(this.#backoff, failures);
  }

  /** A connection stands. */
  ready(): void {
    this.#readySince = clock();
    this.#isAway = false;
  }

  /** The connection that stood is lost. */
  lost(): void {
    this.#count = ((clock() - this.#readySince) | 0) > STABLE ? 0 : this.#count + 1;
  }

  /** A dial failed; `hasStood` when there was a connection before. */
  failed(hasStood: boolean): void {
    this.#count++;
    this.#isAway = hasStood;
  }

  /** Nothing counts any more. */
  reset(): void {
    this.#count = 0;
    this.#isAway = false;
  }
}
