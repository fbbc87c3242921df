import type { Key } from '../commands/surface.ts';
import { DataError, LockError, LockNotOwnedError } from '../errors.ts';
import { timerDelay } from '../util/timer.ts';
import type { LockCalls } from './lock-calls.ts';
import { bytesOf } from './lock-keys.ts';
import { check, FLAG, type Rule } from './option-rule.ts';
import { checkWaitOptions, WAIT_RULES, type WaitOptions } from './wait-options.ts';

/** How much earlier than by its time to live a lease is taken for expired: clocks run at different speeds, and timers are late. */
const CAUTION = 0.01;
/** A lease is renewed when this part of its timeout is over. */
const RENEWAL = 1 / 3;
/** A renewal that failed is tried again after this part of the timeout. */
const RETRY = 1 / 10;

/** What a lease is made of. */
export interface Grant {
  readonly token: Key;
  readonly fencing: number;
  /** When the attempt was begun, on the clock of `performance.now()`. */
  readonly start: number;
  /** Milliseconds until the lock expires; 0 is never. */
  readonly timeout: number;
  readonly autoExtend: boolean;
}

/** Options of `lease.extend()`. */
export interface ExtendOptions extends WaitOptions {
  /** Makes the time what is left from now on, instead of adding it to what is left. Default false. */
  readonly replace?: boolean | undefined;
}

const EXTEND_RULES: Readonly<Record<keyof ExtendOptions, Rule>> = { ...WAIT_RULES, replace: FLAG };

/**
 * A lock that was acquired, until it is released or lost.
 *
 * Lost means: it expired by our own clock, which counts from before the attempt and so is never behind the server's; or one of these
 * methods, or a renewal, found that the server no longer has it as ours. Then `signal` fires. Declared with `await using`, a lease is
 * released at the end of the block.
 *
 * Its methods ask the server, for as long as the client's `timeout` lets them or their own, and until their `signal` fires: then they reject
 * with a `TimeoutError` or an `AbortError`, whose `sent` tells whether the server may have heard of it.
 *
 * @example
 * ```ts
 * {
 *   await using lease = await client.lock('report', { timeout: 10_000, autoExtend: true }).acquire();
 *   await client.lock('report').locked(); // => true
 * }
 * await client.lock('report').locked(); // => false
 * ```
 */
export class Lease implements AsyncDisposable {
  /**
   * Grows with every acquisition of this lock by this library. Storage that refuses a number lower than one it has seen is safe from a
   * holder that lost the lock and does not know yet.
   */
  readonly fencing: number;

  readonly #calls: LockCalls;
  readonly #token: Key;
  readonly #timeout: number;
  readonly #loss: AbortController = new AbortController();
  #state: 'held' | 'releasing' | 'released' | 'lost' = 'held';
  /** Until when it is certainly ours, on the clock of `performance.now()`. */
  #until = Infinity;
  #expiry: NodeJS.Timeout | undefined;
  #renewal: NodeJS.Timeout | undefined;
  #renewing: boolean;
  /** Why the last renewal failed. */
  #trouble: unknown;
  /** A release was sent whose reply was never seen. */
  #mayBeReleased = false;
  /** The caller was told of the loss. */
  #told = false;

  /** Use `lock.acquire()`. @internal */
  constructor(calls: LockCalls, { token, fencing, start, timeout, autoExtend }: Grant) {
    this.#calls = calls;
    this.#token = token;
    this.fencing = fencing;
    this.#timeout = timeout;
    this.#renewing = autoExtend;
    if (timeout > 0) this.#lasts(start, timeout);
  }

  /** What the server has as the lock's value. Another client can release the lock with it, so `inspect` does not show it. */
  get token(): Key {
    return this.#token;
  }

  /** Fires when the lock is lost, with a `LockNotOwnedError` as its reason; never by a release. */
  get signal(): AbortSignal {
    return this.#loss.signal;
  }

