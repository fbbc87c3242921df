/** CPU time per received message, while a process of its own publishes as fast as the server passes messages on. */
import { CHANNEL, messages } from './dataset.mjs';
import { connect, finish, megabytes, settings } from './program.mjs';

const expected = messages(/** @type {number} */ (settings.size));
const client = await connect();
let count = 0;
let bytes = 0;
let isRight = false;

/**
 * Does a little with each message, as a program would.
 *
 * @param {string} message
 */
function receive(message) {
  count++;
  bytes += message.length;
  if (!isRight) isRight = expected.includes(message);
}

/** @param {number} milliseconds */
function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

await client.subscribe(CHANNEL, receive);
await pause(settings.warmupMs);
if (!isRight) throw new Error(`${settings.adapter}: no message, or a wrong one`);

count = 0;
bytes = 0;
const cpuBefore = process.cpuUsage();
const started = performance.now();
await pause(settings.durationMs);
const seconds = (performance.now() - started) / 1000;
const cpu = process.cpuUsage(cpuBefore);
if (bytes !== count * /** @type {number} */ (settings.size)) throw new Error(`${settings.adapter}: wrong messages`);

await finish(
  {
    cpuMicrosPerMessage: (cpu.user + cpu.system) / count,
    messagesPerSecond: count / seconds,
    rssMb: megabytes(process.memoryUsage.rss()),
  },
  client,
);
