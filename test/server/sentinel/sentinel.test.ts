import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { after, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  ConnectionError,
  DataError,
  PrimaryNotFoundError,
  ReadOnlyError,
  ResponseError,
  Sentinel,
  SentinelConnectionPool,
  Valkey,
  type CommandMessage,
} from '../../../src/index.ts';
import { FaultProxy, ValkeyServer } from '../../../src/testing/index.ts';
import { failureOf, open, until } from '../client/tools.ts';
import { openSentinel } from './tools.ts';

const deployment = await ValkeyServer.startSentinel({ primaries: 2, replicas: 2 });
const { addresses } = deployment;
after(() => deployment.stop());

const [primary, ...replicas] = deployment.nodes();
const portsOf = (places: readonly { readonly port: number }[]): number[] => places.map(({ port }) => port).sort();
const portOf = async (client: Pick<Valkey, 'configGet'>): Promise<number> =>
  Number((await client.configGet('port'))['port']);

for (const protocol of [3, 2] as const) {
  describe(`Sentinels that are well, RESP${protocol}`, () => {
    const options = { protocol, sentinelOptions: { protocol } };

    test('they tell where the primary and its replicas are', async (t) => {
      const sentinel = openSentinel(t, addresses, options);
      assert.deepEqual(await sentinel.discoverPrimary('main'), { host: '127.0.0.1', port: primary!.port });
      assert.deepEqual(portsOf(await sentinel.discoverReplicas('main')), portsOf(replicas));
      const other = await sentinel.discoverPrimary('main-2');
      assert.equal(other.port, deployment.nodes('main-2')[0]!.port);
    });

    test('commands run on one, or on all', async (t) => {
      const sentinel = openSentinel(t, addresses, options);
      const found = await sentinel.commands.sentinelReplicas('main');
      assert.equal(sentinel.filterReplicas(found).length, 2);
      const down = found.map((replica) => ({ ...replica, flags: ['slave', 's_down'] }));
      assert.deepEqual(sentinel.filterReplicas(down), []);
      assert.equal(await sentinel.executeCommand({ once: true }, 'PING'), 'PONG');
      const all = await sentinel.executeCommand<string>('SENTINEL', 'CKQUORUM', 'main');
      assert.deepEqual(
        portsOf([...all.keys()].map((each) => ({ port: Number(each.split(':')[1]) }))),
        portsOf(addresses),
      );
      for (const outcome of all.values()) assert.equal(outcome.status, 'fulfilled');
      await failureOf(sentinel.commands.sentinelCkquorum('nobody'), ResponseError);
    });

    test('a client of the primary is like any other', async (t) => {
      const sentinel = openSentinel(t, addresses, options);
      const client = sentinel.primaryFor('main', { clientName: 'follower' });
      assert.equal(await client.set('key', 'value'), 'OK');
      assert.equal(await portOf(client), primary!.port);
      assert.equal(await client.clientGetname(), 'follower');
      assert.deepEqual(await client.multi().incr('n').get('key').execute(), [1, 'value']);
      await client.del('n');
      await using session = await client.session();
      await session.watch('key');
      const double = client.registerScript("return redis.call('GET', KEYS[1]) .. 'x2'", { keys: 1 });
      assert.equal(await client.run(double, 'key', []), 'valuex2');
      const popped = client.blpop('queue', 5);
      await client.rpush('queue', 'job');
      assert.deepEqual(await popped, ['queue', 'job']);
      await using lease = (await client.lock('lock').acquire())!;
      assert.equal(await lease.owned(), true);
      const pubsub = client.pubsub();
      await pubsub.subscribe('news');
      await client.publish('news', 'hello');
      for await (const message of pubsub) {
        if (message.type === 'message') assert.equal(message.data, 'hello');
        if (message.type === 'message') break;
      }
      await pubsub.close();
    });

    test('a client of a replica reads there, and is refused writes', async (t) => {
      const sentinel = openSentinel(t, addresses, options);
      await sentinel.primaryFor('main').set('read', 'me');
      const client = sentinel.replicaFor('main');
      await until('it is there', async () => (await client.get('read')) === 'me');
      assert.ok(portsOf(replicas).includes(await portOf(client)));
      await failureOf(client.set('read', 'no'), ReadOnlyError);
    });

    test('reads are spread, and nothing else is', async (t) => {
      const sentinel = openSentinel(t, addresses, options);
      const client = sentinel.primaryFor('main', { readFrom: 'replica' });
      await client.set('spread', '1');
      await until('all have it', async () => {
        const values = await Promise.all(replicas.map((node) => node.call('GET', 'spread')));
        return values.every((value) => value === '1');
      });
      for (const node of deployment.nodes()) await node.call('CONFIG', 'RESETSTAT');
      await client.get('spread');
      // The number of replicas is known by then.
      await Promise.all(Array.from({ length: 20 }, () => client.get('spread')));
      await client.incr('spread');
      await client.scan('0');
      assert.deepEqual(await client.pipeline().get('spread').set('spread', '3').get('spread').execute(), [
        '2',
        'OK',
        '3',
      ]);
      const calls = async (index: number, command: string): Promise<number> => {
        const stats = String(await deployment.nodes()[index]!.call('INFO', 'commandstats'));
        return Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);
      };
      assert.deepEqual([await calls(0, 'get'), await calls(0, 'scan'), await calls(1, 'scan')], [2, 1, 0]);
      const [one, other] = [await calls(1, 'get'), await calls(2, 'get')];
      assert.equal(one + other, 21);
      assert.ok(one > 0 && other > 0, `both answer: ${one} and ${other}`);
      // SET, 21 GETs of replicas, INCR, SCAN, and the pipeline.
      assert.equal(client.stats().traffic.replies, 27);
      await client.close();
      const { sent, replies } = client.stats().traffic;
      assert.deepEqual([sent, replies], [27, 27], 'with what went over links that are gone');
    });
  });
}

