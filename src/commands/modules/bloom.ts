import { Namespace, type Surface } from '../surface.ts';

/** Commands on Bloom filters, as the module valkey-bloom has them. */
export class BloomCommands<in out S extends Surface> extends Namespace<S> {}
