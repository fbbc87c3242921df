import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  ConnectionError,
  MaxConnectionsError,
  NoPermissionError,
  PubSubError,
  Valkey,
  type Encoding,
  type Monitor,
  type MonitorEntry,
} from '../../../src/index.ts';
import { FaultProxy, ValkeyServer } from '../../../src/testing/index.ts';
import { clientList, failureOf, open, outcomeOf, outcomesOf, typed, until } from './tools.ts';

const limit = { timeout: 30_000 };
const server = await ValkeyServer.start({ unixSocket: true });
const admin = new Valkey({ port: server.port });
after(async () => {
  admin.destroy();
  await server.stop();
});

type Entry<T = string> = MonitorEntry<T>;

/** The entries up to and with the first whose words end with this one. */
async function upTo<E extends Encoding>(monitor: Monitor<E>, last: string): Promise<Entry<string | Buffer>[]> {
  const entries: Entry<string | Buffer>[] = [];
  for await (const entry of monitor) {
    entries.push(entry);
    if (String(entry.args.at(-1)) === last) break;
  }
  return entries;
}

for (const protocol of [3, 2] as const) {
  describe(`a monitor, RESP${protocol}`, limit, () => {
    test('tells what runs, who ran it, where and when', async (t) => {
      const client = open(t, { port: server.port, protocol });
      await using monitor = client.monitor();
      assert.equal(await monitor.start(), monitor);
      const start = Date.now() / 1000;
      const other = open(t, { path: server.unixSocket, db: 3 });
      await client.set('k', 'value of k');
      await other.executeCommand('EVAL', "return redis.call('get', KEYS[1])", 1, 'k');
      await client.echo('the end');
      const entries = await upTo(monitor, 'the end');
      const ran = (name: string): Entry<string | Buffer> => entries.find(({ args }) => args[0] === name)!;
      const port = Number((await clientList(client)).find(({ cmd }) => cmd === 'client|list')!['addr']!.split(':')[1]);
      const { time, ...set } = ran('SET');
      assert.deepEqual(set, {
        db: 0,
        type: 'tcp',
        address: { host: '127.0.0.1', port },
        args: ['SET', 'k', 'value of k'],
      });
      assert.ok(time >= start - 1 && time <= Date.now() / 1000 + 1, `${time}`);
      const { db, type, address } = ran('EVAL');
      assert.deepEqual({ db, type, address }, { db: 3, type: 'unix', address: server.unixSocket });
      const { time: _, ...called } = ran('get');
      assert.deepEqual(called, { db: 3, type: 'lua', address: 'lua', args: ['get', 'k'] });
      assert.equal(await client.get('k'), 'value of k', 'the client goes on meanwhile');
    });

    test('gives every byte of arguments back', async (t) => {
      const every = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
      const words = [every, Buffer.alloc(0), Buffer.from('a "quoted" \\word\\ \r\n\t\x07\b'), Buffer.from('größe ✓')];
      const client = open(t, { port: server.port, protocol });
      await using bytes = await client.withOptions({ encoding: 'buffer' }).monitor().start();
      await using text = await client.monitor().start();
      await using latin = await client.withOptions({ encoding: 'latin1' }).monitor().start();
      await client.rpush('words', words);
      await client.echo('the end');
      const argsOf = async <E extends Encoding>(monitor: Monitor<E>): Promise<unknown[]> =>
        (await upTo(monitor, 'the end')).find(({ args }) => String(args[0]) === 'RPUSH')!.args.slice(2);
      assert.deepEqual(await argsOf(bytes), words);
      assert.deepEqual(
        await argsOf(text),
        words.map((word) => word.toString()),
      );
      assert.deepEqual(
        await argsOf(latin),
        words.map((word) => word.toString('latin1')),
      );
    });

    test('tells all of it, in order, commands of any length among it', async (t) => {
      const client = open(t, { port: server.port, protocol });
      await using monitor = await client.monitor().start();
      const values = Array.from({ length: 500 }, (_, i) => `${i}`.padEnd(i % 100 === 0 ? 300_000 : 20, '.'));
      await Promise.all(values.map((value) => client.set('k', value)));
      await client.echo('the end');
      const sets = (await upTo(monitor, 'the end')).filter(({ args }) => args[0] === 'SET');
      assert.equal(sets.length, values.length);
      assert.ok(sets.every(({ args }, i) => args[2] === values[i]));
    });

    test('starts when it is iterated over', async (t) => {
      const client = open(t, { port: server.port, protocol });
      await client.connect();
      await using monitor = client.monitor();
      assert.equal(monitor.stats().state, 'idle');
      const first = monitor[Symbol.asyncIterator]().next();
      await until('it runs', () => monitor.stats().state === 'running');
      await client.echo('heard');
      const { value } = (await first) as { value: Entry };
      assert.deepEqual(value.args, ['ECHO', 'heard']);
      assert.equal(client.stats().pool.leased, 1);
    });

    test('asks a server that reports nothing for a sign of life, and keeps that to itself', async (t) => {
      const client = open(t, { port: server.port, protocol, healthCheckInterval: 20 });
      await using monitor = await client.monitor().start();
      const pings = async (): Promise<number> => {
        const { commandstats } = (await admin.info('commandstats')) as { commandstats: { ping?: { calls: number } } };
        return commandstats.ping?.calls ?? 0;
      };
      const before = await pings();
      await sleep(300);
      assert.ok((await pings()) > before, 'it asks');
      await admin.executeCommand('ECHO', 'the end');
      const words = (await upTo(monitor, 'the end')).map(({ args }) => args[0]);
      assert.ok(!words.includes('PING'), words.join(' '));
      assert.equal(monitor.stats().state, 'running');
      assert.equal(monitor.stats().received, words.length);
    });

    test('ends when the server is gone without a word', async (t) => {
      await using proxy = await FaultProxy.start(server);
      const client = open(t, { port: proxy.port, protocol, healthCheckInterval: 50, socketTimeout: 300 });
      await using monitor = await client.monitor().start();
      proxy.blackhole();
      await failureOf(monitor[Symbol.asyncIterator]().next(), ConnectionError, 'UNRESPONSIVE');
    });

    test('that the user may not start rejects, and leaves nothing', async (t) => {
      await admin.executeCommand('ACL', 'SETUSER', 'modest', 'on', '>pw', '~*', '+@all', '-monitor');
      const client = open(t, { port: server.port, protocol, username: 'modest', password: 'pw' });
      const monitor = client.monitor();
      await failureOf(monitor.start(), NoPermissionError, 'NOPERM');
      await failureOf(monitor[Symbol.asyncIterator]().next(), NoPermissionError, 'NOPERM');
      assert.equal(client.stats().pool.leased, 0);
    });
  });
}

