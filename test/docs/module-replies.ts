/**
 * What modules say to the commands of the examples in their docstrings, and of their guide: no package carries the modules, so that a
 * scripted server stands in. By the method an example ends with, the words it sends, in order, and the replies.
 */
import { double, error, map, OK, real, type Reply } from '../server/commands/modules/resp.ts';

export type Exchange = readonly [words: string | readonly (string | Uint8Array)[], reply: Reply];

/** Makes the document that most examples begin with. */
const ADA: Exchange = ['JSON.SET user $ {"name":"ada","born":1815}', OK];
const CREATED: Exchange = ['TDIGEST.CREATE delays', OK];
const KITCHEN: Exchange = ['TS.CREATE kitchen', OK];
const HOURLY: Exchange = ['TS.CREATE kitchen:hourly', OK];
const RULE: Exchange = ['TS.CREATERULE kitchen kitchen:hourly AGGREGATION avg 3600000', OK];
const WARM: Exchange = ['TS.ADD kitchen 1000 21.5', 1000];
const TAGGED: Exchange = ['TS.ADD kitchen 1000 21.5 LABELS floor 1', 1000];
const TWO: readonly Exchange[] = [
  ['TS.ADD kitchen 1000 21', 1000],
  ['TS.ADD kitchen 2000 22', 2000],
];

