/**
 * Typed listeners. A listener that throws disturbs neither the others nor the caller: its error surfaces as an uncaught exception of its own.
 */
export class Listeners<Events extends { [Name in keyof Events]: readonly unknown[] }> {
  readonly #listeners = new Map<keyof Events, Set<(args: readonly unknown[]) => void>>();

  /** Calls `listener` on every such event, until the function it gives is called. */
  on<Name extends keyof Events>(name: Name, listener: (...args: Events[Name]) => void): () => void {
    let set = this.#listeners.get(name);
    if (set === undefined) this.#listeners.set(name, (set = new Set()));
    // A wrapper of its own, so that the same function can listen twice and leave once.
    const own = (args: readonly unknown[]): void => listener(...(args as unknown as Events[Name]));
    set.add(own);
    return () => void set.delete(own);
  }

  /** Calls `listener` on the next such event only. */
  once<Name extends keyof Events>(name: Name, listener: (...args: Events[Name]) => void): () => void {
    const off = this.on(name, (...args) => {
      off();
      listener(...args);
    });
    return off;
  }

  /** @internal */
  emit<Name extends keyof Events>(name: Name, ...args: Events[Name]): void {
    const listeners = this.#listeners.get(name);
    if (listeners === undefined) return;
    for (const listener of [...listeners]) {
      // One that was stopped by another meanwhile, or has run in a nested call, is not called.
      if (!listeners.has(listener)) continue;
      try {
        listener(args);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
