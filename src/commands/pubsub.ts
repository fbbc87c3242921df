import type { ReplyMode } from '../protocol/reply-mode.ts';
import type { Many } from './argument.ts';
import { toPairs, toTexts } from './reply.ts';
import { type Spec, command } from './spec.ts';
import { Executor, type Integer, type Key, type Result, type Surface, type Text, type Value } from './surface.ts';

const PUBLISH: Spec = command('PUBLISH');
const PUBSUB_CHANNELS: Spec = command('PUBSUB CHANNELS');
const PUBSUB_HELP: Spec = command('PUBSUB HELP');
const PUBSUB_NUMPAT: Spec = command('PUBSUB NUMPAT');
const PUBSUB_NUMSUB: Spec = command('PUBSUB NUMSUB');
const PUBSUB_SHARDCHANNELS: Spec = command('PUBSUB SHARDCHANNELS');
const PUBSUB_SHARDNUMSUB: Spec = command('PUBSUB SHARDNUMSUB');
const SPUBLISH: Spec = command('SPUBLISH');

/** Channels and the number of their subscribers: a plain object, or pairs with `encoding: 'buffer'`, so that no byte of a name is lost. */
export type ChannelCounts<T, I> = T extends string ? Record<string, I> : [channel: T, subscribers: I][];

/** Commands that publish messages, and look at who is subscribed. */
export abstract class PubsubCommands<in out S extends Surface> extends Executor<S> {
  /**
   * Sends a message to all subscribers of a channel and of patterns that match it, and gives how many were sent to.
   *
   * In a cluster it reaches subscribers on every node, and those on other nodes are not counted.
   * Complexity: O(N+M), N being the number of the channel's subscribers, M the number of patterns that anybody is subscribed to.
   *
   * @since 2.0.0
   * @example
   * ```ts
   * await client.publish('news', 'it rains'); // => 0
   * ```
   * @see https://valkey.io/commands/publish/
   */
  publish(channel: Key, message: Value): Result<S, Integer<S>> {
    return this.send(PUBLISH, [channel, message]);
  }

  /**
   * Gives the channels that have subscribers, or those of them that match a glob-style `pattern`. Patterns subscribed to do not count.
   *
   * Complexity: O(N), N being the number of channels.
   *
   * @since 2.8.0
   * @example
   * ```ts
   * await client.pubsubChannels('news*'); // => []
   * ```
   * @see https://valkey.io/commands/pubsub-channels/
   */
  pubsubChannels(pattern?: Key): Result<S, Text<S>[]> {
    return this.send(PUBSUB_CHANNELS, pattern === undefined ? [] : [pattern]);
  }

  /**
   * Gives the server's own help on PUBSUB, line by line.
   *
   * Complexity: O(1).
   *
   * @since 6.2.0
   * @example
   * ```ts
   * const lines = await client.pubsubHelp();
   * ```
   * @see https://valkey.io/commands/pubsub-help/
   */
  pubsubHelp(): Result<S, string[]> {
    return this.send(PUBSUB_HELP, [], toTexts);
  }

  /**
   * Gives how many patterns are subscribed to, each counted once however many its subscribers are.
   *
   * Complexity: O(1).
   *
   * @since 2.8.0
   * @example
   * ```ts
   * await client.pubsubNumpat(); // => 0
   * ```
   * @see https://valkey.io/commands/pubsub-numpat/
   */
  pubsubNumpat(): Result<S, Integer<S>> {
    return this.send(PUBSUB_NUMPAT, []);
  }

  /**
   * Gives the number of subscribers of each of the channels, those of patterns apart: an object, or pairs with `encoding: 'buffer'`.
   *
   * Complexity: O(1) per channel.
   *
   * @since 2.8.0
   * @example
   * ```ts
   * await client.pubsubNumsub(['news', 'weather']); // => { news: 0, weather: 0 }
   * ```
   * @see https://valkey.io/commands/pubsub-numsub/
   */
  pubsubNumsub(channels: Many<Key>): Result<S, ChannelCounts<Text<S>, Integer<S>>> {
    return this.send(PUBSUB_NUMSUB, channelsOf(channels), toCounts<Text<S>, Integer<S>>);
  }

  /**
   * Gives the sharded channels that have subscribers, or those of them that match a glob-style `pattern`.
   *
   * Complexity: O(N), N being the number of sharded channels.
   *
   * @since 7.0.0
   * @example
   * ```ts
   * await client.pubsubShardchannels(); // => []
   * ```
   * @see https://valkey.io/commands/pubsub-shardchannels/
   */
  pubsubShardchannels(pattern?: Key): Result<S, Text<S>[]> {
    return this.send(PUBSUB_SHARDCHANNELS, pattern === undefined ? [] : [pattern]);
  }

  /**
   * Gives the number of subscribers of each of the sharded channels: an object, or pairs with `encoding: 'buffer'`.
   *
   * Complexity: O(1) per channel.
   *
   * @since 7.0.0
   * @example
   * ```ts
   * await client.pubsubShardnumsub('orders'); // => { orders: 0 }
   * ```
   * @see https://valkey.io/commands/pubsub-shardnumsub/
   */
  pubsubShardnumsub(channels: Many<Key>): Result<S, ChannelCounts<Text<S>, Integer<S>>> {
    return this.send(PUBSUB_SHARDNUMSUB, channelsOf(channels), toCounts<Text<S>, Integer<S>>);
  }

  /**
   * Sends a message to the subscribers of a sharded channel, and gives how many were sent to.
   *
   * A sharded channel lives where a key of its name would: in a cluster, only the nodes of that shard carry the message.
   * Complexity: O(N), N being the number of the channel's subscribers.
   *
   * @since 7.0.0
   * @example
   * ```ts
   * await client.spublish('orders', 'order 7 was paid'); // => 0
   * ```
   * @see https://valkey.io/commands/spublish/
   */
  spublish(shardchannel: Key, message: Value): Result<S, Integer<S>> {
    return this.send(SPUBLISH, [shardchannel, message]);
  }
}

/** The server takes none as well. */
function channelsOf(channels: Many<Key>): Key[] {
  return Array.isArray(channels) ? [...(channels as readonly Key[])] : [channels as Key];
}

/** `fromEntries` takes a channel called `__proto__` for a name like any other. */
function toCounts<T, I>(reply: unknown, mode: ReplyMode): ChannelCounts<T, I> {
  const pairs = toPairs<string, I>(reply);
  return (mode.encoding === 'buffer' ? pairs : Object.fromEntries(pairs)) as ChannelCounts<T, I>;
}
