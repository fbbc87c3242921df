import { Batch, GlideClient } from '@valkey/valkey-glide';

/**
 * valkey-glide. Its defaults refuse more than 1000 commands in flight and give up on a command after 250 ms, which the
 * larger workloads exceed; both limits are raised. Its own native threads share the machine's cores with this process.
 *
 * @param {import('../types.ts').Address} address
 * @returns {Promise<import('../types.ts').Adapter>}
 */
export async function connect({ host, port }) {
  const client = await GlideClient.createClient({
    addresses: [{ host, port }],
    inflightRequestsLimit: 200_000,
    requestTimeout: 60_000,
  });
  return {
    get: (key) => client.get(key),
    set: (key, value) => client.set(key, value),
    mget: (keys) => client.mget(keys),
    lrange: (key, start, stop) => client.lrange(key, start, stop),
    hgetall: (key) => client.hgetall(key),
    smembers: (key) => client.smembers(key),
    zrange: (key, start, stop) => client.zrangeWithScores(key, { start, end: stop }),
    pipelineGet(keys) {
      const batch = new Batch(false);
      for (const key of keys) batch.get(key);
      return client.exec(batch, true);
    },
    pipelineSet(keys, values) {
      const batch = new Batch(false);
      for (let index = 0; index < keys.length; index++) batch.set(keys[index], values[index]);
      return client.exec(batch, true);
    },
    // It takes the functions for messages when it is made only, and is not measured here.
    subscribe: () => Promise.reject(new Error('valkey-glide subscribes when it is made')),
    ping: () => client.ping(),
    close: async () => client.close(),
  };
}
