/** How bulk strings come back: UTF-8 text, one character per byte, or the bytes themselves. */
export type Encoding = 'utf8' | 'latin1' | 'buffer';

/** How integers come back: `number` (a value beyond 2^53 is an error, never rounded), or `bigint` throughout. */
export type Integers = 'number' | 'bigint';

/** What a caller wants replies turned into. */
export interface ReplyMode {
  readonly encoding: Encoding;
  readonly integers: Integers;
}

/** The type of a bulk string per encoding, and of an integer per choice of integers. */
export interface TextOf {
  utf8: string;
  latin1: string;
  buffer: Buffer;
}
export interface IntegerOf {
  number: number;
  bigint: bigint;
}
