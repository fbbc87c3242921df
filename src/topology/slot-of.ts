import { keyIndexes } from '../commands/keys.ts';
import type { Spec } from '../commands/spec.ts';
import { GROUP, type Group } from '../connection/group.ts';
import type { Request } from '../connection/request.ts';
import type { Argument } from '../protocol/encoder.ts';
import { keySlot } from '../protocol/slot.ts';

/** The slot of a key as it is sent: numbers are their decimal text. */
export function slotOf(key: Argument): number {
  return typeof key === 'number' || typeof key === 'bigint' ? keySlot(String(key)) : keySlot(key);
}

/** Of a request without keys. */
export const NO_SLOT = -1;
/** Of one whose keys are not in one slot. */
export const SEVERAL: number = -2;

/** The slot of all keys of a request, `NO_SLOT` or `SEVERAL`. */
export function slotOfRequest(request: Request): number {
  if (request.spec !== GROUP) return commonSlot(NO_SLOT, request.spec, request.args);
  let slot = NO_SLOT;
  for (const { spec, args } of (request as Group).commands) {
    slot = commonSlot(slot, spec, args);
    if (slot === SEVERAL) break;
  }
  return slot;
}

/** The slot of all keys of a command, if they and `before` have one in common. */
function commonSlot(before: number, spec: Spec, args: readonly Argument[]): number {
  let slot = before;
  for (const index of keyIndexes(spec, args)) {
    const own = slotOf(args[index]!);
    if (slot !== NO_SLOT && slot !== own) return SEVERAL;
    slot = own;
  }
  return slot;
}
