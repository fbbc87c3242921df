import { command, type Spec } from '../commands/spec.ts';
import { gapChannel } from '../diagnostics.ts';
import { ConnectionError, MovedError, PubSubError, ResponseError } from '../errors.ts';
import { MessageKind, MessageReader, type MessageSink } from '../protocol/message-reader.ts';
import type { Encoding } from '../protocol/reply-mode.ts';
import { delayOf, type Backoff } from '../util/backoff.ts';
import { clock, earlier, NEVER, reached } from '../util/clock.ts';
import { Deadline } from '../util/deadline.ts';
import { timerDelay } from '../util/timer.ts';
import {
  DedicatedLink,
  type DedicatedLinkOptions,
  type DedicatedLinkOwner,
  type DedicatedLinkState,
} from './dedicated-link.ts';
import { isPermanent } from './failure.ts';
import { MissedTopics } from './missed-topics.ts';
import type { Pool } from './pool.ts';
import { isNotNow } from './repetition.ts';
import type { Request } from './request.ts';
import { lateFailure, remade } from './subscription-failure.ts';
import { chunksOf, CONFIRMATIONS, KINDS, MESSAGES, SUBSCRIBE, UNSUBSCRIBE } from './subscription-words.ts';
import type { SubscriptionsListener } from './subscriptions-listener.ts';
import { TopicWaiter, type Failure } from './topic-waiter.ts';
import type { Topic } from './topic.ts';

/** A command that is confirmed topic by topic. */
interface Asking<T> {
  readonly spec: Spec;
  readonly topics: readonly T[];
  /** How many have been confirmed. */
  confirmed: number;
  /** Nobody is told that a topic has been unsubscribed, since they have been told otherwise. */
  isSilent: boolean;
}

const PING: Spec = command('PING');

/** Knows other servers that topics may be at. */
export interface TopicOverseer<T> {
  /** The slot of a shard channel: one command names those of one only. */
  slotOf(topic: T): number;
  /** The server has refused topics that are another's, and leaves them to the overseer: to be asked for again, or released. */
  moved(topics: readonly T[], message: string): void;
}

const DONE: Promise<undefined> = Promise.resolve(undefined);

/**
 * What is subscribed to, on one connection after the other.
 *
 * It holds what is wanted, and sees to it that the server does too. What is lost with the connection is asked for again on the next
 * one, what the server ends by itself is asked for again at once; and when it is there again, it is told that messages may be missing.
 *
 * ```
 *   subscribe()            confirmed              connection lost, or ended by the server
 *   ----------> wanted ---------------> confirmed -----------------------------------> missed
 *                 |                         ^                                            |
 *                 | refused, late           '------- confirmed again: missed() is told --'
 *                 v
 *           not wanted <-- unsubscribe(), in any state; refused once more
 * ```
 */
