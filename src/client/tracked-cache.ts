import { Conduct } from '../commands/conduct.ts';
import type { Spec } from '../commands/spec.ts';
import { GROUP, type Group } from '../connection/group.ts';
import { NO_CALLBACKS, readMode, Status, type Request, type RequestOptions } from '../connection/request.ts';
import type { TrackingListener } from '../connection/tracking-listener.ts';
import type { CacheFlushReason } from '../diagnostics.ts';
import type { Argument } from '../protocol/encoder.ts';
import type { ReplyMode } from '../protocol/reply-mode.ts';
import { Cluster } from '../topology/cluster.ts';
import type { Node } from '../topology/node.ts';
import type { Router } from '../topology/router.ts';
import { after, clock, NEVER, reached } from '../util/clock.ts';
import { byteKey } from './byte-key.ts';
import { CacheReport } from './cache-report.ts';
import type { CacheSettings } from './cache-options.ts';
import { CacheScope, type Shelf } from './cache-scope.ts';
import { CachedSlots, tellsNothing } from './cached-slots.ts';
import { writtenKeys } from './cached-keys.ts';
import type { ClientCache } from './client-cache.ts';
import { Coverage, MARGIN } from './coverage.ts';
import { Flight, Flights, type FlightOwner, type Place, type Question } from './flight.ts';
import { copyOf, holdsError, KeptReply } from './kept-reply.ts';

const INVALIDATE = Buffer.from('invalidate');

/** Counts since the client was made. */
export interface CacheCounts {
  hits: number;
  misses: number;
  /** Of the misses, those that waited for another's command. */
  joined: number;
  /** Of the misses, those whose reply was at hand, but the connection had not proven for `maxStaleness` that it hears of changes. */
  unproven: number;
  /** Keys that the server told of. */
  invalidations: number;
  /** How often everything was given up: for a lost connection, a FLUSHALL, a SELECT, another user. */
  flushes: number;
}

/**
 * A client's cache: what is kept, what is on its way, and what is heard.
 *
 * ```
 *   read ---> kept and proven? ---> a resolved promise
 *                 | no
 *                 v
 *            on its way? --> wait for that          invalidation, own write, lost connection
 *                 | no                                   |  gives up what is kept,
 *                 v                                      v  closes what is on its way
 *              a flight ----> server ----> reply ----> kept, unless its key has changed since
 * ```
 */
export class TrackedCache implements FlightOwner {
  readonly settings: CacheSettings;
  readonly store: ClientCache;
  readonly counts: CacheCounts = { hits: 0, misses: 0, joined: 0, unproven: 0, invalidations: 0, flushes: 0 };

  readonly #report: CacheReport;
  readonly #flights: Flights;
  readonly #scopes = new Map<string, CacheScope>();
  readonly #sign: RequestOptions;
  #router!: Pick<Router, 'send'>;
  /** In a cluster. */
  #slots: CachedSlots | undefined;
  /** Commands as they are sent under `'optin'`. */
  readonly #optedInSpecs = new Map<Spec, Spec>();
  /** What each connection that tracks has read. */
  readonly #coverages = new Map<object, Coverage>();
  #prefix: string;

  /** `place` names the server, database and user; those who share a store share what they read in the same place. `endpoint` is for messages. */
  constructor(settings: CacheSettings, place: string, endpoint: string, options: RequestOptions) {
    this.settings = settings;
    this.store = settings.store;
    this.#report = new CacheReport(endpoint, this.counts, settings.store);
    this.#flights = flightsOf(settings.store);
    this.#prefix = place;
    this.#sign = { ...options, whenDown: 'fail', retries: 0, callbacks: NO_CALLBACKS };
  }

  /** Says what carries its commands. */
  use(router: Pick<Router, 'send'>): void {
    this.#router = router;
    if (!(router instanceof Cluster)) return;
    this.#slots = new CachedSlots(router);
    router.onMap(() => this.#moved());
  }

  /** The keys of a call by what can be asked for at once; `undefined` when they cannot be asked for. */
  portions(keys: readonly string[]): readonly (readonly number[])[] | undefined {
    return this.#slots === undefined ? [keys.map((_, at) => at)] : this.#slots.portions(keys);
  }

  /** Where the replies to a command are kept; `undefined` when they are not. */
  scopeOf(spec: Spec, asked: ReplyMode): CacheScope | undefined {
    if (!this.settings.commands.has(spec.name)) return undefined;
    const { encoding, integers } = readMode(spec, asked);
    const form = `${spec.name} ${encoding} ${integers}`;
    let scope = this.#scopes.get(form);
    if (scope === undefined) this.#scopes.set(form, (scope = new CacheScope(spec, form, this.#prefix)));
    return scope;
  }

  /** Gives up the reply to one command, in whatever form. */
  delete(name: string, args: readonly Argument[]): void {
    for (const scope of this.#scopes.values()) {
      if (scope.spec.name !== name) continue;
      const { shelf, identity } = scope.placeOf(args);
      const flight = shelf.flights.get(identity);
      if (flight !== undefined) flight.outdate();
      this.store.delete(shelf.name, identity);
    }
  }

  /** Whether changes of all these keys are told of. */
  isTold(keys: readonly string[]): boolean {
    const { mode, prefixes } = this.settings;
    if (mode !== 'bcast' || prefixes.length === 0) return true;
    return keys.every((key) => prefixes.some((prefix) => key.startsWith(byteKey(prefix))));
  }

  /** The reply, if it is kept and stands. */
  find(shelf: Shelf, identity: string): KeptReply | undefined {
    const kept = this.store.get(shelf.name, identity) as KeptReply | undefined;
    // Short, so that the engine builds it into its callers: half of what a hit costs beside its promise.
    if (kept === undefined || (kept.expires === NEVER && kept.coverage.isProven)) return kept;
    return this.#doubted(kept, shelf, identity);
  }

  #doubted(kept: KeptReply, shelf: Shelf, identity: string): KeptReply | undefined {
    const { coverage, expires } = kept;
    const isExpired = reached(expires, clock());
    if (!isExpired && coverage.isProven) return kept;
    if (coverage.lost || isExpired) this.store.delete(shelf.name, identity);
    else this.counts.unproven++;
    return undefined;
  }

