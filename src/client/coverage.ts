import { command, type Spec } from '../commands/spec.ts';
import type { Connection } from '../connection/connection.ts';
import { Request, type RequestOptions } from '../connection/request.ts';
import { ResponseError } from '../errors.ts';
import type { Node } from '../topology/node.ts';
import { clock } from '../util/clock.ts';
import { timerDelay } from '../util/timer.ts';
import type { CacheReport } from './cache-report.ts';

const PING: Spec = command('PING');
const EXISTS: Spec = command('EXISTS');
const SIGN_SIZE = 64;
/** What a server says that does not serve a key, or not now: what it tells of the key, then, is not all. */
const NOT_SERVED = /^(MOVED|ASK|REDIRECT|READONLY|CLUSTERDOWN|MASTERDOWN|LOADING|TRYAGAIN)$/;
/** How long after the last read a connection is still asked for signs of life, in milliseconds. */
const LINGER = 1000;
/** What part of the bound is used. */
export const MARGIN = 0.8;
/** How often the clock is read within a turn of the event loop, as a mask of the hits. */
const MASK = 127;

/**
 * What one connection that tracks has read: as long as it lives, the server tells it of every change.
 *
 * That it lives must be proven. What the server has to tell comes before the reply to a later command, so a reply proves that every
 * change has been heard that was made before its command was sent:
 *
 * ```
 *   we:       EXISTS --.            .--> proven up to when it was sent
 *   server:            '-- changes, reply
 * ```
 *
 * The replies of reads prove it too. While the cache is read, the server is asked for a sign when nothing else has proven it for a quarter
 * of the bound: whether a key exists that was read, rather than a PING, since a server that has become a replica, or has given the key
 * away, refuses that.
 */
export class Coverage {
  /** The connection is gone, and with it what this has covered. */
  lost = false;
  /** A key that was read here, one character per byte. */
  key: string | undefined;

  readonly connection: Connection;
  /** The node of a cluster that it is a connection to. */
  readonly node: Node | undefined;
  /** How often the node's role had changed when that was looked at last. */
  turns: number;
  readonly #bound: number;
  readonly #options: RequestOptions;
  readonly #report: CacheReport;
  /** Changes made before this moment have been heard. */
  #provenAt = clock();
  /** The proof has run out, however the clock goes on. */
  #isOutrun = false;
  #wantedAt = 0;
  /** It was asked for since the last beat that found it was not. */
  #isWanted = false;
  /** It was good at the last look, which was in this turn of the event loop. */
  #isGood = false;
  #hits = 0;
  #timer: NodeJS.Timeout | undefined;
  #asking = false;

  /** `bound`: how old the proof may be, in milliseconds. Less, by a fifth, since the clock is not read for every hit. */
  constructor(
    connection: Connection,
    node: Node | undefined,
    bound: number,
    options: RequestOptions,
    report: CacheReport,
  ) {
    this.connection = connection;
    this.node = node;
    this.turns = node?.turns ?? 0;
    this.#bound = MARGIN * bound;
    this.#options = options;
    this.#report = report;
    if (this.#bound < Infinity) this.#watch();
  }

  /**
   * Whether what was read here can be told now. The clock is read for the first hit of a turn of the event loop, and for every
   * 128th: a reading takes longer than all the rest.
   */
  get isProven(): boolean {
    return (this.#isGood && (++this.#hits & MASK) !== 0) || this.#look();
  }

  /** A command that was sent at this moment, or after it, has been answered. */
  prove(sentAt: number): void {
    if (this.#isOutrun || ((sentAt - this.#provenAt) | 0) > 0) this.#provenAt = sentAt;
    this.#isOutrun = false;
    if (this.#timer === undefined && this.#bound < Infinity && !this.lost) this.#watch();
  }

  /** The connection is gone. */
  end(): void {
    this.lost = true;
    this.#isGood = false;
    clearTimeout(this.#timer);
  }

  #look(): boolean {
    if (this.lost) return false;
    this.#report.watch();
    if (this.#bound === Infinity) return true;
    const now = clock();
    this.#wantedAt = now;
    this.#isWanted = true;
    if (this.#timer === undefined) this.#watch();
    const isGood = !this.#isOutrun && this.#isRecent(now);
    if (isGood && !this.#isGood) process.nextTick(this.#endTurn);
    this.#isGood = isGood;
    return isGood;
  }

  #isRecent(now: number): boolean {
    return ((now - this.#provenAt) | 0) <= this.#bound;
  }

  readonly #endTurn = (): void => {
    this.#isGood = false;
  };

  #watch(): void {
    this.#timer = setTimeout(this.#beat, timerDelay(this.#bound / 4)).unref();
  }

  readonly #beat = (): void => {
    this.#timer = undefined;
    const now = clock();
    if (this.lost || this.connection.closing) return;
    this.#isWanted &&= ((now - this.#wantedAt) | 0) <= LINGER;
    if (this.#isWanted) {
      const isDue = this.#isOutrun || ((now - this.#provenAt) | 0) >= this.#bound / 4;
      if (isDue && !this.#asking) this.#ask(now);
    } else if (!this.#isRecent(now)) {
      // From here on nobody looks at the clock, which comes round.
      this.#isOutrun = true;
      return;
    }
    this.#watch();
  };

  #ask(now: number): void {
    this.#asking = true;
    const answered = (isServed: boolean): void => {
      this.#asking = false;
      if (isServed) this.prove(now);
    };
    this.connection.send(new Sign(this.connection, this.key, this.#options, answered));
  }
}

/** Asks for a sign of life. */
class Sign extends Request {
  readonly #connection: Connection;
  readonly #answered: (isServed: boolean) => void;

  constructor(
    connection: Connection,
    key: string | undefined,
    options: RequestOptions,
    answered: (isServed: boolean) => void,
  ) {
    const args = key === undefined ? [] : [Buffer.from(key, 'latin1')];
    super(key === undefined ? PING : EXISTS, args, undefined, options, SIGN_SIZE, nobody);
    this.#connection = connection;
    this.#answered = answered;
  }

  /** Another server's reply, to which it was redirected, proves nothing. */
  override succeed(reply: unknown, from?: object): void {
    if (this.settled) return;
    super.succeed(reply, from);
    this.#answered(from === this.#connection);
  }

  protected override reject(makeError: () => unknown): void {
    const error = makeError();
    this.#answered(error instanceof ResponseError && !NOT_SERVED.test(error.prefix));
  }
}

function nobody(): void {}
