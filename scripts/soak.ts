/**
 * The heavy forms of the failure tests, one line each with the numbers: `tsx scripts/soak.ts`, or `--short` for a minute of it.
 *
 * Ends with 1 when a promise of the client was broken. `CHAOS_SEED` repeats a run.
 */
import { abortRaces } from '../test/chaos/abort-races.ts';
import { cacheOfCluster, cacheThroughFailovers, cacheUnderFire } from '../test/chaos/cache-sites.ts';
import { manyKeys } from '../test/chaos/cache-memory.ts';
import {
  allReplaced,
  clusterFailovers,
  type ClusterReport,
  onePrimaryStopped,
  reshardUnderLoad,
  shardedChannels,
  slotHalfWay,
  topologyQueries,
} from '../test/chaos/cluster.ts';
import { crossedReplies } from '../test/chaos/crossed-replies.ts';
import { serverDeaths } from '../test/chaos/deaths.ts';
import { failoverUnderLoad } from '../test/chaos/failover.ts';
import { pipelinesUnderFire } from '../test/chaos/pipelines.ts';
import { chaosSeed } from '../test/chaos/random.ts';
import { rotationUnderLoad } from '../test/chaos/rotation.ts';
import { failoversUnderLoad, sentinelsAway } from '../test/chaos/sentinel.ts';
import { slowConsumer } from '../test/chaos/slow-consumer.ts';
import { stoppedServer } from '../test/chaos/stopped-server.ts';
import { reconnectStorm } from '../test/chaos/storm.ts';
import { ValkeyServer } from '../src/testing/index.ts';
import { Child } from '../test/server/client/child.ts';

const MB = 1024 * 1024;
const isShort = process.argv.includes('--short');
const scale = isShort ? 0.1 : 1;
const seed = chaosSeed();

const unhandled: unknown[] = [];
process.on('unhandledRejection', (reason) => unhandled.push(reason));

let broken = false;

function report(title: string, numbers: Readonly<Record<string, unknown>>, wrong: readonly unknown[]): void {
  const shown = Object.entries(numbers).map(([name, value]) => `${name} ${String(value)}`);
  console.log(`${wrong.length === 0 ? 'ok' : 'BROKEN'}  ${title}: ${shown.join(', ')}`);
  for (const each of wrong) console.log(`        ${String(each)}`);
  if (wrong.length > 0) broken = true;
}

const whole = (value: number): number => Math.round(value * scale);

for (const protocol of [3, 2] as const) {
  const { crossed, ...numbers } = await crossedReplies({ calls: whole(1_000_000), seed, protocol });
  report(`random GETs with timeouts, aborts and cuts, RESP${protocol}`, numbers, crossed);
}

{
  const { wrong, growth, growthUntilDrained, bound, ...numbers } = await stoppedServer({
    calls: whole(1_000_000),
    bound: 256 * MB,
  });
  const mb = (bytes: number): number => Math.round(bytes / MB);
  const allowed = bound + 64 * MB;
  const over = growth > allowed ? [`grew by more than ${mb(allowed)} MB while the server was stopped`] : [];
  const shown = {
    ...numbers,
    'bound MB': mb(bound),
    'grew by MB': mb(growth),
    'until drained by MB': mb(growthUntilDrained),
  };
  report('SETs of 10 KB to a stopped server', shown, [...wrong, ...over]);
}

for (const protocol of [3, 2] as const) {
  const { wrong, ...numbers } = await abortRaces({ races: whole(5000), seed, protocol, maxConnections: protocol * 2 });
  const { returned, left, pushed, blocked } = numbers;
  const lost = returned + left === pushed && blocked === 0 ? [] : ['an element was lost, or somebody is blocked'];
  report(`races of an abort and a push, RESP${protocol}`, numbers, [...wrong, ...lost]);
}

for (const protocol of [3, 2] as const) {
  const bound = 64 * MB;
  const { wrong, growth, ...numbers } = await slowConsumer({
    bytes: whole(1024 * MB),
    bound,
    overflow: protocol === 3 ? 'drop-oldest' : 'drop-newest',
    protocol,
  });
  const over = growth > bound ? ['it grew by more than is allowed to wait while messages were dropped'] : [];
  const shown = { ...numbers, 'grew by MB': Math.round(growth / MB) };
  report(`1 GB of messages for a consumer that sleeps, RESP${protocol}`, shown, [...wrong, ...over]);
}

for (const protocol of isShort ? ([3] as const) : ([3, 2] as const)) {
  const rounds = isShort ? 1 : 10;
  const { wrong, codes, resumed, ...numbers } = await failoversUnderLoad({ rounds, protocol, resumeWithin: 1000 });
  const shown = { ...numbers, codes: JSON.stringify(codes), 'resumed after ms': JSON.stringify(resumed) };
  report(`a primary killed, stopped, cut off and failed over, RESP${protocol}`, shown, wrong);
}

