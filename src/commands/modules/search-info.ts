/** What a server tells of indexes, of the course of a query, of spelling and of its settings. */
import type { ReplyMode } from '../../protocol/reply-mode.ts';
import { toDouble, toText, toTextOrNull } from '../reply.ts';
import type { Decoder } from '../spec.ts';
import { toNumberOrText, toPayload, toPayloadOrNull, toPayloads } from './search-reply.ts';

/** Which documents an index holds. */
export interface SearchIndexDefinition {
  /** `HASH` or `JSON`. */
  readonly keyType: string;
  readonly prefixes: string[];
  readonly filter?: string;
  readonly defaultLanguage?: string;
  readonly languageField?: string;
  readonly defaultScore?: number;
  readonly scoreField?: string;
  readonly payloadField?: string;
  readonly [name: string]: unknown;
}

/** A field of an index. */
export interface SearchIndexAttribute {
  /** The name of a hash's field, or the path of a JSON document's. */
  readonly identifier: string;
  /** The name that queries know it by. */
  readonly attribute: string;
  /** `TEXT`, `TAG`, `NUMERIC`, `GEO`, `GEOSHAPE` or `VECTOR`. */
  readonly type: string;
  /** What it is or is not: `SORTABLE`, `UNF`, `NOSTEM`, `NOINDEX`, ... */
  readonly flags: string[];
  readonly weight?: number;
  readonly separator?: string;
  /** Of a vector field, as valkey-search tells it. */
  readonly index?: SearchVectorIndex;
  readonly [name: string]: unknown;
}

/** The vectors of a field. */
export interface SearchVectorIndex {
  readonly capacity?: number;
  readonly dimensions?: number;
  readonly distanceMetric?: string;
  readonly size?: number;
  readonly dataType?: string;
  readonly algorithm?: { readonly name?: string; readonly [name: string]: unknown };
  readonly [name: string]: unknown;
}

/**
 * An index and its state, names in camelCase: `num_docs` is `numDocs`, `Index Errors` is `indexErrors`. Which fields there are is the
 * module's business; those of newer versions are there too. Numbers are numbers, also where the server sends text.
 */
export interface FtInfoReply {
  readonly indexName: string;
  readonly indexOptions?: string[];
  readonly indexDefinition?: SearchIndexDefinition;
  readonly attributes?: SearchIndexAttribute[];
  /** Documents in the index. */
  readonly numDocs?: number;
  /** Words, tags and values in the index. */
  readonly numRecords?: number;
  /** Different words. */
  readonly numTerms?: number;
  /** Documents that could not be indexed. */
  readonly hashIndexingFailures?: number;
  /** RediSearch: 1 while it indexes what was there before, and how much of it is done, from 0 to 1. */
  readonly indexing?: number;
  readonly percentIndexed?: number;
  /** valkey-search: the same. */
  readonly backfillInProgress?: number;
  readonly backfillCompletePercent?: number;
  /** valkey-search: `ready`, `backfill_in_progress` or `backfill_paused_by_oom`. */
  readonly state?: string;
  readonly [name: string]: unknown;
}

/** What a part of a query did. */
export interface SearchProfileStep {
  readonly type: string;
  /** Milliseconds. */
  readonly time?: number;
  /** How often it was asked for a result. */
  readonly counter?: number;
  readonly [name: string]: unknown;
}

/** How a part of a query found documents. */
export interface SearchProfileIterator extends SearchProfileStep {
  readonly term?: string;
  readonly queryType?: string;
  readonly size?: number;
  /** With `limited`, a sentence on how many there are. */
  readonly childIterators?: SearchProfileIterator[] | string;
  readonly childIterator?: SearchProfileIterator;
}

/** What one server did for a query. Times are milliseconds. */
export interface SearchProfileShard {
  readonly totalProfileTime?: number;
  readonly parsingTime?: number;
  readonly pipelineCreationTime?: number;
  /** `null` when all went well. */
  readonly warning?: string | null;
  readonly iteratorsProfile?: SearchProfileIterator;
  readonly resultProcessorsProfile?: SearchProfileStep[];
  readonly [name: string]: unknown;
}

