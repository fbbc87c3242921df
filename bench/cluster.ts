/**
 * Ours against other clients over a cluster of three primaries, 1000 commands in flight, and against our standalone client on one server:
 * `npx tsx cluster.ts`, with `--quick` for a look. Exits 1 when a target is missed.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { Cluster, Redis } from 'ioredis';
import { median } from 'simple-statistics';

import { ValkeyServer } from '../src/testing/index.ts';
import { keys, KEYS, values } from './child/dataset.mjs';
import type { Address, ChildSettings, Figures, OperationName } from './types.ts';

const execute = promisify(execFile);
const script = fileURLToPath(new URL('child/throughput.mjs', import.meta.url));

const isQuick = process.argv.includes('--quick');
const rounds = isQuick ? 3 : 7;
const durationMs = isQuick ? 500 : 1500;
const SIZE = 16;

const OURS = 'cluster-valkey-ts';
const STANDALONE = 'valkey-ts';
/** How many times the commands per second of the rival ours are, at least. */
const TARGETS: Readonly<Record<string, number>> = { 'cluster-ioredis': 4, 'cluster-node-redis': 8 };
/** How many times the CPU time per command of our standalone client ours is, at most. */
const MOST_CPU = 1.4;

await using cluster = await ValkeyServer.startCluster({ version: '9.1' });
await using server = await ValkeyServer.start({ version: '9.1' });
const entry = cluster.startupNodes[0];
await seed(new Cluster([entry]));
await seed(new Redis(server.port, server.host));

const places: Readonly<Record<string, Address>> = {
  [OURS]: entry,
  'cluster-ioredis': entry,
  'cluster-node-redis': entry,
  [STANDALONE]: { host: server.host, port: server.port },
};

let isMissed = false;
for (const operation of ['get', 'set'] as const) {
  const taken = await measure(operation);
  const ours = typical(taken.get(OURS)!);
  for (const [adapter, figures] of taken) {
    const { ops, cpu } = typical(figures);
    console.log(`${operation}  ${adapter.padEnd(20)} ${Math.round(ops)} commands/s, ${cpu.toFixed(2)} µs of CPU each`);
  }
  for (const [rival, least] of Object.entries(TARGETS)) {
    check(`${operation}: commands per second against ${rival}`, ours.ops / typical(taken.get(rival)!).ops, least, true);
  }
  check(`${operation}: CPU against standalone`, ours.cpu / typical(taken.get(STANDALONE)!).cpu, MOST_CPU, false);
}
process.exitCode = isMissed ? 1 : 0;

function check(what: string, ratio: number, bound: number, isLeast: boolean): void {
  const isHeld = isLeast ? ratio >= bound : ratio <= bound;
  console.log(
    `${isHeld ? 'ok    ' : 'MISSED'} ${what}: ${ratio.toFixed(2)} x, ${isLeast ? 'at least' : 'at most'} ${bound} x`,
  );
  if (!isHeld) isMissed = true;
}

/** Every client once in each round, each in a process of its own, so that a disturbance is everybody's. */
async function measure(operation: OperationName): Promise<Map<string, Figures[]>> {
  const taken = new Map<string, Figures[]>(Object.keys(places).map((adapter) => [adapter, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [adapter, figures] of taken) figures.push(await run(adapter, operation));
  }
  return taken;
}

async function run(adapter: string, operation: OperationName): Promise<Figures> {
  const settings: ChildSettings = {
    ...places[adapter],
    adapter,
    operation,
    size: SIZE,
    inFlight: 1000,
    wave: false,
    pipelined: false,
    warmupMs: 300,
    durationMs,
    spawnedAt: performance.timeOrigin + performance.now(),
  };
  const { stdout } = await execute(process.execPath, [script, JSON.stringify(settings)], { timeout: 60_000 });
  return JSON.parse(stdout.split('\n').findLast((line) => line.startsWith('{'))!) as Figures;
}

function typical(figures: readonly Figures[]): { ops: number; cpu: number } {
  return {
    ops: median(figures.map(({ opsPerSecond }) => opsPerSecond)),
    cpu: median(figures.map(({ cpuMicrosPerOp }) => cpuMicrosPerOp)),
  };
}

interface Seeded {
  set(key: string, value: string): Promise<unknown>;
  disconnect(): void;
}

async function seed(client: Seeded): Promise<void> {
  const stored = values(SIZE, KEYS);
  await Promise.all(keys('read', SIZE).map((key, index) => client.set(key, stored[index])));
  client.disconnect();
}
