import { Executor, type Surface } from './surface.ts';

/** Commands on places: members of a sorted set with a longitude and a latitude. */
export abstract class GeoCommands<in out S extends Surface> extends Executor<S> {}
