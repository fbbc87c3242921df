import { DataError } from '../errors.ts';
import { Evictable, LfuOrder, LruOrder, RandomOrder, type EvictionOrder } from '../util/eviction-order.ts';
import type { CachedReply, ClientCache, ClientCacheStats } from './client-cache.ts';
import { check, isObject, oneOf, whole, type Rule } from './option-rule.ts';

/** Which reply goes first when there is no room: the one used longest ago, the one used least often, or any. */
export type CachePolicy = 'lru' | 'lfu' | 'random';

/** How much a cache keeps. */
export interface LocalCacheOptions {
  /** Most replies. Default 10,000. */
  readonly maxEntries?: number;
  /** Most memory of the replies, about, in bytes. A reply that is larger is not kept. Default 64 MiB. */
  readonly maxBytes?: number;
  /** Default `'lru'`. */
  readonly policy?: CachePolicy;
}

export const LOCAL_CACHE_RULES: Readonly<Record<keyof LocalCacheOptions, Rule>> = {
  maxEntries: [whole(1), 'a whole number from 1 up'],
  maxBytes: [whole(1), 'bytes from 1 up'],
  policy: [oneOf('lru', 'lfu', 'random'), "'lru', 'lfu' or 'random'"],
};

/** The entries of a scope, by their arguments. */
class Scope {
  readonly name: string;
  readonly entries = new Map<string, Entry>();

  constructor(name: string) {
    this.name = name;
  }
}

class Entry extends Evictable {
  readonly scope: Scope;
  readonly args: string;
  readonly reply: CachedReply;

  constructor(scope: Scope, args: string, reply: CachedReply) {
    super();
    this.scope = scope;
    this.args = args;
    this.reply = reply;
  }
}

/**
 * Keeps replies in the memory of the process, bounded by their number and size.
 *
 * Give one to several clients as `cache: { store }` and they share what it keeps.
 *
 * @example
 * ```ts
 * const store = new LocalCache({ maxEntries: 50_000, policy: 'lfu' });
 * const first = new Valkey({ path: '/run/valkey.sock', cache: { store } });
 * const second = new Valkey({ path: '/run/valkey.sock', cache: { store } });
 * ```
 */
export class LocalCache implements ClientCache {
  readonly #maxEntries: number;
  readonly #maxBytes: number;
  readonly #order: EvictionOrder<Entry>;
  /** Those that hold something. */
  readonly #scopes = new Map<string, Scope>();
  /** The entries that depend on a key: most keys have one. */
  readonly #dependents = new Map<string, Entry | Set<Entry>>();
  /** The scope that was asked for last: mostly it is the next one too. */
  #scope = '';
  #entriesOf: Map<string, Entry> | undefined;
  #entries = 0;
  #bytes = 0;
  #evictions = 0;

  /** @throws DataError for an unknown option or an unusable value, naming it */
  constructor(options: LocalCacheOptions = {}) {
    if (!isObject(options)) throw new DataError('the options of a cache must be an object', { code: 'INVALID_OPTION' });
    check(options, LOCAL_CACHE_RULES, 'option of a cache');
    this.#maxEntries = options.maxEntries ?? 10_000;
    this.#maxBytes = options.maxBytes ?? 64 * 1024 * 1024;
    this.#order = orderOf(options.policy ?? 'lru');
  }

  get(scope: string, args: string): CachedReply | undefined {
    if (scope !== this.#scope || this.#entriesOf === undefined) {
      this.#scope = scope;
      this.#entriesOf = this.#scopes.get(scope)?.entries;
    }
    const entry = this.#entriesOf?.get(args);
    if (entry === undefined) return undefined;
    this.#order.touch(entry);
    return entry.reply;
  }

  set(scope: string, args: string, reply: CachedReply): void {
    this.delete(scope, args);
    if (reply.size > this.#maxBytes) return;
    while (this.#entries >= this.#maxEntries || this.#bytes + reply.size > this.#maxBytes) {
      this.#evictions++;
      this.#remove(this.#order.victim()!);
    }
    let home = this.#scopes.get(scope);
    if (home === undefined) this.#scopes.set(scope, (home = new Scope(scope)));
    const entry = new Entry(home, args, reply);
    home.entries.set(args, entry);
    this.#order.add(entry);
    this.#entries++;
    this.#bytes += reply.size;
    for (const key of reply.keys) this.#depend(entry, key);
  }

  delete(scope: string, args: string): void {
    const entry = this.#scopes.get(scope)?.entries.get(args);
    if (entry !== undefined) this.#remove(entry);
  }

  invalidate(key: string): void {
    const dependents = this.#dependents.get(key);
    if (dependents === undefined) return;
    if (dependents instanceof Entry) this.#remove(dependents);
    else for (const entry of [...dependents]) this.#remove(entry);
  }

  flush(matches?: (reply: CachedReply) => boolean): void {
    if (matches === undefined) {
      this.#scopes.clear();
      this.#entriesOf = undefined;
      this.#dependents.clear();
      this.#order.clear();
      this.#entries = 0;
      this.#bytes = 0;
      return;
    }
    for (const { entries } of this.#scopes.values())
      for (const entry of entries.values()) if (matches(entry.reply)) this.#remove(entry);
  }

  stats(): ClientCacheStats {
    return { entries: this.#entries, bytes: this.#bytes, evictions: this.#evictions };
  }

  #remove(entry: Entry): void {
    const { name, entries } = entry.scope;
    entries.delete(entry.args);
    if (entries.size === 0) {
      this.#scopes.delete(name);
      if (this.#entriesOf === entries) this.#entriesOf = undefined;
    }
    this.#order.remove(entry);
    this.#entries--;
    this.#bytes -= entry.reply.size;
    for (const key of entry.reply.keys) this.#release(entry, key);
  }

  #depend(entry: Entry, key: string): void {
    const others = this.#dependents.get(key);
    if (others === undefined) this.#dependents.set(key, entry);
    else if (!(others instanceof Entry)) others.add(entry);
    // A key may be named twice by one command.
    else if (others !== entry) this.#dependents.set(key, new Set([others, entry]));
  }

  #release(entry: Entry, key: string): void {
    const dependents = this.#dependents.get(key);
    if (dependents === entry) this.#dependents.delete(key);
    else if (dependents instanceof Set) {
      dependents.delete(entry);
      if (dependents.size === 0) this.#dependents.delete(key);
    }
  }
}

function orderOf(policy: CachePolicy): EvictionOrder<Entry> {
  if (policy === 'lfu') return new LfuOrder<Entry>();
  return policy === 'random' ? new RandomOrder<Entry>() : new LruOrder<Entry>();
}
