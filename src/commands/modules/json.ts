import { DataError } from '../../errors.ts';
import type { ReplyMode } from '../../protocol/reply-mode.ts';
import { type Int, type Many, checkOptions, listOf, refuse } from '../argument.ts';
import { toBoolean, toText } from '../reply.ts';
import { type Spec, defineCommand } from '../spec.ts';
import { type Integer, type Key, Namespace, type Result, type Surface, type Text, type Value } from '../surface.ts';
import { toNumber } from './reply.ts';

const ONE: readonly [1, 1, 1] = [1, 1, 1];

/** A command of version 1.0.0 of valkey-json on the key behind its name. */
function read(name: string, arity: number): Spec {
  return defineCommand(`JSON.${name}`, { arity, flags: ['readonly'], keys: ONE, since: '1.0.0' });
}
function write(name: string, arity: number, since = '1.0.0'): Spec {
  return defineCommand(`JSON.${name}`, { arity, flags: ['write'], keys: ONE, since });
}
function debug(name: string, arity: number): Spec {
  return defineCommand(`JSON.DEBUG ${name}`, { arity, flags: ['readonly'], keys: [2, 2, 1], since: '1.0.0' });
}

const JSON_ARRAPPEND: Spec = write('ARRAPPEND', -4);
const JSON_ARRINDEX: Spec = read('ARRINDEX', -4);
const JSON_ARRINSERT: Spec = write('ARRINSERT', -5);
const JSON_ARRLEN: Spec = read('ARRLEN', -2);
const JSON_ARRPOP: Spec = write('ARRPOP', -2);
const JSON_ARRTRIM: Spec = write('ARRTRIM', 5);
const JSON_CLEAR: Spec = write('CLEAR', -2);
const JSON_DEBUG_DEPTH: Spec = debug('DEPTH', 3);
const JSON_DEBUG_FIELDS: Spec = debug('FIELDS', -3);
const JSON_DEBUG_HELP: Spec = defineCommand('JSON.DEBUG HELP', { arity: 2, flags: ['readonly'], since: '1.0.0' });
const JSON_DEBUG_MEMORY: Spec = debug('MEMORY', -3);
const JSON_DEL: Spec = write('DEL', -2);
const JSON_FORGET: Spec = write('FORGET', -2);
const JSON_GET: Spec = read('GET', -2);
const JSON_MERGE: Spec = write('MERGE', 4, '1.1.0');
const JSON_MGET: Spec = defineCommand('JSON.MGET', {
  arity: -3,
  flags: ['readonly'],
  keys: [1, -2, 1],
  since: '1.0.0',
});
const JSON_MSET: Spec = defineCommand('JSON.MSET', { arity: -4, flags: ['write'], keys: [1, -1, 3], since: '1.0.0' });
const JSON_NUMINCRBY: Spec = write('NUMINCRBY', 4);
const JSON_NUMMULTBY: Spec = write('NUMMULTBY', 4);
const JSON_OBJKEYS: Spec = read('OBJKEYS', -2);
const JSON_OBJLEN: Spec = read('OBJLEN', -2);
const JSON_RESP: Spec = read('RESP', -2);
const JSON_SET: Spec = write('SET', -4);
const JSON_STRAPPEND: Spec = write('STRAPPEND', -3);
const JSON_STRLEN: Spec = read('STRLEN', -2);
const JSON_TOGGLE: Spec = write('TOGGLE', -2);
const JSON_TYPE: Spec = read('TYPE', -2);

/**
 * A value that is sent as JSON: what `JSON.stringify` makes of it.
 *
 * `undefined`, functions, symbols, bigints, bytes, `NaN` and the infinities are refused with a `DataError`. As ever with `JSON.stringify`,
 * fields that are `undefined` are left out, and a `Date` is text.
 */
export type Json = string | number | boolean | null | object;

/** A path that begins with `$`, a JSONPath. It may match many values, or none, so commands answer with an array. */
export type JsonPath = `$${string}`;

/**
 * A reply that depends on the path: an array for a `JsonPath`, the one value for a path that begins with `.` or for none at all. The
 * compiler knows neither of a path which is just a `string`.
 */
export type ByPath<P, M, O> = P extends JsonPath ? M : P extends `.${string}` | undefined ? O : M | O;

/** What a value in a document is. An `integer` is a number without a fraction. */
export type JsonType = 'null' | 'boolean' | 'string' | 'number' | 'integer' | 'object' | 'array';

/** What `json.resp` makes of a document: lists that begin with `[` or `{`, integers, and text. */
export type JsonRespReply<T, I> = string | T | I | null | JsonRespReply<T, I>[];

