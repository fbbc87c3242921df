import { setTimeout as sleep } from 'node:timers/promises';
import { ConnectionError, ResponseError, Sentinel, TimeoutError, type Valkey } from '../../src/index.ts';
import { ValkeyServer, type SentinelDeployment, type WatchedNode } from '../../src/testing/index.ts';
import { Random } from './random.ts';

/** What is done to a primary. */
export const SENTINEL_FAULTS = ['killed', 'stopped', 'cut off', 'failed over'] as const;
export type SentinelFault = (typeof SENTINEL_FAULTS)[number];

export interface SentinelChaosOptions {
  /** How often each fault is tried. */
  readonly rounds: number;
  readonly faults?: readonly SentinelFault[];
  /** Says in which order the faults of a round come, after which pauses, and how long each lasts when another primary has been agreed on. */
  readonly seed: number;
  readonly protocol: 2 | 3;
  /** How long after the Sentinels have agreed on another primary writes may take to be confirmed again, in milliseconds. */
  readonly resumeWithin: number;
}

export interface SentinelChaosReport {
  readonly rounds: number;
  readonly writes: number;
  readonly reads: number;
  /** Confirmed writes that the next primary never got from the last one. */
  readonly lost: number;
  readonly failures: number;
  readonly codes: Readonly<Record<string, number>>;
  /** The longest time from a fault to the next write that is confirmed, in milliseconds, by fault. */
  readonly resumed: Readonly<Record<string, number>>;
  /** The same, counted from the Sentinels' agreement. */
  readonly resumedAfterAgreement: number;
  readonly slowest: number;
  readonly gaps: number;
  readonly popped: number;
  readonly wrong: readonly string[];
}

const DEADLINE = 5000;
/** A busy machine. */
const SLACK = 3000;
const PACE = 3;

/** The times and errors of commands that go on for as long as the test. */
class Load {
  stopped = false;
  done = 0;
  slowest = 0;
  failures = 0;
  lastDone = 0;
  readonly codes: Record<string, number> = {};
  readonly wrong: string[] = [];

  async run(what: string, call: () => Promise<unknown>, mayFail: boolean): Promise<void> {
    while (!this.stopped) {
      const start = performance.now();
      try {
        await call();
        this.done++;
        this.lastDone = performance.now();
      } catch (error) {
        this.#failed(what, error, mayFail);
      }
      const elapsed = performance.now() - start;
      this.slowest = Math.max(this.slowest, elapsed);
      if (elapsed > DEADLINE + SLACK) this.wrong.push(`${what} took ${Math.round(elapsed)} ms`);
      await sleep(PACE);
    }
  }

  #failed(what: string, error: unknown, mayFail: boolean): void {
    this.failures++;
    const code = (error as { readonly code?: string }).code ?? String(error);
    this.codes[code] = (this.codes[code] ?? 0) + 1;
    const isKnown =
      error instanceof ConnectionError ||
      error instanceof TimeoutError ||
      // A server that becomes a replica releases what blocks on it.
      (error instanceof ResponseError && /^(UNBLOCKED|READONLY)$/.test(error.code));
    if (!mayFail || !isKnown) this.wrong.push(`${what}: ${String(error)}`);
  }
}

/** Writes numbers, and knows which were confirmed, and which must not be there. */
class Writer extends Load {
  readonly confirmed: { readonly number: number; readonly at: number }[] = [];
  readonly unsent: Set<number> = new Set();
  #number = 0;

  async write(client: Valkey): Promise<void> {
    const number = ++this.#number;
    try {
      await client.rpush('written', number);
      this.confirmed.push({ number, at: performance.now() });
    } catch (error) {
      if ((error as { readonly sent?: boolean }).sent === false) this.unsent.add(number);
      throw error;
    }
  }
}

export interface SentinelOutageReport {
  readonly away: number;
  readonly writes: number;
  /** How long the first failover after it took a client, from the order to the first write that the new primary confirmed, in milliseconds. */
  readonly followed: number;
  readonly wrong: readonly string[];
}

/**
 * All Sentinels are killed, stay away for `away` ms, and come back on other ports behind the same names, while a client writes. The seed
 * says in which order and after which pauses.
 */
