import type { Request } from '../connection/request.ts';
import { hasTime } from '../connection/repetition.ts';
import { after, clock, NEVER } from '../util/clock.ts';
import { timerDelay } from '../util/timer.ts';

/** Requests that cannot run now, and nobody else's are kept from running for: they are tried again a little later, all at once. */
export class Held {
  readonly #release: (requests: readonly Request[]) => void;
  #requests: Request[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(release: (requests: readonly Request[]) => void) {
    this.#release = release;
  }

  get length(): number {
    return this.#requests.length;
  }

  /** Holds a request for about `delay` ms; false when no time would be left for another try. */
  add(request: Request, delay: number): boolean {
    if (request.deadline === NEVER) request.deadline = after(clock(), request.options.timeout);
    if (!hasTime(request, delay)) return false;
    this.#requests.push(request);
    this.#timer ??= setTimeout(() => this.#wake(), timerDelay(delay));
    return true;
  }

  /** Gives away all of them. */
  clear(): Request[] {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const requests = this.#requests;
    this.#requests = [];
    return requests;
  }

  #wake(): void {
    this.#release(this.clear());
  }
}
