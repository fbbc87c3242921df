import { AdminConnection } from './admin-connection.ts';
import type { AdminReply } from './admin-connection.ts';

/** The user by which the kit gives orders, and nodes replicate each other. */
export interface Administrator {
  readonly username: string;
  readonly password: string;
}

/** What is needed of a server that is a node. */
export interface NodeServer {
  readonly host: string;
  readonly port: number;
  readonly tlsPort: number;
  readonly url: string;
  readonly unixSocket: string;
  readonly version: string;
  readonly pid: number;
  readonly isRunning: boolean;
  readonly logs: string;
  readonly ca: string;
  readonly clientCertificate: { readonly cert: string; readonly key: string };
  kill(): Promise<void>;
  pause(): void;
  resume(): void;
  restart(): Promise<void>;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** One server of several that belong together. */
export class ServerNode {
  readonly #server: NodeServer;
  readonly #administrator: Administrator;
  #isPaused = false;

  constructor(server: NodeServer, administrator: Administrator) {
    this.#server = server;
    this.#administrator = administrator;
  }

  get host(): string {
    return this.#server.host;
  }

  /** The port clients dial: the plain one, or that of TLS with `tls: 'only'`. */
  get port(): number {
    return this.#server.port === 0 ? this.#server.tlsPort : this.#server.port;
  }

  /** The TLS port; 0 without `tls`. */
  get tlsPort(): number {
    return this.#server.tlsPort;
  }

  /** The id of the server process. */
  get pid(): number {
    return this.#server.pid;
  }

  /** The end of what the server logged. */
  get logs(): string {
    return this.#server.logs;
  }

  /** Whether the server runs, and is not paused. */
  get isServing(): boolean {
    return this.#server.isRunning && !this.#isPaused;
  }

  /** A connection for the kit's own orders. */
  admin(): AdminConnection {
    const connection = new AdminConnection(this.#server.unixSocket);
    const { username, password } = this.#administrator;
    // Its failure is that of the command behind it.
    connection.ask('AUTH', username, password).catch(() => undefined);
    return connection;
  }

  /** Runs one command on this server as its administrator, whatever may be said to clients: `node.call('CONFIG', 'SET', 'maxmemory', '1mb')`. */
  async call(...words: readonly (string | number)[]): Promise<AdminReply> {
    using connection = this.admin();
    return await connection.call(...words);
  }

  /** Kills the server as a crash would. */
  async kill(): Promise<void> {
    await this.#server.kill();
  }

  /** Freezes the server: connections stay open, nothing is answered until `resume()`. */
  pause(): void {
    this.#server.pause();
    this.#isPaused = true;
  }

  /** Continues after `pause()`. */
  resume(): void {
    this.#server.resume();
    this.#isPaused = false;
  }

  /** Stops the server when it runs, and starts it again on the same ports, as what it was. Its data is gone, unless a primary still has it. */
  async restart(): Promise<void> {
    await this.#server.restart();
    this.#isPaused = false;
  }

  /** Ends the server for good. */
  async stop(): Promise<void> {
    // A server that is told to end waits for its replicas first.
    await this.#server.stop('SIGKILL');
  }
}
