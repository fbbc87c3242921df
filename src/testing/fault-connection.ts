import { connect } from 'node:net';
import type { NetConnectOpts, Socket } from 'node:net';

import { FaultFlow } from './fault-flow.ts';
import type { FlowObserver } from './fault-flow.ts';
import type { Direction, Fault } from './fault.ts';

/** How long a cut waits for the other side to take the last bytes and to end too, in milliseconds. */
const LINGER = 1_000;
/** How long a receiver gets to read the last bytes before a reset, in milliseconds. */
const RESET_GRACE = 10;

/** One client's connection through a proxy: a socket to the client, one to the server, and a flow in each direction. */
export class FaultConnection {
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #flows: readonly FaultFlow[];
  readonly #isServerTcp: boolean;
  readonly #fault: Fault;
  readonly #onClose: () => void;
  #hasLoss = false;
  #isForgotten = false;
  #isCut = false;
  #open = 2;

  /** `onForward` hears of every byte handed on, `onClose` when both sockets are closed. */
  constructor(
    client: Socket,
    target: NetConnectOpts,
    fault: Fault,
    onForward: (direction: Direction, bytes: number) => void,
    onClose: () => void,
  ) {
    this.#client = client;
    this.#isServerTcp = 'port' in target;
    this.#fault = fault;
    this.#onClose = onClose;
    this.#server = connect({ ...target, allowHalfOpen: true, noDelay: true });
    const observer: FlowObserver = {
      onForward,
      onLoss: () => {
        this.#hasLoss = true;
      },
      onCut: (reset) => this.#cut(reset, RESET_GRACE),
    };
    this.#flows = [
      new FaultFlow('toServer', client, this.#server, fault, observer),
      new FaultFlow('toClient', this.#server, client, fault, observer),
    ];
    this.#watch(client, this.#server);
    this.#watch(this.#server, client);
    // A cut point of zero bytes is reached before the first.
    this.pump();
  }

  /** Whether the connection is neither cut nor closed on both sides. */
  get isLive(): boolean {
    return !this.#isCut && this.#open > 0;
  }

  /** Forwards what the present fault allows. */
  pump(): void {
    for (const flow of this.#flows) flow.pump();
  }

  /** Swallows everything from now on, ends included, until it is healed, which ends it. */
  forget(): void {
    this.#isForgotten = true;
    this.#hasLoss = true;
    for (const flow of this.#flows) flow.forget();
  }

  countFrom(from: 'start' | 'now'): void {
    for (const flow of this.#flows) {
      if (from === 'now') flow.countFromHere();
      else flow.countFromStart();
    }
  }

  /** Ends the connection when something in it was lost: what follows would make no sense to the receiver. */
  heal(): void {
    if (this.#hasLoss) this.destroy();
    else this.pump();
  }

  /** Ends both sockets, with a reset or in order. What was handed on before an orderly end is still delivered. */
  cut(reset: boolean): void {
    this.#cut(reset, 0);
  }

  /** Closes both sockets at once. */
  destroy(): void {
    this.#isCut = true;
    for (const flow of this.#flows) flow.close();
    this.#client.destroy();
    this.#server.destroy();
  }

  #cut(reset: boolean, grace: number): void {
    if (this.#isCut) return;
    this.#isCut = true;
    for (const flow of this.#flows) flow.close();
    for (const socket of [this.#client, this.#server]) {
      if (!reset) this.#endSoon(socket);
      else if (grace === 0) this.#reset(socket);
      else this.#resetSoon(socket, grace);
    }
  }

  #watch(socket: Socket, other: Socket): void {
    socket.unref();
    // Every failure is followed by 'close', which is where it is passed on.
    socket.on('error', () => {});
    socket.on('close', (hadError) => {
      this.#open--;
      if (this.#open === 0) {
        for (const flow of this.#flows) flow.close();
        this.#onClose();
      }
      if (this.#isCut) return;
      if (this.#fault.isBlackhole || this.#isForgotten) this.#hasLoss = true;
      else if (hadError) this.#reset(other);
    });
  }

  #reset(socket: Socket): void {
    // A Unix socket knows no reset, and one that is still dialling has nobody to send it to.
    // One that is being shut down cannot be reset: libuv refuses, and Node then waits for its end for ever, at exit too.
    const canReset = !socket.connecting && !socket.writableEnded && (socket === this.#client || this.#isServerTcp);
    if (canReset) socket.resetAndDestroy();
    else socket.destroy();
  }

  /**
   * Resets the socket when its last bytes are delivered: a reset throws away what the system has not sent yet, and a
   * receiver that finds bytes and the reset together may see an orderly end.
   */
  #resetSoon(socket: Socket, grace: number): void {
    const reset = (): void => this.#reset(socket);
    const resetLater = (): void => {
      // From a timer the event loop first looks at the sockets, in case the receiver lives in this process.
      setTimeout(() => setImmediate(reset), grace).unref();
    };
    if (socket.writableLength === 0) return resetLater();
    socket.write('', resetLater);
    this.#linger(socket, reset);
  }

  /** Closing a socket with unread bytes in it sends a reset, so it is read until the other side has ended too. */
  #endSoon(socket: Socket): void {
    socket.end();
    socket.resume();
    this.#linger(socket, () => socket.destroy());
  }

  #linger(socket: Socket, end: () => void): void {
    const timer = setTimeout(end, LINGER);
    timer.unref();
    socket.once('close', () => clearTimeout(timer));
  }
}
