import { Namespace, type Surface } from '../surface.ts';

/** Commands on Count-Min sketches. */
export class CountMinSketchCommands<in out S extends Surface> extends Namespace<S> {}
