import type { ReplyMode } from '../protocol/reply-mode.ts';
import { type Int, type Many, checkOptions, isObject, listOf, optionsOf, refuse } from './argument.ts';
import { type ClusterInfoReply, toClusterInfo } from './info.ts';
import type { ScanOptions, ScanPage } from './key.ts';
import { toObject, toPropertyName, toText } from './reply.ts';
import type { FlushOptions } from './server.ts';
import { type Spec, command } from './spec.ts';
import { Executor, type Integer, type Key, type Result, type Surface, type Text, type Value } from './surface.ts';

const ASKING: Spec = command('ASKING');
const CLUSTER_ADDSLOTS: Spec = command('CLUSTER ADDSLOTS');
const CLUSTER_ADDSLOTSRANGE: Spec = command('CLUSTER ADDSLOTSRANGE');
const CLUSTER_BUMPEPOCH: Spec = command('CLUSTER BUMPEPOCH');
const CLUSTER_CANCELSLOTMIGRATIONS: Spec = command('CLUSTER CANCELSLOTMIGRATIONS');
const CLUSTER_COUNT_FAILURE_REPORTS: Spec = command('CLUSTER COUNT-FAILURE-REPORTS');
const CLUSTER_COUNTKEYSINSLOT: Spec = command('CLUSTER COUNTKEYSINSLOT');
const CLUSTER_DELSLOTS: Spec = command('CLUSTER DELSLOTS');
const CLUSTER_DELSLOTSRANGE: Spec = command('CLUSTER DELSLOTSRANGE');
const CLUSTER_FAILOVER: Spec = command('CLUSTER FAILOVER');
const CLUSTER_FLUSHSLOT: Spec = command('CLUSTER FLUSHSLOT');
const CLUSTER_FLUSHSLOTS: Spec = command('CLUSTER FLUSHSLOTS');
const CLUSTER_FORGET: Spec = command('CLUSTER FORGET');
const CLUSTER_GETKEYSINSLOT: Spec = command('CLUSTER GETKEYSINSLOT');
const CLUSTER_GETSLOTMIGRATIONS: Spec = command('CLUSTER GETSLOTMIGRATIONS');
const CLUSTER_HELP: Spec = command('CLUSTER HELP');
const CLUSTER_INFO: Spec = command('CLUSTER INFO');
const CLUSTER_KEYSLOT: Spec = command('CLUSTER KEYSLOT');
const CLUSTER_LINKS: Spec = command('CLUSTER LINKS');
const CLUSTER_MEET: Spec = command('CLUSTER MEET');
const CLUSTER_MIGRATESLOTS: Spec = command('CLUSTER MIGRATESLOTS');
const CLUSTER_MYID: Spec = command('CLUSTER MYID');
const CLUSTER_MYSHARDID: Spec = command('CLUSTER MYSHARDID');
const CLUSTER_NODES: Spec = command('CLUSTER NODES');
const CLUSTER_REPLICAS: Spec = command('CLUSTER REPLICAS');
const CLUSTER_REPLICATE: Spec = command('CLUSTER REPLICATE');
const CLUSTER_RESET: Spec = command('CLUSTER RESET');
const CLUSTER_SAVECONFIG: Spec = command('CLUSTER SAVECONFIG');
const CLUSTER_SET_CONFIG_EPOCH: Spec = command('CLUSTER SET-CONFIG-EPOCH');
const CLUSTER_SETSLOT: Spec = command('CLUSTER SETSLOT');
const CLUSTER_SHARDS: Spec = command('CLUSTER SHARDS');
const CLUSTER_SLAVES: Spec = command('CLUSTER SLAVES');
const CLUSTER_SLOT_STATS: Spec = command('CLUSTER SLOT-STATS');
const CLUSTER_SLOTS: Spec = command('CLUSTER SLOTS');
const CLUSTERSCAN: Spec = command('CLUSTERSCAN');
const READONLY: Spec = command('READONLY');
const READWRITE: Spec = command('READWRITE');

/** Slots that follow one another, both ends included. */
export interface SlotRange<I extends Int = number> {
  readonly start: I;
  readonly end: I;
}

/** A node as another one sees it. */
export interface ClusterNode {
  readonly id: string;
  /** The address for clients; empty when it is not known. */
  readonly host: string;
  readonly port: number;
  /** The port for other nodes. */
  readonly busPort?: number;
  /** The name it announces. */
  readonly hostname?: string;
  /** What else stands with the address, such as `shard-id`. */
  readonly aux: { readonly [name: string]: string };
  /** In the server's words: `myself`, `master`, `slave`, `fail?`, `fail`, `handshake`, `noaddr`, `nofailover`; none is an empty list. */
  readonly flags: string[];
  /** The id of the primary it is a replica of; `null` for a primary. */
  readonly primaryId: string | null;
  /** Unix times in milliseconds: of the ping that waits for an answer, and of the last answer; 0 for none. */
  readonly pingSent: number;
  readonly pongReceived: number;
  readonly configEpoch: number;
  /** `connected` or `disconnected`. */
  readonly linkState: string;
  readonly slots: SlotRange[];
  /** Slots on their way from it to another node, and from another node to it. Only the node that is asked tells its own. */
  readonly migrating: SlotMove[];
  readonly importing: SlotMove[];
}

/** A slot, and the node it goes to or comes from. */
export interface SlotMove {
  readonly slot: number;
  readonly nodeId: string;
}

/** Slots, and who serves them. */
export interface ClusterSlotsReply extends SlotRange {
  readonly primary: ClusterSlotsNode;
  readonly replicas: ClusterSlotsNode[];
}

