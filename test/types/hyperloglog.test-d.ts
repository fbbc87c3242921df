/** What the commands on HyperLogLogs evaluate to. Compiled, never run. */
import { Valkey } from '../../src/client/valkey.ts';

type Eq<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function eq<A, B>(equal: Eq<A, B>): void;
declare function reply<R>(promise: Promise<R>): R;

const client = new Valkey();
const bytes = client.withOptions({ encoding: 'buffer' });
const exact = client.withOptions({ integers: 'bigint' });

const changed = reply(exact.pfadd('k', ['a', 1, Buffer.of(1)]));
eq<typeof changed, boolean>(true);
void client.pfadd('k');
const count = reply(exact.pfcount(['a', 'b']));
eq<typeof count, bigint>(true);
const merged = reply(client.pfmerge('d', ['a', 'b']));
eq<typeof merged, 'OK'>(true);
const tested = reply(client.pfselftest());
eq<typeof tested, 'OK'>(true);
const registers = reply(exact.pfdebug('getreg', 'k'));
eq<typeof registers, bigint[]>(true);
const encoding = reply(bytes.pfdebug('encoding', 'k'));
eq<typeof encoding, 'sparse' | 'dense'>(true);
const decoded = reply(bytes.pfdebug('decode', 'k'));
eq<typeof decoded, string>(true);
const wasSparse = reply(client.pfdebug('todense', 'k'));
eq<typeof wasSparse, boolean>(true);
const simd = reply(client.pfdebug('simd', 'on'));
eq<typeof simd, 'enabled' | 'disabled'>(true);
// @ts-expect-error no rest arguments
void client.pfcount('a', 'b');
// @ts-expect-error a key is needed
void client.pfdebug('getreg');
// @ts-expect-error no such setting
void client.pfdebug('simd', 'k');
// @ts-expect-error no element
void client.pfadd('k', null);
