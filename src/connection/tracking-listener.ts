import type { Connection } from './connection.ts';

/** Hears what the server tells of the keys that a link's connection has read. */
export interface TrackingListener {
  /** A connection that tracks is ready. */
  tracked(connection: Connection): void;
  /** Out-of-band data, in its place among the replies. */
  pushed(items: readonly unknown[]): void;
  /** The connection has another user, who may not be allowed to read what the one before has read. */
  userChanged(): void;
  /** The connection is gone, and nothing more is heard of what was read on it. Told before its requests are settled or sent again. */
  lost(): void;
}

/** What makes a link's connections track. */
export interface Tracking {
  /** The arguments of CLIENT TRACKING. */
  readonly args: readonly string[];
  readonly listener: TrackingListener;
}
