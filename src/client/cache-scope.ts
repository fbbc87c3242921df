import type { Spec } from '../commands/spec.ts';
import { HomeLocator } from '../connection/home-locator.ts';
import { targetOf, type ConnectionSettings, type SessionState } from '../connection/settings.ts';
import type { Argument } from '../protocol/encoder.ts';
import { byteKey, identityOf } from './byte-key.ts';
import type { CacheSettings } from './cache-options.ts';
import type { Flight, Place } from './flight.ts';

/**
 * Names a server, a database of it, who asks, and how old a reply may be: what decides, beside the command, what is told. Those for whom
 * it is the same find each other's replies.
 */
export function placeName(
  settings: ConnectionSettings,
  { db, username = '' }: Pick<SessionState, 'db' | 'username'>,
  { maxStaleness, ttl }: Pick<CacheSettings, 'maxStaleness' | 'ttl'>,
): string {
  const { locator, credentialProvider: provider, onConnect } = settings;
  // Who shares a provider is the same user, and who shares a locator means the same server. A home is at its address.
  const place = locator === undefined || locator instanceof HomeLocator ? '' : ` ${numberOf(locator)}`;
  const user = provider === undefined ? username : `provider ${numberOf(provider)}`;
  // It may choose a database, or be somebody else.
  const prepared = onConnect === undefined ? '' : ` onConnect ${numberOf(onConnect)}`;
  return `${targetOf(settings)}${place}/${db} ${user}${prepared} ${maxStaleness} ${ttl}`;
}

const numbers = new WeakMap<object, number>();
let numbered = 0;

/** A number that no other object has. */
function numberOf(object: object): number {
  let number = numbers.get(object);
  if (number === undefined) numbers.set(object, (number = ++numbered));
  return number;
}

/** Where replies lie that are told apart by their arguments alone. */
export class Shelf {
  /** Its name in the store. */
  name: string;
  /** Replies on their way, by the identity of their arguments. */
  readonly flights: Map<string, Flight> = new Map<string, Flight>();

  constructor(name: string) {
    this.name = name;
  }
}

/** Where a part of a reply belongs, by what it is. */
export interface Cell {
  readonly some: Place;
  /** For nil. */
  readonly none: Place;
}

/** The replies to one command in one form. */
export class CacheScope {
  readonly spec: Spec;
  readonly #form: string;
  /** Those to a single argument of text, which is its own identity; and all others. */
  readonly one: Shelf;
  readonly #many: Shelf;

  constructor(spec: Spec, form: string, prefix: string) {
    this.spec = spec;
    this.#form = form;
    this.one = new Shelf('');
    this.#many = new Shelf('');
    this.move(prefix);
  }

  /** Where the reply to these arguments is. */
  placeOf(args: readonly Argument[]): Place {
    const [arg] = args;
    if (args.length === 1 && typeof arg === 'string') return { shelf: this.one, identity: arg };
    return { shelf: this.#many, identity: identityOf(args) };
  }

  /** Where the reply to these arguments may be, given as text or as bytes. */
  placesOf(args: readonly Argument[]): Place[] {
    const places = [{ shelf: this.#many, identity: identityOf(args) }];
    const [arg] = args;
    if (args.length !== 1 || arg === undefined) return places;
    const text = typeof arg === 'string' ? arg : Buffer.from(byteKey(arg), 'latin1').toString();
    return [{ shelf: this.one, identity: text }, ...places];
  }

  /** Names its shelves anew. */
  move(prefix: string): void {
    this.one.name = `${prefix} ${this.#form}`;
    this.#many.name = `${prefix} ${this.#form} *`;
  }
}
