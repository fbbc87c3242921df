import type { Surface } from '../commands/surface.ts';
import type { Encoding, IntegerOf, Integers, TextOf } from '../protocol/reply-mode.ts';
import type { Pipeline } from './pipeline.ts';
import type { Slot } from './batch.ts';

/** Calls give promises: clients, views and sessions. */
export interface Immediate<E extends Encoding = 'utf8', I extends Integers = 'number'> extends Surface {
  readonly text: TextOf[E];
  readonly integer: IntegerOf[I];
  readonly result: Promise<this['reply']>;
}

/** Calls give the pipeline itself, its tuple of replies one longer. */
export interface Chained<
  E extends Encoding = 'utf8',
  I extends Integers = 'number',
  T extends readonly unknown[] = [],
> extends Surface {
  readonly text: TextOf[E];
  readonly integer: IntegerOf[I];
  readonly result: Pipeline<E, I, [...T, this['reply']]>;
}

/** Calls give slots, which stand for the replies in whatever a batch is built of. */
export interface Slotted<E extends Encoding = 'utf8', I extends Integers = 'number'> extends Surface {
  readonly text: TextOf[E];
  readonly integer: IntegerOf[I];
  readonly result: Slot<this['reply']>;
}

/** Calls give the reply itself, or nothing: what a cache has at hand. */
export interface Peeked<E extends Encoding = 'utf8', I extends Integers = 'number'> extends Surface {
  readonly text: TextOf[E];
  readonly integer: IntegerOf[I];
  readonly result: this['reply'] | undefined;
}
