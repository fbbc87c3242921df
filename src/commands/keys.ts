import { follow } from './key-rule.ts';
import { KeyIndex, type Spec } from './spec.ts';
import type { Value } from './surface.ts';

/** The index in `args` of the first key of a call, or -1 when it names none. Sharded channels count as keys: they have slots too. */
export function firstKeyIndex(spec: Spec, args: readonly Value[]): number {
  const index = spec.keyIndex;
  if (index >= 0) return index < args.length ? index : -1;
  return index === KeyIndex.none ? -1 : (keyIndexes(spec, args)[0] ?? -1);
}

/** The indexes in `args` of all keys of a call, in their order. */
export function keyIndexes(spec: Spec, args: readonly Value[]): number[] {
  const found: number[] = [];
  const words = spec.header.words.length;
  if (spec.keyRule !== undefined) {
    follow(spec.keyRule, words, args, found);
    return found;
  }
  if (spec.keyIndex === KeyIndex.none) return found;
  const last = spec.lastKey < 0 ? args.length + spec.lastKey : Math.min(spec.lastKey - words, args.length - 1);
  for (let i = spec.keyIndex; i <= last; i += spec.keyStep) found.push(i);
  return found;
}

/** All keys of a call, in their order. */
export function keysOf(spec: Spec, args: readonly Value[]): Value[] {
  return keyIndexes(spec, args).map((index) => args[index] as Value);
}
