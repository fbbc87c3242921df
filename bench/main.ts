import { mkdir, writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { clients, enter, OURS, type Entrant } from './clients.ts';
import { toMarkdown } from './report/markdown.ts';
import { rounded } from './report/numbers.ts';
import { toSvg } from './report/svg.ts';
import { describe, judge } from './report/targets.ts';
import { Report, type Measurement, type Results, type Settings } from './results.ts';
import { measure, type Race } from './run.ts';
import { startServer } from './server.ts';
import { measures, workloads } from './workloads.ts';

const HELP = `Usage: npm run bench -- [options]

  --workloads a,b   ${workloads.map(({ id }) => id).join(' ')}
  --clients x,y     ${clients.map(({ id }) => id).join(' ')}
  --rounds n        rounds of interleaved child processes (5)
  --duration ms     measured time of each child process (700)
  --quick           fewer workloads, clients and rounds: a look in two minutes
  --server h:p      use this server instead of starting one; writes keys that start with bench:
  --json file       write every figure of every round
  --markdown file   write the tables (otherwise they go to standard output)
  --svg file        write the chart
  --check           compare with the targets; exit 1 and name each one missed
`;

const QUICK = {
  rounds: '3',
  duration: '300',
  workloads: 'seq-get,get-100-16,get-1000-16,set-1000-16,get-1m,mget-1000,lrange-10k,hgetall-1k,startup,mem-100k',
  clients: 'valkey-ts,ioredis,ioredis-autopipelining,node-redis,bun,floor',
};
const FULL = { rounds: '5', duration: '700', workloads: undefined, clients: undefined };

const { values: options } = parseArgs({
  options: {
    workloads: { type: 'string' },
    clients: { type: 'string' },
    rounds: { type: 'string' },
    duration: { type: 'string' },
    quick: { type: 'boolean', default: false },
    server: { type: 'string' },
    json: { type: 'string' },
    markdown: { type: 'string' },
    svg: { type: 'string' },
    check: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (options.help) {
  console.log(HELP);
} else {
  process.exitCode = await main();
}

async function main(): Promise<number> {
  const defaults = options.quick ? QUICK : FULL;
  const chosen = choose('workload', workloads, options.workloads ?? defaults.workloads);
  const entrants = await enterAll(choose('client', clients, options.clients ?? defaults.clients));
  const durationMs = positive('duration', options.duration ?? defaults.duration);
  const settings: Settings = {
    rounds: positive('rounds', options.rounds ?? defaults.rounds),
    durationMs,
    warmupMs: Math.min(200, durationMs),
  };
  const named = options.clients !== undefined;
  const races: Race[] = chosen
    .map((workload) => ({
      workload,
      entrants: entrants.filter(({ programs }) => named || programs.includes(workload.program)),
    }))
    .filter((race) => race.entrants.length > 0);

  if (races.length === 0) fail('nothing to measure');

  const report = new Report(await race(races, entrants, settings));
  await publish(report);
  const sound = reportFailures(report);
  return (!options.check || check(report)) && sound ? 0 : 1;
}

async function race(races: readonly Race[], entrants: readonly Entrant[], settings: Settings): Promise<Results> {
  await using server = await startServer(options.server);
  const measurements: Measurement[] = [];
  for await (const measurement of measure(races, settings, server)) {
    measurements.push(measurement);
    console.error(progress(measurement, settings));
  }
  return {
    date: new Date().toISOString(),
    machine: {
      cpu: cpus()[0]?.model ?? 'unknown',
      cores: cpus().length,
      memoryGb: Math.round(totalmem() / 2 ** 30),
      platform: `${process.platform} ${process.arch}`,
      node: process.version,
    },
    server: server.version,
    oneCore: server.core !== undefined,
    clients: entrants.map(({ id, version }) => ({ id, version })),
    settings,
    measurements,
  };
}

/** The clients that can run here; says why the others cannot. */
async function enterAll(wanted: readonly (typeof clients)[number][]): Promise<Entrant[]> {
  const entrants: Entrant[] = [];
  for (const client of wanted) {
    try {
      entrants.push(await enter(client));
    } catch (error) {
      console.error(`${client.id} is left out: ${(error as Error).message}`);
    }
  }
  return entrants;
}

function progress(measurement: Measurement, settings: Settings): string {
  const { round, workload: id, client } = measurement;
  const { figure, unit } = measures[workloads.find((workload) => workload.id === id)!.program];
  const outcome = 'error' in measurement ? 'failed' : `${rounded(measurement.figures[figure])} ${unit}`;
  return `${round}/${settings.rounds}  ${id.padEnd(17)} ${client.padEnd(24)} ${outcome}`;
}

async function publish(report: Report): Promise<void> {
  const markdown = toMarkdown(report);
  if (options.json !== undefined) await save(options.json, `${JSON.stringify(report.results, undefined, 1)}\n`);
  if (options.markdown === undefined) console.log(markdown);
  else await save(options.markdown, markdown);
  if (options.svg !== undefined) await save(options.svg, toSvg(report));
}

async function save(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}

/** Gives whether nothing failed. */
function reportFailures({ failures }: Report): boolean {
  for (const { workload, client, round, error } of failures) {
    console.error(`\n${client} failed ${workload} in round ${round}:\n${error}`);
  }
  return failures.length === 0;
}

/** Gives whether every target was met that this run measured. */
function check(report: Report): boolean {
  const verdicts = judge(report);
  const missed = verdicts.filter(({ met }) => !met);
  for (const verdict of missed) console.error(`missed  ${describe(verdict, report)}`);
  if (verdicts.length === 0) console.error(`no target was measured: ${OURS} and its rivals must be part of the run`);
  else console.error(`${verdicts.length - missed.length} of ${verdicts.length} targets met`);
  return verdicts.length > 0 && missed.length === 0;
}

function choose<T extends { readonly id: string }>(kind: string, all: readonly T[], list: string | undefined): T[] {
  if (list === undefined) return [...all];
  return list.split(',').map((id) => {
    const found = all.find((item) => item.id === id);
    if (found === undefined) fail(`no ${kind} ${id}; there are ${all.map((item) => item.id).join(', ')}`);
    return found;
  });
}

function positive(option: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) fail(`--${option} takes a whole number above 0, not ${text}`);
  return value;
}

function fail(message: string): never {
  console.error(message);
  process.exit(2);
}
