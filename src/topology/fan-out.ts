import type { Decoder, ResponsePolicy, Spec } from '../commands/spec.ts';
import { NO_CALLBACKS, Request, Status, type RequestOptions } from '../connection/request.ts';
import { partlyRun } from '../connection/request-error.ts';
import { ClusterError, ConnectionError, TimeoutError } from '../errors.ts';
import type { Argument } from '../protocol/encoder.ts';
import { sizeOf } from '../protocol/encoder.ts';
import { clock, NEVER } from '../util/clock.ts';

/** Makes one natural reply of those of the portions, in their order; `undefined` stands for one that failed. */
export type Merge = (replies: readonly unknown[]) => unknown;

/**
 * One command that is sent as several: to several nodes, or to several slots.
 *
 * ```
 *   parent:    MGET a b c                            settles when all its portions have, in the way they have
 *   portions:  MGET a c -> one node   MGET b -> another
 * ```
 *
 * Each portion is a request of its own, and is redirected, repeated and lost as one. When several fail the first is told, and that the
 * command may have run if only one of them may have. An abort is one of all portions.
 */
export class FanOut {
  readonly portions: Portion[] = [];
  readonly #parent: Request;
  readonly #merge: Merge;
  /** One reply is enough. */
  #isForOne: boolean;
  readonly #replies: unknown[] = [];
  #failures: (() => unknown)[] = NONE;
  #abortError: (() => Error) | undefined;
  #open = 0;

  constructor(parent: Request, merge: Merge, isForOne: boolean = false) {
    this.#parent = parent;
    this.#merge = merge;
    this.#isForOne = isForOne;
    if (parent.options.signal !== undefined) abortable.set(parent, this);
  }

  /** What a command was made into; `undefined` for one that was not, or has no signal. */
  static of(parent: Request): FanOut | undefined {
    return abortable.get(parent);
  }

  /** Adds a portion, to be sent by the caller. */
  add(spec: Spec, args: readonly Argument[], decode?: Decoder<unknown>): Portion {
    const { options, deadline } = this.#parent;
    // Decoders of the user's own are for the whole.
    const left = deadline === NEVER ? options.timeout : Math.max(1, (deadline - clock()) | 0);
    const own: RequestOptions = { ...options, timeout: left, callbacks: NO_CALLBACKS };
    const portion = new Portion(this, this.portions.length, spec, args, decode, own);
    this.portions.push(portion);
    this.#replies.push(undefined);
    this.#open++;
    return portion;
  }

  replied(index: number, value: unknown): void {
    this.#replies[index] = value;
    this.#count();
  }

  failed(makeError: () => unknown): void {
    if (this.#failures === NONE) this.#failures = [];
    this.#failures.push(makeError);
    this.#count();
  }

  /** Aborts all portions by `abort`. The whole is aborted when they are, or has its reply if that has come after all. */
  abort(makeError: () => Error, abort: (portion: Portion) => void): void {
    this.#parent.wasSent ||= this.#mayHaveRun();
    this.#abortError = makeError;
    this.#isForOne = false;
    for (const portion of this.portions) if (!portion.settled) abort(portion);
  }

  #count(): void {
    if (--this.#open > 0) return;
    const isFailed = this.#failures.length >= (this.#isForOne ? this.portions.length : 1);
    if (isFailed) this.#parent.fail(this.#abortError ?? (() => this.#makeError()));
    else this.#succeed();
  }

  #makeError(): unknown {
    const error = this.#failures[0]!();
    const isUnsent = (error instanceof ConnectionError || error instanceof TimeoutError) && !error.sent;
    return isUnsent && this.#mayHaveRun() ? partlyRun(error) : error;
  }

