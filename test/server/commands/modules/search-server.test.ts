/**
 * Commands on search indexes against a real module: RediSearch 1.2, which is what a package carries. It runs on one server, whichever the
 * other tests run on. What later versions and valkey-search have besides is held to recorded replies, in search.test.ts.
 */
import assert from 'node:assert/strict';
import { after, afterEach, beforeEach, describe, test } from 'node:test';
import { Valkey } from '../../../../src/client/valkey.ts';
import { ft, SearchCommands } from '../../../../src/commands/index.ts';
import { ResponseError } from '../../../../src/errors.ts';
import { ValkeyServer } from '../../../../src/testing/index.ts';
import { provisionModule } from '../../../../src/testing/module-package.ts';
import { sorted } from '../harness.ts';
import { type Call, recorded } from '../recorder.ts';
import { wrongReplies } from '../reply-types.ts';

type Client = Valkey<'utf8' | 'buffer', 'number' | 'bigint'>;
type Search = Client['ft'];
type Expected = string | Buffer;

const WAYS = [
  { protocol: 3, encoding: 'utf8', integers: 'number' },
  { protocol: 2, encoding: 'utf8', integers: 'number' },
  { protocol: 3, encoding: 'buffer', integers: 'bigint' },
  { protocol: 2, encoding: 'buffer', integers: 'bigint' },
] as const;

/** One way of asking, and what is expected in its terms. */
interface Way {
  readonly client: Client;
  readonly text: (value: string) => Expected;
  readonly texts: (...values: string[]) => Expected[];
  /** Fields and their values: text, `null`, or lists of text. */
  readonly fields: (fields: Readonly<Record<string, string | null | readonly string[]>>) => object;
  readonly int: (value: number) => number | bigint;
}

/** An index of four documents: `mill`, `pot`, `shoe`, and `ghost`, which is in the index alone. */
async function fill(client: Client): Promise<void> {
  await client.ft.create(
    'shop',
    [
      ft.textField('title', { sortable: true, weight: 2 }),
      ft.textField('text', { nostem: true }),
      ft.numericField('price', { sortable: true }),
      ft.tagField('colour', { separator: ';' }),
      ft.geoField('place'),
    ],
    { stopwords: ['the', 'a'] },
  );
  const { mill, pot, shoe } = DOCUMENTS;
  const options = { score: 0.5, language: 'english', payload: 'one' };
  assert.equal(await client.ft.add('shop', 'mill', mill, options), 'OK');
  assert.equal(await client.ft.add('shop', 'pot', pot), 'OK');
  assert.equal(await client.ft.add('shop', 'shoe', shoe), 'OK');
  assert.equal(await client.ft.add('shop', 'ghost', { title: 'coffee ghost' }, { nosave: true }), 'OK');
}

const DOCUMENTS = {
  mill: {
    title: 'coffee mill',
    text: 'grinds coffee beans of a day',
    price: '30',
    colour: 'red;black',
    place: '2.4,48.9',
  },
  pot: { title: 'tea pot', text: 'coffee is not for it', price: '20.5', colour: 'red' },
  shoe: { title: 'running shoes', text: 'Füße', price: '99', other: 'ü' },
} as const;

/** All but `ghost`: what this module does with records that lack a property, such as sort them, depends on chance, and may crash it. */
const PRICED = '@price:[0 inf]';

type Query = Parameters<Search['search']>[1];
type Options = NonNullable<Parameters<Search['search']>[2]>;

/** The keys that a search finds, sorted. */
async function keys(client: Client, query: Query, options: Options = {}): Promise<string[]> {
  const { total, documents } = await client.ft.search('shop', query, {
    ...options,
    nocontent: true,
    withcursor: undefined,
  });
  assert.equal(Number(total), documents.length);
  return documents.map(({ id }) => id.toString()).sort();
}

/** What a search gives, with its documents in the order of their keys. */
async function found(client: Client, query: Query, options: Options = {}): Promise<object> {
  const { total, documents } = await client.ft.search('shop', query, { ...options, withcursor: undefined });
  return { total, documents: sortedBy(documents, ({ id }) => id.toString()) };
}

