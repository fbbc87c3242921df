/** Credential providers, and what URLs are read as. Compiled, never run. */
import {
  ElastiCacheIamCredentialProvider,
  FileCredentialProvider,
  parseUrl,
  TokenCredentialProvider,
  UsernamePasswordCredentialProvider,
  Valkey,
  type CredentialProvider,
  type Credentials,
  type UrlAddress,
} from '../../src/index.ts';

type Eq<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function eq<A, B>(equal: Eq<A, B>): void;

// ---- providers
declare const vault: { read(): Promise<{ password: string; username?: string }> };
const providers: readonly CredentialProvider[] = [
  { getCredentials: () => ({ password: 'p' }) },
  { getCredentials: async () => ({ username: 'u', password: 'p' }) },
  { getCredentials: () => vault.read(), onChange: (listener) => (setTimeout(listener, 1), () => undefined) },
  new UsernamePasswordCredentialProvider(undefined, 'p'),
  new FileCredentialProvider('/run/secrets/valkey', { format: 'json', interval: 100 }),
  new TokenCredentialProvider({ getToken: async () => ({ token: 't', expiresAt: new Date() }) }),
  new ElastiCacheIamCredentialProvider({ username: 'u', cacheName: 'c', serverless: true }),
];
const client = new Valkey({ credentialProvider: providers[0]! });
eq<ReturnType<CredentialProvider['getCredentials']>, Promise<Credentials> | Credentials>(true);
client.events.on('rotationFailed', ({ endpoint, cause }) => {
  eq<typeof endpoint, string>(true);
  eq<typeof cause.sent, boolean>(true);
});

// @ts-expect-error a password is text
const wrong: CredentialProvider = { getCredentials: () => ({ password: 5 }) };
// @ts-expect-error there must be one
const none: CredentialProvider = { getCredentials: () => ({ username: 'u' }) };
// @ts-expect-error a form that is not known
const form = new FileCredentialProvider('/path', { format: 'yaml' });
// @ts-expect-error a token has an end
const endless = new TokenCredentialProvider({ getToken: () => ({ token: 't' }) });

// ---- URLs
const url = parseUrl('valkey://h');
switch (url.topology) {
  case undefined:
    eq<typeof url.host, string | undefined>(true);
    break;
  case 'cluster':
    eq<typeof url.startupNodes, readonly UrlAddress[]>(true);
    eq<typeof url.db, number | undefined>(true);
    break;
  case 'sentinel':
    eq<typeof url.sentinels, readonly UrlAddress[]>(true);
    eq<typeof url.service, string>(true);
    break;
}
if (url.topology === 'cluster') {
  // @ts-expect-error a cluster has hosts
  url.host;
}
