import type { Decoder, Spec } from './spec.ts';
import { specOf } from './spec.ts';

/** Accepted wherever the server takes a key: text, or the exact bytes. */
export type Key = string | Uint8Array;

/** Accepted wherever the server takes a value. Numbers and bigints are sent as their decimal text; booleans, `null` and `undefined` are refused. */
export type Value = string | number | bigint | Uint8Array;

/**
 * One way of running commands: what a bulk string and an integer decode to, and what a call evaluates to.
 *
 * `Result<S, R>` fills `reply` and reads `result`, a type-level function from a reply to the call's result.
 * `Surface` itself must not declare `result`: the conditional in `Result` would then accept any method body.
 */
export interface Surface {
  readonly reply: unknown;
  readonly text: unknown;
  readonly integer: unknown;
}

/** What a call whose reply is `R` evaluates to on the surface `S`. */
export type Result<S extends Surface, R> = S & { readonly reply: R } extends { readonly result: unknown }
  ? (S & { readonly reply: R })['result' & keyof S]
  : never;

/** What a bulk string is on the surface `S`: `string` or `Buffer`. */
export type Text<S extends Surface> = S['text'];

/** What an integer reply is on the surface `S`: `number` or `bigint`. */
export type Integer<S extends Surface> = S['integer'];

/** A field map: a plain object of strings, or pairs of Buffers, so that no byte of a field name is lost. */
export type FieldsOf<T> = T extends string ? Record<string, T> : [T, T][];
export type Fields<S extends Surface> = FieldsOf<S['text']>;

/** Anything that can run a command: a client, a view, a session, a pipeline, a module bound to one of them. */
export abstract class Executor<in out S extends Surface> {
  /** Exists for the compiler only, which infers `S` from it. */
  declare readonly '~surface': S;

  /** Sends one command. Every typed method is a line over this; `decode` turns the natural reply into the typed one. */
  abstract send<R>(spec: Spec, args: readonly Value[], decode?: Decoder<R>): Result<S, R>;

  /** Binds a module's commands to this surface: `client.use(BloomCommands).add(key, item)`. */
  use<N>(Module: new (owner: Executor<S>) => N): N {
    return new Module(this);
  }

  /**
   * Sends any command, known or not, and gives the natural reply: strings, numbers, `null`, arrays; maps come as flat arrays of
   * fields and values under RESP2 and RESP3 alike.
   *
   * @example
   * ```ts
   * await client.executeCommand('OBJECT', 'ENCODING', 'greeting');
   * ```
   */
  executeCommand<R = unknown>(name: string, ...args: readonly Value[]): Result<S, R> {
    const { spec, rest } = specOf(name, args);
    return this.send<R>(spec, rest);
  }
}

/** A command namespace, such as a module's, bound to the surface that owns it. */
export abstract class Namespace<in out S extends Surface> extends Executor<S> {
  readonly #owner: Executor<S>;

  constructor(owner: Executor<S>) {
    super();
    this.#owner = owner;
  }

  override send<R>(spec: Spec, args: readonly Value[], decode?: Decoder<R>): Result<S, R> {
    return this.#owner.send(spec, args, decode);
  }
}
