import type { Stats } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import type { CredentialProvider, Credentials } from '../connection/settings.ts';
import { AuthenticationError, DataError } from '../errors.ts';
import { timerDelay } from '../util/timer.ts';
import { ChangeListeners } from './credentials.ts';

/** How the file of a `FileCredentialProvider` is read. */
export interface FileCredentialOptions {
  /** The user, when the file holds the password alone. */
  readonly username?: string;
  /**
   * What the file holds: `'password'`; `'pair'`, a user and a password with a colon between; `'json'`, an object `{ username?, password }`.
   * Default: JSON if it begins with `{`, else the password alone if `username` is given or there is no colon, else a pair.
   */
  readonly format?: 'password' | 'pair' | 'json';
  /** How often the file is looked at while connections use it, in milliseconds. Default 1000. */
  readonly interval?: number;
}

/** What the file held, and what told that state of it from others. */
interface Reading {
  readonly credentials: Credentials;
  readonly mark: string;
}

/** No secret is longer, in bytes: what is, is the wrong file. */
const LONGEST = 64 * 1024;
const NAMES = ['username', 'format', 'interval'];
const FORMATS = ['password', 'pair', 'json'];

/**
 * Credentials in a file, such as a mounted secret. It is read on every dial, and looked at while connections use it: when it has
 * changed they are renewed.
 *
 * One line break at the end does not count. A file that is missing or cannot be read fails the dial, which is tried again as `retry`
 * says. No error shows what the file holds. Nothing keeps the process alive.
 *
 * @example
 * ```ts
 * const credentialProvider = new FileCredentialProvider('/run/secrets/valkey', { username: 'app' });
 * const other = new Valkey({ host: 'cache.example.com', tls: true, credentialProvider });
 * other.destroy();
 * ```
 */
export class FileCredentialProvider implements CredentialProvider {
  readonly #path: string;
  readonly #options: FileCredentialOptions;
  readonly #listeners: ChangeListeners = new ChangeListeners(
    () => this.#watch(),
    () => clearInterval(this.#timer),
  );
  #timer: NodeJS.Timeout | undefined;
  #looking = false;
  #mark: string | undefined;
  #last: Credentials | undefined;
  #failures = 0;

  /** @throws DataError when the path or an option cannot be used, naming it */
  constructor(path: string, options: FileCredentialOptions = {}) {
    if (typeof path !== 'string' || path === '') throw unusable('path', 'the path of a file');
    checkOptions(options);
    this.#path = path;
    this.#options = options;
  }

  async getCredentials(): Promise<Credentials> {
    const reading = await this.#read();
    // A dial may see the change before the next look.
    if (this.#take(reading)) this.#listeners.tell();
    return reading.credentials;
  }

  onChange(listener: () => void): () => void {
    return this.#listeners.add(listener);
  }

  #watch(): void {
    const interval = timerDelay(this.#options.interval ?? 1000);
    this.#timer = setInterval(() => void this.#look(), interval).unref();
  }

  /** One look at a time. A file that cannot be read once may be about to be replaced; from the second time on it is told, once. */
  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    let tells: boolean;
    try {
      tells = await this.#hasChanged();
      this.#failures = 0;
    } catch {
      // Whoever is told asks for the credentials, and gets the reason.
      tells = ++this.#failures === 2;
    }
    this.#looking = false;
    if (tells) this.#listeners.tell();
  }

  async #hasChanged(): Promise<boolean> {
    if (this.#mark !== undefined && markOf(await stat(this.#path)) === this.#mark) return false;
    return this.#take(await this.#read());
  }

  /** Whether the credentials are others than those before. */
  #take({ credentials, mark }: Reading): boolean {
    const last = this.#last;
    this.#mark = mark;
    this.#last = credentials;
    return last !== undefined && (last.password !== credentials.password || last.username !== credentials.username);
  }

  async #read(): Promise<Reading> {
    let text: string;
    let mark: string;
    try {
      const file = await open(this.#path);
      try {
        // The mark is of what is read, even when the file is replaced meanwhile.
        mark = markOf(await file.stat());
        const { buffer, bytesRead } = await file.read(Buffer.alloc(LONGEST + 1), 0, LONGEST + 1, 0);
        if (bytesRead > LONGEST) throw this.#failure(`is longer than ${LONGEST} bytes`);
        text = buffer.toString('utf8', 0, bytesRead);
      } finally {
        await file.close();
      }
    } catch (cause) {
      if (cause instanceof AuthenticationError) throw cause;
      const { code } = cause as { readonly code?: unknown };
      throw this.#failure(`cannot be read${typeof code === 'string' ? `: ${code}` : ''}`, cause);
    }
    return { credentials: this.#parse(text.replace(/\r?\n$/, '')), mark };
  }

  #parse(text: string): Credentials {
    const { username } = this.#options;
    if (text === '') throw this.#failure('is empty');
    switch (this.#options.format ?? this.#formatOf(text)) {
      case 'json':
        return this.#parseJson(text);
      case 'pair': {
        const colon = text.indexOf(':');
        if (colon < 0) throw this.#failure('holds no user and password with a colon between');
        const user = text.slice(0, colon);
        return { username: user === '' ? username : user, password: text.slice(colon + 1) };
      }
      default:
        return { username, password: text };
    }
  }

  #formatOf(text: string): 'password' | 'pair' | 'json' {
    if (text.startsWith('{')) return 'json';
    return this.#options.username === undefined && text.includes(':') ? 'pair' : 'password';
  }

  #parseJson(text: string): Credentials {
    let parsed: unknown;
    try {
      parsed = JSON.parse(text);
    } catch {
      // The reason that JSON.parse gives shows a part of the text.
      throw this.#failure('is not valid JSON');
    }
    const fields = (typeof parsed === 'object' && parsed !== null ? parsed : {}) as Record<string, unknown>;
    const { username = this.#options.username, password } = fields;
    if (typeof password !== 'string') throw this.#failure('has no "password" that is a string');
    if (username !== undefined && typeof username !== 'string') {
      throw this.#failure('has a "username" that is not a string');
    }
    return { username, password };
  }

  #failure(what: string, cause?: unknown): AuthenticationError {
    return new AuthenticationError(`the credential file ${this.#path} ${what}`, { code: 'CREDENTIALS_FAILED', cause });
  }
}

/** A file that was replaced has another number, one that was written to another time or size. */
function markOf({ ino, size, mtimeMs, ctimeMs }: Stats): string {
  return `${ino} ${size} ${mtimeMs} ${ctimeMs}`;
}

function unusable(name: string, wanted: string): DataError {
  return new DataError(`the ${name} of a FileCredentialProvider must be ${wanted}`, { code: 'INVALID_OPTION' });
}

function checkOptions(options: FileCredentialOptions): void {
  const { username, format, interval } = options;
  const unknown = Object.keys(options).find((name) => !NAMES.includes(name));
  if (unknown !== undefined) {
    throw new DataError(`unknown option of a FileCredentialProvider ${unknown}`, { code: 'UNKNOWN_OPTION' });
  }
  if (username !== undefined && typeof username !== 'string') throw unusable('option username', 'a string');
  if (format !== undefined && !FORMATS.includes(format))
    throw unusable('option format', "'password', 'pair' or 'json'");
  if (interval !== undefined && !(typeof interval === 'number' && interval > 0)) {
    throw unusable('option interval', 'milliseconds above 0');
  }
}
