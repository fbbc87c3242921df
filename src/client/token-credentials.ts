import type { CredentialProvider, Credentials } from '../connection/settings.ts';
import { AuthenticationError, DataError } from '../errors.ts';
import { timerDelay } from '../util/timer.ts';
import { ChangeListeners } from './credentials.ts';

/** A password that is valid for a while. */
export interface Token {
  readonly token: string;
  /** When it ends, as a `Date` or in milliseconds since the epoch. */
  readonly expiresAt: Date | number;
}

/** Where a `TokenCredentialProvider` has its tokens from. */
export interface TokenCredentialOptions {
  /** The user that the tokens are for. Default: the server's user `default`. */
  readonly username?: string;
  /** Makes a token, or fetches one. */
  readonly getToken: () => Promise<Token> | Token;
}

/** A token is replaced when this much of its time is over. */
const SPENT = 0.8;
/** How soon a token that could not be made is tried again, in milliseconds. */
const RETRY = 10_000;
/** How long a token is waited for, in milliseconds: all that want one share the wait, and one that never ends would be for good. */
const PATIENCE = 30_000;
/** No sooner is a token replaced, in milliseconds. */
const LEAST = 10;

/**
 * Credentials whose password is a token of a cloud, such as one of Microsoft Entra ID or Google IAM, which is replaced in time.
 *
 * A token is used for 80 % of its life; then the next dial makes another, and so does a timer while connections use it, which are then
 * renewed. Whoever asks while one is being made shares it; after 30 seconds it is given up. When none can be made, the last one is used
 * until it ends. Nothing keeps the process alive, and the token is not shown by `inspect`.
 *
 * @example
 * ```ts
 * const identity = { getToken: async (scope) => ({ token: 'eyJ0eX...', expiresOnTimestamp: Date.now() + 3_600_000 }) };
 * const credentialProvider = new TokenCredentialProvider({
 *   username: 'the object id of the identity',
 *   getToken: async () => {
 *     const { token, expiresOnTimestamp } = await identity.getToken('https://redis.azure.com/.default');
 *     return { token, expiresAt: expiresOnTimestamp };
 *   },
 * });
 * const other = new Valkey({ host: 'cache.example.com', tls: true, credentialProvider });
 * other.destroy();
 * ```
 */
export class TokenCredentialProvider implements CredentialProvider {
  readonly #username: string | undefined;
  readonly #getToken: () => Promise<Token> | Token;
  readonly #listeners: ChangeListeners = new ChangeListeners(
    () => this.#schedule(),
    () => clearTimeout(this.#timer),
  );
  #current: Credentials | undefined;
  /** When the present token should be replaced, and when it ends. */
  #dueAt = -Infinity;
  #endsAt = -Infinity;
  #making: Promise<Credentials> | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** @throws DataError when an option is missing or cannot be used, naming it */
  constructor(options: TokenCredentialOptions) {
    const { username, getToken } = options;
    if (typeof getToken !== 'function') {
      throw new DataError('the option getToken must be a function', { code: 'INVALID_OPTION' });
    }
    if (username !== undefined && typeof username !== 'string') {
      throw new DataError('the option username must be a string', { code: 'INVALID_OPTION' });
    }
    this.#username = username;
    this.#getToken = getToken;
  }

  async getCredentials(): Promise<Credentials> {
    if (this.#current !== undefined && Date.now() < this.#dueAt) return this.#current;
    try {
      return await this.#renew();
    } catch (error) {
      if (this.#current !== undefined && Date.now() < this.#endsAt) return this.#current;
      throw error;
    }
  }

  onChange(listener: () => void): () => void {
    return this.#listeners.add(listener);
  }

  /** Makes a token, one at a time. Those who listen are told, unless it is the first. */
  #renew(): Promise<Credentials> {
    this.#making ??= this.#make().finally(() => {
      this.#making = undefined;
    });
    return this.#making;
  }

  async #make(): Promise<Credentials> {
    const wanted = Date.now();
    const { token, expiresAt } = (await this.#tokenInTime()) ?? {};
    const endsAt = Number(expiresAt);
    if (typeof token !== 'string' || Number.isNaN(endsAt)) {
      throw new AuthenticationError('getToken() must give { token, expiresAt }', { code: 'CREDENTIALS_FAILED' });
    }
    const isFirst = this.#current === undefined;
    this.#current = { username: this.#username, password: token };
    this.#dueAt = wanted + (endsAt - wanted) * SPENT;
    this.#endsAt = endsAt;
    this.#schedule();
    if (!isFirst) this.#listeners.tell();
    return this.#current;
  }

  #tokenInTime(): Promise<Token> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        const message = `getToken() gave no token within ${PATIENCE / 1000} s`;
        reject(new AuthenticationError(message, { code: 'CREDENTIALS_FAILED' }));
      }, PATIENCE).unref();
      new Promise<Token>((settle) => settle(this.#getToken())).then(resolve, reject).finally(() => clearTimeout(timer));
    });
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    if (!this.#listeners.some || this.#current === undefined) return;
    const now = Date.now();
    // One that has ended before it came may be followed by more of its kind.
    this.#wait(this.#endsAt <= now ? RETRY : Math.max(this.#dueAt - now, LEAST));
  }

  #wait(milliseconds: number): void {
    this.#timer = setTimeout(() => void this.#replace(), timerDelay(milliseconds)).unref();
  }

  async #replace(): Promise<void> {
    // The wait was shorter than asked for, or a dial was first.
    if (Date.now() < this.#dueAt) {
      this.#schedule();
      return;
    }
    try {
      await this.#renew();
    } catch {
      if (!this.#listeners.some) return;
      this.#wait(RETRY);
      // From now on whoever asks gets the reason.
      if (Date.now() >= this.#endsAt) this.#listeners.tell();
    }
  }
}
