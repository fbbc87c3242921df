import { rejection } from '../util/rejection.ts';
import { Ring } from '../util/ring.ts';
import { timerDelay } from '../util/timer.ts';

/** What happens when a message comes for which there is no room. */
export type Overflow = 'drop-oldest' | 'drop-newest' | 'disconnect';

/** How much may wait for somebody to take it. */
export interface BufferBounds {
  readonly maxBuffered: number;
  readonly maxBufferedBytes: number;
  readonly overflow: Overflow;
}

/** Whose the buffer is. */
export interface BufferOwner<M> {
  /** A message was dropped for want of room. */
  dropped(message: M): void;
  /** There was no room, and nothing may be dropped without an end. */
  overflowed(): void;
}

/** Somebody who waits for the next message, or the end. */
interface Taker<M> {
  take(message: M | undefined): void;
  fail(makeError: () => Error): void;
}

/** In the place of a mark's size. */
const MARK = -1;

/**
 * Messages that wait to be taken, within bounds.
 *
 * ```
 *   push -> [ m m m M m m ] -> take
 *                   '-- a mark: it stands between what came before and what came after
 * ```
 *
 * Marks are kept, whatever is dropped around them. Two with no message between them become one, so that they are bounded too.
 */
export class MessageBuffer<M> {
  readonly #bounds: BufferBounds;
  readonly #owner: BufferOwner<M>;
  readonly #messages: Ring<M> = new Ring<M>();
  readonly #sizes: Ring<number> = new Ring<number>();
  /** The mark behind the last message. */
  #mark: M | undefined;
  #merge: (earlier: M, later: M) => M = (_earlier, later) => later;
  #marks = 0;
  #bytes = 0;
  /** First come, first served. Nobody waits while there is a message. */
  readonly #takers: Set<Taker<M>> = new Set();
  #isOver = false;
  #failure: (() => Error) | undefined;

  constructor(bounds: BufferBounds, owner: BufferOwner<M>) {
    this.#bounds = bounds;
    this.#owner = owner;
  }

  /** Messages that wait, marks apart. */
  get length(): number {
    return this.#messages.length - this.#marks;
  }

  /** Their bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Gives a message to who waits for it, or keeps it, or drops what there is no room for. */
  push(message: M, size: number): void {
    if (this.#isOver || this.#handOver(message)) return;
    if (this.length >= this.#bounds.maxBuffered || this.#bytes + size > this.#bounds.maxBufferedBytes) {
      if (!this.#makeRoom(size)) {
        this.#owner.dropped(message);
        return;
      }
    }
    const mark = this.#mark;
    if (mark !== undefined) {
      this.#mark = undefined;
      this.#add(mark, MARK);
    }
    this.#add(message, size);
  }

  /** Puts a mark behind all messages; `merge` makes one of it and one that is there already. */
  mark(message: M, merge: (earlier: M, later: M) => M): void {
    if (this.#isOver || this.#handOver(message)) return;
    this.#merge = merge;
    this.#mark = this.#mark === undefined ? message : merge(this.#mark, message);
  }

  /** The next message, waited for at most `timeout` ms; `null` when there is none, or when it is all over. */
  take(timeout: number): Promise<M | null> {
    const message = this.#shift();
    if (message !== undefined) return Promise.resolve(message);
    if (this.#failure !== undefined) return rejection(this.#failure);
    if (this.#isOver || timeout === 0) return Promise.resolve(null);
    return new Promise<M | null>((resolve) => {
      const timer = timeout === Infinity ? undefined : setTimeout(() => end(null), timerDelay(timeout));
      const end = (outcome: M | null | Promise<never>): void => {
        clearTimeout(timer);
        this.#takers.delete(taker);
        resolve(outcome);
      };
      const taker: Taker<M> = {
        take: (next) => end(next ?? null),
        fail: (makeError) => end(rejection(makeError)),
      };
      this.#takers.add(taker);
    });
  }

  /** Takes message after message. Several iterators share them: each message goes to one. */
  iterate(): AsyncIterableIterator<M> {
    const waiting = new Set<Taker<M>>();
    let isOver = false;
    const iterator: AsyncIterableIterator<M> = {
      next: () => {
        const message = isOver ? undefined : this.#shift();
        if (message !== undefined) return Promise.resolve({ value: message, done: false });
        if (!isOver && this.#failure !== undefined) return rejection(this.#failure);
        if (isOver || this.#isOver) return Promise.resolve({ value: undefined, done: true });
        return this.#nextOf(waiting);
      },
      return: () => {
        isOver = true;
        for (const taker of [...waiting]) taker.take(undefined);
        return Promise.resolve({ value: undefined, done: true });
      },
      [Symbol.asyncIterator]: () => iterator,
    };
    return iterator;
  }

  /** Ends it: what waits is thrown away, who waits is told. */
  end(): void {
    this.#isOver = true;
    this.#messages.drain();
    this.#sizes.drain();
    this.#mark = undefined;
    this.#marks = 0;
    this.#bytes = 0;
    for (const taker of [...this.#takers]) taker.take(undefined);
  }

  /** Ends it with an error, which comes behind what waits. */
  fail(makeError: () => Error): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#failure = makeError;
    for (const taker of [...this.#takers]) taker.fail(makeError);
  }

  #nextOf(waiting: Set<Taker<M>>): Promise<IteratorResult<M, undefined>> {
    return new Promise((resolve) => {
      const end = (outcome: IteratorResult<M, undefined> | Promise<never>): void => {
        waiting.delete(taker);
        this.#takers.delete(taker);
        resolve(outcome);
      };
      const taker: Taker<M> = {
        take: (message) =>
          end(message === undefined ? { value: undefined, done: true } : { value: message, done: false }),
        fail: (makeError) => end(rejection(makeError)),
      };
      waiting.add(taker);
      this.#takers.add(taker);
    });
  }

  #handOver(message: M): boolean {
    if (this.#takers.size === 0) return false;
    const [taker] = this.#takers;
    taker!.take(message);
    return true;
  }

  #add(message: M, size: number): void {
    this.#messages.push(message);
    this.#sizes.push(size);
    if (size === MARK) this.#marks++;
    else this.#bytes += size;
  }

  #shift(): M | undefined {
    const size = this.#sizes.shift();
    if (size === undefined) {
      const mark = this.#mark;
      this.#mark = undefined;
      return mark;
    }
    if (size === MARK) this.#marks--;
    else this.#bytes -= size;
    return this.#messages.shift();
  }

  /** False when the new message must go. */
  #makeRoom(size: number): boolean {
    const { overflow, maxBuffered, maxBufferedBytes } = this.#bounds;
    if (overflow === 'disconnect') this.#owner.overflowed();
    if (overflow !== 'drop-oldest' || size > maxBufferedBytes) return false;
    while (this.length >= maxBuffered || this.#bytes + size > maxBufferedBytes) this.#dropOldest();
    return true;
  }

  #dropOldest(): void {
    const first = this.#takeMark();
    this.#owner.dropped(this.#shift()!);
    if (first === undefined) return;
    // The mark before it stands before what is next now.
    const next = this.#messages.length === 0 ? this.#shift() : this.#takeMark();
    const mark = next === undefined ? first : this.#merge(first, next);
    if (this.#messages.length === 0) this.#mark = mark;
    else {
      this.#messages.unshift(mark);
      this.#sizes.unshift(MARK);
      this.#marks++;
    }
  }

  /** Takes the mark in front of all messages, if there is one. */
  #takeMark(): M | undefined {
    return this.#sizes.peek() === MARK ? this.#shift() : undefined;
  }
}
