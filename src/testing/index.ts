export { makeCertificates } from './certificate.ts';
export type { Certificate, CertificateSet } from './certificate.ts';
export { CertificateAuthority } from './certificate-authority.ts';
export type { CertificateUsage, IssueOptions, KeyKind } from './certificate-authority.ts';
export type {
  ClusterDeployment,
  ClusterOptions,
  FailoverOptions,
  MigrateOptions,
  SlotRange,
} from './cluster-deployment.ts';
export type { ClusterNode } from './cluster-node.ts';
export type { SentinelDeployment, SentinelDeploymentOptions, WatchedNode } from './sentinel-deployment.ts';
export type { ServerNode } from './server-node.ts';
export type { SlotMigration } from './slot-migration.ts';
export { provision, serverInvocation, toolInvocation } from './provision.ts';
export type { Invocation, ServerBinary } from './provision.ts';
export { SERVER_VERSIONS } from './server-version.ts';
export type { ServerIdentity, ServerVersion } from './server-version.ts';
export { ValkeySentinel } from './valkey-sentinel.ts';
export type { SentinelRestartOptions, ValkeySentinelOptions } from './valkey-sentinel.ts';
export { ValkeyServer } from './valkey-server.ts';
export type { ValkeyServerOptions } from './valkey-server.ts';
export { FaultProxy } from './fault-proxy.ts';
export type { CutAfterOptions, CutOptions } from './fault-proxy.ts';
export type { FaultProxyTarget } from './proxy-target.ts';
export type { Direction } from './fault.ts';
export { TlsProxy } from './tls-proxy.ts';
export type { TlsProxyOptions } from './tls-proxy.ts';
