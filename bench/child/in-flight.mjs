/**
 * Memory a command holds until it is answered: issues GETs in one tick, so that no reply can have been read, and
 * compares the heap after a full collection with the heap before. The caller's array is allocated beforehand.
 */
import { operations } from './operations.mjs';
import { collect, connect, finish, megabytes, settings, verify } from './program.mjs';
import { KEYS } from './dataset.mjs';

const { inFlight } = settings;
const operation = operations[settings.operation](settings.size);
const client = await connect();
for (let pass = 0; pass < 20; pass++) await verify(client, operation, KEYS);

/** @type {unknown[]} */
const pending = Array.from({ length: inFlight }, () => null);
collect();
const before = process.memoryUsage();

const started = performance.now();
for (let index = 0; index < inFlight; index++) pending[index] = operation.issue(client, index % KEYS);
const issueMs = performance.now() - started;

collect();
const after = process.memoryUsage();
const replies = await Promise.all(pending);
if (replies.at(-1) !== operation.expected((inFlight - 1) % KEYS)) throw new Error(`${settings.adapter}: wrong reply`);

await finish(
  {
    heapBytesPerCommand: (after.heapUsed - before.heapUsed) / inFlight,
    externalBytesPerCommand: (after.external - before.external) / inFlight,
    rssGrowthMb: megabytes(process.memoryUsage.rss() - before.rss),
    issueMs,
  },
  client,
);
