import { Namespace, type Surface } from '../surface.ts';

/** Commands on Cuckoo filters. */
export class CuckooCommands<in out S extends Surface> extends Namespace<S> {}
