/**
 * Puts odd values into every place of every sample: each must be sent exactly as it is, or refused with a `DataError` before
 * anything is sent. What is left out, an `undefined` option, must leave no trace.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { DataError } from '../../src/errors.ts';
import { callOf, Recording, type Sent } from './recording.ts';
import { samples } from './samples/index.ts';

/** Values a command can send, and their text on the wire. */
const SENDABLE: readonly (readonly [value: unknown, text: string])[] = [
  [0, '0'],
  [-0, '-0'],
  ['', ''],
  [-7.25, '-7.25'],
  [Infinity, 'Infinity'],
  [-Infinity, '-Infinity'],
  [2n ** 70n, '1180591620717411303424'],
  [9007199254740993n, '9007199254740993'],
  [Buffer.from([0xff, 0, 13, 10]), '\u00ff\u0000\r\n'],
];
const UNSENDABLE: readonly unknown[] = [
  NaN,
  null,
  {},
  [],
  true,
  () => 1,
  Symbol('s'),
  [[]],
  { a: {} },
  [null],
  [undefined],
  [NaN],
];
type Path = readonly (string | number)[];

/** Where a JSON value is taken, by the position of the argument: null, true and {} are as good as any other there. */
const JSON_VALUES: Readonly<Record<string, number>> = {
  'json.arrappend': 2,
  'json.arrindex': 2,
  'json.arrinsert': 3,
  'json.merge': 2,
  'json.mset': 0,
  'json.set': 2,
};

for (const [method, calls] of Object.entries(samples)) {
  test(method, () => {
    for (const args of calls) {
      const plain = callOf(new Recording(), method, args);
      for (const path of pathsOf(args)) if (path[0] !== JSON_VALUES[method]) check(method, args, path, plain);
    }
  });
}

function check(method: string, args: readonly unknown[], path: Path, plain: Sent): void {
  const old = path.reduce<unknown>((value, step) => (value as Record<string | number, unknown>)[step], args);
  const place = `${method}(${args.map(describeValue).join(', ')}) with`;
  for (const [value, text] of SENDABLE) {
    const sent = outcome(method, args, path, value);
    if (sent === undefined) continue;
    const what = `${place} ${describeValue(value)} at ${path.join('.')}: ${sent.words.join(' ')}`;
    if (typeof old === 'boolean' && !carries(sent, text, plain)) assertNothingNew(sent, plain, what);
    else assert.ok(carries(sent, text, isStructure(old) ? undefined : plain), `not sent as it is: ${what}`);
  }
  for (const value of UNSENDABLE) {
    if (value === true && typeof old === 'boolean') continue;
    const sent = outcome(method, args, path, value);
    if (sent === undefined) continue;
    const what = `was sent, not refused: ${place} ${describeValue(value)} at ${path.join('.')}: ${sent.words.join(' ')}`;
    assert.ok(typeof old === 'boolean' || (typeof value === 'object' && value !== null), what);
    assertNothingNew(sent, plain, what);
  }
  const without = outcome(method, args, path, undefined);
  if (without !== undefined)
    assertNothingNew(without, plain, `${place}out ${path.join('.')}: ${without.words.join(' ')}`);
}

/** What the call sends with `value` at `path`; `undefined` when it is refused as it should. */
function outcome(method: string, args: readonly unknown[], path: Path, value: unknown): Sent | undefined {
  try {
    return callOf(new Recording(), method, replaced(args, path, value) as readonly unknown[]);
  } catch (error) {
    const what = `${method}, ${describeValue(value)} at ${path.join('.')}`;
    assert.ok(error instanceof DataError, `${what}: ${error instanceof Error ? error.stack : String(error)}`);
    return undefined;
  }
}

/** Whether a word is or ends in the text; when the rest of the call is `plain`, in as many words as that. */
function carries(sent: Sent, text: string, plain: Sent | undefined): boolean {
  if (plain !== undefined && sent.words.length !== plain.words.length) return false;
  return sent.words.some((word) => word.endsWith(text));
}

/** That all words are also of the plain call, counts apart. */
function assertNothingNew(sent: Sent, plain: Sent, what: string): void {
  const known = new Set(plain.words);
  // MIGRATE says AUTH2 with a username, and AUTH without.
  if (known.has('AUTH2')) known.add('AUTH');
  const fresh = sent.words.filter((word) => !known.has(word) && !/^\d$/.test(word));
  assert.deepEqual(fresh, [], what);
}

function pathsOf(value: unknown, path: Path = []): Path[] {
  const below = isStructure(value)
    ? Object.entries(value).flatMap(([name, item]) =>
        pathsOf(item, [...path, Array.isArray(value) ? Number(name) : name]),
      )
    : [];
  return path.length === 0 ? below : [path, ...below];
}

function isStructure(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  return !(value instanceof Uint8Array || value instanceof Map);
}

/** A copy with `value` at `path`; an `undefined` at the end of the arguments is left out. */
function replaced(root: unknown, path: Path, value: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  const item = replaced((root as Record<string | number, unknown>)[step], rest, value);
  if (!Array.isArray(root)) return { ...(root as object), [step]: item };
  const items: unknown[] = [...(root as unknown[])];
  items[step as number] = item;
  return items;
}

function describeValue(value: unknown): string {
  return inspect(value, { breakLength: Infinity });
}
