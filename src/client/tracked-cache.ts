import { isDeepStrictEqual } from 'node:util';
import { Conduct } from '../commands/conduct.ts';
import { command, type Spec } from '../commands/spec.ts';
import type { Connection } from '../connection/connection.ts';
import { NO_CALLBACKS, readMode, Status, type Request, type RequestOptions } from '../connection/request.ts';
import type { TrackingListener } from '../connection/tracking-listener.ts';
import type { CacheFlushReason } from '../diagnostics.ts';
import type { Argument } from '../protocol/encoder.ts';
import type { ReplyMode } from '../protocol/reply-mode.ts';
import { Cluster } from '../topology/cluster.ts';
import type { Node } from '../topology/node.ts';
import type { Router } from '../topology/router.ts';
import { after, clock, NEVER } from '../util/clock.ts';
import { byteKey } from './byte-key.ts';
import { CacheReport, type CacheCounts } from './cache-report.ts';
import type { CacheSettings } from './cache-options.ts';
import { CachePlace } from './cache-place.ts';
import { CacheScope, FORMS, type Shelf } from './cache-scope.ts';
import { CachedSlots, tellsNothing } from './cached-slots.ts';
import { PFCOUNT, writtenBy } from './cached-keys.ts';
import type { ClientCache } from './client-cache.ts';
import { Coverage, MARGIN } from './coverage.ts';
import { Flight, flightsOf, type Flights, type FlightOwner, type Place, type Question } from './flight.ts';
import { copyOf, holdsError, KeptReply } from './kept-reply.ts';

