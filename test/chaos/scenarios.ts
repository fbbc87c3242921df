import { abortRaces } from './abort-races.ts';
import type { StalenessOptions, StalenessReport } from './cache.ts';
import { cacheOfCluster, cacheThroughFailovers, cacheUnderFire } from './cache-sites.ts';
import {
  allReplaced,
  clusterFailovers,
  reshardUnderLoad,
  shardedChannels,
  slotHalfWay,
  topologyQueries,
  type ClusterReport,
} from './cluster.ts';
import { crossedReplies } from './crossed-replies.ts';
import { serverDeaths } from './deaths.ts';
import { failoverUnderLoad } from './failover.ts';
import { leasesUnderFire } from './leases.ts';
import { slowLoading } from './loading.ts';
import { pipelinesUnderFire } from './pipelines.ts';
import { Random } from './random.ts';
import { rotationUnderLoad } from './rotation.ts';
import { failoversUnderLoad, sentinelsAway } from './sentinel.ts';
import { onePrimaryStopped } from './stopped-primary.ts';
import { reconnectStorm } from './storm.ts';
import { trouble } from './trouble.ts';

/** How a scenario is run. */
export interface Setting {
  readonly seed: number;
  readonly protocol: 2 | 3;
  /** 1 is the heavy form; 0.1 takes some ten seconds. */
  readonly scale: number;
}

/** What came of it. */
export interface Outcome {
  /** What was tried, and how it ended. */
  readonly numbers: Readonly<Record<string, unknown>>;
  /** What must not happen; empty, or the client is broken. */
  readonly wrong: readonly string[];
}

/** One way of being unkind to a client, and of seeing whether it keeps its promises. */
export interface Scenario {
  readonly title: string;
  /** Whether it differs by protocol. */
  readonly byProtocol: boolean;
  run(setting: Setting): Promise<Outcome>;
}

/** All of them, by the names that `--only` takes. */
export const scenarios: Readonly<Record<string, Scenario>> = {
  trouble: {
    title: 'all kinds of trouble for increments, reads, sessions and pops',
    byProtocol: true,
    run: async ({ seed, protocol, scale }) => {
      const report = await trouble({ milliseconds: ms(100_000, scale), random: new Random(seed), protocol });
      const disturbed = Object.values(report.faults).reduce((sum, each) => sum + each, 0);
      return outcome(report, report.acknowledged * report.answered * report.leases, disturbed);
    },
  },
  leases: {
    title: 'sessions by the thousand',
    byProtocol: false,
    run: async ({ seed, scale }) => {
      const report = await leasesUnderFire({ leases: whole(50_000, scale), random: new Random(seed) });
      return outcome(report, report.leased, report.refused);
    },
  },
  crossed: {
    title: 'random GETs with timeouts, aborts and cuts',
    byProtocol: true,
    run: async ({ seed, protocol, scale }) => {
      const { crossed, ...report } = await crossedReplies({ calls: whole(1_000_000, scale), seed, protocol });
      return outcome({ ...report, wrong: crossed }, report.answered, report.timedOut + report.aborted + report.lost);
    },
  },
  pipelines: {
    title: 'pipelines and transactions with timeouts, aborts and cuts',
    byProtocol: true,
    run: async ({ seed, protocol, scale }) => {
      const report = await pipelinesUnderFire({ rounds: whole(500_000, scale), seed, protocol });
      return outcome(report, report.acknowledged, report.unsure + report.unsent);
    },
  },
  aborts: {
    title: 'races of an abort and a push',
    byProtocol: true,
    run: async ({ seed, protocol, scale }) => {
      const races = whole(5000, scale);
      const report = await abortRaces({ races, seed, protocol, maxConnections: protocol * 2 });
      const { returned, left, pushed, blocked, aborted } = report;
      const lost = returned + left === pushed && blocked === 0 ? [] : ['an element was lost, or somebody is blocked'];
      return outcome({ ...report, wrong: [...report.wrong, ...lost] }, returned, aborted);
    },
  },
  deaths: {
    title: 'deaths of a server under work, nobody listening',
    byProtocol: false,
    run: async ({ seed, scale }) => {
      const report = await serverDeaths({ deaths: whole(100, scale), seed });
      return outcome(report, report.made, report.failed);
    },
  },
  loading: {
    title: 'a server that comes back and is long in loading',
    byProtocol: true,
    run: async ({ seed, protocol, scale }) => {
      const report = await slowLoading({ restarts: whole(30, scale), seed, protocol });
      return outcome(report, report.acknowledged, report.retries);
    },
  },
  storm: {
    title: '200 clients of a server that restarts',
    byProtocol: false,
    run: async ({ seed, scale }) => {
      const random = new Random(seed);
      const report = { storms: whole(10, scale), answered: 0, lost: 0, fullest: 0, wrong: [] as string[] };
      for (let storm = 0; storm < report.storms; storm++) {
        const downtime = random.whole(0, 1500);
        const { wrong, answered, lost, dialled } = await reconnectStorm({
          clients: 200,
          downtime,
          strict: scale === 1,
        });
        report.wrong.push(...wrong);
        report.answered += answered;
        report.lost += lost;
        report.fullest = Math.max(report.fullest, dialled);
      }
      return outcome(report, report.answered, report.lost);
    },
  },
  'failover-redirect': failover(true),
  'failover-name': failover(false),
  rotation: {
    title: 'a password replaced again and again, the old one valid for a while',
    byProtocol: true,
    run: (setting) => rotation(setting, true),
  },
  'rotation-at-once': {
    title: 'a password replaced again and again, the old one going at once',
    byProtocol: true,
    run: (setting) => rotation(setting, false),
  },
  sentinel: {
    title: 'a primary killed, stopped, cut off and failed over',
    byProtocol: true,
    run: async ({ seed, protocol, scale }) => {
      // How soon it must go on is for a machine that does nothing else.
      const resumeWithin = scale === 1 ? 1000 : 5000;
      const report = await failoversUnderLoad({ rounds: whole(10, scale), protocol, resumeWithin, seed });
      const { codes, resumed } = report;
      const shown = { ...report, codes: JSON.stringify(codes), resumed: JSON.stringify(resumed) };
      return outcome(shown, report.writes * report.reads, Object.keys(resumed).length);
    },
  },
  'sentinels-away': {
    title: 'all Sentinels away, and back on other ports',
    byProtocol: false,
    run: async ({ seed, scale }) => {
      const report = await sentinelsAway({ away: ms(30_000, scale), seed });
      return outcome(report, report.writes, report.away);
    },
  },
  cache: cache('connections that fail', cacheUnderFire),
  'cache-failover': cache('a primary that is replaced', cacheThroughFailovers),
  'cache-cluster': cache('a cluster whose slots move and whose primaries are replaced', cacheOfCluster),
  reshard: cluster('pipelines and single commands while slots move to and fro', ({ seed, scale }) =>
    reshardUnderLoad({ milliseconds: ms(60_000, scale), pipeline: 10_000, slots: 100, seed }),
  ),
  'cluster-failover': cluster('failovers and killed primaries under load', ({ seed, scale }) =>
    clusterFailovers({ failovers: whole(50, scale), kills: whole(10, scale), seed }),
  ),
  'half-way': cluster('a slot half-way', ({ seed, scale }) => slotHalfWay({ milliseconds: ms(60_000, scale), seed })),
  topology: cluster('clients that ask for the topology while a primary is killed', ({ seed, scale }) =>
    topologyQueries({ clients: 50, milliseconds: Math.max(4000, ms(20_000, scale)), seed }),
  ),
  stopped: cluster('keys of others while one of three primaries is stopped', ({ seed, scale }) =>
    onePrimaryStopped({ milliseconds: Math.max(2000, ms(10_000, scale)), isExact: scale === 1, seed }),
  ),
  sharded: cluster('sharded channels through migrations, a failover and a kill', ({ seed }) =>
    shardedChannels({ channels: 500, seed }),
  ),
  replaced: cluster('all servers of a cluster replaced', ({ seed }) => allReplaced({ seed })),
};

