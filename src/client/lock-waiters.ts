import { ConnectionError } from '../errors.ts';
import type { Router } from '../topology/router.ts';
import { onAbort } from '../util/abort.ts';
import { timerDelay } from '../util/timer.ts';
import type { Attempt, Listening, LockCalls } from './lock-calls.ts';

/** How long the connection listens at a time, in seconds. */
const LISTEN = 10;
/** How long those who listen wait for a signal before they look themselves: it is lost if a client dies between taking it and its attempt. */
const PATIENCE = 1000;
/** How much longer than somebody waits it is known that he does, in milliseconds. */
const SLACK = 10_000;
/** How long listening is left alone when no connection could be had for it, in milliseconds. */
const REST = 1000;

const everywhere = new WeakMap<Router, Map<string, LockWaiters>>();

/** Joins those of a client who wait for a lock. */
export function joinWaiters(router: Router, calls: LockCalls, sleep: number, signal: AbortSignal | undefined): Waiter {
  let ofClient = everywhere.get(router);
  if (ofClient === undefined) everywhere.set(router, (ofClient = new Map<string, LockWaiters>()));
  let waiters = ofClient.get(calls.keys.id);
  if (waiters === undefined) {
    const locks = ofClient;
    waiters = new LockWaiters(router, calls, () => locks.delete(calls.keys.id));
    ofClient.set(calls.keys.id, waiters);
  }
  return waiters.join(sleep, signal);
}

/**
 * Those of one client who wait for one lock: first come, first served.
 *
 * ```
 *   [ first ][ second ][ third ] ...
 *       |  tries; refused, it waits until something wakes it:
 *       |     a signal of a release, which one connection listens for on behalf of all
 *       |     the end of the holder's time to live, on a timer of ours: the server's are a tenth of a second late
 *       |     PATIENCE, or `sleep` while nobody listens, or the holder does not signal
 *       '- leaves, and the second becomes the first
 * ```
 *
 * Waiters of other clients stand in the server's own line, that of BLPOP, which is first come, first served too.
 */
class LockWaiters {
  readonly #router: Router;
  readonly #calls: LockCalls;
  readonly #empty: () => void;
  readonly #line: Waiter[] = [];
  readonly #stopWatching: () => void;
  #listening: Listening | undefined;
  /** A signal was heard, and nobody has tried since. */
  #signalled = false;
  #restUntil = 0;

  constructor(router: Router, calls: LockCalls, empty: () => void) {
    this.#router = router;
    this.#calls = calls;
    this.#empty = empty;
    // Whoever waits hears of the end of the client from an attempt.
    this.#stopWatching = router.events.on('close', () => this.summonAll());
  }

  join(sleep: number, signal: AbortSignal | undefined): Waiter {
    const waiter = new Waiter(this, sleep, signal);
    this.#line.push(waiter);
    return waiter;
  }

  get first(): Waiter | undefined {
    return this.#line[0];
  }

  get signalled(): boolean {
    return this.#signalled;
  }

  /** Somebody tries: what was signalled is used. */
  tries(): void {
    this.#signalled = false;
  }

  /** How long a waiter who was refused has nothing to look for. */
  pauseAfter({ ttl, signals }: Attempt, sleep: number): number {
    this.#listen();
    const patience = signals && this.#listening?.isSent() === true ? Math.max(sleep, PATIENCE) : sleep;
    // At the end of its time to live a key is still there for the rest of the millisecond.
    return Math.min(ttl + 1, patience);
  }

  /** All of them look for themselves: the first one's trouble, or the end of the client, is theirs too. */
  summonAll(): void {
    for (const waiter of this.#line) waiter.summon();
  }

  leave(waiter: Waiter): void {
    const wasFirst = this.first === waiter;
    this.#line.splice(this.#line.indexOf(waiter), 1);
    if (this.first !== undefined) {
      if (wasFirst) this.first.wake();
      return;
    }
    this.#empty();
    this.#stopWatching();
    if (this.#signalled) this.#calls.signal();
    const listening = this.#listening;
    this.#listening = undefined;
    listening?.stop();
  }

  /** Listens for a signal. Not on a connection that everybody shares: it would hold up the release too. */
  #listen(): void {
    if (this.#listening !== undefined || this.#router.single === true || performance.now() < this.#restUntil) return;
    const listening = this.#calls.listen(LISTEN);
    this.#listening = listening;
    listening.heard.then(
      (heard) => {
        // A signal for those who have left is passed on to others who wait.
        if (this.#listening !== listening) return heard ? this.#calls.signal() : undefined;
        this.#listening = undefined;
        if (heard) this.#signalled = true;
        this.first?.wake();
      },
      (error: unknown) => {
        if (this.#listening !== listening) return;
        this.#listening = undefined;
        // Those who wait look for themselves in the meantime, and hear of the trouble if it concerns them.
        this.#restUntil = performance.now() + REST;
        if (error instanceof ConnectionError && error.code === 'CLOSED') this.summonAll();
      },
    );
  }
}

/** One who waits for a lock. */
export class Waiter {
  readonly #waiters: LockWaiters;
  readonly #sleep: number;
  readonly #signal: AbortSignal | undefined;
  #summoned = false;
  #refusal: Attempt | undefined;
  #wake: (() => void) | undefined;

  constructor(waiters: LockWaiters, sleep: number, signal: AbortSignal | undefined) {
    this.#waiters = waiters;
    this.#sleep = sleep;
    this.#signal = signal;
  }

  /** Whether it is this one's turn to try. */
  get mayTry(): boolean {
    return this.#summoned || this.#waiters.first === this;
  }

  /** How long it should be known to others that this one waits, from an attempt on; milliseconds. */
  get keep(): number {
    return Math.ceil(Math.max(this.#sleep, PATIENCE) + SLACK);
  }

  tries(): void {
    this.#summoned = false;
    this.#refusal = undefined;
    this.#waiters.tries();
  }

  refused(attempt: Attempt): void {
    this.#refusal = attempt;
  }

  /** The attempt failed. */
  failed(): void {
    if (this.#waiters.first === this) this.#waiters.summonAll();
  }

  summon(): void {
    this.#summoned = true;
    this.wake();
  }

  wake(): void {
    this.#wake?.();
  }

  leave(): void {
    this.#waiters.leave(this);
  }

  /** Resolves when it is time to look again, when the signal fires, and after `most` ms. */
  async pause(most: number): Promise<void> {
    const isFirst = this.#waiters.first === this;
    if (
      this.#summoned ||
      this.#signal?.aborted ||
      (isFirst && (this.#waiters.signalled || this.#refusal === undefined))
    )
      return;
    const start = performance.now();
    const left = (): number => {
      const time = isFirst ? Math.min(most, this.#waiters.pauseAfter(this.#refusal!, this.#sleep)) : most;
      return time - (performance.now() - start);
    };
    let timer: NodeJS.Timeout | undefined;
    let ignore: (() => void) | undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      if (this.#signal !== undefined) ignore = onAbort(this.#signal, resolve);
      // If it is listened by now, which was not known before, a look would only get in before those who wait for longer.
      const look = (): void => {
        const time = left();
        if (time <= 0) resolve();
        else if (time < Infinity) timer = setTimeout(look, timerDelay(time));
      };
      look();
    });
    this.#wake = undefined;
    clearTimeout(timer);
    ignore?.();
  }
}
