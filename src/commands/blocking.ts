import type { Spec } from './spec.ts';
import type { Value } from './surface.ts';

/** Where in a call its timeout stands, and how many milliseconds its unit has. */
interface Place {
  readonly unit: number;
  /** The timeout's index; `undefined` when the call has none. */
  find(args: readonly Value[]): number | undefined;
}

const first = (): number => 0;
const last = (args: readonly Value[]): number => args.length - 1;

const firstInSeconds: Place = { unit: 1000, find: first };
const lastInSeconds: Place = { unit: 1000, find: last };
const lastInMilliseconds: Place = { unit: 1, find: last };
const blockInMilliseconds: Place = { unit: 1, find: blockOption };

const PLACES: ReadonlyMap<string, Place> = new Map([
  ['BLMOVE', lastInSeconds],
  ['BLMPOP', firstInSeconds],
  ['BLPOP', lastInSeconds],
  ['BRPOP', lastInSeconds],
  ['BRPOPLPUSH', lastInSeconds],
  ['BZMPOP', firstInSeconds],
  ['BZPOPMAX', lastInSeconds],
  ['BZPOPMIN', lastInSeconds],
  ['TS.READ', { unit: 1, find: seriesBlock }],
  ['WAIT', lastInMilliseconds],
  ['WAITAOF', lastInMilliseconds],
  ['XREAD', blockInMilliseconds],
  ['XREADGROUP', blockInMilliseconds],
]);

/**
 * How long the server may hold back the reply to this call, in milliseconds; 0 is for ever.
 *
 * `undefined` when the call does not block: an ordinary command, XREAD without BLOCK, or a timeout the server will refuse.
 */
export function blockingTimeout(spec: Spec, args: readonly Value[]): number | undefined {
  const place = PLACES.get(spec.name);
  const index = place?.find(args);
  return place === undefined || index === undefined ? undefined : duration(args[index], place.unit);
}

/** The arguments of a call that blocks, with `timeout` ms in place of what they say. It must be above 0, which would be for ever. */
export function withBlockingTimeout(spec: Spec, args: readonly Value[], timeout: number): readonly Value[] {
  const place = PLACES.get(spec.name);
  const index = place?.find(args);
  if (place === undefined || index === undefined) return args;
  const units = place.unit === 1 ? Math.ceil(timeout) : Math.ceil(timeout) / place.unit;
  return args.with(index, units);
}

/** XREAD's BLOCK. Names may be anything, so options are walked one by one: a group may well be called `BLOCK`. */
function blockOption(args: readonly Value[]): number | undefined {
  for (let i = 0; i < args.length;) {
    switch (textOf(args[i]).toUpperCase()) {
      case 'BLOCK':
        return i + 1;
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
        return i + 1;
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
