/** What the modules' commands evaluate to. Compiled, never run. */
import { Valkey } from '../../src/client/valkey.ts';
import {
  type BfInfo,
  type Executor,
  type FilterChunk,
  type Integer,
  type JsonFormatOptions,
  type JsonType,
  type Key,
  Namespace,
  type Result,
  type Spec,
  type Surface,
  type TopkItem,
  type TopkListOptions,
  type TsInfo,
  type TsLatest,
  type TsRow,
  type TsSample,
  type TsSeries,
  defineCommand,
} from '../../src/commands/index.ts';
import type { ResponseError } from '../../src/errors.ts';

type Eq<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function eq<A, B>(equal: Eq<A, B>): void;
declare function reply<R>(promise: Promise<R>): R;

interface User {
  name: string;
  born?: number;
}
declare const user: User;
declare const somePath: string;
declare const someText: string | undefined;

const client = new Valkey();
const bytes = client.withOptions({ encoding: 'buffer' });
const exact = client.withOptions({ integers: 'bigint' });

// ---- json: the kind of the path decides between a list and a value
const whole = client.json.get<User>('k');
eq<typeof whole, Promise<User | null>>(true);
const matches = reply(client.json.get<User>('k', '$'));
eq<typeof matches, User[] | null>(true);
const one = reply(bytes.json.get<string>('k', '.name'));
eq<typeof one, string | null>(true);
const several = reply(client.json.get<string>('k', ['$.a', '$.b']));
eq<typeof several, Record<string, string[]> | null>(true);
const mixed = reply(client.json.get<string>('k', ['.a', '.b']));
eq<typeof mixed, Record<string, string> | null>(true);
const anything = reply(client.json.get('k', somePath));
eq<typeof anything, unknown>(true);
const formatted = reply(bytes.json.get('k', '.', { space: ' ' }));
eq<typeof formatted, Buffer | null>(true);
declare const format: JsonFormatOptions;
const formattedText = reply(client.json.get('k', undefined, format));
eq<typeof formattedText, string | null>(true);
const lengths = reply(exact.json.arrlen('k', '$..a'));
eq<typeof lengths, (bigint | null)[] | null>(true);
const length = reply(client.json.arrlen('k', '.a'));
eq<typeof length, number | null>(true);
const rootLength = reply(client.json.arrlen('k'));
eq<typeof rootLength, number | null>(true);
const eitherLength = reply(client.json.arrlen('k', somePath));
eq<typeof eitherLength, number | (number | null)[] | null>(true);
const maybeLength = reply(client.json.arrlen('k', someText));
eq<typeof maybeLength, number | (number | null)[] | null>(true);
const appended = reply(client.json.arrappend('k', '$', [1, [2]]));
eq<typeof appended, (number | null)[]>(true);
const popped = reply(client.json.arrpop<User>('k', '$'));
eq<typeof popped, (User | null)[]>(true);
const poppedOne = reply(client.json.arrpop<User>('k', '.', 0));
eq<typeof poppedOne, User | null>(true);
const sums = reply(exact.json.numincrby('k', '$.n', 1n));
eq<typeof sums, (number | null)[]>(true);
const sum = reply(exact.json.nummultby('k', '.n', 1.5));
eq<typeof sum, number>(true);
const flags = reply(client.json.toggle('k', '$.b'));
eq<typeof flags, (boolean | null)[]>(true);
const flag = reply(client.json.toggle('k'));
eq<typeof flag, boolean>(true);
const types = reply(client.json.type('k', '$'));
eq<typeof types, JsonType[] | null>(true);
const names = reply(bytes.json.objkeys('k'));
eq<typeof names, string[] | null>(true);
const manyValues = reply(client.json.mget<User>(['a', 'b'], '$'));
eq<typeof manyValues, (User[] | null)[]>(true);
const set = reply(client.json.set('k', '$', user));
eq<typeof set, 'OK'>(true);
const setIf = reply(client.json.set('k', '$', user, { condition: 'nx' }));
eq<typeof setIf, 'OK' | null>(true);
void client.json.set('k', '$', null);
void client.json.set('k', '$', [new Date()]);
void client.json.mset([['k', '$', user]]);
// @ts-expect-error undefined is no JSON
void client.json.set('k', '$', undefined);
// @ts-expect-error nor is a bigint
void client.json.set('k', '$', 1n);
// @ts-expect-error nor a symbol
void client.json.set('k', '$', Symbol('s'));
// @ts-expect-error no such condition
void client.json.set('k', '$', 1, { condition: 'gt' });
// @ts-expect-error values always come as a list
void client.json.arrappend('k', '$', 'a');
// @ts-expect-error only strings are appended to strings
void client.json.strappend('k', 1);
// @ts-expect-error an index needs a path
void client.json.arrpop('k', 1);
// @ts-expect-error no such option
void client.json.get('k', '$', { pretty: true });

