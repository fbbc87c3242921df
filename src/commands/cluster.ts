import { Executor, type Surface } from './surface.ts';

/** Commands on a cluster: its nodes, its slots, and their migration. */
export abstract class ClusterCommands<in out S extends Surface> extends Executor<S> {}
