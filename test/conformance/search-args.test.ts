/**
 * Commands on search indexes as another client sends them in its own tests, each beside the call of ours that means the same: it must
 * send the same bytes.
 *
 * Ours never adds a dialect by itself, so the calls name it. An index needs a field, which the recorded ones without any were given.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { SearchCommands } from '../../src/commands/index.ts';
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
