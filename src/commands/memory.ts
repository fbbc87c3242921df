import { Executor, type Surface } from './surface.ts';

/** Commands on the memory of a server. */
export abstract class MemoryCommands<in out S extends Surface> extends Executor<S> {}
