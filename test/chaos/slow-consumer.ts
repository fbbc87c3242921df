import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Valkey, type Overflow } from '../../src/index.ts';
import { ValkeyServer } from '../../src/testing/index.ts';

/** What became of messages that nobody took in time. */
export interface SlowConsumerReport {
  readonly published: number;
  readonly received: number;
  readonly dropped: number;
  /** Messages that were taken afterwards. */
  readonly taken: number;
  /** What must not happen; empty, or the client is broken. */
  readonly wrong: readonly string[];
  /** By how many bytes the process grew at most. */
  readonly growth: number;
  readonly milliseconds: number;
}

const SIZE = 16 * 1024;
const BATCH = 64;
/** Batches between two collections: what the test itself throws away must not be counted as kept. */
const COLLECTED = 4;
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Publishes so many bytes to a consumer that sleeps until all of it has come; then it wakes, and must find what the policy promises. */
export async function slowConsumer(options: {
  readonly bytes: number;
  readonly bound: number;
  readonly overflow: Exclude<Overflow, 'disconnect'>;
  readonly protocol: 2 | 3;
}): Promise<SlowConsumerReport> {
  const { bytes, bound, overflow, protocol } = options;
  const start = performance.now();
  await using server = await ValkeyServer.start();
  await using client = new Valkey({ port: server.port, protocol, socketTimeout: 60_000 });
  const pubsub = client.pubsub({ ignoreSubscribeMessages: true, overflow, maxBufferedBytes: bound });
  await pubsub.subscribe('flood');
  const wrong: string[] = [];
  const published = Math.ceil(bytes / SIZE);
  const dataOf = (i: number): string => String(i).padEnd(SIZE, '.');
  let growth = 0;
  let before = 0;
  for (let i = 0; i < published; i += BATCH) {
    // What the first messages cost once, and a full buffer, is no growth.
    if (before === 0 && pubsub.stats().dropped > 0) before = process.memoryUsage.rss();
    const batch = Array.from({ length: Math.min(BATCH, published - i) }, (_, k) =>
      client.publish('flood', dataOf(i + k)),
    );
    await Promise.all(batch);
    if ((i / BATCH) % COLLECTED === 0) collect();
    const { bufferedBytes } = pubsub.stats();
    if (bufferedBytes > bound) wrong.push(`${bufferedBytes} bytes wait`);
    if (before > 0) growth = Math.max(growth, process.memoryUsage.rss() - before);
  }
  // The answer comes behind all messages.
  await pubsub.ping();
  const { received, dropped } = pubsub.stats();
  if (received !== published) wrong.push(`${received} of ${published} messages were received`);
  const room = Math.floor(bound / SIZE);
  const first = overflow === 'drop-oldest' ? published - room : 0;
  let taken = 0;
  for (let message = await pubsub.getMessage(); message !== null; message = await pubsub.getMessage()) {
    if (message.type !== 'message' || message.data !== dataOf(first + taken)) wrong.push(`message ${taken} is another`);
    taken++;
  }
  if (taken + dropped !== published) wrong.push(`${taken} taken and ${dropped} dropped are not ${published}`);
  if (taken !== room) wrong.push(`${taken} were kept, where there was room for ${room}`);
  return { published, received, dropped, taken, wrong, growth, milliseconds: Math.round(performance.now() - start) };
}
