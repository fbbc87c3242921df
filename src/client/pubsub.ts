import type { Many } from '../commands/argument.ts';
import { command, type Spec } from '../commands/spec.ts';
import type { Key, Value } from '../commands/surface.ts';
import { checkedSize, type RequestOptions } from '../connection/request.ts';
import type { Failure } from '../connection/topic-waiter.ts';
import { AbortError, DataError, PubSubError } from '../errors.ts';
import { copyOf, type FastBuffer } from '../protocol/bytes.ts';
import { MessageKind } from '../protocol/message-reader.ts';
import type { Encoding, TextOf } from '../protocol/reply-mode.ts';
import type { RoutedSubscriptions, Router } from '../topology/router.ts';
import { Delivery } from './delivery.ts';
import { HandledTopic, type MessageHandler } from './handled-topic.ts';
import type { ChannelMessage, Message, PatternMessage, PublishedMessage, ShardMessage } from './message.ts';
import { bufferBounds, checkPubSubOptions, type PubSubOptions } from './pubsub-options.ts';

/** Where a `PubSub` is in its life: `idle` while nothing is subscribed to. */
export type PubSubState = 'idle' | 'connecting' | 'ready' | 'reconnecting' | 'closed';

/** What `pubsub.stats()` gives. */
export interface PubSubStats {
  readonly state: PubSubState;
  /** Messages that came, for handlers and iterators. */
  readonly received: number;
  /** Messages that were dropped, since nobody had taken them and there was no room for more. */
  readonly dropped: number;
  /** Messages that wait to be taken. */
  readonly buffered: number;
  /** Bytes of their data. */
  readonly bufferedBytes: number;
  /** How often messages may have been missed. */
  readonly gaps: number;
  /** How often a handler threw or rejected, or a subscription was ended by the server. */
  readonly errors: number;
  /** How many channels are subscribed to. */
  readonly channels: number;
  readonly patterns: number;
  readonly shardChannels: number;
}

const SUBSCRIBE: readonly Spec[] = ['SUBSCRIBE', 'PSUBSCRIBE', 'SSUBSCRIBE'].map(command);
const UNSUBSCRIBE: readonly Spec[] = ['UNSUBSCRIBE', 'PUNSUBSCRIBE', 'SUNSUBSCRIBE'].map(command);
const PING: Spec = command('PING');

/**
 * Subscriptions on a connection of their own, which the client's commands do not notice.
 *
 * Messages go to the handlers of their channel or pattern, those without a handler to whoever iterates. The connection is made with
 * the first subscription and kept alive: when it is lost everything is subscribed to again, and a message of type `gap` tells that
 * something may have been missed. What waits to be taken is bounded. Close it, or declare it with `await using`; it closes with
 * its client.
 *
 * @example
 * ```ts
 * await using pubsub = client.pubsub({ ignoreSubscribeMessages: true });
 * await pubsub.subscribe('news');
 * await client.publish('news', 'it rains'); // => 1
 * for await (const message of pubsub) {
 *   if (message.type === 'message' && message.data === 'it rains') break;
 * }
 * ```
 */
export class PubSub<in out E extends Encoding = 'utf8'> implements AsyncIterable<Message<TextOf[E]>>, AsyncDisposable {
  readonly #router: Router;
  readonly #options: RequestOptions;
  readonly #delivery: Delivery<TextOf[E]>;
  readonly #subscriptions: RoutedSubscriptions<HandledTopic<TextOf[E]>>;
  #detach: (() => void) | undefined;

