import type { LeaseHolder } from '../errors.ts';

/** The lease of a connection: what it is for, and since when. */
export class Holding {
  readonly purpose: string;
  readonly since: number = performance.now();
  /** Where in the caller's code it was taken, if that was taken down. */
  place: string | undefined = undefined;

  constructor(purpose: string) {
    this.purpose = purpose;
  }

  get holder(): LeaseHolder {
    return { purpose: this.purpose, heldFor: Math.round(performance.now() - this.since), place: this.place };
  }
}

/** Says that all are leased, for how long that was waited, and who has had one for the longest time. */
export function allLeased(most: number, endpoint: string, wait: string, holder: LeaseHolder | undefined): string {
  const all = most === 1 ? 'the only connection' : `all ${most} connections`;
  const leased = `${all} to ${endpoint} ${most === 1 ? 'was' : 'were'} leased${wait}`;
  if (holder === undefined) return leased;
  const { purpose, heldFor, place } = holder;
  const where = place === undefined ? '' : `, taken ${place.split('\n')[0]!.trim()}`;
  return `${leased}; longest by ${purpose}, for ${heldFor} ms${where}`;
}
