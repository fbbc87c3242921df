import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { ValkeyError, type Valkey } from '../../src/index.ts';
import { Random } from './random.ts';

/** What came of readers with caches, while one writer wrote and connections failed. */
export interface StalenessReport {
  readonly writes: number;
  readonly reads: number;
  readonly hits: number;
  /** Reads that were sent because the connection was not known to hear. */
  readonly unproven: number;
  /** Reads that failed, as they may. */
  readonly failed: number;
  /** Connections that were lost. */
  readonly losses: number;
  readonly faults: number;
  /** How often keys were moved to other servers, or their servers replaced. */
  readonly moves: number;
  /** How long ago a value was replaced at most when a read that gave it was called, in milliseconds. */
  readonly stalest: number;
  /** Reads that gave what a server had that was replaced and did not know. */
  readonly unaware: number;
  /** How long at most a server was replaced and did not know, in milliseconds. */
  readonly ignorance: number;
  /** Acknowledged writes that servers have lost when others took their place. */
  readonly lost: number;
  /** What must not happen; empty, or the client is broken. */
  readonly wrong: readonly string[];
  readonly milliseconds: number;
}

export interface StalenessOptions {
  readonly milliseconds: number;
  readonly seed: number;
  readonly readers?: number;
}

/** Whoever can be asked for values. */
export type Reader = Pick<Valkey, 'get' | 'mget' | 'set'> & { readonly cache: Valkey['cache'] };

/** What a writer does: each gives the value that was there before. */
export type Put = (key: string, value: number) => Promise<string | null>;

/** How keys were moved to other servers. */
export interface Moved {
  readonly what: string;
  /** Until when, as `performance.now()` tells, a server was replaced and did not know: it answered with what it had, and told of nothing else. */
  readonly unawareUntil?: number;
}

/** Where readers and a writer meet, and how it is disturbed. */
export interface Site {
  /** The ways of writing. */
  readonly puts: readonly Put[];
  readonly readers: readonly Reader[];
  /** Whether a server may be replaced by one that has not got everything. */
  readonly isLossy: boolean;
  /** Whether what was written last outlives its server. Without it, what is lost is found by the next write. */
  confirm?(): Promise<boolean>;
  /** Moves keys to other servers, beside what strikes. */
  move?(random: Random): Promise<Moved>;
  /** Does something to connections or servers, which may last until the next one. */
  strike(random: Random): unknown;
  heal(): unknown;
  close(): Promise<void>;
}

export const KEYS: readonly string[] = Array.from({ length: 12 }, (_, i) => `key:${i}`);
/** Each key has one. */
const WRITERS = 3;
/** A value that was replaced this long before the call of a read is never given: the default of `maxStaleness`. */
const BOUND = 50;
/** How many versions of a key are remembered. */
const MEMORY = 4000;

/** What was acknowledged of a key, when that was known here, and what of it was lost. */
class History {
  /** `acknowledged[n]`: when version `n` was. */
  readonly acknowledged: number[] = [0];
  readonly #lost = new Set<number>();

  get version(): number {
    return this.acknowledged.length - 1;
  }

  /** Takes it from a write that it found `version`, and not what was acknowledged last. */
  foundBefore(version: number): number {
    const { size } = this.#lost;
    for (let n = version + 1; n <= this.version; n++) this.#lost.add(n);
    return this.#lost.size - size;
  }

