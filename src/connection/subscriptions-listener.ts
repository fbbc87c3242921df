import type { Failure } from './topic-waiter.ts';
import type { Topic } from './topic.ts';

/** Who hears of messages, and of what becomes of subscriptions. Everything is told in the order of the connection. */
export interface SubscriptionsListener<T extends Topic> {
  /** `channel` is there for a pattern only; `size` is the data's, in bytes. */
  message(topic: T, channel: string | Buffer | undefined, data: string | Buffer, size: number): void;
  /** The server has confirmed what was asked for; once more after a reconnect is not told. `count` is what the server counts by then. */
  subscribed(topic: T, count: number): void;
  unsubscribed(topic: T, count: number): void;
  /** Messages of these topics may be missing, in milliseconds since the epoch; told before the first that came afterwards. */
  missed(from: number, to: number, topics: readonly T[]): void;
  /** The server refuses a subscription that it had before: it is over, which is told next. */
  refused(error: Error): void;
  /** A message came that cannot be given as it was asked for. */
  unreadable(error: Error): void;
  /** It is all over, without its user's doing. */
  ended(makeError: Failure): void;
}
