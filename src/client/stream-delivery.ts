import type { DeliveredEntry } from '../commands/stream.ts';
import type { FieldsOf, Key } from '../commands/surface.ts';
import type { PlainCommands } from './plain-commands.ts';

/** An entry that a consumer was given. */
export interface ConsumedEntry<T> {
  /** The stream it is from. */
  readonly stream: T;
  readonly id: string;
  /** An object, or pairs of Buffers with `encoding: 'buffer'`. */
  readonly fields: FieldsOf<T>;
  /** How often it was delivered, this time included, as the server counts. */
  readonly deliveries: number;
  /**
   * Acknowledges it: it is no longer pending for the group. What is acknowledged in one tick travels as one XACK, which is sent again after
   * a lost connection.
   *
   * Resolves when the server has done so. When it rejects, the entry is still pending, or may be; another call tries again. It need not
   * be awaited: a failure that nobody waits for is no unhandled rejection, and the entry comes again.
   */
  ack(): Promise<void>;
}

/** A stream, and how far a consumer is in it. */
export interface StreamPlace {
  readonly key: Key;
  /** As entries tell it. */
  readonly name: string | Buffer;
  /** The id of the last entry that was given to us. */
  last: string;
  /** Behind this id, entries may be pending for us that we do not know of; `undefined` when there are none. */
  own: string | undefined;
  /** From where to look for such entries once more. */
  again: string | undefined;
  /** Where to go on taking over; `undefined` when this round is over. */
  claim: string | undefined;
  /** Ids of the entries in our hands: neither acknowledged nor left. */
  readonly held: Set<string>;
}

/** An entry in our hands. */
export class Delivery<T> implements ConsumedEntry<T> {
  readonly stream: T;
  readonly id: string;
  readonly fields: FieldsOf<T>;
  readonly deliveries: number;
  readonly #place: StreamPlace;
  readonly #acks: StreamAcks;
  #since: number = performance.now();
  #acking: Promise<void> | undefined;

  constructor(place: StreamPlace, entry: DeliveredEntry<T>, deliveries: number, stream: T, acks: StreamAcks) {
    this.#place = place;
    this.#acks = acks;
    this.stream = stream;
    this.id = entry.id;
    this.fields = entry.fields as FieldsOf<T>;
    this.deliveries = deliveries;
    place.held.add(entry.id);
  }

  get place(): StreamPlace {
    return this.#place;
  }

  /** Milliseconds since we have it; the server counts no fewer. */
  get age(): number {
    return performance.now() - this.#since;
  }

  /** Counts its age from now. */
  renew(): this {
    this.#since = performance.now();
    return this;
  }

  ack(): Promise<void> {
    if (this.#acking !== undefined) return this.#acking;
    const acking = this.#acks.add(this.#place, this.id);
    this.#acking = acking;
    acking.catch(() => {
      this.#acking = undefined;
    });
    return acking;
  }

  /** Lets go of it: unless it is acknowledged, it is pending and may come again. */
  leave(): void {
    const drop = (): void => void this.#place.held.delete(this.id);
    if (this.#acking === undefined) drop();
    else this.#acking.then(drop, drop);
  }
}

/** The most ids in one XACK: the server does nothing else meanwhile. */
const MOST_IDS = 1000;

interface Batch {
  readonly ids: string[];
  readonly sent: Promise<void>;
}

/** Acknowledges entries, those of a tick together. */
export class StreamAcks {
  /** How many entries were pending and are no longer. */
  acknowledged = 0;
  readonly #commands: PlainCommands;
  readonly #group: Key;
  readonly #batches: Map<StreamPlace, Batch> = new Map<StreamPlace, Batch>();
  readonly #sending: Set<Promise<void>> = new Set<Promise<void>>();

  /** `commands` may repeat XACK, which does no harm. */
  constructor(commands: PlainCommands, group: Key) {
    this.#commands = commands;
    this.#group = group;
  }

  /** Resolves when the server has acknowledged this entry. */
  add(place: StreamPlace, id: string): Promise<void> {
    let batch = this.#batches.get(place);
    if (batch === undefined) {
      const ids: string[] = [];
      // At the end of this turn of the event loop: `process.nextTick` would come after every timer and every reply.
      const sent = new Promise<void>((resolve) => void setImmediate(resolve)).then(() => this.#send(place, ids));
      batch = { ids, sent };
      this.#batches.set(place, batch);
      this.#sending.add(sent);
      const forget = (): void => void this.#sending.delete(sent);
      sent.then(forget, forget);
    }
    batch.ids.push(id);
    return batch.sent;
  }

  /** Resolves when none is on its way, whatever became of them. */
  async idle(): Promise<void> {
    while (this.#sending.size > 0) await Promise.allSettled(this.#sending);
  }

  async #send(place: StreamPlace, ids: readonly string[]): Promise<void> {
    this.#batches.delete(place);
    for (let i = 0; i < ids.length; i += MOST_IDS) {
      const some = ids.slice(i, i + MOST_IDS);
      const acknowledged = await this.#commands.xack(place.key, this.#group, some);
      this.acknowledged += acknowledged;
      for (const id of some) place.held.delete(id);
    }
  }
}
