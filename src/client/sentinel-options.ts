import type { AddressRemap } from '../topology/sentinel-address.ts';
import { DataError } from '../errors.ts';
import type { Encoding, Integers } from '../protocol/reply-mode.ts';
import { check, FLAG, isObject, whole, type Rule } from './option-rule.ts';
import { checkTogether, RULES, type AnyOptions, type ServerOptions } from './options.ts';

/** How Sentinels are reached, where that differs from the servers. Times are in milliseconds. */
export type SentinelConnectionOptions = Pick<
  ServerOptions,
  | 'username'
  | 'password'
  | 'credentialProvider'
  | 'tls'
  | 'socketTimeout'
  | 'connectTimeout'
  | 'keepAlive'
  | 'noDelay'
  | 'family'
  | 'protocol'
  | 'clientName'
  | 'libName'
  | 'libVersion'
  | 'retry'
>;

/** How a client of a server that Sentinels find is made: as any other, but for the address. */
export interface SentinelClientOptions<E extends Encoding = 'utf8', I extends Integers = 'number'> extends Omit<
  ServerOptions<E, I>,
  'url' | 'host' | 'port' | 'path'
> {
  /** Ends each dial with a PING: a server that is loading its data, or has lost its primary, may refuse that. Default false. */
  readonly checkConnection?: boolean;
}

/** How a `Sentinel` is made. What is not said here is said of the servers: it holds for all clients that are made. */
export interface SentinelOptions<
  E extends Encoding = 'utf8',
  I extends Integers = 'number',
> extends SentinelClientOptions<E, I> {
  /** Believes a Sentinel only that knows at least so many others: one that is cut off from them may not. Default 0. */
  readonly minOtherSentinels?: number;
  /**
   * How Sentinels are reached. No credentials and no TLS of the servers are used for them; timeouts and the like are, but that each
   * gets at most 1000 ms for an answer, and for a connection, unless these options say otherwise.
   */
  readonly sentinelOptions?: SentinelConnectionOptions;
  /** Gives the address to dial for one that Sentinels announce, or that is one's own: for NAT, containers and tunnels. */
  readonly addressRemap?: AddressRemap;
}

export type AnySentinelOptions = SentinelOptions<Encoding, Integers>;
export type AnySentinelClientOptions = SentinelClientOptions<Encoding, Integers>;

const FUNCTION: Rule = [(value) => typeof value === 'function', 'a function'];

const { url: _url, host: _host, port: _port, path: _path, ...OF_SERVERS } = RULES;

const CLIENT_RULES: Readonly<Record<keyof AnySentinelClientOptions, Rule>> = { ...OF_SERVERS, checkConnection: FLAG };

const SENTINEL_RULES: Readonly<Record<keyof AnySentinelOptions, Rule>> = {
  ...CLIENT_RULES,
  minOtherSentinels: [whole(0), 'a whole number from 0 up'],
  sentinelOptions: [isObject, 'an object'],
  addressRemap: FUNCTION,
};

const CONNECTION_RULES: Readonly<Record<keyof SentinelConnectionOptions, Rule>> = {
  username: RULES.username,
  password: RULES.password,
  credentialProvider: RULES.credentialProvider,
  tls: RULES.tls,
  socketTimeout: RULES.socketTimeout,
  connectTimeout: RULES.connectTimeout,
  keepAlive: RULES.keepAlive,
  noDelay: RULES.noDelay,
  family: RULES.family,
  protocol: RULES.protocol,
  clientName: RULES.clientName,
  libName: RULES.libName,
  libVersion: RULES.libVersion,
  retry: RULES.retry,
};

/** Throws for options of a `Sentinel` that are unknown, wrong or contradict each other. */
export function checkSentinelOptions(options: AnySentinelOptions): void {
  if (!isObject(options)) throw new DataError('the options must be an object', { code: 'INVALID_OPTION' });
  check(options, SENTINEL_RULES, 'option of a Sentinel');
  checkTogether(serverOptions(options));
  const { sentinelOptions } = options;
  if (sentinelOptions === undefined) return;
  check(sentinelOptions, CONNECTION_RULES, 'option in sentinelOptions');
  checkTogether(sentinelOptions);
}

/** Throws for options of a client that are unknown, wrong or contradict each other, with those of its `Sentinel`. */
export function checkClientOptions(options: AnySentinelClientOptions, all: AnySentinelOptions): void {
  if (!isObject(options)) throw new DataError('the options must be an object', { code: 'INVALID_OPTION' });
  check(options, CLIENT_RULES, 'option of a client');
  checkTogether(serverOptions(all));
}

/** The options that every client knows. */
export function serverOptions(options: AnySentinelOptions): AnyOptions {
  const { minOtherSentinels: _1, sentinelOptions: _2, addressRemap: _3, checkConnection: _4, ...rest } = options;
  return rest;
}
