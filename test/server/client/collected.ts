import type { Valkey } from '../../../src/index.ts';

/** The ways in which replies come. */
export const WAYS = [
  { protocol: 3, encoding: 'utf8', integers: 'number' },
  { protocol: 2, encoding: 'utf8', integers: 'number' },
  { protocol: 3, encoding: 'buffer', integers: 'bigint' },
  { protocol: 2, encoding: 'buffer', integers: 'bigint' },
  { protocol: 3, encoding: 'latin1', integers: 'number' },
] as const;

export type Way = (typeof WAYS)[number];

export function wayName({ protocol, encoding, integers }: Way): string {
  return `RESP${protocol}, ${encoding}, ${integers}`;
}

/** Keys of all types, for `CALLS` to look at. */
export async function fill(client: Pick<Valkey, 'multi'>): Promise<void> {
  const fields = { name: 'Ada', born: '1815', city: 'London' };
  await client
    .multi()
    .flushall()
    .mset({ text: 'grün', number: 41 })
    .set('bytes', Buffer.of(0xff, 0, 0xfe))
    .hset('hash', fields)
    .rpush('list', ['a', 'b', 'c', 'b'])
    .sadd('set', 'only')
    .zadd('sorted', { one: 1, half: 0.5, all: Infinity })
    .geoadd('places', { Palermo: { longitude: 13.361389, latitude: 38.115556 } })
    .xadd('stream', '1-1', fields)
    .xgroupCreate('stream', 'group', '0')
    .pfadd('counted', ['a', 'b'])
    .execute();
}

/** A call, on whatever has the commands. */
type Call = (commands: Valkey) => unknown;

/** Calls whose replies take every kind of decoding. What they give stays the same when they are called again. */
const CALLS: Readonly<Record<string, Call>> = {
  get: (c) => c.get('text'),
  'get nothing': (c) => c.get('nothing'),
  mget: (c) => c.mget(['text', 'nothing', 'number']),
  dump: (c) => c.dump('text'),
  strlen: (c) => c.strlen('text'),
  'set with get': (c) => c.set('text', 'grün', { get: true }),
  lcs: (c) => c.lcs('text', 'text', { idx: true }),
  bitcount: (c) => c.bitcount('bytes'),
  exists: (c) => c.exists(['text', 'nothing']),
  type: (c) => c.type('hash'),
  ttl: (c) => c.ttl('text'),
  expire: (c) => c.expire('nothing', 10),
  scan: (c) => c.scan('0', { match: 'te*', count: 1000 }),
  objectEncoding: (c) => c.objectEncoding('number'),
  hgetall: (c) => c.hgetall('hash'),
  'hgetall of nothing': (c) => c.hgetall('nothing'),
  hmget: (c) => c.hmget('hash', ['name', 'nothing']),
  hexists: (c) => c.hexists('hash', 'name'),
  hscan: (c) => c.hscan('hash', '0'),
  hrandfield: (c) => c.hrandfield('hash', 3, { withvalues: true }),
  lrange: (c) => c.lrange('list', 0, -1),
  lpos: (c) => c.lpos('list', 'b', { count: 0 }),
  smembers: (c) => c.smembers('set'),
  sismember: (c) => c.sismember('set', 'only'),
  smismember: (c) => c.smismember('set', ['only', 'nothing']),
  'zrange with scores': (c) => c.zrange('sorted', 0, -1, { withscores: true }),
  zscore: (c) => c.zscore('sorted', 'half'),
  zmscore: (c) => c.zmscore('sorted', ['one', 'nothing', 'all']),
  zscan: (c) => c.zscan('sorted', '0'),
  geopos: (c) => c.geopos('places', ['Palermo', 'nothing']),
  geodist: (c) => c.geodist('places', 'Palermo', 'Palermo'),
  xrange: (c) => c.xrange('stream', '-', '+'),
  xread: (c) => c.xread({ stream: '0' }),
  xinfoStream: (c) => c.xinfoStream('stream'),
  xpending: (c) => c.xpending('stream', 'group'),
  pfcount: (c) => c.pfcount('counted'),
  configGet: (c) => c.configGet('maxmemory*'),
  commandInfo: (c) => c.commandInfo(['get', 'nothing']),
  commandGetkeys: (c) => c.commandGetkeys(['MSET', 'a', 1, 'b', 2]),
  functionList: (c) => c.functionList(),
  eval: (c) => c.eval("return {1, 'two', {ARGV[1]}}", [], ['three']),
  executeCommand: (c) => c.executeCommand('HGETALL', 'hash'),
};

/** The names of these calls. */
export const CALLED: readonly string[] = Object.keys(CALLS);

/** Makes all of these calls on what has the commands: a client, a pipeline, a batch. Gives what each of them gave. */
export function callAll(commands: object): unknown[] {
  return Object.values(CALLS).map((call) => call(commands as Valkey));
}
