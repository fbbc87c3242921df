import { Executor, type Surface } from './surface.ts';

/** Commands on what held a server up. */
export abstract class LatencyCommands<in out S extends Surface> extends Executor<S> {}
