/** How values differ, in the recording's form. */
import type { Canon, CanonEntry } from './canon.ts';

/** What need not be equal. */
export interface Tolerance {
  /** Numbers may differ by so much. */
  readonly within?: number | undefined;
  /** The items of the outermost list may have another order. */
  readonly unordered?: boolean | undefined;
  /** The ids of streams are others than recorded, one for one; times, and times that have passed, are any. */
  readonly ids?: Map<string, string> | undefined;
}

const ID = /^\d{13}-\d+$/;
const MILLISECONDS = 1e12;
const PASSED = /\.(idle|inactive|time_since_delivered)$/;

/** All differences, as `path: ours for theirs`. */
export function differences(theirs: Canon, ours: Canon, tolerance: Tolerance = {}, path = '$'): string[] {
  const differ = (): string[] => [`${path}: ${short(ours)} for ${short(theirs)}`];
  if (Array.isArray(theirs) && Array.isArray(ours)) {
    if (theirs.length !== ours.length) return [`${path}: ${ours.length} items for ${theirs.length}`, ...differ()];
    const order = (list: readonly Canon[]): readonly Canon[] =>
      tolerance.unordered === true && path === '$' ? [...list].sort((a, b) => (json(a) < json(b) ? -1 : 1)) : list;
    const mine = order(ours);
    return order(theirs).flatMap((each, i) => differences(each, mine[i]!, tolerance, `${path}[${i}]`));
  }
  if (isDict(theirs) && isDict(ours)) return dictDifferences(theirs.$m, ours.$m, tolerance, path);
  if (typeof theirs === 'number' && typeof ours === 'number') {
    if (tolerance.ids !== undefined && (theirs > MILLISECONDS ? ours > MILLISECONDS : PASSED.test(path))) return [];
    const allowed = Math.max(1e-9 * Math.abs(theirs), tolerance.within ?? 0);
    return Math.abs(theirs - ours) <= allowed ? [] : differ();
  }
  if (typeof theirs === 'string' && typeof ours === 'string' && tolerance.ids !== undefined) {
    if (ID.test(theirs) && ID.test(ours)) return sameId(theirs, ours, tolerance.ids) ? [] : differ();
  }
  if (isError(theirs) && isError(ours) && ours.$err.length === 1)
    return theirs.$err[0] === ours.$err[0] ? [] : differ();
  if (json(theirs) === json(ours) || isNamed(theirs, ours)) return [];
  return json(bytesOf(theirs)) === json(bytesOf(ours)) ? [`${path}: ${mixed(ours)}`] : differ();
}

function dictDifferences(
  theirs: readonly CanonEntry[],
  ours: readonly CanonEntry[],
  tolerance: Tolerance,
  path: string,
): string[] {
  const left = new Set(ours);
  const found: string[] = [];
  for (const [key, value] of theirs) {
    const known = (typeof key === 'string' ? tolerance.ids?.get(key) : undefined) ?? key;
    const own = [...left].find(([mine]) => json(bytesOf(mine)) === json(bytesOf(known)) || isNamed(key, mine));
    const name = `${path}.${nameOf(key)}`;
    if (own === undefined) {
      found.push(`${name}: missing`);
      continue;
    }
    left.delete(own);
    if (typeof own[0] !== typeof key && !isNamed(key, own[0])) found.push(`${name}, the key: ${mixed(own[0])}`);
    found.push(...differences(value, own[1], tolerance, name));
  }
  for (const [key] of left) found.push(`${path}.${nameOf(key)}: one more`);
  return found;
}

function mixed(ours: Canon): string {
  return typeof ours === 'string' ? 'text for bytes' : 'bytes for text';
}

/** Whether this is our name for theirs: `totNetIn` is `tot-net-in`. */
function isNamed(theirs: Canon, ours: Canon): boolean {
  if (typeof ours !== 'object' || ours === null || !('$name' in ours)) return false;
  return letters(nameOf(theirs)) === letters(ours.$name);
}

function letters(name: string): string {
  return name.replace(/[^a-z0-9]/gi, '').toLowerCase();
}

function sameId(theirs: string, ours: string, ids: Map<string, string>): boolean {
  const known = ids.get(theirs);
  if (known !== undefined) return known === ours;
  if ([...ids.values()].includes(ours)) return false;
  ids.set(theirs, ours);
  return true;
}

function isDict(value: Canon): value is { readonly $m: readonly CanonEntry[] } {
  return typeof value === 'object' && value !== null && '$m' in value;
}

export function isError(value: Canon): value is { readonly $err: readonly [string, string?] } {
  return typeof value === 'object' && value !== null && '$err' in value;
}

