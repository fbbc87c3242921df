import { AbortError } from '../errors.ts';
import { timerDelay } from '../util/timer.ts';
import type { Connection } from './connection.ts';

/** Somebody who waits for a connection. */
export interface Waiter {
  /** Until when, as `performance.now()` tells. */
  readonly until: number;
  resolve(connection: Connection): void;
  reject(error: Error): void;
}

/** The error of a wait that its signal has ended. */
export function abortError(signal: AbortSignal): AbortError {
  return new AbortError('aborted while waiting for a connection', { cause: signal.reason });
}

/** Those who wait for a connection of a pool, first come, first served. */
export class WaitingLine {
  readonly #waiters: Set<Waiter> = new Set();

  get length(): number {
    return this.#waiters.size;
  }

  get first(): Waiter | undefined {
    const [waiter] = this.#waiters;
    return waiter;
  }

  /** Joins the line, for `timeout` ms at most: then it rejects with what `late` makes. */
  join(timeout: number, signal: AbortSignal | undefined, late: () => Error): Promise<Connection> {
    return new Promise<Connection>((resolve, reject) => {
      const leave = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', abort);
        this.#waiters.delete(waiter);
      };
      const waiter: Waiter = {
        until: performance.now() + timeout,
        resolve: (connection) => {
          leave();
          resolve(connection);
        },
        reject: (error) => {
          leave();
          reject(error);
        },
      };
      const abort = (): void => waiter.reject(abortError(signal!));
      const timer = setTimeout(() => waiter.reject(late()), timerDelay(timeout));
      signal?.addEventListener('abort', abort, { once: true });
      this.#waiters.add(waiter);
    });
  }

  /** Sends all of them away. */
  dismiss(makeError: () => Error): void {
    for (const waiter of [...this.#waiters]) waiter.reject(makeError());
  }
}