function sortedBy<T>(items: readonly T[], by: (item: T) => string): T[] {
  return [...items].sort((a, b) => (by(a) < by(b) ? -1 : 1));
}

/** What RediSearch 1.2 lacks: its server must say so. */
const LACKING: Readonly<Record<string, (search: Search) => Promise<unknown>>> = {
  aliasadd: (search) => search.aliasadd('alias', 'shop'),
  aliasdel: (search) => search.aliasdel('alias'),
  aliaslist: (search) => search.aliaslist(),
  aliasupdate: (search) => search.aliasupdate('alias', 'shop'),
  configGet: (search) => search.configGet('*'),
  configSet: (search) => search.configSet('TIMEOUT', 500),
  dictadd: (search) => search.dictadd('words', 'a'),
  dictdel: (search) => search.dictdel('words', 'a'),
  dictdump: (search) => search.dictdump('words'),
  dropindex: (search) => search.dropindex('shop'),
  explaincli: (search) => search.explaincli('shop', 'coffee'),
  hybrid: (search) => search.hybrid('shop', { search: { query: 'a' }, vsim: { field: '@v', vector: '$v' } }),
  list: (search) => search.list(),
  profile: (search) => search.profile('shop', 'search', 'coffee'),
  spellcheck: (search) => search.spellcheck('shop', 'cofee'),
};

