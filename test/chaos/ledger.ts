import { ConnectionError, TimeoutError, ValkeyError, type ValkeyCluster } from '../../src/index.ts';
import { Random } from './random.ts';

/** How many counters there are, and how many keys that stay as they are. */
export const COUNTERS = 300;

/** Counters that are incremented, and how often for certain and perhaps. */
export class Ledger {
  readonly certain: number[] = Array.from({ length: COUNTERS }, () => 0);
  readonly perhaps: number[] = Array.from({ length: COUNTERS }, () => 0);
  readonly wrong: Set<string> = new Set();
  commands = 0;
  failed = 0;
  latest = 0;

  /** Failures are counted by their text: there may be thousands. */
  note(what: string): void {
    if (this.wrong.size < 20) this.wrong.add(what);
  }

  async verify(client: ValkeyCluster): Promise<void> {
    for (let i = 0; i < COUNTERS; i++) {
      const value = Number((await client.get(`counter:${i}`)) ?? 0);
      const [least, most] = [this.certain[i]!, this.certain[i]! + this.perhaps[i]!];
      if (value < least || value > most) this.note(`counter:${i} is ${value}, incremented ${least} to ${most} times`);
    }
  }
}

/** An error in a line, with its cause. */
export function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? `, for ${error.cause.message}` : '';
  return `${error.name}: ${error.message}${cause}`;
}

/** One command after the other until `end`, with losses counted when they are allowed. */
export async function singles(
  client: ValkeyCluster,
  ledger: Ledger,
  end: () => boolean,
  lossy: boolean,
  seed: number,
): Promise<void> {
  const random = new Random(seed);
  while (!end()) {
    const i = random.whole(0, COUNTERS - 1);
    const start = performance.now();
    const isRead = random.whole(0, 2) === 0;
    try {
      if (isRead) {
        const value = await client.get(`fixed:${i}`);
        if (value !== `value ${i}`) ledger.note(`fixed:${i} reads ${value}`);
      } else {
        await client.incr(`counter:${i}`);
        ledger.certain[i]!++;
      }
    } catch (error) {
      ledger.failed++;
      // What says that it was not sent must not have run.
      const mayHaveRun = !(error instanceof ConnectionError || error instanceof TimeoutError) || error.sent;
      if (!isRead && mayHaveRun) ledger.perhaps[i]!++;
      if (!lossy || !(error instanceof ValkeyError)) ledger.note(textOf(error));
    }
    ledger.commands++;
    ledger.latest = Math.max(ledger.latest, performance.now() - start);
  }
}

/** Pipelines of this many mixed commands until `end`. */
export async function pipelines(
  client: ValkeyCluster,
  ledger: Ledger,
  size: number,
  end: () => boolean,
  seed: number,
): Promise<void> {
  const random = new Random(seed);
  while (!end()) {
    const pipeline = client.pipeline();
    const targets: number[] = [];
    for (let n = 0; n < size; n++) {
      const i = random.whole(0, COUNTERS - 1);
      targets.push(i);
      if (n % 3 === 0) pipeline.get(`fixed:${i}`);
      else pipeline.incr(`counter:${i}`);
    }
    const outcomes = await pipeline.executeSettled();
    for (const [n, i] of targets.entries()) {
      const outcome = outcomes[n]!;
      if (outcome.status === 'rejected') {
        ledger.failed++;
        ledger.note(textOf(outcome.reason));
        if (n % 3 !== 0) ledger.perhaps[i]!++;
      } else if (n % 3 === 0) {
        if (outcome.value !== `value ${i}`) ledger.note(`fixed:${i} reads ${String(outcome.value)} in a pipeline`);
      } else ledger.certain[i]!++;
    }
    ledger.commands += size;
  }
}
