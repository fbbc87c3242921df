import type { ConnectionError } from '../errors.ts';
import type { Address } from './settings.ts';

/** How long a connection to the wrong server may take to answer what it was asked, in milliseconds. It may be dead. */
export const LEAVE = 100;

/** What a server is to its peers. */
export type Role = 'primary' | 'replica';

/** The role that a server's word means: servers have two words for either. */
export function roleOf(word: string | undefined): Role | undefined {
  if (word === 'master' || word === 'primary') return 'primary';
  return word === 'slave' || word === 'replica' ? 'replica' : undefined;
}

/** Where a server is now. */
export interface Location {
  readonly address: Address;
  /** What it must be: a server that is something else fails the dial. */
  readonly role: Role | undefined;
}

/** Tells whether a connection to `address` may stay. */
export type Stays = (address: Address) => boolean;

/**
 * Finds the server that connections are made to. It is asked on every dial, and says so when those that stand have to go.
 *
 * ```
 *   dial --> locate() --> connect, handshake, role --> ready --> READONLY, lost, or onMove()
 *     ^                            |                                     |
 *     '--- suspect(address) -------'-------------------------------------'
 * ```
 */
export interface Locator {
  /** What it looks for, for messages while nobody knows where that is. */
  readonly name: string;
  /** How long a connection to what is the wrong server now may take to answer what it was asked. Default `LEAVE`. */
  readonly leave?: number;
  /** Gives the server's place, or rejects with a `ConnectionError`, within `timeout` ms. At once, where it is known. */
  locate(timeout: number): Promise<Location> | Location;
  /** A server says that another has taken its place. */
  redirect?(address: Address): void;
  /** The server at `address` is not what it was, without a word of who is: others that are connected there hear of it. */
  doubt?(address: Address): void;
  /** Calls `listener` for each doubt, until the function it gives is called. */
  onDoubt?(listener: (address: Address) => void): () => void;
  /** Takes note that the server at `address` could not be reached, was lost, or is not what it should be. */
  suspect(address: Address, cause: ConnectionError): void;
  /** Calls `listener` whenever connections may have to go, until the function it gives is called. */
  onMove(listener: (stays: Stays) => void): () => void;
}
