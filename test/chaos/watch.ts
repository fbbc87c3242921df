import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { setTimeout as sleep } from 'node:timers/promises';
import { isUnderWay } from '../../src/diagnostics.ts';

/** What is followed from its beginning to its end: whoever called these waits for a promise. */
const kinds = ['command', 'lease', 'connect'] as const;
type Kind = (typeof kinds)[number];

/** What the process holds. */
interface Holding {
  /** Bytes of the heap, after a collection. */
  readonly heap: number;
  readonly handles: number;
}

/** How much the heap may grow from the first third of the rounds to the last, in bytes. */
const HEAP = 16 * 1024 * 1024;
const HANDLES = 5;
/** Rounds in which every kind of code has been run, and is compiled, so that the heap is what it will be. */
const WARM = 5;
/** The longest deadline of any scenario, and what a busy machine and a stalled loop add to it, in milliseconds. */
const LONGEST = 25_000;

/** Counts what is begun, and what ends. */
class Count {
  begun = 0;
  ended = 0;
  /** In milliseconds; since the last round. */
  longest = 0;
  readonly #channel: string;
  readonly #begin = (): void => void this.begun++;
  readonly #end = (message: unknown): void => {
    this.ended++;
    this.longest = Math.max(this.longest, (message as { duration?: number }).duration ?? 0);
  };

  constructor(kind: Kind) {
    this.#channel = `tracing:valkey-ts:${kind}`;
    subscribe(`${this.#channel}:start`, this.#begin);
    subscribe(`${this.#channel}:asyncEnd`, this.#end);
  }

  stop(): void {
    unsubscribe(`${this.#channel}:start`, this.#begin);
    unsubscribe(`${this.#channel}:asyncEnd`, this.#end);
  }
}

/** Watches a process over many rounds: that everything which was begun ends, in time, and that nothing is left of it. */
export class Watch {
  readonly unhandled: unknown[] = [];
  readonly #patience: number;
  readonly #holdings: Holding[] = [];
  readonly #counts: Readonly<Record<Kind, Count>> = {
    command: new Count('command'),
    lease: new Count('lease'),
    connect: new Count('connect'),
  };
  readonly #reject = (reason: unknown): void => void this.unhandled.push(reason);

  /** What was begun may take `patience` ms to end when a scenario is over. */
  constructor(patience = 10_000) {
    this.#patience = patience;
    process.on('unhandledRejection', this.#reject);
  }

  get #isBusy(): boolean {
    return isUnderWay() || Object.values(this.#counts).some(({ begun, ended }) => begun !== ended);
  }

  /** What is wrong after a round. */
  async check(): Promise<string[]> {
    const until = performance.now() + this.#patience;
    while (this.#isBusy && performance.now() < until) await sleep(20);
    const wrong: string[] = [];
    for (const kind of kinds) {
      const count = this.#counts[kind];
      const { begun, ended, longest } = count;
      if (begun !== ended) wrong.push(`of kind ${kind}, ${begun} were begun, and ${ended} have ended`);
      if (longest > LONGEST) wrong.push(`a ${kind} took ${Math.round(longest)} ms`);
      count.longest = 0;
    }
    if (isUnderWay()) wrong.push('commands are remembered as under way');
    const holding = holdingNow();
    this.#holdings.push(holding);
    const { handles } = holding;
    const first = this.#holdings[0]!.handles;
    if (handles > first + HANDLES) wrong.push(`${handles} handles, ${first} at first`);
    return wrong;
  }

  /** What is wrong when all rounds are over, and what the numbers are. */
  finish(): { readonly numbers: Readonly<Record<string, number>>; readonly wrong: readonly string[] } {
    for (const kind of kinds) this.#counts[kind].stop();
    process.off('unhandledRejection', this.#reject);
    const heaps = this.#holdings.slice(WARM).map(({ heap }) => heap);
    const third = Math.max(1, Math.floor(heaps.length / 3));
    const [early, late] = [medianOf(heaps.slice(0, third)), medianOf(heaps.slice(-third))];
    const wrong = this.unhandled.map((reason) => `nobody handled ${String(reason)}`);
    if (late - early > HEAP) wrong.push('the heap grows');
    const { command, lease, connect } = this.#counts;
    const counts = { commands: command.begun, leases: lease.begun, dials: connect.begun };
    const mb = (bytes: number): number => Number((bytes / 2 ** 20).toFixed(1));
    const heap = heaps.length > 1 ? { 'heap at first MB': mb(early), 'heap at last MB': mb(late) } : {};
    return { numbers: { ...counts, ...heap }, wrong };
  }
}

function holdingNow(): Holding {
  globalThis.gc?.();
  const handles = process.getActiveResourcesInfo().filter((name) => /TCP|Pipe|Timeout|Process/.test(name));
  return { heap: process.memoryUsage().heapUsed, handles: handles.length };
}

function medianOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}
