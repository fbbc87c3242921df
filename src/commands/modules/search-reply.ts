/**
 * Replies of searches and aggregations. valkey-search, and RediSearch under RESP2, answer with a number and flat lists; RediSearch under
 * RESP3 with maps. Both become the same objects.
 */
import { doubleOf } from '../../protocol/number.ts';
import type { ReplyMode } from '../../protocol/reply-mode.ts';
import { toRecord } from '../record.ts';
import { toDouble, toText, toTexts } from '../reply.ts';
import type { Decoder } from '../spec.ts';
import type { FieldsOf } from '../surface.ts';

/** How a score came about. */
export interface ScoreExplanation {
  readonly text: string;
  /** What it was made of. */
  readonly details: ScoreExplanation[];
}

/** What a search gives of every document. */
export interface SearchKey<T> {
  /** The document's key. */
  readonly id: T;
  /** With `withsortkeys`: what it was sorted by. */
  readonly sortkey?: T | null;
  /** With `explainscore`. */
  readonly explanation?: ScoreExplanation;
}

/** What a flag adds to a reply: certainly, not at all, or perhaps when the flag is not known. */
type When<F extends boolean, D> = [F] extends [true] ? D : [F] extends [false] ? unknown : Partial<D>;
type Unless<F extends boolean, D> = [F] extends [true] ? unknown : [F] extends [false] ? D : Partial<D>;

/** A document that was found. The type parameters are what was asked for of `nocontent`, `withscores` and `withpayloads`. */
export type SearchDocument<
  T,
  N extends boolean = false,
  W extends boolean = false,
  P extends boolean = false,
> = SearchKey<T> &
  Unless<
    N,
    {
      /** Empty when the document went away while the search ran. A JSON document as a whole is the text of the field `$`. */
      readonly fields: FieldsOf<T>;
    }
  > &
  When<W, { readonly score: number }> &
  When<P, { readonly payload: T | null }>;

/** What a search found. */
export interface SearchReply<D, I> {
  /** How many documents fit; `documents` may be fewer. */
  readonly total: I;
  readonly documents: D[];
  /** Why the reply may not be complete. RESP3 only, and when there is something to say. */
  readonly warnings?: string[];
}

/** A page of what a search found. It is the last one when `cursor` is `'0'`. */
export interface SearchCursorReply<D, I> extends SearchReply<D, I> {
  readonly cursor: string;
}

/** A value of a record: text, `null`, or a list of them from reducers such as `tolist`. The records of `collect` are flat lists of names and values. */
export type AggregateValue<T> = T | null | AggregateValue<T>[];

/** A record: a plain object, or pairs of Buffers and values. */
export type AggregateRow<T> = T extends string ? Record<string, AggregateValue<T>> : [T, AggregateValue<T>][];

/** What an aggregation gave. */
export interface AggregateReply<T, I> {
  /** The server's count, which need not be the number of `rows`. */
  readonly total: I;
  readonly rows: AggregateRow<T>[];
  /** Why the reply may not be complete. RESP3 only, and when there is something to say. */
  readonly warnings?: string[];
}

/** A page of what an aggregation gave. It is the last one when `cursor` is `'0'`. */
export interface AggregateCursorReply<T, I> extends AggregateReply<T, I> {
  readonly cursor: string;
}

/** Which parts a document has in a flat reply, as bits. */
const SCORE = 1;
const PAYLOAD = 2;
const SORTKEY = 4;
const KEY_ALONE = 8;
const SHAPES = 16;

/** What a search was asked for, as far as it decides on the reply. */
export interface Asked {
  readonly withscores?: unknown;
  readonly withpayloads?: unknown;
  readonly withsortkeys?: unknown;
}

function shapeOf(asked: Asked, noFields: boolean): number {
  return (
    (asked.withscores ? SCORE : 0) |
    (asked.withpayloads ? PAYLOAD : 0) |
    (asked.withsortkeys ? SORTKEY : 0) |
    (noFields ? KEY_ALONE : 0)
  );
}

