import { Commands } from '../commands/index.ts';
import type { Decoder, Spec } from '../commands/spec.ts';
import type { Value } from '../commands/surface.ts';
import { DataError } from '../errors.ts';
import type { Encoding, Integers } from '../protocol/reply-mode.ts';
import type { CommandQueue } from './command-queue.ts';
import { values } from './pipeline.ts';
import type { Slotted } from './surfaces.ts';

/** Stands for a reply until the batch has run. */
export class Slot<out R> {
  /** Exists for the compiler only. */
  declare readonly '~reply': R;
  /** The position of its command. */
  readonly index: number;

  constructor(index: number) {
    this.index = index;
  }
}

type Primitive = string | number | bigint | boolean | symbol | null | undefined;
/** Objects that are neither arrays nor plain. */
type Whole =
  | ((...args: never) => unknown)
  | Uint8Array
  | Date
  | ReadonlyMap<unknown, unknown>
  | ReadonlySet<unknown>
  | PromiseLike<unknown>;

/** What a batch was built of, with the replies in place of their slots. */
export type Filled<T> =
  T extends Slot<infer R> ? R : T extends Primitive | Whole ? T : { -readonly [K in keyof T]: Filled<T[K]> };

/** Collects the commands of a batch: every method gives a slot. */
export class Batch<in out E extends Encoding = 'utf8', in out I extends Integers = 'number'> extends Commands<
  Slotted<E, I>
> {
  readonly #queue: CommandQueue;

  /** Use `client.batch()`. @internal */
  constructor(queue: CommandQueue) {
    super();
    this.#queue = queue;
  }

  override send<R>(spec: Spec, args: readonly Value[], decode?: Decoder<R>): Slot<R> {
    return new Slot<R>(this.#queue.add(spec, args, decode));
  }
}

/** Runs what a function has built, and fills it. */
export async function runBatch<E extends Encoding, I extends Integers, R>(
  queue: CommandQueue,
  build: (commands: Batch<E, I>) => R,
): Promise<Filled<R>> {
  const structure = build(new Batch<E, I>(queue));
  if (structure instanceof Promise) {
    // What it waits for may fail.
    structure.catch(() => undefined);
    throw new DataError('a batch is built at once, by a function that is not async', { code: 'INVALID_ARGUMENT' });
  }
  return filled(structure, values(await queue.run())) as Filled<R>;
}

/** The structure with every slot filled; arrays and plain objects are copied, everything else stays what it is. */
function filled(structure: unknown, replies: readonly unknown[]): unknown {
  if (structure instanceof Slot) return replies[structure.index];
  if (Array.isArray(structure)) return structure.map((item) => filled(item, replies));
  if (!isPlain(structure)) return structure;
  return Object.fromEntries(Object.entries(structure).map(([name, item]) => [name, filled(item, replies)]));
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