{
  const { wrong, ...numbers } = await sentinelsAway({ away: isShort ? 3000 : 30_000 });
  report('all Sentinels away, and back on other ports', numbers, wrong);
}

for (const protocol of [3, 2] as const) {
  const { wrong, ...numbers } = await pipelinesUnderFire({ rounds: whole(500_000), seed, protocol });
  report(`pipelines and transactions with timeouts, aborts and cuts, RESP${protocol}`, numbers, wrong);
}

{
  await using server = await ValkeyServer.start();
  const commands = whole(5_000_000);
  const mb = Math.max(64, whole(512));
  const flags = [`--max-old-space-size=${mb}`];
  const child = await Child.start('long-pipeline.ts', { port: server.port, commands }, 300_000, flags);
  const { code, said, stderr } = await child.end;
  const held = code === 0 && said['replies'] === commands && said['wrong'] === 0;
  report(`one pipeline of ${commands} SETs of 100 B, in ${mb} MB`, said, held ? [] : [stderr]);
}

for (const [protocol, redirect] of [
  [3, true],
  [3, false],
  [2, false],
] as const) {
  const failovers = isShort ? 1 : 20;
  const { wrong, ...numbers } = await failoverUnderLoad({ failovers, writesPerSecond: 2000, seed, protocol, redirect });
  const how = redirect ? 'the primary saying who takes over' : 'the name changing hands late';
  report(`${failovers} failovers under 2000 writes/s, ${how}, RESP${protocol}`, numbers, wrong);
}

for (const downtime of [0, 100, 1500]) {
  const { wrong, ...numbers } = await reconnectStorm({ clients: 200, downtime, strict: !isShort });
  report(`200 clients of a server that restarts, away for ${downtime} ms more`, numbers, wrong);
}

{
  const { wrong, ...numbers } = await serverDeaths({ deaths: whole(100), signals: ['SIGKILL', 'SIGTERM'] });
  report('deaths of a server under work, nobody listening', numbers, wrong);
}

for (const overlap of [true, false]) {
  const protocol = overlap ? 3 : 2;
  const interval = isShort ? 300 : 2000;
  const milliseconds = whole(60_000);
  const { wrong, ...numbers } = await rotationUnderLoad({ milliseconds, interval, seed, protocol, overlap });
  const how = overlap ? 'with both valid for a while' : 'the old one going at once';
  report(`a password replaced every ${interval} ms under load, ${how}, RESP${protocol}`, numbers, wrong);
}

{
  const runs = {
    'connections that fail': cacheUnderFire,
    'a primary that is replaced': cacheThroughFailovers,
    'a cluster whose slots move and whose primaries are replaced': cacheOfCluster,
  };
  for (const [what, run] of Object.entries(runs)) {
    const { wrong, ...numbers } = await run({ milliseconds: whole(60_000), seed });
    report(`20 readers of caches, a writer, and ${what}`, numbers, wrong);
  }
}

for (const policy of ['lru', 'lfu', 'random'] as const) {
  const most = 10_000;
  const { grown, estimated, ...numbers } = await manyKeys(whole(1_000_000), most, policy);
  // Half as much again for what the estimate leaves out, and for what the engine has not yet given back.
  const over = grown > 1.5 * estimated + 4 * MB || numbers.entries > most ? ['it holds more than it may'] : [];
  const shown = { ...numbers, 'estimated KB': Math.round(estimated / 1024), 'grown KB': Math.round(grown / 1024) };
  report(`a cache of ${most} replies, ${policy}`, shown, over);
}

const clusterRuns: Readonly<Record<string, () => Promise<ClusterReport>>> = {
  'pipelines of 10,000 and single commands while slots move to and fro': () =>
    reshardUnderLoad({ milliseconds: whole(60_000), pipeline: 10_000, slots: 100, seed }),
  'failovers and killed primaries under load': () => clusterFailovers({ failovers: whole(50), kills: whole(10), seed }),
  'a slot half-way': () => slotHalfWay({ milliseconds: whole(60_000) }),
  'clients that ask for the topology while a primary is killed': () =>
    topologyQueries({ clients: 50, milliseconds: isShort ? 4000 : 20_000 }),
  'keys of others while one of three primaries is stopped': () =>
    onePrimaryStopped({ milliseconds: isShort ? 2000 : 10_000, isExact: !isShort }),
  'sharded channels through migrations, a failover and a kill': () => shardedChannels({ channels: 500 }),
  'all servers of a cluster replaced': () => allReplaced(),
};
for (const [title, run] of Object.entries(clusterRuns)) {
  const { numbers, wrong } = await run();
  report(title, numbers, wrong);
}

report('rejections that nobody handled', { count: unhandled.length, seed }, unhandled);
process.exit(broken ? 1 : 0);
