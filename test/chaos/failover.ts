import { setTimeout as sleep } from 'node:timers/promises';
import { ConnectionError, PipelineError, Valkey } from '../../src/index.ts';
import { FaultProxy, ValkeyServer } from '../../src/testing/index.ts';
import { Random } from './random.ts';

/** What came of writes while their primary and its replica changed places again and again. */
export interface FailoverReport {
  readonly failovers: number;
  readonly acknowledged: number;
  /** Writes whose connection was lost, so that they may have run. */
  readonly lost: number;
  readonly popped: number;
  /** The longest that a write took, in milliseconds. */
  readonly slowest: number;
  /** What must not happen; empty, or the client is broken. */
  readonly wrong: readonly string[];
}

export interface FailoverOptions {
  readonly failovers: number;
  readonly writesPerSecond: number;
  readonly seed: number;
  readonly protocol: 2 | 3;
  /** The servers say where to go; otherwise only the name, which changes hands a little later, does. */
  readonly redirect: boolean;
}

const TICK = 10;
/** Seconds that a pop blocks: longer than two servers need to change places, which can be more than two. */
const POP = 9;

/** A primary and its replica behind one name. */
class Pair implements AsyncDisposable {
  primary: ValkeyServer;
  replica: ValkeyServer;
  readonly name: FaultProxy;

  private constructor(primary: ValkeyServer, replica: ValkeyServer, name: FaultProxy) {
    this.primary = primary;
    this.replica = replica;
    this.name = name;
  }

  static async start(tells: boolean): Promise<Pair> {
    const quick = ['--repl-diskless-sync-delay', '0'];
    const user = tells ? [] : ['--user', 'default', 'on', 'nopass', '~*', '&*', '+@all', '-client|capa'];
    const primary = await ValkeyServer.start({ args: [...quick, ...user] });
    const replica = await ValkeyServer.start({
      args: [...quick, ...user, '--replicaof', primary.host, String(primary.port)],
    });
    const name = await FaultProxy.start(primary);
    const pair = new Pair(primary, replica, name);
    await pair.inStep();
    return pair;
  }

  /** Waits until the replica follows. */
  async inStep(): Promise<void> {
    await using admin = new Valkey(this.replica.url);
    for (let left = 1000; left > 0; left--) {
      const { replication } = await admin.info('replication');
      if (JSON.stringify(replication).includes('"up"')) return;
      await sleep(10);
    }
    throw new Error('the replica does not follow');
  }

  /** Lets them change places, and the name follow after `delay` ms. */
  async change(delay: number): Promise<void> {
    await using admin = new Valkey({ port: this.primary.port, redirect: false });
    await admin.failover();
    for (let left = 1000; left > 0 && (await admin.role()).role === 'primary'; left--) await sleep(5);
    [this.primary, this.replica] = [this.replica, this.primary];
    await sleep(delay);
    this.name.retarget(this.primary);
    await this.inStep();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.name.close();
    await this.replica.stop();
    await this.primary.stop();
  }
}

/** Counts what becomes of the writes of one client. */
class Writers {
  readonly wrong: string[] = [];
  readonly acknowledged: Map<string, number> = new Map();
  lost = 0;
  slowest = 0;
  readonly #client: Valkey;
  #next = 0;
  readonly #pending: Set<Promise<void>> = new Set();

  constructor(client: Valkey) {
    this.#client = client;
  }

  /** Begins one write: plain, in a pipeline, in MULTI, or by a script. */
  begin(random: Random): void {
    const key = `write:${this.#next++}`;
    const write = this.#write(key, random.whole(0, 7));
    this.#pending.add(write);
    void write.then(() => this.#pending.delete(write));
  }

  async settled(): Promise<void> {
    await Promise.all(this.#pending);
  }

  async #write(key: string, kind: number): Promise<void> {
    const client = this.#client;
    const start = performance.now();
    try {
      if (kind === 0) await client.multi().incr(key).get(key).execute();
      else if (kind === 1) await client.pipeline().incr(key).get(key).execute();
      else if (kind === 2)
        await client.eval("redis.call('GET', KEYS[1]) return redis.call('INCR', KEYS[1])", [key], []);
      else await client.incr(key);
      this.acknowledged.set(key, kind);
    } catch (error) {
      const reason: unknown = error instanceof PipelineError ? error.cause : error;
      if (reason instanceof ConnectionError && reason.sent) this.lost++;
      else this.wrong.push(`${key} (${kind}): ${String(error)}`);
    }
    this.slowest = Math.max(this.slowest, performance.now() - start);
  }
}

/** Fails over again and again under writes and a blocking pop. */
export async function failoverUnderLoad(options: FailoverOptions): Promise<FailoverReport> {
  const { failovers, writesPerSecond, protocol, redirect } = options;
  const random = new Random(options.seed);
  await using pair = await Pair.start(redirect);
  await using client = new Valkey({ port: pair.name.port, protocol, socketTimeout: 10_000 });
  const writers = new Writers(client);
  let popped = 0;
  let over = false;
  const popping = (async () => {
    while (!over) {
      const start = performance.now();
      try {
        if ((await client.blpop('queue', POP)) !== null) popped++;
      } catch (error) {
        if (!(error instanceof ConnectionError)) {
          const took = Math.round(performance.now() - start);
          writers.wrong.push(`BLPOP, after ${took} ms: ${String(error)}`);
        }
      }
    }
  })();
  const perTick = Math.max(1, Math.round((writesPerSecond * TICK) / 1000));
  const timer = setInterval(() => {
    for (let i = 0; i < perTick; i++) writers.begin(random);
    if (random.whole(0, 9) === 0) client.rpush('queue', 'x').catch(() => undefined);
  }, TICK);
  for (let i = 0; i < failovers; i++) {
    await sleep(200 + random.whole(0, 199));
    await pair.change(random.whole(0, 299));
  }
  await sleep(200);
  clearInterval(timer);
  await writers.settled();
  over = true;
  await client.rpush('queue', 'the last');
  await popping;
  await using reader = new Valkey(pair.primary.url);
  const keys = [...writers.acknowledged.keys()];
  const counts = await reader.mget(keys);
  keys.forEach((key, index) => {
    if (counts[index] !== '1') writers.wrong.push(`${key}: acknowledged, and ${counts[index]} on the primary`);
  });
  const { lost, slowest, wrong } = writers;
  return { failovers, acknowledged: keys.length, lost, popped, slowest: Math.round(slowest), wrong };
}
