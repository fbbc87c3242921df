import { blockingTimeout } from '../commands/blocking.ts';
import { Conduct } from '../commands/conduct.ts';
import { command, type Spec } from '../commands/spec.ts';
import { addTraffic, newCounters, newTraffic, type Traffic } from '../connection/counters.ts';
import type { Connection } from '../connection/connection.ts';
import { Link, type LinkBounds, type LinkEvents, type LinkStats } from '../connection/link.ts';
import type { Role } from '../connection/locator.ts';
import type { Overseer } from '../connection/overseer.ts';
import { Pool, type PoolBounds, type PoolStats } from '../connection/pool.ts';
import { lastResolve, newPromise, OWN_REQUEST, Request, type RequestOptions } from '../connection/request.ts';
import type { ConnectionSettings, RetrySettings, SessionState } from '../connection/settings.ts';
import type { TrackingListener } from '../connection/tracking-listener.ts';
import { BlockingCalls } from './blocking-calls.ts';

/** A node of a cluster, as it stands when it is asked for. */
export interface NodeInfo {
  /** `host:port`, by which the client knows it. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** Its name in the cluster, 40 hexadecimal digits; empty while it is not known. */
  readonly id: string;
  readonly role: Role;
  /** The zone that it says it is in; empty when it does not. */
  readonly availabilityZone: string;
}

/** How the nodes of a cluster are used. */
export interface NodeOptions {
  readonly settings: ConnectionSettings;
  /** What each connection is told: copied by each node. */
  readonly session: SessionState;
  readonly retry: RetrySettings;
  readonly bounds: LinkBounds;
  /** Of the connections for blocking commands and sessions. */
  readonly poolBounds: PoolBounds;
  /** Added to the timeout of a blocking command to give its deadline, in milliseconds. */
  readonly grace: number;
  readonly healthCheckInterval: number;
  readonly socketTimeout: number;
  /** For the connections that all callers share. */
  readonly tracking?: NodeTracking | undefined;
}

/** What makes the nodes tell of changes. */
export interface NodeTracking {
  /** The arguments of CLIENT TRACKING. */
  readonly args: readonly string[];
  /** Who hears what a node tells. */
  listenerTo(node: Node): TrackingListener;
  /** Hears of a request that is sent to a node of the caller's choice. `isShared`: on the connection that all callers share. */
  sending(request: Request, isShared: boolean): void;
}

/** What a node tells of itself. */
export interface NodeOwner {
  /** Sees to a request that the node did not run. True when it does. */
  refused(node: Node, request: Request, message: string): boolean;
  /** Takes note of what the node says to somebody who sees to it himself. */
  noted(node: Node, message: string): void;
  /** Its connection was lost, or could not be made. */
  lost(node: Node, attempt: LinkEvents['reconnecting'][0]): void;
  rotationFailed(failure: LinkEvents['rotationFailed'][0]): void;
}

/** A node that owes replies is suspected after this many milliseconds without a sign of life. */
const SILENCE = 1000;

const READONLY: Spec = command('READONLY');
const READWRITE: Spec = command('READWRITE');
const PING: Spec = command('PING');
/** Replies by which a request is the cluster's to see to. */
const ELSEWHERE = /^(MOVED|ASK|TRYAGAIN|CLUSTERDOWN|MASTERDOWN|READONLY) /;
/** Of a node that was not used yet. */
export const NO_STATS: LinkStats = {
  queued: 0,
  inFlight: 0,
  bytes: 0,
  counters: newCounters(),
};

/**
 * One server of a cluster: a link that all callers share, and a pool for what cannot share. Nothing is connected before it is used, and
 * takes no memory.
 */
export class Node implements Overseer {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  id = '';
  zone = '';
  /** Of its last replies to PING, in milliseconds; `Infinity` while nothing is known. */
  latency: number = Infinity;
  readonly #options: NodeOptions;
  readonly #owner: NodeOwner;
  readonly #session: SessionState;
  #role: Role = 'primary';
  #turns = 0;
  /** Its role has changed while there was no connection; the one that is being made may begin as it was before. */
  #isTurned = false;
  #link: Link | undefined;
  #pool: Pool | undefined;
  #blocking: BlockingCalls | undefined;
  /** The last dial failed, or the last connection was lost. */
  #failed = false;
  #isClosed = false;

