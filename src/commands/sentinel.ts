import type { ReplyMode } from '../protocol/reply-mode.ts';
import {
  type Entries,
  type Int,
  type Many,
  checkOptions,
  isEntries,
  isObject,
  pushEntries,
  pushMany,
  refuse,
} from './argument.ts';
import { type InfoReply, toInfo } from './info.ts';
import { toRecord } from './record.ts';
import { toBoolean, toPropertyName, toText, toTexts } from './reply.ts';
import { type Spec, command } from './spec.ts';
import { Executor, type Integer, type Key, type Result, type Surface, type Value } from './surface.ts';

const SENTINEL_CKQUORUM: Spec = command('SENTINEL CKQUORUM');
const SENTINEL_CONFIG: Spec = command('SENTINEL CONFIG');
const SENTINEL_DEBUG: Spec = command('SENTINEL DEBUG');
const SENTINEL_FAILOVER: Spec = command('SENTINEL FAILOVER');
const SENTINEL_FLUSHCONFIG: Spec = command('SENTINEL FLUSHCONFIG');
const SENTINEL_GET_MASTER_ADDR_BY_NAME: Spec = command('SENTINEL GET-MASTER-ADDR-BY-NAME');
const SENTINEL_GET_PRIMARY_ADDR_BY_NAME: Spec = command('SENTINEL GET-PRIMARY-ADDR-BY-NAME');
const SENTINEL_HELP: Spec = command('SENTINEL HELP');
const SENTINEL_INFO_CACHE: Spec = command('SENTINEL INFO-CACHE');
const SENTINEL_IS_MASTER_DOWN_BY_ADDR: Spec = command('SENTINEL IS-MASTER-DOWN-BY-ADDR');
const SENTINEL_IS_PRIMARY_DOWN_BY_ADDR: Spec = command('SENTINEL IS-PRIMARY-DOWN-BY-ADDR');
const SENTINEL_MASTER: Spec = command('SENTINEL MASTER');
const SENTINEL_MASTERS: Spec = command('SENTINEL MASTERS');
const SENTINEL_MONITOR: Spec = command('SENTINEL MONITOR');
const SENTINEL_MYID: Spec = command('SENTINEL MYID');
const SENTINEL_PENDING_SCRIPTS: Spec = command('SENTINEL PENDING-SCRIPTS');
const SENTINEL_PRIMARIES: Spec = command('SENTINEL PRIMARIES');
const SENTINEL_PRIMARY: Spec = command('SENTINEL PRIMARY');
const SENTINEL_REMOVE: Spec = command('SENTINEL REMOVE');
const SENTINEL_REPLICAS: Spec = command('SENTINEL REPLICAS');
const SENTINEL_RESET: Spec = command('SENTINEL RESET');
const SENTINEL_SENTINELS: Spec = command('SENTINEL SENTINELS');
const SENTINEL_SET: Spec = command('SENTINEL SET');
const SENTINEL_SIMULATE_FAILURE: Spec = command('SENTINEL SIMULATE-FAILURE');
const SENTINEL_SLAVES: Spec = command('SENTINEL SLAVES');

/** Where a server listens. */
export interface SentinelAddress {
  /** An IP address, or a name where the Sentinel resolves names. */
  readonly host: string;
  readonly port: number;
}

/**
 * A server as a Sentinel sees it, its field names in camelCase (`s-down-time` is `sDownTime`). Times are in milliseconds, ago or long.
 * What an older Sentinel does not say is missing; what a newer one adds is there as a string.
 */
export interface SentinelInstance {
  /** A primary's name in the Sentinel's configuration, a replica's `ip:port`, a Sentinel's id. */
  readonly name: string;
  /** An IP address, or a name where the Sentinel announces names. */
  readonly ip: string;
  readonly port: number;
  /** Another one after every start; empty before it is known. A Sentinel's id. */
  readonly runid: string;
  /** What it is, in the server's words `master`, `slave` or `sentinel`, and its state: `s_down`, `o_down`, `disconnected`, ... */
  readonly flags: string[];
  /** Commands sent to it and not answered yet. */
  readonly linkPendingCommands: number;
  /** How many instances share the connection to it. */
  readonly linkRefcount: number;
  /** How long it has not answered the last PING; 0 when it has. */
  readonly lastPingSent: number;
  readonly lastOkPingReply: number;
  readonly lastPingReply: number;
  /** How long it may be silent before it counts as down. */
  readonly downAfterMilliseconds: number;
  /** How long this Sentinel takes it for down, and enough Sentinels do; only when so. */
  readonly sDownTime?: number;
  readonly oDownTime?: number;
  /** The step of a failover; only during one. */
  readonly failoverState?: string;
  readonly [field: string]: string | number | string[] | undefined;
}

