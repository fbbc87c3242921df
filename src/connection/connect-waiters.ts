import type { ConnectionError } from '../errors.ts';
import { isPermanent } from './failure.ts';

interface Waiter {
  /** For how many more failed dials it waits. */
  left: number;
  resolve(): void;
  reject(error: Error): void;
}

/** Those who have called `connect()` and are to be told what came of it. */
export class ConnectWaiters {
  #waiters: Waiter[] = [];

  /** Resolves when there is a connection; rejects after `dials` failed ones. */
  add(dials: number): Promise<void> {
    return new Promise((resolve, reject) => this.#waiters.push({ left: dials, resolve, reject }));
  }

  /** A dial has failed: who has waited for enough of them is told. */
  disappoint(error: ConnectionError): void {
    for (const waiter of this.#waiters) if (--waiter.left <= 0 || isPermanent(error)) waiter.reject(error);
    this.#waiters = this.#waiters.filter(({ left }) => left > 0 && !isPermanent(error));
  }

  /** Tells all of them. */
  settle(error?: Error): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const { resolve, reject } of waiters) {
      if (error === undefined) resolve();
      else reject(error);
    }
  }
}
