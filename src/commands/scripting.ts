import { Executor, type Surface } from './surface.ts';

/** Commands that run Lua scripts on the server. */
export abstract class ScriptingCommands<in out S extends Surface> extends Executor<S> {}
