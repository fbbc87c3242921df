import { AclCommands } from './acl.ts';
import { BitmapCommands } from './bitmap.ts';
import { ClusterCommands } from './cluster.ts';
import { CommandCommands } from './command.ts';
import { CommandlogCommands } from './commandlog.ts';
import { ConfigCommands } from './config.ts';
import { ConnectionCommands } from './connection.ts';
import { FunctionCommands } from './function.ts';
import { GeoCommands } from './geo.ts';
import { HashCommands } from './hash.ts';
import { HyperloglogCommands } from './hyperloglog.ts';
import { KeyCommands } from './key.ts';
import { LatencyCommands } from './latency.ts';
import { ListCommands } from './list.ts';
import { MemoryCommands } from './memory.ts';
import { ModuleCommands } from './module.ts';
import { PubsubCommands } from './pubsub.ts';
import { ReplicationCommands } from './replication.ts';
import { ScriptingCommands } from './scripting.ts';
import { SentinelCommands } from './sentinel.ts';
import { ServerCommands } from './server.ts';
import { SetCommands } from './set.ts';
import { SortedSetCommands } from './sorted-set.ts';
import { StreamCommands } from './stream.ts';
import { StringCommands } from './string.ts';
import type { Many } from './argument.ts';
import type { Callable } from './script.ts';
import { Executor, type Key, type Result, type Surface, type Value } from './surface.ts';
import { TransactionCommands } from './transaction.ts';
import { BloomCommands } from './modules/bloom.ts';
import { CountMinSketchCommands } from './modules/count-min-sketch.ts';
import { CuckooCommands } from './modules/cuckoo.ts';
import { JsonCommands } from './modules/json.ts';
import { SearchCommands } from './modules/search.ts';
import { TDigestCommands } from './modules/t-digest.ts';
import { TimeSeriesCommands } from './modules/time-series.ts';
import { TopKCommands } from './modules/top-k.ts';

/** Every built-in command, on one flat prototype, and the modules' in namespaces. A surface is this and one `send`. */
// oxlint-disable-next-line typescript/no-unsafe-declaration-merging -- the mixin gives the class what the interface promises
export interface Commands<in out S extends Surface>
  extends
    AclCommands<S>,
    BitmapCommands<S>,
    ClusterCommands<S>,
    CommandCommands<S>,
    CommandlogCommands<S>,
    ConfigCommands<S>,
    ConnectionCommands<S>,
    FunctionCommands<S>,
    GeoCommands<S>,
    HashCommands<S>,
    HyperloglogCommands<S>,
    KeyCommands<S>,
    LatencyCommands<S>,
    ListCommands<S>,
    MemoryCommands<S>,
    ModuleCommands<S>,
    PubsubCommands<S>,
    ReplicationCommands<S>,
    ScriptingCommands<S>,
    SentinelCommands<S>,
    ServerCommands<S>,
    SetCommands<S>,
    SortedSetCommands<S>,
    StreamCommands<S>,
    StringCommands<S> {}
export abstract class Commands<in out S extends Surface> extends Executor<S> {
  /**
   * Runs a script or a function that `registerScript` or `registerLibrary` gave, and gives what it returns.
   *
   * The server is given the code when it does not have it: a call never fails for want of it, in a pipeline or transaction neither,
   * and never runs twice. A call that the server had to be given the code for, since it was flushed, runs behind the commands that were
   * sent with it, but for those of a transaction. Rejects with a `ResponseError` for what the code raises.
   *
   * @example
   * ```ts
   * const add = client.registerScript("return redis.call('INCRBY', KEYS[1], ARGV[1])", { keys: 1 });
   * await client.run(add, 'visits', 5); // => 5
   * await client.multi().run(add, 'visits', 2).get('visits').execute(); // => [7, '7']
   * ```
   */
  run<R>(callable: Callable<R>, keys: Many<Key> = [], args: Many<Value> = []): Result<S, R> {
    return this.send(callable.spec, callable.arguments(keys, args), callable.decode);
  }

