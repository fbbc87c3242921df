import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Decoder,
  type Spec,
  StreamCommands,
  type Surface,
  type Value,
  type XaddOptions,
  type XclaimOptions,
} from '../../../src/commands/index.ts';
import { Valkey } from '../../../src/client/valkey.ts';
import { ResponseError } from '../../../src/errors.ts';
import { everyWay, refuses, type Way } from './harness.ts';

const HUGE = 9007199254740993n;
const LONG = 60_000;

/** A stream `s` of entries `1-1`, `1-2`, ... with one field `n`. */
async function fill({ client }: Way, count = 3): Promise<void> {
  for (let i = 1; i <= count; i++) await client.xadd('s', `1-${i}`, { n: i });
}

/** The entries of that stream with these numbers, as the way gives them. */
function entriesOf({ fields }: Way, ...numbers: number[]): { id: string; fields: unknown }[] {
  return numbers.map((n) => ({ id: `1-${n}`, fields: fields({ n: String(n) }) }));
}

/** The stream with a group `g` that has given all of it to the consumer `ada`. */
async function deliver(way: Way, count = 3): Promise<void> {
  await fill(way, count);
  await way.client.xgroupCreate('s', 'g', '0');
  await way.client.xreadgroup('g', 'ada', { s: '>' });
}

