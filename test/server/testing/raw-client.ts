import { connect } from 'node:net';
import type { NetConnectOpts, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** How a connection ended. */
export type End = 'fin' | 'reset';

/** A socket that remembers what it received, for tests that look at bytes and at ends. */
export class RawClient implements Disposable {
  readonly socket: Socket;
  /** The number of bytes received. */
  length = 0;
  end: End | undefined;
  /** The number of separate reads. */
  reads = 0;
  #chunks: Buffer[] = [];
  #wake: () => void = () => {};

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (bytes) => {
      this.#chunks.push(bytes);
      this.length += bytes.length;
      this.reads++;
      this.#wake();
    });
    socket.on('error', () => {
      this.end = 'reset';
    });
    socket.on('close', () => {
      this.end ??= 'fin';
      this.#wake();
    });
  }

  static connect(target: NetConnectOpts): RawClient {
    return new RawClient(connect(target));
  }

  /** Everything received, one character per byte. */
  get text(): string {
    const received = Buffer.concat(this.#chunks);
    this.#chunks = [received];
    return received.toString('latin1');
  }

  send(text: string): this {
    this.socket.write(text, 'latin1');
    return this;
  }

  /** Resolves to everything received, once `isEnough` says so. Rejects after ten seconds or when the connection ends first. */
  async read(isEnough: (text: string) => boolean): Promise<string> {
    await this.#waitFor(() => isEnough(this.text) || this.end !== undefined);
    if (!isEnough(this.text)) throw new Error(`The connection ended after ${JSON.stringify(this.text.slice(0, 200))}.`);
    return this.text;
  }

  /** Resolves when the connection has ended. */
  async ended(): Promise<End> {
    await this.#waitFor(() => this.end !== undefined);
    return this.end ?? 'fin';
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }

  async #waitFor(isTrue: () => boolean): Promise<void> {
    const deadline = performance.now() + 10_000;
    while (!isTrue()) {
      const left = deadline - performance.now();
      if (left <= 0) throw new Error(`Nothing came for ten seconds after ${JSON.stringify(this.text.slice(0, 200))}.`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }
}

/** Polls until `isTrue()`; rejects after ten seconds. */
export async function eventually(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!(await isTrue())) {
    if (performance.now() > deadline) throw new Error('It did not become true within ten seconds.');
    await sleep(10);
  }
}
