/** Sessions that were recorded from valkey-py, run on our client. */
import { Valkey } from '../../src/client/valkey.ts';
import type { Canon } from './canon.ts';
import { decoded, decodedShape, differences, isError, shapeDifferences, shapeOf, type Shape } from './difference.ts';
import { QUEUED, ReplayedCall, ReplayedPipe, type Encoded, type Ours } from './replayed-call.ts';
import type { Word } from './words.ts';

/**
 * A word that was sent: text, bytes, a time so many seconds from now, or the reply of an earlier step; with `client`, that field of the
 * second client that it lists.
 */
type RecordedWord =
  | string
  | { readonly $x: string }
  | { readonly now: 's' | 'ms'; readonly plus: number }
  | { readonly of: number; readonly client?: string };

/** A step of a session: seconds to sleep, or the words that were sent and what came of it. */
export interface Step {
  readonly sleep?: number;
  /** Nothing was sent: what Python raised instead. */
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
  /** The reply as bytes, and as text where that is not the same as text; with `r2` and `r3` by protocol. */
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

interface RecordedClient {
  readonly db?: number;
  readonly username?: string;
  /** Has a pool, rather than one connection. */
  readonly shared?: true;
}

export interface RecordedSession {
  readonly session: string;
  /** One of the usual kind without it. */
  readonly clients?: readonly RecordedClient[];
  readonly pipes?: readonly { readonly transaction: boolean }[];
  readonly steps: readonly Step[];
}

/** How our client is asked. */
export interface Way {
  readonly protocol: 2 | 3;
  readonly encoding: Encoded;
}

/** What came of a step that was compared. */
export interface Outcome {
  readonly session: string;
  readonly step: number;
  /** The command's name, and all of its words. */
  readonly name: string;
  readonly line: string;
  /** What it means when there are no differences. */
  readonly compared: 'same' | 'same shape' | 'same in success';
  /** Whether a typed method was called. */
  readonly typed: boolean;
  readonly differences: readonly string[];
}

/** Runs one session. */
export class Replay {
  readonly #port: number;
  readonly #way: Way;
  readonly #session: RecordedSession;
  readonly #clients = new Map<string, Valkey<Encoded>>();
  readonly #pipes = new Map<number, ReplayedPipe>();
  readonly #replies: unknown[] = [];
  /** Ids of streams: ours for theirs. */
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
        if (step.sleep !== undefined) await sleep(step.sleep);
        else if (step.unsent === undefined && step.skip === undefined)
          outcomes.push(...(await this.#step(index, step)));
      }
    } finally {
      for (const pipe of this.#pipes.values()) await pipe.close();
      for (const client of this.#clients.values()) client.destroy();
    }
    return outcomes;
  }

  /** No outcome where there is nothing to compare: a command waits in a pipeline. */
  async #step(index: number, step: Step): Promise<Outcome[]> {
    const words = step.w.map((word) => this.#word(word));
    const call = new ReplayedCall(words, this.#way.protocol, step.items === true);
    const ours = await this.#reply(call, step);
    if (ours === QUEUED) return [];
    this.#replies[index] = ours.raw;
    const { name, line, typed } = call;
    // A stream that is made anew may have the ids of the one before.
    if (name === 'DEL') this.#ids.clear();
    return [{ session: this.#session.session, step: index, name, line, typed, ...this.#compared(step, ours.canon) }];
  }

  #compared(step: Step, ours: Canon): Pick<Outcome, 'compared' | 'differences'> {
    if (step.noReply === true) {
      const found = isError(ours) ? [`$: ${JSON.stringify(ours)} for nothing`] : [];
      return { compared: 'same in success', differences: found };
    }
    const { protocol, encoding } = this.#way;
    const text = encoding === 'utf8';
    const shape = step.shape ?? (protocol === 2 ? step.shape2 : step.shape3);
    if (shape !== undefined) {
      const found = shapeDifferences(text ? decodedShape(shape) : shape, shapeOf(ours));
      if (step.sample !== undefined && text && protocol === 3)
        found.push(...differences(step.sample, ours, { ids: this.#ids }));
      return { compared: 'same shape', differences: found };
    }
    // `null` is a reply.
    const reply = step.r === undefined ? (protocol === 2 ? step.r2 : step.r3) : step.r;
    if (reply === undefined) throw new Error(`nothing was recorded of ${JSON.stringify(step.w)}`);
    const theirs = text ? (step.rText === undefined ? decoded(reply) : step.rText) : reply;
    return { compared: 'same', differences: differences(theirs, ours, step) };
  }

  async #reply(call: ReplayedCall, step: Step): Promise<Ours | typeof QUEUED> {
    if (step.p !== undefined) return (await this.#pipe(step.p)).take(call, step.all === true);
    const index = step.c ?? 0;
    return call.run(this.#client(`client ${index}`, this.#session.clients?.[index] ?? {}));
  }

  async #pipe(index: number): Promise<ReplayedPipe> {
    let pipe = this.#pipes.get(index);
    if (pipe === undefined) {
      const session = await this.#client('sessions', { shared: true }).session();
      pipe = new ReplayedPipe(session, this.#session.pipes?.[index]?.transaction ?? true);
      this.#pipes.set(index, pipe);
    }
    return pipe;
  }

  #client(
    name: string,
    { db = 0, username, shared = false }: Omit<RecordedClient, 'shared'> & { shared?: boolean },
  ): Valkey<Encoded> {
    let client = this.#clients.get(name);
    if (client === undefined) {
      // valkey-py sends an empty password with a username that has none.
      const user = username === undefined ? {} : { username, password: '' };
      client = new Valkey({ port: this.#port, ...this.#way, db, singleConnectionClient: !shared, ...user });
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

function sleep(seconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, seconds * 1000);
  });
}
