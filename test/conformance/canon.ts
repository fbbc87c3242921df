/** The values of the recording of valkey-py, and ours in their form. */
import { ResponseError } from '../../src/errors.ts';

/**
 * A value as it was recorded. Bytes are `$b`, or `$x` in hexadecimal digits where they are not text; `$m` is a dict, `$f` a number that
 * JSON lacks, `$dt` a time in seconds, `$err` an exception, its class and message. Tuples are lists, and floats are numbers. Ours alone have
 * `$name`, the name of a property, and no message of an error that no server sent.
 */
export type Canon =
  | null
  | boolean
  | number
  | string
  | readonly Canon[]
  | { readonly $b: string }
  | { readonly $x: string }
  | { readonly $m: readonly CanonEntry[] }
  | { readonly $f: string }
  | { readonly $dt: number }
  | { readonly $err: readonly [type: string, message?: string] }
  | { readonly $name: string };

export type CanonEntry = readonly [key: Canon, value: Canon];

/** The name of a property, which is as the server says it but for its case and punctuation. */
class Name {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** Our value in the recording's form, as it is: objects and maps are dicts. */
export function canon(value: unknown): Canon {
  if (value === null || value === undefined) return null;
  if (typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number')
    return Number.isFinite(value) ? value : { $f: String(value).replace('Infinity', 'inf').toLowerCase() };
  if (Buffer.isBuffer(value)) return canonBytes(value);
  if (Array.isArray(value)) return value.map(canon);
  if (value instanceof Date) return { $dt: value.getTime() / 1000 };
  if (value instanceof Error) return canonError(value);
  if (value instanceof Name) return { $name: value.name };
  if (typeof value !== 'object') throw new Error(`a ${typeof value} has no form`);
  const entries = value instanceof Map ? [...value] : Object.entries(value);
  return { $m: entries.map(([key, each]): CanonEntry => [canon(key), canon(each)]) };
}

function canonBytes(value: Buffer): Canon {
  const text = value.toString();
  return Buffer.from(text).equals(value) ? { $b: text } : { $x: value.toString('hex') };
}

/** What valkey-py cuts off the message: `ERR`, and the codes that have classes of their own. */
const CODES = /^(ERR|NOSCRIPT|NOPERM|READONLY|EXECABORT|LOADING|WRONGPASS|NOAUTH) /;

function canonError(error: Error): Canon {
  const { name, message } = error;
  return { $err: error instanceof ResponseError ? [name, message.replace(CODES, '')] : [name] };
}

/** What was asked, and how. */
export interface Asked {
  /** The words of the command, the first in upper case. */
  readonly words: readonly string[];
  readonly protocol: 2 | 3;
  /** An iterator over all pages was asked, rather than for one page. */
  readonly items: boolean;
}

/** Gives our reply in the form of valkey-py's. */
type Form = (reply: never, asked: Asked) => unknown;

type Fields = Readonly<Record<string, unknown>>;

const has = (asked: Asked, token: string): boolean => asked.words.some((word) => word.toUpperCase() === token);

/** `'OK'` is `True`. */
const done = (reply: unknown): unknown => (reply === 'OK' ? true : reply);
/** Whether something happened is 1 or 0. */
const number = (reply: unknown): unknown =>
  Array.isArray(reply) ? reply.map(number) : typeof reply === 'boolean' ? Number(reply) : reply;
/** An object with a place for each of its values is a tuple of them: `{ member, score }`. */
const tuples = (reply: unknown): unknown => {
  if (Array.isArray(reply)) return reply.map(tuples);
  return isPlain(reply) ? Object.values(reply).map(tuples) : reply;
};
/** An object that the server describes by names is a dict. */
const named = (reply: unknown): unknown => {
  if (Array.isArray(reply)) return reply.map(named);
  return isPlain(reply) ? new Map(Object.entries(reply).map(([name, value]) => [new Name(name), named(value)])) : reply;
};
/** Pairs of Buffers are a dict too. */
const fields = (reply: unknown): unknown => (Array.isArray(reply) ? new Map(reply as [unknown, unknown][]) : reply);

/** One that was popped is in a list too, but not under RESP3. */
const popped: Form = (reply: unknown, { words, protocol }: Asked) =>
  protocol === 2 && words.length === 2 ? [tuples(reply)] : tuples(reply);

/** Without a callback, valkey-py leaves a map of RESP2 flat. */
const flat = (reply: unknown): unknown => {
  if (Array.isArray(reply)) return reply.map(flat);
  if (!isPlain(reply)) return reply;
  return Object.entries(reply).flatMap(([name, value]) => [new Name(name), flat(value)]);
};
const flatInResp2 = (reply: unknown, asked: Asked): unknown => (asked.protocol === 2 ? flat(reply) : named(reply));

/** `{ cursor, items }` is a tuple, or its items alone to an iterator. */
const page =
  (form: (items: unknown) => unknown): Form =>
  (reply: Fields, asked: Asked) => {
    const [cursor, items] = Object.values(reply);
    return asked.items ? tuples(items) : [Number(cursor), form(items)];
  };

const hashPage: Form = (reply: Fields, asked: Asked) =>
  page(has(asked, 'NOVALUES') ? (items) => items : fields)(reply as never, asked);

interface Entry {
  readonly id: string;
  readonly fields: unknown;
}

const entry = ({ id, fields: values }: Entry): unknown => [id, fields(values)];
const entries = (reply: readonly (Entry | string)[]): unknown =>
  reply.map((each) => (typeof each === 'string' ? each : entry(each)));

/** Under RESP3 a dict, each value in a list of its own. */
const streams: Form = (reply: readonly { key: unknown; entries: Entry[] }[] | null, { protocol }: Asked) => {
  const read = (reply ?? []).map((each) => [each.key, entries(each.entries)] as const);
  return protocol === 2 ? read : new Map(read.map(([key, list]) => [key, [list]]));
};

type StreamInfo = Fields & Readonly<Record<'firstEntry' | 'lastEntry', Entry | null>>;

const streamInfo: Form = (reply: Fields & { entries: Entry[]; groups: Fields[] }, asked: Asked) => {
  if (!has(asked, 'FULL')) {
    const { firstEntry, lastEntry, ...rest } = reply as Fields as StreamInfo;
    return named({ ...rest, firstEntry: firstEntry && entry(firstEntry), lastEntry: lastEntry && entry(lastEntry) });
  }
  const pending = (of: Fields): Fields => ({
    ...of,
    pending: (of['pending'] as Fields[]).map(({ id, consumer, deliveryTime, deliveries }) =>
      consumer === undefined ? [id, deliveryTime, deliveries] : [id, consumer, deliveryTime, deliveries],
    ),
  });
  const groups = reply.groups.map((group) => ({
    ...pending(group),
    consumers: (group['consumers'] as Fields[]).map(pending),
  }));
  return named({ ...reply, groups, entries: new Map(reply.entries.map((each) => [each.id, fields(each.fields)])) });
};

const claimed: Form = (reply: { cursor: string; ids?: string[]; entries: Entry[]; deleted: string[] }) =>
  reply.ids ?? [reply.cursor, entries(reply.entries), reply.deleted];

/** Of some messages, or a summary of all. */
const pendingEntries: Form = (reply: Fields | readonly Fields[]) => {
  if (!Array.isArray(reply)) return reply;
  return (reply as readonly Fields[]).map(({ id, consumer, idle, deliveries }) =>
    named({ messageId: id, consumer, timeSinceDelivered: idle, timesDelivered: deliveries }),
  );
};

const matches: Form = (reply: unknown, asked: Asked) => {
  if (!isPlain(reply)) return reply;
  const found = (reply['matches'] as Fields[]).map(({ key1, key2, len }) =>
    len === undefined ? [key1, key2] : [key1, key2, len],
  );
  return flatInResp2({ ...reply, matches: found }, asked);
};

/** Of the rules, those on categories are elsewhere; a selector's are in one text each. */
const user: Form = (reply: Fields | null, { protocol }: Asked) => {
  if (reply === null) return null;
  const commands = String(reply['commands']).split(' ');
  const selectors = (reply['selectors'] as Fields[]).map((selector) => {
    const said = ['commands', 'keys', 'channels', 'databases'].map((name) => {
      const value = selector[name];
      return [name, Array.isArray(value) ? value.join(' ') : value] as const;
    });
    return protocol === 2 ? said.flat() : new Map(said);
  });
  return named({ ...reply, commands: commands.filter((rule) => !rule.includes('@')), selectors });
};

const every = (form: Form, ...names: readonly string[]): Record<string, Form> =>
  Object.fromEntries(names.map((name) => [name, form]));

/** The commands whose replies have another form, on purpose and without loss. */
export const FORMS: Readonly<Record<string, Form>> = {
  ...every(done, 'ACL SETUSER', 'AUTH', 'CLIENT PAUSE', 'CLIENT SETNAME'),
  ...every(done, 'CONFIG RESETSTAT', 'CONFIG SET', 'FLUSHALL', 'FLUSHDB'),
  ...every(done, 'FUNCTION DELETE', 'FUNCTION FLUSH', 'FUNCTION RESTORE', 'HMSET', 'LSET', 'LTRIM', 'MSET'),
  ...every(done, 'PFMERGE', 'PSETEX', 'QUIT', 'READONLY', 'RENAME', 'SCRIPT FLUSH', 'SELECT', 'SETEX', 'SLOWLOG RESET'),
  ...every(done, 'UNWATCH', 'WATCH', 'XGROUP CREATE', 'XGROUP SETID'),
  SET: (reply: unknown, asked: Asked) => (has(asked, 'GET') ? reply : done(reply)),
  PING: (reply: unknown) => (reply === 'PONG' ? true : reply),
  'CLIENT KILL': (reply: number, { words }: Asked) => (words.length === 3 ? reply === 1 : reply),

  ...every(number, 'HSETEX', 'HSETNX', 'PFADD', 'SISMEMBER', 'SMISMEMBER', 'XGROUP CREATECONSUMER'),

  ...every(tuples, 'BLMPOP', 'LMPOP', 'BZMPOP', 'ZMPOP', 'BZPOPMAX', 'BZPOPMIN'),
  ...every(tuples, 'ZDIFF', 'ZINTER', 'ZUNION', 'ZRANDMEMBER'),
  ...every(tuples, 'ZRANGE', 'ZRANGEBYSCORE', 'ZREVRANGE', 'ZREVRANGEBYSCORE', 'ZRANK', 'ZREVRANK'),
  ...every(tuples, 'GEOPOS', 'GEORADIUS', 'GEORADIUSBYMEMBER', 'GEOSEARCH', 'COMMAND GETKEYSANDFLAGS', 'ROLE', 'TIME'),

  ...every(named, 'CLIENT INFO', 'CLIENT LIST', 'MODULE LIST', 'XINFO CONSUMERS', 'XINFO GROUPS'),
  ...every(flatInResp2, 'CLIENT TRACKINGINFO', 'FUNCTION LIST'),
  'ACL GETUSER': user,
  'XINFO STREAM': streamInfo,
  XPENDING: pendingEntries,
  XAUTOCLAIM: claimed,
  LCS: matches,
  'ACL LOG': (reply: unknown) => (reply === 'OK' ? true : named(reply)),
  HRANDFIELD: (reply: unknown, { protocol }: Asked) => (protocol === 2 && Array.isArray(reply) ? reply.flat() : reply),
  COMMAND: (reply: readonly { name: string }[]) => new Map(reply.map((each) => [each.name, each])),
  // The other databases that it tells of depend on what was done before.
  'MEMORY STATS': (reply: Fields) => named(filtered(reply, (name) => !/^db\.[1-9]/.test(name))),
  INFO: (reply: Fields) => named(Object.assign({}, ...Object.values(reply))),

  ...every(popped, 'ZPOPMAX', 'ZPOPMIN'),

  HGETALL: fields,
  HSCAN: hashPage,
  ...every(page(tuples), 'SCAN', 'SSCAN', 'ZSCAN'),

  ...every(entries, 'XRANGE', 'XREVRANGE', 'XCLAIM'),
  ...every(streams, 'XREAD', 'XREADGROUP'),
};

/** Our reply to a command in the form of valkey-py's. */
export function canonReply(name: string, reply: unknown, asked: Asked): Canon {
  const form = Object.hasOwn(FORMS, name) && !(reply instanceof Error) ? FORMS[name] : undefined;
  return canon(form === undefined ? reply : form(reply as never, asked));
}

function filtered(fields: Fields, keeps: (name: string) => boolean): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => keeps(name)));
}

function isPlain(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
