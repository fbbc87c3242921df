import { command, type Spec } from '../commands/spec.ts';
import { ConnectionError, ResponseError } from '../errors.ts';
import { clock, NEVER } from '../util/clock.ts';
import { timerDelay } from '../util/timer.ts';
import type { Connection } from './connection.ts';
import { lastResolve, newPromise, OWN_REQUEST, Request, type RequestOptions } from './request.ts';
import type { ConnectionSettings } from './settings.ts';

const PING: Spec = command('PING');
/** As accounted. */
const PING_SIZE = 16;
/** A server has this long to show that a connection stands, however little time those have who wait; milliseconds. */
const LEAST_PATIENCE = 100;

/** How long a server may take to show that an idle connection still stands: a command that waits for it has as long again. Milliseconds. */
export function patienceOf({ silence, connectTimeout }: ConnectionSettings): number {
  return Math.max(1, Math.min(silence, connectTimeout) / 2);
}

/**
 * Resolves when the connection has answered a PING; a refusal is an answer. One that stays silent for `patience` ms is destroyed, and
 * is told as `UNRESPONSIVE`. `words` go with the PING.
 */
export async function askForLife(
  connection: Connection,
  patience: number,
  asking?: (question: Request) => void,
  words: readonly string[] = [],
): Promise<void> {
  const options: RequestOptions = { ...OWN_REQUEST, mode: { encoding: 'utf8', integers: 'number' }, timeout: patience };
  const reply = newPromise<unknown>();
  const question = new Request(PING, words, undefined, options, PING_SIZE, lastResolve());
  asking?.(question);
  connection.send(question);
  try {
    await reply;
  } catch (error) {
    if (error instanceof ResponseError) return;
    giveUp(connection, patience, error);
    throw error;
  }
}

function giveUp(connection: Connection, patience: number, cause?: unknown): void {
  const { endpoint } = connection;
  const message = `${endpoint} did not answer for ${Math.round(patience)} ms after the connection had been idle`;
  connection.destroy(new ConnectionError(message, { code: 'UNRESPONSIVE', endpoint, cause }));
}

/** Whose connection is checked. */
export interface IdleCheckOwner {
  /** The connection has been idle for too long to be trusted with a write. */
  doubted(): void;
  /** It has answered. */
  trusted(): void;
}

/**
 * Doubts a connection that was idle for `interval` ms, until it has answered.
 *
 * ```
 *             idle for `interval`          ask()
 *   trusted ----------------------> doubted -----> asked --no answer--> destroyed
 *      ^                                             |
 *      '------------------- answer ------------------'
 * ```
 *
 * Nothing is sent while nobody asks: a connection may be idle for as long as it likes.
 */
export class IdleCheck {
  readonly #owner: IdleCheckOwner;
  readonly #interval: number;
  readonly #patience: number;
  #connection: Connection | undefined;
  #timer: NodeJS.Timeout | undefined;
  #state: 'trusted' | 'doubted' | 'asked' = 'trusted';
  #question: Request | undefined;
  /** How long it took to connect. */
  #dialTime = 0;
  /** Runs while somebody waits who has little time. */
  #haste: NodeJS.Timeout | undefined;
  /** When it ends, on the `clock()`. */
  #hasteEnd = 0;

  constructor(owner: IdleCheckOwner, settings: ConnectionSettings) {
    this.#owner = owner;
    this.#interval = settings.healthCheckInterval;
    this.#patience = patienceOf(settings);
  }

  /** Nobody knows whether the connection still stands. */
  get isDoubtful(): boolean {
    return this.#state !== 'trusted';
  }

  get isAsking(): boolean {
    return this.#state === 'asked';
  }

  /** Whether this is what was asked, rather than somebody's command. */
  isQuestion(request: Request): boolean {
    return request === this.#question;
  }

  /** Watches a connection that stands, and took `dialTime` ms to make, instead of any other. */
  watch(connection: Connection, dialTime: number): void {
    this.stop();
    this.#connection = connection;
    this.#dialTime = dialTime;
    if (this.#interval > 0) this.#wait(this.#interval);
  }

  stop(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#haste);
    this.#haste = undefined;
    this.#connection = undefined;
    this.#question = undefined;
    this.#state = 'trusted';
  }

  /** Asks the connection for a sign of life, unless it is trusted or was asked. */
  ask(): void {
    const connection = this.#connection;
    if (connection === undefined || this.#state !== 'doubted') return;
    this.#state = 'asked';
    const asking = (question: Request): void => {
      this.#question = question;
    };
    askForLife(connection, this.#patience, asking).then(
      () => {
        if (connection !== this.#connection) return;
        this.watch(connection, this.#dialTime);
        this.#owner.trusted();
      },
      // Its owner is told by the connection's end.
      () => undefined,
    );
  }

  /**
   * Somebody waits until `deadline`: half of his time is for the answer, and half for another connection, unless that would not be
   * enough to make one.
   */
  hurry(deadline: number): void {
    const connection = this.#connection;
    if (connection === undefined || this.#state !== 'asked' || deadline === NEVER) return;
    const patience = ((deadline - clock()) | 0) / 2;
    const end = (clock() + patience) | 0;
    if (patience < Math.max(LEAST_PATIENCE, this.#dialTime) || patience >= this.#patience) return;
    if (this.#haste !== undefined && ((this.#hasteEnd - end) | 0) <= 0) return;
    clearTimeout(this.#haste);
    this.#hasteEnd = end;
    this.#haste = setTimeout(() => {
      // The answer may be there, and not be read by a process that was busy.
      setImmediate(() => {
        if (connection === this.#connection && this.#state === 'asked') giveUp(connection, patience);
      });
    }, timerDelay(patience));
  }

  #wait(milliseconds: number): void {
    this.#timer = setTimeout(() => this.#look(), timerDelay(milliseconds)).unref();
  }

  #look(): void {
    const connection = this.#connection!;
    const left = connection.inFlight > 0 ? this.#interval : this.#interval - ((clock() - connection.lastUsed) | 0);
    if (left > 0) this.#wait(left);
    else {
      this.#state = 'doubted';
      this.#owner.doubted();
    }
  }
}
