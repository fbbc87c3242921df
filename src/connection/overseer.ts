import type { Connection } from './connection.ts';
import type { Request } from './request.ts';

/** Knows other servers than the one that it oversees, which may run what that one refuses. */
export interface Overseer {
  /** An error reply came that may mean that the command did not run, and where it would. True when the request is seen to. */
  refused(request: Request, message: string): boolean;
  /** A connection stands: what it is sent here goes before all that waits. */
  opened?(connection: Connection): void;
}