/** A primary as a Sentinel sees it. */
export interface SentinelPrimary extends SentinelInstance {
  /** The age of what its INFO said. */
  readonly infoRefresh: number;
  /** `master`, or `slave` when it is one against the configuration; and for how long. */
  readonly roleReported: string;
  readonly roleReportedTime: number;
  /** Counts the failovers. */
  readonly configEpoch: number;
  readonly numSlaves: number;
  readonly numOtherSentinels: number;
  /** How many Sentinels must take it for down. */
  readonly quorum: number;
  readonly failoverTimeout: number;
  /** How many replicas may follow a new primary at the same time. */
  readonly parallelSyncs: number;
}

/** A replica as a Sentinel sees it. */
export interface SentinelReplica extends SentinelInstance {
  /** The age of what its INFO said. */
  readonly infoRefresh: number;
  /** `slave`, or `master` when it is one against the configuration; and for how long. */
  readonly roleReported: string;
  readonly roleReportedTime: number;
  /** How long it has been without its primary. */
  readonly masterLinkDownTime: number;
  /** `ok` or `err`. */
  readonly masterLinkStatus: string;
  /** The primary it follows. */
  readonly masterHost: string;
  readonly masterPort: number;
  /** Lower ones are promoted first, 0 never. */
  readonly slavePriority: number;
  /** How much of the primary's stream it has. */
  readonly slaveReplOffset: number;
  /** 0 for a replica that is kept to itself. */
  readonly replicaAnnounced?: number;
}

/** A Sentinel as another one sees it. */
export interface SentinelPeer extends SentinelInstance {
  /** How long ago it was last heard of. */
  readonly lastHelloMessage: number;
  /** The Sentinel it has voted for to lead a failover, `?` for none, and in which epoch. */
  readonly votedLeader: string;
  readonly votedLeaderEpoch: number;
}

/** What INFO said when the Sentinel last asked. */
export interface SentinelCachedInfo<I> {
  /** Milliseconds since then. */
  readonly age: I;
  /** `null` before the first answer. */
  readonly info: InfoReply | null;
}

/** Whether a Sentinel takes a primary for down, and whom it votes for. */
export interface SentinelDownReply<I> {
  readonly down: boolean;
  /** The id of the Sentinel that shall lead the failover; `null` when there was no vote. */
  readonly leader: string | null;
  /** The epoch of the vote; 0 when there was none. */
  readonly leaderEpoch: I;
}

/** A script that a Sentinel runs, or will run. What a newer one adds is there as a string. */
export interface SentinelScript {
  /** The script's path and its arguments. */
  readonly argv: string[];
  /** `running` or `scheduled`. */
  readonly flags: string[];
  /** The id of its process; 0 while it is scheduled. */
  readonly pid: number;
  /** For how many milliseconds it has been running; only while it is. */
  readonly runTime?: number;
  /** In how many milliseconds it will run; only while it waits to be tried again. */
  readonly runDelay?: number;
  /** How often it was run before, and failed. */
  readonly retryNum: number;
  readonly [field: string]: string | number | string[] | undefined;
}

/** Options of `sentinelFailover`. */
export interface SentinelFailoverOptions {
  /** Lets the primary hand over to its replica by itself, so that no write is lost. It must know the command FAILOVER. */
  readonly coordinated?: boolean | undefined;
}

/** How a Sentinel may be made to crash: once it was elected, or once it has promoted a replica. */
export type SentinelFailure = 'crash-after-election' | 'crash-after-promotion';

