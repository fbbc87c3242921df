import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { FLOOR, type Entrant } from './clients.ts';
import { startPublisher } from './publisher.ts';
import type { Measurement, Settings } from './results.ts';
import type { BenchServer } from './server.ts';
import type { ChildSettings, Figures } from './types.ts';
import { measures, type Workload } from './workloads.ts';

const execute = promisify(execFile);

/** Longer than the slowest program takes, shorter than anyone's patience with one that hangs. */
const CHILD_TIMEOUT_MS = 120_000;

/** What a child process should measure. */
export interface Race {
  readonly workload: Workload;
  readonly entrants: readonly Entrant[];
}

/**
 * Yields the measurements as they are taken: in each round every workload, in each workload every client once, in a
 * child process of its own. Neighbours in time are compared with each other, a disturbance of some seconds spoils one
 * round of a few workloads and not a median, and the order of clients turns from round to round.
 */
export async function* measure(
  races: readonly Race[],
  settings: Settings,
  server: BenchServer,
): AsyncGenerator<Measurement, void> {
  for (let round = 1; round <= settings.rounds; round++) {
    for (const { workload, entrants } of races) {
      const { repeats, maxRounds } = measures[workload.program];
      if (round > maxRounds) continue;
      for (let repeat = 0; repeat < repeats; repeat++) {
        for (const entrant of rotate(entrants, round + repeat - 1)) {
          const taken = { round, workload: workload.id, client: entrant.id };
          try {
            yield { ...taken, figures: await runChild(workload, entrant, settings, server) };
          } catch (error) {
            yield { ...taken, error: reason(error) };
          }
        }
      }
    }
  }
}

function rotate<T>(items: readonly T[], by: number): T[] {
  const start = by % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
}

async function runChild(
  workload: Workload,
  entrant: Entrant,
  settings: Settings,
  server: BenchServer,
): Promise<Figures> {
  const program = entrant.id === FLOOR && workload.program === 'throughput' ? 'floor' : workload.program;
  const script = fileURLToPath(new URL(`child/${program}.mjs`, import.meta.url));
  const exposeGc = program === 'in-flight' || program === 'retain';
  const child: Omit<ChildSettings, 'spawnedAt'> = {
    host: server.host,
    port: server.port,
    ...(server.tls === undefined ? {} : { tls: server.tls }),
    adapter: entrant.id,
    operation: workload.operation,
    size: workload.size,
    inFlight: workload.inFlight,
    wave: workload.wave ?? false,
    pipelined: workload.pipelined ?? false,
    warmupMs: settings.warmupMs,
    durationMs: settings.durationMs,
  };
  const start = (prefix: readonly string[]) => {
    const flags = exposeGc ? ['--expose-gc'] : [];
    const input = JSON.stringify({ ...child, spawnedAt: performance.timeOrigin + performance.now() });
    const [command, ...args] = [...prefix, entrant.executable, ...flags, script, input];
    return execute(command, args, { env: childEnvironment(), timeout: CHILD_TIMEOUT_MS });
  };
  const publisher = program === 'pubsub' ? startPublisher(server, workload.size) : undefined;
  try {
    const { stdout } = await (workload.oneCore && server.core ? server.core.hold(start) : start([]));
    return parseFigures(stdout);
  } finally {
    publisher?.stop();
  }
}

/** The figures are one line of JSON; glide logs to standard output too. */
function parseFigures(stdout: string): Figures {
  const line = stdout.split('\n').findLast((text) => text.startsWith('{'));
  if (line === undefined) throw new Error(`no figures in ${JSON.stringify(stdout)}`);
  return JSON.parse(line);
}

/** Ours without what would change the measured process. */
function childEnvironment(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _options, NODE_V8_COVERAGE: _coverage, ...rest } = process.env;
  return { ...rest, DO_NOT_TRACK: '1' };
}

/** The last lines a failed child wrote, or what ended it. */
function reason(error: unknown): string {
  const { killed, stderr, message } = error as Error & { killed?: boolean; stderr?: string };
  if (killed) return `no result within ${CHILD_TIMEOUT_MS / 1000} s`;
  return stderr?.trim().split('\n').slice(-12).join('\n') || message;
}
