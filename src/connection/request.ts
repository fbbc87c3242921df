import type { Decoder, Spec } from '../commands/spec.ts';
import { endCommand, isUnderWay } from '../diagnostics.ts';
import { DataError } from '../errors.ts';
import { sizeOf, type Argument } from '../protocol/encoder.ts';
import type { Encoding, ReplyMode } from '../protocol/reply-mode.ts';
import { NEVER } from '../util/clock.ts';
import type { RetryRule } from './retry-rule.ts';

const HINTS: Readonly<Record<string, string>> = {
  undefined: 'undefined',
  number: 'NaN',
  boolean: 'a boolean; send 1 and 0, or text',
  object: 'an object; send JSON.stringify of it, or its fields',
  function: 'a function',
  symbol: 'a symbol',
};

/**
 * The accounted size of a command's arguments.
 *
 * @throws DataError that names the command and the argument which cannot be sent. It shows the type only: the value may be a secret.
 */
export function checkedSize(spec: Spec, args: readonly Argument[]): number {
  const size = sizeOf(args);
  if (size < 0) throw unusable(spec, args, -1 - size);
  return size;
}

function unusable(spec: Spec, args: readonly unknown[], index: number): DataError {
  const arg = args[index];
  const what = arg === null ? 'null' : Array.isArray(arg) ? 'an array' : (HINTS[typeof arg] ?? typeof arg);
  return new DataError(
    `${spec.name}: argument ${index + 1} is ${what}; strings, numbers, bigints, Buffers and Uint8Arrays can be sent`,
    { code: 'INVALID_ARGUMENT', command: spec.name },
  );
}

/** What a view of a client says about all its commands. One object per view, shared by its requests. */
export interface RequestOptions {
  readonly mode: ReplyMode;
  /** Milliseconds from the call to the deadline; `Infinity` for none. */
  readonly timeout: number;
  readonly signal: AbortSignal | undefined;
  /** What happens to a command while there is no connection. */
  readonly whenDown: 'wait' | 'fail';
  /** How often a command that may be repeated is sent again after a lost connection. */
  readonly retries: number;
  /** The caller says that repeating does no harm, whatever the command. */
  readonly idempotent: boolean;
  /** What else is sent again; rarely given. */
  readonly retryOn: RetryRule | undefined;
  /** Decoders of the user's own, by the names of commands: each takes the place of the command's. One map per client. */
  readonly callbacks: ReadonlyMap<string, Decoder<unknown>>;
}

/** For requests of no client. */
export const NO_CALLBACKS: ReadonlyMap<string, Decoder<unknown>> = new Map<string, Decoder<unknown>>();

/** For requests of the library's own, which say what they need otherwise. */
export const OWN_REQUEST: RequestOptions = {
  mode: { encoding: 'utf8', integers: 'number' },
  timeout: Infinity,
  signal: undefined,
  whenDown: 'fail',
  retries: 0,
  idempotent: false,
  retryOn: undefined,
  callbacks: NO_CALLBACKS,
};

const BINARY: ReplyMode = { encoding: 'buffer', integers: 'number' };
const BIGINTS: Readonly<Record<Encoding, ReplyMode>> = {
  utf8: { encoding: 'utf8', integers: 'bigint' },
  latin1: { encoding: 'latin1', integers: 'bigint' },
  buffer: { encoding: 'buffer', integers: 'bigint' },
};

/** What a command's reply is read as, when it was asked for in this mode. */
export function readMode(spec: Spec, asked: ReplyMode): ReplyMode {
  return spec.binary ? BINARY : spec.bigints ? BIGINTS[asked.encoding] : asked;
}

/** Where a request is in its life. */
export const Status: { readonly queued: 0; readonly sent: 1; readonly settled: 2 } = { queued: 0, sent: 1, settled: 2 };

const NO_ARGS: readonly Argument[] = [];

/** Signals that are watched, and the requests that wait for them: one listener per signal, however many requests. */
const watched = new WeakMap<AbortSignal, Set<Request>>();

/**
 * One command from its call to its settling.
 *
 * ```
 *  queued --> sent --> settled       a request moves back from sent to queued only to be tried again
 *     '----------------^             settled while queued or sent: its reply, if one comes, is thrown away in its place
 * ```
 *
 * A fixed shape and as few fields as possible: a hundred thousand of them may be in flight.
 */
export class Request {
  spec: Spec;
  args: readonly Argument[];
  decode: Decoder<unknown> | undefined;
  options: RequestOptions;
  /** Takes what makes the error beside the promise that rejects with it, for those who listen. */
  #resolve: (value: unknown, makeError?: () => unknown) => void;
  deadline: number = NEVER;
  /** Bytes as accounted against the bound. */
  size: number;
  status: number = Status.queued;
  attempts = 0;
  /** It was written, to a connection that was lost or gave an error for it, and waits to be written again; or a part of it was. It may have run. */
  wasSent = false;

