import type { Spec } from '../commands/spec.ts';
import type { CredentialProvider } from '../connection/settings.ts';
import type { Argument } from '../protocol/encoder.ts';
import { identityOf } from './byte-key.ts';
import type { Flight, Place } from './flight.ts';

/** Names a server, a database of it and who asks: what decides, beside the command, what is replied. */
export function placeName(server: string, db: number, user: string | CredentialProvider | undefined): string {
  return `${server}/${db} ${typeof user === 'object' ? providerName(user) : (user ?? '')}`;
}

const names = new WeakMap<CredentialProvider, string>();
let providers = 0;

/** Which user it is that a provider names is not known; those who share it are the same. */
function providerName(provider: CredentialProvider): string {
  let name = names.get(provider);
  if (name === undefined) names.set(provider, (name = `provider ${++providers}`));
  return name;
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
  readonly #one: Shelf;
  readonly #many: Shelf;

  constructor(spec: Spec, form: string, prefix: string) {
    this.spec = spec;
    this.#form = form;
    this.#one = new Shelf('');
    this.#many = new Shelf('');
    this.move(prefix);
  }

  get one(): Shelf {
    return this.#one;
  }

  /** Where the reply to these arguments is. */
  placeOf(args: readonly Argument[]): Place {
    const [arg] = args;
    if (args.length === 1 && typeof arg === 'string') return { shelf: this.#one, identity: arg };
    return { shelf: this.#many, identity: identityOf(args) };
  }

  /** Names its shelves anew. */
  move(prefix: string): void {
    this.#one.name = `${prefix} ${this.#form}`;
    this.#many.name = `${prefix} ${this.#form} *`;
  }
}
