import { AuthenticationError } from '../errors.ts';
import type { CredentialProvider, Credentials } from './settings.ts';

/** A provider that tells when its credentials have changed. */
export type RotatingProvider = CredentialProvider & Required<Pick<CredentialProvider, 'onChange'>>;

/** Who uses the credentials of a provider for longer than a dial. */
export interface RotationListener {
  /** These take the place of those before. */
  rotated(credentials: Credentials): void;
  /** There are others, but the provider did not give them. */
  failed(cause: unknown): void;
}

/** What a provider gives, once it is known to be credentials. Nothing of it is shown when it is not. */
export async function askFor(provider: CredentialProvider): Promise<Credentials> {
  const given: unknown = await provider.getCredentials();
  const { username, password } = (given ?? {}) as Record<keyof Credentials, unknown>;
  if (typeof password === 'string' && (username === undefined || typeof username === 'string')) {
    return { username, password };
  }
  throw new AuthenticationError('getCredentials() must give { username?, password }, both strings', {
    code: 'CREDENTIALS_FAILED',
  });
}

/** Whether a provider tells of changes. */
export function isRotating(provider: CredentialProvider | undefined): provider is RotatingProvider {
  return provider?.onChange !== undefined;
}

/**
 * One subscription to a provider, however many connections use it: a change is one question to the provider, whose answer all of them
 * are told. It lasts from the first listener to the last.
 */
class Rotation {
  readonly #provider: RotatingProvider;
  readonly #listeners: Set<RotationListener> = new Set();
  #stop: (() => void) | undefined;
  #asked = 0;
  #told = 0;

  constructor(provider: RotatingProvider) {
    this.#provider = provider;
  }

  add(listener: RotationListener): () => void {
    this.#stop ??= this.#provider.onChange(() => void this.#ask());
    this.#listeners.add(listener);
    return () => {
      if (!this.#listeners.delete(listener) || this.#listeners.size > 0) return;
      this.#stop?.();
      this.#stop = undefined;
    };
  }

  async #ask(): Promise<void> {
    const turn = ++this.#asked;
    let tell: (listener: RotationListener) => void;
    try {
      const credentials = await askFor(this.#provider);
      tell = (listener) => listener.rotated(credentials);
    } catch (cause) {
      tell = (listener) => listener.failed(cause);
    }
    // An answer that was overtaken by a later one says nothing new.
    if (turn < this.#told) return;
    this.#told = turn;
    for (const listener of [...this.#listeners]) tell(listener);
  }
}

const rotations = new WeakMap<RotatingProvider, Rotation>();

/** Tells `listener` of the provider's new credentials, until the function it gives is called. */
export function onRotation(provider: RotatingProvider, listener: RotationListener): () => void {
  let rotation = rotations.get(provider);
  if (rotation === undefined) rotations.set(provider, (rotation = new Rotation(provider)));
  return rotation.add(listener);
}
