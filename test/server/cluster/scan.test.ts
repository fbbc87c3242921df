import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { ValkeyCluster } from '../../../src/index.ts';
import { keySlot } from '../../../src/protocol/slot.ts';
import { type ClusterNode, ValkeyServer } from '../../../src/testing/index.ts';

const KEYS = 2000;

/** All keys that a scan gives, `between` being called before each page but the first. */
async function scan(client: ValkeyCluster, between: (page: number) => Promise<void>): Promise<string[]> {
  const found: string[] = [];
  let page = 0;
  for await (const keys of client.scanIter({ count: 50 }).batches()) {
    found.push(...keys);
    await between(page++);
  }
  return found;
}

describe('a scan over a cluster', () => {
  it('misses no key while slots move and replicas take over', async () => {
    await using cluster = await ValkeyServer.startCluster({ primaries: 2, replicas: 1, version: '9.1' });
    await using client = new ValkeyCluster({ startupNodes: cluster.startupNodes });
    const wanted = Array.from({ length: KEYS }, (_, i) => `key:${i}`);
    await Promise.all(wanted.map((key) => client.set(key, 'x')));
    const missing = (found: readonly string[]): string[] => wanted.filter((key) => !found.includes(key));
    const nothing = (): Promise<void> => Promise.resolve();

    const still = await scan(client, nothing);
    assert.deepEqual([...new Set(still)].sort(), [...wanted].sort());
    assert.ok(still.length < KEYS * 1.1, 'nearly none twice while nothing moves');
    const bytes = Buffer.from('c3a9ff', 'hex');
    await client.set(bytes, 'not UTF-8');
    const buffers: Buffer[] = [];
    for await (const key of client.withOptions({ encoding: 'buffer' }).scanIter({ unique: true })) buffers.push(key);
    assert.equal(buffers.length, KEYS + 1);
    assert.ok(buffers.some((key) => key.equals(bytes)));
    await client.del(bytes);

    const [first, second] = (await cluster.primaries()) as [ClusterNode, ClusterNode];
    const atomic = await scan(client, async (page) => {
      if (page === 5) await cluster.migrateSlots([0, 4000], first, second, { mode: 'atomic' });
      if (page === 25) await cluster.migrateSlots([1000, 3000], second, first, { mode: 'atomic' });
    });
    assert.deepEqual(missing(atomic), []);

    const slot = keySlot('key:7');
    const owner = await cluster.primaryOf(slot);
    const other = owner === first ? second : first;
    const migration = await cluster.beginMigration([slot, slot + 200], owner, other);
    const halfWay = await scan(client, async (page) => {
      if (page === 3) await migration.moveKeys(1);
      if (page === 20) await migration.finish();
    });
    assert.deepEqual(missing(halfWay), []);

    const [replica] = (await cluster.replicas(second)) as [ClusterNode];
    const afterFailover = await scan(client, async (page) => {
      if (page === 10) await cluster.failover(replica);
    });
    assert.deepEqual(missing(afterFailover), []);
  });
});
