import { Executor, type Surface } from './surface.ts';

/** Commands on users and what they may do. */
export abstract class AclCommands<in out S extends Surface> extends Executor<S> {}
