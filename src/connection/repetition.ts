import type { ConnectionError, ValkeyError } from '../errors.ts';
import { after, clock, NEVER } from '../util/clock.ts';
import type { Request } from './request.ts';
import { covers } from './retry-rule.ts';

const NOT_NOW = /^(LOADING|TRYAGAIN|CLUSTERDOWN|MASTERDOWN|BUSY) /;
/** Of a server that is no primary. */
const NOT_HERE = /^(READONLY|REDIRECT) /;
/** Commands that run code, whose errors are in its own words: scripts, functions, and what modules add. */
const RUNS_CODE = /^(EVAL|FCALL)|\./;
/** What servers say, of all versions, before any code has written. One of a script's own calls is told with the script's name behind it. */
const SERVERS_WORDS: RegExp = new RegExp(
  `^(${[
    'LOADING \\w+ is loading the dataset in memory',
    'BUSY \\w+ is busy running a (script\\. You can only call (SCRIPT|FUNCTION) KILL or SHUTDOWN NOSAVE|module command)\\.',
    'TRYAGAIN Multiple keys request during rehashing of slot',
    'CLUSTERDOWN (The cluster is down( and only accepts read commands)?|Hash slot not served)',
    "MASTERDOWN Link with MASTER is down( and|,) replica-serve-stale-data is set to 'no'.*",
    "READONLY (You can't write against a read only replica|Can not run script with write flag on readonly replica).*",
    'REDIRECT \\S+:\\d+',
  ].join('|')})$`,
);

/** Whether an error reply means that the command did not run now, and would later. */
export function isNotNow(command: string | undefined, message: string): boolean {
  return NOT_NOW.test(message) && !isMadeUp(command, message);
}

/**
 * Whether an error reply begins like one of the server's that mean "it did not run", but is the answer of code that did: it may have
 * written before it said so.
 */
export function isMadeUp(command: string | undefined, message: string): boolean {
  if (command === undefined || !RUNS_CODE.test(command) || SERVERS_WORDS.test(message)) return false;
  return NOT_NOW.test(message) || NOT_HERE.test(message);
}

/** A further try is made with this much time left for its reply, or a tenth of the timeout; milliseconds. */
const LEAST_TRY = 50;

/** Whether a request that begins anew in `delay` ms has time left for its reply. If not, it is better told what happened than that it is late. */
export function hasTime({ deadline, options: { timeout } }: Request, delay: number): boolean {
  if (deadline === NEVER) return true;
  const reply = Math.min(LEAST_TRY, timeout / 10);
  return ((deadline - after(clock(), delay + reply)) | 0) >= 0;
}

/** Whether the caller wants a command that failed so to be tried again, whatever it did. */
export function isWanted({ attempts, options }: Request, makeError: () => ValkeyError): boolean {
  const { retryOn, retries } = options;
  return retryOn !== undefined && attempts < retries && covers(retryOn, makeError());
}

/** Whether a request that was written to a connection which is lost may run twice. */
export function mayRepeat({ attempts, options, spec }: Request, error: ConnectionError): boolean {
  if (options.whenDown === 'fail' || attempts >= options.retries) return false;
  return options.idempotent || spec.repeatable || covers(options.retryOn, error);
}

/** Whether a request can be written where it may be lost: it would be sent again. Not so of none at all. */
export function isHarmless(request: Request | undefined): boolean {
  if (request === undefined) return false;
  const { idempotent, whenDown, retries } = request.options;
  return whenDown === 'wait' && request.attempts < retries && (idempotent || request.spec.repeatable);
}
