/** What commands evaluate to. Compiled, never run. */
import { Valkey } from '../../src/client/valkey.ts';
import type {
  ClientInfo,
  Commands,
  FieldExpiration,
  HelloReply,
  HscanFieldsPage,
  HscanPage,
  KeyType,
  LcsMatches,
  LmpopReply,
  LposOptions,
  Result,
  ScanPage,
  SetOptions,
  Surface,
  Text,
} from '../../src/commands/index.ts';
import { Executor, command } from '../../src/commands/index.ts';

type Eq<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function eq<A, B>(equal: Eq<A, B>): void;
declare function reply<R>(promise: Promise<R>): R;

const client = new Valkey();
const bytes = client.withOptions({ encoding: 'buffer' });
const exact = client.withOptions({ integers: 'bigint' });

// ---- what a bulk string, an integer and a field map are is the view's business
const text = client.get('k');
eq<typeof text, Promise<string | null>>(true);
const buffer = bytes.get('k');
eq<typeof buffer, Promise<Buffer | null>>(true);
const count = client.incr('k');
eq<typeof count, Promise<number>>(true);
const bigCount = exact.incr('k');
eq<typeof bigCount, Promise<bigint>>(true);
const all = reply(client.hgetall('k'));
eq<typeof all, Record<string, string>>(true);
const pairs = reply(bytes.hgetall('k'));
eq<typeof pairs, [Buffer, Buffer][]>(true);
const double = reply(exact.incrbyfloat('k', 1));
eq<typeof double, number>(true);
const yes = reply(bytes.hexists('k', 'f'));
eq<typeof yes, boolean>(true);

// ---- set: the reply follows from the options
const set = client.set('k', 'v');
eq<typeof set, Promise<'OK'>>(true);
const setFor = client.set('k', 'v', { ex: 1 });
eq<typeof setFor, Promise<'OK'>>(true);
const setIf = client.set('k', 'v', { condition: 'nx', pxat: new Date() });
eq<typeof setIf, Promise<'OK' | null>>(true);
const setEqual = client.set('k', 'v', { condition: { ifeq: Buffer.of(1) } });
eq<typeof setEqual, Promise<'OK' | null>>(true);
const setGet = client.set('k', 'v', { get: true, keepttl: true });
eq<typeof setGet, Promise<string | null>>(true);
const setGetBytes = bytes.set('k', 'v', { get: true, condition: 'xx' });
eq<typeof setGetBytes, Promise<Buffer | null>>(true);
declare const someOptions: SetOptions | undefined;
const setSome = reply(client.set('k', 'v', someOptions));
eq<typeof setSome, string | null>(true);

// @ts-expect-error two lifetimes
void client.set('k', 'v', { ex: 1, px: 1 });
// @ts-expect-error a lifetime that is kept and given
void client.set('k', 'v', { exat: 1, keepttl: true });
// @ts-expect-error no such condition
void client.set('k', 'v', { condition: 'maybe' });
// @ts-expect-error no such option
void client.set('k', 'v', { EX: 1 });
// @ts-expect-error a boolean is no value
void client.set('k', true);
// @ts-expect-error undefined is no value
void client.set('k', undefined);
// @ts-expect-error nor is null
void client.mset({ a: null });
// @ts-expect-error a read can persist, not keep
void client.getex('k', { keepttl: true });
// @ts-expect-error two conditions
void client.expire('k', 1, { condition: ['nx', 'gt'] });
// @ts-expect-error only one mode
void client.clientTracking('on', { optin: true, bcast: true });
// @ts-expect-error both of them
void client.lcs('a', 'b', { idx: true, len: true });
// @ts-expect-error only with idx
void client.lcs('a', 'b', { withmatchlen: true });
// @ts-expect-error positional booleans are never taken
void client.hrandfield('k', 1, true);
// @ts-expect-error values need a count
void client.hrandfield('k', { withvalues: true });

// ---- one or many, entries
void client.del('a');
void client.del(['a', Buffer.of(1)] as const);
void client.mget(['a']);
void client.hset('k', 'f', 1);
void client.hset('k', { f: 1n });
void client.hset('k', [['f', Buffer.of(1)]]);
void client.hset('k', new Map([['f', 1]]));
// @ts-expect-error no rest arguments
void client.del('a', 'b');
// @ts-expect-error a field without its value
void client.hset('k', 'f');

