/** What became of the commands of a pipeline: their replies, and the errors of those that have none. */
export class Outcome {
  readonly replies: unknown[] = [];
  /** By position. */
  readonly errors: Map<number, unknown> = new Map();
  /** The position of the first command that failed; `Infinity` when none did. */
  first: number = Infinity;
  /** The name of that command. */
  command = '';
  #failures: { readonly index: number; readonly makeError: () => unknown }[] = [];

  /** Makes room, so that replies may come in any order. */
  reserve(length: number): void {
    this.replies.length = length;
  }

  succeeded(index: number, reply: unknown): void {
    this.replies[index] = reply;
  }

  failed(index: number, command: string, makeError: () => unknown): void {
    this.replies[index] = undefined;
    this.#failures.push({ index, makeError });
    if (index < this.first) {
      this.first = index;
      this.command = command;
    }
  }

  /** Makes the errors of the commands that have failed. */
  makeErrors(): void {
    for (const { index, makeError } of this.#failures) this.errors.set(index, makeError());
    this.#failures = [];
  }

  /** The replies, and errors in the places of those that there are not. */
  settled(): PromiseSettledResult<unknown>[] {
    const { replies, errors } = this;
    if (errors.size === 0) return replies.map((value) => ({ status: 'fulfilled', value }));
    return replies.map((value, index) =>
      errors.has(index) ? { status: 'rejected', reason: errors.get(index) } : { status: 'fulfilled', value },
    );
  }
}
