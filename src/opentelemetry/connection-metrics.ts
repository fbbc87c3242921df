import type {
  BatchObservableResult,
  Counter,
  Histogram,
  Meter,
  Observable,
  ObservableUpDownCounter,
} from '@opentelemetry/api';
import { ConnectionError, MaxConnectionsError, type ConnectMessage, type LeaseMessage } from '../index.ts';
import { errorAttributes, serverAttributes } from './attributes.ts';
import { SECONDS } from './operation-metrics.ts';

/** Whether all were leased, or none was connected in time. A server that has no room for another connection says so itself. */
const isInVain = (error: unknown): boolean =>
  error instanceof MaxConnectionsError
    ? error.cause === undefined
    : error instanceof ConnectionError && error.code === 'CONNECT_TIMEOUT';

/** A client, or whatever else tells of its pool. */
export interface ObservedClient {
  stats(): {
    readonly queued: number;
    readonly pool: {
      readonly idle: number;
      readonly leased: number;
      readonly waiting: number;
      readonly maxConnections: number;
    };
  };
}

const POOL = 'db.client.connection.pool.name';
const STATE = 'db.client.connection.state';

/** What the connections of clients do, as `db.client.connection.*`. */
export class ConnectionMetrics {
  readonly #meter: Meter;
  readonly #created: Histogram;
  readonly #waited: Histogram;
  readonly #timeouts: Counter;
  readonly #count: ObservableUpDownCounter;
  readonly #pending: ObservableUpDownCounter;
  readonly #most: ObservableUpDownCounter;
  readonly #mostIdle: ObservableUpDownCounter;
  readonly #leastIdle: ObservableUpDownCounter;
  readonly #observed: Map<ObservedClient, string> = new Map();
  readonly #observe = (result: BatchObservableResult): void => this.#tell(result);

  constructor(meter: Meter) {
    const advice = { explicitBucketBoundaries: SECONDS };
    this.#meter = meter;
    this.#created = meter.createHistogram('db.client.connection.create_time', { unit: 's', advice });
    this.#waited = meter.createHistogram('db.client.connection.wait_time', { unit: 's', advice });
    this.#timeouts = meter.createCounter('db.client.connection.timeouts', { unit: '{timeout}' });
    this.#count = meter.createObservableUpDownCounter('db.client.connection.count', { unit: '{connection}' });
    this.#pending = meter.createObservableUpDownCounter('db.client.connection.pending_requests', { unit: '{request}' });
    this.#most = meter.createObservableUpDownCounter('db.client.connection.max', { unit: '{connection}' });
    this.#mostIdle = meter.createObservableUpDownCounter('db.client.connection.idle.max', { unit: '{connection}' });
    this.#leastIdle = meter.createObservableUpDownCounter('db.client.connection.idle.min', { unit: '{connection}' });
    meter.addBatchObservableCallback(this.#observe, this.#observables);
  }

  get #observables(): Observable[] {
    return [this.#count, this.#pending, this.#most, this.#mostIdle, this.#leastIdle];
  }

  connected({ endpoint, duration = 0, error }: ConnectMessage): void {
    this.#created.record(duration / 1000, {
      [POOL]: endpoint,
      ...serverAttributes(endpoint),
      ...errorAttributes(error),
    });
  }

  leased({ endpoint, duration = 0, error }: LeaseMessage): void {
    if (error === undefined) this.#waited.record(duration / 1000, { [POOL]: endpoint });
    else if (isInVain(error)) this.#timeouts.add(1, { [POOL]: endpoint });
  }

  observe(client: ObservedClient, name: string): () => void {
    this.#observed.set(client, name);
    return () => void this.#observed.delete(client);
  }

  stop(): void {
    this.#observed.clear();
    this.#meter.removeBatchObservableCallback(this.#observe, this.#observables);
  }

  #tell(result: BatchObservableResult): void {
    for (const [client, name] of this.#observed) {
      const { pool, queued } = client.stats();
      result.observe(this.#count, pool.idle, { [POOL]: name, [STATE]: 'idle' });
      result.observe(this.#count, pool.leased, { [POOL]: name, [STATE]: 'used' });
      result.observe(this.#pending, pool.waiting + queued, { [POOL]: name });
      result.observe(this.#most, pool.maxConnections, { [POOL]: name });
      // All may rest, and none has to.
      result.observe(this.#mostIdle, pool.maxConnections, { [POOL]: name });
      result.observe(this.#leastIdle, 0, { [POOL]: name });
    }
  }
}
