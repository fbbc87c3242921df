import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { FaultProxy, TlsProxy, ValkeyServer, type FaultProxyTarget } from '../../../src/testing/index.ts';
import { eventually, RawClient } from './raw-client.ts';

const PING = 'PING\r\n';
const PONG = '+PONG\r\n';

let server: ValkeyServer;

before(async () => {
  server = await ValkeyServer.start({ unixSocket: true });
});
after(() => server.stop());

function dial(proxy: FaultProxy): RawClient {
  return RawClient.connect({ host: proxy.host, port: proxy.port });
}

/** Sends a PING and waits for the answer to it. */
async function ping(client: RawClient): Promise<void> {
  const before = client.text;
  await client.send(PING).read((text) => text === before + PONG);
}

/** Asks the real server, past any proxy. */
async function askDirectly(command: string): Promise<string> {
  using client = RawClient.connect({ port: server.port });
  return await client.send(`${command}\r\n`).read((text) => text.endsWith('\r\n'));
}

describe('FaultProxy without faults', () => {
  it('forwards and counts', async () => {
    await using proxy = await FaultProxy.start(server);
    using client = dial(proxy);
    await ping(client);
    using other = dial(proxy);
    await ping(other);
    assert.deepEqual([proxy.connections, proxy.accepted], [2, 2]);
    assert.deepEqual([proxy.bytesToServer, proxy.bytesToClient], [2 * PING.length, 2 * PONG.length]);
    other.socket.end();
    assert.equal(await other.ended(), 'fin');
    await eventually(() => proxy.connections === 1);
    assert.equal(proxy.accepted, 2);
  });

  it('forwards to a Unix socket', async () => {
    await using proxy = await FaultProxy.start({ path: server.unixSocket });
    using client = dial(proxy);
    await ping(client);
    proxy.cut({ reset: true });
    assert.equal(await client.ended(), 'reset');
  });

  it('passes on that the server ended the connection', async () => {
    await using proxy = await FaultProxy.start(server);
    using client = dial(proxy);
    await client.send('QUIT\r\n').read((text) => text === '+OK\r\n');
    assert.equal(await client.ended(), 'fin');
    await eventually(() => proxy.connections === 0);
  });

  it('resets the client when nobody listens at the target', async () => {
    await using gone = await ValkeyServer.start();
    await using proxy = await FaultProxy.start(gone);
    await gone.kill();
    using client = dial(proxy);
    assert.equal(await client.ended(), 'reset');
    await gone.restart();
    using again = dial(proxy);
    await ping(again);
  });

  it('carries large values both ways while the client reads slowly', async () => {
    await using proxy = await FaultProxy.start(server);
    using client = dial(proxy);
    const value = 'x'.repeat(32 * 1024 * 1024);
    client.send(`*3\r\n$3\r\nSET\r\n$5\r\nlarge\r\n$${value.length}\r\n${value}\r\n`);
    await client.read((text) => text === '+OK\r\n');
    client.socket.pause();
    client.send('GET large\r\n');
    await eventually(() => proxy.bytesToClient > 1024);
    await sleep(100);
    // The client reads nothing, so the proxy must not have taken everything into its memory and handed it on.
    assert.ok(proxy.bytesToClient < value.length / 2, `${proxy.bytesToClient}`);
    client.socket.resume();
    const header = `+OK\r\n$${value.length}\r\n`;
    await eventually(() => client.length === header.length + value.length + 2);
    assert.ok(client.text === `${header}${value}\r\n`);
  });
});

describe('FaultProxy with half-open connections', () => {
  let upstream: Server;
  const sockets: Socket[] = [];

  before(async () => {
    // A server that answers only when its client has ended, which Valkey never does.
    upstream = createServer({ allowHalfOpen: true }, (socket) => {
      sockets.push(socket);
      let request = '';
      socket.on('data', (bytes) => (request += bytes.toString()));
      socket.on('end', () => socket.end(`got ${request}`));
      socket.on('error', () => {});
    });
    await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
  });
  after(() => {
    for (const socket of sockets) socket.destroy();
    upstream.close();
  });

  it('forwards the end of one side and the answer to it', async () => {
    const { port } = upstream.address() as AddressInfo;
    await using proxy = await FaultProxy.start({ port });
    using client = dial(proxy);
    client.socket.end('all');
    assert.equal(await client.ended(), 'fin');
    assert.equal(client.text, 'got all');
    await eventually(() => proxy.connections === 0);
  });

  it('passes a reset of the client on', async () => {
    const { port } = upstream.address() as AddressInfo;
    await using proxy = await FaultProxy.start({ port });
    using client = dial(proxy);
    client.send('x');
    await eventually(() => proxy.bytesToServer === 1 && sockets.length === 2);
    client.socket.resetAndDestroy();
    await eventually(() => sockets[1]?.errored !== null);
    await eventually(() => proxy.connections === 0);
  });
});

