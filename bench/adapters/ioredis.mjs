import { Redis } from 'ioredis';

/**
 * ioredis with default settings: every command is written as it is called.
 *
 * @param {import('../types.ts').Address} address
 * @param {{ enableAutoPipelining?: boolean }} [options]
 * @returns {Promise<import('../types.ts').Adapter>}
 */
export async function connect({ host, port }, { enableAutoPipelining = false } = {}) {
  const client = new Redis({ host, port, enableAutoPipelining });
  return {
    get: (key) => client.get(key),
    set: (key, value) => client.set(key, value),
    mget: (keys) => client.mget(keys),
    lrange: (key, start, stop) => client.lrange(key, start, stop),
    hgetall: (key) => client.hgetall(key),
    smembers: (key) => client.smembers(key),
    zrange: (key, start, stop) => client.zrange(key, start, String(stop), 'WITHSCORES'),
    ping: () => client.ping(),
    close: () => client.quit(),
  };
}
