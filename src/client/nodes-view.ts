import { Commands } from '../commands/index.ts';
import type { Decoder, Spec } from '../commands/spec.ts';
import type { Surface, Value } from '../commands/surface.ts';
import { refusalOf } from '../commands/conduct.ts';
import { sendRequest, type Carrier } from '../connection/carrier.ts';
import { checkedSize, lastResolve, newPromise, Request, type RequestOptions } from '../connection/request.ts';
import { anew, needsSession } from '../connection/request-error.ts';
import type { Encoding, IntegerOf, Integers, TextOf } from '../protocol/reply-mode.ts';
import type { Cluster } from '../topology/cluster.ts';
import type { Node } from '../topology/node.ts';
import { checkViewOptions, viewOptions, type ViewOptions } from './options.ts';
import type { EncodingOf, IntegersOf } from './view.ts';

/** Calls give promises of a reply for each node, by its name, `host:port`. */
export interface PerNode<E extends Encoding = 'utf8', I extends Integers = 'number'> extends Surface {
  readonly text: TextOf[E];
  readonly integer: IntegerOf[I];
  readonly result: Promise<Map<string, this['reply']>>;
}

/**
 * The commands of a cluster's client as they are run by several nodes, each of which gives a reply: `cluster.on('primaries').dbsize()`.
 *
 * Nothing is merged, split or redirected. A command rejects when any of the nodes fails, with the first failure, whose `endpoint` says where it was;
 * the others have run it all the same, and its `sent` is about all of them. An abort is one of what all of them were to run.
 */
export class NodesView<in out E extends Encoding = 'utf8', in out I extends Integers = 'number'> extends Commands<
  PerNode<E, I>
> {
  readonly #cluster: Cluster;
  readonly #choose: () => readonly Node[];
  readonly #options: RequestOptions;
  readonly #carrier: Carrier;

  /** Use `cluster.on(targets)`. @internal */
  constructor(cluster: Cluster, choose: () => readonly Node[], options: RequestOptions) {
    super();
    this.#cluster = cluster;
    this.#choose = choose;
    this.#options = options;
    this.#carrier = {
      send: (request) => this.#carry(request),
      abort: (request, makeError) => cluster.abort(request, makeError),
    };
  }

  override send<R>(spec: Spec, args: readonly Value[], decode?: Decoder<R>): Promise<Map<string, R>> {
    const size = checkedSize(spec, args);
    const refusal = refusalOf(spec.name, args, false);
    if (refusal !== undefined) throw needsSession(spec.name, refusal);
    const promise = newPromise<Map<string, R>>();
    const request = new Request(spec, args, decode, this.#options, size, lastResolve());
    sendRequest(this.#carrier, request);
    return promise;
  }

  /** The same commands under other options, which add to those of this view. */
  withOptions<const O extends ViewOptions>(options: O): NodesView<EncodingOf<O, E>, IntegersOf<O, I>> {
    checkViewOptions(options);
    return new NodesView(this.#cluster, this.#choose, viewOptions(this.#options, options));
  }

  #carry(request: Request): void {
    if (this.#cluster.topology.isLoaded) {
      this.#cluster.sendToEach(this.#choose(), request);
      return;
    }
    this.#cluster.ready().then(
      () => this.#sendLate(request),
      (error: unknown) => request.fail(() => anew(error, request.spec.name)),
    );
  }

  #sendLate(request: Request): void {
    if (request.settled) return;
    try {
      this.#cluster.sendToEach(this.#choose(), request);
    } catch (error) {
      request.fail(() => error);
    }
  }
}
