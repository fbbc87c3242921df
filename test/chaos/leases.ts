import { setTimeout as sleep } from 'node:timers/promises';
import { ConstantBackoff, Valkey, ValkeyError } from '../../src/index.ts';
import { FaultProxy, ValkeyServer } from '../../src/testing/index.ts';
import type { Random } from './random.ts';

/** What became of the leases that were asked for. */
export interface LeasesReport {
  readonly leased: number;
  readonly refused: number;
  readonly most: number;
  /** What must not happen; empty, or the pool is broken. */
  readonly wrong: readonly string[];
}

const MAX_CONNECTIONS = 8;
const WORKERS = 30;

/** Sessions by the thousand, given up, timed out and aborted, while connections are cut, dials refused and flows forgotten. */
export async function leasesUnderFire(options: {
  readonly leases: number;
  readonly random: Random;
}): Promise<LeasesReport> {
  const { leases, random } = options;
  await using server = await ValkeyServer.start();
  await using proxy = await FaultProxy.start(server);
  await using client = new Valkey({
    port: proxy.port,
    maxConnections: MAX_CONNECTIONS,
    socketTimeout: 500,
    healthCheckInterval: 20,
    retry: { backoff: new ConstantBackoff(2) },
  });
  const wrong: string[] = [];
  let asked = 0;
  let leased = 0;
  let refused = 0;
  let most = 0;
  const worker = async (): Promise<void> => {
    while (asked < leases) {
      asked++;
      const signal = random.chance(0.2) ? AbortSignal.timeout(random.whole(1, 5)) : undefined;
      try {
        await using session = await client.session({ timeout: random.whole(5, 300), signal });
        leased++;
        if (random.chance(0.5)) await session.executeCommand('PING');
      } catch (error) {
        refused++;
        if (!(error instanceof ValkeyError)) wrong.push(`an unexpected error: ${String(error)}`);
      }
      const { connections } = client.stats().pool;
      most = Math.max(most, connections);
      if (random.chance(0.02)) await sleep(random.whole(0, 40));
    }
  };
  let running = true;
  const harass = async (): Promise<void> => {
    while (running) {
      random.pick([
        () => proxy.cut(),
        () => proxy.cut({ reset: true }),
        () => proxy.refuse(),
        () => proxy.forget(),
        () => proxy.blackhole(),
        () => proxy.cutAfter(random.whole(0, 300), { from: 'now' }),
      ])();
      await sleep(random.whole(1, 20));
      proxy.heal();
      await sleep(random.whole(5, 60));
    }
  };
  const harassing = harass();
  await Promise.all(Array.from({ length: WORKERS }, worker));
  running = false;
  await harassing;
  const { leased: left, waiting, connections, idle } = client.stats().pool;
  if (left + waiting > 0 || connections > MAX_CONNECTIONS || idle > connections)
    wrong.push(`at the end ${left} leased, ${waiting} waiting, ${connections} connections, ${idle} idle`);
  if (most > MAX_CONNECTIONS) wrong.push(`${most} connections at a time, ${MAX_CONNECTIONS} allowed`);
  await using last = await client.session({ timeout: 5000 });
  if ((await last.executeCommand('PING')) !== 'PONG') wrong.push('the pool does not lend any more');
  return { leased, refused, most, wrong };
}
