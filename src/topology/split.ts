import type { Spec } from '../commands/spec.ts';
import type { Request } from '../connection/request.ts';
import type { Argument } from '../protocol/encoder.ts';
import { FanOut, mergeOf, type Merge, type Portion } from './fan-out.ts';
import { slotOf } from './slot-of.ts';

/** Whether a command over several slots does the same as one command for each of them: its arguments are keys, or keys and values. */
export function isSplittable(spec: Spec): boolean {
  return spec.requestPolicy === 'multi_shard' && spec.keyRule === undefined;
}

/** Splits a command into one for each slot that its keys have. */
export function split(request: Request): { readonly fanOut: FanOut; readonly portions: readonly Portion[] } {
  const { spec, args } = request;
  const step = spec.keyStep;
  const bySlot = new Map<number, { readonly args: Argument[]; readonly places: number[] }>();
  for (let i = 0, place = 0; i < args.length; i += step, place++) {
    const slot = slotOf(args[i]!);
    let part = bySlot.get(slot);
    if (part === undefined) bySlot.set(slot, (part = { args: [], places: [] }));
    for (let j = i; j < i + step && j < args.length; j++) part.args.push(args[j]!);
    part.places.push(place);
  }
  const parts = [...bySlot.values()];
  const merge: Merge = spec.responsePolicy === undefined ? inPlaces(parts.map(({ places }) => places)) : mergeOf(spec);
  const fanOut = new FanOut(request, merge);
  for (const part of parts) fanOut.add(spec, part.args);
  return { fanOut, portions: fanOut.portions };
}

/** Arrays with an element for each key, put where the keys were. */
function inPlaces(places: readonly (readonly number[])[]): Merge {
  return (replies) => {
    const merged: unknown[] = [];
    replies.forEach((reply, part) => {
      const elements = reply as readonly unknown[];
      places[part]!.forEach((place, i) => {
        merged[place] = elements[i];
      });
    });
    return merged;
  };
}
