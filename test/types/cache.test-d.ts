/** What a client's cache evaluates to. Compiled, never run. */
import type { ScoredMember } from '../../src/commands/index.ts';
import {
  type CachePeek,
  LocalCache,
  type ReplyCache,
  Valkey,
  type CacheOptions,
  type CacheStats,
  type ClientCache,
} from '../../src/index.ts';

type Eq<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function eq<A, B>(equal: Eq<A, B>): void;

const client = new Valkey({ cache: true });
eq<typeof client.cache, ReplyCache>(true);
eq<typeof client.cache.peek, CachePeek>(true);

// ---- peeking gives the reply, or nothing
const text = client.cache.peek.get('k');
eq<typeof text, string | null | undefined>(true);
const fields = client.cache.peek.hgetall('k');
eq<typeof fields, Record<string, string> | undefined>(true);
const scores = client.cache.peek.zrange('k', 0, -1, { withscores: true });
eq<typeof scores, ScoredMember<string>[] | undefined>(true);

// ---- in the client's own encoding
const binary = new Valkey({ cache: { mode: 'optin' }, encoding: 'buffer', integers: 'bigint' });
const bytes = binary.cache.peek.get('k');
eq<typeof bytes, Buffer | null | undefined>(true);
const length = binary.cache.peek.strlen('k');
eq<typeof length, bigint | undefined>(true);

const stats = client.cache.stats();
eq<typeof stats, CacheStats>(true);
eq<typeof stats.hits, number>(true);

const store: ClientCache = new LocalCache({ maxEntries: 5, policy: 'lfu' });
const options: CacheOptions = { store, prefixes: ['user:'], mode: 'bcast', noLoop: true, ttl: 5, maxStaleness: 100 };
export const sharing: Valkey = new Valkey({ cache: options });

client.cache.invalidate(['a', Buffer.from('b')]);
client.cache.delete('GET', 'k');

// ---- what is refused
export const refused: unknown[] = [
  // @ts-expect-error -- not a policy
  new LocalCache({ policy: 'fifo' }),
  // @ts-expect-error -- not a mode
  new Valkey({ cache: { mode: 'all' } }),
  // @ts-expect-error -- not a store
  new Valkey({ cache: { store: new Map() } }),
];
