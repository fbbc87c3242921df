import type { Address } from './settings.ts';

/** Replies of a server that is not the primary, or not any more. The command did not run: a script writes nothing before it is told so. */
export const isMisdirected = (message: string): boolean =>
  message.startsWith('READONLY ') || message.startsWith('REDIRECT ') || FORCED.test(message);

/** What a command that blocks is told when its server becomes a replica, unless it can be told where to go. */
const FORCED = /^UNBLOCKED force unblock/;

/** Where `-REDIRECT host:port` sends us. */
export function successorIn(message: string): Address | undefined {
  const found = /^REDIRECT (?<host>\S+):(?<port>\d+)\s*$/.exec(message)?.groups;
  if (found === undefined) return undefined;
  return { host: found['host']!.replace(/^\[(.*)\]$/, '$1'), port: Number(found['port']) };
}
