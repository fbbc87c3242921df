import { type Entries, type Int, type Many, listOf, pushEntries, pushMany, refuse } from '../argument.ts';
import { toBoolean, toText, toTexts } from '../reply.ts';
import { type Decoder, Spec, defineCommand } from '../spec.ts';
import {
  type Fields,
  type Integer,
  type Key,
  Namespace,
  type Result,
  type Surface,
  type Text,
  type Value,
} from '../surface.ts';
import { type AggregateSettings, type FtAggregateOptions, pushAggregateOptions } from './search-aggregate.ts';
import {
  type SearchCursorOptions,
  checkExclusive,
  checkedObject,
  checkedOptions,
  pushFlags,
  wordOf,
} from './search-argument.ts';
import { type FtHybridOptions, pushHybrid } from './search-hybrid.ts';
import {
  type FtInfoReply,
  type FtProfileReply,
  type SearchSynonyms,
  type SpellcheckTerm,
  toInfo,
  toProfileReply,
  toSettings,
  toSpellcheck,
  toSuggestions,
  toSynonyms,
  toTextMap,
} from './search-info.ts';
import {
  type FtExplainOptions,
  type FtSearchOptions,
  type SearchConsistency,
  type SearchSettings,
  hasNoFields,
  pushExplainOptions,
  pushSearchOptions,
} from './search-options.ts';
import { type QueryNode, queryOf } from './search-query.ts';
import {
  type AggregateCursorReply,
  type AggregateReply,
  type SearchCursorReply,
  type SearchDocument,
  type SearchReply,
  searchCursorDecoder,
  searchDecoder,
  searchPageDecoder,
  toAggregatePage,
  toAggregateReply,
  toEachFieldsOrNull,
  toFieldsOrNull,
  toPayloads,
} from './search-reply.ts';
import {
  type FtAlterOptions,
  type FtCreateOptions,
  type SearchSchema,
  pushCreateOptions,
  pushSchema,
} from './search-schema.ts';

const READ = ['readonly'] as const;
const ADD: Spec = defineCommand('FT.ADD', { arity: -6, keys: [2, 2, 1] });
const ADDHASH: Spec = defineCommand('FT.ADDHASH', { arity: -4, keys: [2, 2, 1] });
const AGGREGATE: Spec = defineCommand('FT.AGGREGATE', { arity: -3, flags: READ });
const ALIASADD: Spec = defineCommand('FT.ALIASADD', { arity: 3 });
const ALIASDEL: Spec = defineCommand('FT.ALIASDEL', { arity: 2 });
const ALIASLIST: Spec = defineCommand('FT.ALIASLIST', { arity: -1, flags: READ });
const ALIASUPDATE: Spec = defineCommand('FT.ALIASUPDATE', { arity: 3 });
const ALTER: Spec = defineCommand('FT.ALTER', { arity: -6 });
const CONFIG_GET: Spec = defineCommand('FT.CONFIG GET', { arity: 3, flags: READ });
const CONFIG_SET: Spec = defineCommand('FT.CONFIG SET', { arity: 4 });
const CREATE: Spec = defineCommand('FT.CREATE', { arity: -5 });
const CURSOR_DEL: Spec = defineCommand('FT.CURSOR DEL', { arity: 4 });
// Reading moves the cursor on, so it is not to be repeated.
const CURSOR_READ: Spec = defineCommand('FT.CURSOR READ', { arity: -4, flags: [], bigints: true });
const DEL: Spec = defineCommand('FT.DEL', { arity: -3, keys: [2, 2, 1] });
const DICTADD: Spec = defineCommand('FT.DICTADD', { arity: -3 });
const DICTDEL: Spec = defineCommand('FT.DICTDEL', { arity: -3 });
const DICTDUMP: Spec = defineCommand('FT.DICTDUMP', { arity: 2, flags: READ });
const DROPINDEX: Spec = defineCommand('FT.DROPINDEX', { arity: -2 });
const EXPLAIN: Spec = defineCommand('FT.EXPLAIN', { arity: -3, flags: READ });
const EXPLAINCLI: Spec = defineCommand('FT.EXPLAINCLI', { arity: -3, flags: READ });
const GET: Spec = defineCommand('FT.GET', { arity: 3, flags: READ, keys: [2, 2, 1] });
const HYBRID: Spec = defineCommand('FT.HYBRID', { arity: -3, flags: READ });
const INFO: Spec = defineCommand('FT.INFO', { arity: -2, flags: READ });
const LIST: Spec = defineCommand('FT._LIST', { arity: -1, flags: READ });
const MGET: Spec = defineCommand('FT.MGET', { arity: -3, flags: READ, keys: [2, -1, 1] });
const PROFILE: Spec = defineCommand('FT.PROFILE', { arity: -5, flags: READ });
const SEARCH: Spec = defineCommand('FT.SEARCH', { arity: -3, flags: READ });
const SPELLCHECK: Spec = defineCommand('FT.SPELLCHECK', { arity: -3, flags: READ });
const SUGADD: Spec = defineCommand('FT.SUGADD', { arity: -4, keys: [1, 1, 1] });
const SUGDEL: Spec = defineCommand('FT.SUGDEL', { arity: 3, keys: [1, 1, 1] });
const SUGGET: Spec = defineCommand('FT.SUGGET', { arity: -3, flags: READ, keys: [1, 1, 1] });
const SUGLEN: Spec = defineCommand('FT.SUGLEN', { arity: 2, flags: READ, keys: [1, 1, 1] });
const SYNDUMP: Spec = defineCommand('FT.SYNDUMP', { arity: 2, flags: READ });
const SYNUPDATE: Spec = defineCommand('FT.SYNUPDATE', { arity: -4 });
const TAGVALS: Spec = defineCommand('FT.TAGVALS', { arity: 3, flags: READ });

// With a cursor these leave something on the server, for that server alone to be read: no replica may run them, nor are they repeated.
const SEARCH_CURSOR: Spec = new Spec('FT.SEARCH', [-3, 0, 0, 0, 0, ''], { bigints: true });
const AGGREGATE_CURSOR: Spec = new Spec('FT.AGGREGATE', [-3, 0, 0, 0, 0, ''], { bigints: true });
const HYBRID_CURSOR: Spec = new Spec('FT.HYBRID', [-3, 0, 0, 0, 0, ''], { bigints: true });