const GET: Spec = command('GET');
const MGET: Spec = command('MGET');
const INVALIDATE = Buffer.from('invalidate');

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
  readonly #place: CachePlace;
  /** Whether a flight may be on another connection than one of ours. */
  readonly #mayBeElsewhere: (flight: Flight) => boolean;

  /**
   * `place` names the server, database and user of a connection: those who share a store share what they read in the same place.
   * `endpoint` is for messages.
   */
  constructor(
    settings: CacheSettings,
    place: (connection: Connection) => string,
    endpoint: string,
    options: RequestOptions,
  ) {
    this.settings = settings;
    this.store = settings.store;
    this.#report = new CacheReport(endpoint, this.counts, settings.store);
    this.#flights = flightsOf(settings.store);
    this.#mayBeElsewhere = (flight) => flight.owner !== this || this.#slots !== undefined;
    this.#place = new CachePlace(place, (name) => {
      for (const scope of this.#scopes.values()) scope.move(name);
    });
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
    if (scope === undefined) this.#scopes.set(form, (scope = new CacheScope(spec, form, this.#place.name)));
    return scope;
  }

  /** Whether a read of these keys is refused by the client itself, whatever is kept. */
  refuses(keys: readonly string[]): boolean {
    return this.#slots !== undefined && this.#slots.refuses(keys);
  }

  /** Gives up the reply to one command, in whatever form. */
  delete(spec: Spec, args: readonly Argument[]): void {
    if (spec === MGET) {
      // Its parts are kept one by one, a string as what GET gives.
      for (const arg of args) {
        this.#deleteOne(GET, [arg]);
        this.#deleteOne(MGET, [arg]);
      }
    } else this.#deleteOne(spec, args);
  }

  #deleteOne(spec: Spec, args: readonly Argument[]): void {
    for (const mode of FORMS) {
      // Others who share the store may have read it in forms in which this client has not.
      for (const { shelf, identity } of this.scopeOf(spec, mode)?.placesOf(args) ?? []) {
        const isHere = (place: Place): boolean => place.shelf.name === shelf.name && place.identity === identity;
        this.#flights.changeAll((flight) => {
          const { cells = [] } = flight.question;
          return isHere(flight) || cells.some(({ some, none }) => isHere(some) || isHere(none));
        });
        this.store.delete(shelf.name, identity);
      }
    }
  }

  /** Whether changes of all these keys are told of. */
  isTold(keys: readonly string[]): boolean {
    const { prefixes } = this.settings;
    // There are none but in mode 'bcast', where none means all.
    return prefixes.length === 0 || keys.every((key) => prefixes.some((prefix) => key.startsWith(byteKey(prefix))));
  }

  /** The reply, if it is kept and stands. */
  find(shelf: Shelf, identity: string): KeptReply | undefined {
    const kept = this.store.get(shelf.name, identity) as KeptReply | undefined;
    // Short, so that the engine builds it into its callers: half of what a hit costs beside its promise.
    if (kept === undefined || (kept.expires === Infinity && kept.coverage.isProven)) return kept;
    return this.#doubted(kept, shelf, identity);
  }

  #doubted(kept: KeptReply, shelf: Shelf, identity: string): KeptReply | undefined {
    const { coverage, expires } = kept;
    const isExpired = performance.now() >= expires;
    if (!isExpired && coverage.isProven) return kept;
    if (coverage.lost || isExpired) this.store.delete(shelf.name, identity);
    return undefined;
  }

  /** Whether a reply, or a part of it, is kept, though it was not told. */
  #isUnproven(place: Place, { cells }: Question): boolean {
    const isKept = ({ shelf, identity }: Place): boolean => this.store.get(shelf.name, identity) !== undefined;
    return cells === undefined ? isKept(place) : cells.some(({ some, none }) => isKept(some) || isKept(none));
  }

  // Flights

  /** Waits with others for the reply, or sends for it. */
  fetch(place: Place, waiter: Request, question: Question): void {
    const { options } = waiter;
    const now = clock();
    this.#report.watch();
    this.counts.misses++;
    if (this.#isUnproven(place, question)) this.counts.unproven++;
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
    this.#flights.overtake(flight, this.#mayBeElsewhere);
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
        this.#place.settle(connection, this);
      },
      pushed: (items) => this.#pushed(items),
      userChanged: () => {
        // What was sent before has been answered.
        if (coverage === undefined) return;
        this.#giveUp(coverage, 'user');
        this.#place.settle(coverage.connection, this);
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

  /** The client is closed: it finds nothing any more, not even what others who share its store have read. */
  end(): void {
    this.#place.leave();
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
   * is answered: it may have run on another connection, behind reads that were sent after it. `isShared`: it goes to the connection that
   * reads go to, so that a SELECT moves those.
   */
  sending(request: Request, isShared: boolean): void {
    const { spec } = request;
    if (spec.repeatable && spec.conduct === Conduct.ordinary && spec !== PFCOUNT) return;
    if (spec.name === 'SELECT' || spec.name === 'AUTH') {
      if (isShared && !request.settled) this.#move(request);
      return;
    }
    const keys = writtenBy(request, !this.settings.noLoop);
    if (keys !== undefined && keys.length === 0) return;
    const drop = (): void => {
      if (keys === undefined) this.flush('write');
      else for (const key of keys) this.invalidate(key);
    };
    drop();
    request.onSettled(drop);
  }

  /**
   * Another database, or another user: nothing that was read is true there, nor is it shared with others from now on. A connection that is
   * made later is there from its beginning, and a cluster has many.
   */
  #move(request: Request): void {
    const where = (): readonly object[] => (this.#slots === undefined ? [...this.#coverages.keys()] : [this]);
    this.#place.move(request, where, () => {
      for (const { connection } of this.#coverages.values()) this.#place.settle(connection, this);
    });
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
    const expires = performance.now() + this.settings.ttl;
    const { changed, question } = flight;
    coverage.key = question.keys[0];
    const put = ({ shelf, identity }: Place, keys: readonly string[], value: unknown): void => {
      if (this.#slots !== undefined && tellsNothing(value)) return;
      this.store.set(shelf.name, identity, new KeptReply(keys, identity, value, coverage, expires));
    };
    if (question.cells === undefined) {
      if (flight.isOvertaken(flight)) this.#drop(flight, reply);
      else if (changed === undefined) put(flight, question.keys, reply);
      return;
    }
    question.cells.forEach((cell, at) => {
      const key = question.keys[at]!;
      const value = (reply as unknown[])[at];
      if (flight.isOvertaken(cell.some)) for (const place of [cell.some, cell.none]) this.#drop(place, value);
      else if (changed?.has(key) !== true) put(value === null ? cell.none : cell.some, [key], value);
    });
  }

  /** Somebody else has read this meanwhile: what he was told stays if it is the same. If not, nobody knows which is true. */
  #drop({ shelf, identity }: Place, value: unknown): void {
    const other = this.store.get(shelf.name, identity);
    if (other !== undefined && !isDeepStrictEqual(other.reply, value)) this.store.delete(shelf.name, identity);
  }
}
