import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  AbortError,
  AuthenticationError,
  ConnectionError,
  ExponentialBackoff,
  TimeoutError,
  Valkey,
  type ValkeyOptions,
} from '../../src/index.ts';
import { FaultProxy, type Direction, type ValkeyServer } from '../../src/testing/index.ts';
import { Random } from './random.ts';

/** The longest wait between two dials. */
const BACKOFF_CAP = 25;
/** How long one dial may be stuck. */
const CONNECT_TIMEOUT = 200;
const SOCKET_TIMEOUT = 250;
/** In how long a PING must succeed when all faults have ended: two waits, a dial that was stuck, and a little for itself. */
const BOUND = 2 * BACKOFF_CAP + CONNECT_TIMEOUT + 150;
/** Far above any deadline that is used: a promise that is pending after that hangs. */
const HANGS = 6000;

export const PASSWORD = 'chaos';

/** How late this process's timers are: no client can be faster. */
export interface Clock {
  readonly worst: number;
}

/** What is counted over all schedules. */
export class Tally {
  schedules = 0;
  calls = 0;
  ok = 0;
  failed = 0;
  /** The longest that a PING took from the end of all faults, in milliseconds. */
  slowestPing = 0;
}

/** A client behind a proxy, and the calls it was asked to make. Every call must settle, and be answered with what is its own. */
class Subject {
  readonly client: Valkey;
  readonly steps: string[] = [];
  readonly wrong: string[] = [];
  readonly #tally: Tally;
  readonly #name: string;
  readonly #proxy: FaultProxy;
  readonly #aborts: AbortController[] = [];
  #pending = 0;
  #echoes = 0;
  #acknowledged = 0;
  #perhaps = 0;

  constructor(name: string, proxy: FaultProxy, options: ValkeyOptions, tally: Tally) {
    this.#name = name;
    this.#proxy = proxy;
    this.#tally = tally;
    this.client = new Valkey({
      port: proxy.port,
      password: PASSWORD,
      connectTimeout: CONNECT_TIMEOUT,
      socketTimeout: SOCKET_TIMEOUT,
      healthCheckInterval: 50,
      maxConnections: 3,
      retry: { retries: 1000, backoff: new ExponentialBackoff({ base: 1, cap: BACKOFF_CAP }) },
      ...options,
    });
  }

  /** Makes a few calls of all kinds. */
  call(random: Random): void {
    const count = random.whole(1, 6);
    for (let i = 0; i < count; i++) {
      const kind = random.next();
      if (kind < 0.35) this.#echo();
      else if (kind < 0.6) this.#increment();
      else if (kind < 0.7) this.#watch(this.client.connect());
      else if (kind < 0.8) this.#block(random);
      else if (kind < 0.9) this.#lease();
      else if (kind < 0.95) this.#echo({ timeout: random.whole(1, 60) });
      else this.#watch(this.client.select(random.whole(0, 3)));
    }
  }