/** Options of `ft.add`. */
export interface FtAddOptions {
  /** The document's own score, from 0 to 1; 1 without. */
  readonly score?: number | undefined;
  /** Indexes the document without storing it. */
  readonly nosave?: boolean | undefined;
  /** Replaces a document that is there; otherwise it is an error. */
  readonly replace?: boolean | undefined;
  /** Replaces the given fields only. */
  readonly partial?: boolean | undefined;
  /** Replaces a document only if it is there. */
  readonly nocreate?: boolean | undefined;
  readonly language?: string | undefined;
  readonly payload?: Key | undefined;
  /** Replaces a document only if this expression is true for it. */
  readonly if?: Key | undefined;
}

/** Options of `ft.addhash`. */
export interface FtAddhashOptions {
  /** The document's own score, from 0 to 1; 1 without. */
  readonly score?: number | undefined;
  readonly language?: string | undefined;
  /** Indexes the document anew. */
  readonly replace?: boolean | undefined;
}

/** Options of `ft.del`. */
export interface FtDelOptions {
  /** Deletes the document's key too. */
  readonly dd?: boolean | undefined;
}

/** Options of `ft.dropindex`. */
export interface FtDropindexOptions {
  /** Deletes the documents too. */
  readonly dd?: boolean | undefined;
}

/** Options of `ft.list`. */
export interface FtListOptions {
  /** Only names that this regular expression fits, also in part. valkey-search only. */
  readonly regex?: string | undefined;
}

/** Options of `ft.info`. valkey-search only. */
export type FtInfoOptions = SearchConsistency & {
  /** Whose state to tell: this server's, as without, that of all primaries, or that of all nodes together. */
  readonly scope?: 'local' | 'primary' | 'cluster' | undefined;
};

/** What the search behind a cursor was asked for, as far as it decides on the reply. */
export interface SearchCursorDocuments<N extends boolean = boolean, W extends boolean = boolean> {
  readonly nocontent?: N | undefined;
  readonly withscores?: W | undefined;
  readonly withsortkeys?: boolean | undefined;
}

/** Options of `ft.cursorRead`. */
export interface FtCursorReadOptions<N extends boolean = boolean, W extends boolean = boolean> {
  /** How many results to give at most; as many as the cursor was made with, without. */
  readonly count?: Int | undefined;
  /** The cursor is one of `ft.search`, which was asked for this; `{}` for nothing special. */
  readonly documents?: SearchCursorDocuments<N, W> | undefined;
}

/** Options of `ft.profile` of a search. */
export interface FtProfileSearchOptions<
  N extends boolean = boolean,
  W extends boolean = boolean,
  P extends boolean = boolean,
> extends SearchSettings<N, W, P> {
  /** Leaves the details of large unions out. */
  readonly limited?: boolean | undefined;
}

/** Options of `ft.profile` of an aggregation. */
export interface FtProfileAggregateOptions extends AggregateSettings {
  /** Leaves the details of large unions out. */
  readonly limited?: boolean | undefined;
}

/** Options of `ft.spellcheck`. */
export interface FtSpellcheckOptions {
  /** How many letters may differ: 1, as without, to 4. */
  readonly distance?: Int | undefined;
  /** Dictionaries whose words are suggested too. */
  readonly include?: Many<Key> | undefined;
  /** Dictionaries whose words are right. */
  readonly exclude?: Many<Key> | undefined;
  /** The version of the query language. */
  readonly dialect?: Int | undefined;
}

/** Options of `ft.synupdate`. */
export interface FtSynupdateOptions {
  /** Leaves documents that are there already as they are. */
  readonly skipinitialscan?: boolean | undefined;
}

/** Options of `ft.sugadd`. */
export interface FtSugaddOptions {
  /** Adds `score` to the one that is there. */
  readonly incr?: boolean | undefined;
  /** Bytes to be given with the suggestion. */
  readonly payload?: Key | undefined;
}

/** Options of `ft.sugget`. */
export interface FtSuggetOptions {
  /** Finds those too whose beginning differs by one letter. */
  readonly fuzzy?: boolean | undefined;
  /** How many at most; 5 without. */
  readonly max?: Int | undefined;
  readonly withscores?: boolean | undefined;
  readonly withpayloads?: boolean | undefined;
}

/** A suggestion and what was asked for beside it. */
export interface ScoredSuggestion<T> {
  readonly suggestion: T;
  readonly score: number;
}
export interface PayloadSuggestion<T> {
  readonly suggestion: T;
  readonly payload: T | null;
}

/**
 * Commands on search indexes, as the module valkey-search has them, and RediSearch, which has more.
 *
 * Properties of documents begin with an `@` in aggregations, and parameters with a `$` in queries.
 */
export class SearchCommands<in out S extends Surface> extends Namespace<S> {
  /**
   * Stores a document and indexes it. Versions of RediSearch since 2.0 index every hash by themselves: use `hset` instead.
   *
   * With `if` it gives `'NOADD'` when that expression is not true for the document that is there.
   * Rejects with a `ResponseError` when the document is there, unless `replace`, `partial` or `nocreate` is given.
   * Complexity: O(N), N being the words of the document.
   *
   * @since RediSearch 1.0.0
   * @example
   * ```ts
   * // with the module RediSearch
   * await client.ft.add('shop', 'product:1', { title: 'a coffee mill' }, { replace: true }); // => 'OK'
   * ```
   * @see https://redis.io/docs/latest/commands/?group=search
   */
  add(index: Key, id: Key, fields: Entries, options?: FtAddOptions & { readonly if?: undefined }): Result<S, 'OK'>;
  add(index: Key, id: Key, fields: Entries, options: FtAddOptions | undefined): Result<S, 'OK' | 'NOADD'>;
  add(index: Key, id: Key, fields: Entries, options?: FtAddOptions): Result<S, 'OK' | 'NOADD'> {
    const {
      score = 1,
      nosave,
      replace,
      partial,
      nocreate,
      language,
      payload,
      if: condition,
    } = checkedOptions(ADD, options);
    const args: Value[] = [index, id, score];
    if (nosave) args.push('NOSAVE');
    if (replace || partial || nocreate) args.push('REPLACE');
    pushFlags(args, { partial, nocreate }, ['partial', 'nocreate']);
    if (language !== undefined) args.push('LANGUAGE', language);
    if (payload !== undefined) args.push('PAYLOAD', payload);
    if (condition !== undefined) args.push('IF', condition);
    args.push('FIELDS');
    pushEntries(ADD, args, fields, 'field');
    return this.send(ADD, args);
  }

