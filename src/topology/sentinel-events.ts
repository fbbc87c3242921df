import type { Pool } from '../connection/pool.ts';
import { Subscriptions } from '../connection/subscriptions.ts';
import type { FastBuffer } from '../protocol/bytes.ts';
import type { SubscriptionsListener } from '../connection/subscriptions-listener.ts';
import { Topic } from '../connection/topic.ts';
import { MessageKind } from '../protocol/message-reader.ts';
import { timerDelay } from '../util/timer.ts';
import type { SentinelListener, SentinelSettings } from './sentinel-peer.ts';

/**
 * What makes another look worth while: another primary, decided (`+promoted-slave`) and done (`+switch-master`); servers that come and
 * go; another Sentinel.
 */
const EVENTS = [
  '+switch-master',
  '+promoted-slave',
  '+failover-state-reconf-slaves',
  '+sdown',
  '-sdown',
  '+slave',
  '+reboot',
  '+sentinel',
] as const;
/** How often a connection that is silent is asked for a sign of life, in milliseconds. */
const INTERVAL = 5000;
/** The longest wait before a Sentinel that cannot be heard is tried again, in milliseconds. */
const LONGEST_PAUSE = 5000;

/** Hears what one Sentinel publishes, and goes on trying to while it cannot. */
export class SentinelEvents implements SubscriptionsListener<Topic> {
  readonly #pool: Pool;
  readonly #settings: SentinelSettings;
  readonly #listener: SentinelListener;
  #subscriptions: Subscriptions<Topic> | undefined;
  #again: NodeJS.Timeout | undefined;
  #failures = 0;
  /** For good: nothing is begun after it. */
  #stopped = false;

  constructor(pool: Pool, settings: SentinelSettings, listener: SentinelListener) {
    this.#pool = pool;
    this.#settings = settings;
    this.#listener = listener;
  }

  start(): void {
    if (this.#stopped || this.#subscriptions !== undefined) return;
    const { retry, timeout } = this.#settings;
    const subscriptions = new Subscriptions<Topic>(this.#pool, this, 'utf8', {
      retry,
      interval: INTERVAL,
      patience: timeout,
      untold: true,
    });
    this.#subscriptions = subscriptions;
    void this.#subscribe(subscriptions);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#again);
    const subscriptions = this.#subscriptions;
    this.#subscriptions = undefined;
    subscriptions?.close();
  }

  async #subscribe(subscriptions: Subscriptions<Topic>): Promise<void> {
    const topics = EVENTS.map((name) => new Topic(MessageKind.channel, Buffer.from(name) as FastBuffer));
    const failure = await subscriptions.subscribe(topics, this.#settings.timeout);
    if (this.#subscriptions !== subscriptions) return;
    if (failure === undefined) {
      this.#failures = 0;
      this.#listener.missed();
    } else this.#later();
  }

  /** Nothing is lost by waiting: the others are heard, and all are asked from time to time. */
  #later(): void {
    // The end of the subscriptions fails the call that waits for them too: one timer for both.
    if (this.#stopped || this.#again !== undefined) return;
    const delay = Math.min(LONGEST_PAUSE, 100 * 2 ** Math.min(this.#failures++, 10));
    this.#again = setTimeout(() => {
      this.#again = undefined;
      this.#subscriptions?.close();
      this.#subscriptions = undefined;
      this.start();
    }, timerDelay(delay));
  }

  // What the subscriptions tell

  message(topic: Topic, _: unknown, data: string | Buffer): void {
    this.#listener.published(topic.key, String(data));
  }

  missed(): void {
    this.#listener.missed();
  }

  subscribed(): void {}

  unsubscribed(): void {}

  /** The Sentinel's user may not hear this any more. The others tell. */
  refused(): void {}

  unreadable(): void {}

  ended(): void {
    if (this.#subscriptions !== undefined) this.#later();
  }
}
