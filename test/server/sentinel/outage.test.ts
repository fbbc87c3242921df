import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  AbortError,
  ConnectionError,
  DataError,
  PrimaryNotFoundError,
  Sentinel,
  TimeoutError,
} from '../../../src/index.ts';
import { FaultProxy, ValkeyServer } from '../../../src/testing/index.ts';
import { GREETING, ScriptedServer } from '../scripted-server.ts';
import { failureOf, outcomeOf, typed, until } from '../client/tools.ts';
import { openSentinel } from './tools.ts';

const deployment = await ValkeyServer.startSentinel({ replicas: 2, sentinels: 3 });
after(() => deployment.stop());

test('a Sentinel that lies, or lags behind, is not followed', async (t) => {
  const [replica] = await deployment.replicas();
  // It names a replica as the primary, as one does that was cut off while the others failed over. It speaks RESP2 only.
  const lying = await ScriptedServer.start(([name = '', ...words]) => {
    if (/^HELLO$/i.test(name)) return '-NOPROTO unsupported protocol version\r\n';
    if (/^SENTINEL$/i.test(name) && /GET-MASTER-ADDR/i.test(words[0]!)) {
      const port = String(replica!.port);
      return `*2\r\n$9\r\n127.0.0.1\r\n$${port.length}\r\n${port}\r\n`;
    }
    return '-NOPERM no\r\n';
  });
  t.after(() => lying[Symbol.asyncDispose]());
  const address = { host: lying.host, port: lying.port };
  const alone = openSentinel(t, [address], { retry: { retries: 1 } });
  await failureOf(alone.primaryFor('main').get('key'), ConnectionError, 'WRONG_ROLE');
  const all = openSentinel(t, [address, ...deployment.addresses]);
  assert.equal(await all.primaryFor('main').set('believed', '1'), 'OK');
});

const bulk = (text: string): string => `$${Buffer.byteLength(text)}\r\n${text}\r\n`;
const place = (host: string, port: string): string => `*2\r\n${bulk(host)}${bulk(port)}`;

for (const [what, reply] of [
  ['a port that is none', place('127.0.0.1', 'abc')],
  ['port 0', place('127.0.0.1', '0')],
  ['a port too high', place('127.0.0.1', '99999')],
  ['no host', place('', '6379')],
  ['text', '+hello\r\n'],
  ['an empty list', '*0\r\n'],
  ['a number', ':5\r\n'],
] as const) {
  test(`a Sentinel that answers with ${what} is passed over`, async (t) => {
    const wrong = await ScriptedServer.start(([name = '', word = '', ...topics]) => {
      if (/^HELLO$/i.test(name)) return GREETING;
      if (/^SUBSCRIBE$/i.test(name)) {
        return [word, ...topics].map((topic) => `>3\r\n${bulk('subscribe')}${bulk(topic)}:1\r\n`).join('');
      }
      if (!/^SENTINEL$/i.test(name)) return '+OK\r\n';
      if (/^GET-MASTER-ADDR/i.test(word)) return reply;
      if (/^(MASTER|MYID)$/i.test(word)) return '-NOPERM no\r\n';
      return `*1\r\n${reply}`;
    });
    t.after(() => wrong[Symbol.asyncDispose]());
    const address = { host: wrong.host, port: wrong.port };
    const alone = openSentinel(t, [address], { connectTimeout: 2000 });
    const error = await failureOf(alone.discoverPrimary('main'), PrimaryNotFoundError, 'PRIMARY_NOT_FOUND');
    assert.match([...error.answers.values()].join(), /^answered with /);
    assert.deepEqual(await alone.discoverReplicas('main'), []);
    const options = { readFrom: 'replica', retry: { retries: 0 } } as const;
    await failureOf(alone.primaryFor('main', options).get('key'), ConnectionError, 'REPLICA_NOT_FOUND');
    await failureOf(alone.primaryFor('main', options).set('key', 'value'), PrimaryNotFoundError);
    const all = openSentinel(t, [address, ...deployment.addresses]);
    assert.equal(await all.primaryFor('main').set('sound', '1'), 'OK');
    assert.equal((await all.discoverReplicas('main')).length, 2);
    assert.deepEqual(
      all.addresses.filter(({ port }) => port === wrong.port || port > 65_535 || !(port > 0)),
      [address],
    );
  });
}