/** What was done for a query; names in camelCase. */
export interface SearchProfile {
  /** One per server that took part. */
  readonly shards: SearchProfileShard[];
  /** What the server that was asked did to put their results together. */
  readonly coordinator: { readonly [name: string]: unknown };
}

/** The reply of a query, and how it came about. */
export interface FtProfileReply<R> {
  readonly results: R;
  readonly profile: SearchProfile;
}

/** A word of a query that the index does not know, and those it knows that are like it, the likeliest first. */
export interface SpellcheckTerm<T> {
  readonly term: T;
  readonly suggestions: { readonly suggestion: T; readonly score: number }[];
}

/** Terms and the groups of synonyms they belong to: a plain object, or pairs of Buffers. */
export type SearchSynonyms<T> = T extends string ? Record<string, T[]> : [term: T, groups: T[]][];

/** Fields that are text whatever it looks like. */
const TEXT: ReadonlySet<string> = new Set([
  ...['indexName', 'keyType', 'prefixes', 'filter', 'defaultLanguage', 'language', 'languageField', 'scoreField'],
  ...['payloadField', 'identifier', 'attribute', 'type', 'types', 'separator', 'punctuation', 'stopWords', 'stopwords'],
  ...['stopwordsList', 'aliases', 'indexesAll', 'mode', 'state', 'name', 'dataType', 'distanceMetric', 'compression'],
  ...['lastIndexingError', 'lastIndexingErrorKey', 'term', 'queryType', 'warning', 'childIterators'],
]);

/** Words that stand alone among the names and values of a field, under RESP2. */
const FLAGS: ReadonlySet<string> = new Set([
  ...['SORTABLE', 'UNF', 'NOSTEM', 'NOINDEX', 'CASESENSITIVE', 'WITHSUFFIXTRIE', 'INDEXEMPTY', 'INDEXMISSING'],
]);

/** Fields that are maps of names and values, and those that are lists of them. */
const MAPS: ReadonlySet<string> = new Set([
  ...['indexDefinition', 'gcStats', 'cursorStats', 'dialectStats', 'indexErrors', 'index', 'algorithm'],
]);
const LISTS: ReadonlySet<string> = new Set(['attributes', 'fieldStatistics']);

/** `num_docs`, `Index Errors` and `WEIGHT` as properties: `numDocs`, `indexErrors`, `weight`. */
function toName(text: string): string {
  let name = '';
  for (const word of text.split(/[^A-Za-z0-9$]+/)) {
    const rest = /[a-z]/.test(word) ? word.slice(1) : word.slice(1).toLowerCase();
    const first = word.slice(0, 1);
    name += (name === '' ? first.toLowerCase() : first.toUpperCase()) + rest;
  }
  return name;
}

export function toInfo(reply: unknown, mode: ReplyMode): FtInfoReply {
  const { fields, ...info } = toMap(reply, mode);
  // What RediSearch 1 calls fields are the attributes of later versions.
  if (fields !== undefined) setOwn(info, 'attributes' in info ? 'fields' : 'attributes', fields);
  return info as unknown as FtInfoReply;
}

/** An own property, whatever its name. */
function setOwn(object: Record<string, unknown>, name: string, value: unknown): void {
  Object.defineProperty(object, name, { value, configurable: true, enumerable: true, writable: true });
}

function toMap(reply: unknown, mode: ReplyMode): Record<string, unknown> {
  const flat = reply as unknown[];
  const map: Record<string, unknown> = {};
  for (let i = 0; i < flat.length; i += 2) {
    const name = toName(toText(flat[i], mode));
    setOwn(map, name, toInfoValue(name, flat[i + 1], mode));
  }
  return map;
}

function toInfoValue(name: string, value: unknown, mode: ReplyMode): unknown {
  if (value === null || value === undefined) return null;
  if (!Array.isArray(value)) return TEXT.has(name) ? toAnyText(value, mode) : toNumberOrText(value, mode);
  if (MAPS.has(name)) return toMap(value, mode);
  if (name === 'fields' && Array.isArray(value[0]))
    return value.map((item: unknown[]) => toAttribute(['identifier', item[0], 'attribute', ...item], mode));
  if (LISTS.has(name))
    return value.map((item) => (name === 'attributes' ? toAttribute(item, mode) : toMap(item, mode)));
  return value.map((item) => toInfoValue(name, item, mode));
}

