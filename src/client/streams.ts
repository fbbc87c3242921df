import type { Many } from '../commands/argument.ts';
import type { Key } from '../commands/surface.ts';
import type { RequestOptions } from '../connection/request.ts';
import type { Encoding, TextOf } from '../protocol/reply-mode.ts';
import type { Router } from '../topology/router.ts';
import { StreamConsumer } from './stream-consumer.ts';
import { planOf, type ConsumeOptions } from './stream-plan.ts';

/** What a client does with streams beside the plain commands: `client.streams`. */
export class Streams<in out E extends Encoding = 'utf8'> {
  readonly #router: Router;
  readonly #options: RequestOptions;

  /** Use `client.streams`. @internal */
  constructor(router: Router, options: RequestOptions) {
    this.#router = router;
    this.#options = options;
  }

  /**
   * The entries that a consumer group has for one of its consumers: iterate over them, or handle them with `run`.
   *
   * Nothing is sent before the first entry is asked for. Names of consumers must be different from each other: two that run under one name
   * take each other's entries for their own.
   *
   * @throws DataError for an unknown option or an unusable value, naming it
   * @example
   * ```ts
   * await client.xadd('orders', '1-1', { item: 'tea' });
   * for await (const entry of client.streams.consume('orders', 'billing', 'ada', { claimIdle: 60_000 })) {
   *   await client.incr(`sold:${entry.fields.item}`);
   *   await entry.ack();
   *   break;
   * }
   * await client.get('sold:tea'); // => '1'
   * await client.xpending('orders', 'billing'); // => { pending: 0, min: null, max: null, consumers: [] }
   * ```
   */
  consume(streams: Many<Key>, group: Key, consumer: Key, options: ConsumeOptions = {}): StreamConsumer<TextOf[E]> {
    return new StreamConsumer<TextOf[E]>(planOf(this.#router, this.#options, streams, group, consumer, options));
  }
}
