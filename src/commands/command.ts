import { Executor, type Surface } from './surface.ts';

/** Commands that tell of the commands a server has. */
export abstract class CommandCommands<in out S extends Surface> extends Executor<S> {}