/** Lengths and indexes, by path; `null` for a value that has none. */
export type JsonSizes<S extends Surface, P> = ByPath<P, (Integer<S> | null)[], Integer<S>>;
/** Sums and products, by path; `null` for what is no number. */
export type JsonSums<P> = ByPath<P, (number | null)[], number>;
/** Names of fields, by path; `null` or none for what is no object. */
export type JsonNames<P> = ByPath<P, (string[] | null)[], string[]>;
/** Booleans, by path; `null` for what is none. */
export type JsonFlags<P> = ByPath<P, (boolean | null)[], boolean>;
/** Types of values, by path. */
export type JsonTypes<P> = ByPath<P, JsonType[], JsonType>;

/** Options of `json.arrindex`. */
export interface JsonArrindexOptions {
  /** The first index to look at; 0 without it. Negative ones count from the end. */
  readonly start?: Int | undefined;
  /** The index to stop before; the end without it, or with 0 or -1. */
  readonly stop?: Int | undefined;
}

interface Formatted {
  readonly indent?: Key | undefined;
  readonly newline?: Key | undefined;
  readonly space?: Key | undefined;
  /** Does nothing: for what was written for older servers. */
  readonly noescape?: boolean | undefined;
}

/** Options of `json.get` that leave the reply a value. */
export interface JsonGetOptions extends Formatted {
  readonly indent?: undefined;
  readonly newline?: undefined;
  readonly space?: undefined;
}

/** Options of `json.get` that make the reply text: what to write in front of each level, after each line, and after each colon. */
export type JsonFormatOptions = Formatted &
  ({ readonly indent: Key } | { readonly newline: Key } | { readonly space: Key });

/** Options of `json.set`. */
export interface JsonSetOptions {
  /** Writes only if there is nothing at the path (`nx`), or if there is something (`xx`). */
  readonly condition?: 'nx' | 'xx' | undefined;
}

/**
 * Commands on JSON documents, as the module valkey-json has them.
 *
 * Values go in as JavaScript values and come out as such, whatever the client's encoding: `null`, booleans, strings, arrays, objects, and
 * numbers, which above 2^53 are rounded.
 *
 * A path that begins with `$` is a JSONPath: it matches any number of values, and commands answer with an array. Any other path is of the
 * older kind, `.name.first`: it means one value, and commands answer with that. Without a path, commands mean the whole document, `.`.
 */
export class JsonCommands<in out S extends Surface> extends Namespace<S> {
  /**
   * Appends values to the arrays at `path`, and gives their lengths; `null` for what is no array.
   *
   * The values always come as a list: `[[1, 2]]` appends one array. Rejects with a `ResponseError` when there is no such key.
   * Complexity: O(N), N being the arrays times the values.
   *
   * @since valkey-json 1.0.0
   * @example
   * ```ts
   * // with the module valkey-json
   * await client.json.set('user', '$', { langs: ['en'] });
   * await client.json.arrappend('user', '$.langs', ['de', 'fr']); // => [3]
   * await client.json.arrappend('user', '.langs', ['es']); // => 4
   * ```
   * @see https://valkey.io/commands/json.arrappend/
   */
  arrappend<P extends Key>(key: Key, path: P, values: readonly Json[]): Result<S, JsonSizes<S, P>> {
    return this.send(JSON_ARRAPPEND, pushValues(JSON_ARRAPPEND, [key, path], values));
  }

  /**
   * Gives the index at which a value is first found in the arrays at `path`; -1 when it is not, `null` for what is no array.
   *
   * Rejects with a `ResponseError` when there is no such key. Complexity: O(N), N being the elements.
   *
   * @since valkey-json 1.0.0
   * @example
   * ```ts
   * // with the module valkey-json
   * await client.json.set('user', '$', { langs: ['en', 'de', 'en'] });
   * await client.json.arrindex('user', '$.langs', 'de'); // => [1]
   * await client.json.arrindex('user', '.langs', 'en', { start: 1 }); // => 2
   * ```
   * @see https://valkey.io/commands/json.arrindex/
   */
  arrindex<P extends Key>(key: Key, path: P, value: Json, options?: JsonArrindexOptions): Result<S, JsonSizes<S, P>> {
    checkOptions(JSON_ARRINDEX, options);
    const args: Value[] = [key, path, textOf(JSON_ARRINDEX, value)];
    if (options?.start !== undefined) args.push(options.start);
    else if (options?.stop !== undefined) args.push(0);
    if (options?.stop !== undefined) args.push(options.stop);
    return this.send(JSON_ARRINDEX, args);
  }

