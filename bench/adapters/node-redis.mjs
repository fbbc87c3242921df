import { createClient } from 'redis';

/**
 * node-redis with default settings: it pipelines by itself and does not limit its queue.
 *
 * @param {import('../types.ts').Address} address
 * @returns {Promise<import('../types.ts').Adapter>}
 */
export async function connect({ host, port }) {
  const client = createClient({ socket: { host, port } });
  client.on('error', (error) => {
    throw error;
  });
  await client.connect();
  return {
    get: (key) => client.get(key),
    set: (key, value) => client.set(key, value),
    mget: (keys) => client.mGet(keys),
    lrange: (key, start, stop) => client.lRange(key, start, stop),
    hgetall: (key) => client.hGetAll(key),
    smembers: (key) => client.sMembers(key),
    zrange: (key, start, stop) => client.zRangeWithScores(key, start, stop),
    ping: () => client.ping(),
    close: () => client.close(),
  };
}