describe('the end of a monitor', limit, () => {
  test('close ends the iterations, and is what await using does', async (t) => {
    const client = open(t, { port: server.port });
    const monitor = await client.monitor().start();
    const loops = [1, 2].map(() => outcomeOf(upTo(monitor, 'never')));
    await monitor.close();
    assert.ok((await Promise.all(loops)).every(({ ok }) => ok));
    assert.deepEqual(await monitor[Symbol.asyncIterator]().next(), { value: undefined, done: true });
    await failureOf(monitor.start(), ConnectionError, 'CLOSED');
    assert.equal(client.stats().pool.connections, 0);
  });

  test('the client ends its monitors', async (t) => {
    for (const end of ['close', 'destroy'] as const) {
      const client = open(t, { port: server.port });
      const monitor = await client.monitor().start();
      const loop = outcomeOf(upTo(monitor, 'never'));
      assert.ok((await outcomeOf(Promise.resolve(client[end]({ timeout: 60_000 })))).ok);
      assert.ok((await loop).ok);
      await failureOf(client.monitor().start(), ConnectionError, 'CLOSED');
    }
  });

  test('closing while it starts settles the start', async (t) => {
    const client = open(t, { port: server.port });
    const monitor = client.monitor();
    const starts = outcomesOf([monitor.start(), monitor.start()]);
    await monitor.close();
    for (const { error } of await starts) typed(error, ConnectionError, 'CLOSED');
    await until('its connection is given back', () => client.stats().pool.leased === 0);
  });

  test('a lost connection is an error, behind what had come', async (t) => {
    await using proxy = await FaultProxy.start(server);
    const client = open(t, { port: proxy.port });
    const monitor = await client.monitor().start();
    await admin.echo('the last');
    await until('it came', () => monitor.stats().buffered > 0);
    proxy.cut();
    await until('it is over', () => monitor.stats().state === 'closed');
    const heard: string[] = [];
    const loop = async (): Promise<void> => {
      for await (const { args } of monitor) heard.push(args.at(-1)!);
    };
    await failureOf(loop(), ConnectionError, 'CONNECTION_LOST');
    assert.ok(heard.includes('the last'));
    assert.equal(client.stats().pool.leased, 0);
  });

  test('a signal is an error for who iterates', async (t) => {
    const controller = new AbortController();
    const view = open(t, { port: server.port }).withOptions({ signal: controller.signal });
    const monitor = await view.monitor().start();
    const loop = outcomeOf(upTo(monitor, 'never'));
    controller.abort();
    assert.equal(((await loop).error as { code?: string }).code, 'ABORTED');
  });

  test('no connection to be had is an error of the start', async (t) => {
    const client = open(t, { port: server.port, maxConnections: 1, socketTimeout: 200 });
    await using monitor = await client.monitor().start();
    await failureOf(client.monitor().start(), MaxConnectionsError);
    assert.equal(monitor.stats().state, 'running');
  });
});

