import { Flag, specOf } from '../commands/spec.ts';
import { DataError } from '../errors.ts';
import { READING_SCRIPTS } from './cached-keys.ts';
import type { ClientCache } from './client-cache.ts';
import { guardOf, STORE_METHODS } from './guarded-store.ts';
import { LOCAL_CACHE_RULES, LocalCache, type LocalCacheOptions } from './local-cache.ts';
import { check, FLAG, has, isTime, oneOf, type Rule } from './option-rule.ts';

/** How the server is asked to tell of changes. */
export type CacheMode = 'default' | 'optin' | 'bcast';

/** How replies are cached, and how the server is asked to tell of changes. */
export interface CacheOptions extends LocalCacheOptions {
  /** How long a reply is kept at most, in milliseconds, whatever the server says. Default: for ever. */
  readonly ttl?: number;
  /**
   * How old a cached reply may be at most when a change of its key has not arrived, in milliseconds: a read never gives what an acknowledged write
   * had replaced this long before. Default 50. It must be well above the time of a round trip; `Infinity` is no such bound.
   */
  readonly maxStaleness?: number;
  /**
   * `'default'`: the server remembers the keys that were read. `'optin'`: those read by commands that are cached only. `'bcast'`: it
   * remembers nothing, and tells of every key with one of the `prefixes`. Default `'default'`.
   */
  readonly mode?: CacheMode;
  /** For `'bcast'`: which keys are cached and told of. Default: all. */
  readonly prefixes?: readonly string[];
  /** The server does not tell of this client's own writes, which are known without it. Default false. */
  readonly noLoop?: boolean;
  /** The commands whose replies are cached. Default `CACHEABLE_COMMANDS`. */
  readonly allow?: readonly string[];
  /** Commands whose replies are not cached, though they are allowed. Default `UNCACHEABLE_COMMANDS`. */
  readonly deny?: readonly string[];
  /** Where replies are kept, to be shared by clients or of one's own making. It has bounds of its own. */
  readonly store?: ClientCache;
}

/** The commands whose replies are cached, unless the option `allow` names others. */
export const CACHEABLE_COMMANDS: readonly string[] = [
  ...words(
    'BITCOUNT BITFIELD_RO BITPOS EXISTS GEODIST GEOHASH GEOPOS GEORADIUSBYMEMBER_RO GEORADIUS_RO GEOSEARCH GET GETBIT',
  ),
  ...words('GETRANGE HEXISTS HGET HGETALL HKEYS HLEN HMGET HSTRLEN HVALS JSON.ARRINDEX JSON.ARRLEN JSON.GET JSON.MGET'),
  ...words(
    'JSON.OBJKEYS JSON.OBJLEN JSON.RESP JSON.STRLEN JSON.TYPE LCS LINDEX LLEN LPOS LRANGE MGET SCARD SDIFF SINTER',
  ),
  ...words(
    'SINTERCARD SISMEMBER SMEMBERS SMISMEMBER SORT_RO STRLEN SUBSTR SUNION TS.GET TS.INFO TS.RANGE TS.REVRANGE TYPE',
  ),
  ...words(
    'XLEN XPENDING XRANGE XREAD XREVRANGE ZCARD ZCOUNT ZDIFF ZINTER ZINTERCARD ZLEXCOUNT ZMSCORE ZRANGE ZRANGEBYLEX',
  ),
  ...words('ZRANGEBYSCORE ZRANK ZREVRANGE ZREVRANGEBYLEX ZREVRANGEBYSCORE ZREVRANK ZSCORE ZUNION'),
];

/** Commands whose replies are not cached, even if `allow` names them, unless the option `deny` names others. */
export const UNCACHEABLE_COMMANDS: readonly string[] = [
  ...words(
    'BF.CARD BF.DEBUG BF.EXISTS BF.INFO BF.MEXISTS BF.SCANDUMP CF.COMPACT CF.COUNT CF.DEBUG CF.EXISTS CF.INFO CF.MEXISTS',
  ),
  ...words(
    'CF.SCANDUMP CMS.INFO CMS.QUERY DUMP EXPIRETIME FT.AGGREGATE FT.ALIASADD FT.ALIASDEL FT.ALIASUPDATE FT.CURSOR',
  ),
  ...words(
    'FT.EXPLAIN FT.EXPLAINCLI FT.GET FT.INFO FT.MGET FT.PROFILE FT.SEARCH FT.SPELLCHECK FT.SUGGET FT.SUGLEN FT.SYNDUMP',
  ),
  ...words('FT.TAGVALS FT._ALIASADDIFNX FT._ALIASDELIFX HRANDFIELD JSON.DEBUG PEXPIRETIME PFCOUNT PTTL SRANDMEMBER'),
  ...words(
    'TDIGEST.BYRANK TDIGEST.BYREVRANK TDIGEST.CDF TDIGEST.INFO TDIGEST.MAX TDIGEST.MIN TDIGEST.QUANTILE TDIGEST.RANK',
  ),
  ...words('TDIGEST.REVRANK TDIGEST.TRIMMED_MEAN TOPK.INFO TOPK.LIST TOPK.QUERY TOUCH TTL'),
];

