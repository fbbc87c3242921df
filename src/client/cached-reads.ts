import { command, Flag, type Decoder, type Spec } from '../commands/spec.ts';
import { sendRequest, type Carrier } from '../connection/carrier.ts';
import { checkedSize, lastResolve, newPromise, Request, type RequestOptions } from '../connection/request.ts';
import type { Argument } from '../protocol/encoder.ts';
import { byteKey } from './byte-key.ts';
import type { CacheScope, Cell } from './cache-scope.ts';
import { readKeys } from './cached-keys.ts';
import type { Place, Question } from './flight.ts';
import type { KeptReply } from './kept-reply.ts';
import type { TrackedCache } from './tracked-cache.ts';

const GET: Spec = command('GET');
const MGET: Spec = command('MGET');

/** The reads of one view: what is kept is told at once, the rest is sent for. */
export class CachedReads {
  readonly #cache: TrackedCache;
  readonly #options: RequestOptions;
  readonly #signal: AbortSignal | undefined;
  readonly #callbacks: RequestOptions['callbacks'];
  readonly #scopes = new Map<Spec, CacheScope>();
  /** The scope that was found last. */
  #spec: Spec | undefined;
  #scope: CacheScope | undefined;

  constructor(cache: TrackedCache, options: RequestOptions) {
    this.#cache = cache;
    this.#options = options;
    this.#signal = options.signal;
    this.#callbacks = options.callbacks;
  }

  /** The reply to a command that is cached; `undefined` for any other, which is to be sent. */
  send<R>(spec: Spec, args: readonly Argument[], decode: Decoder<R> | undefined): Promise<R> | undefined {
    const scope = spec === this.#spec ? this.#scope : this.#scopeOf(spec);
    if (scope === undefined) return undefined;
    const arg = args[0];
    if (args.length !== 1 || typeof arg !== 'string' || spec === MGET)
      return this.#sendOther(scope, spec, args, decode);
    const kept = this.#cache.find(scope.one, arg);
    // The usual hit, in few words, so that the engine builds it into its caller.
    if (kept === undefined || decode !== undefined || this.#signal !== undefined || this.#callbacks.size > 0) {
      return this.#give(kept, scope, spec, args, decode);
    }
    this.#cache.counts.hits++;
    return kept.promise() as Promise<R>;
  }

