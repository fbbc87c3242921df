import { Conduct } from '../commands/conduct.ts';
import { isTraced, reconnectChannel, redirectChannel, retryChannel, traceCommand } from '../diagnostics.ts';
import type { ConnectionError, ResponseError } from '../errors.ts';
import { delayOf } from '../util/backoff.ts';
import { after, clock } from '../util/clock.ts';
import { Listeners } from '../util/listeners.ts';
import { timerDelay } from '../util/timer.ts';
import { Backlog, type BacklogOwner } from './backlog.ts';
import { ConnectWaiters } from './connect-waiters.ts';
import type { Connection } from './connection.ts';
import { addTraffic, newCounters, newTraffic, type LinkCounters, type Traffic } from './counters.ts';
import { Dialer, type DialerOwner } from './dialer.ts';
import { isPermanent } from './failure.ts';
import { GROUP } from './group.ts';
import { IdleCheck } from './idle-check.ts';
import { LEAVE, type Stays } from './locator.ts';
import type { Overseer } from './overseer.ts';
import { hasTime, isHarmless, isMadeUp, isNotNow, isWanted, mayRepeat } from './repetition.ts';
import { Status, type Request } from './request.ts';
import {
  anew,
  closedError,
  downError,
  lostError,
  movedError,
  overflowError,
  rememberCall,
  timeoutError,
} from './request-error.ts';
import { isMisdirected, successorIn } from './misdirection.ts';
import { endpointOf, targetOf, type ConnectionSettings, type RetrySettings, type SessionState } from './settings.ts';
import type { TrackingListener } from './tracking-listener.ts';

export type LinkState = 'idle' | 'connecting' | 'ready' | 'reconnecting' | 'closing' | 'closed';

/** What a link tells. None of it needs to be listened to. */
export interface LinkEvents {
  connect: readonly [];
  ready: readonly [];
  reconnecting: readonly [attempt: { readonly failures: number; readonly delay: number; readonly cause: Error }];
  close: readonly [];
  /**
   * New credentials could not be put to use on a connection that stands: the provider failed, or the server refused them. The
   * connection goes on as the user it was, and the provider's next change is another try.
   */
  rotationFailed: readonly [failure: { readonly endpoint: string; readonly cause: ConnectionError }];
}

/** How much waits and runs. */
export interface LinkStats {
  /** Requests not yet written. */
  readonly queued: number;
  /** Requests written and not yet answered. */
  readonly inFlight: number;
  /** Bytes of both, as accounted. */
  readonly bytes: number;
  readonly counters: LinkCounters;
}

/** How much may wait. */
export interface LinkBounds {
  readonly maxQueuedCommands: number;
  readonly maxQueuedBytes: number;
}

const isImpatient = (request: Request): boolean => request.options.whenDown === 'fail';

const firstWord = (text: string): string => text.split(' ', 1)[0]!;

/** Commands that a busy server takes all the same. */
const RESCUES = /^(SCRIPT KILL|FUNCTION KILL|SHUTDOWN)$/;
/**
 * Keeps a connection to one server alive, wherever that is, and carries the requests of all callers over it.
 *
 * ```
 *            send, connect             opened
 *    idle ------------------> connecting -----------------> ready
 *     ^                          |   ^                        |  lost
 *     |  the first connect fails |   | timer                  v
 *     '--------------------------'   '------------------ reconnecting <--.
 *        (every waiting request                               '----------'
 *         is told the cause)                                   dial failed: longer backoff
 *
 *    any --close--> closing --drained or timeout--> closed --connect--> connecting
 *    any --destroy--------------------------------> closed
 * ```
 *
 * Invariant: unless it is idle or closed, it is connected, or a dial or a timer is pending. Idle means that nobody has asked for a
 * connection yet, or that the first attempts failed and everybody has been told; the next request starts anew.
 */
export class Link implements DialerOwner, BacklogOwner {
  readonly events: Listeners<LinkEvents> = new Listeners<LinkEvents>();
  /** Is asked first about what the server refuses. */
  overseer: Overseer | undefined;

