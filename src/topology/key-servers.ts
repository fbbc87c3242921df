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
  /** Those of now: the topology is asked for before. */
  primaries(): Promise<readonly KeyServer[]>;
}
