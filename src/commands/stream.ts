import { Executor, type Surface } from './surface.ts';

/** Commands on streams: logs of entries, read alone or by groups of consumers. */
export abstract class StreamCommands<in out S extends Surface> extends Executor<S> {}
