/** What commands on search indexes evaluate to. Compiled, never run. */
import { Valkey } from '../../src/client/valkey.ts';
import type {
  AggregateValue,
  FtInfoReply,
  FtSearchOptions,
  SearchDocument,
  SearchProfile,
  SpellcheckTerm,
} from '../../src/commands/index.ts';
import { ft } from '../../src/commands/index.ts';

type Eq<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function eq<A, B>(equal: Eq<A, B>): void;
declare function reply<R>(promise: Promise<R>): R;

const client = new Valkey();
const bytes = client.withOptions({ encoding: 'buffer' });
const exact = client.withOptions({ integers: 'bigint' });

// ---- search: the documents follow from the options
const plain = reply(client.ft.search('i', 'q'));
eq<typeof plain.total, number>(true);
eq<(typeof plain.documents)[number]['id'], string>(true);
eq<(typeof plain.documents)[number]['fields'], Record<string, string>>(true);
// @ts-expect-error no score was asked for
void plain.documents[0]!.score;
// @ts-expect-error nor a cursor
void plain.cursor;
const binary = reply(bytes.ft.search('i', 'q', { withpayloads: true }));
eq<(typeof binary.documents)[number]['id'], Buffer>(true);
eq<(typeof binary.documents)[number]['fields'], [Buffer, Buffer][]>(true);
eq<(typeof binary.documents)[number]['payload'], Buffer | null>(true);
const counted = reply(exact.ft.search('i', 'q'));
eq<typeof counted.total, bigint>(true);
const scored = reply(client.ft.search('i', 'q', { withscores: true, limit: { offset: 0, count: 5 } }));
eq<(typeof scored.documents)[number]['score'], number>(true);
const keys = reply(client.ft.search('i', 'q', { nocontent: true, withscores: true }));
eq<(typeof keys.documents)[number]['score'], number>(true);
// @ts-expect-error keys alone
void keys.documents[0]!.fields;
const paged = reply(client.ft.search('i', 'q', { withcursor: {} }));
eq<typeof paged.cursor, string>(true);
declare const someOptions: FtSearchOptions;
const some = reply(client.ft.search('i', 'q', someOptions));
eq<(typeof some.documents)[number]['score'], number | undefined>(true);
eq<(typeof some.documents)[number]['fields'], Record<string, string> | undefined>(true);
eq<(typeof plain.documents)[number], SearchDocument<string>>(true);

void client.ft.search('i', ft.intersect({ price: ft.between(1, 2), colour: ft.tags(['red']) }), { params: { a: 1 } });
void client.ft.search('i', Buffer.of(1), {
  return: ['a', { field: '$.b', as: 'b' }],
  sortby: { by: 'a', order: 'desc' },
});
// @ts-expect-error no such option
void client.ft.search('i', 'q', { limitt: { offset: 0, count: 1 } });
// @ts-expect-error a limit is an object
void client.ft.search('i', 'q', { limit: [0, 1] });
// @ts-expect-error both of them
void client.ft.search('i', 'q', { allshards: true, someshards: true });
// @ts-expect-error one order or the other
void client.ft.search('i', 'q', { sortby: { by: 'a', order: 'up' } });
// @ts-expect-error a number is no query
void client.ft.search('i', 5);

// ---- aggregate
const rows = reply(client.ft.aggregate('i', '*', { steps: [{ groupby: '@a', reduce: { type: 'count', as: 'n' } }] }));
eq<(typeof rows.rows)[number], Record<string, AggregateValue<string>>>(true);
const binaryRows = reply(bytes.ft.aggregate('i', '*'));
eq<(typeof binaryRows.rows)[number], [Buffer, AggregateValue<Buffer>][]>(true);
const page = reply(exact.ft.aggregate('i', '*', { withcursor: { count: 5 } }));
eq<typeof page.cursor, string>(true);
eq<typeof page.total, bigint>(true);
const next = reply(client.ft.cursorRead('i', page.cursor));
eq<(typeof next.rows)[number], Record<string, AggregateValue<string>>>(true);
const documents = reply(client.ft.cursorRead('i', 5n, { documents: { withscores: true } }));
eq<(typeof documents.documents)[number]['score'], number>(true);
const hybrid = reply(client.ft.hybrid('i', { search: { query: 'q' }, vsim: { field: '@v', vector: '$v' } }));
eq<(typeof hybrid.rows)[number], Record<string, AggregateValue<string>>>(true);
// @ts-expect-error a step does one thing
void client.ft.aggregate('i', '*', { steps: [{ groupby: '@a', sortby: '@b' }] });
// @ts-expect-error no such reducer
void client.ft.aggregate('i', '*', { steps: [{ groupby: '@a', reduce: { type: 'mode', property: '@b' } }] });
// @ts-expect-error of which property
void client.ft.aggregate('i', '*', { steps: [{ groupby: '@a', reduce: { type: 'sum' } }] });
// @ts-expect-error a name is missing
void client.ft.aggregate('i', '*', { steps: [{ apply: 'sqrt(@a)' }] });
const vsim = { field: '@v', vector: '$v', knn: {}, range: { radius: 1 } };
// @ts-expect-error neighbours or a distance
void client.ft.hybrid('i', { search: { query: 'q' }, vsim });

