/**
 * The replies of search modules, as they were recorded of valkey-search and of RediSearch under both protocols, given by a scripted server:
 * no module is at hand. Each must become the same value in every way.
 */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { Valkey } from '../../../../src/client/valkey.ts';
import { SearchCommands } from '../../../../src/commands/index.ts';
import { DataError } from '../../../../src/errors.ts';
import { Recording } from '../../../conformance/recording.ts';
import { GREETING, ScriptedServer } from '../../scripted-server.ts';
import { type Call, recorded } from '../recorder.ts';
import { wrongReplies } from '../reply-types.ts';

type Client = Valkey<'utf8' | 'buffer', 'number' | 'bigint'>;

/** A reply to be encoded: strings are bulk strings, numbers integers. */
type Reply = string | number | bigint | null | Buffer | Simple | Double | Named | Unordered | readonly Reply[];

class Simple {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}
class Double {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}
/** A map: flat under RESP2. */
class Named {
  readonly items: readonly Reply[];
  constructor(items: readonly Reply[]) {
    this.items = items;
  }
}
/** A set: an array under RESP2. */
class Unordered {
  readonly items: readonly Reply[];
  constructor(items: readonly Reply[]) {
    this.items = items;
  }
}
const simple = (text: string): Simple => new Simple(text);
const double = (text: string): Double => new Double(text);
const map = (...items: readonly Reply[]): Named => new Named(items);
const set = (...items: readonly Reply[]): Unordered => new Unordered(items);

/** The bytes of a reply, one character per byte. */
function encoded(reply: Reply, protocol: 2 | 3): string {
  if (reply === null) return protocol === 3 ? '_\r\n' : '$-1\r\n';
  if (typeof reply === 'number' || typeof reply === 'bigint') return `:${reply}\r\n`;
  if (reply instanceof Simple) return `+${reply.text}\r\n`;
  if (reply instanceof Double) return protocol === 3 ? `,${reply.text}\r\n` : encoded(reply.text, 2);
  if (typeof reply === 'string' || Buffer.isBuffer(reply)) {
    const bytes = Buffer.from(reply as string).toString('latin1');
    return `$${bytes.length}\r\n${bytes}\r\n`;
  }
  const items = reply instanceof Named || reply instanceof Unordered ? reply.items : reply;
  const body = items.map((item) => encoded(item, protocol)).join('');
  if (protocol === 3 && reply instanceof Named) return `%${items.length / 2}\r\n${body}`;
  return `${protocol === 3 && reply instanceof Unordered ? '~' : '*'}${items.length}\r\n${body}`;
}

const WAYS = [
  { protocol: 3, encoding: 'utf8', integers: 'number' },
  { protocol: 2, encoding: 'utf8', integers: 'number' },
  { protocol: 3, encoding: 'buffer', integers: 'bigint' },
  { protocol: 2, encoding: 'buffer', integers: 'bigint' },
] as const;

/** One way of asking, and of what is expected in it. */
interface Way {
  readonly client: Client;
  readonly protocol: 2 | 3;
  /** What the server answers next: one reply for both protocols, or one for each. */
  readonly answers: (resp2: Reply, resp3?: Reply) => void;
  readonly text: (value: string) => string | Buffer;
  readonly texts: (...values: string[]) => (string | Buffer)[];
  readonly fields: (fields: Readonly<Record<string, unknown>>) => object;
  readonly int: (value: number) => number | bigint;
}

const VECTOR = Buffer.from(Float32Array.of(1, -0.5).buffer);

