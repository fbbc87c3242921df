import { Commands } from '../commands/index.ts';
import type { Decoder, Spec } from '../commands/spec.ts';
import type { Value } from '../commands/surface.ts';
import { checkedSize, lastResolve, newPromise, Request, Status, type RequestOptions } from '../connection/request.ts';
import { AbortError } from '../errors.ts';
import type { Encoding, Integers } from '../protocol/reply-mode.ts';
import type { Router } from '../topology/router.ts';
import { checkViewOptions, viewOptions, type ViewOptions } from './options.ts';
import type { Immediate } from './surfaces.ts';

/** The encoding, or kind of integers, that a view's options choose. */
type Chosen<O, K extends string, Own> = O extends { readonly [Name in K]: infer C extends Own } ? C : never;
export type EncodingOf<O, E extends Encoding> = O extends { readonly encoding: Encoding }
  ? Chosen<O, 'encoding', Encoding>
  : E;
export type IntegersOf<O, I extends Integers> = O extends { readonly integers: Integers }
  ? Chosen<O, 'integers', Integers>
  : I;

/**
 * The commands of a client under options of their own: another deadline, another type of replies.
 *
 * A view is a cheap value to be kept; it shares the connections of the client it came from, and needs no closing.
 */
export class View<in out E extends Encoding = 'utf8', in out I extends Integers = 'number'> extends Commands<
  Immediate<E, I>
> {
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
    const size = checkedSize(spec, args);
    const promise = newPromise<R>();
    const request = new Request(spec, args, decode, this.#options, size, lastResolve());
    const signal = this.#options.signal;
    if (signal === undefined) this.#router.send(request);
    else this.#sendUntilAborted(request, signal);
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

  #sendUntilAborted(request: Request, signal: AbortSignal): void {
    const abortError = (sent: boolean) => (): AbortError =>
      new AbortError(`${request.spec.name}: aborted${sent ? '; it was sent and may have run' : ''}`, {
        command: request.spec.name,
        sent,
        cause: signal.reason,
      });
    if (signal.aborted) {
      request.fail(abortError(false));
      return;
    }
    this.#router.send(request);
    request.watch(() => this.#router.abort(request, abortError(request.status === Status.sent)));
  }
}