await everyWay('stream', {
  'xadd, xlen, xrange, xrevrange': async (way) => {
    const { client, fields, ints, int } = way;
    assert.equal(await client.xadd('s', '1-1', { n: 1 }), '1-1');
    assert.equal(await client.xadd('s', '1-2', [['n', 2n]]), '1-2');
    assert.equal(await client.xadd('s', Buffer.from('1-3'), new Map([['n', Buffer.from('3')]])), '1-3');
    assert.equal(await client.xadd('s', '1-*', { n: 4 }), '1-4');
    assert.equal(await client.xadd('s', 5, { '': '' }), '5-0');
    assert.equal(await client.xadd('s', 6n, { a: 0, b: -0 }, {}), '6-0');
    assert.match(await client.xadd('s', '*', { n: 'now' }), /^\d{13}-0$/);
    assert.deepEqual([await client.xlen('s'), await client.xlen('nothing')], ints(7, 0));
    assert.deepEqual(await client.xrange('s', '-', '1'), entriesOf(way, 1, 2, 3, 4));
    assert.deepEqual(await client.xrange('s', '1-3', '1-3'), entriesOf(way, 3));
    assert.deepEqual(await client.xrange('s', '(1-1', 1n), entriesOf(way, 2, 3, 4));
    assert.deepEqual(await client.xrange('s', '-', '+', { count: 2 }), entriesOf(way, 1, 2));
    assert.deepEqual(await client.xrange('s', 5, 6), [
      { id: '5-0', fields: fields({ '': '' }) },
      { id: '6-0', fields: fields({ a: '0', b: '-0' }) },
    ]);
    assert.deepEqual(await client.xrevrange('s', '1-3', '-'), entriesOf(way, 3, 2, 1));
    assert.deepEqual(await client.xrevrange('s', '(1-3', '-', { count: 1n }), entriesOf(way, 2));
    for (const range of [client.xrange('nothing', '-', '+'), client.xrevrange('nothing', '+', '-')])
      assert.deepEqual(await range, []);
    for (const count of [0, -1]) assert.deepEqual(await client.xrange('s', '-', '+', { count }), []);
    assert.deepEqual(await client.xrevrange('s', '+', '-', { count: 0 }), []);
    assert.deepEqual(await client.xdel('s', ['1-1', 5, '9-9']), int(2));
    assert.deepEqual(await client.xdel('s', '1-2'), int(1));
    assert.deepEqual(await client.xdel('nothing', '1-2'), int(0));
    await assert.rejects(client.xadd('s', '1-1', { n: 1 }), /equal or smaller/);
    await assert.rejects(client.xrange('s', 'no id', '+'), ResponseError);
  },

  'what is no entry is refused': async ({ client }) => {
    refuses(() => client.xadd('s', '*', {}), /XADD needs at least one field/);
    refuses(() => client.xadd('s', '*', [['n']] as never), /XADD needs pairs of a field and its value/);
    refuses(() => client.xadd('s', '*', 'n' as never), /XADD needs an object, pairs or a Map/);
    refuses(() => client.xadd('s', '*', { n: null } as never), /argument 4 is null/);
    refuses(() => client.xadd('s', null as never, { n: 1 }), /argument 2 is null/);
    refuses(() => client.xadd('s', '*', { n: 1 }, true as never), /XADD takes its options as an object/);
    refuses(() => client.xdel('s', []), /XDEL needs at least one id/);
    refuses(() => client.xrange('s', '-', '+', 10 as never), /XRANGE takes its options as an object/);
    refuses(() => client.xrange('s', '-', undefined as never), /argument 3 is undefined/);
    refuses(() => client.xrevrange('s', '-', '+', null as never), /XREVRANGE takes its options as an object/);
  },

  'xadd without a stream, and trimming': async (way) => {
    const { client, int } = way;
    assert.equal(await client.xadd('nothing', '*', { n: 1 }, { nomkstream: true }), null);
    assert.deepEqual(await client.exists('nothing'), int(0));
    await fill(way, 5);
    assert.equal(await client.xadd('s', '1-6', { n: 6 }, { nomkstream: true, maxlen: 4, approximate: false }), '1-6');
    assert.deepEqual(await client.xrange('s', '-', '+'), entriesOf(way, 3, 4, 5, 6));
    assert.equal(await client.xadd('s', '1-7', { n: 7 }, { minid: '1-5' }), '1-7');
    assert.deepEqual(await client.xrange('s', '-', '+'), entriesOf(way, 5, 6, 7));
    // What is kept in one block is not trimmed approximately.
    assert.equal(await client.xadd('s', '1-8', { n: 8 }, { maxlen: 1, approximate: true, limit: 10 }), '1-8');
    assert.equal(await client.xadd('s', '1-9', { n: 9 }, { minid: '1-7', approximate: true }), '1-9');
    assert.deepEqual(await client.xrange('s', '-', '+'), entriesOf(way, 5, 6, 7, 8, 9));
    assert.equal(await client.xadd('s', '2-0', { n: 1 }, { maxlen: 0 }), '2-0');
    assert.deepEqual(await client.xlen('s'), int(0));
    const wrong = (options: unknown, message: RegExp): void =>
      refuses(() => client.xadd('s', '*', { n: 1 }, options as XaddOptions), message);
    wrong({ maxlen: 1, minid: 1 }, /XADD takes only one of maxlen and minid/);
    wrong({ maxlen: 1, limit: 1 }, /XADD takes a limit only with approximate/);
    wrong({ maxlen: 1, limit: 0, approximate: false }, /XADD takes a limit only with approximate/);
    wrong({ approximate: true }, /XADD takes approximate and limit only with maxlen or minid/);
    wrong({ limit: 5 }, /XADD takes approximate and limit only with maxlen or minid/);
    wrong({ maxlen: 1, approximate: '~' }, /XADD takes true or false for approximate/);
    wrong({ maxlen: null }, /argument 3 is null/);
    await assert.rejects(client.xadd('s', '*', { n: 1 }, { maxlen: -1 }), ResponseError);
  },

  xtrim: async (way) => {
    const { client, ints, int } = way;
    await fill(way, 9);
    assert.deepEqual(await client.xtrim('s', { maxlen: 8 }), int(1));
    assert.deepEqual(await client.xtrim('s', { maxlen: 7n, approximate: false }), int(1));
    assert.deepEqual(await client.xtrim('s', { minid: '1-4' }), int(1));
    assert.deepEqual(await client.xtrim('s', { minid: Buffer.from('1-5'), approximate: false }), int(1));
    assert.deepEqual(await client.xtrim('s', { maxlen: 1, approximate: true, limit: 0 }), int(0));
    assert.deepEqual(await client.xtrim('s', { minid: '1-7', approximate: true }), int(0));
    assert.deepEqual(await client.xrange('s', '-', '+'), entriesOf(way, 5, 6, 7, 8, 9));
    assert.deepEqual(
      [await client.xtrim('s', { maxlen: 0 }), await client.xtrim('nothing', { maxlen: 0 })],
      ints(5, 0),
    );
    for (const options of [{}, undefined, null, 5, 'maxlen', { maxlen: undefined }])
      refuses(() => client.xtrim('s', options as never), /XTRIM needs maxlen or minid/);
    refuses(() => client.xtrim('s', { maxlen: 1, minid: 1 } as never), /XTRIM takes only one of/);
    refuses(() => client.xtrim('s', { maxlen: 1, limit: 1 } as never), /XTRIM takes a limit only with approximate/);
    await assert.rejects(client.xtrim('s', { maxlen: 1, approximate: true, limit: -1 }), ResponseError);
  },

  'blocks are trimmed approximately': async ({ client, int }) => {
    for (let i = 1; i <= 250; i++) await client.xadd('s', `1-${i}`, { n: i });
    assert.deepEqual(await client.xtrim('s', { maxlen: 60, approximate: true, limit: 100 }), int(100));
    assert.deepEqual(await client.xtrim('s', { minid: '1-240', approximate: true }), int(100));
    assert.deepEqual(await client.xlen('s'), int(50));
  },

  'fields of any names': async ({ client, encoding, text }) => {
    await client.xadd('s', '1-1', [
      ['tag', 'a'],
      ['__proto__', 'p'],
      ['tag', 'b'],
      ['2', 'two'],
      ['1', 'one'],
    ]);
    const [entry] = await client.xrange('s', '-', '+');
    if (encoding === 'buffer') {
      const pairs = [
        ['tag', 'a'],
        ['__proto__', 'p'],
        ['tag', 'b'],
        ['2', 'two'],
        ['1', 'one'],
      ];
      assert.deepEqual(
        entry!.fields,
        pairs.map(([name, value]) => [text(name!), text(value!)]),
      );
    } else {
      const expected = [
        ['1', 'one'],
        ['2', 'two'],
        ['tag', 'b'],
        ['__proto__', 'p'],
      ];
      assert.deepEqual(Object.entries(entry!.fields), expected);
      assert.equal(Object.getPrototypeOf(entry!.fields), Object.prototype);
    }
  },

  'names and values of any bytes': async ({ client, int }) => {
    const bytes = client.withOptions({ encoding: 'buffer' });
    const [key, group, name, field] = [0xff, 0xfe, 0xfd, 0xfc].map((byte) => Buffer.of(byte, 0, 13, 10)) as [
      Buffer,
      Buffer,
      Buffer,
      Buffer,
    ];
    await bytes.xadd(key, '1-1', [[field, field]]);
    await bytes.xgroupCreate(key, group, '0');
    const entries = [{ id: '1-1', fields: [[field, field]] }];
    assert.deepEqual(await bytes.xreadgroup(group, name, [[key, '>']]), [{ key, entries }]);
    assert.deepEqual(await bytes.xread(new Map([[key, 0]])), [{ key, entries }]);
    assert.deepEqual(await bytes.xpending(key, group), {
      pending: int(1),
      min: '1-1',
      max: '1-1',
      consumers: [{ name, pending: int(1) }],
    });
    assert.deepEqual((await bytes.xpending(key, group, '-', '+', 1, { consumer: name }))[0]!.consumer, name);
    assert.deepEqual((await bytes.xinfoGroups(key))[0]!.name, group);
    assert.deepEqual((await bytes.xinfoConsumers(key, group))[0]!.name, name);
    const { groups } = await bytes.xinfoStream(key, { full: true });
    assert.deepEqual(
      [groups[0]!.name, groups[0]!.consumers[0]!.name, groups[0]!.pending[0]!.consumer],
      [group, name, name],
    );
    assert.deepEqual(await bytes.xack(key, group, '1-1'), int(1));
  },

  'the encoding latin1': async ({ client }) => {
    const latin1 = client.withOptions({ encoding: 'latin1' });
    await latin1.xadd('s', '1-1', [[Buffer.of(0xe9), Buffer.of(0xff)]]);
    assert.deepEqual(await latin1.xrange('s', '-', '+'), [{ id: '1-1', fields: { é: 'ÿ' } }]);
    assert.equal(await latin1.xadd('s', '1-*', { n: 2 }), '1-2');
    await latin1.xgroupCreate('s', Buffer.of(0xe9), '0');
    assert.equal((await latin1.xinfoGroups('s'))[0]!.name, 'é');
  },

  xread: async (way) => {
    const { atLeast, client, encoding, fields, text } = way;
    await fill(way);
    await client.xadd('t', '7-0', { n: 7 });
    const seven = [{ id: '7-0', fields: fields({ n: '7' }) }];
    assert.deepEqual(await client.xread({ s: '0' }), [{ key: text('s'), entries: entriesOf(way, 1, 2, 3) }]);
    assert.deepEqual(await client.xread({ s: '1-1', nothing: '0', t: 0 }, { count: 1 }), [
      { key: text('s'), entries: entriesOf(way, 2) },
      { key: text('t'), entries: seven },
    ]);
    assert.deepEqual(await client.xread([[Buffer.from('t'), 6n]], { block: 1000 }), [
      { key: text('t'), entries: seven },
    ]);
    assert.deepEqual(await client.xread(new Map([['t', '6-5']]), {}), [{ key: text('t'), entries: seven }]);
    for (const id of ['7-0', '$']) assert.equal(await client.xread({ t: id }), null);
    assert.equal(await client.xread({ nothing: '0' }), null);
    assert.equal(await client.xread({ nothing: '$', t: '$' }, { block: 10, count: 5 }), null);
    if (atLeast('8.0'))
      assert.deepEqual(await client.xread({ s: '+' }), [{ key: text('s'), entries: entriesOf(way, 3) }]);
    // A stream given twice is answered twice; one of RESP3's maps would lose that.
    const twice = await client.xread([
      ['t', '0'],
      ['t', '6'],
    ]);
    assert.deepEqual(twice, [
      { key: text('t'), entries: seven },
      { key: text('t'), entries: seven },
    ]);
    assert.equal(encoding === 'buffer', Buffer.isBuffer(twice[0]!.key));
    await assert.rejects(client.xread({ s: '>' }), ResponseError);
    refuses(() => client.xread({}), /XREAD needs at least one stream/);
    refuses(() => client.xread([]), /XREAD needs at least one stream/);
    refuses(() => client.xread('s' as never), /XREAD needs an object, pairs or a Map/);
    refuses(() => client.xread({ s: undefined } as never), /argument 3 is undefined/);
    refuses(() => client.xread({ s: '0' }, 10 as never), /XREAD takes its options as an object/);
  },

  'xread that waits': async (way) => {
    const { client, text } = way;
    const waiting = client.xread({ COUNT: '$', s: '$' }, { block: 0, count: 2 });
    await sleep(50);
    // Others are not held up.
    await fill(way, 1);
    assert.deepEqual(await waiting, [{ key: text('s'), entries: entriesOf(way, 1) }]);
    const start = performance.now();
    assert.equal(await client.xread({ s: '1-1' }, { block: 60 }), null);
    assert.ok(performance.now() - start > 50);
  },

  'a stream of 10,000 entries': async (way) => {
    const { client, fields } = way;
    await client.executeCommand(
      'EVAL',
      "for i = 1, 10000 do redis.call('XADD', KEYS[1], i .. '-0', 'n', i, 'name', 'ada') end",
      1,
      's',
    );
    const all = await client.xrange('s', '-', '+');
    assert.equal(all.length, 10_000);
    for (const n of [1, 5000, 10_000])
      assert.deepEqual(all[n - 1], { id: `${n}-0`, fields: fields({ n: String(n), name: 'ada' }) });
    assert.deepEqual((await client.xread({ s: 0 }))![0]!.entries, all);
    assert.deepEqual((await client.xrevrange('s', '+', '-')).reverse(), all);
  },

  'xgroupCreate, xgroupSetid, xgroupDestroy': async (way) => {
    const { client, int } = way;
    await assert.rejects(client.xgroupCreate('s', 'g', '$'), /requires the key to exist/);
    await assert.rejects(client.xgroupDestroy('s', 'g'), /requires the key to exist/);
    assert.equal(await client.xgroupCreate('s', 'g', '$', { mkstream: true }), 'OK');
    await assert.rejects(client.xgroupCreate('s', 'g', '$'), { name: 'ResponseError', code: 'BUSYGROUP' });
    await fill(way);
    assert.equal(await client.xgroupCreate('s', 'h', '1-1', { entriesread: 1 }), 'OK');
    assert.equal(await client.xgroupCreate('s', Buffer.from('i'), 0, {}), 'OK');
    const lags = async (): Promise<unknown[]> => (await client.xinfoGroups('s')).map(({ lag }) => lag);
    assert.deepEqual((await client.xinfoGroups('s'))[1]!.entriesRead, int(1));
    assert.equal((await lags())[1], int(2));
    assert.equal(await client.xgroupSetid('s', 'h', '1-2', { entriesread: 2n }), 'OK');
    assert.equal((await lags())[1], int(1));
    assert.equal(await client.xgroupSetid('s', 'h', '$'), 'OK');
    assert.equal((await client.xinfoGroups('s'))[1]!.lastDeliveredId, '1-3');
    await assert.rejects(client.xgroupSetid('s', 'nobody', '$'), { code: 'NOGROUP' });
    assert.equal(await client.xgroupDestroy('s', 'h'), true);
    assert.equal(await client.xgroupDestroy('s', 'h'), false);
    refuses(() => client.xgroupCreate('s', 'g', '$', true as never), /XGROUP CREATE takes its options as an object/);
    refuses(() => client.xgroupSetid('s', 'g', '$', 5 as never), /XGROUP SETID takes its options as an object/);
    refuses(() => client.xgroupCreate('s', 'g', '$', { entriesread: null } as never), /is null/);
  },

  'xgroupCreateconsumer, xgroupDelconsumer': async (way) => {
    const { client, int } = way;
    await deliver(way);
    assert.equal(await client.xgroupCreateconsumer('s', 'g', 'bob'), true);
    assert.equal(await client.xgroupCreateconsumer('s', 'g', 'bob'), false);
    assert.deepEqual(await client.xgroupDelconsumer('s', 'g', 'bob'), int(0));
    assert.deepEqual(await client.xgroupDelconsumer('s', 'g', 'ada'), int(3));
    assert.deepEqual(await client.xgroupDelconsumer('s', 'g', 'ada'), int(0));
    await assert.rejects(client.xgroupCreateconsumer('s', 'nobody', 'ada'), { code: 'NOGROUP' });
    await assert.rejects(client.xgroupDelconsumer('s', 'nobody', 'ada'), { code: 'NOGROUP' });
    await assert.rejects(client.xgroupCreateconsumer('nothing', 'g', 'ada'), ResponseError);
    await assert.rejects(client.xgroupDelconsumer('nothing', 'g', 'ada'), ResponseError);
  },

  'xreadgroup and xack': async (way) => {
    const { client, int, ints, text } = way;
    await fill(way);
    await client.xgroupCreate('s', 'g', '0');
    await client.xgroupCreate('t', 'g', '0', { mkstream: true });
    const of = (...numbers: number[]): unknown => [{ key: text('s'), entries: entriesOf(way, ...numbers) }];
    assert.deepEqual(await client.xreadgroup('g', 'ada', { s: '>', t: '>' }, { count: 1 }), of(1));
    assert.deepEqual(await client.xreadgroup('g', 'bob', [['s', '>']], { count: 1n, block: 1000 }), of(2));
    assert.deepEqual(await client.xreadgroup('g', 'ada', new Map([['s', '>']]), { noack: true }), of(3));
    assert.equal(await client.xreadgroup('g', 'ada', { s: '>' }), null);
    assert.equal(await client.xreadgroup('g', 'ada', { s: '>', t: '>' }, { block: 10 }), null);
    // What is pending, for whom.
    assert.deepEqual(await client.xreadgroup('g', 'ada', { s: '0', t: 0 }, { block: 0 }), [
      { key: text('s'), entries: entriesOf(way, 1) },
      { key: text('t'), entries: [] },
    ]);
    assert.deepEqual(await client.xreadgroup('g', 'bob', { s: '1-1' }), of(2));
    assert.deepEqual(await client.xack('s', 'g', ['1-1', '1-3', '9-9']), int(1));
    assert.deepEqual(await client.xack('s', Buffer.from('g'), '1-2'), int(1));
    assert.deepEqual([await client.xack('s', 'x', '1-1'), await client.xack('nothing', 'g', 1)], ints(0, 0));
    assert.deepEqual(await client.xreadgroup('g', 'ada', { s: '0' }), of());
    await assert.rejects(client.xreadgroup('nobody', 'ada', { s: '>' }), { name: 'ResponseError', code: 'NOGROUP' });
    await assert.rejects(client.xreadgroup('g', 'ada', { s: '$' }), ResponseError);
    refuses(() => client.xreadgroup('g', 'ada', {}), /XREADGROUP needs at least one stream/);
    refuses(() => client.xreadgroup('g', 'ada', { s: '>' }, null as never), /takes its options as an object/);
    refuses(() => client.xack('s', 'g', []), /XACK needs at least one id/);
  },

  'xreadgroup that waits': async (way) => {
    const { client, text } = way;
    // Names that are words of the command too.
    await client.xgroupCreate('s', 'BLOCK', '$', { mkstream: true });
    const waiting = client.xreadgroup('BLOCK', 'STREAMS', { s: '>' }, { block: 0, noack: true });
    await sleep(50);
    await fill(way, 1);
    assert.deepEqual(await waiting, [{ key: text('s'), entries: entriesOf(way, 1) }]);
  },

  'entries deleted while pending': async (way) => {
    const { client, text } = way;
    await deliver(way, 5);
    await client.xdel('s', '1-2');
    await client.xtrim('s', { minid: '1-2' });
    assert.deepEqual(await client.xreadgroup('g', 'ada', { s: '0' }, { count: 3 }), [
      {
        key: text('s'),
        entries: [{ id: '1-1', fields: null }, { id: '1-2', fields: null }, ...entriesOf(way, 3)],
      },
    ]);
    assert.deepEqual(await client.xclaim('s', 'g', 'bob', 0, ['1-1', '1-3']), entriesOf(way, 3));
    assert.deepEqual(await client.xautoclaim('s', 'g', 'bob', 0, '0-0'), {
      cursor: '0-0',
      entries: entriesOf(way, 3, 4, 5),
      deleted: ['1-2'],
    });
    await client.xdel('s', '1-4');
    assert.deepEqual(await client.xautoclaim('s', 'g', 'bob', 0, '0-0', { justid: true }), {
      cursor: '0-0',
      ids: ['1-3', '1-5'],
      deleted: ['1-4'],
    });
  },

  xclaim: async (way) => {
    const { client, int, text } = way;
    await deliver(way);
    const claim = (ids: string | string[], options?: XclaimOptions, minIdleTime = 0): Promise<unknown> =>
      client.xclaim('s', 'g', 'bob', minIdleTime, ids, options);
    const state = async (id: string): Promise<{ consumer: unknown; idle: number; deliveries: unknown }> => {
      const [entry] = await client.xpending('s', 'g', id, id, 1);
      return { consumer: entry!.consumer, idle: Number(entry!.idle), deliveries: entry!.deliveries };
    };
    assert.deepEqual(await claim('1-1', undefined, LONG), []);
    assert.deepEqual(await client.xclaim('s', 'g', 'bob', 0n, '1-1'), entriesOf(way, 1));
    assert.deepEqual(await client.xclaim('s', 'g', 'bob', 0, ['1-2', '9-9'], { justid: true }), ['1-2']);
    assert.deepEqual([(await state('1-1')).consumer, (await state('1-1')).deliveries], [text('bob'), int(2)]);
    assert.deepEqual((await state('1-2')).deliveries, int(1));
    assert.deepEqual(await claim('1-1', { idle: LONG, retrycount: 7 }), entriesOf(way, 1));
    assert.ok((await state('1-1')).idle >= LONG);
    assert.deepEqual((await state('1-1')).deliveries, int(7));
    for (const time of [new Date(Date.now() - LONG), Date.now() - LONG]) {
      assert.deepEqual(await claim('1-2', { time }), entriesOf(way, 2));
      assert.ok((await state('1-2')).idle >= LONG - 5000 && (await state('1-2')).idle < 2 * LONG);
    }
    assert.deepEqual(await client.xack('s', 'g', '1-3'), int(1));
    assert.deepEqual(await claim('1-3'), []);
    assert.deepEqual(await claim('1-3', { force: true, justid: false }), entriesOf(way, 3));
    assert.deepEqual(await claim('1-3', { lastid: '8-0', justid: true }), ['1-3']);
    assert.equal((await client.xinfoGroups('s'))[0]!.lastDeliveredId, '8-0');
    await assert.rejects(client.xclaim('s', 'nobody', 'bob', 0, '1-1'), { code: 'NOGROUP' });
    refuses(() => claim('1-1', { idle: 1, time: 1 } as never), /XCLAIM takes only one of idle and time/);
    refuses(() => claim('1-1', { time: new Date(NaN) }), /invalid Date/);
    refuses(() => claim('1-1', 5 as never), /XCLAIM takes its options as an object/);
    refuses(() => claim([]), /XCLAIM needs at least one id/);
  },

  xautoclaim: async (way) => {
    const { client } = way;
    await deliver(way);
    assert.deepEqual(await client.xautoclaim('s', 'g', 'bob', LONG, '0-0'), {
      cursor: '0-0',
      entries: [],
      deleted: [],
    });
    const page = await client.xautoclaim('s', 'g', 'bob', 0, '0-0', { count: 2 });
    assert.deepEqual(page, { cursor: '1-3', entries: entriesOf(way, 1, 2), deleted: [] });
    assert.deepEqual(await client.xautoclaim('s', 'g', 'bob', 0n, page.cursor, { count: 2n, justid: false }), {
      cursor: '0-0',
      entries: entriesOf(way, 3),
      deleted: [],
    });
    assert.deepEqual(await client.xautoclaim('s', 'g', 'bob', 0, '(1-1', { count: 1, justid: true }), {
      cursor: '1-3',
      ids: ['1-2'],
      deleted: [],
    });
    await assert.rejects(client.xautoclaim('s', 'nobody', 'bob', 0, '0-0'), { code: 'NOGROUP' });
    refuses(() => client.xautoclaim('s', 'g', 'bob', 0, '0-0', 10 as never), /takes its options as an object/);
    refuses(() => client.xautoclaim('s', 'g', 'bob', 0, undefined as never), /argument 5 is undefined/);
  },

  xpending: async (way) => {
    const { client, int, text } = way;
    await client.xgroupCreate('s', 'g', '0', { mkstream: true });
    assert.deepEqual(await client.xpending('s', 'g'), { pending: int(0), min: null, max: null, consumers: [] });
    assert.deepEqual(await client.xpending('s', 'g', '-', '+', 10), []);
    await fill(way);
    await client.xreadgroup('g', 'ada', { s: '>' }, { count: 2 });
    await client.xreadgroup('g', 'bob', { s: '>' });
    assert.deepEqual(await client.xpending('s', 'g'), {
      pending: int(3),
      min: '1-1',
      max: '1-3',
      consumers: [
        { name: text('ada'), pending: int(2) },
        { name: text('bob'), pending: int(1) },
      ],
    });
    await client.xclaim('s', 'g', 'bob', 0, '1-3', { idle: LONG, retrycount: 4 });
    const [entry, ...others] = await client.xpending('s', 'g', '(1-2', '+', 10);
    assert.deepEqual({ ...entry, idle: 0 }, { id: '1-3', consumer: text('bob'), idle: 0, deliveries: int(4) });
    assert.equal(typeof entry!.idle, typeof int(0));
    assert.ok(entry!.idle >= LONG);
    assert.deepEqual(others, []);
    const idsOf = (entries: { readonly id: string }[]): string[] => entries.map(({ id }) => id);
    assert.deepEqual(idsOf(await client.xpending('s', 'g', '-', '+', 2n)), ['1-1', '1-2']);
    assert.deepEqual(idsOf(await client.xpending('s', 'g', '-', '+', 9, { idle: LONG })), ['1-3']);
    assert.deepEqual(idsOf(await client.xpending('s', 'g', '-', '+', 9, { consumer: 'ada' })), ['1-1', '1-2']);
    assert.deepEqual(await client.xpending('s', 'g', '-', '+', 9, { idle: LONG, consumer: 'ada' }), []);
    assert.deepEqual(await client.xpending('s', 'g', '-', '+', 0), []);
    await assert.rejects(client.xpending('s', 'nobody'), { code: 'NOGROUP' });
    await assert.rejects(client.xpending('nothing', 'g', '-', '+', 1), { code: 'NOGROUP' });
    refuses(() => client.xpending('s', 'g', '-', '+', undefined as never), /argument 5 is undefined/);
    refuses(() => client.xpending('s', 'g', '-', '+', 1, 'ada' as never), /XPENDING takes its options as an object/);
  },

  'xinfoConsumers, xinfoGroups': async (way) => {
    const { atLeast, client, int, ints, text } = way;
    await deliver(way);
    await client.xgroupCreateconsumer('s', 'g', 'bob');
    const [ada, bob, ...others] = await client.xinfoConsumers('s', 'g');
    assert.deepEqual(others, []);
    assert.deepEqual([ada!.name, bob!.name], [text('ada'), text('bob')]);
    assert.deepEqual([ada!.pending, bob!.pending], ints(3, 0));
    assert.ok(ada!.idle >= 0);
    assert.equal(typeof ada!.idle, typeof int(0));
    assert.deepEqual(bob!.inactive, atLeast('7.2') ? int(-1) : undefined);
    const group = {
      name: text('g'),
      consumers: int(2),
      pending: int(3),
      lastDeliveredId: '1-3',
      entriesRead: int(3),
      lag: int(0),
    };
    assert.deepEqual(await client.xinfoGroups('s'), [group]);
    await client.xdel('s', '1-2');
    await client.xgroupSetid('s', 'g', '1-1');
    assert.deepEqual(await client.xinfoGroups('s'), [
      { ...group, lastDeliveredId: '1-1', entriesRead: null, lag: null },
    ]);
    await assert.rejects(client.xinfoGroups('nothing'), /no such key/);
    await assert.rejects(client.xinfoConsumers('nothing', 'g'), /no such key/);
    await assert.rejects(client.xinfoConsumers('s', 'nobody'), { code: 'NOGROUP' });
    assert.deepEqual(await client.xgroupDestroy('s', 'g'), true);
    assert.deepEqual(await client.xinfoGroups('s'), []);
  },

  xinfoStream: async (way) => {
    const { client, fields, int } = way;
    await client.xgroupCreate('s', 'g', '0', { mkstream: true });
    const empty = {
      length: int(0),
      radixTreeKeys: int(0),
      radixTreeNodes: int(1),
      lastGeneratedId: '0-0',
      maxDeletedEntryId: '0-0',
      entriesAdded: int(0),
      recordedFirstEntryId: '0-0',
      groups: int(1),
      firstEntry: null,
      lastEntry: null,
    };
    assert.deepEqual(await client.xinfoStream('s'), empty);
    await fill(way, 4);
    await client.xdel('s', '1-1');
    const info = {
      ...empty,
      length: int(3),
      radixTreeKeys: int(1),
      radixTreeNodes: int(2),
      lastGeneratedId: '1-4',
      maxDeletedEntryId: '1-1',
      entriesAdded: int(4),
      recordedFirstEntryId: '1-2',
      firstEntry: { id: '1-2', fields: fields({ n: '2' }) },
      lastEntry: { id: '1-4', fields: fields({ n: '4' }) },
    };
    assert.deepEqual(await client.xinfoStream('s'), info);
    assert.deepEqual(await client.xinfoStream('s', { full: false }), info);
    await assert.rejects(client.xinfoStream('nothing'), /no such key/);
    refuses(() => client.xinfoStream('s', { count: 10 } as never), /XINFO STREAM takes a count only with full/);
    refuses(() => client.xinfoStream('s', true as never), /XINFO STREAM takes its options as an object/);
  },

  'xinfoStream with full': async (way) => {
    const { atLeast, client, int, text } = way;
    await deliver(way);
    await client.xgroupCreateconsumer('s', 'g', 'bob');
    const stream = await client.xinfoStream('s', { full: true });
    const { groups, ...rest } = stream;
    assert.deepEqual(rest, {
      length: int(3),
      radixTreeKeys: int(1),
      radixTreeNodes: int(2),
      lastGeneratedId: '1-3',
      maxDeletedEntryId: '0-0',
      entriesAdded: int(3),
      recordedFirstEntryId: '1-1',
      entries: entriesOf(way, 1, 2, 3),
    });
    const { pending, consumers, ...group } = groups[0]!;
    assert.deepEqual(group, {
      name: text('g'),
      lastDeliveredId: '1-3',
      entriesRead: int(3),
      lag: int(0),
      pelCount: int(3),
    });
    const { deliveryTime } = pending[0]!;
    assert.ok(Math.abs(Number(deliveryTime) - Date.now()) < LONG);
    assert.deepEqual(pending[2], { id: '1-3', consumer: text('ada'), deliveryTime, deliveries: int(1) });
    const [ada, bob] = consumers;
    assert.deepEqual(ada!.name, text('ada'));
    assert.deepEqual(ada!.pelCount, int(3));
    assert.deepEqual(ada!.pending[2], { id: '1-3', deliveryTime, deliveries: int(1) });
    assert.ok(Math.abs(Number(ada!.seenTime) - Date.now()) < LONG);
    assert.deepEqual(bob!.activeTime, atLeast('7.2') ? int(-1) : undefined);
    assert.deepEqual(bob!.pending, []);
    const short = await client.xinfoStream('s', { full: true, count: 1 });
    assert.deepEqual(short.entries, entriesOf(way, 1));
    assert.deepEqual([short.groups[0]!.pending.length, short.groups[0]!.pelCount], [1, int(3)]);
    assert.deepEqual((await client.xinfoStream('s', { full: true, count: 0 })).entries.length, 3);
    await client.xgroupCreate('t', 'g', '0', { mkstream: true });
    const empty = await client.xinfoStream('t', { full: true });
    assert.deepEqual([empty.entries, empty.groups[0]!.pending, empty.groups[0]!.consumers], [[], [], []]);
  },

  'counts beyond 2^53': async ({ client, encoding, server }) => {
    await client.xadd('s', '1-1', { n: 1 });
    assert.equal(await client.xsetid('s', `${HUGE}-${HUGE}`, { entriesadded: HUGE, maxdeletedid: '1-0' }), 'OK');
    const exact = client.withOptions({ integers: 'bigint' });
    const info = await exact.xinfoStream('s');
    assert.deepEqual([info.entriesAdded, info.lastGeneratedId], [HUGE, `${HUGE}-${HUGE}`]);
    assert.equal(info.maxDeletedEntryId, '1-0');
    await using plain = new Valkey({ port: server.port, encoding });
    await assert.rejects(plain.xinfoStream('s'), { name: 'DataError' });
  },

  xsetid: async (way) => {
    const { client } = way;
    await fill(way, 2);
    assert.equal(await client.xsetid('s', '5-1'), 'OK');
    assert.equal((await client.xinfoStream('s')).lastGeneratedId, '5-1');
    assert.equal(await client.xadd('s', '5-*', { n: 1 }), '5-2');
    await assert.rejects(client.xsetid('s', 6, { entriesadded: 9, maxdeletedid: 7 }), ResponseError);
    await assert.rejects(client.xsetid('s', '1-1'), /smaller than the target stream top item/);
    await assert.rejects(client.xsetid('nothing', '1-1'), /no such key/);
    refuses(() => client.xsetid('s', '1-1', 5 as never), /XSETID takes its options as an object/);
  },

  'xgroupHelp, xinfoHelp': async ({ client }) => {
    assert.match((await client.xgroupHelp())[0]!, /^XGROUP/);
    assert.match((await client.xinfoHelp())[0]!, /^XINFO/);
  },

  'what is no stream': async ({ client }) => {
    await client.set('text', 'x');
    const wrong = { name: 'ResponseError', code: 'WRONGTYPE' };
    await assert.rejects(client.xlen('text'), wrong);
    await assert.rejects(client.xadd('text', '*', { n: 1 }), wrong);
    await assert.rejects(client.xread({ text: '0' }), wrong);
    await assert.rejects(client.xinfoStream('text'), wrong);
  },
});