  /**
   * Inserts values into the arrays at `path`, in front of the element at `index`, and gives their lengths; `null` for what is no array.
   *
   * A negative `index` counts from the end. The values always come as a list. Rejects with a `ResponseError` when there is no such key, or
   * the index is outside of an array. Complexity: O(N), N being the elements behind `index`.
   *
   * @since valkey-json 1.0.0
   * @example
   * ```ts
   * // with the module valkey-json
   * await client.json.set('user', '$', { langs: ['en', 'fr'] });
   * await client.json.arrinsert('user', '$.langs', 1, ['de']); // => [3]
   * ```
   * @see https://valkey.io/commands/json.arrinsert/
   */
  arrinsert<P extends Key>(key: Key, path: P, index: Int, values: readonly Json[]): Result<S, JsonSizes<S, P>> {
    return this.send(JSON_ARRINSERT, pushValues(JSON_ARRINSERT, [key, path, index], values));
  }

  /**
   * Gives the lengths of the arrays at `path`, with `null` for what is no array; `null` when there is no such key.
   *
   * Complexity: O(N), N being the values the path matches.
   *
   * @since valkey-json 1.0.0
   * @example
   * ```ts
   * // with the module valkey-json
   * await client.json.set('user', '$', { name: 'ada', langs: ['en', 'fr'] });
   * await client.json.arrlen('user', '$.*'); // => [null, 2]
   * await client.json.arrlen('user', '.langs'); // => 2
   * await client.json.arrlen('nobody'); // => null
   * ```
   * @see https://valkey.io/commands/json.arrlen/
   */
  arrlen<P extends Key | undefined = undefined>(key: Key, path?: P): Result<S, JsonSizes<S, P> | null> {
    return this.send(JSON_ARRLEN, pathArgs(key, path));
  }

  /**
   * Takes the element at `index` out of the arrays at `path`, the last one without `index`, and gives them; `null` for an empty array and
   * for what is none.
   *
   * Rejects with a `ResponseError` when there is no such key. Complexity: O(N), N being the elements behind `index`.
   *
   * @since valkey-json 1.0.0
   * @example
   * ```ts
   * // with the module valkey-json
   * await client.json.set('user', '$', { langs: ['en', 'fr', 'de'] });
   * await client.json.arrpop('user', '$.langs'); // => ['de']
   * await client.json.arrpop('user', '.langs', 0); // => 'en'
   * ```
   * @see https://valkey.io/commands/json.arrpop/
   */
  arrpop<T = unknown>(key: Key, path: JsonPath, index?: Int): Result<S, (T | null)[]>;
  arrpop<T = unknown>(key: Key, path?: Key, index?: Int): Result<S, T | null>;
  arrpop<T = unknown>(key: Key, path?: Key, index?: Int): Result<S, (T | null)[] | T | null> {
    if (index !== undefined && path === undefined) refuse(JSON_ARRPOP, 'takes an index only behind a path');
    const args = pathArgs(key, path);
    if (index !== undefined) args.push(index);
    return this.send<(T | null)[] | T | null>(JSON_ARRPOP, args, isJsonPath(path) ? toValues<T> : toLastValue<T>);
  }

  /**
   * Cuts the arrays at `path` down to the elements from `start` to `stop`, both included, and gives their lengths; `null` for what is no array.
   *
   * Negative positions count from the end. Rejects with a `ResponseError` when there is no such key.
   * Complexity: O(N), N being the elements cut off.
   *
   * @since valkey-json 1.0.0
   * @example
   * ```ts
   * // with the module valkey-json
   * await client.json.set('user', '$', { langs: ['en', 'fr', 'de'] });
   * await client.json.arrtrim('user', '$.langs', 0, 1); // => [2]
   * ```
   * @see https://valkey.io/commands/json.arrtrim/
   */
  arrtrim<P extends Key>(key: Key, path: P, start: Int, stop: Int): Result<S, JsonSizes<S, P>> {
    return this.send(JSON_ARRTRIM, [key, path, start, stop]);
  }

  /**
   * Empties the arrays and objects at `path`, makes strings empty, numbers 0 and booleans `false`, and gives how many values it changed.
   *
   * Rejects with a `ResponseError` when there is no such key. Complexity: O(N), N being the values the path matches.
   *
   * @since valkey-json 1.0.0
   * @example
   * ```ts
   * // with the module valkey-json
   * await client.json.set('user', '$', { visits: 7, langs: ['en'] });
   * await client.json.clear('user', '$.*'); // => 2
   * await client.json.get('user'); // => { visits: 0, langs: [] }
   * await client.json.clear('user'); // => 1
   * ```
   * @see https://valkey.io/commands/json.clear/
   */
  clear(key: Key, path?: Key): Result<S, Integer<S>> {
    return this.send(JSON_CLEAR, pathArgs(key, path));
  }