/** Settings of a primary. Times are in milliseconds; an empty text takes a script or a credential away. */
export interface SentinelSetOptions {
  /** How many Sentinels must take it for down. */
  readonly quorum?: Int | undefined;
  /** How long it may be silent before it counts as down. */
  readonly downAfterMilliseconds?: Int | undefined;
  readonly failoverTimeout?: Int | undefined;
  /** How many replicas may follow a new primary at the same time. */
  readonly parallelSyncs?: Int | undefined;
  /** Paths of scripts. Refused unless the Sentinel's configuration has `deny-scripts-reconfig no`. */
  readonly notificationScript?: string | undefined;
  readonly clientReconfigScript?: string | undefined;
  /** How the Sentinel authenticates to the primary and its replicas. */
  readonly authPass?: string | undefined;
  readonly authUser?: string | undefined;
  /** What commands are called on the primary and its replicas: `{ CONFIG: 'SECRET-CONFIG' }`. */
  readonly renameCommand?: Readonly<Record<string, string>> | undefined;
  /** How long a primary that restarts may take before it counts as down; 0 for as long as any other. */
  readonly masterRebootDownAfterPeriod?: Int | undefined;
  /** The same; since 8.0. */
  readonly primaryRebootDownAfterPeriod?: Int | undefined;
}

/** Times that a Sentinel keeps to, in milliseconds. */
export interface SentinelDebugOptions {
  readonly infoPeriod?: Int | undefined;
  readonly pingPeriod?: Int | undefined;
  readonly askPeriod?: Int | undefined;
  readonly publishPeriod?: Int | undefined;
  readonly defaultDownAfter?: Int | undefined;
  readonly defaultFailoverTimeout?: Int | undefined;
  readonly tiltTrigger?: Int | undefined;
  readonly tiltPeriod?: Int | undefined;
  readonly slaveReconfTimeout?: Int | undefined;
  readonly minLinkReconnectPeriod?: Int | undefined;
  readonly electionTimeout?: Int | undefined;
  readonly scriptMaxRuntime?: Int | undefined;
  readonly scriptRetryDelay?: Int | undefined;
}

/** Times that a Sentinel keeps to, in milliseconds. What a newer one adds is there too, its name in camelCase. */
export interface SentinelDebugReply extends Readonly<Record<keyof SentinelDebugOptions, number>> {
  readonly [name: string]: number;
}

/** Commands of a Sentinel, the server that watches primaries. */
export abstract class SentinelCommands<in out S extends Surface> extends Executor<S> {
  /**
   * Tells in a sentence how many Sentinels are usable, when they are enough to fail the primary `name` over.
   *
   * Rejects with a `ResponseError` (`NOQUORUM`) when they are not, and when there is no such primary.
   * Complexity: O(N), N being the number of Sentinels it knows.
   *
   * @since 2.8.4
   * @example
   * ```ts
   * // on a Sentinel
   * await client.sentinelCkquorum('main'); // => 'OK 1 usable Sentinels. Quorum and failover authorization can be reached'
   * ```
   * @see https://valkey.io/commands/sentinel-ckquorum/
   */
  sentinelCkquorum(name: string): Result<S, string> {
    return this.send(SENTINEL_CKQUORUM, [name], toText);
  }

  /**
   * Gives the Sentinel's own settings that match the glob-style patterns, by name. A setting without a value is an empty text.
   *
   * Complexity: O(N), N being the number of patterns.
   *
   * @since 6.2.0; several patterns 7.2.0
   * @example
   * ```ts
   * // on a Sentinel
   * await client.sentinelConfigGet('*-hostnames'); // => { 'resolve-hostnames': 'no', 'announce-hostnames': 'no' }
   * ```
   * @see https://valkey.io/commands/sentinel-config/
   */
  sentinelConfigGet(parameters: Many<string>): Result<S, Record<string, string>> {
    return this.send(SENTINEL_CONFIG, pushMany(SENTINEL_CONFIG, ['GET'], parameters, 'parameter'), toTextRecord);
  }

  /**
   * Changes settings of the Sentinel itself: one and its value, an object, pairs or a `Map`.
   *
   * Rejects with a `ResponseError` for an unknown setting or a wrong value; then none is changed.
   * Complexity: O(N), N being the number of settings.
   *
   * @since 6.2.0; several settings 7.2.0
   * @example
   * ```ts
   * // on a Sentinel
   * await client.sentinelConfigSet('resolve-hostnames', 'yes'); // => 'OK'
   * await client.sentinelConfigSet({ 'resolve-hostnames': 'no', 'announce-port': 0 }); // => 'OK'
   * ```
   * @see https://valkey.io/commands/sentinel-config/
   */
  sentinelConfigSet(parameter: string, value: Value): Result<S, 'OK'>;
  sentinelConfigSet(parameters: Entries): Result<S, 'OK'>;
  sentinelConfigSet(parameters: string | Entries, value?: Value): Result<S, 'OK'> {
    const args: Value[] = ['SET'];
    if (value === undefined && isEntries(parameters)) pushEntries(SENTINEL_CONFIG, args, parameters, 'parameter');
    else args.push(parameters as Key, value!);
    return this.send(SENTINEL_CONFIG, args);
  }

