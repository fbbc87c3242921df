import { createCluster } from 'redis';

/**
 * node-redis's cluster with default settings.
 *
 * @param {import('../types.ts').Address} address
 * @returns {Promise<Pick<import('../types.ts').Adapter, 'get' | 'set' | 'ping' | 'close'>>}
 */
export async function connect({ host, port }) {
  const client = createCluster({ rootNodes: [{ socket: { host, port } }] });
  client.on('error', (error) => {
    throw error;
  });
  await client.connect();
  return {
    get: (key) => client.get(key),
    set: (key, value) => client.set(key, value),
    ping: () => client.sendCommand(undefined, true, ['PING']),
    close: () => client.close(),
  };
}
