import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { after, before, describe, test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  AbortError,
  ConnectionError,
  PipelineError,
  TimeoutError,
  Valkey,
  type Lease,
  type View,
  type WaitOptions,
} from '../../../src/index.ts';
import { FaultProxy, ValkeyServer } from '../../../src/testing/index.ts';
import { acquired } from './lock-tools.ts';
import { until } from './tools.ts';

/** What is asked of a server that has gone silent. Whatever it needs that the server must answer is made before. */
type Call = (view: View, options: WaitOptions) => Promise<() => Promise<unknown>>;

let server: ValkeyServer;

const calls: Readonly<Record<string, Call>> = {
  'a command': async (view) => () => view.get('key'),
  'a command that blocks': async (view) => () => view.blpop('nothing', 0),
  'a script': async (view) => () => view.eval("return 'done'", []),
  'pipeline().execute()': async (view) => () => view.pipeline().get('key').incr('hits').execute(),
  'pipeline().executeSettled()': async (view) => async () => {
    const [only] = await view.pipeline().get('key').executeSettled();
    if (only?.status === 'rejected') throw only.reason;
  },
  'multi().execute()': async (view) => () => view.multi().incr('hits').execute(),
  'batch()': async (view) => () => view.batch((b) => [b.get('key')]),
  'transaction()': async (view) => () => view.transaction((tx) => tx.multi().incr('hits').execute(), { watch: 'key' }),
  'scanIter()': async (view) => () => view.scanIter()[Symbol.asyncIterator]().next(),
  'hscanIter().batches()': async (view) => () => view.hscanIter('hash').batches()[Symbol.asyncIterator]().next(),
  'lock().acquire()': async (view) => () => view.lock('lock:a').acquire(),
  'lock().run()': async (view) => () => view.lock('lock:b').run(() => 1),
  'lock().locked()': async (view) => () => view.lock('lock:c').locked(),
  'lease.release()': onLease('lock:d', (lease, options) => lease.release(options)),
  'lease.extend()': onLease('lock:e', (lease, options) => lease.extend(1000, options)),
  'lease.reacquire()': onLease('lock:f', (lease, options) => lease.reacquire(options)),
  'lease.owned()': onLease('lock:g', (lease, options) => lease.owned(options)),
  'pubsub().subscribe()': async (view) => () => view.pubsub().subscribe('news'),
  'pubsub().subscribe(), once more': async (view) => {
    const pubsub = view.pubsub();
    await pubsub.subscribe('news');
    return () => pubsub.subscribe('weather');
  },
  'pubsub().ping()': async (view) => {
    const pubsub = view.pubsub();
    await pubsub.subscribe('news');
    return () => pubsub.ping();
  },
  'monitor().start()': async (view) => () => view.monitor().start(),
};

const TIMEOUT = 200;
/** How late a busy machine may be. */
const LATE = 1500;

describe('a server that has gone silent', { timeout: 120_000 }, () => {
  before(async () => {
    server = await ValkeyServer.start();
  });
  after(() => server.stop());

  for (const protocol of [3, 2] as const) {
    for (const [name, prepare] of Object.entries(calls)) {
      test(`${name} ends within its timeout, RESP${protocol}`, { timeout: 10_000 }, async (t) => {
        const { client, proxy } = await connected(t, protocol);
        const bounds = { timeout: TIMEOUT };
        const call = await prepare(client.withOptions(bounds), bounds);
        proxy.blackhole();
        const start = performance.now();
        const error = await reasonOf(call());
        assert.ok(error instanceof TimeoutError || error instanceof ConnectionError, String(error));
        assert.ok(performance.now() - start < TIMEOUT + LATE, `took ${performance.now() - start} ms`);
      });

      test(`${name} ends with its signal, and lets go of it, RESP${protocol}`, { timeout: 10_000 }, async (t) => {
        const { client, proxy } = await connected(t, protocol);
        const controller = new AbortController();
        const bounds = { signal: controller.signal, timeout: Infinity };
        const call = await prepare(client.withOptions(bounds), bounds);
        proxy.blackhole();
        const pending = reasonOf(call());
        await sleep(30);
        const start = performance.now();
        controller.abort(new Error('enough'));
        const error = await pending;
        assert.ok(error instanceof AbortError, String(error));
        assert.equal((error.cause as Error).message, 'enough');
        assert.ok(performance.now() - start < LATE, `took ${performance.now() - start} ms`);
        assert.equal(getEventListeners(controller.signal, 'abort').length, 0, 'nobody listens any more');
        await until('its connection is given back', () => client.stats().pool.leased === 0);
      });

      test(`${name} does not begin when its signal has fired, RESP${protocol}`, { timeout: 10_000 }, async (t) => {
        const { client } = await connected(t, protocol);
        const controller = new AbortController();
        const bounds = { signal: controller.signal, timeout: Infinity };
        const call = await prepare(client.withOptions(bounds), bounds);
        controller.abort(new Error('enough'));
        const error = await reasonOf(call());
        assert.ok(error instanceof AbortError, String(error));
        assert.equal((error.cause as Error).message, 'enough');
        assert.equal(getEventListeners(controller.signal, 'abort').length, 0, 'nobody listens any more');
        await until('its connection is given back', () => client.stats().pool.leased === 0);
      });
    }

    test(`the end of a subscription, and that of a consumer, is no failure, RESP${protocol}`, async (t) => {
      const { client, proxy } = await connected(t, protocol);
      const controller = new AbortController();
      const { signal } = controller;
      const pubsub = client.withOptions({ timeout: TIMEOUT }).pubsub();
      const stopped = client.withOptions({ signal, timeout: Infinity }).pubsub();
      await Promise.all([pubsub.subscribe('news'), stopped.subscribe('news')]);
      const consumer = client.streams.consume('stream', `group:${protocol}`, 'ada', { signal });
      await client.xgroupCreate('stream', `group:${protocol}`, '$', { mkstream: true });
      const entry = consumer[Symbol.asyncIterator]().next();
      proxy.blackhole();
      const start = performance.now();
      await pubsub.unsubscribe('news');
      const unsubscribed = stopped.unsubscribe('news');
      controller.abort();
      await unsubscribed;
      assert.equal((await entry).done, true);
      assert.ok(performance.now() - start < TIMEOUT + LATE, `took ${performance.now() - start} ms`);
      assert.equal(getEventListeners(signal, 'abort').length, 0, 'nobody listens any more');
    });
  }
});

/** What is asked for a lock that is held. The lease itself is not given up with the signal of who acquired it: each call has its own. */
function onLease(name: string, use: (lease: Lease, options: WaitOptions) => Promise<unknown>): Call {
  return async (view, options) => {
    await view.del(name);
    const lease = await acquired(view, name, { timeout: 60_000 });
    return () => use(lease, options);
  };
}

async function connected(t: TestContext, protocol: 2 | 3): Promise<{ client: Valkey; proxy: FaultProxy }> {
  const proxy = await FaultProxy.start(server);
  const client = await new Valkey({ port: proxy.port, protocol, healthCheckInterval: 0 }).connect();
  t.after(async () => {
    client.destroy();
    await proxy.close();
  });
  return { client, proxy };
}

/** What a call is rejected with; of a pipeline, what its first command failed with. */
async function reasonOf(call: Promise<unknown>): Promise<unknown> {
  try {
    await call;
  } catch (error) {
    return error instanceof PipelineError ? error.cause : error;
  }
  return undefined;
}
