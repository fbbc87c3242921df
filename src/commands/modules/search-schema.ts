/** Indexes: which documents they hold, and which of their fields. */
import { type Entries, type Exclusive, type Int, type Many, pushCounted, pushEntries, refuse } from '../argument.ts';
import type { Spec } from '../spec.ts';
import type { Key, Value } from '../surface.ts';
import { checkExclusive, checkedObject, manyOf, pushBlock, pushFlags, pushList, wordOf } from './search-argument.ts';

/** What every field can say. */
export interface SearchFieldOptions {
  /** The name that queries know the field by. Fields of JSON documents, which are paths, need one. */
  readonly as?: Key | undefined;
  /** Keeps the values ready to sort by. */
  readonly sortable?: boolean | undefined;
  /** Keeps those values as they are, without making letters and accents alike; with `sortable`. */
  readonly unf?: boolean | undefined;
  /** Does not index the field: it can be sorted by only. */
  readonly noindex?: boolean | undefined;
  /** Lets queries find the documents that lack the field. */
  readonly indexmissing?: boolean | undefined;
}

/** Text, found by its words. */
export type SearchTextField = SearchFieldOptions & {
  readonly type: 'text';
  /** Takes words as they are, without reducing them to their stem. */
  readonly nostem?: boolean | undefined;
  /** How much more, or less, the field counts for a document's score; 1 without. */
  readonly weight?: number | undefined;
  /** Finds words that sound alike: `dm:en` for English, and `dm:fr`, `dm:pt`, `dm:es`. */
  readonly phonetic?: string | undefined;
  /** Lets queries find empty text. */
  readonly indexempty?: boolean | undefined;
} & Exclusive<{
    /** Makes queries by the end of a word (`*ing`) fast. */
    withsuffixtrie: boolean;
    /** Saves the memory that this takes: such queries are refused. */
    nosuffixtrie: boolean;
  }>;

/** A list of words that are found as a whole: categories, identifiers. */
export interface SearchTagField extends SearchFieldOptions {
  readonly type: 'tag';
  /** The character between tags; a comma without. */
  readonly separator?: Key | undefined;
  readonly casesensitive?: boolean | undefined;
  /** Makes queries by the end of a tag fast. */
  readonly withsuffixtrie?: boolean | undefined;
  /** Lets queries find empty tags. */
  readonly indexempty?: boolean | undefined;
}

/** A number, found by ranges. */
export interface SearchNumericField extends SearchFieldOptions {
  readonly type: 'numeric';
}

/** A place, written as longitude, comma, latitude; found by its distance from another. */
export interface SearchGeoField extends SearchFieldOptions {
  readonly type: 'geo';
}

/** A point or polygon in well-known text, found by what it is within or contains. */
export interface SearchGeoshapeField extends SearchFieldOptions {
  readonly type: 'geoshape';
  /** Whether coordinates are longitude and latitude, as without this, or a flat X and Y. */
  readonly coordSystem?: 'spherical' | 'flat' | undefined;
}

/** What fields with vectors have in common. */
export interface SearchVectorOptions extends SearchFieldOptions {
  readonly type: 'vector';
  /** What a vector is made of. */
  readonly dataType: 'float32' | 'float64' | 'float16' | 'bfloat16' | 'int8' | 'uint8';
  /** The number of dimensions. */
  readonly dim: Int;
  /** How the distance of two vectors is counted: Euclidean and squared, inner product, or the angle between them. */
  readonly distanceMetric: 'l2' | 'ip' | 'cosine';
  /** For how many vectors to have room at first. */
  readonly initialCap?: Int | undefined;
  /** Further attributes, by the server's names, for those of newer servers. */
  readonly attributes?: Entries | undefined;
}

/** Vectors that are compared one by one: exact, and for small indexes. */
export interface SearchFlatVectorField extends SearchVectorOptions {
  readonly algorithm: 'flat';
  /** How many vectors a block of memory holds. */
  readonly blockSize?: Int | undefined;
}

