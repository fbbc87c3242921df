import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { ValkeyCluster, type Encoding, type Integers, type ValkeyClusterOptions } from '../../../src/index.ts';
import type { ClusterDeployment } from '../../../src/testing/index.ts';

/** Makes a client of a cluster that is gone when the test is over, however that ends. */
export function open<E extends Encoding = 'utf8', I extends Integers = 'number'>(
  t: TestContext,
  cluster: ClusterDeployment,
  options: ValkeyClusterOptions<E, I> = {},
): ValkeyCluster<E, I> {
  const client = new ValkeyCluster<E, I>({ startupNodes: cluster.startupNodes, ...options });
  t.after(() => client.destroy());
  return client;
}

/** Commands that run until they are told to stop. */
export class Load {
  readonly errors: unknown[] = [];
  /** The longest that one has taken, in milliseconds. */
  slowest = 0;
  calls = 0;
  #isOver = false;
  readonly #workers: Promise<void>[];

  /** Calls `call` again and again, `width` at a time. */
  constructor(width: number, call: (n: number) => Promise<unknown>) {
    this.#workers = Array.from({ length: width }, () => this.#work(call));
  }

  /** How much was called, and how much of that failed. */
  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#workers);
  }

  async #work(call: (n: number) => Promise<unknown>): Promise<void> {
    while (!this.#isOver) {
      const start = performance.now();
      try {
        await call(this.calls++);
      } catch (error) {
        this.errors.push(error);
      }
      this.slowest = Math.max(this.slowest, performance.now() - start);
      // The servers and the rest of the machine are to have their turn.
      await new Promise<void>((resolve) => setTimeout(resolve, 1));
    }
  }
}

/** No error came; the first of them says why not. */
export function assertNone(errors: readonly unknown[]): void {
  assert.deepEqual(errors.slice(0, 3), []);
}
