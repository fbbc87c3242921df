import { setTimeout as pause } from 'node:timers/promises';
import { withBlockingTimeout } from '../commands/blocking.ts';
import { takeAsking } from '../connection/asking.ts';
import type { Connection } from '../connection/connection.ts';
import { delayWhileAway } from '../connection/dial-failures.ts';
import { isPermanent } from '../connection/failure.ts';
import type { Link } from '../connection/link.ts';
import { isMisdirected, successorIn } from '../connection/misdirection.ts';
import type { Pool } from '../connection/pool.ts';
import { isNotNow, isWanted } from '../connection/repetition.ts';
import { Status, type Request } from '../connection/request.ts';
import { anew, rememberCall } from '../connection/request-error.ts';
import { endpointOf, type RetrySettings } from '../connection/settings.ts';
import { isTraced, redirectChannel, retryChannel, traceCommand } from '../diagnostics.ts';
import { ConnectionError, MaxConnectionsError, ResponseError, TimeoutError } from '../errors.ts';
import { delayOf } from '../util/backoff.ts';
import { timerDelay } from '../util/timer.ts';
import { Witness } from './witness.ts';

/** How blocking calls are kept within bounds. Times in milliseconds. */
export interface BlockingSettings {
  /** Added to a command's own timeout to give its deadline. */
  readonly grace: number;
  /** How often the connections of commands without a timeout are checked; 0 is never. */
  readonly interval: number;
  /** How long the server may take to answer a check. */
  readonly patience: number;
  readonly retry: RetrySettings;
}

/** Whether an error means that nothing answers, rather than that somebody refuses. */
const isSilence = (error: unknown): boolean =>
  error instanceof TimeoutError ||
  (error instanceof ConnectionError && (error.code === 'UNRESPONSIVE' || error.code === 'CONNECT_TIMEOUT'));

/** One call, from its lease to its reply. */
interface BlockingCall {
  /** Where it runs; none while one is waited for. */
  connection: Connection | undefined;
  /** How long it may block, in milliseconds from `start`; 0 is for ever. */
  readonly timeout: number;
  start: number;
  /** When it must have a connection, on the same clock. */
  limit: number;
  /** Why there was none so far. */
  cause: Error | undefined;
  /** Ends the wait for a connection. */
  leave: AbortController | undefined;
  /** It was refused, and runs once more for the rest of its time. */
  isAgain: boolean;
  /** It was aborted: what it fails with when the server has released it. */
  abort: (() => Error) | undefined;
}

/** A call that was given away, and who runs it now. */
interface Past {
  readonly call: BlockingCall;
  home: BlockingCalls | undefined;
}

/** Those that were given away: few, so that no call carries what it would need for it. What they had of their time does not come back. */
const pasts: WeakMap<Request, Past> = new WeakMap();

/** How often a call is tried where the server does not say what it is. */
const BLIND_TRIES = 5;
/** The longest wait for a connection of a call that blocks for ever, in milliseconds. */
const LONGEST_LEASE = 60_000;
/** The longest wait between two tries to unblock. */
const UNBLOCK_PAUSE = 50;

/**
 * Blocking commands, each on a connection leased for the time.
 *
 * ```
 *   leased:  BLPOP queue 0 ........ blocked ........ reply -> back to the pool
 *   shared:  ............. CLIENT UNBLOCK <id> ERROR ........  (abort)
 *            ............. CLIENT LIST ID <id> .............   (is it still known to the server?)
 * ```
 *
 * An abort loses no element: the connection is told to unblock, and if the pop was faster its reply is delivered after all. Where the
 * shared connection is to another server, which has other clients by these numbers, it can neither unblock nor tell of them: an abort
 * closes the connection that blocks, and nothing is checked.
 */
export class BlockingCalls {
  readonly #pool: Pool;
  readonly #link: Link;
  readonly #settings: BlockingSettings;
  readonly #witness: Witness;
  /** What is running, where; without a connection while one is waited for. */
  readonly #running: Map<Request, BlockingCall> = new Map();
  /** One of the connections was to a primary: a replica in its place is one that stepped down. */
  #hadPrimary = false;
  #probe: NodeJS.Timeout | undefined;
  #checking = false;
  /** Since when checks have not been answered. */
  #silentSince: number | undefined;

