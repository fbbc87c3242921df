import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Certificate } from './certificate.ts';
import { ClusterNode } from './cluster-node.ts';
import type { Administrator, NodeServer } from './server-node.ts';
import { seenNodes, signatureOf } from './cluster-view.ts';
import type { SeenNode } from './cluster-view.ts';
import type { ServerVersion } from './server-version.ts';
import { migrateAtomically, SlotMigration } from './slot-migration.ts';

const SLOTS = 16_384;
const POLL_INTERVAL = 50;
/** Servers of a cluster take no writes in the first two seconds, and the machine may be busy. */
const SETTLE_TIMEOUT = 60_000;
const NODE_TIMEOUT = 2_000;
/** A manual failover that the primary does not answer is given up after five seconds. */
const FAILOVER_PATIENCE = 6_000;
/** So many slots are moved at a time, key by key. */
const CLASSIC_BATCH = 256;

/** How to start a cluster. */
export interface ClusterOptions {
  /** How many primaries; the slots are spread over them evenly. Default 3. */
  readonly primaries?: number;
  /** How many replicas each primary has; default none. */
  readonly replicas?: number;
  /** The line of releases; default `VALKEY_VERSION`, else `9.1`. */
  readonly version?: ServerVersion;
  /** `true` opens a TLS port besides the plain one, `'only'` instead of it; servers talk TLS to each other then. Default `false`. */
  readonly tls?: boolean | 'only';
  /** The password of the default user; default none. */
  readonly password?: string;
  /** Users, each as an ACL rule: `'reader on >secret ~* +@read'`; `'default off'` leaves none but these. */
  readonly acl?: readonly string[];
  /** What the servers tell clients of their addresses: `'ip'` (default), `'hostname'`, or `'unknown'`: that it is the one they dialled. */
  readonly announce?: 'ip' | 'hostname' | 'unknown';
  /** The name that is announced with `announce: 'hostname'`; default `localhost`. */
  readonly hostname?: string;
  /** After how many milliseconds without an answer a server counts as failing; default 2000. */
  readonly nodeTimeout?: number;
  /** Further words of each server's command line. */
  readonly args?: readonly string[];
  /** The ports of the first servers, primaries first; default free ones. */
  readonly ports?: readonly number[];
}

/** How to move slots: key by key, as all versions can, or as a whole, as Valkey 9 can. */
export interface MigrateOptions {
  readonly mode?: 'classic' | 'atomic';
}

/** How a replica takes over: with its primary's consent (default), without it, or without anybody's. */
export interface FailoverOptions {
  readonly mode?: 'force' | 'takeover';
}

/** A slot, or the first and the last of several. */
export type SlotRange = number | readonly [first: number, last: number];

/** The options of one server, in the words of `ValkeyServer`. */
interface NodeServerOptions {
  readonly version?: ServerVersion;
  readonly args: readonly string[];
  readonly unixSocket: true;
  readonly tls?: boolean | 'only';
  readonly password?: string;
  readonly port?: number;
  readonly startTimeout: number;
}

export type StartServer = (options: NodeServerOptions) => Promise<NodeServer>;

/**
 * A real cluster for tests, on 127.0.0.1 and free ports, without persistence. Made by `ValkeyServer.startCluster()`.
 *
 * Its methods resolve when all servers agree on what was done. It never outlives this process. To start takes about three seconds,
 * two of which are the servers' own: they take no writes before.
 *
 * @example
 * await using cluster = await ValkeyServer.startCluster({ primaries: 3, replicas: 1 });
 * const client = new ValkeyCluster({ startupNodes: cluster.startupNodes });
 */
export class ClusterDeployment implements AsyncDisposable {
  readonly #start: StartServer;
  readonly #options: ClusterOptions;
  readonly #administrator: Administrator = { username: 'testing-kit', password: randomBytes(16).toString('hex') };
  readonly #nodes: ClusterNode[] = [];
  #certificates: { readonly ca: string; readonly client: Certificate } | undefined;
  #version = '';

  private constructor(start: StartServer, options: ClusterOptions) {
    this.#start = start;
    this.#options = options;
  }

  /** Use `ValkeyServer.startCluster()`. @internal */
  static async create(start: StartServer, options: ClusterOptions): Promise<ClusterDeployment> {
    const cluster = new ClusterDeployment(start, options);
    try {
      await cluster.#form();
    } catch (error) {
      await cluster.stop();
      throw error;
    }
    return cluster;
  }

