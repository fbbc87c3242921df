import { Commands } from '../commands/index.ts';
import type { Decoder, Spec } from '../commands/spec.ts';
import type { Value } from '../commands/surface.ts';
import { lastResolve, newPromise, Request, Status, type RequestOptions } from '../connection/request.ts';
import { AbortError, DataError } from '../errors.ts';
import { sizeOf } from '../protocol/encoder.ts';
import type { Encoding, Integers } from '../protocol/reply-mode.ts';
import type { Router } from '../topology/router.ts';
import { checkViewOptions, viewOptions, type ViewOptions } from './options.ts';
import type { Immediate } from './surfaces.ts';

/** The encoding, or kind of integers, that a view's options choose. */
type Chosen<O, K extends string, Own> = O extends { readonly [Name in K]: infer C extends Own } ? C : never;
export type EncodingOf<O, E extends Encoding> = O extends { readonly encoding: Encoding } ? Chosen<O, 'encoding', Encoding> : E;
export type IntegersOf<O, I extends Integers> = O extends { readonly integers: Integers } ? Chosen<O, 'integers', Integers> : I;

/**
 * The commands of a client under options of their own: another deadline, another type of replies.
 *
 * A view is a cheap value to be kept; it shares the connections of the client it came from, and needs no closing.
 */
export class View<in out E extends Encoding = 'utf8', in out I extends Integers = 'number'> extends Commands<Immediate<E, I>> {
  readonly #router: Router;
  readonly #options: RequestOptions;

  /** @internal */
  constructor(router: Router, options: RequestOptions) {
    super();
    this.#router = router;
    this.#options = options;
  }

  /** Sends one command. The typed methods are one-liners over this. */
  override send<R>(spec: Spec, args: readonly Value[], decode?: Decoder<R>): Promise<R> {
    const size = sizeOf(args);
    if (size < 0) throw unusable(spec, args, -1 - size);
    const promise = newPromise<R>();
    const request = new Request(spec, args, decode, this.#options, size, lastResolve());
    if (this.#options.signal !== undefined && !this.#watch(request, this.#options.signal)) return promise;
    this.#router.send(request);
    return promise;
  }

  /**
   * The same commands under other options, which add to those of this view.
   *
   * @example
   * ```ts
   * const quick = client.withOptions({ timeout: 250, whenDown: 'fail' });
   * const binary = client.withOptions({ encoding: 'buffer' });
   * await binary.set('picture', Buffer.from([0xff, 0xd8]));
   * await binary.get('picture'); // => <Buffer ff d8>
   * ```
   */
  withOptions<const O extends ViewOptions>(options: O): View<EncodingOf<O, E>, IntegersOf<O, I>> {
    checkViewOptions(options);
    return new View(this.#router, viewOptions(this.#options, options));
  }

  /** False when the signal has fired already. */
  #watch(request: Request, signal: AbortSignal): boolean {
    const makeError = (): AbortError => {
      const sent = request.status === Status.sent;
      return new AbortError(`${request.spec.name}: aborted${sent ? '; it was sent and may have run' : ''}`, {
        command: request.spec.name,
        sent,
        cause: signal.reason,
      });
    };
    if (signal.aborted) {
      request.fail(makeError);
      return false;
    }
    request.watch(() => {
      const error = makeError();
      this.#router.abort(request, () => error);
    });
    return true;
  }
}

const HINTS: Readonly<Record<string, string>> = {
  undefined: 'undefined',
  null: 'null',
  number: 'NaN',
  boolean: 'a boolean; send 1 and 0, or text',
  object: 'an object; send JSON.stringify of it, or its fields',
  function: 'a function',
  symbol: 'a symbol',
};

/** The error for an argument that cannot be sent. It shows the type only: the value may be a secret. */
export function unusable(spec: Spec, args: readonly unknown[], index: number): DataError {
  const arg = args[index];
  const kind = arg === null ? 'null' : Array.isArray(arg) ? 'array' : typeof arg;
  const what = kind === 'array' ? 'an array' : (HINTS[kind] ?? kind);
  return new DataError(
    `${spec.name}: argument ${index + 1} is ${what}; strings, numbers, bigints, Buffers and Uint8Arrays can be sent`,
    { code: 'INVALID_ARGUMENT', command: spec.name },
  );
}