  /** JSON documents, of the module valkey-json. */
  get json(): JsonCommands<S> {
    return new JsonCommands<S>(this);
  }

  /** Bloom filters, of the module valkey-bloom. */
  get bf(): BloomCommands<S> {
    return new BloomCommands<S>(this);
  }

  /** Cuckoo filters. */
  get cf(): CuckooCommands<S> {
    return new CuckooCommands<S>(this);
  }

  /** Count-Min sketches. */
  get cms(): CountMinSketchCommands<S> {
    return new CountMinSketchCommands<S>(this);
  }

  /** Top-K lists. */
  get topk(): TopKCommands<S> {
    return new TopKCommands<S>(this);
  }

  /** t-digests. */
  get tdigest(): TDigestCommands<S> {
    return new TDigestCommands<S>(this);
  }

  /** Time series. */
  get ts(): TimeSeriesCommands<S> {
    return new TimeSeriesCommands<S>(this);
  }

  /** Search indexes, of the module valkey-search. */
  get ft(): SearchCommands<S> {
    return new SearchCommands<S>(this);
  }
}

mixin(Commands, [
  AclCommands,
  BitmapCommands,
  ClusterCommands,
  CommandCommands,
  CommandlogCommands,
  ConfigCommands,
  ConnectionCommands,
  FunctionCommands,
  GeoCommands,
  HashCommands,
  HyperloglogCommands,
  KeyCommands,
  LatencyCommands,
  ListCommands,
  MemoryCommands,
  ModuleCommands,
  PubsubCommands,
  ReplicationCommands,
  ScriptingCommands,
  SentinelCommands,
  ServerCommands,
  SetCommands,
  SortedSetCommands,
  StreamCommands,
  StringCommands,
]);

/** What a connection of one's own takes besides: the plain commands of transactions. */
// oxlint-disable-next-line typescript/no-unsafe-declaration-merging -- as above
export interface SessionCommands<in out S extends Surface> extends TransactionCommands<S> {}
export abstract class SessionCommands<in out S extends Surface> extends Commands<S> {}

mixin(SessionCommands, [TransactionCommands]);

/**
 * Copies the methods of every family once, at load: a call costs no more than one of the class's own.
 *
 * A property that was deleted makes the engine keep the prototype as a hash table while it is filled, and not copy a list of all its
 * methods for each of four hundred: 0.8 ms instead of 3.3. The first call makes it fast again.
 */
function mixin(target: { prototype: object }, families: readonly { prototype: object }[]): void {
  const into = target.prototype as Record<string, unknown>;
  into['first'] = into['second'] = undefined;
  delete into['first'];
  delete into['second'];
  for (const family of families) {
    const from = family.prototype as Record<string, unknown>;
    for (const name of Object.getOwnPropertyNames(from)) {
      if (name === 'constructor') continue;
      if (Object.hasOwn(into, name)) throw new Error(`two families have a command ${name}`);
      Object.defineProperty(into, name, { value: from[name], writable: true, configurable: true });
    }
  }
}

