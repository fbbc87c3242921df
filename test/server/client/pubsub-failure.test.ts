/** Subscriptions when connections, servers, rights and consumers fail. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import {
  AuthenticationError,
  ConnectionError,
  ConstantBackoff,
  ConnectionPool,
  MaxConnectionsError,
  PubSubError,
  TimeoutError,
  Valkey,
  type GapMessage,
  type Message,
  type PubSub,
} from '../../../src/index.ts';
import { FaultProxy, ValkeyServer } from '../../../src/testing/index.ts';
import { slowConsumer } from '../../chaos/slow-consumer.ts';
import { GREETING, ScriptedServer } from '../scripted-server.ts';
import type { SubscriberState } from './pubsub-child.ts';
import {
  assertTook,
  clientList,
  failureOf,
  isAtLeast,
  Lateness,
  open,
  outcomeOf,
  outcomesOf,
  typed,
  until,
} from './tools.ts';

const limit = { timeout: 60_000 };
const MB = 1024 * 1024;
const server = await ValkeyServer.start();
const admin = new Valkey({ port: server.port });
const hasShards = isAtLeast(server.version, '7.0');
const quick = { retry: { backoff: new ConstantBackoff(1) } } as const;

const unhandled: unknown[] = [];
const note = (reason: unknown): void => void unhandled.push(reason);
process.on('unhandledRejection', note);
after(async () => {
  process.off('unhandledRejection', note);
  admin.destroy();
  await server.stop();
  assert.deepEqual(unhandled, []);
});

/** Ends the connections of this name that subscribe, as an operator would. */
async function killSubscribers(name: string): Promise<number> {
  const own = (await clientList(admin)).filter((each) => each['name'] === name && each['cmd'] !== 'client|list');
  const subscribed = own.filter(({ sub, psub }) => Number(sub) + Number(psub) > 0);
  for (const { id } of subscribed) await admin.executeCommand('CLIENT', 'KILL', 'ID', id!);
  return subscribed.length;
}

const isGap = (message: Message<unknown> | null): message is GapMessage => message?.type === 'gap';

