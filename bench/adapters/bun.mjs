/**
 * The part of Bun's built-in client that is used here; it exists only under Bun.
 *
 * @typedef {Omit<import('../types.ts').Adapter, 'mget' | 'zrange' | 'pipelineGet' | 'pipelineSet'> & {
 *   connect(): Promise<void>;
 *   mget(...keys: string[]): Promise<unknown>;
 *   send(command: string, args: string[]): Promise<unknown>;
 * }} RedisClient
 */

/**
 * Bun's built-in client with default settings (auto-pipelining is on). The child process runs under Bun, so this
 * compares another JavaScript engine and a client written in native code.
 *
 * @param {import('../types.ts').Address} address
 * @returns {Promise<import('../types.ts').Adapter>}
 */
export async function connect({ host, port }) {
  /** @type {{ RedisClient: new (url: string) => RedisClient }} */
  const { RedisClient } = Reflect.get(globalThis, 'Bun');
  const client = new RedisClient(`redis://${host}:${port}`);
  await client.connect();
  return {
    get: (key) => client.get(key),
    set: (key, value) => client.set(key, value),
    mget: (keys) => client.mget(...keys),
    lrange: (key, start, stop) => client.lrange(key, start, stop),
    hgetall: (key) => client.hgetall(key),
    smembers: (key) => client.smembers(key),
    zrange: (key, start, stop) => client.send('ZRANGE', [key, String(start), String(stop), 'WITHSCORES']),
    pipelineGet: (keys) => Promise.all(keys.map((key) => client.get(key))),
    pipelineSet: (keys, values) => Promise.all(keys.map((key, index) => client.set(key, values[index]))),
    subscribe: (channel, receive) => client.subscribe(channel, receive),
    ping: () => client.ping(),
    close: async () => client.close(),
  };
}
