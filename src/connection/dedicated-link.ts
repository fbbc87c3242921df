import { command, type Spec } from '../commands/spec.ts';
import { isTraced, traceCommand } from '../diagnostics.ts';
import { AbortError, ConnectionError } from '../errors.ts';
import type { StreamReader } from '../protocol/decoder.ts';
import { sizeOf, type Argument } from '../protocol/encoder.ts';
import { timerDelay } from '../util/timer.ts';
import type { Connection, ConnectionListener } from './connection.ts';
import { DialFailures } from './dial-failures.ts';
import { isPermanent } from './failure.ts';
import type { Pool } from './pool.ts';
import { lastResolve, newPromise, OWN_REQUEST, Request, type RequestOptions } from './request.ts';
import type { RetrySettings } from './settings.ts';

const PING: Spec = command('PING');
const PONG: Buffer = Buffer.from('pong');
/** A first dial with less time than this left is not begun, in milliseconds. */
const LEAST_DIAL = 10;

export type DedicatedLinkState = 'idle' | 'connecting' | 'ready' | 'reconnecting' | 'closed';

/** What a dedicated link is for. */
export interface DedicatedLinkOwner {
  /** Whether there is anything to keep a connection for. */
  readonly needed: boolean;
  /** Sees first what comes. */
  readonly reader: StreamReader;
  /** Out-of-band data that the reader left. */
  pushed(items: unknown[]): void;
  /** A connection stands: whatever it must be told is sent now. */
  opened(connection: Connection): void;
  /** The connection is gone; the last bytes of it came at `lastRead`, on the `clock()`. */
  lost(lastRead: number): void;
  /** A connection could not be made; `final` when no further try is made before `start`. */
  failed(error: Error, final: boolean): void;
}

/** How a dedicated link behaves; times in milliseconds. */
export interface DedicatedLinkOptions {
  readonly retry: RetrySettings;
  /** How often the server is asked for a sign of life; 0 is never. */
  readonly interval: number;
  /** How long it may take to answer. */
  readonly patience: number;
  /** What is sent is the client's own: those who listen for commands are not told. */
  readonly untold?: boolean;
}

/**
 * Keeps a connection of one's own alive, on lease from a pool, for as long as it is needed.
 *
 * ```
 *           start                        leased
 *   idle -----------------> connecting ----------> ready
 *    ^                        |    ^ timer           | lost
 *    |  first dials failed    |    |                 v
 *    '------------------------'    '------------ reconnecting <-- dial failed: longer backoff
 *    ^                                               |   ^---------------'
 *    '----------- nothing is needed any more --------'
 *
 *   any --close--> closed
 * ```
 *
 * Invariant: unless it is idle or closed, it is connected, or a lease or a timer is pending. A dead connection is found at the latest
 * `interval` and `patience` after it has died: a PING goes out every `interval`, and has `patience` to be answered.
 */
export class DedicatedLink implements ConnectionListener {
  readonly #pool: Pool;
  readonly #owner: DedicatedLinkOwner;
  readonly #options: DedicatedLinkOptions;
  readonly #requests: RequestOptions;
  readonly #failures: DialFailures;

  #state: DedicatedLinkState = 'idle';
  #connection: Connection | undefined;
  #dialling: AbortController | undefined;
  #backoff: NodeJS.Timeout | undefined;
  #probe: NodeJS.Timeout | undefined;
  #probing = false;
  #wasReady = false;
  #startedAt = 0;
  #firstCause: Error | undefined;

  constructor(pool: Pool, owner: DedicatedLinkOwner, options: DedicatedLinkOptions) {
    this.#pool = pool;
    this.#owner = owner;
    this.#options = options;
    this.#failures = new DialFailures(options.retry.backoff);
    this.#requests = { ...OWN_REQUEST, mode: { encoding: 'buffer', integers: 'number' }, timeout: options.patience };
  }

  get state(): DedicatedLinkState {
    return this.#state;
  }

  get endpoint(): string {
    return this.#pool.endpoint;
  }

  /** The connection, while it stands. */
  get connection(): Connection | undefined {
    return this.#connection;
  }

