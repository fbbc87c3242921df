import { setTimeout as sleep } from 'node:timers/promises';
import { ConstantBackoff, Valkey, type Pipeline, type View } from '../../src/index.ts';
import { FaultProxy, ValkeyServer } from '../../src/testing/index.ts';
import { Random } from './random.ts';

/** What became of the commands, and of the servers' promises. */
export interface PipelinesReport {
  readonly acknowledged: number;
  /** Reported as having run, perhaps. */
  readonly unsure: number;
  /** Reported as not having run. */
  readonly unsent: number;
  /** What came to somebody it was not for, ran twice, in part, or not although it was acknowledged; empty, or the client is broken. */
  readonly wrong: readonly string[];
  readonly connections: number;
  readonly milliseconds: number;
}

const KEYS = 200;
const CONCURRENCY = 300;
/** Far above any deadline that is used: what is pending after that hangs. */
const LIMIT = 20_000;
/** The hash that counts how often each write ran. */
const RAN = 'ran';

/** What is known of a write: `least` to `most` times. */
interface Known {
  readonly least: number;
  readonly most: number;
}

/**
 * Single commands, pipelines, transactions and transactions that watch, all at once, over a connection that is cut, split, delayed, muted
 * and killed, with deadlines and signals that fire. Every reply holds the id of its command; every write counts how often it ran.
 */
export async function pipelinesUnderFire(options: {
  readonly rounds: number;
  readonly seed: number;
  readonly protocol: 2 | 3;
}): Promise<PipelinesReport> {
  const { rounds, seed, protocol } = options;
  const start = performance.now();
  const random = new Random(seed);
  await using server = await ValkeyServer.start();
  await using proxy = await FaultProxy.start(server);
  await using direct = new Valkey({ port: server.port });
  await direct.mset(Array.from({ length: KEYS }, (_, key): [string, string] => [`k${key}`, valueOf(key)]));
  await using client = new Valkey({
    port: proxy.port,
    protocol,
    socketTimeout: 5000,
    connectTimeout: 500,
    retry: { retries: 50, backoff: new ConstantBackoff(5) },
  });
  const ledger = new Ledger();
  const faults = new AbortController();
  const trouble = makeTrouble(proxy, server, direct, new Random(seed ^ 0x5bd1e995), faults.signal);
  const pending = new Set<Promise<void>>();
  try {
    for (let round = 0; round < rounds; round++) {
      const call = random.pick([single, single, pipeline, multi, multi, watching]);
      const done = call(viewOf(client, random), ledger, random, round).catch((error: unknown) => {
        ledger.wrong.push(`${call.name} ${round}: ${String(error)}`);
      });
      pending.add(done);
      void done.finally(() => pending.delete(done));
      if (pending.size >= CONCURRENCY) await within(Promise.race(pending), `${call.name} ${round}, seed ${seed}`);
      else if (random.chance(0.3)) await new Promise((resolve) => setImmediate(resolve));
    }
    await within(Promise.all(pending), `${pending.size} calls, seed ${seed}`);
  } finally {
    faults.abort();
    await trouble;
  }
  const ran = new Map(Object.entries(await direct.hgetall(RAN)).map(([id, count]) => [id, Number(count)]));
  const ends = ledger.settle(ran);
  return { ...ends, connections: proxy.accepted, milliseconds: Math.round(performance.now() - start) };
}

function valueOf(key: number): string {
  return `${key}:`.padEnd(10 + ((key * 37) % 500), `${key},`);
}

function viewOf(client: Valkey, random: Random): View {
  if (random.chance(0.15)) return client.withOptions({ timeout: random.pick([1, 5, 30, 200]) });
  if (random.chance(0.85)) return client;
  const abort = new AbortController();
  setTimeout(() => abort.abort(), random.whole(0, 10));
  return client.withOptions({ signal: abort.signal });
}

/** Knows what every write was said to have done. */
class Ledger {
  readonly wrong: string[] = [];
  readonly #known = new Map<string, Known>();
  #acknowledged = 0;
  #unsure = 0;
  #unsent = 0;

  /** `times` is what the write does when it runs. */
  write(id: string, times: number, error: unknown, failed: boolean): void {
    if (!failed) {
      this.#acknowledged++;
      this.#known.set(id, { least: times, most: times });
    } else if ((error as { sent?: boolean }).sent === true) {
      this.#unsure++;
      this.#known.set(id, { least: 0, most: times });
    } else if ((error as { sent?: boolean }).sent === false) {
      this.#unsent++;
      this.#known.set(id, { least: 0, most: 0 });
    } else this.wrong.push(`${id}: ${String(error)}`);
  }

  expect(what: string, value: unknown, expected: unknown): void {
    if (value === expected || this.wrong.length > 20) return;
    this.wrong.push(`${what} got ${JSON.stringify(value)?.slice(0, 60)}`);
  }