const tests: Readonly<Record<string, (way: Way) => Promise<void>>> = {
  'an index: what it is, its fields added, its errors': async ({ client }) => {
    const schema = {
      title: { type: 'text', sortable: true, weight: 2.5, nostem: true },
      5: { type: 'numeric', sortable: true, noindex: true },
      tags: { type: 'tag', separator: ';' },
      place: 'geo',
    } as const;
    assert.equal(await client.ft.create('i', schema, { nooffsets: true, nofields: true, nofreqs: true }), 'OK');
    await assert.rejects(client.ft.create('i', schema), isError('Index already exists'));
    assert.equal(await client.ft.alter('i', { year: { type: 'numeric', sortable: true } }), 'OK');
    await assert.rejects(client.ft.alter('i', { year: 'numeric' }), isError('Duplicate field'));
    await client.ft.add('i', 'a', { title: 'one two', 5: 7 });
    const { gcStats, cursorStats, attributes, ...info } = await client.ft.info('i');
    assert.deepEqual(
      sortedBy(attributes!, ({ attribute }) => attribute),
      [
        { flags: ['SORTABLE', 'NOINDEX'], identifier: '5', attribute: '5', type: 'NUMERIC' },
        { flags: [], identifier: 'place', attribute: 'place', type: 'GEO' },
        { flags: [], identifier: 'tags', attribute: 'tags', type: 'TAG', separator: ';' },
        { flags: ['SORTABLE', 'NOSTEM'], identifier: 'title', attribute: 'title', type: 'TEXT', weight: 2.5 },
        { flags: ['SORTABLE'], identifier: 'year', attribute: 'year', type: 'NUMERIC' },
      ],
    );
    const { indexName, indexOptions, numDocs, maxDocId, numTerms, numRecords, recordsPerDocAvg, ...sizes } = info;
    assert.deepEqual(
      { indexName, indexOptions, numDocs, maxDocId, numTerms, numRecords, recordsPerDocAvg },
      {
        indexName: 'i',
        indexOptions: ['NOFREQS', 'NOFIELDS', 'NOOFFSETS'],
        numDocs: 1,
        maxDocId: 1,
        numTerms: 2,
        numRecords: 2,
        recordsPerDocAvg: 2,
      },
    );
    assert.deepEqual(Object.keys(sizes).sort(), [
      ...['bytesPerRecordAvg', 'docTableSizeMb', 'invertedSzMb', 'keyTableSizeMb', 'offsetBitsPerRecordAvg'],
      ...['offsetVectorsSzMb', 'offsetsPerTermAvg', 'sortableValuesSizeMb'],
    ]);
    for (const size of Object.values(sizes)) assert.equal(typeof size, 'number');
    // How often the collector runs changes as it runs.
    const { currentHz, ...collected } = gcStats as Record<string, unknown>;
    assert.equal(typeof currentHz, 'number');
    assert.deepEqual(collected, { bytesCollected: 0, effectivCyclesRate: 0 });
    assert.deepEqual(Object.keys(cursorStats as object), ['globalIdle', 'globalTotal', 'indexCapacity', 'indexTotal']);
    await assert.rejects(client.ft.info('nothing'), isError('Unknown Index name'));
    await client.ft.create('empty', { t: 'text' });
    const { numDocs: none, bytesPerRecordAvg } = await client.ft.info('empty');
    assert.deepEqual([none, bytesPerRecordAvg], [0, Number.NaN]);
  },

  'documents, one by one': async ({ client, fields }) => {
    await fill(client);
    assert.deepEqual(await client.ft.get('shop', 'shoe'), fields(DOCUMENTS.shoe));
    assert.equal(await client.ft.get('shop', 'nothing'), null);
    assert.deepEqual(await client.ft.mget('shop', ['shoe', 'nothing', 'mill']), [
      fields(DOCUMENTS.shoe),
      null,
      fields(DOCUMENTS.mill),
    ]);
    await assert.rejects(client.ft.add('shop', 'shoe', { price: 1 }), isError('Document already in index'));
    assert.equal(await client.ft.add('shop', 'shoe', { price: 98 }, { partial: true, if: '@price < 10' }), 'NOADD');
    assert.equal(await client.ft.add('shop', 'shoe', { price: 98 }, { partial: true, if: '@price > 10' }), 'OK');
    assert.deepEqual(await client.ft.get('shop', 'shoe'), fields({ ...DOCUMENTS.shoe, price: '98' }));
    assert.equal(await client.ft.add('shop', 'shoe', { title: 'boots' }, { replace: true }), 'OK');
    // Fields that are not given leave the index, and stay in the hash.
    assert.deepEqual(await client.ft.get('shop', 'shoe'), fields({ ...DOCUMENTS.shoe, title: 'boots', price: '98' }));
    assert.deepEqual(await keys(client, '@price:[98 98]'), []);
    assert.equal(await client.ft.del('shop', 'shoe'), true);
    assert.equal(await client.ft.del('shop', 'shoe'), false);
    assert.equal(await client.ft.del('shop', 'pot', { dd: true }), true);
    assert.deepEqual([await client.exists('shoe'), await client.exists('pot')].map(Number), [1, 0]);

    await client.hset('hash', { title: 'from a hash', price: 5 });
    assert.equal(await client.ft.addhash('shop', 'hash', { score: 0.25, language: 'english' }), 'OK');
    await assert.rejects(client.ft.addhash('shop', 'hash'), isError('Document already exists'));
    assert.equal(await client.ft.addhash('shop', 'hash', { replace: true }), 'OK');
    await assert.rejects(client.ft.addhash('shop', 'nothing'), isError('Could not load document'));
    assert.deepEqual(await keys(client, '@title:hash'), ['hash']);
  },

  'search: documents and their fields': async ({ client, text, fields, int }) => {
    await fill(client);
    const all = (['ghost', 'mill', 'pot', 'shoe'] as const).map((id) => ({
      id: text(id),
      fields: fields(id === 'ghost' ? {} : DOCUMENTS[id]),
    }));
    assert.deepEqual(await found(client, '*'), { total: int(4), documents: all });
    assert.deepEqual(await found(client, 'coffee', { return: ['price', 'nothing'] }), {
      total: int(3),
      documents: [
        { id: text('ghost'), fields: fields({}) },
        { id: text('mill'), fields: fields({ price: '30' }) },
        { id: text('pot'), fields: fields({ price: '20.5' }) },
      ],
    });
    assert.deepEqual(await found(client, 'pot', { return: [] }), {
      total: int(1),
      documents: [{ id: text('pot'), fields: fields({}) }],
    });
    assert.deepEqual(await found(client, 'absent'), { total: int(0), documents: [] });
    const byPrice = { sortby: 'price', limit: { offset: 1, count: 2 }, nocontent: true } as const;
    assert.deepEqual(await client.ft.search('shop', PRICED, byPrice), {
      total: int(3),
      documents: [{ id: text('mill') }, { id: text('shoe') }],
    });
    await assert.rejects(client.ft.search('shop', '((('), isError('Syntax error'));
    await assert.rejects(client.ft.search('nothing', '*'), isError('Unknown Index name'));
  },

  'search: scores, payloads and sort keys': async ({ client, text, fields, int }) => {
    await fill(client);
    const scorer = 'DOCSCORE';
    assert.deepEqual(await found(client, 'coffee', { nocontent: true, withscores: true, scorer }), {
      total: int(3),
      documents: [
        { id: text('ghost'), score: 1 },
        { id: text('mill'), score: 0.5 },
        { id: text('pot'), score: 1 },
      ],
    });
    assert.deepEqual(await found(client, 'coffee', { withpayloads: true, return: 'price' }), {
      total: int(3),
      documents: [
        { id: text('ghost'), payload: null, fields: fields({}) },
        { id: text('mill'), payload: text('one'), fields: fields({ price: '30' }) },
        { id: text('pot'), payload: null, fields: fields({ price: '20.5' }) },
      ],
    });
    const everything = { withscores: true, withpayloads: true, withsortkeys: true, return: 'price' } as const;
    const sortby = { by: 'price', order: 'desc' } as const;
    assert.deepEqual(await client.ft.search('shop', 'coffee', { ...everything, sortby }), {
      total: int(3),
      documents: [
        { id: text('mill'), score: 0, payload: text('one'), sortkey: text('#30'), fields: fields({ price: '30' }) },
        { id: text('pot'), score: 0, payload: null, sortkey: text('#20.5'), fields: fields({ price: '20.5' }) },
        { id: text('ghost'), score: 0, payload: null, sortkey: null, fields: fields({}) },
      ],
    });
    const byTitle = { sortby: 'title', withsortkeys: true, nocontent: true } as const;
    assert.deepEqual(await client.ft.search('shop', 'pot', byTitle), {
      total: int(1),
      documents: [{ id: text('pot'), sortkey: text('$tea pot') }],
    });
  },

  'search: what is looked for, and where': async ({ client }) => {
    await fill(client);
    const place = { field: 'place', longitude: 2.35, latitude: 48.85, radius: 20, unit: 'km' } as const;
    const cases: readonly [Query, Options, readonly string[]][] = [
      ['run', {}, ['shoe']],
      ['run', { verbatim: true }, []],
      ['run', { language: 'english', expander: 'SBSTEM', payload: 'p' }, ['shoe']],
      ['the coffee', {}, ['ghost', 'mill', 'pot']],
      ['the coffee', { nostopwords: true }, []],
      ['coffee', { infields: 'title' }, ['ghost', 'mill']],
      ['*', { inkeys: ['pot', 'shoe', 'nothing'] }, ['pot', 'shoe']],
      ['*', { filter: { field: 'price', min: '(20.5', max: Infinity } }, ['mill', 'shoe']],
      [
        '*',
        {
          filter: [
            { field: 'price', min: -Infinity, max: 30 },
            { field: 'price', min: 25, max: '(99' },
          ],
        },
        ['mill'],
      ],
      ['*', { geofilter: place }, ['mill']],
      ['*', { geofilter: { ...place, longitude: 10 } }, []],
      ['grinds beans', { slop: 0 }, []],
      ['grinds beans', { slop: 1 }, ['mill']],
      ['beans grinds', { slop: 1 }, ['mill']],
      ['beans grinds', { slop: 1, inorder: true }, []],
      ['"coffee beans"', {}, ['mill']],
      ['@colour:{black}', {}, ['mill']],
      ['@price:[(20.5 99]', {}, ['mill', 'shoe']],
      ['cof*', {}, ['ghost', 'mill', 'pot']],
      ['füße', {}, ['shoe']],
      ['Füße', {}, ['shoe']],
    ];
    for (const [query, options, expected] of cases)
      assert.deepEqual(await keys(client, query, options), expected, `${String(query)} ${JSON.stringify(options)}`);
    await assert.rejects(client.ft.search('shop', 'a', { language: 'none' }), isError('Unsupported Stemmer Language'));
  },

  'search: queries put together': async ({ client }) => {
    await fill(client);
    await client.ft.add('shop', 'odd', { title: String.raw`semi\-dry home`, colour: 'off-white;dark red' });
    const place = ft.geo({ longitude: 2.35, latitude: 48.85, radius: 20, unit: 'km' });
    const cases: readonly [Query, readonly string[]][] = [
      [ft.intersect(['coffee', { price: ft.between(25, 30) }]), ['mill']],
      [ft.intersect([{ price: ft.between(20.5, 99, { excludes: 'both' }) }]), ['mill']],
      [ft.intersect([{ price: ft.equal(20.5) }]), ['pot']],
      [ft.intersect([{ price: ft.gt(30) }]), ['shoe']],
      [ft.intersect([{ price: ft.le(20.5) }]), ['pot']],
      [ft.intersect([{ colour: ft.tags(['black', 'blue']) }]), ['mill']],
      [ft.intersect([{ colour: ft.tags('off-white') }]), ['odd']],
      [ft.intersect([{ colour: ft.tags('dark red') }]), ['odd']],
      [ft.intersect([{ place }]), ['mill']],
      [ft.intersect([ft.escape('semi-dry')]), ['odd']],
      [ft.union(['mill', 'pot']), ['mill', 'pot']],
      [ft.intersect(['coffee', ft.disjunct({ title: 'mill' })]), ['ghost', 'pot']],
      [ft.intersect(['coffee', ft.optional('mill')]), ['ghost', 'mill', 'pot']],
    ];
    for (const [query, expected] of cases) assert.deepEqual(await keys(client, String(query)), expected, String(query));
  },

  'search: parts of texts, and marks in them': async ({ client, text, fields, int }) => {
    await fill(client);
    const long = { frags: 1, len: 3, separator: ' | ', fields: 'text' } as const;
    const tags = { open: '[', close: ']' };
    const parts = await found(client, 'coffee', {
      return: 'text',
      inkeys: ['mill', 'pot'],
      summarize: long,
      highlight: { fields: ['text'], tags },
    });
    assert.deepEqual(parts, {
      total: int(2),
      documents: [
        { id: text('mill'), fields: fields({ text: '[coffee] beans | ' }) },
        { id: text('pot'), fields: fields({ text: '[coffee] is | ' }) },
      ],
    });
    const marked = await found(client, 'coffee', { return: ['title', 'text'], inkeys: 'mill', highlight: {} });
    assert.deepEqual(marked, {
      total: int(1),
      documents: [
        {
          id: text('mill'),
          fields: fields({ title: '<b>coffee</b> mill', text: 'grinds <b>coffee</b> beans of a day' }),
        },
      ],
    });
    const cut = await found(client, 'coffee', { return: ['text'], inkeys: 'pot', summarize: {} });
    assert.deepEqual(cut, {
      total: int(1),
      documents: [{ id: text('pot'), fields: fields({ text: 'coffee is not for... ' }) }],
    });
  },

  'search: names and values of any bytes': async ({ client }) => {
    await client.ft.create('shop', { title: 'text' });
    const id = Buffer.from([0xff, 0x00, 0x0d, 0x0a]);
    const name = Buffer.from([0xfe, 0x0a]);
    const value = Buffer.from([0x00, 0xfe, 0x0a]);
    await client.ft.add(
      'shop',
      id,
      new Map([
        [Buffer.from('title'), Buffer.from('bytes')],
        [name, value],
      ]),
    );
    const bytes = client.withOptions({ encoding: 'buffer' });
    const { documents } = await bytes.ft.search('shop', 'bytes', { withpayloads: true });
    const pairs = [
      [Buffer.from('title'), Buffer.from('bytes')],
      [name, value],
    ];
    assert.deepEqual(documents, [{ id, payload: null, fields: pairs }]);
    assert.deepEqual(await bytes.ft.get('shop', id), pairs);
  },

  'aggregate: records': async ({ client, fields, int }) => {
    await fill(client);
    const steps = [{ sortby: { by: '@price', order: 'asc' } }] as const;
    assert.deepEqual(await client.ft.aggregate('shop', PRICED, { load: ['@title', '@price'], steps }), {
      total: int(3),
      rows: [
        fields({ title: 'tea pot', price: '20.5' }),
        fields({ title: 'coffee mill', price: '30' }),
        fields({ title: 'running shoes', price: '99' }),
      ],
    });
    const computed = [
      { apply: '@price * 2', as: 'double' },
      { filter: '@double > 50' },
      { sortby: [{ by: '@double', order: 'desc' }], max: 2 },
      { limit: { offset: 1, count: 1 } },
    ] as const;
    const { rows } = await client.ft.aggregate('shop', PRICED, { verbatim: true, load: '@price', steps: computed });
    assert.deepEqual(rows, [fields({ price: '30', double: '60' })]);
    const loaded = await client.ft.aggregate('shop', 'pot', { steps: [{ load: '@title' }] });
    assert.deepEqual(loaded, { total: int(1), rows: [fields({ title: 'tea pot' })] });
    assert.deepEqual(await client.ft.aggregate('shop', 'pot'), { total: int(1), rows: [fields({})] });
    assert.deepEqual(await client.ft.aggregate('shop', 'coffee pot mill'), { total: int(0), rows: [] });
    await assert.rejects(client.ft.aggregate('shop', '((('), ResponseError);
    await assert.rejects(client.ft.aggregate('nothing', '*'), isError('Unknown Index name'));
  },

  'aggregate: groups': async ({ client, text, texts, fields, int }) => {
    await client.ft.create('shop', {
      kind: { type: 'text', sortable: true },
      price: { type: 'numeric', sortable: true },
    });
    for (const [id, kind, price] of [
      ['1', 'cup', 1],
      ['2', 'pot', 2],
      ['3', 'cup', 3],
      ['4', 'cup', 3],
    ] as const)
      await client.ft.add('shop', id, { kind, price });
    const property = '@price';
    const groupby = {
      groupby: '@kind',
      reduce: [
        { type: 'count', as: 'n' },
        { type: 'count_distinct', property, as: 'distinct' },
        { type: 'count_distinctish', property, as: 'distinctish' },
        { type: 'sum', property, as: 'sum' },
        { type: 'min', property, as: 'min' },
        { type: 'max', property, as: 'max' },
        { type: 'avg', property, as: 'avg' },
        { type: 'stddev', property, as: 'stddev' },
        { type: 'quantile', property, quantile: 0.9, as: 'quantile' },
        { type: 'first_value', property, by: { by: property, order: 'desc' }, as: 'dearest' },
        { type: 'first_value', property, by: property, as: 'cheapest' },
        { function: 'sum', args: property, as: 'named' },
      ],
    } as const;
    assert.deepEqual(await client.ft.aggregate('shop', '*', { steps: [groupby, { sortby: '@kind' }] }), {
      total: int(2),
      rows: [
        fields({
          ...{ kind: 'cup', n: '3', distinct: '2', distinctish: '2', sum: '7', min: '1', max: '3' },
          ...{ avg: '2.33333333333', stddev: '1.15470053838', quantile: '3', dearest: '3', cheapest: '1', named: '7' },
        }),
        fields({
          ...{ kind: 'pot', n: '1', distinct: '1', distinctish: '1', sum: '2', min: '2', max: '2' },
          ...{ avg: '2', stddev: '0', quantile: '2', dearest: '2', cheapest: '2', named: '2' },
        }),
      ],
    });
    const lists = {
      groupby: '@kind',
      reduce: [
        { type: 'tolist', property, as: 'all' },
        { type: 'random_sample', property, size: 9, as: 'some' },
      ],
    } as const;
    const { rows } = await client.ft.aggregate('shop', 'cup', { steps: [lists] });
    const values = (Array.isArray(rows[0]) ? rows[0] : Object.entries(rows[0]!)) as [Expected, Expected | Expected[]][];
    assert.deepEqual(
      values.map(([name, value]) => [name, Array.isArray(value) ? sorted(value) : value]),
      [
        [text('kind'), text('cup')],
        [text('all'), texts('1', '3')],
        [text('some'), texts('1', '3', '3')],
      ],
    );
  },

  'aggregate: page by page': async ({ client, fields, int }) => {
    await fill(client);
    const steps = [{ sortby: '@price' }] as const;
    const options = { load: '@price', steps, withcursor: { count: 2, maxidle: 60_000 } } as const;
    const first = await client.ft.aggregate('shop', PRICED, options);
    const { cursor } = first;
    assert.match(cursor, /^[1-9]\d*$/);
    const total = int(3);
    assert.deepEqual(first, { total, rows: [fields({ price: '20.5' }), fields({ price: '30' })], cursor });
    const second = await client.ft.cursorRead('shop', cursor, { count: 1 });
    assert.deepEqual(second, { total, rows: [fields({ price: '99' })], cursor });
    assert.deepEqual(await client.ft.cursorRead('shop', cursor), { total, rows: [], cursor: '0' });
    await assert.rejects(client.ft.cursorRead('shop', cursor), isError('Cursor not found'));
    const other = await client.ft.aggregate('shop', PRICED, { ...options, withcursor: { count: 1 } });
    assert.equal(await client.ft.cursorDel('shop', other.cursor), 'OK');
    await assert.rejects(client.ft.cursorDel('shop', other.cursor), isError('Cursor does not exist'));
    const whole = await client.ft.aggregate('shop', 'pot', { load: '@price', withcursor: {} });
    assert.deepEqual(whole, { total: int(1), rows: [fields({ price: '20.5' })], cursor: '0' });
  },

  'queries explained, tags': async ({ client, texts }) => {
    await fill(client);
    const numbers = '  NUMERIC {10.000000 <= @price <= 30.000000}\n';
    assert.equal(
      await client.ft.explain('shop', 'Mill @price:[10 30]'),
      `INTERSECT {\n  UNION {\n    mill\n    +mill(expanded)\n  }\n${numbers}}\n`,
    );
    await assert.rejects(client.ft.explain('shop', '((('), isError('Syntax error'));
    assert.deepEqual(sorted(await client.ft.tagvals('shop', 'colour')), texts('black', 'red'));
    await assert.rejects(client.ft.tagvals('shop', 'title'), isError('Not a tag field'));
  },

  synonyms: async ({ client, texts, fields }) => {
    await fill(client);
    assert.deepEqual(await client.ft.syndump('shop'), fields({}));
    const group = Number(await client.executeCommand('FT.SYNADD', 'shop', 'mug', 'cup'));
    assert.equal(await client.ft.synupdate('shop', String(group), ['beaker', 'glass']), 'OK');
    const dump = await client.ft.syndump('shop');
    const pairs = (Array.isArray(dump) ? dump : Object.entries(dump)) as [Expected, Expected[]][];
    assert.deepEqual(
      sortedBy(pairs, ([term]) => term.toString()),
      texts('beaker', 'cup', 'glass', 'mug').map((term) => [term, texts('0')]),
    );
    await client.ft.add('shop', 'mug', { title: 'mug' });
    assert.deepEqual(await keys(client, 'beaker'), ['mug']);
    await assert.rejects(client.ft.synupdate('shop', 'name', 'word'), isError('id is not an integer'));
  },

  suggestions: async ({ client, text, texts, int }) => {
    assert.equal(await client.ft.sugadd('words', 'coffee', 1, { payload: 'drink' }), int(1));
    assert.equal(await client.ft.sugadd('words', 'cocoa', 2), int(2));
    assert.equal(await client.ft.suglen('words'), int(2));
    assert.deepEqual(await client.ft.sugget('words', 'co'), texts('cocoa', 'coffee'));
    assert.deepEqual(await client.ft.sugget('words', 'co', { max: 1 }), texts('cocoa'));
    assert.deepEqual(await client.ft.sugget('words', 'xoc'), []);
    assert.deepEqual(await client.ft.sugget('words', 'xoc', { fuzzy: true }), texts('cocoa'));
    assert.deepEqual(await client.ft.sugget('words', 'co', { withpayloads: true }), [
      { suggestion: text('cocoa'), payload: null },
      { suggestion: text('coffee'), payload: text('drink') },
    ]);
    const [cocoa, coffee] = await client.ft.sugget('words', 'co', { withscores: true });
    assert.deepEqual([cocoa!.suggestion, coffee!.suggestion], texts('cocoa', 'coffee'));
    assert.ok(cocoa!.score > coffee!.score && coffee!.score > 0);
    assert.equal(await client.ft.sugadd('words', 'coffee', 9, { incr: true }), int(2));
    const [best] = await client.ft.sugget('words', 'co', { withscores: true, withpayloads: true, max: 1 });
    assert.equal(typeof best!.score, 'number');
    assert.deepEqual(best!.suggestion, text('coffee'));
    assert.equal(await client.ft.sugdel('words', 'coffee'), true);
    assert.equal(await client.ft.sugdel('words', 'coffee'), false);
    assert.equal(await client.ft.suglen('nothing'), int(0));
    assert.deepEqual(await client.ft.sugget('nothing', 'co', { withscores: true }), []);
  },

  'what this version lacks': async ({ client }) => {
    for (const [name, call] of Object.entries(LACKING))
      await assert.rejects(call(client.ft), isError('unknown command'), name);
  },
};

