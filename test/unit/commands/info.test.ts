import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type InfoReply, toClusterInfo, toInfo } from '../../../src/commands/info.ts';
import type { ReplyMode } from '../../../src/protocol/reply-mode.ts';

const UTF8: ReplyMode = { encoding: 'utf8', integers: 'number' };

function read(...lines: string[]): InfoReply {
  return toInfo(lines.map((line) => `${line}\r\n`).join(''), UTF8);
}

test('only fields known to be numbers are parsed', () => {
  const { server } = read(
    '# Server',
    'redis_version:7.2.4',
    'redis_git_sha1:00000000',
    'redis_build_id:9108e8',
    'executable:/a,b=c/x:y',
    'uptime_in_seconds:5',
    'new_in_a_later_version:5',
  );
  assert.deepEqual(server, {
    redisVersion: '7.2.4',
    redisGitSha1: '00000000',
    redisBuildId: '9108e8',
    executable: '/a,b=c/x:y',
    uptimeInSeconds: 5,
    newInALaterVersion: '5',
    listeners: [],
  });
  const { memory } = read('# Memory', 'used_memory:x', 'mem_fragmentation_ratio:-nan', 'used_memory_peak_perc:100.08%');
  assert.deepEqual(memory, { usedMemory: 'x', memFragmentationRatio: NaN, usedMemoryPeakPerc: '100.08%' });
});

test('sections of modules, of any name, and lines that are no fields', () => {
  const info = read(
    'before:1',
    '',
    '# search_index stats',
    'search_number_of_indexes:3',
    'search_dict:a=1,b=2',
    'no field',
    'empty:',
    '#x',
    '# Keyspace',
    '# __proto__',
    '__proto__:1',
  );
  assert.deepEqual(Object.entries(info), [
    ['', { before: '1' }],
    ['searchIndexStats', { searchNumberOfIndexes: '3', searchDict: 'a=1,b=2', 'no field': '', empty: '' }],
    ['x', {}],
    ['keyspace', {}],
    ['_proto_', { _proto_: '1' }],
  ]);
  assert.deepEqual(read(), {});
  assert.deepEqual(read('# Memory', 'used_memory:1', '# Clients', '# Memory', 'maxmemory:2'), {
    memory: { usedMemory: 1, maxmemory: 2 },
    clients: {},
  });
});

test('structured lines', () => {
  const info = read(
    '# Server',
    'listener0:name=tcp,bind=127.0.0.1,bind=-::1,port=6379',
    'listener1:name=unix,bind=/tmp/a,b/socket',
    '# Replication',
    'slave0:ip=::1,port=6380,state=online,offset=14,lag=0,type=replica',
    'slave1:ip=replica.example,port=6381,state=wait_bgsave,offset=0,lag=0',
    'slave_read_only:1',
    '# Modules',
    'module:name=lua,ver=1,api=1,filters=0,usedby=[],using=[a|b],options=[handle-io-errors]',
    'module:name=json,ver=10002,api=1,filters=0,usedby=[lua],using=[],options=[]',
    '# Commandstats',
    'cmdstat_config|set:calls=2,usec=9,usec_per_call=4.50,rejected_calls=0,failed_calls=1',
    'cmdstat___proto__:calls=1,usec=1,usec_per_call=1.00',
    '# Errorstats',
    'errorstat_WRONGTYPE:count=3',
    '# Latencystats',
    'latency_percentiles_usec_get:p50=0.001,p99=1.003,p99.9=9.023',
    '# Scripting Engines',
    'engines_count:1',
    'engine_0:name=LUA,module=lua,abi_version=4,used_memory=69632,memory_overhead=64',
    '# Keyspace',
    'db0:keys=3,expires=1,avg_ttl=500,keys_with_volatile_items=0',
    'db12:keys=1,expires=0,avg_ttl=0',
    '# Keysizes',
    'db0_distrib_strings_sizes:1=5,4K=1',
    '# Sentinel',
    'sentinel_masters:1',
    'master0:name=main,status=ok,address=127.0.0.1:6379,slaves=1,sentinels=3',
  );
  assert.deepEqual(info.server, {
    listeners: [
      { name: 'tcp', bind: ['127.0.0.1', '-::1'], port: 6379 },
      { name: 'unix', bind: ['/tmp/a,b/socket'] },
    ],
  });
  assert.deepEqual(info.replication, {
    replicas: [
      { ip: '::1', port: 6380, state: 'online', offset: 14, lag: 0, type: 'replica' },
      { ip: 'replica.example', port: 6381, state: 'wait_bgsave', offset: 0, lag: 0 },
    ],
    slaveReadOnly: 1,
  });
  assert.deepEqual(info.modules, [
    { name: 'lua', ver: 1, api: 1, filters: 0, usedby: [], using: ['a', 'b'], options: ['handle-io-errors'] },
    { name: 'json', ver: 10002, api: 1, filters: 0, usedby: ['lua'], using: [], options: [] },
  ]);
  assert.deepEqual(Object.entries(info.commandstats!), [
    ['config|set', { calls: 2, usec: 9, usecPerCall: 4.5, rejectedCalls: 0, failedCalls: 1 }],
    ['__proto__', { calls: 1, usec: 1, usecPerCall: 1 }],
  ]);
  assert.deepEqual(info.errorstats, { WRONGTYPE: { count: 3 } });
  assert.deepEqual(info.latencystats, { get: { p50: 0.001, p99: 1.003, 'p99.9': 9.023 } });
  const engine = { name: 'LUA', module: 'lua', abiVersion: 4, usedMemory: 69632, memoryOverhead: 64 };
  assert.deepEqual(info.scriptingEngines, { enginesCount: 1, engines: [engine] });
  assert.deepEqual(info.keyspace, {
    db0: { keys: 3, expires: 1, avgTtl: 500, keysWithVolatileItems: 0 },
    db12: { keys: 1, expires: 0, avgTtl: 0 },
  });
  assert.deepEqual(info['keysizes'], { db0DistribStringsSizes: { '1': 5, '4K': 1 } });
  const primary = { name: 'main', status: 'ok', address: '127.0.0.1:6379', slaves: 1, sentinels: 3 };
  assert.deepEqual(info.sentinel, { sentinelMasters: 1, primaries: [primary] });
});

test('broken structured lines', () => {
  const info = read(
    '# Keyspace',
    'db0:',
    'db1:keys',
    'db2:keys=many,=1',
    '# Modules',
    'module:',
    '# Replication',
    'slave0',
  );
  assert.deepEqual(info.keyspace, { db0: {}, db1: { keys: '' }, db2: { keys: 'many', '': 1 } });
  assert.deepEqual(info.modules, [{}]);
  assert.deepEqual(info.replication, { replicas: [{}] });
  assert.deepEqual(read('# Modules').modules, []);
});

test('bytes, latin1 and plain newlines', () => {
  const text = '# Server\nconfig_file:/é\n';
  const expected = { server: { configFile: '/é', listeners: [] } };
  const bytes = Buffer.from(text);
  assert.deepEqual(toInfo(bytes, { encoding: 'buffer', integers: 'bigint' }), expected);
  assert.deepEqual(toInfo(bytes.toString('latin1'), { encoding: 'latin1', integers: 'number' }), expected);
});

test('CLUSTER INFO', () => {
  const text = 'cluster_state:ok\r\ncluster_size:3\r\ncluster_stats_messages_ping_sent:12\r\ncluster_new:1\r\n';
  assert.deepEqual(toClusterInfo(text, UTF8), {
    clusterState: 'ok',
    clusterSize: 3,
    clusterStatsMessagesPingSent: 12,
    clusterNew: '1',
  });
});
