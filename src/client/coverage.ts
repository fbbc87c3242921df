import { command, type Spec } from '../commands/spec.ts';
import type { Connection } from '../connection/connection.ts';
import { Request, type RequestOptions } from '../connection/request.ts';
import { clock } from '../util/clock.ts';
import { timerDelay } from '../util/timer.ts';

const PING: Spec = command('PING');
const PING_SIZE = 16;
/** How long after the last read a connection is still asked for signs of life, in milliseconds. */
const LINGER = 1000;

/**
 * What one connection that tracks has read: as long as it lives, the server tells it of every change.
 *
 * That it lives must be proven. What the server has to tell comes before the reply to a later command, so a reply proves that every
 * change has been heard that was made before its command was sent:
 *
 * ```
 *   we:       PING ----.            .--> proven up to when PING was sent
 *   server:            '-- changes, PONG
 * ```
 *
 * The replies of reads prove it too. While the cache is read, a PING is sent when nothing else has done so for a quarter of the bound.
 */
export class Coverage {
  /** The connection is gone, and with it what this has covered. */
  lost = false;

  readonly connection: Connection;
  readonly #bound: number;
  readonly #options: RequestOptions;
  /** Changes made before this moment have been heard. */
  #provenAt = clock();
  #wantedAt = 0;
  #timer: NodeJS.Timeout | undefined;
  #asking = false;

  /** `bound`: how old the proof may be, in milliseconds. */
  constructor(connection: Connection, bound: number, options: RequestOptions) {
    this.connection = connection;
    this.#bound = bound;
    this.#options = options;
  }

  /** Whether what was read here can be told now, at this moment of the `clock()`. */
  isProven(now: number): boolean {
    if (this.#bound === Infinity) return true;
    this.#wantedAt = now;
    if (this.#timer === undefined) this.#watch();
    return ((now - this.#provenAt) | 0) <= this.#bound;
  }

  /** A command that was sent at this moment, or after it, has been answered. */
  prove(sentAt: number): void {
    if (((sentAt - this.#provenAt) | 0) > 0) this.#provenAt = sentAt;
  }

  /** The connection is gone. */
  end(): void {
    this.lost = true;
    clearTimeout(this.#timer);
  }

  #watch(): void {
    this.#timer = setTimeout(this.#beat, timerDelay(this.#bound / 4)).unref();
  }

  readonly #beat = (): void => {
    this.#timer = undefined;
    const now = clock();
    if (this.lost || this.connection.closing || ((now - this.#wantedAt) | 0) > LINGER) return;
    if (!this.#asking && ((now - this.#provenAt) | 0) >= this.#bound / 4) this.#ask(now);
    this.#watch();
  };

  #ask(now: number): void {
    this.#asking = true;
    const answered = (isPong: boolean): void => {
      this.#asking = false;
      if (isPong) this.prove(now);
    };
    this.connection.send(new Sign(this.#options, answered));
  }
}

/** Asks for a sign of life. */
class Sign extends Request {
  readonly #answered: (isPong: boolean) => void;

  constructor(options: RequestOptions, answered: (isPong: boolean) => void) {
    super(PING, [], undefined, options, PING_SIZE, nobody);
    this.#answered = answered;
  }

  protected override deliver(): void {
    this.#answered(true);
  }

  protected override reject(): void {
    this.#answered(false);
  }
}

function nobody(): void {}
