import { Executor, type Surface } from './surface.ts';

/** Commands on function libraries, which live on the server. */
export abstract class FunctionCommands<in out S extends Surface> extends Executor<S> {}