describe('what cannot be found', () => {
  test('a command that would spoil the connection for questions is refused', async (t) => {
    const sentinel = openSentinel(t, addresses);
    const commands = [['CLIENT', 'REPLY', 'OFF'], ['SUBSCRIBE', 'x'], ['psubscribe', '*'], ['HELLO', '2'], ['QUIT']];
    for (const [name, ...args] of commands as [string, ...string[]][]) {
      await failureOf(sentinel.executeCommand({ once: true }, name, ...args), DataError, 'NEEDS_SESSION');
      await failureOf(sentinel.executeCommand(name, ...args), DataError, 'NEEDS_SESSION');
    }
    assert.equal((await sentinel.discoverPrimary('main')).port, primary!.port);
  });

  test('an unknown name is told by each Sentinel', async (t) => {
    const sentinel = openSentinel(t, addresses);
    const error = await failureOf(sentinel.discoverPrimary('nobody'), PrimaryNotFoundError, 'PRIMARY_NOT_FOUND');
    assert.equal(error.answers.size, 3);
    for (const [endpoint, answer] of error.answers) {
      assert.ok(error.message.includes(`${endpoint} ${answer}`));
      assert.equal(answer, 'does not watch nobody');
    }
    assert.ok(error instanceof ConnectionError);
    assert.deepEqual(await sentinel.discoverReplicas('nobody'), []);
    const viaClient = await failureOf(sentinel.primaryFor('nobody').get('key'), PrimaryNotFoundError);
    assert.equal(viaClient.answers.size, 3);
  });

  test('too few other Sentinels are not believed', async (t) => {
    const sentinel = openSentinel(t, addresses, { minOtherSentinels: 3 });
    const error = await failureOf(sentinel.discoverPrimary('main'), PrimaryNotFoundError);
    assert.match(error.message, /knows 2 other Sentinels, fewer than 3/);
    const enough = openSentinel(t, addresses, { minOtherSentinels: 2 });
    assert.equal((await enough.discoverPrimary('main')).port, primary!.port);
  });

  test('they are not believed of replicas and of other Sentinels either', async (t) => {
    const sentinel = openSentinel(t, [addresses[0]!], { minOtherSentinels: 3, retry: { retries: 0 } });
    assert.deepEqual(await sentinel.discoverReplicas('main'), []);
    await failureOf(sentinel.replicaFor('main').get('key'), PrimaryNotFoundError);
    await sleep(200);
    assert.equal(sentinel.addresses.length, 1);
    const enough = openSentinel(t, [addresses[0]!], { minOtherSentinels: 2 });
    assert.equal((await enough.discoverReplicas('main')).length, 2);
    await enough.replicaFor('main').get('key');
    await until('the others are learnt', () => enough.addresses.length === 3);
  });

  test('Sentinels that are not there cost a bounded moment', async (t) => {
    await using hole = await FaultProxy.start(deployment.sentinels[0]!);
    hole.blackhole();
    const sentinel = openSentinel(t, [
      { host: '127.0.0.1', port: 1 },
      { host: 'nowhere.invalid', port: 26_379 },
      { host: hole.host, port: hole.port },
      addresses[1]!,
    ]);
    const start = performance.now();
    assert.equal((await sentinel.discoverPrimary('main')).port, primary!.port);
    assert.ok(performance.now() - start < 1500, `${performance.now() - start} ms`);
    const none = openSentinel(t, [{ host: '127.0.0.1', port: 1 }, `${hole.host}:${hole.port}`]);
    const begun = performance.now();
    const error = await failureOf(none.discoverPrimary('main'), PrimaryNotFoundError);
    assert.ok(performance.now() - begun < 4000, `${performance.now() - begun} ms`);
    assert.match(error.message, /127\.0\.0\.1:1 did not answer: .*nothing listens there/);
  });

  test('a server that is no Sentinel is passed over', async (t) => {
    const plain = await ValkeyServer.start();
    t.after(() => plain.stop());
    const sentinel = openSentinel(t, [`127.0.0.1:${plain.port}`, ...addresses]);
    assert.equal((await sentinel.discoverPrimary('main')).port, primary!.port);
    const alone = openSentinel(t, [`127.0.0.1:${plain.port}`]);
    const error = await failureOf(alone.discoverPrimary('main'), PrimaryNotFoundError);
    assert.match(error.message, /refused: ERR unknown command/);
  });
});

