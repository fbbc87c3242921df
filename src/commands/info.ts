/** What INFO and CLUSTER INFO say, as objects. */
import { doubleOf } from '../protocol/number.ts';
import type { ReplyMode } from '../protocol/reply-mode.ts';
import { toPropertyName, toText } from './reply.ts';

/** What the server says of itself. */
export interface InfoServer {
  /** The version of Redis it is compatible with; Valkey's own is `valkeyVersion`. */
  readonly redisVersion: string;
  readonly serverName?: string;
  readonly valkeyVersion?: string;
  readonly valkeyReleaseStage?: string;
  /** `standalone`, `cluster` or `sentinel`. Servers other than Valkey call it `redisMode`. */
  readonly serverMode?: string;
  readonly redisMode?: string;
  readonly redisGitSha1?: string;
  readonly redisGitDirty?: number;
  readonly redisBuildId?: string;
  readonly os?: string;
  readonly archBits?: number;
  readonly monotonicClock?: string;
  readonly multiplexingApi?: string;
  readonly gccVersion?: string;
  readonly processId?: number;
  readonly processSupervised?: string;
  /** Another one after every start. */
  readonly runId?: string;
  readonly tcpPort?: number;
  /** Unix time in microseconds. */
  readonly serverTimeUsec?: number;
  readonly uptimeInSeconds?: number;
  readonly uptimeInDays?: number;
  readonly hz?: number;
  readonly configuredHz?: number;
  readonly clientsHz?: number;
  readonly lruClock?: number;
  readonly executable?: string;
  readonly configFile?: string;
  readonly ioThreadsActive?: number;
  readonly availabilityZone?: string;
  /** Only while it shuts down. */
  readonly shutdownInMilliseconds?: number;
  /** Where it takes connections; empty on servers before 7.2, which do not tell. */
  readonly listeners: InfoListener[];
  readonly [field: string]: string | number | InfoListener[] | undefined;
}

/** Where a server takes connections. */
export interface InfoListener {
  /** `tcp`, `unix` or `tls`. */
  readonly name: string;
  /** Addresses, or the path of a Unix socket. */
  readonly bind: string[];
  readonly port?: number;
  readonly [field: string]: string | number | string[] | undefined;
}

/** Certificates of a server with TLS. */
export interface InfoTls {
  readonly tlsServerCertSerial?: string;
  readonly tlsServerCertExpiresInSeconds?: number;
  readonly tlsClientCertSerial?: string;
  readonly tlsClientCertExpiresInSeconds?: number;
  readonly tlsCaCertSerial?: string;
  readonly tlsCaCertExpiresInSeconds?: number;
  readonly [field: string]: string | number | undefined;
}

/** Connections. */
export interface InfoClients {
  readonly connectedClients: number;
  readonly clusterConnections?: number;
  readonly maxclients?: number;
  readonly clientRecentMaxInputBuffer?: number;
  readonly clientRecentMaxOutputBuffer?: number;
  /** Those in a blocking command. */
  readonly blockedClients: number;
  readonly trackingClients?: number;
  readonly pubsubClients?: number;
  readonly watchingClients?: number;
  readonly clientsInTimeoutTable?: number;
  readonly totalWatchedKeys?: number;
  readonly totalBlockingKeys?: number;
  readonly totalBlockingKeysOnNokey?: number;
  /** Why and what `clientPause` or a failover holds back; `none` when nothing is. */
  readonly pausedReason?: string;
  readonly pausedActions?: string;
  readonly pausedTimeoutMilliseconds?: number;
  readonly [field: string]: string | number | undefined;
}

