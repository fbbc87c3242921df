import type { Key } from '../commands/surface.ts';
import type { Delivery } from './stream-delivery.ts';
import type { ConsumerPlan } from './stream-plan.ts';

/** An entry on its way to the dead letters. */
interface Doomed<T> {
  readonly delivery: Delivery<T>;
  /** It is there, and only to be acknowledged. */
  written: boolean;
}

/** Moves entries that were delivered too often to a stream of their own. */
export class DeadLetters<T> {
  /** How many were written. */
  count = 0;
  readonly #plan: ConsumerPlan;
  readonly #doomed: Doomed<T>[] = [];

  constructor(plan: ConsumerPlan) {
    this.#plan = plan;
  }

  add(delivery: Delivery<T>): void {
    this.#doomed.push({ delivery, written: false });
  }

  /**
   * Writes what was added, byte by byte, and acknowledges it. What a failure leaves undone, the next call does; when the reply was lost, the
   * letter may be there twice.
   */
  async write(): Promise<void> {
    for (let doomed = this.#doomed[0]; doomed !== undefined; doomed = this.#doomed[0]) {
      if (!doomed.written) await this.#copy(doomed.delivery);
      doomed.written = true;
      await doomed.delivery.ack();
      this.#doomed.shift();
    }
  }

  async #copy({ place, id, deliveries }: Delivery<T>): Promise<void> {
    const { group, options } = this.#plan;
    const commands = this.#plan.commands({}, 'buffer');
    const [entry] = await commands.xrange(place.key, id, id);
    // Deleted in the meantime.
    if (entry === undefined) return;
    const origin: [string, Key | number][] = [
      ['originStream', place.key],
      ['originId', id],
      ['originGroup', group],
      ['originDeliveries', deliveries - 1],
    ];
    await commands.xadd(options.deadLetter!, '*', [...(entry.fields as [Buffer, Buffer][]), ...origin]);
    this.count++;
  }
}