test('Sentinels that have gone silent are waited for no longer than one likes', async (t) => {
  const [address] = deployment.addresses;
  await using proxy = await FaultProxy.start(address!);
  proxy.blackhole();
  const patient = { connectTimeout: 60_000, socketTimeout: 60_000 };
  const sentinel = openSentinel(t, [{ host: '127.0.0.1', port: proxy.port }], { sentinelOptions: patient });
  const reason = new Error('enough');
  for (const call of ['discoverPrimary', 'discoverReplicas'] as const) {
    await failureOf(sentinel[call]('main', { timeout: 50 }), ConnectionError, 'UNRESPONSIVE');
    const controller = new AbortController();
    const { signal } = controller;
    const pending = failureOf(sentinel[call]('main', { signal }), AbortError);
    controller.abort(reason);
    assert.equal((await pending).cause, reason);
    assert.equal(getEventListeners(signal, 'abort').length, 0);
    assert.equal((await failureOf(sentinel[call]('main', { signal }), AbortError)).cause, reason);
    await failureOf(sentinel[call]('main', { timeout: 0 }), DataError, 'INVALID_OPTION');
  }
});

test('commands for Sentinels end with their timeout and their signal', async (t) => {
  const [address] = deployment.addresses;
  await using proxy = await FaultProxy.start(address!);
  const endpoint = `127.0.0.1:${proxy.port}`;
  const patient = { connectTimeout: 60_000, socketTimeout: 60_000 };
  const sentinel = openSentinel(t, [{ host: '127.0.0.1', port: proxy.port }], { sentinelOptions: patient });
  assert.equal(await sentinel.executeCommand({ once: true, timeout: 5000 }, 'PING'), 'PONG');
  proxy.blackhole();
  await failureOf(sentinel.executeCommand({ once: true, timeout: 50 }, 'PING'), TimeoutError);
  const late = (await sentinel.executeCommand({ timeout: 50 }, 'PING')).get(endpoint);
  typed(late?.status === 'rejected' && late.reason, TimeoutError);
  const controller = new AbortController();
  const { signal } = controller;
  const reason = new Error('enough');
  const one = failureOf(sentinel.executeCommand({ once: true, signal }, 'SENTINEL', 'FAILOVER', 'main'), AbortError);
  const all = sentinel.executeCommand({ signal }, 'PING');
  setTimeout(() => controller.abort(reason), 30);
  const { cause, sent, command } = await one;
  assert.deepEqual([cause, sent, command], [reason, true, 'SENTINEL FAILOVER']);
  const aborted = (await all).get(endpoint);
  assert.equal(typed(aborted?.status === 'rejected' && aborted.reason, AbortError).cause, reason);
  assert.equal(getEventListeners(signal, 'abort').length, 0);
  assert.equal((await failureOf(sentinel.executeCommand({ once: true, signal }, 'PING'), AbortError)).sent, false);
  await failureOf(sentinel.executeCommand({ once: true, timeout: 0 }, 'PING'), DataError, 'INVALID_OPTION');
  await failureOf(sentinel.executeCommand({ twice: true } as object, 'PING'), DataError, 'UNKNOWN_OPTION');
  await failureOf(sentinel.executeCommand({ once: true }, 7 as never), DataError, 'INVALID_ARGUMENT');
});

test('a Sentinel that was given little time is not taken for silent', async (t) => {
  const [first, second] = deployment.addresses;
  await using proxy = await FaultProxy.start(first!);
  const sentinel = openSentinel(t, [{ host: '127.0.0.1', port: proxy.port }, second!]);
  await sentinel.executeCommand('PING');
  proxy.delay(200);
  const late = (await sentinel.executeCommand({ timeout: 20 }, 'PING')).get(`127.0.0.1:${proxy.port}`);
  typed(late?.status === 'rejected' && late.reason, TimeoutError);
  proxy.heal();
  const before = proxy.bytesToServer;
  // Each takes one of them at random; who is silent is asked last.
  for (let i = 0; i < 40; i++) assert.equal(await sentinel.executeCommand({ once: true }, 'PING'), 'PONG');
  assert.ok(proxy.bytesToServer > before, 'it is asked again');
});

/** Reads for as long as it is not stopped. */
function reading(read: () => Promise<unknown>): { readonly errors: unknown[]; stop(): Promise<number> } {
  const errors: unknown[] = [];
  let isStopped = false;
  let done = 0;
  const run = async (): Promise<void> => {
    while (!isStopped) {
      try {
        await read();
        done++;
      } catch (error) {
        errors.push(error);
      }
      await sleep(2);
    }
  };
  const running = run();
  return {
    errors,
    stop: async () => {
      isStopped = true;
      await running;
      return done;
    },
  };
}

