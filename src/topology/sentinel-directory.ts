import { setTimeout as pause } from 'node:timers/promises';
import type { SentinelInstance, SentinelPrimary, SentinelReplica } from '../commands/sentinel.ts';
import type { Decoder, Spec } from '../commands/spec.ts';
import type { Value } from '../commands/surface.ts';
import { endpointOf } from '../connection/settings.ts';
import { AbortError, ConnectionError, PrimaryNotFoundError, ResponseError, ValkeyError } from '../errors.ts';
import { timerDelay } from '../util/timer.ts';
import { isPort, type HostAddress } from './sentinel-address.ts';
import { SentinelPeer, type SentinelListener, type SentinelSettings, type Wait } from './sentinel-peer.ts';

/** How much longer the others may take once one has given an answer, in milliseconds. */
const HEAD_START = 150;

/** What a Sentinel takes a server to be, and why that server is of no use. */
const OUT_OF_USE = /^(s_down|o_down)$/;

/** One Sentinel's word on where a primary is. */
interface Vote {
  readonly address: HostAddress;
  /** Counts the failovers: the higher one is the later one. */
  readonly epoch: number;
}

/** Who hears of what the Sentinels publish about the primary of a name. */
export interface DirectoryListener {
  /** Something has happened, or may have: it is worth while to ask. */
  stirred(): void;
}

/** The replicas that a client can read from: those that are up. */
export function filterReplicas(replicas: readonly SentinelReplica[]): SentinelReplica[] {
  return replicas.filter(({ flags }) => !flags.some((flag) => OUT_OF_USE.test(flag)));
}

/**
 * All Sentinels that are known: those the user named, kept for ever, and those that they tell of.
 *
 * All are asked at the same time. Whoever has the latest failover is believed, and of those the one that most agree with; nobody waits
 * long for the slow ones, and not at all for those that did not answer the last time.
 */
export class SentinelDirectory implements SentinelListener {
  readonly #settings: SentinelSettings;
  readonly #minOtherSentinels: number;
  readonly #listeners: Map<string, Set<DirectoryListener>> = new Map();
  #peers: SentinelPeer[];
  #isListening = false;
  #closed = false;

  constructor(seeds: readonly HostAddress[], minOtherSentinels: number, settings: SentinelSettings) {
    this.#settings = settings;
    this.#minOtherSentinels = minOtherSentinels;
    this.#peers = seeds.map((address) => new SentinelPeer(address, true, settings, this));
  }

  get settings(): SentinelSettings {
    return this.#settings;
  }

  /** Where the Sentinels are that are known now, as they were named or announced. */
  get addresses(): HostAddress[] {
    return this.#peers.map(({ address }) => address);
  }

