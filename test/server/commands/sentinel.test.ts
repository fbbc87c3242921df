import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Valkey } from '../../../src/client/valkey.ts';
import { type SentinelPrimary } from '../../../src/commands/index.ts';
import { ResponseError } from '../../../src/errors.ts';
import { ValkeyServer } from '../../../src/testing/index.ts';
import { ValkeySentinel } from '../../../src/testing/valkey-sentinel.ts';
import { type CallsOfWay, checkCalls, refuses } from './harness.ts';
import { type Call, recorded } from './recorder.ts';

const WAYS = [
  { protocol: 3, encoding: 'utf8', integers: 'number' },
  { protocol: 2, encoding: 'utf8', integers: 'number' },
  { protocol: 3, encoding: 'buffer', integers: 'bigint' },
  { protocol: 2, encoding: 'buffer', integers: 'bigint' },
] as const;
const HURRY = { infoPeriod: 100, pingPeriod: 100, askPeriod: 100, publishPeriod: 500 };
const AT_ONCE = ['--repl-diskless-sync-delay', '0'];

// Two Sentinels that watch a primary with a replica.
const primary = await ValkeyServer.start({ args: AT_ONCE });
const replica = await ValkeyServer.start({ args: [...AT_ONCE, '--replicaof', '127.0.0.1', String(primary.port)] });
const config = [
  'sentinel deny-scripts-reconfig no',
  `sentinel monitor main 127.0.0.1 ${primary.port} 2`,
  'sentinel failover-timeout main 20000',
  'sentinel announce-ip 127.0.0.1',
];
const sentinels = [await ValkeySentinel.start({ config }), await ValkeySentinel.start({ config })] as const;
const ports = [primary.port, replica.port].sort();
const [{ port, version }] = sentinels;
/** The Sentinels of 8.0 say `primary` where older ones say only `master`. */
const knowsPrimary = Number.parseFloat(version) >= 8;
const folder = await mkdtemp(join(tmpdir(), 'valkey-ts-sentinel-test-'));

for (const sentinel of sentinels) {
  await using client = new Valkey({ port: sentinel.port });
  // The other one, if it published as often, might undo a failover before it has heard of it.
  await client.sentinelDebug(sentinel === sentinels[0] ? HURRY : { infoPeriod: 100 });
  await until(() => isSettled(client));
}
after(async () => {
  await rm(folder, { recursive: true });
  for (const server of [...sentinels, primary, replica]) await server.stop();
});

type Client = Valkey<'utf8' | 'buffer', 'number' | 'bigint'>;

/** Whether the Sentinel knows all of them, as what they are. */
async function isSettled(client: Valkey | Client): Promise<boolean> {
  const main = await client.sentinelMaster('main');
  const [found] = await client.sentinelReplicas('main');
  const [peer] = await client.sentinelSentinels('main');
  if (found?.masterLinkStatus !== 'ok' || peer === undefined) return false;
  const all = [main.roleReported, ...main.flags, found.roleReported, ...found.flags, ...peer.flags];
  return all.join() === 'master,master,slave,slave,sentinel';
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!(await condition())) {
    assert.ok(performance.now() < deadline, 'took too long');
    await sleep(20);
  }
}