  /**
   * Indexes a hash that is there. Versions of RediSearch since 2.0 do so by themselves, and lack the command.
   *
   * Complexity: O(N), N being the words of the document.
   *
   * @since RediSearch 1.0.0
   * @example
   * ```ts
   * // with the module RediSearch
   * await client.ft.addhash('shop', 'product:1', { replace: true }); // => 'OK'
   * ```
   * @see https://redis.io/docs/latest/commands/?group=search
   */
  addhash(index: Key, id: Key, options?: FtAddhashOptions): Result<S, 'OK'> {
    const { score = 1, language, replace } = checkedOptions(ADDHASH, options);
    const args: Value[] = [index, id, score];
    if (replace) args.push('REPLACE');
    if (language !== undefined) args.push('LANGUAGE', language);
    return this.send(ADDHASH, args);
  }

  /**
   * Searches, and takes the documents as records, which `steps` sort, group, change and filter in their order.
   *
   * A step is one of `{ groupby, reduce }`, `{ sortby, max }`, `{ apply, as }`, `{ filter }`, `{ limit }` and `{ load }`. Gives the records;
   * their values are text, `null`, or lists of values. With `withcursor` it gives the first of them and a `cursor`, to be read on with
   * `cursorRead`. Rejects with a `ResponseError` when there is no such index, and for a query that cannot be understood.
   * Complexity: O(N) and more, N being the documents that fit the query: it depends on the steps.
   *
   * @since valkey-search 1.1.0; `withcursor` 1.3.0; RediSearch 1.1.0
   * @example
   * ```ts
   * // with the module valkey-search
   * await client.ft.create('shop', { price: 'numeric' });
   * await client.hset('product:1', 'price', 5);
   * const steps = [{ groupby: [], reduce: { type: 'count', as: 'products' } }] as const;
   * await client.ft.aggregate('shop', '*', { steps }); // => { total: 1, rows: [{ products: '1' }] }
   * ```
   * @see https://valkey.io/commands/ft.aggregate/
   */
  aggregate(
    index: Key,
    query: Key | QueryNode,
    options?: FtAggregateOptions & { readonly withcursor?: undefined },
  ): Result<S, AggregateReply<Text<S>, Integer<S>>>;
  aggregate(
    index: Key,
    query: Key | QueryNode,
    options: FtAggregateOptions & { readonly withcursor: SearchCursorOptions },
  ): Result<S, AggregateCursorReply<Text<S>, Integer<S>>>;
  aggregate(
    index: Key,
    query: Key | QueryNode,
    options: FtAggregateOptions | undefined,
  ): Result<S, AggregateReply<Text<S>, Integer<S>> | AggregateCursorReply<Text<S>, Integer<S>>>;
  aggregate(
    index: Key,
    query: Key | QueryNode,
    options?: FtAggregateOptions,
  ): Result<S, AggregateReply<Text<S>, Integer<S>> | AggregateCursorReply<Text<S>, Integer<S>>> {
    const given = checkedOptions(AGGREGATE, options);
    const args: Value[] = [index, queryOf(query)];
    pushAggregateOptions(AGGREGATE, args, given);
    if (given.withcursor !== undefined) return this.send(AGGREGATE_CURSOR, args, toAggregatePage<Text<S>, Integer<S>>);
    return this.send(AGGREGATE, args, toAggregateReply<Text<S>, Integer<S>>);
  }

  /**
   * Gives an index another name. Commands take either.
   *
   * Rejects with a `ResponseError` when the alias is taken, or when there is no such index.
   * Complexity: O(1).
   *
   * @since valkey-search 1.3.0; RediSearch 1.0.0
   * @example
   * ```ts
   * // with the module valkey-search
   * await client.ft.create('shop-1', { title: 'text' });
   * await client.ft.aliasadd('shop', 'shop-1'); // => 'OK'
   * ```
   * @see https://valkey.io/commands/ft.aliasadd/
   */
  aliasadd(alias: Key, index: Key): Result<S, 'OK'> {
    return this.send(ALIASADD, [alias, index]);
  }

  /**
   * Removes another name of an index.
   *
   * Rejects with a `ResponseError` when there is no such alias.
   * Complexity: O(1).
   *
   * @since valkey-search 1.3.0; RediSearch 1.0.0
   * @example
   * ```ts
   * // with the module valkey-search
   * await client.ft.create('shop-1', { title: 'text' });
   * await client.ft.aliasadd('shop', 'shop-1');
   * await client.ft.aliasdel('shop'); // => 'OK'
   * ```
   * @see https://valkey.io/commands/ft.aliasdel/
   */
  aliasdel(alias: Key): Result<S, 'OK'> {
    return this.send(ALIASDEL, [alias]);
  }

  /**
   * Gives all aliases and the indexes they stand for, as valkey-search does; of an index, as RediSearch does, the list of its aliases.
   *
   * Complexity: O(N), N being the number of aliases.
   *
   * @since valkey-search 1.3.0, without an index; newer versions of RediSearch, with one
   * @example
   * ```ts
   * // with the module valkey-search
   * await client.ft.create('shop-1', { title: 'text' });
   * await client.ft.aliasadd('shop', 'shop-1');
   * await client.ft.aliaslist(); // => { shop: 'shop-1' }
   * ```
   * @see https://valkey.io/commands/ft.aliaslist/
   */
  aliaslist(): Result<S, Record<string, string>>;
  aliaslist(index: Key): Result<S, string[]>;
  aliaslist(index?: Key): Result<S, Record<string, string> | string[]> {
    if (index === undefined) return this.send(ALIASLIST, [], toTextMap);
    return this.send(ALIASLIST, [index], toTexts);
  }

  /**
   * Gives an index another name, taking the name from the index that has it.
   *
   * Rejects with a `ResponseError` when there is no such index.
   * Complexity: O(1).
   *
   * @since valkey-search 1.3.0; RediSearch 1.0.0
   * @example
   * ```ts
   * // with the module valkey-search
   * await client.ft.create('shop-2', { title: 'text' });
   * await client.ft.aliasupdate('shop', 'shop-2'); // => 'OK'
   * ```
   * @see https://valkey.io/commands/ft.aliasupdate/
   */
  aliasupdate(alias: Key, index: Key): Result<S, 'OK'> {
    return this.send(ALIASUPDATE, [alias, index]);
  }