  /** Whether a portion has run, or may have. */
  #mayHaveRun(): boolean {
    const settled = this.portions.filter((portion) => portion.settled);
    return (
      settled.length > this.#failures.length ||
      this.portions.some(({ status, wasSent }) => wasSent || status === Status.sent) ||
      this.#failures.some((makeError) => mayHaveRun(makeError()))
    );
  }

  #succeed(): void {
    let reply: unknown;
    try {
      reply = this.#merge(this.#replies);
    } catch (error) {
      // Nodes have given replies of different kinds. Whoever reads them goes on with the next.
      this.#parent.fail(() => error);
      return;
    }
    this.#parent.succeed(reply);
  }
}

const NONE: (() => unknown)[] = [];
/** Commands that have a signal, and what they were made into. */
const abortable: WeakMap<Request, FanOut> = new WeakMap();

/** One that does not say that it was not sent may be of a script that has written before, or of a reply that cannot be read. */
function mayHaveRun(error: unknown): boolean {
  return !(error instanceof ClusterError) && (error as { readonly sent?: unknown } | undefined)?.sent !== false;
}

/** A request that is one of several which are one to their caller. */
export class Portion extends Request {
  readonly #whole: FanOut;
  readonly #index: number;
  #listener: (() => void) | undefined;

  constructor(
    whole: FanOut,
    index: number,
    spec: Spec,
    args: readonly Argument[],
    decode: Decoder<unknown> | undefined,
    options: RequestOptions,
  ) {
    super(spec, args, decode, options, sizeOf(args), ignore);
    this.#whole = whole;
    this.#index = index;
  }

  override onSettled(listener: () => void): void {
    const before = this.#listener;
    this.#listener = (): void => {
      listener();
      before?.();
    };
  }

  protected override deliver(value: unknown): void {
    this.#listener?.();
    if (value instanceof Promise) {
      // A decoder of the user's own takes its time.
      value.then(
        (reply) => this.#whole.replied(this.#index, reply),
        (error: unknown) => this.#whole.failed(() => error),
      );
    } else this.#whole.replied(this.#index, value);
  }

  protected override reject(makeError: () => unknown): void {
    this.#listener?.();
    this.#whole.failed(makeError);
  }
}

function ignore(): void {}

/** How the replies of several nodes make one, as the server's tips say. */
export function mergeOf(spec: Spec): Merge {
  if (spec.name === 'RANDOMKEY') return someReply;
  const { responsePolicy: policy } = spec;
  return policy === undefined ? joined : MERGES[policy];
}

const MERGES: Readonly<Record<ResponsePolicy, Merge>> = {
  one_succeeded: (replies) => replies.find((reply) => reply !== undefined),
  all_succeeded: (replies) => replies[0],
  agg_sum: byElement((a, b) => (typeof a === 'bigint' ? a + BigInt(b) : a + Number(b))),
  agg_min: byElement((a, b) => (a < b ? a : b)),
  agg_max: byElement((a, b) => (a > b ? a : b)),
  agg_logical_and: byElement((a, b) => (Number(a) !== 0 && Number(b) !== 0 ? one(a) : zero(a))),
  agg_logical_or: byElement((a, b) => (Number(a) !== 0 || Number(b) !== 0 ? one(a) : zero(a))),
  special: (replies) => replies[0],
};

function joined(replies: readonly unknown[]): unknown {
  return replies.flat(1);
}

/** Any that is not null. */
function someReply(replies: readonly unknown[]): unknown {
  const found = replies.filter((reply) => reply !== null && reply !== undefined);
  return found.length === 0 ? null : found[Math.floor(Math.random() * found.length)];
}

type Count = number | bigint;

const one = (like: Count): Count => (typeof like === 'bigint' ? 1n : 1);
const zero = (like: Count): Count => (typeof like === 'bigint' ? 0n : 0);

/** Integers, or arrays of them, one by one. */
function byElement(combine: (a: Count, b: Count) => Count): Merge {
  return (replies) =>
    replies.reduce((sum, reply) =>
      Array.isArray(sum) && Array.isArray(reply)
        ? sum.map((item, i) => combine(item as Count, reply[i] as Count))
        : combine(sum as Count, reply as Count),
    );
}
