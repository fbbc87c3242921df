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
    pipelineGet(keys) {
      const pipeline = client.multi();
      for (const key of keys) pipeline.get(key);
      return pipeline.execAsPipeline();
    },
    pipelineSet(keys, values) {
      const pipeline = client.multi();
      for (let index = 0; index < keys.length; index++) pipeline.set(keys[index], values[index]);
      return pipeline.execAsPipeline();
    },
    subscribe: (channel, receive) => client.subscribe(channel, receive),
    ping: () => client.ping(),
    close: () => client.close(),
  };
}