/** A document in the making. */
interface Draft {
  id?: unknown;
  score?: number;
  payload?: unknown;
  sortkey?: unknown;
  explanation?: ScoreExplanation;
  fields?: unknown;
}

/** The decoders of searches, by the shape of a document and by whether the fields are to be there though the server leaves them out. */
const SEARCHES: readonly Decoder<SearchReply<unknown, unknown>>[] = shapes(toSearchReply);
const SEARCH_CURSORS: readonly Decoder<unknown>[] = shapes(toSearchCursorReply);
const SEARCH_PAGES: readonly Decoder<unknown>[] = shapes(toSearchPage);

function shapes<R>(decode: (reply: unknown, mode: ReplyMode, shape: number) => R): readonly Decoder<R>[] {
  return Array.from({ length: 2 * SHAPES }, (_, shape) => (reply, mode) => decode(reply, mode, shape));
}

/** `noFields`: the server sends keys alone. `noContent`: they are to stay alone, rather than to have empty fields. */
export function searchDecoder<R>(asked: Asked, noFields: boolean, noContent: boolean): Decoder<R> {
  return SEARCHES[indexOf(asked, noFields, noContent)] as unknown as Decoder<R>;
}

/** The same of a search with a cursor: its first page. */
export function searchCursorDecoder<R>(asked: Asked, noFields: boolean, noContent: boolean): Decoder<R> {
  return SEARCH_CURSORS[indexOf(asked, noFields, noContent)] as Decoder<R>;
}

/** The same of the further pages. */
export function searchPageDecoder<R>(asked: Asked, noFields: boolean, noContent: boolean): Decoder<R> {
  return SEARCH_PAGES[indexOf(asked, noFields, noContent)] as Decoder<R>;
}

function indexOf(asked: Asked, noFields: boolean, noContent: boolean): number {
  return shapeOf(asked, noFields) + (noFields && !noContent ? SHAPES : 0);
}

function toSearchReply(reply: unknown, mode: ReplyMode, shape: number): SearchReply<unknown, unknown> {
  const items = reply as unknown[];
  if (!isCount(items[0])) return toNamedReply(items, mode, 'documents', toNamedDocument, shape);
  const width = widthOf(shape);
  const documents: unknown[] = [];
  for (let at = 1; at < items.length; at += width) documents.push(toDocument(items, at, mode, shape));
  return { total: toInteger(items[0], mode), documents };
}

/** `[total, [[id, fields], ...], cursor]` */
function toSearchCursorReply(reply: unknown, mode: ReplyMode, shape: number): SearchCursorReply<unknown, unknown> {
  const [total, rows, cursor] = reply as [unknown, unknown[][], unknown];
  const documents: unknown[] = [];
  for (const row of rows) documents.push(toDocument(row, 0, mode, shape));
  return { total: toInteger(total, mode), documents, cursor: toCursor(cursor, mode) };
}

/** `[[count, [id, fields], ...], cursor]` */
function toSearchPage(reply: unknown, mode: ReplyMode, shape: number): SearchCursorReply<unknown, unknown> {
  const [rows, cursor] = reply as [unknown[], unknown];
  const documents: unknown[] = [];
  for (let i = 1; i < rows.length; i++) documents.push(toDocument(rows[i] as unknown[], 0, mode, shape));
  return { total: toInteger(rows[0], mode), documents, cursor: toCursor(cursor, mode) };
}

function widthOf(shape: number): number {
  let width = 1;
  for (let part = SCORE; part <= SORTKEY; part <<= 1) if (shape & part) width++;
  return shape & KEY_ALONE ? width : width + 1;
}

/** A document of a flat reply: its key, then what was asked for, in this order. */
function toDocument(items: readonly unknown[], at: number, mode: ReplyMode, shape: number): Draft {
  const document: Draft = { id: toPayload(items[at++], mode) };
  if (shape & SCORE) setScore(document, items[at++], mode);
  if (shape & PAYLOAD) document.payload = toPayloadOrNull(items[at++], mode);
  if (shape & SORTKEY) document.sortkey = toPayloadOrNull(items[at++], mode);
  if (!(shape & KEY_ALONE)) document.fields = toDocumentFields(items[at], mode);
  else if (shape & SHAPES) document.fields = toDocumentFields(null, mode);
  return document;
}

