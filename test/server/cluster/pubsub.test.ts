import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PubSub, ValkeyCluster } from '../../../src/index.ts';
import { type ClusterDeployment, type ClusterNode, ValkeyServer } from '../../../src/testing/index.ts';
import { open } from './tools.ts';

const CHANNELS: readonly string[] = Array.from({ length: 100 }, (_, i) => `shard:${i}`);

/** Publishes to all channels until each has delivered since the call. */
async function deliver(client: ValkeyCluster, got: Set<string>): Promise<void> {
  const limit = performance.now() + 20_000;
  for (;;) {
    got.clear();
    const published = [client.publish('news', 'x'), ...CHANNELS.map((channel) => client.spublish(channel, 'x'))];
    await Promise.allSettled(published);
    await sleep(30);
    const silent = ['news', ...CHANNELS].filter((channel) => !got.has(channel));
    if (silent.length === 0) return;
    assert.ok(performance.now() < limit, `${silent.length} channels are silent, such as ${silent[0]}`);
  }
}

describe('subscriptions in a cluster', () => {
  let cluster: ClusterDeployment;
  before(async () => {
    cluster = await ValkeyServer.startCluster({ primaries: 3, replicas: 1 });
  });
  after(() => cluster.stop());

  it('follow their slots through migration, failover and the death of a node, and tell of gaps', async (t) => {
    const client = open(t, cluster);
    const got = new Set<string>();
    const gaps: string[] = [];
    const pubsub: PubSub = client.pubsub({
      onGap: (gap) => {
        gaps.push(...gap.shardChannels);
      },
    });
    t.after(() => pubsub.close());
    await pubsub.subscribe('news', ({ channel }) => void got.add(channel));
    await pubsub.ssubscribe(CHANNELS, ({ channel }) => void got.add(channel));
    await deliver(client, got);
    assert.deepEqual(gaps, []);
    const slots = CHANNELS.map((channel) => client.keyslot(channel));
    const [from, to] = (await cluster.primaries()) as [ClusterNode, ClusterNode];
    const slot = slots.find((each) => each < 5461)!;
    await cluster.migrateSlots(slot, from, to, { mode: 'classic' });
    await deliver(client, got);
    assert.deepEqual(
      gaps,
      CHANNELS.filter((channel) => client.keyslot(channel) === slot),
    );
    await cluster.migrateSlots([0, 2000], from, to, { mode: 'atomic' }).catch(() => undefined);
    await deliver(client, got);
    const [replica] = (await cluster.replicas(to)) as [ClusterNode];
    await cluster.failover(replica);
    await deliver(client, got);
    const victim = (await cluster.primaries()).find((node) => node !== replica) as ClusterNode;
    await victim.kill();
    await deliver(client, got);
    assert.ok(gaps.length > 1);
    await pubsub.sunsubscribe();
    got.clear();
    await Promise.allSettled(CHANNELS.map((channel) => client.spublish(channel, 'x')));
    await sleep(50);
    assert.deepEqual([...got], []);
    assert.equal(pubsub.stats().shardChannels, 0);
  });
});