interface Plain extends Surface {
  readonly text: string;
  readonly integer: number;
  readonly result: this['reply'];
}

/** Answers every call with the same natural reply, decoded: what servers say that are not at hand. */
class Answering extends StreamCommands<Plain> {
  readonly #reply: unknown;

  constructor(reply: unknown) {
    super();
    this.#reply = reply;
  }

  override send<R>(_spec: Spec, _args: readonly Value[], decode?: Decoder<R>): R {
    return decode!(this.#reply, { encoding: 'utf8', integers: 'number' });
  }
}

test('servers before 7.0 put null for claimed entries that were deleted, and name none', () => {
  const raw = [null, ['1-2', ['n', '2']], null];
  const entries = [{ id: '1-2', fields: { n: '2' } }];
  assert.deepEqual(new Answering(raw).xclaim('s', 'g', 'c', 0, ['1-1', '1-2', '1-3']), entries);
  assert.deepEqual(new Answering(['0-0', raw]).xautoclaim('s', 'g', 'c', 0, '0-0'), {
    cursor: '0-0',
    entries,
    deleted: [],
  });
  assert.deepEqual(new Answering(['0-0', ['1-1']]).xautoclaim('s', 'g', 'c', 0, '0-0', { justid: true }), {
    cursor: '0-0',
    ids: ['1-1'],
    deleted: [],
  });
});

test('what old servers do not tell is missing, what new ones add is kept', () => {
  const old = ['name', 'g', 'consumers', 1, 'pending', 0, 'last-delivered-id', '0-0'];
  const group = { name: 'g', consumers: 1, pending: 0, lastDeliveredId: '0-0' };
  assert.deepEqual(new Answering([old]).xinfoGroups('s'), [group]);
  const added = [...old, 'dead-letter', ['a', 1]];
  assert.deepEqual(new Answering([added]).xinfoGroups('s'), [{ ...group, deadLetter: ['a', 1] }]);
  assert.deepEqual(new Answering(['length', 0, 'first-entry', null, 'shards', 2]).xinfoStream('s'), {
    length: 0,
    firstEntry: null,
    shards: 2,
  });
});