for (const protocol of [3, 2] as const) {
  describe(`a lost connection, RESP${protocol}`, limit, () => {
    test('100 of them, with 10 handlers: each message once, a gap every time, before what comes next', async (t) => {
      const ROUNDS = 100;
      const HANDLERS = 10;
      const name = `killed${protocol}`;
      const client = open(t, { port: server.port, protocol, clientName: name, ...quick });
      const events: string[] = [];
      const gaps: GapMessage[] = [];
      const pubsub = client.pubsub({
        onGap: (gap) => {
          gaps.push(gap);
          events.push('gap');
        },
      });
      const heard = Array.from({ length: HANDLERS }, () => [] as string[]);
      const calls: Promise<void>[] = heard.map((list, i) =>
        pubsub.subscribe(['all', `own:${i}`], ({ channel, data }) => {
          list.push(`${channel} ${data}`);
          if (i === 0 && channel === 'all') events.push(data);
        }),
      );
      await Promise.all(calls);
      for (let round = 1; round <= ROUNDS; round++) {
        assert.equal(await killSubscribers(name), 1);
        // Calls in the middle of it settle as well.
        calls.push(pubsub.subscribe(`later:${round}`, () => undefined));
        await until(`gap ${round}`, () => gaps.length === round);
        assert.equal(await admin.publish('all', round), 1);
        await admin.publish(`own:${round % HANDLERS}`, round);
        await until(`message ${round}`, () => events.at(-1) === String(round));
      }
      await pubsub.ping();
      assert.ok((await outcomesOf(calls)).every(({ ok }) => ok));
      assert.deepEqual(events, Array.from({ length: ROUNDS }, (_, i) => ['gap', String(i + 1)]).flat());
      for (const [i, list] of heard.entries()) {
        const expected = Array.from({ length: ROUNDS }, (_, round) => round + 1).flatMap((round) => [
          `all ${round}`,
          ...(round % HANDLERS === i ? [`own:${i} ${round}`] : []),
        ]);
        assert.deepEqual(list, expected);
      }
      assert.equal(pubsub.stats().gaps, ROUNDS);
      assert.equal(pubsub.stats().channels, 1 + HANDLERS + ROUNDS);
    });

    test('what was missed is told in its place, to iterators too', async (t) => {
      const name = `missed${protocol}`;
      const client = open(t, {
        port: server.port,
        protocol,
        clientName: name,
        retry: { backoff: new ConstantBackoff(100) },
      });
      const pubsub = client.pubsub({ ignoreSubscribeMessages: true });
      await pubsub.subscribe(['a', 'b']);
      await pubsub.psubscribe('p*');
      if (hasShards) await pubsub.ssubscribe('s');
      await admin.publish('a', 'before');
      await until('it came', () => pubsub.stats().received === 1);
      const start = Date.now();
      await killSubscribers(name);
      await until('the server knows', async () => (await admin.publish('a', 'lost')) === 0);
      for (let i = 0; i < 10; i++) await admin.publish('a', 'lost');
      await until('it is there again', async () => (await admin.publish('b', 'after')) === 1);
      const messages: Message[] = [];
      while (messages.length < 3) messages.push((await pubsub.getMessage(5000))!);
      const [before, gap, after_] = messages;
      assert.deepEqual(before, { type: 'message', channel: 'a', data: 'before' });
      assert.deepEqual(after_, { type: 'message', channel: 'b', data: 'after' });
      assert.ok(isGap(gap!));
      const { from, to, ...names } = gap;
      assert.deepEqual(names, {
        type: 'gap',
        channels: ['a', 'b'],
        patterns: ['p*'],
        shardChannels: hasShards ? ['s'] : [],
      });
      assert.ok(from <= to && to >= start && to <= Date.now());
      assert.ok(to - from >= 99, 'from when it was last heard of, over the backoff, until it was confirmed again');
    });

    test('names of any bytes are subscribed to again', async (t) => {
      const name = `bytes${protocol}`;
      const client = open(t, { port: server.port, protocol, clientName: name, encoding: 'buffer', ...quick });
      const pubsub = client.pubsub({ ignoreSubscribeMessages: true });
      const every = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
      const pattern = Buffer.from([0xfe, 0x2a, 0xff]);
      await pubsub.subscribe([every, Buffer.of(0xff)]);
      await pubsub.psubscribe(pattern);
      await killSubscribers(name);
      const gap = await pubsub.getMessage(5000);
      assert.ok(gap?.type === 'gap');
      assert.deepEqual([gap.channels, gap.patterns], [[every, Buffer.of(0xff)], [pattern]]);
      assert.equal(await admin.publish(every, 'x'), 1);
      assert.equal(await admin.publish(Buffer.from([0xfe, 0x00, 0xff]), 'x'), 1);
    });

    test('what is no longer wanted is not subscribed to again; what is wanted meanwhile is', async (t) => {
      await using proxy = await FaultProxy.start(server);
      const client = open(t, { port: proxy.port, protocol, retry: { backoff: new ConstantBackoff(20) } });
      const pubsub = client.pubsub({ ignoreSubscribeMessages: true });
      await pubsub.subscribe(['old', 'kept']);
      proxy.refuse();
      proxy.cut();
      await until('it is lost', () => pubsub.state === 'reconnecting');
      assert.ok((await outcomeOf(pubsub.unsubscribe('old'), 5000)).ok);
      const wanted = outcomeOf(pubsub.subscribe('new'));
      proxy.heal();
      assert.ok((await wanted).ok);
      const gap = await pubsub.getMessage(5000);
      assert.ok(isGap(gap));
      assert.deepEqual(gap.channels, ['kept']);
      assert.deepEqual(await admin.pubsubNumsub(['old', 'kept', 'new']), { old: 0, kept: 1, new: 1 });
    });

    test('with nothing subscribed to, it rests until it is used', async (t) => {
      await using proxy = await FaultProxy.start(server);
      const client = open(t, { port: proxy.port, protocol, ...quick });
      const pubsub = client.pubsub();
      await pubsub.subscribe('a');
      await pubsub.unsubscribe();
      proxy.cut();
      await until('it rests', () => pubsub.state === 'idle');
      assert.equal(client.stats().pool.connections, 0);
      await pubsub.subscribe('b');
      assert.equal(pubsub.state, 'ready');
      assert.equal(pubsub.stats().gaps, 0);
    });

    test('a server that restarts', async (t) => {
      await using own = await ValkeyServer.start();
      const client = open(t, { port: own.port, protocol, ...quick });
      const pubsub = client.pubsub({ ignoreSubscribeMessages: true });
      await pubsub.subscribe('a');
      await own.kill();
      const meanwhile = outcomeOf(pubsub.subscribe('while it was away'));
      await own.restart();
      assert.ok((await meanwhile).ok);
      const gap = await pubsub.getMessage(5000);
      assert.ok(isGap(gap));
      assert.equal(await client.publish('a', 'x'), 1);
    });
  });

  describe(`a connection that has died unnoticed, RESP${protocol}`, limit, () => {
    test('is found and replaced within healthCheckInterval and socketTimeout', async (t) => {
      await using proxy = await FaultProxy.start(server);
      const [interval, patience] = [200, 300];
      const client = open(t, {
        port: proxy.port,
        protocol,
        socketTimeout: patience,
        connectTimeout: 300,
        healthCheckInterval: interval,
        ...quick,
      });
      const pubsub = client.pubsub({ ignoreSubscribeMessages: true });
      await pubsub.subscribe('a');
      // A check has been answered before.
      await sleep(interval + 100);
      assert.equal(pubsub.state, 'ready');
      using lateness = new Lateness();
      proxy.blackhole();
      const { elapsed } = await outcomeOf(until('it is noticed', () => pubsub.state !== 'ready'));
      assertTook(elapsed, 0, interval + patience + 150, lateness.worst, 'noticing');
      proxy.heal();
      const gap = await pubsub.getMessage(5000);
      assert.ok(isGap(gap));
      await admin.publish('a', 'alive');
      assert.deepEqual(await pubsub.getMessage(5000), { type: 'message', channel: 'a', data: 'alive' });
    });

    test('unsubscribing on it settles, and so does everything else', async (t) => {
      await using proxy = await FaultProxy.start(server);
      const client = open(t, {
        port: proxy.port,
        protocol,
        socketTimeout: 300,
        healthCheckInterval: 0,
        connectTimeout: 300,
      });
      const pubsub = client.pubsub();
      await pubsub.subscribe(['a', 'b']);
      proxy.blackhole();
      using lateness = new Lateness();
      const [unsubscribed, subscribed, pinged] = await outcomesOf([
        pubsub.unsubscribe('a'),
        pubsub.subscribe('c'),
        pubsub.ping(),
      ]);
      assert.ok(unsubscribed!.ok);
      const late = typed(subscribed!.error, TimeoutError, 'TIMEOUT');
      assert.equal(late.command, 'SUBSCRIBE');
      assert.ok(!pinged!.ok);
      assertTook(subscribed!.elapsed, 300, 500, lateness.worst, 'subscribing');
      assert.equal(pubsub.stats().channels, 1, 'what was not confirmed is not wanted');
      proxy.heal();
      await until('it is there again', async () => (await admin.publish('b', 'x')) === 1);
      assert.deepEqual(await admin.pubsubNumsub(['a', 'c']), { a: 0, c: 0 });
    });

    test('an idle one is none: it is left alone', async (t) => {
      const name = `idle${protocol}`;
      const options = { port: server.port, protocol, clientName: name, healthCheckInterval: 20, socketTimeout: 10_000 };
      const client = open(t, options);
      const pubsub = client.pubsub();
      await pubsub.subscribe('a');
      const ids = async (): Promise<unknown> =>
        (await clientList(admin)).filter((each) => each['name'] === name).map(({ id }) => id);
      const before = await ids();
      await sleep(20 * 15);
      assert.deepEqual(await ids(), before);
      assert.equal(pubsub.stats().gaps, 0);
    });
  });

  describe(`making the connection, RESP${protocol}`, limit, () => {
    test('that fails at first rejects with the cause, and a later call tries anew', async (t) => {
      await using proxy = await FaultProxy.start(server);
      const client = open(t, { port: proxy.port, protocol, ...quick });
      proxy.refuse();
      const pubsub = client.pubsub();
      const calls = [pubsub.subscribe('a'), pubsub.psubscribe('p'), pubsub.ping()];
      for (const { error } of await outcomesOf(calls))
        assert.ok(error instanceof ConnectionError && !error.sent, String(error));
      assert.equal(pubsub.state, 'idle');
      assert.deepEqual([pubsub.stats().channels, pubsub.stats().patterns], [0, 0]);
      proxy.heal();
      await pubsub.subscribe('a');
      assert.equal(await admin.publish('a', 'x'), 1);
    });

    test('with a wrong password rejects at once', async (t) => {
      await using own = await ValkeyServer.start({ password: 'right' });
      const client = open(t, { port: own.port, protocol, password: 'wrong' });
      await failureOf(client.pubsub().subscribe('a'), AuthenticationError);
    });

    test('beyond maxConnections rejects, saying so', async (t) => {
      const client = open(t, { port: server.port, protocol, maxConnections: 2, socketTimeout: 200 });
      const [one, two, three] = [client.pubsub(), client.pubsub(), client.pubsub()];
      await Promise.all([one.subscribe('a'), two.subscribe('a')]);
      await failureOf(three.subscribe('a'), MaxConnectionsError, 'MAX_CONNECTIONS');
      const waiting = outcomeOf(three.subscribe('a'));
      await one.close();
      assert.ok((await waiting).ok);
      await two.close();
      await three.close();
      await until('all are given back', () => client.stats().pool.connections === 0);
    });

    test('from a pool that is closed by its owner ends it, with an error', async (t) => {
      const pool = new ConnectionPool({ port: server.port, protocol });
      const client = open(t, { connectionPool: pool, ...quick });
      const pubsub = client.pubsub({ ignoreSubscribeMessages: true });
      await pubsub.subscribe('a');
      const waiting = pubsub[Symbol.asyncIterator]().next();
      pool.destroy();
      await failureOf(waiting, ConnectionError, 'CLOSED');
      assert.equal(pubsub.state, 'closed');
      await failureOf(pubsub.subscribe('b'), ConnectionError, 'CLOSED');
    });

    test('closing in the middle of it settles everything', async (t) => {
      await using proxy = await FaultProxy.start(server);
      for (const when of ['dialling', 'subscribing'] as const) {
        const client = open(t, { port: proxy.port, protocol });
        const pubsub = client.pubsub();
        if (when === 'subscribing') await pubsub.subscribe('first');
        proxy.blackhole();
        const calls = outcomesOf([
          pubsub.subscribe('a'),
          pubsub.psubscribe('b'),
          pubsub.ping(),
          pubsub.unsubscribe('first'),
        ]);
        await sleep(20);
        await pubsub.close();
        const [a, b, pinged, ended] = await calls;
        typed(a!.error, ConnectionError, 'CLOSED');
        typed(b!.error, ConnectionError, 'CLOSED');
        assert.ok(!pinged!.ok && ended!.ok);
        assert.equal(client.stats().pool.leased, 0);
        client.destroy();
        proxy.heal();
      }
    });
  });

  describe(`a server that goes its own way, RESP${protocol}`, limit, () => {
    const bulk = (text: string): string => `$${text.length}\r\n${text}\r\n`;
    const mark = protocol === 3 ? '>' : '*';
    const confirmation = (word: string, name: string, count: number): string =>
      `${mark}3\r\n${bulk(word)}${bulk(name)}:${count}\r\n`;
    const greet = ([name]: readonly string[]): string | undefined => {
      if (name === 'HELLO') return protocol === 3 ? GREETING : "-ERR unknown command 'HELLO'\r\n";
      if (name === 'ROLE') return "-ERR unknown command 'ROLE'\r\n";
      return name === 'CLIENT' ? '+OK\r\n' : undefined;
    };

    test('what it unsubscribes by itself is subscribed to again, and a gap told', async (t) => {
      const asked: string[] = [];
      await using scripted = await ScriptedServer.start((words) => {
        const [name, channel] = words;
        if (name !== 'SSUBSCRIBE') return greet(words);
        asked.push(channel!);
        const confirmed = words.slice(1).map((each, i) => confirmation('ssubscribe', each, i + 1));
        // The slot moves away once, and a message comes when it is there again.
        if (asked.length === 1) confirmed.push(confirmation('sunsubscribe', 'b', 1));
        else confirmed.push(`${mark}3\r\n${bulk('smessage')}${bulk('b')}${bulk('x')}`);
        return confirmed.join('');
      });
      const pubsub = open(t, { port: scripted.port, protocol }).pubsub({ ignoreSubscribeMessages: true });
      await pubsub.ssubscribe(['a', 'b']);
      const [gap, message] = [await pubsub.getMessage(5000), await pubsub.getMessage(5000)];
      assert.ok(isGap(gap));
      assert.deepEqual(gap.shardChannels, ['b']);
      assert.deepEqual(message, { type: 'smessage', channel: 'b', data: 'x' });
      assert.deepEqual(asked, ['a', 'b']);
      assert.equal(scripted.accepted, 1);
    });

    test('what it refuses after a reconnect is over, alone, and reported', async (t) => {
      await admin.executeCommand('ACL', 'SETUSER', 'demoted', 'on', '>pw', '+@all', '&*');
      const errors: unknown[] = [];
      const client = open(t, { port: server.port, protocol, username: 'demoted', password: 'pw', ...quick });
      const pubsub = client.pubsub({ onError: (error) => errors.push(error) });
      await pubsub.subscribe(['open', 'secret']);
      // Takes the channel away, which ends the connections that hear it.
      await admin.executeCommand('ACL', 'SETUSER', 'demoted', 'resetchannels', '&open');
      const messages: Message[] = [];
      while (messages.length < 4) messages.push((await pubsub.getMessage(5000))!);
      const types = messages.map(({ type }) => type);
      assert.deepEqual(types, ['subscribe', 'subscribe', 'gap', 'unsubscribe']);
      assert.deepEqual(messages[3], { type: 'unsubscribe', channel: 'secret', data: 1 });
      assert.deepEqual((messages[2] as GapMessage).channels, ['open']);
      assert.equal((errors[0] as { code?: string }).code, 'NOPERM');
      assert.equal(errors.length, 1);
      assert.equal(await admin.publish('open', 'x'), 1);
    });

    test('a message between two confirmations has a gap of its own before it', async (t) => {
      const message = (word: string, ...parts: readonly string[]): string =>
        `${mark}${parts.length + 1}\r\n${[word, ...parts].map(bulk).join('')}`;
      await using scripted = await ScriptedServer.start((words, { number, socket }) => {
        const [name] = words;
        if (name !== 'SUBSCRIBE' && name !== 'PSUBSCRIBE') return greet(words);
        const answer = words.slice(1).map((each, i) => confirmation(name.toLowerCase(), each, i + 1));
        if (number === 1 && name === 'PSUBSCRIBE') setTimeout(() => socket.destroy(), 20);
        if (number === 2 && name === 'SUBSCRIBE') answer.push(message('message', 'a', 'x'));
        if (number === 2 && name === 'PSUBSCRIBE') answer.push(message('pmessage', 'p*', 'pq', 'y'));
        return answer.join('');
      });
      const pubsub = open(t, { port: scripted.port, protocol, ...quick }).pubsub({ ignoreSubscribeMessages: true });
      await pubsub.subscribe(['a', 'b']);
      await pubsub.psubscribe('p*');
      const told: unknown[] = [];
      while (told.length < 4) {
        const next = await pubsub.getMessage(5000);
        told.push(isGap(next) ? [...next.channels, ...next.patterns] : (next as { data: string }).data);
      }
      assert.deepEqual(told, [['a', 'b'], 'x', ['p*'], 'y']);
    });

    test('what it refuses for now is asked for again', async (t) => {
      let refusals = 0;
      await using scripted = await ScriptedServer.start((words) => {
        if (words[0] !== 'SSUBSCRIBE') return greet(words);
        if (refusals++ < 3) return '-CLUSTERDOWN The cluster is down\r\n';
        return confirmation('ssubscribe', words[1]!, 1);
      });
      const pubsub = open(t, { port: scripted.port, protocol, ...quick }).pubsub();
      await pubsub.ssubscribe('a');
      assert.equal(refusals, 4);
    });
  });

  describe(`a consumer that is slow, RESP${protocol}`, limit, () => {
    for (const overflow of ['drop-oldest', 'drop-newest'] as const) {
      test(`${overflow}: memory is bounded, and what is dropped is counted exactly`, async (t) => {
        const bound = 8 * MB;
        const { wrong, growth, ...numbers } = await slowConsumer({ bytes: 64 * MB, bound, overflow, protocol });
        t.diagnostic(`${JSON.stringify(numbers)}, grew by ${Math.round(growth / MB)} MB`);
        assert.deepEqual(wrong, []);
        assert.ok(growth <= 4 * bound, `grew by ${growth} bytes while messages were dropped`);
      });
    }

    test('disconnect: the iterator ends with an error, behind what had come', async (t) => {
      const client = open(t, { port: server.port, protocol });
      const pubsub = client.pubsub({ ignoreSubscribeMessages: true, maxBuffered: 5, overflow: 'disconnect' });
      await pubsub.subscribe('flood');
      await Promise.all(Array.from({ length: 20 }, (_, i) => client.publish('flood', i)));
      await until('it is over', () => pubsub.state === 'closed');
      const heard: unknown[] = [];
      const loop = async (): Promise<void> => {
        for await (const message of pubsub) heard.push(message.type === 'message' && message.data);
      };
      await failureOf(loop(), PubSubError, 'OVERFLOW');
      assert.deepEqual(heard, ['0', '1', '2', '3', '4']);
      await failureOf(pubsub.getMessage(), PubSubError, 'OVERFLOW');
      assert.ok(pubsub.stats().dropped >= 1);
      assert.equal(client.stats().pool.connections, 0);
    });

    test('gaps are kept when all around them is dropped', async (t) => {
      const name = `dropped${protocol}`;
      const client = open(t, { port: server.port, protocol, clientName: name, ...quick });
      const pubsub: PubSub = client.pubsub({ ignoreSubscribeMessages: true, maxBuffered: 2 });
      await pubsub.subscribe('a');
      for (let round = 1; round <= 5; round++) {
        await killSubscribers(name);
        await until('the gap', () => pubsub.stats().gaps === round);
        for (let i = 0; i < 5; i++) await admin.publish('a', `${round}.${i}`);
        await until('all came', () => pubsub.stats().received === round * 5);
      }
      const messages: Message[] = [];
      for (let next = await pubsub.getMessage(); next !== null; next = await pubsub.getMessage()) messages.push(next);
      assert.deepEqual(
        messages.map((message) => (message.type === 'message' ? message.data : message.type)),
        ['gap', '5.3', '5.4'],
      );
      assert.equal(pubsub.stats().dropped, 23);
    });
  });
}

