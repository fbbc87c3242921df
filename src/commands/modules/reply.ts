/** Decoders that the commands of several modules share. */
import { DataError, responseError, type ResponseError } from '../../errors.ts';
import { doubleOf } from '../../protocol/number.ts';
import { ReplyError } from '../../protocol/reply-error.ts';
import type { ReplyMode } from '../../protocol/reply-mode.ts';
import { toBoolean, toNamed, toStructural } from '../reply.ts';
import type { Decoder } from '../spec.ts';

/** A number in any form that modules have for one: a double, an integer, or text, in which `nan` and `inf` come in any case. */
export function toNumber(reply: unknown): number {
  if (typeof reply === 'number') return reply;
  const text = String(reply);
  const value = text === '' ? NaN : Number(text);
  if (value === value) return value;
  const special = doubleOf(text.toLowerCase());
  if (special === undefined) throw new DataError('the reply is not a number');
  return special;
}

export function toNumberList(reply: unknown): number[] {
  const items = reply as unknown[];
  const numbers: number[] = [];
  for (const item of items) numbers.push(toNumber(item));
  return numbers;
}

/** What INFO of a module says: names in camelCase (`Number of items inserted` is `numberOfItemsInserted`), text as strings. */
export function toInfo(
  reply: unknown,
  mode: ReplyMode,
  fields?: ReadonlyMap<string, Decoder<unknown>>,
): Record<string, unknown> {
  const info: Record<string, unknown> = {};
  for (const [name, value] of toNamed(reply, mode)) {
    const property = name.replace(/^[A-Z]/, lower).replace(/ +(.)/g, upper);
    info[property] = (fields?.get(property) ?? toStructural)(value, mode);
  }
  return info;
}

function lower(letter: string): string {
  return letter.toLowerCase();
}

function upper(_: string, letter: string): string {
  return letter.toUpperCase();
}

/**
 * Yes or no for each item, where an item that failed has its error instead: filters that are full add what they can.
 *
 * The server stops at an error, or answers the rest; -1 is its sign of a full filter.
 */
export function toOutcomes(reply: unknown): (boolean | ResponseError)[] {
  return (reply as unknown[]).map((item) => {
    if (item instanceof ReplyError) return responseError(item.message);
    return item === -1 || item === -1n ? responseError('ERR the filter is full') : toBoolean(item);
  });
}

/** One part of a dump, and where the next one begins. */
export interface FilterChunk {
  /** What to ask for next; 0 when this is the end. */
  readonly iterator: number;
  /** The bytes; `null` at the end. */
  readonly chunk: Buffer | null;
}

/** The reply of SCANDUMP, whose strings are bytes. */
export function toChunk(reply: unknown): FilterChunk {
  const [next, chunk] = reply as [number | bigint, Buffer | null];
  const iterator = Number(next);
  return { iterator, chunk: iterator === 0 ? null : chunk };
}
