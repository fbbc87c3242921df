/** What a pool lends, and who takes one. Compiled, never run. */
import { ConnectionPool, Sentinel, Valkey, type Session } from '../../src/index.ts';

type Eq<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function eq<A, B>(equal: Eq<A, B>): void;
declare function reply<R>(promise: Promise<R>): R;

const pool = ConnectionPool.fromUrl('valkey://localhost', { maxConnections: 10, maxWaiters: 0, socketTimeout: 500 });
const text = reply(pool.acquire({ timeout: 0, signal: AbortSignal.timeout(5) }));
const bytes = reply(pool.acquire({ encoding: 'buffer', integers: 'bigint' }));
const value = reply(text.get('key'));
const raw = reply(bytes.get('key'));
const count = reply(bytes.incr('key'));

eq<typeof text, Session>(true);
eq<typeof bytes, Session<'buffer', 'bigint'>>(true);
eq<typeof value, string | null>(true);
eq<typeof raw, Buffer | null>(true);
eq<typeof count, bigint>(true);

void new Valkey({ connectionPool: pool, encoding: 'buffer' });
const owner = Valkey.fromPool(pool, { encoding: 'buffer' });
eq<typeof owner, Valkey<'buffer'>>(true);
const found: ConnectionPool = new Sentinel([]).createConnectionPool('main');
void found;

// @ts-expect-error Clients say what replies are like, whichever pool they have.
void new ConnectionPool({ encoding: 'buffer' });
// @ts-expect-error Only what clients have in common is a pool.
void new Valkey({ connectionPool: { stats: () => undefined } });