  /**
   * Adds fields to an index. Documents are indexed anew in the background.
   *
   * Rejects with a `ResponseError` when there is no such index, or when it has one of the fields.
   * Complexity: O(N), N being the number of keys.
   *
   * @since RediSearch 1.0.0
   * @example
   * ```ts
   * // with the module RediSearch
   * await client.ft.create('shop', { title: 'text' });
   * await client.ft.alter('shop', { price: { type: 'numeric', sortable: true } }); // => 'OK'
   * ```
   * @see https://redis.io/docs/latest/commands/ft.alter/
   */
  alter(index: Key, schema: SearchSchema, options?: FtAlterOptions): Result<S, 'OK'> {
    const args: Value[] = [index];
    pushFlags(args, checkedOptions(ALTER, options), ['skipinitialscan']);
    args.push('SCHEMA', 'ADD');
    pushSchema(ALTER, args, schema);
    return this.send(ALTER, args);
  }

  /**
   * Gives the settings of RediSearch whose names fit. valkey-search has its own in `configGet` of the server.
   *
   * Complexity: O(N), N being the number of settings.
   *
   * @since RediSearch 1.0.0
   * @example
   * ```ts
   * // with the module RediSearch
   * await client.ft.configGet('TIMEOUT'); // => { TIMEOUT: '500' }
   * ```
   * @see https://redis.io/docs/latest/commands/ft.config-get/
   */
  configGet(option: Key): Result<S, Record<string, string | null>> {
    return this.send(CONFIG_GET, [option], toSettings);
  }

  /**
   * Changes a setting of RediSearch. valkey-search has its own in `configSet` of the server.
   *
   * Rejects with a `ResponseError` when there is no such setting, or when it cannot be changed while the server runs.
   * Complexity: O(1).
   *
   * @since RediSearch 1.0.0
   * @example
   * ```ts
   * // with the module RediSearch
   * await client.ft.configSet('TIMEOUT', 1000); // => 'OK'
   * ```
   * @see https://redis.io/docs/latest/commands/ft.config-set/
   */
  configSet(option: Key, value: Value): Result<S, 'OK'> {
    return this.send(CONFIG_SET, [option, value]);
  }

  /**
   * Makes an index of the hashes, or with `on: 'json'` of the JSON documents, whose keys begin with one of the prefixes.
   *
   * `schema` says which of their fields to index, and how: as an object of names, or as a list. What is there already is indexed in the
   * background: `info` tells how far it is. Rejects with a `ResponseError` when there is such an index.
   * Complexity: O(N) for the keys that are there, N being the number of keys, and more for vectors.
   *
   * @since valkey-search 1.0.0; `text` fields 1.2.0; RediSearch 1.0.0
   * @example
   * ```ts
   * // with the module valkey-search
   * const schema = {
   *   title: 'text',
   *   price: { type: 'numeric', sortable: true },
   *   embedding: { type: 'vector', algorithm: 'hnsw', dataType: 'float32', dim: 2, distanceMetric: 'l2' },
   * } as const;
   * await client.ft.create('shop', schema, { prefix: 'product:' }); // => 'OK'
   * ```
   * @see https://valkey.io/commands/ft.create/
   */
  create(index: Key, schema: SearchSchema, options?: FtCreateOptions): Result<S, 'OK'> {
    const args: Value[] = [index];
    pushCreateOptions(CREATE, args, checkedOptions(CREATE, options));
    args.push('SCHEMA');
    pushSchema(CREATE, args, schema);
    return this.send(CREATE, args);
  }

  /**
   * Deletes a cursor. One that was read to its end is gone already.
   *
   * Rejects with a `ResponseError` when there is no such cursor.
   * Complexity: O(1).
   *
   * @since valkey-search 1.3.0; RediSearch 1.1.0
   * @example
   * ```ts
   * // with the module valkey-search
   * await client.ft.create('shop', { price: 'numeric' });
   * const page = await client.ft.aggregate('shop', '*', { withcursor: { count: 100 } });
   * if (page.cursor !== '0') await client.ft.cursorDel('shop', page.cursor);
   * ```
   * @see https://valkey.io/commands/ft.cursor/
   */
  cursorDel(index: Key, cursor: string | Int): Result<S, 'OK'> {
    return this.send(CURSOR_DEL, [index, cursor]);
  }

  /**
   * Gives the next page of a cursor that `aggregate`, `hybrid` or, with `documents`, `search` made. It is the last one when its cursor is `'0'`.
   *
   * A cursor lives on the server that made it: in a cluster, ask that one. It is gone when nobody reads it for its `maxidle`.
   * Rejects with a `ResponseError` when there is no such cursor.
   * Complexity: O(N), N being the results on the page.
   *
   * @since valkey-search 1.3.0; RediSearch 1.1.0
   * @example
   * ```ts
   * // with the module valkey-search
   * await client.ft.create('shop', { price: 'numeric' });
   * let page = await client.ft.aggregate('shop', '*', { withcursor: { count: 100 } });
   * while (page.cursor !== '0') page = await client.ft.cursorRead('shop', page.cursor);
   * ```
   * @see https://valkey.io/commands/ft.cursor/
   */
  cursorRead(
    index: Key,
    cursor: string | Int,
    options?: FtCursorReadOptions & { readonly documents?: undefined },
  ): Result<S, AggregateCursorReply<Text<S>, Integer<S>>>;
  cursorRead<N extends boolean = false, W extends boolean = false>(
    index: Key,
    cursor: string | Int,
    options: FtCursorReadOptions<N, W> & { readonly documents: SearchCursorDocuments<N, W> },
  ): Result<S, SearchCursorReply<SearchDocument<Text<S>, N, W>, Integer<S>>>;
  cursorRead<N extends boolean = false, W extends boolean = false>(
    index: Key,
    cursor: string | Int,
    options?: FtCursorReadOptions<N, W>,
  ): Result<
    S,
    AggregateCursorReply<Text<S>, Integer<S>> | SearchCursorReply<SearchDocument<Text<S>, N, W>, Integer<S>>
  > {
    const { count, documents } = checkedOptions(CURSOR_READ, options);
    const args: Value[] = [index, cursor];
    if (count !== undefined) args.push('COUNT', count);
    if (documents === undefined) return this.send(CURSOR_READ, args, toAggregatePage<Text<S>, Integer<S>>);
    const asked = checkedObject(CURSOR_READ, documents, 'documents');
    const keysAlone = hasNoFields(asked);
    type Page = SearchCursorReply<SearchDocument<Text<S>, N, W>, Integer<S>>;
    return this.send(CURSOR_READ, args, searchPageDecoder<Page>(asked, keysAlone, keysAlone));
  }

