import { Script, type CallableOptions } from '../commands/index.ts';
import { command, type Decoder, type Spec } from '../commands/spec.ts';
import type { Key, Value } from '../commands/surface.ts';
import { sendRequest } from '../connection/carrier.ts';
import {
  checkedSize,
  lastResolve,
  newPromise,
  NO_CALLBACKS,
  Request,
  Status,
  type RequestOptions,
} from '../connection/request.ts';
import { AbortError, ResponseError } from '../errors.ts';
import type { Router } from '../topology/router.ts';
import { lockKeys, type LockKeys } from './lock-keys.ts';
import type { WaitOptions } from './wait-options.ts';

const GET: Spec = command('GET');
const EXISTS: Spec = command('EXISTS');
const COPY: Spec = command('COPY');
const BLPOP: Spec = command('BLPOP');
const DELIFEQ: Spec = command('DELIFEQ');

/** What tokens of our own making begin with. It tells waiters that the release will wake them; other tokens they poll for. */
export const MARK = 'valkey-ts:';
/** How long the last fencing number is kept behind an acquisition, in milliseconds. See `ACQUIRE`. */
const FENCE_KEPT = 60_000;
/** How long a lock that nobody waits for any more may take to be given back, in milliseconds. */
const GIVE_BACK_TIMEOUT = 10_000;

/**
 * One attempt to take the lock: `{ fencing }`, or `{ 0, time to live of the holder's lock, whether its release will wake us }`.
 *
 * An own token that is found is taken for the attempt's own: it is sent twice when a connection was lost in between.
 *
 * Fencing numbers are microseconds of the server's clock, raised to one above the last number. The last one is kept for a minute only, so
 * that a million locks used once leave nothing behind: what is forgotten is outgrown by the clock, unless it is set back by more than that.
 */
const ACQUIRE: Script<Attempt> = script(
  `local holder = redis.call('GET', KEYS[1])
if holder and not (holder == ARGV[1] and ARGV[3] == '1') then
  local keep = tonumber(ARGV[4])
  if keep > 0 then
    if redis.call('EXISTS', KEYS[3]) == 0 then redis.call('RPUSH', KEYS[3], '1') end
    if redis.call('PTTL', KEYS[3]) < keep then redis.call('PEXPIRE', KEYS[3], keep) end
  end
  local signals = string.sub(holder, 1, string.len(ARGV[5])) == ARGV[5]
  return {0, redis.call('PTTL', KEYS[1]), signals and 1 or 0}
end
local fencing = tonumber(redis.call('GET', KEYS[2]) or '0') or 0
if holder and fencing > 0 then return {fencing} end
if ARGV[2] == '0' then redis.call('SET', KEYS[1], ARGV[1])
else redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) end
local time = redis.call('TIME')
fencing = math.max(fencing + 1, time[1] * 1000000 + time[2])
redis.call('SET', KEYS[2], string.format('%.0f', fencing), 'PX', ARGV[6])
return {fencing}`,
  3,
  (reply) => {
    const [fencing, ttl = -1, signals] = reply as [number, number?, number?];
    return { fencing, ttl: ttl < 0 ? Infinity : ttl, signals: signals === 1 };
  },
);

/** Releases the lock if it is the token's, and wakes a waiter: DELIFEQ and COPY, for servers that lack the former. */
const RELEASE: Script<boolean> = script(
  `if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
redis.pcall('COPY', KEYS[2], KEYS[3])
return 1`,
  3,
  (reply) => reply === 1,
);

/** Changes the time to live of the lock if it is the token's; gives the new one, or 0. */
const EXTEND: Script<number> = script(
  `if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
local ttl = redis.call('PTTL', KEYS[1])
local time = tonumber(ARGV[2])
if ARGV[3] == 'add' then time = math.max(ttl, 0) + time end
if ARGV[3] == 'renew' then time = math.max(ttl, time) end
redis.call('PEXPIRE', KEYS[1], time)
return time`,
  1,
  (reply) => reply as number,
);

function script<R>(lua: string, keys: number, reply: CallableOptions<R>['reply'] & {}): Script<R> {
  return new Script<R>(lua, { keys, reply });
}

