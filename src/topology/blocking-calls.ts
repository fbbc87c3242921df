import { command } from '../commands/spec.ts';
import type { Connection } from '../connection/connection.ts';
import type { Link } from '../connection/link.ts';
import type { ConnectionPool } from '../connection/pool.ts';
import { lastResolve, newPromise, Request, type RequestOptions } from '../connection/request.ts';
import { ConnectionError, ResponseError } from '../errors.ts';
import { sizeOf, type Argument } from '../protocol/encoder.ts';

/** How long to wait between two tries to unblock, at most; milliseconds. */
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
 * An abort never loses an element: the connection is told to unblock, and if the pop was faster its reply is delivered after all.
 */
export class BlockingCalls {
  readonly #pool: ConnectionPool;
  readonly #link: Link;
  readonly #grace: number;
  readonly #interval: number;
  /** What is running, where; without a connection while one is waited for. */
  readonly #running: Map<Request, Connection | undefined> = new Map();
  #probe: NodeJS.Timeout | undefined;

  constructor(pool: ConnectionPool, link: Link, grace: number, interval: number) {
    this.#pool = pool;
    this.#link = link;
    this.#grace = grace;
    this.#interval = interval;
  }

  /** Runs a request that blocks for up to `timeout` ms; 0 is for ever. */
  run(request: Request, timeout: number): void {
    this.#running.set(request, undefined);
    request.onSettled(() => this.#ended(request));
    const wait = request.options.timeout;
    request.options = { ...request.options, timeout: timeout === 0 ? Infinity : timeout + this.#grace };
    this.#pool.acquire({ timeout: wait, signal: request.options.signal }).then(
      (connection) => {
        if (request.settled) {
          this.#pool.release(connection);
          return;
        }
        this.#running.set(request, connection);
        connection.watchIdle = true;
        connection.send(request);
        if (timeout === 0 && this.#interval > 0) this.#probe ??= setInterval(() => void this.#check(), this.#interval).unref();
      },
      (error: Error) => request.fail(() => error),
    );
  }

  /** Releases an aborted request; false when it is not one of these. */
  abort(request: Request, makeError: () => Error): boolean {
    if (!this.#running.has(request)) return false;
    const connection = this.#running.get(request);
    if (connection === undefined) request.fail(makeError);
    else {
      this.#pool.expectUnblock(request, makeError);
      void this.#unblock(request, connection, makeError);
    }
    return true;
  }

  /** Releases them all: the client closes. What was popped by then is delivered. */
  end(): void {
    for (const request of [...this.#running.keys()]) {
      this.abort(request, () => new ConnectionError(`${request.spec.name}: the client is closed`, { code: 'CLOSED', endpoint: this.#link.endpoint }));
    }
  }

  #ended(request: Request): void {
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
    const id = connection.greeting?.id;
    const limit = performance.now() + this.#grace;
    for (let pause = 1; !request.settled && id !== undefined && performance.now() < limit; pause = Math.min(pause * 2, UNBLOCK_PAUSE)) {
      try {
        await this.#call('CLIENT UNBLOCK', [id, 'ERROR']);
      } catch {
        // No connection to ask on, or no permission to: closing ours has the same effect.
        break;
      }
      if (!request.settled) await new Promise((resolve) => setTimeout(resolve, pause));
    }
    if (request.settled) return;
    request.fail(makeError);
    connection.destroy(new ConnectionError('the blocked command was aborted', { code: 'ABORTED', endpoint: connection.endpoint }));
  }

  /** A command that waits for ever has no deadline to tell a dead connection by; the server's list of clients tells it. */
  async #check(): Promise<void> {
    const waiting = [...this.#running].flatMap(([request, connection]) =>
      connection !== undefined && request.options.timeout === Infinity ? [connection] : [],
    );
    if (waiting.length === 0) return;
    let known: string | undefined;
    try {
      const ids = waiting.flatMap((connection) => connection.greeting?.id ?? []);
      known = String(await this.#call('CLIENT LIST', ['ID', ...ids]));
    } catch (error) {
      // An error reply is a sign of life.
      if (error instanceof ResponseError) return;
    }
    for (const connection of waiting) {
      const id = connection.greeting?.id;
      if (known !== undefined && (id === undefined || new RegExp(`^id=${id} `, 'm').test(known))) continue;
      connection.destroy(
        new ConnectionError(`${connection.endpoint} no longer knows the blocked connection`, {
          code: 'UNRESPONSIVE',
          endpoint: connection.endpoint,
        }),
      );
    }
  }

  #call(name: string, args: readonly Argument[]): Promise<unknown> {
    const promise = newPromise<unknown>();
    this.#link.send(new Request(command(name), args, undefined, PROBE(this.#grace), sizeOf(args), lastResolve()));
    return promise;
  }
}

const PROBE = (timeout: number): RequestOptions => ({
  mode: { encoding: 'latin1', integers: 'number' },
  timeout,
  signal: undefined,
  whenDown: 'fail',
  retries: 0,
  idempotent: false,
});
