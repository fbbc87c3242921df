import type { Argument } from '../protocol/encoder.ts';

const ASCII = /^[\0-\x7f]*$/;

/** An argument's bytes, one character each: what two arguments have in common exactly when the server takes them for the same. */
export function byteKey(arg: Argument): string {
  if (typeof arg === 'string') return ASCII.test(arg) ? arg : Buffer.from(arg).toString('latin1');
  if (arg instanceof Uint8Array) return bytesOf(arg).toString('latin1');
  return String(arg);
}

function bytesOf(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The identity of a list of arguments: lists that are not equal have different ones. */
export function identityOf(args: readonly Argument[]): string {
  let identity = '';
  for (let i = 0; i < args.length; i++) {
    const key = byteKey(args[i]!);
    identity += `${key.length}:${key}`;
  }
  return identity;
}
