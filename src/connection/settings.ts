import type { TcpSocketConnectOpts } from 'node:net';
import type { DecoderLimits } from '../protocol/decoder.ts';
import type { Argument } from '../protocol/encoder.ts';
import type { Backoff } from '../util/backoff.ts';
import type { Locator, Role } from './locator.ts';
import type { TlsOptions } from './tls-options.ts';

/** A host and port, or the path of a Unix socket. */
export type Address = { readonly host: string; readonly port: number } | { readonly path: string };

/** Credentials as a provider gives them. */
export interface Credentials {
  /** Default: the server's user `default`. */
  readonly username?: string | undefined;
  readonly password: string;
}

/**
 * Gives credentials, as the option `credentialProvider` of a client or pool.
 *
 * It is asked on every dial of every connection, within `connectTimeout`, and once more when the server refuses what it gave. One that
 * tells of changes has its connections renewed while they stand.
 *
 * @example
 * ```ts
 * const vault = { read: async () => ({ username: 'default', password: '' }) };
 * const credentialProvider = { getCredentials: () => vault.read() };
 * await using other = new Valkey({ path: '/run/valkey.sock', credentialProvider });
 * ```
 */
export interface CredentialProvider {
  /** Rejects when there are none: the dial fails with an `AuthenticationError` of code `CREDENTIALS_FAILED`, and is tried again as `retry` says. */
  getCredentials(): Promise<Credentials> | Credentials;
  /**
   * Calls `listener` whenever `getCredentials` would give others, until the function it gives is called. Then it is asked once for all
   * connections, and each sends AUTH between its other commands; nothing is dropped. What fails is told by the event `rotationFailed`.
   */
  onChange?(listener: () => void): () => void;
}

/** A connection in the moment after its handshake, before anybody else's commands run on it. */
export interface FreshConnection {
  executeCommand(name: string, ...args: readonly Argument[]): Promise<unknown>;
}

/** Prepares a connection. One that rejects makes the dial fail. */
export type OnConnect = (connection: FreshConnection) => Promise<void> | void;

/** How to reach a server and introduce oneself: all that a connection needs to be made. */
export interface ConnectionSettings {
  readonly address: Address;
  /** Says on every dial what `address` and `role` are; without one they are as they stand. */
  readonly locator?: Locator | undefined;
  /** What the server must be, if it matters. */
  readonly role?: Role | undefined;
  /** A dial ends with a PING, which a server that is loading, or has lost its primary, may refuse. */
  readonly checkConnection?: boolean | undefined;
  readonly tls: TlsOptions | undefined;
  readonly connectTimeout: number;
  readonly keepAlive: number | false;
  readonly noDelay: boolean;
  readonly protocol: 2 | 3;
  readonly credentialProvider: CredentialProvider | undefined;
  readonly libName: string | undefined;
  readonly libVersion: string | undefined;
  readonly limits: DecoderLimits;
  /** A connection that owes replies and has been silent for this long is given up, in milliseconds. */
  readonly silence: number;
  /** A connection that was idle for this long is asked for a sign of life before it is trusted again, in milliseconds; 0 is never. */
  readonly healthCheckInterval: number;
  /** A pool closes an idle connection after this long without use, in milliseconds. */
  readonly idleTimeout: number;
  /** A pool does not lend a connection of this age again, in milliseconds. */
  readonly maxLifetime: number;
  readonly family: TcpSocketConnectOpts['family'];
  readonly onConnect: OnConnect | undefined;
  /** The arguments of CLIENT TRACKING, for a connection that is to hear of changes. */
  readonly tracking?: readonly string[] | undefined;
}

/** What a connection must be told again after every dial: it starts from the options and follows SELECT, AUTH, CLIENT SETNAME and the like. */
export interface SessionState {
  db: number;
  username: string | undefined;
  password: string | undefined;
  clientName: string | undefined;
  noEvict: boolean;
  noTouch: boolean;
  readonly: boolean;
}

/** When to try again, and how often. */
export interface RetrySettings {
  readonly retries: number;
  readonly backoff: Backoff;
}

/** What is connected to, for messages. */
export function targetOf({ address, locator }: ConnectionSettings): string {
  return locator === undefined ? endpointOf(address) : locator.name;
}

/** `host:port`, `[v6]:port` or the socket's path, for messages. */
export function endpointOf(address: Address): string {
  if ('path' in address) return address.path;
  return address.host.includes(':') ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}
