import assert from 'node:assert/strict';
import { ResponseError } from '../../../../src/errors.ts';
import { refuses } from '../harness.ts';
import { everyModuleWay } from './harness.ts';
import { double, either, error, map, OK, real, type Reply, set, simple } from './resp.ts';

const TIME = new Date(1795305600000);

/** Labels of a series: pairs under RESP2, a map under RESP3. */
function labels(...entries: readonly (readonly [string, string | null])[]): Reply {
  return either(entries, map(...entries));
}

/** A series of MRANGE, and what is said of it. */
function series(key: string, labels: Reply, aggregators: readonly string[], samples: Reply): Reply {
  return either([[key, labels, samples]], map([key, [labels, map(['aggregators', aggregators]), samples]]));
}

everyModuleWay('ts', {
  'create, alter': async ({ client, expect }) => {
    expect('TS.CREATE s', OK);
    assert.equal(await client.ts.create('s'), 'OK');
    const ignore = { maxTimeDiff: 5, maxValDiff: 0.5 };
    expect(
      'TS.CREATE s RETENTION 0 ENCODING uncompressed CHUNK_SIZE 128 DUPLICATE_POLICY last IGNORE 5 0.5 LABELS a 1 b x',
      error('ERR TSDB: key already exists'),
    );
    const kept = { retention: 0, chunkSize: 128, duplicatePolicy: 'last', ignore, labels: { a: 1, b: 'x' } } as const;
    await assert.rejects(client.ts.create('s', { ...kept, encoding: 'uncompressed' }), ResponseError);
    expect('TS.ALTER s RETENTION 0 CHUNK_SIZE 128 DUPLICATE_POLICY last IGNORE 5 0.5 LABELS a 1 b x', OK);
    assert.equal(await client.ts.alter('s', kept), 'OK');
    for (const none of [{}, [], new Map()]) {
      expect('TS.ALTER s LABELS', OK);
      assert.equal(await client.ts.alter('s', { labels: none }), 'OK');
    }
    expect('TS.ALTER s', OK);
    assert.equal(await client.ts.alter('s'), 'OK');
    refuses(() => client.ts.create('s', { ignore: 5 } as never), /needs maxTimeDiff and maxValDiff/);
    refuses(() => client.ts.create('s', { labels: 'a' } as never), /an object, pairs or a Map of labels/);
    refuses(() => client.ts.create('s', 5 as never), /options as an object/);
  },

  'add, madd, incrby, decrby': async ({ client, expect, int }) => {
    expect('TS.ADD s * 1.5', 1795305600001);
    assert.deepEqual(await client.ts.add('s', '*', 1.5), int(1795305600001));
    expect('TS.ADD s 1795305600000 -0 ON_DUPLICATE sum LABELS a 1', 1795305600000);
    const added = await client.ts.add('s', TIME, -0, { onDuplicate: 'sum', labels: [['a', 1]] });
    assert.deepEqual(added, int(1795305600000));
    expect('TS.MADD s 0 NaN t * 2', [0, error('ERR TSDB: the key is not a TSDB key')]);
    const [first, second] = await client.ts.madd([
      ['s', 0, 'NaN'],
      ['t', '*', 2],
    ]);
    assert.deepEqual(first, int(0));
    assert.ok(second instanceof ResponseError);
    expect('TS.INCRBY s 1', 7);
    expect('TS.DECRBY s 0.5 TIMESTAMP 1795305600000 UNCOMPRESSED RETENTION 5 ENCODING compressed LABELS a b', 8);
    assert.deepEqual(await client.ts.incrby('s', 1), int(7));
    const options = {
      timestamp: TIME,
      uncompressed: true,
      retention: 5,
      encoding: 'compressed',
      labels: { a: 'b' },
    } as const;
    assert.deepEqual(await client.ts.decrby('s', 0.5, options), int(8));
    refuses(() => client.ts.add('s', new Date(NaN), 1), /TS.ADD was given an invalid Date/);
    refuses(() => client.ts.add('s', '*', NaN), /argument 3 is NaN/);
    refuses(() => client.ts.madd([]), /needs a list/);
    refuses(() => client.ts.madd([['s', 1]] as never), /needs a key, a time and a value/);
  },

  'del, createrule, deleterule': async ({ client, expect, int }) => {
    expect('TS.DEL s - +', 3);
    assert.deepEqual(await client.ts.del('s', '-', '+'), int(3));
    expect('TS.DEL s 5 1795305600000', 0);
    assert.deepEqual(await client.ts.del('s', 5n, TIME), int(0));
    expect('TS.CREATERULE s d AGGREGATION std.p 60000', OK);
    assert.equal(await client.ts.createrule('s', 'd', 'std.p', 60000), 'OK');
    expect('TS.CREATERULE s d AGGREGATION countif(>5) 60000 1795305600000', OK);
    assert.equal(await client.ts.createrule('s', 'd', 'countif(>5)', 60000, TIME), 'OK');
    expect('TS.DELETERULE s d', error('ERR TSDB: compaction rule does not exist'));
    await assert.rejects(client.ts.deleterule('s', 'd'), ResponseError);
    expect('TS.DELETERULE s d', OK);
    assert.equal(await client.ts.deleterule('s', 'd'), 'OK');
  },

  get: async ({ client, expect, int }) => {
    expect('TS.GET s', [0, real('1.5')]);
    assert.deepEqual(await client.ts.get('s'), { timestamp: int(0), value: 1.5 });
    expect('TS.GET s LATEST', [5, real('NaN')]);
    assert.deepEqual(await client.ts.get('s', { latest: true }), { timestamp: int(5), value: NaN });
    expect('TS.GET s', [5, double('1e-07')]);
    assert.deepEqual(await client.ts.get('s'), { timestamp: int(5), value: 1e-7 });
    expect('TS.GET s', []);
    expect('TS.GET s', null);
    assert.deepEqual([await client.ts.get('s'), await client.ts.get('s')], [null, null]);
  },

  'range, revrange': async ({ client, expect, int }) => {
    const samples = [
      [1, real('2')],
      [5, real('-inf')],
    ] as const;
    const decoded = [
      { timestamp: int(1), value: 2 },
      { timestamp: int(5), value: -Infinity },
    ];
    expect('TS.RANGE s - +', samples);
    assert.deepEqual(await client.ts.range('s', '-', '+'), decoded);
    const options = {
      latest: true,
      filterByTs: [1, TIME],
      filterByValue: { min: -1, max: 0 },
      count: 0,
      align: TIME,
      aggregation: { type: 'avg', bucketDuration: 10, buckettimestamp: '~', empty: true },
    } as const;
    const words =
      's 1 1795305600000 LATEST FILTER_BY_TS 1 1795305600000 FILTER_BY_VALUE -1 0 COUNT 0 ALIGN 1795305600000 AGGREGATION avg 10 BUCKETTIMESTAMP ~ EMPTY';
    expect(`TS.RANGE ${words}`, []);
    assert.deepEqual(await client.ts.range('s', 1, TIME, options), []);
    expect(`TS.REVRANGE ${words}`, samples);
    assert.deepEqual(await client.ts.revrange('s', 1, TIME, options), decoded);
    expect('TS.RANGE s - + FILTER_BY_TS 7', []);
    assert.deepEqual(await client.ts.range('s', '-', '+', { filterByTs: 7 }), []);
    refuses(() => client.ts.range('s', '-', '+', { filterByTs: [] }), /at least one time to filter by/);
    refuses(() => client.ts.range('s', '-', '+', { filterByValue: 5 } as never), /needs min and max/);
    refuses(() => client.ts.range('s', '-', '+', { aggregation: 'avg' } as never), /needs an aggregation with type/);
    refuses(() => client.ts.range('s', new Date(NaN), '+'), /invalid Date/);
  },

  'several aggregators': async ({ client, expect, int }) => {
    const aggregation = { type: ['min', 'max'], bucketDuration: 10 } as const;
    expect('TS.RANGE s - + AGGREGATION min,max 10', [[1, real('2'), real('3')]]);
    assert.deepEqual(await client.ts.range('s', '-', '+', { aggregation }), [{ timestamp: int(1), values: [2, 3] }]);
    expect('TS.REVRANGE s - + AGGREGATION min 10', [[1, real('2')]]);
    const one = { type: ['min'], bucketDuration: 10 } as const;
    assert.deepEqual(await client.ts.revrange('s', '-', '+', { aggregation: one }), [
      { timestamp: int(1), values: [2] },
    ]);
    const none = { type: [], bucketDuration: 10 };
    refuses(() => client.ts.range('s', '-', '+', { aggregation: none }), /at least one aggregator/);
    const odd = { type: [null], bucketDuration: 10 };
    refuses(() => client.ts.range('s', '-', '+', { aggregation: odd } as never), /aggregators as strings/);
  },

  'nrange, nrevrange': async ({ client, expect, int }) => {
    expect('TS.NRANGE 2 a b - +', [[1000, [real('10'), real('NaN')]]]);
    assert.deepEqual(await client.ts.nrange(['a', 'b'], '-', '+'), [{ timestamp: int(1000), values: [10, NaN] }]);
    expect('TS.NREVRANGE 2 a b - + COUNT 1 AGGREGATION min,max sum 10 EMPTY', []);
    const aggregation = { type: [['min', 'max'], 'sum'], bucketDuration: 10, empty: true } as const;
    assert.deepEqual(await client.ts.nrevrange(['a', 'b'], '-', '+', { count: 1, aggregation }), []);
    refuses(() => client.ts.nrange('a', '-', '+', { aggregation }), /as many aggregators as keys/);
    refuses(() => client.ts.nrange([], '-', '+'), /at least one key/);
  },

  mget: async ({ client, expect, int, text }) => {
    expect(
      'TS.MGET FILTER a=1',
      either(
        [
          ['k', [], [0, simple('1')]],
          ['l', [], []],
        ],
        map(['k', [map(), [0, double('1')]]], ['l', [map(), []]]),
      ),
    );
    assert.deepEqual(await client.ts.mget('a=1'), [
      { key: text('k'), labels: {}, sample: { timestamp: int(0), value: 1 } },
      { key: text('l'), labels: {}, sample: null },
    ]);
    const both = labels(['a', '1'], ['__proto__', null]);
    expect(
      'TS.MGET LATEST SELECTED_LABELS a __proto__ FILTER a=1 b!=',
      either([['k', both, []]], map(['k', [both, []]])),
    );
    const selected = await client.ts.mget(['a=1', 'b!='], { latest: true, selectedLabels: ['a', '__proto__'] });
    assert.deepEqual(Object.entries(selected[0]!.labels), [
      ['a', text('1')],
      ['__proto__', null],
    ]);
    expect('TS.MGET WITHLABELS FILTER a=1', []);
    assert.deepEqual(await client.ts.mget('a=1', { withlabels: true }), []);
    refuses(() => client.ts.mget([]), /at least one filter/);
    refuses(() => client.ts.mget('a=1', { withlabels: true, selectedLabels: 'a' } as never), /only one of withlabels/);
  },

  'mrange, mrevrange': async ({ client, expect, int, text }) => {
    const samples = [[0, real('1')]];
    const decoded = [{ timestamp: int(0), value: 1 }];
    expect('TS.MRANGE - + FILTER a=1', series('k', labels(), [], samples));
    assert.deepEqual(await client.ts.mrange('-', '+', 'a=1'), [{ key: text('k'), labels: {}, samples: decoded }]);
    expect(
      'TS.MREVRANGE 0 5 COUNT 1 EXCLUDEEMPTY WITHLABELS FILTER a=1 b!=2',
      series('k', labels(['a', '1']), [], samples),
    );
    const options = { count: 1, excludeempty: true, withlabels: true };
    assert.deepEqual(await client.ts.mrevrange(0, 5, ['a=1', 'b!=2'], options), [
      { key: text('k'), labels: { a: text('1') }, samples: decoded },
    ]);
    const rows = [[0, real('1'), real('2')]];
    expect(
      'TS.MRANGE - + AGGREGATION min,max 10 SELECTED_LABELS a NX FILTER a=1',
      series('k', labels(['a', '1'], ['NX', null]), ['min', 'max'], rows),
    );
    const aggregation = { type: ['min', 'max'], bucketDuration: 10 } as const;
    assert.deepEqual(await client.ts.mrange('-', '+', 'a=1', { aggregation, selectedLabels: ['a', 'NX'] }), [
      { key: text('k'), labels: { a: text('1'), NX: null }, samples: [{ timestamp: int(0), values: [1, 2] }] },
    ]);
    expect('TS.MREVRANGE - + AGGREGATION min 10 FILTER a=1', []);
    assert.deepEqual(
      await client.ts.mrevrange('-', '+', 'a=1', { aggregation: { type: ['min'], bucketDuration: 10 } }),
      [],
    );
    refuses(() => client.ts.mrange('-', '+', []), /at least one filter/);
    refuses(() => client.ts.mrange('-', '+', 'a', { groupby: 'a' } as never), /needs label and reduce/);
  },

  'mrange: groups have the same shape in both protocols': async ({ client, expect, int, text, texts }) => {
    const samples = [[0, real('1')]];
    const origin = [map(['reducers', ['max']]), map(['sources', ['k', 'l']])] as const;
    const group = { key: text('a=1'), labels: {}, samples: [{ timestamp: int(0), value: 1 }] };
    const groupby = { label: 'a', reduce: 'max' } as const;
    expect(
      'TS.MRANGE - + FILTER a=1 GROUPBY a REDUCE max',
      either([['a=1', [], samples]], map(['a=1', [map(), ...origin, samples]])),
    );
    assert.deepEqual(await client.ts.mrange('-', '+', 'a=1', { groupby }), [group]);
    const all = [
      ['a', '1'],
      ['__reducer__', 'max'],
      ['__source__', 'k,l'],
    ] as const;
    expect(
      'TS.MRANGE - + WITHLABELS FILTER a=1 GROUPBY a REDUCE max',
      either([['a=1', all, samples]], map(['a=1', [map(['a', '1']), ...origin, samples]])),
    );
    assert.deepEqual(await client.ts.mrange('-', '+', 'a=1', { withlabels: true, groupby }), [
      { ...group, labels: { a: text('1') }, reducers: ['max'], sources: texts('k', 'l') },
    ]);
  },

  'queryindex, querylabels': async ({ client, expect, texts }) => {
    expect('TS.QUERYINDEX a=1 b!=', set('k', 'l'));
    assert.deepEqual(await client.ts.queryindex(['a=1', 'b!=']), texts('k', 'l'));
    expect('TS.QUERYLABELS LABELS', set('a', 'b'));
    assert.deepEqual(await client.ts.querylabels(), texts('a', 'b'));
    expect('TS.QUERYLABELS LABELS FILTER a=1', set());
    assert.deepEqual(await client.ts.querylabels('a=1'), []);
    expect('TS.QUERYLABELS VALUES a FILTER a=1 b=2', set('1'));
    assert.deepEqual(await client.ts.querylabelsValues('a', ['a=1', 'b=2']), texts('1'));
    refuses(() => client.ts.querylabels([]), /at least one filter/);
    refuses(() => client.ts.querylabelsValues('a', []), /at least one filter/);
  },

  read: async ({ client, expect, int }) => {
    expect('TS.READ s 0', [[100, real('1')]]);
    assert.deepEqual(await client.ts.read('s', 0), [{ timestamp: int(100), value: 1 }]);
    expect('TS.READ s $ BLOCK 0 1', []);
    assert.deepEqual(await client.ts.read('s', '$', { block: 0 }), []);
    expect('TS.READ s - BLOCK 100 5 MAX_COUNT 10 CONDITION >= 0', []);
    const options = { block: 100, minCount: 5, maxCount: 10, condition: ['>=', 0] } as const;
    assert.deepEqual(await client.ts.read('s', '-', options), []);
    refuses(() => client.ts.read('s', 0, { minCount: 1 }), /minCount only together with block/);
    refuses(() => client.ts.read('s', 0, { condition: '>5' } as never), /needs an operator and a value/);
  },

  info: async ({ client, expect, int, text }) => {
    const numbers = [
      ['totalSamples', 1],
      ['memoryUsage', 4261],
      ['firstTimestamp', 1],
      ['lastTimestamp', 1],
      ['retentionTime', 0],
      ['chunkCount', 1],
      ['chunkSize', 4096],
    ] as const;
    const head = [
      ...numbers,
      ['chunkType', simple('compressed')],
      ['duplicatePolicy', simple('last')],
      ['labels', labels(['id', '1'])],
    ] as const;
    const rules = either([['key2', 5, simple('COUNT'), 0]], map(['key2', [5, simple('COUNT'), 0]]));
    const tail = [
      ['sourceKey', null],
      ['rules', rules],
      ['ignoreMaxTimeDiff', 0],
      ['ignoreMaxValDiff', double('0.5')],
    ] as const;
    const known = {
      ...Object.fromEntries(numbers.map(([name, number]) => [name, int(number)])),
      chunkType: 'compressed',
      duplicatePolicy: 'last',
      labels: { id: text('1') },
      sourceKey: null,
      rules: [{ key: text('key2'), bucketDuration: int(5), aggregator: 'COUNT', alignTimestamp: int(0) }],
      ignoreMaxTimeDiff: int(0),
      ignoreMaxValDiff: 0.5,
    };
    const named = (entries: readonly (readonly [string, Reply])[]): Reply =>
      map(...entries.map(([name, item]) => [simple(name), item] as const));
    expect('TS.INFO s', named([...head, ...tail]));
    assert.deepEqual(await client.ts.info('s'), known);
    const chunk = named([
      ['startTimestamp', 1],
      ['endTimestamp', 1],
      ['samples', 1],
      ['size', 4096],
      ['bytesPerSample', either(simple('4096'), double('4096'))],
    ]);
    expect('TS.INFO s DEBUG', named([...head, ...tail, ['keySelfName', 's'], ['Chunks', [chunk]]]));
    assert.deepEqual(await client.ts.info('s', { debug: true }), {
      ...known,
      keySelfName: text('s'),
      chunks: [
        { startTimestamp: int(1), endTimestamp: int(1), samples: int(1), size: int(4096), bytesPerSample: 4096 },
      ],
    });
    // An older server, and a series without anything.
    expect('TS.INFO s', [
      ...numbers.flat(),
      'chunkType',
      simple('compressed'),
      'duplicatePolicy',
      null,
      'labels',
      [],
      'sourceKey',
      'src',
      'rules',
      [['d', 5, 'AVG']],
    ]);
    const old = await client.ts.info('s');
    assert.deepEqual([old.labels, old.duplicatePolicy, old.sourceKey], [{}, null, text('src')]);
    assert.deepEqual(old.rules, [{ key: text('d'), bucketDuration: int(5), aggregator: 'AVG' }]);
  },
});
