/** What consumers of streams give. Compiled, never run. */
import { Valkey, type ConsumedEntry, type ConsumerStats, type StreamConsumer } from '../../src/index.ts';

type Eq<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function eq<A, B>(equal: Eq<A, B>): void;

const client = new Valkey();
const bytes = client.withOptions({ encoding: 'buffer', integers: 'bigint' });

const consumer = client.streams.consume('s', 'g', 'ada', {
  count: 10,
  block: 0,
  claimIdle: 60_000,
  concurrency: 5,
  autoAck: true,
  deadLetter: Buffer.of(1),
  maxDeliveries: 3,
  createGroup: true,
  start: '$',
  signal: new AbortController().signal,
  stopTimeout: 1000,
});
eq<typeof consumer, StreamConsumer<string>>(true);
const byteConsumer = bytes.streams.consume(['a', Buffer.of(1)] as const, Buffer.of(2), Buffer.of(3));
eq<typeof byteConsumer, StreamConsumer<Buffer>>(true);

export async function loops(): Promise<void> {
  for await (const entry of consumer) {
    eq<typeof entry, ConsumedEntry<string>>(true);
    eq<typeof entry.fields, Record<string, string>>(true);
    eq<typeof entry.stream, string>(true);
    eq<typeof entry.deliveries, number>(true);
    const acked = entry.ack();
    eq<typeof acked, Promise<void>>(true);
    // @ts-expect-error an entry is as the server gave it
    entry.id = '1-1';
  }
  for await (const { stream, fields, deliveries } of byteConsumer) {
    eq<typeof stream, Buffer>(true);
    eq<typeof fields, [Buffer, Buffer][]>(true);
    eq<typeof deliveries, number>(true);
  }
}

const run = consumer.run(async (entry) => eq<typeof entry.id, string>(true), {
  onFailure: (error, entry) => {
    eq<typeof error, unknown>(true);
    eq<typeof entry, ConsumedEntry<string>>(true);
  },
});
eq<typeof run, Promise<ConsumerStats>>(true);
void byteConsumer.run(() => undefined);
const stats = consumer.stats();
eq<typeof stats, ConsumerStats>(true);
consumer.stop();

// @ts-expect-error no such option
client.streams.consume('s', 'g', 'ada', { noAck: true });
// @ts-expect-error a consumer has a name
client.streams.consume('s', 'g');
// @ts-expect-error a number is no stream
client.streams.consume(1, 'g', 'ada');
// @ts-expect-error a handler is a function
void consumer.run();
