import { createServer } from 'node:net';
import type { NetConnectOpts, Server, Socket } from 'node:net';

import { FaultConnection } from './fault-connection.ts';
import { noFault } from './fault.ts';
import type { Direction, Fault } from './fault.ts';
import { findFreePort } from './free-port.ts';
import { dialOf } from './proxy-target.ts';
import type { FaultProxyTarget } from './proxy-target.ts';

const PORT_ATTEMPTS = 10;

/** How a connection is cut. */
export interface CutOptions {
  /** A reset (RST) instead of an orderly end (FIN); default `false`. */
  readonly reset?: boolean;
}

/** Where a connection is cut. */
export interface CutAfterOptions extends CutOptions {
  /** The direction whose bytes count; default `'toClient'`. */
  readonly direction?: Direction;
  /** Whether a connection that exists already counts from its own start or from this call; default `'start'`. */
  readonly from?: 'start' | 'now';
}

/**
 * A TCP proxy that does to its connections what networks do.
 *
 * Without faults it forwards everything in both directions, half-closed connections and resets included. Faults apply
 * to live and new connections at once, may be combined, and last until `heal()`. A proxy never keeps the process alive.
 *
 * @example
 * await using proxy = await FaultProxy.start(server);
 * const client = new Valkey({ host: proxy.host, port: proxy.port });
 * proxy.cutAfter(10);
 */
export class FaultProxy implements AsyncDisposable {
  readonly host: string = '127.0.0.1';
  readonly port: number;
  readonly #server: Server;
  #target: NetConnectOpts;
  readonly #fault: Fault = noFault();
  readonly #connections = new Set<FaultConnection>();
  #accepted = 0;
  readonly #bytes: Record<Direction, number> = { toServer: 0, toClient: 0 };

