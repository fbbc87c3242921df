import type { Spec } from '../commands/spec.ts';
import type { Argument } from '../protocol/encoder.ts';
import type { ReplyMode } from '../protocol/reply-mode.ts';
import { byteKey, identityOf } from './byte-key.ts';
import type { Flight, Place } from './flight.ts';

/** Every form that a reply may be kept in. */
export const FORMS: readonly ReplyMode[] = (['utf8', 'latin1', 'buffer'] as const).flatMap((encoding) =>
  (['number', 'bigint'] as const).map((integers) => ({ encoding, integers })),
);

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