const tests: Readonly<Record<string, (client: Client, int: (value: number) => number | bigint) => Promise<void>>> = {
  'sentinelMasters, sentinelMaster, sentinelPrimaries, sentinelPrimary': async (client) => {
    const check = (main: SentinelPrimary | undefined): void => {
      assert.ok(main !== undefined);
      const { name, ip, flags, quorum, roleReported, numSlaves, numOtherSentinels } = main;
      assert.deepEqual(
        { name, ip, flags, quorum, roleReported, numSlaves, numOtherSentinels },
        {
          name: 'main',
          ip: '127.0.0.1',
          flags: ['master'],
          quorum: 2,
          roleReported: 'master',
          numSlaves: 1,
          numOtherSentinels: 1,
        },
      );
      assert.ok(ports.includes(main.port));
      assert.match(main.runid, /^[0-9a-f]{40}$/);
      const { lastPingReply, infoRefresh, configEpoch, downAfterMilliseconds, failoverTimeout, parallelSyncs } = main;
      for (const number of [lastPingReply, infoRefresh, configEpoch]) assert.equal(typeof number, 'number');
      assert.deepEqual([downAfterMilliseconds, failoverTimeout, parallelSyncs], [30_000, 20_000, 1]);
    };
    const masters = await client.sentinelMasters();
    assert.equal(masters.length, 1);
    check(masters[0]);
    check(await client.sentinelMaster('main'));
    await assert.rejects(client.sentinelMaster('nothing'), ResponseError);
    if (!knowsPrimary) return;
    check((await client.sentinelPrimaries())[0]);
    check(await client.sentinelPrimary('main'));
    await assert.rejects(client.sentinelPrimary('nothing'), ResponseError);
  },

  'sentinelReplicas, sentinelSlaves, sentinelSentinels': async (client) => {
    const main = await client.sentinelMaster('main');
    for (const [found, ...others] of [await client.sentinelReplicas('main'), await client.sentinelSlaves('main')]) {
      assert.ok(found !== undefined);
      assert.deepEqual(others, []);
      assert.deepEqual(
        [found.name, found.ip, ports.includes(found.port), found.flags, found.roleReported],
        [`127.0.0.1:${found.port}`, '127.0.0.1', true, ['slave'], 'slave'],
      );
      assert.notEqual(found.port, main.port);
      assert.deepEqual([found.masterHost, found.masterPort, found.masterLinkStatus], ['127.0.0.1', main.port, 'ok']);
      assert.deepEqual([found.slavePriority, found.replicaAnnounced, found.masterLinkDownTime], [100, 1, 0]);
      assert.ok(found.slaveReplOffset > 0);
    }
    const [peer, ...others] = await client.sentinelSentinels('main');
    assert.ok(peer !== undefined);
    assert.deepEqual(others, []);
    assert.deepEqual([peer.port, peer.flags, peer.name], [sentinels[1].port, ['sentinel'], peer.runid]);
    assert.equal(typeof peer.lastHelloMessage, 'number');
    assert.equal(typeof peer.votedLeaderEpoch, 'number');
    assert.match(peer.votedLeader, /^(\?|[0-9a-f]{40})$/);
    for (const method of ['sentinelReplicas', 'sentinelSlaves', 'sentinelSentinels'] as const) {
      await assert.rejects(client[method]('nothing'), ResponseError);
    }
  },

  'addresses by name': async (client) => {
    const main = await client.sentinelMaster('main');
    const address = { host: '127.0.0.1', port: main.port };
    assert.deepEqual(await client.sentinelGetMasterAddrByName('main'), address);
    assert.equal(await client.sentinelGetMasterAddrByName('nothing'), null);
    if (!knowsPrimary) return void (await assert.rejects(client.sentinelGetPrimaryAddrByName('main'), ResponseError));
    assert.deepEqual(await client.sentinelGetPrimaryAddrByName('main'), address);
    assert.equal(await client.sentinelGetPrimaryAddrByName('nothing'), null);
  },

  'sentinelCkquorum, sentinelMyid, sentinelHelp, sentinelFlushconfig': async (client) => {
    assert.match(await client.sentinelCkquorum('main'), /^OK 2 usable Sentinels\. Quorum/);
    await assert.rejects(client.sentinelCkquorum('nothing'), ResponseError);
    assert.match(await client.sentinelMyid(), /^[0-9a-f]{40}$/);
    assert.match((await client.sentinelHelp())[0]!, /^SENTINEL/);
    assert.equal(await client.sentinelFlushconfig(), 'OK');
  },

  sentinelInfoCache: async (client) => {
    const { main, nothing } = await client.sentinelInfoCache(['main', 'nothing']);
    assert.equal(nothing, undefined);
    assert.deepEqual(
      main?.map(({ info }) => info?.replication?.role),
      ['master', 'slave'],
    );
    assert.deepEqual(
      main?.map(({ age, info }) => [Number(age) >= 0, ports.includes(info!.server!.tcpPort!)]),
      [
        [true, true],
        [true, true],
      ],
    );
    assert.deepEqual(await client.sentinelInfoCache('nothing'), {});
    refuses(() => client.sentinelInfoCache([]), /SENTINEL INFO-CACHE needs at least one name/);
  },

  'sentinelConfigGet and sentinelConfigSet': async (client) => {
    assert.deepEqual(await client.sentinelConfigGet('announce-*'), {
      'announce-hostnames': 'no',
      'announce-ip': '127.0.0.1',
      'announce-port': '0',
    });
    assert.equal(await client.sentinelConfigSet('announce-hostnames', 'yes'), 'OK');
    assert.deepEqual(await client.sentinelConfigGet('announce-hostnames'), { 'announce-hostnames': 'yes' });
    assert.equal(await client.sentinelConfigSet({ 'announce-hostnames': 'no' }), 'OK');
    assert.equal((await client.sentinelConfigGet('announce-hostnames'))['announce-hostnames'], 'no');
    assert.deepEqual(await client.sentinelConfigGet('nothing'), {});
    const several = ['resolve-hostnames', 'announce-ip'];
    const pairs = [
      ['announce-ip', '127.0.0.1'],
      ['resolve-hostnames', 'no'],
    ] as const;
    if (knowsPrimary) {
      assert.deepEqual(await client.sentinelConfigGet(several), {
        'resolve-hostnames': 'no',
        'announce-ip': '127.0.0.1',
      });
      assert.equal(await client.sentinelConfigSet(pairs), 'OK');
      assert.equal(await client.sentinelConfigSet(new Map(pairs)), 'OK');
    } else {
      await assert.rejects(client.sentinelConfigGet(several), ResponseError);
      await assert.rejects(client.sentinelConfigSet(pairs), ResponseError);
    }
    await assert.rejects(client.sentinelConfigSet('nothing', 1), ResponseError);
    refuses(() => client.sentinelConfigGet([]), /SENTINEL CONFIG needs at least one parameter/);
    refuses(() => client.sentinelConfigSet({}), /SENTINEL CONFIG needs at least one parameter/);
    refuses(() => client.sentinelConfigSet('loglevel', undefined as never), /argument 3 is undefined/);
  },

  sentinelDebug: async (client) => {
    const times = await client.sentinelDebug();
    assert.deepEqual(times, {
      ...HURRY,
      defaultDownAfter: 30_000,
      defaultFailoverTimeout: 180_000,
      tiltTrigger: 2000,
      tiltPeriod: 30_000,
      slaveReconfTimeout: 10_000,
      minLinkReconnectPeriod: 15_000,
      electionTimeout: 10_000,
      scriptMaxRuntime: 60_000,
      scriptRetryDelay: 30_000,
    });
    assert.equal(await client.sentinelDebug({ ...times, electionTimeout: 9000n }), 'OK');
    assert.equal((await client.sentinelDebug()).electionTimeout, 9000);
    assert.equal(await client.sentinelDebug({ electionTimeout: 10_000 }), 'OK');
    await assert.rejects(client.sentinelDebug({ infoPeriod: -1 }), ResponseError);
    refuses(() => client.sentinelDebug({}), /SENTINEL DEBUG needs at least one setting/);
    refuses(() => client.sentinelDebug({ nothing: 1 } as never), /has no setting nothing/);
    refuses(() => client.sentinelDebug({ infoPeriod: null } as never), /argument 2 is null/);
  },

  'sentinelMonitor, sentinelSet, sentinelReset, sentinelRemove': async (client, int) => {
    assert.equal(await client.sentinelMonitor('other', '127.0.0.1', 1, 1n), 'OK');
    await assert.rejects(client.sentinelMonitor('other', '127.0.0.1', 1, 1), ResponseError);
    await assert.rejects(client.sentinelMonitor('another', 'nowhere.invalid', 1, 1), ResponseError);
    const times = { downAfterMilliseconds: 50, failoverTimeout: 60_000n, masterRebootDownAfterPeriod: 0 };
    const credentials = { authUser: 'ada', authPass: 'secret' };
    const renameCommand = { CONFIG: 'GIFNOC', SLAVEOF: 'FOEVALS' };
    const all = { quorum: 1, parallelSyncs: 3, notificationScript: '', clientReconfigScript: '', renameCommand };
    assert.equal(await client.sentinelSet('other', { ...times, ...credentials, ...all }), 'OK');
    assert.equal(await client.sentinelSet('other', { authUser: '', authPass: '' }), 'OK');
    if (knowsPrimary) assert.equal(await client.sentinelSet('other', { primaryRebootDownAfterPeriod: 0 }), 'OK');
    const { failoverTimeout, parallelSyncs } = await client.sentinelMaster('other');
    assert.deepEqual([failoverTimeout, parallelSyncs], [60_000, 3]);
    await until(async () => (await client.sentinelMaster('other')).flags.includes('o_down'));
    const { sDownTime, oDownTime, flags } = await client.sentinelMaster('other');
    assert.deepEqual([typeof sDownTime, typeof oDownTime, flags[0]], ['number', 'number', 's_down']);
    const vote = ['127.0.0.1', 1, 1000, '0'.repeat(40)] as const;
    const down = { down: true, leader: '0'.repeat(40) };
    const votes = [await client.sentinelIsMasterDownByAddr(...vote)];
    if (knowsPrimary) votes.push(await client.sentinelIsPrimaryDownByAddr(...vote));
    for (const { leaderEpoch, ...rest } of votes) {
      assert.equal(typeof leaderEpoch, typeof int(0));
      assert.deepEqual({ ...rest, leader: typeof rest.leader }, { ...down, leader: 'string' });
    }
    assert.deepEqual(await client.sentinelReset('oth*'), int(1));
    assert.deepEqual(await client.sentinelReset('nothing'), int(0));
    await assert.rejects(client.sentinelSet('nothing', { quorum: 1 }), ResponseError);
    await assert.rejects(client.sentinelSet('other', { quorum: 0 }), ResponseError);
    refuses(() => client.sentinelSet('other', {}), /SENTINEL SET needs at least one setting/);
    refuses(() => client.sentinelSet('other', { quorum: undefined }), /SENTINEL SET needs at least one setting/);
    refuses(() => client.sentinelSet('other', { Quorum: 1 } as never), /SENTINEL SET has no setting Quorum/);
    refuses(() => client.sentinelSet('other', null as never), /SENTINEL SET needs its settings as an object/);
    refuses(() => client.sentinelSet('other', { renameCommand: 'x' } as never), /needs renameCommand as an object/);
    assert.equal(await client.sentinelRemove('other'), 'OK');
    await assert.rejects(client.sentinelRemove('other'), ResponseError);
  },

  'sentinelIsMasterDownByAddr, sentinelIsPrimaryDownByAddr': async (client, int) => {
    const up = { down: false, leader: null, leaderEpoch: int(0) };
    const main = await client.sentinelMaster('main');
    for (const port of [main.port, 1]) {
      assert.deepEqual(await client.sentinelIsMasterDownByAddr('127.0.0.1', port, 0, '*'), up);
      if (knowsPrimary) assert.deepEqual(await client.sentinelIsPrimaryDownByAddr('127.0.0.1', port, 0n, '*'), up);
    }
  },

  sentinelPendingScripts: async (client) => {
    assert.deepEqual(await client.sentinelPendingScripts(), []);
    const script = join(folder, 'script');
    await writeFile(script, '#!/bin/sh\nsleep 0.3\n');
    await chmod(script, 0o755);
    // The change is itself an event to notify of.
    assert.equal(await client.sentinelSet('main', { notificationScript: script }), 'OK');
    await until(async () => (await client.sentinelPendingScripts())[0]?.flags[0] === 'running');
    const [running] = await client.sentinelPendingScripts();
    assert.deepEqual(running?.argv.slice(0, 2), [script, '+set']);
    assert.deepEqual([typeof running?.runTime, running?.runDelay, running?.retryNum], ['number', undefined, 1]);
    assert.ok(running.pid > 0);
    await client.sentinelSet('main', { notificationScript: '' });
    await until(async () => (await client.sentinelPendingScripts()).length === 0);
  },

  sentinelSimulateFailure: async (client) => {
    const modes = ['crash-after-election', 'crash-after-promotion'] as const;
    assert.equal(await client.sentinelSimulateFailure(modes), 'OK');
    assert.equal(await client.sentinelSimulateFailure('crash-after-promotion'), 'OK');
    assert.deepEqual(await client.sentinelSimulateFailure('help'), modes);
    const info = String(await client.executeCommand('INFO', 'sentinel'));
    assert.match(info, /sentinel_simulate_failure_flags:0/);
    await assert.rejects(client.sentinelSimulateFailure('explode' as never), ResponseError);
    refuses(() => client.sentinelSimulateFailure([]), /needs at least one mode/);
  },

  sentinelFailover: async (client) => {
    const before = await client.sentinelMaster('main');
    assert.equal(await client.sentinelFailover('main'), 'OK');
    await assert.rejects(client.sentinelFailover('main'), { code: 'INPROG' });
    await until(async () => (await client.sentinelGetMasterAddrByName('main'))?.port !== before.port);
    await until(() => isSettled(client));
    await assert.rejects(client.sentinelFailover('nothing'), ResponseError);
    const coordinated = client.sentinelFailover('nothing', { coordinated: true });
    await assert.rejects(coordinated, Number.parseFloat(version) >= 9 ? /No such master/ : /wrong number of arguments/);
  },
};

const called: CallsOfWay[] = [];
for (const { protocol, encoding, integers } of WAYS) {
  const calls: Call[] = [];
  called.push({ protocol, encoding, integers, calls });
  describe(`sentinel commands, RESP${protocol}, ${encoding}, ${integers}`, () => {
    let client: Client;
    beforeEach(() => {
      client = recorded(new Valkey({ port, protocol, encoding, integers }), calls);
    });
    afterEach(() => client.close());
    const int = (value: number): number | bigint => (integers === 'number' ? value : BigInt(value));
    for (const [name, run] of Object.entries(tests)) test(name, () => run(client, int));
  });
}
await checkCalls('sentinel', version, called);