export class Subscriptions<T extends Topic> implements DedicatedLinkOwner, MessageSink<T> {
  readonly reader: MessageReader<T>;
  readonly #pool: Pool;
  readonly #listener: SubscriptionsListener<T>;
  readonly #link: DedicatedLink;
  readonly #backoff: Backoff;
  /** What is wanted, by kind and name. */
  readonly #topics: readonly Map<string, T>[] = KINDS.map(() => new Map<string, T>());
  readonly #askings: WeakMap<Request, Asking<T>> = new WeakMap();
  readonly #waiters: Set<TopicWaiter> = new Set();
  readonly #deadline: Deadline = new Deadline((now, late) => this.#sweep(now, late));
  readonly #missed: MissedTopics<T> = new MissedTopics();
  readonly #overseer: TopicOverseer<T> | undefined;
  #pings = 0;
  /** What those are told who want something when it has ended. */
  #failure: Failure = () =>
    new ConnectionError('the pubsub is closed', { code: 'CLOSED', endpoint: this.#link.endpoint });
  #lastCause: Error | undefined;
  #notNow = 0;
  #retry: NodeJS.Timeout | undefined;

  constructor(
    pool: Pool,
    listener: SubscriptionsListener<T>,
    encoding: Encoding,
    options: DedicatedLinkOptions,
    overseer?: TopicOverseer<T>,
  ) {
    this.#overseer = overseer;
    this.#pool = pool;
    this.#listener = listener;
    this.#backoff = options.retry.backoff;
    this.reader = new MessageReader<T>(this, encoding);
    this.#link = new DedicatedLink(pool, this, options);
  }

  get state(): DedicatedLinkState {
    return this.#link.state;
  }

  get needed(): boolean {
    return this.#waiters.size + this.#pings > 0 || this.#topics.some(({ size }) => size > 0);
  }

  /** What is wanted of a kind. */
  wanted(kind: MessageKind): ReadonlyMap<string, T> {
    return this.#topics[kind]!;
  }

  find(kind: MessageKind, name: string): T | undefined {
    return this.#topics[kind]!.get(name);
  }

  /**
   * Wants the topics, which are of one kind. Resolves when the server has confirmed them all, or with what makes the error: then this
   * call has changed nothing. Never rejects.
   */
  subscribe(topics: readonly T[], timeout: number): Promise<Failure | undefined> {
    if (this.state === 'closed') return Promise.resolve(this.#failure);
    const fresh = topics.filter((topic) => !topic.wanted);
    for (const topic of topics) topic.claims++;
    for (const topic of fresh) {
      topic.wanted = true;
      this.#topics[topic.kind]!.set(topic.key, topic);
    }
    if (topics.every((topic) => topic.confirmed)) return DONE;
    const waiter = this.#wait(SUBSCRIBE[topics[0]!.kind]!, topics, timeout);
    if (this.#link.connection === undefined) this.#link.start();
    else this.#ask(fresh);
    return waiter.outcome;
  }

  /**
   * Wants the topics, which are of one kind, no longer: nothing of them is delivered from now on. Resolves when the server has confirmed
   * it, has nobody to send to any more, or has not answered in time; with what makes the error when the server refuses. Never rejects.
   */
  async unsubscribe(topics: readonly T[], timeout: number): Promise<Failure | undefined> {
    for (const topic of topics) {
      this.#forget(topic);
      topic.awaken();
    }
    if (this.#link.connection === undefined) {
      this.#tellUnsubscribed(topics);
      return undefined;
    }
    const failures = await Promise.all(this.#chunks(topics).map((chunk) => this.#askToEnd(chunk, timeout)));
    return failures.find((failure) => failure !== undefined);
  }

  /**
   * Gives topics away that are another server's: whoever waits for them goes on waiting. Gives the moment from which on messages may be
   * missing.
   */
  release(topics: readonly T[]): number {
    const since = this.#missed.isEmpty ? Date.now() : this.#missed.since;
    const confirmed = topics.filter((topic) => topic.confirmed);
    for (const topic of topics) {
      this.#topics[topic.kind]!.delete(topic.key);
      topic.confirmed = false;
      this.#missed.forget(topic);
    }
    if (this.#missed.complete) this.#tellMissed();
    if (this.#link.connection === undefined) return since;
    for (const chunk of this.#chunks(confirmed)) {
      const asking: Asking<T> = { spec: UNSUBSCRIBE[chunk[0]!.kind]!, topics: chunk, confirmed: 0, isSilent: true };
      // What it would still send is for nobody.
      this.#send(asking).catch(() => undefined);
    }
    return since;
  }

  /** Takes over what another had, of which messages may be missing since then. */
  adopt(topics: readonly T[], since: number): void {
    for (const topic of topics) this.#topics[topic.kind]!.set(topic.key, topic);
    const established = topics.filter((topic) => topic.established);
    if (established.length > 0) this.#missed.lose(established, since);
    if (this.#link.connection === undefined) this.#link.start();
    else this.#ask(topics);
  }

  /** Asks once more for what is not confirmed. */
  askAgain(): void {
    this.#askForMissing();
  }

  /** The server's answer to PING, or what makes the error. Never rejects. */
  async ping(message: Uint8Array | undefined, timeout: number): Promise<{ reply: unknown } | { failure: Failure }> {
    if (this.state === 'closed') return { failure: this.#failure };
    this.#pings++;
    try {
      if (this.#link.connection === undefined) {
        const waiter = this.#wait(PING, [], timeout);
        this.#link.start();
        const failure = await waiter.outcome;
        if (failure !== undefined) return { failure };
      }
      return { reply: await this.#link.ping(message === undefined ? [] : [message], timeout) };
    } catch (error) {
      return { failure: (this.state as DedicatedLinkState) === 'closed' ? this.#failure : remade(error) };
    } finally {
      this.#pings--;
    }
  }

  /** Ends it, for good: what is waited for fails, with this error if one is given, and nothing is delivered any more. */
  close(makeError: Failure = this.#failure): void {
    if (this.state === 'closed') return;
    this.#failure = makeError;
    this.#link.close();
    clearTimeout(this.#retry);
    this.#missed.clear();
    for (const topics of this.#topics) {
      for (const topic of topics.values()) topic.wanted = false;
      topics.clear();
    }
    this.#settleAll(makeError);
    this.#deadline.stop();
  }

  // What the connection tells

  message(topic: T, channel: string | Buffer | undefined, data: string | Buffer, size: number): void {
    if (this.#missed.due) this.#tellMissed();
    this.#listener.message(topic, channel, data, size);
  }

  pushed(items: unknown[]): void {
    const [word, name] = items;
    if (!Buffer.isBuffer(word) || !Buffer.isBuffer(name)) return;
    const type = word.toString('latin1');
    const key = name.toString('latin1');
    const confirmation = CONFIRMATIONS.get(type);
    const kind = MESSAGES.get(type);
    if (confirmation !== undefined) this.#heard(confirmation.spec, confirmation.kind, key, Number(items[2]));
    else if (kind !== undefined) {
      const topic = this.find(kind, key);
      if (topic !== undefined) this.#read(topic, items.slice(2) as Buffer[]);
    }
  }

  opened(): void {
    this.#lastCause = undefined;
    this.#notNow = 0;
    this.#askForMissing();
    for (const waiter of [...this.#waiters]) if (waiter.topics.length === 0) waiter.confirmed();
  }

  lost(lastRead: number): void {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    const confirmed = this.#topics.flatMap((topics) => [...topics.values()].filter((topic) => topic.confirmed));
    for (const topic of confirmed) topic.confirmed = false;
    this.#missed.lose(confirmed, Date.now() - ((clock() - lastRead) | 0));
  }

  failed(error: Error, final: boolean): void {
    this.#lastCause = error;
    if (final || isPermanent(error)) this.#settleAll(remade(error));
    // Only a pool that was closed leaves anything to want.
    if (final && this.#topics.some(({ size }) => size > 0)) this.#listener.ended(remade(error));
  }

  /** A message that came in several reads, as its data, or a channel and its data. */
  #read(topic: T, parts: readonly Buffer[]): void {
    const data = parts.at(-1)!;
    let read: (string | Buffer)[];
    try {
      read = parts.map((part) => this.reader.decode(part));
    } catch (cause) {
      // V8 has no string of 512 MiB.
      const message = `a message holds ${data.length} bytes, more than a string can: use encoding: 'buffer'`;
      this.#listener.unreadable(
        new PubSubError(message, { code: 'UNFIT_REPLY', endpoint: this.#link.endpoint, cause }),
      );
      return;
    }
    this.message(topic, read.length > 1 ? read[0] : undefined, read.at(-1)!, data.length);
  }

  /** The server confirms what it was asked for, which it does in order, or tells what it has ended by itself. */
  #heard(spec: Spec, kind: MessageKind, name: string, count: number): void {
    const connection = this.#link.connection!;
    const asking = connection.next === undefined ? undefined : this.#askings.get(connection.next);
    const topic = asking?.topics[asking.confirmed];
    if (asking !== undefined && topic !== undefined && asking.spec === spec && topic.key === name) {
      asking.confirmed++;
      if (asking.confirmed === asking.topics.length) connection.answer(undefined);
      if (spec === SUBSCRIBE[kind]) this.#begun(topic, count);
      else if (!asking.isSilent && topic.established) this.#listener.unsubscribed(topic, count);
      return;
    }
    const ended = this.find(kind, name);
    if (spec !== UNSUBSCRIBE[kind] || ended?.confirmed !== true) return;
    ended.confirmed = false;
    this.#missed.lose([ended], Date.now());
    this.#ask([ended]);
  }

  #begun(topic: T, count: number): void {
    // What has been given up meanwhile is on its way to be unsubscribed.
    if (!topic.wanted || topic.confirmed) return;
    const isFirst = !topic.established;
    topic.confirmed = true;
    topic.established = true;
    topic.awaken();
    this.#missed.return(topic);
    if (this.#missed.complete) this.#tellMissed();
    if (isFirst) this.#listener.subscribed(topic, count);
  }

  // Asking the server

  #chunks(topics: readonly T[]): T[][] {
    const overseer = this.#overseer;
    if (overseer === undefined || topics[0]?.kind !== MessageKind.shard) return chunksOf(topics);
    return chunksOf(topics, (topic) => overseer.slotOf(topic));
  }

  #ask(topics: readonly T[]): void {
    const { connection } = this.#link;
    for (const kind of KINDS) {
      for (const chunk of this.#chunks(topics.filter((topic) => topic.kind === kind))) {
        const asking: Asking<T> = { spec: SUBSCRIBE[kind]!, topics: chunk, confirmed: 0, isSilent: true };
        this.#send(asking).catch((error: unknown) => {
          // A connection that is lost, or gives no answer, is replaced, and all is asked for anew.
          if (error instanceof ResponseError && connection === this.#link.connection) this.#refused(chunk, error);
        });
      }
    }
  }

  #askForMissing(): void {
    if (this.#link.connection === undefined) return;
    this.#ask(this.#topics.flatMap((topics) => [...topics.values()].filter((topic) => !topic.confirmed)));
  }

  /** Several at once are refused because of one of them: it is found by asking for each. */
  #refused(topics: readonly T[], error: ResponseError): void {
    const open = topics.filter((topic) => topic.wanted && !topic.confirmed);
    if (isNotNow(error.command, error.message)) this.#askLater();
    else if (this.#overseer !== undefined && error instanceof MovedError) this.#overseer.moved(open, error.message);
    else if (open.length > 1) for (const topic of open) this.#ask([topic]);
    else for (const topic of open) this.#giveUp(topic, error);
  }

  #askLater(): void {
    this.#retry ??= setTimeout(
      () => {
        this.#retry = undefined;
        this.#askForMissing();
      },
      timerDelay(delayOf(this.#backoff, ++this.#notNow)),
    );
  }

  #giveUp(topic: T, error: ResponseError): void {
    const { waiters, established } = topic;
    const failure = remade(error);
    this.#forget(topic);
    for (const waiter of waiters) waiter.settle(failure);
    if (!established) return;
    this.#listener.refused(failure());
    this.#tellUnsubscribed([topic]);
  }

  async #askToEnd(topics: readonly T[], timeout: number | undefined): Promise<Failure | undefined> {
    const asking: Asking<T> = { spec: UNSUBSCRIBE[topics[0]!.kind]!, topics, confirmed: 0, isSilent: false };
    try {
      await this.#send(asking, timeout);
      return undefined;
    } catch (error) {
      asking.isSilent = true;
      this.#tellUnsubscribed(topics.slice(asking.confirmed));
      return error instanceof ResponseError ? remade(error) : undefined;
    }
  }

  #send(asking: Asking<T>, timeout?: number): Promise<unknown> {
    const names = asking.topics.map(({ bytes }) => bytes);
    const { request, reply } = this.#link.request(asking.spec, names, timeout);
    this.#askings.set(request, asking);
    this.#link.send(request);
    return reply;
  }

  #forget(topic: T): void {
    const topics = this.#topics[topic.kind]!;
    if (topics.get(topic.key) === topic) topics.delete(topic.key);
    topic.wanted = false;
    topic.confirmed = false;
    this.#missed.forget(topic);
    if (this.#missed.complete) this.#tellMissed();
  }

  // Telling

  #tellMissed(): void {
    const { since } = this.#missed;
    const topics = this.#missed.take();
    if (gapChannel.hasSubscribers) gapChannel.publish({ endpoint: this.#link.endpoint, topics: topics.length });
    this.#listener.missed(since, Date.now(), topics);
  }

  /** What nobody confirms, since nobody is there or answers. */
  #tellUnsubscribed(topics: readonly T[]): void {
    const [channels, patterns, shards] = this.#topics;
    for (const topic of topics) {
      // Nobody has heard that it was subscribed to.
      if (!topic.established) continue;
      const count = topic.kind === MessageKind.shard ? shards!.size : channels!.size + patterns!.size;
      this.#listener.unsubscribed(topic, count);
    }
  }

  // Those who wait

  #wait(spec: Spec, topics: readonly T[], timeout: number): TopicWaiter {
    const waiter = new TopicWaiter(spec.name, topics, timeout, this.#settled);
    this.#waiters.add(waiter);
    this.#deadline.watch(waiter.deadline);
    return waiter;
  }

  /** A call that fails takes back what it asked for, and nobody else. */
  readonly #settled = (waiter: TopicWaiter, failure: Failure | undefined): void => {
    this.#waiters.delete(waiter);
    if (failure === undefined) return;
    const unclaimed = (waiter.topics as readonly T[]).filter((topic) => --topic.claims === 0 && topic.wanted);
    for (const topic of unclaimed) this.#forget(topic);
    if (this.#link.connection === undefined) return;
    for (const chunk of this.#chunks(unclaimed)) void this.#askToEnd(chunk, undefined);
  };

  #settleAll(failure: Failure): void {
    for (const waiter of [...this.#waiters]) waiter.settle(failure);
  }

  #sweep(now: number, late: number): number {
    let next = NEVER;
    for (const waiter of [...this.#waiters]) {
      if (reached(waiter.deadline, now)) waiter.settle(this.#lateFailure(waiter, late));
      else next = earlier(next, waiter.deadline);
    }
    return next;
  }

  #lateFailure(waiter: TopicWaiter, late: number): Failure {
    return lateFailure(waiter, this.#link, this.#pool, late, this.#lastCause);
  }
}
