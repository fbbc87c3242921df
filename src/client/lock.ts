import { randomBytes } from 'node:crypto';
import type { Key } from '../commands/surface.ts';
import type { RequestOptions } from '../connection/request.ts';
import { AbortError, DataError, LockError } from '../errors.ts';
import type { Router } from '../topology/router.ts';
import { Lease } from './lease.ts';
import { LockCalls, MARK, type Attempt } from './lock-calls.ts';
import { joinWaiters } from './lock-waiters.ts';
import { check, FLAG, whole, type Rule } from './option-rule.ts';
import { checkWaitOptions, type WaitOptions } from './wait-options.ts';

const DEFAULT_SLEEP = 100;
const TOKEN_BYTES = 16;

interface PatienceOptions {
  /** How often to look whether the lock is free, in milliseconds, while its release cannot be told from the server. Default 100. */
  readonly sleep?: number | undefined;
  /** Whether to wait for the lock when somebody else has it. Default true. */
  readonly blocking?: boolean | undefined;
  /** How long to wait at most, in milliseconds. Default: as long as it takes. */
  readonly blockingTimeout?: number | undefined;
}

/** Options of `client.lock()`. Times are in milliseconds. */
export interface LockOptions extends PatienceOptions {
  /** When the lock expires, unless it is extended. Default: never, until it is released. */
  readonly timeout?: number | undefined;
  /** Renews a lease, which needs a `timeout`, as long as it is held. Default false. */
  readonly autoExtend?: boolean | undefined;
}

/** Options of `lock.acquire()` and `lock.run()`, which take the place of the lock's own. */
export interface LockAcquireOptions extends PatienceOptions {
  /** What the server is to have as the lock's value. It must differ from every other holder's. Default: random. */
  readonly token?: Key | undefined;
  /** Ends the waiting when it fires. */
  readonly signal?: AbortSignal | undefined;
}

const PATIENCE_RULES: Readonly<Record<keyof PatienceOptions, Rule>> = {
  sleep: [(value) => typeof value === 'number' && value > 0 && value < Infinity, 'milliseconds above 0'],
  blocking: FLAG,
  blockingTimeout: [(value) => typeof value === 'number' && value >= 0, 'milliseconds from 0 up'],
};

const LOCK_RULES: Readonly<Record<keyof LockOptions, Rule>> = {
  ...PATIENCE_RULES,
  timeout: [whole(1), 'whole milliseconds from 1 up'],
  autoExtend: FLAG,
};

const isToken = (value: unknown): boolean =>
  (typeof value === 'string' || value instanceof Uint8Array) && value.length > 0;

const ACQUIRE_RULES: Readonly<Record<keyof LockAcquireOptions, Rule>> = {
  ...PATIENCE_RULES,
  token: [isToken, 'a string or bytes'],
  signal: [(value) => value instanceof AbortSignal, 'an AbortSignal'],
};

/** How one acquisition goes. */
interface Claim {
  readonly token: Key;
  readonly unique: boolean;
  readonly signal: AbortSignal | undefined;
}

/**
 * A lock that one holder at a time has, among all clients of the server: the key `name`, which holds the holder's token.
 *
 * Made by `client.lock(name, options)`; nothing is sent before `acquire`. Other clients that take locks with SET NX, such as valkey-py's
 * `Lock`, respect it, and it respects theirs.
 *
 * @example
 * ```ts
 * const lock = client.lock('order:42', { timeout: 10_000 });
 * const lease = await lock.acquire({ blockingTimeout: 2000 });
 * if (lease !== null) {
 *   await client.incr('handled');
 *   await lease.release();
 * }
 * await lock.locked(); // => false
 * ```
 */
export class Lock {
  readonly name: Key;
  readonly #router: Router;
  readonly #calls: LockCalls;
  readonly #signal: AbortSignal | undefined;
  readonly #options: LockOptions;

  /** Use `client.lock()`. @internal */
  constructor(router: Router, requests: RequestOptions, name: Key, options: LockOptions) {
    check(options, LOCK_RULES, 'option of a lock');
    if (options.autoExtend === true && options.timeout === undefined) {
      throw new DataError('the option autoExtend of a lock needs a timeout', { code: 'INVALID_OPTION' });
    }
    this.name = name;
    this.#router = router;
    this.#calls = new LockCalls(router, requests, name);
    this.#signal = requests.signal;
    this.#options = { ...options };
  }

