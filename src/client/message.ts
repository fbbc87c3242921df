/** What comes of a channel that is subscribed to. `T` is `string`, or `Buffer` with `encoding: 'buffer'`. */
export interface ChannelMessage<T = string> {
  readonly type: 'message';
  readonly channel: T;
  readonly data: T;
}

/** What comes of a channel that matches a pattern. */
export interface PatternMessage<T = string> {
  readonly type: 'pmessage';
  /** The pattern, as it was subscribed to. */
  readonly pattern: T;
  readonly channel: T;
  readonly data: T;
}

/** What comes of a shard channel. */
export interface ShardMessage<T = string> {
  readonly type: 'smessage';
  readonly channel: T;
  readonly data: T;
}

/** The server's confirmation of a subscription, or of its end. */
export interface SubscriptionMessage<T = string> {
  readonly type: 'subscribe' | 'psubscribe' | 'ssubscribe' | 'unsubscribe' | 'punsubscribe' | 'sunsubscribe';
  /** The channel; for `psubscribe` and `punsubscribe` the pattern. */
  readonly channel: T;
  /** How many channels and patterns, or shard channels, are subscribed to by then. */
  readonly data: number;
}

/** The connection was lost: what was sent to these between the two moments may be missing. Stands before what came afterwards. */
export interface GapMessage<T = string> {
  readonly type: 'gap';
  /** When the server was last heard of, in milliseconds since the epoch, as `Date.now()` gives them. */
  readonly from: number;
  /** When the server had confirmed the subscriptions again. */
  readonly to: number;
  readonly channels: readonly T[];
  readonly patterns: readonly T[];
  readonly shardChannels: readonly T[];
}

/** What a `PubSub` gives, told apart by `type`. */
export type Message<T = string> =
  | ChannelMessage<T>
  | PatternMessage<T>
  | ShardMessage<T>
  | SubscriptionMessage<T>
  | GapMessage<T>;

/** Messages that somebody published. */
export type PublishedMessage<T = string> = ChannelMessage<T> | PatternMessage<T> | ShardMessage<T>;
