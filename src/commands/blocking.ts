import type { Spec } from './spec.ts';
import type { Value } from './surface.ts';

type Reader = (args: readonly Value[]) => number | undefined;

const SECONDS = 1000;

const firstInSeconds: Reader = (args) => duration(args[0], SECONDS);
const lastInSeconds: Reader = (args) => duration(args[args.length - 1], SECONDS);
const lastInMilliseconds: Reader = (args) => duration(args[args.length - 1], 1);

const READERS: ReadonlyMap<string, Reader> = new Map([
  ['BLMOVE', lastInSeconds],
  ['BLMPOP', firstInSeconds],
  ['BLPOP', lastInSeconds],
  ['BRPOP', lastInSeconds],
  ['BRPOPLPUSH', lastInSeconds],
  ['BZMPOP', firstInSeconds],
  ['BZPOPMAX', lastInSeconds],
  ['BZPOPMIN', lastInSeconds],
  ['TS.READ', seriesBlock],
  ['WAIT', lastInMilliseconds],
  ['WAITAOF', lastInMilliseconds],
  ['XREAD', blockOption],
  ['XREADGROUP', blockOption],
]);

/**
 * How long the server may hold back the reply to this call, in milliseconds; 0 is for ever.
 *
 * `undefined` when the call does not block: an ordinary command, XREAD without BLOCK, or a timeout the server will refuse.
 */
export function blockingTimeout(spec: Spec, args: readonly Value[]): number | undefined {
  return READERS.get(spec.name)?.(args);
}

/** XREAD's BLOCK. Names may be anything, so options are walked one by one: a group may well be called `BLOCK`. */
function blockOption(args: readonly Value[]): number | undefined {
  for (let i = 0; i < args.length;) {
    switch (textOf(args[i]).toUpperCase()) {
      case 'BLOCK':
        return duration(args[i + 1], 1);
      case 'GROUP':
        i += 3;
        break;
      case 'COUNT':
        i += 2;
        break;
      case 'NOACK':
        i += 1;
        break;
      default:
        return undefined;
    }
  }
  return undefined;
}

/** TS.READ's BLOCK, behind the key and a timestamp. */
function seriesBlock(args: readonly Value[]): number | undefined {
  for (let i = 2; i < args.length;) {
    switch (textOf(args[i]).toUpperCase()) {
      case 'BLOCK':
        return duration(args[i + 1], 1);
      case 'MAX_COUNT':
        i += 2;
        break;
      case 'CONDITION':
        i += 3;
        break;
      default:
        return undefined;
    }
  }
  return undefined;
}

function duration(value: Value | undefined, unit: number): number | undefined {
  const text = textOf(value);
  const time = text === '' ? NaN : Number(text) * unit;
  return time >= 0 && time < Infinity ? time : undefined;
}

function textOf(value: Value | undefined): string {
  if (value instanceof Uint8Array)
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('latin1');
  return value === undefined ? '' : String(value);
}