/** A field's name and properties, among which RESP2 has its flags. */
function toAttribute(reply: unknown, mode: ReplyMode): Record<string, unknown> {
  const items = reply as unknown[];
  const flags: string[] = [];
  const attribute: Record<string, unknown> = { flags };
  for (let i = 0; i < items.length; i++) {
    const word = toAnyText(items[i], mode);
    if (FLAGS.has(word) && !isSwitch(items[i + 1], mode)) flags.push(word);
    else {
      const value = items[++i];
      const name = toName(word);
      if (name === 'flags') for (const flag of value as unknown[]) flags.push(toText(flag, mode));
      else setOwn(attribute, name, toInfoValue(name, value, mode));
    }
  }
  return attribute;
}

/** valkey-search says 0 or 1 after a flag's name. */
function isSwitch(value: unknown, mode: ReplyMode): boolean {
  const number = value === undefined || Array.isArray(value) ? undefined : toNumberOrText(value, mode);
  return number === 0 || number === 1;
}

function toAnyText(value: unknown, mode: ReplyMode): string {
  return typeof value === 'string' || Buffer.isBuffer(value) ? toText(value, mode) : String(value);
}

/** The reply of a query, which `decode` is for, and its profile. */
export function toProfileReply<R>(reply: unknown, mode: ReplyMode, decode: Decoder<R>): FtProfileReply<R> {
  const items = reply as unknown[];
  if (Array.isArray(items[0])) return { results: decode(items[0], mode), profile: toProfile(items[1], mode) };
  // Older versions of RESP3 put the profile into the map of the results.
  let results: unknown = items;
  let profile: unknown = [];
  for (let i = 0; i < items.length; i += 2) {
    const name = toText(items[i], mode);
    if (name === 'Results') results = items[i + 1];
    else if (name === 'Profile' || name === 'profile') profile = items[i + 1];
  }
  return { results: decode(results, mode), profile: toProfile(profile, mode) };
}

function toProfile(reply: unknown, mode: ReplyMode): SearchProfile {
  const items = (reply ?? []) as unknown[];
  const profile = toProfileMap(items, mode);
  if (!('shards' in profile)) return { shards: items.length === 0 ? [] : [profile], coordinator: {} };
  const { shards, coordinator, ...rest } = profile as { shards: SearchProfileShard[]; coordinator?: object };
  return { shards, coordinator: { ...coordinator, ...rest } };
}

/** Names and values, flat or as a list of pairs. Under RESP2 a name may have several maps as values, or none. */
function toProfileMap(reply: readonly unknown[], mode: ReplyMode): Record<string, unknown> {
  const map: Record<string, unknown> = {};
  if (Array.isArray(reply[0])) {
    for (const pair of reply as unknown[][]) setProfile(map, pair[0], pair.slice(1), mode);
    return map;
  }
  for (let i = 0; i < reply.length;) {
    const key = reply[i++];
    const values = i < reply.length ? [reply[i++]] : [];
    while (Array.isArray(values[0]) && Array.isArray(reply[i])) values.push(reply[i++]);
    setProfile(map, key, values, mode);
  }
  return map;
}

function setProfile(map: Record<string, unknown>, key: unknown, values: readonly unknown[], mode: ReplyMode): void {
  const name = toName(toText(key, mode));
  const value = toProfileValue(name, values, mode);
  // A server that measures no times has their names alone.
  if (value !== null || name === 'warning') setOwn(map, name, value);
}

function toProfileValue(name: string, values: readonly unknown[], mode: ReplyMode): unknown {
  const value = values[0];
  switch (name) {
    case 'warning': {
      const warning = value === undefined || Array.isArray(value) ? null : toTextOrNull(value, mode);
      return warning === 'None' ? null : warning;
    }
    case 'coordinator':
      return toProfileMap((value ?? []) as unknown[], mode);
    case 'iteratorsProfile':
    case 'childIterator':
      return toProfileMap(mapsOf(values)[0] ?? [], mode);
    case 'shards':
    case 'resultProcessorsProfile':
    case 'childIterators':
      return typeof value === 'string' || Buffer.isBuffer(value)
        ? toText(value, mode)
        : mapsOf(values).map((step) => toProfileMap(step, mode));
    default:
      return toInfoValue(name, value, mode);
  }
}