/** A node that serves slots. What else a newer server tells is there too, its name in camelCase. */
export interface ClusterSlotsNode {
  /** Its address for clients. `null` and `''` mean the one that was used to ask, `?` a name that is not known. */
  readonly host: string | null;
  readonly port: number;
  readonly id: string;
  /** Its other addresses. */
  readonly ip?: string;
  readonly hostname?: string;
  readonly availabilityZone?: string;
  readonly [field: string]: unknown;
}

/** A primary and its replicas, and the slots they serve. */
export interface ClusterShard<I> {
  /** Servers before 9.1 do not tell. */
  readonly id?: string;
  readonly slots: SlotRange[];
  readonly nodes: ClusterShardNode<I>[];
  readonly [field: string]: unknown;
}

/** A node of a shard. What a newer server tells besides is there too, its name in camelCase. */
export interface ClusterShardNode<I> {
  readonly id: string;
  /** At least one of the two. */
  readonly port?: number;
  readonly tlsPort?: number;
  readonly ip: string;
  /** The address clients should use; empty or `?` when it is not known. */
  readonly endpoint: string;
  readonly hostname?: string;
  readonly availabilityZone?: string;
  readonly role: 'primary' | 'replica';
  readonly replicationOffset: I;
  /** `online`, `loading`, or `fail` (`failed` on older servers). */
  readonly health: string;
  readonly [field: string]: unknown;
}

/** A connection between nodes, of which there are two to each. */
export interface ClusterLink<I> {
  /** Made by this node (`to`), or by the other one (`from`). */
  readonly direction: 'to' | 'from';
  /** The id of the other node. */
  readonly node: string;
  /** Unix time in milliseconds. */
  readonly createTime: I;
  /** What it waits for: `r` to read, `w` to write. */
  readonly events: string;
  /** Bytes. */
  readonly sendBufferAllocated: I;
  readonly sendBufferUsed: I;
  readonly [field: string]: unknown;
}

/** What a slot is worth. All but the keys need `cluster-slot-stats-enabled`. What a newer server tells besides is there too. */
export interface SlotStats<I> {
  readonly slot: number;
  readonly keyCount: I;
  /** Microseconds. */
  readonly cpuUsec?: I;
  /** Bytes. */
  readonly memoryBytes?: I;
  readonly networkBytesIn?: I;
  readonly networkBytesOut?: I;
  readonly [field: string]: unknown;
}

/** Which slots `clusterSlotStats` tells of: those in a range, or the first by one of the statistics. */
export type ClusterSlotStatsFilter =
  | {
      readonly slotsrange: SlotRange<Int>;
      readonly orderby?: undefined;
      readonly limit?: undefined;
      readonly order?: undefined;
    }
  | {
      readonly orderby:
        | 'key-count'
        | 'cpu-usec'
        | 'memory-bytes'
        | 'network-bytes-in'
        | 'network-bytes-out'
        | (string & {});
      /** How many slots; all without it. */
      readonly limit?: Int | undefined;
      /** The largest first is the default. */
      readonly order?: 'asc' | 'desc' | undefined;
      readonly slotsrange?: undefined;
    };

/** Slots that are to go to a node. */
export interface SlotMigrationTarget {
  readonly slotsrange: Many<SlotRange<Int>>;
  /** The id of the node they go to. */
  readonly node: string;
}

/** A migration of slots, as one of the two nodes sees it. What a newer server tells besides is there too. */
export interface SlotMigration<I> {
  /** The same on both nodes. */
  readonly name: string;
  /** What it is to the node that was asked. */
  readonly operation: 'EXPORT' | 'IMPORT';
  readonly slotRanges: SlotRange[];
  readonly targetNode: string;
  readonly sourceNode: string;
  /** Unix times in seconds. */
  readonly createTime: I;
  readonly lastUpdateTime: I;
  readonly lastAckTime?: I;
  /** `success`, `failed`, `cancelled`, or the step it is at. */
  readonly state: string;
  /** Why it failed; empty otherwise. */
  readonly message: string;
  /** Bytes: copied while the snapshot was made, and still to send. */
  readonly cowSize?: I;
  readonly remainingReplSize?: I;
  readonly [field: string]: unknown;
}

/** What a slot becomes on the node: exactly one of the first four. */
export type ClusterSetslotOptions = {
  /** The slot is served until the primary and its replicas know, at most so many milliseconds. */
  readonly timeout?: Int | undefined;
} & (
  | {
      /** It comes from the node with this id. */
      readonly importing: string;
      readonly migrating?: undefined;
      readonly node?: undefined;
      readonly stable?: undefined;
    }
  | {
      /** It goes to the node with this id. */
      readonly migrating: string;
      readonly importing?: undefined;
      readonly node?: undefined;
      readonly stable?: undefined;
    }
  | {
      /** It belongs to the node with this id. */
      readonly node: string;
      readonly importing?: undefined;
      readonly migrating?: undefined;
      readonly stable?: undefined;
    }
  | {
      /** It no longer comes or goes. */
      readonly stable: true;
      readonly importing?: undefined;
      readonly migrating?: undefined;
      readonly node?: undefined;
    }
);

/** Options of `clusterFailover`. */
export interface ClusterFailoverOptions {
  /** Takes over without the primary's consent (`force`), or without that of the other primaries as well (`takeover`). */
  readonly mode?: 'force' | 'takeover' | undefined;
}

/** Options of `clusterReset`. */
export interface ClusterResetOptions {
  /** Also takes a new id and forgets the epochs (`hard`), or does not (`soft`), which is the default. */
  readonly mode?: 'hard' | 'soft' | undefined;
}

/** Options of `clusterscan`. */
export interface ClusterscanOptions extends ScanOptions {
  /** Gives only the keys of this slot. */
  readonly slot?: Int | undefined;
}

