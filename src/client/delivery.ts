import type { Failure } from '../connection/topic-waiter.ts';
import type { SubscriptionsListener } from '../connection/subscriptions-listener.ts';
import { MessageKind } from '../protocol/message-reader.ts';
import type { HandledTopic, MessageHandler } from './handled-topic.ts';
import { MessageBuffer, type BufferBounds } from './message-buffer.ts';
import type { GapMessage, Message, PublishedMessage, SubscriptionMessage } from './message.ts';

/** How messages are delivered. */
export interface DeliveryOptions<T> extends BufferBounds {
  readonly ignoreSubscribeMessages: boolean;
  readonly onGap: ((gap: GapMessage<T>) => unknown) | undefined;
  readonly onError: ((error: unknown, message: PublishedMessage<T> | undefined) => unknown) | undefined;
}

const BEGUN = ['subscribe', 'psubscribe', 'ssubscribe'] as const;
const ENDED = ['unsubscribe', 'punsubscribe', 'sunsubscribe'] as const;
/** At most one warning in this many milliseconds: a handler may fail a million times a second. */
const WARNING_INTERVAL = 1000;

/**
 * Hands each message to the handlers of its topic or, when it has none, puts it where iterators take it from.
 *
 * Handlers are called where the bytes are read: a message costs an object and the calls.
 */
export class Delivery<T extends string | Buffer> implements SubscriptionsListener<HandledTopic<T>> {
  readonly buffer: MessageBuffer<Message<T>>;
  received = 0;
  dropped = 0;
  gaps = 0;
  errors = 0;
  readonly #options: DeliveryOptions<T>;
  readonly #ended: (makeError: Failure) => void;
  #warnedAt = -Infinity;

  /** `ended` is called when it is over without its user's doing; `overflowed` when there is no room, and nothing may be dropped. */
  constructor(options: DeliveryOptions<T>, ended: (makeError: Failure) => void, overflowed: () => void) {
    this.#options = options;
    this.#ended = ended;
    const dropped = (message: Message<T>): void => {
      // Confirmations are no loss.
      if (isPublished(message)) this.dropped++;
    };
    this.buffer = new MessageBuffer<Message<T>>(options, { dropped, overflowed });
  }

  message(topic: HandledTopic<T>, channel: string | Buffer | undefined, data: string | Buffer, size: number): void {
    this.received++;
    const { handlers } = topic;
    const message = messageOf(topic, channel as T, data as T);
    if (handlers.length === 0) this.buffer.push(message, size);
    else for (let i = 0; i < handlers.length; i++) this.#handle(handlers[i]!, message);
  }

  subscribed(topic: HandledTopic<T>, count: number): void {
    this.#confirm(BEGUN[topic.kind], topic, count);
  }

  unsubscribed(topic: HandledTopic<T>, count: number): void {
    this.#confirm(ENDED[topic.kind], topic, count);
  }

  missed(from: number, to: number, topics: readonly HandledTopic<T>[]): void {
    const namesOf = (kind: MessageKind): T[] => topics.filter((topic) => topic.kind === kind).map(({ name }) => name);
    const gap: GapMessage<T> = {
      type: 'gap',
      from,
      to,
      channels: namesOf(MessageKind.channel),
      patterns: namesOf(MessageKind.pattern),
      shardChannels: namesOf(MessageKind.shard),
    };
    this.gaps++;
    this.buffer.mark(gap, joined);
    const { onGap } = this.#options;
    if (onGap !== undefined) this.#call(onGap, gap, undefined);
  }

  refused(error: Error): void {
    this.#report(error, undefined);
  }

  unreadable(error: Error): void {
    this.received++;
    this.dropped++;
    this.#report(error, undefined);
  }

  ended(makeError: Failure): void {
    this.#ended(makeError);
  }

  /** What has a handler has no use for confirmations: the promise tells as much. */
  #confirm(type: SubscriptionMessage['type'], { name, handlers }: HandledTopic<T>, data: number): void {
    if (this.#options.ignoreSubscribeMessages || handlers.length > 0) return;
    this.buffer.push({ type, channel: name, data }, 0);
  }

  #handle(handler: MessageHandler<PublishedMessage<T>>, message: PublishedMessage<T>): void {
    try {
      const outcome = handler(message);
      if (outcome !== undefined) this.#watch(outcome, message);
    } catch (error) {
      this.#report(error, message);
    }
  }

  #call<A>(listener: (arg: A) => unknown, arg: A, message: PublishedMessage<T> | undefined): void {
    try {
      this.#watch(listener(arg), message);
    } catch (error) {
      this.#report(error, message);
    }
  }

  #watch(outcome: unknown, message: PublishedMessage<T> | undefined): void {
    if (typeof (outcome as PromiseLike<unknown> | null)?.then !== 'function') return;
    (outcome as PromiseLike<unknown>).then(undefined, (error: unknown) => this.#report(error, message));
  }

  /** An error of a handler is its author's to see, and no reason to end the process, nor to keep a message from other handlers. */
  #report(error: unknown, message: PublishedMessage<T> | undefined): void {
    this.errors++;
    const { onError } = this.#options;
    if (onError === undefined) this.#warn(error);
    else {
      try {
        onError(error, message);
      } catch (worse) {
        this.#warn(worse);
      }
    }
  }

  #warn(error: unknown): void {
    const now = performance.now();
    if (now - this.#warnedAt < WARNING_INTERVAL) return;
    this.#warnedAt = now;
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.emitWarning(`pub/sub: ${error instanceof Error ? error.message : detail}`, {
      type: 'PubSubWarning',
      code: 'VALKEY_PUBSUB_HANDLER',
      detail,
    });
  }
}

/** All of one shape where they are of one kind. */
function messageOf<T>({ kind, name }: HandledTopic<T>, channel: T, data: T): PublishedMessage<T> {
  if (kind === MessageKind.pattern) return { type: 'pmessage', pattern: name, channel, data };
  return { type: kind === MessageKind.channel ? 'message' : 'smessage', channel: name, data };
}

function isPublished(message: Message<unknown>): boolean {
  return message.type === 'message' || message.type === 'pmessage' || message.type === 'smessage';
}

/** Two gaps with no message between them. */
function joined<T extends string | Buffer>(earlier: Message<T>, later: Message<T>): Message<T> {
  if (earlier.type !== 'gap' || later.type !== 'gap') return later;
  return {
    type: 'gap',
    from: earlier.from,
    to: later.to,
    channels: unionOf(earlier.channels, later.channels),
    patterns: unionOf(earlier.patterns, later.patterns),
    shardChannels: unionOf(earlier.shardChannels, later.shardChannels),
  };
}

function unionOf<T extends string | Buffer>(a: readonly T[], b: readonly T[]): T[] {
  const byBytes = new Map(
    [...a, ...b].map((name) => [typeof name === 'string' ? name : name.toString('latin1'), name]),
  );
  return [...byBytes.values()];
}