/** The maps among the values: each by itself, or in a list. */
function mapsOf(values: readonly unknown[]): readonly unknown[][] {
  const maps: unknown[][] = [];
  for (const value of values) {
    if (!Array.isArray(value)) continue;
    if (Array.isArray(value[0])) maps.push(...(value as unknown[][]));
    else if (value.length > 0) maps.push(value);
  }
  return maps;
}

/** RESP2: `[['TERM', term, [[score, suggestion], ...]], ...]`. RESP3: a map of terms to lists of one-entry maps, called `results`. */
export function toSpellcheck<T>(reply: unknown, mode: ReplyMode): SpellcheckTerm<T>[] {
  const items = reply as unknown[];
  const terms: SpellcheckTerm<unknown>[] = [];
  if (items.length === 0 || Array.isArray(items[0])) {
    for (const item of items as unknown[][]) terms.push(toTerm(item[1], item[2], true, mode));
    return terms as SpellcheckTerm<T>[];
  }
  for (let i = 0; i < items.length; i += 2) {
    if (toText(items[i], mode) !== 'results') continue;
    const results = items[i + 1] as unknown[];
    for (let j = 0; j < results.length; j += 2) terms.push(toTerm(results[j], results[j + 1], false, mode));
  }
  return terms as SpellcheckTerm<T>[];
}

function toTerm(term: unknown, reply: unknown, scoreFirst: boolean, mode: ReplyMode): SpellcheckTerm<unknown> {
  const suggestions: { suggestion: unknown; score: number }[] = [];
  for (const pair of (Array.isArray(reply) ? reply : []) as [unknown, unknown][]) {
    const [score, suggestion] = scoreFirst ? pair : [pair[1], pair[0]];
    suggestions.push({ suggestion: toPayload(suggestion, mode), score: toDouble(score) });
  }
  return { term: toPayload(term, mode), suggestions };
}

export function toSynonyms<T>(reply: unknown, mode: ReplyMode): SearchSynonyms<T> {
  const flat = reply as unknown[];
  const pairs: [unknown, unknown[]][] = [];
  for (let i = 0; i < flat.length; i += 2) pairs.push([toPayload(flat[i], mode), toPayloads(flat[i + 1], mode)]);
  return (mode.encoding === 'buffer' ? pairs : Object.fromEntries(pairs as [string, unknown[]][])) as SearchSynonyms<T>;
}

/** Names and values of settings, flat or as pairs. */
export function toSettings(reply: unknown, mode: ReplyMode): Record<string, string | null> {
  const items = reply as unknown[];
  const settings: [string, string | null][] = [];
  if (Array.isArray(items[0])) {
    for (const [name, value] of items as [unknown, unknown][])
      settings.push([toText(name, mode), toSetting(value, mode)]);
  } else {
    for (let i = 0; i < items.length; i += 2) settings.push([toText(items[i], mode), toSetting(items[i + 1], mode)]);
  }
  return Object.fromEntries(settings);
}

function toSetting(value: unknown, mode: ReplyMode): string | null {
  return value === null || value === undefined ? null : toAnyText(value, mode);
}

/** Names and what they stand for. */
export function toTextMap(reply: unknown, mode: ReplyMode): Record<string, string> {
  const flat = reply as unknown[];
  const pairs: [string, string][] = [];
  for (let i = 0; i < flat.length; i += 2) pairs.push([toText(flat[i], mode), toText(flat[i + 1], mode)]);
  return Object.fromEntries(pairs);
}

/** Suggestions, or objects of them and what was asked for beside them: the score (1), then the payload (2). */
export function toSuggestions(reply: unknown, mode: ReplyMode, asked: number): unknown[] {
  const items = (reply ?? []) as unknown[];
  if (asked === 0) return toPayloads(items, mode);
  const suggestions: { suggestion: unknown; score?: number; payload?: unknown }[] = [];
  for (let i = 0; i < items.length;) {
    const each: (typeof suggestions)[number] = { suggestion: toPayload(items[i++], mode) };
    if (asked & 1) each.score = toDouble(items[i++]);
    if (asked & 2) each.payload = toPayloadOrNull(items[i++], mode);
    suggestions.push(each);
  }
  return suggestions;
}
