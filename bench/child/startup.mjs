/** Time from the spawn of the process to the first PONG. It imports nothing but the client. */

/** Unix time in milliseconds, finer than `Date.now()`. */
function now() {
  return performance.timeOrigin + performance.now();
}

/** @type {import('../types.ts').ChildSettings} */
const settings = JSON.parse(process.argv[2]);

const importing = now();
const { connect } = await import(`../adapters/${settings.adapter}.mjs`);
const connecting = now();
/** @type {import('../types.ts').Adapter} */
const client = await connect(settings);
const reply = await client.ping();
const ready = now();
const { rss } = process.memoryUsage();

if (reply !== 'PONG') throw new Error(`${settings.adapter}: wrong reply to PING`);
const figures = {
  sinceSpawnMs: ready - settings.spawnedAt,
  importMs: connecting - importing,
  connectMs: ready - connecting,
  rssMb: rss / 1e6,
};
process.stdout.write(`${JSON.stringify(figures)}\n`);
await client.close();
process.exit();
