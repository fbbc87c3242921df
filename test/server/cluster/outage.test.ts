import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ConnectionError } from '../../../src/index.ts';
import { type ClusterDeployment, type ClusterNode, ValkeyServer } from '../../../src/testing/index.ts';
import { assertTook, Lateness, outcomesOf, typed, until } from '../client/tools.ts';
import { open } from './tools.ts';

describe('ValkeyCluster, while a node is down that nobody replaces', () => {
  let cluster: ClusterDeployment;
  let victim: ClusterNode;
  before(async () => {
    const args = ['--cluster-require-full-coverage', 'no'];
    cluster = await ValkeyServer.startCluster({ primaries: 2, nodeTimeout: 60_000, args });
    victim = await cluster.primaryOf('foo');
    assert.notEqual(victim, await cluster.primaryOf('bar'));
  });
  after(() => cluster.stop());

  it('lets blocking commands wait for it as long as their view allows, whatever is heard of the map', async (t) => {
    const client = open(t, cluster, { socketTimeout: 1500 });
    // These are routed anew whenever the map has come.
    const reader = open(t, cluster, { socketTimeout: 1500, readFrom: 'preferReplica' });
    await Promise.all([client.set('foo', 0), reader.set('foo', 0)]);
    await victim.kill();
    await until('it is missed', () => [client, reader].every((each) => each.stats().counters.lost > 0));
    using lateness = new Lateness();
    const outcomes = await outcomesOf([
      client.blpop('{foo}list', 0.2),
      client.blpop('{foo}list', 0),
      reader.xread({ '{foo}stream': '$' }, { block: 200 }),
      reader.xread({ '{foo}stream': '$' }, { block: 0 }),
    ]);
    for (const { error, elapsed } of outcomes) {
      typed(error, ConnectionError, 'ECONNREFUSED');
      // A try is not begun that would end too late.
      assertTook(elapsed, 100, 1500 + 1000, lateness.worst, 'a command that blocks');
    }
    await victim.restart();
    await cluster.settled();
    await client.rpush('{foo}list', 'found');
    assert.deepEqual(await client.blpop('{foo}list', 5), ['{foo}list', 'found']);
  });
});
