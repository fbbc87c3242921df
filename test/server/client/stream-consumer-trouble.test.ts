/** Consumers of streams, when connections end, entries and groups vanish, and handlers fail again and again. */
import assert from 'node:assert/strict';
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import { after, describe, test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ResponseError, Valkey, type ConsumedEntry, type StreamConsumer } from '../../../src/index.ts';
import { FaultProxy, ValkeyServer } from '../../../src/testing/index.ts';
import { blockedClients, clientList, failureOf, open, outcomeOf, tally, until } from './tools.ts';

const limit = { timeout: 60_000 };
const server = await ValkeyServer.start();
const admin = new Valkey({ port: server.port });
after(async () => {
  admin.destroy();
  await server.stop();
});

let streams = 0;
/** A stream that no other test has, with so many entries. */
async function filled(count: number): Promise<string> {
  const stream = `trouble:${++streams}`;
  for (let i = 0; i < count; i++) void admin.xadd(stream, `1-${i + 1}`, { n: i });
  await admin.ping();
  return stream;
}

async function take<T>(consumer: StreamConsumer<T>, count: number): Promise<ConsumedEntry<T>[]> {
  const entries: ConsumedEntry<T>[] = [];
  for await (const entry of consumer) {
    entries.push(entry);
    await entry.ack();
    if (entries.length === count) break;
  }
  return entries;
}

/** Ends the connections of this name, all of them, over and over, until the test says so. */
function killing(name: string, every: number): { kills: number; stop(): Promise<void> } {
  const state = { kills: 0, stop: async (): Promise<void> => undefined };
  let over = false;
  const work = (async () => {
    while (!over) {
      await sleep(every);
      for (const client of await clientList(admin)) {
        if (client['name'] !== name) continue;
        state.kills += Number(await admin.executeCommand('CLIENT', 'KILL', 'ID', client['id'] ?? ''));
      }
    }
  })();
  state.stop = () => {
    over = true;
    return work;
  };
  return state;
}

