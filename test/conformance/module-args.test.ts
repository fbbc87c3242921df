/**
 * That the modules' methods send the words which are known to be right for a call.
 *
 * A row of the data is `call`, a namespace, a method and its arguments, and `wire`, the words. Where ours are others, `sends` has them and
 * `reason` says why. What is `refused` is so before anything is sent. `without` has the words that no method sends.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { DataError } from '../../src/errors.ts';
import { callOf, Recording } from './recording.ts';

interface Row {
  readonly call: readonly [namespace: string, method: string, args: readonly unknown[]];
  readonly wire?: readonly string[];
  readonly sends?: readonly string[];
  readonly refused?: boolean;
  readonly reason?: string;
}
interface Data {
  readonly rows: readonly Row[];
  readonly without: readonly { readonly wire: readonly string[]; readonly reason: string }[];
}

const file = new URL('data/module-args.json', import.meta.url);
const { rows, without } = JSON.parse(await readFile(file, 'utf8')) as Data;

for (const { call, wire, sends, refused, reason } of rows) {
  const [namespace, method, args] = call;
  test(`${namespace}.${method}(${args.map((arg) => JSON.stringify(arg)).join(', ')})`, () => {
    const words = (): readonly string[] => callOf(new Recording(), `${namespace}.${method}`, args).words;
    if (refused) return void assert.throws(words, DataError);
    assert.equal(sends === undefined, reason === undefined, 'other words have a reason');
    assert.deepEqual(words().map(upperIf(sends ?? wire!)), sends ?? wire);
  });
}

test('few words are left out, each with a reason', () => {
  assert.ok(rows.length > 220);
  assert.ok(without.length < 10);
  for (const { wire, reason } of without) assert.ok(reason.length > 20, wire.join(' '));
});

/** Choices are sent in lower case, which servers do not mind: a word that should be in upper case may be. */
function upperIf(wanted: readonly string[]): (word: string, index: number) => string {
  return (word, index) => (/^[A-Z][A-Z0-9.,_]*$/.test(wanted[index] ?? '') ? word.toUpperCase() : word);
}
