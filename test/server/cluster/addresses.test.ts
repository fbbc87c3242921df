import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  AuthenticationError,
  ConnectionError,
  MovedError,
  SlotNotCoveredError,
  ValkeyCluster,
  type ClusterAddressRemap,
} from '../../../src/index.ts';
import { ValkeyServer } from '../../../src/testing/index.ts';
import { failureOf } from '../client/tools.ts';
import { open } from './tools.ts';

const KEYS = ['foo', 'bar', 'c', 'd', 'e', 'f'];

describe('the addresses of a cluster', () => {
  it('may be names, with certificates that are for them, and databases', async (t) => {
    const cluster = await ValkeyServer.startCluster({
      primaries: 2,
      tls: 'only',
      announce: 'hostname',
      password: 'secret',
      args: ['--cluster-databases', '4'],
    });
    t.after(() => cluster.stop());
    const tls = { ca: cluster.ca, ...cluster.clientCertificate };
    const client = new ValkeyCluster({ url: `${cluster.url}/2`, tls });
    t.after(() => client.destroy());
    await Promise.all(KEYS.map((key) => client.set(key, key)));
    assert.deepEqual(await client.mget(KEYS), KEYS);
    assert.deepEqual(
      client.getNodes().map(({ host }) => host),
      ['localhost', 'localhost'],
    );
    assert.equal(await client.dbsize(), KEYS.length);
    assert.equal(await client.select(0), 'OK');
    assert.equal(await client.dbsize(), 0);
    const stranger = new ValkeyCluster({ startupNodes: cluster.startupNodes, tls: true, password: 'secret' });
    t.after(() => stranger.destroy());
    const error = await failureOf(stranger.get('foo'), ConnectionError);
    assert.match(error.code, /CERT|UNABLE/);
    const wrong = open(t, cluster, { tls, password: 'wrong' });
    await failureOf(wrong.get('foo'), AuthenticationError, 'AUTHENTICATION_FAILED');
  });

  it('may be unknown to the nodes, which are then where they were found', async (t) => {
    const cluster = await ValkeyServer.startCluster({ primaries: 2, replicas: 1, announce: 'unknown' });
    t.after(() => cluster.stop());
    const client = open(t, cluster, { startupNodes: cluster.startupNodes.slice(0, 1) });
    await Promise.all(KEYS.map((key) => client.set(key, key)));
    assert.deepEqual(await client.mget(KEYS), KEYS);
    const from = await cluster.primaryOf('foo');
    const to = (await cluster.primaries()).find((node) => node !== from)!;
    await cluster.migrateSlots(client.keyslot('foo'), from, to, { mode: 'atomic' });
    assert.equal(await client.get('foo'), 'foo');
  });

  it('may be others to the client than to the nodes, in MOVED too; slots may have nobody', async (t) => {
    const cluster = await ValkeyServer.startCluster({ primaries: 2, args: ['--cluster-require-full-coverage', 'no'] });
    t.after(() => cluster.stop());
    const told: number[] = [];
    const client = new ValkeyCluster({
      startupNodes: cluster.startupNodes.map(({ port }) => ({ host: 'localhost', port })),
      addressRemap: ({ port }) => {
        told.push(port);
        return { host: 'localhost', port };
      },
    });
    t.after(() => client.destroy());
    await Promise.all(KEYS.map((key) => client.set(key, key)));
    const from = await cluster.primaryOf('foo');
    const to = (await cluster.primaries()).find((node) => node !== from)!;
    await cluster.migrateSlots(client.keyslot('foo'), from, to, { mode: 'atomic' });
    told.length = 0;
    assert.equal(await client.get('foo'), 'foo');
    assert.ok(told.includes(to.port));
    assert.ok(client.getNodes().every(({ host }) => host === 'localhost'));
    const slot = client.keyslot('nobody');
    for (const node of cluster.nodes) await node.call('CLUSTER', 'DELSLOTS', slot).catch(() => undefined);
    const quick = client.withOptions({ timeout: 500 });
    await assert.rejects(quick.get('nobody'), (error: Error) =>
      /CLUSTERDOWN|no node of the cluster has the slot/.test(error.message),
    );
    assert.equal(await client.get('bar'), 'bar');
    const strict = open(t, cluster, { requireFullCoverage: true, retry: { retries: 0 } });
    await failureOf(strict.get('bar'), SlotNotCoveredError, 'SLOT_NOT_COVERED');
  });

  it('may not be found by the function that is to tell them, which fails what needs it and nothing else', async (t) => {
    const cluster = await ValkeyServer.startCluster({ primaries: 2 });
    t.after(() => cluster.stop());
    const code = 'ADDRESS_REMAP_FAILED';
    const broken: readonly ClusterAddressRemap[] = [
      () => {
        throw new Error('no idea');
      },
      (() => undefined) as unknown as ClusterAddressRemap,
      // A promise, which the types do not allow.
      (async () => Promise.reject(new Error('no idea'))) as unknown as ClusterAddressRemap,
    ];
    for (const addressRemap of broken) {
      const client = open(t, cluster, { addressRemap, connectTimeout: 1000 });
      await failureOf(client.connect(), ConnectionError, code);
      assert.equal((await failureOf(client.get('foo'), ConnectionError, code)).sent, false);
    }
    let isBroken = false;
    const addressRemap: ClusterAddressRemap = (address) => {
      if (isBroken) throw new Error('no idea');
      return address;
    };
    const client = open(t, cluster, { addressRemap });
    await client.mset({ foo: 'foo', bar: 'bar' });
    const from = await cluster.primaryOf('foo');
    const to = (await cluster.primaries()).find((node) => node !== from)!;
    isBroken = true;
    await cluster.migrateSlots(client.keyslot('foo'), from, to, { mode: 'atomic' });
    const failure = await failureOf(client.get('foo'), ConnectionError, code);
    assert.deepEqual([failure.command, failure.sent], ['GET', false]);
    assert.match(failure.message, /no idea/);
    // Sessions see to what they are told themselves.
    await using session = await client.session({ node: { host: '127.0.0.1', port: from.port } });
    await failureOf(session.get('foo'), MovedError);
    assert.equal(await client.get('bar'), 'bar');
    isBroken = false;
    assert.equal(await client.get('foo'), 'foo');
  });

  it('may be a single one, and zones are told', async (t) => {
    const cluster = await ValkeyServer.startCluster({
      primaries: 1,
      replicas: 2,
      args: ['--availability-zone', 'zone-a'],
    });
    t.after(() => cluster.stop());
    for (const availabilityZone of ['zone-a', 'zone-b']) {
      const client = open(t, cluster, { readFrom: 'nearestAz', availabilityZone });
      await client.mset({ foo: 1, bar: 2 });
      await client.wait(2, 5000);
      assert.deepEqual(await client.mget(['foo', 'bar']), ['1', '2']);
      assert.deepEqual(
        client.getNodes().map((node) => node.availabilityZone),
        ['zone-a', 'zone-a', 'zone-a'],
      );
      assert.equal(await client.ping(), 'PONG');
    }
  });
});
