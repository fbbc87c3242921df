/**
 * What a cache does, step by step: `URL=valkey://localhost:6379 tsx examples/caching.ts`.
 *
 * One client caches what another one writes. Each line says what happened, and what the cache has counted.
 */
import { subscribe } from 'node:diagnostics_channel';
import { setTimeout as pause } from 'node:timers/promises';
import { Valkey, type CacheMessage } from 'valkey-ts';

const url = process.env['URL'] ?? 'valkey://localhost:6379';
const key = 'example:settings';

subscribe('valkey-ts:cache', (message) => {
  const { flush } = message as CacheMessage;
  if (flush !== undefined) console.log(`given up: ${flush}`);
});

await using writer = new Valkey(url);
await using reader = new Valkey({ url, cache: { maxEntries: 1000 } });

const say = (what: string, value: unknown): void => {
  const { hits, misses, invalidations } = reader.cache.stats();
  console.log(`${what}: ${JSON.stringify(value)} (${hits} hits, ${misses} misses, ${invalidations} invalidations)`);
};

await writer.hset(key, { theme: 'dark' });
say('first read, sent', await reader.hgetall(key));
say('second read, kept', await reader.hgetall(key));
say('peeked at, in no time', reader.cache.peek.hgetall(key));

// The server tells the reader, which gives up what it kept.
await writer.hset(key, { theme: 'light' });
while (reader.cache.peek.hgetall(key) !== undefined) await pause(1);
say('not kept any more', reader.cache.peek.hgetall(key) ?? null);
say('read anew', await reader.hgetall(key));

// A hundred callers that miss at once send one command.
reader.cache.flush();
await Promise.all(Array.from({ length: 100 }, () => reader.hgetall(key)));
say('a hundred callers, of whom waited for another', reader.cache.stats().joined);
await writer.unlink(key);
