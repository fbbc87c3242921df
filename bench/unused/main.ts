/**
 * What the features cost that every command carries with it, those who do not use them: `npm run unused`.
 *
 * The client as it is published, against one from which the feature is cut out: the looks for listeners and the counters of `stats()`, or
 * the look for a cache. Many short processes; in each, both run by turns of a few milliseconds, and who is loaded first changes from
 * process to process.
 *
 * What one look costs is less than what two runs of the same program differ by. So the same is measured of a client that does all of it
 * twenty times, which bounds what it costs once; and of the client against itself, which shows what the method cannot see.
 *
 * Exits 1 unless the bound is below 1 % of the CPU time of a GET, with a confidence of 95 %, for each number of GETs in flight.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs, promisify } from 'node:util';

import { ValkeyServer } from '../../src/testing/index.ts';
import { intervalOf, type Interval } from './interval.ts';
import { CROWD, FEATURES } from './features.ts';
import { buildVariant, VARIANTS, type Variant } from './variant.ts';

const MOST = 0.01;
const TURNS = 40;
const LOADS = [
  { inFlight: 1000, count: 4000 },
  { inFlight: 100, count: 3000 },
  { inFlight: 1, count: 150 },
];

/** What a variant took, in all; or how much more one takes than another, as a part of that. */
interface Cost {
  readonly cpu: number;
  readonly time: number;
}

const { values } = parseArgs({
  options: {
    processes: { type: 'string', default: '60' },
    features: { type: 'string', default: Object.keys(FEATURES).join(',') },
    markdown: { type: 'string' },
  },
});
const processes = Number(values.processes);
if (!Number.isInteger(processes) || processes < 10 || processes % 2 === 1)
  throw new Error('--processes takes an even number from 10 up');

const execute = promisify(execFile);
const folder = await mkdtemp(path.join(tmpdir(), 'valkey-ts-unused-'));
try {
  await using server = await ValkeyServer.start();
  const sections: string[] = [];
  for (const feature of values.features.split(',')) sections.push(await section(server.port, feature));
  const page = [
    '# What features cost those who do not use them',
    ...sections,
    `Medians with 95 % confidence intervals; ${TURNS} turns of both clients in each process.`,
    `Node ${process.version}, Valkey ${server.version}. \`npm run unused\` repeats it.`,
  ].join('\n\n');
  console.log(page);
  if (values.markdown !== undefined) await writeFile(values.markdown, `${page}\n`);
} finally {
  await rm(folder, { recursive: true });
}

async function section(port: number, feature: string): Promise<string> {
  const cuts = FEATURES[feature];
  if (cuts === undefined) throw new Error(`no feature ${feature}; there are ${Object.keys(FEATURES).join(', ')}`);
  await Promise.all(VARIANTS.map((variant) => buildVariant(variant, cuts, fileOf(variant))));
  const rows: string[] = [];
  for (const load of LOADS) rows.push(await row(port, load));
  return [
    `## ${feature}`,
    '',
    `| GETs in flight | CPU time of a GET | of ${CROWD} times as much | so once, at most | GETs per second | CPU time, the client against itself |`,
    '|---|---|---|---|---|---|',
    ...rows,
    '',
    `${processes} processes for each figure.`,
  ].join('\n');
}

function fileOf(variant: Variant): string {
  return path.join(folder, `${variant}.mjs`);
}

async function row(port: number, { inFlight, count }: (typeof LOADS)[number]): Promise<string> {
  const args = [port, inFlight, count, TURNS].map(String);
  const found = { once: [] as Cost[], crowd: [] as Cost[], nothing: [] as Cost[] };
  for (let i = 0; i < processes / 2; i++) {
    found.once.push(await compare(args, 'whole', 'without'));
    found.crowd.push(await compare(args, 'crowded', 'without'));
    found.nothing.push(await compare(args, 'whole', 'again'));
  }
  const [once, crowd, nothing] = [found.once, found.crowd, found.nothing].map((list) =>
    intervalOf(list.map(({ cpu }) => cpu)),
  );
  const rate = intervalOf(found.once.map(({ time }) => 1 / (1 + time) - 1));
  const bound = { median: crowd.median / CROWD, low: crowd.low / CROWD, high: crowd.high / CROWD };
  if (bound.high >= MOST) process.exitCode = 1;
  return `| ${[inFlight, ...[once, crowd, bound, rate, nothing].map(shown)].join(' | ')} |`;
}

/** Two processes, so that each variant is the first one that is loaded once: that alone can be worth 5 %. */
async function compare(args: readonly string[], one: Variant, other: Variant): Promise<Cost> {
  const [first, second] = await turns(args, one, other);
  const [third, fourth] = await turns(args, other, one);
  const cpu = Math.sqrt((first.cpu / second.cpu) * (fourth.cpu / third.cpu)) - 1;
  const time = Math.sqrt((first.time / second.time) * (fourth.time / third.time)) - 1;
  return { cpu, time };
}

async function turns(args: readonly string[], ...pair: [Variant, Variant]): Promise<[Cost, Cost]> {
  const program = path.join(import.meta.dirname, 'turns.mjs');
  const { stdout } = await execute(process.execPath, [program, ...args, ...pair.map(fileOf)]);
  return JSON.parse(stdout) as [Cost, Cost];
}

function shown({ median, low, high }: Interval): string {
  return `${percent(median)} [${percent(low)}..${percent(high)}] %`;
}

function percent(value: number): string {
  return (value * 100).toFixed(2);
}