  /** Use `client.pubsub()`. @internal */
  constructor(router: Router, options: RequestOptions, own: PubSubOptions<TextOf[E]>) {
    checkPubSubOptions(own);
    this.#router = router;
    this.#options = options;
    this.#delivery = new Delivery<TextOf[E]>(
      {
        ...bufferBounds(own),
        ignoreSubscribeMessages: own.ignoreSubscribeMessages ?? false,
        onGap: own.onGap,
        onError: own.onError,
      },
      (makeError) => this.#fail(makeError),
      () => this.#fail(overflowed),
    );
    this.#subscriptions = router.subscriptions(this.#delivery, options.mode.encoding, own.healthCheckInterval);
  }

  get state(): PubSubState {
    return this.#subscriptions.state;
  }

  /**
   * Subscribes to one or several channels. Resolves when the server has confirmed them all.
   *
   * With a `handler` their messages go to it instead of to iterators; a channel can have several handlers, each is called once per message.
   * A promise that it gives is not waited for, so calls may overlap; iterate to take one message at a time. What it throws or rejects with goes to
   * the option `onError`.
   *
   * Rejects with the server's error, such as `NoPermissionError`, with the cause when no connection can be made, and with a
   * `TimeoutError` after the client's `socketTimeout`. Then the call has changed nothing.
   *
   * @throws DataError when a channel is neither text nor bytes, or there is none
   * @example
   * ```ts
   * await using pubsub = client.pubsub();
   * await pubsub.subscribe(['news', 'weather'], ({ channel, data }) => console.log(channel, data));
   * await client.publish('weather', 'rain'); // => 1
   * ```
   */
  subscribe(channels: Many<Key>, handler?: MessageHandler<ChannelMessage<TextOf[E]>>): Promise<void> {
    return this.#subscribe(MessageKind.channel, channels, handler);
  }

  /**
   * Subscribes to all channels that match one or several glob-style patterns, as `subscribe` does.
   *
   * A message comes once for each pattern that its channel matches, and once for the channel if that is subscribed to as well.
   *
   * @example
   * ```ts
   * await using pubsub = client.pubsub();
   * await pubsub.psubscribe('news.*', ({ pattern, channel, data }) => console.log(pattern, channel, data));
   * await client.publish('news.local', 'it rains'); // => 1
   * ```
   */
  psubscribe(patterns: Many<Key>, handler?: MessageHandler<PatternMessage<TextOf[E]>>): Promise<void> {
    return this.#subscribe(MessageKind.pattern, patterns, handler);
  }

  /**
   * Subscribes to one or several shard channels, which SPUBLISH sends to, as `subscribe` does.
   *
   * @example
   * ```ts
   * await using pubsub = client.pubsub();
   * await pubsub.ssubscribe('orders', ({ data }) => console.log(data));
   * await client.spublish('orders', 'order 7 was paid'); // => 1
   * ```
   */
  ssubscribe(channels: Many<Key>, handler?: MessageHandler<ShardMessage<TextOf[E]>>): Promise<void> {
    return this.#subscribe(MessageKind.shard, channels, handler);
  }

  /**
   * Ends the subscription to these channels, or to all. Their handlers are forgotten, and nothing of them is delivered from now on.
   *
   * Resolves when the server has confirmed it, and when it cannot: the connection is lost, or has not answered within
   * `socketTimeout`. Rejects only when the server refuses. A `subscribe` of theirs that is still waiting resolves. Patterns that match
   * a channel are subscriptions of their own.
   *
   * @throws DataError when a channel is neither text nor bytes
   */
  unsubscribe(channels?: Many<Key>): Promise<void> {
    return this.#unsubscribe(MessageKind.channel, channels);
  }

  /** Ends the subscription to these patterns, or to all, as `unsubscribe` does. */
  punsubscribe(patterns?: Many<Key>): Promise<void> {
    return this.#unsubscribe(MessageKind.pattern, patterns);
  }

  /** Ends the subscription to these shard channels, or to all, as `unsubscribe` does. */
  sunsubscribe(channels?: Many<Key>): Promise<void> {
    return this.#unsubscribe(MessageKind.shard, channels);
  }

  /**
   * The next message that has no handler, or `null` when there is none within `timeout` ms, by default at once, or the pubsub is closed.
   *
   * Rejects as an iterator does.
   *
   * @throws DataError when the timeout is no number from 0 up
   * @example
   * ```ts
   * await using pubsub = client.pubsub();
   * await pubsub.subscribe('news');
   * await pubsub.getMessage(1000); // => { type: 'subscribe', channel: 'news', data: 1 }
   * await pubsub.getMessage(); // => null
   * ```
   */
  getMessage(timeout: number = 0): Promise<Message<TextOf[E]> | null> {
    if (typeof timeout !== 'number' || !(timeout >= 0)) {
      throw new DataError('the timeout of getMessage must be milliseconds from 0 up', { code: 'INVALID_ARGUMENT' });
    }
    return this.#delivery.buffer.take(timeout);
  }

  /**
   * Iterates over the messages that have no handler, until the pubsub is closed. Leaving the loop closes nothing; several loops share
   * the messages, each of which goes to one.
   *
   * Rejects with a `PubSubError` when there was no room and `overflow` is `'disconnect'`, after what had come before.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<Message<TextOf[E]>> {
    return this.#delivery.buffer.iterate();
  }

  /**
   * Asks the server for a sign of life on the pubsub's own connection, which is made when there is none. Gives `message`, or `'PONG'`.
   *
   * Rejects as `subscribe` does.
   *
   * @example
   * ```ts
   * await using pubsub = client.pubsub();
   * await pubsub.ping(); // => 'PONG'
   * ```
   */
  ping(message?: Value): Promise<TextOf[E]> {
    if (message !== undefined) checkedSize(PING, [message]);
    return this.#ping(message);
  }

  /** Counts of what came, waits and was dropped, and of what is subscribed to. */
  stats(): PubSubStats {
    const { received, dropped, gaps, errors, buffer } = this.#delivery;
    return {
      state: this.state,
      received,
      dropped,
      buffered: buffer.length,
      bufferedBytes: buffer.bytes,
      gaps,
      errors,
      channels: this.#subscriptions.wanted(MessageKind.channel).size,
      patterns: this.#subscriptions.wanted(MessageKind.pattern).size,
      shardChannels: this.#subscriptions.wanted(MessageKind.shard).size,
    };
  }

  /** Ends all subscriptions and iterations, and closes the connection. What waits to be taken is thrown away. */
  async close(): Promise<void> {
    this.#close(undefined);
    this.#delivery.buffer.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  // Inside

  #subscribe<M>(kind: MessageKind, names: Many<Key>, handler: MessageHandler<M> | undefined): Promise<void> {
    const spec = SUBSCRIBE[kind]!;
    const list = bytesOf(spec, names);
    if (list.length === 0) throw new DataError(`${spec.name} needs at least one name`, { command: spec.name });
    if (handler !== undefined && typeof handler !== 'function') {
      const details = { code: 'INVALID_ARGUMENT', command: spec.name };
      throw new DataError(`${spec.name}: the handler must be a function`, details);
    }
    // The kind of a topic is that of its messages.
    return this.#ask(kind, list, handler as MessageHandler<PublishedMessage<TextOf[E]>> | undefined);
  }

  async #ask(
    kind: MessageKind,
    names: readonly FastBuffer[],
    handler: MessageHandler<PublishedMessage<TextOf[E]>> | undefined,
  ): Promise<void> {
    this.#start();
    const topics = names.map((bytes) => this.#find(kind, bytes) ?? this.#topic(kind, bytes));
    const handled = handler === undefined ? [] : topics.filter((topic) => topic.add(handler));
    const failure = await this.#subscriptions.subscribe(topics, this.#options.timeout);
    if (failure === undefined) return;
    for (const topic of handled) topic.remove(handler!);
    throw failure();
  }

  #unsubscribe(kind: MessageKind, names: Many<Key> | undefined): Promise<void> {
    if (names === undefined) return this.#askToEnd([...this.#subscriptions.wanted(kind).values()]);
    return this.#askToEnd(bytesOf(UNSUBSCRIBE[kind]!, names).flatMap((bytes) => this.#find(kind, bytes) ?? []));
  }

  async #askToEnd(topics: readonly HandledTopic<TextOf[E]>[]): Promise<void> {
    if (topics.length === 0) return;
    const failure = await this.#subscriptions.unsubscribe(topics, this.#options.timeout);
    if (failure !== undefined) throw failure();
  }

  async #ping(message: Value | undefined): Promise<TextOf[E]> {
    this.#start();
    const bytes = message === undefined ? undefined : toBytes(message);
    const outcome = await this.#subscriptions.ping(bytes, this.#options.timeout);
    if ('failure' in outcome) throw outcome.failure();
    return this.#text(bytes ?? (Buffer.from('PONG') as FastBuffer));
  }

  #find(kind: MessageKind, bytes: FastBuffer): HandledTopic<TextOf[E]> | undefined {
    return this.#subscriptions.find(kind, bytes.toString('latin1'));
  }

  #topic(kind: MessageKind, bytes: FastBuffer): HandledTopic<TextOf[E]> {
    return new HandledTopic(kind, bytes, this.#text(copyOf(bytes, 0, bytes.length)));
  }

  #text(bytes: FastBuffer): TextOf[E] {
    const { encoding } = this.#options.mode;
    return (encoding === 'buffer' ? bytes : bytes.toString(encoding)) as TextOf[E];
  }

  /** From now on it ends with its client, or when its signal fires. */
  #start(): void {
    const { signal } = this.#options;
    if (signal?.aborted === true) throw aborted(signal)();
    if (this.#detach !== undefined || this.state === 'closed') return;
    const detach = this.#router.onClose(() => void this.close());
    const abort = (): void => this.#fail(aborted(signal!));
    signal?.addEventListener('abort', abort, { once: true });
    this.#detach = () => {
      detach();
      signal?.removeEventListener('abort', abort);
    };
  }

  #fail(makeError: Failure): void {
    this.#close(makeError);
    this.#delivery.buffer.fail(makeError);
  }

  #close(makeError: Failure | undefined): void {
    this.#detach?.();
    this.#detach = undefined;
    this.#subscriptions.close(makeError);
  }
}

const overflowed: Failure = () =>
  new PubSubError('there was no room for another message: take them faster, or set maxBuffered and maxBufferedBytes', {
    code: 'OVERFLOW',
  });

function aborted(signal: AbortSignal): Failure {
  return () => new AbortError('the pubsub was aborted', { cause: signal.reason });
}

/** The names as bytes of our own, each once. */
function bytesOf(spec: Spec, names: Many<Key>): FastBuffer[] {
  const list = (Array.isArray(names) ? names : [names]) as readonly Key[];
  const byKey = new Map<string, FastBuffer>();
  for (const [index, name] of list.entries()) {
    if (typeof name !== 'string' && !(name instanceof Uint8Array)) {
      const details = { code: 'INVALID_ARGUMENT', command: spec.name };
      throw new DataError(`${spec.name}: argument ${index + 1} is neither a string nor bytes`, details);
    }
    const bytes = toBytes(name);
    byKey.set(bytes.toString('latin1'), bytes);
  }
  return [...byKey.values()];
}

function toBytes(value: Value): FastBuffer {
  return (value instanceof Uint8Array ? Buffer.from(value) : Buffer.from(String(value))) as FastBuffer;
}
