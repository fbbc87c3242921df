/** A reply as a cache keeps it. Whoever keeps it need not look inside; nobody may change it. */
export interface CachedReply {
  /** The keys that it depends on, one character per byte. */
  readonly keys: readonly string[];
  /** The reply, before it was decoded. */
  readonly reply: unknown;
  /** The memory that it takes with its keys, about, in bytes. */
  readonly size: number;
}

/** What a cache holds, and what it had to give up. */
export interface ClientCacheStats {
  readonly entries: number;
  /** About, as `CachedReply.size` counts them. */
  readonly bytes: number;
  /** Replies that were given up for want of room. */
  readonly evictions: number;
}

/**
 * Where replies are kept: the option `cache: { store }`. `LocalCache` is the one that is used by default.
 *
 * A reply is found by two strings: its scope, which is the server, the database, the command and the form of its reply; and its
 * arguments. A store may forget whatever it likes, whenever it likes, but must give up at once what it is told to: what is stale is not
 * told from what is not. Its methods are synchronous. One that throws is warned of, once; what a store could not give up makes all that it
 * holds unbelievable. The clients that share a store must be of one process.
 *
 * @example
 * ```ts
 * const kept = new LocalCache({ maxEntries: 1000 });
 * const store = {
 *   get: (scope, args) => kept.get(scope, args),
 *   set: (scope, args, reply) => kept.set(scope, args, reply),
 *   delete: (scope, args) => kept.delete(scope, args),
 *   invalidate: (key) => kept.invalidate(key),
 *   flush: (matches) => kept.flush(matches),
 *   stats: () => kept.stats(),
 * };
 * const caching = new Valkey({ path: '/run/valkey.sock', cache: { store } });
 * ```
 */
export interface ClientCache {
  /** The reply that was kept: the very object, since a copy knows nothing of the connection that it was read on and is not used. */
  get(scope: string, args: string): CachedReply | undefined;
  set(scope: string, args: string, reply: CachedReply): void;
  delete(scope: string, args: string): void;
  /** Gives up every reply that depends on the key, in whatever scope. `key` has one character per byte. */
  invalidate(key: string): void;
  /** Gives up all replies, or those that match. */
  flush(matches?: (reply: CachedReply) => boolean): void;
  stats(): ClientCacheStats;
}