/** Memory, in bytes. What ends with `Human` or `Perc` is text for people. */
export interface InfoMemory {
  readonly usedMemory: number;
  readonly usedMemoryHuman?: string;
  readonly usedMemoryRss?: number;
  readonly usedMemoryRssHuman?: string;
  readonly usedMemoryPeak?: number;
  readonly usedMemoryPeakHuman?: string;
  readonly usedMemoryPeakPerc?: string;
  readonly usedMemoryOverhead?: number;
  readonly usedMemoryStartup?: number;
  readonly usedMemoryDataset?: number;
  readonly usedMemoryDatasetPerc?: string;
  readonly allocatorAllocated?: number;
  readonly allocatorActive?: number;
  readonly allocatorResident?: number;
  readonly allocatorMuzzy?: number;
  readonly totalSystemMemory?: number;
  readonly totalSystemMemoryHuman?: string;
  readonly usedMemoryLua?: number;
  readonly usedMemoryLuaHuman?: string;
  readonly usedMemoryVmEval?: number;
  readonly usedMemoryVmFunctions?: number;
  readonly usedMemoryVmTotal?: number;
  readonly usedMemoryVmTotalHuman?: string;
  readonly usedMemoryScriptsEval?: number;
  readonly usedMemoryFunctions?: number;
  readonly usedMemoryScripts?: number;
  readonly usedMemoryScriptsHuman?: string;
  readonly numberOfCachedScripts?: number;
  readonly numberOfFunctions?: number;
  readonly numberOfLibraries?: number;
  /** The limit; 0 for none. */
  readonly maxmemory?: number;
  readonly maxmemoryHuman?: string;
  readonly maxmemoryPolicy?: string;
  readonly allocatorFragRatio?: number;
  readonly allocatorFragBytes?: number;
  readonly allocatorRssRatio?: number;
  readonly allocatorRssBytes?: number;
  readonly rssOverheadRatio?: number;
  readonly rssOverheadBytes?: number;
  readonly memFragmentationRatio?: number;
  readonly memFragmentationBytes?: number;
  readonly memNotCountedForEvict?: number;
  readonly memReplicationBacklog?: number;
  readonly memTotalReplicationBuffers?: number;
  readonly memReplicasReplBuffer?: number;
  readonly memClientsSlaves?: number;
  readonly memClientsNormal?: number;
  readonly memClusterLinks?: number;
  readonly memClusterSlotImport?: number;
  readonly memClusterSlotExport?: number;
  readonly memAofBuffer?: number;
  readonly memAllocator?: string;
  readonly memOverheadDbHashtableRehashing?: number;
  readonly activeDefragRunning?: number;
  readonly lazyfreePendingObjects?: number;
  readonly lazyfreedObjects?: number;
  readonly [field: string]: string | number | undefined;
}

/** Snapshots and the append-only file. What is yes or no is 1 or 0; times are Unix times or durations in seconds, -1 for none. */
export interface InfoPersistence {
  readonly loading: number;
  readonly asyncLoading?: number;
  readonly currentCowPeak?: number;
  readonly currentCowSize?: number;
  readonly currentCowSizeAge?: number;
  readonly currentForkPerc?: number;
  readonly currentSaveKeysProcessed?: number;
  readonly currentSaveKeysTotal?: number;
  readonly rdbChangesSinceLastSave?: number;
  readonly rdbBgsaveInProgress?: number;
  readonly rdbLastSaveTime?: number;
  /** `ok` or `err`. */
  readonly rdbLastBgsaveStatus?: string;
  readonly rdbLastBgsaveTimeSec?: number;
  readonly rdbCurrentBgsaveTimeSec?: number;
  readonly rdbSaves?: number;
  readonly rdbLastCowSize?: number;
  readonly rdbLastLoadKeysExpired?: number;
  readonly rdbLastLoadKeysLoaded?: number;
  readonly aofEnabled?: number;
  readonly aofRewriteInProgress?: number;
  readonly aofRewriteScheduled?: number;
  readonly aofLastRewriteTimeSec?: number;
  readonly aofCurrentRewriteTimeSec?: number;
  readonly aofLastBgrewriteStatus?: string;
  readonly aofRewrites?: number;
  readonly aofRewritesConsecutiveFailures?: number;
  readonly aofLastWriteStatus?: string;
  readonly aofLastCowSize?: number;
  readonly moduleForkInProgress?: number;
  readonly moduleForkLastCowSize?: number;
  readonly slotMigrationForkInProgress?: number;
  /** These only with an append-only file. */
  readonly aofCurrentSize?: number;
  readonly aofBaseSize?: number;
  readonly aofPendingRewrite?: number;
  readonly aofBufferLength?: number;
  readonly aofPendingBioFsync?: number;
  readonly aofDelayedFsync?: number;
  /** These only while it loads. */
  readonly loadingStartTime?: number;
  readonly loadingTotalBytes?: number;
  readonly loadingRdbUsedMem?: number;
  readonly loadingLoadedBytes?: number;
  readonly loadingLoadedPerc?: number;
  readonly loadingEtaSeconds?: number;
  readonly [field: string]: string | number | undefined;
}

