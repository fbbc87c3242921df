import { existsSync, readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';

import { findFreePort } from './free-port.ts';
import { provision, serverInvocation } from './provision.ts';
import type { ServerBinary } from './provision.ts';
import { waitUntilReady } from './readiness.ts';
import { ServerProcess } from './server-process.ts';
import type { ServerVersion } from './server-version.ts';
import { TemporaryFolder } from './temporary-folder.ts';

const START_TIMEOUT = 10_000;
const STOP_TIMEOUT = 3_000;
/** How often another port is tried when somebody took the chosen one between the choice and the start. */
const PORT_ATTEMPTS = 10;
const LOG_LENGTH = 64 * 1024;

/** How to start a Sentinel. */
export interface ValkeySentinelOptions {
  /** The line of releases; default `VALKEY_VERSION`, else `9.1`. */
  readonly version?: ServerVersion;
  /** Lines of its configuration file, such as `sentinel monitor main 127.0.0.1 6379 1`; default none. */
  readonly config?: readonly string[];
}

/**
 * A real Sentinel for tests, on 127.0.0.1 and a free port. It monitors what its configuration says, or what it is told later.
 *
 * It has a temporary folder of its own, which `stop()` removes. It never outlives this process, even when this process
 * is killed, and does not keep it alive.
 *
 * @example
 * await using sentinel = await ValkeySentinel.start();
 * const client = new Valkey({ host: sentinel.host, port: sentinel.port });
 */
export class ValkeySentinel implements AsyncDisposable {
  readonly host: string = '127.0.0.1';
  readonly #binary: ServerBinary;
  readonly #options: ValkeySentinelOptions;
  readonly #folder: TemporaryFolder;
  #port = 0;
  #process: ServerProcess | undefined;

  private constructor(binary: ServerBinary, options: ValkeySentinelOptions, folder: TemporaryFolder) {
    this.#binary = binary;
    this.#options = options;
    this.#folder = folder;
  }

  /** Starts a Sentinel and resolves when it answers. Rejects with the end of its log when it ends first or is not ready within ten seconds. */
  static async start(options: ValkeySentinelOptions = {}): Promise<ValkeySentinel> {
    const binary = await provision(options.version);
    const sentinel = new ValkeySentinel(binary, options, await TemporaryFolder.create('sentinel'));
    try {
      await sentinel.#launchOnFreePort();
    } catch (error) {
      await sentinel.stop('SIGKILL');
      throw error;
    }
    return sentinel;
  }

  get port(): number {
    return this.#port;
  }

  /** The server's full version, such as `9.1.2`. */
  get version(): string {
    return this.#binary.version;
  }

  /** The end of what it logged, at most 64 KiB; empty after `stop()`. */
  get logs(): string {
    const log = this.#folder.file('log');
    return existsSync(log) ? readFileSync(log, 'utf8').slice(-LOG_LENGTH) : '';
  }

  /** Ends the Sentinel and removes its folder; resolves when both are done. One that has not ended after three seconds is killed. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    await this.#process?.end(signal, STOP_TIMEOUT);
    await this.#folder.remove();
  }

  /** The same as `stop()`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #launchOnFreePort(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      this.#port = await findFreePort();
      try {
        await this.#launch();
        return;
      } catch (error) {
        if (!/address already in use/i.test(this.logs) || attempt === PORT_ATTEMPTS) throw error;
        await rm(this.#folder.file('log'), { force: true });
      }
    }
  }

  async #launch(): Promise<void> {
    const [config, socket] = [this.#folder.file('conf'), this.#folder.file('socket')];
    // A Sentinel keeps its state in its configuration file, and does not start without one.
    await writeFile(config, (this.#options.config ?? []).map((line) => `${line}\n`).join(''));
    const words = [config, '--sentinel', '--bind', this.host, '--port', String(this.#port), '--protected-mode', 'no'];
    words.push('--dir', this.#folder.path, '--unixsocket', socket, '--daemonize', 'no');
    const log = this.#folder.file('log');
    const launched = new ServerProcess(serverInvocation(this.#binary), words, this.#folder.path, log);
    this.#process = launched;
    const deadline = performance.now() + START_TIMEOUT;
    if (!(await waitUntilReady(socket, () => !launched.isRunning || performance.now() > deadline))) {
      const reason = launched.isRunning ? `did not answer within ${START_TIMEOUT} ms` : await launched.exited;
      await launched.end('SIGKILL', STOP_TIMEOUT);
      throw new Error(`The Sentinel ${this.#binary.version} ${reason} at its start.\n${this.logs}`);
    }
    launched.unref();
  }
}
