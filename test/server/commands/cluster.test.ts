import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Valkey } from '../../../src/client/valkey.ts';
import type { ClusterNode, SlotRange } from '../../../src/commands/index.ts';
import { ResponseError } from '../../../src/errors.ts';
import { ValkeyServer } from '../../../src/testing/index.ts';
import { type CallsOfWay, type Way, checkCalls, refuses } from './harness.ts';
import { recorded } from './recorder.ts';

type Client = Way['client'];

const CLUSTER = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '2000', '--repl-diskless-sync-delay', '0'];
const QUIET = ['--cluster-require-full-coverage', 'no', '--cluster-allow-replica-migration', 'no'];
const RANGES: readonly SlotRange[] = [
  { start: 0, end: 5460 },
  { start: 5461, end: 10922 },
  { start: 10923, end: 16383 },
];
/** A key of each primary's, and its slot. */
const KEYS = { b: 3300, c: 7365, a: 15495 } as const;
const SLOT = KEYS.b;
const IN_TIME = 20_000;

const WAYS = [
  { protocol: 3, encoding: 'utf8', integers: 'number' },
  { protocol: 2, encoding: 'utf8', integers: 'number' },
  { protocol: 3, encoding: 'buffer', integers: 'bigint' },
  { protocol: 2, encoding: 'buffer', integers: 'bigint' },
] as const;

/** Three primaries and a replica of the first. */
const members = await started(4);
/** Two nodes that are in no cluster, unless a test puts them in one. */
const loners = await started(2);
const version = members[0]!.version;
after(() => Promise.all([...members, ...loners].map((server) => server.stop())));
const ids = await clusterOf(members);
const [id0 = '', id1 = '', id2 = '', idOfReplica = ''] = ids;

