import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import { AdminConnection } from './admin-connection.ts';
import type { AdminReply } from './admin-connection.ts';
import { FaultProxy } from './fault-proxy.ts';
import { ServerNode } from './server-node.ts';
import type { Administrator, NodeServer } from './server-node.ts';
import type { ServerVersion } from './server-version.ts';
import { ValkeySentinel } from './valkey-sentinel.ts';

const POLL_INTERVAL = 25;
/** A failover that fails is tried again by the Sentinels after twice its timeout, and the machine may be busy. */
const SETTLE_TIMEOUT = 60_000;
const DOWN_AFTER = 1000;
const LOG_LINES_SHOWN = 15;
/** Sentinels wait twice as long before they try again, or fail over the same primary once more. */
const FAILOVER_TIMEOUT = 2000;

/** How to start servers with Sentinels that watch them. */
export interface SentinelDeploymentOptions {
  /** How many primaries are watched, named `main`, `main-2` and so on. Default 1. */
  readonly primaries?: number;
  /** How many replicas each primary has. Default 2. */
  readonly replicas?: number;
  /** How many Sentinels; more than half of them must agree that a primary is down. Default 3. */
  readonly sentinels?: number;
  /** The line of releases; default `VALKEY_VERSION`, else `9.1`. */
  readonly version?: ServerVersion;
  /** Servers and Sentinels speak TLS and nothing else. Default `false`. */
  readonly tls?: boolean;
  /** The password of the servers' default user; default none. */
  readonly password?: string;
  /** Users of the servers, each as an ACL rule: `'reader on >secret ~* +@read'`. */
  readonly acl?: readonly string[];
  /** The password of the Sentinels' default user; default none. */
  readonly sentinelPassword?: string;
  /** Users of the Sentinels, each as an ACL rule. */
  readonly sentinelAcl?: readonly string[];
  /** After how many milliseconds without an answer a server counts as down. Default 1000. */
  readonly downAfter?: number;
  /** Puts a `FaultProxy` in front of each server, which is the address that all others and all clients know. Default `false`. */
  readonly proxies?: boolean;
  /** Further words of each server's command line. */
  readonly args?: readonly string[];
}

/** One server of a `SentinelDeployment`. */
export class WatchedNode extends ServerNode {
  /** In front of the server, with `proxies: true`. */
  readonly proxy: FaultProxy | undefined;

  constructor(server: NodeServer, administrator: Administrator, proxy: FaultProxy | undefined) {
    super(server, administrator);
    this.proxy = proxy;
  }

  /** The port that the Sentinels tell: the proxy's, if there is one. */
  override get port(): number {
    return this.proxy?.port ?? super.port;
  }

  /** What it is by its own account. */
  async role(): Promise<'primary' | 'replica'> {
    const [word] = (await this.call('ROLE')) as readonly AdminReply[];
    return word === 'master' ? 'primary' : 'replica';
  }

  /** Whether it is a replica that follows its primary. */
  async isFollowing(): Promise<boolean> {
    const [word, , , state] = (await this.call('ROLE')) as readonly AdminReply[];
    return word === 'slave' && state === 'connected';
  }

  /**
   * Runs one command on this server as its administrator. A Sentinel closes all connections of a server whose role it changes: then the
   * command is given once more.
   */
  override async call(...words: readonly (string | number)[]): Promise<AdminReply> {
    try {
      return await super.call(...words);
    } catch (error) {
      if (!isLost(error) || !this.isServing) throw error;
    }
    return await super.call(...words);
  }

  /** Has it tell others the address by which it is known. */
  async announce(): Promise<void> {
    if (this.proxy === undefined) return;
    await this.call('CONFIG', 'SET', 'replica-announce-ip', this.host, 'replica-announce-port', this.port);
  }

  override async restart(): Promise<void> {
    await super.restart();
    await this.announce();
  }

  override async stop(): Promise<void> {
    await super.stop();
    await this.proxy?.close();
  }
}

interface StartOptions {
  readonly version?: ServerVersion;
  readonly args: readonly string[];
  readonly unixSocket: true;
  readonly tls?: 'only';
  readonly password?: string;
}

