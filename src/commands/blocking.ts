import type { Spec } from './spec.ts';
import type { Value } from './surface.ts';
export function blockingTimeout(_spec: Spec, args: readonly Value[]): number | undefined { return Number(args.at(-1)) * 1000; }
