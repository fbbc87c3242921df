import { Namespace, type Surface } from '../surface.ts';

/** Commands on Top-K lists. */
export class TopKCommands<in out S extends Surface> extends Namespace<S> {}
