/** The same commands as `throughput.mjs`, prebuilt, over a raw socket: one write, then all reply bytes, repeated. */
import { connect } from '../adapters/floor.mjs';
import { operations } from './operations.mjs';
import { finish, megabytes, settings } from './program.mjs';

const { inFlight } = settings;
const operation = operations[settings.operation](settings.size);

/** @param {readonly string[]} words */
function encode(words) {
  return `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`;
}

const indexes = Array.from({ length: inFlight }, (_, index) => index);
const batch = Buffer.from(indexes.map((index) => encode(operation.request(index))).join(''), 'latin1');
const expected = indexes.map((index) => operation.reply(index)).join('');
const replyLength = expected.length;

/**
 * The server gives the fields of a hash in an order of its own.
 *
 * @param {string} reply
 */
function sorted(reply) {
  return reply.split('\r\n').toSorted().join();
}

const socket = await connect(settings);
if (sorted(await socket.read(batch, replyLength)) !== sorted(expected)) {
  throw new Error(`floor: wrong reply to ${settings.operation}`);
}

/** @param {number} milliseconds */
async function run(milliseconds) {
  let running = true;
  let count = 0;
  setTimeout(() => (running = false), milliseconds);
  while (running) {
    await socket.exchange(batch, replyLength);
    count += inFlight;
  }
  return count;
}

await run(settings.warmupMs);

const cpuBefore = process.cpuUsage();
const started = performance.now();
const count = await run(settings.durationMs);
const seconds = (performance.now() - started) / 1000;
const cpu = process.cpuUsage(cpuBefore);

await finish(
  {
    opsPerSecond: count / seconds,
    cpuMicrosPerOp: (cpu.user + cpu.system) / count,
    rssMb: megabytes(process.memoryUsage.rss()),
  },
  socket,
);