/** Commands on a cluster: its nodes, its slots, and their migration. */
export abstract class ClusterCommands<in out S extends Surface> extends Executor<S> {
  /**
   * Lets the next command of this connection use a slot that the node is importing, as an `ASK` redirection says.
   *
   * It belongs to a connection of its own: call it on a session. A client for clusters does so by itself.
   *
   * Complexity: O(1).
   *
   * @since 3.0.0
   * @example
   * ```ts
   * // in a cluster
   * await using session = await client.session();
   * await session.asking(); // => 'OK'
   * ```
   * @see https://valkey.io/commands/asking/
   */
  asking(): Result<S, 'OK'> {
    return this.send(ASKING, []);
  }

  /**
   * Assigns slots that nobody serves to this node.
   *
   * Rejects with a `ResponseError`, and assigns none, when one of them is taken or no slot.
   *
   * Complexity: O(N), N being the number of slots given.
   *
   * @since 3.0.0
   * @example
   * ```ts
   * // in a cluster
   * await client.clusterDelslots([1, 2]);
   * await client.clusterAddslots([1, 2]); // => 'OK'
   * ```
   * @see https://valkey.io/commands/cluster-addslots/
   */
  clusterAddslots(slots: Many<Int>): Result<S, 'OK'> {
    return this.send(CLUSTER_ADDSLOTS, listOf(CLUSTER_ADDSLOTS, slots, 'slot'));
  }

  /**
   * Assigns ranges of slots that nobody serves to this node, as `clusterAddslots` does.
   *
   * Complexity: O(N), N being the number of slots in the ranges.
   *
   * @since 7.0.0
   * @example
   * ```ts
   * // in a cluster
   * await client.clusterDelslotsrange([{ start: 1, end: 10 }, { start: 20, end: 30 }]);
   * await client.clusterAddslotsrange([{ start: 1, end: 10 }, { start: 20, end: 30 }]); // => 'OK'
   * ```
   * @see https://valkey.io/commands/cluster-addslotsrange/
   */
  clusterAddslotsrange(ranges: Many<SlotRange<Int>>): Result<S, 'OK'> {
    return this.send(CLUSTER_ADDSLOTSRANGE, pushRanges(CLUSTER_ADDSLOTSRANGE, [], ranges));
  }

  /**
   * Gives the node an epoch greater than all others, and a line that says so: `BUMPED 5`, or `STILL 5` when it has the greatest.
   *
   * Complexity: O(1).
   *
   * @since 3.0.0
   * @example
   * ```ts
   * // in a cluster
   * const line = await client.clusterBumpepoch();
   * ```
   * @see https://valkey.io/commands/cluster-bumpepoch/
   */
  clusterBumpepoch(): Result<S, string> {
    return this.send(CLUSTER_BUMPEPOCH, []);
  }

  /**
   * Calls off all migrations from and to this node that `clusterMigrateslots` began. Rejects with a `ResponseError` when there are none.
   *
   * Complexity: O(N), N being the number of migrations.
   *
   * @since 9.0.0
   * @example
   * ```ts
   * // in a cluster
   * await client.clusterCancelslotmigrations().catch((error) => error.message); // => 'ERR No migrations ongoing'
   * ```
   * @see https://valkey.io/commands/cluster-cancelslotmigrations/
   */
  clusterCancelslotmigrations(): Result<S, 'OK'> {
    return this.send(CLUSTER_CANCELSLOTMIGRATIONS, []);
  }

  /**
   * Gives how many nodes report to this one that they cannot reach the node with this id. Old reports are forgotten.
   *
   * Rejects with a `ResponseError` for an unknown node.
   *
   * Complexity: O(N), N being the number of reports.
   *
   * @since 3.0.0
   * @example
   * ```ts
   * // in a cluster
   * await client.clusterCountFailureReports(await client.clusterMyid()); // => 0
   * ```
   * @see https://valkey.io/commands/cluster-count-failure-reports/
   */
  clusterCountFailureReports(nodeId: string): Result<S, Integer<S>> {
    return this.send(CLUSTER_COUNT_FAILURE_REPORTS, [nodeId]);
  }

  /**
   * Gives how many keys this node holds in the slot; 0 for a slot of another node.
   *
   * Complexity: O(1).
   *
   * @since 3.0.0
   * @example
   * ```ts
   * // in a cluster
   * await client.mset({ '{user}:1': 'ada', '{user}:2': 'bob' });
   * await client.clusterCountkeysinslot(await client.clusterKeyslot('{user}:1')); // => 2
   * ```
   * @see https://valkey.io/commands/cluster-countkeysinslot/
   */
  clusterCountkeysinslot(slot: Int): Result<S, Integer<S>> {
    return this.send(CLUSTER_COUNTKEYSINSLOT, [slot]);
  }

  /**
   * Lets this node forget who serves these slots. Other nodes are not told.
   *
   * Rejects with a `ResponseError`, and forgets none, when one of them is unassigned or no slot.
   *
   * Complexity: O(N), N being the number of slots given.
   *
   * @since 3.0.0
   * @example
   * ```ts
   * // in a cluster
   * await client.clusterDelslots(1); // => 'OK'
   * await client.clusterAddslots(1);
   * ```
   * @see https://valkey.io/commands/cluster-delslots/
   */
  clusterDelslots(slots: Many<Int>): Result<S, 'OK'> {
    return this.send(CLUSTER_DELSLOTS, listOf(CLUSTER_DELSLOTS, slots, 'slot'));
  }