const tests: Readonly<Record<string, (way: Way) => Promise<void>>> = {
  'search: documents and their fields': async ({ client, answers, text, fields, int }) => {
    const expected = {
      total: int(2),
      documents: [
        { id: text('doc2'), fields: fields({ f1: '3', __proto__x: 'ü' }) },
        { id: text('doc1'), fields: fields({ f1: '3' }) },
      ],
    };
    const flat = [2, 'doc2', ['f1', '3', '__proto__x', 'ü'], 'doc1', ['f1', '3']];
    answers(
      flat,
      map(
        ...[simple('attributes'), [], simple('warning'), [], simple('total_results'), 2, simple('format')],
        ...[simple('STRING'), simple('results')],
        [
          map(
            simple('id'),
            'doc2',
            simple('extra_attributes'),
            map('f1', '3', '__proto__x', 'ü'),
            simple('values'),
            [],
          ),
          map(simple('id'), 'doc1', simple('extra_attributes'), map('f1', '3'), simple('values'), []),
        ],
      ),
    );
    assert.deepEqual(await client.ft.search('idx', '*'), expected);
    // valkey-search has the one form for both protocols.
    answers(flat);
    assert.deepEqual(await client.ft.search('idx', '*'), expected);
    answers([0], map('total_results', 0, 'results', []));
    assert.deepEqual(await client.ft.search('idx', 'nothing'), { total: int(0), documents: [] });
    answers([7], map('total_results', 7, 'results', []));
    assert.deepEqual(await client.ft.search('idx', '*', { limit: { offset: 0, count: 0 } }), {
      total: int(7),
      documents: [],
    });
  },

  'search: a field of any name': async ({ client, answers, text }) => {
    answers(
      [1, 'doc', ['__proto__', 'x']],
      map('total_results', 1, 'results', [map('id', 'doc', 'extra_attributes', map('__proto__', 'x'))]),
    );
    const { documents } = await client.ft.search('idx', '*');
    const fields: unknown = documents[0]!.fields;
    if (!Array.isArray(fields)) assert.deepEqual(Object.entries(fields as object), [['__proto__', 'x']]);
    else assert.deepEqual(fields, [[text('__proto__'), text('x')]]);
  },

  'search: keys alone, or without fields': async ({ client, answers, text, fields, int }) => {
    const flat = [2, '1', '2'];
    const named = map('total_results', 2, 'results', [map('id', '1', 'values', []), map('id', '2', 'values', [])]);
    answers(flat, named);
    assert.deepEqual(await client.ft.search('idx', '*', { nocontent: true }), {
      total: int(2),
      documents: [{ id: text('1') }, { id: text('2') }],
    });
    for (const options of [{ return: [] }, { return: [], nocontent: false } as const]) {
      answers(flat, named);
      assert.deepEqual(await client.ft.search('idx', '*', options), {
        total: int(2),
        documents: [
          { id: text('1'), fields: fields({}) },
          { id: text('2'), fields: fields({}) },
        ],
      });
    }
    answers(
      [1, '1', double('0.5')],
      map('total_results', 1, 'results', [map('id', '1', 'score', double('0.5'), 'values', [])]),
    );
    assert.deepEqual(await client.ft.search('idx', '*', { nocontent: true, withscores: true }), {
      total: int(1),
      documents: [{ id: text('1'), score: 0.5 }],
    });
  },

  'search: scores, payloads and sort keys': async ({ client, answers, text, fields, int }) => {
    answers(
      [2, 'doc1', '0.5', null, '$3', ['f2', '3'], 'doc2', 'inf', 'paid', '#2', ['f2', '2']],
      map('total_results', 2, 'results', [
        map('id', 'doc1', 'score', double('0.5'), 'payload', null, 'sortkey', '$3', 'extra_attributes', map('f2', '3')),
        map(
          'id',
          'doc2',
          'score',
          double('inf'),
          'payload',
          'paid',
          'sortkey',
          '#2',
          'extra_attributes',
          map('f2', '2'),
        ),
      ]),
    );
    const all = {
      withscores: true,
      withpayloads: true,
      withsortkeys: true,
      sortby: { by: 'f2', order: 'desc' },
    } as const;
    assert.deepEqual(await client.ft.search('idx', '*', all), {
      total: int(2),
      documents: [
        { id: text('doc1'), score: 0.5, payload: null, sortkey: text('$3'), fields: fields({ f2: '3' }) },
        { id: text('doc2'), score: Infinity, payload: text('paid'), sortkey: text('#2'), fields: fields({ f2: '2' }) },
      ],
    });
    // valkey-search: a score without a payload, in the same form under both protocols.
    answers([1, 'doc1', '1.5', null, ['f2', '3']]);
    assert.deepEqual(await client.ft.search('idx', 'x', { withscores: true, withsortkeys: true }), {
      total: int(1),
      documents: [{ id: text('doc1'), score: 1.5, sortkey: null, fields: fields({ f2: '3' }) }],
    });
    answers(
      [1, 'doc1', 'paid', ['f2', '3']],
      map('total_results', 1, 'results', [map('id', 'doc1', 'payload', 'paid', 'extra_attributes', map('f2', '3'))]),
    );
    assert.deepEqual(await client.ft.search('idx', 'x', { withpayloads: true }), {
      total: int(1),
      documents: [{ id: text('doc1'), payload: text('paid'), fields: fields({ f2: '3' }) }],
    });
  },

  'search: how scores came about': async ({ client, answers, text, fields, int }) => {
    const explained: Reply = [simple('Final TFIDF : 1.00'), [simple('(TFIDF 1.00)'), [simple('(sum)'), [simple('x')]]]];
    answers(
      [2, 'a', [double('1'), explained], ['t', 'x'], 'b', ['0.5', simple('plain')], ['t', 'x']],
      map('total_results', 2, 'results', [
        map('id', 'a', 'score', [double('1'), explained], 'extra_attributes', map('t', 'x')),
        map('id', 'b', 'score', [double('0.5'), simple('plain')], 'extra_attributes', map('t', 'x')),
      ]),
    );
    const details = [
      { text: '(TFIDF 1.00)', details: [] },
      { text: '(sum)', details: [{ text: 'x', details: [] }] },
    ];
    assert.deepEqual(await client.ft.search('idx', 'x', { withscores: true, explainscore: true }), {
      total: int(2),
      documents: [
        { id: text('a'), score: 1, explanation: { text: 'Final TFIDF : 1.00', details }, fields: fields({ t: 'x' }) },
        { id: text('b'), score: 0.5, explanation: { text: 'plain', details: [] }, fields: fields({ t: 'x' }) },
      ],
    });
  },

  'search: documents that went away, values that are none': async ({ client, answers, text, fields, int }) => {
    answers(
      [2, 'gone', null, 'doc', ['a', null, 'b', '']],
      map('total_results', 2, 'results', [
        map('id', 'gone', 'extra_attributes', null, 'values', []),
        map('id', 'doc', 'extra_attributes', map('a', null, 'b', ''), 'values', []),
      ]),
    );
    assert.deepEqual(await client.ft.search('idx', '*'), {
      total: int(2),
      documents: [
        { id: text('gone'), fields: fields({}) },
        { id: text('doc'), fields: fields({ b: '' }) },
      ],
    });
  },

  'search: vectors and JSON documents': async ({ client, answers, text, fields, int }) => {
    const json = '{"price":5,"tags":["a"]}';
    const distance = '__v_score';
    answers(
      [1, 'doc', [distance, '6.70958423615', '$', json]],
      map('total_results', 1, 'results', [
        map('id', 'doc', 'extra_attributes', map(distance, double('6.70958423615'), '$', json)),
      ]),
    );
    const query = '*=>[KNN 2 @v $like]';
    assert.deepEqual(await client.ft.search('idx', query, { params: { like: VECTOR }, dialect: 2 }), {
      total: int(1),
      documents: [{ id: text('doc'), fields: fields({ [distance]: '6.70958423615', $: json }) }],
    });
    // The bytes of vectors are whole where bytes are asked for.
    const binary = client.withOptions({ encoding: 'buffer' });
    answers(
      [1, Buffer.from([0xff, 0]), ['v', VECTOR]],
      map('total_results', 1, 'results', [map('id', Buffer.from([0xff, 0]), 'extra_attributes', map('v', VECTOR))]),
    );
    const { documents } = await binary.ft.search('idx', '*');
    assert.deepEqual(documents, [{ id: Buffer.from([0xff, 0]), fields: [[Buffer.from('v'), VECTOR]] }]);
  },

  'search: warnings': async ({ client, answers, text, protocol }) => {
    const warning = simple('Max prefix expansions limit was reached');
    answers(
      [1, 'a', []],
      map('total_results', 1, 'warning', [warning], 'results', [map('id', 'a', 'extra_attributes', map())]),
    );
    const reply = await client.ft.search('idx', 'a*');
    assert.deepEqual(
      reply.documents.map(({ id }) => id),
      [text('a')],
    );
    assert.deepEqual(reply.warnings, protocol === 3 ? ['Max prefix expansions limit was reached'] : undefined);
  },

  'search: page by page': async ({ client, answers, text, fields, int }) => {
    answers([
      3,
      [
        ['a', ['n', '1']],
        ['b', ['n', '2']],
      ],
      77,
    ]);
    const first = await client.ft.search('idx', '*', { withcursor: { count: 2 } });
    assert.deepEqual(first, {
      total: int(3),
      documents: [
        { id: text('a'), fields: fields({ n: '1' }) },
        { id: text('b'), fields: fields({ n: '2' }) },
      ],
      cursor: '77',
    });
    answers([[1, ['c', ['n', '3']]], 0]);
    assert.deepEqual(await client.ft.cursorRead('idx', first.cursor, { documents: {} }), {
      total: int(1),
      documents: [{ id: text('c'), fields: fields({ n: '3' }) }],
      cursor: '0',
    });
    answers([3, [['a', '1.5', '#1']], 77]);
    const options = { nocontent: true, withscores: true, withsortkeys: true } as const;
    assert.deepEqual(await client.ft.search('idx', '*', { ...options, withcursor: {} }), {
      total: int(3),
      documents: [{ id: text('a'), score: 1.5, sortkey: text('#1') }],
      cursor: '77',
    });
    answers([[1, ['b', '0.5', null]], 77]);
    assert.deepEqual(await client.ft.cursorRead('idx', '77', { count: 1, documents: options }), {
      total: int(1),
      documents: [{ id: text('b'), score: 0.5, sortkey: null }],
      cursor: '77',
    });
  },

  'aggregate: records': async ({ client, answers, fields, int }) => {
    answers(
      [1, ['sum', '3', 'avg', '1.5']],
      map(
        ...['attributes', [], 'format', 'STRING', 'results'],
        [map('extra_attributes', map('sum', '3', 'avg', double('1.5')), 'values', [])],
        ...['total_results', 1, 'warning', []],
      ),
    );
    const groupby = { groupby: [], reduce: { type: 'sum', property: '@field', as: 'sum' } } as const;
    assert.deepEqual(await client.ft.aggregate('idx', '*', { steps: [groupby] }), {
      total: int(1),
      rows: [fields({ sum: '3', avg: '1.5' })],
    });
    // valkey-search: names are simple strings, numbers are text.
    answers([2, [simple('price'), '10'], [simple('price'), '20', simple('name'), 'ü']]);
    assert.deepEqual(await client.ft.aggregate('idx', '*', { load: ['@price', '@name'] }), {
      total: int(2),
      rows: [fields({ price: '10' }), fields({ price: '20', name: 'ü' })],
    });
    answers([0], map('results', [], 'total_results', 0));
    assert.deepEqual(await client.ft.aggregate('idx', '*'), { total: int(0), rows: [] });
    answers([2, [], []], map('results', [map('extra_attributes', map()), map('values', [])], 'total_results', 2));
    const { rows } = await client.ft.aggregate('idx', '*');
    assert.equal(rows.length, 2);
    assert.deepEqual(rows[0], fields({}));
  },

  'aggregate: values of all kinds': async ({ client, answers, text, texts, fields, int }) => {
    const best: Reply = [map('n', double('1'), 'm', 'x'), map('n', double('2'))];
    answers(
      [1, ['none', null, 'list', ['a', ['b', null]], 'best', best, 'inf', '-inf', 'nan', 'nan']],
      map('total_results', 1, 'results', [
        map(
          'extra_attributes',
          map('none', null, 'list', ['a', ['b', null]], 'best', best, 'inf', double('-inf'), 'nan', double('nan')),
        ),
      ]),
    );
    const values = {
      none: null,
      list: [text('a'), [text('b'), null]],
      best: [texts('n', '1', 'm', 'x'), texts('n', '2')],
      inf: text('-inf'),
      nan: text('nan'),
    };
    assert.deepEqual(await client.ft.aggregate('idx', '*', { load: '*' }), { total: int(1), rows: [fields(values)] });
  },

  'aggregate: page by page': async ({ client, answers, fields, int }) => {
    answers(
      [[1, ['n', '1']], 1234],
      [map('total_results', 1, 'results', [map('extra_attributes', map('n', '1'))]), 1234],
    );
    const first = await client.ft.aggregate('idx', '*', { withcursor: { count: 1 } });
    assert.deepEqual(first, { total: int(1), rows: [fields({ n: '1' })], cursor: '1234' });
    answers([[0], 0], [map('total_results', 0, 'results', [], 'warning', []), 0]);
    assert.deepEqual(await client.ft.cursorRead('idx', first.cursor, { count: 5 }), {
      total: int(0),
      rows: [],
      cursor: '0',
    });
    answers(simple('OK'));
    assert.equal(await client.ft.cursorDel('idx', first.cursor), 'OK');
    // Cursors of valkey-search are longer than a number can hold.
    answers([[1, ['n', '1']], 8481957688249417729n]);
    const { cursor } = await client.ft.aggregate('idx', '*', { withcursor: {} });
    assert.equal(cursor, '8481957688249417729');
  },

  'hybrid: records': async ({ client, answers, text, fields, int }) => {
    const options = {
      search: { query: 'coffee' },
      vsim: { field: '@v', vector: '$v' },
      params: { v: VECTOR },
    };
    answers([1, [simple('__key'), 'doc', simple('__score'), '0.5']]);
    const expected = { total: int(1), rows: [fields({ __key: 'doc', __score: '0.5' })] };
    assert.deepEqual(await client.ft.hybrid('idx', options), expected);
    const found = map('__key', 'doc', '__score', double('0.5'));
    answers(map('total_results', 1, 'results', [found], 'warnings', [], 'execution_time', double('1.5')));
    assert.deepEqual(await client.ft.hybrid('idx', options), expected);
    answers([[1, [simple('__key'), 'doc']], 5]);
    const page = await client.ft.hybrid('idx', { ...options, withcursor: { count: 1 } });
    assert.deepEqual(page, { total: int(1), rows: [fields({ __key: text('doc').toString() })], cursor: '5' });
  },
};