  /** Hears what is published about a name, until the function it gives is called. Nothing is, once it is closed. */
  listen(name: string, listener: DirectoryListener): () => void {
    if (this.#closed) return () => undefined;
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners.add(listener));
    this.#isListening = true;
    for (const peer of this.#peers) peer.listen();
    return () => void listeners.delete(listener);
  }

  /**
   * Where the primary of a name is. An address for which `doubted` is true is given only when no other is.
   *
   * @throws PrimaryNotFoundError that tells what each Sentinel answered
   */
  async findPrimary(name: string, doubted: (address: HostAddress) => boolean = () => false): Promise<HostAddress> {
    const { answers, failures } = await this.#askAll((peer) => this.#vote(peer, name));
    const votes = new Map<string, { readonly address: HostAddress; epoch: number; count: number; sound: number }>();
    for (const { address, epoch } of answers.values()) {
      const key = endpointOf(address);
      const vote = votes.get(key) ?? { address, epoch: -1, count: 0, sound: doubted(address) ? 0 : 1 };
      vote.epoch = Math.max(vote.epoch, epoch);
      vote.count++;
      votes.set(key, vote);
    }
    const [best] = [...votes.values()].sort((a, b) => b.sound - a.sound || b.epoch - a.epoch || b.count - a.count);
    if (best !== undefined) return best.address;
    this.#throwIfClosed();
    const told = [...failures].map(([sentinel, said]) => `${sentinel} ${said}`).join('; ');
    throw new PrimaryNotFoundError(`no Sentinel knows a primary ${name} that is up: ${told}`, { answers: failures });
  }

  /** The replicas of a name that are up, by the Sentinel that is believed and knows most of them; none when nobody knows any. */
  async findReplicas(name: string): Promise<SentinelReplica[]> {
    const { answers } = await this.#askAll((peer) => this.#replicas(peer, name));
    this.#throwIfClosed();
    let most: SentinelReplica[] = [];
    for (const replicas of answers.values()) {
      const usable = filterReplicas(replicas);
      if (usable.length > most.length) most = usable;
    }
    // Each Sentinel has an order of its own; whoever takes turns needs one that stays.
    return most.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Learns of the Sentinels that the others know, and forgets those that nobody knows any more and that do not answer. */
  async learn(name: string): Promise<void> {
    const { answers } = await this.#askAll(async (peer) => {
      peer.id ??= await peer.sentinelMyid().catch(() => undefined);
      const others = checked(await peer.sentinelSentinels(name), 'Sentinel');
      this.#checkOthers(others.length);
      return others;
    });
    if (this.#closed) return;
    const told = new Map<string, HostAddress>();
    for (const peers of answers.values()) for (const { runid, ip, port } of peers) told.set(runid, { host: ip, port });
    for (const peer of this.#peers) if (this.#isNeedless(peer, told, answers.size)) this.#drop(peer);
    for (const [id, address] of told) this.#meet(id, address);
  }

  /** Runs a command on one Sentinel, or another one when it certainly did not run there. */
  async runOnOne<R>(
    spec: Spec,
    args: readonly Value[],
    decode?: Decoder<R>,
    { timeout, signal }: Wait = {},
  ): Promise<R> {
    this.#throwIfClosed();
    const until = timeout === undefined ? undefined : performance.now() + timeout;
    const start = Math.floor(Math.random() * this.#peers.length);
    const turn = [...this.#peers.slice(start), ...this.#peers.slice(0, start)];
    const order = [...turn.filter(({ isSilent }) => !isSilent), ...turn.filter(({ isSilent }) => isSilent)];
    let failure: unknown;
    for (const peer of order) {
      try {
        const left = until === undefined ? {} : { timeout: Math.max(1, Math.ceil(until - performance.now())) };
        return await peer.ask(spec, args, decode, { ...left, signal });
      } catch (error) {
        failure = error;
        const mayHaveRun = error instanceof ResponseError || (error as { readonly sent?: boolean }).sent !== false;
        const isOver = error instanceof AbortError || (until !== undefined && performance.now() >= until);
        if (mayHaveRun || isOver) throw error;
      }
    }
    throw failure;
  }

  /** Runs a command on all Sentinels, and tells what became of it on each. */
  async runOnAll<R>(
    spec: Spec,
    args: readonly Value[],
    wait: Wait = {},
  ): Promise<Map<string, PromiseSettledResult<R>>> {
    this.#throwIfClosed();
    const peers = [...this.#peers];
    const outcomes = await Promise.allSettled(peers.map((peer) => peer.ask<R>(spec, args, undefined, wait)));
    return new Map(peers.map((peer, i) => [peer.endpoint, outcomes[i]!]));
  }

  /** Takes up service again after `close`. */
  reopen(): void {
    if (!this.#closed) return;
    this.#closed = false;
    this.#peers = this.#peers.map(({ address, isSeed }) => new SentinelPeer(address, isSeed, this.#settings, this));
  }

  async close(timeout: number): Promise<void> {
    this.#end();
    await Promise.all(this.#peers.map((peer) => peer.close(timeout)));
  }

  destroy(): void {
    this.#end();
    for (const peer of this.#peers) peer.destroy();
  }

  // What the Sentinels tell

  published(_: string, text: string): void {
    const words = text.split(' ');
    for (const [name, listeners] of this.#listeners) {
      // `main 10.0.0.1 ...` of a switch, `master main 10.0.0.1 ...`, `slave ... @ main 10.0.0.1 ...` of the others.
      if (!words.includes(name)) continue;
      for (const listener of [...listeners]) listener.stirred();
    }
  }

  missed(): void {
    for (const listeners of this.#listeners.values()) for (const listener of [...listeners]) listener.stirred();
  }

  // Inside

  #end(): void {
    this.#closed = true;
    this.#isListening = false;
    this.#listeners.clear();
  }

  #throwIfClosed(): void {
    if (this.#closed) throw new ConnectionError('the Sentinel client is closed', { code: 'CLOSED' });
  }

  /**
   * What a Sentinel says of a primary's place. During a failover its address is the next one's already, while the rest still tells of
   * the last one.
   */
  async #vote(peer: SentinelPeer, name: string): Promise<Vote> {
    const [place, primary] = await Promise.allSettled([
      peer.sentinelGetMasterAddrByName(name),
      peer.sentinelMaster(name),
    ]);
    if (place.status === 'rejected') throw place.reason;
    if (place.value === null) throw new Unfit(`does not watch ${name}`);
    if (!isAddress(place.value)) throw new Unfit('answered with no address that could be dialled');
    if (primary.status === 'rejected') {
      // A user who may only ask for the address gets by with it.
      const isEnough = primary.reason instanceof ResponseError && this.#minOtherSentinels === 0;
      if (!isEnough) throw primary.reason;
      return { address: place.value, epoch: -1 };
    }
    this.#checkPrimary(primary.value, place.value);
    return { address: place.value, epoch: primary.value.configEpoch };
  }

  #checkPrimary({ ip, port, flags, configEpoch, numOtherSentinels }: SentinelPrimary, place: HostAddress): void {
    if (!Array.isArray(flags) || !Number.isInteger(configEpoch) || !Number.isInteger(numOtherSentinels)) {
      throw new Unfit('answered with what is no description of a primary');
    }
    this.#checkOthers(numOtherSentinels);
    const isOld = ip === place.host && port === place.port;
    if (isOld && flags.some((flag) => OUT_OF_USE.test(flag))) throw new Unfit(`takes ${endpointOf(place)} for down`);
  }

  async #replicas(peer: SentinelPeer, name: string): Promise<readonly SentinelReplica[]> {
    const [replicas, primary] = await Promise.all([
      peer.sentinelReplicas(name),
      this.#minOtherSentinels === 0 ? undefined : peer.sentinelMaster(name),
    ]);
    if (primary !== undefined) this.#checkOthers(primary.numOtherSentinels);
    return checked(replicas, 'replica');
  }

  #checkOthers(count: number): void {
    if (count >= this.#minOtherSentinels) return;
    throw new Unfit(`knows ${count} other Sentinels, fewer than ${this.#minOtherSentinels}`);
  }

  /** Asks all, and gives what came by the time when it makes no sense to wait any longer. Never rejects. */
  async #askAll<T>(
    ask: (peer: SentinelPeer) => Promise<T>,
  ): Promise<{ readonly answers: Map<SentinelPeer, T>; readonly failures: Map<string, string> }> {
    const answers = new Map<SentinelPeer, T>();
    const failures = new Map<string, string>();
    if (this.#closed) return { answers, failures };
    const enough = new AbortController();
    const headStart = async (): Promise<void> => {
      await pause(timerDelay(HEAD_START), undefined, { signal: enough.signal }).catch(() => undefined);
    };
    let isAnswered!: () => void;
    const answered = new Promise<void>((resolve) => {
      isAnswered = resolve;
    });
    const askOne = async (peer: SentinelPeer): Promise<void> => {
      try {
        const answer = await ask(peer);
        answers.set(peer, answer);
        isAnswered();
      } catch (error) {
        failures.set(peer.endpoint, reasonOf(error));
      }
    };
    const awaited: Promise<void>[] = [];
    const silent: Promise<void>[] = [];
    for (const peer of this.#peers) (peer.isSilent ? silent : awaited).push(askOne(peer));
    await Promise.race([Promise.all(awaited), answered.then(headStart)]);
    // Those that were silent are waited for when nobody else has an answer.
    if (answers.size === 0) await Promise.race([Promise.all(silent), answered]);
    enough.abort();
    return { answers, failures };
  }

  #isNeedless(peer: SentinelPeer, told: ReadonlyMap<string, HostAddress>, answers: number): boolean {
    if (peer.isSeed) return false;
    // It is a seed by another name.
    if (peer.id !== undefined && this.#peers.some((other) => other.isSeed && other.id === peer.id)) return true;
    const address = told.get(peer.id ?? '');
    if (address === undefined) return answers > 0 && peer.isSilent;
    return endpointOf(address) !== peer.endpoint;
  }

  #meet(id: string, address: HostAddress): void {
    const endpoint = endpointOf(address);
    if (this.#peers.some((peer) => peer.id === id || peer.endpoint === endpoint)) return;
    const peer = new SentinelPeer(address, false, this.#settings, this);
    peer.id = id;
    this.#peers.push(peer);
    if (this.#isListening) peer.listen();
  }

  #drop(peer: SentinelPeer): void {
    this.#peers = this.#peers.filter((other) => other !== peer);
    peer.destroy();
  }
}

/** A Sentinel's answer that is of no use. */
class Unfit extends Error {}

function isAddress({ host, port }: HostAddress): boolean {
  return typeof host === 'string' && host !== '' && isPort(port);
}

/** What a Sentinel says the others are, as it is when all of them can be dialled. A Sentinel that is wrong about one is not believed. */
function checked<T extends SentinelInstance>(instances: readonly T[], kind: string): readonly T[] {
  for (const { ip, port, flags, runid } of instances) {
    if (isAddress({ host: ip, port }) && Array.isArray(flags) && typeof runid === 'string') continue;
    throw new Unfit(`answered with what is no description of a ${kind}`);
  }
  return instances;
}

function reasonOf(error: unknown): string {
  if (error instanceof Unfit) return error.message;
  if (error instanceof ResponseError) return `refused: ${error.message}`;
  // The commands' decoders meet what they cannot read.
  if (!(error instanceof ValkeyError)) return 'answered with what cannot be understood';
  return `did not answer: ${error.message}`;
}