  /**
   * Lets this node forget who serves these ranges of slots, as `clusterDelslots` does.
   *
   * Complexity: O(N), N being the number of slots in the ranges.
   *
   * @since 7.0.0
   * @example
   * ```ts
   * // in a cluster
   * await client.clusterDelslotsrange({ start: 1, end: 10 }); // => 'OK'
   * await client.clusterAddslotsrange({ start: 1, end: 10 });
   * ```
   * @see https://valkey.io/commands/cluster-delslotsrange/
   */
  clusterDelslotsrange(ranges: Many<SlotRange<Int>>): Result<S, 'OK'> {
    return this.send(CLUSTER_DELSLOTSRANGE, pushRanges(CLUSTER_DELSLOTSRANGE, [], ranges));
  }

  /**
   * Starts to make this replica the primary in place of its own, and answers at once: `role` tells when it is.
   *
   * Rejects with a `ResponseError` when the node is no replica, or, without a mode, when its primary is down.
   *
   * Complexity: O(1).
   *
   * @since 3.0.0
   * @example
   * ```ts
   * // in a cluster
   * await client.clusterFailover({ mode: 'force' }).catch((error) => error.code); // => 'ERR'
   * ```
   * @see https://valkey.io/commands/cluster-failover/
   */
  clusterFailover(options?: ClusterFailoverOptions): Result<S, 'OK'> {
    const { mode } = optionsOf(CLUSTER_FAILOVER, options);
    return this.send(CLUSTER_FAILOVER, mode === undefined ? [] : [mode]);
  }

  /**
   * Deletes the keys of the slot on this node.
   *
   * Complexity: O(N), N being the number of keys in the slot.
   *
   * @since 9.0.0
   * @example
   * ```ts
   * // in a cluster
   * await client.set('a', 1);
   * await client.clusterFlushslot(await client.clusterKeyslot('a'), { mode: 'sync' }); // => 'OK'
   * await client.exists('a'); // => 0
   * ```
   * @see https://valkey.io/commands/cluster-flushslot/
   */
  clusterFlushslot(slot: Int, options?: FlushOptions): Result<S, 'OK'> {
    const { mode } = optionsOf(CLUSTER_FLUSHSLOT, options);
    return this.send(CLUSTER_FLUSHSLOT, mode === undefined ? [slot] : [slot, mode]);
  }

  /**
   * Lets the node forget all slots it serves. Rejects with a `ResponseError` when it holds keys.
   *
   * Complexity: O(1).
   *
   * @since 3.0.0
   * @example
   * ```ts
   * // in a cluster
   * await client.clusterFlushslots(); // => 'OK'
   * await client.clusterAddslotsrange({ start: 0, end: 16383 });
   * ```
   * @see https://valkey.io/commands/cluster-flushslots/
   */
  clusterFlushslots(): Result<S, 'OK'> {
    return this.send(CLUSTER_FLUSHSLOTS, []);
  }

  /**
   * Takes a node out of the list this one keeps, and does not let others put it back for a minute.
   *
   * To remove a node from a cluster, tell every other node within that minute.
   * Rejects with a `ResponseError` for an unknown node, the node itself, or its primary.
   *
   * Complexity: O(1).
   *
   * @since 3.0.0
   * @example
   * ```ts
   * // in a cluster
   * await client.clusterForget(await client.clusterMyid()).catch((error) => error.code); // => 'ERR'
   * ```
   * @see https://valkey.io/commands/cluster-forget/
   */
  clusterForget(nodeId: string): Result<S, 'OK'> {
    return this.send(CLUSTER_FORGET, [nodeId]);
  }

  /**
   * Gives up to `count` keys of the slot that this node holds.
   *
   * Complexity: O(N), N being `count`.
   *
   * @since 3.0.0
   * @example
   * ```ts
   * // in a cluster
   * await client.set('a', 1);
   * await client.clusterGetkeysinslot(await client.clusterKeyslot('a'), 10); // => ['a']
   * ```
   * @see https://valkey.io/commands/cluster-getkeysinslot/
   */
  clusterGetkeysinslot(slot: Int, count: Int): Result<S, Text<S>[]> {
    return this.send(CLUSTER_GETKEYSINSLOT, [slot, count]);
  }

  /**
   * Describes the migrations of slots from and to this node that are under way, and the last that ended.
   *
   * Complexity: O(N), N being the number of migrations.
   *
   * @since 9.0.0
   * @example
   * ```ts
   * // in a cluster
   * await client.clusterGetslotmigrations(); // => []
   * ```
   * @see https://valkey.io/commands/cluster-getslotmigrations/
   */
  clusterGetslotmigrations(): Result<S, SlotMigration<Integer<S>>[]> {
    return this.send(CLUSTER_GETSLOTMIGRATIONS, [], toMigrations<Integer<S>>);
  }

  /**
   * Gives the server's own help on CLUSTER, line by line.
   *
   * Complexity: O(1).
   *
   * @since 5.0.0
   * @example
   * ```ts
   * // in a cluster
   * const lines = await client.clusterHelp();
   * ```
   * @see https://valkey.io/commands/cluster-help/
   */
  clusterHelp(): Result<S, string[]> {
    return this.send(CLUSTER_HELP, []);
  }

  /**
   * Tells how the cluster is, as this node sees it: names in camelCase, numbers parsed.
   *
   * Complexity: O(1).
   *
   * @since 3.0.0
   * @example
   * ```ts
   * // in a cluster
   * const { clusterState, clusterSlotsOk, clusterKnownNodes } = await client.clusterInfo();
   * ```
   * @see https://valkey.io/commands/cluster-info/
   */
  clusterInfo(): Result<S, ClusterInfoReply> {
    return this.send(CLUSTER_INFO, [], toClusterInfo);
  }

