import { existsSync, readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';

import { sharedCertificates } from './certificate.ts';
import type { CertificateSet } from './certificate.ts';
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
  /** Further words of its command line; default none. */
  readonly args?: readonly string[];
  /** Listens with TLS, and with nothing else, and speaks it to those it monitors; default `false`. */
  readonly tls?: boolean;
}

/** How a Sentinel is started again. */
export interface SentinelRestartOptions {
  /** On another free port; default `false`. */
  readonly newPort?: boolean;
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
  readonly #certificates: CertificateSet | undefined;
  readonly #folder: TemporaryFolder;
  #port = 0;
  #process: ServerProcess | undefined;
  #isPaused = false;

  private constructor(
    binary: ServerBinary,
    options: ValkeySentinelOptions,
    certificates: CertificateSet | undefined,
    folder: TemporaryFolder,
  ) {
    this.#certificates = certificates;
    this.#binary = binary;
    this.#options = options;
    this.#folder = folder;
  }

  /** Starts a Sentinel and resolves when it answers. Rejects with the end of its log when it ends first or is not ready within ten seconds. */
  static async start(options: ValkeySentinelOptions = {}): Promise<ValkeySentinel> {
    const binary = await provision(options.version);
    const certificates = options.tls === true ? await sharedCertificates() : undefined;
    const folder = await TemporaryFolder.create('sentinel');
    const sentinel = new ValkeySentinel(binary, options, certificates, folder);
    try {
      await sentinel.#prepare();
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

  /** The path of its Unix socket. */
  get unixSocket(): string {
    return this.#folder.file('socket');
  }

  /** Whether it runs, and is not paused. */
  get isServing(): boolean {
    return this.#process?.isRunning === true && !this.#isPaused;
  }

  /** The end of what it logged, at most 64 KiB; empty after `stop()`. */
  get logs(): string {
    const log = this.#folder.file('log');
    return existsSync(log) ? readFileSync(log, 'utf8').slice(-LOG_LENGTH) : '';
  }

  /** Ends the Sentinel and removes its folder; resolves when both are done. One that has not ended after three seconds is killed. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    await this.#end(signal);
    await this.#folder.remove();
  }

  /** Kills the Sentinel as a crash would. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Freezes the Sentinel: nothing is answered until `resume()`. */
  pause(): void {
    this.#process?.signal('SIGSTOP');
    this.#isPaused = true;
  }

  /** Continues after `pause()`. */
  resume(): void {
    this.#process?.signal('SIGCONT');
    this.#isPaused = false;
  }

  /** Stops the Sentinel when it runs, and starts it again with what it knew; after `stop()`, with `config` alone. Resolves when it answers. */
  async restart(options: SentinelRestartOptions = {}): Promise<void> {
    await this.#end('SIGTERM');
    if (!existsSync(this.#folder.path)) await this.#prepare();
    await rm(this.unixSocket, { force: true });
    if (options.newPort === true) await this.#launchOnFreePort();
    else await this.#launch();
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

  async #prepare(): Promise<void> {
    await this.#folder.ensure();
    // A Sentinel keeps its state in its configuration file, and does not start without one.
    await writeFile(this.#folder.file('conf'), (this.#options.config ?? []).map((line) => `${line}\n`).join(''));
    if (this.#certificates === undefined) return;
    const { ca, server } = this.#certificates;
    await writeFile(this.#folder.file('ca.crt'), ca);
    await writeFile(this.#folder.file('server.crt'), server.cert);
    await writeFile(this.#folder.file('server.key'), server.key, { mode: 0o600 });
  }

  #args(): string[] {
    const file = (name: string): string => this.#folder.file(name);
    const words = [file('conf'), '--sentinel', '--bind', this.host, '--protected-mode', 'no'];
    if (this.#certificates === undefined) words.push('--port', String(this.#port));
    else {
      words.push('--port', '0', '--tls-port', String(this.#port), '--tls-replication', 'yes');
      words.push('--tls-auth-clients', 'optional', '--tls-ca-cert-file', file('ca.crt'));
      words.push('--tls-cert-file', file('server.crt'), '--tls-key-file', file('server.key'));
    }
    words.push(...(this.#options.args ?? []));
    return [...words, '--dir', this.#folder.path, '--unixsocket', this.unixSocket, '--daemonize', 'no'];
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    await this.#process?.end(this.#isPaused ? 'SIGKILL' : signal, STOP_TIMEOUT);
    this.#isPaused = false;
  }

  async #launch(): Promise<void> {
    const socket = this.unixSocket;
    const log = this.#folder.file('log');
    const launched = new ServerProcess(serverInvocation(this.#binary), this.#args(), this.#folder.path, log);
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
