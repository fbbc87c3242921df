import type { Role } from '../connection/locator.ts';
import type { RequestOptions } from '../connection/request.ts';
import type { SentinelPool } from '../topology/sentinel-pool.ts';
import { ConnectionPool, PoolParts } from './connection-pool.ts';

/**
 * Connections to the primary of a Sentinel's name, or to its replicas, wherever they are.
 *
 * Each dial asks the Sentinels, and sees that the server has the role that it should have. When the primary changes, connections to
 * the old one are closed, those that are leased included. Replicas are taken in rotation, and the primary when there is none.
 */
export class SentinelConnectionPool extends ConnectionPool {
  readonly serviceName: string;
  readonly role: Role;

  /** Use `sentinel.createConnectionPool(name)`. @internal */
  constructor(pool: SentinelPool, requests: RequestOptions) {
    super(new PoolParts(pool, requests));
    this.serviceName = pool.serviceName;
    this.role = pool.role;
  }
}
