/** Subscribing, receiving and ending, while nothing goes wrong. See pubsub-failure.test.ts for the rest. */
import assert from 'node:assert/strict';
import { after, describe, test, type TestContext } from 'node:test';
import {
  ConnectionError,
  DataError,
  NoPermissionError,
  Valkey,
  type Encoding,
  type Integers,
  type Message,
  type PubSub,
  type PubSubOptions,
} from '../../../src/index.ts';
import { ValkeyServer } from '../../../src/testing/index.ts';
import { clientList, failureOf, isAtLeast, open, outcomeOf, turn, typed, until } from './tools.ts';

const limit = { timeout: 30_000 };
const server = await ValkeyServer.start();
const admin = new Valkey({ port: server.port });
const hasShards = isAtLeast(server.version, '7.0');
after(async () => {
  admin.destroy();
  await server.stop();
});

/** Makes a pubsub that is closed with its client when the test is over. */
function listen<E extends Encoding = 'utf8'>(
  t: TestContext,
  protocol: 2 | 3,
  options: PubSubOptions<E extends 'buffer' ? Buffer : string> = {},
  encoding?: E,
): PubSub<E> {
  const settings = { port: server.port, protocol };
  const client = open<E, Integers>(t, encoding === undefined ? settings : { ...settings, encoding });
  return client.pubsub(options as never);
}

/** The next messages, which must come soon. */
async function take<E extends Encoding>(pubsub: PubSub<E>, count: number): Promise<unknown[]> {
  const messages: unknown[] = [];
  while (messages.length < count) {
    const next = await pubsub.getMessage(5000);
    assert.ok(next !== null, `only ${messages.length} of ${count} messages came`);
    messages.push(next);
  }
  return messages;
}

