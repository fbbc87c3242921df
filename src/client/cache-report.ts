import { cacheChannel, type CacheFlushReason, type CacheMessage } from '../diagnostics.ts';
import type { ClientCache } from './client-cache.ts';

/** How often it is told what a cache does, in milliseconds. */
const INTERVAL = 1000;

/** Counts since the client was made. */
export interface CacheCounts {
  hits: number;
  misses: number;
  /** Of the misses, those that waited for another's command. */
  joined: number;
  /** Of the misses, those whose reply, or a part of it, was at hand, but the connection had not proven for `maxStaleness` that it hears of changes. */
  unproven: number;
  /** Keys that the server told of. */
  invalidations: number;
  /** How often everything was given up: for a lost connection, a FLUSHALL, a SELECT, another user. */
  flushes: number;
}

/** What is told of. */
type Reported = Readonly<Pick<CacheCounts, 'hits' | 'misses' | 'invalidations'>>;

/** Evictions that were told of, by the store: clients that share one tell of each once. */
const toldEvictions = new WeakMap<ClientCache, number>();

/** Tells `valkey-ts:cache` what a cache does, and does nothing while nobody listens. */
export class CacheReport {
  readonly #endpoint: string;
  readonly #counts: Reported;
  readonly #store: ClientCache;
  /** What was told of; not set while nobody listens. */
  #told: Reported | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(endpoint: string, counts: Reported, store: ClientCache) {
    this.#endpoint = endpoint;
    this.#counts = counts;
    this.#store = store;
  }

  /** The cache is read. */
  watch(): void {
    if (!cacheChannel.hasSubscribers) {
      if (this.#told === undefined) return;
      this.#told = undefined;
      toldEvictions.delete(this.#store);
      this.#rest();
    } else if (this.#timer === undefined) {
      // What was done before somebody listened is not told.
      this.#told ??= this.#now;
      if (!toldEvictions.has(this.#store)) toldEvictions.set(this.#store, this.#store.stats().evictions);
      this.#timer = setInterval(this.#tick, INTERVAL).unref();
    }
  }

  /** What was kept is given up. */
  flushed(reason: CacheFlushReason): void {
    if (cacheChannel.hasSubscribers) this.#tell(reason);
  }

  get #now(): Reported {
    const { hits, misses, invalidations } = this.#counts;
    return { hits, misses, invalidations };
  }

  readonly #tick = (): void => {
    const { hits, misses, invalidations } = this.#counts;
    const told = this.#told ?? this.#now;
    const isIdle = hits === told.hits && misses === told.misses && invalidations === told.invalidations;
    if (!isIdle && cacheChannel.hasSubscribers) this.#tell(undefined);
    else this.#rest();
  };

  #rest(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #tell(flush: CacheFlushReason | undefined): void {
    const now = this.#now;
    const told = this.#told ?? now;
    const { entries, bytes, evictions } = this.#store.stats();
    const message: CacheMessage = {
      endpoint: this.#endpoint,
      flush,
      hits: now.hits - told.hits,
      misses: now.misses - told.misses,
      invalidations: now.invalidations - told.invalidations,
      evictions: evictions - (toldEvictions.get(this.#store) ?? evictions),
      entries,
      bytes,
    };
    this.#told = now;
    toldEvictions.set(this.#store, evictions);
    cacheChannel.publish(message);
  }
}
