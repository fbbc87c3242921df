/**
 * Traces and metrics for OpenTelemetry, after its semantic conventions for databases. It listens to what the client tells on
 * `node:diagnostics_channel`, and needs `@opentelemetry/api` beside this package.
 */
export { instrument } from './instrument.ts';
export type { Instrumentation, InstrumentOptions, ObservedClient } from './instrument.ts';
