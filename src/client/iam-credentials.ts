import { AuthenticationError, DataError } from '../errors.ts';
import { presigned, type AwsCredentials } from './iam-token.ts';
import { TokenCredentialProvider, type Token } from './token-credentials.ts';

/** Who connects to what, at AWS. */
export interface IamCredentialOptions {
  /** The IAM-enabled user; its id and its name must be the same. */
  readonly username: string;
  /** The name of the cache, replication group or cluster, not its address. */
  readonly cacheName: string;
  /** Such as `eu-central-1`. Default: `AWS_REGION`, else `AWS_DEFAULT_REGION` of the environment. */
  readonly region?: string;
  /**
   * Gives the AWS credentials to sign with, such as `fromNodeProviderChain()` of `@aws-sdk/credential-providers`; called for every token.
   * Default: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN` of the environment.
   */
  readonly credentials?: () => Promise<AwsCredentials> | AwsCredentials;
}

/** The same for ElastiCache. */
export interface ElastiCacheIamCredentialOptions extends IamCredentialOptions {
  /** Whether the cache is a serverless one. Default false. */
  readonly serverless?: boolean;
}

/** How long a token may be used to connect, in seconds: AWS allows no more. */
const LIFE = 900;
const NAMES = ['username', 'cacheName', 'region', 'credentials'];

/**
 * Credentials for Amazon ElastiCache with IAM authentication: the password is a signed request, made here without asking AWS.
 *
 * A token lasts 15 minutes and is replaced after 12, which also spares connections that stand the end that AWS puts to them after 12
 * hours. The server wants TLS. No secret is shown by `inspect`, and none is in an error.
 *
 * @example
 * ```ts
 * const credentialProvider = new ElastiCacheIamCredentialProvider({
 *   username: 'app',
 *   cacheName: 'orders',
 *   region: 'eu-central-1',
 *   credentials: () => ({ accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' }),
 * });
 * const { password } = await credentialProvider.getCredentials();
 * password.startsWith('orders/?Action=connect&User=app&X-Amz-Algorithm=AWS4-HMAC-SHA256&'); // => true
 * ```
 */
export class ElastiCacheIamCredentialProvider extends TokenCredentialProvider {
  /** @throws DataError when an option is missing, unknown or cannot be used, naming it */
  constructor(options: ElastiCacheIamCredentialOptions) {
    const { serverless = false, ...rest } = options;
    if (typeof serverless !== 'boolean') throw unusable('serverless', 'true or false');
    const query = serverless ? ([['ResourceType', 'ServerlessCache']] as const) : [];
    super({ username: rest.username, getToken: tokensOf('elasticache', rest, query) });
  }
}

/**
 * Credentials for Amazon MemoryDB with IAM authentication, as `ElastiCacheIamCredentialProvider` gives them for ElastiCache.
 *
 * @example
 * ```ts
 * const credentialProvider = new MemoryDbIamCredentialProvider({
 *   username: 'app',
 *   cacheName: 'orders',
 *   region: 'eu-central-1',
 *   credentials: () => ({ accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' }),
 * });
 * const { username } = await credentialProvider.getCredentials();
 * username; // => 'app'
 * ```
 */
export class MemoryDbIamCredentialProvider extends TokenCredentialProvider {
  /** @throws DataError when an option is missing, unknown or cannot be used, naming it */
  constructor(options: IamCredentialOptions) {
    super({ username: options.username, getToken: tokensOf('memorydb', options, []) });
  }
}

/** Checks the options, and gives what makes the tokens. */
function tokensOf(
  service: 'elasticache' | 'memorydb',
  options: IamCredentialOptions,
  query: readonly (readonly [string, string])[],
): () => Promise<Token> {
  const unknown = Object.keys(options).find((name) => !NAMES.includes(name));
  if (unknown !== undefined) {
    throw new DataError(`unknown option of an IAM credential provider ${unknown}`, { code: 'UNKNOWN_OPTION' });
  }
  const { username, cacheName, credentials = fromEnvironment } = options;
  const region = options.region ?? process.env['AWS_REGION'] ?? process.env['AWS_DEFAULT_REGION'];
  if (typeof username !== 'string' || username === '') throw unusable('username', 'the name of an IAM-enabled user');
  if (typeof cacheName !== 'string' || !/^[\w-]+$/.test(cacheName)) {
    throw unusable('cacheName', 'the name of a cache or cluster, which has neither dots nor a port');
  }
  if (typeof region !== 'string' || region === '') throw unusable('region', 'a region of AWS, or AWS_REGION be set');
  if (typeof credentials !== 'function') throw unusable('credentials', 'a function');
  // AWS keeps these names in lower case, and the signature is of what it keeps.
  const host = cacheName.toLowerCase();
  return async () => {
    const own = checked(await credentials());
    const date = new Date();
    const token = presigned({
      host,
      query: [['Action', 'connect'], ['User', username], ...query],
      service,
      region,
      credentials: own,
      date,
      expires: LIFE,
    });
    const end = date.getTime() + LIFE * 1000;
    return { token, expiresAt: Math.min(end, own.expiration?.getTime() ?? end) };
  };
}

function fromEnvironment(): AwsCredentials {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = process.env;
  if (!AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY) {
    throw new AuthenticationError(
      'there are no AWS credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the option credentials',
      { code: 'CREDENTIALS_FAILED' },
    );
  }
  return {
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    sessionToken: AWS_SESSION_TOKEN === '' ? undefined : AWS_SESSION_TOKEN,
  };
}

/** What a function of the user's gives, once it is known to be credentials. Nothing of it is shown when it is not. */
function checked(given: unknown): AwsCredentials {
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = (given ?? {}) as Record<string, unknown>;
  const isSound =
    typeof accessKeyId === 'string' &&
    typeof secretAccessKey === 'string' &&
    (sessionToken === undefined || typeof sessionToken === 'string') &&
    (expiration === undefined || expiration instanceof Date);
  if (isSound) return { accessKeyId, secretAccessKey, sessionToken, expiration };
  throw new AuthenticationError(
    'credentials() must give { accessKeyId, secretAccessKey, sessionToken?, expiration? }, strings and a Date',
    { code: 'CREDENTIALS_FAILED' },
  );
}

function unusable(name: string, wanted: string): DataError {
  return new DataError(`the option ${name} must be ${wanted}`, { code: 'INVALID_OPTION' });
}