  /**
   * Gives the times that the Sentinel keeps to, or changes some of them, until it ends.
   *
   * Throws a `DataError` for an unknown time. Complexity: O(N), N being the number of times.
   *
   * @since 7.0.0
   * @example
   * ```ts
   * // on a Sentinel
   * const { infoPeriod, electionTimeout } = await client.sentinelDebug();
   * await client.sentinelDebug({ pingPeriod: 500, infoPeriod: 5000 }); // => 'OK'
   * ```
   * @see https://valkey.io/commands/sentinel-debug/
   */
  sentinelDebug(): Result<S, SentinelDebugReply>;
  sentinelDebug(options: SentinelDebugOptions): Result<S, 'OK'>;
  sentinelDebug(options?: SentinelDebugOptions): Result<S, SentinelDebugReply | 'OK'> {
    if (options === undefined) return this.send(SENTINEL_DEBUG, [], toDebugReply);
    return this.send(SENTINEL_DEBUG, pushSettings(SENTINEL_DEBUG, [], options, TIMES));
  }

  /**
   * Fails the primary `name` over to one of its replicas, without asking the other Sentinels, and answers once that has begun.
   *
   * Rejects with a `ResponseError`: `INPROG` when a failover is going on, `NOGOODSLAVE` when there is no replica to promote,
   * `NOGOODPRIMARY` when the primary cannot hand over in a `coordinated` one.
   * Complexity: O(N log N), N being the number of replicas.
   *
   * @since 2.8.4; `coordinated` 9.0.0
   * @example
   * ```ts
   * // on a Sentinel
   * await client.sentinelFailover('main').catch((error) => error.code); // => 'NOGOODSLAVE'
   * ```
   * @see https://valkey.io/commands/sentinel-failover/
   */
  sentinelFailover(name: string, options: SentinelFailoverOptions = {}): Result<S, 'OK'> {
    checkOptions(SENTINEL_FAILOVER, options);
    return this.send(SENTINEL_FAILOVER, options.coordinated ? [name, 'COORDINATED'] : [name]);
  }

  /**
   * Lets the Sentinel write its configuration file anew, its state included.
   *
   * Complexity: O(1).
   *
   * @since 2.8.4
   * @example
   * ```ts
   * // on a Sentinel
   * await client.sentinelFlushconfig(); // => 'OK'
   * ```
   * @see https://valkey.io/commands/sentinel-flushconfig/
   */
  sentinelFlushconfig(): Result<S, 'OK'> {
    return this.send(SENTINEL_FLUSHCONFIG, []);
  }

  /**
   * Gives the address of the primary `name`, or `null` when the Sentinel does not monitor one of that name.
   *
   * It is `sentinelGetPrimaryAddrByName` for servers before 8.0. Complexity: O(1).
   *
   * @since 2.8.4
   * @example
   * ```ts
   * // on a Sentinel
   * await client.sentinelGetMasterAddrByName('nothing'); // => null
   * ```
   * @see https://valkey.io/commands/sentinel-get-master-addr-by-name/
   */
  sentinelGetMasterAddrByName(name: string): Result<S, SentinelAddress | null> {
    return this.send(SENTINEL_GET_MASTER_ADDR_BY_NAME, [name], toAddress);
  }

  /**
   * Gives the address of the primary `name`, or `null` when the Sentinel does not monitor one of that name.
   *
   * During a failover it is the new primary's as soon as a replica was promoted. Complexity: O(1).
   *
   * @since 8.0.0
   * @example
   * ```ts
   * // on a Sentinel
   * const address = await client.sentinelGetPrimaryAddrByName('main');
   * const port = address?.port;
   * await client.sentinelGetPrimaryAddrByName('nothing'); // => null
   * ```
   * @see https://valkey.io/commands/sentinel-get-primary-addr-by-name/
   */
  sentinelGetPrimaryAddrByName(name: string): Result<S, SentinelAddress | null> {
    return this.send(SENTINEL_GET_PRIMARY_ADDR_BY_NAME, [name], toAddress);
  }