/** Starts one server. */
export type StartWatched = (options: StartOptions) => Promise<NodeServer>;

/**
 * Real servers and the real Sentinels that watch them, on 127.0.0.1 and free ports. Made by `ValkeyServer.startSentinel()`.
 *
 * It never outlives this process. To start takes about two seconds.
 *
 * @example
 * await using deployment = await ValkeyServer.startSentinel({ replicas: 2, sentinels: 3 });
 * const sentinel = new Sentinel(deployment.addresses);
 */
export class SentinelDeployment implements AsyncDisposable {
  readonly #start: StartWatched;
  readonly #options: SentinelDeploymentOptions;
  readonly #administrator: Administrator = { username: 'testing-kit', password: randomBytes(16).toString('hex') };
  readonly #nodes: Map<string, WatchedNode[]> = new Map();
  readonly #servers: NodeServer[] = [];
  readonly #sentinels: ValkeySentinel[] = [];

  private constructor(start: StartWatched, options: SentinelDeploymentOptions) {
    this.#start = start;
    this.#options = options;
  }

  /** Use `ValkeyServer.startSentinel()`. @internal */
  static async create(start: StartWatched, options: SentinelDeploymentOptions): Promise<SentinelDeployment> {
    const deployment = new SentinelDeployment(start, options);
    try {
      await deployment.#form();
    } catch (error) {
      await deployment.stop();
      throw error;
    }
    return deployment;
  }