/** Counters since the start, or since `configResetstat`. */
export interface InfoStats {
  readonly totalConnectionsReceived: number;
  readonly totalCommandsProcessed: number;
  readonly instantaneousOpsPerSec: number;
  readonly totalNetInputBytes?: number;
  readonly totalNetOutputBytes?: number;
  readonly totalNetReplInputBytes?: number;
  readonly totalNetReplOutputBytes?: number;
  readonly totalNetClusterSlotImportBytes?: number;
  readonly totalNetClusterSlotExportBytes?: number;
  readonly instantaneousInputKbps?: number;
  readonly instantaneousOutputKbps?: number;
  readonly instantaneousInputReplKbps?: number;
  readonly instantaneousOutputReplKbps?: number;
  /** Those refused since `maxclients` was reached. */
  readonly rejectedConnections?: number;
  readonly syncFull?: number;
  readonly syncPartialOk?: number;
  readonly syncPartialErr?: number;
  readonly expiredKeys?: number;
  readonly expiredFields?: number;
  readonly expiredStalePerc?: number;
  readonly expiredKeysWithVolatileItemsStalePerc?: number;
  readonly expiredTimeCapReachedCount?: number;
  readonly expireCycleCpuMilliseconds?: number;
  readonly evictedKeys?: number;
  readonly evictedClients?: number;
  readonly evictedScripts?: number;
  readonly totalEvictionExceededTime?: number;
  readonly currentEvictionExceededTime?: number;
  readonly keyspaceHits?: number;
  readonly keyspaceMisses?: number;
  readonly pubsubChannels?: number;
  readonly pubsubPatterns?: number;
  readonly pubsubshardChannels?: number;
  readonly latestForkUsec?: number;
  readonly totalForks?: number;
  readonly migrateCachedSockets?: number;
  readonly slaveExpiresTrackedKeys?: number;
  readonly activeDefragHits?: number;
  readonly activeDefragMisses?: number;
  readonly activeDefragKeyHits?: number;
  readonly activeDefragKeyMisses?: number;
  readonly totalActiveDefragTime?: number;
  readonly currentActiveDefragTime?: number;
  readonly trackingTotalKeys?: number;
  readonly trackingTotalItems?: number;
  readonly trackingTotalPrefixes?: number;
  readonly unexpectedErrorReplies?: number;
  readonly totalErrorReplies?: number;
  readonly dumpPayloadSanitizations?: number;
  readonly totalReadsProcessed?: number;
  readonly totalWritesProcessed?: number;
  readonly ioThreadedReadsProcessed?: number;
  readonly ioThreadedWritesProcessed?: number;
  readonly ioThreadedFreedObjects?: number;
  readonly ioThreadedAcceptProcessed?: number;
  readonly ioThreadedPollProcessed?: number;
  readonly ioThreadedTotalPrefetchBatches?: number;
  readonly ioThreadedTotalPrefetchEntries?: number;
  readonly clientQueryBufferLimitDisconnections?: number;
  readonly clientOutputBufferLimitDisconnections?: number;
  readonly replyBufferShrinks?: number;
  readonly replyBufferExpands?: number;
  readonly eventloopCycles?: number;
  readonly eventloopDurationSum?: number;
  readonly eventloopDurationCmdSum?: number;
  readonly instantaneousEventloopCyclesPerSec?: number;
  readonly instantaneousEventloopDurationUsec?: number;
  readonly aclAccessDeniedAuth?: number;
  readonly aclAccessDeniedCmd?: number;
  readonly aclAccessDeniedKey?: number;
  readonly aclAccessDeniedChannel?: number;
  readonly aclAccessDeniedTlsCert?: number;
  readonly aclAccessDeniedDb?: number;
  readonly [field: string]: string | number | undefined;
}

