/**
 * Node's Buffer methods that read and write text without the checks of `toString` and `write`.
 * All of Node, Bun and Deno have them; Node's type declarations do not name them all.
 */
export interface FastBuffer extends Buffer {
  latin1Slice(start: number, end: number): string;
  utf8Slice(start: number, end: number): string;
  utf8Write(text: string, offset: number, length: number): number;
  latin1Write(text: string, offset: number, length: number): number;
}

/** A Buffer of its own memory: not a slice of Node's pool, so keeping it keeps nothing else. */
export function ownBuffer(size: number): FastBuffer {
  return Buffer.allocUnsafeSlow(size) as FastBuffer;
}

/** The bytes `[start, stop)` in a memory of their own. */
export function copyOf(bytes: FastBuffer, start: number, stop: number): FastBuffer {
  const copy = ownBuffer(stop - start);
  bytes.copy(copy, 0, start, stop);
  return copy;
}
