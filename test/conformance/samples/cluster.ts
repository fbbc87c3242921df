import type { Samples } from './samples.ts';

const NODE = '07c37dfeb235213a872192d90877d0cd55635b91';
const OTHER = '67ed2db8d677e59ec4a4cefb06858cf2a1a89fa1';

export const cluster: Samples = {
  asking: [[]],
  clusterAddslots: [[1], [[2, 3n]]],
  clusterAddslotsrange: [
    [{ start: 0, end: 10 }],
    [
      [
        { start: 20, end: 30n },
        { start: 40, end: 40 },
      ],
    ],
  ],
  clusterBumpepoch: [[]],
  clusterCancelslotmigrations: [[]],
  clusterCountFailureReports: [[NODE]],
  clusterCountkeysinslot: [[7]],
  clusterDelslots: [[1], [[2, 3n]]],
  clusterDelslotsrange: [
    [{ start: 0, end: 10 }],
    [
      [
        { start: 20, end: 30n },
        { start: 40, end: 40 },
      ],
    ],
  ],
  clusterFailover: [[], [{ mode: 'force' }], [{ mode: 'takeover' }]],
  clusterFlushslot: [[7], [7, { mode: 'async' }], [7n, { mode: 'sync' }]],
  clusterFlushslots: [[]],
  clusterForget: [[NODE]],
  clusterGetkeysinslot: [[7, 10]],
  clusterGetslotmigrations: [[]],
  clusterHelp: [[]],
  clusterInfo: [[]],
  clusterKeyslot: [['user'], [Buffer.from('{user}:1')]],
  clusterLinks: [[]],
  clusterMeet: [
    ['127.0.0.1', 7000],
    ['127.0.0.1', 7000, 17000],
  ],
  clusterMigrateslots: [
    [{ slotsrange: { start: 0, end: 10 }, node: NODE }],
    [
      [
        {
          slotsrange: [
            { start: 20, end: 30n },
            { start: 40, end: 40 },
          ],
          node: NODE,
        },
        { slotsrange: [{ start: 50, end: 60 }], node: OTHER },
      ],
    ],
  ],
  clusterMyid: [[]],
  clusterMyshardid: [[]],
  clusterNodes: [[]],
  clusterReplicas: [[NODE]],
  clusterReplicate: [[NODE], ['no one']],
  clusterReset: [[], [{ mode: 'hard' }], [{ mode: 'soft' }]],
  clusterSaveconfig: [[]],
  clusterSetConfigEpoch: [[5]],
  clusterSetslot: [
    [7, { importing: NODE }],
    [7, { migrating: NODE }],
    [7n, { node: NODE, timeout: 500 }],
    [7, { stable: true }],
  ],
  clusterShards: [[]],
  clusterSlaves: [[NODE]],
  clusterSlotStats: [
    [{ slotsrange: { start: 0, end: 10n } }],
    [{ orderby: 'key-count' }],
    [{ orderby: 'cpu-usec', limit: 3, order: 'asc' }],
    [{ orderby: 'network-bytes-in', limit: 3n, order: 'desc' }],
  ],
  clusterSlots: [[]],
  clusterscan: [['0'], ['0-{06S}-0', { match: 'user:*', count: 100, type: 'string', slot: 7 }]],
  readonly: [[]],
  readwrite: [[]],
};
