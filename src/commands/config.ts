import { Executor, type Surface } from './surface.ts';

/** Commands on the configuration of a server. */
export abstract class ConfigCommands<in out S extends Surface> extends Executor<S> {}