export async function sentinelsAway(options: {
  readonly away: number;
  readonly seed: number;
}): Promise<SentinelOutageReport> {
  const { away, seed } = options;
  const random = new Random(seed);
  await using deployment = await ValkeyServer.startSentinel();
  const ports = deployment.addresses.map(({ port }) => port);
  await using sentinel = new Sentinel(
    ports.map((_, i) => `sentinel-${i}`),
    {
      addressRemap: ({ host, port }) => ({
        host: '127.0.0.1',
        port: ports[Number(/^sentinel-(\d)$/.exec(host)?.[1])] ?? port,
      }),
    },
  );
  const client = sentinel.primaryFor('main');
  await client.ping();
  const load = new Load();
  const running = load.run('a write', () => client.incr('written'), false);
  for (const each of random.shuffled(deployment.sentinels)) {
    await sleep(random.whole(0, 300));
    await each.kill();
  }
  await sleep(away);
  for (const each of random.shuffled(deployment.sentinels)) {
    await sleep(random.whole(0, 300));
    await each.restart({ newPort: true });
    ports[deployment.sentinels.indexOf(each)] = each.port;
  }
  await deployment.settled();
  load.stopped = true;
  await running;
  const start = performance.now();
  const primary = await deployment.failover();
  for (;;) {
    await client.incr('followed').catch(() => undefined);
    if (Number(await primary.call('GET', 'followed')) > 0) break;
    if (performance.now() - start > 20_000) load.wrong.push('the failover was not followed');
    if (load.wrong.length > 0) break;
  }
  return { away, writes: load.done, followed: Math.round(performance.now() - start), wrong: load.wrong };
}

/** Faults of a primary that is watched by Sentinels, while everything a client can do goes on. */
export async function failoversUnderLoad(options: SentinelChaosOptions): Promise<SentinelChaosReport> {
  await using deployment = await ValkeyServer.startSentinel({ proxies: true });
  await using sentinel = new Sentinel(deployment.addresses, { protocol: options.protocol, socketTimeout: DEADLINE });
  return await new Chaos(deployment, sentinel, options).run();
}

class Chaos {
  readonly #deployment: SentinelDeployment;
  readonly #options: SentinelChaosOptions;
  readonly #random: Random;
  readonly #client: Valkey;
  readonly #reader: Valkey;
  readonly #spread: Valkey;
  readonly #writer: Writer = new Writer();
  readonly #loads: Load[] = [];
  readonly #wrong: string[] = [];
  readonly #heard: Set<string> = new Set();
  readonly #popped: Set<string> = new Set();
  readonly #resumed: Record<string, number> = {};
  #resumedAfterAgreement = 0;
  #gaps = 0;
  #lost = 0;

  constructor(deployment: SentinelDeployment, sentinel: Sentinel, options: SentinelChaosOptions) {
    this.#deployment = deployment;
    this.#options = options;
    this.#random = new Random(options.seed);
    this.#client = sentinel.primaryFor('main', { clientName: 'chaos-writer' });
    this.#reader = sentinel.replicaFor('main');
    this.#spread = sentinel.primaryFor('main', { readFrom: 'preferReplica' });
  }