function toNamedDocument(reply: unknown, mode: ReplyMode, shape: number): Draft {
  const flat = reply as unknown[];
  const document: Draft = {};
  for (let i = 0; i < flat.length; i += 2) {
    const value = flat[i + 1];
    switch (toText(flat[i], mode)) {
      case 'id':
        document.id = toPayload(value, mode);
        break;
      case 'score':
        setScore(document, value, mode);
        break;
      case 'payload':
        document.payload = toPayloadOrNull(value, mode);
        break;
      case 'sortkey':
        document.sortkey = toPayloadOrNull(value, mode);
        break;
      case 'extra_attributes':
        document.fields = toDocumentFields(value, mode);
        break;
      default:
    }
  }
  if (document.fields === undefined && !(shape & KEY_ALONE && shape < SHAPES))
    document.fields = toDocumentFields(null, mode);
  return document;
}

/** A score, or a list of it and how it came about. */
function setScore(document: Draft, reply: unknown, mode: ReplyMode): void {
  if (!Array.isArray(reply)) document.score = toDouble(reply);
  else {
    document.score = toDouble(reply[0]);
    document.explanation = toExplanation(reply[1], mode);
  }
}

/** `text`, or `[text, [explanation, ...]]` */
function toExplanation(reply: unknown, mode: ReplyMode): ScoreExplanation {
  if (!Array.isArray(reply)) return { text: toText(reply, mode), details: [] };
  const details: ScoreExplanation[] = [];
  for (const detail of (reply[1] ?? []) as unknown[]) details.push(toExplanation(detail, mode));
  return { text: toText(reply[0], mode), details };
}

/** An aggregation without a cursor. */
export function toAggregateReply<T, I>(reply: unknown, mode: ReplyMode): AggregateReply<T, I> {
  const items = reply as unknown[];
  if (!isCount(items[0])) return toNamedReply(items, mode, 'rows', toNamedRow, 0);
  const rows: unknown[] = [];
  for (let i = 1; i < items.length; i++) rows.push(toRow(items[i], mode));
  return { total: toInteger(items[0], mode) as I, rows: rows as AggregateRow<T>[] };
}

/** A page of an aggregation with a cursor, the first one or a further one. */
export function toAggregatePage<T, I>(reply: unknown, mode: ReplyMode): AggregateCursorReply<T, I> {
  const [page, cursor] = reply as [unknown, unknown];
  return { ...toAggregateReply<T, I>(page, mode), cursor: toCursor(cursor, mode) };
}

/** A record that is a map of its fields, or a map that names them `extra_attributes`. */
function toNamedRow(reply: unknown, mode: ReplyMode): unknown {
  const flat = reply as unknown[];
  for (let i = 0; i < flat.length; i += 2) {
    if (toText(flat[i], mode) === 'extra_attributes') return toRow(flat[i + 1] ?? [], mode);
  }
  return toRow(flat, mode);
}

function toRow(reply: unknown, mode: ReplyMode): unknown {
  const flat = reply as unknown[];
  if (mode.encoding !== 'buffer' && isText(flat)) return toRecord(flat as string[]);
  const pairs: [unknown, unknown][] = [];
  for (let i = 0; i < flat.length; i += 2) pairs.push([toPayload(flat[i], mode), toValue(flat[i + 1], mode)]);
  return mode.encoding === 'buffer' ? pairs : Object.fromEntries(pairs as [string, unknown][]);
}

/** Fields of a document. Those without a value are left out. */
function toDocumentFields(reply: unknown, mode: ReplyMode): unknown {
  const flat = (reply ?? []) as unknown[];
  if (mode.encoding !== 'buffer' && isText(flat)) return toRecord(flat as string[]);
  const pairs: [unknown, unknown][] = [];
  for (let i = 0; i < flat.length; i += 2) {
    const value = flat[i + 1];
    if (value !== null) pairs.push([toPayload(flat[i], mode), toPayload(value, mode)]);
  }
  return mode.encoding === 'buffer' ? pairs : Object.fromEntries(pairs as [string, unknown][]);
}

