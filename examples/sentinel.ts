/**
 * A counter that survives its server: `SENTINELS=host:26379,host:26379 SERVICE=main tsx examples/sentinel.ts`.
 *
 * It counts until it is told to stop (SIGINT), through every failover; what it cannot know, whether an increment ran whose answer was
 * lost, it says.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { ConnectionError, Sentinel, TimeoutError } from 'valkey-ts';

const addresses = (process.env['SENTINELS'] ?? '127.0.0.1:26379').split(',');
const service = process.env['SERVICE'] ?? 'main';
const rounds = Number(process.env['ROUNDS'] ?? Infinity);

const stopping = new AbortController();
process.once('SIGINT', () => stopping.abort());

await using sentinel = new Sentinel(addresses);
const { host, port } = await sentinel.discoverPrimary(service);
console.log(`${service} is at ${host}:${port}`);

const client = sentinel.primaryFor(service, { clientName: 'counter', readFrom: 'preferReplica' });
client.events.on('ready', () => console.log('connected'));
client.events.on('reconnecting', ({ cause }) => console.log(`looking for the primary: ${cause.message}`));

let unknown = 0;
for (let round = 0; round < rounds && !stopping.signal.aborted; round++) {
  try {
    const count = await client.incr('counter');
    if (count % 1000 === 0) console.log(`${count} counted, ${unknown} unknown`);
  } catch (error) {
    if (!(error instanceof ConnectionError || error instanceof TimeoutError)) throw error;
    if (error.sent) unknown++;
  }
  await pause(1);
}
console.log(`at the end ${await client.get('counter')}, ${unknown} unknown`);