  /**
   * Gives the slot of a key, 0 to 16383. Of a key with a part in braces, only that part counts.
   *
   * Complexity: O(N), N being the length of the key.
   *
   * @since 3.0.0
   * @example
   * ```ts
   * // in a cluster
   * await client.clusterKeyslot('user'); // => 5474
   * await client.clusterKeyslot('{user}:1'); // => 5474
   * ```
   * @see https://valkey.io/commands/cluster-keyslot/
   */
  clusterKeyslot(key: Key): Result<S, Integer<S>> {
    return this.send(CLUSTER_KEYSLOT, [key]);
  }

  /**
   * Describes the connections between this node and the others.
   *
   * Complexity: O(N), N being the number of nodes.
   *
   * @since 7.0.0
   * @example
   * ```ts
   * // in a cluster
   * await client.clusterLinks(); // => []
   * ```
   * @see https://valkey.io/commands/cluster-links/
   */
  clusterLinks(): Result<S, ClusterLink<Integer<S>>[]> {
    return this.send(CLUSTER_LINKS, [], toObjects<ClusterLink<Integer<S>>>);
  }

  /**
   * Lets this node connect to another, so that both are in one cluster, and answers before it has: `clusterNodes` tells.
   *
   * `ip` is an address, no name. The other nodes hear of it by themselves. The port for nodes is the port plus 10000 unless given.
   *
   * Complexity: O(1).
   *
   * @since 3.0.0; `clusterBusPort` 4.0.0
   * @example
   * ```ts
   * // in a cluster
   * await client.clusterMeet('name.example', 6379).catch((error) => error.code); // => 'ERR'
   * ```
   * @see https://valkey.io/commands/cluster-meet/
   */
  clusterMeet(ip: string, port: Int, clusterBusPort?: Int): Result<S, 'OK'> {
    return this.send(CLUSTER_MEET, clusterBusPort === undefined ? [ip, port] : [ip, port, clusterBusPort]);
  }

  /**
   * Starts to move slots with all they hold from this node to others, and answers at once: `clusterGetslotmigrations` tells how it goes.
   *
   * Each node gets all its slots in one step, so that no client sees a part of them.
   * Rejects with a `ResponseError` when the node does not serve a slot, or another migration has it.
   *
   * Complexity: O(N), N being the number of slots in the ranges.
   *
   * @since 9.0.0
   * @example
   * ```ts
   * // in a cluster
   * const node = await client.clusterMyid();
   * const slotsrange = [{ start: 0, end: 10 }, { start: 20, end: 20 }];
   * await client.clusterMigrateslots({ slotsrange, node }).catch((error) => error.code); // => 'ERR'
   * ```
   * @see https://valkey.io/commands/cluster-migrateslots/
   */
  clusterMigrateslots(targets: Many<SlotMigrationTarget>): Result<S, 'OK'> {
    return this.send(CLUSTER_MIGRATESLOTS, migrationArgs(targets));
  }

  /**
   * Gives the id of this node.
   *
   * Complexity: O(1).
   *
   * @since 3.0.0
   * @example
   * ```ts
   * // in a cluster
   * const id = await client.clusterMyid();
   * ```
   * @see https://valkey.io/commands/cluster-myid/
   */
  clusterMyid(): Result<S, string> {
    return this.send(CLUSTER_MYID, [], toText);
  }

  /**
   * Gives the id of this node's shard, which a primary and its replicas share.
   *
   * Complexity: O(1).
   *
   * @since 7.2.0
   * @example
   * ```ts
   * // in a cluster
   * const id = await client.clusterMyshardid();
   * ```
   * @see https://valkey.io/commands/cluster-myshardid/
   */
  clusterMyshardid(): Result<S, string> {
    return this.send(CLUSTER_MYSHARDID, [], toText);
  }

  /**
   * Describes the nodes of the cluster, as this node sees them. Those without a known address are among them.
   *
   * Complexity: O(N), N being the number of nodes.
   *
   * @since 3.0.0
   * @example
   * ```ts
   * // in a cluster
   * const nodes = await client.clusterNodes();
   * const [myself] = nodes.filter(({ flags }) => flags.includes('myself'));
   * ```
   * @see https://valkey.io/commands/cluster-nodes/
   */
  clusterNodes(): Result<S, ClusterNode[]> {
    return this.send(CLUSTER_NODES, [], toNodes);
  }

  /**
   * Describes the replicas of the primary with this id. Rejects with a `ResponseError` when it is unknown, or no primary.
   *
   * Complexity: O(N), N being the number of replicas.
   *
   * @since 5.0.0
   * @example
   * ```ts
   * // in a cluster
   * await client.clusterReplicas(await client.clusterMyid()); // => []
   * ```
   * @see https://valkey.io/commands/cluster-replicas/
   */
  clusterReplicas(nodeId: string): Result<S, ClusterNode[]> {
    return this.send(CLUSTER_REPLICAS, [nodeId], toNodeList);
  }

  /**
   * Makes this node a replica of the primary with this id, or, with `'no one'`, a primary without slots.
   *
   * Rejects with a `ResponseError` for an unknown node or a replica, and on a primary that has slots or keys.
   * With `'no one'` it drops what it holds.
   *
   * Complexity: O(1).
   *
   * @since 3.0.0; `'no one'` 9.0.0
   * @example
   * ```ts
   * // in a cluster
   * await client.clusterReplicate(await client.clusterMyid()).catch((error) => error.code); // => 'ERR'
   * ```
   * @see https://valkey.io/commands/cluster-replicate/
   */
  clusterReplicate(nodeId: string): Result<S, 'OK'> {
    if (typeof nodeId !== 'string' || nodeId === '') refuse(CLUSTER_REPLICATE, "needs the id of a node, or 'no one'");
    return this.send(CLUSTER_REPLICATE, nodeId === 'no one' ? ['NO', 'ONE'] : [nodeId]);
  }