/** Replication. The server's own words for primary and replica are `master` and `slave`. */
export interface InfoReplication {
  /** `master` or `slave`. */
  readonly role: string;
  readonly connectedSlaves: number;
  /** Those connected, in the server's order, which it calls `slave0`, `slave1` and so on. */
  readonly replicas: InfoReplica[];
  readonly minSlavesGoodSlaves?: number;
  readonly replicasWaitingPsync?: number;
  readonly masterFailoverState?: string;
  readonly masterReplid?: string;
  readonly masterReplid2?: string;
  readonly masterReplOffset?: number;
  readonly secondReplOffset?: number;
  readonly replBacklogActive?: number;
  readonly replBacklogSize?: number;
  readonly replBacklogFirstByteOffset?: number;
  readonly replBacklogHistlen?: number;
  /** These only of a replica. */
  readonly masterHost?: string;
  readonly masterPort?: number;
  /** `up` or `down`. */
  readonly masterLinkStatus?: string;
  readonly masterLinkDownSinceSeconds?: number;
  readonly masterLastIoSecondsAgo?: number;
  readonly masterSyncInProgress?: number;
  readonly masterSyncTotalBytes?: number;
  readonly masterSyncReadBytes?: number;
  readonly masterSyncLeftBytes?: number;
  readonly masterSyncPerc?: number;
  readonly masterSyncLastIoSecondsAgo?: number;
  readonly slaveReadReplOffset?: number;
  readonly slaveReplOffset?: number;
  readonly slavePriority?: number;
  readonly slaveReadOnly?: number;
  readonly replicaAnnounced?: number;
  readonly replicasReplBufferSize?: number;
  readonly replicasReplBufferPeak?: number;
  readonly [field: string]: string | number | InfoReplica[] | undefined;
}

/** A replica as its primary sees it. */
export interface InfoReplica {
  readonly ip: string;
  readonly port: number;
  /** `online`, or a step of the synchronization. */
  readonly state: string;
  readonly offset: number;
  /** Seconds since it was last heard of. */
  readonly lag: number;
  readonly [field: string]: string | number | undefined;
}

/** Processor time in seconds. */
export interface InfoCpu {
  readonly usedCpuSys: number;
  readonly usedCpuUser: number;
  readonly usedCpuSysChildren?: number;
  readonly usedCpuUserChildren?: number;
  readonly usedCpuSysMainThread?: number;
  readonly usedCpuUserMainThread?: number;
  readonly usedActiveTimeMainThread?: number;
  readonly [field: string]: string | number | undefined;
}

/** A module that is loaded. */
export interface InfoModule {
  readonly name: string;
  readonly ver: number;
  readonly api?: number;
  readonly filters?: number;
  /** Modules that use it, and that it uses. */
  readonly usedby?: string[];
  readonly using?: string[];
  readonly options?: string[];
  readonly [field: string]: string | number | string[] | undefined;
}

/** The calls of a command. */
export interface InfoCommandstat {
  readonly calls: number;
  /** Microseconds altogether, and per call. */
  readonly usec: number;
  readonly usecPerCall: number;
  /** Calls that failed before they ran, and while they ran. */
  readonly rejectedCalls?: number;
  readonly failedCalls?: number;
  readonly [field: string]: string | number | undefined;
}

/** The errors with one first word. */
export interface InfoErrorstat {
  readonly count: number;
  readonly [field: string]: string | number | undefined;
}

/** A database that holds keys. */
export interface InfoDatabase {
  readonly keys: number;
  /** Keys that will expire, and the milliseconds they have left on average. */
  readonly expires: number;
  readonly avgTtl: number;
  readonly keysWithVolatileItems?: number;
  readonly [field: string]: string | number | undefined;
}

