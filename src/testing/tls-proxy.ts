import { connect } from 'node:net';
import type { NetConnectOpts, Socket } from 'node:net';
import { createServer } from 'node:tls';
import type { PeerCertificate, Server, TlsOptions, TLSSocket } from 'node:tls';

import { findFreePort } from './free-port.ts';
import { dialOf } from './proxy-target.ts';
import type { FaultProxyTarget } from './proxy-target.ts';

const PORT_ATTEMPTS = 10;

/** How the proxy shows itself: the options of Node's `tls.createServer`; `cert` and `key` are needed. */
export type TlsProxyOptions = TlsOptions;

/**
 * A proxy that ends TLS in front of a server that speaks none, as load balancers do.
 *
 * Unlike a server itself it can staple an OCSP response to its certificate. A proxy never keeps the process alive.
 *
 * @example
 * await using proxy = await TlsProxy.start(server, await authority.issue());
 * const client = new Valkey({ host: proxy.host, port: proxy.port, tls: { ca: authority.cert } });
 */
export class TlsProxy implements AsyncDisposable {
  readonly host: string = '127.0.0.1';
  readonly port: number;
  /** What is sent along with the certificate to a client that asks for it: an OCSP response, DER, or nothing. */
  staple: Buffer | undefined;
  /** The certificates of the clients that came, as Node describes them; `undefined` for one without. */
  readonly clients: (PeerCertificate | undefined)[] = [];
  readonly #server: Server;
  readonly #target: NetConnectOpts;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server, port: number, target: NetConnectOpts) {
    this.#server = server;
    this.port = port;
    this.#target = target;
    server.on('connection', (socket: Socket) => this.#keep(socket));
    server.on('secureConnection', (socket) => this.#accept(socket));
    server.on('OCSPRequest', (_certificate, _issuer, answer) => answer(null, this.staple ?? Buffer.alloc(0)));
    server.on('tlsClientError', () => {});
    server.unref();
  }

  /** Starts a proxy on 127.0.0.1 and a free port. The target is dialled anew for every connection; `RangeError` as with `FaultProxy`. */
  static async start(target: FaultProxyTarget, options: TlsProxyOptions): Promise<TlsProxy> {
    const dial = dialOf(target, 'TlsProxy.start');
    for (let attempt = 1; ; attempt++) {
      const port = await findFreePort();
      const server = createServer(options);
      try {
        await new Promise<void>((resolve, reject) => {
          server.once('error', reject);
          server.listen({ port, host: '127.0.0.1', exclusive: true }, resolve);
        });
        return new TlsProxy(server, port, dial);
      } catch (error) {
        if (attempt === PORT_ATTEMPTS) throw error;
      }
    }
  }

  /** Uses another certificate, or other options, for the connections to come. */
  renew(options: TlsProxyOptions): void {
    this.#server.setSecureContext(options);
  }

  /** Ends all connections now; new ones are welcome. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Stops listening and closes all connections. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.cut();
    await closed;
  }

  /** The same as `close()`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #accept(client: TLSSocket): void {
    const certificate = client.getPeerCertificate();
    this.clients.push(certificate.raw === undefined ? undefined : certificate);
    const server = connect(this.#target);
    this.#keep(client);
    this.#keep(server);
    client.pipe(server).pipe(client);
    client.on('close', () => server.destroy());
    // An end in order is passed on by the pipe, behind the last bytes.
    server.on('close', (hadError) => hadError && client.destroy());
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.unref();
    // Every failure is followed by 'close'.
    socket.on('error', () => {});
    socket.on('close', () => this.#sockets.delete(socket));
  }
}
