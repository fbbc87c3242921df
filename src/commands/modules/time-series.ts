import { Namespace, type Surface } from '../surface.ts';

/** Commands on time series. */
export class TimeSeriesCommands<in out S extends Surface> extends Namespace<S> {}
