import { GlideClient } from '@valkey/valkey-glide';

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
    ping: () => client.ping(),
    close: async () => client.close(),
  };
}