test('a replica that is lost, killed or stopped, is not noticed by those who read', async (t) => {
  const sentinel = openSentinel(t, deployment.addresses);
  const spread = sentinel.primaryFor('main', { readFrom: 'replica' });
  const replica = sentinel.replicaFor('main');
  await spread.set('key', 'value');
  await spread.get('key');
  const readers = [reading(() => spread.get('key')), reading(() => replica.get('key'))];
  const [one, other] = await deployment.replicas();
  await sleep(100);
  await one!.kill();
  await sleep(500);
  await one!.restart();
  await deployment.settled();
  other!.pause();
  // Until the Sentinels take it for down, what was asked there waits.
  await sleep(2500);
  other!.resume();
  await deployment.settled();
  for (const reader of readers) {
    assert.ok((await reader.stop()) > 20);
    assert.deepEqual(reader.errors, []);
  }
});

test('without any replica the primary is read from, unless only replicas are asked for', async (t) => {
  const sentinel = openSentinel(t, deployment.addresses);
  const [prefer, only] = [
    sentinel.primaryFor('main', { readFrom: 'preferReplica' }),
    sentinel.primaryFor('main', { readFrom: 'replica', socketTimeout: 1000 }),
  ];
  await prefer.set('key', 'value');
  const replicas = await deployment.replicas();
  for (const node of replicas) await node.kill();
  await until('they are down', async () => (await sentinel.discoverReplicas('main')).length === 0);
  assert.equal(await prefer.get('key'), 'value');
  await failureOf(only.get('key'), ConnectionError, 'REPLICA_NOT_FOUND');
  for (const node of replicas) await node.restart();
  await deployment.settled();
  // Back to the replicas, without being asked.
  await until('a replica answers', async () => {
    const before = await callsOf(replicas);
    await prefer.get('key');
    return (await callsOf(replicas)) > before;
  });
});

async function callsOf(nodes: Awaited<ReturnType<typeof deployment.replicas>>): Promise<number> {
  const stats = await Promise.all(nodes.map((node) => node.call('INFO', 'commandstats')));
  return stats.reduce<number>((sum, each) => sum + Number(/cmdstat_get:calls=(\d+)/.exec(String(each))?.[1] ?? 0), 0);
}

test('all Sentinels are away, and come back elsewhere under their names', async (t) => {
  const names = new Map(deployment.addresses.map(({ port }, i) => [`sentinel-${i}`, port]));
  const sentinel = new Sentinel(
    deployment.addresses.map((_, i) => `sentinel-${i}:1`),
    { addressRemap: ({ host, port }) => ({ host: '127.0.0.1', port: names.get(host) ?? port }) },
  );
  t.after(() => sentinel.destroy());
  const client = sentinel.primaryFor('main');
  const caching = sentinel.primaryFor('main', { cache: true });
  await client.set('key', '1');
  for (const each of deployment.sentinels) await each.kill();
  // Whoever is connected does not need them.
  assert.equal(await client.set('key', '2'), 'OK');
  await failureOf(sentinel.discoverPrimary('main'), PrimaryNotFoundError);
  await sleep(1500);
  for (const [i, each] of deployment.sentinels.entries()) {
    await each.restart({ newPort: true });
    names.set(`sentinel-${i}`, each.port);
  }
  await until('they answer', () =>
    sentinel.discoverPrimary('main').then(
      () => true,
      () => false,
    ),
  );
  // They are heard again: the next failover is followed.
  await deployment.settled();
  assert.equal(await caching.get('key'), '2');
  const primary = await deployment.failover();
  await client.set('key', '3');
  assert.equal(await primary.call('GET', 'key'), '3');
  // What was kept of the old primary is not told any more.
  await until('the cache knows', async () => (await caching.get('key')) === '3');
});

for (const whose of ['server', 'Sentinel'] as const) {
  test(`an addressRemap that hangs for a moment, for a ${whose}, harms nobody after it`, async (t) => {
    const seeds = new Set(deployment.addresses.map(({ port }) => port));
    let hangs = true;
    let hung = 0;
    const sentinel = openSentinel(t, deployment.addresses, {
      connectTimeout: 500,
      socketTimeout: 2000,
      addressRemap: (address) => {
        if (!hangs || seeds.has(address.port) !== (whose === 'Sentinel')) return address;
        hung++;
        return new Promise(() => {});
      },
    });
    const client = sentinel.primaryFor('main');
    const first = await outcomeOf(client.get('key'));
    assert.ok(first.error instanceof PrimaryNotFoundError, String(first.error));
    if (whose === 'server') {
      const { message } = await failureOf(sentinel.discoverPrimary('main'), ConnectionError, 'ADDRESS_REMAP_FAILED');
      assert.match(message, /did not answer within 500 ms/);
    } else await failureOf(sentinel.executeCommand({ once: true }, 'PING'), ConnectionError, 'ADDRESS_REMAP_FAILED');
    assert.ok(hung > 0);
    hangs = false;
    await until('a command runs again', async () => (await client.get('key').catch(() => undefined)) !== undefined);
    assert.equal(await sentinel.executeCommand({ once: true }, 'PING'), 'PONG');
  });
}