const more: Readonly<Record<string, (way: Way) => Promise<void>>> = {
  'info of RediSearch': async ({ client, answers }) => {
    const definition = map(
      ...[
        'key_type',
        'HASH',
        'prefixes',
        ['doc', '1'],
        'filter',
        '7',
        'default_score',
        double('1'),
        'indexes_all',
        'false',
      ],
    );
    const errors = map('indexing failures', 0, 'last indexing error', 'N/A', 'last indexing error key', '5');
    const rest: Reply[] = [
      ...['num_docs', 3, 'max_doc_id', 3, 'num_records', '4', 'inverted_sz_mb', double('0.25')],
      ...['bytes_per_record_avg', double('nan'), 'percent_indexed', double('1'), 'indexing', 0],
      ...['gc_stats', map('bytes_collected', double('0'), 'average_cycle_time_ms', double('nan'))],
      ...['cursor_stats', map('index_total', 0), 'dialect_stats', map('dialect_1', 0), 'Index Errors', errors],
      ...['field statistics', [map('identifier', '1', 'attribute', 'f1', 'Index Errors', errors)]],
      ...['stopwords_list', ['a', '1'], 'something new', ['x', 2, [double('0.5')]]],
    ];
    answers(
      [
        ...['index_name', '1', 'index_options', ['NOFREQS'], 'index_definition', definition, 'attributes'],
        [
          ['identifier', 'f1', 'attribute', '1', 'type', 'TEXT', 'WEIGHT', '2.5', 'SORTABLE', 'UNF', 'NOSTEM'],
          ['identifier', 't', 'attribute', 't', 'type', 'TAG', 'SEPARATOR', '7', 'CASESENSITIVE', 'SORTABLE'],
        ],
        ...rest,
      ],
      map(
        ...['index_name', '1', 'index_options', ['NOFREQS'], 'index_definition', definition, 'attributes'],
        [
          map(...['identifier', 'f1', 'attribute', '1', 'type', 'TEXT'], 'WEIGHT', double('2.5'), 'flags', [
            ...['SORTABLE', 'UNF', 'NOSTEM'],
          ]),
          map(...['identifier', 't', 'attribute', 't', 'type', 'TAG', 'SEPARATOR', '7'], 'flags', [
            'CASESENSITIVE',
            'SORTABLE',
          ]),
        ],
        ...rest,
      ),
    );
    const indexErrors = { indexingFailures: 0, lastIndexingError: 'N/A', lastIndexingErrorKey: '5' };
    assert.deepEqual(await client.ft.info('1'), {
      indexName: '1',
      indexOptions: ['NOFREQS'],
      indexDefinition: { keyType: 'HASH', prefixes: ['doc', '1'], filter: '7', defaultScore: 1, indexesAll: 'false' },
      attributes: [
        { flags: ['SORTABLE', 'UNF', 'NOSTEM'], identifier: 'f1', attribute: '1', type: 'TEXT', weight: 2.5 },
        { flags: ['CASESENSITIVE', 'SORTABLE'], identifier: 't', attribute: 't', type: 'TAG', separator: '7' },
      ],
      numDocs: 3,
      maxDocId: 3,
      numRecords: 4,
      invertedSzMb: 0.25,
      bytesPerRecordAvg: NaN,
      percentIndexed: 1,
      indexing: 0,
      gcStats: { bytesCollected: 0, averageCycleTimeMs: NaN },
      cursorStats: { indexTotal: 0 },
      dialectStats: { dialect1: 0 },
      indexErrors,
      fieldStatistics: [{ identifier: '1', attribute: 'f1', indexErrors }],
      stopwordsList: ['a', '1'],
      somethingNew: ['x', 2, [0.5]],
    });
  },

  'info of valkey-search': async ({ client, answers }) => {
    const algorithm = [simple('name'), simple('HNSW'), simple('m'), 16, simple('ef_construction'), 200];
    const vectors = [
      ...[simple('capacity'), 10240, simple('dimensions'), 3, simple('distance_metric'), simple('COSINE')],
      ...[simple('size'), '2', simple('data_type'), simple('FLOAT32'), simple('algorithm'), algorithm],
    ];
    const named = (...words: string[]): Reply[] => words.map(simple);
    answers([
      ...named('index_name', 'idx', 'index_definition'),
      [...named('key_type', 'HASH', 'prefixes'), [simple('p:')], simple('default_score'), '1'],
      simple('attributes'),
      [
        [...named('identifier', 'v', 'attribute', 'v', 'type', 'VECTOR', 'index'), vectors],
        [
          ...named('identifier', 't', 'attribute', 't', 'type', 'TAG', 'SEPARATOR'),
          ',',
          simple('CASESENSITIVE'),
          '0',
          simple('SIZE'),
          '4',
        ],
        [
          ...named('identifier', 'x', 'attribute', 'x', 'type', 'TEXT', 'WITH_SUFFIX_TRIE'),
          '1',
          simple('NO_STEM'),
          0,
          ...named('SORTABLE'),
        ],
      ],
      ...[simple('num_docs'), 2, simple('hash_indexing_failures'), '0', simple('backfill_in_progress'), '0'],
      ...[simple('backfill_complete_percent'), '1.000000', simple('mutation_queue_size'), '0'],
      ...[simple('recent_mutations_queue_delay'), '0 sec', simple('state'), simple('ready')],
      ...[simple('punctuation'), simple(',.1'), simple('stop_words'), [simple('a')], simple('min_stem_size'), 4],
    ]);
    assert.deepEqual(await client.ft.info('idx', { scope: 'local' }), {
      indexName: 'idx',
      indexDefinition: { keyType: 'HASH', prefixes: ['p:'], defaultScore: 1 },
      attributes: [
        {
          flags: [],
          identifier: 'v',
          attribute: 'v',
          type: 'VECTOR',
          index: {
            capacity: 10240,
            dimensions: 3,
            distanceMetric: 'COSINE',
            size: 2,
            dataType: 'FLOAT32',
            algorithm: { name: 'HNSW', m: 16, efConstruction: 200 },
          },
        },
        { flags: [], identifier: 't', attribute: 't', type: 'TAG', separator: ',', casesensitive: 0, size: 4 },
        { flags: ['SORTABLE'], identifier: 'x', attribute: 'x', type: 'TEXT', withSuffixTrie: 1, noStem: 0 },
      ],
      numDocs: 2,
      hashIndexingFailures: 0,
      backfillInProgress: 0,
      backfillCompletePercent: 1,
      mutationQueueSize: 0,
      recentMutationsQueueDelay: '0 sec',
      state: 'ready',
      punctuation: ',.1',
      stopWords: ['a'],
      minStemSize: 4,
    });
    answers(named('mode', 'primary', 'index_name', 'idx', 'num_docs', '5'));
    assert.deepEqual(await client.ft.info('idx', { scope: 'primary', someshards: true }), {
      mode: 'primary',
      indexName: 'idx',
      numDocs: 5,
    });
  },

  'profile, as today': async ({ client, answers, text, int }) => {
    const union = map(
      ...['Type', 'UNION', 'Query type', 'UNION', 'Time', double('0.5'), 'Counter', 2, 'Child iterators'],
      [
        map(...['Type', 'TEXT', 'Term', '1'], 'Time', double('0.25'), 'Counter', 1, 'Size', 1),
        map('Type', 'NOT', 'Counter', 1, 'Child iterator', map('Type', 'TEXT', 'Term', 'b', 'Counter', 1)),
      ],
    );
    const steps = [map('Type', 'Index', 'Counter', 2), map('Type', 'Sorter', 'Time', double('0.125'), 'Counter', 2)];
    const shard = map(
      ...['Total profile time', double('1.5'), 'Warning', 'None', 'Iterators profile', union],
      ...['Result processors profile', steps],
    );
    const profile = map('Shards', [shard, shard], 'Coordinator', map('Total Coordinator time', double('2')));
    answers(
      [[1, 'a'], profile],
      map('Results', map('total_results', 1, 'results', [map('id', 'a', 'values', [])]), 'Profile', profile),
    );
    const expected = {
      totalProfileTime: 1.5,
      warning: null,
      iteratorsProfile: {
        type: 'UNION',
        queryType: 'UNION',
        time: 0.5,
        counter: 2,
        childIterators: [
          { type: 'TEXT', term: '1', time: 0.25, counter: 1, size: 1 },
          { type: 'NOT', counter: 1, childIterator: { type: 'TEXT', term: 'b', counter: 1 } },
        ],
      },
      resultProcessorsProfile: [
        { type: 'Index', counter: 2 },
        { type: 'Sorter', time: 0.125, counter: 2 },
      ],
    };
    assert.deepEqual(await client.ft.profile('idx', 'search', 'a', { nocontent: true }), {
      results: { total: int(1), documents: [{ id: text('a') }] },
      profile: { shards: [expected, expected], coordinator: { totalCoordinatorTime: 2 } },
    });
  },

  'profile of older versions': async ({ client, answers, fields, int }) => {
    const text = map('Type', 'TEXT', 'Term', 'hello', 'Counter', 1, 'Size', 1);
    const index = map('Type', 'Index', 'Counter', 1);
    answers(
      [
        [1, ['t', 'hello']],
        [
          ['Total profile time', '0.5'],
          ['Parsing time'],
          ['Warning'],
          ['Iterators profile', ['Type', 'INTERSECT', 'Counter', 1, 'Child iterators', text, text]],
          ['Result processors profile', index],
        ],
      ],
      map(
        ...['attributes', [], 'results', [map('extra_attributes', map('t', 'hello'))], 'total_results', 1],
        'profile',
        map(
          ...['Total profile time', double('0.5'), 'Warning', 'None', 'Iterators profile'],
          [map('Type', 'INTERSECT', 'Counter', 1, 'Child iterators', [text, text])],
          ...['Result processors profile', [index]],
        ),
      ),
    );
    const child = { type: 'TEXT', term: 'hello', counter: 1, size: 1 };
    const { results, profile } = await client.ft.profile('idx', 'aggregate', 'hello', { load: '@t' });
    assert.deepEqual(results, { total: int(1), rows: [fields({ t: 'hello' })] });
    assert.deepEqual(profile, {
      shards: [
        {
          totalProfileTime: 0.5,
          warning: null,
          iteratorsProfile: { type: 'INTERSECT', counter: 1, childIterators: [child, child] },
          resultProcessorsProfile: [{ type: 'Index', counter: 1 }],
        },
      ],
      coordinator: {},
    });
    const limited = map('Type', 'UNION', 'Counter', 3, 'Child iterators', 'The number of iterators in the union is 3');
    const pairs = [
      ['Iterators profile', limited],
      ['Result processors profile', index, index],
    ];
    answers(
      [[0], map('Shards', [pairs], 'Coordinator', [])],
      map(
        'Results',
        map('total_results', 0, 'results', []),
        'Profile',
        map(
          'Shards',
          [map('Iterators profile', limited, 'Result processors profile', [index, index])],
          'Coordinator',
          map(),
        ),
      ),
    );
    const { profile: short } = await client.ft.profile('idx', 'search', 'hello', { limited: true });
    assert.deepEqual(short.shards, [
      {
        iteratorsProfile: { type: 'UNION', counter: 3, childIterators: 'The number of iterators in the union is 3' },
        resultProcessorsProfile: [
          { type: 'Index', counter: 1 },
          { type: 'Index', counter: 1 },
        ],
      },
    ]);
  },

  'spelling, synonyms, dictionaries': async ({ client, answers, text, texts, fields, int }) => {
    answers(
      [
        [
          simple('TERM'),
          'tooni',
          [
            [double('0.5'), 'toonie'],
            ['0', 'Toonif'],
          ],
        ],
        [simple('TERM'), 'xyz', []],
      ],
      map('results', map('tooni', [map('toonie', double('0.5')), map('Toonif', double('0'))], 'xyz', [])),
    );
    assert.deepEqual(await client.ft.spellcheck('idx', 'tooni xyz', { include: 'words' }), [
      {
        term: text('tooni'),
        suggestions: [
          { suggestion: text('toonie'), score: 0.5 },
          { suggestion: text('Toonif'), score: 0 },
        ],
      },
      { term: text('xyz'), suggestions: [] },
    ]);
    answers([], map('results', map()));
    assert.deepEqual(await client.ft.spellcheck('idx', 'right'), []);
    answers(map('boy', ['id1'], 'child', ['id1', 'id2']));
    assert.deepEqual(await client.ft.syndump('idx'), fields({ boy: texts('id1'), child: texts('id1', 'id2') }));
    answers(map());
    assert.deepEqual(await client.ft.syndump('idx'), fields({}));
    answers(simple('OK'));
    assert.equal(await client.ft.synupdate('idx', 'id1', ['boy', 'child']), 'OK');
    answers(2);
    assert.equal(await client.ft.dictadd('words', ['a', 'b']), int(2));
    answers(1);
    assert.equal(await client.ft.dictdel('words', 'a'), int(1));
    answers(['b'], set('b'));
    assert.deepEqual(await client.ft.dictdump('words'), texts('b'));
    answers(['red', 'blue'], set('red', 'blue'));
    assert.deepEqual(await client.ft.tagvals('idx', 'colour'), texts('red', 'blue'));
  },

  suggestions: async ({ client, answers, text, texts, int }) => {
    answers(1);
    assert.equal(await client.ft.sugadd('s', 'coffee', 1), int(1));
    answers(1);
    assert.equal(await client.ft.suglen('s'), int(1));
    answers(['coffee', 'cocoa']);
    assert.deepEqual(await client.ft.sugget('s', 'co'), texts('coffee', 'cocoa'));
    answers(['coffee', double('0.5'), 'cocoa', double('0.25')]);
    assert.deepEqual(await client.ft.sugget('s', 'co', { withscores: true }), [
      { suggestion: text('coffee'), score: 0.5 },
      { suggestion: text('cocoa'), score: 0.25 },
    ]);
    answers(['coffee', 'drink', 'cocoa', null]);
    assert.deepEqual(await client.ft.sugget('s', 'co', { withpayloads: true }), [
      { suggestion: text('coffee'), payload: text('drink') },
      { suggestion: text('cocoa'), payload: null },
    ]);
    answers(['coffee', double('0.5'), 'drink']);
    assert.deepEqual(await client.ft.sugget('s', 'co', { withscores: true, withpayloads: true }), [
      { suggestion: text('coffee'), score: 0.5, payload: text('drink') },
    ]);
    answers([]);
    assert.deepEqual(await client.ft.sugget('nothing', 'co', { withscores: true }), []);
    answers(null);
    assert.deepEqual(await client.ft.sugget('nothing', 'co'), []);
    answers(1);
    assert.equal(await client.ft.sugdel('s', 'coffee'), true);
    answers(0);
    assert.equal(await client.ft.sugdel('s', 'coffee'), false);
  },

  'indexes, aliases and settings': async ({ client, answers }) => {
    for (const call of [
      () => client.ft.create('idx', { title: 'text' }),
      () => client.ft.alter('idx', { price: 'numeric' }),
      () => client.ft.aliasadd('a', 'idx'),
      () => client.ft.aliasupdate('a', 'idx'),
      () => client.ft.aliasdel('a'),
      () => client.ft.dropindex('idx'),
      () => client.ft.configSet('TIMEOUT', 500),
    ]) {
      answers(simple('OK'));
      assert.equal(await call(), 'OK');
    }
    answers([simple('a'), simple('idx')]);
    assert.deepEqual(await client.ft.aliaslist(), { a: 'idx' });
    answers(['a', 'b']);
    assert.deepEqual(await client.ft.aliaslist('idx'), ['a', 'b']);
    answers([simple('idx'), 'other'], set(simple('idx'), 'other'));
    assert.deepEqual(await client.ft.list(), ['idx', 'other']);
    answers(
      [
        ['TIMEOUT', '500'],
        ['EXTLOAD', null],
      ],
      map('TIMEOUT', '500', 'EXTLOAD', null),
    );
    assert.deepEqual(await client.ft.configGet('*'), { TIMEOUT: '500', EXTLOAD: null });
    answers([], map());
    assert.deepEqual(await client.ft.configGet('nothing'), {});
    answers('<WILDCARD>\n');
    assert.equal(await client.ft.explain('idx', '*'), '<WILDCARD>\n');
    answers([simple('UNION {'), simple('}')]);
    assert.deepEqual(await client.ft.explaincli('idx', 'a|b'), ['UNION {', '}']);
  },

  'documents of old versions': async ({ client, answers, fields }) => {
    answers(simple('OK'));
    assert.equal(await client.ft.add('idx', 'doc', { title: 'x' }), 'OK');
    answers(simple('OK'));
    assert.equal(await client.ft.addhash('idx', 'doc'), 'OK');
    answers(['title', 'x'], map('title', 'x'));
    assert.deepEqual(await client.ft.get('idx', 'doc'), fields({ title: 'x' }));
    answers(null);
    assert.equal(await client.ft.get('idx', 'nothing'), null);
    answers([['title', 'x'], null], [map('title', 'x'), null]);
    assert.deepEqual(await client.ft.mget('idx', ['doc', 'nothing']), [fields({ title: 'x' }), null]);
    answers(1);
    assert.equal(await client.ft.del('idx', 'doc'), true);
  },
};

