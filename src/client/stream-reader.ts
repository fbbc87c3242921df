import type { DeliveredEntry } from '../commands/stream.ts';
import type { Key } from '../commands/surface.ts';
import { ProtocolError, ResponseError } from '../errors.ts';
import type { PlainCommands } from './plain-commands.ts';
import { DeadLetters } from './stream-dead-letters.ts';
import { Delivery, type StreamAcks, type StreamPlace } from './stream-delivery.ts';
import { keyName, type ConsumerPlan } from './stream-plan.ts';
import { BACKOFF, isTrouble, pause } from './stream-trouble.ts';

const DEFAULT_BLOCK = 5000;
/** How long the server may keep up a read without a time limit whose connection is lost; milliseconds. */
const LONGEST_GHOST = 30_000;
/** What a read takes on its way, with a margin; milliseconds. */
const GHOST_MARGIN = 1000;
/** Between two rounds of taking over, in milliseconds. */
const SHORTEST_ROUND = 10;
const LONGEST_ROUND = 30_000;
/** How often in a row a group is made before its being gone is an error. */
const MOST_CREATIONS = 3;
/** How often one looks for entries without waiting for them, in milliseconds. */
const POLL = 50;
const FIRST = '0-0';

/** Entries that were pending, and how often each of them that is ours was delivered. */
interface Weighed<T> {
  readonly place: StreamPlace;
  readonly entries: readonly DeliveredEntry<T>[];
  readonly counts: ReadonlyMap<string, number>;
}

/**
 * Finds the entries that are a consumer's to handle.
 *
 * ```
 *    own:     pending for us already: at the start, and after a failed read, whose reply may have held entries
 *    claimed: pending for anybody, too long
 *    new:     never given to the group; waits for them
 * ```
 *
 * Nothing is lost. A place moves on only when what was found there is in our hands. After a failed read all that is behind the last entry
 * known is looked for among our own; and once more when the server, which may take a lost connection for a living one, can no longer be
 * serving that read.
 */
export class StreamReader<T> {
  #claimed = 0;
  #deleted = 0;
  readonly #plan: ConsumerPlan;
  readonly #acks: StreamAcks;
  readonly #signal: AbortSignal;
  readonly #commands: PlainCommands;
  readonly #places: ReadonlyMap<string, StreamPlace>;
  readonly #block: number;
  readonly #claimIdle: number;
  #claimAt: number;
  /** When to look once more for what a lost read was given. */
  #againAt = Infinity;
  #failures = 0;
  #creations = 0;
  /** Whether the server has answered a read. */
  #answered = false;
  readonly #dead: DeadLetters<T>;
  /** Entries in our hands that are not given out yet. */
  readonly #ready: Delivery<T>[] = [];

  constructor(plan: ConsumerPlan, acks: StreamAcks, signal: AbortSignal) {
    this.#plan = plan;
    this.#acks = acks;
    this.#signal = signal;
    this.#commands = plan.commands({ signal });
    this.#dead = new DeadLetters<T>(plan);
    this.#block = plan.options.block ?? DEFAULT_BLOCK;
    this.#claimIdle = plan.options.claimIdle ?? Infinity;
    this.#claimAt = plan.options.claimIdle === undefined ? Infinity : 0;
    this.#places = new Map(plan.keys.map((key) => [keyName(key, plan.encoding), placeOf(key, plan)]));
  }

