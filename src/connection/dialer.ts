import type { ConnectionError } from '../errors.ts';
import { timerDelay } from '../util/timer.ts';
import { Connection, type ConnectionOwner } from './connection.ts';
import { DialFailures } from './dial-failures.ts';
import { isPermanent } from './failure.ts';
import type { Location, Stays } from './locator.ts';
import type { ConnectionSettings, RetrySettings, SessionState } from './settings.ts';

/** Whom a dialer connects. */
export interface DialerOwner extends ConnectionOwner {
  /** A connection is being made. */
  dialing(connection: Connection): void;
  /** It stands. */
  opened(connection: Connection): void;
  /** It, or the question where the server is, has failed. */
  failed(error: ConnectionError): void;
  /** What was sought is somewhere else now. */
  moved(stays: Stays): void;
}

/** A first dial with less time than this left is not begun, in milliseconds. */
const LEAST_DIAL = 10;

/**
 * Finds a server and connects to it, as often as it is told to.
 *
 * ```
 *   dial() --> where is it? --> connect, handshake --> opened()
 *     ^             '-----------------'-------------> failed()
 *     '--- a timer of the backoff <--- again()
 * ```
 *
 * The tries for the first connection share one `connectTimeout`; each later one has its own.
 */
export class Dialer {
  readonly failures: DialFailures;
  readonly #settings: ConnectionSettings;
  readonly #session: SessionState;
  readonly #retry: RetrySettings;
  readonly #owner: DialerOwner;
  /** The server's place is being asked for. */
  #locating: Promise<Location> | undefined;
  /** Has not opened yet. */
  #connection: Connection | undefined;
  #unfollow: (() => void) | undefined;
  #pause: NodeJS.Timeout | undefined;
  #hasStood = false;
  #startedAt = 0;
  #firstCause: ConnectionError | undefined;

  constructor(settings: ConnectionSettings, session: SessionState, retry: RetrySettings, owner: DialerOwner) {
    this.#settings = settings;
    this.#session = session;
    this.#retry = retry;
    this.#owner = owner;
    this.failures = new DialFailures(retry.backoff);
  }

  /** Whether there has been a connection since the start. */
  get hasStood(): boolean {
    return this.#hasStood;
  }

  /** What the tries for the first connection are given up with, now that this went wrong; `undefined` when they go on. */
  verdict(error: ConnectionError): ConnectionError | undefined {
    if (this.#hasStood) return undefined;
    const isOver = this.failures.count > this.#retry.retries || this.#timeLeft < LEAST_DIAL || isPermanent(error);
    return isOver ? this.#firstCause : undefined;
  }

  /** Makes the first try. */
  start(): void {
    this.failures.reset();
    this.#firstCause = undefined;
    this.#startedAt = performance.now();
    this.dial();
  }

  /** Makes another try in `delay` ms. */
  again(delay: number): void {
    this.#pause = setTimeout(() => this.dial(), timerDelay(delay));
  }

  /** Makes the try now that a pause is held before. */
  hurry(): void {
    if (this.#pause !== undefined) this.dial();
  }

  dial(): void {
    clearTimeout(this.#pause);
    this.#pause = undefined;
    const isFirst = this.#hasStood || this.failures.count === 0;
    const settings = isFirst ? this.#settings : { ...this.#settings, connectTimeout: this.#timeLeft };
    const { locator, connectTimeout } = settings;
    if (locator === undefined) {
      this.#connect(settings);
      return;
    }
    this.#unfollow ??= locator.onMove((stays) => this.#owner.moved(stays));
    const start = performance.now();
    const locating = locator.locate(connectTimeout);
    if (!(locating instanceof Promise)) {
      this.#connect({ ...settings, ...locating });
      return;
    }
    this.#locating = locating;
    locating.then(
      ({ address, role }) => {
        if (this.#locating !== locating) return;
        this.#locating = undefined;
        const left = Math.max(1, Math.round(connectTimeout - (performance.now() - start)));
        this.#connect({ ...settings, address, role, connectTimeout: left });
      },
      (error: ConnectionError) => {
        if (this.#locating !== locating) return;
        this.#locating = undefined;
        this.#fail(error);
      },
    );
  }

  /** Gives up what is on its way, and forgets what has been. */
  stop(): void {
    clearTimeout(this.#pause);
    this.#pause = undefined;
    this.#locating = undefined;
    this.#connection = undefined;
    this.#unfollow?.();
    this.#unfollow = undefined;
    this.#hasStood = false;
    this.failures.reset();
  }

  /** What is left of `connectTimeout` for the first connection, in milliseconds. */
  get #timeLeft(): number {
    return Math.max(1, Math.round(this.#settings.connectTimeout - (performance.now() - this.#startedAt)));
  }

  #connect(settings: ConnectionSettings): void {
    let connection: Connection;
    try {
      connection = new Connection(settings, this.#session, this.#owner);
    } catch (error) {
      this.#fail(error as ConnectionError);
      return;
    }
    this.#connection = connection;
    this.#owner.dialing(connection);
    connection.opened.then(
      () => {
        if (connection !== this.#connection || !connection.ready) return;
        this.#connection = undefined;
        this.#hasStood = true;
        this.failures.ready();
        this.#owner.opened(connection);
      },
      (error: ConnectionError) => {
        if (connection !== this.#connection) return;
        this.#connection = undefined;
        settings.locator?.suspect(settings.address, error);
        this.#fail(error);
      },
    );
  }

  #fail(error: ConnectionError): void {
    this.#firstCause ??= error;
    this.failures.failed(this.#hasStood);
    this.#owner.failed(error);
  }
}
