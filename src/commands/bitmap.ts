import { Executor, type Surface } from './surface.ts';

/** Commands on the bits of a string. */
export abstract class BitmapCommands<in out S extends Surface> extends Executor<S> {}
