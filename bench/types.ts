/** What a measured program needs to know about the server. */
export interface Address {
  readonly host: string;
  readonly port: number;
  /** Where the same server speaks TLS, and the certificate (PEM) to trust; not of one that was running already. */
  readonly tls?: { readonly port: number; readonly ca: string };
}

/**
 * The commands the benchmark issues. An adapter passes each call straight to its client and gives back the very
 * promise the client gave, in the client's own reply shape: nothing is added on the way.
 */
export interface Adapter {
  get(key: string): Promise<unknown>;
  set(key: string, value: string): Promise<unknown>;
  mget(keys: string[]): Promise<unknown>;
  lrange(key: string, start: number, stop: number): Promise<unknown>;
  hgetall(key: string): Promise<unknown>;
  smembers(key: string): Promise<unknown>;
  /** ZRANGE with scores. */
  zrange(key: string, start: number, stop: number): Promise<unknown>;
  /** An explicit pipeline of a GET for each key; where the client has none, what its docs give for one. */
  pipelineGet(keys: readonly string[]): Promise<unknown>;
  /** The same, of a SET for each key. */
  pipelineSet(keys: readonly string[], values: readonly string[]): Promise<unknown>;
  /** Calls `receive` with the text of every message that comes on the channel; resolves when messages will come. */
  subscribe(channel: string, receive: (message: string) => void): Promise<unknown>;
  ping(): Promise<unknown>;
  close(): Promise<unknown>;
}

/** A command in all the forms the measured programs need; `index` tells the commands in flight apart. */
export interface Operation {
  issue(client: Adapter, index: number): Promise<unknown>;
  /** The commands of all indexes as one pipeline, for operations that are measured so. */
  pipeline?(client: Adapter): Promise<unknown>;
  /** Brings the clients' shapes of the reply to one, where they differ. */
  plain?(reply: unknown): unknown;
  /** The reply a correct client gives. */
  expected(index: number): unknown;
  /** The command's words and the reply's bytes, for the raw socket. */
  request(index: number): readonly string[];
  reply(index: number): string;
}

export type OperationName = 'get' | 'set' | 'mget' | 'lrange' | 'hgetall' | 'smembers' | 'zrange';

/** Settings of one measured child process, passed as JSON in its first argument. */
export interface ChildSettings extends Address {
  readonly adapter: string;
  readonly operation: OperationName;
  /** Bytes of a value, or `'mixed'` for 16 to 64 bytes. */
  readonly size: number | 'mixed';
  readonly inFlight: number;
  readonly wave: boolean;
  readonly pipelined: boolean;
  readonly warmupMs: number;
  readonly durationMs: number;
  /** Unix time in milliseconds, with fractions, just before the spawn. */
  readonly spawnedAt: number;
}

/** The figures one child process reports, by name; the unit is part of the name. */
export type Figures = Readonly<Record<string, number>>;