/** Vectors in a graph of neighbours: fast, and not always exact. */
export interface SearchHnswVectorField extends SearchVectorOptions {
  readonly algorithm: 'hnsw';
  /** The most neighbours a vector is tied to. */
  readonly m?: Int | undefined;
  /** How many vectors are looked at when one is added: more is slower, and finds better. */
  readonly efConstruction?: Int | undefined;
  /** How many vectors a query looks at. */
  readonly efRuntime?: Int | undefined;
  /** How far beyond its radius a range query looks around. */
  readonly epsilon?: number | undefined;
  /** Compares the best once more by their full vectors. */
  readonly rerank?: boolean | undefined;
}

/** Vectors in a compressed graph. */
export interface SearchSvsVectorField extends SearchVectorOptions {
  readonly algorithm: 'svs-vamana';
  readonly compression?: string | undefined;
  readonly constructionWindowSize?: Int | undefined;
  readonly graphMaxDegree?: Int | undefined;
  readonly searchWindowSize?: Int | undefined;
  readonly epsilon?: number | undefined;
  readonly trainingThreshold?: Int | undefined;
  /** To how many dimensions vectors are reduced. */
  readonly reduce?: Int | undefined;
}

export type SearchVectorField = SearchFlatVectorField | SearchHnswVectorField | SearchSvsVectorField;

/** A field of an index: its type alone, or an object that says more. */
export type SearchField =
  | 'text'
  | 'tag'
  | 'numeric'
  | 'geo'
  | 'geoshape'
  | SearchTextField
  | SearchTagField
  | SearchNumericField
  | SearchGeoField
  | SearchGeoshapeField
  | SearchVectorField;

/** A field with its name: the name of a hash's field, or the path of a JSON document's. */
export type NamedSearchField = Exclude<SearchField, string> & { readonly name: Key };

/**
 * The fields of an index: an object of their names, or a list, which can hold names of any bytes. One field may be indexed in several
 * ways, under several names: `{ sku: [{ type: 'text', as: 'words' }, { type: 'tag', as: 'code' }] }`.
 */
export type SearchSchema = { readonly [name: string]: Many<SearchField> } | readonly NamedSearchField[];

/** Options of `ft.create`. */
export type FtCreateOptions = {
  /** What the documents are; hashes without. */
  readonly on?: 'hash' | 'json' | undefined;
  /** Only keys that begin with one of these; all keys without. */
  readonly prefix?: Many<Key> | undefined;
  /** Only documents for which this expression is true. */
  readonly filter?: Key | undefined;
  /** The language of the documents; English without. */
  readonly language?: string | undefined;
  /** The field that holds a document's language. */
  readonly languageField?: Key | undefined;
  /** The documents' own score; 1 without. */
  readonly score?: number | undefined;
  /** The field that holds a document's own score. */
  readonly scoreField?: Key | undefined;
  /** The field that holds a document's payload. */
  readonly payloadField?: Key | undefined;
  /** Makes room for more than 32 text fields, to be added later. */
  readonly maxtextfields?: boolean | undefined;
  /** Drops the index when nobody used it for so many seconds. */
  readonly temporary?: Int | undefined;
  /** Keeps nothing that highlighting needs. */
  readonly nohl?: boolean | undefined;
  /** Keeps no track of the field a word is in. */
  readonly nofields?: boolean | undefined;
  /** Keeps no track of how often a word is in a document. */
  readonly nofreqs?: boolean | undefined;
  /** Words of fewer letters are not reduced to their stem. */
  readonly minstemsize?: Int | undefined;
  /** The characters between words. */
  readonly punctuation?: string | undefined;
  /** Whether all documents are indexed, those without any of the fields too. */
  readonly indexall?: 'enable' | 'disable' | undefined;
  /** Leaves the keys that are there already out. */
  readonly skipinitialscan?: boolean | undefined;
} & Exclusive<{
  /** Keeps the places of words, for phrases and slop. */
  withoffsets: boolean;
  /** Keeps no track of the places of words: it cannot find phrases. */
  nooffsets: boolean;
}> &
  Exclusive<{
    /** Words not to be indexed, in place of the language's own; none with an empty list. */
    stopwords: Many<Key>;
    /** Indexes every word. */
    nostopwords: boolean;
  }>;

