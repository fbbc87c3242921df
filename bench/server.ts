import { Redis } from 'iovalkey';
import {
  hashFields,
  hashKey,
  HASH_FIELDS,
  keys,
  KEYS,
  listKey,
  LIST_LENGTH,
  MIB,
  score,
  setKey,
  values,
  zsetKey,
} from './child/dataset.mjs';
import { SharedCore } from './shared-core.ts';
import type { Address } from './types.ts';

/** The server under all clients, filled with the data they read. */
export interface BenchServer extends Address, AsyncDisposable {
  readonly version: string;
  /** Present when the server was started here and can share a core with its clients. */
  readonly core: SharedCore | undefined;
}

/**
 * Starts a Valkey 9.1 for this run, or uses the one at `address` (`host:port`), where it only writes keys that start
 * with `bench:`.
 */
export async function startServer(address: string | undefined): Promise<BenchServer> {
  if (address !== undefined) {
    const { version } = await seed(parseAddress(address));
    return { ...parseAddress(address), version, core: undefined, [Symbol.asyncDispose]: async () => {} };
  }
  const { ValkeyServer } = await import('../src/testing/index.ts');
  // A subscriber that cannot keep up is measured, not disconnected.
  const args = ['--client-output-buffer-limit', 'pubsub', '0', '0', '0'];
  const server = await ValkeyServer.start({ version: '9.1', tls: true, args });
  try {
    const { version, pid } = await seed(server);
    const core = await SharedCore.of(pid);
    const tls = { port: server.tlsPort, ca: server.ca };
    const { host, port } = server;
    return { host, port, tls, version, core, [Symbol.asyncDispose]: () => server.stop() };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

function parseAddress(address: string): Address {
  const { hostname, port } = new URL(`valkey://${address}`);
  return { host: hostname, port: Number(port || 6379) };
}

/** Writes what the workloads read; gives what the server says about itself. */
async function seed({ host, port }: Address): Promise<{ version: string; pid: number }> {
  const client = new Redis({ host, port });
  try {
    for (const size of [16, 1024]) {
      const stored = values(size, KEYS);
      await client.mset(keys('read', size).flatMap((key, index) => [key, stored[index]]));
    }
    await client.set(keys('read', MIB)[0], values(MIB, 1)[0]);
    for (const size of [16, 'mixed'] as const) {
      const stored = values(size, HASH_FIELDS);
      await client.del(listKey(size), hashKey(size));
      await client.rpush(listKey(size), ...values(size, LIST_LENGTH));
      await client.del(setKey(size), zsetKey(size));
      await client.sadd(setKey(size), ...values(size, LIST_LENGTH));
      await client.zadd(zsetKey(size), ...values(size, LIST_LENGTH).flatMap((member, index) => [score(index), member]));
      await client.hset(hashKey(size), ...hashFields().flatMap((field, index) => [field, stored[index]]));
    }
    const info = await client.info('server');
    const { valkey_version, redis_version, process_id } = Object.fromEntries(
      info.split('\r\n').map((line) => line.split(':', 2)),
    );
    return { version: valkey_version ?? redis_version, pid: Number(process_id) };
  } finally {
    client.disconnect();
  }
}