  get counts(): { readonly claimed: number; readonly deadLettered: number; readonly deleted: number } {
    return { claimed: this.#claimed, deadLettered: this.#dead.count, deleted: this.#deleted };
  }

  /** The next entries, about `room` of them; none when the signal has fired. */
  async read(room: number): Promise<Delivery<T>[]> {
    while (!this.#signal.aborted) {
      try {
        const entries = await this.#look(Math.max(1, Math.floor(room / this.#places.size)));
        this.#failures = 0;
        this.#creations = 0;
        this.#answered = true;
        if (entries.length > 0) return entries;
      } catch (error) {
        if (!this.#signal.aborted) await this.#recover(error as Error);
      }
    }
    return this.#ready.splice(0);
  }

  /** Whether an entry has waited so long that another consumer may have taken it over, or soon will. */
  isStale(delivery: Delivery<T>): boolean {
    return delivery.age >= this.#claimIdle / 2;
  }

  /** Makes entries ours for another while, and gives those that still are. */
  async renew(deliveries: readonly Delivery<T>[]): Promise<Delivery<T>[]> {
    const renewed: Delivery<T>[] = [];
    for (const place of this.#places.values()) {
      const ours = deliveries.filter((each) => each.place === place);
      if (ours.length === 0) continue;
      try {
        const kept = new Set(await this.#reclaim(ours, {}));
        for (const each of ours) {
          if (kept.has(each.id)) renewed.push(each.renew());
          else each.leave();
        }
      } catch (error) {
        // They stay pending: whoever takes over next has them.
        for (const each of ours) each.leave();
        await this.#recover(error as Error);
      }
    }
    return renewed;
  }

  /**
   * Lets go of entries that nobody has seen: they stay pending, as if this delivery had not been.
   *
   * When that fails they are pending all the same, and were delivered once more as far as the server knows.
   */
  async giveBack(deliveries: readonly Delivery<T>[]): Promise<void> {
    const groups = new Map<string, Delivery<T>[]>();
    for (const each of deliveries) {
      each.leave();
      const name = `${each.deliveries} ${keyName(each.place.key, 'latin1')}`;
      const group = groups.get(name);
      if (group === undefined) groups.set(name, [each]);
      else group.push(each);
    }
    const calls = [...groups.values()].map((group) =>
      this.#reclaim(group, { retrycount: group[0]!.deliveries - 1, idle: Math.floor(group[0]!.age) }),
    );
    await Promise.allSettled(calls);
  }

  /** Claims what is ours already, but not what another consumer has taken over since: that was delivered later. */
  #reclaim(
    deliveries: readonly Delivery<T>[],
    options: { readonly retrycount?: number; readonly idle?: number },
  ): Promise<string[]> {
    const { group, consumer } = this.#plan;
    const { key } = deliveries[0]!.place;
    // The server counts in whole milliseconds.
    const age = deliveries.reduce((least, each) => Math.min(least, each.age - 2), Infinity);
    const ids = deliveries.map(({ id }) => id);
    const commands = this.#plan.commands();
    return commands.xclaim(key, group, consumer, Math.max(0, Math.floor(age)), ids, { ...options, justid: true });
  }

  async #look(count: number): Promise<Delivery<T>[]> {
    this.#lookAgain();
    do {
      await this.#dead.write();
      if (this.#ready.length > 0) return this.#ready.splice(0);
    } while ((await this.#own(count)) || (await this.#claim(count)));
    return await this.#fresh(count);
  }

  // What is pending for us

  /** Takes a page of each stream; false when there is nothing to look for. */
  async #own(count: number): Promise<boolean> {
    const behind = [...this.#places.values()].filter(({ own }) => own !== undefined);
    if (behind.length === 0) return false;
    const { group, consumer } = this.#plan;
    const streams = behind.map((place): [Key, string] => [place.key, place.own!]);
    const reply = (await this.#commands.xreadgroup(group, consumer, streams, { count })) ?? [];
    const pages = reply.map(({ key, entries }) => this.#weigh(this.#placeOf(key), entries as DeliveredEntry<T>[]));
    const weighed = await Promise.all(pages);
    // Only now: had one of these calls failed, the whole page would be looked for again.
    for (const place of behind) {
      const { entries = [] } = weighed.find((page) => page.place === place) ?? {};
      const last = entries.at(-1)?.id;
      if (last !== undefined && isAfter(last, place.last)) place.last = last;
      place.own = entries.length < count ? undefined : last;
      if (place.own === undefined && this.#againAt !== Infinity) place.again ??= place.last;
    }
    for (const page of weighed) this.#take(page);
    return true;
  }

  #lookAgain(): void {
    if (performance.now() < this.#againAt) return;
    this.#againAt = Infinity;
    for (const place of this.#places.values()) {
      place.own ??= place.again;
      place.again = undefined;
    }
  }

  // What others have left

  /** Takes a page; false when the round is over, or not due. */
  async #claim(count: number): Promise<boolean> {
    if (performance.now() < this.#claimAt) return false;
    const places = [...this.#places.values()];
    const place = places.find(({ claim }) => claim !== undefined);
    if (place === undefined) {
      this.#claimAt = performance.now() + Math.max(SHORTEST_ROUND, Math.min(this.#claimIdle / 2, LONGEST_ROUND));
      for (const each of places) each.claim = FIRST;
      return false;
    }
    const { group, consumer } = this.#plan;
    // By id, which counts as no delivery: what is being handled here must not come nearer to the dead letters.
    const options = { count, justid: true } as const;
    const page = await this.#commands.xautoclaim(place.key, group, consumer, this.#claimIdle, place.claim!, options);
    const ids = page.ids.filter((id) => !place.held.has(id));
    if (ids.length > 0) this.#claimed += this.#take(await this.#claimIds(place, ids));
    this.#deleted += page.deleted.length;
    place.claim = page.cursor === FIRST ? undefined : page.cursor;
    return true;
  }

  async #claimIds(place: StreamPlace, ids: readonly string[]): Promise<Weighed<T>> {
    const { group, consumer } = this.#plan;
    const claimed = this.#commands.xclaim(place.key, group, consumer, 0, ids);
    // In the same tick, so that the counts are those of this delivery.
    const [entries, counts] = await Promise.all([claimed, this.#deliveriesOf(place, ids)]);
    return { place, counts, entries: entries as DeliveredEntry<T>[] };
  }

  // What nobody has had

  async #fresh(count: number): Promise<Delivery<T>[]> {
    const { group, consumer, single } = this.#plan;
    const streams = [...this.#places.values()].map(({ key }): [Key, '>'] => [key, '>']);
    const wait = this.#patience;
    const options = single ? { count } : { count, block: wait };
    const reply = await this.#commands.xreadgroup(group, consumer, streams, options);
    if (single && reply === null) await pause(Math.min(POLL, wait || POLL), this.#signal);
    const found: Delivery<T>[] = [];
    for (const { key, entries } of reply ?? []) {
      const place = this.#placeOf(key);
      for (const entry of entries as DeliveredEntry<T>[]) found.push(this.#deliver(place, entry, 1));
      place.last = entries.at(-1)?.id ?? place.last;
    }
    return found;
  }

  /** How long a read may wait: until there is something else to do. */
  get #patience(): number {
    const left = Math.min(this.#claimAt, this.#againAt) - performance.now();
    const block = this.#block === 0 ? Infinity : this.#block;
    return Number.isFinite(Math.min(left, block)) ? Math.max(1, Math.ceil(Math.min(left, block))) : 0;
  }

  // Entries

  async #weigh(place: StreamPlace, entries: readonly DeliveredEntry<T>[]): Promise<Weighed<T>> {
    const ids = entries.filter(({ id, fields }) => fields !== null && !place.held.has(id)).map(({ id }) => id);
    return { place, entries, counts: await this.#deliveriesOf(place, ids) };
  }

  /** How often entries were delivered, of those that are pending for us. */
  async #deliveriesOf(place: StreamPlace, ids: readonly string[]): Promise<Map<string, number>> {
    const { group, consumer } = this.#plan;
    const calls = ids.map((id) => this.#commands.xpending(place.key, group, id, id, 1, { consumer }));
    return new Map((await Promise.all(calls)).flat().map(({ id, deliveries }) => [id, deliveries]));
  }

  /** Takes entries in our hands, but for those that are there already or nobody's any more, and gives their number. */
  #take({ place, entries, counts }: Weighed<T>): number {
    let taken = 0;
    for (const entry of entries) {
      const deliveries = counts.get(entry.id);
      if (entry.fields === null) this.#discard(place, entry.id);
      else if (deliveries !== undefined && !place.held.has(entry.id)) {
        const delivery = this.#deliver(place, entry, deliveries);
        if (deliveries <= (this.#plan.options.maxDeliveries ?? Infinity)) this.#ready.push(delivery);
        else this.#dead.add(delivery);
        taken++;
      }
    }
    return taken;
  }

  #deliver(place: StreamPlace, entry: DeliveredEntry<T>, deliveries: number): Delivery<T> {
    return new Delivery(place, entry, deliveries, place.name as T, this.#acks);
  }

  /** Acknowledges an entry that was deleted. When that fails it is pending as before, and found again. */
  #discard(place: StreamPlace, id: string): void {
    this.#deleted++;
    this.#acks.add(place, id).catch(() => undefined);
  }

  #placeOf(key: string | Buffer): StreamPlace {
    const place = this.#places.get(typeof key === 'string' ? key : key.toString('latin1'));
    if (place === undefined) throw new ProtocolError('a reply with a stream that was not asked for');
    return place;
  }

  // Trouble

  /** Mends what a read failed of, or waits for it to pass; throws what will not. */
  async #recover(error: Error): Promise<void> {
    const cause = isNoGroup(error) ? await this.#create(error) : error;
    if (cause === undefined || this.#signal.aborted) return;
    if (!isTrouble(cause)) throw cause;
    this.#failures++;
    if (!this.#answered && this.#failures > this.#plan.retries) throw cause;
    const ghost = this.#block === 0 ? LONGEST_GHOST : this.#block;
    this.#againAt = performance.now() + ghost + GHOST_MARGIN;
    for (const place of this.#places.values()) place.own ??= place.last;
    await pause(BACKOFF.delay(this.#failures), this.#signal);
  }

  /** Makes the group where it is missing. Gives the error to go on with when it could not. */
  async #create(error: Error): Promise<Error | undefined> {
    const { group, options } = this.#plan;
    if (options.createGroup === false || this.#creations++ >= MOST_CREATIONS) return error;
    for (const place of this.#places.values()) {
      try {
        await this.#commands.xgroupCreate(place.key, group, options.start ?? '0', { mkstream: true });
      } catch (cause) {
        if (cause instanceof ResponseError && cause.prefix === 'BUSYGROUP') continue;
        return cause as Error;
      }
      Object.assign(place, { last: FIRST, own: undefined, again: undefined });
    }
    return undefined;
  }
}

function placeOf(key: Key, { encoding }: ConsumerPlan): StreamPlace {
  const own = typeof key === 'string' ? key : Buffer.from(key);
  const name = encoding === 'buffer' ? Buffer.from(key as Uint8Array) : keyName(key, encoding);
  return { key: own, name, last: FIRST, own: FIRST, again: undefined, claim: FIRST, held: new Set() };
}

function isNoGroup(error: unknown): boolean {
  return error instanceof ResponseError && error.prefix === 'NOGROUP';
}

/** Whether the id `a` is higher than `b`. */
function isAfter(a: string, b: string): boolean {
  const [time = 0n, number = 0n] = a.split('-').map(BigInt);
  const [otherTime = 0n, otherNumber = 0n] = b.split('-').map(BigInt);
  return time === otherTime ? number > otherNumber : time > otherTime;
}