describe('how it is made', () => {
  test('of a URL, as a Sentinel or as the client of its name', async (t) => {
    const sentinel = openSentinel(t, deployment.url);
    assert.equal(sentinel.service, 'main');
    const follower = sentinel.primaryFor(sentinel.service);
    await follower.set('url', '1');
    const client = open(t, { url: `${deployment.url}/0?readFrom=preferReplica`, socketTimeout: 4000 });
    await until('it is there', async () => (await client.get('url')) === '1');
    assert.equal(await portOf(client), primary!.port);
    await client.close();
    await client.connect();
    assert.equal(await client.set('url', '2'), 'OK');
  });

  test('other Sentinels are learnt, and the same one is not counted twice', async (t) => {
    const sentinel = openSentinel(t, [`localhost:${addresses[0]!.port}`]);
    await sentinel.primaryFor('main').get('key');
    await until('all are known', () => sentinel.addresses.length === 3);
    await sleep(100);
    assert.deepEqual(portsOf(sentinel.addresses), portsOf(addresses));
  });

  test('what Sentinels are asked to find servers is not told as commands', async (t) => {
    const told: string[] = [];
    const listener = (message: unknown): void => void told.push((message as CommandMessage).command);
    subscribe('tracing:valkey-ts:command:start', listener);
    t.after(() => unsubscribe('tracing:valkey-ts:command:start', listener));
    const sentinel = openSentinel(t, [addresses[0]!]);
    await sentinel.primaryFor('main', { readFrom: 'preferReplica' }).set('told', '1');
    await sentinel.discoverReplicas('main');
    await until('the others are learnt', () => sentinel.addresses.length === 3);
    await sleep(300);
    await sentinel.executeCommand({ once: true }, 'PING');
    await sentinel.commands.sentinelCkquorum('main');
    assert.deepEqual(told, ['SET', 'PING', 'SENTINEL CKQUORUM']);
  });

  test('addresses can be mapped', async (t) => {
    await using proxy = await FaultProxy.start({ port: primary!.port });
    const seen: number[] = [];
    const sentinel = openSentinel(t, [{ host: 'sentinel.internal', port: 1 }], {
      addressRemap: ({ host, port }) => {
        seen.push(port);
        if (host === 'sentinel.internal') return addresses[0]!;
        return port === primary!.port ? { host: proxy.host, port: proxy.port } : { host, port };
      },
    });
    assert.equal((await sentinel.discoverPrimary('main')).port, proxy.port);
    await sentinel.primaryFor('main').set('mapped', '1');
    assert.ok(proxy.accepted > 0);
    assert.ok(seen.includes(1));
    const broken = openSentinel(t, addresses, {
      addressRemap: () => {
        throw new Error('no such tunnel');
      },
    });
    const error = await failureOf(broken.discoverPrimary('main'), PrimaryNotFoundError);
    assert.match(error.message, /addressRemap failed for .*: no such tunnel/);
  });

  test('options are strict', () => {
    const refuses = (make: () => unknown, message: RegExp): void =>
      void assert.throws(make, (error) => error instanceof DataError && message.test(error.message));
    const wrong =
      (options: object): (() => unknown) =>
      () =>
        new Sentinel(addresses, options);
    refuses(
      wrong({ minOtherSentinel: 1 }),
      /unknown option of a Sentinel minOtherSentinel: did you mean minOtherSentinels/,
    );
    refuses(wrong({ host: 'h' }), /unknown option of a Sentinel host/);
    refuses(wrong({ minOtherSentinels: -1 }), /must be a whole number from 0 up/);
    refuses(
      wrong({ sentinelOptions: { pasword: 'x' } }),
      /unknown option in sentinelOptions pasword: did you mean password/,
    );
    refuses(wrong({ sentinelOptions: { username: 'x' } }), /username needs a password/);
    refuses(wrong({ readFrom: 'replica', cache: true }), /cache and readFrom exclude each other/);
    refuses(() => new Sentinel([]), /must be an array that is not empty/);
    refuses(() => new Sentinel(['a:b']), /URL is malformed|must be/);
    refuses(() => new Valkey({ readFrom: 'replica' }), /readFrom needs a client of a primary that Sentinels find/);
    const sentinel = new Sentinel(addresses);
    refuses(() => sentinel.primaryFor('main', { clientname: 'x' } as object), /did you mean clientName/);
    refuses(() => sentinel.primaryFor(''), /must be a string that is not empty/);
    sentinel.destroy();
  });

  test('a pool of its own can be shared by clients', async (t) => {
    const sentinel = openSentinel(t, addresses);
    const pool = sentinel.createConnectionPool('main', { checkConnection: true });
    assert.ok(pool instanceof SentinelConnectionPool);
    const [one, other] = [open(t, { connectionPool: pool }), open(t, { connectionPool: pool })];
    await one.set('pooled', '1');
    assert.equal(await other.get('pooled'), '1');
    await Promise.all([one.close(), other.close()]);
    await pool.close();
  });

  test('close ends the clients too, and they can tell', async () => {
    const sentinel = new Sentinel(addresses);
    const client = sentinel.primaryFor('main');
    const blocked = failureOf(client.blpop('never', 0), ConnectionError);
    await client.set('closing', '1');
    await sentinel.close();
    await blocked;
    await failureOf(client.get('closing'), ConnectionError, 'CLOSED');
    await failureOf(sentinel.discoverPrimary('main'), ConnectionError, 'CLOSED');
    await failureOf(sentinel.commands.sentinelMyid(), ConnectionError, 'CLOSED');
    await sentinel.close();
  });
});
