/** CPU time per GET, in microseconds: `diagnostics.mjs <bundle> <port> <in flight>`. */
import { pathToFileURL } from 'node:url';

const [, , bundle, port, inFlight] = /** @type {[string, string, string, string, string]} */ (process.argv);
const IN_FLIGHT = Number(inFlight);
const WARM = 200_000;
const COUNT = 1_000_000;
const keys = Array.from({ length: 1000 }, (_, i) => `key:${i}`);

const { Valkey } = await import(pathToFileURL(bundle).href);
const client = new Valkey({ port: Number(port) });

/** @param {number} count */
async function turn(count) {
  for (let done = 0; done < count; done += IN_FLIGHT) {
    const replies = [];
    for (let i = 0; i < IN_FLIGHT; i++) replies.push(client.get(keys[(done + i) % 1000]));
    await Promise.all(replies);
  }
}

await turn(WARM);
const start = process.cpuUsage();
await turn(COUNT);
const { user, system } = process.cpuUsage(start);
console.log((user + system) / COUNT);
await client.close();
