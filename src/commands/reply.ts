/**
 * Shared decoders. Each takes the natural reply in RESP2's or RESP3's form and gives one value for both:
 * maps come flat under both, doubles are numbers under RESP3 and text under RESP2, pairs are nested under RESP3 and flat under RESP2.
 */
import { DataError } from '../errors.ts';
import { doubleOf } from '../protocol/number.ts';
import type { ReplyMode } from '../protocol/reply-mode.ts';
import { toRecord } from './record.ts';
import type { FieldsOf } from './surface.ts';

/** A yes/no reply: 1 or 0, whichever type integers have. */
export function toBoolean(reply: unknown): boolean {
  return reply === 1 || reply === 1n || reply === true;
}

export function toBooleans(reply: unknown): boolean[] {
  return (reply as unknown[]).map(toBoolean);
}

/** Structural text: always a string, whatever the mode's encoding. */
export function toText(reply: unknown, mode: ReplyMode): string {
  if (typeof reply !== 'string') return (reply as Buffer).toString();
  return mode.encoding === 'latin1' ? Buffer.from(reply, 'latin1').toString() : reply;
}

export function toTextOrNull(reply: unknown, mode: ReplyMode): string | null {
  return reply === null ? null : toText(reply, mode);
}

export function toTexts(reply: unknown, mode: ReplyMode): string[] {
  return (reply as unknown[]).map((item) => toText(item, mode));
}

/** A double: text under RESP2 and from commands that answer with a bulk string, a number otherwise. */
export function toDouble(reply: unknown): number {
  if (typeof reply === 'number') return reply;
  const value = doubleOf(String(reply));
  if (value === undefined) throw new DataError('the reply is not a number');
  return value;
}

export function toDoubleOrNull(reply: unknown): number | null {
  return reply === null ? null : toDouble(reply);
}

/** Small codes that are numbers in every mode. */
export function toNumbers(reply: unknown): number[] {
  return (reply as unknown[]).map(Number);
}

/** A field map: a plain object, or pairs of Buffers so that no byte of a field is lost. */
export function toFields<T>(reply: unknown, mode: ReplyMode): FieldsOf<T> {
  return (mode.encoding === 'buffer' ? toPairs(reply) : toRecord(reply as string[])) as FieldsOf<T>;
}

/** Pairs, whether they came as `[a, 1, b, 2]` or as `[[a, 1], [b, 2]]`. */
export function toPairs<A, B = A>(reply: unknown): [A, B][] {
  const items = reply as unknown[];
  if (Array.isArray(items[0])) return items as [A, B][];
  const pairs: [A, B][] = [];
  for (let i = 0; i < items.length; i += 2) pairs.push([items[i] as A, items[i + 1] as B]);
  return pairs;
}

/** The values of a map whose keys are structural names. Unknown names are kept. */
export function toNamed(reply: unknown, mode: ReplyMode): Map<string, unknown> {
  const flat = reply as unknown[];
  const named = new Map<string, unknown>();
  for (let i = 0; i < flat.length; i += 2) named.set(toText(flat[i], mode), flat[i + 1]);
  return named;
}

/** A structural name as a property: `tot-net-in` and `availability_zone` are `totNetIn` and `availabilityZone`. */
export function toPropertyName(name: string): string {
  return name.replace(/[-_](.)/g, (_, letter: string) => letter.toUpperCase());
}

/** An object of structural names and values: names in camelCase, text as strings, integers as the mode has them. */
export function toObject(reply: unknown, mode: ReplyMode): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  for (const [name, value] of toNamed(reply, mode)) object[toPropertyName(name)] = toStructural(value, mode);
  return object;
}

function toStructural(value: unknown, mode: ReplyMode): unknown {
  if (Array.isArray(value)) return value.map((item) => toStructural(item, mode));
  return typeof value === 'string' || Buffer.isBuffer(value) ? toText(value, mode) : value;
}
