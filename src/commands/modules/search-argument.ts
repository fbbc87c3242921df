/** Checks and pushing that the commands on search indexes share. */
import { type Entries, type Int, type Many, isObject, pushEntries, refuse } from '../argument.ts';
import type { Spec } from '../spec.ts';
import type { Key, Value } from '../surface.ts';

/** Skips `offset` results, and gives `count` at most. */
export interface SearchLimit {
  readonly offset: Int;
  readonly count: Int;
}

/** What to sort by, and in which order; ascending without. */
export interface SearchOrder {
  readonly by: Key;
  readonly order?: 'asc' | 'desc' | undefined;
}

/** A field of a document or record, and the name it is to have in the reply. */
export interface SearchRename {
  readonly field: Key;
  readonly as: Key;
}

/** How a cursor is to be; `{}` for the server's own defaults, 1000 results and five minutes. */
export interface SearchCursorOptions {
  /** How many results a page has at most. */
  readonly count?: Int | undefined;
  /** The milliseconds after which a cursor that nobody reads is deleted. */
  readonly maxidle?: Int | undefined;
}

/** An object of named fields; anything else, as a caller without the compiler might give, is refused. */
export function checkedObject<T extends object>(spec: Spec, value: T, what: string): T {
  return isObject(value) ? value : refuse(spec, `needs an object as ${what}`);
}

/** The options, which may be left out. */
export function checkedOptions<T extends object>(spec: Spec, options: T | undefined): Partial<T> {
  return options === undefined ? {} : checkedObject(spec, options, 'its options');
}

/** A choice's word as the server's documentation writes it: in capitals. */
export function wordOf(spec: Spec, choice: string, what: string): string {
  return typeof choice === 'string' ? choice.toUpperCase() : refuse(spec, `needs a word as ${what}`);
}

/** One or many, as a list. */
export function manyOf<T>(many: Many<T>): readonly T[] {
  return Array.isArray(many) ? (many as readonly T[]) : [many as T];
}

/** Refuses more than one of the flags that exclude each other. */
export function checkExclusive(spec: Spec, options: object, names: readonly string[]): void {
  const flags = options as Readonly<Record<string, unknown>>;
  if (names.filter((name) => flags[name]).length > 1) refuse(spec, `takes only one of ${names.join(' and ')}`);
}

/** Pushes a word for each of the flags that is set. */
export function pushFlags(args: Value[], options: object, names: readonly string[]): void {
  const flags = options as Readonly<Record<string, unknown>>;
  for (const name of names) if (flags[name]) args.push(name.toUpperCase());
}

/** Pushes a count, which may be 0, and so many words. */
export function pushList(args: Value[], many: Many<Value>): void {
  const words = manyOf(many);
  args.push(words.length);
  for (const word of words) args.push(word);
}

/** Pushes the number of words that `push` pushes, and them. */
export function pushBlock(args: Value[], push: () => void): void {
  const at = args.push(0) - 1;
  push();
  args[at] = args.length - at - 1;
}

/** Pushes names and values, such as the parameters of a query, and in front the number of their words. */
export function pushParameters(spec: Spec, args: Value[], word: string, parameters: Entries): void {
  args.push(word);
  pushBlock(args, () => void pushEntries(spec, args, parameters, 'parameter'));
}

export function pushLimit(spec: Spec, args: Value[], limit: SearchLimit): void {
  const { offset, count } = checkedObject(spec, limit, 'limit');
  args.push('LIMIT', offset, count);
}

/** Pushes a name, or an object that tells the order too. */
export function pushOrder(spec: Spec, args: Value[], order: Key | SearchOrder): void {
  if (!isObject(order)) {
    args.push(order);
    return;
  }
  const sort = order as SearchOrder;
  args.push(sort.by);
  if (sort.order !== undefined) args.push(wordOf(spec, sort.order, 'order'));
}

/** Pushes fields, some of them with another name, and in front the number of their words. */
export function pushRenames(args: Value[], fields: Many<Key | SearchRename>): void {
  pushBlock(args, () => {
    for (const field of manyOf(fields)) {
      if (isObject(field)) args.push((field as SearchRename).field, 'AS', (field as SearchRename).as);
      else args.push(field);
    }
  });
}

/** Pushes WITHCURSOR and what goes with it. */
export function pushCursor(spec: Spec, args: Value[], withcursor: SearchCursorOptions | undefined): void {
  if (withcursor === undefined) return;
  args.push('WITHCURSOR');
  const { count, maxidle } = checkedObject(spec, withcursor, 'withcursor');
  if (count !== undefined) args.push('COUNT', count);
  if (maxidle !== undefined) args.push('MAXIDLE', maxidle);
}
