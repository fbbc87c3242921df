import { Valkey } from '../../dist/index.js';

/**
 * Ours, with default settings.
 *
 * @param {import('../types.ts').Address} address
 * @returns {Promise<import('../types.ts').Adapter>}
 */
export async function connect({ host, port }) {
  return adapt(new Valkey({ host, port }));
}

/**
 * @param {Valkey} client
 * @returns {import('../types.ts').Adapter}
 */
export function adapt(client) {
  return {
    get: (key) => client.get(key),
    set: (key, value) => client.set(key, value),
    mget: (keys) => client.mget(keys),
    lrange: (key, start, stop) => client.lrange(key, start, stop),
    hgetall: (key) => client.hgetall(key),
    smembers: (key) => client.smembers(key),
    zrange: (key, start, stop) => client.zrange(key, start, stop, { withscores: true }),
    pipelineGet(keys) {
      const pipeline = client.pipeline();
      for (const key of keys) pipeline.get(key);
      return pipeline.execute();
    },
    pipelineSet(keys, values) {
      const pipeline = client.pipeline();
      for (let index = 0; index < keys.length; index++) pipeline.set(keys[index], values[index]);
      return pipeline.execute();
    },
    subscribe: (channel, receive) => client.pubsub().subscribe(channel, ({ data }) => receive(data)),
    ping: () => client.ping(),
    close: () => client.close(),
  };
}