  /** Ends what would wait for ever. */
  abort(): void {
    for (const abort of this.#aborts) abort.abort();
  }

  /**
   * All faults have ended now: a PING must succeed within the bound. `control` is what a new client takes for its first one at this time:
   * the machine, not the faults.
   */
  async recover(clock: Clock, control: Promise<number>): Promise<void> {
    const start = performance.now();
    const elapsed = (): number => performance.now() - start;
    const view = this.client.withOptions({ timeout: HANGS, whenDown: 'wait' });
    let last: unknown;
    while (elapsed() < HANGS) {
      const pong = await this.#settled(view.ping()).catch((error: unknown) => void (last = error));
      if (pong !== 'PONG') {
        // One that was written to a connection that had been cut, and nobody knew, may be called again.
        await sleep(1);
        continue;
      }
      const took = elapsed();
      this.#tally.slowestPing = Math.max(this.#tally.slowestPing, took);
      const most = BOUND + clock.worst + 2 * (await control);
      assert.ok(took <= most, `a PING took ${took.toFixed(0)} ms, more than ${most.toFixed(0)}`);
      return;
    }
    throw new Error(`no PING succeeded within ${HANGS} ms; the client is ${this.client.state}`, { cause: last });
  }

  /** Waits until every call has settled, and looks at what they came to. */
  async finish(admin: Valkey, keepsData: boolean): Promise<void> {
    this.abort();
    const deadline = performance.now() + HANGS;
    while (this.#pending > 0) {
      assert.ok(performance.now() < deadline, `${this.#pending} calls are pending after ${HANGS} ms`);
      await sleep(5);
    }
    const counted = Number((await admin.get(this.#counter)) ?? 0);
    const most = this.#acknowledged + this.#perhaps;
    assert.ok(counted <= most, `the counter is ${counted}, with ${most} calls that may have run`);
    if (keepsData)
      assert.ok(counted >= this.#acknowledged, `the counter is ${counted}, acknowledged were ${this.#acknowledged}`);
    await this.#settled(this.client.close({ timeout: 500 }));
    assert.equal(this.client.state, 'closed');
    assert.deepEqual(this.wrong, []);
  }

  /** The error with everything that is needed to look for its cause. */
  explained(error: unknown): Error {
    const steps = this.steps.join('; ');
    return new Error(`${this.#name}: ${(error as Error).message}\nafter ${steps}`, { cause: error });
  }

  get #counter(): string {
    return `counter:${this.#name}`;
  }

  #echo(options?: { timeout: number }): void {
    const word = `${this.#name}:${this.#echoes++}`;
    const view = options === undefined ? this.client : this.client.withOptions(options);
    this.#watch(view.echo(word), (value) => {
      if (value !== word) this.wrong.push(`ECHO ${word} got ${String(value)}`);
    });
  }

  /** Counts in database 0, whatever is selected. */
  #increment(): void {
    const call = this.client.executeCommand(
      'EVAL',
      "redis.call('SELECT', 0) return redis.call('INCR', KEYS[1])",
      1,
      this.#counter,
    );
    this.#watch(
      call,
      () => this.#acknowledged++,
      (error) => {
        if ((error as ConnectionError).sent) this.#perhaps++;
      },
    );
  }

  #block(random: Random): void {
    const abort = new AbortController();
    this.#aborts.push(abort);
    const view = this.client.withOptions({ signal: abort.signal });
    this.#watch(view.blpop(`none:${this.#name}`, random.chance(0.5) ? 0 : 0.02), (value) => {
      if (value !== null) this.wrong.push(`BLPOP got ${JSON.stringify(value)}`);
    });
    if (random.chance(0.3)) abort.abort();
    else if (random.chance(0.5)) setTimeout(() => abort.abort(), random.whole(1, 50));
  }

  #lease(): void {
    const word = `${this.#name}:session:${this.#echoes++}`;
    const work = async (): Promise<unknown> => {
      await using session = await this.client.session();
      await session.executeCommand('WATCH', 'k');
      return await session.echo(word);
    };
    this.#watch(work(), (value) => {
      if (value !== word) this.wrong.push(`ECHO ${word} in a session got ${String(value)}`);
    });
  }

  #watch(promise: Promise<unknown>, check?: (value: unknown) => void, fail?: (error: unknown) => void): void {
    this.#pending++;
    this.#tally.calls++;
    promise.then(
      (value) => {
        this.#pending--;
        this.#tally.ok++;
        check?.(value);
      },
      (error: unknown) => {
        this.#pending--;
        this.#tally.failed++;
        fail?.(error);
        if (!isExpected(error)) this.wrong.push(`unexpected: ${String(error)}`);
      },
    );
  }

  async #settled<T>(promise: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const hangs = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`a promise is pending after ${HANGS} ms`)), HANGS);
    });
    try {
      return await Promise.race([promise, hangs]);
    } finally {
      clearTimeout(timer);
    }
  }

  heal(): void {
    this.steps.push('heal');
    this.#proxy.heal();
  }

  /** Does something to the connections. */
  strike(random: Random): void {
    const [name, fault] = random.pick(FAULTS);
    this.steps.push(name);
    fault(this.#proxy, random);
  }
}

