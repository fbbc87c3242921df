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
    pipelineGet(keys) {
      const pipeline = client.pipeline();
      for (const key of keys) pipeline.get(key);
      return pipeline.exec();
    },
    pipelineSet(keys, values) {
      const pipeline = client.pipeline();
      for (let index = 0; index < keys.length; index++) pipeline.set(keys[index], values[index]);
      return pipeline.exec();
    },
    subscribe(channel, receive) {
      client.on('message', (_channel, message) => receive(message));
      return client.subscribe(channel);
    },
    ping: () => client.ping(),
    close: () => client.quit(),
  };
}
