import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { setTimeout as sleep } from 'node:timers/promises';
import { isUnderWay } from '../../src/diagnostics.ts';

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
/** How long what was begun may take to end when a scenario is over, in milliseconds. */
const PATIENCE = 10_000;

/** Watches a process over many rounds: that every command which was begun ends, and that nothing is left of them. */
export class Watch {
  readonly unhandled: unknown[] = [];
  readonly #holdings: Holding[] = [];
  #begun = 0;
  #ended = 0;
  readonly #begin = (): void => void this.#begun++;
  readonly #end = (): void => void this.#ended++;
  readonly #reject = (reason: unknown): void => void this.unhandled.push(reason);

  constructor() {
    subscribe('tracing:valkey-ts:command:start', this.#begin);
    subscribe('tracing:valkey-ts:command:asyncEnd', this.#end);
    process.on('unhandledRejection', this.#reject);
  }

  /** How many commands there have been. */
  get commands(): number {
    return this.#begun;
  }

  /** What is wrong after a round. */
  async check(): Promise<string[]> {
    const until = performance.now() + PATIENCE;
    while ((this.#begun !== this.#ended || isUnderWay()) && performance.now() < until) await sleep(20);
    const wrong: string[] = [];
    if (this.#begun !== this.#ended) wrong.push(`${this.#begun} commands were begun, and ${this.#ended} ended`);
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
    unsubscribe('tracing:valkey-ts:command:start', this.#begin);
    unsubscribe('tracing:valkey-ts:command:asyncEnd', this.#end);
    process.off('unhandledRejection', this.#reject);
    const heaps = this.#holdings.slice(WARM).map(({ heap }) => heap);
    const third = Math.max(1, Math.floor(heaps.length / 3));
    const [early, late] = [medianOf(heaps.slice(0, third)), medianOf(heaps.slice(-third))];
    const wrong = this.unhandled.map((reason) => `nobody handled ${String(reason)}`);
    if (late - early > HEAP) wrong.push('the heap grows');
    const { commands } = this;
    const mb = (bytes: number): number => Number((bytes / 2 ** 20).toFixed(1));
    return { numbers: { commands, 'heap at first MB': mb(early), 'heap at last MB': mb(late) }, wrong };
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