const called: CallsOfWay[] = [];
for (const { protocol, encoding, integers } of WAYS) {
  const calls: CallsOfWay['calls'] = [];
  called.push({ protocol, encoding, integers, calls });
  const int = (value: number): number | bigint => (integers === 'number' ? value : BigInt(value));
  const text = (value: string): string | Buffer => (encoding === 'utf8' ? value : Buffer.from(value));
  const connect = ({ port }: ValkeyServer): Client =>
    recorded<Client>(new Valkey({ port, protocol, encoding, integers }), calls);

  describe(`cluster commands, RESP${protocol}, ${encoding}, ${integers}`, () => {
    const clients = members.map(connect);
    const [p0, p1, p2, replica] = clients as [Client, Client, Client, Client];
    const [x, y] = loners.map(connect) as [Client, Client];
    after(() => Promise.all([...clients, x, y].map((client) => client.close())));
    before(() => settled(clients));
    beforeEach(() => Promise.all([p0, p1, p2].map((client) => client.flushall())));

    test('nodes, replicas, slaves', async () => {
      const nodes = await p0.clusterNodes();
      assert.deepEqual(nodes.map(({ id }) => id).sort(), [...ids].sort());
      const expected: readonly Partial<ClusterNode>[] = [
        { flags: ['myself', 'master'], primaryId: null, slots: [RANGES[0]!] },
        { flags: ['master'], primaryId: null, slots: [RANGES[1]!] },
        { flags: ['master'], primaryId: null, slots: [RANGES[2]!] },
        { flags: ['slave'], primaryId: id0, slots: [] },
      ];
      for (const [index, { port }] of members.entries()) {
        const node = nodes.find(({ id }) => id === ids[index])!;
        const { pingSent, pongReceived, configEpoch } = node;
        assert.deepEqual(node, {
          ...{ id: ids[index], host: '127.0.0.1', port, busPort: port + 10_000, aux: {} },
          ...{ pingSent, pongReceived, configEpoch, linkState: 'connected', migrating: [], importing: [] },
          ...expected[index],
        });
        assert.ok(pingSent >= 0 && configEpoch > 0);
        assert.ok(index === 0 || Math.abs(Date.now() - pongReceived) < 60_000);
      }
      for (const replicas of [await p0.clusterReplicas(id0), await p0.clusterSlaves(id0)]) {
        assert.deepEqual(
          replicas.map(({ id, primaryId }) => [id, primaryId]),
          [[idOfReplica, id0]],
        );
      }
      assert.deepEqual(await p0.clusterReplicas(id1), []);
      await assert.rejects(p0.clusterReplicas('nobody'), ResponseError);
    });

    test('slots and shards', async () => {
      const node = (index: number): object => ({ host: '127.0.0.1', port: members[index]!.port, id: ids[index] });
      assert.deepEqual(await p0.clusterSlots(), [
        { ...RANGES[0], primary: node(0), replicas: [node(3)] },
        { ...RANGES[1], primary: node(1), replicas: [] },
        { ...RANGES[2], primary: node(2), replicas: [] },
      ]);
      const shards = await p1.clusterShards();
      assert.equal(shards.length, 3);
      for (const [index, range] of RANGES.entries()) {
        const shard = shards.find(({ nodes }) => nodes.some(({ id }) => id === ids[index]))!;
        assert.deepEqual(shard.slots, [range]);
        assert.equal(shard.id, isAtLeast(9.1) ? await clients[index]!.clusterMyshardid() : undefined);
        const { replicationOffset, ...primary } = shard.nodes.find(({ id }) => id === ids[index])!;
        const { port } = members[index]!;
        assert.deepEqual(primary, {
          ...{ id: ids[index], port, ip: '127.0.0.1', endpoint: '127.0.0.1', role: 'primary', health: 'online' },
        });
        assert.equal(typeof replicationOffset, integers);
        assert.deepEqual(
          shard.nodes.filter(({ role }) => role === 'replica').map(({ id }) => id),
          index === 0 ? [idOfReplica] : [],
        );
      }
    });

    test('what a node tells of itself', async () => {
      assert.equal(await p0.clusterMyid(), id0);
      await since(7.2, async () => assert.match(await p0.clusterMyshardid(), /^[0-9a-f]{40}$/));
      const info = await p0.clusterInfo();
      assert.equal(info.clusterState, 'ok');
      assert.deepEqual([info.clusterSlotsAssigned, info.clusterSlotsOk, info.clusterSlotsFail], [16384, 16384, 0]);
      assert.deepEqual([info.clusterKnownNodes, info.clusterSize], [4, 3]);
      assert.ok(info.clusterStatsMessagesSent > 0 && (info['clusterStatsMessagesPingSent'] as number) > 0);
      for (const [name, value] of Object.entries(info))
        assert.equal(typeof value, name === 'clusterState' ? 'string' : 'number');
      if (isAtLeast(9.1)) assert.deepEqual((await p0.info('everything')).clusterInfo?.clusterSize, 3);
      const links = await p0.clusterLinks();
      assert.equal(links.length, 6);
      for (const id of ids.slice(1)) {
        const pair = links.filter(({ node }) => node === id);
        assert.deepEqual(pair.map(({ direction }) => direction).sort(), ['from', 'to']);
        for (const { createTime, events, sendBufferAllocated, sendBufferUsed } of pair) {
          assert.ok(Math.abs(Number(createTime) - Date.now()) < 600_000);
          assert.match(events, /^r?w?$/);
          for (const value of [createTime, sendBufferAllocated, sendBufferUsed]) assert.equal(typeof value, integers);
        }
      }
      assert.match((await p0.clusterHelp())[0]!, /^CLUSTER/);
      assert.match(await p0.clusterBumpepoch(), /^(BUMPED|STILL) \d+$/);
      assert.deepEqual(await p0.clusterCountFailureReports(id1), int(0));
      assert.equal(await p0.clusterSaveconfig(), 'OK');
    });

    test('keys and slots', async () => {
      for (const [key, slot] of Object.entries(KEYS)) assert.deepEqual(await p0.clusterKeyslot(key), int(slot));
      assert.deepEqual(await p0.clusterKeyslot(Buffer.from('{b}\xff', 'latin1')), int(SLOT));
      const bytes = Buffer.from('{b}\xff', 'latin1');
      await p0.mset({ b: 1, '{b}2': 2 });
      assert.deepEqual(await p0.clusterCountkeysinslot(SLOT), int(2));
      assert.deepEqual(await p0.clusterCountkeysinslot(BigInt(KEYS.a)), int(0));
      const keys = await p0.clusterGetkeysinslot(SLOT, 10);
      assert.deepEqual([...keys].sort(), [text('b'), text('{b}2')].sort());
      assert.equal((await p0.clusterGetkeysinslot(SLOT, 1n)).length, 1);
      await p0.del(['b', '{b}2']);
      await p0.set(bytes, 1);
      if (encoding === 'buffer') assert.deepEqual(await p0.clusterGetkeysinslot(SLOT, 1), [bytes]);
      await assert.rejects(p0.clusterCountkeysinslot(16384), ResponseError);
      await since(9, async () => {
        assert.equal(await p0.clusterFlushslot(SLOT), 'OK');
        assert.equal(await p0.clusterFlushslot(SLOT, { mode: 'sync' }), 'OK');
        assert.equal(await p0.clusterFlushslot(SLOT, { mode: 'async' }), 'OK');
        assert.deepEqual(await p0.clusterCountkeysinslot(SLOT), int(0));
      });
    });

    test('slot-stats', async () => {
      await p0.mset({ b: 1, '{b}2': 2 });
      await since(8, async () => {
        const range = { start: SLOT - 1, end: BigInt(SLOT) };
        const plain = [
          { slot: SLOT - 1, keyCount: int(0) },
          { slot: SLOT, keyCount: int(2) },
        ];
        assert.deepEqual(await p0.clusterSlotStats({ slotsrange: range }), plain);
        assert.deepEqual(await p0.clusterSlotStats({ slotsrange: RANGES[1]! }), []);
        assert.deepEqual(await p0.clusterSlotStats({ orderby: 'key-count', limit: 1 }), [plain[1]]);
        const first = { slot: 0, keyCount: int(0) };
        assert.deepEqual(await p0.clusterSlotStats({ orderby: 'key-count', limit: 1n, order: 'asc' }), [first]);
        assert.equal((await p0.clusterSlotStats({ orderby: 'key-count', order: 'desc' })).length, 5461);
        await p0.executeCommand('CONFIG', 'SET', 'cluster-slot-stats-enabled', 'yes');
        await p0.get('b');
        const [row] = await p0.clusterSlotStats({ orderby: 'network-bytes-in', limit: 1 });
        await p0.executeCommand('CONFIG', 'SET', 'cluster-slot-stats-enabled', 'no');
        assert.equal(row?.slot, SLOT);
        for (const value of [row?.cpuUsec, row?.networkBytesIn, row?.networkBytesOut])
          assert.equal(typeof value, integers);
        assert.ok(Number(row?.networkBytesIn) > 0);
      });
      refuses(() => p0.clusterSlotStats({} as never), /needs either slotsrange or orderby/);
      refuses(() => p0.clusterSlotStats(null as never), /needs an object with slotsrange or orderby/);
      const both = { slotsrange: { start: 0, end: 1 }, orderby: 'key-count' } as never;
      refuses(() => p0.clusterSlotStats(both), /needs either slotsrange or orderby/);
      const limited = { slotsrange: { start: 0, end: 1 }, limit: 1 } as never;
      refuses(() => p0.clusterSlotStats(limited), /takes limit and order only with orderby/);
    });

    test('setslot and asking', async () => {
      assert.equal(await p0.clusterSetslot(SLOT, { migrating: id1 }), 'OK');
      assert.equal(await p1.clusterSetslot(BigInt(SLOT), { importing: id0 }), 'OK');
      const myself = async (client: Client): Promise<ClusterNode> =>
        (await client.clusterNodes()).find(({ flags }) => flags.includes('myself'))!;
      const [source, target] = [await myself(p0), await myself(p1)];
      assert.deepEqual([source.migrating, source.importing], [[{ slot: SLOT, nodeId: id1 }], []]);
      assert.deepEqual([target.migrating, target.importing], [[], [{ slot: SLOT, nodeId: id0 }]]);
      assert.deepEqual([source.slots, target.slots], [[RANGES[0]], [RANGES[1]]]);
      await using session = await p1.session();
      await assert.rejects(session.get('b'), { code: 'MOVED' });
      assert.equal(await session.asking(), 'OK');
      assert.equal(await session.get('b'), null);
      await assert.rejects(session.get('b'), { code: 'MOVED' });
      refuses(() => p1.asking(), /ASKING would change the connection/);
      for (const client of [p0, p1]) assert.equal(await client.clusterSetslot(SLOT, { stable: true }), 'OK');
      assert.equal(await p0.clusterSetslot(SLOT, { node: id0 }), 'OK');
      if (isAtLeast(8)) assert.equal(await p0.clusterSetslot(SLOT, { node: id0, timeout: 1000 }), 'OK');
      assert.deepEqual((await myself(p0)).migrating, []);
      await assert.rejects(p0.clusterSetslot(KEYS.c, { migrating: id2 }), ResponseError);
      refuses(() => p0.clusterSetslot(1, {} as never), /needs exactly one of importing, migrating, node and stable/);
      refuses(() => p0.clusterSetslot(1, { stable: true, node: id0 } as never), /needs exactly one of/);
      refuses(() => p0.clusterSetslot(1, 'STABLE' as never), /needs an object/);
    });

    test('migrateslots, getslotmigrations, cancelslotmigrations', async () => {
      await since(9, async () => {
        await p0.set('b', 'moves');
        const [some, one] = [
          [
            { start: SLOT, end: SLOT + 1 },
            { start: 10, end: 10 },
          ],
          { start: 20, end: 20 },
        ];
        const targets = [
          { slotsrange: some, node: id1 },
          { slotsrange: one, node: id2 },
        ];
        assert.equal(await p0.clusterMigrateslots(targets), 'OK');
        await until(async () => (await owners(clients)).every((owned) => owned(SLOT) === id1 && owned(20) === id2));
        const jobs = await p0.clusterGetslotmigrations();
        const job = jobs.find(({ targetNode, state }) => targetNode === id1 && state === 'success')!;
        assert.deepEqual([job.operation, job.sourceNode, job.message], ['EXPORT', id0, '']);
        assert.deepEqual(
          [...job.slotRanges].sort((a, b) => b.start - a.start),
          some,
        );
        assert.match(job.name, /^[0-9a-f]{40}$/);
        for (const time of [job.createTime, job.lastUpdateTime]) {
          assert.equal(typeof time, integers);
          assert.ok(Math.abs(Number(time) - Date.now() / 1000) < 60);
        }
        const imported = await p1.clusterGetslotmigrations();
        assert.equal(imported.find(({ name }) => name === job.name)?.operation, 'IMPORT');
        assert.deepEqual(await p1.get('b'), text('moves'));
        assert.equal(await p1.clusterMigrateslots({ slotsrange: some, node: id0 }), 'OK');
        assert.equal(await p2.clusterMigrateslots([{ slotsrange: [one], node: id0 }]), 'OK');
        await settled(clients);
        await assert.rejects(
          p0.clusterMigrateslots({ slotsrange: { start: KEYS.a, end: KEYS.a }, node: id1 }),
          ResponseError,
        );
        await assert.rejects(p0.clusterCancelslotmigrations(), ResponseError);
        // It gets nowhere while the other node stands still.
        members[1]!.pause();
        assert.equal(await p0.clusterMigrateslots({ slotsrange: { start: SLOT, end: SLOT }, node: id1 }), 'OK');
        assert.equal(await p0.clusterCancelslotmigrations(), 'OK');
        members[1]!.resume();
        const last = (await p0.clusterGetslotmigrations()).find(({ state }) => state === 'cancelled');
        assert.deepEqual(last?.slotRanges, [{ start: SLOT, end: SLOT }]);
        await settled(clients);
      });
      refuses(() => p0.clusterMigrateslots([]), /needs at least one target/);
      refuses(() => p0.clusterMigrateslots(id1 as never), /needs targets \{ slotsrange, node \}/);
      refuses(() => p0.clusterMigrateslots({ slotsrange: [], node: id1 }), /needs at least one range/);
      const unnamed = { slotsrange: { start: 1, end: 2 } } as never;
      refuses(() => p0.clusterMigrateslots(unnamed), /argument 5 is undefined/);
    });

    test('readonly and readwrite', async () => {
      await p0.set('b', 1);
      await assert.rejects(replica.get('b'), { code: 'MOVED' });
      assert.equal(await replica.readonly(), 'OK');
      await until(async () => (await replica.get('b')) !== null);
      assert.equal(await replica.readwrite(), 'OK');
      await assert.rejects(replica.get('b'), { code: 'MOVED' });
    });

    test('clusterscan', async () => {
      await since(9.1, async () => {
        const keys = Array.from({ length: 30 }, (_, index) => [`{b}${index}`, `{a}${index}`]).flat();
        for (const key of keys) await onOwner((client) => client.set(key, 1));
        await onOwner((client) => client.sadd('c', 1));
        const scan = async (options?: Parameters<Client['clusterscan']>[1]): Promise<string[]> => {
          const found: string[] = [];
          let cursor = '0';
          let pages = 0;
          do {
            const page = await onOwner((client) => client.clusterscan(cursor, options));
            found.push(...page.keys.map(String));
            cursor = page.cursor;
            assert.equal(typeof cursor, 'string');
            assert.ok(++pages < 1000);
          } while (cursor !== '0');
          return [...new Set(found)].sort();
        };
        assert.deepEqual(await scan(), [...keys, 'c'].sort());
        assert.deepEqual(await scan({ slot: SLOT, count: 5 }), keys.filter((key) => key.startsWith('{b}')).sort());
        assert.deepEqual(
          await scan({ match: '{a}1*', count: 100n, type: 'string', slot: KEYS.a }),
          keys.filter((key) => key.startsWith('{a}1')).sort(),
        );
        assert.deepEqual(await scan({ type: 'set' }), ['c']);
        await assert.rejects(p0.clusterscan('no cursor'), ResponseError);
      });
    });

    test('failover', async () => {
      await assert.rejects(p0.clusterFailover(), ResponseError);
      const takesOver = async (next: Client, mode?: 'force' | 'takeover'): Promise<void> => {
        const former = next === p0 ? replica : p0;
        let asked = -Infinity;
        await until(async () => {
          const [own, other] = [await next.role(), await former.role()];
          // Older servers do not vote twice for a shard within four seconds: they are asked again.
          if (own.role === 'replica' && performance.now() - asked > 5_000) {
            asked = performance.now();
            assert.equal(await next.clusterFailover(mode === undefined ? undefined : { mode }), 'OK');
          }
          return own.role === 'primary' && other.role === 'replica' && other.state === 'connected';
        });
      };
      await takesOver(replica);
      await takesOver(p0, 'force');
      await takesOver(replica, 'takeover');
      await takesOver(p0, 'takeover');
      await settled(clients);
    });

    test('slots of a node', async () => {
      await reset(x);
      assert.equal(await x.clusterSetConfigEpoch(5), 'OK');
      assert.equal(await x.clusterAddslots(1), 'OK');
      assert.equal(await x.clusterAddslots([2, 3n]), 'OK');
      assert.equal(await x.clusterAddslotsrange({ start: 10, end: 20n }), 'OK');
      assert.equal(
        await x.clusterAddslotsrange([
          { start: 30, end: 30 },
          { start: 32, end: 40 },
        ]),
        'OK',
      );
      const slots = async (): Promise<SlotRange[]> => (await x.clusterNodes())[0]!.slots;
      const [low, middle] = [
        { start: 1, end: 3 },
        { start: 10, end: 20 },
      ];
      assert.deepEqual(await slots(), [low, middle, { start: 30, end: 30 }, { start: 32, end: 40 }]);
      assert.equal((await x.clusterNodes())[0]!.configEpoch, 5);
      assert.equal(await x.clusterDelslots(2), 'OK');
      assert.equal(await x.clusterDelslots([1, 3]), 'OK');
      assert.equal(await x.clusterDelslotsrange({ start: 30, end: 30 }), 'OK');
      assert.equal(
        await x.clusterDelslotsrange([
          { start: 32, end: 34 },
          { start: 35, end: 40 },
        ]),
        'OK',
      );
      assert.deepEqual(await slots(), [middle]);
      assert.equal(await x.clusterFlushslots(), 'OK');
      assert.deepEqual(await slots(), []);
      await assert.rejects(x.clusterDelslots(1), ResponseError);
      await assert.rejects(x.clusterAddslots(16384), ResponseError);
      refuses(() => x.clusterAddslots([]), /CLUSTER ADDSLOTS needs at least one slot/);
      refuses(() => x.clusterAddslotsrange([]), /CLUSTER ADDSLOTSRANGE needs at least one range/);
      refuses(() => x.clusterDelslotsrange([1, 2] as never), /needs ranges \{ start, end \}/);
      refuses(() => x.clusterDelslotsrange({ start: 1 } as never), /argument 2 is undefined/);
    });

    test('names and unknown addresses', async () => {
      await reset(x);
      await x.clusterAddslotsrange({ start: 0, end: 16383 });
      const config = (...words: string[]): Promise<unknown> => x.executeCommand('CONFIG', 'SET', ...words);
      await config('cluster-announce-hostname', 'node.example', 'cluster-announce-ip', '10.0.0.1');
      assert.equal((await x.clusterNodes())[0]!.hostname, 'node.example');
      const primary = async (): Promise<object> => (await x.clusterSlots())[0]!.primary;
      const port = loners[0]!.port;
      const id = await x.clusterMyid();
      assert.deepEqual(await primary(), { host: '10.0.0.1', port, id, hostname: 'node.example' });
      await config('cluster-preferred-endpoint-type', 'hostname');
      assert.deepEqual(await primary(), { host: 'node.example', port, id, ip: '10.0.0.1' });
      const [node] = (await x.clusterShards())[0]!.nodes;
      assert.deepEqual([node?.hostname, node?.endpoint, node?.ip], ['node.example', 'node.example', '10.0.0.1']);
      await config('cluster-preferred-endpoint-type', 'unknown-endpoint');
      assert.deepEqual(await primary(), { host: null, port, id, ip: '10.0.0.1', hostname: 'node.example' });
      await config('cluster-announce-hostname', '', 'cluster-preferred-endpoint-type', 'hostname');
      assert.deepEqual(await primary(), { host: '?', port, id, ip: '10.0.0.1' });
      await config('cluster-announce-ip', '', 'cluster-preferred-endpoint-type', 'ip');
      if (isAtLeast(9.1)) {
        await config('availability-zone', 'zone-a');
        assert.deepEqual((await x.clusterSlots())[0]!.primary.availabilityZone, 'zone-a');
        assert.deepEqual((await x.clusterShards())[0]!.nodes[0]!.availabilityZone, 'zone-a');
        await config('availability-zone', '');
      }
    });

    test('meet, replicate, forget, reset', async () => {
      await reset(x);
      await reset(y);
      const [xId, yId] = [await x.clusterMyid(), await y.clusterMyid()];
      const { port } = loners[1]!;
      assert.equal(await x.clusterMeet('127.0.0.1', port), 'OK');
      assert.equal(await x.clusterMeet('127.0.0.1', port, port + 10_000), 'OK');
      await until(async () => (await knows(x, yId)) && (await knows(y, xId)));
      assert.equal(await y.clusterReplicate(xId), 'OK');
      await until(async () => (await x.clusterReplicas(xId)).length === 1);
      // Older servers know a node id only.
      if (isAtLeast(9)) assert.equal(await y.clusterReplicate('no one'), 'OK');
      else assert.equal(await y.clusterReset(), 'OK');
      await until(async () => (await y.role()).role === 'primary');
      // What the two gossip meanwhile has been seen to make x a replica of y, which cannot be forgotten then.
      await until(async () => {
        if ((await x.role()).role === 'primary') return true;
        if (isAtLeast(9)) await x.clusterReplicate('no one');
        return false;
      });
      assert.equal(await x.clusterForget(yId), 'OK');
      assert.deepEqual(
        (await x.clusterNodes()).map(({ id }) => id),
        [xId],
      );
      await assert.rejects(x.clusterForget(xId), ResponseError);
      assert.equal(await x.clusterReset(), 'OK');
      assert.equal(await x.clusterReset({ mode: 'soft' }), 'OK');
      assert.equal(await x.clusterMyid(), xId);
      assert.equal(await x.clusterReset({ mode: 'hard' }), 'OK');
      assert.notEqual(await x.clusterMyid(), xId);
      await assert.rejects(x.clusterMeet('name.example', 1), ResponseError);
      refuses(() => x.clusterReplicate(''), /needs the id of a node, or 'no one'/);
    });

    test('nodes without an address', async () => {
      await reset(x);
      assert.equal(await x.clusterMeet('::1', 7000, 17000), 'OK');
      assert.equal(await x.clusterMeet('127.0.0.1', 7001), 'OK');
      const nodes = await x.clusterNodes();
      const strangers = nodes.filter(({ flags }) => flags.includes('handshake'));
      assert.deepEqual(strangers.map(({ host, port, busPort }) => [host, port, busPort]).sort(), [
        ['127.0.0.1', 7001, 17001],
        ['::1', 7000, 17000],
      ]);
      assert.deepEqual(
        strangers.map(({ linkState }) => linkState),
        ['disconnected', 'disconnected'],
      );
      await reset(x);
    });

    /** Runs a call on the primary that does not refer it to another one. */
    async function onOwner<R>(call: (client: Client) => Promise<R>): Promise<R> {
      for (const client of [p0, p1, p2]) {
        try {
          return await call(client);
        } catch (error) {
          if (!(error instanceof ResponseError) || error.code !== 'MOVED') throw error;
        }
      }
      throw new Error('no node takes it');
    }
  });
}
await checkCalls('cluster', version, called);