  constructor(pool: Pool, link: Link, settings: BlockingSettings) {
    this.#pool = pool;
    this.#link = link;
    this.#settings = settings;
    this.#witness = new Witness(link, settings.patience, settings.interval);
  }

  /** Runs a request that blocks for up to `timeout` ms; 0 is for ever. One that was given away has the rest of its time. */
  run(request: Request, timeout: number): void {
    if (isTraced()) traceCommand(request, this.#pool.endpoint, this.#pool.session.db);
    const past = pasts.get(request);
    const call = past === undefined ? this.#first(request, timeout) : { ...past.call, connection: undefined };
    if (past !== undefined) past.home = this;
    this.#running.set(request, call);
    this.#pool.onRefused(request, (message, makeError) => this.#refused(request, call, message, makeError));
    const { cause, limit } = call;
    if (past !== undefined && cause !== undefined && performance.now() >= limit)
      request.fail(() => anew(cause, request.spec.name));
    else this.#begin(request, call);
  }

  #first(request: Request, timeout: number): BlockingCall {
    const { timeout: wait } = request.options;
    const start = performance.now();
    request.options = { ...request.options, timeout: timeout === 0 ? Infinity : timeout + this.#settings.grace };
    request.onSettled(() => (pasts.get(request)?.home ?? this).#ended(request));
    return {
      connection: undefined,
      timeout,
      start,
      limit: start + wait,
      cause: undefined,
      leave: undefined,
      isAgain: false,
      abort: undefined,
    };
  }

  #begin(request: Request, call: BlockingCall): void {
    const idle = this.#pool.acquireIdle(request.spec.name);
    if (idle !== undefined) {
      this.#start(request, call, idle);
      return;
    }
    rememberCall(request, call.start | 0);
    call.leave = new AbortController();
    this.#lease(request, call, call.leave.signal).then(
      (connection) => {
        call.leave = undefined;
        // Its own timeout is what it may block for, not what it waited for a connection.
        if (!call.isAgain) call.start = performance.now();
        if (request.settled || this.#running.get(request) !== call) this.#pool.release(connection);
        else this.#start(request, call, connection);
      },
      (error: Error) => {
        if (this.#running.get(request) === call) request.fail(() => anew(error, request.spec.name));
      },
    );
  }

  /** Whether a request is one of these. */
  isRunning(request: Request): boolean {
    return this.#running.has(request);
  }

  /** Leaves a request, which was refused, to another server. */
  forget(request: Request): void {
    const call = this.#running.get(request);
    if (call === undefined) return;
    call.isAgain = true;
    call.cause = undefined;
    call.limit = this.#lastLease(call);
    this.#giveAway(request, call);
  }

  /** Gives away those that still wait for a connection, apart from those that would come back. */
  withdraw(stays: (request: Request) => boolean): Request[] {
    const calls = [...this.#running].filter(([request, { connection }]) => connection === undefined && !stays(request));
    for (const [request, call] of calls) this.#giveAway(request, call);
    return calls.map(([request]) => request);
  }

  #giveAway(request: Request, call: BlockingCall): void {
    this.#ended(request);
    pasts.set(request, { call, home: undefined });
  }

  /** When one that was refused must have a connection again. */
  #lastLease({ timeout, start }: BlockingCall): number {
    return timeout === 0 ? performance.now() + LONGEST_LEASE : start + timeout + this.#settings.grace;
  }

  /**
   * An error reply. After an abort it is the one that was asked for. When the server is not ready, or not the primary any more, the call did
   * not run: it runs again, for the rest of its time, where it can.
   */
  #refused(request: Request, call: BlockingCall, message: string, makeError: () => ResponseError): boolean {
    if (call.abort !== undefined) {
      if (!message.startsWith('UNBLOCKED ')) return false;
      request.fail(call.abort);
      return true;
    }
    const isElsewhere = request.options.whenDown === 'wait' && this.#isMisdirected(request, call, message);
    if (!isElsewhere && !isWanted(request, makeError) && !isNotNow(request.spec.name, message)) return false;
    const delay = Math.max(1, delayOf(this.#settings.retry.backoff, request.attempts + 1));
    const passed = performance.now() - call.start + delay;
    if (call.timeout !== 0 && passed >= call.timeout + this.#settings.grace) return false;
    if (isElsewhere && call.connection !== undefined) this.#pool.wear(call.connection);
    call.connection = undefined;
    call.isAgain = true;
    rememberCall(request, call.start | 0);
    request.attempts++;
    this.#link.retried();
    if (isElsewhere) this.#link.redirected();
    this.#tell(request, message);
    request.status = Status.queued;
    setTimeout(() => {
      if (this.#running.get(request) !== call) return;
      call.limit = this.#lastLease(call);
      this.#begin(request, call);
    }, timerDelay(delay));
    return true;
  }

  #tell({ spec, attempts }: Request, message: string): void {
    const { endpoint } = this.#pool;
    const reason = message.split(' ', 1)[0]!;
    const target = successorIn(message);
    if (isMisdirected(message) && redirectChannel.hasSubscribers) {
      const to = target === undefined ? undefined : endpointOf(target);
      redirectChannel.publish({ command: spec.name, endpoint, target: to, reason });
    }
    if (retryChannel.hasSubscribers) retryChannel.publish({ command: spec.name, endpoint, attempt: attempts, reason });
  }

  /** Whether a refusal means that the primary is somewhere else now, rather than that it never was where it is looked for. */
  #isMisdirected(request: Request, call: BlockingCall, message: string): boolean {
    if (!isMisdirected(message)) return false;
    const found = call.connection?.foundRole;
    if (found === undefined) return this.#hadPrimary || request.attempts < BLIND_TRIES;
    return found === 'primary' || this.#hadPrimary;
  }

  /** Releases an aborted request; false when it is not one of these. */
  abort(request: Request, makeError: () => Error): boolean {
    const call = this.#running.get(request);
    if (call === undefined) return false;
    const { connection } = call;
    if (connection === undefined) request.fail(makeError);
    else if (connection.watchIdle) {
      call.abort = makeError;
      void this.#unblock(request, connection, makeError);
    }
    return true;
  }

  /** Releases them all: the client closes. What was popped by then is delivered. */
  end(): void {
    for (const request of [...this.#running.keys()]) {
      const details = {
        code: 'CLOSED',
        endpoint: this.#link.endpoint,
        sent: this.#running.get(request)?.connection !== undefined,
      };
      this.abort(request, () => new ConnectionError(`${request.spec.name}: the client is closed`, details));
    }
  }

  /** A connection, within the call's limit. While the server is away a call that would rather wait than fail tries again. */
  async #lease(request: Request, call: BlockingCall, signal: AbortSignal): Promise<Connection> {
    const { backoff, retries } = this.#settings.retry;
    const { whenDown } = request.options;
    const left = (): number => Math.max(1, call.limit - performance.now());
    for (let failures = 1; ; failures++) {
      try {
        return await this.#pool.acquire({ timeout: left(), signal, purpose: request.spec.name });
      } catch (error) {
        const isAway = this.#link.state === 'reconnecting';
        const delay = isAway ? delayWhileAway(backoff, failures) : delayOf(backoff, failures);
        const enough = whenDown === 'fail' || (this.#link.state === 'idle' && failures > retries) || delay >= left();
        const final = !(error instanceof ConnectionError) || error instanceof MaxConnectionsError || isPermanent(error);
        if (enough || final || signal.aborted || error.code === 'CLOSED') throw error;
        call.cause = error;
        await pause(timerDelay(delay), undefined, { signal });
      }
    }
  }

  #start(request: Request, call: BlockingCall, connection: Connection): void {
    call.connection = connection;
    this.#hadPrimary ||= connection.foundRole === 'primary';
    // The pool takes it back when it has answered.
    connection.watchIdle = true;
    this.#witness.introduce(connection);
    if (call.isAgain && call.timeout !== 0) this.#shorten(request, call);
    if (takeAsking(request)) connection.ask(request);
    connection.send(request);
    if (request.options.timeout !== Infinity || this.#settings.interval === 0 || this.#probe !== undefined) return;
    this.#silentSince = undefined;
    this.#probe = setInterval(() => void this.#check(), this.#settings.interval).unref();
  }

  /** One that was refused has the rest of its time. When that is nearly over it asks once more, for a moment. */
  #shorten(request: Request, { timeout, start }: BlockingCall): void {
    const passed = performance.now() - start;
    const left = Math.max(1, timeout - passed);
    request.args = withBlockingTimeout(request.spec, request.args, left);
    request.options = { ...request.options, timeout: Math.max(1, timeout + this.#settings.grace - passed) };
  }

  #ended(request: Request): void {
    this.#running.get(request)?.leave?.abort();
    this.#running.delete(request);
    if (this.#running.size > 0) return;
    clearInterval(this.#probe);
    this.#probe = undefined;
  }

  /**
   * Asks the server to release the connection until the blocked command is answered. More than once, since the request may come
   * before the command has begun to block. A server that will not is left by closing the connection.
   */
  async #unblock(request: Request, connection: Connection, makeError: () => Error): Promise<void> {
    // Not lent again before the last CLIENT UNBLOCK is answered: it could hit what blocks there next.
    connection.watchIdle = false;
    const id = connection.greeting?.id;
    const limit = performance.now() + this.#settings.grace;
    for (
      let wait = 1;
      !request.settled && id !== undefined && performance.now() < limit;
      wait = Math.min(wait * 2, UNBLOCK_PAUSE)
    ) {
      try {
        let isElsewhere = false;
        await this.#witness.call('CLIENT UNBLOCK', () => {
          const isKnown = this.#witness.knows(connection);
          isElsewhere = isKnown === false;
          return isKnown === true ? [id, 'ERROR'] : undefined;
        });
        if (isElsewhere) break;
      } catch {
        // No connection to ask on, or no permission to: closing ours has the same effect.
        break;
      }
      if (!request.settled) await pause(wait);
    }
    if (!request.settled) {
      request.fail(makeError);
      connection.destroy(
        new ConnectionError('the blocked command was aborted', { code: 'ABORTED', endpoint: connection.endpoint }),
      );
    }
    this.#pool.release(connection);
  }

  /** A command that waits for ever has no deadline to tell a dead connection by; the server's list of clients tells it. */
  async #check(): Promise<void> {
    if (this.#checking) return;
    this.#checking = true;
    await this.#drop();
    this.#checking = false;
  }

  /** Closes the connections that a check finds dead. */
  async #drop(): Promise<void> {
    const waiting = [...this.#running].flatMap(([request, { connection }]) =>
      connection !== undefined && request.options.timeout === Infinity ? [connection] : [],
    );
    if (waiting.length === 0) return;
    const { known, asked } = await this.#knownClients(waiting);
    if (known === undefined) return;
    for (const connection of asked) {
      const id = connection.greeting?.id;
      if (id !== undefined && new RegExp(`^id=${id} `, 'm').test(known)) continue;
      if (id === undefined && known !== '') continue;
      const details = { code: 'UNRESPONSIVE', endpoint: connection.endpoint };
      connection.destroy(new ConnectionError(`${connection.endpoint} no longer knows the blocked connection`, details));
    }
  }

  /**
   * The server's lines about those of the connections that it can know; `''` when it has been silent for two checks; `undefined` when
   * nothing was learnt.
   */
  async #knownClients(
    connections: readonly Connection[],
  ): Promise<{ readonly known: string | undefined; readonly asked: readonly Connection[] }> {
    let asked: readonly Connection[] = [];
    const start = performance.now();
    try {
      const list = await this.#witness.call('CLIENT LIST', () => {
        asked = connections.filter((connection) => this.#witness.knows(connection) === true);
        const ids = asked.flatMap((connection) => connection.greeting?.id ?? []);
        if (asked.length === 0) return undefined;
        return ids.length === 0 ? [] : ['ID', ...ids];
      });
      this.#silentSince = undefined;
      return { known: asked.length === 0 ? undefined : String(list), asked };
    } catch (error) {
      // An error reply is a sign of life. That the shared connection is down, or full, says nothing about the others.
      if (error instanceof ResponseError) this.#silentSince = undefined;
      if (!isSilence(error)) return { known: undefined, asked };
      this.#silentSince ??= start;
      const isDead = performance.now() - this.#silentSince >= 2 * this.#settings.patience;
      asked = connections.filter((connection) => this.#witness.knows(connection) !== false);
      return { known: isDead ? '' : undefined, asked };
    }
  }
}
