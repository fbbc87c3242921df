import { command, type Spec } from '../commands/spec.ts';
import type { Connection } from '../connection/connection.ts';
import type { Link } from '../connection/link.ts';
import { isNotNow } from '../connection/repetition.ts';
import { lastResolve, newPromise, OWN_REQUEST, Request, type RequestOptions } from '../connection/request.ts';
import { ConnectionError, ResponseError } from '../errors.ts';
import { sizeOf, type Argument } from '../protocol/encoder.ts';
import { after, clock, reached } from '../util/clock.ts';

const INFO: Spec = command('INFO');
const SERVER: readonly Argument[] = ['server'];
/** Who a server is that does not say it: then its address counts. */
const UNSAID = '';

/** Somebody who waits until it is known whom the shared connection is connected to. */
interface Asker {
  known(): void;
  failed(error: Error): void;
}

/**
 * The shared connection as a witness of others: what it is asked about them means something only if both are to the same server, and a
 * name may stand for several.
 *
 * ```
 *   leased:  INFO server  BLPOP queue 0 ...... blocked ......
 *   shared:  ............................. INFO server --same run_id--> CLIENT UNBLOCK, CLIENT LIST
 * ```
 *
 * Where INFO is not permitted, the same address has to do. What is asked here is no command of the user's, and is not told as one.
 */
export class Witness {
  readonly #link: Link;
  readonly #patience: number;
  readonly #interval: number;
  /** Who is at the other end, by `run_id`. */
  readonly #servers: WeakMap<Connection, string> = new WeakMap();
  /** The server, and the address, of the shared connection that was last asked. */
  #last: { readonly server: string; readonly peer: string } | undefined;
  #askers: Asker[] | undefined;
  /** The user may not ask. */
  #isForbidden = false;

  /** `patience`: how long an answer may take; `interval`: after what idleness a connection is doubted, 0 is never. In milliseconds. */
  constructor(link: Link, patience: number, interval: number) {
    this.#link = link;
    this.#patience = patience;
    this.#interval = interval;
  }

  /** Has the other end of a connection say who it is, once, ahead of what is written next. */
  introduce(connection: Connection): void {
    if (this.#servers.has(connection)) return;
    if (this.#isForbidden) {
      this.#servers.set(connection, UNSAID);
      return;
    }
    const note = (reply: unknown): void => void this.#servers.set(connection, serverIn(reply));
    const promise = newPromise<unknown>();
    connection.send(ownRequest(INFO, SERVER, { timeout: Infinity, whenDown: 'fail' }, note));
    promise.catch((error: unknown) => {
      this.#isForbidden ||= isForbidden(error);
      this.#servers.set(connection, UNSAID);
    });
  }

  /** Whether a connection is to the server that the shared one was to when it was last asked; `undefined` while that is not known. */
  knows(connection: Connection): boolean | undefined {
    const server = this.#servers.get(connection);
    if (server === undefined || this.#last === undefined) return undefined;
    if (server === UNSAID || this.#last.server === UNSAID) return connection.peer === this.#last.peer;
    return server === this.#last.server;
  }

  /**
   * Sends a command over the shared connection, and gives its reply. `argsOf` is called when `knows` tells of that connection, and gives
   * nothing where there is nothing to ask it: then the reply is `undefined`.
   */
  call(name: string, argsOf: () => readonly Argument[] | undefined): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const known = (): void => {
        const args = argsOf();
        const connection = this.#link.connection;
        if (args === undefined) resolve(undefined);
        else if (connection === undefined) reject(lost(this.#link.endpoint));
        else
          connection.send(
            ownRequest(command(name), args, { timeout: this.#patience, whenDown: 'fail' }, undefined, resolve),
          );
      };
      this.#whenKnown({ known, failed: reject });
    });
  }

  /** Without a moment between the answer and what is sent upon it: the connection is the same, and not idle, which would end it in a close. */
  #whenKnown(asker: Asker): void {
    const connection = this.#link.connection;
    if (connection !== undefined && this.#servers.has(connection) && !this.#isDoubtful(connection)) asker.known();
    else if (this.#askers !== undefined) this.#askers.push(asker);
    else {
      this.#askers = [asker];
      this.#ask();
    }
  }

  #isDoubtful(connection: Connection): boolean {
    return this.#interval > 0 && reached(after(connection.lastUsed, this.#interval), clock());
  }

  #ask(): void {
    if (this.#link.state === 'closing') {
      for (const { failed } of this.#taken()) failed(lost(this.#link.endpoint));
      return;
    }
    const promise = newPromise<unknown>();
    const options = { timeout: this.#patience, whenDown: 'wait' } as const;
    // A user who may not ask who the server is learns that it is there.
    const [spec, args] = this.#isForbidden ? [command('PING'), []] : [INFO, SERVER];
    const request = ownRequest(spec, args, options, (reply) => this.#answered(serverIn(reply)));
    request.deadline = after(clock(), this.#patience);
    this.#link.resend(request);
    promise.catch((error: Error) => {
      this.#isForbidden ||= isForbidden(error);
      if (error instanceof ResponseError && !isNotNow(error.command, error.message)) this.#answered(UNSAID);
      else for (const { failed } of this.#taken()) failed(error);
    });
  }

  #answered(server: string): void {
    const connection = this.#link.connection;
    if (connection !== undefined) {
      this.#servers.set(connection, server);
      this.#last = { server, peer: connection.peer };
    }
    for (const { known } of this.#taken()) known();
  }

  #taken(): readonly Asker[] {
    const askers = this.#askers ?? [];
    this.#askers = undefined;
    return askers;
  }
}

function ownRequest(
  spec: Spec,
  args: readonly Argument[],
  options: Pick<RequestOptions, 'timeout' | 'whenDown'>,
  decode: ((reply: unknown) => void) | undefined,
  resolve: (value: unknown) => void = lastResolve(),
): Request {
  const mode = { encoding: 'latin1', integers: 'number' } as const;
  return new Request(spec, args, decode, { ...OWN_REQUEST, ...options, mode }, sizeOf(args), resolve);
}

/** Who a server says that it is. */
function serverIn(reply: unknown): string {
  return /^run_id:(?<id>\w+)/m.exec(String(reply))?.groups?.['id'] ?? UNSAID;
}

function isForbidden(error: unknown): boolean {
  return error instanceof ResponseError && error.prefix === 'NOPERM';
}

function lost(endpoint: string): ConnectionError {
  return new ConnectionError(`there is no connection to ${endpoint}`, { endpoint });
}
