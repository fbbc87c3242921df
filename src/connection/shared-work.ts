interface Work<T> {
  readonly done: Promise<T>;
  readonly controller: AbortController;
  waiting: number;
}

/** Work that several may want at the same time and that is done once for all of them. */
export class SharedWork<T> {
  readonly #pending = new Map<string, Work<T>>();

  /** Begins the work, or waits for that which is on its way. It is aborted when the signals of all who wait for it have fired. */
  async join(key: string, signal: AbortSignal, begin: (signal: AbortSignal) => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    const work = this.#pending.get(key) ?? this.#begin(key, begin);
    work.waiting++;
    const leave = (): void => {
      if (--work.waiting > 0) return;
      if (this.#pending.get(key) === work) this.#pending.delete(key);
      work.controller.abort(signal.reason);
    };
    signal.addEventListener('abort', leave, { once: true });
    try {
      return await work.done;
    } finally {
      signal.removeEventListener('abort', leave);
    }
  }

  #begin(key: string, begin: (signal: AbortSignal) => Promise<T>): Work<T> {
    const controller = new AbortController();
    const over = (): void => {
      if (this.#pending.get(key) === work) this.#pending.delete(key);
    };
    const work: Work<T> = { done: begin(controller.signal), controller, waiting: 0 };
    this.#pending.set(key, work);
    work.done.then(over, over);
    return work;
  }
}
