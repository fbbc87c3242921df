import { Namespace, type Surface } from '../surface.ts';

/** Commands on t-digests. */
export class TDigestCommands<in out S extends Surface> extends Namespace<S> {}