/** The map of RediSearch under RESP3, and of its FT.HYBRID under both protocols. */
function toNamedReply<R>(
  items: readonly unknown[],
  mode: ReplyMode,
  list: 'documents' | 'rows',
  decode: (reply: unknown, mode: ReplyMode, shape: number) => unknown,
  shape: number,
): R {
  const found: unknown[] = [];
  const reply: Record<string, unknown> = { total: toInteger(0, mode), [list]: found };
  for (let i = 0; i < items.length; i += 2) {
    const value = items[i + 1];
    switch (toText(items[i], mode)) {
      case 'total_results':
        reply['total'] = toInteger(value, mode);
        break;
      case 'results':
        for (const item of value as unknown[]) found.push(decode(item, mode, shape));
        break;
      case 'warning':
      case 'warnings':
        if ((value as unknown[]).length > 0) reply['warnings'] = toTexts(value, mode);
        break;
      default:
    }
  }
  return reply as R;
}

function isCount(value: unknown): boolean {
  return typeof value === 'number' || typeof value === 'bigint';
}

function isText(flat: readonly unknown[]): boolean {
  for (let i = 0; i < flat.length; i++) if (typeof flat[i] !== 'string') return false;
  return true;
}

/** An integer as the mode has them, however it was read. */
export function toInteger(value: unknown, mode: ReplyMode): unknown {
  if (mode.integers === 'bigint') return typeof value === 'number' ? BigInt(value) : value;
  return typeof value === 'bigint' ? Number(value) : value;
}

function toCursor(value: unknown, mode: ReplyMode): string {
  return isCount(value) ? String(value) : toText(value, mode);
}

/** What users stored. Modules send some of it as simple strings, which are no Buffers yet, and numbers under RESP3. */
export function toPayload(value: unknown, mode: ReplyMode): unknown {
  if (mode.encoding !== 'buffer') return typeof value === 'string' ? value : textOf(value);
  return Buffer.isBuffer(value) ? value : Buffer.from(textOf(value));
}

export function toPayloadOrNull(value: unknown, mode: ReplyMode): unknown {
  return value === null ? null : toPayload(value, mode);
}

export function toPayloads<T>(reply: unknown, mode: ReplyMode): T[] {
  const items = reply as unknown[];
  const payloads: unknown[] = [];
  for (const item of items) payloads.push(toPayload(item, mode));
  return payloads as T[];
}

/** Fields by themselves, or `null`. */
export function toFieldsOrNull<T>(reply: unknown, mode: ReplyMode): FieldsOf<T> | null {
  return reply === null ? null : (toDocumentFields(reply, mode) as FieldsOf<T>);
}

/** Fields of several, each by themselves or `null`. */
export function toEachFieldsOrNull<T>(reply: unknown, mode: ReplyMode): (FieldsOf<T> | null)[] {
  const all: (FieldsOf<T> | null)[] = [];
  for (const each of reply as unknown[]) all.push(toFieldsOrNull<T>(each, mode));
  return all;
}

function toValue(value: unknown, mode: ReplyMode): unknown {
  if (!Array.isArray(value)) return toPayloadOrNull(value, mode);
  const values: unknown[] = [];
  for (const item of value as unknown[]) values.push(toValue(item, mode));
  return values;
}

function textOf(value: unknown): string {
  if (typeof value !== 'number' || Number.isFinite(value)) return String(value);
  if (Number.isNaN(value)) return 'nan';
  return value > 0 ? 'inf' : '-inf';
}

/** A number, also where a server sends it as text; any other text stays. */
export function toNumberOrText(value: unknown, mode: ReplyMode): unknown {
  if (isCount(value)) return Number(value);
  if (typeof value !== 'string' && !Buffer.isBuffer(value)) return value;
  const text = toText(value, mode);
  return doubleOf(text) ?? text;
}
