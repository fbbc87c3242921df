import type { Request } from '../connection/request.ts';
import type { Connection } from '../connection/connection.ts';
import type { LinkCounters, Traffic } from '../connection/counters.ts';
import type { LinkEvents, LinkState } from '../connection/link.ts';
import type { PoolStats } from '../connection/pool.ts';
import type { Subscriptions } from '../connection/subscriptions.ts';
import type { SubscriptionsListener } from '../connection/subscriptions-listener.ts';
import type { Topic } from '../connection/topic.ts';
import type { Argument } from '../protocol/encoder.ts';
import type { Encoding } from '../protocol/reply-mode.ts';
import type { Listeners } from '../util/listeners.ts';
import type { KeyServers } from './key-servers.ts';

/** What `client.stats()` gives. */
export interface ClientStats {
  readonly state: LinkState;
  /** Commands not yet written. */
  readonly queued: number;
  /** Commands written and not yet answered. */
  readonly inFlight: number;
  /** Bytes of both, as counted against `maxQueuedBytes`. */
  readonly bytes: number;
  /** What went wrong since the client was made. */
  readonly counters: LinkCounters;
  /** What went over its connections since it was made, those included that have ended. */
  readonly traffic: Traffic;
  readonly pool: PoolStats;
}

/** How a connection is leased. */
export interface LeaseOptions {
  /** How long to wait for it, in milliseconds. */
  readonly timeout: number;
  readonly signal: AbortSignal | undefined;
  /** What it is for, as a `MaxConnectionsError` of others says. */
  readonly purpose: string;
  /** A key that is used there: in a cluster, it is a connection to the node that has its slot. */
  readonly key?: Argument | undefined;
  /** What a node said of the slot when that was tried: `MOVED 3999 host:port`, or `ASK`. */
  readonly redirection?: string | undefined;
}

/** Subscriptions, on however many connections. */
export type RoutedSubscriptions<T extends Topic> = Pick<
  Subscriptions<T>,
  'state' | 'wanted' | 'find' | 'subscribe' | 'unsubscribe' | 'ping' | 'close'
>;

/** Who takes leased connections back. */
export interface Lender {
  /** `reusable`: nothing was changed that the next user could notice. */
  release(connection: Connection, reusable: boolean): void;
  /** Hears of a request that is sent on a connection of one's own. */
  sending?(request: Request): void;
}

/** Knows the servers, and the connection that each request takes. */
export interface Router extends Lender {
  readonly state: LinkState;
  readonly events: Listeners<LinkEvents>;
  /** Whether all there is is one connection, so that a command that blocks holds up all others. */
  readonly single?: boolean;
  /** The servers that have the keys between them, when there are several. */
  readonly keyServers?: KeyServers;
  /** Takes a request. Throws when it can never run where it would. */
  send(request: Request): void;
  abort(request: Request, makeError: () => Error): void;
  connect(): Promise<void>;
  close(timeout: number): Promise<void>;
  destroy(): void;
  stats(): ClientStats;
  /** A connection of one's own, to be given back with `release`. */
  lease(options: LeaseOptions): Promise<Connection>;
  /** Calls `end` when the client closes, until the function it gives is called. Throws when the client is closed already. */
  onClose(end: () => void): () => void;
  /** Subscriptions, on connections of their own; `interval` in milliseconds, default the client's `healthCheckInterval`. */
  subscriptions<T extends Topic>(
    listener: SubscriptionsListener<T>,
    encoding: Encoding,
    interval: number | undefined,
  ): RoutedSubscriptions<T>;
}
