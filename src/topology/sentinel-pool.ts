import type { Locator, Role } from '../connection/locator.ts';
import { Pool, type PoolBounds } from '../connection/pool.ts';
import type { ConnectionSettings, SessionState } from '../connection/settings.ts';
import type { SentinelService } from './sentinel-service.ts';

/** What ends with a pool. */
export interface PoolEnd {
  reopen(): void;
  destroyed(): void;
}

/**
 * Connections to the primary of a Sentinel's name, or to its replicas, wherever they are.
 *
 * Each dial asks the Sentinels, and sees that the server has the role that it should have. When the primary changes, connections to
 * the old one are closed, those that are leased included. Replicas are taken in rotation, and the primary when there is none.
 */
export class SentinelPool extends Pool {
  readonly serviceName: string;
  readonly role: Role;
  readonly #service: SentinelService;
  readonly #end: PoolEnd | undefined;

  constructor(
    service: SentinelService,
    role: Role,
    settings: ConnectionSettings,
    state: SessionState,
    bounds: PoolBounds,
    end?: PoolEnd,
  ) {
    super({ ...settings, locator: role === 'primary' ? service.primary : service.replicas(true) }, state, bounds);
    this.serviceName = service.name;
    this.role = role;
    this.#service = service;
    this.#end = end;
  }

  /** Finds replicas for those who read from them. */
  replicas(orPrimary: boolean): Locator {
    return this.#service.replicas(orPrimary);
  }

  /** How many replicas were up when they were last looked for. */
  get replicaCount(): number {
    return this.#service.replicaCount;
  }

  /** Takes up service again after `close`. */
  override reopen(): void {
    this.#end?.reopen();
    super.reopen();
  }

  override destroy(): void {
    super.destroy();
    this.#end?.destroyed();
  }
}
