import { Valkey } from '../../src/index.ts';
import { ValkeyServer } from '../../src/testing/index.ts';
import { Random } from './random.ts';

/** What came of races between an abort and a push. */
export interface AbortRacesReport {
  readonly races: number;
  /** Pops that were delivered. */
  readonly returned: number;
  /** Pops that were aborted. */
  readonly aborted: number;
  /** Elements that are still on the server. */
  readonly left: number;
  readonly pushed: number;
  /** What must not happen; empty, or the client is broken. */
  readonly wrong: readonly string[];
  /** Clients that the server holds blocked when all is over. */
  readonly blocked: number;
  readonly milliseconds: number;
}

const WORKERS = 8;
const LIMIT = 10_000;

/**
 * Blocked pops are aborted while an element is pushed for them. Whatever wins, no element may be lost: what was popped is returned.
 *
 * The abort comes before or after the push by about the time of a round trip, which is measured, so that either can win.
 */
export async function abortRaces(options: {
  readonly races: number;
  readonly seed: number;
  readonly protocol: 2 | 3;
  /** Connections for `WORKERS` pops at a time: less than these, and pops wait for each other. */
  readonly maxConnections?: number;
}): Promise<AbortRacesReport> {
  const { races, seed, protocol, maxConnections = WORKERS } = options;
  const start = performance.now();
  const random = new Random(seed);
  await using server = await ValkeyServer.start();
  await using pusher = new Valkey({ port: server.port });
  await using client = new Valkey({ port: server.port, protocol, maxConnections });
  await Promise.all([pusher.connect(), client.connect()]);
  const ends = { returned: 0, aborted: 0, pushed: 0 };
  const wrong: string[] = [];
  const seen = new Set<string>();
  let started = 0;

  const race = async (key: string, id: number, spread: number): Promise<void> => {
    const abort = new AbortController();
    const reason = new Error(`reason ${id}`);
    const pop = client
      .withOptions({ signal: abort.signal })
      .blpop(key, 0)
      .then(
        (popped) => {
          ends.returned++;
          const element = popped?.[1] ?? 'null';
          if (popped?.[0] !== key) wrong.push(`race ${id}: an element of ${popped?.[0]} for a pop of ${key}`);
          if (seen.has(element)) wrong.push(`race ${id}: ${element} was returned twice`);
          seen.add(element);
        },
        (error: unknown) => {
          ends.aborted++;
          const { name, cause } = error as Error;
          if (name !== 'AbortError' || cause !== reason) wrong.push(`race ${id}: ${String(error)}`);
        },
      );
    if (random.chance(0.8)) await wait(random.next() * spread * 2);
    const lead = (random.next() * 5 - 4) * spread;
    if (lead < 0) {
      abort.abort(reason);
      await wait(-lead);
    }
    ends.pushed++;
    const push = pusher.rpush(key, String(id));
    if (lead >= 0) {
      await wait(lead);
      abort.abort(reason);
    }
    await within(Promise.all([pop, push]), `race ${id} (seed ${seed}) hangs`);
  };

  await Promise.all(
    Array.from({ length: WORKERS }, async () => {
      while (started < races && wrong.length < 10) {
        const id = started++;
        // A round trip as it is now, with all workers at it.
        const before = performance.now();
        await pusher.ping();
        // A queue of its own: an element that another race left would be popped before there is anything to abort.
        await race(`queue:${id}`, id, Math.min(5, performance.now() - before));
      }
    }),
  );
  // One element each.
  const left = await pusher.dbsize();
  const info = String(await pusher.executeCommand('INFO', 'clients'));
  return {
    races: started,
    ...ends,
    left,
    wrong,
    blocked: Number(/blocked_clients:(\d+)/.exec(info)?.[1]),
    milliseconds: Math.round(performance.now() - start),
  };
}

/** Timers are too coarse for less than a round trip. */
async function wait(milliseconds: number): Promise<void> {
  const end = performance.now() + milliseconds;
  do await new Promise((resolve) => setImmediate(resolve));
  while (performance.now() < end);
}

async function within(promise: Promise<unknown>, what: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(what)), LIMIT);
  });
  await Promise.race([promise, limit]).finally(() => clearTimeout(timer));
}
