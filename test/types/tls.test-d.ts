/** Options of TLS: Node's, but for where to connect, and ours. Compiled, never run. */
import type { ConnectionOptions } from 'node:tls';
import { Valkey, type OcspOptions, type TlsOptions } from '../../src/index.ts';

type Eq<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function eq<A, B>(equal: Eq<A, B>): void;

void new Valkey({ tls: true });
void new Valkey({ tls: { caFile: ['/a', '/b'], caPath: '/c', certFile: '/d', keyFile: '/e', passphrase: 'p' } });
void new Valkey({ tls: { ca: 'PEM', minVersion: 'TLSv1.3', servername: 'h', checkServerIdentity: () => undefined } });
void new Valkey({ tls: { ocsp: { mode: 'fetch', nonce: true, expectedCert: Buffer.of() } } });

eq<Exclude<keyof ConnectionOptions, keyof TlsOptions>, 'host' | 'port' | 'path' | 'socket'>(true);
eq<OcspOptions['mode'], 'staple' | 'fetch'>(true);

// @ts-expect-error where to connect is said beside it
void new Valkey({ tls: { host: 'h' } });
// @ts-expect-error a name that is not known
void new Valkey({ tls: { cafile: '/a' } });
// @ts-expect-error the mode must be said
void new Valkey({ tls: { ocsp: {} } });
// @ts-expect-error and be one of two
void new Valkey({ tls: { ocsp: { mode: 'both' } } });
