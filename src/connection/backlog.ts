import { earlier, NEVER, reached } from '../util/clock.ts';
import { Deadline } from '../util/deadline.ts';
import { Ring } from '../util/ring.ts';
import { Status, type Request } from './request.ts';

/** What the backlog asks of the link it belongs to. */
export interface BacklogOwner {
  /** A request has waited too long; true when it may go on, with another deadline. */
  prolong(request: Request): boolean;
  /** Makes the error of a request that waited too long; `late` is how much the event loop was. */
  overdue(request: Request, late: number): () => Error;
  /** Requests have left the backlog in another way than by being taken. */
  shortened(): void;
}

/** A backlog this full of settled requests is worth going through. */
const MANY_SETTLED = 64;

/** Where requests wait that may be aborted. */
const homes = new WeakMap<Request, Backlog>();

/**
 * Requests that wait for a connection, in the order in which they will be written.
 *
 * ```
 *   held:  [ c d ]      refused with "not now"; until they return to the front, nobody passes them
 *   queue: [ e f . g ]  the dot has settled while it waited: its place stays until it is passed, its memory does not
 * ```
 */
export class Backlog {
  readonly #owner: BacklogOwner;
  readonly #queue: Ring<Request> = new Ring<Request>();
  readonly #deadline: Deadline = new Deadline((now, late) => this.#sweep(now, late));
  #held: Request[] = [];
  #settled = 0;
  #bytes = 0;

  constructor(owner: BacklogOwner) {
    this.#owner = owner;
  }

  /** Requests that still wait. */
  get length(): number {
    return this.#queue.length - this.#settled + this.#held.length;
  }

  /** Their bytes, as accounted. */
  get bytes(): number {
    return this.#bytes;
  }

  get holds(): boolean {
    return this.#held.length > 0;
  }

  /** Adds a request, its deadline set, behind all others. */
  add(request: Request): void {
    if (request.options.signal !== undefined) homes.set(request, this);
    this.#queue.push(request);
    this.#bytes += request.size;
    this.#deadline.watch(request.deadline);
  }

  /** Adds a request that was somewhere else before. */
  put(request: Request): void {
    request.status = Status.queued;
    this.add(request);
  }

  /** Takes all that wait, those that are held in front. */
  takeAll(): Request[] {
    this.release();
    const requests: Request[] = [];
    for (let request = this.take(); request !== undefined; request = this.take()) {
      homes.delete(request);
      requests.push(request);
    }
    return requests;
  }

  /** Puts requests that were written before in front of all others, in their order. */
  putBack(requests: readonly Request[]): void {
    for (let i = requests.length - 1; i >= 0; i--) {
      const request = requests[i]!;
      if (request.settled) continue;
      request.status = Status.queued;
      if (request.options.signal !== undefined) homes.set(request, this);
      this.#queue.unshift(request);
      this.#bytes += request.size;
      this.#deadline.watch(request.deadline);
    }
  }

  /** The next request to be written. */
  take(): Request | undefined {
    for (let request = this.#queue.shift(); request !== undefined; request = this.#queue.shift()) {
      if (!request.settled) {
        this.#bytes -= request.size;
        return request;
      }
      this.#settled--;
    }
    return undefined;
  }

  /** What `take` would give. */
  peek(): Request | undefined {
    for (let request = this.#queue.peek(); request?.settled === true; request = this.#queue.peek()) {
      this.#queue.shift();
      this.#settled--;
    }
    return this.#queue.peek();
  }

  /** Takes one request out of turn. */
  pick(request: Request): void {
    this.#queue.filter((each) => each !== request && !each.settled);
    this.#settled = 0;
    this.#bytes -= request.size;
  }

  /** Keeps a request that was written and refused until `release`. */
  hold(request: Request): void {
    request.status = Status.queued;
    if (request.options.signal !== undefined) homes.set(request, this);
    this.#held.push(request);
    this.#bytes += request.size;
    this.#deadline.watch(request.deadline);
  }

  /** Puts what is held in front of the queue. */
  release(): void {
    const held = this.#held;
    this.#held = [];
    for (const request of held) this.#bytes -= request.size;
    this.putBack(held);
  }

  /** Settles a waiting request with an error and frees its memory. */
  fail(request: Request, makeError: () => unknown): void {
    this.#fail(request, makeError);
    this.#compact();
  }

  /** Settles a request with an error, in whichever backlog it waits. Only those that have a signal can be found. */
  static abort(request: Request, makeError: () => Error): void {
    const home = request.status === Status.queued ? homes.get(request) : undefined;
    if (home === undefined) request.fail(makeError);
    else {
      home.fail(request, makeError);
      home.#owner.shortened();
    }
  }

  /** Settles those that `chosen` accepts. */
  failWhere(chosen: (request: Request) => boolean, makeError: (request: Request) => () => unknown): void {
    for (let i = 0; i < this.#queue.length; i++) {
      const request = this.#queue.at(i)!;
      if (!request.settled && chosen(request)) this.#fail(request, makeError(request));
    }
    for (const request of [...this.#held]) if (chosen(request)) this.#fail(request, makeError(request));
    this.#compact();
  }

  failAll(makeError: (request: Request) => unknown): void {
    this.failWhere(
      () => true,
      (request) => () => makeError(request),
    );
  }

  stop(): void {
    this.#deadline.stop();
  }

  #fail(request: Request, makeError: () => unknown): void {
    const at = this.#held.length === 0 ? -1 : this.#held.indexOf(request);
    if (at >= 0) this.#held.splice(at, 1);
    else this.#settled++;
    this.#bytes -= request.size;
    request.fail(makeError);
  }

  #compact(): void {
    if (this.#settled < MANY_SETTLED || this.#settled * 2 < this.#queue.length) return;
    this.#queue.filter((request) => !request.settled);
    this.#settled = 0;
  }

  #sweep(now: number, late: number): number {
    let next = NEVER;
    const isOverdue = (request: Request): boolean => {
      if (reached(request.deadline, now) && !this.#owner.prolong(request)) return true;
      next = earlier(next, request.deadline);
      return false;
    };
    this.failWhere(isOverdue, (request) => this.#owner.overdue(request, late));
    this.#owner.shortened();
    return next;
  }
}