  /**
   * Gives the server's own help on SENTINEL, line by line.
   *
   * Complexity: O(1).
   *
   * @since 6.2.0
   * @example
   * ```ts
   * // on a Sentinel
   * const lines = await client.sentinelHelp();
   * ```
   * @see https://valkey.io/commands/sentinel-help/
   */
  sentinelHelp(): Result<S, string[]> {
    return this.send(SENTINEL_HELP, []);
  }

  /**
   * Gives for each of the named primaries what INFO last said: of itself, then of its replicas. Names that are unknown are missing.
   *
   * Complexity: O(N), N being the number of servers.
   *
   * @since 3.2.0
   * @example
   * ```ts
   * // on a Sentinel
   * const { main } = await client.sentinelInfoCache('main');
   * await client.sentinelInfoCache(['nothing']); // => {}
   * ```
   * @see https://valkey.io/commands/sentinel-info-cache/
   */
  sentinelInfoCache(names: Many<string>): Result<S, Record<string, SentinelCachedInfo<Integer<S>>[]>> {
    return this.send(SENTINEL_INFO_CACHE, pushMany(SENTINEL_INFO_CACHE, [], names, 'name'), toInfoCache<Integer<S>>);
  }

  /**
   * Tells whether the Sentinel takes the primary at this address for down, and votes, as one Sentinel asks another.
   *
   * It is `sentinelIsPrimaryDownByAddr` for servers before 8.0. Complexity: O(1).
   *
   * @since 2.8.4
   * @example
   * ```ts
   * // on a Sentinel
   * await client.sentinelIsMasterDownByAddr('127.0.0.1', 1, 0, '*'); // => { down: false, leader: null, leaderEpoch: 0 }
   * ```
   * @see https://valkey.io/commands/sentinel-is-master-down-by-addr/
   */
  sentinelIsMasterDownByAddr(
    ip: string,
    port: Int,
    currentEpoch: Int,
    runid: string,
  ): Result<S, SentinelDownReply<Integer<S>>> {
    return this.send(SENTINEL_IS_MASTER_DOWN_BY_ADDR, [ip, port, currentEpoch, runid], toDownReply<Integer<S>>);
  }

  /**
   * Tells whether the Sentinel takes the primary at this address for down, and votes, as one Sentinel asks another.
   *
   * With `*` as `runid` it only asks; with the id of a Sentinel it asks for a vote that this one shall lead the failover in `currentEpoch`.
   * A primary that is not monitored is not down. Complexity: O(1).
   *
   * @since 8.0.0
   * @example
   * ```ts
   * // on a Sentinel
   * await client.sentinelIsPrimaryDownByAddr('127.0.0.1', 1, 0, '*'); // => { down: false, leader: null, leaderEpoch: 0 }
   * ```
   * @see https://valkey.io/commands/sentinel-is-primary-down-by-addr/
   */
  sentinelIsPrimaryDownByAddr(
    ip: string,
    port: Int,
    currentEpoch: Int,
    runid: string,
  ): Result<S, SentinelDownReply<Integer<S>>> {
    return this.send(SENTINEL_IS_PRIMARY_DOWN_BY_ADDR, [ip, port, currentEpoch, runid], toDownReply<Integer<S>>);
  }

  /**
   * Describes the primary `name`. Rejects with a `ResponseError` when there is none of that name.
   *
   * It is `sentinelPrimary` for servers before 8.0. Complexity: O(1).
   *
   * @since 2.8.4
   * @example
   * ```ts
   * // on a Sentinel
   * const { ip, port, flags, numSlaves } = await client.sentinelMaster('main');
   * ```
   * @see https://valkey.io/commands/sentinel-master/
   */
  sentinelMaster(name: string): Result<S, SentinelPrimary> {
    return this.send(SENTINEL_MASTER, [name], toInstance<SentinelPrimary>);
  }

  /**
   * Describes all primaries that the Sentinel monitors.
   *
   * It is `sentinelPrimaries` for servers before 8.0. Complexity: O(N), N being their number.
   *
   * @since 2.8.4
   * @example
   * ```ts
   * // on a Sentinel
   * const [main] = await client.sentinelMasters();
   * ```
   * @see https://valkey.io/commands/sentinel-masters/
   */
  sentinelMasters(): Result<S, SentinelPrimary[]> {
    return this.send(SENTINEL_MASTERS, [], toInstances<SentinelPrimary>);
  }