  /**
   * Gives how deep the document is: 0 for a value that is no array and no object; `null` when there is no such key.
   *
   * Complexity: O(N), N being the values of the document.
   *
   * @since valkey-json 1.0.0
   * @example
   * ```ts
   * // with the module valkey-json
   * await client.json.set('user', '$', { langs: ['en'] });
   * await client.json.debugDepth('user'); // => 2
   * ```
   * @see https://valkey.io/commands/json.debug/
   */
  debugDepth(key: Key): Result<S, Integer<S> | null> {
    return this.send(JSON_DEBUG_DEPTH, [key]);
  }

  /**
   * Gives how many fields and elements the values at `path` have, those within them included; `null` when there is no such key.
   *
   * Complexity: O(N), N being the values of the document.
   *
   * @since valkey-json 1.0.0
   * @example
   * ```ts
   * // with the module valkey-json
   * await client.json.set('user', '$', { name: 'ada', langs: ['en'] });
   * await client.json.debugFields('user'); // => 3
   * await client.json.debugFields('user', '$.langs'); // => [1]
   * ```
   * @see https://valkey.io/commands/json.debug/
   */
  debugFields<P extends Key | undefined = undefined>(
    key: Key,
    path?: P,
  ): Result<S, ByPath<P, Integer<S>[], Integer<S>> | null> {
    return this.send(JSON_DEBUG_FIELDS, pathArgs(key, path));
  }

  /**
   * Gives the lines of text that tell what JSON.DEBUG can do. Complexity: O(1).
   *
   * Those of its subcommands that search the whole database have no method here; `executeCommand` runs them.
   *
   * @since valkey-json 1.0.0
   * @example
   * ```ts
   * // with the module valkey-json
   * const [firstLine] = await client.json.debugHelp();
   * ```
   * @see https://valkey.io/commands/json.debug/
   */
  debugHelp(): Result<S, string[]> {
    return this.send(JSON_DEBUG_HELP, [], toTextList);
  }

  /**
   * Gives the bytes of memory that the values at `path` take; `null` when there is no such key.
   *
   * Without a path it is the document without its field names, which documents share; with one it is all. Complexity: O(N), N being the
   * values of the document.
   *
   * @since valkey-json 1.0.0
   * @example
   * ```ts
   * // with the module valkey-json
   * await client.json.set('user', '$', { name: 'ada', born: 1815 });
   * await client.json.debugMemory('user', '$.born'); // => [16]
   * await client.json.debugMemory('nobody'); // => null
   * ```
   * @see https://valkey.io/commands/json.debug/
   */
  debugMemory<P extends Key | undefined = undefined>(
    key: Key,
    path?: P,
  ): Result<S, ByPath<P, Integer<S>[], Integer<S>> | null> {
    return this.send(JSON_DEBUG_MEMORY, pathArgs(key, path));
  }

  /**
   * Deletes the values at `path`, or the whole document, and gives how many they were; 0 when there is no such key or value.
   *
   * Complexity: O(N), N being the values the path matches.
   *
   * @since valkey-json 1.0.0
   * @example
   * ```ts
   * // with the module valkey-json
   * await client.json.set('user', '$', { name: 'ada', born: 1815 });
   * await client.json.del('user', '$.born'); // => 1
   * await client.json.del('user'); // => 1
   * ```
   * @see https://valkey.io/commands/json.del/
   */
  del(key: Key, path?: Key): Result<S, Integer<S>> {
    return this.send(JSON_DEL, pathArgs(key, path));
  }

  /**
   * Deletes like `del`: another name for it. Complexity: O(N), N being the values the path matches.
   *
   * @since valkey-json 1.0.0
   * @example
   * ```ts
   * // with the module valkey-json
   * await client.json.set('user', '$', { name: 'ada', born: 1815 });
   * await client.json.forget('user', '$.born'); // => 1
   * ```
   * @see https://valkey.io/commands/json.forget/
   */
  forget(key: Key, path?: Key): Result<S, Integer<S>> {
    return this.send(JSON_FORGET, pathArgs(key, path));
  }

