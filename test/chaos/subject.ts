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
import type { Direction, FaultProxy } from '../../src/testing/index.ts';
import type { Control } from './control.ts';
import type { Random } from './random.ts';

/** The longest wait between two dials. */
const BACKOFF_CAP = 25;
/** How long one dial may be stuck. */
const CONNECT_TIMEOUT = 200;
const SOCKET_TIMEOUT = 250;
/** In how long a PING must succeed when all faults have ended: two waits, a dial that was stuck, and a little for itself. */
const BOUND = 2 * BACKOFF_CAP + CONNECT_TIMEOUT + 150;
/**
 * A machine on which a new client takes longer for its first PING ends dials that nothing is wrong with by `CONNECT_TIMEOUT`, and how
 * many of them is not the client's choice.
 */
const SLOW = CONNECT_TIMEOUT / 2;
/** Far above any deadline that is used: a promise that is pending after that hangs. */
export const HANGS = 6000;

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
  /** PINGs that were over the bound on a machine that was too slow to tell whose fault it was. */
  excused = 0;
}

/** A client behind a proxy, and the calls it was asked to make. Every call must settle, and be answered with what is its own. */
export class Subject {
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

  /** All faults have ended now: a PING must succeed within the bound. `control` tells how slow the machine is meanwhile. */
  async recover(clock: Clock, control: Control): Promise<void> {
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
      const most = BOUND + clock.worst + 2 * control.slowest;
      if (took <= most) return;
      const shown = `a PING took ${took.toFixed(0)} ms, more than ${most.toFixed(0)}`;
      assert.ok(control.slowest > SLOW, `${shown}; a new client's took ${control.slowest.toFixed(0)} at most`);
      this.#tally.excused++;
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
