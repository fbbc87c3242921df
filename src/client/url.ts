import { DataError } from '../errors.ts';
import { suggest } from '../util/suggest.ts';
import type { AnyOptions } from './options.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Target = Mutable<AnyOptions>;

/** Puts the text of one query option into the options. The text itself never is in an error: it may be a password. */
type Reader = (options: Target, text: string, name: string) => void;

const TRUE = ['true', '1', 'yes', 'on'];
const FALSE = ['false', '0', 'no', 'off'];

function invalid(name: string, wanted: string): DataError {
  return new DataError(`the URL's option ${name} must be ${wanted}`, { code: 'INVALID_OPTION' });
}

const text =
  (key: 'username' | 'password' | 'clientName' | 'libName' | 'libVersion' | 'host'): Reader =>
  (options, value) => {
    options[key] = value;
  };

/** `scale` turns the seed's seconds into milliseconds. */
const number =
  (
    key:
      | 'db'
      | 'socketTimeout'
      | 'connectTimeout'
      | 'healthCheckInterval'
      | 'maxConnections'
      | 'maxQueuedCommands'
      | 'maxQueuedBytes',
    scale = 1,
  ): Reader =>
  (options, value, name) => {
    if (!/^\d+(\.\d+)?$/.test(value)) throw invalid(name, 'a number');
    options[key] = Number(value) * scale;
  };

const flag =
  (set: (options: Target, value: boolean) => void): Reader =>
  (options, value, name) => {
    const lower = value.toLowerCase();
    if (!TRUE.includes(lower) && !FALSE.includes(lower)) throw invalid(name, 'true or false');
    set(options, TRUE.includes(lower));
  };

const choice =
  <K extends 'encoding' | 'integers' | 'whenDown'>(key: K, values: readonly NonNullable<AnyOptions[K]>[]): Reader =>
  (options, value, name) => {
    const found = values.find((each) => each === value);
    if (found === undefined) throw invalid(name, values.join(' or '));
    options[key] = found;
  };

const protocol: Reader = (options, value, name) => {
  if (value !== '2' && value !== '3') throw invalid(name, '2 or 3');
  options.protocol = value === '2' ? 2 : 3;
};

const family: Reader = (options, value, name) => {
  if (value !== '4' && value !== '6' && value !== '0') throw invalid(name, '4, 6 or 0');
  options.family = Number(value) as 0 | 4 | 6;
};

const keepAlive: Reader = (options, value, name) => {
  if (/^\d+$/.test(value) && Number(value) > 1) options.keepAlive = Number(value);
  else flag((each, on) => (each.keepAlive = on))(options, value, name);
};

/** The query options. In our spelling times are milliseconds; in valkey-py's they are seconds, so that a URL can be shared with it. */
const READERS: Readonly<Record<string, Reader>> = {
  db: number('db'),
  username: text('username'),
  password: text('password'),
  protocol,
  family,
  socketTimeout: number('socketTimeout'),
  connectTimeout: number('connectTimeout'),
  healthCheckInterval: number('healthCheckInterval'),
  maxConnections: number('maxConnections'),
  maxQueuedCommands: number('maxQueuedCommands'),
  maxQueuedBytes: number('maxQueuedBytes'),
  clientName: text('clientName'),
  libName: text('libName'),
  libVersion: text('libVersion'),
  keepAlive,
  noDelay: flag((options, value) => (options.noDelay = value)),
  singleConnectionClient: flag((options, value) => (options.singleConnectionClient = value)),
  tls: flag((options, value) => (options.tls = value)),
  encoding: choice('encoding', ['utf8', 'latin1', 'buffer']),
  integers: choice('integers', ['number', 'bigint']),
  whenDown: choice('whenDown', ['wait', 'fail']),
  socket_timeout: number('socketTimeout', 1000),
  socket_connect_timeout: number('connectTimeout', 1000),
  health_check_interval: number('healthCheckInterval', 1000),
  max_connections: number('maxConnections'),
  client_name: text('clientName'),
  lib_name: text('libName'),
  lib_version: text('libVersion'),
  socket_keepalive: flag((options, value) => (options.keepAlive = value)),
  single_connection_client: flag((options, value) => (options.singleConnectionClient = value)),
  decode_responses: flag((options, value) => (options.encoding = value ? 'utf8' : 'buffer')),
};

/** Names that valkey-py takes in a URL and we do not. */
const OF_VALKEY_PY =
  /^(ssl_(keyfile|certfile|cert_reqs|ca_certs|ca_path|ca_data|check_hostname|password|min_version|ciphers)|retry_on_(timeout|error)|client_capa_redirect|timeout|encoding_errors|cache_\w+)$/;