  constructor(
    spec: Spec,
    args: readonly Argument[],
    decode: Decoder<unknown> | undefined,
    options: RequestOptions,
    size: number,
    resolve: (value: unknown) => void,
  ) {
    this.spec = spec;
    this.args = args;
    const { callbacks } = options;
    this.decode = callbacks.size === 0 ? decode : (callbacks.get(spec.name) ?? decode);
    this.options = options;
    this.size = size;
    this.#resolve = resolve;
  }

  /** What its reply is read as. Its decoder is told what was asked for. */
  get mode(): ReplyMode {
    return readMode(this.spec, this.options.mode);
  }

  /** How many commands it is. */
  get count(): number {
    return 1;
  }

  /** Whether it is one command of a group, which is settled as a whole. */
  get isPart(): boolean {
    return false;
  }

  /** Sends the text of its script in place of the digest. */
  sendWhole(): void {
    const { code } = this.spec;
    if (code?.script === undefined) return;
    this.spec = code.script.whole;
    this.args = [code.text, ...this.args.slice(1)];
  }

  get settled(): boolean {
    return this.status === Status.settled;
  }

  /** Calls `listener` once the request settles, either way; with what makes its error when it rejects. */
  onSettled(listener: (makeError?: () => unknown) => void): void {
    const resolve = this.#resolve;
    this.#resolve = (value, makeError) => {
      listener(makeError);
      resolve(value, makeError);
    };
  }

  /** Calls `listener` when the server has accepted the command after all, though its caller was told otherwise before. */
  onLate(listener: () => void): void {
    lateListeners.set(this, listener);
  }

  /** Settles with the reply, unless the request has settled before. `_from`: the connection that it came on, for those to whom it matters. */
  succeed(reply: unknown, _from?: object): void {
    if (this.status === Status.settled) {
      lateListeners.get(this)?.();
      return;
    }
    this.status = Status.settled;
    if (this.options.signal !== undefined) this.#unwatch();
    let value = reply;
    if (this.decode !== undefined) {
      try {
        value = this.decode(reply, this.options.mode);
      } catch (error) {
        const makeError = (): unknown => error;
        if (isUnderWay()) endCommand(this, makeError);
        this.reject(makeError);
        return;
      }
    }
    if (isUnderWay()) endCommand(this, undefined);
    this.deliver(value);
  }

  /** Settles with an error, unless the request has settled before. */
  fail(makeError: () => unknown): void {
    if (this.status === Status.settled) return;
    this.status = Status.settled;
    this.args = NO_ARGS;
    if (this.options.signal !== undefined) this.#unwatch();
    if (isUnderWay()) endCommand(this, makeError);
    this.reject(makeError);
  }

  /** Stands in for it where its reply will come, and be thrown away, when it is to be written once more. */
  standIn(): Request {
    const { spec, options, size } = this;
    const request = new Request(spec, NO_ARGS, undefined, { ...options, signal: undefined }, size, nothing);
    request.status = Status.settled;
    return request;
  }

  /** Hands the decoded reply to the caller. */
  protected deliver(value: unknown): void {
    this.#resolve(value);
  }

  /**
   * Rejects with an error whose stack ends in the caller's code, at no cost for the commands that succeed.
   *
   * The engine finds awaiting functions from the promise that an error is made under. So the request's promise is resolved with
   * another one, and the error is made in a job of that one, a turn later, when the two are tied together.
   */
  protected reject(makeError: () => unknown): void {
    this.#resolve(
      settledPromise.then(nothing).then(() => {
        throw makeError();
      }),
      makeError,
    );
  }

  /** Calls `onAbort` if the request's signal fires before it settles. */
  watch(onAbort: (request: Request) => void): void {
    const signal = this.options.signal;
    if (signal === undefined || this.status === Status.settled) return;
    let requests = watched.get(signal);
    if (requests === undefined) {
      const waiting = (requests = new Set<Request>());
      watched.set(signal, waiting);
      signal.addEventListener('abort', () => abortAll(waiting), { once: true });
    }
    aborts.set(this, onAbort);
    requests.add(this);
  }

  #unwatch(): void {
    watched.get(this.options.signal as AbortSignal)?.delete(this);
  }
}

const settledPromise = Promise.resolve();
const nothing = (): void => undefined;
const aborts = new WeakMap<Request, (request: Request) => void>();
/** Few commands mean something to the client itself: no field for all of them. */
const lateListeners = new WeakMap<Request, () => void>();

function abortAll(requests: Set<Request>): void {
  for (const request of [...requests]) aborts.get(request)?.(request);
}

let resolveLast: (value: never) => void;

/** The executor of every request's promise: shared, so that a command needs no closure. */
const capture = (resolve: (value: never) => void): void => {
  resolveLast = resolve;
};

/** A promise, whose resolving function `lastResolve` then gives. */
export function newPromise<R>(): Promise<R> {
  return new Promise<R>(capture as (resolve: (value: R | PromiseLike<R>) => void) => void);
}

export function lastResolve(): (value: unknown) => void {
  return resolveLast as (value: unknown) => void;
}