  /**
   * Gives the value at a path, the whole document without one, or `null` when there is no such key.
   *
   * A JSONPath gives an array of all values it matches. A list of paths gives an object with a field for each of them. `T` is the type of
   * a value, which nobody checks.
   *
   * A path of the older kind that matches nothing rejects with a `ResponseError`. With `indent`, `newline` or `space` the reply is JSON
   * text, as the server writes it: `{ space: '' }` gives it as compact as can be. Complexity: O(N), N being the values given.
   *
   * @since valkey-json 1.0.0
   * @example
   * ```ts
   * // with the module valkey-json
   * await client.json.set('user', '$', { name: 'ada', born: 1815 });
   * await client.json.get('user'); // => { name: 'ada', born: 1815 }
   * await client.json.get('user', '.name'); // => 'ada'
   * await client.json.get('user', '$.name'); // => ['ada']
   * await client.json.get('user', ['$.name', '$.died']); // => { '$.name': ['ada'], '$.died': [] }
   * await client.json.get('user', '.', { space: ' ' }); // => '{"name": "ada","born": 1815}'
   * ```
   * @see https://valkey.io/commands/json.get/
   */
  get<T = unknown>(key: Key, path: JsonPath, options?: JsonGetOptions): Result<S, T[] | null>;
  get<T = unknown>(key: Key, path?: Key, options?: JsonGetOptions): Result<S, T | null>;
  get<T = unknown>(
    key: Key,
    paths: readonly JsonPath[],
    options?: JsonGetOptions,
  ): Result<S, Record<string, T[]> | null>;
  get<T = unknown>(key: Key, paths: readonly Key[], options?: JsonGetOptions): Result<S, Record<string, T> | null>;
  get(key: Key, paths: Many<Key> | undefined, options: JsonFormatOptions): Result<S, Text<S> | null>;
  get(key: Key, paths?: Many<Key>, options?: Formatted): Result<S, unknown> {
    const args: Value[] = [key];
    const formatted = pushFormat(args, options);
    if (paths === undefined) return this.send(JSON_GET, args, formatted ? undefined : toValue<unknown>);
    const list = listOf(JSON_GET, paths, 'path');
    for (const path of list) args.push(checkedPath(path));
    if (formatted) return this.send(JSON_GET, args);
    // The server answers one path with its value even if it came as a list.
    const only = Array.isArray(paths) && list.length === 1 ? list[0] : undefined;
    if (only === undefined) return this.send(JSON_GET, args, toValue<unknown>);
    return this.send(JSON_GET, args, (reply, mode) => toField(only, reply, mode));
  }

  /**
   * Merges a value into those at `path`: fields of objects are merged one by one, a field that is `null` is deleted, anything else is replaced.
   *
   * Makes the document if there is none and the path is `$`. Complexity: O(N), N being the sizes of both values.
   *
   * @since valkey-json 1.1.0
   * @example
   * ```ts
   * // with the module valkey-json
   * await client.json.set('user', '$', { name: 'ada', born: 1815 });
   * await client.json.merge('user', '$', { born: null, langs: ['en'] }); // => 'OK'
   * await client.json.get('user'); // => { name: 'ada', langs: ['en'] }
   * await client.json.merge('user', '$.name', 'Ada'); // => 'OK'
   * ```
   * @see https://valkey.io/commands/json.merge/
   */
  merge(key: Key, path: Key, value: Json): Result<S, 'OK'> {
    return this.send(JSON_MERGE, [key, path, textOf(JSON_MERGE, value)]);
  }

  /**
   * Gives the values at one path in several documents, in the order of the keys; `null` where there is no such key or value.
   *
   * Complexity: O(N), N being the values given.
   *
   * @since valkey-json 1.0.0
   * @example
   * ```ts
   * // with the module valkey-json
   * await client.json.set('ada', '$', { born: 1815 });
   * await client.json.mget(['ada', 'nobody'], '$.born'); // => [[1815], null]
   * await client.json.mget(['ada', 'nobody'], '.born'); // => [1815, null]
   * ```
   * @see https://valkey.io/commands/json.mget/
   */
  mget<T = unknown>(keys: Many<Key>, path: JsonPath): Result<S, (T[] | null)[]>;
  mget<T = unknown>(keys: Many<Key>, path: Key): Result<S, (T | null)[]>;
  mget<T = unknown>(keys: Many<Key>, path: Key): Result<S, (T | null)[]> {
    const args = listOf(JSON_MGET, keys, 'key');
    args.push(path);
    return this.send(JSON_MGET, args, toValues<T>);
  }

  /**
   * Sets values in several documents, or several values in one: all of them, or none when one cannot be set.
   *
   * Complexity: O(N), N being the values.
   *
   * @since valkey-json 1.0.0
   * @example
   * ```ts
   * // with the module valkey-json
   * await client.json.mset([
   *   ['ada', '$', { born: 1815 }],
   *   ['ada', '$.name', 'Ada'],
   *   ['bob', '$', { born: 1907 }],
   * ]);
   * await client.json.mset([['bob', '$.name', 'Bob']]); // => 'OK'
   * ```
   * @see https://valkey.io/commands/json.mset/
   */
  mset(values: readonly (readonly [key: Key, path: Key, value: Json])[]): Result<S, 'OK'> {
    if (!Array.isArray(values) || values.length === 0) refuse(JSON_MSET, 'needs a list of keys, paths and values');
    const args: Value[] = [];
    for (const item of values as readonly (readonly [Key, Key, Json])[]) {
      if (!Array.isArray(item) || item.length !== 3) refuse(JSON_MSET, 'needs a key, a path and a value for each');
      args.push(item[0], item[1], textOf(JSON_MSET, item[2]));
    }
    return this.send(JSON_MSET, args);
  }