for (const protocol of [3, 2] as const) {
  describe(`pub/sub, RESP${protocol}`, limit, () => {
    test('channels, patterns and shard channels come in the order they were sent', async (t) => {
      const pubsub = listen(t, protocol);
      assert.equal(pubsub.state, 'idle');
      await pubsub.subscribe(['a', 'b']);
      await pubsub.psubscribe('n?ws.*');
      await admin.publish('a', 'one');
      await admin.publish('news.local', 'two');
      await admin.publish('c', 'nobody hears this');
      await admin.publish('b', 'three');
      assert.deepEqual(await take(pubsub, 6), [
        { type: 'subscribe', channel: 'a', data: 1 },
        { type: 'subscribe', channel: 'b', data: 2 },
        { type: 'psubscribe', channel: 'n?ws.*', data: 3 },
        { type: 'message', channel: 'a', data: 'one' },
        { type: 'pmessage', pattern: 'n?ws.*', channel: 'news.local', data: 'two' },
        { type: 'message', channel: 'b', data: 'three' },
      ]);
      if (hasShards) {
        await pubsub.ssubscribe('orders');
        await admin.spublish('orders', 'four');
        assert.deepEqual(await take(pubsub, 2), [
          { type: 'ssubscribe', channel: 'orders', data: 1 },
          { type: 'smessage', channel: 'orders', data: 'four' },
        ]);
      }
      const { state, received, dropped, buffered, channels, patterns, shardChannels, gaps } = pubsub.stats();
      assert.deepEqual(
        { state, received, dropped, buffered, channels, patterns, shardChannels, gaps },
        {
          state: 'ready',
          received: hasShards ? 4 : 3,
          dropped: 0,
          buffered: 0,
          channels: 2,
          patterns: 1,
          shardChannels: hasShards ? 1 : 0,
          gaps: 0,
        },
      );
    });

    test('a message comes for its channel and for each pattern', async (t) => {
      const pubsub = listen(t, protocol, { ignoreSubscribeMessages: true });
      await Promise.all([pubsub.subscribe('abc'), pubsub.psubscribe(['a*', '*c'])]);
      await admin.publish('abc', 'x');
      const messages = (await take(pubsub, 3)) as Message[];
      assert.deepEqual(
        messages.map((message) => (message.type === 'pmessage' ? message.pattern : message.type)).sort(),
        ['*c', 'a*', 'message'],
      );
      assert.equal(await pubsub.getMessage(), null);
    });

    test('names and data are any bytes', async (t) => {
      const every = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
      const twins = [Buffer.from([0xc3, 0x28]), Buffer.from([0xa0, 0xa1]), Buffer.alloc(0), every];
      const pubsub = listen(t, protocol, { ignoreSubscribeMessages: true }, 'buffer');
      await pubsub.subscribe(twins);
      await pubsub.psubscribe(Buffer.from([0xff, 0x2a]));
      for (const [i, name] of twins.entries()) await admin.publish(name, every.subarray(i));
      await admin.publish(Buffer.from([0xff, 0x00, 0xfe]), every);
      assert.deepEqual(await take(pubsub, 5), [
        ...twins.map((channel, i) => ({ type: 'message', channel, data: every.subarray(i) })),
        { type: 'pmessage', pattern: Buffer.from([0xff, 0x2a]), channel: Buffer.from([0xff, 0x00, 0xfe]), data: every },
      ]);
      await pubsub.unsubscribe(Buffer.from([0xc3, 0x28]));
      assert.equal(await admin.publish(Buffer.from([0xc3, 0x28]), 'x'), 0);
      assert.equal(await admin.publish(Buffer.from([0xa0, 0xa1]), 'x'), 1);
    });

    test('text is of the encoding of the client, and of its views', async (t) => {
      const client = open(t, { port: server.port, protocol });
      const options = { ignoreSubscribeMessages: true } as const;
      const text = client.pubsub(options);
      const bytes = client.withOptions({ encoding: 'buffer' }).pubsub(options);
      const latin = client.withOptions({ encoding: 'latin1' }).pubsub(options);
      await Promise.all([text, bytes, latin].map((pubsub) => pubsub.subscribe('größe')));
      await client.publish('größe', 'früh');
      const raw = Buffer.from('größe');
      assert.deepEqual(await take(text, 1), [{ type: 'message', channel: 'größe', data: 'früh' }]);
      assert.deepEqual(await take(bytes, 1), [{ type: 'message', channel: raw, data: Buffer.from('früh') }]);
      assert.deepEqual(await take(latin, 1), [
        { type: 'message', channel: raw.toString('latin1'), data: Buffer.from('früh').toString('latin1') },
      ]);
    });

    test('long and short messages in turn, whole and in order', async (t) => {
      const pubsub = listen(t, protocol, { ignoreSubscribeMessages: true });
      await pubsub.subscribe('mixed');
      const sizes = [0, 1, 70_000, 5, 8191, 8192, 3_000_000, 64, 65_536];
      const sent = sizes.map((size, i) => String.fromCharCode(97 + i).repeat(size));
      await Promise.all(sent.map((data) => admin.publish('mixed', data)));
      const messages = (await take(pubsub, sent.length)) as { data: string }[];
      assert.ok(messages.every(({ data }, i) => data === sent[i]));
    });

    test('the same client serves commands meanwhile, on its own connection', async (t) => {
      const client = open(t, { port: server.port, protocol, clientName: `mine${protocol}` });
      const pubsub = client.pubsub({ ignoreSubscribeMessages: true });
      await pubsub.subscribe('busy');
      const COUNT = 2000;
      const replies: Promise<unknown>[] = [];
      for (let i = 0; i < COUNT; i++) replies.push(client.publish('busy', i), client.set('k', i), client.get('k'));
      const messages = (await take(pubsub, COUNT)) as { data: string }[];
      assert.deepEqual(
        messages.map(({ data }) => data),
        Array.from({ length: COUNT }, (_, i) => String(i)),
      );
      const settled = await Promise.all(replies);
      assert.deepEqual(settled.slice(-3), [1, 'OK', String(COUNT - 1)]);
      const connections = (await clientList(admin)).filter(({ name }) => name === `mine${protocol}`);
      assert.equal(connections.length, 2, 'told its name like any other');
      assert.equal(client.stats().pool.leased, 1);
    });
  });

  describe(`handlers, RESP${protocol}`, limit, () => {
    test('take the messages of their channel, pattern or shard channel', async (t) => {
      const pubsub = listen(t, protocol);
      const heard: unknown[] = [];
      const hear = (message: unknown): number => heard.push(message);
      await pubsub.subscribe('a', hear);
      await pubsub.psubscribe('b*', hear);
      await pubsub.subscribe('for the iterator');
      await admin.publish('a', '1');
      await admin.publish('bcd', '2');
      await admin.publish('for the iterator', '3');
      assert.deepEqual(await take(pubsub, 2), [
        { type: 'subscribe', channel: 'for the iterator', data: 3 },
        { type: 'message', channel: 'for the iterator', data: '3' },
      ]);
      assert.deepEqual(heard, [
        { type: 'message', channel: 'a', data: '1' },
        { type: 'pmessage', pattern: 'b*', channel: 'bcd', data: '2' },
      ]);
      if (!hasShards) return;
      await pubsub.ssubscribe('s', hear);
      await admin.spublish('s', '4');
      await until('the last', () => heard.length === 3);
      assert.deepEqual(heard[2], { type: 'smessage', channel: 's', data: '4' });
    });

    test('of one channel are each called once, however often they were given', async (t) => {
      const pubsub = listen(t, protocol);
      const calls = [0, 0];
      const first = (): number => calls[0]!++;
      const second = (): number => calls[1]!++;
      await Promise.all([
        pubsub.subscribe(['a', 'a'], first),
        pubsub.subscribe('a', first),
        pubsub.subscribe('a', second),
      ]);
      await admin.publish('a', 'x');
      await until('both', () => calls[1] === 1);
      assert.deepEqual(calls, [1, 1]);
      await pubsub.unsubscribe('a');
      assert.equal(await admin.publish('a', 'x'), 0);
      await pubsub.subscribe('a', second);
      await admin.publish('a', 'x');
      await until('the second only', () => calls[1] === 2);
      assert.deepEqual(calls, [1, 2]);
    });

    test('that fail keep nothing from others, and are reported', async (t) => {
      const reported: unknown[] = [];
      const onError = (error: unknown, message: unknown): number => reported.push([error, message]);
      const pubsub = listen(t, protocol, { onError });
      const [sync, late] = [new Error('thrown'), new Error('rejected')];
      let calls = 0;
      await pubsub.subscribe('a', () => {
        throw sync;
      });
      await pubsub.subscribe('a', async () => {
        await turn();
        throw late;
      });
      await pubsub.subscribe('a', () => calls++);
      await admin.publish('a', 'x');
      await until('both are reported', () => reported.length === 2);
      const message = { type: 'message', channel: 'a', data: 'x' };
      assert.deepEqual(reported, [
        [sync, message],
        [late, message],
      ]);
      assert.equal(calls, 1);
      assert.equal(pubsub.stats().errors, 2);
    });

    test('that fail without onError are a warning of the process, not its end', async (t) => {
      const pubsub = listen(t, protocol);
      const warnings: Error[] = [];
      const note = (warning: Error): number => warnings.push(warning);
      process.on('warning', note);
      t.after(() => process.off('warning', note));
      await pubsub.subscribe('a', () => Promise.reject(new Error(`of RESP${protocol}`)));
      for (let i = 0; i < 100; i++) await admin.publish('a', 'x');
      await until('all have failed', () => pubsub.stats().errors === 100);
      await turn();
      const mine = warnings.filter(({ message }) => message.includes(`of RESP${protocol}`));
      assert.ok(mine.length >= 1 && mine.length < 20, `${mine.length} warnings`);
      assert.equal(mine[0]!.name, 'PubSubWarning');
    });

    test('may subscribe, unsubscribe and close from within', async (t) => {
      const pubsub = listen(t, protocol);
      const heard: string[] = [];
      await pubsub.subscribe('a', ({ data }) => {
        heard.push(data);
        if (data === '1') return pubsub.subscribe('b', ({ data: more }) => heard.push(`b${more}`));
        if (data === '3') return pubsub.unsubscribe('a');
        return undefined;
      });
      for (const data of ['1', '2', '3', '4', '5']) void admin.publish('a', data);
      await until('three', () => heard.length === 3);
      await until('b is subscribed to', () => pubsub.stats().channels === 1);
      await pubsub.ping();
      await admin.publish('b', '6');
      await until('four', () => heard.length === 4);
      assert.deepEqual(heard, ['1', '2', '3', 'b6']);
      await pubsub.subscribe('c', () => pubsub.close());
      await Promise.all([admin.publish('c', 'x'), admin.publish('b', 'y'), admin.publish('b', 'z')]);
      await until('it is closed', () => pubsub.state === 'closed');
      assert.equal(heard.length, 4);
    });
  });

  describe(`subscribing and unsubscribing, RESP${protocol}`, limit, () => {
    test('resolve when the server has confirmed, many calls at a time', async (t) => {
      const pubsub = listen(t, protocol, { ignoreSubscribeMessages: true });
      const names = Array.from({ length: 3000 }, (_, i) => `many:${i}`);
      await Promise.all([
        pubsub.subscribe(names),
        ...names.map((name) => pubsub.subscribe(name)),
        pubsub.psubscribe('p:*'),
      ]);
      const counted = await admin.pubsubNumsub(names);
      assert.ok(Object.values(counted).every((count) => count === 1));
      await pubsub.unsubscribe(names.slice(0, 10));
      assert.equal(pubsub.stats().channels, names.length - 10);
      await Promise.all([pubsub.unsubscribe(), pubsub.unsubscribe(), pubsub.punsubscribe(), pubsub.sunsubscribe()]);
      assert.deepEqual(await admin.pubsubChannels('many:*'), []);
      const { channels, patterns } = pubsub.stats();
      assert.deepEqual([channels, patterns], [0, 0]);
    });

    test('end in the order of their calls, without waiting for one another', async (t) => {
      const pubsub = listen(t, protocol);
      await pubsub.subscribe('first');
      for (let i = 0; i < 50; i++) {
        const last = i % 2 === 0 ? 1 : 0;
        const calls = [pubsub.subscribe('x'), pubsub.unsubscribe('x'), pubsub.subscribe('x')];
        if (last === 0) calls.push(pubsub.unsubscribe('x'));
        await Promise.all(calls);
        assert.equal(await admin.publish('x', 'm'), last);
        assert.equal(pubsub.stats().channels, 1 + last);
      }
    });

    test('of what is not subscribed to does nothing', async (t) => {
      const pubsub = listen(t, protocol);
      await Promise.all([pubsub.unsubscribe(), pubsub.unsubscribe('none'), pubsub.punsubscribe(['a', 'b'])]);
      assert.equal(pubsub.state, 'idle');
      await pubsub.subscribe('a');
      await Promise.all([pubsub.unsubscribe('none'), pubsub.sunsubscribe()]);
      assert.deepEqual(await take(pubsub, 1), [{ type: 'subscribe', channel: 'a', data: 1 }]);
      await pubsub.unsubscribe('a');
      assert.deepEqual(await take(pubsub, 1), [{ type: 'unsubscribe', channel: 'a', data: 0 }]);
    });

    test('a channel that the user may not hear is refused, and nothing of the call stays', async (t) => {
      await admin.executeCommand('ACL', 'SETUSER', 'limited', 'on', '>pw', '+@all', 'resetchannels', '&open*');
      const client = open(t, { port: server.port, protocol, username: 'limited', password: 'pw' });
      const pubsub = client.pubsub({ ignoreSubscribeMessages: true });
      const { error } = await outcomeOf(pubsub.subscribe(['open:1', 'secret']));
      assert.equal(typed(error, NoPermissionError, 'NOPERM').command, 'SUBSCRIBE');
      assert.equal(pubsub.stats().channels, 0);
      await pubsub.subscribe('open:2');
      const calls = [outcomeOf(pubsub.subscribe(['secret', 'open:2'])), outcomeOf(pubsub.subscribe('open:3'))];
      const [refused, taken] = await Promise.all(calls);
      typed(refused!.error, NoPermissionError);
      assert.ok(taken!.ok);
      assert.equal(await admin.publish('open:1', 'x'), 0);
      assert.equal(await admin.publish('open:2', 'still there'), 1);
      assert.deepEqual(await take(pubsub, 1), [{ type: 'message', channel: 'open:2', data: 'still there' }]);
      await failureOf(pubsub.psubscribe('*'), NoPermissionError);
    });

    test('ping asks on the connection of the subscriptions', async (t) => {
      const pubsub = listen(t, protocol);
      assert.equal(await pubsub.ping(), 'PONG');
      await pubsub.subscribe('a');
      assert.deepEqual(await Promise.all([pubsub.ping(), pubsub.ping('hey'), pubsub.ping(7)]), ['PONG', 'hey', '7']);
      const bytes = listen(t, protocol, {}, 'buffer');
      await bytes.subscribe('a');
      assert.deepEqual(await bytes.ping(Buffer.of(0xff)), Buffer.of(0xff));
      assert.deepEqual(await bytes.ping(), Buffer.from('PONG'));
    });
  });
}

