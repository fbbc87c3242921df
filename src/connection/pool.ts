import { leaseTrace, type LeaseMessage } from '../diagnostics.ts';
import { ConnectionError, MaxConnectionsError, type LeaseHolder, type ResponseError } from '../errors.ts';
import { Listeners } from '../util/listeners.ts';
import { timerDelay } from '../util/timer.ts';
import { Connection, type ConnectionOwner } from './connection.ts';
import { addTraffic, newTraffic, type Traffic } from './counters.ts';
import { allLeased, Holding } from './holding.ts';
import { askForLife, patienceOf } from './idle-check.ts';
import type { LinkEvents } from './link.ts';
import type { Request } from './request.ts';
import { isMisdirected, successorIn } from './misdirection.ts';
import { isMadeUp } from './repetition.ts';
import { lostError, movedError } from './request-error.ts';
import { LEAVE, type Locator, type Stays } from './locator.ts';
import type { Overseer } from './overseer.ts';
import { endpointOf, targetOf, type Address, type ConnectionSettings, type SessionState } from './settings.ts';
import { abortError, WaitingLine } from './waiting-line.ts';

/** How a lease is asked for. */
export interface AcquireOptions {
  /** Milliseconds to wait for a connection; `Infinity` waits for ever. */
  readonly timeout?: number;
  /** Whether to wait for others to give one back; default true. One that can be made is waited for in any case. */
  readonly queue?: boolean;
  /** What it is for, as a `MaxConnectionsError` of others says. */
  readonly purpose?: string;
  readonly signal?: AbortSignal | undefined;
  /** A new connection rather than an idle one, as long as there is room for it: those may have died unnoticed. */
  readonly fresh?: boolean;
}

/** What `Pool.stats()` gives. */
export interface PoolStats {
  readonly connections: number;
  readonly idle: number;
  readonly leased: number;
  readonly waiting: number;
  readonly maxConnections: number;
}

/** How much a pool may have. */
export interface PoolBounds {
  readonly maxConnections: number;
  /** How many may wait for others to give a connection back. */
  readonly maxWaiters: number;
}

/** What the pool knows of a connection. */
interface Origin {
  readonly generation: number;
  readonly madeAt: number;
}

const DEFAULT_WAIT = 5000;
/** Idle connections are looked through at least and at most this often, in milliseconds. */
const LONGEST_ROUND = 15_000;
const SHORTEST_ROUND = 20;

/**
 * Connections of one's own for what cannot share: blocking commands and sessions.
 *
 * At most `maxConnections` exist at a time. Whoever comes when all are leased waits its turn, first come, first served, and gets a
 * `MaxConnectionsError` when its time is over. The most recently used idle connection is leased first, so that the others can go.
 * One that was idle for `healthCheckInterval` is leased when it has answered a PING, and not when it has died meanwhile.
 */
export class Pool implements ConnectionOwner, AsyncDisposable {
  readonly endpoint: string;
  readonly maxConnections: number;
  /** What is told of connections that stand. A client passes it on as its own. */
  readonly events: Listeners<Pick<LinkEvents, 'rotationFailed'>> = new Listeners();

  /** Is asked about what the server refuses. */
  overseer: Overseer | undefined;

  readonly #maxWaiters: number;
  readonly #settings: ConnectionSettings;
  readonly #state: SessionState;
  readonly #idle: { readonly connection: Connection; readonly since: number }[] = [];
  readonly #leased: Set<Connection> = new Set();
  readonly #opening: Set<Connection> = new Set();
  /** Dials on their way, from the question for the address on. */
  #dials = 0;
  /** Idle connections that are asked whether they still stand, for those who wait. */
  readonly #asked: Set<Connection> = new Set();
  #unfollow: (() => void) | undefined;
  readonly #waiting: WaitingLine = new WaitingLine();
  #pruning: NodeJS.Timeout | undefined;
  #closed = false;
  /** End the waits of those who close the pool. */
  readonly #closers: Set<() => void> = new Set();
  /** Counts the closes: a dial that one of them has ended is no cause for those who come after it. */
  #closes = 0;
  /** Counts the changes of what a connection must be told: those told of an older one are not lent again. */
  #generation = 0;
  readonly #refusals: WeakMap<Request, (message: string, makeError: () => ResponseError) => boolean> = new WeakMap();
  readonly #origins: WeakMap<Connection, Origin> = new WeakMap();
  /** Of the connections that have ended. */
  readonly #traffic = newTraffic();
  /** A connection was to a primary: a replica in its place is one that stepped down. */
  #hadPrimary = false;
  #timeouts = 0;
  #lost = 0;

