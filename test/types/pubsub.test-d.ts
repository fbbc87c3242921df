/** What commands that publish evaluate to. Compiled, never run. */
import { Valkey } from '../../src/client/valkey.ts';

type Eq<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function eq<A, B>(equal: Eq<A, B>): void;
declare function reply<R>(promise: Promise<R>): R;

const client = new Valkey();
const bytes = client.withOptions({ encoding: 'buffer' });
const exact = client.withOptions({ integers: 'bigint' });

const reached = reply(client.publish('news', 1n));
eq<typeof reached, number>(true);
const reachedExactly = reply(exact.spublish(Buffer.of(1), Buffer.of(2)));
eq<typeof reachedExactly, bigint>(true);
const channels = reply(client.pubsubChannels());
eq<typeof channels, string[]>(true);
const channelsOfBytes = reply(bytes.pubsubShardchannels(Buffer.of(1)));
eq<typeof channelsOfBytes, Buffer[]>(true);
const patterns = reply(exact.pubsubNumpat());
eq<typeof patterns, bigint>(true);
const help = reply(bytes.pubsubHelp());
eq<typeof help, string[]>(true);

// ---- counts are an object, or pairs, so that no byte of a name is lost
const counts = reply(client.pubsubNumsub(['a', Buffer.of(1)]));
eq<typeof counts, Record<string, number>>(true);
const exactCounts = reply(exact.pubsubShardnumsub('a'));
eq<typeof exactCounts, Record<string, bigint>>(true);
const pairs = reply(bytes.pubsubNumsub('a'));
eq<typeof pairs, [channel: Buffer, subscribers: number][]>(true);

// @ts-expect-error a message is needed
void client.publish('news');
// @ts-expect-error an object is no message
void client.publish('news', { a: 1 });
// @ts-expect-error no rest arguments
void client.pubsubNumsub('a', 'b');
// @ts-expect-error channels are needed
void client.pubsubShardnumsub();
// @ts-expect-error a number is no pattern
void client.pubsubChannels(1);
