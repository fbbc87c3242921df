import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { QueueFullError, Valkey } from '../../src/index.ts';
import { ValkeyServer } from '../../src/testing/index.ts';

/** What became of writes to a server that had stopped. */
export interface StoppedServerReport {
  readonly calls: number;
  /** Those that were taken, and ran when the server went on. */
  readonly drained: number;
  /** Those that were refused at once. */
  readonly overflowed: number;
  /** What must not happen; empty, or the client is broken. */
  readonly wrong: readonly string[];
  /** By how many bytes the process grew, at most, while the server was stopped. */
  readonly growth: number;
  /** The same, counted until everything had run. */
  readonly growthUntilDrained: number;
  readonly bound: number;
  readonly milliseconds: number;
}

const BATCH = 250;
/** Batches between two collections: what the test itself throws away must not be counted as kept. */
const COLLECTED = 10;
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const VALUE = 10 * 1024;

/** SETs of 10 KB each, all different, go to a server that has stopped, in batches; then it goes on and must run what was taken, in order. */
export async function stoppedServer(options: {
  readonly calls: number;
  readonly bound: number;
}): Promise<StoppedServerReport> {
  const { calls, bound } = options;
  const start = performance.now();
  await using server = await ValkeyServer.start();
  await using client = new Valkey({ port: server.port, socketTimeout: 120_000, maxQueuedBytes: bound });
  await client.connect();
  // Bytes and text of their own: text that was put together by concatenation would share its parts.
  const valueOf = (i: number): string | Buffer => {
    const bytes = Buffer.alloc(VALUE, 120);
    bytes.write(`${i}:`);
    return i % 2 === 0 ? bytes : bytes.toString('latin1');
  };
  // What the first calls cost once.
  for (let i = 0; i < 80; i++) await Promise.all(Array.from({ length: BATCH }, () => client.set('last', valueOf(i))));
  const wrong: string[] = [];
  let overflowed = 0;
  let drained = 0;
  let newest = -1;
  let last = -1;
  const drains: Promise<void>[] = [];
  server.pause();
  const before = process.memoryUsage.rss();
  let growth = 0;
  for (let i = 0; i < calls; i++) {
    const { queued, inFlight } = client.stats();
    const call = client.set('last', valueOf(i));
    const taken = client.stats().queued + client.stats().inFlight > queued + inFlight;
    if (taken) {
      last = i;
      drains.push(
        call.then(
          () => {
            if (i < newest) wrong.push(`call ${i} was answered after call ${newest}`);
            newest = i;
            drained++;
          },
          (error: unknown) => void wrong.push(`call ${i} was taken, and failed: ${String(error)}`),
        ),
      );
    } else {
      call.then(
        () => void wrong.push(`call ${i} was not counted, and ran`),
        (error: unknown) => {
          overflowed++;
          const { name, sent } = error as QueueFullError;
          if (!(error instanceof QueueFullError) || sent) wrong.push(`call ${i} failed with ${name}`);
        },
      );
    }
    if (i % BATCH !== BATCH - 1) continue;
    await new Promise((resolve) => setImmediate(resolve));
    if (i % (BATCH * COLLECTED) === BATCH * COLLECTED - 1) collect();
    growth = Math.max(growth, process.memoryUsage.rss() - before);
    if (client.stats().bytes > bound) wrong.push(`${client.stats().bytes} bytes wait`);
  }
  let growthUntilDrained = growth;
  const watch = setInterval(() => {
    growthUntilDrained = Math.max(growthUntilDrained, process.memoryUsage.rss() - before);
  }, 5);
  server.resume();
  await Promise.all(drains);
  clearInterval(watch);
  const stored = await client.get('last');
  if (!stored?.startsWith(`${last}:`)) wrong.push(`the last value is ${stored?.slice(0, 20)}, not that of ${last}`);
  const { queued, inFlight, bytes } = client.stats();
  if (queued + inFlight + bytes > 0) wrong.push(`${queued} + ${inFlight} commands of ${bytes} bytes are still counted`);
  const milliseconds = Math.round(performance.now() - start);
  return { calls, drained, overflowed, wrong, growth, growthUntilDrained, bound, milliseconds };
}