/** Options of `ft.alter`. */
export interface FtAlterOptions {
  /** Leaves the keys that are there already out. */
  readonly skipinitialscan?: boolean | undefined;
}

type Options<F> = F extends unknown ? Omit<F, 'type'> : never;

/** A text field for a schema that is a list. */
export function textField(name: Key, options?: Options<SearchTextField>): NamedSearchField {
  return { ...options, name, type: 'text' };
}

/** A tag field for a schema that is a list. */
export function tagField(name: Key, options?: Options<SearchTagField>): NamedSearchField {
  return { ...options, name, type: 'tag' };
}

/** A numeric field for a schema that is a list. */
export function numericField(name: Key, options?: Options<SearchNumericField>): NamedSearchField {
  return { ...options, name, type: 'numeric' };
}

/** A field of places for a schema that is a list. */
export function geoField(name: Key, options?: Options<SearchGeoField>): NamedSearchField {
  return { ...options, name, type: 'geo' };
}

/** A field of shapes for a schema that is a list. */
export function geoshapeField(name: Key, options?: Options<SearchGeoshapeField>): NamedSearchField {
  return { ...options, name, type: 'geoshape' };
}

/** A vector field for a schema that is a list. */
export function vectorField(name: Key, options: Options<SearchVectorField>): NamedSearchField {
  return { ...options, name, type: 'vector' };
}

/** Pushes what is said of an index, but for its fields. */
export function pushCreateOptions(spec: Spec, args: Value[], options: Partial<FtCreateOptions>): void {
  checkExclusive(spec, options, ['withoffsets', 'nooffsets']);
  if (options.stopwords !== undefined && options.nostopwords)
    refuse(spec, 'takes only one of stopwords and nostopwords');
  if (options.on !== undefined) args.push('ON', wordOf(spec, options.on, 'on'));
  if (options.prefix !== undefined) pushCounted(spec, push(args, 'PREFIX'), options.prefix, 'prefix');
  if (options.filter !== undefined) args.push('FILTER', options.filter);
  if (options.language !== undefined) args.push('LANGUAGE', options.language);
  if (options.languageField !== undefined) args.push('LANGUAGE_FIELD', options.languageField);
  if (options.score !== undefined) args.push('SCORE', options.score);
  if (options.scoreField !== undefined) args.push('SCORE_FIELD', options.scoreField);
  if (options.payloadField !== undefined) args.push('PAYLOAD_FIELD', options.payloadField);
  pushFlags(args, options, ['maxtextfields']);
  if (options.temporary !== undefined) args.push('TEMPORARY', options.temporary);
  pushFlags(args, options, ['withoffsets', 'nooffsets', 'nohl', 'nofields', 'nofreqs', 'nostopwords']);
  if (options.stopwords !== undefined) pushList(push(args, 'STOPWORDS'), options.stopwords);
  if (options.minstemsize !== undefined) args.push('MINSTEMSIZE', options.minstemsize);
  if (options.punctuation !== undefined) args.push('PUNCTUATION', options.punctuation);
  if (options.indexall !== undefined) args.push('INDEXALL', wordOf(spec, options.indexall, 'indexall'));
  pushFlags(args, options, ['skipinitialscan']);
}

/** Pushes the fields of an index. */
export function pushSchema(spec: Spec, args: Value[], schema: SearchSchema): void {
  const before = args.length;
  if (Array.isArray(schema)) {
    for (const field of schema as readonly NamedSearchField[]) {
      pushField(spec, args, checkedObject(spec, field, 'a field').name, field);
    }
  } else {
    const fields = checkedObject(spec, schema, 'its fields') as { readonly [name: string]: Many<SearchField> };
    for (const name of Object.keys(fields)) {
      for (const field of manyOf(fields[name]!)) pushField(spec, args, name, field);
    }
  }
  if (args.length === before) refuse(spec, 'needs at least one field');
}

