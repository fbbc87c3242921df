import type { Decoder } from '../commands/spec.ts';
import type { Executor } from '../commands/surface.ts';
import type { LinkEvents, LinkState } from '../connection/link.ts';
import type { RequestOptions } from '../connection/request.ts';
import { anew } from '../connection/request-error.ts';
import { ConnectionError, DataError } from '../errors.ts';
import type { Encoding, Integers, ReplyMode } from '../protocol/reply-mode.ts';
import type { ClientStats, Router } from '../topology/router.ts';
import type { Listeners } from '../util/listeners.ts';
import { CachingRouter } from './caching-router.ts';
import type { WithModule, WithReply } from './extension.ts';
import type { Immediate } from './surfaces.ts';
import { ReplyCache } from './reply-cache.ts';
import {
  checkWaitOptions,
  closeTimeout,
  within,
  type CloseOptions,
  type WaitEnd,
  type WaitOptions,
} from './wait-options.ts';
import { View } from './view.ts';

const NOT_CONNECTED: WaitEnd = {
  aborted: 'aborted while connecting',
  late: (timeout) => new ConnectionError(`not connected within ${timeout} ms`, { code: 'CONNECT_TIMEOUT' }),
};

/** What clients of one server and of a cluster have in common: the life of their connections, and what can be added to them. */
export abstract class Client<in out E extends Encoding = 'utf8', in out I extends Integers = 'number'>
  extends View<E, I>
  implements AsyncDisposable
{
  readonly #router: Router;
  readonly #callbacks: Map<string, Decoder<unknown>>;
  readonly #cache: ReplyCache<E, I> | undefined;

  /** @internal */
  constructor(router: Router, options: RequestOptions, callbacks: Map<string, Decoder<unknown>>) {
    super(router, options);
    this.#router = router;
    this.#callbacks = callbacks;
    this.#cache =
      router instanceof CachingRouter ? new ReplyCache<E, I>(router.cache, router.reads(options)) : undefined;
  }

  /**
   * The replies that are kept, with the option `cache`.
   *
   * @throws DataError when the client was made without it
   */
  get cache(): ReplyCache<E, I> {
    if (this.#cache !== undefined) return this.#cache;
    throw new DataError('the client keeps no replies: make it with the option cache', { code: 'NO_CACHE' });
  }

  /** Where the shared connection is in its life. */
  get state(): LinkState {
    return this.#router.state;
  }

  /** `connect`, `ready`, `reconnecting` and `close`, for those who want to know. Nothing needs a listener. */
  get events(): Listeners<LinkEvents> {
    return this.#router.events;
  }

  /** Counts of what waits and runs now. */
  stats(): ClientStats {
    return this.#router.stats();
  }

  /**
   * Connects now rather than with the first command. Calls at the same time share one attempt.
   *
   * Rejects with the first cause when all attempts of `retry` have failed; a later call tries anew. With `timeout`, in milliseconds, or
   * `signal` the call rejects sooner; the client goes on connecting all the same.
   */
  async connect(options: WaitOptions = {}): Promise<this> {
    checkWaitOptions(options);
    try {
      await within(this.#router.connect(), options, NOT_CONNECTED);
    } catch (error) {
      throw anew(error);
    }
    return this;
  }

  /**
   * Decodes a command's reply with `callback` from now on: for this client's calls, its views', its sessions', and for `executeCommand`.
   *
   * The callback takes the natural reply, as `executeCommand` gives it without one, and the encoding and integers that were asked for.
   * What it throws, the call rejects with. Gives this client, typed with the new reply.
   *
   * @example
   * ```ts
   * const counting = client.setResponseCallback('KEYS', (keys: string[]) => keys.length);
   * await client.mset({ a: 1, b: 2 });
   * await counting.keys('*'); // => 2
   * ```
   */
  setResponseCallback<const N extends string, R, Reply = unknown>(
    command: N,
    callback: (reply: Reply, mode: ReplyMode) => R,
  ): WithReply<this, N, R> {
    if (typeof command !== 'string' || typeof callback !== 'function') {
      throw new DataError('setResponseCallback takes the name of a command and a function', {
        code: 'INVALID_ARGUMENT',
      });
    }
    this.#callbacks.set(command.toUpperCase(), callback as Decoder<R>);
    return this as never;
  }

  /**
   * Puts a module's commands at the property `name`, and gives this client, typed with it. `client.use(Module)` does as well without
   * a name, on views, sessions and pipelines too.
   *
   * @throws DataError when the client has such a property already
   * @example
   * ```ts
   * class Counters extends Namespace {
   *   next(key) { return this.executeCommand('INCR', key); }
   * }
   * const counting = client.loadExternalModule('counters', Counters);
   * await counting.counters.next('visits'); // => 1
   * ```
   */
  loadExternalModule<const N extends string, M>(
    name: N,
    Module: new (owner: Executor<Immediate<E, I>>) => M,
  ): WithModule<this, N, M> {
    if (name in this) {
      throw new DataError(`the client has a property ${name} already`, { code: 'INVALID_ARGUMENT' });
    }
    Object.defineProperty(this, name, { value: this.use(Module), enumerable: true });
    return this as never;
  }

  /**
   * Takes no more commands, waits for those that were called, closes the connections. Rejects for wrong options only, and is done within
   * `timeout`: what is unanswered by then rejects with a `ConnectionError`. Blocked commands are released at once.
   */
  async close(options: CloseOptions = {}): Promise<void> {
    await this.#router.close(closeTimeout(options));
  }

  /** Closes the connections at once; whatever is unanswered rejects with a `ConnectionError`. */
  destroy(): void {
    this.#router.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