  /**
   * Takes a document out of an index, and tells whether it was there. Versions of RediSearch since 2.0 follow the keys by themselves: use
   * `del` of the client instead.
   *
   * Complexity: O(1).
   *
   * @since RediSearch 1.0.0
   * @example
   * ```ts
   * // with the module RediSearch
   * await client.ft.create('shop', { title: 'text' });
   * await client.ft.del('shop', 'product:1', { dd: true }); // => false
   * ```
   * @see https://redis.io/docs/latest/commands/?group=search
   */
  del(index: Key, id: Key, options?: FtDelOptions): Result<S, boolean> {
    const args: Value[] = [index, id];
    pushFlags(args, checkedOptions(DEL, options), ['dd']);
    return this.send(DEL, args, toBoolean);
  }

  /**
   * Adds terms to a dictionary for `spellcheck`, and gives how many are new.
   *
   * Complexity: O(1) per term.
   *
   * @since RediSearch 1.4.0
   * @example
   * ```ts
   * // with the module RediSearch
   * await client.ft.dictadd('brands', ['acme', 'globex']); // => 2
   * ```
   * @see https://redis.io/docs/latest/commands/ft.dictadd/
   */
  dictadd(dictionary: Key, terms: Many<Key>): Result<S, Integer<S>> {
    return this.send(DICTADD, pushMany(DICTADD, [dictionary], terms, 'term'));
  }

  /**
   * Removes terms from a dictionary, and gives how many were there.
   *
   * Complexity: O(1) per term.
   *
   * @since RediSearch 1.4.0
   * @example
   * ```ts
   * // with the module RediSearch
   * await client.ft.dictadd('brands', ['acme', 'globex']);
   * await client.ft.dictdel('brands', 'acme'); // => 1
   * ```
   * @see https://redis.io/docs/latest/commands/ft.dictdel/
   */
  dictdel(dictionary: Key, terms: Many<Key>): Result<S, Integer<S>> {
    return this.send(DICTDEL, pushMany(DICTDEL, [dictionary], terms, 'term'));
  }

  /**
   * Gives all terms of a dictionary.
   *
   * Complexity: O(N), N being the number of terms.
   *
   * @since RediSearch 1.4.0
   * @example
   * ```ts
   * // with the module RediSearch
   * await client.ft.dictadd('brands', 'acme');
   * await client.ft.dictdump('brands'); // => ['acme']
   * ```
   * @see https://redis.io/docs/latest/commands/ft.dictdump/
   */
  dictdump(dictionary: Key): Result<S, Text<S>[]> {
    return this.send(DICTDUMP, [dictionary], toPayloads<Text<S>>);
  }

  /**
   * Deletes an index, and with `dd` its documents, which only RediSearch does.
   *
   * Rejects with a `ResponseError` when there is no such index.
   * Complexity: O(1); O(N) with `dd`, N being the number of documents.
   *
   * @since valkey-search 1.0.0; RediSearch 2.0.0
   * @example
   * ```ts
   * // with the module valkey-search
   * await client.ft.create('shop', { price: 'numeric' });
   * await client.ft.dropindex('shop'); // => 'OK'
   * ```
   * @see https://valkey.io/commands/ft.dropindex/
   */
  dropindex(index: Key, options?: FtDropindexOptions): Result<S, 'OK'> {
    const args: Value[] = [index];
    pushFlags(args, checkedOptions(DROPINDEX, options), ['dd']);
    return this.send(DROPINDEX, args);
  }

  /**
   * Tells how a query is understood: a tree of what is looked for, as one text.
   *
   * Rejects with a `ResponseError` when there is no such index, and for a query that cannot be understood.
   * Complexity: O(1).
   *
   * @since RediSearch 1.0.0
   * @example
   * ```ts
   * // with the module RediSearch
   * await client.ft.create('shop', { title: 'text' });
   * await client.ft.explain('shop', 'coffee mill');
   * ```
   * @see https://redis.io/docs/latest/commands/ft.explain/
   */
  explain(index: Key, query: Key | QueryNode, options?: FtExplainOptions): Result<S, string> {
    const args: Value[] = [index, queryOf(query)];
    pushExplainOptions(EXPLAIN, args, checkedOptions(EXPLAIN, options));
    return this.send(EXPLAIN, args, toText);
  }

  /**
   * Tells how a query is understood, line by line.
   *
   * Rejects with a `ResponseError` when there is no such index, and for a query that cannot be understood.
   * Complexity: O(1).
   *
   * @since valkey-search 1.3.0, without options; RediSearch 1.0.0
   * @example
   * ```ts
   * // with the module valkey-search
   * await client.ft.create('shop', { title: 'text' });
   * await client.ft.explaincli('shop', 'coffee mill');
   * ```
   * @see https://valkey.io/commands/ft.explaincli/
   */
  explaincli(index: Key, query: Key | QueryNode, options?: FtExplainOptions): Result<S, string[]> {
    const args: Value[] = [index, queryOf(query)];
    pushExplainOptions(EXPLAINCLI, args, checkedOptions(EXPLAINCLI, options));
    return this.send(EXPLAINCLI, args, toTexts);
  }

  /**
   * Gives the fields of a document, or `null` when the index has no such document. Use `hgetall` instead, which every server knows.
   *
   * Complexity: O(N), N being the number of fields.
   *
   * @since RediSearch 1.0.0
   * @example
   * ```ts
   * // with the module RediSearch
   * await client.ft.create('shop', { title: 'text' });
   * await client.ft.get('shop', 'product:1'); // => null
   * ```
   * @see https://redis.io/docs/latest/commands/?group=search
   */
  get(index: Key, id: Key): Result<S, Fields<S> | null> {
    return this.send(GET, [index, id], toFieldsOrNull<Text<S>>);
  }