  private constructor(server: Server, port: number, target: NetConnectOpts) {
    this.#server = server;
    this.port = port;
    this.#target = target;
    server.on('connection', (socket) => this.#accept(socket));
    server.on('error', () => {});
    server.unref();
  }

  /**
   * Starts a proxy on 127.0.0.1 and a free port. The target is dialled anew for every connection. Rejects with a `RangeError` when it
   * cannot be dialled: a port that is none, an empty path.
   */
  static async start(target: FaultProxyTarget): Promise<FaultProxy> {
    const dial = dialOf(target, 'FaultProxy.start');
    for (let attempt = 1; ; attempt++) {
      const port = await findFreePort();
      const server = createServer({ allowHalfOpen: true, noDelay: true });
      try {
        await listen(server, port);
        return new FaultProxy(server, port, dial);
      } catch (error) {
        if (attempt === PORT_ATTEMPTS) throw error;
      }
    }
  }

  /**
   * Sends connections that are made from now on to another server, as a name does that changes hands. Those that stand stay. Throws what
   * `start()` rejects with.
   */
  retarget(target: FaultProxyTarget): void {
    this.#target = dialOf(target, 'retarget');
  }

  /** The number of connections that are neither cut nor closed on both sides. */
  get connections(): number {
    let live = 0;
    for (const connection of this.#connections) if (connection.isLive) live++;
    return live;
  }

  /** The number of connections that ever arrived, refused ones included. */
  get accepted(): number {
    return this.#accepted;
  }

  /** The number of bytes forwarded to the server, over all connections. */
  get bytesToServer(): number {
    return this.#bytes.toServer;
  }

  /** The number of bytes forwarded to clients, over all connections. */
  get bytesToClient(): number {
    return this.#bytes.toClient;
  }

  /** Swallows everything in both directions, ends and resets included: a cable pulled out. Still accepts connections. */
  blackhole(): void {
    this.#fault.isBlackhole = true;
    this.#pump();
  }

  /** Holds every byte back for `milliseconds` in each direction, so a round trip takes twice as long. 0 ends it. */
  delay(milliseconds: number): void {
    requireAtLeast(0, milliseconds, 'delay');
    this.#fault.delay = milliseconds;
    this.#pump();
  }

  /**
   * Cuts each connection when exactly `bytes` bytes have gone through in one direction; new connections each count anew.
   * A connection that is past the point already is cut at once. A reset follows the last byte by some milliseconds, so
   * that the receiver reads it. `bytes` is a whole number; a `RangeError` says what else is wrong.
   */
  cutAfter(bytes: number, options: CutAfterOptions = {}): void {
    requireWhole(0, bytes, 'cutAfter');
    const { direction = 'toClient', reset = false, from = 'start' } = options;
    requireOneOf(['toServer', 'toClient'], direction, 'direction');
    requireOneOf(['start', 'now'], from, 'from');
    this.#fault.cutPoint = { bytes, direction, reset };
    for (const connection of this.#connections) connection.countFrom(from);
    this.#pump();
  }

  /** Forwards in pieces of at most `bytes` bytes, a whole number, each a write of its own. */
  splitEvery(bytes: number = 1): void {
    requireWhole(1, bytes, 'splitEvery');
    this.#fault.pieceSize = bytes;
    this.#pump();
  }

  /** Forwards at most this many bytes per second, in each direction of each connection. */
  throttle(bytesPerSecond: number): void {
    requireAtLeast(1, bytesPerSecond, 'throttle');
    this.#fault.bytesPerSecond = bytesPerSecond;
    this.#pump();
  }

  /** Forwards requests and swallows replies: the server runs commands and nobody learns of it. */
  dropReplies(): void {
    this.#fault.isDroppingReplies = true;
    this.#pump();
  }

  /** Resets new connections at once; live ones go on. */
  refuse(): void {
    this.#fault.isRefusing = true;
  }

  /**
   * Forgets the connections there are, as a NAT or a balancer does with idle ones: whatever is sent on them vanishes, and neither side
   * is told. New connections are fine.
   */
  forget(): void {
    for (const connection of this.#connections) connection.forget();
  }

  /** Ends all faults. What was held back is forwarded; connections that lost something are closed. */
  heal(): void {
    Object.assign(this.#fault, noFault());
    for (const connection of this.#connections) connection.heal();
  }

  /** Cuts all live connections now, whatever other faults there are. */
  cut(options: CutOptions = {}): void {
    for (const connection of this.#connections) connection.cut(options.reset === true);
  }

  /** Stops listening and closes all connections; resolves when no client's connection is left. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const connection of this.#connections) connection.destroy();
    await closed;
  }

  /** The same as `close()`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #accept(socket: Socket): void {
    this.#accepted++;
    if (this.#fault.isRefusing) {
      socket.on('error', () => {});
      socket.resetAndDestroy();
      return;
    }
    const onForward = (direction: Direction, bytes: number): void => {
      this.#bytes[direction] += bytes;
    };
    const onClose = (): void => {
      this.#connections.delete(connection);
    };
    const connection = new FaultConnection(socket, this.#target, this.#fault, onForward, onClose);
    this.#connections.add(connection);
  }

  #pump(): void {
    for (const connection of this.#connections) connection.pump();
  }
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function requireAtLeast(minimum: number, value: number, name: string): void {
  if (typeof value === 'number' && value >= minimum) return;
  throw new RangeError(`${name}() needs a number of at least ${minimum}, not ${String(value)}.`);
}

/** A part of a byte is never forwarded, and would be waited for for ever. `Infinity` is no limit. */
function requireWhole(minimum: number, value: number, name: string): void {
  if (value === Infinity || (Number.isInteger(value) && value >= minimum)) return;
  throw new RangeError(`${name}() needs a whole number of at least ${minimum}, not ${String(value)}.`);
}

function requireOneOf(words: readonly string[], value: string, name: string): void {
  if (!words.includes(value)) throw new RangeError(`cutAfter() needs ${words.join(' or ')} as ${name}, not ${value}.`);
}
