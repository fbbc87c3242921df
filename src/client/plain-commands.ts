import { Commands } from '../commands/index.ts';
import type { Decoder, Spec } from '../commands/spec.ts';
import type { Value } from '../commands/surface.ts';
import { sendRequest, type Carrier } from '../connection/carrier.ts';
import {
  checkedSize,
  lastResolve,
  newPromise,
  NO_CALLBACKS,
  Request,
  type RequestOptions,
} from '../connection/request.ts';
import type { Encoding } from '../protocol/reply-mode.ts';
import type { Immediate } from './surfaces.ts';

/**
 * The commands as iterators and consumers call them: under a view's options, but with numbers for integers and without the user's own
 * decoders, so that the forms of the replies are known.
 */
export class PlainCommands<in out E extends Encoding = Encoding> extends Commands<Immediate<E>> {
  readonly #carrier: Carrier;
  readonly #options: RequestOptions;

  constructor(carrier: Carrier, options: RequestOptions, encoding: Encoding = options.mode.encoding) {
    super();
    this.#carrier = carrier;
    this.#options = { ...options, mode: { encoding, integers: 'number' }, callbacks: NO_CALLBACKS };
  }

  override send<R>(spec: Spec, args: readonly Value[], decode?: Decoder<R>): Promise<R> {
    const size = checkedSize(spec, args);
    const promise = newPromise<R>();
    sendRequest(this.#carrier, new Request(spec, args, decode, this.#options, size, lastResolve()));
    return promise;
  }
}
