const watched = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls `listener` when the signal fires, until the function it gives is called.
 *
 * A signal has one listener of ours, however many wait for it: from eleven on, Node would suspect a leak.
 */
export function onAbort(signal: AbortSignal, listener: () => void): () => void {
  let listeners = watched.get(signal);
  if (listeners === undefined) {
    const all = (listeners = new Set<() => void>());
    watched.set(signal, all);
    signal.addEventListener('abort', () => [...all].forEach((each) => each()), { once: true });
  }
  // A wrapper of its own, so that the same function can listen twice and leave once.
  const own = (): void => listener();
  listeners.add(own);
  return () => void watched.get(signal)?.delete(own);
}
