/** What stream commands evaluate to. Compiled, never run. */
import { Valkey } from '../../src/client/valkey.ts';
import type {
  StreamEntry,
  XaddOptions,
  XautoclaimIdsReply,
  XautoclaimOptions,
  XautoclaimReply,
  XclaimOptions,
  XinfoConsumer,
  XinfoGroup,
  XinfoStreamFullReply,
  XinfoStreamOptions,
  XinfoStreamReply,
  XpendingEntry,
  XpendingReply,
  XreadgroupReply,
  XreadReply,
} from '../../src/commands/index.ts';

type Eq<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function eq<A, B>(equal: Eq<A, B>): void;
declare function reply<R>(promise: Promise<R>): R;

const client = new Valkey();
const bytes = client.withOptions({ encoding: 'buffer' });
const exact = client.withOptions({ integers: 'bigint' });

// ---- adding
const id = client.xadd('s', '*', { n: 1 });
eq<typeof id, Promise<string>>(true);
const bytesId = reply(bytes.xadd('s', 5n, [['n', Buffer.of(1)]], { maxlen: 10, approximate: true, limit: 0 }));
eq<typeof bytesId, string>(true);
const maybeId = reply(client.xadd('s', '*', new Map([['n', 1]]), { nomkstream: true, minid: '1-1' }));
eq<typeof maybeId, string | null>(true);
declare const someAdd: XaddOptions | undefined;
const someId = reply(client.xadd('s', '*', { n: 1 }, someAdd));
eq<typeof someId, string | null>(true);
declare const flag: boolean;
void client.xadd('s', '*', { n: 1 }, { maxlen: 5, approximate: flag });
void client.xadd('s', '*', { n: 1 }, {});
const trimmed = reply(exact.xtrim('s', { minid: 5, approximate: false }));
eq<typeof trimmed, bigint>(true);

// @ts-expect-error no fields
void client.xadd('s', '*');
// @ts-expect-error a field is no map
void client.xadd('s', '*', 'n', 1);
// @ts-expect-error null is no value
void client.xadd('s', '*', { n: null });
// @ts-expect-error both of them
void client.xadd('s', '*', { n: 1 }, { maxlen: 1, minid: 1 });
// @ts-expect-error a limit is approximate
void client.xadd('s', '*', { n: 1 }, { maxlen: 1, limit: 1 });
// @ts-expect-error a limit is never exact
void client.xadd('s', '*', { n: 1 }, { maxlen: 1, approximate: false, limit: 1 });
// @ts-expect-error approximate what
void client.xadd('s', '*', { n: 1 }, { approximate: true });
// @ts-expect-error trim to what
void client.xtrim('s');
// @ts-expect-error trim to what
void client.xtrim('s', { approximate: true });
// @ts-expect-error both of them
void client.xtrim('s', { maxlen: 1, minid: 1 });

// ---- reading
const entries = reply(client.xrange('s', '-', '+', { count: 1 }));
eq<typeof entries, StreamEntry<string>[]>(true);
const fields = entries[0]!.fields;
eq<typeof fields, Record<string, string>>(true);
const bytesEntries = reply(bytes.xrevrange('s', '+', Buffer.from('-')));
eq<typeof bytesEntries, StreamEntry<Buffer>[]>(true);
const pairs = bytesEntries[0]!.fields;
eq<typeof pairs, [Buffer, Buffer][]>(true);
const entryId = bytesEntries[0]!.id;
eq<typeof entryId, string>(true);
const read = reply(client.xread({ s: '$' }, { block: 0, count: 1n }));
eq<typeof read, XreadReply<string>[] | null>(true);
const bytesRead = reply(bytes.xread([[Buffer.of(1), 0]]));
eq<typeof bytesRead, XreadReply<Buffer>[] | null>(true);
const fresh = reply(client.xreadgroup('g', 'c', { s: '>', t: '>' }, { noack: true }));
eq<typeof fresh, XreadReply<string>[] | null>(true);
const freshPairs = reply(bytes.xreadgroup('g', 'c', [[Buffer.of(1), '>']]));
eq<typeof freshPairs, XreadReply<Buffer>[] | null>(true);
const history = reply(client.xreadgroup('g', 'c', { s: '>', t: '0' }));
eq<typeof history, XreadgroupReply<string>[] | null>(true);
declare const since: string;
const either = reply(client.xreadgroup('g', 'c', new Map([['s', since]])));
eq<typeof either, XreadgroupReply<string>[] | null>(true);
const lost = history![0]!.entries[0]!.fields;
eq<typeof lost, Record<string, string> | null>(true);

