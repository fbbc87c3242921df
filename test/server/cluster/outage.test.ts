import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { AbortError, ConnectionError, TimeoutError } from '../../../src/index.ts';
import { type ClusterDeployment, type ClusterNode, ValkeyServer } from '../../../src/testing/index.ts';
import { assertTook, failureOf, Lateness, outcomesOf, typed, until } from '../client/tools.ts';
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

  it('says of a command that was sent as several whether any of it may have run', async (t) => {
    const client = open(t, cluster, { socketTimeout: 20_000 });
    const other = await keyOf(victim);
    await Promise.all([client.set('foo', 0), client.set('bar', 0)]);
    await victim.kill();
    await until('it is missed', () => client.stats().counters.lost > 0);

    const impatient = client.withOptions({ whenDown: 'fail' });
    const down = await failureOf(impatient.mset({ foo: 1, bar: 1 }), ConnectionError, 'DOWN');
    assert.equal(down.sent, true);
    assert.match(down.message, /other parts of the command have run/);
    assert.equal(await client.get('bar'), '1');

    const late = await failureOf(client.withOptions({ timeout: 300 }).mset({ foo: 2, bar: 2 }), TimeoutError);
    assert.deepEqual([late.phase, late.sent], ['sent', true]);
    assert.equal(await client.get('bar'), '2');
    const onEach = client.on('primaries').withOptions({ timeout: 300 });
    assert.equal((await failureOf(onEach.executeCommand('FLUSHALL'), TimeoutError)).sent, true);
    assert.equal(await client.get('bar'), null);

    const nothing = await failureOf(impatient.mset({ foo: 3, [other]: 3 }), ConnectionError, 'DOWN');
    assert.equal(nothing.sent, false);
    assert.doesNotMatch(nothing.message, /have run/);
    await victim.restart();
    await cluster.settled();
  });

  it('aborts all parts of a command that was sent as several, and tells whether any was sent', async (t) => {
    const client = open(t, cluster, { socketTimeout: 20_000 });
    const other = await keyOf(victim);
    await Promise.all([client.set('foo', 0), client.set('bar', 0)]);
    const primaries = client.on('primaries');
    const aborted = async (call: (options: { signal: AbortSignal }) => Promise<unknown>): Promise<boolean> => {
      const controller = new AbortController();
      const failure = failureOf(call({ signal: controller.signal }), AbortError);
      // By then the part that can be answered is.
      await client.get('bar');
      controller.abort();
      return (await failure).sent;
    };
    victim.pause();
    assert.equal(await aborted((options) => client.withOptions(options).mset({ foo: 1, bar: 1 })), true);
    assert.equal(await aborted((options) => client.withOptions(options).mset({ foo: 1, [other]: 1 })), true);
    victim.resume();
    assert.equal(await client.get('bar'), '1');

    await victim.kill();
    await until('it is missed', () => client.stats().counters.lost > 0);
    assert.equal(await aborted((options) => client.withOptions(options).mset({ foo: 2, bar: 2 })), true);
    assert.equal(await aborted((options) => client.withOptions(options).mset({ foo: 2, [other]: 2 })), false);
    assert.equal(await aborted((options) => primaries.withOptions(options).executeCommand('FLUSHALL')), true);
    assert.equal(client.stats().queued, 0);
    await victim.restart();
    await cluster.settled();
    assert.deepEqual(await client.mget(['foo', other]), [null, null]);
  });

  /** A key of a node's that is in another slot than `foo`. */
  async function keyOf(node: ClusterNode): Promise<string> {
    for (let i = 0; ; i++) if ((await cluster.primaryOf(`other:${i}`)) === node) return `other:${i}`;
  }
});
