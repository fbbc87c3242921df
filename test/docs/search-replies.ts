/**
 * What search modules say to the commands of the examples of `ft`. Those of RediSearch are what it says under RESP3; valkey-search says
 * the same under both protocols.
 */
import { double, map, OK, type Reply, set, simple } from '../server/commands/modules/resp.ts';
import type { Exchange } from './module-replies.ts';

/** Makes the index that most examples begin with. */
const TITLES: Exchange = ['FT.CREATE shop SCHEMA title TEXT', OK];
const PRICES: Exchange = ['FT.CREATE shop SCHEMA price NUMERIC', OK];
const FIRST: Exchange = ['FT.CREATE shop-1 SCHEMA title TEXT', OK];
const ALIAS: Exchange = ['FT.ALIASADD shop shop-1', OK];
const SYNONYMS: Exchange = ['FT.SYNUPDATE shop drinks coffee espresso', OK];
const COFFEE: Exchange = ['FT.SUGADD words coffee 1', 1];
const BRANDS: Exchange = ['FT.DICTADD brands acme globex', 2];
/** A cursor of valkey-search is longer than a number can hold. */
const CURSOR = 8481957688249417729n;
const FIRST_PAGE: Exchange = ['FT.AGGREGATE shop * WITHCURSOR COUNT 100', [[1, []], CURSOR]];

const DETAILS: readonly Reply[] = [
  ...[simple('index_name'), simple('shop'), simple('index_definition')],
  [...[simple('key_type'), simple('HASH'), simple('prefixes'), [simple('')]], ...[simple('default_score'), '1']],
  simple('attributes'),
  [
    [
      ...[simple('identifier'), simple('price'), simple('attribute'), simple('price')],
      ...[simple('type'), simple('NUMERIC'), simple('size'), '0'],
    ],
  ],
  ...[simple('num_docs'), 0, simple('num_records'), 0, simple('hash_indexing_failures'), '0'],
  ...[simple('backfill_in_progress'), '0', simple('backfill_complete_percent'), '1.000000'],
  ...[simple('mutation_queue_size'), '0', simple('recent_mutations_queue_delay'), '0 sec'],
  ...[simple('state'), simple('ready')],
];

/** How RediSearch looks for a word that no document has. */
const COURSE = map(
  [
    'Shards',
    [
      map(
        ['Total profile time', double('0.25')],
        ['Warning', 'None'],
        ['Iterators profile', map(['Type', 'EMPTY'], ['Counter', 0])],
        ['Result processors profile', [map(['Type', 'Index'], ['Counter', 0])]],
      ),
    ],
  ],
  ['Coordinator', map()],
);