// @ts-expect-error a key without an id
void client.xread('s');
// @ts-expect-error keys without ids
void client.xread(['s', 't']);
// @ts-expect-error no such option
void client.xread({ s: '0' }, { noack: true });
// @ts-expect-error positional options are never taken
void client.xrange('s', '-', '+', 10);
// @ts-expect-error an object is no id
void client.xrange('s', new Date(), '+');

// ---- groups
const created = client.xgroupCreate('s', 'g', '$', { mkstream: true, entriesread: 1 });
eq<typeof created, Promise<'OK'>>(true);
const isNew = reply(exact.xgroupCreateconsumer('s', 'g', 'c'));
eq<typeof isNew, boolean>(true);
const isGone = reply(exact.xgroupDestroy('s', 'g'));
eq<typeof isGone, boolean>(true);
const orphans = reply(exact.xgroupDelconsumer('s', 'g', 'c'));
eq<typeof orphans, bigint>(true);
const acknowledged = reply(client.xack('s', 'g', ['1-1', 2, 3n]));
eq<typeof acknowledged, number>(true);

const claimed = reply(bytes.xclaim('s', 'g', 'c', 0, '1-1', { time: new Date(), force: true }));
eq<typeof claimed, StreamEntry<Buffer>[]>(true);
const claimedIds = reply(bytes.xclaim('s', 'g', 'c', 0, ['1-1'], { justid: true, idle: 5 }));
eq<typeof claimedIds, string[]>(true);
declare const someClaim: XclaimOptions;
const claimedSome = reply(client.xclaim('s', 'g', 'c', 0, '1-1', someClaim));
eq<typeof claimedSome, StreamEntry<string>[] | string[]>(true);
const page = reply(client.xautoclaim('s', 'g', 'c', 0, '0-0', { count: 5 }));
eq<typeof page, XautoclaimReply<string>>(true);
const idPage = reply(client.xautoclaim('s', 'g', 'c', 0, '0-0', { justid: true }));
eq<typeof idPage, XautoclaimIdsReply>(true);
declare const somePage: XautoclaimOptions | undefined;
const eitherPage = reply(bytes.xautoclaim('s', 'g', 'c', 0, '0-0', somePage));
eq<typeof eitherPage, XautoclaimReply<Buffer> | XautoclaimIdsReply>(true);
const summary = reply(exact.xpending('s', 'g'));
eq<typeof summary, XpendingReply<string, bigint>>(true);
const pending = reply(bytes.xpending('s', 'g', '-', '+', 10, { idle: 5, consumer: 'c' }));
eq<typeof pending, XpendingEntry<Buffer, number>[]>(true);

// @ts-expect-error both of them
void client.xclaim('s', 'g', 'c', 0, '1-1', { idle: 1, time: 1 });
// @ts-expect-error a range without its count
void client.xpending('s', 'g', '-', '+');
// @ts-expect-error the sum has no filter
void client.xpending('s', 'g', { idle: 1 });
// @ts-expect-error no such option
void client.xgroupSetid('s', 'g', '$', { mkstream: true });

// ---- descriptions
const consumers = reply(exact.xinfoConsumers('s', 'g'));
eq<typeof consumers, XinfoConsumer<string, bigint>[]>(true);
const groups = reply(bytes.xinfoGroups('s'));
eq<typeof groups, XinfoGroup<Buffer, number>[]>(true);
const lag = groups[0]!.lag;
eq<typeof lag, number | null | undefined>(true);
const info = reply(client.xinfoStream('s'));
eq<typeof info, XinfoStreamReply<string, number>>(true);
const last = info.lastEntry;
eq<typeof last, StreamEntry<string> | null>(true);
const full = reply(exact.xinfoStream('s', { full: true, count: 0 }));
eq<typeof full, XinfoStreamFullReply<string, bigint>>(true);
const delivered = full.groups[0]!.consumers[0]!.pending[0]!.deliveries;
eq<typeof delivered, bigint>(true);
declare const someInfo: XinfoStreamOptions | undefined;
const eitherInfo = reply(client.xinfoStream('s', someInfo));
eq<typeof eitherInfo, XinfoStreamReply<string, number> | XinfoStreamFullReply<string, number>>(true);
const set = reply(client.xsetid('s', '5-1', { entriesadded: 5n, maxdeletedid: '1-1' }));
eq<typeof set, 'OK'>(true);

// @ts-expect-error a count only with full
void client.xinfoStream('s', { count: 5 });
// @ts-expect-error positional booleans are never taken
void client.xinfoStream('s', true);