/** What trouble with a connection may look like to a caller. Credentials are right, so nobody may be told otherwise. */
function isExpected(error: unknown): boolean {
  if (error instanceof AuthenticationError) return false;
  return error instanceof TimeoutError || error instanceof AbortError || error instanceof ConnectionError;
}

const direction = (random: Random): Direction => (random.chance(0.5) ? 'toClient' : 'toServer');

const FAULTS: readonly (readonly [name: string, strike: (proxy: FaultProxy, random: Random) => void])[] = [
  ['nothing', () => {}],
  ['cut', (proxy) => proxy.cut()],
  ['reset', (proxy) => proxy.cut({ reset: true })],
  ['cut early', (proxy, random) => proxy.cutAfter(random.whole(0, 60), { direction: direction(random) })],
  [
    'cut late',
    (proxy, random) =>
      proxy.cutAfter(random.whole(60, 600), { direction: direction(random), reset: random.chance(0.5) }),
  ],
  [
    'cut from now',
    (proxy, random) => proxy.cutAfter(random.whole(0, 200), { direction: direction(random), from: 'now' }),
  ],
  ['split', (proxy) => proxy.splitEvery(1)],
  ['delay', (proxy, random) => proxy.delay(random.whole(1, 40))],
  ['slow', (proxy) => proxy.throttle(5000)],
  ['blackhole', (proxy) => proxy.blackhole()],
  ['drop replies', (proxy) => proxy.dropReplies()],
  ['refuse', (proxy) => proxy.refuse()],
  ['refuse and cut', (proxy) => (proxy.refuse(), proxy.cut())],
  ['heal', (proxy) => proxy.heal()],
];

/** How many clients a server has at a time, each with a proxy. */
export const SIZE = 20;

/** One of the proxies with TLS, which are every eighth. */
const TLS = 7;
const hasTls = (i: number): boolean => i % 8 === TLS;

/** How long a new client takes to its first PING. */
async function firstPing(options: ValkeyOptions): Promise<number> {
  const start = performance.now();
  const client = new Valkey(options);
  await client.ping();
  client.destroy();
  return performance.now() - start;
}

/**
 * The proxies of one server. They are made before any server is killed: on its free port another would be started meanwhile.
 */
export function proxiesOf(server: ValkeyServer): Promise<FaultProxy[]> {
  return Promise.all(
    Array.from({ length: SIZE }, (_, i) => FaultProxy.start({ port: hasTls(i) ? server.tlsPort : server.port })),
  );
}

/**
 * Several clients of one server, each behind a proxy of its own, each with faults of its own; now and then the server itself pauses or dies.
 * In the end all faults stop at once.
 */
