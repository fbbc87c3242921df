import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createSecureContext } from 'node:tls';
import { ConnectionPool, DataError, Valkey, type TlsOptions } from '../../../src/index.ts';

const PEM = '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----';
const KEY = '-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----';

/** Anything a caller without types may pass. */
function refusalOf(tls: unknown): DataError {
  for (const make of [() => new Valkey({ tls } as never).destroy(), () => new ConnectionPool({ tls } as never)]) {
    assert.throws(make, DataError);
  }
  try {
    new Valkey({ tls } as never).destroy();
  } catch (error) {
    if (error instanceof DataError) return error;
  }
  throw new Error('it was taken');
}

describe('options of TLS', () => {
  it('are those of Node', () => {
    const all: TlsOptions[] = [
      {},
      { ca: PEM },
      { ca: [PEM, Buffer.from(PEM)], cert: PEM, key: KEY, passphrase: 'p' },
      { cert: [PEM, PEM], key: [{ pem: KEY, passphrase: 'p' }] as never },
      { pfx: Buffer.from('x'), passphrase: '' },
      { rejectUnauthorized: false, checkServerIdentity: () => undefined },
      { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.3', ciphers: 'ALL', sigalgs: 'x', ecdhCurve: 'auto' },
      { servername: '', ALPNProtocols: ['x'], session: Buffer.from('x'), enableTrace: false },
      { secureContext: createSecureContext() },
      { allowPartialTrustChain: true },
    ];
    for (const tls of all) new Valkey({ tls }).destroy();
  });

  it('are ours', () => {
    const all: TlsOptions[] = [
      { caFile: '/ca.crt' },
      { caFile: ['/a.crt', '/b.crt'], caPath: '/etc/ssl/certs', ca: PEM },
      { certFile: '/c.crt', keyFile: '/c.key', passphrase: 'p' },
      { certFile: '/c.crt', key: KEY },
      { cert: PEM, keyFile: '/c.key' },
      { ocsp: { mode: 'staple' } },
      { ocsp: { mode: 'fetch', nonce: true, expectedCert: PEM } },
      { ocsp: { mode: 'fetch', expectedCert: Buffer.from(PEM) }, rejectUnauthorized: true },
    ];
    for (const tls of all) new Valkey({ tls }).destroy();
  });

  const UNKNOWN: readonly (readonly [object, RegExp])[] = [
    [{ cafile: 'x' }, /^unknown tls option cafile: did you mean caFile\?$/],
    [{ caCerts: 'x' }, /^unknown tls option caCerts/],
    [{ rejectUnauthorised: false }, /^unknown tls option rejectUnauthorised: did you mean rejectUnauthorized\?$/],
    [{ serverName: 'x' }, /^unknown tls option serverName: did you mean servername\?$/],
    [{ ca_file: 'x' }, /did you mean caFile\?$/],
    [{ oscp: {} }, /did you mean ocsp\?$/],
    [{ verify: false }, /^unknown tls option verify/],
    [{ ocsp: { mode: 'staple', expectedCrt: PEM } }, /^unknown ocsp option expectedCrt: did you mean expectedCert\?$/],
  ];

  it('refuse an unknown name, and say what was probably meant', () => {
    for (const [tls, message] of UNKNOWN) {
      const error = refusalOf(tls);
      assert.equal(error.code, 'UNKNOWN_OPTION');
      assert.match(error.message, message);
    }
  });

  const BAD: readonly (readonly [object, RegExp])[] = [
    [{ host: 'h' }, /^the tls option host says where to connect, which is said beside tls$/],
    [{ port: 1 }, /^the tls option port says where to connect/],
    [{ path: '/p' }, /^the tls option path says where to connect/],
    [{ socket: {} }, /^the tls option socket says where to connect/],
    [{ ca: '/etc/ca.crt' }, /^the tls option ca must be certificates in PEM form: that they are files, caFile says$/],
    [{ ca: [] }, /^the tls option ca must be/],
    [{ ca: [PEM, 'x'] }, /^the tls option ca must be/],
    [{ caFile: '' }, /^the tls option caFile must be the path of a file, or several$/],
    [{ caFile: [] }, /^the tls option caFile must be/],
    [{ caPath: ['/x'] }, /^the tls option caPath must be the path of a folder$/],
    [{ certFile: 5 }, /^the tls option certFile must be the path of a file$/],
    [{ passphrase: 5 }, /^the tls option passphrase must be a string$/],
    [{ rejectUnauthorized: 0 }, /^the tls option rejectUnauthorized must be true or false$/],
    [{ rejectUnauthorized: 'false' }, /^the tls option rejectUnauthorized must be true or false$/],
    [{ checkServerIdentity: false }, /^the tls option checkServerIdentity must be a function$/],
    [{ cert: PEM }, /^the tls options have a client certificate and lack key or keyFile$/],
    [{ certFile: '/c' }, /^the tls options have a client certificate and lack key or keyFile$/],
    [{ key: KEY }, /^the tls options have a client key and lack cert or certFile$/],
    [{ keyFile: '/k' }, /^the tls options have a client key and lack cert or certFile$/],
    [{ cert: PEM, certFile: '/c', key: KEY }, /^the tls options cert and certFile exclude each other$/],
    [{ certFile: '/c', key: KEY, keyFile: '/k' }, /^the tls options key and keyFile exclude each other$/],
    [{ ocsp: true }, /^the tls option ocsp must be an object/],
    [{ ocsp: {} }, /^the ocsp option mode must be 'staple' or 'fetch'$/],
    [{ ocsp: { mode: 'both' } }, /^the ocsp option mode must be 'staple' or 'fetch'$/],
    [{ ocsp: { mode: 'staple', nonce: true } }, /^the ocsp option nonce is for the mode 'fetch'/],
    [
      { ocsp: { mode: 'fetch', expectedCert: '/c' } },
      /^the ocsp option expectedCert must be a certificate in PEM form$/,
    ],
    [{ ocsp: { mode: 'fetch' }, rejectUnauthorized: false }, /^the tls options ocsp and rejectUnauthorized exclude/],
    [{ ocsp: { mode: 'staple' }, session: Buffer.from('x') }, /^the tls options ocsp and session exclude each other/],
  ];

  it('refuse what cannot be meant, naming it', () => {
    for (const [tls, message] of BAD) {
      const error = refusalOf(tls);
      assert.equal(error.code, 'INVALID_OPTION', error.message);
      assert.match(error.message, message);
    }
  });

  it('do not go with a Unix socket', () => {
    for (const tls of [true, {}] as const) {
      const make = (): Valkey => new Valkey({ path: '/run/valkey.sock', tls });
      assert.throws(make, {
        code: 'INVALID_OPTION',
        message: /^the options path and tls exclude each other: a Unix socket/,
      });
    }
    assert.throws(() => new Valkey('unix:///run/valkey.sock?tls=true'), { code: 'INVALID_OPTION' });
    new Valkey({ path: '/run/valkey.sock', tls: false }).destroy();
  });

  it('show no value in their errors', () => {
    for (const tls of [{ passphrase: 5n, ca: 'S3CRET' }, { key: 'S3CRET' }, { S3: 'S3CRET' }]) {
      const { message, stack } = refusalOf(tls);
      assert.ok(!`${message}${stack}`.includes('S3CRET'));
    }
  });
});
