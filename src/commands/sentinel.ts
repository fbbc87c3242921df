import { Executor, type Surface } from './surface.ts';

/** Commands of a Sentinel, the server that watches primaries. */
export abstract class SentinelCommands<in out S extends Surface> extends Executor<S> {}
