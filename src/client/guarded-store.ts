import type { CachedReply, ClientCache, ClientCacheStats } from './client-cache.ts';
import { LocalCache } from './local-cache.ts';

const NOTHING: ClientCacheStats = { entries: 0, bytes: 0, evictions: 0 };

const guarded = new WeakMap<ClientCache, ClientCache>();

/** The store, held to what a cache relies on. Ours needs no guard: a hit is too short for one. */
export function guardOf(store: ClientCache): ClientCache {
  if (Object.getPrototypeOf(store) === LocalCache.prototype) return store;
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
    try {
      this.#store.set(scope, args, reply);
    } catch (error) {
      // What it had there before may still be there.
      this.#disbelieve('set', error);
    }
  }

  delete(scope: string, args: string): void {
    try {
      this.#store.delete(scope, args);
    } catch (error) {
      this.#disbelieve('delete', error);
    }
  }

  invalidate(key: string): void {
    try {
      this.#store.invalidate(key);
    } catch (error) {
      this.#disbelieve('invalidate', error);
    }
  }

  flush(matches?: (reply: CachedReply) => boolean): void {
    try {
      this.#store.flush(matches);
    } catch (error) {
      this.#disbelieve('flush', error);
    }
  }

  stats(): ClientCacheStats {
    try {
      return this.#store.stats();
    } catch (error) {
      this.#failed('stats', error);
      return NOTHING;
    }
  }

  #disbelieve(method: keyof ClientCache, error: unknown): void {
    this.#believed = new WeakSet<CachedReply>();
    this.#failed(method, error);
  }

  #failed(method: keyof ClientCache, error: unknown): void {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    const message = `the store of a cache failed in ${method}(): ${error instanceof Error ? error.message : String(error)}`;
    process.emitWarning(message, { type: 'ValkeyWarning', code: 'VALKEY_CACHE_STORE_FAILED' });
  }
}