  // Flights

  /** Waits with others for the reply, or sends for it. */
  fetch(place: Place, waiter: Request, question: Question): void {
    const { options } = waiter;
    const now = clock();
    this.#report.watch();
    this.counts.misses++;
    waiter.deadline = after(now, options.timeout);
    const flight = place.shelf.flights.get(place.identity);
    // Who joins a flight gets what was true when it was sent.
    const isRecent = flight !== undefined && ((now - flight.startedAt) | 0) <= MARGIN * this.settings.maxStaleness;
    if (isRecent && !flight.closed && flight.suits(options)) {
      this.counts.joined++;
      flight.join(waiter);
    } else this.#launch(new Flight(this, place, question, [waiter], options));
  }

  landed(flight: Flight, reply: unknown): void {
    this.#end(flight);
    const coverage = flight.from === undefined ? undefined : this.#coverages.get(flight.from);
    coverage?.prove(flight.startedAt);
    const { waiters } = flight;
    const isKept = coverage !== undefined && this.#mayKeep(flight, coverage) && !holdsError(reply);
    if (isKept) this.#keep(flight, reply, coverage);
    // Each caller owns what it gets.
    if (!isKept && waiters.length === 1) waiters[0]!.succeed(reply);
    else for (const waiter of waiters) waiter.succeed(copyOf(reply));
  }

  failed(flight: Flight, makeError: () => unknown): void {
    this.#end(flight);
    const now = clock();
    const late: Request[] = [];
    for (const waiter of flight.waiters) {
      // Who came later has time left.
      if (flight.isOutlivedBy(waiter, now)) late.push(waiter);
      else waiter.fail(makeError);
    }
    if (late.length === 0) return;
    const timeout = Math.min(...late.map(({ deadline }) => (deadline === NEVER ? Infinity : (deadline - now) | 0)));
    this.#launch(new Flight(this, flight, flight.question, late, { ...flight.options, timeout }));
  }

  // What is heard

  /** Hears what one link's connections are told, one after the other. */
  listener(node?: Node): TrackingListener {
    let coverage: Coverage | undefined;
    return {
      tracked: (connection) => {
        coverage = new Coverage(connection, node, this.settings.maxStaleness, this.#sign, this.#report);
        this.#coverages.set(connection, coverage);
      },
      pushed: (items) => this.#pushed(items),
      userChanged: () => {
        // What was sent before has been answered.
        if (coverage !== undefined) this.#giveUp(coverage, 'user');
      },
      lost: () => {
        if (coverage !== undefined) this.#lost(coverage);
        coverage = undefined;
      },
    };
  }

  #pushed(items: readonly unknown[]): void {
    if (!(items[0] as Buffer).equals(INVALIDATE)) return;
    const keys = items[1] as readonly Buffer[] | null;
    if (keys === null) this.flush('server');
    else {
      this.counts.invalidations += keys.length;
      for (const key of keys) this.invalidate(key.toString('latin1'));
    }
  }

