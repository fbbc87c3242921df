import { blockingTimeout } from '../commands/blocking.ts';
import { Conduct, refusalOf } from '../commands/conduct.ts';
import { GROUP } from '../connection/group.ts';
import type { Link } from '../connection/link.ts';
import type { Request } from '../connection/request.ts';
import { needsSession } from '../connection/request-error.ts';
import type { SessionState } from '../connection/settings.ts';
import { ConnectionError, ResponseError } from '../errors.ts';
import { trackState } from './session-state.ts';
import { TransactionReplies } from './transaction-replies.ts';

const OPENS = new Set(['WATCH', 'MULTI']);
const ENDS = new Set(['EXEC', 'DISCARD', 'UNWATCH', 'RESET', GROUP.name]);

/**
 * Sends everything over one link, as `singleConnectionClient` asks.
 *
 * A transaction does not survive its connection. When one is lost between WATCH or MULTI and EXEC, what follows must not run as if it
 * stood alone: every command is rejected up to the EXEC, DISCARD or UNWATCH that would have ended it.
 */
export class SingleConnection {
  readonly #link: Link;
  readonly #state: SessionState;
  readonly #grace: number;
  readonly #changed: (() => void) | undefined;
  readonly #replies: TransactionReplies;
  /** How many WATCH and MULTI were sent. */
  #opens = 0;
  /** Those that are not answered, by their number. */
  readonly #opening: Set<number> = new Set();
  /** The last that opened a transaction, or may have, by its number; 0 when that is over. */
  #opened = 0;
  /** MULTI was sent, so that UNWATCH is queued like any other command. */
  #queueing = false;
  #lost = false;

  /** `changed` is called when the state with which others of its connections begin is another. */
  constructor(link: Link, state: SessionState, grace: number, changed: (() => void) | undefined) {
    this.#link = link;
    this.#changed = changed;
    this.#state = state;
    this.#grace = grace;
    this.#replies = new TransactionReplies(link.endpoint);
    link.events.on('reconnecting', () => {
      this.#lost ||= this.#isOpen;
      this.#opening.clear();
      this.#opened = 0;
      this.#queueing = false;
    });
  }

  /** Keys are watched, or commands queued, as far as is known. */
  get #isOpen(): boolean {
    return this.#opened > 0 || this.#opening.size > 0;
  }

  send(request: Request): void {
    const { spec } = request;
    const refusal = refusalOf(spec.name, request.args, true);
    if (refusal !== undefined) throw needsSession(spec.name, refusal);
    if (spec === GROUP && this.#replies.open) {
      throw needsSession('MULTI', 'a transaction is open on this connection: it ends with EXEC or DISCARD');
    }
    if (this.#lost) {
      this.#lost = !ENDS.has(spec.name);
      const details = { code: 'STATE_LOST', endpoint: this.#link.endpoint };
      request.fail(() => new ConnectionError(`${spec.name}: the transaction's connection was lost`, details));
      return;
    }
    const timeout = spec.conduct === Conduct.blocking ? blockingTimeout(spec, request.args) : undefined;
    if (timeout !== undefined) {
      request.options = { ...request.options, timeout: timeout === 0 ? Infinity : timeout + this.#grace };
    }
    if (spec.conduct === Conduct.tracked) trackState(request, this.#state, this.#changed);
    this.#replies.follow(request);
    if (OPENS.has(spec.name)) this.#follow(request);
    // Nothing of a transaction may wait for, or be repeated on, another connection.
    if (this.#isOpen) request.options = { ...request.options, whenDown: 'fail', retries: 0 };
    const ends = ENDS.has(spec.name) && !(this.#queueing && spec.name === 'UNWATCH');
    this.#queueing = spec.name === 'MULTI' || (this.#queueing && !ends);
    if (ends) {
      const last = this.#opens;
      request.onSettled(() => {
        // What was sent behind it has opened another.
        if (this.#opened <= last) this.#opened = 0;
      });
    }
    this.#link.send(request);
  }

  /** One that the server refuses opens nothing. One that is lost, late or aborted may have. */
  #follow(request: Request): void {
    const number = ++this.#opens;
    const wasQueueing = this.#queueing;
    this.#opening.add(number);
    request.onSettled((makeError) => {
      // Its connection is lost, and what it opened with it.
      if (!this.#opening.delete(number)) return;
      if (makeError?.() instanceof ResponseError) this.#queueing &&= wasQueueing;
      else this.#opened = number;
    });
  }
}
