/**
 * The query language, for queries that are put together from parts. A query may as well be written by hand: it is text.
 *
 * @example
 * ```ts
 * import { ft } from 'valkey-ts/commands';
 *
 * const query = ft.intersect(['coffee', { price: ft.between(5, 10) }, ft.disjunct({ origin: ft.tags(['Peru', 'Kenya']) })]);
 * String(query); // => '(coffee @price:[5 10] -@origin:{Peru | Kenya})'
 * ```
 */
import { DataError } from '../../errors.ts';
import type { Int, Many } from '../argument.ts';
import type { Key } from '../surface.ts';
import { manyOf } from './search-argument.ts';

/** A part of a query. Its text is `String(part)`; it is never changed. */
export class QueryNode {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }
}

/** What a field is compared with: a range, tags, a place. Its text is `String(value)`; it is never changed. */
export class QueryValue {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }
}

/**
 * Conditions on fields: `{ price: between(5, 10), title: 'coffee' }`. Text is in the query language; a number is equal to the field.
 * Of several texts of one field, all or any must fit, as those of the node they are in.
 */
export type QueryFields = { readonly [field: string]: Many<string | number | bigint | QueryValue> };

/** What queries are put together from: text in the query language, other nodes, conditions on fields. */
export type QueryPart = string | QueryNode | QueryFields;

/** The end of a range: a number, `'$name'` for a parameter. */
export type QueryBound = number | bigint | string;

/** Which ends do not belong to a range. */
export interface BetweenOptions {
  readonly excludes?: 'min' | 'max' | 'both' | undefined;
}

/** A circle on the Earth. */
export interface QueryCircle {
  readonly longitude: QueryBound;
  readonly latitude: QueryBound;
  readonly radius: QueryBound;
  readonly unit: 'm' | 'km' | 'mi' | 'ft';
}

/** The nearest neighbours to ask for. */
export interface KnnOptions {
  /** The vector field. */
  readonly field: string;
  /** How many. */
  readonly k: Int | string;
  /** The name of the parameter that holds the vector, to be given with `params`. */
  readonly param: string;
  /** Only among the documents that fit this. */
  readonly filter?: Many<QueryPart> | undefined;
  /** The name of the distance in the reply. */
  readonly as?: string | undefined;
  /** How many vectors to look at. */
  readonly efRuntime?: Int | string | undefined;
}

/** The vectors around another to ask for. */
export interface VectorRangeOptions {
  readonly radius: QueryBound;
  /** The name of the parameter that holds the vector, to be given with `params`. */
  readonly param: string;
  /** The name of the distance in the reply; it is not given without. */
  readonly as?: string | undefined;
  /** How far beyond the radius to look around. */
  readonly epsilon?: number | undefined;
}

/** All of the parts must fit. */
export function intersect(parts: Many<QueryPart>): QueryNode {
  return new QueryNode(joined(parts, ' '));
}

/** Any of the parts must fit. */
export function union(parts: Many<QueryPart>): QueryNode {
  return new QueryNode(joined(parts, '|'));
}

/** None of the parts may fit. */
export function disjunct(parts: Many<QueryPart>): QueryNode {
  return new QueryNode(`-${joined(parts, '|')}`);
}

/** Documents that fit count more; the others are found too. */
export function optional(parts: Many<QueryPart>): QueryNode {
  return new QueryNode(`~${joined(parts, ' ')}`);
}

/** The text of a query of which all parts must fit. */
export function querystring(parts: Many<QueryPart>): string {
  return joined(parts, ' ');
}

/** Any of these tags, as a whole: characters that mean something in queries are escaped. */
export function tags(values: Many<string | Int>): QueryValue {
  const list = manyOf(values).map((value) => escape(textOf(value, 'a tag')));
  if (list.length === 0) throw new DataError('tags needs at least one tag');
  return new QueryValue(`{${list.join(' | ')}}`);
}

/** Numbers from `min` to `max`, both included unless said otherwise. */
export function between(min: QueryBound, max: QueryBound, options: BetweenOptions = {}): QueryValue {
  const { excludes } = options;
  const first = excludes === 'min' || excludes === 'both' ? '(' : '';
  const last = excludes === 'max' || excludes === 'both' ? '(' : '';
  return new QueryValue(`[${first}${textOf(min, 'a bound')} ${last}${textOf(max, 'a bound')}]`);
}

/** This number. */
export function equal(value: QueryBound): QueryValue {
  return between(value, value);
}

/** Less than this number. */
export function lt(value: QueryBound): QueryValue {
  return between(-Infinity, value, { excludes: 'max' });
}

