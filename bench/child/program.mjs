import { isDeepStrictEqual } from 'node:util';

/** @typedef {import('../types.ts').Adapter} Adapter */

/** @type {import('../types.ts').ChildSettings} */
export const settings = JSON.parse(process.argv[2]);

/** @returns {Promise<Adapter>} */
export async function connect() {
  const adapter = await import(`../adapters/${settings.adapter}.mjs`);
  return adapter.connect(settings);
}

/**
 * The reply in the plainest shape: glide gives a hash as an array of `{ field, value }`, node-redis as an object
 * without a prototype.
 *
 * @param {unknown} reply
 */
function plain(reply) {
  if (Array.isArray(reply) && typeof reply[0] === 'object' && 'field' in reply[0]) {
    return Object.fromEntries(reply.map(({ field, value }) => [field, value]));
  }
  return Array.isArray(reply) || typeof reply !== 'object' ? reply : { ...reply };
}

/**
 * Throws unless the client answers the first `count` commands rightly, so that nobody is measured doing nothing.
 *
 * @param {Adapter} client
 * @param {import('../types.ts').Operation} operation
 * @param {number} count
 */
export async function verify(client, operation, count) {
  const replies = await Promise.all(Array.from({ length: count }, (_, index) => operation.issue(client, index)));
  replies.forEach((reply, index) => {
    if (!isDeepStrictEqual((operation.plain ?? plain)(reply), operation.expected(index))) {
      throw new Error(`${settings.adapter}: wrong reply to ${settings.operation} ${index}`);
    }
  });
}

/**
 * Throws unless a pipeline gives all its replies, in order.
 *
 * @param {Adapter} client
 * @param {import('../types.ts').Operation} operation
 */
export async function verifyPipeline(client, operation) {
  const pipeline = /** @type {NonNullable<typeof operation.pipeline>} */ (operation.pipeline);
  const replies = /** @type {unknown[]} */ (await pipeline(client));
  if (replies.length !== settings.inFlight) throw new Error(`${settings.adapter}: ${replies.length} replies`);
  replies.forEach((reply, index) => {
    // ioredis and iovalkey give an error, or none, and the reply.
    if (!isDeepStrictEqual(Array.isArray(reply) ? reply[1] : reply, operation.expected(index))) {
      throw new Error(`${settings.adapter}: wrong reply to ${settings.operation} ${index} of a pipeline`);
    }
  });
}

/** A full collection; the programs that use it run under `--expose-gc`. */
export function collect() {
  const gc = /** @type {() => void} */ (globalThis.gc);
  gc();
  gc();
}

/** @param {number} bytes */
export function megabytes(bytes) {
  return bytes / 1e6;
}

/**
 * Hands the figures to the harness and ends the process.
 *
 * @param {import('../types.ts').Figures} figures
 * @param {{ close(): Promise<unknown> }} client
 */
export async function finish(figures, client) {
  process.stdout.write(`${JSON.stringify(figures)}\n`);
  await client.close();
  process.exit();
}
