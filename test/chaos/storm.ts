import { setTimeout as sleep } from 'node:timers/promises';
import { Valkey } from '../../src/index.ts';
import { ValkeyServer } from '../../src/testing/index.ts';

/** How the clients of a server came back to it. */
export interface StormReport {
  readonly clients: number;
  /** How many worked again. */
  readonly answered: number;
  /** How many had lost their connection. */
  readonly lost: number;
  /** How many dialled in the fullest 10 ms, in per cent; of the dials that succeeded. */
  readonly dialled: number;
  /** How many were ready in the fullest 10 ms, in per cent. */
  readonly ready: number;
  /** How many bare timers, set for the same moments, went off in the fullest 10 ms, in per cent: what the machine adds. */
  readonly timers: number;
  /** From the first dial to the last, in milliseconds. */
  readonly spread: number;
  /** What must not happen; empty, or the client is broken. */
  readonly wrong: readonly string[];
}

export interface StormOptions {
  readonly clients: number;
  /** How long the server is away beyond what it takes to start, in milliseconds. */
  readonly downtime: number;
  /**
   * Judges when the clients were ready too, rather than only when they dialled. All of them are in one process: where that or the server
   * waits for the processor, many are due at once, so that this is for a machine at rest.
   */
  readonly strict: boolean;
}

const BUCKET = 10;
const MOST = 0.1;
/** Bare timers that go off no closer than this show a machine that was not in the way. */
const CALM = 0.07;

/** How many of these moments lie in the fullest bucket. */
function fullestOf(moments: Iterable<number>): number {
  const buckets = new Map<number, number>();
  for (const moment of moments) {
    const bucket = Math.floor(moment / BUCKET);
    buckets.set(bucket, (buckets.get(bucket) ?? 0) + 1);
  }
  return Math.max(0, ...buckets.values());
}

/** Restarts the server of many clients, and looks when each came back. */
export async function reconnectStorm(options: StormOptions): Promise<StormReport> {
  const { clients: count, downtime, strict } = options;
  await using server = await ValkeyServer.start();
  const clients = await Promise.all(Array.from({ length: count }, () => new Valkey(server.url).connect()));
  const wrong: string[] = [];
  const dials = new Map<Valkey, number>();
  const timers = new Map<Valkey, number>();
  const ready = new Map<Valkey, number>();
  for (const client of clients) {
    // The last of each is that of the dial which succeeded.
    client.events.on('reconnecting', ({ delay }) => {
      dials.set(client, performance.now() + delay);
      setTimeout(() => timers.set(client, performance.now()), delay);
    });
    client.events.on('ready', () => ready.set(client, performance.now()));
  }
  // Long enough for the next loss to be of sound connections.
  await sleep(2100);
  await server.kill();
  await sleep(downtime);
  await server.restart();
  const replies = await Promise.all(clients.map((client) => client.executeCommand('PING')));
  const answered = replies.filter((reply) => reply === 'PONG').length;
  if (answered !== count) wrong.push(`${count - answered} clients do not work`);
  if (ready.size !== count) wrong.push(`${count - ready.size} clients did not lose their connection`);
  await Promise.all(clients.map((client) => client.close()));
  const dialled = fullestOf(dials.values());
  const back = fullestOf(ready.values());
  const control = fullestOf(timers.values());
  if (dialled > MOST * count) wrong.push(`${dialled} of ${count} dialled within ${BUCKET} ms`);
  if (strict && back > MOST * count && control <= CALM * count)
    wrong.push(`${back} of ${count} were ready within ${BUCKET} ms`);
  const percent = (number: number): number => Math.round((number / count) * 1000) / 10;
  const moments = [...dials.values()].sort((a, b) => a - b);
  const spread = Math.round(moments.at(-1)! - moments[0]!);
  const shares = { dialled: percent(dialled), ready: percent(back), timers: percent(control) };
  return { clients: count, answered, lost: ready.size, ...shares, spread, wrong };
}