describe('a process whose client is closed', limit, () => {
  for (const state of ['ready', 'connecting', 'reconnecting', 'waiting'] satisfies SubscriberState[]) {
    test(`ends by itself, with subscriptions that are ${state}`, async () => {
      await using own = await ValkeyServer.start();
      await using proxy = await FaultProxy.start(own);
      proxy.blackhole();
      const script = fileURLToPath(new URL('pubsub-child.ts', import.meta.url));
      const input = JSON.stringify({ state, port: own.port, blackhole: proxy.port });
      const child = spawn(process.execPath, ['--import', 'tsx', script, input], { stdio: ['ignore', 'pipe', 'pipe'] });
      let [said, complained] = ['', ''];
      child.stdout.on('data', (bytes: Buffer) => {
        said += bytes.toString();
        if (state === 'reconnecting' && bytes.toString() === 'ready\n') void own.kill();
      });
      child.stderr.on('data', (bytes: Buffer) => (complained += bytes.toString()));
      const timer = setTimeout(() => child.kill('SIGKILL'), 20_000);
      const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
      clearTimeout(timer);
      assert.deepEqual({ code, signal, complained }, { code: 0, signal: null, complained: '' });
      assert.match(said, /closed\n$/);
    });
  }
});

describe('errors', limit, () => {
  test('have a stack that ends in the caller’s code', async (t) => {
    await admin.executeCommand('ACL', 'SETUSER', 'deaf', 'on', '>pw', '+@all', 'resetchannels');
    await using proxy = await FaultProxy.start(server);
    const deaf = open(t, { port: server.port, username: 'deaf', password: 'pw' }).pubsub();
    const lost = open(t, { port: proxy.port, ...quick }).pubsub();
    const full = open(t, { port: server.port }).pubsub({ maxBuffered: 1, overflow: 'disconnect' });
    await full.subscribe('full');
    await admin.publish('full', 'x');
    await until('it is over', () => full.state === 'closed');
    proxy.refuse();
    const calls: Readonly<Record<string, () => Promise<unknown>>> = {
      refused: () => deaf.subscribe('a'),
      unreachable: () => lost.psubscribe('a'),
      'unreachable for a ping': () => lost.ping(),
      closed: () => full.subscribe('a'),
      overflowed: async () => {
        for await (const message of full) assert.ok(message);
      },
    };
    for (const [name, call] of Object.entries(calls)) {
      const theCaller = async (): Promise<void> => {
        await call();
      };
      const { error } = await outcomeOf(theCaller());
      assert.match(String((error as Error | undefined)?.stack), /at async theCaller .*pubsub-failure\.test\.ts/, name);
    }
  });
});
