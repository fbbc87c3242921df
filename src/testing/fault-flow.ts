import type { Socket } from 'node:net';

import type { Direction, Fault } from './fault.ts';

/** Bytes held back in one direction before the source is paused: enough for a delay not to become a throttle. */
const HIGH_WATER = 1024 * 1024;
/** A throttled flow forwards as much as its rate allows in this many milliseconds, then waits. */
const THROTTLE_STEP = 20;
/** What a timer of Node can wait at most, 24 days; anything longer would fire at once, and again and again. */
const LONGEST_TIMER = 2 ** 31 - 1;

interface Chunk {
  readonly bytes: Buffer;
  readonly arrived: number;
}

/** What a flow tells the connection it belongs to. */
export interface FlowObserver {
  /** Bytes were handed to the sink. */
  onForward(direction: Direction, bytes: number): void;
  /** Bytes, or the end of the source, were swallowed: the two ends no longer agree. */
  onLoss(): void;
  /** The cut point is reached; everything before it was handed to the sink. */
  onCut(reset: boolean): void;
}

/**
 * One direction of a connection: takes what a source sends, and forwards it to a sink as the present fault allows.
 *
 * ```
 * source --data--> queue (arrival times) --delay, throttle, piece size, cut point--> sink
 *        <-pause-- when 1 MiB waits       <-wait for 'drain'-- when the sink is full
 * ```
 */
export class FaultFlow {
  readonly direction: Direction;
  readonly #source: Socket;
  readonly #sink: Socket;
  readonly #fault: Fault;
  readonly #observer: FlowObserver;
  #queue: Chunk[] = [];
  #queued = 0;
  #forwarded = 0;
  /** Where this flow counts from for the present cut point. */
  #countedFrom = 0;
  /** When the source ended, or `undefined` as long as it has not. */
  #endArrived: number | undefined;
  #isSinkFull = false;
  #isClosed = false;
  #isForgotten = false;
  /** When a throttled flow may forward again. */
  #resumesAt = 0;
  #timer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;

  constructor(direction: Direction, source: Socket, sink: Socket, fault: Fault, observer: FlowObserver) {
    this.direction = direction;
    this.#source = source;
    this.#sink = sink;
    this.#fault = fault;
    this.#observer = observer;
    source.on('data', (bytes: Buffer) => this.#take(bytes));
    source.on('end', () => {
      this.#endArrived = performance.now();
      this.pump();
    });
    sink.on('drain', () => {
      this.#isSinkFull = false;
      this.pump();
    });
  }

  /** Makes a cut point that counts from now on count from here. */
  countFromHere(): void {
    this.#countedFrom = this.#forwarded;
  }

  /** Makes cut points count from the connection's start. */
  countFromStart(): void {
    this.#countedFrom = 0;
  }

  /** Swallows everything from now on. */
  forget(): void {
    this.#isForgotten = true;
    this.pump();
  }

  /** Forgets what waits and stops all timers. */
  close(): void {
    this.#isClosed = true;
    this.#queue = [];
    this.#queued = 0;
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
  }

  /** Forwards what may be forwarded now. Called on every arrival, and whenever a fault changes. */
  pump(): void {
    clearTimeout(this.#timer);
    while (!this.#isClosed) {
      if (this.#isSwallowing()) return this.#swallow();
      if (this.#isSinkFull || this.#immediate !== undefined) return;
      if (this.#remaining() <= 0) return this.#observer.onCut(this.#fault.cutPoint?.reset === true);
      const head = this.#queue[0];
      const arrived = head?.arrived ?? this.#endArrived;
      if (arrived === undefined) return;
      const wait = Math.max(arrived + this.#fault.delay, this.#throttledUntil()) - performance.now();
      if (wait > 0) return this.#wait(wait);
      if (head === undefined) return this.#finish();
      this.#forward(head.bytes);
    }
  }

  #take(bytes: Buffer): void {
    if (this.#isClosed) return;
    this.#queue.push({ bytes, arrived: performance.now() });
    this.#queued += bytes.length;
    if (this.#queued >= HIGH_WATER) this.#source.pause();
    this.pump();
  }

  #forward(head: Buffer): void {
    const piece = head.subarray(0, Math.min(head.length, this.#pieceSize(), this.#remaining()));
    this.#dropFromQueue(piece.length);
    this.#forwarded += piece.length;
    if (this.#fault.bytesPerSecond !== Infinity) {
      const now = performance.now();
      this.#resumesAt = Math.max(now, this.#resumesAt) + (piece.length / this.#fault.bytesPerSecond) * 1000;
    }
    this.#isSinkFull = !this.#sink.write(piece);
    this.#observer.onForward(this.direction, piece.length);
    if (this.#fault.pieceSize !== Infinity) this.#yield();
  }

  #dropFromQueue(length: number): void {
    const head = this.#queue[0];
    if (head === undefined) return;
    if (length === head.bytes.length) this.#queue.shift();
    else this.#queue[0] = { bytes: head.bytes.subarray(length), arrived: head.arrived };
    this.#queued -= length;
    if (this.#queued < HIGH_WATER) this.#source.resume();
  }

  get #isBlack(): boolean {
    return this.#isForgotten || this.#fault.isBlackhole;
  }

  #isSwallowing(): boolean {
    return this.#isBlack || (this.#fault.isDroppingReplies && this.direction === 'toClient');
  }

  #swallow(): void {
    const hasEnded = this.#endArrived !== undefined;
    if (this.#queue.length > 0 || (hasEnded && this.#isBlack)) this.#observer.onLoss();
    this.#queue = [];
    this.#queued = 0;
    this.#source.resume();
    if (hasEnded && !this.#isBlack) this.#finish();
  }

  #remaining(): number {
    const { cutPoint } = this.#fault;
    if (cutPoint === undefined || cutPoint.direction !== this.direction) return Infinity;
    return this.#countedFrom + cutPoint.bytes - this.#forwarded;
  }

  #pieceSize(): number {
    const step = Math.max(1, Math.floor((this.#fault.bytesPerSecond * THROTTLE_STEP) / 1000));
    return Math.min(this.#fault.pieceSize, step);
  }

  #throttledUntil(): number {
    return this.#fault.bytesPerSecond === Infinity ? 0 : this.#resumesAt;
  }

  #finish(): void {
    if (!this.#sink.writableEnded) this.#sink.end();
  }

  #wait(milliseconds: number): void {
    this.#timer = setTimeout(() => this.pump(), Math.min(Math.ceil(milliseconds), LONGEST_TIMER));
    this.#timer.unref();
  }

  /** Lets the event loop turn, so that the next piece is a write, and usually a read, of its own. */
  #yield(): void {
    this.#immediate = setImmediate(() => {
      this.#immediate = undefined;
      this.pump();
    });
  }
}
