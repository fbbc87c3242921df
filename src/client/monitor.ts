import { randomBytes } from 'node:crypto';
import { command, type Spec } from '../commands/spec.ts';
import type { Connection, ConnectionListener } from '../connection/connection.ts';
import { askForLife } from '../connection/idle-check.ts';
import { lastResolve, newPromise, NO_CALLBACKS, Request, type RequestOptions } from '../connection/request.ts';
import { anew } from '../connection/request-error.ts';
import { AbortError, ConnectionError, PubSubError } from '../errors.ts';
import { LineReader } from '../protocol/line-reader.ts';
import type { Encoding, TextOf } from '../protocol/reply-mode.ts';
import type { Router } from '../topology/router.ts';
import { timerDelay } from '../util/timer.ts';
import { leased } from './leased.ts';
import { MessageBuffer } from './message-buffer.ts';
import { readMonitorEntry, type MonitorEntry } from './monitor-entry.ts';
import { bufferBounds, checkMonitorOptions, type BufferOptions } from './pubsub-options.ts';

/** What `monitor.stats()` gives. */
export interface MonitorStats {
  readonly state: 'idle' | 'starting' | 'running' | 'closed';
  /** Commands that the server reported. */
  readonly received: number;
  /** Those of them that were dropped, since nobody had taken them and there was no room for more. */
  readonly dropped: number;
  /** Those that wait to be taken. */
  readonly buffered: number;
  /** The bytes in which the server reported these. */
  readonly bufferedBytes: number;
}

const MONITOR: Spec = command('MONITOR');

/**
 * All commands that a server runs, as it runs them, on a connection of its own.
 *
 * It starts with `start()`, or when it is first iterated over, and ends when it is closed, by itself or with its client. It costs
 * the server much, so it is for looking, not for keeping. What waits to be taken is bounded. It does not reconnect: a lost
 * connection ends it with an error, since what ran meanwhile would be missing. A server that reports nothing for the client's
 * `healthCheckInterval` is asked for a sign of life, for which it has `socketTimeout`.
 *
 * @example
 * ```ts
 * await using monitor = client.monitor();
 * await monitor.start();
 * await client.set('greeting', 'hello');
 * for await (const { args } of monitor) {
 *   if (args[0] === 'SET' && args[2] === 'hello') break;
 * }
 * ```
 */