function words(list: string): string[] {
  return list.split(' ');
}

const isList = (value: unknown): boolean =>
  Array.isArray(value) && value.every((item) => typeof item === 'string' && item !== '');

const RULES: Readonly<Record<keyof CacheOptions, Rule>> = {
  ...LOCAL_CACHE_RULES,
  ttl: [isTime, 'milliseconds above 0, or Infinity'],
  maxStaleness: [isTime, 'milliseconds above 0, or Infinity'],
  mode: [oneOf('default', 'optin', 'bcast'), "'default', 'optin' or 'bcast'"],
  prefixes: [isList, 'a list of prefixes of keys'],
  noLoop: FLAG,
  allow: [isList, 'a list of names of commands'],
  deny: [isList, 'a list of names of commands'],
  store: [(value) => STORE_METHODS.every((method) => has(method)(value)), 'a ClientCache, such as a LocalCache'],
};

/** How a client caches. */
export interface CacheSettings {
  readonly store: ClientCache;
  /** Milliseconds. */
  readonly ttl: number;
  readonly maxStaleness: number;
  readonly mode: CacheMode;
  /** In `'bcast'` mode; none means all. */
  readonly prefixes: readonly string[];
  readonly noLoop: boolean;
  /** The names of the commands whose replies are cached, in upper case. */
  readonly commands: ReadonlySet<string>;
}

function invalid(message: string): never {
  throw new DataError(message, { code: 'INVALID_OPTION' });
}

/** Throws a `DataError` that names what is wrong with the option. */
export function checkCacheOptions(options: CacheOptions): void {
  check(options, RULES, 'cache option');
  const { store, prefixes = [], mode = 'default', allow = [] } = options;
  const bound = (['maxEntries', 'maxBytes', 'policy'] as const).find((name) => options[name] !== undefined);
  if (store !== undefined && bound !== undefined)
    invalid(`the cache options store and ${bound} exclude each other: the store has its own bounds`);
  if (prefixes.length > 0 && mode !== 'bcast') invalid("the cache option prefixes needs mode: 'bcast'");
  prefixes.forEach((prefix, at) => {
    const other = prefixes.find((each, index) => index !== at && each.startsWith(prefix));
    if (other !== undefined) invalid(`the cache option prefixes has ${prefix} and ${other}, which overlap`);
  });
  for (const name of allow) {
    const { spec } = specOf(name, []);
    if (spec.known && spec.has(Flag.write)) invalid(`the cache option allow names ${name}, which writes`);
    if (READING_SCRIPTS.has(spec.name))
      invalid(`the cache option allow names ${name}, a script, which may read keys that nobody knows of`);
  }
}

export function cacheSettings(given: true | CacheOptions): CacheSettings {
  const options: CacheOptions = given === true ? {} : given;
  const { maxEntries, maxBytes, policy } = options;
  const denied = new Set((options.deny ?? UNCACHEABLE_COMMANDS).map((name) => name.toUpperCase()));
  const allowed = (options.allow ?? CACHEABLE_COMMANDS).map((name) => name.toUpperCase());
  return {
    store: guardOf(
      options.store ??
        new LocalCache({
          ...(maxEntries === undefined ? {} : { maxEntries }),
          ...(maxBytes === undefined ? {} : { maxBytes }),
          ...(policy === undefined ? {} : { policy }),
        }),
    ),
    ttl: options.ttl ?? Infinity,
    maxStaleness: options.maxStaleness ?? 50,
    mode: options.mode ?? 'default',
    prefixes: options.prefixes ?? [],
    noLoop: options.noLoop ?? false,
    commands: new Set(allowed.filter((name) => !denied.has(name))),
  };
}

/** The arguments of CLIENT TRACKING. */
export function trackingArguments({ mode, prefixes, noLoop }: CacheSettings): string[] {
  const args = ['ON'];
  if (mode === 'optin') args.push('OPTIN');
  if (mode === 'bcast') args.push('BCAST', ...prefixes.flatMap((prefix) => ['PREFIX', prefix]));
  if (noLoop) args.push('NOLOOP');
  return args;
}
