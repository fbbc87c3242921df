/** The loop that drives a client. It is built into each variant, so that each has machine code of its own. */
import { Valkey } from '../../src/index.ts';

/** @param {number} port */
export function connect(port) {
  return new Valkey({ port });
}

/**
 * Runs `count` GETs, `inFlight` at a time.
 *
 * @param {Valkey} client
 * @param {number} inFlight
 * @param {number} count
 */
export async function run(client, inFlight, count) {
  let left = count;
  async function worker() {
    while (left-- > 0) await client.get('bench:unused');
  }
  const workers = [];
  for (let index = 0; index < inFlight; index++) workers.push(worker());
  await Promise.all(workers);
}