  /**
   * Lets the Sentinel monitor the primary at this address under `name`. `quorum` Sentinels must take it for down before a failover begins.
   *
   * `ip` is an address, or a name where the Sentinel resolves names.
   * Rejects with a `ResponseError` when the name is taken, or the address is none. Complexity: O(1).
   *
   * @since 2.8.4
   * @example
   * ```ts
   * // on a Sentinel
   * await client.sentinelMonitor('other', '127.0.0.1', 6379, 2); // => 'OK'
   * ```
   * @see https://valkey.io/commands/sentinel-monitor/
   */
  sentinelMonitor(name: string, ip: string, port: Int, quorum: Int): Result<S, 'OK'> {
    return this.send(SENTINEL_MONITOR, [name, ip, port, quorum]);
  }

  /**
   * Gives the Sentinel's id, which it keeps in its configuration file.
   *
   * Complexity: O(1).
   *
   * @since 6.2.0
   * @example
   * ```ts
   * // on a Sentinel
   * const id = await client.sentinelMyid();
   * ```
   * @see https://valkey.io/commands/sentinel-myid/
   */
  sentinelMyid(): Result<S, string> {
    return this.send(SENTINEL_MYID, [], toText);
  }

  /**
   * Describes the scripts that the Sentinel runs or will run.
   *
   * Complexity: O(N), N being their number.
   *
   * @since 2.8.4
   * @example
   * ```ts
   * // on a Sentinel
   * await client.sentinelPendingScripts(); // => []
   * ```
   * @see https://valkey.io/commands/sentinel-pending-scripts/
   */
  sentinelPendingScripts(): Result<S, SentinelScript[]> {
    return this.send(SENTINEL_PENDING_SCRIPTS, [], toScripts);
  }

  /**
   * Describes all primaries that the Sentinel monitors.
   *
   * Complexity: O(N), N being their number.
   *
   * @since 8.0.0
   * @example
   * ```ts
   * // on a Sentinel
   * const [main] = await client.sentinelPrimaries();
   * ```
   * @see https://valkey.io/commands/sentinel-primaries/
   */
  sentinelPrimaries(): Result<S, SentinelPrimary[]> {
    return this.send(SENTINEL_PRIMARIES, [], toInstances<SentinelPrimary>);
  }

  /**
   * Describes the primary `name`. Rejects with a `ResponseError` when there is none of that name.
   *
   * Complexity: O(1).
   *
   * @since 8.0.0
   * @example
   * ```ts
   * // on a Sentinel
   * const { ip, port, flags, numSlaves } = await client.sentinelPrimary('main');
   * ```
   * @see https://valkey.io/commands/sentinel-primary/
   */
  sentinelPrimary(name: string): Result<S, SentinelPrimary> {
    return this.send(SENTINEL_PRIMARY, [name], toInstance<SentinelPrimary>);
  }

  /**
   * Lets the Sentinel forget the primary `name`. Rejects with a `ResponseError` when there is none of that name.
   *
   * Complexity: O(1).
   *
   * @since 2.8.4
   * @example
   * ```ts
   * // on a Sentinel
   * await client.sentinelRemove('main'); // => 'OK'
   * ```
   * @see https://valkey.io/commands/sentinel-remove/
   */
  sentinelRemove(name: string): Result<S, 'OK'> {
    return this.send(SENTINEL_REMOVE, [name]);
  }

  /**
   * Describes the replicas of the primary `name`. Rejects with a `ResponseError` when there is none of that name.
   *
   * Complexity: O(N), N being their number.
   *
   * @since 5.0.0
   * @example
   * ```ts
   * // on a Sentinel
   * const replicas = await client.sentinelReplicas('main');
   * const usable = replicas.filter(({ flags }) => !flags.includes('s_down'));
   * ```
   * @see https://valkey.io/commands/sentinel-replicas/
   */
  sentinelReplicas(name: string): Result<S, SentinelReplica[]> {
    return this.send(SENTINEL_REPLICAS, [name], toInstances<SentinelReplica>);
  }

  /**
   * Lets the Sentinel begin anew with the primaries whose names match the glob-style `pattern`, and gives their number.
   *
   * It forgets their replicas, the other Sentinels and a failover that is going on, and finds them again.
   * Complexity: O(N), N being the number of primaries.
   *
   * @since 2.8.4
   * @example
   * ```ts
   * // on a Sentinel
   * await client.sentinelReset('main*'); // => 1
   * ```
   * @see https://valkey.io/commands/sentinel-reset/
   */
  sentinelReset(pattern: string): Result<S, Integer<S>> {
    return this.send(SENTINEL_RESET, [pattern]);
  }

