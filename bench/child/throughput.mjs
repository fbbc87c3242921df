/** Commands per second, CPU time per command and latency, with a fixed number of commands in flight. */
import { operations } from './operations.mjs';
import { connect, finish, megabytes, settings, verify, verifyPipeline } from './program.mjs';

const { inFlight, wave, pipelined } = settings;
// The clock costs up to a tenth of a fast command, so only some are timed when many are in flight.
const SAMPLE_EVERY = inFlight === 1 ? 1 : 16;

const operation = operations[settings.operation](settings.size);
const { issue } = operation;
const client = await connect();
await verify(client, operation, inFlight);
if (pipelined) await verifyPipeline(client, operation);

/** @type {number[]} */
let latencies = [];

/**
 * `inFlight` workers loop until the time is over; each awaits one command at a time.
 *
 * @param {number} milliseconds
 */
async function loop(milliseconds) {
  let running = true;
  let count = 0;
  setTimeout(() => (running = false), milliseconds);

  /** @param {number} index */
  async function worker(index) {
    let turn = index;
    while (running) {
      if (turn++ % SAMPLE_EVERY === 0) {
        const started = performance.now();
        await issue(client, index);
        latencies.push(performance.now() - started);
      } else {
        await issue(client, index);
      }
      count++;
    }
  }

  await Promise.all(Array.from({ length: inFlight }, (_, index) => worker(index)));
  return count;
}

/**
 * Waves of `inFlight` commands, each awaited as a whole.
 *
 * @param {number} milliseconds
 */
async function waves(milliseconds) {
  let running = true;
  let count = 0;
  setTimeout(() => (running = false), milliseconds);
  while (running) {
    const replies = [];
    for (let index = 0; index < inFlight; index++) replies.push(issue(client, index));
    await Promise.all(replies);
    count += inFlight;
  }
  return count;
}

/**
 * Explicit pipelines, each awaited before the next is filled.
 *
 * @param {number} milliseconds
 */
async function pipelines(milliseconds) {
  const pipeline = /** @type {NonNullable<typeof operation.pipeline>} */ (operation.pipeline);
  let running = true;
  let count = 0;
  setTimeout(() => (running = false), milliseconds);
  while (running) {
    const replies = /** @type {unknown[]} */ (await pipeline(client));
    count += replies.length;
  }
  return count;
}

const run = pipelined ? pipelines : wave ? waves : loop;
await run(settings.warmupMs);
latencies = [];

const cpuBefore = process.cpuUsage();
const started = performance.now();
const count = await run(settings.durationMs);
const seconds = (performance.now() - started) / 1000;
const cpu = process.cpuUsage(cpuBefore);
const rssMb = megabytes(process.memoryUsage.rss());

const figures = { opsPerSecond: count / seconds, cpuMicrosPerOp: (cpu.user + cpu.system) / count, rssMb };
if (wave || pipelined) {
  await finish(figures, client);
} else {
  // Loaded only now, to keep it out of the measured memory.
  const { quantile } = await import('simple-statistics');
  const [p50, p99] = quantile(latencies, [0.5, 0.99]);
  await finish({ ...figures, p50Micros: p50 * 1000, p99Micros: p99 * 1000 }, client);
}