export type {
  AclLogEntry,
  AclPasswordChanges,
  AclSelector,
  AclSelectorOptions,
  AclSetuserOptions,
  AclUser,
} from './acl.ts';
export type {
  CommandArgument,
  CommandChange,
  CommandDocs,
  CommandInfo,
  CommandKey,
  CommandKeySpecification,
  CommandListOptions,
} from './command.ts';
export type { CommandlogEntry, CommandlogType, LargeCommandEntry, SlowlogEntry } from './commandlog.ts';
export type {
  ClientFilter,
  ClientInfo,
  ClientPauseOptions,
  ClientTrackingOptions,
  ClientTrackinginfoReply,
  ClientType,
  ClientUnblockOptions,
  HelloModule,
  HelloOptions,
  HelloReply,
} from './connection.ts';
export type {
  FieldExpiration,
  FieldPersistence,
  HrandfieldOptions,
  HscanFieldsPage,
  HscanOptions,
  HscanPage,
  HsetexOptions,
} from './hash.ts';
export type {
  CopyOptions,
  ExpireOptions,
  KeyType,
  MigrateOptions,
  RestoreOptions,
  ScanOptions,
  ScanPage,
  SortOptions,
  SortRoOptions,
  WaitaofReply,
} from './key.ts';
export type { LatencyEvent, LatencyHistogram, LatencySample } from './latency.ts';
export type { ListEnd, LmpopOptions, LmpopReply, LposOptions } from './list.ts';
export type { DatabaseMemory, MemoryStats, MemoryUsageOptions } from './memory.ts';
export type { LoadedModule, ModuleLoadexOptions } from './module.ts';
export type {
  FunctionEngine,
  FunctionFlushOptions,
  FunctionInfo,
  FunctionLibrary,
  FunctionLibraryWithCode,
  FunctionListOptions,
  FunctionLoadOptions,
  FunctionRestoreOptions,
  FunctionStatsReply,
  RunningFunction,
} from './function.ts';
export type { ChannelCounts } from './pubsub.ts';
export type { ScriptFlushOptions } from './scripting.ts';
export type { SintercardOptions, SscanOptions, SscanPage } from './set.ts';
export type {
  BzpopReply,
  MemberScores,
  RangeLimit,
  Score,
  ScoreBound,
  ScoredMember,
  WithscoresOptions,
  ZaddOptions,
  ZintercardOptions,
  ZinterOptions,
  ZinterstoreOptions,
  ZmpopOptions,
  ZmpopReply,
  ZrangebylexOptions,
  ZrangebyscoreOptions,
  ZrangeOptions,
  ZrangestoreOptions,
  ZrankOptions,
  ZrankReply,
  ZscanMembersPage,
  ZscanOptions,
  ZscanPage,
} from './sorted-set.ts';
export type {
  DeliveredEntry,
  NewEntries,
  StreamEntry,
  StreamId,
  StreamTrim,
  XaddOptions,
  XautoclaimIdsReply,
  XautoclaimOptions,
  XautoclaimReply,
  XclaimOptions,
  XgroupCreateOptions,
  XgroupSetidOptions,
  XinfoConsumer,
  XinfoGroup,
  XinfoStreamConsumer,
  XinfoStreamFullReply,
  XinfoStreamGroup,
  XinfoStreamGroupPending,
  XinfoStreamOptions,
  XinfoStreamPending,
  XinfoStreamReply,
  XpendingConsumer,
  XpendingEntry,
  XpendingOptions,
  XpendingReply,
  XrangeOptions,
  XreadgroupOptions,
  XreadgroupReply,
  XreadOptions,
  XreadReply,
  XsetidOptions,
  XtrimOptions,
} from './stream.ts';
export type {
  LcsLengthOptions,
  LcsMatch,
  LcsMatchOptions,
  LcsMatches,
  LcsOptions,
  LcsTextOptions,
  MsetexOptions,
  SetOptions,
} from './string.ts';
export type {
  ClusterFailoverOptions,
  ClusterLink,
  ClusterNode,
  ClusterResetOptions,
  ClusterscanOptions,
  ClusterSetslotOptions,
  ClusterShard,
  ClusterShardNode,
  ClusterSlotsNode,
  ClusterSlotsReply,
  ClusterSlotStatsFilter,
  SlotMigration,
  SlotMigrationTarget,
  SlotMove,
  SlotRange,
  SlotStats,
} from './cluster.ts';
export type {
  ClusterInfoReply,
  InfoClients,
  InfoCommandstat,
  InfoCpu,
  InfoDatabase,
  InfoEngine,
  InfoErrorstat,
  InfoListener,
  InfoMemory,
  InfoModule,
  InfoPersistence,
  InfoReplica,
  InfoReplication,
  InfoReply,
  InfoScriptingEngines,
  InfoSentinel,
  InfoSentinelPrimary,
  InfoServer,
  InfoStats,
  InfoTls,
} from './info.ts';
export type {
  FailoverOptions,
  FailoverTarget,
  PrimaryRole,
  ReplicaRole,
  RoleReply,
  SentinelRole,
} from './replication.ts';
export type {
  BgsaveOptions,
  FlushOptions,
  InfoSection,
  LolwutOptions,
  ShutdownAbortOptions,
  ShutdownOptions,
  TimeReply,
} from './server.ts';
export type {
  Bit,
  BitOperator,
  BitRangeOptions,
  BitfieldGet,
  BitfieldIncrby,
  BitfieldOffset,
  BitfieldOperation,
  BitfieldOverflow,
  BitfieldSet,
  BitfieldType,
} from './bitmap.ts';
export type {
  GeoArea,
  GeoBox,
  GeoCenter,
  GeoCircle,
  GeoCoordinates,
  GeoFields,
  GeoFound,
  GeoLimit,
  GeoMatch,
  GeoSomeMatch,
  GeoMember,
  GeoMembers,
  GeoPoint,
  GeoPolygon,
  GeoUnit,
  GeoaddOptions,
  GeodistOptions,
  GeoradiusOptions,
  GeoradiusStoreOptions,
  GeosearchOptions,
  GeosearchstoreOptions,
} from './geo.ts';
export type {
  SentinelAddress,
  SentinelCachedInfo,
  SentinelDebugOptions,
  SentinelDebugReply,
  SentinelDownReply,
  SentinelFailoverOptions,
  SentinelFailure,
  SentinelInstance,
  SentinelPeer,
  SentinelPrimary,
  SentinelReplica,
  SentinelScript,
  SentinelSetOptions,
} from './sentinel.ts';
export type { BfGrowth, BfInfo, BfInfoField, BfInsertOptions } from './modules/bloom.ts';
export type { CmsInfo, CmsMergeOptions } from './modules/count-min-sketch.ts';
export type { CfInfo, CfInsertOptions, CfReserveOptions } from './modules/cuckoo.ts';
export type {
  ByPath,
  Json,
  JsonArrindexOptions,
  JsonFlags,
  JsonFormatOptions,
  JsonGetOptions,
  JsonNames,
  JsonPath,
  JsonRespReply,
  JsonSetOptions,
  JsonSizes,
  JsonSums,
  JsonType,
  JsonTypes,
} from './modules/json.ts';
export type { FilterChunk } from './modules/reply.ts';
export type { TdigestCreateOptions, TdigestInfo, TdigestMergeOptions } from './modules/t-digest.ts';
export type {
  TsAddOptions,
  TsAggregation,
  TsAggregator,
  TsAlterOptions,
  TsBound,
  TsChunk,
  TsCreateOptions,
  TsDuplicatePolicy,
  TsGetOptions,
  TsIgnore,
  TsIncrbyOptions,
  TsInfo,
  TsInfoOptions,
  TsLabelSelection,
  TsLabels,
  TsLatest,
  TsMgetOptions,
  TsMrangeOptions,
  TsMrangeRowsOptions,
  TsNrangeOptions,
  TsRangeOptions,
  TsRangeRowsOptions,
  TsReadOptions,
  TsReducer,
  TsRow,
  TsRule,
  TsSample,
  TsSeries,
  TsTime,
} from './modules/time-series.ts';
export type { TopkCounters, TopkInfo, TopkItem, TopkListOptions, TopkReserveOptions } from './modules/top-k.ts';
export * as ft from './modules/search-builders.ts';
export type {
  FtAddOptions,
  FtAddhashOptions,
  FtCursorReadOptions,
  FtDelOptions,
  FtDropindexOptions,
  FtInfoOptions,
  FtListOptions,
  FtProfileAggregateOptions,
  FtProfileSearchOptions,
  FtSpellcheckOptions,
  FtSugaddOptions,
  FtSuggetOptions,
  FtSynupdateOptions,
  PayloadSuggestion,
  ScoredSuggestion,
  SearchCursorDocuments,
} from './modules/search.ts';
export type {
  AggregateSettings,
  FtAggregateOptions,
  SearchApplyStep,
  SearchFilterStep,
  SearchGroupStep,
  SearchLimitStep,
  SearchLoadStep,
  SearchReducer,
  SearchSortStep,
  SearchStep,
} from './modules/search-aggregate.ts';
export type { SearchCursorOptions, SearchLimit, SearchOrder, SearchRename } from './modules/search-argument.ts';
export type { FtHybridOptions, HybridCombine, HybridSearch, HybridVsim } from './modules/search-hybrid.ts';
export type {
  FtInfoReply,
  FtProfileReply,
  SearchIndexAttribute,
  SearchIndexDefinition,
  SearchProfile,
  SearchProfileIterator,
  SearchProfileShard,
  SearchProfileStep,
  SearchSynonyms,
  SearchVectorIndex,
  SpellcheckTerm,
} from './modules/search-info.ts';
export type {
  FtExplainOptions,
  FtSearchOptions,
  SearchConsistency,
  SearchGeoFilter,
  SearchHighlight,
  SearchNumericFilter,
  SearchSettings,
  SearchSummarize,
} from './modules/search-options.ts';
export type {
  BetweenOptions,
  KnnOptions,
  QueryBound,
  QueryCircle,
  QueryFields,
  QueryNode,
  QueryPart,
  QueryValue,
  VectorRangeOptions,
} from './modules/search-query.ts';
export type {
  AggregateCursorReply,
  AggregateReply,
  AggregateRow,
  AggregateValue,
  ScoreExplanation,
  SearchCursorReply,
  SearchDocument,
  SearchKey,
  SearchReply,
} from './modules/search-reply.ts';
export type {
  FtAlterOptions,
  FtCreateOptions,
  NamedSearchField,
  SearchField,
  SearchFieldOptions,
  SearchFlatVectorField,
  SearchGeoField,
  SearchGeoshapeField,
  SearchHnswVectorField,
  SearchNumericField,
  SearchSchema,
  SearchSvsVectorField,
  SearchTagField,
  SearchTextField,
  SearchVectorField,
  SearchVectorOptions,
} from './modules/search-schema.ts';
export type { Entries, Exclusive, Int, Many, ReadLifetime, WriteLifetime } from './argument.ts';
export {
  AclCommands,
  BitmapCommands,
  ClusterCommands,
  CommandCommands,
  CommandlogCommands,
  ConfigCommands,
  ConnectionCommands,
  FunctionCommands,
  GeoCommands,
  HashCommands,
  HyperloglogCommands,
  KeyCommands,
  LatencyCommands,
  ListCommands,
  MemoryCommands,
  ModuleCommands,
  PubsubCommands,
  ReplicationCommands,
  ScriptingCommands,
  SentinelCommands,
  ServerCommands,
  SetCommands,
  SortedSetCommands,
  StreamCommands,
  StringCommands,
  TransactionCommands,
  BloomCommands,
  CountMinSketchCommands,
  CuckooCommands,
  JsonCommands,
  SearchCommands,
  TDigestCommands,
  TimeSeriesCommands,
  TopKCommands,
};
export { type Callable, type CallableOptions, Library, type LibraryFunction, Script } from './script.ts';
export { type CommandFacts, type Decoder, Flag, Spec, command, defineCommand, specOf } from './spec.ts';
export {
  Executor,
  type Fields,
  type FieldsOf,
  type Integer,
  type Key,
  Namespace,
  type Result,
  type Surface,
  type Text,
  type Value,
} from './surface.ts';
