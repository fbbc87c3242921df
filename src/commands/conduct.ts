/**
 * How a command behaves towards the connection it runs on, which decides where it may run.
 *
 * - ordinary: leaves no trace; shares a connection with everybody
 * - blocking: may hold the connection up; gets one of its own for the time
 * - tracked: changes the connection for good; on a shared one the change is remembered, and made again after a reconnect
 * - dedicated: makes the connection useless for others; only a session may run it
 */
export type Conduct = 0 | 1 | 2 | 3;
export const Conduct: { readonly ordinary: 0; readonly blocking: 1; readonly tracked: 2; readonly dedicated: 3 } = {
  ordinary: 0,
  blocking: 1,
  tracked: 2,
  dedicated: 3,
};

const TRACKED = new Set([
  'SELECT',
  'AUTH',
  'CLIENT SETNAME',
  'CLIENT NO-EVICT',
  'CLIENT NO-TOUCH',
  'READONLY',
  'READWRITE',
]);

/** What to use instead of a command that only a session may run. */
const REMEDIES: ReadonlyMap<string, string> = new Map([
  ...['MULTI', 'EXEC', 'DISCARD', 'WATCH', 'UNWATCH'].map((name): [string, string] => [name, 'client.session()']),
  ...['SUBSCRIBE', 'PSUBSCRIBE', 'SSUBSCRIBE', 'UNSUBSCRIBE', 'PUNSUBSCRIBE', 'SUNSUBSCRIBE'].map(
    (name): [string, string] => [name, 'client.session()'],
  ),
  ...['MONITOR', 'SYNC', 'PSYNC'].map((name): [string, string] => [name, 'client.session()']),
  ...['CLIENT REPLY', 'CLIENT TRACKING', 'CLIENT CACHING', 'CLIENT CAPA', 'ASKING'].map((name): [string, string] => [
    name,
    'client.session()',
  ]),
  ['HELLO', 'the protocol, username and password options'],
  ['RESET', 'client.session()'],
  ['QUIT', 'client.close()'],
]);

/** WAIT and WAITAOF are about the writes of the connection they run on, so they must run where the writes ran. */
const OF_THE_CONNECTION = new Set(['WAIT', 'WAITAOF']);

export function conductOf(name: string, blocking: boolean): Conduct {
  if (TRACKED.has(name)) return Conduct.tracked;
  if (REMEDIES.has(name)) return Conduct.dedicated;
  return blocking && !OF_THE_CONNECTION.has(name) ? Conduct.blocking : Conduct.ordinary;
}

/** Names the right way for a command of conduct `dedicated`. */
export function remedyOf(name: string): string {
  return REMEDIES.get(name) ?? 'client.session()';
}