export class Monitor<in out E extends Encoding = 'utf8'>
  implements AsyncIterable<MonitorEntry<TextOf[E]>>, AsyncDisposable
{
  readonly #router: Router;
  readonly #options: RequestOptions;
  readonly #buffer: MessageBuffer<MonitorEntry<TextOf[E]>>;
  readonly #listener: ConnectionListener;
  #state: MonitorStats['state'] = 'idle';
  #connection: Connection | undefined;
  #starting: Promise<void> | undefined;
  #detach: (() => void) | undefined;
  /** What it has ended with. */
  #failure: () => Error = closed;
  /** Asks for signs of life while nothing is reported, and how that looks in what is. */
  #probe: NodeJS.Timeout | undefined;
  readonly #mark: string = `valkey-ts:${randomBytes(8).toString('hex')}`;
  readonly #echo: string = `"PING" "${this.#mark}"`;
  #received = 0;
  #dropped = 0;

  /** Use `client.monitor()`. @internal */
  constructor(router: Router, options: RequestOptions, own: BufferOptions) {
    checkMonitorOptions(own);
    this.#router = router;
    this.#options = options;
    const bounds = bufferBounds(own);
    this.#buffer = new MessageBuffer<MonitorEntry<TextOf[E]>>(bounds, {
      dropped: () => void this.#dropped++,
      overflowed: () => this.#fail(overflowed),
    });
    this.#listener = this.#listening(bounds.maxBufferedBytes);
  }

  /**
   * Resolves when the server reports what it runs. Several calls share one start.
   *
   * Rejects with the server's error, such as `NoPermissionError`, and when no connection can be made; a later call tries anew.
   */
  async start(): Promise<this> {
    if (this.#isClosed) throw this.#failure();
    try {
      await (this.#starting ??= this.#begin());
    } catch (error) {
      this.#starting = undefined;
      throw anew(error);
    }
    return this;
  }

  /**
   * Iterates over the commands that have run since the start, until the monitor is closed. Leaving the loop closes nothing.
   *
   * Rejects with a `ConnectionError` when the connection is lost, with a `PubSubError` when there was no room and `overflow` is
   * `'disconnect'`, both after what had come before, and as `start()` does.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<MonitorEntry<TextOf[E]>> {
    const entries = this.#buffer.iterate();
    const next = entries.next.bind(entries);
    return Object.assign(entries, {
      next: async () => {
        if (this.#state === 'idle' || this.#state === 'starting') await this.start();
        return await next();
      },
    });
  }

  /** Counts of what came, waits and was dropped. */
  stats(): MonitorStats {
    return {
      state: this.#state,
      received: this.#received,
      dropped: this.#dropped,
      buffered: this.#buffer.length,
      bufferedBytes: this.#buffer.bytes,
    };
  }

  /** Ends all iterations and closes the connection. What waits to be taken is thrown away. */
  async close(): Promise<void> {
    this.#end();
    this.#buffer.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  // Inside

  async #begin(): Promise<void> {
    this.#state = 'starting';
    this.#attach();
    try {
      const connection = await leased(this.#router, this.#options, 'the monitor was aborted', { purpose: 'a monitor' });
      this.#connection = connection;
      if (!this.#isClosed) await this.#ask(connection);
    } catch (error) {
      if (!this.#isClosed) {
        this.#end();
        this.#state = 'idle';
        throw error;
      }
    }
    if (this.#isClosed) {
      this.#release();
      throw this.#failure();
    }
    this.#state = 'running';
    this.#watch(this.#connection!);
  }

  /** A server that reports nothing may have nothing to report, or be gone. */
  #watch(connection: Connection): void {
    const { settings } = connection;
    if (settings.healthCheckInterval === 0) return;
    let seen = -1;
    let isAsking = false;
    const answered = (): void => void (isAsking = false);
    this.#probe = setInterval(() => {
      if (seen === this.#received && !isAsking) {
        isAsking = true;
        // Who does not answer is given up, which ends the monitor.
        askForLife(connection, settings.silence, undefined, [this.#mark]).then(answered, nothing);
      }
      seen = this.#received;
    }, timerDelay(settings.healthCheckInterval)).unref();
  }

  get #isClosed(): boolean {
    return this.#state === 'closed';
  }

  /** What follows the server's OK may be in the same read: it is listened to from there on. */
  #ask(connection: Connection): Promise<unknown> {
    const options: RequestOptions = {
      ...this.#options,
      mode: { encoding: 'utf8', integers: 'number' },
      signal: undefined,
      retries: 0,
      callbacks: NO_CALLBACKS,
    };
    const promise = newPromise<unknown>();
    const listen = (): void => connection.listen(this.#listener);
    connection.send(new Request(MONITOR, [], listen, options, 0, lastResolve()));
    return promise;
  }

  #listening(longest: number): ConnectionListener {
    const line = (text: string): void => {
      if (this.#isClosed || text.endsWith(this.#echo)) return;
      this.#received++;
      this.#buffer.push(readMonitorEntry(text, this.#options.mode.encoding) as MonitorEntry<TextOf[E]>, text.length);
    };
    const skipped = (): void => {
      this.#received++;
      this.#dropped++;
    };
    return {
      reader: new LineReader({ line, skipped }, longest),
      pushed: () => undefined,
      closed: (error) => this.#fail(() => anew(error) as Error),
    };
  }

  /** From now on it ends with its client, or when its signal fires. */
  #attach(): void {
    const { signal } = this.#options;
    const detach = this.#router.onClose(() => void this.close());
    const abort = (): void => this.#fail(() => new AbortError('the monitor was aborted', { cause: signal?.reason }));
    signal?.addEventListener('abort', abort, { once: true });
    this.#detach = () => {
      detach();
      signal?.removeEventListener('abort', abort);
    };
  }

  #fail(makeError: () => Error): void {
    if (this.#state === 'closed') return;
    this.#failure = makeError;
    this.#end();
    this.#buffer.fail(makeError);
  }

  #end(): void {
    this.#state = 'closed';
    clearInterval(this.#probe);
    this.#detach?.();
    this.#release();
  }

  #release(): void {
    const connection = this.#connection;
    this.#connection = undefined;
    if (connection !== undefined) this.#router.release(connection, false);
  }
}

const overflowed = (): Error =>
  new PubSubError('there was no room for another entry: take them faster, or set maxBuffered and maxBufferedBytes', {
    code: 'OVERFLOW',
  });

const closed = (): Error => new ConnectionError('the monitor is closed', { code: 'CLOSED' });

const nothing = (): void => undefined;
