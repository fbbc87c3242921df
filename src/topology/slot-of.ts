import type { Argument } from '../protocol/encoder.ts';
import { keySlot } from '../protocol/slot.ts';

/** The slot of a key as it is sent: numbers are their decimal text. */
export function slotOf(key: Argument): number {
  return typeof key === 'number' || typeof key === 'bigint' ? keySlot(String(key)) : keySlot(key);
}
