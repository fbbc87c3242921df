import { LONGEST_TIMER } from '../util/timer.ts';
import type { BufferBounds, Overflow } from './message-buffer.ts';
import type { GapMessage, PublishedMessage } from './message.ts';
import { check, FLAG, whole, type Rule } from './option-rule.ts';

/** How much may wait to be taken by an iterator, and what happens then. */
export interface BufferOptions {
  /** Most messages that wait. Default 100,000. */
  readonly maxBuffered?: number;
  /** Most bytes of data that wait. Default 64 MiB. */
  readonly maxBufferedBytes?: number;
  /** What goes when there is no room: the oldest, the newest, or all of it, with an error from the iterator. Default `'drop-oldest'`. */
  readonly overflow?: Overflow;
}

/** How a `PubSub` behaves. Times are in milliseconds, sizes in bytes; a name that is not known throws. */
export interface PubSubOptions<T = string> extends BufferOptions {
  /** Leaves confirmations of subscriptions out of what iterators give. Default false. */
  readonly ignoreSubscribeMessages?: boolean;
  /**
   * How often the server is asked for a sign of life, for which it has `socketTimeout`; then the connection is made anew. 0 is never.
   * Default: the client's `healthCheckInterval`, 15000.
   */
  readonly healthCheckInterval?: number;
  /** Called when messages may have been missed, before the first that came afterwards, beside the message for iterators. */
  readonly onGap?: (gap: GapMessage<T>) => unknown;
  /**
   * Called with what a handler throws or rejects with, and when the server no longer accepts a subscription. Default: a warning of
   * the process, at most once a second.
   */
  readonly onError?: (error: unknown, message: PublishedMessage<T> | undefined) => unknown;
}

const isInterval = (value: unknown): boolean =>
  typeof value === 'number' && value >= 0 && value <= LONGEST_TIMER && !Number.isNaN(value);
const POLICIES: readonly unknown[] = ['drop-oldest', 'drop-newest', 'disconnect'] satisfies readonly Overflow[];
const FUNCTION: Rule = [(value) => typeof value === 'function', 'a function'];

const BUFFER_RULES: Readonly<Record<keyof BufferOptions, Rule>> = {
  maxBuffered: [whole(1), 'a whole number from 1 up'],
  maxBufferedBytes: [whole(1), 'bytes from 1 up'],
  overflow: [(value) => POLICIES.includes(value), "'drop-oldest', 'drop-newest' or 'disconnect'"],
};
const PUBSUB_RULES: Readonly<Record<keyof PubSubOptions, Rule>> = {
  ...BUFFER_RULES,
  ignoreSubscribeMessages: FLAG,
  healthCheckInterval: [isInterval, 'milliseconds from 0 up'],
  onGap: FUNCTION,
  onError: FUNCTION,
};

export function checkPubSubOptions<T>(options: PubSubOptions<T>): void {
  check(options, PUBSUB_RULES, 'option of a pubsub');
}

export function checkMonitorOptions(options: BufferOptions): void {
  check(options, BUFFER_RULES, 'option of a monitor');
}

export function bufferBounds(options: BufferOptions): BufferBounds {
  return {
    maxBuffered: options.maxBuffered ?? 100_000,
    maxBufferedBytes: options.maxBufferedBytes ?? 64 * 1024 * 1024,
    overflow: options.overflow ?? 'drop-oldest',
  };
}
