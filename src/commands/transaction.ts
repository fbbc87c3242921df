import { Executor, type Surface } from './surface.ts';

/** The plain commands of transactions. */
export abstract class TransactionCommands<in out S extends Surface> extends Executor<S> {}
