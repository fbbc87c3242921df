import fc from 'fast-check';

import { ReplyError, type ReplyMode } from '../../../src/protocol/index.ts';
import { BUFFER, MODES, type Delivery } from './recorder.ts';

/** A value as it stands on the wire, in any form of RESP2 and RESP3. */
export type Tree =
  | { readonly kind: 'simple' | 'error' | 'bulkError' | 'double'; readonly text: string }
  | { readonly kind: 'integer' | 'bigNumber'; readonly value: bigint }
  | { readonly kind: 'bulk' | 'verbatim'; readonly bytes: Buffer }
  | { readonly kind: 'chunks'; readonly chunks: readonly Buffer[] }
  | { readonly kind: 'null'; readonly form: '_' | '$-1' | '*-1' }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'array' | 'set' | 'map'; readonly streamed: boolean; readonly items: readonly Tree[] }
  | {
      readonly kind: 'attributed';
      readonly streamed: boolean;
      readonly attribute: readonly Tree[];
      readonly tree: Tree;
    };

/** What a server sends on its own: a reply, which somebody has asked for in a mode, or a push. */
export type Message =
  | { readonly kind: 'reply'; readonly tree: Tree; readonly mode: ReplyMode }
  | { readonly kind: 'push'; readonly streamed: boolean; readonly items: readonly Tree[] };

const MARKS = { array: '*', set: '~', map: '%', push: '>', attribute: '|' } as const;

/** The bytes of messages, one after the other. */
export function encodeMessages(messages: readonly Message[]): Buffer {
  const parts: (string | Buffer)[] = [];
  for (const message of messages) {
    if (message.kind === 'push') writeAggregate(parts, 'push', message.streamed, message.items);
    else write(parts, message.tree);
  }
  return Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
}

function write(parts: (string | Buffer)[], tree: Tree): void {
  switch (tree.kind) {
    case 'simple':
      parts.push(`+${tree.text}\r\n`);
      break;
    case 'error':
      parts.push(`-${tree.text}\r\n`);
      break;
    case 'bulkError':
      writeBulk(parts, '!', Buffer.from(tree.text));
      break;
    case 'double':
      parts.push(`,${tree.text}\r\n`);
      break;
    case 'integer':
      parts.push(`:${tree.value}\r\n`);
      break;
    case 'bigNumber':
      parts.push(`(${tree.value}\r\n`);
      break;
    case 'bulk':
      writeBulk(parts, '$', tree.bytes);
      break;
    case 'verbatim':
      writeBulk(parts, '=', Buffer.concat([Buffer.from('txt:'), tree.bytes]));
      break;
    case 'chunks':
      parts.push('$?\r\n');
      for (const chunk of tree.chunks) if (chunk.length > 0) writeBulk(parts, ';', chunk);
      parts.push(';0\r\n');
      break;
    case 'null':
      parts.push(`${tree.form}\r\n`);
      break;
    case 'boolean':
      parts.push(tree.value ? '#t\r\n' : '#f\r\n');
      break;
    case 'attributed':
      writeAggregate(parts, 'attribute', tree.streamed, tree.attribute);
      write(parts, tree.tree);
      break;
    default:
      writeAggregate(parts, tree.kind, tree.streamed, tree.items);
  }
}

function writeBulk(parts: (string | Buffer)[], mark: string, bytes: Buffer): void {
  parts.push(`${mark}${bytes.length}\r\n`, bytes, '\r\n');
}

function writeAggregate(
  parts: (string | Buffer)[],
  kind: keyof typeof MARKS,
  streamed: boolean,
  items: readonly Tree[],
): void {
  const length = kind === 'map' || kind === 'attribute' ? items.length / 2 : items.length;
  parts.push(`${MARKS[kind]}${streamed ? '?' : length}\r\n`);
  for (const item of items) write(parts, item);
  if (streamed) parts.push('.\r\n');
}

/** What must be delivered for these messages. The second part of an `unfit` is how the message must tell of the integer. */
export function expectedOf(messages: readonly Message[]): Delivery[] {
  return messages.map((message): Delivery => {
    if (message.kind === 'push') return ['push', message.items.map((item) => valueOf(item, BUFFER, []))];
    const unfit: bigint[] = [];
    const value = valueOf(message.tree, message.mode, unfit);
    if (unfit.length > 0) return ['unfit', `an integer of ${String(unfit[0]).length} characters`];
    return value instanceof ReplyError ? ['error', value.message] : ['reply', value];
  });
}

