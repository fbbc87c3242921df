import type { Connection } from '../connection/connection.ts';
import type { Request } from '../connection/request.ts';
import type { ConnectionSettings, SessionState } from '../connection/settings.ts';
import { ResponseError } from '../errors.ts';
import type { CacheSettings } from './cache-options.ts';

/**
 * Where what is read on a connection is kept: its server, a database of it, who asks, and how old a reply may be, which is what decides,
 * beside the command, what is told. Those for whom it is the same find each other's replies. Only a connection knows which server a name
 * meant, and which user a provider gave.
 */
export function placeOf(
  { peer, database, user }: Connection,
  onConnect: object | undefined,
  how: CacheSettings,
): string {
  return `${peer}/${database} ${user}${conditions(onConnect, how)}`;
}

/** The same for a cluster, which is known by the nodes that it began with: a map of it leads to the others. */
export function clusterPlace(
  nodes: string,
  { onConnect, credentialProvider: provider }: ConnectionSettings,
  { db, username = '' }: Pick<SessionState, 'db' | 'username'>,
  how: CacheSettings,
): string {
  const user = provider === undefined ? username : `provider ${numberOf(provider)}`;
  return `cluster ${nodes}/${db} ${user}${conditions(onConnect, how)}`;
}

/** What else decides what is told. */
function conditions(onConnect: object | undefined, { maxStaleness, ttl }: CacheSettings): string {
  // It may choose a database, or be somebody else.
  const prepared = onConnect === undefined ? '' : ` onConnect ${numberOf(onConnect)}`;
  return `${prepared} ${maxStaleness} ${ttl}`;
}

const numbers = new WeakMap<object, number>();
let numbered = 0;

/** A number that no other object has. */
function numberOf(object: object): number {
  let number = numbers.get(object);
  if (number === undefined) numbers.set(object, (number = ++numbered));
  return number;
}

let owns = 0;

/**
 * The place where a client looks and keeps: the one of its connection, shared with all who read there. One of its own until there is a
 * connection, while a SELECT or an AUTH is on its way, and when that has moved the connection, until the next is made, which is there from
 * its beginning.
 */
export class CachePlace {
  readonly #nameOf: (connection: Connection) => string;
  readonly #renamed: (name: string) => void;
  /** Requests on their way that may change the database or the user. */
  #moving = 0;
  /** The connections, or clients of a cluster, which has many, that are elsewhere than they began. */
  readonly #elsewhere = new WeakSet<object>();
  name = `own ${++owns}`;

  constructor(nameOf: (connection: Connection) => string, renamed: (name: string) => void) {
    this.#nameOf = nameOf;
    this.#renamed = renamed;
  }

  /** Nothing that is known is true here, and nobody else's. */
  leave(): void {
    this.#rename(`own ${++owns}`);
  }

  /** Leaves for as long as a request may change where it is. `where` gives what has moved by then, if it was not refused. */
  move(request: Request, where: () => readonly object[], settled: () => void): void {
    this.leave();
    this.#moving++;
    request.onSettled((makeError) => {
      this.#moving--;
      const isRefused = makeError !== undefined && makeError() instanceof ResponseError;
      if (!isRefused) for (const each of where()) this.#elsewhere.add(each);
      settled();
    });
  }

  /** Takes the place of a connection of this client, unless either is elsewhere. */
  settle(connection: Connection, client: object): void {
    const hasMoved = this.#elsewhere.has(connection) || this.#elsewhere.has(client);
    if (this.#moving === 0 && !hasMoved) this.#rename(this.#nameOf(connection));
  }

  #rename(name: string): void {
    this.name = name;
    this.#renamed(name);
  }
}
