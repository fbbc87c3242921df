import { after, clock } from '../util/clock.ts';
import type { Topic } from './topic.ts';

/** Makes the error that a call ends with, in the stack of whoever is told. */
export type Failure = () => Error;

/** A call that waits until the server has confirmed its topics; without any, until there is a connection. */
export class TopicWaiter {
  /** The command, for messages. */
  readonly name: string;
  readonly topics: readonly Topic[];
  readonly deadline: number;
  readonly startedAt: number = performance.now();
  /** Resolves with what makes the error, if there is one. */
  readonly outcome: Promise<Failure | undefined>;
  readonly #settled: (waiter: TopicWaiter, failure: Failure | undefined) => void;
  #resolve!: (failure: Failure | undefined) => void;
  #open: number;

  /** `settled` is called once, before anybody hears of the outcome. */
  constructor(
    name: string,
    topics: readonly Topic[],
    timeout: number,
    settled: (waiter: TopicWaiter, failure: Failure | undefined) => void,
  ) {
    this.name = name;
    this.topics = topics;
    this.deadline = after(clock(), timeout);
    this.#settled = settled;
    this.outcome = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    const unconfirmed = topics.filter((topic) => !topic.confirmed);
    for (const topic of unconfirmed) topic.waiters = [...topic.waiters, this];
    this.#open = Math.max(1, unconfirmed.length);
  }

  /** One of its topics needs to be waited for no more. */
  confirmed(): void {
    if (--this.#open === 0) this.settle(undefined);
  }

  settle(failure: Failure | undefined): void {
    this.#open = 0;
    for (const topic of this.topics) topic.waiters = topic.waiters.filter((waiter) => waiter !== this);
    this.#settled(this, failure);
    this.#resolve(failure);
  }
}
