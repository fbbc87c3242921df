import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { ConnectionError, ConstantBackoff, ResponseError, TimeoutError, Valkey } from '../../../src/index.ts';
import { FaultProxy, ValkeyServer } from '../../../src/testing/index.ts';
import {
  assertTook,
  blockedClients,
  clientInfo,
  failureOf,
  killShared,
  Lateness,
  nameOf,
  open,
  outcomeOf,
  outcomesOf,
  turn,
  typed,
  until,
} from './tools.ts';

const limit = { timeout: 20_000 };
const retry = { backoff: new ConstantBackoff(5) };
const server = await ValkeyServer.start();
const admin = new Valkey({ port: server.port });
after(async () => {
  admin.destroy();
  await server.stop();
});

describe('singleConnectionClient', limit, () => {
  for (const protocol of [3, 2] as const) {
    test(`runs everything on one connection, RESP${protocol}`, async (t) => {
      await using proxy = await FaultProxy.start(server);
      const client = open(t, { port: proxy.port, protocol, singleConnectionClient: true });
      const id = await client.executeCommand('CLIENT', 'ID');
      assert.equal(await client.blpop('none', 0.01), null);
      await client.executeCommand('WATCH', 'single');
      const replies = await Promise.all([
        client.executeCommand('MULTI'),
        client.executeCommand('SET', 'single', 1),
        client.executeCommand('EXEC'),
      ]);
      assert.deepEqual(replies, ['OK', 'QUEUED', ['OK']]);
      assert.equal(await client.executeCommand('CLIENT', 'ID'), id);
      assert.equal(proxy.accepted, 1);
    });
  }

  test('gives blocking commands their own timeout and some more', async (t) => {
    const client = open(t, { port: server.port, singleConnectionClient: true, socketTimeout: 300 });
    await client.connect();
    const { value, elapsed } = await outcomeOf(client.blpop('none', 1));
    assert.equal(value, null);
    assert.ok(elapsed >= 900);
    const pop = outcomeOf(client.blpop('single:queue', 0));
    await until('it blocks', async () => (await blockedClients(admin)) === 1);
    // What waits behind it has its own deadline, and is no reason to give the connection up.
    using lateness = new Lateness();
    const behind = await outcomeOf(client.get('k'));
    typed(behind.error, TimeoutError);
    assertTook(behind.elapsed, 300, 400, lateness.worst, 'a GET behind a BLPOP');
    await turn();
    assert.equal(client.state, 'ready');
    await admin.rpush('single:queue', 'x');
    assert.deepEqual((await pop).value, ['single:queue', 'x']);
    assert.equal(await client.set('k', 1), 'OK');
  });

  test('says SELECT and the like again after a reconnect', async (t) => {
    const client = open(t, { port: server.port, singleConnectionClient: true, retry });
    await client.select(3);
    await client.executeCommand('CLIENT', 'SETNAME', 'alone');
    for (let i = 0; i < 2; i++) {
      await killShared(admin, client);
      const info = await clientInfo(client);
      assert.deepEqual([info['db'], info['name']], ['3', 'alone']);
    }
  });
});

describe('the sessions beside a single connection', limit, () => {
  test('begin in the database that was selected, used before or not', async (t) => {
    const client = open(t, { port: server.port, singleConnectionClient: true });
    const database = async (): Promise<string | undefined> => {
      await using session = await client.session();
      return (await clientInfo(session))['db'];
    };
    assert.equal(await database(), '0');
    await client.select(2);
    assert.equal(await database(), '2');
    // What only waits for EXEC has selected nothing yet.
    await client.executeCommand('MULTI');
    await client.select(3);
    assert.equal(await database(), '2');
    await client.executeCommand('EXEC');
    assert.equal(await database(), '3');
  });
});

