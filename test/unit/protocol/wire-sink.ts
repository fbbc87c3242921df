import type { Argument, ByteSink, Encoder, FastBuffer, Header } from '../../../src/protocol/index.ts';

const OVERWRITTEN = 0x58;

/** A command to encode. */
export interface Command {
  readonly header: Header;
  readonly args: readonly Argument[];
}

/** What the wire must hold for a command, made in the plainest way. */
export function reference({ header, args }: Command): Buffer {
  const bulks = [...header.words, ...args].map((each) => {
    const bytes = bytesOf(each);
    return Buffer.concat([Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n')]);
  });
  return Buffer.concat([Buffer.from(`*${bulks.length}\r\n`), ...bulks]);
}

/** The bytes that an argument is sent as. */
export function bytesOf(arg: Argument): Buffer {
  if (arg instanceof Uint8Array) return Buffer.from(arg);
  return Buffer.from(Object.is(arg, -0) ? '-0' : String(arg));
}

/** One `write`: its bytes as they came, and whether their memory was the encoder's. */
export interface Write {
  readonly bytes: Uint8Array;
  readonly memory: FastBuffer | undefined;
}

/** Has written everything when `write` returns, as an idle TCP socket has. The memory is overwritten: nothing of it may be counted on. */
export class WritingSink implements ByteSink {
  readonly written: Write[] = [];

  write(bytes: Uint8Array, memory: FastBuffer | undefined): boolean {
    this.written.push({ bytes: Buffer.from(bytes), memory });
    memory?.fill(OVERWRITTEN);
    return true;
  }

  get all(): Buffer {
    return Buffer.concat(this.written.map((each) => each.bytes));
  }
}

/** Holds on to memory and reads it only when it gives it back, as a busy socket does. `keeps` decides for each write. */
export class HoldingSink implements ByteSink {
  encoder: Encoder | undefined;
  readonly #keeps: (write: number) => boolean;
  readonly #read: Buffer[] = [];
  #held: Write[] = [];
  #writes = 0;

  constructor(keeps: (write: number) => boolean) {
    this.#keeps = keeps;
  }

  write(bytes: Uint8Array, memory: FastBuffer | undefined): boolean {
    if (this.#keeps(this.#writes++)) {
      this.#held.push({ bytes, memory });
      return false;
    }
    // Bytes leave in order: what is at once writable waits for nothing.
    this.release();
    this.#read.push(Buffer.from(bytes));
    memory?.fill(OVERWRITTEN);
    return true;
  }

  /** Writes what was held, and gives its memory back, overwritten. */
  release(): void {
    const held = this.#held;
    this.#held = [];
    for (const { bytes, memory } of held) {
      this.#read.push(Buffer.from(bytes));
      if (memory === undefined) continue;
      memory.fill(OVERWRITTEN);
      this.encoder!.recycle(memory);
    }
  }

  get all(): Buffer {
    this.release();
    return Buffer.concat(this.#read);
  }
}
