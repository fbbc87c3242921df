import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConnectionError, ConstantBackoff, Valkey, type RetryMessage } from '../../src/index.ts';
import { ValkeyServer } from '../../src/testing/index.ts';
import { Random } from './random.ts';

/** What became of writes to a server that came back again and again, and took its time to read its data. */
export interface LoadingReport {
  readonly restarts: number;
  /** Writes that were confirmed. */
  readonly acknowledged: number;
  /** Writes whose connection was lost, so that they may have run. */
  readonly lost: number;
  /** How often the server said that it was loading, to whoever asked it only once. */
  readonly refusals: number;
  /** How often commands were tried again because the server was loading. */
  readonly retries: number;
  /** The longest that a write took, in milliseconds. */
  readonly slowest: number;
  /** What must not happen; empty, or the client is broken. */
  readonly wrong: readonly string[];
}

export interface LoadingOptions {
  readonly restarts: number;
  readonly seed: number;
  readonly protocol: 2 | 3;
}

const COUNTERS = 20;
const KEYS = 4000;
/** What a server waits before each key that it loads, in microseconds. */
const DELAY = 250;
const DEADLINE = 10_000;
/** A busy machine may add so much to it. */
const LATE = 2000;

/**
 * Increments of counters, while the server ends in order and comes back with all its data, for a second saying LOADING to everything.
 *
 * No increment is told of the loading, or late; each that was confirmed has happened once, each that was lost at most once.
 */
export async function slowLoading({ restarts, seed, protocol }: LoadingOptions): Promise<LoadingReport> {
  const random = new Random(seed);
  const args = ['--save', '3600 1', '--enable-debug-command', 'yes'];
  const slow = ['--key-load-delay', String(DELAY), '--loading-process-events-interval-bytes', '1024'];
  await using server = await ValkeyServer.start({ args: [...args, ...slow] });
  await using client = new Valkey({
    port: server.port,
    protocol,
    socketTimeout: DEADLINE,
    retry: { retries: 20, backoff: new ConstantBackoff(20) },
  });
  await client.executeCommand('DEBUG', 'POPULATE', KEYS);
  const sure = Array.from({ length: COUNTERS }, () => 0);
  const perhaps = Array.from({ length: COUNTERS }, () => 0);
  const wrong = new Set<string>();
  const counts = { acknowledged: 0, lost: 0, refusals: 0, slowest: 0 };
  let running = true;
  let retries = 0;
  const retried = (message: unknown): void => {
    if ((message as RetryMessage).reason === 'LOADING') retries++;
  };
  subscribe('valkey-ts:retry', retried);

  const write = async (): Promise<void> => {
    while (running) {
      const at = random.whole(0, COUNTERS - 1);
      const start = performance.now();
      try {
        await client.incr(`counter:${at}`);
        sure[at]!++;
        counts.acknowledged++;
      } catch (error) {
        if (!(error instanceof ConnectionError) || !error.sent) wrong.add(`INCR failed: ${String(error)}`);
        perhaps[at]!++;
        counts.lost++;
      }
      counts.slowest = Math.max(counts.slowest, Math.round(performance.now() - start));
      await sleep(random.whole(0, 10));
    }
  };
  /** Shows that the server does say it, and that it reaches those who do not want to wait. */
  const ask = async (): Promise<void> => {
    while (running) {
      await using hasty = new Valkey({ port: server.port, protocol, socketTimeout: 30, retry: { retries: 0 } });
      const said = await hasty.get('counter:0').catch((error: unknown) => String(error));
      if (said?.includes('LOADING') === true) counts.refusals++;
      await sleep(20);
    }
  };
  const working = [ask(), ...Array.from({ length: 10 }, write)];
  for (let restart = 0; restart < restarts; restart++) {
    await sleep(random.whole(50, 300));
    await server.restart();
  }
  await sleep(100);
  running = false;
  await Promise.all(working);
  unsubscribe('valkey-ts:retry', retried);

  if (counts.slowest > DEADLINE + LATE) wrong.add(`a write took ${counts.slowest} ms`);
  for (let at = 0; at < COUNTERS; at++) {
    const value = Number((await client.get(`counter:${at}`)) ?? 0);
    const [least, most] = [sure[at]!, sure[at]! + perhaps[at]!];
    if (value < least || value > most) wrong.add(`counter ${at} is ${value}, not ${least} to ${most}`);
  }
  return { restarts, ...counts, retries, wrong: [...wrong] };
}
