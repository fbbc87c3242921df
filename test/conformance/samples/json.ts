import type { Samples } from './samples.ts';

export const json: Samples = {
  'json.arrappend': [['doc', '$.list', ['a', 2]]],
  'json.arrindex': [
    ['doc', '$.list', 'a'],
    ['doc', '$.list', 'a', { start: 1 }],
    ['doc', '$.list', 'a', { start: 1, stop: 5 }],
  ],
  'json.arrinsert': [['doc', '$.list', 7, ['a', 2]]],
  'json.arrlen': [['doc'], ['doc', '$.list']],
  'json.arrpop': [['doc'], ['doc', '$.list'], ['doc', '$.list', 7]],
  'json.arrtrim': [['doc', '$.list', 3, 7]],
  'json.clear': [['doc'], ['doc', '$.list']],
  'json.debugDepth': [['doc']],
  'json.debugFields': [['doc'], ['doc', '$.list']],
  'json.debugHelp': [[]],
  'json.debugMemory': [['doc'], ['doc', '$.list']],
  'json.del': [['doc'], ['doc', '$.list']],
  'json.forget': [['doc'], ['doc', '$.list']],
  'json.get': [
    ['doc'],
    ['doc', '$.list'],
    ['doc', ['$.list', '$.name']],
    ['doc', ['$.list', '$.name'], { noescape: true }],
    ['doc', '$.list', { indent: '  ', newline: '\n', space: ' ', noescape: true }],
  ],
  'json.merge': [['doc', '$.a', 'v']],
  'json.mget': [
    ['doc', '$.a'],
    [['doc', 'other'], '$.a'],
  ],
  'json.mset': [
    [
      [
        ['doc', '$.a', 'v'],
        ['other', '$.b', 8],
      ],
    ],
  ],
  'json.numincrby': [['doc', '$.n', 7]],
  'json.nummultby': [['doc', '$.n', 7]],
  'json.objkeys': [['doc'], ['doc', '$.a']],
  'json.objlen': [['doc'], ['doc', '$.a']],
  'json.resp': [['doc'], ['doc', '$.a']],
  'json.set': [
    ['doc', '$.a', 'v'],
    ['doc', '$.a', 'v', { condition: 'nx' }],
    ['doc', '$.a', 'v', { condition: 'xx' }],
  ],
  'json.strappend': [
    ['doc', 'v'],
    ['doc', 'v', '$.a'],
  ],
  'json.strlen': [['doc'], ['doc', '$.a']],
  'json.toggle': [['doc'], ['doc', '$.a']],
  'json.type': [['doc'], ['doc', '$.a']],
};
