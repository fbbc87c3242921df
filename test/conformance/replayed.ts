/** Sessions that were recorded from valkey-py, run on our client. */
import { Valkey } from '../../src/client/valkey.ts';
import type { Session } from '../../src/client/session.ts';
import { FACTS } from '../../src/commands/specs.gen.ts';
import { typedCall } from './calls/index.ts';
import { canon, canonReply, type Asked, type Canon } from './canon.ts';
import { decoded, decodedShape, differences, shapeDifferences, shapeOf, type Shape } from './difference.ts';
import { callOf } from './recording.ts';
import type { Word } from './words.ts';

/** A word that was sent: text, bytes, a time so many seconds from now, or the reply of an earlier step (or of the second client in it). */
type RecordedWord =
  | string
  | { readonly $x: string }
  | { readonly now: 's' | 'ms'; readonly plus: number }
  | { readonly of: number; readonly client?: string };

/** A step of a session: seconds to sleep, or the words that were sent and what came of it. */
export interface Step {
  readonly sleep?: number;
  /** Nothing was sent: the exception that Python raised instead. */
  readonly unsent?: string;
  /** Was not recorded. */
  readonly skip?: true;
  /** The client, the first without it; or the pipeline. */
  readonly c?: number;
  readonly p?: number;
  readonly w: readonly RecordedWord[];
  /** EXEC gives all replies; otherwise valkey-py raises the first error among them. */
  readonly all?: true;
  /** An iterator's items. */
  readonly items?: true;
  readonly unordered?: true;
  readonly within?: number;
  /** Python's syntax for it gives nothing. */
  readonly noReply?: true;
  /** The reply as bytes, `rText` as text where that is not the same text; with `r2` and `r3` by protocol. */
  readonly r?: Canon;
  readonly r2?: Canon;
  readonly r3?: Canon;
  readonly rText?: Canon;
  /** Where it differs from run to run: its shape as bytes, and one reply as text by RESP3. */
  readonly shape?: Shape;
  readonly shape2?: Shape;
  readonly shape3?: Shape;
  readonly sample?: Canon;
}

export interface RecordedSession {
  readonly session: string;
  readonly clients?: readonly { readonly db?: number; readonly username?: string; readonly shared?: true }[];
  readonly pipes?: readonly { readonly transaction: boolean }[];
  readonly steps: readonly Step[];
}

/** How our client is asked. */
export interface Way {
  readonly protocol: 2 | 3;
  readonly encoding: 'utf8' | 'buffer';
}

/** What came of a step. */
export interface Outcome {
  readonly session: string;
  readonly step: number;
  /** The command's words. */
  readonly name: string;
  readonly line: string;
  /** How it was compared: by value, by shape, or only that it succeeds. */
  readonly compared: 'value' | 'shape' | 'success';
  /** Whether a typed method was called. */
  readonly typed: boolean;
  readonly differences: readonly string[];
}

type Target = Valkey<'utf8' | 'buffer'> | Session<'utf8' | 'buffer'>;

/** Runs one session. */
export class Replay {
  readonly #port: number;
  readonly #way: Way;
  readonly #session: RecordedSession;
  readonly #clients = new Map<string, Valkey<'utf8' | 'buffer'>>();
  readonly #pipes = new Map<number, Pipe>();
  readonly #replies: unknown[] = [];
  readonly #ids = new Map<string, string>();

  constructor(port: number, way: Way, session: RecordedSession) {
    this.#port = port;
    this.#way = way;
    this.#session = session;
  }