  constructor(settings: ConnectionSettings, state: SessionState, { maxConnections, maxWaiters }: PoolBounds) {
    this.#settings = settings;
    this.#state = state;
    this.maxConnections = maxConnections;
    this.#maxWaiters = maxWaiters;
    this.endpoint = targetOf(settings);
  }

  /** How the connections are made. */
  get settings(): ConnectionSettings {
    return this.#settings;
  }

  /** What each connection is told after its dial. */
  get session(): SessionState {
    return this.#state;
  }

  stats(): PoolStats {
    return {
      connections: this.#size,
      idle: this.#idle.length,
      leased: this.#leased.size,
      waiting: this.#waiting.length,
      maxConnections: this.maxConnections,
    };
  }

  /** Commands on its connections that were late. */
  get timeouts(): number {
    return this.#timeouts;
  }

  /** Connections that stood, and were not closed by who had them. */
  get lost(): number {
    return this.#lost;
  }

  /** What went over its connections. */
  traffic(): Traffic {
    const traffic = { ...this.#traffic };
    for (const { connection } of this.#idle) addTraffic(traffic, connection.traffic);
    for (const connection of [...this.#asked, ...this.#leased])
      if (connection.ready) addTraffic(traffic, connection.traffic);
    return traffic;
  }

  get #size(): number {
    return this.#idle.length + this.#asked.size + this.#leased.size + this.#dials;
  }

  /** Leases a connection, made or waited for. Give it back with `release`. */
  async acquire(options: AcquireOptions = {}): Promise<Connection> {
    if (this.#closed) throw this.#closedError();
    const { signal, purpose = 'a call' } = options;
    if (signal?.aborted === true) throw abortError(signal);
    const fresh = options.fresh === true && this.#size < this.maxConnections;
    const idle = fresh ? undefined : this.acquireIdle(purpose);
    if (idle !== undefined) return idle;
    const waiting = this.#wait(options);
    if (leaseTrace.hasSubscribers) leaseTrace.follow(this.#leaseMessage(), waiting);
    this.#serve(fresh);
    return this.#held(await waiting, purpose);
  }

  /** Leases the idle connection that was used last, if there is one that need not be asked whether it stands. */
  acquireIdle(purpose: string): Connection | undefined {
    const idle = this.#takeSound();
    if (idle === undefined) return undefined;
    if (leaseTrace.hasSubscribers) leaseTrace.tell(this.#leaseMessage());
    return this.#held(this.#lend(idle), purpose);
  }

  /**
   * Takes a leased connection back. One with unanswered requests, or told of an older session state, is closed; and one that is not
   * `reusable`, since something was changed that the next user could notice.
   */
  release(connection: Connection, reusable: boolean = true): void {
    if (!reusable) connection.destroy(overError(connection));
    if (!this.#leased.delete(connection)) return;
    connection.holding = undefined;
    this.#takeBack(connection);
    this.#checkDrained();
  }

  /** What connections must be told has changed: those that were told otherwise are not lent again. */
  renew(): void {
    this.#generation++;
    this.#dropIdle();
  }

  /** Takes up service again after `close`, also while that waits: it has nothing left to do then. */
  reopen(): void {
    this.#closed = false;
    this.#endCloses();
  }

  /**
   * Waits until all leases are back, at most `timeout` ms, then closes all connections. Of several calls, the first timeout that ends
   * counts for all.
   */
  close({ timeout = DEFAULT_WAIT }: { readonly timeout?: number | undefined } = {}): Promise<void> {
    this.#refuse();
    if (this.#leased.size === 0) {
      this.destroy();
      return Promise.resolve();
    }
    return new Promise<void>((resolve) => {
      const timer = setTimeout(() => this.destroy(), timerDelay(timeout));
      this.#closers.add(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /** Closes all connections at once. */
  destroy(): void {
    this.#refuse();
    for (const connection of this.#leased) connection.destroy(this.#closedError());
    this.#leased.clear();
    this.#endCloses();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  // What the connections tell

  drained(): void {}

  idle(connection: Connection): void {
    // A lease that was made for one blocking call ends with its reply.
    connection.watchIdle = false;
    this.release(connection);
  }

  refused(request: Request, message: string, makeError: () => ResponseError, connection: Connection): boolean {
    if (this.overseer?.refused(request, message) === true) return true;
    if (isMisdirected(message) && !isMadeUp(request.spec.name, message)) this.#misdirected(connection, message);
    return this.#refusals.get(request)?.(message, makeError) ?? false;
  }

  /** A server that is no primary any more: what is connected to it is of no use to those who come. */
  #misdirected(connection: Connection, message: string): void {
    const { locator } = this.#settings;
    const wasPrimary = connection.foundRole === 'primary' || (this.#hadPrimary && locator?.doubt !== undefined);
    if (locator === undefined || (connection.role ?? (wasPrimary ? 'primary' : 'replica')) === 'replica') return;
    connection.misled = true;
    this.#doubted(connection.address);
    const successor = successorIn(message);
    if (successor !== undefined) locator.redirect?.(successor);
  }

  late(): boolean {
    this.#timeouts++;
    return false;
  }

  rotationFailed(_: Connection, cause: ConnectionError): void {
    this.events.emit('rotationFailed', { endpoint: this.endpoint, cause });
  }

  /** Lets `refused` hear of an error reply to a request, which it takes care of when it gives true. */
  onRefused(request: Request, refused: (message: string, makeError: () => ResponseError) => boolean): void {
    this.#refusals.set(request, refused);
  }

  /** A leased connection is closed when it comes back. */
  wear(connection: Connection): void {
    this.#origins.delete(connection);
  }

  closed(connection: Connection, error: ConnectionError, unanswered: readonly Request[]): void {
    addTraffic(this.#traffic, connection.traffic);
    if (error.code !== 'CLOSED' && error.code !== 'ABORTED') this.#lost++;
    for (const request of unanswered) request.fail(() => lostError(request.spec.name, error));
    const at = this.#idle.findIndex((entry) => entry.connection === connection);
    if (at >= 0) this.#idle.splice(at, 1);
    if (connection.watchIdle) this.release(connection);
  }

  // Inside

  /** Dials for those who wait. What comes of it counts at every moment: as a dial, and then as lent or idle. */
  async #dial(): Promise<void> {
    const { locator } = this.#settings;
    const closes = this.#closes;
    let connection: Connection | undefined;
    this.#dials++;
    try {
      const settings = locator === undefined ? this.#settings : await this.#located(locator);
      if (closes !== this.#closes) throw this.#closedError();
      connection = new Connection(settings, this.#state, this);
      this.#origins.set(connection, { generation: this.#generation, madeAt: performance.now() });
      this.#opening.add(connection);
      await connection.opened;
      this.#hadPrimary ||= connection.foundRole === 'primary';
    } catch (error) {
      this.#dials--;
      if (connection !== undefined) {
        this.#opening.delete(connection);
        locator?.suspect(connection.address, error as ConnectionError);
      }
      if (closes === this.#closes) this.#waiting.first?.reject(error as Error);
      this.#serve();
      return;
    }
    this.#dials--;
    this.#opening.delete(connection);
    this.#takeBack(connection);
  }

  /** The settings, with the place where the server is now. */
  async #located(locator: Locator): Promise<ConnectionSettings> {
    const { connectTimeout } = this.#settings;
    this.#unfollow ??= this.#follow(locator);
    const start = performance.now();
    const location = await locator.locate(connectTimeout);
    const left = Math.max(1, Math.round(connectTimeout - (performance.now() - start)));
    return { ...this.#settings, ...location, connectTimeout: left };
  }

  #follow(locator: Locator): () => void {
    const ends = [
      locator.onMove((stays) => this.#moved(stays)),
      locator.onDoubt?.((address) => this.#doubted(address)),
    ];
    return () => {
      for (const end of ends) end?.();
    };
  }

  /** What is connected there may be to the wrong server. Who has such a connection keeps it; nobody gets it after that. */
  #doubted(address: Address): void {
    const endpoint = endpointOf(address);
    for (const connection of [...this.#leased, ...this.#asked])
      if (endpointOf(connection.address) === endpoint) this.wear(connection);
    for (const { connection } of [...this.#idle])
      if (endpointOf(connection.address) === endpoint)
        connection.destroy(movedError(connection.endpoint, this.endpoint));
  }

  /**
   * What was sought is somewhere else now: whatever is connected to another place goes, and who leased it is told. A call under way gets a
   * moment first: a server that steps down answers those that block.
   */
  #moved(stays: Stays): void {
    const idle = this.#idle.map(({ connection }) => connection);
    for (const connection of [...idle, ...this.#asked, ...this.#leased, ...this.#opening]) {
      if (stays(connection.address)) continue;
      const error = movedError(connection.endpoint, this.endpoint);
      if (connection.ready && connection.inFlight > 0) {
        this.wear(connection);
        setTimeout(() => connection.destroy(error), this.#settings.locator?.leave ?? LEAVE).unref();
      } else connection.destroy(error);
    }
  }

  #leaseMessage(): LeaseMessage {
    const { endpoint, maxConnections } = this;
    return { endpoint, maxConnections, startTime: performance.now() };
  }

  /** The leased are in the order of their leases. */
  #lend(connection: Connection): Connection {
    this.#leased.add(connection);
    return connection;
  }

  #held(connection: Connection, purpose: string): Connection {
    connection.holding = new Holding(purpose);
    return connection;
  }

  /** Who has had a connection for the longest time. */
  get holder(): LeaseHolder | undefined {
    const [oldest] = this.#leased;
    return oldest?.holding?.holder;
  }

  /** Gives a connection that nobody has to whoever waits first, or lets it rest; one that cannot be lent again goes. */
  #takeBack(connection: Connection): void {
    if (this.#closed) connection.destroy(this.#closedError());
    else if (this.#isOld(connection) || connection.busy) connection.destroy(overError(connection));
    if (connection.closing) {
      this.#serve();
      return;
    }
    connection.released();
    const { first } = this.#waiting;
    if (first === undefined) this.#rest(connection);
    else first.resolve(this.#lend(connection));
  }

  /** Whether it was told of an older session state, was worn out, or has lived long enough. */
  #isOld(connection: Connection): boolean {
    const origin = this.#origins.get(connection);
    if (origin === undefined) return true;
    return origin.generation !== this.#generation || performance.now() - origin.madeAt >= this.#settings.maxLifetime;
  }

  /** The idle connection that was used last, if that was a short time ago. */
  #takeSound(): Connection | undefined {
    this.#prune();
    const last = this.#idle.at(-1);
    if (last === undefined || this.#isDoubtful(last.since)) return undefined;
    this.#idle.pop();
    return last.connection;
  }

  #isDoubtful(since: number): boolean {
    const { healthCheckInterval } = this.#settings;
    return healthCheckInterval > 0 && performance.now() - since >= healthCheckInterval;
  }

  /**
   * Asks the idle connection that was used last whether it still stands. If not, no other that was idle as long is believed to. Whoever
   * waits for the answer has half of its time left for a dial.
   */
  #ask(): void {
    const { connection } = this.#idle.pop()!;
    this.#asked.add(connection);
    const patience = patienceOf(this.#settings);
    const half = ((this.#waiting.first?.until ?? Infinity) - performance.now()) / 2;
    const impatience = half < patience ? setTimeout(() => this.#dialBeside(connection), half) : undefined;
    askForLife(connection, patience)
      .catch(() => {
        const doubtful = this.#idle.filter(({ since }) => this.#isDoubtful(since));
        for (const each of doubtful) each.connection.destroy(this.#closedError());
      })
      .finally(() => {
        clearTimeout(impatience);
        this.#asked.delete(connection);
        this.#takeBack(connection);
      });
  }

  /** Dials for those who have no time to wait for an answer; where there is no room, instead of the connection that owes it. */
  #dialBeside(asked: Connection): void {
    if (this.#closed || this.#waiting.length <= this.#dials) return;
    if (this.#size < this.maxConnections) void this.#dial();
    else {
      const { endpoint } = asked;
      asked.destroy(new ConnectionError(`${endpoint} has not answered in time`, { code: 'UNRESPONSIVE', endpoint }));
    }
  }

  #wait({ timeout = DEFAULT_WAIT, signal, queue = true }: AcquireOptions): Promise<Connection> {
    // The others in the line get what is idle, or is made.
    const behind = this.#waiting.length - (this.maxConnections - this.#leased.size);
    if (behind >= 0 && (!queue || behind >= this.#maxWaiters)) return Promise.reject(this.#full(queue));
    return this.#waiting.join(timeout, signal, () => this.#waitedInVain(timeout));
  }

  #full(queue: boolean): MaxConnectionsError {
    const { maxConnections, endpoint, holder } = this;
    const wait = queue && this.#maxWaiters > 0 ? `, and ${this.#waiting.length} wait for one` : '';
    return new MaxConnectionsError(allLeased(maxConnections, endpoint, wait, holder), { endpoint, holder });
  }

  #waitedInVain(timeout: number): ConnectionError {
    const { maxConnections, endpoint, holder } = this;
    const wait = ` for ${Math.round(timeout)} ms`;
    if (this.#leased.size >= maxConnections)
      return new MaxConnectionsError(allLeased(maxConnections, endpoint, wait, holder), { endpoint, holder });
    return new ConnectionError(`no connection to ${endpoint} within${wait.slice(4)}`, {
      code: 'CONNECT_TIMEOUT',
      endpoint,
    });
  }

  /**
   * Asks idle connections, and dials, for those who wait, as far as there is room. Whoever is first in line gets what comes: a
   * connection, or the cause.
   */
  #serve(fresh = false): void {
    if (this.#closed || this.#waiting.length <= this.#dials + this.#asked.size) return;
    if (this.#idle.length > 0 && !fresh) {
      this.#ask();
      return;
    }
    if (this.#size < this.maxConnections) void this.#dial();
  }

  #rest(connection: Connection): void {
    this.#idle.push({ connection, since: performance.now() });
    const { idleTimeout, maxLifetime } = this.#settings;
    const round = Math.max(SHORTEST_ROUND, Math.min(LONGEST_ROUND, idleTimeout / 2, maxLifetime / 2));
    this.#pruning ??= setInterval(() => this.#prune(), round).unref();
  }

  /** Closes what has been idle too long, or has lived too long. */
  #prune(): void {
    const limit = performance.now() - this.#settings.idleTimeout;
    const over = this.#idle.filter(({ connection, since }) => since < limit || this.#isOld(connection));
    for (const { connection } of over) connection.destroy(this.#closedError());
    if (this.#idle.length === 0) {
      clearInterval(this.#pruning);
      this.#pruning = undefined;
    }
  }

  #dropIdle(): void {
    for (const { connection } of this.#idle.splice(0)) connection.destroy(this.#closedError());
  }

  #refuse(): void {
    this.#closed = true;
    this.#closes++;
    clearInterval(this.#pruning);
    this.#unfollow?.();
    this.#unfollow = undefined;
    this.#waiting.dismiss(() => this.#closedError());
    this.#dropIdle();
    // Nobody waits for them any more.
    for (const connection of [...this.#opening, ...this.#asked]) connection.destroy(this.#closedError());
  }

  #checkDrained(): void {
    if (this.#closers.size > 0 && this.#leased.size === 0) this.destroy();
  }

  #endCloses(): void {
    for (const end of this.#closers) end();
    this.#closers.clear();
  }

  #closedError(): ConnectionError {
    return new ConnectionError('the connection pool is closed', { code: 'CLOSED', endpoint: this.endpoint });
  }
}

function overError({ endpoint }: Connection): ConnectionError {
  return new ConnectionError('the session is over', { code: 'CLOSED', endpoint });
}