  /**
   * Describes the other Sentinels of the primary `name`. Rejects with a `ResponseError` when there is none of that name.
   *
   * Complexity: O(N), N being their number.
   *
   * @since 2.8.4
   * @example
   * ```ts
   * // on a Sentinel
   * await client.sentinelSentinels('main'); // => []
   * ```
   * @see https://valkey.io/commands/sentinel-sentinels/
   */
  sentinelSentinels(name: string): Result<S, SentinelPeer[]> {
    return this.send(SENTINEL_SENTINELS, [name], toInstances<SentinelPeer>);
  }

  /**
   * Changes how this Sentinel treats the primary `name`; the other Sentinels are to be told by themselves.
   *
   * Rejects with a `ResponseError` when there is none of that name, and for a wrong value; settings before that one are changed.
   * Throws a `DataError` for an unknown setting. Complexity: O(1).
   *
   * @since 2.8.4
   * @example
   * ```ts
   * // on a Sentinel
   * await client.sentinelSet('main', { downAfterMilliseconds: 5000, parallelSyncs: 2 }); // => 'OK'
   * ```
   * @see https://valkey.io/commands/sentinel-set/
   */
  sentinelSet(name: string, options: SentinelSetOptions): Result<S, 'OK'> {
    return this.send(SENTINEL_SET, pushSettings(SENTINEL_SET, [name], options, SETTINGS));
  }

  /**
   * Lets the Sentinel crash during the next failovers, for tests. `help` gives the ways it can, and lets it crash no more.
   *
   * Complexity: O(N), N being the number of ways given.
   *
   * @since 3.2.0
   * @example
   * ```ts
   * // on a Sentinel
   * await client.sentinelSimulateFailure(['crash-after-election', 'crash-after-promotion']); // => 'OK'
   * await client.sentinelSimulateFailure('help'); // => ['crash-after-election', 'crash-after-promotion']
   * ```
   * @see https://valkey.io/commands/sentinel-simulate-failure/
   */
  sentinelSimulateFailure(mode: 'help'): Result<S, string[]>;
  sentinelSimulateFailure(modes: Many<SentinelFailure>): Result<S, 'OK'>;
  sentinelSimulateFailure(modes: Many<SentinelFailure | 'help'>): Result<S, string[] | 'OK'> {
    const args = pushMany(SENTINEL_SIMULATE_FAILURE, [], modes, 'mode');
    return this.send(SENTINEL_SIMULATE_FAILURE, args, toModes);
  }

  /**
   * Describes the replicas of the primary `name`. Rejects with a `ResponseError` when there is none of that name.
   *
   * It is `sentinelReplicas` for servers before 5.0. Complexity: O(N), N being their number.
   *
   * @since 2.8.0
   * @example
   * ```ts
   * // on a Sentinel
   * const replicas = await client.sentinelSlaves('main');
   * ```
   * @see https://valkey.io/commands/sentinel-slaves/
   */
  sentinelSlaves(name: string): Result<S, SentinelReplica[]> {
    return this.send(SENTINEL_SLAVES, [name], toInstances<SentinelReplica>);
  }
}

const SETTINGS: ReadonlySet<string> = new Set<keyof SentinelSetOptions>([
  'quorum',
  'downAfterMilliseconds',
  'failoverTimeout',
  'parallelSyncs',
  'notificationScript',
  'clientReconfigScript',
  'authPass',
  'authUser',
  'renameCommand',
  'masterRebootDownAfterPeriod',
  'primaryRebootDownAfterPeriod',
]);

const TIMES: ReadonlySet<string> = new Set<keyof SentinelDebugOptions>([
  'infoPeriod',
  'pingPeriod',
  'askPeriod',
  'publishPeriod',
  'defaultDownAfter',
  'defaultFailoverTimeout',
  'tiltTrigger',
  'tiltPeriod',
  'slaveReconfTimeout',
  'minLinkReconnectPeriod',
  'electionTimeout',
  'scriptMaxRuntime',
  'scriptRetryDelay',
]);

