/** What a client of Sentinels gives. Compiled, never run. */
import {
  Sentinel,
  Valkey,
  type HostAddress,
  type SentinelConnectionPool,
  type PrimaryNotFoundError,
} from '../../src/index.ts';

type Eq<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function eq<A, B>(equal: Eq<A, B>): void;
declare function reply<R>(promise: Promise<R>): R;

const sentinel = new Sentinel(['a', { host: 'b', port: 1 }], { minOtherSentinels: 1, sentinelOptions: { tls: true } });
const client = sentinel.primaryFor('main');
eq<typeof client, Valkey>(true);
const text = reply(client.get('key'));
eq<typeof text, string | null>(true);

const exact = sentinel.replicaFor('main', { encoding: 'buffer', integers: 'bigint' });
eq<typeof exact, Valkey<'buffer', 'bigint'>>(true);
const bytes = new Sentinel('valkey+sentinel://a/main', { encoding: 'buffer' });
const inherited = bytes.primaryFor('main');
eq<typeof inherited, Valkey<'buffer'>>(true);

const primary = reply(sentinel.discoverPrimary('main'));
eq<typeof primary, HostAddress>(true);
const one = reply(sentinel.executeCommand<string>({ once: true }, 'PING'));
eq<typeof one, string>(true);
const all = reply(sentinel.executeCommand<string>('PING'));
eq<typeof all, ReadonlyMap<string, PromiseSettledResult<string>>>(true);
const checked = reply(sentinel.commands.sentinelCkquorum('main'));
eq<typeof checked, string>(true);
const pool: SentinelConnectionPool = sentinel.createConnectionPool('main', { role: 'replica' });
void new Valkey({ connectionPool: pool });
declare const error: PrimaryNotFoundError;
eq<typeof error.answers, ReadonlyMap<string, string>>(true);

// @ts-expect-error the address is what Sentinels tell
void sentinel.primaryFor('main', { host: 'h' });
// @ts-expect-error no such option
void new Sentinel(['a'], { minOtherSentinel: 1 });
// @ts-expect-error a Sentinel has no database
void new Sentinel(['a'], { sentinelOptions: { db: 1 } });
const bounded = reply(sentinel.executeCommand<string>({ timeout: 100, signal: AbortSignal.timeout(50) }, 'PING'));
eq<typeof bounded, ReadonlyMap<string, PromiseSettledResult<string>>>(true);
const hasty = reply(sentinel.executeCommand<string>({ once: true, timeout: 100 }, 'PING'));
eq<typeof hasty, string>(true);
// @ts-expect-error no such target
void sentinel.executeCommand({ twice: true }, 'PING');
// @ts-expect-error no such place to read from
void sentinel.primaryFor('main', { readFrom: 'replicas' });
