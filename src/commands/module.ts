import { Executor, type Surface } from './surface.ts';

/** Commands on the modules a server has loaded. */
export abstract class ModuleCommands<in out S extends Surface> extends Executor<S> {}
