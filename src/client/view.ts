import { type CallableOptions, Commands, Library, Script } from '../commands/index.ts';
import type { Decoder, Spec } from '../commands/spec.ts';
import type { Key, Value } from '../commands/surface.ts';
import { sendRequest } from '../connection/carrier.ts';
import { checkedSize, lastResolve, newPromise, Request, type RequestOptions } from '../connection/request.ts';
import type { ScoredMember } from '../commands/sorted-set.ts';
import type { Encoding, Integers, TextOf } from '../protocol/reply-mode.ts';
import type { Router } from '../topology/router.ts';
import { runBatch, type Batch, type Filled } from './batch.ts';
import type { CachedReads } from './cached-reads.ts';
import { CachingRouter } from './caching-router.ts';
import { Lock, type LockOptions } from './lock.ts';
import { Monitor } from './monitor.ts';
import { checkViewOptions, viewOptions, type ViewOptions } from './options.ts';
import type { BufferOptions, PubSubOptions } from './pubsub-options.ts';
import { PubSub } from './pubsub.ts';
import { isTransaction, Pipeline, queueOf, type PipelineOptions } from './pipeline.ts';
import {
  scanHash,
  scanKeys,
  scanSet,
  scanSortedSet,
  type HscanIterOptions,
  type Scan,
  type ScanIterOptions,
  type SscanIterOptions,
  type ZscanIterOptions,
} from './scan.ts';
import type { Immediate } from './surfaces.ts';
import { Streams } from './streams.ts';
import { transact, type Transaction, type TransactionOptions } from './transaction.ts';

/** The encoding, or kind of integers, that a view's options choose. */
type Chosen<O, K extends string, Own> = O extends { readonly [Name in K]: infer C extends Own } ? C : never;
export type EncodingOf<O, E extends Encoding> = O extends { readonly encoding: Encoding }
  ? Chosen<O, 'encoding', Encoding>
  : E;
export type IntegersOf<O, I extends Integers> = O extends { readonly integers: Integers }
  ? Chosen<O, 'integers', Integers>
  : I;

/**
 * The commands of a client under options of their own: another deadline, another type of replies.
 *
 * A view is a cheap value to be kept; it shares the connections of the client it came from, and needs no closing.
 */
export class View<in out E extends Encoding = 'utf8', in out I extends Integers = 'number'> extends Commands<
  Immediate<E, I>
