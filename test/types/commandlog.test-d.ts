/** What the commands on the logs of commands evaluate to. Compiled, never run. */
import { Valkey } from '../../src/client/valkey.ts';
import type { CommandlogType, LargeCommandEntry, SlowlogEntry } from '../../src/commands/index.ts';

type Eq<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function eq<A, B>(equal: Eq<A, B>): void;
declare function reply<R>(promise: Promise<R>): R;

const client = new Valkey();
const bytes = client.withOptions({ encoding: 'buffer' });
const exact = client.withOptions({ integers: 'bigint' });

const slow = reply(exact.commandlogGet(10, 'slow'));
eq<typeof slow, SlowlogEntry<string, bigint>[]>(true);
const large = reply(bytes.commandlogGet(-1, 'large-reply'));
eq<typeof large, LargeCommandEntry<Buffer, number>[]>(true);
declare const type: CommandlogType;
const either = reply(client.commandlogGet(10n, type));
eq<typeof either, SlowlogEntry<string, number>[] | LargeCommandEntry<string, number>[]>(true);
const length = reply(exact.commandlogLen('large-request'));
eq<typeof length, bigint>(true);
const entries = reply(bytes.slowlogGet());
eq<typeof entries, SlowlogEntry<Buffer, number>[]>(true);
const slowLength = reply(client.slowlogLen());
eq<typeof slowLength, number>(true);
const reset = reply(client.slowlogReset());
eq<typeof reset, 'OK'>(true);

// @ts-expect-error a log
void client.commandlogGet(10);
// @ts-expect-error no such log
void client.commandlogLen('fast');
// @ts-expect-error large commands have no duration
void large[0]!.duration;
