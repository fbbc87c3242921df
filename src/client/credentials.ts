import type { CredentialProvider, Credentials } from '../connection/settings.ts';
import { DataError } from '../errors.ts';

/** Tells all who listen that something has changed, and is told itself when the first comes and the last goes. */
export class ChangeListeners {
  readonly #listeners: Set<() => void> = new Set();
  readonly #first: () => void;
  readonly #last: () => void;

  constructor(first: () => void, last: () => void) {
    this.#first = first;
    this.#last = last;
  }

  /** Whether there are any. */
  get some(): boolean {
    return this.#listeners.size > 0;
  }

  add(listener: () => void): () => void {
    // A wrapper of its own, so that the same function can listen twice and leave once.
    const own = (): void => listener();
    this.#listeners.add(own);
    if (this.#listeners.size === 1) this.#first();
    return () => {
      if (this.#listeners.delete(own) && this.#listeners.size === 0) this.#last();
    };
  }

  tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}

/** Throws unless it is credentials. The values are not shown. */
function checkCredentials(username: unknown, password: unknown): void {
  if ((username === undefined || typeof username === 'string') && typeof password === 'string') return;
  throw new DataError('a username, if there is one, and a password must be strings', { code: 'INVALID_OPTION' });
}

/**
 * Credentials that the program knows, and may replace while clients use them: `rotate` renews every connection that stands.
 *
 * Neither is shown by `inspect` or `JSON.stringify`.
 *
 * @example
 * ```ts
 * const credentials = new UsernamePasswordCredentialProvider('app', 'first');
 * const options = { host: 'cache.example.com', tls: true, credentialProvider: credentials };
 * credentials.rotate('app', 'second');
 * credentials.getCredentials(); // => { username: 'app', password: 'second' }
 * ```
 */
export class UsernamePasswordCredentialProvider implements CredentialProvider {
  #credentials: Credentials;
  readonly #listeners: ChangeListeners = new ChangeListeners(nothing, nothing);

  /**
   * @param username `undefined` for the server's default user
   * @throws DataError when one is not a string
   */
  constructor(username: string | undefined, password: string) {
    checkCredentials(username, password);
    this.#credentials = { username, password };
  }

  getCredentials(): Credentials {
    return this.#credentials;
  }

  /**
   * Gives these from now on, and has connections that stand send AUTH with them. Make them valid at the server before.
   *
   * @throws DataError when one is not a string
   */
  rotate(username: string | undefined, password: string): void {
    checkCredentials(username, password);
    this.#credentials = { username, password };
    this.#listeners.tell();
  }

  onChange(listener: () => void): () => void {
    return this.#listeners.add(listener);
  }
}

function nothing(): void {}
