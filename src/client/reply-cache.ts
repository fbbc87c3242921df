import { Commands } from '../commands/index.ts';
import { specOf, type Decoder, type Spec } from '../commands/spec.ts';
import type { Key, Value } from '../commands/surface.ts';
import type { Encoding, Integers } from '../protocol/reply-mode.ts';
import { byteKey } from './byte-key.ts';
import type { CacheCounts } from './cache-report.ts';
import type { CachedReads } from './cached-reads.ts';
import type { ClientCacheStats } from './client-cache.ts';
import type { Peeked } from './surfaces.ts';
import type { TrackedCache } from './tracked-cache.ts';

/** What `client.cache.stats()` gives: counts since the client was made, and what its store holds. */
export interface CacheStats extends Readonly<CacheCounts>, ClientCacheStats {}

/**
 * The commands, asked of the cache alone: each gives its reply at once, or `undefined` when that is not kept, or not proven just now. No
 * command is sent.
 */
export class CachePeek<in out E extends Encoding = 'utf8', in out I extends Integers = 'number'> extends Commands<
  Peeked<E, I>
> {
  readonly #reads: CachedReads;

  /** Use `client.cache.peek`. @internal */
  constructor(reads: CachedReads) {
    super();
    this.#reads = reads;
  }

  override send<R>(spec: Spec, args: readonly Value[], decode?: Decoder<R>): R | undefined {
    return this.#reads.peek(spec, args, decode);
  }
}

/**
 * The replies that a client keeps: `client.cache`.
 *
 * The server tells of what changes, so nothing here needs to be called for replies to be true.
 *
 * @example
 * ```ts
 * await client.set('greeting', 'hello');
 * await client.get('greeting'); // => 'hello'
 * await client.get('greeting'); // => 'hello'
 * client.cache.stats().hits; // => 1
 * ```
 */
export class ReplyCache<in out E extends Encoding = 'utf8', in out I extends Integers = 'number'> {
  /**
   * The client's commands, asked of the cache alone and answered at once: `undefined` when the reply is not kept, and when it is, but
   * there is no proof within `maxStaleness` that it still stands, as after a second without reads.
   *
   * @example
   * ```ts
   * client.cache.peek.get('nothing'); // => undefined
   * await client.get('nothing');
   * client.cache.peek.get('nothing'); // => null
   * ```
   */
  readonly peek: CachePeek<E, I>;
  readonly #cache: TrackedCache;

  /** Use `client.cache`. @internal */
  constructor(cache: TrackedCache, reads: CachedReads) {
    this.#cache = cache;
    this.peek = new CachePeek<E, I>(reads);
  }

  /** Gives up all replies of the store, those of other clients that share it included. */
  flush(): void {
    this.#cache.flush('call');
  }

  /** Gives up the replies that depend on any of these keys. */
  invalidate(keys: Key | readonly Key[]): void {
    for (const key of typeof keys === 'string' || keys instanceof Uint8Array ? [keys] : keys)
      this.#cache.invalidate(byteKey(key));
  }

  /** Gives up the reply to one command, in every encoding: `delete('HGETALL', 'user:1')`. */
  delete(command: string, ...args: readonly Value[]): void {
    const { spec, rest } = specOf(command, args);
    this.#cache.delete(spec, rest);
  }

  stats(): CacheStats {
    return { ...this.#cache.counts, ...this.#cache.store.stats() };
  }
}