describe('a monitor that nobody looks at', limit, () => {
  test('keeps what the bounds allow, and counts the rest', async (t) => {
    const client = open(t, { port: server.port });
    await using monitor = await client.monitor({ maxBuffered: 10 }).start();
    const before = monitor.stats().received;
    await Promise.all(Array.from({ length: 100 }, (_, i) => client.set('k', i)));
    await until('all came', () => monitor.stats().received >= before + 100);
    const { received, dropped, buffered } = monitor.stats();
    assert.equal(buffered, 10);
    assert.equal(dropped, received - 10);
    const [last] = (await upTo(monitor, '99')).slice(-1);
    assert.deepEqual(last!.args, ['SET', 'k', '99']);
  });

  test('drops a command that is longer than all the room, without keeping it', async (t) => {
    const client = open(t, { port: server.port });
    await using monitor = await client.monitor({ maxBufferedBytes: 1000 }).start();
    await client.set('k', 'x'.repeat(5_000_000));
    await client.echo('short');
    const heard = (await upTo(monitor, 'short')).map(({ args }) => args[0]);
    assert.ok(!heard.includes('SET'));
    assert.equal(monitor.stats().dropped, 1);
  });

  test('disconnects when it is told to', async (t) => {
    const client = open(t, { port: server.port });
    const monitor = await client.monitor({ maxBuffered: 5, overflow: 'disconnect' }).start();
    await Promise.all(Array.from({ length: 20 }, (_, i) => client.set('k', i)));
    await until('it is over', () => monitor.stats().state === 'closed');
    await failureOf(upTo(monitor, 'never'), PubSubError, 'OVERFLOW');
  });

  test('takes no option that is unknown', (t) => {
    const client = open(t, { port: server.port });
    assert.throws(() => client.monitor({ overflow: 'never' } as never), { code: 'INVALID_OPTION' });
    assert.throws(() => client.monitor({ onGap: () => undefined } as never), { code: 'UNKNOWN_OPTION' });
  });
});
