import { NO_CALLBACKS } from '../connection/request.ts';
import type { Role } from '../connection/locator.ts';
import { DataError } from '../errors.ts';
import { isPort, type HostAddress } from '../topology/sentinel-address.ts';
import { SentinelPool, type PoolEnd } from '../topology/sentinel-pool.ts';
import { SentinelDirectory } from '../topology/sentinel-directory.ts';
import type { Encoding, Integers } from '../protocol/reply-mode.ts';
import { SentinelService } from '../topology/sentinel-service.ts';
import { OF_THE_POOL, type GivenOptions, type ValkeyOptions } from './client-options.ts';
import {
  connectionSettings,
  DEFAULT_CONNECT_TIMEOUT,
  poolBounds,
  requestOptions,
  retrySettings,
  sessionState,
  type AnyOptions,
} from './options.ts';
import { SentinelConnectionPool } from './sentinel-connection-pool.ts';
import { checkSentinelOptions, serverOptions, type AnySentinelOptions } from './sentinel-options.ts';
import { parseAddress, parseUrl, SENTINEL_PORT, type SentinelUrl } from './url.ts';

/** A Sentinel gets so long for an answer, or a connection, where nothing else is said; milliseconds. */
const PATIENCE = 1000;
const SENTINEL_SCHEME = /^(?:valkey|redis)s?\+sentinel:/i;

/** Where the Sentinels are, what they watch, and how everything is reached. */
export interface SentinelSource {
  readonly addresses: readonly HostAddress[];
  /** The name in the URL. */
  readonly service: string | undefined;
  readonly options: AnySentinelOptions;
}

/** Reads what a `Sentinel` is made of: addresses or a URL, and options, of which the URL's win. */
export function sentinelSource(
  given: readonly (HostAddress | string)[] | string,
  options: AnySentinelOptions,
): SentinelSource {
  if (typeof given === 'string' && SENTINEL_SCHEME.test(given)) return urlSource(given, options);
  checkSentinelOptions(options);
  const list: unknown = typeof given === 'string' ? [given] : given;
  if (!Array.isArray(list) || list.length === 0) {
    throw new DataError('the addresses of Sentinels must be an array that is not empty, or a URL', {
      code: 'INVALID_OPTION',
    });
  }
  return { addresses: list.map(addressOf), service: undefined, options };
}

function addressOf(given: HostAddress | string): HostAddress {
  if (typeof given === 'string') return parseAddress(given, SENTINEL_PORT);
  const { host, port = SENTINEL_PORT } = given ?? {};
  if (typeof host !== 'string' || host === '' || !isPort(port)) {
    throw new DataError("the address of a Sentinel must be { host, port } or 'host:port'", { code: 'INVALID_OPTION' });
  }
  return { host, port };
}

/** A URL that asks for TLS asks for it everywhere. */
function urlSource(url: string, beside: AnySentinelOptions): SentinelSource {
  const { topology: _, sentinels, service, ...fromUrl } = parseUrl(url) as SentinelUrl;
  const isSecure = fromUrl.tls === true;
  const tls = isSecure && typeof beside.tls === 'object' ? beside.tls : fromUrl.tls;
  const sentinelTls = isSecure && beside.sentinelOptions?.tls === undefined ? { tls: tls! } : {};
  const options: AnySentinelOptions = {
    ...beside,
    ...fromUrl,
    ...(tls === undefined ? {} : { tls }),
    sentinelOptions: { ...beside.sentinelOptions, ...sentinelTls },
  };
  checkSentinelOptions(options);
  return { addresses: sentinels, service, options };
}

const bounded = (time: number | undefined): number => Math.min(time ?? PATIENCE, PATIENCE);

export function directoryOf({ addresses, options }: SentinelSource): SentinelDirectory {
  const remapTimeout = options.connectTimeout ?? DEFAULT_CONNECT_TIMEOUT;
  const { sentinelOptions = {}, minOtherSentinels = 0, addressRemap: remap } = options;
  const { socketTimeout, connectTimeout, keepAlive, noDelay, family } = options;
  const inherited: AnyOptions = {
    ...(keepAlive === undefined ? {} : { keepAlive }),
    ...(noDelay === undefined ? {} : { noDelay }),
    ...(family === undefined ? {} : { family }),
  };
  const all: AnyOptions = {
    ...inherited,
    ...sentinelOptions,
    socketTimeout: sentinelOptions.socketTimeout ?? bounded(socketTimeout),
    connectTimeout: sentinelOptions.connectTimeout ?? bounded(connectTimeout),
  };
  return new SentinelDirectory(addresses, minOtherSentinels, {
    connection: connectionSettings(all),
    session: sessionState(all),
    retry: retrySettings(all.retry),
    timeout: requestOptions(all, NO_CALLBACKS).timeout,
    remap,
    remapTimeout,
  });
}

export function sentinelPool(
  service: SentinelService,
  role: Role,
  options: AnySentinelOptions,
  end?: PoolEnd,
): SentinelConnectionPool {
  const all = serverOptions(options);
  const settings = { ...connectionSettings(all), checkConnection: options.checkConnection };
  const pool = new SentinelPool(service, role, settings, sessionState(all), poolBounds(all), end);
  return new SentinelConnectionPool(pool, requestOptions(all, NO_CALLBACKS));
}

/** The options of a client that has a pool: those that do not say how to connect. */
export function besidePool(options: AnySentinelOptions): AnyOptions {
  const ofPool: readonly string[] = OF_THE_POOL;
  return Object.fromEntries(Object.entries(serverOptions(options)).filter(([name]) => !ofPool.includes(name)));
}

/** The options of a client whose URL names Sentinels, with a pool that ends with the client; `undefined` for any other. */
export function sentinelUrlOptions(given: ValkeyOptions<Encoding, Integers> | string): GivenOptions | undefined {
  const url: unknown = typeof given === 'string' ? given : given?.url;
  if (typeof url !== 'string' || !SENTINEL_SCHEME.test(url)) return undefined;
  const { url: _, ...beside } = typeof given === 'string' ? {} : given;
  const source = urlSource(url, beside);
  const directory = directoryOf(source);
  const service = new SentinelService(directory, source.service!);
  const pool = sentinelPool(service, 'primary', source.options, {
    reopen: () => directory.reopen(),
    destroyed: () => directory.destroy(),
  });
  return { server: besidePool(source.options), pool };
}