  /** Makes a connection, unless there is one or one is being made. */
  start(): void {
    if (this.#state !== 'idle') return;
    this.#state = 'connecting';
    this.#wasReady = false;
    this.#failures.reset();
    this.#firstCause = undefined;
    this.#startedAt = performance.now();
    this.#dial();
  }

  /** Writes a request on the connection, which must stand. */
  send(request: Request): void {
    if (isTraced() && request.spec !== PING && this.#options.untold !== true) {
      traceCommand(request, this.endpoint, this.#connection!.database);
    }
    this.#connection!.send(request);
  }

  /** A request to be sent, and the promise of its reply, which is bytes. Its deadline is `patience`, or `timeout`. */
  request(
    spec: Spec,
    args: readonly Argument[],
    timeout?: number,
  ): { readonly request: Request; readonly reply: Promise<unknown> } {
    const reply = newPromise<unknown>();
    const options = timeout === undefined ? this.#requests : { ...this.#requests, timeout };
    const request = new Request(spec, args, undefined, options, sizeOf(args), lastResolve());
    return { request, reply };
  }

  /** Asks for a sign of life. */
  async ping(args: readonly Argument[], timeout?: number): Promise<unknown> {
    const { endpoint } = this;
    if (this.#connection === undefined) throw new ConnectionError(`${endpoint} is down`, { code: 'DOWN', endpoint });
    const { request, reply } = this.request(PING, args, timeout);
    this.send(request);
    return await reply;
  }

  /** Gives the connection up, for good. */
  close(): void {
    if (this.#state === 'closed') return;
    this.#end('closed');
  }

  // What the connection tells

  get reader(): StreamReader {
    return this.#owner.reader;
  }

  pushed(items: unknown[]): void {
    const [kind, message] = items;
    // RESP2 answers PING like this while anything is subscribed to.
    if (Buffer.isBuffer(kind) && kind.equals(PONG)) this.#connection?.answer(message);
    else this.#owner.pushed(items);
  }

  closed(): void {
    const connection = this.#connection;
    if (connection === undefined) return;
    this.#connection = undefined;
    clearInterval(this.#probe);
    this.#pool.release(connection);
    this.#failures.lost();
    this.#owner.lost(connection.lastRead);
    if (this.#state === 'ready') this.#goOn();
  }

  // Inside

  #dial(): void {
    const dialling = new AbortController();
    this.#dialling = dialling;
    // One that rested in the pool may have died there.
    const { signal } = dialling;
    this.#pool.acquire({ timeout: this.#timeLeft, signal, fresh: true, purpose: 'subscriptions' }).then(
      (connection) => {
        if (this.#dialling === dialling) this.#made(connection);
        else this.#pool.release(connection);
      },
      (error: Error) => {
        if (this.#dialling === dialling) this.#failed(error);
      },
    );
  }

  #made(connection: Connection): void {
    this.#dialling = undefined;
    if (connection.closing) {
      this.#pool.release(connection);
      const { endpoint } = this;
      this.#failed(new ConnectionError(`the connection to ${endpoint} was lost at once`, { endpoint }));
      return;
    }
    this.#connection = connection;
    this.#state = 'ready';
    this.#wasReady = true;
    this.#failures.ready();
    connection.listen(this);
    const { interval } = this.#options;
    if (interval > 0) this.#probe = setInterval(() => void this.#askForLife(), timerDelay(interval)).unref();
    this.#owner.opened(connection);
    if (!this.#owner.needed) this.#rest();
  }

  #failed(error: Error): void {
    this.#dialling = undefined;
    this.#firstCause ??= error;
    this.#failures.failed(this.#wasReady);
    const spent = this.#failures.count > this.#options.retry.retries || this.#timeLeft < LEAST_DIAL;
    const closed = error instanceof ConnectionError && error.code === 'CLOSED';
    if (closed || (!this.#wasReady && (spent || isPermanent(error)))) {
      this.#state = 'idle';
      this.#owner.failed(closed ? error : this.#firstCause, true);
      return;
    }
    this.#owner.failed(error, false);
    // Its owner may have closed it.
    if (this.#dialling === undefined && (this.#state === 'connecting' || this.#state === 'reconnecting')) {
      this.#goOn();
    }
  }

  /** Tries again, later; unless there is nothing to try it for. */
  #goOn(): void {
    if (!this.#owner.needed) {
      this.#rest();
      return;
    }
    this.#state = this.#wasReady ? 'reconnecting' : 'connecting';
    const delay = this.#failures.delay;
    this.#backoff = setTimeout(() => this.#dial(), timerDelay(delay));
  }

  /** What is left of `connectTimeout` for this dial; the first ones share it. */
  get #timeLeft(): number {
    const { connectTimeout } = this.#pool.settings;
    if (this.#wasReady) return connectTimeout;
    return Math.max(1, Math.round(connectTimeout - (performance.now() - this.#startedAt)));
  }

  #rest(): void {
    this.#end('idle');
  }

  #end(state: 'idle' | 'closed'): void {
    this.#state = state;
    clearTimeout(this.#backoff);
    clearInterval(this.#probe);
    const connection = this.#connection;
    const dialling = this.#dialling;
    this.#connection = undefined;
    this.#dialling = undefined;
    dialling?.abort(new AbortError('nothing needs the connection any more'));
    if (connection === undefined) return;
    const { endpoint } = this;
    connection.destroy(new ConnectionError('the connection was given up', { code: 'CLOSED', endpoint }));
    this.#pool.release(connection);
  }

  /** One question at a time: until it is answered, or the connection is given up for want of an answer. */
  async #askForLife(): Promise<void> {
    if (this.#probing || this.#connection === undefined) return;
    this.#probing = true;
    try {
      await this.ping([]);
    } catch {
      // Whatever is wrong, the connection finds out: it is closed when it stays silent, and an error reply is a sign of life.
    }
    this.#probing = false;
  }
}