  settle(ran: ReadonlyMap<string, number>): Pick<PipelinesReport, 'acknowledged' | 'unsure' | 'unsent' | 'wrong'> {
    for (const [id, { least, most }] of this.#known) {
      const times = ran.get(id) ?? 0;
      // Between nothing and all of it there is nothing.
      if (times !== least && times !== most) this.wrong.push(`${id} ran ${times} times, not ${least} or ${most}`);
    }
    for (const id of ran.keys()) if (!this.#known.has(id)) this.wrong.push(`${id} ran, and nobody had called it`);
    const { wrong } = this;
    return { acknowledged: this.#acknowledged, unsure: this.#unsure, unsent: this.#unsent, wrong };
  }
}

async function single(view: View, ledger: Ledger, random: Random, round: number): Promise<void> {
  const id = `single ${round}`;
  const key = random.whole(0, KEYS - 1);
  const [echo, get, write] = await Promise.allSettled([view.echo(id), view.get(`k${key}`), view.hincrby(RAN, id, 1)]);
  if (echo.status === 'fulfilled') ledger.expect(id, echo.value, id);
  if (get.status === 'fulfilled') ledger.expect(`${id}, k${key}`, get.value, valueOf(key));
  if (write.status === 'fulfilled') ledger.expect(`${id}, its count`, write.value, 1);
  ledger.write(id, 1, write.status === 'rejected' ? write.reason : undefined, write.status === 'rejected');
}

async function pipeline(view: View, ledger: Ledger, random: Random, round: number): Promise<void> {
  const count = random.whole(1, 30);
  const key = random.whole(0, KEYS - 1);
  const collected: Pipeline = view.pipeline();
  for (let i = 0; i < count; i++) {
    const id = `pipeline ${round}.${i}`;
    collected.echo(id).get(`k${key}`).hincrby(RAN, id, 1);
    if (random.chance(0.05)) await collected.flush();
  }
  const results = await collected.executeSettled();
  ledger.expect(`pipeline ${round}, its length`, results.length, 3 * count);
  for (let i = 0; i < count; i++) {
    const id = `pipeline ${round}.${i}`;
    const [echo, get, write] = results.slice(3 * i, 3 * i + 3) as [
      PromiseSettledResult<unknown>,
      PromiseSettledResult<unknown>,
      PromiseSettledResult<unknown>,
    ];
    if (echo.status === 'fulfilled') ledger.expect(id, echo.value, id);
    if (get.status === 'fulfilled') ledger.expect(`${id}, k${key}`, get.value, valueOf(key));
    if (write.status === 'fulfilled') ledger.expect(`${id}, its count`, write.value, 1);
    ledger.write(id, 1, write.status === 'rejected' ? write.reason : undefined, write.status === 'rejected');
  }
}

/** Adds to a transaction what `check` then looks at. */
function fill(collected: Pipeline, id: string, key: number): Promise<unknown[]> {
  return collected.hincrby(RAN, id, 1).echo(id).get(`k${key}`).hincrby(RAN, id, 1).execute();
}

function check(ledger: Ledger, replies: readonly unknown[], id: string, key: number): void {
  for (const [i, expected] of [1, id, valueOf(key), 2].entries()) ledger.expect(`${id}, ${i}`, replies[i], expected);
}

async function multi(view: View, ledger: Ledger, random: Random, round: number): Promise<void> {
  const id = `multi ${round}`;
  const key = random.whole(0, KEYS - 1);
  try {
    check(ledger, await fill(view.multi(), id, key), id, key);
  } catch (error) {
    ledger.write(id, 2, error, true);
    return;
  }
  ledger.write(id, 2, undefined, false);
}

async function watching(view: View, ledger: Ledger, random: Random, round: number): Promise<void> {
  const id = `watching ${round}`;
  const key = random.whole(0, KEYS - 1);
  try {
    const replies = await view.transaction(
      async (tx) => {
        const text = await tx.echo(id);
        ledger.expect(id, text, id);
        return await fill(tx.multi(), id, key);
      },
      { watch: `k${key}` },
    );
    check(ledger, replies, id, key);
  } catch (error) {
    // Its reads may have been sent, and its transaction not: what ran is at most all of it.
    ledger.write(id, 2, error, true);
    return;
  }
  ledger.write(id, 2, undefined, false);
}

async function within(promise: Promise<unknown>, what: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`hangs: ${what}`)), LIMIT);
  });
  await Promise.race([promise, limit]).finally(() => clearTimeout(timer));
}

async function makeTrouble(
  proxy: FaultProxy,
  server: ValkeyServer,
  direct: Valkey,
  random: Random,
  signal: AbortSignal,
): Promise<void> {
  const faults: readonly (() => void | Promise<void>)[] = [
    () => proxy.cut(),
    () => proxy.cut({ reset: true }),
    () => proxy.cutAfter(random.whole(0, 20_000), { from: 'now' }),
    () => proxy.cutAfter(random.whole(0, 20_000), { from: 'now', reset: true, direction: 'toServer' }),
    () => proxy.splitEvery(random.whole(1, 40)),
    () => proxy.delay(random.whole(1, 6)),
    () => proxy.dropReplies(),
    async () => void (await direct.executeCommand('CLIENT', 'KILL', 'SKIPME', 'yes', 'TYPE', 'normal')),
    async () => {
      server.pause();
      await sleep(random.whole(1, 30));
      server.resume();
    },
  ];
  while (!signal.aborted) {
    const fault = random.pick(faults);
    await fault();
    await sleep(random.whole(1, 25));
    if (random.chance(0.8)) proxy.heal();
    await sleep(random.whole(1, 40));
  }
  proxy.heal();
}