const whole = (value: number, scale: number): number => Math.max(1, Math.round(value * scale));
const ms = (milliseconds: number, scale: number): number => whole(milliseconds, scale);

/** A run in which nothing succeeded, or nothing was disturbed, has shown nothing, which is wrong too. */
export function outcome(report: { readonly wrong: readonly string[] }, achieved: number, disturbed: number): Outcome {
  const { wrong, ...numbers } = report;
  const idle = [
    ...(achieved > 0 ? [] : ['nothing succeeded of what must for this to show anything']),
    ...(disturbed > 0 ? [] : ['nothing was disturbed']),
  ];
  return { numbers, wrong: [...wrong, ...idle] };
}

function failover(redirect: boolean): Scenario {
  const how = redirect ? 'the primary saying who takes over' : 'the name changing hands late';
  return {
    title: `failovers under 2000 writes/s, ${how}`,
    byProtocol: !redirect,
    run: async ({ seed, protocol, scale }) => {
      const failovers = whole(20, scale);
      const report = await failoverUnderLoad({ failovers, writesPerSecond: 2000, seed, protocol, redirect });
      return outcome(report, report.acknowledged * report.popped, report.failovers);
    },
  };
}

async function rotation({ seed, protocol, scale }: Setting, overlap: boolean): Promise<Outcome> {
  const interval = scale === 1 ? 2000 : 300;
  const report = await rotationUnderLoad({ milliseconds: ms(60_000, scale), interval, seed, protocol, overlap });
  return outcome(report, report.answered * report.renewals, report.rotations);
}

function cache(what: string, run: (options: StalenessOptions) => Promise<StalenessReport>): Scenario {
  return {
    title: `20 readers of caches, a writer, and ${what}`,
    byProtocol: false,
    run: async ({ seed, scale }) => {
      const report = await run({ milliseconds: ms(60_000, scale), seed });
      return outcome(report, report.hits * report.writes, report.faults + report.moves);
    },
  };
}

function cluster(title: string, run: (setting: Setting) => Promise<ClusterReport>): Scenario {
  return {
    title,
    byProtocol: false,
    run: async (setting) => {
      const { numbers, wrong, achieved, disturbed } = await run(setting);
      const shown = { ...numbers, achieved, disturbed, wrong };
      return outcome(shown, achieved, disturbed);
    },
  };
}