describe('FaultProxy that loses', () => {
  it('swallows both directions as a blackhole, and ends what was lost on healing', async () => {
    await using proxy = await FaultProxy.start(server);
    using idle = dial(proxy);
    using client = dial(proxy);
    await ping(idle);
    await ping(client);
    proxy.blackhole();
    client.send(PING);
    using late = dial(proxy);
    late.send(PING);
    await sleep(50);
    assert.deepEqual([client.text, client.end, late.text, late.end], [PONG, undefined, '', undefined]);
    proxy.heal();
    await client.ended();
    await late.ended();
    await ping(idle);
    using fresh = dial(proxy);
    await ping(fresh);
  });

  it('hides in a blackhole that the server is gone', async () => {
    await using doomed = await ValkeyServer.start();
    await using proxy = await FaultProxy.start(doomed);
    using client = dial(proxy);
    await ping(client);
    proxy.blackhole();
    await doomed.kill();
    await sleep(50);
    assert.equal(client.end, undefined);
    proxy.heal();
    await client.ended();
  });

  it('drops replies but not requests', async () => {
    await using proxy = await FaultProxy.start(server);
    using client = dial(proxy);
    await ping(client);
    proxy.dropReplies();
    client.send('SET dropped yes\r\n');
    await eventually(async () => (await askDirectly('EXISTS dropped')) === ':1\r\n');
    assert.equal(client.text, PONG);
    assert.equal(client.end, undefined);
    proxy.heal();
    await client.ended();
    assert.equal(client.text, PONG);
  });

  it('refuses new connections and keeps the live ones', async () => {
    await using proxy = await FaultProxy.start(server);
    using live = dial(proxy);
    await ping(live);
    proxy.refuse();
    using refused = dial(proxy);
    assert.equal(await refused.ended(), 'reset');
    await ping(live);
    assert.deepEqual([proxy.connections, proxy.accepted], [1, 2]);
    proxy.heal();
    using fresh = dial(proxy);
    await ping(fresh);
  });
});

describe('FaultProxy that cuts', () => {
  it('ends all live connections on demand, in order or with a reset', async () => {
    await using proxy = await FaultProxy.start(server);
    for (const reset of [false, true]) {
      using client = dial(proxy);
      await ping(client);
      proxy.cut({ reset });
      assert.equal(proxy.connections, 0);
      assert.equal(await client.ended(), reset ? 'reset' : 'fin');
    }
    using fresh = dial(proxy);
    await ping(fresh);
  });

  for (const reset of [false, true]) {
    it(`delivers exactly so many bytes to each client, then ${reset ? 'resets' : 'ends'}`, async () => {
      await using proxy = await FaultProxy.start(server);
      for (const bytes of [0, 1, 6, 7, 10]) {
        proxy.cutAfter(bytes, { reset });
        using client = dial(proxy);
        client.send(PING + PING);
        assert.equal(await client.ended(), reset ? 'reset' : 'fin', `after ${bytes} bytes`);
        assert.equal(client.text, (PONG + PONG).slice(0, bytes));
      }
      proxy.heal();
      using fresh = dial(proxy);
      await ping(fresh);
    });
  }

  it('delivers exactly so many bytes to the server', async () => {
    await using proxy = await FaultProxy.start(server);
    const first = 'INCR cut:first\r\n';
    proxy.cutAfter(first.length + 5, { direction: 'toServer', reset: true });
    using client = dial(proxy);
    client.send(`${first}INCR cut:second\r\n`);
    await client.ended();
    assert.equal(proxy.bytesToServer, first.length + 5);
    await eventually(async () => (await askDirectly('EXISTS cut:first')) === ':1\r\n');
    assert.equal(await askDirectly('EXISTS cut:second'), ':0\r\n');
  });

  it('counts from the start of a live connection, or from the call', async () => {
    await using proxy = await FaultProxy.start(server);
    using client = dial(proxy);
    await ping(client);
    proxy.cutAfter(PONG.length + 3, { from: 'now' });
    client.send(PING + PING);
    await client.ended();
    assert.equal(client.text, PONG + PONG + PONG.slice(0, 3));
    proxy.heal();
    using past = dial(proxy);
    await ping(past);
    proxy.cutAfter(PONG.length - 1);
    await past.ended();
    assert.equal(past.text, PONG);
  });
});

