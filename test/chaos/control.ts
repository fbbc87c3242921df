import { Valkey, type ValkeyOptions } from '../../src/index.ts';

/**
 * What a new client takes for its first PING, over and over, where nobody does anything to it: what is slow here is slow because of
 * the machine.
 */
export class Control implements AsyncDisposable {
  readonly #options: ValkeyOptions;
  readonly #end: AbortController = new AbortController();
  readonly #running: Promise<void>;
  #slowest = 0;
  #start = 0;

  constructor(options: ValkeyOptions) {
    this.#options = options;
    this.#running = this.#run();
    // It is told at the end, and is not unhandled until then.
    this.#running.catch(() => {});
  }

  /** The longest that a first PING took, or has taken until now, in milliseconds. */
  get slowest(): number {
    return Math.max(this.#slowest, performance.now() - this.#start);
  }

  async #run(): Promise<void> {
    const { signal } = this.#end;
    while (!signal.aborted) {
      this.#start = performance.now();
      const client = new Valkey(this.#options);
      try {
        await client.withOptions({ signal }).ping();
      } catch (error) {
        if (!signal.aborted) throw error;
      } finally {
        client.destroy();
      }
      this.#slowest = this.slowest;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    await this.#running;
  }
}
