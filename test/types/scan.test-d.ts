/** What scan iterators yield. Compiled, never run. */
import { Valkey, type HscanIterOptions, type Scan, type ZscanIterOptions } from '../../src/index.ts';
import type { ScoredMember } from '../../src/commands/index.ts';

type Eq<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function eq<A, B>(equal: Eq<A, B>): void;
type ElementOf<S> = S extends AsyncIterable<infer T> ? T : never;

const client = new Valkey();
const bytes = client.withOptions({ encoding: 'buffer' });

// ---- keys
const keys = client.scanIter({ match: 'user:*', count: 100n, type: 'hash', unique: true });
eq<typeof keys, Scan<string>>(true);
const byteKeys = bytes.scanIter();
eq<typeof byteKeys, Scan<Buffer>>(true);
const pages = keys.batches();
eq<ElementOf<typeof pages>, string[]>(true);
const latin1 = client.withOptions({ encoding: 'latin1' }).scanIter();
eq<ElementOf<typeof latin1>, string>(true);

// ---- fields
const entries = client.hscanIter('h', { match: Buffer.of(1) });
eq<ElementOf<typeof entries>, [field: string, value: string]>(true);
const byteEntries = bytes.hscanIter(Buffer.of(1)).batches();
eq<ElementOf<typeof byteEntries>, [field: Buffer, value: Buffer][]>(true);
const fields = client.hscanIter('h', { novalues: true });
eq<ElementOf<typeof fields>, string>(true);
declare const someOptions: HscanIterOptions;
const some = client.hscanIter('h', someOptions);
eq<ElementOf<typeof some>, string | [field: string, value: string]>(true);

// ---- members
const members = client.sscanIter('s', { unique: true });
eq<ElementOf<typeof members>, string>(true);
const scored = bytes.zscanIter('z', { count: 5 });
eq<ElementOf<typeof scored>, ScoredMember<Buffer>>(true);
eq<ElementOf<typeof scored>['score'], number>(true);
const plain = bytes.zscanIter('z', { noscores: true });
eq<ElementOf<typeof plain>, Buffer>(true);
declare const someScores: ZscanIterOptions;
const someScored = client.zscanIter('z', someScores);
eq<ElementOf<typeof someScored>, string | ScoredMember<string>>(true);

export async function walk(): Promise<void> {
  for await (const key of client.scanIter()) eq<typeof key, string>(true);
  for await (const [field, value] of client.hscanIter('h')) eq<typeof field, typeof value>(true);
  for await (const { member } of client.zscanIter('z')) eq<typeof member, string>(true);
}

// @ts-expect-error no such option
client.scanIter({ pattern: '*' });
// @ts-expect-error a hash has no types of its own
client.hscanIter('h', { type: 'string' });
// @ts-expect-error which hash
client.hscanIter();
// @ts-expect-error a set has no values to leave out
client.sscanIter('s', { novalues: true });
