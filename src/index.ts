export { Valkey, createConnectionPool, type CloseOptions } from './client/valkey.ts';
export { View } from './client/view.ts';
export { Session } from './client/session.ts';
export type { RetryOptions, ValkeyOptions, ViewOptions } from './client/options.ts';
export { parseUrl } from './client/url.ts';
export type { Immediate } from './client/surfaces.ts';
export { ConnectionPool, type PoolStats } from './connection/pool.ts';
export type { LinkEvents, LinkState } from './connection/link.ts';
export type { CredentialProvider, Credentials, FreshConnection, OnConnect } from './connection/settings.ts';
export type { ClientStats } from './topology/router.ts';
export type { Fields, Integer, Key, Result, Surface, Text, Value } from './commands/surface.ts';
export type { Encoding, Integers } from './protocol/reply-mode.ts';
export {
  ConstantBackoff,
  DecorrelatedJitterBackoff,
  EqualJitterBackoff,
  ExponentialBackoff,
  FullJitterBackoff,
  NoBackoff,
  type Backoff,
} from './util/backoff.ts';
export * from './errors.ts';