  /** The names of the watched primaries. */
  get names(): readonly string[] {
    return [...this.#nodes.keys()];
  }

  get sentinels(): readonly ValkeySentinel[] {
    return this.#sentinels;
  }

  /** Where the Sentinels listen. */
  get addresses(): { readonly host: string; readonly port: number }[] {
    return this.#sentinels.map(({ host, port }) => ({ host, port }));
  }

  /** `valkey+sentinel://` with all Sentinels and the name of the first primary, or `valkeys+sentinel://` with `tls`. */
  get url(): string {
    const { tls = false, password } = this.#options;
    const credentials = password === undefined ? '' : `:${encodeURIComponent(password)}@`;
    const hosts = this.addresses.map(({ host, port }) => `${host}:${port}`).join(',');
    return `${tls ? 'valkeys' : 'valkey'}+sentinel://${credentials}${hosts}/main`;
  }

  /** The certificate (PEM) of the authority that signed all others. Throws unless started with `tls`. */
  get ca(): string {
    return this.#servers[0]!.ca;
  }

  /** The servers of a primary's name, whatever they are now: it, then its replicas, as they were started. */
  nodes(name: string = 'main'): readonly WatchedNode[] {
    return this.#nodes.get(name) ?? [];
  }

  /** The server that is the primary, by its own account and that of the Sentinels. Waits until there is one. */
  async primary(name: string = 'main'): Promise<WatchedNode> {
    return await this.#until(`a primary of ${name}`, () => this.#agreed(name));
  }

  /** The servers that follow the primary. */
  async replicas(name: string = 'main'): Promise<WatchedNode[]> {
    const serving = this.nodes(name).filter(({ isServing }) => isServing);
    const following = await Promise.all(serving.map((node) => node.isFollowing()));
    return serving.filter((_, i) => following[i]);
  }

  /** Waits until all Sentinels that serve agree on a primary, and all servers that serve follow it. */
  async settled(name: string = 'main'): Promise<void> {
    await this.#until(`${name} settled`, async () => {
      if ((await this.#agreed(name)) === undefined) return undefined;
      const serving = this.nodes(name).filter(({ isServing }) => isServing);
      if ((await this.replicas(name)).length !== serving.length - 1) return undefined;
      for (const sentinel of this.#sentinels.filter(({ isServing }) => isServing)) {
        const replicas = await this.#ask(sentinel, 'SENTINEL', 'REPLICAS', name);
        if (!Array.isArray(replicas)) return undefined;
        const usable = replicas.filter((each) => isUsable(each as readonly AdminReply[]));
        if (usable.length < serving.length - 1) return undefined;
      }
      return true;
    });
  }

  /** Has the Sentinels make a replica the primary, and resolves when all agree that it is. */
  async failover(name: string = 'main'): Promise<WatchedNode> {
    const before = await this.primary(name);
    await this.startFailover(name);
    return await this.#until(`the failover of ${name}`, async () => {
      const primary = await this.#agreed(name);
      return primary === before ? undefined : primary;
    });
  }

  /** Asks a Sentinel for a failover, until one begins it. */
  async startFailover(name: string = 'main'): Promise<void> {
    await this.#until(`a Sentinel that begins a failover of ${name}`, async () => {
      for (const sentinel of this.#sentinels.filter(({ isServing }) => isServing)) {
        // It refuses while the last one is not over, or no replica is good enough.
        if ((await this.#ask(sentinel, 'SENTINEL', 'FAILOVER', name)) === 'OK') return true;
      }
      return undefined;
    });
  }

  /** Runs a command on a Sentinel, whatever its users may do. */
  async call(sentinel: ValkeySentinel, ...words: readonly (string | number)[]): Promise<AdminReply> {
    const reply = await this.#ask(sentinel, ...words);
    if (reply instanceof Error) throw new Error(`${words.join(' ')}: ${reply.message}`);
    return reply;
  }

  /** Ends everything for good. */
  async stop(): Promise<void> {
    await Promise.all(this.#sentinels.map((sentinel) => sentinel.stop('SIGKILL')));
    await Promise.all([...this.#nodes.values()].flat().map((node) => node.stop()));
    await Promise.all(this.#servers.map((server) => server.stop('SIGKILL')));
  }

  /** The same as `stop()`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #form(): Promise<void> {
    const { primaries = 1, sentinels = 3 } = this.#options;
    const names = Array.from({ length: primaries }, (_, i) => (i === 0 ? 'main' : `main-${i + 1}`));
    // What a failure leaves is ended when nothing is being started any more.
    const started = await Promise.allSettled(names.map((name) => this.#startNodes(name)));
    for (const result of started) if (result.status === 'rejected') throw result.reason;
    const config = this.#config(sentinels);
    for (let i = 0; i < sentinels; i++) await this.#startSentinel(config);
    await this.#until('Sentinels that know each other', () => this.#acquainted());
    for (const name of names) await this.settled(name);
  }

  async #startNodes(name: string): Promise<void> {
    const { replicas = 2 } = this.#options;
    const nodes: WatchedNode[] = [];
    this.#nodes.set(name, nodes);
    for (let i = 0; i <= replicas; i++) nodes.push(await this.#startNode());
    const [primary, ...others] = nodes;
    for (const node of nodes) await node.announce();
    for (const node of others) await node.call('REPLICAOF', primary!.host, primary!.port);
  }

  async #startNode(): Promise<WatchedNode> {
    const { version, tls = false, password, acl = [], args = [], proxies = false } = this.#options;
    const { username, password: secret } = this.#administrator;
    const words = ['--repl-diskless-sync-delay', '0', '--masteruser', username, '--masterauth', secret];
    words.push('--user', username, 'on', `>${secret}`, '~*', '&*', '+@all');
    for (const rule of acl) words.push('--user', ...rule.split(' '));
    if (tls) words.push('--tls-replication', 'yes');
    const server = await this.#start({
      ...(version === undefined ? {} : { version }),
      ...(password === undefined ? {} : { password }),
      ...(tls ? { tls: 'only' as const } : {}),
      args: [...words, ...args],
      unixSocket: true,
    });
    this.#servers.push(server);
    const proxy = proxies ? await FaultProxy.start({ port: tls ? server.tlsPort : server.port }) : undefined;
    return new WatchedNode(server, this.#administrator, proxy);
  }

  #config(sentinels: number): string[] {
    const { downAfter = DOWN_AFTER, sentinelPassword } = this.#options;
    const { username, password } = this.#administrator;
    const config: string[] = [];
    for (const [name, [primary]] of this.#nodes) {
      config.push(
        `sentinel monitor ${name} ${primary!.host} ${primary!.port} ${Math.floor(sentinels / 2) + 1}`,
        `sentinel down-after-milliseconds ${name} ${downAfter}`,
        `sentinel failover-timeout ${name} ${FAILOVER_TIMEOUT}`,
        `sentinel parallel-syncs ${name} 5`,
        `sentinel auth-user ${name} ${username}`,
        `sentinel auth-pass ${name} ${password}`,
      );
    }
    if (sentinelPassword !== undefined) config.push(`requirepass ${sentinelPassword}`);
    // Sentinels ask each other whether a primary is down.
    return [...config, `sentinel sentinel-user ${username}`, `sentinel sentinel-pass ${password}`];
  }

  async #startSentinel(config: readonly string[]): Promise<void> {
    const { version, tls = false, sentinelAcl = [] } = this.#options;
    const { username, password } = this.#administrator;
    const users = [`user ${username} on >${password} ~* &* +@all`, ...sentinelAcl.map((rule) => `user ${rule}`)];
    const sentinel = await ValkeySentinel.start({
      ...(version === undefined ? {} : { version }),
      config: [...users, ...config],
      tls,
    });
    this.#sentinels.push(sentinel);
    // Ten times as often as by itself it looks for replicas, and tells the others of itself: tests are not to wait for that.
    const hurry = ['INFO-PERIOD', 500, 'PUBLISH-PERIOD', 200] as const;
    await this.#ask(sentinel, 'SENTINEL', 'DEBUG', ...hurry);
  }

  /** Whether all Sentinels know all others. */
  async #acquainted(): Promise<true | undefined> {
    for (const sentinel of this.#sentinels) {
      for (const name of this.names) {
        const others = await this.#ask(sentinel, 'SENTINEL', 'SENTINELS', name);
        if (!Array.isArray(others) || others.length !== this.#sentinels.length - 1) return undefined;
      }
    }
    return true;
  }

  /** The primary that all Sentinels that serve name, and that says it is one. */
  async #agreed(name: string): Promise<WatchedNode | undefined> {
    const serving = this.#sentinels.filter(({ isServing }) => isServing);
    const answers = await Promise.all(
      serving.map((each) => this.#ask(each, 'SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name)),
    );
    const ports = new Set(answers.map((answer) => (Array.isArray(answer) ? String(answer[1]) : '')));
    if (ports.size > 1) return undefined;
    const serves = this.nodes(name).filter(({ isServing }) => isServing);
    if (ports.size === 1) {
      const found = serves.find(({ port }) => ports.has(String(port)));
      return found !== undefined && (await found.role()) === 'primary' ? found : undefined;
    }
    for (const node of serves) if ((await node.role()) === 'primary') return node;
    return undefined;
  }

  async #ask(sentinel: ValkeySentinel, ...words: readonly (string | number)[]): Promise<AdminReply> {
    using connection = new AdminConnection(sentinel.unixSocket);
    const { username, password } = this.#administrator;
    // Its failure is that of the command behind it.
    connection.ask('AUTH', username, password).catch(() => undefined);
    return await connection.ask(...words);
  }

  async #until<T>(what: string, find: () => Promise<T | undefined>): Promise<T> {
    const deadline = performance.now() + SETTLE_TIMEOUT;
    for (;;) {
      let lost: unknown;
      const found = await find().catch((error: unknown) => {
        // Something may end while it is looked at.
        if (!isLost(error)) throw error;
        lost = error;
        return undefined;
      });
      if (found !== undefined) return found;
      if (performance.now() > deadline) {
        const logs = this.#sentinels.map((sentinel) => lastLines(sentinel.logs)).join('\n\n');
        throw new Error(`Not within ${SETTLE_TIMEOUT} ms: ${what}.\n${logs}`, { cause: lost });
      }
      await sleep(POLL_INTERVAL);
    }
  }
}

function lastLines(logs: string): string {
  return logs.trimEnd().split('\n').slice(-LOG_LINES_SHOWN).join('\n');
}

/** Whether the connection went, rather than that the server refused. */
function isLost(error: unknown): boolean {
  return error instanceof Error && /EPIPE|ECONNRESET|closed the connection/.test(error.message);
}

/** Whether a Sentinel could make this replica the primary. */
function isUsable(fields: readonly AdminReply[]): boolean {
  const value = (name: string): string => String(fields[fields.indexOf(name) + 1]);
  return value('flags') === 'slave' && value('master-link-status') === 'ok';
}
