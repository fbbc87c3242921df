/** What the commands on memory evaluate to. Compiled, never run. */
import { Valkey } from '../../src/client/valkey.ts';
import type { DatabaseMemory, MemoryStats } from '../../src/commands/index.ts';

type Eq<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function eq<A, B>(equal: Eq<A, B>): void;
declare function reply<R>(promise: Promise<R>): R;

const client = new Valkey();
const bytes = client.withOptions({ encoding: 'buffer' });
const exact = client.withOptions({ integers: 'bigint' });

const usage = reply(client.memoryUsage('k', { samples: 0 }));
eq<typeof usage, number | null>(true);
const exactUsage = reply(exact.memoryUsage('k'));
eq<typeof exactUsage, bigint | null>(true);
const stats = reply(exact.memoryStats());
eq<typeof stats, MemoryStats<bigint>>(true);
eq<typeof stats.keysCount, bigint>(true);
eq<typeof stats.fragmentation, number>(true);
eq<typeof stats.allocatorMuzzy, bigint | undefined>(true);
// Without `noUncheckedIndexedAccess` it is never undefined.
const database: DatabaseMemory<bigint> | undefined = stats['db.0'];
eq<NonNullable<(typeof stats)['db.0']>, DatabaseMemory<bigint>>(true);
void database;
const report = reply(bytes.memoryDoctor());
eq<typeof report, string>(true);
const purged = reply(client.memoryPurge());
eq<typeof purged, 'OK'>(true);

// @ts-expect-error samples are an option
void client.memoryUsage('k', 5);
// @ts-expect-error one key
void client.memoryUsage(['a', 'b']);