/** The value a tree stands for. Integers that the mode cannot hold are added to `unfit`. */
function valueOf(tree: Tree, mode: ReplyMode, unfit: bigint[]): unknown {
  switch (tree.kind) {
    case 'simple':
      return tree.text;
    case 'error':
    case 'bulkError':
      return new ReplyError(tree.text);
    case 'double':
      return doubleOf(tree.text);
    case 'integer':
      if (mode.integers === 'bigint') return tree.value;
      if (!Number.isSafeInteger(Number(tree.value))) unfit.push(tree.value);
      return Number(tree.value);
    case 'bigNumber':
    case 'boolean':
      return tree.value;
    case 'bulk':
    case 'verbatim':
      return textOf(tree.bytes, mode);
    case 'chunks':
      return textOf(Buffer.concat(tree.chunks), mode);
    case 'null':
      return null;
    case 'attributed':
      return valueOf(tree.tree, mode, unfit);
    default:
      return tree.items.map((item) => valueOf(item, mode, unfit));
  }
}

function textOf(bytes: Buffer, mode: ReplyMode): string | Buffer {
  return mode.encoding === 'buffer' ? bytes : bytes.toString(mode.encoding);
}

function doubleOf(text: string): number {
  const special: Readonly<Record<string, number>> = { inf: Infinity, '-inf': -Infinity, nan: NaN };
  return special[text] ?? Number(text);
}

/** Every Buffer in a value, however deep. */
export function buffersIn(value: unknown): Buffer[] {
  if (Buffer.isBuffer(value)) return [value];
  return Array.isArray(value) ? value.flatMap(buffersIn) : [];
}

/** Text without a pattern that repeats within a window, so that a string taken from the wrong place shows. */
export function asciiOf(length: number): string {
  let text = '';
  for (let i = 0; text.length < length; i++) text += `${i.toString(36)}.`;
  return text.slice(0, length);
}

/** Lengths at which the decoder changes its way: character codes, native slices, windows, collecting apart. */
const TURNING_POINTS = [11, 12, 13, 14, 16, 23, 24, 25, 511, 512, 513, 1023, 1024, 1025, 8191, 8192, 8193, 20_000];

/** A counterexample must not print all of a long string. */
function shownAs(text: string, buffer: Buffer): Buffer {
  return Object.defineProperty(buffer, fc.toStringMethod, { value: () => text });
}

const asciiText = fc.string({ unit: 'binary-ascii', maxLength: 40 });
const anyText = fc.string({ unit: 'grapheme', maxLength: 20 });
const lineText = fc.oneof(asciiText, anyText).map((text) => text.replaceAll(/[\r\n]/g, ' '));

const bytes: fc.Arbitrary<Buffer> = fc.oneof(
  { weight: 4, arbitrary: asciiText.map((text) => Buffer.from(text)) },
  { weight: 2, arbitrary: anyText.map((text) => Buffer.from(text)) },
  { weight: 2, arbitrary: fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array)) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom(...TURNING_POINTS), fc.constantFrom('', 'é', '€', '𝄞'))
      .map(([length, ending]) => shownAs(`asciiOf(${length}) + '${ending}'`, Buffer.from(asciiOf(length) + ending))),
  },
);

const INT64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n };
const EDGE = 2n ** 53n;

const integer: fc.Arbitrary<Tree> = fc
  .oneof(
    { weight: 6, arbitrary: fc.bigInt({ min: -1000n, max: 100_000n }) },
    { weight: 3, arbitrary: fc.bigInt({ min: -(EDGE - 1n), max: EDGE - 1n }) },
    {
      weight: 1,
      arbitrary: fc.bigInt({ min: EDGE - 2n, max: EDGE + 2n }).map((value) => (value % 2n === 0n ? value : -value)),
    },
    { weight: 1, arbitrary: fc.bigInt(INT64) },
  )
  .map((value) => ({ kind: 'integer', value }));

const double: fc.Arbitrary<Tree> = fc
  .oneof(
    fc.double({ noDefaultInfinity: true, noNaN: true }).map((value) => (Object.is(value, -0) ? '-0' : String(value))),
    fc.double({ noDefaultInfinity: true, noNaN: true }).map((value) => value.toExponential(16)),
    fc.tuple(fc.integer(), fc.nat({ max: 999_999 })).map(([whole, part]) => `${whole}.${part}`),
    fc.constantFrom(
      'inf',
      '-inf',
      'nan',
      '-0',
      '-0.0',
      '.5',
      '5.',
      '1e3',
      '1E+3',
      '-1e-3',
      '0.1',
      '1e400',
      '9007199254740993',
    ),
  )
  .map((text) => ({ kind: 'double', text }));

