import type { ConnectionError } from '../errors.ts';
import type { Location, Locator, Stays } from './locator.ts';
import { endpointOf, type Address } from './settings.ts';

/** The server itself said that it is the wrong one: it is alive, and owes an answer to whatever it was sent. Milliseconds. */
const LEAVE_ALIVE = 1000;

/**
 * The server behind a name, and where it has sent us: a primary that steps down says who takes over, long before its name does.
 *
 * ```
 *   home --REDIRECT other--> other --lost, or not reached--> home
 * ```
 */
export class HomeLocator implements Locator {
  readonly name: string;
  readonly leave: number = LEAVE_ALIVE;
  readonly #home: Location;
  #elsewhere: Location | undefined;
  readonly #listeners: Set<(stays: Stays) => void> = new Set();
  readonly #doubters: Set<(address: Address) => void> = new Set();

  constructor(address: Address) {
    this.name = endpointOf(address);
    this.#home = { address, role: undefined };
  }

  locate(): Location {
    return this.#elsewhere ?? this.#home;
  }

  redirect(address: Address): void {
    const endpoint = endpointOf(address);
    if (endpoint === endpointOf(this.locate().address)) return;
    this.#elsewhere = endpoint === this.name ? undefined : { address, role: undefined };
    for (const listener of [...this.#listeners]) listener((each) => endpointOf(each) === endpoint);
  }

  doubt(address: Address): void {
    for (const listener of [...this.#doubters]) listener(address);
  }

  onDoubt(listener: (address: Address) => void): () => void {
    this.#doubters.add(listener);
    return () => void this.#doubters.delete(listener);
  }

  suspect(address: Address, _cause: ConnectionError): void {
    if (address === this.#elsewhere?.address) this.#elsewhere = undefined;
  }

  onMove(listener: (stays: Stays) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}