describe('iterating', limit, () => {
  test('gives message after message, and ends with close', async (t) => {
    const pubsub = listen(t, 3, { ignoreSubscribeMessages: true });
    await pubsub.subscribe('a');
    const heard: unknown[] = [];
    const loop = (async () => {
      for await (const message of pubsub) heard.push(message.type === 'message' && message.data);
    })();
    for (let i = 0; i < 100; i++) await admin.publish('a', i);
    await until('all', () => heard.length === 100);
    assert.deepEqual(
      heard,
      Array.from({ length: 100 }, (_, i) => String(i)),
    );
    await pubsub.close();
    assert.ok((await outcomeOf(loop)).ok);
    assert.deepEqual(await pubsub[Symbol.asyncIterator]().next(), { value: undefined, done: true });
    assert.equal(await pubsub.getMessage(Infinity), null);
  });

  test('can be left and taken up again, and shared', async (t) => {
    const pubsub = listen(t, 3, { ignoreSubscribeMessages: true });
    await pubsub.subscribe('a');
    for (let i = 0; i < 6; i++) await admin.publish('a', i);
    await until('all have come', () => pubsub.stats().buffered === 6);
    const heard: unknown[] = [];
    for await (const message of pubsub) if (heard.push(message) === 2) break;
    for await (const message of pubsub) if (heard.push(message) === 4) break;
    const [one, two] = await Promise.all([pubsub[Symbol.asyncIterator]().next(), pubsub.getMessage(1000)]);
    heard.push(one.value, two);
    assert.deepEqual(
      (heard as { data: string }[]).map(({ data }) => data),
      ['0', '1', '2', '3', '4', '5'],
    );
  });

  test('getMessage waits as long as it is told to', async (t) => {
    const pubsub = listen(t, 3, { ignoreSubscribeMessages: true });
    assert.equal(await pubsub.getMessage(), null);
    const { value, elapsed } = await outcomeOf(pubsub.getMessage(60));
    assert.equal(value, null);
    assert.ok(elapsed >= 55);
    await pubsub.subscribe('a');
    const waiting = pubsub.getMessage(Infinity);
    await admin.publish('a', 'x');
    assert.deepEqual(await waiting, { type: 'message', channel: 'a', data: 'x' });
    for (const timeout of [-1, NaN, '5']) {
      assert.throws(() => pubsub.getMessage(timeout as number), { code: 'INVALID_ARGUMENT' });
    }
  });
});