/** What came of an attempt to take the lock. */
export interface Attempt {
  /** The fencing number when it was taken; 0 when somebody else has it. */
  readonly fencing: number;
  /** How long the other's lock lives, in milliseconds; `Infinity` until it is released. */
  readonly ttl: number;
  /** Whether the other's release wakes those who listen. */
  readonly signals: boolean;
}

/** How the lock is asked for. */
export interface AttemptOptions {
  readonly token: Key;
  /** Whether nobody else has this token, so that finding it means that an attempt before this one was successful. */
  readonly unique: boolean;
  /** Milliseconds until the lock expires; 0 is never. */
  readonly timeout: number;
  /** How long it is to be known that somebody waits, in milliseconds; 0 for those who do not. */
  readonly keep: number;
  readonly signal: AbortSignal | undefined;
}

/** What came of a release. */
export interface Release {
  readonly released: boolean;
  /** It was sent again after a lost connection, so that the first one may have released the lock. */
  readonly repeated: boolean;
}

/** A wait for the release of the lock. */
export interface Listening {
  /** Whether there was one; false when it took too long. */
  readonly heard: Promise<boolean>;
  /** Whether the server knows of it, as far as can be known. */
  isSent(): boolean;
  stop(): void;
}

/** Whether the servers of a router have DELIFEQ, as far as they were asked. */
const delifeq = new WeakMap<Router, boolean>();

/**
 * What a lock asks of the server.
 *
 * ```
 *   name            the token of who has it, with the time to live of the lock
 *   name:fence      the last fencing number
 *   name:waiting    exists while somebody waits, some seconds longer than they ask for
 *   name:wake       a copy of it, made by a release; one of those who wait pops it, and tries
 * ```
 *
 * The copy costs a release nothing when nobody waits, leaves at most one element when nobody takes it, and inherits the time to live.
 */
export class LockCalls {
  readonly #router: Router;
  readonly #options: RequestOptions;
  readonly keys: LockKeys;

  constructor(router: Router, options: RequestOptions, name: Key) {
    this.#router = router;
    this.keys = lockKeys(name);
    const mode = { encoding: 'buffer', integers: 'number' } as const;
    this.#options = { ...options, mode, callbacks: NO_CALLBACKS, signal: undefined };
  }

  /** Tries to take the lock. An attempt that is given up on and succeeds all the same is undone. */
  async acquire({ token, unique, timeout, keep, signal }: AttemptOptions): Promise<Attempt> {
    const { lock, fence, waiting } = this.keys;
    const args = [token, timeout, unique ? 1 : 0, keep, MARK, FENCE_KEPT];
    // A token that others may have, too, is given back only when it is known to have been ours.
    const late = (attempt: Attempt): void => {
      if (!unique && attempt.fencing > 0) this.giveBack(token);
    };
    const options = { idempotent: unique, signal };
    try {
      return await this.#run(ACQUIRE, [lock, fence, waiting], args, options, late).reply;
    } catch (error) {
      if (unique && (error as { readonly sent?: unknown }).sent === true) this.giveBack(token);
      throw error;
    }
  }

