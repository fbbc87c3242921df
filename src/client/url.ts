import { DataError } from '../errors.ts';
import { suggest } from '../util/suggest.ts';
import type { AnyOptions } from './options.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Target = Mutable<AnyOptions>;

/** Gives what the text of one query option stands for. The text itself never is in an error: it may be a password. */
type Read<T> = (text: string, name: string) => T;

/** A query option: what it sets, and how. */
interface Reader {
  readonly key: keyof AnyOptions;
  readonly set: (options: Target, text: string, name: string) => void;
}

/** A host and port that a URL names. */
export interface UrlAddress {
  readonly host: string;
  readonly port: number;
}

/** What a URL of one server says: options of a client. */
export type ServerUrl = AnyOptions & { readonly topology?: undefined };

/** What a `valkey+cluster://` URL says: some nodes of a cluster, and options that hold for all. */
export interface ClusterUrl extends Omit<AnyOptions, 'host' | 'port' | 'path' | 'url'> {
  readonly topology: 'cluster';
  readonly startupNodes: readonly UrlAddress[];
}

/** What a `valkey+sentinel://` URL says: Sentinels, the name of what they watch, and options that hold for its servers. */
export interface SentinelUrl extends Omit<AnyOptions, 'host' | 'port' | 'path' | 'url'> {
  readonly topology: 'sentinel';
  readonly sentinels: readonly UrlAddress[];
  readonly service: string;
}

const TRUE = ['true', '1', 'yes', 'on'];
const FALSE = ['false', '0', 'no', 'off'];

function invalid(name: string, wanted: string): DataError {
  return new DataError(`the URL's option ${name} must be ${wanted}`, { code: 'INVALID_OPTION' });
}

function reader<K extends keyof AnyOptions>(key: K, read: Read<AnyOptions[K]>): Reader {
  return {
    key,
    set: (options, text, name) => {
      options[key] = read(text, name);
    },
  };
}

const asText: Read<string> = (text) => text;

/** `scale` turns the seed's seconds into milliseconds. */
const asNumber =
  (scale = 1): Read<number> =>
  (text, name) => {
    if (!/^\d+(\.\d+)?$/.test(text)) throw invalid(name, 'a number');
    return Number(text) * scale;
  };

const asFlag: Read<boolean> = (text, name) => {
  const lower = text.toLowerCase();
  if (!TRUE.includes(lower) && !FALSE.includes(lower)) throw invalid(name, 'true or false');
  return TRUE.includes(lower);
};

const asChoice =
  <const T extends string | number>(values: readonly T[], wanted: string = values.join(' or ')): Read<T> =>
  (text, name) => {
    const found = values.find((each) => String(each) === text);
    if (found === undefined) throw invalid(name, wanted);
    return found;
  };

const asKeepAlive: Read<boolean | number> = (text, name) =>
  /^\d+$/.test(text) && Number(text) > 1 ? Number(text) : asFlag(text, name);

/** The query options. In our spelling times are milliseconds; in valkey-py's they are seconds, so that a URL can be shared with it. */
const READERS: Readonly<Record<string, Reader>> = {
  db: reader('db', asNumber()),
  username: reader('username', asText),
  password: reader('password', asText),
  protocol: reader('protocol', asChoice([2, 3])),
  family: reader('family', asChoice([0, 4, 6], '4, 6 or 0')),
  socketTimeout: reader('socketTimeout', asNumber()),
  connectTimeout: reader('connectTimeout', asNumber()),
  healthCheckInterval: reader('healthCheckInterval', asNumber()),
  maxConnections: reader('maxConnections', asNumber()),
  maxWaiters: reader('maxWaiters', asNumber()),
  idleTimeout: reader('idleTimeout', asNumber()),
  maxLifetime: reader('maxLifetime', asNumber()),
  maxQueuedCommands: reader('maxQueuedCommands', asNumber()),
  maxQueuedBytes: reader('maxQueuedBytes', asNumber()),
  clientName: reader('clientName', asText),
  libName: reader('libName', asText),
  libVersion: reader('libVersion', asText),
  keepAlive: reader('keepAlive', asKeepAlive),
  noDelay: reader('noDelay', asFlag),
  singleConnectionClient: reader('singleConnectionClient', asFlag),
  readFrom: reader('readFrom', asChoice(['primary', 'replica', 'preferReplica'])),
  tls: reader('tls', asFlag),
  encoding: reader('encoding', asChoice(['utf8', 'latin1', 'buffer'])),
  integers: reader('integers', asChoice(['number', 'bigint'])),
  whenDown: reader('whenDown', asChoice(['wait', 'fail'])),
  socket_timeout: reader('socketTimeout', asNumber(1000)),
  socket_connect_timeout: reader('connectTimeout', asNumber(1000)),
  health_check_interval: reader('healthCheckInterval', asNumber(1000)),
  max_connections: reader('maxConnections', asNumber()),
  client_name: reader('clientName', asText),
  lib_name: reader('libName', asText),
  lib_version: reader('libVersion', asText),
  socket_keepalive: reader('keepAlive', asFlag),
  single_connection_client: reader('singleConnectionClient', asFlag),
  decode_responses: reader('encoding', (text, name) => (asFlag(text, name) ? 'utf8' : 'buffer')),
};

