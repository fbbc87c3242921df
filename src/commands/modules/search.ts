import { Namespace, type Surface } from '../surface.ts';

/** Commands on search indexes, as the module valkey-search has them. */
export class SearchCommands<in out S extends Surface> extends Namespace<S> {}