describe('connections that end', limit, () => {
  for (const protocol of [2, 3] as const) {
    test(`lose nothing, and repeat nothing that is acknowledged, RESP${protocol}`, async (t) => {
      const COUNT = 600;
      const stream = await filled(0);
      const options = { port: server.port, protocol, clientName: `killed ${protocol}`.replace(' ', '-') };
      const client = open(t, options);
      const consumer = client.streams.consume(stream, 'g', 'ada', { concurrency: 8, block: 200 });
      const handled: string[] = [];
      const run = consumer.run(async (entry) => {
        handled.push(entry.fields['n']!);
        await sleep(1);
      });
      const killer = killing(options.clientName, 250);
      for (let i = 0; i < COUNT; i++) {
        await admin.xadd(stream, '*', { n: i });
        if (i % 10 === 0) await sleep(50);
      }
      await until('all are handled', () => new Set(handled).size === COUNT);
      await killer.stop();
      await until('all are acknowledged', async () => (await admin.xpending(stream, 'g')).pending === 0);
      consumer.stop();
      const counts = await run;
      t.diagnostic(`${killer.kills} connections killed, ${handled.length - COUNT} handled twice`);
      assert.ok(killer.kills > 10, `only ${killer.kills} connections were killed`);
      assert.equal(handled.length, COUNT, 'an entry whose handling is known is not handled again');
      assert.equal(counts.failed, 0);
    });
  }

  test('and others that take over: each at least once, none again after its ack', async (t) => {
    const COUNT = 600;
    const stream = await filled(0);
    const acked = new Set<string>();
    const handled: string[] = [];
    let early = 0;
    const consumers = ['ada', 'bob', 'cid'].map((name) => {
      const client = open(t, { port: server.port, clientName: 'shared-work' });
      return client.streams.consume(stream, 'g', name, { concurrency: 4, block: 100, claimIdle: 300, autoAck: false });
    });
    const runs = consumers.map((consumer) =>
      consumer.run(async (entry) => {
        if (acked.has(entry.id)) early++;
        handled.push(entry.fields['n']!);
        await sleep(1);
        await entry.ack();
        acked.add(entry.id);
      }),
    );
    const killer = killing('shared-work', 250);
    for (let i = 0; i < COUNT; i++) {
      await admin.xadd(stream, '*', { n: i });
      if (i % 10 === 0) await sleep(50);
    }
    await until('all are handled', () => new Set(handled).size === COUNT);
    await until('all are acknowledged', async () => (await admin.xpending(stream, 'g')).pending === 0);
    await killer.stop();
    for (const consumer of consumers) consumer.stop();
    await Promise.all(runs);
    t.diagnostic(`${killer.kills} connections killed, ${handled.length - COUNT} handled twice`);
    assert.ok(killer.kills > 10);
    assert.equal(early, 0);
  });

  test('entries of a reply that was lost are found among the own ones', async (t) => {
    await using proxy = await FaultProxy.start(server);
    const stream = await filled(3);
    const client = open(t, { port: proxy.port });
    const consumer = client.streams.consume(stream, 'g', 'ada', { block: 300 });
    const iterator = consumer[Symbol.asyncIterator]();
    const ids: string[] = [];
    for (let i = 0; i < 3; i++) {
      const { value } = await iterator.next();
      if (value) {
        ids.push(value.id);
        // Left pending: what is known not to be lost does not come again.
        if (i !== 1) await value.ack();
      }
    }
    const next = outcomeOf(iterator.next());
    await until('it waits', () => blockedClients(admin).then((blocked) => blocked === 1));
    proxy.dropReplies();
    await admin.xadd(stream, '2-1', { n: 9 });
    await until('it was delivered', async () => (await admin.xpending(stream, 'g')).pending === 2);
    proxy.heal();
    const { value } = (await next).value as IteratorYieldResult<ConsumedEntry<string>>;
    assert.deepEqual([value.id, value.deliveries], ['2-1', 2]);
    await value.ack();
    await iterator.return!();
    assert.deepEqual(
      (await admin.xpending(stream, 'g', '-', '+', 10)).map(({ id }) => id),
      ['1-2'],
    );
  });

  test('entries that the server gives to a connection that is lost already are found, too', async (t) => {
    const stream = await filled(0);
    const middle = await oneSided(t);
    const client = open(t, { port: middle.port });
    const consumer = client.streams.consume(stream, 'g', 'ada', { block: 700 });
    const entries = take(consumer, 3);
    await until('it waits', () => blockedClients(admin).then((blocked) => blocked === 1));
    middle.loseClients();
    // The server holds the old read for alive, and serves it first.
    await until('it waits again', () => blockedClients(admin).then((blocked) => blocked === 2));
    await admin.xadd(stream, '1-1', { n: 1 });
    await admin.xadd(stream, '1-2', { n: 2 });
    await until('one was delivered to nobody', async () => (await admin.xpending(stream, 'g')).pending === 1);
    await admin.xadd(stream, '1-3', { n: 3 });
    assert.deepEqual(
      (await entries).map(({ id, deliveries }) => `${id} ${deliveries}`),
      ['1-2 1', '1-3 1', '1-1 2'],
    );
  });

  test('what is handled stays in hand until it is acknowledged, however long that takes', async (t) => {
    await using proxy = await FaultProxy.start(server);
    const stream = await filled(3);
    const client = open(t, { port: proxy.port });
    // Shorter than the trouble lasts.
    const impatient = client.withOptions({ timeout: 200 });
    const consumer = impatient.streams.consume(stream, 'g', 'ada', { block: 100, concurrency: 3 });
    const handled: string[] = [];
    const run = consumer.run(({ id }) => {
      handled.push(id);
      if (handled.length === 1) proxy.blackhole();
    });
    await until('they are handled', () => handled.length === 3);
    await sleep(1000);
    assert.equal(consumer.stats().acknowledged, 0);
    proxy.heal();
    await until('they are acknowledged', async () => (await admin.xpending(stream, 'g')).pending === 0);
    await admin.xadd(stream, '2-1', { n: 9 });
    await until('it goes on', () => handled.length > 3);
    consumer.stop();
    await run;
    assert.deepEqual(handled, ['1-1', '1-2', '1-3', '2-1']);
  });

  test('a server that is restarted is no error', async (t) => {
    const own = await ValkeyServer.start();
    t.after(() => own.stop());
    const client = open(t, { port: own.port });
    const producer = open(t, { port: own.port });
    const consumer = client.streams.consume('s', 'g', 'ada', { block: 100, autoAck: true });
    const seen: string[] = [];
    const loop = (async () => {
      for await (const { id } of consumer) if (seen.push(id) === 2) break;
    })();
    await producer.xadd('s', '5-1', { n: 1 });
    await until('it reads', () => seen.length === 1);
    await own.restart();
    // With its data the group is gone, and ids begin anew.
    await producer.xadd('s', '1-1', { n: 1 });
    await loop;
    assert.deepEqual(seen, ['5-1', '1-1']);
  });

  test('a read that is released by others is made anew', async (t) => {
    const stream = await filled(0);
    const client = open(t, { port: server.port, clientName: 'unblocked' });
    const entries = take(client.streams.consume(stream, 'g', 'ada', { block: 0 }), 1);
    for (const how of ['ERROR', 'TIMEOUT']) {
      await until('it waits', () => blockedClients(admin).then((blocked) => blocked === 1));
      const blocked = (await clientList(admin)).find(({ name, flags }) => name === 'unblocked' && flags!.includes('b'));
      assert.equal(await admin.executeCommand('CLIENT', 'UNBLOCK', blocked?.['id'] ?? '', how), 1);
    }
    await until('it waits', () => blockedClients(admin).then((blocked) => blocked === 1));
    await admin.xadd(stream, '1-1', { n: 1 });
    assert.equal((await entries).length, 1);
  });
});

