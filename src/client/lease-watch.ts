import type { Connection } from '../connection/connection.ts';
import type { Lender } from '../topology/router.ts';

/** What stays of a session that was dropped without being closed. */
interface Left {
  readonly lender: Lender;
  readonly connection: Connection;
  /** Where it was leased; not kept in production, where the stack would cost something for every lease. */
  readonly place: string | undefined;
}

/** Places that were told: each is told once. */
const told = new Set<string>();
const MOST_TOLD = 100;
/** Where this library is, as stacks name it: by URL, or by path where the code was compiled on the way. */
const { href, pathname } = new URL('..', import.meta.url);
const isOurs = (frame: string): boolean => frame.includes(href) || frame.includes(pathname);

/** The connection of a session that nobody can close any more is taken back, or the pool would be short of it for ever. */
const dropped = new FinalizationRegistry<Left>(({ lender, connection, place }) => {
  lender.release(connection, false);
  const where = place ?? '';
  if (told.has(where) || told.size >= MOST_TOLD) return;
  told.add(where);
  const message = `a session on ${connection.endpoint} was dropped without being closed: use await using, or close()`;
  const detail = place === undefined ? 'Where it was leased is told outside production.' : `It was leased\n${place}`;
  process.emitWarning(message, { type: 'ValkeyWarning', code: 'VALKEY_LEASE_LEAKED', detail });
});

/** Watches over a session's connection until the session is closed. */
export function watchLease(session: object, lender: Lender, connection: Connection): void {
  const where = process.env['NODE_ENV'] === 'production' ? undefined : callersPlace(new Error('leased').stack);
  if (connection.holding !== undefined) connection.holding.place = where;
  dropped.register(session, { lender, connection, place: where }, session);
}

/** The part of a stack that is the caller's, if it shows. */
function callersPlace(stack: string = ''): string | undefined {
  const frames = stack.split('\n').slice(1);
  const at = frames.findIndex((frame) => !isOurs(frame));
  return frames.slice(Math.max(0, at)).join('\n');
}

/** The session was closed. */
export function forgetLease(session: object): void {
  dropped.unregister(session);
}
