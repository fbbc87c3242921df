/** What the commands on bits evaluate to. Compiled, never run. */
import { Valkey } from '../../src/client/valkey.ts';
import type { Bit, BitfieldOperation } from '../../src/commands/index.ts';

type Eq<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function eq<A, B>(equal: Eq<A, B>): void;
declare function reply<R>(promise: Promise<R>): R;

const client = new Valkey();
const exact = client.withOptions({ integers: 'bigint' });

const bit = reply(exact.getbit('k', 7n));
eq<typeof bit, Bit>(true);
const old = reply(client.setbit('k', 7, 1));
eq<typeof old, Bit>(true);
// @ts-expect-error no bit
void client.setbit('k', 7, 2);
// @ts-expect-error nor is this
void client.setbit('k', 7, true);

const count = reply(exact.bitcount('k', 0, -1, { unit: 'bit' }));
eq<typeof count, bigint>(true);
void client.bitcount('k');
void client.bitcount('k', 1);
const position = reply(client.bitpos('k', 0, 2));
eq<typeof position, number>(true);
// @ts-expect-error a unit needs a range
void client.bitcount('k', { unit: 'bit' });
// @ts-expect-error an end too
void client.bitpos('k', 1, 0, undefined, { unit: 'bit' });
// @ts-expect-error the unit is an option
void client.bitcount('k', 0, 1, 'bit');

const length = reply(exact.bitop('and', 'd', ['a', Buffer.of(1)]));
eq<typeof length, bigint>(true);
void client.bitop('not', 'd', 'a');
void client.bitop('not', 'd', ['a']);
// @ts-expect-error of one key only
void client.bitop('not', 'd', ['a', 'b']);
// @ts-expect-error no such operation
void client.bitop('AND', 'd', ['a', 'b']);

const read = reply(client.bitfield('k', { get: 'u8', offset: 0 }));
eq<typeof read, number[]>(true);
const readBig = reply(exact.bitfield_ro('k', [{ get: 'i64', offset: '#1' }]));
eq<typeof readBig, bigint[]>(true);
const index: number = 2;
const written = reply(client.bitfield('k', [{ set: 'u8', offset: `#${index}`, value: 1n, overflow: 'sat' }]));
eq<typeof written, (number | null)[]>(true);
declare const operations: readonly BitfieldOperation[];
const several = reply(exact.bitfield('k', operations));
eq<typeof several, (bigint | null)[]>(true);
// @ts-expect-error two steps in one
void client.bitfield('k', { get: 'u8', set: 'u8', offset: 0, value: 1 });
// @ts-expect-error nothing overflows
void client.bitfield('k', { get: 'u8', offset: 0, overflow: 'sat' });
// @ts-expect-error needs a value
void client.bitfield('k', { set: 'u8', offset: 0 });
// @ts-expect-error no such type
void client.bitfield('k', { get: 'f8', offset: 0 });
// @ts-expect-error only reads
void client.bitfield_ro('k', { set: 'u8', offset: 0, value: 1 });