  /**
   * Makes the node one that is in no cluster: it forgets all nodes and slots, and a replica drops what it holds.
   *
   * Rejects with a `ResponseError` on a primary that holds keys.
   *
   * Complexity: O(N), N being the number of nodes it knows.
   *
   * @since 3.0.0
   * @example
   * ```ts
   * // in a cluster
   * await client.clusterReset({ mode: 'soft' }); // => 'OK'
   * await client.clusterAddslotsrange({ start: 0, end: 16383 });
   * ```
   * @see https://valkey.io/commands/cluster-reset/
   */
  clusterReset(options?: ClusterResetOptions): Result<S, 'OK'> {
    const { mode } = optionsOf(CLUSTER_RESET, options);
    return this.send(CLUSTER_RESET, mode === undefined ? [] : [mode]);
  }

  /**
   * Lets the node write what it knows of the cluster to its disk.
   *
   * Complexity: O(1).
   *
   * @since 3.0.0
   * @example
   * ```ts
   * // in a cluster
   * await client.clusterSaveconfig(); // => 'OK'
   * ```
   * @see https://valkey.io/commands/cluster-saveconfig/
   */
  clusterSaveconfig(): Result<S, 'OK'> {
    return this.send(CLUSTER_SAVECONFIG, []);
  }

  /**
   * Sets the epoch of a node that is new: it knows no other node and has none. Rejects with a `ResponseError` otherwise.
   *
   * Complexity: O(1).
   *
   * @since 3.0.0
   * @example
   * ```ts
   * // in a cluster
   * await client.clusterSetConfigEpoch(0).catch((error) => error.code); // => 'ERR'
   * ```
   * @see https://valkey.io/commands/cluster-set-config-epoch/
   */
  clusterSetConfigEpoch(configEpoch: Int): Result<S, 'OK'> {
    return this.send(CLUSTER_SET_CONFIG_EPOCH, [configEpoch]);
  }

  /**
   * Says what becomes of a slot on this node: it comes, it goes, it belongs to somebody, or none of it.
   *
   * Moving a slot this way is done key by key, with `migrate`; `clusterMigrateslots` does all of it.
   * Rejects with a `ResponseError` when the node may not do so, such as to let a slot go that it does not have.
   *
   * Complexity: O(1).
   *
   * @since 3.0.0; `timeout` 8.0.0
   * @example
   * ```ts
   * // in a cluster
   * await client.clusterSetslot(1, { stable: true }); // => 'OK'
   * await client.clusterSetslot(1, { node: await client.clusterMyid(), timeout: 500 }); // => 'OK'
   * ```
   * @see https://valkey.io/commands/cluster-setslot/
   */
  clusterSetslot(slot: Int, options: ClusterSetslotOptions): Result<S, 'OK'> {
    return this.send(CLUSTER_SETSLOT, setslotArgs(slot, options));
  }

  /**
   * Gives the shards of the cluster: the slots of each, and its nodes.
   *
   * Complexity: O(N), N being the number of nodes.
   *
   * @since 7.0.0
   * @example
   * ```ts
   * // in a cluster
   * const [shard] = await client.clusterShards();
   * const [node] = shard?.nodes ?? [];
   * ```
   * @see https://valkey.io/commands/cluster-shards/
   */
  clusterShards(): Result<S, ClusterShard<Integer<S>>[]> {
    return this.send(CLUSTER_SHARDS, [], toShards<Integer<S>>);
  }

  /**
   * Does the same as `clusterReplicas`, which is the name to use.
   *
   * Complexity: O(N), N being the number of replicas.
   *
   * @since 3.0.0
   * @example
   * ```ts
   * // in a cluster
   * await client.clusterSlaves(await client.clusterMyid()); // => []
   * ```
   * @see https://valkey.io/commands/cluster-slaves/
   */
  clusterSlaves(nodeId: string): Result<S, ClusterNode[]> {
    return this.send(CLUSTER_SLAVES, [nodeId], toNodeList);
  }

  /**
   * Gives statistics of slots of this node: of those in a range, or in the order of one statistic.
   *
   * Slots of other nodes are left out.
   *
   * Complexity: O(N), N being the number of slots in the range; O(N log N) for an order, N being the number of slots of the node.
   *
   * @since 8.0.0
   * @example
   * ```ts
   * // in a cluster
   * await client.set('user', 'ada');
   * await client.clusterSlotStats({ slotsrange: { start: 5474, end: 5474 } }); // => [{ slot: 5474, keyCount: 1 }]
   * await client.clusterSlotStats({ orderby: 'key-count', limit: 1 }); // => [{ slot: 5474, keyCount: 1 }]
   * ```
   * @see https://valkey.io/commands/cluster-slot-stats/
   */
  clusterSlotStats(filter: ClusterSlotStatsFilter): Result<S, SlotStats<Integer<S>>[]> {
    return this.send(CLUSTER_SLOT_STATS, slotStatsArgs(filter), toSlotStats<Integer<S>>);
  }

  /**
   * Gives ranges of slots, and the primary and the replicas that serve each. Slots that nobody serves are missing.
   *
   * Complexity: O(N), N being the number of nodes.
   *
   * @since 3.0.0; ids 4.0.0, names 7.0.0, availability zones 9.1.0
   * @example
   * ```ts
   * // in a cluster
   * await client.clusterSlots().then(([range]) => [range?.start, range?.end]); // => [0, 16383]
   * ```
   * @see https://valkey.io/commands/cluster-slots/
   */
  clusterSlots(): Result<S, ClusterSlotsReply[]> {
    return this.send(CLUSTER_SLOTS, [], toSlots);
  }

