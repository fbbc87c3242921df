import type { Location, Locator, Stays } from '../connection/locator.ts';
import { endpointOf, type Address } from '../connection/settings.ts';
import { ConnectionError, PrimaryNotFoundError } from '../errors.ts';
import { timerDelay } from '../util/timer.ts';
import { remapped, type HostAddress } from './sentinel-address.ts';
import type { DirectoryListener, SentinelDirectory } from './sentinel-directory.ts';

/** How often the Sentinels are asked although they have told nothing, in milliseconds. */
const POLL = 5000;
/** How long a server that was found wrong is a second choice, in milliseconds. */
const DOUBT = 5000;

/** Rotates through replicas: a random one first, then one after the other. */
export class Rotation {
  #next: number = Math.floor(Math.random() * 2 ** 20);

  /** All of them, in the order of this turn. */
  turn<T>(all: readonly T[]): T[] {
    if (all.length === 0) return [];
    const start = this.#next++ % all.length;
    return [...all.slice(start), ...all.slice(0, start)];
  }
}

/**
 * A primary and its replicas under the name by which the Sentinels know them, and where they are.
 *
 * It looks again whenever the Sentinels tell of something, when they could not be heard for a while, and every five seconds. What is
 * connected to a server that is not what it was is told to leave.
 */
export class SentinelService implements DirectoryListener {
  readonly name: string;
  /** Finds the primary. */
  readonly primary: Locator;
  readonly #directory: SentinelDirectory;
  readonly #primaryListeners: Set<(stays: Stays) => void> = new Set();
  readonly #replicaListeners: Set<(stays: Stays) => void> = new Set();
  /** When servers were found wrong, on the clock of `performance`. */
  readonly #doubts: Map<string, number> = new Map();
  #finding: Promise<HostAddress> | undefined;
  #isLooking = false;
  #isStirred = false;
  #replicaCount = 0;
  #poll: NodeJS.Timeout | undefined;
  #unlisten: (() => void) | undefined;

  constructor(directory: SentinelDirectory, name: string) {
    this.#directory = directory;
    this.name = name;
    this.primary = {
      name: `the primary ${name}`,
      locate: (timeout) => this.#within(timeout, this.#locatePrimary()),
      suspect: (address, cause) => this.#suspect(address, cause),
      onMove: (listener) => this.#follow(this.#primaryListeners, listener),
    };
  }

  /** How many replicas were up when they were last looked for. */
  get replicaCount(): number {
    return this.#replicaCount;
  }

  /** Finds a replica, another one each time; and the primary when there is none, with `orPrimary`. */
  replicas(orPrimary: boolean): Locator {
    const rotation = new Rotation();
    return {
      name: `a replica of ${this.name}`,
      locate: (timeout) => this.#within(timeout, this.#locateReplica(rotation, orPrimary)),
      suspect: (address, cause) => this.#suspect(address, cause),
      onMove: (listener) => this.#follow(this.#replicaListeners, listener),
    };
  }

  /** Where the primary is, as it is dialled. */
  async findPrimary(): Promise<HostAddress> {
    const { remap, remapTimeout } = this.#directory.settings;
    const doubts = this.#currentDoubts();
    const found = await this.#directory.findPrimary(this.name, (address) => doubts.has(endpointOf(address)));
    return await remapped(remap, found, remapTimeout);
  }

  /** Where the replicas are that are up, as they are dialled. */
  async findReplicas(): Promise<HostAddress[]> {
    const { remap, remapTimeout } = this.#directory.settings;
    const replicas = await this.#directory.findReplicas(this.name);
    this.#replicaCount = replicas.length;
    return await Promise.all(replicas.map(({ ip, port }) => remapped(remap, { host: ip, port }, remapTimeout)));
  }