/** Bulk strings are the most of what servers send. */
const resp2Leaf: fc.Arbitrary<Tree> = fc.oneof(
  { weight: 6, arbitrary: bytes.map((each): Tree => ({ kind: 'bulk', bytes: each })) },
  { weight: 3, arbitrary: integer },
  { weight: 1, arbitrary: fc.constant<Tree>({ kind: 'simple', text: 'OK' }) },
  { weight: 1, arbitrary: lineText.map((text): Tree => ({ kind: 'simple', text })) },
  { weight: 1, arbitrary: lineText.map((text): Tree => ({ kind: 'error', text })) },
  { weight: 1, arbitrary: fc.constantFrom<Tree>({ kind: 'null', form: '$-1' }, { kind: 'null', form: '*-1' }) },
);

const resp3Leaf: fc.Arbitrary<Tree> = fc.oneof(
  { weight: 8, arbitrary: resp2Leaf },
  { weight: 1, arbitrary: double },
  { weight: 1, arbitrary: bytes.map((each): Tree => ({ kind: 'verbatim', bytes: each })) },
  { weight: 1, arbitrary: fc.array(bytes, { maxLength: 4 }).map((chunks): Tree => ({ kind: 'chunks', chunks })) },
  { weight: 1, arbitrary: fc.oneof(asciiText, anyText).map((text): Tree => ({ kind: 'bulkError', text })) },
  { weight: 1, arbitrary: fc.bigInt().map((value): Tree => ({ kind: 'bigNumber', value })) },
  { weight: 1, arbitrary: fc.boolean().map((value): Tree => ({ kind: 'boolean', value })) },
  { weight: 1, arbitrary: fc.constant<Tree>({ kind: 'null', form: '_' }) },
);

/** Any value of RESP2. */
export const resp2Tree: fc.Arbitrary<Tree> = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small' },
    { weight: 3, arbitrary: resp2Leaf },
    {
      weight: 2,
      arbitrary: fc
        .array(tie('tree'), { maxLength: 12 })
        .map((items): Tree => ({ kind: 'array', streamed: false, items })),
    },
  ),
})).tree;

function evenly(items: readonly Tree[]): readonly Tree[] {
  return items.length % 2 === 0 ? items : items.slice(1);
}

/** Any value of RESP3. */
export const resp3Tree: fc.Arbitrary<Tree> = fc.letrec<{ tree: Tree; items: Tree[] }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small' },
    { weight: 6, arbitrary: resp3Leaf },
    {
      weight: 3,
      arbitrary: fc
        .tuple(fc.constantFrom('array' as const, 'set' as const), fc.boolean(), tie('items'))
        .map(([kind, streamed, items]): Tree => ({ kind, streamed, items })),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(fc.boolean(), tie('items'))
        .map(([streamed, items]): Tree => ({ kind: 'map', streamed, items: evenly(items) })),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.boolean(), tie('items'), tie('tree'))
        .map(([streamed, items, tree]): Tree => ({ kind: 'attributed', streamed, attribute: evenly(items), tree })),
    },
  ),
  items: fc.array(tie('tree'), { maxLength: 10 }),
})).tree;

const mode = fc.constantFrom(...MODES);

/** What a server that speaks RESP2 may send. */
export const resp2Messages: fc.Arbitrary<Message[]> = fc.array(
  fc.record({ kind: fc.constant('reply' as const), tree: resp2Tree, mode }),
  { minLength: 1, maxLength: 8 },
);

/** What a server that speaks RESP3 may send. */
export const resp3Messages: fc.Arbitrary<Message[]> = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ kind: fc.constant('reply' as const), tree: resp3Tree, mode }) },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('push' as const),
        streamed: fc.boolean(),
        items: fc.array(resp3Tree, { minLength: 1, maxLength: 5 }),
      }),
    },
  ),
  { minLength: 1, maxLength: 8 },
);

/** Sizes of the chunks that bytes come in. */
export const chunking: fc.Arbitrary<number[]> = fc.oneof(
  fc.constantFrom<number[]>([1], [2], [3], [7], [64], [4096], [65_536]),
  fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 20 }),
  fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 20 }),
  fc.array(fc.integer({ min: 1, max: 12_000 }), { minLength: 1, maxLength: 20 }),
);
