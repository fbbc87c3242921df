import { Executor, type Surface } from './surface.ts';

/** Commands on primaries and replicas. */
export abstract class ReplicationCommands<in out S extends Surface> extends Executor<S> {}
