import type { Decoder, Spec } from '../commands/spec.ts';
import type { Value } from '../commands/surface.ts';
import { Request, type RequestOptions } from '../connection/request.ts';

/** Who is told what became of the requests that it has queued. */
export interface RequestOwner {
  /** A reply has come, decoded; a promise when a decoder of the user's own takes its time. */
  replied(request: QueuedRequest, value: unknown): void;
  failed(request: QueuedRequest, makeError: () => unknown): void;
}

/**
 * A command of a pipeline: one object from its call to its reply, without a promise or a closure of its own.
 *
 * Its error is made when the pipeline is told of all of them, in the stack of who has executed it.
 */
export class QueuedRequest extends Request {
  readonly index: number;
  readonly #owner: RequestOwner;
  #listener: (() => void) | undefined;

  constructor(
    owner: RequestOwner,
    index: number,
    spec: Spec,
    args: readonly Value[],
    decode: Decoder<unknown> | undefined,
    options: RequestOptions,
    size: number,
  ) {
    super(spec, args, decode, options, size, nobody);
    this.#owner = owner;
    this.index = index;
  }

  override onSettled(listener: () => void): void {
    const before = this.#listener;
    this.#listener =
      before === undefined
        ? listener
        : () => {
            listener();
            before();
          };
  }

  protected override deliver(value: unknown): void {
    this.#listener?.();
    this.#owner.replied(this, value);
  }

  protected override reject(makeError: () => unknown): void {
    this.#listener?.();
    this.#owner.failed(this, makeError);
  }
}

function nobody(): void {}