export const moduleReplies: Readonly<Record<string, readonly Exchange[]>> = {
  'json.arrappend': [
    ['JSON.SET user $ {"langs":["en"]}', OK],
    ['JSON.ARRAPPEND user $.langs "de" "fr"', [3]],
    ['JSON.ARRAPPEND user .langs "es"', 4],
  ],
  'json.arrindex': [
    ['JSON.SET user $ {"langs":["en","de","en"]}', OK],
    ['JSON.ARRINDEX user $.langs "de"', [1]],
    ['JSON.ARRINDEX user .langs "en" 1', 2],
  ],
  'json.arrinsert': [
    ['JSON.SET user $ {"langs":["en","fr"]}', OK],
    ['JSON.ARRINSERT user $.langs 1 "de"', [3]],
  ],
  'json.arrlen': [
    ['JSON.SET user $ {"name":"ada","langs":["en","fr"]}', OK],
    ['JSON.ARRLEN user $.*', [null, 2]],
    ['JSON.ARRLEN user .langs', 2],
    ['JSON.ARRLEN nobody', null],
  ],
  'json.arrpop': [
    ['JSON.SET user $ {"langs":["en","fr","de"]}', OK],
    ['JSON.ARRPOP user $.langs', ['"de"']],
    ['JSON.ARRPOP user .langs 0', '"en"'],
  ],
  'json.arrtrim': [
    ['JSON.SET user $ {"langs":["en","fr","de"]}', OK],
    ['JSON.ARRTRIM user $.langs 0 1', [2]],
  ],
  'json.clear': [
    ['JSON.SET user $ {"visits":7,"langs":["en"]}', OK],
    ['JSON.CLEAR user $.*', 2],
    ['JSON.GET user', '{"visits":0,"langs":[]}'],
    ['JSON.CLEAR user', 1],
  ],
  'json.debugDepth': [
    ['JSON.SET user $ {"langs":["en"]}', OK],
    ['JSON.DEBUG DEPTH user', 2],
  ],
  'json.debugFields': [
    ['JSON.SET user $ {"name":"ada","langs":["en"]}', OK],
    ['JSON.DEBUG FIELDS user', 3],
    ['JSON.DEBUG FIELDS user $.langs', [1]],
  ],
  'json.debugHelp': [['JSON.DEBUG HELP', ['JSON.DEBUG MEMORY <key> [path] - report memory size (bytes).']]],
  'json.debugMemory': [ADA, ['JSON.DEBUG MEMORY user $.born', [16]], ['JSON.DEBUG MEMORY nobody', null]],
  'json.del': [ADA, ['JSON.DEL user $.born', 1], ['JSON.DEL user', 1]],
  'json.forget': [ADA, ['JSON.FORGET user $.born', 1]],
  'json.get': [
    ADA,
    ['JSON.GET user', '{"name":"ada","born":1815}'],
    ['JSON.GET user .name', '"ada"'],
    ['JSON.GET user $.name', '["ada"]'],
    ['JSON.GET user $.name $.died', '{"$.name":["ada"],"$.died":[]}'],
    [['JSON.GET', 'user', 'SPACE', ' ', '.'], '{"name": "ada","born": 1815}'],
  ],
  'json.merge': [
    ADA,
    ['JSON.MERGE user $ {"born":null,"langs":["en"]}', OK],
    ['JSON.GET user', '{"name":"ada","langs":["en"]}'],
    ['JSON.MERGE user $.name "Ada"', OK],
  ],
  'json.mget': [
    ['JSON.SET ada $ {"born":1815}', OK],
    ['JSON.MGET ada nobody $.born', ['[1815]', null]],
    ['JSON.MGET ada nobody .born', ['1815', null]],
  ],
  'json.mset': [
    ['JSON.MSET ada $ {"born":1815} ada $.name "Ada" bob $ {"born":1907}', OK],
    ['JSON.MSET bob $.name "Bob"', OK],
  ],
  'json.numincrby': [
    ['JSON.SET user $ {"name":"ada","visits":1}', OK],
    ['JSON.NUMINCRBY user $.* 2', '[null,3]'],
    ['JSON.NUMINCRBY user .visits 0.5', '3.5'],
  ],
  'json.nummultby': [
    ['JSON.SET user $ {"visits":3}', OK],
    ['JSON.NUMMULTBY user $.visits 2', '[6]'],
  ],
  'json.objkeys': [
    ['JSON.SET user $ {"name":{"first":"Ada","last":"Lovelace"}}', OK],
    ['JSON.OBJKEYS user $.name', [['first', 'last']]],
    ['JSON.OBJKEYS user', ['name']],
  ],
  'json.objlen': [
    ['JSON.SET user $ {"name":{"first":"Ada","last":"Lovelace"}}', OK],
    ['JSON.OBJLEN user $..name', [2]],
    ['JSON.OBJLEN user', 1],
  ],
  'json.resp': [ADA, ['JSON.RESP user', ['{', ['name', 'ada'], ['born', 1815]]]],
  'json.set': [
    ['JSON.SET user $ {"name":"ada","langs":["en"]}', OK],
    ['JSON.SET user $.born 1815', OK],
    ['JSON.SET user $ {} nx', null],
  ],
  'json.strappend': [
    ['JSON.SET user $ {"name":"ada"}', OK],
    [['JSON.STRAPPEND', 'user', '$.name', '" l"'], [5]],
    ['JSON.STRAPPEND user .name "."', 6],
  ],
  'json.strlen': [ADA, ['JSON.STRLEN user $.*', [3, null]]],
  'json.toggle': [
    ['JSON.SET user $ {"name":"ada","active":true}', OK],
    ['JSON.TOGGLE user $.*', [null, 0]],
    ['JSON.TOGGLE user .active', 'true'],
  ],
  'json.type': [ADA, ['JSON.TYPE user $.*', ['string', 'integer']], ['JSON.TYPE user', 'object']],

  'bf.add': [
    ['BF.ADD seen ada', 1],
    ['BF.ADD seen ada', 0],
  ],
  'bf.card': [
    ['BF.MADD seen ada bob', [1, 1]],
    ['BF.CARD seen', 2],
  ],
  'bf.exists': [
    ['BF.ADD seen ada', 1],
    ['BF.EXISTS seen ada', 1],
    ['BF.EXISTS seen bob', 0],
  ],
  'bf.info': [
    ['BF.RESERVE seen 0.01 1000', OK],
    ['BF.INFO seen', ['Capacity', 1000, 'Size', 1431, 'Number of filters', 1, 'Number of items inserted', 0]],
    ['BF.INFO seen expansion', 2],
  ],
  'bf.insert': [
    ['BF.INSERT seen CAPACITY 10000 ERROR 0.001 ITEMS ada bob', [1, 1]],
    ['BF.INSERT seen NOCREATE ITEMS ada', [0]],
  ],
  'bf.load': [['BF.LOAD seen ...', error('ERR bloom object decoding failed')]],
  'bf.loadchunk': [['BF.LOADCHUNK copy 1 ...', OK]],
  'bf.madd': [['BF.MADD seen ada bob ada', [1, 1, 0]]],
  'bf.mexists': [
    ['BF.ADD seen ada', 1],
    ['BF.MEXISTS seen ada bob', [1, 0]],
  ],
  'bf.reserve': [['BF.RESERVE seen 0.001 10000 EXPANSION 4', OK]],
  'bf.scandump': [
    ['BF.ADD seen ada', 1],
    ['BF.SCANDUMP seen 0', [1, 'head']],
    ['BF.LOADCHUNK copy 1 head', OK],
    ['BF.SCANDUMP seen 1', [0, '']],
  ],

  'cf.add': [
    ['CF.ADD seen ada', 1],
    ['CF.ADD seen ada', 1],
  ],
  'cf.addnx': [
    ['CF.ADDNX seen ada', 1],
    ['CF.ADDNX seen ada', 0],
  ],
  'cf.count': [
    ['CF.INSERT seen ITEMS ada ada', [1, 1]],
    ['CF.COUNT seen ada', 2],
  ],
  'cf.del': [
    ['CF.ADD seen ada', 1],
    ['CF.DEL seen ada', 1],
    ['CF.DEL seen ada', 0],
  ],
  'cf.exists': [
    ['CF.ADD seen ada', 1],
    ['CF.EXISTS seen ada', 1],
  ],
  'cf.info': [
    ['CF.ADD seen ada', 1],
    ['CF.INFO seen', map(['Size', 1080], ['Number of items inserted', 1])],
  ],
  'cf.insert': [['CF.INSERT seen CAPACITY 1000 ITEMS ada ada', [1, 1]]],
  'cf.insertnx': [['CF.INSERTNX seen CAPACITY 1000 ITEMS ada ada', [1, 0]]],
  'cf.load': [['CF.LOAD seen ...', error('ERR cuckoo object decoding failed')]],
  'cf.loadchunk': [['CF.LOADCHUNK copy 1 ...', OK]],
  'cf.mexists': [
    ['CF.ADD seen ada', 1],
    ['CF.MEXISTS seen ada bob', [1, 0]],
  ],
  'cf.reserve': [['CF.RESERVE seen 1000 BUCKETSIZE 4 EXPANSION 2', OK]],
  'cf.scandump': [
    ['CF.ADD seen ada', 1],
    ['CF.SCANDUMP seen 0', [1, 'head']],
    ['CF.LOADCHUNK copy 1 head', OK],
    ['CF.SCANDUMP seen 1', [0, null]],
  ],

  'cms.incrby': [
    ['CMS.INITBYDIM visits 1000 5', OK],
    ['CMS.INCRBY visits home 2 about 1', [2, 1]],
  ],
  'cms.info': [
    ['CMS.INITBYDIM visits 1000 5', OK],
    ['CMS.INFO visits', map(['width', 1000], ['depth', 5], ['count', 0])],
  ],
  'cms.initbydim': [['CMS.INITBYDIM visits 1000 5', OK]],
  'cms.initbyprob': [['CMS.INITBYPROB visits 0.001 0.01', OK]],
  'cms.merge': [
    ['CMS.INITBYDIM monday 1000 5', OK],
    ['CMS.INITBYDIM tuesday 1000 5', OK],
    ['CMS.INITBYDIM week 1000 5', OK],
    ['CMS.MERGE week 2 monday tuesday WEIGHTS 1 2', OK],
  ],
  'cms.query': [
    ['CMS.INITBYDIM visits 1000 5', OK],
    ['CMS.INCRBY visits home 2', [2]],
    ['CMS.QUERY visits home about', [2, 0]],
  ],

  'topk.add': [
    ['TOPK.RESERVE pages 10', OK],
    ['TOPK.ADD pages home about', [null, null]],
  ],
  'topk.count': [
    ['TOPK.RESERVE pages 10', OK],
    ['TOPK.ADD pages home home', [null, null]],
    ['TOPK.COUNT pages home about', [2, 0]],
  ],
  'topk.incrby': [
    ['TOPK.RESERVE pages 1', OK],
    ['TOPK.INCRBY pages home 2 about 5', [null, 'home']],
  ],
  'topk.info': [
    ['TOPK.RESERVE pages 10 50 4 0.9', OK],
    ['TOPK.INFO pages', map(['k', 10], ['width', 50], ['depth', 4], ['decay', double('0.9')])],
  ],
  'topk.list': [
    ['TOPK.RESERVE pages 10', OK],
    ['TOPK.INCRBY pages home 2 about 5', [null, null]],
    ['TOPK.LIST pages', ['about', 'home']],
    ['TOPK.LIST pages WITHCOUNT', ['about', 5, 'home', 2]],
  ],
  'topk.load': [['TOPK.LOAD pages ...', error('ERR topk object decoding failed')]],
  'topk.query': [
    ['TOPK.RESERVE pages 10', OK],
    ['TOPK.ADD pages home', [null]],
    ['TOPK.QUERY pages home about', [1, 0]],
  ],
  'topk.reserve': [['TOPK.RESERVE pages 10 50 4 0.9', OK]],

  'tdigest.add': [CREATED, ['TDIGEST.ADD delays 12 15.5 80', OK]],
  'tdigest.byrank': [
    CREATED,
    ['TDIGEST.ADD delays 1 2 3', OK],
    ['TDIGEST.BYRANK delays 0 2 9', [double('1'), double('3'), double('inf')]],
  ],
  'tdigest.byrevrank': [
    CREATED,
    ['TDIGEST.ADD delays 1 2 3', OK],
    ['TDIGEST.BYREVRANK delays 0 9', [double('3'), double('-inf')]],
  ],
  'tdigest.cdf': [
    CREATED,
    ['TDIGEST.ADD delays 1 2 3 4', OK],
    ['TDIGEST.CDF delays 0 2 9', [double('0'), double('0.375'), double('1')]],
  ],
  'tdigest.create': [['TDIGEST.CREATE delays COMPRESSION 200', OK]],
  'tdigest.info': [
    CREATED,
    ['TDIGEST.ADD delays 1 2 3 4 5', OK],
    ['TDIGEST.INFO delays', map(['Observations', 5], ['Memory usage', 9768])],
  ],
  'tdigest.max': [CREATED, ['TDIGEST.ADD delays 12 15.5', OK], ['TDIGEST.MAX delays', double('15.5')]],
  'tdigest.merge': [
    ['TDIGEST.CREATE monday', OK],
    ['TDIGEST.CREATE tuesday', OK],
    ['TDIGEST.MERGE week 2 monday tuesday COMPRESSION 200 OVERRIDE', OK],
  ],
  'tdigest.min': [CREATED, ['TDIGEST.MIN delays', double('nan')]],
  'tdigest.quantile': [
    CREATED,
    ['TDIGEST.ADD delays 1 2 3', OK],
    ['TDIGEST.QUANTILE delays 0 0.5 1', [double('1'), double('2'), double('3')]],
  ],
  'tdigest.rank': [CREATED, ['TDIGEST.ADD delays 10 20 30', OK], ['TDIGEST.RANK delays 5 20 90', [-1, 1, 3]]],
  'tdigest.reset': [CREATED, ['TDIGEST.RESET delays', OK]],
  'tdigest.revrank': [CREATED, ['TDIGEST.ADD delays 10 20 30', OK], ['TDIGEST.REVRANK delays 5 20 90', [3, 1, -1]]],
  'tdigest.trimmedMean': [
    CREATED,
    ['TDIGEST.ADD delays 1 2 3 4 900', OK],
    ['TDIGEST.TRIMMED_MEAN delays 0 0.8', double('2.5')],
  ],

  'ts.add': [
    ['TS.ADD kitchen 1000 21.5 LABELS room kitchen', 1000],
    ['TS.ADD kitchen 2000 22 ON_DUPLICATE last', 2000],
  ],
  'ts.alter': [KITCHEN, ['TS.ALTER kitchen RETENTION 86400000 LABELS room kitchen', OK]],
  'ts.create': [['TS.CREATE kitchen RETENTION 86400000 DUPLICATE_POLICY last LABELS room kitchen', OK]],
  'ts.createrule': [KITCHEN, HOURLY, RULE],
  'ts.decrby': [['TS.DECRBY stock 3 TIMESTAMP 1000', 1000]],
  'ts.del': [WARM, ['TS.DEL kitchen - 1500', 1]],
  'ts.deleterule': [KITCHEN, HOURLY, RULE, ['TS.DELETERULE kitchen kitchen:hourly', OK]],
  'ts.get': [WARM, ['TS.GET kitchen', [1000, real('21.5')]]],
  'ts.incrby': [['TS.INCRBY stock 3 TIMESTAMP 1000', 1000]],
  'ts.info': [
    ['TS.ADD kitchen 1000 21.5 LABELS room kitchen', 1000],
    ['TS.INFO kitchen', map(['totalSamples', 1], ['labels', map(['room', 'kitchen'])])],
  ],
  'ts.madd': [
    KITCHEN,
    ['TS.MADD kitchen 1000 21.5 kitchen 2000 22', [1000, 2000]],
    ['TS.MADD kitchen 3000 21 nowhere 3000 19', [3000, error('ERR TSDB: the key is not a TSDB key')]],
  ],
  'ts.mget': [
    TAGGED,
    ['TS.MGET WITHLABELS FILTER floor=1', map(['kitchen', [map(['floor', '1']), [1000, real('21.5')]]])],
  ],
  'ts.mrange': [
    TAGGED,
    ['TS.MRANGE - + FILTER floor=1', map(['kitchen', [map(), map(['aggregators', []]), [[1000, real('21.5')]]]])],
    [
      'TS.MRANGE 0 5000 WITHLABELS FILTER floor=1 GROUPBY floor REDUCE max',
      map([
        'floor=1',
        [map(['floor', '1']), map(['reducers', ['max']]), map(['sources', ['kitchen']]), [[1000, real('21.5')]]],
      ]),
    ],
  ],
  'ts.mrevrange': [
    TAGGED,
    ['TS.ADD kitchen 2000 22', 2000],
    [
      'TS.MREVRANGE - + COUNT 1 FILTER floor=1',
      map(['kitchen', [map(), map(['aggregators', []]), [[2000, real('22')]]]]),
    ],
  ],
  'ts.nrange': [
    ['TS.ADD {home}kitchen 1000 21.5', 1000],
    ['TS.ADD {home}bath 2000 19', 2000],
    [
      'TS.NRANGE 2 {home}kitchen {home}bath - +',
      [
        [1000, [real('21.5'), real('NaN')]],
        [2000, [real('NaN'), real('19')]],
      ],
    ],
  ],
  'ts.nrevrange': [
    ['TS.ADD {home}kitchen 1000 21.5', 1000],
    ['TS.ADD {home}bath 1000 19', 1000],
    ['TS.NREVRANGE 2 {home}kitchen {home}bath - + COUNT 1', [[1000, [real('21.5'), real('19')]]]],
  ],
  'ts.queryindex': [
    ['TS.CREATE kitchen LABELS floor 1', OK],
    ['TS.QUERYINDEX floor=1', ['kitchen']],
  ],
  'ts.querylabels': [
    ['TS.CREATE kitchen LABELS floor 1 room kitchen', OK],
    ['TS.QUERYLABELS LABELS FILTER floor=1', ['floor', 'room']],
  ],
  'ts.querylabelsValues': [
    ['TS.CREATE kitchen LABELS floor 1 room kitchen', OK],
    ['TS.CREATE bath LABELS floor 1 room bath', OK],
    ['TS.QUERYLABELS VALUES room FILTER floor=1', ['bath', 'kitchen']],
  ],
  'ts.range': [
    ...TWO,
    ['TS.RANGE kitchen - + COUNT 1', [[1000, real('21')]]],
    ['TS.RANGE kitchen 0 9999 AGGREGATION avg 5000', [[0, real('21.5')]]],
    ['TS.RANGE kitchen 0 9999 AGGREGATION min,max 5000', [[0, real('21'), real('22')]]],
  ],
  'ts.read': [WARM, ['TS.READ kitchen 500 BLOCK 100 1 MAX_COUNT 10', [[1000, real('21.5')]]]],
  'ts.revrange': [...TWO, ['TS.REVRANGE kitchen - + COUNT 1', [[2000, real('22')]]]],
  'guide: Documents': [
    ['JSON.SET user:1 $ {"name":"ada","born":1815,"langs":["en"]}', OK],
    ['JSON.GET user:1', '{"name":"ada","born":1815,"langs":["en"]}'],
    ['JSON.ARRAPPEND user:1 $.langs "fr" "it"', [3]],
    ['JSON.GET user:1 .name', '"ada"'],
  ],
  'guide: Filters and sketches': [
    ['BF.RESERVE seen 0.001 100000', OK],
    ['BF.MADD seen ada bob', [1, 1]],
    ['BF.EXISTS seen eve', 0],
    ['BF.MADD seen eve ada', [1, 0]],
  ],
  'guide: Time series': [
    ['TS.CREATE kitchen RETENTION 86400000 LABELS floor 1', OK],
    ['TS.ADD kitchen 1000 21.5', 1000],
    ['TS.ADD kitchen 2000 22.5 ON_DUPLICATE last', 2000],
    ['TS.RANGE kitchen - + AGGREGATION avg 60000', [[0, real('22')]]],
    ['TS.MGET FILTER floor=1', map(['kitchen', [map(), [2000, real('22.5')]]])],
  ],
  'guide: A module of your own': [['CL.THROTTLE user:7 14 15 30', [0, 15, 14, -1, 2]]],
  'guide: A module at a property': [['CL.THROTTLE user:7 14 15 30', [0, 15, 14, -1, 2]]],
  'guide: A reply of your own': [
    ['KEYS user:*', ['user:1', 'user:7']],
    ['CL.THROTTLE user:7 14 15 30', [0, 15, 14, -1, 2]],
  ],
};