/** The state of a cluster as one of its nodes sees it. */
export interface ClusterInfoReply {
  /** `ok`, or `fail` when the node cannot serve. */
  readonly clusterState: string;
  readonly clusterSlotsAssigned: number;
  readonly clusterSlotsOk: number;
  readonly clusterSlotsPfail: number;
  readonly clusterSlotsFail: number;
  readonly clusterNodesPfail?: number;
  readonly clusterNodesFail?: number;
  readonly clusterVotingNodesPfail?: number;
  readonly clusterVotingNodesFail?: number;
  readonly clusterKnownNodes: number;
  /** Primaries that serve at least one slot. */
  readonly clusterSize: number;
  readonly clusterCurrentEpoch: number;
  readonly clusterMyEpoch: number;
  /** Messages by kind, such as `clusterStatsMessagesPingSent`, are there too when there were any. */
  readonly clusterStatsMessagesSent: number;
  readonly clusterStatsMessagesReceived: number;
  readonly clusterStatsBytesSent?: number;
  readonly clusterStatsBytesReceived?: number;
  readonly clusterStatsPubsubBytesSent?: number;
  readonly clusterStatsPubsubBytesReceived?: number;
  readonly clusterStatsModuleBytesSent?: number;
  readonly clusterStatsModuleBytesReceived?: number;
  readonly totalClusterLinksBufferLimitExceeded?: number;
  readonly [field: string]: string | number | undefined;
}

/** Engines of scripts. */
export interface InfoScriptingEngines {
  readonly enginesCount: number;
  readonly enginesTotalUsedMemory?: number;
  readonly enginesTotalMemoryOverhead?: number;
  readonly engines: InfoEngine[];
  readonly [field: string]: string | number | InfoEngine[] | undefined;
}

/** An engine of scripts. */
export interface InfoEngine {
  readonly name: string;
  /** The module it comes from. */
  readonly module: string;
  readonly abiVersion: number;
  /** Bytes. */
  readonly usedMemory: number;
  readonly memoryOverhead: number;
  readonly [field: string]: string | number | undefined;
}

/** What a Sentinel says of itself. */
export interface InfoSentinel {
  readonly sentinelMasters: number;
  readonly sentinelTilt?: number;
  readonly sentinelTiltSinceSeconds?: number;
  readonly sentinelRunningScripts?: number;
  readonly sentinelScriptsQueueLength?: number;
  readonly sentinelSimulateFailureFlags?: number;
  /** Those it monitors, which it calls `master0`, `master1` and so on. */
  readonly primaries: InfoSentinelPrimary[];
  readonly [field: string]: string | number | InfoSentinelPrimary[] | undefined;
}

/** A primary as a Sentinel sees it. */
export interface InfoSentinelPrimary {
  readonly name: string;
  /** `ok`, `sdown` or `odown`. */
  readonly status: string;
  /** `ip:port`. */
  readonly address: string;
  /** How many replicas and Sentinels it knows of. */
  readonly slaves: number;
  readonly sentinels: number;
  readonly [field: string]: string | number | undefined;
}

/**
 * What a server tells of itself, by section. Names are in camelCase: the field `used_memory` of the section `Memory` is `memory.usedMemory`.
 *
 * Only sections that the server sent are there. Numbers are parsed where the field is known to be one; beyond 2^53 they are rounded.
 * Sections and fields unknown to this version, a module's among them, are there with their values as text. A line that is no field is
 * one with the value `''`, and what comes before any section is in a section named `''`.
 */
export interface InfoReply {
  readonly server?: InfoServer;
  readonly tls?: InfoTls;
  readonly clients?: InfoClients;
  readonly memory?: InfoMemory;
  readonly persistence?: InfoPersistence;
  readonly stats?: InfoStats;
  readonly replication?: InfoReplication;
  readonly cpu?: InfoCpu;
  readonly modules?: InfoModule[];
  /** By command, `get` or `config|set`. */
  readonly commandstats?: { readonly [command: string]: InfoCommandstat };
  /** By the first word of the error, `ERR` or `WRONGTYPE`. */
  readonly errorstats?: { readonly [prefix: string]: InfoErrorstat };
  /** By command, percentiles of the duration in microseconds: `{ p50: 1.003, 'p99.9': 9.023 }`. */
  readonly latencystats?: { readonly [command: string]: { readonly [percentile: string]: number } };
  readonly cluster?: { readonly clusterEnabled: number; readonly [field: string]: string | number | undefined };
  /** Empty of a server that is in no cluster. */
  readonly clusterInfo?: Partial<ClusterInfoReply>;
  readonly scriptingEngines?: InfoScriptingEngines;
  readonly sentinel?: InfoSentinel;
  /** By database, `db0`; those without keys are missing. */
  readonly keyspace?: { readonly [database: string]: InfoDatabase };
  readonly debug?: { readonly [field: string]: string | number | undefined };
  readonly [section: string]: unknown;
}