function bytesOf(value: Canon): Canon {
  return typeof value === 'string' ? { $b: value } : value;
}

function nameOf(key: Canon): string {
  if (typeof key !== 'object' || key === null) return String(key);
  return '$b' in key ? key.$b : '$name' in key ? key.$name : json(key);
}

/** A value as text where it was bytes: what is recorded for a client that decodes. */
export function decoded(value: Canon): Canon {
  if (Array.isArray(value)) return value.map(decoded);
  if (typeof value !== 'object' || value === null) return value;
  if ('$b' in value) return value.$b;
  if ('$m' in value) return { $m: value.$m.map(([key, each]) => [decoded(key), decoded(each)] as const) };
  return value;
}

/**
 * The kinds in a value, where the value itself differs from run to run: `num`, `str`, `bytes`, `null`, ...; a list is the kinds of its
 * items, each once, and a dict the kinds of its values. `*` in a recorded shape is anything.
 */
export type Shape = string | readonly Shape[] | { readonly [key: string]: Shape };

export function shapeOf(value: Canon): Shape {
  if (value === null) return 'null';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number' || (typeof value === 'object' && '$f' in value)) return 'num';
  if (typeof value === 'string') return 'str';
  if (Array.isArray(value)) return distinct(value.map(shapeOf));
  if (isDict(value))
    return Object.fromEntries(value.$m.map(([key, each]) => [nameOf(key).replace(ID, 'ID'), shapeOf(each)]));
  if ('$name' in value) return 'str';
  return '$b' in value || '$x' in value ? 'bytes' : Object.keys(value)[0]!;
}

/** A shape as it is for a client that decodes. */
export function decodedShape(shape: Shape): Shape {
  if (typeof shape === 'string') return shape === 'bytes' ? 'str' : shape;
  if (Array.isArray(shape)) return distinct(shape.map(decodedShape));
  return Object.fromEntries(Object.entries(shape).map(([key, each]) => [key, decodedShape(each)]));
}

function distinct(shapes: readonly Shape[]): Shape[] {
  const found = new Map(shapes.map((shape) => [json(shape), shape]));
  return [...found.keys()].sort().map((key) => found.get(key)!);
}

/** All differences of shapes, as `path: ours for theirs`. */
export function shapeDifferences(theirs: Shape, ours: Shape, path = '$'): string[] {
  if (theirs === '*') return [];
  const differ = (): string[] => [`${path}: ${short(ours)} for ${short(theirs)}`];
  if (theirs === 'bytes' && ours === 'str') return [`${path}: text for bytes`];
  if (theirs === 'str' && ours === 'bytes') return [`${path}: bytes for text`];
  if (typeof theirs === 'string' || typeof ours === 'string') return theirs === ours ? [] : differ();
  if (Array.isArray(theirs) !== Array.isArray(ours)) return differ();
  if (Array.isArray(theirs) && Array.isArray(ours)) {
    if (theirs[0] === '*') return [];
    return listShapeDifferences(distinct(theirs), distinct(ours), path) ?? differ();
  }
  const their = theirs as Readonly<Record<string, Shape>>;
  if ('*' in their) return [];
  const mine = new Map(Object.entries(ours).map(([key, shape]) => [letters(key), [key, shape] as const]));
  const found = Object.entries(their).flatMap(([key, shape]) => {
    const own = mine.get(letters(key));
    mine.delete(letters(key));
    return own === undefined ? [`${path}.${key}: missing`] : shapeDifferences(shape, own[1], `${path}.${key}`);
  });
  return [...found, ...[...mine.values()].map(([key]) => `${path}.${key}: one more`)];
}

/** What one has and the other has not, one by one; `undefined` where they are not as many. */
function listShapeDifferences(theirs: readonly Shape[], ours: readonly Shape[], path: string): string[] | undefined {
  const without = (list: readonly Shape[], others: readonly Shape[]): Shape[] => {
    const known = new Set(others.map(json));
    return list.filter((each) => !known.has(json(each)));
  };
  const more = without(ours, theirs);
  // Text and bytes where both are bytes.
  if (theirs.includes('bytes') && ours.includes('bytes') && json(more) === '["str"]')
    return [`${path}[]: text for bytes`];
  const missing = without(theirs, ours);
  if (missing.length !== more.length) return undefined;
  return missing.flatMap((each, i) => shapeDifferences(each, more[i]!, `${path}[]`));
}

function short(value: unknown): string {
  const text = json(value);
  return text.length > 200 ? `${text.slice(0, 200)}...` : text;
}

function json(value: unknown): string {
  return JSON.stringify(value);
}
