/**
 * The heavy form of every failure test once, one line each with the numbers: `npm run soak`, or `-- --short` for a tenth of it.
 *
 * Ends with 1 when a promise of the client was broken. `CHAOS_SEED` repeats a run. See also `npm run chaos`, which goes on for as long as
 * it is told to.
 */
import { manyKeys } from '../test/chaos/cache-memory.ts';
import { chaosSeed } from '../test/chaos/random.ts';
import { scenarios } from '../test/chaos/scenarios.ts';
import { slowConsumer } from '../test/chaos/slow-consumer.ts';
import { stoppedServer } from '../test/chaos/stopped-server.ts';
import { ValkeyServer } from '../src/testing/index.ts';
import { Child } from '../test/server/client/child.ts';
import { Report } from './report.ts';

const MB = 1024 * 1024;
const isShort = process.argv.includes('--short');
const scale = isShort ? 0.1 : 1;
const seed = chaosSeed();

const unhandled: unknown[] = [];
process.on('unhandledRejection', (reason) => unhandled.push(reason));

const report = new Report();
const whole = (value: number): number => Math.round(value * scale);

// What is measured in memory comes first, while there is little else in it.

{
  const { wrong, growth, growthUntilDrained, bound, ...numbers } = await stoppedServer({
    calls: whole(1_000_000),
    bound: 256 * MB,
  });
  const mb = (bytes: number): number => Math.round(bytes / MB);
  const allowed = bound + 64 * MB;
  const over = growth > allowed ? [`grew by more than ${mb(allowed)} MB while the server was stopped`] : [];
  const shown = {
    ...numbers,
    'bound MB': mb(bound),
    'grew by MB': mb(growth),
    'until drained by MB': mb(growthUntilDrained),
  };
  report.add('SETs of 10 KB to a stopped server', shown, [...wrong, ...over]);
}

for (const protocol of [3, 2] as const) {
  const bound = 64 * MB;
  const { wrong, growth, ...numbers } = await slowConsumer({
    bytes: whole(1024 * MB),
    bound,
    overflow: protocol === 3 ? 'drop-oldest' : 'drop-newest',
    protocol,
  });
  const over = growth > bound ? ['it grew by more than is allowed to wait while messages were dropped'] : [];
  const shown = { ...numbers, 'grew by MB': Math.round(growth / MB) };
  report.add(`1 GB of messages for a consumer that sleeps, RESP${protocol}`, shown, [...wrong, ...over]);
}

{
  await using server = await ValkeyServer.start();
  const commands = whole(5_000_000);
  const mb = Math.max(64, whole(512));
  const flags = [`--max-old-space-size=${mb}`];
  const child = await Child.start('long-pipeline.ts', { port: server.port, commands }, 300_000, flags);
  const { code, said, stderr } = await child.end;
  const held = code === 0 && said['replies'] === commands && said['wrong'] === 0;
  report.add(`one pipeline of ${commands} SETs of 100 B, in ${mb} MB`, said, held ? [] : [stderr]);
}

for (const policy of ['lru', 'lfu', 'random'] as const) {
  const most = 10_000;
  const { grown, estimated, ...numbers } = await manyKeys(whole(1_000_000), most, policy);
  // Half as much again for what the estimate leaves out, and for what the engine has not yet given back.
  const over = grown > 1.5 * estimated + 4 * MB || numbers.entries > most ? ['it holds more than it may'] : [];
  const shown = { ...numbers, 'estimated KB': Math.round(estimated / 1024), 'grown KB': Math.round(grown / 1024) };
  report.add(`a cache of ${most} replies, ${policy}`, shown, over);
}

for (const { title, byProtocol, run } of Object.values(scenarios)) {
  for (const protocol of byProtocol ? ([3, 2] as const) : ([3] as const)) {
    const { numbers, wrong } = await run({ seed, protocol, scale });
    report.add(`${title}, RESP${protocol}`, numbers, wrong);
  }
}

report.add('rejections that nobody handled', { count: unhandled.length, seed }, unhandled);
process.exit(report.isBroken ? 1 : 0);