/** Fields whose values are numbers. */
const NUMBERS: ReadonlySet<string> = new Set(
  (
    'redis_git_dirty arch_bits process_id tcp_port server_time_usec uptime_in_seconds uptime_in_days hz configured_hz clients_hz lru_clock ' +
    'io_threads_active shutdown_in_milliseconds tls_server_cert_expires_in_seconds tls_client_cert_expires_in_seconds ' +
    'tls_ca_cert_expires_in_seconds connected_clients cluster_connections maxclients client_recent_max_input_buffer ' +
    'client_recent_max_output_buffer blocked_clients tracking_clients pubsub_clients watching_clients clients_in_timeout_table ' +
    'total_watched_keys total_blocking_keys total_blocking_keys_on_nokey paused_timeout_milliseconds used_memory used_memory_rss ' +
    'used_memory_peak used_memory_overhead used_memory_startup used_memory_dataset allocator_allocated allocator_active ' +
    'allocator_resident allocator_muzzy total_system_memory used_memory_lua used_memory_vm_eval used_memory_vm_functions ' +
    'used_memory_vm_total used_memory_scripts_eval used_memory_functions used_memory_scripts number_of_cached_scripts ' +
    'number_of_functions number_of_libraries maxmemory allocator_frag_ratio allocator_frag_bytes allocator_rss_ratio ' +
    'allocator_rss_bytes rss_overhead_ratio rss_overhead_bytes mem_fragmentation_ratio mem_fragmentation_bytes ' +
    'mem_not_counted_for_evict mem_replication_backlog mem_total_replication_buffers mem_replicas_repl_buffer mem_clients_slaves ' +
    'mem_clients_normal mem_cluster_links mem_cluster_slot_import mem_cluster_slot_export mem_aof_buffer ' +
    'mem_overhead_db_hashtable_rehashing active_defrag_running lazyfree_pending_objects lazyfreed_objects loading async_loading ' +
    'current_cow_peak current_cow_size current_cow_size_age current_fork_perc current_save_keys_processed current_save_keys_total ' +
    'rdb_changes_since_last_save rdb_bgsave_in_progress rdb_last_save_time rdb_last_bgsave_time_sec rdb_current_bgsave_time_sec ' +
    'rdb_saves rdb_last_cow_size rdb_last_load_keys_expired rdb_last_load_keys_loaded aof_enabled aof_rewrite_in_progress ' +
    'aof_rewrite_scheduled aof_last_rewrite_time_sec aof_current_rewrite_time_sec aof_rewrites aof_rewrites_consecutive_failures ' +
    'aof_last_cow_size module_fork_in_progress module_fork_last_cow_size slot_migration_fork_in_progress aof_current_size aof_base_size ' +
    'aof_pending_rewrite aof_buffer_length aof_pending_bio_fsync aof_delayed_fsync loading_start_time loading_total_bytes ' +
    'loading_rdb_used_mem loading_loaded_bytes loading_loaded_perc loading_eta_seconds total_connections_received ' +
    'total_commands_processed instantaneous_ops_per_sec total_net_input_bytes total_net_output_bytes total_net_repl_input_bytes ' +
    'total_net_repl_output_bytes total_net_cluster_slot_import_bytes total_net_cluster_slot_export_bytes instantaneous_input_kbps ' +
    'instantaneous_output_kbps instantaneous_input_repl_kbps instantaneous_output_repl_kbps rejected_connections sync_full ' +
    'sync_partial_ok sync_partial_err expired_keys expired_fields expired_stale_perc expired_keys_with_volatile_items_stale_perc ' +
    'expired_time_cap_reached_count expire_cycle_cpu_milliseconds evicted_keys evicted_clients evicted_scripts ' +
    'total_eviction_exceeded_time current_eviction_exceeded_time keyspace_hits keyspace_misses pubsub_channels pubsub_patterns ' +
    'pubsubshard_channels latest_fork_usec total_forks migrate_cached_sockets slave_expires_tracked_keys active_defrag_hits ' +
    'active_defrag_misses active_defrag_key_hits active_defrag_key_misses total_active_defrag_time current_active_defrag_time ' +
    'tracking_total_keys tracking_total_items tracking_total_prefixes unexpected_error_replies total_error_replies ' +
    'dump_payload_sanitizations total_reads_processed total_writes_processed io_threaded_reads_processed io_threaded_writes_processed ' +
    'io_threaded_freed_objects io_threaded_accept_processed io_threaded_poll_processed io_threaded_total_prefetch_batches ' +
    'io_threaded_total_prefetch_entries client_query_buffer_limit_disconnections client_output_buffer_limit_disconnections ' +
    'reply_buffer_shrinks reply_buffer_expands eventloop_cycles eventloop_duration_sum eventloop_duration_cmd_sum ' +
    'instantaneous_eventloop_cycles_per_sec instantaneous_eventloop_duration_usec acl_access_denied_auth acl_access_denied_cmd ' +
    'acl_access_denied_key acl_access_denied_channel acl_access_denied_tls_cert acl_access_denied_db connected_slaves ' +
    'min_slaves_good_slaves replicas_waiting_psync master_repl_offset second_repl_offset repl_backlog_active repl_backlog_size ' +
    'repl_backlog_first_byte_offset repl_backlog_histlen master_port master_link_down_since_seconds master_last_io_seconds_ago ' +
    'master_sync_in_progress master_sync_total_bytes master_sync_read_bytes master_sync_left_bytes master_sync_perc ' +
    'master_sync_last_io_seconds_ago slave_read_repl_offset slave_repl_offset slave_priority slave_read_only replica_announced ' +
    'replicas_repl_buffer_size replicas_repl_buffer_peak used_cpu_sys used_cpu_user used_cpu_sys_children used_cpu_user_children ' +
    'used_cpu_sys_main_thread used_cpu_user_main_thread used_active_time_main_thread cluster_enabled cluster_slots_assigned ' +
    'cluster_slots_ok cluster_slots_pfail cluster_slots_fail cluster_nodes_pfail cluster_nodes_fail cluster_voting_nodes_pfail ' +
    'cluster_voting_nodes_fail cluster_known_nodes cluster_size cluster_current_epoch cluster_my_epoch ' +
    'total_cluster_links_buffer_limit_exceeded engines_count engines_total_used_memory engines_total_memory_overhead sentinel_masters ' +
    'sentinel_tilt sentinel_tilt_since_seconds sentinel_running_scripts sentinel_scripts_queue_length sentinel_simulate_failure_flags ' +
    'eventloop_duration_aof_sum eventloop_duration_cron_sum eventloop_duration_max eventloop_cmd_per_cycle_max ' +
    'io_threaded_reads_pending io_threaded_writes_pending'
  ).split(' '),
);

