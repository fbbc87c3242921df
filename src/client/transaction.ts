import type { Many } from '../commands/argument.ts';
import { Commands } from '../commands/index.ts';
import { command, type Decoder, type Spec } from '../commands/spec.ts';
import type { Key, Value } from '../commands/surface.ts';
import type { Request, RequestOptions } from '../connection/request.ts';
import { anew } from '../connection/request-error.ts';
import { AbortError, ConnectionError, DataError, WatchError } from '../errors.ts';
import type { Encoding, Integers } from '../protocol/reply-mode.ts';
import type { Router } from '../topology/router.ts';
import { FullJitterBackoff } from '../util/backoff.ts';
import { timerDelay } from '../util/timer.ts';
import { Pipeline } from './pipeline.ts';
import { Session } from './session.ts';
import type { Immediate } from './surfaces.ts';

const UNWATCH: Spec = command('UNWATCH');
const DEFAULT_ATTEMPTS = 100;

/** Options of `client.transaction()`. */
export interface TransactionOptions {
  /** Keys to watch before the function is run. */
  readonly watch?: Many<Key>;
  /** How often the function is run at most. Default 100. */
  readonly maxAttempts?: number;
  /** Milliseconds between two runs. Default: a random time of up to 8 ms, doubling up to 100 ms. */
  readonly delay?: number;
  readonly signal?: AbortSignal;
}

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
  #committing = false;

  /** Use `client.transaction()`. @internal */
  constructor(session: Session<E, I>, options: RequestOptions) {
    super();
    this.#session = session;
    this.#options = options;
  }

  override send<R>(spec: Spec, args: readonly Value[], decode?: Decoder<R>): Promise<R> {
    return this.#session.send(spec, args, decode);
  }

  /** Whether the commands of `multi()` were sent, so that they may have run. @internal */
  get committing(): boolean {
    return this.#committing;
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
    const carrier = {
      send: (group: Request): void => {
        this.#committing = true;
        this.#session.carry(group);
      },
      abort: (group: Request, makeError: () => Error): void => group.fail(makeError),
    };
    return new Pipeline<E, I>(carrier, this.#options, true);
  }
}

/** Runs the function until no key that it watches is changed by others, and gives what it gave. */
export async function transact<E extends Encoding, I extends Integers, R>(
  router: Router,
  options: RequestOptions,
  run: (transaction: Transaction<E, I>) => R | Promise<R>,
  { watch, maxAttempts = DEFAULT_ATTEMPTS, delay, signal }: TransactionOptions,
): Promise<R> {
  if (!Number.isInteger(maxAttempts) || maxAttempts < 1) {
    throw new DataError('maxAttempts must be a whole number above 0', { code: 'INVALID_OPTION' });
  }
  const own = { ...options, signal: signal ?? options.signal };
  const backoff = new FullJitterBackoff({ cap: 100 });
  for (let attempt = 1; ; attempt++) {
    const session = await leased<E, I>(router, own);
    const transaction = new Transaction<E, I>(session, own);
    try {
      if (watch !== undefined) await transaction.watch(watch);
      return await run(transaction);
    } catch (error) {
      if (!isWorthAnother(error, transaction.committing) || attempt >= maxAttempts) throw error;
    } finally {
      if (session.watching) await session.send(UNWATCH, []).catch(() => undefined);
      await session.close();
    }
    await pause(delay ?? backoff.delay(attempt), own.signal);
  }
}

async function leased<E extends Encoding, I extends Integers>(
  router: Router,
  options: RequestOptions,
): Promise<Session<E, I>> {
  try {
    const connection = await router.lease({ timeout: options.timeout, signal: options.signal });
    return new Session<E, I>(router, connection, options);
  } catch (error) {
    throw anew(error);
  }
}

/** Others were quicker; or the connection was lost before anything was to run, and with it what it watched. */
function isWorthAnother(error: unknown, committing: boolean): boolean {
  return error instanceof WatchError || (error instanceof ConnectionError && !committing);
}

async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const abort = (): void => {
      clearTimeout(timer);
      reject(new AbortError('the transaction was aborted between two attempts', { cause: signal?.reason }));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort);
      resolve();
    }, timerDelay(milliseconds));
    if (signal?.aborted) abort();
    else signal?.addEventListener('abort', abort, { once: true });
  });
}
