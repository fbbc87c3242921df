import { DataError } from '../errors.ts';
import { isWait } from './timer.ts';

/**
 * How long to wait before the next try. `failures` counts from 1; milliseconds, `Infinity` for no other try.
 *
 * One that throws, or gives anything but a number from 0 up, a promise say, is stood in for by `FullJitterBackoff`: the client goes on.
 */
export interface Backoff {
  delay(failures: number): number;
}

const BASE = 8;
const CAP = 512;

/** The wait without jitter: `base * 2^failures`, at most `cap`. The exponent is bounded, so that no count overflows. */
function exponential(failures: number, base: number, cap: number): number {
  return Math.min(cap, base * 2 ** Math.min(failures, 30));
}

/** A wait that no timer could take would be none at all. */
function checked(milliseconds: number, what: string): number {
  if (isWait(milliseconds)) return milliseconds;
  throw new DataError(`${what} must be milliseconds from 0 up`, { code: 'INVALID_OPTION' });
}

/** Always the same wait. */
export class ConstantBackoff implements Backoff {
  readonly #delay: number;
  /** @param delay milliseconds */
  constructor(delay: number) {
    this.#delay = checked(delay, 'the delay of a backoff');
  }
  delay(): number {
    return this.#delay;
  }
}

/** Tries again at once. */
export class NoBackoff extends ConstantBackoff {
  constructor() {
    super(0);
  }
}

/** Doubles with every failure up to a cap. Many clients behind one server then return in step; the jittered forms do not. */
export class ExponentialBackoff implements Backoff {
  protected readonly base: number;
  protected readonly cap: number;
  /** @param options `cap` and `base` in milliseconds */
  constructor(options: { readonly cap?: number; readonly base?: number } = {}) {
    if (typeof options !== 'object' || options === null || Array.isArray(options)) {
      throw new DataError('the options of a backoff must be an object', { code: 'INVALID_OPTION' });
    }
    const { base = BASE, cap = CAP, ...others } = options;
    const [unknown] = Object.keys(others);
    if (unknown !== undefined) {
      throw new DataError(`unknown option of a backoff ${unknown}: it takes base and cap`, { code: 'UNKNOWN_OPTION' });
    }
    this.base = checked(base, 'the option of a backoff base');
    this.cap = checked(cap, 'the option of a backoff cap');
  }
  delay(failures: number): number {
    return exponential(failures, this.base, this.cap);
  }
}

/** Anywhere between nothing and the exponential wait. */
export class FullJitterBackoff extends ExponentialBackoff {
  override delay(failures: number): number {
    return Math.random() * super.delay(failures);
  }
}

/** Half of the exponential wait, and anything up to the other half. */
export class EqualJitterBackoff extends ExponentialBackoff {
  override delay(failures: number): number {
    const half = super.delay(failures) / 2;
    return half + Math.random() * half;
  }
}

/** Anywhere between the base and three times the previous wait. */
export class DecorrelatedJitterBackoff extends ExponentialBackoff {
  #previous = 0;
  override delay(failures: number): number {
    if (failures <= 1) this.#previous = 0;
    const highest = Math.max(this.base, this.#previous * 3);
    this.#previous = Math.min(this.cap, this.base + Math.random() * (highest - this.base));
    return this.#previous;
  }
}

const STAND_IN = new FullJitterBackoff();

/** What a backoff says, which may be code of the user's: asked from timers, where nobody would catch what it throws. */
export function delayOf(backoff: Backoff, failures: number): number {
  try {
    const delay = backoff.delay(failures);
    if (isWait(delay)) return delay;
  } catch {
    // The same as no answer.
  }
  return STAND_IN.delay(failures);
}