/** Fields inside the structured lines of lists whose values are numbers. */
const ROW_NUMBERS: ReadonlySet<string> = new Set(
  'port offset lag ver api filters abi_version used_memory memory_overhead slaves sentinels'.split(' '),
);

/** Their numbers are by kind of message, of which a newer server may have more. */
const NUMBERS_PREFIX = 'cluster_stats_';

/** Sections whose lines are all structured, and what the server puts before the names. */
const TABLES: Readonly<Record<string, string>> = {
  keyspace: '',
  keysizes: '',
  commandstats: 'cmdstat_',
  errorstats: 'errorstat_',
  latencystats: 'latency_percentiles_usec_',
};

/** Sections with numbered lines that are structured, and the list they become. */
const LISTS: Readonly<Record<string, { readonly line: RegExp; readonly list: string }>> = {
  server: { line: /^listener\d+$/, list: 'listeners' },
  replication: { line: /^slave\d+$/, list: 'replicas' },
  scriptingEngines: { line: /^engine_\d+$/, list: 'engines' },
  sentinel: { line: /^master\d+$/, list: 'primaries' },
};

type Row = Record<string, unknown>;
type Fields = Map<string, unknown>;

/** Reads INFO. */
export function toInfo(reply: unknown, mode: ReplyMode): InfoReply {
  const sections = new Map<string, Fields>();
  let name = '';
  let fields: Fields | undefined;
  for (const line of linesOf(toText(reply, mode))) {
    const isHeader = line.startsWith('#');
    if (isHeader) {
      name = sectionName(line);
      fields = sections.get(name);
    }
    if (fields === undefined) {
      const list = ruleOf(LISTS, name)?.list;
      fields = new Map<string, unknown>(list === undefined ? [] : [[list, []]]);
      sections.set(name, fields);
    }
    if (!isHeader) addField(name, fields, line);
  }
  // Unlike assignments, these two take `__proto__` for a name like any other.
  const found = [...sections].map(([name, fields]) => [
    name,
    name === 'modules' ? modulesOf(fields) : objectOf(fields),
  ]);
  return Object.fromEntries(found) as InfoReply;
}