/** Names that valkey-py takes in a URL and we do not. */
const OF_VALKEY_PY =
  /^(ssl_(keyfile|certfile|cert_reqs|ca_certs|ca_path|ca_data|check_hostname|password|min_version|ciphers)|retry_on_(timeout|error)|client_capa_redirect|timeout|encoding_errors|cache_\w+)$/;

type Kind = 'server' | 'unix' | 'cluster' | 'sentinel';

const SCHEMES: Readonly<Record<string, { readonly kind: Kind; readonly tls: boolean }>> = {
  ...schemes('', 'server'),
  ...schemes('+cluster', 'cluster'),
  ...schemes('+sentinel', 'sentinel'),
  'unix:': { kind: 'unix', tls: false },
};

function schemes(suffix: string, kind: Kind): Record<string, { readonly kind: Kind; readonly tls: boolean }> {
  const plain = { kind, tls: false };
  const secure = { kind, tls: true };
  return {
    [`valkey${suffix}:`]: plain,
    [`redis${suffix}:`]: plain,
    [`valkeys${suffix}:`]: secure,
    [`rediss${suffix}:`]: secure,
  };
}

const PORT = 6379;
export const SENTINEL_PORT = 26379;

function malformed(why: string): DataError {
  return new DataError(`the URL is malformed: ${why}`, { code: 'INVALID_URL' });
}

/** Undoes percent-encoding, once. */
function decoded(value: string, what: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    throw malformed(`its ${what} has a % that is not followed by two hexadecimal digits`);
  }
}

/**
 * Reads a URL: of one server as the options of a client, of a cluster or of Sentinels as told by `topology`.
 *
 * ```
 * valkeys://user:p%40ss@[::1]:6380/2?socketTimeout=500
 * unix://user:pass@/run/valkey.sock?db=2
 * valkey+cluster://user:pass@host-1,host-2:7000
 * valkey+sentinel://user:pass@host-1,host-2:26380/service/2
 * ```
 *
 * `redis` stands for `valkey` everywhere, and `valkeys+cluster://` and `valkeys+sentinel://` ask for TLS. User and password of a
 * Sentinel URL are those of the servers. Everything is percent-decoded once. Query options are those of a client, in milliseconds, or
 * in the snake_case and seconds of valkey-py.
 *
 * @throws DataError that says what is wrong, without showing the URL: it may hold a password
 * @example
 * ```ts
 * parseUrl('valkeys://app@cache.example.com/2'); // => { username: 'app', host: 'cache.example.com', db: 2, tls: true }
 * parseUrl('valkey+cluster://a,b:7000').startupNodes; // => [{ host: 'a', port: 6379 }, { host: 'b', port: 7000 }]
 * ```
 */
export function parseUrl(url: string): ServerUrl | ClusterUrl | SentinelUrl {
  const scheme = /^[a-z+]*:/i.exec(url)?.[0].toLowerCase() ?? '';
  const found = Object.hasOwn(SCHEMES, scheme) ? SCHEMES[scheme] : undefined;
  if (found === undefined) throw malformed('it must begin with valkey://, valkeys://, redis://, rediss:// or unix://');
  const { kind, tls } = found;
  const rest = url.slice(scheme.length);
  if (rest.includes('#'))
    throw malformed('it has a #, which must be percent-encoded (%23) in a password and means nothing elsewhere');
  const parsed = kind === 'unix' ? splitSocket(rest) : splitAuthority(rest, scheme);
  const options: Target = {};
  if (parsed.username !== '') options.username = decoded(parsed.username, 'user name');
  if (parsed.password !== '') options.password = decoded(parsed.password, 'password');
  const named = readPlace(kind, parsed, options);
  readQuery(parsed.search, options);
  if (tls && options.tls === false) throw malformed(`${scheme}// asks for TLS, and its option tls refuses it`);
  if (tls) options.tls = true;
  return { ...options, ...named };
}

/** The options in a URL of one server. */
export function parseServerUrl(url: string): AnyOptions {
  const { topology, ...options } = parseUrl(url);
  if (topology === undefined) return options;
  const scheme = url.slice(0, url.indexOf(':')).toLowerCase();
  throw malformed(`a ${scheme}:// URL names ${topology === 'cluster' ? 'a cluster' : 'sentinels'}, not one server`);
}

/** The parts of a URL, still percent-encoded. */
interface Parts {
  readonly username: string;
  readonly password: string;
  readonly hosts: string;
  readonly pathname: string;
  readonly search: string;
}