  stirred(): void {
    this.#isStirred = true;
    if (!this.#isLooking) void this.#look();
  }

  /** Nobody is told of anything any more. */
  close(): void {
    clearInterval(this.#poll);
    this.#poll = undefined;
    this.#unlisten?.();
    this.#unlisten = undefined;
  }

  // Inside

  async #locatePrimary(): Promise<Location> {
    this.#finding ??= this.findPrimary();
    const finding = this.#finding;
    try {
      return { address: await finding, role: 'primary' };
    } finally {
      if (this.#finding === finding) this.#finding = undefined;
    }
  }

  async #locateReplica(rotation: Rotation, orPrimary: boolean): Promise<Location> {
    const replicas = rotation.turn(await this.findReplicas());
    const doubts = this.#currentDoubts();
    const sound = replicas.find((address) => !doubts.has(endpointOf(address)));
    if (sound !== undefined) return { address: sound, role: 'replica' };
    if (!orPrimary) {
      if (replicas.length > 0) return { address: replicas[0]!, role: 'replica' };
      throw new ConnectionError(`no Sentinel knows a replica of ${this.name} that is up`, {
        code: 'REPLICA_NOT_FOUND',
      });
    }
    try {
      const { address } = await this.#locatePrimary();
      if (replicas.length === 0 || !doubts.has(endpointOf(address))) return { address, role: undefined };
    } catch (error) {
      if (replicas.length === 0) throw error;
    }
    return { address: replicas[0]!, role: 'replica' };
  }

  #suspect(address: Address, cause: ConnectionError): void {
    if (cause.code !== 'CLOSED') this.#doubts.set(endpointOf(address), performance.now());
  }

  #currentDoubts(): ReadonlyMap<string, number> {
    const now = performance.now();
    for (const [key, since] of this.#doubts) if (now - since > DOUBT) this.#doubts.delete(key);
    return this.#doubts;
  }

  #follow(listeners: Set<(stays: Stays) => void>, listener: (stays: Stays) => void): () => void {
    const own = (stays: Stays): void => listener(stays);
    listeners.add(own);
    if (this.#unlisten === undefined) {
      this.#unlisten = this.#directory.listen(this.name, this);
      this.#poll = setInterval(() => this.stirred(), POLL);
      this.#poll.unref();
      this.stirred();
    }
    return () => {
      listeners.delete(own);
      if (this.#primaryListeners.size + this.#replicaListeners.size === 0) this.close();
    };
  }

  /** Looks where everything is, as often as something stirs meanwhile, and tells those who are in the wrong place. */
  async #look(): Promise<void> {
    this.#isLooking = true;
    while (this.#isStirred && this.#unlisten !== undefined) {
      this.#isStirred = false;
      // Where nobody knows better now, what is connected is as good as anything; and the next look is to come.
      await Promise.allSettled([this.#lookForPrimary(), this.#lookForReplicas(), this.#directory.learn(this.name)]);
    }
    this.#isLooking = false;
  }

  async #lookForPrimary(): Promise<void> {
    if (this.#primaryListeners.size === 0) return;
    const primary = endpointOf(await this.findPrimary());
    for (const listener of [...this.#primaryListeners]) listener((address) => endpointOf(address) === primary);
  }

  async #lookForReplicas(): Promise<void> {
    if (this.#replicaListeners.size === 0) return;
    const replicas = new Set((await this.findReplicas()).map(endpointOf));
    // Without a replica, any server will do.
    if (replicas.size === 0) return;
    for (const listener of [...this.#replicaListeners]) listener((address) => replicas.has(endpointOf(address)));
  }

  async #within(timeout: number, locating: Promise<Location>): Promise<Location> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const give = (): void => {
        // Who dials next does not wait for what was too late for this one.
        this.#finding = undefined;
        const message = `no Sentinel has said within ${timeout} ms where ${this.name} is`;
        reject(new PrimaryNotFoundError(message, { code: 'CONNECT_TIMEOUT' }));
      };
      timer = setTimeout(give, timerDelay(timeout));
    });
    try {
      return await Promise.race([locating, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}
