import { Executor, type Surface } from './surface.ts';

/** Commands on sorted sets: members with a score each, in the order of their scores. */
export abstract class SortedSetCommands<in out S extends Surface> extends Executor<S> {}