  /** The servers: the first primaries, then their replicas, then those that were added. Roles change; ask `primaries()` for them. */
  get nodes(): readonly ClusterNode[] {
    return this.#nodes;
  }

  /** The addresses of all servers: the `startupNodes` option of a client. */
  get startupNodes(): { readonly host: string; readonly port: number }[] {
    return this.#nodes.map(({ host, port }) => ({ host, port }));
  }

  /** The address and the password of the first server as a URL: `valkey+cluster://`, or `valkeys+cluster://` with `tls: 'only'`. */
  get url(): string {
    const { tls, password } = this.#options;
    const credentials = password === undefined ? '' : `:${encodeURIComponent(password)}@`;
    const [first] = this.#nodes;
    return `${tls === 'only' ? 'valkeys' : 'valkey'}+cluster://${credentials}${first?.host}:${first?.port}`;
  }

  /** The certificate (PEM) of the authority that signed those of all servers. Throws unless the cluster was started with `tls`. */
  get ca(): string {
    return this.#requireCertificates().ca;
  }

  /** A certificate (PEM) the servers accept from a client. Throws unless the cluster was started with `tls`. */
  get clientCertificate(): Certificate {
    return this.#requireCertificates().client;
  }

  /** The servers' full version, such as `9.1.2`. */
  get version(): string {
    return this.#version;
  }

  /** The primaries that are not failing, in the order of `nodes`. */
  async primaries(): Promise<ClusterNode[]> {
    return this.#select(({ isPrimary, isFailed }) => isPrimary && !isFailed);
  }

