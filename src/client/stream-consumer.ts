import { DataError } from '../errors.ts';
import type { ConsumedEntry, Delivery } from './stream-delivery.ts';
import type { ConsumerPlan } from './stream-plan.ts';
import { StreamWork, type ConsumerStats } from './stream-work.ts';

const DEFAULT_COUNT = 10;
const NOTHING: ConsumerStats = {
  delivered: 0,
  succeeded: 0,
  failed: 0,
  running: 0,
  acknowledged: 0,
  claimed: 0,
  deadLettered: 0,
  deleted: 0,
};

/** Handles one entry; it has succeeded when what it gives has resolved. */
export type EntryHandler<T> = (entry: ConsumedEntry<T>) => unknown;

/** Options of `StreamConsumer.run`. */
export interface RunOptions<T> {
  /**
   * Called with what a handler failed with. The entry stays pending. What this throws, `run` stops and rejects with.
   * Default: failures are counted, and nothing else.
   */
  readonly onFailure?: (error: unknown, entry: ConsumedEntry<T>) => void;
}

/**
 * The entries that a group has for one of its consumers, as they come: `for await (const entry of consumer)`, or `run(handler)`.
 *
 * First those that are pending for this consumer since an earlier run, then those that others have left (`claimIdle`), and new ones.
 * Each is given once or more, until it is acknowledged: handling an entry twice must do no harm. Trouble of the connection is overcome,
 * without end once the server has answered; errors that will not pass reject. It holds no more entries than it is allowed to read ahead.
 *
 * It is stopped by leaving the loop, by `stop()`, or by its `signal`: nothing new is read, and a read that waits is released on the server
 * at once. What was read but not given stays pending for this consumer, and comes first when it starts again.
 */
export class StreamConsumer<out T> implements AsyncIterable<ConsumedEntry<T>> {
  readonly #plan: ConsumerPlan;
  #work: StreamWork<T> | undefined;

  /** Use `client.streams.consume()`. @internal */
  constructor(plan: ConsumerPlan) {
    this.#plan = plan;
  }

  /**
   * Handles the entries with a function, `concurrency` of them at a time, until it is stopped, and gives the counts.
   *
   * An entry is acknowledged when its handler has succeeded (unless `autoAck` is false), and stays pending when it failed. Once it is
   * stopped, it waits for handlers and acknowledgements, at most `stopTimeout`.
   *
   * @throws DataError when it runs already
   * @example
   * ```ts
   * await client.xadd('orders', '*', { item: 'tea' });
   * const consumer = client.streams.consume('orders', 'billing', 'ada', { concurrency: 20, claimIdle: 60_000 });
   * const counts = await consumer.run(
   *   async (entry) => {
   *     await client.incr(`sold:${entry.fields.item}`);
   *     consumer.stop();
   *   },
   *   { onFailure: (error, entry) => console.error(entry.id, error) },
   * );
   * await client.get('sold:tea'); // => '1'
   * ```
   */
  run(handler: EntryHandler<T>, options: RunOptions<T> = {}): Promise<ConsumerStats> {
    const { onFailure } = options;
    if (typeof handler !== 'function' || (onFailure !== undefined && typeof onFailure !== 'function')) {
      throw new DataError('run takes a function, and as onFailure another one', { code: 'INVALID_ARGUMENT' });
    }
    return this.#run(this.#begin(), async (entry) => {
      try {
        await handler(entry);
        return true;
      } catch (error) {
        onFailure?.(error, entry);
        return false;
      }
    });
  }

  /** Stops it: the loop ends when it asks for the next entry, and `run` resolves when its handlers have finished. */
  stop(): void {
    this.#work?.stop();
  }

  /** Counts of this run, or of the last one. */
  stats(): ConsumerStats {
    return this.#work?.stats() ?? NOTHING;
  }

  /** @throws DataError when it runs already */
  [Symbol.asyncIterator](): AsyncIterator<ConsumedEntry<T>, void, undefined> {
    const work = this.#begin();
    const entries = this.#entries(work);
    return {
      next: () => entries.next(),
      return: async () => {
        // A read that waits would hold up the generator's own end, and one that has not begun has none.
        work.stop();
        await entries.return();
        await work.end();
        return { value: undefined, done: true };
      },
    };
  }

  #begin(): StreamWork<T> {
    if (this.#work?.stopped === false) throw new DataError('this consumer runs already', { code: 'IN_USE' });
    this.#work = new StreamWork<T>(this.#plan);
    return this.#work;
  }

  async *#entries(work: StreamWork<T>): AsyncGenerator<Delivery<T>, void, undefined> {
    const { count = DEFAULT_COUNT, concurrency = Infinity, autoAck = false } = this.#plan.options;
    const room = Math.min(count, concurrency);
    try {
      for (let entry = await work.next(room); entry !== undefined; entry = await work.next(room)) {
        yield entry;
        if (autoAck) work.acknowledge(entry);
        else entry.leave();
      }
    } finally {
      await work.end();
    }
    work.throwFailure();
  }

  async #run(work: StreamWork<T>, handle: (entry: Delivery<T>) => Promise<boolean>): Promise<ConsumerStats> {
    const { count, concurrency = 1, autoAck = true } = this.#plan.options;
    const room = (): number => count ?? concurrency - work.running;
    try {
      for (let entry = await work.next(room()); entry !== undefined; entry = await work.next(room())) {
        work.start(entry, handle, autoAck);
        await work.slot(concurrency);
      }
    } finally {
      await work.end();
    }
    work.throwFailure();
    return work.stats();
  }
}
