import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { everyWay, refuses, sorted } from './harness.ts';

const BYTES = Buffer.from([0xff, 0x2a]);

await everyWay('pubsub', {
  'publish and spublish without anybody': async ({ client, int }) => {
    assert.deepEqual(await client.publish('news', 'it rains'), int(0));
    assert.deepEqual(await client.publish(BYTES, BYTES), int(0));
    assert.deepEqual(await client.publish('', 0), int(0));
    assert.deepEqual(await client.spublish('orders', 7n), int(0));
    assert.deepEqual(await client.spublish(BYTES, ''), int(0));
    refuses(() => client.publish('news', undefined as never), /PUBLISH: argument 2 is undefined/);
    refuses(() => client.spublish('orders', { paid: true } as never), /SPUBLISH: argument 2 is an object/);
  },

  'publish and spublish to subscribers': async ({ client, server, int }) => {
    await using subscriber = await Subscriber.open(server.port);
    await subscriber.call('SUBSCRIBE', 'news');
    await subscriber.call('SSUBSCRIBE', 'orders');
    await subscriber.call('PSUBSCRIBE', 'n?ws');
    // Once for the channel, once for the pattern.
    assert.deepEqual(await client.publish('news', 'it rains'), int(2));
    assert.deepEqual(await client.publish('naws', 'it rains'), int(1));
    assert.deepEqual(await client.spublish('orders', 'paid'), int(1));
    assert.deepEqual(await client.spublish('news', 'of no shard'), int(0));
    await subscriber.until('paid');
  },

  'channels and patterns with subscribers': async ({ client, server, int, text, texts }) => {
    assert.deepEqual(await client.pubsubChannels(), []);
    assert.deepEqual(await client.pubsubShardchannels(), []);
    assert.deepEqual(await client.pubsubNumpat(), int(0));
    await using subscriber = await Subscriber.open(server.port);
    await subscriber.call('SUBSCRIBE', 'news', 'weather');
    await subscriber.call('PSUBSCRIBE', 'n*', 'w*', 'x');
    await subscriber.call('SSUBSCRIBE', 'orders');
    await subscriber.call('SSUBSCRIBE', 'returns');
    assert.deepEqual(sorted(await client.pubsubChannels()), texts('news', 'weather'));
    assert.deepEqual(await client.pubsubChannels('n*'), [text('news')]);
    assert.deepEqual(await client.pubsubChannels(Buffer.from('w*')), [text('weather')]);
    assert.deepEqual(await client.pubsubChannels(''), []);
    assert.deepEqual(sorted(await client.pubsubShardchannels()), texts('orders', 'returns'));
    assert.deepEqual(await client.pubsubShardchannels('o*'), [text('orders')]);
    assert.deepEqual(await client.pubsubNumpat(), int(3));
  },

  'numbers of subscribers': async ({ client, server, encoding, int }) => {
    await using first = await Subscriber.open(server.port);
    await using second = await Subscriber.open(server.port);
    for (const subscriber of [first, second]) {
      await subscriber.call('SUBSCRIBE', 'news');
      await subscriber.call('SSUBSCRIBE', 'orders');
    }
    await first.call('SUBSCRIBE', '__proto__');
    const counts = (entries: Readonly<Record<string, number>>) => {
      const pairs = Object.entries(entries);
      if (encoding === 'utf8') return Object.fromEntries(pairs.map(([name, count]) => [name, int(count)]));
      return pairs.map(([name, count]) => [Buffer.from(name), int(count)]);
    };
    assert.deepEqual(await client.pubsubNumsub('news'), counts({ news: 2 }));
    const expected = counts({ nobody: 0, ['__proto__']: 1, news: 2 });
    assert.deepEqual(await client.pubsubNumsub(['nobody', '__proto__', 'news']), expected);
    assert.deepEqual(await client.pubsubShardnumsub('orders'), counts({ orders: 2 }));
    assert.deepEqual(await client.pubsubShardnumsub(['orders', 'news']), counts({ orders: 2, news: 0 }));
    for (const bytes of [await client.pubsubNumsub(BYTES), await client.pubsubShardnumsub([BYTES])]) {
      if (encoding === 'buffer') assert.deepEqual(bytes, [[BYTES, 0n]]);
    }
    const none = encoding === 'utf8' ? {} : [];
    assert.deepEqual([await client.pubsubNumsub([]), await client.pubsubShardnumsub([])], [none, none]);
    refuses(() => client.pubsubNumsub(undefined as never), /PUBSUB NUMSUB: argument 1 is undefined/);
  },

  pubsubHelp: async ({ client }) => {
    const lines = await client.pubsubHelp();
    assert.match(lines[0]!, /^PUBSUB /);
    assert.ok(lines.every((line) => typeof line === 'string'));
  },
});

/** A connection that subscribes, below all clients. */
class Subscriber implements AsyncDisposable {
  readonly #socket: Socket;
  #heard = '';
  #awaited = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (bytes) => (this.#heard += bytes.toString('latin1')));
  }

  static async open(port: number): Promise<Subscriber> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new Subscriber(socket);
  }

  /** Subscribes, and resolves when the server has confirmed all of it. */
  async call(...words: readonly string[]): Promise<void> {
    const lines = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
    this.#socket.write(`*${words.length}\r\n${lines.join('')}`);
    this.#awaited += words.length - 1;
    while ((this.#heard.match(/^:\d+\r$/gm)?.length ?? 0) < this.#awaited) await once(this.#socket, 'data');
  }

  /** Resolves when this text has come. */
  async until(text: string): Promise<void> {
    while (!this.#heard.includes(text)) await once(this.#socket, 'data');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.destroy();
    await once(this.#socket, 'close');
  }
}