const called: { readonly type: string; readonly calls: Call[] }[] = [];

for (const { protocol, encoding, integers } of WAYS) {
  const calls: Call[] = [];
  called.push({ type: `'${encoding}', '${integers}'`, calls });
  const replies: string[] = [];
  const server = await ScriptedServer.start((words) => {
    if (words[0] === 'HELLO') return GREETING;
    return words[0]!.startsWith('FT.') ? replies.shift() : '+OK\r\n';
  });
  const client = new Valkey({ port: server.port, protocol, encoding, integers });
  after(async () => {
    await client.close();
    await server[Symbol.asyncDispose]();
  });
  const text = (value: string): string | Buffer => (encoding === 'utf8' ? value : Buffer.from(value));
  const way: Way = {
    client: recorded(client, calls),
    protocol,
    answers: (resp2, resp3 = resp2) => void replies.push(encoded(protocol === 3 ? resp3 : resp2, protocol)),
    text,
    texts: (...values) => values.map(text),
    fields: (fields) => {
      const entries = Object.entries(fields).map(([name, value]) => [
        text(name),
        typeof value === 'string' ? text(value) : value,
      ]);
      return encoding === 'utf8' ? (Object.fromEntries(entries) as object) : entries;
    },
    int: (value) => (integers === 'number' ? value : BigInt(value)),
  };
  describe(`search commands, RESP${protocol}, ${encoding}, ${integers}`, () => {
    for (const [name, run] of Object.entries({ ...tests, ...more })) test(name, () => run(way));
  });
}