  /**
   * Adds `increment` to the numbers at `path`, and gives the sums; `null` for what is no number.
   *
   * Rejects with a `ResponseError` when there is no such key, or a sum is too large. Complexity: O(N), N being the values the path matches.
   *
   * @since valkey-json 1.0.0
   * @example
   * ```ts
   * // with the module valkey-json
   * await client.json.set('user', '$', { name: 'ada', visits: 1 });
   * await client.json.numincrby('user', '$.*', 2); // => [null, 3]
   * await client.json.numincrby('user', '.visits', 0.5); // => 3.5
   * ```
   * @see https://valkey.io/commands/json.numincrby/
   */
  numincrby<P extends Key>(key: Key, path: P, increment: number | bigint | string): Result<S, JsonSums<P>> {
    return this.send(
      JSON_NUMINCRBY,
      [key, path, increment],
      isJsonPath(path) ? toSums<JsonSums<P>> : toLastSum<JsonSums<P>>,
    );
  }

  /**
   * Multiplies the numbers at `path` by `factor`, and gives the products; `null` for what is no number.
   *
   * Rejects with a `ResponseError` when there is no such key, or a product is too large. Complexity: O(N), N being the values the path
   * matches.
   *
   * @since valkey-json 1.0.0
   * @example
   * ```ts
   * // with the module valkey-json
   * await client.json.set('user', '$', { visits: 3 });
   * await client.json.nummultby('user', '$.visits', 2); // => [6]
   * ```
   * @see https://valkey.io/commands/json.nummultby/
   */
  nummultby<P extends Key>(key: Key, path: P, factor: number | bigint | string): Result<S, JsonSums<P>> {
    return this.send(
      JSON_NUMMULTBY,
      [key, path, factor],
      isJsonPath(path) ? toSums<JsonSums<P>> : toLastSum<JsonSums<P>>,
    );
  }

  /**
   * Gives the names of the fields of the objects at `path`; none for what is no object. `null` when there is no such key, or nothing at a
   * path of the older kind.
   *
   * Complexity: O(N), N being the names.
   *
   * @since valkey-json 1.0.0
   * @example
   * ```ts
   * // with the module valkey-json
   * await client.json.set('user', '$', { name: { first: 'Ada', last: 'Lovelace' } });
   * await client.json.objkeys('user', '$.name'); // => [['first', 'last']]
   * await client.json.objkeys('user'); // => ['name']
   * ```
   * @see https://valkey.io/commands/json.objkeys/
   */
  objkeys<P extends Key | undefined = undefined>(key: Key, path?: P): Result<S, JsonNames<P> | null> {
    return this.send(JSON_OBJKEYS, pathArgs(key, path), toNames<JsonNames<P> | null>);
  }

  /**
   * Gives how many fields the objects at `path` have, with `null` for what is no object; `null` when there is no such key.
   *
   * Complexity: O(N), N being the values the path matches.
   *
   * @since valkey-json 1.0.0
   * @example
   * ```ts
   * // with the module valkey-json
   * await client.json.set('user', '$', { name: { first: 'Ada', last: 'Lovelace' } });
   * await client.json.objlen('user', '$..name'); // => [2]
   * await client.json.objlen('user'); // => 1
   * ```
   * @see https://valkey.io/commands/json.objlen/
   */
  objlen<P extends Key | undefined = undefined>(key: Key, path?: P): Result<S, JsonSizes<S, P> | null> {
    return this.send(JSON_OBJLEN, pathArgs(key, path));
  }

  /**
   * Gives the values at `path` as lists of the protocol: an array begins with `[`, an object with `{` and has a pair for each field;
   * booleans and fractions are text. `null` when there is no such key.
   *
   * `get` gives them as they are. Complexity: O(N), N being the values within.
   *
   * @since valkey-json 1.0.0
   * @example
   * ```ts
   * // with the module valkey-json
   * await client.json.set('user', '$', { name: 'ada', born: 1815 });
   * await client.json.resp('user'); // => ['{', ['name', 'ada'], ['born', 1815]]
   * ```
   * @see https://valkey.io/commands/json.resp/
   */
  resp(key: Key, path?: Key): Result<S, JsonRespReply<Text<S>, Integer<S>>> {
    return this.send(JSON_RESP, pathArgs(key, path));
  }

