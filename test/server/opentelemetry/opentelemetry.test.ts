/** What OpenTelemetry's own SDK is told of real commands. */
import assert from 'node:assert/strict';
import { tracingChannel } from 'node:diagnostics_channel';
import { after, afterEach, beforeEach, describe, test } from 'node:test';
import { context, SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace-base';
import { instrument, type Instrumentation, type InstrumentOptions } from '../../../src/opentelemetry/index.ts';
import { ConnectionError, MaxConnectionsError, Valkey } from '../../../src/index.ts';
import { FaultProxy, ValkeyServer } from '../../../src/testing/index.ts';
import { failureOf, open, outcomeOf, until } from '../client/tools.ts';

const server = await ValkeyServer.start();
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
const exporter = new InMemorySpanExporter();
const tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
const told = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
const reader = new PeriodicExportingMetricReader({ exporter: told, exportIntervalMillis: 3_600_000 });
const meterProvider = new MeterProvider({ readers: [reader] });

let instrumentation: Instrumentation;
const begin = (options: InstrumentOptions = {}): void => {
  instrumentation = instrument({ tracerProvider, meterProvider, ...options });
};
beforeEach(() => {
  exporter.reset();
  told.reset();
});
afterEach(() => instrumentation.stop());
after(async () => {
  await meterProvider.shutdown();
  await server.stop();
});

const where = { 'server.address': '127.0.0.1', 'server.port': server.port };
const peer = { 'network.peer.address': '127.0.0.1', 'network.peer.port': server.port };
const attributesOf = (name: string): object => ({
  'db.system.name': 'valkey',
  'db.operation.name': name,
  'db.namespace': '0',
  ...where,
  ...peer,
});
const spans = (): readonly ReadableSpan[] => exporter.getFinishedSpans();
const namesOf = (): readonly string[] => spans().map(({ name }) => name.split(' 127')[0]!);

describe('spans', () => {
  test('are one for each command, whatever way it goes', async (t) => {
    begin();
    const client = open(t, { port: server.port });
    await client.set('key', 'secret value');
    await client.pipeline().get('key').incr('hits').execute();
    await client.multi().incr('hits').incr('hits').execute();
    await client.blpop('nothing', 0.01);
    await client.eval('return 1', [], []);
    {
      await using session = await client.session();
      await session.executeCommand('WATCH', 'key');
    }
    {
      await using pubsub = client.pubsub();
      await pubsub.subscribe('news');
    }
    for (const name of ['SET', 'GET', 'INCR', 'MULTI', 'BLPOP', 'EVAL', 'WATCH', 'SUBSCRIBE']) {
      assert.equal(namesOf().filter((each) => each === name).length, 1, `${name} in ${namesOf().join()}`);
    }
    const set = spans().find(({ name }) => name.startsWith('SET '))!;
    assert.equal(set.name, `SET 127.0.0.1:${server.port}`);
    assert.equal(set.kind, SpanKind.CLIENT);
    assert.deepEqual(set.attributes, attributesOf('SET'));
    assert.equal(set.status.code, SpanStatusCode.UNSET);
    const multi = spans().find(({ name }) => name.startsWith('MULTI '))!;
    assert.deepEqual(multi.attributes, { ...attributesOf('MULTI'), 'db.operation.batch.size': 2 });
    const everything = JSON.stringify(spans().map(({ name, attributes, status }) => ({ name, attributes, status })));
    assert.ok(!everything.includes('secret'), everything);
    assert.ok(!everything.includes('hits'), everything);
  });

  test('tell the database, and the address that the name of a server stands for', async (t) => {
    begin();
    const client = open(t, { host: 'localhost', family: 4, port: server.port, db: 3 });
    await client.get('key');
    await client.select(4);
    await client.get('key');
    await client.blpop('nothing', 0.01);
    await client.multi().get('key').execute();
    {
      await using session = await client.session();
      await session.get('key');
      await session.select(5);
      await session.get('key');
    }
    const told = spans().filter(({ attributes }) => attributes['db.operation.name'] !== 'SELECT');
    assert.deepEqual(
      told.map(({ attributes }) => attributes['db.namespace']),
      ['3', '4', '4', '4', '4', undefined],
    );
    for (const { name, attributes } of told) {
      assert.equal(name, `${String(attributes['db.operation.name'])} localhost:${server.port}`);
      assert.equal(attributes['server.address'], 'localhost');
      assert.deepEqual({ ...attributes, ...peer }, attributes);
    }
  });

  test('have a text without values, when that is asked for', async (t) => {
    begin({ queryText: true });
    const client = open(t, { port: server.port });
    await client.set('secret key', 'secret value', { ex: 100 });
    await client.mget(Array.from({ length: 100 }, (_, i) => `secret ${i}`));
    await client.multi().get('secret').execute();
    assert.deepEqual(
      spans().map(({ attributes }) => attributes['db.query.text']),
      ['SET ? ? ? ?', `MGET${' ?'.repeat(16)} ...`, undefined],
    );
  });

  test('are within the span that was active at the call', async (t) => {
    begin();
    const client = open(t, { port: server.port });
    await client.connect();
    const tracer = tracerProvider.getTracer('test');
    await Promise.all(
      ['one', 'other'].map((name) =>
        tracer.startActiveSpan(name, async (span) => {
          await client.get(name);
          await client.pipeline().ttl(name).execute();
          span.end();
        }),
      ),
    );
    for (const name of ['one', 'other']) {
      const parent = spans().find((span) => span.name === name)!;
      const children = spans().filter(
        ({ parentSpanContext }) => parentSpanContext?.spanId === parent.spanContext().spanId,
      );
      assert.deepEqual(
        children.map((span) => span.attributes['db.operation.name']),
        ['GET', 'TTL'],
      );
    }
  });

  test('tell of errors, and of tries', async (t) => {
    begin();
    await using proxy = await FaultProxy.start(server);
    const client = open(t, { port: proxy.port, socketTimeout: 300 });
    await client.set('text', 'a');
    await outcomeOf(client.incr('text'));
    proxy.blackhole();
    await outcomeOf(client.withOptions({ timeout: 50 }).get('slow'));
    proxy.cut();
    proxy.heal();
    await client.get('text');
    const incr = spans().find(({ attributes }) => attributes['db.operation.name'] === 'INCR');
    assert.equal(incr!.attributes['error.type'], 'ERR');
    assert.equal(incr!.attributes['db.response.status_code'], 'ERR');
    assert.equal(incr!.status.code, SpanStatusCode.ERROR);
    assert.match(incr!.status.message!, /not an integer/);
    const slow = spans().find(({ attributes }) => attributes['error.type'] === 'TIMEOUT')!;
    assert.equal(slow.attributes['db.operation.name'], 'GET');
    assert.equal(slow.attributes['db.response.status_code'], undefined);
  });

  test('are only where a parent is, when that is asked for', async (t) => {
    begin({ requireParentSpan: true });
    const client = open(t, { port: server.port });
    await client.get('alone');
    await tracerProvider.getTracer('test').startActiveSpan('parent', async (span) => {
      await client.get('within');
      span.end();
    });
    assert.equal(namesOf().filter((name) => name === 'GET').length, 1);
  });

  test('end with the instrumentation', async (t) => {
    begin();
    const client = open(t, { port: server.port });
    await client.connect();
    instrumentation.stop();
    await client.get('key');
    assert.deepEqual(spans(), []);
  });

  test('end with their commands, of those that are under way when the instrumentation stops', async (t) => {
    begin({ metrics: false });
    const client = open(t, { port: server.port });
    const blocked = client.blpop('nothing', 0.1);
    await client.get('key');
    instrumentation.stop();
    const late = client.blpop('nothing', 0.2);
    await Promise.all([blocked, late]);
    assert.deepEqual([...namesOf()].sort(), ['BLPOP', 'GET']);
    const { start, asyncEnd } = tracingChannel('valkey-ts:command');
    assert.deepEqual([start.hasSubscribers, asyncEnd.hasSubscribers], [false, false]);
  });
});

test('options that are unknown, or unusable, are refused', () => {
  const wrong: readonly (readonly [unknown, string])[] = [
    [{ tracerProvder: tracerProvider }, 'UNKNOWN_OPTION'],
    [{ queryText: 'no' }, 'INVALID_OPTION'],
    [{ meterProvider: tracerProvider }, 'INVALID_OPTION'],
    [5, 'INVALID_OPTION'],
  ];
  for (const [options, code] of wrong)
    assert.throws(() => instrument(options as InstrumentOptions), { name: 'DataError', code });
});

describe('metrics', () => {
  interface Point {
    readonly attributes: Record<string, unknown>;
    readonly value: unknown;
  }
  async function pointsOf(name: string): Promise<readonly Point[]> {
    await reader.forceFlush();
    const all =
      told
        .getMetrics()
        .at(-1)
        ?.scopeMetrics.flatMap((scope) => scope.metrics) ?? [];
    const points: readonly { readonly attributes: object; readonly value: unknown }[] =
      all.find((metric) => metric.descriptor.name === name)?.dataPoints ?? [];
    return points.map(({ attributes, value }) => ({ attributes: attributes as Record<string, unknown>, value }));
  }

  test('count the commands, by operation and outcome', async (t) => {
    begin();
    const client = open(t, { port: server.port });
    await client.set('metric', 'a');
    await client.set('metric', 'b');
    await outcomeOf(client.incr('metric'));
    const points = await pointsOf('db.client.operation.duration');
    const countOf = (name: string, error?: string): number | undefined =>
      (
        points.find(
          ({ attributes }) =>
            attributes['db.operation.name'] === name &&
            attributes['error.type'] === error &&
            attributes['server.port'] === server.port,
        )?.value as { readonly count: number } | undefined
      )?.count;
    assert.ok(countOf('SET')! >= 2);
    assert.ok(countOf('INCR', 'ERR')! >= 1);
  });

  test('count every lease, and each that was waited for in vain', async (t) => {
    begin();
    await using proxy = await FaultProxy.start(server);
    const client = open(t, { port: proxy.port });
    const pool = `127.0.0.1:${proxy.port}`;
    const valueOf = async (name: string): Promise<unknown> => {
      const points = await pointsOf(`db.client.connection.${name}`);
      return points.find(({ attributes }) => attributes['db.client.connection.pool.name'] === pool)?.value;
    };
    for (let i = 0; i < 5; i++) await (await client.session()).close();
    assert.equal(((await valueOf('wait_time')) as { readonly count: number }).count, 5);
    proxy.blackhole();
    const silent = open(t, { port: proxy.port });
    await failureOf(silent.session({ timeout: 100 }), ConnectionError, 'CONNECT_TIMEOUT');
    assert.equal(await valueOf('timeouts'), 1);
  });

  test('do not take a server that has no room for a wait in vain', async (t) => {
    begin();
    await using own = await ValkeyServer.start();
    const admin = open(t, { port: own.port });
    await admin.executeCommand('CONFIG', 'SET', 'maxclients', 1);
    const client = open(t, { port: own.port, retry: { retries: 0 } });
    await failureOf(client.session(), MaxConnectionsError);
    const pool = `127.0.0.1:${own.port}`;
    const points = await pointsOf('db.client.connection.timeouts');
    assert.ok(points.every(({ attributes }) => attributes['db.client.connection.pool.name'] !== pool));
  });

  test('count connections, and what waits for them', async (t) => {
    begin();
    const client = open(t, { port: server.port, maxConnections: 1 });
    const end = instrumentation.observe(client, 'mine');
    const states = async (): Promise<unknown> =>
      (await pointsOf('db.client.connection.count'))
        .filter(({ attributes }) => attributes['db.client.connection.pool.name'] === 'mine')
        .map(({ attributes, value }) => [attributes['db.client.connection.state'], value]);
    const blocked = client.blpop('queue', 0);
    const second = outcomeOf(client.withOptions({ timeout: 100 }).blpop('queue', 0));
    await until('it blocks', async () => client.stats().pool.leased === 1);
    assert.deepEqual(await states(), [
      ['idle', 0],
      ['used', 1],
    ]);
    await second;
    const timeouts = await pointsOf('db.client.connection.timeouts');
    const ours = `127.0.0.1:${server.port}`;
    assert.equal(timeouts.find(({ attributes }) => attributes['db.client.connection.pool.name'] === ours)?.value, 1);
    for (const [name, value] of [
      ['max', 1],
      ['idle.max', 1],
      ['idle.min', 0],
    ] as const)
      assert.equal((await pointsOf(`db.client.connection.${name}`)).at(-1)?.value, value, name);
    await client.rpush('queue', 'job');
    await blocked;
    assert.ok((await pointsOf('db.client.connection.create_time')).length > 0);
    assert.ok((await pointsOf('db.client.connection.wait_time')).length > 0);
    end();
  });
});

test('caches tell how many reads they have answered', async (t) => {
  begin({ traces: false });
  const client = open(t, { port: server.port, cache: { maxStaleness: 10_000 } });
  await client.set('cached', 'v');
  for (let i = 0; i < 4; i++) await client.get('cached');
  client.cache.flush();
  await reader.forceFlush();
  const points = told
    .getMetrics()
    .at(-1)!
    .scopeMetrics.flatMap(({ metrics }) => metrics)
    .filter(({ descriptor }) => descriptor.name.startsWith('valkey.client.cache.'))
    .flatMap(({ descriptor, dataPoints }) =>
      dataPoints.map(({ attributes, value }) => [
        descriptor.name.slice('valkey.client.cache.'.length),
        attributes,
        value,
      ]),
    );
  assert.deepEqual(points, [
    ['requests', { ...where, 'valkey.client.cache.result': 'hit' }, 3],
    ['requests', { ...where, 'valkey.client.cache.result': 'miss' }, 1],
    ['invalidations', where, 0],
    ['evictions', where, 0],
    ['flushes', { ...where, 'valkey.client.cache.flush.reason': 'call' }, 1],
    ['entries', where, 0],
    ['size', where, 0],
  ]);
});

test('a client is an observed one', () => {
  begin({ traces: false });
  const client = new Valkey();
  instrumentation.observe(client)();
  client.destroy();
});
