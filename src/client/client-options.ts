import { DataError } from '../errors.ts';
import type { Encoding, Integers } from '../protocol/reply-mode.ts';
import type { ConnectionPool } from './connection-pool.ts';
import { check, has, isObject, type Rule } from './option-rule.ts';
import { checkCacheProtocol, givenOptions, RULES, type AnyOptions, type ServerOptions } from './options.ts';

/** How a client is made. Times are in milliseconds, sizes in bytes; a name that is not known throws. */
export interface ValkeyOptions<E extends Encoding = 'utf8', I extends Integers = 'number'> extends ServerOptions<E, I> {
  /**
   * A pool to borrow instead of making one. It says how to connect; no option about that may be given beside it. `socketTimeout` and
   * `healthCheckInterval` may: they are for the commands of this client and the connection that they share, by default as in the pool.
   */
  readonly connectionPool?: ConnectionPool;
}

/** A pool of this library, of whichever copy of it. */
export const isPool = (value: unknown): boolean =>
  has('acquire')(value) && has('acquire')((value as Partial<ConnectionPool>).inner);

const CLIENT_RULES: Readonly<Record<keyof ValkeyOptions, Rule>> = {
  ...RULES,
  connectionPool: [isPool, 'a ConnectionPool'],
};

/** Options that say how to connect, which a borrowed pool has settled already. */
export const OF_THE_POOL: readonly (keyof AnyOptions)[] = [
  ...([
    'url',
    'host',
    'port',
    'path',
    'family',
    'db',
    'username',
    'password',
    'credentialProvider',
    'tls',
    'connectTimeout',
  ] as const),
  ...([
    'keepAlive',
    'noDelay',
    'protocol',
    'clientName',
    'libName',
    'libVersion',
    'maxConnections',
    'maxWaiters',
    'idleTimeout',
    'maxLifetime',
    'redirect',
    'onConnect',
  ] as const),
];

/** The options of a client, checked, and the pool that it borrows. */
export interface GivenOptions {
  readonly server: AnyOptions;
  readonly pool: ConnectionPool | undefined;
}

/** The options of a client, from an object, a URL or both. The URL's win. */
export function givenClientOptions(given: ValkeyOptions<Encoding, Integers> | string): GivenOptions {
  if (!isObject(given)) return { server: givenOptions(given), pool: undefined };
  check(given, CLIENT_RULES, 'option');
  const { connectionPool: pool, ...own } = given;
  const server = givenOptions(own);
  if (pool === undefined) return { server, pool };
  const other = OF_THE_POOL.find((name) => given[name] !== undefined);
  if (other !== undefined) {
    const why = 'the pool says how to connect';
    throw new DataError(`the options connectionPool and ${other} exclude each other: ${why}`, {
      code: 'INVALID_OPTION',
    });
  }
  checkCacheProtocol(server, pool.inner.settings.protocol);
  return { server, pool };
}