/** Reads CLUSTER INFO, which is like a section of INFO without its name. */
export function toClusterInfo(reply: unknown, mode: ReplyMode): ClusterInfoReply {
  const fields: Fields = new Map();
  for (const line of linesOf(toText(reply, mode))) addField('clusterInfo', fields, line);
  return objectOf(fields) as unknown as ClusterInfoReply;
}

function linesOf(text: string): string[] {
  return text.split(/\r?\n/).filter((line) => line !== '');
}

/** `# Cluster Info` is `clusterInfo`. */
function sectionName(header: string): string {
  return toPropertyName(header.slice(1).trim().toLowerCase().replaceAll(' ', '_'));
}

/** Own properties only: a section may have any name. */
function ruleOf<T>(rules: Readonly<Record<string, T>>, section: string): T | undefined {
  return Object.hasOwn(rules, section) ? rules[section] : undefined;
}

function addField(section: string, fields: Fields, line: string): void {
  const colon = line.indexOf(':');
  const name = colon < 0 ? line : line.slice(0, colon);
  const value = colon < 0 ? '' : line.slice(colon + 1);
  const prefix = ruleOf(TABLES, section);
  const numbered = ruleOf(LISTS, section);
  if (section === 'modules') addItem(fields, name, rowOf(value, false));
  else if (prefix === '') fields.set(toPropertyName(name), rowOf(value, true));
  else if (prefix !== undefined)
    fields.set(name.startsWith(prefix) ? name.slice(prefix.length) : name, rowOf(value, true));
  else if (numbered?.line.test(name)) addItem(fields, numbered.list, rowOf(value, false));
  else fields.set(toPropertyName(name), isNumber(name) ? numberOr(value) : value);
}

function addItem(fields: Fields, list: string, row: Row): void {
  const items = fields.get(list) as Row[] | undefined;
  if (items === undefined) fields.set(list, [row]);
  else items.push(row);
}

/** Fields of structured lines that are lists: `[a|b]`, or the name again for each. */
const PARTS: ReadonlySet<string> = new Set(['usedby', 'using', 'options']);
const REPEATED = 'bind';

/** Reads `name=tcp,bind=127.0.0.1,bind=::1,port=6379`. A part without a name belongs to the one before: paths may hold commas. */
function rowOf(text: string, isTable: boolean): Row {
  const pairs: [name: string, value: string][] = [];
  for (const part of text.split(',')) {
    const at = part.indexOf('=');
    const last = pairs.at(-1);
    if (at >= 0) pairs.push([part.slice(0, at), part.slice(at + 1)]);
    else if (last !== undefined) last[1] += `,${part}`;
    else if (part !== '') pairs.push([part, '']);
  }
  const row: Fields = new Map();
  for (const [name, value] of pairs) {
    const property = toPropertyName(name);
    if (isTable) row.set(property, numberOr(value));
    else if (name === REPEATED) row.set(property, [...((row.get(property) as string[] | undefined) ?? []), value]);
    else if (PARTS.has(name)) row.set(property, partsOf(value));
    else row.set(property, ROW_NUMBERS.has(name) ? numberOr(value) : value);
  }
  return objectOf(row);
}

function partsOf(list: string): string[] {
  const inner = list.replace(/^\[|\]$/g, '');
  return inner === '' ? [] : inner.split('|');
}

function modulesOf(fields: Fields): Row[] {
  return [...fields.values()].flat() as Row[];
}

function objectOf(fields: Fields): Row {
  return Object.fromEntries(fields);
}

function isNumber(name: string): boolean {
  return NUMBERS.has(name) || name.startsWith(NUMBERS_PREFIX);
}

function numberOr(value: string): number | string {
  return doubleOf(value) ?? value;
}
