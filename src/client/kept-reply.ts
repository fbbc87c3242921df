import { ReplyError } from '../protocol/reply-error.ts';
import type { CachedReply } from './client-cache.ts';
import type { Coverage } from './coverage.ts';

/** What an entry takes beside its values: itself, its places in the maps, its place in the order of eviction. */
const ENTRY = 320;
/** What a value of an array takes beside its text or bytes. */
const VALUE = 24;

/** How a reply is copied: a value that cannot change is not. */
const Shape: { readonly value: 0; readonly flat: 1; readonly nested: 2 } = { value: 0, flat: 1, nested: 2 };

/**
 * A reply, with what it takes to know whether it still stands.
 *
 * It is kept as it came and decoded for each caller, from a copy where it could be changed: a caller owns what it gets.
 */
export class KeptReply implements CachedReply {
  readonly keys: readonly string[];
  readonly reply: unknown;
  readonly size: number;
  readonly coverage: Coverage;
  /** On `performance.now()`; `Infinity` for never. Not on the `clock()`: it may lie longer than that goes without coming round. */
  readonly expires: number;
  readonly #shape: number;
  #promise: Promise<unknown> | undefined;

  constructor(keys: readonly string[], args: string, reply: unknown, coverage: Coverage, expires: number) {
    this.keys = keys;
    this.reply = reply;
    this.coverage = coverage;
    this.expires = expires;
    this.#shape = shapeOf(reply);
    this.size = ENTRY + 2 * args.length + keys.reduce((sum, key) => sum + VALUE + key.length, 0) + memoryOf(reply);
  }

  /** A promise of the reply as it came: of one that cannot change, all callers have the same. */
  promise(): Promise<unknown> {
    return this.#shape === Shape.value ? (this.#promise ??= Promise.resolve(this.reply)) : Promise.resolve(this.take());
  }

  /** The reply, for a caller to keep. */
  take(): unknown {
    if (this.#shape === Shape.value) return this.reply;
    return this.#shape === Shape.flat ? (this.reply as unknown[]).slice() : copyOf(this.reply);
  }
}

const isValue = (reply: unknown): boolean => typeof reply !== 'object' || reply === null;

function shapeOf(reply: unknown): number {
  if (isValue(reply)) return Shape.value;
  return Array.isArray(reply) && reply.every(isValue) ? Shape.flat : Shape.nested;
}

/** A copy of a natural reply, of which nothing is shared that could be changed. */
export function copyOf(reply: unknown): unknown {
  if (isValue(reply)) return reply;
  if (Array.isArray(reply)) return reply.map(copyOf);
  return Buffer.isBuffer(reply) ? Buffer.from(reply) : reply;
}

/** Whether a reply tells of an error, somewhere inside. */
export function holdsError(reply: unknown): boolean {
  return reply instanceof ReplyError || (Array.isArray(reply) && reply.some(holdsError));
}

function memoryOf(reply: unknown): number {
  if (typeof reply === 'string') {
    const { length } = reply;
    // The engine holds text with a byte for each character, or with two where one character needs them.
    return VALUE + (Buffer.byteLength(reply) === length ? length : 2 * length);
  }
  if (Buffer.isBuffer(reply)) return 4 * VALUE + reply.length;
  if (Array.isArray(reply)) return reply.reduce((sum: number, item) => sum + 8 + memoryOf(item), VALUE);
  return VALUE;
}