  /**
   * Sets the value at `path`. A new document needs the path `$`, and a new field an object to be in.
   *
   * With a `condition` that does not hold it does nothing, and gives `null`. Complexity: O(N), N being the size of the value.
   *
   * @since valkey-json 1.0.0
   * @example
   * ```ts
   * // with the module valkey-json
   * await client.json.set('user', '$', { name: 'ada', langs: ['en'] }); // => 'OK'
   * await client.json.set('user', '$.born', 1815); // => 'OK'
   * await client.json.set('user', '$', {}, { condition: 'nx' }); // => null
   * ```
   * @see https://valkey.io/commands/json.set/
   */
  set(key: Key, path: Key, value: Json, options?: JsonSetOptions & { readonly condition?: undefined }): Result<S, 'OK'>;
  set(key: Key, path: Key, value: Json, options: JsonSetOptions | undefined): Result<S, 'OK' | null>;
  set(key: Key, path: Key, value: Json, options?: JsonSetOptions): Result<S, 'OK' | null> {
    checkOptions(JSON_SET, options);
    const args: Value[] = [key, path, textOf(JSON_SET, value)];
    if (options?.condition !== undefined) args.push(options.condition);
    return this.send(JSON_SET, args);
  }

  /**
   * Appends text to the strings at `path`, and gives their lengths; `null` for what is no string.
   *
   * Rejects with a `ResponseError` when there is no such key. Complexity: O(N), N being the values the path matches.
   *
   * @since valkey-json 1.0.0
   * @example
   * ```ts
   * // with the module valkey-json
   * await client.json.set('user', '$', { name: 'ada' });
   * await client.json.strappend('user', ' l', '$.name'); // => [5]
   * await client.json.strappend('user', '.', '.name'); // => 6
   * ```
   * @see https://valkey.io/commands/json.strappend/
   */
  strappend<P extends Key | undefined = undefined>(key: Key, value: string, path?: P): Result<S, JsonSizes<S, P>> {
    if (typeof value !== 'string') refuse(JSON_STRAPPEND, 'appends nothing but strings');
    const args = pathArgs(key, path);
    args.push(textOf(JSON_STRAPPEND, value));
    return this.send(JSON_STRAPPEND, args);
  }

  /**
   * Gives the lengths in bytes of the strings at `path`, with `null` for what is no string; `null` when there is no such key.
   *
   * Complexity: O(N), N being the values the path matches.
   *
   * @since valkey-json 1.0.0
   * @example
   * ```ts
   * // with the module valkey-json
   * await client.json.set('user', '$', { name: 'ada', born: 1815 });
   * await client.json.strlen('user', '$.*'); // => [3, null]
   * ```
   * @see https://valkey.io/commands/json.strlen/
   */
  strlen<P extends Key | undefined = undefined>(key: Key, path?: P): Result<S, JsonSizes<S, P> | null> {
    return this.send(JSON_STRLEN, pathArgs(key, path));
  }

  /**
   * Turns the booleans at `path` around, and gives what they are now; `null` for what is no boolean.
   *
   * Rejects with a `ResponseError` when there is no such key. Complexity: O(N), N being the values the path matches.
   *
   * @since valkey-json 1.0.0
   * @example
   * ```ts
   * // with the module valkey-json
   * await client.json.set('user', '$', { name: 'ada', active: true });
   * await client.json.toggle('user', '$.*'); // => [null, false]
   * await client.json.toggle('user', '.active'); // => true
   * ```
   * @see https://valkey.io/commands/json.toggle/
   */
  toggle<P extends Key | undefined = undefined>(key: Key, path?: P): Result<S, JsonFlags<P>> {
    return this.send(
      JSON_TOGGLE,
      pathArgs(key, path),
      isJsonPath(path) ? toFlags<JsonFlags<P>> : toLastFlag<JsonFlags<P>>,
    );
  }

  /**
   * Tells what the values at `path` are: `null`, `boolean`, `string`, `number`, `integer`, `object` or `array`.
   *
   * `null` when there is no such key, or nothing at a path of the older kind. Complexity: O(N), N being the values the path matches.
   *
   * @since valkey-json 1.0.0
   * @example
   * ```ts
   * // with the module valkey-json
   * await client.json.set('user', '$', { name: 'ada', born: 1815 });
   * await client.json.type('user', '$.*'); // => ['string', 'integer']
   * await client.json.type('user'); // => 'object'
   * ```
   * @see https://valkey.io/commands/json.type/
   */
  type<P extends Key | undefined = undefined>(key: Key, path?: P): Result<S, JsonTypes<P> | null> {
    return this.send(
      JSON_TYPE,
      pathArgs(key, path),
      isJsonPath(path) ? toTypes<JsonTypes<P> | null> : toLastType<JsonTypes<P> | null>,
    );
  }
}

/** The JSON of a value. An error says what cannot be sent, never the value. */
function textOf(spec: Spec, value: unknown): string {
  if (typeof value === 'number' && !Number.isFinite(value)) refuse(spec, 'cannot send NaN or an infinity as JSON');
  if (value instanceof Uint8Array) refuse(spec, 'cannot send bytes as JSON');
  if (Object.is(value, -0)) return '-0';
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (error) {
    throw new DataError(`${spec.name} cannot send the value as JSON`, { command: spec.name, cause: error });
  }
  return (
    text ?? refuse(spec, `cannot send ${typeof value === 'undefined' ? 'undefined' : `a ${typeof value}`} as JSON`)
  );
}

