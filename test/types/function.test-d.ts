/** What commands on function libraries evaluate to. Compiled, never run. */
import { Valkey } from '../../src/client/valkey.ts';
import type {
  FunctionInfo,
  FunctionLibrary,
  FunctionLibraryWithCode,
  FunctionListOptions,
  FunctionStatsReply,
  RunningFunction,
} from '../../src/commands/index.ts';

type Eq<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function eq<A, B>(equal: Eq<A, B>): void;
declare function reply<R>(promise: Promise<R>): R;

const client = new Valkey();
const bytes = client.withOptions({ encoding: 'buffer' });
const exact = client.withOptions({ integers: 'bigint' });

// ---- what a function gives, only its caller knows
const anything = reply(client.fcall('f'));
eq<typeof anything, unknown>(true);
const known = reply(exact.fcall<bigint>('f', ['a', Buffer.of(2)], [1, 2n]));
eq<typeof known, bigint>(true);
const reading = client.fcall_ro<string | null>(Buffer.of(1), 'key', 'x');
eq<typeof reading, Promise<string | null>>(true);

// ---- libraries
const name = reply(bytes.functionLoad('#!lua name=f', { replace: true }));
eq<typeof name, string>(true);
const libraries = reply(client.functionList());
eq<typeof libraries, FunctionLibrary<string>[]>(true);
const some = reply(bytes.functionList({ libraryname: Buffer.of(1) }));
eq<typeof some, FunctionLibrary<Buffer>[]>(true);
const withCode = reply(bytes.functionList({ withcode: true }));
eq<typeof withCode, FunctionLibraryWithCode<Buffer>[]>(true);
declare const options: FunctionListOptions | undefined;
const whichever = reply(client.functionList(options));
eq<typeof whichever, FunctionLibrary<string>[]>(true);
declare const library: FunctionLibrary<string>;
eq<typeof library.libraryCode, string | undefined>(true);
eq<typeof library.functions, FunctionInfo<string>[]>(true);
declare const information: FunctionInfo<Buffer>;
eq<typeof information.description, Buffer | null>(true);
eq<typeof information.flags, string[]>(true);
declare const coded: FunctionLibraryWithCode<string>;
eq<typeof coded.libraryCode, string>(true);

const stats = reply(exact.functionStats());
eq<typeof stats, FunctionStatsReply<string, bigint>>(true);
eq<typeof stats.runningScript, RunningFunction<string, bigint> | null>(true);
declare const running: RunningFunction<Buffer, number>;
eq<typeof running.command, Buffer[]>(true);
eq<typeof running.durationMs, number>(true);

// ---- a dump is bytes whatever the encoding
const dump = reply(client.functionDump());
eq<typeof dump, Buffer>(true);
const restored = reply(client.functionRestore(dump, { policy: 'append' }));
eq<typeof restored, 'OK'>(true);
const deleted = reply(client.functionDelete('f'));
eq<typeof deleted, 'OK'>(true);
const flushed = reply(client.functionFlush({ mode: 'sync' }));
eq<typeof flushed, 'OK'>(true);
const killed = reply(client.functionKill());
eq<typeof killed, 'OK'>(true);
const help = reply(bytes.functionHelp());
eq<typeof help, string[]>(true);

// @ts-expect-error the count of keys is not the caller's business
void client.fcall('f', 1, 'key');
// @ts-expect-error null is no argument
void client.fcall_ro('f', [], null);
// @ts-expect-error no such policy
void client.functionRestore(dump, { policy: 'merge' });
// @ts-expect-error no positional booleans
void client.functionLoad('code', true);
// @ts-expect-error no such option
void client.functionList({ libraryName: 'f' });
// @ts-expect-error no such mode
void client.functionFlush({ mode: 'later' });