describe('closing', limit, () => {
  test('ends what waits, gives the connection back, and cannot be undone', async (t) => {
    const client = open(t, { port: server.port });
    const pubsub = client.pubsub();
    await pubsub.subscribe('a');
    await pubsub.getMessage(1000);
    const waiting = [outcomeOf(pubsub.getMessage(Infinity)), outcomeOf(pubsub[Symbol.asyncIterator]().next())];
    const calls = [outcomeOf(pubsub.subscribe('b')), outcomeOf(pubsub.unsubscribe('a')), outcomeOf(pubsub.ping())];
    await Promise.all([pubsub.close(), pubsub.close()]);
    const [message, next] = await Promise.all(waiting);
    assert.equal(message!.value, null);
    assert.deepEqual(next!.value, { value: undefined, done: true });
    const [subscribed, unsubscribed, pinged] = await Promise.all(calls);
    typed(subscribed!.error, ConnectionError, 'CLOSED');
    assert.ok(unsubscribed!.ok);
    assert.ok(!pinged!.ok);
    assert.equal(pubsub.stats().channels, 0);
    await failureOf(pubsub.subscribe('a'), ConnectionError, 'CLOSED');
    await failureOf(pubsub.ping(), ConnectionError, 'CLOSED');
    await pubsub.unsubscribe();
    assert.equal(client.stats().pool.connections, 0);
    await until('the server knows', async () => (await admin.publish('a', 'x')) === 0);
  });

  test('the client closes its pubsubs, at once', async (t) => {
    for (const end of ['close', 'destroy'] as const) {
      const client = open(t, { port: server.port });
      const [one, two] = [client.pubsub(), client.pubsub()];
      await Promise.all([one.subscribe('a'), two.psubscribe('b*', () => undefined)]);
      const loop = outcomeOf(
        (async () => {
          for await (const message of one) assert.equal(message.type, 'subscribe');
        })(),
      );
      // It would be pending for longer than any promise here may, did it wait for their connections.
      assert.ok((await outcomeOf(Promise.resolve(client[end]({ timeout: 60_000 })))).ok);
      assert.ok((await loop).ok);
      assert.deepEqual([one.state, two.state], ['closed', 'closed']);
      await failureOf(client.pubsub().subscribe('a'), ConnectionError, 'CLOSED');
      await client.connect();
      await client.pubsub().subscribe('a');
    }
  });

  test('is what await using does', async (t) => {
    const client = open(t, { port: server.port });
    let outer: PubSub | undefined;
    {
      await using pubsub = client.pubsub();
      outer = pubsub;
      await pubsub.subscribe('a');
      assert.equal(pubsub.state, 'ready');
    }
    assert.equal(outer.state, 'closed');
  });

  test('a signal closes, with an error for who waits', async (t) => {
    const controller = new AbortController();
    const view = open(t, { port: server.port }).withOptions({ signal: controller.signal });
    const pubsub = view.pubsub({ ignoreSubscribeMessages: true });
    await pubsub.subscribe('a');
    const waiting = [outcomeOf(pubsub.getMessage(Infinity)), outcomeOf(pubsub[Symbol.asyncIterator]().next())];
    controller.abort(new Error('enough'));
    for (const { error } of await Promise.all(waiting)) {
      assert.equal((error as { code?: string }).code, 'ABORTED');
      assert.equal(((error as Error).cause as Error).message, 'enough');
    }
    assert.equal(pubsub.state, 'closed');
    assert.equal((await outcomeOf(view.pubsub().subscribe('b'))).ok, false);
  });
});

describe('wrong use', limit, () => {
  test('throws at once', (t) => {
    const client = open(t, { port: server.port });
    const pubsub = client.pubsub();
    const invalid = { name: 'DataError', code: 'INVALID_ARGUMENT' };
    assert.throws(() => pubsub.subscribe(undefined as never), invalid);
    assert.throws(() => pubsub.subscribe(['a', 5] as never), { ...invalid, message: /SUBSCRIBE: argument 2/ });
    assert.throws(() => pubsub.unsubscribe(null as never), invalid);
    assert.throws(() => pubsub.subscribe('a', {} as never), invalid);
    assert.throws(() => pubsub.ping({} as never), invalid);
    assert.throws(() => pubsub.psubscribe([]), DataError);
    for (const options of [
      { overflow: 'drop' },
      { maxBuffered: 0 },
      { maxBufferedBytes: 1.5 },
      { healthCheckInterval: -1 },
      { onGap: 1 },
    ]) {
      assert.throws(() => client.pubsub(options as never), { name: 'DataError', code: 'INVALID_OPTION' });
    }
    assert.throws(() => client.pubsub({ maxbuffered: 1 } as never), { message: /did you mean maxBuffered/ });
  });
});
