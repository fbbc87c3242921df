import type { Decoder, Spec } from '../commands/spec.ts';
import type { Value } from '../commands/surface.ts';
import { sendRequest } from '../connection/carrier.ts';
import { CommandQueue } from './command-queue.ts';
import { QueuedRequest, type RequestOwner } from './queued-request.ts';

/** Somebody who waits until so many commands are settled. */
interface Waiter {
  readonly until: number;
  readonly resolve: () => void;
}

/** Commands that are sent together and run one by one. */
export class PlainQueue extends CommandQueue implements RequestOwner {
  #queued: QueuedRequest[] = [];
  #length = 0;
  /** Commands sent so far, and those of them that are settled. */
  #sent = 0;
  #settled = 0;
  #waiters: Waiter[] = [];
  /** What the first of them waits for. */
  #awaited = Infinity;

  override get length(): number {
    return this.#length;
  }

  replied(request: QueuedRequest, value: unknown): void {
    if (value instanceof Promise) {
      value.then(
        (reply) => this.replied(request, reply),
        (error: unknown) => this.failed(request, () => error),
      );
      return;
    }
    this.outcome.succeeded(request.index, value);
    this.#count();
  }

  failed(request: QueuedRequest, makeError: () => unknown): void {
    this.outcome.failed(request.index, request.spec.name, makeError);
    this.#count();
  }

  protected override put(
    spec: Spec,
    args: readonly Value[],
    decode: Decoder<unknown> | undefined,
    size: number,
  ): number {
    const index = this.#length++;
    this.#queued.push(new QueuedRequest(this, index, spec, args, decode, this.options, size));
    return index;
  }

  protected override async execute(): Promise<void> {
    this.#send();
    await this.#until(this.#sent);
  }

  protected override async send(): Promise<void> {
    const before = this.#sent;
    this.#send();
    await this.#until(before);
  }

  #send(): void {
    const queued = this.#queued;
    this.#queued = [];
    this.#sent += queued.length;
    this.outcome.reserve(this.#sent);
    const { carrier } = this;
    for (let i = 0; i < queued.length; i++) {
      const request = queued[i]!;
      try {
        sendRequest(carrier, request);
      } catch (error) {
        // Refused where it would run, as is a SELECT on connections that are shared with other clients.
        request.fail(() => error);
      }
    }
  }

  #count(): void {
    if (++this.#settled >= this.#awaited) this.#wake();
  }

  #wake(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    this.#awaited = Infinity;
    for (const waiter of waiters) {
      if (waiter.until <= this.#settled) waiter.resolve();
      else this.#wait(waiter);
    }
  }

  #wait(waiter: Waiter): void {
    this.#waiters.push(waiter);
    this.#awaited = Math.min(this.#awaited, waiter.until);
  }

  async #until(settled: number): Promise<void> {
    if (this.#settled >= settled) return;
    await new Promise<void>((resolve) => this.#wait({ until: settled, resolve }));
  }
}
