import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ValkeyCluster, type ValkeyClusterOptions } from '../../../src/index.ts';
import { givenClusterOptions } from '../../../src/client/cluster-options.ts';

describe('the options of ValkeyCluster', () => {
  it('name the nodes to begin with in any of their forms', () => {
    const { startupNodes } = givenClusterOptions({
      startupNodes: ['a:1', '[::1]:2', { host: 'c', port: 3 }],
      host: 'd',
    });
    assert.deepEqual(startupNodes, [
      { host: 'a', port: 1 },
      { host: '::1', port: 2 },
      { host: 'c', port: 3 },
      { host: 'd', port: 6379 },
    ]);
  });

  it('come from a URL, which wins', () => {
    const given = givenClusterOptions({ url: 'valkeys+cluster://u:p@a,b:7000/2?socketTimeout=700', socketTimeout: 1 });
    assert.deepEqual(given.startupNodes, [
      { host: 'a', port: 6379 },
      { host: 'b', port: 7000 },
    ]);
    const { username, password, db, tls, socketTimeout } = given.server;
    assert.deepEqual([username, password, db, tls, socketTimeout], ['u', 'p', 2, true, 700]);
    assert.deepEqual(givenClusterOptions('valkey://a:1').startupNodes, [{ host: 'a', port: 1 }]);
  });

  it('are refused when they are unknown, unusable or missing', () => {
    const refused = (options: unknown, message: RegExp): void =>
      assert.throws(() => new ValkeyCluster(options as ValkeyClusterOptions), { name: 'DataError', message });
    refused({}, /startupNodes, host or url/);
    refused({ host: 'a', readFrom: 'replicas' }, /readFrom/);
    refused({ host: 'a', startupnodes: [] }, /did you mean startupNodes/);
    refused({ host: 'a', path: '/run/x' }, /path/);
    refused({ host: 'a', singleConnectionClient: true }, /singleConnectionClient/);
    refused({ host: 'a', readFrom: 'nearestAz' }, /availabilityZone/);
    refused({ startupNodes: ['a'] }, /host:port/);
    refused({ startupNodes: [{ host: 'a', port: 0 }] }, /host:port/);
    refused('valkey+sentinel://a/x', /Sentinels/);
    refused('unix:///run/x', /Unix/);
    refused({ host: 'a', reinitializeSteps: -1 }, /reinitializeSteps/);
    refused({ host: 'a', addressRemap: {} }, /addressRemap/);
    refused({ host: 'a', tls: { serverName: 'x' } }, /servername/);
  });
});