function push(args: Value[], word: string): Value[] {
  args.push(word);
  return args;
}

/** What a field may say, whichever type it has, as a caller without the compiler might fill it. */
type AnyField = SearchFieldOptions &
  Partial<Omit<SearchTextField, 'type'>> &
  Partial<Omit<SearchTagField, 'type'>> &
  Partial<Omit<SearchGeoshapeField, 'type'>> & { readonly type: string };

function pushField(spec: Spec, args: Value[], name: Key, field: SearchField): void {
  args.push(name);
  if (typeof field === 'string') {
    args.push(typeOf(spec, field));
    return;
  }
  const options = checkedObject(spec, field, 'a field') as AnyField;
  const { as, type, sortable, unf } = options;
  if (as !== undefined) args.push('AS', as);
  args.push(typeOf(spec, type));
  if (type === 'vector') pushVector(spec, args, field as SearchVectorField);
  else pushFieldOptions(spec, args, options);
  pushFlags(args, options, ['indexmissing']);
  if (sortable) args.push('SORTABLE');
  if (unf && !sortable) refuse(spec, 'takes unf only with sortable');
  if (unf) args.push('UNF');
  pushFlags(args, options, ['noindex']);
}

const TYPES: readonly string[] = ['text', 'tag', 'numeric', 'geo', 'geoshape', 'vector'];

function typeOf(spec: Spec, type: string): string {
  return TYPES.includes(type)
    ? type.toUpperCase()
    : refuse(spec, `needs a field of one of the types ${TYPES.join(', ')}`);
}

function pushFieldOptions(spec: Spec, args: Value[], options: AnyField): void {
  checkExclusive(spec, options, ['withsuffixtrie', 'nosuffixtrie']);
  if (options.coordSystem !== undefined) args.push(wordOf(spec, options.coordSystem, 'coordSystem'));
  pushFlags(args, options, ['nostem']);
  if (options.weight !== undefined) args.push('WEIGHT', options.weight);
  if (options.phonetic !== undefined) args.push('PHONETIC', options.phonetic);
  if (options.separator !== undefined) args.push('SEPARATOR', options.separator);
  pushFlags(args, options, ['casesensitive', 'withsuffixtrie', 'nosuffixtrie', 'indexempty']);
}

/** The attributes of vector fields that are a name and a value, in the order they are sent. */
const ATTRIBUTES = {
  compression: 'COMPRESSION',
  constructionWindowSize: 'CONSTRUCTION_WINDOW_SIZE',
  graphMaxDegree: 'GRAPH_MAX_DEGREE',
  searchWindowSize: 'SEARCH_WINDOW_SIZE',
  initialCap: 'INITIAL_CAP',
  blockSize: 'BLOCK_SIZE',
  m: 'M',
  efConstruction: 'EF_CONSTRUCTION',
  efRuntime: 'EF_RUNTIME',
  epsilon: 'EPSILON',
  trainingThreshold: 'TRAINING_THRESHOLD',
  reduce: 'REDUCE',
} as const;

function pushVector(spec: Spec, args: Value[], field: SearchVectorField): void {
  args.push(wordOf(spec, field.algorithm, 'algorithm'));
  pushBlock(args, () => {
    args.push('TYPE', wordOf(spec, field.dataType, 'dataType'), 'DIM', field.dim);
    args.push('DISTANCE_METRIC', wordOf(spec, field.distanceMetric, 'distanceMetric'));
    const options = field as Partial<Record<keyof typeof ATTRIBUTES, Value>> & { readonly rerank?: boolean };
    for (const name of Object.keys(ATTRIBUTES) as (keyof typeof ATTRIBUTES)[]) {
      const value = options[name];
      if (value !== undefined) args.push(ATTRIBUTES[name], value);
    }
    if (typeof options.rerank === 'boolean') args.push('RERANK', options.rerank ? 'TRUE' : 'FALSE');
    else if (options.rerank !== undefined) refuse(spec, 'needs true or false as rerank');
    if (field.attributes !== undefined) pushEntries(spec, args, field.attributes, 'attribute');
  });
}
