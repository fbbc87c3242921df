/** Shared pushing of arguments: one or many, field maps, times, expirations, counts. */
import { DataError } from '../errors.ts';
import type { Spec } from './spec.ts';
import type { Key, Value } from './surface.ts';

/** One thing, or an array of them. */
export type Many<T> = T | readonly T[];

/** A whole number. Use a `bigint` for one beyond 2^53. */
export type Int = number | bigint;

/** Names and values: `{ name: value }`, `[[name, value], ...]` or a `Map`. The latter two also take names of any bytes. */
export type Entries =
  | { readonly [name: string]: Value }
  | readonly (readonly [name: Key, value: Value])[]
  | ReadonlyMap<Key, Value>;

/** At most one of the properties of `T`. */
export type Exclusive<T> = {
  [K in keyof T]: { readonly [P in K]?: T[P] | undefined } & { readonly [P in Exclude<keyof T, K>]?: undefined };
}[keyof T];

interface Lifetimes {
  /** Seconds to live. */
  ex: Int;
  /** Milliseconds to live. */
  px: Int;
  /** When to expire: Unix time in seconds, or a `Date`, rounded down to a second. */
  exat: Int | Date;
  /** When to expire: Unix time in milliseconds, or a `Date`. */
  pxat: Int | Date;
}

/** How long a written value lives: at most one of these. Without any, it lives for ever. */
export type WriteLifetime = Exclusive<
  Lifetimes & {
    /** Keeps the time to live that is there. */
    keepttl: boolean;
  }
>;

/** How long a value that is read shall live from now on: at most one of these. Without any, nothing changes. */
export type ReadLifetime = Exclusive<
  Lifetimes & {
    /** Makes it live for ever. */
    persist: boolean;
  }
>;

/** Both of them, as a caller without the compiler might fill them. */
type Lifetime = { readonly [P in keyof Lifetimes]?: Lifetimes[P] | undefined } & {
  readonly keepttl?: boolean | undefined;
  readonly persist?: boolean | undefined;
};

/** Throws the `DataError` that tells what the command does not take. */
export function refuse(spec: Spec, problem: string): never {
  throw new DataError(`${spec.name} ${problem}`, { command: spec.name });
}

/** The one or many, as a list of our own: the caller may change theirs afterwards. */
export function listOf<T extends Value>(spec: Spec, many: Many<T>, what: string): Value[] {
  if (!Array.isArray(many)) return [many as T];
  if (many.length === 0) refuse(spec, `needs at least one ${what}`);
  return [...(many as readonly T[])];
}

/** Pushes one or many. */
export function pushMany<T extends Value>(spec: Spec, args: Value[], many: Many<T>, what: string): Value[] {
  if (!Array.isArray(many)) args.push(many as T);
  else if (many.length === 0) refuse(spec, `needs at least one ${what}`);
  else for (const item of many as readonly T[]) args.push(item);
  return args;
}

/** Pushes the count of one or many, and them. */
export function pushCounted<T extends Value>(spec: Spec, args: Value[], many: Many<T>, what: string): Value[] {
  args.push(Array.isArray(many) ? many.length : 1);
  return pushMany(spec, args, many, what);
}

/** What a script or function is called with: it, the count of its keys, them, and its arguments. */
export function callArgs(script: Key, keys: Many<Key>, args: Many<Value>): Value[] {
  const all: Value[] = [script];
  if (Array.isArray(keys)) {
    all.push(keys.length);
    for (const key of keys as readonly Key[]) all.push(key);
  } else all.push(1, keys as Key);
  if (Array.isArray(args)) for (const arg of args as readonly Value[]) all.push(arg);
  else all.push(args as Value);
  return all;
}

/** Pushes names and values, and gives their number. */
export function pushEntries(spec: Spec, args: Value[], entries: Entries, what: string): number {
  if (!isEntries(entries)) refuse(spec, `needs an object, pairs or a Map of ${what}s and values`);
  const before = args.length;
  if (Array.isArray(entries) || entries instanceof Map) {
    for (const entry of entries as readonly (readonly [Key, Value])[]) {
      if (!Array.isArray(entry) || entry.length !== 2) refuse(spec, `needs pairs of a ${what} and its value`);
      args.push(entry[0], entry[1]);
    }
  } else {
    const record = entries as { readonly [name: string]: Value };
    for (const name of Object.keys(record)) args.push(name, record[name]!);
  }
  const count = (args.length - before) / 2;
  if (count === 0) refuse(spec, `needs at least one ${what}`);
  return count;
}

/** Whether an argument is a map of names and values rather than a single name. */
export function isEntries(value: Key | Entries): value is Entries {
  return typeof value === 'object' && value !== null && !(value instanceof Uint8Array);
}

/** Whether an argument is an object of named fields: no list, no bytes. */
export function isObject<T>(value: T): value is T & object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}

/** Refuses options that are no object of named fields, as a caller without the compiler might give them. */
export function checkOptions(spec: Spec, options: object | undefined, what = 'its options'): void {
  if (options !== undefined && !isObject(options)) refuse(spec, `takes ${what} as an object`);
}

/** The options of a call, empty when there are none. */
export function optionsOf<T extends object>(spec: Spec, options: T | undefined): Partial<T> {
  if (options === undefined) return {};
  checkOptions(spec, options);
  return options;
}

/** Unix time in seconds. */
export function seconds(spec: Spec, time: Int | Date): Int {
  return time instanceof Date ? Math.floor(Number(milliseconds(spec, time)) / 1000) : time;
}

/** Unix time in milliseconds. */
export function milliseconds(spec: Spec, time: Int | Date): Int {
  if (!(time instanceof Date)) return time;
  const value = time.getTime();
  return Number.isNaN(value) ? refuse(spec, 'was given an invalid Date') : value;
}

/** Pushes the one lifetime of `options`. Several are refused here, since the server would name no culprit. */
export function pushLifetime(spec: Spec, args: Value[], options: Lifetime): void {
  const { ex, px, exat, pxat, keepttl, persist } = options;
  const before = args.length;
  if (ex !== undefined) args.push('EX', ex);
  if (px !== undefined) args.push('PX', px);
  if (exat !== undefined) args.push('EXAT', seconds(spec, exat));
  if (pxat !== undefined) args.push('PXAT', milliseconds(spec, pxat));
  if (keepttl) args.push('KEEPTTL');
  if (persist) args.push('PERSIST');
  if (args.length - before > 2) refuse(spec, 'takes only one of ex, px, exat, pxat, keepttl and persist');
}
