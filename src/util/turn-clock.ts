import { clock } from './clock.ts';

/** How often the clock is read again within one turn of the event loop. */
const READINGS = 15;

let now = 0;
let known = false;
let readings = 0;

const endTurn = (): void => {
  known = false;
};

/**
 * The `clock()`, for what is asked more often than a reading of the clock may cost: it is read at the first call of a turn of the
 * event loop, and at every sixteenth behind it.
 */
export function turnClock(): number {
  if (!known) {
    known = true;
    now = clock();
    process.nextTick(endTurn);
  } else if ((++readings & READINGS) === 0) now = clock();
  return now;
}