async function started(count: number): Promise<ValkeyServer[]> {
  return await Promise.all(Array.from({ length: count }, () => ValkeyServer.start({ args: [...CLUSTER, ...QUIET] })));
}

/** Makes a cluster of them, the last one a replica of the first, and gives their ids. */
async function clusterOf(servers: readonly ValkeyServer[]): Promise<string[]> {
  const clients = servers.map(({ port }) => new Valkey({ port }));
  const [first] = clients;
  for (const [index, client] of clients.entries()) {
    await client.clusterSetConfigEpoch(index + 1);
    if (RANGES[index] !== undefined) await client.clusterAddslotsrange(RANGES[index]);
    if (client !== first) await first!.clusterMeet('127.0.0.1', servers[index]!.port);
  }
  const ids = await Promise.all(clients.map((client) => client.clusterMyid()));
  await until(async () =>
    (await Promise.all(clients.flatMap((client) => ids.map((id) => knows(client, id))))).every(Boolean),
  );
  await clients.at(-1)!.clusterReplicate(ids[0]!);
  await settled(clients as unknown as Client[]);
  await Promise.all(clients.map((client) => client.close()));
  return ids;
}

/** Waits until all nodes agree on the slots as they were in the beginning, and on the replica. */
async function settled(clients: readonly Client[]): Promise<void> {
  const [first, , , replica] = clients as [Client, Client, Client, Client];
  const own = await Promise.all(clients.map((client) => client.clusterMyid()));
  await until(async () => {
    const info = await Promise.all(clients.map((client) => client.clusterInfo()));
    const owned = await owners(clients);
    const role = await replica.role();
    const shards = await Promise.all(clients.map((client) => client.clusterShards()));
    return (
      info.every(({ clusterState }) => clusterState === 'ok') &&
      owned.every((owner) =>
        RANGES.every(({ start, end }, index) =>
          [start, SLOT, 20, 10, end].every((slot) => slot < start || slot > end || owner(slot) === own[index]),
        ),
      ) &&
      role.role === 'replica' &&
      role.state === 'connected' &&
      // Who belongs to whose shard is told from node to node.
      shards.every(
        (each) =>
          each.length === RANGES.length &&
          each.every(({ nodes }) => nodes.every(({ health }) => health === 'online')) &&
          each.some(({ nodes }) => nodes.length === 2 && nodes.some(({ id }) => id === own[0])),
      ) &&
      (await first.clusterSlots()).length === RANGES.length &&
      (await first.clusterSlots())[0]!.replicas.length === 1 &&
      (await first.info('replication')).replication?.replicas[0]?.state === 'online'
    );
  });
}