/** This number, or less. */
export function le(value: QueryBound): QueryValue {
  return between(-Infinity, value);
}

/** More than this number. */
export function gt(value: QueryBound): QueryValue {
  return between(value, Infinity, { excludes: 'min' });
}

/** This number, or more. */
export function ge(value: QueryBound): QueryValue {
  return between(value, Infinity);
}

/** Places within a circle. */
export function geo({ longitude, latitude, radius, unit }: QueryCircle): QueryValue {
  const words = [longitude, latitude, radius, unit].map((word) => textOf(word, 'a number'));
  return new QueryValue(`[${words.join(' ')}]`);
}

/** The documents whose vectors are nearest to one. */
export function knn({ field, k, param, filter, as, efRuntime }: KnnOptions): QueryNode {
  const text = filter === undefined ? '*' : joined(filter, ' ');
  const candidates = text === '*' || text.startsWith('(') ? text : `(${text})`;
  const words = ['KNN', textOf(k, 'k'), `@${textOf(field, 'field')}`, `$${textOf(param, 'param')}`];
  if (efRuntime !== undefined) words.push('EF_RUNTIME', textOf(efRuntime, 'efRuntime'));
  if (as !== undefined) words.push('AS', textOf(as, 'as'));
  return new QueryNode(`${candidates}=>[${words.join(' ')}]`);
}

/** Vectors within a distance of one. */
export function vectorRange({ radius, param, as, epsilon }: VectorRangeOptions): QueryValue {
  const attributes: string[] = [];
  if (as !== undefined) attributes.push(`$YIELD_DISTANCE_AS: ${textOf(as, 'as')}`);
  if (epsilon !== undefined) attributes.push(`$EPSILON: ${textOf(epsilon, 'epsilon')}`);
  const said = attributes.length === 0 ? '' : `=>{${attributes.join('; ')}}`;
  return new QueryValue(`[VECTOR_RANGE ${textOf(radius, 'radius')} $${textOf(param, 'param')}]${said}`);
}

/** Text of any kind, such as a user's, as part of a query: characters that mean something there are escaped. */
export function escape(text: string): string {
  return textOf(text, 'text').replace(/[!-/:-@[-^`{-~]/g, '\\$&');
}

/** A query, as it is sent. */
export function queryOf(query: Key | QueryNode): Key {
  return query instanceof QueryNode ? query.toString() : query;
}

/** The texts of the parts; in brackets when there are several. */
function joined(parts: Many<QueryPart>, separator: ' ' | '|'): string {
  const texts: string[] = [];
  for (const part of manyOf(parts)) {
    if (part instanceof QueryNode) texts.push(part.toString());
    else if (typeof part === 'string') texts.push(inBrackets(part));
    else pushFields(texts, part, separator);
  }
  if (texts.length === 0) throw new DataError('a query needs at least one part');
  return texts.length === 1 ? texts[0]! : `(${texts.join(separator)})`;
}

function pushFields(texts: string[], fields: QueryFields, separator: ' ' | '|'): void {
  if (typeof fields !== 'object' || fields === null || fields instanceof QueryValue) {
    throw new DataError('a part of a query must be text, a node or an object of fields');
  }
  for (const name of Object.keys(fields)) {
    const words: string[] = [];
    for (const value of manyOf(fields[name]!)) {
      if (value instanceof QueryValue) texts.push(`@${name}:${value.toString()}`);
      else if (typeof value === 'string') words.push(inBrackets(value));
      else texts.push(`@${name}:${equal(value).toString()}`);
    }
    if (words.length === 1) texts.push(`@${name}:${words[0]}`);
    else if (words.length > 1) texts.push(`@${name}:(${words.join(separator)})`);
  }
}

/** Several words are one part only in brackets. */
function inBrackets(text: string): string {
  return /^[^\s|]*$/.test(text) || isEnclosed(text) ? text : `(${text})`;
}

/** Whether the brackets or quotes around a text belong together: those of `(a) (b)` do not. */
function isEnclosed(text: string): boolean {
  return /^\([^()]*\)$|^"[^"]*"$|^@[^\s:]+:(\[[^\]]*\]|\{[^}]*\}|"[^"]*")$/.test(text);
}

function textOf(value: string | number | bigint, what: string): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'number' || Number.isNaN(value))
    throw new DataError(`a query needs text or a number as ${what}`);
  if (value === Infinity) return '+inf';
  if (value === -Infinity) return '-inf';
  return Object.is(value, -0) ? '-0' : value.toString();
}
