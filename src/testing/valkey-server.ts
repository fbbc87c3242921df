import { existsSync, readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';

import { sharedCertificates } from './certificate.ts';
import type { Certificate, CertificateSet } from './certificate.ts';
import { ClusterDeployment } from './cluster-deployment.ts';
import type { ClusterOptions } from './cluster-deployment.ts';
import { findFreePort } from './free-port.ts';
import { provision, serverInvocation } from './provision.ts';
import type { ServerBinary } from './provision.ts';
import { waitUntilReady } from './readiness.ts';
import { SentinelDeployment } from './sentinel-deployment.ts';
import type { SentinelDeploymentOptions } from './sentinel-deployment.ts';
import { ServerProcess } from './server-process.ts';
import type { ServerVersion } from './server-version.ts';
import { TemporaryFolder } from './temporary-folder.ts';

const START_TIMEOUT = 10_000;
const STOP_TIMEOUT = 3_000;
/** How often another port is tried when somebody took the chosen one between the choice and the start. */
const PORT_ATTEMPTS = 10;
const LOG_LENGTH = 64 * 1024;
const LOG_LINES_SHOWN = 15;

/** How to start a server. */
export interface ValkeyServerOptions {
  /** The line of releases; default `VALKEY_VERSION`, else `9.1`. */
  readonly version?: ServerVersion;
  /** Further words of the server's command line, such as `['--maxmemory', '10mb']`. They override the kit's own. */
  readonly args?: readonly string[];
  /** Makes the `unixSocket` property available; default `false`. */
  readonly unixSocket?: boolean;
  /** `true` opens a TLS port besides the plain one, `'only'` instead of it; default `false`. */
  readonly tls?: boolean | 'only';
  /** The plain port, or the TLS port with `tls: 'only'`; default a free one. */
  readonly port?: number;
  /** The password of the default user; default none. */
  readonly password?: string;
  /** How long the server may take until it answers, in milliseconds; default 10 000. */
  readonly startTimeout?: number;
}

/**
 * A real server for tests, on 127.0.0.1 and a free port, without persistence.
 *
 * It has a temporary folder of its own, which `stop()` removes. It never outlives this process, even when this process
 * is killed, and does not keep it alive. The TLS port accepts clients with and without a certificate.
 *
 * @example
 * await using server = await ValkeyServer.start();
 * const client = new Valkey({ host: server.host, port: server.port });
 */
export class ValkeyServer implements AsyncDisposable {
  readonly host: string = '127.0.0.1';
  readonly #binary: ServerBinary;
  readonly #options: ValkeyServerOptions;
  readonly #certificates: CertificateSet | undefined;
  readonly #folder: TemporaryFolder;
  #port = 0;
  #tlsPort = 0;
  #process: ServerProcess | undefined;
  #isPaused = false;
  #lastLogs = '';

  private constructor(
    binary: ServerBinary,
    options: ValkeyServerOptions,
    certificates: CertificateSet | undefined,
    folder: TemporaryFolder,
  ) {
    this.#binary = binary;
    this.#options = options;
    this.#certificates = certificates;
    this.#folder = folder;
  }

  /**
   * Starts a server and resolves when it answers.
   * Rejects with the last lines of its log when it ends first or is not ready within `startTimeout`, and with one
   * sentence on what to install when there is no server to start.
   */
  static async start(options: ValkeyServerOptions = {}): Promise<ValkeyServer> {
    const binary = await provision(options.version);
    const certificates = hasTls(options) ? await sharedCertificates() : undefined;
    const folder = await TemporaryFolder.create('server');
    const server = new ValkeyServer(binary, options, certificates, folder);
    try {
      await server.#launchOnFreePort();
    } catch (error) {
      await server.stop('SIGKILL');
      throw error;
    }
    return server;
  }

  /**
   * Starts servers that form a cluster, and resolves when it takes commands.
   *
   * @example
   * await using cluster = await ValkeyServer.startCluster({ primaries: 3, replicas: 1 });
   * const [first, second] = await cluster.primaries();
   * await cluster.migrateSlots([0, 100], first, second, { mode: 'atomic' });
   */
  static startCluster(options: ClusterOptions = {}): Promise<ClusterDeployment> {
    return ClusterDeployment.create((server) => ValkeyServer.start(server), options);
  }

  /**
   * Starts servers and the Sentinels that watch them, and resolves when all know each other.
   *
   * @example
   * await using deployment = await ValkeyServer.startSentinel({ replicas: 2, sentinels: 3 });
   * const sentinel = new Sentinel(deployment.addresses);
   * await deployment.failover();
   */
  static startSentinel(options: SentinelDeploymentOptions = {}): Promise<SentinelDeployment> {
    return SentinelDeployment.create((server) => ValkeyServer.start(server), options);
  }

  /** The plain TCP port; 0 with `tls: 'only'`. */
  get port(): number {
    return this.#port;
  }

  /** The TLS port; 0 without `tls`. */
  get tlsPort(): number {
    return this.#tlsPort;
  }

  /** The address and the password as a URL: `valkeys://` with `tls: 'only'`, else `valkey://`. */
  get url(): string {
    const { password } = this.#options;
    const credentials = password === undefined ? '' : `:${encodeURIComponent(password)}@`;
    if (this.#options.tls === 'only') return `valkeys://${credentials}${this.host}:${this.#tlsPort}`;
    return `valkey://${credentials}${this.host}:${this.#port}`;
  }

  /** The path of the Unix socket. Throws unless the server was started with `unixSocket: true`. */
  get unixSocket(): string {
    if (this.#options.unixSocket !== true)
      throw new Error('unixSocket needs ValkeyServer.start({ unixSocket: true }).');
    return this.#socketPath;
  }

  /** The certificate (PEM) of the authority that signed the server's. Throws unless the server was started with `tls`. */
  get ca(): string {
    return this.#requireCertificates('ca').ca;
  }

  /** A certificate (PEM) the server accepts from a client. Throws unless the server was started with `tls`. */
  get clientCertificate(): Certificate {
    return this.#requireCertificates('clientCertificate').client;
  }

  /** The server's full version, such as `9.1.2`. */
  get version(): string {
    return this.#binary.version;
  }

  /** Whether this is Valkey or an older relative. */
  get product(): 'valkey' | 'redis' {
    return this.#binary.product;
  }

  /** The id of the server process, or of the last one when it has ended. */
  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  /** Whether the process exists; a paused server is running. */
  get isRunning(): boolean {
    return this.#process?.isRunning === true;
  }

  /** The end of what the server logged, at most 64 KiB, over all its restarts. Also available after `stop()`. */
  get logs(): string {
    if (!existsSync(this.#logPath)) return this.#lastLogs;
    return readFileSync(this.#logPath, 'utf8').slice(-LOG_LENGTH);
  }

  /**
   * Ends the server in order and removes its folder; resolves when both are done.
   * A server that is paused, or has not ended after three seconds, is killed. Does nothing when it was stopped before.
   */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    await this.#end(signal);
    this.#lastLogs = this.logs;
    await this.#folder.remove();
  }

  /** Kills the server as a crash would: clients see their connections end. Resolves when it has ended. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Freezes the server: connections stay open and are even accepted, but nothing is answered until `resume()`. */
  pause(): void {
    this.#requireProcess().signal('SIGSTOP');
    this.#isPaused = true;
  }

  /** Continues after `pause()`. */
  resume(): void {
    this.#requireProcess().signal('SIGCONT');
    this.#isPaused = false;
  }

  /** Stops the server when it runs, and starts it again on the same ports. Resolves when it answers. */
  async restart(): Promise<void> {
    await this.#end('SIGTERM');
    await this.#launch();
  }

  /** The same as `stop()`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  get #socketPath(): string {
    return this.#folder.file('socket');
  }

  get #logPath(): string {
    return this.#folder.file('log');
  }

  async #launchOnFreePort(): Promise<void> {
    const { port, tls } = this.#options;
    for (let attempt = 1; ; attempt++) {
      this.#port = tls === 'only' ? 0 : (port ?? (await findFreePort()));
      if (hasTls(this.#options)) this.#tlsPort = tls === 'only' && port !== undefined ? port : await findFreePort();
      try {
        await this.#launch();
        return;
      } catch (error) {
        const isRace = (port === undefined || tls === true) && /address already in use/i.test(this.logs);
        if (!isRace || attempt === PORT_ATTEMPTS) throw error;
        await rm(this.#logPath, { force: true });
      }
    }
  }

  async #launch(): Promise<void> {
    await this.#prepareFolder();
    const launched = new ServerProcess(serverInvocation(this.#binary), this.#args(), this.#folder.path, this.#logPath);
    this.#process = launched;
    this.#isPaused = false;
    const timeout = this.#options.startTimeout ?? START_TIMEOUT;
    const deadline = performance.now() + timeout;
    // The socket file is in a folder of this server alone, so another server on the same port cannot answer for it.
    const isReady = await waitUntilReady(this.#socketPath, () => !launched.isRunning || performance.now() > deadline);
    if (!isReady) {
      const reason = launched.isRunning ? `did not answer within ${timeout} ms` : await launched.exited;
      await launched.end('SIGKILL', STOP_TIMEOUT);
      throw new Error(`The server ${this.#binary.version} ${reason} at its start.\n${lastLines(this.logs)}`);
    }
    launched.unref();
  }

  async #prepareFolder(): Promise<void> {
    await this.#folder.ensure();
    await rm(this.#socketPath, { force: true });
    if (this.#certificates === undefined) return;
    const { ca, server } = this.#certificates;
    await writeFile(this.#folder.file('ca.crt'), ca);
    await writeFile(this.#folder.file('server.crt'), server.cert);
    await writeFile(this.#folder.file('server.key'), server.key, { mode: 0o600 });
  }

  #args(): string[] {
    const { password, args = [] } = this.#options;
    const words = ['--bind', this.host, '--port', String(this.#port), '--protected-mode', 'no'];
    words.push('--save', '', '--appendonly', 'no', '--dir', this.#folder.path);
    if (hasTls(this.#options)) words.push(...this.#tlsArgs());
    if (password !== undefined) words.push('--requirepass', password);
    if (Number.parseInt(this.#binary.version, 10) >= 7) words.push('--enable-debug-command', 'yes');
    // Last, so that nothing overrides what readiness, logs and signals rely on.
    return [...words, ...args, '--unixsocket', this.#socketPath, '--daemonize', 'no'];
  }

  #tlsArgs(): string[] {
    const file = (name: string): string => this.#folder.file(name);
    const words = ['--tls-port', String(this.#tlsPort), '--tls-auth-clients', 'optional'];
    words.push('--tls-ca-cert-file', file('ca.crt'));
    words.push('--tls-cert-file', file('server.crt'), '--tls-key-file', file('server.key'));
    return words;
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    // A stopped process keeps every signal but SIGKILL until it is continued.
    await this.#process?.end(this.#isPaused ? 'SIGKILL' : signal, STOP_TIMEOUT);
  }

  #requireProcess(): ServerProcess {
    if (this.#process === undefined) throw new Error('The server was not started.');
    return this.#process;
  }

  #requireCertificates(property: string): CertificateSet {
    if (this.#certificates === undefined) throw new Error(`${property} needs ValkeyServer.start({ tls: true }).`);
    return this.#certificates;
  }
}

function hasTls(options: ValkeyServerOptions): boolean {
  return options.tls === true || options.tls === 'only';
}

function lastLines(logs: string): string {
  return logs.trimEnd().split('\n').slice(-LOG_LINES_SHOWN).join('\n');
}