> {
  readonly #router: Router;
  readonly #options: RequestOptions;
  /** For a client with a cache. */
  readonly #reads: CachedReads | undefined;

  /** @internal */
  constructor(router: Router, options: RequestOptions) {
    super();
    this.#router = router;
    this.#options = options;
    this.#reads = router instanceof CachingRouter ? router.reads(options) : undefined;
  }

  /** Sends one command. The typed methods are one-liners over this. */
  override send<R>(spec: Spec, args: readonly Value[], decode?: Decoder<R>): Promise<R> {
    const cached = this.#reads?.send(spec, args, decode);
    if (cached !== undefined) return cached;
    const size = checkedSize(spec, args);
    const promise = newPromise<R>();
    const request = new Request(spec, args, decode, this.#options, size, lastResolve());
    if (this.#options.signal === undefined) this.#router.send(request);
    else sendRequest(this.#router, request);
    return promise;
  }

  /**
   * The same commands under other options, which add to those of this view.
   *
   * @example
   * ```ts
   * const quick = client.withOptions({ timeout: 250, whenDown: 'fail' });
   * const binary = client.withOptions({ encoding: 'buffer' });
   * await binary.set('picture', Buffer.from([0xff, 0xd8]));
   * await binary.get('picture'); // => <Buffer ff d8>
   * ```
   */
  withOptions<const O extends ViewOptions>(options: O): View<EncodingOf<O, E>, IntegersOf<O, I>> {
    checkViewOptions(options);
    return new View(this.#router, viewOptions(this.#options, options));
  }

  /**
   * Makes a Lua script that `run` calls, here and in pipelines, transactions and batches. Nothing is sent.
   *
   * @example
   * ```ts
   * const take = client.registerScript("return redis.call('DECRBY', KEYS[1], ARGV[1])", {
   *   keys: 1,
   *   reply: (left) => Number(left) >= 0,
   * });
   * await client.set('stock', 3);
   * await client.run(take, 'stock', 2); // => true
   * ```
   */
  registerScript<R = unknown>(lua: string, options: CallableOptions<R> = {}): Script<R> {
    return new Script<R>(lua, options);
  }

  /**
   * Makes a library of functions, which `run` calls: `library.function(name)`. Nothing is sent; the server is given the library when
   * it does not have a function that is called.
   *
   * @example
   * ```ts
   * const code = '#!lua name=greetings\n' + "server.register_function('hello', function(keys, args) return 'hello ' .. args[1] end)";
   * const hello = client.registerLibrary(code).function('hello', { keys: 0 });
   * await client.run(hello, [], 'ada'); // => 'hello ada'
   * ```
   */
  registerLibrary(code: string): Library {
    return new Library(code);
  }

  /**
   * Collects commands, to be sent together: `pipeline().set('a', 1).get('a').execute()`. With `transaction: true` it is `multi()`.
   *
   * @example
   * ```ts
   * await client.pipeline().set('a', 1).get('a').execute(); // => ['OK', '1']
   * ```
   */
  pipeline(options?: PipelineOptions): Pipeline<E, I> {
    return new Pipeline<E, I>(this.#router, this.#options, isTransaction(options));
  }

  /**
   * Collects commands, to run as one between MULTI and EXEC, all in one write.
   *
   * @example
   * ```ts
   * await client.multi().incr('a').incr('a').execute(); // => [1, 2]
   * ```
   */
  multi(): Pipeline<E, I> {
    return new Pipeline<E, I>(this.#router, this.#options, true);
  }

  /**
   * Sends the commands that `build` calls together, and gives what it gave, with the replies in place of the calls.
   *
   * Rejects as `Pipeline.execute` does. With `transaction: true` they run as one between MULTI and EXEC.
   *
   * @example
   * ```ts
   * await client.hset('user', { name: 'ada' });
   * await client.batch((b) => ({ user: b.hgetall('user'), hits: b.incr('hits') })); // => { user: { name: 'ada' }, hits: 1 }
   * await client.batch((b) => ['a', 'b'].map((key) => b.get(key))); // => [null, null]
   * ```
   */
  async batch<const R>(build: (commands: Batch<E, I>) => R, options?: PipelineOptions): Promise<Filled<R>> {
    return await runBatch(queueOf(this.#router, this.#options, isTransaction(options)), build);
  }

  /**
   * Runs a function on a connection of its own, again and again until no key that it watches is changed by others meanwhile, and
   * gives what it gave.
   *
   * Commands on `tx` answer at once; those of `tx.multi()` run as one. The function may run several times: what it does beside the
   * transaction happens as often. Rejects with a `WatchError` after `maxAttempts`, and with what the function throws. It is run again
   * too when its connection is lost, or the server loading or busy, before `multi()` was executed; never when that may have run.
   *
   * @example
   * ```ts
   * await client.set('balance', 10);
   * const left = await client.transaction(
   *   async (tx) => {
   *     const balance = Number(await tx.get('balance'));
   *     await tx.multi().set('balance', balance - 3).execute();
   *     return balance - 3;
   *   },
   *   { watch: 'balance' },
   * );
   * await client.get('balance'); // => '7'
   * ```
   */
  transaction<R>(
    run: (transaction: Transaction<E, I>) => R | Promise<R>,
    options: TransactionOptions = {},
  ): Promise<R> {
    return transact(this.#router, this.#options, run, options);
  }

  /**
   * Makes a `PubSub`: subscriptions on a connection of their own, which is made with the first of them. Names and data of messages are
   * in the encoding of this view, its `timeout` is the deadline of subscribing, its `signal` closes the pubsub.
   *
   * @throws DataError for an unknown option or an unusable value, naming it
   * @example
   * ```ts
   * await using pubsub = client.pubsub({ maxBuffered: 1000, overflow: 'drop-newest' });
   * await pubsub.subscribe('news');
   * await pubsub.getMessage(1000); // => { type: 'subscribe', channel: 'news', data: 1 }
   * ```
   */
  pubsub(options: PubSubOptions<TextOf[E]> = {}): PubSub<E> {
    return new PubSub<E>(this.#router, this.#options, options);
  }

  /**
   * Makes a `Monitor`: all commands that the server runs, to be iterated over, on a connection of its own. Arguments are in the encoding
   * of this view.
   *
   * @throws DataError for an unknown option or an unusable value, naming it
   * @example
   * ```ts
   * await using monitor = await client.monitor().start();
   * await client.set('greeting', 'hello');
   * for await (const { db, args } of monitor) if (args[0] === 'SET') break;
   * ```
   */
  monitor(options: BufferOptions = {}): Monitor<E> {
    return new Monitor<E>(this.#router, this.#options, options);
  }

  /** Consumers of streams: `client.streams.consume(stream, group, consumer)`. */
  get streams(): Streams<E> {
    return new Streams<E>(this.#router, this.#options);
  }

  /**
   * Makes a lock that one holder at a time has, among all clients of the server. Nothing is sent.
   *
   * @throws DataError for an unknown option or an unusable value, naming it
   * @example
   * ```ts
   * await using lease = await client.lock('order:42', { timeout: 10_000 }).acquire();
   * ```
   */
  lock(name: Key, options: LockOptions = {}): Lock {
    return new Lock(this.#router, this.#options, name, options);
  }

  /**
   * All keys of the database, one by one; with `.batches()` page by page.
   *
   * @example
   * ```ts
   * await client.mset({ 'user:1': 'ada', 'user:2': 'bob' });
   * for await (const key of client.scanIter({ match: 'user:*', type: 'string', count: 100 })) await client.expire(key, 60);
   * ```
   */
  scanIter(options?: ScanIterOptions): Scan<TextOf[E]> {
    return scanKeys(this.#router, this.#options, options);
  }

  /**
   * All fields of a hash with their values, one by one; with `novalues` the fields alone. Nothing when there is no such hash.
   *
   * @example
   * ```ts
   * await client.hset('user', { name: 'ada' });
   * for await (const [field, value] of client.hscanIter('user')) await client.set(`user:${field}`, value);
   * await client.get('user:name'); // => 'ada'
   * ```
   */
  hscanIter(
    key: Key,
    options?: HscanIterOptions & { readonly novalues?: false | undefined },
  ): Scan<[field: TextOf[E], value: TextOf[E]]>;
  hscanIter(key: Key, options: HscanIterOptions & { readonly novalues: true }): Scan<TextOf[E]>;
  hscanIter(key: Key, options?: HscanIterOptions): Scan<[field: TextOf[E], value: TextOf[E]] | TextOf[E]>;
  hscanIter(key: Key, options?: HscanIterOptions): Scan<[field: TextOf[E], value: TextOf[E]] | TextOf[E]> {
    return scanHash(this.#router, this.#options, key, options);
  }

  /**
   * All members of a set, one by one. Nothing when there is no such set.
   *
   * @example
   * ```ts
   * await client.sadd('tags', ['red', 'blue']);
   * for await (const tag of client.sscanIter('tags', { unique: true })) await client.incr(`count:${tag}`);
   * await client.get('count:red'); // => '1'
   * ```
   */
  sscanIter(key: Key, options?: SscanIterOptions): Scan<TextOf[E]> {
    return scanSet(this.#router, this.#options, key, options);
  }

  /**
   * All members of a sorted set with their scores, one by one and in no order; with `noscores` the members alone. Nothing when there is no
   * such sorted set.
   *
   * @example
   * ```ts
   * await client.zadd('board', { ada: 7, bob: 5 });
   * for await (const { member, score } of client.zscanIter('board')) await client.set(`score:${member}`, score);
   * await client.get('score:ada'); // => '7'
   * ```
   */
  zscanIter(
    key: Key,
    options?: ZscanIterOptions & { readonly noscores?: false | undefined },
  ): Scan<ScoredMember<TextOf[E]>>;
  zscanIter(key: Key, options: ZscanIterOptions & { readonly noscores: true }): Scan<TextOf[E]>;
  zscanIter(key: Key, options?: ZscanIterOptions): Scan<ScoredMember<TextOf[E]> | TextOf[E]>;
  zscanIter(key: Key, options?: ZscanIterOptions): Scan<ScoredMember<TextOf[E]> | TextOf[E]> {
    return scanSortedSet(this.#router, this.#options, key, options);
  }
}
