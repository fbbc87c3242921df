import { Conduct, refusalOf } from '../commands/conduct.ts';
import type { Decoder, Spec } from '../commands/spec.ts';
import type { Value } from '../commands/surface.ts';
import type { Carrier } from '../connection/carrier.ts';
import { checkedSize, type RequestOptions } from '../connection/request.ts';
import { needsSession } from '../connection/request-error.ts';
import { DataError } from '../errors.ts';
import { Outcome } from './outcome.ts';

/**
 * Commands that are collected first and sent together: plainly, or as a transaction.
 *
 * What cannot be sent throws as it is added. It runs once.
 */
export abstract class CommandQueue {
  protected readonly carrier: Carrier;
  protected readonly options: RequestOptions;
  protected readonly outcome: Outcome = new Outcome();
  #ran = false;

  constructor(carrier: Carrier, options: RequestOptions) {
    this.carrier = carrier;
    this.options = options;
  }

  /** Commands added so far. */
  abstract get length(): number;

  /** Adds a command, and gives its position. */
  add(spec: Spec, args: readonly Value[], decode: Decoder<unknown> | undefined): number {
    if (this.#ran) throw alreadyExecuted(spec.name);
    const size = checkedSize(spec, args);
    if (spec.conduct !== Conduct.ordinary) {
      const refusal = this.refusal(spec, args);
      if (refusal !== undefined) throw needsSession(spec.name, refusal);
    }
    return this.put(spec, args, decode, size);
  }

  /** Runs all of it, once. Rejects when a transaction did not run, or may have; otherwise tells what became of each command. */
  async run(): Promise<Outcome> {
    if (this.#ran) throw alreadyExecuted(undefined);
    this.#ran = true;
    await this.execute();
    // Here rather than where they came from, so that their stacks lead to whoever waits for this.
    this.outcome.makeErrors();
    return this.outcome;
  }

  /** Sends what was added, and waits until no more than that is unanswered. */
  async flush(): Promise<void> {
    if (this.#ran) throw alreadyExecuted(undefined);
    await this.send();
  }

  /** Why a command that is not an ordinary one cannot be in here. */
  protected refusal(spec: Spec, args: readonly Value[]): string | undefined {
    return refusalOf(spec.name, args, false);
  }

  protected abstract put(
    spec: Spec,
    args: readonly Value[],
    decode: Decoder<unknown> | undefined,
    size: number,
  ): number;

  protected abstract execute(): Promise<void>;

  protected abstract send(): Promise<void>;
}

function alreadyExecuted(command: string | undefined): DataError {
  return new DataError('the pipeline has been executed', { code: 'ALREADY_EXECUTED', command });
}