/** Pushes settings and their values. Unknown ones are refused here: the server would change those before it finds out. */
function pushSettings(
  spec: Spec,
  args: Value[],
  options: SentinelSetOptions | SentinelDebugOptions,
  known: ReadonlySet<string>,
): Value[] {
  if (!isObject(options)) refuse(spec, 'needs its settings as an object');
  const before = args.length;
  for (const [name, value] of Object.entries(options) as [string, Value | SentinelSetOptions['renameCommand']][]) {
    if (!known.has(name)) refuse(spec, `has no setting ${name}`);
    if (value === undefined) continue;
    const word = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    if (name === 'renameCommand') pushRenamed(spec, args, word, value);
    else args.push(word, value as Value);
  }
  if (args.length === before) refuse(spec, 'needs at least one setting');
  return args;
}

function pushRenamed(spec: Spec, args: Value[], word: string, commands: unknown): void {
  if (!isObject(commands)) refuse(spec, 'needs renameCommand as an object of names and new names');
  for (const [name, renamed] of Object.entries(commands)) args.push(word, name, renamed as string);
}

const NUMBERS: ReadonlySet<string> = new Set(
  (
    'port link-pending-commands link-refcount last-ping-sent last-ok-ping-reply last-ping-reply s-down-time o-down-time ' +
    'down-after-milliseconds info-refresh role-reported-time config-epoch num-slaves num-other-sentinels quorum failover-timeout ' +
    'parallel-syncs master-link-down-time master-port slave-priority slave-repl-offset replica-announced last-hello-message ' +
    'voted-leader-epoch pid run-time run-delay retry-num'
  ).split(' '),
);

/** Reads the fields of an instance or a script: all text, some of it numbers or lists. */
function toInstance<R>(reply: unknown, mode: ReplyMode): R {
  const flat = reply as unknown[];
  const instance: Record<string, unknown> = {};
  for (let i = 0; i < flat.length; i += 2) {
    const name = toText(flat[i], mode);
    const value = flat[i + 1];
    instance[toPropertyName(name)] = Array.isArray(value) ? toTexts(value, mode) : parsed(name, toText(value, mode));
  }
  return instance as R;
}

function parsed(name: string, value: string): string | number | string[] {
  if (name === 'flags') return value.split(',');
  return NUMBERS.has(name) && /^-?\d+$/.test(value) ? Number(value) : value;
}

function toInstances<R>(reply: unknown, mode: ReplyMode): R[] {
  return (reply as unknown[]).map((instance) => toInstance<R>(instance, mode));
}

function toScripts(reply: unknown, mode: ReplyMode): SentinelScript[] {
  return toInstances<SentinelScript>(reply, mode);
}

function toAddress(reply: unknown, mode: ReplyMode): SentinelAddress | null {
  if (reply === null) return null;
  const [host, port] = toTexts(reply, mode);
  return { host: host!, port: Number(port) };
}

function toDownReply<I>(reply: unknown, mode: ReplyMode): SentinelDownReply<I> {
  const [down, leader, leaderEpoch] = reply as [unknown, unknown, I];
  const id = toText(leader, mode);
  return { down: toBoolean(down), leader: id === '*' ? null : id, leaderEpoch };
}

function toInfoCache<I>(reply: unknown, mode: ReplyMode): Record<string, SentinelCachedInfo<I>[]> {
  const flat = reply as unknown[];
  const caches: [name: string, cache: SentinelCachedInfo<I>[]][] = [];
  for (let i = 0; i < flat.length; i += 2) {
    const servers = flat[i + 1] as [age: I, info: unknown][];
    const cache = servers.map(([age, info]) => ({ age, info: info === null ? null : toInfo(info, mode) }));
    caches.push([toText(flat[i], mode), cache]);
  }
  return Object.fromEntries(caches);
}

function toTextRecord(reply: unknown, mode: ReplyMode): Record<string, string> {
  return toRecord(toTexts(reply, mode));
}

function toDebugReply(reply: unknown, mode: ReplyMode): SentinelDebugReply {
  const texts = toTexts(reply, mode);
  const times: Record<string, number> = {};
  for (let i = 0; i < texts.length; i += 2) times[toPropertyName(texts[i]!.toLowerCase())] = Number(texts[i + 1]);
  return times as SentinelDebugReply;
}

function toModes(reply: unknown, mode: ReplyMode): string[] | 'OK' {
  return Array.isArray(reply) ? toTexts(reply, mode) : 'OK';
}
