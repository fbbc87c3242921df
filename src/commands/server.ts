import { Executor, type Surface } from './surface.ts';

/** Commands on a server as a whole: what it holds, how it is, when it saves. */
export abstract class ServerCommands<in out S extends Surface> extends Executor<S> {}