  /**
   * Gives one page of the keys of the cluster, slot by slot, and the cursor of the next. Start with `'0'`; it is over when it is `'0'` again.
   *
   * The cursor is a key of its slot, so that the node that has the keys answers; a page may be empty. Keys that are there all the while are
   * given at least once, though slots move. Rejects with a `ResponseError` for something that is no cursor.
   *
   * Complexity: O(N) for a page, N being the number of keys in it.
   *
   * @since 9.1.0
   * @example
   * ```ts
   * // in a cluster
   * await client.set('user', 'ada');
   * let { cursor, keys } = await client.clusterscan('0', { slot: 5474 });
   * while (cursor !== '0') ({ cursor, keys } = await client.clusterscan(cursor, { slot: 5474, count: 100 }));
   * ```
   * @see https://valkey.io/commands/clusterscan/
   */
  clusterscan(cursor: Value, options: ClusterscanOptions = {}): Result<S, ScanPage<Text<S>>> {
    checkOptions(CLUSTERSCAN, options);
    const args: Value[] = [cursor];
    if (options.match !== undefined) args.push('MATCH', options.match);
    if (options.count !== undefined) args.push('COUNT', options.count);
    if (options.type !== undefined) args.push('TYPE', options.type);
    if (options.slot !== undefined) args.push('SLOT', options.slot);
    return this.send(CLUSTERSCAN, args, toPage<Text<S>>);
  }

  /**
   * Lets this connection read from a replica of a cluster, what it reads being possibly old. It holds after a reconnect too.
   *
   * Complexity: O(1).
   *
   * @since 3.0.0
   * @example
   * ```ts
   * // in a cluster
   * await client.readonly(); // => 'OK'
   * ```
   * @see https://valkey.io/commands/readonly/
   */
  readonly(): Result<S, 'OK'> {
    return this.send(READONLY, []);
  }

  /**
   * Takes back what `readonly` allowed: a replica refers all reads to its primary.
   *
   * Complexity: O(1).
   *
   * @since 3.0.0
   * @example
   * ```ts
   * // in a cluster
   * await client.readwrite(); // => 'OK'
   * ```
   * @see https://valkey.io/commands/readwrite/
   */
  readwrite(): Result<S, 'OK'> {
    return this.send(READWRITE, []);
  }
}

function pushRanges(spec: Spec, args: Value[], ranges: Many<SlotRange<Int>>): Value[] {
  const list = (Array.isArray(ranges) ? ranges : [ranges]) as readonly SlotRange<Int>[];
  if (list.length === 0) refuse(spec, 'needs at least one range');
  for (const range of list) {
    if (!isObject(range)) refuse(spec, 'needs ranges { start, end }');
    args.push(range.start, range.end);
  }
  return args;
}

function migrationArgs(targets: Many<SlotMigrationTarget>): Value[] {
  const list = (Array.isArray(targets) ? targets : [targets]) as readonly SlotMigrationTarget[];
  if (list.length === 0) refuse(CLUSTER_MIGRATESLOTS, 'needs at least one target');
  const args: Value[] = [];
  for (const target of list) {
    if (!isObject(target)) refuse(CLUSTER_MIGRATESLOTS, 'needs targets { slotsrange, node }');
    args.push('SLOTSRANGE');
    pushRanges(CLUSTER_MIGRATESLOTS, args, target.slotsrange);
    args.push('NODE', target.node);
  }
  return args;
}

function setslotArgs(slot: Int, options: ClusterSetslotOptions): Value[] {
  if (!isObject(options)) refuse(CLUSTER_SETSLOT, 'needs an object that says what becomes of the slot');
  const { importing, migrating, node, stable, timeout } = options;
  const args: Value[] = [slot];
  let states = 0;
  for (const [token, nodeId] of [
    ['IMPORTING', importing],
    ['MIGRATING', migrating],
    ['NODE', node],
  ] as const) {
    if (nodeId === undefined) continue;
    args.push(token, nodeId);
    states++;
  }
  if (stable) {
    args.push('STABLE');
    states++;
  }
  if (states !== 1) refuse(CLUSTER_SETSLOT, 'needs exactly one of importing, migrating, node and stable');
  if (timeout !== undefined) args.push('TIMEOUT', timeout);
  return args;
}

function slotStatsArgs(filter: ClusterSlotStatsFilter): Value[] {
  if (!isObject(filter)) refuse(CLUSTER_SLOT_STATS, 'needs an object with slotsrange or orderby');
  const { slotsrange, orderby, limit, order } = filter;
  if ((slotsrange === undefined) === (orderby === undefined)) {
    refuse(CLUSTER_SLOT_STATS, 'needs either slotsrange or orderby');
  }
  if (slotsrange !== undefined) {
    if ((limit ?? order) !== undefined) refuse(CLUSTER_SLOT_STATS, 'takes limit and order only with orderby');
    return pushRanges(CLUSTER_SLOT_STATS, ['SLOTSRANGE'], slotsrange);
  }
  const args: Value[] = ['ORDERBY', orderby];
  if (limit !== undefined) args.push('LIMIT', limit);
  if (order !== undefined) args.push(order);
  return args;
}

function toNodes(reply: unknown, mode: ReplyMode): ClusterNode[] {
  const lines = toText(reply, mode).split('\n');
  return lines.filter((line) => line !== '').map(parseNode);
}

function toNodeList(reply: unknown, mode: ReplyMode): ClusterNode[] {
  return (reply as unknown[]).map((line) => parseNode(toText(line, mode)));
}

