/**
 * Keeps what was lost with a connection, until it is there again and somebody has been told.
 *
 * ```
 *   lost --> missing --returned--> returned --taken--> told
 *               ^--------- lost again ---'
 * ```
 */
export class MissedTopics<T> {
  readonly #missing: Set<T> = new Set();
  #returned: T[] = [];
  #since = 0;

  /** Since when messages may be missing, in milliseconds since the epoch. */
  get since(): number {
    return this.#since;
  }

  get isEmpty(): boolean {
    return this.#missing.size + this.#returned.length === 0;
  }

  /** Something is there again of which nobody has been told that messages are missing. */
  get due(): boolean {
    return this.#returned.length > 0;
  }

  /** Everything is there again, and nobody has been told. */
  get complete(): boolean {
    return this.#missing.size === 0 && this.#returned.length > 0;
  }

  lose(topics: readonly T[], since: number): void {
    if (this.isEmpty) this.#since = since;
    for (const topic of [...this.#returned.splice(0), ...topics]) this.#missing.add(topic);
  }

  return(topic: T): void {
    if (this.#missing.delete(topic)) this.#returned.push(topic);
  }

  /** Nobody wants it any more. */
  forget(topic: T): void {
    if (!this.#missing.delete(topic) && this.#returned.length > 0) {
      this.#returned = this.#returned.filter((each) => each !== topic);
    }
  }

  /** What is there again; it counts as told. */
  take(): readonly T[] {
    return this.#returned.splice(0);
  }

  clear(): void {
    this.#missing.clear();
    this.#returned = [];
  }
}