  readonly #settings: ConnectionSettings;
  readonly #session: SessionState;
  readonly #retry: RetrySettings;
  readonly #dialer: Dialer;
  readonly #waiters: ConnectWaiters = new ConnectWaiters();
  readonly #bounds: LinkBounds;
  readonly #tracking: TrackingListener | undefined;

  #state: LinkState = 'idle';
  #connection: Connection | undefined;
  /** When it was dialled, on the `clock()`. */
  #dialledAt = 0;
  /** The connection that is given up as soon as it has answered, or at the end of this timer. */
  #leaving: NodeJS.Timeout | undefined;
  /** The connection, while requests may go straight to it: it is ready, not blocked, and nothing waits before them. */
  #open: Connection | undefined;
  /** It was connected to a primary: a replica in its place is one that stepped down, or the wrong one. */
  #hadPrimary = false;
  #lastCause: ConnectionError | undefined;

  readonly #counters = newCounters();
  /** Of the connections that have ended. */
  readonly #traffic = newTraffic();
  readonly #backlog: Backlog = new Backlog(this);
  readonly #idleCheck: IdleCheck;
  /** Runs while refused requests are held back, until their next try. */
  #delay: NodeJS.Timeout | undefined;

  #closing: Promise<void> | undefined;
  /** Ends the wait of the close that is going on, and is known by it. */
  #drained: (() => void) | undefined;
  /** Runs until a close waits no longer. */
  #timer: NodeJS.Timeout | undefined;
  /** When that is, by `performance.now()`. */
  #limit = Infinity;

  constructor(
    settings: ConnectionSettings,
    session: SessionState,
    retry: RetrySettings,
    bounds: LinkBounds,
    tracking?: TrackingListener,
  ) {
    this.#settings = settings;
    this.#tracking = tracking;
    this.#session = session;
    this.#retry = retry;
    this.#dialer = new Dialer(settings, session, retry, this);
    this.#bounds = bounds;
    this.#idleCheck = new IdleCheck({ doubted: () => this.#doubted(), trusted: () => this.#pump() }, settings);
  }

  /** What it is connected to, or shall be. */
  get endpoint(): string {
    return this.#connection?.endpoint ?? targetOf(this.#settings);
  }

  get state(): LinkState {
    return this.#state;
  }

  get connection(): Connection | undefined {
    return this.#connection?.ready ? this.#connection : undefined;
  }

  /** Requests waiting to be written, and written and unanswered. */
  stats(): LinkStats {
    // A handshake on its way is none of the caller's commands.
    const connection = this.connection;
    return {
      queued: this.#backlog.length,
      inFlight: connection?.inFlight ?? 0,
      bytes: this.#backlog.bytes + (connection?.inFlightBytes ?? 0),
      counters: this.#counters,
    };
  }

