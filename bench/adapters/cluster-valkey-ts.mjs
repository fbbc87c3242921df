import { ValkeyCluster } from '../../dist/index.js';

/**
 * Ours, with default settings.
 *
 * @param {import('../types.ts').Address} address
 * @returns {Promise<Pick<import('../types.ts').Adapter, 'get' | 'set' | 'ping' | 'close'>>}
 */
export async function connect({ host, port }) {
  const client = new ValkeyCluster({ host, port });
  return {
    get: (key) => client.get(key),
    set: (key, value) => client.set(key, value),
    ping: () => client.ping(),
    close: () => client.close(),
  };
}