  #sendOther<R>(
    scope: CacheScope,
    spec: Spec,
    args: readonly Argument[],
    decode: Decoder<R> | undefined,
  ): Promise<R> | undefined {
    checkedSize(spec, args);
    if (spec === MGET) return this.#isAborted ? undefined : this.#sendEach(scope, args, decode);
    const { shelf, identity } = scope.placeOf(args);
    return this.#give(this.#cache.find(shelf, identity), scope, spec, args, decode);
  }

  #give<R>(
    kept: KeptReply | undefined,
    scope: CacheScope,
    spec: Spec,
    args: readonly Argument[],
    decode: Decoder<R> | undefined,
  ): Promise<R> | undefined {
    // Such a call is rejected where all are.
    if (this.#isAborted) return undefined;
    return kept === undefined ? this.#fetch(scope, args, decode) : this.#promise(kept, spec, decode);
  }

  get #isAborted(): boolean {
    return this.#signal !== undefined && this.#signal.aborted;
  }

  /** The reply to a command, if it is kept; `undefined` otherwise. Nothing is sent. */
  peek<R>(spec: Spec, args: readonly Argument[], decode: Decoder<R> | undefined): R | undefined {
    checkedSize(spec, args);
    const scope = this.#scopeOf(spec);
    if (scope === undefined) return undefined;
    if (spec !== MGET) {
      const { shelf, identity } = scope.placeOf(args);
      const kept = this.#cache.find(shelf, identity);
      if (kept === undefined) return undefined;
      this.#cache.counts.hits++;
      return this.#decoded(kept.take(), spec, decode);
    }
    if (this.#cache.refuses(args.map(byteKey))) return undefined;
    const cells = this.#cellsOf(scope, args);
    const found = cells.map((cell) => this.#findPart(cell));
    if (found.includes(undefined)) return undefined;
    this.#cache.counts.hits++;
    const values = (found as KeptReply[]).map((kept) => kept.take());
    return this.#decoded(values, spec, decode);
  }

  #scopeOf(spec: Spec): CacheScope | undefined {
    let scope = this.#scopes.get(spec);
    if (scope === undefined) {
      scope = this.#cache.scopeOf(spec, this.#options.mode);
      // Of what is not kept there is no end: scripts, and commands that nobody has defined, are other ones with each call.
      if (scope !== undefined && spec.has(Flag.readonly)) this.#scopes.set(spec, scope);
    }
    this.#spec = spec;
    this.#scope = scope;
    return scope;
  }

  #promise<R>(kept: KeptReply, spec: Spec, decode: Decoder<R> | undefined): Promise<R> {
    this.#cache.counts.hits++;
    if (decode === undefined && this.#callbacks.size === 0) return kept.promise() as Promise<R>;
    return this.#decodedPromise(kept.take(), spec, decode);
  }

  #decodedPromise<R>(reply: unknown, spec: Spec, decode: Decoder<R> | undefined): Promise<R> {
    try {
      return Promise.resolve(this.#decoded(reply, spec, decode));
    } catch (error) {
      // eslint-disable-next-line typescript/prefer-promise-reject-errors -- a callback may throw anything
      return Promise.reject(error);
    }
  }

  #decoded<R>(reply: unknown, spec: Spec, decode: Decoder<R> | undefined): R {
    const { callbacks, mode } = this.#options;
    const own = callbacks.size === 0 ? decode : ((callbacks.get(spec.name) as Decoder<R> | undefined) ?? decode);
    return own === undefined ? (reply as R) : own(reply, mode);
  }

  #fetch<R>(scope: CacheScope, args: readonly Argument[], decode: Decoder<R> | undefined): Promise<R> | undefined {
    const { spec } = scope;
    const keys = readKeys(spec, args);
    if (keys === undefined || !this.#cache.isTold(keys)) return undefined;
    const size = checkedSize(spec, args);
    return this.#wait(spec, args, decode, scope.placeOf(args), { spec, args, size, keys, cells: undefined });
  }

  /** Joins, or starts, the flight that brings a reply. */
  #wait<R>(
    spec: Spec,
    args: readonly Argument[],
    decode: Decoder<R> | undefined,
    place: Place,
    question: Question,
  ): Promise<R> {
    const promise = newPromise<R>();
    const waiter = new Request(spec, args, decode, this.#options, question.size, lastResolve());
    // What puts the parts together calls the user's own decoder itself.
    if (question.cells !== undefined) waiter.decode = decode;
    if (this.#signal === undefined) this.#cache.fetch(place, waiter, question);
    else this.#waitUntilAborted(waiter, place, question);
    return promise;
  }

  #waitUntilAborted(waiter: Request, place: Place, question: Question): void {
    const carrier: Carrier = {
      send: (request) => this.#cache.fetch(place, request, question),
      abort: (request, makeError) => request.fail(makeError),
    };
    sendRequest(carrier, waiter);
  }

  // MGET: each key by itself

  #sendEach<R>(scope: CacheScope, args: readonly Argument[], decode: Decoder<R> | undefined): Promise<R> | undefined {
    const keys = readKeys(MGET, args);
    if (keys === undefined || !this.#cache.isTold(keys) || this.#cache.refuses(keys)) return undefined;
    const cells = this.#cellsOf(scope, args);
    const values: unknown[] = [];
    const missing: number[] = [];
    cells.forEach((cell, at) => {
      const kept = this.#findPart(cell);
      values.push(kept?.take());
      if (kept === undefined) missing.push(at);
    });
    if (missing.length === 0) {
      this.#cache.counts.hits++;
      return this.#decodedPromise(values, MGET, decode);
    }
    const portions = this.#cache.portions(missing.map((at) => keys[at]!));
    if (portions === undefined) return undefined;
    const parts = portions.map((portion) => portion.map((index) => missing[index]!));
    const fill = (part: readonly number[], reply: unknown): void => {
      part.forEach((at, index) => (values[at] = (reply as unknown[])[index]));
    };
    const ask = <T>(part: readonly number[], decoder: Decoder<T>): Promise<T> => {
      const asked = part.map((at) => args[at]!);
      return this.#wait(MGET, args, decoder, scope.placeOf(asked), {
        spec: MGET,
        args: asked,
        size: checkedSize(MGET, asked),
        keys: part.map((at) => keys[at]!),
        cells: part.map((at) => cells[at]!),
      });
    };
    const [only] = parts;
    if (parts.length === 1 && only !== undefined) {
      return ask<R>(only, (reply) => {
        fill(only, reply);
        return this.#decoded(values, MGET, decode);
      });
    }
    const filled = parts.map((part) => ask(part, (reply) => fill(part, reply)));
    return Promise.all(filled).then(() => this.#decoded(values, MGET, decode));
  }

  #findPart({ some, none }: Cell): KeptReply | undefined {
    return this.#cache.find(some.shelf, some.identity) ?? this.#cache.find(none.shelf, none.identity);
  }

  /** A string is what GET would give too. Nil is not: to MGET it may be a list. */
  #cellsOf(scope: CacheScope, args: readonly Argument[]): Cell[] {
    const strings = this.#scopeOf(GET) ?? scope;
    return args.map((arg) => ({ some: strings.placeOf([arg]), none: scope.placeOf([arg]) }));
  }
}
