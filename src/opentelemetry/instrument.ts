import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { metrics, trace, type MeterProvider, type TracerProvider } from '@opentelemetry/api';
import { DataError, type CacheMessage, type CommandMessage, type ConnectMessage, type LeaseMessage } from '../index.ts';
import { CacheMetrics } from './cache-metrics.ts';
import { ConnectionMetrics, type ObservedClient } from './connection-metrics.ts';
import { OperationMetrics } from './operation-metrics.ts';
import { Spans } from './spans.ts';

export type { ObservedClient } from './connection-metrics.ts';

/** What is measured, and who is told. */
export interface InstrumentOptions {
  /** Default: the one that is registered globally. */
  readonly tracerProvider?: TracerProvider;
  /** Default: the one that is registered globally. */
  readonly meterProvider?: MeterProvider;
  /** A span for every command. Default true. */
  readonly traces?: boolean;
  /** Durations of commands, and what connections and caches do. Default true. */
  readonly metrics?: boolean;
  /** A span only where there is one around it. Default false. */
  readonly requireParentSpan?: boolean;
  /** `db.query.text` in spans: the command with a question mark for every argument, as in `SET ? ?`. Default false. */
  readonly queryText?: boolean;
}

/** What measures, until it is stopped. */
export interface Instrumentation {
  /** Counts a client's connections and what waits for them, until the function it gives is called. */
  observe(client: ObservedClient, name?: string): () => void;
  /** Measures no more, but that the spans of commands under way end with them. */
  stop(): void;
}

const NAME = 'valkey-ts';

/**
 * Begins to measure all clients of this process. Throws a `DataError` for an option that is unknown or unusable.
 *
 * Every command is a span of kind CLIENT, within the span that was active where it was called, and an observation of
 * `db.client.operation.duration`. No span and no metric has an argument, a key or a reply in it.
 *
 * @example
 * ```ts
 * const instrumentation = instrument();
 * const stopObserving = instrumentation.observe(client, 'orders');
 * await client.set('greeting', 'hello');
 * stopObserving();
 * instrumentation.stop();
 * ```
 */
export function instrument(options: InstrumentOptions = {}): Instrumentation {
  checkOptions(options);
  const { traces = true, metrics: measures = true, requireParentSpan = false, queryText = false } = options;
  const stops: (() => void)[] = [];
  if (traces) {
    const spans = new Spans((options.tracerProvider ?? trace).getTracer(NAME), requireParentSpan, queryText);
    const end = listen<CommandMessage>('valkey-ts:command:asyncEnd', (message) => spans.end(message));
    const begin = listen<CommandMessage>('valkey-ts:command:start', (message) => spans.begin(message));
    // What has begun is ended: a span that is not is never exported, and its children have no parent.
    stops.push(begin, () => spans.onEnd(end));
  }
  const meter = (options.meterProvider ?? metrics).getMeter(NAME);
  const connections = measures ? new ConnectionMetrics(meter) : undefined;
  if (connections !== undefined) {
    const operations = new OperationMetrics(meter);
    stops.push(
      listen<CommandMessage>('valkey-ts:command:asyncEnd', (message) => operations.ended(message)),
      listen<ConnectMessage>('valkey-ts:connect:asyncEnd', (message) => connections.connected(message)),
      listen<LeaseMessage>('valkey-ts:lease:asyncEnd', (message) => connections.leased(message)),
      listenForCaches(new CacheMetrics(meter)),
      () => connections.stop(),
    );
  }
  return {
    observe: (client, name = NAME) => connections?.observe(client, name) ?? (() => undefined),
    stop: () => {
      for (const stop of stops.splice(0)) stop();
    },
  };
}

function listenForCaches(caches: CacheMetrics): () => void {
  const onMessage = (message: unknown): void => caches.told(message as CacheMessage);
  subscribe('valkey-ts:cache', onMessage);
  return () => unsubscribe('valkey-ts:cache', onMessage);
}

/** Listens to a tracing channel, until the function it gives is called. */
function listen<M extends object>(name: string, hear: (message: M) => void): () => void {
  const onMessage = (message: unknown): void => hear(message as M);
  subscribe(`tracing:${name}`, onMessage);
  return () => void unsubscribe(`tracing:${name}`, onMessage);
}

const has =
  (method: string) =>
  (value: unknown): boolean =>
    typeof value === 'object' && value !== null && typeof (value as Record<string, unknown>)[method] === 'function';
const isFlag = (value: unknown): boolean => typeof value === 'boolean';

/** What each option takes, and how that is said. */
const RULES: Readonly<
  Record<keyof InstrumentOptions, readonly [accepts: (value: unknown) => boolean, wanted: string]>
> = {
  tracerProvider: [has('getTracer'), 'a TracerProvider'],
  meterProvider: [has('getMeter'), 'a MeterProvider'],
  traces: [isFlag, 'true or false'],
  metrics: [isFlag, 'true or false'],
  requireParentSpan: [isFlag, 'true or false'],
  queryText: [isFlag, 'true or false'],
};

function checkOptions(options: InstrumentOptions): void {
  if (typeof options !== 'object' || options === null)
    throw new DataError('the options of instrument must be an object', { code: 'INVALID_OPTION' });
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(RULES, name))
      throw new DataError(`unknown option of instrument ${name}`, { code: 'UNKNOWN_OPTION' });
    const [accepts, wanted] = RULES[name as keyof InstrumentOptions];
    if (value !== undefined && !accepts(value))
      throw new DataError(`the option of instrument ${name} must be ${wanted}`, { code: 'INVALID_OPTION' });
  }
}