/** A proxy that can lose its clients without telling the server. */
async function oneSided(t: TestContext): Promise<{ port: number; loseClients(): void }> {
  const clients = new Set<Socket>();
  const all = new Set<Socket>();
  let losing = false;
  const listener = createServer((client) => {
    const upstream = connect(server.port, '127.0.0.1');
    client.on('data', (data) => upstream.write(data));
    upstream.on('data', (data) => client.write(data));
    for (const socket of [client, upstream]) {
      all.add(socket);
      socket.on('error', () => undefined);
    }
    client.on('close', () => {
      clients.delete(client);
      if (!losing) upstream.destroy();
    });
    clients.add(client);
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    listener.close();
    for (const socket of all) socket.destroy();
  });
  const loseClients = (): void => {
    losing = true;
    for (const client of clients) client.destroy();
  };
  return { port: (listener.address() as AddressInfo).port, loseClients };
}

describe('dead letters', limit, () => {
  test('are entries that were delivered too often, byte by byte', async (t) => {
    const stream = await filled(2);
    const odd = Buffer.from([0xff, 0, 0xfe]);
    await admin.xadd(stream, '2-1', [
      [odd, odd],
      ['tag', 'a'],
      ['tag', 'b'],
    ]);
    const dead = `${stream}:dead`;
    const client = open(t, { port: server.port });
    const consumer = client.streams.consume(stream, 'g', 'ada', {
      claimIdle: 20,
      block: 20,
      deadLetter: dead,
      maxDeliveries: 3,
    });
    const deliveries: string[] = [];
    await admin.xgroupCreate(stream, 'g', '0');
    const run = consumer.run((entry) => {
      deliveries.push(`${entry.id} ${entry.deliveries}`);
      if (entry.id !== '1-2') throw new Error('never');
    });
    await until('two are dead', async () => (await admin.xlen(dead)) === 2);
    await until('all are acknowledged', async () => (await admin.xpending(stream, 'g')).pending === 0);
    consumer.stop();
    const counts = await run;
    assert.deepEqual(deliveries.sort(), [...['1-1 1', '1-1 2', '1-1 3', '1-2 1'], ...['2-1 1', '2-1 2', '2-1 3']]);
    assert.deepEqual([counts.deadLettered, counts.failed, counts.succeeded, counts.acknowledged], [2, 6, 1, 3]);
    const letters = await admin.withOptions({ encoding: 'buffer' }).xrange(dead, '-', '+');
    const origin = (id: string): [Buffer, Buffer][] =>
      Object.entries({ originStream: stream, originId: id, originGroup: 'g', originDeliveries: '3' }).map(
        ([name, value]) => [Buffer.from(name), Buffer.from(value)],
      );
    assert.deepEqual(
      letters.map(({ fields }) => fields),
      [
        [[Buffer.from('n'), Buffer.from('0')], ...origin('1-1')],
        [[odd, odd], [Buffer.from('tag'), Buffer.from('a')], [Buffer.from('tag'), Buffer.from('b')], ...origin('2-1')],
      ],
    );
  });

  test('are found among the own entries at the start', async (t) => {
    const stream = await filled(2);
    await admin.xgroupCreate(stream, 'g', '0');
    await admin.xreadgroup('g', 'ada', { [stream]: '>' });
    await admin.xclaim(stream, 'g', 'ada', 0, '1-1', { retrycount: 5, justid: true });
    const client = open(t, { port: server.port });
    const options = { deadLetter: `${stream}:dead`, maxDeliveries: 5 };
    const [entry] = await take(client.streams.consume(stream, 'g', 'ada', options), 1);
    assert.equal(entry?.id, '1-2');
    const [letter] = await admin.xrange(options.deadLetter, '-', '+');
    assert.deepEqual(letter?.fields, {
      n: '0',
      originStream: stream,
      originId: '1-1',
      originGroup: 'g',
      originDeliveries: '5',
    });
    assert.equal((await admin.xpending(stream, 'g')).pending, 0);
  });

  test('that cannot be written are an error, and stay pending', async (t) => {
    const stream = await filled(1);
    await admin.set('no stream', 'x');
    await admin.xgroupCreate(stream, 'g', '0');
    for (let i = 0; i < 2; i++) await admin.xreadgroup('g', 'ada', { [stream]: i === 0 ? '>' : '0' });
    const client = open(t, { port: server.port });
    const options = { deadLetter: 'no stream', maxDeliveries: 1 };
    await failureOf(take(client.streams.consume(stream, 'g', 'ada', options), 1), ResponseError, 'WRONGTYPE');
    assert.equal((await admin.xpending(stream, 'g')).pending, 1);
  });
});