  async run(): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    try {
      for (const [index, step] of this.#session.steps.entries()) {
        if (step.sleep !== undefined) await new Promise((resolve) => setTimeout(resolve, step.sleep! * 1000));
        else if (step.unsent === undefined && step.skip === undefined) {
          const outcome = await this.#step(index, step);
          if (outcome !== undefined) outcomes.push(outcome);
        }
      }
    } finally {
      for (const pipe of this.#pipes.values()) await pipe.session.close();
      for (const client of this.#clients.values()) client.destroy();
    }
    return outcomes;
  }

  async #step(index: number, step: Step): Promise<Outcome | undefined> {
    const words = step.w.map((word) => this.#word(word));
    const call = new ReplayedCall(words, this.#way.protocol, step.items === true);
    const ours = step.p === undefined ? await this.#reply(call, step.c ?? 0) : await this.#piped(call, step, step.p);
    if (ours === QUEUED) return undefined;
    this.#replies[index] = ours.raw;
    const compared = step.noReply ? 'success' : step.r !== undefined || step.r2 !== undefined ? 'value' : 'shape';
    const found = this.#compare(step, ours.canon);
    if (found === undefined) return undefined;
    const { name, line, typed } = call;
    return { session: this.#session.session, step: index, name, line, typed, compared, differences: found };
  }

  #compare(step: Step, ours: Canon): string[] | undefined {
    const { protocol, encoding } = this.#way;
    if (step.noReply) return isError(ours) ? [`$: ${JSON.stringify(ours)} for nothing`] : [];
    const text = encoding === 'utf8';
    const shape = step.shape ?? (protocol === 2 ? step.shape2 : step.shape3);
    if (shape !== undefined) {
      const found = shapeDifferences(text ? decodedShape(shape) : shape, shapeOf(ours));
      if (step.sample !== undefined && text && protocol === 3)
        found.push(...differences(step.sample, ours, { ids: this.#ids }));
      return found;
    }
    const reply = step.r ?? (protocol === 2 ? step.r2 : step.r3);
    if (reply === undefined) return undefined;
    const theirs = text ? (step.rText ?? decoded(reply)) : reply;
    return differences(theirs, ours, { within: step.within, unordered: step.unordered });
  }

  async #reply(call: ReplayedCall, index: number): Promise<Ours> {
    const { db, username, shared } = this.#session.clients?.[index] ?? {};
    const options = { db, username, singleConnectionClient: shared !== true };
    return call.run(this.#client(`c${index}`, options));
  }

  async #piped(call: ReplayedCall, step: Step, index: number): Promise<Ours | typeof QUEUED> {
    let pipe = this.#pipes.get(index);
    if (pipe === undefined) {
      const session = await this.#client('sessions', {}).session();
      pipe = new Pipe(session, this.#session.pipes?.[index]?.transaction ?? true);
      this.#pipes.set(index, pipe);
    }
    return pipe.take(call, step.all === true);
  }

  #client(name: string, options: { readonly db?: number; readonly username?: string; readonly singleConnectionClient?: boolean }): Valkey<'utf8' | 'buffer'> {
    let client = this.#clients.get(name);
    if (client === undefined) {
      const { protocol, encoding } = this.#way;
      const { db = 0, username, singleConnectionClient = false } = options;
      // valkey-py sends an empty password with a username that has none.
      const user = username === undefined ? {} : { username, password: '' };
      client = new Valkey({ port: this.#port, protocol, encoding, db, singleConnectionClient, ...user });
      this.#clients.set(name, client);
    }
    return client;
  }

  #word(word: RecordedWord): Word {
    if (typeof word === 'string') return word;
    if ('$x' in word) return Buffer.from(word.$x, 'hex');
    if ('now' in word) {
      const time = Date.now() + word.plus * 1000;
      return String(word.now === 'ms' ? time : Math.round(time / 1000));
    }
    const reply = this.#replies[word.of];
    if (word.client !== undefined) return String((reply as Record<string, unknown>[])[1]?.[word.client]);
    return Buffer.isBuffer(reply) ? reply : String(reply);
  }
}

/** Our reply, or the error that was thrown, also in the recording's form. */
interface Ours {
  readonly raw: unknown;
  readonly canon: Canon;
}

const QUEUED = Symbol('queued');

/** One command: the typed call that means its words, or `executeCommand` where there is none. */
class ReplayedCall {
  readonly name: string;
  readonly typed: boolean;
  readonly #words: readonly Word[];
  readonly #call: readonly [string, ...unknown[]];
  readonly #asked: Asked;

  constructor(words: readonly Word[], protocol: 2 | 3, items: boolean) {
    this.#words = words;
    this.#asked = { words: words.map(String), protocol, items };
    this.name = nameOf(this.#asked.words);
    const call = read(words);
    this.typed = call !== undefined;
    this.#call = call ?? ['executeCommand', ...words];
  }

  get line(): string {
    return this.#asked.words.join(' ');
  }

  /** What this sends on a session or client; wrong use throws at once, and is an error like others. */
  async send(target: Target): Promise<unknown> {
    const [method, ...args] = this.#call;
    return callOf(target, method, args) as unknown;
  }

  async run(target: Target): Promise<Ours> {
    return this.ours(await this.send(target).catch((error: unknown) => error));
  }

  ours(raw: unknown): Ours {
    return { raw, canon: canonReply(this.name, raw, this.#asked) };
  }
}

function read(words: readonly Word[]): readonly [string, ...unknown[]] | undefined {
  try {
    return typedCall(words);
  } catch {
    return undefined;
  }
}

/** The words of a command's name in upper case: `CONFIG GET`. */
export function nameOf(words: readonly string[]): string {
  const name = words.slice(0, 2).join(' ').toUpperCase();
  return Object.hasOwn(FACTS, name) ? name : words[0]!.toUpperCase();
}

/**
 * A pipeline of valkey-py, on a session: commands wait for `execute`, and run in a transaction or one after the other. After WATCH they
 * run at once, until MULTI.
 */
class Pipe {
  readonly session: Session<'utf8' | 'buffer'>;
  readonly #transaction: boolean;
  #waiting: ReplayedCall[] = [];
  #watching = false;
  #explicit = false;

  constructor(session: Session<'utf8' | 'buffer'>, transaction: boolean) {
    this.session = session;
    this.#transaction = transaction;
  }

  async take(call: ReplayedCall, all: boolean): Promise<Ours | typeof QUEUED> {
    if (call.name === 'MULTI') {
      this.#explicit = true;
      return QUEUED;
    }
    if (call.name === 'EXEC') return this.#execute(all);
    if (call.name === 'WATCH') this.#watching = true;
    const immediate = (this.#watching && !this.#explicit) || call.name === 'WATCH';
    if (call.name === 'UNWATCH') this.#watching = false;
    if (immediate) return call.run(this.session);
    this.#waiting.push(call);
    return QUEUED;
  }

  async #execute(all: boolean): Promise<Ours> {
    const calls = this.#waiting;
    const transaction = this.#transaction || this.#explicit;
    const nothing = calls.length === 0 && !this.#watching;
    const empty = calls.length === 0;
    this.#waiting = [];
    this.#watching = false;
    this.#explicit = false;
    if (nothing) return { raw: [], canon: [] };
    try {
      const replies = transaction && !empty ? await this.#transact(calls) : await this.#inOrder(calls);
      if (replies === null) return failure('WatchError', 'Watched variable changed.');
      if (empty) await this.session.unwatch();
      const error = all ? undefined : replies.find((each) => isError(each.canon));
      return { raw: replies, canon: error?.canon ?? replies.map((each) => each.canon) };
    } catch (error) {
      return { raw: error, canon: canon(error) };
    }
  }

  async #transact(calls: readonly ReplayedCall[]): Promise<Ours[] | null> {
    const { session } = this;
    await session.multi();
    const queued = await Promise.allSettled(calls.map((call) => call.send(session)));
    const refused = queued.find((each) => each.status === 'rejected');
    if (refused !== undefined) {
      await session.exec().catch(() => undefined);
      throw refused.reason;
    }
    const replies = await session.exec();
    return replies === null ? null : replies.map((reply, i) => calls[i]!.ours(reply));
  }

  async #inOrder(calls: readonly ReplayedCall[]): Promise<Ours[]> {
    return Promise.all(calls.map((call) => call.run(this.session)));
  }
}

function failure(type: string, message: string): Ours {
  return { raw: undefined, canon: { $err: [type, message] } };
}

function isError(value: Canon): boolean {
  return typeof value === 'object' && value !== null && '$err' in value;
}
