/** Aggregations: documents as records, which steps sort, group, change and filter one after the other. */
import { type Entries, type Int, type Many, refuse } from '../argument.ts';
import type { Spec } from '../spec.ts';
import type { Key, Value } from '../surface.ts';
import {
  type SearchCursorOptions,
  type SearchLimit,
  type SearchOrder,
  type SearchRename,
  checkedObject,
  manyOf,
  pushBlock,
  pushCursor,
  pushFlags,
  pushLimit,
  pushList,
  pushOrder,
  pushParameters,
  pushRenames,
  wordOf,
} from './search-argument.ts';

interface Named {
  /** The name of the result; the server makes one up without. */
  readonly as?: Key | undefined;
}

interface OfProperty extends Named {
  /** The property of the records, with its `@`. */
  readonly property: Key;
}

/** What is made of the records of a group: their number, something of a property of theirs, or the result of another function. */
export type SearchReducer =
  | (Named & { readonly type: 'count' })
  | (OfProperty & {
      readonly type: 'count_distinct' | 'count_distinctish' | 'sum' | 'min' | 'max' | 'avg' | 'stddev' | 'tolist';
    })
  /** The value that so many of the records, from 0 to 1, are below. */
  | (OfProperty & { readonly type: 'quantile'; readonly quantile: number })
  /** The value of the first record, in the order of `by`. */
  | (OfProperty & { readonly type: 'first_value'; readonly by?: Key | SearchOrder | undefined })
  /** The values of so many records, by chance. */
  | (OfProperty & { readonly type: 'random_sample'; readonly size: Int })
  /** The records themselves, or some fields of theirs. */
  | (Named & {
      readonly type: 'collect';
      readonly fields: Many<Key>;
      readonly distinct?: boolean | undefined;
      readonly sortby?: Many<Key | SearchOrder> | undefined;
      readonly limit?: SearchLimit | undefined;
    })
  /** Any function of the server, by its name. */
  | (Named & { readonly type?: undefined; readonly function: Key; readonly args?: Many<Value> | undefined });

interface NoStep {
  readonly load?: undefined;
  readonly groupby?: undefined;
  readonly reduce?: undefined;
  readonly sortby?: undefined;
  readonly max?: undefined;
  readonly apply?: undefined;
  readonly as?: undefined;
  readonly filter?: undefined;
  readonly limit?: undefined;
}

/** Makes one record of all records that have the same values; of all records with an empty list. */
export type SearchGroupStep = Omit<NoStep, 'groupby' | 'reduce'> & {
  readonly groupby: Many<Key>;
  readonly reduce?: Many<SearchReducer> | undefined;
};

/** Sorts the records, and keeps the first `max`. */
export type SearchSortStep = Omit<NoStep, 'sortby' | 'max'> & {
  readonly sortby: Many<Key | SearchOrder>;
  readonly max?: Int | undefined;
};

/** Adds the value of an expression to each record. */
export type SearchApplyStep = Omit<NoStep, 'apply' | 'as'> & { readonly apply: Key; readonly as: Key };

/** Keeps the records for which an expression is true. */
export type SearchFilterStep = Omit<NoStep, 'filter'> & { readonly filter: Key };

/** Keeps some of the records. */
export type SearchLimitStep = Omit<NoStep, 'limit'> & { readonly limit: SearchLimit };

/** Loads fields of the documents. */
export type SearchLoadStep = Omit<NoStep, 'load'> & { readonly load: Many<Key | SearchRename> };

/** One step of an aggregation. */
export type SearchStep =
  | SearchGroupStep
  | SearchSortStep
  | SearchApplyStep
  | SearchFilterStep
  | SearchLimitStep
  | SearchLoadStep;

/** What an aggregation can be asked for. Properties are given with their `@`. */
export interface AggregateSettings {
  /** Takes words as they are, without their stems. */
  readonly verbatim?: boolean | undefined;
  /** Adds the documents' scores to the records, as the property `__score`. */
  readonly addscores?: boolean | undefined;
  /** How many other words may stand between those of the query. */
  readonly slop?: Int | undefined;
  /** Words must come in the order of the query. */
  readonly inorder?: boolean | undefined;
  /** The function that gives the scores. */
  readonly scorer?: string | undefined;
  /** Fields of the documents to begin with; `'*'` for all. */
  readonly load?: Many<Key | SearchRename> | undefined;
  /** Milliseconds the server may take. The client's own deadline is another matter. */
  readonly timeout?: Int | undefined;
  /** What is done to the records, in this order. */
  readonly steps?: readonly SearchStep[] | undefined;
  /** The values of the parameters of the query and of expressions, which they name `$name`. */
  readonly params?: Entries | undefined;
  /** The version of the query language. RediSearch needs 2 or more for parameters; valkey-search knows 2 alone, and takes it by itself. */
  readonly dialect?: Int | undefined;
}

/** Options of `ft.aggregate`. */
export interface FtAggregateOptions extends AggregateSettings {
  /** Gives the records page by page: `ft.cursorRead` gives the next one. */
  readonly withcursor?: SearchCursorOptions | undefined;
}

/** Sorts by `property`, the least first. */
export function asc(property: Key): SearchOrder {
  return { by: property, order: 'asc' };
}

