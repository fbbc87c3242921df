import { blockingTimeout } from '../commands/blocking.ts';
import { Conduct, refusalOf } from '../commands/conduct.ts';
import { GROUP } from '../connection/group.ts';
import type { Link } from '../connection/link.ts';
import type { Request } from '../connection/request.ts';
import { needsSession } from '../connection/request-error.ts';
import type { SessionState } from '../connection/settings.ts';
import { ConnectionError } from '../errors.ts';
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
  readonly #replies: TransactionReplies;
  #open = false;
  /** MULTI was sent, so that UNWATCH is queued like any other command. */
  #queueing = false;
  #lost = false;

  constructor(link: Link, state: SessionState, grace: number) {
    this.#link = link;
    this.#state = state;
    this.#grace = grace;
    this.#replies = new TransactionReplies(link.endpoint);
    link.events.on('reconnecting', () => {
      this.#lost ||= this.#open;
      this.#open = false;
      this.#queueing = false;
    });
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
    if (spec.conduct === Conduct.tracked) trackState(request, this.#state);
    this.#replies.follow(request);
    if (OPENS.has(spec.name)) this.#open = true;
    // Nothing of a transaction may wait for, or be repeated on, another connection.
    if (this.#open) request.options = { ...request.options, whenDown: 'fail', retries: 0 };
    const ends = ENDS.has(spec.name) && !(this.#queueing && spec.name === 'UNWATCH');
    this.#queueing = spec.name === 'MULTI' || (this.#queueing && !ends);
    if (ends) request.onSettled(() => (this.#open = false));
    this.#link.send(request);
  }
}