  constructor(name: string, host: string, port: number, options: NodeOptions, owner: NodeOwner) {
    this.name = name;
    this.host = host;
    this.port = port;
    this.#options = options;
    this.#owner = owner;
    this.#session = { ...options.session };
  }

  get info(): NodeInfo {
    const { name, host, port, id, role, zone } = this;
    return { name, host, port, id, role, availabilityZone: zone };
  }

  /** What all callers share. */
  get link(): Link {
    return this.#link ?? this.#makeLink();
  }

  /** Whether requests may go to it now. */
  get isReady(): boolean {
    return this.#link?.state === 'ready';
  }

  /** Whether it was connected to, or is being. */
  get isUsed(): boolean {
    return this.#link !== undefined && this.#link.state !== 'idle';
  }

  /** Whether its connection was lost, or cannot be made. */
  get isDown(): boolean {
    const state = this.#link?.state;
    return state === 'reconnecting' || (state === 'connecting' && this.#failed);
  }

  /** For how long it has owed replies without a sign of life, in milliseconds. */
  get silence(): number {
    return this.#link?.connection?.silence ?? 0;
  }

  /** Whether it has owed replies for so long that it may be gone. */
  get isSilent(): boolean {
    return this.silence >= SILENCE;
  }

  get session(): SessionState {
    return this.#session;
  }

  get pool(): Pool {
    return this.#pool ?? this.#makePool();
  }

  get role(): Role {
    return this.#role;
  }

  /** How often its role has changed. */
  get turns(): number {
    return this.#turns;
  }

  /** A replica gives what it has to connections that are told READONLY. */
  set role(role: Role) {
    if (role === this.#role) return;
    this.#role = role;
    this.#turns++;
    this.#session.readonly = role === 'replica';
    this.#pool?.renew();
    if (this.isReady) this.#tell(this.#link!, this.#greeting);
    else this.#isTurned = true;
  }

  get #greeting(): Spec {
    return this.#role === 'replica' ? READONLY : READWRITE;
  }

  opened(connection: Connection): void {
    this.#failed = false;
    if (this.#isTurned) this.#tell(connection, this.#greeting);
    this.#isTurned = false;
  }

  /** Makes connections begin as those of the other nodes do. */
  adopt(session: SessionState): void {
    Object.assign(this.#session, session, { readonly: this.#session.readonly });
    this.#pool?.renew();
  }

  /** Measures how fast it answers. */
  measure(): void {
    const start = performance.now();
    this.#tell(this.link, PING, () => {
      const last = performance.now() - start;
      this.latency = this.latency === Infinity ? last : this.latency * 0.7 + last * 0.3;
    });
  }

  /** Sends a request that was nowhere before. */
  send(request: Request): void {
    const { spec } = request;
    const timeout = spec.conduct === Conduct.blocking ? blockingTimeout(spec, request.args) : undefined;
    if (timeout === undefined) this.link.send(request);
    else this.#run(request, timeout);
  }

  /** Sends a request that another node was to have. */
  resend(request: Request): void {
    const { spec } = request;
    const timeout = spec.conduct === Conduct.blocking ? blockingTimeout(spec, request.args) : undefined;
    if (timeout === undefined) this.link.resend(request);
    else this.#run(request, timeout);
  }

  /** Aborts a request that blocks; false when it is none. */
  abort(request: Request, makeError: () => Error): boolean {
    return this.#blocking?.abort(request, makeError) ?? false;
  }

  /** What was not written yet. Of what blocks, not those that `stays` says would come back. */
  withdraw(stays: (request: Request) => boolean): Request[] {
    return [...(this.#link?.withdraw() ?? []), ...(this.#blocking?.withdraw(stays) ?? [])];
  }

  refused(request: Request, message: string): boolean {
    // One that blocks may come back at once, to block anew.
    if (ELSEWHERE.test(message)) this.#blocking?.forget(request);
    return this.#owner.refused(this, request, message);
  }

  stats(): LinkStats {
    return this.#link?.stats() ?? NO_STATS;
  }

  /** Commands that were late on connections of their own. */
  get timeouts(): number {
    return this.#pool?.timeouts ?? 0;
  }

  /** Connections of their own that were lost. */
  get lost(): number {
    return this.#pool?.lost ?? 0;
  }

  /** What went over all its connections. */
  traffic(): Traffic {
    const traffic = newTraffic();
    if (this.#link !== undefined) addTraffic(traffic, this.#link.traffic());
    if (this.#pool !== undefined) addTraffic(traffic, this.#pool.traffic());
    return traffic;
  }

  poolStats(): PoolStats | undefined {
    return this.#pool?.stats();
  }

  /** Releases what blocks. */
  endBlocking(): void {
    this.#blocking?.end();
  }

  /** Waits for what is unanswered, at most `timeout` ms, and closes. */
  async close(timeout: number): Promise<void> {
    this.#isClosed = true;
    const start = performance.now();
    await this.#link?.close(timeout);
    const left = Math.max(0, timeout - (performance.now() - start));
    await this.#pool?.close({ timeout: left });
  }

  destroy(): void {
    this.#isClosed = true;
    this.#link?.destroy();
    this.#pool?.destroy();
  }

  #run(request: Request, timeout: number): void {
    const { grace, healthCheckInterval, socketTimeout, retry } = this.#options;
    this.#blocking ??= new BlockingCalls(this.pool, this.link, {
      grace,
      interval: healthCheckInterval,
      patience: socketTimeout,
      retry: { ...retry, retries: Infinity },
    });
    // The link tells when the node is lost, to whoever finds another for what waits.
    if (this.link.state === 'idle') this.link.connect().catch(() => undefined);
    this.#blocking.run(request, timeout);
  }

  #makeLink(): Link {
    const { settings, retry, bounds, tracking } = this.#options;
    // Whether the node comes back, or another takes its place, is not for its link to judge.
    const forever = { ...retry, retries: Infinity };
    const own = { ...this.#settingsOf(settings), tracking: tracking?.args };
    const link = new Link(own, this.#session, forever, bounds, tracking?.listenerTo(this));
    link.overseer = this;
    link.events.on('reconnecting', (attempt) => {
      this.#failed = true;
      this.#owner.lost(this, attempt);
    });
    link.events.on('rotationFailed', (failure) => this.#owner.rotationFailed(failure));
    this.#link = link;
    if (this.#isClosed) link.destroy();
    return link;
  }

  #makePool(): Pool {
    const { settings, poolBounds } = this.#options;
    const pool = new Pool(this.#settingsOf(settings), this.#session, poolBounds);
    // A session sees to what it is told; what is heard of it is of use to all.
    pool.overseer = {
      refused: (request, message) => {
        if (this.#blocking?.isRunning(request) === true) return this.refused(request, message);
        this.#owner.noted(this, message);
        return false;
      },
    };
    pool.events.on('rotationFailed', (failure) => this.#owner.rotationFailed(failure));
    this.#pool = pool;
    if (this.#isClosed) pool.destroy();
    return pool;
  }

  #settingsOf(settings: ConnectionSettings): ConnectionSettings {
    return { ...settings, address: { host: this.host, port: this.port } };
  }

  /** Sends a command whose failure does not matter: a connection that is lost is told anew. */
  #tell(carrier: Pick<Link, 'send'>, spec: Spec, told?: () => void): void {
    const options: RequestOptions = {
      ...OWN_REQUEST,
      mode: { encoding: 'utf8', integers: 'number' },
      timeout: this.#options.socketTimeout,
    };
    const promise = newPromise<unknown>();
    carrier.send(new Request(spec, [], undefined, options, 16, lastResolve()));
    promise.then(told, () => undefined);
  }
}
