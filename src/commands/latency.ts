import type { ReplyMode } from '../protocol/reply-mode.ts';
import { type Many, listOf } from './argument.ts';
import { toNamed, toObject, toPairs, toText } from './reply.ts';
import { type Spec, command } from './spec.ts';
import { Executor, type Integer, type Result, type Surface, type Value } from './surface.ts';

const LATENCY_DOCTOR: Spec = command('LATENCY DOCTOR');
const LATENCY_GRAPH: Spec = command('LATENCY GRAPH');
const LATENCY_HELP: Spec = command('LATENCY HELP');
const LATENCY_HISTOGRAM: Spec = command('LATENCY HISTOGRAM');
const LATENCY_HISTORY: Spec = command('LATENCY HISTORY');
const LATENCY_LATEST: Spec = command('LATENCY LATEST');
const LATENCY_RESET: Spec = command('LATENCY RESET');

/** How long the calls of a command took. */
export interface LatencyHistogram<I> {
  /** How often it was called. */
  readonly calls: I;
  /** How many calls took no longer than so many microseconds; each count includes those before it. */
  readonly histogramUsec: [usec: I, calls: I][];
  readonly [field: string]: unknown;
}

/** A time at which the server was held up. */
export interface LatencySample<I> {
  /** When: Unix time in seconds. */
  readonly time: I;
  /** For how long: milliseconds. */
  readonly latency: I;
}

/** How an event held the server up. */
export interface LatencyEvent<I> {
  /** `command`, `fast-command`, `fork`, `aof-write`, `expire-cycle`, ... */
  readonly event: string;
  /** When it last did: Unix time in seconds. */
  readonly time: I;
  /** For how long it last did, and at most: milliseconds. */
  readonly latest: I;
  readonly max: I;
  /** For how long it did altogether, in milliseconds, and how often. Servers before Valkey 8.1 do not say. */
  readonly sum?: I;
  readonly count?: I;
}

/** Commands on what held a server up. It notes what takes longer than its setting `latency-monitor-threshold`, in milliseconds; 0 for nothing. */
export abstract class LatencyCommands<in out S extends Surface> extends Executor<S> {
  /**
   * Gives the server's opinion on what held it up, and its advice, as a text for people.
   *
   * Complexity: O(1).
   *
   * @since 2.8.13
   * @example
   * ```ts
   * const report = await client.latencyDoctor();
   * ```
   * @see https://valkey.io/commands/latency-doctor/
   */
  latencyDoctor(): Result<S, string> {
    return this.send(LATENCY_DOCTOR, [], toText);
  }

  /**
   * Draws how long an event held the server up, over time, in characters.
   *
   * Rejects with a `ResponseError` when the event never did. Complexity: O(1).
   *
   * @since 2.8.13
   * @example
   * ```ts
   * const graph = await client.latencyGraph('command').catch(() => 'nothing to draw');
   * ```
   * @see https://valkey.io/commands/latency-graph/
   */
  latencyGraph(event: string): Result<S, string> {
    return this.send(LATENCY_GRAPH, [event], toText);
  }

  /**
   * Gives the server's own help on LATENCY, line by line.
   *
   * Complexity: O(1).
   *
   * @since 2.8.13
   * @example
   * ```ts
   * const lines = await client.latencyHelp();
   * ```
   * @see https://valkey.io/commands/latency-help/
   */
  latencyHelp(): Result<S, string[]> {
    return this.send(LATENCY_HELP, []);
  }

  /**
   * Gives by name how long the calls of commands took, or of all commands; of a command with subcommands, those of each.
   *
   * Commands that are unknown or were never called are missing. `configResetstat` begins the counts anew.
   * Complexity: O(N), N being the number of commands given.
   *
   * @since 7.0.0
   * @example
   * ```ts
   * await client.set('greeting', 'hello');
   * const { set } = await client.latencyHistogram('set');
   * const { calls, histogramUsec } = set;
   * ```
   * @see https://valkey.io/commands/latency-histogram/
   */
  latencyHistogram(commands?: Many<string>): Result<S, Record<string, LatencyHistogram<Integer<S>>>> {
    const args = commands === undefined ? [] : listOf(LATENCY_HISTOGRAM, commands, 'command');
    return this.send(LATENCY_HISTOGRAM, args, toHistograms<Integer<S>>);
  }

  /**
   * Gives the times at which an event held the server up, the oldest first, 160 at most; none for an event that never did.
   *
   * Complexity: O(1).
   *
   * @since 2.8.13
   * @example
   * ```ts
   * await client.latencyHistory('fork'); // => []
   * ```
   * @see https://valkey.io/commands/latency-history/
   */
  latencyHistory(event: string): Result<S, LatencySample<Integer<S>>[]> {
    return this.send(LATENCY_HISTORY, [event], toSamples<Integer<S>>);
  }

  /**
   * Gives all events that held the server up, with the last and the worst time each.
   *
   * Complexity: O(1).
   *
   * @since 2.8.13; `sum` and `count` 8.1.0
   * @example
   * ```ts
   * const events = await client.latencyLatest();
   * const worst = Math.max(0, ...events.map(({ max }) => max));
   * ```
   * @see https://valkey.io/commands/latency-latest/
   */
  latencyLatest(): Result<S, LatencyEvent<Integer<S>>[]> {
    return this.send(LATENCY_LATEST, [], toEvents<Integer<S>>);
  }

  /**
   * Forgets what was noted of events, or of all, and gives how many there were of them.
   *
   * Complexity: O(1).
   *
   * @since 2.8.13
   * @example
   * ```ts
   * await client.latencyReset();
   * await client.latencyReset(['command', 'fork']); // => 0
   * ```
   * @see https://valkey.io/commands/latency-reset/
   */
  latencyReset(events?: Many<string>): Result<S, Integer<S>> {
    const args: Value[] = events === undefined ? [] : listOf(LATENCY_RESET, events, 'event');
    return this.send(LATENCY_RESET, args);
  }
}

function toHistograms<I>(reply: unknown, mode: ReplyMode): Record<string, LatencyHistogram<I>> {
  const histograms: [string, LatencyHistogram<I>][] = [];
  for (const [name, value] of toNamed(reply, mode)) {
    const histogramUsec = toPairs<I>(toNamed(value, mode).get('histogram_usec'));
    const histogram = { ...toObject(value, mode), histogramUsec };
    histograms.push([name, histogram as unknown as LatencyHistogram<I>]);
  }
  return Object.fromEntries(histograms);
}

function toSamples<I>(reply: unknown): LatencySample<I>[] {
  return (reply as [I, I][]).map(([time, latency]) => ({ time, latency }));
}

function toEvents<I>(reply: unknown, mode: ReplyMode): LatencyEvent<I>[] {
  return (reply as [unknown, I, I, I, I?, I?][]).map(([name, time, latest, max, sum, count]) => {
    const event = toText(name, mode);
    return sum === undefined || count === undefined
      ? { event, time, latest, max }
      : { event, time, latest, max, sum, count };
  });
}