  #lost(coverage: Coverage): void {
    coverage.end();
    this.#coverages.delete(coverage.connection);
    this.#outdateOwn();
    this.#giveUp(coverage, 'connection');
  }

  #giveUp(coverage: Coverage, reason: CacheFlushReason): void {
    this.counts.flushes++;
    this.store.flush((reply) => (reply as KeptReply).coverage === coverage);
    this.#report.flushed(reason);
  }

  /** Nothing that is on its way is kept: it may come from another server than it was sent to. */
  #outdateOwn(): void {
    this.#flights.changeAll((flight) => flight.owner === this);
  }

  /** Gives up what depends on a key. */
  invalidate(key: string): void {
    this.#flights.change(key);
    this.store.invalidate(key);
  }

  /** Gives up everything. */
  flush(reason: CacheFlushReason): void {
    this.counts.flushes++;
    this.#flights.changeAll();
    this.store.flush();
    this.#report.flushed(reason);
  }

  /**
   * Hears of a command that this client sends. What it writes is given up at once, so that no later read can find it, and again when it
   * is answered: it may have run on another connection, behind reads that were sent after it.
   */
  sending(request: Request): void {
    const { spec } = request;
    if (spec.repeatable && spec.conduct === Conduct.ordinary) return;
    if (spec.name === 'SELECT' || spec.name === 'AUTH') {
      this.#move();
      return;
    }
    const keys = spec === GROUP ? this.#writtenBy(request as Group) : this.#written(spec, request.args);
    if (keys !== undefined && keys.length === 0) return;
    const drop = (): void => {
      if (keys === undefined) this.flush('write');
      else for (const key of keys) this.invalidate(key);
    };
    drop();
    request.onSettled(drop);
  }

  #written(spec: Spec, args: readonly Argument[]): readonly string[] | undefined {
    return writtenKeys(spec, args, !this.settings.noLoop);
  }

  #writtenBy(group: Group): readonly string[] | undefined {
    const all: string[] = [];
    for (const { spec, args } of group.commands) {
      const keys = this.#written(spec, args);
      if (keys === undefined) return undefined;
      all.push(...keys);
    }
    return all;
  }

  /** Another database, or another user: nothing that was read is true there, nor is it shared with others from now on. */
  #move(): void {
    this.#prefix = `moved ${++moves}`;
    for (const scope of this.#scopes.values()) scope.move(this.#prefix);
    this.counts.flushes++;
    this.#outdateOwn();
    const own = new Set<Coverage>(this.#coverages.values());
    this.store.flush((reply) => own.has((reply as KeptReply).coverage));
    this.#report.flushed('user');
  }

  #launch(flight: Flight): void {
    flight.shelf.flights.set(flight.identity, flight);
    this.#flights.add(flight);
    try {
      if (this.settings.mode === 'optin') flight.spec = this.#optedIn(flight.spec);
      this.#router.send(flight);
    } catch (error) {
      this.#end(flight);
      throw error;
    }
  }

  #mayKeep(flight: Flight, coverage: Coverage): boolean {
    // It may have been sent without what makes it tracked, as behind ASKING.
    if (flight.outdated || (this.settings.mode === 'optin' && flight.spec.plain === undefined)) return false;
    return this.#slots === undefined || this.#slots.isOwn(flight, coverage);
  }

  /**
   * Slots have another owner: who told of their keys does so no longer. Nor does a primary that has become a replica, which tells what
   * it hears, as late as it hears it.
   */
  #moved(): void {
    const own = new Set<Coverage>(this.#coverages.values());
    const turned = new Set<Coverage>();
    for (const coverage of own) {
      // A role that has changed and changed back has changed: a redirection is believed between two looks at the map.
      const turns = coverage.node?.turns ?? 0;
      if (turns !== coverage.turns) turned.add(coverage);
      coverage.turns = turns;
    }
    // What was not sent yet goes where it belongs.
    this.#flights.changeAll((flight) => flight.owner === this && flight.status === Status.sent);
    const { entries } = this.store.stats();
    this.store.flush((reply) => {
      const { coverage, keys } = reply as KeptReply;
      return own.has(coverage) && (turned.has(coverage) || !this.#slots!.hasAll(coverage, keys));
    });
    if (this.store.stats().entries < entries) this.#report.flushed('slots');
  }

  #optedIn(spec: Spec): Spec {
    let optedIn = this.#optedInSpecs.get(spec);
    if (optedIn === undefined) this.#optedInSpecs.set(spec, (optedIn = spec.asOptedIn()));
    return optedIn;
  }

  #end(flight: Flight): void {
    this.#flights.remove(flight);
    const { flights } = flight.shelf;
    if (flights.get(flight.identity) === flight) flights.delete(flight.identity);
  }

  #keep(flight: Flight, reply: unknown, coverage: Coverage): void {
    const expires = after(clock(), this.settings.ttl);
    const { changed, question } = flight;
    coverage.key = question.keys[0];
    const put = ({ shelf, identity }: Place, keys: readonly string[], value: unknown): void => {
      if (this.#slots !== undefined && tellsNothing(value)) return;
      this.store.set(shelf.name, identity, new KeptReply(keys, identity, value, coverage, expires));
    };
    if (question.cells === undefined) {
      if (changed === undefined) put(flight, question.keys, reply);
      return;
    }
    question.cells.forEach((cell, at) => {
      const key = question.keys[at]!;
      const value = (reply as unknown[])[at];
      if (changed?.has(key) !== true) put(value === null ? cell.none : cell.some, [key], value);
    });
  }
}

let moves = 0;

const flightsByStore = new WeakMap<ClientCache, Flights>();

function flightsOf(store: ClientCache): Flights {
  let flights = flightsByStore.get(store);
  if (flights === undefined) flightsByStore.set(store, (flights = new Flights()));
  return flights;
}