// ---- overloads
const popped = reply(client.lpop('k'));
eq<typeof popped, string | null>(true);
const poppedSome = reply(bytes.rpop('k', 2));
eq<typeof poppedSome, Buffer[] | null>(true);
const member = reply(client.spop('k'));
eq<typeof member, string | null>(true);
const members = reply(client.srandmember('k', -2));
eq<typeof members, string[]>(true);
const field = reply(client.hrandfield('k'));
eq<typeof field, string | null>(true);
const fieldNames = reply(client.hrandfield('k', 2));
eq<typeof fieldNames, string[]>(true);
const fieldPairs = reply(bytes.hrandfield('k', 2, { withvalues: true }));
eq<typeof fieldPairs, [Buffer, Buffer][]>(true);
const index = reply(client.lpos('k', 'v', { rank: -1 }));
eq<typeof index, number | null>(true);
const indexes = reply(exact.lpos('k', 'v', { count: 0 }));
eq<typeof indexes, bigint[]>(true);
declare const lposOptions: LposOptions;
const whichever = reply(client.lpos('k', 'v', lposOptions));
eq<typeof whichever, number | number[] | null>(true);
const common = reply(bytes.lcs('a', 'b'));
eq<typeof common, Buffer>(true);
const commonLength = reply(bytes.lcs('a', 'b', { len: true }));
eq<typeof commonLength, number>(true);
const matches = reply(exact.lcs('a', 'b', { idx: true, withmatchlen: true }));
eq<typeof matches, LcsMatches<bigint>>(true);
const sorted = reply(client.sort('k', { alpha: true }));
eq<typeof sorted, string[]>(true);
const sortedBy = reply(client.sort('k', { get: ['#', 'name_*'] }));
eq<typeof sortedBy, (string | null)[]>(true);
const stored = reply(client.sort('k', { get: '#', store: 'out' }));
eq<typeof stored, number>(true);
const pong = reply(client.ping());
eq<typeof pong, 'PONG'>(true);
const echoed = reply(bytes.ping('x'));
eq<typeof echoed, Buffer>(true);

// ---- shapes
const page = reply(bytes.scan('0'));
eq<typeof page, ScanPage<Buffer>>(true);
const fieldsPage = reply(client.hscan('k', 0n));
eq<typeof fieldsPage, HscanPage<string>>(true);
const namesPage = reply(client.hscan('k', '0', { novalues: true }));
eq<typeof namesPage, HscanFieldsPage<string>>(true);
const type = reply(bytes.type('k'));
eq<typeof type, KeyType>(true);
const encoding = reply(bytes.objectEncoding('k'));
eq<typeof encoding, string | null>(true);
const codes = reply(exact.hexpire('k', 1, 'f'));
eq<typeof codes, FieldExpiration[]>(true);
const times = reply(exact.httl('k', 'f'));
eq<typeof times, bigint[]>(true);
const mpopped = reply(bytes.lmpop(['k'], 'left'));
eq<typeof mpopped, LmpopReply<Buffer> | null>(true);
const bpopped = reply(client.blpop('k', 1));
eq<typeof bpopped, [key: string, element: string] | null>(true);
const hello = reply(exact.hello());
eq<typeof hello, HelloReply<bigint>>(true);
const info = reply(bytes.clientInfo());
eq<typeof info, ClientInfo>(true);
eq<typeof info.name, string>(true);
eq<typeof info.totMem, number | undefined>(true);

// ---- any surface: a helper for all of them, and bodies that are checked
interface Given<T> extends Surface {
  readonly text: T;
  readonly integer: bigint;
  readonly result: readonly [this['reply']];
}
declare const given: Commands<Given<Uint8Array>>;
const got = given.get('k');
eq<typeof got, readonly [Uint8Array | null]>(true);
const helper = <S extends Surface>(db: Commands<S>): Result<S, Text<S> | null> => db.getdel('k');
const helped = helper(client);
eq<typeof helped, Promise<string | null>>(true);
const helpedGiven = helper(given);
eq<typeof helpedGiven, readonly [Uint8Array | null]>(true);

const GET = command('GET');
export abstract class Wrong<in out S extends Surface> extends Executor<S> {
  wrongReply(): Result<S, string> {
    // @ts-expect-error a promise is not what every surface gives
    return Promise.resolve('x');
  }
  wrongDecoder(): Result<S, string> {
    // @ts-expect-error the decoder gives a number
    return this.send(GET, ['k'], () => 1);
  }
}

// ---- what is common stays usable
type Fake = Pick<Valkey, 'get' | 'incr'>;
const fake: Fake = { get: async () => null, incr: async () => 1 };
void fake;
// @ts-expect-error a client of Buffers is not a client of strings
const wrongEncoding: Commands<Valkey['~surface']> = bytes;
void wrongEncoding;
