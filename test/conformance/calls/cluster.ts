import { given, type Readers, type Word, type Words } from '../words.ts';

interface Range {
  readonly start: Word;
  readonly end: Word;
}

function rangesOf(words: readonly Word[]): Range[] {
  return Array.from({ length: words.length / 2 }, (_, i) => ({ start: words[2 * i]!, end: words[2 * i + 1]! }));
}

/** `SLOTSRANGE 0 10 20 30 NODE id SLOTSRANGE ...` */
function migrations(words: Words): Record<string, unknown>[] {
  const targets: Record<string, unknown>[] = [];
  while (words.has('SLOTSRANGE')) {
    const slotsrange = rangesOf(words.all(/^\d+$/));
    if (words.has('NODE')) targets.push({ slotsrange, node: words.next() });
  }
  return targets;
}

export const cluster: Readers = {
  ASKING: () => ['asking'],
  'CLUSTER ADDSLOTS': (words) => ['clusterAddslots', words.take()],
  'CLUSTER ADDSLOTSRANGE': (words) => ['clusterAddslotsrange', rangesOf(words.take())],
  'CLUSTER BUMPEPOCH': () => ['clusterBumpepoch'],
  'CLUSTER CANCELSLOTMIGRATIONS': () => ['clusterCancelslotmigrations'],
  'CLUSTER COUNT-FAILURE-REPORTS': (words) => ['clusterCountFailureReports', words.next()],
  'CLUSTER COUNTKEYSINSLOT': (words) => ['clusterCountkeysinslot', words.next()],
  'CLUSTER DELSLOTS': (words) => ['clusterDelslots', words.take()],
  'CLUSTER DELSLOTSRANGE': (words) => ['clusterDelslotsrange', rangesOf(words.take())],
  'CLUSTER FAILOVER': (words) => ['clusterFailover', ...given({ mode: words.oneOf('FORCE', 'TAKEOVER') })],
  'CLUSTER FLUSHSLOT': (words) => ['clusterFlushslot', words.next(), ...given({ mode: words.oneOf('ASYNC', 'SYNC') })],
  'CLUSTER FLUSHSLOTS': () => ['clusterFlushslots'],
  'CLUSTER FORGET': (words) => ['clusterForget', words.next()],
  'CLUSTER GETKEYSINSLOT': (words) => ['clusterGetkeysinslot', ...words.take(2)],
  'CLUSTER GETSLOTMIGRATIONS': () => ['clusterGetslotmigrations'],
  'CLUSTER HELP': () => ['clusterHelp'],
  'CLUSTER INFO': () => ['clusterInfo'],
  'CLUSTER KEYSLOT': (words) => ['clusterKeyslot', words.next()],
  'CLUSTER LINKS': () => ['clusterLinks'],
  'CLUSTER MEET': (words) => ['clusterMeet', ...words.take()],
  'CLUSTER MIGRATESLOTS': (words) => ['clusterMigrateslots', migrations(words)],
  'CLUSTER MYID': () => ['clusterMyid'],
  'CLUSTER MYSHARDID': () => ['clusterMyshardid'],
  'CLUSTER NODES': () => ['clusterNodes'],
  'CLUSTER REPLICAS': (words) => ['clusterReplicas', words.next()],
  'CLUSTER REPLICATE': (words) => ['clusterReplicate', words.has('NO') && words.has('ONE') ? 'no one' : words.next()],
  'CLUSTER RESET': (words) => ['clusterReset', ...given({ mode: words.oneOf('HARD', 'SOFT') })],
  'CLUSTER SAVECONFIG': () => ['clusterSaveconfig'],
  'CLUSTER SET-CONFIG-EPOCH': (words) => ['clusterSetConfigEpoch', words.next()],
  'CLUSTER SETSLOT': (words) => {
    const options = { IMPORTING: 1, MIGRATING: 1, NODE: 1, STABLE: 0, TIMEOUT: 1 } as const;
    return ['clusterSetslot', words.next(), words.options(options)];
  },
  'CLUSTER SHARDS': () => ['clusterShards'],
  'CLUSTER SLAVES': (words) => ['clusterSlaves', words.next()],
  'CLUSTER SLOT-STATS': (words) => {
    if (words.has('SLOTSRANGE')) return ['clusterSlotStats', { slotsrange: rangesOf(words.take(2))[0] }];
    const options = words.options({ ORDERBY: 1, LIMIT: 1 });
    return ['clusterSlotStats', ...given({ ...options, order: words.oneOf('ASC', 'DESC') })];
  },
  'CLUSTER SLOTS': () => ['clusterSlots'],
  CLUSTERSCAN: (words) => [
    'clusterscan',
    words.next(),
    ...given(words.options({ MATCH: 1, COUNT: 1, TYPE: 1, SLOT: 1 })),
  ],
  READONLY: () => ['readonly'],
  READWRITE: () => ['readwrite'],
};
