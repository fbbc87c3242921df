import { DataError } from '../errors.ts';
import type { Encoding, Integers } from '../protocol/reply-mode.ts';
import type { ClusterReadFrom } from '../topology/read-policy.ts';
import type { HostAddress } from '../topology/sentinel-address.ts';
import type { ClusterAddressRemap } from '../topology/topology.ts';
import { check, FLAG, isObject, oneOf, whole, type Rule } from './option-rule.ts';
import { checkTogether, joined, RULES, type AnyOptions, type ServerOptions } from './options.ts';
import { parseUrl } from './url.ts';

/** How a client of a cluster is made: as any other, but for these. Whatever is said of a connection holds for those to all nodes. */
export interface ValkeyClusterOptions<E extends Encoding = 'utf8', I extends Integers = 'number'> extends Omit<
  ServerOptions<E, I>,
  'path' | 'singleConnectionClient' | 'readFrom'
> {
  /**
   * Some nodes, as `{ host, port }` or `'host:port'`: from any of them the client learns of the others. They are kept, and their names
   * resolved anew, for when no other node answers. `host` and `port`, or those in `url`, are one more.
   */
  readonly startupNodes?: readonly (HostAddress | string)[];
  /** Refuses to work with a cluster in which a slot has no owner. Default false: only commands of such slots fail. */
  readonly requireFullCoverage?: boolean;
  /**
   * Where commands go that only read keys. Replicas may answer with what was true a moment ago.
   *
   * `'primary'` (default); `'replica'`: the replicas in turn, the primary when there are none; `'preferReplica'`: those that are connected;
   * `'nearestAz'`: replicas, else the primary, in `availabilityZone`, else any; `'lowestLatency'`: whichever answers a PING soonest.
   */
  readonly readFrom?: ClusterReadFrom;
  /** The zone that this client is in, for `readFrom: 'nearestAz'`. */
  readonly availabilityZone?: string;
  /** Asks nodes that were found for the others, too; without it the startup nodes only. Default true. */
  readonly dynamicStartupNodes?: boolean;
  /** Asks for the whole map of slots after so many MOVED replies, each of which patches it at once; 0 is never. Default 1. */
  readonly reinitializeSteps?: number;
  /** Gives the address by which a node is reached, for the one that it announces: for NAT, containers and tunnels. It must not be async. */
  readonly addressRemap?: ClusterAddressRemap;
  /**
   * What becomes of `mget`, `mset`, `del`, `unlink`, `exists` and `touch` whose keys have several slots: `'split'` (default) sends one command per slot,
   * which is not atomic; `'error'` rejects with a `CrossSlotError`, and sends nothing.
   */
  readonly crossSlot?: 'split' | 'error';
}

/** Options of any encoding and integers, as they are handled inside. */
export type AnyClusterOptions = ValkeyClusterOptions<Encoding, Integers>;

const ADDRESS = /^(?:\[([^[\]]+)\]|([^:]+)):(\d{1,5})$/;
const DEFAULT_PORT = 6379;

const isPort = whole(1, 65535);
const isAddress = (value: unknown): boolean =>
  typeof value === 'string'
    ? isPort(Number(ADDRESS.exec(value)?.[3]))
    : isObject(value) &&
      typeof (value as HostAddress).host === 'string' &&
      (value as HostAddress).host !== '' &&
      isPort((value as HostAddress).port);

const { path: _path, singleConnectionClient: _single, ...OF_NODES } = RULES;

const CLUSTER_RULES: Readonly<Record<keyof AnyClusterOptions, Rule>> = {
  ...OF_NODES,
  startupNodes: [
    (value) => Array.isArray(value) && value.every(isAddress),
    "an array of addresses, each { host, port } or 'host:port'",
  ],
  requireFullCoverage: FLAG,
  readFrom: [
    oneOf('primary', 'replica', 'preferReplica', 'nearestAz', 'lowestLatency'),
    "'primary', 'replica', 'preferReplica', 'nearestAz' or 'lowestLatency'",
  ],
  availabilityZone: [(value) => typeof value === 'string' && value !== '', 'the name of a zone'],
  dynamicStartupNodes: FLAG,
  reinitializeSteps: [whole(0), 'a whole number from 0 up'],
  addressRemap: [(value) => typeof value === 'function', 'a function'],
  crossSlot: [oneOf('split', 'error'), "'split' or 'error'"],
};

/** The options of a client of a cluster, checked, and apart. */
export interface GivenClusterOptions {
  readonly cluster: AnyClusterOptions;
  /** What every client knows. */
  readonly server: AnyOptions;
  readonly startupNodes: readonly HostAddress[];
}

/** Reads the options of a client of a cluster, from an object, a URL or both. The URL's win. */
export function givenClusterOptions(given: AnyClusterOptions | string): GivenClusterOptions {
  const options: unknown = typeof given === 'string' ? { url: given } : given;
  if (!isObject(options)) throw new DataError('the options must be an object or a URL', { code: 'INVALID_OPTION' });
  check(options, CLUSTER_RULES, 'option of a cluster');
  const { url, ...beside } = options as AnyClusterOptions;
  const fromUrl = url === undefined ? {} : readUrl(url);
  const cluster: AnyClusterOptions = { ...beside, ...joined(plain(beside), plain(fromUrl)), ...nodesOf(fromUrl) };
  check(cluster, CLUSTER_RULES, 'option of a cluster');
  const server = plain(cluster);
  checkTogether(server);
  if (cluster.readFrom === 'nearestAz' && cluster.availabilityZone === undefined) {
    throw new DataError("readFrom: 'nearestAz' needs the option availabilityZone", { code: 'INVALID_OPTION' });
  }
  const startupNodes = (cluster.startupNodes ?? []).map(addressOf);
  const { host, port = DEFAULT_PORT } = cluster;
  if (host !== undefined) startupNodes.push({ host, port });
  if (startupNodes.length === 0) {
    throw new DataError('a cluster needs startupNodes, host or url, to be found by', { code: 'INVALID_OPTION' });
  }
  return { cluster, server, startupNodes };
}

/** `'host:port'` and `{ host, port }` alike. */
export function addressOf(address: HostAddress | string): HostAddress {
  if (typeof address !== 'string') return { host: address.host, port: address.port };
  const [, v6, host, port] = ADDRESS.exec(address) ?? [];
  return { host: v6 ?? host ?? '', port: Number(port) };
}

function readUrl(url: string): AnyClusterOptions {
  const parsed = parseUrl(url);
  if (parsed.topology === 'sentinel') {
    throw new DataError('the URL names Sentinels, not a cluster', { code: 'INVALID_URL' });
  }
  const { topology: _, ...options } = parsed;
  if ('path' in options && options.path !== undefined) {
    throw new DataError('the nodes of a cluster have no Unix sockets', { code: 'INVALID_URL' });
  }
  return options;
}

function nodesOf({ startupNodes }: AnyClusterOptions): AnyClusterOptions {
  return startupNodes === undefined ? {} : { startupNodes };
}

/** Without what is of clusters only. */
function plain(options: AnyClusterOptions): AnyOptions {
  const {
    startupNodes: _1,
    requireFullCoverage: _2,
    readFrom: _3,
    availabilityZone: _4,
    dynamicStartupNodes: _5,
    reinitializeSteps: _6,
    addressRemap: _7,
    crossSlot: _8,
    ...rest
  } = options;
  return rest;
}