  /**
   * Releases the lock, and wakes who waits for it.
   *
   * Rejects with a `LockNotOwnedError` when it was lost before, and with a `LockError` when this lease was released already. Its
   * command is repeated after a lost connection, within its deadline; when it fails all the same it may be called again, and the lock is
   * no longer renewed in any case.
   */
  async release(options: WaitOptions = {}): Promise<void> {
    checkWaitOptions(options);
    if (this.#state === 'lost') throw this.#tell();
    if (this.#state !== 'held') throw alreadyReleased();
    this.#state = 'releasing';
    this.#renewing = false;
    const { released, repeated } = await this.#sendRelease(options);
    // The server does not have it as ours: the same release, sent before, may be the reason. By our clock it was ours all the time.
    if (!released && !((repeated || this.#mayBeReleased) && performance.now() < this.#until)) {
      this.#lose('it was released when it was no longer held');
      throw this.#tell();
    }
    this.#state = 'released';
    this.#stop();
  }

  async #sendRelease(options: WaitOptions): Promise<{ readonly released: boolean; readonly repeated: boolean }> {
    try {
      return await this.#calls.release(this.#token, options);
    } catch (error) {
      this.#state = 'held';
      this.#mayBeReleased ||= (error as { readonly sent?: unknown }).sent === true;
      throw error;
    }
  }

  /**
   * Adds `milliseconds` to what is left of the lock's time, or with `replace` makes them what is left.
   *
   * Rejects with a `LockNotOwnedError` when the lock was lost, and with a `LockError` when the lease was released or has no timeout. An
   * addition is never sent twice.
   */
  async extend(milliseconds: number, options: ExtendOptions = {}): Promise<void> {
    check(options, EXTEND_RULES, 'option of extend');
    if (!Number.isSafeInteger(milliseconds) || milliseconds < 1) {
      throw new DataError('a lock is extended by whole milliseconds from 1 up', { code: 'INVALID_ARGUMENT' });
    }
    await this.#prolong(milliseconds, options.replace === true ? 'set' : 'add', options);
  }

  /** Makes what is left of the lock's time its timeout again. Rejects as `extend` does. */
  async reacquire(options: WaitOptions = {}): Promise<void> {
    checkWaitOptions(options);
    await this.#prolong(this.#timeout, 'set', options);
  }

  /** Whether the server has the lock as this lease's. */
  async owned(options: WaitOptions = {}): Promise<boolean> {
    checkWaitOptions(options);
    if (this.#state === 'lost' || this.#state === 'released') return false;
    const holder = await this.#calls.holder(options);
    const owned = holder !== null && holder.equals(bytesOf(this.#token));
    if (!owned && this.#state === 'held') this.#lose('it is no longer held');
    return owned;
  }

  /**
   * Releases the lock if it is held. Rejects as `release` does, so that a loss does not go unnoticed, unless a method of this lease has told
   * of it already.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#state === 'held' || (this.#state === 'lost' && !this.#told)) await this.release();
  }

  async #prolong(milliseconds: number, how: 'add' | 'set', options: WaitOptions): Promise<void> {
    this.#checkHeld();
    if (this.#timeout === 0) {
      const message = 'the lock has no timeout: it lasts until it is released';
      throw new LockError(message, { code: 'LOCK_WITHOUT_TIMEOUT' });
    }
    const start = performance.now();
    const ttl = await this.#sendExtension(milliseconds, how, options, start);
    // A release that was called meanwhile may have been quicker.
    if (ttl === 0 && this.#state === 'held') this.#lose('it was extended when it was no longer held');
    this.#checkHeld();
    this.#lasts(start, ttl);
  }

  async #sendExtension(milliseconds: number, how: 'add' | 'set', options: WaitOptions, start: number): Promise<number> {
    try {
      return await this.#calls.extend(this.#token, milliseconds, how, options);
    } catch (error) {
      // It may have run all the same, and left us less time than there was.
      const mayHaveRun = (error as { readonly sent?: unknown }).sent === true;
      if (mayHaveRun && how === 'set' && start + milliseconds < this.#until) this.#lasts(start, milliseconds);
      throw error;
    }
  }

  #checkHeld(): void {
    if (this.#state === 'releasing' || this.#state === 'released') throw alreadyReleased();
    if (this.#loss.signal.aborted) throw this.#tell();
  }

  // Time

  /** Takes down that the lock lives for `ttl` ms from a moment that is not before `start`. */
  #lasts(start: number, ttl: number): void {
    this.#until = start + ttl * (1 - CAUTION);
    this.#watch();
    if (this.#renewing) this.#renewIn(Math.min(ttl, this.#timeout) * RENEWAL - (performance.now() - start));
  }

  #watch(): void {
    clearTimeout(this.#expiry);
    if (this.#state === 'released' || this.#state === 'lost') return;
    const left = this.#until - performance.now();
    if (left <= 0) this.#overdue();
    // A lease keeps no process alive: its lock ends without it.
    else this.#expiry = setTimeout(() => this.#watch(), timerDelay(Math.ceil(left))).unref();
  }

  /** The server may still have the lock as ours, which a release asks it. */
  #overdue(): void {
    const why = this.#renewing ? 'it could not be renewed in time' : 'its time is over';
    this.#loss.abort(new LockNotOwnedError(`the lock was lost: ${why}`, { cause: this.#trouble }));
    this.#stop();
  }

  #renewIn(delay: number): void {
    clearTimeout(this.#renewal);
    this.#renewal = setTimeout(() => void this.#renew(), timerDelay(Math.max(1, delay))).unref();
  }

  async #renew(): Promise<void> {
    const start = performance.now();
    const left = this.#until - start;
    if (!this.#renewing || left <= 0) return;
    try {
      const ttl = await this.#calls.renew(this.#token, this.#timeout, left);
      if (!this.#renewing) return;
      if (ttl === 0) this.#lose('it was no longer held when it was to be renewed');
      else this.#lasts(start, ttl);
    } catch (error) {
      // There may be time for another try; when there is not, this is the cause of the loss.
      this.#trouble = error;
      if (this.#renewing) this.#renewIn(this.#timeout * RETRY);
    }
  }

  // The end

  /** The server does not have the lock as ours. */
  #lose(why: string): void {
    this.#state = 'lost';
    this.#loss.abort(new LockNotOwnedError(`the lock was lost: ${why}`));
    this.#stop();
  }

  #stop(): void {
    this.#renewing = false;
    clearTimeout(this.#expiry);
    clearTimeout(this.#renewal);
  }

  /** The loss, as an error in the stack of whoever is told now. */
  #tell(): LockNotOwnedError {
    this.#told = true;
    const { message, cause } = this.#loss.signal.reason as LockNotOwnedError;
    return new LockNotOwnedError(message, { cause });
  }
}

function alreadyReleased(): LockError {
  return new LockError('the lease was released already', { code: 'LOCK_RELEASED' });
}
