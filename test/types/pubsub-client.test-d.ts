/** What subscriptions and the monitor give. Compiled, never run. */
import {
  Valkey,
  type GapMessage,
  type Message,
  type Monitor,
  type MonitorEntry,
  type PubSub,
  type PubSubStats,
} from '../../src/index.ts';

type Eq<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function eq<A, B>(equal: Eq<A, B>): void;
declare function reply<R>(promise: Promise<R>): R;

const client = new Valkey();
const bytes = new Valkey({ encoding: 'buffer' });

const pubsub = client.pubsub();
eq<typeof pubsub, PubSub>(true);
const binary = bytes.pubsub({ maxBuffered: 10 });
eq<typeof binary, PubSub<'buffer'>>(true);
const ofView = client.withOptions({ encoding: 'buffer' }).pubsub();
eq<typeof ofView, PubSub<'buffer'>>(true);

// ---- handlers take the messages of their kind
void pubsub.subscribe('a', ({ type, channel, data }) => {
  eq<typeof type, 'message'>(true);
  eq<typeof channel, string>(true);
  eq<typeof data, string>(true);
});
void binary.psubscribe([Buffer.of(1), 'p*'], async ({ type, pattern, channel, data }) => {
  eq<typeof type, 'pmessage'>(true);
  eq<typeof pattern, Buffer>(true);
  eq<typeof channel, Buffer>(true);
  eq<typeof data, Buffer>(true);
});
void pubsub.ssubscribe(['a'], ({ type }) => eq<typeof type, 'smessage'>(true));
const list: string[] = [];
void pubsub.subscribe('a', ({ data }) => list.push(data));

// ---- messages are told apart by their type
const message = reply(pubsub.getMessage(10));
eq<typeof message, Message | null>(true);
if (message?.type === 'gap') {
  eq<typeof message, GapMessage>(true);
  eq<typeof message.channels, readonly string[]>(true);
  // @ts-expect-error a gap has no data
  void message.data;
} else if (message?.type === 'pmessage') eq<typeof message.pattern, string>(true);
else if (message?.type === 'message' || message?.type === 'smessage') eq<typeof message.data, string>(true);
else if (message !== null) eq<typeof message.data, number>(true);

async function iterate(): Promise<void> {
  for await (const each of binary) {
    eq<typeof each, Message<Buffer>>(true);
    if (each.type === 'message') eq<typeof each.data, Buffer>(true);
  }
  for await (const entry of client.monitor()) {
    eq<typeof entry, MonitorEntry>(true);
    eq<typeof entry.args, string[]>(true);
    if (entry.type === 'tcp') eq<typeof entry.address.port, number>(true);
    else if (entry.type === 'lua') eq<typeof entry.address, 'lua'>(true);
    else eq<typeof entry.address, string>(true);
  }
}
void iterate;

const monitor = reply(bytes.monitor({ overflow: 'disconnect' }).start());
eq<typeof monitor, Monitor<'buffer'>>(true);
const stats = pubsub.stats();
eq<typeof stats, PubSubStats>(true);
const pong = reply(binary.ping('x'));
eq<typeof pong, Buffer>(true);
client.pubsub({ onGap: ({ channels }) => eq<typeof channels, readonly string[]>(true), onError: (error) => error });
bytes.pubsub({ onGap: ({ patterns }) => eq<typeof patterns, readonly Buffer[]>(true) });

// @ts-expect-error channels are needed
void pubsub.subscribe();
// @ts-expect-error no rest arguments
void pubsub.unsubscribe('a', 'b');
// @ts-expect-error a number is no channel
void pubsub.subscribe(1);
// @ts-expect-error another policy
void client.pubsub({ overflow: 'drop' });
// @ts-expect-error an option that is none
void client.monitor({ onGap: () => undefined });
