import { timerDelay } from '../util/timer.ts';
import { StreamAcks, type Delivery } from './stream-delivery.ts';
import type { ConsumerPlan } from './stream-plan.ts';
import { StreamReader } from './stream-reader.ts';
import { BACKOFF, isTrouble, pause } from './stream-trouble.ts';

const DEFAULT_STOP_TIMEOUT = 5000;
/** Acknowledgements on their way above which no more entries are given. */
const MOST_ACKS = 1000;

/** What a consumer has done, in entries. */
export interface ConsumerStats {
  /** Given to the loop or the handler. */
  readonly delivered: number;
  /** Handled: the handler of `run` succeeded. */
  readonly succeeded: number;
  /** Left pending: the handler of `run` failed. */
  readonly failed: number;
  /** In the hands of a handler. When `run` is over: still, after `stopTimeout`. */
  readonly running: number;
  /** Acknowledged, however that came about. */
  readonly acknowledged: number;
  /** Taken over from those who left them. */
  readonly claimed: number;
  /** Gone to the dead letters. */
  readonly deadLettered: number;
  /** Found deleted, and acknowledged without being given. */
  readonly deleted: number;
}

type Handle<T> = (delivery: Delivery<T>) => Promise<boolean>;

/**
 * One run of a consumer, from its start to its stop.
 *
 * ```
 *   reader --> buffer --> in hand --> acknowledged
 *                 |           '-----> left pending: not acknowledged, or its handler failed
 *                 '-----------------> given back: the consumer was stopped
 * ```
 */
export class StreamWork<T> {
  readonly #plan: ConsumerPlan;
  readonly #stopping: AbortController = new AbortController();
  readonly #acks: StreamAcks;
  readonly #reader: StreamReader<T>;
  readonly #tasks: Set<Promise<void>> = new Set<Promise<void>>();
  #buffer: Delivery<T>[] = [];
  #running = 0;
  #delivered = 0;
  #succeeded = 0;
  #failed = 0;
  #changed: (() => void) | undefined;
  #failure: { readonly error: unknown } | undefined;
  #ending: Promise<void> | undefined;
  /** The time to end is over: nothing is tried again. */
  #over = false;

  constructor(plan: ConsumerPlan) {
    this.#plan = plan;
    // XACK may be repeated, as often as it takes within its deadline.
    this.#acks = new StreamAcks(plan.commands({ idempotent: true, retries: Infinity }), plan.group);
    this.#reader = new StreamReader<T>(plan, this.#acks, this.#stopping.signal);
    for (const signal of plan.signals) {
      if (signal.aborted) this.stop();
      else signal.addEventListener('abort', this.stop, { once: true });
    }
  }

  stats(): ConsumerStats {
    return {
      delivered: this.#delivered,
      succeeded: this.#succeeded,
      failed: this.#failed,
      running: this.#running,
      acknowledged: this.#acks.acknowledged,
      ...this.#reader.counts,
    };
  }

  get running(): number {
    return this.#running;
  }

  get stopped(): boolean {
    return this.#stopping.signal.aborted;
  }

  /** Reads nothing any more, and releases the read that waits. */
  readonly stop = (): void => {
    this.#stopping.abort();
    this.#changed?.();
  };

  /** The next entry, after reading about `room` when there is none; `undefined` when it is stopped. Rejects with what will not pass. */
  async next(room: number): Promise<Delivery<T> | undefined> {
    await this.#until(() => this.#tasks.size < MOST_ACKS + this.#running);
    while (!this.stopped) {
      const head = this.#buffer[0];
      if (head === undefined) this.#buffer = await this.#reader.read(room);
      else if (this.#reader.isStale(head)) this.#buffer = await this.#reader.renew(this.#buffer);
      if (this.stopped || this.#buffer.length === 0) continue;
      this.#delivered++;
      return this.#buffer.shift();
    }
    this.throwFailure();
    return undefined;
  }

  /** Throws what made it stop, if that was no wish. */
  throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** Acknowledges an entry, in the background, and however long its trouble lasts. */
  acknowledge(delivery: Delivery<T>): void {
    this.#track(this.#settle(delivery).finally(() => delivery.leave()));
  }

  /** Runs a handler in the background. `handle` tells whether it succeeded. */
  start(delivery: Delivery<T>, handle: Handle<T>, autoAck: boolean): void {
    this.#running++;
    this.#track(this.#handle(delivery, handle, autoAck));
  }

  /** Resolves when fewer than `limit` handlers run, or it is stopped. */
  slot(limit: number): Promise<void> {
    return this.#until(() => this.#running < limit);
  }

  /** Stops, gives back what nobody has seen, and waits for what runs, at most `stopTimeout`. Never rejects. */
  end(): Promise<void> {
    return (this.#ending ??= this.#end());
  }

  async #end(): Promise<void> {
    this.stop();
    for (const signal of this.#plan.signals) signal.removeEventListener('abort', this.stop);
    const unseen = this.#buffer;
    this.#buffer = [];
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, timerDelay(this.#plan.options.stopTimeout ?? DEFAULT_STOP_TIMEOUT));
    });
    await Promise.race([late, this.#finish(unseen)]);
    clearTimeout(timer);
    this.#over = true;
  }

  async #finish(unseen: readonly Delivery<T>[]): Promise<void> {
    await Promise.all([this.#reader.giveBack(unseen), ...this.#tasks]);
    await this.#acks.idle();
  }

  async #handle(delivery: Delivery<T>, handle: Handle<T>, autoAck: boolean): Promise<void> {
    try {
      const succeeded = await handle(delivery).finally(() => {
        this.#running--;
        this.#changed?.();
      });
      if (succeeded) this.#succeeded++;
      else this.#failed++;
      if (succeeded && autoAck) await this.#settle(delivery);
    } finally {
      delivery.leave();
    }
  }

  /** While an entry that was handled is not acknowledged it stays in our hands, so that it is not handled again. */
  async #settle(delivery: Delivery<T>): Promise<void> {
    for (let failures = 1; ; failures++) {
      try {
        await delivery.ack();
        return;
      } catch (error) {
        if (this.#over || !isTrouble(error)) throw error;
        await pause(BACKOFF.delay(failures));
      }
    }
  }

  #track(work: Promise<void>): void {
    const task = work.catch((error: unknown) => {
      this.#failure ??= { error };
      this.stop();
    });
    this.#tasks.add(task);
    void task.then(() => {
      this.#tasks.delete(task);
      this.#changed?.();
    });
  }

  /** Resolves when it holds, or it is stopped. */
  async #until(holds: () => boolean): Promise<void> {
    while (!holds() && !this.stopped) {
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
  }
}
