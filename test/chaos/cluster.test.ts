import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  allReplaced,
  type ClusterReport,
  clusterFailovers,
  reshardUnderLoad,
  shardedChannels,
  slotHalfWay,
} from './cluster.ts';
import { chaosSeed } from './random.ts';

const seed = chaosSeed();

const runs: Readonly<Record<string, () => Promise<ClusterReport>>> = {
  'slots move to and fro under pipelines and single commands': () =>
    reshardUnderLoad({ milliseconds: 1500, pipeline: 1000, slots: 20, seed }),
  'a failover and a killed primary under load': () => clusterFailovers({ failovers: 1, kills: 1, seed }),
  'a slot stays half-way': () => slotHalfWay({ milliseconds: 500, seed }),
  'sharded channels follow their slots': () => shardedChannels({ channels: 50, seed }),
  'all servers are replaced behind the same addresses': () => allReplaced({ seed }),
};

for (const [title, run] of Object.entries(runs)) {
  test(title, { timeout: 120_000 }, async (t) => {
    const { wrong, numbers, achieved, disturbed } = await run();
    t.diagnostic(`CHAOS_SEED=${seed}: ${JSON.stringify({ ...numbers, achieved, disturbed })}`);
    assert.deepEqual(wrong, [], `run again with CHAOS_SEED=${seed}`);
    assert.ok(achieved > 0 && disturbed > 0, 'it shows something');
  });
}