export async function wave(
  server: ValkeyServer,
  proxies: readonly FaultProxy[],
  admin: Valkey,
  seed: number,
  tally: Tally,
  clock: Clock,
): Promise<void> {
  const random = new Random(seed);
  const trouble = random.pick(['none', 'none', 'pause', 'pause', 'restart']);
  const subjects = proxies.map((proxy, i) => {
    const options: ValkeyOptions = {
      protocol: random.chance(0.5) ? 3 : 2,
      db: random.whole(0, 2),
      ...(random.chance(0.5) ? { clientName: `chaos-${i}` } : {}),
      ...(hasTls(i) ? { tls: { ca: server.ca } } : {}),
      ...(random.chance(0.2) ? { whenDown: 'fail' as const } : {}),
    };
    return new Subject(`seed ${seed}, schedule ${i}`, proxy, options, tally);
  });

  /** Runs something for all, and says whose it was that failed. */
  const each = async (run: (subject: Subject, random: Random) => Promise<void>): Promise<void> => {
    const ends = await Promise.allSettled(
      subjects.map((subject, i) =>
        run(subject, new Random(seed * 31 + i)).catch((error: unknown) => {
          throw subject.explained(error);
        }),
      ),
    );
    for (const end of ends) if (end.status === 'rejected') throw end.reason as Error;
  };

  try {
    const strikeServer = async (): Promise<void> => {
      await sleep(random.whole(5, 60));
      if (trouble === 'pause') {
        server.pause();
        await sleep(random.whole(5, 300));
        server.resume();
      } else if (trouble === 'restart') {
        await server.kill();
        await sleep(random.whole(0, 50));
        await server.restart();
      }
    };
    const serverTrouble = Promise.allSettled([strikeServer()]);
    await each(async (subject, own) => {
      subject.steps.push(`server: ${trouble}`);
      if (own.chance(0.5)) subject.strike(own);
      const steps = own.whole(2, 6);
      for (let step = 0; step < steps; step++) {
        subject.call(own);
        await sleep(own.whole(0, 40));
        subject.strike(own);
        subject.call(own);
        await sleep(own.whole(0, 40));
        if (own.chance(0.5)) subject.heal();
      }
    });
    const [struck] = await serverTrouble;
    if (struck.status === 'rejected') throw struck.reason as Error;
    for (const proxy of proxies) proxy.heal();
    const control = firstPing({ port: proxies.at(TLS)?.port ?? 0, password: PASSWORD, tls: { ca: server.ca } });
    await each((subject) => subject.recover(clock, control));
    await each((subject) => subject.finish(admin, trouble !== 'restart'));
    tally.schedules += SIZE;
  } finally {
    for (const subject of subjects) subject.client.destroy();
    for (const proxy of proxies) {
      proxy.cut();
      proxy.heal();
    }
  }
}

/** Where a handshake is cut. */
export interface HandshakeCut {
  readonly protocol: 2 | 3;
  readonly direction: Direction;
  readonly bytes: number;
  readonly reset: boolean;
}

const NAMES = { db: 1, clientName: 'cut' } as const;

/** Every place where a handshake can be cut, in each direction. */
export async function handshakeCuts(proxy: FaultProxy): Promise<HandshakeCut[]> {
  const cuts: HandshakeCut[] = [];
  for (const protocol of [3, 2] as const) {
    const before = { toServer: proxy.bytesToServer, toClient: proxy.bytesToClient };
    await using client = new Valkey({ port: proxy.port, password: PASSWORD, protocol, ...NAMES });
    await client.connect();
    const lengths = {
      toServer: proxy.bytesToServer - before.toServer,
      toClient: proxy.bytesToClient - before.toClient,
    };
    for (const way of ['toServer', 'toClient'] as const) {
      for (let bytes = 0; bytes <= lengths[way] + 1; bytes++) {
        cuts.push({ protocol, direction: way, bytes, reset: bytes % 2 === 1 });
      }
    }
  }
  return cuts;
}

/** Cuts the handshakes of one client there until it was dialled twice; then nothing is in the way, and it must work. */
export async function cutHandshake(
  proxy: FaultProxy,
  admin: Valkey,
  cut: HandshakeCut,
  seed: number,
  tally: Tally,
  clock: Clock,
): Promise<void> {
  const { protocol, direction: way, bytes, reset } = cut;
  const name = `RESP${protocol} cut after ${bytes} bytes ${way}${reset ? ', reset' : ''}, seed ${seed}`;
  const subject = new Subject(name, proxy, { protocol, ...NAMES }, tally);
  try {
    proxy.cutAfter(bytes, { direction: way, reset });
    const accepted = proxy.accepted;
    const random = new Random(seed + bytes);
    for (let i = 0; i < 3; i++) subject.call(random);
    const deadline = performance.now() + HANGS;
    // A cut behind the handshake is felt by what comes later.
    while (proxy.accepted < accepted + 2 && subject.client.state !== 'ready') {
      assert.ok(performance.now() < deadline, 'it does not dial again');
      await sleep(1);
    }
    proxy.heal();
    await subject.recover(clock, firstPing({ port: proxy.port, password: PASSWORD }));
    await subject.finish(admin, true);
    tally.schedules++;
  } catch (error) {
    throw subject.explained(error);
  } finally {
    proxy.heal();
    subject.client.destroy();
  }
}