  /** What went over its connections. */
  traffic(): Traffic {
    const traffic = { ...this.#traffic };
    if (this.#connection?.ready) addTraffic(traffic, this.#connection.traffic);
    return traffic;
  }

  /** A request goes to another server, because this one said so. */
  redirected(): void {
    this.#counters.redirects++;
  }

  /** A request is tried again, on a connection of its own. */
  retried(): void {
    this.#counters.retries++;
  }

  /** Sends a request, now or when there is a connection. Its deadline counts from now. */
  send(request: Request): void {
    if (isTraced()) traceCommand(request, this.endpoint, this.#session.db);
    const open = this.#open;
    if (open !== undefined && !open.blocked) {
      const bounds = this.#bounds;
      if (open.inFlight < bounds.maxQueuedCommands && open.inFlightBytes + request.size <= bounds.maxQueuedBytes)
        open.send(request);
      else this.#overflow(request);
    } else this.#enqueue(request);
  }

  /** Connects, unless it is connected. Rejects with the first real cause when the attempts are used up. */
  connect(): Promise<void> {
    if (this.#state === 'ready') return Promise.resolve();
    if (this.#state === 'closing') return this.#closing!.then(() => this.connect());
    const connected = this.#waiters.add(this.#retry.retries + 1);
    if (this.#state === 'closed') this.#state = 'idle';
    if (this.#state === 'idle') this.#start();
    return connected;
  }

  /** Sends a request that another server was to have: its deadline, and the room for it, are settled. */
  resend(request: Request): void {
    if (this.#state === 'closed') {
      request.fail(() => closedError(this.endpoint, request));
      return;
    }
    const open = this.#open;
    if (open !== undefined && !open.blocked) open.sendTimed(request);
    else if (request.options.whenDown === 'fail' && this.#down) {
      const cause = this.#lastCause;
      request.fail(downError(request, this.endpoint, cause));
    } else {
      this.#backlog.put(request);
      if (this.#state === 'idle') this.#start();
      else if (this.#idleCheck.isDoubtful) this.#pumpInDoubt(request);
    }
  }

  /** Gives away all that was not written yet, in its order. */
  withdraw(): Request[] {
    const requests = this.#backlog.takeAll();
    this.#checkDrained();
    return requests;
  }

  /** Takes a request out that was not written yet; a written one keeps its place, and its reply will be thrown away. */
  abort(request: Request, makeError: () => Error): void {
    if (request.settled) return;
    if (request.status === Status.queued) this.#backlog.fail(request, makeError);
    else request.fail(makeError);
    this.#checkDrained();
  }

  /**
   * Stops taking requests, waits until those it has are settled, at most `timeout` ms, then closes. Of several calls, the first timeout
   * that ends counts for all.
   */
  close(timeout: number): Promise<void> {
    if (this.#state === 'idle') this.destroy();
    if (this.#state === 'closed') return Promise.resolve();
    const closing = (this.#closing ??= this.#drain());
    const limit = performance.now() + timeout;
    if (limit < this.#limit) {
      this.#limit = limit;
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#drained?.(), timerDelay(timeout));
    }
    this.#pump();
    this.#checkDrained();
    return closing;
  }

  /** Closes at once. Whatever is unsettled rejects. */
  destroy(): void {
    if (this.#state === 'closed') return;
    const wasStarted = this.#state !== 'idle';
    this.#state = 'closed';
    this.#open = undefined;
    clearTimeout(this.#delay);
    this.#delay = undefined;
    this.#idleCheck.stop();
    const error = closedError(this.endpoint);
    const connection = this.#connection;
    this.#connection = undefined;
    this.#dialer.stop();
    this.#stay();
    connection?.destroy(error);
    this.#backlog.failAll((request) => closedError(this.endpoint, request));
    this.#backlog.stop();
    this.#waiters.settle(error);
    this.#closing = undefined;
    clearTimeout(this.#timer);
    this.#limit = Infinity;
    const drained = this.#drained;
    this.#drained = undefined;
    drained?.();
    if (wasStarted) this.events.emit('close');
  }

  // What the connection tells

  drained(connection: Connection): void {
    if (connection === this.#connection) this.#pump();
  }

  idle(connection: Connection): void {
    if (this.#leaving !== undefined && connection === this.#connection) connection.destroy(this.#movedError());
    else this.#checkDrained();
  }

  refused(request: Request, message: string, makeError: () => ResponseError): boolean {
    if (this.#idleCheck.isQuestion(request)) return false;
    const { name } = request.spec;
    const isServers = !isMadeUp(name, message);
    if (isServers && this.overseer?.refused(request, message) === true) return true;
    if (this.#state === 'closed') return false;
    if (isServers && isMisdirected(message) && this.#misdirected(request, message)) return true;
    const isUnrun = isNotNow(name, message);
    if (!isUnrun && !isWanted(request, makeError)) return false;
    const delay = Math.max(1, delayOf(this.#retry.backoff, request.attempts + 1));
    if (!hasTime(request, delay)) return false;
    this.#tellRetry(request, message);
    // Of a group, EXEC was refused.
    request.wasSent ||= !isUnrun && request.spec !== GROUP;
    this.#backlog.hold(request);
    this.#open = undefined;
    this.#delay ??= setTimeout(() => {
      this.#delay = undefined;
      this.#backlog.release();
      this.#pump();
    }, timerDelay(delay));
    return true;
  }

  late(request: Request): boolean {
    this.#counters.timeouts++;
    if (this.#state === 'closed' || !this.prolong(request)) return false;
    request.wasSent = true;
    this.#backlog.putBack([request]);
    this.#open = undefined;
    queueMicrotask(() => this.#pump());
    return true;
  }

  prolong(request: Request): boolean {
    const { retryOn, retries, timeout } = request.options;
    if (retryOn?.onTimeout !== true || request.attempts >= retries || request.spec === GROUP) return false;
    this.#tellRetry(request, 'TIMEOUT');
    rememberCall(request);
    request.deadline = after(clock(), timeout);
    return true;
  }

  rotationFailed(_: Connection, cause: ConnectionError): void {
    this.events.emit('rotationFailed', { endpoint: this.endpoint, cause });
  }

  userChanged(connection: Connection): void {
    if (connection === this.#connection) this.#tracking?.userChanged();
  }

  pushed(connection: Connection, items: unknown[]): void {
    if (connection === this.#connection) this.#tracking?.pushed(items);
  }

  closed(connection: Connection, error: ConnectionError, unanswered: readonly Request[]): void {
    addTraffic(this.#traffic, connection.traffic);
    if (connection === this.#connection || this.#connection === undefined) this.#tracking?.lost();
    if (connection !== this.#connection) {
      for (const request of unanswered) request.fail(() => lostError(request.spec.name, error));
      return;
    }
    this.#counters.lost++;
    this.#connection = undefined;
    this.#open = undefined;
    this.#idleCheck.stop();
    this.#stay();
    this.#settings.locator?.suspect(connection.address, error);
    this.#lastCause = error;
    const repeated: Request[] = [];
    let stateLost = false;
    for (const request of unanswered) {
      // Late or aborted, it may have run like any other.
      stateLost ||= request.spec.conduct === Conduct.tracked;
      if (request.settled) continue;
      if (!stateLost && this.#state !== 'closed' && mayRepeat(request, error)) repeated.push(request);
      else request.fail(() => lostError(request.spec.name, error, stateLost));
    }
    // Whether SELECT or AUTH ran is not known: what was meant to run behind it would run in the dark.
    if (stateLost) this.#backlog.failAll(({ spec, wasSent }) => lostError(spec.name, error, true, wasSent));
    else this.#backlog.failWhere(isImpatient, (request) => downError(request, this.endpoint, error));
    for (const request of repeated) {
      this.#tellRetry(request, error.code);
      request.wasSent = true;
    }
    this.#backlog.putBack(repeated);
    this.#dialer.failures.lost();
    this.#reconnect(error);
  }

  /** Whether the last that is known of the server is that it cannot be reached. */
  get #down(): boolean {
    return this.#state === 'reconnecting' || (this.#state === 'connecting' && this.#dialer.failures.count > 0);
  }

  // The queue

  #enqueue(request: Request): void {
    if (this.#state === 'closed' || this.#state === 'closing') {
      request.fail(() => closedError(this.endpoint, request));
      return;
    }
    if (request.options.whenDown === 'fail' && this.#down) {
      const cause = this.#lastCause;
      request.fail(downError(request, this.endpoint, cause));
      return;
    }
    const { queued, inFlight, bytes } = this.stats();
    if (queued + inFlight >= this.#bounds.maxQueuedCommands || bytes + request.size > this.#bounds.maxQueuedBytes) {
      this.#overflow(request);
      return;
    }
    request.deadline = after(clock(), request.options.timeout);
    this.#backlog.add(request);
    if (this.#state === 'idle') this.#start();
    else if (this.#backlog.holds && RESCUES.test(request.spec.name)) this.#rescue(request);
    else if (this.#idleCheck.isDoubtful) this.#pumpInDoubt(request);
  }

  #pumpInDoubt(request: Request): void {
    this.#pump();
    this.#idleCheck.hurry(request.deadline);
  }

  /** What ends a BUSY state must not wait for its end. */
  #rescue(request: Request): void {
    const connection = this.connection;
    if (connection === undefined) return;
    this.#backlog.pick(request);
    connection.sendTimed(request);
  }

  #overflow(request: Request): void {
    const stats = this.stats();
    request.fail(() => overflowError(request, this.endpoint, stats, this.#bounds));
  }

  /** Writes what waits, as far as the socket takes it, and opens the straight way when nothing is left. */
  #pump(): void {
    const connection = this.#connection;
    if (connection === undefined || this.#leaving !== undefined || this.#backlog.holds) return;
    if (this.#backlog.length > 0) this.#idleCheck.ask();
    while (connection.ready && !connection.blocked) {
      if (this.#idleCheck.isDoubtful && !isHarmless(this.#backlog.peek())) break;
      const request = this.#backlog.take();
      if (request === undefined) {
        if (this.#state === 'ready') this.#open = connection;
        break;
      }
      connection.sendTimed(request);
    }
    this.#checkDrained();
  }

  /** Nobody knows whether the connection still stands. Who hears of changes on it must know, others when they need it. */
  #doubted(): void {
    this.#open = undefined;
    if (this.#tracking !== undefined) this.#idleCheck.ask();
  }

  overdue(request: Request, late: number): () => Error {
    this.#counters.timeouts++;
    const phase = request.wasSent ? 'sent' : 'queued';
    return timeoutError(request, {
      phase,
      endpoint: this.endpoint,
      inFlight: this.stats().inFlight,
      loopDelay: late,
      silence: this.connection?.silence ?? 0,
      cause: this.#lastCause,
    });
  }

  shortened(): void {
    this.#checkDrained();
  }

  // Connecting

  #start(): void {
    this.#state = 'connecting';
    this.events.emit('connect');
    // A listener may have closed the client.
    if ((this.#state as LinkState) !== 'closed') this.#dialer.start();
  }

  dialing(connection: Connection): void {
    this.#dialledAt = clock();
    this.#connection = connection;
  }

  /** What was sought is somewhere else now. */
  moved(stays: Stays): void {
    const connection = this.#connection;
    if (connection === undefined) {
      // Somebody knows where it is: that is worth a try at once.
      this.#dialer.hurry();
      return;
    }
    if (stays(connection.address)) return;
    if (connection.ready) this.#leave(connection);
    else connection.destroy(this.#movedError());
  }

  /** Writes no more to a connection to the wrong server. What it still answers counts; it does not get long for that. */
  #leave(connection: Connection): void {
    if (this.#leaving !== undefined) return;
    this.#open = undefined;
    connection.watchIdle = true;
    // Another primary may be writing already, of which this server does not tell.
    this.#tracking?.lost();
    const error = this.#movedError();
    const { leave = LEAVE } = this.#settings.locator!;
    this.#leaving = setTimeout(() => connection.destroy(error), connection.inFlight === 0 ? 0 : leave);
  }

  #stay(): void {
    clearTimeout(this.#leaving);
    this.#leaving = undefined;
  }

  /**
   * A server that is no primary any more refused a command, which therefore did not run: it runs where the primary is found, within its
   * deadline. Where a replica is asked for, or was found from the start, a write is the caller's mistake.
   */
  #misdirected(request: Request, message: string): boolean {
    const connection = this.#connection;
    const { locator } = this.#settings;
    if (connection === undefined || locator === undefined || !connection.ready) return false;
    const successor = successorIn(message);
    if (successor === undefined) {
      const expected = connection.role ?? (this.#hadPrimary ? 'primary' : connection.foundRole);
      if (expected === 'replica') return false;
      // Nothing is known of its role, as under RESP2: it may always have been a replica.
      if (expected === undefined && request.attempts >= this.#retry.retries) return false;
    }
    const isLost =
      request.options.whenDown === 'fail' ||
      (connection.role === undefined && !hasTime(request, this.#dialer.failures.delay));
    if (redirectChannel.hasSubscribers) {
      const target = successor === undefined ? undefined : endpointOf(successor);
      const { endpoint } = connection;
      redirectChannel.publish({ command: request.spec.name, endpoint, target, reason: firstWord(message) });
    }
    if (!isLost) {
      this.redirected();
      this.#tellRetry(request, message);
      this.#backlog.hold(request);
    }
    this.#leave(connection);
    if (successor === undefined) locator.doubt?.(connection.address);
    else locator.redirect?.(successor);
    return !isLost;
  }

  #movedError(): ConnectionError {
    return movedError(this.endpoint, this.#settings.locator!.name);
  }

  opened(connection: Connection): void {
    this.#hadPrimary ||= connection.foundRole === 'primary';
    this.#lastCause = undefined;
    connection.watchIdle = this.#closing !== undefined;
    if (this.#state !== 'closing') this.#state = 'ready';
    this.#idleCheck.watch(connection, (clock() - this.#dialledAt) | 0);
    this.#tracking?.tracked(connection);
    this.overseer?.opened?.(connection);
    if (this.#delay === undefined) this.#backlog.release();
    this.#pump();
    this.#waiters.settle();
    this.events.emit('ready');
  }

  failed(error: ConnectionError): void {
    this.#connection = undefined;
    this.#lastCause = error;
    const verdict = this.#state === 'closing' ? undefined : this.#dialer.verdict(error);
    if (verdict !== undefined) {
      this.#giveUp(verdict);
      return;
    }
    this.#waiters.disappoint(error);
    // Nothing that waits can succeed before somebody changes something; the link itself keeps trying.
    if (isPermanent(error)) this.#backlog.failAll((request) => anew(error, request.spec.name, request.wasSent));
    this.#reconnect(error);
  }

  /** The first connection cannot be made: everybody who waits is told why, and the link rests. */
  #giveUp(error: ConnectionError): void {
    this.#state = 'idle';
    this.#dialer.stop();
    this.#backlog.failAll((request) => anew(error, request.spec.name, request.wasSent));
    this.#waiters.settle(error);
    this.events.emit('close');
  }

  #reconnect(cause: ConnectionError): void {
    if (this.#state === 'closing' && this.#isDrained) {
      this.#checkDrained();
      return;
    }
    if (this.#state !== 'closing') this.#state = this.#dialer.hasStood ? 'reconnecting' : 'connecting';
    const { count: failures, delay } = this.#dialer.failures;
    this.#counters.reconnects++;
    if (reconnectChannel.hasSubscribers) {
      const { endpoint } = this;
      reconnectChannel.publish({ endpoint, failures, delay, code: cause.code });
    }
    this.events.emit('reconnecting', { failures, delay, cause });
    // A listener may have closed the client.
    if ((this.#state as LinkState) === 'closed') return;
    this.#dialer.again(delay);
  }

  // Closing

  async #drain(): Promise<void> {
    let drained!: () => void;
    const wait = new Promise<void>((resolve) => {
      drained = resolve;
    });
    this.#drained = drained;
    this.#state = 'closing';
    this.#open = undefined;
    this.#waiters.settle(closedError(this.endpoint));
    const connection = this.#connection;
    if (connection !== undefined) connection.watchIdle = true;
    await wait;
    // It may have been destroyed meanwhile, and be another's again.
    if (this.#drained === drained) this.destroy();
  }

  #checkDrained(): void {
    if (this.#isDrained) this.#drained?.();
  }

  get #isDrained(): boolean {
    // The handshake of a connection that nobody needs any more is nothing to wait for.
    return this.#backlog.length === 0 && (this.connection?.inFlight ?? 0) === 0;
  }

  /** Counts another try of a request, for this reason: a code, or a reply that begins with one. */
  #tellRetry(request: Request, reason: string): void {
    const attempt = ++request.attempts;
    this.#counters.retries++;
    if (!retryChannel.hasSubscribers) return;
    retryChannel.publish({ command: request.spec.name, endpoint: this.endpoint, attempt, reason: firstWord(reason) });
  }
}