  /**
   * Takes the lock, waiting for it if need be. Gives a lease of its own to every caller, or `null` when the lock was not to be had: at
   * once with `blocking: false`, after `blockingTimeout`, never earlier, otherwise.
   *
   * Waiters of one client are served in the order of their calls, and those of several clients in the order in which they began to wait. They
   * are woken by a release, and by the end of the holder's time; a lock that another library releases is noticed within `sleep`.
   * Rejects with an `AbortError` when the signal fires, and with a `ConnectionError` or `TimeoutError` when the server cannot be asked. What
   * an attempt may have taken by then is given back.
   *
   * @example
   * ```ts
   * const lock = client.lock('printer', { timeout: 5000, blocking: false });
   * const lease = await lock.acquire();
   * await lock.acquire(); // => null
   * await lease.release();
   * ```
   */
  async acquire(options: LockAcquireOptions = {}): Promise<Lease | null> {
    check(options, ACQUIRE_RULES, 'option of acquire');
    const all = { ...this.#options, ...given(options) };
    const { sleep = DEFAULT_SLEEP, blocking = true, blockingTimeout = Infinity, token, signal } = all;
    const claim: Claim = {
      // Bytes are copied: their owner may change them later.
      token: typeof token === 'object' ? Buffer.from(token) : (token ?? newToken()),
      unique: token === undefined,
      signal: either(this.#signal, signal),
    };
    const start = performance.now();
    const result = blocking ? await this.#wait(claim, sleep, start + blockingTimeout) : await this.#try(claim, 0);
    return result instanceof Lease ? result : null;
  }

  /**
   * Takes the lock, runs `work` and releases the lock, also when `work` fails. Gives what `work` gave.
   *
   * `work` is given the lease's signal, which fires when the lock is lost, and the lease. Rejects with what `work` rejects with; with a
   * `LockError` when the lock was not to be had; with a `LockNotOwnedError` when `work` succeeded but had lost the lock by its end.
   *
   * @example
   * ```ts
   * const lock = client.lock('stock', { timeout: 10_000, autoExtend: true });
   * await lock.run(async (signal) => client.withOptions({ signal }).incr('sold')); // => 1
   * ```
   */
  async run<R>(
    work: (signal: AbortSignal, lease: Lease) => R | Promise<R>,
    options: LockAcquireOptions = {},
  ): Promise<R> {
    const lease = await this.acquire(options);
    if (lease === null) {
      throw new LockError('the lock was not acquired: somebody else has it', { code: 'LOCK_NOT_ACQUIRED' });
    }
    let result: R;
    try {
      result = await work(lease.signal, lease);
    } catch (error) {
      // What went wrong first is told, and a lock that cannot be released now expires.
      await lease.release().catch(() => undefined);
      throw error;
    }
    await released(lease);
    return result;
  }

  /** Whether anybody has the lock. */
  async locked(options: WaitOptions = {}): Promise<boolean> {
    checkWaitOptions(options);
    return await this.#calls.exists({ ...options, signal: either(this.#signal, options.signal) });
  }

  /** Tries until the lock is had, or `deadline` has come: then once more. */
  async #wait(claim: Claim, sleep: number, deadline: number): Promise<Lease | Attempt> {
    const waiter = joinWaiters(this.#router, this.#calls, sleep, claim.signal);
    try {
      for (;;) {
        const isLast = performance.now() >= deadline;
        if (isLast || waiter.mayTry) {
          waiter.tries();
          const result = await this.#try(claim, isLast ? 0 : waiter.keep);
          if (isLast || result instanceof Lease) return result;
          waiter.refused(result);
        }
        await waiter.pause(deadline - performance.now());
        checkSignal(claim.signal);
      }
    } catch (error) {
      if (!(error instanceof AbortError)) waiter.failed();
      throw error;
    } finally {
      waiter.leave();
    }
  }

  /** One attempt. `keep` is how long others shall know that we wait. */
  async #try(claim: Claim, keep: number): Promise<Lease | Attempt> {
    const { token, unique, signal } = claim;
    checkSignal(signal);
    const { timeout = 0, autoExtend = false } = this.#options;
    const start = performance.now();
    try {
      const attempt = await this.#calls.acquire({ token, unique, timeout, keep, signal });
      if (attempt.fencing === 0) return attempt;
      return new Lease(this.#calls, { token, fencing: attempt.fencing, start, timeout, autoExtend });
    } catch (error) {
      if (error instanceof AbortError) checkSignal(signal);
      throw error;
    }
  }
}

/** Releases a lease, unless the work it was for has done so. */
async function released(lease: Lease): Promise<void> {
  try {
    await lease.release();
  } catch (error) {
    if (!(error instanceof LockError) || error.code !== 'LOCK_RELEASED') throw error;
  }
}

/** Options that have a value: `undefined` does not take the place of the lock's own. */
function given<O extends object>(options: O): Partial<O> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<O>;
}

function newToken(): string {
  return MARK + randomBytes(TOKEN_BYTES).toString('hex');
}

function either(first: AbortSignal | undefined, second: AbortSignal | undefined): AbortSignal | undefined {
  return first === undefined || second === undefined ? (first ?? second) : AbortSignal.any([first, second]);
}

/** Throws when the signal has fired. What an attempt on its way has taken is given back: nothing is left of it. */
function checkSignal(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new AbortError('the lock was not acquired: aborted', { cause: signal.reason });
}
