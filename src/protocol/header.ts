/**
 * The constant beginning of a command on the wire: the array header and the command's words.
 *
 * ```
 * CONFIG GET + 1 argument  ->  *3\r\n$6\r\nCONFIG\r\n$3\r\nGET\r\n   (the argument's bulk string follows)
 * ```
 *
 * Kept per argument count, so that encoding a command starts with one copy of a few prepared bytes.
 */
export class Header {
  readonly words: readonly string[];
  readonly #byCount: Uint8Array[] = [];
  readonly #bulks: string;

  constructor(words: readonly string[]) {
    this.words = words;
    this.#bulks = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('');
  }

  /** The bytes that precede `count` arguments. */
  bytes(count: number): Uint8Array {
    const prepared = this.#byCount[count];
    if (prepared !== undefined) return prepared;
    const made = Buffer.from(`*${this.words.length + count}\r\n${this.#bulks}`);
    if (count < 32) {
      // Filled densely from 0, so that the list never turns into a slow sparse array.
      while (this.#byCount.length < count) {
        this.#byCount.push(Buffer.from(`*${this.words.length + this.#byCount.length}\r\n${this.#bulks}`));
      }
      this.#byCount.push(made);
    }
    return made;
  }
}