const SCHEMES: Readonly<Record<string, 'tcp' | 'tls' | 'unix' | 'cluster' | 'sentinel'>> = {
  'valkey:': 'tcp',
  'redis:': 'tcp',
  'valkeys:': 'tls',
  'rediss:': 'tls',
  'unix:': 'unix',
  'valkey+cluster:': 'cluster',
  'valkey+sentinel:': 'sentinel',
};

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
 * Reads `valkey:`, `valkeys:`, `redis:`, `rediss:` and `unix:` URLs.
 *
 * ```
 * valkeys://user:p%40ss@[::1]:6380/2?socketTimeout=500
 * unix://user:pass@/run/valkey.sock?db=2
 * ```
 *
 * @throws DataError that says what is wrong, without showing the URL: it may hold a password
 */
export function parseUrl(url: string): AnyOptions {
  const scheme = /^[a-z+]*:/i.exec(url)?.[0].toLowerCase() ?? '';
  const kind = Object.hasOwn(SCHEMES, scheme) ? SCHEMES[scheme] : undefined;
  if (kind === undefined) throw malformed('it must begin with valkey://, valkeys://, redis://, rediss:// or unix://');
  if (kind === 'cluster' || kind === 'sentinel') {
    throw malformed(`a ${scheme}// URL names ${kind === 'cluster' ? 'a cluster' : 'sentinels'}, not one server`);
  }
  const parsed = split(url.slice(scheme.length), scheme, kind);
  const options: Target = {};
  if (parsed.username !== '') options.username = decoded(parsed.username, 'user name');
  if (parsed.password !== '') options.password = decoded(parsed.password, 'password');
  if (kind === 'unix') options.path = decoded(parsed.pathname, 'path');
  else readServer(parsed, options);
  readQuery(parsed.search, options);
  if (kind !== 'tls') return options;
  if (options.tls === false) throw malformed(`${scheme}// asks for TLS, and its option tls refuses it`);
  return { ...options, tls: true };
}

/** The parts of a URL, still percent-encoded. */
interface Parts {
  readonly username: string;
  readonly password: string;
  readonly hostname: string;
  readonly port: string;
  readonly pathname: string;
  readonly search: string;
}

function split(rest: string, scheme: string, kind: 'tcp' | 'tls' | 'unix'): Parts {
  if (rest.includes('#'))
    throw malformed('it has a #, which must be percent-encoded (%23) in a password and means nothing elsewhere');
  if (kind === 'unix') return splitSocket(rest);
  if (!rest.startsWith('//')) throw malformed(`${scheme} must be followed by //`);
  try {
    return new URL(scheme + rest);
  } catch {
    throw malformed('its host or port cannot be read; reserved letters in a password must be percent-encoded');
  }
}

/** `///path`, `//user:password@/path` or `/path`, and a query. */
function splitSocket(rest: string): Parts {
  const match =
    /^(?:\/\/(?:(?<username>[^:@/?]*)(?::(?<password>[^@/?]*))?@)?(?<hostname>[^/?]*))?(?<pathname>\/(?!\/)[^?]*)(?<search>\?.*)?$/.exec(
      rest,
    );
  if (match === null)
    throw malformed('the path of the socket is missing; reserved letters in a password must be percent-encoded');
  const { username = '', password = '', hostname = '', pathname = '', search = '' } = match.groups ?? {};
  if (hostname !== '') throw malformed('a socket needs three slashes: unix:///path');
  if (pathname === '' || pathname === '/') throw malformed('the path of the socket is missing');
  return { username, password, hostname, port: '', pathname, search };
}

function readServer(parsed: Parts, options: Target): void {
  const host = decoded(parsed.hostname, 'host').replace(/^\[|\]$/g, '');
  if (host.includes(',')) throw malformed('it names several hosts: use valkey+cluster:// or valkey+sentinel://');
  if (host !== '') options.host = host;
  if (parsed.port !== '') options.port = Number(parsed.port);
  const path = parsed.pathname.replace(/^\//, '');
  if (path === '') return;
  if (!/^\d+$/.test(path)) throw malformed('its path must be the number of a database');
  options.db = Number(path);
}

function readQuery(search: string, options: Target): void {
  for (const pair of search.replace(/^\?/, '').split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = decoded(equals < 0 ? pair : pair.slice(0, equals), 'query');
    const value = equals < 0 ? '' : decoded(pair.slice(equals + 1), 'query');
    const reader = Object.hasOwn(READERS, name) ? READERS[name] : undefined;
    if (reader === undefined) {
      const meant = suggest(name, Object.keys(READERS));
      // What stands there may be the rest of a password with an unescaped ? or &: only what is surely a name is shown.
      const what =
        meant === undefined ? (OF_VALKEY_PY.test(name) ? `: ${name}` : '') : `: ${name}; did you mean ${meant}?`;
      throw new DataError(`unknown option in the URL${what}`, { code: 'UNKNOWN_OPTION' });
    }
    reader(options, value, name);
  }
}