describe('FaultProxy that slows down', () => {
  it('splits into pieces in order', async () => {
    await using proxy = await FaultProxy.start(server);
    using client = dial(proxy);
    proxy.splitEvery();
    const value = 'abcdefghijklmnopqrstuvwxyz'.repeat(20);
    client.send(`SET split ${value}\r\nGET split\r\n`);
    await client.read((text) => text === `+OK\r\n$${value.length}\r\n${value}\r\n`);
    assert.ok(client.reads > 20, `${client.reads}`);
    proxy.splitEvery(100);
    await client.send(PING).read((text) => text.endsWith(PONG));
  });

  it('delays both directions and keeps the order', async (t) => {
    await using proxy = await FaultProxy.start(server);
    using client = dial(proxy);
    await ping(client);
    proxy.delay(40);
    const start = performance.now();
    client.send('ECHO a\r\n');
    await sleep(10);
    client.send('ECHO b\r\n');
    await client.read((text) => text === `${PONG}$1\r\na\r\n$1\r\nb\r\n`);
    assert.ok(performance.now() - start >= 78);
    const warnings: string[] = [];
    const warned = ({ name }: Error): unknown => warnings.push(name);
    process.on('warning', warned);
    t.after(() => process.off('warning', warned));
    // The last are more than a timer can take.
    for (const longest of [60_000, 3e9, Infinity]) {
      const before = client.text;
      proxy.delay(longest);
      client.send(PING);
      await sleep(20);
      assert.equal(client.text, before);
      proxy.heal();
      await client.read((text) => text === before + PONG);
    }
    assert.deepEqual(warnings, []);
  });

  it('throttles to a rate', async () => {
    await using proxy = await FaultProxy.start(server);
    using client = dial(proxy);
    await client.send(`SET throttled ${'x'.repeat(4000)}\r\n`).read((text) => text === '+OK\r\n');
    proxy.throttle(20_000);
    const start = performance.now();
    client.send('GET throttled\r\n');
    await client.read((text) => text.length >= 4000);
    assert.ok(performance.now() - start >= 150, 'not faster than the rate');
  });

  it('combines faults', async () => {
    await using proxy = await FaultProxy.start(server);
    proxy.delay(5);
    proxy.splitEvery(2);
    proxy.cutAfter(9);
    using client = dial(proxy);
    client.send(PING + PING);
    await client.ended();
    assert.equal(client.text, (PONG + PONG).slice(0, 9));
  });

  it('rejects values that make no sense', async () => {
    await using proxy = await FaultProxy.start(server);
    assert.throws(() => proxy.delay(-1), RangeError);
    assert.throws(() => proxy.splitEvery(0), RangeError);
    assert.throws(() => proxy.throttle(Number.NaN), RangeError);
    assert.throws(() => proxy.cutAfter(-1), RangeError);
    assert.throws(() => proxy.delay('5' as never), RangeError);
    // Half a byte would be waited for for ever, in the way of all else.
    for (const broken of [1.5, 10.5, Number.NaN, '5' as never]) {
      assert.throws(() => proxy.cutAfter(broken), RangeError);
      assert.throws(() => proxy.splitEvery(broken), RangeError);
    }
    assert.throws(() => proxy.cutAfter(5, { direction: 'x' as never }), RangeError);
    assert.throws(() => proxy.cutAfter(5, { from: 'x' as never }), RangeError);
    proxy.cutAfter(Infinity);
    proxy.splitEvery(Infinity);
    using client = dial(proxy);
    await ping(client);
  });

  it('rejects targets that cannot be dialled', async () => {
    await using proxy = await FaultProxy.start(server);
    const targets: readonly unknown[] = [
      ...[undefined, null, 'localhost', {}, { host: 'x' }, { path: '' }, { path: 5 }],
      ...[0, -1, 1.5, 70_000, Number.NaN, '6379', undefined].map((port) => ({ port })),
      ...['', 5].map((host) => ({ host, port: server.port })),
    ];
    for (const target of targets as FaultProxyTarget[]) {
      await assert.rejects(FaultProxy.start(target), RangeError);
      await assert.rejects(TlsProxy.start(target, {}), RangeError);
      assert.throws(() => proxy.retarget(target), RangeError);
    }
    using client = dial(proxy);
    await ping(client);
  });
});

describe('FaultProxy that is closed', () => {
  it('closes its connections and does so twice', async () => {
    const proxy = await FaultProxy.start(server);
    using client = dial(proxy);
    await ping(client);
    proxy.blackhole();
    await proxy.close();
    await client.ended();
    await proxy.close();
    using late = dial(proxy);
    assert.equal(await late.ended(), 'reset');
  });
});
