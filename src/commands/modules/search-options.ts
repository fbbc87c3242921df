/** What a search can be asked for besides its query. */
import { type Entries, type Exclusive, type Int, type Many, pushCounted } from '../argument.ts';
import type { Spec } from '../spec.ts';
import type { Key, Value } from '../surface.ts';
import {
  type SearchCursorOptions,
  type SearchLimit,
  type SearchOrder,
  type SearchRename,
  checkExclusive,
  checkedObject,
  manyOf,
  pushCursor,
  pushFlags,
  pushLimit,
  pushOrder,
  pushParameters,
  pushRenames,
} from './search-argument.ts';

/** Numbers of a field: `'(5'` excludes the bound, `-Infinity` and `Infinity` are none. */
export interface SearchNumericFilter {
  readonly field: Key;
  readonly min: number | bigint | string;
  readonly max: number | bigint | string;
}

/** Places within a circle. */
export interface SearchGeoFilter {
  readonly field: Key;
  readonly longitude: number | string;
  readonly latitude: number | string;
  readonly radius: number | string;
  readonly unit: 'm' | 'km' | 'mi' | 'ft';
}

/** The parts of long texts that hold what was searched for. */
export interface SearchSummarize {
  /** The fields to cut; all without. */
  readonly fields?: Many<Key> | undefined;
  /** How many parts; 3 without. */
  readonly frags?: Int | undefined;
  /** How many words a part has; 20 without. */
  readonly len?: Int | undefined;
  /** What stands between the parts. */
  readonly separator?: Key | undefined;
}

/** Marks around what was searched for. */
export interface SearchHighlight {
  /** The fields to mark; all without. */
  readonly fields?: Many<Key> | undefined;
  /** The marks; `<b>` and `</b>` without. */
  readonly tags?: { readonly open: Key; readonly close: Key } | undefined;
}

/** What a search can be asked for. The type parameters are what was asked for of `nocontent`, `withscores` and `withpayloads`. */
export interface SearchSettings<N extends boolean = boolean, W extends boolean = boolean, P extends boolean = boolean> {
  /** Gives the documents' keys alone. */
  readonly nocontent?: N | undefined;
  /** Takes words as they are, without their stems. */
  readonly verbatim?: boolean | undefined;
  /** Searches for stop words too. */
  readonly nostopwords?: boolean | undefined;
  /** Gives the documents' scores. */
  readonly withscores?: W | undefined;
  /** Gives the documents' payloads. */
  readonly withpayloads?: P | undefined;
  /** Gives what the documents were sorted by, in the server's form: `#` before a number, `$` before text. */
  readonly withsortkeys?: boolean | undefined;
  /** Only documents with these numbers. The query can say the same. */
  readonly filter?: Many<SearchNumericFilter> | undefined;
  /** Only documents in these places. The query can say the same. */
  readonly geofilter?: Many<SearchGeoFilter> | undefined;
  /** Only documents with one of these keys. */
  readonly inkeys?: Many<Key> | undefined;
  /** Searches these text fields only. */
  readonly infields?: Many<Key> | undefined;
  /** Gives these fields only; none with an empty list. For JSON documents a field may be a path. */
  readonly return?: Many<Key | SearchRename> | undefined;
  /** Gives the parts of texts that hold what was searched for; `{}` for those of all texts. */
  readonly summarize?: SearchSummarize | undefined;
  /** Marks what was searched for; `{}` in all texts. */
  readonly highlight?: SearchHighlight | undefined;
  /** How many other words may stand between those of the query. */
  readonly slop?: Int | undefined;
  /** Milliseconds the server may search. The client's own deadline is another matter. */
  readonly timeout?: Int | undefined;
  /** Words must come in the order of the query. */
  readonly inorder?: boolean | undefined;
  /** The language of the query. */
  readonly language?: string | undefined;
  /** The function that expands the query. */
  readonly expander?: string | undefined;
  /** The function that gives the scores. */
  readonly scorer?: string | undefined;
  /** Tells how each score came about; with `withscores`. */
  readonly explainscore?: boolean | undefined;
  /** Hands these bytes to the scoring function. */
  readonly payload?: Key | undefined;
  readonly sortby?: Key | SearchOrder | undefined;
  /** The server gives the first 10 without. */
  readonly limit?: SearchLimit | undefined;
  /** The values of the query's parameters, which it names `$name`: numbers, text, the bytes of vectors. */
  readonly params?: Entries | undefined;
  /** Parameters whose values are JSON, such as `'[0.1, 0.2]'` for a vector. */
  readonly jparams?: Entries | undefined;
  /** The version of the query language. RediSearch needs 2 or more for parameters; valkey-search knows 2 alone, and takes it by itself. */
  readonly dialect?: Int | undefined;
}

/** Whether a reply may lack the documents of nodes that did not answer in time, or not agree on the index. */
export type SearchConsistency = Exclusive<{
  /** All nodes must answer: the server's own default. */
  allshards: boolean;
  /** Gives what there is. */
  someshards: boolean;
}> &
  Exclusive<{
    /** All nodes must agree on the index: the server's own default. */
    consistent: boolean;
    /** Gives what there is. */
    inconsistent: boolean;
  }>;

/** Options of `ft.search`. */
export type FtSearchOptions<
  N extends boolean = boolean,
  W extends boolean = boolean,
  P extends boolean = boolean,
