import { after, type TestContext } from 'node:test';
import { Valkey, type CacheOptions, type ValkeyOptions } from '../../../src/index.ts';
import { ValkeyServer } from '../../../src/testing/index.ts';
import { open } from './tools.ts';

/** A bound that no busy machine exceeds, for tests that are not about it. */
const PATIENT = 10_000;

/** A server for the tests of one file, until they are over. */
export class CacheServer {
  readonly port: number;
  /** A client that caches nothing. */
  readonly writer: Valkey;

  private constructor(port: number) {
    this.port = port;
    this.writer = new Valkey({ port });
  }

  static async start(): Promise<CacheServer> {
    const process = await ValkeyServer.start();
    const server = new CacheServer(process.port);
    after(async () => {
      server.writer.destroy();
      await process.stop();
    });
    return server;
  }

  /** A client that caches, until the test is over. */
  keeping(t: TestContext, options: CacheOptions = {}, others: ValkeyOptions = {}): Valkey {
    return open(t, { port: this.port, cache: { maxStaleness: PATIENT, ...options }, ...others });
  }
}
