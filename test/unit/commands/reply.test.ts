import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseClientInfo } from '../../../src/commands/connection.ts';
import { toBoolean, toDouble, toDoubleOrNull, toFields, toPairs, toText } from '../../../src/commands/reply.ts';
import type { ReplyMode } from '../../../src/protocol/reply-mode.ts';

const UTF8: ReplyMode = { encoding: 'utf8', integers: 'number' };
const LATIN1: ReplyMode = { encoding: 'latin1', integers: 'number' };
const BUFFER: ReplyMode = { encoding: 'buffer', integers: 'bigint' };

test('booleans of every type of integer', () => {
  assert.deepEqual([1, 1n, true, 0, 0n, false, null].map(toBoolean), [true, true, true, false, false, false, false]);
});

test('doubles of both protocols', () => {
  assert.deepEqual([1.5, '1.5', Buffer.from('-2e3'), 'inf', '-inf', Infinity].map(toDouble), [
    1.5,
    1.5,
    -2000,
    Infinity,
    -Infinity,
    Infinity,
  ]);
  assert.ok(Number.isNaN(toDouble('nan')));
  assert.equal(toDoubleOrNull(null), null);
  assert.throws(() => toDouble('0x10'), { name: 'DataError' });
});

test('structural text is a string in every encoding', () => {
  assert.equal(toText('é', UTF8), 'é');
  assert.equal(toText('Ã©', LATIN1), 'é');
  assert.equal(toText(Buffer.from('é'), BUFFER), 'é');
});

test('field maps', () => {
  assert.deepEqual(toFields(['a', '1', 'b', '2'], UTF8), { a: '1', b: '2' });
  const odd = toFields<string>(['__proto__', 'x'], UTF8);
  assert.deepEqual(Object.entries(odd), [['__proto__', 'x']]);
  assert.equal(Object.getPrototypeOf(odd), Object.prototype);
  const pairs = [[Buffer.from('a'), Buffer.from('1')]];
  assert.deepEqual(toFields(pairs[0], BUFFER), pairs);
});

test('pairs, flat and nested', () => {
  assert.deepEqual(toPairs(['a', '1', 'b', '2']), [
    ['a', '1'],
    ['b', '2'],
  ]);
  assert.deepEqual(toPairs([['a', '1']]), [['a', '1']]);
  assert.deepEqual(toPairs([]), []);
});

test('client info of servers older and newer, with names and paths of any kind', () => {
  const info = parseClientInfo('id=3 addr=/run/a b/socket:0 name=a=b tot-mem=17 multi=-1 resp=3 brand-new=7 lib-name=');
  assert.deepEqual(info, {
    id: 3,
    addr: '/run/a b/socket:0',
    name: 'a=b',
    totMem: 17,
    multi: -1,
    resp: 3,
    brandNew: '7',
    libName: '',
  });
});
