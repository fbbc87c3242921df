import type { Decoder, ResponsePolicy, Spec } from '../commands/spec.ts';
import { NO_CALLBACKS, Request, type RequestOptions } from '../connection/request.ts';
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
 * Each portion is a request of its own, and is redirected, repeated and lost as one. When several fail the first is told.
 */
export class FanOut {
  readonly portions: Portion[] = [];
  readonly #parent: Request;
  readonly #merge: Merge;
  /** One reply is enough. */
  readonly #isForOne: boolean;
  readonly #replies: unknown[] = [];
  #failure: (() => unknown) | undefined;
  #failed = 0;
  #open = 0;

  constructor(parent: Request, merge: Merge, isForOne: boolean = false) {
    this.#parent = parent;
    this.#merge = merge;
    this.#isForOne = isForOne;
  }

  /** Adds a portion, to be sent by the caller. */
  add(spec: Spec, args: readonly Argument[], decode?: Decoder<unknown>): Portion {
    const { options, deadline } = this.#parent;
    // Decoders of the user's own are for the whole.
    const left = deadline === NEVER ? options.timeout : Math.max(1, (deadline - clock()) | 0);
    const own: RequestOptions = { ...options, timeout: left, signal: undefined, callbacks: NO_CALLBACKS };
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
    this.#failure ??= makeError;
    this.#failed++;
    this.#count();
  }

  #count(): void {
    if (--this.#open > 0) return;
    const failure = this.#failure;
    if (failure !== undefined && (!this.#isForOne || this.#failed === this.portions.length)) this.#parent.fail(failure);
    else this.#succeed();
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
