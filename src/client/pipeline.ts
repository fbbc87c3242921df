import { Commands } from '../commands/index.ts';
import type { Decoder, Spec } from '../commands/spec.ts';
import type { Value } from '../commands/surface.ts';
import type { Carrier } from '../connection/carrier.ts';
import type { RequestOptions } from '../connection/request.ts';
import { PipelineError, ValkeyError } from '../errors.ts';
import type { Encoding, Integers } from '../protocol/reply-mode.ts';
import type { CommandQueue } from './command-queue.ts';
import { check, FLAG, type Rule } from './option-rule.ts';
import type { Outcome } from './outcome.ts';
import { PlainQueue } from './plain-queue.ts';
import type { Chained } from './surfaces.ts';
import { TransactionQueue } from './transaction-queue.ts';

/** How commands that are collected are run. */
export interface PipelineOptions {
  /** As one, between MULTI and EXEC. Default false. */
  readonly transaction?: boolean | undefined;
}

const RULES: Readonly<Record<keyof PipelineOptions, Rule>> = { transaction: FLAG };

export function isTransaction(options: PipelineOptions | undefined): boolean {
  if (options === undefined) return false;
  check(options, RULES, 'option of a pipeline');
  return options.transaction ?? false;
}

/** What a pipeline evaluates to: the replies in order. Of a pipeline that was filled without chaining, they are not known to the compiler. */
export type Replies<T extends readonly unknown[]> = T extends readonly []
  ? unknown[]
  : { -readonly [K in keyof T]: T[K] };

/** What became of each command of a pipeline. */
export type SettledReplies<T extends readonly unknown[]> = T extends readonly []
  ? PromiseSettledResult<unknown>[]
  : { -readonly [K in keyof T]: PromiseSettledResult<T[K]> };

/**
 * Commands that are collected, and sent together in one write.
 *
 * Every method adds a command and gives the pipeline, whose type knows the replies: `pipeline().set('a', 1).get('a').execute()` gives
 * `['OK', string | null]`. What cannot be sent throws as it is added. A plain pipeline's commands run one by one, others' between
 * them; those of `multi()` run as one, between MULTI and EXEC. It is executed once.
 *
 * @example
 * ```ts
 * const replies = await client.pipeline().set('a', 1).incr('a').get('a').execute();
 * await client.pipeline().mget(['a', 'b']).execute(); // => [['2', null]]
 * ```
 */
export class Pipeline<
  in out E extends Encoding = 'utf8',
  in out I extends Integers = 'number',
  in out T extends readonly unknown[] = [],
> extends Commands<Chained<E, I, T>> {
  readonly #queue: CommandQueue;

  /** Use `client.pipeline()` or `client.multi()`. @internal */
  constructor(carrier: Carrier, options: RequestOptions, transaction: boolean) {
    super();
    this.#queue = queueOf(carrier, options, transaction);
  }

  /** The number of commands added so far. */
  get length(): number {
    return this.#queue.length;
  }

  override send<R>(spec: Spec, args: readonly Value[], decode?: Decoder<R>): Pipeline<E, I, [...T, R]> {
    this.#queue.add(spec, args, decode);
    return this as unknown as Pipeline<E, I, [...T, R]>;
  }

  /**
   * Runs the commands, and gives their replies in order.
   *
   * Rejects with a `PipelineError` when any of them failed: it holds the results of all. A transaction of which nothing ran rejects
   * with an `ExecAbortError` that names the wrong command, or a `WatchError`; one that may have run, with a `ConnectionError`
   * (`sent: true`), since it is never sent twice. In a plain pipeline reads are sent again after a lost connection, as single ones are.
   * A transaction that ran rejects with a `DataError` all the same when EXEC's reply holds an integer beyond 2^53.
   *
   * @example
   * ```ts
   * await client.multi().set('a', 1).incr('a').execute(); // => ['OK', 2]
   * ```
   */
  async execute(): Promise<Replies<T>> {
    return values(await this.#queue.run()) as Replies<T>;
  }

  /**
   * Runs the commands, and tells what became of each. A transaction rejects as a whole where `execute` would not give a `PipelineError`.
   *
   * @example
   * ```ts
   * await client.set('text', 'abc');
   * const [first] = await client.pipeline().incr('text').get('text').executeSettled();
   * ```
   */
  async executeSettled(): Promise<SettledReplies<T>> {
    return (await this.#queue.run()).settled() as SettledReplies<T>;
  }

  /**
   * Sends the commands added so far, and resolves when no more than these are unanswered: for pipelines too long to be held in memory.
   *
   * `execute` then sends the rest, and gives the replies of all. A transaction cannot be flushed.
   *
   * @example
   * ```ts
   * const pipeline = client.pipeline();
   * for (let i = 1; i <= 25_000; i++) {
   *   pipeline.set('key:' + i, i);
   *   if (i % 10_000 === 0) await pipeline.flush();
   * }
   * const replies = await pipeline.execute();
   * ```
   */
  async flush(): Promise<void> {
    await this.#queue.flush();
  }
}

/** Collects commands, to be run one by one or as a transaction. */
export function queueOf(carrier: Carrier, options: RequestOptions, transaction: boolean): CommandQueue {
  return transaction ? new TransactionQueue(carrier, options) : new PlainQueue(carrier, options);
}

/** The replies, or the error that tells of all. */
export function values(outcome: Outcome): unknown[] {
  const { replies, errors, first, command } = outcome;
  if (errors.size === 0) return replies;
  const cause = errors.get(first);
  const why = cause instanceof Error ? cause.message : String(cause);
  const others = errors.size === 1 ? '' : `; ${errors.size - 1} more failed`;
  throw new PipelineError(`command ${first + 1} of ${replies.length} (${command}) failed: ${why}${others}`, {
    command,
    endpoint: cause instanceof ValkeyError ? cause.endpoint : undefined,
    index: first,
    cause,
    results: outcome.settled(),
  });
}
