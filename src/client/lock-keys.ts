import type { Key } from '../commands/surface.ts';
import { DataError } from '../errors.ts';

/** The keys of a lock, all in one slot of a cluster. */
export interface LockKeys {
  readonly lock: Key;
  readonly fence: Key;
  readonly waiting: Key;
  readonly wake: Key;
  /** The name of the lock, as a text that tells its bytes apart. */
  readonly id: string;
}

const OPEN = 0x7b;
const CLOSE = 0x7d;

/**
 * The keys of the lock `name`, all of which begin with it, so that a rule of access for the prefix holds for them too:
 *
 * ```
 *   order:42       order:42:{order:42}:fence
 *   {order}:42     {order}:42:fence                 it says itself what its slot goes by
 *   a{b            {a{b}:fence                      the one that does not
 * ```
 *
 * A name with a closing brace and without a tag has no such keys in its own slot, and is of no use in a cluster.
 */
export function lockKeys(name: Key): LockKeys {
  if (typeof name !== 'string' && !(name instanceof Uint8Array)) {
    throw new DataError('the name of a lock must be a string or bytes', { code: 'INVALID_ARGUMENT' });
  }
  const lock = bytesOf(name);
  const stem = stemOf(lock);
  const key = (part: string): Key => Buffer.concat([stem, Buffer.from(`:${part}`)]);
  return { lock, fence: key('fence'), waiting: key('waiting'), wake: key('wake'), id: lock.toString('latin1') };
}

/** What names beside it begin with, to be in the same slot. */
function stemOf(name: Buffer): Buffer {
  const open = name.indexOf(OPEN);
  const hasTag = open >= 0 && name.indexOf(CLOSE, open) > open + 1;
  if (hasTag) return name;
  const tag = [Buffer.from('{'), name, Buffer.from('}')];
  return open < 0 ? Buffer.concat([name, Buffer.from(':'), ...tag]) : Buffer.concat(tag);
}

/** The bytes of a key or token, as a copy. */
export function bytesOf(key: Key): Buffer {
  return typeof key === 'string' ? Buffer.from(key) : Buffer.from(key);
}