  /**
   * Searches by words and by vectors, and ranks what both found together.
   *
   * `search` is a query as for `search`, `vsim` a search for the nearest vectors; `combine` says how their scores become one. The results are
   * records, as those of `aggregate`, with the same `steps` and cursors; at most 10 without a `limit` among the steps.
   * Rejects with a `ResponseError` when there is no such index, and for a query that cannot be understood.
   * Complexity: O(N + M), N being that of the search by words, M that of the one by vectors.
   *
   * @since valkey-search 1.3.0; RediSearch 8.4.0
   * @example
   * ```ts
   * // with the module valkey-search
   * const embedding = { type: 'vector', algorithm: 'flat', dataType: 'float32', dim: 2, distanceMetric: 'l2' } as const;
   * await client.ft.create('shop', { title: 'text', embedding });
   * const found = await client.ft.hybrid('shop', {
   *   search: { query: 'coffee' },
   *   vsim: { field: '\u0040embedding', vector: '$like', knn: { k: 5 } },
   *   combine: { linear: { alpha: 0.4, beta: 0.6 } },
   *   params: { like: Buffer.from(Float32Array.of(0.1, 0.2).buffer) },
   * });
   * ```
   * @see https://valkey.io/commands/ft.hybrid/
   */
  hybrid(
    index: Key,
    options: FtHybridOptions & { readonly withcursor?: undefined },
  ): Result<S, AggregateReply<Text<S>, Integer<S>>>;
  hybrid(
    index: Key,
    options: FtHybridOptions & { readonly withcursor: SearchCursorOptions },
  ): Result<S, AggregateCursorReply<Text<S>, Integer<S>>>;
  hybrid(
    index: Key,
    options: FtHybridOptions,
  ): Result<S, AggregateReply<Text<S>, Integer<S>> | AggregateCursorReply<Text<S>, Integer<S>>>;
  hybrid(
    index: Key,
    options: FtHybridOptions,
  ): Result<S, AggregateReply<Text<S>, Integer<S>> | AggregateCursorReply<Text<S>, Integer<S>>> {
    const given = checkedObject(HYBRID, options, 'its options');
    const args: Value[] = [index];
    pushHybrid(HYBRID, args, given);
    if (given.withcursor !== undefined) return this.send(HYBRID_CURSOR, args, toAggregatePage<Text<S>, Integer<S>>);
    return this.send(HYBRID, args, toAggregateReply<Text<S>, Integer<S>>);
  }

  /**
   * Describes an index: its documents, its fields, its state and counters.
   *
   * The modules tell different things: all fields but `indexName` may be missing, and others be there. Names are in camelCase.
   * Rejects with a `ResponseError` when there is no such index.
   * Complexity: O(1).
   *
   * @since valkey-search 1.0.0; RediSearch 1.0.0
   * @example
   * ```ts
   * // with the module valkey-search
   * await client.ft.create('shop', { price: 'numeric' });
   * const { numDocs, attributes } = await client.ft.info('shop');
   * ```
   * @see https://valkey.io/commands/ft.info/
   */
  info(index: Key, options?: FtInfoOptions): Result<S, FtInfoReply> {
    const given = checkedOptions(INFO, options);
    const args: Value[] = [index];
    if (given.scope !== undefined) args.push(wordOf(INFO, given.scope, 'scope'));
    checkExclusive(INFO, given, ['allshards', 'someshards']);
    checkExclusive(INFO, given, ['consistent', 'inconsistent']);
    pushFlags(args, given, ['allshards', 'someshards', 'consistent', 'inconsistent']);
    return this.send(INFO, args, toInfo);
  }

  /**
   * Gives the names of all indexes, in no order. The command is FT._LIST.
   *
   * Complexity: O(N), N being the number of indexes.
   *
   * @since valkey-search 1.0.0; RediSearch 2.0.0
   * @example
   * ```ts
   * // with the module valkey-search
   * await client.ft.create('shop', { price: 'numeric' });
   * await client.ft.list(); // => ['shop']
   * ```
   * @see https://valkey.io/commands/ft._list/
   */
  list(options?: FtListOptions): Result<S, string[]> {
    const { regex } = checkedOptions(LIST, options);
    return this.send(LIST, regex === undefined ? [] : ['REGEX', regex], toTexts);
  }

  /**
   * Gives the fields of documents, in their order, with `null` for those the index does not have. Use `hgetall` instead, which every server
   * knows.
   *
   * Complexity: O(N), N being the number of fields of all documents.
   *
   * @since RediSearch 1.0.0
   * @example
   * ```ts
   * // with the module RediSearch
   * await client.ft.create('shop', { title: 'text' });
   * await client.ft.mget('shop', ['product:1', 'product:2']); // => [null, null]
   * ```
   * @see https://redis.io/docs/latest/commands/?group=search
   */
  mget(index: Key, ids: Many<Key>): Result<S, (Fields<S> | null)[]> {
    return this.send(MGET, [index, ...listOf(MGET, ids, 'document')], toEachFieldsOrNull<Text<S>>);
  }

  /**
   * Runs a search or an aggregation, and gives its reply and how it came about: what was done, how often, and for how long.
   *
   * Takes the options of `search` or `aggregate`, but for cursors. Rejects as they do.
   * Complexity: that of the search or aggregation.
   *
   * @since RediSearch 2.2.0
   * @example
   * ```ts
   * // with the module RediSearch
   * await client.ft.create('shop', { title: 'text' });
   * const { results, profile } = await client.ft.profile('shop', 'search', 'coffee', { limited: true });
   * ```
   * @see https://redis.io/docs/latest/commands/ft.profile/
   */
  profile<N extends boolean = false, W extends boolean = false, P extends boolean = false>(
    index: Key,
    kind: 'search',
    query: Key | QueryNode,
    options?: FtProfileSearchOptions<N, W, P>,
  ): Result<S, FtProfileReply<SearchReply<SearchDocument<Text<S>, N, W, P>, Integer<S>>>>;
  profile(
    index: Key,
    kind: 'aggregate',
    query: Key | QueryNode,
    options?: FtProfileAggregateOptions,
  ): Result<S, FtProfileReply<AggregateReply<Text<S>, Integer<S>>>>;
  profile(
    index: Key,
    kind: 'search' | 'aggregate',
    query: Key | QueryNode,
    options?: FtProfileSearchOptions | FtProfileAggregateOptions,
  ): Result<S, FtProfileReply<unknown>> {
    const given = checkedOptions<FtSearchOptions & FtAggregateOptions & { limited?: boolean }>(
      PROFILE,
      options as object,
    );
    if (given.withcursor !== undefined) refuse(PROFILE, 'takes no cursor');
    const args: Value[] = [index, wordOf(PROFILE, kind, 'search or aggregate')];
    if (given.limited) args.push('LIMITED');
    args.push('QUERY', queryOf(query));
    if (kind === 'aggregate') {
      pushAggregateOptions(PROFILE, args, given);
      return this.send(PROFILE, args, profileDecoder(toAggregateReply));
    }
    if (kind !== 'search') refuse(PROFILE, 'profiles search or aggregate');
    pushSearchOptions(PROFILE, args, given);
    const decode = searchDecoder<unknown>(given, hasNoFields(given), Boolean(given.nocontent));
    return this.send(PROFILE, args, profileDecoder(decode));
  }

