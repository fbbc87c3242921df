import {
  Decoder,
  DEFAULT_LIMITS,
  Scratch,
  type DecoderLimits,
  type ReplyError,
  type ReplyMode,
  type ReplySink,
} from '../../../src/protocol/index.ts';

/** What a decoder delivered, in order. */
export type Delivery =
  | readonly ['reply', unknown]
  | readonly ['error', string]
  | readonly ['unfit', string]
  | readonly ['push', readonly unknown[]];

export const UTF8: ReplyMode = { encoding: 'utf8', integers: 'number' };
export const LATIN1: ReplyMode = { encoding: 'latin1', integers: 'number' };
export const BUFFER: ReplyMode = { encoding: 'buffer', integers: 'number' };
export const BIGINT: ReplyMode = { encoding: 'utf8', integers: 'bigint' };

/** Every combination a caller can ask for. */
export const MODES: readonly ReplyMode[] = (['utf8', 'latin1', 'buffer'] as const).flatMap((encoding) =>
  (['number', 'bigint'] as const).map((integers) => ({ encoding, integers })),
);

/** Writes down what it is given. Replies are asked for in the `modes`, one after the other; the last one stays. */
export class Recorder implements ReplySink {
  readonly deliveries: Delivery[] = [];
  readonly #modes: readonly ReplyMode[];
  #answered = 0;

  constructor(modes: readonly ReplyMode[] = [UTF8]) {
    this.#modes = modes;
  }

  mode(): ReplyMode {
    return this.#modes[Math.min(this.#answered, this.#modes.length - 1)]!;
  }

  reply(value: unknown): void {
    this.#answered++;
    this.deliveries.push(['reply', value]);
  }

  error(error: ReplyError): void {
    this.#answered++;
    this.deliveries.push(['error', error.message]);
  }

  unfit(message: string): void {
    this.#answered++;
    this.deliveries.push(['unfit', message]);
  }

  push(items: unknown[]): void {
    this.deliveries.push(['push', items]);
  }
}

export function decoderTo(sink: ReplySink, limits: Partial<DecoderLimits> = {}): Decoder {
  return new Decoder(sink, { ...DEFAULT_LIMITS, ...limits }, new Scratch());
}

/** What a longer read before this one left behind the end: none of it may be read as if it were new. */
const STALE = ['3\r\n:4\r\n', '\r\n', '\n$1\r\nx\r\n', '999999999999999999'].map((text) => Buffer.from(text));
const MOST_STALE = 32;
const BLANK = 42;

/**
 * Feeds `bytes` in chunks of `sizes` (again from the first when they run out), through one memory as a socket does: there are
 * `headroom` bytes in front of each chunk, stale ones behind it, and it is overwritten as soon as it was read.
 */
export function feed(decoder: Decoder, bytes: Uint8Array, sizes: readonly number[], headroom: number): void {
  const memory = Buffer.alloc(headroom + Math.min(Math.max(...sizes), bytes.length) + MOST_STALE, BLANK);
  for (let at = 0, chunk = 0; at < bytes.length; chunk++) {
    const size = Math.min(sizes[chunk % sizes.length]!, bytes.length - at);
    memory.set(bytes.subarray(at, at + size), headroom);
    memory.set(STALE[chunk % STALE.length]!, headroom + size);
    decoder.read(memory, headroom, headroom + size);
    memory.fill(BLANK, Math.max(0, headroom - 1024), headroom + size);
    at += size;
  }
}

/** How `feed` is to go about it. */
export interface Feeding {
  readonly modes?: readonly ReplyMode[];
  readonly limits?: Partial<DecoderLimits>;
  readonly sizes?: readonly number[];
  readonly headroom?: number;
}

/** What a fresh decoder delivers for these bytes. */
export function deliveriesOf(bytes: Uint8Array, how: Feeding = {}): Delivery[] {
  const recorder = new Recorder(how.modes);
  feed(decoderTo(recorder, how.limits), bytes, how.sizes ?? [bytes.length], how.headroom ?? 0);
  return recorder.deliveries;
}

/** Bytes of a wire text in which every character is one byte. */
export function wire(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}
