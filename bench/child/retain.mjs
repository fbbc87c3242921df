/**
 * Memory pinned by a caller who keeps one short string out of each large reply. A client that hands out slices of its
 * read buffer keeps the whole buffer alive with every one of them.
 */
import { operations } from './operations.mjs';
import { collect, connect, finish, megabytes, settings, verify } from './program.mjs';

const REPLIES = 10_000;

const operation = operations[settings.operation](settings.size);
const client = await connect();
for (let pass = 0; pass < 50; pass++) await verify(client, operation, 1);
const expected = Object.entries(/** @type {Record<string, string>} */ (operation.expected(0)));

/** @type {unknown[]} */
const kept = Array.from({ length: REPLIES }, () => null);
collect();
const before = process.memoryUsage();

for (let index = 0; index < REPLIES; index++) {
  const reply = /** @type {Record<string, string>} */ (await operation.issue(client, 0));
  const [name] = expected[index % expected.length];
  kept[index] = reply[name];
}

collect();
const after = process.memoryUsage();
kept.forEach((value, index) => {
  if (value !== expected[index % expected.length][1]) throw new Error(`${settings.adapter}: wrong value kept`);
});

await finish(
  {
    growthMb: megabytes(after.heapUsed + after.external - before.heapUsed - before.external),
    rssGrowthMb: megabytes(after.rss - before.rss),
  },
  client,
);