  /** Releases the lock if it is this token's, and wakes a waiter. Repeated after a lost connection, within its deadline. */
  async release(token: Key, wait: WaitOptions = {}): Promise<Release> {
    const known = delifeq.get(this.#router);
    if (known === false) return await released(this.#releaseByScript(token, wait));
    const options = { idempotent: true, ...this.#bounds(wait) };
    const release = this.#send<boolean>(DELIFEQ, [this.keys.lock, token], (reply) => reply === 1, options);
    // Waiters that are woken and find the lock held would lose their places.
    if (known === true) this.signal();
    try {
      const result = await released(release);
      if (known === undefined) this.signal();
      delifeq.set(this.#router, true);
      return result;
    } catch (error) {
      if (!isUnknown(error)) throw error;
      delifeq.set(this.#router, false);
      return await released(this.#releaseByScript(token, wait));
    }
  }

  /** Releases a lock that its holder will never know of. */
  giveBack(token: Key): void {
    // There is nobody to tell. What cannot be given back expires.
    this.#releaseByScript(token, { timeout: GIVE_BACK_TIMEOUT }).reply.catch(() => undefined);
  }

  #releaseByScript(token: Key, wait: WaitOptions): Sent<boolean> {
    const { lock, waiting, wake } = this.keys;
    return this.#run(RELEASE, [lock, waiting, wake], [token], { idempotent: true, ...this.#bounds(wait) });
  }

  /** Changes the time to live of the lock if it is this token's. Gives the new one, or 0 when it is not. */
  extend(token: Key, milliseconds: number, how: 'add' | 'set', wait: WaitOptions): Promise<number> {
    return this.#extend(token, milliseconds, how, this.#bounds(wait));
  }

  /** Makes the time to live of the lock at least so long if it is this token's, while there is `time` for it. Gives what `extend` gives. */
  renew(token: Key, milliseconds: number, time: number): Promise<number> {
    return this.#extend(token, milliseconds, 'renew', { timeout: Math.min(time, this.#options.timeout) });
  }

  #extend(
    token: Key,
    milliseconds: number,
    how: 'add' | 'set' | 'renew',
    bounds: Partial<RequestOptions>,
  ): Promise<number> {
    const options = { idempotent: how !== 'add', ...bounds };
    return this.#run(EXTEND, [this.keys.lock], [token, milliseconds, how], options).reply;
  }

  /** The token of who has the lock. */
  holder(wait: WaitOptions): Promise<Buffer | null> {
    return this.#send<Buffer | null>(GET, [this.keys.lock], undefined, this.#bounds(wait)).reply;
  }

  exists(wait: WaitOptions): Promise<boolean> {
    return this.#send<boolean>(EXISTS, [this.keys.lock], (reply) => reply === 1, this.#bounds(wait)).reply;
  }

  /** Wakes one of those who listen, if anybody waits. */
  signal(): void {
    const { waiting, wake } = this.keys;
    // Those who are not woken find out by themselves, somewhat later.
    this.#send(COPY, [waiting, wake], undefined, { idempotent: true }).reply.catch(() => undefined);
  }

  /** Waits for a signal, up to `seconds`, on a connection of its own. */
  listen(seconds: number): Listening {
    const { reply, request } = this.#send<boolean>(BLPOP, [this.keys.wake, seconds], (popped) => popped !== null);
    return {
      heard: reply,
      isSent: () => request.status === Status.sent,
      stop: () => this.#router.abort(request, () => new AbortError('nobody waits for the lock any more')),
    };
  }

  #bounds({ timeout = this.#options.timeout, signal }: WaitOptions): Pick<RequestOptions, 'timeout' | 'signal'> {
    return { timeout, signal };
  }

  #run<R>(
    code: Script<R>,
    keys: readonly Key[],
    args: readonly Value[],
    options: Partial<RequestOptions>,
    late?: (value: R) => void,
  ): Sent<R> {
    return this.#send(code.spec, code.arguments(keys, args), code.decode, options, late);
  }

  #send<R>(
    spec: Spec,
    args: readonly Value[],
    decode?: Decoder<R>,
    options?: Partial<RequestOptions>,
    late?: (value: R) => void,
  ): Sent<R> {
    const size = checkedSize(spec, args);
    const reply = newPromise<R>();
    const request = new LockRequest<R>(spec, args, decode, { ...this.#options, ...options }, size, lastResolve());
    request.late = late;
    sendRequest(this.#router, request);
    return { reply, request };
  }
}

interface Sent<R> {
  readonly reply: Promise<R>;
  readonly request: Request;
}

async function released({ reply, request }: Sent<boolean>): Promise<Release> {
  return { released: await reply, repeated: request.wasSent };
}

/** A request whose reply is of interest even to nobody: it may have taken a lock. */
class LockRequest<R> extends Request {
  late: ((value: R) => void) | undefined;

  override succeed(reply: unknown): void {
    if (!this.settled) super.succeed(reply);
    else if (this.late !== undefined) this.late(this.decode!(reply, this.mode) as R);
  }
}

/** Whether the server does not have the command, or the user may not use it. */
function isUnknown(error: unknown): boolean {
  return error instanceof ResponseError && (error.prefix === 'NOPERM' || /unknown command/i.test(error.message));
}
