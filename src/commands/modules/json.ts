import { Namespace, type Surface } from '../surface.ts';

/** Commands on JSON documents, as the module valkey-json has them. */
export class JsonCommands<in out S extends Surface> extends Namespace<S> {}
