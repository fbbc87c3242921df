import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Valkey, type CachePolicy } from '../../src/index.ts';
import { ValkeyServer } from '../../src/testing/index.ts';

/** What a cache held while many more keys than it has room for went through it. */
export interface CacheMemoryReport {
  readonly keys: number;
  readonly entries: number;
  /** As the cache estimates what it holds. */
  readonly estimated: number;
  /** The heap that it took, in bytes. */
  readonly grown: number;
  readonly perSecond: number;
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Reads keys once each. */
export async function manyKeys(keys: number, maxEntries: number, policy: CachePolicy): Promise<CacheMemoryReport> {
  await using server = await ValkeyServer.start();
  await using client = new Valkey({ port: server.port, cache: { maxEntries, policy } });
  await client.eval(
    "for i = 0, tonumber(ARGV[1]) - 1 do redis.call('SET', 'key:' .. i, 'value of sixteen') end",
    [],
    [keys],
  );
  await client.get('key:0');
  const before = heap();
  const start = performance.now();
  for (let first = 0; first < keys; first += 1000)
    await Promise.all(Array.from({ length: Math.min(1000, keys - first) }, (_, i) => client.get(`key:${first + i}`)));
  const seconds = (performance.now() - start) / 1000;
  const { entries, bytes } = client.cache.stats();
  return { keys, entries, estimated: bytes, grown: heap() - before, perSecond: Math.round(keys / seconds) };
}

function heap(): number {
  collect();
  return process.memoryUsage().heapUsed;
}
