/**
 * Commands on search indexes as another client sends them in its own tests, each beside the call of ours that means the same: it must
 * send the same bytes.
 *
 * Ours never adds a dialect by itself, so the calls name it. An index needs a field, which the recorded ones without any were given.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { SearchCommands, ft } from '../../src/commands/index.ts';
import { DataError } from '../../src/errors.ts';
import { callOf, Recording } from './recording.ts';
import { search } from './samples/search.ts';

/** Recorded words that no server understands, and what is sent instead. */
const MISTAKEN: Readonly<Record<string, { readonly reason: string; readonly words: string }>> = {
  'FT.AGGREGATE index * SORTBY 3 @by MAX 1 DIALECT 2': {
    reason: 'MAX is none of the words that SORTBY counts',
    words: 'FT.AGGREGATE index * SORTBY 1 @by MAX 1 DIALECT 2',
  },
  'FT.CREATE index SCHEMA field GEOSHAPE COORD_SYSTEM SPHERICAL': {
    reason: 'the coordinate system stands by itself, without a word in front',
    words: 'FT.CREATE index SCHEMA field GEOSHAPE SPHERICAL',
  },
};

interface Row {
  readonly call: readonly [method: string, args: readonly unknown[]];
  readonly wire: readonly (string | Buffer)[];
}

const file = new URL('data/search-args.json', import.meta.url);
const rows = JSON.parse(await readFile(file, 'utf8'), (_, value: unknown) => {
  const hex = (value as { readonly bytes?: string } | null)?.bytes;
  return typeof hex === 'string' ? Buffer.from(hex, 'hex') : value;
}) as readonly Row[];

test('each recorded command is sent in the same bytes', () => {
  assert.ok(rows.length > 150);
  const mistaken: string[] = [];
  for (const { call, wire } of rows) {
    const recorded = wire.map((word) => Buffer.from(word).toString('latin1'));
    const line = recorded.join(' ');
    const sent = callOf(new Recording(), ...call).words;
    if (line in MISTAKEN) mistaken.push(line);
    assert.deepEqual(sent, MISTAKEN[line]?.words.split(' ') ?? recorded);
  }
  assert.deepEqual(mistaken, Object.keys(MISTAKEN));
});

test('every command has a method, and every method samples', () => {
  const methods = Object.getOwnPropertyNames(SearchCommands.prototype).filter((name) => name !== 'constructor');
  assert.deepEqual(
    methods.filter((name) => !(`ft.${name}` in search)),
    [],
  );
  const sent = new Set(
    Object.entries(search).flatMap(([method, calls]) =>
      calls.map((args) => callOf(new Recording(), method, args).spec.name),
    ),
  );
  const recorded = new Set(rows.map(({ wire }) => wire.slice(0, 2).join(' ')));
  for (const name of recorded) assert.ok(sent.has(name) || sent.has(name.split(' ')[0]!), name);
});