describe('what vanishes', limit, () => {
  for (const protocol of [2, 3] as const) {
    test(`entries that were deleted are acknowledged, and not given, RESP${protocol}`, async (t) => {
      const stream = await filled(6);
      const client = open(t, { port: server.port, protocol });
      await admin.xgroupCreate(stream, 'g', '0');
      await admin.xreadgroup('g', 'ada', { [stream]: '>' }, { count: 3 });
      await admin.xreadgroup('g', 'bob', { [stream]: '>' }, { count: 2 });
      await admin.xdel(stream, ['1-1', '1-2', '1-4']);
      const consumer = client.streams.consume(stream, 'g', 'ada', { claimIdle: 1, count: 2 });
      const entries = await take(consumer, 3);
      assert.deepEqual(
        entries.map(({ id, fields }) => `${id} ${fields['n']}`),
        ['1-3 2', '1-5 4', '1-6 5'],
      );
      assert.equal((await admin.xpending(stream, 'g')).pending, 0);
      assert.equal(consumer.stats().deleted, 3);
    });
  }

  test('the group is made, with its stream, behind the id that is asked for', async (t) => {
    const client = open(t, { port: server.port });
    const consumer = client.streams.consume('made', 'g', 'ada', { block: 0 });
    const first = take(consumer, 1);
    await until('it waits', () => blockedClients(admin).then((blocked) => blocked === 1));
    await admin.xadd('made', '1-1', { n: 1 });
    assert.equal((await first).length, 1);
    const stream = await filled(5);
    const late = take(client.streams.consume(stream, 'late', 'ada', { start: '$', block: 0 }), 1);
    await until('it waits', () => blockedClients(admin).then((blocked) => blocked === 1));
    await admin.xadd(stream, '2-1', { n: 1 });
    assert.deepEqual(
      (await late).map(({ id }) => id),
      ['2-1'],
    );
    assert.deepEqual(
      (await take(client.streams.consume(stream, 'third', 'ada', { start: '1-3' }), 2)).map(({ id }) => id),
      ['1-4', '1-5'],
    );
  });

  test('the group is made anew when it, or its stream, is deleted meanwhile', async (t) => {
    const streamA = await filled(1);
    const streamB = await filled(1);
    const client = open(t, { port: server.port });
    const consumer = client.streams.consume([streamA, streamB], 'g', 'ada', { block: 0, claimIdle: 60_000 });
    const seen: string[] = [];
    const run = consumer.run(({ stream, id }) => void seen.push(`${stream} ${id}`));
    const waits = (): Promise<void> =>
      until('it waits', () => blockedClients(admin).then((blocked) => blocked === 1 && consumer.stats().running === 0));
    await waits();
    await admin.del(streamA);
    await waits();
    await admin.xadd(streamA, '1-1', { n: 'anew' });
    await until('it has it', () => seen.length === 3);
    await waits();
    await admin.xgroupDestroy(streamB, 'g');
    await until('it begins anew', () => seen.length === 4);
    consumer.stop();
    await run;
    assert.deepEqual(tally(seen), { [`${streamA} 1-1`]: 2, [`${streamB} 1-1`]: 2 });
  });

  test('a group that nobody makes is an error, whenever it is gone', async (t) => {
    const stream = await filled(1);
    await admin.xgroupCreate(stream, 'g', '0');
    const client = open(t, { port: server.port });
    const consumer = client.streams.consume(stream, 'g', 'ada', { createGroup: false });
    const entries = failureOf(take(consumer, 2), ResponseError, 'NOGROUP');
    await until('it waits', () => blockedClients(admin).then((blocked) => blocked === 1));
    await admin.xgroupDestroy(stream, 'g');
    await entries;
  });
});
