import { Executor, type Surface } from './surface.ts';

/** Commands on the logs of slow and large commands. */
export abstract class CommandlogCommands<in out S extends Surface> extends Executor<S> {}
