import { inspect } from 'node:util';
import type { CachedReply, ClientCache, ClientCacheStats } from './client-cache.ts';
import { LocalCache } from './local-cache.ts';

const NOTHING: ClientCacheStats = { entries: 0, bytes: 0, evictions: 0 };

const guarded = new WeakMap<ClientCache, ClientCache>();

/** What every store has. */
export const STORE_METHODS: readonly (keyof ClientCache)[] = ['get', 'set', 'delete', 'invalidate', 'flush', 'stats'];

/** The store, held to what a cache relies on. Ours needs no guard: a hit is too short for one. */
export function guardOf(store: ClientCache): ClientCache {
  const isOurs = Object.getPrototypeOf(store) === LocalCache.prototype;
  if (isOurs && !STORE_METHODS.some((method) => Object.hasOwn(store, method))) return store;
  let guard = guarded.get(store);
  if (guard === undefined) guarded.set(store, (guard = new GuardedStore(store)));
  return guard;
}

/**
 * A store of the user's own. What it throws harms nobody who reads: a `get` that fails finds nothing, a `set` that fails keeps nothing.
 * When it fails to give up what it was told to, nothing that it keeps is believed any more; what it is given from then on is.
 */
class GuardedStore implements ClientCache {
  readonly #store: ClientCache;
  /** What it was given, and has not failed to give up: a copy, or what was made elsewhere, knows nothing of its connection. */
  #believed = new WeakSet<CachedReply>();
  #hasWarned = false;

  constructor(store: ClientCache) {
    this.#store = store;
  }

  get(scope: string, args: string): CachedReply | undefined {
    try {
      const reply = this.#store.get(scope, args);
      return reply !== undefined && this.#believed.has(reply) ? reply : undefined;
    } catch (error) {
      this.#failed('get', error);
      return undefined;
    }
  }

  set(scope: string, args: string, reply: CachedReply): void {
    this.#believed.add(reply);
    // What it had there before may still be there.
    if (!this.#done('set', () => this.#store.set(scope, args, reply))) this.delete(scope, args);
  }

  delete(scope: string, args: string): void {
    if (!this.#done('delete', () => this.#store.delete(scope, args))) this.#disbelieve();
  }

  invalidate(key: string): void {
    if (!this.#done('invalidate', () => this.#store.invalidate(key))) this.#disbelieve();
  }

  flush(matches?: (reply: CachedReply) => boolean): void {
    if (!this.#done('flush', () => this.#store.flush(matches))) this.#disbelieve();
  }

  stats(): ClientCacheStats {
    try {
      const { entries, bytes, evictions } = this.#store.stats();
      if (![entries, bytes, evictions].every(Number.isFinite)) throw new TypeError('it gives no numbers');
      return { entries, bytes, evictions };
    } catch (error) {
      this.#failed('stats', error);
      return NOTHING;
    }
  }

  #disbelieve(): void {
    this.#believed = new WeakSet<CachedReply>();
  }

  /** Whether it did what it was told to, by now. */
  #done(method: keyof ClientCache, run: () => unknown): boolean {
    try {
      const result = run();
      if (!(result instanceof Promise)) return true;
      result.catch(() => {});
      this.#failed(method, 'it gives a promise, where it must be done when it returns');
    } catch (error) {
      this.#failed(method, error);
    }
    return false;
  }

  #failed(method: keyof ClientCache, error: unknown): void {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    const reason = error instanceof Error ? error.message : typeof error === 'string' ? error : inspect(error);
    const message = `the store of a cache failed in ${method}(): ${reason}`;
    process.emitWarning(message, { type: 'ValkeyWarning', code: 'VALKEY_CACHE_STORE_FAILED' });
  }
}
