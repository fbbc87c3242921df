/** Brings subscriptions and a monitor into a state, closes the client, and has nothing more to do. See pubsub-failure.test.ts. */
import { writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Valkey } from '../../../src/index.ts';

/** What the subscriptions are doing when their client is closed. */
export type SubscriberState = 'ready' | 'connecting' | 'reconnecting' | 'waiting';

export interface ChildCase {
  readonly state: SubscriberState;
  readonly port: number;
  /** A port whose connections hang in the handshake. */
  readonly blackhole: number;
}

const { state, port, blackhole } = JSON.parse(process.argv[2] ?? '') as ChildCase;
const client = new Valkey({ port: state === 'connecting' ? blackhole : port, maxConnections: 2 });
const pubsub = client.pubsub();
const monitor = client.monitor();
const outcomes: Promise<unknown>[] = [];
/** Takes down calls whose outcome may be an error. */
function track(...calls: readonly Promise<unknown>[]): void {
  for (const call of calls) outcomes.push(call.catch((error: unknown) => error));
}

if (state === 'connecting') track(pubsub.subscribe('a'), monitor.start());
else {
  await pubsub.subscribe('a');
  await monitor.start();
  track(monitor[Symbol.asyncIterator]().next(), pubsub.getMessage(Infinity));
}
// There is room for two connections: the third waits for one.
if (state === 'waiting') track(client.pubsub().subscribe('a'));
if (state === 'reconnecting') {
  writeSync(1, 'ready\n');
  while (pubsub.state !== 'reconnecting') await sleep(5);
  track(pubsub.subscribe('b'));
}
await sleep(30);
client.destroy();
await Promise.all(outcomes);
writeSync(1, 'closed\n');
