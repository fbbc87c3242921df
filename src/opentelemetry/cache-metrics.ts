import type { Counter, Gauge, Meter } from '@opentelemetry/api';
import type { CacheMessage } from '../index.ts';
import { serverAttributes } from './attributes.ts';

const RESULT = 'valkey.client.cache.result';
const REASON = 'valkey.client.cache.flush.reason';

/** What the caches of clients do, as `valkey.client.cache.*`. */
export class CacheMetrics {
  readonly #requests: Counter;
  readonly #invalidations: Counter;
  readonly #evictions: Counter;
  readonly #flushes: Counter;
  readonly #entries: Gauge;
  readonly #bytes: Gauge;

  constructor(meter: Meter) {
    this.#requests = meter.createCounter('valkey.client.cache.requests', { unit: '{request}' });
    this.#invalidations = meter.createCounter('valkey.client.cache.invalidations', { unit: '{key}' });
    this.#evictions = meter.createCounter('valkey.client.cache.evictions', { unit: '{reply}' });
    this.#flushes = meter.createCounter('valkey.client.cache.flushes', { unit: '{flush}' });
    this.#entries = meter.createGauge('valkey.client.cache.entries', { unit: '{reply}' });
    this.#bytes = meter.createGauge('valkey.client.cache.size', { unit: 'By' });
  }

  told({ endpoint, flush, hits, misses, invalidations, evictions, entries, bytes }: CacheMessage): void {
    const where = serverAttributes(endpoint);
    this.#requests.add(hits, { ...where, [RESULT]: 'hit' });
    this.#requests.add(misses, { ...where, [RESULT]: 'miss' });
    this.#invalidations.add(invalidations, where);
    this.#evictions.add(evictions, where);
    if (flush !== undefined) this.#flushes.add(1, { ...where, [REASON]: flush });
    this.#entries.record(entries, where);
    this.#bytes.record(bytes, where);
  }
}
