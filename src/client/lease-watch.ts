import type { Connection } from '../connection/connection.ts';
import type { Router } from '../topology/router.ts';

/** What stays of a session that was dropped without being closed. */
interface Left {
  readonly router: Router;
  readonly connection: Connection;
  /** Where it was leased; not kept in production, where the stack would cost something for every lease. */
  readonly place: string | undefined;
}

/** Places that were told: each is told once. */
const told = new Set<string>();
const MOST_TOLD = 100;

/** The connection of a session that nobody can close any more is taken back, or the pool would be short of it for ever. */
const dropped = new FinalizationRegistry<Left>(({ router, connection, place }) => {
  router.release(connection, false);
  const where = place ?? '';
  if (told.has(where) || told.size >= MOST_TOLD) return;
  told.add(where);
  const message = `a session on ${connection.endpoint} was dropped without being closed: use await using, or close()`;
  const detail = place === undefined ? 'Where it was leased is told outside production.' : `It was leased\n${place}`;
  process.emitWarning(message, { type: 'ValkeyWarning', code: 'VALKEY_LEASE_LEAKED', detail });
});

/** Watches over a session's connection until the session is closed. */
export function watchLease(session: object, router: Router, connection: Connection): void {
  const place = process.env['NODE_ENV'] === 'production' ? undefined : new Error('leased').stack?.split('\n').slice(2);
  dropped.register(session, { router, connection, place: place?.join('\n') }, session);
}

/** The session was closed. */
export function forgetLease(session: object): void {
  dropped.unregister(session);
}