/** Tells whether an error is the server's, and says so. */
function isError(words: string): (error: unknown) => boolean {
  return (error) => error instanceof ResponseError && error.message.includes(words);
}

const server = await ValkeyServer.start({
  version: '8.0',
  args: ['--loadmodule', await provisionModule('redisearch')],
});
after(() => server.stop());

const called: { readonly type: string; readonly calls: Call[] }[] = [];

for (const { protocol, encoding, integers } of WAYS) {
  const calls: Call[] = [];
  called.push({ type: `'${encoding}', '${integers}'`, calls });
  const text = (value: string): Expected => (encoding === 'utf8' ? value : Buffer.from(value));
  const valueOf = (value: string | null | readonly string[]): unknown =>
    typeof value === 'string' ? text(value) : (value?.map(text) ?? null);
  describe(`search commands on a module, RESP${protocol}, ${encoding}, ${integers}`, () => {
    let client: Client;
    beforeEach(async () => {
      client = recorded(new Valkey({ port: server.port, protocol, encoding, integers }), calls);
      await client.executeCommand('FLUSHALL');
    });
    afterEach(() => client.close());
    for (const [name, run] of Object.entries(tests)) {
      test(name, () =>
        run({
          client,
          text,
          texts: (...values) => values.map(text),
          fields: (fields) => {
            const pairs = Object.entries(fields).map(([name, value]) => [text(name), valueOf(value)]);
            return encoding === 'utf8' ? (Object.fromEntries(pairs) as object) : pairs;
          },
          int: (value) => (integers === 'number' ? value : BigInt(value)),
        }),
      );
    }
  });
}

describe('search commands on a module', () => {
  test('every method was called in every way, but for those it lacks', () => {
    const methods = Object.getOwnPropertyNames(SearchCommands.prototype).filter((name) => name !== 'constructor');
    for (const { calls } of called) {
      const names = new Set(calls.map(({ method }) => method));
      const missing = methods.filter((name) => !names.has(`ft.${name}`));
      assert.deepEqual(missing.sort(), Object.keys(LACKING).sort());
    }
  });

  test('every reply is what its type says', async () => {
    assert.equal(await wrongReplies(called), '');
  });
});