/** Reads `id host:port@busPort,hostname,name=value flags primary ping pong epoch link slot start-end [slot->-id] [slot-<-id]`. */
function parseNode(line: string): ClusterNode {
  const [id = '', address = '', flags = '', primary = '-', ping, pong, epoch, linkState = '', ...slots] = line
    .trimEnd()
    .split(' ');
  return {
    id,
    ...parseAddress(address),
    flags: flags === 'noflags' ? [] : flags.split(','),
    primaryId: primary === '-' ? null : primary,
    pingSent: Number(ping),
    pongReceived: Number(pong),
    configEpoch: Number(epoch),
    linkState,
    slots: slots.filter((slot) => !slot.startsWith('[')).map(parseRange),
    migrating: parseMoves(slots, '->-'),
    importing: parseMoves(slots, '-<-'),
  };
}

/** The host may be an IPv6 address, or empty; old servers tell no bus port. */
function parseAddress(text: string): Pick<ClusterNode, 'host' | 'port' | 'busPort' | 'hostname' | 'aux'> {
  const [address = '', hostname = '', ...aux] = text.split(',');
  const [endpoint = '', busPort] = address.split('@');
  const colon = endpoint.lastIndexOf(':');
  return {
    host: endpoint.slice(0, colon),
    port: Number(endpoint.slice(colon + 1)),
    ...(busPort === undefined ? {} : { busPort: Number(busPort) }),
    ...(hostname === '' ? {} : { hostname }),
    aux: Object.fromEntries(aux.map(parseAux)),
  };
}

function parseAux(text: string): [name: string, value: string] {
  const at = text.indexOf('=');
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

/** Reads `0-100`, or `7` alone. */
function parseRange(text: string): SlotRange {
  const [start, end = start] = text.split('-');
  return { start: Number(start), end: Number(end) };
}

/** Reads those of `[93-<-id]` and `[93->-id]` that have this arrow. */
function parseMoves(slots: readonly string[], arrow: string): SlotMove[] {
  const moves: SlotMove[] = [];
  for (const text of slots) {
    const at = text.indexOf(arrow);
    if (text.startsWith('[') && at > 0) moves.push({ slot: Number(text.slice(1, at)), nodeId: text.slice(at + 3, -1) });
  }
  return moves;
}

export function toSlots(reply: unknown, mode: ReplyMode): ClusterSlotsReply[] {
  return (reply as [unknown, unknown, ...unknown[][]][]).map(([start, end, primary, ...replicas]) => ({
    start: Number(start),
    end: Number(end),
    primary: toSlotsNode(primary!, mode),
    replicas: replicas.map((replica) => toSlotsNode(replica, mode)),
  }));
}

function toSlotsNode([host, port, id, metadata]: unknown[], mode: ReplyMode): ClusterSlotsNode {
  return {
    ...toObject(metadata ?? [], mode),
    host: host === null ? null : toText(host, mode),
    port: Number(port),
    id: id === undefined ? '' : toText(id, mode),
  };
}

function toShards<I>(reply: unknown, mode: ReplyMode): ClusterShard<I>[] {
  return (reply as unknown[]).map((shard) => toShard<I>(shard, mode));
}

function toShard<I>(reply: unknown, mode: ReplyMode): ClusterShard<I> {
  const { slots, nodes, ...rest } = toObject(reply, mode) as { slots: unknown[]; nodes: unknown[] };
  const ranges: SlotRange[] = [];
  for (let i = 0; i < slots.length; i += 2) ranges.push({ start: Number(slots[i]), end: Number(slots[i + 1]) });
  return { ...rest, slots: ranges, nodes: nodes.map((node) => toShardNode<I>(node, mode)) };
}

function toShardNode<I>(reply: unknown, mode: ReplyMode): ClusterShardNode<I> {
  // Its texts are strings already: the shard around it was read first.
  const { port, tlsPort, role, ...rest } = toObject(reply, { ...mode, encoding: 'utf8' });
  return {
    ...rest,
    ...(port === undefined ? {} : { port: Number(port) }),
    ...(tlsPort === undefined ? {} : { tlsPort: Number(tlsPort) }),
    role: role === 'master' || role === 'primary' ? 'primary' : 'replica',
  } as ClusterShardNode<I>;
}

function toObjects<T>(reply: unknown, mode: ReplyMode): T[] {
  return (reply as unknown[]).map((each) => toObject(each, mode) as T);
}

/** There may be a row for each of 16384 slots, all of the same names: these are made once. */
function toSlotStats<I>(reply: unknown, mode: ReplyMode): SlotStats<I>[] {
  const properties = new Map<string, string>();
  const rows: SlotStats<I>[] = [];
  for (const [slot, flat] of reply as [unknown, unknown[]][]) {
    const row: Record<string, unknown> = { slot: Number(slot) };
    for (let i = 0; i < flat.length; i += 2) {
      const name = toText(flat[i], mode);
      let property = properties.get(name);
      if (property === undefined) {
        property = toPropertyName(name);
        properties.set(name, property);
      }
      row[property] = flat[i + 1];
    }
    rows.push(row as unknown as SlotStats<I>);
  }
  return rows;
}

function toMigrations<I>(reply: unknown, mode: ReplyMode): SlotMigration<I>[] {
  return (reply as unknown[]).map((migration) => toMigration<I>(migration, mode));
}

/** Ranges come as `0-1 10-10`. */
function toMigration<I>(reply: unknown, mode: ReplyMode): SlotMigration<I> {
  const { slotRanges, ...rest } = toObject(reply, mode) as { slotRanges: string };
  const ranges = slotRanges.split(' ').filter((range) => range !== '');
  return { ...rest, slotRanges: ranges.map(parseRange) } as SlotMigration<I>;
}

function toPage<T>(reply: unknown, mode: ReplyMode): ScanPage<T> {
  const [cursor, keys] = reply as [unknown, T[]];
  return { cursor: toText(cursor, mode), keys };
}
