import { blockingTimeout } from '../commands/blocking.ts';
import { Conduct, refusalOf } from '../commands/conduct.ts';
import { SessionCommands } from '../commands/index.ts';
import { command, Flag, type Decoder, type Spec } from '../commands/spec.ts';
import type { Value } from '../commands/surface.ts';
import { sendRequest, type Carrier } from '../connection/carrier.ts';
import type { Connection } from '../connection/connection.ts';
import { GROUP } from '../connection/group.ts';
import { checkedSize, lastResolve, newPromise, Request, type RequestOptions } from '../connection/request.ts';
import { needsSession } from '../connection/request-error.ts';
import { isTraced, traceCommand } from '../diagnostics.ts';
import { ConnectionError } from '../errors.ts';
import type { Encoding, Integers } from '../protocol/reply-mode.ts';
import type { Lender } from '../topology/router.ts';
import { TransactionReplies } from '../topology/transaction-replies.ts';
import { forgetLease, watchLease } from './lease-watch.ts';
import type { Immediate } from './surfaces.ts';

const UNWATCH: Spec = command('UNWATCH');

/**
 * A connection of one's own, on which every command may run: WATCH and MULTI, blocking commands, SELECT.
 *
 * It never reconnects: what WATCH and SELECT have set is lost with the connection, so the commands that follow reject.
 * Close it, or declare it with `await using`, to give the connection back.
 */
export class Session<in out E extends Encoding = 'utf8', in out I extends Integers = 'number'>
  extends SessionCommands<Immediate<E, I>>
  implements AsyncDisposable
{
  readonly #lender: Lender;
  readonly #connection: Connection;
  readonly #options: RequestOptions;
  readonly #asking: boolean;
  readonly #grace: number;
  readonly #transaction: TransactionReplies;
  readonly #carrier: Carrier = {
    send: (request) => this.#carry(request),
    abort: (request, makeError) => request.fail(makeError),
  };
  #changed = false;
  #watching = false;
  #closed = false;

  /** Use `client.session()`, or `pool.acquire()`. `asking`: the slot of its keys is on the way to that node. @internal */
  constructor(lender: Lender, connection: Connection, options: RequestOptions, asking: boolean = false) {
    super();
    this.#lender = lender;
    this.#connection = connection;
    this.#options = options;
    this.#asking = asking;
    this.#grace = options.timeout;
    this.#transaction = new TransactionReplies(connection.endpoint);
    watchLease(this, lender, connection);
  }

  override send<R>(spec: Spec, args: readonly Value[], decode?: Decoder<R>): Promise<R> {
    const size = checkedSize(spec, args);
    const refusal = refusalOf(spec.name, args, true);
    if (refusal !== undefined) throw needsSession(spec.name, refusal);
    const promise = newPromise<R>();
    const request = new Request(spec, args, decode, this.#optionsOf(spec, args), size, lastResolve());
    if (request.options.signal === undefined) this.#carry(request);
    else sendRequest(this.#carrier, request);
    return promise;
  }

  #carry(request: Request): void {
    if (!this.#isUsable(request)) return;
    this.#follow(request.spec);
    this.#transaction.follow(request);
    if (isTraced()) traceCommand(request, this.#connection.endpoint, this.#database);
    this.#lender.sending?.(request);
    this.#send(request);
  }

  /** Takes MULTI, commands and EXEC as one; false when it cannot. @internal */
  carryGroup(group: Request): boolean {
    if (!this.#isUsable(group)) return false;
    if (group.spec === GROUP) this.#watching = false;
    if (isTraced()) traceCommand(group, this.#connection.endpoint, this.#database);
    this.#lender.sending?.(group);
    this.#send(group);
    return true;
  }

  #send(request: Request): void {
    if (this.#asking) this.#connection.ask(request);
    this.#connection.send(request);
  }

  /** The one that its connection began with, unless it may have chosen another. */
  get #database(): number | undefined {
    return this.#changed ? undefined : this.#connection.database;
  }

  /** Whether keys are watched. @internal */
  get watching(): boolean {
    return this.#watching;
  }

  /** Whether its connection was lost, and with it what was watched. @internal */
  get lost(): boolean {
    return !this.#closed && this.#connection.closing;
  }

  /** Whether its server turned out to be no primary any more: what it refused for that did not run. @internal */
  get misled(): boolean {
    return this.#connection.misled;
  }

  /** Forgets what is watched, and closes. @internal */
  async end(): Promise<void> {
    // What is unanswered by now is not waited for: such a connection is not used again.
    if (this.#watching && !this.lost && !this.#connection.busy) {
      const promise = newPromise<unknown>();
      this.#carry(new Request(UNWATCH, [], undefined, { ...this.#options, signal: undefined }, 16, lastResolve()));
      await promise.catch(() => {
        this.#changed = true;
      });
    }
    await this.close();
  }

  #isUsable(request: Request): boolean {
    if (!this.#closed && !this.#connection.closing) return true;
    const endpoint = this.#connection.endpoint;
    request.fail(() =>
      this.#closed
        ? new ConnectionError('the session is closed', { code: 'CLOSED', endpoint })
        : new ConnectionError(`the session's connection to ${endpoint} was lost`, { endpoint }),
    );
    return false;
  }

  /** What a command leaves behind on the connection. */
  #follow(spec: Spec): void {
    if (spec.conduct === Conduct.ordinary || spec.conduct === Conduct.blocking) return;
    switch (spec.name) {
      case 'WATCH':
        this.#watching = true;
        break;
      case 'UNWATCH':
        this.#watching &&= this.#transaction.open;
        break;
      case 'EXEC':
      case 'DISCARD':
        this.#watching = false;
        break;
      case 'MULTI':
        break;
      default:
        this.#changed = true;
    }
  }

  /** Gives the connection back. It is used again only when nothing was changed on it. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    forgetLease(this);
    this.#lender.release(this.#connection, !this.#changed && !this.#watching && !this.#transaction.open);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** A blocking command's deadline is its own timeout and some more. */
  #optionsOf(spec: Spec, args: readonly Value[]): RequestOptions {
    if (!spec.has(Flag.blocking)) return this.#options;
    const timeout = blockingTimeout(spec, args);
    if (timeout === undefined) return this.#options;
    return { ...this.#options, timeout: timeout === 0 ? Infinity : timeout + this.#grace };
  }
}