// ---- filters
const added = client.bf.add('b', 1);
eq<typeof added, Promise<boolean>>(true);
const addedMany = reply(client.bf.madd('b', ['x', 1]));
eq<typeof addedMany, (boolean | ResponseError)[]>(true);
const known = reply(client.cf.mexists('c', 'x'));
eq<typeof known, boolean[]>(true);
const info = reply(exact.bf.info('b'));
eq<typeof info, BfInfo<bigint>>(true);
const capacity = reply(exact.bf.info('b', 'capacity'));
eq<typeof capacity, bigint>(true);
const expansion = reply(client.bf.info('b', 'expansion'));
eq<typeof expansion, number | null>(true);
const rate = reply(exact.bf.info('b', 'error'));
eq<typeof rate, number>(true);
const chunk = reply(client.bf.scandump('b', 0));
eq<typeof chunk, FilterChunk>(true);
// @ts-expect-error a filter that does not grow has no expansion
void client.bf.reserve('b', 0.01, 100, { expansion: 2, nonscaling: true });
// @ts-expect-error nor can it grow to some size
void client.bf.insert('b', 'x', { validatescaleto: 2, nonscaling: true });
// @ts-expect-error no such field
void client.bf.info('b', 'weight');
// @ts-expect-error no rest arguments
void client.bf.madd('b', 'x', 'y');

// ---- sketches
const counts = reply(exact.cms.incrby('s', { a: 1 }));
eq<typeof counts, (bigint | ResponseError)[]>(true);
const driven = reply(bytes.topk.add('t', ['a']));
eq<typeof driven, (Buffer | null)[]>(true);
const items = reply(bytes.topk.list('t'));
eq<typeof items, Buffer[]>(true);
const counted = reply(client.topk.list('t', { withcount: true }));
eq<typeof counted, TopkItem<string, number>[]>(true);
declare const listOptions: TopkListOptions;
const listed = reply(client.topk.list('t', listOptions));
eq<typeof listed, string[] | TopkItem<string, number>[]>(true);
const values = reply(exact.tdigest.quantile('d', 0.5));
eq<typeof values, number[]>(true);
const ranks = reply(exact.tdigest.rank('d', [1, 2n]));
eq<typeof ranks, bigint[]>(true);
// @ts-expect-error all counters or none
void client.topk.reserve('t', 3, { width: 5 });

// ---- time series
const time = reply(exact.ts.add('s', '*', 1.5));
eq<typeof time, bigint>(true);
const times = reply(client.ts.madd([['s', new Date(), 'NaN']]));
eq<typeof times, (number | ResponseError)[]>(true);
const latest = reply(exact.ts.get('s'));
eq<typeof latest, TsSample<bigint> | null>(true);
const samples = reply(client.ts.range('s', '-', new Date(), { aggregation: { type: 'avg', bucketDuration: 5 } }));
eq<typeof samples, TsSample<number>[]>(true);
const rows = reply(client.ts.revrange('s', '-', '+', { aggregation: { type: ['min', 'max'], bucketDuration: 5 } }));
eq<typeof rows, TsRow<number>[]>(true);
const latests = reply(bytes.ts.mget(['a=1']));
eq<typeof latests, TsLatest<Buffer, number>[]>(true);
const series = reply(bytes.ts.mrange('-', '+', 'a=1', { withlabels: true }));
eq<typeof series, TsSeries<Buffer, TsSample<number>>[]>(true);
const manyRows = reply(exact.ts.mrevrange('-', '+', 'a=1', { aggregation: { type: ['min'], bucketDuration: 5 } }));
eq<typeof manyRows, TsSeries<string, TsRow<bigint>>[]>(true);
const tsInfo = reply(bytes.ts.info('s'));
eq<typeof tsInfo, TsInfo<Buffer, number>>(true);
// @ts-expect-error all labels or some
void client.ts.mget('a=1', { withlabels: true, selectedLabels: 'a' });
// @ts-expect-error no such aggregator
void client.ts.range('s', '-', '+', { aggregation: { type: 'average', bucketDuration: 5 } });
// @ts-expect-error a bucket has a duration
void client.ts.range('s', '-', '+', { aggregation: { type: 'avg' } });
// @ts-expect-error no such policy
void client.ts.create('s', { duplicatePolicy: 'random' });

// ---- a module of one's own
const COUNT: Spec = defineCommand('COUNTER.GET', { arity: 2, flags: ['readonly'], keys: [1, 1, 1] });
class CounterCommands<S extends Surface> extends Namespace<S> {
  read(key: Key): Result<S, Integer<S>> {
    return this.send(COUNT, [key]);
  }
}
const own = exact.use(CounterCommands).read('visits');
eq<typeof own, Promise<bigint>>(true);
function onAny<S extends Surface>(executor: Executor<S>): Result<S, Integer<S>> {
  return executor.use(CounterCommands<S>).read('visits');
}
const ownAgain = reply(onAny(client));
eq<typeof ownAgain, number>(true);
// @ts-expect-error flags are those the server knows
defineCommand('COUNTER.SET', { flags: ['fast-write'] });