/** For each client, what its node takes for the owner of a slot. */
async function owners(clients: readonly Client[]): Promise<((slot: number) => string | undefined)[]> {
  const all = await Promise.all(clients.map((client) => client.clusterNodes()));
  return all.map(
    (nodes) => (slot) => nodes.find(({ slots }) => slots.some(({ start, end }) => start <= slot && slot <= end))?.id,
  );
}

async function knows(client: Pick<Client, 'clusterNodes'>, id: string): Promise<boolean> {
  const node = (await client.clusterNodes()).find((node) => node.id === id);
  return (
    node !== undefined &&
    (node.flags.includes('myself') || node.linkState === 'connected') &&
    !node.flags.includes('handshake')
  );
}

/** Makes the node one that knows nobody and holds nothing. */
async function reset(client: Client): Promise<void> {
  if ((await client.role()).role === 'primary') await client.flushall();
  await client.clusterReset({ mode: 'hard' });
}

/** Waits until something is so; fails when it is not in time. */
async function until(what: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + IN_TIME;
  while (!(await what())) {
    assert.ok(performance.now() < end, 'it took too long');
    await sleep(20);
  }
}

function isAtLeast(wanted: number): boolean {
  return Number.parseFloat(version) >= wanted;
}

/** Runs what needs this version of the server; an older one must refuse it. */
async function since(wanted: number, run: () => Promise<void>): Promise<void> {
  await (isAtLeast(wanted) ? run() : assert.rejects(run, ResponseError));
}
