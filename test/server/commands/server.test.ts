import assert from 'node:assert/strict';
import { after } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Valkey } from '../../../src/client/valkey.ts';
import { ResponseError } from '../../../src/errors.ts';
import { ValkeyServer } from '../../../src/testing/index.ts';
import { everyWay, refuses } from './harness.ts';

/** Fields of INFO that may look like numbers, and are none. */
const TEXTS = ['redisGitSha1', 'redisBuildId', 'runId', 'masterReplid', 'masterReplid2'];

/** Becomes a replica of the tested server. */
const replica = await ValkeyServer.start();
after(() => replica.stop());

/** Waits until something is so; fails when it is not in time. */
async function until(what: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 10_000;
  while (!(await what())) {
    assert.ok(performance.now() < end, 'it took too long');
    await sleep(20);
  }
}

await everyWay('server', {
  'dbsize, flushdb, flushall, swapdb': async ({ client, int, text }) => {
    await using session = await client.session();
    assert.deepEqual(await session.dbsize(), int(0));
    await session.mset({ a: 1, b: 2 });
    await session.select(1);
    await session.set('c', 3);
    assert.deepEqual(await session.dbsize(), int(1));
    assert.equal(await session.swapdb(0, 1n), 'OK');
    assert.deepEqual(await session.get('a'), text('1'));
    assert.equal(await session.flushdb(), 'OK');
    assert.deepEqual(await session.dbsize(), int(0));
    await session.select(0);
    assert.deepEqual(await session.get('c'), text('3'));
    for (const mode of ['async', 'sync'] as const) {
      await session.set('a', 1);
      assert.equal(await session.flushdb({ mode }), 'OK');
      assert.deepEqual(await session.dbsize(), int(0));
      await session.set('a', 1);
      assert.equal(await session.flushall({ mode }), 'OK');
      assert.deepEqual(await session.dbsize(), int(0));
    }
    assert.equal(await session.flushall(), 'OK');
    await assert.rejects(session.swapdb(0, 99), ResponseError);
    await assert.rejects(session.flushall({ mode: 'later' as never }), ResponseError);
    refuses(() => session.flushdb('async' as never), /FLUSHDB takes its options as an object/);
  },

  info: async ({ atLeast, client, server }) => {
    await client.set('a', 1, { ex: 100 });
    await client.lpush('a', 1).catch(() => undefined);
    const info = await client.info('everything');
    assert.equal(info.server?.[server.product === 'valkey' ? 'valkeyVersion' : 'redisVersion'], server.version);
    assert.equal(info.server?.tcpPort, server.port);
    assert.equal(info.server?.processId, server.pid);
    assert.equal(info.server?.redisGitSha1, '00000000');
    if (atLeast('7.2')) {
      const [tcp, unix] = info.server.listeners;
      assert.deepEqual(tcp, { name: 'tcp', bind: ['127.0.0.1'], port: server.port });
      assert.equal(unix?.name, 'unix');
    } else assert.deepEqual(info.server?.listeners, []);
    assert.ok(info.clients!.connectedClients >= 1);
    assert.ok(info.memory!.usedMemory > 100_000);
    assert.equal(typeof info.memory!.memFragmentationRatio, 'number');
    assert.match(info.memory!.usedMemoryHuman!, /^\d/);
    assert.equal(info.persistence?.loading, 0);
    assert.ok(info.stats!.totalCommandsProcessed > 0);
    assert.equal(info.replication?.role, 'master');
    assert.equal(info.replication?.masterReplid?.length, 40);
    assert.equal(typeof info.cpu?.usedCpuSys, 'number');
    assert.ok(Array.isArray(info.modules));
    assert.ok(info.commandstats!['set']!.calls >= 1);
    assert.equal(typeof info.commandstats!['set']!.usecPerCall, 'number');
    assert.ok(info.errorstats!['WRONGTYPE']!.count >= 1);
    assert.equal(typeof info.latencystats!['set']!['p99.9'], 'number');
    assert.deepEqual(info.cluster, { clusterEnabled: 0 });
    const { keys, expires, avgTtl } = info.keyspace!['db0']!;
    assert.deepEqual([keys, expires], [1, 1]);
    assert.equal(typeof avgTtl, 'number');
    for (const [section, fields] of Object.entries(info)) {
      for (const [name, value] of Object.entries(fields as object)) {
        const isText = typeof value !== 'string' || TEXTS.includes(name) || !/^-?\d+(\.\d+)?$/.test(value);
        assert.ok(isText, `${section}.${name} is a number: ${value}`);
      }
    }
  },

  'sections of info': async ({ atLeast, client }) => {
    const { server, memory, ...others } = await client.info(['server', 'memory']);
    assert.ok(server !== undefined && memory !== undefined);
    assert.deepEqual(others, {});
    assert.deepEqual(await client.info('keyspace'), { keyspace: {} });
    assert.deepEqual(await client.info('nothing'), {});
    const sections = Object.keys(await client.info());
    for (const name of ['server', 'clients', 'memory', 'replication', 'keyspace']) assert.ok(sections.includes(name));
    assert.ok(!sections.includes('commandstats'));
    assert.ok('commandstats' in (await client.info('all')));
    if (atLeast('7.2')) assert.ok('debug' in (await client.info('debug')));
    refuses(() => client.info([]), /INFO needs at least one section/);
    refuses(() => client.info(null as never), /argument 1 is null/);
  },

  'save, bgsave, bgrewriteaof, lastsave': async ({ atLeast, client, since }) => {
    const idle = async (): Promise<boolean> => {
      const { rdbBgsaveInProgress, aofRewriteInProgress } = (await client.info('persistence')).persistence!;
      return rdbBgsaveInProgress === 0 && aofRewriteInProgress === 0;
    };
    const before = Math.floor(Date.now() / 1000) * 1000;
    assert.equal(await client.save(), 'OK');
    const saved = await client.lastsave();
    assert.ok(saved instanceof Date);
    assert.ok(saved.getTime() >= before && saved.getTime() <= Date.now());
    await client.mset({ a: 1, b: 2 });
    // Half a second for each key.
    await client.executeCommand('CONFIG', 'SET', 'rdb-key-save-delay', 500_000);
    assert.equal(await client.bgsave(), 'Background saving started');
    await assert.rejects(client.bgsave(), ResponseError);
    await assert.rejects(client.save(), ResponseError);
    await client.executeCommand('CONFIG', 'SET', 'rdb-key-save-delay', 0);
    await since('8.1', async () => assert.equal(await client.bgsave({ cancel: true }), 'Background saving cancelled'));
    await until(idle);
    if (atLeast('8.1')) await assert.rejects(client.bgsave({ cancel: true }), ResponseError);
    assert.equal(await client.bgsave({ schedule: true }), 'Background saving started');
    await until(idle);
    assert.equal(await client.bgrewriteaof(), 'Background append only file rewriting started');
    await until(idle);
    refuses(() => client.bgsave({ schedule: true, cancel: true } as never), /only one of schedule and cancel/);
  },

  debug: async ({ client, int, texts }) => {
    await client.set('a', 1);
    const line = await client.debug<string>('object', 'a');
    assert.match(line, /^Value at:\S+ refcount:\d+ encoding:int /);
    assert.equal(await client.debug('SLEEP', 0), 'OK');
    assert.equal(await client.debug('set-active-expire', ['1']), 'OK');
    assert.deepEqual(await client.debug('protocol', 'integer'), int(12345));
    assert.deepEqual(await client.debug('digest-value', ['a', 'nothing']).then((all) => (all as unknown[]).length), 2);
    assert.deepEqual((await client.debug<unknown[]>('protocol', ['array'])).slice(0, 3), [int(0), int(1), int(2)]);
    assert.equal((await client.debug<string[]>('help', [])).includes('SEGFAULT'), true);
    assert.deepEqual(await client.debug('protocol', 'string'), texts('Hello World')[0]);
    await assert.rejects(client.debug('no such tool'), ResponseError);
    refuses(() => client.debug('object', null as never), /argument 2 is null/);
  },

  lolwut: async ({ client, server }) => {
    assert.ok((await client.lolwut()).includes(server.version));
    const small = await client.lolwut({ version: 5, parameters: [20, 2, 2n] });
    assert.ok(small.includes(server.version));
    assert.match(small, /^[\u2800-\u28ff]+\n/);
    assert.ok((await client.lolwut({ version: 5, parameters: 10 })).length > 0);
    refuses(() => client.lolwut({ parameters: [] }), /at least one parameter/);
  },

  time: async ({ client }) => {
    const { seconds, microseconds } = await client.time();
    assert.ok(Math.abs(Date.now() / 1000 - seconds) < 60);
    assert.ok(Number.isInteger(microseconds) && microseconds >= 0 && microseconds < 1_000_000);
  },

  'shutdown that is called off': async ({ client, server }) => {
    await assert.rejects(client.shutdown({ abort: true }), /No shutdown in progress/);
    await client.executeCommand('CONFIG', 'SET', 'repl-diskless-sync-delay', 0);
    await using follower = new Valkey({ port: replica.port });
    await follower.replicaof('127.0.0.1', server.port);
    await until(async () => (await client.info('replication')).replication!.replicas[0]?.state === 'online');
    // It waits for a replica that lags behind.
    replica.pause();
    await client.set('a', 1);
    await using session = await client.session();
    const end = session.shutdown({ save: false });
    const aborted = assert.rejects(end, { name: 'ResponseError', message: /^ERR Errors trying to SHUTDOWN/ });
    await until(async () => (await client.info('server')).server!.shutdownInMilliseconds !== undefined);
    assert.equal(await client.shutdown({ abort: true }), 'OK');
    await aborted;
    replica.resume();
    await follower.replicaof('no one');
    assert.equal(await client.ping(), 'PONG');
  },

  'options of shutdown': async ({ client }) => {
    const refused = { save: false, abort: true } as never;
    refuses(() => client.shutdown(refused), /SHUTDOWN takes no other option with abort/);
    refuses(() => client.shutdown({ save: 'no' as never }), /SHUTDOWN takes true or false for save/);
    refuses(() => client.shutdown(null as never), /SHUTDOWN takes its options as an object/);
  },
});
