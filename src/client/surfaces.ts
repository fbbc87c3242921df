import type { Surface } from '../commands/surface.ts';
import type { Encoding, IntegerOf, Integers, TextOf } from '../protocol/reply-mode.ts';

/** Calls give promises: clients, views and sessions. */
export interface Immediate<E extends Encoding = 'utf8', I extends Integers = 'number'> extends Surface {
  readonly text: TextOf[E];
  readonly integer: IntegerOf[I];
  readonly result: Promise<this['reply']>;
}