/** Sorts by `property`, the greatest first. */
export function desc(property: Key): SearchOrder {
  return { by: property, order: 'desc' };
}

export function pushAggregateOptions(spec: Spec, args: Value[], options: Partial<FtAggregateOptions>): void {
  pushFlags(args, options, ['verbatim', 'addscores', 'inorder']);
  if (options.slop !== undefined) args.push('SLOP', options.slop);
  if (options.scorer !== undefined) args.push('SCORER', options.scorer);
  if (options.load !== undefined) pushLoad(spec, args, options.load);
  if (options.timeout !== undefined) args.push('TIMEOUT', options.timeout);
  if (options.steps !== undefined) pushSteps(spec, args, options.steps);
  if (options.params !== undefined) pushParameters(spec, args, 'PARAMS', options.params);
  if (options.dialect !== undefined) args.push('DIALECT', options.dialect);
  pushCursor(spec, args, options.withcursor);
}

export function pushLoad(spec: Spec, args: Value[], fields: Many<Key | SearchRename>): void {
  args.push('LOAD');
  if (fields === '*') args.push('*');
  else if (Array.isArray(fields) && fields.length === 0) refuse(spec, 'needs at least one field to load');
  else pushRenames(args, fields);
}

export function pushSteps(spec: Spec, args: Value[], steps: readonly SearchStep[]): void {
  if (!Array.isArray(steps)) refuse(spec, 'needs a list as steps');
  for (const step of steps as readonly SearchStep[]) pushStep(spec, args, step);
}

const STEPS = ['load', 'groupby', 'sortby', 'apply', 'filter', 'limit'] as const;

function pushStep(spec: Spec, args: Value[], step: SearchStep): void {
  const given = checkedObject(spec, step, 'a step');
  if (STEPS.filter((name) => given[name] !== undefined).length !== 1) {
    refuse(spec, `needs exactly one of ${STEPS.join(', ')} in each of its steps`);
  }
  if (given.load !== undefined) pushLoad(spec, args, given.load);
  else if (given.groupby !== undefined) pushGroup(spec, args, given);
  else if (given.sortby !== undefined) {
    args.push('SORTBY');
    pushOrders(spec, args, given.sortby);
    if (given.max !== undefined) args.push('MAX', given.max);
  } else if (given.apply !== undefined) args.push('APPLY', given.apply, 'AS', given.as);
  else if (given.filter !== undefined) args.push('FILTER', given.filter);
  else pushLimit(spec, args, given.limit);
}

function pushGroup(spec: Spec, args: Value[], { groupby, reduce }: SearchGroupStep): void {
  args.push('GROUPBY');
  pushList(args, groupby);
  if (reduce !== undefined) for (const reducer of manyOf(reduce)) pushReducer(spec, args, reducer);
}

function pushOrders(spec: Spec, args: Value[], orders: Many<Key | SearchOrder>): void {
  const list = manyOf(orders);
  if (list.length === 0) refuse(spec, 'needs at least one property to sort by');
  pushBlock(args, () => {
    for (const order of list) pushOrder(spec, args, order);
  });
}

function pushReducer(spec: Spec, args: Value[], reducer: SearchReducer): void {
  const given = checkedObject(spec, reducer, 'a reducer');
  args.push('REDUCE');
  if (given.type === undefined) {
    args.push(given.function);
    pushList(args, given.args === undefined ? [] : given.args);
  } else {
    args.push(wordOf(spec, given.type, 'the type of a reducer'));
    pushBlock(args, () => pushReduced(spec, args, given));
  }
  if (given.as !== undefined) args.push('AS', given.as);
}

/** Reducers that take a property and nothing else. */
const OF_PROPERTY: readonly string[] = [
  ...['count_distinct', 'count_distinctish', 'sum', 'min', 'max', 'avg', 'stddev', 'tolist'],
];

function pushReduced(spec: Spec, args: Value[], reducer: SearchReducer & { readonly type: string }): void {
  switch (reducer.type) {
    case 'count':
      return;
    case 'collect':
      return pushCollect(spec, args, reducer);
    case 'quantile':
      args.push(reducer.property, reducer.quantile);
      return;
    case 'random_sample':
      args.push(reducer.property, reducer.size);
      return;
    case 'first_value':
      args.push(reducer.property);
      if (reducer.by === undefined) return;
      args.push('BY');
      return pushOrder(spec, args, reducer.by);
    default:
      if (!OF_PROPERTY.includes(reducer.type)) refuse(spec, 'knows no reducer of this type: give its name as function');
      args.push(reducer.property);
  }
}

function pushCollect(spec: Spec, args: Value[], collect: Extract<SearchReducer, { readonly type: 'collect' }>): void {
  args.push('FIELDS');
  if (collect.fields === '*') args.push('*');
  else if (manyOf(collect.fields).length === 0) refuse(spec, 'needs at least one field to collect');
  else pushList(args, collect.fields);
  pushFlags(args, collect, ['distinct']);
  if (collect.sortby !== undefined) {
    args.push('SORTBY');
    pushOrders(spec, args, collect.sortby);
  }
  if (collect.limit !== undefined) pushLimit(spec, args, collect.limit);
}
