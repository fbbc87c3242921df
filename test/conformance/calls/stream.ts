import { given, type Call, type Readers, type Word, type Words } from '../words.ts';

interface Threshold {
  readonly approximate: boolean | undefined;
  readonly value: Word;
}

/** What a stream is trimmed to: `MAXLEN ~ 1000 LIMIT 10`. */
const TRIM = { MAXLEN: threshold, MINID: threshold, LIMIT: 1 } as const;

function threshold(words: Words): Threshold {
  const approximate = words.has('~') ? true : words.has('=') ? false : undefined;
  return { approximate, value: words.next() };
}

function trimmed(options: Record<string, unknown>): Record<string, unknown> {
  const all = { ...options };
  for (const name of ['maxlen', 'minid']) {
    if (all[name] === undefined) continue;
    const { approximate, value } = all[name] as Threshold;
    all[name] = value;
    if (approximate !== undefined) all['approximate'] = approximate;
  }
  return all;
}

/** `STREAMS key key id id` as pairs. */
function streams(words: Words): [Word, Word][] {
  const keys = words.has('STREAMS') ? words.take(words.left / 2) : [];
  return keys.map((key) => [key, words.next()]);
}

const range =
  (method: string) =>
  (words: Words): Call => [method, ...words.take(3), ...given(words.options({ COUNT: 1 }))];

export const stream: Readers = {
  XACK: (words) => ['xack', ...words.take(2), words.take()],
  XADD: (words) => {
    const key = words.next();
    const options = trimmed(words.options({ NOMKSTREAM: 0, ...TRIM }));
    const id = words.text();
    // What is no id is an option that we do not know.
    return /^(\*|\d+(-(\d+|\*))?)$/.test(id) ? ['xadd', key, id, words.pairs(), ...given(options)] : undefined;
  },
  XAUTOCLAIM: (words) => ['xautoclaim', ...words.take(5), ...given(words.options({ COUNT: 1, JUSTID: 0 }))],
  XCLAIM: (words) => {
    const [args, ids] = [words.take(4), words.all(/^\d+(-\d+)?$/)];
    const options = { IDLE: 1, TIME: 1, RETRYCOUNT: 1, FORCE: 0, JUSTID: 0, LASTID: 1 } as const;
    return ['xclaim', ...args, ids, ...given(words.options(options))];
  },
  XDEL: (words) => ['xdel', words.next(), words.take()],
  'XGROUP CREATE': (words) => {
    const options = { MKSTREAM: 0, ENTRIESREAD: 1 } as const;
    return ['xgroupCreate', ...words.take(3), ...given(words.options(options))];
  },
  'XGROUP CREATECONSUMER': (words) => ['xgroupCreateconsumer', ...words.take(3)],
  'XGROUP DELCONSUMER': (words) => ['xgroupDelconsumer', ...words.take(3)],
  'XGROUP DESTROY': (words) => ['xgroupDestroy', ...words.take(2)],
  'XGROUP HELP': () => ['xgroupHelp'],
  'XGROUP SETID': (words) => ['xgroupSetid', ...words.take(3), ...given(words.options({ ENTRIESREAD: 1 }))],
  'XINFO CONSUMERS': (words) => ['xinfoConsumers', ...words.take(2)],
  'XINFO GROUPS': (words) => ['xinfoGroups', words.next()],
  'XINFO HELP': () => ['xinfoHelp'],
  'XINFO STREAM': (words) => ['xinfoStream', words.next(), ...given(words.options({ FULL: 0, COUNT: 1 }))],
  XLEN: (words) => ['xlen', words.next()],
  XPENDING: (words) => {
    const group = words.take(2);
    if (words.left === 0) return ['xpending', ...group];
    const { idle } = words.options({ IDLE: 1 });
    const range = words.take(3);
    const consumer = words.left === 0 ? undefined : words.next();
    return ['xpending', ...group, ...range, ...given({ idle, consumer })];
  },
  XRANGE: range('xrange'),
  XREAD: (words) => {
    const options = words.options({ COUNT: 1, BLOCK: 1 });
    return ['xread', streams(words), ...given(options)];
  },
  XREADGROUP: (words) => {
    const group = words.has('GROUP') ? words.take(2) : [];
    const options = words.options({ COUNT: 1, BLOCK: 1, NOACK: 0 });
    return ['xreadgroup', ...group, streams(words), ...given(options)];
  },
  XREVRANGE: range('xrevrange'),
  XSETID: (words) => ['xsetid', ...words.take(2), ...given(words.options({ ENTRIESADDED: 1, MAXDELETEDID: 1 }))],
  XTRIM: (words) => ['xtrim', words.next(), trimmed(words.options(TRIM))],
};
