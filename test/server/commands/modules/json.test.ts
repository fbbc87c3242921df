import assert from 'node:assert/strict';
import { DataError, ResponseError } from '../../../../src/errors.ts';
import { refuses } from '../harness.ts';
import { everyModuleWay } from './harness.ts';
import { boolean, double, either, error, OK, simple } from './resp.ts';

const NONE = error('NONEXISTENT Document key does not exist');

everyModuleWay('json', {
  'set, get: values in and out': async ({ client, expect }) => {
    const values = [
      'ada',
      '',
      0,
      -0,
      1.5,
      -1e21,
      true,
      false,
      null,
      [],
      {},
      [1, [2]],
      { a: { b: null } },
      'hyvää\n"x"',
    ];
    for (const value of values) {
      const json = Object.is(value, -0) ? '-0' : JSON.stringify(value);
      expect(['JSON.SET', 'k', '$', json], OK);
      assert.equal(await client.json.set('k', '$', value), 'OK');
      expect('JSON.GET k', json);
      assert.deepEqual(await client.json.get('k'), value);
      expect('JSON.GET k $', `[${json}]`);
      assert.deepEqual(await client.json.get('k', '$'), [value]);
    }
    expect(['JSON.SET', 'k', '$', '{"at":"2026-11-22T00:00:00.000Z","list":[null]}'], OK);
    await client.json.set('k', '$', { at: new Date('2026-11-22'), left: undefined, list: [undefined] });
  },

  'set: conditions': async ({ client, expect }) => {
    expect('JSON.SET k $ 1 nx', null);
    assert.equal(await client.json.set('k', '$', 1, { condition: 'nx' }), null);
    expect('JSON.SET k .a 1 xx', OK);
    assert.equal(await client.json.set('k', '.a', 1, { condition: 'xx' }), 'OK');
    expect('JSON.SET k $ 1', OK);
    assert.equal(await client.json.set('k', '$', 1, {}), 'OK');
  },

  'values that are not JSON are refused': async ({ client }) => {
    const circle: unknown[] = [];
    circle.push(circle);
    for (const value of [undefined, () => 1, Symbol('s'), 1n, NaN, -Infinity, Buffer.of(1), circle, { a: [1n] }]) {
      const error = thrownBy(() => client.json.set('k', '$', value as never));
      assert.ok(error instanceof DataError && error.command === 'JSON.SET');
      assert.match(error.message, /^JSON.SET cannot send .* as JSON$/);
    }
    refuses(
      () => client.json.arrappend('k', '$', [1, undefined as never]),
      /JSON.ARRAPPEND cannot send undefined as JSON/,
    );
    refuses(() => client.json.arrappend('k', '$', []), /needs its values as a list/);
    refuses(() => client.json.arrappend('k', '$', 'a' as never), /needs its values as a list/);
    refuses(() => client.json.arrinsert('k', '$', 0, []), /needs its values as a list/);
    refuses(() => client.json.mset([]), /needs a list/);
    refuses(() => client.json.mset([['k', '$']] as never), /needs a key, a path and a value/);
    refuses(() => client.json.strappend('k', 5 as never), /nothing but strings/);
    refuses(() => client.json.set('k', '$', 1, 'nx' as never), /options as an object/);
  },

  'get: paths': async ({ client, expect }) => {
    expect('JSON.GET k .name', '"ada"');
    assert.equal(await client.json.get('k', '.name'), 'ada');
    expect('JSON.GET k $..a', '[1,3,null]');
    assert.deepEqual(await client.json.get<number | null>('k', '$..a'), [1, 3, null]);
    expect('JSON.GET k $.a .b', '{"$.a":[1],".b":[]}');
    assert.deepEqual(await client.json.get('k', ['$.a', '.b']), { '$.a': [1], '.b': [] });
    expect('JSON.GET k $.a', '[1]');
    assert.deepEqual(await client.json.get('k', ['$.a']), { '$.a': [1] });
    expect('JSON.GET k $.a', '[1]');
    assert.deepEqual(await client.json.get('k', Buffer.from('$.a')), [1]);
    expect('JSON.GET no', null);
    assert.equal(await client.json.get('no'), null);
    expect('JSON.GET no $', null);
    assert.equal(await client.json.get('no', '$'), null);
    expect('JSON.GET no .', null);
    assert.equal(await client.json.get('no', ['.']), null);
    expect('JSON.GET k .no', error('NONEXISTENT JSON path does not exist'));
    await assert.rejects(client.json.get('k', '.no'), { name: 'ResponseError', code: 'NONEXISTENT' });
    refuses(() => client.json.get('k', []), /JSON.GET needs at least one path/);
    refuses(() => client.json.get('k', 'NoEscape'), /takes the name of an option for one/);
  },

  'get: text as the server writes it': async ({ client, expect, text }) => {
    expect(['JSON.GET', 'k', 'INDENT', '  ', 'NEWLINE', '\n', 'SPACE', ' ', 'NOESCAPE', '.'], '{\n  "a": 1\n}');
    const options = { indent: '  ', newline: '\n', space: ' ', noescape: true };
    assert.deepEqual(await client.json.get('k', '.', options), text('{\n  "a": 1\n}'));
    expect(['JSON.GET', 'k', 'SPACE', ''], '9007199254740993');
    assert.deepEqual(await client.json.get('k', undefined, { space: '' }), text('9007199254740993'));
    expect('JSON.GET k NOESCAPE $', '[1]');
    assert.deepEqual(await client.json.get('k', '$', { noescape: true }), [1]);
    expect('JSON.GET k', 'no json');
    await assert.rejects(client.json.get('k'), { name: 'DataError', message: 'the reply is not JSON' });
  },

  'a field called __proto__': async ({ client, expect }) => {
    expect('JSON.GET k', '{"__proto__":{"a":1}}');
    const value = await client.json.get<object>('k');
    assert.deepEqual(Object.entries(value ?? {}), [['__proto__', { a: 1 }]]);
    assert.equal(Object.getPrototypeOf(value), Object.prototype);
  },

  'text of any encoding is UTF-8 within JSON': async ({ client, expect }) => {
    expect(['JSON.SET', 'k', '$', '"hyvää"'], OK);
    await client.json.set('k', '$', 'hyvää');
    for (const encoding of ['latin1', 'buffer', 'utf8'] as const) {
      expect('JSON.GET k', '"hyvää"');
      assert.equal(await client.withOptions({ encoding }).json.get('k'), 'hyvää');
    }
  },

  'mset, mget, merge': async ({ client, expect }) => {
    expect('JSON.MSET a $ {"x":1} b .y "z"', OK);
    assert.equal(
      await client.json.mset([
        ['a', '$', { x: 1 }],
        [Buffer.from('b'), '.y', 'z'],
      ]),
      'OK',
    );
    expect('JSON.MGET a b $..x', ['[1,3]', null]);
    assert.deepEqual(await client.json.mget(['a', 'b'], '$..x'), [[1, 3], null]);
    expect('JSON.MGET a .x', ['null']);
    assert.deepEqual(await client.json.mget('a', '.x'), [null]);
    expect('JSON.MERGE a $ {"x":null}', OK);
    assert.equal(await client.json.merge('a', '$', { x: null }), 'OK');
    refuses(() => client.json.mget([], '$'), /JSON.MGET needs at least one key/);
  },

  'del, forget, clear': async ({ client, expect, ints }) => {
    expect('JSON.DEL k $..a', 2);
    expect('JSON.DEL k', 1);
    expect('JSON.FORGET k .a', 0);
    expect('JSON.CLEAR k $..a', 4);
    const replies = [
      await client.json.del('k', '$..a'),
      await client.json.del('k'),
      await client.json.forget('k', '.a'),
    ];
    assert.deepEqual([...replies, await client.json.clear('k', '$..a')], ints(2, 1, 0, 4));
    expect('JSON.CLEAR no', NONE);
    await assert.rejects(client.json.clear('no'), ResponseError);
  },

  'lengths and indexes': async ({ client, expect, int }) => {
    expect('JSON.ARRAPPEND k $..a "bar" [1]', [3, 5, null]);
    assert.deepEqual(await client.json.arrappend('k', '$..a', ['bar', [1]]), [int(3), int(5), null]);
    expect('JSON.ARRAPPEND k .a 2', 2);
    assert.deepEqual(await client.json.arrappend('k', '.a', [2]), int(2));
    expect('JSON.ARRINSERT k $..a -2 "baz" null', [3, null]);
    assert.deepEqual(await client.json.arrinsert('k', '$..a', -2, ['baz', null]), [int(3), null]);
    expect('JSON.ARRINDEX k $..arr 3', [2, -1, null]);
    assert.deepEqual(await client.json.arrindex('k', '$..arr', 3), [int(2), int(-1), null]);
    expect('JSON.ARRINDEX k . "a" 1', 1);
    assert.deepEqual(await client.json.arrindex('k', '.', 'a', { start: 1 }), int(1));
    expect('JSON.ARRINDEX k . "a" 0 5', -1);
    assert.deepEqual(await client.json.arrindex('k', '.', 'a', { stop: 5 }), int(-1));
    expect('JSON.ARRINDEX k . "a" 0 0', 0);
    assert.deepEqual(await client.json.arrindex('k', '.', 'a', { start: 0, stop: 0 }), int(0));
    expect('JSON.ARRLEN k $..a', [1, null]);
    assert.deepEqual(await client.json.arrlen('k', '$..a'), [int(1), null]);
    expect('JSON.ARRLEN no', null);
    assert.equal(await client.json.arrlen('no'), null);
    expect('JSON.ARRTRIM k $..a 1 -1', [0, null]);
    assert.deepEqual(await client.json.arrtrim('k', '$..a', 1, -1), [int(0), null]);
    expect('JSON.OBJLEN k $..a', [null, 2]);
    assert.deepEqual(await client.json.objlen('k', '$..a'), [null, int(2)]);
    expect('JSON.STRLEN k', 6);
    assert.deepEqual(await client.json.strlen('k'), int(6));
    expect('JSON.STRAPPEND k "bar"', 6);
    assert.deepEqual(await client.json.strappend('k', 'bar'), int(6));
    expect('JSON.STRAPPEND k $..a "bar"', [6, null]);
    assert.deepEqual(await client.json.strappend('k', 'bar', '$..a'), [int(6), null]);
  },

  arrpop: async ({ client, expect }) => {
    expect('JSON.ARRPOP k $..a 1', ['"foo"', null, '{"b":[1]}']);
    assert.deepEqual(await client.json.arrpop('k', '$..a', 1), ['foo', null, { b: [1] }]);
    expect('JSON.ARRPOP k', '4');
    assert.equal(await client.json.arrpop('k'), 4);
    expect('JSON.ARRPOP k . 0', null);
    assert.equal(await client.json.arrpop('k', '.', 0), null);
    // Some servers answer with a list under RESP3.
    expect('JSON.ARRPOP k .a', either('"x"', ['"x"']));
    assert.equal(await client.json.arrpop('k', '.a'), 'x');
    refuses(() => client.json.arrpop('k', undefined, 1), /takes an index only behind a path/);
  },

  'numincrby, nummultby: text, or a list of numbers': async ({ client, expect }) => {
    expect('JSON.NUMINCRBY k . 0.5', '2.5');
    assert.equal(await client.json.numincrby('k', '.', 0.5), 2.5);
    expect('JSON.NUMINCRBY k $..a 2', '[null,4,7.5]');
    assert.deepEqual(await client.json.numincrby('k', '$..a', 2), [null, 4, 7.5]);
    expect('JSON.NUMINCRBY k $..a 2', either('[null,4,7.5]', [null, 4, double('7.5')]));
    assert.deepEqual(await client.json.numincrby('k', '$..a', 2n), [null, 4, 7.5]);
    expect('JSON.NUMINCRBY k .a -1', either('3', [null, 3]));
    assert.equal(await client.json.numincrby('k', '.a', '-1'), 3);
    expect('JSON.NUMMULTBY k $.b 3.5', '[null]');
    assert.deepEqual(await client.json.nummultby('k', '$.b', 3.5), [null]);
    expect('JSON.NUMMULTBY k .b 2', '6');
    assert.equal(await client.json.nummultby('k', '.b', 2), 6);
    expect('JSON.NUMINCRBY no $ 2', NONE);
    await assert.rejects(client.json.numincrby('no', '$', 2), { message: /Document key does not exist/ });
  },

  objkeys: async ({ client, expect }) => {
    expect('JSON.OBJKEYS k $..a', [['foo', 'hyvää'], [], null]);
    assert.deepEqual(await client.json.objkeys('k', '$..a'), [['foo', 'hyvää'], [], null]);
    expect('JSON.OBJKEYS k', ['baz']);
    assert.deepEqual(await client.json.objkeys('k'), ['baz']);
    expect('JSON.OBJKEYS no .a', null);
    assert.equal(await client.json.objkeys('no', '.a'), null);
  },

  toggle: async ({ client, expect, protocol }) => {
    expect('JSON.TOGGLE k $..a', [null, 1, 0]);
    assert.deepEqual(await client.json.toggle('k', '$..a'), [null, true, false]);
    expect('JSON.TOGGLE k', 'true');
    expect('JSON.TOGGLE k .a', 'false');
    assert.deepEqual([await client.json.toggle('k'), await client.json.toggle('k', '.a')], [true, false]);
    expect('JSON.TOGGLE k', either('false', [boolean(true)]));
    assert.equal(await client.json.toggle('k'), protocol === 3);
  },

  type: async ({ client, expect }) => {
    const types = ['object', 'array', 'string', 'integer', 'number', 'boolean', 'null'] as const;
    expect('JSON.TYPE k $..a', types.map(simple));
    assert.deepEqual(await client.json.type('k', '$..a'), types);
    expect('JSON.TYPE k $', either([simple('null')], [[simple('null')]]));
    assert.deepEqual(await client.json.type('k', '$'), ['null']);
    expect('JSON.TYPE k', either(simple('object'), ['object']));
    assert.equal(await client.json.type('k'), 'object');
    expect('JSON.TYPE k $.none', []);
    assert.deepEqual(await client.json.type('k', '$.none'), []);
    expect('JSON.TYPE no $', either(null, [null]));
    assert.equal(await client.json.type('no', '$'), null);
  },

  resp: async ({ client, expect, int, text }) => {
    const fields = [
      ['foo', 'bar'],
      ['n', 1],
      ['b', simple('true')],
      ['x', null],
      ['f', '-19.5'],
      ['l', [simple('['), 1]],
    ] as const;
    expect('JSON.RESP k', [simple('{'), ...fields]);
    assert.deepEqual(await client.json.resp('k'), [
      '{',
      [text('foo'), text('bar')],
      [text('n'), int(1)],
      [text('b'), 'true'],
      [text('x'), null],
      [text('f'), text('-19.5')],
      [text('l'), ['[', int(1)]],
    ]);
    expect('JSON.RESP no $', null);
    assert.equal(await client.json.resp('no', '$'), null);
  },

  debug: async ({ client, expect, int, ints }) => {
    expect('JSON.DEBUG DEPTH k', 3);
    assert.deepEqual(await client.json.debugDepth('k'), int(3));
    expect('JSON.DEBUG FIELDS k $[*]', [1, 0, 3]);
    assert.deepEqual(await client.json.debugFields('k', '$[*]'), ints(1, 0, 3));
    expect('JSON.DEBUG MEMORY k', 64);
    assert.deepEqual(await client.json.debugMemory('k'), int(64));
    expect('JSON.DEBUG MEMORY no .a', null);
    assert.equal(await client.json.debugMemory('no', '.a'), null);
    expect('JSON.DEBUG HELP', [simple('JSON.DEBUG MEMORY <key> [path] - memory'), 'b']);
    assert.deepEqual(await client.json.debugHelp(), ['JSON.DEBUG MEMORY <key> [path] - memory', 'b']);
  },
});

function thrownBy(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  return undefined;
}