  async run(): Promise<SentinelChaosReport> {
    const faults = this.#options.faults ?? SENTINEL_FAULTS;
    await this.#client.set('stays', 'here');
    const [reads, pops] = [new Load(), new Load()];
    this.#loads.push(this.#writer, reads, pops);
    const running = [
      this.#writer.run('a write', () => this.#writer.write(this.#client), true),
      reads.run('a read', () => this.#reader.get('stays'), false),
      reads.run('a read', () => this.#spread.get('stays'), false),
      pops.run('a pop', () => this.#pop(), true),
    ];
    const pubsub = this.#client.pubsub();
    await pubsub.subscribe('news');
    const listening = this.#listen(pubsub);
    try {
      for (let round = 0; round < this.#options.rounds; round++) {
        for (const fault of this.#random.shuffled(faults)) await this.#round(fault, `${fault} ${round}`);
      }
    } finally {
      for (const load of this.#loads) load.stopped = true;
    }
    await this.#client.rpush('jobs', 'last');
    await Promise.all(running);
    await this.#verify(Infinity);
    await pubsub.close();
    await listening;
    return this.#report(reads, pops);
  }

  async #round(fault: SentinelFault, name: string): Promise<void> {
    const before = await this.#deployment.primary();
    await sleep(this.#random.whole(0, 500));
    const start = performance.now();
    await this.#strike(fault, before);
    const next = await this.#next(before);
    const agreed = performance.now();
    await this.#until(`${name}: a write is confirmed`, () => this.#writer.lastDone > agreed);
    const resumed = this.#firstAfterGap(start);
    this.#resumed[fault] = Math.max(this.#resumed[fault] ?? 0, Math.round(resumed - start));
    const late = Math.round(this.#writer.lastDone - agreed);
    this.#resumedAfterAgreement = Math.max(this.#resumedAfterAgreement, late);
    if (late > this.#options.resumeWithin) this.#wrong.push(`${name}: writes resumed ${late} ms after the agreement`);
    await this.#works(name);
    await sleep(this.#random.whole(0, 500));
    await this.#heal(fault, before);
    await this.#deployment.settled();
    await this.#isLeft(before, name);
    // A primary that still lives confirms writes until it is told, which nobody keeps. And another one may have taken over meanwhile.
    const since = Math.max(resumed, agreed + this.#options.resumeWithin);
    if ((await this.#deployment.primary()) === next) await this.#verify(since);
  }

  async #strike(fault: SentinelFault, node: WatchedNode): Promise<void> {
    if (fault === 'killed') await node.kill();
    else if (fault === 'stopped') node.pause();
    else if (fault === 'cut off') node.proxy!.blackhole();
    else await this.#deployment.startFailover();
  }

  async #heal(fault: SentinelFault, node: WatchedNode): Promise<void> {
    if (fault === 'killed') await node.restart();
    else if (fault === 'stopped') node.resume();
    else if (fault === 'cut off') node.proxy!.heal();
  }

  async #next(before: WatchedNode): Promise<WatchedNode> {
    for (;;) {
      const primary = await this.#deployment.primary();
      if (primary !== before) return primary;
      await sleep(10);
    }
  }

  /** When the first write was confirmed behind the longest pause since `start`. */
  #firstAfterGap(start: number): number {
    const times = this.#writer.confirmed.filter(({ at }) => at > start - 100).map(({ at }) => at);
    let [longest, end] = [0, start];
    for (let i = 1; i < times.length; i++) {
      const pause = times[i]! - times[i - 1]!;
      if (pause > longest) [longest, end] = [pause, times[i]!];
    }
    return end;
  }

  /** Messages come, and jobs are done, as before. */
  async #works(name: string): Promise<void> {
    await this.#until(`${name}: a message is heard`, async () => {
      await this.#client.publish('news', name).catch(() => undefined);
      return this.#heard.has(name);
    });
    await this.#client.withOptions({ retry: { idempotent: true } }).rpush('jobs', name);
    await this.#until(`${name}: a job is done`, () => this.#popped.has(name));
  }

  /** What was the primary is a replica, and nobody writes there. */
  async #isLeft(node: WatchedNode, name: string): Promise<void> {
    if ((await node.role()) !== 'replica') return;
    const clients = String(await node.call('CLIENT', 'LIST'));
    if (clients.includes('name=chaos-writer')) this.#wrong.push(`${name}: connections stay at the old primary`);
  }

  /** Nothing is there twice, or although it was not sent; and nothing is missing that was confirmed after `since`. */
  async #verify(since: number): Promise<void> {
    const kept = (await this.#client.lrange('written', 0, -1)).map(Number);
    const there = new Set(kept);
    if (there.size !== kept.length) this.#wrong.push(`${kept.length - there.size} writes ran twice`);
    const ghosts = [...this.#writer.unsent].filter((number) => there.has(number));
    if (ghosts.length > 0) this.#wrong.push(`ran, and were told not to have: ${ghosts.join()}`);
    const missing = this.#writer.confirmed.filter(
      ({ number, at }) => !there.has(number) && at < performance.now() - 500,
    );
    this.#lost = missing.length;
    const inexcusable = missing.filter(({ at }) => at > since);
    if (inexcusable.length > 0) this.#wrong.push(`confirmed by the new primary, and lost: ${inexcusable.length}`);
  }

  async #pop(): Promise<void> {
    const popped = await this.#client.blpop('jobs', 0);
    if (popped !== null) this.#popped.add(popped[1]);
  }

  async #listen(messages: AsyncIterable<{ readonly type: string; readonly data?: unknown }>): Promise<void> {
    for await (const message of messages) {
      if (message.type === 'gap') this.#gaps++;
      else if (message.type === 'message') this.#heard.add(String(message.data));
    }
  }

  async #until(what: string, isTrue: () => boolean | Promise<boolean>): Promise<void> {
    const deadline = performance.now() + 20_000;
    while (!(await isTrue())) {
      if (performance.now() > deadline) throw new Error(`not within twenty seconds: ${what}`);
      await sleep(10);
    }
  }

  #report(reads: Load, pops: Load): SentinelChaosReport {
    const codes: Record<string, number> = {};
    for (const load of this.#loads) {
      for (const [code, count] of Object.entries(load.codes)) codes[code] = (codes[code] ?? 0) + count;
    }
    return {
      rounds: this.#options.rounds,
      writes: this.#writer.done,
      reads: reads.done,
      lost: this.#lost,
      failures: this.#writer.failures + pops.failures,
      codes,
      resumed: this.#resumed,
      resumedAfterAgreement: this.#resumedAfterAgreement,
      slowest: Math.round(Math.max(this.#writer.slowest, reads.slowest)),
      gaps: this.#gaps,
      popped: this.#popped.size,
      wrong: [...this.#wrong, ...this.#loads.flatMap(({ wrong }) => wrong)],
    };
  }
}