/** Queries made of parts, and their text. */
const QUERIES: readonly (readonly [query: { toString(): string }, text: string])[] = [
  [ft.intersect('coffee'), 'coffee'],
  [ft.intersect('coffee mill'), '(coffee mill)'],
  [ft.intersect('a|b'), '(a|b)'],
  [ft.intersect('"coffee mill"'), '"coffee mill"'],
  [ft.intersect(['coffee', 'mill']), '(coffee mill)'],
  [ft.union(['coffee', 'hand mill']), '(coffee|(hand mill))'],
  [ft.union(['(a b)', '(a) (b)', '@price:[1 2]']), '((a b)|((a) (b))|@price:[1 2])'],
  [ft.disjunct('tea'), '-tea'],
  [ft.disjunct(['tea', 'milk']), '-(tea|milk)'],
  [ft.optional(['tea', 'milk']), '~(tea milk)'],
  [ft.intersect({ price: ft.between(5, 10) }), '@price:[5 10]'],
  [ft.intersect({ price: 5, stock: 0n }), '(@price:[5 5] @stock:[0 0])'],
  [ft.intersect({ name: ['bob', 'john'] }), '@name:(bob john)'],
  [ft.union({ name: ['bob', 'john smith'] }), '@name:(bob|(john smith))'],
  [ft.union({ price: [ft.lt(5), ft.gt(10)] }), '(@price:[-inf (5]|@price:[(10 +inf])'],
  [
    ft.intersect(['coffee', { price: ft.le('$most') }, ft.disjunct({ origin: ft.tags(['Peru', 'Costa Rica']) })]),
    '(coffee @price:[-inf $most] -@origin:{Peru | Costa Rica})',
  ],
  [ft.tags('a-b}|{*_1'), '{a\\-b\\}\\|\\{\\*_1}'],
  [ft.tags([7, 8n]), '{7 | 8}'],
  [ft.between(-0, 1e21, { excludes: 'both' }), '[(-0 (1e+21]'],
  [ft.between(0, 1, { excludes: 'min' }), '[(0 1]'],
  [ft.ge(1.5), '[1.5 +inf]'],
  [ft.equal('$n'), '[$n $n]'],
  [ft.geo({ longitude: 13.5, latitude: 38, radius: '$r', unit: 'km' }), '[13.5 38 $r km]'],
  [ft.knn({ field: 'v', k: 5, param: 'like' }), '*=>[KNN 5 @v $like]'],
  [
    ft.knn({
      field: 'v',
      k: '$k',
      param: 'like',
      filter: ['coffee', { price: ft.lt(9) }],
      as: 'distance',
      efRuntime: 50,
    }),
    '(coffee @price:[-inf (9])=>[KNN $k @v $like EF_RUNTIME 50 AS distance]',
  ],
  [ft.knn({ field: 'v', k: 5, param: 'like', filter: { price: 5 } }), '(@price:[5 5])=>[KNN 5 @v $like]'],
  [ft.knn({ field: 'v', k: 5, param: 'like', filter: '*' }), '*=>[KNN 5 @v $like]'],
  [ft.intersect({ v: ft.vectorRange({ radius: 0.5, param: 'like' }) }), '@v:[VECTOR_RANGE 0.5 $like]'],
  [
    ft.vectorRange({ radius: Infinity, param: 'like', as: 'distance', epsilon: 0.01 }),
    '[VECTOR_RANGE +inf $like]=>{$YIELD_DISTANCE_AS: distance; $EPSILON: 0.01}',
  ],
];

test('queries are put together', () => {
  for (const [query, text] of QUERIES) assert.equal(String(query), text);
  assert.equal(ft.querystring({ a: 'b' }), '@a:b');
  assert.equal(ft.escape("it's 100% <b>"), "it\\'s 100\\% \\<b\\>");
  const words = callOf(new Recording(), 'ft.search', ['idx', ft.intersect({ a: 'b' })]).words;
  assert.deepEqual(words, ['FT.SEARCH', 'idx', '@a:b']);
  const wrong: (() => unknown)[] = [
    () => ft.intersect([]),
    () => ft.union({}),
    () => ft.tags([]),
    () => ft.between(NaN, 1),
    () => ft.intersect(null as never),
    () => ft.intersect({ a: null as never }),
    () => ft.intersect(ft.lt(5) as never),
    () => ft.tags([{} as never]),
    () => ft.escape(null as never),
  ];
  for (const make of wrong) assert.throws(make, DataError);
});

test('fields are described by functions too', () => {
  const schema = [
    ft.textField('title', { nostem: true, withsuffixtrie: true }),
    ft.tagField('tags', { separator: ';' }),
    ft.numericField('price', { sortable: true }),
    ft.geoField('place'),
    ft.geoshapeField('area', { coordSystem: 'flat' }),
    ft.vectorField('v', { algorithm: 'flat', dataType: 'float32', dim: 2, distanceMetric: 'l2' }),
  ];
  const words = callOf(new Recording(), 'ft.create', ['idx', schema]).words.join(' ');
  const fields =
    'title TEXT NOSTEM WITHSUFFIXTRIE tags TAG SEPARATOR ; price NUMERIC SORTABLE place GEO area GEOSHAPE FLAT';
  assert.equal(words, `FT.CREATE idx SCHEMA ${fields} v VECTOR FLAT 6 TYPE FLOAT32 DIM 2 DISTANCE_METRIC L2`);
  const steps = [{ sortby: [ft.asc('@a'), ft.desc('@b')] }];
  const sorting = callOf(new Recording(), 'ft.aggregate', ['idx', '*', { steps }]).words.join(' ');
  assert.equal(sorting, 'FT.AGGREGATE idx * SORTBY 4 @a ASC @b DESC');
});