  /** The replicas that are not failing: all, or those of one primary. */
  async replicas(primary?: ClusterNode): Promise<ClusterNode[]> {
    return this.#select(
      (seen) => !seen.isPrimary && !seen.isFailed && (primary === undefined || seen.primary === primary.id),
    );
  }

  /** The primary that has a slot, or the slot of a key. Rejects when there is none. */
  async primaryOf(slot: number | string): Promise<ClusterNode> {
    const serving = this.#serving();
    const wanted = typeof slot === 'number' ? slot : Number(await serving.call('CLUSTER', 'KEYSLOT', slot));
    const [found] = await this.#select(({ ranges }) =>
      ranges.some(([first, last]) => first <= wanted && wanted <= last),
    );
    if (found === undefined) throw new Error(`No server has the slot ${wanted}.`);
    return found;
  }

  /** Moves slots with their keys from one primary to another. All of them must be at `from`. */
  async migrateSlots(
    range: SlotRange,
    from: ClusterNode,
    to: ClusterNode,
    options: MigrateOptions = {},
  ): Promise<void> {
    const plan = await this.#plan(range, from, to);
    if (options.mode === 'atomic') {
      await migrateAtomically(plan);
    } else {
      for (let i = 0; i < plan.slots.length; i += CLASSIC_BATCH) {
        const batch = { ...plan, slots: plan.slots.slice(i, i + CLASSIC_BATCH) };
        await (await SlotMigration.begin(batch)).finish();
      }
    }
    await this.settled();
  }

  /** Opens slots for a migration key by key, to be gone on with by its methods: until then they are on the way. */
  async beginMigration(range: SlotRange, from: ClusterNode, to: ClusterNode): Promise<SlotMigration> {
    return SlotMigration.begin(await this.#plan(range, from, to));
  }

  /** Makes a replica the primary of its shard. */
  async failover(replica: ClusterNode, options: FailoverOptions = {}): Promise<void> {
    const deadline = performance.now() + SETTLE_TIMEOUT;
    const words = options.mode === undefined ? [] : [options.mode.toUpperCase()];
    for (;;) {
      await replica.call('CLUSTER', 'FAILOVER', ...words);
      const patience = Math.min(deadline, performance.now() + FAILOVER_PATIENCE);
      while (performance.now() < patience) {
        const own = seenNodes(String(await replica.call('CLUSTER', 'NODES'))).find(({ id }) => id === replica.id);
        if (own?.isPrimary === true) {
          await this.settled();
          return;
        }
        await sleep(POLL_INTERVAL);
      }
      if (performance.now() >= deadline) throw new Error(`The replica did not take over.\n${replica.logs}`);
    }
  }

  /** Starts a server and adds it: as a replica of a primary, or as a primary without slots. One that the others do not get to know is ended. */
  async addNode(options: { readonly replicaOf?: ClusterNode } = {}): Promise<ClusterNode> {
    const node = await this.#launch();
    try {
      for (const other of this.#nodes) if (other.isServing) await this.#meet(node, other);
    } catch (error) {
      await node.stop();
      throw error;
    }
    this.#nodes.push(node);
    await this.#acquainted();
    if (options.replicaOf !== undefined) await node.call('CLUSTER', 'REPLICATE', options.replicaOf.id);
    await this.settled();
    return node;
  }

  /** Removes a server and ends it. The slots of a primary are moved to the other primaries first, and its replicas are given to one of them. */
  async removeNode(node: ClusterNode, options: MigrateOptions = {}): Promise<void> {
    if (node.isServing) await this.#empty(node, options);
    await node.stop();
    this.#nodes.splice(this.#nodes.indexOf(node), 1);
    const serving = this.#nodes.filter(({ isServing }) => isServing);
    await Promise.all(serving.map((other) => other.call('CLUSTER', 'FORGET', node.id)));
    await this.settled();
  }

  /** Resolves when all servers that run have the same view, have all slots, and replicate. Rejects after a minute. */
  async settled(): Promise<void> {
    const deadline = performance.now() + SETTLE_TIMEOUT;
    for (;;) {
      const trouble = await this.#trouble();
      if (trouble === undefined) return;
      if (performance.now() > deadline) throw new Error(`The servers do not agree: ${trouble}`);
      await sleep(POLL_INTERVAL);
    }
  }

  /** Ends all servers and removes their folders. */
  async stop(): Promise<void> {
    await Promise.all(this.#nodes.map((node) => node.stop()));
  }

  /** The same as `stop()`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #form(): Promise<void> {
    const { primaries = 3, replicas = 0 } = this.#options;
    const count = primaries * (1 + replicas);
    const started = await Promise.allSettled(Array.from({ length: count }, (_, i) => this.#launch(i)));
    for (const result of started) if (result.status === 'fulfilled') this.#nodes.push(result.value);
    for (const result of started) if (result.status === 'rejected') throw result.reason;
    // Refused by a server that knows others.
    await Promise.all(this.#nodes.map((node, i) => node.call('CLUSTER', 'SET-CONFIG-EPOCH', i + 1)));
    for (const [i, node] of this.#nodes.entries()) {
      for (const other of this.#nodes.slice(i + 1)) await this.#meet(node, other);
    }
    for (let i = 0; i < primaries; i++) {
      const [first, last] = [(i * SLOTS) / primaries, ((i + 1) * SLOTS) / primaries - 1].map(Math.ceil);
      await this.#nodes[i]!.call('CLUSTER', 'ADDSLOTSRANGE', first!, last!);
    }
    await this.#acquainted();
    for (const [i, node] of this.#nodes.slice(primaries).entries()) {
      await node.call('CLUSTER', 'REPLICATE', this.#nodes[i % primaries]!.id);
    }
    await this.settled();
  }

  async #launch(index: number = Infinity): Promise<ClusterNode> {
    const { version, tls, password, ports } = this.#options;
    const port = ports?.[index];
    const server = await this.#start({
      args: this.#args(),
      unixSocket: true,
      startTimeout: SETTLE_TIMEOUT,
      ...(version === undefined ? {} : { version }),
      ...(tls === undefined ? {} : { tls }),
      ...(password === undefined ? {} : { password }),
      ...(port === undefined ? {} : { port }),
    });
    this.#version = server.version;
    if (server.tlsPort !== 0) this.#certificates = { ca: server.ca, client: server.clientCertificate };
    const nameless = new ClusterNode('', server, this.#administrator);
    try {
      return new ClusterNode(String(await nameless.call('CLUSTER', 'MYID')), server, this.#administrator);
    } catch (error) {
      // Nobody else knows of it yet.
      await nameless.stop();
      throw error;
    }
  }

  #args(): string[] {
    const {
      nodeTimeout = NODE_TIMEOUT,
      tls,
      announce = 'ip',
      hostname = 'localhost',
      acl = [],
      args = [],
    } = this.#options;
    const { username, password } = this.#administrator;
    const words = ['--cluster-enabled', 'yes', '--cluster-node-timeout', String(nodeTimeout)];
    // A replica may take over whatever it has missed, and is not moved to another shard on its own.
    words.push('--cluster-replica-validity-factor', '0', '--cluster-migration-barrier', '100');
    words.push('--repl-diskless-sync-delay', '0');
    words.push('--masteruser', username, '--masterauth', password);
    words.push('--user', username, 'on', `>${password}`, '~*', '&*', '+@all');
    for (const rule of acl) words.push('--user', ...rule.split(' '));
    if (tls !== undefined && tls !== false) words.push('--tls-cluster', 'yes', '--tls-replication', 'yes');
    if (announce !== 'ip') {
      const type = announce === 'hostname' ? 'hostname' : 'unknown-endpoint';
      words.push('--cluster-preferred-endpoint-type', type);
    }
    if (announce === 'hostname') words.push('--cluster-announce-hostname', hostname);
    return [...words, ...args];
  }

  async #meet(node: ClusterNode, other: ClusterNode): Promise<void> {
    await node.call('CLUSTER', 'MEET', other.host, this.#busBase(other));
  }

  /** The port by which servers know each other. */
  #busBase(node: ClusterNode): number {
    const { tls } = this.#options;
    return tls === true ? node.tlsPort : node.port;
  }

  /** Waits until all know all. */
  async #acquainted(): Promise<void> {
    const deadline = performance.now() + SETTLE_TIMEOUT;
    for (;;) {
      const serving = this.#nodes.filter(({ isServing }) => isServing);
      const views = await Promise.all(serving.map((node) => viewOf(node)));
      const isDone = views.every((view) =>
        serving.every(({ id }) => view.some((seen) => seen.id === id && !seen.isDoubtful && seen.isLinked)),
      );
      if (isDone) return;
      if (performance.now() > deadline) throw new Error('The servers did not meet.');
      await sleep(POLL_INTERVAL);
    }
  }

  /** What is not yet as it should be. */
  async #trouble(): Promise<string | undefined> {
    const serving = this.#nodes.filter(({ isServing }) => isServing);
    const views = await Promise.all(serving.map((node) => viewOf(node)));
    const signatures = new Set(views.map(signatureOf));
    if (signatures.size !== 1) return [...signatures].join('\n\n');
    const doubtful = (views[0] ?? []).find((seen) => seen.isDoubtful && serving.some(({ id }) => id === seen.id));
    if (doubtful !== undefined) return `${doubtful.id} is taken for failing`;
    for (const node of serving) {
      const [state, replication] = await Promise.all([node.call('CLUSTER', 'INFO'), node.call('INFO', 'replication')]);
      if (!String(state).includes('cluster_state:ok')) return `${node.port}: ${String(state)}`;
      if (String(replication).includes('master_link_status:down')) return `${node.port}: its primary has failed`;
    }
    return undefined;
  }

  async #empty(node: ClusterNode, options: MigrateOptions): Promise<void> {
    const own = (await viewOf(node)).find(({ id }) => id === node.id);
    if (own?.isPrimary !== true) return;
    const replicas = await this.replicas(node);
    const others = (await this.primaries()).filter((primary) => primary !== node);
    if (others.length === 0) throw new Error('The last primary cannot be removed.');
    for (const [first, last] of own.ranges) {
      const size = Math.ceil((last - first + 1) / others.length);
      for (const [i, other] of others.entries()) {
        const start = first + i * size;
        if (start <= last) await this.migrateSlots([start, Math.min(last, start + size - 1)], node, other, options);
      }
    }
    for (const replica of replicas) await replica.call('CLUSTER', 'REPLICATE', others[0]!.id);
    await this.settled();
  }

  async #plan(range: SlotRange, from: ClusterNode, to: ClusterNode): Promise<Parameters<typeof migrateAtomically>[0]> {
    const [first, last] = typeof range === 'number' ? [range, range] : range;
    const slots = Array.from({ length: last - first + 1 }, (_, i) => first + i);
    const others = (await this.primaries()).filter((node) => node.isServing && node !== from && node !== to);
    return { slots, from, to, others, administrator: this.#administrator };
  }

  async #select(isWanted: (seen: SeenNode) => boolean): Promise<ClusterNode[]> {
    const ids = new Set((await viewOf(this.#serving())).filter(isWanted).map(({ id }) => id));
    return this.#nodes.filter(({ id }) => ids.has(id));
  }

  #serving(): ClusterNode {
    const node = this.#nodes.find(({ isServing }) => isServing);
    if (node === undefined) throw new Error('No server of the cluster runs.');
    return node;
  }

  #requireCertificates(): { readonly ca: string; readonly client: Certificate } {
    if (this.#certificates === undefined)
      throw new Error('Certificates need ValkeyServer.startCluster({ tls: true }).');
    return this.#certificates;
  }
}

async function viewOf(node: ClusterNode): Promise<SeenNode[]> {
  return seenNodes(String(await node.call('CLUSTER', 'NODES')));
}
