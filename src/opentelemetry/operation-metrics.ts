import { ValueType, type Histogram, type Meter } from '@opentelemetry/api';
import type { CommandMessage } from '../index.ts';
import { errorAttributes, operationAttributes } from './attributes.ts';

/** The boundaries that the conventions recommend, in seconds. */
export const SECONDS: number[] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10];

/** How long commands take, as `db.client.operation.duration`. */
export class OperationMetrics {
  readonly #duration: Histogram;

  constructor(meter: Meter) {
    this.#duration = meter.createHistogram('db.client.operation.duration', {
      description: 'Duration of database client operations.',
      unit: 's',
      valueType: ValueType.DOUBLE,
      advice: { explicitBucketBoundaries: SECONDS },
    });
  }

  ended(message: CommandMessage): void {
    const attributes = { ...operationAttributes(message), ...errorAttributes(message.error) };
    this.#duration.record((message.duration ?? 0) / 1000, attributes);
  }
}