> = SearchSettings<N, W, P> &
  SearchConsistency &
  Exclusive<{
    /** Counts all documents, for an exact `total`. */
    withcount: boolean;
    /** Stops counting when there are enough documents, which is faster. */
    withoutcount: boolean;
  }> & {
    /** Gives the documents page by page: `ft.cursorRead` gives the next one. */
    readonly withcursor?: SearchCursorOptions | undefined;
  };

/** Options of `ft.explain`. */
export interface FtExplainOptions {
  /** The values of the query's parameters. */
  readonly params?: Entries | undefined;
  /** The version of the query language. */
  readonly dialect?: Int | undefined;
}

type AnyOptions = Partial<FtSearchOptions>;

export function pushSearchOptions(spec: Spec, args: Value[], options: AnyOptions): void {
  checkExclusive(spec, options, ['allshards', 'someshards']);
  checkExclusive(spec, options, ['consistent', 'inconsistent']);
  checkExclusive(spec, options, ['withcount', 'withoutcount']);
  pushFlags(args, options, ['allshards', 'someshards', 'consistent', 'inconsistent', 'verbatim', 'nostopwords']);
  pushFlags(args, options, ['withscores', 'withpayloads', 'withsortkeys']);
  pushFilters(spec, args, options);
  if (options.inkeys !== undefined) pushCounted(spec, push(args, 'INKEYS'), options.inkeys, 'key');
  if (options.infields !== undefined) pushCounted(spec, push(args, 'INFIELDS'), options.infields, 'field');
  if (options.return !== undefined) pushRenames(push(args, 'RETURN'), options.return);
  pushSummarize(spec, args, options.summarize);
  pushHighlight(spec, args, options.highlight);
  pushMatching(args, options);
  if (options.sortby !== undefined) pushOrder(spec, push(args, 'SORTBY'), options.sortby);
  pushFlags(args, options, ['withcount', 'withoutcount']);
  if (options.limit !== undefined) pushLimit(spec, args, options.limit);
  if (options.params !== undefined) pushParameters(spec, args, 'PARAMS', options.params);
  if (options.jparams !== undefined) pushParameters(spec, args, 'JPARAMS', options.jparams);
  if (options.dialect !== undefined) args.push('DIALECT', options.dialect);
  pushCursor(spec, args, options.withcursor);
  pushFlags(args, options, ['nocontent']);
}

export function pushExplainOptions(spec: Spec, args: Value[], options: FtExplainOptions): void {
  if (options.params !== undefined) pushParameters(spec, args, 'PARAMS', options.params);
  if (options.dialect !== undefined) args.push('DIALECT', options.dialect);
}

function push(args: Value[], word: string): Value[] {
  args.push(word);
  return args;
}

function pushFilters(spec: Spec, args: Value[], { filter, geofilter }: AnyOptions): void {
  if (filter !== undefined) {
    for (const each of manyOf(filter)) {
      const { field, min, max } = checkedObject(spec, each, 'filter');
      args.push('FILTER', field, min, max);
    }
  }
  if (geofilter === undefined) return;
  for (const each of manyOf(geofilter)) {
    const { field, longitude, latitude, radius, unit } = checkedObject(spec, each, 'geofilter');
    args.push('GEOFILTER', field, longitude, latitude, radius, unit);
  }
}

function pushSummarize(spec: Spec, args: Value[], summarize: SearchSummarize | undefined): void {
  if (summarize === undefined) return;
  args.push('SUMMARIZE');
  const { fields, frags, len, separator } = checkedObject(spec, summarize, 'summarize');
  if (fields !== undefined) pushCounted(spec, push(args, 'FIELDS'), fields, 'field to summarize');
  if (frags !== undefined) args.push('FRAGS', frags);
  if (len !== undefined) args.push('LEN', len);
  if (separator !== undefined) args.push('SEPARATOR', separator);
}

function pushHighlight(spec: Spec, args: Value[], highlight: SearchHighlight | undefined): void {
  if (highlight === undefined) return;
  args.push('HIGHLIGHT');
  const { fields, tags } = checkedObject(spec, highlight, 'highlight');
  if (fields !== undefined) pushCounted(spec, push(args, 'FIELDS'), fields, 'field to highlight');
  if (tags === undefined) return;
  const { open, close } = checkedObject(spec, tags, 'tags');
  args.push('TAGS', open, close);
}

/** How words are to be found and documents to be scored. */
function pushMatching(args: Value[], options: AnyOptions): void {
  if (options.slop !== undefined) args.push('SLOP', options.slop);
  if (options.timeout !== undefined) args.push('TIMEOUT', options.timeout);
  pushFlags(args, options, ['inorder']);
  if (options.language !== undefined) args.push('LANGUAGE', options.language);
  if (options.expander !== undefined) args.push('EXPANDER', options.expander);
  if (options.scorer !== undefined) args.push('SCORER', options.scorer);
  pushFlags(args, options, ['explainscore']);
  if (options.payload !== undefined) args.push('PAYLOAD', options.payload);
}

/** Whether an option names a reply without fields. */
export function hasNoFields(options: { readonly nocontent?: unknown; readonly return?: unknown }): boolean {
  return Boolean(options.nocontent) || (Array.isArray(options.return) && options.return.length === 0);
}