function pushValues(spec: Spec, args: Value[], values: readonly unknown[]): Value[] {
  if (!Array.isArray(values) || values.length === 0) refuse(spec, 'needs its values as a list that is not empty');
  for (const value of values) args.push(textOf(spec, value));
  return args;
}

function pathArgs(key: Key, path: Key | undefined): Value[] {
  return path === undefined ? [key] : [key, path];
}

/** Whether a path is a JSONPath, which begins with `$`. */
function isJsonPath(path: unknown): boolean {
  if (path instanceof Uint8Array) return path[0] === 0x24;
  return typeof path === 'string' && path.startsWith('$');
}

/** Tells whether the reply will be text. */
function pushFormat(args: Value[], options: Formatted | undefined): boolean {
  checkOptions(JSON_GET, options);
  const before = args.length;
  if (options?.indent !== undefined) args.push('INDENT', options.indent);
  if (options?.newline !== undefined) args.push('NEWLINE', options.newline);
  if (options?.space !== undefined) args.push('SPACE', options.space);
  const formatted = args.length > before;
  if (options?.noescape) args.push('NOESCAPE');
  return formatted;
}

/** JSON.GET would take a path of such a name for the option. */
function checkedPath(path: Value): Value {
  if (typeof path === 'string' && /^(indent|newline|space|noescape)$/i.test(path)) {
    refuse(JSON_GET, 'takes the name of an option for one: write the path with a dot in front');
  }
  return path;
}

function toValue<T>(reply: unknown, mode: ReplyMode): T {
  if (reply === null) return null as T;
  try {
    return JSON.parse(toText(reply, mode)) as T;
  } catch {
    throw new DataError('the reply is not JSON');
  }
}

function toValues<T>(reply: unknown, mode: ReplyMode): (T | null)[] {
  const items = reply as unknown[];
  const values: (T | null)[] = [];
  for (const item of items) values.push(toValue<T>(item, mode));
  return values;
}

/** The one value of a path of the older kind, of which some servers make a list under RESP3. */
function toLastValue<T>(reply: unknown, mode: ReplyMode): T | null {
  return toValue<T | null>(Array.isArray(reply) ? reply.at(-1) : reply, mode);
}

function toField(path: Value, reply: unknown, mode: ReplyMode): unknown {
  if (reply === null) return null;
  return Object.fromEntries([[String(path), toValue(reply, mode)]]);
}

/** JSON text such as `[1,null]`, or a list of numbers. */
function toSums<R>(reply: unknown, mode: ReplyMode): R {
  const items: unknown[] = Array.isArray(reply) ? reply : toValue<unknown[]>(reply, mode);
  return items.map((item) => (item === null ? null : toNumber(item))) as R;
}

function toLastSum<R>(reply: unknown, mode: ReplyMode): R {
  const sum: unknown = Array.isArray(reply) ? reply.findLast((item) => item !== null) : toValue(reply, mode);
  return toNumber(sum) as R;
}

/** 1, 0 and `null`. */
function toFlags<R>(reply: unknown, mode: ReplyMode): R {
  return (reply as unknown[]).map((item) => (item === null ? null : toFlag(item, mode))) as R;
}

function toLastFlag<R>(reply: unknown, mode: ReplyMode): R {
  return toFlag(Array.isArray(reply) ? reply.findLast((item) => item !== null) : reply, mode) as R;
}

/** 1 and 0, or the words `true` and `false`. */
function toFlag(reply: unknown, mode: ReplyMode): boolean {
  return toBoolean(reply) || toText(reply, mode) === 'true';
}

/** Names in a list, or lists of them. */
function toNames<R>(reply: unknown, mode: ReplyMode): R {
  if (reply === null) return null as R;
  return (reply as unknown[]).map((item) => {
    if (item === null) return null;
    return Array.isArray(item) ? toTextList(item, mode) : toText(item, mode);
  }) as R;
}

function toTextList(reply: unknown, mode: ReplyMode): string[] {
  return (reply as unknown[]).map((item) => toText(item, mode));
}

/** Types, which some servers put into one more list under RESP3. */
function toTypes<R>(reply: unknown, mode: ReplyMode): R {
  const [first] = (reply ?? [null]) as unknown[];
  if (first === null) return null as R;
  return toTextList(Array.isArray(first) ? first : reply, mode) as R;
}

function toLastType<R>(reply: unknown, mode: ReplyMode): R {
  if (Array.isArray(reply)) return toLastType(reply.at(-1), mode);
  return (reply === null ? null : toText(reply, mode)) as R;
}
