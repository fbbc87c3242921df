import type { Many } from '../commands/argument.ts';
import { Commands } from '../commands/index.ts';
import type { Decoder, Spec } from '../commands/spec.ts';
import type { Key, Value } from '../commands/surface.ts';
import type { Carrier } from '../connection/carrier.ts';
import { GROUP, type Group } from '../connection/group.ts';
import { isNotNow as isSaidNotNow } from '../connection/repetition.ts';
import { isMisdirected } from '../connection/misdirection.ts';
import type { Request, RequestOptions } from '../connection/request.ts';
import { needsSession } from '../connection/request-error.ts';
import { AskError, ConnectionError, ExecAbortError, MovedError, ResponseError, WatchError } from '../errors.ts';
import type { Encoding, Integers } from '../protocol/reply-mode.ts';
import type { Router } from '../topology/router.ts';
import { FullJitterBackoff } from '../util/backoff.ts';
import { check, whole, type Rule } from './option-rule.ts';
import { leased, pause } from './leased.ts';
import { Pipeline } from './pipeline.ts';
import { Session } from './session.ts';
import type { Immediate } from './surfaces.ts';

/** What `multi()` sends by itself. */
const PLAIN = new Set(['MULTI', 'EXEC', 'DISCARD']);
const DEFAULT_ATTEMPTS = 100;
/** The longest pause between two attempts that the default gives, in milliseconds. */
const LONGEST_PAUSE = 100;

const BACKOFF = new FullJitterBackoff({ cap: LONGEST_PAUSE });
const ABORTED = 'the transaction was aborted before it was to run';

/** Options of `client.transaction()`. */
export interface TransactionOptions {
  /** Keys to watch before the function is run. */
  readonly watch?: Many<Key> | undefined;
  /** How often the function is run at most. Default 100. */
  readonly maxAttempts?: number | undefined;
  /** Milliseconds between two runs. Default: a random time of up to 16 ms, doubling up to 100 ms. */
  readonly delay?: number | undefined;
  /** Ends it when it fires: its commands reject, and it is not run again. */
  readonly signal?: AbortSignal | undefined;
}

const RULES: Readonly<Record<keyof TransactionOptions, Rule>> = {
  watch: [() => true, 'keys'],
  maxAttempts: [whole(1), 'a whole number from 1 up'],
  delay: [(value) => typeof value === 'number' && value >= 0, 'milliseconds from 0 up'],
  signal: [(value) => value instanceof AbortSignal, 'an AbortSignal'],
};

/**
 * One attempt of a transaction, on a connection of its own.
 *
 * Its commands answer at once; `multi()` collects those that run as one, if no watched key was changed until then.
 */
export class Transaction<in out E extends Encoding = 'utf8', in out I extends Integers = 'number'> extends Commands<
  Immediate<E, I>
> {
  readonly #session: Session<E, I>;
  readonly #options: RequestOptions;
  /** Of what `multi()` gave: that of which nothing ran, since a watched key was changed; what ran, or may have. */
  #conflicts = 0;
  #commits = 0;

  /** Use `client.transaction()`. @internal */
  constructor(session: Session<E, I>, options: RequestOptions) {
    super();
    this.#session = session;
    this.#options = options;
  }

  override send<R>(spec: Spec, args: readonly Value[], decode?: Decoder<R>): Promise<R> {
    if (PLAIN.has(spec.name)) throw needsSession(spec.name, `${spec.name} is what multi() of the transaction does`);
    return this.#session.send(spec, args, decode);
  }

  /** Whether an error means that running the function once more may succeed, and does nothing twice. @internal */
  mayRunAgain(error: unknown): boolean {
    if (this.#commits > 0) return false;
    if (error instanceof WatchError) return this.#conflicts > 0;
    if (error instanceof ConnectionError) return this.#session.lost;
    return isNotNow(error) || redirectionOf(error) !== undefined || this.isMisled(error);
  }

  /** Whether the server has refused it since it is no primary any more. @internal */
  isMisled(error: unknown): boolean {
    if (error instanceof ExecAbortError) return this.isMisled(error.cause);
    return this.#session.misled && error instanceof ResponseError && isMisdirected(error.message);
  }

  /** Watches more keys. When one of them changes before `multi().execute()`, none of it runs. */
  watch(keys: Many<Key>): Promise<'OK'> {
    return this.#session.watch(keys);
  }

  /** Forgets all watched keys. */
  unwatch(): Promise<'OK'> {
    return this.#session.unwatch();
  }

  /** Collects the commands that run as one. `execute()` rejects with a `WatchError` when a watched key was changed. */
  multi(): Pipeline<E, I> {
    const session = this.#session;
    const carrier: Carrier = {
      send: (request) => this.#carry(request),
      abort: (request, makeError) => request.fail(makeError),
      get watching() {
        return session.watching;
      },
    };
    return new Pipeline<E, I>(carrier, this.#options, true);
  }

  #carry(request: Request): void {
    if (!this.#session.carryGroup(request) || request.spec !== GROUP) return;
    const group = request as Group;
    this.#commits++;
    group.onSettled(() => {
      const { fate } = group;
      if (fate === 'outrun' || fate === 'refused') this.#commits--;
      if (fate === 'outrun') this.#conflicts++;
    });
  }
}

/** Runs the function until no key that it watches is changed by others, and gives what it gave. */
export async function transact<E extends Encoding, I extends Integers, R>(
  router: Router,
  options: RequestOptions,
  run: (transaction: Transaction<E, I>) => R | Promise<R>,
  given: TransactionOptions,
): Promise<R> {
  check(given, RULES, 'option of a transaction');
  const { watch, maxAttempts = DEFAULT_ATTEMPTS, delay, signal = options.signal } = given;
  const own = { ...options, signal };
  let refusedSince: number | undefined;
  let redirection: string | undefined;
  const key = Array.isArray(watch) ? (watch as readonly Key[])[0] : (watch as Key | undefined);
  for (let attempt = 1; ; attempt++) {
    const connection = await leased(router, own, ABORTED, { key, redirection, purpose: 'a transaction' });
    const session = new Session<E, I>(router, connection, own, redirection?.startsWith('ASK '));
    const transaction = new Transaction<E, I>(session, own);
    try {
      if (watch !== undefined) await transaction.watch(watch);
      return await run(transaction);
    } catch (error) {
      if (attempt >= maxAttempts || !transaction.mayRunAgain(error)) throw error;
      // Refused for now, it is run again as long as a command would be.
      redirection = redirectionOf(error);
      const isRefused = redirection !== undefined || isNotNow(error) || transaction.isMisled(error);
      refusedSince = isRefused ? (refusedSince ?? performance.now()) : undefined;
      if (refusedSince !== undefined && performance.now() - refusedSince >= own.timeout) throw error;
    } finally {
      await session.end();
    }
    await pause(delay ?? BACKOFF.delay(attempt), signal, ABORTED);
  }
}

/** Whether the server has refused a command, or all of them, since it loads its data or is busy: nothing ran. */
function isNotNow(error: unknown): boolean {
  if (error instanceof ExecAbortError) return isNotNow(error.cause);
  return error instanceof ResponseError && isSaidNotNow(error.command, error.message);
}

/** What a node of a cluster said that does not have the slot: nothing ran there. */
function redirectionOf(error: unknown): string | undefined {
  if (error instanceof ExecAbortError) return redirectionOf(error.cause);
  return error instanceof MovedError || error instanceof AskError ? error.message : undefined;
}