describe('search commands', () => {
  test('every method was called in every way', () => {
    const methods = Object.getOwnPropertyNames(SearchCommands.prototype).filter((name) => name !== 'constructor');
    for (const { calls } of called) {
      const names = new Set(calls.map(({ method }) => method));
      assert.deepEqual(
        methods.filter((name) => !names.has(`ft.${name}`)),
        [],
      );
    }
  });

  test('every reply is what its type says', async () => {
    assert.equal(await wrongReplies(called), '');
  });

  test('integers are taken as they come', () => {
    const { decode } = new Recording().ft.aggregate('idx', '*', { withcursor: {} });
    const reply = [[1n, ['n', '1']], 8481957688249417729n];
    assert.deepEqual(decode?.(reply, { encoding: 'utf8', integers: 'number' }), {
      total: 1,
      rows: [{ n: '1' }],
      cursor: '8481957688249417729',
    });
  });

  test('wrong calls are refused before anything is sent', () => {
    const { ft } = new Valkey({ port: 1 });
    const wrong: [() => unknown, RegExp][] = [
      [() => ft.create('i', {}), /at least one field/],
      [() => ft.create('i', { a: 'word' as never }), /one of the types text, tag/],
      [() => ft.create('i', { a: { type: 'text', unf: true } }), /unf only with sortable/],
      [() => ft.create('i', { a: 'text' }, { stopwords: 'a', nostopwords: true } as never), /only one of stopwords/],
      [() => ft.create('i', { a: 'text' }, { withoffsets: true, nooffsets: true } as never), /only one of withoffsets/],
      [() => ft.create('i', { a: 'text' }, null as never), /an object as its options/],
      [() => ft.search('i', 'q', { allshards: true, someshards: true } as never), /only one of allshards/],
      [() => ft.search('i', 'q', { inkeys: [] }), /at least one key/],
      [() => ft.aggregate('i', 'q', { steps: [{ groupby: '@a', sortby: '@b' } as never] }), /exactly one of load/],
      [() => ft.aggregate('i', 'q', { load: [] }), /at least one field to load/],
      [() => ft.aggregate('i', 'q', { steps: [{ sortby: [] }] }), /at least one property to sort by/],
      [() => ft.profile('i', 'search', 'q', { withcursor: {} } as never), /no cursor/],
      [() => ft.profile('i', 'other' as never, 'q'), /search or aggregate/],
      [() => ft.dictadd('d', []), /at least one term/],
      [() => ft.search('i', null as never), /argument 2 is null/],
    ];
    for (const [call, message] of wrong) assert.throws(call, { name: DataError.name, message });
  });
});