// ---- profile
const profiled = reply(client.ft.profile('i', 'search', 'q', { nocontent: true }));
eq<(typeof profiled.results.documents)[number]['id'], string>(true);
eq<typeof profiled.profile, SearchProfile>(true);
const profiledRows = reply(bytes.ft.profile('i', 'aggregate', 'q', { load: '*' }));
eq<(typeof profiledRows.results.rows)[number], [Buffer, AggregateValue<Buffer>][]>(true);
// @ts-expect-error steps are of aggregations
void client.ft.profile('i', 'search', 'q', { steps: [] });

// ---- indexes
const created = reply(client.ft.create('i', { a: 'text', b: [{ type: 'tag', as: 'c' }, 'text'] }, { prefix: 'p:' }));
eq<typeof created, 'OK'>(true);
void client.ft.create('i', [ft.textField('a', { weight: 2 }), { name: Buffer.of(1), type: 'geo' }]);
const info = reply(bytes.ft.info('i'));
eq<typeof info, FtInfoReply>(true);
const all = reply(client.ft.aliaslist());
eq<typeof all, Record<string, string>>(true);
const aliases = reply(client.ft.aliaslist('i'));
eq<typeof aliases, string[]>(true);
// @ts-expect-error a vector needs more
void client.ft.create('i', { v: 'vector' });
// @ts-expect-error which kind of numbers
void client.ft.create('i', { v: { type: 'vector', algorithm: 'flat', dim: 2, distanceMetric: 'l2' } });
const flat = { algorithm: 'flat', dataType: 'float32', dim: 2, distanceMetric: 'l2' } as const;
void client.ft.create('i', [ft.vectorField('v', flat)]);
void client.ft.create('i', { v: { ...flat, type: 'vector', blockSize: 5 } });
// @ts-expect-error an option of the other algorithm
void client.ft.create('i', { v: { ...flat, type: 'vector', m: 5 } });
// @ts-expect-error both of them
void client.ft.create('i', { a: { type: 'text', withsuffixtrie: true, nosuffixtrie: true } });
// @ts-expect-error both of them
void client.ft.create('i', { a: 'text' }, { withoffsets: true, nooffsets: true });
// @ts-expect-error an option of text fields
void client.ft.create('i', { a: { type: 'numeric', nostem: true } });

// ---- suggestions and the rest
const words = reply(bytes.ft.sugget('k', 'p', { fuzzy: true }));
eq<typeof words, Buffer[]>(true);
const withScores = reply(client.ft.sugget('k', 'p', { withscores: true }));
eq<(typeof withScores)[number]['score'], number>(true);
const withBoth = reply(bytes.ft.sugget('k', 'p', { withscores: true, withpayloads: true }));
eq<(typeof withBoth)[number]['payload'], Buffer | null>(true);
const spelled = reply(client.ft.spellcheck('i', 'q', { include: ['a', 'b'] }));
eq<typeof spelled, SpellcheckTerm<string>[]>(true);
const synonyms = reply(bytes.ft.syndump('i'));
eq<typeof synonyms, [term: Buffer, groups: Buffer[]][]>(true);
const settings = reply(bytes.ft.configGet('*'));
eq<typeof settings, Record<string, string | null>>(true);
const size = reply(exact.ft.suglen('k'));
eq<typeof size, bigint>(true);
const stored = reply(client.ft.mget('i', ['a']));
eq<typeof stored, (Record<string, string> | null)[]>(true);
// @ts-expect-error no rest arguments
void client.ft.dictadd('d', 'a', 'b');
// @ts-expect-error positional booleans are never taken
void client.ft.dropindex('i', true);

// ---- documents of old versions
const added = reply(client.ft.add('i', 'd', { a: 1 }, { replace: true }));
eq<typeof added, 'OK'>(true);
const addedIf = reply(client.ft.add('i', 'd', { a: 1 }, { replace: true, if: '@a < 1' }));
eq<typeof addedIf, 'OK' | 'NOADD'>(true);
