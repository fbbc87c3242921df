import type { Spec } from '../commands/spec.ts';
import { NO_CALLBACKS, Request, type RequestOptions } from '../connection/request.ts';
import type { Argument } from '../protocol/encoder.ts';
import { after, clock, NEVER, reached } from '../util/clock.ts';
import type { Cell, Shelf } from './cache-scope.ts';
import type { ClientCache } from './client-cache.ts';

/** Whom a flight tells of its end. */
export interface FlightOwner {
  landed(flight: Flight, reply: unknown): void;
  failed(flight: Flight, makeError: () => unknown): void;
}

/** Where a reply is kept, and found while it is on its way. */
export interface Place {
  readonly shelf: Shelf;
  readonly identity: string;
}

/** What a flight was sent to find out. */
export interface Question {
  readonly spec: Spec;
  readonly args: readonly Argument[];
  readonly size: number;
  /** The keys that its reply depends on, one character per byte. */
  readonly keys: readonly string[];
  /** For a reply that is kept in parts, one for each key: where each part belongs. */
  readonly cells: readonly Cell[] | undefined;
}

/**
 * A read on its way to the server, for all who want its reply.
 *
 * A change of one of its keys that is told of before the reply has come makes the reply one that is not kept: whether it was read before
 * the change or after cannot be told. Nor may anybody join it from then on. Those who wait for it still get what it brings.
 */
export class Flight extends Request {
  readonly owner: FlightOwner;
  /** Where it is found. */
  readonly shelf: Shelf;
  readonly identity: string;
  readonly question: Question;
  /** Who waits for it. */
  readonly waiters: readonly Request[];
  readonly startedAt: number = clock();
  /** Nobody may join it any more. */
  closed = false;
  /** The keys that have changed since it was sent. */
  changed: Set<string> | undefined;
  /** Everything may have changed. */
  outdated = false;
  /** The connection that its reply came on. */
  from: object | undefined;

  readonly #waiters: Request[];
  readonly #until: number;
  /** Connections on which others have asked the same meanwhile and were answered, by what was asked; `null` for several. */
  #overtaken: Map<string, object | null> | undefined;

  constructor(
    owner: FlightOwner,
    { shelf, identity }: Place,
    question: Question,
    waiters: Request[],
    options: RequestOptions,
  ) {
    const { spec, args, size } = question;
    super(spec, args, undefined, { ...options, signal: undefined, callbacks: NO_CALLBACKS }, size, nobody);
    this.owner = owner;
    this.shelf = shelf;
    this.identity = identity;
    this.question = question;
    this.#waiters = waiters;
    this.waiters = waiters;
    this.#until = after(this.startedAt, options.timeout);
  }

  /** Whether a caller with these options can leave everything to it: it must not fail where the caller's own read would go on. */
  suits(options: RequestOptions): boolean {
    const own = this.options;
    return (
      options.timeout >= own.timeout &&
      options.whenDown === own.whenDown &&
      options.retries === own.retries &&
      options.idempotent === own.idempotent
    );
  }

  /** What it brings is not kept. */
  outdate(): void {
    this.closed = true;
    this.outdated = true;
  }

  /** What its keys are asked for, in the order of the keys: two that ask the same have the same name for it. */
  get asked(): readonly string[] {
    const { keys, cells } = this.question;
    return cells === undefined ? keys.map(() => nameOf(this)) : cells.map(({ some }) => nameOf(some));
  }

  /** Somebody else who asked this was answered. */
  overtake(asked: string, from: object | undefined): void {
    const others = (this.#overtaken ??= new Map<string, object | null>());
    const before = others.get(asked);
    others.set(asked, from === undefined || (before !== undefined && before !== from) ? null : from);
  }

  /** Whether that was on another connection than this one's, so that nobody knows which of the two was asked first. */
  isOvertaken(asked: Place): boolean {
    const from = this.#overtaken?.get(nameOf(asked));
    return from !== undefined && from !== this.from;
  }

  join(waiter: Request): void {
    this.#waiters.push(waiter);
  }

  /**
   * Whether this waiter has time left now that the flight has had its own. What carries a flight reads the clock less often than callers
   * do, and may end it some milliseconds before those who have as much time as it are through with theirs: they are not to ask again.
   */
  isOutlivedBy(waiter: Request, now: number): boolean {
    if (!reached(this.deadline, now)) return false;
    return waiter.deadline === NEVER || (((waiter.deadline - this.#until) | 0) > 0 && !reached(waiter.deadline, now));
  }

  override succeed(reply: unknown, from?: object): void {
    this.from = from;
    super.succeed(reply, from);
  }

  protected override deliver(reply: unknown): void {
    this.owner.landed(this, reply);
  }

  protected override reject(makeError: () => unknown): void {
    this.owner.failed(this, makeError);
  }
}

function nobody(): void {}

function nameOf({ shelf, identity }: Place): string {
  return `${shelf.name} ${identity}`;
}

const byStore = new WeakMap<ClientCache, Flights>();

/** Those whose replies go to a store. */
export function flightsOf(store: ClientCache): Flights {
  let flights = byStore.get(store);
  if (flights === undefined) byStore.set(store, (flights = new Flights()));
  return flights;
}

/** The flights by the keys that they depend on. Clients that share a store share them, so that all hear of each other's writes. */
export class Flights {
  readonly #byKey = new Map<string, Set<Flight>>();
  readonly #all = new Set<Flight>();

  add(flight: Flight): void {
    this.#all.add(flight);
    for (const key of flight.question.keys) {
      const flights = this.#byKey.get(key);
      if (flights === undefined) this.#byKey.set(key, new Set([flight]));
      else flights.add(flight);
    }
  }

  remove(flight: Flight): void {
    if (!this.#all.delete(flight)) return;
    for (const key of flight.question.keys) {
      const flights = this.#byKey.get(key);
      flights?.delete(flight);
      if (flights?.size === 0) this.#byKey.delete(key);
    }
  }

  /** A key has changed. */
  change(key: string): void {
    const flights = this.#byKey.get(key);
    if (flights === undefined) return;
    for (const flight of flights) {
      flight.closed = true;
      (flight.changed ??= new Set<string>()).add(key);
    }
  }

  /** A flight has landed: those that ask for the same and are still on their way, on other connections, may be older, or newer. */
  overtake(landed: Flight, mayBeElsewhere: (flight: Flight) => boolean): void {
    let asked: readonly string[] | undefined;
    landed.question.keys.forEach((key, at) => {
      const flights = this.#byKey.get(key);
      if (flights === undefined) return;
      for (const flight of flights) {
        if (mayBeElsewhere(flight)) flight.overtake((asked ??= landed.asked)[at]!, landed.from);
      }
    });
  }

  /** Anything may have changed, for all flights or for those that match. */
  changeAll(matches?: (flight: Flight) => boolean): void {
    for (const flight of this.#all) {
      if (matches === undefined || matches(flight)) flight.outdate();
    }
  }
}