  /**
   * Searches an index, and gives how many documents fit and the first of them: with their keys and fields, or what the options say.
   *
   * `query` is text in the query language, or put together with the functions of `ft`: see the guide. Text that comes from users belongs into
   * `params`. A document is `{ id, fields }`, with `score`, `payload` and `sortkey` when they are asked for, and without `fields` when
   * `nocontent` is given. With `withcursor`, which only valkey-search knows, it gives a page and a `cursor`, to be read on with `cursorRead`.
   * Rejects with a `ResponseError` when there is no such index, and for a query that cannot be understood.
   * Complexity: O(N), N being the documents that fit the query, or those that are looked at to find the nearest vectors.
   *
   * @since valkey-search 1.0.0; text 1.2.0; RediSearch 1.0.0
   * @example
   * ```ts
   * // with the module valkey-search
   * await client.ft.create('shop', { title: 'text', price: 'numeric' });
   * await client.hset('product:1', { title: 'a coffee mill', price: 30 });
   * await client.ft.search('shop', 'coffee', { return: ['price'] }); // => { total: 1, documents: [{ id: 'product:1', fields: { price: '30' } }] }
   * ```
   * @see https://valkey.io/commands/ft.search/
   */
  search<N extends boolean = false, W extends boolean = false, P extends boolean = false>(
    index: Key,
    query: Key | QueryNode,
    options?: FtSearchOptions<N, W, P> & { readonly withcursor?: undefined },
  ): Result<S, SearchReply<SearchDocument<Text<S>, N, W, P>, Integer<S>>>;
  search<N extends boolean = false, W extends boolean = false, P extends boolean = false>(
    index: Key,
    query: Key | QueryNode,
    options: FtSearchOptions<N, W, P> & { readonly withcursor: SearchCursorOptions },
  ): Result<S, SearchCursorReply<SearchDocument<Text<S>, N, W, P>, Integer<S>>>;
  search<N extends boolean = false, W extends boolean = false, P extends boolean = false>(
    index: Key,
    query: Key | QueryNode,
    options: FtSearchOptions<N, W, P> | undefined,
  ): Result<
    S,
    | SearchReply<SearchDocument<Text<S>, N, W, P>, Integer<S>>
    | SearchCursorReply<SearchDocument<Text<S>, N, W, P>, Integer<S>>
  >;
  search<N extends boolean = false, W extends boolean = false, P extends boolean = false>(
    index: Key,
    query: Key | QueryNode,
    options?: FtSearchOptions<N, W, P>,
  ): Result<
    S,
    | SearchReply<SearchDocument<Text<S>, N, W, P>, Integer<S>>
    | SearchCursorReply<SearchDocument<Text<S>, N, W, P>, Integer<S>>
  > {
    type Document = SearchDocument<Text<S>, N, W, P>;
    const given = checkedOptions(SEARCH, options);
    const args: Value[] = [index, queryOf(query)];
    pushSearchOptions(SEARCH, args, given);
    const noFields = hasNoFields(given);
    const noContent = Boolean(given.nocontent);
    if (given.withcursor !== undefined) {
      const decode = searchCursorDecoder<SearchCursorReply<Document, Integer<S>>>(given, noFields, noContent);
      return this.send(SEARCH_CURSOR, args, decode);
    }
    return this.send(SEARCH, args, searchDecoder<SearchReply<Document, Integer<S>>>(given, noFields, noContent));
  }

  /**
   * Gives the words of a query that the index does not know, and those like them that it knows, with their scores from 0 to 1.
   *
   * Rejects with a `ResponseError` when there is no such index or dictionary.
   * Complexity: O(1).
   *
   * @since RediSearch 1.4.0
   * @example
   * ```ts
   * // with the module RediSearch
   * await client.ft.create('shop', { title: 'text' });
   * await client.hset('product:1', 'title', 'coffee');
   * await client.ft.spellcheck('shop', 'cofee'); // => [{ term: 'cofee', suggestions: [{ suggestion: 'coffee', score: 1 }] }]
   * ```
   * @see https://redis.io/docs/latest/commands/ft.spellcheck/
   */
  spellcheck(index: Key, query: Key, options?: FtSpellcheckOptions): Result<S, SpellcheckTerm<Text<S>>[]> {
    const { distance, include, exclude, dialect } = checkedOptions(SPELLCHECK, options);
    const args: Value[] = [index, query];
    if (distance !== undefined) args.push('DISTANCE', distance);
    if (include !== undefined)
      for (const dictionary of listOf(SPELLCHECK, include, 'dictionary')) args.push('TERMS', 'INCLUDE', dictionary);
    if (exclude !== undefined)
      for (const dictionary of listOf(SPELLCHECK, exclude, 'dictionary')) args.push('TERMS', 'EXCLUDE', dictionary);
    if (dialect !== undefined) args.push('DIALECT', dialect);
    return this.send(SPELLCHECK, args, toSpellcheck<Text<S>>);
  }

  /**
   * Adds a suggestion to the dictionary at `key`, or changes its score, and gives how many there are. The higher a score, the earlier it is
   * suggested.
   *
   * Complexity: O(1).
   *
   * @since RediSearch 1.0.0
   * @example
   * ```ts
   * // with the module RediSearch
   * await client.ft.sugadd('words', 'coffee', 1); // => 1
   * await client.ft.sugadd('words', 'coffee', 2, { incr: true, payload: 'drinks' }); // => 1
   * ```
   * @see https://redis.io/docs/latest/commands/ft.sugadd/
   */
  sugadd(key: Key, suggestion: Key, score: number, options?: FtSugaddOptions): Result<S, Integer<S>> {
    const { incr, payload } = checkedOptions(SUGADD, options);
    const args: Value[] = [key, suggestion, score];
    if (incr) args.push('INCR');
    if (payload !== undefined) args.push('PAYLOAD', payload);
    return this.send(SUGADD, args);
  }

