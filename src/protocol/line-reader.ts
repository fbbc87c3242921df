import { copyOf, type FastBuffer } from './bytes.ts';
import type { StreamReader } from './decoder.ts';

/** Who takes the lines. */
export interface LineSink {
  /** A line without its type and end, with a character per byte. */
  line(text: string): void;
  /** A line that was too long, and is gone. */
  skipped(): void;
}

const LF = 10;
const PLUS = 43; // +

/**
 * Reads a stream of simple strings, which may be much longer than those of replies: a line of MONITOR holds a whole command.
 *
 * What is no simple string is left to the decoder.
 */
export class LineReader implements StreamReader {
  readonly #sink: LineSink;
  readonly #longest: number;
  /** The line that was cut off at the end of the last read, as far as it came. */
  #parts: FastBuffer[] = [];
  #length = 0;

  /** @param longest the most bytes of a line */
  constructor(sink: LineSink, longest: number) {
    this.#sink = sink;
    this.#longest = longest;
  }

  read(bytes: FastBuffer, position: number, end: number): number {
    // What is behind the end is of another read.
    const own = bytes.subarray(0, end);
    let p = position;
    while (p < end && (this.#length > 0 || bytes[p] === PLUS)) {
      const stop = own.indexOf(LF, p);
      if (stop < 0) {
        this.#keep(bytes, p, end);
        return end;
      }
      this.#finish(bytes, p, stop + 1);
      p = stop + 1;
    }
    return p;
  }

  #keep(bytes: FastBuffer, start: number, end: number): void {
    this.#length += end - start;
    if (this.#length > this.#longest) this.#parts = [];
    else this.#parts.push(copyOf(bytes, start, end));
  }

  #finish(bytes: FastBuffer, start: number, stop: number): void {
    const length = this.#length + stop - start;
    const parts = this.#parts;
    const wasCut = this.#length > 0;
    this.#length = 0;
    this.#parts = [];
    if (length > this.#longest) this.#sink.skipped();
    else if (!wasCut) this.#sink.line(bytes.latin1Slice(start + 1, stop - 2));
    else {
      const line = Buffer.concat([...parts, bytes.subarray(start, stop)]) as FastBuffer;
      this.#sink.line(line.latin1Slice(1, line.length - 2));
    }
  }
}