export const searchReplies: Readonly<Record<string, readonly Exchange[]>> = {
  'ft.add': [[['FT.ADD', 'shop', 'product:1', '1', 'REPLACE', 'FIELDS', 'title', 'a coffee mill'], OK]],
  'ft.addhash': [['FT.ADDHASH shop product:1 1 REPLACE', OK]],
  'ft.aggregate': [
    PRICES,
    ['HSET product:1 price 5', 1],
    ['FT.AGGREGATE shop * GROUPBY 0 REDUCE COUNT 0 AS products', [1, [simple('products'), '1']]],
  ],
  'ft.aliasadd': [FIRST, ALIAS],
  'ft.aliasdel': [FIRST, ALIAS, ['FT.ALIASDEL shop', OK]],
  'ft.aliaslist': [FIRST, ALIAS, ['FT.ALIASLIST', [simple('shop'), simple('shop-1')]]],
  'ft.aliasupdate': [
    ['FT.CREATE shop-2 SCHEMA title TEXT', OK],
    ['FT.ALIASUPDATE shop shop-2', OK],
  ],
  'ft.alter': [TITLES, ['FT.ALTER shop SCHEMA ADD price NUMERIC SORTABLE', OK]],
  'ft.configGet': [['FT.CONFIG GET TIMEOUT', map(['TIMEOUT', '500'])]],
  'ft.configSet': [['FT.CONFIG SET TIMEOUT 1000', OK]],
  'ft.create': [
    [
      'FT.CREATE shop PREFIX 1 product: SCHEMA title TEXT price NUMERIC SORTABLE' +
        ' embedding VECTOR HNSW 6 TYPE FLOAT32 DIM 2 DISTANCE_METRIC L2',
      OK,
    ],
  ],
  'ft.cursorDel': [PRICES, FIRST_PAGE, [`FT.CURSOR DEL shop ${CURSOR}`, OK]],
  'ft.cursorRead': [
    PRICES,
    FIRST_PAGE,
    [`FT.CURSOR READ shop ${CURSOR}`, [[1, []], CURSOR]],
    [`FT.CURSOR READ shop ${CURSOR}`, [[0], 0]],
  ],
  'ft.del': [TITLES, ['FT.DEL shop product:1 DD', 0]],
  'ft.dictadd': [BRANDS],
  'ft.dictdel': [BRANDS, ['FT.DICTDEL brands acme', 1]],
  'ft.dictdump': [
    ['FT.DICTADD brands acme', 1],
    ['FT.DICTDUMP brands', set('acme')],
  ],
  'ft.dropindex': [PRICES, ['FT.DROPINDEX shop', OK]],
  'ft.explain': [
    TITLES,
    [
      ['FT.EXPLAIN', 'shop', 'coffee mill'],
      'INTERSECT {\n  coffee\n  UNION {\n    mill\n    +mill(expanded)\n  }\n}\n',
    ],
  ],
  'ft.explaincli': [
    TITLES,
    [
      ['FT.EXPLAINCLI', 'shop', 'coffee mill'],
      [simple('AND{'), simple('  TEXT-TERM("coffee", field=*)'), simple('  TEXT-TERM("mill", field=*)'), simple('}')],
    ],
  ],
  'ft.get': [TITLES, ['FT.GET shop product:1', null]],
  'ft.hybrid': [
    ['FT.CREATE shop SCHEMA title TEXT embedding VECTOR FLAT 6 TYPE FLOAT32 DIM 2 DISTANCE_METRIC L2', OK],
    [
      [
        ...'FT.HYBRID shop SEARCH coffee VSIM @embedding $like KNN 2 K 5'.split(' '),
        ...'COMBINE LINEAR 4 ALPHA 0.4 BETA 0.6 PARAMS 2 like'.split(' '),
        Buffer.from(Float32Array.of(0.1, 0.2).buffer),
      ],
      [1, [simple('__key'), 'product:1', simple('__score'), '0.5']],
    ],
  ],
  'ft.info': [PRICES, ['FT.INFO shop', DETAILS]],
  'ft.list': [PRICES, ['FT._LIST', [simple('shop')]]],
  'ft.mget': [TITLES, ['FT.MGET shop product:1 product:2', [null, null]]],
  'ft.profile': [
    TITLES,
    [
      'FT.PROFILE shop SEARCH LIMITED QUERY coffee',
      map(['Results', map(['total_results', 0], ['results', []])], ['Profile', COURSE]),
    ],
  ],
  'ft.search': [
    ['FT.CREATE shop SCHEMA title TEXT price NUMERIC', OK],
    [['HSET', 'product:1', 'title', 'a coffee mill', 'price', '30'], 2],
    ['FT.SEARCH shop coffee RETURN 1 price', [1, 'product:1', ['price', '30']]],
  ],
  'ft.spellcheck': [
    TITLES,
    ['HSET product:1 title coffee', 1],
    ['FT.SPELLCHECK shop cofee', map(['results', map(['cofee', [map(['coffee', double('1')])]])])],
  ],
  'ft.sugadd': [COFFEE, ['FT.SUGADD words coffee 2 INCR PAYLOAD drinks', 1]],
  'ft.sugdel': [COFFEE, ['FT.SUGDEL words coffee', 1]],
  'ft.sugget': [
    COFFEE,
    ['FT.SUGGET words co', ['coffee']],
    ['FT.SUGGET words xo FUZZY WITHPAYLOADS MAX 3', ['coffee', null]],
  ],
  'ft.suglen': [['FT.SUGLEN words', 0]],
  'ft.syndump': [TITLES, SYNONYMS, ['FT.SYNDUMP shop', map(['coffee', ['drinks']], ['espresso', ['drinks']])]],
  'ft.synupdate': [TITLES, ['FT.SYNUPDATE shop drinks SKIPINITIALSCAN coffee espresso', OK]],
  'ft.tagvals': [
    ['FT.CREATE shop SCHEMA colour TAG', OK],
    ['HSET product:1 colour red,blue', 1],
    ['FT.TAGVALS shop colour', set('blue', 'red')],
  ],
};