  /** How long before `moment` the version was replaced, by what was not lost; 0 when it was not. */
  age(version: number, moment: number): number {
    let next = version + 1;
    while (this.#lost.has(next)) next++;
    const replaced = this.acknowledged[next];
    return replaced === undefined ? 0 : Math.max(0, moment - replaced);
  }
}

/** A read that seems to be stale, until all is known of what was lost. */
interface Suspicion {
  readonly key: string;
  readonly version: number;
  readonly called: number;
  readonly how: string;
}

/** Reads and writes at a site until the time is over, and finds every read that was stale. */
export async function staleness(site: Site, options: StalenessOptions): Promise<StalenessReport> {
  const random = new Random(options.seed);
  const start = performance.now();
  const end = start + options.milliseconds;
  const isOver = (): boolean => performance.now() >= end;
  const histories = new Map(KEYS.map((key) => [key, new History()]));
  const wrong: string[] = [];
  const suspicions: Suspicion[] = [];
  const counts = { writes: 0, reads: 0, failed: 0, faults: 0, lost: 0, unaware: 0 };

  /** The writer of these keys: what it has not been told yet holds up no others. */
  const write = async (keys: readonly string[]): Promise<void> => {
    while (!isOver()) {
      const key = random.pick(keys);
      const history = histories.get(key)!;
      if (history.version >= MEMORY) break;
      try {
        const before = await random.pick(site.puts)(key, history.version + 1);
        counts.lost += history.foundBefore(Number(before ?? 0));
        if ((await site.confirm?.()) !== false) {
          history.acknowledged.push(performance.now());
          counts.writes++;
        }
      } catch (error) {
        // It may have been written, and is written again.
        if (!(error instanceof ValkeyError)) throw error;
        await sleep(5);
      }
      await (random.chance(0.3) ? sleep(random.whole(1, 80)) : turn());
    }
  };

  const check = (key: string, value: string | null | undefined, called: number, how: string): void => {
    if (value === undefined) return;
    counts.reads++;
    const version = Number(value ?? 0);
    if (histories.get(key)!.age(version, called) > 0) suspicions.push({ key, version, called, how });
  };

  const read = async (reader: Reader, name: number): Promise<void> => {
    while (!isOver()) {
      await (random.chance(0.1) ? sleep(random.whole(1, 20)) : turn());
      const called = performance.now();
      const key = random.pick(KEYS);
      try {
        if (random.chance(0.2)) {
          const keys = [key, random.pick(KEYS), random.pick(KEYS)];
          const values = await reader.mget(keys);
          keys.forEach((each, i) => check(each, values[i], called, `MGET of reader ${name}`));
        } else if (random.chance(0.3)) check(key, reader.cache.peek.get(key), called, `peek of reader ${name}`);
        else {
          const { hits } = reader.cache.stats();
          const reply = reader.get(key);
          const how = reader.cache.stats().hits > hits ? 'hit' : 'GET';
          check(key, await reply, called, `${how} of reader ${name}`);
        }
      } catch (error) {
        if (!(error instanceof ValkeyError)) throw error;
        counts.failed++;
        await sleep(5);
      }
    }
  };

  /** What a client has written itself it reads at once. */
  const echo = async (reader: Reader, key: string): Promise<void> => {
    for (let value = 1; !isOver(); value++) {
      try {
        await reader.set(key, value);
        const found = Number(await reader.get(key));
        if (found !== value) wrong.push(`${key} was ${found} after its own ${value}`);
      } catch (error) {
        // Whether it was written is not known.
        if (!(error instanceof ValkeyError)) throw error;
      }
      await sleep(random.whole(1, 30));
    }
  };

  const disturb = async (): Promise<void> => {
    while (!isOver()) {
      await sleep(random.whole(20, 400));
      await site.strike(random);
      counts.faults++;
      await sleep(random.whole(1, 500));
      await site.heal();
    }
  };

  const moves: (Moved & { readonly start: number; readonly end: number })[] = [];

  const move = async (): Promise<void> => {
    const own = new Random(options.seed + 1);
    while (site.move !== undefined && !isOver()) {
      const began = performance.now();
      const moved = await site.move(own);
      moves.push({ ...moved, start: began, end: performance.now() });
    }
  };

  /** What moved in the second before. */
  const movesAt = (moment: number): string =>
    moves
      .filter((each) => each.start <= moment && each.end >= moment - 1000)
      .map((each) => `${each.what} from ${Math.round(each.start - start)} to ${Math.round(each.end - start)} ms`)
      .join(', ');

  /** Whether a server had been replaced within the bound, and did not know. */
  const isUnaware = (moment: number): boolean =>
    moves.some(({ start: began, unawareUntil = 0 }) => began <= moment && moment <= unawareUntil + BOUND);

  /** Of all suspicions: what was stale, and how long at most. */
  const judge = (): number => {
    let stalest = 0;
    for (const { key, version, called, how } of suspicions) {
      const age = histories.get(key)!.age(version, called);
      if (age >= BOUND && isUnaware(called)) {
        counts.unaware++;
        continue;
      }
      stalest = Math.max(stalest, age);
      if (age >= BOUND && wrong.length < 20)
        wrong.push(
          `${key} was ${version} at ${called - start} ms, ${age} ms after it was replaced: ${how}; ${movesAt(called)}`,
        );
    }
    return Math.round(stalest);
  };

  const readers = options.readers ?? 20;
  const { readers: clients } = site;
  try {
    await Promise.all([
      ...Array.from({ length: WRITERS }, (_, n) => write(KEYS.filter((_key, i) => i % WRITERS === n))),
      disturb(),
      move(),
      ...Array.from({ length: readers }, (_, i) => read(clients[i % clients.length]!, i % clients.length)),
      // Where a server can be replaced, a write may be lost with it.
      ...(site.isLossy ? [] : clients.map((client, i) => echo(client, `own:${i}`))),
    ]);
    const stalest = judge();
    const stats = clients.map((client) => client.cache.stats());
    const sum = (name: 'hits' | 'unproven' | 'flushes'): number => stats.reduce((all, each) => all + each[name], 0);
    return {
      ...counts,
      hits: sum('hits'),
      unproven: sum('unproven'),
      losses: sum('flushes'),
      stalest,
      ignorance: Math.round(
        Math.max(0, ...moves.map(({ start: began, unawareUntil = began }) => unawareUntil - began)),
      ),
      moves: moves.length,
      wrong,
      milliseconds: Math.round(performance.now() - start),
    };
  } finally {
    await site.close();
  }
}
