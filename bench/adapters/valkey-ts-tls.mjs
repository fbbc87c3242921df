import { Valkey } from '../../dist/index.js';
import { adapt } from './valkey-ts.mjs';

/**
 * Ours with default settings over TLS 1.3, the chain and the name verified.
 *
 * @param {import('../types.ts').Address} address
 * @returns {Promise<import('../types.ts').Adapter>}
 */
export async function connect({ host, tls }) {
  if (tls === undefined) throw new Error('a running server has no TLS here: leave --server out');
  return adapt(new Valkey({ host, port: tls.port, tls: { ca: tls.ca } }));
}
