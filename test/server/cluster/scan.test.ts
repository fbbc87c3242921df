import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { clusterPages } from '../../../src/client/cluster-scan.ts';
import { requestOptions, retrySettings } from '../../../src/client/options.ts';
import { createConnectionPool } from '../../../src/client/valkey.ts';
import { Link } from '../../../src/connection/link.ts';
import { keySlot } from '../../../src/protocol/slot.ts';
import { type ClusterDeployment, type ClusterNode, ValkeyServer } from '../../../src/testing/index.ts';
import type { KeyServer, KeyServers } from '../../../src/topology/key-servers.ts';

const KEYS = 2000;
const VIEW = requestOptions({ socketTimeout: 2000 }, new Map());

/** The primaries of a deployment, each with a link of its own. */
class Servers implements KeyServers {
  readonly #cluster: ClusterDeployment;
  readonly #links: Map<string, Link> = new Map();

  constructor(cluster: ClusterDeployment) {
    this.#cluster = cluster;
  }

  async primaries(): Promise<KeyServer[]> {
    return (await this.#cluster.primaries()).map(({ id, port }) => {
      const link = this.#links.get(id) ?? linkTo(port);
      this.#links.set(id, link);
      return {
        id,
        send: (request) => link.send(request),
        abort: (request, makeError) => link.abort(request, makeError),
      };
    });
  }

  close(): void {
    for (const link of this.#links.values()) link.destroy();
  }
}

function linkTo(port: number): Link {
  const { settings, session } = createConnectionPool({ port });
  const bounds = { maxQueuedCommands: 1000, maxQueuedBytes: 1_000_000 };
  return new Link(settings, { ...session }, retrySettings({ retries: 0 }), bounds);
}

/** All keys that a scan gives, `between` being called before each page but the first. */
async function scan(servers: Servers, between: (page: number) => Promise<void>): Promise<string[]> {
  const found: string[] = [];
  let page = 0;
  for await (const keys of clusterPages(servers, VIEW, { count: 50 })) {
    found.push(...(keys as string[]));
    await between(page++);
  }
  return found;
}

describe('a scan over a cluster', () => {
  it('misses no key while slots move and replicas take over', async () => {
    await using cluster = await ValkeyServer.startCluster({ primaries: 2, replicas: 1, version: '9.1' });
    const servers = new Servers(cluster);
    const wanted = Array.from({ length: KEYS }, (_, i) => `key:${i}`);
    for (const node of await cluster.primaries()) {
      using admin = node.admin();
      await Promise.all(wanted.map((key) => admin.ask('SET', key, 'x')));
    }
    const missing = (found: readonly string[]): string[] => wanted.filter((key) => !found.includes(key));
    const nothing = (): Promise<void> => Promise.resolve();

    const still = await scan(servers, nothing);
    assert.deepEqual([...new Set(still)].sort(), [...wanted].sort());
    assert.ok(still.length < KEYS * 1.1, 'nearly none twice while nothing moves');

    const [first, second] = (await cluster.primaries()) as [ClusterNode, ClusterNode];
    const atomic = await scan(servers, async (page) => {
      if (page === 5) await cluster.migrateSlots([0, 4000], first, second, { mode: 'atomic' });
      if (page === 25) await cluster.migrateSlots([1000, 3000], second, first, { mode: 'atomic' });
    });
    assert.deepEqual(missing(atomic), []);

    const slot = keySlot('key:7');
    const owner = await cluster.primaryOf(slot);
    const other = owner === first ? second : first;
    const migration = await cluster.beginMigration([slot, slot + 200], owner, other);
    const halfWay = await scan(servers, async (page) => {
      if (page === 3) await migration.moveKeys(1);
      if (page === 20) await migration.finish();
    });
    assert.deepEqual(missing(halfWay), []);

    const [replica] = (await cluster.replicas(second)) as [ClusterNode];
    const afterFailover = await scan(servers, async (page) => {
      if (page === 10) await cluster.failover(replica);
    });
    assert.deepEqual(missing(afterFailover), []);
    servers.close();
  });
});
