import { Executor, type Surface } from './surface.ts';

/** Commands that publish messages, and look at who is subscribed. */
export abstract class PubsubCommands<in out S extends Surface> extends Executor<S> {}
