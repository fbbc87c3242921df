/** Two searches in one, by words and by vectors, whose results are ranked together. */
import { type Entries, type Int, type Many, refuse } from '../argument.ts';
import type { Spec } from '../spec.ts';
import type { Key, Value } from '../surface.ts';
import { type SearchStep, pushLoad, pushSteps } from './search-aggregate.ts';
import {
  type SearchCursorOptions,
  type SearchRename,
  checkedObject,
  pushBlock,
  pushCursor,
  pushParameters,
} from './search-argument.ts';
import { type QueryNode, queryOf } from './search-query.ts';

/** The search by words, tags and numbers. */
export interface HybridSearch {
  readonly query: Key | QueryNode;
  /** The function that gives the scores. */
  readonly scorer?: string | undefined;
  /** The name of this search's score. */
  readonly yieldScoreAs?: Key | undefined;
}

/** The search by vectors: the nearest, or those within a distance. */
export type HybridVsim = {
  /** The vector field, with its `@`. */
  readonly field: Key;
  /** The parameter that holds the vector, `$name`. */
  readonly vector: Key;
  /** Only among the documents that fit this query. */
  readonly filter?: Key | QueryNode | undefined;
  readonly policy?: string | undefined;
  readonly batchSize?: Int | undefined;
  /** The name of this search's score. */
  readonly yieldScoreAs?: Key | undefined;
} & (
  | {
      /** How many neighbours, and how to look for them. */
      readonly knn?: {
        readonly k?: Int | undefined;
        readonly efRuntime?: Int | undefined;
        readonly shardKRatio?: number | undefined;
      };
      readonly range?: undefined;
    }
  | {
      readonly knn?: undefined;
      /** Within which distance, and how far beyond to look around. */
      readonly range: { readonly radius: number; readonly epsilon?: number | undefined };
    }
);

interface HybridWindow {
  /** How many of the best of each search take part. */
  readonly window?: Int | undefined;
  /** The name of the common score. */
  readonly yieldScoreAs?: Key | undefined;
}

/** How two scores become one: by the ranks, as a weighted sum, or by an expression. */
export type HybridCombine =
  | {
      readonly rrf: HybridWindow & { readonly constant?: number | undefined };
      readonly linear?: undefined;
      readonly function?: undefined;
    }
  | {
      readonly rrf?: undefined;
      /** The weights of the search by words and of the one by vectors. */
      readonly linear: HybridWindow & { readonly alpha?: number | undefined; readonly beta?: number | undefined };
      readonly function?: undefined;
    }
  | {
      readonly rrf?: undefined;
      readonly linear?: undefined;
      readonly function: HybridWindow & { readonly expr: Key };
    };

/** What `ft.hybrid` searches for, and how. */
export interface FtHybridOptions {
  readonly search: HybridSearch;
  readonly vsim: HybridVsim;
  /** By the ranks without. */
  readonly combine?: HybridCombine | undefined;
  /** Fields of the documents; `'*'` for all. The key and the score come without. */
  readonly load?: Many<Key | SearchRename> | undefined;
  /** What is done to the results, in this order. */
  readonly steps?: readonly SearchStep[] | undefined;
  /** Milliseconds the server may take. */
  readonly timeout?: Int | undefined;
  /** The values of parameters, the vector's among them. */
  readonly params?: Entries | undefined;
  /** Parameters whose values are JSON, such as `'[0.1, 0.2]'` for a vector. */
  readonly jparams?: Entries | undefined;
  readonly dialect?: Int | undefined;
  /** Gives the results page by page: `ft.cursorRead` gives the next one. */
  readonly withcursor?: SearchCursorOptions | undefined;
}

export function pushHybrid(spec: Spec, args: Value[], options: FtHybridOptions): void {
  pushSearch(spec, args, options.search);
  pushVsim(spec, args, options.vsim);
  if (options.combine !== undefined) pushCombine(spec, args, options.combine);
  if (options.load !== undefined) pushLoad(spec, args, options.load);
  if (options.steps !== undefined) pushSteps(spec, args, options.steps);
  if (options.timeout !== undefined) args.push('TIMEOUT', options.timeout);
  if (options.params !== undefined) pushParameters(spec, args, 'PARAMS', options.params);
  if (options.jparams !== undefined) pushParameters(spec, args, 'JPARAMS', options.jparams);
  if (options.dialect !== undefined) args.push('DIALECT', options.dialect);
  pushCursor(spec, args, options.withcursor);
}

function pushSearch(spec: Spec, args: Value[], search: HybridSearch): void {
  const { query, scorer, yieldScoreAs } = checkedObject(spec, search, 'search');
  args.push('SEARCH', queryOf(query));
  if (scorer !== undefined) args.push('SCORER', scorer);
  if (yieldScoreAs !== undefined) args.push('YIELD_SCORE_AS', yieldScoreAs);
}

function pushVsim(spec: Spec, args: Value[], vsim: HybridVsim): void {
  const { field, vector, knn, range, filter, policy, batchSize, yieldScoreAs } = checkedObject(spec, vsim, 'vsim');
  if (knn !== undefined && range !== undefined) refuse(spec, 'takes only one of knn and range');
  args.push('VSIM', field, vector);
  if (knn !== undefined) {
    const { k, efRuntime, shardKRatio } = checkedObject(spec, knn, 'knn');
    args.push('KNN');
    pushNamed(args, [
      ['K', k],
      ['EF_RUNTIME', efRuntime],
      ['SHARD_K_RATIO', shardKRatio],
    ]);
  }
  if (range !== undefined) {
    const { radius, epsilon } = checkedObject(spec, range, 'range');
    args.push('RANGE');
    pushBlock(args, () => {
      args.push('RADIUS', radius);
      if (epsilon !== undefined) args.push('EPSILON', epsilon);
    });
  }
  if (filter !== undefined) args.push('FILTER', queryOf(filter));
  if (policy !== undefined) args.push('POLICY', policy);
  if (batchSize !== undefined) args.push('BATCH_SIZE', batchSize);
  if (yieldScoreAs !== undefined) args.push('YIELD_SCORE_AS', yieldScoreAs);
}

function pushCombine(spec: Spec, args: Value[], combine: HybridCombine): void {
  const { rrf, linear, function: expression } = checkedObject(spec, combine, 'combine');
  const methods = [rrf, linear, expression].filter((method) => method !== undefined);
  if (methods.length !== 1) refuse(spec, 'needs exactly one of rrf, linear and function to combine');
  const { window, yieldScoreAs } = checkedObject(spec, methods[0]!, 'a way to combine');
  const common: Named[] = [
    ['WINDOW', window],
    ['YIELD_SCORE_AS', yieldScoreAs],
  ];
  args.push('COMBINE');
  if (rrf !== undefined) {
    args.push('RRF');
    pushNamed(args, [['CONSTANT', rrf.constant], ...common]);
  } else if (linear !== undefined) {
    if ((linear.alpha === undefined) !== (linear.beta === undefined)) refuse(spec, 'needs alpha and beta, or neither');
    args.push('LINEAR');
    pushNamed(args, [['ALPHA', linear.alpha], ['BETA', linear.beta], ...common]);
  } else if (expression !== undefined) {
    args.push('FUNCTION');
    pushNamed(args, [['EXPR', expression.expr], ...common]);
  }
}

type Named = readonly [word: string, value: Value | undefined];

/** Pushes the number of words, and the names that have a value with it. */
function pushNamed(args: Value[], named: readonly Named[]): void {
  pushBlock(args, () => {
    for (const [word, value] of named) if (value !== undefined) args.push(word, value);
  });
}
