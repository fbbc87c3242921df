/** A line of server releases the testing kit can find or fetch. */
export type ServerVersion = '9.1' | '8.1' | '8.0' | 'redis-7.0';

/** Every line the testing kit knows, newest first. */
export const SERVER_VERSIONS: readonly ServerVersion[] = ['9.1', '8.1', '8.0', 'redis-7.0'];

/** What a server binary says about itself. */
export interface ServerIdentity {
  readonly product: 'valkey' | 'redis';
  /** The full version, such as `9.1.2`. */
  readonly version: string;
}

/**
 * Returns the line used when a caller names none: `VALKEY_VERSION`, else `9.1`.
 * Throws when the variable names a line the kit does not know.
 */
export function defaultServerVersion(environment: NodeJS.ProcessEnv = process.env): ServerVersion {
  const wanted = environment['VALKEY_VERSION'];
  if (wanted === undefined || wanted === '') return '9.1';
  const known = SERVER_VERSIONS.find((version) => version === wanted);
  if (known !== undefined) return known;
  throw new Error(`VALKEY_VERSION is "${wanted}", but must be one of ${SERVER_VERSIONS.join(', ')}.`);
}

/** Returns the product of a line: `redis-7.0` is Redis, everything else Valkey. */
export function productOf(line: ServerVersion): ServerIdentity['product'] {
  return line.startsWith('redis-') ? 'redis' : 'valkey';
}

/** Tells whether a binary belongs to the line `wanted`. */
export function isOfLine(identity: ServerIdentity, wanted: ServerVersion): boolean {
  const number = wanted.replace('redis-', '');
  return identity.product === productOf(wanted) && identity.version.startsWith(`${number}.`);
}

/** Names a line in a sentence: `Valkey 9.1`, `Redis 7.0`. */
export function nameOfLine(line: ServerVersion): string {
  return productOf(line) === 'redis' ? `Redis ${line.slice('redis-'.length)}` : `Valkey ${line}`;
}

/** Reads the first line of `valkey-server --version`, or returns `undefined` when it is something else. */
export function parseServerIdentity(output: string): ServerIdentity | undefined {
  const match = /^(valkey|redis) server v=(\d+\.\d+\.\d+)/i.exec(output);
  if (match === null) return undefined;
  const [, product = '', version = ''] = match;
  return { product: product.toLowerCase() === 'redis' ? 'redis' : 'valkey', version };
}
