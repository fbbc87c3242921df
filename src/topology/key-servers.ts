import type { Request } from '../connection/request.ts';

/** A server that has some of the keys. */
export interface KeyServer {
  /** Its name in the cluster. */
  readonly id: string;
  send(request: Request): void;
  abort(request: Request, makeError: () => Error): void;
}

/** The servers that have all keys between them. */
export interface KeyServers {
  /** Those that are known; rejects when none can be found. */
  primaries(): Promise<readonly KeyServer[]>;
  /** Says that there may be others. */
  suspect(): void;
}
