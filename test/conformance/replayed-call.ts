/** A recorded command, and a recorded pipeline, as calls of our client. */
import type { Session } from '../../src/client/session.ts';
import type { Valkey } from '../../src/client/valkey.ts';
import { FACTS } from '../../src/commands/specs.gen.ts';
import { typedCall } from './calls/index.ts';
import { canon, canonReply, type Asked, type Canon } from './canon.ts';
import { isError } from './difference.ts';
import { callOf } from './recording.ts';
import type { Call, Word } from './words.ts';

export type Encoded = 'utf8' | 'buffer';

/** Our reply, or the error that was thrown, also in the recording's form. */
export interface Ours {
  readonly raw: unknown;
  readonly canon: Canon;
}

/** The words of a command's name in upper case: `CONFIG GET`. */
export function nameOf(words: readonly string[]): string {
  const name = words.slice(0, 2).join(' ').toUpperCase();
  return Object.hasOwn(FACTS, name) ? name : words[0]!.toUpperCase();
}

/** One command: the typed call that means its words, or `executeCommand` where there is none. */
export class ReplayedCall {
  readonly name: string;
  /** Whether a typed method is called. */
  readonly typed: boolean;
  readonly #call: Call;
  readonly #asked: Asked;

  constructor(words: readonly Word[], protocol: 2 | 3, items: boolean) {
    this.#asked = { words: words.map(String), protocol, items };
    this.name = nameOf(this.#asked.words);
    const call = read(words);
    this.typed = call !== undefined;
    this.#call = call ?? ['executeCommand', ...words];
  }

  get line(): string {
    return this.#asked.words.join(' ');
  }

  /** Sends it; wrong use throws at once, and is an error like others here. */
  async send(target: Valkey<Encoded> | Session<Encoded>): Promise<unknown> {
    const [method, ...args] = this.#call;
    return callOf(target, method, args);
  }

  async run(target: Valkey<Encoded> | Session<Encoded>): Promise<Ours> {
    return this.ours(await this.send(target).catch((error: unknown) => error));
  }

  ours(raw: unknown): Ours {
    return { raw, canon: canonReply(this.name, raw, this.#asked) };
  }
}

/** A reader throws where the words are none that a method would send. */
function read(words: readonly Word[]): Call | undefined {
  try {
    return typedCall(words);
  } catch {
    return undefined;
  }
}

/** What a pipeline gives for a command that waits for `execute`. */
export const QUEUED: unique symbol = Symbol('queued');

/**
 * A pipeline of valkey-py, on a session: commands wait for `execute`, and run in a transaction or one after the other. After WATCH they
 * run at once, until MULTI.
 */
export class ReplayedPipe {
  readonly #session: Session<Encoded>;
  readonly #transaction: boolean;
  #waiting: ReplayedCall[] = [];
  #watching = false;
  #explicit = false;

  constructor(session: Session<Encoded>, transaction: boolean) {
    this.#session = session;
    this.#transaction = transaction;
  }

  /** @param all whether EXEC gives all replies, rather than the first error among them */
  async take(call: ReplayedCall, all: boolean): Promise<Ours | typeof QUEUED> {
    if (call.name === 'EXEC') return this.#execute(all);
    if (call.name === 'WATCH' || (this.#watching && !this.#explicit && call.name !== 'MULTI')) {
      this.#watching = call.name !== 'UNWATCH';
      return call.run(this.#session);
    }
    if (call.name === 'MULTI') this.#explicit = true;
    else this.#waiting.push(call);
    return QUEUED;
  }

  async close(): Promise<void> {
    await this.#session.close();
  }

  async #execute(all: boolean): Promise<Ours> {
    const calls = this.#waiting;
    const transaction = this.#transaction || this.#explicit;
    this.#waiting = [];
    this.#watching = false;
    this.#explicit = false;
    try {
      const replies = transaction
        ? await this.#transact(calls)
        : await Promise.all(calls.map((call) => call.run(this.#session)));
      if (replies === null) return { raw: null, canon: { $err: ['WatchError', 'Watched variable changed.'] } };
      const error = all ? undefined : replies.find((each) => isError(each.canon));
      return { raw: replies, canon: error?.canon ?? replies.map((each) => each.canon) };
    } catch (error) {
      return { raw: error, canon: canon(error) };
    }
  }

  async #transact(calls: readonly ReplayedCall[]): Promise<Ours[] | null> {
    await this.#session.multi();
    const queued = await Promise.allSettled(calls.map((call) => call.send(this.#session)));
    const executed = await Promise.allSettled([this.#session.exec()]);
    for (const outcome of [...queued, ...executed]) if (outcome.status === 'rejected') throw outcome.reason;
    const [outcome] = executed as PromiseFulfilledResult<unknown[] | null>[];
    return outcome!.value?.map((reply, i) => calls[i]!.ours(reply)) ?? null;
  }
}
