/**
 * Two variants of the client in one process, by turns: `node turns.mjs <port> <in flight> <GETs a turn> <turns> <file> <file>`.
 *
 * Prints the CPU time and the time of each, summed over its turns. Both meet the same machine: a turn takes a few milliseconds, and
 * who is first changes from turn to turn.
 */
import { pathToFileURL } from 'node:url';

const [port, inFlight, count, turns] = process.argv.slice(2, 6).map(Number);
const variants = [];
for (const file of process.argv.slice(6)) {
  /** @type {typeof import('./loop.mjs')} */
  const { connect, run } = await import(pathToFileURL(file).href);
  const client = connect(port);
  await client.connect();
  variants.push({ client, run, cpu: 0, time: 0 });
}
// As many turns again come first: the machine code is made in them.
for (let turn = -turns; turn < turns; turn++) {
  const order = turn % 2 === 0 ? variants : variants.toReversed();
  for (const variant of order) {
    const before = process.cpuUsage();
    const start = performance.now();
    await variant.run(variant.client, inFlight, count);
    const time = performance.now() - start;
    const { user, system } = process.cpuUsage(before);
    if (turn < 0) continue;
    variant.cpu += user + system;
    variant.time += time;
  }
}
for (const { client } of variants) await client.close();
console.log(JSON.stringify(variants.map(({ cpu, time }) => ({ cpu, time }))));