describe('a transaction that loses its connection', limit, () => {
  const lost = 'ConnectionError STATE_LOST sent=false';

  for (const end of ['EXEC', 'DISCARD'] as const) {
    test(`after WATCH is rejected up to ${end}, and nothing of it runs`, async (t) => {
      const client = open(t, { port: server.port, singleConnectionClient: true, retry });
      await client.set('lost', 1);
      await client.executeCommand('WATCH', 'lost');
      await admin.set('lost', 2);
      await killShared(admin, client);
      const calls = ['MULTI', 'SET lost mine', 'GET lost', end].map((words) => {
        const [name = '', ...args] = words.split(' ');
        return outcomeOf(client.executeCommand(name, ...args));
      });
      assert.deepEqual((await Promise.all(calls)).map(nameOf), [lost, lost, lost, lost]);
      assert.equal(await client.get('lost'), '2');
      await client.executeCommand('WATCH', 'lost');
      const again = await Promise.all([
        client.executeCommand('MULTI'),
        client.executeCommand('SET', 'lost', 3),
        client.executeCommand('EXEC'),
      ]);
      assert.deepEqual(again, ['OK', 'QUEUED', ['OK']]);
    });
  }

  for (const refused of [['WATCH'], ['MULTI', 'of what'], ['WATCH', 'k', 'behind MULTI']]) {
    test(`before it began, since ${refused.join(' ')} was refused, costs nothing`, async (t) => {
      const client = open(t, { port: server.port, singleConnectionClient: true, retry });
      if (refused.length > 2) await client.executeCommand('MULTI');
      await failureOf(client.executeCommand(...(refused as [string])), ResponseError, 'ERR');
      if (refused.length > 2) await outcomeOf(client.executeCommand('DISCARD'));
      await killShared(admin, client);
      assert.equal(await client.set('free', 1), 'OK');
    });
  }

  test('counts though another WATCH was refused, or the last one ended behind it', async (t) => {
    const client = open(t, { port: server.port, singleConnectionClient: true, retry });
    await client.executeCommand('WATCH', 'lost');
    await failureOf(client.executeCommand('WATCH'), ResponseError, 'ERR');
    await killShared(admin, client);
    assert.equal(nameOf(await outcomeOf(client.executeCommand('UNWATCH'))), lost);
    await client.connect();
    await client.executeCommand('WATCH', 'lost');
    await Promise.all([client.executeCommand('UNWATCH'), client.executeCommand('WATCH', 'lost')]);
    await killShared(admin, client);
    assert.equal(nameOf(await outcomeOf(client.executeCommand('UNWATCH'))), lost);
    assert.equal(await client.set('free', 1), 'OK');
  });

  test('after WATCH may be given up with UNWATCH', async (t) => {
    const client = open(t, { port: server.port, singleConnectionClient: true, retry });
    await client.executeCommand('WATCH', 'lost');
    await killShared(admin, client);
    assert.equal(nameOf(await outcomeOf(client.executeCommand('UNWATCH'))), lost);
    assert.equal(await client.set('free', 1), 'OK');
  });

  test('after MULTI is rejected up to EXEC', async (t) => {
    const client = open(t, { port: server.port, singleConnectionClient: true, retry });
    await client.executeCommand('MULTI');
    assert.equal(await client.executeCommand('SET', 'half', 1), 'QUEUED');
    const id = (await admin.executeCommand<string>('CLIENT', 'LIST'))
      .split('\n')
      .find((line) => line.includes(' multi=1 '));
    const noticed = new Promise<void>((resolve) => client.events.once('reconnecting', () => resolve()));
    await admin.executeCommand('CLIENT', 'KILL', 'ID', /^id=(\d+)/.exec(id ?? '')?.[1] ?? '');
    await noticed;
    const rest = [client.executeCommand('SET', 'half', 2), client.executeCommand('EXEC')];
    assert.deepEqual((await outcomesOf(rest)).map(nameOf), [lost, lost]);
    assert.equal(await admin.get('half'), null);
    assert.equal(await client.get('half'), null);
  });

  test('sent in one go is rejected as a whole: no part of it runs alone', async (t) => {
    await using proxy = await FaultProxy.start(server);
    const client = open(t, { port: proxy.port, singleConnectionClient: true, retry });
    await client.connect();
    for (let i = 0; i < 40; i++) {
      const key = `whole:${i}`;
      // Somewhere between the first byte and the last.
      proxy.cutAfter(i * 4, { direction: 'toServer', from: 'now' });
      const calls = outcomesOf([
        client.executeCommand('MULTI'),
        client.executeCommand('INCR', key),
        client.executeCommand('INCR', key),
        client.executeCommand('EXEC'),
      ]);
      const ends = await calls;
      proxy.heal();
      const counted = Number((await admin.get(key)) ?? 0);
      assert.ok(counted === 0 || counted === 2, `cut after ${i * 4} bytes: ${counted} of 2 commands ran`);
      if (ends[3]?.ok) assert.equal(counted, 2);
      for (const { ok, error } of ends) if (!ok) typed(error, ConnectionError);
      // The loss may have come with the last command answered: then there is nothing to end.
      const probe = await outcomeOf(client.executeCommand('UNWATCH'));
      if (!probe.ok) assert.equal(typed(probe.error, ConnectionError).code, 'STATE_LOST');
      assert.equal(await client.executeCommand('PING'), 'PONG');
    }
  });

  test('is over with its EXEC: a loss afterwards costs nothing', async (t) => {
    const client = open(t, { port: server.port, singleConnectionClient: true, retry });
    await client.executeCommand('MULTI');
    await client.executeCommand('EXEC');
    await killShared(admin, client);
    assert.equal(await client.set('free', 1), 'OK');
  });
});
