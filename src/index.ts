export { Valkey } from './client/valkey.ts';
export { ConnectionPool, type ConnectionPoolOptions, type PoolLeaseOptions } from './client/connection-pool.ts';
export type { CloseOptions, WaitOptions } from './client/wait-options.ts';
export type { Client } from './client/client.ts';
export {
  ValkeyCluster,
  type ClusterSessionOptions,
  type NodeName,
  type NodesTarget,
  type NodeTarget,
} from './client/valkey-cluster.ts';
export type { ValkeyClusterOptions } from './client/cluster-options.ts';
export { NodesView, type PerNode } from './client/nodes-view.ts';
export type { NodeInfo } from './topology/node.ts';
export type { ClusterReadFrom } from './topology/read-policy.ts';
export type { ClusterAddressRemap } from './topology/topology.ts';
export { View } from './client/view.ts';
export { CACHEABLE_COMMANDS, UNCACHEABLE_COMMANDS, type CacheMode, type CacheOptions } from './client/cache-options.ts';
export type { CachedReply, ClientCache, ClientCacheStats } from './client/client-cache.ts';
export { LocalCache, type CachePolicy, type LocalCacheOptions } from './client/local-cache.ts';
export { CachePeek, ReplyCache, type CacheStats } from './client/reply-cache.ts';
export { Scan } from './client/scan.ts';
export type { HscanIterOptions, ScanIterOptions, SscanIterOptions, ZscanIterOptions } from './client/scan.ts';
export { StreamConsumer, type EntryHandler, type RunOptions } from './client/stream-consumer.ts';
export type { ConsumedEntry } from './client/stream-delivery.ts';
export type { ConsumeOptions } from './client/stream-plan.ts';
export type { ConsumerStats } from './client/stream-work.ts';
export { Streams } from './client/streams.ts';
export { Sentinel, type SentinelTarget, type SentinelTargets } from './client/sentinel.ts';
export type { SentinelClientOptions, SentinelConnectionOptions, SentinelOptions } from './client/sentinel-options.ts';
export { SentinelConnectionPool } from './client/sentinel-connection-pool.ts';
export type { AddressRemap, HostAddress } from './topology/sentinel-address.ts';
export { Session } from './client/session.ts';
export { PubSub, type PubSubState, type PubSubStats } from './client/pubsub.ts';
export type { BufferOptions, PubSubOptions } from './client/pubsub-options.ts';
export type { MessageHandler } from './client/handled-topic.ts';
export type { Overflow } from './client/message-buffer.ts';
export type {
  ChannelMessage,
  GapMessage,
  Message,
  PatternMessage,
  PublishedMessage,
  ShardMessage,
  SubscriptionMessage,
} from './client/message.ts';
export { Monitor, type MonitorStats } from './client/monitor.ts';
export type { MonitorEntry } from './client/monitor-entry.ts';
export type { ValkeyOptions } from './client/client-options.ts';
export type { ReadFrom, RetryOptions, ServerOptions, ViewOptions } from './client/options.ts';
export { parseUrl, type ClusterUrl, type SentinelUrl, type ServerUrl, type UrlAddress } from './client/url.ts';
export { UsernamePasswordCredentialProvider } from './client/credentials.ts';
export { FileCredentialProvider, type FileCredentialOptions } from './client/file-credentials.ts';
export { TokenCredentialProvider, type Token, type TokenCredentialOptions } from './client/token-credentials.ts';
export {
  ElastiCacheIamCredentialProvider,
  MemoryDbIamCredentialProvider,
  type ElastiCacheIamCredentialOptions,
  type IamCredentialOptions,
} from './client/iam-credentials.ts';
export type { AwsCredentials } from './client/iam-token.ts';
export { Pipeline, type PipelineOptions, type Replies, type SettledReplies } from './client/pipeline.ts';
export { Batch, Slot, type Filled } from './client/batch.ts';
export { Transaction, type TransactionOptions } from './client/transaction.ts';
export type { Chained, Immediate, Peeked, Slotted } from './client/surfaces.ts';
export { Lock, type LockAcquireOptions, type LockOptions } from './client/lock.ts';
export { Lease, type ExtendOptions } from './client/lease.ts';
export type { PoolStats } from './connection/pool.ts';
export type { LinkEvents, LinkState } from './connection/link.ts';
export type { CredentialProvider, Credentials, FreshConnection, OnConnect } from './connection/settings.ts';
export type { OcspOptions, TlsOptions } from './connection/tls-options.ts';
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
export type {
  CacheFlushReason,
  CacheMessage,
  ClosedMessage,
  CommandMessage,
  ConnectMessage,
  GapMessage as GapDiagnostics,
  LeaseMessage,
  ReconnectMessage,
  RedirectMessage,
  RetryMessage,
} from './diagnostics.ts';