  /**
   * Removes a suggestion, and tells whether it was there.
   *
   * Complexity: O(1).
   *
   * @since RediSearch 1.0.0
   * @example
   * ```ts
   * // with the module RediSearch
   * await client.ft.sugadd('words', 'coffee', 1);
   * await client.ft.sugdel('words', 'coffee'); // => true
   * ```
   * @see https://redis.io/docs/latest/commands/ft.sugdel/
   */
  sugdel(key: Key, suggestion: Key): Result<S, boolean> {
    return this.send(SUGDEL, [key, suggestion], toBoolean);
  }

  /**
   * Gives the suggestions that begin with `prefix`, the highest score first; none when there is no such key.
   *
   * With `withscores` or `withpayloads` they are objects, which have the score or the payload besides. The score is not the one that was given:
   * it counts the length too.
   * Complexity: O(1).
   *
   * @since RediSearch 1.0.0
   * @example
   * ```ts
   * // with the module RediSearch
   * await client.ft.sugadd('words', 'coffee', 1);
   * await client.ft.sugget('words', 'co'); // => ['coffee']
   * await client.ft.sugget('words', 'xo', { fuzzy: true, max: 3, withpayloads: true }); // => [{ suggestion: 'coffee', payload: null }]
   * ```
   * @see https://redis.io/docs/latest/commands/ft.sugget/
   */
  sugget(
    key: Key,
    prefix: Key,
    options: FtSuggetOptions & { readonly withscores: true; readonly withpayloads: true },
  ): Result<S, (ScoredSuggestion<Text<S>> & PayloadSuggestion<Text<S>>)[]>;
  sugget(
    key: Key,
    prefix: Key,
    options: FtSuggetOptions & { readonly withscores: true; readonly withpayloads?: false | undefined },
  ): Result<S, ScoredSuggestion<Text<S>>[]>;
  sugget(
    key: Key,
    prefix: Key,
    options: FtSuggetOptions & { readonly withscores?: false | undefined; readonly withpayloads: true },
  ): Result<S, PayloadSuggestion<Text<S>>[]>;
  sugget(
    key: Key,
    prefix: Key,
    options?: FtSuggetOptions & { readonly withscores?: false | undefined; readonly withpayloads?: false | undefined },
  ): Result<S, Text<S>[]>;
  sugget(key: Key, prefix: Key, options?: FtSuggetOptions): Result<S, unknown[]> {
    const { fuzzy, max, withscores, withpayloads } = checkedOptions(SUGGET, options);
    const args: Value[] = [key, prefix];
    if (fuzzy) args.push('FUZZY');
    if (withscores) args.push('WITHSCORES');
    if (withpayloads) args.push('WITHPAYLOADS');
    if (max !== undefined) args.push('MAX', max);
    return this.send(SUGGET, args, SUGGESTIONS[(withscores ? 1 : 0) | (withpayloads ? 2 : 0)]);
  }

  /**
   * Gives the number of suggestions at `key`; 0 when there is no such key.
   *
   * Complexity: O(1).
   *
   * @since RediSearch 1.0.0
   * @example
   * ```ts
   * // with the module RediSearch
   * await client.ft.suglen('words'); // => 0
   * ```
   * @see https://redis.io/docs/latest/commands/ft.suglen/
   */
  suglen(key: Key): Result<S, Integer<S>> {
    return this.send(SUGLEN, [key]);
  }

  /**
   * Gives all terms of an index that have synonyms, with the groups they belong to.
   *
   * An object of terms, or pairs with `encoding: 'buffer'`. Rejects with a `ResponseError` when there is no such index.
   * Complexity: O(N), N being the number of terms.
   *
   * @since RediSearch 1.2.0
   * @example
   * ```ts
   * // with the module RediSearch
   * await client.ft.create('shop', { title: 'text' });
   * await client.ft.synupdate('shop', 'drinks', ['coffee', 'espresso']);
   * await client.ft.syndump('shop'); // => { coffee: ['drinks'], espresso: ['drinks'] }
   * ```
   * @see https://redis.io/docs/latest/commands/ft.syndump/
   */
  syndump(index: Key): Result<S, SearchSynonyms<Text<S>>> {
    return this.send(SYNDUMP, [index], toSynonyms<Text<S>>);
  }

  /**
   * Adds terms to a group of synonyms: a search for one of them finds all.
   *
   * In RediSearch 1 the group must be there: it is the number that `FT.SYNADD` made up.
   * Rejects with a `ResponseError` when there is no such index.
   * Complexity: O(1) per term, and O(N) for the documents that are there.
   *
   * @since RediSearch 1.2.0
   * @example
   * ```ts
   * // with the module RediSearch
   * await client.ft.create('shop', { title: 'text' });
   * await client.ft.synupdate('shop', 'drinks', ['coffee', 'espresso'], { skipinitialscan: true }); // => 'OK'
   * ```
   * @see https://redis.io/docs/latest/commands/ft.synupdate/
   */
  synupdate(index: Key, group: Key, terms: Many<Key>, options?: FtSynupdateOptions): Result<S, 'OK'> {
    const args: Value[] = [index, group];
    pushFlags(args, checkedOptions(SYNUPDATE, options), ['skipinitialscan']);
    return this.send(SYNUPDATE, pushMany(SYNUPDATE, args, terms, 'term'));
  }

  /**
   * Gives all different tags of a tag field, in no order.
   *
   * Rejects with a `ResponseError` when there is no such index, or when the field is none of tags.
   * Complexity: O(N), N being the number of tags.
   *
   * @since RediSearch 1.0.0
   * @example
   * ```ts
   * // with the module RediSearch
   * await client.ft.create('shop', { colour: 'tag' });
   * await client.hset('product:1', 'colour', 'red,blue');
   * await client.ft.tagvals('shop', 'colour'); // => ['blue', 'red']
   * ```
   * @see https://redis.io/docs/latest/commands/ft.tagvals/
   */
  tagvals(index: Key, field: Key): Result<S, Text<S>[]> {
    return this.send(TAGVALS, [index, field], toPayloads<Text<S>>);
  }
}

/** The decoder of a profile around the reply that `decode` is for. */
function profileDecoder<R>(decode: Decoder<R>): Decoder<FtProfileReply<R>> {
  return (reply, mode) => toProfileReply(reply, mode, decode);
}

/** Decoders of suggestions, by what was asked for beside them. */
const SUGGESTIONS: readonly Decoder<unknown[]>[] = Array.from(
  { length: 4 },
  (_, asked) => (reply, mode) => toSuggestions(reply, mode, asked),
);