/** `//user:password@hosts/path?query`. A password may hold an @ as it is. */
function splitAuthority(rest: string, scheme: string): Parts {
  if (!rest.startsWith('//')) throw malformed(`${scheme} must be followed by //`);
  const match = /^\/\/(?<authority>[^/?]*)(?<pathname>\/[^?]*)?(?:\?(?<search>.*))?$/s.exec(rest);
  const { authority = '', pathname = '', search = '' } = match?.groups ?? {};
  const at = authority.lastIndexOf('@');
  const user = authority.slice(0, Math.max(at, 0));
  const colon = user.indexOf(':');
  return {
    username: colon < 0 ? user : user.slice(0, colon),
    password: colon < 0 ? '' : user.slice(colon + 1),
    hosts: authority.slice(at + 1),
    pathname,
    search,
  };
}

/** `///path`, `//user:password@/path` or `/path`, and a query. */
function splitSocket(rest: string): Parts {
  const match =
    /^(?:\/\/(?:(?<username>[^:@/?]*)(?::(?<password>[^@/?]*))?@)?(?<hostname>[^/?]*))?(?<pathname>\/(?!\/)[^?]*)(?:\?(?<search>.*))?$/s.exec(
      rest,
    );
  if (match === null)
    throw malformed('the path of the socket is missing; reserved letters in a password must be percent-encoded');
  const { username = '', password = '', hostname = '', pathname = '', search = '' } = match.groups ?? {};
  if (hostname !== '') throw malformed('a socket needs three slashes: unix:///path');
  if (pathname === '' || pathname === '/') throw malformed('the path of the socket is missing');
  return { username, password, hosts: '', pathname, search };
}

/** What is to be reached: one server goes to the options, several are given. */
function readPlace(
  kind: Kind,
  { hosts, pathname }: Parts,
  options: Target,
): Omit<ClusterUrl, keyof AnyOptions> | Omit<SentinelUrl, keyof AnyOptions> | undefined {
  const [, ...path] = pathname.split('/');
  switch (kind) {
    case 'unix':
      options.path = decoded(pathname, 'path');
      return undefined;
    case 'cluster':
      readDatabase(path, options);
      return { topology: kind, startupNodes: addresses(hosts, PORT) };
    case 'sentinel': {
      const [service = '', ...rest] = path;
      if (service === '') throw malformed('the name of the service is missing: valkey+sentinel://host/service');
      readDatabase(rest, options);
      return { topology: kind, sentinels: addresses(hosts, SENTINEL_PORT), service: decoded(service, 'service') };
    }
    default: {
      if (hosts.includes(',')) throw malformed('it names several hosts: use valkey+cluster:// or valkey+sentinel://');
      const { host, port } = address(hosts);
      if (host !== '') options.host = host;
      if (port !== undefined) options.port = port;
      readDatabase(path, options);
      return undefined;
    }
  }
}

/** `host:port`, `host`, or the same with an IPv6 address in brackets; `port` where it names none. */
export function parseAddress(text: string, port: number): UrlAddress {
  const [found, ...others] = addresses(text, port);
  if (found === undefined || others.length > 0) throw malformed('one host is wanted, not several');
  return found;
}

/** Hosts with commas between them. */
function addresses(hosts: string, standard: number): UrlAddress[] {
  return hosts.split(',').map((text) => {
    const { host, port = standard } = address(text);
    if (host === '') throw malformed('a host is missing: its hosts are separated by commas');
    if (port < 1) throw invalid('port', 'a port from 1 to 65535');
    return { host, port };
  });
}

/** `host`, `host:port`, or the same with an IPv6 address in brackets. */
function address(text: string): { readonly host: string; readonly port: number | undefined } {
  let parsed: URL;
  try {
    parsed = new URL(`valkey://${text}`);
  } catch {
    throw malformed('its host or port cannot be read; reserved letters in a password must be percent-encoded');
  }
  const host = decoded(parsed.hostname, 'host').replace(/^\[|\]$/g, '');
  return { host, port: parsed.port === '' ? undefined : Number(parsed.port) };
}

function readDatabase(path: readonly string[], options: Target): void {
  const text = path.join('/');
  if (text === '') return;
  if (!/^\d+$/.test(text)) throw malformed('its path must be the number of a database');
  options.db = Number(text);
}

function readQuery(search: string, options: Target): void {
  /** What was set, by which option. */
  const given = new Map<string, string>();
  for (const pair of search.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = decoded(equals < 0 ? pair : pair.slice(0, equals), 'query');
    const value = equals < 0 ? '' : decoded(pair.slice(equals + 1), 'query');
    const found = Object.hasOwn(READERS, name) ? READERS[name] : undefined;
    if (found === undefined) throw unknown(name);
    const other = given.get(found.key);
    if (other === name) throw invalid(name, 'given once');
    if (other !== undefined) throw invalid(name, `left out beside ${other}, which says the same`);
    given.set(found.key, name);
    found.set(options, value, name);
  }
}

function unknown(name: string): DataError {
  const meant = suggest(name, Object.keys(READERS));
  // What stands there may be the rest of a password with an unescaped ? or &: only what is surely a name is shown.
  const what = meant === undefined ? (OF_VALKEY_PY.test(name) ? `: ${name}` : '') : `: ${name}; did you mean ${meant}?`;
  return new DataError(`unknown option in the URL${what}`, { code: 'UNKNOWN_OPTION' });
}
